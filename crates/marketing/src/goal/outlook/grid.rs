//! The days of a metric that are over: one figure a day, and what of the goal's period they make.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::super::{Rolling, days_between, rolling};
use super::{Counting, Goal, History};

/// The past on every day.
pub(super) struct Grid {
    pub(super) first: Date,
    pub(super) last: Date,
    pub(super) numerators: Vec<f64>,
    pub(super) denominators: Vec<f64>,
    /// Whether people know why a day is not as usual: it counts, but nothing is learned from it.
    pub(super) unusual: Vec<bool>,
}

impl Grid {
    /// `known_causes` are spans of days, both included.
    pub(super) fn new(
        history: &History,
        known_causes: &[(Date, Date)],
        most_days: usize,
    ) -> Option<Grid> {
        let known = || history.days.iter().filter(|day| day.day <= history.complete_to);
        let earliest = known().map(|day| day.day).min()?;
        let last = history.complete_to;
        let length = usize::try_from(days_between(earliest, last)).ok()?.clamp(1, most_days.max(1));
        let first = last.saturating_sub(i64::try_from(length - 1).ok()?.days());
        let absent = if history.absent_is_zero { 0.0 } else { f64::NAN };
        let (mut numerators, mut denominators) = (vec![absent; length], vec![absent; length]);
        for day in known().filter(|day| day.day >= first) {
            let at = usize::try_from(days_between(first, day.day) - 1).ok()?;
            numerators[at] = day.numerator;
            denominators[at] = day.denominator;
        }
        let known = |day: Date| known_causes.iter().any(|(from, to)| *from <= day && day <= *to);
        let unusual = first.series(1.day()).take(length).map(known).collect();
        Some(Grid { first, last, numerators, denominators, unusual })
    }

    /// Figures of its days without those that nothing is learned from.
    pub(super) fn learned(&self, mut figures: Vec<f64>) -> Vec<f64> {
        for (figure, unusual) in figures.iter_mut().zip(&self.unusual) {
            if *unusual {
                *figure = f64::NAN;
            }
        }
        figures
    }

    pub(super) fn next(&self) -> Date {
        self.last.saturating_add(1.day())
    }

    pub(super) fn day(&self, at: usize) -> Date {
        self.first.saturating_add(i64::try_from(at).unwrap_or(0).days())
    }

    /// What of the goal's period is over.
    pub(super) fn over(&self, goal: &Goal) -> Over {
        let mut over = Over::default();
        let mut week = 0.0;
        for at in 0..self.numerators.len() {
            let day = self.day(at);
            if day < goal.start || day > goal.deadline {
                continue;
            }
            let (above, below) = (self.numerators[at], self.denominators[at]);
            over.steps += 1;
            if above.is_finite() {
                over.sum += above;
                over.known += 1;
                over.last = Some(above);
                week += above;
            }
            over.below += if below.is_finite() { below } else { 0.0 };
            if over.steps.is_multiple_of(7) {
                if let Counting::Weeks { threshold } = goal.counting {
                    over.weeks += usize::from(goal.better.meets(week, threshold));
                }
                week = 0.0;
            }
        }
        over.week = week;
        if let Counting::Rolling(rolling) = goal.counting {
            over.rolling = self.rolling(self.last.min(goal.deadline), rolling);
        }
        over.level = self.numerators.iter().rev().copied().find(|value| value.is_finite());
        over
    }

    /// The last days up to a day.
    pub(super) fn rolling(&self, upto: Date, rolling: Rolling) -> Vec<f64> {
        let end = usize::try_from(days_between(self.first, upto)).unwrap_or(0);
        rolling::window(&self.numerators[..end.min(self.numerators.len())], rolling.length())
    }

    /// The series that is forecast: of a ratio its daily value.
    pub(super) fn values(&self, counting: Counting) -> Vec<f64> {
        self.learned(match counting {
            Counting::Ratio { scale } => self
                .numerators
                .iter()
                .zip(&self.denominators)
                .map(|(above, below)| if *below > 0.0 { above / below * scale } else { f64::NAN })
                .collect(),
            _ => self.numerators.clone(),
        })
    }
}

/// The part of the period that is over.
#[derive(Default)]
pub(super) struct Over {
    pub(super) steps: usize,
    pub(super) known: usize,
    pub(super) sum: f64,
    pub(super) below: f64,
    pub(super) weeks: usize,
    /// Sum of the running week.
    pub(super) week: f64,
    /// For the last days: each of them, the oldest first.
    pub(super) rolling: Vec<f64>,
    /// Newest value within the period, and newest at all.
    pub(super) last: Option<f64>,
    pub(super) level: Option<f64>,
}

impl Over {
    pub(super) fn number(&self, goal: &Goal) -> Option<f64> {
        if self.steps == 0 {
            return None;
        }
        match goal.counting {
            Counting::Sum => Some(self.sum),
            Counting::Rolling(_) => Some(self.rolling.iter().sum()),
            Counting::EndLevel => self.last.or(self.level),
            Counting::Mean => (self.known > 0).then(|| self.sum / self.known as f64),
            Counting::Ratio { scale } => (self.below > 0.0).then(|| self.sum / self.below * scale),
            Counting::Weeks { .. } => Some(self.weeks as f64),
        }
    }
}
