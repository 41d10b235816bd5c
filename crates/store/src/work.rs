//! Work on goals: campaigns, experiments, content, posts, tasks.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::Any;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;

use crate::error::found;
use crate::row::Columns;
use crate::{Result, Store, new_id};

/// What work may be.
pub const KINDS: [&str; 5] = ["campaign", "experiment", "content", "post", "task"];

/// A piece of work on a goal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    pub id: String,
    pub goal_id: String,
    pub fields: WorkFields,
}

/// What may be written of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkFields {
    /// One of `KINDS`.
    pub kind: String,
    pub name: String,
    /// First and last day.
    pub start: Date,
    pub end: Date,
    pub done_on: Option<Date>,
    /// A user's id.
    pub owner_id: Option<String>,
    /// Where it is; may be empty.
    pub url: String,
    pub note: String,
}

impl Store {
    /// Adds work on a goal. The caller has read the goal and checked the owner.
    pub async fn create_work(
        &self,
        workspace: &str,
        goal: &str,
        fields: WorkFields,
        now: Timestamp,
    ) -> Result<Work> {
        let work = Work { id: new_id(now), goal_id: goal.to_owned(), fields };
        bind(sqlx::query(include_str!("../sql/work_items.insert.sql")), workspace, &work)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(work)
    }

    pub async fn save_work(&self, workspace: &str, work: &Work) -> Result<()> {
        let done = bind(sqlx::query(include_str!("../sql/work_items.update.sql")), workspace, work)
            .execute(&self.pool)
            .await?;
        found(&done, "work")
    }

    /// Work on a goal, the earliest first.
    pub async fn work(&self, workspace: &str, goal: &str) -> Result<Vec<Work>> {
        let rows = sqlx::query(include_str!("../sql/work_items.of_goal.sql"))
            .bind(workspace)
            .bind(goal)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Work on all goals of a workspace, the earliest first.
    pub async fn all_work(&self, workspace: &str) -> Result<Vec<Work>> {
        let rows = sqlx::query(include_str!("../sql/work_items.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    pub async fn delete_work(&self, workspace: &str, goal: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/work_items.delete.sql"))
            .bind(workspace)
            .bind(goal)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "work")
    }
}

type Bound<'q> = Query<'q, Any, AnyArguments>;

fn bind<'q>(query: Bound<'q>, workspace: &str, work: &Work) -> Bound<'q> {
    let fields = &work.fields;
    query
        .bind(workspace.to_owned())
        .bind(work.id.clone())
        .bind(work.goal_id.clone())
        .bind(fields.kind.clone())
        .bind(fields.name.clone())
        .bind(fields.start.to_string())
        .bind(fields.end.to_string())
        .bind(fields.done_on.map(|day| day.to_string()))
        .bind(fields.owner_id.clone())
        .bind(fields.url.clone())
        .bind(fields.note.clone())
}

fn read(row: &AnyRow) -> Result<Work> {
    let columns = Columns(row);
    Ok(Work {
        id: columns.text("id")?,
        goal_id: columns.text("goal_id")?,
        fields: WorkFields {
            kind: columns.text("kind")?,
            name: columns.text("name")?,
            start: columns.date("start_date")?,
            end: columns.date("end_date")?,
            done_on: columns.maybe_date("done_on")?,
            owner_id: columns.maybe_text("owner_id")?,
            url: columns.text("url")?,
            note: columns.text("note")?,
        },
    })
}
