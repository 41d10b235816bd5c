//! From a reading to a goal's figures: the value to reach, and the filters of its segment.

use serde_json::{Value, json};

use super::{Aim, Part, Per, Reading, Segment, Target};
use crate::goal::outlook::Counting;
use crate::goal::{self, Rolling, TargetKind};
use crate::metric;

/// A number that is meant for a length of time: what the last days up to the deadline have to make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repeated {
    pub counting: Counting,
    /// What the sentence's numbers are multiplied by: a day is judged by its week.
    pub times: f64,
}

impl Per {
    fn repeated(self) -> Repeated {
        let (rolling, times) = match self {
            Per::Day => (Rolling::Week, 7.0),
            Per::Week => (Rolling::Week, 1.0),
            Per::Month => (Rolling::Month, 1.0),
            Per::Quarter => (Rolling::Quarter, 1.0),
            Per::Year => (Rolling::Year, 1.0),
        };
        Repeated { counting: Counting::Rolling(rolling), times }
    }
}

impl Target {
    /// The value to reach, in the metric's unit.
    ///
    /// `baseline` is what the goal's number is without it: for a sum that of as many days before, else where it
    /// stands. A number for each month is a month's: see [`Reading::repeated`].
    pub fn value(&self, baseline: f64) -> f64 {
        let number = self.number;
        match self.aim {
            Aim::Value => number,
            Aim::Change => baseline + number,
            Aim::Percent => baseline * (1.0 + self.number / 100.0),
            Aim::Points => baseline + self.number,
        }
    }
}

impl Reading {
    /// How a number for each month, week or day is counted: `80,000 a month by December` is of December, not of all
    /// months until then. `None` where no such length is said, and of what does not add up.
    pub fn repeated(&self) -> Option<Repeated> {
        let target = self.target.as_ref()?.value;
        let ready = metric::ready(self.metric.as_ref()?.value)?;
        let repeated = target.per.filter(|_| target.aim == Aim::Value)?.repeated();
        ready.nature.adds_up().then_some(repeated)
    }

    /// What is asked for, as a plan takes it; `None` while no number is known.
    pub fn asked(&self) -> Option<goal::Target> {
        let target = self.target.as_ref()?.value;
        let times = self.repeated().map_or(1.0, |repeated| repeated.times);
        let kind = match target.aim {
            Aim::Percent => TargetKind::Percent,
            Aim::Change | Aim::Points => TargetKind::Change,
            Aim::Value => TargetKind::Absolute,
        };
        Some(goal::Target { kind, input: target.number * times })
    }

    /// The value that the sentence names as today's, counted as the target is.
    pub fn stated_baseline(&self) -> Option<f64> {
        let times = self.repeated().map_or(1.0, |repeated| repeated.times);
        Some(self.baseline.as_ref()?.value * times)
    }

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

    fn value(sentence: &str, baseline: f64) -> f64 {
        reading(sentence).target.expect("a target").value.value(baseline)
    }

    #[test]
    fn a_target_becomes_a_value_from_its_baseline() {
        assert_eq!(value("20 % more orders by 30 June", 500.0), 600.0);
        assert_eq!(value("500 orders by 30 June", 400.0), 500.0);
        assert_eq!(value("Revenue of €120,000 by 30 June", 1.0), 120_000.0);
        assert_eq!(value("+5,000 page likes in 3 months", 20_000.0), 25_000.0);
        assert_eq!(value("Open rate up 3 percentage points by 30 June", 20.0), 23.0);
        assert_eq!(value("Halve the bounce rate by 30 June", 40.0), 20.0);
    }

    #[test]
    fn a_number_for_each_month_is_of_the_last_one() {
        let month = reading("Visitors from 70,000 to 80,000 a month by 30 June");
        let repeated = month.repeated().expect("a month");
        assert_eq!(repeated.counting, Counting::Rolling(Rolling::Month));
        let asked = goal::Target { kind: TargetKind::Absolute, input: 80_000.0 };
        assert_eq!((month.asked(), month.stated_baseline()), (Some(asked), Some(70_000.0)));
        let day = reading("Visits from 500 to 600 a day by 30 June");
        let counting = day.repeated().map(|repeated| repeated.counting);
        assert_eq!(counting, Some(Counting::Rolling(Rolling::Week)));
        assert_eq!(day.asked().map(|target| target.input), Some(4_200.0));
        assert_eq!(day.stated_baseline(), Some(3_500.0));
        // What is said once is of the whole time, and a level has no length.
        assert_eq!(reading("500 orders by 30 June").repeated(), None);
        assert_eq!(reading("Followers to 20,000 by 30 June").repeated(), None);
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
