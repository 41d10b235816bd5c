//! Distribution functions, quantiles and seeded draws that every method shares.
//!
//! Thin, total wrappers over `statrs`: outside the domain they return NaN instead of panicking, and
//! upper tails are computed directly, so that a p-value of 1e-30 is not rounded to zero.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use statrs::function::{beta, erf, gamma};

/// A range that holds the estimated value with a stated confidence. Either end may be infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end, inclusive.
    pub low: f64,
    /// Upper end, inclusive.
    pub high: f64,
}

impl Interval {
    /// The interval `centre ± half_width`.
    pub fn around(centre: f64, half_width: f64) -> Self {
        Self { low: centre - half_width, high: centre + half_width }
    }

    /// Whether `value` lies inside, ends included.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// The distance between the ends.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

/// A generator that gives the same draws for the same seed on every machine and in every run.
pub fn seeded(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Density of the standard normal distribution at `z`.
pub fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt()
}

/// P(Z ≤ z) of the standard normal distribution. Φ(1.96) = 0.9750021.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erf::erfc(-z / std::f64::consts::SQRT_2)
}

/// P(Z > z), exact far into the tail: at 10 it is 7.6199e-24.
pub fn normal_survival(z: f64) -> f64 {
    0.5 * erf::erfc(z / std::f64::consts::SQRT_2)
}

/// The z with Φ(z) = `p`, for `p` in [0, 1] (±∞ at the ends, NaN outside). Φ⁻¹(0.975) = 1.959964.
///
/// One Newton step on top of the rational approximation brings it to full precision.
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p > 0.5 {
        return -lower_normal_quantile(1.0 - p);
    }
    lower_normal_quantile(p)
}

fn lower_normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let z = -std::f64::consts::SQRT_2 * erf::erfc_inv(2.0 * p);
    let density = normal_density(z);
    if density > 0.0 { z - (normal_cdf(z) - p) / density } else { z }
}

/// Degrees of freedom above which Student's t is the normal to double precision, after correction.
const T_IS_NORMAL: f64 = 1e7;

/// P(|T| ≥ |t|) of Student's t with `dof` > 0 degrees of freedom: the two-sided p-value.
pub fn t_two_sided(t: f64, dof: f64) -> f64 {
    if dof.is_nan() || dof <= 0.0 || t.is_nan() {
        return f64::NAN;
    }
    if t.is_infinite() {
        return 0.0;
    }
    if dof > T_IS_NORMAL {
        return 2.0 * normal_survival(t.abs());
    }
    let square = t * t;
    // The argument near 1 loses digits for small t, so the complement is used there.
    if square < dof {
        1.0 - beta::beta_reg(0.5, 0.5 * dof, square / (dof + square))
    } else {
        beta::beta_reg(0.5 * dof, 0.5, dof / (dof + square))
    }
}

/// P(T > t) of Student's t with `dof` > 0 degrees of freedom.
pub fn t_survival(t: f64, dof: f64) -> f64 {
    let half = 0.5 * t_two_sided(t, dof);
    if t >= 0.0 { half } else { 1.0 - half }
}

/// P(T ≤ t) of Student's t with `dof` > 0 degrees of freedom.
pub fn t_cdf(t: f64, dof: f64) -> f64 {
    t_survival(-t, dof)
}

/// The t with P(T ≤ t) = `p`, `p` in [0, 1]. At p = 0.975 and 10 degrees of freedom: 2.228139.
pub fn t_quantile(p: f64, dof: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || dof.is_nan() || dof <= 0.0 {
        return f64::NAN;
    }
    if p < 0.5 {
        return -upper_t_quantile(p, dof);
    }
    upper_t_quantile(1.0 - p, dof)
}

/// The t ≥ 0 with P(T > t) = `tail` ≤ 0.5, by Newton steps kept inside a bracket.
fn upper_t_quantile(tail: f64, dof: f64) -> f64 {
    if tail <= 0.0 {
        return f64::INFINITY;
    }
    let z = -normal_quantile(tail);
    if dof > T_IS_NORMAL {
        return z;
    }
    let (mut low, mut high) = (0.0, z.max(1.0));
    while t_survival(high, dof) > tail {
        low = high;
        high *= 2.0;
        if high > 1e300 {
            return high;
        }
    }
    // Cornish–Fisher start; ln Γ ratio gives the density for the Newton step.
    let mut t = (z + (z.powi(3) + z) / (4.0 * dof)).clamp(low, high);
    let log_scale = gamma::ln_gamma(0.5 * (dof + 1.0))
        - gamma::ln_gamma(0.5 * dof)
        - 0.5 * (dof * std::f64::consts::PI).ln();
    for _ in 0..200 {
        let excess = t_survival(t, dof) - tail;
        if excess > 0.0 {
            low = t;
        } else {
            high = t;
        }
        let density = (log_scale - 0.5 * (dof + 1.0) * (t * t / dof).ln_1p()).exp();
        let step = t + excess / density;
        let next = if step > low && step < high { step } else { 0.5 * (low + high) };
        if (next - t).abs() <= 1e-14 * t.abs().max(1e-300) {
            return next;
        }
        t = next;
    }
    t
}

/// P(X > x) of the chi-square distribution with `dof` > 0 degrees of freedom: the p-value of a test.
///
/// SciPy agrees: `chi2.sf(22.774369, 1)` is 1.82179e-6.
pub fn chi_square_survival(x: f64, dof: f64) -> f64 {
    if dof.is_nan() || dof <= 0.0 || x.is_nan() {
        return f64::NAN;
    }
    if x <= 0.0 {
        return 1.0;
    }
    if x.is_infinite() { 0.0 } else { gamma::gamma_ur(0.5 * dof, 0.5 * x) }
}

/// The x with P(X ≤ x) = `p` of the chi-square distribution. At 0.95 with 1 degree: 3.841459.
pub fn chi_square_quantile(p: f64, dof: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || dof.is_nan() || dof <= 0.0 {
        return f64::NAN;
    }
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (0.0, dof.max(1.0));
    while chi_square_survival(high, dof) > 1.0 - p {
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if chi_square_survival(middle, dof) > 1.0 - p {
            low = middle;
        } else {
            high = middle;
        }
        if high - low <= 1e-14 * high {
            break;
        }
    }
    0.5 * (low + high)
}

/// P(X ≤ x) of the beta distribution with shapes `a`, `b` > 0.
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    if !(a > 0.0 && b > 0.0) || x.is_nan() {
        return f64::NAN;
    }
    if x <= 0.0 {
        0.0
    } else if x >= 1.0 {
        1.0
    } else {
        beta::beta_reg(a, b, x)
    }
}

/// ln Γ(x) for x > 0.
pub fn ln_gamma(x: f64) -> f64 {
    gamma::ln_gamma(x)
}

/// ln B(a, b) for a, b > 0.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    gamma::ln_gamma(a) + gamma::ln_gamma(b) - gamma::ln_gamma(a + b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        let tolerance = 1e-9 * expected.abs().max(1e-30);
        assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected}");
    }

    /// Values of SciPy 1.17 (`scipy.stats.norm`, `t`, `chi2`).
    #[test]
    fn distribution_functions_agree_with_scipy() {
        close(normal_cdf(1.96), 0.9750021048517795);
        close(normal_survival(10.0), 7.619853024160527e-24);
        close(normal_quantile(0.975), 1.959963984540054);
        close(normal_quantile(1e-12), -7.034483825301131);
        close(t_quantile(0.975, 10.0), 2.2281388519649385);
        close(t_quantile(0.975, 1.0), 12.706204736432095);
        close(t_two_sided(2.2281388519649385, 10.0), 0.05);
        close(chi_square_survival(22.77436884189436, 1.0), 1.8217928726191858e-06);
        close(chi_square_survival(20.0, 2.0), 4.539992976248486e-05);
        close(chi_square_quantile(0.95, 1.0), 3.841458820694124);
    }

    #[test]
    fn quantiles_invert_the_distribution_functions() {
        for dof in [0.7, 1.0, 2.5, 9.0, 120.0, 8_000.0, 412_345.0, 9e6, 1e9] {
            for p in [1e-6, 0.004, 0.2, 0.5, 0.81, 0.975, 0.99999] {
                let back = t_cdf(t_quantile(p, dof), dof);
                assert!((back - p).abs() < 1e-9 * p.max(1e-3), "{dof} {p} {back}");
            }
        }
        for p in [1e-9, 0.01, 0.3, 0.5, 0.9, 0.999999] {
            assert!((normal_cdf(normal_quantile(p)) - p).abs() < 1e-14, "{p}");
        }
    }

    #[test]
    fn outside_the_domain_the_answer_is_nan_and_never_a_panic() {
        assert!(normal_quantile(1.5).is_nan());
        assert!(t_quantile(0.5, 0.0).is_nan());
        assert!(t_two_sided(1.0, -1.0).is_nan());
        assert!(chi_square_survival(1.0, 0.0).is_nan());
        assert!(beta_cdf(0.5, 0.0, 1.0).is_nan());
        assert_eq!([normal_quantile(0.0)], [f64::NEG_INFINITY]);
    }
}
