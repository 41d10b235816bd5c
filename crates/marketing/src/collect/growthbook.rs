//! GrowthBook: what its SDKs track, `/track?client_key=` and, of Python's and Go's, `/events`; the features they
//! ask for are none, and never change.

use serde_json::json;

use super::commerce::{Money, describe};
use super::form::Form;
use super::json::{self, Json};
use super::message::{self, Messages, add_campaign};
use super::{Outcome, Parts, Reading, Reply, time};
use crate::event::PAGEVIEW;
use crate::hit::{Hit, Identity, Refusal, SiteKey};
use crate::protocol::Protocol;

/// What the SDKs of Python and Go call the properties of their two events, and all others do; the rest says who and
/// when.
const OF_PYTHON: [(&str, &str); 8] = [
    ("experiment_id", "experimentId"),
    ("experiment_name", "experimentName"),
    ("variation_id", "variationId"),
    ("variation_key", "variationKey"),
    ("feature_key", "feature"),
    ("feature_value", "value"),
    ("source", "source"),
    ("rule_id", "ruleId"),
];

/// Reads a request of GrowthBook's SDKs: an array of events, one, or those of an object.
///
/// # Errors
/// No JSON.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    if parts.method != "POST" || !is_track(parts) {
        return Ok(Reading::default());
    }
    let query = Form::parse(parts.query);
    let text = json::text(parts.body);
    let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
    let key = query.get("client_key").or(body.get("client_key").text());
    let site = message::site(Protocol::Growthbook, key, "client_key");
    let site = site.map_err(|refusal| vec![refusal])?;
    let events = body.get("events");
    let elements = match &body {
        Json::Array(_) => message::batch("body", &body)?,
        _ if !events.is_null() => message::batch("events", events)?,
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

fn is_track(parts: &Parts) -> bool {
    matches!(parts.path.trim_end_matches('/'), "/track" | "/events")
}

fn hit(site: SiteKey, event: &Json, browser: bool) -> Result<Hit, Refusal> {
    let name = event.any(&["event_name", "eventName", "event_type"]).text().ok_or_else(|| {
        Refusal::new("event_name", "missing", "is missing; it must be the event's name")
    })?;
    let at_us = match event.get("timestamp") {
        Json::Null => None,
        at => Some(time::parse(at).ok_or_else(|| time::invalid("timestamp"))?),
    };
    // Who and where: of the browser's SDK on the event, of others among the attributes by which it decides.
    let context = event.any(&["attributes", "context_json"]);
    let said = |names: &[&str]| match event.any(names) {
        Json::Null => context.any(names),
        said => said,
    };
    let mut hit = Hit {
        id: message::id(event.get("event_uuid")),
        page: said(&["url"]).text().and_then(|url| message::page(url, None)),
        title: said(&["page_title", "pageTitle"]).text().map(Into::into),
        at_us,
        identity: Identity {
            anonymous_id: message::id(said(&["device_id", "anonymous_id", "id"])),
            user_id: message::id(said(&["user_id"])),
        },
        visitor: message::visitor(browser, None, event.get("user_agent").text()),
        is_own_device: matches!(said(&["sdk_language"]).text(), Some("kotlin" | "swift" | "dart")),
        ..Hit::new(site, "")
    };
    let tags = [
        ("utm_source", "utmSource"),
        ("utm_medium", "utmMedium"),
        ("utm_campaign", "utmCampaign"),
        ("utm_term", "utmTerm"),
        ("utm_content", "utmContent"),
    ];
    add_campaign(&mut hit, tags.into_iter().map(|(tag, name)| (tag, said(&[tag, name]).scalar())));
    if event.any(&["event_name", "eventName"]).is_null() {
        return python(hit, name, event);
    }
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

/// An event of Python's SDK or Go's, as the others say it. It knows the visitor by what decides the variation.
fn python(mut hit: Hit, kind: &str, event: &Json) -> Result<Hit, Refusal> {
    let name = match kind {
        "experiment_viewed" => "Experiment Viewed",
        "feature_evaluated" => "Feature Evaluated",
        own => own,
    };
    let known = message::id(event.get("hash_value"));
    if event.get("hash_attribute").text() == Some("user_id") {
        hit.identity.user_id = hit.identity.user_id.or(known);
    } else {
        hit.identity.anonymous_id = hit.identity.anonymous_id.or(known);
    }
    let said = OF_PYTHON.map(|(own, name)| (name.into(), event.get(own).borrowed()));
    describe(&mut hit, name, &Json::Object(said.into()), Money::Elsewhere, |_| true)?;
    hit.interactive = false;
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
