//! The baseline: what was before the goal, by the goal's own way of counting.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::outlook::{Counting, History};
use super::plan::check_days;
use super::{Baseline, PlanError, days_between};
use crate::metric::{Better, DayValue};

/// Most days that are looked back: more would compare with another business.
const MOST_DAYS: i64 = 366;

/// Days that say where a level stands: four weeks.
const LEVEL_DAYS: i64 = 28;

/// Days, the first and the last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from: Date,
    pub to: Date,
}

impl Window {
    pub fn days(self) -> i64 {
        days_between(self.from, self.to)
    }
}

/// The days that make the baseline.
///
/// They end the day before the goal starts, or yesterday for a goal that starts later: `today` is
/// not over. A sum looks back as many days as the goal has, a level four weeks.
pub fn history_window(
    counting: Counting,
    start: Date,
    deadline: Date,
    today: Date,
) -> Result<Window, PlanError> {
    check_days(start, deadline)?;
    let to = start.min(today).saturating_sub(1.day());
    let days = match counting {
        Counting::Sum | Counting::Weeks { .. } => days_between(start, deadline).min(MOST_DAYS),
        Counting::Rolling(rolling) => rolling.days(),
        _ => LEVEL_DAYS,
    };
    Ok(Window { from: to.saturating_sub((days - 1).days()), to })
}

/// The baseline from a metric's days, as the goal counts them (`Counting::figures`).
///
/// `since` is the first day that was measured at all, if later than the window. A sum over fewer days than the
/// goal has keeps their pace: 700 in 7 days are 9,100 for a goal of 91. A level without figures in its four
/// weeks stands where it stood last, and one that was never read before where it is read first.
pub fn baseline(
    counting: Counting,
    better: Better,
    window: Window,
    goal_days: i64,
    history: &History,
    since: Option<Date>,
) -> Baseline {
    // The last days of a past are a sum over as many days.
    let (counting, goal_days) = match counting {
        Counting::Rolling(rolling) => (Counting::Sum, rolling.days()),
        counting => (counting, goal_days),
    };
    let from = since.unwrap_or(window.from).max(window.from);
    let within =
        |from: Date| history.days.iter().filter(move |day| from <= day.day && day.day <= window.to);
    let (days, from, to) = match (counting, within(from).next()) {
        (Counting::Sum | Counting::Weeks { .. }, _) | (_, Some(_)) => {
            (within(from).copied().collect::<Vec<DayValue>>(), from, window.to)
        }
        // Long ago is better than nothing, for what stands at a level.
        (_, None) => {
            let back = window.to.saturating_sub(MOST_DAYS.days());
            let before = within(back).next_back().map(|day| (day, window.to));
            let readable = matches!(counting, Counting::EndLevel | Counting::Mean);
            let first = || history.days.iter().find(|day| readable && day.day > window.to);
            match before.or_else(|| first().map(|day| (day, day.day))) {
                Some((day, to)) => (vec![*day], day.day, to),
                None => (Vec::new(), from, window.to),
            }
        }
    };
    let measured = Window { from, to };
    let absent_is_zero = history.absent_is_zero && since.is_some_and(|since| since <= window.to);
    let known = match (counting, absent_is_zero) {
        (Counting::Sum | Counting::Weeks { .. }, true) => measured.days(),
        _ => i64::try_from(days.len()).unwrap_or(i64::MAX),
    };
    let value = value(counting, better, measured, goal_days, &days).filter(|_| known > 0);
    Baseline {
        value: value.unwrap_or(0.0),
        from: measured.from.min(measured.to),
        to: measured.to,
        days: if value.is_some() { known } else { 0 },
    }
}

fn value(
    counting: Counting,
    better: Better,
    measured: Window,
    goal_days: i64,
    days: &[DayValue],
) -> Option<f64> {
    let length = measured.days().max(1) as f64;
    let above = || days.iter().map(|day| day.numerator).sum::<f64>();
    let below = || days.iter().map(|day| day.denominator).sum::<f64>();
    match counting {
        Counting::Sum | Counting::Rolling(_) => Some(above() * goal_days as f64 / length),
        Counting::EndLevel => days.last().map(|day| day.numerator),
        Counting::Mean => (!days.is_empty()).then(|| above() / days.len() as f64),
        Counting::Ratio { scale } => (below() > 0.0).then(|| above() / below() * scale),
        Counting::Weeks { threshold } => {
            let weeks = measured.days() / 7;
            let met = (0..weeks)
                .filter(|week| {
                    let first = measured.to.saturating_sub((7 * week + 6).days());
                    let last = measured.to.saturating_sub((7 * week).days());
                    let sum: f64 = days
                        .iter()
                        .filter(|day| first <= day.day && day.day <= last)
                        .map(|day| day.numerator)
                        .sum();
                    better.meets(sum, threshold)
                })
                .count();
            (weeks > 0).then(|| met as f64 * (goal_days / 7) as f64 / weeks as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::goal::Rolling;

    fn days(values: &[(i8, f64)]) -> Vec<DayValue> {
        let make = |(day, numerator): &(i8, f64)| DayValue {
            day: date(2026, 3, *day),
            numerator: *numerator,
            denominator: 1.0,
        };
        values.iter().map(make).collect()
    }

    fn of(counting: Counting, window: Window, days: &[DayValue], since: Option<Date>) -> Baseline {
        let absent_is_zero = matches!(counting, Counting::Sum | Counting::Weeks { .. });
        let history = History { days, complete_to: window.to, absent_is_zero };
        baseline(counting, Better::More, window, 91, &history, since)
    }

    #[test]
    fn a_sum_looks_back_as_long_as_it_looks_ahead() {
        let window = |counting, start, deadline, today| {
            let found = history_window(counting, start, deadline, today).expect("days");
            (found.from, found.to)
        };
        assert_eq!(
            window(Counting::Sum, date(2026, 4, 1), date(2026, 6, 30), date(2026, 4, 1)),
            (date(2025, 12, 31), date(2026, 3, 31))
        );
        // Planned ahead: only days that are over count.
        assert_eq!(
            window(Counting::Sum, date(2026, 4, 1), date(2026, 4, 10), date(2026, 3, 21)),
            (date(2026, 3, 11), date(2026, 3, 20))
        );
        // Written down late: the goal's own days do not count as its past.
        assert_eq!(
            window(Counting::Mean, date(2026, 3, 1), date(2026, 4, 10), date(2026, 3, 21)),
            (date(2026, 2, 1), date(2026, 2, 28))
        );
    }

    #[test]
    fn a_shorter_past_is_stretched_to_the_goals_length() {
        let window = Window { from: date(2026, 3, 1), to: date(2026, 3, 22) };
        let week: Vec<(i8, f64)> = (16..=22).map(|day| (day, 100.0)).collect();
        let found = of(Counting::Sum, window, &days(&week), Some(date(2026, 3, 16)));
        assert_eq!((found.value, found.from, found.days), (9_100.0, date(2026, 3, 16), 7));
        // Days without anything are days, too.
        let found = of(Counting::Sum, window, &days(&week), Some(date(2026, 3, 9)));
        assert_eq!((found.value, found.days), (4_550.0, 14));
        let nothing = of(Counting::Sum, window, &[], None);
        assert_eq!((nothing.known(), nothing.value), (None, 0.0));
    }

    #[test]
    fn a_month_looks_back_a_month_however_long_the_goal_is() {
        let month = Counting::Rolling(Rolling::Month);
        let window = history_window(month, date(2026, 4, 1), date(2026, 9, 30), date(2026, 4, 1));
        let window = window.expect("days");
        assert_eq!(
            (window.from, window.to, window.days()),
            (date(2026, 3, 2), date(2026, 3, 31), 30)
        );
        let all: Vec<(i8, f64)> = (1..=31).map(|day| (day, 100.0)).collect();
        let found = of(month, window, &days(&all), Some(date(2025, 1, 1)));
        assert_eq!((found.value, found.days), (3_000.0, 30));
    }

    #[test]
    fn a_level_stands_where_it_stood_last() {
        let window = Window { from: date(2026, 3, 1), to: date(2026, 3, 28) };
        let found = of(Counting::EndLevel, window, &days(&[(2, 9_000.0), (20, 10_000.0)]), None);
        assert_eq!((found.value, found.days), (10_000.0, 2));
        let late = Window { from: date(2026, 5, 1), to: date(2026, 5, 28) };
        let found = of(Counting::EndLevel, late, &days(&[(2, 9_000.0), (20, 10_000.0)]), None);
        assert_eq!((found.value, found.from, found.days), (10_000.0, date(2026, 3, 20), 1));
        let mean = of(Counting::Mean, window, &days(&[(2, 10.0), (20, 20.0)]), None);
        assert_eq!(mean.known(), Some(15.0));
        assert_eq!(of(Counting::Mean, window, &[], None).known(), None);
    }

    #[test]
    fn a_level_that_was_never_read_begins_with_its_first_reading() {
        let window = Window { from: date(2026, 2, 1), to: date(2026, 2, 28) };
        let read = days(&[(3, 12_000.0), (5, 12_400.0)]);
        let found = of(Counting::EndLevel, window, &read, Some(date(2026, 3, 3)));
        assert_eq!((found.value, found.days), (12_000.0, 1));
        assert_eq!((found.from, found.to), (date(2026, 3, 3), date(2026, 3, 3)));
        assert_eq!(of(Counting::Mean, window, &read, None).known(), Some(12_000.0));
        // What is counted is not over on its first day.
        assert_eq!(of(Counting::Sum, window, &read, Some(date(2026, 3, 3))).known(), None);
        assert_eq!(of(Counting::Ratio { scale: 100.0 }, window, &read, None).known(), None);
    }

    #[test]
    fn weeks_are_counted_at_the_old_pace() {
        // Four weeks, of which two had at least 20: of thirteen weeks that is six and a half.
        let window = Window { from: date(2026, 3, 1), to: date(2026, 3, 28) };
        let weeks = days(&[(2, 20.0), (9, 10.0), (16, 25.0), (23, 0.0)]);
        let found = of(Counting::Weeks { threshold: 20.0 }, window, &weeks, Some(window.from));
        assert_eq!(found.value, 6.5);
    }
}
