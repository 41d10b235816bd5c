//! Requests from within the process: whoever runs a command on the machine asks the interface as everybody does.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::aliases;
use crate::state::App;

/// Largest answer that is read, bytes.
const MOST_BYTES: usize = 64 << 20;

/// Marks a request that came over no network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByOperator;

/// Who holds the data folder: they may do everything in it, and read English. The log names them `command line`.
pub struct Operator {
    app: App,
    router: Router,
}

impl Operator {
    /// # Errors
    /// When the store cannot be read.
    pub async fn new(app: App) -> luotsi_store::Result<Self> {
        aliases::reload(&app).await?;
        let router = crate::router(app.clone());
        Ok(Self { app, router })
    }

    pub fn app(&self) -> &App {
        &self.app
    }

    /// Asks a path of the interface, with its query where it has one. Answers with the status and the JSON body;
    /// `null` without a body.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .extension(ByOperator)
            .body(Body::from(body.map(Value::to_string).unwrap_or_default()));
        // What is no path belongs to nothing.
        let Ok(request) = request else { return (StatusCode::NOT_FOUND, Value::Null) };
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status = response.status();
        let bytes = to_bytes(response.into_body(), MOST_BYTES).await.unwrap_or_default();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
}
