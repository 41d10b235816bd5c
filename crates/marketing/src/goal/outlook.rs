//! Will a goal be reached? Forecast of its own days, joint paths, probability, pace and what is required.
//!
//! The days that are over come from the metric's plan (`metric::plan`); the rest of the period is simulated
//! many times from their forecast. Every answer is counted over the same paths.

mod grid;
mod rises;
mod simulated;

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_stats::attainment::{self, Ambition, Attainment, AttainmentError, Direction, Rule};
use luotsi_stats::distribution::Interval;
use luotsi_stats::forecast::{ForecastError, Skill};

use grid::{Grid, Over};
use simulated::Simulated;

use super::{Rolling, UnknownWord, days_between};
use crate::metric::{Better, Combine, DayValue, Nature};

/// What of the period is compared with the target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Counting {
    /// The sum of all days.
    Sum,
    /// The sum of the last days up to the deadline: 80,000 visitors a month by December. It stands on each day, as a
    /// level does.
    Rolling(Rolling),
    /// The value on the last day: followers, a keyword's position.
    EndLevel,
    /// The mean of all days.
    Mean,
    /// Σ numerators ÷ Σ denominators × scale.
    Ratio { scale: f64 },
    /// The number of weeks, counted from the start, whose sum meets a threshold; the target is how many.
    Weeks { threshold: f64 },
}

impl Counting {
    /// How goals on a metric are counted unless the person chooses otherwise.
    pub fn usual(nature: Nature, combine: Combine) -> Counting {
        match (combine, nature) {
            (Combine::Ratio { scale }, _) => Counting::Ratio { scale },
            (Combine::Last, _) | (_, Nature::Stock | Nature::Rank) => Counting::EndLevel,
            (Combine::Sum, nature) if nature.adds_up() => Counting::Sum,
            (Combine::Whole, Nature::Flow) => Counting::Sum,
            _ => Counting::Mean,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Counting::Sum => "sum",
            Counting::Rolling(rolling) => rolling.as_str(),
            Counting::EndLevel => "end_level",
            Counting::Mean => "mean",
            Counting::Ratio { .. } => "ratio",
            Counting::Weeks { .. } => "weeks",
        }
    }

    /// The threshold of goals on weeks.
    pub fn threshold(self) -> Option<f64> {
        match self {
            Counting::Weeks { threshold } => Some(threshold),
            _ => None,
        }
    }

    /// The factor of a ratio: 100 for percent.
    pub fn scale(self) -> Option<f64> {
        match self {
            Counting::Ratio { scale } => Some(scale),
            _ => None,
        }
    }

    /// Reads what `as_str`, `threshold` and `scale` give.
    pub fn parse(word: &str, threshold: Option<f64>, scale: f64) -> Result<Counting, UnknownWord> {
        let words = "sum, last_7_days, last_30_days, last_91_days, last_365_days, end_level, mean, ratio, weeks \
                     (with a threshold)";
        if let Some(rolling) = Rolling::parse(word) {
            return Ok(Counting::Rolling(rolling));
        }
        match (word, threshold) {
            ("sum", _) => Ok(Counting::Sum),
            ("end_level", _) => Ok(Counting::EndLevel),
            ("mean", _) => Ok(Counting::Mean),
            ("ratio", _) => Ok(Counting::Ratio { scale }),
            ("weeks", Some(threshold)) => Ok(Counting::Weeks { threshold }),
            _ => Err(UnknownWord(word.to_owned(), words)),
        }
    }

    /// A metric's days as this way of counting takes them: numerators and denominators for a ratio, else
    /// each day's own value. Days that have none are left out.
    pub fn figures(self, days: &[DayValue], combine: Combine) -> Vec<DayValue> {
        let value = |day: &DayValue| {
            let numerator = day.value(combine)?;
            Some(DayValue { numerator, denominator: 1.0, ..*day })
        };
        match self {
            Counting::Ratio { .. } => days.to_vec(),
            _ => days.iter().filter_map(value).collect(),
        }
    }
}

/// What a goal asks for, in figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    pub counting: Counting,
    pub better: Better,
    pub target: f64,
    /// First and last day that count.
    pub start: Date,
    pub deadline: Date,
}

/// What is known of a metric's days.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    /// In order of time, each day once.
    pub days: &'a [DayValue],
    /// The last day that is over and complete.
    pub complete_to: Date,
    /// Whether a day without figures is zero (events) or unknown (observations).
    pub absent_is_zero: bool,
}

/// How much work a forecast may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Simulated paths.
    pub paths: usize,
    /// Rolling origins by which models are judged.
    pub origins: usize,
    /// Days of the past that are looked at.
    pub most_days: usize,
}

impl Effort {
    /// For one goal, at creation: some tenths of a second.
    pub const FULL: Effort = Effort { paths: 2_000, origins: 20, most_days: 1_100 };
    /// For all goals of the night.
    pub const NIGHTLY: Effort = Effort { paths: 1_000, origins: 10, most_days: 400 };
}

/// A day ahead (or, for a sum, the sum up to it).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ahead {
    pub day: Date,
    pub expected: f64,
    /// 80 of 100 outcomes lie within.
    pub low: f64,
    pub high: f64,
    /// 95 of 100 outcomes lie within.
    pub lowest: f64,
    pub highest: f64,
}

/// What the rest of the period has to bring.
#[derive(Debug, Clone, PartialEq)]
pub struct Required {
    /// A usual day's share of it, or the level for goals on a level.
    pub needed: f64,
    /// What the last four weeks brought on a day, or where the level stands.
    pub usual: f64,
    /// Each remaining day, along the season; empty for levels.
    pub days: Vec<(Date, f64)>,
}

/// The answer for one day.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// 0 to 1.
    pub probability: f64,
    /// What the number of simulated paths leaves open.
    pub interval: Interval,
    /// Median outcome.
    pub expected: f64,
    /// Targets that would be met with 80, 50 and 20 %.
    pub commit: f64,
    pub target: f64,
    pub stretch: f64,
    pub ambition: Ambition,
    /// The goal's own number over the days that are over; `None` before the first.
    pub so_far: Option<f64>,
    /// 1 is on the seasonal path, below behind (for a level: how much of the way, `None`).
    pub pace: Option<f64>,
    /// What the goal's number should be after each day to arrive at the target.
    pub path: Vec<(Date, f64)>,
    /// The goal's number after each day ahead: sums are summed up.
    pub fan: Vec<Ahead>,
    /// The 0th to 100th percentile of the outcome, from the least; empty for goals on weeks and when it is over.
    pub outcomes: Vec<f64>,
    pub required: Required,
    /// Expected outcome less the target, in the metric's unit; positive is beyond the target, either
    /// direction of better.
    pub gap: f64,
    pub skill: Skill,
    /// Mean absolute error of such forecasts in the past, over that of repeating the last week (MASE); below 1
    /// is better. `None` where the past is too short to tell.
    pub mase: Option<f64>,
    /// The share of past outcomes inside the band that 80 of 100 should lie in; `None` as for `mase`.
    pub coverage80: Option<f64>,
    /// Days ahead, up to the deadline.
    pub days_left: i64,
}

impl Outlook {
    /// The probability that another target would have, from the outcomes; `None` without them.
    pub fn probability_of(&self, target: f64, better: Better) -> Option<f64> {
        let last = self.outcomes.len().checked_sub(1)?;
        let below = self.outcomes.partition_point(|outcome| *outcome < target);
        let share = match below {
            0 => 0.0,
            below if below > last => 1.0,
            below => {
                let (low, high) = (self.outcomes[below - 1], self.outcomes[below]);
                (below as f64 - 1.0 + (target - low) / (high - low)) / last as f64
            }
        };
        Some(if better == Better::More { 1.0 - share } else { share })
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OutlookError {
    #[error("the deadline is before the start")]
    NoPeriod,
    #[error("there are no figures yet")]
    NoData,
    #[error(transparent)]
    Forecast(#[from] ForecastError),
    #[error(transparent)]
    Attainment(#[from] AttainmentError),
}

/// The probability of a goal and everything beside it. The same seed gives the same answer.
///
/// # Errors
/// A period that ends before it begins, and too few figures.
pub fn outlook(
    goal: &Goal,
    history: &History,
    effort: Effort,
    seed: u64,
) -> Result<Outlook, OutlookError> {
    outlook_beside(goal, history, &[], effort, seed)
}

/// As [`outlook`], where the days of known causes (both days of each included) count as they were, but nothing
/// is expected of other days because of them: an outage is over, a sale comes once.
///
/// # Errors
/// As [`outlook`]; too few figures may be left.
pub fn outlook_beside(
    goal: &Goal,
    history: &History,
    known_causes: &[(Date, Date)],
    effort: Effort,
    seed: u64,
) -> Result<Outlook, OutlookError> {
    if goal.deadline < goal.start {
        return Err(OutlookError::NoPeriod);
    }
    let grid = Grid::new(history, known_causes, effort.most_days).ok_or(OutlookError::NoData)?;
    let ahead = days_between(grid.next(), goal.deadline);
    let simulated = Simulated::new(&grid, goal, usize::try_from(ahead).unwrap_or(0), effort, seed)?;
    let over = grid.over(goal);
    let attained = attained(goal, &over, &simulated)?;
    let path = path(goal, &grid, &simulated);
    let so_far = over.number(goal);
    let required = required(goal, &grid, &over, &simulated);
    let sign = if goal.better == Better::More { 1.0 } else { -1.0 };
    let pace = match (goal.counting, so_far) {
        (Counting::Sum, Some(so_far)) => {
            let day = grid.last.min(goal.deadline);
            let due = path.iter().find(|(at, _)| *at == day).map(|(_, value)| *value);
            due.filter(|due| *due != 0.0).map(|due| so_far / due)
        }
        _ => None,
    };
    let (fan, outcomes) = fan(goal, &over, &simulated);
    Ok(Outlook {
        probability: attained.probability,
        interval: attained.interval,
        expected: attained.expected,
        commit: attained.commit,
        target: attained.target,
        stretch: attained.stretch,
        ambition: attained.ambition,
        so_far,
        pace,
        path,
        fan,
        outcomes,
        required,
        gap: sign * (attained.expected - goal.target),
        skill: simulated.tested.skill,
        mase: simulated.tested.mase,
        coverage80: simulated.tested.coverage80,
        days_left: ahead.min(days_between(goal.start, goal.deadline)).max(0),
    })
}

fn attained(goal: &Goal, over: &Over, ahead: &Simulated) -> Result<Attainment, AttainmentError> {
    let direction = match goal.better {
        Better::More => Direction::AtLeast,
        Better::Less => Direction::AtMost,
    };
    let ask = |rule| attainment::attainment(rule, direction, goal.target, &ahead.paths);
    match goal.counting {
        Counting::Sum => ask(Rule::Sum { so_far: over.sum }),
        Counting::Rolling(rolling) => {
            let (so_far, skip) = ahead.at_the_end(over, rolling);
            let last: Vec<Vec<f64>> =
                ahead.paths.iter().map(|path| path[skip..].to_vec()).collect();
            attainment::attainment(Rule::Sum { so_far }, direction, goal.target, &last)
        }
        Counting::EndLevel if ahead.days.is_empty() => {
            // Over: the newest value is the last one.
            let level = over.last.or(over.level).unwrap_or(f64::NAN);
            attainment::attainment(Rule::EndLevel, direction, goal.target, &[vec![level]])
        }
        Counting::EndLevel => ask(Rule::EndLevel),
        Counting::Mean => ask(Rule::Mean { so_far: over.sum, steps: over.known }),
        Counting::Ratio { scale } => {
            let rule = Rule::Ratio {
                numerator: over.sum,
                denominator: over.below,
                denominators: &ahead.below,
            };
            let answer =
                attainment::attainment(rule, direction, goal.target / scale, &ahead.paths)?;
            Ok(Attainment {
                expected: answer.expected * scale,
                commit: answer.commit * scale,
                target: answer.target * scale,
                stretch: answer.stretch * scale,
                ..answer
            })
        }
        Counting::Weeks { threshold } => {
            let rule = Rule::Periods {
                met: over.weeks,
                current: over.week,
                current_steps: over.steps % 7,
                length: 7,
                threshold,
            };
            attainment::attainment_of_periods(
                rule,
                direction,
                goal.target.max(0.0) as usize,
                &ahead.paths,
            )
        }
    }
}

/// The goal's number after each day of its period, if it arrives at the target: a sum along the season, a
/// level and the last days on a straight line from where they stood.
fn path(goal: &Goal, grid: &Grid, ahead: &Simulated) -> Vec<(Date, f64)> {
    let days: Vec<Date> =
        goal.start.series(1.day()).take_while(|day| *day <= goal.deadline).collect();
    let past = |day: Date| {
        let at = usize::try_from(days_between(grid.first, day) - 1).ok()?;
        (day >= grid.first).then(|| grid.numerators.get(at).copied()).flatten()
    };
    match goal.counting {
        Counting::Sum => {
            // What each day usually brings: the season of the forecast, and for days that are over that of
            // the same weekday, so that a bad week does not lower its own bar.
            let usual = weekday_means(grid, goal.start);
            let weights: Vec<f64> = days
                .iter()
                .map(|day| match ahead.days.iter().position(|at| at == day) {
                    Some(at) => ahead.mean[at],
                    None => usual[day.weekday().to_monday_zero_offset() as usize],
                })
                .collect();
            days.iter().copied().zip(attainment::expected_path(goal.target, &weights)).collect()
        }
        Counting::Weeks { .. } => {
            let all = days.len() as f64;
            days.iter()
                .enumerate()
                .map(|(at, day)| (*day, goal.target * (at + 1) as f64 / all))
                .collect()
        }
        Counting::EndLevel => {
            let before = goal.start.saturating_sub(1.day());
            let from = past(before).filter(|value| value.is_finite()).or_else(|| {
                let known =
                    grid.numerators.iter().enumerate().filter(|(_, value)| value.is_finite());
                known
                    .min_by_key(|(at, _)| {
                        days_between(grid.day(*at), before).max(days_between(before, grid.day(*at)))
                    })
                    .map(|(_, value)| *value)
            });
            straight(from.unwrap_or(goal.target), goal.target, &days)
        }
        Counting::Rolling(rolling) => {
            let before = goal.start.saturating_sub(1.day());
            let known = before >= grid.first;
            let from = known.then(|| grid.rolling(before, rolling).iter().sum());
            straight(from.unwrap_or(goal.target), goal.target, &days)
        }
        // A mean or a ratio is compared with the target all the way.
        Counting::Mean | Counting::Ratio { .. } => {
            days.into_iter().map(|day| (day, goal.target)).collect()
        }
    }
}

/// Even steps from one number to another.
fn straight(from: f64, to: f64, days: &[Date]) -> Vec<(Date, f64)> {
    let all = days.len() as f64;
    let step = |(at, day): (usize, &Date)| (*day, from + (to - from) * (at + 1) as f64 / all);
    days.iter().enumerate().map(step).collect()
}

/// Mean of each weekday over the eight weeks before a day (or the last eight of the past).
fn weekday_means(grid: &Grid, before: Date) -> [f64; 7] {
    let all = grid.numerators.len();
    let end = usize::try_from(days_between(grid.first, before) - 1).unwrap_or(0).min(all);
    let end = if end < 14 { all } else { end };
    let (mut sums, mut counts) = ([0.0; 7], [0.0_f64; 7]);
    for at in end.saturating_sub(56)..end {
        let weekday = grid.day(at).weekday().to_monday_zero_offset() as usize;
        if grid.numerators[at].is_finite() && !grid.unusual[at] {
            sums[weekday] += grid.numerators[at];
            counts[weekday] += 1.0;
        }
    }
    std::array::from_fn(|day| if counts[day] > 0.0 { sums[day] / counts[day] } else { 0.0 })
}

/// Expected value and bands of the goal's number after each day ahead.
fn fan(goal: &Goal, over: &Over, ahead: &Simulated) -> (Vec<Ahead>, Vec<f64>) {
    let mut outcomes = Vec::new();
    let last = ahead.days.len();
    let before = match goal.counting {
        Counting::Rolling(_) => over.rolling.iter().sum(),
        _ => over.sum,
    };
    let mut states: Vec<(f64, f64, usize)> =
        vec![(before, over.below, over.known); ahead.paths.len()];
    let fan = ahead
        .days
        .iter()
        .enumerate()
        .map(|(at, day)| {
            let mut values: Vec<f64> = states
                .iter_mut()
                .enumerate()
                .map(|(index, state)| {
                    let value = ahead.paths[index][at];
                    state.0 += value;
                    state.2 += 1;
                    match goal.counting {
                        Counting::Sum => state.0,
                        Counting::Rolling(rolling) => {
                            let left = match at.checked_sub(rolling.length()) {
                                Some(gone) => ahead.paths[index][gone],
                                None => over.rolling[at],
                            };
                            state.0 -= left;
                            state.0
                        }
                        Counting::EndLevel | Counting::Weeks { .. } => value,
                        Counting::Mean => state.0 / state.2 as f64,
                        Counting::Ratio { scale } => {
                            state.1 += ahead.below[index][at];
                            if state.1 > 0.0 { state.0 / state.1 * scale } else { 0.0 }
                        }
                    }
                })
                .collect();
            values.sort_unstable_by(f64::total_cmp);
            let quantile = |share: f64| {
                let at = (share * (values.len() - 1) as f64).round() as usize;
                values[at.min(values.len() - 1)]
            };
            if at + 1 == last && !matches!(goal.counting, Counting::Weeks { .. }) {
                outcomes = (0..=100).map(|percent| quantile(f64::from(percent) / 100.0)).collect();
            }
            Ahead {
                day: *day,
                expected: quantile(0.5),
                low: quantile(0.1),
                high: quantile(0.9),
                lowest: quantile(0.025),
                highest: quantile(0.975),
            }
        })
        .filter(|ahead: &Ahead| ahead.day >= goal.start)
        .collect();
    (fan, outcomes)
}

fn required(goal: &Goal, grid: &Grid, over: &Over, ahead: &Simulated) -> Required {
    let four_weeks = grid.numerators.len().saturating_sub(28)..grid.numerators.len();
    let usual_of = |figures: &[f64]| -> Vec<f64> {
        let days = figures[four_weeks.clone()].iter().zip(&grid.unusual[four_weeks.clone()]);
        days.filter(|(value, unusual)| value.is_finite() && !**unusual)
            .map(|(value, _)| *value)
            .collect()
    };
    let known = usual_of(&grid.numerators);
    let usual = known.iter().sum::<f64>() / known.len().max(1) as f64;
    let left = ahead.days.len() as f64;
    match goal.counting {
        Counting::Sum => {
            let days: Vec<(Date, f64)> = ahead
                .days
                .iter()
                .copied()
                .zip(attainment::required(goal.target, over.sum, &ahead.mean))
                .collect();
            let rest = (goal.target - over.sum).max(0.0);
            let needed = if left > 0.0 { rest / left } else { 0.0 };
            Required { needed, usual, days }
        }
        Counting::Rolling(rolling) => {
            // The last days up to the deadline have to bring it.
            let (so_far, skip) = ahead.at_the_end(over, rolling);
            let days = ahead.days.iter().copied().skip(skip);
            let rest = (goal.target - so_far).max(0.0);
            let needed = if left > 0.0 { rest / (left - skip as f64) } else { 0.0 };
            let each = attainment::required(goal.target, so_far, &ahead.mean[skip..]);
            Required { needed, usual, days: days.zip(each).collect() }
        }
        Counting::EndLevel => Required {
            needed: goal.target,
            usual: over.level.unwrap_or_default(),
            days: Vec::new(),
        },
        Counting::Mean => {
            // What the remaining days must be on average.
            let needed = if left > 0.0 {
                (goal.target * (over.known as f64 + left) - over.sum) / left
            } else {
                goal.target
            };
            Required { needed, usual, days: Vec::new() }
        }
        Counting::Ratio { scale } => {
            let below: f64 = ahead.mean.iter().sum();
            let needed = if below > 0.0 {
                (goal.target / scale * (over.below + below) - over.sum) / below * scale
            } else {
                goal.target
            };
            let volume: f64 = usual_of(&grid.denominators).iter().sum();
            let sum: f64 = known.iter().sum();
            let usual = if volume > 0.0 { sum / volume * scale } else { 0.0 };
            Required { needed, usual, days: Vec::new() }
        }
        Counting::Weeks { .. } => Required {
            needed: (goal.target - over.weeks as f64).max(0.0),
            usual: usual * 7.0,
            days: Vec::new(),
        },
    }
}

#[cfg(test)]
mod tests;
