//! What lies behind the figures: rows that were held back, and a few rows as they are kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, Int64Type, TimestampMicrosecondType};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{
    BinaryExpr, CastExpr, Column, IsNotNullExpr, IsNullExpr, Literal, lit,
};
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::scalar::ScalarValue;
use luotsi_marketing::query::Range;

use super::{QueryError, QueryRuntime};
use crate::scan::{self, Request};
use crate::schema;
use crate::snapshot::Snapshot;

/// Events that were held back for a reason in a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// Number of the stretch.
    pub bucket: usize,
    pub reason: String,
    pub events: u64,
    /// Told apart within the stretch.
    pub visitors: u64,
}

/// An event as it is kept, in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SampleRow {
    /// Microseconds UTC.
    pub at_us: i64,
    /// Columns that have a value, by name.
    pub columns: BTreeMap<&'static str, String>,
}

/// Which rows a sample is of.
#[derive(Debug, Clone, Copy, Default)]
pub struct SampleOf<'a> {
    /// Only events of this name.
    pub name: Option<&'a str>,
    /// `Some(true)`: only what was held back; `Some(false)`: only what counts.
    pub held_back: Option<bool>,
    /// Only this visitor's.
    pub visitor_id: Option<i64>,
    pub limit: usize,
}

/// Columns of a sample, besides time and visitor.
const SAMPLED: [&str; 24] = [
    schema::NAME,
    schema::HOSTNAME,
    schema::PATHNAME,
    schema::PROPS,
    schema::REVENUE,
    schema::CURRENCY,
    schema::TRANSACTION_ID,
    schema::BOT_REASON,
    schema::ENTRY_PAGE,
    schema::SOURCE,
    schema::REFERRER,
    schema::CHANNEL,
    schema::UTM_SOURCE,
    schema::UTM_MEDIUM,
    schema::UTM_CAMPAIGN,
    schema::DEVICE,
    schema::BROWSER,
    schema::OS,
    schema::COUNTRY,
    schema::TITLE,
    schema::PROTOCOL,
    schema::ITEMS,
    schema::PERSON_ID,
    schema::CLICK_ID,
];

/// Counts what was held back in stretches that begin at `starts` (ascending, microseconds UTC) and end
/// where the next begins or the range ends, by reason.
pub async fn held_back(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    site_number: i32,
    range: Range,
    starts: Vec<i64>,
) -> Result<Vec<HeldBack>, QueryError> {
    let request = Request {
        with_value: Some(schema::BOT_REASON),
        ..request(site_number, range, vec![schema::BOT_REASON])
    };
    let plans = plans(snapshot, runtime, request);
    let mut counts: BTreeMap<(usize, String), (u64, hashbrown::HashSet<i64>)> = BTreeMap::new();
    for plan in plans.await? {
        let only = filter(plan, |plan| {
            Ok(Arc::new(IsNotNullExpr::new(column(plan, schema::BOT_REASON)?)))
        })?;
        for batch in runtime.collect(&only).await? {
            count(&batch, site_number, range, &starts, &mut counts)?;
        }
    }
    Ok(counts
        .into_iter()
        .map(|((bucket, reason), (events, visitors))| HeldBack {
            bucket,
            reason,
            events,
            visitors: visitors.len() as u64,
        })
        .collect())
}

fn count(
    batch: &RecordBatch,
    site_number: i32,
    range: Range,
    starts: &[i64],
    counts: &mut BTreeMap<(usize, String), (u64, hashbrown::HashSet<i64>)>,
) -> Result<(), QueryError> {
    let times = times(batch)?;
    let visitors = named(batch, schema::VISITOR_ID)?;
    let visitors = visitors.as_primitive::<Int64Type>();
    let reasons = text(batch, schema::BOT_REASON)?;
    // Without the column all rows are the site's.
    let sites = batch.column_by_name(schema::SITE_NUMBER);
    let sites = sites.map(AsArray::as_primitive::<Int32Type>);
    for row in 0..batch.num_rows() {
        let at_us = times[row];
        let of_site = sites.is_none_or(|sites| sites.value(row) == site_number);
        if !of_site || !range.contains(at_us) {
            continue;
        }
        let bucket = starts.partition_point(|start| *start <= at_us).saturating_sub(1);
        let reason = reasons.as_string::<i32>().value(row).to_owned();
        let (events, seen) = counts.entry((bucket, reason)).or_default();
        *events += 1;
        seen.insert(visitors.value(row));
    }
    Ok(())
}

/// The latest rows of a site, as they are kept.
pub async fn sample(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    site_number: i32,
    range: Range,
    of: SampleOf<'_>,
) -> Result<Vec<SampleRow>, QueryError> {
    let mut rows = Vec::new();
    let request = request(site_number, range, SAMPLED.to_vec());
    for plan in plans(snapshot, runtime, request).await? {
        let only = filter(plan, |plan| wanted(plan, site_number, range, of))?;
        let at = Column::new_with_schema(schema::TS, &only.schema())?;
        let latest = PhysicalSortExpr::new(
            Arc::new(at),
            arrow::compute::SortOptions { descending: true, nulls_first: false },
        );
        let Some(order) = LexOrdering::new(vec![latest]) else { continue };
        let top: Arc<dyn ExecutionPlan> = Arc::new(
            SortExec::new(order, only).with_preserve_partitioning(true).with_fetch(Some(of.limit)),
        );
        for batch in runtime.collect(&top).await? {
            read(&batch, &mut rows)?;
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.at_us));
    rows.truncate(of.limit);
    Ok(rows)
}

fn wanted(
    plan: &Arc<dyn ExecutionPlan>,
    site_number: i32,
    range: Range,
    of: SampleOf,
) -> Result<Arc<dyn PhysicalExpr>, QueryError> {
    let both = |left: Arc<dyn PhysicalExpr>, operator, right: Arc<dyn PhysicalExpr>| {
        Arc::new(BinaryExpr::new(left, operator, right)) as Arc<dyn PhysicalExpr>
    };
    let moment = |at_us| -> Arc<dyn PhysicalExpr> {
        Arc::new(Literal::new(ScalarValue::TimestampMicrosecond(Some(at_us), Some("UTC".into()))))
    };
    let of_column = |name| column(plan, name);
    let mut all = both(of_column(schema::TS)?, Operator::GtEq, moment(range.from_us));
    // Without the column all rows are the site's.
    if let Ok(site) = of_column(schema::SITE_NUMBER) {
        all = both(all, Operator::And, both(site, Operator::Eq, lit(site_number)));
    }
    all = both(all, Operator::And, both(of_column(schema::TS)?, Operator::Lt, moment(range.to_us)));
    if let Some(name) = of.name {
        let text: Arc<dyn PhysicalExpr> =
            Arc::new(CastExpr::new(of_column(schema::NAME)?, DataType::Utf8, None));
        all = both(all, Operator::And, both(text, Operator::Eq, lit(name)));
    }
    if let Some(visitor) = of.visitor_id {
        let same = both(of_column(schema::VISITOR_ID)?, Operator::Eq, lit(visitor));
        all = both(all, Operator::And, same);
    }
    let reason = of_column(schema::BOT_REASON)?;
    match of.held_back {
        Some(true) => all = both(all, Operator::And, Arc::new(IsNotNullExpr::new(reason))),
        Some(false) => all = both(all, Operator::And, Arc::new(IsNullExpr::new(reason))),
        None => {}
    }
    Ok(all)
}

fn read(batch: &RecordBatch, rows: &mut Vec<SampleRow>) -> Result<(), QueryError> {
    let times = times(batch)?;
    let first = rows.len();
    rows.extend(times.iter().map(|at_us| SampleRow { at_us: *at_us, columns: BTreeMap::new() }));
    for name in SAMPLED.into_iter().chain([schema::VISITOR_ID]) {
        let values = text(batch, name)?;
        let values = values.as_string::<i32>();
        for (row, value) in values.iter().enumerate() {
            if let Some(value) = value {
                rows[first + row].columns.insert(name, value.to_owned());
            }
        }
    }
    Ok(())
}

fn request(site_number: i32, range: Range, columns: Vec<&'static str>) -> Request {
    Request {
        site_number,
        range,
        columns,
        visitors: true,
        times: true,
        with_value: None,
        of_summary: None,
    }
}

async fn plans(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    request: Request,
) -> Result<Vec<Arc<dyn ExecutionPlan>>, QueryError> {
    runtime.use_store(snapshot.store.clone());
    let partitions = runtime.partitions();
    let env = runtime.env();
    let snapshot = snapshot.clone();
    let inputs =
        runtime.compute(move || Ok(scan::inputs(&snapshot, &request, &env, partitions)?)).await?;
    Ok(inputs.into_iter().map(|input| input.plan).collect())
}

fn filter(
    plan: Arc<dyn ExecutionPlan>,
    test: impl FnOnce(&Arc<dyn ExecutionPlan>) -> Result<Arc<dyn PhysicalExpr>, QueryError>,
) -> Result<Arc<dyn ExecutionPlan>, QueryError> {
    let test = test(&plan)?;
    Ok(Arc::new(FilterExec::try_new(test, plan)?))
}

fn column(plan: &Arc<dyn ExecutionPlan>, name: &str) -> Result<Arc<dyn PhysicalExpr>, QueryError> {
    Ok(Arc::new(Column::new_with_schema(name, &plan.schema())?))
}

fn named(batch: &RecordBatch, name: &str) -> Result<ArrayRef, QueryError> {
    let index = batch.schema().index_of(name).map_err(datafusion::error::DataFusionError::from)?;
    Ok(batch.column(index).clone())
}

fn times(batch: &RecordBatch) -> Result<Vec<i64>, QueryError> {
    let times = named(batch, schema::TS)?;
    Ok(times.as_primitive::<TimestampMicrosecondType>().values().to_vec())
}

/// A column as text.
fn text(batch: &RecordBatch, name: &str) -> Result<ArrayRef, QueryError> {
    let values = named(batch, name)?;
    cast(&values, &DataType::Utf8)
        .map_err(|error| datafusion::error::DataFusionError::from(error).into())
}
