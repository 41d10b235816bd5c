//! Sorted rows written to Parquet, with the statistics the table's log wants.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::UNIX_EPOCH;

use arrow::array::RecordBatch;
use arrow::compute::{max, min};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use jiff::Timestamp;
use jiff::civil::Date;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use serde_json::json;
use uuid::Uuid;

use crate::error::LakeError;
use crate::snapshot::DataFile;
use crate::{columns, faults, schema};

/// Small enough that a site's rows are found without reading its neighbours', large enough that
/// dictionaries pay.
pub(crate) const ROW_GROUP_ROWS: usize = 131_072;

/// Rows on a page of a file that is soon read beside many others, to be put together with them: each has
/// a page of all its columns in memory.
const PART_PAGE_ROWS: usize = 4_096;

/// So many files are waited for together.
const SYNCS_AT_ONCE: usize = 8;

/// A data file that is written but not in the table yet.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) file: DataFile,
    /// Milliseconds since 1970, by the file system's clock.
    pub(crate) modified_ms: i64,
    /// Statistics as the Delta protocol writes them.
    pub(crate) stats: String,
}

/// Where a data file comes from; its name says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Some rows of a date, as they came.
    Part,
    /// All rows of a date at that time, put right.
    WholeDay,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Part => "part",
            Self::WholeDay => "day",
        }
    }

    pub(crate) fn is_whole_day(file: &DataFile) -> bool {
        file.path.filename().is_some_and(|name| name.starts_with(Self::WholeDay.prefix()))
    }
}

/// Writes one data file of one partition.
pub(crate) struct FileWriter {
    name: String,
    date: i32,
    writer: ArrowWriter<File>,
    ranges: Ranges,
}

/// Smallest and largest values so far.
#[derive(Debug, Clone, Copy)]
struct Ranges {
    rows: u64,
    sites: (i32, i32),
    ts_us: (i64, i64),
    start_us: (i64, i64),
}

impl FileWriter {
    /// Begins a file under `root`, the table's folder. `date` counts days since 1970-01-01.
    pub(crate) fn create(root: &Path, date: i32, kind: Kind) -> Result<Self, LakeError> {
        let folder = format!("{}={}", schema::DATE, date_text(date));
        faults::disk(root)?;
        fs::create_dir_all(root.join(&folder))?;
        let name = format!("{folder}/{}-{}.parquet", kind.prefix(), Uuid::new_v4());
        let file = File::options().write(true).create_new(true).open(root.join(&name))?;
        let writer = ArrowWriter::try_new(file, schema::file_schema(), Some(properties(kind)))?;
        Ok(Self { name, date, writer, ranges: Ranges::EMPTY })
    }

    pub(crate) fn rows(&self) -> u64 {
        self.ranges.rows
    }

    /// Adds rows in `schema::file_schema` that follow the earlier ones in the sort order.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        self.ranges.add(batch)?;
        self.writer.write(batch)?;
        Ok(())
    }

    /// Ends the file. It outlives a loss of power only after `sync`.
    pub(crate) fn finish(self) -> Result<Written, LakeError> {
        let metadata = self.writer.into_inner()?.metadata()?;
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let path = object_store::path::Path::parse(&self.name)
            .map_err(|error| LakeError::TableLog(error.to_string()))?;
        Ok(Written {
            modified_ms: modified.as_millis() as i64,
            stats: self.ranges.stats(),
            file: DataFile {
                path,
                size: metadata.len(),
                date: self.date,
                rows: self.ranges.rows,
                sites: self.ranges.sites,
                ts_us: self.ranges.ts_us,
                summary_bytes: None,
            },
        })
    }
}

impl Ranges {
    const EMPTY: Self = Self {
        rows: 0,
        sites: (i32::MAX, i32::MIN),
        ts_us: (i64::MAX, i64::MIN),
        start_us: (i64::MAX, i64::MIN),
    };

    fn add(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.rows += batch.num_rows() as u64;
        let sites = columns::int32(batch, schema::SITE_NUMBER)?;
        let ts = columns::times(batch, schema::TS)?;
        let start = columns::times(batch, schema::SESSION_START)?;
        widen(&mut self.sites, min(sites), max(sites));
        widen(&mut self.ts_us, min(ts), max(ts));
        widen(&mut self.start_us, min(start), max(start));
        Ok(())
    }

    fn stats(&self) -> String {
        let bound = |site, ts_us, start_us| {
            json!({
                schema::SITE_NUMBER: site,
                schema::TS: time_text(ts_us),
                schema::SESSION_START: time_text(start_us),
            })
        };
        json!({
            "numRecords": self.rows,
            "minValues": bound(self.sites.0, self.ts_us.0, self.start_us.0),
            "maxValues": bound(self.sites.1, self.ts_us.1, self.start_us.1),
            "nullCount": bound_zero(),
        })
        .to_string()
    }
}

fn bound_zero() -> serde_json::Value {
    json!({
        schema::SITE_NUMBER: 0,
        schema::TS: 0,
        schema::SESSION_START: 0,
    })
}

fn widen<T: Ord + Copy>(range: &mut (T, T), low: Option<T>, high: Option<T>) {
    range.0 = low.map_or(range.0, |low| range.0.min(low));
    range.1 = high.map_or(range.1, |high| range.1.max(high));
}

/// Waits until the disk has `files`, whose paths are relative to `root`, and the folders they are in.
///
/// Several at once: waiting for the disk is most of the work of writing many small files.
pub(crate) fn sync(root: &Path, files: &[PathBuf]) -> io::Result<()> {
    let mut paths: Vec<PathBuf> = files.iter().map(|file| root.join(file)).collect();
    let folders: BTreeSet<PathBuf> =
        paths.iter().filter_map(|path| path.parent().map(Path::to_path_buf)).collect();
    paths.extend(folders);
    paths.push(root.to_path_buf());
    let share = paths.len().div_ceil(SYNCS_AT_ONCE);
    thread::scope(|scope| {
        let sync =
            |paths: &[PathBuf]| paths.iter().try_for_each(|path| File::open(path)?.sync_all());
        let threads: Vec<_> =
            paths.chunks(share).map(|paths| scope.spawn(move || sync(paths))).collect();
        threads.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|_| Err(io::Error::other("waiting for the disk failed")))
        })
    })
}

/// Text is dictionaries, which compress to little. Ids and times are random or nearly so: compressed
/// they would lose a quarter of their size and cost most of a query's time to read, so they lie as
/// they are.
fn properties(kind: Kind) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("luotsi ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_dictionary_page_size_limit(2 << 20);
    if kind == Kind::Part {
        builder = builder.set_data_page_row_count_limit(PART_PAGE_ROWS);
    }
    for field in schema::file_schema().fields() {
        // Rows lie by visitor: the range of a text says nothing, and finding it costs a comparison a row.
        if matches!(field.data_type(), DataType::Dictionary(..)) {
            let column = ColumnPath::from(field.name().as_str());
            builder = builder.set_column_statistics_enabled(column, EnabledStatistics::None);
        }
    }
    for name in [schema::VISITOR_ID, schema::SESSION_ID, schema::TS, schema::EVENT_ID] {
        let column = ColumnPath::from(name);
        builder = builder
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column.clone(), Encoding::PLAIN)
            .set_column_compression(column, Compression::UNCOMPRESSED);
    }
    builder.build()
}

/// The partition's value in the table's log and in folder names.
pub(crate) fn date_text(date: i32) -> String {
    let epoch = Date::constant(1970, 1, 1);
    epoch
        .checked_add(jiff::Span::new().days(i64::from(date)))
        .map_or_else(|_| "1970-01-01".to_owned(), |date| date.to_string())
}

/// Days since 1970-01-01 of a partition's value.
pub(crate) fn parse_date(text: &str) -> Option<i32> {
    let date: Date = text.parse().ok()?;
    let days = Date::constant(1970, 1, 1).until(date).ok()?.get_days();
    Some(days)
}

/// The UTC date of a time, days since 1970-01-01.
pub(crate) fn date_of(at_us: i64) -> i32 {
    at_us.div_euclid(86_400_000_000) as i32
}

fn time_text(at_us: i64) -> String {
    Timestamp::from_microsecond(at_us)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_same_as_text_and_as_days() {
        assert_eq!(date_text(20_778), "2026-11-21");
        assert_eq!(parse_date("2026-11-21"), Some(20_778));
        assert_eq!(date_of(-1), -1);
        assert_eq!(date_text(-1), "1969-12-31");
    }

    #[test]
    fn statistics_keep_the_microseconds() {
        assert_eq!(time_text(1_790_000_000_000_001), "2026-09-21T14:13:20.000001Z");
    }
}
