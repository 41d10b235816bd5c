//! Checks on a fit: would it have foretold the last stretch, does it believe in a channel that never
//! was, and does it say the same when a few periods are missing?

use super::data::{Channel, MixError, Observations, Settings};
use super::fit::{MixFit, fit, run_chains};
use super::model::Model;

/// A forecast of the last periods from a fit to the earlier ones, with the spend known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeSlice {
    /// Mean absolute percentage error of the held-out periods, as a share.
    pub mape: f64,
    /// The same for the value one year before (or the mean, with less than a year).
    pub naive_mape: f64,
    /// Share of held-out periods inside the 90 % predictive interval.
    pub coverage: f64,
}

/// Fits on all but the last `holdout` periods and foretells those.
pub fn time_slice(
    data: &Observations,
    settings: &Settings,
    holdout: usize,
) -> Result<TimeSlice, MixError> {
    let n = data.target.len();
    let kept = n.saturating_sub(holdout.max(1));
    let mut past = data.clone();
    past.target.truncate(kept);
    past.channels.iter_mut().for_each(|c| c.spend.truncate(kept));
    past.controls.iter_mut().for_each(|c| c.1.truncate(kept));
    super::data::check(&past, settings)?;
    // The held-out periods take part with a weight of zero, so that columns and scales stay the same.
    let mut model = Model::new(data, settings)?;
    model.learn_from(kept);
    let chains = run_chains(&model)?;
    let draws: Vec<&Vec<f64>> = chains.iter().flat_map(|c| &c.draws).collect();
    let mut predicted = vec![Vec::with_capacity(draws.len()); n - kept];
    for (i, q) in draws.iter().enumerate() {
        let states: Vec<_> = (0..model.channels()).map(|m| model.channel_state(q, m)).collect();
        let mean = model.mean(q, &states);
        let sigma = q[model.dimension() - 1].exp();
        // Normal scores in a fixed shuffled order stand for the noise.
        let u = ((i * 7919) % draws.len()) as f64 + 0.5;
        let z = crate::distribution::normal_quantile(u / draws.len() as f64);
        for (list, m) in predicted.iter_mut().zip(&mean[kept..]) {
            list.push((*m * model.scale, (m + sigma * z) * model.scale));
        }
    }
    let year = settings.year.round() as usize;
    let past_mean = past.target.iter().sum::<f64>() / kept as f64;
    let (mut off, mut naive, mut inside, mut counted) = (0.0, 0.0, 0.0, 0.0);
    for (h, list) in predicted.iter().enumerate() {
        let actual = data.target[kept + h];
        let mean = list.iter().map(|p| p.0).sum::<f64>() / list.len() as f64;
        let mut draws: Vec<f64> = list.iter().map(|p| p.1).collect();
        draws.sort_unstable_by(f64::total_cmp);
        let at = |p: f64| draws[((p * draws.len() as f64) as usize).min(draws.len() - 1)];
        inside += f64::from(u8::from(at(0.05) <= actual && actual <= at(0.95)));
        if actual != 0.0 {
            let before = (kept + h).checked_sub(year.max(1)).filter(|b| *b < kept && year > 0);
            off += ((actual - mean) / actual).abs();
            naive += ((actual - before.map_or(past_mean, |b| data.target[b])) / actual).abs();
            counted += 1.0;
        }
    }
    let counted = f64::max(counted, 1.0);
    Ok(TimeSlice {
        mape: off / counted,
        naive_mape: naive / counted,
        coverage: inside / predicted.len() as f64,
    })
}

/// What the model says of a channel that cannot have worked.
#[derive(Clone, Debug, PartialEq)]
pub struct Placebo {
    /// The channel whose spend it has, moved to another time.
    pub of: String,
    /// Share of the target that the model credits to it.
    pub share: f64,
    /// Share that the channel itself gets beside it.
    pub real_share: f64,
    /// Overlap of prior and posterior of the placebo's ln ROI.
    pub prior_overlap: f64,
}

impl Placebo {
    /// Whether the model credits it with at least half of what the channel itself gets: then what it
    /// says of that channel is as little worth.
    pub fn believed(&self) -> bool {
        self.share >= 0.5 * self.real_share
    }
}

/// Fits once more with a channel that cannot have worked: the spend of the largest channel, moved by
/// 5/11 of the time around the end, so that it has the same amounts at the wrong moments.
pub fn placebo(data: &Observations, settings: &Settings) -> Result<Placebo, MixError> {
    let total = |channel: &Channel| channel.spend.iter().sum::<f64>();
    let largest = data
        .channels
        .iter()
        .max_by(|a, b| total(a).total_cmp(&total(b)))
        .ok_or(MixError::NoChannels)?
        .clone();
    let mut spend = largest.spend.clone();
    spend.rotate_right(5 * data.target.len() / 11);
    let mut with = data.clone();
    with.channels.push(Channel {
        name: format!("placebo of {}", largest.name),
        spend,
        prior: None,
    });
    let fit = fit(&with, settings)?;
    let share = |name: &str| {
        let channel = fit.channels.iter().find(|c| c.name == name);
        channel.map_or(f64::NAN, |c| c.contribution_share.mean)
    };
    let last = &fit.channels[fit.channels.len() - 1];
    Ok(Placebo {
        share: last.contribution_share.mean,
        real_share: share(&largest.name),
        prior_overlap: last.prior_overlap,
        of: largest.name,
    })
}

/// How far a channel's share moved when periods were left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Stability {
    /// The channel.
    pub name: String,
    /// Its share in the whole fit.
    pub share: f64,
    /// Its smallest and largest share over the refits.
    pub range: (f64, f64),
}

impl Stability {
    /// Whether every refit lies inside the interval of the whole fit.
    pub fn stable(&self, whole: &MixFit) -> bool {
        let channel = whole.channels.iter().find(|c| c.name == self.name);
        channel.is_some_and(|c| {
            let interval = c.contribution_share.interval;
            interval.contains(self.range.0) && interval.contains(self.range.1)
        })
    }
}

/// Refits `refits` times, each without 4 % more of the last periods, and compares the shares. Refuses
/// when what is left is too little.
pub fn stability(
    data: &Observations,
    settings: &Settings,
    whole: &MixFit,
    refits: usize,
) -> Result<Vec<Stability>, MixError> {
    let mut found: Vec<Stability> = whole
        .channels
        .iter()
        .map(|c| {
            let share = c.contribution_share.mean;
            Stability { name: c.name.clone(), share, range: (share, share) }
        })
        .collect();
    for refit in 1..=refits {
        let kept = data.target.len() - (0.04 * (refit * data.target.len()) as f64).ceil() as usize;
        let mut past = data.clone();
        past.target.truncate(kept);
        past.channels.iter_mut().for_each(|c| c.spend.truncate(kept));
        past.controls.iter_mut().for_each(|c| c.1.truncate(kept));
        let again = fit(&past, settings)?;
        for (one, channel) in found.iter_mut().zip(&again.channels) {
            let share = channel.contribution_share.mean;
            one.range = (one.range.0.min(share), one.range.1.max(share));
        }
    }
    Ok(found)
}
