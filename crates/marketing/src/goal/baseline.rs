//! The baseline: what the site did before, on how many days, and how its week is shaped.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::plan::check_days;
use super::{Baseline, Kind, PlanError, Weights, days_between};

/// Most days that are looked back: more would compare with another business.
const MOST_DAYS: i64 = 366;

/// Days that say where a level stands: four weeks.
const LEVEL_DAYS: i64 = 28;

/// Fewest days that say how a week is shaped: two of each weekday.
const WEEKDAYS_FROM_DAYS: i64 = 14;

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

/// The days on which it is looked up whether the site was measured at all.
///
/// They end the day before the goal starts, or yesterday for a goal that starts later: `today` is
/// not over. A total looks back as many days as the goal has, a level four weeks.
pub fn history_window(
    kind: Kind,
    start: Date,
    deadline: Date,
    today: Date,
) -> Result<Window, PlanError> {
    check_days(start, deadline)?;
    let to = start.min(today).saturating_sub(1.day());
    let days = match kind {
        Kind::Total => days_between(start, deadline).min(MOST_DAYS),
        Kind::Level => LEVEL_DAYS,
    };
    Ok(Window { from: to.saturating_sub((days - 1).days()), to })
}

/// The days of the baseline: those of the history since the site's first events, `None` without any.
///
/// `site_events` are the site's events for each day that has some.
pub fn baseline_window(history: Window, site_events: &[(Date, f64)]) -> Option<Window> {
    let measured = site_events.iter().filter(|(day, events)| *events > 0.0 && *day >= history.from);
    let first = measured.map(|(day, _)| *day).min()?;
    (first <= history.to).then_some(Window { from: first, to: history.to })
}

/// The baseline of a total, with the shape of its week, from its value on each day of a window.
///
/// Days without a value count as zero. When there are fewer days than the goal has, the pace is
/// kept: 700 in 7 days are 9,100 for a goal of 91. Weekdays are told apart from 14 days on.
pub fn baseline(window: Window, goal_days: i64, daily: &[(Date, f64)]) -> (Baseline, Weights) {
    let in_window = || daily.iter().filter(|(day, _)| window.from <= *day && *day <= window.to);
    let sum: f64 = in_window().map(|(_, value)| value).sum();
    let scale = goal_days as f64 / window.days().max(1) as f64;
    let baseline = Baseline { value: sum * scale, from: window.from, to: window.to };
    if window.days() < WEEKDAYS_FROM_DAYS || sum <= 0.0 {
        return (baseline, Weights::EVEN);
    }
    let mut sums = [0.0; 7];
    for (day, value) in in_window() {
        sums[weekday(*day)] += value;
    }
    let mut counts = [0.0; 7];
    for day in window.from.series(1.day()).take_while(|day| *day <= window.to) {
        counts[weekday(day)] += 1.0;
    }
    let means: [f64; 7] = std::array::from_fn(|day| (sums[day] / counts[day]).max(0.0));
    let total: f64 = means.iter().sum();
    (baseline, Weights(means.map(|mean| mean / total)))
}

/// Monday is 0.
fn weekday(day: Date) -> usize {
    day.weekday().to_monday_zero_offset().unsigned_abs() as usize
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_total_looks_back_as_long_as_it_looks_ahead() {
        let window =
            history_window(Kind::Total, date(2026, 4, 1), date(2026, 6, 30), date(2026, 4, 1))
                .expect("days");
        assert_eq!(
            (window.from, window.to, window.days()),
            (date(2025, 12, 31), date(2026, 3, 31), 91)
        );
        // Planned ahead: only days that are over count.
        let ahead =
            history_window(Kind::Total, date(2026, 4, 1), date(2026, 4, 10), date(2026, 3, 21))
                .expect("days");
        assert_eq!((ahead.from, ahead.to), (date(2026, 3, 11), date(2026, 3, 20)));
        // Written down late: the goal's own days do not count as its past.
        let late =
            history_window(Kind::Level, date(2026, 3, 1), date(2026, 4, 10), date(2026, 3, 21))
                .expect("days");
        assert_eq!((late.from, late.to), (date(2026, 2, 1), date(2026, 2, 28)));
    }

    #[test]
    fn days_before_the_sites_first_event_are_no_baseline() {
        let history = Window { from: date(2026, 3, 1), to: date(2026, 3, 28) };
        let events = [(date(2026, 3, 20), 0.0), (date(2026, 3, 22), 5.0), (date(2026, 3, 21), 2.0)];
        assert_eq!(
            baseline_window(history, &events),
            Some(Window { from: date(2026, 3, 21), ..history })
        );
        assert_eq!(baseline_window(history, &[]), None);
    }

    #[test]
    fn a_shorter_past_is_stretched_to_the_goals_length() {
        let window = Window { from: date(2026, 3, 16), to: date(2026, 3, 22) };
        let daily: Vec<_> = (16..=22).map(|day| (date(2026, 3, day), 100.0)).collect();
        let (found, weights) = baseline(window, 91, &daily);
        assert_eq!(found, Baseline { value: 9_100.0, from: window.from, to: window.to });
        assert_eq!(weights, Weights::EVEN);
    }

    #[test]
    fn two_weeks_tell_the_weekdays_apart() {
        // Monday 2 March to Sunday 15 March 2026: 20 on a weekday, 0 at the weekend except 10 and 30 on Saturdays.
        let window = Window { from: date(2026, 3, 2), to: date(2026, 3, 15) };
        let mut daily: Vec<_> =
            [2, 3, 4, 5, 6, 9, 10, 11, 12, 13].map(|day| (date(2026, 3, day), 20.0)).to_vec();
        daily.extend([
            (date(2026, 3, 7), 10.0),
            (date(2026, 3, 14), 30.0),
            (date(2026, 3, 16), 999.0),
        ]);
        let (found, weights) = baseline(window, 14, &daily);
        assert!((found.value - 240.0).abs() < 1e-9);
        // Mean per weekday: five times 20, Saturday 20, Sunday 0; together 120.
        let expected = [1.0 / 6.0, 1.0 / 6.0, 1.0 / 6.0, 1.0 / 6.0, 1.0 / 6.0, 1.0 / 6.0, 0.0];
        assert!(
            weights.0.iter().zip(expected).all(|(got, want)| (got - want).abs() < 1e-12),
            "{weights:?}"
        );
        assert_eq!(weights.of(date(2026, 6, 7)), 0.0);
    }
}
