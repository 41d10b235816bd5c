//! Visits in memory: what they weigh, when they were last heard of, and those that late events may reach.

use hashbrown::HashMap;
use luotsi_marketing::event::{Acquisition, Event, Visit};
use luotsi_marketing::session::{OpenVisit, PageLoads, SessionRule, Span};

/// So many visits of a visitor are kept besides the latest one.
const MOST_ENDED: usize = 8;

/// What a visit weighs without its texts, bytes: its place in a table of which a third is empty, where it
/// came from, and the visitor's names. Devices and places are shared by visits.
const VISIT_BYTES: usize =
    size_of::<((i32, i64), Known)>() * 3 / 2 + size_of::<Acquisition>() + 128;

/// A visit in memory.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) open: OpenVisit,
    /// When it was last heard of by the clock of `Sessions`, microseconds UTC.
    pub(super) touched_us: i64,
}

impl Known {
    /// The visit that `event` begins.
    #[inline]
    pub(super) fn begin(event: &Event, touched_us: i64) -> Self {
        Self { open: OpenVisit::begin(event), touched_us }
    }

    /// Takes in an event that goes on with the visit; gives the bytes that it grew by.
    #[inline]
    pub(super) fn take(&mut self, event: &Event, touched_us: i64) -> usize {
        self.touched_us = touched_us;
        if self.open.page_loads == PageLoads::More {
            // Neither its entry page nor its source changes any more.
            self.open.take(event);
            return 0;
        }
        let before = self.bytes();
        self.open.take(event);
        self.bytes().saturating_sub(before)
    }

    pub(super) fn is_same(&self, other: &Known) -> bool {
        self.open.visit.session_id == other.open.visit.session_id
    }

    /// Takes in what another row says of the same visit.
    pub(super) fn restore(&mut self, other: Known, bytes: &mut usize) {
        let first_us = self.open.first_us.min(other.open.first_us);
        if self.open.last_us <= other.open.last_us {
            *bytes = (*bytes + other.bytes()).saturating_sub(self.bytes());
            *self = other;
        }
        self.open.first_us = first_us;
    }

    /// What it weighs, bytes, about.
    pub(super) fn bytes(&self) -> usize {
        let visit = &self.open.visit;
        let a = &*visit.acquisition;
        let texts = [
            &visit.entry_page,
            &a.source,
            &a.referrer,
            &a.utm_source,
            &a.utm_medium,
            &a.utm_campaign,
            &a.utm_content,
            &a.utm_term,
            &a.utm_id,
            &a.utm_source_platform,
            &a.utm_creative_format,
            &a.utm_marketing_tactic,
        ];
        texts
            .iter()
            .filter_map(|text| text.as_ref())
            .fold(VISIT_BYTES, |sum, text| sum + text.len())
    }
}

/// The last moment at which the oldest of `known` were heard of, as many as weigh `excess` bytes.
pub(super) fn oldest<'a>(known: impl Iterator<Item = &'a Known>, excess: usize) -> i64 {
    let mut by_age: Vec<(i64, usize)> =
        known.map(|known| (known.touched_us, known.bytes())).collect();
    by_age.sort_unstable();
    let mut gone = 0;
    for (touched_us, bytes) in by_age {
        gone += bytes;
        if gone >= excess {
            return touched_us;
        }
    }
    i64::MAX
}

/// Visits that are not their visitors' latest.
#[derive(Debug, Default)]
pub(super) struct Ended {
    by_visitor: HashMap<(i32, i64), Vec<Known>>,
    count: usize,
}

impl Ended {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Known> {
        self.by_visitor.values().flatten()
    }

    /// Whether a visit of the visitor goes on with `event`.
    pub(super) fn accepts(&self, key: (i32, i64), rule: SessionRule, event: &Event) -> bool {
        self.by_visitor
            .get(&key)
            .is_some_and(|visits| visits.iter().any(|known| known.open.accepts(rule, event)))
    }

    /// The visit that a late event goes on with, and from when to when it was until then; or the one that it
    /// begins.
    pub(super) fn take(
        &mut self,
        key: (i32, i64),
        event: &Event,
        rule: SessionRule,
        touched_us: i64,
        bytes: &mut usize,
    ) -> (&Visit, Option<Span>) {
        let visits = self.by_visitor.entry(key).or_default();
        let (at, within) =
            if let Some(at) = visits.iter().position(|known| known.open.accepts(rule, event)) {
                let open = &visits[at].open;
                let within = Span { start_us: open.visit.start_us, last_us: open.last_us };
                *bytes += visits[at].take(event, touched_us);
                (at, Some(within))
            } else {
                let begun = Known::begin(event, touched_us);
                *bytes += begun.bytes();
                self.count += 1;
                self.count -= push(visits, begun, bytes);
                (visits.len() - 1, None)
            };
        (&visits[at].open.visit, within)
    }

    /// Takes out the visits of a visitor, whose weight stays counted.
    pub(super) fn remove(&mut self, key: (i32, i64)) -> Vec<Known> {
        let visits = self.by_visitor.remove(&key).unwrap_or_default();
        self.count -= visits.len();
        visits
    }

    /// Puts back visits of a visitor who has none here, whose weight is counted already.
    pub(super) fn put(&mut self, key: (i32, i64), visits: Vec<Known>) {
        if !visits.is_empty() {
            self.count += visits.len();
            self.by_visitor.insert(key, visits);
        }
    }

    /// Keeps a visit whose weight is counted already.
    pub(super) fn add(&mut self, key: (i32, i64), known: Known, bytes: &mut usize) {
        let visits = self.by_visitor.entry(key).or_default();
        self.count += 1;
        self.count -= push(visits, known, bytes);
    }

    /// Puts back what a row says of a visit.
    pub(super) fn restore(&mut self, key: (i32, i64), restored: Known, bytes: &mut usize) {
        let same = self
            .by_visitor
            .get_mut(&key)
            .and_then(|visits| visits.iter_mut().find(|known| known.is_same(&restored)));
        if let Some(known) = same {
            known.restore(restored, bytes);
        } else {
            *bytes += restored.bytes();
            self.add(key, restored, bytes);
        }
    }

    pub(super) fn forget(&mut self, key: (i32, i64), bytes: &mut usize) {
        let visits = self.remove(key);
        *bytes = bytes.saturating_sub(visits.iter().map(Known::bytes).sum());
    }

    /// Keeps the visits that were heard of at `since_us` or later.
    pub(super) fn retain(&mut self, since_us: i64, bytes: &mut usize) {
        let (mut gone, mut count) = (0, 0);
        self.by_visitor.retain(|_, visits| {
            visits.retain(|known| {
                let stays = known.touched_us >= since_us;
                gone += if stays { 0 } else { known.bytes() };
                stays
            });
            count += visits.len();
            !visits.is_empty()
        });
        self.count = count;
        *bytes = bytes.saturating_sub(gone);
        self.by_visitor.shrink_to(self.by_visitor.len() * 2);
    }
}

/// Adds a visit to a visitor's; one too many pushes out the one that was not heard of longest. Gives how
/// many went.
fn push(visits: &mut Vec<Known>, known: Known, bytes: &mut usize) -> usize {
    let mut gone = 0;
    if visits.len() >= MOST_ENDED
        && let Some((oldest, _)) =
            visits.iter().enumerate().min_by_key(|(_, known)| known.touched_us)
    {
        *bytes = bytes.saturating_sub(visits.swap_remove(oldest).bytes());
        gone = 1;
    }
    visits.push(known);
    gone
}
