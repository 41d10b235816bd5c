//! Exports of other tools: events as records with our names of columns, and figures that they counted.
//!
//! Figures are never events: they are kept apart, and labelled where they are shown.

pub mod figures;
pub mod ga4;
pub mod matomo;
mod table;
pub mod umami;

pub(crate) use figures::decode;
pub(crate) use table::cells;

use serde_json::{Map, Value};

/// An event as `luotsi import events` reads it: `time`, `name`, `url`, `visitor_id` and so on.
pub type Record = Map<String, Value>;

/// What a row of an export comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    Events(Vec<Record>),
    /// Sound, but nothing to keep, and why.
    Skipped(&'static str),
}

/// Sets a column where there is a value for it.
fn set(record: &mut Record, column: &str, value: Option<&str>) {
    if let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) {
        record.insert(column.to_owned(), Value::String(value.to_owned()));
    }
}

/// The text of a value, numbers as they are written.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A moment as RFC 3339, from microseconds UTC.
fn moment(at_us: i64) -> Option<String> {
    Some(jiff::Timestamp::from_microsecond(at_us).ok()?.to_string())
}

/// ISO 3166-1 code of a country's English name; a code stays what it is.
fn country_code(name: &str) -> Option<String> {
    if name.len() == 2 && name.bytes().all(|letter| letter.is_ascii_alphabetic()) {
        return Some(name.to_uppercase());
    }
    let letters = || b'A'..=b'Z';
    let mut codes = letters().flat_map(|one| letters().map(move |two| [one, two]));
    codes.find_map(|code| {
        let code = String::from_utf8(code.to_vec()).ok()?;
        (crate::query::country_name(&code) == Some(name)).then_some(code)
    })
}

#[cfg(test)]
mod tests;
