//! Keys of existing tags over HTTP.

use axum::http::Method;
use serde_json::{Value, json};

use crate::server::{Call, Server};

#[tokio::test]
async fn a_key_is_added_listed_and_removed_by_who_may() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let keys = format!("{site}/keys");
    let key = json!({"protocol": "segment", "key": " wk_old ", "secret": "s3cret"});
    let added = server.post(&owner, &keys, &key).await;
    assert_eq!(added.status, 201, "{added:?}");
    assert_eq!((added.text("/key"), added.text("/protocol")), ("wk_old".into(), "segment".into()));
    let items = |answer: &Value| answer["items"].as_array().cloned().unwrap_or_default();
    let list = items(&server.get(&owner, &keys).await.body);
    assert_eq!(list.len(), 19);
    let own: Vec<_> = list.iter().filter(|key| key["added_at"].is_string()).collect();
    assert_eq!((own.len(), &own[0]["secret"]), (1, &json!("s3cret")));
    // The site itself still shows what it was born with.
    let shown = server.get(&owner, &site).await;
    assert_ne!(shown.text("/keys/segment"), "wk_old");

    let viewer = server.member(&owner, &workspace, "viewer").await;
    let seen = items(&server.get(&viewer, &keys).await.body);
    assert!(seen.iter().all(|key| key.get("secret").is_none()), "{seen:?}");
    assert_eq!(server.post(&viewer, &keys, &key).await.code(), (403, "forbidden"));

    let path = format!("{keys}/segment/wk_old");
    assert_eq!(server.delete(&viewer, &path).await.code(), (403, "forbidden"));
    assert_eq!(server.delete(&owner, &path).await.status, 204);
    assert_eq!(server.delete(&owner, &path).await.code(), (404, "not_found"));
    let born = format!("{keys}/plausible/shop.example");
    assert_eq!(server.delete(&owner, &born).await.code(), (404, "not_found"));
}

#[tokio::test]
async fn a_key_leads_to_one_site_and_its_shape_is_its_protocols() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let first = server.site(&owner, &workspace, "shop.example").await;
    let second = server.site(&owner, &workspace, "blog.example").await;
    let key = json!({"protocol": "posthog", "key": "phc_1"});
    assert_eq!(server.post(&owner, &format!("{first}/keys"), &key).await.status, 201);
    for site in [&first, &second] {
        let taken = server.post(&owner, &format!("{site}/keys"), &key).await;
        assert_eq!((taken.code(), taken.field()), ((409, "taken"), ("key", "taken")));
        assert!(!taken.text("/detail").contains("shop.example"), "{taken:?}");
    }
    for (body, field) in [
        (json!({"protocol": "nothing", "key": "k"}), "protocol"),
        (json!({"protocol": "matomo", "key": "seven"}), "key"),
        (json!({"protocol": "umami", "key": "7"}), "key"),
        (json!({"protocol": "segment", "key": "a b"}), "key"),
        (json!({"protocol": "segment", "key": "k", "secret": "a\nb"}), "secret"),
        (json!({"protocol": "segment"}), "key"),
    ] {
        let refused = server.post(&owner, &format!("{first}/keys"), &body).await;
        assert_eq!((refused.status.as_u16(), refused.field().0), (422, field), "{refused:?}");
    }
}

#[tokio::test]
async fn what_arrives_under_an_added_domain_is_the_sites() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let event = json!({"n": "pageview", "u": "https://old.example/", "d": "www.old.example"});
    let send = || server.send(Call::new(Method::POST, "/api/event").json(&event));
    let refused = send().await;
    assert_eq!((refused.code(), refused.field()), ((400, "invalid_event"), ("d", "unknown_site")));
    let key = json!({"protocol": "plausible", "key": "old.example"});
    assert_eq!(server.post(&owner, &format!("{site}/keys"), &key).await.status, 201);
    assert_eq!(send().await.status, 202);
}
