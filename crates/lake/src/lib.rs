//! Events on disk: write-ahead log, hot buffer, Delta tables, and the queries over them.

pub mod beside;
pub mod import;
pub mod inspect;
pub mod lake;
pub mod log;
pub mod person;
pub mod query;
pub mod retention;
pub mod schema;
pub mod snapshot;
pub mod staging;

mod activity;
mod aggregate;
mod arrival;
mod bridge;
mod buffer;
mod catalog;
mod columns;
mod compaction;
mod duplicates;
mod error;
mod faults;
mod first;
mod interleave;
mod mend;
mod merge;
mod recovery;
mod restamp;
mod rows;
mod scan;
mod sessions;
mod settle;
mod summary;
mod table;
#[cfg(test)]
mod testing;
mod writer;
