//! The events table in Delta Lake's format: its live files, and commits that change them.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deltalake_core::kernel::transaction::{CommitData, TransactionError};
use deltalake_core::kernel::{Action, Add, Remove, Transaction};
use deltalake_core::logstore::{CommitOrBytes, LogStoreRef};
use deltalake_core::protocol::{DeltaOperation, SaveMode, checkpoints};
use deltalake_core::{DeltaTable, DeltaTableBuilder};
use tokio::task::spawn_blocking;
use url::Url;
use uuid::Uuid;

use crate::error::LakeError;
use crate::log::sync_dir;
use crate::schema;
use crate::snapshot::DataFile;
use crate::summary;
use crate::writer::{self, Written, date_text};

mod create;
mod read;

/// So many commits may lose the race against another writer before one gives up.
const ATTEMPTS: usize = 100;

/// What this process knows of the table.
pub(crate) struct Table {
    log_store: LogStoreRef,
    root: PathBuf,
    url: Url,
    /// Under this name the log's writer says which segments are in the table.
    writer: Option<String>,
    version: u64,
    checkpoint_version: u64,
    files: BTreeMap<String, DataFile>,
    /// The last log segment that is in the table.
    applied: Option<u64>,
    /// Files that left the table while this process ran, and when (microseconds UTC).
    removed: Vec<(String, i64)>,
}

/// A change of the table that happens as a whole or not at all.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) adds: Vec<Written>,
    pub(crate) removes: Vec<DataFile>,
    /// Whether the set of rows changes; compaction only rearranges it.
    pub(crate) changes_rows: bool,
    /// The log segment up to which the rows are in `adds`.
    pub(crate) applied: Option<u64>,
    /// Microseconds UTC.
    pub(crate) now_us: i64,
}

impl Table {
    /// Opens the table in `root` and creates it when there is none.
    pub(crate) async fn open(root: &Path, writer: Option<String>) -> Result<Self, LakeError> {
        fs::create_dir_all(root)?;
        let root = root.canonicalize()?;
        let url = Url::from_directory_path(&root)
            .map_err(|()| LakeError::TableLog(format!("{} is no folder", root.display())))?;
        let delta = DeltaTableBuilder::from_url(url.clone())?.build()?;
        create::create_if_missing(&delta, &root).await?;
        if writer.is_some() {
            summary::remove_older(&root)?;
        }
        let mut table = Self {
            log_store: delta.log_store(),
            root,
            url,
            writer,
            version: 0,
            checkpoint_version: 0,
            files: BTreeMap::new(),
            applied: None,
            removed: Vec::new(),
        };
        table.load(delta).await?;
        Ok(table)
    }

    /// The folder that data file paths are relative to.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// The last log segment whose rows are in the table.
    pub(crate) fn applied(&self) -> Option<u64> {
        self.applied
    }

    /// Live files, those of one date side by side.
    pub(crate) fn files(&self) -> Arc<[DataFile]> {
        self.files.values().cloned().collect()
    }

    /// Takes in what other processes committed; says whether there was anything.
    pub(crate) async fn refresh(&mut self) -> Result<bool, LakeError> {
        let before = self.version;
        while let Some(bytes) = self.log_store.read_commit_entry(self.version + 1).await? {
            let text = std::str::from_utf8(&bytes)
                .map_err(|error| LakeError::TableLog(error.to_string()))?;
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                let action = serde_json::from_str(line)
                    .map_err(|error| LakeError::TableLog(error.to_string()))?;
                self.apply(action);
            }
            self.version += 1;
        }
        Ok(self.version != before)
    }

    /// Commits `change`; it is on the disk when this returns.
    ///
    /// Appends never conflict. A change that removes a file conflicts when another writer removed
    /// it first. A log segment that is in the table already is not added again.
    pub(crate) async fn commit(&mut self, change: &Change) -> Result<(), LakeError> {
        self.sync_files(&change.adds).await?;
        self.refresh().await?;
        let bytes = self.commit_bytes(change)?;
        for _ in 0..ATTEMPTS {
            if change.applied.is_some() && self.applied >= change.applied {
                return Ok(());
            }
            if let Some(gone) =
                change.removes.iter().find(|file| !self.files.contains_key(file.path.as_ref()))
            {
                return Err(LakeError::Conflict { path: gone.path.to_string() });
            }
            let entry = CommitOrBytes::LogBytes(bytes.clone());
            let written =
                self.log_store.write_commit_entry(self.version + 1, entry, Uuid::new_v4()).await;
            match written {
                Ok(()) => {
                    self.sync_commit(self.version + 1)?;
                    self.refresh().await?;
                    return Ok(());
                }
                Err(TransactionError::VersionAlreadyExists(_)) => {
                    self.refresh().await?;
                }
                Err(error) => {
                    return Err(deltalake_core::DeltaTableError::from(error).into());
                }
            }
        }
        Err(LakeError::Conflict { path: "_delta_log".into() })
    }

    /// Writes a checkpoint when the log has grown by `every` commits, and drops expired entries.
    pub(crate) async fn checkpoint(&mut self, every: u64) -> Result<(), LakeError> {
        if self.version < self.checkpoint_version + every {
            return Ok(());
        }
        checkpoints::create_checkpoint_from_table_url_and_cleanup(
            self.url.clone(),
            self.version,
            Some(true),
            None,
        )
        .await?;
        self.checkpoint_version = self.version;
        Ok(())
    }

    /// Deletes files that left the table before `before_us`; gives their number.
    pub(crate) fn vacuum(&mut self, before_us: i64) -> Result<usize, LakeError> {
        let (gone, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.removed)
            .into_iter()
            .partition(|removed| removed.1 < before_us);
        self.removed = kept;
        for (path, _) in &gone {
            remove_if_there(&self.root.join(path))?;
            remove_if_there(&self.root.join(summary::path_of(path)))?;
        }
        Ok(gone.len())
    }

    /// Notes that the live file `path` has a summary of so many bytes, or none.
    pub(crate) fn note_summary(&mut self, path: &str, bytes: Option<u64>) {
        if let Some(file) = self.files.get_mut(path) {
            file.summary_bytes = bytes;
        }
    }

    /// Deletes data files and summaries that the table does not know and nobody has touched since
    /// `before_us`: what a process left behind that stopped halfway.
    pub(crate) fn remove_orphans(&self, before_us: i64) -> Result<usize, LakeError> {
        let summaries = self.root.join(summary::FOLDER);
        let mut count = self.remove_orphans_in(&self.root, before_us)?;
        if summaries.exists() {
            count += self.remove_orphans_in(&summaries, before_us)?;
        }
        Ok(count)
    }

    /// `root` holds a folder for each date.
    fn remove_orphans_in(&self, root: &Path, before_us: i64) -> Result<usize, LakeError> {
        let mut count = 0;
        for folder in fs::read_dir(root)? {
            let folder = folder?;
            let folder_name = folder.file_name().to_string_lossy().into_owned();
            if !folder_name.starts_with("date=") {
                continue;
            }
            for file in fs::read_dir(folder.path())? {
                let file = file?;
                let name = format!("{folder_name}/{}", file.file_name().to_string_lossy());
                let known = self.files.contains_key(&name)
                    || self.removed.iter().any(|removed| removed.0 == name);
                if !known && modified_us(&file.metadata()?) < before_us {
                    remove_if_there(&file.path())?;
                    count += 1;
                }
            }
        }
        Ok(count)
    }

    fn commit_bytes(&self, change: &Change) -> Result<bytes::Bytes, LakeError> {
        let mut actions: Vec<Action> =
            change.adds.iter().map(|written| Action::Add(add(written, change))).collect();
        actions.extend(change.removes.iter().map(|file| Action::Remove(remove(file, change))));
        let operation = if change.removes.is_empty() {
            DeltaOperation::Write {
                mode: SaveMode::Append,
                partition_by: Some(vec![schema::DATE.into()]),
                predicate: None,
            }
        } else {
            DeltaOperation::Optimize { predicate: None, target_size: 0 }
        };
        let transactions = self.writer.iter().zip(change.applied);
        let transactions = transactions
            .map(|(writer, segment)| {
                let at_ms = change.now_us / 1_000;
                Transaction::new_with_last_update(writer, segment as i64, Some(at_ms))
            })
            .collect();
        CommitData::new(actions, operation, HashMap::new(), transactions)
            .get_bytes()
            .map_err(|error| deltalake_core::DeltaTableError::from(error).into())
    }

    async fn sync_files(&self, adds: &[Written]) -> Result<(), LakeError> {
        let root = self.root.clone();
        let files: Vec<PathBuf> =
            adds.iter().map(|written| PathBuf::from(written.file.path.as_ref())).collect();
        Ok(spawn_blocking(move || writer::sync(&root, &files)).await??)
    }

    /// The object store does not wait for the disk; the log's segments go only after it has.
    fn sync_commit(&self, version: u64) -> Result<(), LakeError> {
        let folder = self.root.join("_delta_log");
        File::open(folder.join(format!("{version:020}.json")))?.sync_all()?;
        sync_dir(&folder)?;
        Ok(())
    }

    fn apply(&mut self, action: Action) {
        match action {
            Action::Add(add) => {
                let date = add.partition_values.get(schema::DATE).and_then(Option::as_deref);
                let file = read::data_file(&add.path, add.size, date, add.stats.as_deref());
                if let Some(mut file) = file {
                    file.summary_bytes = summary::bytes_of(&self.root, &add.path);
                    self.files.insert(add.path, file);
                }
            }
            Action::Remove(remove) => {
                self.files.remove(&remove.path);
                let at_us = remove.deletion_timestamp.unwrap_or_default() * 1_000;
                self.removed.push((remove.path, at_us));
            }
            Action::Txn(transaction) if Some(&transaction.app_id) == self.writer.as_ref() => {
                self.applied = self.applied.max(u64::try_from(transaction.version).ok());
            }
            _ => {}
        }
    }

    async fn load(&mut self, mut delta: DeltaTable) -> Result<(), LakeError> {
        delta.load().await?;
        if self.writer.is_some() {
            delta = create::add_missing_columns(delta, &self.root).await?;
        }
        let state = delta.snapshot()?;
        self.version = state.version();
        for view in state.log_data() {
            let path = view.path().into_owned();
            let partition = view.partition_values_map();
            let date = partition.get(schema::DATE).and_then(Option::as_deref);
            let mut file = read::data_file(&path, view.size(), date, view.stats().as_deref())
                .ok_or_else(|| LakeError::TableLog(format!("`{path}` has no date")))?;
            file.summary_bytes = summary::bytes_of(&self.root, &path);
            self.files.insert(path, file);
        }
        if let Some(writer) = &self.writer {
            let applied = state.transaction_version(self.log_store.as_ref(), writer).await?;
            self.applied = applied.and_then(|segment| u64::try_from(segment).ok());
        }
        self.checkpoint_version = self.version - self.version % 50;
        Ok(())
    }
}

fn add(written: &Written, change: &Change) -> Add {
    Add {
        path: written.file.path.to_string(),
        partition_values: partition_values(&written.file),
        size: written.file.size as i64,
        modification_time: written.modified_ms,
        data_change: change.changes_rows,
        stats: Some(written.stats.clone()),
        ..Add::default()
    }
}

fn remove(file: &DataFile, change: &Change) -> Remove {
    Remove {
        path: file.path.to_string(),
        data_change: change.changes_rows,
        deletion_timestamp: Some(change.now_us / 1_000),
        extended_file_metadata: Some(true),
        partition_values: Some(partition_values(file)),
        size: Some(file.size as i64),
        ..Remove::default()
    }
}

fn partition_values(file: &DataFile) -> HashMap<String, Option<String>> {
    HashMap::from([(schema::DATE.to_owned(), Some(date_text(file.date)))])
}

fn remove_if_there(path: &Path) -> Result<(), LakeError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// When a file was last written, microseconds UTC by the file system's clock.
pub(crate) fn modified_us(metadata: &fs::Metadata) -> i64 {
    metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .map_or(i64::MAX, |since| since.as_micros() as i64)
}
