//! The lake of another process, read beside it.

use std::path::Path;

use crate::catalog::Catalog;
use crate::error::LakeError;
use crate::log;
use crate::log::recover::recover;
use crate::snapshot::Snapshot;

/// All events of the lake in `dir` at this moment, whether or not a server is using it. Who turned out to be
/// whom, what was lifted and rates of money are not known to it.
///
/// # Errors
/// When the table or the log cannot be read.
pub async fn snapshot(dir: &Path) -> Result<Snapshot, LakeError> {
    Ok(open(dir).await?.1)
}

pub(crate) async fn open(dir: &Path) -> Result<(Catalog, Snapshot), LakeError> {
    let log_dir = dir.join("log");
    // The log first: what leaves it meanwhile is in the table that is read after.
    let mut segments = Vec::new();
    for number in if log_dir.is_dir() { log::segments(&log_dir)? } else { Vec::new() } {
        match std::fs::read(log::path(&log_dir, number)) {
            Ok(bytes) => segments.push((number, recover(&bytes).batches)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    let writer = std::fs::read_to_string(log_dir.join("writer")).ok();
    let catalog = Catalog::open(dir, writer.map(|id| id.trim().to_owned())).await?;
    let applied = catalog.applied().await;
    segments.retain(|(number, _)| Some(*number) > applied);
    catalog.with_hot(|hot| {
        for (number, batches) in segments {
            batches.into_iter().for_each(|batch| hot.push(number, batch));
        }
    });
    let snapshot = catalog.snapshot();
    Ok((catalog, snapshot))
}
