//! Project tasks: `cargo xtask test`. The same commands run here and in CI.
#![expect(clippy::print_stdout, reason = "a task talks to the terminal")]

mod bench;
mod fuzz;
mod run;
mod simulate;
mod test;
mod tools;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Project tasks")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check format and lints, then run every test: Rust, tracker, web and browser
    Test(test::Options),
    /// Measure speed side by side with a ceiling or a peer
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Ask the rules of goals about shops whose truth is known
    Simulate(simulate::Options),
    /// Feed the parsers what nobody expects
    Fuzz(fuzz::Options),
}

/// The workspace's folder.
fn root() -> anyhow::Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Test(options) => test::run_and_report(&options),
        Task::Bench(bench) => root().and_then(|root| bench::run(root, &bench)).map(|()| true),
        Task::Simulate(options) => Ok(simulate::run(&options)),
        Task::Fuzz(options) => root().and_then(|root| fuzz::run(root, &options)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
