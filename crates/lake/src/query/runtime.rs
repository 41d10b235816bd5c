//! Where queries run: their own threads and their share of memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionConfig;
use futures::TryStreamExt;
use object_store::ObjectStore;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use url::Url;

use super::QueryError;
use crate::scan::STORE_URL;

/// Rows that are read at a time: few enough for the processor's cache, enough to forget the cost
/// of a batch.
const BATCH_ROWS: usize = 16_384;

/// Threads, memory and caches of queries. One for a lake.
///
/// Queries have threads of their own, so that they do not hold up collection.
#[derive(Debug)]
pub struct QueryRuntime {
    env: Arc<RuntimeEnv>,
    config: SessionConfig,
    partitions: usize,
    threads: Option<Runtime>,
    passes: AtomicU64,
}

impl QueryRuntime {
    /// Queries together take at most about `memory_limit` bytes.
    ///
    /// # Errors
    /// When threads cannot be started.
    pub fn new(memory_limit: usize) -> Result<Self, QueryError> {
        let partitions = std::thread::available_parallelism().map_or(2, usize::from).max(2);
        let threads = Builder::new_multi_thread()
            .worker_threads(partitions)
            .thread_name("query")
            .enable_all()
            .build()
            .map_err(|error| QueryError::Failed(DataFusionError::IoError(error)))?;
        let env = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(GreedyMemoryPool::new(memory_limit)))
            .build_arc()?;
        let config =
            SessionConfig::new().with_target_partitions(partitions).with_batch_size(BATCH_ROWS);
        Ok(Self { env, config, partitions, threads: Some(threads), passes: AtomicU64::new(0) })
    }

    /// Passes over rows that queries took so far: what they cost, whatever the machine.
    pub fn passes(&self) -> u64 {
        self.passes.load(Ordering::Relaxed)
    }

    pub(super) fn partitions(&self) -> usize {
        self.partitions
    }

    pub(super) fn env(&self) -> Arc<RuntimeEnv> {
        Arc::clone(&self.env)
    }

    /// Lets plans read from `store`.
    pub(super) fn use_store(&self, store: Arc<dyn ObjectStore>) {
        if let Ok(url) = Url::parse(STORE_URL) {
            self.env.register_object_store(&url, store);
        }
    }

    /// Runs `work`, which holds up its thread, on a thread of queries.
    pub(super) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, QueryError> + Send + 'static,
    ) -> Result<T, QueryError> {
        let Some(threads) = &self.threads else { return Err(QueryError::Stopping) };
        match threads.handle().spawn_blocking(work).await {
            Ok(done) => done,
            Err(error) if error.is_cancelled() => Err(QueryError::Stopping),
            Err(error) => Err(QueryError::Failed(DataFusionError::External(Box::new(error)))),
        }
    }

    /// All batches of a plan. Partitions run beside each other; dropping the future ends them.
    pub(super) async fn collect(
        &self,
        plan: &Arc<dyn ExecutionPlan>,
    ) -> Result<Vec<RecordBatch>, QueryError> {
        let Some(threads) = &self.threads else { return Err(QueryError::Stopping) };
        self.passes.fetch_add(1, Ordering::Relaxed);
        let context = Arc::new(
            TaskContext::default()
                .with_session_config(self.config.clone())
                .with_runtime(Arc::clone(&self.env)),
        );
        let mut running = JoinSet::new();
        for partition in 0..plan.properties().partitioning.partition_count() {
            let plan = Arc::clone(plan);
            let context = Arc::clone(&context);
            let batches = async move {
                let stream = plan.execute(partition, context)?;
                stream.try_collect::<Vec<RecordBatch>>().await
            };
            running.spawn_on(batches, threads.handle());
        }
        let mut all = Vec::new();
        while let Some(done) = running.join_next().await {
            match done {
                Ok(batches) => all.extend(batches?),
                Err(error) if error.is_cancelled() => return Err(QueryError::Stopping),
                Err(error) => {
                    return Err(QueryError::Failed(DataFusionError::External(Box::new(error))));
                }
            }
        }
        Ok(all)
    }
}

impl Drop for QueryRuntime {
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            // Waiting for threads is not allowed where this may be dropped.
            threads.shutdown_background();
        }
    }
}
