//! Business objectives: what goals are for.

use jiff::Timestamp;
use sqlx::any::AnyRow;

use crate::error::found;
use crate::row::Columns;
use crate::{Result, Store, StoreError, new_id};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objective {
    pub id: String,
    pub workspace_id: String,
    pub name: String,
    pub description: String,
    /// A user's id.
    pub owner_id: Option<String>,
    pub created_at: Timestamp,
}

impl Store {
    /// Adds an objective. The caller has checked that the owner belongs to the workspace.
    pub async fn create_objective(
        &self,
        workspace: &str,
        name: &str,
        description: &str,
        owner_id: Option<&str>,
        now: Timestamp,
    ) -> Result<Objective> {
        let objective = Objective {
            id: new_id(now),
            workspace_id: workspace.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            owner_id: owner_id.map(str::to_owned),
            created_at: now,
        };
        sqlx::query(include_str!("../sql/objectives.insert.sql"))
            .bind(&objective.id)
            .bind(workspace)
            .bind(name)
            .bind(description)
            .bind(owner_id)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(objective)
    }

    pub async fn objectives(&self, workspace: &str) -> Result<Vec<Objective>> {
        let rows = sqlx::query(include_str!("../sql/objectives.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    pub async fn objective(&self, workspace: &str, id: &str) -> Result<Objective> {
        let row = sqlx::query(include_str!("../sql/objectives.by_id.sql"))
            .bind(workspace)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| read(&row)).transpose()?.ok_or(StoreError::NotFound("objective"))
    }

    pub async fn save_objective(&self, objective: &Objective, now: Timestamp) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/objectives.update.sql"))
            .bind(&objective.workspace_id)
            .bind(&objective.id)
            .bind(&objective.name)
            .bind(&objective.description)
            .bind(&objective.owner_id)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        found(&done, "objective")
    }

    /// Removes an objective; its goals stay, without one.
    pub async fn delete_objective(&self, workspace: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/objectives.delete.sql"))
            .bind(workspace)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "objective")
    }
}

fn read(row: &AnyRow) -> Result<Objective> {
    let columns = Columns(row);
    Ok(Objective {
        id: columns.text("id")?,
        workspace_id: columns.text("workspace_id")?,
        name: columns.text("name")?,
        description: columns.text("description")?,
        owner_id: columns.maybe_text("owner_id")?,
        created_at: columns.time("created_at_us")?,
    })
}
