//! One file for each `luotsi analyze` command: flags, what is read, what is said.
//!
//! A command reads its columns ([`crate::input::Frame`]), calls the statistics crate, and fills a
//! [`Report`]: JSON fields first, since they are the contract, then the words and the chart.

mod anomalies;
mod attainment;
mod attribution;
mod clv;
mod drivers;
mod experiment;
mod forecast;
mod mix;

use clap::Subcommand;

use crate::report::Report;
use crate::{AnalyzeError, Streams};

/// The question to answer.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Which arm of an experiment is better, and whether that can be told yet.
    Experiment(experiment::Experiment),
    /// What a series will do, and how far that can be trusted.
    Forecast(forecast::Forecast),
    /// Whether a goal will be reached, and what it would take.
    Attainment(attainment::Attainment),
    /// Which channels to credit with the conversions of journeys over several of them.
    Attribution(attribution::Attribution),
    /// How often customers will still buy, and what that is worth.
    Clv(clv::Clv),
    /// What each channel's spend brought, and how to divide the next budget.
    Mix(mix::Mix),
    /// Values of a series that its own past does not explain.
    Anomalies(anomalies::Anomalies),
    /// Where a change sits: factors of a product, mix and rate of a ratio, values of dimensions.
    Drivers(drivers::Drivers),
}

impl Command {
    pub(crate) fn run(&self, streams: &mut Streams<'_>) -> Result<Report, AnalyzeError> {
        match self {
            Self::Experiment(command) => command.run(streams),
            Self::Forecast(command) => command.run(streams),
            Self::Attainment(command) => command.run(streams),
            Self::Attribution(command) => command.run(streams),
            Self::Clv(command) => command.run(streams),
            Self::Mix(command) => command.run(streams),
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
