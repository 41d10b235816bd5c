//! Medians and what is built on them: estimates that a few wild values cannot move.

/// Makes a median absolute deviation comparable with a standard deviation of normal noise.
pub(super) const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;

/// The value at the quantile `share` in [0, 1] of the finite values, linear between order statistics;
/// NaN without any. Reorders `values`.
pub(super) fn quantile_of(values: &mut Vec<f64>, share: f64) -> f64 {
    values.retain(|value| value.is_finite());
    let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
    let position = share.clamp(0.0, 1.0) * last as f64;
    let (below, fraction) = (position.floor() as usize, position.fract());
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    if fraction == 0.0 {
        return low;
    }
    let high = above.iter().copied().fold(f64::INFINITY, f64::min);
    low + (high - low) * fraction
}

/// The median of the finite values; NaN without any.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    quantile_of(&mut values.into_iter().collect(), 0.5)
}

/// Mean of squares of normal noise whose values beyond two standard deviations count as two.
const SQUARES_WITHIN_TWO: f64 = 0.920_536_925_7;

/// The standard deviation of deviations from zero, given by their `sizes`, of which a few may be wild.
///
/// What lies beyond two standard deviations counts as two (Huber 1964, Ann. Math. Statist. 35:73–101, proposal 2),
/// from the median absolute deviation on: it wavers half as much as that one. 0 when most are zero; NaN of none.
pub(super) fn spread(sizes: &[f64]) -> f64 {
    let mut sigma = median(sizes.iter().copied()) * MAD_TO_SIGMA;
    for _ in 0..ROUNDS_OF_SPREAD {
        let squares = sizes.iter().map(|size| size.min(2.0 * sigma).powi(2)).sum::<f64>();
        sigma = (squares / sizes.len() as f64 / SQUARES_WITHIN_TWO).sqrt();
    }
    sigma
}

/// Rounds after which it hardly moves.
const ROUNDS_OF_SPREAD: usize = 6;

/// A running median over a centred window of `window` positions, linear between blocks.
///
/// The series is cut into blocks of a 28th of the window; the level at a block's centre is the median
/// of the blocks' medians in the window around it. NaN values do not count.
pub(super) fn running_median(values: &[f64], window: usize) -> Vec<f64> {
    let block = (window / 28).max(1);
    let medians: Vec<f64> =
        values.chunks(block).map(|chunk| median(chunk.iter().copied())).collect();
    let reach = (window / block / 2).max(1);
    let mut levels: Vec<f64> = (0..medians.len())
        .map(|i| {
            let from = i.saturating_sub(reach);
            median(medians[from..(i + reach + 1).min(medians.len())].iter().copied())
        })
        .collect();
    fill_gaps(&mut levels);
    let centre = |i: usize| (i * block) as f64 + (block as f64 - 1.0) / 2.0;
    (0..values.len())
        .map(|t| {
            let position = t as f64;
            let i = t / block;
            let (a, b) = if position < centre(i) {
                (i.saturating_sub(1), i)
            } else {
                (i, (i + 1).min(levels.len() - 1))
            };
            if a == b {
                return levels[a];
            }
            let share = (position - centre(a)) / (centre(b) - centre(a));
            levels[a] + (levels[b] - levels[a]) * share.clamp(0.0, 1.0)
        })
        .collect()
}

/// Replaces NaN by the nearest value before it, or after it at the start; 0 when there is none.
pub(super) fn fill_gaps(values: &mut [f64]) {
    let mut last = values.iter().copied().find(|value| !value.is_nan()).unwrap_or(0.0);
    for value in values {
        if value.is_nan() {
            *value = last;
        }
        last = *value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::normal_quantile;

    #[test]
    fn one_wild_value_does_not_move_the_median() {
        assert_eq!([median([1.0, 2.0, 1e9]), median([1.0, f64::NAN, 2.0, 4.0, 3.0])], [2.0, 2.5]);
        assert!(median([]).is_nan());
    }

    #[test]
    fn the_spread_is_that_of_normal_noise_whatever_a_few_do() {
        let mut sizes: Vec<f64> = (0..1_000)
            .map(|at| normal_quantile((f64::from(at) + 0.5) / 1_000.0).abs() * 3.0)
            .collect();
        assert!((spread(&sizes) - 3.0).abs() < 0.02, "{}", spread(&sizes));
        sizes.iter_mut().take(10).for_each(|size| *size = 1e9);
        assert!((spread(&sizes) - 3.0).abs() < 0.1, "{}", spread(&sizes));
        assert_eq!(spread(&[0.0, 0.0, 0.0, 5.0]), 0.0);
        assert!(spread(&[]).is_nan());
    }

    #[test]
    fn the_running_median_follows_a_slope_and_passes_over_a_spike() {
        let mut values: Vec<f64> = (0..200).map(f64::from).collect();
        values[100] = 1e6;
        let level = running_median(&values, 28);
        for (t, level) in level.iter().enumerate().skip(20).take(160) {
            assert!((level - t as f64).abs() < 2.0, "{t}: {level}");
        }
    }
}
