//! The demo: a year of a shop on the first start, the same year on the second.

use std::path::Path;

use serde_json::{Value, json};

use crate::server::{Server, luotsi};

async fn totals(server: &Server, token: &str, date_range: Value) -> Vec<i64> {
    let metrics = ["visits", "pageviews", "events"];
    let body =
        json!({"site_id": "kaira-outdoor.example", "metrics": metrics, "date_range": date_range});
    let answer = server.query(token, &body).await;
    answer["results"][0]["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_i64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_a_year_and_starts_again_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_command("demo", folder.path()).await;
    let token = luotsi(folder.path(), &["token", "create", "--name", "test", "--json"], "").output;
    let token: Value = serde_json::from_str(&token).unwrap();
    let token = token["token"].as_str().unwrap();
    let year = totals(&server, token, json!("all")).await;
    assert!((50_000..120_000).contains(&year[0]), "{year:?}");
    assert!((200_000..600_000).contains(&year[2]), "{year:?}");
    // Settled days are the same however often the demo starts; today goes on.
    let settled = json!(["2000-01-01", yesterday(&server, token).await]);
    let before = totals(&server, token, settled.clone()).await;
    server.kill();
    let server = Server::start_command("demo", folder.path()).await;
    assert_eq!(totals(&server, token, settled).await, before);

    let goals = luotsi(folder.path(), &["user", "list", "--json"], "").output;
    assert!(goals.contains("demo@luotsi.example"), "{goals}");
    goals_are_set(folder.path());
}

/// On the command line, beside the running server.
fn goals_are_set(folder: &Path) {
    let create = |rest: &[&str]| {
        let site = ["goal", "create", "--site", "kaira-outdoor.example"];
        luotsi(folder, &[&site, rest].concat(), "")
    };
    let sentence = "30 % more visits from organic search within 3 months";
    let owner = ["--owner", "demo@luotsi.example", "--objective", "Be found without paying"];
    let made = create(&[&["--sentence", sentence, "--json"], &owner[..]].concat());
    assert_eq!(made.code, 0, "{made:?}");
    let made: Value = serde_json::from_str(&made.output).unwrap();
    assert_eq!(made["metric"], "visits");
    assert_eq!(made["filters"], json!([["is", "visit:channel", ["Organic Search"]]]));
    assert!(made["target"].as_f64().is_some_and(|target| target > 1_000.0), "{made}");
    assert!(made["probability"].as_f64().is_some_and(|share| share < 0.9), "{made}");
    let listed = luotsi(folder, &["goal", "list"], "").output;
    assert!(listed.contains(made["id"].as_str().unwrap()), "{listed}");
    let deadline = made["deadline"].as_str().unwrap();
    // As the sentence says: fewer are better, and a month is the month of the deadline.
    let fewer = create(&["--sentence", "Reduce page views by 10 % in 3 months", "--json"]);
    let fewer: Value = serde_json::from_str(&fewer.output).unwrap();
    assert_eq!(fewer["better"], "less", "{fewer}");
    let month = "Visitors from 70,000 to 80,000 a month in 6 months";
    let month = create(&["--sentence", month, "--json"]);
    let month: Value = serde_json::from_str(&month.output).unwrap();
    assert_eq!((&month["counting"], &month["target"]), (&json!("last_30_days"), &json!(80_000.0)));
    let codes = month["verdicts"].as_array().unwrap();
    assert!(codes.iter().any(|one| one["code"] == "baseline_differs"), "{month}");
    let campaign = "20 % more visits from \"Brand\" within 3 months";
    let made = create(&["--sentence", campaign, "--json"]);
    let made: Value = serde_json::from_str(&made.output).unwrap();
    assert_eq!(made["filters"], json!([["is", "visit:utm_campaign", ["brand"]]]));
    let by_parts = ["--metric", "visits", "--target", "+5%", "--deadline", deadline];
    let made = create(&by_parts);
    assert_eq!(made.code, 0, "{made:?}");
    for (wrong, says) in [
        (&["--sentence", "more visits"][..], "target missing"),
        (
            &["--metric", "visits", "--target", "many", "--deadline", deadline],
            "`many` is no target",
        ),
        (&["--metric", "visits", "--target", "5", "--deadline", "soon"], "`soon` is no day"),
        (&["--metric", "joy", "--target", "5", "--deadline", deadline], "joy"),
        (
            &["--metric", "visits", "--target", "-5%", "--better", "more", "--deadline", deadline],
            "makes it worse",
        ),
        (&["--sentence", sentence, "--owner", "nobody@shop.example"], "is no member"),
    ] {
        let run = create(wrong);
        assert_ne!(run.code, 0, "{run:?}");
        assert!(run.errors.contains(says), "{run:?}");
    }
}

/// The day before the site's latest, by the site's own clock.
async fn yesterday(server: &Server, token: &str) -> String {
    let body = json!({"site_id": "kaira-outdoor.example", "metrics": ["visits"], "date_range": "7d", "dimensions": ["time:day"]});
    let answer = server.query(token, &body).await;
    let mut days: Vec<String> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["dimensions"][0].as_str().unwrap().to_owned())
        .collect();
    days.sort();
    days[days.len() - 2].clone()
}

#[test]
fn the_demo_leaves_a_folder_of_somebodys_own_alone() {
    let installation = crate::server::Installation::new("shop.example");
    let run = luotsi(installation.folder.path(), &["demo", "--listen", "127.0.0.1:0"], "");
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.errors.contains("a workspace of your own"), "{run:?}");
}
