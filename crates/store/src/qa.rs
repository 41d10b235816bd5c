//! What Event QA keeps: refused messages, names of events, user agents of what was held back.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::any::AnyRow;

use crate::error::found;
use crate::row::Columns;
use crate::{Result, Store, new_id};

/// A refused message, as it came. Holds personal data: shown only masked.
#[derive(Debug, Clone, PartialEq)]
pub struct Quarantined {
    pub id: String,
    pub at: Timestamp,
    pub message: NewQuarantined,
}

/// A refused message to be kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewQuarantined {
    /// Workspace and site; `None` for a key that no site has.
    pub site: Option<(String, String)>,
    pub protocol: String,
    /// The key by which the sender named the site.
    pub site_key: String,
    pub method: String,
    pub path: String,
    pub query: String,
    /// Headers that reading needs; no cookie, no credential.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The event's name, as far as it could be read.
    pub name: Option<String>,
    /// Field, code and detail of each refusal.
    pub refusals: Vec<[String; 3]>,
    /// The visitor's hash of that day.
    pub visitor_id: Option<i64>,
    /// Hashes of visitors and persons whom the message names; not read back.
    pub ids: Vec<i64>,
}

/// A key that senders name and no site has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    pub protocol: String,
    pub key: String,
    pub messages: i64,
    pub last_at: Timestamp,
}

/// A name of events and the kinds of their properties.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenEvent {
    pub name: String,
    pub first_at: Timestamp,
    /// Kinds by property.
    pub props: Value,
}

/// Events of a user agent that were held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilteredAgent {
    pub reason: String,
    pub user_agent: String,
    pub events: i64,
}

/// Events of a user agent that were held back on a day, to be counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewFilteredAgent {
    pub workspace_id: String,
    pub site_id: String,
    /// `YYYY-MM-DD`, UTC.
    pub day: String,
    pub reason: &'static str,
    pub user_agent: String,
}

impl Store {
    /// Keeps refused messages, all or none.
    pub async fn quarantine(&self, messages: &[NewQuarantined], now: Timestamp) -> Result<()> {
        let mut transaction = self.begin().await?;
        for message in messages {
            let (workspace, site) = message.site.clone().unzip();
            let headers = serde_json::to_string(&message.headers).unwrap_or_default();
            let refusals = serde_json::to_string(&message.refusals).unwrap_or_default();
            let id = new_id(now);
            sqlx::query(include_str!("../sql/quarantine.insert.sql"))
                .bind(&id)
                .bind(workspace)
                .bind(site)
                .bind(&message.protocol)
                .bind(&message.site_key)
                .bind(now.as_microsecond())
                .bind(&message.method)
                .bind(&message.path)
                .bind(&message.query)
                .bind(headers)
                .bind(&message.body)
                .bind(&message.name)
                .bind(refusals)
                .bind(message.visitor_id)
                .bind(message.body.len() as i64)
                .execute(&mut *transaction)
                .await?;
            for named in message.ids.iter().chain(&message.visitor_id) {
                sqlx::query(include_str!("../sql/quarantine_ids.insert.sql"))
                    .bind(&id)
                    .bind(*named)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        transaction.commit().await?;
        Ok(())
    }

    /// At most `limit` refused messages of a site, the latest first, below the id `before`.
    ///
    /// Messages of a key that was given to the site since are its own.
    pub async fn quarantined(
        &self,
        workspace: &str,
        site: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Quarantined>> {
        const ABOVE_ALL: &str = "g";
        let rows = sqlx::query(include_str!("../sql/quarantine.of_site.sql"))
            .bind(workspace)
            .bind(site)
            .bind(before.unwrap_or(ABOVE_ALL))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Keys that senders name and no site has. For the owner of the server.
    pub async fn unknown_keys(&self, limit: u32) -> Result<Vec<UnknownKey>> {
        let rows = sqlx::query(include_str!("../sql/quarantine.unknown_keys.sql"))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let columns = Columns(row);
            Ok(UnknownKey {
                protocol: columns.text("protocol")?,
                key: columns.text("site_key")?,
                messages: columns.int("messages")?,
                last_at: columns.time("last_at_us")?,
            })
        };
        rows.iter().map(read).collect()
    }

    pub async fn delete_quarantined(&self, workspace: &str, site: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/quarantine.delete.sql"))
            .bind(workspace)
            .bind(site)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "message")
    }

    /// Drops all refused messages of a site; how many.
    pub async fn empty_quarantine(&self, workspace: &str, site: &str) -> Result<u64> {
        let done = sqlx::query(include_str!("../sql/quarantine.delete_site.sql"))
            .bind(workspace)
            .bind(site)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }

    /// Drops the refused messages that name somebody by one of `ids`; how many.
    ///
    /// Of the site they are, of keys it was given since, and, where `unclaimed`, of keys that no site
    /// has. With them go the site's messages of which is not known whom they name.
    pub async fn erase_quarantined(
        &self,
        workspace: &str,
        site: &str,
        ids: &[i64],
        unclaimed: bool,
    ) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let nameless = sqlx::query(include_str!("../sql/quarantine.delete_nameless.sql"))
            .bind(workspace)
            .bind(site)
            .execute(&mut *transaction)
            .await?;
        let mut erased = nameless.rows_affected();
        for id in ids {
            erased += sqlx::query(include_str!("../sql/quarantine.delete_person.sql"))
                .bind(workspace)
                .bind(site)
                .bind(*id)
                .bind(i64::from(unclaimed))
                .execute(&mut *transaction)
                .await?
                .rows_affected();
        }
        transaction.commit().await?;
        Ok(erased)
    }

    /// Whether keys that no site has can only be of this workspace: no other one is there but the sample.
    pub async fn has_unclaimed(&self, workspace: &str) -> Result<bool> {
        let all = self.all_workspaces().await?;
        Ok(all.iter().all(|other| other.id == workspace || other.sample))
    }

    /// Keeps at most `most` messages of each site, and none from before `before`.
    pub async fn trim_quarantine(&self, most: u32, before: Timestamp) -> Result<u64> {
        let old = sqlx::query(include_str!("../sql/quarantine.delete_old.sql"))
            .bind(before.as_microsecond())
            .execute(&self.pool)
            .await?;
        let over = sqlx::query(include_str!("../sql/quarantine.delete_most.sql"))
            .bind(i64::from(most))
            .execute(&self.pool)
            .await?;
        Ok(old.rows_affected() + over.rows_affected())
    }

    /// Keeps the name of an event and its properties' kinds.
    pub async fn see_event(
        &self,
        workspace: &str,
        site: &str,
        name: &str,
        props: &Value,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(include_str!("../sql/seen_events.upsert.sql"))
            .bind(workspace)
            .bind(site)
            .bind(name)
            .bind(now.as_microsecond())
            .bind(props.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The events of a site by name.
    pub async fn seen_events(&self, workspace: &str, site: &str) -> Result<Vec<SeenEvent>> {
        let rows = sqlx::query(include_str!("../sql/seen_events.of_site.sql"))
            .bind(workspace)
            .bind(site)
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let columns = Columns(row);
            Ok(SeenEvent {
                name: columns.text("name")?,
                first_at: columns.time("first_at_us")?,
                props: columns.json("props")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Counts events that were held back, by user agent.
    pub async fn count_filtered(&self, counts: &[(NewFilteredAgent, i64)]) -> Result<()> {
        let mut transaction = self.begin().await?;
        for (agent, events) in counts {
            sqlx::query(include_str!("../sql/filtered_agents.upsert.sql"))
                .bind(&agent.workspace_id)
                .bind(&agent.site_id)
                .bind(&agent.day)
                .bind(agent.reason)
                .bind(&agent.user_agent)
                .bind(*events)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// User agents held back from one day to another, both included, the most events first.
    pub async fn filtered_agents(
        &self,
        workspace: &str,
        site: &str,
        days: (&str, &str),
        limit: u32,
    ) -> Result<Vec<FilteredAgent>> {
        let rows = sqlx::query(include_str!("../sql/filtered_agents.of_site.sql"))
            .bind(workspace)
            .bind(site)
            .bind(days.0)
            .bind(days.1)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let columns = Columns(row);
            Ok(FilteredAgent {
                reason: columns.text("reason")?,
                user_agent: columns.text("user_agent")?,
                events: columns.int("events")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Forgets the user agents of days before `day` (`YYYY-MM-DD`).
    pub async fn forget_filtered_agents(&self, day: &str) -> Result<()> {
        sqlx::query(include_str!("../sql/filtered_agents.delete_before.sql"))
            .bind(day)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<Quarantined> {
    let columns = Columns(row);
    let list = |column| columns.json(column);
    Ok(Quarantined {
        id: columns.text("id")?,
        at: columns.time("at_us")?,
        message: NewQuarantined {
            site: None,
            protocol: columns.text("protocol")?,
            site_key: columns.text("site_key")?,
            method: columns.text("method")?,
            path: columns.text("path")?,
            query: columns.text("query")?,
            headers: serde_json::from_value(list("headers")?).unwrap_or_default(),
            body: columns.text("body")?,
            name: columns.maybe_text("name")?,
            refusals: serde_json::from_value(list("refusals")?).unwrap_or_default(),
            visitor_id: columns.maybe_int("visitor_id")?,
            ids: Vec::new(),
        },
    })
}
