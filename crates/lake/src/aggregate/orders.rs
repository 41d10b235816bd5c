//! Orders that are reported more than once count once: where they were reported first.
//!
//! A report is of the same order as one up to seven days before it. So what counts does not depend on
//! the range that is asked about, and days add up to their week.

use hashbrown::HashSet;

use super::visits::Step;

/// A report repeats one that came so long before it, microseconds: seven days. A page of thanks that is
/// kept open and loaded again later is an order number that the shop gave again.
pub(crate) const AGAIN_US: i64 = 7 * 86_400_000_000;

/// Events whose order was reported before, by event id.
///
/// An order is a transaction id on an event with revenue, refunds left out. Which report counts
/// depends on the site alone, never on range, filters or groups: so parts add up to the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Repeated {
    any: HashSet<i64>,
    named: HashSet<i64>,
}

impl Repeated {
    /// `reports`: for each report of an order the order (`visitor`), the time, the event and a
    /// number for its name (`bits`).
    pub(crate) fn of(mut reports: Vec<Step>) -> Self {
        let mut repeated = Self::default();
        reports.sort_unstable_by_key(|report| (report.visitor, report.at_us, report.event));
        let again = |of: &[Step]| {
            let repeats = |pair: &&[Step]| pair[1].at_us.saturating_sub(pair[0].at_us) <= AGAIN_US;
            of.windows(2).filter(repeats).map(|pair| pair[1].event).collect::<Vec<i64>>()
        };
        for order in reports.chunk_by(|one, next| one.visitor == next.visitor) {
            repeated.any.extend(again(order));
        }
        if !repeated.any.is_empty() {
            reports.sort_unstable_by_key(|report| {
                (report.visitor, report.bits, report.at_us, report.event)
            });
            let same =
                |one: &Step, next: &Step| (one.visitor, one.bits) == (next.visitor, next.bits);
            for order in reports.chunk_by(same) {
                repeated.named.extend(again(order));
            }
        }
        repeated
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.any.is_empty()
    }

    /// Whether the event's order was reported before: by any event, or for a goal by one of the
    /// same name.
    #[inline]
    pub(crate) fn contains(&self, event: i64, of_goal: bool) -> bool {
        if of_goal { self.named.contains(&event) } else { self.any.contains(&event) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_report_of_an_order_counts() {
        let report = |order, at_us, event, name| Step { visitor: order, at_us, event, bits: name };
        let repeated = Repeated::of(vec![
            report(1, 30, 3, 7),
            report(1, 10, 1, 7),
            report(1, 20, 2, 8),
            report(2, 5, 4, 7),
        ]);
        let any: Vec<bool> = (1..=4).map(|event| repeated.contains(event, false)).collect();
        let named: Vec<bool> = (1..=4).map(|event| repeated.contains(event, true)).collect();
        assert_eq!(any, [false, true, true, false]);
        assert_eq!(named, [false, false, true, false]);
    }

    #[test]
    fn a_report_repeats_one_of_seven_days_before_and_no_older_one() {
        let report =
            |day: i64, event| Step { visitor: 1, at_us: day * 86_400_000_000, event, bits: 7 };
        // Day 10 repeats day 5, which repeats day 0; day 18 is eight days later.
        let days = [(0, 1), (5, 2), (10, 3), (18, 4)];
        let repeated = Repeated::of(days.map(|(day, event)| report(day, event)).to_vec());
        let any: Vec<bool> = (1..=4).map(|event| repeated.contains(event, false)).collect();
        assert_eq!(any, [false, true, true, false]);
    }
}
