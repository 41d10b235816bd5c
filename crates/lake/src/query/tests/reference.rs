//! A month of a synthetic shop against the answers of an independent engine.
//!
//! The events and the answers are not part of this repository: without them the test says so.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int32Type, Int64Type};
use luotsi_marketing::event::{Acquisition, BotReason, Client, Event, PAGEVIEW, Revenue};
use luotsi_marketing::query::{Dimension, MetricValue, Operator, Query, Range, Test};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use super::{Place, SITE, answer, query, runtime, snapshot, with_visits};
use crate::query::{Funnel, funnel, retention};
use crate::snapshot::Snapshot;
use crate::testing::page_view;

fn shared(name: &str) -> Option<PathBuf> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/weblogs").join(name);
    if !path.exists() {
        println!("skipped: ../shared is absent");
        return None;
    }
    Some(path)
}

/// The file's events, each event id once.
fn events(path: &Path) -> Vec<Event> {
    let file = std::fs::File::open(path).expect("the file opens");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .expect("it is Parquet")
        .build()
        .expect("it is read");
    let mut events = Vec::new();
    for batch in reader {
        let batch = batch.expect("a batch");
        let column = |name: &str| batch.column_by_name(name).expect("a column").clone();
        let text = |name: &str| {
            let column = arrow::compute::cast(&column(name), &arrow::datatypes::DataType::Utf8)
                .expect("text");
            column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>()
        };
        let ids = column("event_id");
        let times = column("ts_ms");
        let visitors = column("visitor_id");
        let revenue = column("revenue");
        let bots = column("is_bot");
        let (names, pages) = (text("event"), text("path"));
        let (sources, mediums) = (text("utm_source"), text("utm_medium"));
        let (countries, devices) = (text("country"), text("device"));
        for row in 0..batch.num_rows() {
            let at_us = times.as_primitive::<Int64Type>().value(row) * 1_000;
            let mut event = page_view(ids.as_primitive::<Int64Type>().value(row), at_us);
            event.visitor_id = i64::from(visitors.as_primitive::<Int32Type>().value(row));
            event.name = match names[row].as_deref() {
                Some("page_view") => PAGEVIEW.to_owned(),
                other => other.unwrap_or_default().to_owned(),
            };
            event.pathname = pages[row].clone().unwrap_or_default();
            let amount = revenue.as_primitive::<Float64Type>();
            event.revenue = amount.is_valid(row).then(|| Revenue {
                minor_units: (amount.value(row) * 100.0).round() as i64,
                currency: "EUR".parse().expect("a currency"),
            });
            event.bot_reason = bots.as_boolean().value(row).then_some(BotReason::UserAgent);
            event.acquisition = Arc::new(Acquisition {
                channel: "Unassigned".to_owned(),
                utm_source: sources[row].clone(),
                utm_medium: mediums[row].clone(),
                ..Acquisition::default()
            });
            event.client = Arc::new(Client { device: devices[row].clone(), ..Client::default() });
            event.place = Arc::new(luotsi_marketing::event::Place {
                country: countries[row].clone(),
                ..luotsi_marketing::event::Place::default()
            });
            events.push(event);
        }
    }
    events.sort_by_key(|event| event.event_id);
    events.dedup_by_key(|event| event.event_id);
    events
}

async fn ask(snapshot: &Snapshot, body: Value) -> Vec<(Vec<String>, Vec<f64>)> {
    let mut whole = json!({"site_id": "shop.example", "date_range": ["2026-01-01", "2026-02-28"]});
    for (name, value) in body.as_object().expect("fields") {
        whole[name] = value.clone();
    }
    let query = query(&whole, "UTC");
    let result = answer(snapshot, &runtime(), &query).await;
    let numbers = |metrics: &[MetricValue]| {
        metrics.iter().map(|value| value.number().unwrap_or(f64::NAN)).collect()
    };
    result.rows.iter().map(|row| (row.dimensions.clone(), numbers(&row.metrics))).collect()
}

#[tokio::test]
async fn the_shop_of_a_hundred_thousand_events_counts_as_duckdb_counts_it() {
    counts_as_duckdb_counts("shop_events_100k").await;
}

#[tokio::test]
async fn the_shop_of_a_million_events_counts_as_duckdb_counts_it() {
    counts_as_duckdb_counts("shop_events_1m").await;
}

async fn counts_as_duckdb_counts(name: &str) {
    let (Some(data), Some(answers)) =
        (shared(&format!("{name}.parquet")), shared(&format!("reference_{name}.json")))
    else {
        return;
    };
    let reference: Value =
        serde_json::from_slice(&std::fs::read(answers).expect("it is read")).expect("it is JSON");
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot(dir.path(), &with_visits(events(&data)), |at| {
        [Place::File(0), Place::File(1), Place::File(1), Place::Hot][at % 97 % 4]
    });

    let totals = &reference["totals"];
    let sessions = &reference["sessions_gt30"];
    let all = ask(
        &snapshot,
        json!({"metrics": ["visitors", "events", "visits", "visit_duration", "bounce_rate", "total_revenue"]}),
    )
    .await;
    let [visitors, events, visits, seconds, bounces, cents] = all[0].1[..] else {
        panic!("six metrics")
    };
    assert_eq!(visitors, number(&totals["visitors"]));
    assert_eq!(events, number(&totals["human_events"]));
    assert_eq!(visits, number(&sessions["sessions"]));
    assert!((seconds - number(&sessions["avg_duration_s"])).abs() < 0.000_1, "{seconds}");
    assert!((cents - 100.0 * number(&totals["revenue"])).abs() < 0.001, "{cents}");
    // All events are interactive: a bounce is a visit of one event.
    let single = (bounces / 100.0 * visits).round();
    assert_eq!(single, number(&sessions["single_event_sessions"]));

    let buyers = ask(
        &snapshot,
        json!({"metrics": ["visitors", "events"], "filters": [["is", "event:name", ["purchase"]]]}),
    )
    .await;
    assert_eq!(buyers[0].1, [number(&totals["buyers"]), number(&totals["purchases"])]);

    let days = ask(&snapshot, json!({"metrics": ["events", "visitors", "visits", "total_revenue"], "dimensions": ["time:day"]})).await;
    let expected = reference["per_day"].as_array().expect("days");
    let started = reference["sessions_per_day_gt30"].as_array().expect("days");
    assert_eq!(days.len(), expected.len());
    for ((labels, metrics), (day, started)) in days.iter().zip(expected.iter().zip(started)) {
        assert_eq!(labels[0], day["d"]);
        assert_eq!(metrics[0], number(&day["events"]), "{labels:?}");
        assert_eq!(metrics[1], number(&day["visitors"]), "{labels:?}");
        assert_eq!(metrics[2], number(&started["sessions_started"]), "{labels:?}");
        assert!((metrics[3] - 100.0 * number(&day["revenue"])).abs() < 0.001, "{labels:?}");
    }

    let weeks = ask(&snapshot, json!({"metrics": ["visitors"], "dimensions": ["time:week"]})).await;
    let expected = reference["per_week_unique"].as_array().expect("weeks");
    let of_weeks: Vec<f64> = expected.iter().map(|week| number(&week["visitors"])).collect();
    assert_eq!(weeks.iter().map(|week| week.1[0]).collect::<Vec<_>>(), of_weeks);

    let devices = ask(
        &snapshot,
        json!({"metrics": ["visitors", "total_revenue"], "dimensions": ["visit:country", "visit:device"]}),
    )
    .await;
    let expected = reference["country_device"].as_array().expect("groups");
    assert_eq!(devices.len(), expected.len());
    for group in expected {
        let label = |name: &str| group[name].as_str().expect("a text");
        let labels = [label("country"), label("device")];
        let found = devices.iter().find(|row| row.0 == labels).expect("the group is there");
        assert_eq!(found.1[0], number(&group["visitors"]), "{labels:?}");
        assert!((found.1[1] - 100.0 * number(&group["revenue"])).abs() < 0.001, "{labels:?}");
    }

    let sources = ask(
        &snapshot,
        json!({"metrics": ["visitors", "events", "total_revenue"], "dimensions": ["visit:utm_source", "visit:utm_medium"]}),
    )
    .await;
    // The reference goes by each event's own source, a visit by its first: only the sums agree.
    let expected = reference["by_source_medium"].as_array().expect("groups");
    assert_eq!(sources.len(), expected.len());
    let sum = |at: usize| sources.iter().map(|row| row.1[at]).sum::<f64>();
    let expected_sum = |name: &str| expected.iter().map(|group| number(&group[name])).sum::<f64>();
    assert_eq!(sum(1), expected_sum("events"));
    assert!((sum(2) - 100.0 * expected_sum("revenue")).abs() < 0.001, "{sources:?}");

    let pages = ask(
        &snapshot,
        json!({"metrics": ["events", "visitors"], "dimensions": ["event:page"], "pagination": {"limit": 20}}),
    )
    .await;
    assert_eq!(pages.len(), 20);
    let step = |name: &str| Test {
        dimension: Dimension::Name,
        operator: Operator::Is,
        clauses: vec![name.to_owned()],
        case_sensitive: true,
    };
    let steps = Funnel {
        steps: ["view_item", "add_to_cart", "purchase"].map(step).into(),
        window_days: 7,
        query: Query {
            range: Range { from_us: 0, to_us: i64::MAX / 2 },
            ..query(
                &json!({"site_id": "shop.example", "metrics": ["visitors"], "date_range": "all"}),
                "UTC",
            )
        },
    };
    let reached = funnel(&snapshot, &runtime(), SITE, &steps).await.expect("the funnel is counted");
    let expected = &reference["funnel_view_cart_purchase_7d"];
    let expected =
        ["step1_view", "step2_cart", "step3_purchase"].map(|step| expected[step].as_u64());
    assert_eq!(reached.into_iter().map(Some).collect::<Vec<_>>(), expected);

    let by_week = query(
        &json!({
            "site_id": "shop.example", "metrics": ["visitors"], "dimensions": ["time:week"],
            "date_range": ["2026-01-01", "2026-03-01"],
        }),
        "UTC",
    );
    let cohorts =
        retention(&snapshot, &runtime(), SITE, &by_week).await.expect("cohorts are counted");
    let expected = reference["retention_weekly"].as_array().expect("cohorts");
    let mut cells = 0;
    for cohort in expected {
        // The first week began before the events did: it is named after its Monday there.
        let label = cohort["cohort"]
            .as_str()
            .map(|week| if week == "2025-12-29" { "2026-01-01" } else { week });
        let found = cohorts
            .iter()
            .find(|found| Some(found.label.as_str()) == label)
            .expect("the cohort is there");
        let week = cohort["week_n"].as_u64().expect("a number") as usize;
        assert_eq!(Some(found.visitors[week]), cohort["visitors"].as_u64(), "{cohort}");
        cells += 1;
    }
    assert!(cells > 40, "{cells}");

    for (row, expected) in pages.iter().zip(reference["top_paths"].as_array().expect("paths")) {
        assert_eq!(row.0[0], expected["path"]);
        assert_eq!(row.1, [number(&expected["events"]), number(&expected["visitors"])]);
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}
