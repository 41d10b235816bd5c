//! The whole procedure repeated at earlier points in time.

use super::select::forecast;
use super::series::{ForecastError, Series, Settings, naive_scale};

/// How a band held up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Share of outcomes that should have been inside.
    pub level: f64,
    /// Share that was.
    pub observed: f64,
}

/// What forecasts made at earlier points in time were worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Backtest {
    /// Mean absolute error over the seasonal naive error of the training part, mean over windows;
    /// NaN when the series never changes.
    pub mase: f64,
    /// The same for the seasonal naive forecast.
    pub naive_mase: f64,
    /// Symmetric mean absolute percentage error, in percent, mean over windows.
    pub smape: f64,
    /// Mean absolute error, in units of the series.
    pub mean_absolute_error: f64,
    /// How each band held up, in the order of the levels.
    pub coverage: Vec<Coverage>,
    /// Number of windows.
    pub windows: usize,
}

/// Forecasts the last `windows` stretches of `horizon` steps, each from what came before it, and
/// compares with what happened.
pub fn backtest(
    series: &Series,
    settings: &Settings,
    windows: usize,
) -> Result<Backtest, ForecastError> {
    series.check(settings)?;
    let (n, horizon, lag) = (series.values.len(), settings.horizon, series.lag());
    if windows == 0 || n < windows * horizon + 4 {
        return Err(ForecastError::TooManyWindows { windows, horizon, length: n });
    }
    let settings = Settings { paths: 0, ..settings.clone() };
    let mut result = Backtest {
        mase: 0.0,
        naive_mase: 0.0,
        smape: 0.0,
        mean_absolute_error: 0.0,
        coverage: settings.levels.iter().map(|l| Coverage { level: *l, observed: 0.0 }).collect(),
        windows,
    };
    let mut total = 0.0;
    for window in (1..=windows).rev() {
        let origin = n - window * horizon;
        let past = Series { values: &series.values[..origin], ..*series };
        let made = forecast(&past, &settings)?;
        let filled = past.filled();
        let scale = naive_scale(past.values, lag).or_else(|| naive_scale(past.values, 1));
        let (mut error, mut naive, mut percent, mut count) = (0.0, 0.0, 0.0, 0.0);
        let back = lag.min(origin);
        for h in 0..horizon {
            let actual = series.values[origin + h];
            if actual.is_nan() {
                continue;
            }
            let off = (actual - made.mean[h]).abs();
            error += off;
            naive += (actual - filled[origin - back + h % back]).abs();
            let size = actual.abs() + made.mean[h].abs();
            percent += if size > 0.0 { 200.0 * off / size } else { 0.0 };
            count += 1.0;
            for (coverage, band) in result.coverage.iter_mut().zip(&made.bands) {
                if band.low[h] <= actual && actual <= band.high[h] {
                    coverage.observed += 1.0;
                }
            }
        }
        let share = 1.0 / (windows as f64 * f64::max(count, 1.0));
        result.mase += share * error / scale.unwrap_or(f64::NAN);
        result.naive_mase += share * naive / scale.unwrap_or(f64::NAN);
        result.smape += share * percent;
        result.mean_absolute_error += share * error;
        total += count;
    }
    result.coverage.iter_mut().for_each(|c| c.observed /= f64::max(total, 1.0));
    Ok(result)
}
