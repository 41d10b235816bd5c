//! From a row and what its columns mean to an event.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use luotsi_api::lookup::Lookup;
use luotsi_marketing::collect::history::before_the_web;
use luotsi_marketing::collect::plausible::{
    MAX_ID, MAX_NAME, MAX_PROP_NAME, MAX_PROP_VALUE, MAX_PROPS, minor_units,
};
use luotsi_marketing::counting::{Lists, Rules};
use luotsi_marketing::currency::Currency;
use luotsi_marketing::enrich::{Lookup as Found, Request, enrich};
use luotsi_marketing::event::{Client, EARLIEST_US, ENGAGEMENT, Event, PAGEVIEW, Place, Revenue};
use luotsi_marketing::hit::{Hit, Identity, Refusal, ReportedVisitor, SiteKey};
use luotsi_marketing::items;
use luotsi_marketing::page::{Page, clean, parse_page};
use luotsi_marketing::protocol::Protocol;
use luotsi_marketing::source;
use luotsi_marketing::visitor::event_id;
use serde_json::Value;

use super::identity::{Midnight, PastSalts, RowIds};
use super::mapping::{Field, Mapping, Record};
use super::time::Times;

/// Other programs' names for a page view.
const PAGE_VIEWS: [&str; 6] =
    ["page_view", "pageview", "$pageview", "page view", "page", "page_viewed"];

/// The site that rows are imported into.
#[derive(Debug, Clone)]
pub(crate) struct TargetSite {
    pub(crate) number: i32,
    pub(crate) domain: String,
    pub(crate) currency: Currency,
    /// How the site counts.
    pub(crate) rules: Rules,
}

/// Events that a client sends by itself, so that they end no bounce: as from the clients of Google's tag.
const QUIET: [&str; 3] = [ENGAGEMENT, "scroll", "first_open"];

/// Makes events of rows.
pub(crate) struct RowReader {
    pub(crate) site: TargetSite,
    pub(crate) times: Times,
    pub(crate) lookup: Lookup,
    pub(crate) lists: Lists,
    pub(crate) salts: PastSalts,
    pub(crate) ids: RowIds,
    pub(crate) midnight: Midnight,
    /// Microseconds UTC: nothing happened later.
    pub(crate) now_us: i64,
}

impl RowReader {
    /// The event of a row whose text is `text`.
    ///
    /// # Errors
    /// The first field that is wrong, and why.
    pub(crate) fn event(
        &mut self,
        record: &Record,
        mapping: &Mapping,
        text: &str,
    ) -> Result<Event, Refusal> {
        let get = |field| mapping.get(record, field);
        let time = get(Field::Time).ok_or_else(|| Refusal::new("time", "missing", "is missing"))?;
        let at_us = self
            .times
            .read(&time)
            .map_err(|detail| Refusal::new("time", "invalid_time", detail))?;
        if at_us > self.now_us {
            return Err(Refusal::new("time", "in_future", format!("`{time}` is in the future")));
        }
        if at_us < EARLIEST_US {
            return Err(before_the_web("time"));
        }
        let name = event_name(get(Field::Name));
        let page = self.page(record, mapping)?;
        let user_agent = get(Field::UserAgent);
        let ip = match get(Field::Ip) {
            Some(text) => Some(text.parse::<IpAddr>().map_err(|_| {
                Refusal::new("ip", "invalid_address", format!("`{text}` is no IP address"))
            })?),
            None => None,
        };
        let visitor_id = get(Field::VisitorId).map(|id| clean(&id, MAX_ID));
        if visitor_id.is_none() && ip.is_none() {
            return Err(Refusal::new(
                "visitor_id",
                "missing",
                "neither an id nor an address says who",
            ));
        }
        let revenue = self.revenue(record, mapping)?;
        let number = |field: Field, highest: f64| -> Result<Option<f64>, Refusal> {
            let Some(text) = get(field) else { return Ok(None) };
            let value: Option<f64> =
                text.parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0);
            let value = value.ok_or_else(|| {
                Refusal::new(
                    field_name(field),
                    "not_a_number",
                    format!("`{text}` is no number from 0 up"),
                )
            })?;
            Ok(Some(value.min(highest)))
        };
        let site = SiteKey::new(Protocol::Plausible, &self.site.domain);
        let visitor = visitor_id
            .is_some()
            .then(|| ReportedVisitor { ip, user_agent: user_agent.as_deref().map(str::to_owned) });
        let hit = Hit {
            interactive: !QUIET.contains(&name.as_str()),
            page: Some(page),
            referrer: get(Field::Referrer).map(Cow::into_owned),
            props: props(record, mapping)?,
            revenue,
            items: get(Field::Items).map(|text| items::from_json(&text)).unwrap_or_default(),
            transaction_id: get(Field::TransactionId).map(|id| clean(&id, MAX_ID)),
            scroll_depth: number(Field::ScrollDepth, 100.0)?.map(|percent| percent as u8),
            engagement_ms: number(Field::EngagementMs, 86_400_000.0)?.map(|spent| spent as u32),
            at_us: Some(at_us),
            identity: Identity { anonymous_id: visitor_id, user_id: None },
            visitor,
            ..Hit::new(site, &name)
        };
        let id = match get(Field::EventId) {
            Some(id) => event_id(self.site.number, &format!("import {id}")),
            // Without the address: an id made of it could be tried out for every address there is.
            None => match get(Field::Ip) {
                Some(ip) => self.ids.next(&text.replace(&*ip, "")),
                None => self.ids.next(text),
            },
        };
        let client = self.client(record, mapping, user_agent.as_deref());
        let place = self.place(record, mapping, ip);
        // Without a user agent nothing tells a robot: such files hold what a program already sorted.
        let judged = user_agent.is_some() || hit.visitor.is_some();
        let user_agent = user_agent.unwrap_or_default();
        let mut event = self.enrich(hit, at_us, ip, &user_agent, (client, place), id);
        if !judged {
            event.bot_reason = None;
        }
        self.midnight.follow(&mut event);
        Ok(event)
    }

    /// Adds what the server adds to every hit, with the salts of the hit's own day.
    pub(crate) fn enrich(
        &mut self,
        hit: Hit,
        at_us: i64,
        ip: Option<IpAddr>,
        user_agent: &str,
        (client, place): (Arc<Client>, Arc<Place>),
        id: i64,
    ) -> Event {
        let ip = ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let request = Request { ip, user_agent, purpose: "", received_at_us: at_us, headers: None };
        let (salt, previous_salt) = self.salts.of(at_us);
        let found = Found {
            site_number: self.site.number,
            site_domain: &self.site.domain,
            salt: &salt,
            previous_salt: Some(&previous_salt),
            client,
            program: self.lookup.program(user_agent).bot_reason,
            place,
            acquisition: Arc::new(source::of_hit(&self.site.rules, &hit, &self.site.domain)),
            rules: &self.site.rules,
            lists: Some(&self.lists),
            random_id: id,
        };
        enrich(hit, &request, found)
    }

    fn page(&self, record: &Record, mapping: &Mapping) -> Result<Page, Refusal> {
        let host = mapping.get(record, Field::Hostname);
        let host = host.as_deref().unwrap_or(&self.site.domain);
        let url = mapping.get(record, Field::Url).or_else(|| mapping.get(record, Field::Path));
        let url = url.as_deref().unwrap_or("/");
        let absolute = if url.contains("://") {
            Cow::Borrowed(url)
        } else {
            Cow::Owned(format!("https://{host}/{}", url.trim_start_matches('/')))
        };
        let mut page = parse_page(&absolute, false)
            .map_err(|detail| Refusal::new("url", "invalid_url", detail))?;
        for (field, parameter) in [
            (Field::UtmSource, "utm_source"),
            (Field::UtmMedium, "utm_medium"),
            (Field::UtmCampaign, "utm_campaign"),
            (Field::UtmContent, "utm_content"),
            (Field::UtmTerm, "utm_term"),
            (Field::UtmId, "utm_id"),
            (Field::UtmSourcePlatform, "utm_source_platform"),
            (Field::UtmCreativeFormat, "utm_creative_format"),
            (Field::UtmMarketingTactic, "utm_marketing_tactic"),
        ] {
            if let Some(value) = mapping.get(record, field)
                && !page.query.iter().any(|(name, _)| name == parameter)
            {
                page.query.push((parameter.to_owned(), value.into_owned()));
            }
        }
        Ok(page)
    }

    fn revenue(&self, record: &Record, mapping: &Mapping) -> Result<Option<Revenue>, Refusal> {
        let Some(text) = mapping.get(record, Field::Revenue) else { return Ok(None) };
        let currency = match mapping.get(record, Field::Currency) {
            Some(code) => {
                code.parse().map_err(|error: luotsi_marketing::currency::UnknownCurrency| {
                    Refusal::new("currency", "invalid_currency", error.to_string())
                })?
            }
            None => self.site.currency,
        };
        let amount = amount(&text).and_then(|amount| minor_units(amount, currency));
        match amount {
            // Exports fill the column of events without revenue with zeros.
            Some(0) => Ok(None),
            Some(minor_units) => Ok(Some(Revenue { minor_units, currency })),
            None => {
                Err(Refusal::new("revenue", "invalid_amount", format!("`{text}` is no amount")))
            }
        }
    }

    fn client(&self, record: &Record, mapping: &Mapping, user_agent: Option<&str>) -> Arc<Client> {
        let read = user_agent.map(|text| self.lookup.program(text).client).unwrap_or_default();
        let text = |field| mapping.get(record, field).map(|text| clean(&text, MAX_NAME));
        let told = Client {
            device: text(Field::Device).and_then(|word| device(&word)).map(str::to_owned),
            browser: text(Field::Browser),
            browser_version: text(Field::BrowserVersion),
            os: text(Field::Os),
            os_version: text(Field::OsVersion),
        };
        if told == Client::default() {
            return read;
        }
        Arc::new(Client {
            device: told.device.or_else(|| read.device.clone()),
            browser: told.browser.or_else(|| read.browser.clone()),
            browser_version: told.browser_version.or_else(|| read.browser_version.clone()),
            os: told.os.or_else(|| read.os.clone()),
            os_version: told.os_version.or_else(|| read.os_version.clone()),
        })
    }

    fn place(&self, record: &Record, mapping: &Mapping, ip: Option<IpAddr>) -> Arc<Place> {
        let text = |field| mapping.get(record, field).map(|text| clean(&text, MAX_NAME));
        let country = text(Field::Country)
            .map(|code| code.to_uppercase())
            .filter(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()));
        match country {
            Some(country) => Arc::new(Place {
                country: Some(country),
                region: text(Field::Region),
                city: text(Field::City),
            }),
            None => ip.map(|ip| self.lookup.place(ip)).unwrap_or_default(),
        }
    }
}

fn event_name(text: Option<Cow<str>>) -> String {
    let Some(text) = text else { return PAGEVIEW.to_owned() };
    let name = clean(&text, MAX_NAME);
    if PAGE_VIEWS.contains(&name.to_lowercase().as_str()) { PAGEVIEW.to_owned() } else { name }
}

fn props(record: &Record, mapping: &Mapping) -> Result<Vec<(String, String)>, Refusal> {
    let mut props = mapping.props(record);
    if let Some(text) = mapping.get(record, Field::Props) {
        let Ok(Value::Object(object)) = serde_json::from_str(&text) else {
            return Err(Refusal::new("props", "not_an_object", "is no JSON object"));
        };
        for (name, value) in object {
            match value {
                Value::String(text) => props.push((name, text)),
                Value::Bool(_) | Value::Number(_) => props.push((name, value.to_string())),
                // Lists and objects inside have no place in a report.
                Value::Null | Value::Array(_) | Value::Object(_) => {}
            }
        }
    }
    props.retain(|(name, value)| !name.is_empty() && !value.is_empty());
    for (name, value) in &mut props {
        *name = clean(name, MAX_PROP_NAME);
        *value = clean(value, MAX_PROP_VALUE);
    }
    props.sort();
    props.dedup_by(|later, earlier| later.0 == earlier.0);
    props.truncate(MAX_PROPS);
    Ok(props)
}

/// An amount with a decimal point or comma; a currency sign and blanks around it do not matter.
fn amount(text: &str) -> Option<f64> {
    let digits: String = text
        .chars()
        .filter(|character| !character.is_whitespace() && !"€$£¥".contains(*character))
        .collect();
    let plain = match (digits.rfind('.'), digits.rfind(',')) {
        (Some(point), Some(comma)) if comma > point => digits.replace('.', "").replace(',', "."),
        (Some(_), Some(_)) => digits.replace(',', ""),
        (None, Some(_)) => digits.replace(',', "."),
        _ => digits,
    };
    plain.parse().ok().filter(|amount: &f64| amount.is_finite())
}

fn device(word: &str) -> Option<&'static str> {
    match word.to_lowercase().as_str() {
        "desktop" | "laptop" | "pc" | "web" => Some("Desktop"),
        "mobile" | "phone" | "phablet" | "smartphone" | "ios" | "android" => Some("Mobile"),
        "tablet" => Some("Tablet"),
        _ => None,
    }
}

fn field_name(field: Field) -> &'static str {
    if field == Field::ScrollDepth { "scroll_depth" } else { "engagement_ms" }
}

#[cfg(test)]
mod tests;
