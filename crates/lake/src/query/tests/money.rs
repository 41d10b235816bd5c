//! Money in other currencies: by the rate of its day, or named where no rate is known.

use std::sync::Arc;

use jiff::civil::{Date, date};
use luotsi_marketing::event::Revenue;
use luotsi_marketing::rates::{DayRate, Rates};
use serde_json::{Value, json};

use super::{Place, answer, lines, query, runtime, shop, snapshot, with_visits};
use crate::query::{ForeignMoney, Note, QueryResult};
use crate::testing::page_view;

/// Noon of Monday 2 March 2026, UTC.
const MONDAY_US: i64 = 1_772_452_800_000_000;

const ZONE: &str = "Europe/Helsinki";

/// Crowns for a euro.
fn crowns(day: Date, rate: f64) -> DayRate {
    let currency = |code: &str| code.parse().expect("a currency");
    DayRate { day, base: currency("EUR"), currency: currency("SEK"), rate }
}

/// Asks the small shop, whose only money that is not in euros is 20.00 SEK on Tuesday 3 March 2026.
async fn ask(body: Value, rates: &[DayRate]) -> (Vec<String>, QueryResult) {
    let mut whole = json!({"site_id": "shop.example", "date_range": ["2026-03-02", "2026-03-03"]});
    for (name, value) in body.as_object().expect("fields") {
        whole[name] = value.clone();
    }
    let query = query(&whole, ZONE);
    let dir = tempfile::tempdir().expect("a folder");
    let events = with_visits(shop::events());
    let mut snapshot = snapshot(dir.path(), &events, |at| [Place::File(0), Place::Hot][at % 2]);
    let rates = Arc::new(Rates::new(rates.iter().copied()));
    snapshot.rates = Arc::new([(super::SITE, rates)].into_iter().collect());
    let result = answer(&snapshot, &runtime(), &query).await;
    (lines(&query, &result), result)
}

fn crowns_found(converted: Option<i64>) -> ForeignMoney {
    ForeignMoney {
        currency: "SEK".into(),
        wanted: "EUR".into(),
        minor_units: 2_000,
        events: 1,
        converted,
    }
}

#[tokio::test]
async fn money_without_a_rate_is_named_and_not_silently_left_out() {
    let (rows, result) = ask(json!({"metrics": ["total_revenue"]}), &[]).await;
    assert_eq!(rows, ["6000 EUR"]);
    assert_eq!(result.foreign, [crowns_found(None)]);
    assert_eq!(result.notes, [Note::RevenueNotConverted]);
    // A rate of long before is none.
    let (rows, result) =
        ask(json!({"metrics": ["total_revenue"]}), &[crowns(date(2026, 2, 20), 10.0)]).await;
    assert_eq!(rows, ["6000 EUR"]);
    assert_eq!(result.foreign, [crowns_found(None)]);
    // Who asks for no money is told nothing of it.
    let (_, result) = ask(json!({"metrics": ["events"]}), &[]).await;
    assert_eq!((result.foreign, result.notes), (vec![], vec![]));
    // Only what the filters leave.
    let of_finland = json!([["is", "visit:country", ["FI"]]]);
    let (_, result) = ask(json!({"metrics": ["total_revenue"], "filters": of_finland}), &[]).await;
    assert_eq!(result.foreign, []);
}

#[tokio::test]
async fn money_counts_by_the_rate_of_its_day_or_the_last_before_it() {
    // On Tuesday there is none: Monday's holds. 20.00 SEK are 2.00 EUR.
    let monday = [crowns(date(2026, 2, 27), 11.0), crowns(date(2026, 3, 2), 10.0)];
    let asked = json!({"metrics": ["total_revenue", "average_revenue"]});
    let (rows, result) = ask(asked.clone(), &monday).await;
    // 62.00 in three sales.
    assert_eq!(rows, ["6200 EUR | 2066.7 EUR"]);
    assert_eq!(result.foreign, [crowns_found(Some(200))]);
    assert_eq!(result.notes, [Note::RevenueConverted]);
    // Tuesday's rate comes late, and is used from then on: 1.60 EUR.
    let tuesday = [monday[1], crowns(date(2026, 3, 3), 12.5)];
    let (rows, result) = ask(asked, &tuesday).await;
    assert_eq!(rows, ["6160 EUR | 2053.3 EUR"]);
    assert_eq!(result.foreign, [crowns_found(Some(160))]);
}

#[tokio::test]
async fn groups_and_goals_count_the_same_money() {
    let rates = [crowns(date(2026, 3, 3), 10.0)];
    let by_day = json!({"metrics": ["total_revenue"], "dimensions": ["time:day"]});
    let (rows, _) = ask(by_day, &rates).await;
    assert_eq!(rows, ["2026-03-02 | 4990 EUR", "2026-03-03 | 1210 EUR"]);
    let by_goal = json!({"metrics": ["total_revenue"], "dimensions": ["event:goal"]});
    let (rows, result) = ask(by_goal.clone(), &rates).await;
    assert!(rows.contains(&"purchase | 6200 EUR".to_owned()), "{rows:?}");
    assert_eq!(result.foreign, [crowns_found(Some(200))]);
    let (_, result) = ask(by_goal, &[]).await;
    assert_eq!(result.foreign, [crowns_found(None)]);
}

#[tokio::test]
async fn a_days_rate_is_of_the_sites_day_and_refunds_go_back_by_theirs() {
    let event = |id: i64, at: &str, name: &str, minor_units: i64| {
        let at = at.parse::<jiff::Timestamp>().expect("a moment");
        let mut event = page_view(id, at.as_microsecond());
        event.site_number = super::SITE;
        event.name = name.into();
        let currency = "SEK".parse().expect("a currency");
        event.revenue = Some(Revenue { minor_units, currency });
        event
    };
    // Half past midnight in Helsinki is Tuesday; the refund is of Wednesday.
    let events = with_visits(vec![
        event(1, "2026-03-02T22:30:00Z", "purchase", 10_000),
        event(2, "2026-03-04T09:00:00Z", "refund", 10_000),
    ]);
    let dir = tempfile::tempdir().expect("a folder");
    let mut snapshot = snapshot(dir.path(), &events, |_| Place::Hot);
    let rates = Rates::new([
        crowns(date(2026, 3, 2), 8.0),
        crowns(date(2026, 3, 3), 10.0),
        crowns(date(2026, 3, 4), 12.5),
    ]);
    snapshot.rates = Arc::new([(super::SITE, Arc::new(rates))].into_iter().collect());
    let body = json!({
        "site_id": "shop.example", "metrics": ["total_revenue"], "dimensions": ["time:day"],
        "date_range": ["2026-03-02", "2026-03-04"],
    });
    let query = query(&body, ZONE);
    let result = answer(&snapshot, &runtime(), &query).await;
    // 100.00 SEK are 10.00 EUR on Tuesday and 8.00 EUR on Wednesday.
    assert_eq!(lines(&query, &result), ["2026-03-03 | 1000 EUR", "2026-03-04 | -800 EUR"]);
}

#[tokio::test]
async fn goals_in_several_currencies_are_summed_in_the_sites() {
    let event = |id: i64, name: &str, minor_units: i64, code: &str| {
        let at = "2026-03-03T10:00:00Z".parse::<jiff::Timestamp>().expect("a moment");
        let mut event = page_view(id, at.as_microsecond());
        event.site_number = super::SITE;
        event.name = name.into();
        let currency = code.parse().expect("a currency");
        event.revenue = Some(Revenue { minor_units, currency });
        event
    };
    let events =
        with_visits(vec![event(1, "purchase", 1_000, "EUR"), event(2, "signup", 2_500, "SEK")]);
    let dir = tempfile::tempdir().expect("a folder");
    let mut snapshot = snapshot(dir.path(), &events, |_| Place::Hot);
    let rates = Arc::new(Rates::new([crowns(date(2026, 3, 3), 10.0)]));
    snapshot.rates = Arc::new([(super::SITE, rates)].into_iter().collect());
    let asked = |goals: Value| {
        let body = json!({
            "site_id": "shop.example", "metrics": ["total_revenue", "average_revenue"],
            "date_range": ["2026-03-03", "2026-03-03"], "filters": [["is", "event:goal", goals]],
        });
        let mut query = query(&body, ZONE);
        let crowns = "SEK".parse().ok();
        let mut conversions = query.conversions.clone();
        for one in conversions.iter_mut().filter(|one| one.display_name == "signup") {
            one.currency = crowns;
        }
        query.conversions = conversions;
        query
    };
    let runtime = runtime();
    // 10.00 EUR and 25.00 SEK, which are 2.50 EUR.
    let both = asked(json!(["purchase", "signup"]));
    let result = answer(&snapshot, &runtime, &both).await;
    assert_eq!(lines(&both, &result), ["1250 EUR | 625 EUR"]);
    assert_eq!(result.notes, [Note::RevenueConverted]);
    let crowns_only = asked(json!(["signup"]));
    let result = answer(&snapshot, &runtime, &crowns_only).await;
    assert_eq!(lines(&crowns_only, &result), ["2500 SEK | 2500 SEK"]);
}

#[tokio::test]
async fn an_order_that_is_reported_again_on_later_days_counts_on_its_first() {
    let order = |id, day: i64| {
        let mut event = page_view(id, MONDAY_US + day * 86_400_000_000);
        event.name = "purchase".into();
        event.transaction_id = Some("o-1".into());
        event.revenue =
            Some(Revenue { minor_units: 1_000, currency: "EUR".parse().expect("a currency") });
        event
    };
    // The page of thanks is loaded again on Tuesday and on Saturday.
    let events = with_visits(vec![order(1, 0), order(2, 1), order(3, 5)]);
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot(dir.path(), &events, |at| [Place::File(0), Place::Hot][at % 2]);
    let runtime = runtime();
    let revenue = async |first: &str, last: &str| {
        let body = json!({
            "site_id": "shop.example", "metrics": ["total_revenue", "average_revenue"],
            "date_range": [first, last],
        });
        let query = query(&body, "UTC");
        lines(&query, &answer(&snapshot, &runtime, &query).await).remove(0)
    };
    assert_eq!(revenue("2026-03-02", "2026-03-08").await, "1000 EUR | 1000 EUR");
    assert_eq!(revenue("2026-03-02", "2026-03-02").await, "1000 EUR | 1000 EUR");
    for again in ["2026-03-03", "2026-03-07"] {
        assert_eq!(revenue(again, again).await, "0 EUR | 0 EUR", "{again}");
    }
}
