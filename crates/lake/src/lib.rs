//! Events on disk: write-ahead log, hot buffer, Delta tables, and the queries over them.

pub mod schema;
pub mod snapshot;
