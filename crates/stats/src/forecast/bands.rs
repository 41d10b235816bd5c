//! How wrong forecasts were at each distance, as bands and as joint paths.

use rand_distr::{Distribution as _, StandardNormal};

use crate::distribution::{normal_cdf, normal_quantile, seeded, t_quantile};

/// A band around a forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Share of outcomes that should lie inside.
    pub level: f64,
    /// Lower end at each step.
    pub low: Vec<f64>,
    /// Upper end at each step.
    pub high: Vec<f64>,
}

/// The distribution of errors: σ(h)·Z with σ(h) = c·h^γ and Z from past standardised errors.
#[derive(Clone, Debug)]
pub(super) struct Errors {
    scale: f64,
    growth: f64,
    /// Sorted past errors divided by σ(h), each with its weight; the weights add up to 1.
    standardised: Vec<(f64, f64)>,
    /// What one more error would weigh, for the finite-sample correction.
    unit: f64,
    /// Share of the error that stays the same over the whole horizon, and what the rest keeps from
    /// one step to the next.
    common: f64,
    persistence: f64,
    /// Independent windows the errors come from: few windows mean wide tails.
    windows: f64,
}

impl Errors {
    /// From error trajectories, one per origin with its weight (NaN where the outcome is not
    /// known); `horizon` is their full length. `None` without a single error.
    pub(super) fn new(
        trajectories: &[(f64, Vec<f64>)],
        horizon: usize,
        windows: f64,
    ) -> Option<Self> {
        let mut steps: Vec<Step> = Vec::new();
        for h in 0..horizon {
            let (mut sum, mut weight) = (0.0, 0.0);
            for (w, trajectory) in trajectories {
                if let Some(error) = trajectory.get(h).filter(|e| e.is_finite()) {
                    sum += w * error.abs();
                    weight += w;
                }
            }
            if weight > 0.0 {
                steps.push(Step { ln_distance: ((h + 1) as f64).ln(), size: sum / weight, weight });
            }
        }
        let total: f64 = steps.iter().map(|s| s.weight).sum();
        let mean_size = steps.iter().map(|s| s.size * s.weight).sum::<f64>() / total;
        if !(mean_size > 0.0) {
            return None;
        }
        let (scale, growth) = power_law(&steps, total, mean_size);
        let sigma = |h: usize| scale * ((h + 1) as f64).powf(growth);
        let mut standardised: Vec<(f64, f64)> = Vec::new();
        let (mut near, mut far, mut squares) = (Mean::default(), Mean::default(), Mean::default());
        for (weight, trajectory) in trajectories {
            let z: Vec<f64> = trajectory.iter().enumerate().map(|(h, e)| e / sigma(h)).collect();
            for (h, value) in z.iter().enumerate().filter(|(_, v)| v.is_finite()) {
                standardised.push((*value, *weight));
                squares.add(value * value, *weight);
                if let Some(next) = z.get(h + 1).filter(|v| v.is_finite()) {
                    near.add(value * next, *weight);
                }
                if let Some(later) = z.get(h + horizon.div_ceil(2)).filter(|v| v.is_finite()) {
                    far.add(value * later, *weight);
                }
            }
        }
        let variance = squares.get();
        let ratio = |mean: &Mean| (mean.get() / variance).clamp(0.0, 0.98);
        let near = ratio(&near);
        let common = ratio(&far).min(near);
        let persistence = (near - common) / (1.0 - common);
        let all: f64 = standardised.iter().map(|(_, w)| w).sum();
        standardised.iter_mut().for_each(|(_, w)| *w /= all);
        let unit = standardised.iter().map(|(_, w)| w * w).sum();
        standardised.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        Some(Self { scale, growth, standardised, unit, common, persistence, windows })
    }

    fn sigma(&self, h: usize) -> f64 {
        self.scale * ((h + 1) as f64).powf(self.growth)
    }

    /// Quantile of the standardised error: past errors and, at half their weight, their mirror image,
    /// widened as Student's t is against the normal for so few independent windows.
    fn quantile(&self, p: f64) -> f64 {
        if p < 0.5 {
            return -self.upper(1.0 - p, true);
        }
        self.upper(p, false)
    }

    /// Weighted quantile of the standardised errors with the correction of conformal prediction: one
    /// more error could lie anywhere beyond.
    fn plain_quantile(&self, p: f64) -> f64 {
        let target = p + (p - 0.5) * self.unit;
        let mut below = 0.0;
        let mut before: Option<(f64, f64)> = None;
        for &(z, weight) in &self.standardised {
            let centre = below + 0.5 * weight;
            if centre >= target {
                return before.map_or(z, |(at, value)| {
                    value + (z - value) * (target - at) / (centre - at).max(1e-300)
                });
            }
            before = Some((centre, z));
            below += weight;
        }
        before.map_or(0.0, |(_, z)| z)
    }

    /// The quantile above the median of the errors (or of their mirror image).
    fn upper(&self, p: f64, mirrored: bool) -> f64 {
        let own = self.plain_quantile(if mirrored { 1.0 - p } else { p });
        let other = self.plain_quantile(if mirrored { p } else { 1.0 - p });
        let (own, other) = if mirrored { (-own, other) } else { (own, -other) };
        let blended = (2.0 * own + other) / 3.0;
        let normal = normal_quantile(p);
        let wide = if normal > 1e-6 { t_quantile(p, self.windows.max(2.0)) / normal } else { 1.0 };
        blended.max(0.0) * wide.min(2.5)
    }

    /// Bands around `centre`, on the scale of the errors.
    pub(super) fn band(&self, centre: &[f64], level: f64) -> Band {
        let (low, high) = (self.quantile(0.5 - 0.5 * level), self.quantile(0.5 + 0.5 * level));
        let at = |q: f64| centre.iter().enumerate().map(|(h, c)| c + q * self.sigma(h)).collect();
        Band { level, low: at(low), high: at(high) }
    }

    /// Joint paths around `centre`: a Gaussian copula with the correlation over time that past
    /// errors had, and the same marginals as the bands.
    pub(super) fn paths(&self, centre: &[f64], count: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut random = seeded(seed);
        let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
        // The quantile function on a grid, as it is needed once for every step of every path.
        const GRID: usize = 400;
        let table: Vec<f64> =
            (0..=GRID).map(|i| self.quantile((i as f64 + 0.5) / (GRID + 1) as f64)).collect();
        let (stay, fresh) = (self.persistence, (1.0 - self.persistence.powi(2)).sqrt());
        (0..count)
            .map(|_| {
                let common = normal();
                let mut own = normal();
                centre
                    .iter()
                    .enumerate()
                    .map(|(h, c)| {
                        if h > 0 {
                            own = stay * own + fresh * normal();
                        }
                        let g = self.common.sqrt() * common + (1.0 - self.common).sqrt() * own;
                        let position =
                            (normal_cdf(g) * (GRID + 1) as f64 - 0.5).clamp(0.0, GRID as f64);
                        let (i, share) = (position as usize, position.fract());
                        let q = table[i] + share * (table[(i + 1).min(GRID)] - table[i]);
                        c + q * self.sigma(h)
                    })
                    .collect()
            })
            .collect()
    }
}

/// How errors usually grow with the distance: 0 for a stationary series, ½ for a random walk.
const USUAL_GROWTH: f64 = 0.3;
/// How much that counts, in units of the variance of the logarithm of the distance.
const PULL: f64 = 0.15;

/// Errors at one distance.
struct Step {
    ln_distance: f64,
    size: f64,
    weight: f64,
}

/// Weighted least squares of ln size on ln distance; a size of zero counts as a hundredth of the
/// mean. The growth is pulled to the usual one where few distances are known, and stays below that of
/// a trend that went wrong.
fn power_law(steps: &[Step], total: f64, mean_size: f64) -> (f64, f64) {
    let ln_size = |s: &Step| s.size.max(0.01 * mean_size).ln();
    let (mut mx, mut my) = (0.0, 0.0);
    for s in steps {
        mx += s.weight * s.ln_distance / total;
        my += s.weight * ln_size(s) / total;
    }
    let (mut xx, mut xy) = (0.0, 0.0);
    for s in steps {
        xx += s.weight * (s.ln_distance - mx).powi(2);
        xy += s.weight * (s.ln_distance - mx) * (ln_size(s) - my);
    }
    let growth = ((xy + USUAL_GROWTH * PULL * total) / (xx + PULL * total)).clamp(0.0, 0.8);
    ((my - growth * mx).exp(), growth)
}

/// A weighted mean; 0 of nothing.
#[derive(Default)]
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, value: f64, weight: f64) {
        self.sum += weight * value;
        self.weight += weight;
    }

    fn get(&self) -> f64 {
        if self.weight > 0.0 { self.sum / self.weight } else { 0.0 }
    }
}

/// Quantile of sorted numbers with the finite-sample correction of conformal prediction: the
/// (n+1)p-th smallest, and the extremes beyond.
pub(super) fn sorted_quantile(sorted: &[f64], p: f64) -> f64 {
    let n = sorted.len() as f64;
    let position = ((n + 1.0) * p - 1.0).clamp(0.0, n - 1.0);
    let (i, share) = (position as usize, position.fract());
    let next = sorted[(i + 1).min(sorted.len() - 1)];
    sorted[i] + share * (next - sorted[i])
}
