//! Future purchases times their value, discounted: the lifetime value itself.

use crate::distribution::Interval;

use super::fit::{Customer, Fit};

/// A fitted model of how often a customer still buys.
pub trait PurchaseModel {
    /// Probability in (0, 1] that the customer has not left.
    fn probability_alive(&self, customer: &Customer) -> f64;

    /// Expected number of purchases in the next `horizon` time units, ≥ 0.
    fn expected_purchases(&self, customer: &Customer, horizon: f64) -> f64;

    /// Logarithms of the parameters, in the order of the fields.
    fn log_parameters(&self) -> Vec<f64>;

    /// The same model with other parameters.
    #[must_use]
    fn with_log_parameters(&self, log: &[f64]) -> Self
    where
        Self: Sized;

    /// Expected number of repeat purchases of a customer won today.
    fn expected_of_new(&self, horizon: f64) -> f64 {
        let newcomer = Customer { frequency: 0.0, recency: 0.0, age: 0.0 };
        self.expected_purchases(&newcomer, horizon)
    }
}

/// How the future is cut and discounted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Months {
    /// Number of months counted.
    pub months: u32,
    /// Length of a month in time units: 4.345 for weeks, 30 for days.
    pub units_per_month: f64,
    /// Discount per month, for instance 0.01.
    pub discount: f64,
}

/// Expected value of the customer's future purchases: Σ Y_m·E\[M\]/(1+d)^m over months m = 1, 2, …
///
/// `purchase_value` is the expected value of one purchase (or its margin).
pub fn discounted_value(
    model: &impl PurchaseModel,
    customer: &Customer,
    purchase_value: f64,
    months: &Months,
) -> f64 {
    let (mut sum, mut before, mut factor) = (0.0, 0.0, 1.0);
    for month in 1..=months.months {
        let until = model.expected_purchases(customer, f64::from(month) * months.units_per_month);
        factor /= 1.0 + months.discount;
        sum += (until - before) * factor;
        before = until;
    }
    sum * purchase_value
}

/// Expected purchases of all customers together, with an interval for what is not known about the
/// parameters (not for chance in the purchases themselves).
pub fn total_expected<P: PurchaseModel>(
    fit: &Fit<P>,
    customers: &[Customer],
    horizon: f64,
    level: f64,
) -> (f64, Option<Interval>) {
    let total =
        |model: &P| -> f64 { customers.iter().map(|c| model.expected_purchases(c, horizon)).sum() };
    let interval = fit.interval(&fit.parameters.log_parameters(), level, |log| {
        total(&fit.parameters.with_log_parameters(log))
    });
    (total(&fit.parameters), interval)
}
