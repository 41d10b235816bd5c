//! Pictures that report: of mails, of AMP pages, of pages without scripts.
//!
//! The last part of the path is the message's type; the query holds the message in base64 as `data`, or
//! field by field under dotted names (`context.page.url=…`), or both.

use serde_json::Value;

use crate::collect::Parts;
use crate::collect::form::{Form, base64_text};

/// Where Segment's pictures lie, RudderStack's and Jitsu's.
const PATHS: [&str; 3] = ["/v1/pixel/", "/pixel/v1/", "/api/px/"];

/// How deep a dotted name goes; deeper ones are left out.
const MAX_DEPTH: usize = 8;

/// Whether a picture is asked for.
pub(crate) fn is_picture(parts: &Parts) -> bool {
    parts.method == "GET" && PATHS.iter().any(|begin| parts.path.starts_with(begin))
}

/// The message of a picture as JSON; `None` where none is asked for, or nothing is said.
pub(crate) fn pictured(parts: &Parts) -> Option<String> {
    let query = Form::parse(parts.query);
    if !is_picture(parts) || query.is_empty() {
        return None;
    }
    let data = query.get("data").and_then(base64_text).unwrap_or_else(|| "{}".to_owned());
    let Ok(mut message @ Value::Object(_)) = serde_json::from_str(&data) else {
        return Some(data);
    };
    for (name, value) in query.iter().filter(|(name, value)| *name != "data" && !value.is_empty()) {
        put(&mut message, name, value);
    }
    Some(message.to_string())
}

/// Puts a text at the place of a dotted name, unless something else than an object is on the way there.
fn put(message: &mut Value, name: &str, value: &str) {
    if name.split('.').count() > MAX_DEPTH {
        return;
    }
    let mut place = message;
    for part in name.split('.') {
        if place.is_null() {
            *place = Value::Object(serde_json::Map::new());
        }
        let Value::Object(fields) = place else { return };
        place = fields.entry(part).or_insert(Value::Null);
    }
    *place = value.into();
}
