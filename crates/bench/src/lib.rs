//! Page views as browsers send them, over keep-alive connections in a closed loop.

pub mod batch;
pub mod exact;

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What load to make.
#[derive(Debug, Clone)]
pub struct Load {
    pub address: SocketAddr,
    /// Domain of the site that the views are for.
    pub domain: String,
    pub connections: usize,
    pub duration: Duration,
    /// Different visitors.
    pub visitors: u32,
    pub seed: u64,
    /// Stop at the first broken connection, as when the server is killed.
    pub stop_when_broken: bool,
    /// Send each event's id as the property `id` too, so that events can be told apart in reports.
    pub id_as_property: bool,
    /// Page views, custom events with properties, engagement reports and orders, and one in twenty
    /// sent again, instead of page views alone.
    pub mixed: bool,
    /// So many requests a second, all connections together; as many as go through without.
    pub per_second: Option<f64>,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Requests answered 2xx.
    pub accepted: u64,
    /// Requests answered otherwise.
    pub refused: u64,
    /// Requests without an answer.
    pub broken: u64,
    pub seconds: f64,
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Client ids of the accepted events, when they were asked for.
    #[serde(skip)]
    pub accepted_ids: Vec<String>,
}

const USER_AGENTS: [&str; 8] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
    "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
];

const REFERRERS: [&str; 8] = [
    "",
    "",
    "https://www.google.com/",
    "https://www.bing.com/",
    "https://www.facebook.com/",
    "https://news.ycombinator.com/item?id=1",
    "https://chatgpt.com/",
    "https://blog.partner.example/review",
];

const TAGS: [&str; 10] = [
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "?utm_source=newsletter&utm_medium=email&utm_campaign=spring",
    "?utm_source=google&utm_medium=cpc&utm_campaign=brand",
    "?utm_source=facebook&utm_medium=paid_social&utm_campaign=launch",
];

struct Tally {
    accepted: AtomicU64,
    refused: AtomicU64,
    broken: AtomicU64,
    stopped: AtomicBool,
}

/// Makes the load and returns what came of it. `keep_ids` lists every accepted event's id.
pub async fn run(load: Load, keep_ids: bool) -> Outcome {
    let tally = Arc::new(Tally {
        accepted: AtomicU64::new(0),
        refused: AtomicU64::new(0),
        broken: AtomicU64::new(0),
        stopped: AtomicBool::new(false),
    });
    let started = Instant::now();
    let tasks: Vec<_> = (0..load.connections)
        .map(|connection| {
            let (load, tally) = (load.clone(), tally.clone());
            tokio::spawn(async move {
                connection_loop(&load, connection, &tally, started, keep_ids).await
            })
        })
        .collect();
    let mut times = new_histogram();
    let mut accepted_ids = Vec::new();
    for task in tasks {
        if let Ok((part, ids)) = task.await {
            times += part;
            accepted_ids.extend(ids);
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let accepted = tally.accepted.load(Ordering::Relaxed);
    let milliseconds = |quantile| times.value_at_quantile(quantile) as f64 / 1000.0;
    Outcome {
        accepted,
        refused: tally.refused.load(Ordering::Relaxed),
        broken: tally.broken.load(Ordering::Relaxed),
        seconds,
        per_second: accepted as f64 / seconds,
        p50_ms: milliseconds(0.5),
        p99_ms: milliseconds(0.99),
        accepted_ids,
    }
}

fn new_histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).expect("the bounds are constant and valid")
}

async fn connection_loop(
    load: &Load,
    connection: usize,
    tally: &Tally,
    started: Instant,
    keep_ids: bool,
) -> (Histogram<u64>, Vec<String>) {
    let mut random =
        SmallRng::seed_from_u64(load.seed.wrapping_mul(1_000_003).wrapping_add(connection as u64));
    let mut times = new_histogram();
    let mut ids = Vec::new();
    let mut request = String::with_capacity(1024);
    let mut answer = Vec::with_capacity(1024);
    let mut stream = None;
    let mut sequence = 0_u64;
    while started.elapsed() < load.duration && !tally.stopped.load(Ordering::Relaxed) {
        if let Some(per_second) = load.per_second {
            let due = (sequence as f64 + connection as f64 / load.connections as f64)
                * load.connections as f64
                / per_second;
            let early = Duration::from_secs_f64(due).saturating_sub(started.elapsed());
            if !early.is_zero() {
                tokio::time::sleep(early).await;
            }
        }
        sequence += 1;
        let id = format!("{}-{connection}-{sequence}", load.seed);
        let again = load.mixed && sequence > 1 && random.random_range(0..20) == 0;
        if !again {
            write_request(load, &id, &mut random, &mut request);
        }
        let sent = Instant::now();
        match exchange(&mut stream, load.address, request.as_bytes(), &mut answer).await {
            Ok(status) if (200..300).contains(&status) => {
                tally.accepted.fetch_add(1, Ordering::Relaxed);
                times.saturating_record(sent.elapsed().as_micros() as u64);
                if keep_ids {
                    ids.push(id);
                }
            }
            Ok(_) => {
                tally.refused.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => {
                stream = None;
                tally.broken.fetch_add(1, Ordering::Relaxed);
                if load.stop_when_broken {
                    tally.stopped.store(true, Ordering::Relaxed);
                } else {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }
    (times, ids)
}

fn write_request(load: &Load, id: &str, random: &mut SmallRng, request: &mut String) {
    let visitor = random.random_range(0..load.visitors);
    let user_agent = USER_AGENTS[visitor as usize % USER_AGENTS.len()];
    let [_, b, c, d] = (visitor.wrapping_mul(2_654_435_761)).to_be_bytes();
    let page = (2_000.0 * random.random::<f64>().powi(3)) as u32;
    let referrer = REFERRERS[random.random_range(0..REFERRERS.len())];
    let tags = TAGS[random.random_range(0..TAGS.len())];
    let kind = if load.mixed { random.random_range(0..100) } else { 0 };
    let (name, more) = match kind {
        0..70 => ("pageview", String::new()),
        70..88 => ("signup", format!(r#","p":{{"plan":"plan {}","seats":{page}}}"#, page % 5)),
        88..97 => ("engagement", format!(r#","e":{},"sd":{}"#, page * 7, page % 101)),
        _ => (
            "purchase",
            format!(r#","$":{{"amount":"{page}.50","currency":"EUR"}},"p":{{"order":"{id}"}}"#),
        ),
    };
    let body = format!(
        r#"{{"n":"{name}"{more},"u":"https://{domain}/guides/page-{page}{tags}","d":"{domain}","r":"{referrer}","id":"{id}"{property}}}"#,
        domain = load.domain,
        property =
            if load.id_as_property { format!(r#","p":{{"id":"{id}"}}"#) } else { String::new() },
    );
    request.clear();
    let written = write!(
        request,
        "POST /api/event HTTP/1.1\r\nHost: {}\r\nContent-Type: text/plain\r\nUser-Agent: {user_agent}\r\n\
         X-Forwarded-For: 81.{b}.{c}.{d}\r\nAccept: */*\r\nAccept-Language: en\r\nOrigin: https://{}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        load.address,
        load.domain,
        body.len()
    );
    debug_assert!(written.is_ok());
}

/// Sends a request and reads the answer's status, on a kept or new connection.
async fn exchange(
    stream: &mut Option<TcpStream>,
    address: SocketAddr,
    request: &[u8],
    answer: &mut Vec<u8>,
) -> io::Result<u16> {
    let stream = match stream {
        Some(stream) => stream,
        None => {
            let fresh = TcpStream::connect(address).await?;
            fresh.set_nodelay(true)?;
            stream.insert(fresh)
        }
    };
    stream.write_all(request).await?;
    answer.clear();
    let head = loop {
        if let Some(end) = find(answer, b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let text = std::str::from_utf8(&answer[..head])
        .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    let status = text.get(9..12).and_then(|code| code.parse().ok()).unwrap_or(0);
    let length: usize = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0);
    while answer.len() < head + length {
        if stream.read_buf(answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(status)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}
