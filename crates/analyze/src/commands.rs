//! One file for each `luotsi analyze` command: flags, what is read, what is said.
//!
//! A command reads its columns ([`crate::input::Frame`]), calls the statistics crate, and fills a
//! [`Report`]: JSON fields first, since they are the contract, then the words and the chart.

mod drivers;

use clap::Subcommand;

use crate::report::Report;
use crate::{AnalyzeError, Streams};

/// The question to answer.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Where a change sits: factors of a product, mix and rate of a ratio, values of dimensions.
    Drivers(drivers::Drivers),
}

impl Command {
    pub(crate) fn run(&self, streams: &mut Streams<'_>) -> Result<Report, AnalyzeError> {
        match self {
            Self::Drivers(command) => command.run(streams),
        }
    }
}
