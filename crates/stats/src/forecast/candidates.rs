//! The models that compete, as point forecasts of a series without gaps.

use super::decompose::{Seasonal, effects};
use super::smoothing::{exponential, level, theta};

/// What forecasts the series once its seasons are off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Core {
    /// The value one season ago. The referee.
    SeasonalNaive,
    /// The value one season ago plus the usual change over a season.
    SeasonalDrift,
    /// Theta.
    Theta,
    /// Exponential smoothing with a damped trend.
    Smoothing,
    /// Exponential smoothing with a season that learns.
    HoltWinters,
    /// The mean of everything.
    Mean,
}

/// A model: a core, the seasons it takes off first, and whether it works on logarithms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Model {
    pub(super) core: Core,
    pub(super) logarithm: bool,
    /// How many of the seasons are used.
    pub(super) seasons: usize,
    pub(super) discount: f64,
}

impl Model {
    pub(super) fn name(&self) -> String {
        let core = match self.core {
            Core::SeasonalNaive => return "seasonal_naive".into(),
            Core::SeasonalDrift => "seasonal_drift",
            Core::Theta if self.discount < 1.0 => "theta_recent",
            Core::Theta => "theta",
            Core::Smoothing if self.discount < 1.0 => "ets_recent",
            Core::Smoothing => "ets",
            Core::HoltWinters => "holt_winters",
            Core::Mean => "mean",
        };
        // Several seasons are taken off one after the other first.
        let seasons = if self.seasons > 1 { "mstl_" } else { "" };
        let scale = if self.logarithm { "_log" } else { "" };
        format!("{seasons}{core}{scale}")
    }

    /// Forecast of the next `horizon` steps; regressors cover the past and the horizon.
    pub(super) fn forecast(
        &self,
        values: &[f64],
        seasons: &[f64],
        regressors: &[Vec<f64>],
        horizon: usize,
    ) -> Vec<f64> {
        let n = values.len();
        if self.core == Core::SeasonalNaive {
            let lag = seasons.first().map_or(1, |s| s.round() as usize);
            return naive(values, lag, 0.0, horizon);
        }
        let mut working: Vec<f64> =
            if self.logarithm { values.iter().map(|v| v.ln()).collect() } else { values.to_vec() };
        let effects =
            if regressors.is_empty() { Vec::new() } else { effects(&working, seasons, regressors) };
        let event = |t: usize| effects.iter().zip(regressors).map(|(e, r)| e * r[t]).sum::<f64>();
        if !effects.is_empty() {
            for (t, value) in working.iter_mut().enumerate() {
                *value -= event(t);
            }
        }
        let mut forecast = self.core_forecast(&working, &seasons[..self.seasons], horizon);
        for (h, value) in forecast.iter_mut().enumerate() {
            *value += event(n + h);
            if self.logarithm {
                *value = value.min(700.0).exp();
            }
        }
        forecast
    }

    fn core_forecast(&self, values: &[f64], seasons: &[f64], horizon: usize) -> Vec<f64> {
        let n = values.len();
        let lag = seasons.first().map_or(1, |s| s.round() as usize);
        if self.core == Core::SeasonalDrift {
            let changes = n - lag.min(n);
            let drift = if changes > 0 {
                let recent = changes.min(4 * lag.max(4));
                values[n - recent..].iter().sum::<f64>()
                    - values[n - recent - lag..n - lag].iter().sum::<f64>()
            } else {
                0.0
            };
            let recent = changes.clamp(1, 4 * lag.max(4)) as f64;
            // Half of it: the future is rarely as different from the past as the past was.
            return naive(values, lag, 0.5 * drift / recent, horizon);
        }
        let seasonal = Seasonal::new(values, seasons, self.discount);
        if self.core == Core::HoltWinters && lag > 1 {
            let start: Vec<f64> = (0..lag).map(|t| seasonal.at(t)).collect();
            return exponential(values, &start, horizon);
        }
        let mut forecast = match self.core {
            Core::Theta => theta(&seasonal.adjusted, horizon),
            Core::Mean => {
                let mean = seasonal.adjusted.iter().sum::<f64>() / n as f64;
                vec![0.5 * (mean + level(&seasonal.adjusted).0); horizon]
            }
            _ => exponential(&seasonal.adjusted, &[0.0], horizon),
        };
        for (h, value) in forecast.iter_mut().enumerate() {
            *value += seasonal.at(n + h);
        }
        forecast
    }
}

/// Repeats the last season, moved by `drift` each season.
fn naive(values: &[f64], lag: usize, drift: f64, horizon: usize) -> Vec<f64> {
    let n = values.len();
    let lag = lag.min(n);
    (0..horizon).map(|h| values[n - lag + h % lag] + drift * (1 + h / lag) as f64).collect()
}

/// The models worth trying on a series of this length; the referee is first.
pub(super) fn candidates(values: &[f64], seasons: &[f64]) -> Vec<Model> {
    let n = values.len();
    let positive = values.iter().all(|v| *v > 0.0);
    let lag = seasons.first().map_or(1, |s| s.round() as usize);
    let usable = usize::from(!seasons.is_empty());
    let plain =
        Model { core: Core::SeasonalNaive, logarithm: false, seasons: usable, discount: 1.0 };
    let mut models = vec![plain];
    let scales: &[bool] = if positive { &[false, true] } else { &[false] };
    for &logarithm in scales {
        let model = Model { logarithm, ..plain };
        models.push(Model { core: Core::SeasonalDrift, ..model });
        models.push(Model { core: Core::Theta, ..model });
        models.push(Model { core: Core::Smoothing, ..model });
        if n >= 5 * lag && lag > 1 {
            models.push(Model { core: Core::Smoothing, discount: 0.7, ..model });
            models.push(Model { core: Core::Theta, discount: 0.7, ..model });
        }
        if lag > 1 && lag <= 60 && n >= 3 * lag {
            models.push(Model { core: Core::HoltWinters, ..model });
        }
        if seasons.len() > 1 && seasons.iter().skip(1).any(|s| n as f64 >= 2.0 * s) {
            models.push(Model { core: Core::Smoothing, seasons: seasons.len(), ..model });
            models.push(Model { core: Core::Theta, seasons: seasons.len(), ..model });
        }
        if n < 6 * lag.max(4) {
            models.push(Model { core: Core::Mean, ..model });
        }
    }
    models
}
