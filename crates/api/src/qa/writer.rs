//! The other end of the queue: writes what Event QA keeps, in its own time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use luotsi_marketing::event::BotReason;
use luotsi_marketing::page::clean;
use luotsi_marketing::qa::KnownEvents;
use luotsi_store::Store;
use luotsi_store::qa::{NewFilteredAgent, NewQuarantined};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::PastEvents;
use crate::collector::CollectedSite;

/// Refused messages that are kept of each site, and for how long.
pub(super) const MOST_QUARANTINED: u32 = 1_000;
const QUARANTINE_KEPT: SignedDuration = SignedDuration::from_hours(14 * 24);
/// For how long user agents of what was held back are kept.
const AGENTS_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Between two writes of user agents, and between two looks for what was kept long enough.
const WRITE_AGENTS_EVERY: Duration = Duration::from_secs(5);
const TRIM_EVERY: u32 = 720;
const LONGEST_AGENT: usize = 300;
/// Writes that go into one transaction.
const BATCH: usize = 200;

/// Something to be written.
pub(super) enum Write {
    Quarantine(Box<NewQuarantined>),
    Seen {
        workspace_id: String,
        site_id: String,
        name: String,
        props: Value,
    },
    /// Read what a site's events were so far.
    Learn {
        workspace_id: String,
        site_id: String,
        learnt: Box<dyn FnOnce(KnownEvents) + Send>,
    },
    /// Tell when all before it is written.
    Mark(oneshot::Sender<()>),
}

/// Events of user agents that were held back since the last write.
#[derive(Debug, Default)]
pub(super) struct Agents(HashMap<NewFilteredAgent, i64>);

impl Agents {
    pub(super) fn count(
        &mut self,
        site: &Arc<CollectedSite>,
        reason: BotReason,
        user_agent: &str,
        at_us: i64,
        most: usize,
    ) {
        let day = Timestamp::from_microsecond(at_us).unwrap_or_default().to_zoned(TimeZone::UTC);
        let agent = NewFilteredAgent {
            workspace_id: site.workspace_id.clone(),
            site_id: site.id.clone(),
            day: day.date().to_string(),
            reason: reason.as_str(),
            user_agent: clean(user_agent, LONGEST_AGENT),
        };
        if let Some(events) = self.0.get_mut(&agent) {
            *events += 1;
        } else if self.0.len() < most {
            self.0.insert(agent, 1);
        }
    }
}

/// Writes until the server goes.
pub(super) async fn run(
    store: Store,
    mut waiting: mpsc::Receiver<Write>,
    agents: Arc<Mutex<Agents>>,
    now: impl Fn() -> Timestamp + Send + 'static,
) {
    let mut ticks = tokio::time::interval(WRITE_AGENTS_EVERY);
    let mut since_trim = 0;
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            count = waiting.recv_many(&mut batch, BATCH) => {
                if count == 0 {
                    return;
                }
                if let Err(error) = write(&store, &mut batch, now()).await {
                    tracing::warn!(%error, "what event QA keeps was not written");
                }
                batch.clear();
            }
            _ = ticks.tick() => {
                let counts: Vec<_> = std::mem::take(&mut agents.lock().0).into_iter().collect();
                if let Err(error) = tick(&store, &counts, since_trim == 0, now()).await {
                    tracing::warn!(%error, "what was held back was not written");
                }
                since_trim = (since_trim + 1) % TRIM_EVERY;
            }
        }
    }
}

/// Writes what was held back, and now and then lets go of what was kept long enough.
async fn tick(
    store: &Store,
    counts: &[(NewFilteredAgent, i64)],
    trim: bool,
    now: Timestamp,
) -> luotsi_store::Result<()> {
    if !counts.is_empty() {
        store.count_filtered(counts).await?;
    }
    if trim {
        store.trim_quarantine(MOST_QUARANTINED, now - QUARANTINE_KEPT).await?;
        let day = (now - AGENTS_KEPT).to_zoned(TimeZone::UTC).date().to_string();
        store.forget_filtered_agents(&day).await?;
    }
    Ok(())
}

async fn write(store: &Store, batch: &mut Vec<Write>, now: Timestamp) -> luotsi_store::Result<()> {
    let (mut messages, mut waiting) = (Vec::new(), Vec::new());
    for write in batch.drain(..) {
        match write {
            Write::Quarantine(message) => messages.push(*message),
            Write::Seen { workspace_id, site_id, name, props } => {
                store.see_event(&workspace_id, &site_id, &name, &props, now).await?;
            }
            Write::Learn { workspace_id, site_id, learnt } => {
                learnt(PastEvents::of(store, &workspace_id, &site_id).await?.into_known());
            }
            Write::Mark(done) => waiting.push(done),
        }
    }
    if !messages.is_empty() {
        store.quarantine(&messages, now).await?;
    }
    for done in waiting {
        // Who asked may have gone.
        done.send(()).ok();
    }
    Ok(())
}
