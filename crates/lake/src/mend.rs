//! Visits of open dates put right, soon after late events reached them: the rows of their visitors, and no
//! others, are divided anew.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::compute::concat_batches;
use hashbrown::HashSet;
use tokio::task::spawn_blocking;

use crate::catalog::Catalog;
use crate::compaction::{Partitions, open_from, pour, replace, rewrite};
use crate::error::LakeError;
use crate::merge::{Origin, Source};
use crate::restamp::{Carried, Counts, Policy};
use crate::schema;
use crate::sessions::Rules;
use crate::settle::rows_of;
use crate::snapshot::DataFile;
use crate::writer::{Kind, Written};

/// Work is followed by so many times its length of rest.
const REST: u32 = 20;

/// Files of more rows together are left to the end of their date: rewriting them takes too long.
const MOST_ROWS: u64 = 8_000_000;

/// Visitors at once; more are left to the end of the date.
const MOST_VISITORS: usize = 50_000;

/// Whose rows are to be divided anew, and when.
#[derive(Debug, Default)]
pub(crate) struct Mending {
    /// By site and visitor.
    visitors: HashSet<(i32, i64)>,
    rests_until: Option<Instant>,
}

impl Mending {
    pub(crate) fn add(&mut self, visitors: Vec<(i32, i64)>) {
        let room = MOST_VISITORS.saturating_sub(self.visitors.len());
        self.visitors.extend(visitors.into_iter().take(room));
    }

    pub(crate) fn is_due(&self) -> bool {
        !self.visitors.is_empty()
    }

    /// Whether it is too early to go on.
    pub(crate) fn rests(&self) -> bool {
        self.rests_until.is_some_and(|until| Instant::now() < until)
    }

    /// Notes work that took so long.
    pub(crate) fn rest(&mut self, took: Duration) {
        self.rests_until = Instant::now().checked_add(took * REST);
    }
}

/// Divides the rows of the visitors anew that data files of open dates hold. What fails is tried again.
pub(crate) async fn mend(
    catalog: &Arc<Catalog>,
    rules: &Rules,
    mending: &mut Mending,
    now_us: i64,
) -> Result<(), LakeError> {
    if mending.visitors.is_empty() {
        return Ok(());
    }
    catalog.refresh().await?;
    let open: Vec<DataFile> =
        catalog.files().iter().filter(|file| file.date >= open_from(now_us)).cloned().collect();
    let (root, rules) = (catalog.root().to_path_buf(), rules.clone());
    let visitors = Arc::new(mending.visitors.clone());
    let (adds, removes) =
        spawn_blocking(move || divide_anew(&root, open, &visitors, &rules)).await??;
    if !removes.is_empty() {
        replace(catalog, adds, removes, false, now_us).await?;
    }
    mending.visitors.clear();
    Ok(())
}

/// Writes the visitors' rows anew, and the files that hold some without them: one file after the other, so that
/// few are open together.
fn divide_anew(
    root: &Path,
    files: Vec<DataFile>,
    visitors: &Arc<HashSet<(i32, i64)>>,
    rules: &Rules,
) -> Result<(Vec<Written>, Vec<DataFile>), LakeError> {
    let (mut sources, mut removes) = (Vec::new(), Vec::new());
    for file in files {
        let mut rows = Vec::new();
        rows_of(root, &file, visitors, |batch| {
            rows.push(batch);
            Ok(())
        })?;
        let rows = concat_batches(&schema::file_schema(), &rows)?;
        if rows.num_rows() > 0 {
            sources.push(Source::of(rows, Origin::default())?);
            removes.push(file);
        }
    }
    if removes.iter().map(|file| file.rows).sum::<u64>() > MOST_ROWS {
        return Ok((Vec::new(), Vec::new()));
    }
    let mut partitions = Partitions::new(root, Kind::Part);
    let policy = Policy { mend: true, ..Policy::new(rules) };
    let (mut carried, mut counts) = (Carried::default(), Counts::default());
    pour(sources, &policy, &mut carried, &mut counts, &mut partitions, &mut |_| ())?;
    let mut adds = partitions.finish()?;
    let others = Policy {
        keep: &|row| !visitors.contains(&(row.site_number, row.names.visitor_id)),
        ..Policy::new(rules)
    };
    for file in &removes {
        let (written, _) = rewrite(root, std::slice::from_ref(file), &others)?;
        adds.extend(written);
    }
    Ok((adds, removes))
}
