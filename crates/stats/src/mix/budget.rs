//! Dividing a budget over channels by their response.

use crate::distribution::Interval;

use super::fit::MixFit;

/// What a channel brings per period at a steady spend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Response {
    /// top·(1 − e^(−rate·x))/(1 + e^(−rate·x)).
    Logistic {
        /// What endless spend would bring.
        top: f64,
        /// Steepness per unit of spend.
        rate: f64,
    },
    /// top·x^slope/(x^slope + half^slope).
    Hill {
        /// What endless spend would bring.
        top: f64,
        /// Spend that brings half of it.
        half: f64,
        /// 1 or less is concave; above 1 an S.
        slope: f64,
    },
}

impl Response {
    /// What a spend of `x` ≥ 0 brings.
    pub fn at(&self, x: f64) -> f64 {
        match *self {
            Self::Logistic { top, rate } => top * (0.5 * rate * x).tanh(),
            Self::Hill { top, half, slope } => {
                if x <= 0.0 {
                    0.0
                } else {
                    top / (1.0 + (half / x).powf(slope))
                }
            }
        }
    }

    /// What one more unit brings at `x`.
    pub fn marginal(&self, x: f64) -> f64 {
        match *self {
            Self::Logistic { top, rate } => {
                let t = (0.5 * rate * x).tanh();
                0.5 * top * rate * (1.0 - t * t)
            }
            Self::Hill { top, half, slope } => {
                let x = x.max(1e-12 * half);
                let share = 1.0 / (1.0 + (half / x).powf(slope));
                top * share * (1.0 - share) * slope / x
            }
        }
    }

    fn concave(&self) -> bool {
        match self {
            Self::Logistic { .. } => true,
            Self::Hill { slope, .. } => *slope <= 1.0,
        }
    }
}

/// The range a channel's spend may take; equal ends lock it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Least spend, ≥ 0.
    pub low: f64,
    /// Most spend, ≥ `low`.
    pub high: f64,
}

/// Several responses of one channel, averaged: what is expected of it.
struct Average<'a>(&'a [Vec<Response>], usize);

trait Curve {
    fn at(&self, x: f64) -> f64;
    fn marginal(&self, x: f64) -> f64;
    fn concave(&self) -> bool;
}

impl Curve for Response {
    fn at(&self, x: f64) -> f64 {
        Response::at(self, x)
    }
    fn marginal(&self, x: f64) -> f64 {
        Response::marginal(self, x)
    }
    fn concave(&self) -> bool {
        Response::concave(self)
    }
}

impl Curve for Average<'_> {
    fn at(&self, x: f64) -> f64 {
        self.0.iter().map(|row| row[self.1].at(x)).sum::<f64>() / self.0.len() as f64
    }
    fn marginal(&self, x: f64) -> f64 {
        self.0.iter().map(|row| row[self.1].marginal(x)).sum::<f64>() / self.0.len() as f64
    }
    fn concave(&self) -> bool {
        self.0.iter().all(|row| row[self.1].concave())
    }
}

/// The spends within `limits` that add up to `budget` and together bring most. `None` when the
/// limits cannot hold the budget.
///
/// Concave responses: equal marginal return, by bisection. Golden value: tops 100, 80, 60 with
/// halves 50, 20, 10 and a budget of 100 give 44.1376, 33.2522, 22.6102, which bring 138.4414. S-shaped
/// ones: the best on a grid by dynamic programming, then exchanged in pairs until nothing improves.
pub fn allocate(responses: &[Response], limits: &[Limits], budget: f64) -> Option<Vec<f64>> {
    divide(responses, limits, budget)
}

fn divide(curves: &[impl Curve], limits: &[Limits], budget: f64) -> Option<Vec<f64>> {
    let low: f64 = limits.iter().map(|l| l.low).sum();
    let high: f64 = limits.iter().map(|l| l.high).sum();
    let slack = 1e-9 * budget.abs().max(1.0);
    let fits = limits.len() == curves.len()
        && limits.iter().all(|l| l.low >= 0.0 && l.low <= l.high)
        && low <= budget + slack
        && high >= budget - slack;
    if !fits {
        return None;
    }
    let mut spends = if curves.iter().all(Curve::concave) {
        equal_marginals(curves, limits, budget)
    } else {
        grid(curves, limits, budget)
    };
    settle(&mut spends, limits, budget);
    Some(spends)
}

/// Each channel's spend where one more unit brings `price`; the price that uses up the budget.
fn equal_marginals(curves: &[impl Curve], limits: &[Limits], budget: f64) -> Vec<f64> {
    let spend = |curve: &dyn Curve, limit: &Limits, price: f64| {
        let (mut low, mut high) = (limit.low, limit.high);
        if curve.marginal(low) <= price {
            return low;
        }
        if curve.marginal(high) >= price {
            return high;
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            let side = if curve.marginal(middle) > price { &mut low } else { &mut high };
            *side = middle;
        }
        0.5 * (low + high)
    };
    let all = |price: f64| -> Vec<f64> {
        curves.iter().zip(limits).map(|(c, l)| spend(c, l, price)).collect()
    };
    let mut high = curves.iter().zip(limits).map(|(c, l)| c.marginal(l.low)).fold(0.0, f64::max);
    let mut low = 0.0;
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        let side = if all(middle).iter().sum::<f64>() > budget { &mut low } else { &mut high };
        *side = middle;
        if high - low <= 1e-14 * high {
            break;
        }
    }
    all(high)
}

const GRID: usize = 200;

/// Dynamic programming over shares of what is free to divide, then exchanges in pairs.
fn grid(curves: &[impl Curve], limits: &[Limits], budget: f64) -> Vec<f64> {
    let free = (budget - limits.iter().map(|l| l.low).sum::<f64>()).max(0.0);
    let unit = free / GRID as f64;
    let mut best = vec![f64::NEG_INFINITY; GRID + 1];
    best[0] = 0.0;
    let mut choices: Vec<Vec<usize>> = Vec::new();
    for (curve, limit) in curves.iter().zip(limits) {
        let most =
            if unit > 0.0 { (((limit.high - limit.low) / unit) as usize).min(GRID) } else { 0 };
        let gains: Vec<f64> = (0..=most).map(|k| curve.at(limit.low + k as f64 * unit)).collect();
        let mut next = vec![f64::NEG_INFINITY; GRID + 1];
        let mut choice = vec![0; GRID + 1];
        for used in 0..=GRID {
            for (k, gain) in gains.iter().enumerate().take(used + 1) {
                let value = best[used - k] + gain;
                if value > next[used] {
                    (next[used], choice[used]) = (value, k);
                }
            }
        }
        best = next;
        choices.push(choice);
    }
    let mut used = (0..=GRID).rev().find(|u| best[*u] > f64::NEG_INFINITY).unwrap_or(0);
    let mut spends = vec![0.0; curves.len()];
    for i in (0..curves.len()).rev() {
        let k = choices[i][used];
        spends[i] = limits[i].low + k as f64 * unit;
        used -= k;
    }
    settle(&mut spends, limits, budget);
    let mut step = unit;
    while step > 1e-7 * unit && unit > 0.0 {
        let mut improved = false;
        for i in 0..curves.len() {
            for j in 0..curves.len() {
                if i == j || spends[i] + step > limits[i].high || spends[j] - step < limits[j].low {
                    continue;
                }
                let gain = curves[i].at(spends[i] + step) - curves[i].at(spends[i])
                    + curves[j].at(spends[j] - step)
                    - curves[j].at(spends[j]);
                if gain > 1e-12 * curves[i].at(limits[i].high).abs() {
                    spends[i] += step;
                    spends[j] -= step;
                    improved = true;
                }
            }
        }
        if !improved {
            step *= 0.5;
        }
    }
    spends
}

/// Takes what rounding left over to or from channels with room.
fn settle(spends: &mut [f64], limits: &[Limits], budget: f64) {
    let mut rest = budget - spends.iter().sum::<f64>();
    for (spend, limit) in spends.iter_mut().zip(limits) {
        let moved = (*spend + rest).clamp(limit.low, limit.high);
        rest -= moved - *spend;
        *spend = moved;
    }
}

/// A budget, divided.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Spend per period of each channel.
    pub spends: Vec<f64>,
    /// Interval of the best spend of each channel over the posterior draws, at 90 %: wide means
    /// that the data leave open where to spend.
    pub best_by_draw: Vec<Interval>,
    /// Expected contribution per period of the plan and of today's spends.
    pub expected: f64,
    /// The same for today's spends.
    pub expected_today: f64,
    /// Share of the posterior draws in which the plan brings more than today's spends.
    pub probability_better: f64,
}

/// The plan with the highest expected contribution for `budget` per period, against `today`'s
/// spends. `None` when the limits cannot hold the budget or the fit has no draws.
pub fn plan(fit: &MixFit, today: &[f64], limits: &[Limits], budget: f64) -> Option<Plan> {
    // Two hundred draws say as much about an average as two thousand.
    let stride = fit.responses.len().div_ceil(200).max(1);
    let draws: Vec<Vec<_>> = fit.responses.iter().step_by(stride).cloned().collect();
    if draws.is_empty() || today.len() != limits.len() {
        return None;
    }
    let curves: Vec<Average> = (0..today.len()).map(|m| Average(&draws, m)).collect();
    let spends = divide(&curves, limits, budget)?;
    let bring = |row: &[Response], spends: &[f64]| -> f64 {
        row.iter().zip(spends).map(|(r, s)| r.at(*s)).sum()
    };
    let n = fit.responses.len() as f64;
    let (mut expected, mut expected_today, mut better) = (0.0, 0.0, 0.0);
    for row in &fit.responses {
        let (planned, now) = (bring(row, &spends), bring(row, today));
        expected += planned / n;
        expected_today += now / n;
        better += if planned > now { 1.0 / n } else { 0.0 };
    }
    let mut best: Vec<Vec<f64>> = vec![Vec::new(); today.len()];
    for row in &draws {
        for (list, spend) in best.iter_mut().zip(divide(row, limits, budget)?) {
            list.push(spend);
        }
    }
    let best_by_draw = best
        .iter_mut()
        .map(|list| {
            list.sort_unstable_by(f64::total_cmp);
            let at = |p: f64| list[((p * list.len() as f64) as usize).min(list.len() - 1)];
            Interval { low: at(0.05), high: at(0.95) }
        })
        .collect();
    Some(Plan { spends, best_by_draw, expected, expected_today, probability_better: better })
}
