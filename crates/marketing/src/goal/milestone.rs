//! Milestones: points on the way with a day and a value, cut by the season, and which were missed.

use jiff::civil::Date;

use super::days_between;
use super::outlook::Counting;
use crate::metric::Better;

/// A point on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Milestone {
    pub name: String,
    /// Last day that counts.
    pub due: Date,
    /// What the goal's number should be by then; `None` for one that is met by work alone.
    pub value: Option<f64>,
    /// The day on which a person marked it as met.
    pub met_on: Option<Date>,
}

/// How a milestone stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Ahead, not yet met.
    Upcoming,
    /// Within a week, not yet met.
    Near,
    Met,
    /// Met after its day.
    MetLate,
    Missed,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            State::Upcoming => "upcoming",
            State::Near => "near",
            State::Met => "met",
            State::MetLate => "met_late",
            State::Missed => "missed",
        }
    }
}

/// How a goal's time is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// At the end of every calendar month before the deadline.
    Monthly,
    /// So many stretches of the same expected gain: the days follow the season.
    EqualGain(usize),
    /// So many stretches of the same length.
    EqualTime(usize),
}

/// Most milestones that a cut gives.
const MOST: usize = 60;

/// Why a path cannot be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CutError {
    /// A mean or a ratio is compared with its target all the way; a level may stand at its target already.
    #[error(
        "the expected path is the target on every day, so there is no gain to cut: cut the time, `monthly` or \
         `equal_time`"
    )]
    Flat,
}

/// Cuts the expected path of a goal (`Outlook::path`) into milestones; the deadline is none of them.
///
/// Each has the path's value on its day, so that a quiet season is not asked for a busy one's gain.
///
/// # Errors
/// [`CutError::Flat`] for stretches of the same gain along a path that gains nothing.
pub fn cut(path: &[(Date, f64)], how: Cut) -> Result<Vec<(Date, f64)>, CutError> {
    let (Some(first), Some(last)) = (path.first(), path.last()) else { return Ok(Vec::new()) };
    let before_last = |found: &(Date, f64)| found.0 < last.0;
    let flat = path.len() > 1 && path.iter().all(|(_, value)| *value == last.1);
    Ok(match how {
        Cut::EqualGain(_) if flat => return Err(CutError::Flat),
        Cut::Monthly => path
            .iter()
            .filter(|(day, _)| *day == day.last_of_month())
            .filter(|found| before_last(found))
            .take(MOST)
            .copied()
            .collect(),
        Cut::EqualTime(parts) => {
            let parts = parts.clamp(1, MOST + 1);
            (1..parts)
                .filter_map(|part| path.get((path.len() * part / parts).checked_sub(1)?))
                .filter(|found| before_last(found))
                .copied()
                .collect()
        }
        Cut::EqualGain(parts) => {
            let parts = parts.clamp(1, MOST + 1);
            // Before the first day nothing of a sum is gained; a level starts a step before its first.
            let step = path.get(1).map_or(0.0, |second| second.1 - first.1);
            let from = if first.1 * step >= 0.0 && first.1.abs() <= step.abs() * 3.0 {
                0.0
            } else {
                first.1 - step
            };
            let gain = last.1 - from;
            let mut found: Vec<(Date, f64)> = Vec::new();
            for part in 1..parts {
                let wanted = from + gain * part as f64 / parts as f64;
                let reached =
                    |value: f64| if gain >= 0.0 { value >= wanted } else { value <= wanted };
                if let Some(point) = path
                    .iter()
                    .find(|(_, value)| reached(*value))
                    .filter(|point| before_last(point))
                    && found.last().is_none_or(|known| known.0 < point.0)
                {
                    found.push(*point);
                }
            }
            found
        }
    })
}

/// How a milestone stands, given the goal's number after each day that is over.
///
/// A sum or a level whose more is better is met as soon as it gets there. A mean or a ratio may be above its
/// target on any lucky day, and what is better lower may come back: those are judged by how they stand when the
/// milestone's day is over.
pub fn state(
    milestone: &Milestone,
    (counting, better): (Counting, Better),
    reached: &[(Date, f64)],
    today: Date,
) -> State {
    let meets = |value: f64| {
        milestone.value.is_some_and(|wanted| match better {
            Better::More => value >= wanted,
            Better::Less => value <= wanted,
        })
    };
    let by_figures = match (counting, better) {
        (
            Counting::Sum | Counting::Rolling(_) | Counting::EndLevel | Counting::Weeks { .. },
            Better::More,
        ) => reached.iter().find(|(_, value)| meets(*value)).map(|(day, _)| *day),
        _ => {
            let on = reached.iter().rev().find(|(day, _)| *day <= milestone.due);
            let over = today > milestone.due;
            on.filter(|(_, value)| over && meets(*value)).map(|(day, _)| *day)
        }
    };
    let met = match (by_figures, milestone.met_on) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    match met {
        Some(day) if day <= milestone.due => State::Met,
        Some(_) => State::MetLate,
        None if today > milestone.due => State::Missed,
        None if days_between(today, milestone.due) <= 8 => State::Near,
        None => State::Upcoming,
    }
}

/// What matters of a goal's milestones now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outline {
    pub met: usize,
    /// The latest one that is decided, if it was missed: one that was met makes up for those before it.
    pub missed: Option<usize>,
    /// The nearest one that is ahead.
    pub next: Option<usize>,
}

/// Looks at all milestones of a goal, each with its day and how it stands; answers with their places in the list.
pub fn outline(milestones: &[(Date, State)]) -> Outline {
    let all = || milestones.iter().enumerate();
    let missed = |state: State| state == State::Missed;
    let met = |state: State| matches!(state, State::Met | State::MetLate);
    let decided = all().filter(|(_, (_, state))| missed(*state) || met(*state));
    let latest = decided.max_by_key(|(_, (day, state))| (*day, missed(*state)));
    let ahead = all().filter(|(_, (_, state))| matches!(state, State::Upcoming | State::Near));
    Outline {
        met: milestones.iter().filter(|(_, state)| met(*state)).count(),
        missed: latest.filter(|(_, (_, state))| missed(*state)).map(|(at, _)| at),
        next: ahead.min_by_key(|(_, (day, _))| *day).map(|(at, _)| at),
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use jiff::civil::date;

    use super::*;

    fn path(values: &[f64]) -> Vec<(Date, f64)> {
        date(2026, 4, 28).series(1.day()).zip(values.iter().copied()).collect()
    }

    #[test]
    fn milestones_follow_the_season() {
        // 10 a day for three days, then 1 a day for four, then 10: 44 in all.
        let path = path(&[10.0, 20.0, 30.0, 31.0, 32.0, 33.0, 34.0, 44.0]);
        assert_eq!(
            cut(&path, Cut::EqualGain(2)).expect("cut"),
            [(date(2026, 4, 30), 30.0)],
            "half of 44 is reached on the third day"
        );
        assert_eq!(cut(&path, Cut::EqualTime(2)), Ok(vec![(date(2026, 5, 1), 31.0)]));
        assert_eq!(cut(&path, Cut::Monthly), Ok(vec![(date(2026, 4, 30), 30.0)]));
        assert_eq!(cut(&[], Cut::Monthly), Ok(vec![]));
        assert_eq!(cut(&path, Cut::EqualGain(1)), Ok(vec![]));
    }

    #[test]
    fn a_milestone_that_is_met_makes_up_for_those_that_were_missed_before() {
        let on = |day: i8, state: State| (date(2026, 4, day), state);
        let all = [
            on(20, State::Upcoming),
            on(1, State::Missed),
            on(8, State::MetLate),
            on(15, State::Near),
        ];
        assert_eq!(outline(&all), Outline { met: 1, missed: None, next: Some(3) });
        let later = [all[0], all[1], all[2], on(9, State::Missed)];
        assert_eq!(outline(&later), Outline { met: 1, missed: Some(3), next: Some(0) });
        let one_of_two = [on(8, State::Missed), on(8, State::Met)];
        assert_eq!(outline(&one_of_two).missed, Some(0));
        assert_eq!(outline(&[]), Outline::default());
    }

    #[test]
    fn a_falling_level_has_milestones_too() {
        let path = path(&[38.0, 36.0, 34.0, 32.0, 30.0]);
        assert_eq!(cut(&path, Cut::EqualGain(2)), Ok(vec![(date(2026, 4, 30), 34.0)]));
    }

    #[test]
    fn a_milestone_is_met_late_or_missed_by_its_day() {
        let milestone = |value: f64| Milestone {
            name: "Half".into(),
            due: date(2026, 4, 30),
            value: Some(value),
            met_on: None,
        };
        let sums = path(&[10.0, 20.0, 30.0, 40.0]);
        let sum = (Counting::Sum, Better::More);
        let of = |value, today| state(&milestone(value), sum, &sums, today);
        assert_eq!(of(30.0, date(2026, 5, 2)), State::Met);
        assert_eq!(of(35.0, date(2026, 5, 2)), State::MetLate);
        assert_eq!(of(50.0, date(2026, 5, 2)), State::Missed);
        assert_eq!(of(50.0, date(2026, 4, 30)), State::Near);
        assert_eq!(of(50.0, date(2026, 4, 1)), State::Upcoming);
        let marked = Milestone { value: None, met_on: Some(date(2026, 4, 29)), ..milestone(0.0) };
        assert_eq!(state(&marked, sum, &[], date(2026, 5, 2)), State::Met);
        // A bounce rate that dipped and came back has not met it.
        let rates = path(&[40.0, 33.0, 38.0, 33.0]);
        let lower = (Counting::Ratio { scale: 100.0 }, Better::Less);
        assert_eq!(state(&milestone(35.0), lower, &rates, date(2026, 5, 2)), State::Missed);
        assert_eq!(state(&milestone(38.0), lower, &rates, date(2026, 5, 2)), State::Met);
    }

    #[test]
    fn a_ratio_above_its_target_on_a_lucky_first_day_has_not_met_its_milestone() {
        let milestone = Milestone {
            name: "April".into(),
            due: date(2026, 4, 30),
            value: Some(3.0),
            met_on: None,
        };
        let lucky = path(&[4.0, 2.5, 2.4, 2.6]);
        for counting in [Counting::Mean, Counting::Ratio { scale: 100.0 }] {
            let on = |reached: &[(Date, f64)], day| {
                state(&milestone, (counting, Better::More), reached, day)
            };
            assert_eq!(on(&lucky[..1], date(2026, 4, 29)), State::Near);
            assert_eq!(on(&lucky[..3], date(2026, 5, 1)), State::Missed);
            assert_eq!(on(&lucky, date(2026, 5, 2)), State::Missed);
            // It stands above its target when its day is over.
            assert_eq!(on(&path(&[2.0, 2.5, 3.1]), date(2026, 4, 30)), State::Near);
            assert_eq!(on(&path(&[2.0, 2.5, 3.1, 1.0]), date(2026, 5, 1)), State::Met);
        }
    }

    #[test]
    fn a_flat_path_has_no_gain_to_cut() {
        let flat = path(&[3.0, 3.0, 3.0, 3.0]);
        assert_eq!(cut(&flat, Cut::EqualGain(2)), Err(CutError::Flat));
        assert_eq!(cut(&flat, Cut::EqualTime(2)), Ok(vec![(date(2026, 4, 29), 3.0)]));
        assert_eq!(cut(&flat, Cut::Monthly), Ok(vec![(date(2026, 4, 30), 3.0)]));
    }
}
