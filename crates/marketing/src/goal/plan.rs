//! From what a person asks for to a plan that can be followed.

use jiff::civil::Date;

use super::{Baseline, Kind, Plan, TargetKind, Weights, days_between};

/// Most days of a goal: five years.
const MOST_DAYS: i64 = 1827;

/// What a person asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    pub kind: TargetKind,
    /// A value, or percent of change from the baseline.
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
    #[error("a level below zero cannot be reached")]
    Negative,
    #[error("a change in percent needs figures from before: give the target as a value")]
    PercentOfNothing,
    #[error("the target is where it already stands")]
    NoChange,
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
    pub fn value(self, baseline: f64) -> Result<f64, PlanError> {
        if !self.input.is_finite() {
            return Err(PlanError::NotANumber);
        }
        match self.kind {
            TargetKind::Absolute => Ok(self.input),
            TargetKind::Percent if baseline == 0.0 => Err(PlanError::PercentOfNothing),
            TargetKind::Percent => Ok(baseline * (100.0 + self.input) / 100.0),
        }
    }
}

impl Plan {
    /// Puts a plan together and refuses what cannot be followed.
    pub fn new(
        kind: Kind,
        baseline: Baseline,
        target: Target,
        start: Date,
        deadline: Date,
        weights: Weights,
    ) -> Result<Plan, PlanError> {
        check_days(start, deadline)?;
        let target_value = target.value(baseline.value)?;
        match kind {
            Kind::Total if target_value <= 0.0 => return Err(PlanError::NotPositive),
            Kind::Level if target_value < 0.0 => return Err(PlanError::Negative),
            #[expect(clippy::float_cmp, reason = "only the very same value leaves no way to go")]
            Kind::Level if target_value == baseline.value => return Err(PlanError::NoChange),
            _ => {}
        }
        Ok(Plan {
            kind,
            baseline,
            target_kind: target.kind,
            target_input: target.input,
            target_value,
            start,
            deadline,
            weights,
        })
    }

    /// How many days the goal has, first and last included.
    pub fn days(&self) -> i64 {
        days_between(self.start, self.deadline)
    }

    /// Whether the metric is meant to fall.
    pub fn falls(&self) -> bool {
        self.kind == Kind::Level && self.target_value < self.baseline.value
    }

    /// Change from the baseline to the target in percent; `None` without a baseline.
    pub fn change_percent(&self) -> Option<f64> {
        (self.baseline.value != 0.0)
            .then(|| (self.target_value / self.baseline.value - 1.0) * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn plan(kind: Kind, value: f64, target: Target) -> Result<Plan, PlanError> {
        let baseline = Baseline { value, from: date(2026, 1, 1), to: date(2026, 3, 31) };
        Plan::new(kind, baseline, target, date(2026, 4, 1), date(2026, 6, 30), Weights::EVEN)
    }

    fn percent(input: f64) -> Target {
        Target { kind: TargetKind::Percent, input }
    }

    fn absolute(input: f64) -> Target {
        Target { kind: TargetKind::Absolute, input }
    }

    #[test]
    fn a_target_in_percent_is_a_change_from_the_baseline() {
        let more = plan(Kind::Total, 70_000.0, percent(15.0)).expect("a plan");
        assert_eq!((more.target_value, more.days(), more.falls()), (80_500.0, 91, false));
        assert!((more.change_percent().expect("a baseline") - 15.0).abs() < 1e-9);
        let fewer = plan(Kind::Level, 40.0, percent(-25.0)).expect("a plan");
        assert_eq!((fewer.target_value, fewer.falls()), (30.0, true));
    }

    #[test]
    fn a_target_that_cannot_be_followed_is_refused() {
        assert_eq!(plan(Kind::Total, 0.0, percent(15.0)), Err(PlanError::PercentOfNothing));
        assert_eq!(plan(Kind::Total, 100.0, percent(-100.0)), Err(PlanError::NotPositive));
        assert_eq!(plan(Kind::Total, 100.0, absolute(f64::NAN)), Err(PlanError::NotANumber));
        assert_eq!(plan(Kind::Level, 3.0, absolute(-1.0)), Err(PlanError::Negative));
        assert_eq!(plan(Kind::Level, 3.0, absolute(3.0)), Err(PlanError::NoChange));
        assert_eq!(
            plan(Kind::Total, 0.0, absolute(100.0)).map(|plan| plan.target_value),
            Ok(100.0)
        );
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
