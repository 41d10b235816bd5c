//! Seasonal profiles of one or several periods, and the series without them.

use crate::dense;

/// A series taken apart: what repeats with each period, and the rest.
#[derive(Clone, Debug)]
pub(super) struct Seasonal {
    profiles: Vec<(f64, Vec<f64>)>,
    /// The series without the seasons.
    pub(super) adjusted: Vec<f64>,
}

impl Seasonal {
    /// Takes the profiles off. A period that does not occur twice is left alone.
    ///
    /// `discount` in (0, 1] weighs each cycle less than the next: 1 for a season that never changes.
    /// Each profile is pulled to zero by how much of it noise explains (James–Stein), so a series
    /// without a season keeps none.
    pub(super) fn new(values: &[f64], seasons: &[f64], discount: f64) -> Self {
        let n = values.len();
        let mut periods: Vec<f64> =
            seasons.iter().copied().filter(|p| n as f64 >= 2.0 * p).collect();
        periods.sort_unstable_by(f64::total_cmp);
        let mut profiles: Vec<(f64, Vec<f64>)> =
            periods.iter().map(|p| (*p, vec![0.0; p.ceil() as usize])).collect();
        let rounds = if profiles.len() > 1 { 2 } else { 1 };
        let mut adjusted = values.to_vec();
        for _ in 0..rounds {
            for (period, profile) in &mut profiles {
                for (t, value) in adjusted.iter_mut().enumerate() {
                    *value += profile[phase(t, *period)];
                }
                *profile = profile_of(&adjusted, *period, discount);
                for (t, value) in adjusted.iter_mut().enumerate() {
                    *value -= profile[phase(t, *period)];
                }
            }
        }
        Self { profiles, adjusted }
    }

    /// The sum of the profiles at a step, past or future.
    pub(super) fn at(&self, t: usize) -> f64 {
        self.profiles.iter().map(|(period, profile)| profile[phase(t, *period)]).sum()
    }
}

fn phase(t: usize, period: f64) -> usize {
    (t as f64 % period) as usize
}

/// Mean deviation from the moving average at each phase, centred and shrunk.
fn profile_of(values: &[f64], period: f64, discount: f64) -> Vec<f64> {
    let n = values.len();
    let bins = period.ceil() as usize;
    let trend = moving_average(values, period.round() as usize);
    let mut deviations: Vec<f64> = values.iter().zip(&trend).map(|(v, t)| v - t).collect();
    winsorise(&mut deviations);
    let half = bins / 2;
    let weight_of = |t: usize| {
        let cycles = ((n - 1 - t) as f64 / period).floor();
        // Half a period at each end has no full window: its trend is a guess.
        let edge = if t < half || t + half >= n { 0.25 } else { 1.0 };
        edge * discount.powf(cycles)
    };
    let (mut sums, mut weights, mut squares) = (vec![0.0; bins], vec![0.0; bins], vec![0.0; bins]);
    for (t, deviation) in deviations.iter().enumerate() {
        let (bin, weight) = (phase(t, period), weight_of(t));
        sums[bin] += weight * deviation;
        weights[bin] += weight;
        squares[bin] += weight * weight;
    }
    let mut profile: Vec<f64> = sums.iter().zip(&weights).map(|(s, w)| s / w.max(1e-12)).collect();
    if bins > 60 {
        profile = blurred(&profile, bins / 40);
    }
    let mean = profile.iter().sum::<f64>() / bins as f64;
    profile.iter_mut().for_each(|p| *p -= mean);
    // What chance alone would make of a profile: residual variance times Σw²/(Σw)².
    let residual: f64 = deviations
        .iter()
        .enumerate()
        .map(|(t, d)| (d - profile[phase(t, period)]).powi(2))
        .sum::<f64>()
        / (n as f64 - bins as f64).max(1.0);
    let blur = if bins > 60 { 2.0 * (bins / 40) as f64 } else { 1.0 };
    let noise = residual / blur
        * squares.iter().zip(&weights).map(|(s, w)| s / (w * w).max(1e-12)).sum::<f64>();
    let signal = dense::dot(&profile, &profile);
    let keep = if signal > 0.0 { (1.0 - noise / signal).max(0.0) } else { 0.0 };
    profile.iter_mut().for_each(|p| *p *= keep);
    profile
}

/// Centred moving average over one period. Near the ends the window shrinks on the outer side and
/// a line through it gives the value.
pub(super) fn moving_average(values: &[f64], period: usize) -> Vec<f64> {
    let n = values.len();
    let half = (period / 2).max(1);
    let even = period.is_multiple_of(2);
    let mut sums = vec![0.0; n + 1];
    for (t, value) in values.iter().enumerate() {
        sums[t + 1] = sums[t] + value;
    }
    let mut trend = vec![0.0; n];
    for t in half..n.saturating_sub(half) {
        let mut sum = sums[t + half + 1] - sums[t - half];
        if even {
            sum -= 0.5 * (values[t - half] + values[t + half]);
        }
        trend[t] = sum / (2 * half + usize::from(!even)) as f64;
    }
    if n <= 2 * half + 1 {
        trend.fill(sums[n] / n as f64);
        return trend;
    }
    // Beyond the last full windows the trend goes on with the slope it had over one period.
    let (first, last) = (half, n - half - 1);
    let span = (last - first).min(period).max(1);
    let slope_start = (trend[first + span] - trend[first]) / span as f64;
    let slope_end = (trend[last] - trend[last - span]) / span as f64;
    for t in 0..first {
        trend[t] = trend[first] - 0.7 * slope_start * (first - t) as f64;
    }
    for t in last + 1..n {
        trend[t] = trend[last] + 0.7 * slope_end * (t - last) as f64;
    }
    trend
}

/// Pulls deviations beyond four robust standard deviations back to that distance.
fn winsorise(deviations: &mut [f64]) {
    let mut sizes: Vec<f64> = deviations.iter().map(|d| d.abs()).collect();
    let middle = sizes.len() / 2;
    let (_, median, _) = sizes.select_nth_unstable_by(middle, f64::total_cmp);
    let limit = 4.0 * 1.4826 * *median;
    if limit > 0.0 {
        deviations.iter_mut().for_each(|d| *d = d.clamp(-limit, limit));
    }
}

/// Triangular smoothing around the circle.
fn blurred(profile: &[f64], reach: usize) -> Vec<f64> {
    let n = profile.len() as isize;
    let reach = reach as isize;
    (0..n)
        .map(|i| {
            let (mut sum, mut weights) = (0.0, 0.0);
            for k in -reach..=reach {
                let weight = (reach + 1 - k.abs()) as f64;
                sum += weight * profile[(i + k).rem_euclid(n) as usize];
                weights += weight;
            }
            sum / weights
        })
        .collect()
}

/// The effect of each regressor on the values, estimated on what trend and season leave over.
///
/// Both sides are taken relative to their moving average, so a slow regressor explains nothing that
/// the trend could; a ridge keeps rare events from being read off a single day's noise.
pub(super) fn effects(values: &[f64], seasons: &[f64], regressors: &[Vec<f64>]) -> Vec<f64> {
    let n = values.len();
    let window = seasons.first().map_or(7, |s| s.round() as usize).clamp(3, n.max(3));
    let mut effects = vec![0.0; regressors.len()];
    let contrasts: Vec<Vec<f64>> = regressors
        .iter()
        .map(|r| {
            let average = moving_average(&r[..n], window);
            r[..n].iter().zip(average).map(|(x, a)| x - a).collect()
        })
        .collect();
    let rows: Vec<Vec<f64>> = (0..n).map(|t| contrasts.iter().map(|c| c[t]).collect()).collect();
    // The season is cleaner once the events are out, and the events once the season is out.
    for _ in 0..3 {
        let cleaned: Vec<f64> = (0..n)
            .map(|t| values[t] - effects.iter().zip(regressors).map(|(e, r)| e * r[t]).sum::<f64>())
            .collect();
        let seasonal = Seasonal::new(&cleaned, seasons, 1.0);
        let raw: Vec<f64> = (0..n).map(|t| values[t] - seasonal.at(t)).collect();
        let average = moving_average(&raw, window);
        let rest: Vec<f64> = raw.iter().zip(&average).map(|(v, a)| v - a).collect();
        let ridge = vec![0.5; regressors.len()];
        match dense::ridge(&rows, &rest, &ridge) {
            Some(found) => effects = found,
            None => break,
        }
    }
    effects
}
