//! What a start needs to know of what came before: rows in the log, open visits, recent ids.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array as _, BooleanArray, RecordBatch, Scalar, TimestampMicrosecondArray};
use arrow::compute::filter_record_batch;
use arrow::compute::kernels::cmp::gt_eq;
use arrow::error::ArrowError;
use luotsi_marketing::event::{Acquisition, Client, Place, Visit};
use luotsi_marketing::session::{LONGEST_IDLE_MINUTES, OpenVisit, PageLoads};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter};
use uuid::Uuid;

use crate::activity::Activity;
use crate::arrival;
use crate::catalog::Catalog;
use crate::columns::{self, Text};
use crate::duplicates::runs::Runs;
use crate::duplicates::{self, REMEMBERED_US, RecentIds};
use crate::error::LakeError;
use crate::log::{self, recover};
use crate::schema;
use crate::sessions::Sessions;
use crate::snapshot::DataFile;

/// What the last event of a site was is known again when it is this young, microseconds: a day.
const LAST_US: i64 = 86_400_000_000;

/// Activity is counted so long, microseconds: half an hour.
const ACTIVITY_US: i64 = 30 * 60_000_000;

/// An event may lie so long before the moment it came, microseconds: 72 hours.
const LATE_US: i64 = 3 * 86_400_000_000;

/// So many ids are sorted at once.
const RUN_IDS: usize = 4_000_000;

/// Visits with an event this young may go on, microseconds.
const VISITS_US: i64 = (LONGEST_IDLE_MINUTES as i64 + 5) * 60_000_000;

const ACTIVITY_COLUMNS: [&str; 6] = [
    schema::SITE_NUMBER,
    schema::VISITOR_ID,
    schema::TS,
    schema::NAME,
    schema::BOT_REASON,
    schema::PERSON_ID,
];

const VISIT_COLUMNS: [&str; 28] = [
    schema::SITE_NUMBER,
    schema::VISITOR_ID,
    schema::SESSION_ID,
    schema::TS,
    schema::SESSION_START,
    schema::ENTRY_PAGE,
    schema::SOURCE,
    schema::REFERRER,
    schema::CHANNEL,
    schema::UTM_SOURCE,
    schema::UTM_MEDIUM,
    schema::UTM_CAMPAIGN,
    schema::UTM_CONTENT,
    schema::UTM_TERM,
    schema::UTM_ID,
    schema::CLICK_ID,
    schema::UTM_SOURCE_PLATFORM,
    schema::UTM_CREATIVE_FORMAT,
    schema::UTM_MARKETING_TACTIC,
    schema::DEVICE,
    schema::BROWSER,
    schema::BROWSER_VERSION,
    schema::OS,
    schema::OS_VERSION,
    schema::COUNTRY,
    schema::REGION,
    schema::CITY,
    schema::NAMED_ID,
];

/// The memory of a log's writer.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) sessions: Sessions,
    pub(crate) ids: RecentIds,
    pub(crate) runs: Runs,
    pub(crate) activity: Activity,
    pub(crate) next_segment: u64,
    /// When the server starts, microseconds UTC: no event counts as later.
    now_us: i64,
}

/// Takes the lock that only one log writer of a folder holds.
pub(crate) fn lock(log_dir: &Path, lake_dir: &Path) -> Result<File, LakeError> {
    let file =
        File::options().create(true).truncate(false).write(true).open(log_dir.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(LakeError::Locked { dir: lake_dir.to_path_buf() }),
        Err(fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

/// The name under which this folder's log commits to the table.
pub(crate) fn writer_id(log_dir: &Path) -> io::Result<String> {
    let path = log_dir.join("writer");
    match fs::read_to_string(&path) {
        Ok(id) if !id.trim().is_empty() => return Ok(id.trim().to_owned()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let id = format!("luotsi-{}", Uuid::new_v4());
    let new = log_dir.join("writer.new");
    fs::write(&new, &id)?;
    File::open(&new)?.sync_all()?;
    fs::rename(&new, &path)?;
    log::sync_dir(log_dir)?;
    Ok(id)
}

/// Reads the young data files and the log; puts the log's rows into the hot buffer.
///
/// Segments up to and with `applied` are in data files: they are removed.
pub(crate) fn recover(
    catalog: &Catalog,
    dir: &Path,
    applied: Option<u64>,
    now_us: i64,
) -> Result<Recovered, LakeError> {
    let log_dir = &dir.join("log");
    let mut recovered = Recovered {
        sessions: Sessions::default(),
        ids: RecentIds::default(),
        runs: Runs::open(&dir.join("ids"), now_us)?,
        activity: Activity::default(),
        next_segment: 0,
        now_us,
    };
    if !recovered.runs.is_complete() {
        read_ids(catalog, &mut recovered.runs, now_us)?;
    }
    for file in catalog.files().iter() {
        let outcome = recovered.note_file(catalog, file, now_us);
        unless_damaged(file, outcome)?;
    }
    if let Some(applied) = applied {
        log::remove_up_to(log_dir, applied)?;
    }
    recovered.next_segment = applied.unwrap_or_default() + 1;
    for number in log::segments(log_dir)? {
        let bytes = fs::read(log::path(log_dir, number))?;
        let segment = recover::recover(&bytes);
        if segment.torn {
            let whole = segment.whole_bytes;
            tracing::warn!(number, whole, "the log ends in a frame that was never acknowledged");
        }
        if segment.damaged_bytes > 0 {
            let bytes = segment.damaged_bytes;
            let copy = log::path(log_dir, number).with_extension(log::DAMAGED);
            tracing::error!(number, bytes, copy = %copy.display(), "the disk has lost part of the log; the segment is kept beside");
            fs::copy(log::path(log_dir, number), copy)?;
        }
        for batch in segment.batches {
            let new = recovered.note_ids(number, &batch)?;
            let batch = filter_record_batch(&batch, &new)?;
            recovered.activity.note(&batch, now_us)?;
            recovered.note_visits(&batch)?;
            if batch.num_rows() > 0 {
                catalog.with_hot(|hot| hot.push(number, batch));
            }
        }
        recovered.next_segment = number + 1;
    }
    Ok(recovered)
}

impl Recovered {
    /// What a data file says of visits that may go on and of the last hour.
    fn note_file(
        &mut self,
        catalog: &Catalog,
        file: &DataFile,
        now_us: i64,
    ) -> Result<(), LakeError> {
        let path = catalog.root().join(file.path.as_ref());
        if file.ts_us.1 >= now_us - LAST_US {
            read(&path, &[schema::SITE_NUMBER, schema::TS], now_us - LAST_US, |batch| {
                self.note_times(batch)
            })?;
        }
        if file.ts_us.1 >= now_us - ACTIVITY_US {
            read(&path, &ACTIVITY_COLUMNS, now_us - ACTIVITY_US, |batch| {
                self.activity.note(batch, now_us)
            })?;
        }
        if file.ts_us.1 >= now_us - VISITS_US {
            read(&path, &VISIT_COLUMNS, now_us - VISITS_US, |batch| self.note_visits(batch))?;
        }
        Ok(())
    }

    /// Remembers ids of the log; tells which rows the log does not hold twice.
    fn note_ids(&mut self, segment: u64, batch: &RecordBatch) -> Result<BooleanArray, ArrowError> {
        let sites = columns::int32(batch, schema::SITE_NUMBER)?.values();
        let ids = columns::int64(batch, schema::EVENT_ID)?.values();
        let new =
            sites.iter().zip(ids).map(|(site, id)| Some(self.ids.insert(segment, *site, *id)));
        Ok(new.collect())
    }

    fn note_times(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let sites = columns::int32(batch, schema::SITE_NUMBER)?.values();
        let times = columns::times(batch, schema::TS)?.values();
        let rows = sites.iter().zip(times).collect::<Vec<_>>();
        for of_site in rows.chunk_by(|one, next| one.0 == next.0) {
            if let Some(last) = of_site.iter().max_by_key(|row| row.1) {
                self.activity.note_row(*last.0, 0, (*last.1, self.now_us), false);
            }
        }
        Ok(())
    }

    fn note_visits(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let sites = columns::int32(batch, schema::SITE_NUMBER)?;
        let visitors = columns::int64(batch, schema::VISITOR_ID)?;
        let visits = VisitColumns::of(batch)?;
        for row in 0..batch.num_rows() {
            if visits.goes_on_after(row) {
                continue;
            }
            let visitor = (sites.value(row), visitors.value(row));
            let times = (visits.ts.value(row), self.now_us);
            self.sessions.restore(visitor, times, || visits.get(row));
        }
        let named = columns::optional_int64(batch, schema::NAMED_ID);
        if let Some(named) = named.filter(|named| named.null_count() < named.len()) {
            for row in (0..batch.num_rows()).filter(|row| named.is_valid(*row)) {
                let visitor = (sites.value(row), visitors.value(row));
                self.sessions.restore_name(visitor, named.value(row), visits.ts.value(row));
            }
        }
        Ok(())
    }
}

/// Makes the runs of ids anew, from the data files: once, in a folder of an earlier version, or
/// when a run is damaged.
fn read_ids(catalog: &Catalog, runs: &mut Runs, now_us: i64) -> Result<(), LakeError> {
    let mut keys = Vec::new();
    for file in
        catalog.files().iter().filter(|file| file.ts_us.1 >= now_us - REMEMBERED_US - LATE_US)
    {
        let path = catalog.root().join(file.path.as_ref());
        let since_us = now_us - REMEMBERED_US - LATE_US;
        let columns = [schema::SITE_NUMBER, schema::TS, schema::EVENT_ID];
        let outcome = read(&path, &columns, since_us, |batch| {
            keys.extend(duplicates::keys(batch)?);
            Ok(())
        });
        unless_damaged(file, outcome)?;
        if keys.len() >= RUN_IDS {
            runs.add(std::mem::take(&mut keys), file.ts_us.1.min(now_us))?;
        }
    }
    runs.add(keys, now_us)?;
    Ok(runs.completed()?)
}

/// A file that cannot be read is no reason not to start: queries and `luotsi doctor` name it.
fn unless_damaged(file: &DataFile, outcome: Result<(), LakeError>) -> Result<(), LakeError> {
    match outcome {
        Err(error @ (LakeError::File(_) | LakeError::Rows(_))) => {
            let path = file.path.as_ref();
            tracing::error!(path, %error, "a data file is damaged; `luotsi doctor` says how to mend it");
            Ok(())
        }
        Err(LakeError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
            let path = file.path.as_ref();
            tracing::error!(path, "a data file is missing; `luotsi doctor` says how to mend it");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Gives the rows of a data file with `ts` of at least `since_us`.
fn read(
    path: &Path,
    wanted: &[&str],
    since_us: i64,
    mut each: impl FnMut(&RecordBatch) -> Result<(), ArrowError>,
) -> Result<(), LakeError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let schema_of_file = builder.parquet_schema();
    let only_ts = ProjectionMask::columns(schema_of_file, [schema::TS]);
    let projection = ProjectionMask::columns(schema_of_file, wanted.iter().copied());
    let since = Scalar::new(TimestampMicrosecondArray::from(vec![since_us]).with_timezone("UTC"));
    let young = ArrowPredicateFn::new(only_ts, move |batch| gt_eq(batch.column(0), &since));
    let rows = builder
        .with_projection(projection)
        .with_row_filter(RowFilter::new(vec![Box::new(young)]))
        .build()?;
    for batch in rows {
        each(&batch?)?;
    }
    Ok(())
}

/// The columns that make up a visit.
struct VisitColumns<'a> {
    session_id: &'a arrow::array::Int64Array,
    ts: &'a TimestampMicrosecondArray,
    session_start: &'a TimestampMicrosecondArray,
    entry_page: Text<'a>,
    acquisition: [Text<'a>; arrival::COUNT],
    client: [Text<'a>; 5],
    place: [Text<'a>; 3],
}

impl<'a> VisitColumns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self, ArrowError> {
        let text = |name| Text::of(batch, name);
        Ok(Self {
            session_id: columns::int64(batch, schema::SESSION_ID)?,
            ts: columns::times(batch, schema::TS)?,
            session_start: columns::times(batch, schema::SESSION_START)?,
            entry_page: text(schema::ENTRY_PAGE)?,
            acquisition: [
                text(schema::SOURCE)?,
                text(schema::REFERRER)?,
                text(schema::CHANNEL)?,
                text(schema::UTM_SOURCE)?,
                text(schema::UTM_MEDIUM)?,
                text(schema::UTM_CAMPAIGN)?,
                text(schema::UTM_CONTENT)?,
                text(schema::UTM_TERM)?,
                text(schema::UTM_ID)?,
                text(schema::CLICK_ID)?,
                text(schema::UTM_SOURCE_PLATFORM)?,
                text(schema::UTM_CREATIVE_FORMAT)?,
                text(schema::UTM_MARKETING_TACTIC)?,
            ],
            client: [
                text(schema::DEVICE)?,
                text(schema::BROWSER)?,
                text(schema::BROWSER_VERSION)?,
                text(schema::OS)?,
                text(schema::OS_VERSION)?,
            ],
            place: [text(schema::COUNTRY)?, text(schema::REGION)?, text(schema::CITY)?],
        })
    }

    /// Whether the next row is a later event of the same visit.
    fn goes_on_after(&self, row: usize) -> bool {
        let next = row + 1;
        next < self.ts.len()
            && self.session_id.value(next) == self.session_id.value(row)
            && self.ts.value(next) >= self.ts.value(row)
    }

    /// The visit as its event in `row` left it. How many pages were viewed is not kept: one that
    /// was is enough for the source to be settled.
    fn get(&self, row: usize) -> OpenVisit {
        let owned = |text: Text<'_>| text.get(row).map(str::to_owned);
        let [
            source,
            referrer,
            channel,
            utm_source,
            utm_medium,
            utm_campaign,
            utm_content,
            utm_term,
            utm_id,
            click_id,
            utm_source_platform,
            utm_creative_format,
            utm_marketing_tactic,
        ] = self.acquisition.map(owned);
        let [device, browser, browser_version, os, os_version] = self.client.map(owned);
        let [country, region, city] = self.place.map(owned);
        let entry_page = owned(self.entry_page);
        OpenVisit {
            first_us: self.ts.value(row).min(self.session_start.value(row)),
            last_us: self.ts.value(row),
            page_loads: if entry_page.is_some() { PageLoads::More } else { PageLoads::None },
            visit: Visit {
                session_id: self.session_id.value(row),
                start_us: self.session_start.value(row),
                entry_page,
                acquisition: Arc::new(Acquisition {
                    source,
                    referrer,
                    channel: channel.unwrap_or_default(),
                    utm_source,
                    utm_medium,
                    utm_campaign,
                    utm_content,
                    utm_term,
                    utm_id,
                    click_id,
                    utm_source_platform,
                    utm_creative_format,
                    utm_marketing_tactic,
                }),
                client: Arc::new(Client { device, browser, browser_version, os, os_version }),
                place: Arc::new(Place { country, region, city }),
            },
        }
    }
}
