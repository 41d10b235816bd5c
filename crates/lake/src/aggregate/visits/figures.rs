//! What a visit was as a whole: how long it took, where it began and ended, whether it was engaged.

use std::ops::Range;

use super::event_bits;
use crate::aggregate::rows::{ENGAGEMENT, EVENT, INTERACTIVE, PAGEVIEW, Rows};

/// A visit that takes longer is engaged, microseconds.
const ENGAGED_US: i64 = 10_000_000;

/// Figures of a whole visit, whatever part of it lies in the range.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Figures {
    pub(super) pageviews: i64,
    pub(super) interactions: i64,
    pub(super) duration_us: i64,
    pub(super) engaged: bool,
    pub(super) start_us: i64,
    pub(super) entry_page: u32,
    pub(super) exit_page: u32,
}

#[inline]
pub(super) fn figures(rows: &Rows, from: usize, to: usize) -> Figures {
    let mut figures = Figures::default();
    let mut last = None;
    for row in from..to {
        let kind = rows.kinds[row];
        if kind & (EVENT | ENGAGEMENT) == 0 {
            continue;
        }
        last = Some(row);
        figures.pageviews += i64::from(kind & PAGEVIEW);
        figures.interactions += i64::from(kind & INTERACTIVE != 0);
        if kind & PAGEVIEW != 0 && !rows.pages.is_empty() {
            figures.exit_page = rows.pages[row];
            if figures.pageviews == 1 {
                figures.entry_page = figures.exit_page;
            }
        }
    }
    if let (Some(last), false) = (last, rows.times_us.is_empty()) {
        let first =
            (from..to).find(|row| rows.kinds[*row] & (EVENT | ENGAGEMENT) != 0).unwrap_or(from);
        figures.start_us = rows.times_us[first];
        figures.duration_us = rows.times_us[last] - figures.start_us;
    }
    figures
}

/// Whether a visit was engaged: more than ten seconds, two page views or more, or a key event.
///
/// Its time is what its pages were in front, where any report says so, and else from its first event to its
/// last.
pub(super) fn is_engaged(
    rows: &Rows,
    of_visit: Range<usize>,
    figures: &Figures,
    key_events: u64,
) -> bool {
    if figures.pageviews >= 2 {
        return true;
    }
    let mut in_front_ms = None;
    for row in of_visit {
        let kind = rows.kinds[row];
        if kind & EVENT != 0 && event_bits(rows, row) & key_events != 0 {
            return true;
        }
        let reported = rows.engaged_ms.get(row).copied().unwrap_or(-1);
        if kind & (EVENT | ENGAGEMENT) != 0 && reported >= 0 {
            in_front_ms = Some(in_front_ms.unwrap_or(0) + i64::from(reported));
        }
    }
    in_front_ms.map_or(figures.duration_us, |ms| ms * 1_000) > ENGAGED_US
}
