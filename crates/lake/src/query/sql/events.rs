//! The events of one site as a table: the columns that expressions may see, and nothing else.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::datasource::{TableProvider, TableType};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::logical_expr::{Expr, Operator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{
    BinaryExpr, CastExpr, Column, IsNullExpr, Literal, lit,
};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::scalar::ScalarValue;
use luotsi_marketing::query::Range;

use crate::scan::{self, Request};
use crate::schema;
use crate::snapshot::Snapshot;

/// Columns of the table with their names in the files. Neither ids of persons nor what was held back is among them.
pub(super) const COLUMNS: [(&str, &str); 30] = [
    ("at", schema::TS),
    ("visitor", schema::VISITOR_ID),
    ("visit", schema::SESSION_ID),
    ("name", schema::NAME),
    ("hostname", schema::HOSTNAME),
    ("page", schema::PATHNAME),
    ("title", schema::TITLE),
    ("props", schema::PROPS),
    ("revenue_minor", schema::REVENUE),
    ("currency", schema::CURRENCY),
    ("order_id", schema::TRANSACTION_ID),
    ("interactive", schema::INTERACTIVE),
    ("entry_page", schema::ENTRY_PAGE),
    ("source", schema::SOURCE),
    ("referrer", schema::REFERRER),
    ("channel", schema::CHANNEL),
    ("utm_source", schema::UTM_SOURCE),
    ("utm_medium", schema::UTM_MEDIUM),
    ("utm_campaign", schema::UTM_CAMPAIGN),
    ("utm_content", schema::UTM_CONTENT),
    ("utm_term", schema::UTM_TERM),
    ("utm_id", schema::UTM_ID),
    ("device", schema::DEVICE),
    ("browser", schema::BROWSER),
    ("browser_version", schema::BROWSER_VERSION),
    ("os", schema::OS),
    ("os_version", schema::OS_VERSION),
    ("country", schema::COUNTRY),
    ("region", schema::REGION),
    ("city", schema::CITY),
];

/// What is read.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) snapshot: Snapshot,
    pub(super) env: Arc<RuntimeEnv>,
    pub(super) partitions: usize,
    pub(super) site_number: i32,
    pub(super) range: Range,
}

/// A site's events in a range, bots left out.
#[derive(Debug)]
pub(super) struct EventsTable {
    /// `None` to plan without reading.
    reading: Option<Reading>,
}

impl EventsTable {
    pub(super) fn without_events() -> Self {
        Self { reading: None }
    }

    pub(super) fn of(reading: Reading) -> Self {
        Self { reading: Some(reading) }
    }
}

/// The columns as expressions see them: text is plain.
fn view_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let files = schema::file_schema();
        let field = |(name, column): &(&str, &str)| {
            let of_file = files.field_with_name(column).ok();
            let kind = of_file.map_or(DataType::Utf8, |field| match field.data_type() {
                DataType::Dictionary(..) => DataType::Utf8,
                other => other.clone(),
            });
            Field::new(*name, kind, true)
        };
        Arc::new(Schema::new(COLUMNS.iter().map(field).collect::<Vec<_>>()))
    });
    SCHEMA.clone()
}

#[async_trait]
impl TableProvider for EventsTable {
    fn schema(&self) -> SchemaRef {
        view_schema()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(reading) = self.reading.clone() else {
            return Err(DataFusionError::Plan("this table is only for planning".to_owned()));
        };
        let all: Vec<usize> = (0..COLUMNS.len()).collect();
        let wanted: Vec<(&str, &str)> =
            projection.unwrap_or(&all).iter().map(|at| COLUMNS[*at]).collect();
        let mut columns: Vec<&'static str> = vec![schema::BOT_REASON, schema::NAME];
        columns.extend(wanted_columns(projection.unwrap_or(&all)));
        let request = Request {
            site_number: reading.site_number,
            range: reading.range,
            columns,
            visitors: true,
            times: true,
            with_value: None,
            of_summary: None,
        };
        let Reading { snapshot, env, partitions, .. } = &reading;
        let inputs = scan::inputs(snapshot, &request, env, *partitions)?;
        let mut plans: Vec<Arc<dyn ExecutionPlan>> = Vec::with_capacity(inputs.len());
        for input in inputs {
            let test = counted(&input.plan, &reading)?;
            let filtered: Arc<dyn ExecutionPlan> = Arc::new(FilterExec::try_new(test, input.plan)?);
            let mut shown: Vec<(Arc<dyn PhysicalExpr>, String)> = Vec::with_capacity(wanted.len());
            for (name, column) in &wanted {
                let kind = view_schema().field_with_name(name)?.data_type().clone();
                let of_file = Column::new_with_schema(column, &filtered.schema())?;
                shown.push((
                    Arc::new(CastExpr::new(Arc::new(of_file), kind, None)),
                    (*name).to_owned(),
                ));
            }
            plans.push(Arc::new(ProjectionExec::try_new(shown, filtered)?));
        }
        match plans.len() {
            0 => {
                let shown = view_schema().project(projection.unwrap_or(&all))?;
                Ok(Arc::new(datafusion::physical_plan::empty::EmptyExec::new(Arc::new(shown))))
            }
            1 => Ok(plans.remove(0)),
            _ => UnionExec::try_new(plans),
        }
    }
}

fn wanted_columns(projection: &[usize]) -> impl Iterator<Item = &'static str> + '_ {
    projection.iter().map(|at| COLUMNS[*at].1)
}

/// Rows of the site in the range that nobody held back.
fn counted(plan: &Arc<dyn ExecutionPlan>, reading: &Reading) -> Result<Arc<dyn PhysicalExpr>> {
    let both = |left: Arc<dyn PhysicalExpr>, operator, right: Arc<dyn PhysicalExpr>| {
        Arc::new(BinaryExpr::new(left, operator, right)) as Arc<dyn PhysicalExpr>
    };
    let column = |name: &str| -> Result<Arc<dyn PhysicalExpr>> {
        Ok(Arc::new(Column::new_with_schema(name, &plan.schema())?))
    };
    let moment = |at_us| -> Arc<dyn PhysicalExpr> {
        Arc::new(Literal::new(ScalarValue::TimestampMicrosecond(Some(at_us), Some("UTC".into()))))
    };
    let mut test: Arc<dyn PhysicalExpr> = Arc::new(IsNullExpr::new(column(schema::BOT_REASON)?));
    let from = both(column(schema::TS)?, Operator::GtEq, moment(reading.range.from_us));
    let to = both(column(schema::TS)?, Operator::Lt, moment(reading.range.to_us));
    test = both(both(test, Operator::And, from), Operator::And, to);
    // Without the column all rows are the site's.
    if let Ok(site) = column(schema::SITE_NUMBER) {
        test = both(test, Operator::And, both(site, Operator::Eq, lit(reading.site_number)));
    }
    Ok(test)
}
