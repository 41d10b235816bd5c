//! Every refusal of the workspace API, its HTTP status and its stable code.

use std::error::Error as _;
use std::fmt::Display;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use luotsi_marketing::goal::PlanError;
use luotsi_marketing::metric::FieldError;
use luotsi_store::StoreError;
use luotsi_store::workspace::Role;

use crate::measure::MeasureError;
use crate::problem::{FieldProblem, Problem};

#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("sign in first")]
    NotSignedIn,
    #[error("the e-mail address or the password is not right")]
    InvalidCredentials,
    #[error("this link asks for a password")]
    PasswordNeeded,
    #[error("this is not the link's password")]
    WrongPassword,
    #[error("too many attempts: try again in {} minutes", minutes(.0))]
    TooManyAttempts(SignedDuration),
    #[error("this needs the role {0} or a greater one")]
    NeedsRole(Role),
    #[error("this token has no scope that allows it")]
    NeedsScope,
    #[error("nobody gives or takes a role above their own")]
    RoleAboveOwn,
    #[error("the request does not come from a page of this server: send its `Origin`")]
    WrongOrigin,
    #[error("send `Content-Type: application/json`")]
    NotJson,
    #[error("the body is not JSON: {0}")]
    InvalidJson(String),
    #[error("the body is too large")]
    TooLarge,
    #[error("{}", first_detail(.0))]
    Fields(Vec<FieldProblem>),
    #[error("the request with this key is still at work: ask again in a second")]
    StillAtWork,
    #[error("this was done, and its answer held a secret that is not kept: make another one")]
    AnswerNotKept,
    #[error("no such path")]
    NoSuchPath,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Measure(#[from] MeasureError),
    #[error("a person could not be erased: {0}")]
    Erase(String),
    #[error("the task ended early: {0}")]
    Task(#[from] tokio::task::JoinError),
}

fn minutes(wait: &SignedDuration) -> i64 {
    wait.as_secs().max(0) / 60 + 1
}

fn first_detail(problems: &[FieldProblem]) -> &str {
    problems.first().map_or("some fields are not right", |problem| problem.detail.as_str())
}

impl ApiError {
    /// One field is refused.
    pub(crate) fn field(field: &str, code: &str, detail: impl Display) -> Self {
        Self::Fields(vec![FieldProblem {
            field: field.into(),
            code: code.into(),
            detail: detail.to_string(),
        }])
    }

    /// The same refusal of one of a list of metrics, or of the only one.
    pub(crate) fn of_metric(self, in_list: bool, at: usize) -> Self {
        if !in_list {
            return self;
        }
        let mut problems = self.fields();
        let of_metric = |problem: &FieldProblem| problem.field == "metric";
        if !problems.iter().any(of_metric) {
            return self;
        }
        for problem in problems.iter_mut().filter(|problem| of_metric(problem)) {
            problem.field = format!("metrics[{at}]");
        }
        Self::Fields(problems)
    }

    /// The same refusal of a part of what was asked: `tiles[3].metric` for `metric`.
    pub(crate) fn within(self, place: &str) -> Self {
        let mut problems = self.fields();
        if problems.is_empty() {
            return self;
        }
        for problem in &mut problems {
            problem.field = format!("{place}{}", problem.field);
        }
        Self::Fields(problems)
    }

    fn answer(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotSignedIn => (StatusCode::UNAUTHORIZED, "not_signed_in"),
            Self::PasswordNeeded => (StatusCode::UNAUTHORIZED, "password_needed"),
            Self::WrongPassword => (StatusCode::UNAUTHORIZED, "wrong_link_password"),
            Self::InvalidCredentials => (StatusCode::UNAUTHORIZED, "invalid_credentials"),
            Self::TooManyAttempts(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts"),
            Self::NeedsRole(_) | Self::NeedsScope => (StatusCode::FORBIDDEN, "forbidden"),
            Self::RoleAboveOwn => (StatusCode::FORBIDDEN, "role_above_own"),
            Self::WrongOrigin => (StatusCode::FORBIDDEN, "wrong_origin"),
            Self::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json"),
            Self::InvalidJson(_) => (StatusCode::BAD_REQUEST, "invalid_json"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::Fields(_)
            | Self::Measure(
                MeasureError::Invalid(_)
                | MeasureError::Formula(_)
                | MeasureError::UnknownMetric(_),
            ) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields"),
            Self::NoSuchPath | Self::Store(StoreError::NotFound(_)) => {
                (StatusCode::NOT_FOUND, "not_found")
            }
            Self::StillAtWork => (StatusCode::CONFLICT, "still_at_work"),
            Self::AnswerNotKept => (StatusCode::CONFLICT, "answer_not_kept"),
            Self::Store(StoreError::Stale(_)) => (StatusCode::CONFLICT, "stale"),
            Self::Store(StoreError::Taken(_)) => (StatusCode::CONFLICT, "taken"),
            Self::Store(StoreError::LastOwner) => (StatusCode::CONFLICT, "last_owner"),
            Self::Store(StoreError::AlreadySetUp) => (StatusCode::CONFLICT, "already_set_up"),
            Self::Store(_) | Self::Measure(_) | Self::Task(_) | Self::Erase(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal")
            }
        }
    }

    /// Which fields are to blame.
    fn fields(&self) -> Vec<FieldProblem> {
        let one = |field: &str, code: &str| {
            vec![FieldProblem { field: field.into(), code: code.into(), detail: self.to_string() }]
        };
        match self {
            Self::Fields(problems) => problems.clone(),
            Self::Measure(MeasureError::Invalid(invalid)) => {
                // What a goal asks for has one metric and filters of its own; the rest is ours.
                let field =
                    if invalid.field.starts_with("metrics") { "metric" } else { &invalid.field };
                one(field, invalid.code.as_str())
            }
            Self::Measure(MeasureError::UnknownMetric(_)) => one("metric", "unknown_metric"),
            Self::Measure(MeasureError::Formula(wrong)) => wrong.iter().map(of_field).collect(),
            Self::Store(StoreError::Taken("e-mail address" | "member")) => one("email", "taken"),
            Self::Store(StoreError::Taken("domain")) => one("domain", "taken"),
            Self::Store(StoreError::Taken("name")) => one("display_name", "taken"),
            Self::Store(StoreError::Taken("key")) => one("key", "taken"),
            _ => Vec::new(),
        }
    }

    /// Writes an unexpected error to the log, with its whole chain.
    fn log(&self) {
        let mut chain = self.to_string();
        let mut source = self.source();
        while let Some(error) = source {
            chain.push_str(": ");
            chain.push_str(&error.to_string());
            source = error.source();
        }
        tracing::error!(error = %chain, "a request failed");
    }
}

/// A field that a rule of marketing refuses.
pub(crate) fn of_field(wrong: &FieldError) -> FieldProblem {
    FieldProblem {
        field: wrong.field.clone(),
        code: wrong.code.into(),
        detail: wrong.message.clone(),
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code) = self.answer();
        let detail = if status == StatusCode::INTERNAL_SERVER_ERROR {
            self.log();
            "something went wrong on the server; its log says what".to_owned()
        } else {
            self.to_string()
        };
        let mut response =
            Problem::new(status, code, detail).with_errors(self.fields()).into_response();
        if let Self::TooManyAttempts(wait) = self {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        response
    }
}

impl From<PlanError> for ApiError {
    fn from(error: PlanError) -> Self {
        let (field, code) = match error {
            PlanError::DeadlineBeforeStart => ("deadline", "before_start"),
            PlanError::TooLong => ("deadline", "too_long"),
            PlanError::NotANumber => ("target_input", "not_a_number"),
            PlanError::NotPositive => ("target_input", "not_positive"),
            PlanError::Negative => ("target_input", "negative"),
            PlanError::ChangeOfNothing => ("target_input", "change_of_nothing"),
            PlanError::NoChange => ("target_input", "no_change"),
            PlanError::AgainstDirection(_) => ("target_input", "against_direction"),
            PlanError::Weeks(_) => ("target_input", "weeks"),
        };
        Self::field(field, code, error)
    }
}

/// Refusals of fields, gathered so that all are named at once.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<FieldProblem>);

impl Fields {
    pub(crate) fn refuse(&mut self, field: &str, code: &str, detail: impl Display) {
        self.0.push(FieldProblem {
            field: field.into(),
            code: code.into(),
            detail: detail.to_string(),
        });
    }

    /// The value, or a note of why there is none.
    pub(crate) fn take<T, E: Display>(
        &mut self,
        field: &str,
        code: &str,
        value: Result<T, E>,
    ) -> Option<T> {
        value.map_err(|detail| self.refuse(field, code, detail)).ok()
    }

    /// A text without space around it, of 1 to `most` characters.
    pub(crate) fn text(&mut self, field: &str, text: &str, most: usize) -> String {
        let text = text.trim();
        match text.chars().count() {
            0 => self.refuse(field, "empty", "this is needed"),
            count if count > most => {
                self.refuse(field, "too_long", format!("at most {most} characters"))
            }
            _ => {}
        }
        text.to_owned()
    }

    /// As `text`, but may be empty.
    pub(crate) fn optional_text(&mut self, field: &str, text: &str, most: usize) -> String {
        if text.trim().is_empty() { String::new() } else { self.text(field, text, most) }
    }

    pub(crate) fn finish(self) -> Result<(), ApiError> {
        if self.0.is_empty() { Ok(()) } else { Err(ApiError::Fields(self.0)) }
    }
}
