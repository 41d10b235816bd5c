//! What a goal is judged beside: the workspace's other goals, its objectives, its people.

use std::collections::HashMap;

use jiff::civil::Date;
use luotsi_marketing::goal::lint::budget;
use luotsi_store::goal::Goal;
use luotsi_store::objective::Objective;
use luotsi_store::resource::Resource;
use luotsi_store::{Store, StoreError};

use crate::shared::Shared;

/// A workspace as the linter needs it. Read it once for many goals.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    pub goals: Vec<Goal>,
    pub objectives: Vec<Objective>,
    /// Budget, people and tools of its goals.
    pub resources: Vec<Resource>,
    /// Names of members by user id.
    pub names: HashMap<String, String>,
    /// What was measured for one of them.
    pub shared: Shared,
}

impl Surroundings {
    /// Reads a workspace.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn read(store: &Store, workspace: &str) -> Result<Surroundings, StoreError> {
        let members = store.members(workspace).await?;
        Ok(Surroundings {
            goals: store.goals(workspace).await?,
            objectives: store.objectives(workspace).await?,
            resources: store.all_resources(workspace).await?,
            shared: Shared::default(),
            names: members.into_iter().map(|one| (one.user_id, one.name)).collect(),
        })
    }

    /// What is planned of a goal's budget.
    pub fn budget_of(&self, goal: &str) -> impl Iterator<Item = budget::Part> {
        let own = self.resources.iter().filter(move |one| one.goal_id == goal);
        own.map(|one| &one.fields).filter(|fields| fields.kind == "budget").map(|fields| {
            let month = fields.month.as_ref().and_then(|month| format!("{month}-01").parse().ok());
            budget::Part { month, planned: fields.planned }
        })
    }

    /// The objective (or KPI) with an id.
    pub fn objective(&self, id: &str) -> Option<&Objective> {
        self.objectives.iter().find(|one| one.id == id)
    }

    /// The metric that shows whether an objective was worth it: its own, or that of what it hangs on.
    pub fn outcome(&self, id: &str) -> Option<&str> {
        let mut at = self.objective(id);
        for _ in 0..12 {
            let found = at?;
            if let Some(metric) = &found.fields.outcome_metric {
                return Some(metric);
            }
            at = found.fields.parent_id.as_deref().and_then(|parent| self.objective(parent));
        }
        None
    }

    /// Goals that run on a day, of a person or of all.
    pub fn active(&self, owner: Option<&str>, today: Date) -> impl Iterator<Item = &Goal> {
        self.goals.iter().filter(move |goal| {
            goal.fields.plan.deadline >= today
                && owner.is_none_or(|owner| goal.fields.owner_id.as_deref() == Some(owner))
        })
    }
}
