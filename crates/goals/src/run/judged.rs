//! What is to be said against a goal as it stands.

use jiff::civil::Date;
use luotsi_marketing::goal::lint::{Counted, Facts, Tie, Verdict, budget, duplicate, lint};
use luotsi_marketing::goal::outlook::Outlook;
use luotsi_marketing::metric::{self, DayValue, Formula};
use luotsi_store::goal::Goal;
use serde_json::Value;

use super::{Asked, writing};
use crate::measure::Resolved;
use crate::surroundings::Surroundings;

/// What a metric counts, by the name of a ready one where it is no ratio of things.
pub(super) fn counted(resolved: &Resolved) -> &str {
    if metric::ready(&resolved.key).is_some() {
        return &resolved.key;
    }
    resolved.formula().and_then(Formula::counts).unwrap_or(&resolved.key)
}

pub(super) struct Judged<'a> {
    pub(super) figures: Vec<DayValue>,
    /// The last day on which data arrived, and usual days between two.
    pub(super) arrived: Option<Date>,
    pub(super) every_days: i64,
    pub(super) outlook: Option<&'a Outlook>,
    pub(super) tie: Option<&'a Tie>,
    pub(super) today: Date,
}

pub(super) fn judge(
    resolved: &Resolved,
    asked: Asked<'_>,
    around: &Surroundings,
    judged: &Judged<'_>,
) -> Vec<Verdict> {
    let filters_of: Vec<(&Goal, Vec<Value>)> = around
        .goals
        .iter()
        .filter(|goal| goal.fields.site_id == resolved.subject.site.site.id)
        .map(|goal| (goal, goal.fields.filters.as_array().cloned().unwrap_or_default()))
        .collect();
    let others: Vec<Counted<'_>> = filters_of
        .iter()
        .filter(|(goal, _)| goal.fields.plan.deadline >= judged.today && goal.id != asked.id)
        .map(|(goal, filters)| Counted {
            id: &goal.id,
            metric: &goal.fields.metric,
            filters,
            start: goal.fields.plan.start,
            deadline: goal.fields.plan.deadline,
        })
        .collect();
    let own = Counted {
        id: asked.id,
        metric: &resolved.key,
        filters: asked.filters,
        start: asked.plan.start,
        deadline: asked.plan.deadline,
    };
    let twin = duplicate(&own, &others)
        .and_then(|id| around.goals.iter().find(|goal| goal.id == id))
        .map(|goal| {
            if goal.fields.name.is_empty() {
                goal.fields.metric.as_str()
            } else {
                goal.fields.name.as_str()
            }
        });
    let active = |owner: Option<&str>| {
        around.active(owner, judged.today).filter(|goal| goal.id != asked.id).count() + 1
    };
    // An observed series is of one place already; the goal's filters are in the formula.
    let narrowed = resolved.observed() || resolved.formula().is_some_and(Formula::is_segmented);
    let parts: Vec<budget::Part> = around.budget_of(asked.id).collect();
    let objective = asked.objective_id.and_then(|id| around.objective(id));
    lint(&Facts {
        metric: counted(resolved),
        writing: writing(resolved),
        narrowed,
        observed: resolved.observed(),
        history: &judged.figures,
        arrived: judged.arrived,
        every_days: judged.every_days,
        outlook: judged.outlook,
        objective: objective.map(|one| one.fields.name.as_str()),
        tie: judged.tie,
        budget_months: budget::months(&parts, asked.plan.start, asked.plan.deadline),
        start: asked.plan.start,
        deadline: Some(asked.plan.deadline),
        today: judged.today,
        twin,
        owner: asked.owner_id.and_then(|id| around.names.get(id)).map(String::as_str),
        active_of_owner: asked.owner_id.map_or(0, |owner| active(Some(owner))),
        active_of_team: active(None),
    })
}
