//! Which device and program a visitor uses, read from the user agent.

use std::borrow::Cow;

use ua_parser::{Regexes, os, user_agent};

use crate::event::Client;

/// Longest user agent that is looked at, in bytes.
pub const MAX_USER_AGENT: usize = 1_000;

/// Reads user agents with the ua-parser project's table.
pub struct UserAgents {
    browsers: user_agent::Extractor<'static>,
    systems: os::Extractor<'static>,
}

/// The table of user agents cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UserAgentsError {
    #[error("the user agent table is not the ua-parser project's JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the user agent table has an expression that does not compile: {0}")]
    Expression(ua_parser::Error),
}

impl std::fmt::Debug for UserAgents {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("UserAgents").finish_non_exhaustive()
    }
}

impl UserAgents {
    /// `table` is uap-core's `regexes.yaml` as JSON.
    pub fn new(table: &str) -> Result<Self, UserAgentsError> {
        let table: Regexes<'static> = serde_json::from_str::<Regexes>(table).map(own)?;
        let browsers = table
            .user_agent_parsers
            .into_iter()
            .try_fold(user_agent::Builder::new(), user_agent::Builder::push)
            .and_then(|builder| builder.build().map_err(ua_parser::Error::from))
            .map_err(UserAgentsError::Expression)?;
        let systems = table
            .os_parsers
            .into_iter()
            .try_fold(os::Builder::new(), |builder, parser| {
                builder.push(parser).map_err(ua_parser::Error::from)
            })
            .and_then(|builder| builder.build().map_err(ua_parser::Error::from))
            .map_err(UserAgentsError::Expression)?;
        Ok(Self { browsers, systems })
    }

    /// What `user_agent` says; unknown parts are `None`.
    pub fn read(&self, user_agent: &str) -> Client {
        let known = |family: &str| family != "Other" && !family.is_empty();
        let browser = self.browsers.extract(user_agent).filter(|browser| known(&browser.family));
        let (browser, browser_version) = match named_at_the_end(user_agent) {
            Some((name, version)) => (Some(name.to_owned()), version),
            None => (
                browser.as_ref().map(|browser| browser_name(&browser.family).to_owned()),
                browser.as_ref().and_then(|browser| version(browser.major, browser.minor)),
            ),
        };
        let system = self.systems.extract(user_agent).filter(|system| known(&system.os));
        Client {
            device: (!user_agent.is_empty()).then(|| device(user_agent).to_owned()),
            browser,
            browser_version,
            os_version: system
                .as_ref()
                .and_then(|s| version(s.major.as_deref(), s.minor.as_deref())),
            os: system.map(|system| system_name(&system.os).to_owned()),
        }
    }
}

/// The table without the device expressions, which are not used and are most of it.
fn own(table: Regexes<'_>) -> Regexes<'static> {
    fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
        Cow::Owned(text.into_owned())
    }
    Regexes {
        user_agent_parsers: table
            .user_agent_parsers
            .into_iter()
            .map(|parser| user_agent::Parser {
                regex: owned(parser.regex),
                family_replacement: parser.family_replacement.map(owned),
                v1_replacement: parser.v1_replacement.map(owned),
                v2_replacement: parser.v2_replacement.map(owned),
                v3_replacement: parser.v3_replacement.map(owned),
                v4_replacement: parser.v4_replacement.map(owned),
            })
            .collect(),
        os_parsers: table
            .os_parsers
            .into_iter()
            .map(|parser| os::Parser {
                regex: owned(parser.regex),
                os_replacement: parser.os_replacement.map(owned),
                os_v1_replacement: parser.os_v1_replacement.map(owned),
                os_v2_replacement: parser.os_v2_replacement.map(owned),
                os_v3_replacement: parser.os_v3_replacement.map(owned),
                os_v4_replacement: parser.os_v4_replacement.map(owned),
            })
            .collect(),
        device_parsers: Vec::new(),
    }
}

/// `Desktop`, `Mobile` or `Tablet`. Android tablets leave out the word "Mobile"; iPads that pose as
/// Macs are taken at their word.
fn device(user_agent: &str) -> &'static str {
    let has = |word: &str| user_agent.contains(word);
    let tablet = has("iPad")
        || has("Tablet")
        || has("Kindle")
        || has("Silk/") && !has("Mobile")
        || has("PlayBook")
        || has("Android") && !has("Mobile") && !has("TV") && !has("CrKey");
    if tablet {
        "Tablet"
    } else if has("Mobi")
        || has("iPhone")
        || has("iPod")
        || has("Opera Mini")
        || has("Windows Phone")
    {
        "Mobile"
    } else {
        "Desktop"
    }
}

/// Browsers that are others' but for a word at the end, which the table does not look for: name and
/// version.
fn named_at_the_end(user_agent: &str) -> Option<(&'static str, Option<String>)> {
    let (_, last) = user_agent.rsplit_once(' ')?;
    let (word, rest) = last.split_once('/').unwrap_or((last, ""));
    let name = match word {
        "Ddg" | "DuckDuckGo" => "DuckDuckGo",
        "Brave" => "Brave",
        _ => return None,
    };
    let mut parts = rest.split('.');
    Some((name, version(parts.next(), parts.next())))
}

/// One name for a browser on all systems.
fn browser_name(family: &str) -> &str {
    match family {
        "Chrome Mobile" | "Chrome Mobile iOS" | "Chromium" | "HeadlessChrome" => "Chrome",
        "Mobile Safari" => "Safari",
        "Firefox Mobile" | "Firefox iOS" => "Firefox",
        "Edge Mobile" | "Edge iOS" => "Edge",
        "Opera Mobile" | "Opera Mini" | "Opera Touch" => "Opera",
        "Samsung Internet" => "Samsung Browser",
        "Chrome Mobile WebView" => "Android WebView",
        "Mobile Safari UI/WKWebView" => "iOS WebView",
        "DuckDuckGo Mobile" => "DuckDuckGo",
        "IE" | "IE Mobile" => "Internet Explorer",
        other => other,
    }
}

fn system_name(family: &str) -> &str {
    match family {
        "Mac OS X" => "macOS",
        "Linux" | "Ubuntu" | "Fedora" | "Debian" => "Linux",

        other => other,
    }
}

fn version(major: Option<&str>, minor: Option<&str>) -> Option<String> {
    let major = major.filter(|major| !major.is_empty())?;
    Some(match minor.filter(|minor| !minor.is_empty()) {
        Some(minor) => format!("{major}.{minor}"),
        None => major.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_told_apart() {
        for (user_agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
                "Desktop",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) Version/26.6.1 Mobile/15E148 Safari/604.1",
                "Mobile",
            ),
            ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Mobile/15E148 Safari/604.1", "Tablet"),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Mobile",
            ),
            ("Mozilla/5.0 (Linux; Android 14; SM-X710) Chrome/142.0.0.0 Safari/537.36", "Tablet"),
        ] {
            assert_eq!(device(user_agent), expected, "{user_agent}");
        }
    }

    #[test]
    fn a_browser_that_is_another_but_for_its_last_word_has_its_own_name() {
        let safari =
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/26.5.2 Safari/605.1.15";
        let named = |end: &str| named_at_the_end(&format!("{safari} {end}"));
        assert_eq!(named("Ddg/26.5.2"), Some(("DuckDuckGo", Some("26.5".into()))));
        assert_eq!(named("Brave"), Some(("Brave", None)));
        assert_eq!(named_at_the_end(safari), None);
    }

    #[test]
    fn a_browser_and_its_system_are_read_from_the_table() {
        let table = r#"{"user_agent_parsers":[{"regex":"(Firefox)/(\\d+)\\.(\\d+)"}],
            "os_parsers":[{"regex":"(Windows NT 10)","os_replacement":"Windows","os_v1_replacement":"10"}],
            "device_parsers":[]}"#;
        let client = UserAgents::new(table)
            .unwrap()
            .read("Mozilla/5.0 (Windows NT 10.0; rv:144.0) Firefox/144.0");
        assert_eq!(client.browser.as_deref(), Some("Firefox"));
        assert_eq!(client.browser_version.as_deref(), Some("144.0"));
        assert_eq!(
            (client.os.as_deref(), client.os_version.as_deref()),
            (Some("Windows"), Some("10"))
        );
    }
}
