//! When summaries are read, and what happens to those that cannot be.

use std::fs;
use std::path::{Path, PathBuf};

use luotsi_marketing::event::Event;
use serde_json::{Value, json};

use super::{Place, QueryRuntime, Snapshot, answer, lines, query, runtime, snapshot, with_visits};
use crate::snapshot::DataFile;
use crate::summary;
use crate::testing::page_view;

/// 2026-03-02T00:00:00Z.
const FIRST_US: i64 = 1_772_409_600_000_000;
const MINUTE_US: i64 = 60_000_000;

/// Visitors 0 to 4 on two days: each looks at two pages half an hour less a minute apart.
fn shop(dir: &Path) -> Snapshot {
    shop_in(dir, |_| Place::File(0))
}

/// The same, each visitor where `place` says.
fn shop_in(dir: &Path, place: impl Fn(i64) -> Place) -> Snapshot {
    let mut events: Vec<Event> = Vec::new();
    for visitor in 0..5 {
        for (page, minute) in [("/", 0), ("/a", 29), ("/", 1_440), ("/b", 1_469)] {
            let mut event = page_view(events.len() as i64, FIRST_US + minute * MINUTE_US);
            event.visitor_id = visitor;
            event.pathname = page.to_owned();
            events.push(event);
        }
    }
    let events = with_visits(events);
    snapshot(dir, &events, |at| place(events[at].0.visitor_id))
}

fn of_visits() -> Value {
    json!({
        "site_id": "shop.example", "date_range": ["2026-03-02", "2026-03-03"],
        "metrics": ["visitors", "visits", "bounce_rate", "visit_duration"],
        "dimensions": ["time:day", "visit:exit_page"],
    })
}

async fn answered(snapshot: &Snapshot, runtime: &QueryRuntime, body: &Value) -> Vec<String> {
    let query = query(body, "UTC");
    lines(&query, &answer(snapshot, runtime, &query).await)
}

fn summaries(dir: &Path, snapshot: &Snapshot) -> Vec<PathBuf> {
    snapshot.files.iter().map(|file| dir.join(summary::path_of(file.path.as_ref()))).collect()
}

#[tokio::test]
async fn a_question_about_visits_is_answered_without_the_events() {
    let dir = tempfile::tempdir().expect("a folder");
    let (snapshot, runtime) = (shop(dir.path()), runtime());
    for file in snapshot.files.iter() {
        fs::remove_file(dir.path().join(file.path.as_ref())).expect("the file is there");
    }
    let expected = ["2026-03-02 | /a | 5 | 5 | 0 | 1740", "2026-03-03 | /b | 5 | 5 | 0 | 1740"];
    assert_eq!(answered(&snapshot, &runtime, &of_visits()).await, expected);
}

#[tokio::test]
async fn a_range_that_cuts_a_day_and_a_question_about_pages_are_answered_from_the_events() {
    let dir = tempfile::tempdir().expect("a folder");
    let (snapshot, runtime) = (shop(dir.path()), runtime());
    for path in summaries(dir.path(), &snapshot) {
        fs::remove_file(path).expect("the summary is there");
    }
    let mut cut = of_visits();
    cut["date_range"] = json!(["2026-03-02T00:10:00Z", "2026-03-02T12:00:00Z"]);
    cut["dimensions"] = json!([]);
    assert_eq!(answered(&snapshot, &runtime, &cut).await, ["5 | 5 | 0 | 1740"]);
    let mut pages = of_visits();
    pages["metrics"] = json!(["visitors", "pageviews"]);
    pages["dimensions"] = json!(["event:page"]);
    assert_eq!(
        answered(&snapshot, &runtime, &pages).await,
        ["/ | 5 | 10", "/a | 5 | 5", "/b | 5 | 5"]
    );
}

#[tokio::test]
async fn a_day_of_several_files_counts_as_one_of_one_file() {
    let (one, several) =
        (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let runtime = runtime();
    let expected = answered(&shop(one.path()), &runtime, &of_visits()).await;
    let mut snapshot = shop_in(several.path(), |visitor| Place::File(u8::from(visitor > 2)));
    // Compaction gives each visitor of a day to one of its files.
    let whole_day = |file: &DataFile| {
        let path = file.path.as_ref().replace("/part-", "/day-");
        for path_of in [str::to_owned as fn(&str) -> String, summary::path_of] {
            let old = several.path().join(path_of(file.path.as_ref()));
            fs::rename(old, several.path().join(path_of(&path))).expect("the file is there");
        }
        DataFile { path: path.into(), ..file.clone() }
    };
    snapshot.files = snapshot.files.iter().map(whole_day).collect();
    assert_eq!(snapshot.files.len(), 4);
    assert_eq!(answered(&snapshot, &runtime, &of_visits()).await, expected);
    for file in snapshot.files.iter() {
        fs::remove_file(several.path().join(file.path.as_ref())).expect("the file is there");
    }
    assert_eq!(answered(&snapshot, &runtime, &of_visits()).await, expected);
}

#[tokio::test]
async fn a_damaged_summary_changes_no_answer_and_is_removed() {
    let dir = tempfile::tempdir().expect("a folder");
    let (snapshot, runtime) = (shop(dir.path()), runtime());
    let before = answered(&snapshot, &runtime, &of_visits()).await;
    let paths = summaries(dir.path(), &snapshot);
    let good = fs::read(&paths[0]).expect("the summary is there");
    for damaged in [&good[..good.len() / 2], &b"no Parquet at all"[..], &[]] {
        fs::write(&paths[0], damaged).expect("the summary is written");
        let fresh = super::runtime();
        assert_eq!(answered(&snapshot, &fresh, &of_visits()).await, before);
        assert!(!paths[0].exists(), "the damaged summary is still there");
    }
}
