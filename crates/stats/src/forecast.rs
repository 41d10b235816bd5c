//! Forecasts of a series with intervals that hold what they promise.
//!
//! [`forecast`] tries a family of models on the series' own past (rolling origins), weighs those
//! that did well, and measures how wrong such forecasts were at each distance. Bands and joint paths
//! come from those errors, so that 80 % means 80 %. Seasonal naive is the referee: a forecast that does
//! not beat it says so. [`backtest`] repeats the whole procedure at earlier points in time.
//!
//! A series is one number per step; a missing step is NaN. Seasons are period lengths in steps.

mod backtest;
mod bands;
mod candidates;
mod decompose;
mod held_out;
mod intermittent;
mod select;
mod series;
mod smoothing;

pub use backtest::{Backtest, Coverage, backtest};
pub use bands::Band;
pub use select::{Candidate, Forecast, Skill, forecast};
pub use series::{ForecastError, Series, Settings};

#[cfg(test)]
mod tests;
