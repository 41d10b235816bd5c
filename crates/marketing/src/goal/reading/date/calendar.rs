//! Months of two calendars, years, feasts, and the words for units of time.

use jiff::Span;
use jiff::civil::{Date, date};

use super::expression::What;
use crate::goal::Locale;
use crate::jalali;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// A month of one of the two calendars, from 1.
#[derive(Clone, Copy)]
pub(super) struct Month {
    pub(super) number: usize,
    pub(super) jalali: bool,
}

impl Month {
    /// A day of it; a year below 1500 is Jalali, and a Jalali month of a later year lies in that year.
    pub(super) fn day(self, year: i32, day: u8) -> Option<Date> {
        let number = u8::try_from(self.number).ok()?;
        if self.jalali {
            return jalali::to_gregorian(year, number, day);
        }
        let year = i16::try_from(year).ok().filter(|year| *year > 1500)?;
        Date::new(year, i8::try_from(number).ok()?, i8::try_from(day).ok()?).ok()
    }

    pub(super) fn period(self, year: i32) -> Option<What> {
        let first = self.day(year, 1)?;
        let last = if self.jalali {
            self.day(year, jalali::month_days(year, u8::try_from(self.number).ok()?))?
        } else {
            first.last_of_month()
        };
        Some(What::Period { first, last })
    }

    /// The year that today has in its calendar.
    pub(super) fn year_of(self, today: Date) -> i32 {
        let jalali = jalali::of_gregorian(today).filter(|_| self.jalali);
        jalali.map_or(i32::from(today.year()), |(year, _, _)| year)
    }
}

pub(super) fn any_day(year: i32, month: u8, day: u8) -> Option<Date> {
    if year < 1500 {
        return jalali::to_gregorian(year, month, day);
    }
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

pub(super) fn year_days(year: i32) -> Option<(Date, Date)> {
    if year < 1500 {
        let first = jalali::to_gregorian(year, 1, 1)?;
        return Some((first, jalali::to_gregorian(year, 12, jalali::month_days(year, 12))?));
    }
    let year = i16::try_from(year).ok()?;
    Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?))
}

/// Easter Sunday. Source: the anonymous Gregorian algorithm, Nature 13:487 (1876); 2026 gives 5 April.
pub(super) fn easter(year: i32) -> Option<Date> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    Date::new(i16::try_from(year).ok()?, i8::try_from(n / 31).ok()?, i8::try_from(n % 31 + 1).ok()?)
        .ok()
}

/// The Friday from 19 to 25 June.
pub(super) fn midsummer_eve(year: i32) -> Option<Date> {
    let first = date(i16::try_from(year).ok()?, 6, 19);
    let ahead = (4 - i64::from(first.weekday().to_monday_zero_offset())).rem_euclid(7);
    first.checked_add(Span::new().days(ahead)).ok()
}

pub(super) fn unit(word: &str, locale: Locale) -> Option<Unit> {
    let starts = |stems: &[&str]| stems.iter().any(|stem| word.starts_with(stem));
    match locale {
        Locale::En => Some(match word {
            "day" | "days" => Unit::Day,
            "week" | "weeks" => Unit::Week,
            "month" | "months" => Unit::Month,
            "quarter" | "quarters" => Unit::Quarter,
            "year" | "years" => Unit::Year,
            _ => return None,
        }),
        Locale::Fi => match () {
            () if starts(&["päivä", "päivi"]) => Some(Unit::Day),
            () if starts(&["viiko", "viikk"]) => Some(Unit::Week),
            () if starts(&["kuukau"]) || matches!(word, "kuun" | "kuussa" | "kk") => {
                Some(Unit::Month)
            }
            () if starts(&["vuosineljänne", "kvartaali", "neljännesvuo"]) => Some(Unit::Quarter),
            () if starts(&["vuode", "vuonna", "vuosi", "vuotta", "vuoteen"]) => Some(Unit::Year),
            () => None,
        },
        Locale::Fa => Some(match word {
            "روز" | "روزه" => Unit::Day,
            "هفته" => Unit::Week,
            "ماه" | "ماهه" => Unit::Month,
            "فصل" | "سهماهه" => Unit::Quarter,
            "سال" => Unit::Year,
            _ => return None,
        }),
    }
}

pub(super) fn quarter_word(word: &str, locale: Locale) -> bool {
    unit(word, locale) == Some(Unit::Quarter)
}

pub(super) fn ordinal(word: &str, locale: Locale) -> Option<usize> {
    let tables: [&[&str]; 4] = match locale {
        Locale::En => [&["first"], &["second"], &["third"], &["fourth", "last"]],
        Locale::Fi => [
            &["ensimmäi"],
            &["toisen", "toinen", "toisella", "toisessa"],
            &["kolmannen", "kolmas", "kolmannella", "kolmannessa"],
            &["neljännen", "neljäs", "neljännellä", "viimeisen", "viimeisellä"],
        ],
        Locale::Fa => [&["اول", "نخست"], &["دوم"], &["سوم"], &["چهارم", "آخر"]],
    };
    tables
        .iter()
        .position(|stems| {
            stems.iter().any(|stem| word == *stem || locale == Locale::Fi && word.starts_with(stem))
        })
        .map(|at| at + 1)
}

pub(super) const ENGLISH_MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

pub(super) const FINNISH_MONTHS: [&str; 12] = [
    "tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras",
    "joulu",
];

pub(super) const JALALI_MONTHS: [&str; 12] = [
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد امرداد",
    "شهریور",
    "مهر",
    "آبان ابان",
    "آذر اذر",
    "دی",
    "بهمن",
    "اسفند",
];

pub(super) const PERSIAN_GREGORIAN_MONTHS: [&str; 12] = [
    "ژانویه",
    "فوریه",
    "مارس",
    "آوریل اوریل",
    "مه می",
    "ژوئن جون ژوین",
    "ژوئیه جولای ژوییه",
    "اوت آگوست اگوست",
    "سپتامبر",
    "اکتبر",
    "نوامبر",
    "دسامبر",
];
