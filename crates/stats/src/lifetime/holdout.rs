//! How well a model fitted on one period foretold the next.

use super::fit::Customer;
use super::value::PurchaseModel;

/// Forecast of a held-out period against what happened in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Holdout {
    /// Purchases that happened.
    pub actual_total: f64,
    /// Purchases that were expected.
    pub predicted_total: f64,
    /// Mean absolute error per customer, in purchases.
    pub mean_absolute_error: f64,
    /// Root mean square error per customer, in purchases.
    pub root_mean_square_error: f64,
    /// Correlation of forecast and actual over customers; NaN without variation.
    pub correlation: f64,
}

/// Compares the forecast over `horizon` with the purchases each customer made in it. `None` when
/// there are no customers or the two lists differ in length.
pub fn check_holdout(
    model: &impl PurchaseModel,
    customers: &[Customer],
    actual: &[f64],
    horizon: f64,
) -> Option<Holdout> {
    if customers.is_empty() || customers.len() != actual.len() {
        return None;
    }
    let n = actual.len() as f64;
    let predicted: Vec<f64> =
        customers.iter().map(|c| model.expected_purchases(c, horizon)).collect();
    let actual_total: f64 = actual.iter().sum();
    let predicted_total: f64 = predicted.iter().sum();
    let (mut absolute, mut square, mut pp, mut aa, mut pa) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (p, a) in predicted.iter().zip(actual) {
        absolute += (p - a).abs();
        square += (p - a).powi(2);
        let (dp, da) = (p - predicted_total / n, a - actual_total / n);
        pp += dp * dp;
        aa += da * da;
        pa += dp * da;
    }
    Some(Holdout {
        actual_total,
        predicted_total,
        mean_absolute_error: absolute / n,
        root_mean_square_error: (square / n).sqrt(),
        correlation: pa / (pp * aa).sqrt(),
    })
}
