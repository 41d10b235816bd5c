//! Segment, and those who speak like it: RudderStack and Jitsu.
//!
//! Servers post `{batch: [...], sentAt}` to `/v1/batch`; browsers post one message, as `text/plain`, to
//! `/v1/t` and its kin, after asking `/v1/projects/{key}/settings` where to. Mails and pages without
//! scripts load a picture (`picture`).

mod picture;

use std::borrow::Cow;

use serde_json::json;

use super::commerce::{Money, describe};
use super::form::Form;
use super::json::{self, Json};
use super::message::{self, Messages, add_campaign};
use super::time::{self, Clock};
use super::{Outcome, Parts, Reading, Reply};
use crate::consent::Consent;
use crate::event::PAGEVIEW;
use crate::hit::{Credential, Hit, Identity, Refusal, SiteKey};
use crate::protocol::Protocol;

pub(crate) use picture::{is_picture, pictured};

/// What names of libraries for apps have in common.
const OF_APPS: [&str; 6] = ["android", "ios", "swift", "kotlin", "react-native", "flutter"];

/// Libraries that write a batch to a file and send it when they can, with the time when it was written.
const FROM_FILES: [&str; 3] = ["analytics-kotlin", "analytics-swift", "analytics-csharp"];

/// What all messages of a request share.
#[derive(Clone)]
pub(crate) struct Sender<'a> {
    pub(crate) protocol: Protocol,
    pub(crate) key: Option<&'a str>,
    pub(crate) credential: Option<Credential>,
    pub(crate) anonymous_id: Option<&'a str>,
    pub(crate) browser: bool,
    /// What the path says the message is.
    pub(crate) default_type: Option<&'static str>,
    pub(crate) received_at_us: i64,
}

/// Reads a request of Segment's clients.
///
/// # Errors
/// No JSON, or a batch that is none.
pub(crate) fn read(parts: &Parts) -> Result<Reading, Vec<Refusal>> {
    let picture = pictured(parts);
    let parts = &Parts { body: picture.as_ref().map_or(parts.body, String::as_bytes), ..*parts };
    let reports = picture.is_some() || parts.method == "POST";
    if !reports || parts.path.trim_end_matches('/') == "/v1/m" {
        return Ok(Reading::default());
    }
    let basic = message::basic(parts);
    let sender = Sender {
        protocol: Protocol::Segment,
        key: basic.as_ref().map(|(key, _)| key.as_str()).or(parts.header("x-write-key")),
        // Of a key of Jitsu's, `key:secret`, the client makes `key:secret:`.
        credential: message::secret(
            basic.as_ref().map(|(_, password)| password.trim_end_matches(':')),
        ),
        anonymous_id: None,
        browser: message::from_browser(parts),
        default_type: type_of_path(parts.path),
        received_at_us: parts.received_at_us,
    };
    read_messages(parts, &sender)
}

/// What the last part of a path says the message is.
pub(crate) fn type_of_path(path: &str) -> Option<&'static str> {
    Some(match path.trim_end_matches('/').rsplit('/').next()? {
        "t" | "track" => "track",
        "p" | "page" => "page",
        "s" | "screen" => "screen",
        "i" | "identify" => "identify",
        "g" | "group" => "group",
        "a" | "alias" => "alias",
        _ => return None,
    })
}

/// Reads a batch or a single message.
pub(crate) fn read_messages(parts: &Parts, sender: &Sender) -> Result<Reading, Vec<Refusal>> {
    let text = json::text(parts.body);
    let body = json::parse(&text).map_err(|refusal| vec![refusal])?;
    // A beacon can set no header, and has the key in its address.
    let query = Form::parse(parts.query);
    let sender = &Sender { key: sender.key.or(query.get("writeKey")), ..sender.clone() };
    let sent_at = time::parse(body.get("sentAt"));
    let mut messages = Messages::sent_at(sent_at);
    if !body.get("batch").is_null() {
        for message in message::batch("batch", body.get("batch"))? {
            take(&mut messages, sender, &body, message, sent_at);
        }
    } else if body.is_object() {
        take(&mut messages, sender, &body, &body, sent_at);
    } else {
        let detail = format!("must be a message or a batch, not {}", body.kind());
        return Err(vec![Refusal::new("body", "not_an_object", detail)]);
    }
    Ok(messages.finish())
}

fn take(
    messages: &mut Messages,
    sender: &Sender,
    body: &Json,
    message: &Json,
    sent_at: Option<i64>,
) {
    let key = message.get("writeKey").text().or(body.get("writeKey").text()).or(sender.key);
    // Jitsu's keys are `key:secret`, whoever's client carries them.
    let (key, secret) = match key.and_then(|key| key.split_once(':')) {
        Some((key, secret)) => (Some(key), message::secret(Some(secret))),
        None => (key, None),
    };
    let with_secret = secret.map(|secret| Sender { credential: Some(secret), ..sender.clone() });
    let sender = with_secret.as_ref().unwrap_or(sender);
    let site = message::site(sender.protocol, key, "writeKey");
    let known = site.as_ref().ok().cloned();
    let sent_at = time::parse(message.get("sentAt")).or(sent_at);
    let read = site.and_then(|site| hit(site, sender, body, message, sent_at)).map(Some);
    messages.push(read, known.as_ref(), || message.to_string());
}

/// The context of a message over that of its batch, which is meant for all; `None` unless there are both.
fn both_contexts<'j>(message: &'j Json, body: &'j Json) -> Option<Json<'j>> {
    let (own, shared) = (message.get("context"), body.get("context"));
    if !own.is_object() || shared.fields().is_empty() || std::ptr::eq(own, shared) {
        return None;
    }
    let fields = shared.fields().iter().chain(own.fields());
    let fields = fields.map(|(name, value)| (Cow::Borrowed(name.as_ref()), value.borrowed()));
    Some(Json::Object(fields.collect()))
}

fn hit(
    site: SiteKey,
    sender: &Sender,
    body: &Json,
    message: &Json,
    sent_at: Option<i64>,
) -> Result<Hit, Refusal> {
    // The first clients called the type an action.
    let kind = message.any(&["type", "action"]).text().or(sender.default_type).unwrap_or("track");
    let both = both_contexts(message, body);
    let own = message.get("context");
    let context = match &both {
        Some(both) => both,
        None if own.is_null() => body.get("context"),
        None => own,
    };
    let properties = message.get("properties");
    let library = context.get("library").get("name").text().unwrap_or_default().to_lowercase();
    // A queue that waited in a file tells when the file was full, and nothing of the clock.
    let from_file = FROM_FILES.contains(&library.as_str());
    // What another server received once already, and gave out, has its right time.
    let is_replayed = !message.get("receivedAt").is_null();
    let says_clock = |sent: &i64| !is_replayed && (!from_file || *sent > sender.received_at_us);
    let sent_at = sent_at.filter(says_clock);
    let clock = Clock::new(sent_at, sender.received_at_us);
    let at = message.any(&["timestamp", "originalTimestamp", "sentAt"]);
    let place = context.get("page");
    let said = |name: &str| properties.get(name).text().or(place.get(name).text());
    // What a page view says of its page is the page's; of another event it is that event's.
    let about_page = matches!(kind, "page");
    let address = if about_page { said("url") } else { place.get("url").text() };
    let path = if about_page { said("path") } else { place.get("path").text() };
    // Where only a path is said, the page's query stands beside it.
    let search = place.get("search").text().filter(|_| address.is_none());
    let written = path.map(|path| format!("{path}{}", search.unwrap_or_default()));
    let referrer = if about_page { said("referrer") } else { place.get("referrer").text() };
    let campaign = context.get("campaign");
    // Of an app only a web view's program or the system's is one; its library says its own, or `unknown`.
    let is_app = !context.get("device").any(&["id", "type", "model"]).is_null();
    let is_program =
        |agent: &&str| !is_app || agent.starts_with("Mozilla/") || agent.starts_with("Dalvik/");
    let user_agent = context.any(&["userAgent", "user_agent"]).text().filter(is_program);
    let mut hit = Hit {
        credential: sender.credential.clone(),
        id: message::id(message.any(&["messageId", "message_id"])),
        // The address of a page in an app's own files is nobody's, and leaves its path.
        page: address
            .and_then(|address| message::page(address, None))
            .or_else(|| message::page(written.as_deref()?, None)),
        title: if about_page { said("title") } else { place.get("title").text() }.map(Into::into),
        referrer: referrer.or(context.get("referrer").get("url").text()).map(Into::into),
        language: context.get("locale").text().map(Into::into),
        at_us: clock.read("timestamp", at)?,
        identity: Identity {
            anonymous_id: message::id(message.any(&["anonymousId", "anonymous_id"]))
                .or(sender.anonymous_id.map(Into::into)),
            user_id: message::id(message.any(&["userId", "user_id"])),
        },
        consent: consent(context),
        visitor: message::visitor(sender.browser, context.get("ip").scalar(), user_agent),
        // A server may tell of a device as well.
        is_own_device: is_app
            && (message.get("channel").text() == Some("mobile")
                || OF_APPS.iter().any(|word| library.contains(word))),
        key_is_token: !sender.browser,
        ..Hit::new(site, "")
    };
    let parameters = [
        ("utm_source", "source"),
        ("utm_medium", "medium"),
        ("utm_campaign", "name"),
        ("utm_term", "term"),
        ("utm_content", "content"),
        ("utm_id", "id"),
        ("utm_source_platform", "source_platform"),
        ("utm_creative_format", "creative_format"),
        ("utm_marketing_tactic", "marketing_tactic"),
    ];
    add_campaign(
        &mut hit,
        parameters.into_iter().map(|(to, from)| (to, campaign.get(from).scalar())),
    );
    match kind {
        "page" | "screen" => view(hit, kind, message, properties),
        "identify" => message::identify(hit, &[message.get("traits"), context.get("traits")]),
        "group" => {
            let group_id = message::id(message.any(&["groupId", "group_id"])).ok_or_else(|| {
                Refusal::new("groupId", "missing", "is missing; a group needs its id")
            })?;
            message::group(hit, &group_id, None, &[message.get("traits")])
        }
        "alias" => {
            let previous =
                message::id(message.any(&["previousId", "previous_id"])).ok_or_else(|| {
                    Refusal::new(
                        "previousId",
                        "missing",
                        "is missing; an alias needs the id before",
                    )
                })?;
            Ok(message::alias(hit, &previous))
        }
        "track" => {
            let name = message.get("event").text().ok_or_else(|| {
                Refusal::new("event", "missing", "is missing; it must be the event's name")
            })?;
            describe(&mut hit, name, properties, Money::Revenue, |_| true)?;
            Ok(hit)
        }
        other => {
            let detail = format!(
                "is `{}`; it must be track, page, screen, identify, group or alias",
                crate::page::clean(other, 40)
            );
            Err(Refusal::new("type", "unknown_type", detail))
        }
    }
}

fn view(mut hit: Hit, kind: &str, message: &Json, properties: &Json) -> Result<Hit, Refusal> {
    let name = message.get("name").text().or(properties.get("name").text());
    // RudderStack's apps may call a screen's name its event.
    let name = name.or(message.get("event").text().filter(|_| kind == "screen"));
    let category = message.get("category").text();
    let mut props = super::props::Props::default();
    props.put_text("name", name.unwrap_or_default());
    props.put_text("category", category.unwrap_or_default());
    let of_page = ["url", "path", "title", "referrer", "search", "name"];
    props.add(properties, |name| !of_page.contains(&name));
    hit.props = props.finish()?;
    hit.name = PAGEVIEW.into();
    // Either is enough for the clients.
    let place = name.or(category).or(properties.get("category").text());
    let somewhere = hit.page.as_ref().is_some_and(|page| !page.pathname.is_empty());
    if (kind == "screen" || !somewhere)
        && let Some(place) = place
    {
        let query = hit.page.take().map(|page| page.query).unwrap_or_default();
        hit.page = Some(crate::page::Page { query, ..message::screen(place) });
    }
    if hit.page.as_ref().is_some_and(|page| page.pathname.is_empty()) {
        hit.page = None;
    }
    hit.title = hit.title.or(name.map(Into::into));
    Ok(hit)
}

/// `context.consent.categoryPreferences` of Segment and the allowed and denied ids of RudderStack's
/// `context.consentManagement`, by what teams call the categories.
fn consent(context: &Json) -> Option<Consent> {
    let mut consent = Consent::default();
    let mut say = |name: &str, agreed: bool| {
        let name = name.to_lowercase();
        let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if is(&["analytic", "performance", "statistic", "measurement", "c0002"]) {
            consent.analytics = Some(agreed);
        } else if is(&["advertis", "marketing", "targeting", "c0004"]) {
            consent.advertising = Some(agreed);
        }
    };
    for (name, value) in context.get("consent").get("categoryPreferences").fields() {
        if let Json::Bool(agreed) = value {
            say(name, *agreed);
        }
    }
    let managed = context.get("consentManagement");
    for (list, agreed) in [("allowedConsentIds", true), ("deniedConsentIds", false)] {
        for id in managed.get(list).elements() {
            say(id.text().unwrap_or_default(), agreed);
        }
    }
    consent.said()
}

/// What the clients take for success, and the settings that the browser asks for first.
pub(crate) fn reply(parts: &Parts, _outcome: &Outcome) -> Reply {
    if is_picture(parts) {
        return Reply::gif();
    }
    let asked = parts.path.strip_prefix("/v1/projects/").and_then(|rest| rest.split('/').next());
    let Some(key) = asked.filter(|_| parts.method == "GET") else {
        return Reply::json(200, &json!({"success": true}));
    };
    let mut integration = json!({
        "apiKey": key, "unbundledIntegrations": [], "addBundledMetadata": true,
        "maybeBundledConfigIds": {},
    });
    // Where only the host of the settings was re-pointed, events come here too.
    if let Some(host) = parts.header("host") {
        integration["apiHost"] = format!("{host}/v1").into();
    }
    let enabled = json!({"__default": {"enabled": true, "integrations": {}}});
    let settings = json!({
        // The library of Customer.io's pipelines looks for its own name.
        "integrations": {"Segment.io": integration, "Customer.io Data Pipelines": integration},
        "plan": {"track": enabled, "identify": enabled, "group": enabled},
        "edgeFunction": {}, "analyticsNextEnabled": true, "middlewareSettings": {},
        "enabledMiddleware": {}, "metrics": {"sampleRate": 0}, "legacyVideoPluginsEnabled": false,
        "remotePlugins": [],
    });
    Reply::json(200, &settings)
}
