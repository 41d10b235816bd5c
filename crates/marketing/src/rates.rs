//! Exchange rates by day, and money converted by the rate of its day.
//!
//! An event keeps its amount and currency as they were sent. What that is in another currency is worked
//! out when it is asked: by the rate of the event's day in the site's time zone, or the last one before
//! it. So a rate that comes late is used as soon as it is there, and nothing kept ever changes by it.

mod read;

use hashbrown::HashMap;
use jiff::civil::{Date, date};

use crate::currency::Currency;

pub use read::{RatesFile, RatesFileError, read};

/// A rate holds for its day and for so many days after it: banks make none on weekends and holidays,
/// and the longest such gap of the European Central Bank's is four days. Later no rate is better than
/// an old one.
pub const GOOD_FOR_DAYS: i32 = 7;

/// The price of one unit of a currency on a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayRate {
    pub day: Date,
    pub base: Currency,
    pub currency: Currency,
    /// Units of `currency` for one unit of `base`; above 0.
    pub rate: f64,
}

/// A rate that was found for a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Units of the wanted currency for one unit of the given one.
    pub rate: f64,
    /// The day that the rate is of; of two the older.
    pub day: Date,
}

/// Rates of many days.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rates {
    /// Rising by day number.
    series: HashMap<(Currency, Currency), Vec<(i32, f64)>>,
    /// The euro first, then by code.
    bases: Vec<Currency>,
}

impl Rates {
    /// Of two rates of one day the later in `rates` holds.
    pub fn new(rates: impl IntoIterator<Item = DayRate>) -> Self {
        let mut series: HashMap<(Currency, Currency), Vec<(i32, f64)>> = HashMap::new();
        for DayRate { day, base, currency, rate } in rates {
            series.entry((base, currency)).or_default().push((day_number(day), rate));
        }
        for days in series.values_mut() {
            // Stable: the later of one day stays the later, and is the one that is kept.
            days.sort_by_key(|(day, _)| std::cmp::Reverse(*day));
            days.reverse();
            days.dedup_by_key(|(day, _)| *day);
        }
        let mut bases: Vec<Currency> = series.keys().map(|(base, _)| *base).collect();
        bases.sort_unstable_by_key(|base| (base.code() != "EUR", base.code()));
        bases.dedup();
        Self { series, bases }
    }

    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// How many units of `to` one unit of `from` was on a day: a rate between the two, or by way of
    /// the currency that both have a rate of.
    pub fn rate(&self, from: Currency, to: Currency, day: Date) -> Option<Found> {
        if from == to {
            return Some(Found { rate: 1.0, day });
        }
        let number = day_number(day);
        self.bases.iter().find_map(|base| {
            let (from_day, from_rate) = self.in_base(*base, from, number)?;
            let (to_day, to_rate) = self.in_base(*base, to, number)?;
            let older = from_day.min(to_day);
            let day = day.checked_sub(jiff::Span::new().days(number - older)).ok()?;
            Some(Found { rate: to_rate / from_rate, day })
        })
    }

    /// The last rate up to a day that still holds, with its day.
    fn in_base(&self, base: Currency, currency: Currency, day: i32) -> Option<(i32, f64)> {
        if base == currency {
            return Some((day, 1.0));
        }
        let days = self.series.get(&(base, currency))?;
        let next = days.partition_point(|(known, _)| *known <= day);
        let found = *days.get(next.checked_sub(1)?)?;
        (day - found.0 <= GOOD_FOR_DAYS).then_some(found)
    }
}

/// An amount in another currency, rounded to its minor unit, halves away from zero. Each amount is
/// rounded by itself, so that parts add up to the whole.
///
/// `rate` is as in `Found`. `None` when it is too much to be written.
pub fn convert(minor_units: i64, from: Currency, to: Currency, rate: f64) -> Option<i64> {
    let digits = i32::from(to.minor_digits()) - i32::from(from.minor_digits());
    let amount = (minor_units as f64 * rate * 10_f64.powi(digits)).round();
    (amount.abs() < 9e18).then_some(amount as i64)
}

/// Days since 1970-01-01.
fn day_number(day: Date) -> i32 {
    const EPOCH: Date = date(1970, 1, 1);
    EPOCH.until(day).map_or(0, |since| since.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().expect("a currency")
    }

    fn of_euro(code: &str, day: Date, rate: f64) -> DayRate {
        DayRate { day, base: currency("EUR"), currency: currency(code), rate }
    }

    // 2 January 2026 is a Friday.
    fn rates() -> Rates {
        Rates::new([
            of_euro("USD", date(2026, 1, 5), 1.1664),
            of_euro("USD", date(2026, 1, 2), 1.1721),
            of_euro("SEK", date(2026, 1, 2), 10.8355),
            of_euro("JPY", date(2026, 1, 2), 183.77),
        ])
    }

    #[test]
    fn a_weekend_has_fridays_rate_and_a_day_its_own() {
        let on = |day| rates().rate(currency("EUR"), currency("USD"), date(2026, 1, day));
        assert_eq!(on(2), Some(Found { rate: 1.1721, day: date(2026, 1, 2) }));
        assert_eq!(on(4), Some(Found { rate: 1.1721, day: date(2026, 1, 2) }));
        assert_eq!(on(5), Some(Found { rate: 1.1664, day: date(2026, 1, 5) }));
        assert_eq!(on(12).map(|found| found.day), Some(date(2026, 1, 5)));
        // Nothing before the first, and none that is older than a week.
        assert_eq!(on(1), None);
        assert_eq!(on(13), None);
    }

    #[test]
    fn two_currencies_meet_in_the_euro() {
        let found = rates().rate(currency("SEK"), currency("USD"), date(2026, 1, 2));
        // 1.1721 / 10.8355 = 0.108172...
        assert!((found.expect("a rate").rate - 0.108_172).abs() < 1e-6);
        assert_eq!(rates().rate(currency("SEK"), currency("CHF"), date(2026, 1, 2)), None);
        let same = rates().rate(currency("CHF"), currency("CHF"), date(2026, 1, 2));
        assert_eq!(same.map(|found| found.rate), Some(1.0));
    }

    #[test]
    fn the_later_of_two_rates_of_a_day_holds() {
        let rates = Rates::new([
            of_euro("USD", date(2026, 1, 2), 1.0),
            of_euro("USD", date(2026, 1, 2), 2.0),
        ]);
        let found = rates.rate(currency("EUR"), currency("USD"), date(2026, 1, 2));
        assert_eq!(found.map(|found| found.rate), Some(2.0));
    }

    #[test]
    fn rates_of_another_base_serve_as_well() {
        let rates = Rates::new([DayRate {
            day: date(2026, 1, 2),
            base: currency("USD"),
            currency: currency("IRR"),
            rate: 42_000.0,
        }]);
        let found = rates.rate(currency("IRR"), currency("USD"), date(2026, 1, 3));
        assert_eq!(found.map(|found| found.rate), Some(1.0 / 42_000.0));
    }

    #[test]
    fn minor_units_of_each_currency_are_minded() {
        let of = |amount, from, to, rate| convert(amount, currency(from), currency(to), rate);
        // 20.00 SEK at 1/10.8355 are 1.8458 euros.
        assert_eq!(of(2_000, "SEK", "EUR", 1.0 / 10.8355), Some(185));
        // 10.00 EUR are 1837.7 yen, which have no decimals; 1838 yen are 10.00 euros.
        assert_eq!(of(1_000, "EUR", "JPY", 183.77), Some(1_838));
        assert_eq!(of(1_838, "JPY", "EUR", 1.0 / 183.77), Some(1_000));
        // Money that goes back is what came.
        assert_eq!(of(-2_000, "SEK", "EUR", 1.0 / 10.8355), Some(-185));
        assert_eq!(of(i64::MAX, "EUR", "IRR", 42_000.0), None);
    }
}
