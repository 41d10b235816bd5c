//! What visits are owed to, worked out by hand.

use std::sync::Arc;

use luotsi_marketing::event::{Acquisition, Event};
use serde_json::{Value, json};

use super::{Place, answer, lines, query, runtime, snapshot, with_visits};
use crate::query::{Funnel, QueryError, QueryRuntime, funnel, run, sql_metric};
use crate::testing::page_view;

const DAY_US: i64 = 86_400_000_000;

/// Midnight of 1 January 2026, UTC.
const JANUARY_US: i64 = 1_767_225_600_000_000;

/// A page view of a visitor on a day and an hour of the year 2026, by a source and medium (`-`: direct).
fn view(visitor_id: i64, day: i64, hour: i64, source: &str, medium: &str) -> Event {
    let at_us = JANUARY_US + (day - 1) * DAY_US + hour * 3_600_000_000;
    let mut event = page_view(visitor_id * 1_000_000 + day * 100 + hour, at_us);
    event.visitor_id = visitor_id;
    let channel = match (source, medium) {
        ("-", _) => "Direct",
        (_, "cpc") => "Paid Search",
        (_, "email") => "Email",
        _ => "Organic Search",
    };
    let text = |word: &str| (word != "-").then(|| word.to_owned());
    event.acquisition = Arc::new(Acquisition {
        source: text(source),
        channel: channel.to_owned(),
        utm_source: text(source).filter(|_| medium != "-").map(|name| name.to_lowercase()),
        utm_medium: text(medium),
        utm_campaign: (medium == "cpc").then(|| "spring".to_owned()),
        ..Acquisition::default()
    });
    event
}

/// Two visitors and more. April begins on day 91, and the last of April is day 120.
fn events() -> Vec<Event> {
    vec![
        // 1: an ad on 10 January, direct on 10 April, ninety days later to the hour, and a day after that.
        view(1, 10, 12, "Google", "cpc"),
        view(1, 100, 12, "-", "-"),
        view(1, 101, 12, "-", "-"),
        // 2: never but direct.
        view(2, 20, 9, "-", "-"),
        view(2, 95, 9, "-", "-"),
        // 3: a newsletter in February, Google's search in March, direct in April.
        view(3, 40, 9, "News", "email"),
        view(3, 70, 9, "Google", "-"),
        view(3, 92, 9, "-", "-"),
        // 4: direct first, then a newsletter, then direct, all on one day of April.
        view(4, 110, 8, "-", "-"),
        view(4, 110, 12, "News", "email"),
        view(4, 110, 18, "-", "-"),
        // 1 on another site, by a newsletter the day before: somebody else's business.
        Event { site_number: 2, ..view(1, 99, 12, "News", "email") },
    ]
}

fn april(body: &Value) -> Value {
    let mut whole = json!({"site_id": "shop.example", "metrics": ["visits", "visitors"],
        "date_range": ["2026-04-01", "2026-04-30"]});
    for (name, value) in body.as_object().expect("fields") {
        whole[name] = value.clone();
    }
    whole
}

/// Asks and compares the rows, wherever the rows of the events are kept.
async fn check_of(events: Vec<Event>, body: Value, expected: &[&str]) {
    let events = with_visits(events);
    let runtime = runtime();
    let body = april(&body);
    let query = query(&body, "UTC");
    let places: [fn(usize) -> Place; 3] = [
        |_| Place::File(0),
        |_| Place::Hot,
        |at| [Place::File(0), Place::File(1), Place::Hot][at % 3],
    ];
    for place in places {
        let dir = tempfile::tempdir().expect("a folder");
        let snapshot = snapshot(dir.path(), &events, place);
        let mut found = lines(&query, &answer(&snapshot, &runtime, &query).await);
        if query.comparison.is_none() {
            found.sort_unstable();
        }
        assert_eq!(found, expected, "{body}");
    }
}

async fn check(body: Value, expected: &[&str]) {
    check_of(events(), body, expected).await;
}

#[tokio::test]
async fn a_direct_visit_has_the_source_of_the_last_one_with_a_source_in_ninety_days() {
    check(json!({"dimensions": ["visit:source"]}), &["Direct / None | 6 | 4", "News | 1 | 1"])
        .await;
    check(
        json!({"dimensions": ["visit:last_non_direct_source"]}),
        // Of 1 the visit of 11 April, of 2 the only one, of 4 the first of the day; of 1 that of 10 April and
        // of 3 the only one; of 4 the other two.
        &["Direct / None | 3 | 3", "Google | 2 | 2", "News | 2 | 1"],
    )
    .await;
    check(
        json!({"dimensions": ["visit:last_non_direct_channel", "visit:last_non_direct_medium",
            "visit:last_non_direct_campaign"]}),
        &[
            "Direct | (none) | (not set) | 3 | 3",
            "Email | email | (not set) | 2 | 1",
            "Organic Search | organic | (not set) | 1 | 1",
            "Paid Search | cpc | spring | 1 | 1",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_visitors_first_visit_is_the_first_that_is_kept() {
    check(
        json!({"dimensions": ["visit:first_user_source", "visit:first_user_medium"]}),
        &["Direct / None | (none) | 4 | 2", "Google | cpc | 2 | 1", "News | email | 1 | 1"],
    )
    .await;
    check(
        json!({"dimensions": ["visit:first_user_channel", "visit:last_non_direct_channel"],
            "filters": [["is", "visit:first_user_campaign", ["spring"]]]}),
        &["Paid Search | Direct | 1 | 1", "Paid Search | Paid Search | 1 | 1"],
    )
    .await;
}

#[tokio::test]
async fn filters_and_time_and_metrics_of_visits_go_with_it() {
    check(
        json!({"dimensions": ["time:day"], "metrics": ["visits", "pageviews", "bounce_rate"],
            "filters": [["is", "visit:last_non_direct_source", ["Google"]]]}),
        &["2026-04-02 | 1 | 1 | 100", "2026-04-10 | 1 | 1 | 100"],
    )
    .await;
    check(
        json!({"metrics": ["visits", "percentage"], "filters": [["or", [
            ["is", "visit:last_non_direct_channel", ["Email"]],
            ["contains", "visit:last_non_direct_source", ["goog"], {"case_sensitive": false}]]]]}),
        &["4 | 100"],
    )
    .await;
    // The clause that stands for nothing fits what has nothing.
    check(
        json!({"metrics": ["visits"], "dimensions": ["visit:channel"],
            "filters": [["is_not", "visit:last_non_direct_source", ["Direct / None"]]]}),
        &["Direct | 3", "Email | 1"],
    )
    .await;
    check(
        json!({"metrics": ["visitors", "conversion_rate"], "dimensions": ["visit:first_user_source"],
            "filters": [["is", "event:goal", ["Visit /product/*"]]]}),
        &[],
    )
    .await;
}

#[tokio::test]
async fn what_came_before_the_range_it_is_compared_with_is_known_too() {
    let body = json!({"metrics": ["visits"], "dimensions": ["visit:last_non_direct_source"],
        "date_range": ["2026-04-10", "2026-04-10"],
        "include": {"comparisons": {"mode": "custom", "date_range": ["2026-04-02", "2026-04-02"]}}});
    let events = with_visits(events());
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot(dir.path(), &events, |_| Place::File(0));
    let query = query(&april(&body), "UTC");
    let result = answer(&snapshot, &runtime(), &query).await;
    assert_eq!(lines(&query, &result), ["Google | 1"]);
    let compared = result.rows[0].comparison.as_ref().expect("a comparison");
    assert_eq!(compared.metrics[0].number(), Some(1.0));
}

#[tokio::test]
async fn a_late_event_and_an_erased_one_change_what_later_visits_are_owed_to() {
    let of_two = json!({"dimensions": ["visit:last_non_direct_source"],
        "date_range": ["2026-04-05", "2026-04-05"]});
    check(of_two.clone(), &["Direct / None | 1 | 1"]).await;
    let mut late = events();
    late.push(view(2, 50, 9, "Bing", "cpc"));
    check_of(late, of_two, &["Bing | 1 | 1"]).await;
    let of_three = json!({"dimensions": ["visit:last_non_direct_source", "visit:first_user_source"],
        "date_range": ["2026-04-02", "2026-04-02"]});
    check(of_three.clone(), &["Google | News | 1 | 1"]).await;
    let mut erased = events();
    erased.retain(|event| event.acquisition.source.as_deref() != Some("Google"));
    check_of(erased, of_three, &["News | News | 1 | 1"]).await;
}

#[tokio::test]
async fn robots_give_no_source_and_a_visit_across_midnight_is_one() {
    let mut events = events();
    events.push(Event {
        bot_reason: Some(luotsi_marketing::event::BotReason::UserAgent),
        ..view(2, 50, 9, "Bing", "cpc")
    });
    // Begun before the range, with an event in it; and a source that came while it went on.
    let before =
        Event { at_us: JANUARY_US + 94 * DAY_US - 600_000_000, ..view(5, 94, 23, "-", "-") };
    let after = Event { at_us: JANUARY_US + 94 * DAY_US + 600_000_000, ..view(5, 95, 0, "-", "-") };
    events.extend([view(5, 93, 0, "News", "email"), before, after]);
    check_of(
        events,
        json!({"dimensions": ["visit:last_non_direct_source"],
            "date_range": ["2026-04-05", "2026-04-05"]}),
        &["Direct / None | 1 | 1", "News | 1 | 1"],
    )
    .await;
}

#[tokio::test]
async fn who_signs_in_is_owed_to_what_the_browser_came_by_before() {
    let signed_in =
        |day, source: &str| Event { person_id: Some(900), ..view(6, day, 9, source, "-") };
    let events = vec![
        view(6, 90, 9, "Google", "cpc"),
        signed_in(93, "-"),
        // On another device, by a source of its own, and back.
        Event { visitor_id: 8, person_id: Some(900), ..view(8, 94, 9, "News", "email") },
        signed_in(95, "-"),
        // Somebody else signs in there.
        Event { person_id: Some(901), ..view(8, 96, 9, "-", "-") },
    ];
    check_of(
        events,
        json!({"dimensions": ["time:day", "visit:last_non_direct_source"], "metrics": ["visits"]}),
        &[
            "2026-04-03 | Google | 1",
            "2026-04-04 | News | 1",
            "2026-04-05 | News | 1",
            "2026-04-06 | Direct / None | 1",
        ],
    )
    .await;
}

#[tokio::test]
async fn funnels_are_narrowed_by_it_and_metrics_in_sql_say_that_they_cannot_be() {
    let body = april(&json!({"metrics": ["visitors"],
        "filters": [["is", "visit:last_non_direct_source", ["Google"]]]}));
    let events = with_visits(events());
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot(dir.path(), &events, |_| Place::File(0));
    let runtime = runtime();
    let query = query(&body, "UTC");
    let step = json!([["is", "event:page", ["/"]]]);
    let steps = luotsi_marketing::query::parse_filters(&step, &[]).expect("a step");
    let steps = steps
        .into_iter()
        .map(|filter| match filter {
            luotsi_marketing::query::Filter::Test(test) => test,
            other => panic!("{other:?}"),
        })
        .collect();
    let asked = Funnel { steps, window_days: 30, query: query.clone() };
    assert_eq!(funnel(&snapshot, &runtime, 1, &asked).await.expect("a funnel"), [2]);
    let refused = sql_metric(&snapshot, &runtime, 1, &query, "count(*)").await.expect_err("no");
    assert!(refused.to_string().contains("visit:last_non_direct_source"), "{refused}");
}

#[tokio::test]
async fn more_visits_than_fit_into_the_memory_of_queries_are_refused() {
    let events: Vec<Event> = (0..4_000).map(|visitor| view(visitor, 100, 12, "-", "-")).collect();
    let events = with_visits(events);
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot(dir.path(), &events, |_| Place::File(0));
    let body = april(&json!({"metrics": ["visits"], "dimensions": ["visit:first_user_source"]}));
    let query = query(&body, "UTC");
    let little = QueryRuntime::new(200_000).expect("threads start");
    let refused = run(&snapshot, &little, 1, &query).await.expect_err("too much");
    assert!(matches!(refused, QueryError::OutOfMemory), "{refused:?}");
    assert_eq!(
        lines(&query, &answer(&snapshot, &runtime(), &query).await),
        ["Direct / None | 4000"]
    );
}
