//! From what a client reports to an event: visitor, source, device, place and whether it is a bot.

use std::net::IpAddr;
use std::sync::Arc;

use crate::bot::{Headers, headers_are_odd, purpose_reason};
use crate::counting::{Circumstances, Lists, Recognition, Rules};
use crate::event::{Acquisition, BotReason, Client, Event, Place};
use crate::hit::Hit;
use crate::items;
use crate::page::Page;
use crate::source;
use crate::visitor::{self, Salt, cookieless_id, event_id};

/// What the request tells beside its body.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Address of the visitor.
    pub ip: IpAddr,
    pub user_agent: &'a str,
    /// `Sec-Purpose` or an older header of that meaning; empty when absent.
    pub purpose: &'a str,
    /// Microseconds UTC.
    pub received_at_us: i64,
    /// Headers that browsers send; `None` where nothing is known of them.
    pub headers: Option<Headers<'a>>,
}

/// What the server looked up for the hit.
#[derive(Debug, Clone)]
pub struct Lookup<'a> {
    pub site_number: i32,
    pub site_domain: &'a str,
    /// Today's salt.
    pub salt: &'a Salt,
    /// Yesterday's, while it is kept: visits that began under it go on.
    pub previous_salt: Option<&'a Salt>,
    pub client: Arc<Client>,
    /// `bot::program_reason` of the visitor's user agent.
    pub program: Option<BotReason>,
    pub place: Arc<Place>,
    /// `source::of_hit`, by the site's rules.
    pub acquisition: Arc<Acquisition>,
    /// How the site counts.
    pub rules: &'a Rules,
    /// What the operator knows of all sites' visitors.
    pub lists: Option<&'a Lists>,
    /// The event's id where the client gave none.
    pub random_id: i64,
}

/// Makes the event of a hit.
pub fn enrich(hit: Hit, request: &Request, lookup: Lookup) -> Event {
    let address = hit.address(request.ip);
    let reported = hit.visitor.as_ref();
    let user_agent =
        reported.and_then(|visitor| visitor.user_agent.as_deref()).unwrap_or(request.user_agent);
    let ip = address.unwrap_or(request.ip);
    let cookieless = |salt| cookieless_id(salt, lookup.site_number, ip, user_agent);
    let trusted = hit.visitor.is_some() || hit.key_is_token;
    let identity = lookup.rules.identity(hit.identity, hit.consent, trusted);
    let who = visitor::recognise(lookup.site_number, &identity, hit.consent);
    // Where ids need a consent, what came before it came without one, whatever the client.
    let may_begin_without_id = hit.site.protocol.begins_without_id()
        || lookup.rules.recognition == Recognition::WithConsent;
    // A server that names only the person has an address of its own.
    let is_of_browser = hit.visitor.is_none() && (!trusted || identity.anonymous_id.is_some());
    let begins_without_id = is_of_browser && may_begin_without_id;
    let (visitor_id, previous_visitor_id) = match who.visitor_id {
        // A visit that began without an id goes on when the visitor gets one.
        Some(id) if begins_without_id => (id, Some(cookieless(lookup.salt))),
        Some(id) => (id, None),
        None => (cookieless(lookup.salt), lookup.previous_salt.map(cookieless)),
    };
    let named_id = who.visitor_id.filter(|_| begins_without_id && identity.anonymous_id.is_some());
    let earlier_visitor_id = named_id.and(lookup.previous_salt).map(cookieless);
    let page = hit.page.unwrap_or_else(Page::nowhere);
    let props = with_tags_as_sent(without_addresses(hit.props), &page);
    let referrer_host = hit.referrer.as_deref().and_then(source::referring_host);
    let circumstances = Circumstances {
        ip: address,
        hostname: &page.hostname,
        referrer_host: referrer_host.as_deref(),
        odd_headers: reported.is_none()
            && request.headers.is_some_and(|headers| headers_are_odd(&headers, user_agent)),
        unknown_browser: lookup.client.browser.is_none(),
        lists: lookup.lists,
    };
    // A server that reports for its visitors is a program itself: only what it says of them counts.
    let by_program = match reported {
        Some(visitor) if visitor.user_agent.is_none() => None,
        _ => lookup.program.or_else(|| purpose_reason(request.purpose)),
    };
    let (client, place) = match hit.told {
        Some(told) => told.over(lookup.client, lookup.place),
        None => (lookup.client, lookup.place),
    };
    let driven = hit.is_driven.then_some(BotReason::Headless);
    let bot_reason = by_program.or(driven).or_else(|| lookup.rules.reason(&circumstances));
    Event {
        site_number: lookup.site_number,
        visitor_id,
        previous_visitor_id,
        named_id,
        earlier_visitor_id,
        event_id: hit.id.as_deref().map_or(lookup.random_id, |id| event_id(lookup.site_number, id)),
        at_us: hit.at_us.unwrap_or(request.received_at_us),
        name: hit.name,
        // A path on no host is a path of the site.
        hostname: if page.hostname.is_empty() && !page.pathname.is_empty() {
            lookup.site_domain.to_owned()
        } else {
            page.hostname
        },
        pathname: lookup.rules.path(page.pathname),
        props,
        revenue: hit.revenue,
        transaction_id: hit.transaction_id,
        interactive: hit.interactive,
        scroll_depth: hit.scroll_depth,
        engagement_ms: hit.engagement_ms,
        acquisition: lookup.acquisition,
        client,
        place,
        bot_reason,
        person_id: who.person_id,
        items: items::to_json(&hit.items),
        protocol: Some(hit.site.protocol),
        title: hit.title,
    }
}

/// Properties with the campaign tags that were sent otherwise than they are grouped, each once: what the
/// client itself called so stays.
fn with_tags_as_sent(mut props: Vec<(String, String)>, page: &Page) -> Vec<(String, String)> {
    let mut tags = source::raw_tags(page);
    tags.retain(|(name, _)| props.iter().all(|(known, _)| known != name));
    if !tags.is_empty() {
        props.extend(tags);
        props.sort_unstable();
    }
    props
}

/// Properties without those that are a visitor's address: no address is kept, whoever sends it.
fn without_addresses(mut props: Vec<(String, String)>) -> Vec<(String, String)> {
    props.retain(|(name, value)| !(is_of_address(name) && value.parse::<IpAddr>().is_ok()));
    props
}

/// Whether a property of this name may be an address: `ip`, `context.ip`, `$ip`, `ipAddress`, `remote_addr`.
fn is_of_address(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name).as_bytes();
    let ends = |end: &[u8]| {
        last.len() >= end.len() && last[last.len() - end.len()..].eq_ignore_ascii_case(end)
    };
    ends(b"ip") || ends(b"address") || ends(b"addr")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::collect::plausible::{Trust, read};
    use crate::counting::default_rules;

    fn event(body: &serde_json::Value, user_agent: &str) -> Event {
        let hit = read(body, Trust::Token).unwrap().remove(0);
        let request = Request {
            ip: "192.0.2.1".parse().unwrap(),
            user_agent,
            purpose: "",
            received_at_us: 5,
            headers: None,
        };
        let lookup = Lookup {
            site_number: 1,
            site_domain: "a.example",
            salt: &[1; 16],
            previous_salt: Some(&[2; 16]),
            client: Arc::default(),
            program: crate::bot::program_reason(user_agent),
            place: Arc::default(),
            acquisition: Arc::new(source::of_hit(default_rules(), &hit, "a.example")),
            rules: default_rules(),
            lists: None,
            random_id: 42,
        };
        enrich(hit, &request, lookup)
    }

    #[test]
    fn a_retry_names_the_same_event() {
        let body =
            json!({"n": "pageview", "u": "https://a.example/", "d": "a.example", "id": "7f"});
        assert_eq!(
            event(&body, "Mozilla/5.0 (X11; rv:144.0) Gecko/20100101 Firefox/144.0").event_id,
            event(&body, "Mozilla/5.0 (X11; rv:144.0) Gecko/20100101 Firefox/144.0").event_id
        );
        let unnamed = json!({"n": "pageview", "u": "https://a.example/", "d": "a.example"});
        assert_eq!(
            event(&unnamed, "Mozilla/5.0 (X11; rv:144.0) Gecko/20100101 Firefox/144.0").event_id,
            42
        );
    }

    #[test]
    fn an_address_among_the_properties_is_not_kept() {
        let props = json!({"ip": "203.0.113.7", "clientIp": "2001:db8::1", "remote_addr": "::1",
            "version": "142.0.0.0", "ip_kind": "203.0.113.7", "address": "Main street", "trip": "5"});
        let body =
            json!({"n": "a", "u": "https://a.example/", "d": "a.example", "p": props, "id": "7f"});
        let kept = event(&body, "Mozilla/5.0 (X11; rv:144.0) Gecko/20100101 Firefox/144.0").props;
        let names: Vec<&str> = kept.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["address", "ip_kind", "trip", "version"]);
    }

    #[test]
    fn a_campaign_tag_is_kept_as_it_was_sent_beside_how_it_is_grouped() {
        const BROWSER: &str = "Mozilla/5.0 (X11; rv:144.0) Gecko/20100101 Firefox/144.0";
        let of = |query: &str, props: serde_json::Value| {
            let url = format!("https://a.example/?{query}");
            event(&json!({"n": "pageview", "u": url, "d": "a.example", "p": props}), BROWSER)
        };
        let kept =
            of("utm_source=News&utm_campaign=Spring+Sale", json!({"plan": "team", "z": "1"}));
        assert_eq!(kept.acquisition.utm_campaign.as_deref(), Some("spring sale"));
        assert_eq!(
            kept.props,
            [
                ("plan", "team"),
                ("utm_campaign_raw", "Spring Sale"),
                ("utm_source_raw", "News"),
                ("z", "1")
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        assert_eq!(of("utm_source=news&utm_campaign=spring", json!({})).props, []);
        let own = of("utm_campaign=Spring", json!({"utm_campaign_raw": "own"})).props;
        assert_eq!(own, [("utm_campaign_raw".to_owned(), "own".to_owned())]);
    }

    #[test]
    fn what_a_client_tells_of_its_device_comes_before_what_was_looked_up() {
        let text = |text: &str| Some(text.to_owned());
        let looked_up = Client { device: text("Desktop"), os: text("Linux"), ..Client::default() };
        let finland = Arc::new(Place { country: text("FI"), ..Place::default() });
        let client = Client { device: text("Mobile"), ..Client::default() };
        let told = crate::hit::Told { client, place: Place::default() };
        let (client, place) = told.over(Arc::new(looked_up.clone()), Arc::clone(&finland));
        assert_eq!(
            (client.device.as_deref(), client.os.as_deref()),
            (Some("Mobile"), Some("Linux"))
        );
        assert_eq!(place, finland);
        let sweden = Place { country: text("SE"), ..Place::default() };
        let told = crate::hit::Told { client: Client::default(), place: sweden.clone() };
        let (client, place) = told.over(Arc::new(looked_up.clone()), finland);
        assert_eq!((&*client, &*place), (&looked_up, &sweden));
    }

    #[test]
    fn an_address_is_the_senders_where_the_visitor_sends() {
        let sender: IpAddr = "192.0.2.1".parse().unwrap();
        let reported = |ip: Option<&str>| {
            let ip = ip.map(|ip| ip.parse().unwrap());
            Some(crate::hit::ReportedVisitor { ip, user_agent: None })
        };
        let site = crate::hit::SiteKey::new(crate::protocol::Protocol::Segment, "k");
        let browser = Hit::new(site, "a");
        let server = Hit { visitor: reported(None), ..browser.clone() };
        let app = Hit { is_own_device: true, ..server.clone() };
        let told = Hit { visitor: reported(Some("203.0.113.7")), ..app.clone() };
        let addresses = [browser, server, app, told].map(|hit| hit.address(sender));
        let other = Some("203.0.113.7".parse().unwrap());
        assert_eq!(addresses, [Some(sender), None, Some(sender), other]);
    }

    #[test]
    fn a_server_reports_for_its_visitor_and_not_for_itself() {
        let body = json!({"n": "Order", "u": "https://a.example/", "d": "a.example", "visitor_id": "customer-9"});
        let one = event(&body, "python-requests/2.32");
        assert_eq!(one.bot_reason, None);
        assert_eq!(one.visitor_id, event(&body, "Go-http-client/2.0").visitor_id);
    }
}
