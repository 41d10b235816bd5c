//! Filters of observations: which readings of a series are meant, by their dimensions.

use std::collections::BTreeMap;

use serde_json::Value;

use super::FieldError;
use super::definition::error;
use crate::query::{Operator, TextTest};

/// Filters all of which hold for a reading that is meant.
///
/// Written like the query API's: `["is", "keyword", ["shoes"]]`, with `and`, `or` and `not`. A dimension is
/// named as the readings name it, or as events do: `visit:utm_campaign` finds `utm_campaign` or `campaign`,
/// `event:props:keyword` finds `keyword`.
#[derive(Debug, Clone, Default)]
pub struct Narrowing(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    All(Vec<Part>),
    Any(Vec<Part>),
    Not(Box<Part>),
    Test { dimension: String, test: TextTest },
}

/// How deep filters may be nested.
const MAX_DEPTH: usize = 10;

impl Narrowing {
    /// Reads a list of filters; none are `null` or an empty list.
    pub fn parse(filters: &Value) -> Result<Narrowing, FieldError> {
        match filters {
            Value::Null => Ok(Narrowing(Vec::new())),
            Value::Array(list) => parts(list, "filters", 0).map(Narrowing),
            _ => Err(error("filters", "invalid_filters", "filters are a list")),
        }
    }

    /// As `parse`, of filters that are in a list already.
    pub fn of(filters: &[Value]) -> Result<Narrowing, FieldError> {
        parts(filters, "filters", 0).map(Narrowing)
    }

    /// Whether a reading with these dimensions is meant.
    pub fn fits(&self, dimensions: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|part| part.holds(dimensions))
    }
}

/// The value of a dimension, whichever way it is named.
pub(super) fn value_of<'a>(
    dimensions: &'a BTreeMap<String, String>,
    name: &str,
) -> Option<&'a str> {
    let bare = Narrowing::bare(name);
    let found = dimensions.get(name).or_else(|| dimensions.get(bare));
    let shorter = || dimensions.get(bare.strip_prefix("utm_").unwrap_or(bare));
    found.or_else(shorter).map(String::as_str)
}

impl Narrowing {
    /// A dimension as readings name it: without the part that says whose it is of an event.
    pub fn bare(name: &str) -> &str {
        let prefixes = ["event:props:", "visit:", "event:"];
        prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
    }

    /// The value of a dimension of a reading, named as events or as readings name it.
    pub fn value<'a>(dimensions: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
        value_of(dimensions, name)
    }
}

impl Part {
    fn holds(&self, dimensions: &BTreeMap<String, String>) -> bool {
        match self {
            Part::All(parts) => parts.iter().all(|part| part.holds(dimensions)),
            Part::Any(parts) => parts.iter().any(|part| part.holds(dimensions)),
            Part::Not(inner) => !inner.holds(dimensions),
            Part::Test { dimension, test } => test.fits(value_of(dimensions, dimension)),
        }
    }
}

fn parts(list: &[Value], field: &str, depth: usize) -> Result<Vec<Part>, FieldError> {
    list.iter().enumerate().map(|(at, part)| one(part, &format!("{field}[{at}]"), depth)).collect()
}

fn one(value: &Value, field: &str, depth: usize) -> Result<Part, FieldError> {
    let refused = |message: &str| error(field, "invalid_filters", message);
    const SHAPE: &str = "a filter of observations is like [\"is\", \"keyword\", [\"shoes\"]]";
    if depth > MAX_DEPTH {
        return Err(refused("filters are nested too deep"));
    }
    match value.as_array().map(Vec::as_slice) {
        Some([Value::String(word), Value::Array(list)]) if word == "and" || word == "or" => {
            let inner = parts(list, &format!("{field}[1]"), depth + 1)?;
            Ok(if word == "and" { Part::All(inner) } else { Part::Any(inner) })
        }
        Some([Value::String(word), inner]) if word == "not" => {
            Ok(Part::Not(Box::new(one(inner, &format!("{field}[1]"), depth + 1)?)))
        }
        Some([Value::String(word), Value::String(dimension), Value::Array(clauses), ..]) => {
            let operator = Operator::parse(word).ok_or_else(|| refused(SHAPE))?;
            let clauses: Option<Vec<String>> =
                clauses.iter().map(|clause| clause.as_str().map(str::to_owned)).collect();
            let clauses = clauses.filter(|list| !list.is_empty()).ok_or_else(|| refused(SHAPE))?;
            let test = TextTest::new(operator, &clauses, true)
                .map_err(|reason| refused(&reason.to_string()))?;
            Ok(Part::Test { dimension: dimension.clone(), test })
        }
        _ => Err(refused(SHAPE)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn readings_are_chosen_by_their_dimensions() {
        let reading: BTreeMap<String, String> = [("keyword", "shoes"), ("campaign", "spring")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        for (filters, fits) in [
            (json!([]), true),
            (json!([["is", "keyword", ["hats", "shoes"]]]), true),
            (json!([["is", "event:props:keyword", ["hats"]]]), false),
            (json!([["is", "visit:utm_campaign", ["spring"]]]), true),
            (json!([["is_not", "network", ["Instagram"]]]), true),
            (json!([["is", "network", ["Instagram"]]]), false),
            (json!([["not", ["contains", "keyword", ["sho"]]]]), false),
            (json!([["or", [["is", "keyword", ["x"]], ["is", "campaign", ["spring"]]]]]), true),
        ] {
            let narrowing = Narrowing::parse(&filters).expect("filters");
            assert_eq!(narrowing.fits(&reading), fits, "{filters}");
        }
        let wrong = Narrowing::parse(&json!([["is", "keyword", []]])).expect_err("no clause");
        assert_eq!((wrong.field.as_str(), wrong.code), ("filters[0]", "invalid_filters"));
    }
}
