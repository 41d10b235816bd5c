//! What a client says happened, before the server adds what it knows.

use std::net::IpAddr;
use std::sync::Arc;

use crate::collect::plausible::minor_units;
use crate::consent::Consent;
use crate::currency::Currency;
use crate::event::{Client, Place, Revenue};
use crate::items::{MAX_ITEM_TEXT, MAX_PARAM_NAME, MAX_PARAMS};
use crate::page::{Page, clean};
use crate::protocol::Protocol;

/// One thing a client reports: every protocol's adapter ends here.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub site: SiteKey,
    pub kind: Kind,
    /// What the sender shows to be believed, if anything.
    pub credential: Option<Credential>,
    /// The client's own id of this report; a retry carries the same.
    pub id: Option<String>,
    /// `pageview`, `engagement`, a name of GA4's for what a shop does, or the client's own word;
    /// `identify`, `alias` and `group` for statements about the visitor.
    pub name: String,
    /// Where it happened; a server may report what happened on no page.
    pub page: Option<Page>,
    pub title: Option<String>,
    /// Absolute address of the page before, as the client saw it.
    pub referrer: Option<String>,
    /// Language of the visitor's program, as it says it: `fi`, `en-GB`.
    pub language: Option<String>,
    /// Sorted by name, each name once.
    pub props: Vec<(String, String)>,
    pub revenue: Option<Revenue>,
    /// Revenue for which the client names no currency: in the site's (see `settled`).
    pub amount: Option<f64>,
    pub transaction_id: Option<String>,
    /// Whether the money may be that of an order which the client reports by itself as well, so
    /// that it counts only where no such order was seen (`collect::orders`).
    pub may_repeat_order: bool,
    pub items: Vec<Item>,
    pub interactive: bool,
    /// Whether the client itself says that no person looks: a browser that a program drives.
    pub is_driven: bool,
    /// Percent, 0 to 100.
    pub scroll_depth: Option<u8>,
    pub engagement_ms: Option<u32>,
    /// When it happened, microseconds UTC, where the client says so; its clock is already allowed
    /// for. Whether it is believed, `collect::history` decides.
    pub at_us: Option<i64>,
    pub identity: Identity,
    /// What the visitor agreed to, where the client says so.
    pub consent: Option<Consent>,
    /// The visitor's address and program, where a server reports for them: then those of the
    /// request say nothing about the visitor.
    pub visitor: Option<ReportedVisitor>,
    /// Whether the visitor's own device sends the report, though by a library that is no browser: then the
    /// request's address is the visitor's, and its program says nothing.
    pub is_own_device: bool,
    /// The visitor's device and place, where the client tells them beside or instead of a program and an address.
    pub told: Option<Box<Told>>,
    /// Whether the report is to be taken only from a sender with a credential, because it says
    /// something that its protocol lets only a trusted server say (a visitor's address).
    pub needs_token: bool,
    /// Whether the site's key alone makes its sender a trusted server: an endpoint that
    /// authenticates by it, asked from no page.
    pub key_is_token: bool,
    /// Fields that could not be read and were left out, as other servers do too: nothing else is lost.
    pub left_out: Vec<Refusal>,
}

impl Hit {
    /// An event of this name and nothing more.
    pub fn new(site: SiteKey, name: &str) -> Self {
        Self {
            site,
            kind: Kind::Event,
            credential: None,
            id: None,
            name: name.to_owned(),
            page: None,
            title: None,
            referrer: None,
            language: None,
            props: Vec::new(),
            revenue: None,
            amount: None,
            transaction_id: None,
            may_repeat_order: false,
            items: Vec::new(),
            interactive: true,
            is_driven: false,
            scroll_depth: None,
            engagement_ms: None,
            at_us: None,
            identity: Identity::default(),
            consent: None,
            visitor: None,
            is_own_device: false,
            told: None,
            needs_token: false,
            key_is_token: false,
            left_out: Vec::new(),
        }
    }

    /// The visitor's address, as far as it is known: the reported one, or that of the request where the
    /// visitor's own browser or device sends it.
    pub fn address(&self, sender: IpAddr) -> Option<IpAddr> {
        let of_sender = self.visitor.is_none() || self.is_own_device;
        let reported = self.visitor.as_ref().and_then(|visitor| visitor.ip);
        reported.or(of_sender.then_some(sender))
    }

    /// The hit with its revenue in `currency`, the site's, where the client named none.
    #[must_use]
    pub fn settled(mut self, currency: Currency) -> Self {
        if let (Some(amount), None) = (self.amount.take(), self.revenue) {
            self.revenue =
                minor_units(amount, currency).map(|minor_units| Revenue { minor_units, currency });
        }
        self
    }
}

/// The client's name for the site: its domain or a key of the protocol.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SiteKey {
    pub protocol: Protocol,
    pub key: String,
}

impl SiteKey {
    pub fn new(protocol: Protocol, key: &str) -> Self {
        Self { protocol, key: key.to_owned() }
    }
}

/// What a message states.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Kind {
    /// Something happened.
    #[default]
    Event,
    /// Who the visitor is.
    Identify,
    /// The visitor of `previous_id` is the one of the message's user id.
    Alias { previous_id: String },
    /// Which company or account the visitor belongs to.
    Group { group_id: String },
}

/// Who did it, in the client's own ids.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Identity {
    /// An id that the client drew for the device or browser.
    pub anonymous_id: Option<String>,
    /// An id that the team gave the person.
    pub user_id: Option<String>,
}

/// A secret that a sender shows.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// The secret of the site's key (`api_secret`, a client secret, a Basic password).
    Secret(String),
    /// A token of this server, or the key's secret: a Bearer token or `token_auth`.
    Token(String),
}

impl Credential {
    /// The text that was shown.
    pub fn text(&self) -> &str {
        match self {
            Self::Secret(text) | Self::Token(text) => text,
        }
    }
}

/// A secret is never shown, in no log.
impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret(…)",
            Self::Token(_) => "Token(…)",
        })
    }
}

/// A thing that is sold or shown, with GA4's names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Item {
    pub item_id: Option<String>,
    /// The shop's id of the product, where the item's id is that of a variant of it.
    pub product_id: Option<String>,
    pub item_name: Option<String>,
    pub item_brand: Option<String>,
    pub item_variant: Option<String>,
    /// The category, then those below it.
    pub categories: Vec<String>,
    pub coupon: Option<String>,
    /// Price of one, in units of the event's currency.
    pub price: Option<f64>,
    /// Discount on one, in units of the event's currency.
    pub discount: Option<f64>,
    /// How many; GA4 takes one where it is not said.
    pub quantity: Option<f64>,
    /// Position in the list, as the client counts.
    pub index: Option<i64>,
    pub item_list_id: Option<String>,
    pub item_list_name: Option<String>,
    /// The store or supplier that sells it.
    pub affiliation: Option<String>,
    pub creative_name: Option<String>,
    pub creative_slot: Option<String>,
    /// Where it is sold or shown, as the client says it.
    pub location_id: Option<String>,
    pub promotion_id: Option<String>,
    pub promotion_name: Option<String>,
    /// Parameters of the team's own, each name once.
    pub params: Vec<(String, String)>,
}

impl Item {
    /// Adds a parameter of the team's own, as far as there is room. The first of a name is meant.
    pub fn add_param(&mut self, name: &str, value: &str) {
        let (name, value) = (name.trim(), value.trim());
        let fits = !name.is_empty() && name.len() <= MAX_PARAM_NAME && !value.is_empty();
        if fits && self.params.len() < MAX_PARAMS {
            let name = clean(name, MAX_PARAM_NAME);
            if self.params.iter().all(|(known, _)| *known != name) {
                self.params.push((name, clean(value, MAX_ITEM_TEXT)));
            }
        }
    }

    /// Bytes of memory that it takes, or a little less.
    pub(crate) fn weight(&self) -> usize {
        let texts = [
            &self.item_id,
            &self.product_id,
            &self.item_name,
            &self.item_brand,
            &self.item_variant,
            &self.coupon,
            &self.item_list_id,
            &self.item_list_name,
            &self.affiliation,
            &self.creative_name,
            &self.creative_slot,
            &self.location_id,
            &self.promotion_id,
            &self.promotion_name,
        ];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        let categories: usize = self.categories.iter().map(|text| 24 + text.len()).sum();
        let param = |(name, value): &(String, String)| 48 + name.len() + value.len();
        size_of::<Self>() + texts + categories + self.params.iter().map(param).sum::<usize>()
    }
}

/// A visitor as a server describes them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportedVisitor {
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
}

/// A visitor's device and place in the client's own words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    pub client: Client,
    pub place: Place,
}

impl Told {
    /// Device and place, with what the client leaves out as it was looked up. A place is told as a whole.
    pub fn over(self, client: Arc<Client>, place: Arc<Place>) -> (Arc<Client>, Arc<Place>) {
        let Self { client: told, place: told_place } = self;
        let client = if told == Client::default() {
            client
        } else {
            Arc::new(Client {
                device: told.device.or_else(|| client.device.clone()),
                browser: told.browser.or_else(|| client.browser.clone()),
                browser_version: told.browser_version.or_else(|| client.browser_version.clone()),
                os: told.os.or_else(|| client.os.clone()),
                os_version: told.os_version.or_else(|| client.os_version.clone()),
            })
        };
        let is_known = told_place.country.is_some();
        (client, if is_known { Arc::new(told_place) } else { place })
    }
}

/// Why a report cannot be taken, so that its sender can mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {detail}")]
pub struct Refusal {
    /// Path of the field in the body, `events[3].url`; `body` for the whole.
    pub field: String,
    /// Stable word for programs.
    pub code: &'static str,
    /// What was wrong and what would be right.
    pub detail: String,
}

impl Refusal {
    pub fn new(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { field: field.into(), code, detail: detail.into() }
    }
}
