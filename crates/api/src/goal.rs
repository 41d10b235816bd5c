//! SMART goals: keeping them, and answering how they do.

mod body;
mod draft;
mod figures;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use futures::future::try_join_all;
use luotsi_marketing::goal::{Locale, checks};
use luotsi_store::StoreError;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Editor, Viewer};
use crate::body::Body;
use crate::error::ApiError;
use crate::problem::Problem;
use crate::state::App;
use body::{GoalBody, PreviewBody};
use draft::{GoalChanges, GoalDraft};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(goals, create))
        .routes(routes!(preview))
        .routes(routes!(goal, change, delete))
}

#[derive(Serialize, ToSchema)]
struct Goals {
    items: Vec<GoalBody>,
}

/// A goal with its figures of now as `GET …/goals/{id}` answers it, for others to show a part of.
pub(crate) async fn shown(
    app: &App,
    workspace: &str,
    id: &str,
    locale: Locale,
) -> Result<Value, ApiError> {
    let goal = app.store().goal(workspace, id).await?;
    let body = body::of(app, goal, locale).await?;
    Ok(serde_json::to_value(&body).unwrap_or_default())
}

/// The workspace's goals with their progress, the nearest deadline first.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/goals", tag = "goals", params(("w" = String, Path)),
    responses((status = 200, body = Goals))
)]
async fn goals(State(app): State<App>, viewer: Viewer) -> Result<Json<Goals>, ApiError> {
    let goals = app.store().goals(&viewer.workspace).await?;
    let bodies = goals.into_iter().map(|goal| body::of(&app, goal, viewer.locale()));
    Ok(Json(Goals { items: try_join_all(bodies).await? }))
}

/// Sets a goal. Its baseline is computed from the site's data.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/goals", tag = "goals", params(("w" = String, Path)),
    request_body = GoalDraft, responses((status = 201, body = GoalBody), (status = 422, body = Problem))
)]
async fn create(
    State(app): State<App>,
    editor: Editor,
    Body(draft): Body<GoalDraft>,
) -> Result<(StatusCode, Json<GoalBody>), ApiError> {
    let draft = draft.check(&app, &editor.workspace).await?;
    let past = figures::past(&app, &draft).await?;
    let plan = draft.plan(&past)?;
    let goal = app.store().create_goal(&editor.workspace, draft.fields(plan), app.now()).await?;
    editor.note(&app, "goal.created", &goal.name, json!({"id": goal.id})).await?;
    Ok((StatusCode::CREATED, Json(body::of(&app, goal, editor.locale()).await?)))
}

/// What a goal would be: its sentence, its baseline from the data, its path, and what each letter lacks.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/goals/preview", tag = "goals", params(("w" = String, Path)),
    request_body = GoalDraft, responses((status = 200, body = PreviewBody), (status = 422, body = Problem))
)]
async fn preview(
    State(app): State<App>,
    editor: Editor,
    Body(draft): Body<GoalDraft>,
) -> Result<Json<PreviewBody>, ApiError> {
    let draft = draft.check(&app, &editor.workspace).await?;
    let past = figures::past(&app, &draft).await?;
    let plan = draft.plan_or_baseline(&past)?;
    let findings = checks(
        &plan,
        past.window,
        draft.is_narrowed(),
        draft.objective_id.is_some(),
        draft.today,
        editor.locale(),
    );
    Ok(Json(PreviewBody::new(&draft, &plan, &past, findings, editor.locale())))
}

/// One goal with its progress.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/goals/{id}", tag = "goals", params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = GoalBody), (status = 404, body = Problem))
)]
async fn goal(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<GoalBody>, ApiError> {
    let goal = app.store().goal(&viewer.workspace, &id).await?;
    body::of(&app, goal, viewer.locale()).await.map(Json)
}

/// Changes a goal. The baseline is computed anew when what is measured or when changes.
///
/// With `version`, a goal that someone else wrote since is left as it is (409 `stale`).
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/goals/{id}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path)), request_body = GoalChanges,
    responses(
        (status = 200, body = GoalBody),
        (status = 409, description = "`stale`: read it again.", body = Problem),
        (status = 422, body = Problem),
    )
)]
async fn change(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(changes): Body<GoalChanges>,
) -> Result<Json<GoalBody>, ApiError> {
    let before = app.store().goal(&editor.workspace, &id).await?;
    if changes.version.is_some_and(|version| version != before.version) {
        return Err(StoreError::Stale("goal").into());
    }
    let draft = changes.over(&before).check(&app, &editor.workspace).await?;
    let plan = if draft.measures_as(&before) {
        draft.plan_from(before.plan.baseline, before.plan.weights)?
    } else {
        draft.plan(&figures::past(&app, &draft).await?)?
    };
    let goal = app.store().save_goal(before.with(draft.fields(plan)), app.now()).await?;
    editor.note(&app, "goal.changed", &goal.name, json!({"id": goal.id})).await?;
    body::of(&app, goal, editor.locale()).await.map(Json)
}

/// Removes a goal.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/goals/{id}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn delete(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    app.store().delete_goal(&editor.workspace, &id).await?;
    editor.note(&app, "goal.deleted", &goal.name, json!({"id": id})).await?;
    Ok(StatusCode::NO_CONTENT)
}
