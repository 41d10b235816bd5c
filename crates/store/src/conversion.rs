//! Conversions of a site.

use jiff::Timestamp;
use luotsi_marketing::conversion::Trigger;
use sqlx::any::AnyRow;

use crate::error::{found, unique};
use crate::row::{Columns, unreadable};
use crate::{Result, Store, new_id};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    pub id: String,
    pub workspace_id: String,
    pub site_id: String,
    /// Unique in the site.
    pub display_name: String,
    pub trigger: Trigger,
    /// Whether its events carry money.
    pub revenue: bool,
    /// An ISO 4217 code, with revenue.
    pub currency: Option<String>,
    pub created_at: Timestamp,
}

/// A conversion to be defined.
#[derive(Debug, Clone)]
pub struct NewConversion {
    pub display_name: String,
    pub trigger: Trigger,
    pub revenue: bool,
    pub currency: Option<String>,
}

impl Store {
    /// Defines a conversion. `Taken` when the site has one of this name. The caller has read the site.
    pub async fn create_conversion(
        &self,
        workspace: &str,
        site: &str,
        new: NewConversion,
        now: Timestamp,
    ) -> Result<Conversion> {
        let conversion = Conversion {
            id: new_id(now),
            workspace_id: workspace.to_owned(),
            site_id: site.to_owned(),
            display_name: new.display_name,
            trigger: new.trigger,
            revenue: new.revenue,
            currency: new.currency,
            created_at: now,
        };
        let (pattern, name) = match &conversion.trigger {
            Trigger::Page { pattern } => (Some(pattern.as_str()), None),
            Trigger::Event { name } => (None, Some(name.as_str())),
        };
        sqlx::query(include_str!("../sql/conversions.insert.sql"))
            .bind(&conversion.id)
            .bind(workspace)
            .bind(site)
            .bind(&conversion.display_name)
            .bind(pattern)
            .bind(name)
            .bind(i64::from(conversion.revenue))
            .bind(&conversion.currency)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await
            .map_err(unique("name"))?;
        Ok(conversion)
    }

    /// A site's conversions by name.
    pub async fn conversions(&self, workspace: &str, site: &str) -> Result<Vec<Conversion>> {
        let rows = sqlx::query(include_str!("../sql/conversions.of_site.sql"))
            .bind(workspace)
            .bind(site)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    pub async fn delete_conversion(&self, workspace: &str, site: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/conversions.delete.sql"))
            .bind(workspace)
            .bind(site)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "conversion")
    }
}

fn read(row: &AnyRow) -> Result<Conversion> {
    let columns = Columns(row);
    let trigger = match (columns.maybe_text("page_pattern")?, columns.maybe_text("event_name")?) {
        (Some(pattern), None) => Trigger::Page { pattern },
        (None, Some(name)) => Trigger::Event { name },
        _ => return Err(unreadable("page_pattern", "a conversion is either a page or an event")),
    };
    Ok(Conversion {
        id: columns.text("id")?,
        workspace_id: columns.text("workspace_id")?,
        site_id: columns.text("site_id")?,
        display_name: columns.text("display_name")?,
        trigger,
        revenue: columns.flag("revenue")?,
        currency: columns.maybe_text("currency")?,
        created_at: columns.time("created_at_us")?,
    })
}
