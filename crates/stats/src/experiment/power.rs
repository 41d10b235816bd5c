//! How many units an experiment needs, what it can detect, and how long it takes.

use super::{ExperimentError, open_share};
use crate::distribution::{normal_cdf, normal_quantile};

/// What a test is asked to do: two-sided error probability and the chance to see a true effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Two-sided α, in (0, 1).
    pub alpha: f64,
    /// 1 − β, in (0, 1).
    pub power: f64,
}

impl Default for Demand {
    fn default() -> Self {
        Self { alpha: 0.05, power: 0.8 }
    }
}

impl Demand {
    fn quantiles(self) -> Result<(f64, f64), ExperimentError> {
        let alpha = open_share("alpha", self.alpha)?;
        let power = open_share("power", self.power)?;
        Ok((normal_quantile(1.0 - alpha / 2.0), normal_quantile(power)))
    }
}

/// Units needed in each arm to see a conversion rate rise from `baseline` by `relative_lift`.
///
/// n = (z_{1−α/2}·√(2p̄q̄) + z_{1−β}·√(p₁q₁ + p₂q₂))²/(p₂ − p₁)², not rounded. Rates in (0, 1).
///
/// Source: Fleiss, Levin, Paik, Statistical Methods for Rates and Proportions, 3rd ed., eq. 4.14 without
/// continuity correction. 5 % to 5.5 % at the default demand: 31,234.
pub fn units_for_proportion(
    baseline: f64,
    relative_lift: f64,
    demand: Demand,
) -> Result<f64, ExperimentError> {
    let (p1, p2) = rates(baseline, relative_lift)?;
    let (za, zb) = demand.quantiles()?;
    let pooled = f64::midpoint(p1, p2);
    let root = za * (2.0 * pooled * (1.0 - pooled)).sqrt()
        + zb * (p1 * (1.0 - p1) + p2 * (1.0 - p2)).sqrt();
    Ok((root / (p2 - p1)).powi(2))
}

/// Units needed in each arm to see a mean move by `difference` when one unit varies by
/// `standard_deviation`: n = 2(z_{1−α/2} + z_{1−β})²σ²/δ² + z²_{1−α/2}/4, not rounded.
///
/// The last term is Guenther's correction for the t-test (1981, The American Statistician 35:243–244);
/// statsmodels' exact t-test needs 1,570.733 at δ/σ = 0.1, this formula gives 1,570.736.
pub fn units_for_mean(
    difference: f64,
    standard_deviation: f64,
    demand: Demand,
) -> Result<f64, ExperimentError> {
    let (za, zb) = demand.quantiles()?;
    if !(standard_deviation > 0.0 && standard_deviation.is_finite()) {
        let range = "above zero";
        return Err(ExperimentError::Setting {
            name: "standard deviation",
            range,
            value: standard_deviation,
        });
    }
    if difference == 0.0 || !difference.is_finite() {
        return Err(ExperimentError::Setting {
            name: "difference",
            range: "other than zero",
            value: difference,
        });
    }
    Ok(2.0 * ((za + zb) * standard_deviation / difference).powi(2) + za * za / 4.0)
}

/// The chance that `units` in each arm show a rise from `baseline` by `relative_lift`: the inverse of
/// [`units_for_proportion`].
pub fn power_for_proportion(
    baseline: f64,
    relative_lift: f64,
    units: f64,
    alpha: f64,
) -> Result<f64, ExperimentError> {
    let (p1, p2) = rates(baseline, relative_lift)?;
    let za = normal_quantile(1.0 - open_share("alpha", alpha)? / 2.0);
    let pooled = f64::midpoint(p1, p2);
    let spread = (p1 * (1.0 - p1) + p2 * (1.0 - p2)).sqrt();
    let reach =
        (p2 - p1).abs() * units.max(0.0).sqrt() - za * (2.0 * pooled * (1.0 - pooled)).sqrt();
    Ok(normal_cdf(reach / spread))
}

/// The smallest relative rise of a conversion rate that `units` in each arm would show.
///
/// `None` when not even a rise to 100 % would be seen.
pub fn detectable_lift(
    baseline: f64,
    units: f64,
    demand: Demand,
) -> Result<Option<f64>, ExperimentError> {
    open_share("baseline", baseline)?;
    let most = (1.0 - 1e-9) / baseline - 1.0;
    if units_for_proportion(baseline, most, demand)? > units {
        return Ok(None);
    }
    let (mut low, mut high) = (0.0, most);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle > 0.0 && units_for_proportion(baseline, middle, demand)? <= units {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(Some(high))
}

/// The smallest difference of means that `units` in each arm would show.
pub fn detectable_difference(
    standard_deviation: f64,
    units: f64,
    demand: Demand,
) -> Result<Option<f64>, ExperimentError> {
    let (za, zb) = demand.quantiles()?;
    let usable = units - za * za / 4.0;
    Ok((usable > 0.0).then(|| (za + zb) * standard_deviation * (2.0 / usable).sqrt()))
}

/// Days until `units` in each of `arms` arms have come in, as full weeks: a week has a rhythm, and half
/// of one is not a fair sample of it. `None` without traffic.
pub fn duration_days(units: f64, arms: usize, units_a_day: f64) -> Option<u32> {
    let days = units * arms as f64 / units_a_day;
    (units_a_day > 0.0 && days.is_finite()).then(|| ((days / 7.0).ceil().max(1.0) * 7.0) as u32)
}

fn rates(baseline: f64, relative_lift: f64) -> Result<(f64, f64), ExperimentError> {
    let p1 = open_share("baseline", baseline)?;
    let p2 = p1 * (1.0 + relative_lift);
    if (p1 - p2).abs() <= f64::EPSILON * p1 {
        return Err(ExperimentError::Setting {
            name: "lift",
            range: "other than zero",
            value: relative_lift,
        });
    }
    Ok((p1, open_share("baseline with the lift", p2)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference;
    use proptest::prelude::*;

    #[test]
    fn sample_sizes_are_those_of_the_reference() {
        let Some(reference) = reference::json("ab/reference_power_srm.json") else { return };
        for row in reference["proportions"].as_array().unwrap() {
            let get = |name: &str| row[name].as_f64().unwrap();
            let demand = Demand { alpha: get("alpha"), power: get("power") };
            let n = units_for_proportion(get("baseline"), get("relative_mde"), demand).unwrap();
            assert!((n / get("n_per_arm_pooled_z") - 1.0).abs() < 1e-6, "{row}: {n}");
            let back = power_for_proportion(get("baseline"), get("relative_mde"), n, demand.alpha)
                .unwrap();
            assert!((back - demand.power).abs() < 1e-9);
            let lift = detectable_lift(get("baseline"), n, demand).unwrap().unwrap();
            assert!((lift / get("relative_mde") - 1.0).abs() < 1e-6);
        }
        for row in reference["ttest"].as_array().unwrap() {
            let demand = Demand { power: row["power"].as_f64().unwrap(), ..Demand::default() };
            let n = units_for_mean(row["effect_size_d"].as_f64().unwrap(), 1.0, demand).unwrap();
            assert!(
                (n / row["n_per_arm_ttest"].as_f64().unwrap() - 1.0).abs() < 5e-4,
                "{row}: {n}"
            );
        }
    }

    #[test]
    fn an_experiment_lasts_full_weeks() {
        assert_eq!(duration_days(1000.0, 2, 250.0), Some(14));
        assert_eq!(duration_days(10.0, 2, 250.0), Some(7));
        assert_eq!(duration_days(10.0, 2, 0.0), None);
    }

    #[test]
    fn nothing_to_detect_is_refused() {
        assert!(units_for_proportion(0.05, 0.0, Demand::default()).is_err());
        assert!(units_for_proportion(0.6, 1.0, Demand::default()).is_err());
        assert!(units_for_mean(0.0, 1.0, Demand::default()).is_err());
    }

    proptest! {
        #[test]
        fn smaller_effects_and_more_power_need_more_units(
            baseline in 0.001..0.4f64, lift in 0.01..0.5f64, power in 0.5..0.95f64,
        ) {
            let demand = Demand { alpha: 0.05, power };
            let n = units_for_proportion(baseline, lift, demand).unwrap();
            prop_assert!(units_for_proportion(baseline, lift * 0.9, demand).unwrap() > n);
            let more = Demand { power: power + 0.04, ..demand };
            prop_assert!(units_for_proportion(baseline, lift, more).unwrap() > n);
        }
    }
}
