//! Days that were measured, so that a night measures only what is new.

use jiff::Timestamp;
use jiff::civil::Date;
use luotsi_marketing::metric::DayValue;
use serde_json::{Value, json};

use crate::row::{Columns, unreadable};
use crate::{Result, Store};

/// The days of something that goals measure.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptDays {
    /// Names the definition: another one has other figures.
    pub subject: String,
    pub site_id: String,
    /// First and last day that were measured, both included.
    pub from: Date,
    pub to: Date,
    /// Days with figures, in order.
    pub days: Vec<DayValue>,
    pub measured_at: Timestamp,
}

impl Store {
    /// The kept days of a subject.
    pub async fn kept_days(
        &self,
        workspace: &str,
        site: &str,
        subject: &str,
    ) -> Result<Option<KeptDays>> {
        let row = sqlx::query(include_str!("../sql/metric_days.by_subject.sql"))
            .bind(workspace)
            .bind(subject)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let columns = Columns(&row);
        let days = columns.json("days")?;
        let day = |one: &Value| {
            Some(DayValue {
                day: one.get(0)?.as_str()?.parse().ok()?,
                numerator: one.get(1)?.as_f64()?,
                denominator: one.get(2)?.as_f64()?,
            })
        };
        let read: Option<Vec<DayValue>> =
            days.as_array().and_then(|all| all.iter().map(day).collect());
        Ok(Some(KeptDays {
            subject: subject.to_owned(),
            site_id: site.to_owned(),
            from: columns.date("from_day")?,
            to: columns.date("to_day")?,
            days: read.ok_or_else(|| unreadable("days", "not a list of days"))?,
            measured_at: columns.time("measured_at_us")?,
        }))
    }

    /// Keeps the days of a subject, in place of those before.
    ///
    /// `over` is the last of the kept days that were gone on from, if any were: when they were cut meanwhile
    /// ([`Store::cut_days`]), nothing is written.
    pub async fn keep_days(
        &self,
        workspace: &str,
        kept: &KeptDays,
        over: Option<Date>,
    ) -> Result<()> {
        let days: Vec<Value> = kept
            .days
            .iter()
            .map(|day| json!([day.day.to_string(), day.numerator, day.denominator]))
            .collect();
        sqlx::query(include_str!("../sql/metric_days.upsert.sql"))
            .bind(workspace)
            .bind(&kept.subject)
            .bind(&kept.site_id)
            .bind(kept.from.to_string())
            .bind(kept.to.to_string())
            .bind(Value::Array(days).to_string())
            .bind(kept.measured_at.as_microsecond())
            .bind(over.map_or_else(String::new, |day| day.to_string()))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Cuts the kept days of a site at a day: whoever goes on from them measures from there again.
    pub async fn cut_days(&self, workspace: &str, site: &str, day: Date) -> Result<()> {
        sqlx::query(include_str!("../sql/metric_days.cut.sql"))
            .bind(workspace)
            .bind(site)
            .bind(day.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Forgets the days that were not measured since a moment.
    pub async fn forget_days(&self, workspace: &str, before: Timestamp) -> Result<()> {
        sqlx::query(include_str!("../sql/metric_days.delete_before.sql"))
            .bind(workspace)
            .bind(before.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// How many events a site had on each day when it was looked at last.
    pub async fn site_days(&self, workspace: &str, site: &str) -> Result<Vec<(Date, f64)>> {
        let row = sqlx::query(include_str!("../sql/site_days.of_site.sql"))
            .bind(workspace)
            .bind(site)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(Vec::new()) };
        let days = Columns(&row).json("days")?;
        let day = |one: &Value| Some((one.get(0)?.as_str()?.parse().ok()?, one.get(1)?.as_f64()?));
        let read: Option<Vec<(Date, f64)>> =
            days.as_array().and_then(|all| all.iter().map(day).collect());
        read.ok_or_else(|| unreadable("days", "not a list of days"))
    }

    /// Keeps how many events a site has on each day.
    pub async fn keep_site_days(
        &self,
        workspace: &str,
        site: &str,
        days: &[(Date, f64)],
        now: Timestamp,
    ) -> Result<()> {
        let days: Vec<Value> =
            days.iter().map(|(day, events)| json!([day.to_string(), events])).collect();
        sqlx::query(include_str!("../sql/site_days.upsert.sql"))
            .bind(site)
            .bind(workspace)
            .bind(Value::Array(days).to_string())
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
