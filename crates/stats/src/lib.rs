//! The mathematics behind goals, experiments, attribution, lifetime value and planning.
//!
//! Pure: no IO, no clock, no global randomness. A function takes sufficient statistics and, where it
//! draws, a seed; it gives an estimate with its interval. Nothing here knows a database, a request or
//! another crate of this workspace.

pub mod anomaly;
pub mod association;
pub mod attainment;
pub mod attribution;
mod dense;
pub mod distribution;
pub mod drivers;
pub mod experiment;
pub mod forecast;
pub mod lifetime;
pub mod mix;
mod optimise;
#[cfg(test)]
mod reference;
