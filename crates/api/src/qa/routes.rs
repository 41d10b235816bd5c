//! What Event QA shows and what can be done with what was refused.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use luotsi_marketing::collect::{self as protocols, Parts};
use luotsi_marketing::enrich::Request;
use luotsi_marketing::protocol::Protocol;
use luotsi_marketing::qa::{Notice, mask};
use luotsi_store::qa::Quarantined;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::quarantine::{naming, places};
use super::{Arrival, Replayed, Verdict};
use crate::auth::{Admin, Viewer};
use crate::body::Body;
use crate::collect::take;
use crate::error::ApiError;
use crate::problem::{FieldProblem, Problem};
use crate::state::App;

const PAGE: u32 = 50;
/// Messages that are taken again at once.
const MOST_REPLAYED: u32 = 1_000;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(arrivals))
        .routes(routes!(seen))
        .routes(routes!(quarantined, empty))
        .routes(routes!(replay))
        .routes(routes!(drop_one))
        .routes(routes!(unknown))
}

/// Something that is worth a second look.
#[derive(Serialize, ToSchema)]
struct NoticeBody {
    /// `new_name`, `new_property`, `type_change` or `left_out`.
    kind: &'static str,
    /// The property, or the field that was left out.
    property: Option<String>,
    /// Why it was left out.
    detail: Option<String>,
    /// `number`, `flag` or `text`.
    was: Option<&'static str>,
    is: Option<&'static str>,
}

impl From<Notice> for NoticeBody {
    fn from(notice: Notice) -> Self {
        let none = Self { kind: "new_name", property: None, detail: None, was: None, is: None };
        match notice {
            Notice::NewName => none,
            Notice::NewProperty { name } => {
                Self { kind: "new_property", property: Some(name), ..none }
            }
            Notice::TypeChange { name, was, is } => Self {
                kind: "type_change",
                property: Some(name),
                was: Some(was.as_str()),
                is: Some(is.as_str()),
                ..none
            },
            Notice::LeftOut { field, detail } => Self {
                kind: "left_out",
                property: Some(mask(&field)),
                detail: Some(mask(&detail)),
                ..none
            },
        }
    }
}

#[derive(Serialize, ToSchema)]
struct ArrivalBody {
    number: u64,
    at: String,
    protocol: &'static str,
    name: Option<String>,
    /// `counted`, `held_back`, `dropped` (by a rule of the site) or `refused`.
    verdict: &'static str,
    /// Host and path of the page, of what counts.
    page: Option<String>,
    /// Why it is held back.
    reason: Option<&'static str>,
    /// Why it was refused.
    refusals: Vec<FieldProblem>,
    notices: Vec<NoticeBody>,
    /// The request with personal data masked.
    raw: String,
}

impl From<Arrival> for ArrivalBody {
    fn from(arrival: Arrival) -> Self {
        let (verdict, page, reason, refusals) = match arrival.verdict {
            Verdict::Counted { page } => ("counted", Some(page), None, Vec::new()),
            Verdict::HeldBack(reason) => ("held_back", None, Some(reason.as_str()), Vec::new()),
            Verdict::Dropped => ("dropped", None, None, Vec::new()),
            Verdict::Refused(refusals) => {
                ("refused", None, None, refusals.into_iter().map(problem).collect())
            }
        };
        Self {
            number: arrival.number,
            at: at(arrival.at_us),
            protocol: arrival.protocol.as_str(),
            name: arrival.name,
            verdict,
            page,
            reason,
            refusals,
            notices: arrival.notices.into_iter().map(NoticeBody::from).collect(),
            raw: arrival.raw.to_string(),
        }
    }
}

fn problem([field, code, detail]: [String; 3]) -> FieldProblem {
    FieldProblem { field, code, detail: mask(&detail) }
}

fn at(at_us: i64) -> String {
    Timestamp::from_microsecond(at_us).unwrap_or_default().to_string()
}

#[derive(Serialize, ToSchema)]
struct Arrivals {
    /// The earliest first.
    items: Vec<ArrivalBody>,
    /// To ask for what comes after.
    next: u64,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct After {
    /// `next` of the answer before.
    after: Option<u64>,
}

/// What arrived at the site of late, at this server: the latest 200, at most 20 of a second.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}/qa/arrivals", tag = "event qa",
    params(("w" = String, Path), ("s" = String, Path), After),
    responses((status = 200, body = Arrivals), (status = 404, body = Problem))
)]
async fn arrivals(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, site)): Path<(String, String)>,
    Query(After { after }): Query<After>,
) -> Result<Json<Arrivals>, ApiError> {
    let site = app.store().site(&viewer.workspace, &site).await?;
    let after = after.unwrap_or(0);
    let found = app.qa().arrivals(site.number, after);
    let next = found.last().map_or(after, |arrival| arrival.number);
    Ok(Json(Arrivals { items: found.into_iter().map(ArrivalBody::from).collect(), next }))
}

#[derive(Serialize, ToSchema)]
struct SeenBody {
    name: String,
    first_at: String,
    /// Kinds of properties: `number`, `flag` or `text`.
    props: Value,
}

#[derive(Serialize, ToSchema)]
struct Seen {
    items: Vec<SeenBody>,
}

/// The events that the site had so far, by name, with their properties.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}/qa/events", tag = "event qa",
    params(("w" = String, Path), ("s" = String, Path)), responses((status = 200, body = Seen))
)]
async fn seen(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, site)): Path<(String, String)>,
) -> Result<Json<Seen>, ApiError> {
    let site = app.store().site(&viewer.workspace, &site).await?;
    let events = app.store().seen_events(&viewer.workspace, &site.id).await?.into_iter();
    let items = events.map(|event| SeenBody {
        name: event.name,
        first_at: event.first_at.to_string(),
        props: event.props,
    });
    Ok(Json(Seen { items: items.collect() }))
}

/// A request with messages that were refused.
#[derive(Serialize, ToSchema)]
struct QuarantinedBody {
    id: String,
    at: String,
    protocol: String,
    site_key: String,
    name: Option<String>,
    /// The field begins with the message's place in the request.
    refusals: Vec<FieldProblem>,
    /// The request with personal data masked.
    raw: String,
}

impl From<Quarantined> for QuarantinedBody {
    fn from(kept: Quarantined) -> Self {
        let message = kept.message;
        let query =
            if message.query.is_empty() { String::new() } else { format!("?{}", message.query) };
        let raw = format!("{} {}{query}\n\n{}", message.method, message.path, message.body);
        Self {
            id: kept.id,
            at: kept.at.to_string(),
            protocol: message.protocol,
            site_key: message.site_key,
            name: message.name,
            refusals: message.refusals.into_iter().map(problem).collect(),
            raw: mask(raw.trim_end()),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct QuarantinePage {
    /// The latest first.
    items: Vec<QuarantinedBody>,
    /// Where the next page begins; absent on the last.
    next_cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Cursor {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Messages that were refused, kept for 14 days, at most 1,000 of a site.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}/qa/quarantine", tag = "event qa",
    params(("w" = String, Path), ("s" = String, Path), Cursor),
    responses((status = 200, body = QuarantinePage))
)]
async fn quarantined(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, site)): Path<(String, String)>,
    Query(Cursor { cursor }): Query<Cursor>,
) -> Result<Json<QuarantinePage>, ApiError> {
    let site = app.store().site(&viewer.workspace, &site).await?;
    let mut kept =
        app.store().quarantined(&viewer.workspace, &site.id, cursor.as_deref(), PAGE + 1).await?;
    let more = kept.len() > PAGE as usize;
    kept.truncate(PAGE as usize);
    let next_cursor = kept.last().filter(|_| more).map(|kept| kept.id.clone());
    Ok(Json(QuarantinePage { items: kept.into_iter().map(Into::into).collect(), next_cursor }))
}

#[derive(Deserialize, ToSchema)]
struct ReplayRequest {
    /// Which; all when not given.
    ids: Option<Vec<String>>,
}

#[derive(Serialize, ToSchema)]
struct Replay {
    /// Requests of which all messages were taken: they left the quarantine.
    taken: usize,
    events: usize,
    /// Requests that stay.
    refused: usize,
}

/// Takes refused messages again, after what was wrong was mended. What they say of the past is believed.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/sites/{s}/qa/quarantine/replay", tag = "event qa",
    params(("w" = String, Path), ("s" = String, Path)), request_body = ReplayRequest,
    responses((status = 200, body = Replay))
)]
async fn replay(
    State(app): State<App>,
    admin: Admin,
    Path((_, site)): Path<(String, String)>,
    Body(request): Body<ReplayRequest>,
) -> Result<Json<Replay>, ApiError> {
    let site = app.store().site(&admin.workspace, &site).await?;
    let kept = app.store().quarantined(&admin.workspace, &site.id, None, MOST_REPLAYED).await?;
    let mut done = Replay { taken: 0, events: 0, refused: 0 };
    let chosen = |kept: &Quarantined| request.ids.as_ref().is_none_or(|ids| ids.contains(&kept.id));
    for kept in kept.into_iter().filter(chosen) {
        match take_again(&app, &kept).await? {
            Some(events) => {
                app.store().delete_quarantined(&admin.workspace, &site.id, &kept.id).await?;
                done.taken += 1;
                done.events += events;
            }
            None => done.refused += 1,
        }
    }
    let detail = json!({"taken": done.taken, "refused": done.refused});
    admin.note(&app, "quarantine.replayed", &site.domain, detail).await?;
    Ok(Json(done))
}

/// How many events a kept request brought; `None` when it is refused again.
async fn take_again(app: &App, kept: &Quarantined) -> Result<Option<usize>, ApiError> {
    let message = &kept.message;
    let Ok(protocol) = message.protocol.parse::<Protocol>() else { return Ok(None) };
    let naming = naming(kept);
    let headers = message.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let headers: Vec<(&str, &str)> =
        headers.chain(naming.iter().map(|(name, value)| (*name, value.as_str()))).collect();
    let received_at_us = kept.at.as_microsecond();
    let parts = Parts {
        method: &message.method,
        path: &message.path,
        query: &message.query,
        headers: &headers,
        body: message.body.as_bytes(),
        received_at_us,
    };
    let Ok(mut reading) = protocols::read(protocol, &parts) else { return Ok(None) };
    let mended = take::mended(app, &reading, &parts).await;
    let mended = mended.inspect_err(|error| tracing::warn!(%error, "rules were not looked up"));
    if let Ok(Some((query, body))) = mended
        && let Ok(again) = protocols::read(protocol, &Parts { query: &query, body: &body, ..parts })
    {
        reading = again;
    }
    let request = Request {
        // Addresses are not kept: the visitor's hash was.
        ip: std::net::Ipv4Addr::UNSPECIFIED.into(),
        user_agent: parts.header("user-agent").unwrap_or_default(),
        purpose: "",
        received_at_us,
        headers: None,
    };
    let replayed = Replayed { places: places(kept), visitor_id: message.visitor_id };
    match take::again(app, protocol, reading, &request, &parts, &replayed).await {
        Ok(taken) if taken.outcome.refused == 0 => Ok(Some(taken.outcome.accepted)),
        Ok(_) => Ok(None),
        Err(error) => {
            tracing::warn!(%error, "a refused message was not taken again");
            Ok(None)
        }
    }
}

/// Drops a refused message.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/sites/{s}/qa/quarantine/{id}", tag = "event qa",
    params(("w" = String, Path), ("s" = String, Path), ("id" = String, Path)),
    responses((status = 204, description = "Dropped."), (status = 404, body = Problem))
)]
async fn drop_one(
    State(app): State<App>,
    admin: Admin,
    Path((_, site, id)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let site = app.store().site(&admin.workspace, &site).await?;
    app.store().delete_quarantined(&admin.workspace, &site.id, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Drops all refused messages of the site.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/sites/{s}/qa/quarantine", tag = "event qa",
    params(("w" = String, Path), ("s" = String, Path)),
    responses((status = 204, description = "Dropped."))
)]
async fn empty(
    State(app): State<App>,
    admin: Admin,
    Path((_, site)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let site = app.store().site(&admin.workspace, &site).await?;
    let dropped = app.store().empty_quarantine(&admin.workspace, &site.id).await?;
    admin.note(&app, "quarantine.emptied", &site.domain, json!({"messages": dropped})).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, ToSchema)]
struct UnknownKeyBody {
    protocol: String,
    key: String,
    messages: i64,
    last_at: String,
}

#[derive(Serialize, ToSchema)]
struct UnknownKeys {
    items: Vec<UnknownKeyBody>,
}

/// Keys that clients send and no site has. Told only on a server of one workspace: elsewhere they may be
/// another's.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/unknown-keys", tag = "event qa",
    params(("w" = String, Path)), responses((status = 200, body = UnknownKeys))
)]
async fn unknown(State(app): State<App>, admin: Admin) -> Result<Json<UnknownKeys>, ApiError> {
    let workspaces = app.store().all_workspaces().await?;
    let alone =
        workspaces.iter().all(|workspace| workspace.id == admin.workspace || workspace.sample);
    let keys = if alone { app.store().unknown_keys(PAGE).await? } else { Vec::new() };
    let items = keys.into_iter().map(|key| UnknownKeyBody {
        protocol: key.protocol,
        key: key.key,
        messages: key.messages,
        last_at: key.last_at.to_string(),
    });
    Ok(Json(UnknownKeys { items: items.collect() }))
}
