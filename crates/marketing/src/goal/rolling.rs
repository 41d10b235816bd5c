//! The sum of the last days up to each day: what `80,000 a month by December` means on the last day of the year.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::days_between;
use crate::metric::DayValue;

/// How many of the last days are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rolling {
    Week,
    Month,
    Quarter,
    Year,
}

impl Rolling {
    pub const ALL: [Rolling; 4] = [Rolling::Week, Rolling::Month, Rolling::Quarter, Rolling::Year];

    /// So many days, the last one included. A month has 30, whichever it is, so that months compare.
    pub fn days(self) -> i64 {
        match self {
            Rolling::Week => 7,
            Rolling::Month => 30,
            Rolling::Quarter => 91,
            Rolling::Year => 365,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Rolling::Week => "last_7_days",
            Rolling::Month => "last_30_days",
            Rolling::Quarter => "last_91_days",
            Rolling::Year => "last_365_days",
        }
    }

    /// Reads what `as_str` gives.
    pub fn parse(word: &str) -> Option<Rolling> {
        Rolling::ALL.into_iter().find(|rolling| rolling.as_str() == word)
    }

    pub(super) fn length(self) -> usize {
        usize::try_from(self.days()).unwrap_or(1)
    }
}

/// The last `length` of some days, the oldest first. Days that are not known are nothing; where there are fewer, each
/// one that is missing before them is as their mean, so that 700 in the first week are 3,000 in 30 days.
pub(super) fn window(days: &[f64], length: usize) -> Vec<f64> {
    let known = &days[days.len().saturating_sub(length)..];
    let known = known.iter().map(|value| if value.is_finite() { *value } else { 0.0 });
    let count = known.len();
    let mean = if count == 0 { 0.0 } else { known.clone().sum::<f64>() / count as f64 };
    std::iter::repeat_n(mean, length - count).chain(known).collect()
}

/// The sum of the last days on each day from one to another; none before the first figure.
pub(super) fn course(
    days: &[DayValue],
    (from, to): (Date, Date),
    rolling: Rolling,
) -> Vec<(Date, f64)> {
    let Some(first) = days.first().map(|day| day.day) else { return Vec::new() };
    let all = usize::try_from(days_between(first, to)).unwrap_or(0);
    // Sums up to each day, from nothing.
    let mut sums = Vec::with_capacity(all + 1);
    sums.push(0.0);
    let mut known = days.iter().peekable();
    for day in first.series(1.day()).take(all) {
        let value = known.next_if(|found| found.day == day).map_or(0.0, |found| found.numerator);
        sums.push(sums.last().copied().unwrap_or(0.0) + value);
    }
    let on = |day: Date| {
        let upto = usize::try_from(days_between(first, day)).ok().filter(|upto| *upto > 0)?;
        let count = upto.min(rolling.length());
        let sum = sums.get(upto)? - sums.get(upto - count)?;
        Some((day, sum * rolling.length() as f64 / count as f64))
    };
    from.series(1.day()).take_while(|day| *day <= to).filter_map(on).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_has_the_sum_of_its_week() {
        // Ten on each of the first ten days, then twenty on each; the 8th has none.
        let days: Vec<DayValue> = (1..=14)
            .filter(|day| *day != 8)
            .map(|day| DayValue {
                day: date(2026, 3, day),
                numerator: if day <= 10 { 10.0 } else { 20.0 },
                denominator: 1.0,
            })
            .collect();
        let period = (date(2026, 3, 6), date(2026, 3, 14));
        let sums: Vec<f64> =
            course(&days, period, Rolling::Week).into_iter().map(|(_, sum)| sum).collect();
        // Six days of ten are seventy in seven.
        assert_eq!(sums, [70.0, 70.0, 60.0, 60.0, 60.0, 70.0, 80.0, 90.0, 100.0]);
        assert_eq!(course(&days, (date(2026, 2, 1), date(2026, 2, 20)), Rolling::Week), []);
        assert_eq!(course(&[], period, Rolling::Week), []);
    }

    #[test]
    fn a_shorter_past_is_stretched() {
        assert_eq!(window(&[1.0, 2.0, 3.0], 2), [2.0, 3.0]);
        assert_eq!(window(&[1.0, f64::NAN, 2.0], 5), [1.0, 1.0, 1.0, 0.0, 2.0]);
        assert_eq!(window(&[], 2), [0.0, 0.0]);
    }

    #[test]
    fn every_word_is_read_back() {
        for rolling in Rolling::ALL {
            assert_eq!(Rolling::parse(rolling.as_str()), Some(rolling));
        }
        assert_eq!(Rolling::parse("sum"), None);
    }
}
