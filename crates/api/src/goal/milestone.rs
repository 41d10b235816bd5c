//! Milestones of a goal, by hand or cut from its path.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use luotsi_marketing::goal::milestone::{self, Cut, Milestone as Rule, State as Standing};
use luotsi_marketing::phrase::Phrase;
use luotsi_store::StoreError;
use luotsi_store::milestone::Milestone;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::draft::date;
use crate::auth::Editor;
use crate::body::{Body, Change};
use crate::error::{ApiError, Fields};
use crate::problem::Problem;
use crate::state::App;
use crate::user::LONGEST_NAME;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_milestone))
        .routes(routes!(cut))
        .routes(routes!(change_milestone, delete_milestone))
}

/// Most milestones of a goal.
const MOST: usize = 100;

/// A milestone.
#[derive(Deserialize, ToSchema)]
struct NewMilestone {
    name: String,
    /// Last day that counts.
    date: String,
    /// What the goal's number should be by then; null for one that is met by work alone.
    value: Option<f64>,
}

/// What is not given stays.
#[derive(Deserialize, ToSchema)]
struct MilestoneChanges {
    name: Option<String>,
    date: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    value: Change<f64>,
    /// The day on which a person marked it as met.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    met_on: Change<String>,
}

/// How a goal's time is cut.
#[derive(Deserialize, ToSchema)]
struct NewCut {
    /// `monthly`, `equal_gain` or `equal_time`.
    how: String,
    /// Stretches, 2 to 20, for the latter two.
    parts: Option<usize>,
}

pub(super) fn body(one: &Milestone, state: Standing) -> Value {
    json!({
        "id": one.id, "name": one.rule.name, "date": one.rule.due.to_string(),
        "value": one.rule.value, "state": state.as_str(),
        "cut": if one.by_season { "season" } else { "hand" },
        "met_on": one.rule.met_on.map(|day| day.to_string()),
    })
}

fn check(
    name: &str,
    due: &str,
    value: Option<f64>,
) -> Result<(String, jiff::civil::Date), ApiError> {
    let mut fields = Fields::default();
    let name = fields.text("name", name, LONGEST_NAME);
    let due = fields.take("date", "invalid_date", date(due));
    if value.is_some_and(|value| !value.is_finite()) {
        fields.refuse("value", "not_a_number", "a number, or null");
    }
    fields.finish()?;
    due.map(|due| (name, due)).ok_or_else(|| ApiError::field("date", "invalid_date", "a date"))
}

/// Adds a milestone; answers the goal.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/goals/{id}/milestones", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path)), request_body = NewMilestone,
    responses((status = 201, body = Value), (status = 422, body = Problem))
)]
async fn create_milestone(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(new): Body<NewMilestone>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    let (name, due) = check(&new.name, &new.date, new.value)?;
    if app.store().milestones(&editor.workspace, &id).await?.len() >= MOST {
        return Err(ApiError::field("body", "too_many", format!("at most {MOST} milestones")));
    }
    let rule = Rule { name, due, value: new.value, met_on: None };
    app.store().create_milestone(&editor.workspace, &id, (rule, false), app.now()).await?;
    editor.note(&app, "goal.milestone_added", &goal.fields.name, json!({"id": id})).await?;
    Ok((StatusCode::CREATED, Json(super::body::detail(&app, &goal, editor.locale()).await?)))
}

/// Cuts the goal's expected path into milestones, in place of those that were cut before; answers the goal.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/goals/{id}/milestones/cut", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path)), request_body = NewCut,
    responses((status = 201, body = Value), (status = 422, body = Problem))
)]
async fn cut(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(new): Body<NewCut>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    let parts = new.parts.unwrap_or(4);
    if !(2..=20).contains(&parts) {
        return Err(ApiError::field("parts", "out_of_range", "2 to 20 stretches"));
    }
    let how = match new.how.as_str() {
        "monthly" => Cut::Monthly,
        "equal_gain" => Cut::EqualGain(parts),
        "equal_time" => Cut::EqualTime(parts),
        other => {
            let text = format!("`{other}` is none of: monthly, equal_gain, equal_time");
            return Err(ApiError::field("how", "unknown_cut", text));
        }
    };
    let locale = editor.locale();
    let detail = super::body::detail(&app, &goal, locale).await?;
    let path: Vec<_> = detail["path"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|point| {
            Some((point["date"].as_str()?.parse().ok()?, point["expected"].as_f64()?))
        })
        .collect();
    let points =
        milestone::cut(&path, how).map_err(|error| ApiError::field("how", "flat_path", error))?;
    app.store().delete_cut_milestones(&editor.workspace, &id).await?;
    for (due, value) in points {
        let name = Phrase::new("milestone_month").day("day", due).text(locale);
        let rule = Rule { name, due, value: Some(value), met_on: None };
        app.store().create_milestone(&editor.workspace, &id, (rule, true), app.now()).await?;
    }
    editor.note(&app, "goal.milestones_cut", &goal.fields.name, json!({"id": id})).await?;
    Ok((StatusCode::CREATED, Json(super::body::detail(&app, &goal, locale).await?)))
}

/// Changes a milestone; answers the goal.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/goals/{id}/milestones/{m}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path), ("m" = String, Path)),
    request_body = MilestoneChanges,
    responses((status = 200, body = Value), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn change_milestone(
    State(app): State<App>,
    editor: Editor,
    Path((_, id, m)): Path<(String, String, String)>,
    Body(changes): Body<MilestoneChanges>,
) -> Result<Json<Value>, ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    let all = app.store().milestones(&editor.workspace, &id).await?;
    let mut one =
        all.into_iter().find(|one| one.id == m).ok_or(StoreError::NotFound("milestone"))?;
    let value = changes.value.over(|| one.rule.value);
    let due = changes.date.unwrap_or_else(|| one.rule.due.to_string());
    let (name, due) = check(changes.name.as_deref().unwrap_or(&one.rule.name), &due, value)?;
    let met_on = match changes.met_on {
        Change::Keep => one.rule.met_on,
        Change::Set(None) => None,
        Change::Set(Some(day)) => {
            Some(date(&day).map_err(|error| ApiError::field("met_on", "invalid_date", error))?)
        }
    };
    one.rule = Rule { name, due, value, met_on };
    app.store().save_milestone(&editor.workspace, &one).await?;
    super::body::detail(&app, &goal, editor.locale()).await.map(Json)
}

/// Removes a milestone.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/goals/{id}/milestones/{m}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path), ("m" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn delete_milestone(
    State(app): State<App>,
    editor: Editor,
    Path((_, id, m)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    app.store().delete_milestone(&editor.workspace, &id, &m).await?;
    editor.note(&app, "goal.milestone_removed", &id, json!({"id": m})).await?;
    Ok(StatusCode::NO_CONTENT)
}
