//! Named points at which a test lets the process stop, and disks that misbehave.

use std::io;
use std::path::Path;

use crate::error::LakeError;

/// Between the data file and the commit that makes it count.
pub(crate) const WRITTEN: &str = "written, not committed";
/// Between the commit and the removal of what it replaces.
pub(crate) const COMMITTED: &str = "committed, not removed";

#[cfg(test)]
thread_local! {
    static STOP_AT: std::cell::Cell<Option<&'static str>> = const { std::cell::Cell::new(None) };
}

/// Lets the work of this thread stop at `point`, or not at all.
#[cfg(test)]
pub(crate) fn stop_at(point: Option<&'static str>) {
    STOP_AT.set(point);
}

#[cfg(test)]
pub(crate) fn point(name: &'static str) -> Result<(), LakeError> {
    if STOP_AT.get() == Some(name) { Err(LakeError::Stopped(name)) } else { Ok(()) }
}

#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "tests stop here")]
pub(crate) fn point(_name: &'static str) -> Result<(), LakeError> {
    Ok(())
}

/// What is wrong with a disk.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disk {
    Full,
    ReadOnly,
    Slow(std::time::Duration),
}

#[cfg(test)]
static DISKS: parking_lot::Mutex<Vec<(std::path::PathBuf, Disk)>> =
    parking_lot::Mutex::new(Vec::new());

/// Lets writes below `dir` fare as on such a disk, or as usual.
#[cfg(test)]
pub(crate) fn set_disk(dir: &Path, disk: Option<Disk>) {
    let mut disks = DISKS.lock();
    disks.retain(|(known, _)| known != dir);
    disks.extend(disk.map(|disk| (dir.to_path_buf(), disk)));
}

/// What the disk says to a write at `path`.
#[cfg(test)]
pub(crate) fn disk(path: &Path) -> io::Result<()> {
    let disk = DISKS.lock().iter().find(|(dir, _)| path.starts_with(dir)).map(|(_, disk)| *disk);
    match disk {
        None => Ok(()),
        Some(Disk::Full) => Err(io::ErrorKind::StorageFull.into()),
        Some(Disk::ReadOnly) => Err(io::ErrorKind::ReadOnlyFilesystem.into()),
        Some(Disk::Slow(time)) => {
            std::thread::sleep(time);
            Ok(())
        }
    }
}

#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "disks misbehave in tests")]
pub(crate) fn disk(_path: &Path) -> io::Result<()> {
    Ok(())
}
