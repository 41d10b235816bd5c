//! Days that are not like others: public holidays of some countries, and events from a file, as numbers
//! known in advance for each step of a forecast.

use std::collections::BTreeMap;
use std::path::Path;

use clap::ValueEnum;
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Weekday};

use crate::AnalyzeError;
use crate::input::Frame;
use crate::steps::Clock;

/// Countries whose holidays are known, by their ISO 3166 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Country {
    #[value(alias = "DE")]
    De,
    #[value(alias = "DK")]
    Dk,
    #[value(alias = "FI")]
    Fi,
    #[value(alias = "FR")]
    Fr,
    /// England and Wales.
    #[value(alias = "GB")]
    Gb,
    #[value(alias = "NL")]
    Nl,
    #[value(alias = "NO")]
    No,
    #[value(alias = "SE")]
    Se,
    #[value(alias = "US")]
    Us,
}

/// When a holiday is.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// Month and day.
    Fixed(i8, i8),
    /// Days after Easter Sunday.
    Easter(i32),
    /// The first such weekday on or after month and day.
    From(i8, i8, Weekday),
}

use Rule::{Easter, Fixed, From};
use Weekday::{Friday, Monday, Saturday, Thursday};

type Holiday = (&'static str, Rule);

const NEW_YEAR: Holiday = ("new year", Fixed(1, 1));
const EPIPHANY: Holiday = ("epiphany", Fixed(1, 6));
const MAUNDY_THURSDAY: Holiday = ("maundy thursday", Easter(-3));
const GOOD_FRIDAY: Holiday = ("good friday", Easter(-2));
const EASTER_SUNDAY: Holiday = ("easter sunday", Easter(0));
const EASTER_MONDAY: Holiday = ("easter monday", Easter(1));
const LABOUR_DAY: Holiday = ("labour day", Fixed(5, 1));
const ASCENSION: Holiday = ("ascension", Easter(39));
const PENTECOST: Holiday = ("pentecost", Easter(49));
const WHIT_MONDAY: Holiday = ("whit monday", Easter(50));
const MIDSUMMER_EVE: Holiday = ("midsummer eve", From(6, 19, Friday));
const MIDSUMMER: Holiday = ("midsummer", From(6, 20, Saturday));
const ALL_SAINTS: Holiday = ("all saints", From(10, 31, Saturday));
const CHRISTMAS_EVE: Holiday = ("christmas eve", Fixed(12, 24));
const CHRISTMAS: Holiday = ("christmas", Fixed(12, 25));
const BOXING_DAY: Holiday = ("boxing day", Fixed(12, 26));
const NEW_YEARS_EVE: Holiday = ("new year's eve", Fixed(12, 31));

impl Country {
    /// Days on which shops or offices are closed everywhere in the country, and the eves that are
    /// kept like them.
    fn holidays(self) -> &'static [Holiday] {
        match self {
            Self::De => &[
                NEW_YEAR,
                GOOD_FRIDAY,
                EASTER_SUNDAY,
                EASTER_MONDAY,
                LABOUR_DAY,
                ASCENSION,
                WHIT_MONDAY,
                ("german unity", Fixed(10, 3)),
                CHRISTMAS_EVE,
                CHRISTMAS,
                BOXING_DAY,
                NEW_YEARS_EVE,
            ],
            Self::Dk => &[
                NEW_YEAR,
                MAUNDY_THURSDAY,
                GOOD_FRIDAY,
                EASTER_SUNDAY,
                EASTER_MONDAY,
                ASCENSION,
                WHIT_MONDAY,
                ("constitution day", Fixed(6, 5)),
                CHRISTMAS_EVE,
                CHRISTMAS,
                BOXING_DAY,
                NEW_YEARS_EVE,
            ],
            Self::Fi => &[
                NEW_YEAR,
                EPIPHANY,
                GOOD_FRIDAY,
                EASTER_SUNDAY,
                EASTER_MONDAY,
                LABOUR_DAY,
                ASCENSION,
                PENTECOST,
                MIDSUMMER_EVE,
                MIDSUMMER,
                ALL_SAINTS,
                ("independence day", Fixed(12, 6)),
                CHRISTMAS_EVE,
                CHRISTMAS,
                BOXING_DAY,
            ],
            Self::Fr => &[
                NEW_YEAR,
                EASTER_SUNDAY,
                EASTER_MONDAY,
                LABOUR_DAY,
                ("victory 1945", Fixed(5, 8)),
                ASCENSION,
                WHIT_MONDAY,
                ("national day", Fixed(7, 14)),
                ("assumption", Fixed(8, 15)),
                ("all saints", Fixed(11, 1)),
                ("armistice", Fixed(11, 11)),
                CHRISTMAS,
            ],
            Self::Gb => &[
                NEW_YEAR,
                GOOD_FRIDAY,
                EASTER_SUNDAY,
                EASTER_MONDAY,
                ("early may", From(5, 1, Monday)),
                ("spring", From(5, 25, Monday)),
                ("summer", From(8, 25, Monday)),
                CHRISTMAS,
                BOXING_DAY,
            ],
            Self::Nl => &[
                NEW_YEAR,
                EASTER_SUNDAY,
                EASTER_MONDAY,
                ("king's day", Fixed(4, 27)),
                ASCENSION,
                PENTECOST,
                WHIT_MONDAY,
                CHRISTMAS,
                BOXING_DAY,
            ],
            Self::No => &[
                NEW_YEAR,
                MAUNDY_THURSDAY,
                GOOD_FRIDAY,
                EASTER_SUNDAY,
                EASTER_MONDAY,
                LABOUR_DAY,
                ("constitution day", Fixed(5, 17)),
                ASCENSION,
                PENTECOST,
                WHIT_MONDAY,
                CHRISTMAS_EVE,
                CHRISTMAS,
                BOXING_DAY,
            ],
            Self::Se => &[
                NEW_YEAR,
                EPIPHANY,
                GOOD_FRIDAY,
                EASTER_SUNDAY,
                EASTER_MONDAY,
                LABOUR_DAY,
                ASCENSION,
                PENTECOST,
                ("national day", Fixed(6, 6)),
                MIDSUMMER_EVE,
                MIDSUMMER,
                ALL_SAINTS,
                CHRISTMAS_EVE,
                CHRISTMAS,
                BOXING_DAY,
                NEW_YEARS_EVE,
            ],
            Self::Us => &[
                NEW_YEAR,
                ("martin luther king", From(1, 15, Monday)),
                ("presidents", From(2, 15, Monday)),
                EASTER_SUNDAY,
                ("memorial day", From(5, 25, Monday)),
                ("juneteenth", Fixed(6, 19)),
                ("independence day", Fixed(7, 4)),
                ("labor day", From(9, 1, Monday)),
                ("columbus", From(10, 8, Monday)),
                ("veterans", Fixed(11, 11)),
                ("thanksgiving", From(11, 22, Thursday)),
                ("black friday", From(11, 23, Friday)),
                CHRISTMAS_EVE,
                CHRISTMAS,
            ],
        }
    }
}

impl Rule {
    fn in_year(self, year: i16) -> Option<Date> {
        match self {
            Self::Fixed(month, day) => Date::new(year, month, day).ok(),
            Self::Easter(after) => easter(year)?.checked_add(after.days()).ok(),
            Self::From(month, day, weekday) => {
                let first = Date::new(year, month, day).ok()?;
                let wait = (i32::from(weekday.to_monday_zero_offset())
                    - i32::from(first.weekday().to_monday_zero_offset()))
                .rem_euclid(7);
                first.checked_add(wait.days()).ok()
            }
        }
    }
}

/// Easter Sunday of the Gregorian calendar.
///
/// Source: the anonymous computus of Nature (1876) 13:487, as in Meeus, Astronomical Algorithms,
/// ch. 8. 2024: 31 March; 2025: 20 April; 2026: 5 April.
fn easter(year: i16) -> Option<Date> {
    let year = i32::from(year);
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    Date::new(year as i16, (n / 31) as i8, (n % 31 + 1) as i8).ok()
}

/// A named column of a forecast.
pub(crate) type Regressor = (String, Vec<f64>);

/// Fewer occurrences in the past than this, and a holiday shares its effect with other rare ones.
const RARE: f64 = 2.0;

/// The holidays of a country over `steps` steps, of which the first `known` are measured: for each
/// holiday how many of its days lie in a step. Those that occurred less than twice are summed up.
pub(crate) fn holidays(
    country: Country,
    clock: &Clock,
    steps: usize,
    known: usize,
) -> Vec<Regressor> {
    let years = clock.time(0).year()..=clock.time(steps as i64).year();
    let mut columns = Vec::new();
    let mut rare = vec![0.0; steps];
    for (name, rule) in country.holidays() {
        let days: Vec<Date> = years.clone().filter_map(|year| rule.in_year(year)).collect();
        let column = counted(&days, clock, steps);
        if column[..known].iter().sum::<f64>() < RARE {
            rare.iter_mut().zip(&column).for_each(|(sum, x)| *sum += x);
        } else {
            columns.push(((*name).to_owned(), column));
        }
    }
    if rare[..known].iter().any(|x| *x > 0.0) {
        columns.push(("other holidays".to_owned(), rare));
    }
    columns
}

/// How many of the days lie in each step; for steps shorter than a day, 1 in every step of the day.
fn counted(days: &[Date], clock: &Clock, steps: usize) -> Vec<f64> {
    let mut column = vec![0.0; steps];
    let mut t = 0;
    for day in days {
        let (from, to) = (day.to_datetime(jiff::civil::Time::midnight()), day.checked_add(1.day()));
        let to = to.map_or(DateTime::MAX, |next| next.to_datetime(jiff::civil::Time::midnight()));
        while t < steps && clock.time(t as i64 + 1) <= from {
            t += 1;
        }
        // A step that holds the day, or every step that the day holds.
        let mut step = t;
        while step < steps && clock.time(step as i64) < to {
            if clock.time(step as i64 + 1) > from {
                column[step] += 1.0;
            }
            step += 1;
        }
    }
    column
}

/// Events from a file with a column `date` (or `from` and `to`, both inclusive) and, if there are several
/// kinds, `name`: 1 in each step that an event touches. An event that never happened in the measured
/// past is refused, since nothing is known of its effect.
pub(crate) fn events(
    path: &Path,
    clock: &Clock,
    steps: usize,
    known: usize,
) -> Result<Vec<Regressor>, AnalyzeError> {
    let frame = Frame::read(path, &mut std::io::empty())?;
    let first =
        frame.first_of(&["from", "start", "date", "ds", "day", "time"]).ok_or_else(|| {
            AnalyzeError::NoColumn {
                name: "date".to_owned(),
                flag: "its header".to_owned(),
                present: frame.names().to_vec(),
            }
        })?;
    let starts = frame.times(first, "--events")?;
    let ends = match frame.first_of(&["to", "end", "until"]) {
        Some(column) => frame.times(column, "--events")?,
        None => starts.clone(),
    };
    let names = match frame.first_of(&["name", "event", "holiday", "title"]) {
        Some(column) => frame.texts(column, "--events")?,
        None => vec!["event".to_owned(); starts.len()],
    };
    let mut columns: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (row, ((start, end), name)) in starts.iter().zip(&ends).zip(names).enumerate() {
        if end < start {
            return Err(AnalyzeError::data(format!(
                "{}, line {}: the event ends before it begins",
                path.display(),
                row + 2
            )));
        }
        let column = columns.entry(name).or_insert_with(|| vec![0.0; steps]);
        // A date means the whole day.
        let whole_day = end.time() == jiff::civil::Time::midnight();
        let end = if whole_day { end.saturating_add(1.day()) } else { *end };
        for (t, x) in column.iter_mut().enumerate() {
            if clock.time(t as i64) < end && clock.time(t as i64 + 1) > *start {
                *x = 1.0;
            }
        }
    }
    if let Some((name, _)) = columns.iter().find(|(_, c)| c[..known].iter().all(|x| *x == 0.0)) {
        return Err(AnalyzeError::data(format!(
            "{}: `{name}` never happened in the measured past, so nothing is known of its effect",
            path.display()
        )));
    }
    Ok(columns.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// Dates of published calendars.
    #[test]
    fn holidays_fall_on_their_published_dates() {
        let on = |country: Country, name: &str, year: i16| {
            let (_, rule) = country.holidays().iter().find(|h| h.0 == name).unwrap();
            rule.in_year(year).unwrap()
        };
        assert_eq!(on(Country::Fi, "easter sunday", 2024), date(2024, 3, 31));
        assert_eq!(on(Country::Fi, "easter sunday", 2025), date(2025, 4, 20));
        assert_eq!(on(Country::Fi, "easter sunday", 2026), date(2026, 4, 5));
        assert_eq!(on(Country::Fi, "ascension", 2024), date(2024, 5, 9));
        assert_eq!(on(Country::Fi, "midsummer eve", 2024), date(2024, 6, 21));
        assert_eq!(on(Country::Fi, "midsummer", 2020), date(2020, 6, 20));
        assert_eq!(on(Country::Fi, "all saints", 2025), date(2025, 11, 1));
        assert_eq!(on(Country::Us, "thanksgiving", 2024), date(2024, 11, 28));
        assert_eq!(on(Country::Us, "black friday", 2024), date(2024, 11, 29));
        assert_eq!(on(Country::Us, "memorial day", 2026), date(2026, 5, 25));
        assert_eq!(on(Country::Us, "labor day", 2025), date(2025, 9, 1));
        assert_eq!(on(Country::Gb, "summer", 2024), date(2024, 8, 26));
        assert_eq!(on(Country::De, "whit monday", 2025), date(2025, 6, 9));
    }

    #[test]
    fn a_holiday_is_counted_in_the_step_that_holds_it() {
        let clock = |cells: &[&str]| {
            let times: Vec<_> =
                cells.iter().map(|c| crate::input::parse_time(c).unwrap()).collect();
            Clock::of(&times).unwrap()
        };
        let christmas = [date(2024, 12, 25)];
        let weeks = counted(&christmas, &clock(&["2024-12-09", "2024-12-16"]), 4);
        assert_eq!(weeks, [0.0, 0.0, 1.0, 0.0]);
        let months = counted(&christmas, &clock(&["2024-10-01", "2024-11-01"]), 4);
        assert_eq!(months, [0.0, 0.0, 1.0, 0.0]);
        let hours = counted(&christmas, &clock(&["2024-12-24 12:00", "2024-12-24 18:00"]), 8);
        assert_eq!(hours, [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
    }
}
