//! Countly: `/i` with its parameters in a query or a form, `/i/bulk` for many, `/o/sdk` for settings.

use std::borrow::Cow;

use serde_json::json;

use super::commerce::{Money, PURCHASE, describe};
use super::form::{self, Form};
use super::json::{self, Json};
use super::message::{self, Messages, add_campaign};
use super::time;
use super::{Outcome, Parts, Reading, Reply};
use crate::event::{ENGAGEMENT, PAGEVIEW};
use crate::hit::{Hit, Identity, Refusal, SiteKey};
use crate::protocol::Protocol;
use crate::visitor::named_id;

/// An event that says it happened more often counts at most this often.
const MAX_COUNT: f64 = 100.0;

/// What names of SDKs for apps have in common.
const OF_APPS: [&str; 5] = ["android", "objc-native", "-ios", "unity", "uwp"];

/// Segments of a view that other columns keep.
const OWN: [&str; 12] = [
    "name",
    "view",
    "visit",
    "start",
    "domain",
    "referrer",
    "segment",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
];

/// Reads a request of Countly's SDKs.
///
/// # Errors
/// A bulk request that is no JSON.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    let mut messages = Messages::within(parts);
    if parts.path.starts_with("/o/") || parts.path.starts_with("/sdk/") {
        return Ok(messages.finish());
    }
    let text = json::text(parts.body);
    let browser = message::from_browser(parts);
    let is_json = text.trim_start().starts_with('{');
    let form = Form::parse(parts.query).and(Form::parse(if is_json { "" } else { &text }));
    let wrapped = if is_json { Some(text.as_ref()) } else { form.get("requests") };
    let Some(wrapped) = wrapped else {
        take(&mut messages, &form, None, browser);
        return Ok(messages.finish());
    };
    let body = json::parse(wrapped).map_err(|refusal| vec![refusal])?;
    let requests = body.get("requests");
    let requests = match &body {
        Json::Array(_) => message::batch("requests", &body)?,
        _ if !requests.is_null() => message::batch("requests", requests)?,
        _ => std::slice::from_ref(&body),
    };
    let key = form.get("app_key").or(body.get("app_key").text());
    for request in requests {
        if messages.is_full() {
            break;
        }
        let query = form::written(request);
        take(&mut messages, &Form::parse(&query), key, browser);
    }
    Ok(messages.finish())
}

fn take(messages: &mut Messages, form: &Form, key: Option<&str>, browser: bool) {
    let site = message::site(Protocol::Countly, form.get("app_key").or(key), "app_key");
    let known = site.as_ref().ok().cloned();
    let base = match site.and_then(|site| base(site, form, browser)) {
        Ok(base) => base,
        Err(refusal) => {
            let raw = || form.written();
            return messages.push(Err(refusal), known.as_ref(), raw);
        }
    };
    if let Some(previous) = form.get("old_device_id") {
        let mut hit = base.clone();
        hit.identity.user_id = hit.identity.user_id.or(hit.identity.anonymous_id.take());
        messages.push(Ok(Some(message::alias(hit, previous))), known.as_ref(), String::new);
    }
    if let Some(text) = form.get("user_details") {
        let read = json::parse(text).and_then(|details| person(base.clone(), &details));
        messages.push(read, known.as_ref(), || text.to_owned());
    }
    session(messages, &base, form, known.as_ref());
    let Some(text) = form.get("events") else { return };
    let parsed = json::parse(text);
    let events = match &parsed {
        Ok(events) => events.elements(),
        Err(refusal) => {
            let refusal = Refusal::new("events", refusal.code, refusal.detail.clone());
            return messages.push(Err(refusal), known.as_ref(), || text.to_owned());
        }
    };
    for event in events.iter().take(message::MAX_MESSAGES) {
        let times = event.get("count").number().unwrap_or(1.0).clamp(1.0, MAX_COUNT) as usize;
        for time in 0..times {
            if messages.is_full() {
                return;
            }
            let read = hit(base.clone(), event, times).map(|hit| Some(numbered(hit, time)));
            messages.push(read, known.as_ref(), || event.to_string());
        }
    }
}

/// A session of an app begins, which may be all that its visitor does; a page's has a view.
///
/// The heartbeat of a session, `session_duration` in seconds since the one before, and its end: the visit goes on,
/// and lasts until then. How long each page was looked at the ends of views say.
fn session(messages: &mut Messages, base: &Hit, form: &Form, site: Option<&SiteKey>) {
    let is_on = |name: &str| form.get(name).is_some_and(|text| text.trim() == "1");
    let beats = match form.get("session_duration") {
        None => false,
        Some(text) => match text.trim().parse::<f64>() {
            Ok(seconds) if seconds >= 0.0 && seconds.is_finite() => true,
            _ => {
                let detail = "must be a number of seconds, such as 60";
                let refusal = Refusal::new("session_duration", "not_a_number", detail);
                return messages.push(Err(refusal), site, || text.to_owned());
            }
        },
    };
    if is_on("begin_session") {
        if base.visitor.is_some() {
            let hit = Hit { name: "session_start".into(), interactive: false, ..base.clone() };
            messages.push(Ok(Some(hit)), site, String::new);
        }
    } else if beats || is_on("end_session") {
        let hit = Hit { name: ENGAGEMENT.into(), interactive: false, ..base.clone() };
        messages.push(Ok(Some(hit)), site, String::new);
    }
}

/// Each of several that came as one has an id of its own.
fn numbered(hit: Hit, time: usize) -> Hit {
    let id = hit.id.map(|id| if time == 0 { id } else { format!("{id}#{time}") });
    Hit { id, ..hit }
}

/// What all messages of a request share.
fn base(site: SiteKey, form: &Form, browser: bool) -> Result<Hit, Refusal> {
    let at_us = match form.get("timestamp") {
        None => None,
        Some(text) => Some(time::parse_text(text).ok_or_else(|| time::invalid("timestamp"))?),
    };
    let device = form
        .get("device_id")
        .ok_or_else(|| Refusal::new("device_id", "missing", "is missing; it names the visitor"))?
        .to_owned();
    let metrics = form.get("metrics").map(json::parse).transpose()?;
    let metrics = metrics.as_ref().unwrap_or(&json::NOTHING);
    // The SDK says whether it drew the id (1) or the team gave it (0).
    let identity = if form.get("t") == Some("0") {
        Identity { anonymous_id: None, user_id: Some(device) }
    } else {
        Identity { anonymous_id: Some(device), user_id: None }
    };
    Ok(Hit {
        at_us,
        identity,
        language: metrics.get("_locale").text().map(Into::into),
        visitor: message::visitor(
            browser,
            form.get("ip_address").map(Cow::Borrowed),
            metrics.get("_ua").text(),
        ),
        is_own_device: form
            .get("sdk_name")
            .is_some_and(|name| OF_APPS.iter().any(|word| name.contains(word))),
        key_is_token: !browser,
        ..Hit::new(site, "")
    })
}

/// What the request says of the person; nothing where it says nothing.
fn person(base: Hit, details: &Json) -> Result<Option<Hit>, Refusal> {
    let plain: Vec<_> =
        details.fields().iter().filter(|(name, _)| name != "custom").cloned().collect();
    let hit = message::identify(base, &[&Json::Object(plain), details.get("custom")])?;
    Ok((!hit.props.is_empty()).then_some(hit))
}

/// One of `times` that came as one.
fn hit(base: Hit, event: &Json, times: usize) -> Result<Hit, Refusal> {
    let name = event
        .get("key")
        .text()
        .ok_or_else(|| Refusal::new("key", "missing", "is missing; it must be the event's name"))?;
    let segments = event.get("segmentation");
    let at_us = match event.get("timestamp") {
        Json::Null => base.at_us,
        at => Some(time::parse(at).ok_or_else(|| time::invalid("events.timestamp"))?),
    };
    let id = message::id(event.get("id")).or_else(|| id_by_time(&base.identity, event));
    let mut hit = Hit { id, at_us, ..base };
    if name == "[CLY]_view" {
        return view(hit, event, segments);
    }
    describe(&mut hit, name, segments, Money::Revenue, |_| true)?;
    hit.interactive = !name.starts_with("[CLY]_") || name == "[CLY]_action";
    if let Some(seconds) = event.get("dur").number().filter(|seconds| *seconds > 0.0) {
        put(&mut hit, "dur", seconds / times as f64);
    }
    let sum = event.get("sum").number().filter(|sum| *sum != 0.0);
    let sum = sum.map(|sum| sum / times as f64);
    if hit.name == PURCHASE && hit.revenue.is_none() && hit.amount.is_none() {
        if let Some(sum) = sum {
            super::commerce::pay(&mut hit, sum, segments.get("currency").text())?;
        }
    } else if let Some(sum) = sum {
        put(&mut hit, "sum", sum);
    }
    Ok(hit)
}

/// An id for an event of an SDK that draws none: what it says, where it says when to the millisecond. The SDKs give
/// no two events of a device the same one, and repeat an event as it was.
fn id_by_time(identity: &Identity, event: &Json) -> Option<String> {
    const MILLISECONDS: f64 = 1e12;
    event.get("timestamp").number().filter(|at| *at >= MILLISECONDS)?;
    let device = identity.anonymous_id.as_deref().or(identity.user_id.as_deref())?;
    Some(format!("{device} {:x}", named_id(0, &event.to_string())))
}

/// Puts a number of the event among its properties, before one of that name.
fn put(hit: &mut Hit, name: &str, number: f64) {
    hit.props.retain(|(known, _)| known != name);
    hit.props.push((name.into(), number.to_string()));
    hit.props.sort_by(|one, other| one.0.cmp(&other.0));
}

/// A view that begins is a page view; one that ends says how long it was.
fn view(mut hit: Hit, event: &Json, segments: &Json) -> Result<Hit, Refusal> {
    // What the team calls the view; its beginning also says where the page lies.
    let path = segments.any(&["name", "view"]).text().unwrap_or("/");
    let host = segments.get("domain").text();
    hit.page = message::page(path, host).or_else(|| Some(message::screen(path)));
    if !segments.get("visit").is_true() {
        hit.name = ENGAGEMENT.into();
        hit.interactive = false;
        // Its beginning has the same id.
        hit.id = hit.id.map(|id| format!("{id}:end"));
        let seconds = event.get("dur").number().unwrap_or_default();
        hit.engagement_ms = Some((seconds * 1e3).clamp(0.0, 86_400_000.0) as u32);
        return Ok(hit);
    }
    describe(&mut hit, PAGEVIEW, segments, Money::Elsewhere, |name| !OWN.contains(&name))?;
    hit.referrer = segments.get("referrer").text().map(Into::into);
    let tags = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];
    add_campaign(&mut hit, tags.into_iter().map(|tag| (tag, segments.get(tag).scalar())));
    Ok(hit)
}

/// What the SDKs take for success.
pub(crate) fn reply(parts: &Parts, _outcome: &Outcome) -> Reply {
    let text = json::text(parts.body);
    let form = Form::parse(parts.query).and(Form::parse(&text));
    match form.get("method") {
        // The settings of the SDK: its own.
        Some("sc") if parts.path.starts_with("/o/") => {
            Reply::json(200, &json!({"v": 1, "t": parts.received_at_us / 1_000, "c": {}}))
        }
        Some("rc" | "fetch_remote_config") if parts.path.starts_with("/o/") => {
            Reply::json(200, &json!({}))
        }
        Some("feedback") if parts.path.starts_with("/o/") => {
            Reply::json(200, &json!({"result": []}))
        }
        _ => Reply::json(200, &json!({"result": "Success"})),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_without_an_id_is_known_by_its_time_to_the_millisecond() {
        let device = |name: &str| Identity { anonymous_id: Some(name.into()), user_id: None };
        let id = |name, text| id_by_time(&device(name), &json::parse(text).unwrap());
        let event = r#"{"key":"tap","count":1,"timestamp":1768435200123}"#;
        let known = id("a", event);
        assert!(known.is_some());
        assert_eq!(known, id("a", event));
        assert_ne!(known, id("b", event));
        assert_ne!(known, id("a", r#"{"key":"tap","count":1,"timestamp":1768435200124}"#));
        // Two of one second may be two.
        assert_eq!(id("a", r#"{"key":"tap","count":1,"timestamp":1768435200}"#), None);
    }
}
