//! The visits that may go on, in memory, so that each event is stamped as it arrives.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use luotsi_marketing::event::{Event, Visit};
use luotsi_marketing::session::{OpenVisit, SessionRule};

/// The least number of visits between two sweeps.
const SWEEP_EVERY: usize = 4_096;

/// Visits are kept so long beyond the longest idle time, microseconds: for events that arrive late.
const SLACK_US: i64 = 5 * 60_000_000;

/// The session rules of all sites.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    pub(crate) default: SessionRule,
    pub(crate) by_site: Arc<HashMap<i32, SessionRule>>,
}

impl Rules {
    pub(crate) fn of(&self, site_number: i32) -> SessionRule {
        self.by_site.get(&site_number).copied().unwrap_or(self.default)
    }

    /// The longest pause that any site allows, microseconds.
    pub(crate) fn longest_idle_us(&self) -> i64 {
        let sites = self.by_site.values().map(|rule| rule.idle_us());
        sites.fold(self.default.idle_us(), i64::max)
    }
}

/// Lasting ids that visitors gave during open visits that began without one.
#[derive(Debug, Default)]
struct Names {
    /// By site and visit's visitor: the id.
    given: HashMap<(i32, i64), i64>,
    /// By site and id: the visit's visitor.
    visit_of: HashMap<(i32, i64), i64>,
    /// By site and hash that the visitor of a visit begun with an id would have without: the id.
    begun: HashMap<(i32, i64), i64>,
}

impl Names {
    fn give(&mut self, visitor: (i32, i64), named_id: i64) {
        self.given.insert(visitor, named_id);
        self.visit_of.insert((visitor.0, named_id), visitor.1);
    }

    fn is_empty(&self) -> bool {
        self.visit_of.is_empty() && self.begun.is_empty()
    }

    /// Whether the visitor of a visit may be the one of this id: another one has not been given.
    fn may_be(&self, visitor: (i32, i64), named_id: i64) -> bool {
        self.given.get(&visitor).is_none_or(|given| *given == named_id)
    }

    /// A visit begins.
    #[inline]
    fn begin(&mut self, visitor: (i32, i64), previous: Option<i64>, named_id: Option<i64>) {
        self.end(visitor);
        if let (Some(previous), Some(_)) = (previous, named_id) {
            self.begun.insert((visitor.0, previous), visitor.1);
        }
    }

    /// The visit of this visitor is over.
    fn end(&mut self, visitor: (i32, i64)) {
        if let Some(named_id) = self.given.remove(&visitor) {
            self.visit_of.remove(&(visitor.0, named_id));
        }
    }

    fn retain(&mut self, open: &HashMap<(i32, i64), OpenVisit>) {
        self.given.retain(|visitor, _| open.contains_key(visitor));
        self.visit_of.retain(|(site, _), visitor| open.contains_key(&(*site, *visitor)));
        self.begun.retain(|(site, _), visitor| open.contains_key(&(*site, *visitor)));
    }
}

/// The open visits of all visitors.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: HashMap<(i32, i64), OpenVisit>,
    names: Names,
    /// The latest event seen, microseconds UTC: visits are given up by the events' own clock.
    latest_us: i64,
    sweep_at: usize,
    /// Visits that began before this may have been divided anew on the disk, microseconds UTC.
    settled_before_us: i64,
}

impl Sessions {
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// The visit that `event` belongs to.
    ///
    /// An event of a visitor whose salt changed during a visit, or who gave a lasting id meanwhile,
    /// takes that visit's visitor id; the lasting one stays beside (`named_id`). One that lies before
    /// the open visit is a visit of its own; compaction puts it right. Only an event that begins a
    /// visit, lies before its beginning, or goes on with one that compaction may have divided anew
    /// keeps its `previous_visitor_id`, for compaction to look for what came late.
    pub(crate) fn stamp(&mut self, event: &mut Event, rules: &Rules) -> Cow<'_, Visit> {
        let rule = rules.of(event.site_number);
        self.advance(event.at_us, rules);
        self.follow(event, rule);
        let previous = event.previous_visitor_id.take();
        let key = (event.site_number, event.visitor_id);
        let named = event.named_id;
        match self.open.entry(key) {
            Entry::Vacant(place) => {
                event.previous_visitor_id = previous;
                self.names.begin(key, previous, named);
                Cow::Borrowed(&place.insert(OpenVisit::begin(event)).visit)
            }
            Entry::Occupied(known) => {
                let open = known.into_mut();
                let start_us = open.visit.start_us;
                if open.accepts(rule, event) {
                    if event.at_us < start_us || start_us < self.settled_before_us {
                        event.previous_visitor_id = previous;
                    } else if named == Some(event.visitor_id) {
                        // Where nothing is linked the visitor's id says it.
                        event.named_id = None;
                    }
                    open.take(event);
                    return Cow::Borrowed(&open.visit);
                }
                event.previous_visitor_id = previous;
                if event.at_us < start_us {
                    return Cow::Owned(OpenVisit::begin(event).visit);
                }
                self.names.begin(key, previous, named);
                *open = OpenVisit::begin(event);
                Cow::Borrowed(&open.visit)
            }
        }
    }

    /// Puts back a visit that was open when the server stopped, unless a later one is known.
    pub(crate) fn restore(
        &mut self,
        (site_number, visitor_id): (i32, i64),
        last_us: i64,
        visit: impl FnOnce() -> OpenVisit,
    ) {
        self.latest_us = self.latest_us.max(last_us);
        match self.open.entry((site_number, visitor_id)) {
            Entry::Occupied(mut known) if known.get().last_us <= last_us => {
                let visit = visit();
                if known.get().visit.session_id != visit.visit.session_id {
                    self.names.end((site_number, visitor_id));
                }
                known.insert(visit);
            }
            Entry::Occupied(_) => {}
            Entry::Vacant(place) => {
                place.insert(visit());
            }
        }
    }

    /// Compaction divides the visits anew that began before this, microseconds UTC: what is known of
    /// them here may no longer hold.
    pub(crate) fn settle(&mut self, begun_before_us: i64) {
        self.settled_before_us = self.settled_before_us.max(begun_before_us);
    }

    /// Puts back that the visitor of a visit gave a lasting id.
    pub(crate) fn restore_name(&mut self, visitor: (i32, i64), named_id: i64, at_us: i64) {
        let open = self.open.get(&visitor);
        if visitor.1 != named_id && open.is_some_and(|open| open.visit.start_us <= at_us) {
            self.names.give(visitor, named_id);
        }
    }

    /// Forgets the visits of visitors whose data is being erased.
    pub(crate) fn forget(&mut self, site_number: i32, visitor_ids: &[i64]) {
        for visitor_id in visitor_ids {
            self.open.remove(&(site_number, *visitor_id));
            self.names.end((site_number, *visitor_id));
            self.names.visit_of.remove(&(site_number, *visitor_id));
            self.names.begun.remove(&(site_number, *visitor_id));
        }
    }

    /// Gives the event the visitor id of the open visit that it goes on in under another name.
    fn follow(&mut self, event: &mut Event, rule: SessionRule) {
        if event.previous_visitor_id.is_none() && self.names.is_empty() {
            return;
        }
        let (site, own) = (event.site_number, event.visitor_id);
        let accepts =
            |id: &i64| self.open.get(&(site, *id)).is_some_and(|open| open.accepts(rule, event));
        if accepts(&own) {
            return;
        }
        let by_name = |id: i64| self.names.visit_of.get(&(site, id)).copied();
        let names = [
            by_name(own),
            event.previous_visitor_id,
            event.previous_visitor_id.and_then(by_name),
            event.earlier_visitor_id,
        ];
        let may =
            |id: &i64| event.named_id.is_none_or(|named| self.names.may_be((site, *id), named));
        // It was under way when the visitor gave the id, and came after.
        let late = self.names.begun.get(&(site, own)).copied().filter(|id| {
            let open = self.open.get(&(site, *id));
            open.is_some_and(|open| event.at_us < open.visit.start_us) && accepts(id)
        });
        if let Some(id) = late {
            event.visitor_id = id;
            return;
        }
        let Some(id) = names.into_iter().flatten().find(|id| accepts(id) && may(id)) else {
            return;
        };
        if by_name(own) == Some(id) {
            event.named_id = Some(own);
        }
        if let Some(named) = event.named_id {
            self.names.give((site, id), named);
        }
        event.visitor_id = id;
    }

    fn advance(&mut self, at_us: i64, rules: &Rules) {
        self.latest_us = self.latest_us.max(at_us);
        if self.open.len() < self.sweep_at.max(SWEEP_EVERY) {
            return;
        }
        let oldest_us = self.latest_us - rules.longest_idle_us() - SLACK_US;
        self.open.retain(|_, open| open.last_us >= oldest_us);
        self.names.retain(&self.open);
        self.sweep_at = self.open.len() * 2;
        self.open.shrink_to(self.sweep_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{MINUTE_US, page_view};

    #[test]
    fn a_visit_goes_on_under_the_previous_salt() {
        let (rules, mut sessions) = (Rules::default(), Sessions::default());
        let mut before = page_view(1, 0);
        let first = sessions.stamp(&mut before, &rules).into_owned();
        let mut after = page_view(2, 5 * MINUTE_US);
        after.previous_visitor_id = Some(after.visitor_id);
        after.visitor_id += 1;
        let second = sessions.stamp(&mut after, &rules).into_owned();
        assert_eq!(second.session_id, first.session_id);
        assert_eq!(after.visitor_id, before.visitor_id);
    }

    #[test]
    fn a_visit_that_ended_under_the_previous_salt_does_not_go_on() {
        let (rules, mut sessions) = (Rules::default(), Sessions::default());
        let first = sessions.stamp(&mut page_view(1, 0), &rules).into_owned();
        let mut after = page_view(2, 45 * MINUTE_US);
        after.previous_visitor_id = Some(after.visitor_id);
        after.visitor_id += 1;
        assert_ne!(sessions.stamp(&mut after, &rules).session_id, first.session_id);
    }

    #[test]
    fn an_event_from_long_before_leaves_the_open_visit_open() {
        let (rules, mut sessions) = (Rules::default(), Sessions::default());
        let open = sessions.stamp(&mut page_view(1, 100 * MINUTE_US), &rules).into_owned();
        let late = sessions.stamp(&mut page_view(2, 0), &rules).into_owned();
        let next = sessions.stamp(&mut page_view(3, 110 * MINUTE_US), &rules).into_owned();
        assert_ne!(late.session_id, open.session_id);
        assert_eq!(next.session_id, open.session_id);
    }

    #[test]
    fn visits_that_ended_are_given_up() {
        let (rules, mut sessions) = (Rules::default(), Sessions::default());
        for visitor in 0..100_000 {
            let mut event = page_view(visitor, visitor * MINUTE_US / 10);
            event.visitor_id = visitor;
            sessions.stamp(&mut event, &rules);
        }
        assert!(sessions.len() < 8_192, "{} visits are open", sessions.len());
    }
}
