//! Parquet files as columns of numbers and text.

use std::fs::File;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};
use arrow::error::ArrowError;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{Column, Frame};
use crate::AnalyzeError;

/// Reads every column whose type is a number, a flag, a date or text; others are left out.
pub(super) fn read(path: &Path, file: File) -> Result<Frame, AnalyzeError> {
    let format =
        |reason: String| AnalyzeError::Format { path: path.to_owned(), format: "Parquet", reason };
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error| format(error.to_string()))?;
    let batches: Vec<RecordBatch> =
        reader.collect::<Result<_, _>>().map_err(|error| format(error.to_string()))?;
    let Some(first) = batches.first() else { return Err(AnalyzeError::NoRows) };
    let (mut names, mut columns) = (Vec::new(), Vec::new());
    for (index, field) in first.schema().fields().iter().enumerate() {
        let arrays = batches.iter().map(|batch| batch.column(index));
        if let Some(column) =
            column(field.data_type(), arrays).map_err(|error| format(error.to_string()))?
        {
            names.push(field.name().clone());
            columns.push(column);
        }
    }
    Frame::new(names, columns)
}

fn column<'a>(
    kind: &DataType,
    arrays: impl Iterator<Item = &'a std::sync::Arc<dyn Array>>,
) -> Result<Option<Column>, ArrowError> {
    if kind.is_numeric() || *kind == DataType::Boolean {
        let mut values = Vec::new();
        for array in arrays {
            let floats = cast(array, &DataType::Float64)?;
            values
                .extend(floats.as_primitive::<Float64Type>().iter().map(|v| v.unwrap_or(f64::NAN)));
        }
        return Ok(Some(Column::Number(values)));
    }
    if kind.is_nested() {
        return Ok(None);
    }
    let mut cells = Vec::new();
    if let DataType::Timestamp(_, Some(zone)) = kind {
        for array in arrays {
            cells.extend(civil(array.as_ref(), zone)?);
        }
        return Ok(Some(Column::Text(cells)));
    }
    for array in arrays {
        let text = cast(array, &DataType::Utf8)?;
        cells.extend(text.as_string::<i32>().iter().map(|v| v.unwrap_or_default().to_owned()));
    }
    Ok(Some(Column::Text(cells)))
}

/// Instants as the clock on the wall of their zone shows them; UTC where the zone is unknown here.
fn civil(array: &dyn Array, zone: &str) -> Result<Vec<String>, ArrowError> {
    let zone = TimeZone::get(zone).ok().or_else(|| offset(zone)).unwrap_or(TimeZone::UTC);
    let instants = cast(array, &DataType::Int64)?;
    let units_a_second = match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => 1,
        DataType::Timestamp(TimeUnit::Millisecond, _) => 1_000,
        DataType::Timestamp(TimeUnit::Microsecond, _) => 1_000_000,
        _ => 1_000_000_000,
    };
    Ok(instants
        .as_primitive::<Int64Type>()
        .iter()
        .map(|instant| {
            let nanoseconds = i128::from(instant?) * (1_000_000_000 / units_a_second);
            let instant = Timestamp::from_nanosecond(nanoseconds).ok()?;
            Some(zone.to_datetime(instant).to_string())
        })
        .map(Option::unwrap_or_default)
        .collect())
}

/// `+02:00` as a zone.
fn offset(zone: &str) -> Option<TimeZone> {
    let (hours, minutes) = zone.split_once(':')?;
    let hours: i32 = hours.parse().ok()?;
    let minutes: i32 = minutes.parse().ok()?;
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let seconds = hours * 3600 + sign * minutes * 60;
    Offset::from_seconds(seconds).ok().map(TimeZone::fixed)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, BooleanArray, Date32Array, Int64Array, StringArray, TimestampMicrosecondArray,
    };
    use parquet::arrow::ArrowWriter;

    use super::*;

    #[test]
    fn numbers_flags_text_and_dates_are_read() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("visits", Arc::new(Int64Array::from(vec![Some(3), None]))),
            ("bought", Arc::new(BooleanArray::from(vec![true, false]))),
            ("arm", Arc::new(StringArray::from(vec!["A", "B"]))),
            ("day", Arc::new(Date32Array::from(vec![0, 31]))),
            (
                "at",
                Arc::new(
                    TimestampMicrosecondArray::from(vec![0, 3_600_000_000]).with_timezone("+02:00"),
                ),
            ),
            ("here", Arc::new(TimestampMicrosecondArray::from(vec![0, 0]).with_timezone("UTC"))),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(n, c)| (n, c, true)),
        )
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.parquet");
        let mut writer =
            ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();

        let frame = Frame::read(&path, &mut std::io::empty()).unwrap();
        assert_eq!(frame.rows(), 2);
        assert_eq!(frame.numbers("bought", "--value").unwrap(), [1.0, 0.0]);
        assert!(frame.numbers("visits", "--value").is_err());
        assert_eq!(frame.texts("arm", "--arm").unwrap(), ["A", "B"]);
        let at = frame.times("at", "--time").unwrap();
        assert_eq!(at[1].to_string(), "1970-01-01T03:00:00");
        assert_eq!(frame.times("here", "--time").unwrap()[0].to_string(), "1970-01-01T00:00:00");
        assert_eq!(frame.times("day", "--time").unwrap()[1].to_string(), "1970-02-01T00:00:00");
    }
}
