//! How a metric is computed, and how that is written down: JSON in the store and on the wire.

use serde_json::{Map, Value, json};

use super::definition::error;
use super::{FieldError, Narrowing};
use crate::conversion::Trigger;
use crate::query;

/// Longest SQL expression, in characters.
pub const MAX_SQL: usize = 4_000;
/// Steps of a funnel.
const STEPS: std::ops::RangeInclusive<usize> = 2..=10;
/// Longest name of an event, a series or a property.
const MAX_NAME: usize = 120;

/// What is counted.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// Events of a name; all but engagement reports when `None`.
    Events { name: Option<String> },
    /// Observations of a series.
    Observations { series: String },
}

/// What is made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Count,
    Sum,
    Mean,
    /// 1 to 99; 50 is the median.
    Percentile(u8),
    /// Different values.
    Distinct,
    /// The newest value.
    Last,
    /// The newest value less the last one before.
    Change,
}

/// A function over a subject's values, narrowed by filters.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    pub subject: Subject,
    pub function: Function,
    /// What of an event: `revenue`, `visitor`, `visit`, or `props:<name>`. Observations have one value.
    pub value: Option<String>,
    /// The query API's filters.
    pub filters: Vec<Value>,
}

/// How a metric is computed.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// A metric of the query API.
    Query {
        metric: query::Metric,
        filters: Vec<Value>,
    },
    Aggregate(Aggregate),
    /// The first over the second, times a scale: 100 for percent.
    /// The complement is what of the second is missing in the first: carts without an order.
    Ratio {
        numerator: Box<Aggregate>,
        denominator: Box<Aggregate>,
        scale: f64,
        complement: bool,
    },
    /// Visits that reached a step in order ÷ visits that reached the first, percent.
    Funnel {
        steps: Vec<Trigger>,
        step: usize,
        filters: Vec<Value>,
    },
    /// A SQL aggregate expression over the events; whether it may run is checked where it runs.
    Sql {
        expression: String,
        filters: Vec<Value>,
    },
}

impl Function {
    fn parse(word: &str) -> Option<Function> {
        Some(match word {
            "count" => Function::Count,
            "sum" => Function::Sum,
            "mean" => Function::Mean,
            "median" => Function::Percentile(50),
            "distinct" => Function::Distinct,
            "last" => Function::Last,
            "change" => Function::Change,
            _ => {
                let percentile = word.strip_prefix('p')?.parse().ok()?;
                (1..=99).contains(&percentile).then_some(Function::Percentile(percentile))?
            }
        })
    }

    fn word(self) -> String {
        match self {
            Function::Count => "count".to_owned(),
            Function::Sum => "sum".to_owned(),
            Function::Mean => "mean".to_owned(),
            Function::Percentile(50) => "median".to_owned(),
            Function::Percentile(percentile) => format!("p{percentile}"),
            Function::Distinct => "distinct".to_owned(),
            Function::Last => "last".to_owned(),
            Function::Change => "change".to_owned(),
        }
    }
}

impl Formula {
    /// Reads a formula: `{"kind": "aggregate", "events": "Purchase", "function": "sum", "value": "revenue"}`.
    ///
    /// Kinds: `query` (`metric`, `filters`), `aggregate` (`events` or `observations`, `function`, `value`,
    /// `filters`), `ratio` (`numerator`, `denominator`, `scale`, `complement`), `funnel` (`steps`, `step`, `filters`), `sql`
    /// (`expression`).
    pub fn parse(
        value: &Value,
        conversions: &[query::Conversion],
    ) -> Result<Formula, Vec<FieldError>> {
        let mut reader = Reader { conversions, errors: Vec::new() };
        let found = reader.formula(value, "formula");
        match found {
            Some(formula) if reader.errors.is_empty() => Ok(formula),
            _ => Err(reader.errors),
        }
    }

    /// The same as `parse` reads.
    pub fn to_json(&self) -> Value {
        match self {
            Formula::Query { metric, filters } => {
                json!({"kind": "query", "metric": metric.as_str(), "filters": filters})
            }
            Formula::Aggregate(aggregate) => {
                let mut out = aggregate.to_json();
                out.insert("kind".to_owned(), "aggregate".into());
                Value::Object(out)
            }
            Formula::Ratio { numerator, denominator, scale, complement } => json!({
                "kind": "ratio",
                "numerator": numerator.to_json(),
                "denominator": denominator.to_json(),
                "scale": scale,
                "complement": complement,
            }),
            Formula::Funnel { steps, step, filters } => {
                let steps: Vec<Value> = steps
                    .iter()
                    .map(|trigger| match trigger {
                        Trigger::Page { pattern } => json!({"page": pattern}),
                        Trigger::Event { name } => json!({"event": name}),
                    })
                    .collect();
                json!({"kind": "funnel", "steps": steps, "step": step, "filters": filters})
            }
            Formula::Sql { expression, filters } => {
                json!({"kind": "sql", "expression": expression, "filters": filters})
            }
        }
    }

    /// The same, narrowed by more filters.
    #[must_use]
    pub fn narrowed(&self, by: &[Value]) -> Formula {
        let mut narrowed = self.clone();
        match &mut narrowed {
            Formula::Query { filters, .. }
            | Formula::Funnel { filters, .. }
            | Formula::Sql { filters, .. } => filters.extend_from_slice(by),
            Formula::Aggregate(aggregate) => aggregate.filters.extend_from_slice(by),
            Formula::Ratio { numerator, denominator, .. } => {
                numerator.filters.extend_from_slice(by);
                denominator.filters.extend_from_slice(by);
            }
        }
        narrowed
    }

    /// Whether it counts only some of the visitors, visits or events: narrowed by its own filters, or by those that
    /// were added. Filters on a conversion or an event's name say what is counted, not whose.
    ///
    /// SQL says itself whom it counts, where it has a `where`.
    pub fn is_segmented(&self) -> bool {
        let segments = |filters: &[Value]| filters.iter().any(is_segment);
        match self {
            Formula::Query { filters, .. } | Formula::Funnel { filters, .. } => segments(filters),
            Formula::Aggregate(one) => segments(&one.filters),
            Formula::Ratio { numerator, denominator, .. } => {
                segments(&numerator.filters) || segments(&denominator.filters)
            }
            Formula::Sql { expression, filters } => {
                let mut words = expression.split(|letter: char| !letter.is_alphanumeric());
                segments(filters) || words.any(|word| word.eq_ignore_ascii_case("where"))
            }
        }
    }

    /// The name of what it counts alone: the query API's metric, or a series of observations.
    pub fn counts(&self) -> Option<&str> {
        match self {
            Formula::Query { metric, .. } => Some(metric.as_str()),
            Formula::Aggregate(one) => one.series(),
            _ => None,
        }
    }

    /// The series of observations that it is made of.
    pub fn series(&self) -> Vec<&str> {
        match self {
            Formula::Aggregate(aggregate) => aggregate.series().into_iter().collect(),
            Formula::Ratio { numerator, denominator, .. } => {
                numerator.series().into_iter().chain(denominator.series()).collect()
            }
            Formula::Query { .. } | Formula::Funnel { .. } | Formula::Sql { .. } => Vec::new(),
        }
    }
}

/// Whether a filter, or any part of it, is of something else than a conversion or an event's name.
fn is_segment(filter: &Value) -> bool {
    match filter[0].as_str() {
        Some("and" | "or") => filter[1].as_array().into_iter().flatten().any(is_segment),
        Some("not") => is_segment(&filter[1]),
        // Those who did something are some of all.
        Some("has_done" | "has_not_done") => true,
        _ => filter[1].as_str().is_some_and(|of| of != "event:goal" && of != "event:name"),
    }
}

impl Aggregate {
    /// The series of observations that it is of.
    pub fn series(&self) -> Option<&str> {
        match &self.subject {
            Subject::Observations { series } => Some(series),
            Subject::Events { .. } => None,
        }
    }

    fn to_json(&self) -> Map<String, Value> {
        let mut out = Map::new();
        match &self.subject {
            Subject::Events { name } => {
                out.insert("events".to_owned(), name.as_deref().unwrap_or("*").into());
            }
            Subject::Observations { series } => {
                out.insert("observations".to_owned(), series.as_str().into());
            }
        }
        out.insert("function".to_owned(), self.function.word().into());
        if let Some(value) = &self.value {
            out.insert("value".to_owned(), value.as_str().into());
        }
        out.insert("filters".to_owned(), Value::Array(self.filters.clone()));
        out
    }
}

/// Reads and collects every mistake.
struct Reader<'a> {
    conversions: &'a [query::Conversion],
    errors: Vec<FieldError>,
}

impl Reader<'_> {
    fn wrong<T>(
        &mut self,
        field: String,
        code: &'static str,
        message: impl Into<String>,
    ) -> Option<T> {
        self.errors.push(error(field, code, message));
        None
    }

    fn formula(&mut self, value: &Value, at: &str) -> Option<Formula> {
        let Some(fields) = value.as_object() else {
            return self.wrong(
                at.to_owned(),
                "not_an_object",
                "a formula is an object with a `kind`",
            );
        };
        match fields.get("kind").and_then(Value::as_str) {
            Some("query") => {
                let word = fields.get("metric").and_then(Value::as_str).unwrap_or_default();
                let Some(metric) = query::Metric::parse(word) else {
                    return self.wrong(
                        format!("{at}.metric"),
                        "unknown_metric",
                        format!("`{word}` is no metric of the query API, such as `visits`"),
                    );
                };
                Some(Formula::Query { metric, filters: self.filters(fields, at)? })
            }
            Some("aggregate") => self.aggregate(fields, at).map(Formula::Aggregate),
            Some("ratio") => {
                let part = |reader: &mut Self, name: &str| {
                    let at = format!("{at}.{name}");
                    match fields.get(name).and_then(Value::as_object) {
                        Some(part) => reader.aggregate(part, &at),
                        None => reader.wrong(at, "missing", format!("a ratio needs its {name}")),
                    }
                };
                let (numerator, denominator) = (part(self, "numerator"), part(self, "denominator"));
                let scale = match fields.get("scale") {
                    None => 1.0,
                    Some(given) => {
                        match given.as_f64().filter(|scale| scale.is_finite() && *scale > 0.0) {
                            Some(scale) => scale,
                            None => {
                                return self.wrong(
                                    format!("{at}.scale"),
                                    "not_positive",
                                    "the scale is a number above zero: 1, or 100 for percent",
                                );
                            }
                        }
                    }
                };
                let complement = match fields.get("complement") {
                    None => false,
                    Some(Value::Bool(given)) => *given,
                    Some(_) => {
                        return self.wrong(
                            format!("{at}.complement"),
                            "not_a_bool",
                            "`complement` is true or false",
                        );
                    }
                };
                Some(Formula::Ratio {
                    numerator: Box::new(numerator?),
                    denominator: Box::new(denominator?),
                    scale,
                    complement,
                })
            }
            Some("funnel") => self.funnel(fields, at),
            Some("sql") => {
                let text =
                    fields.get("expression").and_then(Value::as_str).unwrap_or_default().trim();
                if text.is_empty() || text.chars().count() > MAX_SQL {
                    return self.wrong(
                        format!("{at}.expression"),
                        "sql_length",
                        format!("the expression has 1 to {MAX_SQL} characters"),
                    );
                }
                Some(Formula::Sql {
                    expression: text.to_owned(),
                    filters: self.filters(fields, at)?,
                })
            }
            _ => self.wrong(
                format!("{at}.kind"),
                "unknown_kind",
                "the kind is one of: query, aggregate, ratio, funnel, sql",
            ),
        }
    }

    fn aggregate(&mut self, fields: &Map<String, Value>, at: &str) -> Option<Aggregate> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::trim);
        let named = |word: &str| (1..=MAX_NAME).contains(&word.chars().count());
        let subject = match (text("events"), text("observations")) {
            (Some(_), Some(_)) | (None, None) => {
                return self.wrong(
                    at.to_owned(),
                    "no_subject",
                    "give either `events` or `observations`",
                );
            }
            (Some("*"), None) => Subject::Events { name: None },
            (Some(name), None) if named(name) => Subject::Events { name: Some(name.to_owned()) },
            (None, Some(series)) if named(series) => {
                Subject::Observations { series: series.to_owned() }
            }
            _ => {
                return self.wrong(
                    at.to_owned(),
                    "name_length",
                    format!("a name has 1 to {MAX_NAME} characters"),
                );
            }
        };
        let word = text("function").unwrap_or_default();
        let Some(function) = Function::parse(word) else {
            return self.wrong(
                format!("{at}.function"),
                "unknown_function",
                format!("`{word}` is none of: count, sum, mean, median, p1 to p99, distinct, last, change"),
            );
        };
        let value = text("value").filter(|value| !value.is_empty()).map(str::to_owned);
        let events = matches!(subject, Subject::Events { .. });
        let known = |value: &str| {
            matches!(value, "revenue" | "visitor" | "visit")
                || value.strip_prefix("props:").is_some_and(|name| !name.is_empty() && named(name))
        };
        match (&value, function) {
            (Some(value), _) if events && !known(value) => {
                return self.wrong(
                    format!("{at}.value"),
                    "unknown_value",
                    format!("`{value}` is none of: revenue, visitor, visit, props:<name>"),
                );
            }
            (Some(_), _) if !events => {
                return self.wrong(
                    format!("{at}.value"),
                    "value_of_observations",
                    "an observation has one value: leave `value` out",
                );
            }
            (None, function) if events && function != Function::Count => {
                return self.wrong(
                    format!("{at}.value"),
                    "missing",
                    "say what of the event: revenue, visitor, visit, props:<name>",
                );
            }
            (_, Function::Last | Function::Change) if events => {
                return self.wrong(
                    format!("{at}.function"),
                    "function_of_observations",
                    "`last` and `change` are of observations; events are counted or added up",
                );
            }
            (Some(value), function)
                if matches!(value.as_str(), "visitor" | "visit")
                    && function != Function::Distinct =>
            {
                return self.wrong(
                    format!("{at}.function"),
                    "not_a_number",
                    format!("`{value}` is no number: it can only be counted as distinct"),
                );
            }
            _ => {}
        }
        let filters = match subject {
            Subject::Events { .. } => self.filters(fields, at)?,
            Subject::Observations { .. } => self.readings(fields, at)?,
        };
        Some(Aggregate { subject, function, value, filters })
    }

    fn funnel(&mut self, fields: &Map<String, Value>, at: &str) -> Option<Formula> {
        let list = fields.get("steps").and_then(Value::as_array).cloned().unwrap_or_default();
        if !STEPS.contains(&list.len()) {
            return self.wrong(
                format!("{at}.steps"),
                "steps",
                format!("a funnel has {} to {} steps", STEPS.start(), STEPS.end()),
            );
        }
        let mut steps = Vec::with_capacity(list.len());
        for (index, step) in list.iter().enumerate() {
            let text = |name: &str| step.get(name).and_then(Value::as_str);
            let trigger = match (text("page"), text("event")) {
                (Some(page), None) => Trigger::page(page),
                (None, Some(event)) => Trigger::event(event),
                _ => {
                    return self.wrong(
                        format!("{at}.steps[{index}]"),
                        "step",
                        "a step is {\"page\": \"/cart\"} or {\"event\": \"Purchase\"}",
                    );
                }
            };
            match trigger {
                Ok(trigger) => steps.push(trigger),
                Err(wrong) => {
                    return self.wrong(format!("{at}.steps[{index}]"), "step", wrong.to_string());
                }
            }
        }
        let step = match fields.get("step") {
            None => steps.len(),
            Some(step) => step.as_u64().and_then(|step| usize::try_from(step).ok()).unwrap_or(0),
        };
        if !(2..=steps.len()).contains(&step) {
            return self.wrong(
                format!("{at}.step"),
                "step_number",
                format!("the step is a number from 2 to {}", steps.len()),
            );
        }
        Some(Formula::Funnel { steps, step, filters: self.filters(fields, at)? })
    }

    /// Filters of observations, which name any dimension.
    fn readings(&mut self, fields: &Map<String, Value>, at: &str) -> Option<Vec<Value>> {
        match Narrowing::parse(fields.get("filters").unwrap_or(&Value::Null)) {
            Ok(_) => {
                let list = fields.get("filters").and_then(Value::as_array);
                Some(list.cloned().unwrap_or_default())
            }
            Err(wrong) => self.wrong(format!("{at}.{}", wrong.field), wrong.code, wrong.message),
        }
    }

    fn filters(&mut self, fields: &Map<String, Value>, at: &str) -> Option<Vec<Value>> {
        let value = fields.get("filters").unwrap_or(&Value::Null);
        match query::parse_filters(value, self.conversions) {
            Ok(_) => Some(value.as_array().cloned().unwrap_or_default()),
            Err(wrong) => {
                self.wrong(format!("{at}.{}", wrong.field), "invalid_filters", wrong.message)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(value: &Value) -> Vec<(String, &'static str)> {
        let wrong = Formula::parse(value, &[]).expect_err("a wrong formula");
        wrong.into_iter().map(|error| (error.field, error.code)).collect()
    }

    #[test]
    fn every_kind_is_read_and_written_alike() {
        for value in [
            json!({"kind": "query", "metric": "visits", "filters": [["is", "visit:channel", ["Paid Search"]]]}),
            json!({"events": "Purchase", "function": "sum", "value": "revenue", "filters": [], "kind": "aggregate"}),
            json!({"observations": "reply_time", "function": "p90", "filters": [], "kind": "aggregate"}),
            json!({
                "kind": "ratio",
                "numerator": {"events": "Purchase", "function": "count", "filters": []},
                "denominator": {"events": "*", "function": "distinct", "value": "visit", "filters": []},
                "scale": 100.0,
                "complement": false,
            }),
            json!({"kind": "funnel", "steps": [{"page": "/cart"}, {"event": "Purchase"}], "step": 2, "filters": []}),
            json!({"kind": "sql", "expression": "count(*) filter (where name = 'Purchase')", "filters": []}),
            json!({"observations": "keyword_position", "function": "last", "filters": [["is", "keyword", ["shoes"]]], "kind": "aggregate"}),
        ] {
            let formula = Formula::parse(&value, &[]).expect("a formula");
            assert_eq!(formula.to_json(), value);
        }
    }

    #[test]
    fn a_formula_is_segmented_by_its_own_filters_but_not_by_what_it_counts() {
        let segmented =
            |value: &Value| Formula::parse(value, &[]).expect("a formula").is_segmented();
        let visits = |filters| json!({"kind": "query", "metric": "visits", "filters": filters});
        let paid = json!(["is", "visit:channel", ["Paid Search"]]);
        assert!(!segmented(&visits(json!([]))));
        assert!(segmented(&visits(json!([paid]))));
        let named = json!(["is", "event:name", ["Purchase"]]);
        assert!(!segmented(&visits(json!([named]))));
        assert!(!segmented(&visits(json!([["not", named]]))));
        assert!(segmented(&visits(json!([["or", [named, ["and", [paid]]]]]))));
        assert!(segmented(&visits(json!([["has_done", named]]))));
        let mut ratio = json!({
            "kind": "ratio", "scale": 100,
            "numerator": {"events": "Purchase", "function": "count"},
            "denominator": {"events": "*", "function": "distinct", "value": "visit"},
        });
        assert!(!segmented(&ratio));
        ratio["numerator"]["filters"] = json!([paid]);
        assert!(segmented(&ratio));
        let sql = |expression| json!({"kind": "sql", "expression": expression});
        assert!(!segmented(&sql("count(*)")));
        assert!(segmented(&sql("count(*) filter (where country = 'FI')")));
    }

    #[test]
    fn a_wrong_part_is_named_with_its_place() {
        assert_eq!(errors(&json!([])), [("formula".to_owned(), "not_an_object")]);
        assert_eq!(
            errors(&json!({"kind": "magic"})),
            [("formula.kind".to_owned(), "unknown_kind")]
        );
        assert_eq!(
            errors(
                &json!({"kind": "query", "metric": "visits", "filters": [["is", "visit:moon", ["x"]]]})
            ),
            [("formula.filters[0][1]".to_owned(), "invalid_filters")]
        );
        assert_eq!(
            errors(&json!({"kind": "ratio", "numerator": {"events": "A", "function": "sum"}})),
            [
                ("formula.numerator.value".to_owned(), "missing"),
                ("formula.denominator".to_owned(), "missing")
            ]
        );
        assert_eq!(
            errors(
                &json!({"kind": "aggregate", "events": "A", "function": "mean", "value": "visitor"})
            ),
            [("formula.function".to_owned(), "not_a_number")]
        );
        assert_eq!(
            errors(&json!({"kind": "funnel", "steps": [{"page": "/a"}, {"page": "b"}]})),
            [("formula.steps[1]".to_owned(), "step")]
        );
        assert_eq!(
            errors(
                &json!({"kind": "aggregate", "observations": "x", "function": "sum", "filters": [["has_done", "a", ["b"]]]})
            ),
            [("formula.filters[0]".to_owned(), "invalid_filters")]
        );
        assert_eq!(
            errors(&json!({"kind": "aggregate", "observations": "x", "function": "p100"})),
            [("formula.function".to_owned(), "unknown_function")]
        );
    }
}
