//! Queries answered from a snapshot of the events.

mod answer;
mod cohorts;
mod funnel;
mod ledger;
mod order;
mod origins;
mod pass;
mod result;
mod runtime;
mod sql;
mod values;

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::ExecutionPlan;
use luotsi_marketing::event::EARLIEST_US;
use luotsi_marketing::query::{Query, Range};

use crate::aggregate::{
    AGAIN_US, Program, Repeated, TooManyTests, Totals, VisitAggregateExec, merge, merge_steps,
};
use crate::scan;
use crate::snapshot::Snapshot;
use pass::Pass;

pub use cohorts::{Cohort, retention};
pub use funnel::{Funnel, funnel};
pub use ledger::{HeldBack, SampleOf, SampleRow, held_back, sample};
pub use result::{ForeignMoney, Note, QueryResult, Row, RowComparison};
pub use runtime::QueryRuntime;
pub use sql::{SqlError, SqlFailed, check_sql, sql_metric};
pub use values::{sales, visit_steps};

/// Why a query was not answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// It is too large a query.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// It would take more memory than queries may.
    #[error("the query needs more memory than queries are given")]
    OutOfMemory,
    /// A data file is missing or cannot be read. Nothing is answered rather than too little.
    #[error("the data file `{path}` is damaged: {reason}; `luotsi doctor` says how to mend it")]
    Damaged { path: String, reason: String },
    /// Reading or counting failed.
    #[error("the query failed")]
    Failed(#[source] DataFusionError),
    /// The query's threads are gone: the server is stopping.
    #[error("queries are not answered any more")]
    Stopping,
}

/// A query of more parts than can be counted at once.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TooLarge(String);

impl From<TooManyTests> for TooLarge {
    fn from(error: TooManyTests) -> Self {
        TooLarge(error.to_string())
    }
}

impl From<TooManyTests> for QueryError {
    fn from(error: TooManyTests) -> Self {
        TooLarge::from(error).into()
    }
}

impl From<DataFusionError> for QueryError {
    fn from(error: DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => QueryError::OutOfMemory,
            _ => QueryError::Failed(error),
        }
    }
}

/// Answers a query about one site.
///
/// Dropping the future ends the query.
pub async fn run(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    site_number: i32,
    query: &Query,
) -> Result<QueryResult, QueryError> {
    let files = match answered(snapshot, runtime, site_number, query).await {
        Err(QueryError::Failed(error)) if snapshot.has_summaries() => {
            match answered(&snapshot.without_summaries(), runtime, site_number, query).await {
                Ok(answer) => {
                    tracing::warn!(%error, "summaries cannot be read: they are made again");
                    snapshot.remove_summaries().await;
                    return Ok(answer);
                }
                from_files => from_files,
            }
        }
        answer => answer,
    };
    let Err(QueryError::Failed(error)) = files else { return files };
    // Which file was it? Looking takes long, but nobody has to look often.
    let from_us = if query.reaches_back() { EARLIEST_US } else { query.range.from_us };
    let range = Range { from_us, ..query.range };
    let files = snapshot.files.iter().filter(|file| file.touches(site_number, range));
    let (store, files) = (Arc::clone(&snapshot.store), files.cloned().collect::<Vec<_>>());
    match scan::damaged(&store, &files).await {
        Some((path, reason)) => Err(QueryError::Damaged { path, reason }),
        None => Err(QueryError::Failed(error)),
    }
}

/// Answers queries about sites, each as [`run`] does. Queries about one site over the same days are counted in
/// one pass over its rows where that is possible, so that many of them cost little more than one.
///
/// A pass that fails, for want of memory say, is done again for each of its queries alone.
///
/// # Errors
/// What is wrong with the first query that cannot be answered.
pub async fn run_all(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    asked: &[(i32, &Query)],
) -> Result<Vec<QueryResult>, QueryError> {
    let mut results: Vec<Option<QueryResult>> = asked.iter().map(|_| None).collect();
    // Each pass with the places of its queries.
    let mut passes: Vec<(Pass, Vec<usize>)> = Vec::new();
    for (place, (site_number, query)) in asked.iter().enumerate() {
        if query.comparison.is_some() {
            continue;
        }
        let mut own = Some(Pass::of(*site_number, query, query.range)?);
        for (pass, places) in &mut passes {
            own = own.and_then(|own| pass.take(own));
            if own.is_none() {
                places.push(place);
                break;
            }
        }
        passes.extend(own.map(|own| (own, vec![place])));
    }
    for (pass, places) in passes {
        match pass.answers(snapshot, runtime).await {
            Ok(answers) => {
                for (place, answer) in places.into_iter().zip(answers) {
                    results[place] = Some(result::result(asked[place].1, answer, None));
                }
            }
            Err(QueryError::Stopping) => return Err(QueryError::Stopping),
            Err(error) => tracing::debug!(%error, queries = places.len(), "not answered together"),
        }
    }
    let mut all = Vec::with_capacity(asked.len());
    for (found, (site_number, query)) in results.into_iter().zip(asked) {
        all.push(match found {
            Some(found) => found,
            None => run(snapshot, runtime, *site_number, query).await?,
        });
    }
    Ok(all)
}

async fn answered(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    site_number: i32,
    query: &Query,
) -> Result<QueryResult, QueryError> {
    let answer = answer_for(snapshot, runtime, site_number, query, query.range).await?;
    let compared = match query.comparison {
        Some(range) => answer_for(snapshot, runtime, site_number, query, range).await?,
        None => None,
    };
    Ok(result::result(query, answer.unwrap_or_default(), compared))
}

/// The answer over one range, not ordered.
async fn answer_for(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    site_number: i32,
    query: &Query,
    range: Range,
) -> Result<Option<answer::Answer>, QueryError> {
    Ok(Pass::of(site_number, query, range)?.answers(snapshot, runtime).await?.pop())
}

/// The reports of orders in the range that do not count, because the order was reported before: in the
/// range or earlier.
async fn repeated_orders(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    site_number: i32,
    range: Range,
) -> Result<Repeated, QueryError> {
    let from_us = range.from_us.saturating_sub(AGAIN_US);
    let program = Arc::new(Program::of_orders(site_number, Range { from_us, ..range }));
    let batches = batches(snapshot, runtime, &program).await?;
    let work = move || {
        let mut reports = Vec::new();
        for batch in &batches {
            merge_steps(&mut reports, batch);
        }
        Ok(Repeated::of(reports))
    };
    runtime.compute(work).await
}

/// Runs a program, and finds what its visits are owed to before that, where it asks for it.
async fn batches(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    program: &Arc<Program>,
) -> Result<Vec<RecordBatch>, QueryError> {
    match origins::find(snapshot, runtime, program).await? {
        None => batches_of(snapshot, runtime, program).await,
        Some(origins) => {
            let program = Program { origins: Some(Arc::new(origins)), ..Program::clone(program) };
            batches_of(snapshot, runtime, &Arc::new(program)).await
        }
    }
}

/// Runs a program as it is.
async fn batches_of(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    program: &Arc<Program>,
) -> Result<Vec<RecordBatch>, QueryError> {
    runtime.use_store(snapshot.store.clone());
    let merged = snapshot.merged.get(&program.site_number).cloned();
    let lifts = snapshot.lifts.get(&program.site_number);
    let rates = snapshot.rates.get(&program.site_number).cloned();
    let program = Program { merged, rates, ..Program::clone(program) };
    let program = &Arc::new(program.lifting(lifts));
    let partitions = runtime.partitions();
    let env = runtime.env();
    let snapshot = snapshot.clone();
    let of_plan = Arc::clone(program);
    // Hot rows are sorted here, so this takes its time.
    let inputs = runtime
        .compute(move || Ok(scan::inputs(&snapshot, &of_plan.request(), &env, partitions)?))
        .await?;
    let plan: Arc<dyn ExecutionPlan> =
        Arc::new(VisitAggregateExec::new(Arc::clone(program), inputs, partitions));
    runtime.collect(&plan).await
}

/// The totals of a program's views, over all partitions.
fn merged(batches: &[RecordBatch], program: &Program) -> Result<Vec<Totals>, QueryError> {
    let mut totals: Vec<Totals> = program.views.iter().map(|_| Totals::default()).collect();
    for batch in batches {
        merge(&mut totals, batch, program)?;
    }
    Ok(totals)
}

#[cfg(test)]
mod tests;
