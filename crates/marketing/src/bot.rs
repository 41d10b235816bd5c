//! Traffic that no person looks at: recognised, given a reason, and kept apart.
//!
//! A user agent is judged by three sources together: lists that others keep of crawlers (`Programs`),
//! words of our own that crawlers yet unknown have in common, and the shape that every browser's
//! user agent has.

use std::sync::LazyLock;

use regex::bytes;
use regex::{Regex, RegexBuilder};

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
    expression(&[
        r"bot\b|bot[/;_ \-.)]|[a-z]bot|robot|crawl|spider|slurp|scrap[ey]|archiv|indexer|grabber|harvest",
        r"preview|fetch|monitor|uptime|pingdom|lighthouse|pagespeed|validator|checker|check\b|scan(ner)?\b|synthetic",
        r"^mozilla/[45]\.0$|^$|^-$|curl/|wget|python|java/|okhttp|go-http|libwww|perl\b|ruby|axios|node[-.]|php/|httpclient|http_request|apache-http",
        r"guzzle|postman|insomnia|feed|rss|facebookexternalhit|whatsapp/|embedly|vkshare|w3c_|ahrefs|semrush|majestic|mediapartners|bingpreview",
        r"ccbot|bytespider|google-|googleother|duckduckgo-favicons|headline|newspaper|-google/",
        r"agent|audit|detector|finder|nutch|siteimprove|observatory|transcoder|favicon|optimi[sz]er|analy[sz]er|inspect|[\[(]at[\])]|www\.",
        r"\+?https?://|@[a-z0-9-]+\.[a-z]{2,}|\+[a-z0-9-]+\.[a-z]{2,}|\.com/|\.env\b|; at;",
        r"\bptst/|catchpoint|iplabel|whatcms|hardenize|dareboost|gtmetrix|sparkler/|splash version|functionize|convertify|appinsights|assetnote|network ?measurement|prospecting|\btime/\d{10}|advisor|printfriendly|linkcheck|marketgoo|watcher|\bdlc/|\breadable/|360jk|\blt-?page|webpagetest",
    ])
});

/// Browsers that run without a window.
static HEADLESS: LazyLock<Regex> = LazyLock::new(|| {
    expression(&[
        r"headless|phantomjs|slimerjs|puppeteer|playwright|selenium|webdriver|electron/|cypress",
    ])
});

/// Programs that act for one person who asked an assistant.
static AI_AGENT: LazyLock<Regex> = LazyLock::new(|| {
    expression(&[
        r"chatgpt-user|chatgpt agent|\boperator/|claude-user|claude-web|claude-code|perplexity-?user|mistralai-user|mistral-user",
        r"meta-externalfetcher|duckassistbot|amzn-user|google-?agent|google-notebooklm|gemini-cli|gemini-deep-research|googleagent",
        r"\bdevin(/|\b)|manus-user|novaact|agentcore|anchor browser|browser-?use|replit-?agent|cursor/|openai/|opencode-|github-copilot",
        r"kagi-fetcher|phindbot|iaskbot|iaskspider|youbot|andibot|linkupbot|tavilybot|grok-?user|deepseek-user|cohere-ai\b|firecrawlagent|\bjina",
    ])
});

/// Programs that gather pages for models and for assistants' search.
static AI_CRAWLER: LazyLock<Regex> = LazyLock::new(|| {
    expression(&[
        r"gptbot|oai-searchbot|claudebot|claude-searchbot|anthropic|perplexitybot|ccbot|bytespider|tiktokspider|amazonbot|amzn-searchbot",
        r"applebot-extended|google-extended|googleother|google-cloudvertex|meta-externalagent|facebookbot|cohere-training|diffbot|imagesift",
        r"omgili|webzio|timpibot|ai2bot|pangubot|deepseekbot|mistralai|xai-bot|grokbot|chatglm|sbintuitions|laion|img2dataset|kangaroo bot",
        r"velenpublicweb|icc-crawler|crawl4ai|spawning-ai|thinkbot|aisearchbot|azureai|bedrockbot|brightbot|firecrawl|exabot|\bai ?(crawler|spider|bot)",
    ])
});

fn expression(parts: &[&str]) -> Regex {
    RegexBuilder::new(&parts.join("|"))
        .case_insensitive(true)
        .size_limit(32 << 20)
        .build()
        .expect("the expression is constant and tested")
}

/// Lists of crawlers that other projects keep, as one expression each.
///
/// A user agent is looked for among some 1,700 patterns: worth remembering by user agent.
pub struct Programs {
    crawlers: bytes::Regex,
    ai_crawlers: bytes::Regex,
}

impl std::fmt::Debug for Programs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Programs").finish_non_exhaustive()
    }
}

/// The lists of crawlers cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProgramsError {
    #[error("the list of crawlers is no JSON of patterns: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the list of crawlers has an expression that does not compile: {0}")]
    Expression(#[from] regex::Error),
}

#[derive(serde::Deserialize)]
struct Lists {
    crawlers: Vec<String>,
    ai_crawlers: Vec<String>,
}

impl Programs {
    /// `lists` is JSON: `{"crawlers": [pattern], "ai_crawlers": [pattern]}`, without look-around.
    pub fn new(lists: &str) -> Result<Self, ProgramsError> {
        let lists: Lists = serde_json::from_str(lists)?;
        let one = |patterns: &[String]| {
            // An empty list matches nothing.
            let joined =
                if patterns.is_empty() { r"[^\s\S]".to_owned() } else { patterns.join("|") };
            bytes::RegexBuilder::new(&joined)
                .case_insensitive(true)
                .unicode(false)
                .size_limit(64 << 20)
                .dfa_size_limit(4 << 20)
                .build()
        };
        Ok(Self { crawlers: one(&lists.crawlers)?, ai_crawlers: one(&lists.ai_crawlers)? })
    }

    /// Why a user agent is not that of a person's browser; `None` for people.
    pub fn reason(&self, user_agent: &str) -> Option<BotReason> {
        let own = program_reason(user_agent);
        match own {
            Some(BotReason::AiAgent | BotReason::AiCrawler) => own,
            _ if self.ai_crawlers.is_match(user_agent.as_bytes()) => Some(BotReason::AiCrawler),
            Some(_) => own,
            None => self
                .crawlers
                .is_match(without_names(user_agent).as_bytes())
                .then_some(BotReason::UserAgent),
        }
    }
}

/// Why this request does not come from a person, by our own words; `None` for people.
pub fn bot_reason(signs: &Signs) -> Option<BotReason> {
    program_reason(signs.user_agent).or_else(|| purpose_reason(signs.purpose))
}

/// Why a user agent is not that of a person's browser, by our own words. Slow: worth remembering.
pub fn program_reason(user_agent: &str) -> Option<BotReason> {
    let user_agent = without_names(user_agent);
    if AI_AGENT.is_match(&user_agent) {
        Some(BotReason::AiAgent)
    } else if AI_CRAWLER.is_match(&user_agent) {
        Some(BotReason::AiCrawler)
    } else if HEADLESS.is_match(&user_agent) {
        Some(BotReason::Headless)
    } else if PROGRAM.is_match(&user_agent)
        || !(is_browser_shaped(&user_agent) || is_app_shaped(&user_agent))
    {
        Some(BotReason::UserAgent)
    } else {
        None
    }
}

/// Without the names of a maker of phones that ends in "bot", and of phones named like a monitor.
fn without_names(user_agent: &str) -> String {
    user_agent.replace("CUBOT", "").replace("Cubot", "")
}

/// Why a page that was loaded for this purpose is no visit.
pub fn purpose_reason(purpose: &str) -> Option<BotReason> {
    let purpose = purpose.to_ascii_lowercase();
    let ahead = ["prefetch", "preview", "instant"].iter().any(|word| purpose.contains(word));
    ahead.then_some(BotReason::Prefetch)
}

/// What a request of a person's browser always has, and a program's often lacks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<'a> {
    /// Empty when absent.
    pub accept_language: &'a str,
    /// `Sec-CH-UA`; empty when absent.
    pub client_hints: &'a str,
    /// Whether the page was reached by https: browsers send client hints only there.
    pub secure: bool,
    /// `Sec-GPC`, the signal of Global Privacy Control; empty when absent.
    pub sec_gpc: &'a str,
    /// `DNT`; empty when absent.
    pub dnt: &'a str,
}

impl Headers<'_> {
    /// Whether the browser asks that nothing be kept; a site decides whether it honours that.
    pub fn ask_for_nothing_kept(&self) -> bool {
        self.sec_gpc.trim() == "1" || self.dnt.trim() == "1"
    }
}

/// Whether the headers are not those that the browser of `user_agent` sends.
///
/// One sign is not enough to tag an event: privacy extensions drop headers too.
pub fn headers_are_odd(headers: &Headers, user_agent: &str) -> bool {
    let chromium = user_agent.contains("Chrome/") && !user_agent.contains("; wv)");
    headers.accept_language.is_empty()
        || (headers.secure && chromium && headers.client_hints.is_empty() && is_recent(user_agent))
}

/// Chromium sends client hints since version 89.
fn is_recent(user_agent: &str) -> bool {
    let version = user_agent.split("Chrome/").nth(1).and_then(|rest| rest.split('.').next());
    version.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 100)
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

/// Apps of phones begin with their own name and version, and go on with the system in parentheses
/// (`Shop/2.1 (Android 14; SM-G991B)`) or with what Apple's network library says.
pub(crate) fn is_app_shaped(user_agent: &str) -> bool {
    let Some((name, rest)) = user_agent.split_once(' ') else { return false };
    let is_named = name.split_once('/').is_some_and(|(name, version)| {
        !name.is_empty() && version.starts_with(|first: char| first.is_ascii_digit())
    });
    let phone = ["Android ", "iOS ", "iPhone", "iPad"];
    let of_phone = rest.starts_with('(') && phone.iter().any(|system| rest.contains(system));
    is_named && (of_phone || (rest.starts_with("CFNetwork/") && rest.contains(" Darwin/")))
}

#[cfg(test)]
mod tests;
