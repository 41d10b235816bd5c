//! Metrics that need no definition: those of the query API, usual events, and usual observations.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{Aggregate, Better, Formula, Function, Nature, Subject};
use crate::conversion::Trigger;
use crate::goal::Locale;
use crate::query;

/// Where a ready metric's numbers come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// The query API counts it.
    Query(query::Metric),
    /// The number of an event, by the names that sites usually give it.
    Event(Vec<&'static str>),
    /// A series of observations by the metric's id.
    Observed,
    /// The sum of the first list (each with its sign) over that of the second, both ids of ready metrics.
    Ratio { above: Vec<(&'static str, f64)>, below: &'static str },
}

/// A metric that is there from the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready {
    pub id: &'static str,
    pub nature: Nature,
    pub better: Better,
    pub origin: Origin,
    names: [&'static str; 3],
}

impl Ready {
    pub fn name(&self, locale: Locale) -> &'static str {
        self.names[locale as usize]
    }

    /// How it is computed for a site with these conversions, narrowed by the query API's filters.
    ///
    /// An event is counted through the site's conversion on it, if there is one; its usual names are tried in
    /// their order, and the first is taken when no conversion has any. Filters narrow events; of observations
    /// they choose the series' dimensions.
    pub fn formula(&self, filters: &[Value], conversions: &[query::Conversion]) -> Formula {
        match &self.origin {
            Origin::Query(metric) => Formula::Query { metric: *metric, filters: filters.to_vec() },
            Origin::Event(names) => {
                let Some(conversion) = conversion_on(names, conversions) else {
                    return Formula::Aggregate(self.aggregate(filters, conversions));
                };
                let mut filters = filters.to_vec();
                filters.push(json!(["is", "event:goal", [conversion.display_name]]));
                Formula::Query { metric: query::Metric::Events, filters }
            }
            Origin::Observed => Formula::Aggregate(self.aggregate(filters, conversions)),
            Origin::Ratio { above, below } => {
                let part = |id: &str| {
                    ready(id).map_or_else(
                        || self.aggregate(filters, conversions),
                        |metric| metric.aggregate(filters, conversions),
                    )
                };
                // `carts − orders` over `carts` is what of the carts is missing in the orders.
                let complement = above.len() == 2 && above[0].0 == *below;
                let numerator = above.last().map_or(*below, |(id, _)| *id);
                Formula::Ratio {
                    numerator: Box::new(part(numerator)),
                    denominator: Box::new(part(below)),
                    scale: if self.nature == Nature::Share { 100.0 } else { 1.0 },
                    complement,
                }
            }
        }
    }

    /// It as one aggregate, which ratios are made of.
    fn aggregate(&self, filters: &[Value], conversions: &[query::Conversion]) -> Aggregate {
        let filters = filters.to_vec();
        let events = |name: Option<&str>, function, value: Option<&str>| Aggregate {
            subject: Subject::Events { name: name.map(str::to_owned) },
            function,
            value: value.map(str::to_owned),
            filters: filters.clone(),
        };
        match &self.origin {
            Origin::Event(names) => {
                let known =
                    conversion_on(names, conversions).and_then(|found| match &found.trigger {
                        Trigger::Event { name } => Some(name.as_str()),
                        Trigger::Page { .. } => None,
                    });
                events(known.or(names.first().copied()), Function::Count, None)
            }
            Origin::Query(query::Metric::TotalRevenue) => {
                events(None, Function::Sum, Some("revenue"))
            }
            Origin::Query(query::Metric::Visits) => events(None, Function::Distinct, Some("visit")),
            Origin::Query(query::Metric::Visitors) => {
                events(None, Function::Distinct, Some("visitor"))
            }
            Origin::Query(_) => events(None, Function::Count, None),
            Origin::Observed | Origin::Ratio { .. } => Aggregate {
                subject: Subject::Observations { series: self.id.to_owned() },
                function: match self.nature {
                    Nature::Flow | Nature::Money => Function::Sum,
                    Nature::Stock | Nature::Rank => Function::Last,
                    _ => Function::Mean,
                },
                value: None,
                filters,
            },
        }
    }

    /// Whether its figures arrive by themselves, from the site; observations may be typed in.
    pub fn is_of_events(&self) -> bool {
        match &self.origin {
            Origin::Query(_) | Origin::Event(_) => true,
            Origin::Observed => false,
            Origin::Ratio { above, below } => {
                let of_events = |id: &str| ready(id).is_some_and(Ready::is_of_events);
                of_events(below) && above.iter().all(|(id, _)| of_events(id))
            }
        }
    }
}

/// The site's conversion on an event of one of these names, the first name first.
fn conversion_on<'a>(
    names: &[&str],
    conversions: &'a [query::Conversion],
) -> Option<&'a query::Conversion> {
    names.iter().find_map(|name| {
        conversions.iter().find(|one| match &one.trigger {
            Trigger::Event { name: event } => event.eq_ignore_ascii_case(name),
            Trigger::Page { .. } => false,
        })
    })
}

/// Every ready metric.
pub static READY: LazyLock<Vec<Ready>> = LazyLock::new(|| {
    let lines = include_str!("../../data/metrics.tsv").lines();
    lines.filter(|line| !line.starts_with('#')).filter_map(row).collect()
});

/// The ready metric with this id.
pub fn ready(id: &str) -> Option<&'static Ready> {
    READY.iter().find(|metric| metric.id == id)
}

fn row(line: &'static str) -> Option<Ready> {
    let columns: Vec<&'static str> = line.split('\t').collect();
    let [id, nature, better, origin, english, finnish, persian] = columns.as_slice() else {
        return None;
    };
    let origin = match origin.split_once(':') {
        Some(("query", metric)) => Origin::Query(query::Metric::parse(metric)?),
        Some(("event", names)) => Origin::Event(names.split(',').collect()),
        Some(("ratio", parts)) => {
            let (above, below) = parts.split_once('/')?;
            let mut signed = above.split('-');
            let first = (signed.next()?, 1.0);
            Origin::Ratio {
                above: std::iter::once(first).chain(signed.map(|id| (id, -1.0))).collect(),
                below,
            }
        }
        _ => Origin::Observed,
    };
    Some(Ready {
        id,
        nature: nature.parse().ok()?,
        better: better.parse().ok()?,
        origin,
        names: [english, finnish, persian],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_metric_and_every_ratio_divides_known_ones() {
        let lines =
            include_str!("../../data/metrics.tsv").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(READY.len(), lines.count());
        for metric in READY.iter() {
            if let Origin::Ratio { above, below } = &metric.origin {
                assert!(ready(below).is_some(), "{below}");
                assert!(above.iter().all(|(id, _)| ready(id).is_some()), "{above:?}");
            }
        }
        let mut ids: Vec<&str> = READY.iter().map(|metric| metric.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), READY.len());
    }

    #[test]
    fn every_metric_has_a_formula_that_can_be_written_down_and_read_again() {
        let conversions = [query::Conversion {
            display_name: "Order".to_owned(),
            trigger: Trigger::Event { name: "order_completed".to_owned() },
            currency: None,
        }];
        let filters = [json!(["is", "visit:channel", ["Email"]])];
        for metric in READY.iter() {
            let formula = metric.formula(&filters, &conversions);
            assert_eq!(
                Formula::parse(&formula.to_json(), &conversions),
                Ok(formula),
                "{}",
                metric.id
            );
        }
        let orders = ready("orders").expect("orders").formula(&filters, &conversions);
        assert_eq!(
            orders.to_json()["filters"],
            json!([["is", "visit:channel", ["Email"]], ["is", "event:goal", ["Order"]]])
        );
        let carts = ready("cart_abandonment").expect("a ratio").formula(&[], &conversions);
        let made = super::super::plan(&carts);
        // Ten carts, three orders: 70 % are left.
        let day = made.day(jiff::civil::date(2026, 4, 1), 3.0, Some(10.0));
        assert_eq!(made.combine.of(&[day]), Some(70.0));
    }

    #[test]
    fn what_a_sentence_can_name_is_in_the_dictionary_and_means_the_same() {
        for line in include_str!("../../data/goal_words.tsv").lines() {
            let mut columns = line.split('\t');
            let (Some(kind), Some(id)) = (columns.next(), columns.next()) else { continue };
            match kind.split('/').collect::<Vec<_>>().as_slice() {
                ["metric", nature, better] => {
                    let known = ready(id).unwrap_or_else(|| panic!("{id}"));
                    assert_eq!(
                        (known.nature.as_str(), known.better.as_str()),
                        (*nature, *better),
                        "{id}"
                    );
                }
                ["ambiguous"] => assert!(id.split(',').all(|id| ready(id).is_some()), "{id}"),
                _ => {}
            }
        }
    }
}
