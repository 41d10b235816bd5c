//! Who may do what: every path of the workspace, for every role, for tokens and for strangers.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::server::{Call, PASSWORD, Server, site};

/// A request in the workspace, and the smallest role that may make it.
fn requests() -> Vec<(Method, &'static str, Option<Value>, &'static str)> {
    let page = json!({"kind": "page", "page_pattern": "/thanks"});
    vec![
        (Method::GET, "", None, "viewer"),
        (Method::PATCH, "", Some(json!({"name": "New"})), "admin"),
        (Method::GET, "/members", None, "viewer"),
        (Method::POST, "/members", Some(json!({"email": "x", "role": "viewer"})), "admin"),
        (Method::PATCH, "/members/x", Some(json!({"role": "viewer"})), "admin"),
        (Method::DELETE, "/members/x", None, "admin"),
        (Method::GET, "/sites", None, "viewer"),
        (Method::POST, "/sites", Some(site("")), "admin"),
        (Method::GET, "/sites/x", None, "viewer"),
        (Method::PATCH, "/sites/x", Some(json!({"name": "New"})), "admin"),
        (Method::DELETE, "/sites/x", None, "admin"),
        (Method::GET, "/sites/x/conversions", None, "viewer"),
        (Method::POST, "/sites/x/conversions", Some(page), "editor"),
        (Method::DELETE, "/sites/x/conversions/y", None, "editor"),
        (Method::GET, "/objectives", None, "viewer"),
        (Method::POST, "/objectives", Some(json!({"name": ""})), "editor"),
        (Method::PATCH, "/objectives/x", Some(json!({"name": "New"})), "editor"),
        (Method::DELETE, "/objectives/x", None, "editor"),
        (Method::GET, "/goals", None, "viewer"),
        (Method::POST, "/goals", Some(json!({})), "editor"),
        (Method::POST, "/goals/preview", Some(json!({})), "editor"),
        (Method::GET, "/goals/x", None, "viewer"),
        (Method::PATCH, "/goals/x", Some(json!({})), "editor"),
        (Method::DELETE, "/goals/x", None, "editor"),
        (Method::GET, "/alerts", None, "viewer"),
        (Method::GET, "/alerts/x", None, "viewer"),
        (Method::POST, "/alerts/look", Some(json!({})), "editor"),
        (Method::POST, "/alerts/x/acknowledge", Some(json!({})), "editor"),
        (Method::POST, "/alerts/x/snooze", Some(json!({"until": ""})), "editor"),
        (Method::POST, "/alerts/x/resolve", Some(json!({})), "editor"),
        (Method::POST, "/alerts/x/reopen", Some(json!({})), "editor"),
        (Method::POST, "/alerts/x/mute", Some(json!({})), "editor"),
        (Method::GET, "/silences", None, "viewer"),
        (Method::DELETE, "/silences/x", None, "editor"),
        (Method::GET, "/alert-settings", None, "viewer"),
        (Method::PATCH, "/alert-settings", Some(json!({})), "admin"),
        (Method::GET, "/alert-lines", None, "viewer"),
        (Method::POST, "/alert-lines", Some(json!({})), "editor"),
        (Method::DELETE, "/alert-lines/x", None, "editor"),
        (Method::GET, "/inbox", None, "viewer"),
        (Method::POST, "/inbox/x/read", Some(json!({})), "viewer"),
        (Method::POST, "/inbox/read", Some(json!({"newest": "x"})), "viewer"),
        (Method::GET, "/notice-choice", None, "viewer"),
        (Method::PATCH, "/notice-choice", Some(json!({})), "viewer"),
        (Method::GET, "/mail", None, "viewer"),
        (Method::POST, "/mail/test", Some(json!({})), "admin"),
        (Method::GET, "/webhooks", None, "admin"),
        (Method::POST, "/webhooks", Some(json!({"url": ""})), "admin"),
        (Method::PATCH, "/webhooks/x", Some(json!({})), "admin"),
        (Method::DELETE, "/webhooks/x", None, "admin"),
        (Method::POST, "/webhooks/x/secret", Some(json!({})), "admin"),
        (Method::POST, "/webhooks/x/test", Some(json!({})), "admin"),
        (Method::GET, "/webhooks/x/deliveries", None, "admin"),
        (Method::POST, "/webhooks/x/deliveries/y/again", Some(json!({})), "admin"),
        (Method::GET, "/tokens", None, "admin"),
        (Method::POST, "/tokens", Some(json!({"name": "", "scopes": []})), "admin"),
        (Method::DELETE, "/tokens/x", None, "admin"),
        (Method::GET, "/audit", None, "admin"),
    ]
}

fn call(method: &Method, path: String, body: Option<&Value>) -> Call {
    Call::new(method.clone(), path).maybe_json(body)
}

#[tokio::test]
async fn each_role_does_what_it_may_and_nothing_else() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let roles = ["viewer", "editor", "admin", "owner"];
    let mut cookies = Vec::new();
    for role in &roles[..3] {
        cookies.push(server.member(&owner, &workspace, role).await);
    }
    cookies.push(owner);
    for (method, path, body, least) in requests() {
        let needed = roles.iter().position(|role| *role == least).expect("a role");
        for (rank, cookie) in cookies.iter().enumerate() {
            let answer = server
                .send(call(&method, format!("{workspace}{path}"), body.as_ref()).by(cookie))
                .await;
            let refused = answer.code() == (403, "forbidden");
            assert_eq!(refused, rank < needed, "{} {method} {path}: {answer:?}", roles[rank]);
            assert_ne!(
                answer.status,
                StatusCode::INTERNAL_SERVER_ERROR,
                "{method} {path}: {answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn strangers_and_other_workspaces_members_learn_nothing() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let elsewhere = server
        .store
        .create_workspace("Other", false, "2026-03-02T12:00:00Z".parse().expect("a time"))
        .await;
    let elsewhere = format!("/api/v1/workspaces/{}", elsewhere.expect("a workspace").id);
    for (method, path, body, _) in requests() {
        let stranger =
            server.send(call(&method, format!("{workspace}{path}"), body.as_ref())).await;
        assert_eq!(stranger.code(), (401, "not_signed_in"), "{method} {path}");
        let other = server
            .send(call(&method, format!("{elsewhere}{path}"), body.as_ref()).by(&owner))
            .await;
        let missing = server
            .send(call(&method, format!("/api/v1/workspaces/none{path}"), body.as_ref()).by(&owner))
            .await;
        assert_eq!(other.code(), (404, "not_found"), "{method} {path}");
        assert_eq!(other.body, missing.body, "{method} {path}");
    }
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say_in_its_workspace() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let mut tokens = Vec::new();
    for scope in ["events:write", "stats:read", "admin"] {
        let made = server
            .post(
                &owner,
                &format!("{workspace}/tokens"),
                &json!({"name": scope, "scopes": [scope]}),
            )
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        assert!(made.text("/token").starts_with(&made.text("/prefix")));
        tokens.push((made.text("/token"), made.text("/id")));
    }
    let with = |token: usize, method: Method, body: Option<Value>| {
        Call::new(method, format!("{workspace}/sites"))
            .with_token(&tokens[token].0)
            .maybe_json(body.as_ref())
    };
    assert_eq!(server.send(with(0, Method::GET, None)).await.code(), (403, "forbidden"));
    assert_eq!(server.send(with(1, Method::GET, None)).await.status, StatusCode::OK);
    assert_eq!(
        server.send(with(1, Method::POST, Some(site("a.example")))).await.code(),
        (403, "forbidden")
    );
    assert_eq!(
        server.send(with(2, Method::POST, Some(site("a.example")))).await.status,
        StatusCode::CREATED
    );

    let listed = server.get(&owner, &format!("{workspace}/tokens")).await;
    assert!(
        listed.body["items"]
            .as_array()
            .expect("items")
            .iter()
            .all(|token| token.get("token").is_none())
    );
    assert_eq!(
        server.delete(&owner, &format!("{workspace}/tokens/{}", tokens[2].1)).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(server.send(with(2, Method::GET, None)).await.code(), (401, "not_signed_in"));
    let actor = server.get(&owner, &format!("{workspace}/audit")).await;
    let site_made = actor.body["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|entry| entry["action"] == "site.created");
    assert_eq!(site_made.expect("noted")["actor"], "token admin");
}

#[tokio::test]
async fn an_admin_makes_admins_but_does_not_touch_owners() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let admin = server.member(&owner, &workspace, "admin").await;
    let members = server.get(&admin, &format!("{workspace}/members")).await;
    let owner_path = format!("{workspace}/members/{}", members.text("/items/0/user_id"));
    let admin_path = format!("{workspace}/members/{}", members.text("/items/1/user_id"));
    assert_eq!(
        server.patch(&admin, &owner_path, &json!({"role": "viewer"})).await.code(),
        (403, "role_above_own")
    );
    assert_eq!(server.delete(&admin, &owner_path).await.code(), (403, "role_above_own"));
    assert_eq!(
        server.patch(&admin, &admin_path, &json!({"role": "owner"})).await.code(),
        (403, "role_above_own")
    );
    let new_owner =
        json!({"email": "o@x.example", "name": "O", "role": "owner", "password": PASSWORD});
    assert_eq!(
        server.post(&admin, &format!("{workspace}/members"), &new_owner).await.code(),
        (403, "role_above_own")
    );
    assert_eq!(
        server.patch(&owner, &owner_path, &json!({"role": "admin"})).await.code(),
        (409, "last_owner")
    );
    assert_eq!(
        server.patch(&owner, &admin_path, &json!({"role": "owner"})).await.text("/role"),
        "owner"
    );
    assert_eq!(
        server.patch(&owner, &owner_path, &json!({"role": "admin"})).await.text("/role"),
        "admin"
    );
    assert_eq!(server.delete(&admin, &owner_path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&owner, &workspace).await.code(), (404, "not_found"));
}
