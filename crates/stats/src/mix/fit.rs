//! Sampling the posterior and saying what it means.

use rand_distr::{Distribution as _, StandardNormal};

use crate::dense;
use crate::distribution::{Interval, normal_density, seeded};
use crate::optimise::minimise;

use super::budget::Response;
use super::data::{MixError, Observations, RoiPrior, Settings, periods_per_parameter};
use super::diagnostics::{effective_size, split_r_hat};
use super::model::Model;
use super::nuts::{Chain, Run, sample};
use super::transform::Saturation;

/// A number with its posterior interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// What it is.
    pub name: String,
    /// Posterior mean.
    pub mean: f64,
    /// Central interval of the level asked for.
    pub interval: Interval,
}

/// What the data say about one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelFit {
    /// The channel.
    pub name: String,
    /// Target per unit of spend.
    pub roi: Parameter,
    /// Share of the whole target that the channel brought.
    pub contribution_share: Parameter,
    /// Contribution over the whole time, in units of the target.
    pub contribution: Parameter,
    /// Carry-over: the shape parameters.
    pub adstock: Vec<Parameter>,
    /// Saturation: the shape parameters, on spend relative to its maximum.
    pub saturation: Vec<Parameter>,
    /// The prior that was used.
    pub prior: RoiPrior,
    /// Overlap of prior and posterior of ln ROI, in [0, 1]: near 1 the data taught nothing.
    pub prior_overlap: f64,
    /// Mean contribution in each period, in units of the target.
    pub by_period: Vec<f64>,
}

/// Whether the sampling can be trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diagnostics {
    /// Largest split R-hat of all parameters; below 1.01 is good.
    pub max_r_hat: f64,
    /// Smallest effective sample size of all parameters.
    pub min_effective_size: f64,
    /// Transitions whose energy went astray; more than a few are a warning.
    pub divergences: usize,
    /// Draws of all chains.
    pub draws: usize,
}

/// The posterior of a mix model.
#[derive(Clone, Debug, PartialEq)]
pub struct MixFit {
    /// One entry per channel.
    pub channels: Vec<ChannelFit>,
    /// Residual standard deviation, in units of the target.
    pub sigma: Parameter,
    /// How well the chains mixed.
    pub diagnostics: Diagnostics,
    /// Share of the variance explained by the posterior mean.
    pub r_squared: f64,
    /// Mean absolute percentage error of the posterior mean, as a share.
    pub mape: f64,
    /// Posterior mean of the target in each period.
    pub fitted: Vec<f64>,
    /// Response of each channel to a steady spend, for each draw: `responses[draw][channel]`.
    pub responses: Vec<Vec<Response>>,
    /// What should make one careful, in words.
    pub warnings: Vec<String>,
}

/// Above this overlap of prior and posterior the data taught nothing about a channel.
const TAUGHT_NOTHING: f64 = 0.8;

/// Fits the model. Refuses what the data cannot support.
pub fn fit(data: &Observations, settings: &Settings) -> Result<MixFit, MixError> {
    let model = Model::new(data, settings)?;
    let chains = run_chains(&model)?;
    Ok(summarise(&model, &chains))
}

/// Chains in threads, each from its own point around the mode.
pub(super) fn run_chains(model: &Model) -> Result<Vec<Chain>, MixError> {
    let settings = model.settings;
    let objective = |q: &[f64], gradient: &mut [f64]| {
        let value = -model.density(q, gradient);
        gradient.iter_mut().for_each(|g| *g = -*g);
        value
    };
    let mode = minimise(&model.start(), objective).ok_or(MixError::NoStart)?;
    let covariance = mode.covariance.unwrap_or_else(|| {
        let d = model.dimension();
        (0..d).map(|i| (0..d).map(|j| if i == j { 0.01 } else { 0.0 }).collect()).collect()
    });
    let factor = dense::cholesky(&covariance).ok_or(MixError::NoStart)?;
    let density = |q: &[f64], gradient: &mut [f64]| model.density(q, gradient);
    let run = Run { warmup: settings.warmup, draws: settings.draws };
    let chain = |number: usize| {
        let mut random = seeded(settings.seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        let mut spread = 1.5;
        // Spread over the mode; nearer to it where the density is not finite.
        for _ in 0..20 {
            let z: Vec<f64> =
                (0..model.dimension()).map(|_| StandardNormal.sample(&mut random)).collect();
            let start: Vec<f64> = (0..model.dimension())
                .map(|i| mode.x[i] + spread * dense::dot(&factor[i][..=i], &z[..=i]))
                .collect();
            let seed = seeded(settings.seed.wrapping_add(7919 * (number as u64 + 1)));
            if let Some(chain) = sample(&density, &start, covariance.clone(), run, seed) {
                return Some(chain);
            }
            spread *= 0.7;
        }
        None
    };
    std::thread::scope(|scope| {
        let chain = &chain;
        let handles: Vec<_> =
            (0..settings.chains.max(1)).map(|k| scope.spawn(move || chain(k))).collect();
        handles
            .into_iter()
            .map(|handle| handle.join().ok().flatten().ok_or(MixError::NoStart))
            .collect()
    })
}

fn summarise(model: &Model, chains: &[Chain]) -> MixFit {
    let level = model.settings.level;
    let (n, channels, per_channel) =
        (model.data.target.len(), model.channels(), model.per_channel());
    let total: f64 = model.data.target.iter().sum();
    let draws: Vec<&Vec<f64>> = chains.iter().flat_map(|c| &c.draws).collect();
    let mut fitted = vec![0.0; n];
    let mut by_period = vec![vec![0.0; n]; channels];
    let mut shapes = vec![vec![Vec::with_capacity(draws.len()); model.shapes().len()]; channels];
    let mut contributions = vec![Vec::with_capacity(draws.len()); channels];
    let mut responses = Vec::with_capacity(draws.len());
    let share = model.scale / draws.len() as f64;
    for q in &draws {
        let states: Vec<_> = (0..channels).map(|m| model.channel_state(q, m)).collect();
        for (sum, mean) in fitted.iter_mut().zip(model.mean(q, &states)) {
            *sum += share * mean;
        }
        let mut row = Vec::with_capacity(channels);
        for (m, state) in states.iter().enumerate() {
            for (sum, c) in by_period[m].iter_mut().zip(Model::contribution(state)) {
                *sum += share * c;
            }
            for (list, value) in shapes[m].iter_mut().zip(&state.shape) {
                list.push(*value);
            }
            contributions[m].push(state.amount * model.scale);
            let saturation = &state.shape[model.adstock_count()..];
            let top = state.amount / state.sum * model.scale;
            row.push(response(model.settings.saturation, saturation, top, model.largest[m]));
        }
        responses.push(row);
    }
    let fits = (0..channels)
        .map(|m| {
            let named = |name: &str, values: Vec<f64>| parameter(name, values, level);
            let log_roi: Vec<f64> = draws.iter().map(|q| q[m * per_channel]).collect();
            let mut list: Vec<Parameter> = model
                .shapes()
                .iter()
                .zip(&shapes[m])
                .map(|(shape, values)| named(shape.name, values.clone()))
                .collect();
            let saturation = list.split_off(model.adstock_count());
            ChannelFit {
                name: model.data.channels[m].name.clone(),
                roi: named("roi", log_roi.iter().map(|r| r.exp()).collect()),
                contribution_share: named(
                    "contribution_share",
                    contributions[m].iter().map(|c| c / total).collect(),
                ),
                contribution: named("contribution", contributions[m].clone()),
                adstock: list,
                saturation,
                prior: model.priors[m],
                prior_overlap: overlap(&model.priors[m], &log_roi),
                by_period: by_period[m].clone(),
            }
        })
        .collect::<Vec<ChannelFit>>();
    let mean = total / n as f64;
    let (mut residual, mut spread, mut percent, mut counted) = (0.0, 0.0, 0.0, 0.0);
    for (y, f) in model.data.target.iter().zip(&fitted) {
        residual += (y - f).powi(2);
        spread += (y - mean).powi(2);
        if *y != 0.0 {
            percent += ((y - f) / y).abs();
            counted += 1.0;
        }
    }
    let sigmas = draws.iter().map(|q| q[model.dimension() - 1].exp() * model.scale).collect();
    let diagnostics = diagnose(model, chains);
    MixFit {
        warnings: warnings(&fits, &diagnostics, periods_per_parameter(model.data, model.settings)),
        channels: fits,
        sigma: parameter("sigma", sigmas, level),
        diagnostics,
        r_squared: 1.0 - residual / spread,
        mape: percent / f64::max(counted, 1.0),
        fitted,
        responses,
    }
}

fn response(saturation: Saturation, shape: &[f64], top: f64, largest: f64) -> Response {
    match saturation {
        Saturation::Logistic => Response::Logistic { top, rate: shape[0] / largest },
        Saturation::Hill => Response::Hill { top, half: shape[0] * largest, slope: 1.0 },
        Saturation::HillSlope => Response::Hill { top, half: shape[0] * largest, slope: shape[1] },
    }
}

fn parameter(name: &str, mut values: Vec<f64>, level: f64) -> Parameter {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.sort_unstable_by(f64::total_cmp);
    let at = |p: f64| values[((p * values.len() as f64) as usize).min(values.len() - 1)];
    let interval = Interval { low: at(0.5 - 0.5 * level), high: at(0.5 + 0.5 * level) };
    Parameter { name: name.to_owned(), mean, interval }
}

fn diagnose(model: &Model, chains: &[Chain]) -> Diagnostics {
    let mut diagnostics = Diagnostics {
        max_r_hat: 0.0,
        min_effective_size: f64::INFINITY,
        divergences: chains.iter().map(|c| c.divergences).sum(),
        draws: chains.iter().map(|c| c.draws.len()).sum(),
    };
    for i in 0..model.dimension() {
        let numbers: Vec<Vec<f64>> =
            chains.iter().map(|c| c.draws.iter().map(|q| q[i]).collect()).collect();
        diagnostics.max_r_hat = diagnostics.max_r_hat.max(split_r_hat(&numbers));
        diagnostics.min_effective_size =
            diagnostics.min_effective_size.min(effective_size(&numbers));
    }
    diagnostics
}

/// Overlap of the normal prior and a normal approximation of the draws: ∫ min(f, g).
fn overlap(prior: &RoiPrior, draws: &[f64]) -> f64 {
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    let sd = (draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt().max(1e-9);
    let low = (mean - 8.0 * sd).min(prior.log_mean - 8.0 * prior.log_sd);
    let high = (mean + 8.0 * sd).max(prior.log_mean + 8.0 * prior.log_sd);
    let step = (high - low) / 4000.0;
    (0..4000)
        .map(|i| {
            let x = low + (f64::from(i) + 0.5) * step;
            let one = normal_density((x - prior.log_mean) / prior.log_sd) / prior.log_sd;
            let other = normal_density((x - mean) / sd) / sd;
            one.min(other) * step
        })
        .sum()
}

/// Periods per unknown below which the intervals lean on the priors.
const COMFORTABLE: f64 = 10.0;

fn warnings(
    channels: &[ChannelFit],
    diagnostics: &Diagnostics,
    periods_per_parameter: f64,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if periods_per_parameter < COMFORTABLE {
        warnings.push(format!(
            "there are {periods_per_parameter:.1} periods for each unknown, fewer than {COMFORTABLE}: the intervals lean on the priors"
        ));
    }
    for channel in channels.iter().filter(|c| c.prior_overlap > TAUGHT_NOTHING) {
        warnings.push(format!(
            "the data taught us almost nothing about {}: its return is the prior's",
            channel.name
        ));
    }
    if !(diagnostics.max_r_hat < 1.01) {
        warnings.push(format!(
            "the chains do not agree (R-hat {:.3}): sample longer before trusting this",
            diagnostics.max_r_hat
        ));
    }
    if diagnostics.divergences * 100 > diagnostics.draws {
        warnings.push(format!(
            "{} of {} steps diverged: the model fits this data badly",
            diagnostics.divergences, diagnostics.draws
        ));
    }
    warnings
}
