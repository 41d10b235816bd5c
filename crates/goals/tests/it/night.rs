//! Nights: what changed is measured again, one site does not stop the others, and nobody's edit is overwritten.

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_goals::nightly::Done;
use luotsi_goals::run::Work;
use luotsi_goals::surroundings::Surroundings;
use luotsi_marketing::event::Event;
use luotsi_marketing::goal::outlook::Effort;
use luotsi_marketing::site::BusinessType;
use luotsi_store::goal::{Goal, GoalFields};
use luotsi_store::site::SiteSettings;
use serde_json::Value;

use crate::shop::Shop;
use crate::watch::{TODAY, at, fields, goal, view};

fn day(later: i64) -> Date {
    TODAY.saturating_add(later.days())
}

/// A view on each of the forty days before today.
fn views() -> Vec<Event> {
    (1..=40).map(|back| view(back as usize, at(day(-back), 8), "FI")).collect()
}

/// What a goal has come to, as its newest answer says.
async fn so_far(shop: &Shop, goal: &Goal) -> Option<f64> {
    let state = shop.store.goal_state(&shop.workspace, &goal.id).await.expect("read")?;
    let summary: Value = serde_json::from_str(&state.summary).expect("JSON");
    summary["progress"]["actual"].as_f64()
}

async fn night(shop: &Shop, day: Date) -> Done {
    shop.measuring_at(at(day, 1)).nightly().await.expect("a night")
}

#[tokio::test]
async fn late_events_are_counted_although_the_run_that_noticed_them_broke_off() {
    let shop = Shop::with(views()).await;
    let one = goal(&shop, fields(&shop, "Views", "pageviews")).await;
    assert_eq!(night(&shop, TODAY).await, Done { computed: 1, failed: 0 });
    // 1 May to 9 June.
    assert_eq!(so_far(&shop, &one).await, Some(40.0));
    assert_eq!(night(&shop, TODAY).await, Done::default(), "once a day");
    let late = (0..5).map(|id| view(100 + id, at(day(-20), 9), "FI")).collect();
    shop.append(late).await;
    let measuring = shop.measuring_at(at(day(1), 1));
    let site = measuring.site(&shop.site).await.expect("a site");
    assert_eq!(measuring.changed_since(&site).await.expect("looked"), Some(day(-20)));
    // The server is stopped here; the next run sees no change any more, but knows of it.
    assert_eq!(measuring.changed_since(&site).await.expect("looked"), None);
    assert_eq!(night(&shop, day(1)).await, Done { computed: 1, failed: 0 });
    assert_eq!(so_far(&shop, &one).await, Some(45.0));
}

#[tokio::test]
async fn what_did_not_change_is_not_measured_again() {
    let shop = Shop::with(views()).await;
    goal(&shop, fields(&shop, "Views", "pageviews")).await;
    let measuring = shop.measuring_at(at(TODAY, 1));
    let site = measuring.site(&shop.site).await.expect("a site");
    assert_eq!(measuring.changed_since(&site).await.expect("looked"), None, "the first look");
    assert_eq!(measuring.changed_since(&site).await.expect("looked"), None);
}

#[tokio::test]
async fn a_site_whose_changes_cannot_be_read_does_not_stop_the_goals_of_others() {
    let shop = Shop::with(views()).await;
    let settings = SiteSettings {
        domain: "other.example".into(),
        name: "Other".into(),
        time_zone: "Europe/Helsinki".into(),
        currency: "EUR".into(),
        business_type: BusinessType::WebShop,
        retention_days: None,
    };
    let other = shop.store.create_site(&shop.workspace, settings, at(TODAY, 0)).await;
    let other = other.expect("a site");
    let first = goal(&shop, fields(&shop, "Views", "pageviews")).await;
    let site_id = other.id.clone();
    let second = goal(&shop, GoalFields { site_id, ..fields(&shop, "Others", "visits") }).await;
    for site in [&shop.site.id, &other.id] {
        // No number: what is kept cannot be read again.
        let kept = [(day(-1), f64::NAN)];
        let written = shop.store.keep_site_days(&shop.workspace, site, &kept, at(TODAY, 0)).await;
        written.expect("written");
    }
    assert_eq!(night(&shop, TODAY).await, Done { computed: 2, failed: 0 });
    assert_eq!(so_far(&shop, &first).await, Some(40.0));
    let state = shop.store.goal_state(&shop.workspace, &second.id).await.expect("read");
    assert_eq!(state.map(|state| state.day), Some(TODAY));
}

#[tokio::test]
async fn what_was_computed_of_an_old_goal_does_not_take_the_place_of_the_new_ones() {
    let shop = Shop::with(views()).await;
    let old = goal(&shop, fields(&shop, "Views", "pageviews")).await;
    let measuring = shop.measuring_at(at(TODAY, 1));
    let site = measuring.site(&shop.site).await.expect("a site");
    let around = Surroundings::read(&shop.store, &shop.workspace).await.expect("read");
    let effort = Effort { paths: 50, origins: 1, most_days: 100 };
    let work = Work { effort, explain: false, as_of: None };
    // Someone sets another target while the night computes.
    let mut changed = old.clone();
    changed.fields.plan.target_value = 55.0;
    let new = shop.store.save_goal(changed, at(TODAY, 1)).await.expect("saved");
    measuring.run(&site, &new, &around, work).await.expect("computed");
    measuring.run(&site, &old, &around, work).await.expect("computed");
    let kept = shop.store.outlooks(&shop.workspace, &old.id).await.expect("read");
    assert_eq!(kept.iter().map(|one| one.target).collect::<Vec<_>>(), [55.0]);
    let state = shop.store.goal_state(&shop.workspace, &old.id).await.expect("read");
    let state: Value = serde_json::from_str(&state.expect("a state").state).expect("JSON");
    let last = state["path"].as_array().and_then(|path| path.last()).expect("a path");
    assert_eq!(last["expected"].as_f64().map(f64::round), Some(55.0));
}
