//! Every kind of formula, day by day, in slices and as a whole.

use jiff::SignedDuration;
use jiff::civil::{Date, date};
use luotsi_goals::measure::{MeasureError, Resolved};
use luotsi_marketing::metric::{Better, Combine, Formula, READY, Unit};
use luotsi_store::metric::{MetricFields, NewVersion};
use luotsi_store::observation::NewObservation;
use serde_json::{Value, json};

use crate::shop::{Shop, event, now};

pub(crate) const MONDAY: Date = date(2026, 3, 2);
pub(crate) const TUESDAY: Date = date(2026, 3, 3);

/// What queries may take, in bytes, where many values are divided.
const MEMORY: usize = 32 << 20;

pub(crate) async fn of_formula(shop: &Shop, formula: Value) -> Resolved {
    let site = shop.context().await;
    let formula = Formula::parse(&formula, &site.context.conversions).expect("a formula");
    shop.measuring()
        .resolve_formula(&site, formula, (Unit::Count, Better::More))
        .expect("it can be measured")
}

async fn of_key(shop: &Shop, key: &str, filters: &[Value]) -> Resolved {
    let site = shop.context().await;
    shop.measuring().resolve(&site, key, filters).await.expect("a metric")
}

/// The values of both days, and of both together; `-` where there is none.
async fn told(shop: &Shop, metric: &Resolved) -> String {
    let measuring = shop.measuring();
    let days = measuring.days(&metric.subject, MONDAY, TUESDAY).await.expect("measured");
    let value = measuring.value(&metric.subject, MONDAY, TUESDAY).await.expect("measured");
    let of_day = |day: Date| {
        let found = days.iter().find(|one| one.day == day);
        found.and_then(|found| found.value(metric.combine))
    };
    let text = |value: Option<f64>| {
        value.map_or_else(|| "-".to_owned(), |value| ((value * 100.0).round() / 100.0).to_string())
    };
    [of_day(MONDAY), of_day(TUESDAY), value].map(text).join(" | ")
}

pub(crate) async fn check(shop: &Shop, formula: Value, expected: &str) {
    let metric = of_formula(shop, formula.clone()).await;
    assert_eq!(told(shop, &metric).await, expected, "{formula}");
}

#[tokio::test]
async fn every_kind_of_formula_gives_the_figures_that_were_worked_out_by_hand() {
    let shop = Shop::open().await;
    let purchases = |function: &str, value: Option<&str>| {
        let mut formula = json!({"kind": "aggregate", "events": "purchase", "function": function});
        if let Some(value) = value {
            formula["value"] = value.into();
        }
        formula
    };
    check(&shop, json!({"kind": "query", "metric": "visits"}), "4 | 5 | 9").await;
    // Visitors 1 2 3, then 2 3 4 6 7: six people.
    check(&shop, json!({"kind": "query", "metric": "visitors"}), "3 | 5 | 6").await;
    check(&shop, json!({"kind": "query", "metric": "bounce_rate"}), "25 | 60 | 44.44").await;
    check(&shop, purchases("count", None), "2 | 2 | 4").await;
    // The order o1 came twice and counts once; 20 SEK are not EUR.
    check(&shop, purchases("sum", Some("revenue")), "49.9 | 10.1 | 60").await;
    check(&shop, purchases("count", Some("revenue")), "1 | 1 | 2").await;
    check(&shop, purchases("mean", Some("revenue")), "49.9 | 10.1 | 30").await;
    check(&shop, purchases("median", Some("revenue")), "49.9 | 10.1 | 30").await;
    check(&shop, purchases("p90", Some("revenue")), "49.9 | 10.1 | 45.92").await;
    check(&shop, purchases("distinct", Some("visitor")), "1 | 1 | 2").await;
    check(&shop, purchases("distinct", Some("visit")), "1 | 1 | 2").await;
    let signups = json!({"kind": "aggregate", "events": "signup", "function": "count", "value": "props:plan"});
    check(&shop, signups, "- | 1 | 1").await;
    let plans =
        json!({"kind": "aggregate", "events": "*", "function": "distinct", "value": "props:plan"});
    check(&shop, plans, "- | 1 | 1").await;
    // `pro` is no number.
    let mean =
        json!({"kind": "aggregate", "events": "*", "function": "mean", "value": "props:plan"});
    check(&shop, mean, "- | - | -").await;
    let per_visit = json!({
        "kind": "ratio", "scale": 100,
        "numerator": {"events": "purchase", "function": "count"},
        "denominator": {"events": "*", "function": "distinct", "value": "visit"},
    });
    check(&shop, per_visit, "50 | 40 | 44.44").await;
    // `/` in A and D on Monday, in E, F and I on Tuesday; A and F go on to a purchase.
    let funnel = json!({"kind": "funnel", "steps": [{"page": "/"}, {"event": "purchase"}]});
    check(&shop, funnel, "50 | 33.33 | 40").await;
    let mobile = json!({
        "kind": "funnel", "steps": [{"page": "/"}, {"event": "purchase"}],
        "filters": [["is", "visit:device", ["Mobile"]]],
    });
    check(&shop, mobile, "0 | 100 | 50").await;
}

#[tokio::test]
async fn ready_metrics_are_told_in_the_sites_own_words() {
    let shop = Shop::open().await;
    let orders = of_key(&shop, "orders", &[]).await;
    assert_eq!(told(&shop, &orders).await, "2 | 2 | 4");
    let goal = json!(["is", "event:goal", ["Orders"]]);
    let rate = of_key(&shop, "conversion_rate", std::slice::from_ref(&goal)).await;
    // One of three, one of five: of eight days' visitors two ordered.
    assert_eq!(told(&shop, &rate).await, "33.33 | 20 | 25");
    let average = of_key(&shop, "average_revenue", &[]).await;
    assert_eq!(told(&shop, &average).await, "49.9 | 10.1 | 30");
    assert_eq!(
        average.unit.currency().map(|currency| currency.code().to_owned()),
        Some("EUR".into())
    );
    let site = shop.context().await;
    let refused = shop.measuring().resolve(&site, "conversion_rate", &[]).await;
    assert!(matches!(refused, Err(MeasureError::Invalid(_))), "{refused:?}");
    let unknown = shop.measuring().resolve(&site, "luck", &[]).await;
    assert!(matches!(unknown, Err(MeasureError::UnknownMetric(key)) if key == "luck"));
}

#[tokio::test]
async fn every_ready_metric_can_be_measured() {
    let shop = Shop::open().await;
    let site = shop.context().await;
    for ready in READY.iter() {
        let filters = match ready.id {
            "conversion_rate" => vec![json!(["is", "event:goal", ["Orders"]])],
            "scroll_depth" | "time_on_page" => vec![json!(["is", "event:page", ["/"]])],
            _ => Vec::new(),
        };
        let metric = shop.measuring().resolve(&site, ready.id, &filters).await.expect(ready.id);
        shop.measuring().days(&metric.subject, MONDAY, TUESDAY).await.expect(ready.id);
        shop.measuring().value(&metric.subject, MONDAY, TUESDAY).await.expect(ready.id);
        let slices =
            shop.measuring().slices(&metric.subject, "visit:device", MONDAY, TUESDAY, 3).await;
        assert!(matches!(slices, Ok(_) | Err(MeasureError::Invalid(_))), "{} {slices:?}", ready.id);
    }
}

fn reading(series: &str, part: Option<(&str, &str)>, day: Date, value: f64) -> NewObservation {
    NewObservation {
        series: series.into(),
        dimensions: part.map(|(name, value)| (name.into(), value.into())).into_iter().collect(),
        day,
        value,
        weight: 1.0,
        site_id: None,
    }
}

#[tokio::test]
async fn observations_are_levels_sums_and_parts_of_ratios() {
    let shop = Shop::open().await;
    let keyword = |word| Some(("keyword", word));
    let readings = [
        reading("cost", Some(("campaign", "spring")), MONDAY, 20.0),
        reading("cost", None, TUESDAY, 10.0),
        reading("followers", Some(("network", "Instagram")), date(2026, 2, 20), 900.0),
        reading("followers", Some(("network", "Facebook")), TUESDAY, 100.0),
        reading("keyword_position", keyword("shoes"), MONDAY, 12.0),
        reading("keyword_position", keyword("hats"), MONDAY, 4.0),
        NewObservation { weight: 3.0, ..reading("reply_time", None, MONDAY, 60.0) },
        reading("reply_time", None, TUESDAY, 100.0),
    ];
    shop.store.observe(&shop.workspace, &readings, ("api", "x"), now()).await.expect("kept");
    let ready = async |key: &str, filters: &[Value]| {
        let metric = of_key(&shop, key, filters).await;
        assert!(metric.observed(), "{key}");
        told(&shop, &metric).await
    };
    assert_eq!(ready("cost", &[]).await, "20 | 10 | 30");
    assert_eq!(
        ready("cost", &[json!(["is", "visit:utm_campaign", ["spring"]])]).await,
        "20 | - | 20"
    );
    // 60 EUR for 30 EUR.
    assert_eq!(ready("roas", &[]).await, "2.5 | 1.01 | 2");
    // Instagram stands where it was read last.
    assert_eq!(ready("followers", &[]).await, "- | 1000 | 1000");
    assert_eq!(ready("keyword_position", &[]).await, "8 | - | 8");
    assert_eq!(
        ready("keyword_position", &[json!(["is", "keyword", ["shoes"]])]).await,
        "12 | - | 12"
    );
    // Three replies of a minute and one of 100 seconds.
    assert_eq!(ready("reply_time", &[]).await, "60 | 100 | 70");
    let median = json!({"kind": "aggregate", "observations": "reply_time", "function": "median"});
    check(&shop, median, "60 | 100 | 60").await;

    let positions = of_key(&shop, "keyword_position", &[]).await;
    let by_keyword = shop
        .measuring()
        .slices(&positions.subject, "keyword", MONDAY, TUESDAY, 5)
        .await
        .expect("read");
    let values: Vec<_> =
        by_keyword.slices.iter().map(|one| (one.value.as_str(), one.days[0].numerator)).collect();
    assert_eq!(values, [("shoes", 12.0), ("hats", 4.0)]);
}

#[tokio::test]
async fn slices_are_the_largest_values_and_add_up() {
    let shop = Shop::open().await;
    let revenue = of_key(&shop, "total_revenue", &[]).await;
    let countries = shop
        .measuring()
        .slices(&revenue.subject, "visit:country", MONDAY, TUESDAY, 2)
        .await
        .expect("read");
    let told: Vec<_> = countries
        .slices
        .iter()
        .map(|slice| {
            (slice.value.as_str(), slice.days.iter().map(|day| day.numerator).sum::<f64>())
        })
        .collect();
    assert_eq!(told, [("FI", 49.9), ("SE", 10.1)]);
    let funnel = json!({"kind": "funnel", "steps": [{"page": "/"}, {"event": "purchase"}]});
    let funnel = of_formula(&shop, funnel).await;
    let devices = shop
        .measuring()
        .slices(&funnel.subject, "visit:device", MONDAY, TUESDAY, 5)
        .await
        .expect("read");
    let told: Vec<_> = devices
        .slices
        .iter()
        .map(|slice| {
            let share = Combine::Ratio { scale: 100.0 }.of(&slice.days).expect("visits");
            (slice.value.as_str(), share.round())
        })
        .collect();
    // Desktop: A, E, I begin and A buys; mobile: D and F begin and F buys.
    assert_eq!(told, [("Desktop", 33.0), ("Mobile", 50.0)]);
}

#[tokio::test]
async fn a_day_is_the_same_whatever_range_it_is_measured_in() {
    let shop = Shop::open().await;
    // Visit D begins on Monday and goes on to Tuesday: it is Monday's.
    let visits = of_key(&shop, "visits", &[]).await;
    for from in [MONDAY, TUESDAY] {
        let days = shop.measuring().days(&visits.subject, from, TUESDAY).await.expect("measured");
        assert_eq!(days.last().map(|day| (day.day, day.numerator)), Some((TUESDAY, 5.0)), "{from}");
    }
}

#[tokio::test]
async fn a_changed_definition_counts_each_day_as_it_was_defined_then() {
    let shop = Shop::open().await;
    let fields = MetricFields {
        name: "Interest".into(),
        description: String::new(),
        owner_id: None,
        better: "more".into(),
        unit: "count".into(),
        currency: None,
    };
    let version = |number, valid_from, metric: &str| NewVersion {
        number,
        valid_from,
        formula: json!({"kind": "query", "metric": metric, "filters": []}),
        note: String::new(),
        author: "aino@shop.example".into(),
    };
    let first = version(1, date(2026, 1, 1), "pageviews");
    shop.store
        .create_metric(&shop.workspace, "interest", &fields, &first, now())
        .await
        .expect("kept");
    let before = of_key(&shop, "interest", &[]).await;
    assert_eq!(told(&shop, &before).await, "7 | 7 | 14");
    let second = version(2, TUESDAY, "visits");
    shop.store
        .save_metric(&shop.workspace, "interest", &fields, Some(&second), now())
        .await
        .expect("kept");
    let interest = of_key(&shop, "interest", &[]).await;
    assert_eq!(told(&shop, &interest).await, "7 | 5 | 12");
    assert_ne!(before.subject.definition(), interest.subject.definition());
    let mobile = of_key(&shop, "interest", &[json!(["is", "visit:device", ["Mobile"]])]).await;
    assert_eq!(told(&shop, &mobile).await, "3 | 1 | 4");
}

/// A day's views on pages that nobody sees twice, and one page that many see.
fn pages(days: i64, pages: usize) -> Vec<luotsi_marketing::event::Event> {
    let mut events = Vec::new();
    for day in 0..days {
        let noon = now() - SignedDuration::from_hours(24 * (days - day));
        for page in 0..pages + 3 {
            let path = if page < 3 { "/sale".to_owned() } else { format!("/article/{day}/{page}") };
            let line = json!({
                "visitor": events.len() + 1, "at": noon.to_string(), "page": path,
                "channel": "Direct", "country": "FI", "device": "Desktop",
            });
            events.push(event(events.len(), &line));
        }
    }
    events
}

#[tokio::test]
async fn of_a_dimension_with_very_many_values_the_largest_have_all_their_days() {
    let shop = Shop::within(pages(40, 500), MEMORY).await;
    let visits = of_key(&shop, "visits", &[]).await;
    let (from, to) = (date(2026, 1, 20), TUESDAY);
    let pages = shop
        .measuring()
        .slices(&visits.subject, "visit:entry_page", from, to, 12)
        .await
        .expect("within its memory");
    assert_eq!(pages.slices.len(), 12);
    let sale = &pages.slices[0];
    assert_eq!((sale.value.as_str(), sale.days.len()), ("/sale", 40));
    assert!(sale.days.iter().all(|day| day.numerator == 3.0), "{:?}", sale.days);
}
