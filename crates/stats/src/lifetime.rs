//! Customer lifetime value: how often a customer will still buy, and what that is worth.
//!
//! For shops without contracts: [`BetaGeometric`] (BG/NBD and its modified form) and [`ParetoNbd`]
//! for the number of purchases, [`GammaGamma`] for the value of one. For contracts that renew or
//! end once a period: [`ShiftedBetaGeometric`]. [`summarise`] makes the three numbers per customer
//! out of raw transactions, [`discounted_value`] puts both halves together, and [`check_holdout`]
//! says how well the forecast of a held-out period was.
//!
//! Time is a plain number in any unit (weeks are common): the same unit everywhere.

mod beta_geometric;
mod contract;
mod fit;
mod gamma_gamma;
mod holdout;
mod pareto;
mod summary;
mod value;

pub use beta_geometric::BetaGeometric;
pub use contract::{Cohort, ShiftedBetaGeometric};
pub use fit::{Customer, Fit, LifetimeError};
pub use gamma_gamma::{GammaGamma, Spend};
pub use holdout::{Holdout, check_holdout};
pub use pareto::ParetoNbd;
pub use summary::{Summary, Transaction, summarise};
pub use value::{Months, PurchaseModel, discounted_value, total_expected};

#[cfg(test)]
mod tests;
