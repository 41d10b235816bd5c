//! Matomo: requests of `matomo.php`, one in a query or a form, or many in JSON.

use std::borrow::Cow;

use serde_json::json;

use super::commerce::{PURCHASE, canonical};
use super::form::{self, Form};
use super::json::{self, Json};
use super::message::{self, Messages};
use super::plausible::MAX_ID;
use super::props::Props;
use super::{Outcome, Parts, Reading, Reply, time};
use crate::event::{ENGAGEMENT, PAGEVIEW};
use crate::hit::{Credential, Hit, Identity, Item, Refusal, SiteKey};
use crate::items::MAX_ITEMS;
use crate::page::clean;
use crate::protocol::Protocol;

/// What a page view says of the product it shows: its number, name, category and price.
const OF_PRODUCT: [&str; 4] = ["_pks", "_pkn", "_pkc", "_pkp"];

/// Beginnings of the names of browsers and of Android's own client.
const NAMES: [&str; 3] = ["Mozilla/", "Opera/", "Dalvik/"];

/// Reads a request of Matomo's trackers.
///
/// # Errors
/// A bulk request that is no JSON.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    let text = json::text(parts.body);
    let mut messages = Messages::default();
    if text.trim_start().starts_with('{') {
        let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
        let token = body.get("token_auth").text();
        for request in message::batch("requests", body.get("requests"))? {
            let query = match request {
                Json::Object(_) => Cow::Owned(form::written(request)),
                _ => Cow::Borrowed(query_of(request.text().unwrap_or_default())),
            };
            take(&mut messages, &Form::parse(&query), token, parts, &query);
        }
        return Ok(messages.finish());
    }
    if parts.query.is_empty() && text.trim().is_empty() {
        return Ok(messages.finish());
    }
    let form = Form::parse(parts.query).and(Form::parse(&text));
    let raw = if parts.query.is_empty() { text.as_ref() } else { parts.query };
    take(&mut messages, &form, None, parts, raw);
    Ok(messages.finish())
}

/// The query of a request of a bulk, which may be an address: `https://stats.example/matomo.php?idsite=1`.
fn query_of(request: &str) -> &str {
    match request.split_once('?') {
        Some((before, query)) if !before.contains('=') => query,
        _ => request,
    }
}

fn take(messages: &mut Messages, form: &Form, token: Option<&str>, parts: &Parts, raw: &str) {
    let site = message::site(Protocol::Matomo, form.get("idsite"), "idsite");
    let known = site.as_ref().ok().cloned();
    match site.and_then(|site| hit(site, form, token, parts)) {
        Ok(Some(hit)) => {
            let viewed = viewed_product(&hit, form);
            messages.push(Ok(Some(hit)), known.as_ref(), String::new);
            if viewed.is_some() {
                messages.push(Ok(viewed), known.as_ref(), String::new);
            }
        }
        Ok(None) => messages.push(Ok(None), known.as_ref(), String::new),
        Err(refusal) => messages.push(Err(refusal), known.as_ref(), || raw.to_owned()),
    }
}

fn hit(
    site: SiteKey,
    form: &Form,
    token: Option<&str>,
    parts: &Parts,
) -> Result<Option<Hit>, Refusal> {
    if form.get("rec") != Some("1") {
        return Err(Refusal::new("rec", "missing", "must be 1, or nothing is recorded"));
    }
    let text = |name: &str| form.get(name).map(str::to_owned);
    let browser = message::from_browser(parts);
    let address = form.get("cip");
    // A server that asks for its visitor may ask in the name of the visitor's program. What apps call themselves,
    // beside their screen, is no browser's name, nor a crawler's.
    let is_program =
        |name: &&str| !form.has("res") || NAMES.iter().any(|begin| name.starts_with(begin));
    let asker = parts.header("user-agent").filter(|_| browser);
    let program = form.get("ua").filter(is_program).or(asker);
    let mut hit = Hit {
        credential: form.get("token_auth").or(token).map(|token| Credential::Token(token.into())),
        page: match (form.get("url"), form.get("urlref")) {
            (Some(address), _) => message::page(address, None),
            (None, Some(_)) => None,
            // A picture in a page, for browsers without scripts.
            (None, None) => message::sending_page(parts),
        },
        title: text("action_name"),
        referrer: text("urlref"),
        language: text("lang"),
        at_us: at(form, parts)?,
        identity: Identity {
            anonymous_id: text("cid").or_else(|| text("_id")).map(|id| id.to_lowercase()),
            user_id: text("uid"),
        },
        visitor: message::visitor(
            browser && address.is_none(),
            address.map(Cow::Borrowed),
            program,
        ),
        // Apps tell their screen; servers hardly do.
        is_own_device: !browser && address.is_none() && form.has("res"),
        needs_token: address.is_some(),
        ..Hit::new(site, PAGEVIEW)
    };
    // An app says the campaign so; a page says that of an earlier visit, and when it was.
    if hit.page.is_some() && form.get("_refts").is_none() {
        let campaign = [("utm_campaign", "_rcn"), ("utm_term", "_rck")];
        let said = campaign.map(|(tag, name)| (tag, form.get(name).map(Cow::Borrowed)));
        message::add_campaign(&mut hit, said.into_iter());
    }
    let mut props = Props::default();
    custom(&mut props, form);
    if form.get("ping") == Some("1") {
        hit.name = ENGAGEMENT.into();
        hit.interactive = false;
    } else if form.has("e_c") || form.has("e_a") {
        let action = form.get("e_a").or(form.get("e_c")).unwrap_or_default();
        hit.name = canonical(action).to_owned();
        put(&mut props, form, &[("category", "e_c"), ("name", "e_n"), ("value", "e_v")]);
    } else if let Some(goal) = form.get("idgoal") {
        goal_reached(&mut hit, &mut props, form, goal);
    } else if let Some(term) = form.get("search") {
        hit.name = "search".into();
        props.put_text("search_term", term);
        put(
            &mut props,
            form,
            &[("search_category", "search_cat"), ("search_count", "search_count")],
        );
    } else if let Some(address) = form.get("download") {
        hit.name = "file_download".into();
        props.put_text("link_url", address);
    } else if let Some(address) = form.get("link") {
        hit.name = "click".into();
        props.put_text("link_url", address);
        props.put_text("outbound", "true");
    } else if let Some(block) = form.get("c_n") {
        let interaction = form.get("c_i");
        hit.name =
            if interaction.is_some() { "content_interaction" } else { "content_impression" }.into();
        hit.interactive = interaction.is_some();
        props.put_text("content_name", block);
        put(
            &mut props,
            form,
            &[("content_piece", "c_p"), ("content_target", "c_t"), ("interaction", "c_i")],
        );
    } else if form.get("ca") == Some("1")
        || ["ma_id", "fa_vid", "hsr_vid"].iter().any(|it| form.has(it))
    {
        // What a plugin measures (media, forms, recordings) or does: no page was viewed.
        return Ok(None);
    }
    hit.props = props.finish()?;
    Ok(Some(hit))
}

/// When it happened: `cdt`, and `cdo` seconds before that or before now, as the queue of a page without a network
/// says it.
fn at(form: &Form, parts: &Parts) -> Result<Option<i64>, Refusal> {
    let said = match form.get("cdt") {
        None => None,
        Some(text) => Some(time::parse_text(text).ok_or_else(|| time::invalid("cdt"))?),
    };
    let Some(seconds) = form.number("cdo").filter(|seconds| *seconds != 0.0) else {
        return Ok(said);
    };
    let waited_us = (seconds.abs() * 1e6) as i64;
    Ok(Some(said.unwrap_or(parts.received_at_us).saturating_sub(waited_us)))
}

fn put(props: &mut Props, form: &Form, pairs: &[(&str, &str)]) {
    for (name, parameter) in pairs {
        props.put_text(name, form.get(parameter).unwrap_or_default());
    }
}

/// Custom dimensions, and custom variables of the action and the visit.
fn custom(props: &mut Props, form: &Form) {
    for (name, value) in form.iter().filter(|(name, _)| name.starts_with("dimension")) {
        props.put_text(name, value);
    }
    for parameter in ["cvar", "_cvar"] {
        for (name, value) in variables(form, parameter) {
            if !OF_PRODUCT.contains(&name.as_str()) {
                props.put_text(&name, &value);
            }
        }
    }
}

/// `{"1": ["name", "value"], …}`
fn variables(form: &Form, parameter: &str) -> Vec<(String, String)> {
    let text = form.get(parameter).unwrap_or_default();
    let Ok(variables) = json::parse(text) else { return Vec::new() };
    let pair = |(_, pair): &(Cow<str>, Json)| match pair.elements() {
        [name, value] => Some((name.scalar()?.into_owned(), value.scalar()?.into_owned())),
        _ => None,
    };
    variables.fields().iter().filter_map(pair).collect()
}

/// An order is goal 0 with a number, a basket goal 0 without; others are goals of the site.
fn goal_reached(hit: &mut Hit, props: &mut Props, form: &Form, goal: &str) {
    if goal != "0" {
        hit.name = format!("Goal {}", clean(goal, 20));
        put(props, form, &[("goal_id", "idgoal"), ("value", "revenue")]);
        return;
    }
    hit.items = form.get("ec_items").map(items).unwrap_or_default();
    put(
        props,
        form,
        &[("subtotal", "ec_st"), ("tax", "ec_tx"), ("shipping", "ec_sh"), ("discount", "ec_dt")],
    );
    if let Some(id) = form.get("ec_id") {
        hit.name = PURCHASE.into();
        hit.transaction_id = Some(clean(id, MAX_ID));
        hit.amount = form.number("revenue");
    } else {
        hit.name = "cart_update".into();
        put(props, form, &[("value", "revenue")]);
    }
}

/// `[[sku, name, category, price, quantity], …]`; a category may be several.
fn items(text: &str) -> Vec<Item> {
    let Ok(list) = json::parse(text) else { return Vec::new() };
    let item = |line: &Json| {
        let field = |at: usize| line.elements().get(at).unwrap_or(&json::NOTHING);
        let text = |at: usize| field(at).scalar().map(|text| clean(&text, 500));
        let several = field(2).elements().iter().filter_map(|name| name.text().map(str::to_owned));
        Item {
            item_id: text(0),
            item_name: text(1),
            categories: text(2).into_iter().chain(several).take(5).collect(),
            price: field(3).number(),
            quantity: field(4).number(),
            ..Item::default()
        }
    };
    list.elements().iter().take(MAX_ITEMS).map(item).collect()
}

/// A page view may say that the page shows a product.
fn viewed_product(hit: &Hit, form: &Form) -> Option<Hit> {
    if hit.name != PAGEVIEW {
        return None;
    }
    // Clients before Matomo 4 say it in variables of the page.
    let variables = variables(form, "cvar");
    let said = OF_PRODUCT.map(|name| {
        let variable = || variables.iter().find(|(known, _)| known == name);
        let text = form.get(name).or_else(|| variable().map(|(_, value)| value.as_str()));
        text.filter(|text| !text.is_empty())
    });
    let [sku, name, category, price] = said;
    if sku.is_none() && name.is_none() {
        return None;
    }
    let category = category.map(|text| match json::parse(text) {
        Ok(Json::Array(several)) => {
            several.iter().filter_map(|name| name.text().map(str::to_owned)).collect()
        }
        _ => vec![text.to_owned()],
    });
    let item = Item {
        item_id: sku.map(Into::into),
        item_name: name.map(Into::into),
        categories: category.unwrap_or_default(),
        price: price.and_then(|price| price.parse().ok()).filter(|price: &f64| price.is_finite()),
        ..Item::default()
    };
    // Looking at a product is the page view itself, so it ends no bounce.
    Some(Hit { name: "view_item".into(), interactive: false, items: vec![item], ..hit.clone() })
}

/// A picture or nothing for one request; the count of many.
pub(crate) fn reply(parts: &Parts, outcome: &Outcome) -> Reply {
    if parts.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        let (tracked, invalid) = (outcome.accepted, outcome.refused);
        return Reply::json(
            200,
            &json!({"status": "success", "tracked": tracked, "invalid": invalid}),
        );
    }
    let text = json::text(parts.body);
    let form = Form::parse(parts.query).and(Form::parse(&text));
    if form.get("send_image") == Some("0") { Reply::nothing() } else { Reply::gif() }
}
