//! Members, sites, conversions, objectives and the audit log over HTTP.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::server::{Call, PASSWORD, Server, site};

#[tokio::test]
async fn a_site_comes_with_its_keys_and_the_snippet_to_paste() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let made = server
        .post(&owner, &format!("{workspace}/sites"), &site("https://www.Shop.example/cart"))
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(
        (made.text("/domain"), made.text("/name")),
        ("shop.example".into(), "shop.example".into())
    );
    assert_eq!(
        (made.text("/keys/plausible"), made.text("/keys/matomo")),
        ("shop.example".into(), "1".into())
    );
    assert!(made.text("/keys/posthog").starts_with("phc_"));
    assert!(!made.text("/secrets/ga4").is_empty());
    assert_eq!(
        made.text("/snippet"),
        r#"<script defer data-domain="shop.example" src="http://luotsi.example/js/luotsi.js"></script>"#
    );
    let taken = server.post(&owner, &format!("{workspace}/sites"), &site("shop.example")).await;
    assert_eq!((taken.code(), taken.field()), ((409, "taken"), ("domain", "taken")));

    let viewer = server.member(&owner, &workspace, "viewer").await;
    let seen = server.get(&viewer, &format!("{workspace}/sites")).await;
    assert_eq!(seen.text("/items/0/keys/matomo"), "1");
    assert_eq!(seen.body["items"][0]["secrets"], json!({}));
}

#[tokio::test]
async fn only_what_is_given_about_a_site_changes() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let path = server.site(&owner, &workspace, "shop.example").await;
    let changed =
        server.patch(&owner, &path, &json!({"currency": "sek", "retention_days": 400})).await;
    assert_eq!(
        (changed.text("/currency"), changed.body["retention_days"].clone()),
        ("SEK".into(), json!(400))
    );
    assert_eq!(changed.text("/time_zone"), "Europe/Helsinki");
    let kept = server.patch(&owner, &path, &json!({"name": "Kauppa"})).await;
    assert_eq!(
        (kept.text("/name"), kept.body["retention_days"].clone()),
        ("Kauppa".into(), json!(400))
    );
    let forever = server.patch(&owner, &path, &json!({"retention_days": null})).await;
    assert_eq!(forever.body["retention_days"], json!(null));
    assert_eq!(server.delete(&owner, &path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&owner, &path).await.code(), (404, "not_found"));
}

#[tokio::test]
async fn a_conversion_is_a_page_or_an_event() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let path = format!("{}/conversions", server.site(&owner, &workspace, "shop.example").await);
    let page =
        server.post(&owner, &path, &json!({"kind": "page", "page_pattern": "/thanks/**"})).await;
    assert_eq!(
        (page.text("/display_name"), page.text("/kind")),
        ("Visit /thanks/**".into(), "page".into())
    );
    let event = json!({"kind": "event", "event_name": "purchase", "revenue": true});
    let event = server.post(&owner, &path, &event).await;
    assert_eq!(
        (event.text("/currency"), event.body["revenue"].clone()),
        ("EUR".into(), json!(true))
    );
    let again =
        server.post(&owner, &path, &json!({"kind": "event", "event_name": "purchase"})).await;
    assert_eq!((again.code(), again.field()), ((409, "taken"), ("display_name", "taken")));
    let listed = server.get(&owner, &path).await;
    assert_eq!(listed.body["items"].as_array().expect("items").len(), 2);
    assert_eq!(
        server.delete(&owner, &format!("{path}/{}", page.text("/id"))).await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn an_objective_belongs_to_a_member_or_to_nobody() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let me = server.get(&owner, "/api/v1/session").await.text("/user/id");
    let path = format!("{workspace}/objectives");
    let made = server.post(&owner, &path, &json!({"name": " Grow ", "owner_id": me})).await;
    assert_eq!((made.text("/name"), made.text("/owner_id")), ("Grow".into(), me));
    let stranger = server.post(&owner, &path, &json!({"name": "Grow", "owner_id": "nobody"})).await;
    assert_eq!(stranger.field(), ("owner_id", "not_a_member"));
    let one = format!("{path}/{}", made.text("/id"));
    let changed = server
        .patch(&owner, &one, &json!({"owner_id": null, "description": "From new customers"}))
        .await;
    assert_eq!(
        (changed.body["owner_id"].clone(), changed.text("/name")),
        (json!(null), "Grow".into())
    );
    assert_eq!(server.delete(&owner, &one).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn someone_with_an_account_joins_a_second_workspace_with_the_same_password() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    server.member(&owner, &workspace, "editor").await;
    let again = json!({"email": "EDITOR@shop.example", "name": "", "role": "viewer", "password": "ignored and short"});
    let taken = server.post(&owner, &format!("{workspace}/members"), &again).await;
    assert_eq!((taken.code(), taken.field()), ((409, "taken"), ("email", "taken")));
    assert_eq!(server.sign_in("editor@shop.example", PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_audit_log_tells_everything_page_by_page() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    for number in 0..60 {
        let renamed =
            server.patch(&owner, &workspace, &json!({"name": format!("Shop {number}")})).await;
        assert_eq!(renamed.status, StatusCode::OK);
        server.wait(jiff::SignedDuration::from_secs(1));
    }
    let first = server.get(&owner, &format!("{workspace}/audit")).await;
    assert_eq!(first.body["items"].as_array().expect("items").len(), 50);
    assert_eq!(first.text("/items/0/target"), "Shop 59");
    assert_eq!(first.text("/items/0/actor"), "aino@shop.example");
    let next = format!("{workspace}/audit?cursor={}", first.text("/next_cursor"));
    let second = server.get(&owner, &next).await;
    assert_eq!(
        (second.text("/items/0/target"), second.text("/items/9/target")),
        ("Shop 9".into(), "Shop 0".into())
    );
    assert_eq!(second.body["next_cursor"], json!(null));
}

#[tokio::test]
async fn programs_find_the_description_and_are_told_of_wrong_paths() {
    let server = Server::start().await;
    let described = server.send(Call::new(Method::GET, "/api/openapi.json")).await;
    assert_eq!(described.text("/openapi"), "3.1.0");
    assert!(described.body["paths"]["/api/v1/workspaces/{w}/goals"]["post"].is_object());
    let missing = server.send(Call::new(Method::GET, "/api/v1/nothing")).await;
    assert_eq!(missing.code(), (404, "not_found"));
}
