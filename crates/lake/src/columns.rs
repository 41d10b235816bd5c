//! Typed access to the columns of the events table.

use arrow::array::{
    Array, AsArray as _, DictionaryArray, Int32Array, Int64Array, PrimitiveArray, RecordBatch,
    StringArray,
};
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use arrow::error::ArrowError;

pub(crate) fn int32<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a Int32Array, ArrowError> {
    batch
        .column_by_name(name)
        .and_then(|column| column.as_primitive_opt::<Int32Type>())
        .ok_or_else(|| wrong(name))
}

pub(crate) fn int64<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a Int64Array, ArrowError> {
    batch
        .column_by_name(name)
        .and_then(|column| column.as_primitive_opt::<Int64Type>())
        .ok_or_else(|| wrong(name))
}

/// A column that older files and logs lack.
pub(crate) fn optional_int64<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a Int64Array> {
    batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()
}

pub(crate) fn times<'a>(
    batch: &'a RecordBatch,
    name: &str,
) -> Result<&'a PrimitiveArray<TimestampMicrosecondType>, ArrowError> {
    batch
        .column_by_name(name)
        .and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>())
        .ok_or_else(|| wrong(name))
}

/// A text column, plain as in the log or a dictionary as in data files.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Text<'a> {
    Plain(&'a StringArray),
    Dictionary(&'a DictionaryArray<Int32Type>, &'a StringArray),
}

impl<'a> Text<'a> {
    pub(crate) fn of(batch: &'a RecordBatch, name: &str) -> Result<Self, ArrowError> {
        let column = batch.column_by_name(name).ok_or_else(|| wrong(name))?;
        if let Some(plain) = column.as_string_opt::<i32>() {
            return Ok(Self::Plain(plain));
        }
        let dictionary = column.as_dictionary_opt::<Int32Type>().ok_or_else(|| wrong(name))?;
        let values = dictionary.values().as_string_opt::<i32>().ok_or_else(|| wrong(name))?;
        Ok(Self::Dictionary(dictionary, values))
    }

    pub(crate) fn get(self, row: usize) -> Option<&'a str> {
        match self {
            Self::Plain(values) => values.is_valid(row).then(|| values.value(row)),
            Self::Dictionary(dictionary, values) => {
                let key = dictionary.key(row)?;
                values.is_valid(key).then(|| values.value(key))
            }
        }
    }

    /// Whether two rows have the same text. Equal texts of a dictionary may have two places.
    pub(crate) fn is_same(self, one: usize, other: usize) -> bool {
        match self {
            Self::Dictionary(dictionary, _) if dictionary.key(one) == dictionary.key(other) => true,
            _ => self.get(one) == self.get(other),
        }
    }

    /// Whether there is any text.
    pub(crate) fn any(self) -> bool {
        match self {
            Self::Plain(values) => values.null_count() < values.len(),
            Self::Dictionary(dictionary, _) => dictionary.null_count() < dictionary.len(),
        }
    }

    pub(crate) fn is_null(self, row: usize) -> bool {
        match self {
            Self::Plain(values) => values.is_null(row),
            Self::Dictionary(dictionary, _) => dictionary.is_null(row),
        }
    }

    /// For each row, whether its text is `wanted`.
    pub(crate) fn is(self, wanted: &str) -> Vec<bool> {
        match self {
            Self::Plain(values) => {
                (0..values.len()).map(|row| self.get(row) == Some(wanted)).collect()
            }
            Self::Dictionary(dictionary, values) => {
                let hits: Vec<bool> = values.iter().map(|value| value == Some(wanted)).collect();
                (0..dictionary.len())
                    .map(|row| dictionary.key(row).is_some_and(|key| hits[key]))
                    .collect()
            }
        }
    }
}

fn wrong(name: &str) -> ArrowError {
    ArrowError::SchemaError(format!("column `{name}` is missing or of another type"))
}
