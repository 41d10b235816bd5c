//! The query language: what a body of `POST /api/v2/query` asks for, checked and typed.
//!
//! The language is that of Plausible's Stats API, version 2. Departures from it:
//!
//! - Page filters select visits that contain such a page; visit metrics are then those of the whole
//!   visits. With the dimension `event:page` visit metrics count for the page a visit was entered on,
//!   as in Plausible.
//! - `views_per_visit` may be divided by time.
//! - Revenue without a goal is that of all events in the site's own currency.
//! - A moment without an offset is taken as the site's clocks show it.

mod country;
mod date_range;
mod dimension;
mod error;
mod filter;
mod metric;
mod text;
mod time;
mod validate;
mod value;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::conversion::Trigger;
use crate::currency::Currency;

pub use country::{country_code, country_name};
pub use dimension::{Attribution, Dimension, OriginPart, VisitColumn};
pub use error::{Code, InvalidQuery};
pub use filter::{Filter, Test};
pub use metric::Metric;
pub use text::{InvalidPattern, Operator, TextTest};
pub use time::{Bucket, DAY_US, HOUR_US, Interval, MAX_BUCKETS, Range, SECOND_US};
pub use value::{MetricValue, change};

/// A conversion as queries know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    pub display_name: String,
    pub trigger: Trigger,
    /// Set when the conversion has revenue.
    pub currency: Option<Currency>,
}

/// What a query's meaning depends on besides its body.
#[derive(Debug, Clone)]
pub struct Context {
    pub now: Timestamp,
    /// The site's zone: days and other buckets are those of its clocks.
    pub time_zone: TimeZone,
    /// When the site's data start, for `all`.
    pub first_event: Option<Timestamp>,
    /// The site's currency, of revenue without a goal.
    pub currency: Currency,
    pub conversions: Vec<Conversion>,
}

/// A question about one site's events.
#[derive(Debug, Clone)]
pub struct Query {
    /// At least one, each once.
    pub metrics: Vec<Metric>,
    /// At most one of them is `Dimension::Time`; each once.
    pub dimensions: Vec<Dimension>,
    /// All of them hold.
    pub filters: Vec<Filter>,
    pub range: Range,
    /// The range to compare with, if any.
    pub comparison: Option<Range>,
    pub order_by: Vec<(Column, Direction)>,
    pub include: Include,
    pub pagination: Pagination,
    pub time_zone: TimeZone,
    pub currency: Currency,
    pub conversions: Vec<Conversion>,
}

/// A column of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Index into `Query::metrics`.
    Metric(usize),
    /// Index into `Query::dimensions`.
    Dimension(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// What an answer carries besides its rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Include {
    /// All labels of the time dimension, those without rows too.
    pub time_labels: bool,
    /// How many rows there are before pagination.
    pub total_rows: bool,
    /// Figures that other tools had counted, beside the answer. Events that were imported are events as any.
    pub imports: bool,
}

/// Which rows of the ordered result are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pagination {
    /// 1 to 10,000.
    pub limit: usize,
    pub offset: usize,
}

impl Pagination {
    pub const MAX_LIMIT: usize = 10_000;
}

impl Default for Pagination {
    fn default() -> Self {
        Pagination { limit: Self::MAX_LIMIT, offset: 0 }
    }
}

const FIELDS: [&str; 8] = [
    "site_id",
    "metrics",
    "date_range",
    "dimensions",
    "filters",
    "order_by",
    "include",
    "pagination",
];

/// Reads a list of filters on its own, as a query has it under `filters`.
pub fn parse_filters(
    filters: &Value,
    conversions: &[Conversion],
) -> Result<Vec<Filter>, InvalidQuery> {
    filter::parse_filters(filters, conversions)
}

/// The site that a query's body names.
pub fn site_id(body: &Value) -> Result<&str, InvalidQuery> {
    match object(body)?.get("site_id") {
        Some(Value::String(site_id)) => Ok(site_id),
        Some(other) => Err(body_error(
            "site_id",
            format!("#/site_id: Type mismatch. Expected String but got {}.", kind(other)),
        )),
        None => Err(missing("site_id")),
    }
}

impl Query {
    /// Reads a query's body.
    pub fn parse(body: &Value, context: &Context) -> Result<Query, InvalidQuery> {
        let fields = object(body)?;
        if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(body_error(
                unknown,
                format!("#/{unknown}: Schema does not allow additional properties."),
            ));
        }
        site_id(body)?;
        let part = |name: &str| fields.get(name).unwrap_or(&Value::Null);
        for required in ["metrics", "date_range"] {
            if part(required).is_null() {
                return Err(missing(required));
            }
        }
        let metrics = parse_metrics(part("metrics"))?;
        let range = date_range::parse_date_range(part("date_range"), context)?;
        let dimensions = parse_dimensions(part("dimensions"), range, &context.time_zone)?;
        let filters = filter::parse_filters(part("filters"), &context.conversions)?;
        let order_by = parse_order_by(part("order_by"), &metrics, &dimensions, range)?;
        let (include, comparison) = parse_include(part("include"), range, context)?;
        let query = Query {
            metrics,
            dimensions,
            filters,
            range,
            comparison,
            order_by,
            include,
            pagination: parse_pagination(part("pagination"))?,
            time_zone: context.time_zone.clone(),
            currency: context.currency,
            conversions: context.conversions.clone(),
        };
        validate::check(&query)?;
        Ok(query)
    }

    /// The buckets of the time dimension, if there is one; `None` without.
    ///
    /// `range` is the query's own or the one it is compared with.
    pub fn buckets(&self, range: Range) -> Option<Vec<Bucket>> {
        let interval = self.dimensions.iter().find_map(|dimension| match dimension {
            Dimension::Time(interval) => Some(*interval),
            _ => None,
        })?;
        interval.buckets(range, &self.time_zone)
    }

    /// Whether visits before its range have to be known to answer it.
    pub fn reaches_back(&self) -> bool {
        let is_of_origins = |dimension: &Dimension| matches!(dimension, Dimension::Origin(..));
        let mut reaches = self.dimensions.iter().any(is_of_origins);
        for filter in &self.filters {
            filter.for_each_test(&mut |test, _, _| reaches |= is_of_origins(&test.dimension));
        }
        reaches
    }

    /// The tests at the top level, all of which hold.
    pub fn top_level_tests(&self) -> impl Iterator<Item = &Test> {
        self.filters.iter().filter_map(|filter| match filter {
            Filter::Test(test) => Some(test),
            _ => None,
        })
    }
}

fn parse_metrics(value: &Value) -> Result<Vec<Metric>, InvalidQuery> {
    let list = list(value, "metrics", Code::Metrics)?;
    if list.is_empty() {
        let message = "#/metrics: Expected a minimum of 1 items but got 0.";
        return Err(InvalidQuery::new(Code::Metrics, "metrics", message));
    }
    let mut metrics = Vec::with_capacity(list.len());
    for (at, entry) in list.iter().enumerate() {
        let field = format!("metrics[{at}]");
        let metric = entry.as_str().and_then(Metric::parse).ok_or_else(|| {
            InvalidQuery::new(
                Code::Metrics,
                &field,
                format!("#/metrics/{at}: Invalid metric {}", quote(entry)),
            )
        })?;
        if metrics.contains(&metric) {
            return Err(not_unique(Code::Metrics, &field, "metrics"));
        }
        metrics.push(metric);
    }
    Ok(metrics)
}

fn parse_dimensions(
    value: &Value,
    range: Range,
    time_zone: &TimeZone,
) -> Result<Vec<Dimension>, InvalidQuery> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let mut dimensions: Vec<Dimension> = Vec::new();
    for (at, entry) in list(value, "dimensions", Code::Dimensions)?.iter().enumerate() {
        let field = format!("dimensions[{at}]");
        let invalid = |message: String| InvalidQuery::new(Code::Dimensions, &field, message);
        let dimension =
            entry.as_str().and_then(|word| dimension_or_time(word, range)).ok_or_else(|| {
                invalid(format!("#/dimensions/{at}: Invalid dimension {}", quote(entry)))
            })?;
        if dimensions.contains(&dimension) {
            return Err(not_unique(Code::Dimensions, &field, "dimensions"));
        }
        if let Dimension::Time(interval) = dimension {
            if dimensions.iter().any(|known| matches!(known, Dimension::Time(_))) {
                return Err(invalid(format!(
                    "#/dimensions/{at}: Results can have one time dimension only."
                )));
            }
            if interval.buckets(range, time_zone).is_none() {
                return Err(invalid(format!(
                    "#/dimensions/{at}: The date range has more than {MAX_BUCKETS} buckets of {interval_name}.",
                    interval_name = interval.as_str()
                )));
            }
        }
        dimensions.push(dimension);
    }
    if dimensions.len() > MAX_DIMENSIONS {
        return Err(InvalidQuery::new(
            Code::Dimensions,
            "dimensions",
            format!("#/dimensions: Expected a maximum of {MAX_DIMENSIONS} items."),
        ));
    }
    Ok(dimensions)
}

/// How many dimensions a result can be grouped by.
pub const MAX_DIMENSIONS: usize = 8;

fn dimension_or_time(word: &str, range: Range) -> Option<Dimension> {
    Interval::parse(word, range).map(Dimension::Time).or_else(|| Dimension::parse(word))
}

/// Plausible's order when none is given: by time if there is one, then by the first metric.
fn parse_order_by(
    value: &Value,
    metrics: &[Metric],
    dimensions: &[Dimension],
    range: Range,
) -> Result<Vec<(Column, Direction)>, InvalidQuery> {
    let entries = if value.is_null() { &[] } else { list(value, "order_by", Code::OrderBy)? };
    if entries.is_empty() {
        let time = dimensions.iter().position(|dimension| matches!(dimension, Dimension::Time(_)));
        let by_time = time.map(|at| (Column::Dimension(at), Direction::Ascending));
        return Ok(by_time
            .into_iter()
            .chain([(Column::Metric(0), Direction::Descending)])
            .collect());
    }
    let column = |word: &str| {
        let metric = metrics.iter().position(|metric| metric.as_str() == word).map(Column::Metric);
        metric.or_else(|| {
            let named = dimension_or_time(word, range)?;
            dimensions.iter().position(|dimension| *dimension == named).map(Column::Dimension)
        })
    };
    let parse_entry = |(at, entry): (usize, &Value)| {
        let refused = |part: &str, reason: &str| {
            let message =
                format!("#/order_by/{at}: Invalid value in order_by {}{reason}", quote(entry));
            InvalidQuery::new(Code::OrderBy, format!("order_by[{at}]{part}"), message)
        };
        let Some([Value::String(word), Value::String(direction)]) =
            entry.as_array().map(Vec::as_slice)
        else {
            return Err(refused("", ""));
        };
        let column = column(word)
            .ok_or_else(|| refused("[0]", ". Entry is not a queried metric or dimension."))?;
        match direction.as_str() {
            "asc" => Ok((column, Direction::Ascending)),
            "desc" => Ok((column, Direction::Descending)),
            _ => Err(refused("[1]", ". The direction is asc or desc.")),
        }
    };
    entries.iter().enumerate().map(parse_entry).collect()
}

fn parse_include(
    value: &Value,
    range: Range,
    context: &Context,
) -> Result<(Include, Option<Range>), InvalidQuery> {
    let mut include = Include::default();
    let mut comparison = None;
    if value.is_null() {
        return Ok((include, comparison));
    }
    let Value::Object(fields) = value else {
        let message = format!("#/include: Type mismatch. Expected Object but got {}.", kind(value));
        return Err(InvalidQuery::new(Code::Include, "include", message));
    };
    for (name, given) in fields {
        let field = format!("include.{name}");
        let flag = || {
            given.as_bool().ok_or_else(|| {
                let message = format!(
                    "#/include/{name}: Type mismatch. Expected Boolean but got {}.",
                    kind(given)
                );
                InvalidQuery::new(Code::Include, &field, message)
            })
        };
        match name.as_str() {
            "time_labels" => include.time_labels = flag()?,
            "total_rows" => include.total_rows = flag()?,
            "imports" => include.imports = flag()?,
            "comparisons" if given.is_null() => {}
            "comparisons" => {
                comparison = Some(date_range::parse_comparison(given, range, context)?)
            }
            _ => {
                let message =
                    format!("#/include/{name}: Schema does not allow additional properties.");
                return Err(InvalidQuery::new(Code::Include, field, message));
            }
        }
    }
    Ok((include, comparison))
}

fn parse_pagination(value: &Value) -> Result<Pagination, InvalidQuery> {
    let mut pagination = Pagination::default();
    if value.is_null() {
        return Ok(pagination);
    }
    let Value::Object(fields) = value else {
        let message =
            format!("#/pagination: Type mismatch. Expected Object but got {}.", kind(value));
        return Err(InvalidQuery::new(Code::Pagination, "pagination", message));
    };
    for (name, given) in fields {
        let refused = |message: String| {
            InvalidQuery::new(Code::Pagination, format!("pagination.{name}"), message)
        };
        let number = given.as_u64().map(|number| usize::try_from(number).unwrap_or(usize::MAX));
        match (name.as_str(), number) {
            ("limit", Some(limit)) if (1..=Pagination::MAX_LIMIT).contains(&limit) => {
                pagination.limit = limit
            }
            ("limit", _) => {
                return Err(refused(
                    "#/pagination/limit: Expected a number from 1 to 10000.".to_owned(),
                ));
            }
            ("offset", Some(offset)) => pagination.offset = offset,
            ("offset", None) => {
                return Err(refused(
                    "#/pagination/offset: Expected a number, 0 or more.".to_owned(),
                ));
            }
            _ => {
                return Err(refused(format!(
                    "#/pagination/{name}: Schema does not allow additional properties."
                )));
            }
        }
    }
    Ok(pagination)
}

fn object(body: &Value) -> Result<&Map<String, Value>, InvalidQuery> {
    body.as_object().ok_or_else(|| {
        body_error("", format!("#: Type mismatch. Expected Object but got {}.", kind(body)))
    })
}

fn list<'a>(value: &'a Value, field: &str, code: Code) -> Result<&'a [Value], InvalidQuery> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| {
        InvalidQuery::new(
            code,
            field,
            format!("#/{field}: Type mismatch. Expected Array but got {}.", kind(value)),
        )
    })
}

fn missing(field: &str) -> InvalidQuery {
    body_error(field, format!("#: Required property {field} was not present."))
}

fn not_unique(code: Code, field: &str, list: &str) -> InvalidQuery {
    InvalidQuery::new(
        code,
        field,
        format!("#/{list}: Expected items to be unique but they were not."),
    )
}

fn body_error(field: &str, message: String) -> InvalidQuery {
    InvalidQuery::new(Code::Body, field, message)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(_) => "Number",
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "Object",
    }
}

/// A value as JSON, shortened, for messages.
fn quote(value: &Value) -> String {
    const LONGEST: usize = 200;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
