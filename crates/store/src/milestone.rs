//! Milestones of goals.

use jiff::Timestamp;
use luotsi_marketing::goal::milestone::Milestone as Rule;
use sqlx::any::AnyRow;

use crate::error::found;
use crate::row::Columns;
use crate::{Result, Store, new_id};

/// A milestone as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Milestone {
    pub id: String,
    pub goal_id: String,
    pub rule: Rule,
    /// Cut from the goal's path, not set by hand.
    pub by_season: bool,
}

impl Milestone {
    fn cut(&self) -> &'static str {
        if self.by_season { "season" } else { "hand" }
    }
}

impl Store {
    /// Adds a milestone. The caller has read the goal.
    pub async fn create_milestone(
        &self,
        workspace: &str,
        goal: &str,
        (rule, by_season): (Rule, bool),
        now: Timestamp,
    ) -> Result<Milestone> {
        let made = Milestone { id: new_id(now), goal_id: goal.to_owned(), rule, by_season };
        sqlx::query(include_str!("../sql/milestones.insert.sql"))
            .bind(workspace)
            .bind(&made.id)
            .bind(goal)
            .bind(&made.rule.name)
            .bind(made.rule.due.to_string())
            .bind(made.rule.value)
            .bind(made.cut())
            .bind(made.rule.met_on.map(|day| day.to_string()))
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(made)
    }

    pub async fn save_milestone(&self, workspace: &str, milestone: &Milestone) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/milestones.update.sql"))
            .bind(workspace)
            .bind(&milestone.id)
            .bind(&milestone.goal_id)
            .bind(&milestone.rule.name)
            .bind(milestone.rule.due.to_string())
            .bind(milestone.rule.value)
            .bind(milestone.cut())
            .bind(milestone.rule.met_on.map(|day| day.to_string()))
            .execute(&self.pool)
            .await?;
        found(&done, "milestone")
    }

    /// A goal's milestones in order of time.
    pub async fn milestones(&self, workspace: &str, goal: &str) -> Result<Vec<Milestone>> {
        let rows = sqlx::query(include_str!("../sql/milestones.of_goal.sql"))
            .bind(workspace)
            .bind(goal)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// The milestones of all goals of a workspace, in order of time.
    pub async fn all_milestones(&self, workspace: &str) -> Result<Vec<Milestone>> {
        let rows = sqlx::query(include_str!("../sql/milestones.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    pub async fn delete_milestone(&self, workspace: &str, goal: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/milestones.delete.sql"))
            .bind(workspace)
            .bind(goal)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "milestone")
    }

    /// Removes the milestones that were cut and that nobody marked as met.
    pub async fn delete_cut_milestones(&self, workspace: &str, goal: &str) -> Result<()> {
        sqlx::query(include_str!("../sql/milestones.delete_cut.sql"))
            .bind(workspace)
            .bind(goal)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<Milestone> {
    let columns = Columns(row);
    Ok(Milestone {
        id: columns.text("id")?,
        goal_id: columns.text("goal_id")?,
        rule: Rule {
            name: columns.text("name")?,
            due: columns.date("due")?,
            value: columns.maybe_float("value")?,
            met_on: columns.maybe_date("met_on")?,
        },
        by_season: columns.text("cut")? == "season",
    })
}
