//! How busy the sample shop is on a day and at an hour.

use jiff::civil::{Date, Weekday, date};

/// Visits on an ordinary day at the beginning.
const BASE_VISITS: f64 = 150.0;

/// Growth over 365 days.
const GROWTH: f64 = 1.55;

/// Visits in the middle of each month against the year's mean, January first: two tops, the
/// hiking summer and the gifts of December.
const MONTHS: [f64; 12] = [0.94, 0.86, 0.87, 0.95, 1.08, 1.20, 1.17, 1.08, 0.96, 0.92, 1.06, 1.16];

/// Monday first.
const WEEKDAYS: [f64; 7] = [1.04, 1.01, 0.99, 1.00, 0.91, 0.94, 1.11];

/// Visits by local hour: quiet nights, a lunch break, a long evening.
const HOURS: [f64; 24] = [
    0.9, 0.5, 0.35, 0.3, 0.35, 0.6, 1.4, 2.6, 3.6, 4.3, 4.8, 5.4, 5.6, 5.1, 4.9, 5.0, 5.4, 6.0,
    6.9, 7.8, 8.0, 6.9, 4.6, 2.2,
];

/// Visits that are expected on `day`, when the shop opened on `first_day`.
pub(crate) fn expected_visits(day: Date, first_day: Date) -> f64 {
    BASE_VISITS * growth(day, first_day) * season(day) * WEEKDAYS[weekday_index(day)] * holiday(day)
}

/// How much the shop has grown since its first day; 1 on that day.
pub(crate) fn growth(day: Date, first_day: Date) -> f64 {
    GROWTH.powf(years_between(first_day, day))
}

/// Years from one day to another, of 365 days.
pub(crate) fn years_between(from: Date, to: Date) -> f64 {
    f64::from(days_between(from, to)) / 365.0
}

/// Days from one day to another.
pub(crate) fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// Seconds since midnight of a visit's start, given two uniform numbers in [0, 1).
pub(crate) fn second_of_day(hour_draw: f64, within_hour: f64) -> i64 {
    let mut left = hour_draw * HOURS.iter().sum::<f64>();
    let mut hour = 0;
    while hour < 23 && left >= HOURS[hour] {
        left -= HOURS[hour];
        hour += 1;
    }
    ((hour as f64 + within_hour) * 3_600.0) as i64
}

/// How eager to buy people are: more before Christmas and in the sale.
pub(crate) fn eagerness(day: Date) -> f64 {
    let december = if day.month() == 12 && day.day() < 22 { 1.15 } else { 1.0 };
    let sale = if is_black_week(day) { 1.35 } else { 1.0 };
    december * sale
}

/// The ISO week as newsletters are named: `2026-w47`.
pub(crate) fn week_name(day: Date) -> String {
    let week = day.iso_week_date();
    format!("{}-w{:02}", week.year(), week.week())
}

pub(crate) fn weekday_index(day: Date) -> usize {
    usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())
}

/// Between the middles of two months, in proportion to the days.
fn season(day: Date) -> f64 {
    let position = (f64::from(day.day_of_year()) / 365.25 * 12.0 - 0.5).rem_euclid(12.0);
    let month = position.floor() as usize % 12;
    let share = position.fract();
    MONTHS[month] * (1.0 - share) + MONTHS[(month + 1) % 12] * share
}

fn holiday(day: Date) -> f64 {
    let black_friday = black_friday(day.year());
    match (day.month(), day.day()) {
        (12, 24) => 0.38,
        (12, 25) => 0.45,
        (12, 26) => 0.85,
        (12, 27..=30) => 1.15,
        (12, 31) | (1, 1) => 0.62,
        (5, 1) => 0.72,
        (12, 6) => 0.8,
        _ if is_midsummer_eve(day) => 0.42,
        _ if matches!(days_between(day, easter(day.year())), 0 | 2) => 0.75,
        _ if day == black_friday => 2.3,
        _ if days_between(black_friday, day) == 3 => 1.8,
        _ if is_black_week(day) => 1.35,
        _ => 1.0,
    }
}

/// Monday before to Monday after.
fn is_black_week(day: Date) -> bool {
    (-4..=3).contains(&days_between(black_friday(day.year()), day))
}

/// The day after the fourth Thursday of November.
fn black_friday(year: i16) -> Date {
    date(year, 11, 1)
        .nth_weekday_of_month(4, Weekday::Thursday)
        .map_or_else(|_| date(year, 11, 25), |thursday| thursday.tomorrow().unwrap_or(thursday))
}

/// The Friday between 19 and 25 June.
fn is_midsummer_eve(day: Date) -> bool {
    day.month() == 6 && (19..=25).contains(&day.day()) && day.weekday() == Weekday::Friday
}

/// Easter Sunday in the Gregorian calendar.
///
/// Source: Anonymous (1876), Nature 13:487. 2026: 5 April; 2027: 28 March.
fn easter(year: i16) -> Date {
    let year = i32::from(year);
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    date(year as i16, (n / 31) as i8, (n % 31 + 1) as i8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn movable_days_are_where_the_calendar_has_them() {
        assert_eq!(easter(2026), date(2026, 4, 5));
        assert_eq!(easter(2027), date(2027, 3, 28));
        assert_eq!(black_friday(2026), date(2026, 11, 27));
        assert!(is_midsummer_eve(date(2026, 6, 19)));
        assert_eq!(week_name(date(2026, 11, 21)), "2026-w47");
    }

    #[test]
    fn a_year_later_the_same_day_is_busier_by_the_growth() {
        let first = date(2025, 11, 22);
        let early = expected_visits(date(2026, 1, 14), first);
        let late = expected_visits(date(2027, 1, 13), first);
        assert!((late / early / GROWTH - 1.0).abs() < 0.01, "{early} {late}");
    }

    #[test]
    fn christmas_eve_is_quiet_and_black_friday_is_not() {
        let first = date(2025, 11, 22);
        let ordinary = expected_visits(date(2026, 11, 18), first);
        assert!(expected_visits(date(2026, 11, 27), first) > 1.9 * ordinary);
        assert!(expected_visits(date(2026, 12, 24), first) < 0.6 * ordinary);
    }

    #[test]
    fn nights_are_quiet_and_evenings_busy() {
        let seconds: Vec<_> =
            (0..10_000).map(|step| second_of_day(f64::from(step) / 10_000.0, 0.5)).collect();
        let within = |from: i64, to: i64| {
            seconds.iter().filter(|second| (from * 3_600..to * 3_600).contains(*second)).count()
        };
        assert!(within(18, 22) > 8 * within(1, 5));
        assert_eq!(within(0, 24), 10_000);
    }
}
