//! When an event goes on with a visit and when it begins a new one.

use std::hash::Hasher as _;
use std::sync::Arc;

use siphasher::sip::SipHasher13;

use crate::event::{Acquisition, Event, PAGEVIEW, Visit};

/// A visit never lasts longer than this, microseconds: 24 hours from its first event.
pub const LONGEST_VISIT_US: i64 = 24 * 60 * MINUTE_US;

/// The longest pause a site may choose, minutes.
pub const LONGEST_IDLE_MINUTES: u32 = 240;

const MINUTE_US: i64 = 60_000_000;

/// How a site divides events into visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRule {
    idle_minutes: u32,
    campaign_split: bool,
}

impl Default for SessionRule {
    /// 30 minutes, and a new campaign does not begin a new visit.
    fn default() -> Self {
        Self { idle_minutes: 30, campaign_split: false }
    }
}

impl SessionRule {
    /// `None` unless `idle_minutes` is 1 to 240.
    pub fn new(idle_minutes: u32, campaign_split: bool) -> Option<Self> {
        (1..=LONGEST_IDLE_MINUTES)
            .contains(&idle_minutes)
            .then_some(Self { idle_minutes, campaign_split })
    }

    /// The longest pause within a visit, microseconds.
    pub fn idle_us(self) -> i64 {
        i64::from(self.idle_minutes) * MINUTE_US
    }

    /// Whether a visitor who arrives by another campaign begins a new visit.
    pub fn splits_on_campaign(self) -> bool {
        self.campaign_split
    }

    /// Whether another campaign at `at_us` ends a visit. At its very beginning none does: a visit is
    /// named by its visitor and the moment it began, so no two begin at the same.
    pub fn campaign_ends(self, visit: Span, at_us: i64) -> bool {
        self.campaign_split && at_us != visit.start_us
    }

    /// Whether an event at `at_us` goes on with a visit.
    ///
    /// It does when it is at most the idle time (inclusive) away from the visit's events and the
    /// visit stays within 24 hours. Midnight means nothing. Events may come out of order: one
    /// that lies before the visit belongs to it when it is near enough.
    pub fn continues(self, visit: Span, at_us: i64) -> bool {
        let idle_us = self.idle_us();
        at_us.saturating_sub(visit.last_us) <= idle_us
            && visit.start_us.saturating_sub(at_us) <= idle_us
            && at_us.saturating_sub(visit.start_us) < LONGEST_VISIT_US
            && visit.last_us.saturating_sub(at_us) < LONGEST_VISIT_US
    }
}

/// First and last moment of a visit, microseconds UTC, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start_us: i64,
    pub last_us: i64,
}

/// A visit that may go on.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenVisit {
    pub visit: Visit,
    /// Times of its earliest and latest event, microseconds UTC. The earliest may lie before the visit's
    /// start where it came late.
    pub first_us: i64,
    pub last_us: i64,
    /// Its page views, as far as the rule needs to know: none, one or more.
    pub page_loads: PageLoads,
}

/// How far a visit has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PageLoads {
    None,
    One,
    More,
}

impl OpenVisit {
    /// The visit that `event` begins.
    pub fn begin(event: &Event) -> Self {
        let viewed = event.name == PAGEVIEW;
        Self {
            visit: Visit {
                session_id: session_id(event.site_number, event.visitor_id, event.at_us),
                start_us: event.at_us,
                entry_page: viewed.then(|| event.pathname.clone()),
                acquisition: Arc::clone(&event.acquisition),
                client: Arc::clone(&event.client),
                place: Arc::clone(&event.place),
            },
            first_us: event.at_us,
            last_us: event.at_us,
            page_loads: if viewed { PageLoads::One } else { PageLoads::None },
        }
    }

    /// Whether `event` goes on with this visit.
    pub fn accepts(&self, rule: SessionRule, event: &Event) -> bool {
        rule.continues(self.span(), event.at_us)
            && !(event.at_us != self.visit.start_us
                && rule.campaign_ends(self.span(), event.at_us)
                && is_other_campaign(&self.visit.acquisition, &event.acquisition))
    }

    /// Takes in an event that goes on with this visit.
    ///
    /// The source is the first event's. A direct start is upgraded only while the first page is
    /// still loading: until the second page view. The start never moves, so the events of a visit
    /// stay in one partition.
    pub fn take(&mut self, event: &Event) {
        let viewed = event.name == PAGEVIEW;
        let second_page = viewed && self.page_loads != PageLoads::None;
        if !second_page
            && self.page_loads != PageLoads::More
            && is_direct(&self.visit.acquisition)
            && !is_direct(&event.acquisition)
        {
            self.visit.acquisition = Arc::clone(&event.acquisition);
        }
        // A server that speaks first knows neither device nor place.
        if self.visit.client.device.is_none() && event.client.device.is_some() {
            self.visit.client = Arc::clone(&event.client);
        }
        if self.visit.place.country.is_none() && event.place.country.is_some() {
            self.visit.place = Arc::clone(&event.place);
        }
        if viewed {
            if self.visit.entry_page.is_none() {
                self.visit.entry_page = Some(event.pathname.clone());
            }
            self.page_loads =
                if self.page_loads == PageLoads::None { PageLoads::One } else { PageLoads::More };
        }
        self.first_us = self.first_us.min(event.at_us);
        self.last_us = self.last_us.max(event.at_us);
    }

    /// Whether a later visit of the same visitor is this one going on, now that more of its events are known.
    pub fn goes_on_with(&self, rule: SessionRule, later: &OpenVisit) -> bool {
        let begins_us = later.first_us;
        rule.continues(self.span(), begins_us)
            && later.last_us.saturating_sub(self.first_us) < LONGEST_VISIT_US
            && !(begins_us != self.visit.start_us
                && rule.campaign_ends(self.span(), begins_us)
                && is_other_campaign(&self.visit.acquisition, &later.visit.acquisition))
    }

    /// Takes in a later visit that this one goes on with, as if its events had come one by one.
    ///
    /// Of a direct start it cannot always tell whether the later visit's source came while the first page was
    /// loading; where both have page views it did not.
    pub fn join(&mut self, later: OpenVisit) {
        let second_page = self.page_loads != PageLoads::None && later.page_loads != PageLoads::None;
        if !second_page
            && self.page_loads != PageLoads::More
            && is_direct(&self.visit.acquisition)
            && !is_direct(&later.visit.acquisition)
        {
            self.visit.acquisition = later.visit.acquisition;
        }
        if self.visit.client.device.is_none() {
            self.visit.client = later.visit.client;
        }
        if self.visit.place.country.is_none() {
            self.visit.place = later.visit.place;
        }
        if self.visit.entry_page.is_none() {
            self.visit.entry_page = later.visit.entry_page;
        }
        self.page_loads = match (self.page_loads, later.page_loads) {
            (PageLoads::None, loads) | (loads, PageLoads::None) => loads,
            _ => PageLoads::More,
        };
        self.first_us = self.first_us.min(later.first_us);
        self.last_us = self.last_us.max(later.last_us);
    }

    /// Lets the visit of a visitor (site and id) begin with its earliest event, also where that one came late.
    pub fn begin_at_first_event(&mut self, (site_number, visitor_id): (i32, i64)) {
        if self.visit.start_us != self.first_us {
            self.visit.start_us = self.first_us;
            self.visit.session_id = session_id(site_number, visitor_id, self.first_us);
        }
    }

    /// From its earliest event to its latest.
    pub fn span(&self) -> Span {
        Span { start_us: self.first_us, last_us: self.last_us }
    }
}

/// Whether nothing says where a visitor came from.
pub fn is_direct(acquisition: &Acquisition) -> bool {
    acquisition.source.is_none()
        && acquisition.utm_source.is_none()
        && acquisition.utm_medium.is_none()
        && acquisition.utm_campaign.is_none()
        && acquisition.click_id.is_none()
}

/// Whether `event` names a campaign, and not the one `visit` came by.
pub fn is_other_campaign(visit: &Acquisition, event: &Acquisition) -> bool {
    let names = |a: &Acquisition| {
        [
            a.utm_source.clone(),
            a.utm_medium.clone(),
            a.utm_campaign.clone(),
            a.utm_content.clone(),
            a.utm_term.clone(),
            a.utm_id.clone(),
            a.click_id.clone(),
        ]
    };
    let event = names(event);
    event.iter().any(Option::is_some) && event != names(visit)
}

/// The name of the visit that a visitor begins at `start_us`: always the same for the same visit,
/// so that importing a history twice gives the same visits.
///
/// SipHash-1-3 with a zero key over the little-endian bytes of the three numbers. Kept in data
/// files: it must never change.
pub fn session_id(site_number: i32, visitor_id: i64, start_us: i64) -> i64 {
    let mut hasher = SipHasher13::new();
    hasher.write(&site_number.to_le_bytes());
    hasher.write(&visitor_id.to_le_bytes());
    hasher.write(&start_us.to_le_bytes());
    hasher.finish().cast_signed()
}

#[cfg(test)]
mod tests;
