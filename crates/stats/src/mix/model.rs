//! The posterior density of a mix model and its gradient, on the unconstrained scale.

use std::f64::consts::TAU;

use super::data::{MixError, Observations, RoiPrior, Settings, check};
use super::transform::Shape;

/// The model with its data scaled and its fixed columns made orthogonal.
pub(super) struct Model<'a> {
    pub(super) data: &'a Observations,
    pub(super) settings: &'a Settings,
    /// The target is divided by this.
    pub(super) scale: f64,
    target: Vec<f64>,
    /// Periods that count in the likelihood, from the start.
    learned: usize,
    /// Spend by its maximum.
    exposure: Vec<Vec<f64>>,
    pub(super) largest: Vec<f64>,
    pub(super) total_spend: Vec<f64>,
    /// Orthogonal columns of unit mean square: base, trend, season, controls.
    columns: Vec<Vec<f64>>,
    pub(super) priors: Vec<RoiPrior>,
    shapes: Vec<Shape>,
    adstock_count: usize,
}

/// Prior standard deviation of the coefficients of the columns, in units of the target's scale: wide.
const WIDE: f64 = 5.0;

/// One channel under one set of parameters.
pub(super) struct ChannelState {
    pub(super) weights: Vec<f64>,
    weight_slopes: Vec<Vec<f64>>,
    map_slopes: Vec<f64>,
    /// Adstock parameters, then saturation parameters, constrained.
    pub(super) shape: Vec<f64>,
    adstocked: Vec<f64>,
    saturated: Vec<f64>,
    pub(super) sum: f64,
    /// ROI times spend: the whole contribution, on the scale of the scaled target.
    pub(super) amount: f64,
}

impl<'a> Model<'a> {
    pub(super) fn new(data: &'a Observations, settings: &'a Settings) -> Result<Self, MixError> {
        check(data, settings)?;
        let n = data.target.len();
        let scale = data.target.iter().fold(0.0_f64, |m, y| m.max(y.abs()));
        let largest: Vec<f64> =
            data.channels.iter().map(|c| c.spend.iter().copied().fold(0.0, f64::max)).collect();
        let total_spend: Vec<f64> = data.channels.iter().map(|c| c.spend.iter().sum()).collect();
        let even = 0.3 * data.target.iter().sum::<f64>().abs() / total_spend.iter().sum::<f64>();
        let usual = if (0.05..20.0).contains(&even) {
            RoiPrior { log_mean: 0.2, log_sd: 0.9 }
        } else {
            RoiPrior { log_mean: even.max(1e-12).ln(), log_sd: 1.2 }
        };
        let mut shapes = settings.adstock.shapes(settings.carry_over);
        let adstock_count = shapes.len();
        shapes.extend(settings.saturation.shapes());
        Ok(Self {
            data,
            settings,
            scale,
            target: data.target.iter().map(|y| y / scale).collect(),
            learned: n,
            exposure: data
                .channels
                .iter()
                .zip(&largest)
                .map(|(c, top)| c.spend.iter().map(|s| s / top).collect())
                .collect(),
            largest,
            total_spend,
            columns: orthogonal(raw_columns(data, settings, n)),
            priors: data.channels.iter().map(|c| c.prior.unwrap_or(usual)).collect(),
            shapes,
            adstock_count,
        })
    }

    /// Lets only the first `periods` count in the likelihood.
    pub(super) fn learn_from(&mut self, periods: usize) {
        self.learned = periods;
    }

    pub(super) fn channels(&self) -> usize {
        self.data.channels.len()
    }

    /// Unconstrained numbers of one channel: ln ROI, then the shapes.
    pub(super) fn per_channel(&self) -> usize {
        1 + self.shapes.len()
    }

    pub(super) fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    pub(super) fn adstock_count(&self) -> usize {
        self.adstock_count
    }

    /// Length of a parameter vector: channels, coefficients of the columns, ln σ.
    pub(super) fn dimension(&self) -> usize {
        self.channels() * self.per_channel() + self.columns.len() + 1
    }

    /// The centre of the prior, with the target's mean as base.
    pub(super) fn start(&self) -> Vec<f64> {
        let mut start = Vec::with_capacity(self.dimension());
        for prior in &self.priors {
            start.push(prior.log_mean - 0.5);
            start.extend(self.shapes.iter().map(|s| s.mean));
        }
        let n = self.target.len() as f64;
        for column in &self.columns {
            let along = column.iter().zip(&self.target).map(|(c, y)| c * y).sum::<f64>() / n;
            start.push(along);
        }
        start.push(-2.0);
        start
    }

    pub(super) fn channel_state(&self, q: &[f64], m: usize) -> ChannelState {
        let own = &q[m * self.per_channel()..(m + 1) * self.per_channel()];
        let mapped: Vec<(f64, f64)> =
            self.shapes.iter().zip(&own[1..]).map(|(s, u)| s.map.apply(*u)).collect();
        let shape: Vec<f64> = mapped.iter().map(|m| m.0).collect();
        let lags = self.settings.carry_over.max(1);
        let (weights, weight_slopes) =
            self.settings.adstock.weights(&shape[..self.adstock_count], lags);
        let exposure = &self.exposure[m];
        let mut adstocked = vec![0.0; exposure.len()];
        for (t, x) in exposure.iter().enumerate().filter(|(_, x)| **x > 0.0) {
            for (a, w) in adstocked[t..].iter_mut().zip(&weights) {
                *a += w * x;
            }
        }
        let saturation = &shape[self.adstock_count..];
        let saturated: Vec<f64> =
            adstocked.iter().map(|a| self.settings.saturation.at(saturation, *a).0).collect();
        let sum = saturated.iter().sum::<f64>().max(1e-300);
        ChannelState {
            weights,
            weight_slopes,
            map_slopes: mapped.iter().map(|m| m.1).collect(),
            adstocked,
            saturated,
            sum,
            amount: own[0].exp() * self.total_spend[m] / self.scale,
            shape,
        }
    }

    /// What a channel brought in each period, on the scale of the scaled target.
    pub(super) fn contribution(state: &ChannelState) -> impl Iterator<Item = f64> {
        state.saturated.iter().map(|g| state.amount * g / state.sum)
    }

    /// The mean of the scaled target.
    pub(super) fn mean(&self, q: &[f64], states: &[ChannelState]) -> Vec<f64> {
        let coefficients = &q[self.channels() * self.per_channel()..self.dimension() - 1];
        let mut mean = vec![0.0; self.target.len()];
        for (column, b) in self.columns.iter().zip(coefficients) {
            mean.iter_mut().zip(column).for_each(|(m, c)| *m += b * c);
        }
        for state in states {
            mean.iter_mut().zip(Self::contribution(state)).for_each(|(m, c)| *m += c);
        }
        mean
    }

    /// Log posterior density up to a constant, and its gradient.
    pub(super) fn density(&self, q: &[f64], gradient: &mut [f64]) -> f64 {
        let n = self.learned;
        let per_channel = self.per_channel();
        let ln_sigma = q[q.len() - 1];
        if q.iter().any(|u| u.abs() > 50.0) {
            return f64::NEG_INFINITY;
        }
        let precision = (-2.0 * ln_sigma).exp();
        let states: Vec<ChannelState> =
            (0..self.channels()).map(|m| self.channel_state(q, m)).collect();
        let mean = self.mean(q, &states);
        let mut errors: Vec<f64> =
            self.target.iter().zip(&mean).map(|(y, m)| (y - m) * precision).collect();
        errors[n..].fill(0.0);
        let squares: f64 = errors.iter().map(|e| e * e).sum::<f64>() / precision;
        let mut value = -0.5 * squares - n as f64 * ln_sigma;
        // σ ~ HalfNormal(1) on the scaled target, with the Jacobian of the logarithm.
        let variance = 1.0 / precision;
        value += ln_sigma - 0.5 * variance;
        gradient[q.len() - 1] = squares - n as f64 + 1.0 - variance;
        let first = self.channels() * per_channel;
        for (i, column) in self.columns.iter().enumerate() {
            let b = q[first + i];
            value -= 0.5 * (b / WIDE).powi(2);
            let along: f64 = column.iter().zip(&errors).map(|(c, e)| c * e).sum();
            gradient[first + i] = along - b / (WIDE * WIDE);
        }
        for (m, state) in states.iter().enumerate() {
            let own = m * per_channel..(m + 1) * per_channel;
            value += self.channel_density(m, state, q, &mut errors, &mut gradient[own]);
        }
        if value.is_nan() { f64::NEG_INFINITY } else { value }
    }

    /// Prior and lift tests of one channel, and the gradient of the whole density by its numbers.
    fn channel_density(
        &self,
        m: usize,
        state: &ChannelState,
        q: &[f64],
        errors: &mut [f64],
        gradient: &mut [f64],
    ) -> f64 {
        let own = &q[m * self.per_channel()..(m + 1) * self.per_channel()];
        let saturation = &state.shape[self.adstock_count..];
        let curve = |x: f64| self.settings.saturation.at(saturation, x);
        let ratio = state.amount / state.sum;
        let along: f64 = errors.iter().zip(&state.saturated).map(|(e, g)| e * g).sum();
        let mut value = 0.0;
        gradient.fill(0.0);
        gradient[0] = ratio * along;
        // By the sum of g, which scales everything: the contribution keeps its total.
        let mut by_sum = -ratio * along / state.sum;
        let mut by_shape = vec![0.0; state.shape.len()];
        for test in self.data.lift_tests.iter().filter(|t| t.channel == m) {
            let before = curve(test.spend_before / self.largest[m]);
            let during = curve(test.spend_during / self.largest[m]);
            let lift = ratio * (during.0 - before.0);
            let sd = test.std_error / self.scale;
            let off = (test.lift / self.scale - lift) / (sd * sd);
            value -= 0.5 * (off * sd).powi(2);
            gradient[0] += off * lift;
            by_sum -= off * lift / state.sum;
            for (k, by) in by_shape[self.adstock_count..].iter_mut().enumerate() {
                *by += off * ratio * (during.2[k] - before.2[k]);
            }
        }
        let mut by_adstocked = vec![0.0; errors.len()];
        for (t, (error, a)) in errors.iter().zip(&state.adstocked).enumerate() {
            let (_, slope, by) = curve(*a);
            let by_g = ratio * error + by_sum;
            by_adstocked[t] = by_g * slope;
            for (k, total) in by_shape[self.adstock_count..].iter_mut().enumerate() {
                *total += by_g * by[k];
            }
        }
        for lag in 0..state.weights.len().min(errors.len()) {
            let by_weight: f64 =
                by_adstocked[lag..].iter().zip(&self.exposure[m]).map(|(b, x)| b * x).sum();
            for (k, slopes) in state.weight_slopes.iter().enumerate() {
                by_shape[k] += by_weight * slopes[lag];
            }
        }
        for (k, by) in by_shape.iter().enumerate() {
            gradient[1 + k] = by * state.map_slopes[k];
        }
        let mut prior = |i: usize, mean: f64, sd: f64| {
            let z = (own[i] - mean) / sd;
            value -= 0.5 * z * z;
            gradient[i] -= z / sd;
        };
        prior(0, self.priors[m].log_mean, self.priors[m].log_sd);
        for (k, shape) in self.shapes.iter().enumerate() {
            prior(1 + k, shape.mean, shape.sd);
        }
        value
    }
}

/// Base, trend, bends, season and controls.
fn raw_columns(data: &Observations, settings: &Settings, n: usize) -> Vec<Vec<f64>> {
    let mut columns = vec![vec![1.0; n]];
    let time = |t: usize| t as f64 / n as f64;
    if settings.trend {
        columns.push((0..n).map(time).collect());
    }
    for knot in 1..=settings.knots {
        let at = knot as f64 / (settings.knots + 1) as f64;
        columns.push((0..n).map(|t| (time(t) - at).max(0.0)).collect());
    }
    if settings.year > 0.0 {
        for k in 1..=settings.harmonics {
            let angle = |t: usize| TAU * k as f64 * t as f64 / settings.year;
            columns.push((0..n).map(|t| angle(t).sin()).collect());
            columns.push((0..n).map(|t| angle(t).cos()).collect());
        }
    }
    columns.extend(data.controls.iter().map(|(_, values)| values.clone()));
    columns
}

/// Gram–Schmidt twice; a column that the ones before it explain is dropped. Mean square 1 each.
fn orthogonal(columns: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut kept: Vec<Vec<f64>> = Vec::new();
    for mut column in columns {
        let n = column.len() as f64;
        let before: f64 = column.iter().map(|x| x * x).sum();
        for _ in 0..2 {
            for other in &kept {
                let along = column.iter().zip(other).map(|(a, b)| a * b).sum::<f64>() / n;
                column.iter_mut().zip(other).for_each(|(a, b)| *a -= along * b);
            }
        }
        let after: f64 = column.iter().map(|x| x * x).sum();
        if after > 1e-10 * before && after > 0.0 {
            let size = (after / n).sqrt();
            column.iter_mut().for_each(|x| *x /= size);
            kept.push(column);
        }
    }
    kept
}
