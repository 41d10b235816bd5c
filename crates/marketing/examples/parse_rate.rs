//! How many events a second one core reads: `cargo run --release -p luotsi-marketing --example parse_rate`.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on stops")]
#![expect(clippy::print_stdout, reason = "the figures are its output")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use luotsi_marketing::collect::plausible::{Trust, read_batch};
use luotsi_marketing::collect::{Parts, read};
use luotsi_marketing::counting::default_rules;
use luotsi_marketing::enrich::{Lookup, Request, enrich};
use luotsi_marketing::hit::Hit;
use luotsi_marketing::protocol::Protocol;
use luotsi_marketing::source;
use serde_json::json;

const NOW_US: i64 = 1_795_291_200_000_000;
const MESSAGES: usize = 1_000;

fn own_batch() -> Vec<u8> {
    let events: Vec<_> = (0..MESSAGES)
        .map(|i| {
            json!({"n": "pageview", "u": format!("https://shop.example/p/{}?utm_source=news", i % 97),
                "d": "shop.example", "r": "https://www.google.com/", "id": format!("{i:032x}"),
                "t": "2026-11-21T19:00:00Z", "visitor_id": format!("v{}", i / 5), "p": {"plan": "pro"}})
        })
        .collect();
    serde_json::to_vec(&events).unwrap()
}

fn segment_batch() -> Vec<u8> {
    let batch: Vec<_> = (0..MESSAGES)
        .map(|i| {
            json!({"type": "track", "event": "Article Read", "messageId": format!("node-next-{i:032x}"),
                "timestamp": "2026-11-21T19:59:59.000Z", "anonymousId": format!("anon-{}", i / 5), "userId": "user-42",
                "integrations": {}, "properties": {"sku": "SKU-1", "price": 49.9, "currency": "EUR"},
                "context": {"ip": "203.0.113.7", "locale": "fi-FI",
                    "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
                    "page": {"url": "https://shop.example/p", "path": "/p", "title": "P"},
                    "library": {"name": "@segment/analytics-node", "version": "3.1.0"}},
                "_metadata": {"nodeVersion": "v20.20.2"}})
        })
        .collect();
    let body = json!({"batch": batch, "sentAt": "2026-11-21T20:00:00.000Z", "writeKey": "wk"});
    serde_json::to_vec(&body).unwrap()
}

/// Seconds that this program was on a processor, so that busy neighbours do not count; the wall's where
/// the system does not say.
fn busy_seconds(began: Instant) -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|text| text.parse::<f64>().ok());
    nanoseconds.map_or(began.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}

fn measure(name: &str, bytes: usize, mut once: impl FnMut() -> usize) {
    let began = Instant::now();
    let before = busy_seconds(began);
    let mut events = 0;
    let mut rounds = 0;
    while began.elapsed() < Duration::from_secs(2) {
        events += once();
        rounds += 1;
    }
    let seconds = busy_seconds(began) - before;
    println!(
        "{name:<28} {:>9.0} events/s {:>6.0} MB/s",
        events as f64 / seconds,
        (bytes * rounds) as f64 / seconds / 1e6
    );
}

fn enriched(hits: Vec<Hit>) -> usize {
    let request = Request {
        ip: [203, 0, 113, 7].into(),
        user_agent: "Mozilla/5.0",
        purpose: "",
        received_at_us: NOW_US,
        headers: None,
    };
    hits.into_iter()
        .map(|hit| {
            let lookup = Lookup {
                site_number: 1,
                site_domain: "shop.example",
                salt: &[1; 16],
                previous_salt: None,
                client: Arc::default(),
                program: None,
                place: Arc::default(),
                acquisition: Arc::new(source::of_hit(default_rules(), &hit, "shop.example")),
                rules: default_rules(),
                lists: None,
                random_id: 1,
            };
            enrich(hit, &request, lookup.clone())
        })
        .filter(|event| event.at_us > 0)
        .count()
}

fn main() {
    let own = own_batch();
    let segment = segment_batch();
    let own_hits = || -> Vec<Hit> {
        read_batch(&own, Trust::Token).unwrap().into_iter().flat_map(Result::unwrap).collect()
    };
    let segment_hits = || -> Vec<Hit> {
        let parts = Parts {
            method: "POST",
            path: "/v1/batch",
            query: "",
            headers: &[],
            body: &segment,
            received_at_us: NOW_US,
        };
        let reading = read(Protocol::Segment, &parts).unwrap();
        reading.messages.into_iter().map(Result::unwrap).collect()
    };
    measure("own batch, read", own.len(), || own_hits().len());
    measure("own batch, read and enriched", own.len(), || enriched(own_hits()));
    measure("Segment, read", segment.len(), || segment_hits().len());
    measure("Segment, read and enriched", segment.len(), || enriched(segment_hits()));
}
