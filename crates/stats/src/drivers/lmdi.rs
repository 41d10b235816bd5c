//! Logarithmic mean Divisia index: a product's change as a sum over its factors, without residual.

use super::{DriversError, not_negative};

/// Contribution of each factor to the change of their product, in the product's unit.
///
/// With V = Πk: ΔV_k = L(V₁, V₀)·ln(k₁/k₀), L(a, b) = (a − b)/ln(a/b), L(a, a) = a. The contributions
/// add up to V₁ − V₀ and do not depend on the order of the factors. Factors are numbers ≥ 0.
///
/// Zeros take their limits: a factor that rises from or falls to zero carries the whole change;
/// several such factors share it equally.
///
/// Source: Ang (2005), Energy Policy 33:867–871. Worked outside this project: visits 10,000 → 11,000,
/// conversion 2 → 1.8 %, order value 50 → 52 give +967.139, −1,069.123, +397.984 of +296.
pub fn contributions(before: &[f64], after: &[f64]) -> Result<Vec<f64>, DriversError> {
    if before.len() != after.len() {
        return Err(DriversError::Lengths { left: before.len(), right: after.len() });
    }
    if before.is_empty() {
        return Err(DriversError::Empty("there are no factors"));
    }
    for &factor in before.iter().chain(after) {
        not_negative("a factor", factor)?;
    }
    let (product_before, product_after) =
        (before.iter().product::<f64>(), after.iter().product::<f64>());
    if product_before > 0.0 && product_after > 0.0 {
        let weight = logarithmic_mean(product_after, product_before);
        return Ok(before.iter().zip(after).map(|(b, a)| weight * (a / b).ln()).collect());
    }
    // At a zero the limit gives the change to the factors whose crossing made the product (non-)zero.
    let crossing: Vec<bool> =
        before.iter().zip(after).map(|(b, a)| (*b == 0.0) != (*a == 0.0)).collect();
    let crossings = crossing.iter().filter(|&&crosses| crosses).count().max(1) as f64;
    let share = (product_after - product_before) / crossings;
    Ok(crossing.into_iter().map(|crosses| if crosses { share } else { 0.0 }).collect())
}

/// (a − b)/ln(a/b) for a, b > 0, accurate when they are close.
fn logarithmic_mean(a: f64, b: f64) -> f64 {
    let relative = (a - b) / b;
    if relative.abs() < 1e-5 {
        // ln(1+x)/x = 1 − x/2 + x²/3 …
        b / (1.0 - relative / 2.0 + relative * relative / 3.0)
    } else {
        (a - b) / (a / b).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn revenue_splits_into_visits_conversion_and_order_value() {
        let parts = contributions(&[10_000.0, 0.02, 50.0], &[11_000.0, 0.018, 52.0]).unwrap();
        for (part, expected) in parts.iter().zip([967.139, -1069.123, 397.984]) {
            assert!((part - expected).abs() < 5e-4, "{part} is not {expected}");
        }
        assert!((parts.iter().sum::<f64>() - 296.0).abs() < 1e-9);
    }

    #[test]
    fn the_factor_that_came_from_zero_carries_the_change() {
        let parts = contributions(&[100.0, 0.0, 20.0], &[80.0, 0.5, 30.0]).unwrap();
        assert_eq!(parts, vec![0.0, 1200.0, 0.0]);
    }

    #[test]
    fn a_negative_factor_is_refused() {
        assert!(contributions(&[-1.0], &[2.0]).is_err());
        assert!(contributions(&[1.0], &[f64::NAN]).is_err());
        assert!(contributions(&[1.0], &[1.0, 2.0]).is_err());
    }

    proptest! {
        #[test]
        fn contributions_add_up_and_ignore_the_order_of_factors(
            factors in prop::collection::vec((0.0..1e4f64, 0.0..1e4f64), 1..6),
        ) {
            let (before, after): (Vec<f64>, Vec<f64>) = factors.iter().copied().unzip();
            let parts = contributions(&before, &after).unwrap();
            let change = after.iter().product::<f64>() - before.iter().product::<f64>();
            let size = after.iter().product::<f64>().max(before.iter().product::<f64>());
            prop_assert!((parts.iter().sum::<f64>() - change).abs() <= 1e-9 * size.max(1.0));
            let turned = |list: &[f64]| list.iter().rev().copied().collect::<Vec<_>>();
            let mut again = contributions(&turned(&before), &turned(&after)).unwrap();
            again.reverse();
            for (x, y) in parts.iter().zip(&again) {
                prop_assert!((x - y).abs() <= 1e-9 * size.max(1.0));
            }
        }
    }
}
