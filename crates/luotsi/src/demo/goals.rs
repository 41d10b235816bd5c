//! What the sample shop is after: conversions, objectives, and goals with a past.

use anyhow::Result;
use jiff::civil::Date;
use jiff::{ToSpan as _, Zoned};
use luotsi_goals::measure::{Measuring, Resolved};
use luotsi_goals::run::{Work as Effortful, absent_is_zero};
use luotsi_goals::surroundings::Surroundings;
use luotsi_marketing::conversion::Trigger;
use luotsi_marketing::goal::milestone::Milestone;
use luotsi_marketing::goal::outlook::{Counting, Effort, Goal, History, outlook};
use luotsi_marketing::goal::wording::Writing;
use luotsi_marketing::goal::{Plan, Target, TargetKind, Words};
use luotsi_marketing::metric::Nature;
use luotsi_marketing::review::{self, Assessment, Rhythm, Snapshot};
use luotsi_store::Store;
use luotsi_store::annotation::Noted;
use luotsi_store::conversion::NewConversion;
use luotsi_store::goal::GoalFields;
use luotsi_store::objective::ObjectiveFields;
use luotsi_store::observation::NewObservation;
use luotsi_store::resource::ResourceFields;
use luotsi_store::review::{Decision, NewReview, NextStep, ReviewNotes};
use luotsi_store::site::Site;
use luotsi_store::work::WorkFields;
use serde_json::{Value, json};

use super::sample;
use super::simulator::STOPPED_DAYS_AGO;

/// What a goal's target is taken from.
#[derive(Debug, Clone, Copy)]
enum Aim {
    /// The outcome that so many of 100 forecasts, made at the start, stay below.
    Outcome(usize),
    /// The same of forecasts made today: so that a goal is where the story wants it, on any day.
    Today(usize),
    /// A change from the baseline in percent.
    Percent(f64),
}

/// A goal before its target is known.
struct Draft {
    name: &'static str,
    metric: &'static str,
    filters: Value,
    start: Date,
    deadline: Date,
    aim: Aim,
    /// Index of the objective.
    objective: usize,
    unit_value: Option<f64>,
    words: [&'static str; 5],
    review: Option<Held>,
}

/// What was noted in the last review.
#[derive(Debug, Clone, Copy)]
struct Held {
    learned: &'static str,
    decision: &'static str,
    next_step: &'static str,
}

/// How hard a forecast of the past works.
const REPLAY: Effort = Effort { paths: 300, origins: 4, most_days: 200 };

/// Makes conversions, objectives and goals.
pub(super) async fn set_up(measuring: &Measuring<'_>, site: &Site, now: &Zoned) -> Result<()> {
    let store = measuring.store;
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
    for (name, description, outcome) in [
        (
            "Grow online sales",
            "More orders from people who already like being outdoors, without buying them with discounts.",
            "total_revenue",
        ),
        (
            "Be found without paying",
            "Guides that answer what hikers ask, so that search brings them.",
            "orders",
        ),
        (
            "Be the shop that hikers talk about",
            "People who follow the shop come back before they need anything.",
            "visits",
        ),
    ] {
        let fields = ObjectiveFields {
            description: description.to_owned(),
            owner_id: owner.clone(),
            outcome_metric: Some(outcome.to_owned()),
            position: i64::try_from(objectives.len())?,
            ..ObjectiveFields::named(name)
        };
        objectives.push(store.create_objective(workspace, fields, at).await?.id);
    }
    followers(store, site, now).await?;
    let context = measuring.site(site).await?;
    for draft in drafts(now.date()) {
        let review = draft.review;
        let filters = draft.filters.as_array().cloned().unwrap_or_default();
        let resolved = measuring.resolve(&context, draft.metric, &filters).await?;
        let Some(plan) = plan(measuring, &resolved, &draft).await? else { continue };
        let [specific, measurable, achievable, relevant, time_bound] =
            draft.words.map(str::to_owned);
        let fields = GoalFields {
            name: draft.name.to_owned(),
            site_id: site.id.clone(),
            metric: draft.metric.to_owned(),
            filters: draft.filters,
            plan,
            currency: resolved.unit.currency().map(|currency| currency.to_string()),
            unit_value: draft.unit_value,
            words: Words { specific, measurable, achievable, relevant, time_bound },
            stated_baseline: None,
            review_rhythm: Some(Rhythm::Fortnightly(jiff::civil::Weekday::Monday)),
            owner_id: owner.clone(),
            objective_id: objectives.get(draft.objective).cloned(),
        };
        let goal = store.create_goal(workspace, fields, at).await?;
        hang(store, workspace, &goal, owner.as_deref(), now).await?;
        if let Some(held) = review {
            review_held(store, workspace, &goal, held, now).await?;
        }
    }
    let stopped = now.date().saturating_sub(STOPPED_DAYS_AGO.days());
    let noted = Noted {
        day: stopped,
        until: None,
        known_cause: false,
        text: "The season's search campaign ran out of budget in Finland".to_owned(),
    };
    store.create_annotation(workspace, &site.id, noted, sample::EMAIL, at).await?;
    Ok(())
}

/// Weekly readings of the shop's followers, as a person types them in.
async fn followers(store: &Store, site: &Site, now: &Zoned) -> Result<()> {
    let mut value = 8_240.0;
    let mut readings = Vec::new();
    for week in (0..30).rev() {
        // A quiet week now and then.
        value += if week % 5 == 2 { 20.0 } else { 55.0 + f64::from(week % 4) * 9.0 };
        readings.push(NewObservation {
            series: "followers".to_owned(),
            dimensions: [("network".to_owned(), "Instagram".to_owned())].into(),
            day: now.date().saturating_sub((7 * week + 1).days()),
            value,
            weight: 1.0,
            site_id: Some(site.id.clone()),
        });
    }
    let source = ("manual", sample::EMAIL);
    store.observe(&site.workspace_id, &readings, source, now.timestamp()).await?;
    Ok(())
}

fn drafts(today: Date) -> Vec<Draft> {
    let ago = |days: i32| today.saturating_sub(days.days());
    let ahead = |days: i32| today.saturating_add(days.days());
    vec![
        Draft {
            name: "More visits from search",
            metric: "visits",
            filters: json!([["is", "visit:channel", ["Organic Search"]]]),
            start: ago(49),
            deadline: ahead(42),
            aim: Aim::Today(40),
            objective: 1,
            unit_value: Some(0.6),
            words: [
                "Visits that come from organic search, by links and rankings, not visits in general.",
                "The tracker counts them; the channel follows from the referrer.",
                "A new guide every fortnight; the old ones brought up to date.",
                "Search brings people who are choosing gear now.",
                "Three months: rankings move slowly.",
            ],
            review: Some(Held {
                learned: "The guide about layers is read to the end; the one about tents is not.",
                decision: "Write about what to wear before writing about what to carry.",
                next_step: "Put the sizes table at the top of the guide.",
            }),
        },
        Draft {
            name: "Visits from paid search",
            metric: "visits",
            filters: json!([["is", "visit:channel", ["Paid Search"]]]),
            start: ago(42),
            deadline: ahead(42),
            aim: Aim::Outcome(50),
            objective: 0,
            unit_value: Some(0.9),
            words: [
                "Visits from paid search, the season's campaign above all.",
                "The campaign's links are tagged.",
                "The budget of last season brought as many.",
                "These visitors buy more readily than others.",
                "Twelve weeks: the season.",
            ],
            review: Some(Held {
                learned: "Finland's part of the budget is spent; the other countries run on.",
                decision: "Ask for 600 EUR more for Finland, until the holidays.",
                next_step: "Pause the words that bring visits but no baskets.",
            }),
        },
        Draft {
            name: "Triple the revenue",
            metric: "total_revenue",
            filters: json!([["is", "event:goal", ["Purchase"]]]),
            start: ago(30),
            deadline: ahead(60),
            aim: Aim::Percent(200.0),
            objective: 0,
            unit_value: None,
            words: [
                "Revenue from the web shop, shipping left out.",
                "Purchases carry their value.",
                "It would be wonderful.",
                "It is what the shop lives on.",
                "Three months, reviewed every other Monday.",
            ],
            review: None,
        },
        Draft {
            name: "More page views",
            metric: "pageviews",
            filters: json!([]),
            start: ago(35),
            deadline: ahead(30),
            aim: Aim::Today(45),
            // Nobody could say what it is good for.
            objective: usize::MAX,
            unit_value: None,
            words: ["Page views of the whole site.", "The tracker counts them.", "", "", ""],
            review: None,
        },
        Draft {
            name: "Followers on Instagram",
            metric: "followers",
            filters: json!([["is", "network", ["Instagram"]]]),
            start: ago(50),
            deadline: ahead(40),
            aim: Aim::Today(40),
            objective: 2,
            unit_value: None,
            words: [
                "Followers of the shop's own account.",
                "Typed in every week from the account's page.",
                "A photo a day from customers' hikes.",
                "Followers come back before they need anything.",
                "The quarter.",
            ],
            review: None,
        },
        // Two that are over: what was said of them can be held against what came.
        Draft {
            name: "Visits from search, last quarter",
            metric: "visits",
            filters: json!([["is", "visit:channel", ["Organic Search"]]]),
            start: ago(150),
            deadline: ago(60),
            aim: Aim::Outcome(40),
            objective: 1,
            unit_value: None,
            words: [""; 5],
            review: None,
        },
        Draft {
            name: "Newsletter sign-ups, last quarter",
            metric: "events",
            filters: json!([["is", "event:goal", ["Newsletter signup"]]]),
            start: ago(140),
            deadline: ago(50),
            aim: Aim::Outcome(75),
            objective: 2,
            unit_value: None,
            words: [""; 5],
            review: None,
        },
    ]
}

/// The plan that someone made at the start, from what was known then; `None` without a past.
async fn plan(
    measuring: &Measuring<'_>,
    resolved: &Resolved,
    draft: &Draft,
) -> Result<Option<Plan>> {
    let counting = Counting::usual(resolved.nature, resolved.combine);
    let (start, deadline) = (draft.start, draft.deadline);
    let Ok(baseline) = measuring.baseline(resolved, counting, start, deadline).await? else {
        return Ok(None);
    };
    let target = match draft.aim {
        Aim::Percent(input) => Target { kind: TargetKind::Percent, input },
        Aim::Outcome(percent) | Aim::Today(percent) => {
            let known_before = match draft.aim {
                Aim::Today(_) => resolved.subject.site.today(),
                _ => start,
            };
            let past = start.saturating_sub(200.days());
            let mut days = measuring.kept_days(&resolved.subject, past).await?;
            days.retain(|day| day.day < known_before);
            let figures = counting.figures(&days, resolved.combine);
            let goal = Goal { counting, better: resolved.better, target: 1.0, start, deadline };
            let history = History {
                days: &figures,
                complete_to: known_before.saturating_sub(1.day()),
                absent_is_zero: absent_is_zero(resolved, counting),
            };
            let Ok(found) = outlook(&goal, &history, REPLAY, 1) else { return Ok(None) };
            let Some(input) = found.outcomes.get(percent) else { return Ok(None) };
            // People set round numbers.
            let digits = if matches!(draft.aim, Aim::Today(_)) { 2.0 } else { 1.0 };
            let step = 10_f64.powf(input.abs().max(1.0).log10().floor() - digits);
            Target { kind: TargetKind::Absolute, input: (input / step).round() * step }
        }
    };
    let way = (resolved.better, resolved.nature);
    Ok(Plan::new(counting, way, baseline, target, (start, deadline)).ok())
}

/// Milestones, work and resources of a goal that runs.
async fn hang(
    store: &Store,
    workspace: &str,
    goal: &luotsi_store::goal::Goal,
    owner: Option<&str>,
    now: &Zoned,
) -> Result<()> {
    let plan = &goal.fields.plan;
    let today = now.date();
    if plan.deadline < today {
        return Ok(());
    }
    let at = now.timestamp();
    let adds = plan.counting == Counting::Sum;
    for (name, part) in [("A third", 1), ("Two thirds", 2)] {
        let due = plan.start.saturating_add((plan.days() * part / 3).days());
        let from = if adds { 0.0 } else { plan.baseline.value };
        let value = from + (plan.target_value - from) * part as f64 / 3.0;
        let rule = Milestone { name: name.to_owned(), due, value: Some(value), met_on: None };
        store.create_milestone(workspace, &goal.id, (rule, false), at).await?;
    }
    for (kind, name, from, to, done) in [
        ("content", "Guide: what to wear on the fells", -40, -30, Some(-31)),
        ("campaign", "The season's search campaign", -35, 20, None),
        ("task", "Go through the worst landing pages", -10, 4, None),
    ] {
        let on = |days: i32| today.saturating_add(days.days());
        let fields = WorkFields {
            kind: kind.to_owned(),
            name: name.to_owned(),
            start: on(from),
            end: on(to),
            done_on: done.map(on),
            owner_id: owner.map(str::to_owned),
            url: String::new(),
            note: String::new(),
        };
        store.create_work(workspace, &goal.id, fields, at).await?;
    }
    let budget = ResourceFields {
        kind: "budget".to_owned(),
        name: "Advertising".to_owned(),
        month: None,
        planned: 2_400.0,
        spent: 1_150.0,
        unit: "EUR".to_owned(),
    };
    store.create_resource(workspace, &goal.id, budget, at).await?;
    Ok(())
}

/// The review that was held on the last Monday but one.
async fn review_held(
    store: &Store,
    workspace: &str,
    goal: &luotsi_store::goal::Goal,
    held: Held,
    now: &Zoned,
) -> Result<()> {
    let week_ago = now.date().saturating_sub(7.days());
    let since_monday = i64::from(week_ago.weekday().to_monday_zero_offset());
    let day = week_ago.saturating_sub(since_monday.days());
    let work = store.work(workspace, &goal.id).await?;
    let finished =
        |one: &&luotsi_store::work::Work| one.fields.done_on.is_some_and(|done| done <= day);
    let work_finished = work.iter().filter(finished).count();
    let snapshot = Snapshot {
        day,
        probability: None,
        value: None,
        milestones_reached: 0,
        milestones_missed: 0,
        work_finished,
        work_open: work.len() - work_finished,
        alerts: 0,
    };
    let writing = Writing { nature: Nature::Flow, currency: None };
    let new = NewReview {
        rhythm: goal.fields.review_rhythm.map_or_else(String::new, |one| one.word().to_owned()),
        day,
        changes: review::changes(None, &snapshot, &goal.fields.name, writing),
        snapshot,
        notes: ReviewNotes {
            learned: held.learned.to_owned(),
            decisions: vec![Decision { text: held.decision.to_owned(), decided_on: day }],
            next_steps: vec![NextStep { text: held.next_step.to_owned(), done: false }],
            ratings: Assessment::new([4, 3, 4, 3]).ok(),
        },
        by: sample::EMAIL.to_owned(),
    };
    store.create_review(workspace, &goal.id, new, now.timestamp()).await?;
    Ok(())
}

/// Forecasts of the past weeks, each from what was known on its day, so that courses and the page of past
/// probabilities have something to show.
pub(super) async fn replay(measuring: &Measuring<'_>, site: &Site) -> Result<()> {
    let context = measuring.site(site).await?;
    let today = context.today();
    let around = Surroundings::read(measuring.store, &site.workspace_id).await?;
    for goal in &around.goals {
        let plan = &goal.fields.plan;
        let over = plan.deadline < today;
        let last = if over { plan.deadline.saturating_add(1.day()) } else { today };
        // Every third day of a goal that is over, and the day after it.
        let step = if over { 3 } else { 2 };
        let mut days: Vec<Date> =
            plan.start.series(step.days()).take_while(|day| *day < last).collect();
        if over {
            days.push(last);
        }
        for day in days {
            let work = Effortful { effort: REPLAY, explain: false, as_of: Some(day) };
            measuring.run(&context, goal, &around, work).await?;
        }
    }
    Ok(())
}
