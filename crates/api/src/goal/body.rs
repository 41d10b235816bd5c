//! Goals as they are answered: what is kept of them, in the reader's language.

use std::collections::HashMap;

pub(crate) use luotsi_goals::explain::localized;
use luotsi_goals::run::writing;
use luotsi_marketing::currency::Currency;
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::goal::wording::Writing;
use luotsi_marketing::goal::{Locale, Named, Plan, milestone, sentence};
use luotsi_marketing::metric::{self, Combine, Nature, Unit};
use luotsi_marketing::phrase::Phrase;
use luotsi_marketing::review;
use luotsi_store::goal::Goal;
use luotsi_store::metric::Metric;
use luotsi_store::outlook::GoalState;
use serde_json::{Value, json};

use super::draft::WordsBody;
use super::entry::GoalEntry;
use crate::error::ApiError;
use crate::state::App;

/// A workspace's own metrics by key.
pub(crate) type Own = HashMap<String, Metric>;

pub(crate) async fn own_metrics(app: &App, workspace: &str) -> Result<Own, ApiError> {
    let all = app.store().metrics(workspace).await?;
    Ok(all.into_iter().map(|metric| (metric.key.clone(), metric)).collect())
}

/// What a goal's metric is called and counted in.
struct MetricFacts {
    name: String,
    unit: Unit,
    writing: Writing,
}

impl MetricFacts {
    fn of(own: &Own, goal: &Goal, locale: Locale) -> MetricFacts {
        let fields = &goal.fields;
        let currency: Option<Currency> =
            fields.currency.as_deref().and_then(|code| code.parse().ok());
        let unit_of = |nature| match (nature, currency) {
            (Nature::Money | Nature::Price, Some(currency)) => Unit::Money(currency),
            (Nature::Share, _) => Unit::Share,
            (Nature::Duration, _) => Unit::Duration,
            (Nature::Rank, _) => Unit::Rank,
            (Nature::Score, _) => Unit::Score,
            _ => Unit::Count,
        };
        if let Some(ready) = metric::ready(&fields.metric) {
            let writing = Writing { nature: ready.nature, currency };
            let name = ready.name(locale).to_owned();
            return MetricFacts { name, unit: unit_of(ready.nature), writing };
        }
        let kept = own.get(&fields.metric);
        let unit = kept
            .and_then(|metric| {
                Unit::parse(&metric.fields.unit, metric.fields.currency.as_deref()).ok()
            })
            .unwrap_or(Unit::Count);
        let combine = match fields.plan.counting {
            Counting::Sum | Counting::Rolling(_) | Counting::Weeks { .. } => Combine::Sum,
            Counting::EndLevel => Combine::Last,
            Counting::Ratio { scale } => Combine::Ratio { scale },
            Counting::Mean => Combine::Whole,
        };
        MetricFacts {
            name: kept.map_or_else(|| fields.metric.clone(), |metric| metric.fields.name.clone()),
            unit,
            writing: Writing { nature: unit.nature(combine), currency: unit.currency() },
        }
    }
}

pub(super) fn unit_body(unit: Unit) -> Value {
    json!({"kind": unit.as_str(), "currency": unit.currency().map(|one| one.to_string())})
}

pub(super) fn plan_body(plan: &Plan) -> [(&'static str, Value); 4] {
    let baseline = &plan.baseline;
    [
        ("better", plan.better.as_str().into()),
        (
            "counting",
            json!({"kind": plan.counting.as_str(), "threshold": plan.counting.threshold()}),
        ),
        (
            "baseline",
            json!({
                "value": baseline.value, "from": baseline.from.to_string(),
                "to": baseline.to.to_string(), "days": baseline.days,
            }),
        ),
        (
            "target",
            json!({
                "kind": plan.target_kind.as_str(), "input": plan.target_input,
                "value": plan.target_value,
            }),
        ),
    ]
}

/// A goal in a list.
pub(super) fn summary(goal: &Goal, own: &Own, state: Option<&GoalState>, locale: Locale) -> Value {
    let fields = &goal.fields;
    let plan = &fields.plan;
    let facts = MetricFacts::of(own, goal, locale);
    let named = Named {
        metric: &fields.metric,
        name: &facts.name,
        writing: facts.writing,
        filters: &fields.filters,
    };
    let mut body = json!({
        "id": goal.id, "version": goal.version, "name": fields.name,
        "sentence": sentence(locale, named, plan), "site_id": fields.site_id,
        "metric": fields.metric, "metric_name": facts.name, "unit": unit_body(facts.unit),
        "filters": fields.filters, "start_date": plan.start.to_string(),
        "deadline": plan.deadline.to_string(), "owner_id": fields.owner_id,
        "objective_id": fields.objective_id, "created_at": goal.created_at.to_string(),
        "updated_at": goal.updated_at.to_string(), "probability": null, "gap_text": null,
        "verdict_text": Phrase::new("standing_unknown").text(locale), "spark": [],
        "worst_verdict": null, "reason": null,
        "computed_at": state.map(|state| state.computed_at.to_string()),
        "progress": {
            "status": "unknown", "actual": null, "expected": null, "progress_share": 0.0,
            "expected_share": 0.0, "days_left": plan.days(), "days_total": plan.days(),
            "as_of": goal.created_at.to_string(), "trouble": null,
        },
    });
    for (name, value) in plan_body(plan) {
        body[name] = value;
    }
    let kept = state.and_then(|state| serde_json::from_str::<Value>(&state.summary).ok());
    match kept {
        Some(Value::Object(kept)) if kept.contains_key("trouble") => {
            body["progress"]["trouble"] = kept["trouble"].clone();
        }
        Some(Value::Object(kept)) => {
            for (name, value) in &kept {
                body[name] = localized(value, locale);
            }
        }
        _ => {}
    }
    body
}

/// A goal's own page.
pub(super) async fn detail(app: &App, goal: &Goal, locale: Locale) -> Result<Value, ApiError> {
    let (store, workspace) = (app.store(), goal.workspace_id.as_str());
    let own = own_metrics(app, workspace).await?;
    let state = store.goal_state(workspace, &goal.id).await?;
    let mut body = summary(goal, &own, state.as_ref(), locale);
    let kept = state.as_ref().and_then(|state| serde_json::from_str::<Value>(&state.state).ok());
    let kept = kept.unwrap_or_default();
    for (name, empty) in [
        ("outlook", Value::Null),
        ("path", json!([])),
        ("verdicts", json!([])),
        ("drivers", Value::Null),
    ] {
        body[name] = kept.get(name).map_or(empty, |value| localized(value, locale));
    }
    let fields = &goal.fields;
    body["words"] = json!(WordsBody::from(fields.words.clone()));
    body["value_per_unit"] = json!(fields.unit_value);
    body["stated_baseline"] = json!(fields.stated_baseline);
    let rules = state.as_ref().map(|state| state.rules.as_str());
    let outlooks = store.outlooks(workspace, &goal.id).await?;
    body["course"] = outlooks
        .iter()
        .filter(|one| rules.is_none_or(|rules| rules == one.rules))
        .map(|one| {
            json!({
                "date": one.day.to_string(), "probability": one.probability,
                "expected": one.expected,
            })
        })
        .collect();
    let site = store.site(workspace, &fields.site_id).await?;
    let today = app.now().to_zoned(crate::measure::time_zone(&site)?).date();
    let reached = reached(&body["path"]);
    let milestones = store.milestones(workspace, &goal.id).await?;
    let Plan { counting, better, .. } = fields.plan;
    body["milestones"] = milestones
        .iter()
        .map(|one| {
            let state = milestone::state(&one.rule, (counting, better), &reached, today);
            super::milestone::body(one, state)
        })
        .collect();
    body["work"] = store.work(workspace, &goal.id).await?.iter().map(super::work::body).collect();
    let resources = store.resources(workspace, &goal.id).await?;
    body["resources"] = resources.iter().map(super::resource::body).collect();
    body["resource_totals"] = super::resource::totals(&resources).into();
    let reviews = store.reviews(workspace, &goal.id).await?;
    body["reviews"] =
        super::review::bodies(app, goal, &reviews, locale).await?.into_iter().collect();
    // Reviews from before anybody could hold them are missed by nobody.
    let made = goal.created_at.to_zoned(crate::measure::time_zone(&site)?).date();
    let made = Some(made).filter(|made| *made > fields.plan.start);
    let held = reviews.first().map(|review| review.day).max(made);
    let due = fields.review_rhythm.and_then(|rhythm| {
        review::due(rhythm, fields.plan.start, fields.plan.deadline, held, today)
    });
    body["review"] = json!({
        "rhythm": fields.review_rhythm.map(|rhythm| rhythm.to_string()),
        "next_day": due.map(|due| due.day.to_string()),
        "late_days": due.map_or(0, |due| due.late_days),
    });
    body["annotations"] = store
        .annotations(workspace, &fields.site_id)
        .await?
        .iter()
        .map(crate::annotation::body)
        .collect();
    body["observations"] = observations(app, goal, today).await?;
    Ok(body)
}

/// The goal's number after each day that is over, from what is kept.
pub(super) fn reached(path: &Value) -> Vec<(jiff::civil::Date, f64)> {
    path.as_array()
        .into_iter()
        .flatten()
        .filter_map(|point| {
            Some((point["date"].as_str()?.parse().ok()?, point["actual"].as_f64()?))
        })
        .collect()
}

/// What is typed in for a goal on observations; null for one on events.
async fn observations(app: &App, goal: &Goal, today: jiff::civil::Date) -> Result<Value, ApiError> {
    let measuring = app.measuring();
    let site = app.store().site(&goal.workspace_id, &goal.fields.site_id).await?;
    let site = measuring.site(&site).await?;
    let Ok(resolved) = measuring.resolve_goal(&site, goal).await else { return Ok(Value::Null) };
    let Some(entry) = measuring.entry(goal, &resolved, today).await? else {
        return Ok(Value::Null);
    };
    Ok(json!(GoalEntry::from(entry)))
}

/// What a draft would be.
pub(super) fn preview(
    draft: &super::draft::Draft,
    plan: &Plan,
    computed: &luotsi_goals::run::Computed,
    locale: Locale,
) -> Value {
    let resolved = &draft.resolved;
    let filters = Value::Array(draft.filters.clone());
    let name = resolved.name(locale);
    let named =
        Named { metric: &resolved.key, name, writing: writing(resolved), filters: &filters };
    let path: Value = computed.state["path"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|point| json!({"date": point["date"], "expected": point["expected"]}))
        .collect();
    let mut body = json!({
        "sentence": sentence(locale, named, plan),
        "metric": {
            "key": resolved.key, "name": name, "unit": unit_body(resolved.unit),
            "better": plan.better.as_str(), "observed": resolved.observed(),
        },
        "outlook": localized(&computed.state["outlook"], locale),
        "path": path,
        "verdicts": localized(&computed.state["verdicts"], locale),
    });
    for (name, value) in plan_body(plan) {
        body[name] = value;
    }
    body
}
