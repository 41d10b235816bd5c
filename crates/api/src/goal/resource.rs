//! What a goal takes: budget, people and tools.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use luotsi_store::StoreError;
use luotsi_store::goal::Goal;
use luotsi_store::resource::{KINDS, Resource, ResourceFields};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::draft::date;
use super::word::{ResourceKind, word};
use crate::auth::Editor;
use crate::body::{Body, Change};
use crate::error::{ApiError, Fields};
use crate::problem::Problem;
use crate::state::App;
use crate::user::LONGEST_NAME;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_resource))
        .routes(routes!(change_resource, delete_resource))
}

/// A resource: what is not given when it is changed stays.
#[derive(Deserialize, ToSchema)]
struct ResourceDraft {
    /// `budget`, `people` or `tools`.
    kind: Option<String>,
    name: Option<String>,
    /// `2026-04`, for what is of one month.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    month: Change<String>,
    planned: Option<f64>,
    spent: Option<f64>,
    /// `EUR`, `h`, …
    unit: Option<String>,
}

/// The kind whose months the goal is judged by.
const BUDGET: &str = KINDS[0];

/// Judges a goal anew after something of a kind was planned: how long a budget lasts is one of its verdicts.
async fn judge_budget(app: &App, goal: &Goal, kind: &str) -> Result<(), ApiError> {
    if kind == BUDGET {
        super::compute(app, goal).await?;
    }
    Ok(())
}

/// What a goal takes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResourceBody {
    id: String,
    kind: ResourceKind,
    name: String,
    /// `2026-04`, for what is of one month.
    #[schema(required)]
    month: Option<String>,
    /// In its own unit, 0 or more.
    planned: f64,
    spent: f64,
    /// `EUR`, `h`, …
    unit: String,
}

impl From<&Resource> for ResourceBody {
    fn from(one: &Resource) -> Self {
        let fields = &one.fields;
        Self {
            id: one.id.clone(),
            kind: word(&fields.kind).unwrap_or(ResourceKind::Budget),
            name: fields.name.clone(),
            month: fields.month.clone(),
            planned: fields.planned,
            spent: fields.spent,
            unit: fields.unit.clone(),
        }
    }
}

/// What is planned and spent of a kind, in one unit.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct ResourceTotal {
    kind: ResourceKind,
    unit: String,
    planned: f64,
    spent: f64,
}

/// What is planned and spent of each kind, in each of its units.
pub(super) fn totals(all: &[Resource]) -> Vec<ResourceTotal> {
    let mut found: Vec<(&str, &str, f64, f64)> = Vec::new();
    for ResourceFields { kind, unit, planned, spent, .. } in all.iter().map(|one| &one.fields) {
        let (kind, unit) = (kind.as_str(), unit.as_str());
        match found.iter_mut().find(|total| total.0 == kind && total.1 == unit) {
            Some(total) => (total.2, total.3) = (total.2 + planned, total.3 + spent),
            None => found.push((kind, unit, *planned, *spent)),
        }
    }
    let kinds = KINDS.iter().flat_map(|kind| found.iter().filter(move |total| total.0 == *kind));
    kinds
        .filter_map(|(kind, unit, planned, spent)| {
            let (planned, spent) = (*planned, *spent);
            Some(ResourceTotal { kind: word(kind)?, unit: (*unit).to_owned(), planned, spent })
        })
        .collect()
}

impl ResourceDraft {
    fn over(self, before: Option<&ResourceFields>) -> Result<ResourceFields, ApiError> {
        let mut fields = Fields::default();
        let or = |given: Option<String>, old: Option<String>| given.or(old).unwrap_or_default();
        let kind = or(self.kind, before.map(|one| one.kind.clone()));
        if !KINDS.contains(&kind.as_str()) {
            fields.refuse("kind", "unknown_kind", format!("one of: {}", KINDS.join(", ")));
        }
        let name =
            fields.text("name", &or(self.name, before.map(|one| one.name.clone())), LONGEST_NAME);
        let month = self.month.over(|| before?.month.clone());
        if month.as_ref().is_some_and(|month| date(&format!("{month}-01")).is_err()) {
            fields.refuse("month", "invalid_month", "this is not a month as 2026-04");
        }
        let planned = self.planned.or(before.map(|one| one.planned)).unwrap_or_default();
        let spent = self.spent.or(before.map(|one| one.spent)).unwrap_or_default();
        for (field, value) in [("planned", planned), ("spent", spent)] {
            if !value.is_finite() || value < 0.0 {
                fields.refuse(field, "negative", "a number, 0 or more");
            }
        }
        let unit = or(self.unit, before.map(|one| one.unit.clone()));
        let unit = fields.optional_text("unit", &unit, 20);
        fields.finish()?;
        Ok(ResourceFields { kind, name, month, planned, spent, unit })
    }
}

/// Adds budget, people or a tool to a goal.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/goals/{id}/resources", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path)), request_body = ResourceDraft,
    responses((status = 201, body = ResourceBody), (status = 422, body = Problem))
)]
async fn create_resource(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(draft): Body<ResourceDraft>,
) -> Result<(StatusCode, Json<ResourceBody>), ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    let fields = draft.over(None)?;
    let made = app.store().create_resource(&editor.workspace, &goal.id, fields, app.now()).await?;
    editor.note(&app, "goal.resource_added", &made.fields.name, json!({"id": made.id})).await?;
    judge_budget(&app, &goal, &made.fields.kind).await?;
    Ok((StatusCode::CREATED, Json(ResourceBody::from(&made))))
}

/// Changes a resource of a goal.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/goals/{id}/resources/{x}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path), ("x" = String, Path)), request_body = ResourceDraft,
    responses((status = 200, body = ResourceBody), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn change_resource(
    State(app): State<App>,
    editor: Editor,
    Path((_, id, x)): Path<(String, String, String)>,
    Body(draft): Body<ResourceDraft>,
) -> Result<Json<ResourceBody>, ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    let all = app.store().resources(&editor.workspace, &id).await?;
    let mut one =
        all.into_iter().find(|one| one.id == x).ok_or(StoreError::NotFound("resource"))?;
    let before = one.fields.kind.clone();
    one.fields = draft.over(Some(&one.fields))?;
    app.store().save_resource(&editor.workspace, &one).await?;
    editor.note(&app, "goal.resource_changed", &one.fields.name, json!({"id": x})).await?;
    let kind = if before == BUDGET { &before } else { &one.fields.kind };
    judge_budget(&app, &goal, kind).await?;
    Ok(Json(ResourceBody::from(&one)))
}

/// Removes a resource of a goal.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/goals/{id}/resources/{x}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path), ("x" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn delete_resource(
    State(app): State<App>,
    editor: Editor,
    Path((_, id, x)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    app.store().delete_resource(&editor.workspace, &id, &x).await?;
    editor.note(&app, "goal.resource_removed", &id, json!({"id": x})).await?;
    judge_budget(&app, &goal, BUDGET).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_of_each_kind_and_unit() {
        let resource = |kind: &str, unit: &str, planned, spent| Resource {
            id: String::new(),
            goal_id: String::new(),
            fields: ResourceFields {
                kind: kind.to_owned(),
                name: String::new(),
                month: None,
                planned,
                spent,
                unit: unit.to_owned(),
            },
        };
        let all = [
            resource("people", "h", 40.0, 12.0),
            resource("budget", "EUR", 500.0, 100.0),
            resource("budget", "SEK", 90.0, 0.0),
            resource("budget", "EUR", 250.0, 30.0),
        ];
        assert_eq!(
            json!(totals(&all)),
            json!([
                json!({"kind": "budget", "unit": "EUR", "planned": 750.0, "spent": 130.0}),
                json!({"kind": "budget", "unit": "SEK", "planned": 90.0, "spent": 0.0}),
                json!({"kind": "people", "unit": "h", "planned": 40.0, "spent": 12.0}),
            ])
        );
        assert!(totals(&[]).is_empty());
    }
}
