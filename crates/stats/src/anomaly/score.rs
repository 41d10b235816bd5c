//! How rare a deviation is, at one step and summed over a few.

use super::AnomalyError;
use super::counts::Counts;
use super::model::Fitted;
use super::robust::quantile_of;

pub(super) const YEAR_S: f64 = 365.25 * 86_400.0;
const DAY_S: f64 = 86_400.0;
/// Deviations are judged alone and summed over so many steps: a small one that stays is as telling as
/// a large one that passes.
pub(super) const WINDOWS: [usize; 4] = [1, 2, 4, 8];
/// The tail is extrapolated exponentially from the slope between these quantiles of the sizes. They
/// lie in the bulk, which anomalies do not reach, and an exponential tail is heavier than a normal
/// one, which is right for what people do on web sites.
const BULK: (f64, f64) = (0.20, 0.84);

/// One window length's deviations and the tail of their sizes.
pub(super) struct Tail {
    window: usize,
    /// Mean standardised residual over the window that ends here; NaN where it has too few values.
    deviation: Vec<f64>,
    /// Size at the upper quantile.
    base: f64,
    /// Rise of the size when the probability falls by the factor e.
    slope: f64,
    /// ln of how often a year the size `base` is exceeded.
    ln_base_rate: f64,
}

impl Tail {
    fn new(residuals: &[f64], window: usize, step_s: f64) -> Option<Self> {
        let deviation = trailing_means(residuals, window);
        let mut sizes: Vec<f64> = deviation.iter().map(|d| d.abs()).collect();
        let mut low = quantile_of(&mut sizes, BULK.0);
        let mut base = quantile_of(&mut sizes, BULK.1);
        let mut share = 1.0;
        if base <= low {
            // Mostly the same value: judge the sizes of those that differ.
            let known = sizes.len() as f64;
            sizes.retain(|&size| size > 0.0);
            share = sizes.len() as f64 / known;
            low = 0.0;
            base = quantile_of(&mut sizes, BULK.1);
        }
        let slope = (base - low) / ((1.0 - BULK.0) / (1.0 - BULK.1)).ln();
        if slope.is_nan() || slope <= 0.0 {
            return None;
        }
        // Windows that overlap share their alarms, the more so the shorter the steps are against what
        // happens; between days every window counts.
        let apart = if step_s < 0.9 * DAY_S { window as f64 } else { 1.0 };
        let windows_a_year = YEAR_S / (step_s * apart);
        Some(Self {
            window,
            deviation,
            base,
            slope,
            ln_base_rate: ((1.0 - BULK.1) * share * windows_a_year).ln(),
        })
    }

    /// −log₁₀ of how often a year a size like this occurs.
    fn score(&self, size: f64) -> f64 {
        ((size - self.base) / self.slope - self.ln_base_rate) / std::f64::consts::LN_10
    }
}

/// The scores of a whole series.
pub(super) enum Scores {
    /// Measurements: sizes of residuals, their tail extrapolated.
    Sizes(Vec<Tail>),
    /// Small counts: the tail of their own distribution.
    Counts(Counts),
}

impl Scores {
    /// `values` are those that `fitted` was learned from.
    pub(super) fn new(fitted: &Fitted, values: &[f64], step_s: f64) -> Result<Self, AnomalyError> {
        if let Some(counts) = Counts::of(values, step_s) {
            return Ok(Self::Counts(counts));
        }
        let residuals: Vec<f64> =
            fitted.residual.iter().zip(&fitted.scale).map(|(r, s)| r / s).collect();
        let tails: Vec<Tail> = WINDOWS
            .iter()
            .filter(|&&window| window == 1 || residuals.len() >= 20 * window)
            .filter_map(|&window| Tail::new(&residuals, window, step_s))
            .collect();
        if tails.is_empty() { Err(AnomalyError::Constant) } else { Ok(Self::Sizes(tails)) }
    }

    /// The largest score of the windows that end at `t`; `None` where nothing was measured.
    pub(super) fn at(&self, t: usize) -> Option<f64> {
        match self {
            Self::Sizes(tails) => most(tails, t).map(|tail| tail.score(tail.deviation[t].abs())),
            Self::Counts(counts) => counts.rarest(t).map(|rare| counts.score(rare.p_value)),
        }
    }

    /// Whether the deviation with the largest score at `t` is upwards.
    pub(super) fn upwards(&self, t: usize) -> bool {
        match self {
            Self::Sizes(tails) => most(tails, t).is_some_and(|tail| tail.deviation[t] > 0.0),
            Self::Counts(counts) => counts.rarest(t).is_some_and(|rare| rare.upwards),
        }
    }

    /// The first step of the window with the largest score at `t`.
    pub(super) fn window_start(&self, t: usize) -> usize {
        let window = match self {
            Self::Sizes(tails) => most(tails, t).map(|tail| tail.window),
            Self::Counts(counts) => counts.rarest(t).map(|rare| rare.window),
        };
        window.map_or(t, |window| (t + 1).saturating_sub(window))
    }

    /// Whether the value at `t` alone lies away from what was expected by more than is usual.
    pub(super) fn deviates(&self, t: usize, upwards: bool) -> bool {
        match self {
            Self::Sizes(tails) => {
                let single = &tails[0];
                (if upwards { single.deviation[t] } else { -single.deviation[t] }) > single.base
            }
            Self::Counts(counts) => counts.deviates(t, upwards),
        }
    }

    /// Low end, expected value and high end at `t`: a single value beyond them reaches the score `limit`.
    pub(super) fn band(&self, fitted: &Fitted, t: usize, limit: f64) -> (f64, f64, f64) {
        match self {
            Self::Sizes(tails) => {
                let single = &tails[0];
                let reach = single.base
                    + single.slope * (limit * std::f64::consts::LN_10 + single.ln_base_rate);
                let half = reach * fitted.scale[t];
                let at = |shift: f64| fitted.transform.back(fitted.expected[t] + shift);
                (at(-half), at(0.0), at(half))
            }
            Self::Counts(counts) => counts.band(t, limit),
        }
    }

    /// Length of the rhythm in use, in steps; 0 without.
    pub(super) fn rhythm(&self, fitted: &Fitted) -> usize {
        match self {
            Self::Sizes(_) => fitted.period,
            Self::Counts(counts) => counts.period,
        }
    }

    /// Probability of a deviation at least as rare as that at `t`, over all window lengths.
    pub(super) fn p_value(&self, t: usize) -> Option<f64> {
        match self {
            Self::Sizes(tails) => {
                let tail = most(tails, t)?;
                let ln_rate =
                    tail.ln_base_rate - (tail.deviation[t].abs() - tail.base) / tail.slope;
                let looks = tails.len() as f64;
                // Per window, then for having looked at several lengths.
                let windows_a_year = (tail.ln_base_rate - (1.0 - BULK.1).ln()).exp();
                Some((looks * ln_rate.exp() / windows_a_year).min(1.0))
            }
            Self::Counts(counts) => {
                counts.rarest(t).map(|rare| Counts::over_all_windows(rare.p_value))
            }
        }
    }
}

fn most(tails: &[Tail], t: usize) -> Option<&Tail> {
    // A window may not speak for a step at which nothing was measured.
    if tails[0].deviation[t].is_nan() {
        return None;
    }
    tails
        .iter()
        .filter(|tail| tail.deviation[t].is_finite())
        .max_by(|a, b| a.score(a.deviation[t].abs()).total_cmp(&b.score(b.deviation[t].abs())))
}

/// Means over the last `window` values; NaN where fewer than half of them are known.
fn trailing_means(values: &[f64], window: usize) -> Vec<f64> {
    let (mut sum, mut known) = (0.0, 0_usize);
    (0..values.len())
        .map(|t| {
            if values[t].is_finite() {
                sum += values[t];
                known += 1;
            }
            if t >= window && values[t - window].is_finite() {
                sum -= values[t - window];
                known -= 1;
            }
            if known > 0 && 2 * known >= window { sum / known as f64 } else { f64::NAN }
        })
        .collect()
}
