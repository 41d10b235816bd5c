//! Umami: `/api/send` for one message (`/api/collect` of its first version), `/api/batch` for an array.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::commerce::{self, Money, describe, pay};
use super::json::{self, Json};
use super::message::{self, Messages};
use super::plausible::MAX_ID;
use super::props::Props;
use super::{Outcome, Parts, Reading, Reply, time};
use crate::event::{ENGAGEMENT, PAGEVIEW};
use crate::hit::{Hit, Identity, Refusal, SiteKey};
use crate::items::MAX_ITEMS;
use crate::page::{MAX_PATH, Page, clean};
use crate::protocol::Protocol;
use crate::visitor;

/// Where monitors ask whether the server lives.
const HEARTBEAT: &str = "/api/heartbeat";

/// Fields of a measured page that other columns keep, or that mean nothing here.
const OF_PAGE: [&str; 13] = [
    "website",
    "url",
    "hostname",
    "title",
    "referrer",
    "screen",
    "language",
    "id",
    "ip",
    "userAgent",
    "timestamp",
    "eventId",
    "version",
];

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
        page: text("url").and_then(|url| page(url, text("hostname"))),
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
            // The first versions had a kind of event, and what it was of.
            let (kind, of) = (text("event_type"), text("event_value"));
            match text("name").or(text("event_name")).or(of).or(kind) {
                Some(name) => describe(&mut hit, name, data, Money::Revenue, |_| true)?,
                None => describe(&mut hit, PAGEVIEW, data, Money::Elsewhere, |_| true)?,
            }
            shop(&mut hit, data.get("commerce"))?;
            let mut props = Props::default();
            props.put_text("tag", text("tag").unwrap_or_default());
            props.put_text("event_type", of.and(kind).unwrap_or_default());
            message::add_props(&mut hit, props)?;
            Ok(hit)
        }
        // What the script measures of the page is no act of the visitor.
        kind @ ("performance" | "error") => {
            describe(&mut hit, kind, payload, Money::Elsewhere, |name| !OF_PAGE.contains(&name))?;
            hit.id = message::id(payload.get("eventId"));
            hit.interactive = false;
            Ok(hit)
        }
        "engagement" => {
            let spent = payload.get("engagement").number().unwrap_or_default();
            hit.engagement_ms = Some(spent.clamp(0.0, 86_400_000.0) as u32);
            hit.name = ENGAGEMENT.into();
            hit.interactive = false;
            Ok(hit)
        }
        other => {
            let detail = format!(
                "is `{}`; it must be event, identify, performance, engagement or error",
                clean(other, 40)
            );
            Err(Refusal::new("type", "unknown_type", detail))
        }
    }
}

/// The page of an address. A fragment that is a path, as `#/cart`, is what the visitor sees.
fn page(url: &str, host: Option<&str>) -> Option<Page> {
    let mut page = message::page(url, host)?;
    let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
    if fragment.starts_with('/') || fragment.starts_with("!/") {
        let fragment = percent_decode_str(fragment).decode_utf8_lossy();
        page.pathname = clean(&format!("{}#{fragment}", page.pathname), MAX_PATH);
    }
    Some(page)
}

/// What `data.commerce` says: what a basket holds; with an `orderId`, that it was paid for, without tax and
/// shipping.
fn shop(hit: &mut Hit, commerce: &Json) -> Result<(), Refusal> {
    let items = commerce.get("items").elements();
    if items.is_empty() {
        return Ok(());
    }
    hit.items = items.iter().take(MAX_ITEMS).filter_map(commerce::item).collect();
    hit.props.retain(|(name, _)| name != "commerce.items");
    let Some(order) = message::id(commerce.get("orderId")) else { return Ok(()) };
    hit.transaction_id = Some(clean(&order, MAX_ID));
    let paid = |item: &Json| Some(item.get("price").number()? * item.get("quantity").number()?);
    pay(hit, items.iter().filter_map(paid).sum(), commerce.get("currency").text())
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
    (visitor::told_id(id.cast_signed()).into(), session.to_string().into())
}
