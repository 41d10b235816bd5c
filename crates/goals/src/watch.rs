//! Watching: looks at what a workspace wants watched, and writes what deviates with what is told of it.
//!
//! The rules are `luotsi_marketing::alert`'s. A look may be repeated and may run in several processes: an
//! incident is written and told once.

mod figures;
mod finding;
mod plans;
mod reminders;
mod series;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::time;
use luotsi_marketing::alert::{self, Decision, Deviation, decide};
use luotsi_notify::compose::Audience;
use luotsi_store::StoreError;
use luotsi_store::alert::{AlertSettings, Incident, NewIncident, Subject};
use luotsi_store::goal::Goal;
use luotsi_store::notice::Notice;
use luotsi_store::site::Site;

use crate::measure::{MeasureError, Measuring, SiteContext};
use figures::{Figures, LookedAt};
use finding::Finding;
use plans::Plans;
pub use plans::same_work;
use reminders::Reminders;
pub use series::{figure_names, series, series_of};

/// How much a look does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What is due: everything once a site's day, the newest hours every hour, and each time the lines that today
    /// may already have crossed.
    Due,
    /// Everything, now.
    All,
}

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Deviations.
    pub found: usize,
    /// Messages that were written.
    pub told: usize,
    /// Incidents that are over.
    pub over: usize,
}

/// What was found on a site, and whose deviations would have been found.
#[derive(Debug, Default)]
struct Look {
    findings: Vec<Finding>,
    /// Beginnings of the keys that were looked for.
    looked_at: Vec<String>,
    /// Beginnings of those among them that could not be.
    unseen: Vec<String>,
    /// How many lines and hours were explained.
    explained: usize,
}

impl Look {
    /// Whether one more may be explained; counts it.
    fn explains(&mut self, most: usize) -> bool {
        self.explained += 1;
        self.explained <= most
    }

    fn covers(&self, key: &str) -> bool {
        let begins = |all: &[String]| all.iter().any(|start| key.starts_with(start.as_str()));
        begins(&self.looked_at) && !begins(&self.unseen)
    }
}

/// What is due on a site.
#[derive(Debug, Clone, Copy)]
struct Turns {
    whole_days: bool,
    plans: bool,
    reminders: bool,
    /// Until which whole hour the newest hours are looked at.
    hours: Option<i8>,
}

impl Turns {
    /// Whether figures are judged by their past.
    fn judge(self) -> bool {
        self.whole_days || self.hours.is_some()
    }
}

/// What all sites but one look at.
fn elsewhere(watched: &HashMap<String, LookedAt>, site: &str) -> LookedAt {
    watched
        .iter()
        .filter(|(id, _)| id.as_str() != site)
        .fold(LookedAt::default(), |sum, (_, one)| sum + *one)
}

impl Measuring<'_> {
    /// Looks at every site of a workspace. `mail` tells whether mail goes out. What cannot be measured on one site
    /// does not stop the others.
    pub async fn watch(
        &self,
        workspace: &str,
        depth: Depth,
        mail: bool,
    ) -> Result<Seen, MeasureError> {
        let settings = self.store.alert_settings(workspace).await?;
        let goals = self.store.goals(workspace).await?;
        let mut sites = Vec::new();
        for site in self.store.sites(workspace).await? {
            match self.due(&site, &goals, &settings, depth).await {
                Ok(due) => sites.push(due),
                Err(error) => {
                    tracing::error!(%error, site = site.domain, "a site could not be watched");
                }
            }
        }
        // All that the workspace looks at shares its budget, on whichever site it is.
        let watched = if sites.iter().any(|(_, turns)| turns.judge()) {
            self.watched(&sites, &goals).await
        } else {
            HashMap::new()
        };
        let mut seen = Seen::default();
        for (site, turns) in &sites {
            let known_causes = self.store.known_causes(workspace, &site.site.id).await?;
            let figures = Figures {
                measuring: self,
                site,
                settings: &settings,
                goals: &goals,
                elsewhere: elsewhere(&watched, &site.site.id),
                known_causes,
            };
            match self.watch_site(&figures, *turns, mail).await {
                Ok(of_site) => {
                    seen.found += of_site.found;
                    seen.told += of_site.told;
                    seen.over += of_site.over;
                }
                Err(error) => {
                    tracing::error!(%error, site = site.site.domain, "a site could not be watched");
                }
            }
        }
        Ok(seen)
    }

    /// A site with what is due on it.
    async fn due(
        &self,
        site: &Site,
        goals: &[Goal],
        settings: &AlertSettings,
        depth: Depth,
    ) -> Result<(Arc<SiteContext>, Turns), MeasureError> {
        let site = self.site(site).await?;
        let turns = self.turns(&site, goals, settings, depth).await?;
        Ok((site, turns))
    }

    /// How much each site looks at, by its id: at most, so that a part of the budget is never given twice.
    async fn watched(
        &self,
        sites: &[(Arc<SiteContext>, Turns)],
        goals: &[Goal],
    ) -> HashMap<String, LookedAt> {
        let mut watched = HashMap::new();
        for (site, _) in sites {
            match self.counted(site, goals).await {
                Ok((counted, _)) => {
                    watched.insert(site.site.id.clone(), LookedAt::most(&counted));
                }
                Err(error) => {
                    tracing::warn!(%error, site = site.site.domain, "what is watched on a site is not known");
                }
            }
        }
        watched
    }

    async fn watch_site(
        &self,
        figures: &Figures<'_>,
        turns: Turns,
        mail: bool,
    ) -> Result<Seen, MeasureError> {
        let Figures { site, settings, goals, .. } = *figures;
        let workspace = site.site.workspace_id.as_str();
        let mut look = Look::default();
        if turns.whole_days {
            figures.whole_days(&mut look).await?;
        }
        if turns.whole_days || settings.hourly {
            figures.lines(turns.whole_days, &mut look).await?;
        }
        if let Some(until) = turns.hours {
            figures.hours(until, &mut look).await?;
        }
        if turns.plans {
            Plans { measuring: self, site, settings, goals }.look(&mut look).await?;
        }
        let mut seen = self.write(site, &look, mail).await?;
        if turns.reminders {
            let silences = self.silent(workspace).await?;
            let to = Audience::load(self.store, workspace, mail).await?;
            let (silences, to) = (silences.as_slice(), &to);
            let reminders = Reminders { measuring: self, site, goals, silences, to };
            seen.told += reminders.write().await?;
        }
        self.note(site, turns).await?;
        Ok(seen)
    }

    async fn silent(&self, workspace: &str) -> Result<Vec<alert::Silence>, MeasureError> {
        let silences = self.store.silences(workspace, self.now).await?;
        Ok(silences.into_iter().map(|one| one.silence).collect())
    }

    /// What is to be looked at now. Days are judged when the evening's last events have arrived, plans when the
    /// night's forecasts are there, and nobody is reminded at night.
    async fn turns(
        &self,
        site: &Arc<SiteContext>,
        goals: &[Goal],
        settings: &AlertSettings,
        depth: Depth,
    ) -> Result<Turns, MeasureError> {
        let now = self.now.to_zoned(site.context.time_zone.clone());
        let (today, clock) = (now.date(), now.time());
        let hour = settings.hourly.then_some(clock.hour());
        if depth == Depth::All {
            return Ok(Turns { whole_days: true, plans: true, reminders: true, hours: hour });
        }
        let due = async |name: String| -> Result<bool, MeasureError> {
            let mark = self.store.watch_mark(&site.site.workspace_id, &name).await?;
            Ok(mark.is_none_or(|day| day < today))
        };
        let id = &site.site.id;
        let plans = clock >= time(0, 30, 0, 0) && due(format!("plans/{id}")).await?;
        let hours = match hour {
            Some(hour) if due(format!("hour/{id}/{hour}")).await? => Some(hour),
            _ => None,
        };
        Ok(Turns {
            whole_days: clock >= time(0, 30, 0, 0) && due(format!("daily/{id}")).await?,
            plans: plans && (clock >= time(3, 0, 0, 0) || self.forecast(site, goals).await?),
            reminders: clock >= time(7, 0, 0, 0) && due(format!("reminders/{id}")).await?,
            hours,
        })
    }

    /// Whether every running goal of a site has today's forecast.
    async fn forecast(
        &self,
        site: &Arc<SiteContext>,
        goals: &[Goal],
    ) -> Result<bool, MeasureError> {
        let today = site.today();
        let kept = self.store.goal_summaries(&site.site.workspace_id).await?;
        let fresh =
            |goal: &Goal| kept.iter().any(|state| state.goal_id == goal.id && state.day >= today);
        Ok(goals
            .iter()
            .filter(|goal| goal.fields.site_id == site.site.id && series::runs(goal, today))
            .all(fresh))
    }

    /// Notes what was looked at.
    async fn note(&self, site: &Arc<SiteContext>, turns: Turns) -> Result<(), MeasureError> {
        let (id, today) = (&site.site.id, site.today());
        let marks = [
            turns.whole_days.then(|| format!("daily/{id}")),
            turns.plans.then(|| format!("plans/{id}")),
            turns.reminders.then(|| format!("reminders/{id}")),
            turns.hours.map(|hour| format!("hour/{id}/{hour}")),
        ];
        for name in marks.into_iter().flatten() {
            self.store.mark_watched(&site.site.workspace_id, &name, today).await?;
        }
        Ok(())
    }

    /// Writes what was found beside what is known, with its messages.
    async fn write(
        &self,
        site: &Arc<SiteContext>,
        look: &Look,
        mail: bool,
    ) -> Result<Seen, MeasureError> {
        let (workspace, today) = (site.site.workspace_id.as_str(), site.today());
        let site = site.site.id.as_str();
        let mut known = self.store.newest_incidents(workspace).await?;
        known.retain(|incident| incident.subject.site_id.as_deref() == Some(site));
        let found: Vec<Deviation> = look.findings.iter().map(|one| one.deviation.clone()).collect();
        let incidents: Vec<alert::Incident> = known.iter().map(|one| one.known.clone()).collect();
        let silences = self.silent(workspace).await?;
        let looked_at = |key: &str| look.covers(key);
        let decisions = decide(&found, &incidents, &silences, looked_at, today, self.now);
        let mut seen = Seen { found: found.len(), ..Seen::default() };
        let mut audience = None;
        for decision in decisions {
            let key = &decision.incident().key;
            let finding = look.findings.iter().find(|one| one.deviation.key() == *key);
            let before = known.iter().find(|one| one.known.key == *key);
            let notice = match finding.filter(|_| decision.sends()) {
                None => None,
                Some(finding) => {
                    if audience.is_none() {
                        audience = Some(Audience::load(self.store, workspace, mail).await?);
                    }
                    audience.as_ref().map(|to| finding.notice(&decision, to, self.now))
                }
            };
            let told = usize::from(notice.is_some());
            let over = usize::from(matches!(decision, Decision::Resolve(_)));
            let written =
                self.write_one(workspace, site, &decision, (finding, before), notice).await;
            match written {
                Ok(true) => (seen.told, seen.over) = (seen.told + told, seen.over + over),
                // Another process, or a person, was first: the next look sees what they wrote.
                Ok(false) | Err(StoreError::Stale(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(seen)
    }

    /// Whether it was written.
    async fn write_one(
        &self,
        workspace: &str,
        site: &str,
        decision: &Decision,
        (finding, before): (Option<&Finding>, Option<&Incident>),
        notice: Option<Notice>,
    ) -> Result<bool, StoreError> {
        let next = decision.incident();
        if let (Decision::Tell(_) | Decision::Keep(_), Some(finding)) = (decision, finding) {
            let new = NewIncident {
                cause: finding.deviation.cause,
                subject: Subject {
                    kind: finding.of.kind.to_owned(),
                    id: finding.of.id.clone(),
                    site_id: Some(site.to_owned()),
                },
                bad: finding.deviation.bad,
                known: next.clone(),
                texts: finding.texts(),
                filters: finding.filters(),
            };
            let written =
                self.store.open_incident(workspace, new, notice.as_ref(), self.now).await?;
            return Ok(written.is_some());
        }
        let Some(before) = before else { return Ok(false) };
        let mut after = before.clone();
        after.known = next.clone();
        // Whole days say more than hours did, and later ones what it has come to.
        let newer = |finding: &&Finding| {
            notice.is_some() || (finding.whole_days && finding.deviation.day >= before.known.seen)
        };
        if let Some(finding) = finding.filter(newer) {
            (after.texts, after.filters) = (finding.texts(), finding.filters());
        }
        if after == *before {
            return Ok(false);
        }
        self.store.save_incident(workspace, &after, notice.as_ref(), self.now).await?;
        Ok(true)
    }
}
