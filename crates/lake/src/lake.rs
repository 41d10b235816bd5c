//! The lake: events in, durably and at once visible; a consistent view out.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use luotsi_marketing::event::Event;
use luotsi_marketing::rates::Rates;
use luotsi_marketing::session::SessionRule;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

pub use self::erase::{Erased, erase_in};
use crate::activity::Activity;
pub use crate::activity::Recent;
use crate::catalog::Catalog;
use crate::duplicates::runs::Runs;
pub use crate::error::LakeError;
use crate::faults;
use crate::import::Importer;
use crate::log;
use crate::mend::Mending;
use crate::recovery;
use crate::retention::Cutoffs;
use crate::sessions::Rules;
use crate::settle::DAY_US;
use crate::snapshot::{Lift, Merged, Snapshot};
use crate::table::Change;

use self::append::{Appender, Request};
pub(crate) use self::flush::write_sorted;
use self::shared::Shared;

pub(crate) mod append;
mod erase;
mod flush;
mod maintenance;
pub(crate) mod shared;
#[cfg(test)]
pub(crate) mod tests;

/// Where the lake is and how much it may hold back.
#[derive(Debug, Clone)]
pub struct LakeSettings {
    /// Its folder; created when it is missing.
    pub dir: PathBuf,
    /// So many rows in memory are written to a data file at once.
    pub flush_rows: usize,
    /// Rows stay in memory no longer than this.
    pub flush_interval: Duration,
    /// Events that may wait for the log; more are refused.
    pub max_pending_events: usize,
    /// Rows that may wait in memory for a data file; more are refused.
    pub max_hot_rows: usize,
    /// The session rule of sites without one of their own.
    pub session: SessionRule,
    /// Those of sites that have one.
    pub session_by_site: HashMap<i32, SessionRule>,
    /// Files that were replaced stay so long, for queries that still read them.
    pub vacuum_grace: Duration,
}

impl LakeSettings {
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            flush_rows: 50_000,
            flush_interval: Duration::from_secs(20),
            max_pending_events: 50_000,
            max_hot_rows: 200_000,
            session: SessionRule::default(),
            session_by_site: HashMap::new(),
            vacuum_grace: Duration::from_secs(600),
        }
    }
}

impl LakeSettings {
    pub(crate) fn rules(&self) -> Rules {
        Rules { default: self.session, by_site: Arc::new(self.session_by_site.clone()) }
    }
}

/// What became of appended events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Appended {
    /// Events that are on the disk now.
    pub accepted: usize,
    /// Events that were there already.
    pub duplicates: usize,
}

/// Why events were not accepted. Sending them again later, with the same ids, is right.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// More comes in than the disk takes.
    #[error("too many events are waiting")]
    Overloaded { retry_after: Duration },
    /// The disk refuses, or the server is stopping.
    #[error("events cannot be kept now: {reason}")]
    Unavailable { retry_after: Duration, reason: String },
}

/// The state of the lake in figures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LakeStatus {
    /// Whether events are accepted.
    pub ready: bool,
    /// Why not, or what last went wrong in the background.
    pub last_error: Option<String>,
    /// Rows in memory that no data file holds.
    pub hot_rows: usize,
    /// Events that wait for the log.
    pub pending_events: usize,
    /// Bytes of the log segment that is being written.
    pub log_bytes: u64,
    /// Visits in memory, what they weigh, bytes, and how many were given up for want of room.
    pub open_visits: usize,
    pub visit_bytes: usize,
    pub evicted_visits: u64,
    /// Live data files, their rows and their bytes.
    pub files: usize,
    pub file_rows: u64,
    pub file_bytes: u64,
    /// Since the lake was opened.
    pub accepted_events: u64,
    pub duplicate_events: u64,
    pub log_syncs: u64,
    pub flushes: u64,
    pub compactions: u64,
}

/// The events of an installation.
pub struct Lake {
    settings: LakeSettings,
    shared: Arc<Shared>,
    pub(crate) catalog: Arc<Catalog>,
    log_dir: PathBuf,
    thread: parking_lot::Mutex<Option<std::thread::JoinHandle<()>>>,
    /// One flush at a time.
    flushing: tokio::sync::Mutex<()>,
    /// One rewriting of data files at a time.
    rewriting: tokio::sync::Mutex<crate::compaction::Memory>,
    on_erase: std::sync::OnceLock<OnErase>,
}

/// Told of a site and of visitors and persons of it.
type OnErase = Box<dyn Fn(i32, Vec<i64>) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

impl Lake {
    /// Opens the lake and brings back what a stopped server left in its log.
    ///
    /// `now_us` is the time in microseconds UTC. Fails with `Locked` while another process has the
    /// log open.
    pub async fn open(settings: LakeSettings, now_us: i64) -> Result<Arc<Self>, LakeError> {
        let log_dir = settings.dir.join("log");
        std::fs::create_dir_all(&log_dir)?;
        let lock = recovery::lock(&log_dir, &settings.dir)?;
        if let Err(error) = crate::staging::remove_dead(&settings.dir) {
            tracing::warn!(%error, "what stopped imports and backups left stays");
        }
        let writer = recovery::writer_id(&log_dir)?;
        let catalog = Arc::new(Catalog::open(&settings.dir, Some(writer)).await?);
        let applied = catalog.applied().await;
        let (worker_catalog, worker_dir) = (Arc::clone(&catalog), settings.dir.clone());
        let recovered = spawn_blocking(move || {
            recovery::recover(&worker_catalog, &worker_dir, applied, now_us)
        })
        .await??;
        let rules = settings.rules();
        let shared = Arc::new(Shared::new(rules, recovered.activity, recovered.runs));
        shared.hot_rows.store(catalog.with_hot(|hot| hot.rows()), Ordering::Relaxed);
        shared.note_visits(&recovered.sessions);
        let appender = Appender::new(
            log_dir.clone(),
            recovered.next_segment,
            (recovered.sessions, recovered.ids),
            Arc::clone(&shared),
            Arc::clone(&catalog),
            lock,
        )?;
        let thread =
            std::thread::Builder::new().name("luotsi-log".into()).spawn(move || appender.run())?;
        Ok(Arc::new(Self {
            settings,
            shared,
            catalog,
            log_dir,
            thread: parking_lot::Mutex::new(Some(thread)),
            flushing: tokio::sync::Mutex::default(),
            rewriting: tokio::sync::Mutex::default(),
            on_erase: std::sync::OnceLock::new(),
        }))
    }

    /// The lake as it is at this moment, beside the process that writes it, if there is one: it is read, and takes no
    /// events. What comes later is not in it.
    ///
    /// # Errors
    /// When the table or the log cannot be read.
    pub async fn beside(settings: LakeSettings) -> Result<Arc<Self>, LakeError> {
        let (catalog, _) = crate::beside::open(&settings.dir).await?;
        let shared = Shared::new(settings.rules(), Activity::default(), Runs::none());
        shared.queue.close();
        Ok(Arc::new(Self {
            log_dir: settings.dir.join("log"),
            settings,
            shared: Arc::new(shared),
            catalog: Arc::new(catalog),
            thread: parking_lot::Mutex::default(),
            flushing: tokio::sync::Mutex::default(),
            rewriting: tokio::sync::Mutex::default(),
            on_erase: std::sync::OnceLock::new(),
        }))
    }

    /// Whether events would be taken now: asked before many are read, so that turning them away costs little.
    ///
    /// # Errors
    /// `Overloaded` while what is in memory is being written.
    pub fn has_room(&self) -> Result<(), AppendError> {
        self.shared.room(&self.settings)
    }

    /// Keeps events that arrive when they happen.
    ///
    /// # Errors
    /// As `append_at`.
    pub async fn append(&self, events: Vec<Event>) -> Result<Appended, AppendError> {
        self.append_at(events, i64::MAX).await
    }

    /// Keeps events that arrived at `now_us`, microseconds UTC: what their senders stamped ahead of it
    /// ends nobody's visit. They are on the disk, and in every later snapshot, when this returns `Ok`.
    ///
    /// # Errors
    /// More comes in than the disk takes, or it takes nothing: they may be sent again, with the same ids.
    pub async fn append_at(
        &self,
        events: Vec<Event>,
        now_us: i64,
    ) -> Result<Appended, AppendError> {
        if events.is_empty() {
            return Ok(Appended::default());
        }
        let count = events.len();
        self.shared.admit(count, &self.settings)?;
        let (reply, answer) = oneshot::channel();
        let sent = self.shared.queue.send(Request::Append { events, now_us, reply });
        let outcome = if sent { answer.await.ok() } else { None };
        self.shared.pending_events.fetch_sub(count, Ordering::Relaxed);
        outcome.unwrap_or_else(|| Err(shared::closed()))
    }

    /// All events at this moment. Cheap.
    pub fn snapshot(&self) -> Snapshot {
        self.catalog.snapshot()
    }

    /// Sets the session rules of sites that do not follow the default.
    pub fn set_rules(&self, by_site: HashMap<i32, SessionRule>) {
        self.shared.rules.write().by_site = Arc::new(by_site);
    }

    /// Sets, by site, which visitors and persons turned out to be whom.
    pub fn set_merged(&self, by_site: HashMap<i32, Arc<Merged>>) {
        self.catalog.set_merged(by_site);
    }

    /// Sets, by site, which events count although they were held back.
    pub fn set_lifts(&self, by_site: HashMap<i32, Arc<[Lift]>>) {
        self.catalog.set_lifts(by_site);
    }

    /// Sets, by site, what money in other currencies is worth.
    pub fn set_rates(&self, by_site: HashMap<i32, Arc<Rates>>) {
        self.catalog.set_rates(by_site);
    }

    /// Sets, once, who is told of visitors and persons that are being erased, whoever asked for it: at
    /// the beginning and at the end. Erasing waits for them.
    pub fn on_erase<F>(&self, told: impl Fn(i32, Vec<i64>) -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.on_erase.set(Box::new(move |site_number, ids| Box::pin(told(site_number, ids)))).ok();
    }

    /// What happened on a site in the last half hour.
    pub fn recent(&self, site_number: i32, now_us: i64) -> Recent {
        self.shared.activity.lock().recent(site_number, now_us)
    }

    pub fn status(&self) -> LakeStatus {
        let figures = self.catalog.figures();
        let mut status = self.shared.status();
        status.files = figures.files;
        status.file_rows = figures.rows;
        status.file_bytes = figures.bytes;
        status
    }

    /// The folder of the lake.
    pub fn dir(&self) -> &Path {
        &self.settings.dir
    }

    /// Puts data files together, and sums up those of whole days: see `compaction`, `summary`.
    pub async fn compact(&self, now_us: i64) -> Result<(), LakeError> {
        let mut memory = self.rewriting.lock().await;
        let open_from = crate::compaction::open_from(now_us);
        if memory.open_from != Some(open_from) {
            self.announce(open_from, now_us).await?;
            memory.open_from = Some(open_from);
        }
        let rules = self.shared.rules.read().clone();
        let done = crate::compaction::compact(&self.catalog, &rules, &mut memory, now_us).await?;
        self.shared.compactions.fetch_add(done, Ordering::Relaxed);
        self.catalog.summarise().await?;
        Ok(())
    }

    /// Puts the visits right that late events reached, in memory and in the files of open dates; those of closed
    /// dates `compact` puts right.
    pub async fn mend(&self, now_us: i64) -> Result<(), LakeError> {
        let mut memory = self.rewriting.lock().await;
        let late = self.shared.late_visitors.load(Ordering::Relaxed) > 0;
        if !late && !memory.mending.is_due() {
            return Ok(());
        }
        let started = Instant::now();
        let (reply, answer) = oneshot::channel();
        if !self.shared.queue.send(Request::Mend { reply }) {
            return Err(LakeError::Closed);
        }
        memory.mending.add(answer.await.map_err(|_| LakeError::Closed)?);
        let outcome = self.mend_files(&mut memory.mending, now_us).await;
        memory.mending.rest(started.elapsed());
        outcome
    }

    async fn mend_files(&self, mending: &mut Mending, now_us: i64) -> Result<(), LakeError> {
        self.flush(now_us).await?;
        let rules = self.shared.rules.read().clone();
        crate::mend::mend(&self.catalog, &rules, mending, now_us).await
    }

    /// Before visits that began on dates before `open_from` are divided anew: what goes on with them is
    /// written, and what goes on with them later is written with the links that compaction needs.
    async fn announce(&self, open_from: i32, now_us: i64) -> Result<(), LakeError> {
        let begun_before_us = i64::from(open_from) * DAY_US;
        let (reply, answer) = oneshot::channel();
        if !self.shared.queue.send(Request::Settle { begun_before_us, reply }) {
            return Err(LakeError::Closed);
        }
        answer.await.map_err(|_| LakeError::Closed)?;
        self.flush(now_us).await
    }

    /// Drops the visits that began before their site's cutoff; gives the rows that went.
    pub async fn expire(&self, cutoffs: &Cutoffs, now_us: i64) -> Result<u64, LakeError> {
        let _one_at_a_time = self.rewriting.lock().await;
        let rules = self.shared.rules.read().clone();
        crate::retention::expire(&self.catalog, &rules, cutoffs, now_us).await
    }

    /// Begins an import of history into this lake.
    pub fn importer(&self) -> Result<Importer, LakeError> {
        let rules = self.shared.rules.read().clone();
        Importer::into(Arc::clone(&self.catalog), &self.settings.dir, rules)
    }

    /// Writes what is in memory to data files and stops accepting events.
    pub async fn close(&self, now_us: i64) -> Result<(), LakeError> {
        let mended = self.mend(now_us).await;
        let flushed = self.flush(now_us).await;
        self.stop();
        flushed.and(mended)
    }

    fn stop(&self) {
        self.shared.queue.close();
        if let Some(thread) = self.thread.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the log thread panicked");
        }
    }
}

impl Drop for Lake {
    fn drop(&mut self) {
        self.stop();
    }
}
