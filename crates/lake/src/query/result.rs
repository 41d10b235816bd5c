//! The rows of an answer: ordered, cut to a page, and compared.

use luotsi_marketing::query::{DAY_US, Dimension, Metric, MetricValue, Query, change};

use super::answer::{Answer, shown};
use super::order::{Unordered, compare};
use crate::aggregate::{Label, revenue_currencies};

/// What a query is answered with.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryResult {
    pub rows: Vec<Row>,
    /// How many rows there are in all pages.
    pub total_rows: usize,
    /// All buckets of the time dimension, whether rows are in them or not; none without one.
    pub time_labels: Vec<String>,
    /// What a reader of the numbers should know.
    pub notes: Vec<Note>,
    /// Money of the range in other currencies: first what could not be converted, then what was.
    pub foreign: Vec<ForeignMoney>,
}

/// Money in another currency than asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignMoney {
    /// As it was sent.
    pub currency: String,
    /// The currency that is asked for.
    pub wanted: String,
    /// Minor units of `currency`.
    pub minor_units: i64,
    pub events: u64,
    /// Minor units of `wanted` that are in the figures; `None`: no rate is known, so that it is in none.
    pub converted: Option<i64>,
}

/// A group and its metrics, in the order of the query's dimensions and metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub dimensions: Vec<String>,
    /// Unrounded: `MetricValue::shown` rounds.
    pub metrics: Vec<MetricValue>,
    pub comparison: Option<RowComparison>,
}

/// The same group in the range that the query compares with.
#[derive(Debug, Clone, PartialEq)]
pub struct RowComparison {
    pub dimensions: Vec<String>,
    pub metrics: Vec<MetricValue>,
    /// By metric; see `luotsi_marketing::query::change`.
    pub change: Vec<Option<f64>>,
}

/// What a reader of the numbers should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The range is longer than a day, and visitors without a lasting id have another name each
    /// day: whoever came on two days counts twice.
    VisitorsAreDaily,
    /// Revenue is missing: no goal asked about has any.
    NoRevenueGoal,
    /// Revenue is less than there was: of some currency no rate is known.
    RevenueNotConverted,
    /// Some of the revenue was in another currency, and counts by the rate of its day.
    RevenueConverted,
}

impl Note {
    /// Stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Note::VisitorsAreDaily => "visitors_are_daily",
            Note::NoRevenueGoal => "no_revenue_goals_matching",
            Note::RevenueNotConverted => "revenue_not_converted",
            Note::RevenueConverted => "revenue_converted",
        }
    }
}

pub(super) fn result(query: &Query, answer: Answer, compared: Option<Answer>) -> QueryResult {
    let Answer { groups, buckets, nothing, foreign } = answer;
    let mut rows: Vec<Unordered> = groups
        .into_iter()
        .map(|(labels, metrics)| unordered(query, labels, metrics, &buckets))
        .collect();
    if compared.is_some() && matches!(query.dimensions.as_slice(), [Dimension::Time(_)]) {
        add_empty_buckets(query, &mut rows, &buckets, &nothing);
    }
    rows.sort_by(|one, other| compare(query, one, other));
    let total_rows = rows.len();
    let page = rows.into_iter().skip(query.pagination.offset).take(query.pagination.limit);
    QueryResult {
        rows: page.map(|row| finished(query, row, compared.as_ref())).collect(),
        total_rows,
        time_labels: buckets,
        notes: notes(query, &foreign),
        foreign,
    }
}

fn unordered(
    query: &Query,
    labels: Vec<Label>,
    metrics: Vec<MetricValue>,
    buckets: &[String],
) -> Unordered {
    let shown =
        labels.iter().enumerate().map(|(at, label)| shown(query, at, label, buckets)).collect();
    Unordered { labels, shown, metrics }
}

/// A bucket without events is compared too.
fn add_empty_buckets(
    query: &Query,
    rows: &mut Vec<Unordered>,
    buckets: &[String],
    nothing: &[MetricValue],
) {
    let mut is_there = vec![false; buckets.len()];
    for row in rows.iter() {
        let number = row.labels[0].as_ref().and_then(|label| label.parse::<usize>().ok());
        if let Some(found) = number.and_then(|number| is_there.get_mut(number)) {
            *found = true;
        }
    }
    for (number, _) in is_there.into_iter().enumerate().filter(|(_, found)| !found) {
        let labels = vec![Some(number.to_string().into_boxed_str())];
        rows.push(unordered(query, labels, nothing.to_vec(), buckets));
    }
}

fn finished(query: &Query, row: Unordered, compared: Option<&Answer>) -> Row {
    // Buckets are compared by their number: the first with the first.
    let comparison = compared.map(|compared| {
        let metrics = compared.groups.get(&row.labels).unwrap_or(&compared.nothing).clone();
        let change = query.metrics.iter().zip(metrics.iter().zip(&row.metrics));
        RowComparison {
            dimensions: row
                .labels
                .iter()
                .enumerate()
                .map(|(at, label)| compared_label(query, at, label, compared))
                .collect(),
            change: change.map(|(metric, (old, new))| self::change(*metric, *old, *new)).collect(),
            metrics,
        }
    });
    Row { dimensions: row.shown, metrics: row.metrics, comparison }
}

/// Empty where the range that is compared with has no such bucket.
fn compared_label(query: &Query, at: usize, label: &Label, compared: &Answer) -> String {
    if matches!(query.dimensions[at], Dimension::Time(_)) {
        let number = label.as_ref().and_then(|label| label.parse::<usize>().ok());
        return number.and_then(|number| compared.buckets.get(number).cloned()).unwrap_or_default();
    }
    shown(query, at, label, &compared.buckets)
}

fn notes(query: &Query, foreign: &[ForeignMoney]) -> Vec<Note> {
    let asked = |metrics: &[Metric]| query.metrics.iter().any(|metric| metrics.contains(metric));
    let mut notes = Vec::new();
    let of_visitors = [
        Metric::Visitors,
        Metric::ConversionRate,
        Metric::GroupConversionRate,
        Metric::Percentage,
        Metric::ScrollDepth,
    ];
    // The longest day has 25 hours.
    if asked(&of_visitors) && query.range.to_us - query.range.from_us > DAY_US + DAY_US / 24 {
        notes.push(Note::VisitorsAreDaily);
    }
    let of_money = [Metric::TotalRevenue, Metric::AverageRevenue];
    if asked(&of_money) && revenue_currencies(query).is_empty() {
        notes.push(Note::NoRevenueGoal);
    }
    if foreign.iter().any(|money| money.converted.is_none()) {
        notes.push(Note::RevenueNotConverted);
    }
    if foreign.iter().any(|money| money.converted.is_some()) {
        notes.push(Note::RevenueConverted);
    }
    notes
}
