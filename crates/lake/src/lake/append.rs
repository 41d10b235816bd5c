//! The one thread that writes the log: it takes all waiting events at once, stamps them with their
//! visits, writes one frame, waits for the disk, and only then answers.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use luotsi_marketing::event::Event;
use tokio::sync::oneshot;

use super::shared::{Shared, unavailable};
use super::{AppendError, Appended};
use crate::catalog::Catalog;
use crate::duplicates::{self, RecentIds};
use crate::log::{LogError, Segment};
use crate::rows::Rows;
use crate::sessions::{Rules, Sessions};

/// A frame holds no more rows than this, give or take one request.
const FRAME_ROWS: usize = 16_384;

/// What the log's thread is asked to do.
#[derive(Debug)]
pub(crate) enum Request {
    Append {
        events: Vec<Event>,
        /// When they arrived, microseconds UTC.
        now_us: i64,
        reply: oneshot::Sender<Result<Appended, AppendError>>,
    },
    /// Begin a new segment; the answer is the last one that is complete.
    Rotate { reply: oneshot::Sender<u64> },
    /// Visits that began before this, microseconds UTC, are about to be divided anew.
    Settle { begun_before_us: i64, reply: oneshot::Sender<()> },
    /// Divide anew the visits that late events reached; the answer is their visitors, by site, whose rows so far
    /// are to be divided anew as well.
    Mend { reply: oneshot::Sender<Vec<(i32, i64)>> },
    /// Forget the open visits of visitors whose data is being erased.
    Forget { site_number: i32, visitor_ids: Vec<i64>, reply: oneshot::Sender<()> },
}

/// An answer that waits for the disk.
struct Waiting {
    reply: oneshot::Sender<Result<Appended, AppendError>>,
    appended: Appended,
}

pub(crate) struct Appender {
    dir: PathBuf,
    segment: Option<Segment>,
    next_segment: u64,
    sessions: Sessions,
    ids: RecentIds,
    rows: Rows,
    /// Site and id of the events of the frame that is being put together.
    frame_ids: Vec<(i32, i64)>,
    /// When the last of them arrived, microseconds UTC.
    now_us: i64,
    waiting: Vec<Waiting>,
    shared: Arc<Shared>,
    catalog: Arc<Catalog>,
    /// Held as long as the thread runs.
    _lock: File,
}

impl Appender {
    pub(crate) fn new(
        dir: PathBuf,
        next_segment: u64,
        (sessions, ids): (Sessions, RecentIds),
        shared: Arc<Shared>,
        catalog: Arc<Catalog>,
        lock: File,
    ) -> Result<Self, LogError> {
        let segment = Segment::create(&dir, next_segment)?;
        Ok(Self {
            dir,
            segment: Some(segment),
            next_segment: next_segment + 1,
            sessions,
            ids,
            rows: Rows::default(),
            frame_ids: Vec::new(),
            now_us: i64::MIN,
            waiting: Vec::new(),
            shared,
            catalog,
            _lock: lock,
        })
    }

    /// Serves requests until the queue is closed.
    pub(crate) fn run(mut self) {
        let mut requests = Vec::new();
        while let Some(taken) = self.shared.queue.take(std::mem::take(&mut requests)) {
            requests = taken;
            self.ids.forget_up_to(self.shared.ids_written.load(Ordering::Acquire));
            let rules = self.shared.rules.read().clone();
            for request in requests.drain(..) {
                match request {
                    Request::Append { events, now_us, reply } => {
                        self.stamp((events, now_us), reply, &rules);
                        if self.rows.len() >= FRAME_ROWS {
                            self.write_frame();
                        }
                    }
                    Request::Rotate { reply } => {
                        self.write_frame();
                        self.rotate();
                        // Nobody listening means nobody to tell.
                        reply.send(self.next_segment.saturating_sub(2)).unwrap_or_default();
                    }
                    Request::Settle { begun_before_us, reply } => {
                        self.write_frame();
                        self.sessions.settle(begun_before_us);
                        reply.send(()).unwrap_or_default();
                    }
                    Request::Mend { reply } => {
                        self.write_frame();
                        let mended = self.sessions.mend(&rules);
                        self.shared.note_visits(&self.sessions);
                        reply.send(mended).unwrap_or_default();
                    }
                    Request::Forget { site_number, visitor_ids, reply } => {
                        self.write_frame();
                        self.sessions.forget(site_number, &visitor_ids);
                        reply.send(()).unwrap_or_default();
                    }
                }
            }
            self.write_frame();
        }
    }

    fn stamp(
        &mut self,
        (mut events, now_us): (Vec<Event>, i64),
        reply: oneshot::Sender<Result<Appended, AppendError>>,
        rules: &Rules,
    ) {
        // What was kept back on a device may come in any order: visits are found in the order of time.
        if !events.is_sorted_by_key(|event| event.at_us) {
            events.sort_by_key(|event| event.at_us);
        }
        let keys: Vec<u64> =
            events.iter().map(|event| duplicates::key(event.site_number, event.event_id)).collect();
        let known = match self.shared.runs.known(&keys) {
            Ok(known) => known,
            Err(error) => {
                tracing::error!(%error, "ids of earlier events cannot be read");
                reply.send(Err(unavailable(error.to_string()))).unwrap_or_default();
                return;
            }
        };
        let segment = self.segment.as_ref().map_or(self.next_segment, Segment::number);
        let mut appended = Appended::default();
        self.now_us = self.now_us.max(now_us);
        for (event, known) in events.iter_mut().zip(known) {
            if known || !self.ids.insert(segment, event.site_number, event.event_id) {
                appended.duplicates += 1;
                continue;
            }
            let visit = self.sessions.stamp(event, now_us, rules);
            self.rows.push(event, visit);
            self.frame_ids.push((event.site_number, event.event_id));
            appended.accepted += 1;
        }
        self.waiting.push(Waiting { reply, appended });
    }

    /// Makes the collected rows durable and visible, and answers.
    fn write_frame(&mut self) {
        match self.try_write_frame() {
            Ok(()) => self.accept(),
            Err(error) => self.refuse(&error),
        }
        self.frame_ids.clear();
        self.now_us = i64::MIN;
    }

    fn try_write_frame(&mut self) -> Result<(), LogError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let batch = self.rows.finish()?;
        self.ensure_segment()?;
        let Some(segment) = &mut self.segment else { return Ok(()) };
        segment.append(&batch)?;
        let (number, bytes) = (segment.number(), segment.bytes());
        if let Err(error) = self.shared.activity.lock().note(&batch, self.now_us) {
            // The rows are kept all the same.
            tracing::error!(%error, "what came is not counted as of the last half hour");
        }
        let hot_rows = self.catalog.with_hot(|hot| {
            hot.push(number, batch);
            hot.rows()
        });
        self.shared.log_bytes.store(bytes, Ordering::Relaxed);
        self.shared.hot_rows.store(hot_rows, Ordering::Relaxed);
        self.shared.note_visits(&self.sessions);
        self.shared.syncs.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn accept(&mut self) {
        if !self.frame_ids.is_empty() {
            self.shared.log_outcome(None);
        }
        for waiting in self.waiting.drain(..) {
            self.shared.accepted.fetch_add(waiting.appended.accepted as u64, Ordering::Relaxed);
            self.shared.duplicates.fetch_add(waiting.appended.duplicates as u64, Ordering::Relaxed);
            drop(waiting.reply.send(Ok(waiting.appended)));
        }
    }

    /// A segment that failed once is never written again: what the disk holds is unknown.
    fn refuse(&mut self, error: &LogError) {
        tracing::error!(%error, "events cannot be kept: senders are told to come again, and it goes on by itself once the disk does");
        if let Some(segment) = self.segment.take() {
            segment.abandon();
        }
        for (site_number, event_id) in &self.frame_ids {
            self.ids.remove(*site_number, *event_id);
        }
        self.shared.log_outcome(Some(error.to_string()));
        for waiting in self.waiting.drain(..) {
            drop(waiting.reply.send(Err(unavailable(error.to_string()))));
        }
    }

    fn rotate(&mut self) {
        if self.segment.as_ref().is_some_and(Segment::is_empty) {
            return;
        }
        self.segment = None;
        match self.ensure_segment() {
            Ok(()) => {
                self.shared.log_bytes.store(0, Ordering::Relaxed);
                self.shared.log_outcome(None);
            }
            Err(error) => {
                tracing::error!(%error, "no new log segment");
                self.shared.log_outcome(Some(error.to_string()));
            }
        }
    }

    fn ensure_segment(&mut self) -> Result<(), LogError> {
        if self.segment.is_none() {
            // A number is never used twice, even when creating the file fails halfway.
            let number = self.next_segment;
            self.next_segment += 1;
            self.segment = Some(Segment::create(&self.dir, number)?);
        }
        Ok(())
    }
}
