//! A whole day's data file in short, beside it: a row for each visit and quarter of an hour.
//!
//! Most questions are about visits as wholes: where they came from, where they began, how long they
//! took. A summary answers them with half the rows and a third of the bytes, and without looking for
//! where visits begin and end. It is made from the data file alone, in the background, and only where
//! it is there is it read: a summary that is missing or damaged is made again.
//!
//! It lies under `_visits-2` in the table's folder; readers of Delta tables leave out such folders.

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayRef, AsArray as _, BooleanArray, Int32Array, Int64Array, RecordBatch, UInt32Array,
};
use arrow::compute::{concat_batches, take};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use uuid::Uuid;

use crate::aggregate::{EVENT, NO_PERSON, PAGEVIEW, kind_of, named, persons};
use crate::columns::{self, Text};
use crate::error::LakeError;
use crate::schema;

/// The folder of summaries in the table's folder. Its number changes with their layout.
pub(crate) const FOLDER: &str = "_visits-2";

/// Whether the row goes on with its visit (0), begins one (1), or begins one with exactly one
/// interaction (2). Numbers are read much faster than booleans.
pub(crate) const START: &str = "start";
pub(crate) const GOES_ON: i32 = 0;
pub(crate) const BEGINS: i32 = 1;
pub(crate) const BOUNCES: i32 = 2;
/// Quarters of an hour since 1970, UTC.
pub(crate) const QUARTER: &str = "quarter";
/// Events of the quarter, page views included.
pub(crate) const EVENTS: &str = "events";
/// Page views of the quarter.
pub(crate) const PAGEVIEWS: &str = "pageviews";
/// Page views of the visit.
pub(crate) const VISIT_PAGEVIEWS: &str = "visit_pageviews";
/// From the visit's first row to its last, microseconds.
pub(crate) const DURATION_US: &str = "duration_us";
/// Path of the visit's last page view; `entry_page` is that of its first.
pub(crate) const EXIT_PAGE: &str = "exit_page";

/// Length of a quarter of an hour, microseconds. Time zones differ by whole quarters.
pub(crate) const QUARTER_US: i64 = 900_000_000;

/// Columns that are the same on all rows of a visit.
const OF_VISIT: [&str; 21] = [
    schema::SOURCE,
    schema::REFERRER,
    schema::CHANNEL,
    schema::UTM_SOURCE,
    schema::UTM_MEDIUM,
    schema::UTM_CAMPAIGN,
    schema::UTM_CONTENT,
    schema::UTM_TERM,
    schema::UTM_ID,
    schema::CLICK_ID,
    schema::UTM_SOURCE_PLATFORM,
    schema::UTM_CREATIVE_FORMAT,
    schema::UTM_MARKETING_TACTIC,
    schema::DEVICE,
    schema::BROWSER,
    schema::BROWSER_VERSION,
    schema::OS,
    schema::OS_VERSION,
    schema::COUNTRY,
    schema::REGION,
    schema::CITY,
];

/// Columns that a summary is made from besides those of visits.
const OF_EVENT: [&str; 10] = [
    schema::SITE_NUMBER,
    schema::VISITOR_ID,
    schema::PERSON_ID,
    schema::NAMED_ID,
    schema::SESSION_ID,
    schema::TS,
    schema::NAME,
    schema::PATHNAME,
    schema::INTERACTIVE,
    schema::BOT_REASON,
];

const BATCH_ROWS: usize = 16_384;
const ROW_GROUP_ROWS: usize = 131_072;

/// Columns of summaries.
pub(crate) fn summary_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let text = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let required = |name: &str, data_type: DataType| Field::new(name, data_type, false);
        let mut fields = vec![
            required(schema::SITE_NUMBER, DataType::Int32),
            required(schema::VISITOR_ID, DataType::Int64),
            required(START, DataType::Int32),
            required(QUARTER, DataType::Int32),
            required(EVENTS, DataType::Int32),
            required(PAGEVIEWS, DataType::Int32),
            required(VISIT_PAGEVIEWS, DataType::Int32),
            required(DURATION_US, DataType::Int64),
        ];
        let texts = [schema::ENTRY_PAGE, EXIT_PAGE].into_iter().chain(OF_VISIT);
        fields.extend(texts.map(|name| Field::new(name, text.clone(), true)));
        Arc::new(Schema::new(fields))
    });
    SCHEMA.clone()
}

/// Whether summaries say what visits have in this text column.
pub(crate) fn has_text(column: &str) -> bool {
    OF_VISIT.contains(&column)
}

/// Removes summaries of another layout: nobody reads them, and what is erased must not stay in them.
pub(crate) fn remove_older(root: &Path) -> Result<(), LakeError> {
    for folder in fs::read_dir(root)? {
        let folder = folder?;
        let name = folder.file_name();
        if name.to_string_lossy().starts_with("_visits-") && name != FOLDER {
            fs::remove_dir_all(folder.path())?;
        }
    }
    Ok(())
}

/// Where the summary of a data file is, both relative to the table's folder.
pub(crate) fn path_of(data_file: &str) -> String {
    format!("{FOLDER}/{data_file}")
}

/// Bytes of a data file's summary; `None` when there is none.
pub(crate) fn bytes_of(root: &Path, data_file: &str) -> Option<u64> {
    fs::metadata(root.join(path_of(data_file))).ok().map(|metadata| metadata.len())
}

/// Makes the summary of a data file; gives its bytes. It is there as a whole or not at all.
pub(crate) fn write(root: &Path, data_file: &str) -> Result<u64, LakeError> {
    let target = root.join(path_of(data_file));
    let folder = target.parent().map_or_else(|| root.to_path_buf(), Path::to_path_buf);
    fs::create_dir_all(&folder)?;
    let unfinished = Unfinished(folder.join(format!(".{}", Uuid::new_v4())));
    let file = File::options().write(true).create_new(true).open(&unfinished.0)?;
    let mut writer = ArrowWriter::try_new(file, summary_schema(), Some(properties()))?;
    let mut open: Option<RecordBatch> = None;
    for batch in read(&root.join(data_file))? {
        let batch = batch?;
        let mut from = 0;
        if let Some(begun) = open.take() {
            from = first_visit_end(&begun, &batch)?;
            let begun = concat_batches(&begun.schema(), [&begun, &batch.slice(0, from)])?;
            if from == batch.num_rows() {
                open = Some(begun);
                continue;
            }
            writer.write(&summarised(&begun)?)?;
        }
        let to = last_visit_start(&batch)?.max(from);
        if to > from {
            writer.write(&summarised(&batch.slice(from, to - from))?)?;
        }
        open = Some(batch.slice(to, batch.num_rows() - to));
    }
    if let Some(begun) = open {
        writer.write(&summarised(&begun)?)?;
    }
    let file = writer.into_inner()?;
    file.sync_all()?;
    let bytes = file.metadata()?.len();
    fs::rename(&unfinished.0, &target)?;
    Ok(bytes)
}

/// A file that is removed unless it got its name.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.0.display(), %error, "half a summary stays");
        }
    }
}

fn read(path: &Path) -> Result<impl Iterator<Item = Result<RecordBatch, ArrowError>>, LakeError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let names = OF_EVENT.into_iter().chain(OF_VISIT);
    let mask = ProjectionMask::columns(builder.parquet_schema(), names);
    Ok(builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()?)
}

/// Visits lie uncompressed, as in data files; the rest is small numbers and dictionaries.
fn properties() -> WriterProperties {
    let visitor = ColumnPath::from(schema::VISITOR_ID);
    WriterProperties::builder()
        .set_created_by(concat!("luotsi ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_dictionary_page_size_limit(2 << 20)
        .set_column_dictionary_enabled(visitor.clone(), false)
        .set_column_encoding(visitor.clone(), Encoding::PLAIN)
        .set_column_compression(visitor, Compression::UNCOMPRESSED)
        .set_column_dictionary_enabled(ColumnPath::from(DURATION_US), false)
        .set_column_encoding(ColumnPath::from(DURATION_US), Encoding::DELTA_BINARY_PACKED)
        .build()
}

/// Rows at the start of `batch` that belong to the visit in `begun`.
fn first_visit_end(begun: &RecordBatch, batch: &RecordBatch) -> Result<usize, ArrowError> {
    let (site, visitor, visit) = keys(begun)?;
    let open = (site[0], visitor[0], visit[0]);
    let (sites, visitors, visits) = keys(batch)?;
    Ok((0..batch.num_rows())
        .find(|row| (sites[*row], visitors[*row], visits[*row]) != open)
        .unwrap_or(batch.num_rows()))
}

/// The first row of the last visit of `batch`.
fn last_visit_start(batch: &RecordBatch) -> Result<usize, ArrowError> {
    let (sites, visitors, visits) = keys(batch)?;
    let last = batch.num_rows() - 1;
    let of_last = |row: &usize| {
        (sites[*row], visitors[*row], visits[*row]) != (sites[last], visitors[last], visits[last])
    };
    Ok((0..last).rev().find(of_last).map_or(0, |row| row + 1))
}

type VisitKeys<'a> = (&'a [i32], &'a [i64], &'a [i64]);

fn keys(batch: &RecordBatch) -> Result<VisitKeys<'_>, ArrowError> {
    Ok((
        columns::int32(batch, schema::SITE_NUMBER)?.values(),
        columns::int64(batch, schema::VISITOR_ID)?.values(),
        columns::int64(batch, schema::SESSION_ID)?.values(),
    ))
}

/// The columns of the summary that are worked out, row by row.
#[derive(Default)]
struct Rows {
    /// The event row that says what is the same on all rows of the visit.
    of: Vec<u32>,
    /// Whom the visit counts to: the person whom any of its events names, else the lasting id that any
    /// gives, else the visitor.
    visitor: Vec<i64>,
    start: Vec<i32>,
    quarter: Vec<i32>,
    events: Vec<i32>,
    pageviews: Vec<i32>,
    visit_pageviews: Vec<i32>,
    duration_us: Vec<i64>,
    entry: Vec<Option<u32>>,
    exit: Vec<Option<u32>>,
}

/// The summary of whole visits.
fn summarised(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let (sites, visitors, visits) = keys(batch)?;
    let (kinds, persons, named) = (kinds(batch)?, persons(batch), named(batch));
    let interactive = batch
        .column_by_name(schema::INTERACTIVE)
        .and_then(|column| column.as_boolean_opt())
        .ok_or_else(|| ArrowError::SchemaError("no column `interactive`".into()))?;
    let times = columns::times(batch, schema::TS)?.values();
    let mut rows = Rows::default();
    let mut start = 0;
    while start < batch.num_rows() {
        let key = |row: usize| (sites[row], visitors[row], visits[row]);
        let end = (start + 1..batch.num_rows())
            .find(|row| key(*row) != key(start))
            .unwrap_or(batch.num_rows());
        rows.add(start..end, &kinds, interactive, times);
        let first = |ids: &[i64]| {
            let of_visit = ids.get(start..end).unwrap_or_default();
            of_visit.iter().copied().find(|id| *id != NO_PERSON)
        };
        let visitor = first(&persons).or_else(|| first(&named)).unwrap_or(visitors[start]);
        rows.visitor.resize(rows.start.len(), visitor);
        start = end;
    }
    rows.finish(batch)
}

impl Rows {
    /// Adds a visit, unless nothing in it counts.
    fn add(
        &mut self,
        visit: Range<usize>,
        kinds: &[u8],
        interactive: &BooleanArray,
        times: &[i64],
    ) {
        if kinds[visit.clone()].iter().all(|kind| kind & EVENT == 0) {
            return;
        }
        let speaker = visit.end - 1;
        let begin = self.start.len();
        let (mut interactions, mut pageviews) = (0, 0);
        let (mut entry, mut exit, mut last_us) = (None, None, 0);
        for row in visit.filter(|row| kinds[*row] != 0) {
            let quarter = times[row].div_euclid(QUARTER_US) as i32;
            if self.start.len() == begin || self.quarter.last() != Some(&quarter) {
                self.of.push(speaker as u32);
                self.start.push(GOES_ON);
                self.quarter.push(quarter);
                self.events.push(0);
                self.pageviews.push(0);
                // The first row's time, until the visit's figures are known.
                self.duration_us.push(times[row]);
            }
            let at = self.start.len() - 1;
            last_us = times[row];
            if kinds[row] & EVENT != 0 {
                self.events[at] += 1;
                interactions += i32::from(interactive.value(row));
            }
            if kinds[row] & EVENT == PAGEVIEW {
                self.pageviews[at] += 1;
                pageviews += 1;
                exit = Some(row as u32);
                entry = entry.or(exit);
            }
        }
        let end = self.start.len();
        let first_us = self.duration_us[begin];
        self.start[begin] = if interactions == 1 { BOUNCES } else { BEGINS };
        self.visit_pageviews.resize(end, pageviews);
        self.duration_us[begin..].fill(last_us - first_us);
        self.entry.resize(end, entry);
        self.exit.resize(end, exit);
    }

    fn finish(self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let of = UInt32Array::from(self.of);
        let paths = column(batch, schema::PATHNAME)?;
        let mut arrays: Vec<ArrayRef> = vec![
            take(column(batch, schema::SITE_NUMBER)?, &of, None)?,
            Arc::new(Int64Array::from(self.visitor)),
            Arc::new(Int32Array::from(self.start)),
            Arc::new(Int32Array::from(self.quarter)),
            Arc::new(Int32Array::from(self.events)),
            Arc::new(Int32Array::from(self.pageviews)),
            Arc::new(Int32Array::from(self.visit_pageviews)),
            Arc::new(Int64Array::from(self.duration_us)),
            take(paths, &UInt32Array::from(self.entry), None)?,
            take(paths, &UInt32Array::from(self.exit), None)?,
        ];
        for name in OF_VISIT {
            arrays.push(take(column(batch, name)?, &of, None)?);
        }
        RecordBatch::try_new(summary_schema(), arrays)
    }
}

/// What each row is, as `aggregate` has it; 0 for bots and what counts as nothing.
fn kinds(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let names = column(batch, schema::NAME)?
        .as_dictionary_opt::<Int32Type>()
        .ok_or_else(|| ArrowError::SchemaError("names are no dictionary".into()))?;
    let of_name: Vec<u8> = names
        .values()
        .as_string_opt::<i32>()
        .ok_or_else(|| ArrowError::SchemaError("names are no text".into()))?
        .iter()
        .map(|name| name.map_or(0, kind_of))
        .collect();
    let bots = Text::of(batch, schema::BOT_REASON)?;
    let kind =
        |(row, key): (usize, &i32)| if bots.is_null(row) { of_name[*key as usize] } else { 0 };
    Ok(names.keys().values().iter().enumerate().map(kind).collect())
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, ArrowError> {
    batch.column_by_name(name).ok_or_else(|| ArrowError::SchemaError(format!("no column `{name}`")))
}
