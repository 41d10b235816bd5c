//! The wire of gtag.js: `/g/collect`, shared parameters in the query, one event a line in the body.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::commerce::{Money, canonical, describe};
use super::super::form::Form;
use super::super::json::{self, Json};
use super::super::message::{self, Messages, add_campaign};
use super::super::props::Props;
use super::super::{MAX_RAW, Parts, Reading};
use crate::consent::Consent;
use crate::hit::{Hit, Identity, Item, Refusal, SiteKey};
use crate::items::{MAX_CATEGORIES, MAX_ITEM_TEXT, MAX_ITEMS};
use crate::page::clean;
use crate::protocol::Protocol;

/// Our tags and the parameters that say the same; one of them has two names.
const CAMPAIGN: [(&str, &str); 7] = [
    ("utm_source", "cs"),
    ("utm_medium", "cm"),
    ("utm_campaign", "cn"),
    ("utm_content", "cc"),
    ("utm_term", "ck"),
    ("utm_term", "ct"),
    ("utm_id", "ci"),
];

/// Stands for a tilde inside a value while an item is taken apart; no text that is kept holds it.
const TILDE: &str = "\u{1}";

/// Reads a request of gtag.js, or of what speaks like it.
pub(crate) fn read(parts: &Parts) -> Reading {
    let text = json::text(parts.body);
    let shared = Form::parse(parts.query);
    let browser = message::from_browser(parts);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    // A single event is in the query alone.
    let alone = lines.peek().is_none().then_some("");
    let mut messages = Messages::within(parts);
    for line in alone.into_iter().chain(lines).take(message::MAX_MESSAGES) {
        if messages.is_full() {
            break;
        }
        let form = Form::parse(line).and(shared.borrowed());
        let site = message::site(Protocol::Ga4, form.get("tid"), "tid");
        let known = site.as_ref().ok().cloned();
        let read = site.and_then(|site| hit(site, &form, browser)).map(Some);
        messages.push(read, known.as_ref(), || format!("{}&{}", begin(line), begin(parts.query)));
    }
    messages.finish()
}

/// As much of a text as is shown of a refused message.
fn begin(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_RAW)]
}

fn hit(site: SiteKey, form: &Form, browser: bool) -> Result<Hit, Refusal> {
    let name = form
        .get("en")
        .ok_or_else(|| Refusal::new("en", "missing", "is missing; it must be the event's name"))?;
    let mut hit = Hit {
        identity: Identity {
            anonymous_id: form.get("cid").map(str::to_owned),
            user_id: form.get("uid").map(str::to_owned),
        },
        consent: form
            .get("gcs")
            .and_then(Consent::from_gcs)
            .or_else(|| form.get("gcd").and_then(Consent::from_gcd)),
        visitor: message::visitor(
            browser,
            form.get("_uip").map(Cow::Borrowed),
            form.get("ua").or(form.get("user_agent")),
        ),
        ..Hit::new(site, "")
    };
    let mut params: Vec<(Cow<str>, Json)> = form
        .iter()
        .filter_map(|(name, value)| {
            let own = name.strip_prefix("ep.").or(name.strip_prefix("epn."))?;
            Some((own.into(), Json::Text(value.into())))
        })
        .collect();
    if let Some(currency) = form.get("cu") {
        params.push(("currency".into(), Json::Text(currency.into())));
    }
    describe(&mut hit, name, &Json::Object(params), Money::Value, |name| {
        !super::OWN.contains(&name)
    })?;
    let items: Vec<Item> =
        (1..=MAX_ITEMS).map_while(|at| form.get(&format!("pr{at}"))).filter_map(item).collect();
    if !items.is_empty() {
        hit.items = items;
    }
    let mut props = Props::default();
    for (name, value) in form.iter() {
        if let Some(name) = name.strip_prefix("up.").or(name.strip_prefix("upn.")) {
            props.put_text(&format!("user.{name}"), value);
        }
    }
    message::add_props(&mut hit, props)?;
    hit.name = canonical(name).to_owned();
    super::finish(&mut hit, &|name| {
        let short = match name {
            "page_location" => "dl",
            "page_title" => "dt",
            "page_referrer" => "dr",
            "language" => "ul",
            "engagement_time_msec" => "_et",
            _ => "",
        };
        let value = form.get(short).or_else(|| form.get(&format!("ep.{name}")));
        value.or_else(|| form.get(&format!("epn.{name}"))).map(|text| Cow::Owned(text.to_owned()))
    });
    // What the page calls a campaign of its own, where its address names none.
    let said = CAMPAIGN.into_iter().filter_map(|(tag, short)| Some((tag, form.get(short)?)));
    add_campaign(&mut hit, said.map(|(tag, value)| (tag, Some(Cow::Borrowed(value)))));
    if matches!(form.get("ir"), Some("1" | "true")) {
        hit.referrer = None;
    }
    Ok(hit)
}

/// `idSKU-1~nmCafé~pr49.9~qt2`: two letters and a value, several with tildes, a tilde inside a value twice. A
/// parameter of the team's own comes as its name and its value, `k0colour~v0red`.
fn item(text: &str) -> Option<Item> {
    let mut item = Item::default();
    let mut own: BTreeMap<String, (String, String)> = BTreeMap::new();
    for part in text.replace("~~", TILDE).split('~') {
        let Some((key, value)) = part.split_at_checked(2).filter(|(_, value)| !value.is_empty())
        else {
            continue;
        };
        let value = value.replace(TILDE, "~");
        let text = || Some(clean(&value, MAX_ITEM_TEXT));
        if let Some(number) = key.strip_prefix('k') {
            own.entry(number.to_owned()).or_default().0 = value;
            continue;
        }
        match key {
            "id" => item.item_id = text(),
            "nm" => item.item_name = text(),
            "br" => item.item_brand = text(),
            "va" => item.item_variant = text(),
            "ca" | "c2" | "c3" | "c4" | "c5" if item.categories.len() < MAX_CATEGORIES => {
                item.categories.extend(text());
            }
            "pr" => item.price = value.parse().ok(),
            "ds" => item.discount = value.parse().ok(),
            "qt" => item.quantity = value.parse().ok(),
            "lp" => item.index = value.parse().ok(),
            "cp" => item.coupon = text(),
            "li" => item.item_list_id = text(),
            "ln" => item.item_list_name = text(),
            "af" => item.affiliation = text(),
            "cn" => item.creative_name = text(),
            "cs" => item.creative_slot = text(),
            "lo" => item.location_id = text(),
            "pi" => item.promotion_id = text(),
            "pn" => item.promotion_name = text(),
            _ => {
                if let Some(number) = key.strip_prefix('v') {
                    own.entry(number.to_owned()).or_default().1 = value;
                }
            }
        }
    }
    for (name, value) in own.into_values() {
        item.add_param(&name, &value);
    }
    item.price = item.price.filter(|price| price.is_finite());
    item.quantity = item.quantity.filter(|quantity| quantity.is_finite());
    item.discount = item.discount.filter(|discount| discount.is_finite());
    (item.item_id.is_some() || item.item_name.is_some()).then_some(item)
}
