//! API tokens of a workspace.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use luotsi_store::token::{Scope, Token};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Admin;
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::problem::Problem;
use crate::state::App;
use crate::user::LONGEST_NAME;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(tokens, create)).routes(routes!(revoke))
}

#[derive(Serialize, ToSchema)]
struct TokenBody {
    id: String,
    name: String,
    /// Of `events:write`, `stats:read` and `admin`.
    scopes: Vec<&'static str>,
    /// The token's first characters.
    prefix: String,
    created_at: String,
    last_used_at: Option<String>,
    /// The token itself, only in the answer that creates it.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Tokens {
    items: Vec<TokenBody>,
}

impl TokenBody {
    fn new(token: Token, text: Option<String>) -> Self {
        Self {
            id: token.id,
            name: token.name,
            scopes: token.scopes.into_iter().map(Scope::as_str).collect(),
            prefix: token.prefix,
            created_at: token.created_at.to_string(),
            last_used_at: token.last_used_at.map(|at| at.to_string()),
            token: text,
        }
    }
}

#[derive(Deserialize, ToSchema)]
struct NewToken {
    name: String,
    /// Of `events:write`, `stats:read` and `admin`, at least one.
    scopes: Vec<String>,
}

/// The workspace's tokens, without their secrets.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/tokens", tag = "tokens", params(("w" = String, Path)),
    responses((status = 200, body = Tokens))
)]
async fn tokens(State(app): State<App>, admin: Admin) -> Result<Json<Tokens>, ApiError> {
    let tokens = app.store().tokens(&admin.workspace).await?.into_iter();
    Ok(Json(Tokens { items: tokens.map(|token| TokenBody::new(token, None)).collect() }))
}

/// Makes a token. It is shown in this answer and never again.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/tokens", tag = "tokens", params(("w" = String, Path)),
    request_body = NewToken, responses((status = 201, body = TokenBody), (status = 422, body = Problem))
)]
async fn create(
    State(app): State<App>,
    admin: Admin,
    Body(new): Body<NewToken>,
) -> Result<(StatusCode, Json<TokenBody>), ApiError> {
    let mut fields = Fields::default();
    let name = fields.text("name", &new.name, LONGEST_NAME);
    let mut scopes = Vec::new();
    for (at, word) in new.scopes.iter().enumerate() {
        scopes.extend(fields.take(
            &format!("scopes[{at}]"),
            "unknown_scope",
            word.parse::<Scope>(),
        ));
    }
    if new.scopes.is_empty() {
        fields.refuse("scopes", "empty", "choose what the token allows");
    }
    fields.finish()?;
    let (token, text) =
        app.store().create_token(&admin.workspace, &name, &scopes, app.now()).await?;
    admin
        .note(&app, "token.created", &token.name, json!({"id": token.id, "scopes": new.scopes}))
        .await?;
    Ok((StatusCode::CREATED, Json(TokenBody::new(token, Some(text)))))
}

/// Revokes a token at once.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/tokens/{id}", tag = "tokens",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 204, description = "Revoked."), (status = 404, body = Problem))
)]
async fn revoke(
    State(app): State<App>,
    admin: Admin,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    app.store().revoke_token(&admin.workspace, &id).await?;
    admin.note(&app, "token.revoked", &id, json!({})).await?;
    Ok(StatusCode::NO_CONTENT)
}
