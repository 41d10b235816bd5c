//! `cargo xtask bench`: figures that anyone can measure again, as ratios to a ceiling or a peer.

mod exact;
mod goals;
mod ingest;
mod query;
mod soak;

use std::path::Path;

use anyhow::Result;
use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Durable requests a second against a bare handler that keeps nothing
    Ingest(ingest::Options),
    /// Events with repeats, late ones, stops and kills: every count
    Exact(exact::Options),
    /// A steady mixed load for minutes: memory, files and answers
    Soak(soak::Options),
    /// The overview's queries on 10 million events against DuckDB on the same files
    Query(query::Options),
    /// A night of 500 goals over 10 million events, and a goal's page
    Goals(goals::Options),
}

pub(crate) fn run(root: &Path, bench: &Bench) -> Result<()> {
    match bench {
        Bench::Ingest(options) => ingest::run(root, options),
        Bench::Exact(options) => exact::run(root, options),
        Bench::Soak(options) => soak::run(root, options),
        Bench::Query(options) => query::run(root, options),
        Bench::Goals(options) => goals::run(root, options),
    }
}
