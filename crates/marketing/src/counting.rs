//! How a site counts: what its team may decide, and what that does to each event.
//!
//! A site's rules are versioned: an event is stamped by those of the moment in which it is taken, and
//! what was stamped stays. What a rule holds back is kept with a reason, never dropped.

mod channel_rule;
mod lists;
pub mod mapping;
mod network;
mod spam;
mod text;

use std::net::IpAddr;
use std::sync::LazyLock;

pub use channel_rule::{ChannelRule, Condition, Field, Operator, RuleText};
pub use lists::{Lists, ListsError};
pub use mapping::{Action, Mapping};
pub use network::{Network, NetworkError};
pub use text::{RuleError, read, write};

use crate::consent::Consent;
use crate::event::BotReason;
use crate::hit::Identity;
use crate::page::without_www;
use crate::session::SessionRule;

/// What a site's team decided about counting.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// When a visit ends.
    pub session: SessionRule,
    pub trailing_slash: TrailingSlash,
    /// Tried in order before the default channels; the first that holds wins.
    pub channels: Vec<ChannelRule>,
    /// Hosts that visitors pass through, beside the built-in ones: never a source.
    pub excluded_referrers: Vec<String>,
    /// Other domains of the same team: a way from there is no arrival.
    pub own_domains: Vec<String>,
    /// Hosts whose pages count, `*.shop.example` for all below; all hosts when empty.
    pub hostnames: Vec<String>,
    /// Addresses of the team itself.
    pub own_networks: Vec<Network>,
    /// Addresses of data centres, where no person browses.
    pub data_centres: Vec<Network>,
    /// Referrers that only want to be seen in reports, beside the built-in list.
    pub spam_referrers: Vec<String>,
    /// More events of one visitor in a minute are no person's; no limit when `None`.
    pub most_events_per_minute: Option<u32>,
    /// Whether headers that are not the browser's are a sign.
    pub checks_headers: bool,
    pub recognition: Recognition,
    /// Whether nothing is kept of visitors whose browser says `Sec-GPC: 1` or `DNT: 1`.
    pub honours_signals: bool,
    /// What clients say in other words than the site's, put right in this order.
    pub mapping: Vec<Mapping>,
}

/// What becomes of a path that ends in a slash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrailingSlash {
    /// `/a` and `/a/` are two pages.
    #[default]
    Keep,
    /// `/a/` is `/a`.
    Remove,
}

/// Whether visitors are recognised by an id in their browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Recognition {
    /// By the ids that tags send. Luotsi's own sends none before consent.
    #[default]
    AsSent,
    /// By such ids only with a consent that comes with the event.
    WithConsent,
    /// Never: whatever a tag sends, visitors are told apart by the day's hash.
    Cookieless,
}

/// The rules of a site that decided nothing.
pub fn default_rules() -> &'static Rules {
    static RULES: LazyLock<Rules> = LazyLock::new(Rules::default);
    &RULES
}

/// What is known of an event besides its sender's words.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// The visitor's address, where it is known.
    pub ip: Option<IpAddr>,
    /// Host of the page; empty for what did not happen on a page.
    pub hostname: &'a str,
    /// Host of the page before, in lower case.
    pub referrer_host: Option<&'a str>,
    /// `bot::headers_are_odd` of the request.
    pub odd_headers: bool,
    /// Whether the user agent names no browser that is known.
    pub unknown_browser: bool,
    /// What the operator knows of all sites' visitors.
    pub lists: Option<&'a Lists>,
}

impl Rules {
    /// Why an event is held back, beside what its user agent says; `None` when it counts.
    ///
    /// Odd headers alone prove nothing: they count with a second sign of another kind.
    pub fn reason(&self, about: &Circumstances) -> Option<BotReason> {
        let in_one = |networks: &[Network]| {
            about.ip.is_some_and(|ip| networks.iter().any(|network| network.contains(ip)))
        };
        let listed = |ip| about.lists.is_some_and(|lists| lists.is_data_centre(ip));
        if in_one(&self.data_centres) || about.ip.is_some_and(listed) {
            Some(BotReason::DataCentre)
        } else if self.checks_headers && about.odd_headers && about.unknown_browser {
            Some(BotReason::HeaderAnomaly)
        } else if about.referrer_host.is_some_and(|host| {
            self.is_spam(host) || about.lists.is_some_and(|lists| lists.is_spam(host))
        }) {
            Some(BotReason::SpamReferrer)
        } else if !self.allows_host(about.hostname) {
            Some(BotReason::Hostname)
        } else if in_one(&self.own_networks) {
            Some(BotReason::OwnTraffic)
        } else {
            None
        }
    }

    /// Whether `host` or a parent of it is a known spam referrer.
    pub fn is_spam(&self, host: &str) -> bool {
        spam::is_known(host) || is_one_of(host, &self.spam_referrers)
    }

    /// Whether pages of `host` count. What happened on no page does.
    pub fn allows_host(&self, host: &str) -> bool {
        let host = without_www(host);
        self.hostnames.is_empty()
            || host.is_empty()
            || self.hostnames.iter().any(|allowed| match allowed.strip_prefix("*.") {
                Some(parent) => host == parent || is_below(host, parent),
                None => host == allowed,
            })
    }

    /// Whether a way from `host` is no arrival: one of the team's other domains, or passed through.
    pub fn ignores_referrer(&self, host: &str) -> bool {
        is_one_of(host, &self.own_domains) || is_one_of(host, &self.excluded_referrers)
    }

    /// The path by which a page is counted.
    pub fn path(&self, path: String) -> String {
        match self.trailing_slash {
            TrailingSlash::Remove if path.len() > 1 && path.ends_with('/') => {
                let trimmed = path.trim_end_matches('/');
                if trimmed.is_empty() { "/".to_owned() } else { trimmed.to_owned() }
            }
            TrailingSlash::Remove | TrailingSlash::Keep => path,
        }
    }

    /// The ids by which a visitor is recognised. A trusted server's are its own to give.
    pub fn identity(&self, sent: Identity, consent: Option<Consent>, trusted: bool) -> Identity {
        let granted = consent.is_some_and(|consent| consent.analytics == Some(true));
        match self.recognition {
            Recognition::AsSent => sent,
            Recognition::WithConsent if granted || trusted => sent,
            Recognition::Cookieless if trusted => sent,
            Recognition::WithConsent | Recognition::Cookieless => Identity::default(),
        }
    }

    /// Whether nothing may be kept of a visitor whose browser sends these signals.
    pub fn declines(&self, sec_gpc: &str, dnt: &str) -> bool {
        self.honours_signals && (sec_gpc.trim() == "1" || dnt.trim() == "1")
    }
}

/// Whether `host` is one of `hosts` or below one.
fn is_one_of(host: &str, hosts: &[String]) -> bool {
    let host = without_www(host);
    hosts.iter().any(|known| host == known || is_below(host, known))
}

fn is_below(host: &str, parent: &str) -> bool {
    host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests;
