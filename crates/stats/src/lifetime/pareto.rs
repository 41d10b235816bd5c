//! Pareto/NBD: buying at a gamma-distributed rate, leaving at any moment.

use statrs::function::gamma::{digamma, ln_gamma};

use super::fit::{Customer, Fit, Group, LifetimeError, frequencies, group, maximise, rhythm};
use super::value::PurchaseModel;

/// Pareto / negative binomial model of purchases without a contract.
///
/// While active a customer buys as a Poisson process with rate λ ~ Gamma(`r`, rate `alpha`) and
/// leaves after an exponential time with rate μ ~ Gamma(`s`, rate `beta`), independent of λ.
///
/// Source: Schmittlein, Morrison, Colombo (1987), Management Science 33(1). CDNOW by the `lifetimes`
/// package: r .553, α 10.578, s .606, β 11.67.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParetoNbd {
    /// Shape of the distribution of purchase rates, > 0.
    pub r: f64,
    /// Rate of the distribution of purchase rates, in time units, > 0.
    pub alpha: f64,
    /// Shape of the distribution of leaving rates, > 0.
    pub s: f64,
    /// Rate of the distribution of leaving rates, in time units, > 0.
    pub beta: f64,
}

/// Nodes and weights of the ten-point Gauss–Legendre rule on [−1, 1], one half of it.
const NODES: [(f64, f64); 5] = [
    (0.148_874_338_981_631_2, 0.295_524_224_714_752_87),
    (0.433_395_394_129_247_2, 0.269_266_719_309_996_36),
    (0.679_409_568_299_024_4, 0.219_086_362_515_982_04),
    (0.865_063_366_688_984_5, 0.149_451_349_150_580_6),
    (0.973_906_528_517_171_7, 0.066_671_344_308_688_14),
];

/// The likelihood of having left between the last purchase and now, with its gradient.
///
/// All numbers are relative to the likelihood of being active still.
#[derive(Default)]
struct Departure {
    relative: f64,
    /// Mean of ln(α+u), 1/(α+u), ln(β+u), 1/(β+u) over the time u of leaving, times `relative`.
    ln_alpha: f64,
    per_alpha: f64,
    ln_beta: f64,
    per_beta: f64,
}

impl ParetoNbd {
    /// Fits by maximum likelihood with exact gradients. Customers come in any order.
    pub fn fit(customers: &[Customer]) -> Result<Fit<Self>, LifetimeError> {
        let groups = group(customers)?;
        let counts = frequencies(&groups);
        let unit = rhythm(&groups);
        let starts = [
            vec![0.6, 0.8 * unit, 0.6, 0.8 * unit],
            vec![1.0, unit, 1.0, 4.0 * unit],
            vec![0.3, 0.3 * unit, 0.3, 2.0 * unit],
            vec![3.0, 3.0 * unit, 0.2, unit],
        ];
        let maximum = maximise(&starts, |p, gradient| {
            let model = Self { r: p[0], alpha: p[1], s: p[2], beta: p[3] };
            model.log_likelihood(&groups, &counts, gradient)
        })?;
        let [r, alpha, s, beta] = maximum.parameters[..] else {
            return Err(LifetimeError::NoMaximum);
        };
        Ok(maximum.named(Self { r, alpha, s, beta }))
    }

    /// ln L = lnΓ(r+x) − lnΓ(r) + r lnα + s lnβ + ln[(α+T)^−(r+x) (β+T)^−s
    /// + s ∫ (α+u)^−(r+x) (β+u)^−(s+1) du], the integral running from t_x to T.
    ///
    /// The integral is the Gauss hypergeometric form of the paper before it is solved; as an
    /// integral it never cancels and its gradient is the same integral with other weights.
    fn log_likelihood(&self, groups: &[Group], counts: &[(f64, f64)], gradient: &mut [f64]) -> f64 {
        let Self { r, alpha, s, beta } = *self;
        let (mut value, mut by_r) = (0.0, 0.0);
        let constant = r * alpha.ln() - ln_gamma(r) + s * beta.ln();
        let psi_r = digamma(r) - alpha.ln();
        let mut customers = 0.0;
        for &(x, count) in counts {
            value += count * (constant + ln_gamma(r + x));
            by_r += count * (digamma(r + x) - psi_r);
            customers += count;
        }
        let mut by_alpha = customers * r / alpha;
        let mut by_s = customers * beta.ln();
        let mut by_beta = customers * s / beta;
        for group in groups {
            let Customer { frequency: x, age, .. } = group.customer;
            let (ln_a, ln_b) = ((alpha + age).ln(), (beta + age).ln());
            let left = self.departure(&group.customer, ln_a, ln_b);
            let total = 1.0 + left.relative;
            let share = group.count / total;
            value += group.count * (total.ln() - (r + x) * ln_a - s * ln_b);
            by_r -= share * (ln_a + left.ln_alpha);
            by_alpha -= share * (r + x) * (1.0 / (alpha + age) + left.per_alpha);
            by_s -= share * (ln_b + left.ln_beta - left.relative / s);
            by_beta -= share * (s / (beta + age) + (s + 1.0) * left.per_beta);
        }
        gradient.copy_from_slice(&[by_r, by_alpha, by_s, by_beta]);
        value
    }

    /// Integrates over y = ln(α+u) in panels over which the integrand falls by at most e⁸.
    fn departure(&self, customer: &Customer, ln_a: f64, ln_b: f64) -> Departure {
        let Self { r, alpha, s, beta } = *self;
        let Customer { frequency: x, recency, age } = *customer;
        let mut sum = Departure::default();
        if age <= recency {
            return sum;
        }
        let start = (alpha + recency).ln();
        let steepness = r + x + (s + 1.0) * (alpha / beta).clamp(1.0, 8.0);
        // What lies 45 e-folds below the start adds nothing.
        let end = ln_a.min(start + 45.0 / steepness.max(1e-9));
        let panels = ((end - start) * steepness / 8.0).ceil().max(1.0);
        let half = 0.5 * (end - start) / panels;
        let mut centre = start + half;
        for _ in 0..panels as u32 {
            for &(node, weight) in &NODES {
                for y in [centre - node * half, centre + node * half] {
                    let at_alpha = y.exp();
                    let at_beta = beta + (at_alpha - alpha);
                    let ln_beta = at_beta.ln();
                    let exponent = (r + x) * (ln_a - y) + s * (ln_b - ln_beta) + y - ln_beta;
                    let mass = s * weight * half * exponent.exp();
                    sum.relative += mass;
                    sum.ln_alpha += mass * y;
                    sum.per_alpha += mass / at_alpha;
                    sum.ln_beta += mass * ln_beta;
                    sum.per_beta += mass / at_beta;
                }
            }
            centre += 2.0 * half;
        }
        sum
    }
}

impl PurchaseModel for ParetoNbd {
    fn probability_alive(&self, customer: &Customer) -> f64 {
        let (ln_a, ln_b) = ((self.alpha + customer.age).ln(), (self.beta + customer.age).ln());
        1.0 / (1.0 + self.departure(customer, ln_a, ln_b).relative)
    }

    /// E[Y(t)] = (r+x)(β+T)/(α+T)·[1 − ((β+T)/(β+T+t))^(s−1)]/(s−1)·P(alive).
    fn expected_purchases(&self, customer: &Customer, horizon: f64) -> f64 {
        let Self { r, alpha, s, beta } = *self;
        let since = beta + customer.age;
        let ln_w = -(horizon / since).ln_1p();
        let time =
            if (s - 1.0).abs() < 1e-300 { -ln_w } else { -((s - 1.0) * ln_w).exp_m1() / (s - 1.0) };
        let rate = (r + customer.frequency) / (alpha + customer.age);
        rate * since * time * self.probability_alive(customer)
    }

    fn log_parameters(&self) -> Vec<f64> {
        vec![self.r.ln(), self.alpha.ln(), self.s.ln(), self.beta.ln()]
    }

    fn with_log_parameters(&self, log: &[f64]) -> Self {
        Self { r: log[0].exp(), alpha: log[1].exp(), s: log[2].exp(), beta: log[3].exp() }
    }
}
