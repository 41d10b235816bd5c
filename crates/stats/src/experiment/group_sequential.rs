//! A few planned looks: α is spent over them, and each look has its own threshold.

use super::{ExperimentError, open_share};
use crate::distribution::{normal_cdf, normal_density, normal_quantile, normal_survival};

/// How fast the error probability is used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spending {
    /// Lan–DeMets' likeness of O'Brien–Fleming: hardly anything early, nearly all at the end.
    #[default]
    OBrienFleming,
    /// Lan–DeMets' likeness of Pocock: about the same at each look.
    Pocock,
}

impl Spending {
    /// α spent by the time the share `information` in [0, 1] of the planned units is in.
    ///
    /// O'Brien–Fleming 2 − 2Φ(z_{α/2}/√t), Pocock α·ln(1 + (e − 1)t).
    /// Source: Lan, DeMets (1983), Biometrika 70:659–663.
    pub fn spent(self, alpha: f64, information: f64) -> f64 {
        if information <= 0.0 {
            return 0.0;
        }
        let t = information.min(1.0);
        match self {
            Self::OBrienFleming => {
                2.0 * normal_survival(normal_quantile(1.0 - alpha / 2.0) / t.sqrt())
            }
            Self::Pocock => alpha * (1.0 + (std::f64::consts::E - 1.0) * t).ln(),
        }
    }
}

/// One look's threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Share of the planned units.
    pub information: f64,
    /// Stop when |z| reaches this.
    pub threshold: f64,
    /// Two-sided α spent up to and including this look.
    pub spent: f64,
}

/// Thresholds on |z| for looks at these shares of the planned units, two-sided at `alpha`.
///
/// `information` rises strictly in (0, 1]. Each side spends α/2 along the spending function, as
/// two one-sided tests do. The joint distribution of the looks is integrated numerically
/// (Armitage, McPherson, Rowe 1969). Five equal looks at 0.05, O'Brien–Fleming: SciPy's multivariate
/// normal distribution gives 4.8769, 3.3570, 2.6803, 2.2898, 2.0310.
pub fn boundaries(
    spending: Spending,
    alpha: f64,
    information: &[f64],
) -> Result<Vec<Look>, ExperimentError> {
    open_share("alpha", alpha)?;
    let mut previous = 0.0;
    for &share in information {
        if share.is_nan() || share <= previous || share > 1.0 {
            let range = "rising shares above 0 and up to 1";
            return Err(ExperimentError::Setting { name: "information", range, value: share });
        }
        previous = share;
    }
    let mut walk = Walk::start();
    let mut looks = Vec::with_capacity(information.len());
    let mut already = 0.0;
    for &share in information {
        let spent = 2.0 * spending.spent(alpha / 2.0, share);
        let threshold = walk.threshold(share, (spent - already).max(0.0));
        walk.continue_inside(share, threshold);
        looks.push(Look { information: share, threshold, spent });
        already = spent;
    }
    Ok(looks)
}

/// The score process B(t) = z√t of experiments that have not stopped: density at `points`.
struct Walk {
    information: f64,
    /// (value, density × quadrature weight).
    mass: Vec<(f64, f64)>,
}

/// Points of Simpson's rule over the continuation region.
const POINTS: usize = 401;
/// Beyond this |z| nothing is left to integrate.
const FAR: f64 = 8.5;

impl Walk {
    fn start() -> Self {
        Self { information: 0.0, mass: vec![(0.0, 1.0)] }
    }

    /// The |z| at `information` that is exceeded for the first time with probability `probability`.
    fn threshold(&self, information: f64, probability: f64) -> f64 {
        let (mut low, mut high) = (0.0, FAR);
        for _ in 0..80 {
            let middle = f64::midpoint(low, high);
            if self.exceeds(information, middle) > probability {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    }

    fn exceeds(&self, information: f64, z: f64) -> f64 {
        let (edge, step) = (z * information.sqrt(), (information - self.information).sqrt());
        self.mass
            .iter()
            .map(|&(x, m)| {
                m * (normal_survival((edge - x) / step) + normal_cdf((-edge - x) / step))
            })
            .sum()
    }

    fn continue_inside(&mut self, information: f64, threshold: f64) {
        let edge = threshold * information.sqrt();
        let step = (information - self.information).sqrt();
        let width = 2.0 * edge / (POINTS - 1) as f64;
        self.mass = (0..POINTS)
            .map(|i| {
                let y = -edge + width * i as f64;
                let simpson = if i == 0 || i == POINTS - 1 {
                    1.0
                } else if i % 2 == 1 {
                    4.0
                } else {
                    2.0
                };
                let density: f64 =
                    self.mass.iter().map(|&(x, m)| m * normal_density((y - x) / step) / step).sum();
                (y, density * simpson * width / 3.0)
            })
            .collect();
        self.information = information;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thresholds(spending: Spending, information: &[f64]) -> Vec<f64> {
        boundaries(spending, 0.05, information).unwrap().iter().map(|look| look.threshold).collect()
    }

    /// Solved with SciPy 1.17: each threshold by `brentq` on `multivariate_normal.cdf` of the looks'
    /// correlated normal scores between minus and plus the thresholds so far.
    #[test]
    fn thresholds_are_those_of_the_joint_normal_distribution() {
        let third = 1.0 / 3.0;
        for (spending, shares, expected) in [
            (
                Spending::OBrienFleming,
                &[0.2, 0.4, 0.6, 0.8, 1.0][..],
                &[4.876_885, 3.357_012, 2.680_279, 2.289_820, 2.031_033][..],
            ),
            (
                Spending::OBrienFleming,
                &[third, 2.0 * third, 1.0],
                &[3.710_303, 2.511_428, 1.993_047],
            ),
            (
                Spending::Pocock,
                &[0.25, 0.5, 0.75, 1.0],
                &[2.368_328, 2.367_524, 2.358_168, 2.350_025],
            ),
        ] {
            let z = thresholds(spending, shares);
            for (actual, expected) in z.iter().zip(expected) {
                assert!((actual - expected).abs() < 2e-5, "{actual} is not {expected}");
            }
        }
    }

    /// By hand: at half time 2 − 2Φ(1.959964/√0.5) = 0.005575.
    #[test]
    fn o_brien_fleming_spends_little_early_and_all_at_the_end() {
        assert!((Spending::OBrienFleming.spent(0.05, 0.5) - 0.005_574_6).abs() < 1e-6);
        assert!((Spending::OBrienFleming.spent(0.05, 1.0) - 0.05).abs() < 1e-12);
        assert!((Spending::Pocock.spent(0.05, 1.0) - 0.05).abs() < 1e-12);
    }

    #[test]
    fn one_look_is_the_fixed_test() {
        assert!((thresholds(Spending::Pocock, &[1.0])[0] - 1.959_963_985).abs() < 1e-6);
    }

    #[test]
    fn looks_out_of_order_are_refused() {
        assert!(boundaries(Spending::Pocock, 0.05, &[0.5, 0.4]).is_err());
        assert!(boundaries(Spending::Pocock, 1.5, &[0.5]).is_err());
    }
}
