//! What operators ask: is it up, can it take events, how much of everything.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::state::App;

/// 200 as soon as the server serves.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// 200 when events can be kept and the store answers; else 503 with the reason.
pub(crate) async fn readyz(State(app): State<App>) -> Response {
    if let Err(error) = app.store().ping().await {
        tracing::error!(%error, "the store does not answer");
        return (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response();
    }
    let lake = app.lake().status();
    if lake.ready {
        return "ok\n".into_response();
    }
    let reason = lake.last_error.unwrap_or_else(|| "events cannot be kept now".to_owned());
    (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response()
}

/// Counters and gauges in Prometheus' text format.
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    let kind =
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], app.metrics().text()).into_response()
}
