//! `cargo xtask test`: everything that must hold before a change lands.

use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs};

use anyhow::{Context, Result};

use crate::run::{Count, command, run};
use crate::tools;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these parts, instead of all
    #[arg(value_enum)]
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Format and lints of the Rust code, whether fuzz targets compile, spelling and licences where their tools are installed
    Lint,
    /// Rust tests
    Rust,
    /// Types, lints and unit tests of the tracker
    Tracker,
    /// Types, lints and unit tests of the web UI
    Web,
    /// The product in a browser
    Browser,
    /// Other vendors' clients, from npm and PyPI, against the real server
    Clients,
}

/// Runs the parts, goes on after a failure, and closes with the number of tests.
fn run_parts(root: &Path, options: &Options) -> Result<(Count, Vec<String>)> {
    let wants = |part| options.parts.is_empty() || options.parts.contains(&part);
    let mut total = Count::default();
    let mut failures = Vec::new();
    let mut step = |folder: &Path, line: &str, environment: &[(&str, &str)]| -> Result<bool> {
        let outcome = run(folder, line, environment)?;
        total += outcome.count;
        if !outcome.success {
            failures.push(format!("`{line}` in {}", folder.display()));
            failures.extend(outcome.failed.iter().map(|test| format!("  {test}")));
        }
        Ok(outcome.success)
    };
    if wants(Part::Lint) {
        step(root, "cargo fmt --all --check", &[])?;
        step(root, "cargo clippy --workspace --all-targets --quiet -- -D warnings", &[])?;
        // Fuzz targets are a workspace of their own: they are compiled as far as it takes to see that they can be.
        step(&root.join("fuzz"), "cargo check --locked --no-default-features --quiet", &[])?;
        for (tool, line) in
            [("typos", "typos"), ("cargo-deny", "cargo deny check bans licenses sources")]
        {
            if tools::starts(tool) {
                step(root, line, &[])?;
            } else {
                println!("\n{tool} is not installed: skipped");
            }
        }
    }
    // One build for tests and browser: the same features, so nothing is compiled twice.
    let needs_build = wants(Part::Rust) || wants(Part::Browser) || wants(Part::Clients);
    let built = needs_build && step(root, "cargo build --workspace --bins --tests", &[])?;
    if built && wants(Part::Rust) {
        step(root, "cargo test --workspace --no-fail-fast", &[])?;
    }
    for (part, folder) in [(Part::Tracker, "tracker"), (Part::Web, "web")] {
        let folder = root.join(folder);
        if wants(part) && install(&folder, &mut step)? {
            for script in ["typecheck", "lint", "test"] {
                step(&folder, &format!("npm run --silent {script}"), &[])?;
            }
        }
    }
    if built && wants(Part::Browser) {
        let folder = root.join("e2e");
        let binary = binary(root)?;
        if install(&folder, &mut step)? {
            for script in ["typecheck", "lint"] {
                step(&folder, &format!("npm run --silent {script}"), &[])?;
            }
            let binary = binary.to_str().context("the target folder's path is not UTF-8")?;
            step(&folder, "npm run --silent test", &[("LUOTSI_BINARY", binary)])?;
        }
    }
    if built && wants(Part::Clients) {
        let folder = root.join("e2e");
        let binary = binary(root)?;
        let binary = binary.to_str().context("the target folder's path is not UTF-8")?;
        let clients = folder.join("clients");
        let installed = install(&folder, &mut step)?
            && install(&clients, &mut step)?
            && install_python(&clients, &mut step)?;
        if installed {
            step(&folder, "npm run --silent typecheck:clients", &[])?;
            step(&folder, "npm run --silent test:clients", &[("LUOTSI_BINARY", binary)])?;
        }
    }
    Ok((total, failures))
}

/// Runs the parts and prints the closing lines; `true` when nothing failed.
pub(crate) fn run_and_report(options: &Options) -> Result<bool> {
    tools::check()?;
    let root = crate::root()?;
    let (count, failures) = run_parts(root, options)?;
    println!();
    for failure in &failures {
        println!("failed: {failure}");
    }
    println!("{} passed, {} failed", count.passed, count.failed);
    Ok(failures.is_empty() && count.failed == 0)
}

/// Installs a folder's packages unless they are newer than its lock file.
fn install(
    folder: &Path,
    step: &mut impl FnMut(&Path, &str, &[(&str, &str)]) -> Result<bool>,
) -> Result<bool> {
    let modified = |file: &str| -> Option<SystemTime> {
        fs::metadata(folder.join(file)).ok()?.modified().ok()
    };
    let installed = modified("node_modules/.package-lock.json");
    if installed.is_some() && modified("package-lock.json") <= installed {
        return Ok(true);
    }
    step(folder, "npm install --no-save --include=dev --no-audit --no-fund", &[])
}

/// Installs what `requirements.txt` names into an environment of the folder's own, unless it is newer.
fn install_python(
    folder: &Path,
    step: &mut impl FnMut(&Path, &str, &[(&str, &str)]) -> Result<bool>,
) -> Result<bool> {
    let done = folder.join(".venv/installed");
    let modified = |path: &Path| fs::metadata(path).ok()?.modified().ok();
    let installed = modified(&done);
    if installed.is_some() && modified(&folder.join("requirements.txt")) <= installed {
        return Ok(true);
    }
    let pip = ".venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt";
    let success = step(folder, "python3 -m venv .venv", &[])? && step(folder, pip, &[])?;
    if success {
        fs::write(done, "")?;
    }
    Ok(success)
}

/// Where cargo put the server.
fn binary(root: &Path) -> Result<PathBuf> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = command(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cargo metadata did not start")?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let target = metadata["target_directory"]
        .as_str()
        .context("cargo metadata names no target_directory")?;
    Ok(Path::new(target).join("debug").join(format!("luotsi{}", env::consts::EXE_SUFFIX)))
}
