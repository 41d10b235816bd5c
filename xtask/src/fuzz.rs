//! `cargo xtask fuzz`: feeds each parser inputs that grow from what they reach in the code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run::command;

/// Coverage counters for libFuzzer, which stable Rust passes on to LLVM.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Targets to run, instead of all: the files of fuzz/targets
    targets: Vec<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 300)]
    seconds: u32,
    /// Run one input only, for example one of fuzz/artifacts
    #[arg(long)]
    input: Option<PathBuf>,
}

/// Builds the targets and runs one after the other; `true` when none broke.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let folder = root.join("fuzz");
    let known = targets(&folder)?;
    if let Some(unknown) = options.targets.iter().find(|name| !known.contains(name)) {
        bail!("no target `{unknown}`: there are {}", known.join(", "));
    }
    let host = host()?;
    let built = command("cargo")
        .args(["build", "--release", "--target", &host, "--target-dir", "target"])
        .env("RUSTFLAGS", COVERAGE)
        .current_dir(&folder)
        .status()
        .context("cargo did not start")?;
    if !built.success() {
        return Ok(false);
    }
    let mut broken = Vec::new();
    for name in
        known.iter().filter(|name| options.targets.is_empty() || options.targets.contains(name))
    {
        println!("\nfuzzing {name}");
        let binary = folder.join("target").join(&host).join("release").join(name);
        if !run_target(&folder, &binary, name, options)? {
            broken.push(name.as_str());
        }
    }
    if !broken.is_empty() {
        println!("\nbroken: {}; the inputs are in fuzz/artifacts", broken.join(", "));
    }
    Ok(broken.is_empty())
}

fn run_target(folder: &Path, binary: &Path, name: &str, options: &Options) -> Result<bool> {
    let (corpus, artifacts) =
        (folder.join("corpus").join(name), folder.join("artifacts").join(name));
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artifacts)?;
    let mut command = Command::new(binary);
    match &options.input {
        Some(input) => command.arg(fs::canonicalize(input)?),
        None => command
            .arg(&corpus)
            .arg(folder.join("seeds").join(name))
            .arg(format!("-max_total_time={}", options.seconds))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .args(["-max_len=4096", "-timeout=10", "-print_final_stats=1", "-verbosity=0"]),
    };
    Ok(command
        .current_dir(folder)
        .status()
        .with_context(|| format!("{name} did not start"))?
        .success())
}

/// Names of the files in `fuzz/targets`.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.join("targets"))? {
        if let Some(name) = entry?.path().file_stem().and_then(|name| name.to_str()) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The machine's own target: named, so that build scripts are compiled without counters.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("rustc did not start")?;
    let text = String::from_utf8(output.stdout)?;
    let host =
        text.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    Ok(host.to_owned())
}
