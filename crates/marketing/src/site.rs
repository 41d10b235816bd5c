//! What the settings of a site may be.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;

/// What the site's owner lives on: decides which KPIs are offered first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BusinessType {
    WebShop,
    Content,
    Saas,
    LeadGeneration,
    Membership,
    Other,
}

impl BusinessType {
    pub const ALL: [BusinessType; 6] = [
        BusinessType::WebShop,
        BusinessType::Content,
        BusinessType::Saas,
        BusinessType::LeadGeneration,
        BusinessType::Membership,
        BusinessType::Other,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            BusinessType::WebShop => "web_shop",
            BusinessType::Content => "content",
            BusinessType::Saas => "saas",
            BusinessType::LeadGeneration => "lead_generation",
            BusinessType::Membership => "membership",
            BusinessType::Other => "other",
        }
    }
}

impl fmt::Display for BusinessType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a setting is refused, with the text that was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    #[error("`{0}` is not a domain such as shop.example")]
    Domain(String),
    #[error("`{0}` is not a time zone of the IANA database, such as Europe/Helsinki")]
    TimeZone(String),
    #[error(
        "`{0}` is not a business type: web_shop, content, saas, lead_generation, membership or other"
    )]
    BusinessType(String),
    #[error(
        "events cannot be kept for {0} days: choose 1 to 36500, or leave it empty to keep them"
    )]
    RetentionDays(i64),
}

impl FromStr for BusinessType {
    type Err = SiteError;

    fn from_str(word: &str) -> Result<BusinessType, SiteError> {
        BusinessType::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| SiteError::BusinessType(word.to_owned()))
    }
}

/// The domain that names a site, from what a person types or pastes.
///
/// Drops the scheme, `www.`, the path, and a final dot; lower-cases; writes other scripts in
/// their ASCII form. `localhost`, IP addresses and a port are allowed, for trying things out.
pub fn domain(text: &str) -> Result<String, SiteError> {
    let refused = || SiteError::Domain(text.to_owned());
    let bare = text.trim();
    let bare = bare.split_once("://").map_or(bare, |(_, rest)| rest);
    let bare = bare.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match bare.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse::<u16>().map_err(|_| refused())?)),
        None => (bare, None),
    };
    let host = url::Host::parse(host).map_err(|_| refused())?.to_string();
    let host = host.strip_suffix('.').unwrap_or(&host);
    let host = host.strip_prefix("www.").filter(|rest| rest.contains('.')).unwrap_or(host);
    if !is_host_name(host) {
        return Err(refused());
    }
    Ok(port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn is_host_name(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(label)
}

/// The time zone of an IANA name.
///
/// Only names: an offset such as `+02:00` would be wrong for half of the year.
pub fn time_zone(name: &str) -> Result<TimeZone, SiteError> {
    let known = name.starts_with(|first: char| first.is_ascii_alphabetic());
    known
        .then(|| TimeZone::get(name).ok())
        .flatten()
        .ok_or_else(|| SiteError::TimeZone(name.to_owned()))
}

/// For how many days events are kept: 1 to 36500.
pub fn retention_days(days: i64) -> Result<u32, SiteError> {
    u32::try_from(days)
        .ok()
        .filter(|days| (1..=36500).contains(days))
        .ok_or(SiteError::RetentionDays(days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_what_is_left_of_a_pasted_address() {
        for (typed, domain_name) in [
            ("shop.example", "shop.example"),
            ("  https://www.Shop.Example/cart?x=1#y ", "shop.example"),
            ("http://shop.example:8080/", "shop.example:8080"),
            ("shop.example.", "shop.example"),
            ("www.fi", "www.fi"),
            ("kenkäkauppa.fi", "xn--kenkkauppa-t5a.fi"),
            ("localhost", "localhost"),
            ("127.0.0.1:8010", "127.0.0.1:8010"),
        ] {
            assert_eq!(domain(typed).as_deref(), Ok(domain_name), "{typed}");
        }
    }

    #[test]
    fn what_is_no_domain_is_refused_with_the_text() {
        for typed in [
            "",
            " ",
            "https://",
            "shop example",
            "-shop.example",
            "a..b",
            "shop.example:port",
            "<b>",
            "a@b",
        ] {
            assert_eq!(domain(typed), Err(SiteError::Domain(typed.into())), "{typed}");
        }
        let long = "a".repeat(64);
        assert_eq!(domain(&long), Err(SiteError::Domain(long.clone())));
    }

    #[test]
    fn a_time_zone_is_a_name_of_the_iana_database() {
        assert!(time_zone("Europe/Helsinki").is_ok());
        assert!(time_zone("Asia/Tehran").is_ok());
        assert!(time_zone("UTC").is_ok());
        for name in ["", "+02:00", "Helsinki", "Europe/Atlantis", "../etc/passwd"] {
            assert!(time_zone(name).is_err(), "{name}");
        }
    }

    #[test]
    fn events_are_kept_at_least_a_day() {
        assert_eq!(retention_days(1), Ok(1));
        assert_eq!(retention_days(0), Err(SiteError::RetentionDays(0)));
        assert_eq!(retention_days(36501), Err(SiteError::RetentionDays(36501)));
    }
}
