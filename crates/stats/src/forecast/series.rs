//! What a forecast is asked for, and the checks and repairs before it.

/// Why there is no forecast.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ForecastError {
    /// Too few observations to say anything.
    #[error("{observed} observations are too few for a forecast: at least {needed} are needed")]
    TooShort {
        /// Observations that are not missing.
        observed: usize,
        /// The least number.
        needed: usize,
    },
    /// A value that is not a number of the line.
    #[error("value {index} is infinite")]
    Infinite {
        /// Position in the series, from 0.
        index: usize,
    },
    /// Nothing to forecast.
    #[error("the horizon must be at least one step")]
    NoHorizon,
    /// A period that is no period.
    #[error("a season of {season} steps is shorter than two")]
    InvalidSeason {
        /// The period asked for.
        season: f64,
    },
    /// A regressor that does not cover past and future, or has gaps.
    #[error("regressor {index} must have a number for every step of the past and the horizon")]
    InvalidRegressor {
        /// Position in the list, from 0.
        index: usize,
    },
    /// Fewer windows fit into the past than asked for.
    #[error("{windows} windows of {horizon} steps do not fit into {length} observations")]
    TooManyWindows {
        /// Windows asked for.
        windows: usize,
        /// Length of each.
        horizon: usize,
        /// Steps of the series.
        length: usize,
    },
}

/// The past of a series, and what is known about its future.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// One value per step, oldest first; NaN where missing.
    pub values: &'a [f64],
    /// Period lengths in steps, each at least 2, for instance 7 and 365.25 for days. The first one
    /// is the season of the seasonal naive forecast. Empty without seasons.
    pub seasons: &'a [f64],
    /// Numbers known in advance, such as holidays (0 or 1) or planned events: one per step of the
    /// past and of the horizon.
    pub regressors: &'a [Vec<f64>],
}

/// How far to look and how sure to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Steps ahead, ≥ 1.
    pub horizon: usize,
    /// Levels of the bands, in (0, 1).
    pub levels: Vec<f64>,
    /// Number of joint sample paths.
    pub paths: usize,
    /// Seed of the paths.
    pub seed: u64,
    /// The most rolling origins to judge the models by.
    pub origins: usize,
}

impl Settings {
    /// The usual settings: bands of 80 and 95 %, 2,000 paths, up to 20 origins.
    pub fn new(horizon: usize) -> Self {
        Self { horizon, levels: vec![0.8, 0.95], paths: 2000, seed: 1, origins: 20 }
    }
}

/// The least number of observations.
const LEAST: usize = 4;

impl Series<'_> {
    /// Steps per season of the referee; 1 without seasons.
    pub(super) fn lag(&self) -> usize {
        self.seasons.first().map_or(1, |s| s.round() as usize)
    }

    pub(super) fn check(&self, settings: &Settings) -> Result<(), ForecastError> {
        if settings.horizon == 0 {
            return Err(ForecastError::NoHorizon);
        }
        if let Some(index) = self.values.iter().position(|v| v.is_infinite()) {
            return Err(ForecastError::Infinite { index });
        }
        let observed = self.values.iter().filter(|v| !v.is_nan()).count();
        if observed < LEAST {
            return Err(ForecastError::TooShort { observed, needed: LEAST });
        }
        if let Some(&season) = self.seasons.iter().find(|s| !(**s >= 2.0 && s.is_finite())) {
            return Err(ForecastError::InvalidSeason { season });
        }
        let steps = self.values.len() + settings.horizon;
        let broken = |r: &Vec<f64>| r.len() < steps || r.iter().any(|x| !x.is_finite());
        match self.regressors.iter().position(broken) {
            Some(index) => Err(ForecastError::InvalidRegressor { index }),
            None => Ok(()),
        }
    }

    /// The values without gaps: what is missing is filled from the same point of the neighbouring
    /// seasons, or else by a line between its neighbours. Gaps at the start are cut off by
    /// repeating the first value.
    pub(super) fn filled(&self) -> Vec<f64> {
        let lag = self.lag();
        let mut filled = self.values.to_vec();
        let n = filled.len();
        let line = interpolated(self.values);
        for t in 0..n {
            if !self.values[t].is_nan() {
                continue;
            }
            let at = |offset: isize| -> Option<f64> {
                let other = usize::try_from(t as isize + offset).ok().filter(|o| *o < n)?;
                let value = self.values[other];
                // The season repeats around the level that the line gives.
                (!value.is_nan()).then(|| value - smooth(&line, other, lag))
            };
            let lag = lag as isize;
            let seasonal: Vec<f64> = if lag > 1 {
                [at(-lag), at(lag), at(-2 * lag)].into_iter().flatten().collect()
            } else {
                Vec::new()
            };
            filled[t] = if seasonal.is_empty() {
                line[t]
            } else {
                let shift = seasonal.iter().sum::<f64>() / seasonal.len() as f64;
                smooth(&line, t, lag as usize) + shift
            };
        }
        let least =
            self.values.iter().copied().filter(|v| !v.is_nan()).fold(f64::INFINITY, f64::min);
        filled.iter_mut().for_each(|v| *v = v.max(least));
        filled
    }
}

/// Straight lines over the gaps.
fn interpolated(values: &[f64]) -> Vec<f64> {
    let mut line = values.to_vec();
    let mut last: Option<usize> = None;
    for t in 0..values.len() {
        if values[t].is_nan() {
            continue;
        }
        match last {
            None => line[..t].fill(values[t]),
            Some(before) => {
                let slope = (values[t] - values[before]) / (t - before) as f64;
                for k in before + 1..t {
                    line[k] = values[before] + slope * (k - before) as f64;
                }
            }
        }
        last = Some(t);
    }
    if let Some(before) = last {
        let value = values[before];
        line[before..].fill(value);
    }
    line
}

/// Mean over one season around `t`.
fn smooth(line: &[f64], t: usize, lag: usize) -> f64 {
    let start = t.saturating_sub(lag / 2);
    let end = (start + lag.max(1)).min(line.len());
    line[start..end].iter().sum::<f64>() / (end - start) as f64
}

/// Mean |y_t − y_{t−lag}| where both are known: the unit of MASE. `None` when it is zero.
pub(super) fn naive_scale(values: &[f64], lag: usize) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for t in lag..values.len() {
        let difference = (values[t] - values[t - lag]).abs();
        if !difference.is_nan() {
            sum += difference;
            count += 1.0;
        }
    }
    (sum > 0.0).then_some(sum / count)
}
