//! Observations: numbers that were read on a day. They hold no persons.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;

use crate::error::found;
use crate::row::{Columns, unreadable};
use crate::{Result, Store};

/// Names of what a reading is of, with their values: `{"keyword": "running shoes"}`.
pub type Dimensions = BTreeMap<String, String>;

/// A number that was read on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    pub reading: NewObservation,
    /// `api`, `csv`, `manual`, or a connector's name.
    pub source: String,
    /// An e-mail address, or a token's name.
    pub noted_by: String,
    pub at: Timestamp,
}

/// A number to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewObservation {
    /// What is read: `followers`.
    pub series: String,
    pub dimensions: Dimensions,
    pub day: Date,
    pub value: f64,
    /// How many readings the value is the mean of; 1 as a rule.
    pub weight: f64,
    /// The site that it belongs to, if to one alone.
    pub site_id: Option<String>,
}

/// How many readings were new, and how many took the place of one that was there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    pub new: u64,
    pub replaced: u64,
}

/// A series and its extent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesExtent {
    pub series: String,
    pub readings: i64,
    /// Different sets of dimensions.
    pub parts: i64,
    pub first: Date,
    pub last: Date,
}

impl Store {
    /// Keeps readings, all or none; the last one of a day wins. The caller has seen that sites are of the
    /// workspace.
    pub async fn observe(
        &self,
        workspace: &str,
        readings: &[NewObservation],
        (source, noted_by): (&str, &str),
        now: Timestamp,
    ) -> Result<Kept> {
        let mut kept = Kept::default();
        let mut transaction = self.begin().await?;
        for reading in readings {
            let (dimensions, day) = (canonical(&reading.dimensions), reading.day.to_string());
            let known = sqlx::query(include_str!("../sql/observations.one.sql"))
                .bind(workspace)
                .bind(&reading.series)
                .bind(&dimensions)
                .bind(&day)
                .fetch_optional(&mut *transaction)
                .await?;
            match known {
                Some(_) => kept.replaced += 1,
                None => kept.new += 1,
            }
            sqlx::query(include_str!("../sql/observations.upsert.sql"))
                .bind(workspace)
                .bind(&reading.series)
                .bind(dimensions)
                .bind(day)
                .bind(reading.value)
                .bind(reading.weight)
                .bind(&reading.site_id)
                .bind(source)
                .bind(noted_by)
                .bind(now.as_microsecond())
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(kept)
    }

    /// Readings of a series from one day to another, both included, in the order of days.
    pub async fn observations(
        &self,
        workspace: &str,
        series: &str,
        (from, to): (Date, Date),
    ) -> Result<Vec<Observation>> {
        let rows = sqlx::query(include_str!("../sql/observations.of_series.sql"))
            .bind(workspace)
            .bind(series)
            .bind(from.to_string())
            .bind(to.to_string())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// The last reading before a day, and not before `since`, for each set of dimensions.
    pub async fn observations_before(
        &self,
        workspace: &str,
        series: &str,
        (since, day): (Date, Date),
    ) -> Result<Vec<Observation>> {
        let rows = sqlx::query(include_str!("../sql/observations.latest_before.sql"))
            .bind(workspace)
            .bind(series)
            .bind(day.to_string())
            .bind(since.to_string())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// The workspace's series by name.
    pub async fn series(&self, workspace: &str) -> Result<Vec<SeriesExtent>> {
        let rows = sqlx::query(include_str!("../sql/observations.series.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let columns = Columns(row);
            Ok(SeriesExtent {
                series: columns.text("series")?,
                readings: columns.int("readings")?,
                parts: columns.int("parts")?,
                first: columns.date("first_day")?,
                last: columns.date("last_day")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Two numbers of which one is another whenever a reading of the workspace came, changed or went.
    pub async fn readings_stamp(&self, workspace: &str) -> Result<(i64, i64)> {
        let row = sqlx::query(include_str!("../sql/observations.stamp.sql"))
            .bind(workspace)
            .fetch_one(&self.pool)
            .await?;
        let columns = Columns(&row);
        Ok((columns.int("readings")?, columns.int("latest_us")?))
    }

    /// Takes back one reading.
    pub async fn delete_observation(
        &self,
        workspace: &str,
        series: &str,
        dimensions: &Dimensions,
        day: Date,
    ) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/observations.delete.sql"))
            .bind(workspace)
            .bind(series)
            .bind(canonical(dimensions))
            .bind(day.to_string())
            .execute(&self.pool)
            .await?;
        found(&done, "observation")
    }

    /// Takes back a whole series; how many readings.
    pub async fn delete_series(&self, workspace: &str, series: &str) -> Result<u64> {
        let done = sqlx::query(include_str!("../sql/observations.delete_series.sql"))
            .bind(workspace)
            .bind(series)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }
}

/// The same text for the same dimensions: names are sorted.
fn canonical(dimensions: &Dimensions) -> String {
    serde_json::to_string(dimensions).unwrap_or_else(|_| "{}".to_owned())
}

fn read(row: &AnyRow) -> Result<Observation> {
    let columns = Columns(row);
    let dimensions = serde_json::from_value(columns.json("dimensions")?)
        .map_err(|reason| unreadable("dimensions", reason))?;
    Ok(Observation {
        reading: NewObservation {
            series: columns.text("series")?,
            dimensions,
            day: columns.date("day")?,
            value: columns.float("value")?,
            weight: columns.float("weight")?,
            site_id: columns.maybe_text("site_id")?,
        },
        source: columns.text("source")?,
        noted_by: columns.text("noted_by")?,
        at: columns.time("at_us")?,
    })
}
