//! `luotsi backup`: everything of a data folder in one file, while a server goes on.
//!
//! The order makes it whole: first the log's segments, then the events table at one version, then the
//! state. An event that left the log meanwhile is in the table; a segment that is in the table already
//! is recognised when the copy is opened; a site that an event names is in the state. The salts of
//! visitor ids stay behind: whoever has the file cannot tell visitors again.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use luotsi_lake::inspect::{Inspection, inspect};
use luotsi_lake::staging::{Staging, Work};
use luotsi_store::{Engine, Store};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock;
use crate::output::{self, BadInput};
use crate::settings::Settings;

/// First entry of a backup: what the rest should be.
pub(crate) const MANIFEST: &str = "luotsi-backup.json";
pub(crate) const STATE: &str = "luotsi.sqlite";
pub(crate) const LAKE: &str = "lake";

/// A small file beside the state that is kept as it is.
pub(crate) const SIDE_FILE: &str = "sample.json";

/// Begins the name of a folder in the data folder in which version 0.1 gathered a backup.
const OLD_FOLDER: &str = "backup-";

/// Version of the layout.
pub(crate) const LAYOUT: u32 = 1;

/// Compaction may take files away while they are gathered: then it is done over.
const ATTEMPTS: usize = 3;

#[derive(Debug, clap::Args)]
pub(crate) struct BackupArgs {
    /// File to write
    #[arg(value_name = "FILE.tar")]
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a backup says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) layout: u32,
    /// Version of the program that wrote it.
    pub(crate) luotsi: String,
    #[serde(with = "crate::as_text")]
    pub(crate) created_at: jiff::Timestamp,
    /// `sqlite`, which is inside, or `postgres`, which is not.
    pub(crate) state: String,
    pub(crate) table_version: u64,
    pub(crate) data_files: usize,
    /// In data files and in the log.
    pub(crate) events: u64,
    /// Entries after this one, and their bytes.
    pub(crate) entries: usize,
    pub(crate) bytes: u64,
}

pub(crate) async fn run(args: BackupArgs, settings: &Settings) -> Result<()> {
    if args.file.exists() {
        return Err(BadInput(format!("`{}` is there already", args.file.display())).into());
    }
    if !settings.data_dir.is_dir() {
        return Err(
            BadInput(format!("there is no data folder `{}`", settings.data_dir.display())).into()
        );
    }
    let store = settings.open_store().await?;
    let gathered = Gathered::new(&settings.lake_settings().dir)?;
    let manifest = gathered.fill(settings, &store).await?;
    let draft = draft_name(&args.file);
    let written =
        write(&draft, &gathered.dir, &manifest).and_then(|()| Ok(fs::rename(&draft, &args.file)?));
    if let Err(error) = written {
        // The draft is of no use; that it may stay behind is the smaller trouble.
        fs::remove_file(&draft).ok();
        return Err(error.context(format!("cannot write `{}`", args.file.display())));
    }
    if args.json {
        output::json(&serde_json::to_value(&manifest)?);
    } else {
        let file = args.file.display();
        output::line(format_args!(
            "{} events and the state of the installation are in `{file}`.",
            manifest.events
        ));
        if manifest.state == "postgres" {
            output::line(
                "The state is in PostgreSQL and not inside: save it with pg_dump right after.",
            );
        }
        output::line(format_args!(
            "Try it: luotsi restore {file} --data-dir ./restored && luotsi doctor --data-dir ./restored"
        ));
    }
    Ok(())
}

/// A folder inside the lake, so that data files can be linked instead of copied. It is gone with the
/// process, however that ends.
struct Gathered {
    _staging: Staging,
    dir: PathBuf,
}

/// Removes what backups of version 0.1 left in the data folder when they were stopped.
pub(crate) fn remove_old(data_dir: &Path) -> io::Result<()> {
    for name in names(data_dir)?.iter().filter(|name| name.starts_with(OLD_FOLDER)) {
        let id = name.trim_start_matches(OLD_FOLDER);
        if Uuid::try_parse(id).is_ok() && data_dir.join(name).is_dir() {
            fs::remove_dir_all(data_dir.join(name))?;
        }
    }
    Ok(())
}

impl Gathered {
    fn new(lake: &Path) -> Result<Self> {
        let context = || format!("cannot write in `{}`", lake.display());
        let staging = Staging::new(lake, Work::Backup).with_context(context)?;
        let dir = staging.dir().join("files");
        fs::create_dir(&dir).with_context(context)?;
        Ok(Self { _staging: staging, dir })
    }

    async fn fill(&self, settings: &Settings, store: &Store) -> Result<Manifest> {
        let lake = settings.lake_settings().dir;
        let mut inspection = None;
        if lake.join("events").is_dir() {
            inspection = Some(self.fill_lake(&lake).await?);
        }
        if store.engine() == Engine::Sqlite {
            let copied = store.hand_over_to(&self.dir.join(STATE)).await;
            copied.context("cannot copy the state")?;
        }
        copy_if_there(&settings.data_dir.join(SIDE_FILE), &self.dir.join(SIDE_FILE))?;
        let (mut entries, mut bytes) = (0, 0);
        walk(&self.dir, &mut |_, size| {
            entries += 1;
            bytes += size;
            Ok(())
        })?;
        Ok(Manifest {
            layout: LAYOUT,
            luotsi: env!("CARGO_PKG_VERSION").to_owned(),
            created_at: clock::now(),
            state: if store.engine() == Engine::Sqlite { "sqlite" } else { "postgres" }.to_owned(),
            table_version: inspection.as_ref().map_or(0, |found| found.version),
            data_files: inspection.as_ref().map_or(0, |found| found.files.len()),
            events: inspection.as_ref().map_or(0, Inspection::rows),
            entries,
            bytes,
        })
    }

    async fn fill_lake(&self, lake: &Path) -> Result<Inspection> {
        for _ in 1..ATTEMPTS {
            match self.try_lake(lake).await {
                Ok(inspection) => return Ok(inspection),
                Err(error) => {
                    tracing::info!(%error, "the lake changed while it was copied: once more")
                }
            }
            fs::remove_dir_all(self.dir.join(LAKE))?;
        }
        self.try_lake(lake).await.context("the lake cannot be copied")
    }

    async fn try_lake(&self, lake: &Path) -> Result<Inspection> {
        let copy = self.dir.join(LAKE);
        copy_log(&lake.join("log"), &copy.join("log"))?;
        copy_table_log(&lake.join("events/_delta_log"), &copy.join("events/_delta_log"))?;
        // The copy's own log says which files belong to it.
        let inspection = inspect(&copy).await?;
        for file in inspection.files.iter() {
            let (from, to) = (
                lake.join("events").join(file.path.as_ref()),
                copy.join("events").join(file.path.as_ref()),
            );
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            // Data files never change: a link is as good as a copy, where the disk can link.
            if fs::hard_link(&from, &to).is_err() {
                fs::copy(&from, &to)
                    .with_context(|| format!("data file `{}`", file.path.as_ref()))?;
            }
        }
        Ok(inspection)
    }
}

/// The segments and the writer's name; a segment that goes meanwhile is in the table.
fn copy_log(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    if !from.is_dir() {
        return Ok(());
    }
    let mut names = names(from)?;
    names.retain(|name| name.ends_with(".log") || name == "writer");
    for name in names {
        copy_if_there(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}

/// Pointer to the checkpoint first: what it points to is kept for hours.
fn copy_table_log(from: &Path, to: &Path) -> Result<()> {
    const POINTER: &str = "_last_checkpoint";
    fs::create_dir_all(to)?;
    copy_if_there(&from.join(POINTER), &to.join(POINTER))?;
    let mut names = names(from)?;
    names.retain(|name| name.ends_with(".json") || name.ends_with(".parquet"));
    for name in names {
        copy_if_there(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}

fn names(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn copy_if_there(from: &Path, to: &Path) -> Result<()> {
    match fs::copy(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        copied => copied.map(drop).with_context(|| format!("cannot copy `{}`", from.display())),
    }
}

/// Gives every file below a folder with its path relative to it, in order of name.
pub(crate) fn walk(root: &Path, each: &mut impl FnMut(&Path, u64) -> Result<()>) -> Result<()> {
    fn below(
        root: &Path,
        dir: &Path,
        each: &mut impl FnMut(&Path, u64) -> Result<()>,
    ) -> Result<()> {
        for name in names(dir)? {
            let path = dir.join(name);
            let metadata = fs::metadata(&path)?;
            if metadata.is_dir() {
                below(root, &path, each)?;
            } else {
                each(path.strip_prefix(root)?, metadata.len())?;
            }
        }
        Ok(())
    }
    below(root, root, each)
}

fn write(file: &Path, dir: &Path, manifest: &Manifest) -> Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut archive = tar::Builder::new(BufWriter::with_capacity(1 << 20, options.open(file)?));
    let text = serde_json::to_vec_pretty(manifest)?;
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o600);
    header.set_mtime(manifest.created_at.as_second().max(0).unsigned_abs());
    archive.append_data(&mut header, MANIFEST, text.as_slice())?;
    let mut bytes = 0;
    walk(dir, &mut |name, size| {
        bytes += size;
        Ok(archive.append_path_with_name(dir.join(name), name)?)
    })?;
    if bytes != manifest.bytes {
        bail!("files changed while they were written");
    }
    let mut file = archive.into_inner()?;
    file.flush()?;
    file.get_ref().sync_all()?;
    Ok(())
}

fn draft_name(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".unfinished");
    name.into()
}
