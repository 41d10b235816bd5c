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

    #[test]
    fn one_wild_value_does_not_move_the_median() {
        assert_eq!([median([1.0, 2.0, 1e9]), median([1.0, f64::NAN, 2.0, 4.0, 3.0])], [2.0, 2.5]);
        assert!(median([]).is_nan());
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
