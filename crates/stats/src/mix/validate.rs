//! Would the model have foretold the last stretch from the ones before?

use super::data::{MixError, Observations, Settings};
use super::fit::run_chains;
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
