//! The plan node that reads whole visits and counts them.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{StreamExt, TryStreamExt, stream};

use super::program::Program;
use super::visits::Visits;
use super::{gather, partial};
use crate::scan::Input;

/// How many batches are read before other tasks get their turn.
const TURN: usize = 16;

/// Counts the visits of its inputs; a partition gives partial counts (`partial::schema`), the
/// events that the program asks for one by one (`partial::steps_schema`), or the visits that it gathers
/// (`gather::gathered_schema`).
#[derive(Debug, Clone)]
pub(crate) struct VisitAggregateExec {
    program: Arc<Program>,
    inputs: Vec<Input>,
    properties: Arc<PlanProperties>,
}

impl VisitAggregateExec {
    pub(crate) fn new(program: Arc<Program>, inputs: Vec<Input>, partitions: usize) -> Self {
        let schema = match &program.gather {
            Some(_) => gather::gathered_schema(),
            None if program.needs.steps => partial::steps_schema(),
            None => partial::schema(),
        };
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self { program, inputs, properties: Arc::new(properties) }
    }
}

impl DisplayAs for VisitAggregateExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "VisitAggregateExec: views={}, inputs={}",
            self.program.views.len(),
            self.inputs.len()
        )
    }
}

impl ExecutionPlan for VisitAggregateExec {
    fn name(&self) -> &'static str {
        "VisitAggregateExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().map(|input| &input.plan).collect()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.len() != self.inputs.len() {
            return Err(DataFusionError::Internal("the number of inputs cannot change".to_owned()));
        }
        let mut changed = Self::clone(&self);
        for (input, plan) in changed.inputs.iter_mut().zip(children) {
            input.plan = plan;
        }
        Ok(Arc::new(changed))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let program = Arc::clone(&self.program);
        let inputs = self.inputs.clone();
        let counted = async move {
            let visits = read(partition, &inputs, &program, &context).await?;
            let batches = if program.gather.is_some() {
                vec![visits.gatherer.into_batch()?]
            } else if program.needs.steps {
                vec![partial::steps_batch(&visits.steps)?]
            } else {
                partial::batches(visits, &program)?
            };
            Ok::<_, DataFusionError>(stream::iter(batches.into_iter().map(Ok)))
        };
        let schema: SchemaRef = self.schema();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream::once(counted).try_flatten())))
    }
}

/// Takes in a partition's inputs, one after another.
async fn read(
    partition: usize,
    inputs: &[Input],
    program: &Program,
    context: &Arc<TaskContext>,
) -> Result<Visits> {
    let reservation = MemoryConsumer::new("visits").register(context.memory_pool());
    let mut visits = Visits::new(program);
    let mut count = 0_usize;
    for input in inputs {
        let own = match input.place {
            None => partition,
            Some(place) if place == partition => 0,
            Some(_) => continue,
        };
        let mut batches = input.plan.execute(own, Arc::clone(context))?;
        while let Some(batch) = batches.next().await {
            let batch = program.lifted(batch?)?;
            if input.is_summary {
                visits.push_summary(&batch, program, input.one_site)?;
            } else {
                visits.push(&batch, program, input.in_range, input.one_site)?;
            }
            reservation.try_resize(visits.size())?;
            count += 1;
            if count.is_multiple_of(TURN) {
                // A query whose asker has gone is ended here.
                tokio::task::yield_now().await;
            }
        }
        visits.end(program);
    }
    Ok(visits)
}
