//! Importing history: what lands, what is refused, and that doing it again changes nothing.

use std::path::{Path, PathBuf};

use luotsi_store::Store;
use serde_json::{Value, json};

use crate::server::{Installation, Run, Server, luotsi};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name).canonicalize().unwrap()
}

fn import(installation: &Installation, kind: &str, file: &Path, more: &[&str]) -> Run {
    let file = file.to_str().unwrap();
    let arguments =
        [&["import", kind, file, "--site", installation.domain.as_str()][..], more].concat();
    luotsi(installation.folder.path(), &arguments, "")
}

async fn metrics(
    server: &Server,
    installation: &Installation,
    metrics: &[&str],
    more: Value,
) -> Value {
    let mut body = json!({"site_id": installation.domain, "metrics": metrics, "date_range": ["2026-03-01", "2026-03-31"]});
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    server.query(&installation.token, &body).await["results"].clone()
}

/// Worked out by hand from `fixtures/access.log`: of 13 lines one is broken, one is a style sheet, one
/// a POST, one a 404; 2 page views are a robot's. People viewed 7 pages in 4 visits: the first address
/// at 9:00 (two pages), at 10:30 (one) and on the next day (the same page twice in a second), the
/// second one across midnight (two). The first address is a stranger on its second day: 3 visitors.
#[tokio::test(flavor = "multi_thread")]
async fn an_access_log_becomes_visits() {
    let installation = Installation::new("shop.example");
    let log = fixture("access.log");
    let dry = import(&installation, "access-log", &log, &["--dry-run"]);
    assert!(dry.output.contains("9 events would be imported"), "{dry:?}");
    let summary = import(&installation, "access-log", &log, &["--json"]);
    let summary: Value = serde_json::from_str(&summary.output).unwrap();
    assert_eq!(
        (&summary["accepted"], &summary["bot_events"], &summary["rejected"]),
        (&json!(9), &json!(2), &json!(1))
    );
    assert_eq!(
        summary["skipped"],
        json!({"a file, not a page": 1, "not a GET": 1, "not answered 200 or 304": 1})
    );
    let again = import(&installation, "access-log", &log, &["--json"]);
    let again: Value = serde_json::from_str(&again.output).unwrap();
    assert_eq!((&again["accepted"], &again["duplicates"]), (&json!(0), &json!(9)));

    let server = Server::start(&installation).await;
    let totals =
        metrics(&server, &installation, &["visitors", "visits", "pageviews"], json!({})).await;
    assert_eq!(totals[0]["metrics"], json!([3, 4, 7]));
    let sources = json!({"dimensions": ["visit:source"], "order_by": [["visits", "desc"]]});
    let sources = metrics(&server, &installation, &["visits"], sources).await;
    assert!(
        sources.as_array().unwrap().contains(&json!({"metrics": [1], "dimensions": ["Google"]})),
        "{sources}"
    );
}

/// `fixtures/orders.csv`: of 9 rows 5 are sound, two of them the same order told twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_csv_file_lands_by_its_mapping_and_bad_rows_are_reported() {
    let installation = Installation::new("shop.example");
    let file = fixture("orders.csv");
    let bare = import(&installation, "events", &file, &[]);
    assert_eq!(bare.code, 2);
    assert!(
        bare.errors.contains("no column says when") && bare.errors.contains("`when`"),
        "{bare:?}"
    );

    let mapping = [
        "--map",
        "time=when",
        "--map",
        "name=action",
        "--map",
        "visitor_id=customer",
        "--map",
        "revenue=total",
        "--map",
        "currency=curr",
        "--map",
        "transaction_id=order",
        "--prop",
        "plan",
        "--json",
    ];
    let server = Server::start(&installation).await;
    let summary: Value =
        serde_json::from_str(&import(&installation, "events", &file, &mapping).output).unwrap();
    assert_eq!((&summary["rows"], &summary["accepted"]), (&json!(9), &json!(5)));
    assert_eq!(
        summary["rejected_reasons"],
        json!({"invalid_amount": 1, "invalid_time": 1, "missing": 1, "unreadable": 1})
    );
    let report =
        std::fs::read_to_string(installation.folder.path().join("orders.csv.rejected.csv"))
            .unwrap();
    let lines: Vec<&str> =
        report.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(lines, ["7", "8", "9", "10"], "{report}");
    let again: Value =
        serde_json::from_str(&import(&installation, "events", &file, &mapping).output).unwrap();
    assert_eq!((&again["accepted"], &again["duplicates"]), (&json!(0), &json!(5)));

    // The running server looks for what others wrote every few seconds.
    let mut totals = Value::Null;
    for _ in 0..100 {
        totals = metrics(&server, &installation, &["visitors", "events"], json!({})).await;
        if totals[0]["metrics"] == json!([3, 5]) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(totals[0]["metrics"], json!([3, 5]));
    let plans = json!({"dimensions": ["event:props:plan"], "filters": [["is", "event:name", ["purchase"]]]});
    let plans = metrics(&server, &installation, &["events"], plans).await;
    assert!(
        plans.as_array().unwrap().contains(&json!({"metrics": [1], "dimensions": ["gold"]})),
        "{plans}"
    );
}

/// Otherwise the first page view after the import would be pointed out as the first event of its name.
#[tokio::test]
async fn event_qa_knows_what_was_imported() {
    let installation = Installation::new("shop.example");
    let props = ["--prop", "plan", "--map", "time=when", "--map", "name=action"];
    let more = [&props[..], &["--map", "visitor_id=customer", "--json"]].concat();
    import(&installation, "events", &fixture("orders.csv"), &more);
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    let store =
        Store::open_file(&installation.folder.path().join("luotsi.sqlite"), now).await.unwrap();
    let site = store.all_sites().await.unwrap().remove(0);
    let seen = store.seen_events(&site.workspace_id, &site.id).await.unwrap();
    let seen: Vec<_> = seen
        .iter()
        .map(|event| (event.name.as_str(), event.first_at.to_string(), event.props.clone()))
        .collect();
    // Ten o'clock in Helsinki; rows that were refused teach nothing.
    let expected = [
        ("pageview", "2026-03-02T08:00:00Z".to_owned(), json!({})),
        ("purchase", "2026-03-02T08:05:00Z".to_owned(), json!({"plan": "text"})),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn json_lines_are_read_as_they_come_out_of_other_programs() {
    let installation = Installation::new("shop.example");
    let summary = import(&installation, "events", &fixture("events.jsonl"), &["--json"]);
    let summary: Value = serde_json::from_str(&summary.output).unwrap();
    assert_eq!((&summary["accepted"], &summary["rejected"]), (&json!(2), &json!(2)));
    assert_eq!(summary["rejected_reasons"], json!({"missing": 1, "unreadable": 1}));
}

#[test]
fn a_file_or_a_site_that_is_not_there_is_named() {
    let installation = Installation::new("shop.example");
    let missing = import(&installation, "events", Path::new("/no/such/file.csv"), &[]);
    assert_eq!(missing.code, 2);
    assert!(missing.errors.contains("/no/such/file.csv"), "{missing:?}");
    let log = fixture("access.log");
    let arguments = ["import", "access-log", log.to_str().unwrap(), "--site", "other.example"];
    let run = luotsi(installation.folder.path(), &arguments, "");
    assert_eq!(run.code, 2);
    assert!(run.errors.contains("there are `shop.example`"), "{run:?}");
}
