//! OpenPanel: `/track` with the client's id and secret in headers; `/event` and `/profile` of its first clients.

use std::borrow::Cow;

use serde_json::json;

use super::commerce::{Money, describe, pay};
use super::json::{self, Json};
use super::message::{self, Messages};
use super::props::Props;
use super::{Outcome, Parts, Reading, Reply, time};
use crate::bot::is_app_shaped;
use crate::event::PAGEVIEW;
use crate::hit::{Hit, Identity, Refusal, SiteKey};
use crate::protocol::Protocol;
use crate::visitor;

/// The clients of apps, by the name that they give themselves.
const APPS: [&str; 4] = ["react-native", "kotlin", "swift", "openpanel-flutter"];

/// Reads a request of OpenPanel's clients.
///
/// # Errors
/// No JSON.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    if parts.method != "POST" {
        return Ok(Reading::default());
    }
    let text = json::text(parts.body);
    let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
    let field = "openpanel-client-id";
    let site = message::site(Protocol::Openpanel, parts.header(field), field);
    let site = site.map_err(|refusal| vec![refusal])?;
    let elements = match &body {
        Json::Array(_) => message::batch("body", &body)?,
        _ if is_batch(&body) => message::batch("payload", body.get("payload"))?,
        _ => std::slice::from_ref(&body),
    };
    let mut messages = Messages::default();
    for element in elements {
        let read = hit(site.clone(), parts, element);
        messages.push(read, Some(&site), || element.to_string());
    }
    Ok(messages.finish())
}

/// `{"type": "batch", "payload": [message, …]}`.
fn is_batch(body: &Json) -> bool {
    body.get("type").text() == Some("batch")
}

/// What a request to a path of the first clients says its body is: they send what is now the payload.
fn type_of_path(path: &str) -> Option<&'static str> {
    Some(match path.trim_end_matches('/') {
        "/event" => "track",
        "/profile" => "identify",
        "/profile/increment" => "increment",
        "/profile/decrement" => "decrement",
        _ => return None,
    })
}

fn hit(site: SiteKey, parts: &Parts, element: &Json) -> Result<Option<Hit>, Refusal> {
    let old = type_of_path(parts.path);
    let payload = if old.is_some() { element } else { element.get("payload") };
    let kind = old.or(element.get("type").text()).unwrap_or("track");
    let properties = payload.get("properties");
    let text = |name: &str| properties.get(name).text();
    // The first clients wrote these without the lines before them.
    let first = |name: &str| text(name).or_else(|| text(old.and(name.strip_prefix("__"))?));
    let credential = message::secret(parts.header("openpanel-client-secret"));
    // A server has the secret, and may lend the visitor's program and address.
    let page = parts.header("origin").or(parts.header("referer"));
    let server = credential.is_some() && page.is_none();
    let of_visitor = |program: &&str| program.starts_with("Mozilla/") || is_app_shaped(program);
    let program = parts.header("user-agent").filter(of_visitor);
    let app = parts.header("openpanel-sdk-name").is_some_and(|name| APPS.contains(&name));
    let at = properties.get("__timestamp");
    let at = if at.is_null() && old.is_some() { payload.get("timestamp") } else { at };
    let at_us = match at {
        Json::Null => None,
        at => Some(time::parse(at).ok_or_else(|| time::invalid("properties.__timestamp"))?),
    };
    // What only these clients write, also where they hand on what a page sent.
    let ip = properties.get("__ip").scalar();
    let ip = ip.or(parts.header("openpanel-client-ip").map(Cow::Borrowed));
    let lends = ip.is_some();
    let ip = ip.or(parts.header("x-client-ip").map(Cow::Borrowed));
    let said = properties.any(&["__userAgent", "__user_agent"]).text();
    // An app has the secret too: its request comes in the visitor's own name and lends nobody's.
    let own = ip.is_none() && said.is_none() && program.is_some();
    let server = server && !own;
    let or = |one: &Json, other| message::id(if one.is_null() { other } else { one });
    let device = properties.any(&["__deviceId", "__device_id"]);
    let profile = payload.any(&["profileId", "profile_id"]);
    let hit = Hit {
        credential,
        page: first("__path").and_then(|path| message::page(path, None)),
        title: text("__title").map(Into::into),
        referrer: first("__referrer").map(Into::into),
        at_us,
        identity: Identity {
            anonymous_id: or(payload.get("deviceId"), device),
            user_id: or(profile, element.get("profileId")),
        },
        is_own_device: app && ip.is_none(),
        visitor: message::visitor(!(server || lends || app && !own), ip, said.or(program)),
        key_is_token: server,
        ..Hit::new(site, "")
    };
    let missing = |field: &str| Refusal::new(field, "missing", "is missing");
    match kind {
        "track" => {
            let name = payload.get("name").text().ok_or_else(|| missing("payload.name"))?;
            let mut hit = track(hit, name, properties)?;
            let mut props = Props::default();
            props.put_json("groups", payload.get("groups"));
            message::add_props(&mut hit, props)?;
            Ok(Some(hit))
        }
        "identify" => {
            let traits = Json::Object(
                payload
                    .fields()
                    .iter()
                    .filter(|(name, _)| !matches!(name.as_ref(), "profileId" | "properties"))
                    .cloned()
                    .collect(),
            );
            let own = properties.fields().iter().filter(|(name, _)| !name.starts_with("__"));
            let own = Json::Object(own.cloned().collect());
            message::identify(hit, &[&traits, &own]).map(Some)
        }
        kind @ ("increment" | "decrement") => {
            let property =
                payload.get("property").text().ok_or_else(|| missing("payload.property"))?;
            let sign = if kind == "increment" { '+' } else { '-' };
            let by = payload.get("value").number().unwrap_or(1.0);
            let traits =
                Json::Object(vec![(property.into(), Json::Text(format!("{sign}{by}").into()))]);
            message::identify(hit, &[&traits]).map(Some)
        }
        "group" | "assign_group" => {
            let group = payload.any(&["groupIds", "groupId", "id"]);
            let group_id = message::id(group.elements().first().unwrap_or(group))
                .ok_or_else(|| missing("payload.groupId"))?;
            let name = Json::Object(vec![("name".into(), payload.get("name").borrowed())]);
            message::group(hit, &group_id, payload.get("type").text(), &[&name, properties])
                .map(Some)
        }
        "alias" => {
            let previous =
                message::id(payload.get("alias")).ok_or_else(|| missing("payload.alias"))?;
            Ok(Some(message::alias(hit, &previous)))
        }
        // Recordings of screens are not kept.
        "replay" => Ok(None),
        other => {
            let detail = format!(
                "is `{}`; it must be track, identify, increment, decrement, group or alias",
                crate::page::clean(other, 40)
            );
            Err(Refusal::new("type", "unknown_type", detail))
        }
    }
}

/// Money is what `__revenue` says, and what an order says. Scripts report both of one sale.
fn track(mut hit: Hit, name: &str, properties: &Json) -> Result<Hit, Refusal> {
    describe(&mut hit, name, properties, Money::Revenue, |name| !name.starts_with("__"))?;
    hit.may_repeat_order = name == "revenue";
    if let Some(amount) = properties.get("__revenue").number() {
        pay(&mut hit, amount, properties.get("currency").text())?;
    }
    if name == "screen_view" {
        hit.name = PAGEVIEW.into();
    }
    Ok(hit)
}

/// What the clients take for success.
///
/// A page hands the `deviceId` to its own server, which says of whom it reports by it. Without an event
/// nobody is known yet.
pub(crate) fn reply(parts: &Parts, outcome: &Outcome) -> Reply {
    if type_of_path(parts.path).is_some() {
        return Reply::text(202, "ok");
    }
    let text = json::text(parts.body);
    if json::parse(&text).is_ok_and(|body| is_batch(&body)) {
        return Reply::json(202, &json!({"accepted": outcome.accepted, "rejected": []}));
    }
    let id = outcome.visitor_id.map(visitor::told_id).unwrap_or_default();
    Reply::json(200, &json!({"deviceId": id, "sessionId": id}))
}
