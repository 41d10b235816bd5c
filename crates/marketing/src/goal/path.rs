//! The path from the start to the target: where the metric should stand after each day.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{Kind, Plan};

impl Plan {
    /// The value expected at the end of each day, from the first to the last, where it is the target.
    ///
    /// A total grows by each weekday's share of a usual week, a level by the same step each day.
    pub fn expected_path(&self) -> Vec<(Date, f64)> {
        let shares = self.shares();
        let mut elapsed = 0.0;
        let mut path: Vec<(Date, f64)> = shares
            .iter()
            .map(|(day, share)| {
                elapsed += share;
                (*day, self.at_share(elapsed))
            })
            .collect();
        if let Some((_, value)) = path.last_mut() {
            // Not the sum's rounding error beside it.
            *value = self.target_value;
        }
        path
    }

    /// How much of the way should be behind at a moment: `day`, of which `share_of_day` is over. 0 to 1.
    pub fn expected_share(&self, day: Date, share_of_day: f64) -> f64 {
        if day > self.deadline {
            return 1.0;
        }
        let before: f64 =
            self.shares().iter().take_while(|(at, _)| *at < day).map(|(_, share)| share).sum();
        let of_day =
            self.shares().iter().find(|(at, _)| *at == day).map_or(0.0, |(_, share)| *share);
        (before + of_day * share_of_day.clamp(0.0, 1.0)).min(1.0)
    }

    /// The value where a share of the way is behind.
    pub fn at_share(&self, share: f64) -> f64 {
        match self.kind {
            Kind::Total => self.target_value * share,
            Kind::Level => self.baseline.value + (self.target_value - self.baseline.value) * share,
        }
    }

    /// Each day's share of the whole way; their sum is 1.
    fn shares(&self) -> Vec<(Date, f64)> {
        let days = self.start.series(1.day()).take_while(|day| *day <= self.deadline);
        let weight = |day: Date| if self.kind == Kind::Total { self.weights.of(day) } else { 1.0 };
        let mut shares: Vec<(Date, f64)> = days.map(|day| (day, weight(day))).collect();
        let total: f64 = shares.iter().map(|(_, weight)| weight).sum();
        let count = shares.len() as f64;
        for (_, share) in &mut shares {
            // A goal on weekdays that never brought anything: every day alike.
            *share = if total > 0.0 { *share / total } else { 1.0 / count };
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use crate::goal::{Baseline, Kind, Plan, Target, TargetKind, Weights};

    fn plan(kind: Kind, from: f64, to: f64, weights: Weights) -> Plan {
        let baseline = Baseline { value: from, from: date(2026, 3, 1), to: date(2026, 3, 28) };
        let target = Target { kind: TargetKind::Absolute, input: to };
        // Friday to Monday.
        Plan::new(kind, baseline, target, date(2026, 4, 3), date(2026, 4, 6), weights)
            .expect("a plan")
    }

    fn close(got: &[f64], want: &[f64]) {
        assert!(
            got.len() == want.len() && got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-9),
            "{got:?} {want:?}"
        );
    }

    #[test]
    fn a_total_grows_as_its_weekdays_do() {
        // Friday 2, Saturday 1, Sunday 1, Monday 4 of 8 in these four days.
        let weights = Weights([0.4, 0.1, 0.0, 0.0, 0.2, 0.1, 0.1]);
        let plan = plan(Kind::Total, 700.0, 800.0, weights);
        let values: Vec<f64> = plan.expected_path().iter().map(|(_, value)| *value).collect();
        close(&values, &[200.0, 300.0, 400.0, 800.0]);
        close(&[plan.expected_share(date(2026, 4, 6), 0.25)], &[0.625]);
        close(
            &[
                plan.expected_share(date(2026, 4, 2), 0.5),
                plan.expected_share(date(2026, 4, 7), 0.0),
            ],
            &[0.0, 1.0],
        );
    }

    #[test]
    fn a_level_moves_by_the_same_step_each_day() {
        let plan = plan(Kind::Level, 40.0, 30.0, Weights([1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
        let path = plan.expected_path();
        close(&path.iter().map(|(_, value)| *value).collect::<Vec<_>>(), &[37.5, 35.0, 32.5, 30.0]);
        assert_eq!((path[0].0, path[3].0), (date(2026, 4, 3), date(2026, 4, 6)));
    }

    #[test]
    fn weekdays_that_never_brought_anything_share_alike() {
        let plan = plan(Kind::Total, 0.0, 100.0, Weights([0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0]));
        let values: Vec<f64> = plan.expected_path().iter().map(|(_, value)| *value).collect();
        close(&values, &[25.0, 50.0, 75.0, 100.0]);
    }
}
