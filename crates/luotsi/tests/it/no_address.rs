//! No visitor's address is anywhere on the disk, in whatever way it came.

use std::path::Path;

use serde_json::json;

use crate::server::{Installation, Server, USER_AGENT};

const SITE: &str = "shop.example";

/// Addresses that come in headers and in bodies: texts that must be nowhere.
const HEADERS: [&str; 3] = ["203.0.113.77", "198.51.100.201", "2001:db8:77:1::abcd"];
const BODIES: [&str; 6] = [
    "203.0.113.91",
    "203.0.113.92",
    "203.0.113.93",
    "203.0.113.94",
    "203.0.113.95",
    "2001:db8:95::1",
];

fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Posts as a visitor behind proxies; the answer's status.
async fn send(server: &Server, path: &str, body: String, headers: &[(&str, &str)]) -> u16 {
    let client = reqwest::Client::new();
    let mut status = 0;
    for address in HEADERS {
        let mut request = client
            .post(format!("http://{}{path}", server.address))
            .header("user-agent", USER_AGENT)
            .header("x-forwarded-for", format!("{address}, 10.0.0.1"))
            .header("x-real-ip", address)
            .header("forwarded", format!("for=\"[{address}]\""))
            .body(body.clone());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        status = request.send().await.unwrap().status().as_u16();
    }
    status
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_of_a_visitor_is_kept_or_logged() {
    let installation = Installation::new(SITE);
    for (protocol, key) in [
        ("segment", "wk_shop"),
        ("posthog", "phc_shop"),
        ("mixpanel", "mixpaneltoken"),
        ("matomo", "7"),
    ] {
        installation.luotsi(
            &["site", "key", "add", "--site", SITE, "--protocol", protocol, "--key", key],
            "",
        );
    }
    let log = installation.folder.path().join("server.log");
    let server = Server::start_logging(&installation, &log).await;
    let event = json!({"n": "pageview", "u": format!("https://{SITE}/"), "d": SITE,
        "p": {"ip": BODIES[0], "client_ip": BODIES[5]}});
    assert_eq!(send(&server, "/api/event", event.to_string(), &[]).await, 202);
    let batch = json!([{"n": "Order", "u": format!("https://{SITE}/"), "d": SITE, "ip": BODIES[1],
        "user_agent": USER_AGENT}]);
    let token = format!("Bearer {}", installation.token);
    let by_server = [("authorization", token.as_str())];
    assert_eq!(send(&server, "/api/events", batch.to_string(), &by_server).await, 202);
    let segment = json!({"writeKey": "wk_shop", "batch": [
        {"type": "track", "event": "Sale", "anonymousId": "a", "messageId": "1", "context": {"ip": BODIES[2]}},
        // Refused, and kept in the quarantine.
        {"type": "track", "anonymousId": "a", "messageId": "2", "context": {"ip": BODIES[2]}},
    ]});
    assert_eq!(send(&server, "/v1/batch", segment.to_string(), &[]).await, 200);
    let posthog = json!({"api_key": "phc_shop", "batch": [{"event": "$pageview", "distinct_id": "d",
        "properties": {"$ip": BODIES[3], "ip": BODIES[3], "$current_url": format!("https://{SITE}/")}}]});
    assert_eq!(send(&server, "/batch/", posthog.to_string(), &[]).await, 200);
    let mixpanel = json!([{"event": "Play", "properties": {"token": "mixpaneltoken",
        "distinct_id": "d", "ip": BODIES[4], "$insert_id": "m1"}}]);
    send(&server, "/track?verbose=1", mixpanel.to_string(), &[]).await;
    let matomo = format!("/matomo.php?idsite=7&rec=1&url=https://{SITE}/&cip={}", BODIES[1]);
    send(&server, &matomo, String::new(), &[]).await;
    send(&server, "/api/event", format!("no JSON for {SITE} from {}", BODIES[0]), &[]).await;
    let asked = json!({"site_id": SITE, "metrics": ["events"], "date_range": "day"});
    let counted = server.query(&installation.token, &asked).await;
    assert!(counted["results"][0]["metrics"][0].as_u64().unwrap() >= 7, "{counted}");
    // What the quarantine keeps is written in its own time.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;

    let look = |when: &str| {
        let mut found = Vec::new();
        files(installation.folder.path(), &mut found);
        assert!(found.iter().any(|(name, _)| name.contains("luotsi.sqlite")));
        for (name, bytes) in found {
            for address in HEADERS.iter().chain(&BODIES) {
                assert!(!holds(&bytes, address.as_bytes()), "{address} is in {name} {when}");
                // Four bytes stand somewhere by chance, sixteen do not.
                if let Ok(std::net::IpAddr::V6(address)) = address.parse() {
                    assert!(!holds(&bytes, &address.octets()), "{address} is in {name} {when}");
                }
            }
        }
    };
    look("while it serves");
    server.stop();
    look("after it stopped");
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains("DEBUG"), "the log says much: {text}");
}
