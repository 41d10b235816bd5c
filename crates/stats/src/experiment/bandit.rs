//! How to divide the next visitors among arms: Gaussian Thompson sampling with a floor.
//!
//! An allocation is not a test: it tells where to send visitors, not what is true. When it has changed
//! during an experiment, estimate arms by period ([`super::covariate::post_stratified`]); else a good
//! week looks like a good arm.

use rand::RngExt as _;
use rand_distr::StandardNormal;

use super::ExperimentError;
use super::metric::Estimate;
use crate::distribution::seeded;

/// Settings of the allocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allocation {
    /// Least share of each arm, 0 to 1/k.
    pub floor: f64,
    /// An arm with fewer units is not judged yet: all arms get the same share.
    pub fewest_units: f64,
    /// False where less is better: cost, complaints.
    pub higher_is_better: bool,
    /// Shares of being first or second instead of being first: explores more.
    pub top_two: bool,
    /// Posterior draws.
    pub draws: u32,
}

impl Default for Allocation {
    fn default() -> Self {
        Self {
            floor: 0.05,
            fewest_units: 100.0,
            higher_is_better: true,
            top_two: false,
            draws: 10_000,
        }
    }
}

/// What the arms get.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// P(arm is best), adding up to 1; with `top_two`, half of P(arm is among the best two).
    pub chance: Vec<f64>,
    /// Share of the next visitors, each at least the floor, adding up to 1.
    pub share: Vec<f64>,
    /// False while an arm is too small to judge: the shares are then equal.
    pub judged: bool,
}

/// Divides the next visitors: share = f + (1 − k·f)·w, with w the chance of each arm and f the floor.
///
/// The floor is added, not clipped and renormalised, so the order of the arms is kept and no share
/// falls below it. The same `seed` gives the same shares.
pub fn allocate(
    arms: &[Estimate],
    settings: Allocation,
    seed: u64,
) -> Result<Shares, ExperimentError> {
    let k = arms.len();
    if k < 2 {
        return Err(ExperimentError::TooFewArms(k));
    }
    let most = 1.0 / k as f64;
    if !(0.0..=most).contains(&settings.floor) {
        return Err(ExperimentError::Setting {
            name: "floor",
            range: "between 0 and 1/arms",
            value: settings.floor,
        });
    }
    let equal = vec![most; k];
    if arms.iter().any(|arm| arm.n < settings.fewest_units) {
        return Ok(Shares { chance: equal.clone(), share: equal, judged: false });
    }
    let chance = chances(arms, settings, seed);
    let share =
        chance.iter().map(|w| settings.floor + (1.0 - k as f64 * settings.floor) * w).collect();
    Ok(Shares { chance, share, judged: true })
}

fn chances(arms: &[Estimate], settings: Allocation, seed: u64) -> Vec<f64> {
    let mut random = seeded(seed);
    let sign = if settings.higher_is_better { 1.0 } else { -1.0 };
    let places = if settings.top_two { 2 } else { 1 };
    let mut wins = vec![0.0; arms.len()];
    let mut drawn: Vec<(f64, usize)> = Vec::with_capacity(arms.len());
    for _ in 0..settings.draws {
        drawn.clear();
        drawn.extend(arms.iter().enumerate().map(|(index, arm)| {
            let noise: f64 = random.sample(StandardNormal);
            (sign * (arm.mean + noise * arm.variance_of_mean.sqrt()), index)
        }));
        drawn.sort_by(|a, b| b.0.total_cmp(&a.0));
        for &(_, index) in &drawn[..places] {
            wins[index] += 1.0;
        }
    }
    let all = f64::from(settings.draws.max(1)) * places as f64;
    wins.into_iter().map(|count| count / all).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(mean: f64, deviation: f64) -> Estimate {
        Estimate { n: 1000.0, mean, unadjusted_mean: mean, variance_of_mean: deviation * deviation }
    }

    /// GrowthBook 8f1db445 gives [0, .5, .5] here; the two lowest are the first two.
    #[test]
    fn the_best_two_of_a_cost_are_the_lowest_two() {
        let arms = [arm(0.0, 1e-6), arm(1.0, 1e-6), arm(2.0, 1e-6)];
        let settings = Allocation {
            top_two: true,
            higher_is_better: false,
            floor: 0.0,
            ..Allocation::default()
        };
        assert_eq!(allocate(&arms, settings, 1).unwrap().chance, [0.5, 0.5, 0.0]);
    }

    /// P(N(0.1, σ) > N(0, σ)) with σ = 0.1 is Φ(0.1/0.1414) = 0.7602.
    #[test]
    fn two_arms_share_by_the_chance_of_being_better() {
        let settings = Allocation { draws: 40_000, floor: 0.1, ..Allocation::default() };
        let shares = allocate(&[arm(0.0, 0.1), arm(0.1, 0.1)], settings, 7).unwrap();
        assert!((shares.chance[1] - 0.7602).abs() < 0.01, "{shares:?}");
        assert!((shares.share[1] - (0.1 + 0.8 * shares.chance[1])).abs() < 1e-12);
        assert!((shares.share.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_same_seed_gives_the_same_shares() {
        let arms = [arm(0.0, 0.1), arm(0.1, 0.1)];
        let again = allocate(&arms, Allocation::default(), 3);
        assert_eq!(allocate(&arms, Allocation::default(), 3), again);
    }

    #[test]
    fn a_young_arm_is_not_judged() {
        let young = Estimate { n: 50.0, ..arm(9.0, 0.1) };
        let shares = allocate(&[arm(0.0, 0.1), young], Allocation::default(), 1).unwrap();
        assert!(!shares.judged);
        assert_eq!(shares.share, [0.5, 0.5]);
    }
}
