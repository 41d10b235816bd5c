//! Hits as lines of text, to be read and compared.

use luotsi_marketing::collect::{Outcome, Parts, Reading, detect, read, reply};
use luotsi_marketing::event::PAGEVIEW;
use luotsi_marketing::hit::{Hit, Kind, Refusal};
use luotsi_marketing::items;

/// What a client sent, owned.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) received_at_us: i64,
}

impl Sent {
    /// Lends the request to `with` as parts.
    pub(crate) fn with_parts<T>(&self, with: impl FnOnce(&Parts) -> T) -> T {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        with(&Parts {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
            body: &self.body,
            received_at_us: self.received_at_us,
        })
    }

    /// The protocol's word and what was read.
    pub(crate) fn read(&self) -> Option<(&'static str, Result<Reading, Vec<Refusal>>)> {
        self.with_parts(|parts| {
            let protocol = detect(parts)?;
            Some((protocol.as_str(), read(protocol, parts)))
        })
    }

    /// Status and body of the reply when everything was taken.
    pub(crate) fn reply(&self) -> Option<(u16, String)> {
        self.with_parts(|parts| {
            let protocol = detect(parts)?;
            let reading = read(protocol, parts).unwrap_or_default();
            let accepted = reading.messages.iter().filter(|message| message.is_ok()).count();
            let refused = reading.messages.len() - accepted;
            let outcome = Outcome { accepted, refused, bot: false, visitor_id: Some(7) };
            let reply = reply(protocol, parts, &outcome);
            let body = match reply.content_type {
                "image/gif" => format!("gif of {} bytes", reply.body.len()),
                _ => String::from_utf8(reply.body).unwrap(),
            };
            Some((reply.status, body))
        })
    }
}

/// Everything that a hit says, in one line.
pub(crate) fn line(hit: &Hit) -> String {
    let mut parts = vec![hit.name.clone(), format!("site={}:{}", hit.site.protocol, hit.site.key)];
    let mut say = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            parts.push(format!("{name}={value}"));
        }
    };
    if let Some(page) = &hit.page {
        let query: Vec<String> =
            page.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let page = format!("{}{}{mark}{}", page.hostname, page.pathname, query.join("&"));
        say("page", Some(&page));
    }
    say("title", hit.title.as_deref());
    say("referrer", hit.referrer.as_deref());
    say("language", hit.language.as_deref());
    say("anonymous", hit.identity.anonymous_id.as_deref());
    say("user", hit.identity.user_id.as_deref());
    match &hit.kind {
        Kind::Event | Kind::Identify => {}
        Kind::Alias { previous_id } => say("previous", Some(previous_id)),
        Kind::Group { group_id } => say("group", Some(group_id)),
    }
    say("id", hit.id.as_deref());
    let at = hit.at_us.map(|at_us| jiff::Timestamp::from_microsecond(at_us).unwrap().to_string());
    say("at", at.as_deref());
    say("order", hit.transaction_id.as_deref());
    let revenue = hit.revenue.map(|it| format!("{} {}", it.minor_units, it.currency));
    say("revenue", revenue.as_deref());
    let amount = hit.amount.map(|amount| amount.to_string());
    say("amount", amount.as_deref());
    say("items", items::to_json(&hit.items).as_deref());
    say("scroll", hit.scroll_depth.map(|it| it.to_string()).as_deref());
    say("engaged_ms", hit.engagement_ms.map(|it| it.to_string()).as_deref());
    let props: Vec<String> =
        hit.props.iter().map(|(name, value)| format!("{name}={value}")).collect();
    say("props", Some(props.join("; ")).as_deref().filter(|props| !props.is_empty()));
    if let Some(visitor) = &hit.visitor {
        let ip = visitor.ip.map(|ip| ip.to_string()).unwrap_or_default();
        say(
            "reported",
            Some(&format!("{ip} {}", visitor.user_agent.as_deref().unwrap_or_default())),
        );
    }
    if let Some(told) = &hit.told {
        let (client, place) = (&told.client, &told.place);
        let all = [
            &client.device,
            &client.browser,
            &client.browser_version,
            &client.os,
            &client.os_version,
            &place.country,
            &place.region,
            &place.city,
        ];
        let all: Vec<_> = all.into_iter().map(|text| text.as_deref().unwrap_or("-")).collect();
        say("told", Some(&all.join(" ")));
    }
    if let Some(consent) = hit.consent {
        let word = |said: Option<bool>| said.map_or("?", |yes| if yes { "yes" } else { "no" });
        let (analytics, advertising) = (word(consent.analytics), word(consent.advertising));
        say("consent", Some(&format!("analytics {analytics}, advertising {advertising}")));
    }
    say("credential", hit.credential.as_ref().map(luotsi_marketing::hit::Credential::text));
    let flags = [
        (!hit.interactive, "quiet"),
        (hit.is_driven, "driven"),
        (hit.is_own_device, "own_device"),
        (hit.needs_token, "needs_token"),
        (hit.key_is_token, "key_is_token"),
    ];
    parts.extend(flags.into_iter().filter(|(on, _)| *on).map(|(_, word)| word.to_owned()));
    parts.join(" | ")
}

/// Whether a hit is a view of a path that ends so.
pub(crate) fn is_view_of(hit: &Hit, path: &str) -> bool {
    hit.name == PAGEVIEW && hit.page.as_ref().is_some_and(|page| page.pathname.ends_with(path))
}
