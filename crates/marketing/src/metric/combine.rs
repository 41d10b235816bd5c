//! From days to a period: what to measure on each day, and how the days are put together.

use jiff::civil::Date;
use serde_json::Value;

use super::{Aggregate, Formula, Function, Subject};
use crate::conversion::Trigger;
use crate::query;

/// Something that is measured day by day.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    Query {
        metric: query::Metric,
        filters: Vec<Value>,
    },
    Aggregate(Aggregate),
    /// Visits that reached a step (1 is the first) in order.
    FunnelVisits {
        steps: Vec<Trigger>,
        step: usize,
        filters: Vec<Value>,
    },
    Sql {
        expression: String,
        filters: Vec<Value>,
    },
}

/// How a metric's days are measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What is measured; the numerator of a ratio.
    pub value: Measure,
    /// What the value is weighed or divided by.
    pub weight: Option<Weight>,
    pub combine: Combine,
    /// A day's numerator is its denominator less the value.
    pub complement: bool,
    /// The series is of observations, whose days without one keep the last value or have none.
    pub observed: bool,
}

/// What stands below the value.
#[derive(Debug, Clone, PartialEq)]
pub enum Weight {
    /// The value is already divided: its numerator is value × weight.
    Times(Measure),
    /// The value is the numerator.
    Over(Measure),
}

/// How days make a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Combine {
    /// Σ numerators.
    Sum,
    /// Σ numerators ÷ Σ denominators × scale. Of distinct visitors it is the sum of each day's visitors.
    Ratio { scale: f64 },
    /// The last day's value.
    Last,
    /// The last value less the first day's.
    Change,
    /// Days do not add up (distinct visitors, medians): the period has to be measured as a whole. The mean
    /// of the days is an estimate. A day's numerator is its value, its denominator 1.
    Whole,
}

/// A day's figures; a day without any is absent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayValue {
    pub day: Date,
    pub numerator: f64,
    /// 1 where the metric has none.
    pub denominator: f64,
}

impl Plan {
    /// A day from what was measured: the value, and what stands below it (`None` without a weight).
    pub fn day(&self, day: Date, value: f64, weight: Option<f64>) -> DayValue {
        let denominator = weight.unwrap_or(1.0);
        let numerator = match &self.weight {
            Some(Weight::Times(_)) => value * denominator,
            _ if self.complement => denominator - value,
            _ => value,
        };
        DayValue { day, numerator, denominator }
    }
}

impl DayValue {
    /// The day's own value; `None` without a denominator.
    pub fn value(&self, combine: Combine) -> Option<f64> {
        match combine {
            Combine::Ratio { scale } => {
                (self.denominator != 0.0).then(|| self.numerator / self.denominator * scale)
            }
            Combine::Whole => (self.denominator != 0.0).then(|| self.numerator / self.denominator),
            _ => Some(self.numerator),
        }
    }
}

impl Combine {
    /// Whether days make a period exactly.
    pub fn is_exact(self) -> bool {
        self != Combine::Whole
    }

    /// The period's value from its days, in order of time. `None` without days or denominators.
    ///
    /// For [`Combine::Whole`] it is the estimate: the mean of the days.
    pub fn of(self, days: &[DayValue]) -> Option<f64> {
        let (first, last) = (days.first()?, days.last()?);
        let above = || days.iter().map(|day| day.numerator).sum::<f64>();
        let below = || days.iter().map(|day| day.denominator).sum::<f64>();
        match self {
            Combine::Sum => Some(above()),
            Combine::Ratio { scale } => {
                let below = below();
                (below != 0.0).then(|| above() / below * scale)
            }
            Combine::Last => Some(last.numerator),
            Combine::Change => Some(last.numerator - first.numerator),
            Combine::Whole => {
                let below = below();
                (below != 0.0).then(|| above() / below)
            }
        }
    }
}

/// How a formula's days are measured and put together.
pub fn plan(formula: &Formula) -> Plan {
    match formula {
        Formula::Query { metric, filters } => of_query(*metric, filters),
        Formula::Aggregate(aggregate) => of_aggregate(aggregate),
        Formula::Ratio { numerator, denominator, scale, complement } => {
            let parts = [numerator, denominator].map(|part| of_aggregate(part));
            Plan {
                value: Measure::Aggregate((**numerator).clone()),
                weight: Some(Weight::Over(Measure::Aggregate((**denominator).clone()))),
                combine: Combine::Ratio { scale: *scale },
                complement: *complement,
                observed: parts.iter().any(|part| part.observed),
            }
        }
        Formula::Funnel { steps, step, filters } => {
            let reached = |step: usize| Measure::FunnelVisits {
                steps: steps.clone(),
                step,
                filters: filters.clone(),
            };
            Plan {
                value: reached(*step),
                weight: Some(Weight::Over(reached(1))),
                combine: Combine::Ratio { scale: 100.0 },
                complement: false,
                observed: false,
            }
        }
        Formula::Sql { expression, filters } => Plan {
            value: Measure::Sql { expression: expression.clone(), filters: filters.clone() },
            weight: None,
            combine: Combine::Whole,
            complement: false,
            observed: false,
        },
    }
}

fn of_query(metric: query::Metric, filters: &[Value]) -> Plan {
    use query::Metric;
    let measure = |metric| Measure::Query { metric, filters: filters.to_vec() };
    if metric == Metric::AverageRevenue {
        // Over the events that carry any.
        let carrying = Aggregate {
            subject: Subject::Events { name: None },
            function: Function::Count,
            value: Some("revenue".to_owned()),
            filters: filters.to_vec(),
        };
        return Plan {
            value: measure(Metric::TotalRevenue),
            weight: Some(Weight::Over(Measure::Aggregate(carrying))),
            combine: Combine::Ratio { scale: 1.0 },
            complement: false,
            observed: false,
        };
    }
    if matches!(metric, Metric::ConversionRate | Metric::GroupConversionRate) {
        let everyone = Measure::Query { metric: Metric::Visitors, filters: of_everyone(filters) };
        return Plan {
            value: measure(Metric::Visitors),
            weight: Some(Weight::Over(everyone)),
            combine: Combine::Ratio { scale: 100.0 },
            complement: false,
            observed: false,
        };
    }
    let (weight, combine) = match metric {
        Metric::Visits
        | Metric::EngagedVisits
        | Metric::Pageviews
        | Metric::Events
        | Metric::TotalRevenue => (None, Combine::Sum),
        Metric::BounceRate
        | Metric::EngagementRate
        | Metric::VisitDuration
        | Metric::ViewsPerVisit => {
            (Some(Weight::Times(measure(Metric::Visits))), Combine::Ratio { scale: 1.0 })
        }
        Metric::Visitors
        | Metric::AverageRevenue
        | Metric::ConversionRate
        | Metric::GroupConversionRate
        | Metric::Percentage
        | Metric::ScrollDepth
        | Metric::TimeOnPage => (None, Combine::Whole),
    };
    Plan { value: measure(metric), weight, combine, complement: false, observed: false }
}

/// The filters without those of conversions and properties: whom a conversion rate is a share of.
fn of_everyone(filters: &[Value]) -> Vec<Value> {
    let is_of_conversions = |filter: &&Value| {
        let dimension = filter[1].as_str().unwrap_or_default();
        dimension == "event:goal" || dimension.starts_with("event:props:")
    };
    filters.iter().filter(|filter| !is_of_conversions(filter)).cloned().collect()
}

fn of_aggregate(aggregate: &Aggregate) -> Plan {
    let observed = matches!(aggregate.subject, Subject::Observations { .. });
    let with = |function| Measure::Aggregate(Aggregate { function, ..aggregate.clone() });
    let (value, weight, combine) = match aggregate.function {
        Function::Count | Function::Sum => (with(aggregate.function), None, Combine::Sum),
        Function::Mean => (
            with(Function::Sum),
            Some(Weight::Over(with(Function::Count))),
            Combine::Ratio { scale: 1.0 },
        ),
        // A visit counts on the day on which it began, so days add up.
        Function::Distinct if aggregate.value.as_deref() == Some("visit") => {
            (with(Function::Distinct), None, Combine::Sum)
        }
        Function::Percentile(_) | Function::Distinct => {
            (with(aggregate.function), None, Combine::Whole)
        }
        Function::Last => (with(Function::Last), None, Combine::Last),
        Function::Change => (with(Function::Last), None, Combine::Change),
    };
    Plan { value, weight, combine, complement: false, observed }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn days(values: &[(f64, f64)]) -> Vec<DayValue> {
        let day = |at: usize| date(2026, 4, i8::try_from(at + 1).unwrap());
        let make = |(at, (numerator, denominator)): (usize, &(f64, f64))| DayValue {
            day: day(at),
            numerator: *numerator,
            denominator: *denominator,
        };
        values.iter().enumerate().map(make).collect()
    }

    #[test]
    fn a_period_is_not_the_mean_of_its_days_ratios() {
        // 5 of 10 and 1 of 90: 6 %, not 25.6 %.
        let two = days(&[(5.0, 10.0), (1.0, 90.0)]);
        assert_eq!(Combine::Ratio { scale: 100.0 }.of(&two), Some(6.0));
        assert_eq!(two[0].value(Combine::Ratio { scale: 100.0 }), Some(50.0));
        assert_eq!(Combine::Sum.of(&two), Some(6.0));
        assert_eq!(Combine::Last.of(&two), Some(1.0));
        assert_eq!(Combine::Change.of(&two), Some(-4.0));
        assert_eq!(Combine::Ratio { scale: 1.0 }.of(&days(&[(0.0, 0.0)])), None);
        assert_eq!(Combine::Sum.of(&[]), None);
        // A bounce rate of 50 % in 10 visits and 1.1 % in 90: 6 %, weighed by visits.
        let visits = Formula::Query { metric: query::Metric::BounceRate, filters: Vec::new() };
        let made = plan(&visits);
        let days =
            [made.day(two[0].day, 50.0, Some(10.0)), made.day(two[1].day, 10.0 / 9.0, Some(90.0))];
        assert!((made.combine.of(&days).unwrap() - 6.0).abs() < 1e-9);
        assert!((Combine::Whole.of(&days).unwrap() - 6.0).abs() < 1e-9);
    }

    #[test]
    fn means_are_sums_and_counts_and_medians_do_not_add_up() {
        let reply = |function| {
            Formula::Aggregate(Aggregate {
                subject: Subject::Observations { series: "reply_time".into() },
                function,
                value: None,
                filters: Vec::new(),
            })
        };
        let mean = plan(&reply(Function::Mean));
        assert_eq!(mean.combine, Combine::Ratio { scale: 1.0 });
        assert!(mean.observed && matches!(mean.weight, Some(Weight::Over(_))));
        assert!(!plan(&reply(Function::Percentile(50))).combine.is_exact());
        // A median of 40 is 40, of however many replies.
        let median = plan(&reply(Function::Percentile(50)));
        let day = median.day(date(2026, 4, 1), 40.0, None);
        assert_eq!(day.value(median.combine), Some(40.0));
        assert_eq!(plan(&reply(Function::Change)).combine, Combine::Change);
        let visitors = Formula::Query { metric: query::Metric::Visitors, filters: Vec::new() };
        assert_eq!(plan(&visitors).combine, Combine::Whole);
        let visits = Formula::Query { metric: query::Metric::Visits, filters: Vec::new() };
        assert_eq!(plan(&visits).combine, Combine::Sum);
    }

    #[test]
    fn a_conversion_rate_is_a_share_of_all_visitors_of_its_segment() {
        let segment = serde_json::json!(["is", "visit:channel", ["Email"]]);
        let goal = serde_json::json!(["is", "event:goal", ["Order"]]);
        let rate = Formula::Query {
            metric: query::Metric::ConversionRate,
            filters: vec![segment.clone(), goal],
        };
        let made = plan(&rate);
        let everyone = Measure::Query { metric: query::Metric::Visitors, filters: vec![segment] };
        assert_eq!(made.weight, Some(Weight::Over(everyone)));
        // 5 of 10 and 1 of 90: 6 %, not 25.6 %.
        let days = [(1, 5.0, 10.0), (2, 1.0, 90.0)]
            .map(|(day, value, weight)| made.day(date(2026, 4, day), value, Some(weight)));
        assert_eq!(made.combine.of(&days), Some(6.0));
    }
}
