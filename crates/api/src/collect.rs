//! Collecting: every path that the clients of all protocols post to, and `POST /api/events` for servers
//! that hold a token.

mod body;
mod cors;
pub(crate) mod limit;
pub(crate) mod take;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request as HttpRequest, State};
use axum::http::request::Parts as Head;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use luotsi_lake::lake::{AppendError, Appended};
use luotsi_marketing::bot::Headers;
use luotsi_marketing::collect::plausible::{self, Trust};
use luotsi_marketing::collect::{self as protocols, Parts, Refused as Message};
use luotsi_marketing::enrich::Request;
use luotsi_marketing::event::Event;
use luotsi_marketing::hit::{Hit, Refusal, SiteKey};
use luotsi_marketing::page::clean;
use luotsi_marketing::protocol::Protocol;
use luotsi_store::token::{Scope, Token};

use crate::address::ClientAddress;
use crate::collect::body::BodyError;
use crate::collect::take::NotTaken;
use crate::collector::{CollectedKey, CollectedSite};
use crate::problem::{FieldProblem, Problem};
use crate::qa::{self, Dropped, Judged, RefusedFor};
use crate::state::App;
use crate::web;

pub(crate) use body::Budget;

/// Largest body of one event, bytes.
pub(crate) const MAX_EVENT_BODY: usize = 64 * 1024;

/// Most events in a batch.
const MAX_BATCH: usize = 5_000;

/// Most messages that other protocols' clients may put into one request.
const MAX_MESSAGES: usize = 10_000;

/// Longest path that is named in an error, bytes.
const MAX_NAMED: usize = 200;

/// Most errors that are listed for a batch.
const MAX_LISTED: usize = 100;

/// So long a batch waits for room in the lake, looking so often.
const ROOM_PATIENCE: Duration = Duration::from_secs(2);
const ROOM_LOOK: Duration = Duration::from_millis(20);

/// Events of a batch that Event QA looks at.
const MAX_SHOWN: usize = 100;

/// Where the tracker and Plausible's clients report.
pub(crate) const EVENT_PATH: &str = "/api/event";

/// Takes one event. The body is JSON whatever its content type says; 202 means that it is kept.
#[utoipa::path(
    post, path = "/api/event", tag = "collect", request_body = serde_json::Value,
    responses(
        (status = 202, description = "The event is kept."),
        (status = 400, description = "The event cannot be taken.", body = Problem),
        (status = 413, description = "The body is larger than 64 KiB.", body = Problem),
        (status = 429, description = "Too fast: `Retry-After` says when.", body = Problem),
        (status = 503, description = "Not now: `Retry-After` says when.", body = Problem),
    )
)]
pub(crate) async fn post_event(
    State(app): State<App>,
    ClientAddress(ip): ClientAddress,
    request: HttpRequest,
) -> Response {
    let (head, body) = request.into_parts();
    event(&app, ip, &head, body).await
}

/// As `post_event`, for who has taken the request apart.
pub(crate) async fn event(app: &App, ip: IpAddr, head: &Head, body: Body) -> Response {
    let answer = collect(app, ip, head, body, Some(Protocol::Plausible)).await;
    answer.unwrap_or_else(|| nothing_at(head))
}

/// A path that is no part of `/api`: a script's, a client's, or else a screen.
pub(crate) async fn client_or_ui(
    State(app): State<App>,
    ClientAddress(ip): ClientAddress,
    request: HttpRequest,
) -> Response {
    let (head, body) = request.into_parts();
    let looks = matches!(head.method, Method::GET | Method::HEAD);
    if let Some(script) = looks.then(|| web::script(&head.uri, &head.headers)).flatten() {
        return script;
    }
    if let Some(answer) = client(&app, ip, &head, body).await {
        return answer;
    }
    let screen = looks.then(|| web::ui(&head.uri, &head.headers)).flatten();
    screen.unwrap_or_else(|| nothing_at(&head))
}

/// What is told to who asks for what is neither a client's, nor ours. A page's script may read it.
fn nothing_at(head: &Head) -> Response {
    let path = clean(head.uri.path(), MAX_NAMED);
    let detail = format!("nothing answers {} {path}", head.method);
    let problem = Problem::new(StatusCode::NOT_FOUND, "not_found", detail);
    let mut response = problem.into_response();
    cors::allow(response.headers_mut(), head.headers.get(header::ORIGIN));
    response
}

/// A path below `/api` that is not ours: a client's, or nobody's.
pub(crate) async fn client_or_nobody(
    State(app): State<App>,
    ClientAddress(ip): ClientAddress,
    request: HttpRequest,
) -> Response {
    let (head, body) = request.into_parts();
    let answer = client(&app, ip, &head, body).await;
    answer.unwrap_or_else(|| nothing_at(&head))
}

/// Answers a browser that asks whether it may post.
pub(crate) async fn event_preflight(headers: HeaderMap) -> Response {
    cors::preflight(&headers)
}

/// Answers a client's request; `None` when it is none.
async fn client(app: &App, ip: IpAddr, head: &Head, body: Body) -> Option<Response> {
    if head.method == Method::OPTIONS {
        return Some(cors::preflight(&head.headers));
    }
    collect(app, ip, head, body, None).await
}

/// Takes a request of `protocol`, or of the one that it turns out to speak.
async fn collect(
    app: &App,
    ip: IpAddr,
    head: &Head,
    body: Body,
    protocol: Option<Protocol>,
) -> Option<Response> {
    let started = Instant::now();
    let origin = head.headers.get(header::ORIGIN);
    let (mut response, protocol) = match answer(app, ip, head, body, protocol).await {
        Ok(answered) => answered?,
        Err(refused) => (refused.into_response(), protocol),
    };
    cors::allow(response.headers_mut(), origin);
    app.metrics().answered_client(protocol, response.status().as_u16(), started.elapsed());
    Some(response)
}

async fn answer(
    app: &App,
    ip: IpAddr,
    head: &Head,
    body: Body,
    protocol: Option<Protocol>,
) -> Result<Option<(Response, Option<Protocol>)>, Refused> {
    if !ip.is_loopback() {
        app.limits().addresses.address(ip).map_err(Refused::TooFast)?;
    }
    let held = body::read(&head.headers, body, &app.limits().bodies).await?;
    if protocol.is_some() && held.bytes.len() > MAX_EVENT_BODY {
        return Err(Refused::too_large(held.bytes.len(), MAX_EVENT_BODY));
    }
    let now_us = app.now().as_microsecond();
    let mut headers: Vec<(&str, &str)> = Vec::with_capacity(head.headers.len());
    let texts = head.headers.iter();
    headers.extend(texts.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))));
    let parts = Parts {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        headers: &headers,
        body: &held.bytes,
        received_at_us: now_us,
    };
    let Some(protocol) = protocol.or_else(|| protocols::detect(&parts)) else { return Ok(None) };
    let request = request(ip, &head.headers, now_us);
    let mut reading = match protocols::read(protocol, &parts) {
        Ok(reading) => reading,
        Err(refusals) => {
            unreadable(app, protocol, (&parts, &request), &refusals);
            return Err(Refused::Fields(refusals));
        }
    };
    if reading.wrong().next().is_some()
        && let Some((query, body)) = Box::pin(take::mended(app, &reading, &parts)).await?
        && let Ok(again) = protocols::read(protocol, &Parts { query: &query, body: &body, ..parts })
    {
        reading = again;
    }
    if reading.messages.len() > MAX_MESSAGES {
        let detail = format!(
            "{} messages; at most {MAX_MESSAGES} are taken at once",
            reading.messages.len()
        );
        return Err(Refused::TooLarge(detail));
    }
    let asked_only = reading.messages.is_empty();
    let taken = if asked_only {
        take::Taken::default()
    } else {
        take::take(app, protocol, reading, &request, &parts).await?
    };
    let nothing_kept = !asked_only && taken.outcome.accepted == 0;
    let tells = matches!(protocol, Protocol::Plausible | Protocol::Luotsi)
        || (taken.only_unknown_sites && protocol != Protocol::Ga4);
    if nothing_kept && tells {
        return Err(Refused::Fields(taken.refusals));
    }
    let reply = protocols::reply(protocol, &parts, &taken.outcome);
    Ok(Some((response(reply), Some(protocol))))
}

/// Shows a request of which nothing can be read to the site it is likely meant for, unless nothing of its
/// sender may be kept.
fn unreadable(
    app: &App,
    protocol: Protocol,
    (parts, request): (&Parts<'_>, &Request<'_>),
    refusals: &[Refusal],
) {
    let code = refusals.first().map_or("invalid", |refusal| refusal.code);
    app.metrics().refused(protocol, code);
    let begin = &parts.body[..parts.body.len().min(qa::MOST_LOOKED_AT)];
    let begin = String::from_utf8_lossy(begin);
    let origin = parts.header("origin").or_else(|| parts.header("referer")).unwrap_or_default();
    let named = [origin, parts.query, parts.path, &begin]
        .into_iter()
        .find_map(|text| app.collector().site_in(protocol, text));
    let Some(site) = named.filter(|site| !app.collector().declines(site, request)) else { return };
    let refused = Message {
        index: 0,
        site: None,
        name: None,
        raw: String::new(),
        refusals: refusals.to_vec(),
    };
    app.qa().request(&Judged {
        protocol,
        parts,
        user_agent: parts.header("user-agent").unwrap_or_default(),
        visitor_id: None,
        sites: &[],
        events: &[],
        left_out: &[],
        dropped: &[],
        refused: &[RefusedFor { site: Some(site), refused, ids: Vec::new() }],
    });
}

/// What the protocol wants its client to see.
fn response(reply: protocols::Reply) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    if !reply.content_type.is_empty() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    }
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    response
}

/// Takes many events from a server that holds a token with the scope `events:write`: an array of what
/// `/api/event` takes, or `{"events": [...]}`. All are kept or none.
#[utoipa::path(
    post, path = "/api/events", tag = "collect", request_body = serde_json::Value,
    security(("token" = [])),
    responses(
        (status = 202, description = "All events are kept: how many were new, how many repeated."),
        (status = 400, description = "Nothing was taken; every wrong field is named.", body = Problem),
        (status = 401, description = "No token, or one without `events:write`.", body = Problem),
        (status = 413, description = "More than 5,000 events or 8 MiB.", body = Problem),
        (status = 503, description = "Not now: `Retry-After` says when.", body = Problem),
    )
)]
pub(crate) async fn post_events(
    State(app): State<App>,
    ClientAddress(ip): ClientAddress,
    request: HttpRequest,
) -> Response {
    let (head, body) = request.into_parts();
    let started = Instant::now();
    let response = match take_batch(&app, ip, &head, body).await {
        Ok((accepted, duplicates)) => {
            let answer = serde_json::json!({"accepted": accepted, "duplicates": duplicates});
            (StatusCode::ACCEPTED, axum::Json(answer)).into_response()
        }
        Err(refused) => refused.into_response(),
    };
    let status = response.status().as_u16();
    app.metrics().answered_client(Some(Protocol::Luotsi), status, started.elapsed());
    response
}

async fn take_batch(
    app: &App,
    ip: IpAddr,
    head: &Head,
    body: Body,
) -> Result<(usize, usize), Refused> {
    if !ip.is_loopback() {
        app.limits().addresses.address(ip).map_err(Refused::TooFast)?;
    }
    let token = bearer(app, &head.headers).await?;
    let held = body::read(&head.headers, body, &app.limits().bodies).await?;
    wait_for_room(app).await?;
    let batch = Batch { app, ip, head, bytes: &held.bytes, now_us: app.now().as_microsecond() };
    let items = plausible::read_batch(&held.bytes, Trust::Token).map_err(|refusal| {
        batch.show_refused(std::slice::from_ref(&refusal));
        Refused::Fields(vec![refusal])
    })?;
    if items.len() > MAX_BATCH {
        let detail = format!("{} events; at most {MAX_BATCH} are taken at once", items.len());
        return Err(Refused::TooLarge(detail));
    }
    let mut hits = Vec::with_capacity(items.len());
    let mut refusals = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        match item {
            Ok(read) => hits.extend(read),
            Err(found) if refusals.len() < MAX_LISTED => {
                refusals.extend(found.into_iter().map(|refusal| Refusal {
                    field: format!("events[{index}].{}", refusal.field),
                    ..refusal
                }));
            }
            Err(_) => break,
        }
    }
    if !refusals.is_empty() {
        batch.show_refused(&refusals);
        return Err(Refused::Fields(refusals));
    }
    let request = request(ip, &head.headers, batch.now_us);
    let found = events(app, hits, &request, &token).await?;
    take::limit_sites(app, &found.events).map_err(Refused::TooFast)?;
    batch.show(&found, &request);
    drop(held);
    let appended = append(app, found.events).await?;
    Ok((appended.accepted, appended.duplicates))
}

/// A batch as Event QA sees it.
struct Batch<'a> {
    app: &'a App,
    ip: IpAddr,
    head: &'a Head,
    bytes: &'a [u8],
    now_us: i64,
}

impl Batch<'_> {
    fn judged<T>(&self, each: impl FnOnce(&Parts<'_>) -> T) -> T {
        each(&Parts {
            method: self.head.method.as_str(),
            path: self.head.uri.path(),
            query: "",
            headers: &[],
            body: self.bytes,
            received_at_us: self.now_us,
        })
    }

    fn show(&self, found: &Found, request: &Request<'_>) {
        let Found { events, sites, dropped } = found;
        let some = &events[..events.len().min(MAX_SHOWN)];
        self.judged(|parts| {
            self.app.qa().request(&Judged {
                protocol: Protocol::Luotsi,
                parts,
                user_agent: request.user_agent,
                visitor_id: None,
                sites,
                events: some,
                left_out: &[],
                dropped,
                refused: &[],
            });
        });
    }

    /// The sender is told, and sends all of it again: nothing is kept to be taken later.
    fn show_refused(&self, refusals: &[Refusal]) {
        let request = request(self.ip, &self.head.headers, self.now_us);
        self.judged(|parts| unreadable(self.app, Protocol::Luotsi, (parts, &request), refusals));
    }
}

async fn bearer(app: &App, headers: &HeaderMap) -> Result<Token, Refused> {
    let text = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(text) = text.and_then(|text| text.strip_prefix("Bearer ")) else {
        return Err(Refused::NoToken);
    };
    let token = app.store().token(text.trim(), app.now()).await.map_err(Refused::store)?;
    token.filter(|token| token.allows(Scope::EventsWrite)).ok_or(Refused::NoToken)
}

/// What is looked at of a request, in one pass over its headers. Of a header that comes twice the first
/// counts.
fn request(ip: IpAddr, headers: &HeaderMap, received_at_us: i64) -> Request<'_> {
    let mut request = Request { ip, user_agent: "", purpose: "", received_at_us, headers: None };
    let mut found = Headers::default();
    let (mut purposes, mut forwarded_proto) = ([""; 4], "");
    for (name, value) in headers {
        let field = match name.as_str() {
            "user-agent" => &mut request.user_agent,
            "accept-language" => &mut found.accept_language,
            "sec-ch-ua" => &mut found.client_hints,
            "sec-gpc" => &mut found.sec_gpc,
            "dnt" => &mut found.dnt,
            "x-forwarded-proto" => &mut forwarded_proto,
            "sec-purpose" => &mut purposes[0],
            "purpose" => &mut purposes[1],
            "x-moz" => &mut purposes[2],
            "x-purpose" => &mut purposes[3],
            _ => continue,
        };
        if field.is_empty() {
            *field = value.to_str().unwrap_or_default();
        }
    }
    found.secure = forwarded_proto == "https";
    request.purpose = purposes.into_iter().find(|purpose| !purpose.is_empty()).unwrap_or_default();
    request.headers = Some(found);
    request
}

async fn events(
    app: &App,
    hits: Vec<Hit>,
    request: &Request<'_>,
    token: &Token,
) -> Result<Found, Refused> {
    let salts = app.collector().salts(app.store(), app.now()).await.map_err(Refused::store)?;
    let mut events = Vec::with_capacity(hits.len());
    let mut sites: Vec<Arc<CollectedSite>> = Vec::new();
    let mut dropped = Vec::new();
    let mut last: Option<(SiteKey, Arc<CollectedKey>)> = None;
    let since = Instant::now();
    for hit in hits {
        let known = last.as_ref().filter(|(name, _)| *name == hit.site);
        let key = match known {
            Some((_, key)) => key.clone(),
            None => {
                let found = app.collector().key(app.store(), &hit.site, since).await;
                let found = found.map_err(Refused::store)?;
                let found = found.filter(|key| token.workspace_id == key.site.workspace_id);
                let Some(key) = found else {
                    let detail = format!(
                        "`{}` is no site here: add it under Settings, or mend the domain",
                        hit.site.key
                    );
                    return Err(Refused::field("events[].d", "unknown_site", detail));
                };
                last = Some((hit.site.clone(), key.clone()));
                if sites.iter().all(|site| site.number != key.site.number) {
                    sites.push(key.site.clone());
                }
                key
            }
        };
        match app.collector().event(hit, &key.site, &salts, request) {
            Ok(event) => events.push(event),
            Err(name) if dropped.len() < MAX_SHOWN => dropped.push((key.site.clone(), name)),
            Err(_) => {}
        }
    }
    Ok(Found { events, sites, dropped })
}

/// What a batch comes to.
struct Found {
    events: Vec<Event>,
    /// Theirs.
    sites: Vec<Arc<CollectedSite>>,
    dropped: Vec<Dropped>,
}

/// Waits a little while the lake has no room: a batch that is held as it was sent costs little, one that is
/// read and turned away costs much.
async fn wait_for_room(app: &App) -> Result<(), Refused> {
    let since = Instant::now();
    while let Err(full) = app.lake().has_room() {
        if since.elapsed() >= ROOM_PATIENCE {
            return Err(Refused::NotNow(full));
        }
        tokio::time::sleep(ROOM_LOOK).await;
    }
    Ok(())
}

async fn append(app: &App, events: Vec<Event>) -> Result<Appended, Refused> {
    let now_us = app.now().as_microsecond();
    let appended = app.lake().append_at(events, now_us).await.map_err(Refused::NotNow)?;
    let (accepted, duplicates) = (appended.accepted as u64, appended.duplicates as u64);
    app.metrics().accepted(accepted, duplicates);
    app.metrics().collected(Protocol::Luotsi, accepted, duplicates);
    Ok(appended)
}

/// Why a body was not taken.
enum Refused {
    Fields(Vec<Refusal>),
    TooLarge(String),
    NoToken,
    TooFast(Duration),
    Body(BodyError),
    NotNow(AppendError),
}

impl From<BodyError> for Refused {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::TooLarge(error.to_string()),
            other => Self::Body(other),
        }
    }
}

impl From<NotTaken> for Refused {
    fn from(error: NotTaken) -> Self {
        match error {
            NotTaken::Store(error) => Self::store(error),
            NotTaken::Lake(error) => Self::NotNow(error),
            NotTaken::TooFast(wait) => Self::TooFast(wait),
        }
    }
}

impl Refused {
    fn field(field: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Fields(vec![Refusal::new(field, code, detail)])
    }

    fn too_large(bytes: usize, limit: usize) -> Self {
        Self::TooLarge(format!("the body has {bytes} bytes; at most {limit} are taken"))
    }

    #[expect(clippy::needless_pass_by_value, reason = "it ends an error's way")]
    fn store(error: luotsi_store::StoreError) -> Self {
        tracing::error!(%error, "the store did not answer while collecting");
        Self::NotNow(AppendError::Unavailable {
            retry_after: std::time::Duration::from_secs(5),
            reason: "the store does not answer".to_owned(),
        })
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Fields(refusals) => {
                let first = refusals.first().map(ToString::to_string).unwrap_or_default();
                let errors = refusals
                    .into_iter()
                    .map(|refusal| FieldProblem {
                        field: refusal.field,
                        code: refusal.code.to_owned(),
                        detail: refusal.detail,
                    })
                    .collect();
                Problem::new(StatusCode::BAD_REQUEST, "invalid_event", first)
                    .with_errors(errors)
                    .into_response()
            }
            Self::TooLarge(detail) => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail).into_response()
            }
            Self::NoToken => {
                let detail =
                    "send `Authorization: Bearer <token>` with a token of the scope `events:write`";
                Problem::new(StatusCode::UNAUTHORIZED, "no_token", detail).into_response()
            }
            Self::TooFast(wait) => {
                let detail = "more than the server takes from one address or for one site";
                let problem =
                    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail);
                retry_after(wait, problem)
            }
            Self::Body(BodyError::Busy) => {
                let problem = Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "not_now",
                    BodyError::Busy.to_string(),
                );
                retry_after(Duration::from_secs(1), problem)
            }
            Self::Body(error @ BodyError::BrokenOff) => {
                Problem::new(StatusCode::REQUEST_TIMEOUT, "body_broke_off", error.to_string())
                    .into_response()
            }
            Self::Body(error) => {
                Problem::new(StatusCode::BAD_REQUEST, "invalid_body", error.to_string())
                    .into_response()
            }
            Self::NotNow(error) => {
                let wait = match &error {
                    AppendError::Overloaded { retry_after }
                    | AppendError::Unavailable { retry_after, .. } => *retry_after,
                };
                let problem =
                    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_now", error.to_string());
                retry_after(wait, problem)
            }
        }
    }
}

/// Says when to come again, in whole seconds.
fn retry_after(wait: Duration, problem: Problem) -> Response {
    let seconds = wait.as_millis().div_ceil(1_000).max(1) as u64;
    ([(header::RETRY_AFTER, HeaderValue::from(seconds))], problem).into_response()
}
