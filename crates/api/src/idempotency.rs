//! `Idempotency-Key`: a creating request that is sent again makes nothing new and gets the first answer.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use luotsi_store::idempotency::{Claim, KeptAnswer};
use luotsi_store::secret;

use crate::auth::{Actor, session_cookie};
use crate::error::ApiError;
use crate::state::App;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Readings name no workspace: their token does.
const OBSERVATIONS: &str = "/api/v1/observations";

/// Longest key, characters.
const LONGEST_KEY: usize = 255;

/// Largest body and answer that are looked at, bytes.
const MOST_BYTES: usize = 1 << 20;

/// Ends of paths whose answers are shown once and never kept.
const SECRET: [&str; 4] = ["/tokens", "/shares", "/webhooks", "/secret"];

/// Answers a repeated creation in a workspace, or a batch of readings, with what the first was answered.
///
/// A key belongs to the sign-in or token that used it, for 24 hours. Refusals are not kept: what was
/// refused may be sent again, changed or not.
pub(crate) async fn once(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let creates = path.starts_with("/api/v1/workspaces/") || path == OBSERVATIONS;
    let is_creation = request.method() == Method::POST && creates;
    match request.headers().get(KEY).cloned() {
        Some(key) if is_creation => {
            let answer = once_by_key(&app, &key, request, next).await;
            answer.unwrap_or_else(IntoResponse::into_response)
        }
        _ => next.run(request).await,
    }
}

async fn once_by_key(
    app: &App,
    key: &HeaderValue,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let key = key.to_str().unwrap_or_default().trim();
    if key.is_empty() || key.len() > LONGEST_KEY {
        let detail = format!("1 to {LONGEST_KEY} characters of ASCII, new for each creation");
        return Err(ApiError::field("Idempotency-Key", "invalid", detail));
    }
    let (mut parts, body) = request.into_parts();
    // Nobody is told another's answer, and who may do nothing here any more is told none.
    let actor = Actor::from_request_parts(&mut parts, app).await?;
    let path = parts.uri.path().to_owned();
    if let Some(workspace) = path.split('/').nth(4) {
        actor.role(app, workspace).await?;
    }
    let credential = credential(&parts);
    let scope = secret::hash(&format!("idempotency {credential}"));
    let body = to_bytes(body, MOST_BYTES).await.map_err(|_| ApiError::TooLarge)?;
    // The body may hold a password: its hash is of no use without the credential.
    let hash = secret::hash(&format!("{credential} {path} {}", String::from_utf8_lossy(&body)));
    match app.store().claim_idempotency_key(&scope, key, &hash, app.now()).await? {
        Claim::Mine => {
            let request = Request::from_parts(parts, Body::from(body));
            let response = next.run(request).await;
            keep(app, &scope, key, &path, response).await
        }
        Claim::Answered(answer) if answer.body.is_empty() => Err(ApiError::AnswerNotKept),
        Claim::Answered(answer) => Ok(repeat(answer)),
        Claim::AtWork => Err(ApiError::StillAtWork),
        Claim::Other => {
            let detail = "was used for another request: take a new one for each creation";
            Err(ApiError::field("Idempotency-Key", "reused", detail))
        }
    }
}

/// What the sender shows to be known.
fn credential(parts: &Parts) -> String {
    let token = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    token.or_else(|| session_cookie(&parts.headers)).unwrap_or_default().to_owned()
}

async fn keep(
    app: &App,
    scope: &str,
    key: &str,
    path: &str,
    response: Response,
) -> Result<Response, ApiError> {
    if !response.status().is_success() {
        app.store().free_idempotency_key(scope, key).await?;
        return Ok(response);
    }
    let (head, body) = response.into_parts();
    let bytes = to_bytes(body, MOST_BYTES).await.unwrap_or_else(|_| Bytes::new());
    let body = match std::str::from_utf8(&bytes) {
        Ok(text) if !SECRET.iter().any(|end| path.ends_with(end)) => text.to_owned(),
        _ => String::new(),
    };
    let answer = KeptAnswer { status: head.status.as_u16(), body };
    if let Err(error) = app.store().answer_idempotency_key(scope, key, &answer).await {
        // It was made: whoever asked must hear of it.
        tracing::error!(%error, "an answer cannot be kept for repetitions");
    }
    Ok(Response::from_parts(head, Body::from(bytes)))
}

fn repeat(answer: KeptAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (REPLAYED, HeaderValue::from_static("true")),
    ];
    (status, headers, answer.body).into_response()
}
