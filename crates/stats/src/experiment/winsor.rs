//! Revenue has a long tail: a few large orders drown everything else. Winsorising caps them.

use super::metric::Moments;

/// The value at the quantile `share` in [0, 1] of all arms together: one cap for everybody, found
/// without looking at who was in which arm. `None` without values.
///
/// Linear between order statistics, as NumPy: `quantile([1, 2, 3, 4, 100], 0.9)` is 61.6.
/// With `only_above_zero`, visitors who bought nothing do not count: 0.99 is then the share of buyers.
pub fn cap(
    values: impl IntoIterator<Item = f64>,
    share: f64,
    only_above_zero: bool,
) -> Option<f64> {
    let mut sorted: Vec<f64> =
        values.into_iter().filter(|&x| !x.is_nan() && (!only_above_zero || x > 0.0)).collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let position = share.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
    Some(below + (above - below) * position.fract())
}

/// Moments of the values with everything above `cap` counted as `cap`.
pub fn winsorised(values: impl IntoIterator<Item = f64>, cap: f64) -> Moments {
    Moments::of(values.into_iter().map(|value| value.min(cap)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cap_is_numpys_quantile() {
        assert!((cap([100.0, 1.0, 2.0, 3.0, 4.0], 0.9, false).unwrap() - 61.6).abs() < 1e-12);
        assert_eq!(cap([0.0, 0.0, 5.0], 0.5, true), Some(5.0));
        assert_eq!(cap([], 0.9, false), None);
    }

    #[test]
    fn one_large_order_no_longer_decides() {
        let moments = winsorised([10.0, 12.0, 9000.0], 20.0);
        assert_eq!(moments, Moments::of([10.0, 12.0, 20.0]));
    }
}
