//! What a key of a tag may look like.

use uuid::Uuid;

use crate::protocol::Protocol;
use crate::site;

/// Longest key, bytes.
pub const MAX_KEY: usize = 200;

/// Longest secret of a key, bytes.
pub const MAX_SECRET: usize = 500;

/// Why a key is refused, with the text that was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SiteKeyError {
    #[error("a key is needed: the text by which the tag names the site")]
    Empty,
    #[error("the text has {0} bytes; at most {1} are taken")]
    TooLong(usize, usize),
    #[error("`{0}` has a space or a control character in it")]
    Space(String),
    #[error("`{0}` is not the number of a Matomo site, such as 7")]
    Number(String),
    #[error("`{0}` is not an Umami website id, such as 94db1cb1-74f4-4a40-ad6c-962362670409")]
    Uuid(String),
    #[error("`{0}` is not a domain such as shop.example")]
    Domain(String),
}

/// A tag's key as clients send it, from what a person types or pastes.
///
/// # Errors
/// When clients of the protocol could not send it.
pub fn check(protocol: Protocol, text: &str) -> Result<String, SiteKeyError> {
    let text = plain(text, MAX_KEY)?;
    let given = || text.to_owned();
    match protocol {
        Protocol::Plausible => site::domain(text).map_err(|_| SiteKeyError::Domain(given())),
        Protocol::Matomo => {
            let number = text.parse::<u32>().ok().filter(|number| *number > 0);
            number.map(|number| number.to_string()).ok_or_else(|| SiteKeyError::Number(given()))
        }
        Protocol::Umami => {
            Uuid::parse_str(text).map(|id| id.to_string()).map_err(|_| SiteKeyError::Uuid(given()))
        }
        _ => Ok(given()),
    }
}

/// A secret as servers send it.
///
/// # Errors
/// When it is empty, too long or cannot stand in a header.
pub fn check_secret(text: &str) -> Result<String, SiteKeyError> {
    plain(text, MAX_SECRET).map(str::to_owned)
}

fn plain(text: &str, most: usize) -> Result<&str, SiteKeyError> {
    let text = text.trim();
    if text.is_empty() {
        Err(SiteKeyError::Empty)
    } else if text.len() > most {
        Err(SiteKeyError::TooLong(text.len(), most))
    } else if text.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        Err(SiteKeyError::Space(text.to_owned()))
    } else {
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_as_its_clients_send_it() {
        let key = |protocol, text| check(protocol, text).unwrap();
        assert_eq!(key(Protocol::Segment, " wk_test\n"), "wk_test");
        assert_eq!(key(Protocol::Matomo, "007"), "7");
        assert_eq!(key(Protocol::Plausible, "https://www.Shop.example/"), "shop.example");
        assert_eq!(
            key(Protocol::Umami, "94DB1CB1-74F4-4A40-AD6C-962362670409"),
            "94db1cb1-74f4-4a40-ad6c-962362670409"
        );
    }

    #[test]
    fn what_no_client_sends_is_refused() {
        assert_eq!(check(Protocol::Segment, " "), Err(SiteKeyError::Empty));
        assert_eq!(check(Protocol::Segment, "a b"), Err(SiteKeyError::Space("a b".into())));
        assert_eq!(check(Protocol::Matomo, "0"), Err(SiteKeyError::Number("0".into())));
        assert_eq!(check(Protocol::Umami, "7"), Err(SiteKeyError::Uuid("7".into())));
        assert_eq!(check(Protocol::Plausible, "-"), Err(SiteKeyError::Domain("-".into())));
        assert_eq!(
            check(Protocol::Segment, &"x".repeat(201)),
            Err(SiteKeyError::TooLong(201, 200))
        );
    }
}
