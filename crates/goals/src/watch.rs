//! Watching: looks at what a workspace wants watched, and writes what deviates with what is told of it.
//!
//! The rules are `luotsi_marketing::alert`'s. A look may be repeated and may run in several processes: an
//! incident is written and told once.

mod figures;

use jiff::Timestamp;
use jiff::civil::Date;
use luotsi_marketing::alert::{self, Decision, Deviation, News, decide, diagnose};
use luotsi_marketing::goal::Locale;
use luotsi_marketing::goal::drivers::Drivers;
use luotsi_marketing::goal::wording::Writing;
use luotsi_marketing::phrase::Value as Word;
use luotsi_notify::compose::{Announcement, Audience, LOCALES, Story, texts, word};
use luotsi_store::StoreError;
use luotsi_store::alert::{AlertSettings, Incident, NewIncident, Subject};
use luotsi_store::notice::Notice;
use luotsi_store::site::Site;
use serde_json::{Value, json};

use crate::measure::{MeasureError, Measuring};
use figures::Figures;

/// How much a look does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What is due: everything once a site's day, lines that today may already have crossed each time.
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

/// What is watched, and what people call it.
#[derive(Debug, Clone, PartialEq)]
struct Watched {
    kind: &'static str,
    id: String,
    owner: Option<String>,
    /// Path of its page.
    link: String,
    /// In each language of `LOCALES`.
    names: [String; 3],
}

/// A deviation with what it is of and what moved it.
struct Finding {
    of: Watched,
    deviation: Deviation,
    /// Name of the figure in each language, in place of the rule's.
    figure: [String; 3],
    writing: Writing,
    drivers: Option<Drivers>,
}

impl Finding {
    fn texts(&self) -> Value {
        texts(|locale| {
            let at = LOCALES.iter().position(|one| *one == locale).unwrap_or_default();
            let dimension = |name: &str| figures::dimension_name(name, locale).to_owned();
            let told = diagnose(&self.deviation, self.drivers.as_ref(), self.writing, dimension);
            let mut headline = told.headline;
            for (name, value) in &mut headline.values {
                match *name {
                    "metric" => *value = Word::Text(self.figure[at].clone()),
                    "goal" => *value = Word::Text(self.of.names[at].clone()),
                    _ => {}
                }
            }
            Story {
                title: headline.text(locale),
                body: told.drivers.iter().map(|driver| driver.text(locale)).collect(),
                advice: told.advice.map(|advice| advice.text(locale)),
                subject: self.of.names[at].clone(),
            }
        })
    }

    fn filters(&self) -> Value {
        let told = diagnose(&self.deviation, self.drivers.as_ref(), self.writing, str::to_owned);
        Value::Array(told.filters)
    }
}

/// What was found on a site, and whose deviations would have been found.
#[derive(Default)]
struct Look {
    findings: Vec<Finding>,
    /// Beginnings of the keys that were looked for.
    looked_at: Vec<String>,
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
        let mut seen = Seen::default();
        for site in self.store.sites(workspace).await? {
            match self.watch_site(workspace, &site, &settings, depth, mail).await {
                Ok(of_site) => {
                    seen.found += of_site.found;
                    seen.told += of_site.told;
                    seen.over += of_site.over;
                }
                Err(error) => {
                    tracing::error!(%error, site = site.domain, "a site could not be watched");
                }
            }
        }
        Ok(seen)
    }

    async fn watch_site(
        &self,
        workspace: &str,
        site: &Site,
        settings: &AlertSettings,
        depth: Depth,
        mail: bool,
    ) -> Result<Seen, MeasureError> {
        let site = self.site(site).await?;
        let (today, mark) = (site.today(), format!("daily/{}", site.site.id));
        let daily = depth == Depth::All
            || self.store.watch_mark(workspace, &mark).await?.is_none_or(|day| day < today);
        if !daily && !settings.hourly {
            return Ok(Seen::default());
        }
        let figures = Figures { measuring: self, site: &site, settings, daily };
        let look = figures.look(workspace).await?;
        let seen = self.write(workspace, &site.site.id, &look, today, mail).await?;
        if daily {
            self.store.mark_watched(workspace, &mark, today).await?;
        }
        Ok(seen)
    }

    /// Writes what was found beside what is known, with its messages.
    async fn write(
        &self,
        workspace: &str,
        site: &str,
        look: &Look,
        today: Date,
        mail: bool,
    ) -> Result<Seen, MeasureError> {
        let mut known = self.store.newest_incidents(workspace).await?;
        known.retain(|incident| incident.subject.site_id.as_deref() == Some(site));
        let found: Vec<Deviation> = look.findings.iter().map(|one| one.deviation.clone()).collect();
        let incidents: Vec<alert::Incident> = known.iter().map(|one| one.known.clone()).collect();
        let silences = self.store.silences(workspace, self.now).await?;
        let silences: Vec<alert::Silence> = silences.into_iter().map(|one| one.silence).collect();
        let looked_at = |key: &str| look.looked_at.iter().any(|start| key.starts_with(start));
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
                    audience.as_ref().map(|to| announce(finding, &decision, to, self.now))
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
        let Some(before) = before.filter(|before| before.known != *next) else { return Ok(false) };
        let mut after = before.clone();
        after.known = next.clone();
        if let Some(finding) = finding.filter(|_| notice.is_some()) {
            (after.texts, after.filters) = (finding.texts(), finding.filters());
        }
        self.store.save_incident(workspace, &after, notice.as_ref(), self.now).await?;
        Ok(true)
    }
}

/// What is told of a deviation.
fn announce(finding: &Finding, decision: &Decision, to: &Audience, now: Timestamp) -> Notice {
    let Deviation { cause, since, day, bad, .. } = finding.deviation;
    let texts = finding.texts();
    let names = LOCALES.map(|locale: Locale| word(locale)).into_iter().zip(&finding.of.names);
    let names: serde_json::Map<String, Value> =
        names.map(|(language, name)| (language.to_owned(), json!(name))).collect();
    let told = Announcement {
        message_id: decision.message_id(),
        news: News::Alert(cause),
        bad,
        texts: &texts,
        link: finding.of.link.clone(),
        owner: finding.of.owner.as_deref(),
        data: json!({
            "key": decision.incident().key,
            "cause": cause.as_str(),
            "subject": {"kind": finding.of.kind, "id": finding.of.id, "name": names},
            "since": since.to_string(),
            "day": day.to_string(),
            "filters": finding.filters(),
        }),
    };
    to.notice(&told, now)
}
