//! Alerts end to end without a browser: a line is crossed, people and programs are told once, and answer.

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::server::{Call, Server, site};

/// A receiver of one request: what it was sent.
async fn receiver(status: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut got = Vec::new();
        let mut part = [0; 4096];
        loop {
            let count = stream.read(&mut part).await.expect("a request");
            got.extend_from_slice(&part[..count]);
            let text = String::from_utf8_lossy(&got);
            let length = text.split_once("\r\n\r\n").map(|(head, body)| {
                let line = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                body.len() >= line.and_then(|length| length.parse().ok()).unwrap_or(0)
            });
            if length == Some(true) || count == 0 {
                break;
            }
        }
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok");
        stream.write_all(answer.as_bytes()).await.expect("answered");
        String::from_utf8_lossy(&got).into_owned()
    });
    (url, task)
}

/// A site with a line at `above` visits a day, and a visit today; gives the path of the workspace.
async fn crossed(server: &Server) -> (String, String, String) {
    let (owner, workspace) = server.set_up().await;
    let made = server.post(&owner, &format!("{workspace}/sites"), &site("shop.example")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let line =
        json!({"site_id": made.text("/id"), "metric": "pageviews", "side": "above", "value": 0.5});
    let line = server.post(&owner, &format!("{workspace}/alert-lines"), &line).await;
    assert_eq!(line.status, StatusCode::CREATED, "{line:?}");
    let view = json!({"n": "pageview", "u": "https://shop.example/", "d": "shop.example"});
    let sent = server
        .send(
            Call::new(Method::POST, "/api/event")
                .header(
                    "user-agent",
                    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
                )
                .json(&view),
        )
        .await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{sent:?}");
    (owner, workspace, line.text("/id"))
}

async fn look(server: &Server, owner: &str, workspace: &str) -> Value {
    let seen = server.post(owner, &format!("{workspace}/alerts/look"), &json!({})).await;
    assert_eq!(seen.status, StatusCode::OK, "{seen:?}");
    seen.body
}

#[tokio::test]
async fn a_line_that_is_crossed_is_told_once_in_the_inbox_and_to_a_webhook() {
    let server = Server::start().await;
    let (owner, workspace, _) = crossed(&server).await;
    let (url, received) = receiver("200 OK").await;
    let hook = server
        .post(&owner, &format!("{workspace}/webhooks"), &json!({"url": url, "news": ["threshold"]}))
        .await;
    assert_eq!(hook.status, StatusCode::CREATED, "{hook:?}");
    assert!(hook.text("/secret").starts_with("whsec_"));

    assert_eq!(look(&server, &owner, &workspace).await, json!({"found": 1, "told": 1, "over": 0}));
    assert_eq!(look(&server, &owner, &workspace).await, json!({"found": 1, "told": 0, "over": 0}));

    let inbox = server.get(&owner, &format!("{workspace}/inbox")).await;
    assert_eq!(inbox.body["unread"], 1, "{inbox:?}");
    assert_eq!(inbox.body["items"][0]["news"], "threshold");
    let title = inbox.text("/items/0/title");
    assert_eq!(title, "Sivunkatselut oli 1 2.3.2026, yli rajan 0,5.", "the owner reads Finnish");

    assert_eq!(server.courier.step().await.expect("sent"), 1);
    assert_eq!(server.courier.step().await.expect("sent"), 0);
    let request = received.await.expect("received");
    let (head, body) = request.split_once("\r\n\r\n").expect("a request");
    for header in ["webhook-id: msg_", "webhook-timestamp: 1772", "webhook-signature: v1,"] {
        assert!(head.contains(header), "{head}");
    }
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(
        (&body["type"], &body["data"]["news"]),
        (&json!("alert.opened"), &json!("threshold"))
    );
    assert_eq!(
        body["data"]["texts"]["en"]["title"],
        "Page views came to 1 on 2 March 2026, above the line of 0.5."
    );

    let log = format!("{workspace}/webhooks/{}/deliveries", hook.text("/id"));
    let log = server.get(&owner, &log).await;
    assert_eq!(
        (&log.body["items"][0]["status"], &log.body["items"][0]["outcome"]),
        (&json!(200), &json!("sent"))
    );
    let listed = server.get(&owner, &format!("{workspace}/webhooks")).await;
    assert_eq!(listed.body["items"][0].get("secret"), None, "shown once");

    let id = inbox.text("/items/0/id");
    let read = server.post(&owner, &format!("{workspace}/inbox/{id}/read"), &json!({})).await;
    assert_eq!(read.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&owner, &format!("{workspace}/inbox")).await.body["unread"], 0);
}

#[tokio::test]
async fn people_acknowledge_snooze_mute_and_resolve() {
    let server = Server::start().await;
    let (owner, workspace, line) = crossed(&server).await;
    look(&server, &owner, &workspace).await;
    let alerts = server.get(&owner, &format!("{workspace}/alerts")).await;
    let id = alerts.text("/items/0/id");
    assert_eq!(alerts.text("/items/0/key"), format!("threshold/{line}/>0.5"));
    let act = async |word: &str, body: Value| {
        server.post(&owner, &format!("{workspace}/alerts/{id}/{word}"), &body).await
    };
    assert_eq!(
        act("acknowledge", json!({})).await.body["acknowledged_by"],
        json!("aino@shop.example")
    );
    let past = act("snooze", json!({"until": "2026-03-01T00:00:00Z"})).await;
    assert_eq!(past.field(), ("until", "snooze_in_past"));
    let snoozed = act("snooze", json!({"until": "2026-03-03T00:00:00Z"})).await;
    assert_eq!(
        (&snoozed.body["state"], &snoozed.body["acknowledged_by"]),
        (&json!("snoozed"), &Value::Null)
    );
    server.wait(SignedDuration::from_hours(13));
    // Still there when the snooze is over: told again, as a message of its own. The line looks at the whole day.
    assert_eq!(look(&server, &owner, &workspace).await["told"], 1);
    assert_eq!(act("mute", json!({"days": 0})).await.field(), ("days", "out_of_range"));
    let muted = act("mute", json!({"days": 7, "note": "a known campaign"})).await;
    assert_eq!(muted.body["items"][0]["note"], "a known campaign");
    assert_eq!(act("resolve", json!({})).await.body["state"], "resolved");
    assert_eq!(act("acknowledge", json!({})).await.field(), ("state", "incident_resolved"));
    assert_eq!(server.get(&owner, &format!("{workspace}/alerts")).await.body["items"], json!([]));
    let all = server.get(&owner, &format!("{workspace}/alerts?state=all")).await;
    assert_eq!(all.body["items"].as_array().map(Vec::len), Some(1));
    let silence = muted.text("/items/0/id");
    let ended = server.delete(&owner, &format!("{workspace}/silences/{silence}")).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    let audit = server.get(&owner, &format!("{workspace}/audit")).await;
    for action in
        ["alert.acknowledged", "alert.snoozed", "alert.muted", "alert.resolved", "silence.ended"]
    {
        assert!(audit.body.to_string().contains(action), "{action}");
    }
}

#[tokio::test]
async fn bad_settings_and_addresses_are_refused_by_name() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let settings = json!({"budget_month": 0, "probability_line": 0.4, "stalled_weeks": 3, "hourly": true, "languages": ["en"]});
    let refused = server.patch(&owner, &format!("{workspace}/alert-settings"), &settings).await;
    assert_eq!(refused.field(), ("budget_month", "out_of_range"));
    let settings = json!({"budget_month": 3, "probability_line": 0.3, "stalled_weeks": 0, "hourly": false, "languages": ["fa", "en"]});
    let saved = server.patch(&owner, &format!("{workspace}/alert-settings"), &settings).await;
    assert_eq!(saved.body["languages"], json!(["fa", "en"]));
    for (url, code) in [
        ("ftp://x", "not_a_url"),
        ("https://u:p@x.example/", "credentials_in_url"),
        ("https://169.254.169.254/", "private_address"),
    ] {
        let refused =
            server.post(&owner, &format!("{workspace}/webhooks"), &json!({"url": url})).await;
        assert_eq!(refused.field(), ("url", code));
    }
    let mail = server.post(&owner, &format!("{workspace}/mail/test"), &json!({})).await;
    assert_eq!(mail.field(), ("mail", "mail_not_set_up"));
    let choice = json!({"email": false, "mine_only": true, "news": ["rain"]});
    let refused = server.patch(&owner, &format!("{workspace}/notice-choice"), &choice).await;
    assert_eq!(refused.field(), ("news[0]", "unknown_news"));
}

#[tokio::test]
async fn a_goal_is_watched_by_lines_of_its_own_and_reviews_count_what_was_told() {
    let server = Server::start().await;
    let (owner, workspace, line) = crossed(&server).await;
    let sites = server.get(&owner, &format!("{workspace}/sites")).await;
    let site = sites.text("/items/0/id");
    let draft = json!({
        "name": "Views", "site_id": site, "metric": "pageviews", "target_kind": "absolute", "target_input": 500,
        "start_date": "2026-03-01", "deadline": "2026-05-31", "review_rhythm": "weekly:monday",
    });
    let goal = server.post(&owner, &format!("{workspace}/goals"), &draft).await;
    assert_eq!(goal.status, StatusCode::CREATED, "{goal:?}");
    let id = goal.text("/id");
    let path = format!("{workspace}/goals/{id}/watch");

    let watch = server.get(&owner, &path).await;
    assert_eq!(watch.body["probability_line"], Value::Null);
    assert_eq!(watch.body["usual_probability_line"], 0.4);
    assert_eq!(watch.text("/lines/0/id"), line, "the line is on the goal's figures");
    let named = (watch.text("/lines/0/name"), watch.text("/lines/0/value_text"));
    assert_eq!(named, ("Sivunkatselut".into(), "0,5".into()), "in the owner's Finnish");
    let set =
        async |line: Value| server.patch(&owner, &path, &json!({"probability_line": line})).await;
    assert_eq!(set(json!(1.5)).await.field(), ("probability_line", "out_of_range"));
    assert_eq!(set(json!(0.25)).await.body["probability_line"], 0.25);
    assert_eq!(set(Value::Null).await.body["probability_line"], Value::Null);
    let viewer = server.member(&owner, &workspace, "viewer").await;
    let refused = server.patch(&viewer, &path, &json!({"probability_line": 0.1})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    let lines = format!("{workspace}/alert-lines");
    let unknown = json!({"site_id": site, "metric": "happiness", "side": "below", "value": 1});
    let refused = server.post(&owner, &lines, &unknown).await;
    assert_eq!(refused.field(), ("metric", "unknown_metric"));

    // The line that was crossed is the goal's matter; of its review one is told the day before.
    look(&server, &owner, &workspace).await;
    let alerts = server.get(&owner, &format!("{workspace}/alerts?goal={id}")).await;
    assert_eq!(alerts.body["items"].as_array().map(Vec::len), Some(1), "{alerts:?}");
    assert_eq!(alerts.body["items"][0]["goals"], json!([{"id": id, "name": "Views"}]));
    let over = server.get(&owner, &format!("{workspace}/alerts?goal={id}&state=resolved")).await;
    assert_eq!(over.body["items"], json!([]));
    let prepared = server.get(&owner, &format!("{workspace}/goals/{id}/reviews/prepared")).await;
    assert!(prepared.body["changes"].to_string().contains("Hälytyksiä: 1."), "{prepared:?}");
    server.wait(SignedDuration::from_hours(24 * 6));
    look(&server, &owner, &workspace).await;
    let inbox = server.get(&owner, &format!("{workspace}/inbox")).await;
    let news: Vec<&str> = inbox.body["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item["news"].as_str())
        .collect();
    assert_eq!(news, ["review_due", "threshold"], "{inbox:?}");
}
