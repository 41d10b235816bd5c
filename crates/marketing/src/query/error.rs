//! Why a query is refused.

/// A query that cannot be answered: which field, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidQuery {
    /// Where in the body: `metrics[1]`, `filters[0][2]`, `include.time_labels`.
    pub field: String,
    /// Which kind of mistake, stable for programs.
    pub code: Code,
    /// A sentence for the one who wrote the query.
    pub message: String,
}

/// Kinds of mistakes, named after the part of the query they lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The body as a whole: not an object, a missing or an unknown field, a wrong type.
    Body,
    Metrics,
    DateRange,
    Dimensions,
    Filters,
    OrderBy,
    Include,
    Pagination,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Body => "invalid_query",
            Code::Metrics => "invalid_metrics",
            Code::DateRange => "invalid_date_range",
            Code::Dimensions => "invalid_dimensions",
            Code::Filters => "invalid_filters",
            Code::OrderBy => "invalid_order_by",
            Code::Include => "invalid_include",
            Code::Pagination => "invalid_pagination",
        }
    }
}

impl InvalidQuery {
    pub(super) fn new(code: Code, field: impl Into<String>, message: impl Into<String>) -> Self {
        InvalidQuery { field: field.into(), code, message: message.into() }
    }
}
