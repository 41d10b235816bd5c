//! GrowthBook: what its SDK tracks, `/track?client_key=`; the features it asks for are none, and never
//! change.

use serde_json::json;

use super::commerce::{Money, describe};
use super::form::Form;
use super::json::{self, Json};
use super::message::{self, Messages, add_campaign};
use super::{Outcome, Parts, Reading, Reply, time};
use crate::event::PAGEVIEW;
use crate::hit::{Hit, Identity, Refusal, SiteKey};
use crate::protocol::Protocol;

/// Reads a request of GrowthBook's SDK: an array of events, or one.
///
/// # Errors
/// No JSON.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    if parts.method != "POST" || !parts.path.starts_with("/track") {
        return Ok(Reading::default());
    }
    let query = Form::parse(parts.query);
    let text = json::text(parts.body);
    let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
    let site = message::site(Protocol::Growthbook, query.get("client_key"), "client_key");
    let site = site.map_err(|refusal| vec![refusal])?;
    let elements = match &body {
        Json::Array(_) => message::batch("body", &body)?,
        _ => std::slice::from_ref(&body),
    };
    let browser = message::from_browser(parts);
    let mut messages = Messages::default();
    for element in elements {
        let read = hit(site.clone(), element, browser).map(Some);
        messages.push(read, Some(&site), || element.to_string());
    }
    Ok(messages.finish())
}

fn hit(site: SiteKey, event: &Json, browser: bool) -> Result<Hit, Refusal> {
    let name = event.any(&["event_name", "eventName"]).text().ok_or_else(|| {
        Refusal::new("event_name", "missing", "is missing; it must be the event's name")
    })?;
    let at_us = match event.get("timestamp") {
        Json::Null => None,
        at => Some(time::parse(at).ok_or_else(|| time::invalid("timestamp"))?),
    };
    let mut hit = Hit {
        id: message::id(event.get("event_uuid")),
        page: event.get("url").text().and_then(|url| message::page(url, None)),
        title: event.get("page_title").text().map(Into::into),
        at_us,
        identity: Identity {
            anonymous_id: message::id(event.any(&["device_id", "anonymous_id"])),
            user_id: message::id(event.get("user_id")),
        },
        visitor: message::visitor(browser, None, event.get("user_agent").text()),
        ..Hit::new(site, "")
    };
    let tags = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];
    add_campaign(&mut hit, tags.into_iter().map(|tag| (tag, event.get(tag).scalar())));
    let raw = event.any(&["properties_json", "properties"]);
    let parsed = match raw {
        Json::Text(text) if !text.trim().is_empty() => Some(json::parse(text).map_err(|_| {
            Refusal::new(
                "properties_json",
                "not_an_object",
                "is a string that holds no JSON object",
            )
        })?),
        _ => None,
    };
    describe(&mut hit, name, parsed.as_ref().unwrap_or(raw), Money::Revenue, |_| true)?;
    if matches!(name, "page_view" | "Page View" | "Page Viewed" | "pageview") {
        hit.name = PAGEVIEW.into();
    } else if matches!(name, "Feature Evaluated" | "Experiment Viewed") {
        // The SDK says so on its own, whatever the visitor does.
        hit.interactive = false;
    }
    Ok(hit)
}

/// What the SDK takes for success; there are no features here.
pub(crate) fn reply(parts: &Parts, outcome: &Outcome) -> Reply {
    if parts.path.starts_with("/sub/") {
        // An event source that is answered so does not come again.
        return Reply::nothing();
    }
    if parts.path.starts_with("/api/") {
        return Reply::json(200, &json!({"status": 200, "features": {}, "experiments": []}));
    }
    Reply::json(200, &json!({"received": outcome.accepted}))
}
