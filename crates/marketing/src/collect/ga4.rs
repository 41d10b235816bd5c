//! GA4: the Measurement Protocol of servers, and the wire of gtag.js.

pub(crate) mod gtag;
mod told;
mod validation;

use std::borrow::Cow;

use serde_json::json;

use super::commerce::{Money, describe};
use super::form::Form;
use super::json::{self, Json};
use super::message::{self, Messages, add_campaign};
use super::props::Props;
use super::time::Clock;
use super::{Outcome, Parts, Reading, Reply};
use crate::consent::Consent;
use crate::event::{ENGAGEMENT, PAGEVIEW};
use crate::hit::{Credential, Hit, Identity, Refusal, SiteKey};
use crate::protocol::Protocol;

/// Most events of one request, as Google takes them.
pub(crate) const MAX_EVENTS: usize = 25;

/// Parameters that other columns keep.
const OWN: [&str; 10] = [
    "page_location",
    "page_title",
    "page_referrer",
    "page_path",
    "language",
    "engagement_time_msec",
    "session_id",
    "session_number",
    "percent_scrolled",
    "debug_mode",
];

/// Our tags, and the parameters of `campaign_details` that say the same.
const CAMPAIGN: [(&str, &str); 6] = [
    ("utm_source", "source"),
    ("utm_medium", "medium"),
    ("utm_campaign", "campaign"),
    ("utm_content", "content"),
    ("utm_term", "term"),
    ("utm_id", "campaign_id"),
];

/// Reads a request of the Measurement Protocol or of gtag.js.
///
/// # Errors
/// No JSON, no measurement id, no client or no events.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    if parts.path.trim_end_matches('/').ends_with("/g/collect") {
        return Ok(gtag::read(parts));
    }
    if is_debug(parts) || parts.path.starts_with("/ccm/") || parts.path.starts_with("/gtag/") {
        // What is only validated is not kept; what advertising asks for is no event.
        return Ok(Reading::default());
    }
    let query = Form::parse(parts.query);
    let text = json::text(parts.body);
    let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
    let key = query.get("measurement_id").or(query.get("firebase_app_id"));
    let site = message::site(Protocol::Ga4, key, "measurement_id");
    let site = site.map_err(|refusal| vec![refusal])?;
    let browser = message::from_browser(parts);
    let sender = Sender {
        secret: query.get("api_secret").map(str::to_owned),
        browser,
        clock: Clock::new(None, parts.received_at_us),
    };
    let mut messages = Messages::default();
    for (at, event) in message::batch("events", body.get("events"))?.iter().enumerate() {
        let read = if at < MAX_EVENTS {
            hit(site.clone(), &sender, &body, event).map(Some)
        } else {
            let detail = format!("hold more than {MAX_EVENTS} in one request");
            Err(Refusal::new("events", "too_many", detail))
        };
        messages.push(read, Some(&site), || event.to_string());
    }
    Ok(messages.finish())
}

fn is_debug(parts: &Parts) -> bool {
    parts.path.starts_with("/debug/")
}

struct Sender {
    secret: Option<String>,
    browser: bool,
    clock: Clock,
}

fn hit(site: SiteKey, sender: &Sender, body: &Json, event: &Json) -> Result<Hit, Refusal> {
    let name = event.get("name").text().ok_or_else(|| {
        Refusal::new("name", "missing", "is missing; it must be the event's name")
    })?;
    let params = event.get("params");
    let at = event.get("timestamp_micros");
    let at = if at.is_null() { body.get("timestamp_micros") } else { at };
    let ip = body.any(&["ip_override"]).scalar();
    let mut hit = Hit {
        credential: sender.secret.clone().map(Credential::Secret),
        at_us: sender.clock.read("timestamp_micros", at)?,
        identity: Identity {
            anonymous_id: message::id(body.any(&["client_id", "app_instance_id"])),
            user_id: message::id(body.get("user_id")),
        },
        consent: consent(body.get("consent")),
        visitor: message::visitor(sender.browser, ip, body.get("user_agent").text()),
        key_is_token: sender.secret.is_some() && !sender.browser,
        told: if sender.browser { None } else { told::told(body) },
        ..Hit::new(site, "")
    };
    describe(&mut hit, name, params, Money::Value, |name| !OWN.contains(&name))?;
    let mut props = Props::default();
    for (name, property) in body.get("user_properties").fields() {
        let value = property.get("value");
        props.put_json(&format!("user.{name}"), if value.is_null() { property } else { value });
    }
    message::add_props(&mut hit, props)?;
    let text = |name: &str| params.get(name).scalar();
    finish(&mut hit, &text);
    let language = body.get("device").get("language").text();
    hit.language = hit.language.or(language.map(Into::into));
    if name == "campaign_details" {
        add_campaign(&mut hit, CAMPAIGN.into_iter().map(|(tag, name)| (tag, text(name))));
    }
    Ok(hit)
}

/// What GA4's own events and parameters mean here.
fn finish<'p>(hit: &mut Hit, param: &dyn Fn(&str) -> Option<Cow<'p, str>>) {
    let text = |name: &str| param(name).map(Cow::into_owned);
    let number = |name: &str| param(name).and_then(|text| text.parse::<f64>().ok());
    hit.page = param("page_location")
        .and_then(|address| message::page(&address, None))
        .or_else(|| message::page(&param("page_path")?, None));
    hit.title = text("page_title");
    hit.referrer = text("page_referrer");
    hit.language = text("language");
    hit.engagement_ms = number("engagement_time_msec")
        .filter(|spent| *spent > 0.0)
        .map(|spent| spent.min(86_400_000.0) as u32);
    match hit.name.as_str() {
        "page_view" => {
            hit.name = PAGEVIEW.into();
            // A program without addresses names its pages by their titles.
            let titled = || hit.title.as_deref().map(message::screen);
            hit.page = hit.page.take().or_else(titled);
        }
        "screen_view" => {
            hit.name = PAGEVIEW.into();
            let names = ["screen_name", "firebase_screen", "screen_class", "firebase_screen_class"];
            let screen = names.into_iter().find_map(text);
            hit.page = screen.map(|name| message::screen(&name)).or(hit.page.take());
        }
        "user_engagement" => {
            hit.name = ENGAGEMENT.into();
            hit.interactive = false;
        }
        "scroll" => {
            hit.interactive = false;
            let percent = number("percent_scrolled").unwrap_or(90.0);
            hit.scroll_depth = Some(percent.clamp(0.0, 100.0) as u8);
        }
        "session_start" | "first_visit" | "first_open" => hit.interactive = false,
        _ => {}
    }
}

/// `{"analytics_storage": "GRANTED", "ad_user_data": "DENIED"}`.
fn consent(object: &Json) -> Option<Consent> {
    let said =
        |names: &[&str]| object.any(names).text().map(|text| text.eq_ignore_ascii_case("granted"));
    Consent {
        analytics: said(&["analytics_storage"]),
        advertising: said(&["ad_storage", "ad_user_data"]),
    }
    .said()
}

/// Nothing, as Google answers; the validation server says what is wrong.
pub(crate) fn reply(parts: &Parts, _outcome: &Outcome) -> Reply {
    if is_debug(parts) {
        return Reply::json(200, &json!({"validationMessages": validation::messages(parts)}));
    }
    Reply::nothing()
}
