//! Requests that clients send, read into hits: one file for each protocol.
//!
//! A request is taken apart once (`Parts`); `detect` says which protocol it speaks, `read` what it
//! reports, and `reply` what its client needs to see. All are pure: the server looks up sites, judges
//! credentials, and keeps events.

mod amplitude;
pub(crate) mod commerce;
mod countly;
mod customerio;
pub mod detect;
mod form;
mod ga4;
mod goatcounter;
mod growthbook;
pub mod history;
mod jitsu;
pub(crate) mod json;
mod lz;
mod matomo;
mod message;
mod mixpanel;
mod openpanel;
pub mod orders;
pub mod plausible;
mod posthog;
mod props;
mod rudderstack;
mod rybbit;
mod scripts;
mod segment;
mod snowplow;
mod time;
mod told;
mod umami;

pub use detect::detect;
pub(crate) use form::base64_text;

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

impl Reading {
    /// The sites, as they are named, of messages that are refused or taken without a field.
    pub fn wrong(&self) -> impl Iterator<Item = &SiteKey> {
        self.messages.iter().filter_map(|message| match message {
            Ok(hit) if hit.left_out.is_empty() => None,
            Ok(hit) => Some(&hit.site),
            Err(refused) => refused.site.as_ref(),
        })
    }
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

    /// The smallest picture: one transparent pixel.
    pub fn gif() -> Self {
        const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
        Self { status: 200, content_type: "image/gif", headers: Vec::new(), body: PIXEL.to_vec() }
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
        Protocol::Luotsi | Protocol::Plausible => plausible::read_request(parts),
        Protocol::Umami => umami::read(parts),
        Protocol::Matomo => matomo::read(parts),
        Protocol::Ga4 => ga4::read(parts),
        Protocol::Segment => segment::read(parts),
        Protocol::Rudderstack => rudderstack::read(parts),
        Protocol::Jitsu => jitsu::read(parts),
        Protocol::Posthog => posthog::read(parts),
        Protocol::Mixpanel => mixpanel::read(parts),
        Protocol::Amplitude => amplitude::read(parts),
        Protocol::Snowplow => snowplow::read(parts),
        Protocol::Openpanel => openpanel::read(parts),
        Protocol::Rybbit => rybbit::read(parts),
        Protocol::Growthbook => growthbook::read(parts),
        Protocol::Goatcounter => goatcounter::read(parts),
        Protocol::Countly => countly::read(parts),
        Protocol::Customerio => customerio::read(parts),
    }
}

/// What the client of a request that could be read needs to see.
pub fn reply(protocol: Protocol, parts: &Parts, outcome: &Outcome) -> Reply {
    if let Some(script) = scripts::reply(parts) {
        return script;
    }
    match protocol {
        Protocol::Luotsi | Protocol::Plausible => plausible::reply(),
        Protocol::Umami => umami::reply(parts, outcome),
        Protocol::Matomo => matomo::reply(parts, outcome),
        Protocol::Ga4 => ga4::reply(parts, outcome),
        Protocol::Segment => segment::reply(parts, outcome),
        Protocol::Rudderstack => rudderstack::reply(parts, outcome),
        Protocol::Jitsu => jitsu::reply(parts, outcome),
        Protocol::Posthog => posthog::reply(parts, outcome),
        Protocol::Mixpanel => mixpanel::reply(parts, outcome),
        Protocol::Amplitude => amplitude::reply(parts, outcome),
        Protocol::Snowplow => snowplow::reply(parts, outcome),
        Protocol::Openpanel => openpanel::reply(parts, outcome),
        Protocol::Rybbit => rybbit::reply(parts, outcome),
        Protocol::Growthbook => growthbook::reply(parts, outcome),
        Protocol::Goatcounter => goatcounter::reply(parts, outcome),
        Protocol::Countly => countly::reply(parts, outcome),
        Protocol::Customerio => customerio::reply(parts, outcome),
    }
}
