//! Which files and hot rows a query reads, and in which order their rows arrive.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{
    SortColumn, cast, concat_batches, filter_record_batch, lexsort_to_indices, take_record_batch,
};
use arrow::datatypes::{Int32Type, Schema, SchemaRef, TimestampMicrosecondType};
use arrow::error::ArrowError;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, IsNotNullExpr, lit};
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::union::UnionExec;
use luotsi_marketing::query::{DAY_US, HOUR_US, Range};
use object_store::{ObjectStore, ObjectStoreExt as _};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::schema;
use crate::snapshot::{DataFile, Snapshot};
use crate::summary;
use crate::writer::Kind;

/// Name under which the runtime knows the snapshot's object store.
pub(crate) const STORE_URL: &str = "lake://events";

/// An event may come up to this long before the start of the visit it joins: the longest pause
/// that a site can choose between events of a visit.
const EARLIEST_US: i64 = 4 * HOUR_US;

/// What to read.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) site_number: i32,
    pub(crate) range: Range,
    /// Columns besides site, visitor, visit and time.
    pub(crate) columns: Vec<&'static str>,
    /// Whether visitors are told apart.
    pub(crate) visitors: bool,
    /// Whether the time of events matters even where all of them lie in the range.
    pub(crate) times: bool,
    /// Only rows with a value in this column matter: what has none is left out where that is cheap.
    pub(crate) with_value: Option<&'static str>,
    /// Columns of summaries, where these are enough.
    pub(crate) of_summary: Option<Vec<&'static str>>,
}

/// A stream, or several, of whole visits: the rows of a visit follow each other in the order of
/// time, and the visits of one visitor and date follow each other.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) plan: Arc<dyn ExecutionPlan>,
    /// `None`: partition `i` of the plan belongs to partition `i` of the whole. `Some`: its only
    /// partition belongs there.
    pub(crate) place: Option<usize>,
    /// All rows lie in the range.
    pub(crate) in_range: bool,
    /// All rows are the site's.
    pub(crate) one_site: bool,
    /// The rows are those of summaries.
    pub(crate) is_summary: bool,
}

/// The inputs of a query, spread over `partitions`.
///
/// A date with one file, or with files of the whole day, and no hot rows is read as it lies; else its
/// files and hot rows are merged.
/// Rows of a visit before and after the range are read too: a visit counts whole.
pub(crate) fn inputs(
    snapshot: &Snapshot,
    request: &Request,
    runtime: &RuntimeEnv,
    partitions: usize,
) -> Result<Vec<Input>> {
    let first_date = day(request.range.from_us - DAY_US);
    let last_date = day(request.range.to_us - 1 + EARLIEST_US);
    let mut dates: BTreeMap<i32, Date> = BTreeMap::new();
    for file in snapshot.files.iter() {
        let of_site = file.sites.0 <= request.site_number && request.site_number <= file.sites.1;
        if of_site && (first_date..=last_date).contains(&file.date) {
            dates.entry(file.date).or_default().files.push(file);
        }
    }
    for batch in &snapshot.hot {
        for (date, rows) in hot_rows(batch, request, first_date, last_date)? {
            dates.entry(date).or_default().hot.push(rows);
        }
    }
    dates.retain(|_, date| date.touches(request.range));

    let mut spread: BTreeMap<(bool, bool, bool), Vec<&DataFile>> = BTreeMap::new();
    let mut inputs = Vec::new();
    for date in dates.into_values() {
        if date.is_as_it_lies() {
            for file in date.files {
                let in_range =
                    request.range.contains(file.ts_us.0) && request.range.contains(file.ts_us.1);
                let one_site = file.sites == (request.site_number, request.site_number);
                let sums_up =
                    in_range && request.of_summary.is_some() && file.summary_bytes.is_some();
                spread.entry((in_range, one_site, sums_up)).or_default().push(file);
            }
        } else {
            let place = Some(inputs.len() % partitions);
            let plan = merged(&date, request, snapshot, runtime)?;
            let (in_range, one_site, is_summary) = (false, false, false);
            inputs.push(Input { plan, place, in_range, one_site, is_summary });
        }
    }
    for ((in_range, one_site, is_summary), files) in spread {
        let site = (!one_site).then_some(request.site_number);
        let files =
            files.into_iter().map(|file| if is_summary { summary_of(file) } else { file.clone() });
        let groups = balanced(files.collect(), partitions);
        let plan = if is_summary {
            let columns = summary_columns(request, !one_site);
            let all = summary::summary_schema();
            let predicate = predicate(&all, site, None)?;
            parquet(groups, &all, &columns, predicate, false, snapshot, runtime)?
        } else {
            let columns = read_schema(request, !in_range, !one_site);
            let all = schema::file_schema();
            let predicate = predicate(&all, site, request.with_value)?;
            parquet(groups, &all, &columns, predicate, false, snapshot, runtime)?
        };
        inputs.push(Input { plan, place: None, in_range, one_site, is_summary });
    }
    Ok(inputs)
}

/// What there is of one date.
#[derive(Debug, Default)]
struct Date<'a> {
    files: Vec<&'a DataFile>,
    hot: Vec<RecordBatch>,
}

impl Date<'_> {
    fn touches(&self, range: Range) -> bool {
        let touches =
            |file: &&DataFile| file.ts_us.1 >= range.from_us && file.ts_us.0 < range.to_us;
        !self.hot.is_empty() || self.files.iter().any(touches)
    }

    /// Whether no visitor is in two places: files of a whole day have each their own visitors.
    fn is_as_it_lies(&self) -> bool {
        self.hot.is_empty()
            && (self.files.len() == 1 || self.files.iter().all(|file| Kind::is_whole_day(file)))
    }
}

/// Days since 1970-01-01, UTC.
fn day(at_us: i64) -> i32 {
    i32::try_from(at_us.div_euclid(DAY_US)).unwrap_or(if at_us < 0 { i32::MIN } else { i32::MAX })
}

/// Columns in the order in which they are read.
fn read_schema(request: &Request, times: bool, sites: bool) -> SchemaRef {
    let all = schema::file_schema();
    let wanted = |name: &str| match name {
        schema::SITE_NUMBER => sites,
        schema::VISITOR_ID => request.visitors,
        schema::SESSION_ID => true,
        schema::TS => times || request.times,
        _ => request.columns.contains(&name),
    };
    let fields: Vec<_> =
        all.fields().iter().filter(|field| wanted(field.name())).cloned().collect();
    Arc::new(Schema::new(fields))
}

/// Columns of summaries in the order in which they are read.
fn summary_columns(request: &Request, sites: bool) -> SchemaRef {
    let all = summary::summary_schema();
    let asked = request.of_summary.as_deref().unwrap_or_default();
    let wanted = |name: &str| asked.contains(&name) || (sites && name == schema::SITE_NUMBER);
    let fields: Vec<_> =
        all.fields().iter().filter(|field| wanted(field.name())).cloned().collect();
    Arc::new(Schema::new(fields))
}

/// A file's summary as a file of its own.
fn summary_of(file: &DataFile) -> DataFile {
    DataFile {
        path: summary::path_of(file.path.as_ref()).into(),
        size: file.summary_bytes.unwrap_or_default(),
        ..file.clone()
    }
}

/// All columns that merging needs besides those of the request.
fn merge_schema(request: &Request) -> SchemaRef {
    let with_visitors = Request { visitors: true, ..request.clone() };
    read_schema(&with_visitors, true, true)
}

/// Files dealt out so that every group has about as many bytes.
fn balanced(mut files: Vec<DataFile>, partitions: usize) -> Vec<FileGroup> {
    let mut groups: Vec<(u64, Vec<DataFile>)> = vec![(0, Vec::new()); partitions];
    files.sort_by_key(|file| std::cmp::Reverse(file.size));
    for file in files {
        if let Some(group) = groups.iter_mut().min_by_key(|(size, _)| *size) {
            group.0 += file.size;
            group.1.push(file);
        }
    }
    groups
        .into_iter()
        .map(|(_, mut files)| {
            files.sort_by_key(|file| file.date);
            FileGroup::new(files.iter().map(partitioned).collect())
        })
        .collect()
}

fn partitioned(file: &DataFile) -> PartitionedFile {
    PartitionedFile::new(file.path.to_string(), file.size)
}

fn parquet(
    groups: Vec<FileGroup>,
    all: &SchemaRef,
    columns: &SchemaRef,
    predicate: Option<Arc<dyn PhysicalExpr>>,
    // Otherwise an idle partition may take whole files from another one.
    keeps_files: bool,
    snapshot: &Snapshot,
    runtime: &RuntimeEnv,
) -> Result<Arc<dyn ExecutionPlan>> {
    let cache = runtime.cache_manager.get_file_metadata_cache();
    let readers = CachedParquetFileReaderFactory::new(snapshot.store.clone(), cache);
    let mut source = ParquetSource::new(TableSchema::from(all.clone()))
        .with_parquet_file_reader_factory(Arc::new(readers));
    if let Some(predicate) = predicate {
        source = source.with_predicate(predicate);
    }
    let indices = columns
        .fields()
        .iter()
        .map(|field| all.index_of(field.name()))
        .collect::<Result<Vec<_>, _>>()?;
    let config = FileScanConfigBuilder::new(ObjectStoreUrl::parse(STORE_URL)?, Arc::new(source))
        .with_file_groups(groups)
        .with_preserve_order(keeps_files)
        .with_projection_indices(Some(indices))?
        .build();
    Ok(DataSourceExec::from_data_source(config))
}

/// What row groups and pages must be able to hold to be read.
fn predicate(
    all: &SchemaRef,
    site: Option<i32>,
    with_value: Option<&'static str>,
) -> Result<Option<Arc<dyn PhysicalExpr>>> {
    let column = |name: &str| Ok::<_, ArrowError>(Arc::new(Column::new(name, all.index_of(name)?)));
    let mut parts: Vec<Arc<dyn PhysicalExpr>> = Vec::new();
    if let Some(site) = site {
        let site = lit(site);
        parts.push(Arc::new(BinaryExpr::new(column(schema::SITE_NUMBER)?, Operator::Eq, site)));
    }
    if let Some(name) = with_value {
        parts.push(Arc::new(IsNotNullExpr::new(column(name)?)));
    }
    Ok(parts.into_iter().reduce(|one, other| Arc::new(BinaryExpr::new(one, Operator::And, other))))
}

/// One stream of a date's files and hot rows, in the sort order.
fn merged(
    date: &Date<'_>,
    request: &Request,
    snapshot: &Snapshot,
    runtime: &RuntimeEnv,
) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = merge_schema(request);
    let mut parts: Vec<Arc<dyn ExecutionPlan>> = Vec::new();
    if !date.files.is_empty() {
        let groups =
            date.files.iter().map(|file| FileGroup::new(vec![partitioned(file)])).collect();
        let all = schema::file_schema();
        let predicate = predicate(&all, Some(request.site_number), request.with_value)?;
        parts.push(parquet(groups, &all, &schema, predicate, true, snapshot, runtime)?);
    }
    if !date.hot.is_empty() {
        let rows = sorted(&concat_batches(&schema, &date.hot)?)?;
        parts.push(MemorySourceConfig::try_new_exec(&[vec![rows]], schema.clone(), None)?);
    }
    let input = if parts.len() == 1 { parts.remove(0) } else { UnionExec::try_new(parts)? };
    if input.properties().output_partitioning().partition_count() == 1 {
        return Ok(input);
    }
    let order = schema::SORT_KEY
        .iter()
        .map(|name| {
            Ok(PhysicalSortExpr::new_default(Arc::new(Column::new(name, schema.index_of(name)?))))
        })
        .collect::<Result<Vec<_>>>()?;
    match LexOrdering::new(order) {
        Some(order) => Ok(Arc::new(SortPreservingMergeExec::new(order, input))),
        None => Ok(input),
    }
}

/// The site's rows of a hot batch by date, in the columns and types of files.
fn hot_rows(
    batch: &RecordBatch,
    request: &Request,
    first_date: i32,
    last_date: i32,
) -> Result<BTreeMap<i32, RecordBatch>> {
    let mut by_date = BTreeMap::new();
    let column = |name: &str| batch.column_by_name(name).cloned();
    let (Some(sites), Some(starts)) = (column(schema::SITE_NUMBER), column(schema::SESSION_START))
    else {
        return Ok(by_date);
    };
    let sites = sites.as_primitive::<Int32Type>().values();
    let starts = starts.as_primitive::<TimestampMicrosecondType>().values().clone();
    let mut dates: Vec<Option<i32>> = Vec::with_capacity(batch.num_rows());
    for (site, start) in sites.iter().zip(starts.iter()) {
        let date = day(*start);
        let wanted = *site == request.site_number && (first_date..=last_date).contains(&date);
        dates.push(wanted.then_some(date));
    }
    let target = merge_schema(request);
    let indices = target.fields().iter().map(|field| batch.schema().index_of(field.name()));
    let projected = batch.project(&indices.collect::<Result<Vec<_>, _>>()?)?;
    let mut distinct: Vec<i32> = dates.iter().copied().flatten().collect();
    distinct.sort_unstable();
    distinct.dedup();
    for date in distinct {
        let mask: BooleanArray = dates.iter().map(|found| Some(*found == Some(date))).collect();
        let rows = filter_record_batch(&projected, &mask)?;
        let columns = rows.columns().iter().zip(target.fields());
        let columns = columns
            .map(|(column, field)| cast(column, field.data_type()))
            .collect::<Result<Vec<_>, _>>()?;
        by_date.insert(date, RecordBatch::try_new(target.clone(), columns)?);
    }
    Ok(by_date)
}

fn sorted(rows: &RecordBatch) -> Result<RecordBatch> {
    let key = |name: &&str| {
        rows.column_by_name(name).cloned().map(|values| SortColumn { values, options: None })
    };
    let keys: Vec<SortColumn> = schema::SORT_KEY.iter().filter_map(key).collect();
    let order: UInt32Array = lexsort_to_indices(&keys, None)?;
    Ok(take_record_batch(rows, &order)?)
}

/// The first of `files` that cannot be read, and why.
pub(crate) async fn damaged(
    store: &Arc<dyn ObjectStore>,
    files: &[DataFile],
) -> Option<(String, String)> {
    for file in files {
        let read = store.get(&file.path).await;
        let bytes = match read {
            Ok(read) => read.bytes().await,
            Err(error) => Err(error),
        };
        let reason = match bytes {
            Err(error) => Some(error.to_string()),
            Ok(bytes) => unreadable(bytes, file.size),
        };
        if let Some(reason) = reason {
            tracing::error!(path = %file.path, reason, "a data file is damaged; `luotsi doctor` says how to mend it");
            return Some((file.path.to_string(), reason));
        }
    }
    None
}

/// Why a data file's bytes cannot be read, if so.
fn unreadable(bytes: bytes::Bytes, size: u64) -> Option<String> {
    if bytes.len() as u64 != size {
        return Some(format!("it has {} bytes instead of {size}", bytes.len()));
    }
    let reader = match ParquetRecordBatchReaderBuilder::try_new(bytes) {
        Ok(reader) => reader.build(),
        Err(error) => return Some(error.to_string()),
    };
    match reader {
        Err(error) => Some(error.to_string()),
        Ok(mut batches) => batches.find_map(Result::err).map(|error| error.to_string()),
    }
}
