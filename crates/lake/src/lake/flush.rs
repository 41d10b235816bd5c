//! From the hot buffer to data files.

use super::*;
use crate::writer::Written;
use crate::{duplicates, interleave, merge, writer};

impl Lake {
    /// Writes what is in memory to data files. A failure leaves it in memory and in the log.
    pub async fn flush(&self, now_us: i64) -> Result<(), LakeError> {
        let _one_at_a_time = self.flushing.lock().await;
        let (reply, answer) = oneshot::channel();
        if !self.shared.queue.send(Request::Rotate { reply }) {
            return Err(LakeError::Closed);
        }
        let segment = answer.await.map_err(|_| LakeError::Closed)?;
        // Rows whose commit succeeded after all, although it reported an error, leave memory here.
        self.catalog.refresh().await?;
        let batches = self.catalog.with_hot(|hot| hot.batches_up_to(segment));
        if !batches.is_empty() {
            self.write_ids(segment, now_us).await?;
            let root = self.catalog.root().to_path_buf();
            let adds = spawn_blocking(move || write_sorted(&root, &batches)).await??;
            faults::point(faults::WRITTEN)?;
            self.catalog
                .commit(&Change {
                    adds,
                    removes: Vec::new(),
                    changes_rows: true,
                    applied: Some(segment),
                    now_us,
                })
                .await?;
            self.shared.flushes.fetch_add(1, Ordering::Relaxed);
            faults::point(faults::COMMITTED)?;
        }
        self.shared.hot_rows.store(self.catalog.with_hot(|hot| hot.rows()), Ordering::Relaxed);
        let applied = self.catalog.applied().await;
        let log_dir = self.log_dir.clone();
        if let Some(applied) = applied {
            spawn_blocking(move || log::remove_up_to(&log_dir, applied)).await??;
        }
        Ok(())
    }
}

impl Lake {
    /// Writes the ids of what is about to leave the log, so that they stay known.
    async fn write_ids(&self, segment: u64, now_us: i64) -> Result<(), LakeError> {
        let written = self.shared.ids_written.load(Ordering::Relaxed);
        let batches = self.catalog.with_hot(|hot| hot.batches_between(written, segment));
        let shared = Arc::clone(&self.shared);
        spawn_blocking(move || {
            let mut keys = Vec::new();
            for batch in &batches {
                keys.extend(duplicates::keys(batch)?);
            }
            shared.runs.add(keys, now_us)?;
            shared.ids_written.fetch_max(segment, Ordering::Release);
            Ok::<_, LakeError>(())
        })
        .await??;
        Ok(())
    }
}

/// Writes rows in `schema::log_schema`, in any order, to one sorted file a date.
pub(crate) fn write_sorted(
    root: &Path,
    batches: &[arrow::array::RecordBatch],
) -> Result<Vec<Written>, LakeError> {
    let mut written = Vec::new();
    for (date, rows) in merge::sorted_by_date(batches)? {
        let mut file = writer::FileWriter::create(root, date, writer::Kind::Part)?;
        for rows in rows.chunks(merge::CHUNK_ROWS) {
            file.write(&interleave::of_log(batches, rows)?)?;
        }
        written.push(file.finish()?);
    }
    Ok(written)
}
