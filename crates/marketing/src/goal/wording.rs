//! What an outlook means in plain words: the required rate, the gap, and the word for the standing.

use jiff::civil::Date;

use super::outlook::{Counting, Goal, Outlook};
use super::{Plan, Progress, Status};
use crate::currency::Currency;
use crate::metric::{Better, Nature};
use crate::phrase::{Phrase, Value};

/// How a metric's numbers are written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Writing {
    pub nature: Nature,
    /// Of money and prices, whose figures are in the currency's main unit.
    pub currency: Option<Currency>,
}

impl Writing {
    /// A figure of the metric as a value of a phrase.
    pub fn value(self, number: f64) -> Value {
        match (self.nature, self.currency) {
            (Nature::Share, _) => Value::Percent(number),
            (Nature::Duration, _) => Value::Duration(number),
            (Nature::Money | Nature::Price, Some(currency)) => Value::Money(number, currency),
            (Nature::Flow | Nature::Stock | Nature::Money, _) if number.abs() >= 20.0 => {
                Value::Number(number, 0)
            }
            (Nature::Ratio, _) => Value::Number(number, 2),
            _ => Value::Number(number, 1),
        }
    }
}

impl Writing {
    /// As `value`, of a number that a person set: nothing of it is rounded away.
    pub fn exact(self, number: f64) -> Value {
        match self.value(number) {
            Value::Number(number, _) => Value::Number(number, 3),
            other => other,
        }
    }
}

/// Least probability of a goal that is on track, and of one that is ahead.
const ON_TRACK: f64 = 0.4;
const AHEAD: f64 = 0.9;

/// The word for where a goal stands.
///
/// Before the start it has not started, after the deadline it is reached or missed. A sum whose more is
/// better is reached as soon as the target is. Otherwise the probability decides: from 90 % it is ahead,
/// below 40 % behind.
pub fn standing(goal: &Goal, outlook: &Outlook, today: Date) -> Status {
    let sum = matches!(goal.counting, Counting::Sum | Counting::Weeks { .. });
    let reached = outlook.so_far.is_some_and(|so_far| match goal.better {
        Better::More => so_far >= goal.target,
        Better::Less => false,
    });
    match () {
        () if today < goal.start => Status::NotStarted,
        () if sum && reached => Status::Reached,
        () if outlook.days_left == 0 && today > goal.deadline => {
            if outlook.probability >= 0.5 {
                Status::Reached
            } else {
                Status::Missed
            }
        }
        () if outlook.probability >= AHEAD => Status::Ahead,
        () if outlook.probability < ON_TRACK => Status::Behind,
        () => Status::OnTrack,
    }
}

/// How it stands in one sentence: what a person reads first.
pub fn headline(
    plan: &Plan,
    progress: &Progress,
    probability: Option<f64>,
    writing: Writing,
) -> Phrase {
    let percent = probability.map(Value::Chance);
    let ended = |key| {
        let actual = writing.value(progress.actual.unwrap_or_default());
        let target = writing.value(plan.target_value);
        Phrase::new(key).with("actual", actual).with("target", target)
    };
    let likely = |key| match percent.clone() {
        Some(percent) => Phrase::new(key).with("probability", percent),
        None => Phrase::new("standing_unknown"),
    };
    match progress.status {
        Status::NotStarted => match percent {
            Some(percent) => Phrase::new("standing_not_started_likely")
                .day("day", plan.start)
                .with("probability", percent),
            None => Phrase::new("standing_not_started").day("day", plan.start),
        },
        Status::Ahead => likely("standing_ahead"),
        Status::OnTrack => likely("standing_on_track"),
        Status::Behind => likely("standing_behind"),
        Status::Reached => ended("standing_reached"),
        Status::Missed => ended("standing_missed"),
        Status::Unknown => Phrase::new("standing_unknown"),
    }
}

/// What the rest of the period has to bring.
pub fn required(goal: &Goal, outlook: &Outlook, writing: Writing) -> Phrase {
    let required = &outlook.required;
    if outlook.days_left <= 0 {
        return Phrase::new("required_over");
    }
    let (needed, usual) = (writing.value(required.needed), writing.value(required.usual));
    match goal.counting {
        Counting::Weeks { threshold } => Phrase::new("required_weeks")
            .number("needed", required.needed, 0)
            .with("threshold", writing.value(threshold))
            .number("left", (outlook.days_left / 7) as f64, 0),
        Counting::Sum => {
            let key = match goal.better {
                Better::Less => "required_budget",
                Better::More if required.needed <= 0.0 => return Phrase::new("required_reached"),
                Better::More if required.usual <= 0.0 => "required_rate",
                Better::More if required.needed > 2.0 * required.usual => "required_rate",
                Better::More if required.needed > required.usual => "required_more",
                Better::More => "required_less",
            };
            let times =
                if required.usual > 0.0 { required.needed / required.usual } else { f64::INFINITY };
            if key == "required_rate" && times.is_infinite() {
                return Phrase::new("required_less").with("needed", needed).with("usual", usual);
            }
            Phrase::new(key)
                .with("needed", needed)
                .with("usual", usual)
                .number("times", times, 1)
                .percent("change", (times - 1.0) * 100.0)
        }
        Counting::Rolling(_) if goal.better == Better::More && required.needed <= 0.0 => {
            Phrase::new("required_reached")
        }
        Counting::Rolling(rolling) => {
            let days = rolling.days().min(outlook.days_left);
            let key = match goal.better {
                Better::More => "required_last_days",
                Better::Less => "required_last_days_at_most",
            };
            Phrase::new(key)
                .with("needed", needed)
                .with("usual", usual)
                .number("days", days as f64, 0)
                .day("day", goal.deadline)
        }
        Counting::EndLevel | Counting::Mean | Counting::Ratio { .. } => {
            Phrase::new("required_level")
                .with("needed", needed)
                .with("usual", usual)
                .day("day", goal.deadline)
        }
    }
}

/// How far from the target it ends, and what that is worth where one of the metric is worth `unit_value`
/// of a currency's main unit.
pub fn gap(
    outlook: &Outlook,
    writing: Writing,
    unit_value: Option<(f64, Currency)>,
) -> (Phrase, Option<Phrase>) {
    let key = if outlook.gap < 0.0 { "gap_short" } else { "gap_over" };
    let gap = Phrase::new(key).with("gap", writing.value(outlook.gap.abs()));
    let money = unit_value.map(|(value, currency)| {
        Phrase::new("gap_money").with("money", Value::Money(outlook.gap.abs() * value, currency))
    });
    (gap, money)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use luotsi_stats::attainment::Ambition;
    use luotsi_stats::distribution::Interval;
    use luotsi_stats::forecast::Skill;

    use super::super::outlook::Required;
    use super::*;
    use crate::goal::Locale;

    fn outlook(probability: f64, needed: f64, usual: f64) -> Outlook {
        Outlook {
            probability,
            interval: Interval { low: 0.0, high: 1.0 },
            expected: 900.0,
            commit: 800.0,
            target: 900.0,
            stretch: 1_000.0,
            ambition: Ambition::Sound,
            so_far: Some(400.0),
            pace: Some(0.9),
            path: Vec::new(),
            fan: Vec::new(),
            outcomes: Vec::new(),
            required: Required { needed, usual, days: Vec::new() },
            gap: -100.0,
            skill: Skill::BetterThanNaive,
            mase: Some(0.7),
            coverage80: Some(0.82),
            days_left: 14,
        }
    }

    fn goal(better: Better) -> Goal {
        Goal {
            counting: Counting::Sum,
            better,
            target: 1_000.0,
            start: date(2026, 4, 1),
            deadline: date(2026, 4, 30),
        }
    }

    const ORDERS: Writing = Writing { nature: Nature::Flow, currency: None };

    #[test]
    fn the_required_rate_is_told_against_the_usual_one() {
        let said = |needed, usual| {
            required(&goal(Better::More), &outlook(0.5, needed, usual), ORDERS).text(Locale::En)
        };
        assert_eq!(
            said(45.0, 40.0),
            "It needs 45 a day from now on, 12.5% more than the 40 a day of the last four weeks."
        );
        assert_eq!(
            said(120.0, 40.0),
            "It needs 120 a day from now on; it made 40 a day lately: 3 times as much."
        );
        assert_eq!(
            said(30.0, 40.0),
            "30 a day are enough from now on; the last four weeks brought 40 a day."
        );
        assert_eq!(said(0.0, 40.0), "The target is reached: nothing more is needed.");
        let finnish =
            required(&goal(Better::More), &outlook(0.5, 45.0, 40.0), ORDERS).text(Locale::Fi);
        assert_eq!(
            finnish,
            "Tästä eteenpäin tarvitaan 45 päivässä, 12,5\u{a0}% enemmän kuin viimeisten neljän viikon 40 päivässä."
        );
    }

    #[test]
    fn the_gap_is_told_in_units_and_in_money() {
        let euro: Currency = "EUR".parse().expect("a currency");
        let (units, money) = gap(&outlook(0.5, 1.0, 1.0), ORDERS, Some((25.5, euro)));
        assert_eq!(units.text(Locale::En), "At this pace it ends 100 short of the target.");
        assert_eq!(money.expect("a value").text(Locale::En), "That is worth 2,550\u{a0}EUR.");
    }

    #[test]
    fn the_probability_decides_while_the_goal_runs() {
        let word = |probability: f64, day| {
            standing(&goal(Better::More), &outlook(probability, 1.0, 1.0), day)
        };
        assert_eq!(word(0.95, date(2026, 4, 10)), Status::Ahead);
        assert_eq!(word(0.5, date(2026, 4, 10)), Status::OnTrack);
        assert_eq!(word(0.39, date(2026, 4, 10)), Status::Behind);
        assert_eq!(word(0.39, date(2026, 3, 10)), Status::NotStarted);
        let mut done = outlook(0.0, 1.0, 1.0);
        done.days_left = 0;
        assert_eq!(standing(&goal(Better::More), &done, date(2026, 5, 1)), Status::Missed);
        done.so_far = Some(1_000.0);
        assert_eq!(standing(&goal(Better::More), &done, date(2026, 4, 10)), Status::Reached);
    }
}
