//! Links to boards: making and revoking them, and what people without an account see by them.

mod viewer;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use luotsi_marketing::board::{MOST_ORIGINS, MOST_SHARES, origin};
use luotsi_store::share::{Share, ShareFields};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Editor;
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::origin::BaseUrl;
use crate::password;
use crate::problem::Problem;
use crate::state::App;
use crate::user::LONGEST_NAME;

pub(crate) use viewer::page;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(shares, create))
        .routes(routes!(revoke))
        .merge(viewer::routes())
}

/// A link to a board.
#[derive(Serialize, ToSchema)]
struct BoardShare {
    id: String,
    name: String,
    created_by: String,
    created_at: String,
    /// `null`: it does not run out.
    expires_at: Option<String>,
    expired: bool,
    has_password: bool,
    /// Whose pages may show it in a frame.
    origins: Vec<String>,
    /// Exact to the minute.
    last_used_at: Option<String>,
    /// The link itself, told once: when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct BoardShares {
    items: Vec<BoardShare>,
}

#[derive(Deserialize, ToSchema)]
struct NewBoardShare {
    /// For whom it is.
    name: String,
    /// `null`: it does not run out.
    expires_at: Option<String>,
    /// At least 10 characters; `null`: none.
    password: Option<String>,
    /// Whose pages may show it in a frame: `https://wiki.example`. Nobody's when empty.
    #[serde(default)]
    origins: Vec<String>,
}

impl BoardShare {
    fn new(share: Share, now: Timestamp) -> Self {
        let ShareFields { name, password_hash, origins, expires_at, created_by } = share.fields;
        Self {
            id: share.id,
            name,
            created_by,
            created_at: share.created_at.to_string(),
            expires_at: expires_at.map(|at| at.to_string()),
            expired: expires_at.is_some_and(|at| at <= now),
            has_password: password_hash.is_some(),
            origins,
            last_used_at: share.last_used_at.map(|at| at.to_string()),
            url: None,
        }
    }
}

impl NewBoardShare {
    /// The link to be made, without its password.
    fn checked(&self, created_by: String, now: Timestamp) -> Result<ShareFields, ApiError> {
        let mut fields = Fields::default();
        let name = fields.text("name", &self.name, LONGEST_NAME);
        let expires_at = self
            .expires_at
            .as_deref()
            .and_then(|text| fields.take("expires_at", "invalid_time", text.parse::<Timestamp>()));
        if expires_at.is_some_and(|at| at <= now) {
            fields.refuse("expires_at", "in_the_past", "a link runs out later than now");
        }
        if let Some(password) = &self.password {
            password::check(&mut fields, "password", password);
        }
        if self.origins.len() > MOST_ORIGINS {
            fields.refuse("origins", "too_many", format!("at most {MOST_ORIGINS} origins"));
        }
        let origins = self.origins.iter().take(MOST_ORIGINS).enumerate();
        let mut origins: Vec<String> = origins
            .filter_map(|(at, text)| {
                fields.take(&format!("origins[{at}]"), "invalid_origin", origin(text))
            })
            .collect();
        origins.sort_unstable();
        origins.dedup();
        fields.finish()?;
        Ok(ShareFields { name, password_hash: None, origins, expires_at, created_by })
    }
}

/// A board's links, those that have run out too.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/boards/{id}/shares", tag = "shares",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = BoardShares), (status = 404, body = Problem))
)]
async fn shares(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<BoardShares>, ApiError> {
    app.store().board(&editor.workspace, &id).await?;
    let shares = app.store().shares(&editor.workspace, &id).await?;
    let now = app.now();
    Ok(Json(BoardShares {
        items: shares.into_iter().map(|share| BoardShare::new(share, now)).collect(),
    }))
}

/// Makes a link to a board. Its address is told once.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/boards/{id}/shares", tag = "shares",
    params(("w" = String, Path), ("id" = String, Path)), request_body = NewBoardShare,
    responses((status = 201, body = BoardShare), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn create(
    State(app): State<App>,
    editor: Editor,
    base: BaseUrl,
    Path((_, id)): Path<(String, String)>,
    Body(new): Body<NewBoardShare>,
) -> Result<(StatusCode, Json<BoardShare>), ApiError> {
    let board = app.store().board(&editor.workspace, &id).await?;
    if app.store().shares(&editor.workspace, &id).await?.len() >= MOST_SHARES {
        let detail =
            format!("a board has at most {MOST_SHARES} links: revoke one that is not used");
        return Err(ApiError::field("name", "too_many", detail));
    }
    let mut fields = new.checked(editor.name(), app.now())?;
    if let Some(password) = new.password {
        fields.password_hash = Some(password::hash(password).await?);
    }
    let (share, token) =
        app.store().create_share(&editor.workspace, &id, fields, app.now()).await?;
    let detail = json!({"board_id": id, "id": share.id, "name": share.fields.name});
    editor.note(&app, "share.created", &board.fields.name, detail).await?;
    let mut body = BoardShare::new(share, app.now());
    body.url = Some(format!("{}/share/{token}", base.0));
    Ok((StatusCode::CREATED, Json(body)))
}

/// Revokes a link: from now on it shows nothing.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/boards/{id}/shares/{share}", tag = "shares",
    params(("w" = String, Path), ("id" = String, Path), ("share" = String, Path)),
    responses((status = 204, description = "Revoked."), (status = 404, body = Problem))
)]
async fn revoke(
    State(app): State<App>,
    editor: Editor,
    Path((_, id, share)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let board = app.store().board(&editor.workspace, &id).await?;
    app.store().revoke_share(&editor.workspace, &id, &share).await?;
    let detail = json!({"board_id": id, "id": share});
    editor.note(&app, "share.revoked", &board.fields.name, detail).await?;
    Ok(StatusCode::NO_CONTENT)
}
