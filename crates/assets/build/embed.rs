//! Writes built files into the output folder, compressed, with a Rust table that embeds them.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// A folder of files that becomes one table.
pub(crate) struct Folder {
    /// The table's name in Rust.
    pub(crate) name: &'static str,
    pub(crate) path: PathBuf,
    /// Name and content of the one file when the folder was not built.
    pub(crate) fallback: (&'static str, &'static str),
}

/// Copies each folder to `out`, compresses what gains from it and writes `out/files.rs`.
pub(crate) fn write(here: &Path, out: &Path, folders: &[Folder]) -> Result<(), String> {
    let mut code = Vec::new();
    for folder in folders {
        let copy = out.join(folder.name.to_lowercase());
        if copy.exists() {
            fs::remove_dir_all(&copy).map_err(|error| format!("{}: {error}", copy.display()))?;
        }
        let files = copy_files(folder, &copy)
            .map_err(|error| format!("{}: {error}", folder.path.display()))?;
        compress(here, &copy)?;
        let name = folder.name;
        code.push(format!("pub(crate) static {name}: [(&str, crate::Asset); {}] = [", files.len()));
        for file in &files {
            let entry = entry(&copy, file).map_err(|error| format!("{file}: {error}"))?;
            code.push(format!("    ({file:?}, {entry}),"));
        }
        code.push("];".to_owned());
    }
    fs::write(out.join("files.rs"), code.join("\n"))
        .map_err(|error| format!("cannot write files.rs: {error}"))
}

/// Copies a folder and returns its files, sorted, as paths with `/` below it.
fn copy_files(folder: &Folder, to: &Path) -> io::Result<Vec<String>> {
    let (name, content) = folder.fallback;
    fs::create_dir_all(to)?;
    if !folder.path.join(name).exists() {
        fs::write(to.join(name), content)?;
        return Ok(vec![name.to_owned()]);
    }
    let mut files = Vec::new();
    let mut below = vec![String::new()];
    while let Some(prefix) = below.pop() {
        fs::create_dir_all(to.join(&prefix))?;
        for entry in fs::read_dir(folder.path.join(&prefix))? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                below.push(format!("{path}/"));
            } else if entry.path().extension().is_none_or(|extension| extension != "map") {
                fs::copy(entry.path(), to.join(&path))?;
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Writes `.br` and `.gz` beside each file that gets smaller by it.
fn compress(here: &Path, folder: &Path) -> Result<(), String> {
    let script = here.join("build/compress.mjs");
    let output = Command::new("node").arg(&script).arg(folder).output();
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            Err(format!("compression failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
        }
        Err(error) => Err(format!("`node` did not start: {error}")),
    }
}

fn entry(folder: &Path, file: &str) -> io::Result<String> {
    let path = folder.join(file);
    let shown = path.display().to_string();
    let mut hasher = DefaultHasher::new();
    fs::read(&path)?.hash(&mut hasher);
    let variant = |ending: &str| {
        let path = format!("{shown}.{ending}");
        if Path::new(&path).exists() {
            format!("Some(include_bytes!({path:?}))")
        } else {
            "None".to_owned()
        }
    };
    Ok(format!(
        "crate::Asset {{ bytes: include_bytes!({shown:?}), content_type: {:?}, brotli: {}, gzip: {}, \
         etag: \"\\\"{:016x}\\\"\", immutable: {} }}",
        content_type(file),
        variant("br"),
        variant("gz"),
        hasher.finish(),
        // The bundler puts a hash of the content in the names of the files it makes.
        file.starts_with("assets/"),
    ))
}

fn content_type(file: &str) -> &'static str {
    match file.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}
