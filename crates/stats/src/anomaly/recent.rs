//! Whether the newest few values of a series, together, are too rare to be chance.
//!
//! For the daily watch of many series. Every past day is predicted from the days before it alone, so
//! the errors that the newest ones are compared with are honest. A reference series (the rest of the site,
//! visits under orders) takes out what moves both, so that a segment is judged by its own behaviour.
//!
//! Deviations are measured on the scale of Anscombe (1948, Biometrika 35:246–254) for counts with more spread
//! than Poisson's, on which they are as large upwards as downwards and at few counts as at many.

mod follow;

use super::AnomalyError;
use super::robust::{median, quantile_of, spread};
use crate::distribution::normal_quantile;

/// How the newest values are judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watch {
    /// Length of the rhythm in steps: 7 for days, 1 for none.
    pub period: usize,
    /// False alarms per step that one series may raise, in (0, 1).
    pub rate: f64,
    /// Least |actual − expected| as a share of the expected sum.
    pub smallest_effect: f64,
    /// Expected values per step below this are too few to judge.
    pub smallest_expected: f64,
    /// How the values go along with the reference.
    pub reference: Reference,
}

/// How values go along with their reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// In proportion: a ratio's denominator.
    Denominator,
    /// As far as they did in the past: the rest of a site, which has noise of its own that a segment does not
    /// share. What moves the reference beyond its noise moves the values in proportion.
    Company,
}

/// The newest values, when they are rare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rare {
    /// How many of the newest steps deviate: 1, 2 or 3. They were judged together, at times with one before
    /// them that hardly does.
    pub steps: usize,
    /// Their mean.
    pub actual: f64,
    /// What was expected of it.
    pub expected: f64,
    /// The deviation of their sum, in robust standard deviations of such sums in the past.
    pub deviation: f64,
    /// The size from which it is called rare.
    pub limit: f64,
}

/// Steps that are judged together, and the part of the rate that each may use. Windows overlap and an incident lasts for
/// days, the limits are careful and small effects are left out, so that together they look less often than their sum:
/// in simulated shops these nearly use the rate up. What lasts is worth more than what passes.
const WINDOWS: [(usize, f64); 3] = [(1, 0.3), (2, 0.5), (3, 1.3)];
/// Half-lives of the level, in steps; the one that predicted best is taken.
const HALF_LIVES: [f64; 5] = [4.0, 8.0, 16.0, 32.0, 64.0];
/// Steps before which nothing is predicted, and the least number of predictions to compare with.
const LEARN: usize = 28;
const FEWEST: usize = 28;
/// Rounds of the rhythm over which its factors are averaged.
const ROUNDS: f64 = 10.0;
/// A single value moves level and rhythm by no more than this factor.
const CLIP: f64 = 1.6;
/// Parts of the past errors from which the tail is extrapolated.
const BULK: (f64, f64) = (0.84, 0.975);

/// Judges the newest value with the one or two before it. `reference` has one positive value per step (all 1
/// when there is none); values that are not finite, or whose reference is not positive, are missing.
///
/// `Ok(None)` when nothing is unusual or the newest value is missing. The limit is the mean of a normal tail's
/// and an exponential one's that is extrapolated from the series' own errors: people's doings have more
/// large deviations than a normal distribution.
pub fn newest(
    values: &[f64],
    reference: &[f64],
    watch: &Watch,
) -> Result<Option<Rare>, AnomalyError> {
    if values.len() != reference.len() {
        return Err(AnomalyError::Lengths { times: reference.len(), values: values.len() });
    }
    if !(watch.rate > 0.0 && watch.rate < 1.0) {
        let range = "between 0 and 1";
        return Err(AnomalyError::Setting { name: "the rate", range, value: watch.rate });
    }
    let n = values.len();
    if n < LEARN + FEWEST {
        return Err(AnomalyError::TooShort(n));
    }
    if !known(values[n - 1], reference[n - 1]) {
        return Ok(None);
    }
    let period = watch.period.max(1);
    let followed = match watch.reference {
        Reference::Denominator => None,
        Reference::Company => follow::followed(values, reference, period),
    };
    let reference = followed.as_deref().unwrap_or(reference);
    let Some(states) = States::best(values, reference, period) else { return Ok(None) };
    let found = WINDOWS
        .iter()
        .filter_map(|(steps, part)| {
            states.judge(values, reference, *steps, part * watch.rate, watch)
        })
        .filter(|rare| rare.deviation.abs() > rare.limit)
        .max_by(|a, b| (a.deviation.abs() / a.limit).total_cmp(&(b.deviation.abs() / b.limit)));
    Ok(found.map(|rare| states.trimmed(rare, values, reference)))
}

fn known(value: f64, reference: f64) -> bool {
    value.is_finite() && reference.is_finite() && reference > 0.0
}

/// Level and rhythm as they were known after each step.
struct States {
    period: usize,
    half_life: f64,
    levels: Vec<f64>,
    rhythms: Vec<Vec<f64>>,
}

impl States {
    /// Those of the half-life that predicted best.
    fn best(values: &[f64], reference: &[f64], period: usize) -> Option<Self> {
        HALF_LIVES
            .iter()
            .map(|half_life| {
                let states = Self::new(values, reference, period, *half_life);
                (states.error(values, reference), states)
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, states)| states)
    }

    fn new(values: &[f64], reference: &[f64], period: usize, half_life: f64) -> Self {
        let decay = (-1.0 / half_life).exp2();
        let start = LEARN.min(values.len());
        let (mut above, mut below) = (0.0, 0.0);
        let mut sums = vec![(0.0, 0.0); period];
        for t in 0..start {
            if known(values[t], reference[t]) {
                above += values[t];
                below += reference[t];
                let sum = &mut sums[t % period];
                (sum.0, sum.1) = (sum.0 + values[t], sum.1 + reference[t]);
            }
        }
        let mean = if below > 0.0 { above / below } else { 0.0 };
        let mut rhythm: Vec<f64> = sums
            .iter()
            .map(|(above, below)| {
                let factor = above / below / mean;
                if factor.is_finite() && factor > 0.0 { factor } else { 1.0 }
            })
            .collect();
        let mut seen = vec![(start as f64 / period as f64).max(1.0); period];
        // As much as the level's memory holds.
        let memory = 1.0 / (1.0 - decay);
        (above, below) = (mean * memory, memory);
        let usual =
            median(reference.iter().copied().filter(|r| r.is_finite() && *r > 0.0)).max(1e-300);
        let mut states = Self {
            period,
            half_life,
            levels: vec![mean; start],
            rhythms: vec![rhythm.clone(); start],
        };
        for t in start..values.len() {
            if known(values[t], reference[t]) {
                let level = above / below;
                let slot = t % period;
                let expected = level * rhythm[slot] * reference[t];
                let value = values[t].clamp(expected / CLIP, expected * CLIP);
                let weight = reference[t] / usual;
                above = above * decay + value / rhythm[slot] / usual;
                below = below * decay + weight;
                let ratio = value / (level * reference[t]);
                if ratio.is_finite() {
                    seen[slot] = (seen[slot] + 1.0).min(ROUNDS);
                    rhythm[slot] += (ratio - rhythm[slot]) / seen[slot];
                    let mean = rhythm.iter().sum::<f64>() / period as f64;
                    if mean > 0.0 {
                        rhythm.iter_mut().for_each(|factor| *factor /= mean);
                    }
                }
            }
            states.levels.push(above / below);
            states.rhythms.push(rhythm.clone());
        }
        states
    }

    /// Sum of the `steps` values up to `t` and what was expected of it before the first of them.
    fn window(
        &self,
        values: &[f64],
        reference: &[f64],
        t: usize,
        steps: usize,
    ) -> Option<(f64, f64)> {
        let before = t.checked_sub(steps)?;
        let (mut actual, mut expected) = (0.0, 0.0);
        for at in before + 1..=t {
            if !known(values[at], reference[at]) {
                return None;
            }
            actual += values[at];
            expected +=
                self.levels[before] * self.rhythms[before][at % self.period] * reference[at];
        }
        (expected > 0.0).then_some((actual, expected))
    }

    /// Past windows with what was expected of them.
    fn windows(
        &self,
        values: &[f64],
        reference: &[f64],
        steps: usize,
    ) -> impl Iterator<Item = (f64, f64)> {
        let end = values.len() - 1;
        (LEARN..end).filter_map(move |t| self.window(values, reference, t, steps))
    }

    /// How well past windows were predicted.
    fn error(&self, values: &[f64], reference: &[f64]) -> f64 {
        let sizes: Vec<f64> = self.windows(values, reference, 3).map(pearson).collect();
        let error = spread(&sizes);
        if error.is_nan() { f64::INFINITY } else { error }
    }

    /// Without the first steps of a window that hardly deviate themselves.
    fn trimmed(&self, rare: Rare, values: &[f64], reference: &[f64]) -> Rare {
        let t = values.len() - 1;
        let effect = rare.actual / rare.expected - 1.0;
        let before = t - rare.steps;
        let expected = |at: usize| {
            self.levels[before] * self.rhythms[before][at % self.period] * reference[at]
        };
        let telling = |at: &usize| {
            let own = values[*at] / expected(*at) - 1.0;
            own * effect.signum() >= 0.5 * effect.abs()
        };
        let first = (before + 1..=t).find(telling).unwrap_or(before + 1);
        let steps = t + 1 - first;
        let mean = |sum: f64| sum / steps as f64;
        Rare {
            steps,
            actual: mean(values[first..=t].iter().sum()),
            expected: mean((first..=t).map(expected).sum()),
            ..rare
        }
    }

    fn judge(
        &self,
        values: &[f64],
        reference: &[f64],
        steps: usize,
        rate: f64,
        watch: &Watch,
    ) -> Option<Rare> {
        let t = values.len() - 1;
        let (actual, expected) = self.window(values, reference, t, steps)?;
        let past: Vec<(f64, f64)> = self.windows(values, reference, steps).collect();
        if past.len() < FEWEST {
            return None;
        }
        let stable = Stable::new(&past);
        let off = |(actual, expected)| stable.at(actual) - stable.at(expected);
        let mut sizes: Vec<f64> = past.into_iter().map(|window| off(window).abs()).collect();
        let scale = spread(&sizes);
        let deviation = off((actual, expected)) / scale;
        let effect = (actual / expected - 1.0).abs();
        let small = effect < watch.smallest_effect
            || expected / (steps as f64) < watch.smallest_expected
            || !(scale > 0.0);
        if small {
            return None;
        }
        let normal = normal_quantile(1.0 - rate / 2.0);
        let (low, high) =
            (quantile_of(&mut sizes, BULK.0) / scale, quantile_of(&mut sizes, BULK.1) / scale);
        let slope = (high - low) / ((1.0 - BULK.0) / (1.0 - BULK.1)).ln();
        let exponential = high + slope * ((1.0 - BULK.1) / rate).ln().max(0.0);
        let limit = f64::midpoint(normal, exponential).max(normal);
        let mean = |sum: f64| sum / steps as f64;
        Some(Rare { steps, actual: mean(actual), expected: mean(expected), deviation, limit })
    }
}

/// The size of Pearson's residual: of Poisson's counts about 1, whether they are few or many.
fn pearson((actual, expected): (f64, f64)) -> f64 {
    (actual - expected).abs() / expected.sqrt()
}

/// The scale on which counts have the same spread wherever they are: 2√x for Poisson's, the logarithm of many
/// counts whose spread is mostly a share of them.
struct Stable {
    /// Variance beyond Poisson's, as a share of the squared mean.
    over: f64,
}

impl Stable {
    /// From windows with what was expected of them.
    fn new(past: &[(f64, f64)]) -> Self {
        let variance = spread(&past.iter().copied().map(pearson).collect::<Vec<_>>()).powi(2);
        let usual = median(past.iter().map(|(_, expected)| *expected));
        let over = (variance - 1.0) / usual;
        Self { over: if over.is_finite() { over.max(0.0) } else { 0.0 } }
    }

    fn at(&self, value: f64) -> f64 {
        let value = value.max(0.0);
        if self.over > 1e-12 {
            2.0 * (self.over * value).sqrt().asinh() / self.over.sqrt()
        } else {
            2.0 * value.sqrt()
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt as _;
    use rand_distr::StandardNormal;

    use super::*;
    use crate::distribution::seeded;

    const WATCH: Watch = Watch {
        period: 7,
        rate: 1.0 / 180.0,
        smallest_effect: 0.05,
        smallest_expected: 5.0,
        reference: Reference::Denominator,
    };
    const BESIDE: Watch = Watch { reference: Reference::Company, ..WATCH };

    /// Days around a level with a weekend and noise of 5 %; what both series share moves them by 10 %.
    fn pair(seed: u64, n: usize, factor: f64) -> (Vec<f64>, Vec<f64>) {
        let mut random = seeded(seed);
        let mut normal = || random.sample::<f64, _>(StandardNormal);
        (0..n)
            .map(|t| {
                let week = if t % 7 >= 5 { 0.6 } else { 1.1 };
                let shared = (0.1 * normal()).exp();
                let own = |level: f64, noise: f64| level * week * shared * (0.05 * noise).exp();
                let factor = if t + 3 >= n { factor } else { 1.0 };
                (own(200.0, normal()) * factor, own(1_000.0, normal()))
            })
            .unzip()
    }

    #[test]
    fn quiet_series_stay_within_the_rate() {
        let mut alarms = 0;
        let mut days = 0;
        for seed in 0..12 {
            let (values, _) = pair(seed, 300, 1.0);
            let ones = vec![1.0; 300];
            for end in 120..300 {
                days += 1;
                let found = newest(&values[..end], &ones[..end], &WATCH).unwrap();
                alarms += i32::from(found.is_some());
            }
        }
        // Windows overlap, so an alarm may last for three days.
        assert!(f64::from(alarms) <= 2.0 * f64::from(days) * WATCH.rate, "{alarms} of {days}");
    }

    #[test]
    fn a_drop_that_the_rest_does_not_share_is_seen_against_it() {
        let (mut alone, mut against) = (0, 0);
        for seed in 0..40 {
            let (values, rest) = pair(seed, 200, 0.8);
            let ones = vec![1.0; 200];
            alone += usize::from(newest(&values, &ones, &WATCH).unwrap().is_some());
            let found = newest(&values, &rest, &BESIDE).unwrap();
            against += usize::from(found.is_some_and(|rare| rare.deviation < 0.0));
        }
        assert!(against >= 36 && alone < against, "{alone} {against}");
    }

    #[test]
    fn what_moves_everything_is_no_news_of_a_segment() {
        let mut alarms = 0;
        for seed in 0..40 {
            let (mut values, mut rest) = pair(seed, 200, 1.0);
            for series in [&mut values, &mut rest] {
                series[197..].iter_mut().for_each(|value| *value *= 0.5);
            }
            let rare = newest(&values, &rest, &BESIDE).unwrap();
            alarms += usize::from(rare.is_some());
        }
        assert!(alarms <= 2, "{alarms}");
    }

    #[test]
    fn counts_have_the_same_spread_on_the_stable_scale() {
        // √(e + 0.01 e²) is the standard deviation of e: 10.5 of 100 less counts, and 1,005 of 10,000.
        let stable = Stable { over: 0.01 };
        let step = |mean: f64| {
            let sigma = (mean + 0.01 * mean * mean).sqrt();
            (stable.at(mean + sigma) - stable.at(mean - sigma)) / 2.0
        };
        for mean in [20.0, 100.0, 1_000.0, 10_000.0] {
            assert!((step(mean) - 1.0).abs() < 0.02, "{mean}: {}", step(mean));
        }
        assert!((Stable { over: 0.0 }.at(25.0) - 10.0).abs() < 1e-12);
        // Ten per cent of noise: e and e² have 1 + 0.01 e times the variance of Poisson's, at 400 five times.
        let root = 5.0_f64.sqrt() * 20.0;
        let past: Vec<(f64, f64)> = (0..200)
            .map(|at| {
                (
                    400.0
                        + root
                            * crate::distribution::normal_quantile((f64::from(at) + 0.5) / 200.0),
                    400.0,
                )
            })
            .collect();
        let over = Stable::new(&past).over;
        assert!((over - 0.01).abs() < 0.0005, "{over}");
    }

    #[test]
    fn what_cannot_be_judged_is_said() {
        let ones = [1.0; 60];
        assert_eq!(newest(&ones[..20], &ones[..20], &WATCH), Err(AnomalyError::TooShort(20)));
        assert!(newest(&ones, &ones[..20], &WATCH).is_err());
        let rate = Watch { rate: 0.0, ..WATCH };
        assert!(newest(&ones, &ones, &rate).is_err());
        assert_eq!(newest(&ones, &ones, &WATCH), Ok(None));
        let mut missing = ones;
        missing[59] = f64::NAN;
        assert_eq!(newest(&missing, &ones, &WATCH), Ok(None));
    }
}
