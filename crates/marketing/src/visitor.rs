//! Who a visitor is without a cookie: a keyed hash that nobody can undo once the day's salt is gone.

use std::hash::Hasher;
use std::net::IpAddr;

use siphasher::sip::SipHasher24;

use crate::consent::Consent;
use crate::hit::Identity;

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

/// Who is meant by the ids that a client gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recognised {
    /// A lasting id; `None` where the visitor can only be told by the day's salt.
    pub visitor_id: Option<i64>,
    /// The person whom the team knows by this user id.
    pub person_id: Option<i64>,
}

/// Recognises a visitor by the client's ids.
///
/// The device's id comes before the person's, so that what a visitor did before signing in and after
/// stay one visitor; the person's id then joins devices. Who refused to be recognised is not.
pub fn recognise(site_number: i32, identity: &Identity, consent: Option<Consent>) -> Recognised {
    if consent.is_some_and(Consent::refuses_analytics) {
        return Recognised::default();
    }
    let person_id = identity.user_id.as_deref().map(|id| person_id(site_number, id));
    let anonymous = identity.anonymous_id.as_deref().map(|id| anonymous_id(site_number, id));
    Recognised { visitor_id: anonymous.or(person_id), person_id }
}

/// The id of a visitor known only by the id its client drew.
///
/// The same text means the same visitor whoever gives it: some clients do not say whether an id is
/// one that they drew or one of the team's. What this server told a client (`told_id`) means the visitor whom it
/// told.
pub fn anonymous_id(site_number: i32, id: &str) -> i64 {
    told(id).unwrap_or_else(|| named_id(site_number, id))
}

/// What stands before the ids that clients are told.
const TOLD: &str = "luotsi.";

/// What a client is told that its visitor is called, so that a server can report of the same one.
pub fn told_id(visitor_id: i64) -> String {
    format!("{TOLD}{:016x}", visitor_id.cast_unsigned())
}

/// The visitor whom a client was told of.
fn told(id: &str) -> Option<i64> {
    let digits = id.strip_prefix(TOLD).filter(|digits| digits.len() == 16)?;
    u64::from_str_radix(digits, 16).ok().map(u64::cast_signed)
}

/// The id of a person whom the team knows; also of the visitor known by nothing else.
pub fn person_id(site_number: i32, id: &str) -> i64 {
    named_id(site_number, id)
}

/// What `name` is called in a message whose key no site has: sites' numbers begin with 1.
pub fn unclaimed_id(name: &str) -> i64 {
    named_id(0, name)
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
    fn the_device_names_the_visitor_and_the_person_comes_beside() {
        let who = |anonymous: Option<&str>, user: Option<&str>| {
            let identity =
                Identity { anonymous_id: anonymous.map(Into::into), user_id: user.map(Into::into) };
            recognise(1, &identity, None)
        };
        let (before, after) = (who(Some("a"), None), who(Some("a"), Some("u")));
        assert_eq!(before.visitor_id, after.visitor_id);
        assert_eq!((before.person_id, after.person_id), (None, Some(person_id(1, "u"))));
        let server = who(None, Some("u"));
        assert_eq!(server.visitor_id, after.person_id);
        assert_eq!(who(Some("x"), None).visitor_id, who(None, Some("x")).visitor_id);
        assert_eq!(who(None, None), Recognised::default());
    }

    #[test]
    fn what_a_client_was_told_means_the_visitor_whom_it_told() {
        for id in [7, -1, i64::MIN] {
            assert_eq!(anonymous_id(1, &told_id(id)), id);
        }
        assert_eq!(told_id(-1), "luotsi.ffffffffffffffff");
        for text in ["luotsi.7", "luotsi.000000000000000g", "0000000000000007"] {
            assert_eq!(anonymous_id(1, text), named_id(1, text));
        }
    }

    #[test]
    fn who_refused_is_not_recognised() {
        let identity = Identity { anonymous_id: Some("a".into()), user_id: Some("u".into()) };
        let refused = Consent { analytics: Some(false), advertising: None };
        assert_eq!(recognise(1, &identity, Some(refused)), Recognised::default());
    }

    #[test]
    fn an_event_and_a_visitor_of_one_name_differ() {
        assert_ne!(named_id(1, "a"), event_id(1, "a"));
        assert_ne!(event_id(1, "a"), event_id(2, "a"));
    }
}
