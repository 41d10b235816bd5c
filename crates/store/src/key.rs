//! The keys by which clients of every protocol name a site.

pub use luotsi_marketing::protocol::{Protocol, UnknownProtocol};
use uuid::Uuid;

use crate::secret::{ALPHANUMERIC, CAPITALS, HEX, random};

/// One key of a site. A site is born with one for each protocol, and people add more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteKey {
    pub site_id: String,
    pub protocol: Protocol,
    /// What clients send in the open.
    pub key: String,
    /// What only servers send, where the protocol has such a thing.
    pub secret: Option<String>,
    /// When it was added; `None` for the one that the site is born with.
    pub added_at: Option<jiff::Timestamp>,
    /// Whether a server that holds it may tell of times long past.
    pub history: bool,
}

/// A new key of the shape that the protocol's clients expect, and a secret where it has one.
pub(crate) fn new_key(protocol: Protocol, number: i64, domain: &str) -> (String, Option<String>) {
    let uuid = || Uuid::from_u128(rand::random());
    let uuid = || uuid::Builder::from_random_bytes(uuid().into_bytes()).into_uuid().to_string();
    match protocol {
        Protocol::Luotsi => (format!("lts-{}", random(HEX, 24)), None),
        Protocol::Plausible => (domain.to_owned(), None),
        Protocol::Umami => (uuid(), None),
        Protocol::Matomo => (number.to_string(), None),
        Protocol::Ga4 => (format!("G-{}", random(CAPITALS, 10)), Some(random(ALPHANUMERIC, 22))),
        Protocol::Segment => (random(ALPHANUMERIC, 32), None),
        Protocol::Rudderstack => (random(ALPHANUMERIC, 27), None),
        Protocol::Jitsu => (random(ALPHANUMERIC, 32), Some(random(ALPHANUMERIC, 32))),
        Protocol::Posthog => (format!("phc_{}", random(ALPHANUMERIC, 43)), None),
        Protocol::Mixpanel | Protocol::Amplitude => (random(HEX, 32), None),
        Protocol::Snowplow => (format!("luotsi-{number}"), None),
        Protocol::Openpanel => (uuid(), Some(format!("sec_{}", random(HEX, 20)))),
        Protocol::Rybbit => (random(HEX, 12), None),
        Protocol::Growthbook => (format!("sdk-{}", random(ALPHANUMERIC, 16)), None),
        Protocol::Goatcounter => (random(HEX, 40), None),
        Protocol::Countly => (random(HEX, 40), None),
        Protocol::Customerio => (random(HEX, 20), Some(random(HEX, 20))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_shape_that_their_clients_expect() {
        let key = |protocol: Protocol| new_key(protocol, 7, "shop.example");
        assert_eq!(key(Protocol::Plausible), ("shop.example".into(), None));
        assert_eq!(key(Protocol::Matomo), ("7".into(), None));
        let umami = Uuid::parse_str(&key(Protocol::Umami).0).expect("a UUID");
        assert_eq!(umami.get_version_num(), 4);
        let (ga4, secret) = key(Protocol::Ga4);
        assert!(ga4.starts_with("G-") && ga4.len() == 12 && ga4 == ga4.to_uppercase(), "{ga4}");
        assert_eq!(secret.map(|text| text.len()), Some(22));
        assert_eq!(key(Protocol::Segment).0.len(), 32);
        assert!(key(Protocol::Posthog).0.starts_with("phc_"));
        let mixpanel = key(Protocol::Mixpanel).0;
        assert!(
            mixpanel.len() == 32 && mixpanel.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{mixpanel}"
        );
    }
}
