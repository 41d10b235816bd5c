//! Metrics in SQL: one aggregate expression over the events of one site, by day.
//!
//! The expression is read by DataFusion's parser, translated word by word into a logical plan (what is not known
//! here is refused), and planned and run by DataFusion within the memory of queries.

mod events;
mod translate;

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::datasource::provider_as_source;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{
    Expr, ExprSchemable as _, LogicalPlan, LogicalPlanBuilder, cast, col,
};
use datafusion::prelude::SessionConfig;
use luotsi_marketing::query::Query;

use super::{QueryError, QueryRuntime};
use crate::snapshot::Snapshot;
use events::{EventsTable, Reading};

/// Longest time that an expression is computed for.
const MOST_TIME: Duration = Duration::from_secs(30);

/// Why an expression is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    #[error("this is no SQL expression: {0}")]
    Syntax(String),
    #[error("there is no column `{0}`; there are: {list}", list = translate::column_list())]
    UnknownColumn(String),
    #[error("`{0}` is not among the functions: {list}", list = translate::function_list())]
    UnknownFunction(String),
    #[error("{0}")]
    NotAllowed(String),
    #[error("the types do not fit: {0}")]
    Types(String),
}

impl SqlError {
    /// Stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            SqlError::Syntax(_) => "sql_syntax",
            SqlError::UnknownColumn(_) => "sql_unknown_column",
            SqlError::UnknownFunction(_) => "sql_unknown_function",
            SqlError::NotAllowed(_) => "sql_not_allowed",
            SqlError::Types(_) => "sql_types",
        }
    }
}

/// Why an expression was not computed.
#[derive(Debug, thiserror::Error)]
pub enum SqlFailed {
    #[error(transparent)]
    Sql(#[from] SqlError),
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// Whether an expression may be computed: it is read, translated and planned, and no data is touched.
///
/// # Errors
/// What is wrong with it, naming the word.
pub fn check_sql(expression: &str) -> Result<(), SqlError> {
    let state = state(None);
    let table = Arc::new(EventsTable::without_events());
    let plan = plan(expression, table, &translate::Meaning::default())?;
    state.optimize(&plan).map(drop).map_err(|error| SqlError::Types(first_line(&error)))
}

/// An expression's value in each bucket of the query's time dimension (one for all without), over the site's
/// events that the query's filters choose. `None` where there is no number: no events, a division by zero.
///
/// Events count on their own day. Filters are of what an event has: its name, page, properties, conversions
/// and its visit's columns.
///
/// # Errors
/// An expression or a filter that is refused, too much memory, or more than half a minute.
pub async fn sql_metric(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    site_number: i32,
    query: &Query,
    expression: &str,
) -> Result<Vec<Option<f64>>, SqlFailed> {
    let buckets = query.buckets(query.range).unwrap_or_default();
    let mut starts: Vec<i64> = buckets.iter().map(|bucket| bucket.start_us).collect();
    if starts.is_empty() {
        starts.push(query.range.from_us);
    }
    let count = starts.len();
    let meaning = translate::Meaning {
        currency: query.currency.code().to_owned(),
        digits: query.currency.minor_digits(),
        filters: query.filters.clone(),
        conversions: query.conversions.clone(),
        starts: starts.into(),
    };
    runtime.use_store(snapshot.store.clone());
    let reading = Reading {
        snapshot: snapshot.clone(),
        env: runtime.env(),
        partitions: runtime.partitions(),
        site_number,
        range: query.range,
    };
    let table = Arc::new(EventsTable::of(reading));
    let plan = plan(expression, table, &meaning)?;
    let state = state(Some(runtime));
    let planned = state.create_physical_plan(&plan).await.map_err(QueryError::from)?;
    let collected = tokio::time::timeout(MOST_TIME, runtime.collect(&planned)).await;
    let too_long = || {
        let seconds = MOST_TIME.as_secs();
        SqlError::NotAllowed(format!("computing this took more than {seconds} seconds"))
    };
    let batches = collected.map_err(|_| too_long())??;
    let mut values = vec![None; count];
    for batch in &batches {
        let buckets = batch.column(0).as_primitive::<Int64Type>();
        let numbers = batch.column(1).as_primitive::<Float64Type>();
        for row in 0..batch.num_rows() {
            let place = usize::try_from(buckets.value(row)).ok();
            if let Some(value) = place.and_then(|at| values.get_mut(at)) {
                let number = numbers.is_valid(row).then(|| numbers.value(row));
                *value = number.filter(|number| number.is_finite());
            }
        }
    }
    Ok(values)
}

fn state(runtime: Option<&QueryRuntime>) -> SessionState {
    let partitions = runtime.map_or(1, QueryRuntime::partitions);
    let mut config = SessionConfig::new().with_target_partitions(partitions);
    config.options_mut().execution.skip_physical_aggregate_schema_check = true;
    let builder = SessionStateBuilder::new().with_config(config);
    match runtime {
        Some(runtime) => builder.with_runtime_env(runtime.env()).build(),
        None => builder.build(),
    }
}

/// The logical plan: the events, the filters, the aggregates by bucket, the expression over them.
fn plan(
    expression: &str,
    table: Arc<EventsTable>,
    meaning: &translate::Meaning,
) -> Result<LogicalPlan, SqlError> {
    let translated = translate::expression(expression, meaning)?;
    let filters = translate::filters(meaning)?;
    let types = |error: DataFusionError| SqlError::Types(first_line(&error));
    let built = || {
        let mut builder = LogicalPlanBuilder::scan("events", provider_as_source(table), None)?;
        for filter in filters {
            builder = builder.filter(filter)?;
        }
        for filter in translated.aggregates.iter().filter_map(translate::filter_of) {
            if filter.get_type(builder.schema())? != DataType::Boolean {
                let message = "`filter (where …)` takes a condition, true or false".to_owned();
                return Err(DataFusionError::Plan(message));
            }
        }
        let bucket = meaning.bucket().alias("bucket");
        builder = builder.aggregate(vec![bucket], translated.aggregates)?;
        let kind = translated.value.get_type(builder.schema())?;
        let value: Expr = cast(translated.value, DataType::Float64).alias("value");
        Ok((kind, builder.project(vec![col("bucket"), value])?.build()?))
    };
    let (kind, plan) = built().map_err(types)?;
    if !kind.is_numeric() {
        return Err(SqlError::NotAllowed(format!("a metric is a number, and this is {kind}")));
    }
    Ok(plan)
}

fn first_line(error: &DataFusionError) -> String {
    let root = error.find_root().to_string();
    let line = root.lines().next().unwrap_or_default();
    line.strip_prefix("Error during planning: ").unwrap_or(line).chars().take(300).collect()
}
