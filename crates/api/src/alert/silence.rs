//! Deviations that are not to be told for a while.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::SignedDuration;
use luotsi_marketing::alert::Silence;
use luotsi_notify::compose::{story, word};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::LONGEST_NOTE;
use crate::auth::{Access, Editor, Viewer};
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::problem::Problem;
use crate::state::App;

const MOST_SILENT_DAYS: i64 = 366;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(mute))
        .routes(routes!(silences))
        .routes(routes!(end_silence))
}

#[derive(Deserialize, ToSchema)]
struct Mute {
    /// From 1 to 366; `null` or absent for good.
    days: Option<i64>,
    #[serde(default)]
    note: String,
}

#[derive(Serialize, ToSchema)]
struct SilenceBody {
    id: String,
    /// The beginning of the keys that it is about.
    prefix: String,
    /// What kind of deviation it is of; `null` where nothing of it is known any more.
    cause: Option<&'static str>,
    /// Of what.
    name: String,
    /// `null` for good.
    until: Option<String>,
    note: String,
    author: String,
    created_at: String,
}

#[derive(Serialize, ToSchema)]
struct Silences {
    items: Vec<SilenceBody>,
}

async fn all_silences(app: &App, access: &Access) -> Result<Json<Silences>, ApiError> {
    let workspace = access.workspace.as_str();
    let known = app.store().newest_incidents(workspace).await?;
    let found = app.store().silences(workspace, app.now()).await?.into_iter();
    let items = found.map(|one| {
        let prefix = one.silence.prefix;
        let of = known.iter().find(|incident| incident.known.key.starts_with(&prefix));
        let name = of.map(|of| story(&of.texts, word(access.locale())).subject);
        SilenceBody {
            id: one.id,
            cause: of.map(|of| of.cause.as_str()),
            name: name.unwrap_or_else(|| prefix.clone()),
            prefix,
            until: one.silence.until.map(|until| until.to_string()),
            note: one.note,
            author: one.author,
            created_at: one.created_at.to_string(),
        }
    });
    Ok(Json(Silences { items: items.collect() }))
}

/// Keeps deviations of this kind of this thing from being told; they are kept all the same.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/alerts/{id}/mute", tag = "alerts",
    params(("w" = String, Path), ("id" = String, Path)), request_body = Mute,
    responses((status = 200, body = Silences), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn mute(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(body): Body<Mute>,
) -> Result<Json<Silences>, ApiError> {
    let mut fields = Fields::default();
    let note = fields.optional_text("note", &body.note, LONGEST_NOTE);
    if body.days.is_some_and(|days| !(1..=MOST_SILENT_DAYS).contains(&days)) {
        fields.refuse("days", "out_of_range", format!("from 1 to {MOST_SILENT_DAYS}"));
    }
    fields.finish()?;
    let found = app.store().incident(&editor.workspace, &id).await?;
    let now = app.now();
    let until = body.days.map(|days| now + SignedDuration::from_hours(24 * days));
    let silence = Silence { prefix: found.known.key.clone(), until };
    app.store().silence(&editor.workspace, &silence, &note, &editor.name(), now).await?;
    editor.note(&app, "alert.muted", &silence.prefix, json!({"days": body.days})).await?;
    all_silences(&app, &editor).await
}

/// What is muted now.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/silences", tag = "alerts", params(("w" = String, Path)),
    responses((status = 200, body = Silences))
)]
async fn silences(State(app): State<App>, viewer: Viewer) -> Result<Json<Silences>, ApiError> {
    all_silences(&app, &viewer).await
}

/// Ends a silence: what is still there is told.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/silences/{id}", tag = "alerts",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 204, description = "Ended."), (status = 404, body = Problem))
)]
async fn end_silence(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    app.store().end_silence(&editor.workspace, &id).await?;
    editor.note(&app, "silence.ended", &id, json!({})).await?;
    Ok(StatusCode::NO_CONTENT)
}
