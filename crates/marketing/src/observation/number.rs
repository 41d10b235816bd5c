//! Numbers and days as people write them.

use jiff::civil::Date;

use crate::jalali;

/// What stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decimal {
    /// `1,234.5`
    Point,
    /// `1.234,5`
    Comma,
}

/// In which order a day is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateFormat {
    /// `2026-03-21`, also with a time after it.
    Iso,
    /// `21.3.2026`
    DayMonthYear,
    /// `3/21/2026`
    MonthDayYear,
    /// `1405/01/01`: the solar calendar of Iran.
    Jalali,
}

impl Decimal {
    /// Reads `point` or `comma`.
    pub fn parse(word: &str) -> Option<Decimal> {
        match word {
            "point" => Some(Decimal::Point),
            "comma" => Some(Decimal::Comma),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Decimal::Point => "point",
            Decimal::Comma => "comma",
        }
    }

    /// A number, with or without groups of three digits, a percent sign or a currency's sign.
    /// `None` where it could be read in two ways, or is none.
    pub fn number(self, text: &str) -> Option<f64> {
        let (point, groups) = match self {
            Decimal::Point => ('.', ','),
            Decimal::Comma => (',', '.'),
        };
        let plain: String = latin(text)
            .chars()
            .filter(|letter| !letter.is_whitespace() && !matches!(letter, '\'' | '’' | '٬'))
            .collect();
        let is_sign = |letter: char| matches!(letter, '%' | '٪' | '€' | '$' | '£' | '¥');
        let plain =
            plain.trim_matches(is_sign).replace(['−', '–'], "-").replace('٫', &point.to_string());
        let (whole, decimals) = match plain.split_once(point) {
            Some((whole, decimals)) => (whole, Some(decimals)),
            None => (plain.as_str(), None),
        };
        if decimals.is_some_and(|digits| digits.contains([point, groups])) {
            return None;
        }
        let mut parts = whole.split(groups);
        let first = parts.next().unwrap_or_default();
        let mut digits = first.to_owned();
        for part in parts {
            let is_group = part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
            let begins = (1..=3).contains(&first.trim_start_matches(['-', '+']).len());
            if !is_group || !begins {
                return None;
            }
            digits.push_str(part);
        }
        if let Some(decimals) = decimals {
            digits.push('.');
            digits.push_str(decimals);
        }
        let is_plain = digits.chars().any(|letter| letter.is_ascii_digit())
            && digits.chars().all(|letter| letter.is_ascii_digit() || "+-.eE".contains(letter));
        digits.parse().ok().filter(|number: &f64| is_plain && number.is_finite())
    }
}

impl DateFormat {
    /// Reads `iso`, `dmy`, `mdy` or `jalali`.
    pub fn parse(word: &str) -> Option<DateFormat> {
        match word {
            "iso" => Some(DateFormat::Iso),
            "dmy" => Some(DateFormat::DayMonthYear),
            "mdy" => Some(DateFormat::MonthDayYear),
            "jalali" => Some(DateFormat::Jalali),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            DateFormat::Iso => "iso",
            DateFormat::DayMonthYear => "dmy",
            DateFormat::MonthDayYear => "mdy",
            DateFormat::Jalali => "jalali",
        }
    }

    /// The day that a text names; years have four digits.
    pub fn day(self, text: &str) -> Option<Date> {
        let text = latin(text);
        let text = text.trim();
        let day = text.split(['T', ' ']).next().unwrap_or_default();
        let mut numbers = Vec::with_capacity(3);
        for part in day.split(['-', '/', '.']) {
            if part.is_empty() || part.len() > 4 || !part.bytes().all(|byte| byte.is_ascii_digit())
            {
                return None;
            }
            numbers.push((part.len(), part.parse::<i16>().ok()?));
        }
        let [one, two, three] = numbers.as_slice() else { return None };
        let (year, month, day) = match self {
            DateFormat::Iso | DateFormat::Jalali => (one, two, three),
            DateFormat::DayMonthYear => (three, two, one),
            DateFormat::MonthDayYear => (three, one, two),
        };
        if year.0 != 4 {
            return None;
        }
        let (month, day) = (u8::try_from(month.1).ok()?, u8::try_from(day.1).ok()?);
        match self {
            DateFormat::Jalali => jalali::to_gregorian(i32::from(year.1), month, day),
            _ => Date::new(year.1, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok(),
        }
    }
}

/// Persian and Arabic digits as Latin ones.
fn latin(text: &str) -> String {
    let digit =
        |letter: char, zero: char| char::from_digit((letter as u32).wrapping_sub(zero as u32), 10);
    text.chars()
        .map(|letter| digit(letter, '۰').or_else(|| digit(letter, '٠')).unwrap_or(letter))
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn numbers_are_read_with_either_decimal_and_never_guessed() {
        for (decimal, text, number) in [
            (Decimal::Point, "1,234.5", Some(1_234.5)),
            (Decimal::Comma, "1.234,5", Some(1_234.5)),
            (Decimal::Comma, "1 234,50 €", Some(1_234.5)),
            (Decimal::Point, "12.5%", Some(12.5)),
            (Decimal::Comma, "-3", Some(-3.0)),
            (Decimal::Point, "−3", Some(-3.0)),
            (Decimal::Comma, "۱۲٫۵", Some(12.5)),
            (Decimal::Point, "1e3", Some(1_000.0)),
            // A decimal comma in a file of decimal points is no group of three.
            (Decimal::Point, "12,5", None),
            (Decimal::Comma, "12.5", None),
            (Decimal::Point, "1.2.3", None),
            (Decimal::Point, "1,234,5", None),
            (Decimal::Point, "", None),
            (Decimal::Point, "n/a", None),
            (Decimal::Point, "inf", None),
        ] {
            assert_eq!(decimal.number(text), number, "{text}");
        }
    }

    #[test]
    fn days_are_read_in_the_order_that_is_said() {
        let spring = Some(date(2026, 3, 21));
        for (format, text, day) in [
            (DateFormat::Iso, "2026-03-21", spring),
            (DateFormat::Iso, "2026-03-21T10:00:00Z", spring),
            (DateFormat::DayMonthYear, "21.3.2026", spring),
            (DateFormat::MonthDayYear, "3/21/2026", spring),
            (DateFormat::MonthDayYear, "21/3/2026", None),
            (DateFormat::Jalali, "۱۴۰۵/۰۱/۰۱", spring),
            (DateFormat::Iso, "21.3.2026", None),
            (DateFormat::DayMonthYear, "21.3.26", None),
            (DateFormat::Iso, "2026-02-30", None),
            (DateFormat::Iso, "", None),
        ] {
            assert_eq!(format.day(text), day, "{text}");
        }
    }
}
