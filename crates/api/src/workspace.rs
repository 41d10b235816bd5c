//! A workspace: its name and the asker's role.

use axum::Json;
use axum::extract::State;
use luotsi_store::workspace::{Role, Workspace};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Admin, Viewer};
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::problem::Problem;
use crate::state::App;
use crate::user::LONGEST_NAME;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(workspace, rename))
}

#[derive(Serialize, ToSchema)]
pub(crate) struct WorkspaceBody {
    id: String,
    name: String,
    /// The asker's role: `owner`, `admin`, `editor` or `viewer`.
    role: &'static str,
    /// Made-up data.
    sample: bool,
}

impl From<(Workspace, Role)> for WorkspaceBody {
    fn from((workspace, role): (Workspace, Role)) -> Self {
        Self {
            id: workspace.id,
            name: workspace.name,
            role: role.as_str(),
            sample: workspace.sample,
        }
    }
}

#[derive(Deserialize, ToSchema)]
struct WorkspaceChanges {
    name: String,
}

/// One workspace.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}", tag = "workspace", params(("w" = String, Path)),
    responses((status = 200, body = WorkspaceBody), (status = 404, body = Problem))
)]
async fn workspace(
    State(app): State<App>,
    viewer: Viewer,
) -> Result<Json<WorkspaceBody>, ApiError> {
    let workspace = app.store().workspace(&viewer.workspace).await?;
    Ok(Json((workspace, viewer.role).into()))
}

/// Renames a workspace.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}", tag = "workspace", params(("w" = String, Path)),
    request_body = WorkspaceChanges, responses((status = 200, body = WorkspaceBody), (status = 422, body = Problem))
)]
async fn rename(
    State(app): State<App>,
    admin: Admin,
    Body(changes): Body<WorkspaceChanges>,
) -> Result<Json<WorkspaceBody>, ApiError> {
    let mut fields = Fields::default();
    let name = fields.text("name", &changes.name, LONGEST_NAME);
    fields.finish()?;
    app.store().rename_workspace(&admin.workspace, &name).await?;
    admin.note(&app, "workspace.renamed", &name, json!({})).await?;
    let workspace = app.store().workspace(&admin.workspace).await?;
    Ok(Json((workspace, admin.role).into()))
}
