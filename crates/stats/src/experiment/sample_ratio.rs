//! Whether units were assigned as planned; if not, no result of the experiment can be trusted.

use super::effect::Effect;
use crate::distribution::{chi_square_survival, normal_survival};

/// Below this p-value the assignment is broken.
pub const ALERT: f64 = 0.001;
/// Fewer expected units than this in an arm and the test is not run.
pub const FEWEST_EXPECTED: f64 = 8.0;
/// More units than this share seen in two arms is a fault of the assignment.
pub const DOUBLE_EXPOSURE_ALERT: f64 = 0.01;

/// The test of the sample ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleRatio {
    /// χ² statistic.
    pub chi_square: f64,
    /// Probability of a deviation this large under the planned ratio.
    pub p_value: f64,
}

impl SampleRatio {
    /// Whether the assignment is broken.
    pub fn mismatch(&self) -> bool {
        self.p_value < ALERT
    }
}

/// χ² test of the units in each arm against the planned `weights` (any positive scale).
///
/// Arms with weight zero take no part, and their count does not add a degree of freedom. `None` when
/// fewer than two arms have weight or an arm expects fewer than 8 units.
/// SciPy agrees: `chisquare([10000, 10300])` has p = 0.03524.
pub fn sample_ratio(units: &[f64], weights: &[f64]) -> Option<SampleRatio> {
    let arms: Vec<(f64, f64)> =
        units.iter().copied().zip(weights.iter().copied()).filter(|&(_, w)| w > 0.0).collect();
    let all: f64 = arms.iter().map(|arm| arm.0).sum();
    let weight: f64 = arms.iter().map(|arm| arm.1).sum();
    let expected = |w: f64| all * w / weight;
    if arms.len() < 2 || !arms.iter().all(|&(n, w)| n >= 0.0 && expected(w) >= FEWEST_EXPECTED) {
        return None;
    }
    let chi_square = arms.iter().map(|&(n, w)| (n - expected(w)).powi(2) / expected(w)).sum();
    Some(SampleRatio {
        chi_square,
        p_value: chi_square_survival(chi_square, arms.len() as f64 - 1.0),
    })
}

/// Whether more than 1 % of `units` were seen in more than one arm.
pub fn doubly_exposed(in_several_arms: f64, units: f64) -> bool {
    units > 0.0 && in_several_arms / units > DOUBLE_EXPOSURE_ALERT
}

/// Whether the arms differed before the experiment began: the effect on a covariate from before,
/// p < 0.001 by the normal approximation.
pub fn imbalanced(covariate: &Effect) -> bool {
    2.0 * normal_survival((covariate.estimate / covariate.standard_error).abs()) < ALERT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_mismatch_has_its_p_value() {
        let test = sample_ratio(&[10_000.0, 10_300.0], &[0.5, 0.5]).unwrap();
        assert!((test.p_value - 0.03524).abs() < 5e-6, "{}", test.p_value);
        assert!(!test.mismatch());
    }

    #[test]
    fn an_arm_without_weight_adds_no_degree_of_freedom() {
        let with = sample_ratio(&[100.0, 130.0, 0.0], &[1.0, 1.0, 0.0]);
        assert_eq!(with, sample_ratio(&[100.0, 130.0], &[0.5, 0.5]));
    }

    #[test]
    fn a_handful_of_units_is_not_tested() {
        assert_eq!(sample_ratio(&[3.0, 9.0], &[0.5, 0.5]), None);
        assert_eq!(sample_ratio(&[100.0], &[1.0]), None);
    }

    #[test]
    fn one_in_fifty_seen_twice_is_a_fault() {
        assert!(doubly_exposed(20.0, 1000.0));
        assert!(!doubly_exposed(10.0, 1000.0));
    }
}
