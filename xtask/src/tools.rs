//! What the tests need on the machine, and how to get it.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

/// A tool that comes as a Debian package.
struct Tool {
    what: &'static str,
    package: &'static str,
    is_there: fn() -> bool,
}

const TOOLS: [Tool; 3] = [
    Tool { what: "Chromium", package: "chromium", is_there: || starts("chromium") },
    Tool { what: "Python 3 with venv", package: "python3-venv", is_there: has_python },
    Tool { what: "PostgreSQL", package: "postgresql", is_there: has_postgresql },
];

/// Refuses a machine that cannot run the tests, in one line for each thing it lacks.
///
/// As root on Debian, packages that are missing are installed.
pub(crate) fn check() -> Result<()> {
    let mut missing = Vec::new();
    let node = Command::new("node").arg("--version").output();
    let node = node
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default();
    let major =
        node.trim_start_matches('v').split('.').next().and_then(|text| text.parse::<u32>().ok());
    if major.is_none_or(|major| major < 20) {
        missing.push(
            "Node.js 20 or newer with npm: install it from your system's packages".to_owned(),
        );
    }
    for tool in TOOLS {
        let ready = (tool.is_there)() || (install(tool.package) && (tool.is_there)());
        if !ready {
            missing.push(format!(
                "{}: install it (Debian: apt-get install {})",
                tool.what, tool.package
            ));
        }
    }
    if !missing.is_empty() {
        bail!("the tests need\n  {}", missing.join("\n  "));
    }
    Ok(())
}

/// Whether a program answers `--version`.
pub(crate) fn starts(program: &str) -> bool {
    quiet(Command::new(program).arg("--version"))
}

/// Some systems split off what makes environments.
fn has_python() -> bool {
    quiet(Command::new("python3").args(["-c", "import venv, ensurepip"]))
}

/// The server's own programs, which Debian keeps out of the path.
fn has_postgresql() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    starts("initdb")
        || versions.into_iter().any(|version| version.path().join("bin/initdb").exists())
}

fn install(package: &str) -> bool {
    let is_root =
        Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"));
    if !is_root || !Path::new("/usr/bin/apt-get").exists() {
        return false;
    }
    println!("installing {package}");
    let apt = |arguments: &[&str]| {
        quiet(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update", "-qq"]) && apt(&["install", "-y", "-qq", "--no-install-recommends", package])
}

fn quiet(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
