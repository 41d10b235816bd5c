//! The one event model: what every protocol's adapter produces and the lake keeps.

use std::sync::{Arc, LazyLock};

use crate::currency::Currency;
use crate::protocol::Protocol;

/// No event is older, microseconds UTC: 1 January 1990, before there was a web to measure. What says it
/// is comes from a clock or a program that is wrong.
pub const EARLIEST_US: i64 = 631_152_000_000_000;

/// The name of a page view, whatever the client called it.
pub const PAGEVIEW: &str = "pageview";

/// The name of an engagement report: time and scroll depth of a page that is being left.
///
/// It is kept, but counts neither as an event nor against a bounce nor as a visitor.
pub const ENGAGEMENT: &str = "engagement";

/// The name of an event that says who the visitor is; its properties are the person's traits.
pub const IDENTIFY: &str = "identify";

/// The name of an event that says that two ids are one person.
pub const ALIAS: &str = "alias";

/// The name of an event that says which group (company, account) the visitor belongs to.
pub const GROUP: &str = "group";

/// The name of an event that gives money back: GA4's. Its value is taken off the revenue.
pub const REFUND: &str = "refund";

/// Whether events of this name count: as an event, as a page view, as presence of a visitor.
///
/// Reports on an earlier page view and statements about the person are kept but count as nothing.
pub fn counts(name: &str) -> bool {
    !matches!(name, ENGAGEMENT | IDENTIFY | ALIAS | GROUP)
}

/// Something that happened once to someone on a site, enriched and ready to be kept.
///
/// Session columns are not here: they are stamped when the event is appended (`session`).
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The site's number, unique in the installation.
    pub site_number: i32,
    /// 64 bits that name the visitor; the bits of an unsigned hash, so negative values are ordinary.
    pub visitor_id: i64,
    /// The name the same visitor had under the previous daily salt: a visit that is still open
    /// under it goes on across the change of salts. `None` for visitors with a lasting id.
    pub previous_visitor_id: Option<i64>,
    /// The lasting id that the client gave, on events that may go on in a visit begun without one.
    /// Where the event does, its `visitor_id` is the visit's, and this one says who it is.
    pub named_id: Option<i64>,
    /// The visitor's name under the salt before that of `previous_visitor_id`, beside `named_id`: a
    /// visit may have begun before midnight.
    pub earlier_visitor_id: Option<i64>,
    /// 64 bits that name the event within its site: a retry carries the same.
    pub event_id: i64,
    /// When it happened, microseconds UTC.
    pub at_us: i64,
    /// `pageview`, `engagement` or the client's own word.
    pub name: String,
    /// Empty for what did not happen on a page.
    pub hostname: String,
    /// Path without query and fragment, at least `/`; empty for what did not happen on a page.
    pub pathname: String,
    /// Custom properties, sorted by name, each name once.
    pub props: Vec<(String, String)>,
    pub revenue: Option<Revenue>,
    /// The shop's order number: an order counts once.
    pub transaction_id: Option<String>,
    /// Whether this event ends a bounce.
    pub interactive: bool,
    /// Deepest scroll position, percent of the page's height, 0 to 100.
    pub scroll_depth: Option<u8>,
    /// Visible and focused time since the last report, milliseconds.
    pub engagement_ms: Option<u32>,
    pub acquisition: Arc<Acquisition>,
    pub client: Arc<Client>,
    pub place: Arc<Place>,
    /// Why this is not a person, if so: such events are kept and left out of reports.
    pub bot_reason: Option<BotReason>,
    /// 64 bits that name the person, where the sender says whom it knows: a hash of the user id,
    /// the same as the `visitor_id` of events that name only the user (`docs/identity.md`).
    pub person_id: Option<i64>,
    /// The items of an order, a basket or a list: a JSON array of objects with GA4's names.
    pub items: Option<String>,
    /// The protocol in which the event came; `None` for imports and simulations.
    pub protocol: Option<Protocol>,
    /// The page's title.
    pub title: Option<String>,
}

/// An amount of money in minor units (cents) of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revenue {
    pub minor_units: i64,
    pub currency: Currency,
}

/// Where a visit came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Acquisition {
    /// Display name of the source (`Google`, `newsletter`, `example.org`); `None` when direct.
    pub source: Option<String>,
    /// Referring host and path without scheme and query; `None` for own pages and direct.
    pub referrer: Option<String>,
    /// Default channel group, e.g. `Organic Search`; never empty on a finished event.
    pub channel: String,
    pub utm_source: Option<String>,
    pub utm_medium: Option<String>,
    pub utm_campaign: Option<String>,
    pub utm_content: Option<String>,
    pub utm_term: Option<String>,
    pub utm_id: Option<String>,
    pub utm_source_platform: Option<String>,
    pub utm_creative_format: Option<String>,
    pub utm_marketing_tactic: Option<String>,
    /// Name of the click id parameter (`gclid`), never its value.
    pub click_id: Option<String>,
}

/// The device and program a visitor uses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Client {
    /// `Desktop`, `Mobile` or `Tablet`.
    pub device: Option<String>,
    pub browser: Option<String>,
    pub browser_version: Option<String>,
    pub os: Option<String>,
    pub os_version: Option<String>,
}

impl Client {
    /// Of visitors of whom nothing is known; one for all of them.
    pub fn unknown() -> Arc<Self> {
        static UNKNOWN: LazyLock<Arc<Client>> = LazyLock::new(Arc::default);
        Arc::clone(&UNKNOWN)
    }
}

/// Where a visitor is, as far as an address tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// ISO 3166-2.
    pub region: Option<String>,
    pub city: Option<String>,
}

impl Place {
    /// Of visitors of whom nothing is known; one for all of them.
    pub fn unknown() -> Arc<Self> {
        static UNKNOWN: LazyLock<Arc<Place>> = LazyLock::new(Arc::default);
        Arc::clone(&UNKNOWN)
    }
}

/// Why an event is held not to come from a person, or not to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BotReason {
    /// The user agent names a crawler, monitor or program.
    UserAgent,
    /// The user agent names a program that gathers pages for a language model or its search.
    AiCrawler,
    /// The user agent names a program that acts for a person who asked an assistant.
    AiAgent,
    /// A browser that no person looks at.
    Headless,
    /// Loaded ahead of a visit that may never come.
    Prefetch,
    /// The address belongs to a data centre.
    DataCentre,
    /// The headers are not the browser's, and something else is odd too.
    HeaderAnomaly,
    /// The referrer is a known spam host.
    SpamReferrer,
    /// The page's host is none of the site's.
    Hostname,
    /// More events in a minute than a person makes.
    Rate,
    /// The team itself, by its address.
    OwnTraffic,
}

impl BotReason {
    pub const ALL: [BotReason; 11] = [
        BotReason::UserAgent,
        BotReason::AiCrawler,
        BotReason::AiAgent,
        BotReason::Headless,
        BotReason::Prefetch,
        BotReason::DataCentre,
        BotReason::HeaderAnomaly,
        BotReason::SpamReferrer,
        BotReason::Hostname,
        BotReason::Rate,
        BotReason::OwnTraffic,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserAgent => "user_agent",
            Self::AiCrawler => "ai_crawler",
            Self::AiAgent => "ai_agent",
            Self::Headless => "headless",
            Self::Prefetch => "prefetch",
            Self::DataCentre => "data_centre",
            Self::HeaderAnomaly => "header_anomaly",
            Self::SpamReferrer => "spam_referrer",
            Self::Hostname => "hostname",
            Self::Rate => "rate",
            Self::OwnTraffic => "own_traffic",
        }
    }

    /// The reason of a word, as `as_str` writes it.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// The columns of a visit, stamped on each of its events.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// 64 bits that name the visit.
    pub session_id: i64,
    /// Time of its first event, microseconds UTC; its UTC date is the event's partition.
    pub start_us: i64,
    /// Path of its first page view; `None` until there is one.
    pub entry_page: Option<String>,
    pub acquisition: Arc<Acquisition>,
    pub client: Arc<Client>,
    pub place: Arc<Place>,
}
