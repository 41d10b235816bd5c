//! The Solar Hijri (Jalali) calendar of Iran and Afghanistan, to and from Gregorian days.
//!
//! Arithmetic calendar with leap years in cycles of 33: year `y` is a leap year when
//! `(25·y + 11) mod 33 < 8`. It agrees with the astronomical calendar of Iran from 1178 to 1633 (1799 to
//! 2254). Source: Borkowski (1996), The Persian calendar for 3000 years, Earth, Moon and Planets 74:223–230;
//! the rule in this form is that of ICU and CLDR's `persian` calendar.

use jiff::civil::Date;
use jiff::{Span, Unit};

/// The years for which the arithmetic holds.
const YEARS: std::ops::RangeInclusive<i32> = 1178..=1633;

/// 1 Farvardin 1400.
const EPOCH_YEAR: i32 = 1400;

fn epoch() -> Date {
    jiff::civil::date(2021, 3, 21)
}

/// Whether Esfand has 30 days.
pub fn is_leap(year: i32) -> bool {
    (25 * year + 11).rem_euclid(33) < 8
}

/// Days of a month, 1 (Farvardin) to 12 (Esfand); 0 for any other number.
pub fn month_days(year: i32, month: u8) -> u8 {
    match month {
        1..=6 => 31,
        7..=11 => 30,
        12 if is_leap(year) => 30,
        12 => 29,
        _ => 0,
    }
}

/// The Gregorian day of a Jalali one; `None` for a day that does not exist or a year outside 1178–1633.
///
/// 1 Farvardin 1405 is 21 March 2026.
pub fn to_gregorian(year: i32, month: u8, day: u8) -> Option<Date> {
    if !YEARS.contains(&year) || day == 0 || day > month_days(year, month) {
        return None;
    }
    let mut days = 0_i64;
    let leaps = |years: std::ops::Range<i32>| years.filter(|year| is_leap(*year)).count() as i64;
    if year >= EPOCH_YEAR {
        days += 365 * i64::from(year - EPOCH_YEAR) + leaps(EPOCH_YEAR..year);
    } else {
        days -= 365 * i64::from(EPOCH_YEAR - year) + leaps(year..EPOCH_YEAR);
    }
    days += (1..month).map(|before| i64::from(month_days(year, before))).sum::<i64>();
    days += i64::from(day) - 1;
    epoch().checked_add(Span::new().try_days(days).ok()?).ok()
}

/// Year, month and day of a Gregorian day; `None` outside the years 1178–1633.
pub fn of_gregorian(date: Date) -> Option<(i32, u8, u8)> {
    let mut year = i32::from(date.year()) - 621;
    if to_gregorian(year, 1, 1)? > date {
        year -= 1;
    }
    let first = to_gregorian(year, 1, 1)?;
    let mut rest = first.until((Unit::Day, date)).ok()?.get_days();
    for month in 1..=12 {
        let days = i32::from(month_days(year, month));
        if rest < days {
            return Some((year, month, u8::try_from(rest + 1).ok()?));
        }
        rest -= days;
    }
    None
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use jiff::civil::date;

    use super::*;

    /// First days of years as Iran's official calendars gave them.
    #[test]
    fn new_years_days_are_those_of_the_printed_calendars() {
        for (year, first) in [
            (1357, date(1978, 3, 21)),
            (1375, date(1996, 3, 20)),
            (1379, date(2000, 3, 20)),
            (1387, date(2008, 3, 20)),
            (1395, date(2016, 3, 20)),
            (1399, date(2020, 3, 20)),
            (1400, date(2021, 3, 21)),
            (1403, date(2024, 3, 20)),
            (1404, date(2025, 3, 21)),
            (1405, date(2026, 3, 21)),
            (1408, date(2029, 3, 20)),
        ] {
            assert_eq!(to_gregorian(year, 1, 1), Some(first), "{year}");
        }
        // The revolution: 22 Bahman 1357.
        assert_eq!(to_gregorian(1357, 11, 22), Some(date(1979, 2, 11)));
    }

    #[test]
    fn days_that_do_not_exist_are_none() {
        assert_eq!(to_gregorian(1404, 12, 30), None);
        assert_eq!(to_gregorian(1403, 12, 30), Some(date(2025, 3, 20)));
        assert_eq!(to_gregorian(1405, 7, 31), None);
        assert_eq!(to_gregorian(1405, 13, 1), None);
        assert_eq!(to_gregorian(1405, 1, 0), None);
        assert_eq!(to_gregorian(2026, 1, 1), None);
    }

    #[test]
    fn there_and_back_is_the_same_day() {
        let mut day = date(1990, 1, 1);
        while day < date(2060, 1, 1) {
            let (year, month, of_month) = of_gregorian(day).expect("a day");
            assert_eq!(to_gregorian(year, month, of_month), Some(day));
            day = day.saturating_add(13.days());
        }
    }
}
