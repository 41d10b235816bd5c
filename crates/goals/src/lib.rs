//! What goals need of the lake and the store: a metric's definition, and its figures day by day.
//!
//! Events come from the lake, observations from the store; the rules are `luotsi_marketing`'s. It knows
//! nothing of HTTP.

mod answer;
pub mod effects;
pub mod entry;
pub mod explain;
pub mod figures;
pub mod measure;
pub mod nightly;
pub mod run;
pub mod shared;
pub mod surroundings;
pub mod watch;
