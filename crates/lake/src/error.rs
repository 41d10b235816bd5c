//! What can go wrong with the lake.

use std::path::PathBuf;

use arrow::error::ArrowError;
use deltalake_core::DeltaTableError;
use parquet::errors::ParquetError;

use crate::log::LogError;

/// Why the lake did not do what it was asked. The events are as they were before.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// Stop the other server, or choose another data folder.
    #[error("another server is using {}", dir.display())]
    Locked { dir: PathBuf },
    /// The lake was closed.
    #[error("the lake is closed")]
    Closed,
    /// Someone else changed the same files; trying again starts from what they wrote.
    #[error("`{path}` was replaced by another writer")]
    Conflict { path: String },
    #[error("the data folder cannot be used: {0}")]
    Io(#[from] std::io::Error),
    #[error("the log cannot be written: {0}")]
    Log(#[from] LogError),
    #[error("rows cannot be handled: {0}")]
    Rows(#[from] ArrowError),
    #[error("a data file cannot be handled: {0}")]
    File(#[from] ParquetError),
    #[error("the events table cannot be handled: {0}")]
    Table(#[source] Box<DeltaTableError>),
    #[error("the events table's log does not fit: {0}")]
    TableLog(String),
    /// The server that has the lake open could not do what a command asked of it.
    #[error("{0}")]
    Server(String),
    #[error("background work stopped: {0}")]
    Work(#[from] tokio::task::JoinError),
    /// Only in tests: the process "stopped" at a named point.
    #[error("stopped at `{0}`")]
    Stopped(&'static str),
}

impl From<DeltaTableError> for LakeError {
    fn from(error: DeltaTableError) -> Self {
        Self::Table(Box::new(error))
    }
}
