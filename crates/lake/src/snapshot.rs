//! A consistent view of the events: what lies in data files and what is still in memory.

use std::sync::Arc;

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use hashbrown::HashMap;
use luotsi_marketing::event::BotReason;
use luotsi_marketing::query::{DAY_US, Range};
use luotsi_marketing::rates::Rates;
use object_store::{ObjectStore, ObjectStoreExt as _};

use crate::first::FirstEvents;
use crate::schema::{SITE_NUMBER, TS};
use crate::summary;

/// The events at one moment: no event twice, none missing.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Where the data files are; `DataFile::path` is relative to its root.
    pub store: Arc<dyn ObjectStore>,
    /// Live files of the Delta table, those of one date side by side.
    pub files: Arc<[DataFile]>,
    /// Rows that no file holds yet, in `schema::log_schema`, in order of arrival (not sorted).
    pub hot: Vec<RecordBatch>,
    /// By site: who turned out to be whom.
    pub merged: Arc<HashMap<i32, Arc<Merged>>>,
    /// By site: what was held back and counts all the same.
    pub lifts: Arc<HashMap<i32, Arc<[Lift]>>>,
    /// By site: what money in other currencies is worth.
    pub rates: Arc<HashMap<i32, Arc<Rates>>>,
    /// What files that several sites share were found to hold.
    pub(crate) first_events: Arc<FirstEvents>,
}

/// Events that are held back for this reason in this time count as anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lift {
    pub reason: BotReason,
    pub range: Range,
}

/// Visitors and persons who turned out to be someone else: aliases and merges, applied when events
/// are read. What is kept never changes by them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    into: HashMap<i64, i64>,
}

impl Merged {
    /// `links` in the order they were recorded: the first is the second from now on and backwards,
    /// and whoever the second turns out to be.
    pub fn new(links: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut merged = Self::default();
        for (from, to) in links {
            let (from, to) = (merged.root(from), merged.root(to));
            if from != to {
                merged.into.insert(from, to);
            }
        }
        let ids: Vec<i64> = merged.into.keys().copied().collect();
        let into = ids.into_iter().map(|id| (id, merged.root(id))).collect();
        Self { into }
    }

    /// Whom `id` stands for in the end.
    pub fn of(&self, id: i64) -> i64 {
        self.into.get(&id).copied().unwrap_or(id)
    }

    /// All who turned out to be `id`, and `id`.
    pub fn all(&self, id: i64) -> Vec<i64> {
        let end = self.of(id);
        let others = self.into.iter().filter(|(_, into)| **into == end).map(|(id, _)| *id);
        std::iter::once(end).chain(others).collect()
    }

    /// Follows the links; a root has none, so this ends.
    fn root(&self, mut id: i64) -> i64 {
        while let Some(next) = self.into.get(&id) {
            id = *next;
        }
        id
    }
}

impl Snapshot {
    /// Time of a site's first event, microseconds UTC; `None` before there is one.
    ///
    /// A file that several sites share is looked into once.
    pub fn first_event_us(&self, site_number: i32) -> Option<i64> {
        self.first_events.of(self, site_number)
    }

    pub(crate) fn has_summaries(&self) -> bool {
        self.files.iter().any(|file| file.summary_bytes.is_some())
    }

    /// The same events, to be read from data files alone.
    pub(crate) fn without_summaries(&self) -> Self {
        let without = |file: &DataFile| DataFile { summary_bytes: None, ..file.clone() };
        Self { files: self.files.iter().map(without).collect(), ..self.clone() }
    }

    /// Removes the summaries; the lake makes them again.
    pub(crate) async fn remove_summaries(&self) {
        for file in self.files.iter().filter(|file| file.summary_bytes.is_some()) {
            let path = summary::path_of(file.path.as_ref()).into();
            match self.store.delete(&path).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => tracing::warn!(%path, %error, "a summary cannot be removed"),
            }
        }
    }
}

/// One live data file and what the table's log says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    pub path: object_store::path::Path,
    /// Bytes.
    pub size: u64,
    /// Days since 1970-01-01, the partition: UTC date on which the rows' visits started.
    pub date: i32,
    pub rows: u64,
    /// Smallest and largest `site_number`, inclusive.
    pub sites: (i32, i32),
    /// Earliest and latest `ts`, microseconds UTC, inclusive.
    pub ts_us: (i64, i64),
    /// Bytes of the file's summary (`_visits`), where there is one.
    pub summary_bytes: Option<u64>,
}

impl DataFile {
    /// Whether it may hold events of a site within a day of a range.
    pub(crate) fn touches(&self, site_number: i32, range: Range) -> bool {
        (self.sites.0..=self.sites.1).contains(&site_number)
            && self.ts_us.1 >= range.from_us - DAY_US
            && self.ts_us.0 < range.to_us + DAY_US
    }
}

/// Time of a site's earliest row in a hot batch, microseconds UTC.
pub(crate) fn first_ts_us(batch: &RecordBatch, site_number: i32) -> Option<i64> {
    let sites = batch.column_by_name(SITE_NUMBER)?.as_primitive_opt::<Int32Type>()?;
    let times = batch.column_by_name(TS)?.as_primitive_opt::<TimestampMicrosecondType>()?;
    let of_site =
        sites.values().iter().zip(times.values()).filter(|(site, _)| **site == site_number);
    of_site.map(|(_, ts)| *ts).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_turned_out_to_be_someone_is_whoever_that_one_is() {
        let merged = Merged::new([(1, 2), (2, 3), (4, 1), (3, 1), (5, 5)]);
        let ends: Vec<i64> = (1..=6).map(|id| merged.of(id)).collect();
        assert_eq!(ends, [3, 3, 3, 3, 5, 6]);
        let mut all = merged.all(4);
        all.sort_unstable();
        assert_eq!(all, [1, 2, 3, 4]);
    }
}
