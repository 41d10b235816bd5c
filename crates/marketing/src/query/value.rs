//! Values of metrics, and how they compare.

use super::metric::Metric;
use crate::currency::Currency;

/// A metric's value, unrounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MetricValue {
    Count(u64),
    /// Percent, seconds or a ratio, as the metric says.
    Number(f64),
    /// Minor units (cents); the mean of several amounts need not be whole.
    Money {
        minor_units: f64,
        currency: Currency,
    },
    /// There is nothing to take a mean or a share of.
    Missing,
}

impl MetricValue {
    /// The number in it; money in minor units.
    pub fn number(self) -> Option<f64> {
        match self {
            MetricValue::Count(count) => Some(count as f64),
            MetricValue::Number(number) => Some(number),
            MetricValue::Money { minor_units, .. } => Some(minor_units),
            MetricValue::Missing => None,
        }
    }

    /// The value rounded as Plausible shows it: rates to one decimal or none, seconds to whole
    /// ones, money to thousandths of the currency's unit.
    #[must_use]
    pub fn shown(self, metric: Metric) -> MetricValue {
        match self {
            MetricValue::Number(number) => MetricValue::Number(rounded(number, metric.decimals())),
            MetricValue::Money { minor_units, currency } => {
                let decimals = 3_u32.saturating_sub(u32::from(currency.minor_digits()));
                MetricValue::Money { minor_units: rounded(minor_units, decimals), currency }
            }
            other => other,
        }
    }
}

/// How a metric changed from `old` to `new`, as Plausible says it.
///
/// Bounce rate, engagement rate and conversion rates change by a difference in percentage points; other metrics by
/// whole percents of the old value, 100 from none to some. `None` where there is nothing to
/// compare. Values are compared as they are shown.
pub fn change(metric: Metric, old: MetricValue, new: MetricValue) -> Option<f64> {
    let old = old.shown(metric).number()?;
    let new = new.shown(metric).number()?;
    match metric {
        Metric::BounceRate => (old > 0.0).then_some(new - old),
        Metric::ConversionRate | Metric::GroupConversionRate | Metric::EngagementRate => {
            Some(rounded(new - old, 1))
        }
        _ if old == 0.0 && new > 0.0 => Some(100.0),
        _ if old == 0.0 => Some(0.0),
        _ => Some(rounded((new - old) / old * 100.0, 0)),
    }
}

/// Rounds half away from zero.
fn rounded(number: f64, decimals: u32) -> f64 {
    let scale = f64::from(10_u32.pow(decimals));
    (number * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_percents_or_points() {
        use MetricValue::{Count, Missing, Number};
        for (metric, old, new, expected) in [
            (Metric::Visitors, Count(3), Count(4), Some(33.0)),
            (Metric::Visitors, Count(4), Count(3), Some(-25.0)),
            (Metric::Visitors, Count(0), Count(3), Some(100.0)),
            (Metric::Visitors, Count(0), Count(0), Some(0.0)),
            (Metric::BounceRate, Number(40.4), Number(50.0), Some(10.0)),
            (Metric::BounceRate, Number(0.0), Number(50.0), None),
            (Metric::EngagementRate, Number(40.0), Number(50.55), Some(10.6)),
            (Metric::EngagedVisits, Count(4), Count(6), Some(50.0)),
            (Metric::ConversionRate, Number(1.14), Number(2.0), Some(0.9)),
            (Metric::VisitDuration, Missing, Number(2.0), None),
        ] {
            assert_eq!(change(metric, old, new), expected, "{metric} {old:?} {new:?}");
        }
    }

    #[test]
    fn values_are_shown_with_the_decimals_of_their_metric() {
        let shown = |metric, number| MetricValue::Number(number).shown(metric).number();
        assert_eq!(shown(Metric::BounceRate, 33.333), Some(33.0));
        assert_eq!(shown(Metric::ViewsPerVisit, 1.666), Some(1.67));
        assert_eq!(shown(Metric::ConversionRate, 2.25), Some(2.3));
        let euros = "EUR".parse().unwrap();
        let mean = MetricValue::Money { minor_units: 1234.56, currency: euros }
            .shown(Metric::AverageRevenue);
        assert_eq!(mean.number(), Some(1234.6));
    }
}
