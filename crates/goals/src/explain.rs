//! What moved a goal's number, as it is kept and told.

mod change;

use jiff::civil::Date;
use luotsi_marketing::goal::drivers::{Drivers, Explained, Row};
use luotsi_marketing::goal::wording::Writing;
use luotsi_marketing::goal::{Locale, dimension_name};
use luotsi_marketing::metric;
use luotsi_marketing::phrase::Phrase;
use serde_json::{Value, json};

pub use change::{Change, is_divisible};

/// Rows of a dimension that are shown.
const MOST_ROWS: usize = 8;

/// Drivers as they are kept: phrases and names of dimensions are put into words where they are shown.
pub fn to_json(found: &Drivers, writing: Writing, (from, to): (Date, Date)) -> Value {
    let dimensions: Vec<Value> = found
        .dimensions
        .iter()
        .map(|one| {
            let rows: Vec<Value> = shown(found, one)
                .iter()
                .map(|row| {
                    let filter = row.value.as_ref().map(|value| json!(["is", one.name, [value]]));
                    let label = match &row.value {
                        Some(value) => json!(value),
                        None => phrase(&Phrase::new("driver_rest")),
                    };
                    json!({
                        "value": row.value, "label": label, "expected": row.expected,
                        "actual": row.actual, "change": row.change, "share": row.share,
                        "chosen": row.chosen, "filter": filter,
                    })
                })
                .collect();
            json!({
                "name": one.name, "label": {"dimension": one.name}, "explained": one.explained,
                "rows": rows,
            })
        })
        .collect();
    // The dimension's name is put into the reader's language where the phrase is shown.
    let text = found.phrase(writing, |dimension| format!("{{{dimension}}}"));
    json!({
        "from": from.to_string(), "to": to.to_string(), "expected": found.expected,
        "actual": found.actual, "change": found.change, "text": phrase(&text),
        "reason": reason(found), "dimensions": dimensions,
    })
}

/// The first cause, for whoever names values better than a phrase does (`Finland` for `FI`).
pub(crate) fn reason(found: &Drivers) -> Option<Value> {
    let (dimension, row) = found.first()?;
    let value = row.value.as_ref()?;
    Some(json!({
        "dimension": dimension, "label": {"dimension": dimension}, "value": value,
        "share": row.share.min(1.0), "expected": row.expected, "actual": row.actual,
    }))
}

/// The rows that are shown, which still add up to the whole change: small ones become a part of the rest.
fn shown(found: &Drivers, one: &Explained) -> Vec<Row> {
    // The rates of a ratio's parts have no sum.
    let sum: f64 = one.rows.iter().map(|row| row.actual).sum();
    if (sum - found.actual).abs() > 1e-6 * found.actual.abs().max(1.0) {
        return one.rows.clone();
    }
    let named = |row: &&Row| row.value.is_some();
    let mut rows: Vec<Row> = one.rows.iter().filter(named).take(MOST_ROWS).cloned().collect();
    let rest: Vec<&Row> = one.rows.iter().filter(named).skip(MOST_ROWS).collect();
    let unnamed = one.rows.iter().find(|row| row.value.is_none());
    let nothing =
        Row { value: None, expected: 0.0, actual: 0.0, change: 0.0, share: 0.0, chosen: false };
    let all = rest.iter().fold(unnamed.cloned().unwrap_or(nothing), |sum, row| Row {
        expected: sum.expected + row.expected,
        actual: sum.actual + row.actual,
        change: sum.change + row.change,
        share: sum.share + row.share,
        ..sum
    });
    let empty = [all.expected, all.actual, all.change].iter().all(|value| value.abs() < 1e-9);
    if !empty {
        rows.push(all);
    }
    rows
}

/// A phrase as it stands in what is kept.
pub fn phrase(phrase: &Phrase) -> Value {
    json!({"phrase": phrase.to_json()})
}

/// A kept phrase in words; `None` where the catalogue does not have it any more.
pub fn told(kept: &Value, locale: Locale) -> Option<String> {
    Phrase::from_json(kept).map(|phrase| in_words(&phrase.text(locale), locale))
}

/// Puts the names of dimensions and ready metrics that stand in braces into a language.
pub fn in_words(text: &str, locale: Locale) -> String {
    let mut words = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, braced)) = rest.split_once('{') {
        words.push_str(before);
        let Some((dimension, after)) = braced.split_once('}') else {
            words.push('{');
            rest = braced;
            continue;
        };
        match dimension.strip_prefix("metric:").and_then(metric::ready) {
            Some(ready) => words.push_str(ready.name(locale)),
            None => words.push_str(dimension_name(locale, dimension)),
        }
        rest = after;
    }
    words.push_str(rest);
    words
}

/// The filter of what explains most of it, of drivers as `to_json` gives them.
pub(crate) fn first_filter(drivers: &Value) -> Option<Value> {
    drivers["dimensions"].as_array()?.iter().find_map(|dimension| {
        let row = dimension["rows"].as_array()?.first()?;
        (row["chosen"] == true && row["filter"].is_array()).then(|| row["filter"].clone())
    })
}

/// Puts every phrase, and every name that waits for its reader's language, into words.
pub fn localized(value: &Value, locale: Locale) -> Value {
    match value {
        Value::Object(object) => {
            if let (Some(kept), 1) = (object.get("phrase"), object.len()) {
                return told(kept, locale).unwrap_or_default().into();
            }
            if let (Some(Value::String(dimension)), 1) = (object.get("dimension"), object.len()) {
                return dimension_name(locale, dimension).into();
            }
            object.iter().map(|(name, value)| (name.clone(), localized(value, locale))).collect()
        }
        Value::Array(list) => list.iter().map(|one| localized(one, locale)).collect(),
        other => other.clone(),
    }
}

/// A metric's name as it stands in what is kept: a ready one's waits for its reader's language.
pub(crate) fn metric_token(key: &str, name: &str) -> String {
    if metric::ready(key).is_some() { format!("{{metric:{key}}}") } else { name.to_owned() }
}
