//! What adapters share: the messages of a request, who sends it, and what it shows to be believed.

use std::borrow::Cow;
use std::net::IpAddr;

use super::form::{Form, base64_text};
use super::json::Json;
use super::plausible::{MAX_ID, MAX_NAME, MAX_URL};
use super::props::Props;
use super::{MAX_RAW, Parts, Reading, Refused};
use crate::event::{ALIAS, GROUP, IDENTIFY, PAGEVIEW};
use crate::hit::{Credential, Hit, Identity, Item, Kind, Refusal, ReportedVisitor, SiteKey};
use crate::page::{Page, clean, parse_page, without_www};
use crate::protocol::Protocol;
use crate::source::is_click_id;

/// Most messages in one request.
pub(crate) const MAX_MESSAGES: usize = 5_000;

/// Most messages that are read of one request, where a message may stand for several.
const MOST_READ: usize = 10_001;

/// Most bytes of memory that the hits of one request take. Short names and common fields make hits larger than
/// the body they come from.
const MOST_HELD: usize = 64 << 20;

/// Refused messages of a request that are shown as they came; the rest is counted.
const MOST_RAW: usize = 100;

/// The reading of a request as it grows.
#[derive(Debug)]
pub(crate) struct Messages {
    reading: Reading,
    index: usize,
    refused: usize,
    /// Bytes that the hits so far take, and how many they may.
    held: usize,
    most_held: usize,
}

impl Default for Messages {
    fn default() -> Self {
        Self::sent_at(None)
    }
}

impl Messages {
    pub(crate) fn sent_at(sent_at_us: Option<i64>) -> Self {
        let reading = Reading { sent_at_us, ..Reading::default() };
        Self { reading, index: 0, refused: 0, held: 0, most_held: MOST_HELD }
    }

    /// The messages of a request in which one field may be meant for many: they take no more than so many
    /// times the request.
    pub(crate) fn within(parts: &Parts) -> Self {
        const AT_LEAST: usize = 4 << 20;
        const TIMES: usize = 16;
        let most_held = AT_LEAST + TIMES * (parts.query.len() + parts.body.len());
        Self { most_held: most_held.min(MOST_HELD), ..Self::default() }
    }

    /// Whether nothing more is taken of this request.
    pub(crate) fn is_full(&self) -> bool {
        self.reading.messages.len() >= MOST_READ || self.held > self.most_held
    }

    /// Takes the next message: a hit, nothing where it says nothing that is kept, or a refusal, for
    /// which `raw` writes the message as it came.
    pub(crate) fn push(
        &mut self,
        read: Result<Option<Hit>, Refusal>,
        site: Option<&SiteKey>,
        raw: impl FnOnce() -> String,
    ) {
        let checked = read.and_then(|hit| hit.map(check).transpose());
        let checked = checked.and_then(|hit| self.hold(hit));
        let index = self.index;
        self.index += 1;
        if self.reading.messages.len() >= MOST_READ {
            return;
        }
        match checked {
            Ok(Some(hit)) => self.reading.messages.push(Ok(hit)),
            Ok(None) => {}
            Err(refusal) => {
                self.refused += 1;
                let mut raw = if self.refused <= MOST_RAW { raw() } else { String::new() };
                let name = name_in(&raw);
                raw.truncate(raw.floor_char_boundary(MAX_RAW));
                raw.shrink_to_fit();
                self.reading.messages.push(Err(Refused {
                    index,
                    site: site.cloned(),
                    name,
                    raw,
                    refusals: vec![refusal],
                }));
            }
        }
    }

    /// Counts what a hit takes.
    fn hold(&mut self, hit: Option<Hit>) -> Result<Option<Hit>, Refusal> {
        self.held += hit.as_ref().map_or(0, weight);
        if hit.is_none() || self.held <= self.most_held {
            return Ok(hit);
        }
        let detail = "repeats so much in its messages that they are too large together; send it in several \
                      requests";
        Err(Refusal::new("body", "too_large", detail))
    }

    /// Changes the latest hit that `is_meant` accepts; whether there is one.
    pub(crate) fn amend(
        &mut self,
        is_meant: impl Fn(&Hit) -> bool,
        change: impl FnOnce(&mut Hit),
    ) -> bool {
        let hits = self.reading.messages.iter_mut().rev().flatten();
        let mut meant = hits.filter(|hit| is_meant(hit));
        meant.next().map(change).is_some()
    }

    pub(crate) fn finish(self) -> Reading {
        self.reading
    }
}

/// Bytes of memory that a hit's texts and items take, or a little less; how many hits there are is limited too.
fn weight(hit: &Hit) -> usize {
    let pairs = |pairs: &[(String, String)]| -> usize {
        let pair = |(name, value): &(String, String)| 48 + name.len() + value.len();
        pairs.iter().map(pair).sum()
    };
    let page = hit.page.as_ref().map_or(0, |page| page.pathname.len() + pairs(&page.query));
    let items: usize = hit.items.iter().map(Item::weight).sum();
    let texts = [&hit.id, &hit.title, &hit.referrer, &hit.language, &hit.transaction_id];
    let texts: usize = texts.into_iter().flatten().map(String::len).sum();
    hit.name.len() + pairs(&hit.props) + page + items + texts
}

/// The longest message in which an event's name is looked for, bytes.
const LOOK_FOR_NAME: usize = 65_536;

/// The name of a refused event, as the client writes it, where the message still tells it.
fn name_in(raw: &str) -> Option<String> {
    let name = if raw.starts_with('{') && raw.len() <= LOOK_FOR_NAME {
        let message = super::json::parse(raw).ok()?;
        let payload = message.get("payload");
        let names = ["event", "event_type", "event_name", "eventName", "name", "key", "type"];
        [&message, payload]
            .into_iter()
            .find_map(|object| object.any(&names).text().map(str::to_owned))?
    } else {
        let form = Form::parse(raw);
        ["en", "e_a", "e_c", "se_ac", "e"].into_iter().find_map(|name| form.get(name))?.to_owned()
    };
    let name = clean(&name, MAX_NAME);
    (!name.is_empty()).then_some(name)
}

/// What programs write for an id where they have none. Taken for a name, it makes one person of all visitors: Mixpanel
/// and Amplitude refuse it, PostHog joins nobody by it.
const NOBODY: [&str; 20] = [
    "-1",
    "0",
    "00000000-0000-0000-0000-000000000000",
    "<nil>",
    "[]",
    "[object object]",
    "anon",
    "anonymous",
    "false",
    "guest",
    "n/a",
    "na",
    "nan",
    "nil",
    "none",
    "null",
    "true",
    "undefined",
    "unknown",
    "{}",
];

/// Whether an id is nobody's.
fn is_nobodys(id: &str) -> bool {
    NOBODY.iter().any(|word| id.eq_ignore_ascii_case(word))
}

/// What no protocol may say.
fn check(mut hit: Hit) -> Result<Hit, Refusal> {
    let too_long = |field: &str, length: usize, max: usize| {
        Err(Refusal::new(field, "too_long", format!("has {length} bytes; at most {max} are taken")))
    };
    if hit.name.len() > MAX_NAME {
        return too_long("event", hit.name.len(), MAX_NAME);
    }
    hit.name = clean(hit.name.trim(), MAX_NAME);
    if hit.name.is_empty() {
        return Err(Refusal::new("event", "empty", "must be the event's name"));
    }
    if hit.name == PAGEVIEW && hit.page.is_none() {
        return Err(Refusal::new("url", "missing", "is missing; a page view needs its address"));
    }
    let ids = [
        ("id", &hit.id),
        ("anonymous_id", &hit.identity.anonymous_id),
        ("user_id", &hit.identity.user_id),
    ];
    for (field, id) in ids {
        if let Some(id) = id.as_ref().filter(|id| id.len() > MAX_ID) {
            return too_long(field, id.len(), MAX_ID);
        }
    }
    let Identity { anonymous_id, user_id } = hit.identity;
    let somebodys = |id: Option<String>| id.filter(|id| !is_nobodys(id));
    hit.identity = Identity { anonymous_id: somebodys(anonymous_id), user_id: somebodys(user_id) };
    if let Kind::Alias { previous_id } = &hit.kind
        && is_nobodys(previous_id)
    {
        let detail = format!("is `{previous_id}`, which is nobody's; it must be the other id");
        return Err(Refusal::new("alias", "nobodys_id", detail));
    }
    hit.title = hit.title.map(|title| clean(title.trim(), 500)).filter(|title| !title.is_empty());
    hit.referrer = hit.referrer.filter(|referrer| referrer.len() <= MAX_URL);
    hit.language = hit.language.map(|language| clean(&language, 35));
    if hit.kind != Kind::Event {
        hit.interactive = false;
    }
    Ok(hit)
}

/// Whether a page sends the request, rather than a server.
pub(crate) fn from_browser(parts: &Parts) -> bool {
    parts.header("origin").is_some()
        || parts.header("referer").is_some()
        || parts.header("user-agent").is_some_and(|program| program.starts_with("Mozilla/"))
}

/// The page that sends a request, as its program says it: where a picture without an address is shown.
pub(crate) fn sending_page(parts: &Parts) -> Option<Page> {
    page(parts.header("referer")?, None)
}

/// The visitor as the message describes them, where a server sends it; `None` from a browser, which is
/// the visitor's own.
pub(crate) fn visitor(
    browser: bool,
    ip: Option<Cow<'_, str>>,
    user_agent: Option<&str>,
) -> Option<ReportedVisitor> {
    (!browser).then(|| ReportedVisitor {
        ip: ip.and_then(|ip| ip.trim().parse::<IpAddr>().ok()),
        user_agent: user_agent.map(|text| clean(text, 2_000)),
    })
}

/// User and password of `Authorization: Basic`; some clients leave out the colon with the password.
pub(crate) fn basic(parts: &Parts) -> Option<(String, String)> {
    let decoded = base64_text(after(parts.header("authorization")?, "basic ")?)?;
    let (user, password) = decoded.split_once(':').unwrap_or((&decoded, ""));
    Some((user.to_owned(), password.to_owned()))
}

/// The token of `Authorization: Bearer`.
pub(crate) fn bearer<'a>(parts: &Parts<'a>) -> Option<&'a str> {
    after(parts.header("authorization")?, "bearer ").filter(|token| !token.is_empty())
}

fn after<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let head = text.get(..scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then(|| text[scheme.len()..].trim())
}

/// The secret of a Basic password, where there is one.
pub(crate) fn secret(password: Option<&str>) -> Option<Credential> {
    let password = password.map(str::trim).filter(|password| !password.is_empty())?;
    Some(Credential::Secret(password.to_owned()))
}

/// The site's key, which every message needs.
///
/// # Errors
/// There is none: `field` says where it belongs.
pub(crate) fn site(protocol: Protocol, key: Option<&str>, field: &str) -> Result<SiteKey, Refusal> {
    match key.map(str::trim).filter(|key| !key.is_empty()) {
        Some(key) if key.len() <= MAX_ID => Ok(SiteKey::new(protocol, key)),
        Some(_) => Err(Refusal::new(field, "too_long", "is longer than any key of a site")),
        None => Err(Refusal::new(field, "missing", "is missing; it must be a key of the site")),
    }
}

/// An address as a page, absolute, or a path on `host`; `None` for what is no page's.
pub(crate) fn page(address: &str, host: Option<&str>) -> Option<Page> {
    let address = address.get(..MAX_URL).unwrap_or(address);
    if let Some(rest) = address.strip_prefix("//") {
        return parse_page(&format!("https://{rest}"), false).ok();
    }
    if address.contains("://") && !address.starts_with('/') {
        return parse_page(address, false).ok();
    }
    if address.contains(':') && !address.starts_with(['/', '?', '#']) {
        return None;
    }
    let path = address.trim_start_matches('/');
    let mut page = parse_page(&format!("https://nowhere.invalid/{path}"), false).ok()?;
    page.hostname = host.map(bare_host).unwrap_or_default();
    Some(page)
}

/// `shop.example` for `www.Shop.example:8080`.
fn bare_host(host: &str) -> String {
    let host = host.trim().to_lowercase();
    let host = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
    without_www(host).to_owned()
}

/// A view of a screen of an app, as a page without a host.
pub(crate) fn screen(name: &str) -> Page {
    let pathname = clean(&format!("/{}", name.trim_start_matches('/')), crate::page::MAX_PATH);
    Page { pathname, ..Page::nowhere() }
}

/// An event that says who the visitor is; `traits` are the person's.
///
/// # Errors
/// There are too many traits.
pub(crate) fn identify(hit: Hit, traits: &[&Json]) -> Result<Hit, Refusal> {
    let props = traits_of(traits, &[])?;
    Ok(Hit { kind: Kind::Identify, name: IDENTIFY.into(), props, ..hit })
}

/// An event that says which group of which kind the visitor belongs to.
///
/// # Errors
/// There are too many traits.
pub(crate) fn group(
    hit: Hit,
    group_id: &str,
    group_type: Option<&str>,
    traits: &[&Json],
) -> Result<Hit, Refusal> {
    let named = [("group_id", Some(group_id)), ("group_type", group_type)];
    let props = traits_of(traits, &named)?;
    let kind = Kind::Group { group_id: group_id.to_owned() };
    Ok(Hit { kind, name: GROUP.into(), props, ..hit })
}

/// An event that says that `previous_id` is the visitor of the hit.
pub(crate) fn alias(hit: Hit, previous_id: &str) -> Hit {
    let props = vec![("previous_id".to_owned(), clean(previous_id, MAX_ID))];
    let kind = Kind::Alias { previous_id: previous_id.to_owned() };
    Hit { kind, name: ALIAS.into(), props, ..hit }
}

/// An event that says that `other` is one more name of the visitor. Where only a device is named, `other` is the
/// person's name, and the device's is the one before.
pub(crate) fn other_name(mut hit: Hit, other: String) -> Hit {
    match hit.identity.anonymous_id.clone() {
        Some(device) if hit.identity.user_id.is_none() => {
            hit.identity.user_id = Some(other);
            alias(hit, &device)
        }
        _ => alias(hit, &other),
    }
}

fn traits_of(
    traits: &[&Json],
    named: &[(&str, Option<&str>)],
) -> Result<Vec<(String, String)>, Refusal> {
    let mut props = Props::default();
    for (name, value) in named {
        props.put_text(name, value.unwrap_or_default());
    }
    for object in traits {
        props.add(object, |_| true);
    }
    props.finish()
}

/// Campaign parameters that came beside the address; those of the address are meant first.
pub(crate) fn add_campaign<'v>(
    hit: &mut Hit,
    parameters: impl Iterator<Item = (&'static str, Option<Cow<'v, str>>)>,
) {
    for (name, value) in parameters {
        let Some(value) = value else { continue };
        let page = hit.page.get_or_insert_with(Page::nowhere);
        if !page.query.iter().any(|(known, _)| known == name) {
            page.query.push((name.to_owned(), clean(&value, 500)));
        }
    }
}

/// The campaign that a server names among an event's properties. A browser's are those of an earlier
/// visit as well, so that only its page's address tells the campaign.
pub(crate) fn add_campaign_of_server(hit: &mut Hit, properties: &Json) {
    let tags = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id"];
    if hit.visitor.is_some() {
        add_campaign(hit, tags.into_iter().map(|tag| (tag, properties.get(tag).scalar())));
    }
}

/// Whether a property repeats what the address of a page says of its campaign, as some clients have it
/// on every event: other columns keep it, and raw click ids are kept nowhere.
pub(crate) fn is_campaign(name: &str) -> bool {
    name.starts_with("utm_") || is_click_id(name)
}

/// Adds to what belongs to the event what stands beside it; what the event says itself stays.
///
/// # Errors
/// There are too many properties.
pub(crate) fn add_props(hit: &mut Hit, props: Props) -> Result<(), Refusal> {
    hit.props.extend(props.finish()?);
    hit.props.sort_by(|one, other| one.0.cmp(&other.0));
    hit.props.dedup_by(|later, earlier| later.0 == earlier.0);
    Ok(())
}

/// An id, however it is written.
pub(crate) fn id(value: &Json) -> Option<String> {
    value.scalar().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty())
}

/// The elements of a batch.
///
/// # Errors
/// It is no array, or has more than `MAX_MESSAGES`.
pub(crate) fn batch<'j, 'a>(
    field: &str,
    value: &'j Json<'a>,
) -> Result<&'j [Json<'a>], Vec<Refusal>> {
    let Json::Array(elements) = value else {
        let detail = format!("must be an array of messages, not {}", value.kind());
        return Err(vec![Refusal::new(field, "not_an_array", detail)]);
    };
    if elements.len() > MAX_MESSAGES {
        let detail = format!("holds {}; at most {MAX_MESSAGES} are taken at once", elements.len());
        return Err(vec![Refusal::new(field, "too_many", detail)]);
    }
    Ok(elements)
}
