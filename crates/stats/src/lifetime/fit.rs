//! What every fit of a purchase model takes and gives: customers in, parameters with errors out.

use crate::dense;
use crate::distribution::{Interval, normal_quantile};
use crate::optimise::{Minimum, minimise};

/// A customer's history in three numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Customer {
    /// Repeat purchases x: the first one does not count. A whole number ≥ 0.
    pub frequency: f64,
    /// Time t_x from the first to the last purchase, in [0, age]; 0 without repeat purchases.
    pub recency: f64,
    /// Time T from the first purchase to the end of observation, ≥ 0.
    pub age: f64,
}

/// Why a lifetime model cannot be fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LifetimeError {
    /// The data set is empty.
    #[error("there are no customers to learn from")]
    NoCustomers,
    /// A record contradicts itself.
    #[error("customer {index}: {reason}")]
    InvalidCustomer {
        /// Position in the input, from 0.
        index: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nobody bought twice, so nothing is known about how often customers come back.
    #[error("no customer bought a second time, so there is no rhythm to learn")]
    NoRepeatPurchases,
    /// The likelihood has no maximum inside the parameter space.
    #[error("the model does not fit this data: the likelihood has no maximum")]
    NoMaximum,
}

/// Parameters with the likelihood and the uncertainty they were found with.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit<P> {
    /// The maximum-likelihood parameters.
    pub parameters: P,
    /// Log-likelihood of all customers, natural logarithm.
    pub log_likelihood: f64,
    /// Standard errors in the order of the parameters' fields, NaN where the curvature is flat.
    pub std_errors: Vec<f64>,
    /// Covariance of the logarithms of the parameters, when the curvature gives one.
    pub log_covariance: Option<Vec<Vec<f64>>>,
}

impl<P> Fit<P> {
    /// A confidence interval for any positive number `g` computed from the parameters, by the
    /// delta method on its logarithm: `g` gets the logarithms of the parameters.
    ///
    /// `None` when the curvature is not known or `g` is not positive.
    pub fn interval(
        &self,
        log_parameters: &[f64],
        level: f64,
        g: impl Fn(&[f64]) -> f64,
    ) -> Option<Interval> {
        let covariance = self.log_covariance.as_ref()?;
        let centre = g(log_parameters).ln();
        let mut slope = Vec::with_capacity(log_parameters.len());
        for i in 0..log_parameters.len() {
            let h = 0.1 * covariance[i][i].sqrt().clamp(1e-6, 1.0);
            let mut moved = log_parameters.to_vec();
            moved[i] += h;
            let up = g(&moved).ln();
            moved[i] -= 2.0 * h;
            slope.push((up - g(&moved).ln()) / (2.0 * h));
        }
        let variance = dense::dot(&slope, &dense::multiply(covariance, &slope));
        let half = normal_quantile(0.5 + 0.5 * level) * variance.sqrt();
        let interval = Interval { low: (centre - half).exp(), high: (centre + half).exp() };
        (interval.low.is_finite() && interval.high.is_finite()).then_some(interval)
    }
}

/// Customers with the same three numbers, counted once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) customer: Customer,
    pub(super) count: f64,
}

/// Checks the customers and counts equal ones together, ordered by frequency.
pub(super) fn group(customers: &[Customer]) -> Result<Vec<Group>, LifetimeError> {
    if customers.is_empty() {
        return Err(LifetimeError::NoCustomers);
    }
    for (index, customer) in customers.iter().enumerate() {
        if let Some(reason) = fault(customer) {
            return Err(LifetimeError::InvalidCustomer { index, reason });
        }
    }
    if customers.iter().all(|c| c.frequency == 0.0) {
        return Err(LifetimeError::NoRepeatPurchases);
    }
    let mut sorted = customers.to_vec();
    sorted.sort_unstable_by(|a, b| {
        (a.frequency.total_cmp(&b.frequency))
            .then(a.recency.total_cmp(&b.recency))
            .then(a.age.total_cmp(&b.age))
    });
    let mut groups: Vec<Group> = Vec::new();
    for customer in sorted {
        match groups.last_mut() {
            Some(last) if last.customer == customer => last.count += 1.0,
            _ => groups.push(Group { customer, count: 1.0 }),
        }
    }
    Ok(groups)
}

fn fault(customer: &Customer) -> Option<&'static str> {
    let Customer { frequency, recency, age } = *customer;
    if !(frequency.is_finite() && recency.is_finite() && age.is_finite()) {
        Some("a number is missing")
    } else if frequency < 0.0 || frequency.fract() != 0.0 {
        Some("the frequency is not a whole number of repeat purchases")
    } else if recency < 0.0 || age < 0.0 {
        Some("a time is negative")
    } else if recency > age {
        Some("the last purchase lies after the end of observation")
    } else if frequency == 0.0 && recency > 0.0 {
        Some("there is a last repeat purchase but no repeat purchase")
    } else if frequency > 0.0 && recency == 0.0 {
        Some("there are repeat purchases but the last one is at time zero")
    } else {
        None
    }
}

/// Frequencies that occur, with the number of customers that have each.
pub(super) fn frequencies(groups: &[Group]) -> Vec<(f64, f64)> {
    let mut counts: Vec<(f64, f64)> = Vec::new();
    for group in groups {
        match counts.last_mut() {
            Some((x, count)) if *x == group.customer.frequency => *count += group.count,
            _ => counts.push((group.customer.frequency, group.count)),
        }
    }
    counts
}

/// The mean time between purchases of those who came back: the natural unit of this data.
pub(super) fn rhythm(groups: &[Group]) -> f64 {
    let (mut time, mut purchases) = (0.0, 0.0);
    for group in groups {
        time += group.count * group.customer.age;
        purchases += group.count * group.customer.frequency;
    }
    (time / purchases).max(1e-9)
}

/// Maximises a log-likelihood over positive parameters, from the best of several starts.
///
/// `f` gets the parameters themselves and writes the gradient by them.
pub(super) fn maximise(
    starts: &[Vec<f64>],
    mut f: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Result<Maximum, LifetimeError> {
    let mut objective = |log: &[f64], gradient: &mut [f64]| {
        if log.iter().any(|l| l.abs() > 25.0) {
            return f64::INFINITY;
        }
        let parameters: Vec<f64> = log.iter().map(|l| l.exp()).collect();
        let value = -f(&parameters, gradient);
        for (g, p) in gradient.iter_mut().zip(&parameters) {
            *g *= -p;
        }
        if value.is_nan() { f64::INFINITY } else { value }
    };
    let mut best: Option<Minimum> = None;
    for start in starts {
        let log: Vec<f64> = start.iter().map(|p| p.ln()).collect();
        let Some(minimum) = minimise(&log, &mut objective) else { continue };
        let good = minimum.converged && minimum.covariance.is_some();
        if best.as_ref().is_none_or(|b| minimum.value < b.value - 1e-9 * b.value.abs()) {
            best = Some(minimum);
        }
        if good {
            break;
        }
    }
    let best = best.ok_or(LifetimeError::NoMaximum)?;
    let parameters: Vec<f64> = best.x.iter().map(|l| l.exp()).collect();
    if parameters.iter().any(|p| !p.is_finite()) {
        return Err(LifetimeError::NoMaximum);
    }
    let std_errors = parameters
        .iter()
        .enumerate()
        .map(|(i, p)| best.covariance.as_ref().map_or(f64::NAN, |c| p * c[i][i].sqrt()))
        .collect();
    Ok(Maximum { parameters, value: -best.value, std_errors, covariance: best.covariance })
}

/// The result of [`maximise`].
pub(super) struct Maximum {
    pub(super) parameters: Vec<f64>,
    pub(super) value: f64,
    pub(super) std_errors: Vec<f64>,
    pub(super) covariance: Option<Vec<Vec<f64>>>,
}

impl Maximum {
    /// The same with named parameters.
    pub(super) fn named<P>(self, parameters: P) -> Fit<P> {
        Fit {
            parameters,
            log_likelihood: self.value,
            std_errors: self.std_errors,
            log_covariance: self.covariance,
        }
    }
}
