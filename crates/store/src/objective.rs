//! Business objectives and KPIs: the tree on which goals hang.

use jiff::Timestamp;
use luotsi_marketing::objective::Kind;
use serde_json::Value;
use sqlx::Any;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;

use crate::error::found;
use crate::row::{Columns, unreadable};
use crate::{Result, Store, StoreError, new_id};

/// An objective or a KPI.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    pub id: String,
    pub workspace_id: String,
    pub fields: ObjectiveFields,
    pub created_at: Timestamp,
}

/// What may be written of an objective or KPI.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectiveFields {
    /// `Kind::Objective` or `Kind::Kpi`.
    pub kind: Kind,
    pub name: String,
    pub description: String,
    /// A user's id.
    pub owner_id: Option<String>,
    pub parent_id: Option<String>,
    /// How much it counts among its siblings, above zero.
    pub weight: f64,
    /// Order among its siblings.
    pub position: i64,
    /// What a KPI measures.
    pub metric: Option<String>,
    /// The query API's filters of a KPI.
    pub filters: Value,
    /// The metric that shows that an objective was worth it.
    pub outcome_metric: Option<String>,
}

impl ObjectiveFields {
    /// An objective at the top, of ordinary weight.
    pub fn named(name: &str) -> ObjectiveFields {
        ObjectiveFields {
            kind: Kind::Objective,
            name: name.to_owned(),
            description: String::new(),
            owner_id: None,
            parent_id: None,
            weight: 1.0,
            position: 0,
            metric: None,
            filters: Value::Array(Vec::new()),
            outcome_metric: None,
        }
    }
}

impl Store {
    /// Adds an objective or KPI. The caller has checked that owner and parent belong to the workspace.
    pub async fn create_objective(
        &self,
        workspace: &str,
        fields: ObjectiveFields,
        now: Timestamp,
    ) -> Result<Objective> {
        let objective = Objective {
            id: new_id(now),
            workspace_id: workspace.to_owned(),
            fields,
            created_at: now,
        };
        bind(sqlx::query(include_str!("../sql/objectives.insert.sql")), &objective, now)
            .execute(&self.pool)
            .await?;
        Ok(objective)
    }

    /// A workspace's objectives and KPIs, siblings in their order.
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
        let done = bind(sqlx::query(include_str!("../sql/objectives.update.sql")), objective, now)
            .execute(&self.pool)
            .await?;
        found(&done, "objective")
    }

    /// Removes an objective with its KPIs. The objectives and goals below move up to its parent.
    pub async fn delete_objective(&self, workspace: &str, id: &str, now: Timestamp) -> Result<()> {
        let all = self.objectives(workspace).await?;
        let Some(gone) = all.iter().find(|one| one.id == id) else {
            return Err(StoreError::NotFound("objective"));
        };
        let parent = gone.fields.parent_id.clone();
        let mut transaction = self.begin().await?;
        let below = |kind| {
            all.iter().filter(move |one| {
                one.fields.parent_id.as_deref() == Some(id) && one.fields.kind == kind
            })
        };
        let removed: Vec<&str> = below(Kind::Kpi).map(|one| one.id.as_str()).chain([id]).collect();
        for one in &removed {
            sqlx::query(include_str!("../sql/goals.move.sql"))
                .bind(workspace)
                .bind(*one)
                .bind(parent.clone())
                .execute(&mut *transaction)
                .await?;
        }
        for one in below(Kind::Objective) {
            let mut moved = one.clone();
            moved.fields.parent_id.clone_from(&parent);
            bind(sqlx::query(include_str!("../sql/objectives.update.sql")), &moved, now)
                .execute(&mut *transaction)
                .await?;
        }
        for one in &removed {
            sqlx::query(include_str!("../sql/objectives.delete.sql"))
                .bind(workspace)
                .bind(*one)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

type Bound<'q> = Query<'q, Any, AnyArguments>;

/// The parameters of writing an objective, in the order that insert and update share.
fn bind<'q>(query: Bound<'q>, objective: &Objective, now: Timestamp) -> Bound<'q> {
    let fields = &objective.fields;
    query
        .bind(objective.workspace_id.clone())
        .bind(objective.id.clone())
        .bind(fields.name.clone())
        .bind(fields.description.clone())
        .bind(fields.owner_id.clone())
        .bind(fields.parent_id.clone())
        .bind(fields.kind.as_str())
        .bind(fields.weight)
        .bind(fields.position)
        .bind(fields.metric.clone())
        .bind(fields.filters.to_string())
        .bind(fields.outcome_metric.clone())
        .bind(now.as_microsecond())
}

fn read(row: &AnyRow) -> Result<Objective> {
    let columns = Columns(row);
    let kind = match columns.text("kind")?.as_str() {
        "objective" => Kind::Objective,
        "kpi" => Kind::Kpi,
        other => return Err(unreadable("kind", format!("`{other}` is no objective or KPI"))),
    };
    Ok(Objective {
        id: columns.text("id")?,
        workspace_id: columns.text("workspace_id")?,
        fields: ObjectiveFields {
            kind,
            name: columns.text("name")?,
            description: columns.text("description")?,
            owner_id: columns.maybe_text("owner_id")?,
            parent_id: columns.maybe_text("parent_id")?,
            weight: columns.float("weight")?,
            position: columns.int("position")?,
            metric: columns.maybe_text("metric")?,
            filters: columns.json("filters")?,
            outcome_metric: columns.maybe_text("outcome_metric")?,
        },
        created_at: columns.time("created_at_us")?,
    })
}
