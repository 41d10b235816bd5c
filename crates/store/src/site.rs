//! Sites and the keys that name them.

use jiff::Timestamp;
use luotsi_marketing::site::BusinessType;
use sqlx::any::AnyRow;

use crate::error::{found, unique};
use crate::key::{Protocol, new_key};
use crate::row::{Columns, unreadable};
use crate::{Result, Store, StoreError, new_id};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    pub id: String,
    pub workspace_id: String,
    /// The lake's name for the site, from 1; never given to another site.
    pub number: i32,
    /// Unique in the installation; see `luotsi_marketing::site::domain`.
    pub domain: String,
    pub name: String,
    /// An IANA name.
    pub time_zone: String,
    /// An ISO 4217 code.
    pub currency: String,
    pub business_type: BusinessType,
    /// For how many days events are kept; `None` keeps them.
    pub retention_days: Option<u32>,
    pub created_at: Timestamp,
}

/// What may be written about a site; checked by `luotsi_marketing`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteSettings {
    pub domain: String,
    pub name: String,
    pub time_zone: String,
    pub currency: String,
    pub business_type: BusinessType,
    pub retention_days: Option<u32>,
}

impl Store {
    /// Adds a site with a key for each protocol. `Taken` when any site has the domain.
    pub async fn create_site(
        &self,
        workspace: &str,
        settings: SiteSettings,
        now: Timestamp,
    ) -> Result<Site> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(include_str!("../sql/counters.next.sql"))
            .bind("site")
            .fetch_one(&mut *transaction)
            .await?;
        let number = Columns(&row).int("value")?;
        let site = Site {
            id: new_id(now),
            workspace_id: workspace.to_owned(),
            number: i32::try_from(number).map_err(|reason| unreadable("number", reason))?,
            domain: settings.domain,
            name: settings.name,
            time_zone: settings.time_zone,
            currency: settings.currency,
            business_type: settings.business_type,
            retention_days: settings.retention_days,
            created_at: now,
        };
        sqlx::query(include_str!("../sql/sites.insert.sql"))
            .bind(&site.id)
            .bind(workspace)
            .bind(number)
            .bind(&site.domain)
            .bind(&site.name)
            .bind(&site.time_zone)
            .bind(&site.currency)
            .bind(site.business_type.as_str())
            .bind(site.retention_days.map(i64::from))
            .bind(now.as_microsecond())
            .execute(&mut *transaction)
            .await
            .map_err(unique("domain"))?;
        for protocol in Protocol::ALL {
            let (key, secret) = new_key(protocol, number, &site.domain);
            sqlx::query(include_str!("../sql/site_keys.insert.sql"))
                .bind(protocol.as_str())
                .bind(key)
                .bind(&site.id)
                .bind(secret)
                .execute(&mut *transaction)
                .await
                .map_err(unique("site key"))?;
        }
        transaction.commit().await?;
        Ok(site)
    }

    pub async fn sites(&self, workspace: &str) -> Result<Vec<Site>> {
        let rows = sqlx::query(include_str!("../sql/sites.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    pub async fn site(&self, workspace: &str, id: &str) -> Result<Site> {
        let row = sqlx::query(include_str!("../sql/sites.by_id.sql"))
            .bind(workspace)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| read(&row)).transpose()?.ok_or(StoreError::NotFound("site"))
    }

    /// The site of a domain in a workspace, as the query API names it.
    pub async fn site_by_domain(&self, workspace: &str, domain: &str) -> Result<Option<Site>> {
        let row = sqlx::query(include_str!("../sql/sites.by_domain.sql"))
            .bind(workspace)
            .bind(domain)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// Every site of the installation, by number. For what the server does for all of them.
    pub async fn all_sites(&self) -> Result<Vec<Site>> {
        let rows = sqlx::query(include_str!("../sql/sites.all.sql")).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// Writes a site's settings; clients that name it by domain follow. `Taken` when another has the domain.
    pub async fn save_site(
        &self,
        workspace: &str,
        id: &str,
        settings: &SiteSettings,
        now: Timestamp,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query(include_str!("../sql/sites.update.sql"))
            .bind(workspace)
            .bind(id)
            .bind(&settings.domain)
            .bind(&settings.name)
            .bind(&settings.time_zone)
            .bind(&settings.currency)
            .bind(settings.business_type.as_str())
            .bind(settings.retention_days.map(i64::from))
            .bind(now.as_microsecond())
            .execute(&mut *transaction)
            .await
            .map_err(unique("domain"))?;
        found(&done, "site")?;
        sqlx::query(include_str!("../sql/site_keys.rename.sql"))
            .bind(id)
            .bind(&settings.domain)
            .execute(&mut *transaction)
            .await
            .map_err(unique("domain"))?;
        transaction.commit().await?;
        Ok(())
    }

    /// Removes a site with its keys, conversions and goals. Its events are the lake's to erase.
    pub async fn delete_site(&self, workspace: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/sites.delete.sql"))
            .bind(workspace)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "site")
    }

    /// The site that a client's key names, with the key's secret.
    pub async fn site_by_key(
        &self,
        protocol: Protocol,
        key: &str,
    ) -> Result<Option<(Site, Option<String>)>> {
        let row = sqlx::query(include_str!("../sql/site_keys.site.sql"))
            .bind(protocol.as_str())
            .bind(key)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok((read(&row)?, Columns(&row).maybe_text("secret")?))).transpose()
    }
}

fn read(row: &AnyRow) -> Result<Site> {
    let columns = Columns(row);
    let retention = columns.maybe_int("retention_days")?;
    Ok(Site {
        id: columns.text("id")?,
        workspace_id: columns.text("workspace_id")?,
        number: i32::try_from(columns.int("number")?)
            .map_err(|reason| unreadable("number", reason))?,
        domain: columns.text("domain")?,
        name: columns.text("name")?,
        time_zone: columns.text("time_zone")?,
        currency: columns.text("currency")?,
        business_type: columns.parsed("business_type")?,
        retention_days: retention
            .map(u32::try_from)
            .transpose()
            .map_err(|reason| unreadable("retention_days", reason))?,
        created_at: columns.time("created_at_us")?,
    })
}
