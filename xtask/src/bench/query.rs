//! `cargo xtask bench query`: the overview's queries beside DuckDB on the same files.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::run::command;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Events to generate
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    /// Runs of each query after one to warm up
    #[arg(long, default_value_t = 5)]
    repeats: u32,
    /// Where the generated events are kept; reused when they are there
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Python with the package `duckdb`; without it an environment is made
    #[arg(long)]
    python: Option<PathBuf>,
}

/// The queries: in our language, and the same in SQL.
const QUERIES: &str = include_str!("query.json");

/// The overview's requests, in the order in which the page makes them.
const OVERVIEW: [&str; 6] =
    ["main figures", "time series", "pages", "sources", "countries", "devices"];

/// The range ends before this day.
const LAST_DAY: &str = "2026-08-04";

/// What a peer's overview of 10 million events in 30 days takes (Liwan 1.6), milliseconds.
const PEER_OVERVIEW_MS: f64 = 3_405.0;

/// One query's figures.
struct Figures {
    name: String,
    cpu_ms: f64,
    wall_ms: f64,
    first: String,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let bench = build(root)?;
    let base = options.folder.clone().unwrap_or_else(|| env::temp_dir().join("luotsi-bench-query"));
    let python = match &options.python {
        Some(python) => python.clone(),
        None => environment(&base)?,
    };
    for (days, first_day) in [(90, "2026-05-07"), (30, "2026-07-06")] {
        let folder = base.join(format!("{}-events-{days}-days", options.events));
        if !folder.exists() {
            println!("generating {} events over {days} days …", options.events);
            let words = [options.events.to_string(), days.to_string()];
            let lines = lines(Command::new(&bench).arg("generate").arg(&folder).args(words), "")?;
            println!("{}", lines.join("\n"));
        }
        let repeats = options.repeats.to_string();
        let ours = lines(
            Command::new(&bench).arg("run").arg(&folder).args([first_day, LAST_DAY, &repeats]),
            QUERIES,
        )?;
        let script = root.join("xtask/src/bench/duckdb_query.py");
        let words = [days.to_string(), repeats];
        let theirs = lines(Command::new(&python).arg(script).arg(&folder).args(words), QUERIES)?;
        print(days, &figures(&ours)?, &figures(&theirs)?, &theirs)?;
    }
    Ok(())
}

fn print(days: u32, ours: &[Figures], theirs: &[Figures], raw: &[String]) -> Result<()> {
    let first: Value = serde_json::from_str(raw.first().context("DuckDB printed nothing")?)?;
    println!(
        "\n{days} days; CPU and wall milliseconds; DuckDB {}",
        first["version"].as_str().unwrap_or("?")
    );
    println!(
        "{:<26} {:>8} {:>8} {:>10} {:>8} {:>7}  first row",
        "query", "cpu", "wall", "DuckDB cpu", "wall", "ratio"
    );
    for (our, their) in ours.iter().zip(theirs) {
        println!(
            "{:<26} {:>8.0} {:>8.0} {:>10.0} {:>8.0} {:>7.2}  {}  {}",
            our.name,
            our.cpu_ms,
            our.wall_ms,
            their.cpu_ms,
            their.wall_ms,
            our.cpu_ms / their.cpu_ms,
            our.first,
            their.first
        );
    }
    let overview: f64 = ours
        .iter()
        .filter(|figures| OVERVIEW.contains(&figures.name.as_str()))
        .map(|figures| figures.wall_ms)
        .sum();
    println!(
        "overview, {} requests in sequence: {overview:.0} ms, {:.1} times faster than {PEER_OVERVIEW_MS} ms",
        OVERVIEW.len(),
        PEER_OVERVIEW_MS / overview
    );
    Ok(())
}

fn figures(lines: &[String]) -> Result<Vec<Figures>> {
    lines
        .iter()
        .map(|line| {
            let line: Value = serde_json::from_str(line).with_context(|| line.clone())?;
            let number = |name: &str| line[name].as_f64().unwrap_or(f64::NAN);
            Ok(Figures {
                name: line["name"].as_str().unwrap_or_default().to_owned(),
                cpu_ms: number("cpu_ms"),
                wall_ms: number("wall_ms"),
                first: line["first"].to_string(),
            })
        })
        .collect()
}

fn build(root: &Path) -> Result<PathBuf> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built = command(&cargo)
        .args([
            "build",
            "--release",
            "--package",
            "luotsi",
            "--package",
            "luotsi-lake",
            "--example",
            "query_bench",
        ])
        .current_dir(root)
        .status()?;
    if !built.success() {
        bail!("the release build failed");
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join("release/examples/query_bench"))
}

/// A Python environment with the current DuckDB.
fn environment(base: &Path) -> Result<PathBuf> {
    let folder = base.join("python");
    let python = folder.join("bin/python");
    if !python.exists() {
        fs::create_dir_all(base)?;
        lines(Command::new("python3").args(["-m", "venv"]).arg(&folder), "")?;
        lines(Command::new(&python).args(["-m", "pip", "install", "--quiet", "duckdb"]), "")?;
    }
    Ok(python)
}

/// Runs a command with `input`; the lines that it prints.
fn lines(command: &mut Command, input: &str) -> Result<Vec<String>> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().context("no standard input")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("{command:?} failed");
    }
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}
