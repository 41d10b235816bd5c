//! Gamma–Gamma: what a purchase of one customer is worth on average.

use statrs::function::gamma::{digamma, ln_gamma};

use super::fit::{Fit, LifetimeError, maximise};

/// How many repeat purchases a customer made and their mean value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spend {
    /// Repeat purchases x ≥ 0.
    pub frequency: f64,
    /// Mean value of the repeat purchases, in money, > 0 when there are any.
    pub mean_value: f64,
}

/// Gamma–Gamma model of the value of a purchase.
///
/// A customer's purchases are Gamma(`p`, ν) and ν varies over customers as Gamma(`q`, `v`). Assumes
/// that the value does not depend on how often the customer buys: check [`GammaGamma::correlation`],
/// which should stay below about 0.3 in size.
///
/// Source: Fader, Hardie (2013), "The Gamma-Gamma model of monetary value". CDNOW by the `lifetimes`
/// package: p 6.2496, q 3.7442, v 15.4435, log-likelihood −4055.918.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GammaGamma {
    /// Shape of one customer's purchase values, > 0.
    pub p: f64,
    /// Shape of the distribution over customers, > 0. The mean over customers exists for q > 1.
    pub q: f64,
    /// Scale of the distribution over customers, in money, > 0.
    pub v: f64,
}

impl GammaGamma {
    /// Fits to the customers with repeat purchases of positive value; the others say nothing.
    pub fn fit(spends: &[Spend]) -> Result<Fit<Self>, LifetimeError> {
        let known: Vec<Spend> =
            spends.iter().copied().filter(|s| s.frequency > 0.0 && s.mean_value > 0.0).collect();
        if known.len() < 3 {
            return Err(LifetimeError::NoRepeatPurchases);
        }
        let mean = known.iter().map(|s| s.mean_value).sum::<f64>() / known.len() as f64;
        let mut counts: Vec<(f64, f64)> = Vec::new();
        let mut order: Vec<f64> = known.iter().map(|s| s.frequency).collect();
        order.sort_unstable_by(f64::total_cmp);
        for x in order {
            match counts.last_mut() {
                Some((last, count)) if *last == x => *count += 1.0,
                _ => counts.push((x, 1.0)),
            }
        }
        let constant: f64 = known.iter().map(|s| -s.mean_value.ln()).sum();
        let logs: Vec<(f64, f64)> = known
            .iter()
            .map(|s| (s.frequency, s.frequency * (s.frequency * s.mean_value).ln()))
            .collect();
        let starts = [
            vec![4.0, 4.0, 0.75 * mean],
            vec![1.0, 2.0, mean],
            vec![10.0, 10.0, mean],
            vec![0.5, 5.0, 8.0 * mean],
        ];
        let maximum = maximise(&starts, |parameters, gradient| {
            let model = Self { p: parameters[0], q: parameters[1], v: parameters[2] };
            constant + model.log_likelihood(&known, &logs, &counts, gradient)
        })?;
        let [p, q, v] = maximum.parameters[..] else { return Err(LifetimeError::NoMaximum) };
        Ok(maximum.named(Self { p, q, v }))
    }

    /// Σ lnΓ(px+q) − lnΓ(px) − lnΓ(q) + q ln v + px ln(xm) − (px+q) ln(xm+v), without −ln m.
    fn log_likelihood(
        &self,
        spends: &[Spend],
        logs: &[(f64, f64)],
        counts: &[(f64, f64)],
        gradient: &mut [f64],
    ) -> f64 {
        let Self { p, q, v } = *self;
        let constant = q * v.ln() - ln_gamma(q);
        let psi_q = digamma(q) - v.ln();
        let (mut value, mut by_p, mut by_q, mut by_v) = (0.0, 0.0, 0.0, 0.0);
        for &(x, count) in counts {
            let psi = digamma(p * x + q);
            value += count * (constant + ln_gamma(p * x + q) - ln_gamma(p * x));
            by_p += count * x * (psi - digamma(p * x));
            by_q += count * (psi - psi_q);
            by_v += count * q / v;
        }
        for (spend, &(x, log)) in spends.iter().zip(logs) {
            let total = x * spend.mean_value + v;
            let ln_total = total.ln();
            value += p * log - (p * x + q) * ln_total;
            by_p += log - x * ln_total;
            by_q -= ln_total;
            by_v -= (p * x + q) / total;
        }
        gradient.copy_from_slice(&[by_p, by_q, by_v]);
        value
    }

    /// The expected value of the customer's next purchase: E\[M\] = p(v + x·m̄)/(px + q − 1), between
    /// the customer's own mean and the mean over customers.
    ///
    /// For a customer without repeat purchases the mean over customers, `None` when q ≤ 1 and it
    /// does not exist. Golden value: x = 2, m̄ = 22.35 with p 6.2488, q 3.7446, v 15.4477 is 24.6586.
    pub fn expected_value(&self, spend: &Spend) -> Option<f64> {
        let known = if spend.mean_value > 0.0 { spend.frequency } else { 0.0 };
        let denominator = self.p * known + self.q - 1.0;
        (denominator > 0.0).then(|| self.p * (self.v + known * spend.mean_value) / denominator)
    }

    /// Pearson correlation of frequency and mean value over customers with repeat purchases: the
    /// assumption of the model. `None` below three customers or without variation.
    pub fn correlation(spends: &[Spend]) -> Option<f64> {
        let known: Vec<&Spend> =
            spends.iter().filter(|s| s.frequency > 0.0 && s.mean_value > 0.0).collect();
        let n = known.len() as f64;
        if n < 3.0 {
            return None;
        }
        let (mx, my) =
            known.iter().fold((0.0, 0.0), |(x, y), s| (x + s.frequency / n, y + s.mean_value / n));
        let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
        for spend in known {
            let (dx, dy) = (spend.frequency - mx, spend.mean_value - my);
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }
        let correlation = xy / (xx * yy).sqrt();
        correlation.is_finite().then_some(correlation)
    }
}
