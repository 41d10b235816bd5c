//! The ceiling: a bare handler that parses the JSON body and answers 202. Nothing is kept.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::{Router, routing::post};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

async fn accept(body: Bytes) -> StatusCode {
    match serde_json::from_slice::<serde_json::Value>(&body) {
        Ok(_) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address: SocketAddr =
        std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:19999".to_owned()).parse()?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, Router::new().route("/api/event", post(accept))).await?;
    Ok(())
}
