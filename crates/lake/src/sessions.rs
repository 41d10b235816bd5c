//! The visits that may go on, in memory, so that each event is stamped as it arrives.

mod known;
mod late;

use std::sync::Arc;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use luotsi_marketing::event::{Event, Visit};
use luotsi_marketing::session::{OpenVisit, SessionRule, Span};

use known::{Ended, Known};
use late::Late;

/// The least number of visits between two sweeps.
const SWEEP_EVERY: usize = 4_096;

/// Visits are kept so long after they were last heard of, microseconds: 72 hours, as long as events may
/// come late.
const KEPT_US: i64 = 3 * 86_400_000_000;

/// Visits in memory may weigh so much, bytes. Beyond it those go first that were not heard of longest.
const MOST_BYTES: usize = 128 << 20;

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

    fn retain(&mut self, open: &HashMap<(i32, i64), Known>) {
        self.given.retain(|visitor, _| open.contains_key(visitor));
        self.visit_of.retain(|(site, _), visitor| open.contains_key(&(*site, *visitor)));
        self.begun.retain(|(site, _), visitor| open.contains_key(&(*site, *visitor)));
    }
}

/// The open visits of all visitors, and those that ended and may yet get late events.
#[derive(Debug)]
pub(crate) struct Sessions {
    /// Each visitor's latest visit.
    open: HashMap<(i32, i64), Known>,
    /// Those before it.
    ended: Ended,
    names: Names,
    late: Late,
    /// The latest event seen, microseconds UTC; one that is stamped ahead of its arrival counts when it
    /// arrives. Visits are given up by this clock.
    latest_us: i64,
    sweep_at: usize,
    /// What the visits weigh, and may weigh.
    bytes: usize,
    most_bytes: usize,
    /// Visits given up for want of room.
    evicted: u64,
    /// Visits that began before this may have been divided anew on the disk, microseconds UTC.
    settled_before_us: i64,
}

impl Default for Sessions {
    fn default() -> Self {
        Self::with_room(MOST_BYTES)
    }
}

impl Sessions {
    fn with_room(most_bytes: usize) -> Self {
        Self {
            open: HashMap::new(),
            ended: Ended::default(),
            names: Names::default(),
            late: Late::default(),
            latest_us: 0,
            sweep_at: 0,
            bytes: 0,
            most_bytes,
            evicted: 0,
            settled_before_us: 0,
        }
    }

    /// Visits in memory.
    pub(crate) fn len(&self) -> usize {
        self.open.len() + self.ended.len()
    }

    /// What they weigh, bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Visits given up for want of room, since the start.
    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// The visit that `event` belongs to, which arrived at `now_us`, microseconds UTC.
    ///
    /// An event of a visitor whose salt changed during a visit, or who gave a lasting id meanwhile,
    /// takes that visit's visitor id; the lasting one stays beside (`named_id`). One that lies before
    /// the open visit goes on with an earlier one that is near, or is the first of a visit of its own;
    /// what it changes of visits that were there `mend` puts right. Only an event that begins a
    /// visit, lies before its beginning, or goes on with one that compaction may have divided anew
    /// keeps its `previous_visitor_id`, for compaction to look for what came late.
    pub(crate) fn stamp(&mut self, event: &mut Event, now_us: i64, rules: &Rules) -> &Visit {
        let rule = rules.of(event.site_number);
        self.advance(event.at_us.min(now_us));
        self.follow(event, rule);
        let previous = event.previous_visitor_id.take();
        let key = (event.site_number, event.visitor_id);
        let named = event.named_id;
        let touched_us = self.latest_us;
        match self.open.entry(key) {
            Entry::Vacant(place) => {
                event.previous_visitor_id = previous;
                self.names.begin(key, previous, named);
                let begun = Known::begin(event, touched_us);
                self.bytes += begun.bytes();
                &place.insert(begun).open.visit
            }
            Entry::Occupied(known) => {
                let known = known.into_mut();
                let start_us = known.open.visit.start_us;
                if known.open.accepts(rule, event) {
                    if event.at_us < start_us || start_us < self.settled_before_us {
                        event.previous_visitor_id = previous;
                        if event.at_us >= self.settled_before_us {
                            self.late.note(event, Span { start_us, last_us: i64::MAX });
                        }
                    } else if named == Some(event.visitor_id) {
                        // Where nothing is linked the visitor's id says it.
                        event.named_id = None;
                    }
                    self.bytes += known.take(event, touched_us);
                    return &known.open.visit;
                }
                event.previous_visitor_id = previous;
                if event.at_us < start_us {
                    let (visit, within) =
                        self.ended.take(key, event, rule, touched_us, &mut self.bytes);
                    if let Some(within) = within.filter(|_| event.at_us >= self.settled_before_us) {
                        self.late.note(event, within);
                    }
                    return visit;
                }
                self.names.begin(key, previous, named);
                let begun = Known::begin(event, touched_us);
                self.bytes += begun.bytes();
                self.ended.add(key, std::mem::replace(known, begun), &mut self.bytes);
                &known.open.visit
            }
        }
    }

    /// Puts back a visit that was known when the server stopped, as its event at `last_us` left it. The
    /// server starts at `now_us`.
    pub(crate) fn restore(
        &mut self,
        key: (i32, i64),
        (last_us, now_us): (i64, i64),
        visit: impl FnOnce() -> OpenVisit,
    ) {
        let touched_us = last_us.min(now_us);
        self.advance(touched_us);
        let restored = Known { open: visit(), touched_us };
        match self.open.entry(key) {
            Entry::Vacant(place) => {
                self.bytes += restored.bytes();
                place.insert(restored);
            }
            Entry::Occupied(known) => {
                let known = known.into_mut();
                if known.is_same(&restored) {
                    known.restore(restored, &mut self.bytes);
                } else if known.open.last_us <= last_us {
                    self.bytes += restored.bytes();
                    self.names.end(key);
                    self.ended.add(key, std::mem::replace(known, restored), &mut self.bytes);
                } else {
                    self.ended.restore(key, restored, &mut self.bytes);
                }
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
        let known = self.open.get(&visitor);
        if visitor.1 != named_id && known.is_some_and(|known| known.open.visit.start_us <= at_us) {
            self.names.give(visitor, named_id);
        }
    }

    /// Forgets the visits of visitors whose data is being erased.
    pub(crate) fn forget(&mut self, site_number: i32, visitor_ids: &[i64]) {
        for visitor_id in visitor_ids {
            if let Some(known) = self.open.remove(&(site_number, *visitor_id)) {
                self.bytes = self.bytes.saturating_sub(known.bytes());
            }
            self.ended.forget((site_number, *visitor_id), &mut self.bytes);
            self.names.end((site_number, *visitor_id));
            self.names.visit_of.remove(&(site_number, *visitor_id));
            self.names.begun.remove(&(site_number, *visitor_id));
            self.late.forget((site_number, *visitor_id));
        }
    }

    /// Gives the event the visitor id of the open visit that it goes on in under another name.
    fn follow(&mut self, event: &mut Event, rule: SessionRule) {
        if event.previous_visitor_id.is_none() && self.names.is_empty() {
            return;
        }
        let (site, own) = (event.site_number, event.visitor_id);
        let accepts = |id: &i64| {
            self.open.get(&(site, *id)).is_some_and(|known| known.open.accepts(rule, event))
        };
        if accepts(&own) || self.ended.accepts((site, own), rule, event) {
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
            let known = self.open.get(&(site, *id));
            known.is_some_and(|known| event.at_us < known.open.visit.start_us) && accepts(id)
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

    /// Notes that it is `at_us`; gives up visits when there are many.
    fn advance(&mut self, at_us: i64) {
        self.latest_us = self.latest_us.max(at_us);
        if self.bytes > self.most_bytes || self.len() >= self.sweep_at.max(SWEEP_EVERY) {
            self.sweep();
        }
    }

    /// Gives up the visits that were not heard of for long, and beyond the room the oldest.
    fn sweep(&mut self) {
        self.retain(self.latest_us.saturating_sub(KEPT_US));
        if self.bytes > self.most_bytes {
            let before = self.len();
            // Down to three quarters, so that it is done seldom.
            let excess = self.bytes - self.most_bytes / 4 * 3;
            let known = self.open.values().chain(self.ended.values());
            let oldest_us = known::oldest(known, excess);
            self.retain(oldest_us.saturating_add(1));
            self.evicted += (before - self.len()) as u64;
        }
        self.names.retain(&self.open);
        self.sweep_at = self.len() * 2;
        self.open.shrink_to(self.open.len() * 2);
    }

    /// Keeps the visits that were heard of at `since_us` or later.
    fn retain(&mut self, since_us: i64) {
        let mut gone = 0;
        self.open.retain(|_, known| {
            let stays = known.touched_us >= since_us;
            gone += if stays { 0 } else { known.bytes() };
            stays
        });
        self.bytes = self.bytes.saturating_sub(gone);
        self.ended.retain(since_us, &mut self.bytes);
    }
}

#[cfg(test)]
mod tests;
