//! What each role of a workspace sees first: a board, or the goals.

use axum::Json;
use axum::extract::State;
use luotsi_marketing::role::Role;
use luotsi_store::StoreError;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Access, Admin, Viewer};
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::problem::Problem;
use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(homes, change))
}

#[derive(Serialize, ToSchema)]
struct Homes {
    /// For every role.
    items: Vec<Home>,
    /// The asker's own: a board's id; `null` for the goals.
    mine: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Home {
    /// `viewer`, `editor`, `admin` or `owner`.
    role: &'static str,
    /// `null`: the goals.
    board_id: Option<String>,
}

#[derive(Deserialize, ToSchema)]
struct HomeChange {
    role: String,
    /// `null`: the goals.
    board_id: Option<String>,
}

async fn all(app: &App, access: &Access) -> Result<Json<Homes>, ApiError> {
    let homes = app.store().homes(&access.workspace).await?;
    let of =
        |role: Role| homes.iter().find(|(known, _)| *known == role).map(|(_, board)| board.clone());
    let items = Role::ALL.into_iter();
    Ok(Json(Homes {
        items: items.map(|role| Home { role: role.as_str(), board_id: of(role) }).collect(),
        mine: of(access.role),
    }))
}

/// What each role sees first.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/homes", tag = "homes", params(("w" = String, Path)),
    responses((status = 200, body = Homes))
)]
async fn homes(State(app): State<App>, viewer: Viewer) -> Result<Json<Homes>, ApiError> {
    all(&app, &viewer).await
}

/// Says what a role sees first.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/homes", tag = "homes", params(("w" = String, Path)),
    request_body = HomeChange, responses((status = 200, body = Homes), (status = 422, body = Problem))
)]
async fn change(
    State(app): State<App>,
    admin: Admin,
    Body(change): Body<HomeChange>,
) -> Result<Json<Homes>, ApiError> {
    let mut fields = Fields::default();
    let role = fields.take("role", "unknown_role", change.role.parse::<Role>());
    fields.finish()?;
    if let Some(role) = role {
        let board = change.board_id.as_deref();
        app.store().set_home(&admin.workspace, role, board).await.map_err(|error| match error {
            StoreError::NotFound(_) => {
                ApiError::field("board_id", "unknown_board", "the workspace has no such board")
            }
            other => other.into(),
        })?;
        let detail = json!({"role": role.as_str(), "board_id": board});
        admin.note(&app, "home.changed", role.as_str(), detail).await?;
    }
    all(&app, &admin).await
}
