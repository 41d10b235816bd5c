//! What the lake does by itself.

use std::sync::Weak;

use tokio::time::{Interval, MissedTickBehavior, interval};

use super::*;

/// Between two looks at what other processes committed.
const REFRESH_SECONDS: u64 = 2;
const MEND_SECONDS: u64 = 2;
const COMPACT_SECONDS: u64 = 10;
const CLEAN_SECONDS: u64 = 60;
const IDS_SECONDS: u64 = 2;
const ORPHANS_SECONDS: u64 = 3_600;
/// Commits between two checkpoints of the table's log.
const CHECKPOINT_COMMITS: u64 = 50;
/// What a stopped process left behind goes after a day: an import may write for hours.
const ORPHAN_AGE_US: i64 = 86_400_000_000;

impl Lake {
    /// Flushes, compacts, checkpoints and removes what is no longer needed, until the lake is
    /// closed or the task is aborted. `now_us` tells the time, microseconds UTC.
    pub fn spawn_maintenance(
        self: &Arc<Self>,
        now_us: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> tokio::task::JoinHandle<()> {
        let now_us = Arc::new(now_us);
        let flushing = flush_regularly(Arc::downgrade(self), Arc::clone(&now_us));
        let ids = tidy_ids_regularly(Arc::downgrade(self), Arc::clone(&now_us));
        let tidying = tidy_regularly(Arc::downgrade(self), now_us);
        tokio::spawn(async move {
            tokio::join!(flushing, ids, tidying);
        })
    }

    async fn flush_when_due(&self, seconds_since_last: u64, now_us: i64) -> bool {
        let due = seconds_since_last >= self.settings.flush_interval.as_secs();
        let full = self.shared.hot_rows.load(Ordering::Relaxed) >= self.settings.flush_rows;
        if due || full {
            let outcome = self.flush(now_us).await;
            self.note("flush", outcome);
        }
        due || full
    }

    async fn tidy(&self, second: u64, now_us: i64) {
        let outcome = self.answer_requests(now_us).await;
        self.note("erasing", outcome);
        if second.is_multiple_of(REFRESH_SECONDS) {
            let outcome = self.catalog.refresh().await;
            self.note("refresh", outcome);
        }
        if second.is_multiple_of(MEND_SECONDS) && !self.rewriting.lock().await.mending.rests() {
            let outcome = self.mend(now_us).await;
            self.note("mending of visits", outcome);
        }
        if second.is_multiple_of(COMPACT_SECONDS) {
            let outcome = self.compact(now_us).await;
            self.note("compaction", outcome);
        }
        if second.is_multiple_of(CLEAN_SECONDS) {
            let outcome = self.catalog.checkpoint(CHECKPOINT_COMMITS).await;
            self.note("checkpoint", outcome);
            let grace_us = self.settings.vacuum_grace.as_micros() as i64;
            let outcome = self.catalog.vacuum(now_us - grace_us).await;
            self.note("vacuum", outcome.map(drop));
        }
        if second.is_multiple_of(ORPHANS_SECONDS) {
            let outcome = self.catalog.remove_orphans(now_us - ORPHAN_AGE_US).await;
            self.note("clean-up", outcome.map(drop));
            let outcome = crate::staging::remove_stale(&self.settings.dir, now_us - ORPHAN_AGE_US);
            self.note("clean-up of imports", outcome);
        }
    }

    /// Ids are asked for with each event: they are put together often, whatever else is under way.
    async fn tidy_ids(&self, now_us: i64) {
        let shared = Arc::clone(&self.shared);
        let outcome = spawn_blocking(move || shared.runs.tidy(now_us)).await;
        let outcome = outcome.map_err(LakeError::from).and_then(|tidied| Ok(tidied?));
        self.note("clean-up of ids", outcome);
    }

    fn note(&self, work: &'static str, outcome: Result<(), LakeError>) {
        match outcome {
            Ok(()) => self.shared.work_succeeded(work),
            // Another process was first; the next round sees what it did.
            Err(LakeError::Conflict { .. } | LakeError::Closed) => {}
            Err(error) => {
                tracing::error!(work, %error, "background work failed; it will be tried again");
                self.shared.work_failed(work, error.to_string());
            }
        }
    }
}

async fn flush_regularly(lake: Weak<Lake>, now_us: Arc<impl Fn() -> i64>) {
    let mut ticks = every(Duration::from_secs(1));
    let mut seconds = 0;
    loop {
        ticks.tick().await;
        seconds += 1;
        let Some(lake) = open(&lake) else { return };
        if lake.flush_when_due(seconds, now_us()).await {
            seconds = 0;
        }
    }
}

async fn tidy_regularly(lake: Weak<Lake>, now_us: Arc<impl Fn() -> i64>) {
    let mut ticks = every(Duration::from_secs(1));
    for second in 1.. {
        ticks.tick().await;
        let Some(lake) = open(&lake) else { return };
        lake.tidy(second, now_us()).await;
    }
}

async fn tidy_ids_regularly(lake: Weak<Lake>, now_us: Arc<impl Fn() -> i64>) {
    let mut ticks = every(Duration::from_secs(IDS_SECONDS));
    loop {
        ticks.tick().await;
        let Some(lake) = open(&lake) else { return };
        lake.tidy_ids(now_us()).await;
    }
}

fn open(lake: &Weak<Lake>) -> Option<Arc<Lake>> {
    lake.upgrade().filter(|lake| lake.shared.queue.is_open())
}

fn every(pause: Duration) -> Interval {
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
