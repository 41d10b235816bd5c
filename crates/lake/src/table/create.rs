//! An empty events table.

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
    log::sync_dir(&root.join("_delta_log"))?;
    Ok(())
}

/// Adds the columns that a table of an earlier version lacks. Its files have nulls there.
pub(super) async fn add_missing_columns(delta: DeltaTable) -> Result<DeltaTable, LakeError> {
    let known = delta.snapshot()?.schema();
    let missing: Vec<StructField> =
        columns()?.into_iter().filter(|column| known.field(column.name()).is_none()).collect();
    if missing.is_empty() {
        return Ok(delta);
    }
    Ok(delta.add_columns().with_fields(missing).await?)
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
