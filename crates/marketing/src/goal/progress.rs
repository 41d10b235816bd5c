//! How a goal is doing: what is reached, what was expected by now, and the word for it.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{Kind, Plan, Window, days_between};

/// Days whose figures say where a level stands now.
const LEVEL_DAYS: i64 = 7;

/// How far from the expected value still counts as on track.
const TOLERANCE: f64 = 0.05;

/// The site's clock: which day it is, and how much of it is over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    pub today: Date,
    /// 0 to 1.
    pub share_of_today: f64,
}

impl Clock {
    /// What the clocks in the site's zone show.
    pub fn at(now: &jiff::Zoned) -> Clock {
        let hours = |from: &jiff::Zoned, to: &jiff::Zoned| {
            to.timestamp().duration_since(from.timestamp()).as_secs_f64()
        };
        let share = now.start_of_day().ok().and_then(|start| {
            let end = start.tomorrow().ok()?;
            Some(hours(&start, now) / hours(&start, &end))
        });
        Clock { today: now.date(), share_of_today: share.unwrap_or_default() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    NotStarted,
    OnTrack,
    Behind,
    Ahead,
    Reached,
    Missed,
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
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    pub status: Status,
    /// For a total the sum since the start; for a level its value over the last seven days of the
    /// goal. `None` for a level without figures.
    pub actual: Option<f64>,
    /// What `actual` should be by now.
    pub expected: f64,
    /// How much of the way is behind: 1 at the target, negative when further away than at the start.
    pub progress_share: f64,
    /// How much of the way should be behind, 0 to 1.
    pub expected_share: f64,
    /// Days that are left, today included; 0 after the deadline.
    pub days_left: i64,
    pub days_total: i64,
}

impl Plan {
    /// The days whose value is the goal's `actual` on a day: all so far for a total, the last seven
    /// for a level. `None` before the start.
    pub fn window_on(&self, today: Date) -> Option<Window> {
        let to = today.min(self.deadline);
        let from = match self.kind {
            Kind::Total => self.start,
            Kind::Level => self.start.max(to.saturating_sub((LEVEL_DAYS - 1).days())),
        };
        (today >= self.start).then_some(Window { from, to })
    }

    /// How the goal is doing, given its value over `window_on(clock.today)`.
    ///
    /// A total is reached as soon as the target is, a level when it stands there at the deadline.
    /// On track is within 5 % of the expected value or a day's worth, for a level within a tenth of
    /// the whole way.
    pub fn progress(&self, actual: Option<f64>, clock: Clock) -> Progress {
        let expected_share = self.expected_share(clock.today, clock.share_of_today);
        let expected = self.at_share(expected_share);
        let span = self.target_value - self.baseline.value;
        let progress_share = match (self.kind, actual) {
            (Kind::Total, Some(actual)) => actual / self.target_value,
            (Kind::Level, Some(actual)) if span != 0.0 => (actual - self.baseline.value) / span,
            _ => 0.0,
        };
        Progress {
            status: self.status(actual, expected, clock.today),
            actual,
            expected,
            progress_share,
            expected_share,
            days_left: days_between(clock.today.max(self.start), self.deadline),
            days_total: self.days(),
        }
    }

    fn status(&self, actual: Option<f64>, expected: f64, today: Date) -> Status {
        if today < self.start {
            return Status::NotStarted;
        }
        let over = today > self.deadline;
        let Some(actual) = actual else {
            return if over { Status::Missed } else { Status::Behind };
        };
        let direction = if self.falls() { -1.0 } else { 1.0 };
        let met = (actual - self.target_value) * direction >= 0.0;
        match (met, over) {
            (true, true) => return Status::Reached,
            (true, false) if self.kind == Kind::Total => return Status::Reached,
            (false, true) => return Status::Missed,
            _ => {}
        }
        let tolerance = match self.kind {
            Kind::Total => (TOLERANCE * expected).max(self.target_value / self.days() as f64),
            Kind::Level => 2.0 * TOLERANCE * (self.target_value - self.baseline.value).abs(),
        };
        let lead = (actual - expected) * direction;
        if lead > tolerance {
            Status::Ahead
        } else if lead < -tolerance {
            Status::Behind
        } else {
            Status::OnTrack
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::goal::{Baseline, Target, TargetKind, Weights};

    /// 1 to 10 April 2026: ten days.
    fn plan(kind: Kind, from: f64, to: f64) -> Plan {
        let baseline = Baseline { value: from, from: date(2026, 3, 1), to: date(2026, 3, 28) };
        let target = Target { kind: TargetKind::Absolute, input: to };
        Plan::new(kind, baseline, target, date(2026, 4, 1), date(2026, 4, 10), Weights::EVEN)
            .expect("a plan")
    }

    fn noon(day: i8) -> Clock {
        Clock { today: date(2026, 4, day), share_of_today: 0.5 }
    }

    #[test]
    fn half_way_through_the_sixth_of_ten_days_55_percent_is_expected() {
        let plan = plan(Kind::Total, 800.0, 1_000.0);
        let progress = plan.progress(Some(550.0), noon(6));
        assert!(
            (progress.expected - 550.0).abs() < 1e-9
                && (progress.expected_share - 0.55).abs() < 1e-9
        );
        assert_eq!((progress.status, progress.progress_share), (Status::OnTrack, 0.55));
        assert_eq!((progress.days_left, progress.days_total), (5, 10));
    }

    #[test]
    fn a_total_is_on_track_within_a_days_worth_and_reached_at_once() {
        let plan = plan(Kind::Total, 800.0, 1_000.0);
        let status = |actual: f64, day: i8| plan.progress(Some(actual), noon(day)).status;
        assert_eq!(status(451.0, 6), Status::OnTrack);
        assert_eq!(status(449.0, 6), Status::Behind);
        assert_eq!(status(651.0, 6), Status::Ahead);
        assert_eq!(status(1_000.0, 6), Status::Reached);
        assert_eq!(status(999.0, 11), Status::Missed);
        assert_eq!(status(1_000.0, 30), Status::Reached);
        let before =
            plan.progress(Some(0.0), Clock { today: date(2026, 3, 25), share_of_today: 0.5 });
        assert_eq!(
            (before.status, before.expected, before.days_left),
            (Status::NotStarted, 0.0, 10)
        );
    }

    #[test]
    fn a_level_that_falls_is_judged_the_other_way_round_and_at_the_deadline() {
        let plan = plan(Kind::Level, 40.0, 30.0);
        let progress = |actual: f64, day: i8| plan.progress(Some(actual), noon(day));
        // Expected at noon of the sixth day: 40 − 10 · 0.55 = 34.5; a tenth of the way is 1.
        assert!((progress(34.0, 6).expected - 34.5).abs() < 1e-9);
        assert_eq!(progress(34.0, 6).status, Status::OnTrack);
        assert_eq!(progress(33.4, 6).status, Status::Ahead);
        assert_eq!(progress(35.6, 6).status, Status::Behind);
        assert_eq!(progress(29.0, 6).status, Status::Ahead);
        assert_eq!(progress(30.0, 11).status, Status::Reached);
        assert_eq!(progress(30.1, 11).status, Status::Missed);
        assert!((progress(35.0, 6).progress_share - 0.5).abs() < 1e-9);
        assert!((progress(42.0, 6).progress_share + 0.2).abs() < 1e-9);
        assert_eq!(plan.progress(None, noon(6)).status, Status::Behind);
    }

    #[test]
    fn a_total_is_measured_since_its_start_and_a_level_over_its_last_seven_days() {
        let total = plan(Kind::Total, 800.0, 1_000.0);
        let level = plan(Kind::Level, 40.0, 30.0);
        let window = |plan: &Plan, day: i8| {
            plan.window_on(date(2026, 4, day)).map(|window| (window.from.day(), window.to.day()))
        };
        assert_eq!((window(&total, 9), window(&level, 9)), (Some((1, 9)), Some((3, 9))));
        assert_eq!((window(&total, 30), window(&level, 30)), (Some((1, 10)), Some((4, 10))));
        assert_eq!(window(&level, 2), Some((1, 2)));
        assert_eq!(total.window_on(date(2026, 3, 31)), None);
    }

    #[test]
    fn a_day_with_23_hours_is_over_sooner() {
        // Helsinki, 29 March 2026: the clocks skip 3 o'clock, so at 13 o'clock 12 of 23 hours are over.
        let at: jiff::Zoned = "2026-03-29T13:00[Europe/Helsinki]".parse().expect("a time");
        let clock = Clock::at(&at);
        assert!((clock.share_of_today - 12.0 / 23.0).abs() < 1e-12, "{clock:?}");
    }
}
