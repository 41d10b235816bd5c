//! Will the goal be reached? Probabilities from joint forecast paths, targets, pace.
//!
//! A goal over a period depends on all its remaining steps together, so marginal bands are not
//! enough: every question here is asked of each path of [`crate::forecast::Forecast::paths`] and the
//! answers are counted.

use crate::distribution::{Interval, normal_quantile};

/// Why a question about a goal has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AttainmentError {
    /// Nothing was simulated.
    #[error("there are no forecast paths")]
    NoPaths,
    /// Numerator and denominator must be simulated together.
    #[error("the denominator has {denominators} paths and the numerator {numerators}")]
    PathsDiffer {
        /// Paths of the numerator.
        numerators: usize,
        /// Paths of the denominator.
        denominators: usize,
    },
    /// A period without length.
    #[error("a period must have at least one step")]
    NoPeriod,
}

/// What the goal counts over the period, and what is known of it already.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule<'a> {
    /// The sum over the whole period.
    Sum {
        /// Sum of the steps that are over.
        so_far: f64,
    },
    /// The value of the last step.
    EndLevel,
    /// The mean over the whole period.
    Mean {
        /// Sum of the steps that are over.
        so_far: f64,
        /// Number of steps that are over.
        steps: usize,
    },
    /// Sum of the numerator over sum of the denominator, such as cost per acquisition.
    Ratio {
        /// Sum of the numerator in the steps that are over.
        numerator: f64,
        /// Sum of the denominator in the steps that are over.
        denominator: f64,
        /// Paths of the denominator, made together with those of the numerator.
        denominators: &'a [Vec<f64>],
    },
    /// The number of periods (weeks) whose sum meets a threshold: "k of n weeks".
    Periods {
        /// Periods that are over and met it.
        met: usize,
        /// Sum of the steps of the running period that are over.
        current: f64,
        /// Number of those steps.
        current_steps: usize,
        /// Steps in a period, for instance 7.
        length: usize,
        /// What the sum of a period is compared with, in the direction of the goal.
        threshold: f64,
    },
}

/// Which side of the target is success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The more the better.
    AtLeast,
    /// The less the better.
    AtMost,
}

/// A goal that is too hard or too easy to mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ambition {
    /// Below 10 %: a moonshot.
    Moonshot,
    /// Between.
    Sound,
    /// Above 90 %: sandbagging.
    Sandbag,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attainment {
    /// Share of paths that meet the target.
    pub probability: f64,
    /// What the number of paths leaves open about it, at 95 % (Wilson).
    pub interval: Interval,
    /// Median outcome.
    pub expected: f64,
    /// The target that would be met with 80 % probability: to commit to.
    pub commit: f64,
    /// The one with 50 %: to aim at.
    pub target: f64,
    /// The one with 20 %: to stretch for.
    pub stretch: f64,
    /// Whether the target asked about is a sound one.
    pub ambition: Ambition,
}

/// The probability of meeting `target` by the end of the paths. `paths` hold the remaining steps of
/// the period (of the numerator, for a ratio). With all steps over, give one empty path.
///
/// A ratio whose denominator is zero misses the target.
pub fn attainment(
    rule: Rule,
    direction: Direction,
    target: f64,
    paths: &[Vec<f64>],
) -> Result<Attainment, AttainmentError> {
    let mut outcomes = outcomes(rule, direction, paths)?;
    let better = |outcome: f64| match direction {
        Direction::AtLeast => outcome >= target,
        Direction::AtMost => outcome <= target,
    };
    let n = outcomes.len() as f64;
    let hits = outcomes.iter().filter(|o| better(**o)).count() as f64;
    outcomes.sort_unstable_by(f64::total_cmp);
    if direction == Direction::AtMost {
        outcomes.reverse();
    }
    // From worst to best: a target at the p-th outcome is met by the share 1 − p.
    let at = |p: f64| outcomes[((p * n) as usize).min(outcomes.len() - 1)];
    let probability = hits / n;
    Ok(Attainment {
        probability,
        interval: wilson(hits, n),
        expected: at(0.5),
        commit: at(0.2),
        target: at(0.5),
        stretch: at(0.8),
        ambition: match probability {
            p if p < 0.1 => Ambition::Moonshot,
            p if p > 0.9 => Ambition::Sandbag,
            _ => Ambition::Sound,
        },
    })
}

/// What the goal's number is at the end of each path.
fn outcomes(
    rule: Rule,
    direction: Direction,
    paths: &[Vec<f64>],
) -> Result<Vec<f64>, AttainmentError> {
    if paths.is_empty() {
        return Err(AttainmentError::NoPaths);
    }
    let sum = |path: &Vec<f64>| path.iter().sum::<f64>();
    let worst = match direction {
        Direction::AtLeast => f64::NEG_INFINITY,
        Direction::AtMost => f64::INFINITY,
    };
    Ok(match rule {
        Rule::Sum { so_far } => paths.iter().map(|p| so_far + sum(p)).collect(),
        Rule::EndLevel => paths.iter().map(|p| p.last().copied().unwrap_or(worst)).collect(),
        Rule::Mean { so_far, steps } => paths
            .iter()
            .map(|p| {
                let all = steps + p.len();
                if all == 0 { worst } else { (so_far + sum(p)) / all as f64 }
            })
            .collect(),
        Rule::Ratio { numerator, denominator, denominators } => {
            if denominators.len() != paths.len() {
                return Err(AttainmentError::PathsDiffer {
                    numerators: paths.len(),
                    denominators: denominators.len(),
                });
            }
            let ratio = |(n, d): (&Vec<f64>, &Vec<f64>)| {
                let below = denominator + sum(d);
                if below > 0.0 { (numerator + sum(n)) / below } else { worst }
            };
            paths.iter().zip(denominators).map(ratio).collect()
        }
        Rule::Periods { met, current, current_steps, length, threshold } => {
            if length == 0 {
                return Err(AttainmentError::NoPeriod);
            }
            let better = |value: f64| match direction {
                Direction::AtLeast => value >= threshold,
                Direction::AtMost => value <= threshold,
            };
            let count = |path: &Vec<f64>| {
                let (mut count, mut sum, mut steps) = (met, current, current_steps);
                for value in path {
                    sum += value;
                    steps += 1;
                    if steps == length {
                        count += usize::from(better(sum));
                        (sum, steps) = (0.0, 0);
                    }
                }
                count as f64
            };
            // More periods that meet it are better in either direction: see `attainment_of_periods`.
            let sign = if direction == Direction::AtMost { -1.0 } else { 1.0 };
            paths.iter().map(|p| sign * count(p)).collect()
        }
    })
}

/// The probability that at least `needed` periods meet the threshold of [`Rule::Periods`], each in
/// `direction`; the targets are numbers of periods.
pub fn attainment_of_periods(
    rule: Rule,
    direction: Direction,
    needed: usize,
    paths: &[Vec<f64>],
) -> Result<Attainment, AttainmentError> {
    let sign = if direction == Direction::AtMost { -1.0 } else { 1.0 };
    let mut answer = attainment(rule, direction, sign * needed as f64, paths)?;
    for number in
        [&mut answer.expected, &mut answer.commit, &mut answer.target, &mut answer.stretch]
    {
        *number *= sign;
    }
    Ok(answer)
}

/// Wilson score interval at 95 %.
fn wilson(hits: f64, n: f64) -> Interval {
    let z = normal_quantile(0.975);
    let p = hits / n;
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    Interval { low: (centre - half).max(0.0).min(p), high: (centre + half).min(1.0).max(p) }
}

/// The value a sum should have reached after each step to arrive at `target` along the season.
///
/// `weights` are what each step of the whole period is expected to bring (a forecast), negative
/// ones counting as zero. Without any expectation the path is a straight line.
pub fn expected_path(target: f64, weights: &[f64]) -> Vec<f64> {
    let positive: Vec<f64> = weights.iter().map(|w| w.max(0.0)).collect();
    let total: f64 = positive.iter().sum();
    let mut sum = 0.0;
    positive
        .iter()
        .map(|w| {
            sum += if total > 0.0 { w / total } else { 1.0 / positive.len() as f64 };
            target * sum
        })
        .collect()
}

/// How fast the goal is going: what was reached over what should have been by now. 1 is on the
/// path, below is behind. `None` when nothing was expected yet.
pub fn pace(so_far: f64, target: f64, weights: &[f64], steps_over: usize) -> Option<f64> {
    let path = expected_path(target, weights);
    let expected = *path.get(steps_over.checked_sub(1)?)?;
    (expected != 0.0).then(|| so_far / expected)
}

/// What each remaining step must bring to reach the target: the rest of it, divided along the
/// season. Zero each when the target is reached; empty when no steps remain.
pub fn required(target: f64, so_far: f64, remaining_weights: &[f64]) -> Vec<f64> {
    let rest = (target - so_far).max(0.0);
    let path = expected_path(rest, remaining_weights);
    let mut before = 0.0;
    path.iter()
        .map(|reached| {
            let step = reached - before;
            before = *reached;
            step
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Four paths of two steps; sums 10, 20, 30, 40.
    fn paths() -> Vec<Vec<f64>> {
        vec![vec![4.0, 6.0], vec![12.0, 8.0], vec![10.0, 20.0], vec![25.0, 15.0]]
    }

    #[test]
    fn each_rule_counts_what_its_name_says() {
        let paths = paths();
        let p = |rule, direction, target| {
            attainment(rule, direction, target, &paths).unwrap().probability
        };
        assert_eq!(p(Rule::Sum { so_far: 100.0 }, Direction::AtLeast, 120.0), 0.75);
        assert_eq!(p(Rule::Sum { so_far: 0.0 }, Direction::AtMost, 10.0), 0.25);
        assert_eq!(p(Rule::EndLevel, Direction::AtLeast, 15.0), 0.5);
        assert_eq!(p(Rule::Mean { so_far: 20.0, steps: 2 }, Direction::AtLeast, 10.0), 0.75);
        let denominators = vec![vec![1.0, 1.0]; 4];
        let ratio = Rule::Ratio { numerator: 0.0, denominator: 0.0, denominators: &denominators };
        assert_eq!(p(ratio, Direction::AtMost, 10.0), 0.5);
        let none = vec![vec![0.0]; 4];
        let broken = Rule::Ratio { numerator: 1.0, denominator: 0.0, denominators: &none };
        assert_eq!(p(broken, Direction::AtMost, 10.0), 0.0);
    }

    #[test]
    fn weeks_are_counted_across_the_one_that_is_running() {
        // One step of a two-step week is over with 5; the paths bring 4, 12, 10, 25 to it.
        let rule =
            Rule::Periods { met: 1, current: 5.0, current_steps: 1, length: 2, threshold: 16.0 };
        let answer = attainment_of_periods(rule, Direction::AtLeast, 2, &paths()).unwrap();
        assert_eq!(answer.probability, 0.5);
        let answer = attainment_of_periods(rule, Direction::AtMost, 2, &paths()).unwrap();
        assert_eq!(answer.probability, 0.5);
        assert_eq!((answer.commit, answer.stretch), (1.0, 2.0));
    }

    #[test]
    fn the_season_decides_what_is_expected_by_now() {
        let weights = [10.0, 10.0, 30.0, 50.0];
        assert_eq!(expected_path(200.0, &weights), [20.0, 40.0, 100.0, 200.0]);
        assert_eq!(pace(30.0, 200.0, &weights, 2), Some(0.75));
        assert_eq!(pace(0.0, 200.0, &weights, 0), None);
        assert_eq!(required(200.0, 40.0, &[30.0, 50.0]), [60.0, 100.0]);
        assert_eq!(required(200.0, 240.0, &[30.0, 50.0]), [0.0, 0.0]);
        assert_eq!(expected_path(10.0, &[0.0, 0.0]), [5.0, 10.0]);
    }

    #[test]
    fn hard_and_easy_targets_are_named() {
        let paths: Vec<Vec<f64>> = (0..1000).map(|i| vec![f64::from(i)]).collect();
        let at = |target| {
            attainment(Rule::Sum { so_far: 0.0 }, Direction::AtLeast, target, &paths).unwrap()
        };
        assert_eq!(at(950.0).ambition, Ambition::Moonshot);
        assert_eq!(at(50.0).ambition, Ambition::Sandbag);
        assert_eq!(at(500.0).ambition, Ambition::Sound);
        assert_eq!((at(0.0).commit, at(0.0).target, at(0.0).stretch), (200.0, 500.0, 800.0));
    }

    #[test]
    fn questions_without_paths_are_refused() {
        let none = attainment(Rule::EndLevel, Direction::AtLeast, 1.0, &[]);
        assert_eq!(none, Err(AttainmentError::NoPaths));
    }

    proptest! {
        #[test]
        fn a_higher_target_is_never_more_likely(
            sums in prop::collection::vec(-100.0..100.0_f64, 1..60),
            target in -120.0..120.0_f64, more in 0.0..50.0_f64,
        ) {
            let paths: Vec<Vec<f64>> = sums.iter().map(|s| vec![*s]).collect();
            let rule = Rule::Sum { so_far: 0.0 };
            let at = |t| attainment(rule, Direction::AtLeast, t, &paths).unwrap();
            prop_assert!(at(target + more).probability <= at(target).probability);
            let answer = at(target);
            prop_assert!(answer.interval.contains(answer.probability));
            prop_assert!(answer.commit <= answer.target && answer.target <= answer.stretch);
            // The target offered for 80 % is met in at least 80 % of the paths.
            prop_assert!(at(answer.commit).probability >= 0.8 - 1e-12);
        }
    }
}
