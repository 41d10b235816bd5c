//! Requests that clients send, read into hits: one file for each protocol.
//!
//! A request is taken apart once (`Parts`); `detect` says which protocol it speaks, `read` what it
//! reports, and `reply` what its client needs to see. All are pure: the server looks up sites, judges
//! credentials, and keeps events.

pub mod detect;
pub mod history;
pub mod plausible;

pub use detect::detect;

use crate::hit::{Hit, Refusal, SiteKey};
use crate::protocol::Protocol;

/// A request, as far as protocols look at it.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// Path as it was sent, still encoded.
    pub path: &'a str,
    /// Query without its question mark, still encoded; empty when there is none.
    pub query: &'a str,
    /// Names in lower case with their values, in the order they came.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body, decompressed.
    pub body: &'a [u8],
    /// Microseconds UTC.
    pub received_at_us: i64,
}

impl<'a> Parts<'a> {
    /// The first header of this name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// What a request reports.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// In the order of the request. Empty for requests that only ask (settings, flags).
    pub messages: Vec<Result<Hit, Refused>>,
    /// When the client's own clock said that it sent the request, microseconds UTC.
    pub sent_at_us: Option<i64>,
}

/// A message that is not taken, while others of its request may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Its place in the request, from 0.
    pub index: usize,
    /// The site it names, as far as that could be read.
    pub site: Option<SiteKey>,
    /// The event's name, as far as it could be read.
    pub name: Option<String>,
    /// The message as it came, cut to `MAX_RAW`: to be masked before anyone sees or keeps it.
    pub raw: String,
    pub refusals: Vec<Refusal>,
}

/// Longest text of a refused message that is handed on, bytes.
pub const MAX_RAW: usize = 8_192;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Messages that are kept, repeats included.
    pub accepted: usize,
    /// Messages that were refused.
    pub refused: usize,
    /// Whether all that was kept is held not to come from a person.
    pub bot: bool,
    /// Who sent it, where something was kept.
    pub visitor_id: Option<i64>,
}

/// What the client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// Empty where there is no body.
    pub content_type: &'static str,
    /// Beside those of cross-origin requests, which the server adds.
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    /// Plain text.
    pub fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    /// JSON.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self {
            status,
            content_type: "application/json",
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        }
    }

    /// 204.
    pub fn nothing() -> Self {
        Self { status: 204, content_type: "", headers: Vec::new(), body: Vec::new() }
    }
}

/// Reads a request of `protocol`.
///
/// # Errors
/// What is wrong with the whole of it, so that none of its messages could be read. A message that is
/// wrong by itself is in the reading.
pub fn read(protocol: Protocol, parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    match protocol {
        Protocol::Plausible => plausible::read_request(parts),
        _ => Err(vec![Refusal::new("body", "unknown_protocol", "is of no protocol known here")]),
    }
}

/// What the client of a request that could be read needs to see.
pub fn reply(protocol: Protocol, _parts: &Parts, _outcome: &Outcome) -> Reply {
    match protocol {
        Protocol::Plausible => plausible::reply(),
        _ => Reply::nothing(),
    }
}
