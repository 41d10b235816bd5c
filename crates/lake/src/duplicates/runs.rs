//! Sorted files of event ids: exact, however many there are, with little memory.
//!
//! Each flush adds a run; runs of one UTC day are merged so that there are few. A run that is over
//! seven days old goes. A look-up asks a Bloom filter in memory (10 bits an id, 1 in 80 answers wrong
//! the one way that costs only time), then reads one page of 512 ids. Filters take at most
//! `FILTER_BYTES`, enough for 40 million ids; what lies beyond, the oldest, is looked up on the disk
//! each time: a few microseconds more an event.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hashbrown::HashSet;
use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

use super::REMEMBERED_US;
use crate::log::sync_dir;

use file::{Keys, Run, Writer};

mod file;

/// Filters in memory take no more than this: ids of a week at 5.7 million a day.
const FILTER_BYTES: usize = 50_000_000;

/// So many runs of one size are merged.
const FAN_IN: usize = 4;

/// Runs of fewer ids than this are one size.
const SMALL_RUN: u64 = 16_384;

const DAY_US: i64 = 86_400_000_000;

const EXTENSION: &str = "ids";

/// There once the runs hold all ids there were when they were begun.
const COMPLETE: &str = "complete";

/// The ids of the last seven days that are not in memory.
#[derive(Debug)]
pub(crate) struct Runs {
    dir: PathBuf,
    live: RwLock<Arc<[Arc<Run>]>>,
    /// One merge at a time. New runs come meanwhile: whoever merges takes out what it read, and no more.
    merging: Mutex<()>,
    complete: bool,
}

impl Runs {
    /// Opens the runs in `dir`. One that is damaged makes them incomplete: they are to be made anew
    /// from the data files.
    pub(crate) fn open(dir: &Path, now_us: i64) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let mut complete = dir.join(COMPLETE).exists();
        let mut live = Vec::new();
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.extension().is_none_or(|extension| extension != EXTENSION) {
                if path.file_name().is_some_and(|name| name != COMPLETE) {
                    fs::remove_file(&path)?;
                }
                continue;
            }
            match Run::open(&path) {
                Ok(run) => live.push(Arc::new(run)),
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "ids of events are read from the data files anew");
                    fs::remove_file(&path)?;
                    complete = false;
                }
            }
        }
        if !complete {
            match fs::remove_file(dir.join(COMPLETE)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        let runs = Self {
            dir: dir.to_path_buf(),
            live: RwLock::new(Arc::from([])),
            merging: Mutex::default(),
            complete,
        };
        runs.exchange(&[], live);
        runs.tidy(now_us)?;
        Ok(runs)
    }

    /// None, of a lake that is only read.
    pub(crate) fn none() -> Self {
        Self {
            dir: PathBuf::new(),
            live: RwLock::new(Arc::from([])),
            merging: Mutex::default(),
            complete: true,
        }
    }

    /// Whether no id is missing. If some are, add those of the data files, then call `completed`.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    /// Notes that the ids of all data files are here.
    pub(crate) fn completed(&mut self) -> io::Result<()> {
        File::create(self.dir.join(COMPLETE))?.sync_all()?;
        sync_dir(&self.dir)?;
        self.complete = true;
        Ok(())
    }

    /// For each key, whether it is here.
    pub(crate) fn known(&self, keys: &[u64]) -> io::Result<Vec<bool>> {
        let live = Arc::clone(&self.live.read());
        let mut known = vec![false; keys.len()];
        for run in live.iter() {
            run.mark(keys, &mut known)?;
        }
        Ok(known)
    }

    /// Writes keys as a run; they outlive a loss of power when this returns. `at_us`: when the latest
    /// of them came, microseconds UTC.
    pub(crate) fn add(&self, mut keys: Vec<u64>, at_us: i64) -> io::Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        keys.sort_unstable();
        keys.dedup();
        let mut writer = self.writer(keys.len() as u64)?;
        for key in keys {
            writer.push(key)?;
        }
        let run = self.finish(writer, at_us)?;
        self.exchange(&[], vec![run]);
        Ok(())
    }

    /// Drops runs past their time and merges those of one day where there are many.
    pub(crate) fn tidy(&self, now_us: i64) -> io::Result<()> {
        let _one_at_a_time = self.merging.lock();
        let live = self.live.read().to_vec();
        let (old, live): (Vec<_>, Vec<_>) =
            live.into_iter().partition(|run| run.latest_us() < now_us - REMEMBERED_US);
        self.replace(old, Vec::new())?;
        let mut days: BTreeMap<i64, Vec<Arc<Run>>> = BTreeMap::new();
        for run in live {
            days.entry(run.latest_us().div_euclid(DAY_US)).or_default().push(run);
        }
        let today = now_us.div_euclid(DAY_US);
        for (day, runs) in days {
            let merged = if day < today { runs } else { crowded(runs) };
            if merged.len() > 1 {
                let new = self.merge(&merged, &HashSet::new())?;
                self.replace(merged, new.into_iter().collect())?;
            }
        }
        Ok(())
    }

    /// Drops keys for good.
    pub(crate) fn erase(&self, keys: &HashSet<u64>) -> io::Result<()> {
        let _one_at_a_time = self.merging.lock();
        let asked: Vec<u64> = keys.iter().copied().collect();
        let live = Arc::clone(&self.live.read());
        for run in live.iter() {
            let mut held = vec![false; asked.len()];
            run.mark(&asked, &mut held)?;
            if held.contains(&true) {
                let new = self.merge(std::slice::from_ref(run), keys)?;
                self.replace(vec![Arc::clone(run)], new.into_iter().collect())?;
            }
        }
        Ok(())
    }

    /// Puts `new` in the place of `gone`, whose files go.
    fn replace(&self, gone: Vec<Arc<Run>>, new: Vec<Arc<Run>>) -> io::Result<()> {
        self.exchange(&gone, new);
        remove(&gone)
    }

    /// Writes the ids of `runs`, each once, as one run; `None` when none is left.
    fn merge(&self, runs: &[Arc<Run>], without: &HashSet<u64>) -> io::Result<Option<Arc<Run>>> {
        let latest_us = runs.iter().map(|run| run.latest_us()).max().unwrap_or_default();
        let mut writer = self.writer(runs.iter().map(|run| run.len()).sum())?;
        let mut readers = Vec::with_capacity(runs.len());
        for run in runs {
            readers.push(run.keys()?);
        }
        // Few runs: the least head is found by looking at all.
        while let Some(key) = readers.iter().filter_map(Keys::head).min() {
            for reader in &mut readers {
                if reader.head() == Some(key) {
                    reader.advance()?;
                }
            }
            if without.is_empty() || !without.contains(&key) {
                writer.push(key)?;
            }
        }
        if writer.is_empty() {
            return Ok(None);
        }
        self.finish(writer, latest_us).map(Some)
    }

    fn writer(&self, most_keys: u64) -> io::Result<Writer> {
        Writer::create(self.dir.join(format!("{}.new", Uuid::new_v4())), most_keys)
    }

    fn finish(&self, writer: Writer, latest_us: i64) -> io::Result<Arc<Run>> {
        let path = self.dir.join(format!("{}.{EXTENSION}", Uuid::new_v4()));
        let run = writer.finish(path, latest_us)?;
        sync_dir(&self.dir)?;
        Ok(Arc::new(run))
    }

    /// Newest first: most of what is sent again was sent a moment ago.
    fn exchange(&self, gone: &[Arc<Run>], new: Vec<Arc<Run>>) {
        let mut shown = self.live.write();
        let mut live = shown.to_vec();
        live.retain(|run| !gone.iter().any(|gone| Arc::ptr_eq(run, gone)));
        live.extend(new);
        live.sort_by_key(|run| std::cmp::Reverse(run.latest_us()));
        let mut left = FILTER_BYTES;
        for run in &live {
            let bytes = run.filter_bytes();
            if bytes > left {
                run.drop_filter();
            }
            left = left.saturating_sub(bytes);
        }
        *shown = live.into();
    }
}

fn remove(gone: &[Arc<Run>]) -> io::Result<()> {
    for run in gone {
        match fs::remove_file(run.path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Of one day's runs those that are as large as, or smaller than, the largest size of which there
/// are many.
fn crowded(runs: Vec<Arc<Run>>) -> Vec<Arc<Run>> {
    let size = |run: &Arc<Run>| (run.len() / SMALL_RUN).max(1).ilog(FAN_IN as u64);
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    for run in &runs {
        *sizes.entry(size(run)).or_default() += 1;
    }
    let Some((largest, _)) = sizes.into_iter().rev().find(|(_, count)| *count >= FAN_IN) else {
        return Vec::new();
    };
    runs.into_iter().filter(|run| size(run) <= largest).collect()
}

#[cfg(test)]
mod tests;
