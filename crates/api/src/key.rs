//! Keys of existing tags: what a site's pages and servers already send.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use luotsi_marketing::protocol::Protocol;
use luotsi_marketing::site_key;
use luotsi_store::StoreError;
use luotsi_store::key::SiteKey;
use luotsi_store::site_key::NewSiteKey;
use luotsi_store::workspace::Role;
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

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(keys, create)).routes(routes!(remove))
}

#[derive(Serialize, ToSchema)]
struct KeyBody {
    /// `segment`, `matomo`, …: which clients send it.
    protocol: &'static str,
    /// What they send to name the site.
    key: String,
    /// What only servers send, for who may edit.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// Whether a server that holds the key may report what happened long ago, where the protocol
    /// takes the key itself for proof.
    history: bool,
    /// When it was added; `null` for the key that the site was born with, which stays.
    added_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Keys {
    items: Vec<KeyBody>,
}

impl KeyBody {
    fn new(key: SiteKey, role: Role) -> Self {
        Self {
            protocol: key.protocol.as_str(),
            key: key.key,
            secret: key.secret.filter(|_| role >= Role::Editor),
            history: key.history,
            added_at: key.added_at.map(|at| at.to_string()),
        }
    }
}

#[derive(Deserialize, ToSchema)]
struct NewKey {
    /// `segment`, `matomo`, …: which clients send it.
    protocol: String,
    /// A write key, a site number, a website id, a domain: what the tag names the site by.
    key: String,
    /// What the site's servers send beside the key, where they do.
    secret: Option<String>,
    /// Yes when not given.
    history: Option<bool>,
}

/// The keys of a site: by protocol, the one it was born with first.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}/keys", tag = "keys",
    params(("w" = String, Path), ("s" = String, Path)),
    responses((status = 200, body = Keys), (status = 404, body = Problem))
)]
async fn keys(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, site)): Path<(String, String)>,
) -> Result<Json<Keys>, ApiError> {
    app.store().site(&viewer.workspace, &site).await?;
    let keys = app.store().site_keys(&viewer.workspace, &site).await?.into_iter();
    Ok(Json(Keys { items: keys.map(|key| KeyBody::new(key, viewer.role)).collect() }))
}

/// Adds the key that the site's existing tags carry: then their host is all that has to change.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/sites/{s}/keys", tag = "keys",
    params(("w" = String, Path), ("s" = String, Path)), request_body = NewKey,
    responses(
        (status = 201, body = KeyBody),
        (status = 404, body = Problem),
        (status = 409, description = "`taken`: a site of this server has the key.", body = Problem),
        (status = 422, body = Problem),
    )
)]
async fn create(
    State(app): State<App>,
    admin: Admin,
    Path((_, site)): Path<(String, String)>,
    Body(new): Body<NewKey>,
) -> Result<(StatusCode, Json<KeyBody>), ApiError> {
    let mut fields = Fields::default();
    let protocol =
        fields.take("protocol", "unknown_protocol", new.protocol.trim().parse::<Protocol>());
    // The shape of a key depends on its protocol: without one, any shape will do.
    let shape = protocol.unwrap_or(Protocol::Segment);
    let key = fields.take("key", "invalid_key", site_key::check(shape, &new.key));
    let secret = new.secret.as_deref().filter(|secret| !secret.trim().is_empty());
    let secret = secret.map(site_key::check_secret).transpose();
    let secret = fields.take("secret", "invalid_secret", secret).flatten();
    fields.finish()?;
    let (Some(protocol), Some(key)) = (protocol, key) else { return Err(ApiError::NoSuchPath) };
    let domain = app.store().site(&admin.workspace, &site).await?.domain;
    let new = NewSiteKey { protocol, key, secret, history: new.history.unwrap_or(true) };
    let added = app.store().add_site_key(&admin.workspace, &site, new, app.now()).await?;
    app.collector().reload_sites(app.store()).await?;
    let detail = json!({"protocol": protocol.as_str(), "key": added.key});
    admin.note(&app, "site_key.added", &domain, detail).await?;
    Ok((StatusCode::CREATED, Json(KeyBody::new(added, admin.role))))
}

/// Takes a key away again: tags that carry it are no longer heard.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/sites/{s}/keys/{protocol}/{key}", tag = "keys",
    params(("w" = String, Path), ("s" = String, Path), ("protocol" = String, Path), ("key" = String, Path)),
    responses(
        (status = 204, description = "Removed."),
        (status = 404, description = "No such key, or one that the site was born with.", body = Problem),
    )
)]
async fn remove(
    State(app): State<App>,
    admin: Admin,
    Path((_, site, protocol, key)): Path<(String, String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let protocol: Protocol = protocol.parse().map_err(|_| StoreError::NotFound("key"))?;
    let domain = app.store().site(&admin.workspace, &site).await?.domain;
    app.store().remove_site_key(&admin.workspace, &site, protocol, &key).await?;
    app.collector().reload_sites(app.store()).await?;
    let detail = json!({"protocol": protocol.as_str(), "key": key});
    admin.note(&app, "site_key.removed", &domain, detail).await?;
    Ok(StatusCode::NO_CONTENT)
}
