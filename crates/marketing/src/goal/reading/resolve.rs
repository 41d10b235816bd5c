//! From a reading to a goal's figures: the value to reach, and the filters of its segment.

use serde_json::{Value, json};

use super::{Aim, Part, Per, Reading, Segment, Target};
use crate::goal::outlook::Counting;

impl Per {
    /// Its mean length in days.
    pub fn days(self) -> f64 {
        match self {
            Per::Day => 1.0,
            Per::Week => 7.0,
            Per::Month => 365.25 / 12.0,
            Per::Quarter => 365.25 / 4.0,
            Per::Year => 365.25,
        }
    }
}

impl Target {
    /// The value to reach, in the metric's unit.
    ///
    /// `baseline` is what the goal's number is without it: for a sum that of as many days before, else where it
    /// stands. `days` is the goal's length: `80,000 a month` over three months are 240,000. A rate or a level
    /// has no length.
    pub fn value(&self, counting: Counting, baseline: f64, days: i64) -> f64 {
        let number = self.number;
        match self.aim {
            Aim::Value => match (self.per, counting) {
                (Some(per), Counting::Sum) => number * days as f64 / per.days(),
                _ => number,
            },
            Aim::Change => baseline + number,
            Aim::Percent => baseline * (1.0 + self.number / 100.0),
            Aim::Points => baseline + self.number,
        }
    }
}

impl Reading {
    /// The query API's filters of the segment: one for each dimension, with its values as alternatives.
    /// Keywords are no dimension of visits: see [`Reading::keywords`].
    pub fn filters(&self) -> Vec<Value> {
        let mut grouped: Vec<(&'static str, Vec<&str>)> = Vec::new();
        for Part { value: Segment { dimension, value }, .. } in &self.segments {
            if *dimension == "keyword" {
                continue;
            }
            match grouped.iter_mut().find(|(known, _)| known == dimension) {
                Some((_, values)) => values.push(value),
                None => grouped.push((dimension, vec![value])),
            }
        }
        grouped.into_iter().map(|(dimension, values)| json!(["is", dimension, values])).collect()
    }

    /// The search keywords that the sentence names.
    pub fn keywords(&self) -> Vec<&str> {
        let keywords = self.segments.iter().filter(|part| part.value.dimension == "keyword");
        keywords.map(|part| part.value.value.as_str()).collect()
    }

    /// Whether nothing has to be asked.
    pub fn is_complete(&self) -> bool {
        self.questions.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::goal::Locale;
    use crate::goal::reading::{Context, read};
    use crate::query;

    fn reading(sentence: &str) -> Reading {
        let context = Context {
            today: date(2026, 4, 7),
            locale: Locale::En,
            conversions: &[],
            campaigns: &[],
        };
        read(sentence, &context)
    }

    fn value(sentence: &str, counting: Counting, baseline: f64, days: i64) -> f64 {
        reading(sentence).target.expect("a target").value.value(counting, baseline, days)
    }

    #[test]
    fn a_target_becomes_a_value_from_its_baseline() {
        let sum = Counting::Sum;
        assert_eq!(value("20 % more orders by 30 June", sum, 500.0, 85), 600.0);
        assert_eq!(value("500 orders by 30 June", sum, 400.0, 85), 500.0);
        assert_eq!(value("Revenue of €120,000 by 30 June", sum, 1.0, 85), 120_000.0);
        let level = Counting::EndLevel;
        assert_eq!(value("+5,000 page likes in 3 months", level, 20_000.0, 91), 25_000.0);
        let rate = Counting::Ratio { scale: 100.0 };
        assert_eq!(value("Open rate up 3 percentage points by 30 June", rate, 20.0, 85), 23.0);
        assert_eq!(value("Halve the bounce rate by 30 June", rate, 40.0, 85), 20.0);
        let months = value("Visitors to 80,000 a month by 30 June", sum, 1.0, 91);
        assert!((months - 80_000.0 * 91.0 / 30.4375).abs() < 1e-6);
    }

    #[test]
    fn a_segment_becomes_filters_that_the_query_api_takes() {
        let read = reading("20 % more orders from Finland and Sweden from paid search by 30 June");
        let filters = read.filters();
        assert_eq!(
            filters,
            [
                json!(["is", "visit:country", ["FI", "SE"]]),
                json!(["is", "visit:channel", ["Paid Search"]])
            ]
        );
        assert!(query::parse_filters(&Value::Array(filters), &[]).is_ok());
        assert!(read.is_complete());
        let keyword = reading("Keyword \"wool socks\" to the TOP 10 by 30 June");
        assert_eq!((keyword.filters(), keyword.keywords()), (vec![], vec!["wool socks"]));
    }
}
