//! All models on the same journeys, with intervals from journeys drawn anew.

use rand::RngExt as _;
use rand_distr::{Distribution as _, Poisson};

use crate::distribution::{Interval, seeded};

use super::journeys::{AttributionError, Credit, Journeys, Weights};
use super::markov::Chain;
use super::rules::{Rule, Shares};
use super::shapley::Sets;

/// What [`attribute`] is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Order of the Markov chain, 1 to 4.
    pub order: usize,
    /// Half-life of time decay in days.
    pub half_life_days: f64,
    /// Number of bootstrap samples; 0 gives intervals without width.
    pub samples: usize,
    /// Share of samples inside the intervals, for instance 0.95.
    pub level: f64,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { order: 1, half_life_days: 7.0, samples: 200, level: 0.95, seed: 1 }
    }
}

/// What one model gives one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelCredit {
    /// The channel.
    pub channel: String,
    /// Conversions credited.
    pub conversions: f64,
    /// Value credited.
    pub value: f64,
    /// Bootstrap interval of the conversions; it holds the estimate.
    pub conversions_interval: Interval,
    /// Bootstrap interval of the value; it holds the estimate.
    pub value_interval: Interval,
}

/// What one model gives.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelCredit {
    /// Name of the model: those of [`Rule::all`], `markov` and `shapley`.
    pub model: &'static str,
    /// Every channel, in the order they were first seen.
    pub channels: Vec<ChannelCredit>,
}

/// All models on the same journeys.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Journeys that converted.
    pub conversions: f64,
    /// Value of the conversions.
    pub value: f64,
    /// Journeys that did not convert.
    pub nulls: f64,
    /// One entry per model.
    pub models: Vec<ModelCredit>,
    /// Removal effects of the chain, by channel.
    pub removal_effects: Vec<(String, f64)>,
    /// Probability of a conversion by the chain: the observed rate.
    pub conversion_probability: f64,
    /// States of the chain.
    pub states: usize,
}

/// Runs every rule, the Markov chain and Shapley values, with bootstrap intervals.
///
/// The bootstrap draws each journey a Poisson(1) number of times, which over many journeys is the
/// usual resampling with replacement, and keeps the mean value of a path's conversions. Percentile
/// intervals, widened where needed to hold the estimate.
pub fn attribute(journeys: &Journeys, settings: &Settings) -> Result<Report, AttributionError> {
    let chain = Chain::new(journeys, settings.order)?;
    let sets = Sets::new(journeys);
    let channels = journeys.channels.len();
    let mut names = Vec::new();
    let mut rules = Vec::new();
    for (name, rule) in Rule::all() {
        let rule = match rule {
            Rule::TimeDecay { .. } => Rule::TimeDecay { half_life_days: settings.half_life_days },
            other => other,
        };
        names.push(name);
        rules.push(Shares::new(journeys, rule));
    }
    names.extend(["markov", "shapley"]);
    let all = |weights: &Weights, markov: Credit| -> Vec<Credit> {
        let mut credits: Vec<Credit> = rules.iter().map(|r| r.credit(channels, weights)).collect();
        credits.push(markov);
        credits.push(sets.credit(channels, weights));
        credits
    };
    let estimates = all(&journeys.weights(), chain.credit(journeys));
    let mut samples: Vec<Vec<Credit>> = Vec::with_capacity(settings.samples);
    let mut random = seeded(settings.seed);
    for _ in 0..settings.samples {
        let weights = resample(journeys, &mut random);
        samples.push(all(&weights, chain.resampled(&weights)?));
    }
    let models = estimates
        .iter()
        .enumerate()
        .map(|(m, estimate)| ModelCredit {
            model: names[m],
            channels: (0..channels)
                .map(|c| {
                    let range = |of: fn(&Credit) -> &[f64]| {
                        let drawn = samples.iter().map(|s| of(&s[m])[c]).collect();
                        percentiles(drawn, of(estimate)[c], settings.level)
                    };
                    ChannelCredit {
                        channel: journeys.channels[c].clone(),
                        conversions: estimate.conversions[c],
                        value: estimate.value[c],
                        conversions_interval: range(|credit| &credit.conversions),
                        value_interval: range(|credit| &credit.value),
                    }
                })
                .collect(),
        })
        .collect();
    let effects = chain.removal_effects();
    Ok(Report {
        conversions: journeys.total_conversions(),
        value: journeys.total_value(),
        nulls: journeys.total_nulls(),
        models,
        removal_effects: journeys.channels.iter().cloned().zip(effects.iter().copied()).collect(),
        conversion_probability: chain.conversion_probability(),
        states: chain.states(),
    })
}

/// Draws every journey a Poisson(1) number of times.
fn resample(journeys: &Journeys, random: &mut impl rand::Rng) -> Weights {
    let mut weights = journeys.weights();
    for row in 0..journeys.len() {
        let before = weights.conversions[row];
        if before > 0.0 {
            let now = poisson(before, random);
            weights.conversions[row] = now;
            weights.values[row] *= now / before;
        }
        if weights.nulls[row] > 0.0 {
            weights.nulls[row] = poisson(weights.nulls[row], random);
        }
    }
    weights
}

/// A Poisson draw; by counting for the small means that most paths have.
fn poisson(mean: f64, random: &mut impl rand::Rng) -> f64 {
    if mean < 12.0 {
        let floor = (-mean).exp();
        let mut product: f64 = random.random();
        let mut count = 0.0;
        while product > floor {
            product *= random.random::<f64>();
            count += 1.0;
        }
        return count;
    }
    Poisson::new(mean).map_or(mean, |distribution| distribution.sample(random))
}

fn percentiles(mut drawn: Vec<f64>, estimate: f64, level: f64) -> Interval {
    if drawn.is_empty() {
        return Interval { low: estimate, high: estimate };
    }
    drawn.sort_unstable_by(f64::total_cmp);
    let at = |p: f64| {
        let position = p * (drawn.len() - 1) as f64;
        let (low, share) = (position.floor() as usize, position.fract());
        let high = (low + 1).min(drawn.len() - 1);
        drawn[low] + share * (drawn[high] - drawn[low])
    };
    let tail = 0.5 * (1.0 - level);
    Interval { low: at(tail).min(estimate), high: at(1.0 - tail).max(estimate) }
}
