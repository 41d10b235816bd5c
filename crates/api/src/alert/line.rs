//! Lines that figures should not cross, and how a goal is watched.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use luotsi_goals::measure::Resolved;
use luotsi_goals::run::writing;
use luotsi_goals::watch::figure_names;
use luotsi_marketing::alert::Line;
use luotsi_marketing::goal::Locale;
use luotsi_store::alert::{AlertLine, NewAlertLine};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Subjects;
use crate::auth::{Editor, Viewer};
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::problem::Problem;
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(lines, add_line))
        .routes(routes!(delete_line))
        .routes(routes!(goal_watch, change_goal_watch))
}

const MOST_LINES: usize = 100;

#[derive(Serialize, ToSchema)]
struct LineBody {
    id: String,
    site_id: String,
    /// A metric's key.
    metric: String,
    /// What the figures are called, with what narrows them.
    name: String,
    filters: Value,
    /// `below` or `above`.
    side: &'static str,
    /// In the metric's unit.
    value: f64,
    /// The value as the asker's language writes it.
    value_text: String,
    created_by: String,
    created_at: String,
}

impl LineBody {
    /// `metric` is `None` where the figures cannot be measured any more.
    fn new(line: AlertLine, metric: Option<&Resolved>, locale: Locale) -> Self {
        let AlertLine { id, created_by, created_at, line } = line;
        let (side, value) = match line.line {
            Line::Below(value) => ("below", value),
            Line::Above(value) => ("above", value),
        };
        let NewAlertLine { site_id, metric: key, filters, .. } = line;
        let list = filters.as_array().cloned().unwrap_or_default();
        let name = metric.map(|metric| figure_names(metric, &list)[locale as usize].clone());
        let value_text = metric.map(|metric| writing(metric).exact(value).text(locale));
        Self {
            id,
            site_id,
            name: name.unwrap_or_else(|| key.clone()),
            metric: key,
            filters,
            side,
            value,
            value_text: value_text.unwrap_or_else(|| value.to_string()),
            created_by,
            created_at: created_at.to_string(),
        }
    }
}

/// Lines with what their figures are called.
async fn bodies<'a>(
    app: &App,
    workspace: &str,
    lines: impl Iterator<Item = &'a AlertLine>,
    locale: Locale,
) -> Result<Vec<LineBody>, ApiError> {
    let measuring = app.measuring();
    let mut sites = HashMap::new();
    for site in app.store().sites(workspace).await? {
        if let Ok(context) = measuring.site(&site).await {
            sites.insert(site.id, context);
        }
    }
    let mut bodies = Vec::new();
    for line in lines {
        let filters = line.line.filters.as_array().cloned().unwrap_or_default();
        let metric = match sites.get(&line.line.site_id) {
            Some(site) => measuring.resolve(site, &line.line.metric, &filters).await.ok(),
            None => None,
        };
        bodies.push(LineBody::new(line.clone(), metric.as_ref(), locale));
    }
    Ok(bodies)
}

#[derive(Serialize, ToSchema)]
struct Lines {
    items: Vec<LineBody>,
}

#[derive(Deserialize, ToSchema)]
struct NewLine {
    site_id: String,
    /// A metric's key.
    metric: String,
    /// The query API's filters.
    #[serde(default)]
    filters: Vec<Value>,
    /// `below` or `above`.
    side: String,
    /// In the metric's unit.
    value: f64,
}

/// Lines that metrics should not cross.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/alert-lines", tag = "alerts", params(("w" = String, Path)),
    responses((status = 200, body = Lines))
)]
async fn lines(State(app): State<App>, viewer: Viewer) -> Result<Json<Lines>, ApiError> {
    let found = app.store().alert_lines(&viewer.workspace).await?;
    let items = bodies(&app, &viewer.workspace, found.iter(), viewer.locale()).await?;
    Ok(Json(Lines { items }))
}

/// Adds a line. The metric and its filters have to mean something on the site.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/alert-lines", tag = "alerts", params(("w" = String, Path)),
    request_body = NewLine,
    responses((status = 201, body = LineBody), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn add_line(
    State(app): State<App>,
    editor: Editor,
    Body(new): Body<NewLine>,
) -> Result<(StatusCode, Json<LineBody>), ApiError> {
    let mut fields = Fields::default();
    let line = match new.side.as_str() {
        "below" => Some(Line::Below(new.value)),
        "above" => Some(Line::Above(new.value)),
        _ => {
            fields.refuse("side", "unknown_side", "below or above");
            None
        }
    };
    let metric = fields.text("metric", &new.metric, 100);
    if !new.value.is_finite() {
        fields.refuse("value", "not_a_number", "give a number");
    }
    if app.store().alert_lines(&editor.workspace).await?.len() >= MOST_LINES {
        fields.refuse("value", "too_many", format!("a workspace has at most {MOST_LINES} lines"));
    }
    fields.finish()?;
    let Some(line) = line else { return Err(ApiError::NoSuchPath) };
    let measuring = app.measuring();
    let site = app.store().site(&editor.workspace, &new.site_id).await?;
    let site = measuring.site(&site).await?;
    let resolved = measuring.resolve(&site, &metric, &new.filters).await?;
    let filters = Value::Array(new.filters);
    let line = NewAlertLine { site_id: new.site_id, metric, filters, line };
    let added =
        app.store().add_alert_line(&editor.workspace, line, &editor.name(), app.now()).await?;
    editor.note(&app, "alert_line.added", &added.line.metric, json!({"id": added.id})).await?;
    let body = LineBody::new(added, Some(&resolved), editor.locale());
    Ok((StatusCode::CREATED, Json(body)))
}

/// Takes a line away.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/alert-lines/{id}", tag = "alerts",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn delete_line(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    app.store().delete_alert_line(&editor.workspace, &id).await?;
    editor.note(&app, "alert_line.removed", &id, json!({})).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How a goal is watched.
#[derive(Serialize, ToSchema)]
struct GoalWatch {
    /// The goal's own line: below this probability it is told; a share, 0 for never. `null` for the workspace's.
    probability_line: Option<f64>,
    /// The workspace's line.
    usual_probability_line: f64,
    /// Lines on the figures that the goal counts.
    lines: Vec<LineBody>,
}

#[derive(Deserialize, ToSchema)]
struct GoalWatchChanges {
    /// From 0 (never) to 1; `null` for the workspace's.
    probability_line: Option<f64>,
}

async fn watched(
    app: &App,
    workspace: &str,
    id: &str,
    locale: Locale,
) -> Result<Json<GoalWatch>, ApiError> {
    let store = app.store();
    let goal = store.goal(workspace, id).await?;
    let own = store.goal_lines(workspace).await?;
    let subjects = Subjects::read(app, workspace).await?;
    Ok(Json(GoalWatch {
        probability_line: own.into_iter().find(|(goal, _)| goal == id).map(|(_, line)| line),
        usual_probability_line: store.alert_settings(workspace).await?.probability_line,
        lines: bodies(app, workspace, subjects.lines_of(&goal), locale).await?,
    }))
}

/// How a goal is watched: its probability line, and the lines on its figures.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/goals/{id}/watch", tag = "alerts",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = GoalWatch), (status = 404, body = Problem))
)]
async fn goal_watch(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<GoalWatch>, ApiError> {
    watched(&app, &viewer.workspace, &id, viewer.locale()).await
}

/// Sets the probability below which a goal is told of.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/goals/{id}/watch", tag = "alerts",
    params(("w" = String, Path), ("id" = String, Path)), request_body = GoalWatchChanges,
    responses((status = 200, body = GoalWatch), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn change_goal_watch(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(changes): Body<GoalWatchChanges>,
) -> Result<Json<GoalWatch>, ApiError> {
    let line = changes.probability_line;
    if line.is_some_and(|line| !(0.0..=1.0).contains(&line)) {
        return Err(ApiError::field("probability_line", "out_of_range", "from 0 to 1, or null"));
    }
    let goal = app.store().goal(&editor.workspace, &id).await?;
    app.store().save_goal_line(&editor.workspace, &id, line).await?;
    let detail = json!({"id": id, "probability_line": line});
    editor.note(&app, "goal.watch_changed", &goal.fields.name, detail).await?;
    watched(&app, &editor.workspace, &id, editor.locale()).await
}
