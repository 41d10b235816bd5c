//! Judging a difference once, at the planned end: Welch's test, and intervals for proportions.
//!
//! Looking every day with these and stopping at the first p < 0.05 finds a "winner" in about a
//! quarter of experiments without any; use [`super::sequential`] for that.

use super::effect::Effect;
use crate::distribution::{
    Interval, ln_gamma, normal_quantile, normal_survival, t_quantile, t_survival, t_two_sided,
};

/// Which differences count as evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alternative {
    /// Either direction.
    #[default]
    TwoSided,
    /// The arm is higher: the interval is open upwards.
    Greater,
    /// The arm is lower: the interval is open downwards.
    Less,
}

/// An interval at confidence 1 − α and the p-value that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// Holds the true difference in a share 1 − α of experiments.
    pub interval: Interval,
    /// Probability of a difference this large when there is none.
    pub p_value: f64,
}

/// Welch's t-test. `alpha` in (0, 1).
pub fn welch(effect: &Effect, alpha: f64, alternative: Alternative) -> Judgement {
    let Effect { estimate, standard_error, degrees_of_freedom, .. } = *effect;
    let t = estimate / standard_error;
    let reach = |tail: f64| t_quantile(1.0 - tail, degrees_of_freedom) * standard_error;
    match alternative {
        Alternative::TwoSided => Judgement {
            interval: Interval::around(estimate, reach(alpha / 2.0)),
            p_value: t_two_sided(t, degrees_of_freedom),
        },
        Alternative::Greater => Judgement {
            interval: Interval { low: estimate - reach(alpha), high: f64::INFINITY },
            p_value: t_survival(t, degrees_of_freedom),
        },
        Alternative::Less => Judgement {
            interval: Interval { low: f64::NEG_INFINITY, high: estimate + reach(alpha) },
            p_value: t_survival(-t, degrees_of_freedom),
        },
    }
}

/// Whether the arm is no worse than the first arm by more than `margin` (> 0, on the effect's scale).
///
/// One-sided: the p-value of "worse by at least the margin". `higher_is_better` false is for rates of
/// complaint, bounces, cost. Source: ICH E9 (1998), section 3.3.2.
pub fn non_inferiority(
    effect: &Effect,
    margin: f64,
    alpha: f64,
    higher_is_better: bool,
) -> Judgement {
    let gain = if higher_is_better { effect.estimate } else { -effect.estimate };
    let t = (gain + margin) / effect.standard_error;
    let alternative = if higher_is_better { Alternative::Greater } else { Alternative::Less };
    Judgement {
        p_value: t_survival(t, effect.degrees_of_freedom),
        ..welch(effect, alpha, alternative)
    }
}

/// Wilson score interval for a conversion rate.
///
/// `converted` of `n` units, a share in [0, 1]. `None` without units.
///
/// Source: Wilson (1927), JASA 22:209–212. SciPy agrees:
/// `binomtest(10, 100).proportion_ci(method="wilson")` is 0.0552 to 0.1744.
pub fn wilson(converted: f64, n: f64, alpha: f64) -> Option<Interval> {
    if n.is_nan() || n <= 0.0 {
        return None;
    }
    let z = normal_quantile(1.0 - alpha / 2.0);
    let (share, square) = (converted / n, z * z);
    let centre = (share + square / (2.0 * n)) / (1.0 + square / n);
    let reach = z / (1.0 + square / n)
        * (share * (1.0 - share) / n + square / (4.0 * n * n)).max(0.0).sqrt();
    // Rounding must not push the ends out of [0, 1] nor past the share itself.
    Some(Interval {
        low: (centre - reach).clamp(0.0, share),
        high: (centre + reach).clamp(share, 1.0),
    })
}

/// Newcombe's interval for the difference of two conversion rates, B − A, from two Wilson intervals.
///
/// Better than the normal interval when conversions are few. `None` without units.
/// Source: Newcombe (1998), Statistics in Medicine 17:873–890, method 10; statsmodels agrees.
pub fn newcombe(a: (f64, f64), b: (f64, f64), alpha: f64) -> Option<Interval> {
    let (wa, wb) = (wilson(a.0, a.1, alpha)?, wilson(b.0, b.1, alpha)?);
    let (pa, pb) = (a.0 / a.1, b.0 / b.1);
    let difference = pb - pa;
    Some(Interval {
        low: difference - (pb - wb.low).hypot(wa.high - pa),
        high: difference + (wb.high - pb).hypot(pa - wa.low),
    })
}

/// The classic test of two proportions with a pooled rate: (z, two-sided p) for B − A.
///
/// `None` when nobody or everybody converted in both arms.
pub fn pooled_z(a: (f64, f64), b: (f64, f64)) -> Option<(f64, f64)> {
    let pooled = (a.0 + b.0) / (a.1 + b.1);
    let variance = pooled * (1.0 - pooled) * (1.0 / a.1 + 1.0 / b.1);
    if variance.is_nan() || variance <= 0.0 {
        return None;
    }
    let z = (b.0 / b.1 - a.0 / a.1) / variance.sqrt();
    Some((z, 2.0 * normal_survival(z.abs())))
}

/// Fisher's exact test of two proportions, two-sided: right at any size, for a handful of conversions.
///
/// `a` and `b` are (converted, units). Sums every table no more likely than the one seen.
pub fn fisher(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (converted, all) = (a.0 + b.0, a.1 + b.1);
    let ln_choose = |n: f64, k: f64| ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
    let base = ln_choose(all, converted);
    let ln_probability = |k: f64| ln_choose(a.1, k) + ln_choose(b.1, converted - k) - base;
    let (first, last) = ((converted - b.1).max(0.0), converted.min(a.1));
    // The same tolerance as SciPy, for tables that tie up to rounding.
    let seen = ln_probability(a.0) + 1e-7;
    let tables = (last - first).max(0.0).round() as u64;
    let sum: f64 = (0..=tables)
        .map(|step| ln_probability(first + step as f64))
        .filter(|&ln_p| ln_p <= seen)
        .map(f64::exp)
        .sum();
    sum.min(1.0)
}
