//! Where a visit came from: tags, click ids and the referrer, resolved in a fixed order.
//!
//! Order (first that says something wins): campaign tags, a click id, a `source` or `ref` parameter, a
//! known referrer, any other referrer, and otherwise the visit is direct.

mod origin;
mod tags;

use std::sync::LazyLock;

use hashbrown::HashMap;
use url::Url;

use crate::channel;
use crate::counting::{RuleText, Rules, default_rules};
use crate::event::Acquisition;
use crate::hit::Hit;
use crate::page::{Page, clean, registrable_domain, without_www};

pub use origin::{Attributed, LOOK_BACK_DAYS, Origin, Visited, attribute};
use tags::{
    UTM_CAMPAIGN, UTM_CONTENT, UTM_CREATIVE_FORMAT, UTM_ID, UTM_MARKETING_TACTIC, UTM_MEDIUM,
    UTM_SOURCE, UTM_SOURCE_PLATFORM, UTM_TERM, first_value,
};
pub use tags::{is_raw_tag, raw_tags};

const MAX_REFERRER: usize = 1_000;

/// What kind of place a known source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    Search,
    Social,
    Shopping,
    Video,
    Ai,
    Email,
}

/// A source that people know by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownSource {
    pub name: &'static str,
    pub category: Category,
}

struct KnownSources {
    /// By host, brand label (`google.*`) or word.
    by_key: HashMap<&'static str, KnownSource>,
}

static KNOWN: LazyLock<KnownSources> = LazyLock::new(|| {
    let mut by_key = HashMap::new();
    for line in include_str!("../data/sources.tsv").lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (Some(category), Some(name), Some(keys)) =
            (columns.next(), columns.next(), columns.next())
        else {
            continue;
        };
        let category = match category {
            "search" => Category::Search,
            "social" => Category::Social,
            "shopping" => Category::Shopping,
            "video" => Category::Video,
            "ai" => Category::Ai,
            _ => Category::Email,
        };
        for key in keys.split(' ') {
            by_key.insert(key, KnownSource { name, category });
        }
    }
    KnownSources { by_key }
});

/// The known source behind a word of `utm_source` or a host, in lower case.
pub fn known_source(word: &str) -> Option<KnownSource> {
    let word = without_www(word);
    if let Some(source) = KNOWN.by_key.get(word) {
        return Some(*source);
    }
    if !word.contains('.') {
        return None;
    }
    let mut rest = word;
    while let Some((_, parent)) = rest.split_once('.') {
        rest = parent;
        if let Some(source) = KNOWN.by_key.get(rest).filter(|_| rest.contains('.')) {
            return Some(*source);
        }
    }
    let brand = registrable_domain(word).split('.').next()?;
    let mut wildcard = String::with_capacity(brand.len() + 2);
    wildcard.push_str(brand);
    wildcard.push_str(".*");
    KNOWN.by_key.get(wildcard.as_str()).copied()
}

/// A parameter that an advertiser or mailer adds to links: its source, medium, and whether it proves a
/// paid click. `fbclid`, `igshid` and `srsltid` are on free links too and prove nothing.
struct ClickId {
    parameter: &'static str,
    source: &'static str,
    medium: &'static str,
}

const CLICK_IDS: [ClickId; 29] = [
    ClickId { parameter: "gclid", source: "google", medium: "cpc" },
    ClickId { parameter: "gbraid", source: "google", medium: "cpc" },
    ClickId { parameter: "wbraid", source: "google", medium: "cpc" },
    ClickId { parameter: "gad_source", source: "google", medium: "cpc" },
    ClickId { parameter: "gad_campaignid", source: "google", medium: "cpc" },
    ClickId { parameter: SA360, source: "google", medium: "cpc" },
    ClickId { parameter: "dclid", source: "google", medium: "display" },
    ClickId { parameter: "msclkid", source: "bing", medium: "cpc" },
    ClickId { parameter: "ttclid", source: "tiktok", medium: "cpc" },
    ClickId { parameter: "twclid", source: "twitter", medium: "cpc" },
    ClickId { parameter: "li_fat_id", source: "linkedin", medium: "cpc" },
    ClickId { parameter: "rdt_cid", source: "reddit", medium: "cpc" },
    ClickId { parameter: "epik", source: "pinterest", medium: "cpc" },
    ClickId { parameter: "sccid", source: "snapchat", medium: "cpc" },
    ClickId { parameter: "qclid", source: "quora", medium: "cpc" },
    ClickId { parameter: "yclid", source: "yandex", medium: "cpc" },
    ClickId { parameter: "irclickid", source: "impact", medium: "affiliate" },
    ClickId { parameter: "irclid", source: "impact", medium: "affiliate" },
    ClickId { parameter: "cjevent", source: "cj", medium: "affiliate" },
    ClickId { parameter: "awc", source: "awin", medium: "affiliate" },
    ClickId { parameter: "mc_cid", source: "mailchimp", medium: "email" },
    ClickId { parameter: "mc_eid", source: "mailchimp", medium: "email" },
    ClickId { parameter: "_kx", source: "klaviyo", medium: "email" },
    ClickId { parameter: "mkt_tok", source: "marketo", medium: "email" },
    ClickId { parameter: "_hsenc", source: "hubspot", medium: "email" },
    ClickId { parameter: "_hsmi", source: "hubspot", medium: "email" },
    ClickId { parameter: "fbclid", source: "", medium: "" },
    ClickId { parameter: "igshid", source: "", medium: "" },
    ClickId { parameter: "srsltid", source: "", medium: "" },
];

/// Search Ads 360 says by the value of this parameter, beside a `gclid`, that the click was one of its:
/// in Google's search, or (`3p.ds`) in another engine's. Other values are of other programs.
const SA360: &str = "gclsrc";
const SA360_IN_GOOGLE: &str = "aw.ds";
const SA360_ELSEWHERE: &str = "3p.ds";

/// Whether a parameter is one that an advertiser or mailer adds to links.
pub fn is_click_id(parameter: &str) -> bool {
    CLICK_IDS.iter().any(|click| click.parameter == parameter)
}

/// Hosts that visitors pass through on the way (payment, sign-in): never a source.
const PASSED_THROUGH: [&str; 14] = [
    "accounts.google.com",
    "appleid.apple.com",
    "bank.sampopankki.fi",
    "checkout.klarna.com",
    "checkout.paytrail.com",
    "checkout.stripe.com",
    "hooks.stripe.com",
    "login.live.com",
    "login.microsoftonline.com",
    "pay.klarna.com",
    "paypal.com",
    "paytrail.com",
    "secure.worldpay.com",
    "zarinpal.com",
];

/// Resolves where a page view came from, for a site that decided nothing about it.
pub fn resolve(page: &Page, referrer: Option<&str>, site_domain: &str) -> Acquisition {
    resolve_by(default_rules(), page, referrer, site_domain)
}

/// Resolves where the visitor of a hit came from. `site_domain` is the site's own domain.
pub fn of_hit(rules: &Rules, hit: &Hit, site_domain: &str) -> Acquisition {
    static NOWHERE: LazyLock<Page> = LazyLock::new(Page::nowhere);
    let page = hit.page.as_ref().unwrap_or(&NOWHERE);
    resolve_by(rules, page, hit.referrer.as_deref(), site_domain)
}

/// Resolves where a page view came from. `site_domain` is the site's own domain.
pub fn resolve_by(
    rules: &Rules,
    page: &Page,
    referrer: Option<&str>,
    site_domain: &str,
) -> Acquisition {
    let tag = |names: &[&str]| first_value(page, names);
    let utm_source = tag(UTM_SOURCE);
    let utm_medium = tag(UTM_MEDIUM);
    let utm_campaign = tag(UTM_CAMPAIGN);
    let utm_content = tag(UTM_CONTENT);
    let utm_term = tag(UTM_TERM);
    let utm_id = tag(UTM_ID);
    let utm_source_platform = tag(UTM_SOURCE_PLATFORM);
    let utm_creative_format = tag(UTM_CREATIVE_FORMAT);
    let utm_marketing_tactic = tag(UTM_MARKETING_TACTIC);
    let sa360 =
        tag(&[SA360]).filter(|value| matches!(value.as_str(), SA360_IN_GOOGLE | SA360_ELSEWHERE));
    let is_there = |click: &&ClickId| match &sa360 {
        Some(_) => click.parameter == SA360,
        None => click.parameter != SA360 && first_value(page, &[click.parameter]).is_some(),
    };
    let click = CLICK_IDS.iter().find(is_there);
    let paid_click = click.filter(|click| !click.source.is_empty());
    let came_from = referrer
        .and_then(|referrer| referring_page(referrer, &page.hostname, site_domain))
        .filter(|from| !rules.ignores_referrer(&from.host));
    // The engine of a click elsewhere is the page before, if that is one.
    let clicked = |click: &ClickId| match sa360.as_deref() {
        Some(SA360_ELSEWHERE) => {
            let host = came_from.as_ref().map(|from| from.host.as_str());
            let is_search = |host: &&str| {
                known_source(host).is_some_and(|known| known.category == Category::Search)
            };
            host.filter(is_search).unwrap_or("sa360").to_owned()
        }
        _ => click.source.to_owned(),
    };

    let said_direct = utm_source.as_deref() == Some(channel::DIRECT)
        && matches!(utm_medium.as_deref(), None | Some("(none)" | "(not set)"));
    let word = if said_direct {
        paid_click.map(clicked)
    } else {
        utm_source
            .clone()
            .or_else(|| paid_click.map(clicked))
            .or_else(|| tag(&["source", "ref"]))
            .or_else(|| came_from.as_ref().map(|from| from.host.clone()))
    };
    let known = word.as_deref().and_then(known_source);
    let medium = match (utm_medium.as_deref(), paid_click) {
        (Some(medium), Some(click)) if click.medium == "cpc" && !channel::is_paid(medium) => {
            Some("cpc")
        }
        (Some(medium), _) => Some(medium),
        (None, Some(click)) => Some(click.medium),
        (None, None) => untagged_medium(word.as_deref(), known, utm_source.is_some()),
    };
    let channel = channel_of(
        rules,
        &Arrival {
            word: word.as_deref(),
            known,
            medium,
            campaign: utm_campaign.as_deref(),
            referrer: came_from.as_ref().map(|from| from.address.as_str()),
        },
    );
    Acquisition {
        source: known.map(|known| known.name.to_owned()).or(word),
        referrer: came_from.map(|from| from.address),
        channel,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_content,
        utm_term,
        utm_id,
        utm_source_platform,
        utm_creative_format,
        utm_marketing_tactic,
        click_id: click.map(|click| click.parameter.to_owned()),
    }
}

/// What a channel is told by.
#[derive(Debug, Clone, Copy, Default)]
pub struct Arrival<'a> {
    /// The tag's or host's own word, in lower case.
    pub word: Option<&'a str>,
    pub known: Option<KnownSource>,
    pub medium: Option<&'a str>,
    pub campaign: Option<&'a str>,
    /// Host and path of the page before.
    pub referrer: Option<&'a str>,
}

/// The channel by the site's own rules, or else by the default table.
pub fn channel_of(rules: &Rules, arrival: &Arrival) -> String {
    if !rules.channels.is_empty() {
        let name = arrival.known.map(|known| known.name.to_lowercase());
        let sources: Vec<&str> = arrival.word.into_iter().chain(name.as_deref()).collect();
        let referrer = arrival.referrer.unwrap_or_default().to_lowercase();
        let text = RuleText {
            sources: &sources,
            medium: arrival.medium.unwrap_or_default(),
            campaign: arrival.campaign.unwrap_or_default(),
            referrer: &referrer,
        };
        if let Some(rule) = rules.channels.iter().find(|rule| rule.holds(&text)) {
            return rule.channel.clone();
        }
    }
    channel::default_channel(&channel::Traffic {
        source: arrival.word,
        category: arrival.known.map(|known| known.category),
        medium: arrival.medium,
        campaign: arrival.campaign,
    })
    .to_owned()
}

/// The channel that a visit which is already kept would have by these rules, from its columns.
///
/// What was a click id is not kept but by its name, so `paid` says whether the visit had one.
pub fn channel_again(rules: &Rules, kept: &Acquisition, paid: bool) -> String {
    let name = kept.source.as_deref().map(str::to_lowercase);
    let word = kept.utm_source.as_deref().or(name.as_deref());
    let known = word.and_then(known_source).or_else(|| name.as_deref().and_then(named_source));
    let medium = match kept.utm_medium.as_deref() {
        Some(medium) if !paid || channel::is_paid(medium) => Some(medium),
        _ if paid => Some("cpc"),
        _ => untagged_medium(word, known, kept.utm_source.is_some()),
    };
    let arrival = Arrival {
        word,
        known,
        medium,
        campaign: kept.utm_campaign.as_deref(),
        referrer: kept.referrer.as_deref(),
    };
    channel_of(rules, &arrival)
}

/// A known source by its display name in lower case.
fn named_source(name: &str) -> Option<KnownSource> {
    static BY_NAME: LazyLock<HashMap<String, KnownSource>> = LazyLock::new(|| {
        let known = KNOWN.by_key.values();
        known.map(|source| (source.name.to_lowercase(), *source)).collect()
    });
    BY_NAME.get(name).copied()
}

/// The medium of an arrival without a tag or click id for it.
fn untagged_medium(
    word: Option<&str>,
    known: Option<KnownSource>,
    tagged: bool,
) -> Option<&'static str> {
    word?;
    Some(match known.map(|known| known.category) {
        Some(Category::Search) => "organic",
        Some(Category::Ai) => "ai-assistant",
        Some(Category::Email) => "email",
        _ if tagged => "(not set)",
        _ => "referral",
    })
}

/// Host of the page before, in lower case, without `www.`; whoever it is.
pub fn referring_host(referrer: &str) -> Option<String> {
    if let Some(host) = plain_host(referrer) {
        return Some(without_www(host).to_owned());
    }
    let url = Url::parse(referrer.trim()).ok()?;
    Some(without_www(url.host_str()?).to_lowercase())
}

/// The host of a web address that is written as nearly all are, so that it need not be parsed: a name
/// in lower case, without port and user.
fn plain_host(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let host = &rest[..rest.find(['/', '?', '#'])?];
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let labels =
        |host: &str| host.split('.').all(|label| !label.is_empty() && label.bytes().all(is_plain));
    let (_, last) = host.rsplit_once('.')?;
    let is_name = last.bytes().all(|byte| byte.is_ascii_lowercase()) && !host.contains("xn--");
    (is_name && labels(host)).then_some(host)
}

struct ReferringPage {
    host: String,
    address: String,
}

/// The page before, unless it is the site itself or a host that is only passed through.
fn referring_page(referrer: &str, page_host: &str, site_domain: &str) -> Option<ReferringPage> {
    let url = Url::parse(referrer.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https" | "android-app" | "ios-app") {
        return None;
    }
    let host = without_www(url.host_str()?).to_lowercase();
    let own = registrable_domain(&host);
    if host.is_empty()
        || own == registrable_domain(page_host)
        || own == registrable_domain(site_domain)
    {
        return None;
    }
    let passed = |through: &str| {
        host.strip_suffix(through).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if PASSED_THROUGH.iter().any(|through| passed(through)) {
        return None;
    }
    let path = url.path().trim_end_matches('/');
    Some(ReferringPage { address: clean(&format!("{host}{path}"), MAX_REFERRER), host })
}

#[cfg(test)]
mod tests;
