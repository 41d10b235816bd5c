//! Data files put together: one primitive that rewrites files, and the plan of when to use it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use hashbrown::HashSet;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use tokio::task::spawn_blocking;

use crate::catalog::Catalog;
use crate::error::LakeError;
use crate::faults;
use crate::mend::Mending;
use crate::merge::{Merge, Origin, Source};
use crate::restamp::{Carried, Counts, Policy, restamp};
use crate::schema;
use crate::sessions::Rules;
use crate::settle::{Dates, SETTLED_DATES, settle};
use crate::snapshot::DataFile;
use crate::table::Change;
use crate::writer::{FileWriter, Kind, ROW_GROUP_ROWS, Written, date_of, date_text};

/// A file that has so many rows is closed at the next visitor.
const FILE_ROWS: u64 = 1_000_000;

/// A file of an open date that fills a row group waits for the date's end: putting it together with its
/// like would write each row once more, and a query reads row groups.
const LARGE_ROWS: u64 = ROW_GROUP_ROWS as u64;

/// So many files of one size are put together.
const FAN_IN: usize = 16;

/// Rows that are read ahead of all open files together: what a rewrite holds does not grow with their number.
const READ_AHEAD_ROWS: usize = 32_768;

/// Visits of a date may go on for a day: after that its files are put together for good.
const OPEN_DATES: i32 = 2;

/// So many dates are rewritten together, at most, unless visits reach further.
const RUN_DATES: i32 = 7;

/// A closed date that late events reach is rewritten at most so often, microseconds: hourly.
const REWRITE_AGAIN_US: i64 = 3_600_000_000;

/// When the closed dates were last rewritten, microseconds UTC.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    rewritten_us: BTreeMap<i32, i64>,
    /// Files of settled dates that link no ids.
    unlinked: HashSet<String>,
    /// The first open date, of which the log's thread knows.
    pub(crate) open_from: Option<i32>,
    pub(crate) mending: Mending,
}

impl Memory {
    /// Whether a file still links a visitor's ids. Files never change, so each is looked at once.
    fn has_links(&mut self, root: &Path, files: &[DataFile]) -> bool {
        files.iter().any(|file| {
            if self.unlinked.contains(file.path.as_ref()) {
                return false;
            }
            let linked = links_ids(&root.join(file.path.as_ref()));
            if !linked {
                self.unlinked.insert(file.path.to_string());
            }
            linked
        })
    }
}

/// The first date whose files are not yet put together for good.
pub(crate) fn open_from(now_us: i64) -> i32 {
    date_of(now_us) - OPEN_DATES + 1
}

/// Whether the file's statistics say that rows link ids. One that cannot be read has none to take.
fn links_ids(path: &Path) -> bool {
    let Ok(reader) =
        fs::File::open(path).map_err(ParquetError::from).and_then(SerializedFileReader::new)
    else {
        return false;
    };
    reader.metadata().row_groups().iter().any(|group| {
        let column = group
            .columns()
            .iter()
            .find(|column| column.column_path().string() == schema::PREVIOUS_VISITOR_ID);
        column.is_some_and(|column| {
            let nulls =
                column.statistics().and_then(parquet::file::statistics::Statistics::null_count_opt);
            nulls != Some(column.num_values().unsigned_abs())
        })
    })
}

/// Puts files together where there are many; gives the number of dates.
pub(crate) async fn compact(
    catalog: &Arc<Catalog>,
    rules: &Rules,
    memory: &mut Memory,
    now_us: i64,
) -> Result<u64, LakeError> {
    catalog.refresh().await?;
    let dates = by_date(catalog);
    let mut done = 0;
    let mut failure = None;
    let today = date_of(now_us);
    let open: Vec<i32> = dates.range(open_from(now_us)..).map(|(date, _)| *date).collect();
    for date in open {
        let Some(removes) = plan_open(dates.get(&date).cloned().unwrap_or_default()) else {
            continue;
        };
        let (root, rules, inputs) = (catalog.root().to_path_buf(), rules.clone(), removes.clone());
        let written = spawn_blocking(move || rewrite(&root, &inputs, &Policy::new(&rules))).await?;
        let replaced = match written {
            Ok((adds, _)) => replace(catalog, adds, removes, false, now_us).await,
            Err(error) => Err(error),
        };
        match replaced {
            Ok(()) => done += 1,
            Err(error) => note(&mut failure, date, error),
        }
    }
    let mut settled_to = i32::MIN;
    for (first, last) in runs(due(&dates, memory, catalog.root(), now_us)) {
        // A visit that reaches far may have brought this one along.
        if last <= settled_to {
            continue;
        }
        let (root, rules, all) = (catalog.root().to_path_buf(), rules.clone(), by_date(catalog));
        let written =
            spawn_blocking(move || settle(&root, &all, &rules, (first, last), today)).await?;
        let replaced = match written {
            Ok(settled) => {
                let dates = settled.dates;
                let outcome = replace(catalog, settled.adds, settled.removes, false, now_us).await;
                outcome.map(|()| dates)
            }
            Err(error) => Err(error),
        };
        match replaced {
            Ok((first, last)) => {
                memory.rewritten_us.extend((first..=last).map(|date| (date, now_us)));
                done += u64::from((last - first + 1).unsigned_abs());
                settled_to = last;
            }
            Err(error) => note(&mut failure, first, error),
        }
    }
    failure.map_or(Ok(done), Err)
}

fn by_date(catalog: &Catalog) -> Dates {
    let mut dates = Dates::new();
    for file in catalog.files().iter() {
        dates.entry(file.date).or_default().push(file.clone());
    }
    dates
}

/// What stops the work on one date does not stop it on others; the first failure is told.
fn note(failure: &mut Option<LakeError>, date: i32, error: LakeError) {
    let date = date_text(date);
    tracing::warn!(date, %error, "the files of a date stay as they are");
    failure.get_or_insert(error);
}

/// Closed dates that are to be rewritten now.
fn due(dates: &Dates, memory: &mut Memory, root: &Path, now_us: i64) -> Vec<i32> {
    let today = date_of(now_us);
    let mut due = Vec::new();
    for (date, files) in dates.range(..open_from(now_us)) {
        let rows: u64 = files.iter().map(|file| file.rows).sum();
        let enough = files.len() as u64 <= rows.div_ceil(FILE_ROWS).max(1);
        if enough && files.iter().all(Kind::is_whole_day) {
            if *date <= today - SETTLED_DATES && memory.has_links(root, files) {
                due.push(*date);
            }
            continue;
        }
        let last_us = memory.rewritten_us.get(date);
        // A clock that was set back is no reason to wait.
        let soon =
            last_us.is_some_and(|last_us| (0..REWRITE_AGAIN_US).contains(&(now_us - last_us)));
        if !soon || files.len() >= FAN_IN {
            due.push(*date);
        }
    }
    due
}

/// First and last of dates that follow each other.
fn runs(dates: Vec<i32>) -> Vec<(i32, i32)> {
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for date in dates {
        match runs.last_mut() {
            Some((first, last)) if *last + 1 == date && date - *first < RUN_DATES => *last = date,
            _ => runs.push((date, date)),
        }
    }
    runs
}

/// Puts the files of one size together with smaller ones, when there are enough of them: each
/// row is rewritten a few times a day, and the number of files grows with the logarithm.
fn plan_open(mut files: Vec<DataFile>) -> Option<Vec<DataFile>> {
    let size = |file: &DataFile| file.rows.max(1).ilog(FAN_IN as u64);
    files.retain(|file| file.rows < LARGE_ROWS);
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    for file in &files {
        *sizes.entry(size(file)).or_default() += 1;
    }
    let largest = sizes.into_iter().rev().find(|(_, count)| *count >= FAN_IN)?.0;
    files.retain(|file| size(file) <= largest);
    files.sort_by_key(|file| file.rows);
    // Each open file holds pages of all its columns.
    files.truncate(FAN_IN);
    Some(files)
}

/// Writes the rows of `files` anew under `policy`; nothing counts until it is committed.
pub(crate) fn rewrite(
    root: &Path,
    files: &[DataFile],
    policy: &Policy<'_>,
) -> Result<(Vec<Written>, Counts), LakeError> {
    let batch_rows = batch_rows(files.len());
    let sources: Result<Vec<_>, _> = files
        .iter()
        .map(|file| Source::open(&root.join(file.path.as_ref()), Origin::default(), batch_rows))
        .collect();
    let kind = if policy.complete { Kind::WholeDay } else { Kind::Part };
    let mut partitions = Partitions::new(root, kind);
    let mut counts = Counts::default();
    pour(sources?, policy, &mut Carried::default(), &mut counts, &mut partitions, &mut |_| ())?;
    Ok((partitions.finish()?, counts))
}

/// Merges, puts right and writes.
pub(crate) fn pour(
    sources: Vec<Source>,
    policy: &Policy<'_>,
    carried: &mut Carried,
    counts: &mut Counts,
    partitions: &mut Partitions<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<(), LakeError> {
    let mut merge = Merge::new(sources);
    while let Some(chunk) = merge.next_chunk()? {
        for (date, rows) in restamp(&chunk, policy, carried, counts)? {
            partitions.write(date, &rows)?;
        }
        progress(chunk.rows.len() as u64);
        if carried.reaches_over() {
            break;
        }
    }
    Ok(())
}

/// Many open files need small batches, few may have large ones.
pub(crate) fn batch_rows(files: usize) -> usize {
    (READ_AHEAD_ROWS / files.max(1)).clamp(512, 8_192)
}

/// Commits `adds` in place of `removes`, or takes back what was written.
pub(crate) async fn replace(
    catalog: &Catalog,
    adds: Vec<Written>,
    removes: Vec<DataFile>,
    changes_rows: bool,
    now_us: i64,
) -> Result<(), LakeError> {
    faults::point(faults::WRITTEN)?;
    let change = Change { adds, removes, changes_rows, applied: None, now_us };
    let outcome = catalog.commit(&change).await;
    if let Err(LakeError::Conflict { .. }) = &outcome {
        discard(catalog.root(), &change.adds);
    }
    outcome
}

/// Removes files that were written for nothing; what cannot be removed is an orphan.
pub(crate) fn discard(root: &Path, written: &[Written]) {
    for written in written {
        if let Err(error) = fs::remove_file(root.join(written.file.path.as_ref())) {
            tracing::warn!(path = %written.file.path, %error, "a file that nobody needs stays");
        }
    }
}

/// Open files, one a date.
pub(crate) struct Partitions<'a> {
    root: &'a Path,
    kind: Kind,
    open: BTreeMap<i32, FileWriter>,
    done: Vec<Written>,
}

impl<'a> Partitions<'a> {
    pub(crate) fn new(root: &'a Path, kind: Kind) -> Self {
        Self { root, kind, open: BTreeMap::new(), done: Vec::new() }
    }

    /// Adds rows of whole visitors, sorted, to the file of their date.
    pub(crate) fn write(
        &mut self,
        date: i32,
        rows: &arrow::array::RecordBatch,
    ) -> Result<(), LakeError> {
        if self.open.get(&date).is_some_and(|file| file.rows() >= FILE_ROWS)
            && let Some(full) = self.open.remove(&date)
        {
            self.done.push(full.finish()?);
        }
        let file = match self.open.entry(date) {
            std::collections::btree_map::Entry::Occupied(file) => file.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(FileWriter::create(self.root, date, self.kind)?)
            }
        };
        file.write(rows)
    }

    pub(crate) fn finish(mut self) -> Result<Vec<Written>, LakeError> {
        for file in std::mem::take(&mut self.open).into_values() {
            self.done.push(file.finish()?);
        }
        Ok(self.done)
    }
}

#[cfg(test)]
mod tests;
