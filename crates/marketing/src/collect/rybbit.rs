//! Rybbit: `/api/track` and `/api/identify`, after asking `/api/site/tracking-config/{id}` what to track;
//! without `/api` where the host was given so.

use serde_json::json;

use super::commerce::{Money, describe};
use super::json::{self, Json};
use super::message::{self, Messages};
use super::props::Props;
use super::{Outcome, Parts, Reading, Reply, time};
use crate::bot::is_app_shaped;
use crate::event::PAGEVIEW;
use crate::hit::{Credential, Hit, Identity, Refusal, SiteKey};
use crate::protocol::Protocol;

/// What is measured of a page: milliseconds, and a share of its area.
const VITALS: [&str; 5] = ["lcp", "cls", "inp", "fcp", "ttfb"];

/// Reads a request of Rybbit's clients.
///
/// # Errors
/// No JSON.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    // Recordings of what a visitor did on the page are not kept.
    if parts.method != "POST" || parts.path.starts_with("/api/session-replay/") {
        return Ok(Reading::default());
    }
    let text = json::text(parts.body);
    let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
    let key = message::id(body.any(&["site_id", "siteId"]));
    let site = message::site(Protocol::Rybbit, key.as_deref(), "site_id");
    let site = site.map_err(|refusal| vec![refusal])?;
    let mut messages = Messages::default();
    let read = hit(site.clone(), parts, &body).map(Some);
    messages.push(read, Some(&site), || body.to_string());
    Ok(messages.finish())
}

fn hit(site: SiteKey, parts: &Parts, body: &Json) -> Result<Hit, Refusal> {
    let text = |name: &str| body.get(name).text();
    let key = text("api_key").or(message::bearer(parts));
    let server = key.is_some() && !message::from_browser(parts);
    let at_us = match body.get("timestamp") {
        Json::Null => None,
        at => Some(time::parse(at).ok_or_else(|| time::invalid("timestamp"))?),
    };
    let query = text("querystring").unwrap_or_default().trim_start_matches('?');
    let page = text("pathname").and_then(|path| {
        message::page(&format!("/{}?{query}", path.trim_start_matches('/')), text("hostname"))
    });
    let (ip, user_agent) = (body.get("ip_address").scalar(), text("user_agent"));
    // An app tells of itself what its requests do not.
    let reported = server || ip.is_some() || user_agent.is_some();
    let mut hit = Hit {
        credential: key.map(|key| Credential::Token(key.to_owned())),
        page,
        title: text("page_title").map(Into::into),
        referrer: text("referrer").map(Into::into),
        language: text("language").map(Into::into),
        at_us,
        identity: Identity {
            anonymous_id: message::id(body.get("anonymous_id")),
            user_id: message::id(body.get("user_id")),
        },
        is_own_device: ip.is_none() && user_agent.is_some_and(is_app_shaped),
        visitor: message::visitor(!reported, ip, user_agent),
        key_is_token: server,
        ..Hit::new(site, "")
    };
    if parts.path.trim_end_matches('/').ends_with("/identify") {
        return message::identify(hit, &[body.get("traits")]);
    }
    // A browser sends the properties as the text of an object.
    let raw = body.get("properties");
    let parsed = match raw {
        Json::Text(text) if !text.trim().is_empty() => Some(json::parse(text).map_err(|_| {
            Refusal::new("properties", "not_an_object", "is a string that holds no JSON object")
        })?),
        _ => None,
    };
    let properties = parsed.as_ref().unwrap_or(raw);
    let mut beside = Props::default();
    match text("type").unwrap_or("pageview") {
        "pageview" => describe(&mut hit, PAGEVIEW, properties, Money::Elsewhere, |_| true)?,
        "custom_event" => {
            let name = text("event_name").ok_or_else(|| {
                Refusal::new("event_name", "missing", "is missing; a custom event needs its name")
            })?;
            describe(&mut hit, name, properties, Money::Revenue, |_| true)?;
        }
        // What the script measures of the page is no act of the visitor.
        "performance" => {
            describe(&mut hit, "performance", body, Money::Elsewhere, |name| {
                VITALS.contains(&name)
            })?;
            hit.interactive = false;
        }
        other => {
            describe(&mut hit, other, properties, Money::Elsewhere, |_| true)?;
            hit.interactive = other != "error";
            // Which error it is.
            beside.put_text("name", text("event_name").unwrap_or_default());
        }
    }
    beside.put_text("tag", text("tag").unwrap_or_default());
    message::add_props(&mut hit, beside)?;
    Ok(hit)
}

/// What the clients take for success, and which of the script's features are on.
pub(crate) fn reply(parts: &Parts, _outcome: &Outcome) -> Reply {
    if parts.method == "GET" {
        return Reply::json(
            200,
            &json!({
                "sessionReplay": false, "webVitals": false, "trackErrors": false,
                "trackOutbound": true, "trackUrlParams": true, "trackInitialPageView": true,
                "trackSpaNavigation": true, "trackButtonClicks": false, "trackCopy": false,
                "trackFormInteractions": false,
            }),
        );
    }
    Reply::json(200, &json!({"success": true}))
}
