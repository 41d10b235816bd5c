//! Which row comes before which.

use std::cmp::Ordering;

use luotsi_marketing::query::{Column, Dimension, Direction, MetricValue, Query};

use crate::aggregate::Label;

/// A row on its way into the result.
#[derive(Debug)]
pub(super) struct Unordered {
    pub(super) labels: Vec<Label>,
    /// Labels as they are shown.
    pub(super) shown: Vec<String>,
    pub(super) metrics: Vec<MetricValue>,
}

/// The query's order; rows that are equal in it stand in the order of their labels.
pub(super) fn compare(query: &Query, one: &Unordered, other: &Unordered) -> Ordering {
    let by_label = |at: usize| {
        if matches!(query.dimensions[at], Dimension::Time(_)) {
            bucket(&one.labels[at]).cmp(&bucket(&other.labels[at]))
        } else {
            one.shown[at].cmp(&other.shown[at])
        }
    };
    let asked = query.order_by.iter().map(|(column, direction)| {
        let ordering = match column {
            Column::Metric(at) => by_value(one.metrics[*at], other.metrics[*at]),
            Column::Dimension(at) => by_label(*at),
        };
        match direction {
            Direction::Ascending => ordering,
            Direction::Descending => ordering.reverse(),
        }
    });
    let rest = (0..query.dimensions.len()).map(by_label);
    asked.chain(rest).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}

/// What is missing is less than anything.
fn by_value(one: MetricValue, other: MetricValue) -> Ordering {
    match (one.number(), other.number()) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        (one, other) => one.is_some().cmp(&other.is_some()),
    }
}

fn bucket(label: &Label) -> Option<u32> {
    label.as_ref()?.parse().ok()
}
