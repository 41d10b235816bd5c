//! `cargo xtask bench exact`: a million events, some twice, some late, some while the server is killed.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::ingest::build;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let bin = build(root)?;
    let ended = Command::new(bin.join("exact"))
        .arg("--luotsi")
        .arg(bin.join("luotsi"))
        .args(["--events", &options.events.to_string(), "--seed", &options.seed.to_string()])
        .status()?;
    if ended.success() { Ok(()) } else { bail!("the counts are not exact") }
}
