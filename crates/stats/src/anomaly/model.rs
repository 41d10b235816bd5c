//! What a series is expected to be: a transformed level plus the rhythm of its days and weeks.

use super::robust::{MAD_TO_SIGMA, fill_gaps, median, quantile_of, running_median};

const DAY_S: f64 = 86_400.0;

/// A scale on which the noise is about as large at high values as at low ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Transform {
    Identity,
    SquareRoot,
    /// ln(x + offset).
    Log {
        offset: f64,
    },
}

impl Transform {
    /// Chosen by how the spread of a block grows with its level: spread ∝ level^b gives the identity
    /// for b < 1/4, the root up to 3/4, the logarithm above. Series with negative values stay as they are.
    fn choose(values: &[f64], block: usize) -> Self {
        if values.iter().any(|&v| v < 0.0) {
            return Self::Identity;
        }
        let points: Vec<(f64, f64)> = values
            .chunks(block.max(8))
            .filter_map(|chunk| {
                let level = median(chunk.iter().copied());
                let spread = median(chunk.iter().map(|v| (v - level).abs()));
                (level > 0.0 && spread > 0.0).then(|| (level.ln(), spread.ln()))
            })
            .collect();
        let Some(slope) = theil_sen(&points) else { return Self::Identity };
        if slope < 0.25 {
            Self::Identity
        } else if slope < 0.75 {
            Self::SquareRoot
        } else {
            let positive = values.iter().copied().filter(|&v| v > 0.0);
            Self::Log { offset: 0.1 * median(positive) }
        }
    }

    pub(super) fn forward(self, value: f64) -> f64 {
        if value.is_nan() {
            return value;
        }
        match self {
            Self::Identity => value,
            Self::SquareRoot => value.max(0.0).sqrt(),
            Self::Log { offset } => (value + offset).ln(),
        }
    }

    pub(super) fn back(self, value: f64) -> f64 {
        match self {
            Self::Identity => value,
            Self::SquareRoot => value.max(0.0).powi(2),
            Self::Log { offset } => (value.exp() - offset).max(0.0),
        }
    }
}

/// Median slope over pairs of points; `None` where the levels hardly differ.
fn theil_sen(points: &[(f64, f64)]) -> Option<f64> {
    let low = quantile_of(&mut points.iter().map(|p| p.0).collect(), 0.1);
    let high = quantile_of(&mut points.iter().map(|p| p.0).collect(), 0.9);
    if points.len() < 8 || high - low < 0.3 {
        return None;
    }
    let stride = points.len().div_ceil(300);
    let kept: Vec<(f64, f64)> = points.iter().copied().step_by(stride).collect();
    let mut slopes = Vec::new();
    for (i, a) in kept.iter().enumerate() {
        slopes.extend(
            kept[..i].iter().filter(|b| (a.0 - b.0).abs() > 0.1).map(|b| (a.1 - b.1) / (a.0 - b.0)),
        );
    }
    (!slopes.is_empty()).then(|| quantile_of(&mut slopes, 0.5))
}

/// A regular grid of values and what the model expects of each, on the transformed scale.
pub(super) struct Fitted {
    pub(super) transform: Transform,
    /// Expected value, transformed.
    pub(super) expected: Vec<f64>,
    /// Actual − expected, transformed; NaN where nothing was measured.
    pub(super) residual: Vec<f64>,
    /// Usual size of a residual at that time of day, > 0.
    pub(super) scale: Vec<f64>,
    /// The longest rhythm found, in steps; 0 when none.
    pub(super) period: usize,
}

/// Rhythms a series with this step may have, shortest first, in steps.
fn candidates(step_s: f64, length: usize) -> Vec<usize> {
    let in_steps = |seconds: f64| (seconds / step_s).round() as usize;
    let regular = |seconds: f64| {
        let steps = seconds / step_s;
        steps >= 2.0 && (steps - steps.round()).abs() < 0.02 * steps
    };
    let mut periods: Vec<usize> = Vec::new();
    if step_s < 0.9 * DAY_S {
        periods.extend([DAY_S, 7.0 * DAY_S].into_iter().filter(|&s| regular(s)).map(in_steps));
    } else if step_s < 1.5 * DAY_S {
        periods.push(7);
    } else if step_s < 10.0 * DAY_S {
        periods.push(52);
    } else if step_s < 45.0 * DAY_S {
        periods.push(12);
    }
    periods.retain(|&p| p >= 2 && length >= 3 * p);
    periods
}

/// Fits level and rhythm by medians, with the rhythm that leaves the smallest residuals.
pub(super) fn fit(values: &[f64], step_s: f64) -> Fitted {
    let day = (DAY_S / step_s).round() as usize;
    let transform = Transform::choose(values, if day >= 8 { day } else { 14 });
    let y: Vec<f64> = values.iter().map(|&v| transform.forward(v)).collect();
    let periods = candidates(step_s, y.len());
    let longest = periods.last().copied().unwrap_or(0);
    let window = level_window(longest, day, y.len());
    let mut best = decompose(&y, 0, window);
    let mut best_size = size(&y, &best);
    let mut period = 0;
    for &candidate in &periods {
        let seasonal = decompose(&y, candidate, window);
        // Medians of few cycles fit noise; ask for more than that fit buys.
        let cycles = y.len() as f64 / candidate as f64;
        let needed = 1.0 - 0.5 / cycles - 0.02;
        let seasonal_size = size(&y, &seasonal);
        if seasonal_size < needed * best_size {
            (best, best_size, period) = (seasonal, seasonal_size, candidate);
        }
    }
    let residual: Vec<f64> = y.iter().zip(&best).map(|(y, e)| y - e).collect();
    let scale = local_scale(&residual, day);
    Fitted { transform, expected: best, residual, scale, period }
}

fn level_window(longest: usize, day: usize, length: usize) -> usize {
    let wanted = if longest > 0 {
        2 * longest
    } else if day >= 2 {
        7 * day
    } else {
        28
    };
    wanted.max(15).min(length.max(1))
}

fn size(y: &[f64], expected: &[f64]) -> f64 {
    median(y.iter().zip(expected).map(|(y, e)| (y - e).abs()))
}

/// Level plus seasonal profile, alternating three times.
fn decompose(y: &[f64], period: usize, window: usize) -> Vec<f64> {
    let mut level = running_median(y, window);
    if period == 0 {
        return level;
    }
    let mut season = vec![0.0; period];
    for _ in 0..3 {
        let detrended: Vec<f64> = y.iter().zip(&level).map(|(y, l)| y - l).collect();
        season = profile(&detrended, period);
        let rest: Vec<f64> = y.iter().enumerate().map(|(t, y)| y - season[t % period]).collect();
        level = running_median(&rest, window);
    }
    level.iter().enumerate().map(|(t, l)| l + season[t % period]).collect()
}

/// The values without what is usual at their position of the rhythm.
pub(super) fn without_rhythm(values: &[f64], period: usize) -> Vec<f64> {
    let level = running_median(values, 2 * period);
    let detrended: Vec<f64> = values.iter().zip(&level).map(|(v, l)| v - l).collect();
    let season = profile(&detrended, period);
    values.iter().enumerate().map(|(t, value)| value - season[t % period]).collect()
}

/// The usual deviation at each position of the rhythm: medians over cycles, and over neighbours when
/// cycles are few, around zero.
fn profile(detrended: &[f64], period: usize) -> Vec<f64> {
    let cycles = detrended.len().div_ceil(period);
    // About nine values for a median, but no more than a fortieth of the rhythm to each side.
    let reach = (9usize.div_ceil(cycles) / 2).min(period / 40);
    let mut slots: Vec<f64> = (0..period)
        .map(|slot| {
            median((0..cycles).flat_map(|cycle| {
                (0..=2 * reach).filter_map(move |shift| {
                    (cycle * period + slot + shift)
                        .checked_sub(reach)
                        .and_then(|t| detrended.get(t))
                        .copied()
                })
            }))
        })
        .collect();
    let centre = median(slots.iter().copied());
    for slot in &mut slots {
        *slot -= if centre.is_nan() { 0.0 } else { centre };
    }
    fill_gaps(&mut slots);
    slots
}

/// The usual size of a residual at that time of day, never below half of the whole series'.
fn local_scale(residual: &[f64], day: usize) -> Vec<f64> {
    let overall = spread(residual.iter().copied());
    let floor = if overall > 0.0 { overall } else { f64::MIN_POSITIVE };
    if day < 6 || residual.len() < 7 * day {
        return vec![floor; residual.len()];
    }
    let reach = (day / 12).max(1) as isize;
    let slots: Vec<f64> = (0..day as isize)
        .map(|slot| {
            let near = residual.iter().enumerate().filter(|(t, _)| {
                let distance = ((*t as isize % day as isize) - slot).abs();
                distance.min(day as isize - distance) <= reach
            });
            spread(near.map(|(_, r)| *r))
        })
        .collect();
    (0..residual.len()).map(|t| slots[t % day].max(0.5 * floor)).collect()
}

/// Robust standard deviation around zero: from the median, or from the 90 % quantile where more than
/// half of the residuals vanish (a series that is mostly zero).
fn spread(residuals: impl Iterator<Item = f64>) -> f64 {
    let mut sizes: Vec<f64> = residuals.map(f64::abs).collect();
    let middle = MAD_TO_SIGMA * quantile_of(&mut sizes, 0.5);
    if middle > 0.0 { middle } else { quantile_of(&mut sizes, 0.9) / 1.644_853_6 }
}
