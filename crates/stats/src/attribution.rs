//! Attribution: which channels to credit with the conversions of journeys over several of them.
//!
//! Rules by position ([`Rule`]), a Markov chain over the touches ([`Chain`]) and Shapley values of
//! conversion rates ([`shapley`]). [`attribute`] runs them all with bootstrap intervals.
//!
//! None of this is causal: it divides what happened among those who were there. A channel that
//! only meets people who would buy anyway gets credit all the same; calibrate with hold-outs.

mod bootstrap;
mod journeys;
mod markov;
mod rules;
mod shapley;

pub use bootstrap::{ChannelCredit, ModelCredit, Report, Settings, attribute};
pub use journeys::{AttributionError, Credit, Journeys};
pub use markov::Chain;
pub use rules::{Rule, by_rule};
pub use shapley::shapley;

#[cfg(test)]
mod tests;
