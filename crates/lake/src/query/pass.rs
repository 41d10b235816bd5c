//! One pass over a site's rows, for one query or for several over the same days.

use std::mem;
use std::sync::Arc;

use luotsi_marketing::query::{Bucket, Metric, Query, Range};

use super::answer::{Answer, answer};
use super::{QueryError, QueryRuntime, TooLarge, batches, merged, repeated_orders};
use crate::aggregate::{Program, Scope, Totals, count_visitors};
use crate::snapshot::Snapshot;

/// Most views of a pass that several queries share: what is held grows with them.
const MOST_VIEWS: usize = 64;

/// Queries that are counted together.
#[derive(Debug)]
pub(super) struct Pass {
    program: Program,
    buckets: Vec<Bucket>,
    asked: Vec<Asked>,
}

/// A query of a pass.
#[derive(Debug)]
struct Asked {
    query: Query,
    scopes: Vec<Scope>,
    /// The program's view of each scope.
    views: Vec<usize>,
}

impl Pass {
    /// A pass for one query over a range: its own, or the one that it compares with.
    ///
    /// # Errors
    /// The query has too many tests.
    pub(super) fn of(site_number: i32, query: &Query, range: Range) -> Result<Pass, TooLarge> {
        let buckets = query.buckets(range).unwrap_or_default();
        let starts: Arc<[i64]> = buckets.iter().map(|bucket| bucket.start_us).collect();
        let mut program = Program::new(site_number, query, range, starts);
        let scopes = scopes(query);
        let views = program.add(query, &scopes)?;
        let asked = vec![Asked { query: query.clone(), scopes, views }];
        Ok(Pass { program, buckets, asked })
    }

    /// Takes in the queries of another pass where that reads the same rows, and there is room; gives it back
    /// otherwise.
    pub(super) fn take(&mut self, other: Pass) -> Option<Pass> {
        let (own, theirs) = (&self.program, &other.program);
        let same_rows = own.site_number == theirs.site_number
            && own.range == theirs.range
            && own.bucket_starts_us == theirs.bucket_starts_us
            && own.time_zone == theirs.time_zone
            // Summaries are not left for the sake of queries that they do not answer.
            && own.is_of_visits() == theirs.is_of_visits()
            // Nor is the past of visits looked at for the sake of queries that do not ask for it.
            && own.attributions() == theirs.attributions()
            && self.conversions() == other.conversions();
        if !same_rows {
            return Some(other);
        }
        let mut program = self.program.clone();
        let views: Result<Vec<Vec<usize>>, _> =
            other.asked.iter().map(|one| program.add(&one.query, &one.scopes)).collect();
        match views {
            Ok(views) if program.has_room() && program.views.len() <= MOST_VIEWS => {
                let asked = other.asked.into_iter().zip(views);
                self.asked.extend(asked.map(|(one, views)| Asked { views, ..one }));
                self.program = program;
                None
            }
            _ => Some(other),
        }
    }

    fn conversions(&self) -> Option<&[luotsi_marketing::query::Conversion]> {
        self.asked.first().map(|one| one.query.conversions.as_slice())
    }

    /// The answers, in the order in which the queries were taken in; not ordered in themselves.
    pub(super) async fn answers(
        self,
        snapshot: &Snapshot,
        runtime: &QueryRuntime,
    ) -> Result<Vec<Answer>, QueryError> {
        let Pass { mut program, buckets, asked } = self;
        if program.needs.revenue {
            let (site, range) = (program.site_number, program.range);
            program = program.without(repeated_orders(snapshot, runtime, site, range).await?);
        }
        let program = Arc::new(program);
        let batches = batches(snapshot, runtime, &program).await?;
        let threads = runtime.partitions();
        let work = move || {
            let mut totals = merged(&batches, &program)?;
            drop(batches);
            count_visitors(&mut totals, threads);
            let mut uses = vec![0_usize; totals.len()];
            asked.iter().flat_map(|one| &one.views).for_each(|view| uses[*view] += 1);
            let answer_of = |one: &Asked| {
                let totals = one.views.iter().map(|view| {
                    uses[*view] -= 1;
                    handed_out(&mut totals[*view], uses[*view])
                });
                answer(&one.query, &buckets, &one.scopes, totals.collect())
            };
            Ok(asked.iter().map(answer_of).collect())
        };
        runtime.compute(work).await
    }
}

/// A view's totals for one who asks, of whom so many come later: the last one gets them without a copy.
fn handed_out(totals: &mut Totals, later: usize) -> Totals {
    if later == 0 { mem::take(totals) } else { totals.clone() }
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
