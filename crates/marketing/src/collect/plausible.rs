//! The body of `POST /api/event`: Plausible's, extended.
//!
//! | field | meaning |
//! |---|---|
//! | `n`, `name` | event name; required |
//! | `u`, `url` | page address; required |
//! | `d`, `domain` | the site's domain, several with commas; without it the host of the page is meant |
//! | `r`, `referrer` | address of the page before |
//! | `p`, `props`, `m`, `meta` | custom properties: an object, or that object as a JSON string |
//! | `$`, `revenue` | `{"amount": 12.5, "currency": "EUR"}`, likewise |
//! | `h`, `hashMode` | 1 where the site routes by the fragment |
//! | `i`, `interactive` | `false` leaves a bounce a bounce |
//! | `e`, `sd` | engaged milliseconds and scroll percent, for `engagement` |
//! | `wd` | ours: 1 where a program drives the browser |
//! | `id` | ours: names the report, so that a retry counts once |
//! | `oid`, `transaction_id` | ours: the order's number |
//! | `items` | ours: what was bought or shown, objects with GA4's names |
//! | `title` | ours: the page's title |
//! | `vid`, `uid` | ours: the browser's id and the person's, where the visitor agreed to them |
//! | `consent` | ours: what the visitor agreed to, `{"analytics": true, "advertising": false}` |
//! | `t`, `timestamp` | ours: RFC 3339 time, only in batches with a token |
//! | `visitor_id`, `ip`, `user_agent` | ours: the visitor, only in batches with a token |
//!
//! Of a page's event, what Plausible drops is left out and told to Event QA: properties that are no scalar or beyond the
//! thirtieth, properties, money, engagement and a referrer that cannot be read. A server with a token is told of all of
//! it.

use std::borrow::Cow;

use serde_json::Value;

use super::json::{self, Json};
use super::{MAX_RAW, Parts, Reading, Refused, Reply, commerce, message};
use crate::consent::Consent;
use crate::currency::Currency;
use crate::event::{ENGAGEMENT, Revenue};
use crate::hit::{Hit, Identity, Item, Refusal, ReportedVisitor, SiteKey};
use crate::items::MAX_ITEMS;
use crate::page::{clean, cleaned, parse_page};
use crate::protocol::Protocol;

pub const MAX_NAME: usize = 120;
pub const MAX_URL: usize = 4_000;
pub const MAX_PROPS: usize = 30;
pub const MAX_PROP_NAME: usize = 300;
pub const MAX_PROP_VALUE: usize = 2_000;
pub const MAX_DOMAINS: usize = 10;
pub const MAX_ID: usize = 200;

/// Most fields of one event that are told to have been left out.
const MOST_LEFT_OUT: usize = 20;

/// Longest engagement one report can claim: a day, in milliseconds.
const MAX_ENGAGEMENT_MS: f64 = 86_400_000.0;

/// What the sender is entitled to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Anyone: time and visitor are what the server sees, and a field that cannot be read is left out
    /// where Plausible drops it.
    Stranger,
    /// A server with a token: it may say when it happened and to whom, and hears of every wrong field.
    Token,
}

/// Reads a request of a page: one event, from a stranger.
///
/// # Errors
/// No JSON, or every field that is wrong.
pub fn read_request(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    let text = json::text(parts.body);
    let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
    let messages = match read_json(&body, Trust::Stranger) {
        Ok(hits) => hits.into_iter().map(Ok).collect(),
        // What is no object names no site: nobody could be told.
        Err(refusals) if !body.is_object() => return Err(refusals),
        Err(refusals) => vec![Err(refused(&body, &text, refusals))],
    };
    Ok(Reading { messages, sent_at_us: None })
}

/// What is wrong with an event, with the site and the name that it has all the same.
fn refused(body: &Json, text: &str, refusals: Vec<Refusal>) -> Refused {
    let mut reader = Reader::new(body, Trust::Stranger);
    let domains = match reader.find(&["d", "domain"]) {
        Some(_) => reader.optional_text(&["d", "domain"], MAX_URL),
        None => reader
            .text(&["u", "url"], MAX_URL)
            .and_then(|url| Some(parse_page(&url, false).ok()?.hostname)),
    };
    let first = domains.as_deref().and_then(|domains| domains.split(',').next());
    Refused {
        index: 0,
        site: first.map(|domain| SiteKey::new(Protocol::Plausible, domain.trim())),
        name: reader.optional_text(&["n", "name"], MAX_NAME),
        raw: text[..text.floor_char_boundary(MAX_RAW)].to_owned(),
        refusals,
    }
}

/// The hits of one event of a batch, or every field of it that is wrong.
pub type OfBatch = Result<Vec<Hit>, Vec<Refusal>>;

/// Reads a batch: an array of events, or `{"events": [...]}`.
///
/// # Errors
/// No JSON, or no array. What is wrong with one event is in its place.
pub fn read_batch(body: &[u8], trust: Trust) -> Result<Vec<OfBatch>, Refusal> {
    let text = json::text(body);
    let body = json::parse(&text)?;
    let (field, events) = match &body {
        Json::Object(_) => ("events", body.get("events")),
        _ => ("body", &body),
    };
    match events {
        Json::Array(events) => Ok(events.iter().map(|event| read_json(event, trust)).collect()),
        _ => Err(Refusal::new(field, "not_an_array", "must be an array of events")),
    }
}

/// What the tracker takes for success.
pub fn reply() -> Reply {
    Reply::text(202, "ok")
}

/// Reads one event; a hit for each domain it names.
///
/// # Errors
/// Every field that is wrong, in the order of the table above.
pub fn read(body: &Value, trust: Trust) -> Result<Vec<Hit>, Vec<Refusal>> {
    read_json(&Json::from(body), trust)
}

fn read_json(body: &Json, trust: Trust) -> Result<Vec<Hit>, Vec<Refusal>> {
    if !body.is_object() {
        return Err(vec![Refusal::new(
            "body",
            "not_an_object",
            "must be a JSON object with `n`, `u` and `d`",
        )]);
    }
    let mut reader = Reader::new(body, trust);
    let name =
        reader.required_text(["n", "name"], MAX_NAME, "the event's name, for example `pageview`");
    let url = reader.required_text(
        ["u", "url"],
        MAX_URL,
        "the page's address, for example `https://example.org/`",
    );
    let is_of_page = trust == Trust::Stranger && reader.find(&["d", "domain"]).is_none();
    let domains = if is_of_page {
        None
    } else {
        let what = "the site's domain, for example `example.org`";
        reader.required_text(["d", "domain"], MAX_URL, what)
    };
    let hash_routing = reader.is_set(&["h", "hashMode"]);
    let page = url.and_then(|url| match parse_page(&url, hash_routing) {
        Ok(page) => Some(page),
        // WordPress names the page by its path; whose it is says the domain.
        Err(_) if trust == Trust::Stranger && url.starts_with('/') && domains.is_some() => {
            message::page(&url, None)
        }
        Err(detail) => reader.refuse("u", "invalid_url", detail),
    });
    let domains = match &page {
        Some(page) if is_of_page => Some(Cow::Owned(page.hostname.clone())),
        _ => domains,
    };
    let referrer = reader.referrer();
    let props = reader.props();
    let revenue = reader.revenue();
    let interactive = !matches!(reader.find(&["i", "interactive"]), Some((_, Json::Bool(false))));
    let scroll_depth = reader.number(&["sd"], 0.0, 255.0).map(|percent| (percent as u8).min(100));
    let engagement_ms = reader.number(&["e"], 0.0, MAX_ENGAGEMENT_MS).map(|ms| ms as u32);
    let id = reader.optional_text(&["id"], MAX_ID);
    let transaction_id = reader.optional_text(&["oid", "transaction_id"], MAX_ID);
    let title = reader.optional_text(&["title"], MAX_PROP_VALUE);
    let (vid, user_id) =
        (reader.optional_text(&["vid"], MAX_ID), reader.optional_text(&["uid"], MAX_ID));
    let consent = reader.consent();
    let items = reader.items();
    let (at_us, (anonymous_id, visitor)) = match trust {
        Trust::Stranger => (None, (None, None)),
        Trust::Token => (reader.time(), reader.visitor()),
    };
    let mut site_keys = reader.site_keys(domains);
    let (Some(name), Some(page), true) = (name, page, reader.refusals.is_empty()) else {
        return Err(reader.refusals);
    };
    let Some(last) = site_keys.pop() else { return Ok(Vec::new()) };
    let hit = Hit {
        id,
        page: Some(page),
        referrer,
        props,
        revenue,
        transaction_id,
        interactive: interactive && name != ENGAGEMENT,
        scroll_depth,
        engagement_ms,
        at_us,
        title,
        items,
        consent,
        identity: Identity { anonymous_id: anonymous_id.or(vid), user_id },
        visitor,
        is_driven: reader.is_set(&["wd"]),
        left_out: reader.left_out,
        ..Hit::new(SiteKey { protocol: Protocol::Plausible, key: last }, commerce::canonical(&name))
    };
    let mut hits = Vec::with_capacity(site_keys.len() + 1);
    for domain in site_keys {
        hits.push(Hit { site: SiteKey::new(Protocol::Plausible, &domain), ..hit.clone() });
    }
    hits.push(hit);
    Ok(hits)
}

/// One of 64 bits, by a name's first byte and length.
fn mark(name: &str) -> u64 {
    name.bytes().next().map_or(0, |first| 1 << ((usize::from(first) + 5 * name.len()) % 64))
}

struct Reader<'j, 'a> {
    object: &'j Json<'a>,
    /// The marks of the object's fields: most of what is looked for is not there.
    marks: u64,
    trust: Trust,
    refusals: Vec<Refusal>,
    /// What a page's event is taken without.
    left_out: Vec<Refusal>,
}

impl<'j, 'a> Reader<'j, 'a> {
    fn new(object: &'j Json<'a>, trust: Trust) -> Self {
        let marks = object.fields().iter().fold(0, |all, (name, _)| all | mark(name));
        Self { object, marks, trust, refusals: Vec::new(), left_out: Vec::new() }
    }

    /// The first of `names` that is there and not null.
    fn find(&self, names: &[&'static str]) -> Option<(&'static str, &'j Json<'a>)> {
        let mut may_be = names.iter().filter(|name| self.marks & mark(name) != 0);
        may_be.find_map(|name| {
            Some(self.object.get(name)).filter(|value| !value.is_null()).map(|value| (*name, value))
        })
    }

    fn refuse<T>(
        &mut self,
        field: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Option<T> {
        self.refusals.push(Refusal::new(field, code, detail));
        None
    }

    /// Leaves a field out of a page's event, or refuses it to a server with a token, which is told.
    fn leave_out<T>(
        &mut self,
        field: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Option<T> {
        match self.trust {
            Trust::Token => self.refuse(field, code, detail),
            Trust::Stranger => {
                if self.left_out.len() < MOST_LEFT_OUT {
                    self.left_out.push(Refusal::new(field, code, detail));
                }
                None
            }
        }
    }

    /// Whether the first of `names` that is there says yes.
    fn is_set(&self, names: &[&'static str]) -> bool {
        self.find(names).is_some_and(|(_, value)| value.is_true())
    }

    fn required_text(
        &mut self,
        names: [&'static str; 2],
        max: usize,
        what: &str,
    ) -> Option<Cow<'j, str>> {
        match self.find(&names) {
            Some(_) => {
                let before = self.refusals.len();
                let text = self.text(&names, max);
                if text.is_none() && self.refusals.len() == before {
                    return self.refuse(names[0], "empty", format!("is empty; it must be {what}"));
                }
                text
            }
            None => self.refuse(names[0], "missing", format!("is missing; it must be {what}")),
        }
    }

    fn optional_text(&mut self, names: &[&'static str], max: usize) -> Option<String> {
        self.text(names, max).map(Cow::into_owned)
    }

    fn text(&mut self, names: &[&'static str], max: usize) -> Option<Cow<'j, str>> {
        let (field, value) = self.find(names)?;
        let text = match value {
            Json::Text(text) => text,
            // An event may be called 404.
            Json::Integer(number) if field == "n" || field == "name" => {
                return Some(Cow::Owned(number.to_string()));
            }
            _ => {
                let detail = format!("must be a string, not {}", value.kind());
                return self.refuse(field, "not_a_string", detail);
            }
        };
        if text.len() > max {
            return self.refuse(
                field,
                "too_long",
                format!("has {} bytes; at most {max} are taken", text.len()),
            );
        }
        let text = cleaned(text.trim(), max);
        (!text.is_empty()).then_some(text)
    }

    /// The address of the page before, without which a page's event is taken where it is none.
    fn referrer(&mut self) -> Option<String> {
        let before = self.refusals.len();
        let referrer = self.optional_text(&["r", "referrer"], MAX_URL);
        if self.trust == Trust::Stranger && self.refusals.len() > before {
            self.left_out.extend(self.refusals.pop());
        }
        referrer
    }

    fn number(&mut self, names: &[&'static str], low: f64, high: f64) -> Option<f64> {
        let (field, value) = self.find(names)?;
        match value.number() {
            Some(number) if (low..=high).contains(&number) => Some(number),
            Some(number) => self.leave_out(
                field,
                "out_of_range",
                format!("is {number}; it must be from {low} to {high}"),
            ),
            None => self.leave_out(
                field,
                "not_a_number",
                format!("must be a number, not {}", value.kind()),
            ),
        }
    }

    fn site_keys(&mut self, domains: Option<Cow<'_, str>>) -> Vec<String> {
        let Some(domains) = domains else { return Vec::new() };
        let mut keys: Vec<String> = Vec::new();
        for domain in domains
            .split(',')
            .map(|domain| domain.trim().to_lowercase())
            .filter(|domain| !domain.is_empty())
        {
            if !keys.contains(&domain) {
                keys.push(domain);
            }
        }
        if keys.is_empty() {
            self.refuse::<()>(
                "d",
                "empty",
                "names no domain; it must be the site's domain, for example `example.org`",
            );
        }
        if keys.len() > MAX_DOMAINS {
            self.refuse::<()>(
                "d",
                "too_many",
                format!("names {} domains; at most {MAX_DOMAINS} are taken", keys.len()),
            );
        }
        keys
    }

    /// An object, or the object as a JSON string, as older trackers send it.
    fn object_or_json(
        &self,
        names: &[&'static str],
    ) -> Option<(&'static str, Result<Json<'j>, String>)> {
        let (field, value) = self.find(names)?;
        let object = match value {
            Json::Object(_) => Ok(value.borrowed()),
            Json::Text(text) if text.trim().is_empty() => return None,
            Json::Text(text) => match json::parse(text) {
                Ok(object @ Json::Object(_)) => Ok(object),
                Ok(Json::Null) => return None,
                _ => Err("is a string that holds no JSON object".to_owned()),
            },
            other => Err(format!("must be an object, not {}", other.kind())),
        };
        Some((field, object))
    }

    /// Likewise; what is none is left out.
    fn object(&mut self, names: &[&'static str]) -> Option<(&'static str, Json<'j>)> {
        match self.object_or_json(names)? {
            (field, Ok(object)) => Some((field, object)),
            (field, Err(detail)) => self.leave_out(field, "not_an_object", detail),
        }
    }

    fn props(&mut self) -> Vec<(String, String)> {
        let Some((field, object)) = self.object(&["p", "props", "m", "meta"]) else {
            return Vec::new();
        };
        let fields = object.fields();
        let too_many = || format!("has {} properties; at most {MAX_PROPS} are taken", fields.len());
        if fields.len() > MAX_PROPS && self.trust == Trust::Token {
            self.refuse::<()>(field, "too_many", too_many());
            return Vec::new();
        }
        let mut props: Vec<(String, String)> = Vec::with_capacity(fields.len().min(MAX_PROPS));
        for (name, value) in fields {
            let at = || format!("{field}.{}", clean(name, 40));
            let text = match value {
                Json::Null => continue,
                Json::Text(text) => Cow::Borrowed(text.as_ref()),
                Json::Bool(_) | Json::Integer(_) | Json::Float(_) => Cow::Owned(value.to_string()),
                Json::Array(_) | Json::Object(_) => {
                    let detail =
                        format!("must be a string, number or boolean, not {}", value.kind());
                    self.leave_out::<()>(at(), "not_a_scalar", detail);
                    continue;
                }
            };
            if name.is_empty() || name.len() > MAX_PROP_NAME {
                let detail =
                    format!("has a name of {} bytes; 1 to {MAX_PROP_NAME} are taken", name.len());
                self.refuse::<()>(at(), "invalid_name", detail);
                continue;
            }
            if text.len() > MAX_PROP_VALUE {
                let detail =
                    format!("has {} bytes; at most {MAX_PROP_VALUE} are taken", text.len());
                self.refuse::<()>(at(), "too_long", detail);
                continue;
            }
            if text.is_empty() {
                continue;
            }
            let (name, value) = (clean(name, MAX_PROP_NAME), clean(&text, MAX_PROP_VALUE));
            match props.iter().position(|(known, _)| *known == name) {
                // Of two values of a name the later one is meant.
                Some(known) => props[known].1 = value,
                None if props.len() < MAX_PROPS => props.push((name, value)),
                None => {
                    self.leave_out::<()>(field, "too_many", too_many());
                    break;
                }
            }
        }
        props.sort();
        props
    }

    fn revenue(&mut self) -> Option<Revenue> {
        let (field, map) = self.object(&["$", "revenue"])?;
        let code = map.get("currency").text().unwrap_or_default();
        let Ok(currency) = code.parse::<Currency>() else {
            let detail = "must be an ISO 4217 code such as `EUR`";
            return self.leave_out(format!("{field}.currency"), "invalid_currency", detail);
        };
        let amount = map.get("amount").number();
        match amount.and_then(|amount| minor_units(amount, currency)) {
            Some(minor_units) => Some(Revenue { minor_units, currency }),
            None => self.leave_out(
                format!("{field}.amount"),
                "invalid_amount",
                "must be a number such as 12.50",
            ),
        }
    }

    fn consent(&mut self) -> Option<Consent> {
        // A consent that cannot be read is no word to go on with.
        let (field, map) = match self.object_or_json(&["consent"])? {
            (field, Ok(map)) => (field, map),
            (field, Err(detail)) => return self.refuse(field, "not_an_object", detail),
        };
        let mut said = |name: &str| match map.get(name) {
            Json::Null => None,
            Json::Bool(agreed) => Some(*agreed),
            other => {
                let detail = format!("must be true or false, not {}", other.kind());
                self.refuse(format!("{field}.{name}"), "not_a_boolean", detail)
            }
        };
        Consent { analytics: said("analytics"), advertising: said("advertising") }.said()
    }

    fn items(&mut self) -> Vec<Item> {
        let Some((field, value)) = self.find(&["items"]) else { return Vec::new() };
        let Json::Array(list) = value else {
            let detail = format!("must be an array of items, not {}", value.kind());
            self.refuse::<()>(field, "not_an_array", detail);
            return Vec::new();
        };
        let mut items = Vec::new();
        for (at, value) in list.iter().take(MAX_ITEMS).enumerate() {
            match commerce::item(value) {
                Some(item) => items.push(item),
                None => {
                    let detail = "must be an object with `item_id` or `item_name`";
                    self.refuse::<()>(format!("items[{at}]"), "invalid_item", detail);
                }
            }
        }
        items
    }

    fn time(&mut self) -> Option<i64> {
        let (field, value) = self.find(&["t", "timestamp"])?;
        let time = match value {
            Json::Text(text) => text.parse::<jiff::Timestamp>().ok(),
            _ => None,
        };
        match time {
            Some(time) => Some(time.as_microsecond()),
            None => self.refuse(
                field,
                "invalid_time",
                "must be an RFC 3339 time such as `2026-11-21T10:00:00Z`",
            ),
        }
    }

    fn visitor(&mut self) -> (Option<String>, Option<ReportedVisitor>) {
        let id = self.optional_text(&["visitor_id"], MAX_ID);
        let user_agent = self.optional_text(&["user_agent"], 2_000);
        let ip = match self.optional_text(&["ip"], 60).map(|text| text.parse()) {
            Some(Ok(ip)) => Some(ip),
            Some(Err(_)) => self.refuse("ip", "invalid_address", "must be an IPv4 or IPv6 address"),
            None => None,
        };
        let reported = id.is_some() || user_agent.is_some() || ip.is_some();
        (id, reported.then_some(ReportedVisitor { ip, user_agent }))
    }
}

/// `amount` in minor units, rounded half away from zero; `None` beyond what money can be.
pub fn minor_units(amount: f64, currency: Currency) -> Option<i64> {
    let minor = (amount * 10f64.powi(i32::from(currency.minor_digits()))).round();
    (minor.is_finite() && minor.abs() < 1e15).then_some(minor as i64)
}

#[cfg(test)]
mod tests;
