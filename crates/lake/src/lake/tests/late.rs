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

#[tokio::test]
async fn an_event_between_two_visits_makes_them_one_soon() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    let other = Event { visitor_id: 8, ..view(9, -30) };
    lake.append_at(vec![view(1, -50), other], NOON_US).await.expect("they are kept");
    lake.flush(NOON_US).await.expect("it is written");
    let mut second = view(2, -10);
    second.pathname = "/second".into();
    lake.append_at(vec![second], NOON_US).await.expect("it is kept");
    assert_eq!(visits(&lake).await, 3);
    lake.append_at(vec![view(3, -30)], NOON_US).await.expect("it is kept");
    lake.mend(NOON_US).await.expect("visits are mended");
    assert_eq!(visits(&lake).await, 2);
    // What comes next goes on with it, also after a restart.
    lake.append_at(vec![view(4, 0)], NOON_US).await.expect("it is kept");
    assert_eq!(visits(&lake).await, 2);
    lake.close(NOON_US).await.expect("it is closed");
    let lake = Lake::open(settings(dir.path()), NOON_US).await.expect("it opens");
    lake.append_at(vec![view(5, 5)], NOON_US).await.expect("it is kept");
    assert_eq!(visits(&lake).await, 2);
    let of_visitor: Vec<Kept> =
        kept(&lake.snapshot(), dir.path()).into_iter().filter(|row| row.event_id != 9).collect();
    assert_eq!(of_visitor.len(), 5);
    for row in of_visitor {
        assert_eq!(row.start_us, NOON_US - 50 * MINUTE_US);
        assert_eq!(row.entry_page.as_deref(), Some("/"));
    }
}

#[tokio::test]
async fn a_visit_begins_with_its_first_event_though_that_came_last() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    let mut first = view(2, -20);
    first.pathname = "/first".into();
    for event in [view(1, 0), first, view(3, 1)] {
        lake.append_at(vec![event], NOON_US).await.expect("it is kept");
        assert_eq!(visits(&lake).await, 1);
    }
    lake.mend(NOON_US).await.expect("visits are mended");
    lake.append_at(vec![view(4, 2)], NOON_US).await.expect("it is kept");
    assert_eq!(visits(&lake).await, 1);
    for row in kept(&lake.snapshot(), dir.path()) {
        assert_eq!(row.start_us, NOON_US - 20 * MINUTE_US);
        assert_eq!(row.entry_page.as_deref(), Some("/first"));
    }
    let files = lake.snapshot().files.len();
    lake.mend(NOON_US).await.expect("nothing is left to do");
    assert_eq!(lake.snapshot().files.len(), files);
}
