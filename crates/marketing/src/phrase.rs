//! Sentences for people as a key and values, and their texts in three languages.
//!
//! A rule answers with a [`Phrase`]; whoever shows it takes the text of the reader's language from the
//! catalogue (`data/phrases.tsv`), or its own translation by the same key.

use std::sync::LazyLock;

use hashbrown::{HashMap, HashSet};
use jiff::civil::Date;
use serde_json::json;

use crate::currency::Currency;
use crate::goal::{Locale, day_text, number_text};

/// A value in a phrase.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number with at most so many decimals.
    Number(f64, usize),
    /// In percent: 12.5 is 12.5 %.
    Percent(f64),
    /// A forecast's probability, 0 to 1: no forecast is sure, so it says `<1%` and `>99%` at the ends.
    Chance(f64),
    /// In the currency's main unit.
    Money(f64, Currency),
    /// Seconds, told in the unit that fits.
    Duration(f64),
    Day(Date),
    /// As it is: a name, a channel.
    Text(String),
}

impl Value {
    /// As the language writes it.
    pub fn text(&self, locale: Locale) -> String {
        match self {
            Value::Number(number, decimals) => number_text(*number, *decimals, locale),
            Value::Percent(percent) => percent_text(*percent, locale),
            Value::Chance(chance) => match (chance * 100.0).round() {
                percent if percent < 1.0 => format!("<{}", percent_text(1.0, locale)),
                percent if percent > 99.0 => format!(">{}", percent_text(99.0, locale)),
                percent => percent_text(percent, locale),
            },
            Value::Money(amount, currency) => {
                let decimals =
                    if amount.abs() >= 100.0 { 0 } else { usize::from(currency.minor_digits()) };
                format!("{}\u{a0}{currency}", number_text(*amount, decimals, locale))
            }
            Value::Duration(seconds) => duration(*seconds, locale),
            Value::Day(day) => day_text(locale, *day),
            Value::Text(text) => text.clone(),
        }
    }
}

fn percent_text(percent: f64, locale: Locale) -> String {
    let number = number_text(percent, 1, locale);
    match locale {
        Locale::En => format!("{number}%"),
        Locale::Fi => format!("{number}\u{a0}%"),
        Locale::Fa => format!("{number}٪"),
    }
}

fn duration(seconds: f64, locale: Locale) -> String {
    let (number, unit) = match seconds.abs() {
        size if size >= 2.0 * 86_400.0 => (seconds / 86_400.0, ["days", "päivää", "روز"]),
        size if size >= 2.0 * 3_600.0 => (seconds / 3_600.0, ["h", "h", "ساعت"]),
        size if size >= 120.0 => (seconds / 60.0, ["min", "min", "دقیقه"]),
        _ => (seconds, ["s", "s", "ثانیه"]),
    };
    format!("{}\u{a0}{}", number_text(number, 1, locale), unit[locale as usize])
}

/// A sentence with its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Phrase {
    /// Stable word; the line of the catalogue.
    pub key: &'static str,
    pub values: Vec<(&'static str, Value)>,
}

impl Phrase {
    pub fn new(key: &'static str) -> Phrase {
        Phrase { key, values: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: Value) -> Phrase {
        self.values.push((name, value));
        self
    }

    #[must_use]
    pub fn number(self, name: &'static str, value: f64, decimals: usize) -> Phrase {
        self.with(name, Value::Number(value, decimals))
    }

    #[must_use]
    pub fn percent(self, name: &'static str, value: f64) -> Phrase {
        self.with(name, Value::Percent(value))
    }

    #[must_use]
    pub fn chance(self, name: &'static str, value: f64) -> Phrase {
        self.with(name, Value::Chance(value))
    }

    #[must_use]
    pub fn day(self, name: &'static str, value: Date) -> Phrase {
        self.with(name, Value::Day(value))
    }

    #[must_use]
    pub fn text_value(self, name: &'static str, value: impl Into<String>) -> Phrase {
        self.with(name, Value::Text(value.into()))
    }

    /// The sentence; the key itself where the catalogue has none.
    pub fn text(&self, locale: Locale) -> String {
        let Some(texts) = CATALOGUE.get(self.key) else { return self.key.to_owned() };
        let mut text = texts[locale as usize].to_owned();
        for (name, value) in &self.values {
            text = text.replace(&format!("{{{name}}}"), &value.text(locale));
        }
        text
    }
}

impl Value {
    fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Number(number, decimals) => json!({"number": number, "decimals": decimals}),
            Value::Percent(percent) => json!({"percent": percent}),
            Value::Chance(chance) => json!({"chance": chance}),
            Value::Money(amount, currency) => {
                json!({"money": amount, "currency": currency.to_string()})
            }
            Value::Duration(seconds) => json!({"seconds": seconds}),
            Value::Day(day) => json!({"day": day.to_string()}),
            Value::Text(text) => json!({"text": text}),
        }
    }

    fn from_json(value: &serde_json::Value) -> Option<Value> {
        let number = |name: &str| value.get(name).and_then(serde_json::Value::as_f64);
        let text = |name: &str| value.get(name).and_then(serde_json::Value::as_str);
        if let Some(found) = number("number") {
            let decimals = value.get("decimals").and_then(serde_json::Value::as_u64)?;
            return Some(Value::Number(found, usize::try_from(decimals).ok()?));
        }
        if let Some(amount) = number("money") {
            return Some(Value::Money(amount, text("currency")?.parse().ok()?));
        }
        let percent = number("percent").map(Value::Percent);
        let chance = || number("chance").map(Value::Chance);
        let seconds = || number("seconds").map(Value::Duration);
        let day = || text("day").and_then(|day| day.parse().ok()).map(Value::Day);
        let words = || text("text").map(|text| Value::Text(text.to_owned()));
        percent.or_else(chance).or_else(seconds).or_else(day).or_else(words)
    }
}

impl Phrase {
    /// As it is kept; `from_json` reads it again.
    pub fn to_json(&self) -> serde_json::Value {
        let values: Vec<serde_json::Value> =
            self.values.iter().map(|(name, value)| json!([name, value.to_json()])).collect();
        json!({"key": self.key, "values": values})
    }

    /// Reads what `to_json` gave; `None` where the catalogue does not have its key any more.
    ///
    /// Values that the catalogue has no place for, and those that are no numbers, are left out.
    pub fn from_json(kept: &serde_json::Value) -> Option<Phrase> {
        let (key, _) = CATALOGUE.get_key_value(kept.get("key")?.as_str()?)?;
        let values = kept.get("values")?.as_array()?.iter().filter_map(|pair| {
            let name = NAMES.get(pair.get(0)?.as_str()?)?;
            Some((*name, Value::from_json(pair.get(1)?)?))
        });
        Some(Phrase { key, values: values.collect() })
    }
}

/// Every value's name that occurs in the catalogue.
static NAMES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let texts = CATALOGUE.values().map(|texts| texts[0]);
    texts
        .flat_map(|text| text.split('{').skip(1))
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .collect()
});

static CATALOGUE: LazyLock<HashMap<&'static str, [&'static str; 3]>> = LazyLock::new(|| {
    let lines = include_str!("../data/phrases.tsv").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut columns = line.split('\t');
            Some((columns.next()?, [columns.next()?, columns.next()?, columns.next()?]))
        })
        .collect()
});

/// Whether the catalogue has the key.
pub fn is_known(key: &str) -> bool {
    CATALOGUE.contains_key(key)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_sentence_has_the_same_values_in_each_language() {
        let names = |text: &str| {
            let mut names: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|rest| rest.split_once('}').map(|(name, _)| name.to_owned()))
                .collect();
            names.sort();
            names
        };
        assert!(CATALOGUE.len() > 60);
        for (key, texts) in CATALOGUE.iter() {
            assert!(texts.iter().all(|text| !text.trim().is_empty()), "{key}");
            assert_eq!(names(texts[0]), names(texts[1]), "{key}");
            assert_eq!(names(texts[0]), names(texts[2]), "{key}");
        }
    }

    #[test]
    fn values_are_written_as_the_language_writes_them() {
        let phrase = Phrase::new("alert_statistical_down")
            .text_value("metric", "Orders")
            .number("actual", 1_234.0, 1)
            .number("expected", 2_000.0, 1)
            .percent("change", -38.3)
            .day("day", date(2026, 6, 30));
        assert_eq!(
            phrase.text(Locale::En),
            "Orders fell to 1,234 on 30 June 2026; 2,000 was expected (−38.3%)."
        );
        assert!(phrase.text(Locale::Fa).contains("۱٬۲۳۴"));
        assert_eq!(Value::Duration(7_200.0).text(Locale::Fi), "2\u{a0}h");
        assert_eq!(Value::Duration(90.0).text(Locale::En), "90\u{a0}s");
        let chances = [0.0, 0.004, 0.006, 0.42, 0.994, 1.0];
        assert_eq!(
            chances.map(|chance| Value::Chance(chance).text(Locale::En)),
            ["<1%", "<1%", "1%", "42%", "99%", ">99%"]
        );
    }

    #[test]
    fn a_sentence_that_was_kept_says_the_same() {
        let phrase = Phrase::new("required_more")
            .with("needed", Value::Money(12.5, "EUR".parse().expect("a currency")))
            .with("usual", Value::Duration(90.0))
            .number("times", 1.25, 1)
            .percent("change", 25.0);
        assert_eq!(
            Phrase::from_json(&phrase.to_json()).expect("a phrase").text(Locale::Fi),
            phrase.text(Locale::Fi)
        );
        let owned = Phrase::new("measured").number("days", 3.0, 0).day("day", date(2026, 4, 1));
        assert_eq!(Phrase::from_json(&owned.to_json()), Some(owned));
        let chance = Phrase::new("probability_low").chance("probability", 0.2);
        assert_eq!(Phrase::from_json(&chance.to_json()), Some(chance));
        assert_eq!(Phrase::from_json(&json!({"key": "no such key", "values": []})), None);
    }
}
