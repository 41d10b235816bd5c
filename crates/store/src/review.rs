//! Reviews of goals: what changed, what was decided, what comes next.

use jiff::Timestamp;
use jiff::civil::Date;
use luotsi_marketing::phrase::Phrase;
use luotsi_marketing::review::{Assessment, Snapshot};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

use crate::error::found;
use crate::row::Columns;
use crate::{Result, Store, new_id};

/// A review that was held.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    pub id: String,
    pub goal_id: String,
    /// `weekly`, `monthly`, …, or empty for one beside the rhythm.
    pub rhythm: String,
    pub day: Date,
    /// What had changed, as it was told then.
    pub changes: Vec<Phrase>,
    /// The goal on that day.
    pub snapshot: Snapshot,
    pub notes: ReviewNotes,
    /// An e-mail address, or a token's name.
    pub by: String,
}

/// What people noted in a review.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReviewNotes {
    pub learned: String,
    pub decisions: Vec<Decision>,
    pub next_steps: Vec<NextStep>,
    pub ratings: Option<Assessment>,
}

/// Something that was decided, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub text: String,
    pub decided_on: Date,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    pub text: String,
    pub done: bool,
}

/// A review to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewReview {
    pub rhythm: String,
    pub day: Date,
    pub changes: Vec<Phrase>,
    pub snapshot: Snapshot,
    pub notes: ReviewNotes,
    pub by: String,
}

impl Store {
    /// Adds a review. The caller has read the goal.
    pub async fn create_review(
        &self,
        workspace: &str,
        goal: &str,
        new: NewReview,
        now: Timestamp,
    ) -> Result<Review> {
        let NewReview { rhythm, day, changes, snapshot, notes, by } = new;
        let id = new_id(now);
        let told: Vec<Value> = changes.iter().map(Phrase::to_json).collect();
        sqlx::query(include_str!("../sql/goal_reviews.insert.sql"))
            .bind(workspace)
            .bind(&id)
            .bind(goal)
            .bind(&rhythm)
            .bind(day.to_string())
            .bind(Value::Array(told).to_string())
            .bind(&notes.learned)
            .bind(decisions(&notes))
            .bind(next_steps(&notes))
            .bind(ratings(&notes))
            .bind(write_snapshot(&snapshot))
            .bind(&by)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(Review { id, goal_id: goal.to_owned(), rhythm, day, changes, snapshot, notes, by })
    }

    /// Writes what people noted; what had changed stays as it was told.
    pub async fn save_review(&self, workspace: &str, review: &Review) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/goal_reviews.update.sql"))
            .bind(workspace)
            .bind(&review.id)
            .bind(&review.goal_id)
            .bind(&review.notes.learned)
            .bind(decisions(&review.notes))
            .bind(next_steps(&review.notes))
            .bind(ratings(&review.notes))
            .execute(&self.pool)
            .await?;
        found(&done, "review")
    }

    /// A goal's reviews, the newest first.
    pub async fn reviews(&self, workspace: &str, goal: &str) -> Result<Vec<Review>> {
        let rows = sqlx::query(include_str!("../sql/goal_reviews.of_goal.sql"))
            .bind(workspace)
            .bind(goal)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    pub async fn delete_review(&self, workspace: &str, goal: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/goal_reviews.delete.sql"))
            .bind(workspace)
            .bind(goal)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "review")
    }
}

fn decisions(notes: &ReviewNotes) -> String {
    let list: Vec<Value> = notes
        .decisions
        .iter()
        .map(|one| json!({"text": one.text, "decided_on": one.decided_on.to_string()}))
        .collect();
    Value::Array(list).to_string()
}

fn next_steps(notes: &ReviewNotes) -> String {
    let list: Vec<Value> =
        notes.next_steps.iter().map(|one| json!({"text": one.text, "done": one.done})).collect();
    Value::Array(list).to_string()
}

fn ratings(notes: &ReviewNotes) -> Option<String> {
    notes.ratings.map(|ratings| json!(ratings.ratings()).to_string())
}

fn write_snapshot(snapshot: &Snapshot) -> String {
    json!({
        "day": snapshot.day.to_string(),
        "probability": snapshot.probability,
        "value": snapshot.value,
        "milestones_reached": snapshot.milestones_reached,
        "milestones_missed": snapshot.milestones_missed,
        "work_finished": snapshot.work_finished,
        "work_open": snapshot.work_open,
        "alerts": snapshot.alerts,
    })
    .to_string()
}

fn read(row: &AnyRow) -> Result<Review> {
    let columns = Columns(row);
    let day = columns.date("day")?;
    let kept = columns.json("snapshot")?;
    let count = |name: &str| {
        kept[name].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
    };
    let snapshot = Snapshot {
        day,
        probability: kept["probability"].as_f64(),
        value: kept["value"].as_f64(),
        milestones_reached: count("milestones_reached"),
        milestones_missed: count("milestones_missed"),
        work_finished: count("work_finished"),
        work_open: count("work_open"),
        alerts: count("alerts"),
    };
    let list = |value: Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let ratings = columns
        .maybe_text("ratings")?
        .and_then(|kept| Assessment::new(serde_json::from_str::<[u8; 4]>(&kept).ok()?).ok());
    Ok(Review {
        id: columns.text("id")?,
        goal_id: columns.text("goal_id")?,
        rhythm: columns.text("rhythm")?,
        day,
        changes: list(columns.json("changes")?).iter().filter_map(Phrase::from_json).collect(),
        snapshot,
        notes: ReviewNotes {
            learned: columns.text("learned")?,
            decisions: list(columns.json("decisions")?)
                .iter()
                .map(|one| Decision {
                    text: text(one, "text"),
                    decided_on: text(one, "decided_on").parse().unwrap_or(day),
                })
                .collect(),
            next_steps: list(columns.json("next_steps")?)
                .iter()
                .map(|one| NextStep {
                    text: text(one, "text"),
                    done: one["done"].as_bool().unwrap_or_default(),
                })
                .collect(),
            ratings,
        },
        by: columns.text("noted_by")?,
    })
}
