//! Rows that were decided on put together, column by column.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    new_null_array,
};
use arrow::compute::cast;
use arrow::error::ArrowError;

use super::{Arrived, Entry, Out, Own, Work};
use crate::merge::{Chunk, RowRef};
use crate::{arrival, interleave, schema};

const CLIENT: [&str; 5] =
    [schema::DEVICE, schema::BROWSER, schema::BROWSER_VERSION, schema::OS, schema::OS_VERSION];

const PLACE: [&str; 3] = [schema::COUNTRY, schema::REGION, schema::CITY];

/// Puts the rows together, column by column.
pub(super) fn gather(
    chunk: &Chunk,
    outs: &[Out],
    work: &Work<'_>,
    unlink: bool,
) -> Result<RecordBatch, ArrowError> {
    let beside = chunk.batches.len();
    let own: Vec<RowRef> = outs.iter().map(|out| out.row.at).collect();
    let acquisition: Vec<RowRef> = outs
        .iter()
        .map(|out| match out.acquisition {
            Arrived::OnRow(at) => at,
            Arrived::Own(number) => (beside, number as usize),
        })
        .collect();
    let client: Vec<RowRef> = outs.iter().map(|out| out.client).collect();
    let place: Vec<RowRef> = outs.iter().map(|out| out.place).collect();
    let target = schema::file_schema();
    let mut gathered: Vec<ArrayRef> = Vec::with_capacity(target.fields().len());
    for (index, field) in target.fields().iter().enumerate() {
        let name = field.name().as_str();
        let rows = match name {
            schema::SESSION_ID => {
                let ids = outs.iter().map(|out| out.row.session_id);
                gathered.push(Arc::new(Int64Array::from_iter_values(ids)));
                continue;
            }
            schema::SESSION_START => {
                let starts = outs.iter().map(|out| out.row.start_us);
                let starts = TimestampMicrosecondArray::from_iter_values(starts);
                gathered.push(Arc::new(starts.with_timezone("UTC")));
                continue;
            }
            schema::ENTRY_PAGE => {
                gathered.push(entry_pages(chunk, outs)?);
                continue;
            }
            schema::OWN_ACQUISITION => {
                gathered.push(own_acquisitions(chunk, outs)?);
                continue;
            }
            schema::PREVIOUS_VISITOR_ID => {
                let previous = |out: &Out| {
                    let (batch, row) = out.row.at;
                    let column = work.columns[batch].previous;
                    (!unlink && column.is_valid(row)).then(|| column.value(row))
                };
                let previous: Int64Array = outs.iter().map(previous).collect();
                gathered.push(Arc::new(previous));
                continue;
            }
            schema::NAMED_ID => {
                // Without a link it says nothing that the visitor's id does not.
                let named = |out: &Out| {
                    let names = work.columns[out.row.at.0].names(out.row.at.1);
                    names.named_id.filter(|named| !unlink || *named != names.visitor_id)
                };
                gathered.push(Arc::new(outs.iter().map(named).collect::<Int64Array>()));
                continue;
            }
            name if arrival::COLUMNS.contains(&name) => {
                let at = arrival::COLUMNS.iter().position(|known| *known == name);
                let arrived = work.arrivals.column(at.unwrap_or_default(), field.data_type())?;
                let mut arrays: Vec<&dyn Array> =
                    chunk.batches.iter().map(|(batch, _)| batch.column(index).as_ref()).collect();
                arrays.push(arrived.as_ref());
                gathered.push(interleave::column(&arrays, &acquisition, field.data_type())?);
                continue;
            }
            name if CLIENT.contains(&name) => &client,
            name if PLACE.contains(&name) => &place,
            _ => &own,
        };
        let arrays: Vec<&dyn Array> =
            chunk.batches.iter().map(|(batch, _)| batch.column(index).as_ref()).collect();
        gathered.push(interleave::column(&arrays, rows, field.data_type())?);
    }
    RecordBatch::try_new(target, gathered)
}

fn own_acquisitions(chunk: &Chunk, outs: &[Out]) -> Result<ArrayRef, ArrowError> {
    let index = schema::file_schema().index_of(schema::OWN_ACQUISITION)?;
    let mut arrays: Vec<&dyn Array> =
        chunk.batches.iter().map(|(batch, _)| batch.column(index).as_ref()).collect();
    let beside = arrays.len();
    // The first is none.
    let mut texts: Vec<Option<&str>> = vec![None];
    let rows: Vec<RowRef> = outs
        .iter()
        .map(|out| match &out.own {
            Own::Kept => out.row.at,
            Own::None => (beside, 0),
            Own::Text(text) => {
                texts.push(Some(text));
                (beside, texts.len() - 1)
            }
        })
        .collect();
    let texts: ArrayRef = Arc::new(StringArray::from(texts));
    let texts = cast(&texts, schema::file_schema().field(index).data_type())?;
    arrays.push(texts.as_ref());
    interleave::column(&arrays, &rows, texts.data_type())
}

fn entry_pages(chunk: &Chunk, outs: &[Out]) -> Result<ArrayRef, ArrowError> {
    let column = |name: &str| -> Result<Vec<&dyn Array>, ArrowError> {
        let index = schema::file_schema().index_of(name)?;
        Ok(chunk.batches.iter().map(|(batch, _)| batch.column(index).as_ref()).collect())
    };
    let mut arrays = column(schema::PATHNAME)?;
    arrays.extend(column(schema::ENTRY_PAGE)?);
    let null = new_null_array(arrays[0].data_type(), 1);
    arrays.push(null.as_ref());
    let batches = chunk.batches.len();
    let rows: Vec<RowRef> = outs
        .iter()
        .map(|out| match out.entry {
            Entry::None => (2 * batches, 0),
            Entry::Path(at) => at,
            Entry::Copy((batch, row)) => (batches + batch, row),
        })
        .collect();
    interleave::column(&arrays, &rows, null.data_type())
}
