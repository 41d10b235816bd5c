//! Finding deviations in figures, milestones, probabilities and work.

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_stats::anomaly::AnomalyError;
use luotsi_stats::anomaly::recent::{self, Rare, Reference, Watch};

use super::{Cause, Deviation};
use crate::goal::days_between;
use crate::goal::milestone::{Milestone, State};
use crate::goal::wording::Writing;
use crate::metric::{Better, DayValue};
use crate::phrase::Phrase;

/// How many false alarms a workspace is ready to look at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// False alarms a month over everything that is watched, above zero.
    pub a_month: f64,
    /// Series that are watched; the budget is shared among them.
    pub series: usize,
    /// Least deviation that matters, as a share of what was expected.
    pub smallest_effect: f64,
    /// Days expected below this are too few to judge.
    pub smallest_expected: f64,
}

impl Budget {
    /// Two false alarms a month, deviations of a tenth and more, days of ten and more.
    pub fn usual(series: usize) -> Budget {
        Budget { a_month: 2.0, series, smallest_effect: 0.1, smallest_expected: 10.0 }
    }

    /// False alarms a year that one series may raise.
    pub fn a_year_each(&self) -> f64 {
        12.0 * self.a_month / self.series.max(1) as f64
    }

    fn watch(&self, period: usize, rate: f64) -> Watch {
        Watch {
            period,
            rate: rate.clamp(1e-9, 0.2),
            smallest_effect: self.smallest_effect,
            smallest_expected: self.smallest_expected,
            reference: Reference::Denominator,
        }
    }
}

/// Names of what is looked at, for the message.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The id that keys are made of.
    pub subject: &'a str,
    pub name: &'a str,
    pub writing: Writing,
    pub better: Better,
    /// What numerator over denominator is multiplied by to be told: 100 for percent, usually 1.
    pub scale: f64,
}

/// Whether the newest days, up to three together, are unlikely given the series' own past. `days` are complete.
///
/// For a segment give the days of everything else as `rest`: then what moves the whole site is no news of every
/// segment, and a smaller change of the segment is seen. The segment is expected to go along with the rest as far as
/// it did in the past. A ratio is judged by its denominators. At least
/// 56 days are needed; holidays and campaigns that are known can be left out by `known_causes` (both days
/// included).
pub fn statistical(
    named: Named,
    days: &[DayValue],
    rest: Option<&[DayValue]>,
    known_causes: &[(Date, Date)],
    budget: &Budget,
) -> Result<Option<Deviation>, AnomalyError> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(None) };
    let length = usize::try_from(days_between(first.day, last.day)).unwrap_or(0);
    let at = |day: Date| usize::try_from(days_between(first.day, day) - 1).ok();
    let (mut values, mut reference) = (vec![f64::NAN; length], vec![f64::NAN; length]);
    for day in days.iter().filter(|one| !is_known(one.day, known_causes)) {
        if let Some(at) = at(day.day).filter(|at| *at < length) {
            (values[at], reference[at]) = (day.numerator, day.denominator);
        }
    }
    if let Some(rest) = rest {
        reference.fill(f64::NAN);
        for day in rest.iter().filter(|day| first.day <= day.day && day.day <= last.day) {
            if let Some(at) = at(day.day) {
                reference[at] = day.numerator;
            }
        }
    }
    let mut watch = budget.watch(7, budget.a_year_each() / DAYS_A_YEAR);
    if rest.is_some() {
        watch.reference = Reference::Company;
    }
    let Some(rare) = recent::newest(&values, &reference, &watch)? else { return Ok(None) };
    let steps = i64::try_from(rare.steps).unwrap_or(1);
    // A ratio is told as such, over the denominators of the same days.
    let below = if rest.is_some() { 1.0 } else { mean_of(&reference[length - rare.steps..]) };
    let since = last.day.saturating_sub((steps - 1).days());
    Ok(Some(deviation(named, &rare, below, (since, last.day))))
}

/// Whether a day is within a span (both days included) of which people know why it is not as usual.
fn is_known(day: Date, known_causes: &[(Date, Date)]) -> bool {
    known_causes.iter().any(|(from, to)| *from <= day && day <= *to)
}

/// As [`statistical`], of readings that do not come every day: a position that is looked up weekly, say. Each is a
/// step; usually `every_days` days lie between two. At least 56 readings are needed, without those of
/// `known_causes`.
pub fn statistical_readings(
    named: Named,
    readings: &[DayValue],
    every_days: i64,
    known_causes: &[(Date, Date)],
    budget: &Budget,
) -> Result<Option<Deviation>, AnomalyError> {
    let Some(last) = readings.last().filter(|last| !is_known(last.day, known_causes)) else {
        return Ok(None);
    };
    let judged = readings.iter().filter(|one| !is_known(one.day, known_causes));
    let readings: Vec<DayValue> = judged.copied().collect();
    let values: Vec<f64> = readings.iter().map(|reading| reading.numerator).collect();
    let reference: Vec<f64> = readings.iter().map(|reading| reading.denominator).collect();
    let watch = budget.watch(1, budget.a_year_each() * every_days.max(1) as f64 / DAYS_A_YEAR);
    let Some(rare) = recent::newest(&values, &reference, &watch)? else { return Ok(None) };
    let first = readings.len() - rare.steps;
    let below = mean_of(&reference[first..]);
    Ok(Some(deviation(named, &rare, below, (readings[first].day, last.day))))
}

/// Hours that are judged together while a day is not over.
pub const HOURS: i8 = 6;

/// Looks a day at the newest hours.
const LOOKS_A_DAY: f64 = 24.0;

/// Whether the last [`HOURS`] hours before `until` o'clock of the newest day are unlikely, given the same hours of
/// the days before. `same_hours` has the figure of those hours for each day; at least 56 are needed.
///
/// It is looked at every hour, so that each look has a twenty-fourth of a day's false alarms. Hours with fewer than
/// `budget.smallest_expected` are left to the whole day.
pub fn hourly(
    named: Named,
    same_hours: &[DayValue],
    until: i8,
    known_causes: &[(Date, Date)],
    budget: &Budget,
) -> Result<Option<Deviation>, AnomalyError> {
    let known = |day: &DayValue| is_known(day.day, known_causes);
    let Some(last) = same_hours.last().filter(|last| !known(last)) else { return Ok(None) };
    let values: Vec<f64> =
        same_hours.iter().map(|day| if known(day) { f64::NAN } else { day.numerator }).collect();
    let ones = vec![1.0; values.len()];
    let watch = budget.watch(7, budget.a_year_each() / DAYS_A_YEAR / LOOKS_A_DAY);
    let found = recent::newest(&values, &ones, &watch)?;
    // What lasts for days is seen in whole days.
    let Some(rare) = found.filter(|rare| rare.steps == 1) else { return Ok(None) };
    let mut found = deviation(named, &rare, 1.0, (last.day, last.day));
    found.headline.key = if rare.deviation < 0.0 { "alert_hours_down" } else { "alert_hours_up" };
    found.headline =
        found.headline.number("hours", f64::from(HOURS), 0).number("until", f64::from(until), 0);
    Ok(Some(found))
}

const DAYS_A_YEAR: f64 = 365.25;

fn mean_of(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A rare figure as it is told, over `below`.
fn deviation(named: Named, rare: &Rare, below: f64, (since, day): (Date, Date)) -> Deviation {
    let down = rare.deviation < 0.0;
    let key = if down { "alert_statistical_down" } else { "alert_statistical_up" };
    Deviation {
        cause: Cause::Statistical,
        subject: named.subject.to_owned(),
        detail: if down { "down" } else { "up" }.to_owned(),
        since,
        day,
        bad: down == (named.better == Better::More),
        headline: Phrase::new(key)
            .text_value("metric", named.name)
            .with("actual", named.writing.value(rare.actual / below * named.scale))
            .with("expected", named.writing.value(rare.expected / below * named.scale))
            .percent("change", (rare.actual / rare.expected - 1.0) * 100.0)
            .day("day", day),
    }
}

/// A line that a metric should not cross.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Line {
    Below(f64),
    Above(f64),
}

/// Whether the newest day crossed a line.
pub fn threshold(named: Named, days: &[DayValue], line: Line) -> Option<Deviation> {
    let newest = days.last()?;
    let of = |day: &DayValue| day.numerator / day.denominator * named.scale;
    let value = if newest.denominator > 0.0 { of(newest) } else { return None };
    let crossed = |day: &DayValue| {
        let value = of(day);
        day.denominator > 0.0
            && match line {
                Line::Below(line) => value < line,
                Line::Above(line) => value > line,
            }
    };
    if !crossed(newest) {
        return None;
    }
    let since =
        days.iter().rev().take_while(|day| crossed(day)).last().map_or(newest.day, |day| day.day);
    let (key, at, below) = match line {
        Line::Below(at) => ("alert_threshold_below", at, true),
        Line::Above(at) => ("alert_threshold_above", at, false),
    };
    Some(Deviation {
        cause: Cause::Threshold,
        subject: named.subject.to_owned(),
        detail: format!("{}{at}", if below { "<" } else { ">" }),
        since,
        day: newest.day,
        bad: below == (named.better == Better::More),
        headline: Phrase::new(key)
            .text_value("metric", named.name)
            .with("actual", named.writing.value(value))
            .with("line", named.writing.exact(at))
            .day("day", newest.day),
    })
}

/// Whether figures stopped arriving. `days` are those with figures (for events: with any event at all);
/// `today` is not over.
///
/// The usual distance is the median of the last gaps: a site with daily visitors is silent after two whole
/// days without any, a figure that is typed in weekly after two weeks and a day.
pub fn data_stopped(named: Named, days: &[Date], today: Date) -> Option<Deviation> {
    let newest = *days.last()?;
    let recent = &days[days.len().saturating_sub(29)..];
    let mut gaps: Vec<i64> =
        recent.windows(2).map(|pair| days_between(pair[0], pair[1]) - 1).collect();
    gaps.sort_unstable();
    let usual = gaps.get(gaps.len() / 2).copied().unwrap_or(7).max(1);
    let longest = gaps.last().copied().unwrap_or(usual);
    let silent = days_between(newest, today) - 1;
    // Longer than twice the usual, and than it was ever lately: shops close on Sundays.
    let limit = (2 * usual).max(longest) + 1;
    (silent > limit - i64::from(usual == 1 && longest <= 1)).then(|| Deviation {
        cause: Cause::DataStopped,
        subject: named.subject.to_owned(),
        detail: String::new(),
        since: newest.saturating_add(1.day()),
        day: today.saturating_sub(1.day()),
        bad: true,
        headline: Phrase::new("alert_data_stopped")
            .text_value("metric", named.name)
            .day("day", newest)
            .number("usual", usual as f64, 0),
    })
}

/// A milestone whose day passed without it.
pub fn milestone_missed(
    named: Named,
    milestone: &Milestone,
    state: State,
    actual: Option<f64>,
) -> Option<Deviation> {
    let value = |number: Option<f64>| named.writing.value(number.unwrap_or_default());
    let headline = if milestone.value.is_some() {
        Phrase::new("alert_milestone_missed")
            .with("actual", value(actual))
            .with("target", value(milestone.value))
    } else {
        Phrase::new("alert_milestone_undone")
    };
    (state == State::Missed).then(|| Deviation {
        cause: Cause::MilestoneMissed,
        subject: named.subject.to_owned(),
        detail: format!("{} {}", milestone.due, milestone.name),
        since: milestone.due,
        day: milestone.due,
        bad: true,
        headline: headline
            .text_value("milestone", milestone.name.as_str())
            .text_value("goal", named.name)
            .day("day", milestone.due),
    })
}

/// A goal's probability that fell under a line, from the daily forecasts that were kept, oldest first.
///
/// It is under when the last two of them are: one night's draw is no news.
pub fn probability_low(named: Named, kept: &[(Date, f64)], line: f64) -> Option<Deviation> {
    let [.., before, newest] = kept else { return None };
    if newest.1 >= line || before.1 >= line {
        return None;
    }
    let since = kept.iter().rev().take_while(|(_, probability)| *probability < line).last()?.0;
    let week_ago = newest.0.saturating_sub(7.days());
    let then = kept.iter().rev().find(|(day, _)| *day <= week_ago).or(kept.first())?.1;
    // What was low from the beginning did not fall.
    let fell = then >= line;
    let key = if fell { "alert_probability_low" } else { "alert_probability_is_low" };
    Some(Deviation {
        cause: Cause::ProbabilityLow,
        subject: named.subject.to_owned(),
        detail: format!("{:.0}", line * 100.0),
        since,
        day: newest.0,
        bad: true,
        headline: Phrase::new(key)
            .text_value("goal", named.name)
            .chance("probability", newest.1)
            .percent("line", line * 100.0)
            .chance("before", then),
    })
}

/// The work of one goal, or of several that share it.
#[derive(Debug, Clone, Copy)]
pub struct StalledPlan<'a> {
    /// How many goals.
    pub goals: usize,
    /// When the goal or its first work began; of several goals the latest such day.
    pub begun: Date,
    /// The days on which linked work was done.
    pub finished: &'a [Date],
    /// Work that has begun and is not done.
    pub open: usize,
}

/// Goals with open work of which nothing was finished for so many weeks.
pub fn plan_stalled(
    named: Named,
    plan: &StalledPlan,
    weeks: i64,
    today: Date,
) -> Option<Deviation> {
    let StalledPlan { goals, begun, finished, open } = *plan;
    let newest = finished.iter().copied().max().unwrap_or(begun).max(begun);
    let idle = (days_between(newest, today) - 1) / 7;
    let headline = match goals {
        0 | 1 => Phrase::new("alert_plan_stalled").text_value("goal", named.name),
        _ => Phrase::new("alert_plans_stalled").number("count", goals as f64, 0),
    };
    (open > 0 && weeks > 0 && idle >= weeks).then(|| Deviation {
        cause: Cause::PlanStalled,
        subject: named.subject.to_owned(),
        detail: String::new(),
        since: newest.saturating_add((7 * weeks).days()),
        day: today,
        bad: true,
        headline: headline.number("weeks", idle as f64, 0),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::goal::Locale;
    use crate::metric::Nature;

    fn orders() -> Named<'static> {
        Named {
            subject: "metric-1",
            name: "Orders",
            writing: Writing { nature: Nature::Flow, currency: None },
            better: Better::More,
            scale: 1.0,
        }
    }

    /// 120 days around 100 with a week and a spread of ±6 that repeats; the last `count` are `factor` of it.
    fn days(count: usize, factor: f64) -> Vec<DayValue> {
        let all = 120;
        date(2026, 1, 1)
            .series(1.day())
            .take(all)
            .enumerate()
            .map(|(at, day)| {
                let week = if day.weekday().to_monday_zero_offset() >= 5 { 0.7 } else { 1.1 };
                let noise = 1.0 + 0.06 * (((at * 7919) % 101) as f64 / 50.0 - 1.0);
                let factor = if at + count >= all { factor } else { 1.0 };
                DayValue { day, numerator: 100.0 * week * noise * factor, denominator: 1.0 }
            })
            .collect()
    }

    #[test]
    fn a_drop_is_found_and_told_with_what_was_expected() {
        let found =
            statistical(orders(), &days(2, 0.6), None, &[], &Budget::usual(20)).expect("judged");
        let found = found.expect("a deviation");
        assert_eq!((found.key().as_str(), found.bad), ("statistical/metric-1/down", true));
        assert_eq!(found.since, date(2026, 4, 29));
        let text = found.headline.text(Locale::En);
        assert!(text.starts_with("Orders fell to 6") && text.contains("30 April 2026"), "{text}");
        assert_eq!(statistical(orders(), &days(0, 1.0), None, &[], &Budget::usual(20)), Ok(None));
        let known = [(date(2026, 4, 29), date(2026, 4, 30))];
        assert_eq!(
            statistical(orders(), &days(2, 0.6), None, &known, &Budget::usual(20)),
            Ok(None)
        );
        let up =
            statistical(orders(), &days(1, 1.8), None, &[], &Budget::usual(20)).expect("judged");
        assert!(up.is_some_and(|found| !found.bad && found.detail == "up"));
    }

    #[test]
    fn readings_that_come_weekly_are_judged_by_one_another() {
        let weekly = |newest: f64| -> Vec<DayValue> {
            let days = date(2025, 1, 6).series(7.days()).take(70).enumerate();
            days.map(|(at, day)| {
                let noise = 1.0 + 0.02 * (((at * 7919) % 101) as f64 / 50.0 - 1.0);
                let numerator = if at == 69 { newest } else { 8.0 * noise };
                DayValue { day, numerator, denominator: 1.0 }
            })
            .collect()
        };
        let budget = Budget { smallest_expected: 0.0, ..Budget::usual(20) };
        let rank = Named { better: Better::Less, ..orders() };
        let found = statistical_readings(rank, &weekly(15.0), 7, &[], &budget).expect("judged");
        let found = found.expect("a deviation");
        assert_eq!((found.detail.as_str(), found.bad), ("up", true));
        assert_eq!((found.since, found.day), (date(2026, 5, 4), date(2026, 5, 4)));
        assert_eq!(statistical_readings(rank, &weekly(8.0), 7, &[], &budget), Ok(None));
        let known = [(date(2026, 5, 1), date(2026, 5, 9))];
        assert_eq!(statistical_readings(rank, &weekly(15.0), 7, &known, &budget), Ok(None));
        assert!(statistical_readings(rank, &weekly(15.0)[..40], 7, &[], &budget).is_err());
    }

    #[test]
    fn hours_without_orders_are_told_before_the_day_is_over() {
        let hours = days(1, 0.05);
        let found = hourly(orders(), &hours, 14, &[], &Budget::usual(20)).expect("judged");
        let found = found.expect("a deviation");
        assert_eq!((found.key().as_str(), found.bad), ("statistical/metric-1/down", true));
        let text = found.headline.text(Locale::En);
        assert!(text.contains("in the 6 hours before 14 o’clock on 30 April 2026"), "{text}");
        assert_eq!(hourly(orders(), &days(0, 1.0), 14, &[], &Budget::usual(20)), Ok(None));
        let known = [(date(2026, 4, 30), date(2026, 4, 30))];
        assert_eq!(hourly(orders(), &hours, 14, &known, &Budget::usual(20)), Ok(None));
        // Too few an hour: left to the whole day.
        let slow = Budget { smallest_expected: 500.0, ..Budget::usual(20) };
        assert_eq!(hourly(orders(), &hours, 14, &[], &slow), Ok(None));
    }

    #[test]
    fn the_budget_is_shared_among_the_series() {
        assert!((Budget::usual(24).a_year_each() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_line_that_was_crossed_has_the_day_since() {
        let days = days(3, 0.5);
        let found = threshold(orders(), &days, Line::Below(60.0)).expect("below");
        assert_eq!((found.since, found.bad), (date(2026, 4, 28), true));
        assert_eq!(threshold(orders(), &days, Line::Above(60.0)), None);
        let percent = Writing { nature: Nature::Share, currency: None };
        let rate = Named { writing: percent, scale: 100.0, ..orders() };
        let day = DayValue { day: date(2026, 4, 30), numerator: 3.0, denominator: 120.0 };
        let found = threshold(rate, &[day], Line::Below(3.0)).expect("below 3 %");
        assert_eq!(
            found.headline.text(Locale::En),
            "Orders came to 2.5% on 30 April 2026, below the line of 3%."
        );
        assert_eq!(threshold(rate, &[day], Line::Below(2.0)), None);
        let found = threshold(orders(), &days, Line::Below(60.25)).expect("below");
        assert!(found.headline.text(Locale::En).ends_with("below the line of 60.25."));
    }

    #[test]
    fn silence_is_longer_than_usual_and_than_lately() {
        let stopped = |days: &[Date], today| data_stopped(orders(), days, today).is_some();
        let daily: Vec<Date> = date(2026, 3, 1).series(1.day()).take(31).collect();
        assert!(!stopped(&daily, date(2026, 4, 2)));
        assert!(stopped(&daily, date(2026, 4, 3)));
        let weekdays: Vec<Date> =
            daily.iter().copied().filter(|day| day.weekday().to_monday_zero_offset() < 5).collect();
        // The last was Tuesday 31 March; weekends are three days apart.
        assert!(!stopped(&weekdays, date(2026, 4, 3)));
        assert!(stopped(&weekdays, date(2026, 4, 5)));
        let weekly: Vec<Date> = date(2026, 1, 5).series(7.days()).take(12).collect();
        assert!(!stopped(&weekly, date(2026, 4, 6)));
        assert!(stopped(&weekly, date(2026, 4, 8)));
        assert!(!stopped(&[], date(2026, 4, 8)));
    }

    #[test]
    fn one_nights_draw_below_the_line_is_no_news() {
        let kept: Vec<(Date, f64)> = date(2026, 4, 1)
            .series(1.day())
            .zip([0.7, 0.6, 0.5, 0.45, 0.42, 0.41, 0.40, 0.39, 0.41, 0.39, 0.38])
            .collect();
        assert_eq!(probability_low(orders(), &kept[..8], 0.4), None);
        assert_eq!(probability_low(orders(), &kept[..10], 0.4), None);
        let found = probability_low(orders(), &kept, 0.4).expect("under it");
        assert_eq!((found.since, found.detail.as_str()), (date(2026, 4, 10), "40"));
        assert_eq!(
            found.headline.text(Locale::En),
            "The probability of Orders fell to 38%, below 40%; a week ago it was 45%."
        );
        let always = [(date(2026, 4, 10), 0.02), (date(2026, 4, 11), 0.01)];
        let found = probability_low(orders(), &always, 0.4).expect("under it");
        assert_eq!(
            found.headline.text(Locale::En),
            "The probability of Orders is 1%, below the line of 40%."
        );
    }

    #[test]
    fn a_plan_is_stalled_when_open_work_rests() {
        let stalled = |finished: &[Date], open, today| {
            let plan = StalledPlan { goals: 1, begun: date(2026, 3, 1), finished, open };
            plan_stalled(orders(), &plan, 3, today).map(|found| found.since)
        };
        assert_eq!(stalled(&[date(2026, 3, 10)], 2, date(2026, 3, 30)), None);
        assert_eq!(stalled(&[date(2026, 3, 10)], 2, date(2026, 3, 31)), Some(date(2026, 3, 31)));
        assert_eq!(stalled(&[date(2026, 3, 10)], 0, date(2026, 4, 30)), None);
        assert_eq!(stalled(&[], 1, date(2026, 3, 22)), Some(date(2026, 3, 22)));
    }

    #[test]
    fn a_missed_milestone_is_one_incident_for_good() {
        let milestone = Milestone {
            name: "Half".into(),
            due: date(2026, 4, 30),
            value: Some(500.0),
            met_on: None,
        };
        let found =
            milestone_missed(orders(), &milestone, State::Missed, Some(420.0)).expect("missed");
        assert_eq!(found.key(), "milestone_missed/metric-1/2026-04-30 Half");
        assert_eq!(milestone_missed(orders(), &milestone, State::Met, None), None);
        assert!(found.headline.text(Locale::Fi).contains("420 / 500"));
        let by_work = Milestone { value: None, ..milestone };
        let found = milestone_missed(orders(), &by_work, State::Missed, None).expect("missed");
        assert_eq!(
            found.headline.text(Locale::En),
            "The milestone “Half” of Orders was missed on 30 April 2026."
        );
    }
}
