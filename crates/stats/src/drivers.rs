//! Why a number changed: contributions that add up to the change, exactly.
//!
//! - [`lmdi`]: a metric that is a product (visits × conversion rate × order value);
//! - [`mix_rate`]: a ratio over segments (did conversion fall, or did the audience change?);
//! - [`adtributor`]: which value of which dimension explains a total;
//! - [`search`]: the same, followed down through several dimensions.
//!
//! A decomposition is arithmetic, not cause: it says where the change sits.

pub mod adtributor;
pub mod lmdi;
pub mod mix_rate;
pub mod search;

/// Why a change cannot be decomposed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DriversError {
    /// A factor, volume or denominator is below zero or not a number.
    #[error("{what} must be a number of zero or more, not {value}")]
    Negative { what: String, value: f64 },
    /// There is nothing to divide the change among.
    #[error("nothing to decompose: {0}")]
    Empty(&'static str),
    /// Two lists that belong together differ in length.
    #[error("{left} values before but {right} after")]
    Lengths { left: usize, right: usize },
    /// The total did not change, so no share of the change exists.
    #[error("the total did not change, so there is nothing to explain")]
    NoChange,
}

fn not_negative(what: &str, value: f64) -> Result<f64, DriversError> {
    if value >= 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(DriversError::Negative { what: what.to_owned(), value })
    }
}
