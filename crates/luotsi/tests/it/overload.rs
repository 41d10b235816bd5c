//! More than the server can take: it says so, stays small, and keeps what it took.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::server::{Installation, Server};

const SITE: &str = "flood.example";
const SENDERS: u64 = 96;
const BATCH: u64 = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_turned_away_and_what_was_taken_is_kept() {
    let installation = Installation::new(SITE);
    // A queue that is soon full, so that the flood need not be a large one.
    std::fs::write(installation.folder.path().join("luotsi.toml"), "most_waiting_events = 20000\n")
        .unwrap();
    let server = Arc::new(Server::start(&installation).await);
    let (accepted, turned_away) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let over = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let (server, token) = (server.clone(), installation.token.clone());
            let (accepted, turned_away, over) =
                (accepted.clone(), turned_away.clone(), over.clone());
            tokio::spawn(async move {
                let mut batch = 0;
                while !over.load(Ordering::Relaxed) {
                    batch += 1;
                    let events: Vec<_> = (0..BATCH)
                        .map(|event| {
                            json!({
                                "n": "pageview", "u": format!("https://{SITE}/{event}"), "d": SITE,
                                "id": format!("{sender}-{batch}-{event}"),
                                "visitor_id": format!("v{}", event % 500),
                            })
                        })
                        .collect();
                    let (status, retry_after) =
                        server.post_batch(&token, json!(events).to_string()).await;
                    match status {
                        202 => {
                            accepted.fetch_add(BATCH, Ordering::Relaxed);
                        }
                        503 => {
                            assert!(retry_after.is_some_and(|seconds| seconds >= 1));
                            turned_away.fetch_add(1, Ordering::Relaxed);
                        }
                        other => panic!("answered {other}"),
                    }
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(8)).await;
    over.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await.unwrap();
    }
    let accepted = accepted.load(Ordering::Relaxed);
    assert!(accepted > 0, "nothing was taken");
    assert!(turned_away.load(Ordering::Relaxed) > 0, "{accepted} were taken and none turned away");
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    let peak: u64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(peak < 512 * 1024, "{peak} KiB were used");
    // And a kill takes nothing of it.
    Arc::into_inner(server).unwrap().kill();
    let server = Server::start(&installation).await;
    let asked = json!({"site_id": SITE, "metrics": ["events"], "date_range": "day"});
    let counted = server.query(&installation.token, &asked).await;
    assert_eq!(counted["results"][0]["metrics"], json!([accepted]));
}
