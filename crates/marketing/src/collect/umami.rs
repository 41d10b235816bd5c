//! Umami: `/api/send` for one message (`/api/collect` of its first version), `/api/batch` for an array.

use serde_json::{Value, json};

use super::commerce::{Money, describe};
use super::json::{self, Json};
use super::message::{self, Messages};
use super::{Outcome, Parts, Reading, Reply, time};
use crate::event::PAGEVIEW;
use crate::hit::{Hit, Identity, Refusal, SiteKey};
use crate::protocol::Protocol;

/// Where monitors ask whether the server lives.
const HEARTBEAT: &str = "/api/heartbeat";

/// Reads a request of Umami's clients.
///
/// # Errors
/// No JSON, or neither a message nor an array of them.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    // Recordings of what a visitor did on the page are not kept.
    if matches!(parts.path.trim_end_matches('/'), "/api/record" | HEARTBEAT) {
        return Ok(Reading::default());
    }
    let text = json::text(parts.body);
    let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
    let elements = match &body {
        Json::Array(_) => message::batch("body", &body)?,
        Json::Object(_) => std::slice::from_ref(&body),
        other => {
            let detail = format!("must be a message or an array of them, not {}", other.kind());
            return Err(vec![Refusal::new("body", "not_an_object", detail)]);
        }
    };
    let mut messages = Messages::default();
    for element in elements {
        let payload = element.get("payload");
        let key = payload.any(&["website", "link", "pixel"]).text();
        let site = message::site(Protocol::Umami, key, "payload.website");
        let known = site.as_ref().ok().cloned();
        let read = site.and_then(|site| hit(site, element, payload)).map(Some);
        messages.push(read, known.as_ref(), || element.to_string());
    }
    Ok(messages.finish())
}

fn hit(site: SiteKey, element: &Json, payload: &Json) -> Result<Hit, Refusal> {
    let text = |name: &str| payload.get(name).text();
    let at_us = match payload.get("timestamp") {
        Json::Null => None,
        at => Some(time::parse(at).ok_or_else(|| time::invalid("payload.timestamp"))?),
    };
    let (ip, user_agent) = (payload.get("ip").scalar(), text("userAgent"));
    let data = payload.any(&["data", "event_data"]);
    let mut hit = Hit {
        page: text("url").and_then(|url| message::page(url, text("hostname"))),
        title: text("title").map(Into::into),
        referrer: text("referrer").map(Into::into),
        language: text("language").map(Into::into),
        at_us,
        identity: Identity { anonymous_id: None, user_id: message::id(payload.get("id")) },
        // A server may lend the visitor's address and program.
        visitor: message::visitor(ip.is_none() && user_agent.is_none(), ip, user_agent),
        ..Hit::new(site, PAGEVIEW)
    };
    match element.get("type").text().unwrap_or("event") {
        "identify" => {
            let user_id = hit.identity.user_id.take().or_else(|| message::id(data.get("id")));
            hit.identity.user_id = user_id;
            message::identify(hit, &[data])
        }
        "event" | "pageview" => {
            match text("name").or(text("event_name")) {
                Some(name) => describe(&mut hit, name, data, Money::Revenue, |_| true)?,
                None => describe(&mut hit, PAGEVIEW, data, Money::Elsewhere, |_| true)?,
            }
            if let Some(tag) = text("tag") {
                hit.props.push(("tag".into(), crate::page::clean(tag, 300)));
                hit.props.sort_by(|one, other| one.0.cmp(&other.0));
                hit.props.dedup_by(|later, earlier| later.0 == earlier.0);
            }
            Ok(hit)
        }
        "performance" => {
            let own =
                ["website", "url", "hostname", "title", "referrer", "screen", "language", "id"];
            describe(&mut hit, "performance", payload, Money::Elsewhere, |name| {
                !own.contains(&name)
            })?;
            hit.interactive = false;
            Ok(hit)
        }
        other => {
            let detail = format!(
                "is `{}`; it must be event, identify or performance",
                crate::page::clean(other, 40)
            );
            Err(Refusal::new("type", "unknown_type", detail))
        }
    }
}

/// What the clients take for success; programs that are no visitors get the answer they know.
pub(crate) fn reply(parts: &Parts, outcome: &Outcome) -> Reply {
    if parts.path.trim_end_matches('/') == HEARTBEAT {
        return Reply::json(200, &json!({"ok": true}));
    }
    if outcome.bot {
        return Reply::json(200, &json!({"beep": "boop"}));
    }
    let (cache, session) = visit_of(outcome);
    if parts.path.trim_end_matches('/') == "/api/batch" {
        let (taken, refused) = (outcome.accepted, outcome.refused);
        let body = json!({"size": taken + refused, "processed": taken, "errors": refused,
            "details": [], "cache": cache});
        return Reply::json(200, &body);
    }
    Reply::json(200, &json!({"cache": cache, "sessionId": session, "visitId": session}))
}

/// A text for the client to echo and the visitor's id in the shape of a UUID.
fn visit_of(outcome: &Outcome) -> (Value, Value) {
    let id = outcome.visitor_id.unwrap_or_default().cast_unsigned();
    let bytes = (u128::from(id) << 64) | u128::from(id);
    let session = uuid::Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid();
    (format!("luotsi.{id:016x}").into(), session.to_string().into())
}
