//! Whether chains agree, and how many independent draws they are worth.

use crate::distribution::normal_quantile;

/// Rank-normalised split R-hat of one number over several chains: 1 when all halves of all chains
/// tell the same story, NaN for fewer than four draws or constant ones. Below 1.01 is good.
///
/// Source: Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), Bayesian Analysis 16(2).
pub fn split_r_hat(chains: &[Vec<f64>]) -> f64 {
    let median = {
        let mut all: Vec<f64> = chains.iter().flatten().copied().collect();
        all.sort_unstable_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let folded: Vec<Vec<f64>> =
        chains.iter().map(|c| c.iter().map(|x| (x - median).abs()).collect()).collect();
    r_hat(&halves(&ranked(chains))).max(r_hat(&halves(&ranked(&folded))))
}

/// Effective number of independent draws of the mean (bulk ESS), at most the number of draws times
/// its logarithm.
///
/// Source: as [`split_r_hat`], with Geyer's initial monotone sequence.
pub fn effective_size(chains: &[Vec<f64>]) -> f64 {
    let parts = halves(&ranked(chains));
    let n = parts.first().map_or(0, Vec::len);
    if n < 4 {
        return f64::NAN;
    }
    let m = parts.len() as f64;
    let (within, pooled) = variances(&parts);
    if !(pooled > 0.0) {
        return f64::NAN;
    }
    let means: Vec<f64> = parts.iter().map(|p| p.iter().sum::<f64>() / n as f64).collect();
    let correlation = |lag: usize| {
        let covariance: f64 = parts
            .iter()
            .zip(&means)
            .map(|(part, mean)| {
                (0..n - lag).map(|t| (part[t] - mean) * (part[t + lag] - mean)).sum::<f64>()
                    / n as f64
            })
            .sum::<f64>()
            / m;
        1.0 - (within - covariance * n as f64 / (n as f64 - 1.0)) / pooled
    };
    let (mut sum, mut before) = (0.0, f64::INFINITY);
    let mut lag = 0;
    while lag + 1 < n {
        let pair = correlation(lag) + correlation(lag + 1);
        if pair <= 0.0 {
            break;
        }
        before = pair.min(before);
        sum += before;
        lag += 2;
    }
    let draws = m * n as f64;
    let tau = (2.0 * sum - 1.0).max(1.0 / draws.log10());
    draws / tau
}

/// Ranks over all chains as normal scores.
fn ranked(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut order: Vec<(f64, usize, usize)> = Vec::new();
    for (i, chain) in chains.iter().enumerate() {
        order.extend(chain.iter().enumerate().map(|(j, x)| (*x, i, j)));
    }
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total = order.len() as f64;
    let mut scores: Vec<Vec<f64>> = chains.iter().map(|c| vec![0.0; c.len()]).collect();
    let mut start = 0;
    while start < order.len() {
        let mut end = start;
        while end < order.len() && order[end].0 == order[start].0 {
            end += 1;
        }
        let rank = 0.5 * (start + end + 1) as f64;
        let score = normal_quantile((rank - 0.375) / (total + 0.25));
        for &(_, i, j) in &order[start..end] {
            scores[i][j] = score;
        }
        start = end;
    }
    scores
}

fn halves(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    chains
        .iter()
        .flat_map(|c| {
            let half = c.len() / 2;
            [c[..half].to_vec(), c[c.len() - half..].to_vec()]
        })
        .collect()
}

/// Mean variance within the parts, and the pooled estimate of the variance.
fn variances(parts: &[Vec<f64>]) -> (f64, f64) {
    let n = parts[0].len() as f64;
    let m = parts.len() as f64;
    let means: Vec<f64> = parts.iter().map(|p| p.iter().sum::<f64>() / n).collect();
    let within = parts
        .iter()
        .zip(&means)
        .map(|(p, mean)| p.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0))
        .sum::<f64>()
        / m;
    let grand = means.iter().sum::<f64>() / m;
    let between = means.iter().map(|x| (x - grand).powi(2)).sum::<f64>() / (m - 1.0);
    (within, within * (n - 1.0) / n + between)
}

fn r_hat(parts: &[Vec<f64>]) -> f64 {
    if parts.first().is_none_or(|p| p.len() < 2) {
        return f64::NAN;
    }
    let (within, pooled) = variances(parts);
    (pooled / within).sqrt()
}
