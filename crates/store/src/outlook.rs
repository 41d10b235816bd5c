//! What was forecast of goals: a row a day for ever, and the newest whole answer.

use jiff::Timestamp;
use jiff::civil::Date;
use luotsi_marketing::goal::Status;
use sqlx::any::AnyRow;

use crate::row::Columns;
use crate::{Result, Store};

/// A goal's forecast of one day.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptOutlook {
    pub goal_id: String,
    /// The site's day on which it was made, from the figures up to the day before.
    pub day: Date,
    /// The same for forecasts of the same question.
    pub rules: String,
    pub status: Status,
    pub probability: Option<f64>,
    pub expected: Option<f64>,
    /// 80 of 100 outcomes lie within.
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub so_far: Option<f64>,
    pub pace: Option<f64>,
    pub target: f64,
    pub days_left: i64,
}

/// A goal's newest answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoalState {
    pub goal_id: String,
    /// The site's day on which it was made.
    pub day: Date,
    pub rules: String,
    /// JSON for lists.
    pub summary: String,
    /// JSON for the goal's own page; empty where only the summary was read.
    pub state: String,
    pub computed_at: Timestamp,
}

impl Store {
    /// Keeps a forecast, in place of one of the same day. `false` when it is of a `version` of the goal that is
    /// not the newest any more: then nothing is kept.
    pub async fn keep_outlook(
        &self,
        workspace: &str,
        outlook: &KeptOutlook,
        version: i64,
    ) -> Result<bool> {
        let done = sqlx::query(include_str!("../sql/goal_outlooks.upsert.sql"))
            .bind(&outlook.goal_id)
            .bind(workspace)
            .bind(outlook.day.to_string())
            .bind(&outlook.rules)
            .bind(outlook.status.as_str())
            .bind(outlook.probability)
            .bind(outlook.expected)
            .bind(outlook.low)
            .bind(outlook.high)
            .bind(outlook.so_far)
            .bind(outlook.pace)
            .bind(outlook.target)
            .bind(outlook.days_left)
            .bind(version)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// A goal's forecasts, the oldest first.
    pub async fn outlooks(&self, workspace: &str, goal: &str) -> Result<Vec<KeptOutlook>> {
        let rows = sqlx::query(include_str!("../sql/goal_outlooks.of_goal.sql"))
            .bind(workspace)
            .bind(goal)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// The forecasts of goals that are over on a day, by goal, the oldest first.
    pub async fn outlooks_of_ended(
        &self,
        workspace: &str,
        today: Date,
    ) -> Result<Vec<KeptOutlook>> {
        let rows = sqlx::query(include_str!("../sql/goal_outlooks.of_ended.sql"))
            .bind(workspace)
            .bind(today.to_string())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Keeps a goal's newest answer. `false` when it is of a `version` of the goal that is not the newest any more:
    /// then nothing is kept.
    pub async fn keep_state(
        &self,
        workspace: &str,
        state: &GoalState,
        version: i64,
    ) -> Result<bool> {
        let done = sqlx::query(include_str!("../sql/goal_states.upsert.sql"))
            .bind(&state.goal_id)
            .bind(workspace)
            .bind(state.day.to_string())
            .bind(&state.rules)
            .bind(&state.summary)
            .bind(&state.state)
            .bind(state.computed_at.as_microsecond())
            .bind(version)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Writes more into an answer (`state.state`) that was read. `false` when a newer answer is kept by now.
    pub async fn add_to_state(&self, workspace: &str, state: &GoalState) -> Result<bool> {
        let done = sqlx::query(include_str!("../sql/goal_states.add_to.sql"))
            .bind(workspace)
            .bind(&state.goal_id)
            .bind(state.computed_at.as_microsecond())
            .bind(&state.state)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// A goal's newest answer; `None` before the first.
    pub async fn goal_state(&self, workspace: &str, goal: &str) -> Result<Option<GoalState>> {
        let row = sqlx::query(include_str!("../sql/goal_states.by_goal.sql"))
            .bind(workspace)
            .bind(goal)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| read_state(&row)).transpose()
    }

    /// The newest answers of a workspace's goals, without their `state`.
    pub async fn goal_summaries(&self, workspace: &str) -> Result<Vec<GoalState>> {
        let rows = sqlx::query(include_str!("../sql/goal_states.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read_state).collect()
    }
}

fn read(row: &AnyRow) -> Result<KeptOutlook> {
    let columns = Columns(row);
    Ok(KeptOutlook {
        goal_id: columns.text("goal_id")?,
        day: columns.date("day")?,
        rules: columns.text("rules")?,
        status: columns.parsed("status")?,
        probability: columns.maybe_float("probability")?,
        expected: columns.maybe_float("expected")?,
        low: columns.maybe_float("low")?,
        high: columns.maybe_float("high")?,
        so_far: columns.maybe_float("so_far")?,
        pace: columns.maybe_float("pace")?,
        target: columns.float("target")?,
        days_left: columns.int("days_left")?,
    })
}

fn read_state(row: &AnyRow) -> Result<GoalState> {
    let columns = Columns(row);
    Ok(GoalState {
        goal_id: columns.text("goal_id")?,
        day: columns.date("day")?,
        rules: columns.text("rules")?,
        summary: columns.text("summary")?,
        state: columns.text("state")?,
        computed_at: columns.time("computed_at_us")?,
    })
}
