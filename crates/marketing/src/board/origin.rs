//! Origins of pages that may frame a board: `https://wiki.example:8443`.

/// Origins that one link names.
pub const MOST_ORIGINS: usize = 10;

const LONGEST: usize = 255;

/// A text that is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no origin: write https:// and the host, such as https://wiki.example, without a path"
)]
pub struct InvalidOrigin(pub String);

/// Reads an origin: a scheme (`https`, or `http` for what is not reached over the internet), a host and
/// perhaps a port. It is put into a header, so that nothing else may be in it.
pub fn origin(text: &str) -> Result<String, InvalidOrigin> {
    let refused = || InvalidOrigin(text.to_owned());
    let lower = text.trim().trim_end_matches('/').to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let rest = rest.filter(|_| lower.len() <= LONGEST).ok_or_else(refused)?;
    let (host, port) = match rest.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (rest, None),
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let good_port = port.is_none_or(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if host.split('.').all(is_label) && good_port { Ok(lower) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
        assert_eq!(origin(" https://Wiki.Example/ ").as_deref(), Ok("https://wiki.example"));
        assert_eq!(origin("http://localhost:8080").as_deref(), Ok("http://localhost:8080"));
        assert!(origin("https://xn--hkyrky-ptac70bc.fi").is_ok());
    }

    #[test]
    fn nothing_else_comes_into_the_header() {
        for text in [
            "",
            "*",
            "https://",
            "https://*",
            "https://*.example",
            "wiki.example",
            "ftp://wiki.example",
            "https://wiki.example/path",
            "https://wiki.example https://evil.example",
            "https://wiki.example;script-src *",
            "https://wiki.example\r\nSet-Cookie: a",
            "https://user@wiki.example",
            "https://wiki.example:",
            "https://wiki.example:0",
            "https://wiki.example:99999",
            "https://-wiki.example",
            "https://wiki..example",
            "https://ویکی.example",
        ] {
            assert!(origin(text).is_err(), "{text}");
        }
    }
}
