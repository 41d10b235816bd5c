//! The audit log of a workspace.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Admin;
use crate::error::ApiError;
use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(audit))
}

const PAGE: u32 = 50;

#[derive(Serialize, ToSchema)]
struct AuditEntry {
    id: String,
    at: String,
    /// An e-mail address, or `token` and its name.
    actor: String,
    /// What was done, as `site.created`.
    action: String,
    target: String,
    detail: serde_json::Value,
}

#[derive(Serialize, ToSchema)]
struct AuditPage {
    items: Vec<AuditEntry>,
    /// Where the next page begins; absent on the last.
    next_cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Who did what, the latest first.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/audit", tag = "workspace", params(("w" = String, Path), AuditQuery),
    responses((status = 200, body = AuditPage))
)]
async fn audit(
    State(app): State<App>,
    admin: Admin,
    Query(query): Query<AuditQuery>,
) -> Result<Json<AuditPage>, ApiError> {
    let mut entries =
        app.store().audit(&admin.workspace, query.cursor.as_deref(), PAGE + 1).await?;
    let more = entries.len() > PAGE as usize;
    entries.truncate(PAGE as usize);
    let next_cursor = entries.last().filter(|_| more).map(|entry| entry.id.clone());
    let items = entries
        .into_iter()
        .map(|entry| AuditEntry {
            id: entry.id,
            at: entry.at.to_string(),
            actor: entry.actor,
            action: entry.action,
            target: entry.target,
            detail: entry.detail,
        })
        .collect();
    Ok(Json(AuditPage { items, next_cursor }))
}
