//! Mixpanel: `/track`, `/import`, `/engage` and `/groups`, as a query, a form or JSON.
//!
//! The data are an object or an array, plain or in base64. The device (`$device_id`, or a `distinct_id`
//! that begins with `$device:`) is the anonymous one.

use std::borrow::Cow;

use serde_json::json;

use super::commerce::{Money, describe};
use super::form::{Form, json_or_base64};
use super::json::{self, Json};
use super::message::{self, Messages};
use super::plausible::MAX_ID;
use super::time::{self, Clock};
use super::told::{Words, of_app};
use super::{Outcome, Parts, Reading, Reply};
use crate::event::{ENGAGEMENT, PAGEVIEW};
use crate::hit::{Credential, Hit, Identity, Refusal, Told};
use crate::protocol::Protocol;

/// Properties that other columns keep, or that Mixpanel needs for itself.
const OWN: [&str; 33] = [
    "token",
    "time",
    "distinct_id",
    "ip",
    "mp_lib",
    "mp_sent_by_lib_version",
    "current_page_title",
    "current_url",
    "current_url_path",
    "current_url_protocol",
    "current_url_search",
    "current_domain",
    "viewed_page",
    "$current_url",
    "$insert_id",
    "$device_id",
    "$user_id",
    "$referrer",
    "$referring_domain",
    "$initial_referrer",
    "$initial_referring_domain",
    "$lib_version",
    "$mp_api_endpoint",
    "$mp_api_timestamp_ms",
    "$mp_autocapture",
    "$mp_replay_id",
    "$browser",
    "$browser_version",
    "$os",
    "$device",
    "$screen_height",
    "$screen_width",
    "$had_persisted_distinct_id",
];

/// Reads a request of Mixpanel's clients.
///
/// # Errors
/// There are no data, or they are no JSON, plainly or in base64.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    let path = parts.path.trim_end_matches('/');
    if matches!(path, "/flags" | "/flags/definitions" | "/decide" | "/record" | "/settings") {
        return Ok(Reading::default());
    }
    let query = Form::parse(parts.query);
    let raw = json::text(parts.body);
    let form = if raw.trim_start().starts_with(['{', '[']) || raw.is_empty() {
        Form::default()
    } else {
        Form::parse(&raw)
    };
    let data = query.get("data").or(form.get("data")).unwrap_or(&raw);
    let text = data_text(data).ok_or_else(|| {
        vec![Refusal::new("data", "invalid_json", "is neither JSON nor JSON in base64")]
    })?;
    let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
    let elements = match &body {
        Json::Array(_) => message::batch("data", &body)?,
        _ => std::slice::from_ref(&body),
    };
    let basic = message::basic(parts);
    let (user, password) = basic.unzip();
    let browser = message::from_browser(parts);
    // Apps ask for the place of their own request.
    let is_own_device = !browser && query.get("ip").or(form.get("ip")) == Some("1");
    // Servers sign in with the project's secret or the token as user, or as one of their own with its secret.
    let secret = password.filter(|password| !password.is_empty()).or_else(|| user.clone());
    let imports = path == "/import";
    let mut messages = Messages::default();
    for element in elements {
        let properties = element.get("properties");
        let key = [properties.get("token"), element.any(&["$token", "token"])]
            .into_iter()
            .find_map(Json::text)
            .or(query.get("token"))
            .or(query.get("project_id").filter(|_| imports))
            .or(user.as_deref().filter(|_| imports));
        let site = message::site(Protocol::Mixpanel, key, "properties.token");
        let known = site.as_ref().ok().cloned();
        let read = site.and_then(|site| {
            let base = Hit {
                credential: secret.clone().map(Credential::Secret),
                key_is_token: !browser,
                is_own_device,
                ..Hit::new(site, "")
            };
            match path {
                "/engage" => person(base, element, browser),
                "/groups" => group(base, element, browser),
                _ => event(base, element, browser).map(Some),
            }
        });
        messages.push(read, known.as_ref(), || element.to_string());
    }
    Ok(messages.finish())
}

/// One or more lines of JSON, plain or in base64.
fn data_text(data: &str) -> Option<Cow<'_, str>> {
    let text = json_or_base64(data)?;
    let several = ["}\n{", "}\r\n{"].iter().any(|between| text.contains(between));
    if text.trim_start().starts_with('{') && several {
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        return Some(format!("[{}]", lines.join(",")).into());
    }
    Some(text)
}

fn event(base: Hit, element: &Json, browser: bool) -> Result<Hit, Refusal> {
    let name = element.get("event").text().ok_or_else(|| {
        Refusal::new("event", "missing", "is missing; it must be the event's name")
    })?;
    let properties = element.get("properties");
    let address = properties.any(&["current_url", "$current_url"]).text();
    // No client says when it sent its request.
    let at_us = Clock::new(None, 0).read("properties.time", properties.get("time"))?;
    let title = properties.any(&["current_page_title", "$title"]).text();
    let page = address.and_then(|address| message::page(address, None));
    // An app's page is a screen, which has nothing but a title.
    let is_view = matches!(name, "$mp_page_view" | "$mp_page_leave");
    let page = page.or_else(|| title.filter(|_| is_view).map(message::screen));
    let referrer = properties.get("$referrer").text().filter(|text| *text != "$direct");
    let ip = properties.any(&["ip", "$ip"]).scalar().filter(|ip| ip.contains(['.', ':']));
    let mut hit = Hit {
        id: message::id(properties.get("$insert_id"))
            .map(|id| id_of(id, name))
            .or_else(|| id_of_app(element.get("$mp_metadata"))),
        page,
        title: title.map(Into::into),
        referrer: referrer.map(Into::into),
        at_us,
        identity: identity(properties, properties.get("distinct_id")),
        visitor: message::visitor(browser, ip, properties.get("$user_agent").text()),
        told: if browser { None } else { told(properties) },
        ..base
    };
    match name {
        "$create_alias" => {
            let other = message::id(properties.get("alias")).ok_or_else(|| {
                Refusal::new("properties.alias", "missing", "is missing; it must be the other id")
            })?;
            // The browser's alias is the new name of the old id; the server's the other way round.
            return Ok(message::other_name(hit, other));
        }
        "$identify" => {
            hit.identity = Identity {
                anonymous_id: message::id(properties.any(&[
                    "$anon_distinct_id",
                    "$anon_id",
                    "$device_id",
                ]))
                .map(without_prefix),
                user_id: message::id(properties.any(&[
                    "$identified_id",
                    "$user_id",
                    "distinct_id",
                ])),
            };
            return message::identify(hit, &[]);
        }
        "$merge" => {
            let ids = properties.get("$distinct_ids").elements();
            let (Some(from), Some(to)) =
                (ids.first().and_then(message::id), ids.get(1).and_then(message::id))
            else {
                let detail = "must be the two ids that are one person";
                return Err(Refusal::new("properties.$distinct_ids", "missing", detail));
            };
            hit.identity = Identity { anonymous_id: None, user_id: Some(to) };
            return Ok(message::alias(hit, &from));
        }
        _ => {}
    }
    message::add_campaign_of_server(&mut hit, properties);
    let keep = |name: &str| {
        !OWN.contains(&name) && !name.starts_with("$initial_") && !message::is_campaign(name)
    };
    describe(&mut hit, name, properties, Money::Revenue, keep)?;
    match name {
        "$mp_web_page_view" | "$mp_page_view" | "mp_page_view" => hit.name = PAGEVIEW.into(),
        "$mp_page_leave" => {
            hit.name = ENGAGEMENT.into();
            hit.interactive = false;
            let percent = properties.get("$max_scroll_percentage").number();
            hit.scroll_depth = percent.map(|percent| percent.clamp(0.0, 100.0) as u8);
        }
        // What the library reports of itself, or of an app, is no act of the visitor.
        own if own.starts_with('$') => {
            hit.interactive = matches!(own, "$mp_click" | "$mp_submit" | "$mp_input_change");
        }
        _ => {}
    }
    Ok(hit)
}

/// Device and place, where an app or a server tells them.
fn told(properties: &Json) -> Option<Box<Told>> {
    let said = |name: &str| properties.get(name).scalar();
    let words = Words {
        device: of_app(said("$os").as_deref(), said("$model").as_deref()),
        browser: said("$browser"),
        browser_version: said("$browser_version"),
        os: said("$os"),
        os_version: said("$os_version"),
        country: said("mp_country_code"),
        city: said("$city"),
        ..Words::default()
    };
    words.told()
}

/// Mixpanel takes a repeat to be of the same name too: an order's number may stand on its refund as well.
fn id_of(insert_id: String, name: &str) -> String {
    let both = format!("{insert_id} {name}");
    if both.len() <= MAX_ID { both } else { insert_id }
}

/// What apps tell repeats by; the event's own is short in some.
fn id_of_app(metadata: &Json) -> Option<String> {
    let event_id = message::id(metadata.get("$mp_event_id"))?;
    Some(id_of(event_id, metadata.get("$mp_session_id").text()?))
}

/// What is set on a person: texts as they are, sums with their sign, lists as they were sent. What is
/// taken away leaves nothing to keep.
fn person(base: Hit, element: &Json, browser: bool) -> Result<Option<Hit>, Refusal> {
    let identity = identity(element, element.get("$distinct_id"));
    let hit = Hit {
        identity,
        at_us: time::parse(element.get("$time")),
        visitor: message::visitor(browser, element.get("$ip").scalar(), None),
        ..base
    };
    let sums = element.get("$add").fields().iter().filter_map(|(name, by)| {
        let text = format!("{:+}", by.number()?);
        Some((name.clone(), Json::Text(text.into())))
    });
    let sums = Json::Object(sums.collect());
    let lists = ["$append", "$union"].map(|operation| element.get(operation));
    let traits = [element.get("$set"), element.get("$set_once"), &sums, lists[0], lists[1]];
    let hit = message::identify(hit, &traits)?;
    let takes_away =
        ["$unset", "$remove", "$delete"].into_iter().any(|it| !element.get(it).is_null());
    Ok((!(takes_away && hit.props.is_empty())).then_some(hit))
}

fn group(base: Hit, element: &Json, browser: bool) -> Result<Option<Hit>, Refusal> {
    let group_id = message::id(element.get("$group_id"))
        .ok_or_else(|| Refusal::new("$group_id", "missing", "is missing; it names the group"))?;
    let hit = Hit { visitor: message::visitor(browser, None, None), ..base };
    let kind = element.get("$group_key").text();
    let traits = [element.get("$set"), element.get("$set_once")];
    message::group(hit, &group_id, kind, &traits).map(Some)
}

/// Who is meant. An id with the prefix of devices is anonymous.
fn identity(object: &Json, distinct_id: &Json) -> Identity {
    let id = message::id(distinct_id);
    let device = message::id(object.get("$device_id"));
    let user = message::id(object.get("$user_id"));
    match (id, device) {
        (Some(id), device) if id.starts_with("$device:") => Identity {
            anonymous_id: Some(device.unwrap_or_else(|| without_prefix(id))),
            user_id: user,
        },
        (Some(id), Some(device)) if id == device => {
            Identity { anonymous_id: Some(device), user_id: user }
        }
        (id, anonymous_id) => Identity { anonymous_id, user_id: user.or(id) },
    }
}

fn without_prefix(id: String) -> String {
    id.strip_prefix("$device:").map(str::to_owned).unwrap_or(id)
}

/// What the clients take for success: `1`, a picture, or JSON where they ask for words.
pub(crate) fn reply(parts: &Parts, outcome: &Outcome) -> Reply {
    let query = Form::parse(parts.query);
    let body = json::text(parts.body);
    let is_json = body.trim_start().starts_with(['{', '[']);
    let form = if is_json { Form::default() } else { Form::parse(&body) };
    let verbose = query.get("verbose").or(form.get("verbose")) == Some("1");
    match parts.path.trim_end_matches('/') {
        // Who imports with `data=` reads the answer as of `/track`.
        "/import" if is_json => {
            let imported = outcome.accepted;
            Reply::json(
                200,
                &json!({"code": 200, "status": "OK", "num_records_imported": imported}),
            )
        }
        "/flags" | "/decide" => {
            Reply::json(200, &json!({"code": 200, "status": "OK", "flags": {}}))
        }
        "/flags/definitions" => Reply::json(200, &json!({"flags": []})),
        "/settings" => Reply::json(200, &json!({})),
        "/record" => Reply::json(200, &json!({"code": 200, "status": "OK"})),
        _ if verbose => Reply::json(200, &json!({"status": 1, "error": null})),
        _ if query.get("img") == Some("1") => Reply::gif(),
        _ => Reply::text(200, "1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_json_are_an_array_however_they_end() {
        for text in ["{\"a\":1}\n{\"b\":2}\n", "{\"a\":1}\r\n{\"b\":2}\r\n"] {
            let array = data_text(text).unwrap();
            assert_eq!(json::parse(&array).unwrap().elements().len(), 2, "{text}");
        }
        assert_eq!(data_text("{\"a\":\"}{\"}").as_deref(), Some("{\"a\":\"}{\"}"));
    }
}
