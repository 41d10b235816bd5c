//! The table and the hot buffer together: every event in exactly one of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hashbrown::HashMap;
use luotsi_marketing::rates::Rates;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use parking_lot::Mutex;
use tokio::task::spawn_blocking;

use crate::buffer::Hot;
use crate::error::LakeError;
use crate::first::FirstEvents;
use crate::snapshot::{DataFile, Lift, Merged, Snapshot};
use crate::summary;
use crate::table::{Change, Table};
use crate::writer::Kind;

/// What queries see; changed only as a whole.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) files: Arc<[DataFile]>,
    pub(crate) hot: Hot,
}

/// The one place where the table changes within this process.
pub(crate) struct Catalog {
    table: tokio::sync::Mutex<Table>,
    live: Mutex<Live>,
    merged: Mutex<Arc<HashMap<i32, Arc<Merged>>>>,
    lifts: Mutex<Arc<HashMap<i32, Arc<[Lift]>>>>,
    rates: Mutex<Arc<HashMap<i32, Arc<Rates>>>>,
    first_events: Arc<FirstEvents>,
    store: Arc<dyn ObjectStore>,
    root: PathBuf,
}

/// Figures of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableFigures {
    pub(crate) files: usize,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

impl Catalog {
    /// Opens the events table under `dir`. `writer` names this process's log, if it writes one.
    pub(crate) async fn open(dir: &Path, writer: Option<String>) -> Result<Self, LakeError> {
        let table = Table::open(&dir.join("events"), writer).await?;
        let root = table.root().to_path_buf();
        let store = LocalFileSystem::new_with_prefix(&root)
            .map_err(deltalake_core::DeltaTableError::from)?;
        let live = Mutex::new(Live { files: table.files(), hot: Hot::default() });
        Ok(Self {
            table: tokio::sync::Mutex::new(table),
            live,
            merged: Mutex::default(),
            lifts: Mutex::default(),
            rates: Mutex::default(),
            first_events: Arc::new(FirstEvents::new(&root)),
            store: Arc::new(store),
            root,
        })
    }

    /// The folder that data file paths are relative to.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let live = self.live.lock();
        Snapshot {
            store: Arc::clone(&self.store),
            files: Arc::clone(&live.files),
            hot: live.hot.batches(),
            merged: Arc::clone(&self.merged.lock()),
            lifts: Arc::clone(&self.lifts.lock()),
            rates: Arc::clone(&self.rates.lock()),
            first_events: Arc::clone(&self.first_events),
        }
    }

    pub(crate) fn set_merged(&self, by_site: HashMap<i32, Arc<Merged>>) {
        *self.merged.lock() = Arc::new(by_site);
    }

    pub(crate) fn set_lifts(&self, by_site: HashMap<i32, Arc<[Lift]>>) {
        *self.lifts.lock() = Arc::new(by_site);
    }

    pub(crate) fn set_rates(&self, by_site: HashMap<i32, Arc<Rates>>) {
        *self.rates.lock() = Arc::new(by_site);
    }

    pub(crate) fn files(&self) -> Arc<[DataFile]> {
        Arc::clone(&self.live.lock().files)
    }

    pub(crate) fn with_hot<T>(&self, work: impl FnOnce(&mut Hot) -> T) -> T {
        work(&mut self.live.lock().hot)
    }

    pub(crate) fn figures(&self) -> TableFigures {
        let files = self.files();
        TableFigures {
            files: files.len(),
            rows: files.iter().map(|file| file.rows).sum(),
            bytes: files.iter().map(|file| file.size).sum(),
        }
    }

    pub(crate) async fn version(&self) -> u64 {
        self.table.lock().await.version()
    }

    /// The last log segment whose rows are in the table.
    pub(crate) async fn applied(&self) -> Option<u64> {
        self.table.lock().await.applied()
    }

    /// Commits a change. What left the hot buffer for the table changes places in one step.
    pub(crate) async fn commit(&self, change: &Change) -> Result<(), LakeError> {
        let mut table = self.table.lock().await;
        let outcome = table.commit(change).await;
        self.publish(&table);
        outcome
    }

    /// Takes in what other processes committed.
    pub(crate) async fn refresh(&self) -> Result<(), LakeError> {
        let mut table = self.table.lock().await;
        if table.refresh().await? {
            self.publish(&table);
        }
        Ok(())
    }

    pub(crate) async fn checkpoint(&self, every: u64) -> Result<(), LakeError> {
        self.table.lock().await.checkpoint(every).await
    }

    /// Makes the summaries that whole days lack; gives their number.
    pub(crate) async fn summarise(&self) -> Result<usize, LakeError> {
        let files = self.files();
        let mut made = 0;
        for file in files.iter().filter(|file| Kind::is_whole_day(file)) {
            // A query removes what it could not read.
            if summary::bytes_of(&self.root, file.path.as_ref()).is_none() {
                let (root, path) = (self.root.clone(), file.path.to_string());
                let bytes = spawn_blocking(move || summary::write(&root, &path)).await??;
                self.note_summary(file, Some(bytes)).await;
                made += 1;
            }
        }
        Ok(made)
    }

    async fn note_summary(&self, file: &DataFile, bytes: Option<u64>) {
        let mut table = self.table.lock().await;
        table.note_summary(file.path.as_ref(), bytes);
        self.publish(&table);
    }

    pub(crate) async fn vacuum(&self, before_us: i64) -> Result<usize, LakeError> {
        self.table.lock().await.vacuum(before_us)
    }

    pub(crate) async fn remove_orphans(&self, before_us: i64) -> Result<usize, LakeError> {
        let mut table = self.table.lock().await;
        table.refresh().await?;
        self.publish(&table);
        table.remove_orphans(before_us)
    }

    fn publish(&self, table: &Table) {
        let files = table.files();
        let mut live = self.live.lock();
        live.files = files;
        if let Some(applied) = table.applied() {
            live.hot.remove_up_to(applied);
        }
    }
}
