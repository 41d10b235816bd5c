//! When a site's first event was, also where files hold the rows of several sites.

use std::fs::File;
use std::path::{Path, PathBuf};

use hashbrown::HashMap;
use parking_lot::Mutex;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

use crate::error::LakeError;
use crate::schema;
use crate::snapshot::{DataFile, Snapshot, first_ts_us};

/// What is remembered of so many files and sites; then the files that are gone are forgotten.
const MOST_KNOWN: usize = 4_096;

/// By file and site: the time of the site's first row in it, microseconds UTC; `None` where it has none.
type Known = HashMap<(String, i32), Option<i64>>;

/// What shared files were found to hold.
#[derive(Debug, Default)]
pub(crate) struct FirstEvents {
    /// The table's folder.
    root: PathBuf,
    known: Mutex<Known>,
}

impl FirstEvents {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf(), known: Mutex::default() }
    }

    /// Time of a site's first event, microseconds UTC.
    pub(crate) fn of(&self, snapshot: &Snapshot, site_number: i32) -> Option<i64> {
        let in_memory = snapshot.hot.iter().filter_map(|batch| first_ts_us(batch, site_number));
        let mut first = in_memory.min();
        let is_in = |file: &&DataFile| (file.sites.0..=file.sites.1).contains(&site_number);
        let mut files: Vec<&DataFile> = snapshot.files.iter().filter(is_in).collect();
        files.sort_unstable_by_key(|file| file.ts_us.0);
        for file in files {
            if first.is_some_and(|first| first <= file.ts_us.0) {
                break;
            }
            let in_file = if file.sites.0 == file.sites.1 {
                Some(file.ts_us.0)
            } else {
                self.in_shared(file, snapshot, site_number)
            };
            first = first.into_iter().chain(in_file).min();
        }
        first
    }

    fn in_shared(&self, file: &DataFile, snapshot: &Snapshot, site_number: i32) -> Option<i64> {
        let key = (file.path.as_ref().to_owned(), site_number);
        if let Some(known) = self.known.lock().get(&key) {
            return *known;
        }
        let found = match read(&self.root.join(file.path.as_ref()), site_number) {
            Ok(found) => found,
            // Whoever asks for its events is told; here the file's first row has to do.
            Err(error) => {
                tracing::warn!(path = file.path.as_ref(), %error, "a site's first event is not known");
                return Some(file.ts_us.0);
            }
        };
        let mut known = self.known.lock();
        if known.len() >= MOST_KNOWN {
            known.retain(|(path, _), _| {
                snapshot.files.iter().any(|file| file.path.as_ref() == path.as_str())
            });
        }
        known.insert(key, found);
        found
    }
}

/// Reads the times of a site's rows in a file; rows are sorted by site, so few groups of rows have any.
fn read(path: &Path, site_number: i32) -> Result<Option<i64>, LakeError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let may_hold = |group: &RowGroupMetaData| {
        let sites = group
            .columns()
            .iter()
            .find(|column| column.column_path().string() == schema::SITE_NUMBER);
        match sites.and_then(|sites| sites.statistics()) {
            Some(Statistics::Int32(sites)) => {
                sites.min_opt().is_none_or(|min| *min <= site_number)
                    && sites.max_opt().is_none_or(|max| *max >= site_number)
            }
            _ => true,
        }
    };
    let groups = builder.metadata().row_groups().iter().enumerate();
    let groups = groups.filter(|(_, group)| may_hold(group)).map(|(at, _)| at).collect();
    let columns =
        ProjectionMask::columns(builder.parquet_schema(), [schema::SITE_NUMBER, schema::TS]);
    let mut first: Option<i64> = None;
    for batch in builder.with_row_groups(groups).with_projection(columns).build()? {
        first = first.into_iter().chain(first_ts_us(&batch?, site_number)).min();
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use crate::lake::{Lake, LakeSettings};
    use crate::testing::{MINUTE_US, page_view};

    const NOW_US: i64 = 20_000 * 86_400_000_000;

    #[tokio::test]
    async fn a_sites_first_event_is_its_own_where_files_are_shared() {
        let dir = tempfile::tempdir().expect("a folder");
        let lake = Lake::open(LakeSettings::new(dir.path()), NOW_US).await.expect("it opens");
        let at = |id, site_number, minute| {
            let mut event = page_view(id, NOW_US + minute * MINUTE_US);
            event.site_number = site_number;
            event
        };
        let events = vec![at(1, 1, 0), at(2, 2, 5), at(3, 4, 9), at(4, 2, 7)];
        lake.append(events).await.expect("they are kept");
        let firsts = |lake: &Lake| [1, 2, 3, 4].map(|site| lake.snapshot().first_event_us(site));
        let expected = [Some(0), Some(5), None, Some(9)]
            .map(|minute: Option<i64>| minute.map(|minute| NOW_US + minute * MINUTE_US));
        assert_eq!(firsts(&lake), expected, "in memory");
        lake.flush(NOW_US + 60 * MINUTE_US).await.expect("it is written");
        assert_eq!(lake.status().files, 1);
        assert_eq!(firsts(&lake), expected, "in a file");
        assert_eq!(firsts(&lake), expected, "and again");
    }
}
