//! Lets go of events that their site keeps no longer.

use std::sync::Arc;
use std::time::Duration;

use jiff::{Span, Timestamp, ToSpan as _};
use luotsi_lake::lake::Lake;
use luotsi_lake::retention::Cutoffs;
use luotsi_store::Store;

use crate::clock;

const EVERY: Duration = Duration::from_secs(3_600);

/// Looks every hour, until it is aborted.
pub(crate) async fn keep(store: Store, lake: Arc<Lake>) {
    loop {
        if let Err(error) = expire(&store, &lake).await {
            tracing::error!(error = format!("{error:#}"), "old events could not be removed");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn expire(store: &Store, lake: &Lake) -> anyhow::Result<()> {
    let now = clock::now();
    let sites = store.all_sites().await?;
    let by_site = sites
        .iter()
        .map(|site| (site.number, site.retention_days.map(|days| cutoff_us(now, days))));
    let cutoffs = Cutoffs { default_us: None, by_site: by_site.collect() };
    let removed = lake.expire(&cutoffs, now.as_microsecond()).await?;
    if removed > 0 {
        tracing::info!(removed, "removed events that their sites keep no longer");
    }
    Ok(())
}

/// Visits that began earlier go.
fn cutoff_us(now: Timestamp, days: u32) -> i64 {
    let kept: Span = (i64::from(days) * 24).hours();
    now.saturating_sub(kept).map_or(i64::MIN, Timestamp::as_microsecond)
}
