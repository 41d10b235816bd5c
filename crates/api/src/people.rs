//! One visitor or person: what is kept of them, given out or erased.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, Query, State};
use luotsi_lake::query::{SampleOf, SampleRow, sample};
use luotsi_marketing::query::Range;
use luotsi_marketing::visitor;
use luotsi_store::site::Site;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Admin;
use crate::error::ApiError;
use crate::measure::MeasureError;
use crate::problem::Problem;
use crate::state::App;

/// Most rows that are given out of one visitor.
const MOST_ROWS: usize = 10_000;
/// Names of one person that are followed.
const MOST_NAMES: usize = 1_000;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(person, erase))
}

/// How the person is named: by one of these, as the site's tags send it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Who {
    /// The team's own id of the person.
    user_id: Option<String>,
    /// The id that a tag drew for the browser.
    anonymous_id: Option<String>,
}

/// An event of the person, as it is kept.
#[derive(Serialize, ToSchema)]
struct PersonEvent {
    at: String,
    columns: std::collections::BTreeMap<&'static str, String>,
}

/// What is kept of a person on a site.
#[derive(Serialize, ToSchema)]
struct PersonBody {
    /// Names of the person in the events, as hashes.
    visitors: Vec<String>,
    events: usize,
    /// Whether there are more than these.
    truncated: bool,
    /// The earliest first.
    rows: Vec<PersonEvent>,
}

#[derive(Serialize, ToSchema)]
struct Erased {
    /// Events that are gone from queries; their bytes go when files are cleaned up.
    events: u64,
    /// Refused messages that are gone.
    messages: u64,
}

/// The hashes under which a person's events are kept: of the given id, and of what it was linked to.
async fn names(app: &App, site: &Site, who: &Who) -> Result<BTreeSet<i64>, ApiError> {
    let text = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned)
    };
    let mut names = BTreeSet::new();
    if let Some(id) = text(&who.user_id) {
        names.insert(visitor::person_id(site.number, &id));
    }
    if let Some(id) = text(&who.anonymous_id) {
        names.insert(visitor::anonymous_id(site.number, &id));
        names.insert(visitor::named_id(site.number, &id));
    }
    if names.is_empty() {
        let detail = "name the person by `user_id` or `anonymous_id`";
        return Err(ApiError::field("user_id", "missing", detail));
    }
    let links = app.store().links(&site.workspace_id, &site.id).await?;
    loop {
        let before = names.len();
        for link in &links {
            if names.len() < MOST_NAMES && (names.contains(&link.from) || names.contains(&link.to))
            {
                names.insert(link.from);
                names.insert(link.to);
            }
        }
        if names.len() == before {
            return Ok(names);
        }
    }
}

/// What is kept of a person: for who asks what we know of them.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}/people", tag = "people",
    params(("w" = String, Path), ("s" = String, Path), Who),
    responses((status = 200, body = PersonBody), (status = 422, body = Problem))
)]
async fn person(
    State(app): State<App>,
    admin: Admin,
    Path((_, site)): Path<(String, String)>,
    Query(who): Query<Who>,
) -> Result<Json<PersonBody>, ApiError> {
    let site = app.store().site(&admin.workspace, &site).await?;
    let names = names(&app, &site, &who).await?;
    let mut rows = rows_of(&app, &site, &names).await?;
    rows.sort_by_key(|row| row.at_us);
    let truncated = rows.len() > MOST_ROWS;
    rows.truncate(MOST_ROWS);
    admin.note(&app, "person.exported", &site.domain, json!({"events": rows.len()})).await?;
    let event = |row: SampleRow| PersonEvent {
        at: jiff::Timestamp::from_microsecond(row.at_us).unwrap_or_default().to_string(),
        columns: row.columns,
    };
    Ok(Json(PersonBody {
        visitors: names.iter().map(ToString::to_string).collect(),
        events: rows.len(),
        truncated,
        rows: rows.into_iter().map(event).collect(),
    }))
}

async fn rows_of(
    app: &App,
    site: &Site,
    names: &BTreeSet<i64>,
) -> Result<Vec<SampleRow>, ApiError> {
    let range = Range { from_us: 0, to_us: app.now().as_microsecond() + 86_400_000_000 };
    let mut rows = Vec::new();
    for name in names {
        let of = SampleOf { visitor_id: Some(*name), limit: MOST_ROWS + 1, ..SampleOf::default() };
        let found = sample(&app.lake().snapshot(), app.queries(), site.number, range, of).await;
        rows.extend(found.map_err(MeasureError::from)?);
        if rows.len() > MOST_ROWS {
            break;
        }
    }
    Ok(rows)
}

/// Erases a person from the log, the memory, the files and the quarantine of a site.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/sites/{s}/people", tag = "people",
    params(("w" = String, Path), ("s" = String, Path), Who),
    responses((status = 200, body = Erased), (status = 422, body = Problem))
)]
async fn erase(
    State(app): State<App>,
    admin: Admin,
    Path((_, site)): Path<(String, String)>,
    Query(who): Query<Who>,
) -> Result<Json<Erased>, ApiError> {
    let site = app.store().site(&admin.workspace, &site).await?;
    let names = names(&app, &site, &who).await?;
    let ids = names.iter().copied().collect();
    let events = app
        .lake()
        .erase(site.number, ids, app.now().as_microsecond())
        .await
        .map_err(|error| ApiError::Erase(error.to_string()))?;
    let mut messages = 0;
    for id in [&who.user_id, &who.anonymous_id].into_iter().flatten() {
        messages += app
            .store()
            .erase_quarantined(&admin.workspace, &site.id, None, Some(id.trim()))
            .await?;
    }
    for name in names {
        messages +=
            app.store().erase_quarantined(&admin.workspace, &site.id, Some(name), None).await?;
    }
    let detail = json!({"events": events, "messages": messages});
    admin.note(&app, "person.erased", &site.domain, detail).await?;
    Ok(Json(Erased { events, messages }))
}
