//! Who did what.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::any::AnyRow;

use crate::row::Columns;
use crate::{Result, Store, new_id};

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: String,
    pub at: Timestamp,
    /// A user's id; `None` for a token or the command line.
    pub actor_id: Option<String>,
    /// How the actor was called then: an e-mail address, a token's name.
    pub actor: String,
    /// What was done: `site.created`.
    pub action: String,
    /// To what: an id, or a word that people know it by.
    pub target: String,
    pub detail: Value,
}

/// An entry to be written.
#[derive(Debug, Clone)]
pub struct NewEntry<'a> {
    pub actor_id: Option<&'a str>,
    pub actor: &'a str,
    pub action: &'a str,
    pub target: &'a str,
    pub detail: Value,
}

impl Store {
    pub async fn note(&self, workspace: &str, entry: NewEntry<'_>, now: Timestamp) -> Result<()> {
        sqlx::query(include_str!("../sql/audit.insert.sql"))
            .bind(new_id(now))
            .bind(workspace)
            .bind(now.as_microsecond())
            .bind(entry.actor_id)
            .bind(entry.actor)
            .bind(entry.action)
            .bind(entry.target)
            .bind(entry.detail.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// At most `limit` entries, the latest first, below the id `before` when one is given.
    pub async fn audit(
        &self,
        workspace: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Entry>> {
        // Ids are hexadecimal: this is above all of them.
        const ABOVE_ALL: &str = "g";
        let rows = sqlx::query(include_str!("../sql/audit.page.sql"))
            .bind(workspace)
            .bind(before.unwrap_or(ABOVE_ALL))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<Entry> {
    let columns = Columns(row);
    Ok(Entry {
        id: columns.text("id")?,
        at: columns.time("at_us")?,
        actor_id: columns.maybe_text("actor_id")?,
        actor: columns.text("actor")?,
        action: columns.text("action")?,
        target: columns.text("target")?,
        detail: columns.json("detail")?,
    })
}
