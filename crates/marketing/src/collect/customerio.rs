//! Customer.io's Track API: people, their events and their devices under `/api/v1/`, Basic
//! `site:key`.

use percent_encoding::percent_decode_str;
use serde_json::json;

use super::commerce::{Money, describe};
use super::json::{self, Json};
use super::message::{self, Messages};
use super::{Outcome, Parts, Reading, Reply, time};
use crate::event::PAGEVIEW;
use crate::hit::{Hit, Identity, Refusal};
use crate::protocol::Protocol;

/// Reads a request of Customer.io's clients.
///
/// # Errors
/// No JSON, or no site.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    let mut messages = Messages::default();
    // What is deleted or suppressed there is nothing that happened.
    if !matches!(parts.method, "POST" | "PUT") {
        return Ok(messages.finish());
    }
    let (key, secret) = message::basic(parts).unzip();
    let site = message::site(Protocol::Customerio, key.as_deref(), "Authorization");
    let site = site.map_err(|refusal| vec![refusal])?;
    let text = json::text(parts.body);
    let body = if text.trim().is_empty() {
        Json::Null
    } else {
        json::parse(&text).map_err(|refusal| vec![refusal])?
    };
    let browser = message::from_browser(parts);
    let base = Hit {
        credential: message::secret(secret.as_deref()),
        visitor: message::visitor(browser, None, None),
        key_is_token: !browser,
        ..Hit::new(site.clone(), "")
    };
    let read = hit(base, parts.path, &body);
    messages.push(read, Some(&site), || format!("{} {body}", parts.path));
    Ok(messages.finish())
}

fn hit(base: Hit, path: &str, body: &Json) -> Result<Option<Hit>, Refusal> {
    let rest: Vec<&str> = path
        .strip_prefix("/api/v1/")
        .unwrap_or_default()
        .trim_end_matches('/')
        .split('/')
        .collect();
    let anonymous_id = message::id(body.get("anonymous_id"));
    let person = |id: &str, base: Hit| Hit {
        identity: Identity {
            anonymous_id: anonymous_id.clone(),
            user_id: Some(percent_decode_str(id).decode_utf8_lossy().into_owned())
                .filter(|id| !id.is_empty()),
        },
        ..base
    };
    match rest.as_slice() {
        ["customers", id] => {
            let traits: Vec<_> =
                body.fields().iter().filter(|(name, _)| !name.starts_with('_')).cloned().collect();
            message::identify(person(id, base), &[&Json::Object(traits)]).map(Some)
        }
        ["customers", id, "events"] => event(person(id, base), body).map(Some),
        ["customers", id, "devices"] => {
            let device = Json::Object(vec![("device".into(), body.get("device").clone())]);
            message::identify(person(id, base), &[&device]).map(Some)
        }
        ["events"] => {
            let identity = Identity { anonymous_id, user_id: None };
            event(Hit { identity, ..base }, body).map(Some)
        }
        ["merge_customers"] => {
            let id = |name: &str| message::id(body.get(name).any(&["id", "email", "cio_id"]));
            let (Some(primary), Some(secondary)) = (id("primary"), id("secondary")) else {
                let detail = "must both name a person by id, email or cio_id";
                return Err(Refusal::new("primary, secondary", "missing", detail));
            };
            let identity = Identity { anonymous_id: None, user_id: Some(primary) };
            Ok(Some(message::alias(Hit { identity, ..base }, &secondary)))
        }
        _ => Ok(None),
    }
}

fn event(base: Hit, body: &Json) -> Result<Hit, Refusal> {
    let name = body.get("name").text().ok_or_else(|| {
        Refusal::new("name", "missing", "is missing; it must be the event's name")
    })?;
    let at_us = match body.get("timestamp") {
        Json::Null => None,
        at => Some(time::parse(at).ok_or_else(|| time::invalid("timestamp"))?),
    };
    let mut hit = Hit { id: message::id(body.get("id")), at_us, ..base };
    let data = body.get("data");
    match body.get("type").text() {
        Some(kind @ ("page" | "screen")) => {
            describe(&mut hit, PAGEVIEW, data, Money::Elsewhere, |name| name != "referrer")?;
            let page = if kind == "page" { message::page(name, None) } else { None };
            hit.page = page.or_else(|| Some(message::screen(name)));
            hit.referrer = data.get("referrer").text().map(Into::into);
        }
        _ => describe(&mut hit, name, data, Money::Revenue, |_| true)?,
    }
    Ok(hit)
}

/// What the clients take for success.
pub(crate) fn reply(_parts: &Parts, _outcome: &Outcome) -> Reply {
    Reply::json(200, &json!({}))
}
