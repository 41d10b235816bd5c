//! GoatCounter: the picture `/count` of pages, and `POST /api/v0/count` of servers with a token.

use std::borrow::Cow;

use super::form::Form;
use super::json::{self, Json};
use super::message::{self, Messages};
use super::{Outcome, Parts, Reading, Reply, time};
use crate::event::PAGEVIEW;
use crate::hit::{Credential, Hit, Identity, Refusal, SiteKey};
use crate::page::{Page, clean};
use crate::protocol::Protocol;

/// Reads a request of GoatCounter's script or of a server.
///
/// The script names no site. It is `?site=`, where the address of the script's endpoint says so, or
/// else the host of the page that sends it. A server's token is the site's key.
///
/// # Errors
/// No JSON, no hits, or no site.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    let mut messages = Messages::default();
    if asks_who(parts) {
        return Ok(messages.finish());
    }
    if parts.path.starts_with("/api/") {
        let field = "Authorization";
        let password = message::basic(parts).map(|(_, password)| password);
        let token = message::bearer(parts).or(password.as_deref());
        let site = message::site(Protocol::Goatcounter, token, field);
        let site = site.map_err(|refusal| vec![refusal])?;
        if site.key.contains('.') {
            // A domain is no secret, though the script's requests go by it.
            let detail = "holds a domain; it must hold the token of the site";
            return Err(vec![Refusal::new(field, "not_a_token", detail)]);
        }
        let text = json::text(parts.body);
        let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
        for hit in message::batch("hits", body.get("hits"))? {
            let read = server_hit(site.clone(), hit).map(Some);
            messages.push(read, Some(&site), || hit.to_string());
        }
        return Ok(messages.finish());
    }
    let text = json::text(parts.body);
    let form = Form::parse(parts.query).and(Form::parse(&text));
    if form.is_empty() {
        return Ok(messages.finish());
    }
    let sender = parts.header("origin").or(parts.header("referer")).and_then(host_of);
    let key = form.get("site").map(Cow::Borrowed).or(sender.clone().map(Cow::Owned));
    let site = message::site(Protocol::Goatcounter, key.as_deref(), "site");
    let known = site.as_ref().ok().cloned();
    let read = site.and_then(|site| page_hit(site, &form, sender.as_deref(), parts)).map(Some);
    messages.push(read, known.as_ref(), || parts.query.to_owned());
    Ok(messages.finish())
}

fn host_of(address: &str) -> Option<String> {
    let page = message::page(address, None)?;
    (!page.hostname.is_empty()).then_some(page.hostname)
}

fn page_hit(site: SiteKey, form: &Form, host: Option<&str>, parts: &Parts) -> Result<Hit, Refusal> {
    let path = form
        .get("p")
        .ok_or_else(|| Refusal::new("p", "missing", "is missing; it must be the page's path"))?;
    let is_event = matches!(form.get("e"), Some("1" | "true"));
    let hit = Hit {
        title: form.get("t").map(Into::into),
        referrer: form.get("r").map(Into::into),
        is_driven: form.number("b").is_some_and(is_bot),
        page: message::sending_page(parts).map(only_host_where_cut),
        ..Hit::new(site, PAGEVIEW)
    };
    Ok(described(hit, path, is_event, form.get("q"), host))
}

/// 0 and 1: a person as far as anybody can tell; above it why not (153 `navigator.webdriver`).
fn is_bot(flag: f64) -> bool {
    flag > 1.0
}

/// Browsers leave the path out of what they say of a page on another host.
fn only_host_where_cut(page: Page) -> Page {
    if page.pathname == "/" { Page { pathname: String::new(), ..page } } else { page }
}

/// A path is a page's, or the name of an event.
fn described(hit: Hit, path: &str, event: bool, query: Option<&str>, host: Option<&str>) -> Hit {
    if event {
        let on_host = || Some(Page { hostname: host?.to_owned(), ..Page::nowhere() });
        let page = hit.page.or_else(on_host);
        return Hit { name: clean(path.trim_start_matches('/'), 120), page, ..hit };
    }
    let (path, own) = path.split_once('?').unwrap_or((path, ""));
    let query = query.unwrap_or(own).trim_start_matches('?');
    let path = path.split('#').next().unwrap_or_default().trim_start_matches('/');
    Hit { page: message::page(&format!("/{path}?{query}"), host), ..hit }
}

fn server_hit(site: SiteKey, hit: &Json) -> Result<Hit, Refusal> {
    let text = |name: &str| hit.get(name).text();
    let path = text("path")
        .ok_or_else(|| Refusal::new("path", "missing", "is missing; a hit needs it"))?;
    let at_us = match hit.get("created_at") {
        Json::Null => None,
        // Go's time of nothing.
        Json::Text(text) if text.starts_with("0001-01-01T") => None,
        at => Some(time::parse(at).ok_or_else(|| time::invalid("created_at"))?),
    };
    let base = Hit {
        credential: Some(Credential::Token(site.key.clone())),
        title: text("title").map(Into::into),
        referrer: text("ref").map(Into::into),
        language: text("language").map(Into::into),
        at_us,
        identity: Identity { anonymous_id: message::id(hit.get("session")), user_id: None },
        visitor: message::visitor(false, hit.get("ip").scalar(), text("user_agent")),
        key_is_token: true,
        is_driven: hit.get("bot").number().is_some_and(is_bot),
        ..Hit::new(site, PAGEVIEW)
    };
    Ok(described(base, path, hit.get("event").is_true(), text("query"), None))
}

/// Whether a program asks what its token allows, before it sends a log.
fn asks_who(parts: &Parts) -> bool {
    parts.path.trim_end_matches('/') == "/api/v0/me"
}

/// A picture for a page, 202 for a server.
pub(crate) fn reply(parts: &Parts, outcome: &Outcome) -> Reply {
    if asks_who(parts) {
        // To count; whether the token is a site's shows when it does.
        return Reply::json(200, &serde_json::json!({"token": {"name": "", "permissions": 2}}));
    }
    if parts.path.starts_with("/api/") {
        return Reply::json(202, &serde_json::json!({"accepted": outcome.accepted}));
    }
    Reply::gif()
}
