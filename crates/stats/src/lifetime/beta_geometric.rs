//! BG/NBD and modified BG/NBD: buying at a gamma-distributed rate, leaving after a purchase.

use statrs::function::gamma::{digamma, ln_gamma};

use super::fit::{Customer, Fit, Group, LifetimeError, frequencies, group, maximise, rhythm};
use super::value::PurchaseModel;

/// Beta-geometric / negative binomial model of purchases without a contract.
///
/// While active a customer buys as a Poisson process with rate λ ~ Gamma(`r`, rate `alpha`); after
/// each purchase the customer leaves for good with probability p ~ Beta(`a`, `b`). In the plain
/// BG/NBD nobody leaves before the first repeat purchase, so that a customer who never came back
/// counts as alive for ever; the modified form lets customers leave right after the first purchase.
///
/// Assumptions: rates do not change with the season, λ and p are independent.
///
/// Sources: Fader, Hardie, Lee (2005), Marketing Science 24(2); Batislam, Denizel, Filiztekin
/// (2007), IJRM 24(3). CDNOW by the `lifetimes` package: r .2426, α 4.4135, a .7929, b 2.4258.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetaGeometric {
    /// Shape of the distribution of purchase rates, > 0.
    pub r: f64,
    /// Rate of the distribution of purchase rates, in time units, > 0.
    pub alpha: f64,
    /// First shape of the distribution of leaving, > 0.
    pub a: f64,
    /// Second shape of the distribution of leaving, > 0.
    pub b: f64,
    /// Whether a customer may leave right after the first purchase.
    pub modified: bool,
}

impl BetaGeometric {
    /// Fits by maximum likelihood with exact gradients. Customers come in any order.
    pub fn fit(customers: &[Customer], modified: bool) -> Result<Fit<Self>, LifetimeError> {
        let groups = group(customers)?;
        let counts = frequencies(&groups);
        let unit = rhythm(&groups);
        let starts = [
            vec![0.4, 0.4 * unit, 0.8, 2.0],
            vec![1.0, unit, 1.0, 1.0],
            vec![0.1, 0.2 * unit, 0.3, 5.0],
            vec![5.0, 5.0 * unit, 0.1, 1.0],
        ];
        let maximum = maximise(&starts, |p, gradient| {
            let model = Self { r: p[0], alpha: p[1], a: p[2], b: p[3], modified };
            model.log_likelihood(&groups, &counts, gradient)
        })?;
        let [r, alpha, a, b] = maximum.parameters[..] else { return Err(LifetimeError::NoMaximum) };
        Ok(maximum.named(Self { r, alpha, a, b, modified }))
    }

    /// 1 when leaving is possible right after the first purchase: the shift in every formula.
    fn shift(&self) -> f64 {
        if self.modified { 1.0 } else { 0.0 }
    }

    /// ln L = lnΓ(r+x) − lnΓ(r) + r lnα + lnΓ(a+b) + lnΓ(b+x+s) − lnΓ(b) − lnΓ(a+b+x+s)
    /// + ln[(α+T)^−(r+x) + a/(b+x−1+s)·(α+t_x)^−(r+x)], with s = 0, and the last term only for
    ///   x > 0, in the plain form and s = 1 in the modified one.
    fn log_likelihood(&self, groups: &[Group], counts: &[(f64, f64)], gradient: &mut [f64]) -> f64 {
        let Self { r, alpha, a, b, modified } = *self;
        let s = self.shift();
        let (mut value, mut by_r, mut by_alpha, mut by_a, mut by_b) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let constant = r * alpha.ln() - ln_gamma(r) + ln_gamma(a + b) - ln_gamma(b);
        let (psi_r, psi_ab, psi_b, ln_alpha) = (digamma(r), digamma(a + b), digamma(b), alpha.ln());
        for &(x, count) in counts {
            let y = x + s;
            value += count * (constant + ln_gamma(r + x) + ln_gamma(b + y) - ln_gamma(a + b + y));
            let psi_aby = digamma(a + b + y);
            by_r += count * (digamma(r + x) - psi_r + ln_alpha);
            by_alpha += count * r / alpha;
            by_a += count * (psi_ab - psi_aby);
            by_b += count * (psi_ab + digamma(b + y) - psi_b - psi_aby);
        }
        for group in groups {
            let Customer { frequency: x, recency, age } = group.customer;
            let ln_age = (alpha + age).ln();
            let stayed = -(r + x) * ln_age;
            if x == 0.0 && !modified {
                value += group.count * stayed;
                by_r -= group.count * ln_age;
                by_alpha -= group.count * r / (alpha + age);
                continue;
            }
            let ln_recency = (alpha + recency).ln();
            let odds = a / (b + x - 1.0 + s);
            if !(odds > 0.0) {
                return f64::NAN;
            }
            // Leaving at the last purchase is the more likely term, or nearly so: factor it out.
            let left = odds.ln() - (r + x) * ln_recency;
            let ratio = (stayed - left).exp();
            let share_left = 1.0 / (1.0 + ratio);
            let share_stayed = 1.0 - share_left;
            value += group.count * if ratio > 1e100 { stayed } else { left + ratio.ln_1p() };
            by_r -= group.count * (share_stayed * ln_age + share_left * ln_recency);
            by_alpha -= group.count
                * (r + x)
                * (share_stayed / (alpha + age) + share_left / (alpha + recency));
            by_a += group.count * share_left / a;
            by_b -= group.count * share_left / (b + x - 1.0 + s);
        }
        gradient.copy_from_slice(&[by_r, by_alpha, by_a, by_b]);
        value
    }

    /// Odds that the customer left at the last purchase, against being active still.
    fn odds_of_having_left(&self, customer: &Customer) -> f64 {
        let Customer { frequency: x, recency, age } = *customer;
        if x == 0.0 && !self.modified {
            return 0.0;
        }
        let odds = self.a / (self.b + x - 1.0 + self.shift());
        let ratio = ((self.alpha + age) / (self.alpha + recency)).ln();
        odds * ((self.r + x) * ratio).exp()
    }
}

impl PurchaseModel for BetaGeometric {
    fn probability_alive(&self, customer: &Customer) -> f64 {
        1.0 / (1.0 + self.odds_of_having_left(customer))
    }

    /// E[Y(t)] = c/(a−1)·[1 − w^(a−1)·₂F₁(a+b−1−r+s, a−1; c; 1−w)]·P(alive) with
    /// c = a+b+x−1+s and w = (α+T)/(α+T+t): Euler's transformation of the published form. The
    /// factor a−1 is divided out of the series, so a = 1 and c = 0 need no special case.
    fn expected_purchases(&self, customer: &Customer, horizon: f64) -> f64 {
        let x = customer.frequency;
        let s = self.shift();
        let now = self.alpha + customer.age;
        let ln_w = -(horizon / now).ln_1p();
        let z = horizon / (now + horizon);
        let epsilon = self.a - 1.0;
        let c = self.a + self.b + x - 1.0 + s;
        let first = self.a + self.b - 1.0 - self.r + s;
        let scaled =
            if epsilon.abs() < 1e-300 { -ln_w } else { -(epsilon * ln_w).exp_m1() / epsilon };
        // Σ_{n≥1} (first)_n (1+ε)_{n−1} / ((c+1)_{n−1} n!) zⁿ, which is c/ε·(₂F₁ − 1).
        let mut term = first * z;
        let mut sum = term;
        for n in 1..200_000_u32 {
            let n = f64::from(n);
            term *= (first + n) * (epsilon + n) / ((c + n) * (n + 1.0)) * z;
            sum += term;
            if term.abs() < 1e-15 * sum.abs() && n > 4.0 {
                break;
            }
        }
        let expected = c * scaled - (epsilon * ln_w).exp() * sum;
        expected.max(0.0) * self.probability_alive(customer)
    }

    fn log_parameters(&self) -> Vec<f64> {
        vec![self.r.ln(), self.alpha.ln(), self.a.ln(), self.b.ln()]
    }

    fn with_log_parameters(&self, log: &[f64]) -> Self {
        Self {
            r: log[0].exp(),
            alpha: log[1].exp(),
            a: log[2].exp(),
            b: log[3].exp(),
            modified: self.modified,
        }
    }
}
