//! Visits that late events reached: what memory knows of them is divided anew, as their rows are.

use hashbrown::HashMap;
use luotsi_marketing::event::Event;
use luotsi_marketing::session::{OpenVisit, Span};

use super::{Known, Rules, Sessions};

/// Events that are kept for it. Visits that more reach are put right when their date is closed.
const MOST_LATE: usize = 50_000;

/// An event that lies so little before its visit came out of order rather than late, microseconds: what it changes is
/// put right when the date is closed.
const NEAR_US: i64 = 1_000_000;

/// What came late since visits were last divided anew.
#[derive(Debug, Default)]
pub(super) struct Late {
    /// By site and visitor: the events that came before the beginning of the visit they went on with, each as a
    /// visit of its own. None where one only came after the end of a visit that is not the visitor's latest.
    beginnings: HashMap<(i32, i64), Vec<OpenVisit>>,
    count: usize,
}

impl Late {
    pub(super) fn len(&self) -> usize {
        self.beginnings.len()
    }

    /// Notes that `event` went on with the visit `within`; one that lies within changes no visit.
    pub(super) fn note(&mut self, event: &Event, within: Span) {
        let changes_nothing = (within.start_us - NEAR_US..=within.last_us).contains(&event.at_us);
        if changes_nothing || self.count >= MOST_LATE {
            return;
        }
        self.count += 1;
        let key = (event.site_number, event.visitor_id);
        let beginnings = self.beginnings.entry(key).or_default();
        if event.at_us < within.start_us {
            beginnings.push(OpenVisit::begin(event));
        }
    }

    pub(super) fn forget(&mut self, key: (i32, i64)) {
        self.beginnings.remove(&key);
    }
}

impl Sessions {
    /// Visitors whose visits late events reached since `mend`.
    pub(crate) fn late(&self) -> usize {
        self.late.len()
    }

    /// Divides the visits anew that late events reached, but for those that began on closed dates. Gives their
    /// visitors: what is written of them so far is to be divided anew as well.
    pub(crate) fn mend(&mut self, rules: &Rules) -> Vec<(i32, i64)> {
        let late = std::mem::take(&mut self.late);
        let mut mended = Vec::with_capacity(late.len());
        for (key, beginnings) in late.beginnings {
            let Some(latest) = self.open.remove(&key) else { continue };
            let mut visits = self.ended.remove(key);
            visits.push(latest);
            let weighed: usize = visits.iter().map(Known::bytes).sum();
            let is_closed = |known: &Known| known.open.first_us < self.settled_before_us;
            let (mut divided, open): (Vec<_>, Vec<_>) = visits.into_iter().partition(is_closed);
            divided.extend(divide(key, beginnings, open, rules));
            self.bytes += divided.iter().map(Known::bytes).sum::<usize>();
            self.bytes = self.bytes.saturating_sub(weighed);
            if let Some(latest) = divided.pop() {
                self.open.insert(key, latest);
            }
            self.ended.put(key, divided);
            mended.push(key);
        }
        mended
    }
}

/// The visits of a visitor in the order of time: those that turned out to be one put together, each beginning
/// with its first event.
fn divide(
    key: (i32, i64),
    beginnings: Vec<OpenVisit>,
    visits: Vec<Known>,
    rules: &Rules,
) -> Vec<Known> {
    let rule = rules.of(key.0);
    let touched_us = visits.iter().map(|known| known.touched_us).max().unwrap_or_default();
    let beginnings = beginnings.into_iter().map(|open| Known { open, touched_us });
    let mut parts: Vec<Known> = beginnings.chain(visits).collect();
    // Stable: of an event and the visit that took it in, the event is the beginning.
    parts.sort_by_key(|known| known.open.first_us);
    let mut divided: Vec<Known> = Vec::with_capacity(parts.len());
    for part in parts {
        match divided.last_mut() {
            Some(before) if before.open.goes_on_with(rule, &part.open) => {
                before.open.join(part.open);
                before.touched_us = before.touched_us.max(part.touched_us);
            }
            _ => divided.push(part),
        }
    }
    for known in &mut divided {
        known.open.begin_at_first_event(key);
    }
    divided
}
