//! Goals judged as they are computed: what is vanity, what is measured, what is segmented.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, ToSpan as _};
use luotsi_goals::run::{Asked, Work};
use luotsi_goals::surroundings::Surroundings;
use luotsi_marketing::event::Event;
use luotsi_marketing::goal::Plan;
use luotsi_marketing::goal::outlook::{Counting, Effort};
use luotsi_store::metric::{MetricFields, NewVersion};
use luotsi_store::objective::ObjectiveFields;
use luotsi_store::observation::NewObservation;
use luotsi_store::resource::ResourceFields;
use serde_json::{Value, json};

use crate::shop::{Shop, event};
use crate::watch::{TODAY, at, fields, goal, view};

/// 0 to 99, without any order.
pub(crate) fn chance(at: i64, seed: u64) -> i64 {
    let mut state = (at as u64 + 1_000 * seed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((state >> 33) % 100) as i64
}

/// So many events of a name on a day; orders bring ten euros.
fn named(events: &mut Vec<Event>, day: Date, name: &str, count: i64) {
    for visit in 0..count {
        let id = events.len();
        let mut line = json!({
            "visitor": id + 1, "at": (at(day, 9) + SignedDuration::from_mins(visit)).to_string(),
            "page": "/", "name": name, "channel": "Direct",
        });
        if name == "purchase" {
            line["revenue"] = 1_000.into();
            line["currency"] = "EUR".into();
            line["order"] = format!("o{id}").into();
        }
        events.push(event(id, &line));
    }
}

fn ago(days: i64) -> Date {
    TODAY.saturating_sub(days.days())
}

async fn objective(shop: &Shop, outcome: &str) -> String {
    let outcome_metric = Some(outcome.to_owned());
    let fields = ObjectiveFields { outcome_metric, ..ObjectiveFields::named("Grow") };
    shop.store.create_objective(&shop.workspace, fields, at(TODAY, 6)).await.expect("made").id
}

/// The codes of what is said of a goal on a metric.
async fn codes(
    shop: &Shop,
    metric: &str,
    filters: &[Value],
    counting: Counting,
    objective: Option<&str>,
) -> Vec<String> {
    let measuring = shop.measuring_at(at(TODAY, 9));
    let site = measuring.site(&shop.site).await.expect("a site");
    let resolved = measuring.resolve(&site, metric, filters).await.expect("a metric");
    let plan = Plan { counting, ..fields(shop, "", metric).plan };
    let asked = Asked {
        id: "",
        plan: &plan,
        owner_id: None,
        objective_id: objective,
        filters,
        unit_value: None,
        stated_baseline: None,
    };
    let around = Surroundings::read(&shop.store, &shop.workspace).await.expect("read");
    let effort = Effort { paths: 50, origins: 1, most_days: 100 };
    let work = Work { effort, explain: false, as_of: None };
    let computed = measuring.compute(&resolved, asked, &around, work).await.expect("computed");
    told(&computed.state)
}

fn told(state: &Value) -> Vec<String> {
    let verdicts = state["verdicts"].as_array().expect("verdicts");
    verdicts.iter().map(|one| one["code"].as_str().expect("a code").to_owned()).collect()
}

fn says(codes: &[String], code: &str) -> bool {
    codes.iter().any(|one| one == code)
}

/// Readings that people type in every Sunday, the newest on the last one.
async fn weekly(shop: &Shop, series: &str, weeks: i64, value: impl Fn(i64) -> i64) {
    let readings: Vec<NewObservation> = (0..weeks)
        .map(|week| NewObservation {
            series: series.into(),
            dimensions: [("network".to_owned(), "Instagram".to_owned())].into(),
            day: ago(3 + 7 * week),
            value: value(week) as f64,
            weight: 1.0,
            site_id: None,
        })
        .collect();
    let kept =
        shop.store.observe(&shop.workspace, &readings, ("manual", "aino"), at(TODAY, 6)).await;
    kept.expect("kept");
}

#[tokio::test]
async fn weekly_followers_are_vanity_until_the_shop_sells_more_when_they_grow() {
    // 7 June is a Sunday: each week's sales follow one number, `chance(week, 1)`.
    assert_eq!(ago(3), date(2026, 6, 7));
    let mut events = Vec::new();
    for back in 3..3 + 7 * 54 {
        let week = (back - 3) / 7;
        named(&mut events, ago(back), "purchase", 1 + chance(week, 1) / 12 + chance(back, 2) / 50);
    }
    let shop = Shop::with(events).await;
    weekly(&shop, "followers", 54, |week| 5_000 + 10 * chance(week, 1)).await;
    weekly(&shop, "likes", 54, |week| 5_000 + 10 * chance(week, 3)).await;
    weekly(&shop, "impressions", 12, |week| 100 + chance(week, 1)).await;
    let revenue = objective(&shop, "total_revenue").await;
    let reach = objective(&shop, "reach").await;
    let instagram = [json!(["is", "network", ["Instagram"]])];
    let ask = async |metric: &str, objective: Option<&str>| {
        let adds = ["impressions", "reach"].contains(&metric);
        let counting = if adds { Counting::Sum } else { Counting::EndLevel };
        codes(&shop, metric, &instagram, counting, objective).await
    };
    for vain in ["followers", "likes", "impressions"] {
        let found = ask(vain, None).await;
        assert!(says(&found, "vanity_untied") && says(&found, "segmented"), "{vain}: {found:?}");
    }
    let found = ask("followers", Some(&revenue)).await;
    assert!(says(&found, "metric_moves_outcome") && !says(&found, "vanity_untied"), "{found:?}");
    let found = ask("likes", Some(&revenue)).await;
    assert!(says(&found, "metric_unrelated_to_outcome"), "{found:?}");
    let found = ask("impressions", Some(&revenue)).await;
    assert!(says(&found, "link_not_yet_known") && !says(&found, "vanity_untied"), "{found:?}");
    // Reach is no outcome: one vanity does not excuse another.
    let found = ask("followers", Some(&reach)).await;
    assert!(says(&found, "vanity_untied"), "{found:?}");
    // What is not vain is asked for no tie.
    let found = ask("csat", None).await;
    assert!(!says(&found, "vanity_untied"), "{found:?}");
}

#[tokio::test]
async fn a_lead_a_week_is_measured_while_the_site_sends_other_events() {
    let leads = async |last_lead: i64, silent: i64| {
        let mut events = Vec::new();
        for back in (1 + silent..150).rev() {
            events.push(view(events.len(), at(ago(back), 8), "FI"));
            if back >= last_lead && (back - last_lead) % 7 == 0 {
                named(&mut events, ago(back), "Lead", 1);
            }
        }
        let shop = Shop::with(events).await;
        codes(&shop, "leads", &[], Counting::Sum, None).await
    };
    let found = leads(6, 0).await;
    assert!(says(&found, "measured") && !says(&found, "no_data_arriving"), "{found:?}");
    assert!(says(&leads(40, 0).await, "flat_zero_history"), "the form broke");
    assert!(says(&leads(12, 8).await, "no_data_arriving"), "tracking broke");
    assert!(says(&leads(1_000, 0).await, "no_data_ever"));
}

#[tokio::test]
async fn days_without_an_event_count_as_zero_when_it_is_compared_with_an_outcome() {
    let mut events = Vec::new();
    for back in (1..150).rev() {
        events.push(view(events.len(), at(ago(back), 8), "FI"));
        // On some days leads come, and each buys at once.
        let count = i64::from(chance(back, 4) < 30);
        named(&mut events, ago(back), "Lead", count);
        named(&mut events, ago(back), "purchase", count);
    }
    let shop = Shop::with(events).await;
    let orders = objective(&shop, "orders").await;
    let found = codes(&shop, "leads", &[], Counting::Sum, Some(&orders)).await;
    assert!(says(&found, "metric_moves_outcome"), "{found:?}");
    // What is the outcome itself shows nothing by moving with it, however it is filtered.
    let all = [json!(["is", "event:goal", ["Orders"]])];
    let found = codes(&shop, "orders", &all, Counting::Sum, Some(&orders)).await;
    assert!(!says(&found, "metric_moves_outcome"), "{found:?}");
}

#[tokio::test]
async fn a_metric_is_segmented_by_the_filters_of_its_own_formula() {
    let shop = Shop::open().await;
    let define = async |key: &str, formula: Value| {
        let fields = MetricFields {
            name: key.into(),
            description: String::new(),
            owner_id: None,
            better: "more".into(),
            unit: "count".into(),
            currency: None,
        };
        let version = NewVersion {
            number: 1,
            valid_from: date(2026, 1, 1),
            formula,
            note: String::new(),
            author: "aino".into(),
        };
        let made =
            shop.store.create_metric(&shop.workspace, key, &fields, &version, at(TODAY, 6)).await;
        made.expect("kept");
    };
    let paid = json!([["is", "visit:channel", ["Paid Search"]]]);
    define("paid_visits", json!({"kind": "query", "metric": "visits", "filters": paid})).await;
    define("all_visits", json!({"kind": "query", "metric": "visits", "filters": []})).await;
    let found = codes(&shop, "paid_visits", &[], Counting::Sum, None).await;
    assert!(says(&found, "segmented") && !says(&found, "vanity_untied"), "{found:?}");
    // All visits are vanity under whatever name.
    let found = codes(&shop, "all_visits", &[], Counting::Sum, None).await;
    assert!(says(&found, "unsegmented") && says(&found, "vanity_untied"), "{found:?}");
}

#[tokio::test]
async fn a_budget_of_some_months_is_named_where_the_goal_is_no_short_campaign() {
    let shop = Shop::open().await;
    let mut long = fields(&shop, "Views", "pageviews");
    long.plan.deadline = date(2026, 12, 31);
    let long = goal(&shop, long).await;
    let plan = async |month: &str, kind: &str| {
        let fields = ResourceFields {
            kind: kind.into(),
            name: "Ads".into(),
            month: Some(month.into()),
            planned: 500.0,
            spent: 0.0,
            unit: "EUR".into(),
        };
        let made =
            shop.store.create_resource(&shop.workspace, &long.id, fields, at(TODAY, 6)).await;
        made.expect("planned");
    };
    let judged = async || {
        let measuring = shop.measuring_at(at(TODAY, 9));
        let site = measuring.site(&shop.site).await.expect("a site");
        let around = Surroundings::read(&shop.store, &shop.workspace).await.expect("read");
        let effort = Effort { paths: 50, origins: 1, most_days: 100 };
        let work = Work { effort, explain: false, as_of: None };
        measuring.run(&site, &long, &around, work).await.expect("computed");
        let state = shop.store.goal_state(&shop.workspace, &long.id).await.expect("read");
        let state = serde_json::from_str(&state.expect("a state").state).expect("JSON");
        let codes = told(&state);
        codes.into_iter().find(|code| code.starts_with("budget"))
    };
    plan("2028-04", "people").await;
    assert_eq!(judged().await, None, "people are no budget");
    plan("2026-05", "budget").await;
    assert_eq!(judged().await.as_deref(), Some("budget_not_spread"));
    plan("2028-04", "budget").await;
    assert_eq!(judged().await.as_deref(), Some("budget_spread"));
}
