//! The keys by which clients of every protocol name a site.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::secret::{ALPHANUMERIC, CAPITALS, HEX, random};

/// A protocol that clients speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    Luotsi,
    Plausible,
    Umami,
    Matomo,
    Ga4,
    Segment,
    Rudderstack,
    Jitsu,
    Posthog,
    Mixpanel,
    Amplitude,
    Snowplow,
    Openpanel,
    Rybbit,
    Growthbook,
    Goatcounter,
    Countly,
    Customerio,
}

/// A word that names no protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a protocol")]
pub struct UnknownProtocol(pub String);

/// One key of a site. A site has one for each protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteKey {
    pub site_id: String,
    pub protocol: Protocol,
    /// What clients send in the open.
    pub key: String,
    /// What only servers send, where the protocol has such a thing.
    pub secret: Option<String>,
}

impl Protocol {
    pub const ALL: [Protocol; 18] = [
        Protocol::Luotsi,
        Protocol::Plausible,
        Protocol::Umami,
        Protocol::Matomo,
        Protocol::Ga4,
        Protocol::Segment,
        Protocol::Rudderstack,
        Protocol::Jitsu,
        Protocol::Posthog,
        Protocol::Mixpanel,
        Protocol::Amplitude,
        Protocol::Snowplow,
        Protocol::Openpanel,
        Protocol::Rybbit,
        Protocol::Growthbook,
        Protocol::Goatcounter,
        Protocol::Countly,
        Protocol::Customerio,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Luotsi => "luotsi",
            Protocol::Plausible => "plausible",
            Protocol::Umami => "umami",
            Protocol::Matomo => "matomo",
            Protocol::Ga4 => "ga4",
            Protocol::Segment => "segment",
            Protocol::Rudderstack => "rudderstack",
            Protocol::Jitsu => "jitsu",
            Protocol::Posthog => "posthog",
            Protocol::Mixpanel => "mixpanel",
            Protocol::Amplitude => "amplitude",
            Protocol::Snowplow => "snowplow",
            Protocol::Openpanel => "openpanel",
            Protocol::Rybbit => "rybbit",
            Protocol::Growthbook => "growthbook",
            Protocol::Goatcounter => "goatcounter",
            Protocol::Countly => "countly",
            Protocol::Customerio => "customerio",
        }
    }

    /// A new key of the shape that the protocol's clients expect, and a secret where it has one.
    pub(crate) fn new_key(self, number: i64, domain: &str) -> (String, Option<String>) {
        let uuid = || Uuid::from_u128(rand::random());
        let uuid = || uuid::Builder::from_random_bytes(uuid().into_bytes()).into_uuid().to_string();
        match self {
            Protocol::Luotsi => (format!("lts-{}", random(HEX, 24)), None),
            Protocol::Plausible => (domain.to_owned(), None),
            Protocol::Umami => (uuid(), None),
            Protocol::Matomo => (number.to_string(), None),
            Protocol::Ga4 => {
                (format!("G-{}", random(CAPITALS, 10)), Some(random(ALPHANUMERIC, 22)))
            }
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
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Protocol {
    type Err = UnknownProtocol;

    fn from_str(word: &str) -> Result<Protocol, UnknownProtocol> {
        Protocol::ALL
            .into_iter()
            .find(|protocol| protocol.as_str() == word)
            .ok_or_else(|| UnknownProtocol(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_shape_that_their_clients_expect() {
        let key = |protocol: Protocol| protocol.new_key(7, "shop.example");
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

    #[test]
    fn every_protocol_is_read_back_from_its_word() {
        for protocol in Protocol::ALL {
            assert_eq!(protocol.as_str().parse(), Ok(protocol));
        }
    }
}
