//! What decisions did is found with the newest answer, whatever a goal counts, and kept.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use luotsi_goals::effects::told;
use luotsi_goals::run::Work;
use luotsi_goals::surroundings::Surroundings;
use luotsi_marketing::goal::Locale;
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::review::Snapshot;
use luotsi_store::goal::{Goal, GoalFields};
use luotsi_store::review::{Decision, NewReview, ReviewNotes};
use serde_json::{Value, json};

use crate::shop::Shop;
use crate::watch::{TODAY, at, fields, followers, goal, read, views};

const DECIDED: Date = date(2026, 5, 10);

async fn decide(shop: &Shop, goal: &Goal) {
    let held = NewReview {
        rhythm: "weekly".into(),
        day: DECIDED,
        changes: Vec::new(),
        snapshot: Snapshot {
            day: DECIDED,
            probability: None,
            value: None,
            milestones_reached: 0,
            milestones_missed: 0,
            work_finished: 0,
            work_open: 0,
            alerts: 0,
        },
        notes: ReviewNotes {
            learned: String::new(),
            decisions: vec![Decision { text: "Post daily".into(), decided_on: DECIDED }],
            next_steps: Vec::new(),
            ratings: None,
        },
        by: "Aino".into(),
    };
    shop.store.create_review(&shop.workspace, &goal.id, held, at(TODAY, 6)).await.expect("held");
}

async fn state(shop: &Shop, goal: &Goal) -> Value {
    let state = shop.store.goal_state(&shop.workspace, &goal.id).await.expect("read");
    serde_json::from_str(&state.expect("kept").state).expect("JSON")
}

/// What is kept of the decision once the goal is computed.
async fn effect(shop: &Shop, goal: &Goal) -> (String, bool) {
    let measuring = shop.measuring_at(at(TODAY, 8));
    let around = Surroundings::read(&shop.store, &shop.workspace).await.expect("read");
    let site = measuring.site(&shop.site).await.expect("a site");
    measuring.run(&site, goal, &around, Work::FULL).await.expect("computed");
    let kept = state(shop, goal).await;
    let (phrase, clear) = told(&kept, DECIDED).unwrap_or_else(|| panic!("{}", kept["effects"]));
    (phrase.text(Locale::En), clear)
}

#[tokio::test]
async fn a_level_that_rose_after_a_decision_has_an_effect() {
    let shop = Shop::open().await;
    let one = followers(&shop).await;
    decide(&shop, &one).await;
    let days: Vec<(Date, f64)> = (0..121)
        .map(|at| {
            let day = date(2026, 2, 10).saturating_add(at.days());
            let since = if day > DECIDED {
                DECIDED.until(day).map_or(0, |span| span.get_days())
            } else {
                0
            };
            (day, 1_000.0 + f64::from(at) + f64::from((at * 7) % 5) + 12.0 * f64::from(since))
        })
        .collect();
    read(&shop, &days, "api").await;
    let (text, clear) = effect(&shop, &one).await;
    assert!(clear && text.starts_with("On 10 June 2026 it stood at 1,4"), "{text}");
}

#[tokio::test]
async fn a_ratio_and_a_sum_that_stayed_have_none_to_be_seen() {
    let shop = Shop::with(views(130, |_, _| 1.0)).await;
    let plan = fields(&shop, "", "pageviews").plan;
    let ratio = GoalFields {
        plan: luotsi_marketing::goal::Plan { counting: Counting::Ratio { scale: 1.0 }, ..plan },
        ..fields(&shop, "Deeper visits", "views_per_visit")
    };
    let ratio = goal(&shop, ratio).await;
    let sum = goal(&shop, fields(&shop, "Views", "pageviews")).await;
    for one in [&ratio, &sum] {
        decide(&shop, one).await;
    }
    let (text, clear) = effect(&shop, &sum).await;
    assert!(!clear && text.starts_with("Since 11 May 2026 it made"), "{text}");
    let (text, clear) = effect(&shop, &ratio).await;
    assert!(!clear && text.starts_with("Since 11 May 2026 it was 1"), "{text}");
}

#[tokio::test]
async fn a_review_that_is_written_down_later_has_its_effect_at_once_and_nights_leave_it_for_a_week()
{
    let more = |day: Date, _: &str| if day > DECIDED { 1.6 } else { 1.0 };
    let shop = Shop::with(views(130, more)).await;
    let one = goal(&shop, fields(&shop, "Views", "pageviews")).await;
    let measuring = shop.measuring_at(at(TODAY, 8));
    measuring.nightly_of(&shop.workspace).await.expect("a night");
    assert_eq!(state(&shop, &one).await["effects"], json!([]));
    decide(&shop, &one).await;
    measuring.keep_effects(&one).await.expect("kept");
    let first = state(&shop, &one).await["effects"].clone();
    assert_eq!((&first[0]["clear"], &first[0]["as_of"]), (&json!(true), &json!("2026-06-09")));
    // Each goal has its night of the week.
    let mut looked = Vec::new();
    for day in 11..=17 {
        let night = shop.measuring_at(at(date(2026, 6, day), 1));
        night.nightly_of(&shop.workspace).await.expect("a night");
        looked.push(state(&shop, &one).await["effects"][0]["as_of"].to_string());
    }
    looked.dedup();
    looked.retain(|as_of| as_of != "\"2026-06-09\"");
    assert_eq!(looked.len(), 1, "{looked:?}");
}
