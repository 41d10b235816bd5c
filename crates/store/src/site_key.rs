//! The keys by which clients name a site: those it is born with and those its tags already carry.

use jiff::Timestamp;
use sqlx::any::AnyRow;

use crate::error::{found, unique};
use crate::key::{Protocol, SiteKey};
use crate::row::Columns;
use crate::{Result, Store};

/// A key that the tags of a site already carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSiteKey {
    pub protocol: Protocol,
    /// As `luotsi_marketing::site_key::check` returns it.
    pub key: String,
    pub secret: Option<String>,
    /// Whether a server that holds the key may tell of times long past.
    pub history: bool,
}

impl Store {
    /// Adds a key to a site. `Taken` when any site of the installation has it in this protocol, this
    /// one too; `NotFound` when the workspace has no such site.
    pub async fn add_site_key(
        &self,
        workspace: &str,
        site: &str,
        new: NewSiteKey,
        now: Timestamp,
    ) -> Result<SiteKey> {
        let done = sqlx::query(include_str!("../sql/site_keys.add.sql"))
            .bind(workspace)
            .bind(site)
            .bind(new.protocol.as_str())
            .bind(&new.key)
            .bind(&new.secret)
            .bind(now.as_microsecond())
            .bind(i64::from(new.history))
            .execute(&self.pool)
            .await
            .map_err(unique("key"))?;
        found(&done, "site")?;
        Ok(SiteKey {
            site_id: site.to_owned(),
            protocol: new.protocol,
            key: new.key,
            secret: new.secret,
            added_at: Some(now),
            history: new.history,
        })
    }

    /// Takes away a key that was added. `NotFound` for any other, also for one that a site is born with.
    pub async fn remove_site_key(
        &self,
        workspace: &str,
        site: &str,
        protocol: Protocol,
        key: &str,
    ) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/site_keys.delete.sql"))
            .bind(workspace)
            .bind(site)
            .bind(protocol.as_str())
            .bind(key)
            .execute(&self.pool)
            .await?;
        found(&done, "key")
    }

    /// A site's keys: by protocol, the one it is born with first.
    pub async fn site_keys(&self, workspace: &str, site: &str) -> Result<Vec<SiteKey>> {
        let rows = sqlx::query(include_str!("../sql/site_keys.of_site.sql"))
            .bind(workspace)
            .bind(site)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// The keys of every site in a workspace, site by site.
    pub async fn workspace_site_keys(&self, workspace: &str) -> Result<Vec<SiteKey>> {
        let rows = sqlx::query(include_str!("../sql/site_keys.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Every key of the installation, site by site.
    pub async fn all_site_keys(&self) -> Result<Vec<SiteKey>> {
        let rows =
            sqlx::query(include_str!("../sql/site_keys.all.sql")).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<SiteKey> {
    let columns = Columns(row);
    Ok(SiteKey {
        site_id: columns.text("site_id")?,
        protocol: columns.parsed("protocol")?,
        key: columns.text("key")?,
        secret: columns.maybe_text("secret")?,
        added_at: columns.maybe_time("added_at_us")?,
        history: columns.flag("history")?,
    })
}
