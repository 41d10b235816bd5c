//! Small counts: orders, complaints, sign-ups a day. Medians of these are zero and their deviations have
//! steps, so they are judged by the distribution of counts itself.

use statrs::function::gamma::gamma_lr;

use super::score::{WINDOWS, YEAR_S};
use crate::distribution::beta_cdf;

/// Series with a larger mean than this are measurements.
const LARGEST_MEAN: f64 = 30.0;
/// Counts that a level is the mean of, at least.
const LEVEL_COUNTS: f64 = 60.0;
/// A value less likely than this says nothing about the level.
const WILD: f64 = 1e-4;
const DAY_S: f64 = 86_400.0;

/// The rarest window that ends at a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rare {
    /// Probability of a sum at least as far on this side, doubled for the two sides; at most 1.
    pub(super) p_value: f64,
    pub(super) upwards: bool,
    /// Steps of the window.
    pub(super) window: usize,
}

/// Counts with what is expected of each step.
pub(super) struct Counts {
    expected: Vec<f64>,
    /// Variance over mean, ≥ 1: how much more counts vary than chance alone.
    dispersion: f64,
    /// Counts that the level is known from.
    level_counts: f64,
    rarest: Vec<Option<Rare>>,
    single: Vec<Option<Rare>>,
    steps_a_year: f64,
    pub(super) period: usize,
}

impl Counts {
    /// `None` for series that are not small counts: whole, not negative, with a mean of at most 30.
    pub(super) fn of(values: &[f64], step_s: f64) -> Option<Self> {
        let known: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let whole = known.iter().all(|v| *v >= 0.0 && v.fract() == 0.0);
        // Half of the mean may come from a single rush.
        let mut sorted = known.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let usual = &sorted[..(sorted.len() * 99).div_ceil(100)];
        let mean = usual.iter().sum::<f64>() / usual.len().max(1) as f64;
        if !(whole && mean > 0.0 && mean <= LARGEST_MEAN) {
            return None;
        }
        let (rhythm, period) = rhythm(values, step_s);
        let mut kept = values.to_vec();
        let mut counts = Self {
            expected: vec![mean; values.len()],
            dispersion: 1.0,
            level_counts: f64::INFINITY,
            rarest: Vec::new(),
            single: Vec::new(),
            steps_a_year: YEAR_S / step_s,
            period,
        };
        // Wild values are taken out once the level is known, and then the level is known better.
        for pass in 0..3 {
            counts.learn(&kept, &rhythm, mean, pass < 2);
            for (t, kept) in kept.iter_mut().enumerate() {
                let rare = counts.judge(values[t], counts.expected[t], 1);
                *kept = if rare.p_value < WILD { f64::NAN } else { values[t] };
            }
        }
        counts.single = (0..values.len())
            .map(|t| values[t].is_finite().then(|| counts.judge(values[t], counts.expected[t], 1)))
            .collect();
        counts.rarest = (0..values.len()).map(|t| counts.over_windows(values, t)).collect();
        Some(counts)
    }

    /// Level around each step, and how much more the counts vary than chance; `trimmed` leaves the
    /// largest hundredth of the deviations out, while wild values are still among them.
    fn learn(&mut self, kept: &[f64], rhythm: &[f64], mean: f64, trimmed: bool) {
        let window = ((LEVEL_COUNTS / mean).ceil() as usize).max(28).min(kept.len());
        let (mut sums, mut shares) = (vec![0.0], vec![0.0]);
        for (t, value) in kept.iter().enumerate() {
            let known = value.is_finite();
            sums.push(sums[t] + if known { *value } else { 0.0 });
            shares.push(shares[t] + if known { rhythm[t] } else { 0.0 });
        }
        let n = kept.len();
        for t in 0..n {
            let from = t.saturating_sub(window / 2).min(n - window);
            let share = shares[from + window] - shares[from];
            let level = (sums[from + window] - sums[from]) / share;
            let level = if share > 0.0 { level.max(0.05 * mean) } else { mean };
            self.expected[t] = (level * rhythm[t]).max(1e-9);
        }
        let mut squares: Vec<f64> = kept
            .iter()
            .zip(&self.expected)
            .filter(|(value, _)| value.is_finite())
            .map(|(value, expected)| (value - expected).powi(2) / expected.max(0.05 * mean))
            .collect();
        squares.sort_unstable_by(f64::total_cmp);
        if trimmed {
            squares.truncate(squares.len() * 99 / 100);
        }
        let known = f64::max(squares.len() as f64 - 1.0, 1.0);
        self.dispersion = (squares.iter().sum::<f64>() / known).max(1.0);
        self.level_counts = mean * window as f64;
    }

    fn judge(&self, sum: f64, expected: f64, window: usize) -> Rare {
        // The level is an estimate itself: that adds to the spread of long windows.
        let dispersion = self.dispersion * (1.0 + expected / self.level_counts);
        let above = at_least(sum, expected, dispersion);
        let below = 1.0 - at_least(sum + 1.0, expected, dispersion);
        let upwards = above < below;
        Rare { p_value: (2.0 * above.min(below)).min(1.0), upwards, window }
    }

    fn over_windows(&self, values: &[f64], t: usize) -> Option<Rare> {
        if !values[t].is_finite() {
            return None;
        }
        WINDOWS
            .iter()
            .filter(|&&window| t + 1 >= window)
            .filter_map(|&window| {
                let steps = t + 1 - window..=t;
                let known: Vec<usize> = steps.filter(|&s| values[s].is_finite()).collect();
                (2 * known.len() >= window).then(|| {
                    let sum = known.iter().map(|&s| values[s]).sum();
                    let expected = known.iter().map(|&s| self.expected[s]).sum();
                    self.judge(sum, expected, window)
                })
            })
            .min_by(|a, b| a.p_value.total_cmp(&b.p_value))
    }

    pub(super) fn rarest(&self, t: usize) -> Option<Rare> {
        self.rarest[t]
    }

    /// A p-value of one window for having looked at several lengths. Windows that overlap tell much
    /// the same, so half their number is enough.
    pub(super) fn over_all_windows(p_value: f64) -> f64 {
        (0.5 * WINDOWS.len() as f64 * p_value).min(1.0)
    }

    /// −log₁₀ of how often a year so rare a window occurs.
    pub(super) fn score(&self, p_value: f64) -> f64 {
        // Counts have steps, so a limit is reached less often than its probability says: that makes up
        // for the several windows.
        -(p_value.max(1e-300) * self.steps_a_year).log10()
    }

    /// Whether the value at `t` alone is on this side, and not among the usual half.
    pub(super) fn deviates(&self, t: usize, upwards: bool) -> bool {
        self.single[t].is_some_and(|rare| rare.upwards == upwards && rare.p_value < 0.32)
    }

    /// The least and the most that do not reach the score `limit` alone, and the expected value.
    pub(super) fn band(&self, t: usize, limit: f64) -> (f64, f64, f64) {
        let expected = self.expected[t];
        let reached = |count: f64| self.score(self.judge(count, expected, 1).p_value) >= limit;
        let (mut low, mut high) = (expected.floor(), expected.ceil());
        while low > 0.0 && !reached(low - 1.0) {
            low -= 1.0;
        }
        while !reached(high + 1.0) && high < 1e4 {
            high += 1.0;
        }
        (low.min(expected), expected, high.max(expected))
    }
}

/// P(Y ≥ `count`) for counts with this mean and variance `dispersion`·mean: Poisson, or negative
/// binomial with a size in proportion to the mean, so that sums of such counts are again such counts.
///
/// SciPy: `poisson.sf(6, 2)` is 0.00453381, `nbinom.sf(6, 4, 2/3)` (mean 2, dispersion 1.5) 0.0196616.
fn at_least(count: f64, mean: f64, dispersion: f64) -> f64 {
    if count <= 0.0 {
        return 1.0;
    }
    if dispersion < 1.0 + 1e-6 {
        return gamma_lr(count, mean);
    }
    let size = mean / (dispersion - 1.0);
    1.0 - beta_cdf(1.0 / dispersion, size, count)
}

/// What is usual at each step relative to the level, and the longest period: hours of the day and days of
/// the week, each pulled to 1 as far as chance explains it.
fn rhythm(values: &[f64], step_s: f64) -> (Vec<f64>, usize) {
    let n = values.len();
    let mut rhythm = vec![1.0; n];
    let mut longest = 0;
    let day = (DAY_S / step_s).round() as usize;
    let mut slots: Vec<(usize, usize)> = Vec::new();
    if day >= 2 && (day as f64 * step_s - DAY_S).abs() < 0.02 * DAY_S {
        // No finer than hours: counts are few.
        slots.push((day, (day / 24).max(1)));
        slots.push((7 * day, day));
    } else if day == 1 {
        slots.push((7, 1));
    }
    for (period, width) in slots.into_iter().filter(|(period, _)| n >= 4 * period) {
        let bins = period / width;
        let (mut sums, mut expected) = (vec![0.0; bins], vec![0.0; bins]);
        let all: f64 = values.iter().filter(|v| v.is_finite()).sum();
        let total: f64 =
            values.iter().zip(&rhythm).filter(|(v, _)| v.is_finite()).map(|(_, r)| r).sum();
        let mean = all / total;
        for (t, value) in values.iter().enumerate().filter(|(_, v)| v.is_finite()) {
            let bin = (t % period / width).min(bins - 1);
            // A rush may not make its weekday a busy one.
            sums[bin] += value.min(4.0 * mean + 4.0);
            expected[bin] += rhythm[t] * mean;
        }
        let scale = sums.iter().sum::<f64>() / expected.iter().sum::<f64>();
        expected.iter_mut().for_each(|e| *e *= scale);
        let between: f64 = sums.iter().zip(&expected).map(|(s, e)| (s - e).powi(2)).sum();
        let chance: f64 = 1.5 * expected.iter().sum::<f64>();
        let size: f64 = expected.iter().map(|e| e * e).sum();
        let variance = (between - chance) / size;
        if variance <= 0.0 {
            continue;
        }
        longest = period;
        let prior = 1.0 / variance;
        for (t, rhythm) in rhythm.iter_mut().enumerate() {
            let bin = (t % period / width).min(bins - 1);
            *rhythm *= (sums[bin] + prior) / (expected[bin] + prior);
        }
    }
    (rhythm, longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::{Settings, detect};
    use crate::distribution::seeded;
    use rand_distr::{Distribution as _, Gamma, Poisson};

    #[test]
    fn tails_are_those_of_scipy() {
        assert!((at_least(7.0, 2.0, 1.0) - 0.004_533_805_526_2).abs() < 1e-10);
        assert!((at_least(7.0, 2.0, 1.5) - 0.019_661_636_945_6).abs() < 1e-10);
        assert!((1.0 - at_least(1.0, 2.0, 1.5) - 0.197_530_864_197_5).abs() < 1e-10);
    }

    /// A year of days each; the budget is one false alarm a year.
    #[test]
    fn counts_of_every_size_keep_the_budget_of_false_alarms() {
        let mut random = seeded(20);
        let times: Vec<i64> = (0..365).map(|day| day * 86_400).collect();
        let week = [1.0, 1.1, 1.0, 1.1, 1.3, 0.8, 0.7];
        for (mean, spread) in [
            (0.1, 0.0),
            (0.5, 0.0),
            (2.0, 0.0),
            (6.0, 0.0),
            (20.0, 0.0),
            (0.5, 0.5),
            (4.0, 0.3),
            (15.0, 0.1),
        ] {
            let runs = 60;
            let mut alarms = 0;
            for _ in 0..runs {
                let values: Vec<f64> = (0..365)
                    .map(|day| {
                        let usual = mean * week[day % 7];
                        let rate = if spread > 0.0 {
                            Gamma::new(1.0 / spread, usual * spread).unwrap().sample(&mut random)
                        } else {
                            usual
                        };
                        Poisson::new(f64::max(rate, 1e-9)).unwrap().sample(&mut random)
                    })
                    .collect();
                if let Ok(found) = detect(&times, &values, &Settings::default()) {
                    alarms += found.anomalies.len();
                }
            }
            let a_year = alarms as f64 / f64::from(runs);
            println!("mean {mean}, spread {spread}: {a_year} alarms a year");
            assert!(a_year <= 1.4, "{mean} {spread}: {a_year}");
        }
    }

    #[test]
    fn a_rush_and_a_silence_of_small_counts_are_found() {
        let mut random = seeded(21);
        let poisson = Poisson::new(5.0).unwrap();
        let times: Vec<i64> = (0..300).map(|day| day * 86_400).collect();
        let mut values: Vec<f64> = (0..300).map(|_| poisson.sample(&mut random)).collect();
        values[150] = 22.0;
        values[220..225].fill(0.0);
        let found = detect(&times, &values, &Settings::default()).unwrap();
        let at = |day: i64| {
            found.anomalies.iter().any(|a| a.from_s <= day * 86_400 && day * 86_400 <= a.to_s)
        };
        assert!(at(150) && at(222), "{:?}", found.anomalies);
        assert!(found.points.iter().all(|p| p.low <= p.expected && p.expected <= p.high));
    }
}
