//! Less noise from what was known before: CUPED and post-stratification.

use super::ExperimentError;
use super::metric::{Estimate, Metric, PairMoments, QuadMoments};

/// The factor θ that removes most variance when Y − θ·X replaces Y, over both (all) arms together.
///
/// θ = cov(Y, X)/var(X). X must be measured before the experiment (14 days are a good look-back);
/// anything the experiment can change biases the result. 0 when X is constant.
///
/// Source: Deng, Xu, Kohavi, Walker (2013), WSDM: the variance shrinks by the factor 1 − ρ².
pub fn theta<'a>(arms: impl IntoIterator<Item = &'a PairMoments>) -> f64 {
    let all = arms.into_iter().fold(PairMoments::default(), |sum, &arm| sum.merge(arm));
    let variance = all.second().variance();
    let size = all.second_squares / all.n;
    if variance > 1e-12 * size { all.covariance() / variance } else { 0.0 }
}

/// Every arm's metric with the same θ; (metric, covariate) pairs in.
pub fn cuped(arms: &[PairMoments]) -> Vec<Metric> {
    let theta = theta(arms);
    arms.iter().map(|&pair| Metric::Adjusted { pair, theta }).collect()
}

/// Share of the variance that the covariate removes, ρ² in [0, 1]: 0.3 means 30 % fewer visitors needed.
pub fn variance_removed(pair: &PairMoments) -> f64 {
    let product = pair.first().variance() * pair.second().variance();
    if product > 0.0 { (pair.covariance().powi(2) / product).min(1.0) } else { 0.0 }
}

/// The same for ratios: θ = cov(R, R_before)/var(R_before) of the linearised ratios over all arms
/// together, so a ratio is adjusted by what it was before the experiment (or, with a denominator of 1
/// for each unit, by a plain covariate).
///
/// Source: Deng, Knoblich, Lu (2018), KDD, for the linear form; Deng et al. (2013) for θ.
pub fn cuped_ratios(arms: &[QuadMoments]) -> Vec<Metric> {
    let theta = ratio_theta(arms);
    arms.iter().map(|&quad| Metric::AdjustedRatio { quad, theta }).collect()
}

/// The factor of [`cuped_ratios`]; 0 when the ratio before never varies.
pub fn ratio_theta(arms: &[QuadMoments]) -> f64 {
    let all = arms.iter().fold(QuadMoments::default(), |sum, &arm| sum.merge(arm));
    let (_, variance, covariance) = all.linearised();
    let size = (all.sums[2] / all.sums[3]).powi(2);
    if variance > 1e-12 * size { covariance / variance } else { 0.0 }
}

/// Estimates of every arm with all strata weighted as in the whole experiment.
///
/// `strata[h][k]` is arm k in stratum h (country, device, or period when the allocation changed
/// during the experiment). With w_h the stratum's share of all units:
/// mean Σ w_h·x̄_hk, variance Σ w_h²·s²_hk/n_hk. A stratum in which an arm has fewer than two units is
/// left out for all arms.
///
/// Source: Miratrix, Sekhon, Yu (2013), JRSS B 75:369–396.
pub fn post_stratified(
    strata: &[Vec<Metric>],
    names: &[String],
) -> Result<Vec<Estimate>, ExperimentError> {
    let usable: Vec<&Vec<Metric>> =
        strata.iter().filter(|arms| arms.iter().all(|arm| arm.n() >= 2.0)).collect();
    let units: f64 = usable.iter().flat_map(|arms| arms.iter().map(Metric::n)).sum();
    if units <= 0.0 {
        return Err(ExperimentError::EmptyArm {
            arm: names.first().cloned().unwrap_or_default(),
            n: 0.0,
        });
    }
    let mut sums = vec![
        Estimate { n: 0.0, mean: 0.0, unadjusted_mean: 0.0, variance_of_mean: 0.0 };
        names.len()
    ];
    for arms in usable {
        let weight = arms.iter().map(Metric::n).sum::<f64>() / units;
        for ((sum, arm), name) in sums.iter_mut().zip(arms).zip(names) {
            let estimate = arm.estimate(name)?;
            sum.n += estimate.n;
            sum.mean += weight * estimate.mean;
            sum.unadjusted_mean += weight * estimate.unadjusted_mean;
            sum.variance_of_mean += weight * weight * estimate.variance_of_mean;
        }
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_covariate_removes_all_variance() {
        let pair = PairMoments::of([(2.0, 1.0), (4.0, 2.0), (6.0, 3.0), (10.0, 5.0)]);
        assert!((theta([&pair]) - 2.0).abs() < 1e-12);
        assert!((variance_removed(&pair) - 1.0).abs() < 1e-12);
        let estimate = cuped(&[pair])[0].estimate("A").unwrap();
        assert!(estimate.variance_of_mean < 1e-12);
    }

    #[test]
    fn a_constant_covariate_changes_nothing() {
        let pair = PairMoments::of([(2.0, 3.0), (4.0, 3.0), (9.0, 3.0)]);
        assert!(theta([&pair]).abs() < 1e-15);
    }

    #[test]
    fn a_ratio_with_denominators_of_one_is_adjusted_like_a_mean() {
        let rows = [(3.0, 1.0), (5.0, 2.5), (4.0, 2.0), (9.0, 4.0), (7.0, 2.0)];
        let quad = QuadMoments::of(rows.map(|(y, x)| [y, 1.0, x, 1.0]));
        let pair = PairMoments::of(rows);
        assert!((ratio_theta(&[quad]) - theta([&pair])).abs() < 1e-12);
        let ratio = cuped_ratios(&[quad])[0].estimate("A").unwrap();
        let mean = cuped(&[pair])[0].estimate("A").unwrap();
        assert!((ratio.mean - mean.mean).abs() < 1e-12);
        assert!((ratio.variance_of_mean - mean.variance_of_mean).abs() < 1e-12);
    }

    /// Clicks over views with users who differ: what they did before explains most of it.
    #[test]
    fn an_adjusted_ratio_errs_less_and_as_often_as_it_says() {
        use rand::RngExt as _;
        use rand_distr::StandardNormal;
        let mut random = crate::distribution::seeded(17);
        let runs = 400;
        let (mut spread, mut plain_spread, mut said) = (0.0, 0.0, 0.0);
        for _ in 0..runs {
            let mut arm = || {
                QuadMoments::of((0..300).map(|_| {
                    let taste: f64 = random.sample(StandardNormal);
                    let mut near = |base: f64, pull: f64| {
                        base + pull * taste + 0.3 * random.sample::<f64, _>(StandardNormal)
                    };
                    [near(2.0, 0.8), near(4.0, 0.1), near(2.0, 0.8), near(4.0, 0.1)]
                }))
            };
            let arms = [arm(), arm()];
            let estimates: Vec<Estimate> =
                cuped_ratios(&arms).iter().map(|m| m.estimate("").unwrap()).collect();
            spread += (estimates[1].mean - estimates[0].mean).powi(2);
            plain_spread += (arms[1].ratios().0 - arms[0].ratios().0).powi(2);
            said += estimates[0].variance_of_mean + estimates[1].variance_of_mean;
        }
        assert!(spread < 0.35 * plain_spread, "{spread} {plain_spread}");
        assert!((said / spread - 1.0).abs() < 0.2, "{said} {spread}");
    }

    /// By hand: strata of 100 and 300 units weigh ¼ and ¾ in both arms.
    #[test]
    fn strata_weigh_the_same_in_every_arm() {
        let rate = |n: f64, converted: f64| Metric::Proportion { n, converted };
        let strata = vec![
            vec![rate(80.0, 8.0), rate(20.0, 4.0)],
            vec![rate(100.0, 40.0), rate(200.0, 100.0)],
        ];
        let names = ["A".to_owned(), "B".to_owned()];
        let arms = post_stratified(&strata, &names).unwrap();
        assert!((arms[0].mean - (0.25 * 0.1 + 0.75 * 0.4)).abs() < 1e-12);
        assert!((arms[1].mean - (0.25 * 0.2 + 0.75 * 0.5)).abs() < 1e-12);
        let variance = 0.0625 * 0.1 * 0.9 / 80.0 + 0.5625 * 0.4 * 0.6 / 100.0;
        assert!((arms[0].variance_of_mean - variance).abs() < 1e-15);
    }
}
