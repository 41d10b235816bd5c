//! Batches of page views as a team's own server sends them, with a token.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;

use crate::exchange;

/// What batches to send.
#[derive(Debug, Clone)]
pub struct Batches {
    pub address: SocketAddr,
    pub domain: String,
    pub token: String,
    pub connections: u32,
    /// Events in each batch.
    pub events: u32,
    pub duration: Duration,
    pub visitors: u32,
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Events in batches answered 2xx.
    pub accepted: u64,
    /// Batches answered 503, to be sent again.
    pub turned_away: u64,
    /// Batches answered otherwise, or not at all.
    pub failed: u64,
    pub seconds: f64,
    pub per_second: f64,
}

/// Sends batches in a closed loop.
pub async fn run(load: Batches) -> Outcome {
    let counts: Arc<[AtomicU64; 3]> = Arc::default();
    let started = Instant::now();
    let tasks: Vec<_> = (0..load.connections)
        .map(|connection| {
            let (load, counts) = (load.clone(), counts.clone());
            tokio::spawn(async move { send(&load, connection, &counts, started).await })
        })
        .collect();
    for task in tasks {
        task.await.ok();
    }
    let seconds = started.elapsed().as_secs_f64();
    let [accepted, turned_away, failed] =
        [0, 1, 2].map(|at: usize| counts[at].load(Ordering::Relaxed));
    Outcome { accepted, turned_away, failed, seconds, per_second: accepted as f64 / seconds }
}

async fn send(load: &Batches, connection: u32, counts: &[AtomicU64; 3], started: Instant) {
    let mut random = SmallRng::seed_from_u64(load.seed.wrapping_add(u64::from(connection)));
    let (mut body, mut request) = (String::new(), Vec::new());
    let mut answer = Vec::with_capacity(1024);
    let mut stream = None;
    let mut batch = 0_u64;
    while started.elapsed() < load.duration {
        batch += 1;
        write_body(load, connection, batch, &mut random, &mut body);
        request.clear();
        request.extend_from_slice(
            format!(
                "POST /api/events HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                load.address,
                load.token,
                body.len()
            )
            .as_bytes(),
        );
        request.extend_from_slice(body.as_bytes());
        let answered: io::Result<u16> =
            exchange(&mut stream, load.address, &request, &mut answer).await;
        let (count, by) = match answered {
            Ok(status) if (200..300).contains(&status) => (0, u64::from(load.events)),
            Ok(503) => (1, 1),
            Ok(_) => (2, 1),
            Err(_) => {
                stream = None;
                (2, 1)
            }
        };
        counts[count].fetch_add(by, Ordering::Relaxed);
    }
}

fn write_body(
    load: &Batches,
    connection: u32,
    batch: u64,
    random: &mut SmallRng,
    body: &mut String,
) {
    body.clear();
    body.push('[');
    for event in 0..load.events {
        if event > 0 {
            body.push(',');
        }
        let visitor = random.random_range(0..load.visitors);
        let page = (2_000.0 * random.random::<f64>().powi(3)) as u32;
        let written = write!(
            body,
            r#"{{"n":"pageview","u":"https://{domain}/guides/page-{page}","d":"{domain}","visitor_id":"v{visitor}","id":"{seed}-{connection}-{batch}-{event}"}}"#,
            domain = load.domain,
            seed = load.seed,
        );
        debug_assert!(written.is_ok());
    }
    body.push(']');
}
