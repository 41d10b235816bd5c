//! One goal: measured, forecast, judged, and kept.

mod compared;
mod judged;
mod off_course;

use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_marketing::goal::lint::{Said, Tie, is_vanity, said, tie};
use luotsi_marketing::goal::outlook::{Counting, Effort, History, Outlook, outlook_beside};
use luotsi_marketing::goal::wording::Writing;
use luotsi_marketing::goal::{
    Baseline, Plan, PlanError, Status, Window, baseline, course, history_window, plain_path,
    progress,
};
use luotsi_marketing::metric::DayValue;
use luotsi_marketing::observation;
use luotsi_store::StoreError;
use luotsi_store::goal::Goal;
use luotsi_store::outlook::{GoalState, KeptOutlook};
use serde_json::Value;

use crate::answer::Found;
use crate::effects::Seen;
use crate::explain::metric_token;
use crate::figures::{PAST_DAYS, digest, rules};
use crate::measure::{MeasureError, Measuring, Resolved, SiteContext};
use crate::surroundings::Surroundings;
use compared::compared;
use judged::{Judged, counted, judge};
use off_course::{Unexplained, off_course};

/// A goal to be computed: one that is kept, or a draft.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Empty for a draft.
    pub id: &'a str,
    pub plan: &'a Plan,
    pub owner_id: Option<&'a str>,
    pub objective_id: Option<&'a str>,
    pub filters: &'a [Value],
    pub unit_value: Option<f64>,
    /// Where the metric stands today, as the person said.
    pub stated_baseline: Option<f64>,
}

/// What was found about a goal.
#[derive(Debug, Clone)]
pub struct Computed {
    /// The site's day on which it was computed.
    pub day: Date,
    pub rules: String,
    pub status: Status,
    pub outlook: Option<Outlook>,
    pub so_far: Option<f64>,
    /// JSON for lists and for the goal's own page; texts are phrases.
    pub summary: Value,
    pub state: Value,
    /// What is to be explained, until it is.
    unexplained: Option<Unexplained>,
}

/// How much is computed.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    pub effort: Effort,
    /// Look for what moved it, where it is off course.
    pub explain: bool,
    /// Judge as of this day instead of today, from the figures up to the day before.
    pub as_of: Option<Date>,
}

impl Work {
    /// For one goal, now.
    pub const FULL: Work = Work { effort: Effort::FULL, explain: true, as_of: None };
}

/// Whether days without figures are zero.
pub fn absent_is_zero(resolved: &Resolved, counting: Counting) -> bool {
    let level = matches!(counting, Counting::EndLevel | Counting::Mean);
    !level && !resolved.observed()
}

/// The last day whose figures are whole: a reading of today is, a day of events is when it is over.
pub(crate) fn complete_to(resolved: &Resolved, days: &[DayValue], today: Date) -> Date {
    match days.last() {
        Some(last) if resolved.observed() && last.day >= today => today,
        _ => today.saturating_sub(1.day()),
    }
}

/// How figures of a metric are written.
pub fn writing(resolved: &Resolved) -> Writing {
    Writing { nature: resolved.nature, currency: resolved.unit.currency() }
}

/// The first day that a goal's figures are needed of.
fn first_day(plan: &Plan, today: Date) -> Date {
    plan.start.min(today).saturating_sub(PAST_DAYS.days())
}

impl Measuring<'_> {
    /// What was before a goal, by its own way of counting.
    ///
    /// # Errors
    /// What is wrong with the days, or whatever measuring meets.
    pub async fn baseline(
        &self,
        resolved: &Resolved,
        counting: Counting,
        start: Date,
        deadline: Date,
    ) -> Result<Result<Baseline, PlanError>, MeasureError> {
        let site = &resolved.subject.site;
        let today = site.today();
        let window = match history_window(counting, start, deadline, today) {
            Ok(window) => window,
            Err(error) => return Ok(Err(error)),
        };
        let from = start.min(today).saturating_sub(PAST_DAYS.days());
        let days = self.kept_days(&resolved.subject, from).await?;
        let figures = counting.figures(&days, resolved.combine);
        let history = History {
            days: &figures,
            complete_to: window.to,
            absent_is_zero: absent_is_zero(resolved, counting),
        };
        let since =
            if resolved.observed() { figures.first().map(|day| day.day) } else { site.first_day() };
        let goal_days = Window { from: start, to: deadline }.days();
        Ok(Ok(baseline(counting, resolved.better, window, goal_days, &history, since)))
    }

    /// Computes a goal.
    ///
    /// # Errors
    /// Whatever measuring meets. Too few figures are no error: there is no outlook then.
    pub async fn compute(
        &self,
        resolved: &Resolved,
        asked: Asked<'_>,
        around: &Surroundings,
        work: Work,
    ) -> Result<Computed, MeasureError> {
        let mut computed = self.unexplained(resolved, asked, around, work).await?;
        self.explain([&mut computed]).await?;
        Ok(computed)
    }

    /// Computes a goal but for what moved it.
    ///
    /// # Errors
    /// As [`Measuring::compute`].
    async fn unexplained(
        &self,
        resolved: &Resolved,
        asked: Asked<'_>,
        around: &Surroundings,
        work: Work,
    ) -> Result<Computed, MeasureError> {
        let site = &resolved.subject.site;
        let today = work.as_of.unwrap_or_else(|| site.today());
        let plan = asked.plan;
        let from = first_day(plan, site.today());
        let mut days = around.shared.days(self, &resolved.subject, from).await?;
        if work.as_of.is_some() {
            days.retain(|day| day.day < today);
        }
        let figures = plan.counting.figures(&days, resolved.combine);
        let complete_to = complete_to(resolved, &days, today);
        let absent_is_zero = absent_is_zero(resolved, plan.counting);
        let past = Past {
            days: figures.clone(),
            complete_to,
            absent_is_zero,
            known_causes: self.known_causes(resolved).await?,
        };
        let found = forecast(*plan, past, work.effort, seed(asked.id, today)).await;
        let history = History { days: &figures, complete_to, absent_is_zero };
        let reached = course(plan, &history);
        let path = match &found {
            Some(outlook) if !outlook.path.is_empty() => outlook.path.clone(),
            _ => plain_path(plan),
        };
        let standing = progress(plan, found.as_ref(), &path, &reached, today);
        let tie = self.outcome_tie(resolved, asked, &days, around).await?;
        let arrived: Vec<Date> = if resolved.observed() || work.as_of.is_some() {
            figures.iter().map(|day| day.day).collect()
        } else {
            self.arrivals(site, around).await?
        };
        let mut verdicts = judge(
            resolved,
            asked,
            around,
            &Judged {
                figures: filled(&figures, complete_to, absent_is_zero),
                arrived: arrived.last().copied().or(figures.last().map(|day| day.day)),
                every_days: observation::every_days(arrived.iter().copied()),
                outlook: found.as_ref(),
                tie: tie.as_ref(),
                today,
            },
        );
        verdicts.extend(said(&Said {
            plan,
            writing: writing(resolved),
            combine: resolved.combine,
            stated: asked.stated_baseline,
        }));
        let rules = rules(&resolved.subject, plan);
        let effects = if asked.id.is_empty() || work.as_of.is_some() {
            Vec::new()
        } else {
            let seen = Seen {
                resolved,
                counting: plan.counting,
                figures: &figures,
                complete_to,
                rules: &rules,
            };
            self.effects(asked.id, &seen).await?
        };
        let currency = site.context.currency;
        let found_all = Found {
            plan,
            outlook: found.as_ref(),
            progress: standing,
            path: &path,
            course: &reached,
            days: &days,
            combine: resolved.combine,
            verdicts: &verdicts,
            effects,
            writing: writing(resolved),
            unit_value: asked.unit_value.map(|value| (value, currency)),
            today,
            complete_to,
        };
        let (summary, state) = (found_all.summary(), found_all.state());
        let is_open = work.explain && off_course(standing.status, found.as_ref());
        let unexplained = is_open.then(|| Unexplained::of(resolved, plan, days, complete_to));
        Ok(Computed {
            day: today,
            rules,
            status: standing.status,
            so_far: standing.actual,
            summary,
            state,
            outlook: found,
            unexplained,
        })
    }

    /// How the metric moved with its objective's outcome; `None` without one.
    async fn outcome_tie(
        &self,
        resolved: &Resolved,
        asked: Asked<'_>,
        days: &[DayValue],
        around: &Surroundings,
    ) -> Result<Option<Tie>, MeasureError> {
        let Some(outcome) = asked.objective_id.and_then(|id| around.outcome(id)) else {
            return Ok(None);
        };
        if outcome == resolved.key && asked.filters.is_empty() {
            return Ok(None);
        }
        // That likes come with followers does not show what either is good for.
        if is_vanity(outcome) && is_vanity(counted(resolved)) {
            return Ok(None);
        }
        let site = &resolved.subject.site;
        let outcome = match self.resolve(site, outcome, &[]).await {
            Ok(found) => found,
            Err(MeasureError::Store(error)) => return Err(error.into()),
            // An outcome that this site cannot measure says nothing.
            Err(_) => return Ok(None),
        };
        let from = first_day(asked.plan, site.today());
        let of_outcome = around.shared.days(self, &outcome.subject, from).await?;
        let own = compared(resolved, asked.plan.counting, days);
        let usual = Counting::usual(outcome.nature, outcome.combine);
        let other = compared(&outcome, usual, &of_outcome);
        // Filters that leave nothing out: it is the outcome itself.
        let same = |one: &DayValue, other: &DayValue| {
            one.day == other.day && one.numerator == other.numerator
        };
        if outcome.key == resolved.key
            && own.days.len() == other.days.len()
            && own.days.iter().zip(&other.days).all(|(one, other)| same(one, other))
        {
            return Ok(None);
        }
        let english = outcome.name(luotsi_marketing::goal::Locale::En);
        let name = metric_token(&outcome.key, english);
        let found =
            tokio::task::spawn_blocking(move || tie(&own.figures(), &other.figures(), &name));
        Ok(found.await.ok())
    }

    /// The latest days on which any event of a site came, in order.
    async fn arrivals(
        &self,
        site: &Arc<SiteContext>,
        around: &Surroundings,
    ) -> Result<Vec<Date>, MeasureError> {
        let all = self.resolve(site, "events", &[]).await?;
        let from = site.today().saturating_sub(ARRIVAL_DAYS.days());
        let days = around.shared.days(self, &all.subject, from).await?;
        Ok(days.iter().filter(|day| day.numerator > 0.0).map(|day| day.day).collect())
    }

    /// Reads a goal's metric on its site.
    ///
    /// # Errors
    /// When the metric or its filters mean nothing on the site any more.
    pub async fn resolve_goal(
        &self,
        site: &Arc<SiteContext>,
        goal: &Goal,
    ) -> Result<Resolved, MeasureError> {
        let filters = goal.fields.filters.as_array().cloned().unwrap_or_default();
        self.resolve(site, &goal.fields.metric, &filters).await
    }

    /// Computes a goal and keeps the answer; a goal that cannot be measured keeps why. Nothing is kept of a goal
    /// that someone wrote since it was read: it is computed by whoever wrote it, or by the next run.
    ///
    /// # Errors
    /// When the store or the lake fails.
    pub async fn run(
        &self,
        site: &Arc<SiteContext>,
        goal: &Goal,
        around: &Surroundings,
        work: Work,
    ) -> Result<(), MeasureError> {
        let mut computed = self.forecast_goal(site, goal, around, work).await;
        if let Ok(of) = &mut computed
            && let Err(error) = self.explain([of]).await
        {
            computed = Err(error);
        }
        self.settle(site, goal, computed, work).await
    }

    /// Computes a goal that is kept, but for what moved it.
    ///
    /// # Errors
    /// Whatever measuring meets; also when the goal cannot be measured.
    pub(crate) async fn forecast_goal(
        &self,
        site: &Arc<SiteContext>,
        goal: &Goal,
        around: &Surroundings,
        work: Work,
    ) -> Result<Computed, MeasureError> {
        let resolved = self.resolve_goal(site, goal).await?;
        let filters = goal.fields.filters.as_array().cloned().unwrap_or_default();
        self.unexplained(&resolved, Asked::of(goal, &filters), around, work).await
    }

    /// Keeps what was computed of a goal, or why it cannot be measured.
    ///
    /// # Errors
    /// As [`Measuring::run`].
    pub(crate) async fn settle(
        &self,
        site: &SiteContext,
        goal: &Goal,
        computed: Result<Computed, MeasureError>,
        work: Work,
    ) -> Result<(), MeasureError> {
        let workspace = &goal.workspace_id;
        match computed {
            Ok(computed) => self.keep(goal, &computed, work.as_of.is_none()).await?,
            Err(error @ (MeasureError::Store(_) | MeasureError::Failed(_))) => return Err(error),
            Err(trouble) if work.as_of.is_none() => {
                let state = GoalState {
                    goal_id: goal.id.clone(),
                    day: site.today(),
                    rules: digest(&trouble.to_string()),
                    summary: serde_json::json!({"trouble": trouble.to_string()}).to_string(),
                    state: "{}".to_owned(),
                    computed_at: self.now,
                };
                self.store.keep_state(workspace, &state, goal.version).await?;
            }
            Err(_) => {}
        }
        Ok(())
    }

    /// Keeps what was computed: the day's forecast, and, if it is the newest, the whole answer.
    async fn keep(&self, goal: &Goal, computed: &Computed, newest: bool) -> Result<(), StoreError> {
        let outlook = computed.outlook.as_ref();
        let outcome = |percent: usize| outlook.and_then(|one| one.outcomes.get(percent).copied());
        if outlook.is_some() {
            let row = KeptOutlook {
                goal_id: goal.id.clone(),
                day: computed.day,
                rules: computed.rules.clone(),
                status: computed.status,
                probability: outlook.map(|one| one.probability),
                expected: outlook.map(|one| one.expected),
                low: outcome(10),
                high: outcome(90),
                so_far: computed.so_far,
                pace: outlook.and_then(|one| one.pace),
                target: goal.fields.plan.target_value,
                days_left: outlook.map_or(0, |one| one.days_left),
            };
            self.store.keep_outlook(&goal.workspace_id, &row, goal.version).await?;
        }
        if newest {
            let state = GoalState {
                goal_id: goal.id.clone(),
                day: computed.day,
                rules: computed.rules.clone(),
                summary: computed.summary.to_string(),
                state: computed.state.to_string(),
                computed_at: self.now,
            };
            self.store.keep_state(&goal.workspace_id, &state, goal.version).await?;
        }
        Ok(())
    }
}

impl<'a> Asked<'a> {
    /// A goal that is kept; `filters` are its own.
    pub fn of(goal: &'a Goal, filters: &'a [Value]) -> Asked<'a> {
        Asked {
            id: &goal.id,
            plan: &goal.fields.plan,
            owner_id: goal.fields.owner_id.as_deref(),
            objective_id: goal.fields.objective_id.as_deref(),
            filters,
            unit_value: goal.fields.unit_value,
            stated_baseline: goal.fields.stated_baseline,
        }
    }
}

/// What a forecast learns from: as [`History`], of days of its own, and the spans that teach nothing.
struct Past {
    days: Vec<DayValue>,
    complete_to: Date,
    absent_is_zero: bool,
    known_causes: Vec<(Date, Date)>,
}

/// Forecasts apart from what answers requests; `None` without enough figures.
async fn forecast(plan: Plan, past: Past, effort: Effort, seed: u64) -> Option<Outlook> {
    // The whole period so far has to be looked at, however long it is.
    let so_far = plan.start.until(past.complete_to).map_or(0, |span| span.get_days().max(0));
    let most_days = effort.most_days.max(usize::try_from(so_far).unwrap_or(0) + 57);
    let task = tokio::task::spawn_blocking(move || {
        let Past { days, complete_to, absent_is_zero, known_causes } = &past;
        let (complete_to, absent_is_zero) = (*complete_to, *absent_is_zero);
        let history = History { days, complete_to, absent_is_zero };
        let effort = Effort { most_days, ..effort };
        outlook_beside(&plan.goal(), &history, known_causes, effort, seed).ok()
    });
    task.await.ok().flatten().filter(|found| found.probability.is_finite())
}

/// The same for a goal and a day, so that computing twice gives the same.
fn seed(id: &str, day: Date) -> u64 {
    let name = digest(&format!("{id} {day}"));
    u64::from_str_radix(&name[..16], 16).unwrap_or(1)
}

/// Days in which one looks when events of a site arrived.
const ARRIVAL_DAYS: i64 = 60;

/// The figures up to a day, with the zeros of days on which nothing came.
fn filled(figures: &[DayValue], to: Date, absent_is_zero: bool) -> Vec<DayValue> {
    let Some(first) = figures.first().filter(|_| absent_is_zero) else { return figures.to_vec() };
    let last = figures.last().map_or(to, |last| last.day.max(to));
    let mut known = figures.iter().copied().peekable();
    first
        .day
        .series(1.day())
        .take_while(|day| *day <= last)
        .map(|day| {
            let zero = DayValue { day, numerator: 0.0, denominator: 0.0 };
            known.next_if(|one| one.day == day).unwrap_or(zero)
        })
        .collect()
}

/// Usual days between two readings: the middle one of their gaps, 7 when there are too few.
pub fn every_days(days: &[DayValue]) -> i64 {
    observation::every_days(days.iter().map(|day| day.day))
}
