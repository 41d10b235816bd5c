//! A folder that version 0.1 left behind: its log, files and table lack the columns that came later.

use std::fs;

use jiff::Timestamp;
use luotsi_marketing::query::{Context, Query};
use serde_json::json;

use super::*;
use crate::query::{QueryRuntime, run};

/// When its last event had come.
const LEFT_US: i64 = 1_795_309_500_000_000;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("it is copied");
        }
    }
}

/// Visits by a tag that came later.
async fn visits_by_platform(lake: &Lake, runtime: &QueryRuntime) -> Vec<(String, Option<f64>)> {
    let context = Context {
        now: Timestamp::from_microsecond(LEFT_US).expect("a moment"),
        time_zone: jiff::tz::TimeZone::UTC,
        first_event: None,
        currency: "EUR".parse().expect("a currency"),
        conversions: Vec::new(),
    };
    let body = json!({"site_id": "shop.example", "metrics": ["visits"], "date_range": "day", "dimensions": ["visit:utm_source_platform"]});
    let query = Query::parse(&body, &context).expect("a query");
    let result = run(&lake.snapshot(), runtime, 1, &query).await.expect("it is answered");
    let row = |row: &crate::query::Row| (row.dimensions[0].clone(), row.metrics[0].number());
    result.rows.iter().map(row).collect()
}

async fn visitors(lake: &Lake, runtime: &QueryRuntime) -> (u64, u64) {
    let context = Context {
        now: Timestamp::from_microsecond(LEFT_US).expect("a moment"),
        time_zone: jiff::tz::TimeZone::UTC,
        first_event: None,
        currency: "EUR".parse().expect("a currency"),
        conversions: Vec::new(),
    };
    let body = json!({"site_id": "shop.example", "metrics": ["visitors", "pageviews", "total_revenue"], "date_range": "day"});
    let query = Query::parse(&body, &context).expect("a query");
    let result = run(&lake.snapshot(), runtime, 1, &query).await.expect("it is answered");
    let number = |at: usize| result.rows[0].metrics[at].number().unwrap_or_default() as u64;
    (number(0), number(1))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_of_the_first_version_is_read_and_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/lake_0_1");
    copy(&fixture, &dir.path().join("lake"));
    fs::create_dir_all(dir.path().join("lake/events/_visits-1")).expect("summaries of before");
    let open = || Lake::open(settings(dir.path()), LEFT_US);
    let runtime = QueryRuntime::new(64 << 20).expect("threads start");
    let lake = open().await.expect("it opens");
    assert_eq!(visitors(&lake, &runtime).await, (1, 5), "three rows of a file, two of the log");

    assert_eq!(visits_by_platform(&lake, &runtime).await, [("(not set)".to_owned(), Some(1.0))]);

    let hot: Vec<Kept> = lake.snapshot().hot.iter().flat_map(|batch| rows(batch, None)).collect();
    let again = Event { event_id: hot[0].event_id, ..page_view(0, LEFT_US) };
    assert_eq!(lake.append(vec![again]).await.expect("it is known").duplicates, 1);

    let mut new =
        Event { person_id: Some(9), title: Some("Title".into()), ..page_view(1, LEFT_US) };
    new.visitor_id = 77;
    let platform = Some("Search Ads 360".to_owned());
    new.acquisition = Arc::new(luotsi_marketing::event::Acquisition {
        channel: "Paid Search".into(),
        utm_source_platform: platform,
        ..luotsi_marketing::event::Acquisition::default()
    });
    lake.append(vec![new]).await.expect("it is kept");
    assert_eq!(visitors(&lake, &runtime).await, (2, 6));
    lake.flush(LEFT_US).await.expect("it is written");
    assert_eq!(visitors(&lake, &runtime).await, (2, 6), "old and new files side by side");
    drop(lake);
    let lake = open().await.expect("it opens again");
    let version = lake.catalog.version().await;
    let mut importer = lake.importer().expect("it begins");
    importer.add(vec![page_view(2, LEFT_US - MINUTE_US)]).await.expect("it is staged");
    importer.finish(LEFT_US, |_| ()).await.expect("it is imported");
    assert_eq!(visitors(&lake, &runtime).await, (3, 7));
    lake.compact(LEFT_US + 3 * 86_400_000_000).await.expect("it is compacted");
    assert_eq!(visitors(&lake, &runtime).await, (3, 7));
    assert_eq!(kept(&lake.snapshot(), dir.path()).len(), 7);
    let mut by_platform = visits_by_platform(&lake, &runtime).await;
    by_platform.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(by_platform[1], ("Search Ads 360".to_owned(), Some(1.0)));
    let summaries = |folder: &str| dir.path().join("lake/events").join(folder).exists();
    assert!(summaries(crate::summary::FOLDER) && !summaries("_visits-1"));
    assert!(lake.catalog.version().await > version);
}
