//! What moved several figures, found together: the same as alone, and with few passes over the events.

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan as _};
use luotsi_goals::explain::Change;
use luotsi_goals::measure::{MeasureError, Measuring, Resolved};
use luotsi_marketing::event::Event;
use luotsi_marketing::goal::drivers::Drivers;
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::metric::DayValue;
use luotsi_store::goal::GoalFields;
use serde_json::{Value, json};

use crate::judge::chance;
use crate::shop::{Shop, event};
use crate::watch::{TODAY, at, fields, goal};

/// What goals are on, as in `cargo xtask bench goals`.
const METRICS: [&str; 8] = [
    "visits",
    "visitors",
    "pageviews",
    "events",
    "total_revenue",
    "conversion_rate",
    "bounce_rate",
    "views_per_visit",
];

/// Dimensions by which visits are divided.
const DIMENSIONS: [&str; 6] = [
    "visit:channel",
    "visit:source",
    "visit:country",
    "visit:device",
    "visit:utm_campaign",
    "visit:entry_page",
];

fn ago(days: i64) -> Date {
    TODAY.saturating_sub(days.days())
}

/// Visits of a hundred days from many places, a fifth of which end with an order; of Finland fewer come lately.
fn traffic() -> Vec<Event> {
    let mut events = Vec::new();
    for day in 1..=100 {
        for visit in 0..16 {
            let one_of = |salt: u64, most: i64| chance(100 * day + visit, salt) % most;
            let country = ["FI", "SE", "DE"][one_of(1, 3) as usize];
            if country == "FI" && day <= 9 && one_of(2, 100) < 70 {
                continue;
            }
            let channel = one_of(3, 3) as usize;
            let name = ["Direct", "Organic Search", "Email"][channel];
            let device = ["Mobile", "Desktop"][one_of(5, 2) as usize];
            let moment = at(ago(day), 8) + SignedDuration::from_mins(visit * 20);
            let mut line = json!({
                "visitor": events.len() + 1, "at": moment.to_string(),
                "page": format!("/page-{}", one_of(4, 20)),
                "channel": name, "country": country, "device": device,
            });
            if channel > 0 {
                line["source"] = format!("Source {}", one_of(6, 15)).into();
                line["campaign"] = format!("Campaign {}", one_of(7, 3)).into();
            }
            events.push(event(events.len(), &line));
            for (action, share) in [("pageview", 50), ("purchase", 20)] {
                if one_of(8, 100) >= share {
                    continue;
                }
                let later = moment + SignedDuration::from_mins(if share == 50 { 2 } else { 4 });
                let mut line = line.clone();
                line["at"] = later.to_string().into();
                line["name"] = action.into();
                if action == "purchase" {
                    line["revenue"] = (500 + 10 * one_of(9, 100)).into();
                    line["currency"] = "EUR".into();
                    line["order"] = format!("o{}", events.len()).into();
                }
                events.push(event(events.len(), &line));
            }
        }
    }
    events
}

/// A metric's filters within a segment.
fn filters(metric: &str, segment: Option<(&str, &str)>) -> Vec<Value> {
    let mut filters: Vec<Value> =
        segment.into_iter().map(|(dimension, value)| json!(["is", dimension, [value]])).collect();
    if matches!(metric, "events" | "total_revenue" | "conversion_rate") {
        filters.push(json!(["is", "event:goal", ["Orders"]]));
    }
    filters
}

/// Every metric in every segment, with its days.
async fn measured(
    shop: &Shop,
    measuring: &Measuring<'_>,
    segments: &[Option<(&str, &str)>],
) -> Vec<(Resolved, Vec<DayValue>)> {
    let site = measuring.site(&shop.site).await.expect("a site");
    let mut found = Vec::new();
    for segment in segments {
        for metric in METRICS {
            let filters = filters(metric, *segment);
            let resolved = measuring.resolve(&site, metric, &filters).await.expect("a metric");
            let days = measuring.days(&resolved.subject, ago(100), ago(1)).await.expect("days");
            found.push((resolved, days));
        }
    }
    found
}

/// In how many dimensions a metric is told apart at least: views and events have no entry page, and views by visit
/// are divided by nothing but time.
fn least_dimensions(metric: &str) -> usize {
    if metric == "views_per_visit" { 0 } else { 5 }
}

/// All rows of each dimension make the whole change.
fn adds_up(found: &Drivers) -> bool {
    found.dimensions.iter().all(|dimension| {
        let sum: f64 = dimension.rows.iter().map(|row| row.change).sum();
        (sum - found.change).abs() < 1e-6 * found.change.abs().max(1.0)
    })
}

#[tokio::test]
async fn changes_are_explained_together_as_each_is_alone() {
    let shop = Shop::with(traffic()).await;
    let measuring = shop.measuring_at(at(TODAY, 9));
    let segments = [None, Some(("visit:device", "Mobile")), Some(("visit:country", "FI"))];
    let measured = measured(&shop, &measuring, &segments).await;
    let spans = [(7, 1), (14, 1), (28, 1), (11, 1), (45, 20)];
    let changes: Vec<Change<'_>> = measured
        .iter()
        .flat_map(|(resolved, total)| {
            spans.map(|(from, to)| Change { resolved, total, from: ago(from), to: ago(to) })
        })
        .collect();
    let together = measuring.drivers_of(&changes).await.expect("explained");
    for (change, together) in changes.iter().zip(&together) {
        let Change { resolved, total, from, to } = *change;
        let alone = measuring.drivers(resolved, total, from, to).await.expect("explained");
        assert_eq!(*together, alone, "{} {from} {to}", resolved.key);
        let dimensions = alone.as_ref().map_or(6, |found| found.dimensions.len());
        assert!(dimensions >= least_dimensions(&resolved.key), "{}: {dimensions}", resolved.key);
        // Of ratios the parts' effects are told, which add up as well.
        assert!(alone.is_none_or(|found| adds_up(&found)), "{} {from} {to}", resolved.key);
    }
    let visits = together[0].as_ref().expect("fewer of Finland came");
    let (dimension, row) = visits.first().expect("a cause");
    assert_eq!((dimension, row.value.as_deref()), ("visit:country", Some("FI")));
}

#[tokio::test]
async fn many_changes_take_few_passes_over_the_events() {
    let shop = Shop::with(traffic()).await;
    let measuring = shop.measuring_at(at(TODAY, 9));
    let segments = [
        None,
        Some(("visit:device", "Mobile")),
        Some(("visit:device", "Desktop")),
        Some(("visit:country", "SE")),
    ];
    let measured = measured(&shop, &measuring, &segments).await;
    let changes: Vec<Change<'_>> = measured
        .iter()
        .flat_map(|(resolved, total)| {
            [7, 28].map(|from| Change { resolved, total, from: ago(from), to: ago(1) })
        })
        .collect();
    let before = shop.passes();
    let found = measuring.drivers_of(&changes).await.expect("explained");
    let together = shop.passes() - before;
    assert_eq!(found.iter().flatten().count(), changes.len(), "each moved");
    let before = shop.passes();
    for Change { resolved, from, to, .. } in &changes {
        let from = from.saturating_sub(56.days());
        for dimension in DIMENSIONS {
            let slices = measuring.slices(&resolved.subject, dimension, from, *to, 12).await;
            assert!(matches!(slices, Ok(_) | Err(MeasureError::Invalid(_))), "{slices:?}");
        }
    }
    let each_alone = shop.passes() - before;
    assert!(together <= 12 && each_alone >= 500, "{together} passes, {each_alone} one by one");
}

#[tokio::test]
async fn a_night_explains_every_goal_that_is_behind() {
    let shop = Shop::with(traffic()).await;
    for (at, metric) in METRICS.into_iter().cycle().take(20).enumerate() {
        let segment = [None, Some(("visit:device", "Mobile"))][at / 8 % 2];
        let counting = match metric {
            "conversion_rate" | "bounce_rate" => Counting::Ratio { scale: 100.0 },
            "views_per_visit" => Counting::Ratio { scale: 1.0 },
            _ => Counting::Sum,
        };
        let mut fields = GoalFields {
            filters: filters(metric, segment).into(),
            ..fields(&shop, metric, metric)
        };
        fields.plan.counting = counting;
        // More than ever came.
        fields.plan.target_value = 1e6;
        goal(&shop, fields).await;
    }
    let measuring = shop.measuring_at(at(TODAY, 1));
    let before = shop.passes();
    let done = measuring.nightly_of(&shop.workspace).await.expect("a night");
    assert_eq!((done.computed, done.failed), (20, 0));
    let passes = shop.passes() - before;
    for goal in shop.store.goals(&shop.workspace).await.expect("goals") {
        let kept = shop.store.goal_state(&shop.workspace, &goal.id).await.expect("read");
        let state: Value = serde_json::from_str(&kept.expect("a state").state).expect("JSON");
        let dimensions = state["drivers"]["dimensions"].as_array().map_or(0, Vec::len);
        let metric = &goal.fields.metric;
        assert!(dimensions >= least_dimensions(metric), "{metric}: {}", state["drivers"]);
        assert!(state["drivers"]["change"].is_number(), "{metric}: {}", state["drivers"]);
    }
    // Sixteen subjects are measured, two of them with two sources, and those of money look for orders twice.
    assert!(passes <= 40, "{passes}");
}
