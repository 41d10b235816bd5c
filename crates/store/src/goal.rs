//! SMART goals as they are kept.

use jiff::Timestamp;
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::goal::{Baseline, Plan, Window, Words};
use luotsi_marketing::review::Rhythm;
use serde_json::{Value, json};
use sqlx::Any;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;

use crate::error::found;
use crate::row::{Columns, unreadable};
use crate::{Result, Store, StoreError, new_id};

/// A goal.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    pub id: String,
    pub workspace_id: String,
    pub fields: GoalFields,
    /// Grows with each write: a write of an old version is refused.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What may be written of a goal.
#[derive(Debug, Clone, PartialEq)]
pub struct GoalFields {
    pub name: String,
    pub site_id: String,
    /// A metric of the dictionary: a ready one or the workspace's own.
    pub metric: String,
    /// The query API's array of filters.
    pub filters: Value,
    pub plan: Plan,
    /// An ISO 4217 code, for metrics that are money.
    pub currency: Option<String>,
    /// What one of the metric is worth, in the site's currency.
    pub unit_value: Option<f64>,
    pub words: Words,
    /// Where the metric stood when it was set, as the person said, counted as the target is.
    pub stated_baseline: Option<f64>,
    /// How often it is reviewed.
    pub review_rhythm: Option<Rhythm>,
    /// A user's id.
    pub owner_id: Option<String>,
    /// The objective or KPI that it hangs on.
    pub objective_id: Option<String>,
}

impl Store {
    /// Keeps a new goal. The caller has checked that site, owner and objective are of the workspace.
    pub async fn create_goal(
        &self,
        workspace: &str,
        fields: GoalFields,
        now: Timestamp,
    ) -> Result<Goal> {
        let goal = Goal {
            id: new_id(now),
            workspace_id: workspace.to_owned(),
            fields,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        bind(sqlx::query(include_str!("../sql/goals.insert.sql")), &goal, now)
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
        let done = bind(sqlx::query(include_str!("../sql/goals.update.sql")), &goal, now)
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

    /// Removes a goal with everything that hangs on it.
    pub async fn delete_goal(&self, workspace: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/goals.delete.sql"))
            .bind(workspace)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "goal")
    }
}

type Bound<'q> = Query<'q, Any, AnyArguments>;

/// The parameters of writing a goal, in the order that insert and update share.
fn bind<'q>(query: Bound<'q>, goal: &Goal, now: Timestamp) -> Bound<'q> {
    let GoalFields { plan, .. } = &goal.fields;
    query
        .bind(goal.workspace_id.clone())
        .bind(goal.id.clone())
        .bind(goal.fields.site_id.clone())
        .bind(goal.fields.objective_id.clone())
        .bind(goal.fields.owner_id.clone())
        .bind(goal.fields.name.clone())
        .bind(goal.fields.metric.clone())
        .bind(goal.fields.filters.to_string())
        .bind(plan.counting.as_str())
        .bind(plan.counting.threshold())
        .bind(plan.counting.scale().unwrap_or(1.0))
        .bind(plan.better.as_str())
        .bind(plan.baseline.value)
        .bind(plan.baseline.from.to_string())
        .bind(plan.baseline.to.to_string())
        .bind(plan.baseline.days)
        .bind(plan.target_kind.as_str())
        .bind(plan.target_input)
        .bind(plan.target_value)
        .bind(plan.start.to_string())
        .bind(plan.deadline.to_string())
        .bind(write_words(&goal.fields.words))
        .bind(goal.fields.currency.clone())
        .bind(goal.fields.unit_value)
        .bind(goal.fields.review_rhythm.map(|rhythm| rhythm.to_string()))
        .bind(now.as_microsecond())
        .bind(goal.version)
        .bind(goal.fields.stated_baseline)
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

fn read_plan(columns: &Columns) -> Result<Plan> {
    let scale = columns.float("scale")?;
    let threshold = columns.maybe_float("threshold")?;
    let counting = Counting::parse(&columns.text("counting")?, threshold, scale)
        .map_err(|reason| unreadable("counting", reason))?;
    let (from, to) = (columns.date("baseline_from")?, columns.date("baseline_to")?);
    let days = match columns.int("baseline_days")? {
        -1 => Window { from, to }.days(),
        days => days,
    };
    Ok(Plan {
        counting,
        better: columns.parsed("better")?,
        baseline: Baseline { value: columns.float("baseline_value")?, from, to, days },
        target_kind: columns.parsed("target_kind")?,
        target_input: columns.float("target_input")?,
        target_value: columns.float("target_value")?,
        start: columns.date("start_date")?,
        deadline: columns.date("deadline")?,
    })
}

fn read(row: &AnyRow) -> Result<Goal> {
    let columns = Columns(row);
    let review_rhythm = columns.maybe_text("review_rhythm")?.map(|text| text.parse());
    Ok(Goal {
        id: columns.text("id")?,
        workspace_id: columns.text("workspace_id")?,
        fields: GoalFields {
            name: columns.text("name")?,
            site_id: columns.text("site_id")?,
            metric: columns.text("metric")?,
            filters: columns.json("filters")?,
            plan: read_plan(&columns)?,
            currency: columns.maybe_text("currency")?,
            unit_value: columns.maybe_float("unit_value")?,
            words: read_words(&columns.json("words")?),
            stated_baseline: columns.maybe_float("stated_baseline")?,
            review_rhythm: review_rhythm
                .transpose()
                .map_err(|reason| unreadable("review_rhythm", reason))?,
            owner_id: columns.maybe_text("owner_id")?,
            objective_id: columns.maybe_text("objective_id")?,
        },
        version: columns.int("version")?,
        created_at: columns.time("created_at_us")?,
        updated_at: columns.time("updated_at_us")?,
    })
}
