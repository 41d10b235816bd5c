//! Why a request to collect was not taken, and what its sender is told.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use luotsi_lake::lake::AppendError;
use luotsi_marketing::hit::Refusal;
use serde_json::json;

use super::body::BodyError;
use super::take::NotTaken;
use crate::problem::{FieldProblem, Problem};

/// Why a body was not taken.
pub(super) enum Refused {
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
    pub(super) fn field(field: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Fields(vec![Refusal::new(field, code, detail)])
    }

    pub(super) fn too_large(bytes: usize, limit: usize) -> Self {
        Self::TooLarge(format!("the body has {bytes} bytes; at most {limit} are taken"))
    }

    #[expect(clippy::needless_pass_by_value, reason = "it ends an error's way")]
    pub(super) fn store(error: luotsi_store::StoreError) -> Self {
        tracing::error!(%error, "the store did not answer while collecting");
        Self::NotNow(AppendError::Unavailable {
            retry_after: Duration::from_secs(5),
            reason: "the store does not answer".to_owned(),
        })
    }
}

impl Refused {
    /// What is told to the client that asked at `path`: Amplitude's read their own shape, and one of them lets go of
    /// its events where `code` is no number.
    pub(super) fn for_client(self, path: &str) -> Response {
        let is_amplitude = matches!(path, "/2/httpapi" | "/httpapi" | "/batch");
        if !is_amplitude {
            return self.into_response();
        }
        let (Problem { status, detail, .. }, wait) = self.problem();
        let mut body = json!({"code": status, "error": detail});
        if status == StatusCode::TOO_MANY_REQUESTS.as_u16() {
            body["eps_threshold"] = json!(0);
            body["throttled_devices"] = json!({});
            body["throttled_users"] = json!({});
            body["throttled_events"] = json!([]);
        }
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        later(wait, (status, Json(body)))
    }

    /// What is wrong, and in how long to come again.
    fn problem(self) -> (Problem, Option<Duration>) {
        let told = |status, code: &str, detail: String| (Problem::new(status, code, detail), None);
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
                let problem = Problem::new(StatusCode::BAD_REQUEST, "invalid_event", first);
                (problem.with_errors(errors), None)
            }
            Self::TooLarge(detail) => told(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail),
            Self::NoToken => {
                let detail =
                    "send `Authorization: Bearer <token>` with a token of the scope `events:write`";
                told(StatusCode::UNAUTHORIZED, "no_token", detail.to_owned())
            }
            Self::TooFast(wait) => {
                let detail = "more than the server takes from one address or for one site";
                let status = StatusCode::TOO_MANY_REQUESTS;
                (Problem::new(status, "too_many_requests", detail), Some(wait))
            }
            Self::Body(error @ BodyError::Busy) => {
                (not_now(error.to_string()), Some(Duration::from_secs(1)))
            }
            Self::Body(error @ BodyError::BrokenOff) => {
                told(StatusCode::REQUEST_TIMEOUT, "body_broke_off", error.to_string())
            }
            Self::Body(error) => told(StatusCode::BAD_REQUEST, "invalid_body", error.to_string()),
            Self::NotNow(error) => {
                let wait = match &error {
                    AppendError::Overloaded { retry_after }
                    | AppendError::Unavailable { retry_after, .. } => *retry_after,
                };
                (not_now(error.to_string()), Some(wait))
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (problem, wait) = self.problem();
        later(wait, problem)
    }
}

fn not_now(detail: String) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_now", detail)
}

/// Says when to come again, in whole seconds.
fn later(wait: Option<Duration>, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    if let Some(wait) = wait {
        let seconds = wait.as_millis().div_ceil(1_000).max(1) as u64;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use serde_json::Value;

    use super::*;

    async fn read(response: Response) -> (u16, Option<String>, Value) {
        let (head, body) = response.into_parts();
        let wait = head.headers.get(header::RETRY_AFTER).map(|wait| wait.to_str().unwrap().into());
        let body = body.collect().await.unwrap().to_bytes();
        (head.status.as_u16(), wait, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn amplitudes_clients_are_told_in_their_own_shape() {
        let fast = || Refused::TooFast(Duration::from_millis(1_200));
        let (status, wait, body) = read(fast().for_client("/2/httpapi")).await;
        assert_eq!((status, wait.as_deref()), (429, Some("2")));
        assert_eq!((&body["code"], &body["throttled_users"]), (&json!(429), &json!({})));
        let wrong = Refused::field("api_key", "missing", "is missing");
        let (status, wait, body) = read(wrong.for_client("/batch")).await;
        assert_eq!((status, wait, &body["code"]), (400, None, &json!(400)));
        assert!(body["error"].as_str().unwrap().contains("api_key"), "{body}");
        let (status, wait, body) = read(fast().for_client("/v1/batch")).await;
        assert_eq!((status, wait.as_deref()), (429, Some("2")));
        assert_eq!(body["code"], "too_many_requests");
    }
}
