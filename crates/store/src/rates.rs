//! Exchange rates by day.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use luotsi_marketing::rates::DayRate;
use sqlx::any::AnyRow;

use crate::row::Columns;
use crate::{Result, Store};

/// What adding rates changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RatesAdded {
    /// Days and currencies that had no rate.
    pub added: u64,
    /// Those that had another one.
    pub changed: u64,
}

/// The rates of a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateSeries {
    pub base: String,
    pub currency: String,
    /// First and last day.
    pub days: (Date, Date),
    pub count: i64,
    /// Whether some are the workspace's own.
    pub is_own: bool,
}

/// Stands for everybody in the place of a workspace.
const EVERYBODY: &str = "";

impl Store {
    /// Adds rates for a workspace, or for all. Of two of a day the later in `rates` holds; what is there
    /// already is left alone.
    pub async fn add_rates(
        &self,
        workspace: Option<&str>,
        rates: &[DayRate],
        now: Timestamp,
    ) -> Result<RatesAdded> {
        let workspace = workspace.unwrap_or(EVERYBODY);
        let mut transaction = self.begin().await?;
        let rows = sqlx::query(include_str!("../sql/exchange_rates.own.sql"))
            .bind(workspace)
            .fetch_all(&mut *transaction)
            .await?;
        let mut known = HashMap::with_capacity(rows.len());
        for row in &rows {
            let DayRate { day, base, currency, rate } = read(row)?;
            known.insert((base, currency, day), rate);
        }
        let mut wanted = HashMap::with_capacity(rates.len());
        for rate in rates {
            wanted.insert((rate.base, rate.currency, rate.day), rate.rate);
        }
        let mut done = RatesAdded::default();
        for ((base, currency, day), rate) in wanted {
            match known.get(&(base, currency, day)) {
                Some(known) if known.to_bits() == rate.to_bits() => continue,
                Some(_) => done.changed += 1,
                None => done.added += 1,
            }
            sqlx::query(include_str!("../sql/exchange_rates.upsert.sql"))
                .bind(workspace)
                .bind(base.code())
                .bind(currency.code())
                .bind(day.to_string())
                .bind(rate)
                .bind(now.as_microsecond())
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(done)
    }

    /// The rates that a workspace may use: everybody's, then its own, which hold against them.
    pub async fn rates(&self, workspace: &str) -> Result<Vec<DayRate>> {
        let rows = sqlx::query(include_str!("../sql/exchange_rates.for_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Everybody's rates.
    pub async fn common_rates(&self) -> Result<Vec<DayRate>> {
        self.rates(EVERYBODY).await
    }

    /// The workspaces with rates of their own.
    pub async fn workspaces_with_rates(&self) -> Result<Vec<String>> {
        let rows = sqlx::query(include_str!("../sql/exchange_rates.owners.sql"))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Columns(row).text("workspace_id")).collect()
    }

    /// What rates a workspace may use, by base and currency.
    pub async fn rate_series(&self, workspace: &str) -> Result<Vec<RateSeries>> {
        let rows = sqlx::query(include_str!("../sql/exchange_rates.series.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let columns = Columns(row);
            Ok(RateSeries {
                base: columns.text("base")?,
                currency: columns.text("currency")?,
                days: (columns.date("from_date")?, columns.date("to_date")?),
                count: columns.int("days")?,
                is_own: columns.flag("is_own")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// A number that changes when rates are added; microseconds UTC, -1 when there are none.
    pub async fn rates_added_at_us(&self) -> Result<i64> {
        let row = sqlx::query(include_str!("../sql/exchange_rates.latest.sql"))
            .fetch_one(&self.pool)
            .await?;
        Columns(&row).int("added_at_us")
    }
}

fn read(row: &AnyRow) -> Result<DayRate> {
    let columns = Columns(row);
    Ok(DayRate {
        day: columns.date("day")?,
        base: columns.parsed("base")?,
        currency: columns.parsed("currency")?,
        rate: columns.float("rate")?,
    })
}
