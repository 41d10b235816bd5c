//! Columns of numbers of a batch.

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};

use crate::aggregate::rows::NO_PERSON;
use crate::schema;

pub(super) fn integers(batch: &RecordBatch, column: &str) -> Option<ScalarBuffer<i64>> {
    Some(batch.column_by_name(column)?.as_primitive_opt::<Int64Type>()?.values().clone())
}

/// The persons that rows name, bots left out; empty where none does.
pub(crate) fn persons(batch: &RecordBatch) -> Vec<i64> {
    names(batch, schema::PERSON_ID)
}

/// The lasting ids that visitors gave in a visit begun without one, bots left out; empty where none did.
pub(crate) fn named(batch: &RecordBatch) -> Vec<i64> {
    names(batch, schema::NAMED_ID)
}

fn names(batch: &RecordBatch, column: &str) -> Vec<i64> {
    let column =
        batch.column_by_name(column).and_then(|column| column.as_primitive_opt::<Int64Type>());
    match column {
        Some(persons) if persons.null_count() < persons.len() => {
            let bots = batch.column_by_name(schema::BOT_REASON);
            let named = |(row, person): (usize, Option<i64>)| {
                let is_bot = bots.is_some_and(|bots| bots.is_valid(row));
                person.filter(|_| !is_bot).unwrap_or(NO_PERSON)
            };
            persons.iter().enumerate().map(named).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn times(batch: &RecordBatch) -> Option<ScalarBuffer<i64>> {
    Some(
        batch
            .column_by_name(schema::TS)?
            .as_primitive_opt::<TimestampMicrosecondType>()?
            .values()
            .clone(),
    )
}

pub(super) fn small_integers(batch: &RecordBatch, column: &str) -> Vec<i32> {
    let column =
        batch.column_by_name(column).and_then(|column| column.as_primitive_opt::<Int32Type>());
    column.map_or_else(Vec::new, |values| values.iter().map(|value| value.unwrap_or(-1)).collect())
}
