//! Requests of every protocol: never a panic, and whatever is taken is within bounds.
//!
//! The first byte names the protocol that is tried beside the one that the request itself shows. What
//! follows is the request as it goes over the wire.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use luotsi_marketing::collect::{MAX_RAW, Outcome, Parts, detect, history, read, reply};
use luotsi_marketing::counting::default_rules;
use luotsi_marketing::enrich::{Lookup, Request, enrich};
use luotsi_marketing::hit::Hit;
use luotsi_marketing::protocol::Protocol;
use luotsi_marketing::source;

const NOW_US: i64 = 1_795_291_200_000_000;

fuzz_target!(|data: &[u8]| {
    let Some((which, request)) = data.split_first() else { return };
    let end = request.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = match end {
        Some(end) => (&request[..end], &request[end + 2..]),
        None => (request, &[][..]),
    };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    let (method, target) = first.split_once(' ').unwrap_or(("POST", first));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: Vec<(&str, &str)> =
        lines.filter_map(|line| line.split_once(": ")).take(20).collect();
    let parts = Parts { method, path, query, headers: &headers, body, received_at_us: NOW_US };
    let named = Protocol::ALL[usize::from(*which) % Protocol::ALL.len()];
    for protocol in detect(&parts).into_iter().chain([named]) {
        take(protocol, &parts);
    }
});

fn take(protocol: Protocol, parts: &Parts) {
    let outcome = Outcome { accepted: 1, refused: 1, bot: false, visitor_id: Some(-1) };
    let answer = reply(protocol, parts, &outcome);
    assert!((200..500).contains(&answer.status));
    let Ok(reading) = read(protocol, parts) else { return };
    for message in reading.messages {
        match message {
            Ok(hit) => keep(hit),
            Err(refused) => {
                assert!(refused.raw.len() <= MAX_RAW && !refused.refusals.is_empty());
            }
        }
    }
}

fn keep(hit: Hit) {
    assert!(!hit.site.key.is_empty() && !hit.name.is_empty() && hit.name.len() <= 120);
    assert!(hit.props.is_sorted_by(|one, other| one.0 < other.0));
    let _ = history::judge(&hit, false, NOW_US);
    let request = Request {
        ip: [192, 0, 2, 1].into(),
        user_agent: "Mozilla/5.0",
        purpose: "",
        received_at_us: NOW_US,
        headers: None,
    };
    let acquisition = Arc::new(source::of_hit(default_rules(), &hit, "shop.example"));
    let lookup = Lookup {
        site_number: 1,
        site_domain: "shop.example",
        salt: &[1; 16],
        previous_salt: None,
        client: Arc::default(),
        program: None,
        place: Arc::default(),
        acquisition,
        rules: default_rules(),
        lists: None,
        random_id: 1,
    };
    let had_page = hit.page.is_some();
    let event = enrich(hit, &request, lookup);
    assert!(event.pathname.starts_with('/') || event.pathname.is_empty());
    assert!(had_page || event.pathname.is_empty());
}
