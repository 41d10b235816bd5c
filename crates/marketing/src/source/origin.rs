//! Whom a visit is owed to: the visitor's last source before it, and the first one.
//!
//! A report by the source of visits tells how people came that time. These two tell how they had come
//! before: a visit without a source has that of the visitor's last visit with one, and every visit has
//! that of the visitor's first. They are worked out when asked, from the visits that are kept.

use std::cmp::{max, min};

use super::{CLICK_IDS, known_source, named_source, untagged_medium};
use crate::channel;
use crate::event::Acquisition;

/// How long a source is remembered, days: Google Analytics 4 keeps to 90 for all events but those of
/// acquisition, for which it takes 30.
pub const LOOK_BACK_DAYS: i64 = 90;

const LOOK_BACK_US: i64 = LOOK_BACK_DAYS * 86_400_000_000;

/// Source, medium, campaign and channel of a visit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Origin {
    /// As `Acquisition::source` has it; `None` when direct.
    pub source: Option<String>,
    /// The tag's, the click id's, or what the source is known for (`organic`, `referral`); `None` when direct.
    pub medium: Option<String>,
    pub campaign: Option<String>,
    pub channel: String,
}

impl Origin {
    /// The origin of a visit from what is kept of it.
    pub fn of(kept: &Acquisition) -> Self {
        Self {
            source: kept.source.clone(),
            medium: medium_again(kept),
            campaign: kept.utm_campaign.clone(),
            channel: kept.channel.clone(),
        }
    }

    /// Whether it is `(direct) / (none)`: a campaign alone says nothing of where somebody came from.
    pub fn is_direct(&self) -> bool {
        self.source.is_none() && self.medium.is_none()
    }
}

/// The medium that was told when the visit came, by the rules of `resolve_by`.
fn medium_again(kept: &Acquisition) -> Option<String> {
    let name = kept.source.as_deref().map(str::to_lowercase);
    let word = name.as_deref().map(|name| kept.utm_source.as_deref().unwrap_or(name));
    let click = kept.click_id.as_deref().and_then(|parameter| {
        CLICK_IDS.iter().find(|click| click.parameter == parameter && !click.source.is_empty())
    });
    let medium = match (kept.utm_medium.as_deref(), click) {
        (Some("(none)" | "(not set)"), None) if word.is_none() => None,
        (Some(medium), Some(click)) if click.medium == "cpc" && !channel::is_paid(medium) => {
            Some("cpc")
        }
        (Some(medium), _) => Some(medium),
        (None, Some(click)) => Some(click.medium),
        (None, None) => {
            let named = || name.as_deref().and_then(named_source);
            let known = word.and_then(known_source).or_else(named);
            untagged_medium(word, known, kept.utm_source.is_some())
        }
    };
    medium.map(str::to_owned)
}

/// A visit under one of its visitor's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Visited {
    pub name: i64,
    /// When it began, microseconds UTC.
    pub at_us: i64,
    /// Which visit it is; decides between visits of one moment.
    pub visit: i64,
    /// Number of its origin.
    pub origin: u32,
    pub is_direct: bool,
    /// Whether other visits under the name take it for theirs. One of somebody who said who they are
    /// does not give its source to all who use the browser.
    pub gives: bool,
}

/// Moment, visit and origin of the visit that another is owed to.
type Cause = (i64, i64, u32);

/// What a visit is owed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributed {
    /// The last visit with a source, the visit itself included; `None` where there was none in time.
    last: Option<Cause>,
    first: Cause,
}

impl Attributed {
    /// The same visit under both of its visitor's names.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { last: max(self.last, other.last), first: min(self.first, other.first) }
    }

    /// Origin of the last visit that was not direct; `own` where there was none.
    pub fn last_non_direct(self, own: u32) -> u32 {
        self.last.map_or(own, |(_, _, origin)| origin)
    }

    /// Origin of the first visit that is known.
    pub fn first(self) -> u32 {
        self.first.2
    }
}

/// Says of each visit under one name what it is owed to. `visits` in their order (`Visited` sorts by
/// name, moment and visit).
///
/// A source is taken over for as long as `LOOK_BACK_DAYS`, the last moment included.
pub fn attribute(visits: &[Visited], mut found: impl FnMut(&Visited, Attributed)) {
    let mut last: Option<Cause> = None;
    let mut first: Option<Cause> = None;
    for visit in visits {
        let own = (visit.at_us, visit.visit, visit.origin);
        let remembered = last.filter(|(at_us, ..)| visit.at_us - at_us <= LOOK_BACK_US);
        let of_visit = Attributed {
            last: if visit.is_direct { remembered } else { Some(own) },
            first: first.unwrap_or(own),
        };
        found(visit, of_visit);
        if visit.gives {
            first = first.or(Some(own));
            last = if visit.is_direct { last } else { Some(own) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::parse_page;
    use crate::source::resolve;

    const DAY_US: i64 = 86_400_000_000;

    fn origin(query: &str, referrer: &str) -> Origin {
        let page = parse_page(&format!("https://shop.example.com/{query}"), false).unwrap();
        let referrer = (!referrer.is_empty()).then_some(referrer);
        Origin::of(&resolve(&page, referrer, "example.com"))
    }

    #[test]
    fn what_is_kept_says_which_medium_it_was() {
        for (query, referrer, medium) in [
            ("", "", None),
            ("?fbclid=1", "", None),
            ("?utm_source=(direct)&utm_medium=(none)", "", None),
            ("?utm_source=(direct)&utm_medium=(none)", "https://blog.example.org/", None),
            ("?utm_campaign=spring", "", None),
            ("", "https://www.google.fi/", Some("organic")),
            ("", "https://gemini.google.com/app", Some("ai-assistant")),
            ("", "https://mail.google.com/mail/u/0", Some("email")),
            ("", "https://blog.example.org/post", Some("referral")),
            ("?gclid=1", "", Some("cpc")),
            ("?gclid=1&utm_source=google&utm_medium=organic", "", Some("cpc")),
            ("?awc=1", "", Some("affiliate")),
            ("?mc_cid=1", "", Some("email")),
            ("?utm_source=news&utm_medium=Email", "", Some("email")),
            ("?utm_source=partner", "", Some("(not set)")),
            ("?utm_medium=cpc", "", Some("cpc")),
        ] {
            let origin = origin(query, referrer);
            assert_eq!(origin.medium.as_deref(), medium, "{query} {referrer}");
            assert_eq!(origin.is_direct(), medium.is_none(), "{query} {referrer}");
            assert_eq!(origin.is_direct(), origin.channel == "Direct", "{query} {referrer}");
        }
    }

    /// Visits under one name: day, origin (0 is direct), whether it gives.
    fn of(visits: &[(i64, u32, bool)]) -> Vec<(u32, u32)> {
        let visited = |(at, (day, origin, gives)): (usize, &(i64, u32, bool))| Visited {
            name: 7,
            at_us: day * DAY_US,
            visit: at as i64,
            origin: *origin,
            is_direct: *origin == 0,
            gives: *gives,
        };
        let visits: Vec<Visited> = visits.iter().enumerate().map(visited).collect();
        let mut found = Vec::new();
        attribute(&visits, |visit, owed| {
            found.push((owed.last_non_direct(visit.origin), owed.first()));
        });
        found
    }

    #[test]
    fn a_visit_without_a_source_is_owed_to_the_last_one_with_one() {
        // Direct, an ad, direct, a newsletter, direct: the last and the first source of each.
        let visits = [(0, 0, true), (1, 5, true), (30, 0, true), (31, 6, true), (40, 0, true)];
        assert_eq!(of(&visits), [(0, 0), (5, 0), (5, 0), (6, 0), (6, 0)]);
    }

    #[test]
    fn a_source_is_remembered_for_ninety_days() {
        assert_eq!(of(&[(0, 5, true), (90, 0, true), (91, 0, true)]), [(5, 5), (5, 5), (0, 5)]);
        // A direct visit in between does not make it last longer.
        assert_eq!(of(&[(0, 5, true), (60, 0, true), (120, 0, true)])[2], (0, 5));
    }

    #[test]
    fn a_visit_that_gives_nothing_still_takes() {
        assert_eq!(of(&[(0, 5, true), (1, 6, false), (2, 0, false)]), [(5, 5), (6, 5), (5, 5)]);
    }

    #[test]
    fn under_two_names_the_later_source_and_the_earlier_beginning_count() {
        let one = Attributed { last: Some((5, 1, 3)), first: (5, 1, 3) };
        let other = Attributed { last: Some((8, 2, 4)), first: (1, 3, 6) };
        for both in [one.or(other), other.or(one)] {
            assert_eq!((both.last_non_direct(0), both.first()), (4, 6));
        }
        let none = Attributed { last: None, first: (9, 9, 9) };
        assert_eq!((none.or(one).last_non_direct(9), none.last_non_direct(9)), (3, 9));
    }
}
