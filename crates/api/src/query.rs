//! `POST /api/v2/query`: Plausible's Stats API, version 2, extended.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use luotsi_lake::query::{ForeignMoney, QueryError, QueryResult};
use luotsi_marketing::currency::Currency;
use luotsi_marketing::query::{
    Column, Direction, InvalidQuery, Metric, MetricValue, Query, site_id,
};
use serde_json::{Map, Value, json};

use crate::imports;
use crate::measure::{self, MeasureError};
use crate::problem::{FieldProblem, Problem};
use crate::reader;
use crate::state::App;

/// Largest body of a query, bytes.
pub(crate) const MAX_BODY: usize = 256 * 1024;

/// Answers a question about a site's events.
#[utoipa::path(
    post, path = "/api/v2/query", tag = "query", request_body = serde_json::Value,
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, description = "Rows of metrics by dimensions.", body = serde_json::Value),
        (status = 400, description = "The query is wrong: the field and what is wrong with it.", body = Problem),
        (status = 401, description = "Nobody is signed in, and there is no token with `stats:read`.", body = Problem),
        (status = 404, description = "No such site, or none that the caller may see.", body = Problem),
    )
)]
pub(crate) async fn post_query(
    State(app): State<App>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Response {
    match answer(&app, &headers, &body).await {
        Ok(answer) => Json(answer).into_response(),
        Err(refused) => refused.into_response(),
    }
}

async fn answer(app: &App, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refused> {
    let body: Value =
        serde_json::from_slice(body).map_err(|error| Refused::Json(error.to_string()))?;
    let domain = site_id(&body)?;
    let site = reader::site(app, headers, domain).await.map_err(Refused::Reader)?;
    let context = measure::context(app, &site).await?;
    let query = Query::parse(&body, &context)?;
    let result = measure::answer(app, &site, &query).await?;
    let imported =
        if query.include.imports { Some(imports::beside(app, &site, &query).await?) } else { None };
    Ok(json!({
        "results": result.rows.iter().map(|row| row_json(row, &query)).collect::<Vec<_>>(),
        "meta": meta(&result, &query, imported),
        "query": echo(&query, domain, &body),
    }))
}

fn row_json(row: &luotsi_lake::query::Row, query: &Query) -> Value {
    let mut fields = Map::new();
    fields.insert("metrics".to_owned(), metrics_json(&row.metrics, query));
    fields.insert("dimensions".to_owned(), json!(row.dimensions));
    if let Some(comparison) = &row.comparison {
        let compared = json!({
            "dimensions": comparison.dimensions,
            "metrics": metrics_json(&comparison.metrics, query),
            "change": comparison.change.iter().map(|change| change.map(number)).collect::<Vec<_>>(),
        });
        fields.insert("comparison".to_owned(), compared);
    }
    Value::Object(fields)
}

fn metrics_json(values: &[MetricValue], query: &Query) -> Value {
    query.metrics.iter().zip(values).map(|(metric, value)| value_json(*metric, *value)).collect()
}

fn value_json(metric: Metric, value: MetricValue) -> Value {
    match value.shown(metric) {
        MetricValue::Count(count) => json!(count),
        MetricValue::Number(value) => number(value),
        MetricValue::Money { minor_units, currency } => {
            let value = minor_units / 10f64.powi(i32::from(currency.minor_digits()));
            let text = format!("{value:.*}", usize::from(currency.minor_digits()));
            json!({"value": number(value), "currency": currency.code(), "short": text, "long": format!("{text} {currency}")})
        }
        MetricValue::Missing => Value::Null,
    }
}

/// Whole numbers without a decimal point, as Plausible writes them.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { json!(value as i64) } else { json!(value) }
}

fn meta(result: &QueryResult, query: &Query, imported: Option<Value>) -> Value {
    let mut meta = Map::new();
    if query.include.time_labels {
        meta.insert("time_labels".to_owned(), json!(result.time_labels));
    }
    if query.include.total_rows {
        meta.insert("total_rows".to_owned(), json!(result.total_rows));
    }
    if let Some(imported) = imported {
        // Beside the figures, never in them.
        meta.insert("imports_included".to_owned(), json!(false));
        meta.insert("imported".to_owned(), imported);
    }
    let (converted, unconverted): (Vec<_>, Vec<_>) =
        result.foreign.iter().partition(|money| money.converted.is_some());
    for (name, money) in [("converted_revenue", converted), ("unconverted_revenue", unconverted)] {
        if !money.is_empty() {
            meta.insert(name.to_owned(), money.into_iter().map(foreign_json).collect());
        }
    }
    if !result.notes.is_empty() {
        meta.insert("notes".to_owned(), result.notes.iter().map(|note| note.code()).collect());
    }
    Value::Object(meta)
}

/// Money in another currency: what it was, and what it counts for.
fn foreign_json(money: &ForeignMoney) -> Value {
    let value = |minor_units: i64, code: &str| {
        let digits = code.parse::<Currency>().map_or(2, Currency::minor_digits);
        json!({"value": number(minor_units as f64 / 10f64.powi(i32::from(digits))), "currency": code})
    };
    json!({
        "original": value(money.minor_units, &money.currency),
        "events": money.events,
        "counted_as": money.converted.map(|amount| value(amount, &money.wanted)),
    })
}

/// The query as it was understood.
fn echo(query: &Query, domain: &str, body: &Value) -> Value {
    let column = |column: &Column| match column {
        Column::Metric(at) => query.metrics[*at].as_str().to_owned(),
        Column::Dimension(at) => query.dimensions[*at].as_str().into_owned(),
    };
    let direction = |direction: &Direction| match direction {
        Direction::Ascending => "asc",
        Direction::Descending => "desc",
    };
    let mut echo = json!({
        "site_id": domain,
        "metrics": query.metrics.iter().map(|metric| metric.as_str()).collect::<Vec<_>>(),
        "date_range": query.range.labels(&query.time_zone),
        "filters": body.get("filters").cloned().unwrap_or_else(|| json!([])),
        "dimensions": query.dimensions.iter().map(luotsi_marketing::query::Dimension::as_str).collect::<Vec<_>>(),
        "order_by": query.order_by.iter().map(|(by, way)| json!([column(by), direction(way)])).collect::<Vec<_>>(),
        "include": body.get("include").cloned().unwrap_or_else(|| json!({})),
        "pagination": {"limit": query.pagination.limit, "offset": query.pagination.offset},
    });
    if let Some(range) = query.comparison {
        echo["comparison_date_range"] = json!(range.labels(&query.time_zone));
    }
    echo
}

/// Why a query was not answered.
enum Refused {
    Json(String),
    Reader(reader::NotAllowed),
    Measure(MeasureError),
}

impl From<InvalidQuery> for Refused {
    fn from(error: InvalidQuery) -> Self {
        Self::Measure(error.into())
    }
}

impl From<MeasureError> for Refused {
    fn from(error: MeasureError) -> Self {
        Self::Measure(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status =
            |status, code: &str, detail: String| Problem::new(status, code, detail).into_response();
        match self {
            Self::Json(detail) => {
                let error = FieldProblem {
                    field: "body".into(),
                    code: "invalid_json".into(),
                    detail: detail.clone(),
                };
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    "invalid_json",
                    format!("the body is no JSON: {detail}"),
                )
                .with_errors(vec![error])
                .into_response()
            }
            Self::Reader(refused) => refused.into_response(),
            Self::Measure(MeasureError::Invalid(error)) => invalid(&error),
            Self::Measure(MeasureError::Failed(
                error @ (QueryError::TooLarge(_) | QueryError::OutOfMemory),
            )) => status(StatusCode::UNPROCESSABLE_ENTITY, "query_too_large", error.to_string()),
            Self::Measure(MeasureError::Failed(error @ QueryError::Damaged { .. })) => {
                status(StatusCode::INTERNAL_SERVER_ERROR, "data_file_damaged", error.to_string())
            }
            Self::Measure(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a query failed");
                status(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "the query failed; the log says why".to_owned(),
                )
            }
        }
    }
}

/// A problem document that also has Plausible's `error`.
fn invalid(error: &InvalidQuery) -> Response {
    let field = FieldProblem {
        field: error.field.clone(),
        code: error.code.as_str().to_owned(),
        detail: error.message.clone(),
    };
    let problem = Problem::new(StatusCode::BAD_REQUEST, error.code.as_str(), error.message.clone())
        .with_errors(vec![field]);
    let mut body = serde_json::to_value(&problem).unwrap_or_default();
    body["error"] = json!(error.message);
    let kind = [(axum::http::header::CONTENT_TYPE, "application/problem+json")];
    (StatusCode::BAD_REQUEST, kind, body.to_string()).into_response()
}
