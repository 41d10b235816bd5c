//! The dictionary of metrics as it is kept: definitions and their versions.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use sqlx::Transaction;
use sqlx::any::{Any, AnyRow};

use crate::error::{found, unique};
use crate::row::{Columns, unreadable};
use crate::{Result, Store, StoreError};

/// A metric of a workspace's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    pub fields: MetricFields,
    /// Lower-case letters, digits and underscores; never changes.
    pub key: String,
    /// By number, from 1; at least one.
    pub versions: Vec<MetricVersion>,
    pub updated_at: Timestamp,
}

/// What may be written of a metric besides its formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricFields {
    pub name: String,
    pub description: String,
    /// A user's id.
    pub owner_id: Option<String>,
    /// `more` or `less`.
    pub better: String,
    /// `count`, `share`, `money`, `duration`, `rank` or `score`.
    pub unit: String,
    /// An ISO 4217 code, with money.
    pub currency: Option<String>,
}

/// How a metric is computed from a day on.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricVersion {
    /// From 1.
    pub number: u32,
    pub valid_from: Date,
    /// See `luotsi_marketing::metric::Formula`.
    pub formula: Value,
    pub note: String,
    /// Who wrote it.
    pub author: String,
    pub created_at: Timestamp,
}

/// A version to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewVersion {
    pub number: u32,
    pub valid_from: Date,
    pub formula: Value,
    pub note: String,
    pub author: String,
}

impl Store {
    /// Adds a metric with its first version. `Taken` when the workspace has one of this key.
    pub async fn create_metric(
        &self,
        workspace: &str,
        key: &str,
        fields: &MetricFields,
        first: &NewVersion,
        now: Timestamp,
    ) -> Result<Metric> {
        let mut transaction = self.begin().await?;
        sqlx::query(include_str!("../sql/metrics.insert.sql"))
            .bind(workspace)
            .bind(key)
            .bind(&fields.name)
            .bind(&fields.description)
            .bind(&fields.owner_id)
            .bind(&fields.better)
            .bind(&fields.unit)
            .bind(&fields.currency)
            .bind(now.as_microsecond())
            .execute(&mut *transaction)
            .await
            .map_err(unique("key"))?;
        insert_version(&mut transaction, workspace, key, first, now).await?;
        transaction.commit().await?;
        self.metric(workspace, key).await
    }

    /// The workspace's own metrics by key.
    pub async fn metrics(&self, workspace: &str) -> Result<Vec<Metric>> {
        let rows = sqlx::query(include_str!("../sql/metrics.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        read(&rows)
    }

    /// One of the workspace's own metrics.
    pub async fn metric(&self, workspace: &str, key: &str) -> Result<Metric> {
        let rows = sqlx::query(include_str!("../sql/metrics.by_key.sql"))
            .bind(workspace)
            .bind(key)
            .fetch_all(&self.pool)
            .await?;
        read(&rows)?.pop().ok_or(StoreError::NotFound("metric"))
    }

    /// Writes a metric's fields and, when there is one, its next version: both or neither. `Stale` when
    /// someone else wrote that version.
    pub async fn save_metric(
        &self,
        workspace: &str,
        key: &str,
        fields: &MetricFields,
        next: Option<&NewVersion>,
        now: Timestamp,
    ) -> Result<Metric> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query(include_str!("../sql/metrics.update.sql"))
            .bind(workspace)
            .bind(key)
            .bind(&fields.name)
            .bind(&fields.description)
            .bind(&fields.owner_id)
            .bind(&fields.better)
            .bind(&fields.unit)
            .bind(&fields.currency)
            .bind(now.as_microsecond())
            .execute(&mut *transaction)
            .await?;
        found(&done, "metric")?;
        if let Some(version) = next {
            insert_version(&mut transaction, workspace, key, version, now).await?;
        }
        transaction.commit().await?;
        self.metric(workspace, key).await
    }

    /// Removes a metric with its versions. The caller has seen that nothing is measured by it.
    pub async fn delete_metric(&self, workspace: &str, key: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/metrics.delete.sql"))
            .bind(workspace)
            .bind(key)
            .execute(&self.pool)
            .await?;
        found(&done, "metric")
    }

    /// Names of the goals that a metric is measured for.
    pub async fn goals_on_metric(&self, workspace: &str, key: &str) -> Result<Vec<String>> {
        let rows = sqlx::query(include_str!("../sql/metrics.used_by.sql"))
            .bind(workspace)
            .bind(key)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Columns(row).text("name")).collect()
    }
}

async fn insert_version(
    transaction: &mut Transaction<'static, Any>,
    workspace: &str,
    key: &str,
    version: &NewVersion,
    now: Timestamp,
) -> Result<()> {
    let done = sqlx::query(include_str!("../sql/metric_versions.insert.sql"))
        .bind(workspace)
        .bind(key)
        .bind(i64::from(version.number))
        .bind(version.valid_from.to_string())
        .bind(version.formula.to_string())
        .bind(&version.note)
        .bind(&version.author)
        .bind(now.as_microsecond())
        .execute(&mut **transaction)
        .await;
    match done.map_err(unique("version")) {
        Ok(_) => Ok(()),
        Err(StoreError::Taken(_)) => Err(StoreError::Stale("metric")),
        Err(error) => Err(error),
    }
}

/// Rows of metrics, each with one of its versions.
fn read(rows: &[AnyRow]) -> Result<Vec<Metric>> {
    let mut metrics: Vec<Metric> = Vec::new();
    let mut known = HashSet::new();
    for row in rows {
        let columns = Columns(row);
        let key = columns.text("key")?;
        if known.insert(key.clone()) {
            metrics.push(Metric {
                fields: MetricFields {
                    name: columns.text("name")?,
                    description: columns.text("description")?,
                    owner_id: columns.maybe_text("owner_id")?,
                    better: columns.text("better")?,
                    unit: columns.text("unit")?,
                    currency: columns.maybe_text("currency")?,
                },
                key,
                versions: Vec::new(),
                updated_at: columns.time("updated_at_us")?,
            });
        }
        let version = MetricVersion {
            number: u32::try_from(columns.int("number")?)
                .map_err(|reason| unreadable("number", reason))?,
            valid_from: columns.date("valid_from")?,
            formula: columns.json("formula")?,
            note: columns.text("note")?,
            author: columns.text("author")?,
            created_at: columns.time("created_at_us")?,
        };
        if let Some(metric) = metrics.last_mut() {
            metric.versions.push(version);
        }
    }
    Ok(metrics)
}
