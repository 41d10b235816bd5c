//! Which protocol a request speaks: one table of paths, for all.

use super::Parts;
use crate::protocol::Protocol;

/// The protocol of a request; `None` where the path is nobody's, or shared and nothing in the
/// request tells whose.
pub fn detect(parts: &Parts) -> Option<Protocol> {
    match parts.path {
        "/api/event" => Some(Protocol::Plausible),
        _ => None,
    }
}
