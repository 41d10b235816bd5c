//! Notes on a site's days: a campaign began, the checkout was down.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;

use crate::error::found;
use crate::row::Columns;
use crate::{Result, Store, new_id};

/// What happened on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    pub id: String,
    pub site_id: String,
    pub day: Date,
    pub text: String,
    /// An e-mail address, or a token's name.
    pub by: String,
}

impl Store {
    /// Adds a note. The caller has read the site.
    pub async fn create_annotation(
        &self,
        workspace: &str,
        site: &str,
        (day, text): (Date, &str),
        by: &str,
        now: Timestamp,
    ) -> Result<Annotation> {
        let made = Annotation {
            id: new_id(now),
            site_id: site.to_owned(),
            day,
            text: text.to_owned(),
            by: by.to_owned(),
        };
        sqlx::query(include_str!("../sql/annotations.insert.sql"))
            .bind(workspace)
            .bind(&made.id)
            .bind(site)
            .bind(day.to_string())
            .bind(text)
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
            .bind(annotation.day.to_string())
            .bind(&annotation.text)
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
        day: columns.date("day")?,
        text: columns.text("note")?,
        by: columns.text("noted_by")?,
    })
}
