//! How sites count, what is held back, what was refused, and who is kept, over HTTP.

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::server::{Answer, Call, Server};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";
const GPTBOT: &str = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)";

/// A page view as the tracker reports it.
async fn view(server: &Server, url: &str, headers: &[(&'static str, &str)]) -> Answer {
    let body = json!({"n": "pageview", "u": url, "d": "shop.example"});
    let mut call = Call::new(Method::POST, "/api/event").json(&body).header("user-agent", FIREFOX);
    for (name, value) in headers {
        call = call.header(name, value);
    }
    server.send(call).await
}

async fn figure(server: &Server, owner: &str, metric: &str) -> u64 {
    let query = json!({"site_id": "shop.example", "metrics": [metric], "date_range": "day"});
    let answer = server.post(owner, "/api/v2/query", &query).await;
    answer.body["results"][0]["metrics"][0].as_u64().unwrap_or_else(|| panic!("{answer:?}"))
}

/// Asks again and again for what is written in its own time.
async fn until(server: &Server, owner: &str, path: &str, found: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..200 {
        let answer = server.get(owner, path).await;
        if found(&answer.body) {
            return answer.body;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{path} never had it");
}

#[tokio::test]
async fn what_was_held_back_is_listed_and_counts_while_it_is_lifted() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    view(&server, "https://shop.example/", &[]).await;
    for _ in 0..3 {
        view(&server, "https://shop.example/a", &[("user-agent", GPTBOT)]).await;
    }
    assert_eq!(figure(&server, &owner, "pageviews").await, 1);
    let ledger = server.get(&owner, &format!("{site}/filtered")).await;
    assert_eq!(
        ledger.body["reasons"],
        json!([{"reason": "ai_crawler", "events": 3, "visitors": 1, "lifted_events": 0}])
    );
    assert_eq!(ledger.body["counted_events"], json!(1));
    assert_eq!(ledger.body["held_percent"], json!(75.0));
    assert_eq!(ledger.body["days"].as_array().map(Vec::len), Some(28));
    assert_eq!(ledger.text("/days/27/date"), "2026-03-02");

    let lift = json!({"reason": "ai_crawler", "from": "2026-03-02", "to": "2026-03-02"});
    let lifted = server.post(&owner, &format!("{site}/lifts"), &lift).await;
    assert_eq!(lifted.status, StatusCode::CREATED, "{lifted:?}");
    assert_eq!(figure(&server, &owner, "pageviews").await, 4);
    // What is lifted is still told, and counts once.
    let ledger = server.get(&owner, &format!("{site}/filtered")).await;
    assert_eq!(ledger.body["reasons"][0]["lifted_events"], json!(3));
    let sums = ["all_events", "counted_events", "held_events"].map(|sum| ledger.body[sum].clone());
    assert_eq!(sums, [json!(4), json!(4), json!(0)]);
    let path = format!("{site}/lifts/{}", lifted.text("/id"));
    assert_eq!(server.delete(&owner, &path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(figure(&server, &owner, "pageviews").await, 1);
    let unknown = json!({"reason": "bad mood", "from": "2026-03-02", "to": "2026-03-02"});
    let refused = server.post(&owner, &format!("{site}/lifts"), &unknown).await;
    assert_eq!((refused.code().0, refused.field()), (422, ("reason", "unknown_reason")));
}

#[tokio::test]
async fn rules_hold_from_the_moment_they_are_saved() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let counting = format!("{site}/counting");
    let before = server.get(&owner, &counting).await;
    assert_eq!(before.body["version"], json!(0));
    view(&server, "https://shop.example/a/?utm_source=partner&utm_medium=cpa", &[]).await;

    let mut rules = before.body["rules"].clone();
    rules["trailing_slash"] = json!("remove");
    rules["hostnames"] = json!(["shop.example"]);
    rules["channels"] = json!([{"channel": "Partners", "conditions": [
        {"field": "source", "operator": "is", "value": "partner"}]}]);
    let preview =
        server.post(&owner, &format!("{counting}/preview"), &json!({"rules": rules})).await;
    assert_eq!(
        preview.body["channels"],
        json!([{"from": "Paid Other", "to": "Partners", "visits": 1, "example": "partner"}])
    );
    assert_eq!(preview.body["pages"], json!([{"from": "/a/", "to": "/a", "pageviews": 1}]));

    let saved = server
        .post(&owner, &counting, &json!({"after": 0, "note": "partners", "rules": rules}))
        .await;
    assert_eq!((saved.status, saved.body["version"].clone()), (StatusCode::CREATED, json!(1)));
    server.wait(SignedDuration::from_hours(1));
    view(&server, "https://shop.example/a/?utm_source=partner&utm_medium=cpa", &[]).await;
    view(&server, "https://copy.example/a", &[]).await;
    let query = json!({"site_id": "shop.example", "metrics": ["visits"], "date_range": "day",
        "dimensions": ["visit:channel"]});
    let by_channel = server.post(&owner, "/api/v2/query", &query).await;
    let names: Vec<_> = by_channel.body["results"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| row["dimensions"][0].clone())
        .collect();
    assert!(
        names.contains(&json!("Partners")) && names.contains(&json!("Paid Other")),
        "{names:?}"
    );
    let ledger = server.get(&owner, &format!("{site}/filtered")).await;
    assert_eq!(ledger.text("/reasons/0/reason"), "hostname");

    let late = server.post(&owner, &counting, &json!({"after": 0, "rules": rules})).await;
    assert_eq!(late.code(), (409, "taken"));
    rules["own_networks"] = json!(["not a network"]);
    let wrong = server.post(&owner, &counting, &json!({"after": 1, "rules": rules})).await;
    assert_eq!(wrong.field(), ("rules.own_networks[0]", "invalid_network"));
    let viewer = server.member(&owner, &workspace, "viewer").await;
    let forbidden = server.post(&viewer, &counting, &json!({"after": 1, "rules": {}})).await;
    assert_eq!(forbidden.code(), (403, "forbidden"));
    let audit = server.get(&owner, &format!("{workspace}/audit")).await;
    let actions = audit.body["items"].as_array().expect("items").iter();
    assert!(actions.into_iter().any(|entry| entry["action"] == "counting.changed"));
}

#[tokio::test]
async fn nothing_is_kept_of_who_declines_where_the_site_honours_it() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    view(&server, "https://shop.example/", &[("sec-gpc", "1")]).await;
    assert_eq!(figure(&server, &owner, "pageviews").await, 1);
    let rules = json!({"after": 0, "rules": {"honour_signals": true}});
    server.post(&owner, &format!("{site}/counting"), &rules).await;
    for header in ["sec-gpc", "dnt"] {
        let answer = view(&server, "https://shop.example/", &[(header, "1")]).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED);
    }
    assert_eq!(figure(&server, &owner, "pageviews").await, 1);
}

#[tokio::test]
async fn nothing_refused_is_kept_or_shown_of_who_declines() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let rules = json!({"after": 0, "rules": {"honour_signals": true}});
    server.post(&owner, &format!("{site}/counting"), &rules).await;
    let send = async |body: &str, header: Option<&'static str>| {
        let call = Call::new(Method::POST, "/api/event").raw(body).header("user-agent", FIREFOX);
        let call = match header {
            Some(header) => call.header(header, "1"),
            None => call,
        };
        assert_eq!(server.send(call).await.status, StatusCode::BAD_REQUEST, "{body}");
    };
    let no_url = json!({"n": "pageview", "u": "nonsense", "d": "shop.example"}).to_string();
    let no_site =
        json!({"n": "pageview", "u": "https://a.example/", "d": "old.example"}).to_string();
    for body in [no_url.as_str(), no_site.as_str(), "{\"d\": \"shop.example\", no JSON"] {
        for header in ["sec-gpc", "dnt"] {
            send(body, Some(header)).await;
        }
    }
    // Written after all before it.
    send(&no_url, None).await;
    send(&no_site, None).await;
    let unknown = format!("{workspace}/unknown-keys");
    let keys = until(&server, &owner, &unknown, |body| body["items"][0].is_object()).await;
    assert_eq!(keys["items"][0]["messages"], 1);
    let kept = server.get(&owner, &format!("{site}/qa/quarantine")).await;
    assert_eq!(kept.body["items"].as_array().map(Vec::len), Some(1), "{kept:?}");
    let shown = server.get(&owner, &format!("{site}/qa/arrivals")).await;
    assert_eq!(shown.body["items"].as_array().map(Vec::len), Some(1), "{shown:?}");
}

#[tokio::test]
async fn what_arrives_is_shown_masked_with_what_is_strange() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let order = async |price: Value| {
        let body = json!({"n": "Order", "u": "https://shop.example/", "d": "shop.example",
            "p": {"price": price, "email": "aino@shop.example"}});
        server
            .send(Call::new(Method::POST, "/api/event").json(&body).header("user-agent", FIREFOX))
            .await
    };
    // What was known is read in its own time: until then nothing is strange.
    view(&server, "https://shop.example/", &[]).await;
    let path = format!("{site}/qa/arrivals");
    let events = format!("{site}/qa/events");
    for _ in 0..100 {
        order(json!(9.9)).await;
        let seen = server.get(&owner, &events).await;
        if seen.body["items"].as_array().is_some_and(|items| !items.is_empty()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    order(json!("9,90 €")).await;
    let shown = server.get(&owner, &path).await;
    let items = shown.body["items"].as_array().expect("items").clone();
    let last = items.last().expect("an arrival");
    assert_eq!(last["verdict"], "counted");
    let changes: Vec<_> = items
        .iter()
        .flat_map(|item| item["notices"].as_array().cloned().unwrap_or_default())
        .filter(|notice| notice["kind"] == "type_change")
        .collect();
    assert_eq!(changes.len(), 1, "{items:#?}");
    assert_eq!(changes[0]["property"], "price");
    assert!(items.iter().all(|item| !item["raw"].to_string().contains("aino@")));
    let wrong = json!({"n": "pageview", "u": "nonsense", "d": "shop.example"});
    let call = Call::new(Method::POST, "/api/event").json(&wrong).header("user-agent", FIREFOX);
    let answer = server.send(call).await;
    assert_eq!((answer.status, answer.field().0), (StatusCode::BAD_REQUEST, "u"));
    let shown = server.get(&owner, &path).await;
    let refused =
        shown.body["items"].as_array().and_then(|items| items.last()).expect("one").clone();
    assert_eq!(
        (&refused["verdict"], &refused["refusals"][0]["field"]),
        (&json!("refused"), &json!("u"))
    );
    let none = server.get(&owner, &format!("{path}?after={}", shown.body["next"])).await;
    assert_eq!(none.body["items"], json!([]));
}

#[tokio::test]
async fn messages_of_a_key_that_no_site_had_are_taken_once_it_has_it() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let body = json!({"n": "pageview", "u": "https://old.example/", "d": "old.example"});
    let call = Call::new(Method::POST, "/api/event").json(&body).header("user-agent", FIREFOX);
    assert_eq!(server.send(call).await.status, StatusCode::BAD_REQUEST);
    let unknown = format!("{workspace}/unknown-keys");
    let keys = until(&server, &owner, &unknown, |body| body["items"][0]["messages"] == 1).await;
    assert_eq!(keys["items"][0]["key"], "old.example");
    assert_eq!(figure(&server, &owner, "pageviews").await, 0);

    let key = json!({"protocol": "plausible", "key": "old.example"});
    let added = server.post(&owner, &format!("{site}/keys"), &key).await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    let quarantine = format!("{site}/qa/quarantine");
    let kept = server.get(&owner, &quarantine).await;
    assert_eq!(kept.body["items"][0]["refusals"][0]["code"], "unknown_site");
    server.wait(SignedDuration::from_secs(3_600));
    let done = server.post(&owner, &format!("{quarantine}/replay"), &json!({})).await;
    assert_eq!(done.body, json!({"taken": 1, "events": 1, "refused": 0}));
    assert_eq!(figure(&server, &owner, "pageviews").await, 1);
    assert_eq!(server.get(&owner, &quarantine).await.body["items"], json!([]));
}

#[tokio::test]
async fn a_person_is_given_out_and_erased() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let key = json!({"protocol": "segment", "key": "wk"});
    assert_eq!(
        server.post(&owner, &format!("{site}/keys"), &key).await.status,
        StatusCode::CREATED
    );
    let token = server
        .post(
            &owner,
            &format!("{workspace}/tokens"),
            &json!({"name": "t", "scopes": ["events:write"]}),
        )
        .await
        .text("/token");
    for visitor in ["customer-9", "customer-10"] {
        let body = json!([{"n": "pageview", "u": "https://shop.example/", "d": "shop.example",
            "visitor_id": visitor, "ip": "192.0.2.1", "user_agent": FIREFOX}]);
        let call = Call::new(Method::POST, "/api/events").json(&body).with_token(&token);
        let taken = server.send(call).await;
        assert_eq!(taken.status, StatusCode::ACCEPTED, "{taken:?}");
    }
    assert_eq!(figure(&server, &owner, "pageviews").await, 2);
    let path = format!("{site}/people?anonymous_id=customer-9");
    let found = server.get(&owner, &path).await;
    assert_eq!(found.body["events"], json!(1), "{found:?}");
    for (visitor, count) in [("customer-9", 9), ("customer-10", 4)] {
        let refused = json!({"writeKey": "wk", "batch": [{"type": "track", "anonymousId": visitor,
            "properties": {"count": count, "note": "customer-9 said so"}}]});
        let call = Call::new(Method::POST, "/v1/batch").json(&refused);
        assert_eq!(server.send(call.header("user-agent", FIREFOX)).await.status, StatusCode::OK);
    }
    // At once: what waits to be written goes, too.
    let erased = server.delete(&owner, &path).await;
    assert_eq!(erased.body["events"], json!(1), "{erased:?}");
    assert_eq!(erased.body["messages"], json!(1), "{erased:?}");
    assert_eq!(server.get(&owner, &path).await.body["events"], json!(0));
    assert_eq!(figure(&server, &owner, "pageviews").await, 1);
    let four = server.delete(&owner, &format!("{site}/people?user_id=4")).await;
    assert_eq!(four.body["messages"], json!(0), "a number that is nobody's id: {four:?}");
    let kept = server.get(&owner, &format!("{site}/qa/quarantine")).await;
    assert_eq!(kept.body["items"].as_array().map(Vec::len), Some(1), "{kept:?}");
    let nobody = server.get(&owner, &format!("{site}/people")).await;
    assert_eq!(nobody.field(), ("user_id", "missing"));
}

#[tokio::test]
async fn rows_behind_a_figure_are_shown_without_who() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    view(&server, "https://shop.example/a", &[]).await;
    view(&server, "https://shop.example/b", &[("user-agent", GPTBOT)]).await;
    let rows = server.get(&owner, &format!("{site}/rows?filtered=false")).await;
    assert_eq!(rows.body["rows"].as_array().map(Vec::len), Some(1), "{rows:?}");
    assert_eq!(rows.text("/rows/0/columns/pathname"), "/a");
    assert!(rows.text("/rows/0/columns/visitor_id").starts_with('…'));
    let held = server.get(&owner, &format!("{site}/rows?filtered=true&name=pageview")).await;
    assert_eq!(held.text("/rows/0/columns/bot_reason"), "ai_crawler");
    let wrong = server.get(&owner, &format!("{site}/rows?from=yesterday")).await;
    assert_eq!(wrong.field(), ("from", "invalid_date"));
}
