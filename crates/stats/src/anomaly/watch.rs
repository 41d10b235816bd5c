//! The newest value of many series: which of them deserve a look today.

use super::grid::Grid;
use super::score::Scores;
use super::{AnomalyError, Direction, Settings, model};
use crate::experiment::multiple::benjamini_hochberg;

/// How unusual the newest complete value of one series is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latest {
    /// Its time, seconds.
    pub time_s: i64,
    /// What was measured.
    pub actual: f64,
    /// What was expected.
    pub expected: f64,
    /// Which way it went.
    pub direction: Direction,
    /// Probability of a deviation at least this rare. 1 where the value is too small to judge.
    pub p_value: f64,
}

/// Judges the newest value that is complete and not muted.
pub fn latest(
    times_s: &[i64],
    values: &[f64],
    settings: &Settings,
) -> Result<Latest, AnomalyError> {
    let grid = Grid::new(times_s, values, settings)?;
    let fitted = model::fit(&grid.learned, grid.step_s);
    let scores = Scores::new(&fitted, &grid.learned, grid.step_s)?;
    let newest = grid.learned.iter().rposition(|value| value.is_finite()).unwrap_or(0);
    let (actual, expected) = (grid.values[newest], scores.band(&fitted, newest, 0.0).1);
    let small = expected < settings.smallest_expected
        || (actual - expected).abs() < settings.smallest_effect * expected.abs();
    Ok(Latest {
        time_s: grid.time_s(newest),
        actual,
        expected,
        direction: if scores.upwards(newest) { Direction::Up } else { Direction::Down },
        p_value: if small { 1.0 } else { scores.p_value(newest).unwrap_or(1.0) },
    })
}

/// Which of the series to raise an alarm for, so that on average at most the share `false_share` of the
/// alarms is false (Benjamini–Hochberg): watching more series does not mean more noise.
pub fn alarms(latest: &[Latest], false_share: f64) -> Vec<usize> {
    let p_values: Vec<f64> = latest.iter().map(|one| one.p_value).collect();
    let adjusted = benjamini_hochberg(&p_values);
    (0..latest.len()).filter(|&i| adjusted[i] <= false_share).collect()
}
