//! Why it was told, and what is not told: causes of lines and hours, and causes that people know.

use jiff::SignedDuration;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use luotsi_goals::watch::Depth;
use luotsi_marketing::alert::Line;
use luotsi_marketing::event::Event;
use luotsi_store::alert::{Incident, NewAlertLine};
use luotsi_store::annotation::Noted;
use serde_json::json;

use crate::shop::Shop;
use crate::watch::{TODAY, at, fields, followers, goal, incidents, look, read, view, views};

async fn line(shop: &Shop, line: Line) -> String {
    let new = NewAlertLine {
        site_id: shop.site.id.clone(),
        metric: "pageviews".into(),
        filters: json!([]),
        line,
    };
    let made = shop.store.add_alert_line(&shop.workspace, new, "aino", at(TODAY, 6)).await;
    made.expect("a line").id
}

fn body(incident: &Incident) -> String {
    incident.texts["en"]["body"].to_string()
}

#[tokio::test]
async fn a_line_that_was_crossed_is_told_with_what_moved_the_figure() {
    let stopped = date(2026, 6, 8);
    let fewer =
        |day: Date, country: &str| if country == "SE" && day >= stopped { 0.0 } else { 1.0 };
    let shop = Shop::with(views(130, fewer)).await;
    line(&shop, Line::Below(45.0)).await;
    assert_eq!(look(&shop, at(TODAY, 9), Depth::All).await.told, 1);
    let told = incidents(&shop).await.remove(0);
    assert!(told.known.key.starts_with("threshold/"), "{told:?}");
    assert!(body(&told).contains("SE (country) explains"), "{told:?}");
    assert!(told.texts["fi"]["body"].to_string().contains("SE (maa) selittää"));
    assert_eq!(told.filters, json!([["is", "visit:country", ["SE"]]]));
}

/// Twelve views an hour for eighty days, until an hour of today; `more` of them in that country from ten o'clock on.
fn hours(until: i8, usual: impl Fn(&str) -> f64, since_ten: impl Fn(&str) -> f64) -> Vec<Event> {
    let (mut events, mut seed) = (Vec::new(), 7_u64);
    let mut hour = at(TODAY.saturating_sub(80.days()), 0);
    while hour < at(TODAY, until) {
        let now = if hour < at(TODAY, 10) { &usual as &dyn Fn(&str) -> f64 } else { &since_ten };
        for country in ["FI", "SE"] {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let noise = 1.0 + 0.2 * (((seed >> 33) % 101) as f64 / 50.0 - 1.0);
            for visit in 0..(now(country) * noise).round() as i64 {
                let moment = hour + SignedDuration::from_mins(visit);
                events.push(view(events.len(), moment, country));
            }
        }
        hour += SignedDuration::from_hours(1);
    }
    events
}

#[tokio::test]
async fn hours_that_are_not_as_usual_are_told_with_where_the_change_sits() {
    let usual = |country: &str| if country == "FI" { 8.0 } else { 5.0 };
    let less = |country: &str| if country == "FI" { 1.0 } else { 5.0 };
    let shop = Shop::with(hours(16, usual, less)).await;
    goal(&shop, fields(&shop, "Views", "pageviews")).await;
    assert_eq!(look(&shop, at(TODAY, 16), Depth::Due).await.told, 1);
    let told = incidents(&shop).await.remove(0);
    let title = told.texts["en"]["title"].as_str().unwrap_or_default();
    assert!(title.contains("in the 6 hours before 16 o’clock"), "{title}");
    assert!(body(&told).contains("FI (country) explains"), "{told:?}");
    assert_eq!(told.filters, json!([["is", "visit:country", ["FI"]]]));
    assert_eq!(look(&shop, at(TODAY, 17), Depth::Due).await.told, 0, "told once");
    assert!(body(&incidents(&shop).await[0]).contains("FI (country) explains"), "and it stays");
}

#[tokio::test]
async fn a_line_that_today_crossed_is_told_with_the_hours_cause() {
    let usual = |country: &str| if country == "FI" { 8.0 } else { 5.0 };
    let more = |country: &str| if country == "SE" { 40.0 } else { 8.0 };
    let shop = Shop::with(hours(16, usual, more)).await;
    line(&shop, Line::Above(380.0)).await;
    assert_eq!(look(&shop, at(TODAY, 16), Depth::Due).await.told, 1);
    let told = incidents(&shop).await.remove(0);
    assert!(body(&told).contains("SE (country) explains"), "{told:?}");
    assert_eq!(look(&shop, at(TODAY, 17), Depth::Due).await.told, 0);
    assert!(body(&incidents(&shop).await[0]).contains("SE (country) explains"), "and it stays");
}

#[tokio::test]
async fn days_whose_cause_is_known_raise_no_alarm_and_teach_nothing() {
    let sale = |day: Date, _: &str| {
        if date(2026, 6, 6) <= day && day <= date(2026, 6, 8) { 3.0 } else { 1.0 }
    };
    let shop = Shop::with(views(130, sale)).await;
    goal(&shop, fields(&shop, "Views", "pageviews")).await;
    let day = |day: i8| at(date(2026, 6, day), 9);
    let noted = Noted {
        day: date(2026, 6, 6),
        until: Some(date(2026, 6, 8)),
        known_cause: true,
        text: "Sale".into(),
    };
    let made = shop.store.create_annotation(&shop.workspace, &shop.site.id, noted, "x", day(5));
    let mut made = made.await.expect("noted");
    for now in 7..=10 {
        assert_eq!(look(&shop, day(now), Depth::Due).await.told, 0, "{now} June");
    }
    // A note that is no known cause says nothing to the watch.
    made.noted.known_cause = false;
    shop.store.save_annotation(&shop.workspace, &made).await.expect("saved");
    assert!(look(&shop, day(9), Depth::All).await.told > 0);
}

#[tokio::test]
async fn readings_whose_cause_is_known_raise_no_alarm() {
    let shop = Shop::open().await;
    followers(&shop).await;
    let days: Vec<_> = (0..120)
        .map(|at| {
            let noise = 1.0 + 0.01 * (f64::from((at * 7919) % 101) / 50.0 - 1.0);
            let lost = if at >= 119 { 0.8 } else { 1.0 };
            (date(2026, 2, 10).saturating_add(at.days()), 1_000.0 * noise * lost)
        })
        .collect();
    read(&shop, &days, "api").await;
    let noted = Noted {
        day: date(2026, 6, 9),
        until: None,
        known_cause: true,
        text: "The network removed robots".into(),
    };
    let made =
        shop.store.create_annotation(&shop.workspace, &shop.site.id, noted, "x", at(TODAY, 6));
    made.await.expect("noted");
    assert_eq!(look(&shop, at(TODAY, 8), Depth::Due).await.told, 0);
}
