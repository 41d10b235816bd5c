//! Snowplow: `payload_data` posted to `tp2`, single events in the query of `/i`.
//!
//! All values are texts. Self-describing events and entities come plain (`ue_pr`, `co`) or in base64
//! (`ue_px`, `cx`).

use std::borrow::Cow;

use super::commerce::{Money, PURCHASE, REFUND, canonical, describe, item, pay};
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
use crate::page::clean;
use crate::protocol::Protocol;

/// Vendors whose entities describe the program and the page, which other columns keep.
const OWN_VENDORS: [&str; 5] = [
    "com.snowplowanalytics.snowplow",
    "com.snowplowanalytics.mobile",
    "com.google.analytics",
    "com.google.ga4",
    "org.",
];

const SHOP: &str = "com.snowplowanalytics.snowplow.ecommerce";

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
    for event in message::batch("data", body.get("data"))? {
        take(&mut messages, &Fields::Json(event), parts, browser, || event.to_string());
    }
    Ok(messages.finish())
}

fn is_picture(parts: &Parts) -> bool {
    parts.path.trim_end_matches('/') == "/i"
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
        page: fields.get("url").and_then(|address| message::page(&address, None)),
        title: text("page"),
        referrer: text("refr"),
        language: text("lang"),
        at_us,
        identity: Identity {
            anonymous_id: text("duid").or_else(|| text("nuid")).or_else(|| text("tnuid")),
            user_id: text("uid"),
        },
        visitor: message::visitor(browser, fields.get("ip"), fields.get("ua").as_deref()),
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
        let session = entities.iter().find(|entity| schema(entity).1 == "client_session");
        hit.identity.anonymous_id =
            session.and_then(|session| message::id(session.get("data").get("userId")));
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
    if vendor != SHOP {
        return describe(hit, &spoken(name), data, Money::Revenue, |_| true);
    }
    let entity = |wanted: &str| {
        let found = entities.iter().find(|entity| schema(entity) == (SHOP, wanted));
        found.map_or(&json::NOTHING, |entity| entity.get("data"))
    };
    let action = data.get("type").text().unwrap_or(name);
    let ours = match action {
        "transaction" => PURCHASE,
        "product_view" => "view_item",
        "list_view" => "view_item_list",
        "list_click" => "select_item",
        "checkout_step" => "begin_checkout",
        "promo_view" => "view_promotion",
        "promo_click" => "select_promotion",
        other => other,
    };
    let order = match ours {
        PURCHASE => entity("transaction"),
        REFUND => entity("refund"),
        _ => data,
    };
    describe(hit, ours, order, Money::Elsewhere, |name| name != "type")?;
    let products = entities.iter().filter(|entity| schema(entity) == (SHOP, "product"));
    let listed = data.get("name").text();
    hit.items = products
        .take(MAX_ITEMS)
        .filter_map(|product| item(product.get("data")))
        .map(|item| Item { item_list_name: listed.map(Into::into), ..item })
        .collect();
    let amount = match ours {
        PURCHASE => order.get("revenue").number(),
        REFUND => order.get("refund_amount").number().map(|amount| -amount.abs()),
        _ => None,
    };
    amount.map_or(Ok(()), |amount| pay(hit, amount, order.get("currency").text()))
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
