//! Business objectives.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use luotsi_store::objective::Objective;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Editor, Viewer};
use crate::body::{Body, Change};
use crate::error::{ApiError, Fields};
use crate::problem::Problem;
use crate::state::App;
use crate::user::LONGEST_NAME;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(objectives, create)).routes(routes!(change, delete))
}

const LONGEST_DESCRIPTION: usize = 5000;

#[derive(Serialize, ToSchema)]
struct ObjectiveBody {
    id: String,
    name: String,
    description: String,
    /// A member's user id.
    owner_id: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Objectives {
    items: Vec<ObjectiveBody>,
}

impl From<Objective> for ObjectiveBody {
    fn from(objective: Objective) -> Self {
        let Objective { id, name, description, owner_id, .. } = objective;
        Self { id, name, description, owner_id }
    }
}

#[derive(Deserialize, ToSchema)]
struct NewObjective {
    name: String,
    #[serde(default)]
    description: String,
    owner_id: Option<String>,
}

/// What is not given stays.
#[derive(Deserialize, ToSchema)]
struct ObjectiveChanges {
    name: Option<String>,
    description: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    owner_id: Change<String>,
}

/// Refuses an owner who does not belong to the workspace.
pub(crate) async fn check_owner(
    app: &App,
    workspace: &str,
    owner_id: Option<&str>,
) -> Result<(), ApiError> {
    let Some(owner_id) = owner_id else { return Ok(()) };
    match app.store().role(workspace, owner_id).await? {
        Some(_) => Ok(()),
        None => Err(ApiError::field(
            "owner_id",
            "not_a_member",
            "the owner is no member of the workspace",
        )),
    }
}

/// The workspace's objectives, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/objectives", tag = "objectives", params(("w" = String, Path)),
    responses((status = 200, body = Objectives))
)]
async fn objectives(State(app): State<App>, viewer: Viewer) -> Result<Json<Objectives>, ApiError> {
    let items = app
        .store()
        .objectives(&viewer.workspace)
        .await?
        .into_iter()
        .map(ObjectiveBody::from)
        .collect();
    Ok(Json(Objectives { items }))
}

/// Adds an objective.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/objectives", tag = "objectives", params(("w" = String, Path)),
    request_body = NewObjective, responses((status = 201, body = ObjectiveBody), (status = 422, body = Problem))
)]
async fn create(
    State(app): State<App>,
    editor: Editor,
    Body(new): Body<NewObjective>,
) -> Result<(StatusCode, Json<ObjectiveBody>), ApiError> {
    let mut fields = Fields::default();
    let name = fields.text("name", &new.name, LONGEST_NAME);
    let description = fields.optional_text("description", &new.description, LONGEST_DESCRIPTION);
    fields.finish()?;
    let owner = new.owner_id.as_deref();
    check_owner(&app, &editor.workspace, owner).await?;
    let objective = app
        .store()
        .create_objective(&editor.workspace, &name, &description, owner, app.now())
        .await?;
    editor.note(&app, "objective.created", &objective.name, json!({"id": objective.id})).await?;
    Ok((StatusCode::CREATED, Json(objective.into())))
}

/// Changes an objective.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/objectives/{id}", tag = "objectives",
    params(("w" = String, Path), ("id" = String, Path)), request_body = ObjectiveChanges,
    responses((status = 200, body = ObjectiveBody), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn change(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(changes): Body<ObjectiveChanges>,
) -> Result<Json<ObjectiveBody>, ApiError> {
    let mut objective = app.store().objective(&editor.workspace, &id).await?;
    let mut fields = Fields::default();
    if let Some(name) = &changes.name {
        objective.name = fields.text("name", name, LONGEST_NAME);
    }
    if let Some(description) = &changes.description {
        objective.description =
            fields.optional_text("description", description, LONGEST_DESCRIPTION);
    }
    fields.finish()?;
    if let Change::Set(owner_id) = changes.owner_id {
        check_owner(&app, &editor.workspace, owner_id.as_deref()).await?;
        objective.owner_id = owner_id;
    }
    app.store().save_objective(&objective, app.now()).await?;
    editor.note(&app, "objective.changed", &objective.name, json!({"id": id})).await?;
    Ok(Json(objective.into()))
}

/// Removes an objective; its goals stay.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/objectives/{id}", tag = "objectives",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn delete(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let objective = app.store().objective(&editor.workspace, &id).await?;
    app.store().delete_objective(&editor.workspace, &id).await?;
    editor.note(&app, "objective.deleted", &objective.name, json!({"id": id})).await?;
    Ok(StatusCode::NO_CONTENT)
}
