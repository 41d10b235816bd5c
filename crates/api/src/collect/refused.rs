//! Why a request to collect was not taken, and what its sender is told.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use luotsi_lake::lake::AppendError;
use luotsi_marketing::hit::Refusal;

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
