//! Reading JSON bodies, so that a refusal names the field.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::de::{Deserialize, DeserializeOwned, Deserializer};

use crate::error::ApiError;
use crate::state::App;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::NotJson);
        }
        let bytes = Bytes::from_request(request, app).await.map_err(|_| ApiError::TooLarge)?;
        parse(&bytes).map(Body)
    }
}

/// Whether a body says that it is JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let kind =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // serde would fill a struct from an array as well.
    let object = bytes.trim_ascii_start().first() == Some(&b'{');
    if !object && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok() {
        return Err(ApiError::field("body", "invalid", "must be a JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if error.is_data() {
            field_error(&path, &error.to_string())
        } else {
            ApiError::InvalidJson(error.to_string())
        }
    })?;
    reader.end().map_err(|error| ApiError::InvalidJson(error.to_string()))?;
    Ok(value)
}

/// Names the field that serde complains about: `missing field `name`` stands beside the path of its object.
fn field_error(path: &str, message: &str) -> ApiError {
    let message = message.split(" at line ").next().unwrap_or(message);
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    match (missing, path) {
        (Some(name), ".") => ApiError::field(name, "missing", "this is needed"),
        (Some(name), path) => {
            ApiError::field(&format!("{path}.{name}"), "missing", "this is needed")
        }
        (None, ".") => ApiError::field("body", "invalid", message),
        (None, path) => ApiError::field(path, "invalid", message),
    }
}

/// A change of a field that may be `null`: absent keeps what is there, `null` takes it away.
///
/// Use with `#[serde(default)]`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Change<T> {
    #[default]
    Keep,
    Set(Option<T>),
}

impl<T> Change<T> {
    /// What is there afterwards.
    pub(crate) fn over(self, before: impl FnOnce() -> Option<T>) -> Option<T> {
        match self {
            Self::Keep => before(),
            Self::Set(value) => value,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Option::deserialize(from).map(Self::Set)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Example {
        #[expect(dead_code, reason = "only its absence matters")]
        name: String,
        #[serde(default)]
        inner: Vec<Inner>,
        #[serde(default)]
        days: Change<i64>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[expect(dead_code, reason = "only its absence matters")]
        number: i64,
    }

    fn refused(body: &str) -> (String, String) {
        match parse::<Example>(body.as_bytes()) {
            Err(ApiError::Fields(problems)) => {
                (problems[0].field.clone(), problems[0].code.clone())
            }
            Err(ApiError::InvalidJson(_)) => (String::new(), "invalid_json".into()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refusal_names_the_field() {
        assert_eq!(refused("{}"), ("name".into(), "missing".into()));
        assert_eq!(refused(r#"{"name": 7}"#), ("name".into(), "invalid".into()));
        assert_eq!(
            refused(r#"{"name": "", "inner": [{"number": 1}, {}]}"#),
            ("inner[1].number".into(), "missing".into())
        );
        assert_eq!(refused("[1]").0, "body");
        assert_eq!(refused("{").1, "invalid_json");
        assert_eq!(refused(r#"{"name": ""} x"#).1, "invalid_json");
    }

    #[test]
    fn null_is_told_from_nothing() {
        let days = |body: &str| {
            parse::<Example>(body.as_bytes()).map(|read| (read.days, read.inner.len())).ok()
        };
        assert_eq!(days(r#"{"name": ""}"#), Some((Change::Keep, 0)));
        assert_eq!(days(r#"{"name": "", "days": null}"#), Some((Change::Set(None), 0)));
        assert_eq!(days(r#"{"name": "", "days": 3}"#), Some((Change::Set(Some(3)), 0)));
    }
}
