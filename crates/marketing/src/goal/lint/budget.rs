//! Over how many months a goal's budget is spread.

use jiff::civil::Date;

/// Months over which a budget is spread at least, unless the campaign is short.
pub const LEAST_MONTHS: i64 = 24;

/// Days of a campaign that is short: a quarter.
pub const SHORT_DAYS: i64 = 92;

/// A part of a goal's budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The first day of the month that it is of; `None` for what is of the whole goal.
    pub month: Option<Date>,
    pub planned: f64,
}

/// Months from the first to the last for which anything is planned, both included; `None` without a budget.
pub fn months(parts: &[Part], start: Date, deadline: Date) -> Option<i64> {
    let number = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
    let spans = parts.iter().filter(|part| part.planned > 0.0).map(|part| match part.month {
        Some(month) => (number(month), number(month)),
        None => (number(start), number(deadline)),
    });
    let (first, last) = spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))?;
    Some(last - first + 1)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_budget_spans_the_months_for_which_anything_is_planned() {
        let of = |parts: &[Part]| months(parts, date(2026, 4, 15), date(2026, 9, 30));
        let part = |month, planned| Part { month, planned };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[part(None, 0.0)]), None);
        assert_eq!(of(&[part(None, 500.0)]), Some(6), "April to September");
        let (april, next) = (date(2026, 4, 1), date(2028, 3, 1));
        assert_eq!(of(&[part(Some(april), 500.0)]), Some(1));
        let two_years = [part(Some(next), 100.0), part(Some(april), 500.0)];
        assert_eq!(of(&two_years), Some(24));
        assert_eq!(of(&[part(Some(next), 0.0), part(Some(april), 500.0)]), Some(1));
    }
}
