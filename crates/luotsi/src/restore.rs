//! `luotsi restore`: a backup unpacked into a new data folder, and looked at before it counts.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use luotsi_lake::inspect::inspect;
use luotsi_store::Store;

use crate::backup::{LAKE, LAYOUT, MANIFEST, Manifest, SIDE_FILE, STATE, walk};
use crate::clock;
use crate::import;
use crate::output::{self, BadInput};
use crate::settings::{Settings, make_private_folder};

#[derive(Debug, clap::Args)]
pub(crate) struct RestoreArgs {
    /// File that `luotsi backup` wrote; --data-dir names the new folder
    #[arg(value_name = "FILE.tar")]
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: RestoreArgs, settings: &Settings) -> Result<()> {
    let target = &settings.data_dir;
    if !is_empty(target)? {
        let advice = "name a new folder with --data-dir";
        return Err(BadInput(format!("`{}` is not empty: {advice}", target.display())).into());
    }
    let file = File::open(&args.file)
        .map_err(|error| BadInput(format!("cannot open `{}`: {error}", args.file.display())))?;
    make_private_folder(target)?;
    let unfinished = Unfinished { dir: Some(target.clone()) };
    let manifest = unpack(file, target)
        .with_context(|| format!("`{}` cannot be restored", args.file.display()))?;
    verify(target, &manifest).await.context("the restored folder is not what was saved")?;
    import::remove_old_secret(target).context("a secret of version 0.1 stays")?;
    unfinished.keep();
    if args.json {
        output::json(&serde_json::to_value(&manifest)?);
        return Ok(());
    }
    output::line(format_args!(
        "{} events of {} are in `{}`, looked at and sound.",
        manifest.events,
        manifest.created_at.strftime("%Y-%m-%d %H:%M UTC"),
        target.display()
    ));
    if manifest.state == "postgres" {
        output::line(
            "The state was in PostgreSQL: restore it with pg_restore and name it with --state.",
        );
    }
    output::line(format_args!("Serve it: luotsi serve --data-dir {}", target.display()));
    Ok(())
}

/// Empties the folder again unless all went well.
struct Unfinished {
    dir: Option<PathBuf>,
}

impl Unfinished {
    fn keep(mut self) {
        self.dir = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(dir) = self.dir.take()
            && let Err(error) = fs::remove_dir_all(&dir)
        {
            tracing::warn!(dir = %dir.display(), %error, "a half restored folder stays");
        }
    }
}

fn is_empty(dir: &Path) -> Result<bool> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("cannot look into `{}`", dir.display())),
    }
}

/// Unpacks a backup into an empty folder, and nothing that does not belong there.
fn unpack(file: File, target: &Path) -> Result<Manifest> {
    let mut archive = tar::Archive::new(BufReader::with_capacity(1 << 20, file));
    archive.set_preserve_permissions(false);
    let mut entries = archive.entries()?;
    let first = entries.next().ok_or_else(|| anyhow!("the file is empty"))?;
    let manifest = first
        .map_err(anyhow::Error::from)
        .and_then(read_manifest)
        .context("this is no backup of Luotsi")?;
    if manifest.layout > LAYOUT {
        bail!("it was written by Luotsi {}, which is newer: restore it with that", manifest.luotsi);
    }
    for entry in entries {
        let mut entry = entry.context("the file is cut or damaged")?;
        let path = entry.path()?.into_owned();
        if !entry.header().entry_type().is_file() || !belongs(&path) {
            bail!("`{}` does not belong into a backup", path.display());
        }
        if !entry.unpack_in(target).context("the file is cut or damaged")? {
            bail!("`{}` would land outside of the folder", path.display());
        }
    }
    Ok(manifest)
}

fn read_manifest(entry: tar::Entry<'_, impl Read>) -> Result<Manifest> {
    if entry.path()?.as_os_str() != MANIFEST {
        bail!("it does not begin with `{MANIFEST}`");
    }
    Ok(serde_json::from_reader(entry.take(1 << 20))?)
}

fn belongs(path: &Path) -> bool {
    let whole = |name: &str| path.as_os_str() == name;
    whole(STATE) || whole(SIDE_FILE) || whole(import::OLD_SECRET) || path.starts_with(LAKE)
}

async fn verify(target: &Path, manifest: &Manifest) -> Result<()> {
    let (mut entries, mut bytes) = (0, 0);
    walk(target, &mut |_, size| {
        entries += 1;
        bytes += size;
        Ok(())
    })?;
    if (entries, bytes) != (manifest.entries, manifest.bytes) {
        bail!(
            "{entries} files of {bytes} bytes instead of {} of {}",
            manifest.entries,
            manifest.bytes
        );
    }
    let lake = target.join(LAKE);
    if lake.is_dir() {
        let found = inspect(&lake).await?;
        let seen = (found.version, found.files.len(), found.rows());
        let saved = (manifest.table_version, manifest.data_files, manifest.events);
        if seen != saved {
            bail!("table version, data files and events are {seen:?} instead of {saved:?}");
        }
        for file in found.files.iter() {
            let size = fs::metadata(found.root.join(file.path.as_ref()))
                .map_or(0, |metadata| metadata.len());
            if size != file.size {
                bail!(
                    "data file `{}` has {size} bytes instead of {}",
                    file.path.as_ref(),
                    file.size
                );
            }
        }
    }
    if manifest.state == "sqlite" {
        let store = Store::open_file(&target.join(STATE), clock::now()).await?;
        store.all_sites().await?;
        store.close().await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(entries: &[(&str, &[u8])]) -> (tempfile::TempDir, File) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("backup.tar");
        let mut archive = tar::Builder::new(File::create(&path).unwrap());
        for (name, content) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            // Written as it is: `append_data` would refuse paths that climb.
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            archive.append(&header, *content).unwrap();
        }
        archive.into_inner().unwrap();
        let file = File::open(&path).unwrap();
        (dir, file)
    }

    fn manifest() -> Vec<u8> {
        let manifest = Manifest {
            layout: LAYOUT,
            luotsi: "0.1.0".into(),
            created_at: jiff::Timestamp::UNIX_EPOCH,
            state: "sqlite".into(),
            table_version: 0,
            data_files: 0,
            events: 0,
            entries: 1,
            bytes: 1,
        };
        serde_json::to_vec(&manifest).unwrap()
    }

    #[test]
    fn what_does_not_belong_into_a_backup_is_not_unpacked() {
        for name in ["../evil", "/etc/evil", "luotsi.toml", "lake/../../evil"] {
            let (dir, file) = archive(&[(MANIFEST, &manifest()), (name, b"x")]);
            let target = dir.path().join("inside/target");
            fs::create_dir_all(&target).unwrap();
            assert!(unpack(file, &target).is_err(), "{name}");
            assert!(!dir.path().join("inside/evil").exists() && !dir.path().join("evil").exists());
        }
    }

    #[test]
    fn a_file_that_is_no_backup_is_told_so() {
        let (dir, file) = archive(&[("holiday.jpg", b"x")]);
        let error = format!("{:#}", unpack(file, dir.path()).unwrap_err());
        assert!(error.contains("no backup of Luotsi"), "{error}");
    }

    #[tokio::test]
    async fn a_backup_that_lost_a_byte_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("import-secret"), b"").unwrap();
        let manifest: Manifest = serde_json::from_slice(&manifest()).unwrap();
        let error = verify(dir.path(), &manifest).await.unwrap_err().to_string();
        assert!(error.contains("1 files of 0 bytes instead of 1 of 1"), "{error}");
    }
}
