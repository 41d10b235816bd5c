//! Amplitude: `/2/httpapi` and `/batch`.

use serde_json::json;

use super::commerce::{Money, PURCHASE, canonical, describe, pay};
use super::json::{self, Json};
use super::message::{self, Messages, add_campaign};
use super::time::{self, Clock};
use super::{Outcome, Parts, Reading, Reply};
use crate::event::PAGEVIEW;
use crate::hit::{Hit, Identity, Refusal, SiteKey};
use crate::protocol::Protocol;

/// Event properties that other columns keep.
const OWN: [&str; 12] = [
    "[Amplitude] Page URL",
    "[Amplitude] Page Title",
    "[Amplitude] Page Location",
    "[Amplitude] Page Path",
    "[Amplitude] Page Domain",
    "[Amplitude] Page Counter",
    "[Amplitude] Page View ID",
    "[Amplitude] Previous Page Location",
    "[Amplitude] Previous Page Type",
    "[Amplitude] Session Replay ID",
    "referrer",
    "referring_domain",
];

struct Sender {
    clock: Clock,
    browser: bool,
    /// Whether the request holds an order, whose lines `revenue_amount` then are.
    holds_order: bool,
}

/// Reads a request of Amplitude's clients.
///
/// # Errors
/// No JSON, or no events.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    if parts.method != "POST" {
        return Ok(Reading::default());
    }
    let text = json::text(parts.body);
    let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
    let sent_at = time::parse(body.get("client_upload_time"));
    let site = message::site(Protocol::Amplitude, body.get("api_key").text(), "api_key");
    let site = site.map_err(|refusal| vec![refusal])?;
    let events = message::batch("events", body.get("events"))?;
    let brings_money = |event: &Json| {
        event.get("event_type").text().map(canonical) == Some(PURCHASE)
            && !event.get("event_properties").any(&["revenue", "total", "value"]).is_null()
    };
    let sender = Sender {
        clock: Clock::new(sent_at, parts.received_at_us),
        browser: message::from_browser(parts),
        holds_order: events.iter().any(brings_money),
    };
    let mut messages = Messages::sent_at(sent_at);
    for event in events {
        let read = hit(site.clone(), &sender, event).map(Some);
        messages.push(read, Some(&site), || event.to_string());
    }
    Ok(messages.finish())
}

fn hit(site: SiteKey, sender: &Sender, event: &Json) -> Result<Hit, Refusal> {
    let name = event.get("event_type").text().ok_or_else(|| {
        Refusal::new("event_type", "missing", "is missing; it must be the event's name")
    })?;
    let properties = event.get("event_properties");
    let own = |name: &str| properties.get(&format!("[Amplitude] {name}")).text();
    let address = own("Page Location").or(own("Page URL"));
    let page = address
        .and_then(|address| message::page(address, own("Page Domain")))
        .or_else(|| message::page(own("Page Path")?, own("Page Domain")));
    let ip = event.get("ip").scalar().filter(|ip| ip.contains(['.', ':']));
    let mut hit = Hit {
        id: message::id(event.get("insert_id")),
        page,
        title: own("Page Title").map(Into::into),
        referrer: properties.get("referrer").text().map(Into::into),
        language: event.get("language").text().map(Into::into),
        at_us: sender.clock.read("time", event.get("time"))?,
        identity: Identity {
            anonymous_id: message::id(event.get("device_id")),
            user_id: message::id(event.get("user_id")),
        },
        visitor: message::visitor(sender.browser, ip, event.get("user_agent").text()),
        key_is_token: !sender.browser,
        ..Hit::new(site, "")
    };
    let tags = [
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
    add_campaign(&mut hit, tags.into_iter().map(|tag| (tag, properties.get(tag).scalar())));
    match name {
        "$identify" => {
            let user = event.get("user_properties");
            // What is set is what the person is from now on; sums and lists are Amplitude's own.
            let plain = user.fields().iter().all(|(name, _)| !name.starts_with('$'));
            let traits =
                if plain { [user, user] } else { [user.get("$set"), user.get("$setOnce")] };
            if let Some((kind, group_id)) = first_group(event) {
                return message::group(hit, &group_id, Some(&kind), &traits);
            }
            message::identify(hit, &traits)
        }
        "$groupidentify" => {
            let (kind, group_id) = first_group(event).ok_or_else(|| {
                Refusal::new("groups", "missing", "is missing; it names the group")
            })?;
            let set = event.get("group_properties");
            message::group(hit, &group_id, Some(&kind), &[set.get("$set"), set.get("$setOnce")])
        }
        _ => {
            track(&mut hit, sender, event, name, properties)?;
            Ok(hit)
        }
    }
}

fn track(
    hit: &mut Hit,
    sender: &Sender,
    event: &Json,
    name: &str,
    properties: &Json,
) -> Result<(), Refusal> {
    let keep = |name: &str| !OWN.contains(&name) && !message::is_campaign(name);
    describe(hit, name, properties, Money::Revenue, keep)?;
    if name == "[Amplitude] Page Viewed" {
        hit.name = PAGEVIEW.into();
    } else if name.starts_with("[Amplitude] ") || matches!(name, "session_start" | "session_end") {
        hit.interactive = name.ends_with("Clicked") || name.ends_with("Submitted");
    }
    // Amplitude's own revenue: on the event, or of one product each.
    let said =
        |named: &str, own: &str| event.get(named).number().or_else(|| properties.get(own).number());
    let amount = said("revenue", "$revenue")
        .or_else(|| Some(said("price", "$price")? * said("quantity", "$quantity").unwrap_or(1.0)));
    let own_revenue = name == "revenue_amount" || !event.any(&["revenue", "price"]).is_null();
    if own_revenue
        && !(name == "revenue_amount" && sender.holds_order)
        && let Some(amount) = amount
    {
        let currency = properties.any(&["$currency", "currency"]).text();
        pay(hit, amount, event.get("currency").text().or(currency))?;
    }
    Ok(())
}

/// Kind and id of the first group an event names.
fn first_group(event: &Json) -> Option<(String, String)> {
    let (kind, ids) = event.get("groups").fields().first()?;
    let id = ids.elements().first().unwrap_or(ids);
    Some((kind.to_string(), message::id(id)?))
}

/// What the clients take for success.
pub(crate) fn reply(parts: &Parts, outcome: &Outcome) -> Reply {
    let body = json!({
        "code": 200,
        "events_ingested": outcome.accepted,
        "payload_size_bytes": parts.body.len(),
        "server_upload_time": parts.received_at_us / 1_000,
    });
    Reply::json(200, &body)
}
