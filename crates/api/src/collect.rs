//! Collecting: `POST /api/event` for one event from a page, `POST /api/events` for many from a server.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use luotsi_lake::lake::{AppendError, Appended};
use luotsi_marketing::collect::plausible::{self, Trust};
use luotsi_marketing::enrich::Request;
use luotsi_marketing::event::Event;
use luotsi_marketing::hit::{Hit, Refusal};
use luotsi_store::token::{Scope, Token};
use serde_json::Value;

use crate::address::ClientAddress;
use crate::problem::{FieldProblem, Problem};
use crate::state::App;

/// Largest body of one event, bytes.
pub(crate) const MAX_EVENT_BODY: usize = 64 * 1024;

/// Largest body of a batch, bytes.
pub(crate) const MAX_BATCH_BODY: usize = 8 * 1024 * 1024;

/// Most events in a batch.
const MAX_BATCH: usize = 5_000;

/// Most errors that are listed for a batch.
const MAX_LISTED: usize = 100;

const ANY_ORIGIN: (HeaderName, HeaderValue) =
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));

/// Lets a page of another host read how long to wait.
const RETRY_AFTER_IS_READABLE: (HeaderName, HeaderValue) =
    (header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));

/// Takes one event. The body is JSON whatever its content type says; 202 means that it is kept.
#[utoipa::path(
    post, path = "/api/event", tag = "collect", request_body = serde_json::Value,
    responses(
        (status = 202, description = "The event is kept."),
        (status = 400, description = "The event cannot be taken.", body = Problem),
        (status = 413, description = "The body is larger than 64 KiB.", body = Problem),
        (status = 503, description = "Not now: `Retry-After` says when.", body = Problem),
    )
)]
pub(crate) async fn post_event(
    State(app): State<App>,
    ClientAddress(ip): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = match take_event(&app, ip, &headers, &body).await {
        Ok(()) => (StatusCode::ACCEPTED, "ok").into_response(),
        Err(refused) => refused.into_response(),
    };
    ([ANY_ORIGIN, RETRY_AFTER_IS_READABLE], answer).into_response()
}

/// Answers a browser that asks whether it may post.
pub(crate) async fn event_preflight() -> Response {
    let allow = |name: HeaderName, value: &'static str| (name, HeaderValue::from_static(value));
    let headers = [
        ANY_ORIGIN,
        allow(header::ACCESS_CONTROL_ALLOW_METHODS, "POST, OPTIONS"),
        allow(header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
        allow(header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

async fn take_event(
    app: &App,
    ip: std::net::IpAddr,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Refused> {
    let value = parse(body, MAX_EVENT_BODY)?;
    let hits = plausible::read(&value, Trust::Stranger).map_err(Refused::Fields)?;
    let events = events(app, hits, &request(app, ip, headers), None, "d").await?;
    append(app, events).await.map(drop)
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
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match take_batch(&app, ip, &headers, &body).await {
        Ok((accepted, duplicates)) => {
            let answer = serde_json::json!({"accepted": accepted, "duplicates": duplicates});
            (StatusCode::ACCEPTED, axum::Json(answer)).into_response()
        }
        Err(refused) => refused.into_response(),
    }
}

async fn take_batch(
    app: &App,
    ip: std::net::IpAddr,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(usize, usize), Refused> {
    let token = bearer(app, headers).await?;
    let mut value = parse(body, MAX_BATCH_BODY)?;
    let items = match &mut value {
        Value::Array(items) => std::mem::take(items),
        Value::Object(object) => match object.get_mut("events").map(Value::take) {
            Some(Value::Array(items)) => items,
            _ => {
                return Err(Refused::field("events", "not_an_array", "must be an array of events"));
            }
        },
        _ => return Err(Refused::field("body", "not_an_array", "must be an array of events")),
    };
    if items.len() > MAX_BATCH {
        let detail = format!("{} events; at most {MAX_BATCH} are taken at once", items.len());
        return Err(Refused::TooLarge(detail));
    }
    let mut hits = Vec::with_capacity(items.len());
    let mut refusals = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match plausible::read(item, Trust::Token) {
            Ok(read) => hits.extend(read),
            Err(found) if refusals.len() < MAX_LISTED => {
                refusals.extend(found.into_iter().map(|refusal| Refusal {
                    field: format!("events[{index}].{}", refusal.field),
                    ..refusal
                }))
            }
            Err(_) => break,
        }
    }
    if !refusals.is_empty() {
        return Err(Refused::Fields(refusals));
    }
    let events = events(app, hits, &request(app, ip, headers), Some(&token), "events[].d").await?;
    let appended = append(app, events).await?;
    Ok((appended.accepted, appended.duplicates))
}

async fn bearer(app: &App, headers: &HeaderMap) -> Result<Token, Refused> {
    let text = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(text) = text.and_then(|text| text.strip_prefix("Bearer ")) else {
        return Err(Refused::NoToken);
    };
    let token = app.store().token(text.trim(), app.now()).await.map_err(Refused::store)?;
    token.filter(|token| token.allows(Scope::EventsWrite)).ok_or(Refused::NoToken)
}

fn parse(body: &[u8], limit: usize) -> Result<Value, Refused> {
    if body.len() > limit {
        return Err(Refused::TooLarge(format!(
            "the body has {} bytes; at most {limit} are taken",
            body.len()
        )));
    }
    serde_json::from_slice(body)
        .map_err(|error| Refused::field("body", "invalid_json", format!("is no JSON: {error}")))
}

fn request<'a>(app: &App, ip: std::net::IpAddr, headers: &'a HeaderMap) -> Request<'a> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    Request {
        ip,
        user_agent: text("user-agent").unwrap_or_default(),
        purpose: ["sec-purpose", "purpose", "x-moz", "x-purpose"]
            .into_iter()
            .find_map(text)
            .unwrap_or_default(),
        received_at_us: app.now().as_microsecond(),
    }
}

async fn events(
    app: &App,
    hits: Vec<Hit>,
    request: &Request<'_>,
    token: Option<&Token>,
    field: &str,
) -> Result<Vec<Event>, Refused> {
    let salts = app.collector().salts(app.store(), app.now()).await.map_err(Refused::store)?;
    let mut events = Vec::with_capacity(hits.len());
    for hit in hits {
        let site =
            app.collector().site(app.store(), &hit.site.key).await.map_err(Refused::store)?;
        let site =
            site.filter(|site| token.is_none_or(|token| token.workspace_id == site.workspace_id));
        let Some(site) = site else {
            let detail = format!(
                "`{}` is no site here: add it under Settings, or mend the domain",
                hit.site.key
            );
            return Err(Refused::field(field, "unknown_site", detail));
        };
        events.push(app.collector().event(hit, &site, &salts, request));
    }
    Ok(events)
}

async fn append(app: &App, events: Vec<Event>) -> Result<Appended, Refused> {
    let appended = app.lake().append(events).await.map_err(Refused::NotNow)?;
    app.metrics().accepted(appended.accepted as u64, appended.duplicates as u64);
    Ok(appended)
}

/// Why a body was not taken.
enum Refused {
    Fields(Vec<Refusal>),
    TooLarge(String),
    NoToken,
    NotNow(AppendError),
}

impl Refused {
    fn field(field: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Fields(vec![Refusal::new(field, code, detail)])
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
            Self::NotNow(error) => {
                let retry_after = match &error {
                    AppendError::Overloaded { retry_after }
                    | AppendError::Unavailable { retry_after, .. } => retry_after.as_secs().max(1),
                };
                let problem =
                    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_now", error.to_string());
                ([(header::RETRY_AFTER, HeaderValue::from(retry_after))], problem).into_response()
            }
        }
    }
}
