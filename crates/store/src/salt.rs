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
    /// The UTC day that `today` is for.
    pub day: Date,
    pub today: Salt,
    /// Yesterday's, for visits that began before midnight; `None` on the first day.
    pub yesterday: Option<Salt>,
}

impl Store {
    /// The salts of a UTC day, made when missing; every process gets the same. Destroys older ones.
    pub async fn visitor_salts(&self, day: Date) -> Result<Salts> {
        let yesterday = day.saturating_sub(1.day());
        sqlx::query(include_str!("../sql/visitor_salts.delete_before.sql"))
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
        Ok(Salts { day, today, yesterday: of(yesterday) })
    }
}
