//! Late events: what queries say of visits at once, before any date is closed.

use jiff::Timestamp;
use luotsi_marketing::event::Event;
use luotsi_marketing::query::{Context, Query};
use serde_json::json;

use super::*;
use crate::query::{QueryRuntime, run};
use crate::testing::page_view;

/// Noon of a day.
const NOON_US: i64 = NOW_US - NOW_US.rem_euclid(86_400_000_000) + 12 * 60 * MINUTE_US;

fn view(id: i64, minute: i64) -> Event {
    page_view(id, NOON_US + minute * MINUTE_US)
}

/// Visits of the day.
async fn visits(lake: &Lake) -> u64 {
    let now = Timestamp::from_microsecond(NOON_US).expect("a moment");
    let context = Context {
        now,
        time_zone: jiff::tz::TimeZone::UTC,
        first_event: Some(now),
        currency: "EUR".parse().expect("a currency"),
        conversions: Vec::new(),
    };
    let body = json!({"site_id": "shop.example", "metrics": ["visits"], "date_range": "day"});
    let query = Query::parse(&body, &context).expect("a query");
    let runtime = QueryRuntime::new(256 << 20).expect("threads start");
    let result = run(&lake.snapshot(), &runtime, 1, &query).await.expect("it is answered");
    result.rows[0].metrics[0].number().unwrap_or_default() as u64
}

#[tokio::test]
async fn late_events_of_one_visit_are_one_visit_in_every_query() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    for (id, minute) in [(1, 0), (2, -120), (3, -118), (4, -116)] {
        lake.append_at(vec![view(id, minute)], NOON_US).await.expect("it is kept");
    }
    assert_eq!(visits(&lake).await, 2);
    lake.flush(NOON_US).await.expect("it is written");
    lake.append_at(vec![view(5, -114)], NOON_US).await.expect("it is kept");
    assert_eq!(visits(&lake).await, 2);
    drop(lake);
    let lake = Lake::open(settings(dir.path()), NOON_US).await.expect("it opens");
    lake.append_at(vec![view(6, -112), view(7, 2)], NOON_US).await.expect("they are kept");
    assert_eq!(visits(&lake).await, 2);
}

#[tokio::test]
async fn what_comes_in_one_request_may_come_in_any_order() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    let kept_back = [(1, 0), (2, -20), (3, -90), (4, -40), (5, -130), (6, -110)];
    let events = kept_back.map(|(id, minute)| view(id, minute)).to_vec();
    lake.append_at(events, NOON_US).await.expect("they are kept");
    assert_eq!(visits(&lake).await, 2);
}
