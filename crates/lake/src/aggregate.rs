//! Counting whole visits: the plan node, and what it counts with.
//!
//! Rows arrive visit by visit (`scan`). A visit is looked at as one block: which of its events are
//! meant, whether it fits the filters, its figures as a whole; then it is added to groups. Texts
//! are looked at once for each dictionary, groups are found by small numbers, and a visitor, whose
//! rows lie together, is written down once a date; what is left of duplicates goes at the end.

mod condition;
mod distinct;
mod exec;
mod gather;
mod groups;
mod money;
mod orders;
mod origins;
mod partial;
mod program;
mod reader;
mod rows;
mod summaries;
mod visits;

pub(crate) use exec::VisitAggregateExec;
pub(crate) use gather::{Gather, Gathering};
pub(crate) use orders::{AGAIN_US, Repeated};
pub(crate) use origins::{Origins, sought};
pub(crate) use partial::{Label, Total, Totals, count_visitors, merge, merge_steps};
pub(crate) use program::{
    Program, Scope, TooManyTests, dimensions_in, kind_of, revenue_currencies,
};
pub(crate) use reader::{named, persons};
pub(crate) use rows::{EVENT, NO_PERSON, PAGEVIEW};
pub(crate) use visits::Step;
