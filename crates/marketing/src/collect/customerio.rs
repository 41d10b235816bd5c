//! Customer.io's Track API: people, their events and their devices under `/api/v1/`, the same and groups
//! as messages to `/api/v2/entity` and `/api/v2/batch`; Basic `site:key`.

use percent_encoding::percent_decode_str;
use serde_json::json;

use super::commerce::{Money, describe};
use super::json::{self, Json};
use super::message::{self, Messages};
use super::time::Clock;
use super::{Outcome, Parts, Reading, Reply};
use crate::event::PAGEVIEW;
use crate::hit::{Hit, Identity, Refusal};
use crate::protocol::Protocol;

/// Most relations of one entity that are taken.
const MOST_RELATED: usize = 100;

/// Where clients tell what became of what Customer.io delivered.
const DELIVERIES: [&str; 4] =
    ["/push/events", "/api/v1/push/events", "/api/v1/cio_deliveries/events", "/api/v1/metrics"];

/// Reads a request of Customer.io's clients.
///
/// # Errors
/// No JSON, or no site.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    let mut messages = Messages::within(parts);
    // What is deleted or suppressed there is nothing that happened, nor is what was delivered.
    let is_delivery = DELIVERIES.contains(&parts.path.trim_end_matches('/'));
    if is_delivery || !matches!(parts.method, "POST" | "PUT") {
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
    let entities = match parts.path.trim_end_matches('/') {
        "/api/v2/entity" => std::slice::from_ref(&body),
        "/api/v2/batch" => message::batch("batch", body.get("batch"))?,
        _ => {
            let read = hit(base.clone(), parts.path, &body);
            messages.push(read, Some(&site), || format!("{} {body}", parts.path));
            &[]
        }
    };
    for entity in entities {
        if messages.is_full() {
            break;
        }
        match entity_hits(&base, entity) {
            Ok(hits) => hits.into_iter().for_each(|hit| {
                messages.push(Ok(Some(hit)), Some(&site), || entity.to_string());
            }),
            Err(refusal) => messages.push(Err(refusal), Some(&site), || entity.to_string()),
        }
    }
    Ok(messages.finish())
}

/// What `{type, action, identifiers, …}` says: of groups, which are objects there, one hit for each
/// person. What is deleted, suppressed or told of deliveries is nothing that happened.
fn entity_hits(base: &Hit, entity: &Json) -> Result<Vec<Hit>, Refusal> {
    let identifiers = entity.get("identifiers");
    let named = message::id(identifiers.any(&["id", "email", "cio_id", "phone"]));
    let identity = Identity {
        anonymous_id: message::id(identifiers.get("anonymous_id"))
            .or_else(|| message::id(entity.get("anonymous_id"))),
        user_id: named,
    };
    let person = Hit { identity, ..base.clone() };
    let (attributes, related) = (entity.get("attributes"), entity.get("cio_relationships"));
    let hit = match (entity.get("type").text(), entity.get("action").text().unwrap_or_default()) {
        (Some("person"), "identify") => message::identify(person, &[attributes])?,
        (Some("person"), "add_device") => message::identify(person, &[&device(entity)])?,
        (Some("person"), kind @ ("event" | "page" | "screen")) => {
            event(person, kind, entity, attributes)?
        }
        (Some("person"), "merge") => merged(person, entity)?,
        (Some("person"), "add_relationships") => {
            let groups = related.elements().iter().take(MOST_RELATED);
            return groups.map(|to| group(person.clone(), to.get("identifiers"), &[])).collect();
        }
        (Some("object"), "identify" | "add_relationships") => {
            let members = related.elements().iter().take(MOST_RELATED).map(|to| {
                let user_id = message::id(to.get("identifiers").any(&["id", "email", "cio_id"]));
                Identity { anonymous_id: None, user_id }
            });
            let mut members: Vec<Identity> = members.collect();
            if members.is_empty() {
                members.push(Identity::default());
            }
            let members = members.into_iter();
            return members
                .map(|identity| group(Hit { identity, ..base.clone() }, identifiers, &[attributes]))
                .collect();
        }
        (Some("person" | "object" | "delivery"), _) => return Ok(Vec::new()),
        _ => {
            let detail = "must be person, object or delivery";
            return Err(Refusal::new("type", "unknown_type", detail));
        }
    };
    Ok(vec![hit])
}

fn group(hit: Hit, identifiers: &Json, traits: &[&Json]) -> Result<Hit, Refusal> {
    let id = message::id(identifiers.any(&["object_id", "cio_object_id"])).ok_or_else(|| {
        Refusal::new("identifiers.object_id", "missing", "is missing; it names the group")
    })?;
    let kind = message::id(identifiers.get("object_type_id"));
    message::group(hit, &id, kind.as_deref(), traits)
}

fn device<'a>(body: &Json<'a>) -> Json<'a> {
    Json::Object(vec![("device".into(), body.get("device").clone())])
}

fn merged(hit: Hit, body: &Json) -> Result<Hit, Refusal> {
    let id = |name: &str| message::id(body.get(name).any(&["id", "email", "cio_id"]));
    let (Some(primary), Some(secondary)) = (id("primary"), id("secondary")) else {
        let detail = "must both name a person by id, email or cio_id";
        return Err(Refusal::new("primary, secondary", "missing", detail));
    };
    let identity = Identity { anonymous_id: None, user_id: Some(primary) };
    Ok(message::alias(Hit { identity, ..hit }, &secondary))
}

fn hit(base: Hit, path: &str, body: &Json) -> Result<Option<Hit>, Refusal> {
    let rest: Vec<&str> = path
        .strip_prefix("/api/v1/")
        .unwrap_or_default()
        .trim_end_matches('/')
        .split('/')
        .collect();
    let anonymous_id = message::id(body.get("anonymous_id"));
    let (kind, data) = (body.get("type").text().unwrap_or_default(), body.get("data"));
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
        ["customers", id, "events"] => event(person(id, base), kind, body, data).map(Some),
        ["customers", id, "devices"] => {
            message::identify(person(id, base), &[&device(body)]).map(Some)
        }
        ["events"] => {
            let identity = Identity { anonymous_id, user_id: None };
            event(Hit { identity, ..base }, kind, body, data).map(Some)
        }
        ["merge_customers"] => merged(base, body).map(Some),
        _ => Ok(None),
    }
}

fn event(base: Hit, kind: &str, body: &Json, data: &Json) -> Result<Hit, Refusal> {
    let name = body.get("name").text().ok_or_else(|| {
        Refusal::new("name", "missing", "is missing; it must be the event's name")
    })?;
    let at_us = Clock::new(None, 0).read("timestamp", body.get("timestamp"))?;
    let mut hit = Hit { id: message::id(body.get("id")), at_us, ..base };
    match kind {
        "page" | "screen" => {
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
