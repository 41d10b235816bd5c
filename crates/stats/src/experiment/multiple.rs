//! Many tests at once: adjusted p-values.

/// Holm's adjusted p-values, in the order given: reject where ≤ α and the chance of any false
/// rejection is at most α. For the goals of an experiment.
///
/// Source: Holm (1979), Scand. J. Statist. 6:65–70. statsmodels agrees:
/// `multipletests([0.01, 0.04, 0.03, 0.005], method="holm")` gives 0.03, 0.06, 0.06, 0.02.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let order = ranked(p_values);
    let mut adjusted = p_values.to_vec();
    let mut largest = 0.0_f64;
    for (rank, &index) in order.iter().enumerate() {
        largest = largest.max((p_values[index] * (order.len() - rank) as f64).min(1.0));
        adjusted[index] = largest;
    }
    adjusted
}

/// Benjamini–Hochberg's adjusted p-values, in the order given: among rejections at ≤ q, at most the
/// share q is false on average. For secondary metrics and segments.
///
/// Source: Benjamini, Hochberg (1995), JRSS B 57:289–300. statsmodels agrees:
/// `multipletests([0.01, 0.04, 0.03, 0.005], method="fdr_bh")` is 0.02, 0.04, 0.04, 0.02.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let order = ranked(p_values);
    let mut adjusted = p_values.to_vec();
    let mut smallest = 1.0_f64;
    for (rank, &index) in order.iter().enumerate().rev() {
        smallest = smallest.min(p_values[index] * order.len() as f64 / (rank + 1) as f64);
        // Rounding must not lower a p-value.
        adjusted[index] = smallest.max(p_values[index]);
    }
    adjusted
}

/// Positions by rising p-value; tests without a p-value (NaN) do not count.
fn ranked(p_values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p_values.len()).filter(|&i| !p_values[i].is_nan()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(actual: &[f64], expected: &[f64]) {
        assert!(actual.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-12), "{actual:?}");
    }

    /// statsmodels `multipletests`, computed for this test.
    #[test]
    fn adjusted_values_are_those_of_statsmodels() {
        close(&holm(&[0.01, 0.04, 0.03, 0.005]), &[0.03, 0.06, 0.06, 0.02]);
        close(&benjamini_hochberg(&[0.01, 0.04, 0.03, 0.005]), &[0.02, 0.04, 0.04, 0.02]);
        let p = [0.001, 0.2, 0.013, 0.8, 0.04, 0.04];
        close(&holm(&p), &[0.006, 0.4, 0.065, 0.8, 0.16, 0.16]);
        close(&benjamini_hochberg(&p), &[0.006, 0.24, 0.039, 0.8, 0.06, 0.06]);
    }

    #[test]
    fn a_test_without_a_result_does_not_count() {
        let adjusted = holm(&[0.01, f64::NAN]);
        assert!((adjusted[0] - 0.01).abs() < 1e-15);
        assert!(adjusted[1].is_nan());
    }

    proptest! {
        #[test]
        fn adjustment_only_raises_and_holm_is_the_stricter(p in prop::collection::vec(0.0..1f64, 1..20)) {
            let (strict, loose) = (holm(&p), benjamini_hochberg(&p));
            for i in 0..p.len() {
                prop_assert!(p[i] <= loose[i] && loose[i] <= strict[i] + 1e-15 && strict[i] <= 1.0);
            }
        }
    }
}
