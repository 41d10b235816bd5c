//! Runs npm: installs what a lock file names and builds a folder, each only when it is due.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use std::{env, fs};

/// The oldest Node.js that the UI's tools support.
const NODE_MAJOR: u32 = 20;
/// What a build leaves in `node_modules` to tell when it ran.
const STAMP: &str = "node_modules/.luotsi-built";

/// Refuses a machine without a recent Node.js, in one line.
pub(crate) fn check_node() -> Result<(), String> {
    let needed = format!("Node.js {NODE_MAJOR} or newer with npm is needed to build the web UI");
    let output = Command::new("node")
        .arg("--version")
        .output()
        .map_err(|_| format!("{needed}, and `node` was not found"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major =
        version.trim_start_matches('v').split('.').next().and_then(|text| text.parse().ok());
    match major {
        Some(major) if NODE_MAJOR <= major => Ok(()),
        _ => Err(format!("{needed}, and `node` is {version}")),
    }
}

/// Installs the packages that the folder's lock file names, unless they are newer than it.
///
/// Not `npm ci`: it fails where a registry lacks an optional package of some other platform.
pub(crate) fn install(folder: &Path) -> Result<(), String> {
    let installed = modified(&folder.join("node_modules/.package-lock.json"));
    if installed.is_some() && modified(&folder.join("package-lock.json")) <= installed {
        return Ok(());
    }
    run(folder, &["install", "--no-save", "--include=dev", "--no-audit", "--no-fund"])
}

/// Installs and builds a folder, unless its last build is newer than all of its sources.
pub(crate) fn build(folder: &Path) -> Result<(), String> {
    install(folder)?;
    let stamp = folder.join(STAMP);
    let built = modified(&stamp).filter(|_| folder.join("dist").is_dir());
    if built.is_some() && sources(folder).iter().filter_map(|source| newest(source)).max() <= built
    {
        return Ok(());
    }
    // Stamped with the time of its start: a source saved during the build builds again.
    let begun = folder.join(format!("{STAMP}.begun"));
    fs::write(&begun, "").map_err(|error| format!("{}: {error}", begun.display()))?;
    run(folder, &["run", "build"])?;
    fs::rename(&begun, &stamp).map_err(|error| format!("{}: {error}", stamp.display()))
}

/// Files and folders of a folder that decide what its build makes.
pub(crate) fn sources(folder: &Path) -> Vec<PathBuf> {
    let made = ["node_modules", "dist", "coverage", "tests"];
    let mut sources: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            !name.starts_with('.')
                && !made.contains(&name.as_ref())
                && !name.ends_with(".tsbuildinfo")
        })
        .collect();
    sources.sort();
    sources
}

fn newest(path: &Path) -> Option<SystemTime> {
    let inside =
        fs::read_dir(path).into_iter().flatten().filter_map(|entry| newest(&entry.ok()?.path()));
    inside.chain(modified(path)).max()
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|data| data.modified()).ok()
}

fn run(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let told = format!("`npm {}` in {}", arguments[..2].join(" "), folder.display());
    let mut command = Command::new(npm);
    // Cargo's own variables are not the UI's: a build must not depend on who started it.
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO"))
    {
        command.env_remove(name);
    }
    let output = command
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(|_| format!("{told} did not start: install npm beside Node.js"))?;
    if output.status.success() {
        return Ok(());
    }
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed).trim().replace('\n', "\ncargo::error=");
    Err(format!("{told} failed (LUOTSI_SKIP_WEB=1 builds without it):\ncargo::error={printed}"))
}
