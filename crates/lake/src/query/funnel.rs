//! Ordered funnels: how many visitors came how far, in order and in time.

use std::sync::Arc;

use arrow::array::RecordBatch;
use luotsi_marketing::query::{DAY_US, Query, Test};

use super::{QueryError, QueryRuntime, batches};
use crate::aggregate::{Program, Step, merge_steps};
use crate::snapshot::Snapshot;

/// Steps to be taken one after another.
#[derive(Debug, Clone)]
pub struct Funnel {
    /// What an event must be to be a step; 1 to 16 tests of events (`event:page`, `event:name`,
    /// `event:goal`, …).
    pub steps: Vec<Test>,
    /// Days from the first step within which the last one counts.
    pub window_days: u32,
    /// The days, the filters and the conversions of this question: steps count in visits that pass its filters.
    pub query: Query,
}

/// Visitors who reached each step, in order.
///
/// A step counts when it is a later event than the one before it (event ids decide between events
/// of one moment) and lies within the window from the first one, inclusive. A visitor may begin
/// again and again: the best attempt counts.
///
/// # Errors
/// A funnel without steps, with more than 16, or with a step that is no test of events.
pub async fn funnel(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    site_number: i32,
    funnel: &Funnel,
) -> Result<Vec<u64>, QueryError> {
    let count = funnel.steps.len();
    if count == 0 || count > MAX_STEPS {
        return Err(crate::aggregate::TooManyTests.into());
    }
    let program = Program::of_steps(site_number, &funnel.query, &funnel.steps)?;
    let batches = batches(snapshot, runtime, &Arc::new(program)).await?;
    let window_us = i64::from(funnel.window_days) * DAY_US;
    runtime.compute(move || Ok(reached(&batches, count, window_us))).await
}

fn reached(batches: &[RecordBatch], count: usize, window_us: i64) -> Vec<u64> {
    let mut steps = Vec::new();
    for batch in batches {
        merge_steps(&mut steps, batch);
    }
    steps.sort_unstable();
    let mut reached = vec![0; count];
    for of_visitor in steps.chunk_by(|one, next| one.visitor == next.visitor) {
        for visitors in &mut reached[..deepest(of_visitor, count, window_us)] {
            *visitors += 1;
        }
    }
    reached
}

const MAX_STEPS: usize = 16;

/// How many steps a visitor took, out of `count`. `events` in the order of time.
fn deepest(events: &[Step], count: usize, window_us: i64) -> usize {
    // By steps taken: when the latest attempt that came so far began.
    let mut begun = [None; MAX_STEPS + 1];
    let mut deepest = 0;
    for event in events {
        // From the last step back, so that no event is two steps of one attempt.
        for step in (0..count).rev().filter(|step| event.bits & (1 << step) != 0) {
            let start = if step == 0 { Some(event.at_us) } else { begun[step] };
            if let Some(start) = start.filter(|start| event.at_us - start <= window_us) {
                begun[step + 1] = begun[step + 1].max(Some(start));
                deepest = deepest.max(step + 1);
            }
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deepest_of(events: &[(i64, u64)], count: usize, window_us: i64) -> usize {
        let step = |(at, (at_us, bits)): (usize, &(i64, u64))| Step {
            visitor: 1,
            at_us: *at_us,
            event: at as i64,
            bits: *bits,
        };
        deepest(&events.iter().enumerate().map(step).collect::<Vec<_>>(), count, window_us)
    }

    #[test]
    fn steps_count_in_order_and_within_the_window_of_the_best_attempt() {
        for (events, expected) in [
            (vec![(0, 0b001), (1, 0b010), (2, 0b100)], 3),
            (vec![(0, 0b010), (1, 0b001), (2, 0b100)], 1),
            (vec![(0, 0b001), (5, 0b010), (11, 0b100)], 2),
            // The second beginning is in time.
            (vec![(0, 0b001), (3, 0b001), (5, 0b010), (11, 0b100)], 3),
            // The step that the first attempt made is not the second one's.
            (vec![(0, 0b001), (1, 0b010), (3, 0b001), (11, 0b100)], 2),
            // One event is one step.
            (vec![(0, 0b111)], 1),
            (vec![(0, 0b111), (1, 0b111), (2, 0b111)], 3),
            (vec![(0, 0b100), (1, 0b010)], 0),
            // The end of the window belongs to it.
            (vec![(0, 0b001), (5, 0b010), (10, 0b100)], 3),
        ] {
            assert_eq!(deepest_of(&events, 3, 10), expected, "{events:?}");
        }
    }
}
