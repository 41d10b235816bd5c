//! Collecting: every path that the clients of all protocols post to, and `POST /api/events` for servers
//! that hold a token.

pub(crate) mod batch;
mod body;
mod cors;
pub(crate) mod limit;
mod refused;
pub(crate) mod take;

use std::net::IpAddr;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request as HttpRequest, State};
use axum::http::request::Parts as Head;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use luotsi_marketing::bot::Headers;
use luotsi_marketing::collect::{self as protocols, Parts, Refused as Message};
use luotsi_marketing::enrich::Request;
use luotsi_marketing::hit::Refusal;
use luotsi_marketing::page::clean;
use luotsi_marketing::protocol::Protocol;

use crate::address::ClientAddress;
use crate::problem::Problem;
use crate::qa::{self, Judged, RefusedFor};
use crate::state::App;
use crate::web;

use refused::Refused;

pub(crate) use body::Budget;

/// Largest body of one event, bytes.
pub(crate) const MAX_EVENT_BODY: usize = 64 * 1024;

/// Most messages that other protocols' clients may put into one request.
const MAX_MESSAGES: usize = 10_000;

/// Longest path that is named in an error, bytes.
const MAX_NAMED: usize = 200;

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
        Err(refused) => (refused.for_client(head.uri.path()), protocol),
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
