//! Figures that other tools had counted, kept apart from events.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;

use crate::error::found;
use crate::row::Columns;
use crate::{Result, Store, new_id};

/// A file of figures that was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub id: String,
    /// The tool: `plausible`, `ga4`, `matomo`.
    pub source: String,
    pub file: String,
    /// First and last day, both included.
    pub days: (Date, Date),
    pub figures: i64,
    /// Whether some of its figures are of several days together.
    pub of_periods: bool,
    pub created_at: Timestamp,
}

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The day, or the first of those that it is of.
    pub day: Date,
    /// The last of those; `day`, where it is of one.
    pub last_day: Date,
    /// `total`, `page`, `source`, `channel`, `country`, …
    pub dimension: String,
    /// The dimension's value; empty for totals.
    pub value: String,
    /// `visitors`, `visits`, `pageviews`, …
    pub metric: String,
    pub amount: f64,
}

/// Figures of several days added up.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedTotal {
    /// The tool.
    pub source: String,
    pub value: String,
    pub metric: String,
    pub amount: f64,
}

impl Store {
    /// Keeps figures of a file, in place of those that an earlier import of it brought.
    /// The caller has read the site; `figures` is not empty.
    pub async fn import_figures(
        &self,
        workspace: &str,
        site: &str,
        (source, file): (&str, &str),
        figures: &[Figure],
        now: Timestamp,
    ) -> Result<String> {
        let id = new_id(now);
        let days = figures.iter().map(|figure| figure.day);
        let (first, last) = (days.min(), figures.iter().map(|figure| figure.last_day).max());
        let of_periods = figures.iter().any(|figure| figure.last_day != figure.day);
        let mut transaction = self.begin().await?;
        sqlx::query(include_str!("../sql/imports.delete_same.sql"))
            .bind(workspace)
            .bind(site)
            .bind(source)
            .bind(file)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(include_str!("../sql/imports.insert.sql"))
            .bind(&id)
            .bind(workspace)
            .bind(site)
            .bind(source)
            .bind(file)
            .bind(first.map(|day| day.to_string()).unwrap_or_default())
            .bind(last.map(|day| day.to_string()).unwrap_or_default())
            .bind(figures.len() as i64)
            .bind(now.as_microsecond())
            .bind(i64::from(of_periods))
            .execute(&mut *transaction)
            .await?;
        for figure in figures {
            sqlx::query(include_str!("../sql/imported_figures.insert.sql"))
                .bind(&id)
                .bind(workspace)
                .bind(site)
                .bind(figure.day.to_string())
                .bind(&figure.dimension)
                .bind(&figure.value)
                .bind(&figure.metric)
                .bind(figure.amount)
                .bind(figure.last_day.to_string())
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(id)
    }

    /// The imports of a site, the latest first.
    pub async fn imports(&self, workspace: &str, site: &str) -> Result<Vec<Import>> {
        let rows = sqlx::query(include_str!("../sql/imports.of_site.sql"))
            .bind(workspace)
            .bind(site)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Removes an import with its figures.
    pub async fn delete_import(&self, workspace: &str, site: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/imports.delete.sql"))
            .bind(workspace)
            .bind(site)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "import")
    }

    /// Imported figures of a dimension over some days, both ends included, by tool, value and metric: what several
    /// tools counted is not added up. Figures of several days together count where all of them are among the days.
    pub async fn imported_totals(
        &self,
        workspace: &str,
        site: &str,
        dimension: &str,
        (from, to): (Date, Date),
    ) -> Result<Vec<ImportedTotal>> {
        let rows = sqlx::query(include_str!("../sql/imported_figures.totals.sql"))
            .bind(workspace)
            .bind(site)
            .bind(dimension)
            .bind(from.to_string())
            .bind(to.to_string())
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let columns = Columns(row);
            Ok(ImportedTotal {
                source: columns.text("source")?,
                value: columns.text("value")?,
                metric: columns.text("metric")?,
                amount: columns.float("amount")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<Import> {
    let columns = Columns(row);
    Ok(Import {
        id: columns.text("id")?,
        source: columns.text("source")?,
        file: columns.text("file")?,
        days: (columns.date("from_date")?, columns.date("to_date")?),
        figures: columns.int("figures")?,
        of_periods: columns.int("of_periods")? != 0,
        created_at: columns.time("created_at_us")?,
    })
}
