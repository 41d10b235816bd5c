//! What a goal takes: budget, people, tools; planned and spent.

use jiff::Timestamp;
use sqlx::Any;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;

use crate::error::found;
use crate::row::Columns;
use crate::{Result, Store, new_id};

/// What a resource may be.
pub const KINDS: [&str; 3] = ["budget", "people", "tools"];

/// Budget, people or a tool of a goal.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    pub id: String,
    pub goal_id: String,
    pub fields: ResourceFields,
}

/// What may be written of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceFields {
    /// One of `KINDS`.
    pub kind: String,
    pub name: String,
    /// `2026-04`, for what is of one month.
    pub month: Option<String>,
    pub planned: f64,
    pub spent: f64,
    /// `EUR`, `h`, …
    pub unit: String,
}

impl Store {
    /// Adds a resource. The caller has read the goal.
    pub async fn create_resource(
        &self,
        workspace: &str,
        goal: &str,
        fields: ResourceFields,
        now: Timestamp,
    ) -> Result<Resource> {
        let made = Resource { id: new_id(now), goal_id: goal.to_owned(), fields };
        bind(sqlx::query(include_str!("../sql/goal_resources.insert.sql")), workspace, &made)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(made)
    }

    pub async fn save_resource(&self, workspace: &str, resource: &Resource) -> Result<()> {
        let query = sqlx::query(include_str!("../sql/goal_resources.update.sql"));
        let done = bind(query, workspace, resource).execute(&self.pool).await?;
        found(&done, "resource")
    }

    pub async fn resources(&self, workspace: &str, goal: &str) -> Result<Vec<Resource>> {
        let rows = sqlx::query(include_str!("../sql/goal_resources.of_goal.sql"))
            .bind(workspace)
            .bind(goal)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Those of all goals of a workspace.
    pub async fn all_resources(&self, workspace: &str) -> Result<Vec<Resource>> {
        let rows = sqlx::query(include_str!("../sql/goal_resources.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    pub async fn delete_resource(&self, workspace: &str, goal: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/goal_resources.delete.sql"))
            .bind(workspace)
            .bind(goal)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "resource")
    }
}

type Bound<'q> = Query<'q, Any, AnyArguments>;

fn bind<'q>(query: Bound<'q>, workspace: &str, resource: &Resource) -> Bound<'q> {
    let fields = &resource.fields;
    query
        .bind(workspace.to_owned())
        .bind(resource.id.clone())
        .bind(resource.goal_id.clone())
        .bind(fields.kind.clone())
        .bind(fields.name.clone())
        .bind(fields.month.clone())
        .bind(fields.planned)
        .bind(fields.spent)
        .bind(fields.unit.clone())
}

fn read(row: &AnyRow) -> Result<Resource> {
    let columns = Columns(row);
    Ok(Resource {
        id: columns.text("id")?,
        goal_id: columns.text("goal_id")?,
        fields: ResourceFields {
            kind: columns.text("kind")?,
            name: columns.text("name")?,
            month: columns.maybe_text("month")?,
            planned: columns.float("planned")?,
            spent: columns.float("spent")?,
            unit: columns.text("unit")?,
        },
    })
}
