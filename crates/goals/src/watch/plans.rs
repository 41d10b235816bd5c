//! What is looked at of goals themselves: milestones, probabilities, and whether work is done.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_marketing::alert::{
    Cause, Deviation, Named, StalledPlan, milestone_missed, plan_stalled, probability_low,
};
use luotsi_marketing::goal::milestone;
use luotsi_marketing::goal::wording::Writing;
use luotsi_marketing::metric::Nature;
use luotsi_marketing::phrase::Phrase;
use luotsi_notify::compose::LOCALES;
use luotsi_store::alert::AlertSettings;
use luotsi_store::goal::Goal;
use luotsi_store::milestone::Milestone;
use luotsi_store::outlook::GoalState;
use luotsi_store::work::Work;
use serde_json::{Value, json};

use super::Look;
use super::finding::{Finding, Watched, Why, concerned, goal_names};
use super::series::{figure_names, list, runs};
use crate::figures::digest;
use crate::measure::{MeasureError, Measuring, SiteContext};
use crate::run::writing;

/// Days for which a forecast says how a goal stands.
const FRESH_DAYS: i64 = 2;

/// Days after the deadline in which a milestone on the last days may turn out to be missed.
const AFTER_DAYS: i64 = 5;

/// The goals of a site to be looked at.
pub(super) struct Plans<'a> {
    pub(super) measuring: &'a Measuring<'a>,
    pub(super) site: &'a Arc<SiteContext>,
    pub(super) settings: &'a AlertSettings,
    pub(super) goals: &'a [Goal],
}

/// Names a piece of work: goals that share it share what is told of it.
pub fn same_work(site: &str, work: &Work) -> String {
    let fields = &work.fields;
    let name = fields.name.trim().to_lowercase();
    digest(&json!([site, fields.kind, name, fields.start.to_string()]).to_string())
}

/// A goal whose plan rests.
struct Stalled<'a> {
    told: Told<'a>,
    begun: Date,
    finished: Vec<Date>,
    /// What is open the longest.
    oldest: &'a Work,
    open: usize,
}

/// A goal with what it is called and how its figures are written.
struct Told<'a> {
    goal: &'a Goal,
    of: Watched,
    writing: Writing,
}

impl Told<'_> {
    fn named(&self) -> Named<'_> {
        let better = self.goal.fields.plan.better;
        let (subject, name) = (self.goal.id.as_str(), self.of.names[0].as_str());
        Named { subject, name, writing: self.writing, better, scale: 1.0 }
    }
}

impl Plans<'_> {
    pub(super) async fn look(&self, look: &mut Look) -> Result<(), MeasureError> {
        for cause in [Cause::MilestoneMissed, Cause::ProbabilityLow, Cause::PlanStalled] {
            look.looked_at.push(format!("{}/", cause.as_str()));
        }
        let (store, workspace) = (self.measuring.store, self.site.site.workspace_id.as_str());
        let milestones = by_goal(store.all_milestones(workspace).await?, |one| &one.goal_id);
        let work = by_goal(store.all_work(workspace).await?, |one| &one.goal_id);
        let lines: HashMap<String, f64> = store.goal_lines(workspace).await?.into_iter().collect();
        let today = self.site.today();
        let mut stalled: BTreeMap<String, Vec<Stalled<'_>>> = BTreeMap::new();
        for goal in self.goals.iter().filter(|goal| goal.fields.site_id == self.site.site.id) {
            let last = goal.fields.plan.deadline.saturating_add(AFTER_DAYS.days());
            if today < goal.fields.plan.start || last < today {
                continue;
            }
            let state = store.goal_state(workspace, &goal.id).await?;
            let told = self.told(goal).await?;
            if let Some(milestones) = milestones.get(goal.id.as_str()) {
                milestones_of(&told, milestones, state.as_ref(), today, look);
            }
            // Whether it will be reached, and whether anybody works on it, is no question any more.
            if !runs(goal, today) {
                continue;
            }
            let line = lines.get(&goal.id).copied().unwrap_or(self.settings.probability_line);
            if let Some(state) = &state {
                self.probability(&told, state, line, look).await?;
            }
            let work = work.get(goal.id.as_str());
            if let Some(one) = work.and_then(|work| self.stalled(told, work)) {
                let key = same_work(&self.site.site.id, one.oldest);
                stalled.entry(key).or_default().push(one);
            }
        }
        look.findings.extend(stalled.iter().filter_map(|(key, goals)| self.resting(key, goals)));
        Ok(())
    }

    async fn told<'g>(&self, goal: &'g Goal) -> Result<Told<'g>, MeasureError> {
        let (figure, writing) = match self.measuring.resolve_goal(self.site, goal).await {
            Ok(metric) => (figure_names(&metric, &list(&goal.fields.filters)), writing(&metric)),
            Err(error @ (MeasureError::Store(_) | MeasureError::Failed(_))) => return Err(error),
            // What cannot be measured any more has milestones and work all the same.
            Err(_) => {
                let name = LOCALES.map(|_| goal.fields.metric.clone());
                (name, Writing { nature: Nature::Flow, currency: None })
            }
        };
        Ok(Told { goal, of: Watched::goal(goal, goal_names(goal, &figure)), writing })
    }

    async fn probability(
        &self,
        told: &Told<'_>,
        state: &GoalState,
        line: f64,
        look: &mut Look,
    ) -> Result<(), MeasureError> {
        let goal = told.goal;
        let start = format!("{}/{}/", Cause::ProbabilityLow.as_str(), goal.id);
        let oldest = self.site.today().saturating_sub(FRESH_DAYS.days());
        let store = self.measuring.store;
        let kept: Vec<(Date, f64)> = store
            .outlooks(&goal.workspace_id, &goal.id)
            .await?
            .into_iter()
            // Forecasts of another question say nothing of this one.
            .filter(|one| one.rules == state.rules)
            .filter_map(|one| Some((one.day, one.probability?)))
            .collect();
        if kept.last().is_none_or(|(day, _)| *day < oldest) {
            look.unseen.push(start);
            return Ok(());
        }
        if let Some(deviation) = probability_low(told.named(), &kept, line) {
            let mut finding = Finding::new(told.of.clone(), deviation, told.of.names.clone());
            finding.why = kept_drivers(Some(state));
            look.findings.push(finding);
        }
        Ok(())
    }

    /// The goal if its plan rests: work that has begun and is not done keeps a plan going only if some gets done.
    fn stalled<'w>(&self, told: Told<'w>, work: &'w [Work]) -> Option<Stalled<'w>> {
        let today = self.site.today();
        let start = told.goal.fields.plan.start;
        let open =
            || work.iter().filter(|one| one.fields.done_on.is_none() && one.fields.start <= today);
        let finished = work.iter().filter_map(|one| one.fields.done_on).collect();
        let first = work.iter().map(|one| one.fields.start).min().unwrap_or(start);
        let oldest = open().min_by_key(|one| (one.fields.start, one.fields.name.as_str()))?;
        let one = Stalled { begun: first.max(start), finished, oldest, open: open().count(), told };
        self.rests(&one.told.goal.id, std::slice::from_ref(&one)).is_some().then_some(one)
    }

    fn rests(&self, subject: &str, goals: &[Stalled<'_>]) -> Option<Deviation> {
        let first = goals.first()?;
        let named = Named { subject, ..first.told.named() };
        let plan = StalledPlan {
            goals: goals.len(),
            // As long as all of them rest.
            begun: goals.iter().map(|one| one.begun).max()?,
            finished: &goals.iter().flat_map(|one| one.finished.clone()).collect::<Vec<_>>(),
            open: first.open,
        };
        plan_stalled(named, &plan, self.settings.stalled_weeks, self.site.today())
    }

    /// One matter for all goals whose plans rest at the same work.
    fn resting(&self, key: &str, goals: &[Stalled<'_>]) -> Option<Finding> {
        let deviation = self.rests(key, goals)?;
        let first = goals.first()?;
        let work = &first.oldest.fields;
        let mut owners: Vec<String> =
            goals.iter().flat_map(|one| one.told.of.owners.clone()).collect();
        owners.sort_unstable();
        owners.dedup();
        let names = match goals {
            [one] => one.told.of.names.clone(),
            _ => LOCALES.map(|_| work.name.clone()),
        };
        let of = Watched {
            kind: "work",
            id: key.to_owned(),
            owners,
            link: first.told.of.link.clone(),
            names: names.clone(),
        };
        let mut finding = Finding::new(of, deviation, names);
        let oldest = Phrase::new("told_oldest_work")
            .text_value("work", work.name.as_str())
            .day("day", work.start);
        finding.also.push(oldest);
        if goals.len() > 1 {
            let mut names: Vec<String> =
                goals.iter().map(|one| one.told.of.names[0].clone()).collect();
            names.sort_unstable();
            names.dedup();
            finding.also.push(concerned(&names));
        }
        Some(finding)
    }
}

fn milestones_of(
    told: &Told<'_>,
    milestones: &[Milestone],
    state: Option<&GoalState>,
    today: Date,
    look: &mut Look,
) {
    let goal = told.goal;
    let answer = state.and_then(|state| serde_json::from_str::<Value>(&state.state).ok());
    let reached = reached(&answer.unwrap_or_default()["path"]);
    for milestone in milestones {
        let rule = &milestone.rule;
        // The figures have to reach the day before one can say that it was missed.
        let known = reached.last().is_some_and(|(day, _)| *day >= rule.due);
        if rule.value.is_some() && !known {
            look.unseen.push(format!("{}/{}/", Cause::MilestoneMissed.as_str(), goal.id));
            continue;
        }
        let plan = &goal.fields.plan;
        let state_now = milestone::state(rule, (plan.counting, plan.better), &reached, today);
        let at = reached.iter().rev().find(|(day, _)| *day <= rule.due).map(|(_, value)| *value);
        if let Some(deviation) = milestone_missed(told.named(), rule, state_now, at) {
            let mut finding = Finding::new(told.of.clone(), deviation, told.of.names.clone());
            finding.why = kept_drivers(state);
            look.findings.push(finding);
        }
    }
}

/// What moved the goal, as its newest answer has it.
fn kept_drivers(state: Option<&GoalState>) -> Why {
    let answer = state.and_then(|state| serde_json::from_str::<Value>(&state.state).ok());
    match answer.map(|mut answer| answer["drivers"].take()) {
        Some(drivers) if drivers.is_object() => Why::Kept(drivers),
        _ => Why::Unknown,
    }
}

/// A goal's number after each day that is over.
fn reached(path: &Value) -> Vec<(Date, f64)> {
    let point =
        |point: &Value| Some((point["date"].as_str()?.parse().ok()?, point["actual"].as_f64()?));
    path.as_array().into_iter().flatten().filter_map(point).collect()
}

fn by_goal<T>(all: Vec<T>, goal: impl Fn(&T) -> &String) -> HashMap<String, Vec<T>> {
    let mut found: HashMap<String, Vec<T>> = HashMap::new();
    for one in all {
        found.entry(goal(&one).clone()).or_default().push(one);
    }
    found
}
