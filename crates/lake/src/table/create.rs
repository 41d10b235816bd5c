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
    let mut columns: Vec<StructField> = Vec::new();
    for field in schema::log_schema().fields() {
        let data_type = data_type(field.data_type())
            .ok_or_else(|| LakeError::TableLog(format!("`{}` has no Delta type", field.name())))?;
        columns.push(StructField::new(field.name(), data_type, field.is_nullable()));
    }
    columns.push(StructField::new(schema::DATE, DataType::DATE, false));
    let indexed = [schema::SITE_NUMBER, schema::VISITOR_ID, schema::TS, schema::SESSION_START];
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
