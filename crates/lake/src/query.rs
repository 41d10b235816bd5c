//! Queries answered from a snapshot of the events.

mod answer;
mod cohorts;
mod funnel;
mod ledger;
mod order;
mod origins;
mod result;
mod runtime;
mod sql;
mod values;

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::ExecutionPlan;
use luotsi_marketing::event::EARLIEST_US;
use luotsi_marketing::query::{Metric, Query, Range};

use crate::aggregate::{
    AGAIN_US, Program, Repeated, Scope, TooManyTests, Totals, VisitAggregateExec, count_visitors,
    merge, merge_steps,
};
use crate::scan;
use crate::snapshot::Snapshot;

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

impl From<TooManyTests> for QueryError {
    fn from(error: TooManyTests) -> Self {
        QueryError::TooLarge(TooLarge(error.to_string()))
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

async fn answered(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    site_number: i32,
    query: &Query,
) -> Result<QueryResult, QueryError> {
    let answer = answer_for(snapshot, runtime, site_number, query, query.range).await?;
    let compared = match query.comparison {
        Some(range) => Some(answer_for(snapshot, runtime, site_number, query, range).await?),
        None => None,
    };
    Ok(result::result(query, answer, compared))
}

/// The answer over one range, not ordered.
async fn answer_for(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    site_number: i32,
    query: &Query,
    range: Range,
) -> Result<answer::Answer, QueryError> {
    let buckets = query.buckets(range).unwrap_or_default();
    let starts: Arc<[i64]> = buckets.iter().map(|bucket| bucket.start_us).collect();
    let scopes = scopes(query);
    let mut program = Program::new(site_number, query, range, starts, &scopes)?;
    if program.needs.revenue {
        program = program.without(repeated_orders(snapshot, runtime, site_number, range).await?);
    }
    let program = Arc::new(program);
    let batches = batches(snapshot, runtime, &program).await?;
    let (query, threads) = (query.clone(), runtime.partitions());
    let work = move || {
        let mut totals = merged(&batches, &program)?;
        count_visitors(&mut totals, threads);
        Ok(answer::answer(&query, &buckets, &scopes, totals))
    };
    runtime.compute(work).await
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

/// The result's own groups first, then those that rates are shares of.
fn scopes(query: &Query) -> Vec<Scope> {
    let rates = [
        (Metric::Percentage, Scope::Total),
        (Metric::ConversionRate, Scope::Everyone),
        (Metric::GroupConversionRate, Scope::EveryoneByGroup),
    ];
    let asked = rates.into_iter().filter(|(metric, _)| query.metrics.contains(metric));
    let of_money = [Metric::TotalRevenue, Metric::AverageRevenue];
    let of_money = query.metrics.iter().any(|metric| of_money.contains(metric));
    let foreign = of_money.then_some([Scope::Converted, Scope::Unconverted]);
    std::iter::once(Scope::Whole)
        .chain(asked.map(|(_, scope)| scope))
        .chain(foreign.into_iter().flatten())
        .collect()
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
