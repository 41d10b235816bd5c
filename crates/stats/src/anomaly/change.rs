//! Lasting changes: shifts of level, and drift too slow for any single value to stand out.

use super::robust::{MAD_TO_SIGMA, median};

/// A new level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// Position of the first value at the new level.
    pub at: usize,
    /// Mean of the level before.
    pub before: f64,
    /// Mean of the level after.
    pub after: f64,
    /// Size of the change in standard errors of its estimate.
    pub score: f64,
}

/// Positions where the level of a series without rhythm shifts, by penalised least squares.
///
/// Minimises Σ(x − level)²/σ² + penalty·shifts over all divisions into stretches of at least
/// `shortest` values, exactly (optimal partitioning with pruning). σ comes from differences (of values and of
/// block means), so shifts do not inflate it, and single spikes are cut to 3 σ from their neighbours. `penalty` 0 takes 3·ln n, a little stricter than BIC. Values that are not
/// finite are passed over. O(n) to O(n²).
///
/// Source: Killick, Fearnhead, Eckley (2012), JASA 107:1590–1598 (PELT).
pub fn shifts(values: &[f64], shortest: usize, penalty: f64) -> Vec<Shift> {
    let kept: Vec<(usize, f64)> =
        values.iter().copied().enumerate().filter(|(_, value)| value.is_finite()).collect();
    let shortest = shortest.max(2);
    let n = kept.len();
    let sigma = noise(&kept);
    if n < 2 * shortest || sigma.is_nan() || sigma <= 0.0 {
        return Vec::new();
    }
    let penalty = if penalty > 0.0 { penalty } else { 3.0 * (n as f64).ln() };
    let sums = Sums::new(&without_spikes(&kept, sigma), sigma);
    let cuts = best_cuts(n, shortest, penalty, &sums);
    let mut edges = vec![0];
    edges.extend(&cuts);
    edges.push(n);
    edges
        .windows(3)
        .map(|edge| {
            let (before, after) = (sums.mean(edge[0], edge[1]), sums.mean(edge[1], edge[2]));
            let lengths = [(edge[1] - edge[0]) as f64, (edge[2] - edge[1]) as f64];
            let error = (lengths[0].recip() + lengths[1].recip()).sqrt();
            Shift {
                at: kept[edge[1]].0,
                before: before * sigma,
                after: after * sigma,
                score: (after - before).abs() / error,
            }
        })
        .collect()
}

/// The noise of a series around its levels: see [`shifts`]. NaN for fewer than two values.
pub(super) fn spread_of(values: &[f64]) -> f64 {
    let kept: Vec<(usize, f64)> =
        values.iter().copied().enumerate().filter(|(_, value)| value.is_finite()).collect();
    noise(&kept)
}

/// How many values make a block when the noise is measured over a longer time.
const BLOCK: usize = 7;

/// Standard deviation of the noise, robust to shifts and spikes: from first differences, or from
/// differences of block means where those say more, because values remember their past.
fn noise(kept: &[(usize, f64)]) -> f64 {
    let values: Vec<f64> = kept.iter().map(|row| row.1).collect();
    let short = from_differences(&values);
    let blocks: Vec<f64> =
        values.chunks_exact(BLOCK).map(|block| block.iter().sum::<f64>() / BLOCK as f64).collect();
    if blocks.len() < 10 {
        return short;
    }
    short.max(from_differences(&blocks) * (BLOCK as f64).sqrt())
}

fn from_differences(values: &[f64]) -> f64 {
    let differences = || values.windows(2).map(|pair| pair[1] - pair[0]);
    let middle = median(differences());
    MAD_TO_SIGMA * median(differences().map(|d| (d - middle).abs())) / std::f64::consts::SQRT_2
}

/// Values further than 3 σ from the median of the nine around them are brought back to 3 σ.
fn without_spikes(kept: &[(usize, f64)], sigma: f64) -> Vec<f64> {
    (0..kept.len())
        .map(|i| {
            let near = &kept[i.saturating_sub(4)..(i + 5).min(kept.len())];
            let centre = median(near.iter().map(|row| row.1));
            kept[i].1.clamp(centre - 3.0 * sigma, centre + 3.0 * sigma)
        })
        .collect()
}

struct Sums {
    sum: Vec<f64>,
    squares: Vec<f64>,
}

impl Sums {
    fn new(values: &[f64], sigma: f64) -> Self {
        let (mut sum, mut squares) = (vec![0.0], vec![0.0]);
        for (i, value) in values.iter().enumerate() {
            let x = value / sigma;
            sum.push(sum[i] + x);
            squares.push(squares[i] + x * x);
        }
        Self { sum, squares }
    }

    fn mean(&self, from: usize, to: usize) -> f64 {
        (self.sum[to] - self.sum[from]) / (to - from) as f64
    }

    fn cost(&self, from: usize, to: usize) -> f64 {
        let sum = self.sum[to] - self.sum[from];
        (self.squares[to] - self.squares[from] - sum * sum / (to - from) as f64).max(0.0)
    }
}

fn best_cuts(n: usize, shortest: usize, penalty: f64, sums: &Sums) -> Vec<usize> {
    let mut best = vec![f64::INFINITY; n + 1];
    best[0] = -penalty;
    let mut from = vec![0; n + 1];
    let mut open = vec![0];
    for to in shortest..=n {
        let reachable = |start: &&usize| **start + shortest <= to;
        if let Some((cost, start)) = open
            .iter()
            .filter(reachable)
            .map(|&start| (best[start] + sums.cost(start, to) + penalty, start))
            .min_by(|a, b| a.0.total_cmp(&b.0))
        {
            (best[to], from[to]) = (cost, start);
        }
        // A start that is already worse than ending here can never be part of the best division.
        open.retain(|&start| {
            start + shortest > to || best[start] + sums.cost(start, to) <= best[to]
        });
        open.push(to);
    }
    let mut cuts = Vec::new();
    let mut at = from[n];
    while at > 0 {
        cuts.push(at);
        at = from[at];
    }
    cuts.reverse();
    cuts
}

/// A drift that a cumulative sum has become sure of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// Position where the sum last stood at zero: where the drift began.
    pub from: usize,
    /// Position where it crossed the threshold.
    pub noticed: usize,
    /// Whether the series went up.
    pub upwards: bool,
}

/// Tabular CUSUM of standardised residuals: sums what exceeds `slack` (in standard deviations, half of
/// the shift one wants to see) and raises an alarm above `threshold`; then starts anew.
///
/// With slack 0.5 and threshold 5, independent normal residuals raise a false alarm every 465 values
/// on average over both sides, and a shift of one standard deviation is noticed after 10.4 (ARL₀ and
/// ARL₁). Values that are not finite are passed over.
///
/// Source: Montgomery, Introduction to Statistical Quality Control, 7th ed., tables 9.3 and 9.4.
pub fn cusum(residuals: &[f64], slack: f64, threshold: f64) -> Vec<Drift> {
    let mut found = Vec::new();
    let mut sides = [(0.0_f64, 0_usize), (0.0, 0)];
    for (t, &value) in residuals.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        let mut noticed = None;
        for (side, sign) in sides.iter_mut().zip([1.0, -1.0]) {
            let next = side.0 + sign * value - slack;
            *side = if next > 0.0 { (next, side.1) } else { (0.0, t + 1) };
            if side.0 > threshold {
                noticed = Some(Drift { from: side.1, noticed: t, upwards: sign > 0.0 });
            }
        }
        if let Some(drift) = noticed {
            found.push(drift);
            sides = [(0.0, t + 1), (0.0, t + 1)];
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::seeded;
    use rand::RngExt as _;
    use rand_distr::StandardNormal;

    fn normal(n: usize, seed: u64) -> Vec<f64> {
        let mut random = seeded(seed);
        (0..n).map(|_| random.sample::<f64, _>(StandardNormal)).collect()
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        let mut values = normal(300, 1);
        values.iter_mut().skip(180).for_each(|x| *x += 2.0);
        let found = shifts(&values, 10, 0.0);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].at.abs_diff(180) <= 3, "{found:?}");
        assert!((found[0].after - found[0].before - 2.0).abs() < 0.4);
    }

    #[test]
    fn noise_has_no_shifts() {
        let with_shifts =
            (0..200).filter(|&seed| !shifts(&normal(200, seed), 5, 0.0).is_empty()).count();
        assert!(with_shifts <= 10, "{with_shifts} of 200");
    }

    #[test]
    fn a_spike_is_not_a_shift() {
        let mut values = normal(200, 4);
        values[100] = 9.0;
        assert!(shifts(&values, 5, 0.0).is_empty());
    }

    /// Montgomery, table 9.3: a shift of one σ is noticed after 10.4 values on average.
    #[test]
    fn a_small_shift_is_noticed_after_the_published_run_length() {
        let runs = 2000;
        let total: usize = (0..runs)
            .map(|seed| {
                let shifted: Vec<f64> = normal(200, seed).iter().map(|x| x + 1.0).collect();
                cusum(&shifted, 0.5, 5.0).first().map_or(200, |drift| drift.noticed + 1)
            })
            .sum();
        let average = total as f64 / runs as f64;
        assert!((average - 10.4).abs() < 0.4, "{average}");
    }

    #[test]
    fn a_drift_begins_before_it_is_noticed() {
        let slope: Vec<f64> = normal(400, 9)
            .iter()
            .enumerate()
            .map(|(t, x)| x + if t > 200 { (t - 200) as f64 * 0.02 } else { 0.0 })
            .collect();
        let found = cusum(&slope, 0.5, 8.0);
        let first = found.first().unwrap();
        assert!(first.upwards && first.from < first.noticed && first.noticed > 200, "{first:?}");
    }
}
