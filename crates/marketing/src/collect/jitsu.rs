//! Jitsu: Segment's messages under `/api/s/`, the key in `X-Write-Key`; its first clients have a form of
//! their own (`classic`).

mod classic;

use serde_json::json;

use super::segment::{Sender, is_picture, pictured, read_messages, type_of_path};
use super::{Outcome, Parts, Reading, Reply, message};
use crate::hit::Refusal;
use crate::protocol::Protocol;

/// Reads a request of Jitsu's clients. The key may be `key:secret`, as servers send it.
///
/// # Errors
/// No JSON, or a batch that is none.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    let picture = pictured(parts);
    let parts = &Parts { body: picture.as_ref().map_or(parts.body, String::as_bytes), ..*parts };
    if picture.is_none() && parts.method != "POST" {
        return Ok(Reading::default());
    }
    if classic::is_meant(parts.path) {
        return classic::read(parts);
    }
    let basic = message::basic(parts);
    let header = parts.header("x-write-key").unwrap_or_default();
    let (key, secret) = match (header.split_once(':'), &basic) {
        (Some((key, secret)), _) => (key, Some(secret)),
        (None, Some((key, secret))) if header.is_empty() => (key.as_str(), Some(secret.as_str())),
        (None, _) => (header, None),
    };
    let sender = Sender {
        protocol: Protocol::Jitsu,
        key: Some(key).filter(|key| !key.is_empty()),
        credential: message::secret(secret),
        anonymous_id: None,
        browser: message::from_browser(parts),
        default_type: type_of_path(parts.path),
        received_at_us: parts.received_at_us,
    };
    read_messages(parts, &sender)
}

/// What the clients take for success.
pub(crate) fn reply(parts: &Parts, _outcome: &Outcome) -> Reply {
    if is_picture(parts) {
        return Reply::gif();
    }
    Reply::json(200, &json!({"ok": true}))
}
