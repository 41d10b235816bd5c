//! How likely is the arm better, and what does choosing it cost if it is not.

use super::ExperimentError;
use super::effect::Effect;
use crate::distribution::{
    Interval, beta_cdf, ln_beta, normal_cdf, normal_density, normal_quantile,
};

/// What was believed about the effect before: normal with this mean and standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Expected effect.
    pub mean: f64,
    /// Standard deviation, > 0.
    pub standard_deviation: f64,
}

/// Relative lifts are mostly small: two thirds lie within ±30 %.
pub const DEFAULT_PRIOR: Prior = Prior { mean: 0.0, standard_deviation: 0.3 };

impl Prior {
    /// The same belief about the absolute difference, for a first arm with this mean.
    #[must_use]
    pub fn in_units_of(self, control_mean: f64) -> Self {
        let unit = control_mean.abs();
        Self { mean: self.mean * unit, standard_deviation: self.standard_deviation * unit }
    }
}

/// What is believed after the data: normal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Posterior {
    /// Expected effect.
    pub mean: f64,
    /// Standard deviation.
    pub standard_deviation: f64,
}

impl Posterior {
    /// Weighs the prior and the effect by their precision; without a prior, the effect alone.
    ///
    /// Worked outside this project: 1000/10000 against 1080/10000 with N(0, 0.3²) on the relative
    /// lift: mean 7.825 %, 95 % interval −0.87 to 16.52 %, chance to win 0.96108.
    pub fn of(effect: &Effect, prior: Option<Prior>) -> Self {
        let data = effect.standard_error.powi(-2);
        let Some(prior) = prior else {
            return Self { mean: effect.estimate, standard_deviation: effect.standard_error };
        };
        let belief = prior.standard_deviation.powi(-2);
        let precision = data + belief;
        Self {
            mean: (data * effect.estimate + belief * prior.mean) / precision,
            standard_deviation: precision.powf(-0.5),
        }
    }

    /// P(effect > 0).
    pub fn chance_to_win(&self) -> f64 {
        normal_cdf(self.mean / self.standard_deviation)
    }

    /// E[max(0, −effect)]: what is lost on average by choosing the arm.
    pub fn loss_of_arm(&self) -> f64 {
        mean_above_zero(-self.mean, self.standard_deviation)
    }

    /// E[max(0, effect)]: what is lost on average by keeping the first arm.
    pub fn loss_of_control(&self) -> f64 {
        mean_above_zero(self.mean, self.standard_deviation)
    }

    /// The central interval that holds the effect with probability 1 − α.
    pub fn interval(&self, alpha: f64) -> Interval {
        Interval::around(self.mean, normal_quantile(1.0 - alpha / 2.0) * self.standard_deviation)
    }
}

/// E[max(0, X)] of a normal X.
fn mean_above_zero(mean: f64, deviation: f64) -> f64 {
    let z = mean / deviation;
    (deviation * normal_density(z) + mean * normal_cdf(z)).max(0.0)
}

/// Two conversion rates with beta posteriors, without the normal approximation: for few conversions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetaComparison {
    /// P(rate of B > rate of A).
    pub chance_to_win: f64,
    /// E[max(0, A − B)], a difference of rates: what choosing B loses on average.
    pub loss_of_arm: f64,
    /// E[max(0, B − A)]: what keeping A loses on average.
    pub loss_of_control: f64,
}

/// Compares `b` with `a`, each (converted, units), under a Beta(`prior.0`, `prior.1`) prior on each rate.
///
/// P(B > A) = ∫f_B·F_A and E[(A − B)⁺] = ∫F_B·(1 − F_A), by Gauss–Legendre quadrature over the range
/// that holds both posteriors.
pub fn beta_binomial(
    a: (f64, f64),
    b: (f64, f64),
    prior: (f64, f64),
) -> Result<BetaComparison, ExperimentError> {
    for (converted, n) in [a, b] {
        if !(converted >= 0.0 && converted <= n && n.is_finite()) {
            let range = "between 0 and the number of units";
            return Err(ExperimentError::Setting { name: "conversions", range, value: converted });
        }
    }
    if !(prior.0 > 0.0 && prior.1 > 0.0) {
        return Err(ExperimentError::Setting {
            name: "prior",
            range: "above 0",
            value: prior.0.min(prior.1),
        });
    }
    let shapes = |(converted, n): (f64, f64)| (converted + prior.0, n - converted + prior.1);
    let (a, b) = (shapes(a), shapes(b));
    let (low, high) = reach(a, b);
    let (mut wins, mut arm, mut control) = (0.0, 0.0, 0.0);
    for (x, weight) in quadrature(low, high) {
        let (fa, fb) = (beta_cdf(x, a.0, a.1), beta_cdf(x, b.0, b.1));
        wins += weight * beta_density(x, b) * fa;
        arm += weight * fb * (1.0 - fa);
        control += weight * fa * (1.0 - fb);
    }
    Ok(BetaComparison {
        chance_to_win: wins.clamp(0.0, 1.0),
        loss_of_arm: arm,
        loss_of_control: control,
    })
}

fn beta_density(x: f64, (a, b): (f64, f64)) -> f64 {
    ((a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p() - ln_beta(a, b)).exp()
}

/// A range that holds both posteriors up to 12 standard deviations.
fn reach(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    let ends = [a, b].map(|(s, f)| {
        let mean = s / (s + f);
        let deviation = (mean * (1.0 - mean) / (s + f + 1.0)).sqrt();
        (mean - 12.0 * deviation, mean + 12.0 * deviation)
    });
    (ends[0].0.min(ends[1].0).max(0.0), ends[0].1.max(ends[1].1).min(1.0))
}

/// Composite five-point Gauss–Legendre nodes and weights on [low, high].
fn quadrature(low: f64, high: f64) -> impl Iterator<Item = (f64, f64)> {
    const PANELS: usize = 400;
    const NODES: [(f64, f64); 5] = [
        (0.0, 0.568_888_888_888_888_9),
        (-0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
        (0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
        (-0.906_179_845_938_664, 0.236_926_885_056_189_08),
        (0.906_179_845_938_664, 0.236_926_885_056_189_08),
    ];
    let half = (high - low) / PANELS as f64 / 2.0;
    (0..PANELS).flat_map(move |panel| {
        let centre = low + half * (2 * panel + 1) as f64;
        NODES.map(|(node, weight)| (centre + half * node, weight * half))
    })
}
