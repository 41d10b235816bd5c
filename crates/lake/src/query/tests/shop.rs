//! `fixtures/small_shop`: numbers worked out by hand, see its README.

use std::path::Path;
use std::sync::Arc;

use luotsi_marketing::event::{Acquisition, BotReason, Client, Event, Revenue};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Place, answer, lines, query, runtime, snapshot, with_visits};
use crate::testing::page_view;

const ZONE: &str = "Europe/Helsinki";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default = "first_site")]
    site: i32,
    visitor: i64,
    at: String,
    #[serde(default = "pageview")]
    name: String,
    page: String,
    source: Option<String>,
    channel: String,
    campaign: Option<String>,
    country: Option<String>,
    device: Option<String>,
    #[serde(default)]
    props: serde_json::Map<String, Value>,
    revenue: Option<i64>,
    currency: Option<String>,
    order: Option<String>,
    #[serde(default = "yes")]
    interactive: bool,
    scroll: Option<u8>,
    engaged_ms: Option<u32>,
    bot: Option<String>,
}

fn first_site() -> i32 {
    1
}

fn pageview() -> String {
    "pageview".to_owned()
}

fn yes() -> bool {
    true
}

fn at_us(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("a moment").as_microsecond()
}

fn event(id: usize, line: Line) -> Event {
    let mut event = page_view(id as i64, at_us(&line.at));
    event.site_number = line.site;
    event.visitor_id = line.visitor;
    event.name = line.name;
    event.pathname = line.page;
    let text = |value: Value| value.as_str().expect("properties are texts").to_owned();
    event.props = line.props.into_iter().map(|(name, value)| (name, text(value))).collect();
    event.revenue = line.revenue.map(|minor_units| Revenue {
        minor_units,
        currency: line.currency.expect("revenue has a currency").parse().expect("a currency"),
    });
    event.transaction_id = line.order;
    event.interactive = line.interactive;
    event.scroll_depth = line.scroll;
    event.engagement_ms = line.engaged_ms;
    event.bot_reason = line.bot.map(|_| BotReason::UserAgent);
    event.acquisition = Arc::new(Acquisition {
        source: line.source,
        channel: line.channel,
        utm_campaign: line.campaign,
        ..Acquisition::default()
    });
    event.client = Arc::new(Client { device: line.device, ..Client::default() });
    event.place = Arc::new(luotsi_marketing::event::Place {
        country: line.country,
        ..luotsi_marketing::event::Place::default()
    });
    event
}

pub(super) fn events() -> Vec<Event> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/small_shop/events.jsonl");
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    let lines = text.lines().map(|line| serde_json::from_str(line).expect("a line of the fixture"));
    lines.enumerate().map(|(id, line)| event(id, line)).collect()
}

/// Asks the shop and compares the rows, wherever its rows are kept.
async fn check(body: Value, expected: &[&str]) {
    let mut whole = json!({"site_id": "shop.example", "date_range": ["2026-03-02", "2026-03-03"]});
    for (name, value) in body.as_object().expect("fields") {
        whole[name] = value.clone();
    }
    let events = with_visits(events());
    let runtime = runtime();
    let query = query(&whole, ZONE);
    let places: [fn(usize) -> Place; 3] = [
        |_| Place::File(0),
        |_| Place::Hot,
        |at| [Place::File(0), Place::File(1), Place::Hot][at % 3],
    ];
    for place in places {
        let dir = tempfile::tempdir().expect("a folder");
        let snapshot = snapshot(dir.path(), &events, place);
        let result = answer(&snapshot, &runtime, &query).await;
        assert_eq!(lines(&query, &result), expected, "{whole}");
    }
}

const MAIN: [&str; 7] = [
    "visitors",
    "visits",
    "pageviews",
    "events",
    "views_per_visit",
    "bounce_rate",
    "visit_duration",
];

#[tokio::test]
async fn the_main_figures_of_both_days() {
    check(json!({"metrics": MAIN}), &["6 | 9 | 14 | 21 | 1.56 | 44 | 599"]).await;
}

#[tokio::test]
async fn days_add_up_in_visits_and_page_views() {
    check(
        json!({"metrics": MAIN, "dimensions": ["time:day"]}),
        &[
            "2026-03-02 | 3 | 4 | 7 | 9 | 2 | 25 | 638",
            "2026-03-03 | 5 | 5 | 7 | 12 | 1.2 | 60 | 568",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_visit_over_midnight_counts_whole_on_the_second_day_too() {
    check(
        json!({"metrics": ["visitors", "visits", "bounce_rate", "visit_duration"], "date_range": ["2026-03-03", "2026-03-03"]}),
        &["5 | 6 | 50 | 723"],
    )
    .await;
}

#[tokio::test]
async fn sources_with_their_visits() {
    check(
        json!({"metrics": ["visitors", "visits", "bounce_rate", "visit_duration", "percentage"], "dimensions": ["visit:source"]}),
        &[
            "Direct / None | 4 | 4 | 50 | 405 | 66.7",
            "Google | 3 | 3 | 33 | 1037 | 50",
            "Newsletter | 1 | 1 | 0 | 660 | 16.7",
            "example.org | 1 | 1 | 100 | 0 | 16.7",
        ],
    )
    .await;
}

#[tokio::test]
async fn pages_bounce_by_the_visits_that_entered_on_them() {
    check(
        json!({
            "metrics": ["visitors", "pageviews", "bounce_rate", "scroll_depth", "time_on_page"],
            "dimensions": ["event:page"], "order_by": [["visitors", "desc"], ["event:page", "asc"]],
        }),
        &[
            "/ | 5 | 5 | 40 | 40 | 30",
            "/blog | 2 | 4 | 50 | - | -",
            "/product/hat | 2 | 2 | - | 20 | 15",
            "/product/shoe | 2 | 2 | 0 | 80 | 45",
            "/cart | 1 | 0 | - | - | -",
            "/thanks | 1 | 1 | - | - | -",
            "/video | 1 | 0 | - | - | -",
        ],
    )
    .await;
}

#[tokio::test]
async fn entry_and_exit_pages_are_the_first_and_last_page_views() {
    check(
        json!({"metrics": ["visits", "bounce_rate"], "dimensions": ["visit:entry_page"]}),
        &["/ | 5 | 40", "/blog | 2 | 50", "(none) | 1 | 100", "/product/shoe | 1 | 0"],
    )
    .await;
    check(
        json!({"metrics": ["visits"], "dimensions": ["visit:exit_page"]}),
        &["/ | 3", "/blog | 2", "/product/hat | 2", "(none) | 1", "/thanks | 1"],
    )
    .await;
}

#[tokio::test]
async fn a_page_filter_selects_visits_and_counts_them_whole() {
    check(
        json!({
            "metrics": ["visitors", "visits", "pageviews", "bounce_rate", "visit_duration"],
            "filters": [["is", "event:page", ["/product/shoe"]]],
        }),
        &["2 | 2 | 2 | 0 | 525"],
    )
    .await;
}

#[tokio::test]
async fn conversions_with_their_rates_and_revenue() {
    check(
        json!({
            "metrics": ["visitors", "events", "conversion_rate", "total_revenue", "average_revenue"],
            "dimensions": ["event:goal"],
        }),
        &[
            "Visit /product/* | 3 | 4 | 50 | - | -",
            "purchase | 2 | 4 | 33.3 | 6000 EUR | 3000 EUR",
            "signup | 1 | 1 | 16.7 | - | -",
        ],
    )
    .await;
    check(json!({"metrics": ["total_revenue", "average_revenue"]}), &["6000 EUR | 3000 EUR"]).await;
}

#[tokio::test]
async fn a_group_converts_among_its_own_visitors() {
    check(
        json!({
            "metrics": ["visitors", "conversion_rate", "group_conversion_rate"],
            "dimensions": ["visit:channel"], "filters": [["is", "event:goal", ["purchase"]]],
        }),
        &["Direct | 1 | 16.7 | 25", "Organic Search | 1 | 16.7 | 33.3"],
    )
    .await;
}

#[tokio::test]
async fn countries_by_code_and_by_name() {
    check(
        json!({"metrics": ["visitors"], "dimensions": ["visit:country"]}),
        &["FI | 3", "(not set) | 1", "DE | 1", "SE | 1"],
    )
    .await;
    check(
        json!({
            "metrics": ["visitors"], "dimensions": ["visit:country_name"],
            "filters": [["contains", "visit:country_name", ["land", "WED"], {"case_sensitive": false}]],
        }),
        &["Finland | 3", "Sweden | 1"],
    )
    .await;
}

#[tokio::test]
async fn properties_and_what_visits_have_done() {
    check(
        json!({
            "metrics": ["visitors"], "dimensions": ["event:props:plan"],
            "filters": [["is", "event:name", ["signup", "video"]]],
        }),
        &["(none) | 1", "pro | 1"],
    )
    .await;
    check(
        json!({"metrics": ["visits"], "filters": [["has_done", ["is", "event:goal", ["purchase"]]]]}),
        &["2"],
    )
    .await;
    check(
        json!({"metrics": ["visits"], "filters": [["has_not_done", ["is", "event:goal", ["purchase"]]]]}),
        &["7"],
    )
    .await;
}

#[tokio::test]
async fn rows_are_ordered_cut_and_counted() {
    let body = json!({
        "site_id": "shop.example", "date_range": ["2026-03-02", "2026-03-03"], "metrics": ["visitors"],
        "dimensions": ["event:page"], "order_by": [["event:page", "desc"]], "include": {"total_rows": true},
        "pagination": {"limit": 2, "offset": 1},
    });
    let events = with_visits(events());
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot(dir.path(), &events, |_| Place::File(0));
    let query = query(&body, ZONE);
    let result = answer(&snapshot, &runtime(), &query).await;
    assert_eq!(lines(&query, &result), ["/thanks | 1", "/product/shoe | 2"]);
    assert_eq!(result.total_rows, 7);
}

#[tokio::test]
async fn days_are_compared_with_the_days_before_also_where_nothing_happened() {
    let body = json!({
        "site_id": "shop.example", "date_range": ["2026-03-03", "2026-03-04"], "metrics": ["visits", "bounce_rate"],
        "dimensions": ["time:day"], "include": {"comparisons": {"mode": "previous_period"}},
    });
    let events = with_visits(events());
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot(dir.path(), &events, |_| Place::File(0));
    let query = query(&body, ZONE);
    let result = answer(&snapshot, &runtime(), &query).await;
    // Tuesday alone with visit D, which began before it; Wednesday has nothing.
    assert_eq!(lines(&query, &result), ["2026-03-03 | 6 | 50", "2026-03-04 | 0 | -"]);
    let compared: Vec<_> = result
        .rows
        .iter()
        .map(|row| {
            let comparison = row.comparison.as_ref().expect("a comparison was asked for");
            (
                comparison.dimensions[0].as_str(),
                comparison.metrics[0].number(),
                comparison.change[0],
            )
        })
        .collect();
    assert_eq!(
        compared,
        [("2026-03-01", Some(0.0), Some(100.0)), ("2026-03-02", Some(4.0), Some(-100.0))]
    );
    assert_eq!(result.time_labels, ["2026-03-03", "2026-03-04"]);
}
