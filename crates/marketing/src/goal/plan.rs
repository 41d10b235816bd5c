//! From what a person asks for to a plan that can be followed.

use jiff::civil::Date;

use super::outlook::{Counting, Goal};
use super::{Baseline, TargetKind, days_between};
use crate::metric::{Better, Nature};

/// Most days of a goal: five years.
const MOST_DAYS: i64 = 1827;

/// The measurable half of a goal: from where to where, and when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    pub counting: Counting,
    /// Which way the metric should go.
    pub better: Better,
    pub baseline: Baseline,
    pub target_kind: TargetKind,
    /// As given: a value, percent, or a change.
    pub target_input: f64,
    /// The value to reach.
    pub target_value: f64,
    /// First day that counts.
    pub start: Date,
    /// Last day that counts, itself included.
    pub deadline: Date,
}

/// What a person asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    pub kind: TargetKind,
    /// A value, or a change from the baseline in percent or in the metric's unit.
    pub input: f64,
}

/// Why a goal cannot be set like this.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    #[error("the deadline is before the start")]
    DeadlineBeforeStart,
    #[error("a goal lasts {MOST_DAYS} days at most")]
    TooLong,
    #[error("the target is not a number")]
    NotANumber,
    #[error("the target of a sum is more than zero")]
    NotPositive,
    #[error("it cannot go below zero")]
    Negative,
    #[error("a change needs figures from before: give the target as a value")]
    ChangeOfNothing,
    #[error("the target is where it already stands")]
    NoChange,
    #[error("when {} is better, this change makes it worse: turn the direction, or give the value to hold", .0.as_str())]
    AgainstDirection(Better),
    #[error("the target is a number of weeks, from 1 to the {0} whole weeks of the goal")]
    Weeks(i64),
}

/// Whether two days can bound a goal.
pub(super) fn check_days(start: Date, deadline: Date) -> Result<(), PlanError> {
    match days_between(start, deadline) {
        0 => Err(PlanError::DeadlineBeforeStart),
        days if days > MOST_DAYS => Err(PlanError::TooLong),
        _ => Ok(()),
    }
}

impl Target {
    /// The value to reach from a baseline: 15 percent more than 70,000 is 80,500.
    pub fn value(self, baseline: &Baseline) -> Result<f64, PlanError> {
        if !self.input.is_finite() {
            return Err(PlanError::NotANumber);
        }
        match (self.kind, baseline.known()) {
            (TargetKind::Absolute, _) => Ok(self.input),
            (_, None) => Err(PlanError::ChangeOfNothing),
            (TargetKind::Percent, Some(0.0)) => Err(PlanError::ChangeOfNothing),
            (TargetKind::Percent, Some(value)) => Ok(value * (100.0 + self.input) / 100.0),
            (TargetKind::Change, Some(value)) => Ok(value + self.input),
        }
    }

    /// Which way a change goes from a baseline; `None` of a value, and of a change that cannot be told.
    pub fn direction(self, baseline: &Baseline) -> Option<Better> {
        let change = self.kind != TargetKind::Absolute;
        let value = self.value(baseline).ok().filter(|value| change && *value != baseline.value)?;
        Some(if value > baseline.value { Better::More } else { Better::Less })
    }
}

impl Plan {
    /// Puts a plan together and refuses what cannot be followed.
    pub fn new(
        counting: Counting,
        (better, nature): (Better, Nature),
        baseline: Baseline,
        target: Target,
        (start, deadline): (Date, Date),
    ) -> Result<Plan, PlanError> {
        check_days(start, deadline)?;
        let target_value = target.value(&baseline)?;
        let weeks = days_between(start, deadline) / 7;
        match counting {
            Counting::Sum | Counting::Rolling(_) if target_value <= 0.0 => {
                return Err(PlanError::NotPositive);
            }
            Counting::Weeks { .. } if !(1.0..=weeks as f64).contains(&target_value) => {
                return Err(PlanError::Weeks(weeks));
            }
            Counting::Sum | Counting::Rolling(_) | Counting::Weeks { .. } => {}
            _ if target_value < 0.0 && nature != Nature::Score => return Err(PlanError::Negative),
            _ if baseline.known() == Some(target_value) => return Err(PlanError::NoChange),
            _ => {}
        }
        if target.direction(&baseline).is_some_and(|way| way != better) {
            return Err(PlanError::AgainstDirection(better));
        }
        Ok(Plan {
            counting,
            better,
            baseline,
            target_kind: target.kind,
            target_input: target.input,
            target_value,
            start,
            deadline,
        })
    }

    /// How many days the goal has, first and last included.
    pub fn days(&self) -> i64 {
        days_between(self.start, self.deadline)
    }

    /// What the outlook is asked for.
    pub fn goal(&self) -> Goal {
        Goal {
            counting: self.counting,
            better: self.better,
            target: self.target_value,
            start: self.start,
            deadline: self.deadline,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn plan(counting: Counting, value: f64, target: Target) -> Result<Plan, PlanError> {
        plan_of(Better::More, counting, value, target)
    }

    fn plan_of(
        better: Better,
        counting: Counting,
        value: f64,
        target: Target,
    ) -> Result<Plan, PlanError> {
        let days = if value == 0.0 { 0 } else { 90 };
        let baseline = Baseline { value, from: date(2026, 1, 1), to: date(2026, 3, 31), days };
        let way = (better, Nature::Flow);
        Plan::new(counting, way, baseline, target, (date(2026, 4, 1), date(2026, 6, 30)))
    }

    fn target(kind: TargetKind, input: f64) -> Target {
        Target { kind, input }
    }

    #[test]
    fn a_target_in_percent_is_a_change_from_the_baseline() {
        let percent = |input| target(TargetKind::Percent, input);
        let more = plan(Counting::Sum, 70_000.0, percent(15.0)).expect("a plan");
        assert_eq!((more.target_value, more.days()), (80_500.0, 91));
        let less = |target| plan_of(Better::Less, Counting::Mean, 40.0, target).expect("a plan");
        let fewer = less(percent(-25.0));
        assert_eq!(fewer.target_value, 30.0);
        let points = less(target(TargetKind::Change, -5.0));
        assert_eq!(points.target_value, 35.0);
    }

    #[test]
    fn a_target_that_cannot_be_followed_is_refused() {
        let percent = |input| target(TargetKind::Percent, input);
        let absolute = |input| target(TargetKind::Absolute, input);
        let sum = Counting::Sum;
        assert_eq!(plan(sum, 0.0, percent(15.0)), Err(PlanError::ChangeOfNothing));
        assert_eq!(
            plan(sum, 0.0, target(TargetKind::Change, 15.0)),
            Err(PlanError::ChangeOfNothing)
        );
        assert_eq!(plan(sum, 100.0, percent(-100.0)), Err(PlanError::NotPositive));
        assert_eq!(plan(sum, 100.0, absolute(f64::NAN)), Err(PlanError::NotANumber));
        assert_eq!(plan(Counting::EndLevel, 3.0, absolute(-1.0)), Err(PlanError::Negative));
        assert_eq!(plan(Counting::Mean, 3.0, absolute(3.0)), Err(PlanError::NoChange));
        let weeks = Counting::Weeks { threshold: 10.0 };
        assert_eq!(plan(weeks, 3.0, absolute(14.0)), Err(PlanError::Weeks(13)));
        assert!(plan(weeks, 3.0, absolute(13.0)).is_ok());
        assert_eq!(plan(sum, 0.0, absolute(100.0)).map(|plan| plan.target_value), Ok(100.0));
    }

    #[test]
    fn a_change_that_makes_it_worse_is_refused() {
        let percent = |input| target(TargetKind::Percent, input);
        let refused = |better| Err(PlanError::AgainstDirection(better));
        let (mean, sum) = (Counting::Mean, Counting::Sum);
        assert_eq!(plan(sum, 40.0, percent(-10.0)), refused(Better::More));
        assert_eq!(plan(mean, 40.0, target(TargetKind::Change, -4.0)), refused(Better::More));
        assert_eq!(plan_of(Better::Less, mean, 40.0, percent(10.0)), refused(Better::Less));
        let less = plan_of(Better::Less, sum, 40.0, percent(-10.0)).expect("a plan");
        assert_eq!((less.target_value, less.better), (36.0, Better::Less));
        // Of a value nobody knows whether it is to be held; ten percent of a loss are more of it.
        assert!(plan(mean, 40.0, target(TargetKind::Absolute, 30.0)).is_ok());
        let loss = Baseline { value: -20.0, from: date(2026, 1, 1), to: date(2026, 1, 2), days: 2 };
        assert_eq!(percent(10.0).direction(&loss), Some(Better::Less));
        assert_eq!(target(TargetKind::Absolute, 10.0).direction(&loss), None);
    }

    #[test]
    fn a_goal_lasts_from_a_day_to_five_years() {
        assert_eq!(check_days(date(2026, 4, 1), date(2026, 4, 1)), Ok(()));
        assert_eq!(
            check_days(date(2026, 4, 2), date(2026, 4, 1)),
            Err(PlanError::DeadlineBeforeStart)
        );
        assert_eq!(check_days(date(2026, 1, 1), date(2031, 1, 1)), Ok(()));
        assert_eq!(check_days(date(2026, 1, 1), date(2031, 1, 2)), Err(PlanError::TooLong));
    }
}
