//! Webhooks: other programs that are told what people are told, after Standard Webhooks.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use luotsi_marketing::alert::News;
use luotsi_notify::courier::TEST;
use luotsi_notify::signature;
use luotsi_store::notice::{Channel, Delivery, Notice};
use luotsi_store::webhook::{NewWebhook, Webhook};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Admin;
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::inbox::read_news;
use crate::problem::Problem;
use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(webhooks, create))
        .routes(routes!(change, delete))
        .routes(routes!(rotate))
        .routes(routes!(test))
        .routes(routes!(deliveries))
        .routes(routes!(again))
}

const LONGEST_DESCRIPTION: usize = 200;
const MOST_WEBHOOKS: usize = 20;
const PAGE: u32 = 50;

#[derive(Serialize, ToSchema)]
struct WebhookBody {
    id: String,
    url: String,
    description: String,
    /// What it is told of.
    news: Vec<&'static str>,
    enabled: bool,
    /// Why the server switched it off: `gone` or `failing`.
    disabled_because: Option<String>,
    created_by: String,
    created_at: String,
    /// `whsec_…`, only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl WebhookBody {
    fn new(hook: Webhook, secret: Option<String>) -> Self {
        Self {
            id: hook.id,
            url: hook.url,
            description: hook.description,
            news: hook.news.into_iter().map(News::as_str).collect(),
            enabled: hook.enabled,
            disabled_because: hook.disabled_because,
            created_by: hook.created_by,
            created_at: hook.created_at.to_string(),
            secret,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct Webhooks {
    items: Vec<WebhookBody>,
}

#[derive(Deserialize, ToSchema)]
struct NewWebhookBody {
    /// `https://…`
    url: String,
    #[serde(default)]
    description: String,
    /// Kinds of news; all when not given.
    news: Option<Vec<String>>,
}

/// What is not given stays.
#[derive(Deserialize, ToSchema)]
struct WebhookChanges {
    url: Option<String>,
    description: Option<String>,
    news: Option<Vec<String>>,
    enabled: Option<bool>,
}

fn check_url(app: &App, fields: &mut Fields, url: &str) -> String {
    match app.courier().poster().reach().check(url) {
        Ok(url) => url.to_string(),
        Err(error) => {
            fields.refuse("url", error.code(), error);
            String::new()
        }
    }
}

/// The workspace's webhooks, without their secrets.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/webhooks", tag = "webhooks", params(("w" = String, Path)),
    responses((status = 200, body = Webhooks))
)]
async fn webhooks(State(app): State<App>, admin: Admin) -> Result<Json<Webhooks>, ApiError> {
    let found = app.store().webhooks(&admin.workspace).await?.into_iter();
    Ok(Json(Webhooks { items: found.map(|hook| WebhookBody::new(hook, None)).collect() }))
}

/// Adds a webhook. Its secret is in this answer and never shown again.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/webhooks", tag = "webhooks", params(("w" = String, Path)),
    request_body = NewWebhookBody, responses((status = 201, body = WebhookBody), (status = 422, body = Problem))
)]
async fn create(
    State(app): State<App>,
    admin: Admin,
    Body(new): Body<NewWebhookBody>,
) -> Result<(StatusCode, Json<WebhookBody>), ApiError> {
    let mut fields = Fields::default();
    let url = check_url(&app, &mut fields, &new.url);
    let description = fields.optional_text("description", &new.description, LONGEST_DESCRIPTION);
    let news = new.news.map_or_else(|| News::ALL.to_vec(), |words| read_news(&mut fields, &words));
    if app.store().webhooks(&admin.workspace).await?.len() >= MOST_WEBHOOKS {
        fields.refuse(
            "url",
            "too_many",
            format!("a workspace has at most {MOST_WEBHOOKS} webhooks"),
        );
    }
    fields.finish()?;
    let secret = signature::new_secret();
    let new = NewWebhook {
        url: &url,
        description: &description,
        news: &news,
        secret: &secret,
        created_by: &admin.name(),
    };
    let added = app.store().add_webhook(&admin.workspace, new, app.now()).await?;
    admin.note(&app, "webhook.added", &added.url, json!({"id": added.id})).await?;
    Ok((StatusCode::CREATED, Json(WebhookBody::new(added, Some(secret)))))
}

/// Changes a webhook, or switches it on again.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/webhooks/{id}", tag = "webhooks",
    params(("w" = String, Path), ("id" = String, Path)), request_body = WebhookChanges,
    responses((status = 200, body = WebhookBody), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn change(
    State(app): State<App>,
    admin: Admin,
    Path((_, id)): Path<(String, String)>,
    Body(changes): Body<WebhookChanges>,
) -> Result<Json<WebhookBody>, ApiError> {
    let mut hook = app.store().webhook(&admin.workspace, &id).await?;
    let mut fields = Fields::default();
    if let Some(url) = &changes.url {
        hook.url = check_url(&app, &mut fields, url);
    }
    if let Some(description) = &changes.description {
        hook.description = fields.optional_text("description", description, LONGEST_DESCRIPTION);
    }
    if let Some(words) = &changes.news {
        hook.news = read_news(&mut fields, words);
    }
    fields.finish()?;
    if let Some(enabled) = changes.enabled {
        hook.enabled = enabled;
        hook.disabled_because = None;
    }
    app.store().save_webhook(&admin.workspace, &hook).await?;
    admin.note(&app, "webhook.changed", &hook.url, json!({"id": id})).await?;
    Ok(Json(WebhookBody::new(hook, None)))
}

/// Removes a webhook; what waits for it is given up.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/webhooks/{id}", tag = "webhooks",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn delete(
    State(app): State<App>,
    admin: Admin,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let hook = app.store().webhook(&admin.workspace, &id).await?;
    app.store().delete_webhook(&admin.workspace, &id, app.now()).await?;
    admin.note(&app, "webhook.removed", &hook.url, json!({"id": id})).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a new secret. For a day both sign, so that the receiver can change over.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/webhooks/{id}/secret", tag = "webhooks",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = WebhookBody), (status = 404, body = Problem))
)]
async fn rotate(
    State(app): State<App>,
    admin: Admin,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<WebhookBody>, ApiError> {
    let secret = signature::new_secret();
    app.store().rotate_webhook_secret(&admin.workspace, &id, &secret, app.now()).await?;
    let hook = app.store().webhook(&admin.workspace, &id).await?;
    admin.note(&app, "webhook.secret_changed", &hook.url, json!({"id": id})).await?;
    Ok(Json(WebhookBody::new(hook, Some(secret))))
}

/// Sends a test message, once; the log of deliveries tells what was answered.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/webhooks/{id}/test", tag = "webhooks",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 202, description = "On its way."), (status = 404, body = Problem))
)]
async fn test(
    State(app): State<App>,
    admin: Admin,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let hook = app.store().webhook(&admin.workspace, &id).await?;
    let now = app.now();
    let workspace = app.store().workspace(&admin.workspace).await?;
    let body = json!({
        "type": "webhook.test",
        "timestamp": now.to_string(),
        "data": {"workspace": {"id": workspace.id, "name": workspace.name}},
    });
    let notice = Notice {
        message_id: format!("{TEST}/{}", luotsi_store::new_id(now)),
        news: TEST.to_owned(),
        bad: false,
        texts: json!({}),
        link: String::new(),
        inboxes: Vec::new(),
        outgoing: vec![(Channel::Webhook, hook.id, body.to_string())],
    };
    app.store().tell(&admin.workspace, &notice, now).await?;
    Ok(StatusCode::ACCEPTED)
}

#[derive(Serialize, ToSchema)]
struct DeliveryBody {
    id: String,
    /// To send it again by.
    message: String,
    news: String,
    /// From 1.
    attempt: i64,
    at: String,
    took_ms: i64,
    /// What the attempt made of the message: `sent`, `waiting` (for the next attempt), `failed` or `dropped`.
    outcome: String,
    /// HTTP status, where there was an answer.
    status: Option<i64>,
    /// The beginning of the answer, or why there was none.
    detail: String,
    /// What the message is now.
    state: String,
    /// When it is tried again.
    next_at: Option<String>,
    /// What was sent.
    body: Value,
}

impl From<Delivery> for DeliveryBody {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            message: delivery.message,
            news: delivery.news,
            attempt: delivery.attempt,
            at: delivery.at.to_string(),
            took_ms: delivery.took_ms,
            outcome: delivery.outcome,
            status: delivery.status,
            detail: delivery.detail,
            state: delivery.state,
            next_at: delivery.next_at.map(|at| at.to_string()),
            body: serde_json::from_str(&delivery.body).unwrap_or_default(),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct Deliveries {
    items: Vec<DeliveryBody>,
    /// Where the next page begins; absent on the last.
    next_cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DeliveriesQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The last 200 tries to reach a webhook, the latest first.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/webhooks/{id}/deliveries", tag = "webhooks",
    params(("w" = String, Path), ("id" = String, Path), DeliveriesQuery),
    responses((status = 200, body = Deliveries), (status = 404, body = Problem))
)]
async fn deliveries(
    State(app): State<App>,
    admin: Admin,
    Path((_, id)): Path<(String, String)>,
    Query(query): Query<DeliveriesQuery>,
) -> Result<Json<Deliveries>, ApiError> {
    let store = app.store();
    store.webhook(&admin.workspace, &id).await?;
    let to = (Channel::Webhook, id.as_str());
    let cursor = query.cursor.as_deref();
    let mut found = store.deliveries(&admin.workspace, to, cursor, PAGE + 1).await?;
    let more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let next_cursor = found.last().filter(|_| more).map(|one| one.id.clone());
    let items = found.into_iter().map(DeliveryBody::from).collect();
    Ok(Json(Deliveries { items, next_cursor }))
}

/// Sends a message again that was sent or given up, with the same id.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/webhooks/{id}/deliveries/{message}/again", tag = "webhooks",
    params(("w" = String, Path), ("id" = String, Path), ("message" = String, Path)),
    responses((status = 202, description = "On its way."), (status = 404, body = Problem))
)]
async fn again(
    State(app): State<App>,
    admin: Admin,
    Path((_, id, message)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let to = (Channel::Webhook, id.as_str());
    app.store().send_again(&admin.workspace, to, &message, app.now()).await?;
    admin.note(&app, "webhook.sent_again", &id, json!({"message": message})).await?;
    Ok(StatusCode::ACCEPTED)
}
