//! OpenPanel: `/track` with the client's id and secret in headers.

use std::borrow::Cow;

use serde_json::json;

use super::commerce::{Money, describe, pay};
use super::json::{self, Json};
use super::message::{self, Messages};
use super::{Outcome, Parts, Reading, Reply, time};
use crate::event::PAGEVIEW;
use crate::hit::{Hit, Identity, Refusal, SiteKey};
use crate::protocol::Protocol;

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
        _ => std::slice::from_ref(&body),
    };
    let mut messages = Messages::default();
    for element in elements {
        let read = hit(site.clone(), parts, element);
        messages.push(read, Some(&site), || element.to_string());
    }
    Ok(messages.finish())
}

fn hit(site: SiteKey, parts: &Parts, element: &Json) -> Result<Option<Hit>, Refusal> {
    let payload = element.get("payload");
    let properties = payload.get("properties");
    let text = |name: &str| properties.get(name).text();
    let credential = message::secret(parts.header("openpanel-client-secret"));
    // A server has the secret, and may lend the visitor's program and address.
    let page = parts.header("origin").or(parts.header("referer"));
    let server = credential.is_some() && page.is_none();
    let program = parts.header("user-agent").filter(|program| program.starts_with("Mozilla/"));
    let at_us = match properties.get("__timestamp") {
        Json::Null => None,
        at => Some(time::parse(at).ok_or_else(|| time::invalid("properties.__timestamp"))?),
    };
    let ip = properties.get("__ip").scalar();
    let ip = ip.or(parts.header("x-client-ip").map(Cow::Borrowed));
    let user_agent = properties.any(&["__userAgent", "__user_agent"]).text().or(program);
    let profile = |payload: &Json| message::id(payload.any(&["profileId", "profile_id"]));
    let hit = Hit {
        credential,
        page: text("__path").and_then(|path| message::page(path, None)),
        title: text("__title").map(Into::into),
        referrer: text("__referrer").map(Into::into),
        at_us,
        identity: Identity {
            anonymous_id: message::id(properties.any(&["__deviceId", "__device_id"])),
            user_id: profile(payload),
        },
        visitor: message::visitor(!server, ip, user_agent),
        key_is_token: server,
        ..Hit::new(site, "")
    };
    let missing = |field: &str| Refusal::new(field, "missing", "is missing");
    match element.get("type").text().unwrap_or("track") {
        "track" => {
            let name = payload.get("name").text().ok_or_else(|| missing("payload.name"))?;
            track(hit, name, properties).map(Some)
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
            message::group(hit, &group_id, payload.get("type").text(), &[properties]).map(Some)
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
pub(crate) fn reply(_parts: &Parts, outcome: &Outcome) -> Reply {
    let id = format!("{:016x}", outcome.visitor_id.unwrap_or_default());
    Reply::json(200, &json!({"deviceId": id, "sessionId": id}))
}
