//! Which metrics go with which dimensions and filters.

use super::dimension::Dimension;
use super::error::{Code, InvalidQuery};
use super::metric::{Metric, Scope};
use super::{Filter, Query};

/// Refuses combinations that would answer something else than they seem to ask.
pub(super) fn check(query: &Query) -> Result<(), InvalidQuery> {
    for (at, metric) in query.metrics.iter().enumerate() {
        if let Some(reason) = metric_problem(*metric, query) {
            return Err(InvalidQuery::new(
                Code::Metrics,
                format!("metrics[{at}]"),
                format!("Metric `{metric}` {reason}"),
            ));
        }
    }
    check_scopes(query)?;
    check_rates(query)?;
    let by_time = query.dimensions.iter().any(|dimension| matches!(dimension, Dimension::Time(_)));
    if query.include.time_labels && !by_time {
        let message = "Invalid include.time_labels: requires a time dimension.";
        return Err(InvalidQuery::new(Code::Include, "include.time_labels", message));
    }
    Ok(())
}

fn metric_problem(metric: Metric, query: &Query) -> Option<&'static str> {
    let grouped_by = |dimension: Dimension| query.dimensions.contains(&dimension);
    let filtered_by = |dimension: &Dimension| {
        let mut found = false;
        for filter in &query.filters {
            filter.for_each_test(&mut |test, _, behavioral| {
                found |= !behavioral && test.dimension == *dimension
            });
        }
        found
    };
    match metric {
        Metric::ConversionRate | Metric::GroupConversionRate => {
            let with_goal = grouped_by(Dimension::Goal) || filtered_by(&Dimension::Goal);
            (!with_goal).then_some("can only be queried with event:goal filters or dimensions.")
        }
        Metric::ScrollDepth => {
            let with_page = grouped_by(Dimension::Page)
                || query.top_level_tests().any(|test| test.dimension == Dimension::Page);
            (!with_page).then_some("can only be queried with event:page filters or dimensions.")
        }
        Metric::TimeOnPage => {
            let with_page = grouped_by(Dimension::Page) || filtered_by(&Dimension::Page);
            (!with_page).then_some("can only be queried with event:page filters or dimensions.")
        }
        Metric::ViewsPerVisit if filtered_by(&Dimension::Page) => {
            Some("cannot be queried with a filter on `event:page`.")
        }
        Metric::ViewsPerVisit
            if query
                .dimensions
                .iter()
                .any(|dimension| !matches!(dimension, Dimension::Time(_))) =>
        {
            Some("cannot be queried with `dimensions`.")
        }
        _ => None,
    }
}

/// Metrics of visits do not divide by what single events have, nor the other way round. Only
/// `event:page` alone goes with both: visits then count for the page they were entered on.
fn check_scopes(query: &Query) -> Result<(), InvalidQuery> {
    let dimensions = |scope: Scope| -> Vec<&Dimension> {
        query.dimensions.iter().filter(|dimension| dimension.scope() == scope).collect()
    };
    let metrics = |scope: Scope| -> Vec<(usize, Metric)> {
        query
            .metrics
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, metric)| metric.scope() == scope)
            .collect()
    };
    let conflict =
        |kind: &str, metrics: &[(usize, Metric)], other: &str, dimensions: &[&Dimension]| {
            let names = |names: Vec<String>| {
                names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            };
            let message = format!(
                "{kind} metric(s) {} cannot be queried along with {other} dimension(s) {}",
                names(metrics.iter().map(|(_, metric)| metric.to_string()).collect()),
                names(dimensions.iter().map(ToString::to_string).collect()),
            );
            Err(InvalidQuery::new(Code::Metrics, format!("metrics[{}]", metrics[0].0), message))
        };
    let of_events = dimensions(Scope::Event);
    let of_visits = dimensions(Scope::Visit);
    if of_events != [&Dimension::Page] && !of_events.is_empty() && !metrics(Scope::Visit).is_empty()
    {
        return conflict("Session", &metrics(Scope::Visit), "event", &of_events);
    }
    if !of_visits.is_empty() && !metrics(Scope::Event).is_empty() {
        return conflict("Event", &metrics(Scope::Event), "session", &of_visits);
    }
    Ok(())
}

/// Rates are shares of those who would have been counted without goal and property filters, which
/// can be told apart at the top level only.
fn check_rates(query: &Query) -> Result<(), InvalidQuery> {
    let rate =
        |metric: &Metric| matches!(metric, Metric::ConversionRate | Metric::GroupConversionRate);
    if !query.metrics.iter().any(rate) {
        return Ok(());
    }
    for (at, filter) in query.filters.iter().enumerate() {
        let mut deep = false;
        filter.for_each_test(&mut |test, depth, _| {
            deep |= depth > 0 && matches!(test.dimension, Dimension::Prop(_))
        });
        if deep && !matches!(filter, Filter::Test(_)) {
            let message = "Invalid filters. When `conversion_rate` or `group_conversion_rate` metrics are used, \
                           custom property filters can only be used on top level.";
            return Err(InvalidQuery::new(Code::Filters, format!("filters[{at}]"), message));
        }
    }
    Ok(())
}
