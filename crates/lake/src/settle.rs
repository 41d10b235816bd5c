//! Closed dates put right: the visits of events that came late are what they would have been had
//! every event come in time.
//!
//! Dates are rewritten together with a neighbour when a visit turns out to reach over the midnight
//! between them. Nothing is ever looked for on a date that no visit reaches.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch, Scalar, TimestampMicrosecondArray};
use arrow::compute::kernels::cmp::gt_eq;
use arrow::error::ArrowError;
use hashbrown::{HashMap, HashSet};
use luotsi_marketing::session::Span;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter};

use crate::bridge;
use crate::compaction::{Partitions, batch_rows, discard, pour};
use crate::error::LakeError;
use crate::merge::{Origin, Source};
use crate::restamp::{Carried, Counts, Fence, Policy};
use crate::sessions::Rules;
use crate::snapshot::DataFile;
use crate::writer::{Kind, Written};
use crate::{columns, schema};

pub(crate) const DAY_US: i64 = 86_400_000_000;

/// Events come at most 72 hours late: so many dates after its own a date is settled, and links between
/// a visitor's ids go.
pub(crate) const SETTLED_DATES: i32 = 5;

/// Files by date.
pub(crate) type Dates = BTreeMap<i32, Vec<DataFile>>;

/// Files that take the place of others.
pub(crate) struct Settled {
    pub(crate) adds: Vec<Written>,
    pub(crate) removes: Vec<DataFile>,
    /// The dates, first and last, inclusive.
    pub(crate) dates: (i32, i32),
}

/// Writes the dates from `first` to `last`, and those that their visits reach, anew; nothing counts
/// until it is committed. `today` is a date like them.
pub(crate) fn settle(
    root: &Path,
    dates: &Dates,
    rules: &Rules,
    (mut first, mut last): (i32, i32),
    today: i32,
) -> Result<Settled, LakeError> {
    // Where campaigns divide visits, two of them may lie close over every midnight: one neighbour is
    // enough then, because no visit is longer than a day.
    let asked = (first, last);
    loop {
        let files: Vec<&DataFile> =
            dates.range(first..=last).flat_map(|(_, files)| files).collect();
        let mut fence = fence(root, dates, &files, rules, (first, last))?;
        fence.guesses_before = first == asked.0;
        fence.guesses_after = last == asked.1;
        let bridged = bridge::find(root, &files, &fence, rules)?;
        let reaches_before = bridged.reaches_before && dates.contains_key(&(first - 1));
        if reaches_before {
            first -= 1;
            continue;
        }
        let batch_rows = batch_rows(files.len());
        let mut sources = Vec::new();
        for file in &files {
            let path = root.join(file.path.as_ref());
            sources.push(Source::open(&path, Origin::default(), batch_rows)?);
        }
        if let Some(rows) = bridged.rows {
            let origin = Origin { moved: true, ..Origin::default() };
            sources.push(Source::of(rows, origin)?);
        }
        let mut carried = Carried { touched: bridged.touched, ..Carried::default() };
        let policy = Policy {
            complete: true,
            mend: true,
            unlink_before: today - SETTLED_DATES + 1,
            moved: bridged.moved,
            fence: Some(fence),
            ..Policy::new(rules)
        };
        let mut partitions = Partitions::new(root, Kind::WholeDay);
        let mut counts = Counts::default();
        pour(sources, &policy, &mut carried, &mut counts, &mut partitions, &mut |_| ())?;
        let adds = partitions.finish()?;
        if !carried.reaches_over() {
            let removes = files.into_iter().cloned().collect();
            return Ok(Settled { adds, removes, dates: (first, last) });
        }
        discard(root, &adds);
        first -= i32::from(carried.reaches_before);
        last += i32::from(carried.reaches_after);
    }
}

/// What lies on both sides of the dates from `first` to `last`.
fn fence(
    root: &Path,
    dates: &Dates,
    files: &[&DataFile],
    rules: &Rules,
    (first, last): (i32, i32),
) -> Result<Fence, LakeError> {
    let mut fence = Fence { last_date: last, ..Fence::default() };
    let idle_us = rules.longest_idle_us();
    // An event may lie before the visit that it was stamped with, by the longest pause.
    let since_us = i64::from(first) * DAY_US - 2 * idle_us;
    for file in dates.get(&(first - 1)).into_iter().flatten() {
        if file.ts_us.1 < since_us {
            continue;
        }
        let names = [schema::SITE_NUMBER, schema::VISITOR_ID, schema::TS, schema::SESSION_START];
        rows(root, file, &names, Some(since_us), |batch| {
            let starts = columns::times(batch, schema::SESSION_START)?.values();
            each(batch, |row, visitor, ts_us| {
                let span = Span { start_us: starts[row].min(ts_us), last_us: ts_us };
                let known = fence.before.entry(visitor).or_insert(span);
                if known.last_us < ts_us {
                    *known = span;
                }
            })
        })?;
    }
    let Some(after) = dates.get(&(last + 1)) else { return Ok(fence) };
    let since_us = i64::from(last + 1) * DAY_US - 2 * idle_us;
    let names = [schema::SITE_NUMBER, schema::VISITOR_ID, schema::TS];
    let mut late = HashSet::new();
    for file in files.iter().filter(|file| file.ts_us.1 >= since_us) {
        rows(root, file, &names, Some(since_us), |batch| {
            each(batch, |_, visitor, _| {
                late.insert(visitor);
            })
        })?;
    }
    if late.is_empty() {
        return Ok(fence);
    }
    let mut first_us: HashMap<(i32, i64), i64> = HashMap::new();
    for file in after {
        rows(root, file, &names, None, |batch| {
            each(batch, |_, visitor, ts_us| {
                if late.contains(&visitor) {
                    let known = first_us.entry(visitor).or_insert(ts_us);
                    *known = ts_us.min(*known);
                }
            })
        })?;
    }
    fence.after = first_us;
    Ok(fence)
}

/// Calls `each` with every row's number, visitor and time.
pub(crate) fn each(
    batch: &RecordBatch,
    mut each: impl FnMut(usize, (i32, i64), i64),
) -> Result<(), ArrowError> {
    let sites = columns::int32(batch, schema::SITE_NUMBER)?.values();
    let visitors = columns::int64(batch, schema::VISITOR_ID)?.values();
    let times = columns::times(batch, schema::TS)?.values();
    for row in 0..batch.num_rows() {
        each(row, (sites[row], visitors[row]), times[row]);
    }
    Ok(())
}

/// Gives some columns of a file's rows, of those since a time if one is given. Columns that the file
/// lacks are missing.
pub(crate) fn rows(
    root: &Path,
    file: &DataFile,
    names: &[&str],
    since_us: Option<i64>,
    mut each: impl FnMut(&RecordBatch) -> Result<(), ArrowError>,
) -> Result<(), LakeError> {
    let path = root.join(file.path.as_ref());
    let mut builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let columns = builder.parquet_schema();
    let projection = ProjectionMask::columns(columns, names.iter().copied());
    if let Some(since_us) = since_us {
        let only_ts = ProjectionMask::columns(columns, [schema::TS]);
        let since = TimestampMicrosecondArray::from(vec![since_us]).with_timezone("UTC");
        let since = Scalar::new(since);
        let young = ArrowPredicateFn::new(only_ts, move |batch| gt_eq(batch.column(0), &since));
        builder = builder.with_row_filter(RowFilter::new(vec![Box::new(young)]));
    }
    for batch in builder.with_projection(projection).with_batch_size(8_192).build()? {
        each(&batch?)?;
    }
    Ok(())
}

/// Gives whole rows of some visitors of a file.
pub(crate) fn rows_of(
    root: &Path,
    file: &DataFile,
    visitors: &Arc<HashSet<(i32, i64)>>,
    mut each: impl FnMut(RecordBatch) -> Result<(), ArrowError>,
) -> Result<(), LakeError> {
    let path = root.join(file.path.as_ref());
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let names = [schema::SITE_NUMBER, schema::VISITOR_ID];
    let of_visitor = ProjectionMask::columns(builder.parquet_schema(), names);
    let visitors = Arc::clone(visitors);
    let wanted = ArrowPredicateFn::new(of_visitor, move |batch| {
        let sites = columns::int32(&batch, schema::SITE_NUMBER)?.values();
        let ids = columns::int64(&batch, schema::VISITOR_ID)?.values();
        let wanted = sites.iter().zip(ids).map(|(site, id)| Some(visitors.contains(&(*site, *id))));
        Ok(wanted.collect::<BooleanArray>())
    });
    let filter = RowFilter::new(vec![Box::new(wanted)]);
    for batch in builder.with_row_filter(filter).with_batch_size(8_192).build()? {
        each(crate::merge::conform(&batch?)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
