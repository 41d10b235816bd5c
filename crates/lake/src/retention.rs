//! Rows that leave for good: those past their site's retention, and those of erased visitors.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use hashbrown::HashMap;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tokio::task::spawn_blocking;

use crate::catalog::Catalog;
use crate::compaction::{replace, rewrite};
use crate::error::LakeError;
use crate::person::{Known, Names};
use crate::restamp::{Policy, Seen};
use crate::sessions::Rules;
use crate::snapshot::DataFile;
use crate::writer::date_of;
use crate::{columns, schema};

/// Another writer may win so often before one gives up.
const ATTEMPTS: usize = 5;

/// From when on visits are kept, microseconds UTC; a visit is kept or dropped with its whole
/// UTC date. `None` keeps everything.
#[derive(Debug, Clone, Default)]
pub struct Cutoffs {
    /// Of sites that are not in `by_site`.
    pub default_us: Option<i64>,
    pub by_site: HashMap<i32, Option<i64>>,
}

impl Cutoffs {
    fn date(&self, site_number: i32) -> Option<i32> {
        self.by_site.get(&site_number).copied().unwrap_or(self.default_us).map(date_of)
    }

    fn keeps(&self, site_number: i32, date: i32) -> bool {
        self.date(site_number).is_none_or(|first| date >= first)
    }

    /// Whether some site may have rows to drop from `file`.
    fn concerns(&self, file: &DataFile) -> bool {
        let old = |first: Option<i64>| first.is_some_and(|first| file.date < date_of(first));
        let (low, high) = file.sites;
        old(self.default_us)
            || self.by_site.iter().any(|(site, first)| (low..=high).contains(site) && old(*first))
    }
}

/// Drops the visits that began before their site's cutoff.
pub(crate) async fn expire(
    catalog: &Arc<Catalog>,
    rules: &Rules,
    cutoffs: &Cutoffs,
    now_us: i64,
) -> Result<u64, LakeError> {
    let candidate = {
        let cutoffs = cutoffs.clone();
        move |file: &DataFile| cutoffs.concerns(file)
    };
    let cutoffs = cutoffs.clone();
    let keep = move |row: Seen| cutoffs.keeps(row.site_number, date_of(row.session_start_us));
    drop_rows(catalog, rules, candidate, keep, now_us).await
}

/// Drops the rows of a visitor or a person.
pub(crate) async fn erase(
    catalog: &Arc<Catalog>,
    rules: &Rules,
    known: Known,
    now_us: i64,
) -> Result<u64, LakeError> {
    let site_number = known.site_number;
    let candidate = move |file: &DataFile| (file.sites.0..=file.sites.1).contains(&site_number);
    let keep = move |row: Seen| !known.holds(row.site_number, row.names);
    drop_rows(catalog, rules, candidate, keep, now_us).await
}

/// Drops the rows that `keep` refuses from the files that `candidate` names.
async fn drop_rows(
    catalog: &Arc<Catalog>,
    rules: &Rules,
    candidate: impl Fn(&DataFile) -> bool + Send + Sync,
    keep: impl Fn(Seen) -> bool + Send + Sync + 'static,
    now_us: i64,
) -> Result<u64, LakeError> {
    let keep = Arc::new(keep);
    for attempt in 1.. {
        catalog.refresh().await?;
        let files: Vec<DataFile> =
            catalog.files().iter().filter(|file| candidate(file)).cloned().collect();
        let (root, rules, keep) = (catalog.root().to_path_buf(), rules.clone(), Arc::clone(&keep));
        let (adds, removes, dropped) = spawn_blocking(move || {
            let (mut adds, mut removes, mut dropped) = (Vec::new(), Vec::new(), 0);
            for file in files {
                if !any_dropped(&root.join(file.path.as_ref()), keep.as_ref())? {
                    continue;
                }
                let policy = Policy { keep: keep.as_ref(), ..Policy::new(&rules) };
                let (written, counts) = rewrite(&root, std::slice::from_ref(&file), &policy)?;
                dropped += counts.dropped;
                adds.extend(written);
                removes.push(file);
            }
            Ok::<_, LakeError>((adds, removes, dropped))
        })
        .await??;
        if removes.is_empty() {
            return Ok(0);
        }
        match replace(catalog, adds, removes, true, now_us).await {
            Err(LakeError::Conflict { .. }) if attempt < ATTEMPTS => {}
            outcome => return outcome.map(|()| dropped),
        }
    }
    Ok(0)
}

/// Whether the file at `path` holds a row that `keep` refuses; reads a few columns.
fn any_dropped(path: &Path, keep: &impl Fn(Seen) -> bool) -> Result<bool, LakeError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let names = [
        schema::SITE_NUMBER,
        schema::VISITOR_ID,
        schema::NAMED_ID,
        schema::SESSION_START,
        schema::PERSON_ID,
    ];
    let mask = ProjectionMask::columns(builder.parquet_schema(), names);
    for batch in builder.with_projection(mask).build()? {
        let batch = batch?;
        let names = Names::of(&batch)?;
        let starts = columns::times(&batch, schema::SESSION_START)?.values();
        let refused = (0..batch.num_rows()).any(|row| {
            !keep(Seen {
                site_number: names.sites[row],
                names: names.at(row),
                session_start_us: starts[row],
            })
        });
        if refused {
            return Ok(true);
        }
    }
    Ok(false)
}
