//! One visitor or person: what is kept of them, given out or erased.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use luotsi_lake::person::{Who, export};
use luotsi_marketing::visitor;
use luotsi_store::site::Site;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Admin;
use crate::error::ApiError;
use crate::problem::Problem;
use crate::state::App;

/// Most rows that are given out of one visitor.
const MOST_ROWS: usize = 10_000;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(person, erase))
}

/// How the person is named: by one of these, as the site's tags send it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The team's own id of the person.
    user_id: Option<String>,
    /// The id that a tag drew for the browser.
    anonymous_id: Option<String>,
}

/// What is kept of a person on a site.
#[derive(Serialize, ToSchema)]
struct PersonBody {
    events: u64,
    /// Whether there are more events than rows.
    truncated: bool,
    /// Events as they are kept.
    rows: Vec<Value>,
}

#[derive(Serialize, ToSchema)]
struct Erased {
    events: u64,
    /// Refused messages that are gone.
    messages: u64,
    /// Imports that were running: erase again when they are done.
    imports_running: u64,
}

/// Whom it is about, by the hashes under which events are kept.
fn whom(site: &Site, who: &Asked) -> Result<Who, ApiError> {
    let text = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned)
    };
    let (user, anonymous) = (text(&who.user_id), text(&who.anonymous_id));
    if user.is_none() && anonymous.is_none() {
        let detail = "name the person by `user_id` or `anonymous_id`";
        return Err(ApiError::field("user_id", "missing", detail));
    }
    Ok(Who {
        site_number: site.number,
        visitor_ids: anonymous
            .map(|id| visitor::anonymous_id(site.number, &id))
            .into_iter()
            .collect(),
        person_ids: user.map(|id| visitor::person_id(site.number, &id)).into_iter().collect(),
    })
}

/// What is kept of a person: for who asks what we know of them.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}/people", tag = "people",
    params(("w" = String, Path), ("s" = String, Path), Asked),
    responses((status = 200, body = PersonBody), (status = 422, body = Problem))
)]
async fn person(
    State(app): State<App>,
    admin: Admin,
    Path((_, site)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Json<PersonBody>, ApiError> {
    let site = app.store().site(&admin.workspace, &site).await?;
    let who = whom(&site, &asked)?;
    let rows = Arc::new(Mutex::new(Vec::new()));
    let found = rows.clone();
    let each = move |row: Value| {
        let mut rows = found.lock();
        if rows.len() < MOST_ROWS {
            rows.push(row);
        }
    };
    let events = export(app.lake().dir(), who, each)
        .await
        .map_err(|error| ApiError::Erase(error.to_string()))?;
    let rows = std::mem::take(&mut *rows.lock());
    admin.note(&app, "person.exported", &site.domain, json!({"events": events})).await?;
    Ok(Json(PersonBody { events, truncated: events > rows.len() as u64, rows }))
}

/// Erases a person from the log, the memory, the files, the links and the quarantine of a site.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/sites/{s}/people", tag = "people",
    params(("w" = String, Path), ("s" = String, Path), Asked),
    responses((status = 200, body = Erased), (status = 422, body = Problem))
)]
async fn erase(
    State(app): State<App>,
    admin: Admin,
    Path((_, site)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Json<Erased>, ApiError> {
    let site = app.store().site(&admin.workspace, &site).await?;
    let who = whom(&site, &asked)?;
    let ids: Vec<i64> = who.visitor_ids.iter().chain(&who.person_ids).copied().collect();
    // Before and after: what arrives meanwhile must find no link.
    app.store().erase_links(&admin.workspace, &site.id, &ids).await?;
    let erased = app
        .lake()
        .erase(&who, app.now().as_microsecond())
        .await
        .map_err(|error| ApiError::Erase(error.to_string()))?;
    let ids = [ids, erased.ids].concat();
    app.store().erase_links(&admin.workspace, &site.id, &ids).await?;
    let names = [&asked.user_id, &asked.anonymous_id].into_iter().flatten();
    let names = names.map(|id| visitor::unclaimed_id(id.trim()));
    let ids: Vec<i64> = ids.into_iter().chain(names).collect();
    let unclaimed = app.store().has_unclaimed(&admin.workspace).await?;
    let messages =
        app.store().erase_quarantined(&admin.workspace, &site.id, &ids, unclaimed).await?;
    app.store().wipe().await?;
    let detail = json!({"events": erased.events, "messages": messages});
    admin.note(&app, "person.erased", &site.domain, detail).await?;
    Ok(Json(Erased {
        events: erased.events,
        messages,
        imports_running: erased.imports_running as u64,
    }))
}
