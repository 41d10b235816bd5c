//! What metrics need beyond counts: single sales, and how many steps visits took.

use std::sync::Arc;

use luotsi_marketing::query::{Query, Test};

use super::{QueryError, QueryRuntime, batches, repeated_orders};
use crate::aggregate::{Program, Step, merge_steps};
use crate::snapshot::Snapshot;

/// The amounts of the sales that a query is about, by bucket of its time dimension (all in one without).
///
/// Minor units of the query's currency. The rules are those of `average_revenue`: an order counts once,
/// refunds are no sales, other currencies are left out. Dimensions besides time are ignored.
///
/// # Errors
/// A query with too many tests, or more sales than fit into the memory of queries.
pub async fn sales(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    site_number: i32,
    query: &Query,
) -> Result<Vec<Vec<i64>>, QueryError> {
    let repeated = repeated_orders(snapshot, runtime, site_number, query.range).await?;
    let program = Program::of_sales(site_number, query)?.without(repeated);
    let starts = starts(query);
    let found = steps(snapshot, runtime, program).await?;
    let mut amounts = vec![Vec::new(); starts.len()];
    for sale in found {
        amounts[bucket_of(&starts, sale.at_us)].push(sale.visitor);
    }
    Ok(amounts)
}

/// By bucket of the query's time dimension (all in one without): the visits that came to each of `steps`
/// in order, the first step first.
///
/// Steps are tests of events. Each is taken by a later event than the one before it, within one visit. A
/// visit counts in the bucket in which it starts; the query's filters choose visits and events. Dimensions
/// besides time are ignored.
///
/// # Errors
/// More than 64 steps and other tests, or a step that is no test of events.
pub async fn visit_steps(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    site_number: i32,
    query: &Query,
    of: &[Test],
) -> Result<Vec<Vec<u64>>, QueryError> {
    let program = Program::of_visit_steps(site_number, query, of)?;
    let starts = starts(query);
    let mut reached = vec![vec![0; of.len()]; starts.len()];
    for visit in steps(snapshot, runtime, program).await? {
        let depth = usize::try_from(visit.visitor).unwrap_or_default().min(of.len());
        for visits in &mut reached[bucket_of(&starts, visit.at_us)][..depth] {
            *visits += 1;
        }
    }
    Ok(reached)
}

/// Starts of the query's buckets; at least one.
fn starts(query: &Query) -> Vec<i64> {
    let buckets = query.buckets(query.range).unwrap_or_default();
    let starts: Vec<i64> = buckets.iter().map(|bucket| bucket.start_us).collect();
    if starts.is_empty() { vec![query.range.from_us] } else { starts }
}

fn bucket_of(starts: &[i64], at_us: i64) -> usize {
    starts.partition_point(|start| *start <= at_us).saturating_sub(1)
}

async fn steps(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    program: Program,
) -> Result<Vec<Step>, QueryError> {
    let batches = batches(snapshot, runtime, &Arc::new(program)).await?;
    let work = move || {
        let mut steps = Vec::new();
        for batch in &batches {
            merge_steps(&mut steps, batch);
        }
        Ok(steps)
    };
    runtime.compute(work).await
}
