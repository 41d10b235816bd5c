//! RudderStack: Segment's messages, one by one from browsers, with the visitor's id in a header too.

use serde_json::json;

use super::form::{Form, base64_text};
use super::segment::{Sender, is_picture, pictured, read_messages, type_of_path};
use super::{Outcome, Parts, Reading, Reply, message};
use crate::hit::Refusal;
use crate::protocol::Protocol;

/// Reads a request of RudderStack's clients.
///
/// # Errors
/// No JSON, or a batch that is none.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    let picture = pictured(parts);
    let parts = &Parts { body: picture.as_ref().map_or(parts.body, String::as_bytes), ..*parts };
    let reports = picture.is_some() || parts.method == "POST";
    // What the library measures of itself is none of the site's.
    if !reports || parts.path == "/rsaMetrics" {
        return Ok(Reading::default());
    }
    let basic = message::basic(parts);
    let anonymous_id = parts.header("anonymousid").and_then(base64_text);
    let sender = Sender {
        protocol: Protocol::Rudderstack,
        key: basic.as_ref().map(|(key, _)| key.as_str()),
        credential: message::secret(basic.as_ref().map(|(_, password)| password.as_str())),
        // A server's batch is of many visitors.
        anonymous_id: anonymous_id.as_deref().filter(|_| !parts.path.ends_with("/batch")),
        browser: message::from_browser(parts),
        default_type: type_of_path(parts.path),
        received_at_us: parts.received_at_us,
    };
    read_messages(parts, &sender)
}

/// What the clients take for success, and the source that the browser asks for first.
pub(crate) fn reply(parts: &Parts, _outcome: &Outcome) -> Reply {
    if is_picture(parts) {
        return Reply::gif();
    }
    if parts.method != "GET" {
        return Reply::json(200, &json!({"success": true}));
    }
    let query = Form::parse(parts.query);
    let key = query.get("writeKey").map(str::to_owned).or_else(|| Some(message::basic(parts)?.0));
    let key = key.unwrap_or_default();
    let off = json!({"enabled": false});
    let source = json!({
        "id": key, "name": "Luotsi", "writeKey": key, "enabled": true, "workspaceId": "luotsi",
        "config": {"statsCollection": {"errors": off, "metrics": off}},
        "connections": [], "destinations": [], "dataplanes": {},
        // Apps do not read a source without it.
        "updatedAt": "2026-01-01T00:00:00.000Z",
    });
    Reply::json(200, &json!({"source": source}))
}
