//! Folders for work that takes a while: each is gone with the process that works in it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::error::LakeError;
use crate::table::modified_us;

const FOLDER: &str = "staging";

/// The file in a folder that its process has locked.
const LOCK: &str = "lock";

/// What the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    Import,
    Backup,
}

/// Begins the name of a folder in which a backup is gathered.
const BACKUP: &str = "backup-";

/// A folder of its own in the lake; removed when it is dropped, or by the next who looks.
#[derive(Debug)]
pub struct Staging {
    dir: PathBuf,
    /// Held as long as the work goes on: so others see that it does.
    _lock: File,
}

impl Staging {
    /// Makes a folder in the lake in `dir`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(dir: &Path, work: Work) -> Result<Self, LakeError> {
        let id = Uuid::new_v4();
        let name = match work {
            Work::Import => id.to_string(),
            Work::Backup => format!("{BACKUP}{id}"),
        };
        let dir = dir.join(FOLDER).join(name);
        fs::create_dir_all(&dir)?;
        let lock = File::create(dir.join(LOCK))?;
        lock.lock()?;
        Ok(Self { dir, _lock: lock })
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            tracing::warn!(dir = %self.dir.display(), %error, "what was staged stays");
        }
    }
}

/// Removes what was left staged before `before_us` by whoever was stopped.
pub(crate) fn remove_stale(dir: &Path, before_us: i64) -> Result<(), LakeError> {
    let staging = dir.join(FOLDER);
    if !staging.exists() {
        return Ok(());
    }
    for work in fs::read_dir(staging)? {
        let work = work?;
        if modified_us(&work.metadata()?) < before_us {
            fs::remove_dir_all(work.path())?;
        }
    }
    Ok(())
}

/// Removes what imports and backups that were stopped left staged, whenever that was; gives the number
/// of imports that are running.
pub(crate) fn remove_dead(dir: &Path) -> Result<usize, LakeError> {
    let staging = dir.join(FOLDER);
    let mut running = 0;
    if !staging.exists() {
        return Ok(running);
    }
    for work in fs::read_dir(staging)? {
        let work = work?;
        let dead = File::open(work.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
        if dead {
            fs::remove_dir_all(work.path())?;
        } else if !work.file_name().to_string_lossy().starts_with(BACKUP) {
            running += 1;
        }
    }
    Ok(running)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_backup_left_goes_and_what_runs_stays() {
        let lake = tempfile::tempdir().expect("a folder");
        let left = lake.path().join(FOLDER).join("backup-of-the-killed");
        fs::create_dir_all(&left).expect("a folder");
        fs::write(left.join(LOCK), b"").expect("a lock");
        fs::write(left.join("luotsi.sqlite"), b"state").expect("a file");
        let backup = Staging::new(lake.path(), Work::Backup).expect("a folder");
        let import = Staging::new(lake.path(), Work::Import).expect("a folder");
        assert_eq!(remove_dead(lake.path()).expect("it looks"), 1, "only imports bring events");
        assert!(!left.exists());
        assert!(backup.dir().is_dir() && import.dir().is_dir());
        let dir = backup.dir().to_path_buf();
        drop(backup);
        assert!(!dir.exists());
    }
}
