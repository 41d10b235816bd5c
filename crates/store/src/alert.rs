//! What is watched and what was found: settings, lines, incidents, silences.

use jiff::Timestamp;
use jiff::civil::Date;
use luotsi_marketing::alert::{self, Cause, Line, State};
use serde_json::Value;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::found;
use crate::notice::{self, Notice};
use crate::row::{Columns, unreadable};
use crate::{Result, Store, StoreError, new_id};

/// How a workspace is watched.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertSettings {
    /// False alarms a month that people are ready to look at.
    pub budget_month: f64,
    /// A goal whose probability is below this is told of; a share.
    pub probability_line: f64,
    /// Weeks without finished work after which a plan is stalled; 0 for never.
    pub stalled_weeks: i64,
    /// Whether fast metrics are looked at every hour, not only every day.
    pub hourly: bool,
    /// Languages in which webhooks are told, the first first: `en`, `fi`, `fa`.
    pub languages: Vec<String>,
}

impl Default for AlertSettings {
    fn default() -> AlertSettings {
        AlertSettings {
            budget_month: 2.0,
            probability_line: 0.4,
            stalled_weeks: 3,
            hourly: true,
            languages: vec!["en".to_owned()],
        }
    }
}

/// A line that a metric of a site should not cross.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertLine {
    pub id: String,
    pub created_by: String,
    pub created_at: Timestamp,
    pub line: NewAlertLine,
}

/// A line to be added.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAlertLine {
    pub site_id: String,
    /// A metric's key.
    pub metric: String,
    /// The query API's filters.
    pub filters: Value,
    pub line: Line,
}

/// What an incident is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// `goal`, `line`, `site`, or `series`: the figures that several goals may share.
    pub kind: String,
    pub id: String,
    pub site_id: Option<String>,
}

/// An incident as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    pub id: String,
    pub cause: Cause,
    pub subject: Subject,
    pub bad: bool,
    /// What is decided about: key, number, days, state.
    pub known: alert::Incident,
    /// What is said of it, by language.
    pub texts: Value,
    /// The query API's filters of the most telling segment.
    pub filters: Value,
    pub created_at: Timestamp,
    version: i64,
}

/// A new incident to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct NewIncident {
    pub cause: Cause,
    pub subject: Subject,
    pub bad: bool,
    pub known: alert::Incident,
    pub texts: Value,
    pub filters: Value,
}

/// A rule that keeps keys from being told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    pub id: String,
    pub silence: alert::Silence,
    pub note: String,
    pub author: String,
    pub created_at: Timestamp,
}

/// Which states of incidents are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct States {
    pub open: bool,
    pub acknowledged: bool,
    pub snoozed: bool,
    pub resolved: bool,
}

impl Store {
    /// How a workspace is watched; the usual where nobody chose.
    pub async fn alert_settings(&self, workspace: &str) -> Result<AlertSettings> {
        let row = sqlx::query(include_str!("../sql/alert_settings.of_workspace.sql"))
            .bind(workspace)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(AlertSettings::default()) };
        let columns = Columns(&row);
        let languages = columns.text("languages")?;
        Ok(AlertSettings {
            budget_month: columns.float("budget_month")?,
            probability_line: columns.float("probability_line")?,
            stalled_weeks: columns.int("stalled_weeks")?,
            hourly: columns.flag("hourly")?,
            languages: languages.split(' ').map(str::to_owned).collect(),
        })
    }

    pub async fn save_alert_settings(
        &self,
        workspace: &str,
        settings: &AlertSettings,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(include_str!("../sql/alert_settings.upsert.sql"))
            .bind(workspace)
            .bind(settings.budget_month)
            .bind(settings.probability_line)
            .bind(settings.stalled_weeks)
            .bind(i64::from(settings.hourly))
            .bind(settings.languages.join(" "))
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Adds a line. `NotFound` when the workspace has no such site.
    pub async fn add_alert_line(
        &self,
        workspace: &str,
        line: NewAlertLine,
        created_by: &str,
        now: Timestamp,
    ) -> Result<AlertLine> {
        let (side, amount) = match line.line {
            Line::Below(amount) => ("below", amount),
            Line::Above(amount) => ("above", amount),
        };
        let id = new_id(now);
        let done = sqlx::query(include_str!("../sql/alert_lines.insert.sql"))
            .bind(workspace)
            .bind(&line.site_id)
            .bind(&id)
            .bind(&line.metric)
            .bind(line.filters.to_string())
            .bind(side)
            .bind(amount)
            .bind(created_by)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        found(&done, "site")?;
        Ok(AlertLine { id, created_by: created_by.to_owned(), created_at: now, line })
    }

    pub async fn alert_lines(&self, workspace: &str) -> Result<Vec<AlertLine>> {
        let rows = sqlx::query(include_str!("../sql/alert_lines.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read_line).collect()
    }

    pub async fn delete_alert_line(&self, workspace: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/alert_lines.delete.sql"))
            .bind(workspace)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "line")
    }

    /// The probabilities below which goals' people want to be told, by goal; the others have the workspace's.
    pub async fn goal_lines(&self, workspace: &str) -> Result<Vec<(String, f64)>> {
        let rows = sqlx::query(include_str!("../sql/goal_lines.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let columns = Columns(row);
            Ok((columns.text("goal_id")?, columns.float("probability")?))
        };
        rows.iter().map(read).collect()
    }

    /// Gives a goal a probability line of its own, or with `None` the workspace's again.
    pub async fn save_goal_line(
        &self,
        workspace: &str,
        goal: &str,
        probability: Option<f64>,
    ) -> Result<()> {
        let Some(probability) = probability else {
            sqlx::query(include_str!("../sql/goal_lines.delete.sql"))
                .bind(workspace)
                .bind(goal)
                .execute(&self.pool)
                .await?;
            return Ok(());
        };
        let done = sqlx::query(include_str!("../sql/goal_lines.upsert.sql"))
            .bind(workspace)
            .bind(goal)
            .bind(probability)
            .execute(&self.pool)
            .await?;
        found(&done, "goal")
    }

    /// The newest incident of each key.
    pub async fn newest_incidents(&self, workspace: &str) -> Result<Vec<Incident>> {
        let rows = sqlx::query(include_str!("../sql/incidents.newest.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read_incident).collect()
    }

    /// At most `limit` incidents, the latest first, below the id `before` when one is given.
    pub async fn incidents(
        &self,
        workspace: &str,
        states: States,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Incident>> {
        const ABOVE_ALL: &str = "g";
        let rows = sqlx::query(include_str!("../sql/incidents.page.sql"))
            .bind(workspace)
            .bind(before.unwrap_or(ABOVE_ALL))
            .bind(i64::from(limit))
            .bind(i64::from(states.open))
            .bind(i64::from(states.acknowledged))
            .bind(i64::from(states.snoozed))
            .bind(i64::from(states.resolved))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read_incident).collect()
    }

    /// At most `limit` incidents of one thing, the latest first.
    pub async fn incidents_of(
        &self,
        workspace: &str,
        kind: &str,
        id: &str,
        limit: u32,
    ) -> Result<Vec<Incident>> {
        let rows = sqlx::query(include_str!("../sql/incidents.of_subject.sql"))
            .bind(workspace)
            .bind(kind)
            .bind(id)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read_incident).collect()
    }

    pub async fn incident(&self, workspace: &str, id: &str) -> Result<Incident> {
        let row = sqlx::query(include_str!("../sql/incidents.by_id.sql"))
            .bind(workspace)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| read_incident(&row)).transpose()?.ok_or(StoreError::NotFound("alert"))
    }

    /// Writes a new incident and, in the same transaction, what is told of it. `None` when another process
    /// found it first: then nothing is written.
    pub async fn open_incident(
        &self,
        workspace: &str,
        new: NewIncident,
        notice: Option<&Notice>,
        now: Timestamp,
    ) -> Result<Option<Incident>> {
        let mut transaction = self.begin().await?;
        let incident = Incident {
            id: new_id(now),
            cause: new.cause,
            subject: new.subject,
            bad: new.bad,
            known: new.known,
            texts: new.texts,
            filters: new.filters,
            created_at: now,
            version: 1,
        };
        if !insert(&mut transaction, workspace, &incident, now).await? {
            return Ok(None);
        }
        if let Some(notice) = notice {
            notice::put(&mut transaction, workspace, notice, Some(&incident.id), now).await?;
        }
        transaction.commit().await?;
        Ok(Some(incident))
    }

    /// Writes a changed incident and, in the same transaction, what is told of it. `Stale` when it was written
    /// since it was read: then nothing is told.
    pub async fn save_incident(
        &self,
        workspace: &str,
        incident: &Incident,
        notice: Option<&Notice>,
        now: Timestamp,
    ) -> Result<Incident> {
        let mut transaction = self.begin().await?;
        let (acted_by, state_at) = match &incident.known.state {
            State::Open => (None, None),
            State::Acknowledged { by, at } => (Some(by.clone()), Some(*at)),
            State::Snoozed { until } => (None, Some(*until)),
            State::Resolved { at } => (None, Some(*at)),
        };
        let done = sqlx::query(include_str!("../sql/incidents.update.sql"))
            .bind(workspace)
            .bind(&incident.id)
            .bind(incident.version)
            .bind(i64::from(incident.known.number))
            .bind(incident.known.seen.to_string())
            .bind(incident.known.state.as_str())
            .bind(acted_by)
            .bind(state_at.map(Timestamp::as_microsecond))
            .bind(incident.known.told_at.map(Timestamp::as_microsecond))
            .bind(incident.texts.to_string())
            .bind(incident.filters.to_string())
            .execute(&mut *transaction)
            .await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::Stale("alert"));
        }
        if let Some(notice) = notice {
            notice::put(&mut transaction, workspace, notice, Some(&incident.id), now).await?;
        }
        transaction.commit().await?;
        Ok(Incident { version: incident.version + 1, ..incident.clone() })
    }

    /// Silences what begins so, or changes until when.
    pub async fn silence(
        &self,
        workspace: &str,
        silence: &alert::Silence,
        note: &str,
        author: &str,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(include_str!("../sql/silences.upsert.sql"))
            .bind(new_id(now))
            .bind(workspace)
            .bind(&silence.prefix)
            .bind(silence.until.map(Timestamp::as_microsecond))
            .bind(note)
            .bind(author)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The silences that hold now.
    pub async fn silences(&self, workspace: &str, now: Timestamp) -> Result<Vec<Silence>> {
        let rows = sqlx::query(include_str!("../sql/silences.of_workspace.sql"))
            .bind(workspace)
            .bind(now.as_microsecond())
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let columns = Columns(row);
            Ok(Silence {
                id: columns.text("id")?,
                silence: alert::Silence {
                    prefix: columns.text("prefix")?,
                    until: columns.maybe_time("until_us")?,
                },
                note: columns.text("note")?,
                author: columns.text("author")?,
                created_at: columns.time("created_at_us")?,
            })
        };
        rows.iter().map(read).collect()
    }

    pub async fn end_silence(&self, workspace: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/silences.delete.sql"))
            .bind(workspace)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "silence")
    }

    /// The last day on which something was watched.
    pub async fn watch_mark(&self, workspace: &str, name: &str) -> Result<Option<Date>> {
        let row = sqlx::query(include_str!("../sql/watch_marks.get.sql"))
            .bind(workspace)
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Columns(&row).date("day")).transpose()
    }

    /// Notes the last day on which something was watched.
    pub async fn mark_watched(&self, workspace: &str, name: &str, day: Date) -> Result<()> {
        sqlx::query(include_str!("../sql/watch_marks.upsert.sql"))
            .bind(workspace)
            .bind(name)
            .bind(day.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Whether it was new.
async fn insert(
    connection: &mut AnyConnection,
    workspace: &str,
    incident: &Incident,
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query(include_str!("../sql/incidents.insert.sql"))
        .bind(&incident.id)
        .bind(workspace)
        .bind(&incident.known.key)
        .bind(i64::from(incident.known.number))
        .bind(incident.cause.as_str())
        .bind(&incident.subject.kind)
        .bind(&incident.subject.id)
        .bind(&incident.subject.site_id)
        .bind(i64::from(incident.bad))
        .bind(incident.known.since.to_string())
        .bind(incident.known.seen.to_string())
        .bind(incident.known.state.as_str())
        .bind(incident.known.told_at.map(Timestamp::as_microsecond))
        .bind(incident.texts.to_string())
        .bind(incident.filters.to_string())
        .bind(now.as_microsecond())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

fn read_line(row: &AnyRow) -> Result<AlertLine> {
    let columns = Columns(row);
    let amount = columns.float("amount")?;
    Ok(AlertLine {
        id: columns.text("id")?,
        created_by: columns.text("created_by")?,
        created_at: columns.time("created_at_us")?,
        line: NewAlertLine {
            site_id: columns.text("site_id")?,
            metric: columns.text("metric")?,
            filters: columns.json("filters")?,
            line: match columns.text("side")?.as_str() {
                "below" => Line::Below(amount),
                _ => Line::Above(amount),
            },
        },
    })
}

fn read_incident(row: &AnyRow) -> Result<Incident> {
    let columns = Columns(row);
    let at = || columns.time("state_at_us");
    let state = match columns.text("state")?.as_str() {
        "open" => State::Open,
        "acknowledged" => State::Acknowledged {
            by: columns.maybe_text("acted_by")?.unwrap_or_default(),
            at: at()?,
        },
        "snoozed" => State::Snoozed { until: at()? },
        "resolved" => State::Resolved { at: at()? },
        other => return Err(unreadable("state", format!("`{other}` is no state"))),
    };
    Ok(Incident {
        id: columns.text("id")?,
        cause: columns.parsed("cause")?,
        subject: Subject {
            kind: columns.text("subject_kind")?,
            id: columns.text("subject_id")?,
            site_id: columns.maybe_text("site_id")?,
        },
        bad: columns.flag("bad")?,
        known: alert::Incident {
            key: columns.text("key")?,
            number: u32::try_from(columns.int("number")?)
                .map_err(|reason| unreadable("number", reason))?,
            since: columns.date("since")?,
            seen: columns.date("seen")?,
            state,
            told_at: columns.maybe_time("told_at_us")?,
        },
        texts: columns.json("texts")?,
        filters: columns.json("filters")?,
        created_at: columns.time("created_at_us")?,
        version: columns.int("version")?,
    })
}
