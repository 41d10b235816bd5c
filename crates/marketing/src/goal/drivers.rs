//! What moved it: where, by dimension, actual figures differ from the expected ones, adding up exactly.

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_stats::drivers::adtributor::{self, Element, RatioElement, Thresholds};

use super::days_between;
use super::wording::Writing;
use crate::metric::{Better, DayValue};
use crate::phrase::Phrase;

/// The days of one value of a dimension: `FI` of `visit:country`.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    pub value: String,
    /// Days before and in the period; absent days are zero.
    pub days: Vec<DayValue>,
}

/// A dimension with the slices that were measured. What they leave of the total becomes a slice of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    pub name: String,
    pub slices: Vec<Slice>,
}

/// One value's part in the change.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// `None` is everything that no slice holds.
    pub value: Option<String>,
    pub expected: f64,
    pub actual: f64,
    /// In the metric's unit; of a ratio, its effect on the total. All rows add up to the whole change.
    pub change: f64,
    /// Share of the whole change; may be negative or above 1.
    pub share: f64,
    /// Among those that explain most of it.
    pub chosen: bool,
}

/// A dimension's explanation.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    pub name: String,
    /// The chosen ones first, then by the size of the change.
    pub rows: Vec<Row>,
    /// How telling it is; dimensions are ordered by it.
    pub surprise: f64,
    /// Share of the change that the chosen rows hold.
    pub explained: f64,
}

/// Why a figure is not what it was expected to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Drivers {
    pub expected: f64,
    pub actual: f64,
    pub change: f64,
    /// The most telling first.
    pub dimensions: Vec<Explained>,
}

/// Weeks before the period from which each weekday's expectation is taken.
const WEEKS: i64 = 8;

/// Least part of a total's noise that a change must be to be explained: below this it is rounding.
const LEAST_CHANGE: f64 = 1e-9;

/// Explains the change of a sum over a period (both days included) against the same weekdays of the eight
/// weeks before; `None` without a change or a past.
///
/// `ratio_scale` makes it a ratio: Σ numerators ÷ Σ denominators × scale.
pub fn drivers(
    total: &[DayValue],
    dimensions: &[Dimension],
    from: Date,
    to: Date,
    ratio_scale: Option<f64>,
) -> Option<Drivers> {
    drivers_beside(total, dimensions, (from, to), ratio_scale, &[])
}

/// As [`drivers`], where nothing is expected from the days of known causes (both days of each included).
pub fn drivers_beside(
    total: &[DayValue],
    dimensions: &[Dimension],
    (from, to): (Date, Date),
    ratio_scale: Option<f64>,
    known_causes: &[(Date, Date)],
) -> Option<Drivers> {
    let first = total.iter().map(|day| day.day).min()?;
    let period = Period::new(first, from, to, known_causes);
    let whole = Figures::of(total, &period)?;
    let scale = ratio_scale.unwrap_or(1.0);
    let ratio = ratio_scale.is_some();
    let value = |above: f64, below: f64| {
        if ratio { (below > 0.0).then(|| above / below * scale) } else { Some(above) }
    };
    let expected = value(whole.expected.0, whole.expected.1)?;
    let actual = value(whole.actual.0, whole.actual.1)?;
    let change = actual - expected;
    if change.abs() <= LEAST_CHANGE * expected.abs().max(actual.abs()) {
        return None;
    }
    let mut explained: Vec<Explained> = dimensions
        .iter()
        .filter_map(|dimension| explain(dimension, &whole, &period, ratio.then_some(scale), change))
        .collect();
    explained.sort_by(|a, b| b.surprise.total_cmp(&a.surprise).then_with(|| a.name.cmp(&b.name)));
    Some(Drivers { expected, actual, change, dimensions: explained })
}

/// How a value is shown that an event does not have.
const NOT_SET: &str = "(not set)";

/// Weeks that are looked at for what happened lately.
const LATELY_WEEKS: [i64; 3] = [1, 2, 4];

/// The days up to `to` (both included) that are worth explaining: the last one, two or four weeks, whichever
/// departs most for the worse from its expectation, measured by the noise of so many days; where none is worse,
/// whichever departs most. A plan that began within those weeks is looked at from its start, but for a week at
/// least.
pub fn lately(
    total: &[DayValue],
    start: Date,
    to: Date,
    better: Better,
    ratio_scale: Option<f64>,
) -> (Date, Date) {
    let began = |weeks: i64| {
        let week = to.saturating_sub(6.days());
        to.saturating_sub((7 * weeks - 1).days()).max(start).min(week)
    };
    let departure = |from: Date| {
        let change = drivers(total, &[], from, to, ratio_scale).map_or(0.0, |found| found.change);
        let noise = (days_between(from, to) as f64 + 1.0).sqrt();
        // Of a sum over n days the noise grows with √n; that of a ratio falls with it.
        let sized = if ratio_scale.is_some() { change * noise } else { change / noise };
        if better == Better::More { -sized } else { sized }
    };
    let mut found = (began(1), departure(began(1)));
    for weeks in LATELY_WEEKS {
        let from = began(weeks);
        let worse = departure(from);
        let more = if found.1 > 0.0 { worse > found.1 } else { worse > 0.0 || worse < found.1 };
        if more {
            found = (from, worse);
        }
    }
    (found.0, to)
}

/// Expected and actual numerator and denominator.
#[derive(Clone, Copy)]
struct Figures {
    expected: (f64, f64),
    actual: (f64, f64),
}

/// The days that are explained, and those that are learned from.
struct Period<'a> {
    from: Date,
    to: Date,
    /// The first day of the past.
    past: Date,
    known_causes: &'a [(Date, Date)],
}

impl Period<'_> {
    /// The past is not longer than that of the whole, which begins on `first`: its parts did not exist before either.
    fn new(first: Date, from: Date, to: Date, known_causes: &[(Date, Date)]) -> Period<'_> {
        let past = from.saturating_sub((7 * WEEKS).days()).max(first);
        Period { from, to, past, known_causes }
    }

    /// Whether something is expected from a day.
    fn teaches(&self, day: Date) -> bool {
        let known = self.known_causes.iter().any(|(from, to)| *from <= day && day <= *to);
        self.past <= day && day < self.from && !known
    }
}

impl Figures {
    /// `None` when there is no day before the period.
    fn of(days: &[DayValue], period: &Period) -> Option<Figures> {
        let Period { from, to, past, .. } = *period;
        let first = days.iter().map(|day| day.day).min().filter(|first| *first < from)?;
        let learned = past.max(first);
        let mut sums = [(0.0, 0.0); 7];
        let mut actual = (0.0, 0.0);
        for day in days {
            if period.teaches(day.day) {
                let sum = &mut sums[weekday(day.day)];
                (sum.0, sum.1) = (sum.0 + day.numerator, sum.1 + day.denominator);
            } else if day.day >= from && day.day <= to {
                (actual.0, actual.1) = (actual.0 + day.numerator, actual.1 + day.denominator);
            }
        }
        let counts = weekdays(learned, from.saturating_sub(1.day()), |day| period.teaches(day));
        let wanted = weekdays(from, to, |_| true);
        let mut expected = (0.0, 0.0);
        let measured: f64 = counts.iter().sum();
        if measured == 0.0 {
            return None;
        }
        let all: (f64, f64) = sums.iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        for weekday in 0..7 {
            // A weekday that the short past does not have is a day like any other.
            let mean = |sum: f64, all: f64| {
                if counts[weekday] > 0.0 { sum / counts[weekday] } else { all / measured }
            };
            expected.0 += wanted[weekday] * mean(sums[weekday].0, all.0);
            expected.1 += wanted[weekday] * mean(sums[weekday].1, all.1);
        }
        Some(Figures { expected, actual })
    }
}

fn weekday(day: Date) -> usize {
    day.weekday().to_monday_zero_offset().unsigned_abs() as usize
}

/// How often each weekday occurs between two days, of those that count.
fn weekdays(from: Date, to: Date, count: impl Fn(Date) -> bool) -> [f64; 7] {
    let mut counts = [0.0; 7];
    for day in from.series(1.day()).take_while(|day| *day <= to).filter(|day| count(*day)) {
        counts[weekday(day)] += 1.0;
    }
    counts
}

fn explain(
    dimension: &Dimension,
    whole: &Figures,
    period: &Period,
    ratio_scale: Option<f64>,
    change: f64,
) -> Option<Explained> {
    // Slices that began within the period had nothing before it.
    let zero = period.past;
    let mut parts: Vec<(Option<String>, Figures)> = dimension
        .slices
        .iter()
        .filter_map(|slice| {
            let mut days = slice.days.clone();
            days.push(DayValue { day: zero, numerator: 0.0, denominator: 0.0 });
            Some((Some(slice.value.clone()), Figures::of(&days, period)?))
        })
        .collect();
    let rest = parts.iter().fold(*whole, |rest, (_, part)| Figures {
        expected: (rest.expected.0 - part.expected.0, rest.expected.1 - part.expected.1),
        actual: (rest.actual.0 - part.actual.0, rest.actual.1 - part.actual.1),
    });
    let left = [rest.expected.0, rest.expected.1, rest.actual.0, rest.actual.1];
    let size = whole.expected.0.abs().max(whole.actual.0.abs());
    if left.iter().any(|value| value.abs() > LEAST_CHANGE * size) {
        parts.push((None, rest));
    }
    let name = |index: usize| index.to_string();
    let found = match ratio_scale {
        None => {
            let elements: Vec<Element> = parts
                .iter()
                .enumerate()
                .map(|(index, (_, part))| Element {
                    name: name(index),
                    expected: part.expected.0,
                    actual: part.actual.0,
                })
                .collect();
            adtributor::explain(&elements, Thresholds::default())
        }
        Some(_) => {
            let elements: Vec<RatioElement> = parts
                .iter()
                .enumerate()
                .map(|(index, (_, part))| RatioElement {
                    name: name(index),
                    numerator: (part.expected.0, part.actual.0),
                    denominator: (part.expected.1, part.actual.1),
                })
                .collect();
            adtributor::explain_ratio(&elements, Thresholds::default())
        }
    }
    .ok()?;
    let mut rows: Vec<Row> = found
        .values
        .iter()
        .enumerate()
        .filter_map(|(at, one)| {
            let (value, part) = parts.get(one.name.parse::<usize>().ok()?)?;
            let shown = |(above, below): (f64, f64)| match ratio_scale {
                None => above,
                Some(scale) if below > 0.0 => above / below * scale,
                Some(_) => 0.0,
            };
            Some(Row {
                value: value.clone(),
                expected: shown(part.expected),
                actual: shown(part.actual),
                change: one.explanatory_power * change,
                share: one.explanatory_power,
                chosen: found.chosen.contains(&at) && value.is_some(),
            })
        })
        .collect();
    rows.sort_by(|a, b| b.chosen.cmp(&a.chosen).then(b.change.abs().total_cmp(&a.change.abs())));
    Some(Explained {
        name: dimension.name.clone(),
        rows,
        surprise: found.surprise,
        explained: found.explained,
    })
}

impl Drivers {
    /// The row that explains most of it, in the most telling dimension that has one. What has no value (visits
    /// without a campaign) is a cause only where nothing else is.
    pub fn first(&self) -> Option<(&str, &Row)> {
        let chosen = |named: bool| {
            self.dimensions.iter().find_map(|dimension| {
                let row = dimension.rows.first().filter(|row| row.chosen)?;
                let has_value = row.value.as_deref().is_some_and(|value| value != NOT_SET);
                (has_value == named).then_some((dimension.name.as_str(), row))
            })
        };
        chosen(true).or_else(|| chosen(false))
    }

    /// Whether the change is for the better.
    pub fn is_good(&self, better: Better) -> bool {
        (self.change > 0.0) == (better == Better::More)
    }

    /// The first cause in words.
    pub fn phrase(&self, writing: Writing, dimension_name: impl Fn(&str) -> String) -> Phrase {
        match self.first() {
            None => Phrase::new("driver_none"),
            Some((dimension, row)) => Phrase::new("driver_lost")
                .text_value("value", row.value.clone().unwrap_or_default())
                .text_value("dimension", dimension_name(dimension))
                // Where others made up for part of it, it explains all of it.
                .percent("share", (row.share * 100.0).round().min(100.0))
                .with("actual", writing.value(row.actual))
                .with("expected", writing.value(row.expected)),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::goal::Locale;
    use crate::metric::Nature;

    /// Eight weeks of the same number each day, and a week of another.
    fn days(before: (f64, f64), after: (f64, f64)) -> Vec<DayValue> {
        let first = date(2026, 2, 2);
        first
            .series(1.day())
            .take(63)
            .enumerate()
            .map(|(at, day)| {
                let (numerator, denominator) = if at < 56 { before } else { after };
                DayValue { day, numerator, denominator }
            })
            .collect()
    }

    fn slice(value: &str, before: f64, after: f64) -> Slice {
        Slice { value: value.to_owned(), days: days((before, 1.0), (after, 1.0)) }
    }

    const WEEK: (Date, Date) = (date(2026, 3, 30), date(2026, 4, 5));

    #[test]
    fn of_a_short_past_the_parts_are_learned_from_as_many_days_as_the_whole() {
        // Three weeks of 10 a day, all in Finland, then a week of 15.
        let all: Vec<DayValue> = days((10.0, 1.0), (15.0, 1.0)).split_off(35);
        let (from, to) = (all[21].day, all[27].day);
        let slice = Slice { value: "FI".to_owned(), days: all.clone() };
        let country = Dimension { name: "visit:country".to_owned(), slices: vec![slice] };
        let found = drivers(&all, &[country], from, to, None).expect("a change");
        let rows = &found.dimensions[0].rows;
        assert_eq!(rows.len(), 1, "nothing is left for others: {rows:?}");
        assert_eq!((rows[0].expected, rows[0].actual, rows[0].share), (70.0, 105.0, 1.0));
    }

    #[test]
    fn nothing_is_expected_from_the_days_of_a_known_cause() {
        // 10 a day; a sale brought 90 a day in the last week before the period, which is as usual but for one day.
        let mut all = days((10.0, 1.0), (10.0, 1.0));
        for day in &mut all[49..56] {
            day.numerator = 90.0;
        }
        let (from, to) = (all[56].day, all[62].day);
        let misled = drivers(&all, &[], from, to, None).expect("a change");
        assert!((misled.expected - 140.0).abs() < 1e-9, "{misled:?}");
        let known = [(all[49].day, all[55].day)];
        assert_eq!(drivers_beside(&all, &[], (from, to), None, &known), None, "as usual");
        all[62].numerator = 3.0;
        let found = drivers_beside(&all, &[], (from, to), None, &known).expect("a change");
        assert!((found.expected - 70.0).abs() < 1e-9 && (found.change + 7.0).abs() < 1e-9);
        // Where nothing else is known, nothing is expected.
        let everything = [(all[0].day, all[55].day)];
        assert_eq!(drivers_beside(&all, &[], (from, to), None, &everything), None);
    }

    #[test]
    fn the_weeks_are_explained_in_which_it_fell() {
        let first = date(2026, 2, 2);
        let fell_before = |days_ago: i64, to: f64| -> Vec<DayValue> {
            let all = first.series(1.day()).take(84).enumerate();
            let fallen = |at: usize| at as i64 >= 84 - days_ago;
            all.map(|(at, day)| DayValue {
                day,
                numerator: if fallen(at) { to } else { 100.0 },
                denominator: 1.0,
            })
            .collect()
        };
        let to = first.saturating_add(83.days());
        let began = |weeks: i64| to.saturating_sub((7 * weeks - 1).days());
        let start = |days: &[DayValue], better| lately(days, first, to, better, None).0;
        for weeks in [1, 2, 4] {
            assert_eq!(start(&fell_before(7 * weeks, 60.0), Better::More), began(weeks));
            // A rise is none of it, unless less is better or nothing else happened.
            assert_eq!(start(&fell_before(7 * weeks, 140.0), Better::Less), began(weeks));
            assert_eq!(start(&fell_before(7 * weeks, 140.0), Better::More), began(weeks));
        }
        let ratio = lately(&fell_before(14, 60.0), first, to, Better::More, Some(1.0));
        assert_eq!(ratio.0, began(2));
        let late_start = lately(&fell_before(28, 60.0), began(2), to, Better::More, None);
        assert_eq!(late_start.0, began(2));
    }

    /// The example of the drivers module: Germany falls from 1000 to 700, the others move little.
    #[test]
    fn the_country_that_fell_is_named_and_everything_adds_up() {
        let total = days((1_800.0, 1.0), (1_510.0, 1.0));
        let countries = Dimension {
            name: "visit:country".to_owned(),
            slices: vec![slice("FI", 500.0, 520.0), slice("DE", 1_000.0, 700.0)],
        };
        let devices = Dimension {
            name: "visit:device".to_owned(),
            slices: vec![slice("Mobile", 900.0, 755.0), slice("Desktop", 900.0, 755.0)],
        };
        let found = drivers(&total, &[devices, countries], WEEK.0, WEEK.1, None).expect("a change");
        assert!((found.change + 2_030.0).abs() < 1e-9 && (found.expected - 12_600.0).abs() < 1e-9);
        let (dimension, row) = found.first().expect("a cause");
        assert_eq!((dimension, row.value.as_deref()), ("visit:country", Some("DE")));
        assert!((row.share - 1.0345).abs() < 1e-4);
        for dimension in &found.dimensions {
            let sum: f64 = dimension.rows.iter().map(|row| row.change).sum();
            assert!((sum - found.change).abs() < 1e-6, "{} {sum}", dimension.name);
        }
        // What is neither Finland nor Germany: 300 before, 290 after.
        let rest =
            found.dimensions[0].rows.iter().find(|row| row.value.is_none()).expect("the rest");
        assert!((rest.expected - 2_100.0).abs() < 1e-6 && (rest.actual - 2_030.0).abs() < 1e-6);
        let writing = Writing { nature: Nature::Flow, currency: None };
        assert_eq!(
            found.phrase(writing, |_| "country".to_owned()).text(Locale::En),
            "DE (country) explains 100% of it: 4,900 instead of 7,000."
        );
    }

    #[test]
    fn of_a_ratio_the_segment_whose_rate_fell_is_named() {
        let part = |value: &str, before: (f64, f64), after: (f64, f64)| Slice {
            value: value.to_owned(),
            days: days(before, after),
        };
        let total = days((40.0, 2_000.0), (30.0, 2_000.0));
        let device = Dimension {
            name: "visit:device".to_owned(),
            slices: vec![
                part("Mobile", (20.0, 1_000.0), (10.0, 1_000.0)),
                part("Desktop", (20.0, 1_000.0), (20.0, 1_000.0)),
            ],
        };
        let found = drivers(&total, &[device], WEEK.0, WEEK.1, Some(100.0)).expect("a change");
        assert!((found.expected - 2.0).abs() < 1e-9 && (found.change + 0.5).abs() < 1e-9);
        let (_, row) = found.first().expect("a cause");
        assert_eq!(row.value.as_deref(), Some("Mobile"));
        assert!((row.change + 0.5).abs() < 1e-9 && (row.expected - 2.0).abs() < 1e-9);
        assert!(!found.is_good(Better::More));
    }

    #[test]
    fn without_a_past_or_a_change_there_is_nothing_to_explain() {
        let same = days((10.0, 1.0), (10.0, 1.0));
        assert_eq!(drivers(&same, &[], WEEK.0, WEEK.1, None), None);
        assert_eq!(drivers(&same[60..], &[], WEEK.0, WEEK.1, None), None);
        let fell = days((10.0, 1.0), (5.0, 1.0));
        let none = drivers(&fell, &[], WEEK.0, WEEK.1, None).expect("a change");
        assert_eq!(none.first(), None);
    }

    #[test]
    fn a_segment_that_begins_within_the_period_is_all_gain() {
        let total = days((100.0, 1.0), (150.0, 1.0));
        let new =
            Slice { value: "spring".to_owned(), days: days((0.0, 0.0), (50.0, 1.0)).split_off(56) };
        let campaigns = Dimension { name: "visit:utm_campaign".to_owned(), slices: vec![new] };
        let found = drivers(&total, &[campaigns], WEEK.0, WEEK.1, None).expect("a change");
        let (_, row) = found.first().expect("a cause");
        assert_eq!((row.value.as_deref(), row.expected), (Some("spring"), 0.0));
        assert!((row.share - 1.0).abs() < 1e-9);
    }
}
