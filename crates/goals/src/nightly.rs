//! The nightly run: every goal's forecast of the day, once, a few at a time.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream;
use jiff::civil::time;
use jiff::{SignedDuration, ToSpan as _};
use luotsi_marketing::goal::outlook::Effort;
use luotsi_store::goal::Goal;

use crate::measure::{MeasureError, Measuring, SiteContext};
use crate::run::Work;
use crate::surroundings::Surroundings;

/// Goals that are computed at once: one may wait for the disk while others calculate.
const AT_ONCE: usize = 3;

/// Goals that are explained together, and whose answers are held until they are: what queries may take bounds
/// the rest.
const TOGETHER: usize = 128;

/// Days after the deadline on which late events may still change the outcome.
const AFTER_DAYS: i64 = 5;

/// Days that nobody asked for in this time are forgotten.
const FORGET_AFTER: SignedDuration = SignedDuration::from_hours(24 * 14);

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    pub computed: usize,
    pub failed: usize,
}

impl Measuring<'_> {
    /// Computes the goals of all workspaces whose day has no forecast yet. What is done is skipped, so that a
    /// run that was cut off goes on where it was.
    ///
    /// # Errors
    /// When the workspaces cannot be read. A workspace, a site or a goal that fails is logged and left for the next
    /// run; the others are computed.
    pub async fn nightly(&self) -> Result<Done, MeasureError> {
        let mut done = Done::default();
        for workspace in self.store.all_workspaces().await? {
            match self.nightly_of(&workspace.id).await {
                Ok(one) => {
                    done.computed += one.computed;
                    done.failed += one.failed;
                }
                Err(error) => {
                    let workspace = workspace.id;
                    tracing::warn!(%error, workspace, "the goals of a workspace were not computed");
                }
            }
        }
        Ok(done)
    }

    /// As `nightly`, of one workspace.
    ///
    /// # Errors
    /// When what the workspace has cannot be read.
    pub async fn nightly_of(&self, workspace: &str) -> Result<Done, MeasureError> {
        let around = Surroundings::read(self.store, workspace).await?;
        if around.goals.is_empty() {
            return Ok(Done::default());
        }
        let kept = self.store.goal_summaries(workspace).await?;
        let mut done = Done::default();
        for site in self.store.sites(workspace).await? {
            let site = match self.site(&site).await {
                Ok(site) => site,
                Err(error) => {
                    tracing::warn!(%error, site = %site.domain, "the goals of a site cannot be computed");
                    continue;
                }
            };
            let today = site.today();
            let clock = self.now.to_zoned(site.context.time_zone.clone()).time();
            let mut due: Vec<_> = around
                .goals
                .iter()
                .filter(|goal| goal.fields.site_id == site.site.id)
                .filter(|goal| {
                    let state = kept.iter().find(|state| state.goal_id == goal.id);
                    let last = goal.fields.plan.deadline.saturating_add(AFTER_DAYS.days());
                    match state {
                        None => true,
                        // The evening's last events arrive after midnight.
                        Some(state) => {
                            state.day < today && state.day <= last && clock >= time(0, 30, 0, 0)
                        }
                    }
                })
                .collect();
            if due.is_empty() {
                continue;
            }
            // What changed is looked up again by the next run: what is kept goes for this one.
            if let Err(error) = self.changed_since(&site).await {
                tracing::warn!(%error, site = %site.site.domain, "what changed on a site was not looked up");
            }
            let work = Work { effort: Effort::NIGHTLY, explain: true, as_of: None };
            // Those that count the same lie together; the days of what began early hold those of what began later.
            due.sort_by_cached_key(|goal| {
                let fields = &goal.fields;
                (fields.filters.to_string(), fields.metric.clone(), fields.plan.start)
            });
            let mut computed = 0;
            for goals in due.chunks(TOGETHER) {
                computed += self.together(&site, goals, &around, work).await;
            }
            let failed = due.len() - computed;
            done.computed += computed;
            done.failed += failed;
            tracing::info!(site = %site.site.domain, computed, failed, "goals computed");
        }
        self.store.forget_days(workspace, self.now - FORGET_AFTER).await?;
        Ok(done)
    }

    /// Computes goals of a site: forecasts a few at once, then what moved those that are off course, in one go.
    /// How many were computed.
    async fn together(
        &self,
        site: &Arc<SiteContext>,
        goals: &[&Goal],
        around: &Surroundings,
        work: Work,
    ) -> usize {
        let mut asked = Vec::with_capacity(goals.len());
        for goal in goals {
            asked.push(async move {
                let computed = self.forecast_goal(site, goal, around, work).await;
                (*goal, computed)
            });
        }
        let mut found: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
        let well = found.iter_mut().filter_map(|(_, computed)| computed.as_mut().ok());
        if let Err(error) = self.explain(well).await {
            tracing::warn!(%error, "what moved goals could not be found for all of them at once");
            for (_, computed) in &mut found {
                if let Ok(of) = computed
                    && let Err(error) = self.explain([of]).await
                {
                    *computed = Err(error);
                }
            }
        }
        let mut kept = 0;
        for (goal, computed) in found {
            match self.settle(site, goal, computed, work).await {
                Ok(()) => kept += 1,
                Err(error) => tracing::warn!(%error, goal = %goal.id, "a goal was not computed"),
            }
        }
        kept
    }
}
