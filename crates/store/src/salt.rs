//! The daily salts of visitor ids: random, two days old at most, then destroyed.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::row::{Columns, unreadable};
use crate::secret::{from_hex, to_hex};
use crate::{Result, Store};

/// 128 random bits.
pub type Salt = [u8; 16];

/// The salts that are alive on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salts {
    /// The UTC day that `today` is for, and its first moment, microseconds UTC.
    pub day: Date,
    pub starts_us: i64,
    pub today: Salt,
    /// Yesterday's, for visits that began before midnight; `None` on the first day.
    pub yesterday: Option<Salt>,
}

impl Salts {
    /// The salt of the day of a moment, and that of the day before while it is kept.
    ///
    /// The salts of earlier days are destroyed: what happened then and comes only now gets the oldest
    /// that is left. Its visitor is told from others, and not joined to who they were on that day.
    pub fn of(&self, at_us: i64) -> (&Salt, Option<&Salt>) {
        match &self.yesterday {
            Some(yesterday) if at_us < self.starts_us => (yesterday, None),
            yesterday => (&self.today, yesterday.as_ref()),
        }
    }
}

impl Store {
    /// The salts of a UTC day, made when missing; every process gets the same. Destroys older ones.
    pub async fn visitor_salts(&self, day: Date) -> Result<Salts> {
        let yesterday = day.saturating_sub(1.day());
        let destroyed = sqlx::query(include_str!("../sql/visitor_salts.delete_before.sql"))
            .bind(yesterday.to_string())
            .execute(&self.pool)
            .await?;
        sqlx::query(include_str!("../sql/visitor_salts.insert.sql"))
            .bind(day.to_string())
            .bind(to_hex(&rand::random::<Salt>()))
            .execute(&self.pool)
            .await?;
        let rows = sqlx::query(include_str!("../sql/visitor_salts.since.sql"))
            .bind(yesterday.to_string())
            .fetch_all(&self.pool)
            .await?;
        let mut salts = Vec::with_capacity(2);
        for row in &rows {
            let columns = Columns(row);
            let salt = from_hex(&columns.text("salt")?)
                .ok_or_else(|| unreadable("salt", "not 16 bytes"))?;
            salts.push((columns.date("day")?, salt));
        }
        let of = |day: Date| salts.iter().find(|(found, _)| *found == day).map(|(_, salt)| *salt);
        let today =
            of(day).ok_or_else(|| unreadable("salt", "missing right after it was written"))?;
        let starts_us = day
            .to_zoned(jiff::tz::TimeZone::UTC)
            .map_or(i64::MIN, |start| start.timestamp().as_microsecond());
        if destroyed.rows_affected() > 0
            && let Err(error) = self.empty_log().await
        {
            tracing::warn!(%error, "destroyed salts stay in the write-ahead log for now");
        }
        Ok(Salts { day, starts_us, today, yesterday: of(yesterday) })
    }
}
