//! Where webhooks may go: addresses of the internet, not of the operator's own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Which addresses may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// Whether this machine and private networks may be called, and without TLS. For receivers that the operator
    /// runs; anyone who may add webhooks can then reach what the server can.
    pub private: bool,
}

/// Why an address is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("this is not an address: give https://HOST/PATH")]
    NotAUrl,
    #[error("an address has at most {LONGEST} characters")]
    TooLong,
    #[error("the address must begin with https://")]
    NotHttps,
    #[error("leave name and password out of the address")]
    Credentials,
    #[error(
        "{0} is an address of this machine or a private network, which the operator does not allow"
    )]
    Private(IpAddr),
}

impl AddressError {
    pub fn code(&self) -> &'static str {
        match self {
            AddressError::NotAUrl => "not_a_url",
            AddressError::TooLong => "too_long",
            AddressError::NotHttps => "not_https",
            AddressError::Credentials => "credentials_in_url",
            AddressError::Private(_) => "private_address",
        }
    }
}

const LONGEST: usize = 2_000;

impl Reach {
    /// Reads a webhook's address. A host name is looked up, and looked at again, at each call.
    pub fn check(self, text: &str) -> Result<Url, AddressError> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(AddressError::TooLong);
        }
        let mut url = Url::parse(text).map_err(|_| AddressError::NotAUrl)?;
        match url.scheme() {
            "https" => {}
            "http" if self.private => {}
            "http" => return Err(AddressError::NotHttps),
            _ => return Err(AddressError::NotAUrl),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(name)) if !name.is_empty() => None,
            _ => return Err(AddressError::NotAUrl),
        };
        if let Some(address) = address.filter(|address| !self.allows(*address)) {
            return Err(AddressError::Private(address));
        }
        url.set_fragment(None);
        Ok(url)
    }

    /// Whether an address may be called.
    ///
    /// Link-local addresses never may: clouds keep their machines' credentials there.
    pub fn allows(self, address: IpAddr) -> bool {
        match kind(address) {
            Kind::Public => true,
            Kind::Own => self.private,
            Kind::Never => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Public,
    /// This machine or a private network.
    Own,
    /// Nothing answers there that a webhook could be for.
    Never,
}

fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(address) => kind_v4(address),
        IpAddr::V6(address) => kind_v6(address),
    }
}

/// After the special-purpose registry of IPv4 addresses (RFC 6890).
fn kind_v4(address: Ipv4Addr) -> Kind {
    let [a, b, c, _] = address.octets();
    match (a, b) {
        (0 | 224.., _) | (169, 254) | (198, 18 | 19) => Kind::Never,
        (192, 0) if matches!(c, 0 | 2) => Kind::Never,
        (192, 88) if c == 99 => Kind::Never,
        (198, 51) if c == 100 => Kind::Never,
        (203, 0) if c == 113 => Kind::Never,
        (10 | 127, _) | (100, 64..=127) | (172, 16..=31) | (192, 168) => Kind::Own,
        _ => Kind::Public,
    }
}

/// After the special-purpose registry of IPv6 addresses (RFC 6890); an IPv4 address inside counts as itself.
fn kind_v6(address: Ipv6Addr) -> Kind {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inside = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        kind_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (a, b) {
        _ if address == Ipv6Addr::LOCALHOST => Kind::Own,
        // Mapped, translated by NAT64, and 6to4.
        (0, 0) if [c, d, e, f] == [0, 0, 0, 0xffff] => inside(g, h),
        (0x64, 0xff9b) if [c, d, e, f] == [0; 4] => inside(g, h),
        (0x2002, _) => inside(b, c),
        (0xfc00..=0xfdff, _) => Kind::Own,
        (0x2001, 0..=0x1ff | 0xdb8) | (0x3fff, 0..=0xfff) => Kind::Never,
        (0x2000..=0x3fff, _) => Kind::Public,
        _ => Kind::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Reach = Reach { private: false };
    const OWN: Reach = Reach { private: true };

    fn address(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn private_addresses_are_refused_unless_the_operator_allows_them() {
        for own in [
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "::1",
            "fd00::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
        ] {
            assert!(!STRICT.allows(address(own)), "{own}");
            assert!(OWN.allows(address(own)), "{own}");
        }
    }

    #[test]
    fn some_addresses_are_refused_always() {
        for never in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.9",
            "198.18.0.1",
            "::",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "100::1",
            "64:ff9b:1::1",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "::127.0.0.1",
        ] {
            assert!(!OWN.allows(address(never)), "{never}");
            assert!(!STRICT.allows(address(never)), "{never}");
        }
    }

    #[test]
    fn the_internet_is_allowed() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "193.166.3.2",
            "2a00:1450:4001::1",
            "2001:4860:4860::8888",
            "64:ff9b::808:808",
        ] {
            assert!(STRICT.allows(address(public)), "{public}");
        }
    }

    #[test]
    fn an_address_is_https_without_a_password() {
        let code = |text: &str| STRICT.check(text).map_err(|error| error.code());
        assert!(code("https://hooks.example/luotsi?team=1").is_ok());
        assert_eq!(
            code("https://hooks.example/#top").map(|url| url.to_string()),
            Ok("https://hooks.example/".into())
        );
        assert_eq!(code("http://hooks.example/"), Err("not_https"));
        assert_eq!(code("ftp://hooks.example/"), Err("not_a_url"));
        assert_eq!(code("hooks.example"), Err("not_a_url"));
        assert_eq!(code("https://aino:secret@hooks.example/"), Err("credentials_in_url"));
        assert_eq!(code("https://127.0.0.1/"), Err("private_address"));
        assert_eq!(code("https://2130706433/"), Err("private_address"), "a number is an address");
        assert_eq!(code("https://0x7f.1/"), Err("private_address"));
        assert_eq!(code("https://[::ffff:7f00:1]/"), Err("private_address"));
        assert_eq!(code(&format!("https://hooks.example/{}", "x".repeat(2_000))), Err("too_long"));
        assert!(OWN.check("http://127.0.0.1:9000/").is_ok());
    }
}
