//! Retention by week: who came first when, and came again.

use std::sync::Arc;

use hashbrown::HashMap;
use luotsi_marketing::query::Query;

use super::{QueryError, QueryRuntime, batches, merged};
use crate::aggregate::{Program, Scope};
use crate::snapshot::Snapshot;

/// Visitors who came first in the same bucket of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    /// Label of the bucket.
    pub label: String,
    /// Of them, those who came in this bucket, the next one, and so on to the end of the range.
    pub visitors: Vec<u64>,
}

/// Cohorts of the visitors of `query`, whose only dimension is a time, weeks as a rule.
///
/// "First" is first within the query's range. Visitors without a lasting id are somebody new every
/// day, so their cohorts end where they begin.
pub async fn retention(
    snapshot: &Snapshot,
    runtime: &QueryRuntime,
    site_number: i32,
    query: &Query,
) -> Result<Vec<Cohort>, QueryError> {
    let buckets = query.buckets(query.range).unwrap_or_default();
    let starts: Arc<[i64]> = buckets.iter().map(|bucket| bucket.start_us).collect();
    let mut program = Program::new(site_number, query, query.range, starts);
    program.add(query, &[Scope::Whole])?;
    let program = Arc::new(program);
    let batches = batches(snapshot, runtime, &program).await?;
    let work = move || {
        let whole = merged(&batches, &program)?.into_iter().next().unwrap_or_default();
        let mut by_bucket: Vec<Vec<i64>> = vec![Vec::new(); buckets.len()];
        for (labels, total) in whole {
            let number = labels.first().and_then(|label| label.as_ref()?.parse::<usize>().ok());
            if let Some(visitors) = number.and_then(|number| by_bucket.get_mut(number)) {
                *visitors = total.into_visitors();
            }
        }
        Ok(cohorts(buckets.into_iter().map(|bucket| bucket.label).collect(), &by_bucket))
    };
    runtime.compute(work).await
}

fn cohorts(labels: Vec<String>, by_bucket: &[Vec<i64>]) -> Vec<Cohort> {
    let count = labels.len();
    let cohort = |(at, label)| Cohort { label, visitors: vec![0; count - at] };
    let mut cohorts: Vec<Cohort> = labels.into_iter().enumerate().map(cohort).collect();
    let mut first: HashMap<i64, usize> = HashMap::new();
    for (bucket, visitors) in by_bucket.iter().enumerate() {
        for visitor in visitors {
            let first = *first.entry(*visitor).or_insert(bucket);
            cohorts[first].visitors[bucket - first] += 1;
        }
    }
    cohorts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_belongs_to_the_cohort_of_the_first_visit() {
        let by_bucket = [vec![1, 2, 3], vec![2, 4], vec![1, 2, 4]];
        let found = cohorts(vec!["a".into(), "b".into(), "c".into()], &by_bucket);
        let visitors: Vec<_> = found.into_iter().map(|cohort| cohort.visitors).collect();
        assert_eq!(visitors, [vec![3, 1, 2], vec![1, 1], vec![0]]);
    }
}
