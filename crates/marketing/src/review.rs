//! Reviews: when the next is due, what changed since the last, what was decided, and what it did.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan as _};
use luotsi_stats::forecast::{self, Series, Settings};

use crate::goal::outlook::{Counting, History};
use crate::goal::wording::Writing;
use crate::goal::{UnknownWord, days_between};
use crate::phrase::Phrase;

/// How often a goal is looked at together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    Weekly(Weekday),
    /// Every second week, counted from the goal's start.
    Fortnightly(Weekday),
    /// On this day of the month, or its last.
    Monthly(i8),
}

impl Rhythm {
    /// `weekly`, `fortnightly` or `monthly`.
    pub fn word(self) -> &'static str {
        match self {
            Rhythm::Weekly(_) => "weekly",
            Rhythm::Fortnightly(_) => "fortnightly",
            Rhythm::Monthly(_) => "monthly",
        }
    }
}

/// `weekly:monday`, `fortnightly:friday`, `monthly:1`; it parses again.
impl fmt::Display for Rhythm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rhythm::Weekly(weekday) | Rhythm::Fortnightly(weekday) => {
                write!(
                    f,
                    "{}:{}",
                    self.word(),
                    DAYS[usize::from(weekday.to_monday_zero_offset().unsigned_abs())]
                )
            }
            Rhythm::Monthly(day) => write!(f, "monthly:{day}"),
        }
    }
}

impl FromStr for Rhythm {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Rhythm, UnknownWord> {
        let unknown = || {
            let words =
                "weekly:monday, fortnightly:monday, monthly:1 (any weekday; a day from 1 to 31)";
            UnknownWord(text.to_owned(), words)
        };
        let (word, day) = text.split_once(':').ok_or_else(unknown)?;
        let weekday = || {
            let at = DAYS.iter().position(|name| *name == day)?;
            Weekday::from_monday_zero_offset(i8::try_from(at).ok()?).ok()
        };
        match word {
            "weekly" => weekday().map(Rhythm::Weekly),
            "fortnightly" => weekday().map(Rhythm::Fortnightly),
            "monthly" => day.parse().ok().filter(|day| (1..=31).contains(day)).map(Rhythm::Monthly),
            _ => None,
        }
        .ok_or_else(unknown)
    }
}

const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The first review day after `after`.
pub fn next(rhythm: Rhythm, start: Date, after: Date) -> Date {
    let day = after.saturating_add(1.day());
    let on = |weekday: Weekday, from: Date| {
        let ahead =
            i64::from(weekday.to_monday_zero_offset() - from.weekday().to_monday_zero_offset());
        from.saturating_add(Span::new().days(ahead.rem_euclid(7)))
    };
    match rhythm {
        Rhythm::Weekly(weekday) => on(weekday, day),
        Rhythm::Fortnightly(weekday) => {
            let first = on(weekday, start);
            let behind = days_between(first, day) - 1;
            if day <= first {
                return first;
            }
            first.saturating_add(
                (behind.div_euclid(14) * 14 + if behind % 14 == 0 { 0 } else { 14 }).days(),
            )
        }
        Rhythm::Monthly(wanted) => {
            let of = |month: Date| {
                let last = month.last_of_month().day();
                month
                    .first_of_month()
                    .saturating_add(Span::new().days(wanted.clamp(1, 31).min(last) - 1))
            };
            let this = of(day);
            if this >= day { this } else { of(day.first_of_month().saturating_add(1.month())) }
        }
    }
}

/// When a review is due, and whether it is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub day: Date,
    /// Days by which it is late; 0 on the day and before.
    pub late_days: i64,
    /// Remind today: a day before, on the day, and then weekly.
    pub remind: bool,
}

/// The review that is due: the first after the last one held, or after the start. `None` when it would be
/// more than a rhythm after the deadline.
pub fn due(
    rhythm: Rhythm,
    start: Date,
    deadline: Date,
    held: Option<Date>,
    today: Date,
) -> Option<Due> {
    let day = next(rhythm, start, held.unwrap_or(start).max(start));
    // One review after the end: what was learned.
    if held.is_some_and(|held| held > deadline) {
        return None;
    }
    let late_days = (days_between(day, today) - 1).max(0);
    let remind = today == day.saturating_sub(1.day()) || (today >= day && late_days % 7 == 0);
    Some(Due { day, late_days, remind })
}

impl Due {
    /// The number of the newest reminder: 0 for that of the day before, then one more on the day and after each week.
    /// `None` before the first.
    pub fn reminder(&self, today: Date) -> Option<i64> {
        let first = self.day.saturating_sub(1.day());
        (today >= first).then(|| if today < self.day { 0 } else { 1 + self.late_days / 7 })
    }
}

/// A goal as it was at a review.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Snapshot {
    pub day: Date,
    pub probability: Option<f64>,
    /// What the period since the review before brought (of a level: where it stood).
    pub value: Option<f64>,
    pub milestones_reached: usize,
    pub milestones_missed: usize,
    pub work_finished: usize,
    pub work_open: usize,
    pub alerts: usize,
}

/// What changed since the last review, the most important first.
pub fn changes(
    before: Option<&Snapshot>,
    now: &Snapshot,
    metric: &str,
    writing: Writing,
) -> Vec<Phrase> {
    let mut found = Vec::new();
    let old = |pick: fn(&Snapshot) -> Option<f64>| before.and_then(pick);
    let percent = |share: f64| (share * 100.0).round();
    if let (Some(then), Some(probability)) = (old(|one| one.probability), now.probability) {
        found.push(
            Phrase::new("change_probability")
                .percent("before", percent(then))
                .percent("after", percent(probability)),
        );
    }
    if let (Some(then), Some(value)) = (old(|one| one.value), now.value) {
        let change = if then == 0.0 { 0.0 } else { (value / then - 1.0) * 100.0 };
        found.push(
            Phrase::new("change_value")
                .text_value("metric", metric)
                .with("before", writing.value(then))
                .with("after", writing.value(value))
                .percent("change", change),
        );
    }
    let since =
        |pick: fn(&Snapshot) -> usize| pick(now).saturating_sub(before.map_or(0, pick)) as f64;
    let (reached, missed) =
        (since(|one| one.milestones_reached), since(|one| one.milestones_missed));
    if reached + missed > 0.0 {
        found.push(
            Phrase::new("change_milestones")
                .number("reached", reached, 0)
                .number("missed", missed, 0),
        );
    }
    found.push(
        Phrase::new("change_work").number("finished", since(|one| one.work_finished), 0).number(
            "open",
            now.work_open as f64,
            0,
        ),
    );
    let alerts = since(|one| one.alerts);
    if alerts > 0.0 {
        found.push(Phrase::new("change_alerts").number("alerts", alerts, 0));
    }
    found
}

/// Statements that a team rates from 1 (not at all) to 5 (fully), by key.
pub const STATEMENTS: [&str; 4] =
    ["assess_focus", "assess_pace", "assess_learning", "assess_confidence"];

/// Ratings of [`STATEMENTS`], in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assessment([u8; 4]);

/// A rating outside the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rating is a number from 1 to 5, not {0}")]
pub struct OffScale(pub u8);

impl Assessment {
    pub fn new(ratings: [u8; 4]) -> Result<Assessment, OffScale> {
        match ratings.into_iter().find(|rating| !(1..=5).contains(rating)) {
            Some(wrong) => Err(OffScale(wrong)),
            None => Ok(Assessment(ratings)),
        }
    }

    pub fn ratings(self) -> [u8; 4] {
        self.0
    }

    /// 1 to 5.
    pub fn mean(self) -> f64 {
        self.0.iter().map(|rating| f64::from(*rating)).sum::<f64>() / self.0.len() as f64
    }
}

/// What came after a decision, against what was expected without it.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// How the goal counts: what `actual` and `expected` are of the days.
    pub counting: Counting,
    /// First day after the decision, and the last that was looked at.
    pub from: Date,
    pub to: Date,
    /// The sum of the days, their mean or ratio, or the level on the last of them.
    pub actual: f64,
    /// The forecast from the days up to the decision, with its 95 % interval.
    pub expected: f64,
    pub low: f64,
    pub high: f64,
    /// Whether the actual number lies outside.
    pub clear: bool,
}

/// Days after a decision from which an effect can be told, and up to which it is ascribed to it.
const FIRST_DAYS: i64 = 7;
const MOST_DAYS: i64 = 90;
/// Days of the past from which the expectation is taken.
const MOST_PAST: usize = 400;
/// Paths by which the interval is told.
const PATHS: usize = 1_000;

/// What the days after a decision brought beyond what their past made likely. `None` in the first week, or
/// with too short a past.
///
/// `days` are as the goal counts them (`Counting::figures`). The number is that of the goal: a sum over the days
/// since, their mean, their ratio (by the denominators that came), or the level on the newest day.
///
/// Other things happen in the same days: an effect that is clear is not yet proved to be the decision's.
pub fn effect(days: &History, counting: Counting, decided: Date, seed: u64) -> Option<Effect> {
    let from = decided.saturating_add(1.day());
    let mut to = days.complete_to.min(decided.saturating_add(MOST_DAYS.days()));
    if !days.absent_is_zero {
        to = days.days.iter().rev().map(|day| day.day).find(|day| *day <= to)?;
    }
    let horizon = days_between(from, to);
    if horizon < FIRST_DAYS {
        return None;
    }
    let after = Stretch::new(days, from, usize::try_from(horizon).ok()?);
    let known = |at: &usize| after.numerators[*at].is_finite();
    let last = (0..after.numerators.len()).rev().find(known)?;
    let number = after.number(&after.values(counting), counting, last)?;

    let first = days.days.iter().map(|day| day.day).min()?;
    let length = usize::try_from(days_between(first, decided)).ok()?.min(MOST_PAST);
    let first = from.saturating_sub(i64::try_from(length).ok()?.days());
    let past = Stretch::new(days, first, length).values(counting);
    let seasons: &[f64] = if length >= 15 { &[7.0] } else { &[] };
    let settings = Settings {
        paths: PATHS,
        origins: 10,
        seed,
        ..Settings::new(usize::try_from(horizon).ok()?)
    };
    let made =
        forecast::forecast(&Series { values: &past, seasons, regressors: &[] }, &settings).ok()?;
    let mut numbers: Vec<f64> =
        made.paths.iter().filter_map(|path| after.number(path, counting, last)).collect();
    numbers.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        numbers.get((share * numbers.len().saturating_sub(1) as f64).round() as usize).copied()
    };
    let (low, high) = (at(0.025)?, at(0.975)?);
    Some(Effect {
        counting,
        from,
        to,
        actual: number,
        expected: at(0.5)?,
        low,
        high,
        clear: number < low || number > high,
    })
}

/// Days in a row; what is not known is NaN.
struct Stretch {
    numerators: Vec<f64>,
    denominators: Vec<f64>,
}

impl Stretch {
    fn new(history: &History, first: Date, length: usize) -> Stretch {
        let absent = if history.absent_is_zero { 0.0 } else { f64::NAN };
        let mut stretch =
            Stretch { numerators: vec![absent; length], denominators: vec![0.0; length] };
        for day in history.days.iter().filter(|day| day.day >= first) {
            let at = usize::try_from(days_between(first, day.day) - 1).ok();
            if let Some(at) = at.filter(|at| *at < length) {
                stretch.numerators[at] = day.numerator;
                stretch.denominators[at] = day.denominator;
            }
        }
        stretch
    }

    /// The series that is forecast: of a ratio its daily value.
    fn values(&self, counting: Counting) -> Vec<f64> {
        let Counting::Ratio { scale } = counting else { return self.numerators.clone() };
        let both = self.numerators.iter().zip(&self.denominators);
        let value = |(above, below): (&f64, &f64)| {
            if *below > 0.0 { above / below * scale } else { f64::NAN }
        };
        both.map(value).collect()
    }

    /// The goal's number over `values` of these days; a level is that of the day `last`.
    fn number(&self, values: &[f64], counting: Counting, last: usize) -> Option<f64> {
        match counting {
            Counting::Sum | Counting::Rolling(_) | Counting::Weeks { .. } => {
                Some(values.iter().filter(|value| value.is_finite()).sum())
            }
            Counting::EndLevel => values.get(last).copied(),
            Counting::Mean => {
                self.mean(values, |at| f64::from(u8::from(self.numerators[at].is_finite())))
            }
            Counting::Ratio { .. } => self.mean(values, |at| self.denominators[at]),
        }
    }

    /// The mean of the days that have a weight.
    fn mean(&self, values: &[f64], weight: impl Fn(usize) -> f64) -> Option<f64> {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (at, value) in values.iter().enumerate().take(self.numerators.len()) {
            let weight = weight(at);
            if weight > 0.0 {
                sum += value * weight;
                weights += weight;
            }
        }
        (weights > 0.0).then(|| sum / weights)
    }
}

impl Effect {
    /// The last day on which an effect of a decision of that day is looked for.
    pub fn final_day(decided: Date) -> Date {
        decided.saturating_add(MOST_DAYS.days())
    }

    pub fn phrase(&self, writing: Writing) -> Phrase {
        let (clear, unclear, day) = match self.counting {
            Counting::Sum | Counting::Rolling(_) | Counting::Weeks { .. } => {
                ("effect_clear", "effect_unclear", self.from)
            }
            Counting::EndLevel => ("effect_level_clear", "effect_level_unclear", self.to),
            Counting::Mean | Counting::Ratio { .. } => {
                ("effect_mean_clear", "effect_mean_unclear", self.from)
            }
        };
        Phrase::new(if self.clear { clear } else { unclear })
            .day("day", day)
            .with("actual", writing.value(self.actual))
            .with("expected", writing.value(self.expected))
            .with("low", writing.value(self.low))
            .with("high", writing.value(self.high))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::goal::Locale;
    use crate::metric::{Combine, DayValue, Nature};
    use crate::phrase;

    const ORDERS: Writing = Writing { nature: Nature::Flow, currency: None };

    #[test]
    fn review_days_follow_the_rhythm() {
        // 1 April 2026 is a Wednesday.
        let start = date(2026, 4, 1);
        assert_eq!(next(Rhythm::Weekly(Weekday::Monday), start, start), date(2026, 4, 6));
        assert_eq!(
            next(Rhythm::Weekly(Weekday::Monday), start, date(2026, 4, 6)),
            date(2026, 4, 13)
        );
        let fortnight = Rhythm::Fortnightly(Weekday::Monday);
        assert_eq!(next(fortnight, start, start), date(2026, 4, 6));
        assert_eq!(next(fortnight, start, date(2026, 4, 6)), date(2026, 4, 20));
        assert_eq!(next(fortnight, start, date(2026, 4, 19)), date(2026, 4, 20));
        assert_eq!(next(Rhythm::Monthly(31), start, start), date(2026, 4, 30));
        assert_eq!(next(Rhythm::Monthly(31), start, date(2026, 4, 30)), date(2026, 5, 31));
        assert_eq!(next(Rhythm::Monthly(1), start, start), date(2026, 5, 1));
    }

    #[test]
    fn a_rhythm_is_read_as_it_is_written() {
        for rhythm in [
            Rhythm::Weekly(Weekday::Monday),
            Rhythm::Fortnightly(Weekday::Sunday),
            Rhythm::Monthly(31),
        ] {
            assert_eq!(rhythm.to_string().parse(), Ok(rhythm));
        }
        for wrong in ["weekly", "weekly:someday", "monthly:32", "daily:1"] {
            assert!(wrong.parse::<Rhythm>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_review_is_reminded_of_before_on_its_day_and_weekly_after() {
        let of = |today| {
            let rhythm = Rhythm::Weekly(Weekday::Monday);
            due(rhythm, date(2026, 4, 1), date(2026, 6, 30), None, today).expect("one is due")
        };
        assert_eq!(
            of(date(2026, 4, 2)),
            Due { day: date(2026, 4, 6), late_days: 0, remind: false }
        );
        assert!(of(date(2026, 4, 5)).remind && of(date(2026, 4, 6)).remind);
        assert_eq!(
            of(date(2026, 4, 8)),
            Due { day: date(2026, 4, 6), late_days: 2, remind: false }
        );
        assert!(of(date(2026, 4, 13)).remind);
        let reminder = |today| of(today).reminder(today);
        assert_eq!(reminder(date(2026, 4, 4)), None);
        assert_eq!((reminder(date(2026, 4, 5)), reminder(date(2026, 4, 6))), (Some(0), Some(1)));
        assert_eq!((reminder(date(2026, 4, 12)), reminder(date(2026, 4, 13))), (Some(1), Some(2)));
        let held = Some(date(2026, 7, 6));
        let rhythm = Rhythm::Weekly(Weekday::Monday);
        assert_eq!(due(rhythm, date(2026, 4, 1), date(2026, 6, 30), held, date(2026, 7, 7)), None);
    }

    #[test]
    fn the_page_tells_what_changed_since_the_last_one() {
        let before = Snapshot {
            day: date(2026, 4, 6),
            probability: Some(0.62),
            value: Some(200.0),
            milestones_reached: 1,
            milestones_missed: 0,
            work_finished: 3,
            work_open: 5,
            alerts: 1,
        };
        let now = Snapshot {
            day: date(2026, 4, 13),
            probability: Some(0.41),
            value: Some(150.0),
            milestones_missed: 1,
            work_finished: 4,
            work_open: 4,
            alerts: 2,
            ..before
        };
        let said: Vec<String> = changes(Some(&before), &now, "Orders", ORDERS)
            .iter()
            .map(|phrase| phrase.text(Locale::En))
            .collect();
        assert_eq!(
            said,
            [
                "The probability went from 62% to 41%.",
                "Orders brought 150 in this period, 200 in the one before (−25%).",
                "Milestones reached: 0; missed: 1.",
                "Work finished: 1; still open: 4.",
                "Alerts: 1.",
            ]
        );
        assert_eq!(changes(None, &now, "Orders", ORDERS).len(), 3);
    }

    #[test]
    fn ratings_stay_on_the_scale() {
        assert_eq!(Assessment::new([1, 5, 3, 0]), Err(OffScale(0)));
        assert_eq!(Assessment::new([1, 5, 6, 2]), Err(OffScale(6)));
        assert_eq!(Assessment::new([1, 5, 3, 4]).map(Assessment::mean), Ok(3.25));
        assert!(STATEMENTS.iter().all(|key| phrase::is_known(key)));
    }

    #[test]
    fn a_decision_with_an_effect_is_told_from_one_without() {
        let days = |factor: f64| -> Vec<DayValue> {
            date(2026, 1, 1)
                .series(1.day())
                .take(120)
                .enumerate()
                .map(|(at, day)| {
                    let noise = 1.0 + 0.08 * (((at * 7919) % 101) as f64 / 50.0 - 1.0);
                    let factor = if at >= 90 { factor } else { 1.0 };
                    DayValue { day, numerator: 100.0 * noise * factor, denominator: 1.0 }
                })
                .collect()
        };
        let of = |days: Vec<DayValue>, last| {
            let days = History { days: &days, complete_to: last, absent_is_zero: true };
            effect(&days, Counting::Sum, DECIDED, 1)
        };
        let last = date(2026, 4, 30);
        let none = of(days(1.0), last).expect("a month");
        assert!(!none.clear, "{none:?}");
        let some = of(days(1.4), last).expect("a month");
        assert!(some.clear && some.actual > some.high, "{some:?}");
        assert_eq!((some.from, some.to), (date(2026, 4, 1), date(2026, 4, 30)));
        assert!(some.phrase(ORDERS).text(Locale::En).contains("beyond chance"));
        assert_eq!(of(days(1.0), date(2026, 4, 5)), None);
    }

    const DECIDED: Date = date(2026, 3, 31);

    #[test]
    fn a_level_is_compared_on_its_newest_day() {
        // Followers, read every third day: two more a day, and from the decision on ten.
        let followers = |faster: f64| -> Vec<DayValue> {
            date(2026, 1, 1)
                .series(1.day())
                .take(120)
                .enumerate()
                .filter(|(at, _)| at % 3 == 0)
                .map(|(at, day)| {
                    let noise = f64::from(u32::try_from(at * 7919 % 11).unwrap_or(0)) - 5.0;
                    let since = at.saturating_sub(89) as f64;
                    let numerator = 5_000.0 + 2.0 * at as f64 + faster * since + noise;
                    DayValue { day, numerator, denominator: 1.0 }
                })
                .collect()
        };
        let of = |days: &[DayValue]| {
            let days = History { days, complete_to: date(2026, 5, 20), absent_is_zero: false };
            effect(&days, Counting::EndLevel, DECIDED, 1).expect("a month")
        };
        let none = of(&followers(0.0));
        assert!(!none.clear, "{none:?}");
        let days = followers(8.0);
        let some = of(&days);
        let newest = days.last().expect("one");
        assert_eq!((some.to, some.actual), (newest.day, newest.numerator));
        assert!(some.clear && some.actual > some.high, "{some:?}");
        let text = some.phrase(ORDERS).text(Locale::En);
        assert!(text.starts_with("On 28 April 2026 it stood at 5,4"), "{text}");
    }

    #[test]
    fn a_ratio_and_a_mean_are_compared_over_the_days_since() {
        // 100 or 300 visits a day of which 5 % buy, and 7 % from the decision on.
        let bought = |rate: f64| -> Vec<DayValue> {
            date(2026, 1, 1)
                .series(1.day())
                .take(120)
                .enumerate()
                .map(|(at, day)| {
                    let noise = 1.0 + 0.1 * (((at * 7919) % 101) as f64 / 50.0 - 1.0);
                    let denominator = if at % 7 < 5 { 300.0 } else { 100.0 };
                    let rate = if at >= 90 { rate } else { 0.05 };
                    DayValue { day, numerator: denominator * rate * noise, denominator }
                })
                .collect()
        };
        let percent = Writing { nature: Nature::Share, currency: None };
        let of = |days: &[DayValue], counting| {
            let days = History { days, complete_to: date(2026, 4, 30), absent_is_zero: false };
            effect(&days, counting, DECIDED, 1).expect("a month")
        };
        let ratio = Counting::Ratio { scale: 100.0 };
        let none = of(&bought(0.05), ratio);
        assert!(!none.clear && (none.expected - 5.0).abs() < 0.3, "{none:?}");
        let days = bought(0.07);
        let some = of(&days, ratio);
        let since = &days[90..];
        let sum = |pick: fn(&DayValue) -> f64| since.iter().map(pick).sum::<f64>();
        let actual = sum(|day| day.numerator) / sum(|day| day.denominator) * 100.0;
        assert!((some.actual - actual).abs() < 1e-9, "{some:?} {actual}");
        assert!(some.clear && some.low > 4.0, "{some:?}");
        let text = some.phrase(percent).text(Locale::En);
        assert!(text.starts_with("Since 1 April 2026 it was 7"), "{text}");

        let own = ratio.figures(&days, Combine::Ratio { scale: 100.0 });
        let means: Vec<DayValue> = own
            .iter()
            .map(|day| DayValue {
                numerator: day.numerator / day.denominator,
                denominator: 1.0,
                ..*day
            })
            .collect();
        let some = of(&means, Counting::Mean);
        assert!(some.clear && (some.actual - 0.07).abs() < 0.002, "{some:?}");
    }
}
