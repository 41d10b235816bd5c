//! An empty events table.

use std::fs::{self, File};
use std::path::Path;

use deltalake_core::kernel::{DataType, StructField};
use deltalake_core::protocol::SaveMode;
use deltalake_core::{DeltaTable, TableProperty};

use crate::error::LakeError;
use crate::{log, schema};

/// Creates the table unless it is there.
pub(super) async fn create_if_missing(delta: &DeltaTable, root: &Path) -> Result<(), LakeError> {
    if delta.verify_deltatable_existence().await? {
        return Ok(());
    }
    let mut columns = columns()?;
    columns.push(StructField::new(schema::DATE, DataType::DATE, false));
    // No ids of visitors: what the table's log says of a file outlives the file for hours.
    let indexed = [schema::SITE_NUMBER, schema::TS, schema::SESSION_START];
    delta
        .create()
        .with_table_name("events")
        .with_comment(
            "One row per event, stamped with its visit; sorted by site, visitor, visit, time",
        )
        .with_save_mode(SaveMode::Ignore)
        .with_columns(columns)
        .with_partition_columns([schema::DATE])
        .with_configuration_property(
            TableProperty::DataSkippingStatsColumns,
            Some(indexed.join(",")),
        )
        .with_configuration_property(TableProperty::LogRetentionDuration, Some("interval 6 hours"))
        .with_configuration_property(
            TableProperty::DeletedFileRetentionDuration,
            Some("interval 1 hours"),
        )
        .await?;
    log::sync_dir(root)?;
    sync_log(root)
}

/// The object store does not wait for the disk: a loss of power must not leave a table without its
/// first entries.
fn sync_log(root: &Path) -> Result<(), LakeError> {
    let folder = root.join("_delta_log");
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            File::open(path)?.sync_all()?;
        }
    }
    log::sync_dir(&folder)?;
    Ok(())
}

/// Adds the columns that a table of an earlier version lacks. Its files have nulls there.
pub(super) async fn add_missing_columns(
    delta: DeltaTable,
    root: &Path,
) -> Result<DeltaTable, LakeError> {
    let known = delta.snapshot()?.schema();
    let missing: Vec<StructField> =
        columns()?.into_iter().filter(|column| known.field(column.name()).is_none()).collect();
    if missing.is_empty() {
        return Ok(delta);
    }
    let delta = delta.add_columns().with_fields(missing).await?;
    sync_log(root)?;
    Ok(delta)
}

fn columns() -> Result<Vec<StructField>, LakeError> {
    let column = |field: &std::sync::Arc<arrow::datatypes::Field>| {
        let data_type = data_type(field.data_type())
            .ok_or_else(|| LakeError::TableLog(format!("`{}` has no Delta type", field.name())))?;
        Ok(StructField::new(field.name(), data_type, field.is_nullable()))
    };
    schema::log_schema().fields().iter().map(column).collect()
}

fn data_type(arrow: &arrow::datatypes::DataType) -> Option<DataType> {
    use arrow::datatypes::DataType as Arrow;
    match arrow {
        Arrow::Int32 => Some(DataType::INTEGER),
        Arrow::Int64 => Some(DataType::LONG),
        Arrow::Boolean => Some(DataType::BOOLEAN),
        Arrow::Utf8 => Some(DataType::STRING),
        Arrow::Timestamp(_, Some(_)) => Some(DataType::TIMESTAMP),
        _ => None,
    }
}
