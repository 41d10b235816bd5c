//! SMART goals as they are kept.

use jiff::Timestamp;
use luotsi_marketing::goal::{Baseline, Plan, Weights, Words};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

use crate::error::found;
use crate::row::{Columns, unreadable};
use crate::{Result, Store, StoreError, new_id};

#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    pub id: String,
    pub workspace_id: String,
    pub name: String,
    pub site_id: String,
    /// A metric of the query API.
    pub metric: String,
    /// The query API's array of filters.
    pub filters: Value,
    pub plan: Plan,
    /// An ISO 4217 code, for metrics that are money.
    pub currency: Option<String>,
    pub words: Words,
    /// A user's id.
    pub owner_id: Option<String>,
    pub objective_id: Option<String>,
    /// Grows with each write: a write of an old version is refused.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A goal to be kept, or what is to be written over one.
#[derive(Debug, Clone, PartialEq)]
pub struct GoalFields {
    pub name: String,
    pub site_id: String,
    pub metric: String,
    pub filters: Value,
    pub plan: Plan,
    pub currency: Option<String>,
    pub words: Words,
    pub owner_id: Option<String>,
    pub objective_id: Option<String>,
}

impl Goal {
    /// Replaces what may be written; id, version and times stay.
    #[must_use]
    pub fn with(self, fields: GoalFields) -> Goal {
        let GoalFields {
            name,
            site_id,
            metric,
            filters,
            plan,
            currency,
            words,
            owner_id,
            objective_id,
        } = fields;
        Goal {
            name,
            site_id,
            metric,
            filters,
            plan,
            currency,
            words,
            owner_id,
            objective_id,
            ..self
        }
    }
}

impl Store {
    /// Keeps a new goal. The caller has checked that site, owner and objective are of the workspace.
    pub async fn create_goal(
        &self,
        workspace: &str,
        fields: GoalFields,
        now: Timestamp,
    ) -> Result<Goal> {
        let GoalFields {
            name,
            site_id,
            metric,
            filters,
            plan,
            currency,
            words,
            owner_id,
            objective_id,
        } = fields;
        let goal = Goal {
            id: new_id(now),
            workspace_id: workspace.to_owned(),
            name,
            site_id,
            metric,
            filters,
            plan,
            currency,
            words,
            owner_id,
            objective_id,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        sqlx::query(include_str!("../sql/goals.insert.sql"))
            .bind(&goal.id)
            .bind(workspace)
            .bind(&goal.site_id)
            .bind(&goal.objective_id)
            .bind(&goal.owner_id)
            .bind(&goal.name)
            .bind(&goal.metric)
            .bind(goal.filters.to_string())
            .bind(goal.plan.kind.as_str())
            .bind(goal.plan.baseline.value)
            .bind(goal.plan.baseline.from.to_string())
            .bind(goal.plan.baseline.to.to_string())
            .bind(goal.plan.target_kind.as_str())
            .bind(goal.plan.target_input)
            .bind(goal.plan.target_value)
            .bind(goal.plan.start.to_string())
            .bind(goal.plan.deadline.to_string())
            .bind(json!(goal.plan.weights.0).to_string())
            .bind(write_words(&goal.words))
            .bind(&goal.currency)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(goal)
    }

    /// A workspace's goals, the nearest deadline first.
    pub async fn goals(&self, workspace: &str) -> Result<Vec<Goal>> {
        let rows = sqlx::query(include_str!("../sql/goals.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    pub async fn goal(&self, workspace: &str, id: &str) -> Result<Goal> {
        let row = sqlx::query(include_str!("../sql/goals.by_id.sql"))
            .bind(workspace)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| read(&row)).transpose()?.ok_or(StoreError::NotFound("goal"))
    }

    /// Writes a goal and returns it with its new version. `Stale` when someone wrote it since `goal` was read.
    pub async fn save_goal(&self, mut goal: Goal, now: Timestamp) -> Result<Goal> {
        let done = sqlx::query(include_str!("../sql/goals.update.sql"))
            .bind(&goal.workspace_id)
            .bind(&goal.id)
            .bind(&goal.site_id)
            .bind(&goal.objective_id)
            .bind(&goal.owner_id)
            .bind(&goal.name)
            .bind(&goal.metric)
            .bind(goal.filters.to_string())
            .bind(goal.plan.kind.as_str())
            .bind(goal.plan.baseline.value)
            .bind(goal.plan.baseline.from.to_string())
            .bind(goal.plan.baseline.to.to_string())
            .bind(goal.plan.target_kind.as_str())
            .bind(goal.plan.target_input)
            .bind(goal.plan.target_value)
            .bind(goal.plan.start.to_string())
            .bind(goal.plan.deadline.to_string())
            .bind(json!(goal.plan.weights.0).to_string())
            .bind(write_words(&goal.words))
            .bind(&goal.currency)
            .bind(now.as_microsecond())
            .bind(goal.version)
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 0 {
            self.goal(&goal.workspace_id, &goal.id).await?;
            return Err(StoreError::Stale("goal"));
        }
        goal.version += 1;
        goal.updated_at = now;
        Ok(goal)
    }

    pub async fn delete_goal(&self, workspace: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/goals.delete.sql"))
            .bind(workspace)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "goal")
    }
}

fn write_words(words: &Words) -> String {
    json!({
        "specific": words.specific,
        "measurable": words.measurable,
        "achievable": words.achievable,
        "relevant": words.relevant,
        "time_bound": words.time_bound,
    })
    .to_string()
}

fn read_words(words: &Value) -> Words {
    let word = |letter: &str| words[letter].as_str().unwrap_or_default().to_owned();
    Words {
        specific: word("specific"),
        measurable: word("measurable"),
        achievable: word("achievable"),
        relevant: word("relevant"),
        time_bound: word("time_bound"),
    }
}

fn read_weights(weights: &Value) -> Option<Weights> {
    let days: Option<Vec<f64>> = weights.as_array()?.iter().map(Value::as_f64).collect();
    days?.try_into().ok().map(Weights)
}

fn read(row: &AnyRow) -> Result<Goal> {
    let columns = Columns(row);
    Ok(Goal {
        id: columns.text("id")?,
        workspace_id: columns.text("workspace_id")?,
        name: columns.text("name")?,
        site_id: columns.text("site_id")?,
        metric: columns.text("metric")?,
        filters: columns.json("filters")?,
        plan: Plan {
            kind: columns.parsed("kind")?,
            baseline: Baseline {
                value: columns.float("baseline_value")?,
                from: columns.date("baseline_from")?,
                to: columns.date("baseline_to")?,
            },
            target_kind: columns.parsed("target_kind")?,
            target_input: columns.float("target_input")?,
            target_value: columns.float("target_value")?,
            start: columns.date("start_date")?,
            deadline: columns.date("deadline")?,
            weights: read_weights(&columns.json("weekday_weights")?)
                .ok_or_else(|| unreadable("weekday_weights", "not seven numbers"))?,
        },
        currency: columns.maybe_text("currency")?,
        words: read_words(&columns.json("words")?),
        owner_id: columns.maybe_text("owner_id")?,
        objective_id: columns.maybe_text("objective_id")?,
        version: columns.int("version")?,
        created_at: columns.time("created_at_us")?,
        updated_at: columns.time("updated_at_us")?,
    })
}
