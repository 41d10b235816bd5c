//! Whether a metric moves with an outcome, for the vanity check: "followers went up" matters only if
//! something that counts followed.
//!
//! Both series are freed of level and rhythm first; two series that merely both grow are not
//! associated. Correlation is not cause: this finds metrics without any sign of one.

use crate::distribution::{Interval, normal_quantile, normal_survival};
use crate::experiment::multiple::benjamini_hochberg;

/// Fewer common steps than this and no association can be told.
pub const FEWEST_STEPS: usize = 30;

/// Why two series cannot be compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AssociationError {
    /// Too short after removing rhythm and lags.
    #[error("at least {FEWEST_STEPS} steps with both values are needed, not {0}")]
    TooShort(usize),
    /// One of them never changes.
    #[error("the {0} never changes")]
    Constant(&'static str),
    /// Both must be on the same steps.
    #[error("{metric} values of the metric but {outcome} of the outcome")]
    Lengths { metric: usize, outcome: usize },
}

/// Association at one lag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lagged {
    /// By how many steps the metric leads the outcome, ≥ 0.
    pub lag: usize,
    /// Correlation in [−1, 1] of what level and rhythm do not explain.
    pub correlation: f64,
    /// 95 % interval (Fisher's z with the effective number of steps).
    pub interval: Interval,
    /// Two-sided p-value of no correlation.
    pub p_value: f64,
    /// p-value after Benjamini–Hochberg over all lags (in [`screen`]: over all metrics and lags).
    pub adjusted: f64,
    /// Steps that count: common steps, fewer when both series remember their past.
    pub effective_steps: f64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Association {
    /// Every lag, 0 first.
    pub lags: Vec<Lagged>,
    /// Index into `lags` of the most significant one.
    pub strongest: usize,
}

impl Association {
    /// Whether some lag stays significant after correction for having tried several.
    pub fn associated(&self, false_share: f64) -> bool {
        self.lags.iter().any(|lag| lag.adjusted <= false_share)
    }
}

/// Correlates `metric` with `outcome`, the metric leading by 0 to `most_lag` steps.
///
/// `period` is the length of the rhythm in steps (7 for days; 1 or 0 for none). The rhythm is removed
/// by position means of the differences from a centred moving average; what remains of the trend, by
/// differencing. The number of effective steps is Bartlett's, n/(1 + 2Σ ρ_x(k)ρ_y(k)), so that two slow
/// series do not look related by chance. Missing values are NaN.
///
/// Source: Bartlett (1946), JRSS Suppl. 8:27–41; Pyper, Peterman (1998), Can. J. Fish. Aquat. Sci.
/// 55:2127–2140.
pub fn associate(
    metric: &[f64],
    outcome: &[f64],
    period: usize,
    most_lag: usize,
) -> Result<Association, AssociationError> {
    if metric.len() != outcome.len() {
        return Err(AssociationError::Lengths { metric: metric.len(), outcome: outcome.len() });
    }
    let (x, y) = (innovations(metric, period), innovations(outcome, period));
    for (series, name) in [(&x, "metric"), (&y, "outcome")] {
        let known: Vec<f64> = series.iter().copied().filter(|v| v.is_finite()).collect();
        let size = known.iter().map(|v| v.abs()).fold(0.0, f64::max);
        if !known.is_empty() && size == 0.0 {
            return Err(AssociationError::Constant(name));
        }
    }
    let mut lags = Vec::with_capacity(most_lag + 1);
    for lag in 0..=most_lag.min(x.len().saturating_sub(1)) {
        lags.push(correlate(&x[..x.len() - lag], &y[lag..], lag)?);
    }
    let adjusted = benjamini_hochberg(&lags.iter().map(|lag| lag.p_value).collect::<Vec<_>>());
    for (lag, adjusted) in lags.iter_mut().zip(adjusted) {
        lag.adjusted = adjusted;
    }
    let strongest =
        (0..lags.len()).min_by(|&a, &b| lags[a].p_value.total_cmp(&lags[b].p_value)).unwrap_or(0);
    Ok(Association { lags, strongest })
}

/// Compares many metrics with one outcome; `adjusted` is corrected over all metrics and lags together.
pub fn screen(
    metrics: &[&[f64]],
    outcome: &[f64],
    period: usize,
    most_lag: usize,
) -> Vec<Result<Association, AssociationError>> {
    let mut all: Vec<_> =
        metrics.iter().map(|metric| associate(metric, outcome, period, most_lag)).collect();
    let p_values: Vec<f64> =
        all.iter().flatten().flat_map(|found| found.lags.iter().map(|lag| lag.p_value)).collect();
    let adjusted = benjamini_hochberg(&p_values);
    let lags = all.iter_mut().flatten().flat_map(|found| found.lags.iter_mut());
    for (lag, adjusted) in lags.zip(adjusted) {
        lag.adjusted = adjusted;
    }
    all
}

/// Differences of what rhythm does not explain.
fn innovations(series: &[f64], period: usize) -> Vec<f64> {
    let level = if period > 1 { deseasonalised(series, period) } else { series.to_vec() };
    level.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn deseasonalised(series: &[f64], period: usize) -> Vec<f64> {
    let trend = |t: usize| {
        let from = t.saturating_sub(period / 2);
        let window = &series[from..(from + period).min(series.len())];
        let known = window.iter().filter(|v| v.is_finite());
        known.clone().sum::<f64>() / known.count() as f64
    };
    let mut slots = vec![(0.0, 0_u32); period];
    for (t, value) in series.iter().enumerate() {
        let deviation = value - trend(t);
        if deviation.is_finite() {
            slots[t % period].0 += deviation;
            slots[t % period].1 += 1;
        }
    }
    let season = |t: usize| slots[t % period].0 / f64::from(slots[t % period].1.max(1));
    series.iter().enumerate().map(|(t, value)| value - season(t)).collect()
}

fn correlate(x: &[f64], y: &[f64], lag: usize) -> Result<Lagged, AssociationError> {
    let (a, b): (Vec<f64>, Vec<f64>) = x
        .iter()
        .zip(y)
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .map(|(&x, &y)| (x, y))
        .unzip();
    let n = a.len();
    if n < FEWEST_STEPS {
        return Err(AssociationError::TooShort(n));
    }
    let (a, b) = (standardised(&a, "metric")?, standardised(&b, "outcome")?);
    let mean_product =
        |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>() / n as f64;
    let correlation = mean_product(&a, &b).clamp(-1.0, 1.0);
    let memory: f64 = (1..=n / 5)
        .map(|k| mean_product(&a[k..], &a[..n - k]) * mean_product(&b[k..], &b[..n - k]))
        .sum();
    let effective_steps = (n as f64 / (1.0 + 2.0 * memory).max(0.2)).clamp(4.0, n as f64);
    let error = 1.0 / (effective_steps - 3.0).max(1.0).sqrt();
    let z = correlation.clamp(-1.0 + 1e-15, 1.0 - 1e-15).atanh();
    let reach = normal_quantile(0.975) * error;
    let p_value = 2.0 * normal_survival((z / error).abs());
    let interval = Interval { low: (z - reach).tanh(), high: (z + reach).tanh() };
    Ok(Lagged { lag, correlation, interval, p_value, adjusted: p_value, effective_steps })
}

fn standardised(values: &[f64], name: &'static str) -> Result<Vec<f64>, AssociationError> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    if deviation.is_nan() || deviation <= 1e-12 * mean.abs() {
        return Err(AssociationError::Constant(name));
    }
    Ok(values.iter().map(|v| (v - mean) / deviation).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::seeded;
    use rand::RngExt as _;
    use rand_distr::StandardNormal;

    fn noise(n: usize, seed: u64) -> Vec<f64> {
        let mut random = seeded(seed);
        (0..n).map(|_| random.sample::<f64, _>(StandardNormal)).collect()
    }

    /// Two series that grow and share a weekly rhythm, and nothing else.
    fn grown(n: usize, seed: u64) -> Vec<f64> {
        let mut level = 0.0;
        noise(n, seed)
            .iter()
            .enumerate()
            .map(|(t, e)| {
                level += 0.3 + 0.5 * e;
                level + 4.0 * f64::from(u8::from(t % 7 < 5))
            })
            .collect()
    }

    #[test]
    fn growing_together_with_the_same_weekends_is_no_association() {
        let found = (0..200)
            .filter(|&seed| {
                associate(&grown(180, seed), &grown(180, 1000 + seed), 7, 7)
                    .unwrap()
                    .associated(0.05)
            })
            .count();
        assert!(found <= 18, "{found} of 200");
    }

    #[test]
    fn a_metric_that_leads_by_three_days_is_found_there() {
        let (metric, other) = (noise(200, 1), noise(200, 2));
        let outcome: Vec<f64> =
            (0..200).map(|t| if t >= 3 { metric[t - 3] } else { 0.0 } + 0.7 * other[t]).collect();
        let found = associate(&metric, &outcome, 7, 7).unwrap();
        assert!(found.associated(0.05));
        assert_eq!(found.lags[found.strongest].lag, 3);
        assert!(found.lags[3].interval.contains(found.lags[3].correlation));
        assert!(found.lags[3].correlation > 0.5);
    }

    #[test]
    fn screening_many_metrics_finds_the_one_that_matters() {
        let outcome = noise(200, 500);
        let mut metrics: Vec<Vec<f64>> = (0..40).map(|seed| noise(200, seed)).collect();
        metrics.push(outcome.iter().zip(noise(200, 77)).map(|(o, e)| o + e).collect());
        let views: Vec<&[f64]> = metrics.iter().map(Vec::as_slice).collect();
        let found: Vec<usize> = screen(&views, &outcome, 7, 3)
            .iter()
            .enumerate()
            .filter(|(_, found)| found.as_ref().is_ok_and(|found| found.associated(0.05)))
            .map(|(i, _)| i)
            .collect();
        assert!(found.contains(&40) && found.len() <= 3, "{found:?}");
    }

    #[test]
    fn short_and_constant_series_are_refused() {
        let series = noise(20, 1);
        assert_eq!(associate(&series, &series, 7, 0), Err(AssociationError::TooShort(19)));
        let flat = vec![4.0; 100];
        assert_eq!(
            associate(&flat, &noise(100, 2), 1, 0),
            Err(AssociationError::Constant("metric"))
        );
        assert!(associate(&flat, &flat[..9], 1, 0).is_err());
    }
}
