//! How often a figure is read, and when the next reading is due.

use jiff::ToSpan as _;
use jiff::civil::Date;

/// Days between readings when there are too few to tell.
const USUAL: i64 = 7;
/// Figures are read at least once in a quarter of a year, or nobody reads them.
const LONGEST: i64 = 92;

/// When a figure is to be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Usual days between two readings.
    pub every_days: i64,
    /// The day on which the next one is due.
    pub next: Date,
    /// Days since then; 0 when it is today, below when it is still to come.
    pub late_days: i64,
}

/// Usual days between two readings: the middle one of their gaps, 7 when there are too few. `days` in order.
///
/// Days that name the same day are one: two accounts read on a Monday are a weekly rhythm.
pub fn every_days(days: impl IntoIterator<Item = Date>) -> i64 {
    let mut gaps = Vec::new();
    let mut before: Option<Date> = None;
    for day in days {
        if let Some(span) = before.filter(|before| *before != day).and_then(|it| it.until(day).ok())
        {
            gaps.push(i64::from(span.get_days()));
        }
        before = Some(day);
    }
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().unwrap_or(USUAL).clamp(1, LONGEST)
}

impl Due {
    /// When the next reading after these is due; `None` before the first. `days` in order.
    pub fn after(days: &[Date], today: Date) -> Option<Due> {
        let last = *days.last()?;
        let every_days = every_days(days.iter().copied());
        let next = last.saturating_add(every_days.days());
        let late_days = next.until(today).map_or(0, |span| i64::from(span.get_days()));
        Some(Due { every_days, next, late_days })
    }

    pub fn is_due(self) -> bool {
        self.late_days >= 0
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_middle_gap_says_when_the_next_reading_is_due() {
        let days = [1, 8, 8, 15, 25].map(|day| date(2026, 3, day));
        let due = Due::after(&days, date(2026, 4, 3)).expect("due");
        assert_eq!((due.every_days, due.next, due.late_days), (7, date(2026, 4, 1), 2));
        assert!(due.is_due() && Due::after(&days, date(2026, 4, 1)).is_some_and(Due::is_due));
        assert!(!Due::after(&days, date(2026, 3, 31)).is_some_and(Due::is_due));
        assert_eq!(Due::after(&[], date(2026, 4, 1)), None);
        assert_eq!(every_days([date(2026, 3, 1)]), 7);
        assert_eq!(every_days([date(2026, 1, 1), date(2026, 12, 1)]), 92);
    }
}
