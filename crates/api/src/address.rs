//! The address a request really comes from.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use luotsi_marketing::counting::{Network, NetworkError};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies that are believed when they say for whom they ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedProxies {
    /// This machine and private networks.
    private: bool,
    networks: Vec<Network>,
}

impl Default for TrustedProxies {
    fn default() -> Self {
        Self { private: true, networks: Vec::new() }
    }
}

impl TrustedProxies {
    /// Reads networks in CIDR notation; `private` stands for this machine and private networks.
    ///
    /// # Errors
    /// The first word that is neither.
    pub fn read(words: &[String]) -> Result<Self, NetworkError> {
        let (private, networks): (Vec<&str>, Vec<&str>) =
            words.iter().map(|word| word.trim()).partition(|word| *word == "private");
        let networks = networks.into_iter().map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { private: !private.is_empty(), networks })
    }

    fn holds(&self, ip: IpAddr) -> bool {
        (self.private && is_private(ip)) || self.networks.iter().any(|known| known.contains(ip))
    }
}

/// The client's address. `X-Forwarded-For` counts only when a trusted proxy sent it, and then its last
/// entry that is no trusted proxy's: that one a trusted proxy wrote itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    /// The address that the listening socket found out; without one, as behind a proxy of the usual kind.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        if let Some(found) = parts.extensions.get::<Self>() {
            return Ok(*found);
        }
        let peer = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Ok(Self(client_address(peer, &parts.headers, &TrustedProxies::default())))
    }
}

/// For whom a request is made that came from `peer`. No header makes somebody a program on this machine,
/// which may do more than others: of whom only that is said nothing is known (`0.0.0.0`).
pub(crate) fn client_address(
    peer: IpAddr,
    headers: &HeaderMap,
    trusted: &TrustedProxies,
) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.holds(peer) {
        return peer;
    }
    let values = headers.get_all(FORWARDED_FOR).iter();
    let entries: Vec<&str> =
        values.flat_map(|value| value.to_str().unwrap_or_default().split(',')).collect();
    let mut client = None;
    // From the nearest hop to the farthest: each entry was written by the hop before it.
    for entry in entries.iter().rev() {
        let Some(ip) = parse_entry(entry.trim()) else { break };
        let said = if ip.is_loopback() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { ip };
        if !trusted.holds(ip) {
            return said;
        }
        if client.is_none() || !ip.is_loopback() {
            client = Some(said);
        }
    }
    client.unwrap_or(peer)
}

/// An address, with or without a port: `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]:80`.
fn parse_entry(entry: &str) -> Option<IpAddr> {
    let ip = entry
        .parse::<IpAddr>()
        .ok()
        .or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()));
    ip.map(|ip| ip.to_canonical())
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        client_address(peer.parse().unwrap(), &headers, &TrustedProxies::default()).to_string()
    }

    #[test]
    fn behind_a_network_of_edges_and_a_proxy_here_each_visitor_has_an_address() {
        let words = ["private", "198.51.100.0/24", "2001:db8:ed::/48"].map(str::to_owned);
        let trusted = TrustedProxies::read(&words).unwrap();
        let seen = |peer: &str, forwarded: &'static str| {
            let headers = HeaderMap::from_iter([(FORWARDED_FOR, forwarded.parse().unwrap())]);
            client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
        };
        assert_eq!(seen("127.0.0.1", "203.0.113.5, 198.51.100.7"), "203.0.113.5");
        assert_eq!(seen("127.0.0.1", "1.1.1.1, 203.0.113.5, 2001:db8:ed::1"), "203.0.113.5");
        assert_eq!(seen("198.51.100.7", "203.0.113.5"), "203.0.113.5");
        assert_eq!(seen("192.0.2.9", "203.0.113.5"), "192.0.2.9");
        let own = TrustedProxies::read(&["198.51.100.0/24".to_owned()]).unwrap();
        let headers = HeaderMap::from_iter([(FORWARDED_FOR, "203.0.113.5".parse().unwrap())]);
        let address = client_address("10.0.0.1".parse().unwrap(), &headers, &own);
        assert_eq!(address.to_string(), "10.0.0.1", "the setting takes the default's place");
        assert!(TrustedProxies::read(&["198.51.100.0/99".to_owned()]).is_err());
    }

    #[test]
    fn no_header_makes_somebody_a_program_on_this_machine() {
        for claimed in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.0.0.1, 127.0.0.2"] {
            assert_eq!(seen("127.0.0.1", &[claimed]), "0.0.0.0", "{claimed}");
            assert_eq!(seen("10.0.0.2", &[claimed]), "0.0.0.0", "{claimed}");
        }
        assert_eq!(seen("127.0.0.1", &["127.0.0.1, 10.0.0.5"]), "10.0.0.5");
        assert_eq!(seen("127.0.0.1", &["127.0.0.1, 203.0.113.5"]), "203.0.113.5");
        // Behind what a proxy could not tell, nothing is believed.
        assert_eq!(seen("127.0.0.1", &["203.0.113.5, unknown, 10.0.0.5"]), "10.0.0.5");
    }

    #[test]
    fn a_stranger_cannot_claim_another_address() {
        assert_eq!(seen("198.51.100.9", &["192.0.2.1"]), "198.51.100.9");
    }

    #[test]
    fn a_proxy_on_this_machine_tells_the_clients_address() {
        assert_eq!(seen("127.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(seen("10.0.0.2", &["203.0.113.5:4711"]), "203.0.113.5");
        assert_eq!(seen("::1", &["2001:db8::7"]), "2001:db8::7");
    }

    #[test]
    fn what_the_client_itself_put_into_the_header_does_not_count() {
        assert_eq!(seen("127.0.0.1", &["1.1.1.1, 203.0.113.5, 10.0.0.3"]), "203.0.113.5");
        assert_eq!(seen("127.0.0.1", &["1.1.1.1", "203.0.113.5"]), "203.0.113.5");
    }

    #[test]
    fn without_a_proxy_the_peer_counts() {
        assert_eq!(seen("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &["unknown"]), "127.0.0.1");
    }
}
