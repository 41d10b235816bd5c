//! Sorted rows of many files as one stream, a visitor's rows together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fs::File;
use std::path::Path;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, Int64Array, RecordBatch, new_null_array};
use arrow::compute::filter_record_batch;
use arrow::error::ArrowError;
use hashbrown::HashSet;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::LakeError;
use crate::{columns, duplicates, schema, writer};

/// Rows that are handled at once, give or take a visitor.
pub(crate) const CHUNK_ROWS: usize = 16_384;

/// The row `.1` of the batch `.0`.
pub(crate) type RowRef = (usize, usize);

/// The rows of `batches` by the date of their visit, in the order of `schema::SORT_KEY`.
pub(crate) fn sorted_by_date(
    batches: &[RecordBatch],
) -> Result<BTreeMap<i32, Vec<RowRef>>, ArrowError> {
    let mut keys = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for (index, batch) in batches.iter().enumerate() {
        let sites = columns::int32(batch, schema::SITE_NUMBER)?.values();
        let visitors = columns::int64(batch, schema::VISITOR_ID)?.values();
        let visits = columns::int64(batch, schema::SESSION_ID)?.values();
        let starts = columns::times(batch, schema::SESSION_START)?.values();
        let times = columns::times(batch, schema::TS)?.values();
        keys.extend((0..batch.num_rows()).map(|row| {
            let date = writer::date_of(starts[row]);
            (date, sites[row], visitors[row], visits[row], times[row], (index, row))
        }));
    }
    keys.sort_unstable();
    let mut dates: BTreeMap<i32, Vec<RowRef>> = BTreeMap::new();
    for (date, .., row) in keys {
        dates.entry(date).or_default().push(row);
    }
    Ok(dates)
}

/// What a source's rows are to the work at hand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The rows are new: not in the table yet.
    pub(crate) fresh: bool,
    /// The rows belong to the next window of dates and are only looked at.
    pub(crate) ahead: bool,
    /// The rows stand for others of the same events, which had another visitor.
    pub(crate) moved: bool,
}

/// Rows sorted by site and visitor.
pub(crate) struct Source {
    batches: Box<dyn Iterator<Item = Result<RecordBatch, LakeError>>>,
    origin: Origin,
    head: Option<Head>,
}

struct Head {
    batch: RecordBatch,
    sites: Int32Array,
    visitors: Int64Array,
    row: usize,
    /// Where the batch is in the chunk that is being put together.
    in_chunk: Option<usize>,
}

impl Source {
    /// The rows of a Parquet file in `schema::file_schema`.
    pub(crate) fn open(path: &Path, origin: Origin, batch_rows: usize) -> Result<Self, LakeError> {
        Self::open_without(path, origin, batch_rows, HashSet::new())
    }

    /// As `open`, without the events of these numbers (`duplicates::key`).
    pub(crate) fn open_without(
        path: &Path,
        origin: Origin,
        batch_rows: usize,
        known: HashSet<u64>,
    ) -> Result<Self, LakeError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
        let reader = builder.with_batch_size(batch_rows).build()?;
        let batches = reader.map(move |batch| Ok(without(conform(&batch?)?, &known)?));
        let mut source = Self { batches: Box::new(batches), origin, head: None };
        source.advance()?;
        Ok(source)
    }

    /// Rows in memory, sorted by site and visitor, in `schema::file_schema`.
    pub(crate) fn of(rows: RecordBatch, origin: Origin) -> Result<Self, LakeError> {
        let batches = Box::new(std::iter::once(Ok(rows)));
        let mut source = Self { batches, origin, head: None };
        source.advance()?;
        Ok(source)
    }

    fn key(&self) -> Option<(i32, i64)> {
        self.head.as_ref().map(Head::key)
    }

    fn advance(&mut self) -> Result<(), LakeError> {
        self.head = None;
        for batch in self.batches.by_ref() {
            let batch = batch?;
            if batch.num_rows() > 0 {
                self.head = Some(Head {
                    sites: columns::int32(&batch, schema::SITE_NUMBER)?.clone(),
                    visitors: columns::int64(&batch, schema::VISITOR_ID)?.clone(),
                    batch,
                    row: 0,
                    in_chunk: None,
                });
                return Ok(());
            }
        }
        Ok(())
    }

    /// Moves the rows of the visitor `key` into `chunk`.
    fn take(&mut self, key: (i32, i64), chunk: &mut Chunk) -> Result<(), LakeError> {
        while let Some(head) = self.head.as_mut().filter(|head| head.key() == key) {
            let index = *head.in_chunk.get_or_insert_with(|| {
                chunk.batches.push((head.batch.clone(), self.origin));
                chunk.batches.len() - 1
            });
            let rows = head.batch.num_rows();
            while head.row < rows && head.key() == key {
                chunk.rows.push((index, head.row));
                head.row += 1;
            }
            if head.row == rows {
                self.advance()?;
            }
        }
        Ok(())
    }
}

/// The rows of other events than these.
fn without(batch: RecordBatch, known: &HashSet<u64>) -> Result<RecordBatch, ArrowError> {
    if known.is_empty() {
        return Ok(batch);
    }
    let keys = duplicates::keys(&batch)?;
    let others: BooleanArray = keys.iter().map(|key| Some(!known.contains(key))).collect();
    filter_record_batch(&batch, &others)
}

impl Head {
    fn key(&self) -> (i32, i64) {
        (self.sites.value(self.row), self.visitors.value(self.row))
    }
}

/// Rows of whole visitors.
#[derive(Default)]
pub(crate) struct Chunk {
    pub(crate) batches: Vec<(RecordBatch, Origin)>,
    /// By site and visitor; a visitor's rows are in no order.
    pub(crate) rows: Vec<RowRef>,
    /// Where in `rows` each visitor ends.
    pub(crate) visitor_ends: Vec<usize>,
}

/// Many sources as one.
pub(crate) struct Merge {
    sources: Vec<Source>,
    next: BinaryHeap<Reverse<(i32, i64, usize)>>,
}

impl Merge {
    pub(crate) fn new(sources: Vec<Source>) -> Self {
        let keys = sources.iter().enumerate();
        let next = keys
            .filter_map(|(index, source)| source.key().map(|(s, v)| Reverse((s, v, index))))
            .collect();
        Self { sources, next }
    }

    /// The next visitors; `None` at the end.
    pub(crate) fn next_chunk(&mut self) -> Result<Option<Chunk>, LakeError> {
        let mut chunk = Chunk::default();
        for source in &mut self.sources {
            if let Some(head) = &mut source.head {
                head.in_chunk = None;
            }
        }
        while chunk.rows.len() < CHUNK_ROWS {
            let Some(Reverse((site, visitor, _))) = self.next.peek().copied() else { break };
            while let Some(Reverse((.., index))) =
                self.next.peek().copied().filter(|next| (next.0.0, next.0.1) == (site, visitor))
            {
                self.next.pop();
                let source = &mut self.sources[index];
                source.take((site, visitor), &mut chunk)?;
                if let Some((site, visitor)) = source.key() {
                    self.next.push(Reverse((site, visitor, index)));
                }
            }
            chunk.visitor_ends.push(chunk.rows.len());
        }
        Ok((!chunk.rows.is_empty()).then_some(chunk))
    }
}

/// The rows in today's columns: a file written before a column existed has nulls there.
pub(crate) fn conform(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let target = schema::file_schema();
    if batch.schema().fields() == target.fields() {
        return RecordBatch::try_new(target, batch.columns().to_vec());
    }
    let columns: Result<Vec<ArrayRef>, ArrowError> = target
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            Some(column) if column.data_type() == field.data_type() => Ok(column.clone()),
            Some(column) => arrow::compute::cast(column, field.data_type()),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        })
        .collect();
    RecordBatch::try_new(target, columns?)
}
