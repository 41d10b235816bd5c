//! The wire of gtag.js: `/g/collect`, shared parameters in the query, one event a line in the body.

use std::borrow::Cow;

use super::super::commerce::{Money, canonical, describe};
use super::super::form::Form;
use super::super::json::{self, Json};
use super::super::message::{self, Messages};
use super::super::props::Props;
use super::super::{Parts, Reading};
use crate::consent::Consent;
use crate::hit::{Hit, Identity, Item, Refusal, SiteKey};
use crate::items::MAX_ITEMS;
use crate::protocol::Protocol;

/// Reads a request of gtag.js, or of what speaks like it.
pub(crate) fn read(parts: &Parts) -> Reading {
    let text = json::text(parts.body);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(message::MAX_MESSAGES)
        .collect();
    let lines = if lines.is_empty() { vec![""] } else { lines };
    let mut messages = Messages::default();
    for line in lines {
        let form = Form::parse(line).and(Form::parse(parts.query));
        let site = message::site(Protocol::Ga4, form.get("tid"), "tid");
        let known = site.as_ref().ok().cloned();
        let read = site.and_then(|site| hit(site, &form, message::from_browser(parts))).map(Some);
        messages.push(read, known.as_ref(), || format!("{}&{line}", parts.query));
    }
    messages.finish()
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
    super::add_props(&mut hit, props)?;
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
    Ok(hit)
}

/// `idSKU-1~nmCafé~pr49.9~qt2`: two letters and a value, several with tildes.
fn item(text: &str) -> Option<Item> {
    let mut item = Item::default();
    for part in text.split('~') {
        let Some((key, value)) = part.split_at_checked(2).filter(|(_, value)| !value.is_empty())
        else {
            continue;
        };
        let text = || Some(value.to_owned());
        match key {
            "id" => item.item_id = text(),
            "nm" => item.item_name = text(),
            "br" => item.item_brand = text(),
            "va" => item.item_variant = text(),
            "ca" | "c2" | "c3" | "c4" | "c5" => item.categories.push(value.to_owned()),
            "pr" => item.price = value.parse().ok(),
            "ds" => item.discount = value.parse().ok(),
            "qt" => item.quantity = value.parse().ok(),
            "lp" => item.index = value.parse().ok(),
            "cp" => item.coupon = text(),
            "li" => item.item_list_id = text(),
            "ln" => item.item_list_name = text(),
            _ => {}
        }
    }
    item.price = item.price.filter(|price| price.is_finite());
    item.quantity = item.quantity.filter(|quantity| quantity.is_finite());
    item.discount = item.discount.filter(|discount| discount.is_finite());
    (item.item_id.is_some() || item.item_name.is_some()).then_some(item)
}
