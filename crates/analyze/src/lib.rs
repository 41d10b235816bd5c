//! `luotsi analyze`: reads a CSV or Parquet file, calls the statistics crate, and writes a table a
//! person reads, JSON a program reads, or a chart as SVG or PNG.
//!
//! The binary calls [`run`] with the arguments after `analyze` (or nests [`Analyze`] in its own
//! command line and calls [`Analyze::run`]). Everything a caller sees goes through [`Streams`], so a
//! test runs a whole command without a process.

mod calendar;
mod chart;
mod commands;
mod error;
mod input;
mod progress;
mod report;
mod steps;
mod table;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;

use clap::Parser;

use chart::Format;
pub use commands::Command;
pub use error::AnalyzeError;

/// Where a command reads its standard input and writes what it found.
pub struct Streams<'a> {
    /// Standard input, read only by commands that say so.
    pub input: &'a mut dyn Read,
    /// The table or the JSON.
    pub output: &'a mut dyn Write,
    /// Errors and remarks.
    pub errors: &'a mut dyn Write,
}

/// Answers a question about a file, without a server.
#[derive(Debug, Parser)]
#[command(name = "luotsi analyze", version, about, long_about = None)]
pub struct Analyze {
    #[command(subcommand)]
    command: Command,

    /// Write JSON with stable, documented fields instead of a table.
    #[arg(long, global = true)]
    json: bool,

    /// Also write a chart to this file; the name must end in .svg or .png.
    #[arg(long, global = true, value_name = "FILE.svg|png")]
    chart: Option<PathBuf>,
}

/// Exit code of a run that answered.
pub const ANSWERED: u8 = 0;
/// Exit code of a run that refused its arguments or its data.
pub const REFUSED: u8 = 2;

/// Runs one command: `args` are the words after `luotsi analyze`. Gives the exit code.
///
/// 0 answered (also for `--help`), 2 refused: the reason is one sentence on standard error.
pub fn run<I, T>(args: I, streams: &mut Streams<'_>) -> u8
where
    I: IntoIterator<Item = T>,
    T: Into<OsString>,
{
    let words =
        std::iter::once(OsString::from("luotsi analyze")).chain(args.into_iter().map(Into::into));
    match Analyze::try_parse_from(words) {
        Ok(analyze) => analyze.run(streams),
        Err(refusal) => {
            let to: &mut dyn Write =
                if refusal.use_stderr() { &mut *streams.errors } else { &mut *streams.output };
            // A closed pipe is the reader's choice, not a failure.
            write!(to, "{}", refusal.render()).ok();
            if refusal.use_stderr() { REFUSED } else { ANSWERED }
        }
    }
}

impl Analyze {
    /// Runs the parsed command. Gives the exit code, as [`run`] does.
    pub fn run(self, streams: &mut Streams<'_>) -> u8 {
        match self.answer(streams) {
            Ok(()) => ANSWERED,
            Err(error) => {
                writeln!(streams.errors, "error: {error}").ok();
                REFUSED
            }
        }
    }

    fn answer(&self, streams: &mut Streams<'_>) -> Result<(), AnalyzeError> {
        let chart = match &self.chart {
            Some(path) => Some((path, Format::of(path)?)),
            None => None,
        };
        let report = self.command.run(streams)?;
        if let Some((path, format)) = chart {
            let drawing = report.chart.as_ref().ok_or(AnalyzeError::NoChart)?;
            std::fs::write(path, format.write(drawing))
                .map_err(|source| AnalyzeError::Write { path: path.clone(), source })?;
        }
        let written = if self.json {
            serde_json::to_writer_pretty(&mut *streams.output, &report.json)
                .map_err(std::io::Error::from)
                .and_then(|()| writeln!(streams.output))
        } else {
            streams.output.write_all(report.text.as_bytes())
        };
        // `luotsi analyze … | head` closes the pipe early; that is not an error.
        written.or_else(|error| match error.kind() {
            std::io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(AnalyzeError::Output(error)),
        })
    }
}
