//! The hot buffer: rows that are in the log but not yet in a data file.

use std::collections::VecDeque;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;

use crate::schema;

/// So many batches of one size are put together into one: a row is copied at most three times, and a query
/// never meets more than a few dozen batches.
const FAN_IN: usize = 16;

/// A batch of so many rows is large enough.
const LARGE_ROWS: usize = 4_096;

/// Rows of each log segment that no data file holds yet.
#[derive(Debug, Default)]
pub(crate) struct Hot {
    parts: VecDeque<Part>,
    rows: usize,
}

/// The rows of one log segment.
#[derive(Debug)]
struct Part {
    segment: u64,
    batches: Vec<RecordBatch>,
}

impl Hot {
    /// Adds a batch that segment `segment` holds. Segments come in ascending order.
    pub(crate) fn push(&mut self, segment: u64, batch: RecordBatch) {
        self.rows += batch.num_rows();
        match self.parts.back_mut() {
            Some(part) if part.segment == segment => part.push(batch),
            _ => self.parts.push_back(Part { segment, batches: vec![batch] }),
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// All batches in order of arrival.
    pub(crate) fn batches(&self) -> Vec<RecordBatch> {
        self.parts.iter().flat_map(|part| part.batches.iter().cloned()).collect()
    }

    /// The batches of the segments up to and with `last`.
    pub(crate) fn batches_up_to(&self, last: u64) -> Vec<RecordBatch> {
        let parts = self.parts.iter().take_while(|part| part.segment <= last);
        parts.flat_map(|part| part.batches.iter().cloned()).collect()
    }

    /// The batches of the segments after `last_before`, up to and with `last`.
    pub(crate) fn batches_between(&self, last_before: u64, last: u64) -> Vec<RecordBatch> {
        let parts =
            self.parts.iter().filter(|part| (last_before + 1..=last).contains(&part.segment));
        parts.flat_map(|part| part.batches.iter().cloned()).collect()
    }

    /// Forgets the segments up to and with `last`: their rows are in data files now.
    pub(crate) fn remove_up_to(&mut self, last: u64) {
        while self.parts.front().is_some_and(|part| part.segment <= last) {
            let part = self.parts.pop_front();
            self.rows -=
                part.map_or(0, |part| part.batches.iter().map(RecordBatch::num_rows).sum());
        }
    }
}

impl Part {
    fn push(&mut self, batch: RecordBatch) {
        self.batches.push(batch);
        while let Some(start) = self.batches.len().checked_sub(FAN_IN) {
            let run = &self.batches[start..];
            let size = run.last().map_or(0, size_class);
            let is_due =
                |batch: &RecordBatch| batch.num_rows() < LARGE_ROWS && size_class(batch) == size;
            if !run.iter().all(is_due) {
                return;
            }
            // Batches that do not fit into one stay as they are.
            let Ok(merged) = concat_batches(&schema::log_schema(), run) else { return };
            self.batches.truncate(start);
            self.batches.push(merged);
        }
    }
}

/// The power of sixteen below a batch's rows.
fn size_class(batch: &RecordBatch) -> u32 {
    (batch.num_rows().max(1) as u32).ilog(FAN_IN as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{batch_of, page_view};

    #[test]
    fn a_thousand_single_rows_are_a_few_dozen_batches_in_order() {
        let mut hot = Hot::default();
        for id in 0..1000 {
            hot.push(1, batch_of(&[page_view(id, id * 1_000)]));
        }
        assert_eq!(hot.rows(), 1000);
        let batches = hot.batches();
        assert!(batches.len() <= 48, "{} batches", batches.len());
        let all = concat_batches(&schema::log_schema(), &batches).expect("rows of one schema");
        let ids = crate::columns::int64(&all, schema::EVENT_ID).expect("the column is there");
        assert!(ids.values().iter().copied().eq(0..1000));
    }

    #[test]
    fn forgetting_a_segment_keeps_the_later_ones() {
        let mut hot = Hot::default();
        for segment in 1..=3 {
            let id = i64::try_from(segment).expect("a small number");
            hot.push(segment, batch_of(&[page_view(id, id)]));
        }
        hot.remove_up_to(2);
        assert_eq!((hot.rows(), hot.batches().len()), (1, 1));
        assert_eq!(hot.batches_up_to(2).len(), 0);
    }
}
