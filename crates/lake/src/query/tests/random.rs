//! Random events and queries: the engine against the naive loop.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use luotsi_marketing::event::{
    Acquisition, BotReason, Client, ENGAGEMENT, Event, PAGEVIEW, REFUND, Revenue, Visit,
};
use luotsi_marketing::query::Query;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::naive::{self, Groups};
use super::{
    Place, QueryResult, SITE, Snapshot, answer, context, run_all, runtime, snapshot, with_visits,
};
use crate::testing::page_view;

/// 2026-03-01T00:00:00Z.
const FIRST_US: i64 = 1_772_323_200_000_000;
const MINUTE_US: i64 = 60_000_000;

/// Choices from which an event is made.
#[derive(Debug, Clone)]
struct Draft {
    site: i32,
    visitor: i64,
    minute: i64,
    name: &'static str,
    page: &'static str,
    interactive: bool,
    bot: bool,
    source: usize,
    place: Place,
    plan: Option<&'static str>,
    cents: i64,
    order: usize,
    scroll: Option<u8>,
    engaged: Option<u32>,
    /// Whom the event names, if anyone: 100 or 101.
    person: Option<i64>,
}

fn draft() -> impl Strategy<Value = Draft> {
    let who = (
        prop_oneof![9 => Just(1), 1 => Just(2)],
        -3_i64..4,
        0..5 * 24 * 60_i64,
        prop_oneof![
            6 => Just(PAGEVIEW), 2 => Just(ENGAGEMENT), 2 => Just("purchase"), 1 => Just(REFUND), 1 => Just("signup"), 1 => Just("click")
        ],
        select(vec!["/", "/a", "/b", "/product/x", "/product/y", "/product/y/z"]),
    );
    let how = (
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.05),
        0..3_usize,
        prop_oneof![3 => Just(Place::File(0)), 1 => Just(Place::File(1)), 1 => Just(Place::Hot)],
        select(vec![None, Some("basic"), Some("pro")]),
    );
    let what = (
        0..500_i64,
        0..4_usize,
        prop::option::of(0..=100_u8),
        prop::option::of(0..90_000_u32),
        prop::option::weighted(0.1, 100..102_i64),
    );
    (who, how, what).prop_map(|(who, how, what)| {
        let (site, visitor, minute, name, page) = who;
        let (interactive, bot, source, place, plan) = how;
        let (cents, order, scroll, engaged, person) = what;
        Draft {
            site,
            visitor,
            minute,
            name,
            page,
            interactive,
            bot,
            source,
            place,
            plan,
            cents,
            order,
            scroll,
            engaged,
            person,
        }
    })
}

fn event(at: usize, draft: &Draft) -> Event {
    let (source, channel) =
        [(None, "Direct"), (Some("Google"), "Organic Search"), (Some("Newsletter"), "Email")]
            [draft.source];
    let currency = if draft.cents % 7 == 0 { "SEK" } else { "EUR" };
    let is_sale = ["purchase", REFUND].contains(&draft.name) && draft.cents % 5 != 0;
    let mut event = page_view(at as i64, 0);
    event.site_number = draft.site;
    event.visitor_id = draft.visitor;
    // No two events of a visitor at once: their order would be open.
    event.at_us = FIRST_US + draft.minute * MINUTE_US + at as i64;
    event.name = draft.name.to_owned();
    event.pathname = draft.page.to_owned();
    event.interactive = draft.interactive;
    event.bot_reason = draft.bot.then_some(BotReason::Prefetch);
    event.props = draft.plan.map(|plan| ("plan".to_owned(), plan.to_owned())).into_iter().collect();
    event.revenue = is_sale.then(|| Revenue {
        minor_units: draft.cents,
        currency: currency.parse().expect("a currency"),
    });
    event.transaction_id = (draft.order > 0).then(|| format!("order {}", draft.order));
    event.scroll_depth = draft.scroll;
    event.engagement_ms = draft.engaged;
    event.person_id = draft.person;
    event.acquisition = Arc::new(Acquisition {
        source: source.map(str::to_owned),
        channel: channel.to_owned(),
        utm_campaign: (draft.source == 2).then(|| "spring".to_owned()),
        ..Acquisition::default()
    });
    let device = [Some("Mobile"), Some("Desktop"), None][draft.visitor.unsigned_abs() as usize % 3];
    event.client = Arc::new(Client { device: device.map(str::to_owned), ..Client::default() });
    let country = ["FI", "SE", "DE"][draft.visitor.unsigned_abs() as usize % 3];
    event.place = Arc::new(luotsi_marketing::event::Place {
        country: (draft.visitor != 2).then(|| country.to_owned()),
        ..luotsi_marketing::event::Place::default()
    });
    event
}

fn filters() -> Vec<Value> {
    vec![
        json!(["is", "event:page", ["/a", "/product/x"]]),
        json!(["is_not", "event:page", ["/"]]),
        json!(["contains", "event:page", ["PRODUCT"], {"case_sensitive": false}]),
        json!(["matches", "event:page", ["^/product/[xy]$"]]),
        json!(["is", "event:name", ["pageview", "signup"]]),
        json!(["is", "event:goal", ["purchase"]]),
        json!(["contains", "event:goal", ["pur", "Visit"]]),
        json!(["is", "event:props:plan", ["pro", "(none)"]]),
        json!(["contains_not", "event:props:plan", ["bas"]]),
        json!(["is", "visit:source", ["Direct / None"]]),
        json!(["is_not", "visit:source", ["Google"]]),
        json!(["is", "visit:last_non_direct_source", ["Google", "Direct / None"]]),
        json!(["is_not", "visit:last_non_direct_medium", ["(none)"]]),
        json!(["is", "visit:first_user_channel", ["Email"]]),
        json!(["is", "visit:country", ["FI"]]),
        json!(["contains", "visit:country_name", ["we", "Fin"]]),
        json!(["is", "visit:entry_page", ["/", "(none)"]]),
        json!(["is_not", "visit:exit_page", ["/b"]]),
        json!(["has_done", ["is", "event:name", ["purchase"]]]),
        json!([
            "has_not_done",
            ["and", [["is", "event:page", ["/a"]], ["is", "event:name", ["pageview"]]]]
        ]),
        json!(["or", [["is", "event:page", ["/b"]], ["is", "visit:channel", ["Email"]]]]),
        json!([
            "not",
            ["and", [["is", "visit:device", ["Mobile"]], ["is", "event:name", ["click"]]]]
        ]),
        json!([
            "or",
            [["has_done", ["is", "event:goal", ["signup"]]], ["is", "visit:entry_page", ["/a"]]]
        ]),
    ]
}

/// Bodies of queries, of which the parser refuses some.
fn body() -> impl Strategy<Value = Value> {
    let metrics = subsequence(
        vec![
            "visitors",
            "visits",
            "pageviews",
            "events",
            "views_per_visit",
            "bounce_rate",
            "engaged_visits",
            "engagement_rate",
            "visit_duration",
            "percentage",
            "conversion_rate",
            "group_conversion_rate",
            "total_revenue",
            "average_revenue",
            "scroll_depth",
            "time_on_page",
        ],
        1..6,
    );
    let dimensions = subsequence(
        vec![
            "time:day",
            "time:hour",
            "event:page",
            "event:name",
            "event:goal",
            "event:props:plan",
            "event:hostname",
            "visit:source",
            "visit:channel",
            "visit:utm_campaign",
            "visit:last_non_direct_source",
            "visit:last_non_direct_channel",
            "visit:last_non_direct_medium",
            "visit:first_user_campaign",
            "visit:first_user_source",
            "visit:device",
            "visit:country",
            "visit:country_name",
            "visit:entry_page",
            "visit:exit_page",
        ],
        0..3,
    );
    let date_range = select(vec![
        json!(["2026-03-01", "2026-03-05"]),
        json!(["2026-03-02", "2026-03-03"]),
        json!(["2026-03-03", "2026-03-03"]),
        json!(["2026-03-02T10:30:00Z", "2026-03-04T05:10:00Z"]),
        json!("all"),
    ]);
    (metrics, dimensions, subsequence(filters(), 0..3), date_range).prop_map(
        |(metrics, dimensions, filters, date_range)| {
            json!({
                "site_id": "shop.example", "metrics": metrics, "dimensions": dimensions, "filters": filters,
                "date_range": date_range,
            })
        },
    )
}

fn by_labels(query: &Query, result: &QueryResult) -> Groups {
    let shown = |row: &crate::query::Row| {
        query.metrics.iter().zip(&row.metrics).map(|(metric, value)| value.shown(*metric)).collect()
    };
    result.rows.iter().map(|row| (row.dimensions.clone(), shown(row))).collect()
}

/// Revenue by goals is checked by hand (`shop`).
fn is_checkable(query: &Query, body: &Value) -> bool {
    let asks_revenue = body["metrics"].to_string().contains("revenue");
    let names_goal = body["dimensions"].to_string().contains("goal")
        || query.top_level_tests().any(|test| test.dimension.as_str() == "event:goal");
    !(asks_revenue && names_goal)
}

/// Drafts as events with their visits, and a snapshot of them: of one file a date, as compaction leaves it so that
/// summaries are read, or each where its draft says.
fn kept(dir: &Path, drafts: &[Draft], is_tidy: bool) -> (Vec<(Event, Visit)>, Snapshot) {
    let places: BTreeMap<i64, Place> =
        drafts.iter().enumerate().map(|(at, draft)| (at as i64, draft.place)).collect();
    let events =
        with_visits(drafts.iter().enumerate().map(|(at, draft)| event(at, draft)).collect());
    let place = |at: usize| if is_tidy { Place::File(0) } else { places[&events[at].0.event_id] };
    let snapshot = snapshot(dir, &events, place);
    (events, snapshot)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_answers_what_the_naive_loop_answers(
        drafts in prop::collection::vec(draft(), 1..120),
        bodies in prop::collection::vec(body(), 12),
        zone in select(vec!["UTC", "Europe/Helsinki", "Asia/Kathmandu", "America/New_York"]),
        is_tidy in prop::bool::ANY,
    ) {
        let dir = tempfile::tempdir().expect("a folder");
        let (events, snapshot) = kept(dir.path(), &drafts, is_tidy);
        let runtime = runtime();
        let tokio = tokio::runtime::Runtime::new().expect("threads start");
        for body in bodies {
            let Ok(query) = Query::parse(&body, &context(zone)) else { continue };
            if !is_checkable(&query, &body) {
                continue;
            }
            let result = tokio.block_on(answer(&snapshot, &runtime, &query));
            let expected = naive::groups(&query, query.range, &events);
            prop_assert_eq!(by_labels(&query, &result), expected, "{} in {}", body, zone);
        }
    }

    #[test]
    fn queries_are_answered_together_as_each_is_alone(
        drafts in prop::collection::vec(draft(), 1..120),
        bodies in prop::collection::vec(body(), 12),
        zone in select(vec!["UTC", "Europe/Helsinki"]),
        is_tidy in prop::bool::ANY,
    ) {
        let dir = tempfile::tempdir().expect("a folder");
        let (_, snapshot) = kept(dir.path(), &drafts, is_tidy);
        let runtime = runtime();
        let tokio = tokio::runtime::Runtime::new().expect("threads start");
        // Others that differ by what they count, or by how many rows they want, share its groups.
        let alike = |body: &Value| {
            let (mut visits, mut first) = (body.clone(), body.clone());
            visits["metrics"] = json!(["visits", "visitors"]);
            first["pagination"] = json!({"limit": 2});
            [body.clone(), visits, first]
        };
        let queries: Vec<Query> = bodies
            .iter()
            .flat_map(alike)
            .filter_map(|body| Query::parse(&body, &context(zone)).ok())
            .collect();
        let asked: Vec<(i32, &Query)> = queries.iter().map(|query| (SITE, query)).collect();
        let together = tokio.block_on(run_all(&snapshot, &runtime, &asked)).expect("answered");
        for (query, together) in queries.iter().zip(together) {
            let alone = tokio.block_on(answer(&snapshot, &runtime, query));
            prop_assert_eq!(together, alone, "{:?}", query);
        }
    }
}
