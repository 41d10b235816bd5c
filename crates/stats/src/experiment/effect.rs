//! The difference between an arm and the first arm, relative or absolute, with its standard error.

use super::ExperimentError;
use super::metric::Estimate;

/// What a difference is measured in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// (B − A)/|A|: 0.08 is eight percent more.
    #[default]
    Relative,
    /// B − A, in the metric's own unit.
    Absolute,
}

/// An estimated difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The difference on its scale.
    pub estimate: f64,
    /// Its standard error, > 0.
    pub standard_error: f64,
    /// Welch–Satterthwaite degrees of freedom, > 0.
    pub degrees_of_freedom: f64,
    /// Units in both arms together.
    pub n: f64,
}

/// Compares `arm` with `control`.
///
/// Relative: Δ = (B − A)/|A|, Var = s²_B/(n_B·A²) + s²_A·B²/(n_A·A⁴) (delta method). Degrees of
/// freedom are those of the absolute difference on both scales. With a covariate, the lift is
/// relative to the mean as measured.
///
/// GrowthBook's gbstats 0.8.0 agrees: 1000/10000 against 1080/10000 is +8 %, p = 0.0746.
pub fn effect(control: &Estimate, arm: &Estimate, scale: Scale) -> Result<Effect, ExperimentError> {
    let (va, vb) = (control.variance_of_mean, arm.variance_of_mean);
    let spread = va + vb;
    // Rounding leaves some 1e-17 of variance in a constant column.
    let size = control.unadjusted_mean.abs().max(arm.unadjusted_mean.abs());
    if spread <= (1e-12 * size).powi(2) / control.n.min(arm.n) {
        return Err(ExperimentError::Constant);
    }
    let degrees_of_freedom =
        spread * spread / (va * va / (control.n - 1.0) + vb * vb / (arm.n - 1.0));
    let difference = arm.mean - control.mean;
    let (estimate, variance) = match scale {
        Scale::Absolute => (difference, spread),
        Scale::Relative => {
            let (a, b) = (control.unadjusted_mean, arm.unadjusted_mean);
            if a == 0.0 {
                return Err(ExperimentError::NoBaseline);
            }
            (difference / a.abs(), vb / a.powi(2) + va * b.powi(2) / a.powi(4))
        }
    };
    // A relative variance vanishes when only the control varies and the arm's mean is zero.
    if variance <= 0.0 {
        return Err(ExperimentError::NoRelativeSpread);
    }
    Ok(Effect {
        estimate,
        standard_error: variance.sqrt(),
        degrees_of_freedom,
        n: control.n + arm.n,
    })
}
