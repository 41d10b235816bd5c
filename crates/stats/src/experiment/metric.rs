//! Sufficient statistics of one arm: the sums that say all an analysis needs, never the rows.

use super::ExperimentError;

/// Count, sum and sum of squares of one number for each unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// How many units (visitors, not visits, if visitors were assigned).
    pub n: f64,
    /// Σx.
    pub sum: f64,
    /// Σx².
    pub sum_squares: f64,
}

impl Moments {
    /// The moments of these values.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        values.into_iter().fold(Self::default(), |m, x| Self {
            n: m.n + 1.0,
            sum: m.sum + x,
            sum_squares: m.sum_squares + x * x,
        })
    }

    /// The moments of both sets of units together.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            n: self.n + other.n,
            sum: self.sum + other.sum,
            sum_squares: self.sum_squares + other.sum_squares,
        }
    }

    /// Σx/n.
    pub fn mean(&self) -> f64 {
        self.sum / self.n
    }

    /// Sample variance, (Σx² − (Σx)²/n)/(n − 1), at least 0.
    pub fn variance(&self) -> f64 {
        ((self.sum_squares - self.sum * self.sum / self.n) / (self.n - 1.0)).max(0.0)
    }
}

/// Moments of two numbers for each unit: numerator and denominator, or metric and covariate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PairMoments {
    /// How many units.
    pub n: f64,
    /// Σx of the first number.
    pub first_sum: f64,
    /// Σx².
    pub first_squares: f64,
    /// Σy of the second number.
    pub second_sum: f64,
    /// Σy².
    pub second_squares: f64,
    /// Σxy.
    pub products: f64,
}

impl PairMoments {
    /// The moments of these pairs.
    pub fn of(pairs: impl IntoIterator<Item = (f64, f64)>) -> Self {
        pairs.into_iter().fold(Self::default(), |m, (x, y)| Self {
            n: m.n + 1.0,
            first_sum: m.first_sum + x,
            first_squares: m.first_squares + x * x,
            second_sum: m.second_sum + y,
            second_squares: m.second_squares + y * y,
            products: m.products + x * y,
        })
    }

    /// The moments of both sets of units together.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            n: self.n + other.n,
            first_sum: self.first_sum + other.first_sum,
            first_squares: self.first_squares + other.first_squares,
            second_sum: self.second_sum + other.second_sum,
            second_squares: self.second_squares + other.second_squares,
            products: self.products + other.products,
        }
    }

    /// The moments of the first number.
    pub fn first(&self) -> Moments {
        Moments { n: self.n, sum: self.first_sum, sum_squares: self.first_squares }
    }

    /// The moments of the second number.
    pub fn second(&self) -> Moments {
        Moments { n: self.n, sum: self.second_sum, sum_squares: self.second_squares }
    }

    /// Sample covariance, (Σxy − ΣxΣy/n)/(n − 1).
    pub fn covariance(&self) -> f64 {
        (self.products - self.first_sum * self.second_sum / self.n) / (self.n - 1.0)
    }
}

/// Moments of four numbers for each unit: numerator and denominator of a ratio, and the numerator and
/// denominator of what was known before (a plain covariate has 1 as its denominator).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct QuadMoments {
    /// How many units.
    pub n: f64,
    /// Sums of the four numbers.
    pub sums: [f64; 4],
    /// Sums of their products with each other, symmetric; squares on the diagonal.
    pub products: [[f64; 4]; 4],
}

impl QuadMoments {
    /// The moments of these rows: numerator, denominator, numerator before, denominator before.
    pub fn of(rows: impl IntoIterator<Item = [f64; 4]>) -> Self {
        rows.into_iter().fold(Self::default(), |mut m, row| {
            m.n += 1.0;
            for (i, x) in row.iter().enumerate() {
                m.sums[i] += x;
                for (j, y) in row.iter().enumerate() {
                    m.products[i][j] += x * y;
                }
            }
            m
        })
    }

    /// The moments of both sets of units together.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.n += other.n;
        for i in 0..4 {
            self.sums[i] += other.sums[i];
            for j in 0..4 {
                self.products[i][j] += other.products[i][j];
            }
        }
        self
    }

    /// The ratio itself and the ratio before.
    pub fn ratios(&self) -> (f64, f64) {
        (self.sums[0] / self.sums[1], self.sums[2] / self.sums[3])
    }

    /// Variance of one unit's contribution to the ratio, to the ratio before, and their covariance, by
    /// the delta method: each ratio is linear in its two means near them.
    pub fn linearised(&self) -> (f64, f64, f64) {
        let mean = self.sums.map(|sum| sum / self.n);
        let (ratio, before) = self.ratios();
        let now = [1.0 / mean[1], -ratio / mean[1], 0.0, 0.0];
        let then = [0.0, 0.0, 1.0 / mean[3], -before / mean[3]];
        let along = |a: &[f64; 4], b: &[f64; 4]| -> f64 {
            (0..4)
                .flat_map(|i| (0..4).map(move |j| (i, j)))
                .map(|(i, j)| {
                    let covariance =
                        (self.products[i][j] - self.sums[i] * mean[j]) / (self.n - 1.0);
                    a[i] * b[j] * covariance
                })
                .sum()
        };
        (along(&now, &now).max(0.0), along(&then, &then).max(0.0), along(&now, &then))
    }

    fn check(&self) -> Result<(), &'static str> {
        if !self.sums.iter().chain(self.products.iter().flatten()).all(|x| x.is_finite()) {
            return Err("a sum is not a number");
        }
        if self.sums[1] <= 0.0 || self.sums[3] <= 0.0 {
            return Err("the denominators of both ratios must be above zero");
        }
        for i in 0..4 {
            let (sum, sum_squares) = (self.sums[i], self.products[i][i]);
            check_moments(&Moments { n: self.n, sum, sum_squares })?;
        }
        Ok(())
    }
}

/// One arm's metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// A share of units: `converted` of `n`.
    Proportion { n: f64, converted: f64 },
    /// A mean over units: revenue for each visitor.
    Mean(Moments),
    /// A ratio of two sums over units, with the unit of assignment below it: clicks ÷ page views.
    Ratio(PairMoments),
    /// A mean whose noise was reduced with a covariate from before the experiment; see
    /// [`super::covariate`]. The metric is the first number, the covariate the second.
    Adjusted { pair: PairMoments, theta: f64 },
    /// A ratio whose noise was reduced with what was known before: R − θ·R_before.
    AdjustedRatio { quad: QuadMoments, theta: f64 },
    /// An estimate made elsewhere, such as by post-stratification.
    Estimated(Estimate),
}

impl Metric {
    /// How many units.
    pub fn n(&self) -> f64 {
        match self {
            Self::Proportion { n, .. } => *n,
            Self::Mean(moments) => moments.n,
            Self::Ratio(pair) | Self::Adjusted { pair, .. } => pair.n,
            Self::AdjustedRatio { quad, .. } => quad.n,
            Self::Estimated(estimate) => estimate.n,
        }
    }

    /// Refuses sums that no data can have. `arm` is the name used in the refusal.
    pub fn check(&self, arm: &str) -> Result<(), ExperimentError> {
        let impossible = |reason: &str| {
            Err(ExperimentError::Impossible { arm: arm.to_owned(), reason: reason.to_owned() })
        };
        let n = self.n();
        if !n.is_finite() || n < 0.0 {
            return impossible("the number of units is not a count");
        }
        if n < 2.0 {
            return Err(ExperimentError::EmptyArm { arm: arm.to_owned(), n });
        }
        match self {
            Self::Proportion { n, converted } => {
                if !(0.0..=*n).contains(converted) {
                    return impossible("conversions must lie between 0 and the number of units");
                }
            }
            Self::Mean(moments) => check_moments(moments).or_else(impossible)?,
            Self::Ratio(pair) | Self::Adjusted { pair, .. } => {
                check_moments(&pair.first())
                    .and(check_moments(&pair.second()))
                    .or_else(impossible)?;
                if !pair.products.is_finite() {
                    return impossible("the sum of products is not a number");
                }
                if matches!(self, Self::Ratio(_)) && pair.second_sum <= 0.0 {
                    return impossible("the denominator of the ratio must be above zero");
                }
            }
            Self::AdjustedRatio { quad, .. } => quad.check().or_else(impossible)?,
            Self::Estimated(estimate) => {
                if !(estimate.mean.is_finite() && estimate.variance_of_mean >= 0.0) {
                    return impossible("the estimate is not a number");
                }
            }
        }
        Ok(())
    }

    /// The estimate that comparisons start from. `arm` is the name used in a refusal.
    pub fn estimate(&self, arm: &str) -> Result<Estimate, ExperimentError> {
        self.check(arm)?;
        let n = self.n();
        let (mean, variance, unadjusted) = match self {
            Self::Proportion { n, converted } => {
                let share = converted / n;
                (share, share * (1.0 - share), share)
            }
            Self::Mean(moments) => (moments.mean(), moments.variance(), moments.mean()),
            Self::Ratio(pair) => {
                let ratio = pair.first_sum / pair.second_sum;
                (ratio, ratio_variance(pair), ratio)
            }
            Self::Adjusted { pair, theta } => {
                let (metric, covariate) = (pair.first(), pair.second());
                let variance = metric.variance() + theta * theta * covariate.variance()
                    - 2.0 * theta * pair.covariance();
                (metric.mean() - theta * covariate.mean(), variance.max(0.0), metric.mean())
            }
            Self::AdjustedRatio { quad, theta } => {
                let (ratio, before) = quad.ratios();
                let (now, then, both) = quad.linearised();
                let variance = now + theta * theta * then - 2.0 * theta * both;
                (ratio - theta * before, variance.max(0.0), ratio)
            }
            Self::Estimated(estimate) => return Ok(*estimate),
        };
        Ok(Estimate { n, mean, unadjusted_mean: unadjusted, variance_of_mean: variance / n })
    }
}

/// A mean with the variance of that mean: all that a comparison of two arms needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// How many units.
    pub n: f64,
    /// The (adjusted) mean.
    pub mean: f64,
    /// The mean as measured; lifts are relative to it.
    pub unadjusted_mean: f64,
    /// The squared standard error of `mean`.
    pub variance_of_mean: f64,
}

/// Variance of one unit's contribution to a ratio of sums M/D, by the delta method.
///
/// s² = s²_M/D̄² + s²_D·M̄²/D̄⁴ − 2·cov·M̄/D̄³. Source: Deng, Knoblich, Lu (2018), KDD, eq. 4.
fn ratio_variance(pair: &PairMoments) -> f64 {
    let (top, bottom) = (pair.first(), pair.second());
    let (m, d) = (top.mean(), bottom.mean());
    let variance = top.variance() / d.powi(2) + bottom.variance() * m.powi(2) / d.powi(4)
        - 2.0 * pair.covariance() * m / d.powi(3);
    variance.max(0.0)
}

fn check_moments(moments: &Moments) -> Result<(), &'static str> {
    if !moments.sum.is_finite() || !moments.sum_squares.is_finite() {
        return Err("a sum is not a number");
    }
    // Rounded sums may miss the bound by their last digits.
    let least = moments.sum * moments.sum / moments.n;
    if moments.sum_squares < least * (1.0 - 1e-9) {
        return Err("the sum of squares is smaller than the sum allows");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_moments_are_those_of_all_units() {
        let (left, right) = (Moments::of([1.0, 2.0]), Moments::of([4.0, 5.0, 9.0]));
        assert_eq!(left.merge(right), Moments::of([1.0, 2.0, 4.0, 5.0, 9.0]));
    }

    #[test]
    fn a_ratio_with_a_constant_denominator_is_a_mean() {
        let values = [3.0, 7.0, 1.0, 4.0, 4.0];
        let ratio = Metric::Ratio(PairMoments::of(values.map(|x| (x, 2.0)))).estimate("A").unwrap();
        let mean = Metric::Mean(Moments::of(values.map(|x| x / 2.0))).estimate("A").unwrap();
        assert!((ratio.mean - mean.mean).abs() < 1e-12);
        assert!((ratio.variance_of_mean - mean.variance_of_mean).abs() < 1e-12);
    }

    /// NumPy on the same rows: the delta method written out with `np.cov`.
    #[test]
    fn an_adjusted_ratio_has_the_variance_of_its_linearised_rows() {
        let rows: Vec<[f64; 4]> = (0..40)
            .map(|i| {
                let (a, b) = (f64::from(i % 7), f64::from(i % 5));
                [a + 0.5 * b, 2.0 + b, a + 1.0, 3.0 + f64::from(i % 3)]
            })
            .collect();
        let quad = QuadMoments::of(rows.iter().copied());
        let (ratio, before) = quad.ratios();
        let theta = 0.4;
        let means = quad.sums.map(|sum| sum / quad.n);
        // y_i − θ·x_i with y_i = (M_i − R·D_i)/D̄ and x_i the same of what was before.
        let linear = rows.iter().map(|[m, d, pm, pd]| {
            (m - ratio * d) / means[1] - theta * (pm - before * pd) / means[3]
        });
        let spread = Moments::of(linear).variance();
        let estimate = Metric::AdjustedRatio { quad, theta }.estimate("A").unwrap();
        assert!((estimate.variance_of_mean - spread / 40.0).abs() < 1e-12);
        assert!((estimate.mean - (ratio - theta * before)).abs() < 1e-12);
        let plain = PairMoments::of(rows.iter().map(|row| (row[0], row[1])));
        let unadjusted = Metric::AdjustedRatio { quad, theta: 0.0 }.estimate("A").unwrap();
        let expected = Metric::Ratio(plain).estimate("A").unwrap();
        assert!((unadjusted.variance_of_mean - expected.variance_of_mean).abs() < 1e-12);
    }

    #[test]
    fn impossible_sums_are_refused_by_name() {
        let too_many = Metric::Proportion { n: 10.0, converted: 11.0 };
        assert!(too_many.estimate("B").unwrap_err().to_string().starts_with("arm `B`"));
        let small_squares = Metric::Mean(Moments { n: 10.0, sum: 100.0, sum_squares: 10.0 });
        assert!(small_squares.estimate("B").is_err());
        let empty = Metric::Mean(Moments::default());
        assert!(matches!(empty.estimate("B"), Err(ExperimentError::EmptyArm { .. })));
    }
}
