//! The days that a board is about, and those that they are compared with.

use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::goal::UnknownWord;

/// The period of a board: the same words, and the same days, as on a site's own page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    Today,
    Yesterday,
    /// So many whole days up to yesterday.
    Days(u16),
    /// The month so far.
    Month,
    LastMonth,
    /// The year so far.
    Year,
    /// Twelve whole months up to the last one.
    TwelveMonths,
    /// From the first event.
    All,
}

const WORDS: &str = "day, yesterday, 7d, 28d, 30d, 91d, month, last_month, year, 12mo, all";

impl Period {
    pub fn as_str(self) -> &'static str {
        match self {
            Period::Today => "day",
            Period::Yesterday => "yesterday",
            Period::Days(7) => "7d",
            Period::Days(28) => "28d",
            Period::Days(30) => "30d",
            Period::Days(_) => "91d",
            Period::Month => "month",
            Period::LastMonth => "last_month",
            Period::Year => "year",
            Period::TwelveMonths => "12mo",
            Period::All => "all",
        }
    }

    /// The query API's `date_range` on a day of the site.
    pub fn date_range(self, today: Date) -> Value {
        match self {
            Period::Today | Period::Days(_) | Period::TwelveMonths | Period::All => {
                json!(self.as_str())
            }
            _ => {
                let (from, to) = self.days(today, None);
                json!([from.to_string(), to.to_string()])
            }
        }
    }

    /// The first and the last day. Everything begins with the site's first day, or is today without one.
    pub fn days(self, today: Date, first_day: Option<Date>) -> (Date, Date) {
        let before = |days: i64| today.checked_sub(days.days()).unwrap_or(today);
        let first_of_month = today.first_of_month();
        let last_month = first_of_month.yesterday().unwrap_or(first_of_month);
        match self {
            Period::Today => (today, today),
            Period::Yesterday => (before(1), before(1)),
            Period::Days(days) => (before(days.into()), before(1)),
            Period::Month => (first_of_month, today),
            Period::LastMonth => (last_month.first_of_month(), last_month),
            Period::Year => (today.first_of_year(), today),
            Period::TwelveMonths => {
                let from = first_of_month.checked_sub(12.months()).unwrap_or(first_of_month);
                (from, last_month)
            }
            Period::All => (first_day.unwrap_or(today).min(today), today),
        }
    }

    /// The query API's dimension by which a course over the period is drawn.
    pub fn interval(self, today: Date) -> &'static str {
        match self {
            Period::Today | Period::Yesterday => "time:hour",
            Period::Days(_) | Period::Month | Period::LastMonth => "time:day",
            Period::Year if today.day_of_year() <= 92 => "time:day",
            Period::Year => "time:week",
            Period::TwelveMonths | Period::All => "time:month",
        }
    }
}

impl FromStr for Period {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Period, UnknownWord> {
        Ok(match word {
            "day" => Period::Today,
            "yesterday" => Period::Yesterday,
            "7d" => Period::Days(7),
            "28d" => Period::Days(28),
            "30d" => Period::Days(30),
            "91d" => Period::Days(91),
            "month" => Period::Month,
            "last_month" => Period::LastMonth,
            "year" => Period::Year,
            "12mo" => Period::TwelveMonths,
            "all" => Period::All,
            _ => return Err(UnknownWord(word.to_owned(), WORDS)),
        })
    }
}

/// What a board's figures are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compare {
    Off,
    /// As many days before.
    Previous,
    /// The same days a year before.
    YearEarlier,
}

impl Compare {
    pub fn as_str(self) -> &'static str {
        match self {
            Compare::Off => "off",
            Compare::Previous => "previous_period",
            Compare::YearEarlier => "year_over_year",
        }
    }

    /// The query API's `include.comparisons`, if the period has anything before it.
    pub fn mode(self, period: Period) -> Option<&'static str> {
        (self != Compare::Off && period != Period::All).then(|| self.as_str())
    }

    /// The days that a period is compared with.
    pub fn days(self, period: Period, from: Date, to: Date) -> Option<(Date, Date)> {
        self.mode(period)?;
        match self {
            Compare::Off => None,
            Compare::Previous => {
                let length = from.until(to).ok()?.get_days() + 1;
                Some((from.checked_sub(length.days()).ok()?, from.yesterday().ok()?))
            }
            Compare::YearEarlier => {
                Some((from.checked_sub(1.year()).ok()?, to.checked_sub(1.year()).ok()?))
            }
        }
    }
}

impl FromStr for Compare {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Compare, UnknownWord> {
        match word {
            "off" => Ok(Compare::Off),
            "previous_period" => Ok(Compare::Previous),
            "year_over_year" => Ok(Compare::YearEarlier),
            _ => Err(UnknownWord(word.to_owned(), "off, previous_period, year_over_year")),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_periods_days_are_those_of_the_sites_page() {
        let today = date(2026, 3, 21);
        let days = |word: &str| {
            let period: Period = word.parse().expect("a period");
            assert_eq!(period.as_str(), word);
            period.days(today, Some(date(2025, 5, 5)))
        };
        assert_eq!(days("day"), (today, today));
        assert_eq!(days("yesterday"), (date(2026, 3, 20), date(2026, 3, 20)));
        assert_eq!(days("7d"), (date(2026, 3, 14), date(2026, 3, 20)));
        assert_eq!(days("28d"), (date(2026, 2, 21), date(2026, 3, 20)));
        assert_eq!(days("month"), (date(2026, 3, 1), today));
        assert_eq!(days("last_month"), (date(2026, 2, 1), date(2026, 2, 28)));
        assert_eq!(days("year"), (date(2026, 1, 1), today));
        assert_eq!(days("12mo"), (date(2025, 3, 1), date(2026, 2, 28)));
        assert_eq!(days("all"), (date(2025, 5, 5), today));
        assert!("14d".parse::<Period>().is_err());
    }

    #[test]
    fn a_period_is_compared_with_as_many_days_before_or_a_year_earlier() {
        let (from, to) = (date(2026, 3, 1), date(2026, 3, 21));
        let days = |compare: Compare| compare.days(Period::Month, from, to);
        assert_eq!(days(Compare::Previous), Some((date(2026, 2, 8), date(2026, 2, 28))));
        assert_eq!(days(Compare::YearEarlier), Some((date(2025, 3, 1), date(2025, 3, 21))));
        assert_eq!(days(Compare::Off), None);
        assert_eq!(Compare::Previous.days(Period::All, from, to), None);
    }
}
