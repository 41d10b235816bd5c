//! Engagement and bounces, visit by visit, worked out by hand.

use luotsi_marketing::event::{ENGAGEMENT, Event};
use serde_json::json;

use super::{Place, answer, lines, query, runtime, snapshot, with_visits};
use crate::testing::page_view;

/// Noon of Monday 2 March 2026, UTC.
const MONDAY_US: i64 = 1_772_452_800_000_000;

/// An event of a visitor so many seconds after noon.
fn event(visitor_id: i64, second: i64, name: &str) -> Event {
    let mut event = page_view(visitor_id * 100 + second, MONDAY_US + second * 1_000_000);
    event.visitor_id = visitor_id;
    event.name = name.into();
    event.interactive = name != ENGAGEMENT;
    event
}

fn report(visitor_id: i64, second: i64, ms: u32) -> Event {
    Event { engagement_ms: Some(ms), ..event(visitor_id, second, ENGAGEMENT) }
}

#[tokio::test]
async fn engagement_and_bounce_are_two_measures() {
    let product = Event { pathname: "/product/x".into(), ..event(4, 0, "pageview") };
    let events = vec![
        // A single view: a bounce.
        event(1, 0, "pageview"),
        // Eleven seconds: engaged.
        event(2, 0, "pageview"),
        event(2, 11, "click"),
        // Two views: engaged.
        event(3, 0, "pageview"),
        event(3, 5, "pageview"),
        // A single view that is a conversion: a bounce, and engaged.
        product,
        // A minute, of which four seconds in front: a bounce.
        event(5, 0, "pageview"),
        report(5, 60, 4_000),
        // Twelve seconds in front: a bounce, and engaged.
        event(6, 0, "pageview"),
        report(6, 30, 7_000),
        report(6, 31, 5_000),
        // Ten seconds are not more than ten.
        event(7, 0, "pageview"),
        event(7, 10, "click"),
    ];
    let events = with_visits(events);
    let body = json!({
        "site_id": "shop.example", "date_range": ["2026-03-02", "2026-03-02"],
        "metrics": ["visits", "engaged_visits", "engagement_rate", "bounce_rate"],
    });
    let query = query(&body, "UTC");
    for place in [Place::File(0), Place::Hot] {
        let dir = tempfile::tempdir().expect("a folder");
        let snapshot = snapshot(dir.path(), &events, |_| place);
        let result = answer(&snapshot, &runtime(), &query).await;
        assert_eq!(lines(&query, &result), ["7 | 4 | 57.1 | 57"]);
    }
}
