//! HTTP: collecting, queries, the workspace API, sign-in and the web UI.

mod address;
mod alert;
mod aliases;
mod annotation;
mod arrivals;
mod audit;
mod auth;
mod board;
mod body;
mod calibration;
mod collect;
mod collector;
mod conversion;
mod counting;
mod error;
mod filtered;
mod goal;
mod health;
mod home;
mod idempotency;
mod imports;
mod inbox;
mod key;
mod links;
mod live;
pub mod lookup;
mod measure;
mod member;
mod metric;
mod metrics;
mod objective;
mod observation;
pub mod openapi;
pub mod operator;
mod origin;
mod password;
mod people;
pub mod problem;
pub mod qa;
mod query;
mod rates;
mod reader;
mod readings;
mod seldom;
pub mod server;
mod session;
mod setup;
mod share;
mod site;
pub mod state;
mod template;
mod token;
mod user;
mod v1;
mod web;
mod webhook;
mod workspace;

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get, post};
use tower_http::catch_panic::CatchPanicLayer;

pub use crate::address::TrustedProxies;
pub use crate::collect::limit::RateLimits;
use crate::state::App;

/// How often the list of sites is read anew: other processes change it too.
const RELOAD_SITES: Duration = Duration::from_secs(5);

/// How often it is looked whether a day is over, whose salt is then destroyed though nobody comes.
const ROTATE_SALTS: Duration = Duration::from_secs(60);

/// How often it is looked whether a goal has no forecast of the day yet.
const COMPUTE_GOALS: Duration = Duration::from_secs(300);

/// Every path of the server.
pub fn router(app: App) -> Router {
    let collect = Router::new().route("/api/events", post(collect::batch::post_events));
    // Collecting measures itself, by protocol.
    let clients = Router::new()
        .route(collect::EVENT_PATH, post(collect::post_event).options(collect::event_preflight))
        .route("/api/{*path}", any(collect::client_or_nobody))
        .fallback(collect::client_or_ui);
    let shared = Router::new().route("/share/{token}", get(share::page));
    let queries = Router::new()
        .route("/api/v2/query", post(query::post_query))
        .layer(DefaultBodyLimit::max(query::MAX_BODY));
    let operators = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics));
    let workspaces = Router::from(v1::routes())
        .layer(from_fn_with_state(app.clone(), idempotency::once))
        .route("/api/openapi.json", get(openapi::openapi));
    Router::new()
        .merge(collect)
        .merge(operators)
        .merge(queries)
        .merge(shared)
        .merge(workspaces)
        .layer(from_fn_with_state(app.clone(), measure_time))
        .merge(clients)
        .layer(CatchPanicLayer::new())
        .with_state(app)
}

/// Keeps what is held in memory in step with the store, until it is aborted.
pub fn spawn_background(app: &App) -> tokio::task::JoinHandle<()> {
    let app = app.clone();
    tokio::spawn(async move {
        let reload = async {
            loop {
                tokio::time::sleep(RELOAD_SITES).await;
                if let Err(error) = app.collector().reload_sites(app.store()).await {
                    tracing::warn!(%error, "cannot read the sites anew");
                }
            }
        };
        let write_links = async {
            loop {
                tokio::time::sleep(links::WRITE_EVERY).await;
                if let Err(error) = app.collector().links.write(app.store()).await {
                    tracing::warn!(%error, "cannot keep who is who");
                }
            }
        };
        let rotate = async {
            loop {
                // At the start too: a server that stood still kept salts of days that are over.
                if let Err(error) = app.collector().salts(app.store(), app.now()).await {
                    tracing::warn!(%error, "salts of days that are over were not destroyed");
                }
                tokio::time::sleep(ROTATE_SALTS).await;
            }
        };
        let send = app.courier().clone().run();
        let goals = async {
            loop {
                if let Err(error) = app.measuring().nightly().await {
                    tracing::warn!(%error, "the goals were not computed");
                }
                tokio::time::sleep(COMPUTE_GOALS).await;
            }
        };
        tokio::join!(reload, write_links, rotate, aliases::keep(&app), send, goals);
    })
}

/// Writes down what still waits in memory, before the store closes.
pub async fn finish(app: &App) {
    if let Err(error) = app.collector().links.write(app.store()).await {
        tracing::warn!(%error, "cannot keep who is who");
    }
}

/// Notes how long each kind of request took.
async fn measure_time(State(app): State<App>, request: Request, next: Next) -> Response {
    let path =
        request.extensions().get::<MatchedPath>().map_or("/", MatchedPath::as_str).to_owned();
    let method = request.method().as_str().to_owned();
    let started = Instant::now();
    let response = next.run(request).await;
    app.metrics().answered(
        &path,
        &method,
        response.status().as_u16(),
        started.elapsed().as_secs_f64(),
    );
    response
}
