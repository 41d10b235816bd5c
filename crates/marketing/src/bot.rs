//! Traffic that no person looks at: recognised, given a reason, and kept apart.

use std::sync::LazyLock;

use regex::Regex;

use crate::event::BotReason;

/// What a request says about who sends it. Header values as they came, empty when absent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signs<'a> {
    pub user_agent: &'a str,
    /// `Sec-Purpose`, `Purpose`, `X-Moz` or `X-Purpose`, whichever is there.
    pub purpose: &'a str,
}

/// Words in user agents of crawlers, monitors, link previews and programming libraries.
static PROGRAM: LazyLock<Regex> = LazyLock::new(|| {
    let words = [
        r"bot\b|bot[/;_ \-.)]|[a-z]bot|robot|crawl|spider|slurp|scrap[ey]|archiver|indexer",
        r"preview|fetch|monitor|uptime|pingdom|lighthouse|pagespeed|validator|checker|scan(ner)?\b",
        r"^mozilla/[45]\.0$|^$|^-$|curl/|wget|python|java/|okhttp|go-http|libwww|perl|ruby|axios|node[-.]|php/|httpclient|http_request|apache-http",
        r"guzzle|postman|insomnia|feed|rss|facebookexternalhit|whatsapp/|embedly|vkshare|w3c_|ahrefs|semrush|majestic|mediapartners|bingpreview",
        r"chatgpt-user|perplexity|claude-|anthropic|ccbot|bytespider|google-|googleother|duckduckgo-favicons|headline|newspaper",
        r"agent|audit|detector|finder|nutch|siteimprove|observatory|transcoder|favicon|optimizer|[\[(]at[\])]|www\.",
        r"\+?https?://|@[a-z0-9-]+\.[a-z]{2,}",
    ];
    Regex::new(&format!("(?i){}", words.join("|"))).expect("the expression is constant and tested")
});

/// Browsers that run without a window.
static HEADLESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)headless|phantomjs|slimerjs|puppeteer|playwright|selenium|webdriver|electron/|cypress")
        .expect("the expression is constant and tested")
});

/// Why this request does not come from a person; `None` for people.
pub fn bot_reason(signs: &Signs) -> Option<BotReason> {
    program_reason(signs.user_agent).or_else(|| purpose_reason(signs.purpose))
}

/// Why a user agent is not that of a person's browser. Slow: worth remembering by user agent.
pub fn program_reason(user_agent: &str) -> Option<BotReason> {
    // A maker of phones whose name ends in "bot".
    let user_agent = user_agent.replace("CUBOT", "");
    if HEADLESS.is_match(&user_agent) {
        Some(BotReason::Headless)
    } else if PROGRAM.is_match(&user_agent) || !is_browser_shaped(&user_agent) {
        Some(BotReason::UserAgent)
    } else {
        None
    }
}

/// Why a page that was loaded for this purpose is no visit.
pub fn purpose_reason(purpose: &str) -> Option<BotReason> {
    let purpose = purpose.to_ascii_lowercase();
    let ahead = ["prefetch", "preview", "instant"].iter().any(|word| purpose.contains(word));
    ahead.then_some(BotReason::Prefetch)
}

/// Browsers begin with `Mozilla/` or `Opera/` and a system in parentheses; the word `compatible` is
/// left to old Internet Explorers and Konqueror.
fn is_browser_shaped(user_agent: &str) -> bool {
    let begins = ["Mozilla/5.0 (", "Mozilla/4.0 (", "Opera/", "Dalvik/", "UCWEB"];
    begins.iter().any(|begin| user_agent.starts_with(begin))
        && (!user_agent.contains("compatible")
            || user_agent.contains("MSIE")
            || user_agent.contains("Konqueror"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(user_agent: &str) -> Option<BotReason> {
        bot_reason(&Signs { user_agent, purpose: "" })
    }

    #[test]
    fn crawlers_and_programs_are_recognised() {
        for user_agent in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "curl/8.5.0",
            "python-requests/2.32",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "facebookexternalhit/1.1",
            "",
        ] {
            assert_eq!(reason(user_agent), Some(BotReason::UserAgent), "{user_agent}");
        }
    }

    #[test]
    fn browsers_without_a_window_are_recognised() {
        let user_agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/142.0.0.0 Safari/537.36";
        assert_eq!(reason(user_agent), Some(BotReason::Headless));
    }

    #[test]
    fn people_are_people() {
        for user_agent in [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.6.1 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
            "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
        ] {
            assert_eq!(reason(user_agent), None, "{user_agent}");
        }
    }

    #[test]
    fn a_page_loaded_ahead_is_no_visit_yet() {
        let signs = Signs {
            user_agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/144.0",
            purpose: "prefetch;prerender",
        };
        assert_eq!(bot_reason(&signs), Some(BotReason::Prefetch));
    }
}
