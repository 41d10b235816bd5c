//! What the visits of a query are owed to, found before it is answered.
//!
//! Two scans, and only for queries that ask: the visits of the query's range, then, of their visitors alone,
//! those before it: 90 days for the last source, all that is kept for the first visit. Of the visits before no
//! more than two of a visitor are kept, so that what is held grows with the visits of the range and not with
//! the site's history; it counts towards the memory of queries.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use luotsi_marketing::event::EARLIEST_US;
use luotsi_marketing::query::{Attribution, DAY_US, Range};
use luotsi_marketing::source::LOOK_BACK_DAYS;

use super::{QueryError, QueryRuntime, batches_of};
use crate::aggregate::{Gather, Gathering, Origins, Program, sought};
use crate::snapshot::Snapshot;

/// What the visits of a program are owed to; `None` where it does not ask.
pub(super) async fn find(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    program: &Arc<Program>,
) -> Result<Option<Origins>, QueryError> {
    let asked = program.attributions();
    if asked.is_empty() {
        return Ok(None);
    }
    // A visit that reaches into the range began within a day before it, and visits lie in files by their
    // date: from here on all are looked at.
    let from_us = (program.range.from_us - DAY_US).div_euclid(DAY_US) * DAY_US;
    let to_us = program.range.to_us;
    let memory = MemoryConsumer::new("origins").register(&runtime.env().memory_pool);

    let in_range = Range { from_us, to_us };
    let in_range = Program::of_origins(program.site_number, in_range, Gather::From(from_us));
    let found = batches_of(snapshot, runtime, &Arc::new(in_range)).await?;
    let work = move || {
        let (gathering, memory) = gathered(Gathering::new(), &found, memory)?;
        let visitors = sought(&gathering, &asked);
        memory.try_resize(gathering.size() + visitors.capacity() * 9)?;
        let since_us = if asked.contains(&Attribution::FirstUser) {
            EARLIEST_US
        } else {
            from_us - LOOK_BACK_DAYS * DAY_US
        };
        Ok((gathering, memory, Arc::new(visitors), since_us))
    };
    let (gathering, memory, visitors, since_us) = runtime.compute(work).await?;

    let mut found = Vec::new();
    if !visitors.is_empty() && since_us < from_us {
        let before = Range { from_us: since_us, to_us: from_us };
        let gather = Gather::Before(from_us, visitors);
        let before = Program::of_origins(program.site_number, before, gather);
        found = batches_of(snapshot, runtime, &Arc::new(before)).await?;
    }
    let program = Arc::clone(program);
    let work = move || {
        let (gathering, memory) = gathered(gathering, &found, memory)?;
        drop(found);
        Ok(Origins::new(gathering, from_us, &program.visit_tests, memory)?)
    };
    runtime.compute(work).await.map(Some)
}

/// Takes in what partitions gathered.
fn gathered(
    mut gathering: Gathering,
    found: &[RecordBatch],
    memory: MemoryReservation,
) -> Result<(Gathering, MemoryReservation), QueryError> {
    for batch in found {
        gathering.add(batch)?;
        memory.try_resize(gathering.size())?;
    }
    Ok((gathering, memory))
}
