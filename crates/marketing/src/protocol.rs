//! The protocols that clients speak.

use std::fmt;
use std::str::FromStr;

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

    /// Whether its clients in browsers begin a visit without an id of the visitor and may name one
    /// later: on consent, or on signing in.
    pub fn begins_without_id(self) -> bool {
        matches!(
            self,
            Protocol::Luotsi
                | Protocol::Plausible
                | Protocol::Umami
                | Protocol::Matomo
                | Protocol::Ga4
                | Protocol::Openpanel
                | Protocol::Rybbit
                | Protocol::Growthbook
                | Protocol::Goatcounter
        )
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
    fn every_protocol_is_read_back_from_its_word() {
        for protocol in Protocol::ALL {
            assert_eq!(protocol.as_str().parse(), Ok(protocol));
        }
    }
}
