//! What the sample shop is after: conversions, objectives, and goals with a past.

use std::collections::HashSet;

use anyhow::Result;
use jiff::civil::Date;
use jiff::{ToSpan as _, Zoned};
use luotsi_marketing::conversion::Trigger;
use luotsi_marketing::goal::{
    self, Clock, Kind, Plan, Status, Target, TargetKind, Window, Words, baseline, history_window,
};
use luotsi_store::Store;
use luotsi_store::conversion::NewConversion;
use luotsi_store::goal::GoalFields;
use luotsi_store::site::Site;
use serde_json::{Value, json};

use super::history::DayFigures;
use super::sample;

/// How a goal of the sample stands on the day it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Ahead,
    Behind,
    OnTrack,
}

/// A goal before its target is known.
struct Draft<'a> {
    name: &'static str,
    metric: &'static str,
    filters: Value,
    kind: Kind,
    start: Date,
    deadline: Date,
    target_kind: TargetKind,
    /// Targets to try, the boldest last.
    candidates: &'a [f64],
    standing: Standing,
    objective: &'a str,
    words: Words,
}

/// Makes conversions, objectives and goals. `days` are the site's days so far.
pub(super) async fn set_up(
    store: &Store,
    site: &Site,
    days: &[(Date, DayFigures)],
    now: &Zoned,
) -> Result<()> {
    let workspace = site.workspace_id.as_str();
    let at = now.timestamp();
    for (name, trigger, revenue) in [
        ("Purchase", Trigger::event("purchase")?, true),
        ("Newsletter signup", Trigger::event("Newsletter signup")?, false),
        ("Visit /checkout", Trigger::page("/checkout")?, false),
        ("Add to cart", Trigger::event("add_to_cart")?, false),
    ] {
        let currency = revenue.then(|| site.currency.clone());
        let conversion =
            NewConversion { display_name: name.to_owned(), trigger, revenue, currency };
        store.create_conversion(workspace, &site.id, conversion, at).await?;
    }
    let owner = store.user_by_email(sample::EMAIL).await?.map(|user| user.id);
    let mut objectives = Vec::new();
    for (name, description) in [
        (
            "Grow online sales",
            "More orders from people who already like being outdoors, without buying them with discounts.",
        ),
        (
            "Be found without paying",
            "Guides that answer what hikers ask, so that search brings them.",
        ),
        (
            "Build the newsletter list",
            "People who ask for the Tuesday letter come back and buy twice as often.",
        ),
    ] {
        objectives.push(
            store.create_objective(workspace, name, description, owner.as_deref(), at).await?.id,
        );
    }
    for draft in drafts(now.date(), &objectives) {
        let Some(plan) = plan(&draft, days, now) else { continue };
        let money = draft.metric == "total_revenue";
        let fields = GoalFields {
            name: draft.name.to_owned(),
            site_id: site.id.clone(),
            metric: draft.metric.to_owned(),
            filters: draft.filters,
            plan,
            currency: money.then(|| site.currency.clone()),
            words: draft.words,
            owner_id: owner.clone(),
            objective_id: Some(draft.objective.to_owned()),
        };
        store.create_goal(workspace, fields, at).await?;
    }
    Ok(())
}

fn drafts(today: Date, objectives: &[String]) -> Vec<Draft<'_>> {
    let [sales, search, list] = objectives else { return Vec::new() };
    let ago = |days: i32| today.saturating_sub(days.days());
    let ahead = |days: i32| today.saturating_add(days.days());
    let words =
        |specific: &str, measurable: &str, achievable: &str, relevant: &str, time_bound: &str| {
            Words {
                specific: specific.to_owned(),
                measurable: measurable.to_owned(),
                achievable: achievable.to_owned(),
                relevant: relevant.to_owned(),
                time_bound: time_bound.to_owned(),
            }
        };
    vec![
        Draft {
            name: "More visits from search",
            metric: "visits",
            filters: json!([["is", "visit:channel", ["Organic Search"]]]),
            kind: Kind::Total,
            start: ago(110),
            deadline: ahead(72),
            target_kind: TargetKind::Percent,
            candidates: &[2.0, 5.0, 8.0, 10.0, 12.0, 15.0, 18.0, 20.0, 25.0, 30.0, 40.0],
            standing: Standing::Ahead,
            objective: search,
            words: words(
                "Visits that come from organic search, by links and rankings, not visits in general.",
                "The tracker counts them; the channel follows from the referrer.",
                "A new guide every fortnight; the old ones brought up to date.",
                "Search brings people who are choosing gear now.",
                "Six months: rankings move slowly.",
            ),
        },
        Draft {
            name: "Newsletter subscribers",
            metric: "events",
            filters: json!([["is", "event:goal", ["Newsletter signup"]]]),
            kind: Kind::Total,
            start: ago(54),
            deadline: ahead(37),
            target_kind: TargetKind::Absolute,
            candidates: &[200.0, 250.0, 300.0, 350.0, 400.0, 450.0, 500.0, 600.0, 700.0],
            standing: Standing::Behind,
            objective: list,
            words: words(
                "New subscribers of the Tuesday letter, from the form in the footer and in articles.",
                "Each sign-up is an event.",
                "A form in every article and a packing list as a thank-you.",
                "Subscribers come back and buy more readily than anyone else.",
                "Three months, so that the list is there for the spring season.",
            ),
        },
        Draft {
            name: "Revenue of the season",
            metric: "total_revenue",
            filters: json!([["is", "event:goal", ["Purchase"]]]),
            kind: Kind::Total,
            start: ago(40),
            deadline: ahead(50),
            target_kind: TargetKind::Percent,
            candidates: &[-10.0, -5.0, 2.0, 5.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0],
            standing: Standing::OnTrack,
            objective: sales,
            words: words(
                "Revenue from the web shop, shipping left out.",
                "Purchases carry their value.",
                "Last quarter's pace and the growth of the past year.",
                "It is what the shop lives on.",
                "Three months, reviewed every other Monday.",
            ),
        },
        Draft {
            name: "Fewer abandoned carts",
            metric: "conversion_rate",
            filters: json!([["is", "event:goal", ["Purchase"]]]),
            kind: Kind::Level,
            start: ago(30),
            deadline: ahead(60),
            target_kind: TargetKind::Percent,
            candidates: &[5.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0],
            standing: Standing::OnTrack,
            objective: sales,
            words: words(
                "The share of visitors who buy, by losing fewer between cart and thank-you.",
                "Visitors with a purchase out of all visitors.",
                "A guest checkout and delivery cost shown in the cart.",
                "The same visitors bring more, without more advertising.",
                "Three months.",
            ),
        },
    ]
}

/// The plan whose target gives the wanted standing, or comes nearest; `None` without a past.
fn plan(draft: &Draft, days: &[(Date, DayFigures)], now: &Zoned) -> Option<Plan> {
    let window = history_window(draft.kind, draft.start, draft.deadline, now.date()).ok()?;
    let events: Vec<(Date, f64)> =
        days.iter().map(|(day, figures)| (*day, figures.visits as f64)).collect();
    let window = goal::baseline_window(window, &events)?;
    let daily: Vec<(Date, f64)> =
        days.iter().map(|(day, figures)| (*day, value(draft, figures))).collect();
    let goal_days = draft.start.until(draft.deadline).ok()?.get_days() + 1;
    let (mut before, mut weights) = baseline(window, i64::from(goal_days), &daily);
    if draft.kind == Kind::Level {
        before.value = level(days, window);
        weights = goal::Weights::EVEN;
    }
    let plans = draft.candidates.iter().filter_map(|input| {
        let target = Target { kind: draft.target_kind, input: *input };
        Plan::new(draft.kind, before, target, draft.start, draft.deadline, weights).ok()
    });
    let standing = |plan: &Plan| {
        let window = plan.window_on(now.date())?;
        let actual = match draft.kind {
            Kind::Total => daily
                .iter()
                .filter(|(day, _)| window.from <= *day && *day <= window.to)
                .map(|(_, value)| value)
                .sum(),
            Kind::Level => level(days, window),
        };
        Some(plan.progress(Some(actual), Clock::at(now)).status)
    };
    let plans: Vec<Plan> = plans.collect();
    let fits = |plan: &&Plan| {
        matches!(
            (draft.standing, standing(plan)),
            (Standing::Ahead, Some(Status::Ahead))
                | (Standing::Behind, Some(Status::Behind))
                | (Standing::OnTrack, Some(Status::OnTrack))
        )
    };
    let found = match draft.standing {
        // The boldest target that is still ahead; the most modest one that is behind.
        Standing::Ahead => plans.iter().rev().find(fits).or(plans.first()),
        Standing::Behind => plans.iter().find(fits).or(plans.last()),
        Standing::OnTrack => plans.iter().rev().find(fits).or(plans.first()),
    };
    found.cloned()
}

fn value(draft: &Draft, figures: &DayFigures) -> f64 {
    match draft.metric {
        "visits" => figures.organic_visits as f64,
        "events" => figures.sign_ups as f64,
        "total_revenue" => figures.revenue_cents as f64 / 100.0,
        _ => 0.0,
    }
}

/// Share of the visitors in a window who bought, percent.
fn level(days: &[(Date, DayFigures)], window: Window) -> f64 {
    let within = || days.iter().filter(|(day, _)| window.from <= *day && *day <= window.to);
    let visitors: HashSet<i64> =
        within().flat_map(|(_, figures)| figures.visitors.iter().copied()).collect();
    let buyers: HashSet<i64> =
        within().flat_map(|(_, figures)| figures.buyers.iter().copied()).collect();
    buyers.len() as f64 / visitors.len().max(1) as f64 * 100.0
}
