//! Builds the web UI and the tracker, and turns them and the reference data into Rust constants.
//!
//! A folder is built by npm only when its sources changed. `LUOTSI_SKIP_WEB=1` embeds what is in
//! the `dist` folders as it is, so that work on the server does not wait for the UI.
#![expect(clippy::print_stdout, reason = "cargo reads a build script's standard output")]

mod embed;
mod npm;

use std::path::{Path, PathBuf};
use std::{env, fs, process};

/// The page shown when the UI was not built.
const NO_UI: &str = "<!doctype html><title>Luotsi</title><p>This build has no web UI: build again \
                     without LUOTSI_SKIP_WEB.</p>\n";
/// The script served when the tracker was not built.
const NO_TRACKER: &str = "console.warn('Luotsi: this build has no tracker');\n";

fn main() {
    if let Err(message) = build() {
        println!("cargo::error={message}");
        process::exit(1);
    }
}

fn build() -> Result<(), String> {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let root = here.ancestors().nth(2).ok_or("crates/assets lies two folders below the root")?;
    let (data, web, tracker) = (here.join("data"), root.join("web"), root.join("tracker"));
    println!("cargo::rerun-if-env-changed=LUOTSI_SKIP_WEB");
    for file in ["build", "data/package-lock.json"] {
        println!("cargo::rerun-if-changed={}", here.join(file).display());
    }
    let skip_web = env::var_os("LUOTSI_SKIP_WEB").is_some_and(|value| value != "0");

    // Builds in several target folders share the sources' node_modules and dist: one at a time.
    let lock = fs::File::create(here.join(".build.lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    npm::check_node()?;
    npm::install(&data)?;
    for folder in [&web, &tracker] {
        if skip_web || !folder.join("package.json").exists() {
            watch(&folder.join("dist"));
        } else {
            for source in npm::sources(folder) {
                watch(&source);
            }
            npm::build(folder)?;
        }
    }
    embed::write(
        &here,
        &out,
        &[
            embed::Folder { name: "WEB", path: web.join("dist"), fallback: ("index.html", NO_UI) },
            embed::Folder {
                name: "TRACKER",
                path: tracker.join("dist"),
                fallback: ("luotsi.js", NO_TRACKER),
            },
        ],
    )?;
    let packages = data.join("node_modules");
    for name in ["user_agents", "crawlers"] {
        script(&here, &data, name, &out.join(format!("{name}.json")))?;
    }
    copy(
        &packages.join("@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb"),
        &out.join("country.mmdb"),
    )
}

/// Writes what a script of this folder makes of the packages: reference data as JSON.
fn script(here: &Path, data: &Path, name: &str, to: &Path) -> Result<(), String> {
    let script = here.join(format!("build/{name}.mjs"));
    let output = process::Command::new("node")
        .arg(&script)
        .arg(data)
        .output()
        .map_err(|error| format!("node {}: {error}", script.display()))?;
    if !output.status.success() {
        let printed = String::from_utf8_lossy(&output.stderr);
        return Err(format!("node {} failed: {printed}", script.display()));
    }
    fs::write(to, output.stdout).map_err(|error| format!("cannot write {}: {error}", to.display()))
}

fn watch(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("cargo did not set {name}"))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to).map(drop).map_err(|error| format!("cannot copy {}: {error}", from.display()))
}
