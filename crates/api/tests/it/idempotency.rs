//! A creation that is sent again makes nothing new.

use axum::http::Method;
use jiff::SignedDuration;
use serde_json::json;

use crate::server::{Answer, Call, Server, site};

async fn create(server: &Server, cookie: &str, path: &str, key: &str, domain: &str) -> Answer {
    let call = Call::new(Method::POST, path).by(cookie).json(&site(domain));
    server.send(call.header("idempotency-key", key)).await
}

#[tokio::test]
async fn the_same_request_gets_the_first_answer_and_makes_one_thing() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let sites = format!("{workspace}/sites");
    let first = create(&server, &owner, &sites, "k-1", "shop.example").await;
    assert_eq!(first.status, 201, "{first:?}");
    let again = create(&server, &owner, &sites, "k-1", "shop.example").await;
    assert_eq!((again.status.as_u16(), &again.body), (201, &first.body));
    let list = server.get(&owner, &sites).await;
    assert_eq!(list.body["items"].as_array().map(Vec::len), Some(1));
    // Another request with the key is a mistake of its sender.
    let other = create(&server, &owner, &sites, "k-1", "other.example").await;
    assert_eq!(
        (other.code(), other.field()),
        ((422, "invalid_fields"), ("Idempotency-Key", "reused"))
    );
    // Without the key it is a new request.
    let without = server.post(&owner, &sites, &site("shop.example")).await;
    assert_eq!(without.code(), (409, "taken"));
    server.wait(SignedDuration::from_hours(25));
    let later = create(&server, &owner, &sites, "k-1", "shop.example").await;
    assert_eq!(later.code(), (409, "taken"), "the key is forgotten after a day");
}

#[tokio::test]
async fn a_refusal_is_not_kept_and_a_key_is_its_users_own() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let sites = format!("{workspace}/sites");
    let refused = create(&server, &owner, &sites, "k", "-").await;
    assert_eq!(refused.code(), (422, "invalid_fields"));
    assert_eq!(create(&server, &owner, &sites, "k", "shop.example").await.status, 201);
    let admin = server.member(&owner, &workspace, "admin").await;
    let own = create(&server, &admin, &sites, "k", "second.example").await;
    assert_eq!(own.status, 201, "{own:?}");
    let stranger = create(&server, "nobody", &sites, "k", "shop.example").await;
    assert_eq!(stranger.code(), (401, "not_signed_in"));
    let empty = create(&server, &owner, &sites, &"k".repeat(300), "third.example").await;
    assert_eq!(empty.field(), ("Idempotency-Key", "invalid"));
}

#[tokio::test]
async fn a_token_is_made_once_and_never_shown_twice() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let body = json!({"name": "Import", "scopes": ["events:write"]});
    let call = || {
        let call = Call::new(Method::POST, format!("{workspace}/tokens")).by(&owner).json(&body);
        call.header("idempotency-key", "t-1")
    };
    assert_eq!(server.send(call()).await.status, 201);
    assert_eq!(server.send(call()).await.code(), (409, "answer_not_kept"));
    let list = server.get(&owner, &format!("{workspace}/tokens")).await;
    assert_eq!(list.body["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn readings_that_are_sent_again_get_the_first_answer() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let token = json!({"name": "Import", "scopes": ["events:write"]});
    let token = server.post(&owner, &format!("{workspace}/tokens"), &token).await.text("/token");
    let send = async |key: &str, value: f64| {
        let reading = json!({"series": "followers", "day": "2026-02-01", "value": value});
        let call = Call::new(Method::POST, "/api/v1/observations").with_token(&token);
        let call = call.json(&json!({"observations": [reading]})).header("idempotency-key", key);
        server.send(call).await
    };
    let first = send("o-1", 900.0).await;
    assert_eq!((first.status.as_u16(), &first.body), (200, &json!({"new": 1, "replaced": 0})));
    // Without the key this would be told as replaced.
    assert_eq!(send("o-1", 900.0).await.body, first.body);
    assert_eq!(send("o-2", 900.0).await.body, json!({"new": 0, "replaced": 1}));
    assert_eq!(send("o-1", 901.0).await.field(), ("Idempotency-Key", "reused"));
}
