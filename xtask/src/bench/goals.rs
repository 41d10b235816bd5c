//! `cargo xtask bench goals`: a night of goals over millions of events, and a goal's page.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::run::command;

/// Longest night, seconds.
const NIGHT_S: f64 = 60.0;
/// Slowest page, milliseconds.
const PAGE_MS: f64 = 300.0;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Events to generate, spread over the days
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    /// Days of the past
    #[arg(long, default_value_t = 365)]
    days: u32,
    /// Goals
    #[arg(long, default_value_t = 500)]
    goals: u32,
    /// Where the generated events are kept; reused when they are there
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Build without optimisation: says whether it works, not how fast it is
    #[arg(long)]
    debug: bool,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let examples = build(root, options.debug)?;
    let base = options.folder.clone().unwrap_or_else(|| env::temp_dir().join("luotsi-bench-query"));
    fs::create_dir_all(&base)?;
    let folder = base.join(format!("{}-events-{}-days", options.events, options.days));
    if !folder.exists() {
        println!("generating {} events over {} days …", options.events, options.days);
        let words = [options.events.to_string(), options.days.to_string()];
        lines(Command::new(examples.join("query_bench")).arg("generate").arg(&folder).args(words))?;
    }
    let goals = options.goals.to_string();
    let found = lines(Command::new(examples.join("goals_bench")).arg(&folder).arg(goals))?;
    println!("\n{} goals over {} events of {} days", options.goals, options.events, options.days);
    for line in &found {
        let line: Value = serde_json::from_str(line).with_context(|| line.clone())?;
        let name = line["name"].as_str().unwrap_or("?");
        let number = |field: &str| line[field].as_f64();
        if let Some(seconds) = number("seconds") {
            let bar = if name == "the next night" { verdict(seconds, NIGHT_S) } else { "" };
            let passes = line["passes"].as_u64();
            let passes = passes
                .map_or_else(String::new, |passes| format!("{passes} passes over the events  "));
            println!("{name:<32} {seconds:>8.2} s  {passes}{bar}");
        } else if let (Some(middle), Some(most)) = (number("p50_ms"), number("slowest_ms")) {
            let bar = if name == "a goal's page" { verdict(most, PAGE_MS) } else { "" };
            println!("{name:<32} {middle:>8.1} ms, slowest {most:.1} ms  {bar}");
        }
        if number("failed").is_some_and(|failed| failed > 0.0) {
            bail!("{name}: goals could not be computed");
        }
    }
    Ok(())
}

fn verdict(found: f64, most: f64) -> &'static str {
    if found <= most { "met" } else { "MISSED" }
}

/// Builds both examples; the folder that they are in.
fn build(root: &Path, debug: bool) -> Result<PathBuf> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut build = command(&cargo);
    build.args(["build", "--package", "luotsi", "--package", "luotsi-lake"]);
    build.args(["--package", "luotsi-api", "--example", "query_bench", "--example", "goals_bench"]);
    if !debug {
        build.arg("--release");
    }
    if !build.current_dir(root).status()?.success() {
        bail!("the build failed");
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join(if debug { "debug/examples" } else { "release/examples" }))
}

/// Runs a command; the lines that it prints.
fn lines(command: &mut Command) -> Result<Vec<String>> {
    let output = command.stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("{command:?} failed");
    }
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}
