//! History in bulk: events in any order, once, divided into visits together with what is there.
//!
//! Events are staged on the disk by date, then the dates they touch are rewritten, a window of
//! dates at a time, and one commit makes all of it count. Interrupted, nothing happened; run
//! twice, the second run finds every event there. A server may be running on the same folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hashbrown::HashSet;
use luotsi_marketing::event::Event;
use luotsi_marketing::session::OpenVisit;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::catalog::Catalog;
use crate::compaction::{Partitions, batch_rows, discard, pour, replace};
use crate::error::LakeError;
use crate::lake::{LakeSettings, write_sorted};
use crate::merge::{Origin, Source};
use crate::restamp::{Carried, Counts, Policy};
use crate::rows::Rows;
use crate::sessions::Rules;
use crate::snapshot::DataFile;
use crate::staging::{Staging, Work};
use crate::writer::{Kind, Written};
use crate::{duplicates, schema};

/// Events in memory before they are staged on the disk.
const STAGE_ROWS: usize = 200_000;

/// Dates that are rewritten at once, at most.
const WINDOW_DATES: usize = 16;

/// Files that are open at once, about.
const OPEN_FILES: usize = 512;

/// Another writer may win so often before one gives up.
const ATTEMPTS: usize = 5;

/// What became of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Events that were not there before.
    pub accepted: u64,
    /// Events that were there already, or came twice.
    pub duplicates: u64,
    /// Dates that were rewritten.
    pub dates: usize,
}

/// How far the rewriting has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportProgress {
    /// Rows handled, old ones of the same dates included.
    pub done_rows: u64,
    /// About so many there are.
    pub total_rows: u64,
}

/// An import in progress. Dropped before `finish`, it leaves nothing behind.
pub struct Importer {
    catalog: Arc<Catalog>,
    rules: Rules,
    staging: Staged,
    rows: Rows,
    events: u64,
}

/// A folder of its own; removed with the import.
struct Staged {
    folder: Staging,
    /// Staged files and their rows by the UTC date of their events.
    files: BTreeMap<i32, Vec<(PathBuf, u64)>>,
}

impl Importer {
    /// Begins an import into a lake; a server may be using it. Visits are divided by the session rules of
    /// `settings`.
    pub async fn begin(settings: &LakeSettings) -> Result<Self, LakeError> {
        let catalog = Arc::new(Catalog::open(&settings.dir, None).await?);
        Self::into(catalog, &settings.dir, settings.rules())
    }

    pub(crate) fn into(catalog: Arc<Catalog>, dir: &Path, rules: Rules) -> Result<Self, LakeError> {
        let folder = Staging::new(dir, Work::Import)?;
        let staging = Staged { folder, files: BTreeMap::new() };
        Ok(Self { catalog, rules, staging, rows: Rows::default(), events: 0 })
    }

    /// Takes in events, in any order. Nothing counts before `finish`.
    pub async fn add(&mut self, events: Vec<Event>) -> Result<(), LakeError> {
        for mut event in events {
            // Whoever imports has followed visits across midnight already.
            event.previous_visitor_id = None;
            event.named_id = None;
            let event = &event;
            let mut visit = OpenVisit::begin(event).visit;
            visit.session_id = 0;
            self.rows.push(event, &visit);
            self.events += 1;
        }
        if self.rows.len() >= STAGE_ROWS { self.stage().await } else { Ok(()) }
    }

    /// Divides the events into visits, writes and commits them.
    ///
    /// `progress` is called now and then. `now_us` is the time, microseconds UTC.
    pub async fn finish(
        mut self,
        now_us: i64,
        mut progress: impl FnMut(ImportProgress),
    ) -> Result<ImportReport, LakeError> {
        self.stage().await?;
        let staging = Arc::new(self.staging);
        for attempt in 1.. {
            self.catalog.refresh().await?;
            let job = Job::new(&self.catalog, &staging, &self.rules);
            let removes = job.replaced();
            let dates = job.dates.len();
            let total_rows = job.total_rows();
            let (report, mut reports) = mpsc::unbounded_channel();
            let work = spawn_blocking(move || job.run(&report));
            let mut done_rows = 0;
            while let Some(rows) = reports.recv().await {
                done_rows += rows;
                progress(ImportProgress { done_rows, total_rows });
            }
            let (adds, counts) = work.await??;
            let report = ImportReport {
                accepted: counts.fresh,
                duplicates: self.events - counts.fresh,
                dates,
            };
            if counts.fresh == 0 {
                discard(self.catalog.root(), &adds);
                return Ok(ImportReport { dates: 0, ..report });
            }
            match replace(&self.catalog, adds, removes, true, now_us).await {
                Err(LakeError::Conflict { .. }) if attempt < ATTEMPTS => {}
                Ok(()) => {
                    self.catalog.summarise().await?;
                    return Ok(report);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(ImportReport::default())
    }

    /// Writes the events in memory to staged files, one a date.
    async fn stage(&mut self) -> Result<(), LakeError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = self.rows.finish()?;
        let dir = self.staging.folder.dir().to_path_buf();
        let staged = spawn_blocking(move || write_sorted(&dir, &[rows])).await??;
        for staged in staged {
            let path = self.staging.folder.dir().join(staged.file.path.as_ref());
            self.staging.files.entry(staged.file.date).or_default().push((path, staged.file.rows));
        }
        Ok(())
    }
}

/// The rewriting of the touched dates.
struct Job {
    root: PathBuf,
    rules: Rules,
    staging: Arc<Staged>,
    /// The dates of staged events, and their neighbours that hold events: a visit crosses midnight.
    dates: BTreeSet<i32>,
    live: BTreeMap<i32, Vec<DataFile>>,
}

impl Job {
    fn new(catalog: &Catalog, staging: &Arc<Staged>, rules: &Rules) -> Self {
        let mut live: BTreeMap<i32, Vec<DataFile>> = BTreeMap::new();
        for file in catalog.files().iter() {
            live.entry(file.date).or_default().push(file.clone());
        }
        let mut dates: BTreeSet<i32> = staging.files.keys().copied().collect();
        for date in staging.files.keys() {
            dates.extend([date - 1, date + 1].into_iter().filter(|date| live.contains_key(date)));
        }
        live.retain(|date, _| dates.contains(date));
        Self {
            root: catalog.root().to_path_buf(),
            rules: rules.clone(),
            staging: Arc::clone(staging),
            dates,
            live,
        }
    }

    fn replaced(&self) -> Vec<DataFile> {
        self.live.values().flatten().cloned().collect()
    }

    fn total_rows(&self) -> u64 {
        let live: u64 = self.live.values().flatten().map(|file| file.rows).sum();
        let staged: u64 = self.staging.files.values().flatten().map(|file| file.1).sum();
        live + staged
    }

    /// Writes the dates anew, one window after the other.
    fn run(
        &self,
        report: &mpsc::UnboundedSender<u64>,
    ) -> Result<(Vec<Written>, Counts), LakeError> {
        let (mut written, mut counts) = (Vec::new(), Counts::default());
        let mut carried = Carried::default();
        let dates: Vec<i32> = self.dates.iter().copied().collect();
        let window_dates = (OPEN_FILES / self.most_files().max(1)).clamp(1, WINDOW_DATES);
        let windows: Vec<&[i32]> = dates.chunks(window_dates).collect();
        for (index, window) in windows.iter().enumerate() {
            let ahead = windows.get(index + 1).and_then(|next| next.first().copied());
            let sources = self.sources(window, ahead)?;
            let policy = Policy { complete: true, limit: ahead, ..Policy::new(&self.rules) };
            let mut partitions = Partitions::new(&self.root, Kind::WholeDay);
            // Nobody listening means nobody to tell.
            let mut progress = |rows| report.send(rows).unwrap_or_default();
            pour(sources, &policy, &mut carried, &mut counts, &mut partitions, &mut progress)?;
            written.extend(partitions.finish()?);
        }
        Ok((written, counts))
    }

    fn most_files(&self) -> usize {
        let files = |date: &i32| {
            self.live.get(date).map_or(0, Vec::len)
                + self.staging.files.get(date).map_or(0, Vec::len)
        };
        self.dates.iter().map(files).max().unwrap_or_default()
    }

    /// The rows of the dates in `window`, and those of the date after it to look at.
    fn sources(&self, window: &[i32], ahead: Option<i32>) -> Result<Vec<Source>, LakeError> {
        let last = window.last().copied().unwrap_or_default();
        let next = ahead.filter(|next| *next == last + 1);
        let dates = window.iter().map(|date| (*date, false)).chain(next.map(|date| (date, true)));
        let batch_rows = batch_rows((window.len() + 1) * self.most_files());
        let mut sources = Vec::new();
        for (date, ahead) in dates {
            for file in self.live.get(&date).into_iter().flatten() {
                let path = self.root.join(file.path.as_ref());
                sources.push(Source::open(
                    &path,
                    Origin { ahead, ..Origin::default() },
                    batch_rows,
                )?);
            }
            let known = self.known(date)?;
            for (path, _) in self.staging.files.get(&date).into_iter().flatten() {
                let origin = Origin { fresh: true, ahead, moved: false };
                sources.push(Source::open_without(path, origin, batch_rows, known.clone())?);
            }
        }
        Ok(sources)
    }

    /// The staged events of a date that are in the table, whoever their visitor is there: the visitors
    /// of another import have other names.
    fn known(&self, date: i32) -> Result<HashSet<u64>, LakeError> {
        // An event lies under the date on which its visit began.
        let dates = [date - 1, date];
        let live: Vec<_> = dates.iter().filter_map(|date| self.live.get(date)).flatten().collect();
        let (mut staged, mut known) = (HashSet::new(), HashSet::new());
        if live.is_empty() {
            return Ok(known);
        }
        for (path, _) in self.staging.files.get(&date).into_iter().flatten() {
            each_key(path, |key| {
                staged.insert(key);
            })?;
        }
        for file in live.into_iter().filter(|_| !staged.is_empty()) {
            each_key(&self.root.join(file.path.as_ref()), |key| {
                if staged.contains(&key) {
                    known.insert(key);
                }
            })?;
        }
        Ok(known)
    }
}

/// Gives the numbers (`duplicates::key`) of the events in a file.
fn each_key(path: &Path, mut each: impl FnMut(u64)) -> Result<(), LakeError> {
    const ROWS: usize = 8_192;
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let names = [schema::SITE_NUMBER, schema::EVENT_ID];
    let projection = ProjectionMask::columns(builder.parquet_schema(), names);
    for batch in builder.with_projection(projection).with_batch_size(ROWS).build()? {
        duplicates::keys(&batch?)?.into_iter().for_each(&mut each);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
