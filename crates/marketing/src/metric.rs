//! Metrics: named, versioned definitions of what is measured, and how its days make a period.
//!
//! One dictionary serves dashboards, goals, experiments and reports. A metric is a [`Definition`]; each of
//! its [`Version`]s has a [`Formula`] and the day from which it holds, so that a changed definition keeps
//! the old figures explained. [`plan`] says what to measure on each day, and [`Combine`] makes a period of days
//! exactly, or says that it cannot.

mod combine;
mod definition;
mod formula;
mod narrowing;
mod nature;
mod ready;
mod spread;

pub use combine::{Combine, DayValue, Measure, Plan, Weight, plan};
pub use definition::{Definition, FieldError, Unit, Version};
pub use formula::{Aggregate, Formula, Function, MAX_SQL, Subject};
pub use narrowing::Narrowing;
pub use nature::{Better, Nature};
pub use ready::{Origin, READY, Ready, ready};
pub use spread::Spread;
