//! Who a visitor is without a cookie: a keyed hash that nobody can undo once the day's salt is gone.

use std::hash::Hasher;
use std::net::IpAddr;

use siphasher::sip::SipHasher24;

/// A day's random key. It comes from the operating system, never from the date, and is destroyed when
/// the day after is over.
pub type Salt = [u8; 16];

/// The visitor's id for the day of `salt`: a keyed hash of site, address and user agent.
///
/// An IPv6 address counts by its /64, because hosts change the rest for privacy. Zero bytes stand
/// between the fields, so that no two field lists give the same text.
pub fn cookieless_id(salt: &Salt, site_number: i32, ip: IpAddr, user_agent: &str) -> i64 {
    let mut hasher = SipHasher24::new_with_key(salt);
    hasher.write(&site_number.to_le_bytes());
    hasher.write_u8(0);
    match ip.to_canonical() {
        IpAddr::V4(ip) => hasher.write(&ip.octets()),
        IpAddr::V6(ip) => hasher.write(&ip.octets()[..8]),
    }
    hasher.write_u8(0);
    hasher.write(user_agent.as_bytes());
    hasher.finish() as i64
}

/// The id of a visitor whom the sender names itself: lasting, and different on each site.
pub fn named_id(site_number: i32, name: &str) -> i64 {
    site_hash(b"visitor", site_number, name)
}

/// The event's id from the one the client gave: a retry carries the same.
pub fn event_id(site_number: i32, client_id: &str) -> i64 {
    site_hash(b"event", site_number, client_id)
}

fn site_hash(domain: &[u8], site_number: i32, name: &str) -> i64 {
    let mut hasher = SipHasher24::new();
    hasher.write(domain);
    hasher.write_u8(0);
    hasher.write(&site_number.to_le_bytes());
    hasher.write(name.as_bytes());
    hasher.finish() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: Salt = [7; 16];

    fn id(salt: &Salt, site: i32, ip: &str, user_agent: &str) -> i64 {
        cookieless_id(salt, site, ip.parse().unwrap(), user_agent)
    }

    #[test]
    fn the_same_visitor_is_the_same_all_day_and_a_stranger_tomorrow() {
        assert_eq!(id(&SALT, 1, "192.0.2.1", "Firefox"), id(&SALT, 1, "192.0.2.1", "Firefox"));
        assert_ne!(id(&SALT, 1, "192.0.2.1", "Firefox"), id(&[8; 16], 1, "192.0.2.1", "Firefox"));
    }

    #[test]
    fn site_address_and_program_each_make_another_visitor() {
        let base = id(&SALT, 1, "192.0.2.1", "Firefox");
        for other in [
            id(&SALT, 2, "192.0.2.1", "Firefox"),
            id(&SALT, 1, "192.0.2.2", "Firefox"),
            id(&SALT, 1, "192.0.2.1", "Chrome"),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn an_ipv6_host_counts_by_its_network() {
        assert_eq!(id(&SALT, 1, "2001:db8::1", "x"), id(&SALT, 1, "2001:db8::ffff:1", "x"));
        assert_ne!(id(&SALT, 1, "2001:db8::1", "x"), id(&SALT, 1, "2001:db8:0:1::1", "x"));
        assert_eq!(id(&SALT, 1, "::ffff:192.0.2.1", "x"), id(&SALT, 1, "192.0.2.1", "x"));
    }

    #[test]
    fn an_event_and_a_visitor_of_one_name_differ() {
        assert_ne!(named_id(1, "a"), event_id(1, "a"));
        assert_ne!(event_id(1, "a"), event_id(2, "a"));
    }
}
