//! How many single events a second the lake keeps durably, and how fast it imports history.
//!
//! `cargo run --release -p luotsi-lake --example append_rate -- [callers] [seconds] [imported events]
//! [events of the last day in batches]`

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use luotsi_lake::lake::{Lake, LakeSettings};
use luotsi_marketing::event::{Acquisition, Client, Event, PAGEVIEW, Place};

fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64
}

fn event(id: u64, at_us: i64) -> Event {
    let visitor = (id / 5).wrapping_mul(0x9e37_79b9_7f4a_7c15).cast_signed();
    Event {
        site_number: 1,
        visitor_id: visitor,
        previous_visitor_id: None,
        named_id: None,
        earlier_visitor_id: None,
        event_id: id.wrapping_mul(0xd6e8_feb8_6659_fd93).cast_signed(),
        at_us,
        name: PAGEVIEW.into(),
        hostname: "shop.example".into(),
        pathname: format!("/products/{}", id % 997),
        props: Vec::new(),
        revenue: None,
        transaction_id: None,
        interactive: true,
        scroll_depth: None,
        engagement_ms: None,
        acquisition: Arc::new(Acquisition {
            source: Some("Google".into()),
            referrer: Some("google.com".into()),
            channel: "Organic Search".into(),
            ..Acquisition::default()
        }),
        client: Arc::new(Client {
            device: Some("Desktop".into()),
            browser: Some("Firefox".into()),
            browser_version: Some("140.0".into()),
            os: Some("Linux".into()),
            os_version: None,
        }),
        place: Arc::new(Place { country: Some("FI".into()), ..Place::default() }),
        bot_reason: None,
        person_id: None,
        items: None,
        protocol: None,
        title: None,
    }
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default().to_owned();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() / 1024
}

#[tokio::main]
async fn main() {
    let argument = |index: usize, default: u64| {
        std::env::args().nth(index).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (callers, seconds, imported) = (argument(1, 512), argument(2, 10), argument(3, 1_000_000));
    let dir = tempfile::tempdir_in(".").unwrap();
    let lake = Lake::open(LakeSettings::new(dir.path()), now_us()).await.unwrap();
    let maintenance = lake.spawn_maintenance(now_us);
    println!("open: {} MB", resident_mb());

    let batched = argument(4, 0);
    let begun = Instant::now();
    for from in (0..batched).step_by(5_000) {
        let at_us = now_us() - 86_000_000_000 + (from as f64 / batched as f64 * 8.59e10) as i64;
        let events =
            |from: u64| (from..from + 5_000).map(|id| event(id + (1 << 50), at_us)).collect();
        while lake.append(events(from)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    println!(
        "batches: {:.0}/s, {} MB",
        batched as f64 / begun.elapsed().as_secs_f64(),
        resident_mb()
    );

    let next = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (lake, next) = (Arc::clone(&lake), Arc::clone(&next));
            tokio::spawn(async move {
                let mut slowest = Duration::ZERO;
                let mut refused = 0_u64;
                while begun.elapsed() < Duration::from_secs(seconds) {
                    let id = next.fetch_add(1, Ordering::Relaxed);
                    let sent = Instant::now();
                    refused += u64::from(lake.append(vec![event(id, now_us())]).await.is_err());
                    slowest = slowest.max(sent.elapsed());
                }
                (slowest, refused)
            })
        })
        .collect();
    let (mut slowest, mut refused) = (Duration::ZERO, 0);
    for task in tasks {
        let outcome = task.await.unwrap();
        slowest = slowest.max(outcome.0);
        refused += outcome.1;
    }
    let status = lake.status();
    let rate = status.accepted_events as f64 / begun.elapsed().as_secs_f64();
    println!(
        "append: {rate:.0}/s, {refused} refused, slowest {slowest:?}, {status:?}, {} MB",
        resident_mb()
    );

    let begun = Instant::now();
    let mut importer = lake.importer().unwrap();
    let day_us = 86_400_000_000;
    let from_us = now_us() - 95 * day_us;
    for part in (0..imported).collect::<Vec<_>>().chunks(10_000) {
        let at_us = |id: u64| from_us + (id as f64 / imported as f64 * 90.0 * day_us as f64) as i64;
        importer
            .add(part.iter().map(|id| event(id + (1 << 40), at_us(*id))).collect())
            .await
            .unwrap();
    }
    let staged = begun.elapsed();
    let report = importer.finish(now_us(), |_| ()).await.unwrap();
    println!(
        "import: {report:?}, staged in {staged:?}, all in {:?}, {} MB",
        begun.elapsed(),
        resident_mb()
    );

    maintenance.abort();
    lake.close(now_us()).await.unwrap();
    drop(lake);
    let begun = Instant::now();
    let lake = Lake::open(LakeSettings::new(dir.path()), now_us()).await.unwrap();
    println!("open again: {:?}, {:?}, {} MB", begun.elapsed(), lake.status(), resident_mb());
    let known = lake.append(vec![event(1 << 50, now_us())]).await.unwrap();
    println!("sent again after the start: {known:?}");
    drop(lake);
    std::fs::remove_dir_all(dir.path().join("ids")).unwrap();
    let begun = Instant::now();
    let lake = Lake::open(LakeSettings::new(dir.path()), now_us()).await.unwrap();
    println!("open without ids: {:?}, {} MB", begun.elapsed(), resident_mb());
    let known = lake.append(vec![event(1 << 50, now_us())]).await.unwrap();
    println!("sent again after that: {known:?}");
}
