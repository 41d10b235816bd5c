//! What real clients sent, byte for byte, over HTTP: each is answered with success, and the scenario's
//! steps are in the reports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use axum::body::{Body, to_bytes};
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::server::{Call, Server};

/// The keys that the captured clients carry: protocol, key, secret.
const KEYS: [(&str, &str, Option<&str>); 11] = [
    ("amplitude", "amp_key", None),
    ("countly", "app_test", None),
    ("customerio", "site", Some("key")),
    ("ga4", "G-TEST123", Some("sec")),
    ("matomo", "7", Some("0123456789abcdef0123456789abcdef")),
    ("mixpanel", "tok_test", Some("sec_test")),
    ("openpanel", "cid", Some("csec")),
    ("posthog", "phc_test", None),
    ("segment", "wk_test", None),
    ("snowplow", "shop-web", None),
    ("umami", "94db1cb1-74f4-4a40-ad6c-962362670409", None),
];

/// A client, what must be in the reports of it by name, and the money in cents.
type Expected = (&'static str, &'static [(&'static str, u64)], i64);

/// Two pages, and a screen of an app, which is viewed as a page is.
const SHOP: &[(&str, u64)] =
    &[("pageview", 3), ("view_item", 1), ("purchase", 1), ("Backdated", 1), ("Tick", 25)];

const EXPECTED: [Expected; 16] = [
    (
        "amplitude-node",
        &[("view_item", 1), ("purchase", 1), ("Backdated", 1), ("Tick", 25)],
        12_980,
    ),
    ("countly-web.browser", &[("view_item", 1), ("purchase", 1), ("Tick", 10)], 12_980),
    ("customerio-node", &[("pageview", 1), ("view_item", 1), ("purchase", 1)], 12_980),
    ("ga4mp-python", &[("pageview", 1), ("view_item", 1), ("purchase", 1), ("tick", 25)], 12_980),
    ("matomo-tracker-js.browser", &[("pageview", 1), ("view_item", 1)], 0),
    ("matomo-tracker-node", &[("view_item", 1), ("purchase", 1)], 12_980),
    ("mixpanel-node", &[("view_item", 1), ("purchase", 1), ("Backdated", 1), ("Tick", 25)], 12_980),
    ("openpanel-node", &[("pageview", 1), ("view_item", 1), ("purchase", 1)], 12_980),
    ("plausible-tracker-old.browser", &[("pageview", 3), ("view_item", 1)], 0),
    ("posthog-node", &[("view_item", 1), ("purchase", 1), ("Backdated", 1), ("Tick", 25)], 12_980),
    ("rudder-python", SHOP, 12_980),
    (
        "segment-analytics-next.browser",
        &[("pageview", 2), ("view_item", 1), ("purchase", 1), ("Tick", 5)],
        12_980,
    ),
    ("segment-analytics-node", SHOP, 12_980),
    // One batch came twice, because it was answered 503: it counts once.
    ("segment-analytics-node.retry503", SHOP, 12_980),
    // Its first steps were sent twice, by POST and by GET, as different events.
    ("snowplow-python", &[("pageview", 2), ("view_item", 2), ("order", 2), ("Tick", 25)], 0),
    ("umami-node", &[("pageview", 2), ("view_item", 1), ("purchase", 1), ("Tick", 5)], 12_980),
];

#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn captures() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/clients");
    if !folder.is_dir() {
        println!("skipped: there are no captured requests in {}", folder.display());
        return None;
    }
    Some(folder)
}

/// A server with a site that has every captured client's key; and a token to ask it.
async fn server() -> (Server, String) {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example.com").await;
    for (protocol, key, secret) in KEYS {
        let body = json!({"protocol": protocol, "key": key, "secret": secret});
        let added = server.post(&owner, &format!("{site}/keys"), &body).await;
        assert_eq!(added.status, 201, "{protocol}: {added:?}");
    }
    let body = json!({"name": "test", "scopes": ["stats:read"]});
    let token = server.post(&owner, &format!("{workspace}/tokens"), &body).await.text("/token");
    (server, token)
}

/// Sends a capture's requests at the times at which they were sent.
async fn replay(server: &Server, capture: &Value) {
    let began: Timestamp =
        capture["captured_at"].as_str().expect("a time").parse().expect("a time");
    for sent in capture["requests"].as_array().expect("requests") {
        let after_us = sent["t_ms"].as_i64().expect("a time") * 1_000;
        server.set_clock(began.as_microsecond() + after_us);
        let path = sent["path"].as_str().expect("a path");
        let method = sent["method"].as_str().expect("a method");
        let mut request = Request::builder().method(method).uri(path);
        for header in sent["headers"].as_array().expect("headers") {
            let text = |at: usize| header[at].as_str().expect("text");
            request = request.header(text(0), text(1));
        }
        let body =
            STANDARD.decode(sent["body_base64"].as_str().unwrap_or_default()).expect("a body");
        let response = server.raw(request.body(Body::from(body)).expect("a request")).await;
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.expect("an answer");
        assert!(
            head.status.is_success(),
            "{method} {path}: {} {}",
            head.status,
            String::from_utf8_lossy(&body)
        );
        if let Some(origin) = sent["headers"].as_array().and_then(|headers| {
            headers.iter().find(|header| header[0] == "Origin").map(|header| header[1].clone())
        }) {
            let allowed =
                head.headers.get("access-control-allow-origin").map(|value| value.to_str());
            assert_eq!(allowed.and_then(Result::ok), origin.as_str(), "{method} {path}");
        }
    }
}

async fn ask(server: &Server, token: &str, question: Value) -> Value {
    let mut question = question;
    question["site_id"] = json!("shop.example.com");
    question["date_range"] = json!(["2026-03-01", "2026-12-31"]);
    let call = Call::new(axum::http::Method::POST, "/api/v2/query").with_token(token);
    let answer = server.send(call.json(&question)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["results"].clone()
}

#[tokio::test]
async fn the_scenario_lands_through_every_client() {
    let Some(folder) = captures() else { return };
    for (client, events, cents) in EXPECTED {
        let text =
            std::fs::read_to_string(folder.join(format!("{client}.json"))).expect("a capture");
        let capture: Value = serde_json::from_str(&text).expect("JSON");
        let (server, token) = server().await;
        replay(&server, &capture).await;
        let question = json!({"metrics": ["events"], "dimensions": ["event:name"]});
        let rows = ask(&server, &token, question).await;
        let counts: BTreeMap<&str, u64> = rows
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| {
                let name = row["dimensions"][0].as_str().expect("a name");
                (name, row["metrics"][0].as_u64().expect("a count"))
            })
            .collect();
        for (name, count) in events {
            assert_eq!(counts.get(name), Some(count), "{client}: {name} in {counts:?}");
        }
        assert!(counts.get("pageview").is_some_and(|count| *count > 0), "{client}: {counts:?}");
        assert!(
            !counts.keys().any(|name| ["identify", "alias", "group"].contains(name)),
            "{client}: what is said of people counts as nothing: {counts:?}"
        );
        let total = ask(&server, &token, json!({"metrics": ["total_revenue"]})).await;
        let amount = total[0]["metrics"][0]["value"].as_f64().unwrap_or_default();
        assert_eq!((amount * 100.0).round() as i64, cents, "{client}: {total}");
        // All of it once more: nothing of it is new.
        if client.starts_with("segment") {
            replay(&server, &capture).await;
            let question = json!({"metrics": ["events"], "dimensions": ["event:name"]});
            assert_eq!(ask(&server, &token, question).await, rows, "{client}");
        }
    }
}
