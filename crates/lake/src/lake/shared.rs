//! What the callers and the log's thread share.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex, RwLock};

use super::append::Request;
use super::{AppendError, LakeSettings, LakeStatus};
use crate::activity::Activity;
use crate::duplicates::runs::Runs;
use crate::sessions::{Rules, Sessions};

/// When a client should try again.
const RETRY_SOON: Duration = Duration::from_secs(1);
const RETRY_LATER: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) activity: Mutex<Activity>,
    pub(crate) rules: RwLock<Rules>,
    /// Ids of events that data files hold.
    pub(crate) runs: Runs,
    /// The last log segment whose ids are in `runs`.
    pub(crate) ids_written: AtomicU64,
    pub(crate) pending_events: AtomicUsize,
    pub(crate) hot_rows: AtomicUsize,
    pub(crate) open_visits: AtomicUsize,
    pub(crate) visit_bytes: AtomicUsize,
    pub(crate) evicted_visits: AtomicU64,
    /// Visitors whose visits late events reached since they were last divided anew.
    pub(crate) late_visitors: AtomicUsize,
    pub(crate) log_bytes: AtomicU64,
    pub(crate) accepted: AtomicU64,
    pub(crate) duplicates: AtomicU64,
    pub(crate) syncs: AtomicU64,
    pub(crate) flushes: AtomicU64,
    pub(crate) compactions: AtomicU64,
    health: Mutex<Health>,
}

#[derive(Debug, Default)]
struct Health {
    log_error: Option<String>,
    /// The kind of work, and why it failed.
    work_error: Option<(&'static str, String)>,
}

impl Shared {
    pub(crate) fn new(rules: Rules, activity: Activity, runs: Runs) -> Self {
        Self {
            queue: Queue::default(),
            activity: Mutex::new(activity),
            rules: RwLock::new(rules),
            runs,
            ids_written: AtomicU64::default(),
            pending_events: AtomicUsize::default(),
            hot_rows: AtomicUsize::default(),
            open_visits: AtomicUsize::default(),
            visit_bytes: AtomicUsize::default(),
            evicted_visits: AtomicU64::default(),
            late_visitors: AtomicUsize::default(),
            log_bytes: AtomicU64::default(),
            accepted: AtomicU64::default(),
            duplicates: AtomicU64::default(),
            syncs: AtomicU64::default(),
            flushes: AtomicU64::default(),
            compactions: AtomicU64::default(),
            health: Mutex::default(),
        }
    }

    /// Whether rows may still be taken into memory.
    pub(crate) fn room(&self, settings: &LakeSettings) -> Result<(), AppendError> {
        if self.hot_rows.load(Ordering::Relaxed) > settings.max_hot_rows {
            return Err(AppendError::Overloaded { retry_after: RETRY_LATER });
        }
        Ok(())
    }

    /// Counts `events` as waiting, unless too many are.
    pub(crate) fn admit(&self, events: usize, settings: &LakeSettings) -> Result<(), AppendError> {
        self.room(settings)?;
        let waiting = self.pending_events.fetch_add(events, Ordering::Relaxed);
        if waiting > 0 && waiting + events > settings.max_pending_events {
            self.pending_events.fetch_sub(events, Ordering::Relaxed);
            return Err(AppendError::Overloaded { retry_after: RETRY_SOON });
        }
        Ok(())
    }

    /// Notes how many visits are in memory.
    pub(crate) fn note_visits(&self, sessions: &Sessions) {
        self.open_visits.store(sessions.len(), Ordering::Relaxed);
        self.visit_bytes.store(sessions.bytes(), Ordering::Relaxed);
        self.evicted_visits.store(sessions.evicted(), Ordering::Relaxed);
        self.late_visitors.store(sessions.late(), Ordering::Relaxed);
    }

    /// Notes whether the log could be written.
    pub(crate) fn log_outcome(&self, error: Option<String>) {
        self.health.lock().log_error = error;
    }

    /// Notes that a kind of work in the background succeeded.
    pub(crate) fn work_succeeded(&self, work: &'static str) {
        let mut health = self.health.lock();
        if health.work_error.as_ref().is_some_and(|(failed, _)| *failed == work) {
            health.work_error = None;
        }
    }

    /// Notes that a kind of work in the background failed.
    pub(crate) fn work_failed(&self, work: &'static str, reason: String) {
        self.health.lock().work_error = Some((work, reason));
    }

    pub(crate) fn status(&self) -> LakeStatus {
        let health = self.health.lock();
        LakeStatus {
            ready: health.log_error.is_none() && self.queue.is_open(),
            last_error: health.log_error.clone().or_else(|| {
                health.work_error.as_ref().map(|(work, reason)| format!("{work}: {reason}"))
            }),
            hot_rows: self.hot_rows.load(Ordering::Relaxed),
            pending_events: self.pending_events.load(Ordering::Relaxed),
            log_bytes: self.log_bytes.load(Ordering::Relaxed),
            open_visits: self.open_visits.load(Ordering::Relaxed),
            visit_bytes: self.visit_bytes.load(Ordering::Relaxed),
            evicted_visits: self.evicted_visits.load(Ordering::Relaxed),
            accepted_events: self.accepted.load(Ordering::Relaxed),
            duplicate_events: self.duplicates.load(Ordering::Relaxed),
            log_syncs: self.syncs.load(Ordering::Relaxed),
            flushes: self.flushes.load(Ordering::Relaxed),
            compactions: self.compactions.load(Ordering::Relaxed),
            ..LakeStatus::default()
        }
    }
}

pub(crate) fn unavailable(reason: String) -> AppendError {
    AppendError::Unavailable { retry_after: RETRY_LATER, reason }
}

pub(crate) fn closed() -> AppendError {
    unavailable("the server is stopping".into())
}

/// Requests for the log's thread. One lock a request, one wake-up a group.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<QueueState>,
    ready: Condvar,
}

#[derive(Debug, Default)]
struct QueueState {
    requests: Vec<Request>,
    closed: bool,
}

impl Queue {
    /// `false` when nobody listens any more.
    pub(crate) fn send(&self, request: Request) -> bool {
        let mut state = self.state.lock();
        if state.closed {
            return false;
        }
        state.requests.push(request);
        if state.requests.len() == 1 {
            self.ready.notify_one();
        }
        true
    }

    /// Waits for requests and exchanges them for `empty`. `None` once closed and drained.
    pub(crate) fn take(&self, empty: Vec<Request>) -> Option<Vec<Request>> {
        let mut state = self.state.lock();
        while state.requests.is_empty() {
            if state.closed {
                return None;
            }
            self.ready.wait(&mut state);
        }
        Some(std::mem::replace(&mut state.requests, empty))
    }

    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.ready.notify_one();
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.state.lock().closed
    }
}
