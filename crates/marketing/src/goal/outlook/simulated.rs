//! The days of a goal's period that are ahead, many times.

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_stats::forecast::{self, Forecast, ForecastError, Series, Settings, Skill};

use super::super::{Rolling, days_between};
use super::grid::{Grid, Over};
use super::rises::Rises;
use super::{Counting, Effort, Goal, OutlookError};

/// Shortest past with two of each weekday, from which a week's rhythm is taken.
const WEEKLY_FROM: usize = 15;
/// Shortest past from which a year's rhythm is taken.
const YEARLY_FROM: usize = 731;

/// The rest of the period, many times.
pub(super) struct Simulated {
    /// The days ahead that count.
    pub(super) days: Vec<Date>,
    /// Values of those days; for a ratio the numerators.
    pub(super) paths: Vec<Vec<f64>>,
    /// For a ratio the denominators.
    pub(super) below: Vec<Vec<f64>>,
    /// Expected value of each of those days (of a ratio, the denominator's).
    pub(super) mean: Vec<f64>,
    pub(super) tested: Tested,
}

/// What such forecasts of the goal's own series were worth in the past.
#[derive(Clone, Copy)]
pub(super) struct Tested {
    pub(super) skill: Skill,
    pub(super) mase: Option<f64>,
    pub(super) coverage80: Option<f64>,
}

impl Tested {
    pub(super) fn of(made: &Forecast) -> Tested {
        let finite = |value: f64| value.is_finite().then_some(value);
        let at80 = made.bands.iter().position(|band| (band.level - 0.8).abs() < 1e-9);
        Tested {
            skill: made.skill,
            mase: finite(made.mase),
            coverage80: at80.and_then(|at| finite(*made.coverage.get(at)?)),
        }
    }
}

impl Simulated {
    pub(super) fn new(
        grid: &Grid,
        goal: &Goal,
        horizon: usize,
        effort: Effort,
        seed: u64,
    ) -> Result<Simulated, OutlookError> {
        if horizon == 0 {
            let none = vec![Vec::new()];
            return Ok(Simulated {
                days: Vec::new(),
                below: none.clone(),
                paths: none,
                mean: Vec::new(),
                tested: Tested { skill: Skill::Unknown, mase: None, coverage80: None },
            });
        }
        let ahead = |values: &[f64],
                     horizon: usize,
                     seed: u64|
         -> Result<Forecast, ForecastError> {
            let observed = values.iter().filter(|value| value.is_finite()).count();
            let mut seasons = Vec::new();
            if observed >= WEEKLY_FROM {
                seasons.push(7.0);
            }
            if observed >= YEARLY_FROM {
                seasons.push(365.25);
            }
            let settings = Settings {
                paths: effort.paths,
                origins: effort.origins,
                seed,
                ..Settings::new(horizon)
            };
            forecast::forecast(&Series { values, seasons: &seasons, regressors: &[] }, &settings)
        };
        let rises = match goal.counting {
            Counting::EndLevel => Rises::of(&grid.numerators, &grid.unusual),
            _ => None,
        };
        let made = match &rises {
            Some(rises) => {
                let mut made = ahead(&rises.days, horizon + rises.since, seed)?;
                made.mean = rises.level_after(&made.mean);
                made.paths = made.paths.iter().map(|path| rises.level_after(path)).collect();
                made
            }
            None => ahead(&grid.values(goal.counting), horizon, seed)?,
        };
        let tested = Tested::of(&made);
        // Days before the start are only forecast to get past them, unless they are of the last days, too.
        let skip = usize::try_from(days_between(grid.next(), goal.start) - 1)
            .unwrap_or(0)
            .min(if matches!(goal.counting, Counting::Rolling(_)) { 0 } else { horizon - 1 });
        let days: Vec<Date> = grid
            .next()
            .series(1.day())
            .skip(skip)
            .take_while(|day| *day <= goal.deadline)
            .collect();
        let cut = |paths: Vec<Vec<f64>>| -> Vec<Vec<f64>> {
            paths.into_iter().map(|path| path[skip..].to_vec()).collect()
        };
        let Counting::Ratio { scale } = goal.counting else {
            return Ok(Simulated {
                days,
                mean: made.mean[skip..].to_vec(),
                below: Vec::new(),
                paths: cut(made.paths),
                tested,
            });
        };
        let volumes = grid.learned(grid.denominators.clone());
        let volume = ahead(&volumes, horizon, seed.wrapping_add(1))?;
        let below = cut(volume.paths);
        let mut paths = cut(made.paths);
        for (values, weights) in paths.iter_mut().zip(&below) {
            for (value, weight) in values.iter_mut().zip(weights) {
                *value *= weight / scale;
            }
        }
        let mean = volume.mean[skip..].to_vec();
        Ok(Simulated { days, paths, below, mean, tested })
    }
}

impl Simulated {
    /// Of the last days up to the deadline: what of them is over, and how many days ahead come before them.
    pub(super) fn at_the_end(&self, over: &Over, rolling: Rolling) -> (f64, usize) {
        let ahead = self.days.len();
        let so_far = over.rolling.iter().skip(ahead).sum();
        (so_far, ahead.saturating_sub(rolling.length()))
    }
}
