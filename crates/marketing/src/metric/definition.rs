//! A metric of the dictionary with its versions.

use jiff::civil::Date;

use super::{Better, Combine, Formula, Nature};
use crate::currency::Currency;

/// In what a metric is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Count,
    /// Percent.
    Share,
    Money(Currency),
    /// Seconds.
    Duration,
    Rank,
    Score,
}

impl Unit {
    /// Reads `count`, `share`, `duration`, `rank`, `score`, or `money` with a currency.
    pub fn parse(word: &str, currency: Option<&str>) -> Result<Unit, FieldError> {
        match (word, currency) {
            ("count", None) => Ok(Unit::Count),
            ("share", None) => Ok(Unit::Share),
            ("duration", None) => Ok(Unit::Duration),
            ("rank", None) => Ok(Unit::Rank),
            ("score", None) => Ok(Unit::Score),
            ("money", Some(code)) => match code.parse() {
                Ok(currency) => Ok(Unit::Money(currency)),
                Err(wrong) => Err(error("currency", "unknown_currency", format!("{wrong}"))),
            },
            ("money", None) => {
                Err(error("currency", "missing", "money needs a currency, such as EUR"))
            }
            (_, Some(_)) => Err(error("currency", "no_money", "only money has a currency")),
            _ => Err(error(
                "unit",
                "unknown_unit",
                format!("`{word}` is none of: count, share, money, duration, rank, score"),
            )),
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Unit::Count => "count",
            Unit::Share => "share",
            Unit::Money(_) => "money",
            Unit::Duration => "duration",
            Unit::Rank => "rank",
            Unit::Score => "score",
        }
    }

    /// How numbers of this unit behave when days are put together like this.
    pub fn nature(self, combine: Combine) -> Nature {
        match (self, combine) {
            (Unit::Share, _) => Nature::Share,
            (Unit::Duration, _) => Nature::Duration,
            (Unit::Rank, _) => Nature::Rank,
            (Unit::Score, _) => Nature::Score,
            (Unit::Money(_), Combine::Sum | Combine::Change) => Nature::Money,
            (Unit::Money(_), _) => Nature::Price,
            (Unit::Count, Combine::Sum | Combine::Whole | Combine::Change) => Nature::Flow,
            (Unit::Count, Combine::Last) => Nature::Stock,
            (Unit::Count, Combine::Ratio { .. }) => Nature::Ratio,
        }
    }

    /// The unit of a ready metric of this nature; money is of this currency.
    pub fn of(nature: Nature, currency: Currency) -> Unit {
        match nature {
            Nature::Flow | Nature::Stock | Nature::Ratio => Unit::Count,
            Nature::Share => Unit::Share,
            Nature::Duration => Unit::Duration,
            Nature::Money | Nature::Price => Unit::Money(currency),
            Nature::Rank => Unit::Rank,
            Nature::Score => Unit::Score,
        }
    }

    pub fn currency(self) -> Option<Currency> {
        match self {
            Unit::Money(currency) => Some(currency),
            _ => None,
        }
    }
}

/// What is wrong with a field of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct FieldError {
    /// Where: `formula.numerator.value`.
    pub field: String,
    /// Stable word for programs.
    pub code: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
}

pub(super) fn error(
    field: impl Into<String>,
    code: &'static str,
    message: impl Into<String>,
) -> FieldError {
    FieldError { field: field.into(), code, message: message.into() }
}

/// A metric of a workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Lower-case letters, digits and underscores; does not change.
    pub key: String,
    pub name: String,
    pub description: String,
    /// A user's id.
    pub owner: Option<String>,
    pub better: Better,
    pub unit: Unit,
    /// At least one, by number.
    pub versions: Vec<Version>,
}

/// A formula and since when it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// From 1.
    pub number: u32,
    pub valid_from: Date,
    pub formula: Formula,
    /// Why it was changed.
    pub note: String,
}

/// Longest name and description, in characters.
const MAX_NAME: usize = 120;
const MAX_TEXT: usize = 2_000;

impl Definition {
    /// Every mistake in it; `taken` are the keys of the workspace's other metrics.
    pub fn check(&self, taken: &[&str]) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        let letters =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        if !(2..=60).contains(&self.key.len()) || !self.key.chars().all(letters) {
            let message = "a key has 2 to 60 lower-case letters, digits and underscores";
            wrong.push(error("key", "key", message));
        } else if taken.contains(&self.key.as_str()) || super::ready(&self.key).is_some() {
            wrong.push(error(
                "key",
                "key_taken",
                format!("there is a metric `{}` already", self.key),
            ));
        }
        if !(1..=MAX_NAME).contains(&self.name.trim().chars().count()) {
            wrong.push(error(
                "name",
                "name_length",
                format!("a name has 1 to {MAX_NAME} characters"),
            ));
        }
        if self.description.chars().count() > MAX_TEXT {
            let message = format!("a description has at most {MAX_TEXT} characters");
            wrong.push(error("description", "text_length", message));
        }
        if self.versions.is_empty() {
            wrong.push(error("versions", "missing", "a metric needs a formula"));
        }
        for (index, pair) in self.versions.windows(2).enumerate() {
            if pair[1].valid_from <= pair[0].valid_from {
                wrong.push(error(
                    format!("versions[{}].valid_from", index + 1),
                    "version_order",
                    format!("a new version holds from a later day than {}", pair[0].valid_from),
                ));
            }
        }
        wrong
    }

    /// The version that holds on a day; the first one for days before it.
    pub fn on(&self, day: Date) -> Option<&Version> {
        self.versions
            .iter()
            .rev()
            .find(|version| version.valid_from <= day)
            .or(self.versions.first())
    }

    /// Half-open stretches of days with one version each, of `from` to `to` (both included).
    pub fn stretches(&self, from: Date, to: Date) -> Vec<(Date, Date, &Version)> {
        let mut out: Vec<(Date, Date, &Version)> = Vec::new();
        for (index, version) in self.versions.iter().enumerate() {
            let first = if index == 0 { from } else { version.valid_from.max(from) };
            let last = match self.versions.get(index + 1) {
                Some(next) => next.valid_from.yesterday().unwrap_or(to).min(to),
                None => to,
            };
            if first <= last {
                out.push((first, last, version));
            }
        }
        out
    }

    /// Adds a version, unless nothing changed or it would begin before the newest.
    pub fn revise(
        &mut self,
        formula: Formula,
        valid_from: Date,
        note: &str,
    ) -> Result<(), FieldError> {
        if let Some(newest) = self.versions.last() {
            if newest.formula == formula {
                return Err(error("formula", "no_change", "the formula is what it was"));
            }
            if valid_from <= newest.valid_from {
                return Err(error(
                    "valid_from",
                    "version_order",
                    format!("a new version holds from a later day than {}", newest.valid_from),
                ));
            }
        }
        let number = self.versions.last().map_or(1, |newest| newest.number + 1);
        self.versions.push(Version { number, valid_from, formula, note: note.to_owned() });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::query;

    fn definition() -> Definition {
        let formula = Formula::Query { metric: query::Metric::Visits, filters: Vec::new() };
        let version =
            Version { number: 1, valid_from: date(2026, 1, 1), formula, note: String::new() };
        Definition {
            key: "paid_visits".into(),
            name: "Paid visits".into(),
            description: String::new(),
            owner: None,
            better: Better::More,
            unit: Unit::Count,
            versions: vec![version],
        }
    }

    #[test]
    fn a_changed_definition_keeps_the_old_one_with_its_days() {
        let mut metric = definition();
        let newer = Formula::Query { metric: query::Metric::Visitors, filters: Vec::new() };
        assert_eq!(metric.revise(newer.clone(), date(2026, 4, 1), "people, not visits"), Ok(()));
        let numbers = |day| metric.on(day).map(|version| version.number);
        assert_eq!(
            (numbers(date(2026, 3, 31)), numbers(date(2026, 4, 1)), numbers(date(2025, 1, 1))),
            (Some(1), Some(2), Some(1))
        );
        let stretches: Vec<_> = metric
            .stretches(date(2025, 12, 1), date(2026, 5, 1))
            .into_iter()
            .map(|(from, to, version)| (from, to, version.number))
            .collect();
        assert_eq!(
            stretches,
            [(date(2025, 12, 1), date(2026, 3, 31), 1), (date(2026, 4, 1), date(2026, 5, 1), 2)]
        );
        let refused = metric.revise(newer, date(2026, 5, 1), "").expect_err("no change");
        assert_eq!(refused.code, "no_change");
        let older = Formula::Sql { expression: "count(*)".into(), filters: Vec::new() };
        assert_eq!(
            metric.revise(older, date(2026, 4, 1), "").expect_err("too early").code,
            "version_order"
        );
    }

    #[test]
    fn every_mistake_is_named() {
        let mut metric = definition();
        metric.key = "Paid visits".into();
        metric.name = " ".into();
        metric.versions.clear();
        let wrong: Vec<_> =
            metric.check(&[]).into_iter().map(|error| (error.field, error.code)).collect();
        assert_eq!(
            wrong,
            [
                ("key".to_owned(), "key"),
                ("name".to_owned(), "name_length"),
                ("versions".to_owned(), "missing")
            ]
        );
        assert_eq!(definition().check(&["paid_visits"])[0].code, "key_taken");
        metric = definition();
        metric.key = "bounce_rate".into();
        assert_eq!(metric.check(&[])[0].code, "key_taken");
        assert_eq!(definition().check(&["other"]), []);
    }

    #[test]
    fn money_has_a_currency_and_nothing_else_has() {
        assert_eq!(Unit::parse("money", Some("eur")).map(Unit::as_str), Ok("money"));
        assert_eq!(Unit::parse("money", None).expect_err("none").code, "missing");
        assert_eq!(Unit::parse("count", Some("EUR")).expect_err("one").code, "no_money");
        assert_eq!(Unit::parse("weight", None).expect_err("unknown").code, "unknown_unit");
    }
}
