//! A consistent view of the events: what lies in data files and what is still in memory.

use std::sync::Arc;

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use object_store::ObjectStore;

use crate::schema::{SITE_NUMBER, TS};

/// The events at one moment: no event twice, none missing.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Where the data files are; `DataFile::path` is relative to its root.
    pub store: Arc<dyn ObjectStore>,
    /// Live files of the Delta table, those of one date side by side.
    pub files: Arc<[DataFile]>,
    /// Rows that no file holds yet, in `schema::log_schema`, in order of arrival (not sorted).
    pub hot: Vec<RecordBatch>,
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
}

/// Time of a site's earliest row in a hot batch, microseconds UTC.
pub fn first_ts_us(batch: &RecordBatch, site_number: i32) -> Option<i64> {
    let sites = batch.column_by_name(SITE_NUMBER)?.as_primitive_opt::<Int32Type>()?;
    let times = batch.column_by_name(TS)?.as_primitive_opt::<TimestampMicrosecondType>()?;
    let of_site =
        sites.values().iter().zip(times.values()).filter(|(site, _)| **site == site_number);
    of_site.map(|(_, ts)| *ts).min()
}
