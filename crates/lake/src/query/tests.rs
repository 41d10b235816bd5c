//! Queries checked three ways: by hand (`shop`), by a naive loop (`naive`, `random`), and by an
//! independent engine (`reference`).

mod engaged;
mod money;
mod naive;
mod origins;
mod random;
mod reference;
mod shop;
mod summaries;

use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;
use luotsi_marketing::conversion::Trigger;
use luotsi_marketing::event::{Event, Visit};
use luotsi_marketing::query::{Context, Conversion, MetricValue, Query};
use luotsi_marketing::session::{OpenVisit, SessionRule};
use object_store::local::LocalFileSystem;
use serde_json::{Value, json};

use super::{QueryResult, QueryRuntime, run, run_all};
use crate::lake::write_sorted;
use crate::rows::Rows;
use crate::snapshot::Snapshot;
use crate::summary;

/// The site of the tests.
const SITE: i32 = 1;

/// Where an event is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    File(u8),
    Hot,
}

/// Events with the visits they belong to, each visit as it ended.
///
/// `events` in any order; visits are divided by the ordinary rule.
fn with_visits(mut events: Vec<Event>) -> Vec<(Event, Visit)> {
    events.sort_by_key(|event| (event.site_number, event.visitor_id, event.at_us));
    let mut visits: Vec<(OpenVisit, Vec<Event>)> = Vec::new();
    for event in events {
        match visits.last_mut() {
            Some((visit, of_visit))
                if of_visit[0].visitor_id == event.visitor_id
                    && of_visit[0].site_number == event.site_number
                    && visit.accepts(SessionRule::default(), &event) =>
            {
                visit.take(&event);
                of_visit.push(event);
            }
            _ => visits.push((OpenVisit::begin(&event), vec![event])),
        }
    }
    visits
        .into_iter()
        .flat_map(|(visit, events)| {
            events.into_iter().map(move |event| (event, visit.visit.clone()))
        })
        .collect()
}

/// A snapshot of events, each in the place that `place` gives it.
fn snapshot(dir: &Path, events: &[(Event, Visit)], place: impl Fn(usize) -> Place) -> Snapshot {
    let mut rows: Vec<(Place, Rows)> = Vec::new();
    for (at, (event, visit)) in events.iter().enumerate() {
        let place = place(at);
        let found = rows.iter().position(|(known, _)| *known == place).unwrap_or_else(|| {
            rows.push((place, Rows::default()));
            rows.len() - 1
        });
        rows[found].1.push(event, visit);
    }
    let mut files = Vec::new();
    let mut hot = Vec::new();
    for (place, mut rows) in rows {
        let batch = rows.finish().expect("the builders follow the schema");
        match place {
            Place::Hot => hot.push(batch),
            Place::File(_) => {
                let written = write_sorted(dir, &[batch]).expect("files can be written");
                files.extend(written.into_iter().map(|written| written.file));
            }
        }
    }
    files.sort_by_key(|file| file.date);
    for file in &mut files {
        let bytes = summary::write(dir, file.path.as_ref()).expect("summaries can be written");
        file.summary_bytes = Some(bytes);
    }
    let store = LocalFileSystem::new_with_prefix(dir).expect("the folder is there");
    Snapshot {
        store: Arc::new(store),
        files: files.into(),
        hot,
        merged: Arc::default(),
        lifts: Arc::default(),
        rates: Arc::default(),
        first_events: Arc::default(),
    }
}

fn conversions() -> Vec<Conversion> {
    let conversion = |trigger: Trigger, currency: Option<&str>| Conversion {
        display_name: trigger.display_name(),
        trigger,
        currency: currency.map(|code| code.parse().expect("a currency")),
    };
    vec![
        conversion(Trigger::event("purchase").expect("a name"), Some("EUR")),
        conversion(Trigger::page("/product/*").expect("a pattern"), None),
        conversion(Trigger::event("signup").expect("a name"), None),
    ]
}

fn context(time_zone: &str) -> Context {
    Context {
        now: "2026-03-10T12:00:00Z".parse().expect("a moment"),
        time_zone: TimeZone::get(time_zone).expect("a zone"),
        first_event: Some("2026-03-01T00:00:00Z".parse().expect("a moment")),
        currency: "EUR".parse().expect("a currency"),
        conversions: conversions(),
    }
}

fn query(body: &Value, time_zone: &str) -> Query {
    Query::parse(body, &context(time_zone)).unwrap_or_else(|problem| panic!("{body}: {problem}"))
}

fn runtime() -> QueryRuntime {
    QueryRuntime::new(256 << 20).expect("threads start")
}

async fn answer(snapshot: &Snapshot, runtime: &QueryRuntime, query: &Query) -> QueryResult {
    run(snapshot, runtime, SITE, query).await.expect("the query is answered")
}

/// Rows as text: labels, then metrics as they are shown.
fn lines(query: &Query, result: &QueryResult) -> Vec<String> {
    let line = |row: &super::Row| {
        let values = query.metrics.iter().zip(&row.metrics).map(|(metric, value)| {
            match value.shown(*metric) {
                MetricValue::Missing => "-".to_owned(),
                MetricValue::Money { minor_units, currency } => format!("{minor_units} {currency}"),
                value => value.number().map_or_else(|| "-".to_owned(), |number| number.to_string()),
            }
        });
        row.dimensions.iter().cloned().chain(values).collect::<Vec<_>>().join(" | ")
    };
    result.rows.iter().map(line).collect()
}

#[tokio::test]
async fn whoever_turned_out_to_be_someone_else_counts_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let minute = |id: i64, visitor: i64, person: Option<i64>| {
        let mut event = crate::testing::page_view(id, 1_772_323_200_000_000 + id * 60_000_000);
        event.site_number = SITE;
        event.visitor_id = visitor;
        event.person_id = person;
        event
    };
    // Visitor 7 turns out to be person 100 in the course of a visit, 8 is 100 on another device,
    // and an alias says that 9 is 100 too.
    let events = with_visits(vec![
        minute(1, 7, None),
        minute(2, 7, Some(100)),
        minute(3, 8, Some(100)),
        minute(4, 9, None),
        minute(5, 10, None),
    ]);
    let mut snapshot =
        snapshot(dir.path(), &events, |at| if at % 2 == 0 { Place::Hot } else { Place::File(0) });
    let body =
        json!({"site_id": "shop.example", "metrics": ["visitors", "visits"], "date_range": "all"});
    let query = query(&body, "UTC");
    let runtime = runtime();
    assert_eq!(lines(&query, &answer(&snapshot, &runtime, &query).await), ["3 | 4"]);
    let links = crate::snapshot::Merged::new([(9, 100)]);
    snapshot.merged = Arc::new([(SITE, Arc::new(links))].into_iter().collect());
    assert_eq!(lines(&query, &answer(&snapshot, &runtime, &query).await), ["2 | 4"]);
}

#[tokio::test]
async fn queries_that_need_too_much_memory_together_are_answered_one_after_another() {
    let dir = tempfile::tempdir().expect("a folder");
    let views = (0..4_000).map(|id| {
        let mut event = crate::testing::page_view(id, 1_772_323_200_000_000 + id * 1_000_000);
        event.visitor_id = id;
        event
    });
    let snapshot = snapshot(dir.path(), &with_visits(views.collect()), |_| Place::File(0));
    let queries: Vec<Query> = (0..20)
        .map(|one| {
            query(
                &json!({
                    "site_id": "shop.example", "metrics": ["visitors"],
                    "filters": [["is_not", "visit:source", [format!("Nobody {one}")]]],
                    "date_range": ["2026-03-01", "2026-03-02"],
                }),
                "UTC",
            )
        })
        .collect();
    // Each has 4,000 visitors of eight bytes.
    let runtime = QueryRuntime::new(200_000).expect("threads start");
    let asked: Vec<(i32, &Query)> = queries.iter().map(|query| (SITE, query)).collect();
    let found = run_all(&snapshot, &runtime, &asked).await.expect("answered");
    assert!(queries.iter().zip(&found).all(|(query, found)| lines(query, found) == ["4000"]));
    assert_eq!(runtime.passes(), 1 + 20);
}

#[tokio::test]
async fn queries_about_the_same_days_take_one_pass_over_the_rows() {
    let dir = tempfile::tempdir().expect("a folder");
    let events =
        (0..40).map(|id| crate::testing::page_view(id, 1_772_323_200_000_000 + id * 60_000_000));
    let snapshot = snapshot(dir.path(), &with_visits(events.collect()), |_| Place::File(0));
    let of = |metric: &str, dimension: &str, filters: Value, days: [&str; 2]| {
        query(
            &json!({
                "site_id": "shop.example", "metrics": [metric], "dimensions": ["time:day", dimension],
                "filters": filters, "date_range": days,
            }),
            "UTC",
        )
    };
    let passes = async |queries: &[Query]| {
        let runtime = runtime();
        let asked: Vec<(i32, &Query)> = queries.iter().map(|query| (SITE, query)).collect();
        run_all(&snapshot, &runtime, &asked).await.expect("answered");
        runtime.passes()
    };
    let week = ["2026-03-01", "2026-03-07"];
    let of_visits: Vec<Query> = ["visits", "visitors", "bounce_rate"]
        .into_iter()
        .flat_map(|metric| {
            ["visit:source", "visit:device", "visit:entry_page"]
                .map(|dimension| of(metric, dimension, json!([]), week))
        })
        .collect();
    assert_eq!(passes(&of_visits).await, 1);
    let on = |page: &str| json!([["is", "event:page", [page]]]);
    let mixed = [
        of("visits", "visit:source", json!([]), week),
        // Of events, which summaries do not have.
        of("visits", "visit:source", on("/a"), week),
        of("pageviews", "visit:source", on("/b"), week),
        of("visits", "visit:source", json!([]), ["2026-03-02", "2026-03-08"]),
    ];
    assert_eq!(passes(&mixed).await, 3);
    // There are 64 bits for tests.
    let many: Vec<Query> =
        (0..70).map(|page| of("visits", "visit:source", on(&format!("/{page}")), week)).collect();
    assert_eq!(passes(&many).await, 2);
}
