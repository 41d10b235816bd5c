//! Experiments: what two or more arms tell about a metric, from sums alone.
//!
//! Read in this order: [`metric`] (sums of an arm), [`effect`] (the lift and its standard error),
//! then one of three ways to judge it: [`fixed`] (look once, at the end), [`sequential`] (look every
//! day), [`bayes`] (how likely is it better, and what does a mistake cost). [`analysis`] does all of
//! it for a whole experiment and [`verdict`] says it in words.

pub mod analysis;
pub mod bandit;
pub mod bayes;
pub mod covariate;
pub mod effect;
pub mod fixed;
pub mod group_sequential;
pub mod metric;
pub mod multiple;
pub mod power;
pub mod sample_ratio;
pub mod sequential;
pub mod verdict;
pub mod winsor;

#[cfg(test)]
mod grid_tests;
#[cfg(test)]
mod simulation_tests;

/// Why an experiment cannot be analysed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExperimentError {
    /// Fewer than two arms.
    #[error("an experiment needs at least two arms, not {0}")]
    TooFewArms(usize),
    /// An arm has fewer than two units, so nothing is known about its spread.
    #[error("arm `{arm}` has {n} units; at least 2 are needed")]
    EmptyArm { arm: String, n: f64 },
    /// Sums that no data can have: more conversions than units, Σx² below (Σx)²/n, not a number.
    #[error("arm `{arm}`: {reason}")]
    Impossible { arm: String, reason: String },
    /// The first arm's mean is zero, so a relative lift does not exist.
    #[error(
        "the mean of the first arm is zero, so a relative lift does not exist; ask for the absolute difference"
    )]
    NoBaseline,
    /// Both arms are constant: there is no spread to judge a difference by.
    #[error("every unit has the same value in both arms, so nothing can be judged")]
    Constant,
    /// Nobody in the arm did anything: its relative lift is −100 % without a spread to judge it by.
    #[error(
        "the mean of an arm is zero, so its relative lift has no spread to be judged by; ask for the absolute difference"
    )]
    NoRelativeSpread,
    /// A setting outside its range.
    #[error("{name} must be {range}, not {value}")]
    Setting { name: &'static str, range: &'static str, value: f64 },
}

/// Refuses a share that is not strictly between 0 and 1.
fn open_share(name: &'static str, value: f64) -> Result<f64, ExperimentError> {
    if value > 0.0 && value < 1.0 {
        Ok(value)
    } else {
        Err(ExperimentError::Setting { name, range: "between 0 and 1", value })
    }
}
