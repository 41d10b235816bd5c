//! Rows of many batches put together, column by column.
//!
//! Most columns hold text that few rows have: what no row has costs nothing here, and a text that
//! repeats is looked up once.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray as _, DictionaryArray, Int32Array, RecordBatch, StringArray,
    new_null_array,
};
use arrow::compute::interleave;
use arrow::datatypes::{DataType, Int32Type};
use arrow::error::ArrowError;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::merge::RowRef;
use crate::schema;

/// The rows of `batches`, in `schema::log_schema`, at `rows`: in `schema::file_schema`.
pub(crate) fn of_log(batches: &[RecordBatch], rows: &[RowRef]) -> Result<RecordBatch, ArrowError> {
    let target = schema::file_schema();
    let columns = target.fields().iter().enumerate().map(|(index, field)| {
        let arrays: Vec<&dyn Array> =
            batches.iter().map(|batch| batch.column(index).as_ref()).collect();
        match field.data_type() {
            DataType::Dictionary(..) if any(&arrays) => {
                let texts: Option<Vec<_>> =
                    arrays.iter().map(|array| array.as_string_opt::<i32>()).collect();
                let texts = texts.ok_or_else(|| {
                    ArrowError::SchemaError(format!("column `{}` is no text", field.name()))
                })?;
                let texts: ArrayRef = Arc::new(dictionary(&texts, rows)?);
                Ok(texts)
            }
            data_type => column(&arrays, rows, data_type),
        }
    });
    let columns: Result<Vec<ArrayRef>, ArrowError> = columns.collect();
    RecordBatch::try_new(target.clone(), columns?)
}

/// The values of `arrays`, all of `data_type`, at `rows`.
pub(crate) fn column(
    arrays: &[&dyn Array],
    rows: &[RowRef],
    data_type: &DataType,
) -> Result<ArrayRef, ArrowError> {
    if any(arrays) { interleave(arrays, rows) } else { Ok(new_null_array(data_type, rows.len())) }
}

/// Whether there is any value.
fn any(arrays: &[&dyn Array]) -> bool {
    arrays.iter().any(|array| array.null_count() < array.len())
}

/// The texts at `rows`, each distinct one once.
fn dictionary(
    texts: &[&StringArray],
    rows: &[RowRef],
) -> Result<DictionaryArray<Int32Type>, ArrowError> {
    let mut values: Vec<&str> = Vec::new();
    let mut numbers: HashMap<&str, i32> = HashMap::new();
    // Rows of a visit lie together, and most of what they say is their visit's.
    let mut last: Option<(&str, i32)> = None;
    let mut number = |text| {
        if let Some((_, number)) = last.filter(|(known, _)| *known == text) {
            return number;
        }
        let number = match numbers.entry(text) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                values.push(text);
                // No batch has so many rows.
                *place.insert((values.len() - 1) as i32)
            }
        };
        last = Some((text, number));
        number
    };
    let keys: Int32Array = if texts.iter().any(|array| array.null_count() > 0) {
        let text = |&(batch, row): &RowRef| -> Option<&str> {
            let array = texts[batch];
            array.is_valid(row).then(|| array.value(row))
        };
        rows.iter().map(|at| text(at).map(&mut number)).collect()
    } else {
        Int32Array::from_iter_values(
            rows.iter().map(|(batch, row)| number(texts[*batch].value(*row))),
        )
    };
    DictionaryArray::try_new(keys, Arc::new(StringArray::from_iter_values(values)))
}

#[cfg(test)]
mod tests {
    use arrow::compute::cast;

    use super::*;
    use crate::testing::{batch_of, page_view};

    #[test]
    fn rows_are_the_same_as_taken_one_by_one() {
        let mut events: Vec<_> = (0..40).map(|id| page_view(id, id)).collect();
        for (index, event) in events.iter_mut().enumerate() {
            event.pathname = format!("/{}", index % 7);
            event.title = (index % 3 == 1).then(|| format!("title {}", index % 5));
            event.person_id = (index % 4 == 2).then_some(index as i64);
        }
        let batches = [batch_of(&events[..10]), batch_of(&events[10..11]), batch_of(&events[11..])];
        let rows: Vec<RowRef> =
            [(2, 28), (0, 1), (1, 0), (0, 1), (0, 0), (2, 3), (2, 4), (0, 9)].into();
        let gathered = of_log(&batches, &rows).expect("one schema");
        assert_eq!(gathered.num_rows(), rows.len());
        for (index, field) in schema::log_schema().fields().iter().enumerate() {
            let arrays: Vec<&dyn Array> =
                batches.iter().map(|batch| batch.column(index).as_ref()).collect();
            let wanted = interleave(&arrays, &rows).expect("one type");
            let found = cast(gathered.column(index), field.data_type()).expect("text or the same");
            assert_eq!(&found, &wanted, "{}", field.name());
        }
        let titles = gathered.column_by_name(schema::TITLE).expect("it is there");
        assert_eq!(
            (titles.null_count(), titles.as_dictionary::<Int32Type>().values().len()),
            (5, 2)
        );
    }
}
