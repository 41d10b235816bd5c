//! Jitsu's first clients (EventNative, `@jitsu/sdk-js`): one event to `/api/v1/event?token=`, of a server to
//! `/api/v1/s2s/event`, or to a path drawn at random, `/api.a1b2c?p_d3e4f=`.
//!
//! What they know of page and visitor stands beside the event's own fields, in older ones under `eventn_ctx`.

use std::slice;

use crate::collect::commerce::{Money, describe};
use crate::collect::form::Form;
use crate::collect::json::{self, Json};
use crate::collect::message::{self, Messages, add_campaign};
use crate::collect::time::Clock;
use crate::collect::{Parts, Reading};
use crate::event::PAGEVIEW;
use crate::hit::{Hit, Identity, Refusal};
use crate::protocol::Protocol;

/// Fields of the client's own; all others are the event's.
const OWN: [&str; 26] = [
    "api_key",
    "click_id",
    "doc_encoding",
    "doc_host",
    "doc_path",
    "doc_search",
    "event_id",
    "event_type",
    "eventn_ctx",
    "ids",
    "local_tz_offset",
    "page_title",
    "referer",
    "screen_resolution",
    "source_ip",
    "src",
    "src_payload",
    "url",
    "user",
    "user_agent",
    "user_language",
    "utc_time",
    "utm",
    "vp_size",
    "_timestamp",
    "parsed_ua",
];

/// Whether a path is of these clients.
pub(super) fn is_meant(path: &str) -> bool {
    path.starts_with("/api.")
        || matches!(path.trim_end_matches('/'), "/api/v1/event" | "/api/v1/s2s/event")
}

/// Reads a request of these clients.
///
/// # Errors
/// No JSON.
pub(super) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    let text = json::text(parts.body);
    let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
    let query = Form::parse(parts.query);
    let drawn = || query.iter().find(|(name, _)| name.starts_with("p_")).map(|(_, key)| key);
    let key = query.get("token").or_else(drawn).or(parts.header("x-auth-token"));
    // The library for iOS puts what its events share into a template.
    let (template, events) = match (&body, body.get("events")) {
        (Json::Array(_), _) => (&json::NOTHING, message::batch("body", &body)?),
        (_, events @ Json::Array(_)) => (body.get("template"), message::batch("events", events)?),
        (event, _) => (&json::NOTHING, slice::from_ref(event)),
    };
    let mut messages = Messages::default();
    for event in events {
        let fields = template.fields().iter().chain(event.fields()).cloned();
        let whole = template.is_object().then(|| Json::Object(fields.collect()));
        let event = whole.as_ref().unwrap_or(event);
        let key = key.or(event.get("api_key").text());
        let site = message::site(Protocol::Jitsu, key, "token");
        let known = site.as_ref().ok().cloned();
        let read = site.and_then(|site| hit(parts, Hit::new(site, ""), event)).map(Some);
        messages.push(read, known.as_ref(), || event.to_string());
    }
    Ok(messages.finish())
}

fn hit(parts: &Parts, base: Hit, event: &Json) -> Result<Hit, Refusal> {
    let beside = event.get("eventn_ctx");
    let context = if beside.is_object() { beside } else { event };
    let text = |name: &str| context.get(name).text();
    let user = context.get("user");
    let browser = message::from_browser(parts);
    let mut hit = Hit {
        id: message::id(context.get("event_id")),
        page: text("url").and_then(|address| message::page(address, None)),
        title: text("page_title").map(Into::into),
        referrer: text("referer").map(Into::into),
        language: text("user_language").map(Into::into),
        at_us: Clock::new(None, parts.received_at_us).read("utc_time", context.get("utc_time"))?,
        identity: Identity {
            anonymous_id: message::id(user.get("anonymous_id")),
            user_id: message::id(user.any(&["id", "internal_id", "email"])),
        },
        visitor: message::visitor(browser, context.get("source_ip").scalar(), text("user_agent")),
        key_is_token: !browser,
        ..base
    };
    let tags = [
        ("utm_source", "source"),
        ("utm_medium", "medium"),
        ("utm_campaign", "campaign"),
        ("utm_term", "term"),
        ("utm_content", "content"),
    ];
    let utm = context.get("utm");
    add_campaign(&mut hit, tags.into_iter().map(|(to, from)| (to, utm.get(from).scalar())));
    let name = event.get("event_type").text().ok_or_else(|| {
        Refusal::new("event_type", "missing", "is missing; it must be the event's name")
    })?;
    let keep = |name: &str| !OWN.contains(&name);
    match name {
        "identify" | "user_identify" => {
            let traits = user.fields().iter().filter(|(name, _)| name != "anonymous_id");
            return message::identify(hit, &[&Json::Object(traits.cloned().collect())]);
        }
        "pageview" | "page" => describe(&mut hit, PAGEVIEW, event, Money::Elsewhere, keep)?,
        name => describe(&mut hit, name, event, Money::Revenue, keep)?,
    }
    Ok(hit)
}
