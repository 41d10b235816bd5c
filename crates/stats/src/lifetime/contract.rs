//! Shifted beta-geometric: how long contracts that renew once a period will last.

use statrs::function::gamma::digamma;

use crate::distribution::ln_beta;

use super::fit::{Fit, LifetimeError, maximise};

/// Customers that signed up in the same period, and how many of them remain after each.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohort {
    /// Customers at the start, then after each renewal: falling or equal.
    pub remaining: Vec<f64>,
}

/// Shifted beta-geometric model of contracts.
///
/// At each renewal a customer cancels with probability θ ~ Beta(`alpha`, `beta`) of their own, the
/// same at every renewal. Retention therefore rises with age although nobody becomes more loyal:
/// those who leave easily leave first.
///
/// Source: Fader, Hardie (2007), "How to project customer retention", JIM 21(1). Their "Regular"
/// customers 1000, 631, 468, 382, 326, 289, 262, 241 give α .704 and β 1.182; "High end" 1000, 869,
/// 743, 653, 593, 551, 517, 491 give α .668 and β 3.806.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShiftedBetaGeometric {
    /// First shape of the distribution of cancelling, > 0.
    pub alpha: f64,
    /// Second shape of the distribution of cancelling, > 0.
    pub beta: f64,
}

impl ShiftedBetaGeometric {
    /// Fits to cohorts of any age by maximum likelihood.
    pub fn fit(cohorts: &[Cohort]) -> Result<Fit<Self>, LifetimeError> {
        let (mut lost, mut kept): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        for (index, cohort) in cohorts.iter().enumerate() {
            let falls = cohort.remaining.windows(2).all(|w| w[0] >= w[1] && w[1] >= 0.0);
            if !falls || cohort.remaining.iter().any(|n| !n.is_finite()) {
                let reason = "the number remaining must never rise and never be negative";
                return Err(LifetimeError::InvalidCustomer { index, reason });
            }
            for (age, pair) in cohort.remaining.windows(2).enumerate() {
                lost.resize(lost.len().max(age + 1), 0.0);
                lost[age] += pair[0] - pair[1];
            }
            if let Some(last) = cohort.remaining.last() {
                let age = cohort.remaining.len() - 1;
                kept.resize(kept.len().max(age + 1), 0.0);
                kept[age] += last;
            }
        }
        if lost.iter().sum::<f64>() <= 0.0 || kept.iter().sum::<f64>() <= 0.0 {
            return Err(LifetimeError::NoMaximum);
        }
        let starts = [vec![1.0, 2.0], vec![0.5, 5.0], vec![0.1, 0.2]];
        let maximum = maximise(&starts, |p, gradient| {
            Self { alpha: p[0], beta: p[1] }.log_likelihood(&lost, &kept, gradient)
        })?;
        let [alpha, beta] = maximum.parameters[..] else { return Err(LifetimeError::NoMaximum) };
        Ok(maximum.named(Self { alpha, beta }))
    }

    /// Σ_t lost_t·ln P(T=t) + Σ_t kept_t·ln S(t).
    fn log_likelihood(&self, lost: &[f64], kept: &[f64], gradient: &mut [f64]) -> f64 {
        let Self { alpha, beta } = *self;
        let base = ln_beta(alpha, beta);
        let psi = digamma(alpha + beta);
        let (psi_alpha, psi_beta) = (digamma(alpha), digamma(beta));
        let (mut value, mut by_alpha, mut by_beta) = (0.0, 0.0, 0.0);
        for (age, &count) in lost.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            let later = beta + age as f64;
            value += count * (ln_beta(alpha + 1.0, later) - base);
            let total = digamma(alpha + 1.0 + later);
            by_alpha += count * (digamma(alpha + 1.0) - total - psi_alpha + psi);
            by_beta += count * (digamma(later) - total - psi_beta + psi);
        }
        for (age, &count) in kept.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            let later = beta + age as f64;
            value += count * (ln_beta(alpha, later) - base);
            let total = digamma(alpha + later);
            by_alpha += count * (psi - total);
            by_beta += count * (digamma(later) - total - psi_beta + psi);
        }
        gradient.copy_from_slice(&[by_alpha, by_beta]);
        value
    }

    /// Share of customers remaining after `periods` renewals: B(α, β+t)/B(α, β).
    pub fn survival(&self, periods: u32) -> f64 {
        (ln_beta(self.alpha, self.beta + f64::from(periods)) - ln_beta(self.alpha, self.beta)).exp()
    }

    /// Share renewing among those who renewed `renewals` times before: (β+t)/(α+β+t), rising.
    pub fn retention(&self, renewals: u32) -> f64 {
        let t = f64::from(renewals);
        (self.beta + t) / (self.alpha + self.beta + t)
    }

    /// Expected number of further periods, today's next renewal decision included, for a customer
    /// who renewed `renewals` times, each discounted by `discount` ≥ 0 per period.
    ///
    /// With discount 0 the sum exists only for α > 1; `None` otherwise. Source: Fader, Hardie
    /// (2010), Marketing Science 29(1).
    pub fn expected_periods(&self, renewals: u32, discount: f64) -> Option<f64> {
        if !(discount >= 0.0) || (discount == 0.0 && self.alpha <= 1.0) {
            return None;
        }
        let b = self.beta + f64::from(renewals);
        if discount == 0.0 {
            return Some(b / (self.alpha - 1.0));
        }
        let z = 1.0 / (1.0 + discount);
        let (mut term, mut sum) = (1.0, 0.0);
        for n in 0..1_000_000_u32 {
            let n = f64::from(n);
            term *= (b + n) / (self.alpha + b + n) * z;
            sum += term * (1.0 + discount);
            if term < 1e-15 * sum {
                break;
            }
        }
        Some(sum)
    }
}
