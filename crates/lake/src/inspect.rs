//! A look at a lake from outside, without taking its log: for check-ups, backups and restores.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::max;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::catalog::Catalog;
use crate::error::LakeError;
use crate::log::{self, recover};
use crate::snapshot::DataFile;
use crate::table::Change;
use crate::{columns, schema};

/// The folder, beside the table's, of files that were set aside.
pub(crate) const ASIDE: &str = "damaged";

/// What a lake's folder holds at one moment.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// Folder that the paths of `files` are relative to.
    pub root: PathBuf,
    /// Version of the events table.
    pub version: u64,
    /// Live data files.
    pub files: Arc<[DataFile]>,
    /// Segments of the log that no data file holds yet, ascending.
    pub segments: Vec<SegmentState>,
}

/// A segment of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentState {
    pub number: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Rows of its whole frames.
    pub rows: u64,
    /// Whether it ends in a frame that is not whole: one that was being written just then, or when
    /// a server was stopped.
    pub torn: bool,
    /// Bytes in the middle that the disk has lost.
    pub damaged_bytes: u64,
    /// Time of its latest event, microseconds UTC.
    pub latest_us: Option<i64>,
}

impl Inspection {
    /// Events in data files and in the log.
    pub fn rows(&self) -> u64 {
        let files: u64 = self.files.iter().map(|file| file.rows).sum();
        files + self.segments.iter().map(|segment| segment.rows).sum::<u64>()
    }

    /// Time of the latest event, microseconds UTC; `None` without any.
    pub fn latest_us(&self) -> Option<i64> {
        let files = self.files.iter().filter(|file| file.rows > 0).map(|file| file.ts_us.1).max();
        files.max(self.segments.iter().filter_map(|segment| segment.latest_us).max())
    }
}

/// Looks at the lake in `dir`. A server may be using it.
///
/// # Errors
/// When the table's log or the segments cannot be read.
pub async fn inspect(dir: &Path) -> Result<Inspection, LakeError> {
    let log_dir = dir.join("log");
    // The log first: what leaves it meanwhile is in the table that is read after.
    let mut segments = read_segments(&log_dir)?;
    let writer = fs::read_to_string(log_dir.join("writer")).ok();
    let catalog = Catalog::open(dir, writer.map(|id| id.trim().to_owned())).await?;
    let applied = catalog.applied().await;
    segments.retain(|segment| Some(segment.number) > applied);
    Ok(Inspection {
        root: catalog.root().to_path_buf(),
        version: catalog.version().await,
        files: catalog.files(),
        segments,
    })
}

/// A data file that cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedFile {
    /// Relative to `Inspection::root`.
    pub path: String,
    pub reason: String,
    /// Events that it held.
    pub rows: u64,
}

/// Looks for data files that are missing or damaged: at their size and their end, or, if `deep`, at
/// every byte that a query may read.
pub fn damaged(root: &Path, files: &[DataFile], deep: bool) -> Vec<DamagedFile> {
    let look = |file: &DataFile| {
        let error = look_at(&root.join(file.path.as_ref()), file, deep).err()?;
        let reason = match error {
            LakeError::Io(error) => error.to_string(),
            error => error.to_string(),
        };
        Some(DamagedFile { path: file.path.to_string(), reason, rows: file.rows })
    };
    files.iter().filter_map(look).collect()
}

fn look_at(path: &Path, file: &DataFile, deep: bool) -> Result<(), LakeError> {
    let handle = fs::File::open(path)?;
    let bytes = handle.metadata()?.len();
    if bytes != file.size {
        let error = format!("it has {bytes} bytes instead of {}", file.size);
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, error).into());
    }
    let reader = ParquetRecordBatchReaderBuilder::try_new(handle)?;
    if deep {
        for batch in reader.build()? {
            batch?;
        }
    }
    Ok(())
}

/// Takes data files out of the table and puts them into `damaged` beside it, so that queries answer
/// from the rest. A server may be running.
///
/// # Errors
/// When the table cannot be changed, or another writer replaced a file just now.
pub async fn set_aside(dir: &Path, paths: &[String], now_us: i64) -> Result<usize, LakeError> {
    let catalog = Catalog::open(dir, None).await?;
    let removes: Vec<DataFile> = catalog
        .files()
        .iter()
        .filter(|file| paths.iter().any(|path| path == file.path.as_ref()))
        .cloned()
        .collect();
    let count = removes.len();
    if count == 0 {
        return Ok(0);
    }
    let aside = dir.join(ASIDE);
    fs::create_dir_all(&aside)?;
    for file in &removes {
        let name = file.path.as_ref().replace('/', "-");
        match fs::copy(catalog.root().join(file.path.as_ref()), aside.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let change = Change { adds: Vec::new(), removes, changes_rows: true, applied: None, now_us };
    catalog.commit(&change).await?;
    Ok(count)
}

fn read_segments(log_dir: &Path) -> Result<Vec<SegmentState>, LakeError> {
    if !log_dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut segments = Vec::new();
    for number in log::segments(log_dir)? {
        let bytes = match fs::read(log::path(log_dir, number)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        let recovered = recover::recover(&bytes);
        let mut latest_us = None;
        for batch in &recovered.batches {
            latest_us = latest_us.max(max(columns::times(batch, schema::TS)?));
        }
        segments.push(SegmentState {
            number,
            bytes: bytes.len() as u64,
            rows: recovered.batches.iter().map(RecordBatch::num_rows).sum::<usize>() as u64,
            torn: recovered.torn,
            damaged_bytes: recovered.damaged_bytes as u64,
            latest_us,
        });
    }
    Ok(segments)
}
