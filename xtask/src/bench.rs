//! `cargo xtask bench`: figures that anyone can measure again, as ratios to a ceiling or a peer.

mod ingest;

use std::path::Path;

use anyhow::Result;
use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Durable requests a second against a bare handler that keeps nothing
    Ingest(ingest::Options),
}

pub(crate) fn run(root: &Path, bench: &Bench) -> Result<()> {
    match bench {
        Bench::Ingest(options) => ingest::run(root, options),
    }
}
