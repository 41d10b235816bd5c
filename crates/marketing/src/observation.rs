//! Observations: numbers that were read on a day, as they arrive one by one or as a table.

mod guess;
mod number;
mod place;
mod rhythm;
mod table;

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use crate::metric::FieldError;

pub use guess::{Guess, guess};
pub use number::{DateFormat, Decimal};
pub use place::{Place, places, refusal};
pub use rhythm::{Due, every_days};
pub use table::{Columns, MAX_ROWS, Mapping, Name, Refused, Table, columns, read};

/// A number that was read on a day, found sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub series: String,
    pub dimensions: BTreeMap<String, String>,
    pub day: Date,
    pub value: f64,
    /// How many readings the value is the mean of.
    pub weight: f64,
}

/// Readings that one request may bring.
pub const MAX_BATCH: usize = 1_000;

const MAX_SERIES: usize = 120;
const MAX_DIMENSIONS: usize = 8;
const MAX_DIMENSION_NAME: usize = 60;
const MAX_DIMENSION_VALUE: usize = 200;
/// Larger numbers are not figures of marketing.
const MAX_VALUE: f64 = 1e15;
const MAX_WEIGHT: f64 = 1e9;

impl Reading {
    /// Every mistake in it, by field: `series`, `day`, `value`, `weight`, `dimensions.<name>`.
    ///
    /// A day may be tomorrow at most: somewhere it has begun.
    pub fn check(&self, today: Date) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        let mut refuse = |field: &str, code, message: String| {
            wrong.push(FieldError { field: field.to_owned(), code, message });
        };
        if !is_text(&self.series, MAX_SERIES) {
            let message = format!("a series has 1 to {MAX_SERIES} characters, such as `followers`");
            refuse("series", "series", message);
        }
        if self.day > today.saturating_add(1.day()) {
            refuse("day", "in_future", format!("{} has not come yet", self.day));
        } else if self.day < date(1970, 1, 1) {
            refuse("day", "too_old", format!("{} is before 1970", self.day));
        }
        if !self.value.is_finite() || self.value.abs() > MAX_VALUE {
            refuse("value", "not_a_number", "a value is a number up to 10^15".to_owned());
        }
        if !(self.weight > 0.0 && self.weight <= MAX_WEIGHT) {
            let message =
                "a weight is a number above zero: how many readings the value is the mean of";
            refuse("weight", "not_positive", message.to_owned());
        }
        if self.dimensions.len() > MAX_DIMENSIONS {
            let message = format!("a reading has at most {MAX_DIMENSIONS} dimensions");
            refuse("dimensions", "too_many", message);
        }
        for (name, value) in &self.dimensions {
            if !is_text(name, MAX_DIMENSION_NAME) {
                let message =
                    format!("a dimension's name has 1 to {MAX_DIMENSION_NAME} characters");
                refuse(&format!("dimensions.{name}"), "name_length", message);
            } else if !is_text(value, MAX_DIMENSION_VALUE) {
                let message = format!("`{name}` has 1 to {MAX_DIMENSION_VALUE} characters");
                refuse(&format!("dimensions.{name}"), "value_length", message);
            }
        }
        wrong
    }

    /// What tells it from other readings: two of the same are one.
    pub fn identity(&self) -> (&str, &BTreeMap<String, String>, Date) {
        (&self.series, &self.dimensions, self.day)
    }
}

fn is_text(text: &str, most: usize) -> bool {
    text.trim() == text
        && (1..=most).contains(&text.chars().count())
        && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading() -> Reading {
        Reading {
            series: "followers".to_owned(),
            dimensions: [("network".to_owned(), "Instagram".to_owned())].into(),
            day: date(2026, 3, 21),
            value: 1_250.0,
            weight: 1.0,
        }
    }

    #[test]
    fn every_mistake_of_a_reading_is_named_by_its_field() {
        let today = date(2026, 3, 21);
        assert_eq!(reading().check(today), []);
        assert_eq!(Reading { day: date(2026, 3, 22), ..reading() }.check(today), []);
        let wrong = Reading {
            series: " ".to_owned(),
            dimensions: [("network".to_owned(), String::new())].into(),
            day: date(2026, 3, 23),
            value: f64::NAN,
            weight: 0.0,
        };
        let found = wrong.check(today);
        let named: Vec<_> = found.iter().map(|one| (one.field.as_str(), one.code)).collect();
        assert_eq!(
            named,
            [
                ("series", "series"),
                ("day", "in_future"),
                ("value", "not_a_number"),
                ("weight", "not_positive"),
                ("dimensions.network", "value_length")
            ]
        );
    }
}
