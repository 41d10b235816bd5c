//! Notes on a site's days: a campaign began, the checkout was down.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;

use crate::error::found;
use crate::row::Columns;
use crate::{Result, Store, new_id};

/// What happened on a day, or on several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    pub day: Date,
    /// The last day; `None` for a single one.
    pub until: Option<Date>,
    /// Whether it is why figures of these days are not as usual.
    pub known_cause: bool,
    pub text: String,
}

impl Noted {
    /// The first and the last day.
    pub fn span(&self) -> (Date, Date) {
        (self.day, self.until.unwrap_or(self.day))
    }
}

/// A note on a site's days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    pub id: String,
    pub site_id: String,
    pub noted: Noted,
    /// An e-mail address, or a token's name.
    pub by: String,
}

impl Store {
    /// Adds a note. The caller has read the site.
    pub async fn create_annotation(
        &self,
        workspace: &str,
        site: &str,
        noted: Noted,
        by: &str,
        now: Timestamp,
    ) -> Result<Annotation> {
        let made =
            Annotation { id: new_id(now), site_id: site.to_owned(), noted, by: by.to_owned() };
        sqlx::query(include_str!("../sql/annotations.insert.sql"))
            .bind(workspace)
            .bind(&made.id)
            .bind(site)
            .bind(made.noted.day.to_string())
            .bind(made.noted.until.map(|day| day.to_string()))
            .bind(i64::from(made.noted.known_cause))
            .bind(&made.noted.text)
            .bind(by)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(made)
    }

    pub async fn save_annotation(&self, workspace: &str, annotation: &Annotation) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/annotations.update.sql"))
            .bind(workspace)
            .bind(&annotation.id)
            .bind(&annotation.site_id)
            .bind(annotation.noted.day.to_string())
            .bind(annotation.noted.until.map(|day| day.to_string()))
            .bind(i64::from(annotation.noted.known_cause))
            .bind(&annotation.noted.text)
            .execute(&self.pool)
            .await?;
        found(&done, "annotation")
    }

    /// The notes on a site's days, the earliest first.
    pub async fn annotations(&self, workspace: &str, site: &str) -> Result<Vec<Annotation>> {
        let rows = sqlx::query(include_str!("../sql/annotations.of_site.sql"))
            .bind(workspace)
            .bind(site)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Spans of a site's days (both included) whose figures are not as usual, and of which people know why.
    pub async fn known_causes(&self, workspace: &str, site: &str) -> Result<Vec<(Date, Date)>> {
        let all = self.annotations(workspace, site).await?;
        Ok(all.iter().filter(|one| one.noted.known_cause).map(|one| one.noted.span()).collect())
    }

    pub async fn delete_annotation(&self, workspace: &str, site: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/annotations.delete.sql"))
            .bind(workspace)
            .bind(site)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "annotation")
    }
}

fn read(row: &AnyRow) -> Result<Annotation> {
    let columns = Columns(row);
    Ok(Annotation {
        id: columns.text("id")?,
        site_id: columns.text("site_id")?,
        noted: Noted {
            day: columns.date("day")?,
            until: columns.maybe_date("last_day")?,
            known_cause: columns.flag("known_cause")?,
            text: columns.text("note")?,
        },
        by: columns.text("noted_by")?,
    })
}
