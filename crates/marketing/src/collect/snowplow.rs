//! Snowplow: `payload_data` posted to `tp2`, single events in the query of `/i`.
//!
//! All values are texts. Self-describing events and entities come plain (`ue_pr`, `co`) or in base64
//! (`ue_px`, `cx`).

mod shop;

use std::borrow::Cow;

use super::commerce::{Money, PURCHASE, canonical, describe, pay};
use super::form::{Form, base64_text};
use super::json::{self, Json};
use super::message::{self, Messages};
use super::plausible::MAX_ID;
use super::props::Props;
use super::time::{self, Clock};
use super::{Outcome, Parts, Reading, Reply};
use crate::event::{ENGAGEMENT, PAGEVIEW};
use crate::hit::{Hit, Identity, Item, Refusal, SiteKey};
use crate::items::MAX_ITEMS;
use crate::page::{Page, clean};
use crate::protocol::Protocol;

/// Vendors whose entities describe the program and the page, which other columns keep.
const OWN_VENDORS: [&str; 5] = [
    "com.snowplowanalytics.snowplow",
    "com.snowplowanalytics.mobile",
    "com.google.analytics",
    "com.google.ga4",
    "org.",
];

/// Platforms whose trackers run where the visitor is; `pc` is a server's as well, which does not say otherwise.
const OF_DEVICES: [&str; 5] = ["mob", "tv", "cnsl", "iot", "headset"];

/// The fields of one event, from a query or from JSON.
enum Fields<'f> {
    Form(&'f Form<'f>),
    Json(&'f Json<'f>),
}

impl Fields<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        match self {
            Fields::Form(form) => form.get(name).map(Cow::Borrowed),
            Fields::Json(object) => object.get(name).scalar(),
        }
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// JSON under `plain`, or in base64 under `encoded`.
    fn json_text(&self, plain: &str, encoded: &str) -> Option<Cow<'_, str>> {
        self.get(plain).or_else(|| Some(base64_text(&self.get(encoded)?)?.into()))
    }
}

/// Reads a request of Snowplow's trackers.
///
/// # Errors
/// No JSON, or no `data`.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    let browser = message::from_browser(parts);
    let mut messages = Messages::default();
    if is_picture(parts) {
        let form = Form::parse(parts.query);
        take(&mut messages, &Fields::Form(&form), parts, browser, || parts.query.to_owned());
        return Ok(messages.finish());
    }
    let text = json::text(parts.body);
    let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
    let events = message::batch("data", body.get("data"))?;
    // Clients that send their latest event first have the lines of an order before it.
    let is_line = |event: &&Json| event.get("e").text() == Some("ti");
    let others = events.iter().filter(|event| !is_line(event));
    for event in others.chain(events.iter().filter(is_line)) {
        take(&mut messages, &Fields::Json(event), parts, browser, || event.to_string());
    }
    Ok(messages.finish())
}

fn is_picture(parts: &Parts) -> bool {
    parts.method == "GET" || parts.path.trim_end_matches('/') == "/i"
}

fn take(
    messages: &mut Messages,
    fields: &Fields,
    parts: &Parts,
    browser: bool,
    raw: impl FnOnce() -> String,
) {
    let site = message::site(Protocol::Snowplow, fields.get("aid").as_deref(), "aid");
    let known = site.as_ref().ok().cloned();
    // The lines of an order follow it in the same request.
    if fields.get("e").as_deref() == Some("ti") {
        let line = line(fields);
        let order = fields.get("ti_id");
        let of_order =
            |hit: &Hit| hit.name == PURCHASE && hit.transaction_id.as_deref() == order.as_deref();
        let add = |hit: &mut Hit| {
            if hit.items.len() < MAX_ITEMS {
                hit.items.push(line);
            }
        };
        if messages.amend(of_order, add) {
            return;
        }
    }
    let read = site.and_then(|site| hit(site, fields, parts, browser)).map(Some);
    messages.push(read, known.as_ref(), raw);
}

fn hit(site: SiteKey, fields: &Fields, parts: &Parts, browser: bool) -> Result<Hit, Refusal> {
    let kind = fields
        .get("e")
        .ok_or_else(|| Refusal::new("e", "missing", "is missing; it must say the kind of event"))?;
    let text = |name: &str| fields.get(name).map(Cow::into_owned);
    let sent_at = fields.get("stm").and_then(|text| time::parse_text(&text));
    let clock = Clock::new(sent_at, parts.received_at_us);
    let timed = |name: &str| match fields.get(name) {
        None => Ok(None),
        Some(text) => time::parse_text(&text).map(Some).ok_or_else(|| time::invalid(name)),
    };
    // A time that the sender vouches for is meant as it stands.
    let at_us = match timed("ttm")? {
        Some(at_us) => Some(at_us),
        None => timed("dtm")?.map(|at_us| clock.correct(at_us)),
    };
    let mut hit = Hit {
        id: text("eid"),
        page: match fields.get("url") {
            Some(address) => message::page(&address, None),
            None => message::sending_page(parts),
        },
        title: text("page"),
        referrer: text("refr"),
        language: text("lang"),
        at_us,
        identity: Identity {
            anonymous_id: text("duid").or_else(|| text("nuid")).or_else(|| text("tnuid")),
            user_id: text("uid"),
        },
        visitor: message::visitor(browser, fields.get("ip"), fields.get("ua").as_deref()),
        is_own_device: text("p").is_some_and(|platform| OF_DEVICES.contains(&platform.as_str())),
        key_is_token: !browser,
        ..Hit::new(site, "")
    };
    let contexts = fields.json_text("co", "cx");
    let contexts = match &contexts {
        Some(text) => json::parse(text)?,
        None => Json::Null,
    };
    let entities = contexts.get("data").elements();
    if hit.identity.anonymous_id.is_none() {
        // Apps have no cookie; their visits are of an installation.
        let session = own_entity(entities, "client_session");
        hit.identity.anonymous_id = message::id(session.get("userId"));
    }
    let mut props = Props::default();
    match kind.as_ref() {
        "pv" => hit.name = PAGEVIEW.into(),
        "pp" => {
            hit.name = ENGAGEMENT.into();
            hit.interactive = false;
            hit.scroll_depth = scroll_depth(fields);
        }
        "se" => {
            let action = fields.get("se_ac").ok_or_else(|| {
                Refusal::new("se_ac", "missing", "is missing; a structured event needs its action")
            })?;
            hit.name = canonical(&action).to_owned();
            for (name, field) in [
                ("category", "se_ca"),
                ("label", "se_la"),
                ("property", "se_pr"),
                ("value", "se_va"),
            ] {
                props.put_text(name, &fields.get(field).unwrap_or_default());
            }
        }
        "ue" => {
            let wrapped = fields.json_text("ue_pr", "ue_px").ok_or_else(|| {
                let detail = "is missing, as is `ue_px`; one of them must be the event";
                Refusal::new("ue_pr", "missing", detail)
            })?;
            let wrapped = json::parse(&wrapped)?;
            describe_event(&mut hit, wrapped.get("data"), entities)?;
        }
        "tr" => {
            hit.name = PURCHASE.into();
            hit.transaction_id = text("tr_id").map(|id| clean(&id, MAX_ID));
            if let Some(total) = fields.number("tr_tt") {
                pay(&mut hit, total, fields.get("tr_cu").as_deref())?;
            }
            for (name, field) in [("affiliation", "tr_af"), ("tax", "tr_tx"), ("shipping", "tr_sh")]
            {
                props.put_text(name, &fields.get(field).unwrap_or_default());
            }
        }
        "ti" => {
            hit.name = "transaction_item".into();
            hit.interactive = false;
            hit.transaction_id = text("ti_id").map(|id| clean(&id, MAX_ID));
            hit.items = vec![line(fields)];
        }
        other => {
            let detail = format!("is `{}`; it must be pv, pp, se, ue, tr or ti", clean(other, 20));
            return Err(Refusal::new("e", "unknown_type", detail));
        }
    }
    if hit.page.is_none() {
        hit.page = own_entity(entities, "screen").get("name").text().map(message::screen);
    }
    open_by(&mut hit, own_entity(entities, "deep_link"));
    for entity in entities {
        let (vendor, name) = schema(entity);
        if !OWN_VENDORS.iter().any(|own| vendor.starts_with(own)) {
            props.put_json(name, entity.get("data"));
        }
    }
    let more = props.finish()?;
    hit.props.extend(more);
    hit.props.sort_by(|one, other| one.0.cmp(&other.0));
    hit.props.dedup_by(|later, earlier| later.0 == earlier.0);
    Ok(hit)
}

/// Name, items, money and properties of a self-describing event.
fn describe_event(hit: &mut Hit, event: &Json, entities: &[Json]) -> Result<(), Refusal> {
    let (vendor, name) = schema(event);
    if name.is_empty() {
        let detail = "must hold `schema` and `data` of the event";
        return Err(Refusal::new("ue_pr", "missing", detail));
    }
    let data = event.get("data");
    if name == "screen_view" {
        let screen = data.get("name").text();
        hit.page = screen.map(message::screen).or(hit.page.take());
        describe(hit, PAGEVIEW, data, Money::Elsewhere, |name| {
            !matches!(name, "id" | "previousId")
        })?;
        return Ok(());
    }
    if shop::is_shop(vendor) {
        return shop::describe_action(hit, name, data, entities);
    }
    if name == "screen_end" {
        hit.name = ENGAGEMENT.into();
        hit.interactive = false;
        let seconds = own_entity(entities, "screen_summary").get("foreground_sec").number();
        hit.engagement_ms = seconds.map(|seconds| (seconds * 1e3).clamp(0.0, 86_400_000.0) as u32);
        return Ok(());
    }
    if name == "deep_link_received" {
        open_by(hit, data);
    }
    // What the tracker says on its own, whatever the visitor does.
    hit.interactive =
        !matches!(name, "application_foreground" | "application_background" | "ping_event");
    describe(hit, &spoken(name), data, Money::Revenue, |_| true)
}

/// What a tracker's own entity of this name says.
fn own_entity<'j, 'a>(entities: &'j [Json<'a>], name: &str) -> &'j Json<'a> {
    let is = |entity: &&Json| {
        let (vendor, known) = schema(entity);
        vendor.starts_with("com.snowplowanalytics.") && known == name
    };
    entities.iter().find(is).map_or(&json::NOTHING, |entity| entity.get("data"))
}

/// The link that opened an app says where the visit came from.
fn open_by(hit: &mut Hit, link: &Json) {
    hit.referrer = hit.referrer.take().or_else(|| link.get("referrer").text().map(Into::into));
    if let Some(link) = link.get("url").text().and_then(|address| message::page(address, None)) {
        hit.page.get_or_insert_with(Page::nowhere).query.extend(link.query);
    }
}

fn order_id(id: &Json) -> Option<String> {
    message::id(id).map(|id| clean(&id, MAX_ID))
}

/// Vendor and name of `iglu:vendor/name/jsonschema/1-0-0`.
fn schema<'j>(object: &'j Json) -> (&'j str, &'j str) {
    let schema = object.get("schema").text().unwrap_or_default();
    let mut parts = schema.strip_prefix("iglu:").unwrap_or(schema).split('/');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// A schema's name as others say it, where it is an event of a shop: `product_viewed` is `Product
/// Viewed`.
fn spoken(name: &str) -> Cow<'_, str> {
    let words: Vec<String> = name
        .split('_')
        .map(|word| match word.split_at_checked(1) {
            Some((first, rest)) => first.to_uppercase() + rest,
            None => String::new(),
        })
        .collect();
    let words = words.join(" ");
    if canonical(&words) == words { Cow::Borrowed(name) } else { Cow::Owned(words) }
}

fn line(fields: &Fields) -> Item {
    let text = |name: &str| fields.get(name).map(|text| clean(&text, 500));
    Item {
        item_id: text("ti_sk"),
        item_name: text("ti_nm"),
        categories: text("ti_ca").into_iter().collect(),
        price: fields.number("ti_pr"),
        quantity: fields.number("ti_qu"),
        ..Item::default()
    }
}

/// How far down the page was seen, from the deepest offset, the window and the document, in pixels.
fn scroll_depth(fields: &Fields) -> Option<u8> {
    let height = |name: &str| -> Option<f64> {
        fields.get(name)?.split_once('x')?.1.parse().ok().filter(|height| *height > 0.0)
    };
    let seen = fields.number("pp_may")? + height("vp")?;
    Some((seen / height("ds")? * 100.0).clamp(0.0, 100.0) as u8)
}

/// What the trackers take for success.
pub(crate) fn reply(parts: &Parts, _outcome: &Outcome) -> Reply {
    if is_picture(parts) { Reply::gif() } else { Reply::text(200, "ok") }
}
