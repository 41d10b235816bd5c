//! Metrics worked out from what was counted.

use hashbrown::HashMap;
use luotsi_marketing::query::{
    Bucket, Dimension, Metric, MetricValue, Query, SECOND_US, country_name,
};

use super::result::ForeignMoney;
use crate::aggregate::{Label, Scope, Total, Totals, dimensions_in, revenue_currencies};

/// Groups over one range, with their metrics in the query's order.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) groups: HashMap<Vec<Label>, Vec<MetricValue>>,
    pub(super) buckets: Vec<String>,
    /// Metrics of a group that is not there.
    pub(super) nothing: Vec<MetricValue>,
    /// Money in other currencies, by code.
    pub(super) foreign: Vec<ForeignMoney>,
}

/// The visitors that rates are shares of.
struct Everyone {
    total: u64,
    everyone: u64,
    by_group: HashMap<Vec<Label>, u64>,
    /// Dimensions of `by_group`, of the query's.
    dimensions: Vec<usize>,
}

pub(super) fn answer(
    query: &Query,
    buckets: &[Bucket],
    scopes: &[Scope],
    mut totals: Vec<Totals>,
) -> Answer {
    let mut everyone = Everyone::new();
    for (scope, totals) in scopes.iter().zip(&mut totals).skip(1) {
        everyone.take(*scope, query, totals);
    }
    let foreign = foreign(scopes, &totals);
    let mut whole = totals.into_iter().next().unwrap_or_default();
    if query.dimensions.is_empty() {
        whole.entry(Vec::new()).or_default();
    }
    let mut groups = HashMap::with_capacity(whole.len());
    for (labels, mut total) in whole {
        // A page that visits were only entered on before the range, or that filters leave out, is none.
        if total.counts.events > 0 || total.counts.visits > 0 || query.dimensions.is_empty() {
            let metrics = metrics(query, &labels, &mut total, &everyone);
            groups.insert(labels, metrics);
        }
    }
    let nothing_labels: Vec<Label> = vec![None; query.dimensions.len()];
    let nothing = metrics(query, &nothing_labels, &mut Total::default(), &everyone);
    let buckets = buckets.iter().map(|bucket| bucket.label.clone()).collect();
    Answer { groups, buckets, nothing, foreign }
}

/// What was found in other currencies, converted or not.
fn foreign(scopes: &[Scope], totals: &[Totals]) -> Vec<ForeignMoney> {
    let mut found = Vec::new();
    for (scope, totals) in scopes.iter().zip(totals) {
        let converted = match scope {
            Scope::Converted => true,
            Scope::Unconverted => false,
            _ => continue,
        };
        for (labels, total) in totals {
            let text = |at: usize| labels.get(at).and_then(|label| label.as_deref());
            found.push(ForeignMoney {
                currency: text(0).unwrap_or_default().to_owned(),
                wanted: text(1).unwrap_or_default().to_owned(),
                minor_units: total.counts.revenue,
                events: total.counts.sales.unsigned_abs(),
                converted: converted.then_some(total.counts.converted),
            });
        }
    }
    found.sort_unstable_by(|one, other| {
        let by = |money: &ForeignMoney| (money.converted.is_some(), money.currency.clone());
        by(one).cmp(&by(other)).then_with(|| one.wanted.cmp(&other.wanted))
    });
    found
}

impl Everyone {
    fn new() -> Self {
        Self { total: 0, everyone: 0, by_group: HashMap::new(), dimensions: Vec::new() }
    }

    fn take(&mut self, scope: Scope, query: &Query, totals: &mut Totals) {
        match scope {
            Scope::Whole | Scope::Converted | Scope::Unconverted => {}
            Scope::Total => self.total = totals.values_mut().map(Total::visitors).sum(),
            Scope::Everyone => self.everyone = totals.values_mut().map(Total::visitors).sum(),
            Scope::EveryoneByGroup => {
                self.dimensions = dimensions_in(scope, query);
                self.by_group =
                    totals.drain().map(|(labels, mut total)| (labels, total.visitors())).collect();
            }
        }
    }

    fn of_group(&self, labels: &[Label]) -> u64 {
        let key: Vec<Label> = self.dimensions.iter().map(|at| labels[*at].clone()).collect();
        self.by_group.get(&key).copied().unwrap_or_default()
    }
}

fn metrics(
    query: &Query,
    labels: &[Label],
    total: &mut Total,
    everyone: &Everyone,
) -> Vec<MetricValue> {
    let visitors = total.visitors();
    query
        .metrics
        .iter()
        .map(|metric| value(*metric, visitors, query, labels, total, everyone))
        .collect()
}

fn value(
    metric: Metric,
    visitors: u64,
    query: &Query,
    labels: &[Label],
    total: &mut Total,
    everyone: &Everyone,
) -> MetricValue {
    let counts = total.counts;
    let count = |count: i64| MetricValue::Count(count.unsigned_abs());
    // Without groups a mean of nothing is shown as 0, like Plausible does.
    let of_nothing =
        if query.dimensions.is_empty() { MetricValue::Number(0.0) } else { MetricValue::Missing };
    let mean =
        |sum: f64, of: i64| if of == 0 { of_nothing } else { MetricValue::Number(sum / of as f64) };
    let share = |of: u64, of_nothing: MetricValue| {
        if of == 0 { of_nothing } else { MetricValue::Number(100.0 * visitors as f64 / of as f64) }
    };
    match metric {
        Metric::Visitors => MetricValue::Count(visitors),
        Metric::Visits => count(counts.visits),
        Metric::Pageviews => count(counts.pageviews),
        Metric::Events => count(counts.events),
        Metric::ViewsPerVisit => mean(counts.visit_pageviews as f64, counts.whole_visits),
        Metric::BounceRate => mean(100.0 * counts.bounces as f64, counts.whole_visits),
        Metric::EngagedVisits => count(counts.engaged),
        Metric::EngagementRate => mean(100.0 * counts.engaged as f64, counts.whole_visits),
        Metric::VisitDuration => {
            mean(counts.duration_us as f64 / SECOND_US as f64, counts.whole_visits)
        }
        Metric::ConversionRate => share(everyone.everyone, MetricValue::Number(0.0)),
        Metric::GroupConversionRate => share(everyone.of_group(labels), MetricValue::Number(0.0)),
        Metric::Percentage => share(everyone.total, MetricValue::Missing),
        Metric::TotalRevenue => money(query, labels, counts.revenue as f64),
        Metric::AverageRevenue if counts.sales == 0 => match money(query, labels, 0.0) {
            MetricValue::Money { currency, .. } if query.dimensions.is_empty() => {
                MetricValue::Money { minor_units: 0.0, currency }
            }
            _ => MetricValue::Missing,
        },
        Metric::AverageRevenue => money(query, labels, counts.revenue as f64 / counts.sales as f64),
        Metric::ScrollDepth => match total.scrolls() {
            (_, 0) => MetricValue::Missing,
            (sum, visitors) => MetricValue::Number(sum as f64 / visitors as f64),
        },
        Metric::TimeOnPage if counts.engaged_visits == 0 => MetricValue::Missing,
        Metric::TimeOnPage => mean(counts.engaged_ms as f64 / 1_000.0, counts.engaged_visits),
    }
}

/// An amount in the currency of the group's goal, or of the query.
fn money(query: &Query, labels: &[Label], minor_units: f64) -> MetricValue {
    let goal = query.dimensions.iter().position(|dimension| *dimension == Dimension::Goal);
    let currency = match goal {
        Some(at) => goal_of(&labels[at]).and_then(|goal| query.conversions.get(goal)?.currency),
        None => match revenue_currencies(query).as_slice() {
            [code] => code.parse().ok(),
            _ => None,
        },
    };
    currency.map_or(MetricValue::Missing, |currency| MetricValue::Money { minor_units, currency })
}

fn goal_of(label: &Label) -> Option<usize> {
    label.as_ref()?.parse().ok()
}

/// A label as it is shown.
pub(super) fn shown(query: &Query, dimension: usize, label: &Label, buckets: &[String]) -> String {
    let dimension = &query.dimensions[dimension];
    let number = || label.as_ref().and_then(|label| label.parse::<usize>().ok());
    let known = match (dimension, label) {
        (Dimension::Time(_), _) => number().and_then(|number| buckets.get(number).cloned()),
        (Dimension::Goal, _) => {
            number().and_then(|number| Some(query.conversions.get(number)?.display_name.clone()))
        }
        (Dimension::CountryName, Some(code)) => Some(country_name(code).unwrap_or(code).to_owned()),
        (_, label) => {
            label.as_ref().filter(|label| !label.is_empty()).map(std::string::ToString::to_string)
        }
    };
    known.unwrap_or_else(|| dimension.absent_label().to_owned())
}
