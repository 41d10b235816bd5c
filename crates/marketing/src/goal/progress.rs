//! How a goal is doing: what is reached, what was expected by now, and the word for it.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::outlook::{Counting, History, Outlook};
use super::{Plan, days_between, rolling, wording};

/// The word for where a goal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    NotStarted,
    OnTrack,
    Behind,
    Ahead,
    Reached,
    Missed,
    /// There are too few figures to tell.
    Unknown,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::NotStarted => "not_started",
            Status::OnTrack => "on_track",
            Status::Behind => "behind",
            Status::Ahead => "ahead",
            Status::Reached => "reached",
            Status::Missed => "missed",
            Status::Unknown => "unknown",
        }
    }
}

impl std::str::FromStr for Status {
    type Err = super::UnknownWord;

    fn from_str(word: &str) -> Result<Status, Self::Err> {
        let all = [
            Status::NotStarted,
            Status::OnTrack,
            Status::Behind,
            Status::Ahead,
            Status::Reached,
            Status::Missed,
            Status::Unknown,
        ];
        all.into_iter().find(|status| status.as_str() == word).ok_or_else(|| {
            let words = "not_started, on_track, behind, ahead, reached, missed, unknown";
            super::UnknownWord(word.to_owned(), words)
        })
    }
}

/// Where a goal stands on a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    pub status: Status,
    /// The goal's own number over the days that are over; `None` before the first figure.
    pub actual: Option<f64>,
    /// What it should be by now to arrive at the target; `None` before the start.
    pub expected: Option<f64>,
    /// How much of the way is behind: 1 at the target, negative when further away than at the start.
    pub progress_share: f64,
    /// How much of the way should be behind.
    pub expected_share: f64,
    /// Days that are left, today included; 0 after the deadline.
    pub days_left: i64,
    pub days_total: i64,
}

/// The goal's number after each day that is over, as far as there are figures.
///
/// A sum is summed up, the last days are summed anew on each day, a level is its newest value, a mean or ratio is that of the days so far, and weeks are
/// those that met their threshold. `history` holds figures as the goal counts them (`Counting::figures`).
pub fn course(plan: &Plan, history: &History) -> Vec<(Date, f64)> {
    let last = history.complete_to.min(plan.deadline);
    if let Counting::Rolling(rolling) = plan.counting {
        return rolling::course(history.days, (plan.start, last), rolling);
    }
    let mut above = 0.0;
    let mut below = 0.0;
    let mut known = 0.0;
    let mut weeks = 0.0;
    let mut week = 0.0;
    let mut level = None;
    let mut days = history.days.iter().filter(|day| day.day >= plan.start).peekable();
    let mut out = Vec::new();
    let any = history.days.iter().any(|day| day.day <= last);
    for (at, day) in plan.start.series(1.day()).take_while(|day| *day <= last).enumerate() {
        let found = days.next_if(|found| found.day == day);
        if let Some(found) = found {
            above += found.numerator;
            below += found.denominator;
            known += 1.0;
            week += found.numerator;
            level = Some(found.numerator);
        } else if history.absent_is_zero {
            known += 1.0;
        }
        if (at + 1).is_multiple_of(7) {
            if let Counting::Weeks { threshold } = plan.counting {
                weeks += f64::from(u8::from(plan.better.meets(week, threshold)));
            }
            week = 0.0;
        }
        let number = match plan.counting {
            Counting::Sum | Counting::Rolling(_) => any.then_some(above),
            Counting::EndLevel => level,
            Counting::Mean => (known > 0.0).then(|| above / known),
            Counting::Ratio { scale } => (below > 0.0).then(|| above / below * scale),
            Counting::Weeks { .. } => any.then_some(weeks),
        };
        out.extend(number.map(|number| (day, number)));
    }
    out
}

/// The path to the target where nothing is known of the season: a sum by even steps, a level on a straight line
/// from its baseline, a mean or ratio at the target.
pub fn plain_path(plan: &Plan) -> Vec<(Date, f64)> {
    let all = plan.days() as f64;
    let from = match plan.counting {
        Counting::Sum | Counting::Weeks { .. } => 0.0,
        Counting::EndLevel | Counting::Rolling(_) => {
            plan.baseline.known().unwrap_or(plan.target_value)
        }
        Counting::Mean | Counting::Ratio { .. } => plan.target_value,
    };
    let days = plan.start.series(1.day()).take_while(|day| *day <= plan.deadline);
    days.enumerate()
        .map(|(at, day)| (day, from + (plan.target_value - from) * (at + 1) as f64 / all))
        .collect()
}

/// Where the goal stands, from its course and its outlook, if there is one.
pub fn progress(
    plan: &Plan,
    outlook: Option<&Outlook>,
    path: &[(Date, f64)],
    course: &[(Date, f64)],
    today: Date,
) -> Progress {
    let actual = course.last().map(|(_, number)| *number);
    let due =
        |day: Date| path.iter().take_while(|(at, _)| *at <= day).last().map(|(_, number)| *number);
    // Compared on the day of the newest figure: what is not over is not due.
    let compared = course.last().map_or(today.saturating_sub(1.day()), |(day, _)| *day);
    let expected = due(compared);
    let from = match plan.counting {
        Counting::Sum | Counting::Weeks { .. } => 0.0,
        _ => plan.baseline.known().unwrap_or(0.0),
    };
    let way = plan.target_value - from;
    let share = |number: Option<f64>| match number {
        Some(number) if way != 0.0 => (number - from) / way,
        _ => 0.0,
    };
    Progress {
        status: status(plan, outlook, actual, today),
        actual,
        expected,
        progress_share: share(actual),
        expected_share: share(expected),
        days_left: days_between(today.max(plan.start), plan.deadline),
        days_total: plan.days(),
    }
}

fn status(plan: &Plan, outlook: Option<&Outlook>, actual: Option<f64>, today: Date) -> Status {
    if let Some(outlook) = outlook {
        return wording::standing(&plan.goal(), outlook, today);
    }
    let met = actual.is_some_and(|actual| plan.better.meets(actual, plan.target_value));
    let adds = matches!(plan.counting, Counting::Sum | Counting::Weeks { .. });
    let more = plan.better == crate::metric::Better::More;
    match () {
        () if today < plan.start => Status::NotStarted,
        () if met && adds && more => Status::Reached,
        () if actual.is_none() || today <= plan.deadline => Status::Unknown,
        () if met => Status::Reached,
        () => Status::Missed,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::goal::{Baseline, TargetKind};
    use crate::metric::{Better, DayValue};

    fn plan(counting: Counting, better: Better, from: f64, to: f64) -> Plan {
        Plan {
            counting,
            better,
            baseline: Baseline {
                value: from,
                from: date(2026, 3, 1),
                to: date(2026, 3, 31),
                days: 31,
            },
            target_kind: TargetKind::Absolute,
            target_input: to,
            target_value: to,
            start: date(2026, 4, 1),
            deadline: date(2026, 4, 10),
        }
    }

    fn days(values: &[(i8, f64, f64)]) -> Vec<DayValue> {
        let make = |(day, numerator, denominator): &(i8, f64, f64)| DayValue {
            day: date(2026, 4, *day),
            numerator: *numerator,
            denominator: *denominator,
        };
        values.iter().map(make).collect()
    }

    fn numbers(plan: &Plan, days: &[DayValue], to: i8, absent_is_zero: bool) -> Vec<f64> {
        let history = History { days, complete_to: date(2026, 4, to), absent_is_zero };
        course(plan, &history).into_iter().map(|(_, number)| number).collect()
    }

    #[test]
    fn the_number_so_far_follows_the_way_of_counting() {
        let some = days(&[(1, 5.0, 10.0), (3, 1.0, 90.0)]);
        let of = |counting| plan(counting, Better::More, 1.0, 20.0);
        assert_eq!(numbers(&of(Counting::Sum), &some, 4, true), [5.0, 5.0, 6.0, 6.0]);
        assert_eq!(numbers(&of(Counting::EndLevel), &some, 4, false), [5.0, 5.0, 1.0, 1.0]);
        assert_eq!(numbers(&of(Counting::Mean), &some, 3, false), [5.0, 5.0, 3.0]);
        let ratio = of(Counting::Ratio { scale: 100.0 });
        assert_eq!(numbers(&ratio, &some, 3, true), [50.0, 50.0, 6.0]);
        let weeks = of(Counting::Weeks { threshold: 6.0 });
        assert_eq!(numbers(&weeks, &some, 8, true)[5..], [0.0, 1.0, 1.0]);
        // A level without a figure in the period has none yet.
        assert!(numbers(&of(Counting::EndLevel), &some[1..], 2, false).is_empty());
        assert!(numbers(&of(Counting::Sum), &[], 2, true).is_empty());
    }

    #[test]
    fn without_a_forecast_nothing_is_guessed() {
        let sum = plan(Counting::Sum, Better::More, 0.0, 20.0);
        let path = plain_path(&sum);
        assert_eq!((path[0].1, path[9].1), (2.0, 20.0));
        let on = |day: i8, reached: f64| {
            let course = [(date(2026, 4, day).yesterday().expect("a day"), reached)];
            progress(&sum, None, &path, &course, date(2026, 4, day))
        };
        let found = on(6, 5.0);
        assert_eq!(
            (found.status, found.expected, found.progress_share),
            (Status::Unknown, Some(10.0), 0.25)
        );
        assert_eq!((found.days_left, found.days_total), (5, 10));
        assert_eq!(on(6, 20.0).status, Status::Reached);
        assert_eq!(on(11, 19.0).status, Status::Missed);
        assert_eq!(progress(&sum, None, &path, &[], date(2026, 3, 1)).status, Status::NotStarted);
        assert_eq!(progress(&sum, None, &path, &[], date(2026, 4, 11)).status, Status::Unknown);
        let level = plan(Counting::EndLevel, Better::Less, 40.0, 30.0);
        assert_eq!(plain_path(&level)[4].1, 35.0);
        let found = progress(
            &level,
            None,
            &plain_path(&level),
            &[(date(2026, 4, 5), 38.0)],
            date(2026, 4, 6),
        );
        assert!(
            (found.progress_share - 0.2).abs() < 1e-12
                && (found.expected_share - 0.5).abs() < 1e-12
        );
    }
}
