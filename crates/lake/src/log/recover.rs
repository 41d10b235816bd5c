//! Reading a log segment back after a stop: the frames that are whole.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::buffer::Buffer;
use arrow::ipc::reader::StreamDecoder;

use super::{FRAME_HEADER_BYTES, MAGIC};
use crate::schema;

/// What a segment holds.
#[derive(Debug)]
pub struct Recovered {
    /// The whole frames' rows in `schema::log_schema`, in the order they were written.
    pub batches: Vec<RecordBatch>,
    /// Bytes up to the end of the last whole frame.
    pub whole_bytes: usize,
    /// Whether anything follows that is not whole: what was being written when the server stopped.
    pub torn: bool,
    /// Bytes of frames that are not whole although later ones are: the disk has lost what it had.
    pub damaged_bytes: usize,
}

/// Reads the bytes of one segment. Never fails: what is not whole was never acknowledged.
pub fn recover(bytes: &[u8]) -> Recovered {
    let mut recovered = Recovered {
        batches: Vec::new(),
        whole_bytes: 0,
        torn: !bytes.is_empty(),
        damaged_bytes: 0,
    };
    if !bytes.starts_with(&MAGIC) {
        return recovered;
    }
    recovered.whole_bytes = MAGIC.len();
    let mut decoder = StreamDecoder::new();
    let mut at = MAGIC.len();
    while let Some((skipped, payload)) = next_frame(&bytes[at..]) {
        // A payload whose checksum is right by chance can be anything, and the decoder panics on some.
        let decoded = catch_unwind(AssertUnwindSafe(|| decode(&mut decoder, payload)));
        let Ok(Some(mut batches)) = decoded else { break };
        recovered.batches.append(&mut batches);
        recovered.damaged_bytes += skipped;
        at += skipped + FRAME_HEADER_BYTES + payload.len();
        recovered.whole_bytes = at;
    }
    recovered.torn = recovered.whole_bytes < bytes.len();
    recovered
}

/// The next whole frame's payload, and the bytes of a frame before it that is not whole.
fn next_frame(bytes: &[u8]) -> Option<(usize, &[u8])> {
    if let Some(payload) = frame(bytes) {
        return Some((0, payload));
    }
    // When the length is right, the next frame is where it says.
    let length = u32::from_le_bytes(*bytes.first_chunk::<4>()?) as usize;
    let skipped = FRAME_HEADER_BYTES.checked_add(length)?;
    frame(bytes.get(skipped..)?).map(|payload| (skipped, payload))
}

/// The payload of the frame that `bytes` begins with, if it is whole.
fn frame(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (checksum, rest) = rest.split_first_chunk::<4>()?;
    let payload = rest.get(..u32::from_le_bytes(*length) as usize)?;
    let whole = !payload.is_empty() && crc32fast::hash(payload) == u32::from_le_bytes(*checksum);
    whole.then_some(payload)
}

fn decode(decoder: &mut StreamDecoder, payload: &[u8]) -> Option<Vec<RecordBatch>> {
    let mut buffer = Buffer::from(payload);
    let mut batches = Vec::new();
    while !buffer.is_empty() {
        if let Some(batch) = decoder.decode(&mut buffer).ok()? {
            batches.push(conform(&batch)?);
        }
    }
    Some(batches)
}

/// The rows in today's columns: a log written before a column existed has nulls there.
fn conform(batch: &RecordBatch) -> Option<RecordBatch> {
    let target = schema::log_schema();
    if batch.schema() == target {
        return Some(batch.clone());
    }
    let columns: Option<Vec<ArrayRef>> = target
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            Some(column) => (column.data_type() == field.data_type()).then(|| column.clone()),
            None => {
                field.is_nullable().then(|| new_null_array(field.data_type(), batch.num_rows()))
            }
        })
        .collect();
    RecordBatch::try_new(target, columns?).ok()
}

#[cfg(test)]
mod tests;
