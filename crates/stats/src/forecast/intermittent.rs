//! Series that are zero much of the time: small counts, rare sales.

use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};

use crate::distribution::seeded;

use super::smoothing::level;

/// Whether at least three values in ten are zero and none is negative.
pub(super) fn is_intermittent(values: &[f64]) -> bool {
    let zeros = values.iter().filter(|v| **v == 0.0).count();
    values.iter().all(|v| *v >= 0.0) && 10 * zeros >= 3 * values.len() && zeros < values.len()
}

/// The expected value of each coming step: a slowly smoothed level times a weekly (or other) index,
/// the index pulled to 1 as far as chance explains it.
pub(super) fn expected(values: &[f64], season: Option<f64>, horizon: usize) -> Vec<f64> {
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let lag = season.map_or(1, |s| s.round() as usize);
    let mut index = vec![1.0; lag];
    if lag > 1 && n >= 3 * lag && mean > 0.0 {
        let (mut sums, mut counts) = (vec![0.0; lag], vec![0.0; lag]);
        for (t, value) in values.iter().enumerate() {
            sums[t % lag] += value;
            counts[t % lag] += 1.0;
        }
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64;
        let between =
            sums.iter().zip(&counts).map(|(s, c)| (s / c - mean).powi(2)).sum::<f64>() / lag as f64;
        let chance = variance * lag as f64 / n as f64;
        let keep = if between > 0.0 { (1.0 - chance / between).max(0.0) } else { 0.0 };
        for (i, value) in index.iter_mut().enumerate() {
            *value = (1.0 + keep * (sums[i] / counts[i] / mean - 1.0)).max(0.0);
        }
    }
    let adjusted: Vec<f64> =
        values.iter().enumerate().map(|(t, v)| v / index[t % lag].max(0.1)).collect();
    // The smoothing constant of such series is noise itself: stay near the mean of the recent past.
    let recent = &adjusted[n - n.min(8 * lag.max(7))..];
    let base = 0.5 * recent.iter().sum::<f64>() / recent.len() as f64 + 0.5 * level(&adjusted).0;
    (n..n + horizon).map(|t| base.max(0.0) * index[t % lag]).collect()
}

/// Paths: each step is its expectation times a ratio that occurred, and each path as a whole is
/// off by a common factor whose spread is `level_error` (a standard deviation of logarithms).
pub(super) fn paths(
    values: &[f64],
    expected: &[f64],
    level_error: f64,
    count: usize,
    seed: u64,
) -> Vec<Vec<f64>> {
    let recent = &values[values.len() - values.len().min(400)..];
    let mean = recent.iter().sum::<f64>() / recent.len() as f64;
    let mut random = seeded(seed);
    (0..count)
        .map(|_| {
            let z: f64 = StandardNormal.sample(&mut random);
            let factor = (level_error * z - 0.5 * level_error * level_error).exp();
            expected
                .iter()
                .map(|e| {
                    let drawn = recent[random.random_range(0..recent.len())];
                    if mean > 0.0 { e * factor * drawn / mean } else { 0.0 }
                })
                .collect()
        })
        .collect()
}
