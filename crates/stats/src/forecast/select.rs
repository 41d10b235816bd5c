//! Choosing and weighing the models by rolling origins, and the forecast itself.

use super::bands::{Band, Errors, sorted_quantile};
use super::candidates::{Core, Model, candidates};
use super::held_out::{self, Past};
use super::intermittent;
use super::series::{ForecastError, Series, Settings, naive_scale};

/// Whether the forecast is worth more than repeating the last season.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skill {
    /// It was better than seasonal naive on the past.
    BetterThanNaive,
    /// It was no better: no skill over naive.
    NoneOverNaive,
    /// The past is too short to tell.
    Unknown,
}

/// How one model did on the past.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The model.
    pub name: String,
    /// Its mean absolute scaled error over the rolling origins.
    pub mase: f64,
    /// Its weight in the forecast.
    pub weight: f64,
}

/// A forecast with what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The models that were averaged.
    pub model: String,
    /// Expected value at each step.
    pub mean: Vec<f64>,
    /// Bands, in the order of the levels asked for.
    pub bands: Vec<Band>,
    /// Joint sample paths; their marginals are those of the bands.
    pub paths: Vec<Vec<f64>>,
    /// 1 − MASE/MASE of seasonal naive on the rolling origins; NaN when unknown.
    pub skill_vs_naive: f64,
    /// The same in one word.
    pub skill: Skill,
    /// Mean absolute error at the rolling origins, over that of repeating the last season within the past
    /// before each (MASE, Hyndman and Koehler 2006); below 1 is better. NaN with fewer than three origins.
    pub mase: f64,
    /// The share of outcomes at the rolling origins that lay inside the bands, in the order of the levels;
    /// no outcome is judged by itself. NaN where too few origins are apart.
    pub coverage: Vec<f64>,
    /// Every model tried.
    pub candidates: Vec<Candidate>,
    /// Rolling origins the models were judged by.
    pub origins: usize,
}

/// Steps after which a past error counts half, at least; else a horizon or half a season. Short: over
/// fifty series, those that had become wilder were the ones whose bands failed, and this is what
/// brought them closest to their level without widening the bands of the others.
const HALF_LIFE: f64 = 20.0;

/// Forecasts of every candidate from one origin.
struct Trial {
    origin: usize,
    forecasts: Vec<Vec<f64>>,
    scale: f64,
}

/// Forecasts a series. See the module for the method.
///
/// A candidate counts with weight 1/MASE⁴ (so the good ones share and the bad ones vanish); the error
/// of this very average on the past gives the bands.
pub fn forecast(series: &Series, settings: &Settings) -> Result<Forecast, ForecastError> {
    series.check(settings)?;
    let filled = series.filled();
    if intermittent::is_intermittent(&filled) && series.regressors.is_empty() {
        return Ok(intermittent_forecast(series, settings, &filled));
    }
    let horizon = settings.horizon;
    let seasons: Vec<f64> = series.seasons.to_vec();
    let models = candidates(&filled, &seasons);
    let run = |model: &Model, until: usize, horizon: usize| {
        model.forecast(&filled[..until], &seasons, series.regressors, horizon)
    };
    let trials: Vec<Trial> = origins(filled.len(), series.lag(), horizon, settings.origins)
        .into_iter()
        .filter_map(|origin| {
            let scale = naive_scale(&series.values[..origin], series.lag())
                .or_else(|| naive_scale(&series.values[..origin], 1))?;
            let steps = horizon.min(filled.len() - origin);
            let forecasts = models.iter().map(|m| run(m, origin, steps)).collect();
            Some(Trial { origin, forecasts, scale })
        })
        .collect();
    let scores = scores(models.len(), &trials, series.values, None);
    let weights = weights(&models, &scores, trials.len());
    let finals: Vec<Vec<f64>> = models.iter().map(|m| run(m, filled.len(), horizon)).collect();
    let mut mean = average(&finals, &weights);
    let never_negative = filled.iter().all(|v| *v >= 0.0);
    let log_weight: f64 =
        models.iter().zip(&weights).filter(|(m, _)| m.logarithm).map(|(_, w)| w).sum();
    let logarithm = log_weight > 0.5;
    if never_negative {
        mean.iter_mut().for_each(|m| *m = m.max(0.0));
    }
    let scale = |value: f64| if logarithm { value.max(1e-300).ln() } else { value };
    let back = |value: f64| match (logarithm, never_negative) {
        (true, _) => value.min(700.0).exp(),
        (false, true) => value.max(0.0),
        (false, false) => value,
    };
    let mut past: Vec<Past> = Vec::new();
    // How wrong forecasts are changes: errors of long ago count less.
    let half_life = HALF_LIFE.max(horizon as f64).max(0.5 * series.lag() as f64);
    let (mut ours, mut naive, mut count) = (0.0, 0.0, 0.0);
    for (left_out, trial) in trials.iter().enumerate() {
        // Weighed without this very origin, so that its error is as honest as the next one will be.
        let others = self::scores(models.len(), &trials, series.values, Some(left_out));
        let own = average(&trial.forecasts, &self::weights(&models, &others, trials.len() - 1));
        let actual = &series.values[trial.origin..trial.origin + own.len()];
        let weight = (-((filled.len() - trial.origin) as f64) / half_life).exp2();
        let errors = actual.iter().zip(&own).map(|(a, f)| scale(*a) - scale(*f)).collect();
        past.push(Past { origin: trial.origin, weight, errors });
        for ((a, f), n) in actual.iter().zip(&own).zip(&trial.forecasts[0]) {
            if !a.is_nan() {
                ours += (a - f).abs() / trial.scale;
                naive += (a - n).abs() / trial.scale;
                count += 1.0;
            }
        }
    }
    let span = trials.first().map_or(0.0, |t| (filled.len() - t.origin) as f64);
    let windows = 2.0 * span.min(2.0 * half_life) / horizon as f64;
    let coverage = held_out::coverage(&past, horizon, windows, &settings.levels);
    let trajectories: Vec<(f64, Vec<f64>)> =
        past.into_iter().map(|one| (one.weight, one.errors)).collect();
    let errors = Errors::new(&trajectories, horizon, windows)
        .or_else(|| Errors::new(&changes(&filled, scale), horizon, 2.0));
    let centre: Vec<f64> = mean.iter().map(|m| scale(*m)).collect();
    let (bands, paths) = match errors {
        Some(errors) => {
            let mut bands: Vec<Band> =
                settings.levels.iter().map(|l| errors.band(&centre, *l)).collect();
            for band in &mut bands {
                band.low.iter_mut().chain(&mut band.high).for_each(|v| *v = back(*v));
            }
            let mut paths = errors.paths(&centre, settings.paths, settings.seed);
            paths.iter_mut().flatten().for_each(|v| *v = back(*v));
            (bands, paths)
        }
        // A constant series was never off.
        None => certain(&mean, settings),
    };
    let skill_vs_naive = if naive > 0.0 { 1.0 - ours / naive } else { f64::NAN };
    let enough = trials.len() >= 3;
    let list = models
        .iter()
        .zip(&scores)
        .zip(&weights)
        .map(|((m, s), w)| Candidate { name: m.name(), mase: *s, weight: *w })
        .collect();
    Ok(Forecast {
        model: name(&models, &weights),
        mean,
        bands,
        paths,
        skill_vs_naive,
        skill: match skill_vs_naive {
            _ if !enough => Skill::Unknown,
            s if s > 0.0 => Skill::BetterThanNaive,
            _ => Skill::NoneOverNaive,
        },
        mase: if enough && count > 0.0 { ours / count } else { f64::NAN },
        coverage,
        candidates: list,
        origins: trials.len(),
    })
}

fn certain(mean: &[f64], settings: &Settings) -> (Vec<Band>, Vec<Vec<f64>>) {
    let band = |level: &f64| Band { level: *level, low: mean.to_vec(), high: mean.to_vec() };
    (settings.levels.iter().map(band).collect(), vec![mean.to_vec(); settings.paths])
}

/// Where to stand in the past: the last ones closest together matter most, the first needs enough
/// past of its own. Oldest first. Origins less than a horizon ago judge the near steps only.
fn origins(length: usize, lag: usize, horizon: usize, most: usize) -> Vec<usize> {
    let least = if length >= 5 * lag { 3 * lag } else { (lag + 2).min(length / 2) }.max(4);
    let last = length.saturating_sub(horizon.min(2.max(horizon / 3)));
    if last < least {
        return Vec::new();
    }
    let room = last - least;
    // Not further back than a dozen horizons, six seasons or a hundred steps: the distant past is
    // another world.
    let room = room.min((12 * horizon).max(6 * lag).max(100));
    let step = (room / most.max(1)).max(1);
    let mut origins: Vec<usize> =
        (0..).map(|k| last - k * step).take_while(|o| last - o <= room).take(most + 1).collect();
    origins.reverse();
    origins
}

/// Mean absolute scaled error of each of `models` models over all trials but `left_out`.
fn scores(models: usize, trials: &[Trial], actual: &[f64], left_out: Option<usize>) -> Vec<f64> {
    (0..models)
        .map(|m| {
            let (mut sum, mut count) = (0.0, 0.0);
            for (_, trial) in trials.iter().enumerate().filter(|(i, _)| Some(*i) != left_out) {
                for (h, forecast) in trial.forecasts[m].iter().enumerate() {
                    let error = (actual[trial.origin + h] - forecast).abs();
                    if !actual[trial.origin + h].is_nan() {
                        sum += if error.is_finite() { error / trial.scale } else { 1e6 };
                        count += 1.0;
                    }
                }
            }
            if count > 0.0 { sum / count } else { f64::NAN }
        })
        .collect()
}

fn weights(models: &[Model], scores: &[f64], trials: usize) -> Vec<f64> {
    let best = scores.iter().copied().filter(|s| s.is_finite()).fold(f64::INFINITY, f64::min);
    let mut weights: Vec<f64> = if trials == 0 || !best.is_finite() {
        // Nothing to judge by: the simplest ones share.
        models
            .iter()
            .map(|m| match m.core {
                Core::SeasonalNaive | Core::Mean | Core::Smoothing if !m.logarithm => 1.0,
                _ => 0.0,
            })
            .collect()
    } else {
        scores
            .iter()
            .map(|s| {
                let ratio = (best + 1e-9) / (s + 1e-9);
                if ratio > 0.75 { ratio.powi(4) } else { 0.0 }
            })
            .collect()
    };
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= sum);
    weights
}

fn average(forecasts: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let mut mean = vec![0.0; forecasts[0].len()];
    for (forecast, weight) in forecasts.iter().zip(weights).filter(|(_, w)| **w > 0.0) {
        for (m, f) in mean.iter_mut().zip(forecast) {
            *m += weight * f;
        }
    }
    mean
}

/// The models that make up most of the average.
fn name(models: &[Model], weights: &[f64]) -> String {
    let mut order: Vec<usize> = (0..models.len()).filter(|i| weights[*i] >= 0.05).collect();
    order.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]));
    let names: Vec<String> = order.iter().map(|i| models[*i].name()).collect();
    if names.len() == 1 { names[0].clone() } else { format!("mean of {}", names.join(", ")) }
}

/// Changes from each step to the next ones: errors of the naive forecast.
fn changes(values: &[f64], scale: impl Fn(f64) -> f64) -> Vec<(f64, Vec<f64>)> {
    (0..values.len() - 1)
        .map(|t| (1.0, values[t + 1..].iter().map(|v| scale(*v) - scale(values[t])).collect()))
        .collect()
}

/// The same for series that are mostly zero: a level, and ratios to it that occurred.
fn intermittent_forecast(series: &Series, settings: &Settings, filled: &[f64]) -> Forecast {
    let season = series.seasons.first().copied();
    let horizon = settings.horizon;
    let mean = intermittent::expected(filled, season, horizon);
    let (mut level_error, mut ours, mut naive, mut count) = (Vec::new(), 0.0, 0.0, 0);
    let (mut scaled, mut steps_scaled) = (0.0, 0.0);
    for origin in origins(filled.len(), series.lag(), horizon, settings.origins) {
        let past = &filled[..origin];
        let steps = horizon.min(filled.len() - origin);
        let expected = intermittent::expected(past, season, steps);
        let actual = &filled[origin..origin + steps];
        let (sum, foretold): (f64, f64) = (actual.iter().sum(), expected.iter().sum());
        // Beyond what chance in single steps explains, the level itself was off by this much.
        level_error.push(((sum + 1.0) / (foretold + 1.0)).ln());
        count += 1;
        let scale = naive_scale(past, series.lag()).or_else(|| naive_scale(past, 1));
        if let Some(scale) = scale {
            scaled += actual.iter().zip(&expected).map(|(a, e)| (a - e).abs() / scale).sum::<f64>();
            steps_scaled += steps as f64;
        }
        let lag = series.lag().min(origin);
        for (h, (a, e)) in actual.iter().zip(&expected).enumerate() {
            ours += (a - e).powi(2);
            naive += (a - past[origin - lag + h % lag]).powi(2);
        }
    }
    let variance = level_error.iter().map(|e| e * e).sum::<f64>() / level_error.len().max(1) as f64;
    let steps: f64 = mean.iter().sum::<f64>().max(0.5);
    let recent_mean = filled.iter().sum::<f64>() / filled.len() as f64;
    let spread = filled.iter().map(|v| (v - recent_mean).powi(2)).sum::<f64>()
        / filled.len() as f64
        * horizon as f64
        / (steps + 1.0).powi(2);
    let level_error = (variance - spread).clamp(0.0025, 1.0).sqrt();
    let paths =
        intermittent::paths(filled, &mean, level_error, settings.paths.max(200), settings.seed);
    let bands = settings
        .levels
        .iter()
        .map(|&level| {
            let (mut low, mut high) = (Vec::new(), Vec::new());
            for (h, centre) in mean.iter().enumerate() {
                let mut step: Vec<f64> = paths.iter().map(|p| p[h]).collect();
                step.sort_unstable_by(f64::total_cmp);
                low.push(sorted_quantile(&step, 0.5 - 0.5 * level).min(*centre));
                high.push(sorted_quantile(&step, 0.5 + 0.5 * level).max(*centre));
            }
            Band { level, low, high }
        })
        .collect();
    let skill_vs_naive = if naive > 0.0 { 1.0 - (ours / naive).sqrt() } else { f64::NAN };
    Forecast {
        model: "intermittent".into(),
        mean,
        bands,
        paths: paths.into_iter().take(settings.paths).collect(),
        skill_vs_naive,
        skill: match skill_vs_naive {
            _ if count < 3 => Skill::Unknown,
            s if s > 0.0 => Skill::BetterThanNaive,
            _ => Skill::NoneOverNaive,
        },
        mase: if count >= 3 && steps_scaled > 0.0 { scaled / steps_scaled } else { f64::NAN },
        // Its paths are drawn from the whole past, so that no outcome could be judged by others.
        coverage: vec![f64::NAN; settings.levels.len()],
        candidates: Vec::new(),
        origins: count,
    }
}
