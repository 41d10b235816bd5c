//! Intervals and p-values that stay right however often one looks.

use super::effect::Effect;
use super::fixed::Judgement;
use crate::distribution::Interval;

/// The sample size at which the confidence sequence is tightest when nothing else is said.
pub const DEFAULT_TUNING: f64 = 5000.0;

/// Mixing parameter ρ of the asymptotic confidence sequence that is tightest at `tuning` units.
///
/// ρ = √((−2 ln α + ln(1 − 2 ln α))/N*). Worked outside this project: ρ(0.05, 5000) = 0.039840.
pub fn rho(alpha: f64, tuning: f64) -> f64 {
    let evidence = -2.0 * alpha.ln();
    ((evidence + (evidence + 1.0).ln()) / tuning).sqrt()
}

/// Half-width of the asymptotic confidence sequence after `n` units with unit variance `variance`.
///
/// s·√(2(nρ²+1)/(n²ρ²) · ln(√(nρ²+1)/α)). Source: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas,
/// arXiv 2103.06476, eq. 9. Worked outside this project, s = 1, α = 0.05, N* = 5000: 0.106375 at
/// n = 1000, 0.042924 at 5000, 0.022112 at 20,000.
pub fn half_width(variance: f64, n: f64, alpha: f64, tuning: f64) -> f64 {
    let square = rho(alpha, tuning).powi(2);
    let grown = n * square + 1.0;
    (variance * 2.0 * grown / (n * n * square) * (0.5 * grown.ln() - alpha.ln())).sqrt()
}

/// Always-valid interval and p-value of a difference: the chance that the interval ever excludes the
/// truth, over all looks, is at most `alpha` (for large samples).
///
/// `tuning` is the number of units N* (both arms) at which the sequence is tightest. On the relative
/// scale with skewed revenue and tens of buyers the chance is higher (5 to 20 % in simulation: the
/// estimated variance moves with the estimate); decide there by the absolute effect, whose chance stays
/// below 2 %, as [`super::analysis`] does.
/// p = min(1, √(nρ²+1)·exp(−ρ²t²n/(2(nρ²+1)))) with t the estimate over its standard error.
pub fn always_valid(effect: &Effect, alpha: f64, tuning: f64) -> Judgement {
    let Effect { estimate, standard_error, n, .. } = *effect;
    let reach = half_width(standard_error.powi(2) * n, n, alpha, tuning);
    let square = rho(alpha, tuning).powi(2);
    let grown = n * square + 1.0;
    let t = estimate / standard_error;
    let ln_p = 0.5 * grown.ln() - square * t * t * n / (2.0 * grown);
    Judgement { interval: Interval::around(estimate, reach), p_value: ln_p.exp().min(1.0) }
}

/// The mixture sequential probability ratio test with a normal mixture.
///
/// For the mean of `n` observations with known `variance` against zero, effects being N(0, τ²) with
/// τ² = `mixing_variance`. For two arms take n units in each and the variance of one difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Msprt {
    /// Variance of one observation, > 0.
    pub variance: f64,
    /// Variance τ² of the effects one expects, > 0.
    pub mixing_variance: f64,
}

impl Msprt {
    /// ln Λ of a mean after `n` observations.
    ///
    /// Λ = √(σ²/(σ²+nτ²))·exp(n²τ²x̄²/(2σ²(σ²+nτ²))). Source: Johari, Koomen, Pekelis, Walsh,
    /// "Always Valid Inference", Operations Research 2022, eq. 6. Worked outside this project: n = 5000,
    /// x̄ = 0.05, σ² = 1, τ² = 0.0025: Λ = 88.7384, p = 0.0112691.
    pub fn ln_ratio(&self, n: f64, mean: f64) -> f64 {
        let (s, t) = (self.variance, self.mixing_variance);
        let total = s + n * t;
        0.5 * (s / total).ln() + n * n * t * mean * mean / (2.0 * s * total)
    }

    /// The p-value of one look, min(1, 1/Λ). Over several looks, keep the smallest.
    pub fn p_value(&self, n: f64, mean: f64) -> f64 {
        (-self.ln_ratio(n, mean)).exp().min(1.0)
    }

    /// All means that the test does not reject at `alpha` after `n` observations.
    pub fn interval(&self, n: f64, mean: f64, alpha: f64) -> Interval {
        let (s, t) = (self.variance, self.mixing_variance);
        let total = s + n * t;
        let evidence = 0.5 * (total / s).ln() - alpha.ln();
        Interval::around(mean, (2.0 * s * total * evidence / (n * n * t)).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64, tolerance: f64) {
        assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected}");
    }

    #[test]
    fn the_confidence_sequence_has_the_published_width() {
        close(rho(0.05, 5000.0), 0.039840, 5e-7);
        close(half_width(1.0, 1000.0, 0.05, 5000.0), 0.106375, 5e-7);
        close(half_width(1.0, 5000.0, 0.05, 5000.0), 0.042924, 5e-7);
        close(half_width(1.0, 20_000.0, 0.05, 5000.0), 0.022112, 5e-7);
    }

    #[test]
    fn the_mixture_test_has_the_worked_likelihood_ratio() {
        let test = Msprt { variance: 1.0, mixing_variance: 0.0025 };
        close(test.ln_ratio(5000.0, 0.05).exp(), 88.7384, 5e-5);
        close(test.p_value(5000.0, 0.05), 0.0112691, 5e-8);
    }

    #[test]
    fn the_interval_of_the_mixture_test_ends_where_p_is_alpha() {
        let test = Msprt { variance: 2.0, mixing_variance: 0.01 };
        let interval = test.interval(800.0, 0.3, 0.05);
        close(test.p_value(800.0, 0.3 - interval.low), 0.05, 1e-12);
    }

    #[test]
    fn the_p_value_is_alpha_where_the_interval_touches_zero() {
        let effect =
            Effect { estimate: 0.1, standard_error: 0.03, degrees_of_freedom: 900.0, n: 2000.0 };
        let reach = always_valid(&effect, 0.05, 5000.0).interval.high - 0.1;
        let touching = Effect { estimate: reach, ..effect };
        close(always_valid(&touching, 0.05, 5000.0).p_value, 0.05, 1e-9);
    }
}
