//! One file for each `luotsi analyze` command: flags, what is read, what is said.
//!
//! A command reads its columns ([`crate::input::Frame`]), calls the statistics crate, and fills a
//! [`Report`]: JSON fields first, since they are the contract, then the words and the chart.

mod anomalies;
mod drivers;
mod experiment;

use clap::Subcommand;

use crate::report::Report;
use crate::{AnalyzeError, Streams};

/// The question to answer.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Which arm of an experiment is better, and whether that can be told yet.
    Experiment(experiment::Experiment),
    /// Values of a series that its own past does not explain.
    Anomalies(anomalies::Anomalies),
    /// Where a change sits: factors of a product, mix and rate of a ratio, values of dimensions.
    Drivers(drivers::Drivers),
}

impl Command {
    pub(crate) fn run(&self, streams: &mut Streams<'_>) -> Result<Report, AnalyzeError> {
        match self {
            Self::Experiment(command) => command.run(streams),
            Self::Anomalies(command) => command.run(streams),
            Self::Drivers(command) => command.run(streams),
        }
    }
}

/// The column a flag names, or the first default the file has.
fn column(
    frame: &crate::input::Frame,
    given: Option<&str>,
    defaults: &[&str],
    flag: &str,
) -> Result<String, AnalyzeError> {
    given.or_else(|| frame.first_of(defaults)).map(str::to_owned).ok_or_else(|| {
        AnalyzeError::NoColumn {
            name: defaults[0].to_owned(),
            flag: flag.to_owned(),
            present: frame.names().to_vec(),
        }
    })
}
