//! Brings the schema up to date, one version after another, once however many processes start.

use jiff::Timestamp;
use sqlx::{Executor as _, Row as _};

use crate::{Engine, Result, Store, StoreError};

/// The versions of the schema, the first first. A released one never changes.
const MIGRATIONS: [&str; 15] = [
    include_str!("../migrations/0001_start.sql"),
    include_str!("../migrations/0002_keys.sql"),
    include_str!("../migrations/0003_trust.sql"),
    include_str!("../migrations/0004_metrics.sql"),
    include_str!("../migrations/0007_rates.sql"),
    include_str!("../migrations/0008_boards.sql"),
    include_str!("../migrations/0006_alerts.sql"),
    include_str!("../migrations/0009_goals.sql"),
    include_str!("../migrations/0011_imported_periods.sql"),
    include_str!("../migrations/0012_goal_lines.sql"),
    include_str!("../migrations/0017_engagement_names.sql"),
    include_str!("../migrations/0014_goal_stated.sql"),
    include_str!("../migrations/0018_known_causes.sql"),
    include_str!("../migrations/0019_quarantine_ids.sql"),
    include_str!("../migrations/0020_goal_news.sql"),
];

pub(crate) const LATEST: i64 = MIGRATIONS.len() as i64;

/// Applies what is missing up to a version, in one transaction.
pub(crate) async fn up_to(store: &Store, version: i64, now: Timestamp) -> Result<()> {
    let mut transaction = store.begin().await?;
    if store.engine() == Engine::Postgres {
        transaction.execute(include_str!("../sql/schema_versions.lock.postgres.sql")).await?;
    }
    transaction.execute(include_str!("../sql/schema_versions.create.sql")).await?;
    let row = transaction.fetch_one(include_str!("../sql/schema_versions.latest.sql")).await?;
    let found: i64 = row.try_get("version")?;
    if found > LATEST {
        return Err(StoreError::TooNew { found, known: LATEST });
    }
    for (number, sql) in (1..=version).zip(MIGRATIONS).skip_while(|(number, _)| *number <= found) {
        transaction.execute(sqlx::raw_sql(sql)).await?;
        sqlx::query(include_str!("../sql/schema_versions.insert.sql"))
            .bind(number)
            .bind(now.as_microsecond())
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}
