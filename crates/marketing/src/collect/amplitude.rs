//! Amplitude: `/2/httpapi` and `/batch`; people, groups and other ids under `/identify`, `/groupidentify`
//! and `/usermap`; and the forms of older clients, to `/httpapi` and to the root.

use std::collections::HashSet;

use serde_json::json;

use super::commerce::{Money, PURCHASE, canonical, describe, pay};
use super::form::Form;
use super::json::{self, Json};
use super::message::{self, Messages, add_campaign};
use super::time::{self, Clock};
use super::told::{Words, of_app};
use super::{Outcome, Parts, Reading, Reply};
use crate::event::PAGEVIEW;
use crate::hit::{Hit, Identity, Item, Refusal, SiteKey, Told};
use crate::items::MAX_ITEM_TEXT;
use crate::page::clean;
use crate::protocol::Protocol;

/// Event properties that other columns keep.
const OWN: [&str; 13] = [
    "[Amplitude] Page URL",
    "[Amplitude] Page Title",
    "[Amplitude] Page Location",
    "[Amplitude] Page Path",
    "[Amplitude] Page Domain",
    "[Amplitude] Page Counter",
    "[Amplitude] Page View ID",
    "[Amplitude] Screen Name",
    "[Amplitude] Previous Page Location",
    "[Amplitude] Previous Page Type",
    "[Amplitude] Session Replay ID",
    "referrer",
    "referring_domain",
];

/// A page view of the first plugin for them.
const OLDER_VIEW: &str = "Page View";

const TAGS: [&str; 9] = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "utm_id",
    "utm_source_platform",
    "utm_creative_format",
    "utm_marketing_tactic",
];

/// Ids of clicks on advertisements that browsers read from the address.
const CLICKS: [&str; 11] = [
    "dclid",
    "fbclid",
    "gbraid",
    "gclid",
    "li_fat_id",
    "msclkid",
    "rdt_cid",
    "ttclid",
    "twclid",
    "wbraid",
    "yclid",
];

/// The name that clients give to revenue.
const REVENUE: &str = "revenue_amount";

/// Events that clients send by themselves, beside those of Amplitude's own prefix.
const BY_ITSELF: [&str; 3] = ["session_start", "session_end", "$exposure"];

/// How the names of events end that are a visitor's acts, of those that clients send by themselves.
const ACTS: [&str; 4] = ["Clicked", "Click", "Interacted", "Submitted"];

struct Sender {
    clock: Clock,
    browser: bool,
    /// Whose orders the request holds: `revenue_amount` of theirs are lines of these.
    orders_of: HashSet<(&'static str, String)>,
}

/// The ids of who did an event.
fn ids(event: &Json) -> impl Iterator<Item = (&'static str, String)> {
    let fields = ["user_id", "device_id"].into_iter();
    fields.filter_map(|field| Some((field, message::id(event.get(field))?)))
}

/// Reads one message.
type Take = fn(SiteKey, &Sender, &Json) -> Result<Option<Hit>, Refusal>;

/// Where the messages of a path stand, in its JSON or its form, and what reads one; `None` for paths
/// that ask, or bring recordings, which are not kept.
fn messages_of(path: &str) -> Option<(&'static str, Take)> {
    Some(match path.trim_end_matches('/') {
        "/2/httpapi" | "/batch" => ("events", event),
        "/httpapi" => ("event", event),
        "" => ("e", event),
        "/identify" => ("identification", identification),
        "/groupidentify" => ("identification", group_identification),
        "/usermap" => ("mapping", mapping),
        _ => return None,
    })
}

/// Reads a request of Amplitude's clients: JSON, or a form with JSON in one of its fields.
///
/// # Errors
/// No JSON, no key, or no messages.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    let Some((field, take)) = messages_of(parts.path).filter(|_| parts.method == "POST") else {
        return Ok(Reading::default());
    };
    let text = json::text(parts.body);
    let form = if text.trim_start().starts_with('{') { "" } else { text.as_ref() };
    let form = Form::parse(parts.query).and(Form::parse(form));
    let wrapped = form.get(field);
    let body = json::parse(wrapped.unwrap_or(&text)).map_err(|refusal| vec![refusal])?;
    let (found, key, sent_at) = match wrapped {
        Some(_) => {
            let sent_at = form.get("upload_time").and_then(time::parse_text);
            (&body, form.get("api_key").or(form.get("client")), sent_at)
        }
        None => {
            let sent_at = time::parse(body.get("client_upload_time"));
            (body.any(&[field, "events"]), body.get("api_key").text(), sent_at)
        }
    };
    let site = message::site(Protocol::Amplitude, key, "api_key");
    let site = site.map_err(|refusal| vec![refusal])?;
    let events = match found {
        Json::Object(_) => std::slice::from_ref(found),
        _ => message::batch(field, found)?,
    };
    let brings_money = |event: &Json| {
        event.get("event_type").text().map(canonical) == Some(PURCHASE)
            && !event.get("event_properties").any(&["revenue", "total", "value"]).is_null()
    };
    let sender = Sender {
        clock: Clock::new(sent_at, parts.received_at_us),
        browser: message::from_browser(parts),
        orders_of: events.iter().filter(|event| brings_money(event)).flat_map(ids).collect(),
    };
    let mut messages = Messages::sent_at(sent_at);
    for event in events {
        let read = take(site.clone(), &sender, event);
        messages.push(read, Some(&site), || event.to_string());
    }
    Ok(messages.finish())
}

fn event(site: SiteKey, sender: &Sender, event: &Json) -> Result<Option<Hit>, Refusal> {
    hit(site, sender, event).map(Some)
}

/// What is said of a person outside of events: `{user_id, user_properties, groups}`.
fn identification(site: SiteKey, sender: &Sender, said: &Json) -> Result<Option<Hit>, Refusal> {
    hit(site, sender, &with(said, "event_type", Json::Text("$identify".into()))).map(Some)
}

/// What is said of a group: `{group_type, group_value, group_properties}`.
fn group_identification(
    site: SiteKey,
    sender: &Sender,
    said: &Json,
) -> Result<Option<Hit>, Refusal> {
    let kind = said.get("group_type").text().unwrap_or_default().to_owned();
    let groups = Json::Object(vec![(kind.into(), said.get("group_value").clone())]);
    let event = with(said, "groups", groups);
    hit(site, sender, &with(&event, "event_type", Json::Text("$groupidentify".into()))).map(Some)
}

fn with<'a>(object: &Json<'a>, name: &'static str, value: Json<'a>) -> Json<'a> {
    Json::Object(object.fields().iter().cloned().chain([(name.into(), value)]).collect())
}

/// Two ids of one person, `{user_id, global_user_id}`; parting them again leaves nothing to keep.
fn mapping(site: SiteKey, sender: &Sender, pair: &Json) -> Result<Option<Hit>, Refusal> {
    if pair.get("unmap").is_true() {
        return Ok(None);
    }
    let id = |name: &str| {
        message::id(pair.get(name))
            .ok_or_else(|| Refusal::new(name, "missing", "is missing; a mapping needs both ids"))
    };
    let (previous, user_id) = (id("user_id")?, id("global_user_id")?);
    let hit = Hit {
        identity: Identity { anonymous_id: None, user_id: Some(user_id) },
        visitor: message::visitor(sender.browser, None, None),
        key_is_token: !sender.browser,
        ..Hit::new(site, "")
    };
    Ok(Some(message::alias(hit, &previous)))
}

fn hit(site: SiteKey, sender: &Sender, event: &Json) -> Result<Hit, Refusal> {
    let name = event.get("event_type").text().ok_or_else(|| {
        Refusal::new("event_type", "missing", "is missing; it must be the event's name")
    })?;
    let properties = event.get("event_properties");
    let own = |field: &str| {
        // The first plugin for page views wrote `page_title` for `[Amplitude] Page Title`.
        let older = || field.to_lowercase().replace(' ', "_");
        let field = if name == OLDER_VIEW { older() } else { format!("[Amplitude] {field}") };
        properties.get(&field).text()
    };
    let address = own("Page Location").or(own("Page URL"));
    let page = address
        .and_then(|address| message::page(address, own("Page Domain")))
        .or_else(|| message::page(own("Page Path")?, own("Page Domain")))
        .or_else(|| own("Screen Name").map(message::screen));
    let ip = event.get("ip").scalar().filter(|ip| ip.contains(['.', ':']));
    let library = event.get("library").get("name").text();
    let mut hit = Hit {
        id: message::id(event.any(&["insert_id", "uuid"])),
        page,
        title: own("Page Title").map(Into::into),
        referrer: properties.get("referrer").text().map(Into::into),
        language: event.get("language").text().map(Into::into),
        at_us: sender.clock.read("time", event.any(&["time", "timestamp"]))?,
        identity: Identity {
            anonymous_id: message::id(event.get("device_id")),
            user_id: message::id(event.get("user_id")),
        },
        visitor: message::visitor(sender.browser, ip, event.get("user_agent").text()),
        is_own_device: event.get("ip").text() == Some("$remote")
            || matches!(library, Some("amplitude-android" | "amplitude-ios")),
        told: if sender.browser { None } else { told(event) },
        key_is_token: !sender.browser,
        ..Hit::new(site, "")
    };
    add_campaign(&mut hit, TAGS.into_iter().map(|tag| (tag, properties.get(tag).scalar())));
    match name {
        "$identify" => {
            let said = event.get("user_properties");
            // Where a visit came from, browsers tell as news of the person, once a visit.
            let came = said.get("$set");
            hit.referrer = came.get("referrer").text().map(Into::into);
            let campaign = TAGS.into_iter().chain(CLICKS);
            add_campaign(&mut hit, campaign.map(|tag| (tag, came.get(tag).scalar())));
            let [now, once] = set(said);
            if let Some((kind, group_id)) = first_group(event) {
                return message::group(hit, &group_id, Some(&kind), &[&now, &once]);
            }
            message::identify(hit, &[&now, &once])
        }
        "$groupidentify" => {
            let (kind, group_id) = first_group(event).ok_or_else(|| {
                Refusal::new("groups", "missing", "is missing; it names the group")
            })?;
            let [now, once] = set(event.get("group_properties"));
            message::group(hit, &group_id, Some(&kind), &[&now, &once])
        }
        _ => {
            track(&mut hit, sender, event, name, properties)?;
            Ok(hit)
        }
    }
}

/// Device and place, where an app or a server tells them. Of the web, the system's fields hold the browser.
fn told(event: &Json) -> Option<Box<Told>> {
    let said = |name: &str| event.get(name).scalar();
    let place = Words {
        country: said("country"),
        region: said("region"),
        city: said("city"),
        ..Words::default()
    };
    let words = if event.get("platform").text() == Some("Web") {
        Words { browser: said("os_name"), browser_version: said("os_version"), ..place }
    } else {
        let device = of_app(said("os_name").as_deref(), said("device_model").as_deref());
        Words { device, os: said("os_name"), os_version: said("os_version"), ..place }
    };
    words.told()
}

/// What a person or group is from now on, and what once; sums and lists are Amplitude's own.
fn set<'j>(properties: &'j Json) -> [Json<'j>; 2] {
    let plain = properties.fields().iter().all(|(name, _)| !name.starts_with('$'));
    let now = if plain { properties } else { properties.get("$set") };
    [own_traits(now), own_traits(properties.get("$setOnce"))]
}

/// The team's traits, without what browsers say there of a visit and of the first one.
fn own_traits<'j>(traits: &'j Json) -> Json<'j> {
    let of_visit = |name: &str, value: &Json| {
        let bare = name.strip_prefix("initial_").unwrap_or(name);
        message::is_campaign(bare)
            || matches!(bare, "referrer" | "referring_domain")
            || (bare != name && value.text() == Some("EMPTY"))
    };
    let own = traits.fields().iter().filter(|(name, value)| !of_visit(name, value));
    Json::Object(own.map(|(name, value)| (name.as_ref().into(), value.borrowed())).collect())
}

fn track(
    hit: &mut Hit,
    sender: &Sender,
    event: &Json,
    name: &str,
    properties: &Json,
) -> Result<(), Refusal> {
    let older_view = name == OLDER_VIEW && hit.page.is_some();
    let keep = |property: &str| {
        let own = OWN.contains(&property) || (older_view && property.starts_with("page_"));
        !own && !message::is_campaign(property)
    };
    let groups = event.get("groups");
    let with_groups;
    let properties = if groups.fields().is_empty() || !properties.get("groups").is_null() {
        properties
    } else {
        with_groups = with(properties, "groups", groups.clone());
        &with_groups
    };
    let is_line = name == REVENUE && ids(event).any(|id| sender.orders_of.contains(&id));
    let money = if is_line { Money::Elsewhere } else { Money::Revenue };
    hit.may_repeat_order = name == REVENUE;
    describe(hit, name, properties, money, keep)?;
    if older_view || matches!(name, "[Amplitude] Page Viewed" | "[Amplitude] Screen Viewed") {
        hit.name = PAGEVIEW.into();
    } else if name.starts_with("[Amplitude] ") || BY_ITSELF.contains(&name) {
        hit.interactive = ACTS.iter().any(|act| name.ends_with(act));
    }
    let own_revenue = name == REVENUE || !event.any(&["revenue", "price"]).is_null();
    if own_revenue && !is_line {
        sale(hit, event, properties)?;
    }
    Ok(())
}

/// Amplitude's own revenue, of one product: on the event, in its properties, or where older apps have it.
fn sale(hit: &mut Hit, event: &Json, properties: &Json) -> Result<(), Refusal> {
    let said = |named: &'static str, own: &'static str| {
        let places =
            [event.get(named), event.get("api_properties").get(named), properties.get(own)];
        places.into_iter().find(|value| !value.is_null())
    };
    let number = |named, own| said(named, own).and_then(Json::number);
    let (price, quantity) = (number("price", "$price"), number("quantity", "$quantity"));
    let of_one = price.map(|price| price * quantity.unwrap_or(1.0));
    // Where an event says all three, Amplitude multiplies.
    let all = ["price", "quantity", "revenue"].iter().all(|field| !event.get(field).is_null());
    let revenue = number("revenue", "$revenue").filter(|_| !all);
    if let Some(amount) = revenue.or(of_one) {
        let currency = event.get("currency").text();
        pay(hit, amount, currency.or(properties.any(&["$currency", "currency"]).text()))?;
    }
    let product = said("productId", "$productId").and_then(Json::scalar);
    if let Some(product) = product.filter(|_| hit.items.is_empty()) {
        let item_id = Some(clean(&product, MAX_ITEM_TEXT));
        hit.items.push(Item { item_id, price, quantity, ..Item::default() });
    }
    Ok(())
}

/// Kind and id of the first group an event names.
fn first_group(event: &Json) -> Option<(String, String)> {
    let (kind, ids) = event.get("groups").fields().first()?;
    let id = ids.elements().first().unwrap_or(ids);
    Some((kind.to_string(), message::id(id)?)).filter(|(kind, _)| !kind.is_empty())
}

/// What the clients take for success; of remote settings there are none, of flags neither.
pub(crate) fn reply(parts: &Parts, outcome: &Outcome) -> Reply {
    match parts.path.trim_end_matches('/') {
        // Older clients look for this very word.
        "" | "/httpapi" | "/identify" | "/groupidentify" | "/usermap" => {
            return Reply::text(200, "success");
        }
        "/sdk/v2/flags" => return Reply::json(200, &json!([])),
        path if path.starts_with("/sdk/") || path.starts_with("/v1/vardata") => {
            return Reply::json(200, &json!({}));
        }
        path if path.starts_with("/config") => return Reply::json(200, &json!({"configs": {}})),
        _ => {}
    }
    let body = json!({
        "code": 200,
        "events_ingested": outcome.accepted,
        "payload_size_bytes": parts.body.len(),
        "server_upload_time": parts.received_at_us / 1_000,
    });
    Reply::json(200, &body)
}
