//! Data files put together: one primitive that rewrites files, and the plan of when to use it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::catalog::Catalog;
use crate::error::LakeError;
use crate::faults;
use crate::merge::{Merge, Origin, Source};
use crate::restamp::{Carried, Counts, Policy, restamp};
use crate::sessions::Rules;
use crate::snapshot::DataFile;
use crate::table::Change;
use crate::writer::{FileWriter, Kind, Written, date_of};

/// A file that has so many rows is closed at the next visitor.
const FILE_ROWS: u64 = 1_000_000;

/// So many files of one size are put together.
const FAN_IN: usize = 16;

/// Visits of a date may go on for a day: after that its files are put together for good.
const OPEN_DATES: i32 = 2;

/// A closed date that late events reach is rewritten at most so often, microseconds: hourly.
const REWRITE_AGAIN_US: i64 = 3_600_000_000;

/// When the closed dates were last rewritten, microseconds UTC.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    rewritten_us: BTreeMap<i32, i64>,
}

/// Files of one date that become fewer.
struct Plan {
    files: Vec<DataFile>,
    /// All files of the date, for good.
    complete: bool,
}

/// Puts files together where there are many; gives the number of dates.
pub(crate) async fn compact(
    catalog: &Arc<Catalog>,
    rules: &Rules,
    memory: &mut Memory,
    now_us: i64,
) -> Result<u64, LakeError> {
    catalog.refresh().await?;
    let mut dates: BTreeMap<i32, Vec<DataFile>> = BTreeMap::new();
    for file in catalog.files().iter() {
        dates.entry(file.date).or_default().push(file.clone());
    }
    let mut done = 0;
    for (date, files) in dates {
        let Some(plan) = plan(date, files, memory, now_us) else { continue };
        let (root, rules) = (catalog.root().to_path_buf(), rules.clone());
        let complete = plan.complete;
        let removes = plan.files;
        let inputs = removes.clone();
        let (adds, _) = spawn_blocking(move || {
            let policy =
                Policy { rules: &rules, complete, mend: complete, keep: &|_| true, limit: None };
            rewrite(&root, &inputs, &policy)
        })
        .await??;
        replace(catalog, adds, removes, false, now_us).await?;
        if complete {
            memory.rewritten_us.insert(date, now_us);
        }
        done += 1;
    }
    Ok(done)
}

/// What to do with the files of one date now, if anything.
fn plan(date: i32, files: Vec<DataFile>, memory: &Memory, now_us: i64) -> Option<Plan> {
    if date > date_of(now_us) - OPEN_DATES {
        return plan_open(files);
    }
    let rows: u64 = files.iter().map(|file| file.rows).sum();
    let enough = files.len() as u64 <= rows.div_ceil(FILE_ROWS).max(1);
    if enough && files.iter().all(Kind::is_whole_day) {
        return None;
    }
    let last_us = memory.rewritten_us.get(&date);
    let soon = last_us.is_some_and(|last_us| now_us - last_us < REWRITE_AGAIN_US);
    (!soon || files.len() >= FAN_IN).then_some(Plan { files, complete: true })
}

/// Puts the files of one size together with all smaller ones, when there are enough of them: each
/// row is rewritten a few times a day, and the number of files grows with the logarithm.
fn plan_open(mut files: Vec<DataFile>) -> Option<Plan> {
    let size = |file: &DataFile| file.rows.max(1).ilog(FAN_IN as u64);
    files.retain(|file| file.rows < FILE_ROWS);
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    for file in &files {
        *sizes.entry(size(file)).or_default() += 1;
    }
    let largest = sizes.into_iter().rev().find(|(_, count)| *count >= FAN_IN)?.0;
    files.retain(|file| size(file) <= largest);
    Some(Plan { files, complete: false })
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
    }
    Ok(())
}

/// Many open files need small batches, few may have large ones.
pub(crate) fn batch_rows(files: usize) -> usize {
    if files > 64 { 1_024 } else { 8_192 }
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
