//! Where a measure's numbers come from: measures of one source are read together.

use luotsi_marketing::conversion::Trigger;
use luotsi_marketing::metric::{Aggregate, Function, Measure, Subject};
use luotsi_marketing::query::Metric;
use serde_json::{Value, json};

/// What is read at once.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// Metrics of the query API.
    Query {
        filters: Vec<Value>,
    },
    /// The sales one by one.
    Sales {
        filters: Vec<Value>,
    },
    /// A property's values.
    Property {
        name: String,
        filters: Vec<Value>,
    },
    /// How far visits came.
    Funnel {
        steps: Vec<Trigger>,
        filters: Vec<Value>,
    },
    Sql {
        expression: String,
        filters: Vec<Value>,
    },
    Readings {
        series: String,
        filters: Vec<Value>,
    },
}

/// Which of a source's numbers is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pick {
    Metric(Metric),
    Function(Function),
    /// Events that have the property, whether or not it is a number.
    Carrying,
    /// Step of a funnel, from 1.
    Step(usize),
    Only,
}

impl Source {
    /// The source of a measure and what of it is meant.
    pub(super) fn of(measure: &Measure) -> (Source, Pick) {
        match measure {
            Measure::Query { metric, filters } => {
                (Source::Query { filters: filters.clone() }, Pick::Metric(*metric))
            }
            Measure::Aggregate(aggregate) => of_aggregate(aggregate),
            Measure::FunnelVisits { steps, step, filters } => {
                let (steps, filters) = (steps.clone(), filters.clone());
                (Source::Funnel { steps, filters }, Pick::Step(*step))
            }
            Measure::Sql { expression, filters } => {
                let (expression, filters) = (expression.clone(), filters.clone());
                (Source::Sql { expression, filters }, Pick::Only)
            }
        }
    }

    pub(super) fn is_observed(&self) -> bool {
        matches!(self, Source::Readings { .. })
    }
}

fn of_aggregate(aggregate: &Aggregate) -> (Source, Pick) {
    let Aggregate { subject, function, value, filters } = aggregate;
    let mut filters = filters.clone();
    match subject {
        Subject::Observations { series } => {
            return (
                Source::Readings { series: series.clone(), filters },
                Pick::Function(*function),
            );
        }
        Subject::Events { name: None } => {}
        Subject::Events { name: Some(name) } => filters.push(json!(["is", "event:name", [name]])),
    }
    match (value.as_deref(), function) {
        (Some("visitor"), _) => (Source::Query { filters }, Pick::Metric(Metric::Visitors)),
        (Some("visit"), _) => (Source::Query { filters }, Pick::Metric(Metric::Visits)),
        (Some("revenue"), Function::Sum) => {
            (Source::Query { filters }, Pick::Metric(Metric::TotalRevenue))
        }
        (Some("revenue"), _) => (Source::Sales { filters }, Pick::Function(*function)),
        (Some(property), function) => {
            let name = property.strip_prefix("props:").unwrap_or(property).to_owned();
            let pick = match function {
                Function::Count => Pick::Carrying,
                _ => Pick::Function(*function),
            };
            (Source::Property { name, filters }, pick)
        }
        (None, _) => (Source::Query { filters }, Pick::Metric(Metric::Events)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_query_language_counts_is_left_to_it() {
        let aggregate = |function, value: Option<&str>| {
            let subject = Subject::Events { name: Some("Purchase".to_owned()) };
            let value = value.map(str::to_owned);
            Source::of(&Measure::Aggregate(Aggregate {
                subject,
                function,
                value,
                filters: Vec::new(),
            }))
        };
        let filters = vec![json!(["is", "event:name", ["Purchase"]])];
        let query = Source::Query { filters: filters.clone() };
        assert_eq!(aggregate(Function::Count, None), (query.clone(), Pick::Metric(Metric::Events)));
        assert_eq!(
            aggregate(Function::Distinct, Some("visitor")),
            (query.clone(), Pick::Metric(Metric::Visitors))
        );
        assert_eq!(
            aggregate(Function::Sum, Some("revenue")),
            (query, Pick::Metric(Metric::TotalRevenue))
        );
        assert_eq!(
            aggregate(Function::Percentile(50), Some("revenue")),
            (Source::Sales { filters: filters.clone() }, Pick::Function(Function::Percentile(50)))
        );
        assert_eq!(
            aggregate(Function::Count, Some("props:size")),
            (Source::Property { name: "size".to_owned(), filters }, Pick::Carrying)
        );
    }
}
