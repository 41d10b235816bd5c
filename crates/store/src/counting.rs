//! How sites count: every version of their rules, and reasons that are lifted for a time.

use jiff::Timestamp;
use luotsi_marketing::event::BotReason;
use serde_json::Value;
use sqlx::any::AnyRow;

use crate::error::{found, unique};
use crate::row::{Columns, unreadable};
use crate::{Result, Store, new_id};

/// A version of a site's rules.
#[derive(Debug, Clone, PartialEq)]
pub struct RulesVersion {
    pub site_id: String,
    /// From 1; a site that decided nothing has none.
    pub version: i64,
    pub valid_from: Timestamp,
    /// How the author was called then.
    pub author: String,
    pub note: String,
    /// As `luotsi_marketing::counting::write` writes them.
    pub rules: Value,
}

/// A version to be added.
#[derive(Debug, Clone)]
pub struct NewRules<'a> {
    /// The version that was read before; 0 for none.
    pub after: i64,
    pub author: &'a str,
    pub note: &'a str,
    pub rules: &'a Value,
}

/// A reason that does not hold events back for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lift {
    pub id: String,
    pub reason: BotReason,
    /// Microseconds UTC, included.
    pub from_us: i64,
    /// Microseconds UTC, not included.
    pub to_us: i64,
    pub author: String,
    pub created_at: Timestamp,
}

impl Store {
    /// Adds a version of a site's rules. `Taken` when someone added one since it was read.
    /// The caller has read the site.
    pub async fn add_rules(
        &self,
        workspace: &str,
        site: &str,
        new: NewRules<'_>,
        now: Timestamp,
    ) -> Result<i64> {
        let version = new.after + 1;
        sqlx::query(include_str!("../sql/counting_rules.insert.sql"))
            .bind(workspace)
            .bind(site)
            .bind(version)
            .bind(now.as_microsecond())
            .bind(new.author)
            .bind(new.note)
            .bind(new.rules.to_string())
            .execute(&self.pool)
            .await
            .map_err(unique("version"))?;
        Ok(version)
    }

    /// The versions of a site's rules, the latest first.
    pub async fn rules_versions(&self, workspace: &str, site: &str) -> Result<Vec<RulesVersion>> {
        let rows = sqlx::query(include_str!("../sql/counting_rules.of_site.sql"))
            .bind(workspace)
            .bind(site)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read_version).collect()
    }

    /// The rules that hold now, of every site that has some.
    pub async fn all_rules(&self) -> Result<Vec<RulesVersion>> {
        let rows = sqlx::query(include_str!("../sql/counting_rules.all.sql"))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read_version).collect()
    }

    /// Lifts a reason between two moments. The caller has read the site and checked the moments.
    pub async fn add_lift(
        &self,
        workspace: &str,
        site: &str,
        (reason, from_us, to_us): (BotReason, i64, i64),
        author: &str,
        now: Timestamp,
    ) -> Result<Lift> {
        let lift = Lift {
            id: new_id(now),
            reason,
            from_us,
            to_us,
            author: author.to_owned(),
            created_at: now,
        };
        sqlx::query(include_str!("../sql/filter_lifts.insert.sql"))
            .bind(&lift.id)
            .bind(workspace)
            .bind(site)
            .bind(reason.as_str())
            .bind(from_us)
            .bind(to_us)
            .bind(author)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(lift)
    }

    /// The lifts of a site, the latest first.
    pub async fn lifts(&self, workspace: &str, site: &str) -> Result<Vec<Lift>> {
        let rows = sqlx::query(include_str!("../sql/filter_lifts.of_site.sql"))
            .bind(workspace)
            .bind(site)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read_lift).collect()
    }

    /// Every lift of the installation, with its site's id.
    pub async fn all_lifts(&self) -> Result<Vec<(String, Lift)>> {
        let rows =
            sqlx::query(include_str!("../sql/filter_lifts.all.sql")).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((Columns(row).text("site_id")?, read_lift(row)?))).collect()
    }

    pub async fn delete_lift(&self, workspace: &str, site: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/filter_lifts.delete.sql"))
            .bind(workspace)
            .bind(site)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "lift")
    }
}

fn read_version(row: &AnyRow) -> Result<RulesVersion> {
    let columns = Columns(row);
    Ok(RulesVersion {
        site_id: columns.text("site_id")?,
        version: columns.int("version")?,
        valid_from: columns.time("valid_from_us")?,
        author: columns.text("author")?,
        note: columns.text("note")?,
        rules: columns.json("rules")?,
    })
}

fn read_lift(row: &AnyRow) -> Result<Lift> {
    let columns = Columns(row);
    let reason = columns.text("reason")?;
    Ok(Lift {
        id: columns.text("id")?,
        reason: BotReason::parse(&reason)
            .ok_or_else(|| unreadable("reason", format!("`{reason}` is no reason")))?,
        from_us: columns.int("from_us")?,
        to_us: columns.int("to_us")?,
        author: columns.text("author")?,
        created_at: columns.time("created_at_us")?,
    })
}
