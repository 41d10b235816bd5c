//! Setting up, signing in and out, and who is kept out.

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::json;

use crate::server::{Call, PASSWORD, Server, owner};

#[tokio::test]
async fn the_first_visitor_becomes_the_owner_and_no_other() {
    let server = Server::start().await;
    let setup = server.send(Call::new(Method::GET, "/api/v1/setup")).await;
    assert_eq!(
        (setup.body["needs_owner"].clone(), setup.body["sample"].clone()),
        (json!(true), json!(false))
    );

    let (cookie, _) = server.set_up().await;
    let session = server.get(&cookie, "/api/v1/session").await;
    assert_eq!(session.text("/user/email"), "aino@shop.example");
    assert_eq!(session.text("/user/locale"), "fi");
    assert_eq!(
        (session.text("/workspaces/0/name"), session.text("/workspaces/0/role")),
        ("Shop".into(), "owner".into())
    );

    let second = server.send(Call::new(Method::POST, "/api/v1/setup").json(&owner())).await;
    assert_eq!(second.code(), (409, "already_set_up"));
    let setup = server.send(Call::new(Method::GET, "/api/v1/setup")).await;
    assert_eq!(setup.body["needs_owner"], json!(false));
}

#[tokio::test]
async fn setting_up_names_every_field_that_is_not_right() {
    let server = Server::start().await;
    let wrong = json!({"email": "aino", "name": " ", "password": "short", "workspace_name": "", "locale": "sv"});
    let refused = server.send(Call::new(Method::POST, "/api/v1/setup").json(&wrong)).await;
    assert_eq!(refused.code(), (422, "invalid_fields"));
    let fields: Vec<_> = refused.body["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| &error["field"])
        .collect();
    assert_eq!(fields, ["email", "name", "workspace_name", "password", "locale"]);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let server = Server::start().await;
    server.set_up().await;
    let signed_in = server.sign_in("AINO@shop.example", PASSWORD).await;
    assert_eq!((signed_in.status, signed_in.text("/user/name")), (StatusCode::OK, "Aino".into()));
    let cookie = signed_in.cookie.expect("a cookie");
    assert_eq!(server.delete(&cookie, "/api/v1/session").await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&cookie, "/api/v1/session").await.code(), (401, "not_signed_in"));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let server = Server::start().await;
    server.set_up().await;
    let wrong = server.sign_in("aino@shop.example", "correct horse batterx").await;
    let unknown = server.sign_in("eve@shop.example", PASSWORD).await;
    assert_eq!(wrong.code(), (401, "invalid_credentials"));
    assert_eq!(wrong.body, unknown.body);
}

#[tokio::test]
async fn guessing_is_stopped_even_with_the_right_password_until_time_has_passed() {
    let server = Server::start().await;
    server.set_up().await;
    for _ in 0..10 {
        assert_eq!(
            server.sign_in("aino@shop.example", "wrong password").await.code(),
            (401, "invalid_credentials")
        );
    }
    let stopped = server.sign_in("aino@shop.example", PASSWORD).await;
    assert_eq!(stopped.code(), (429, "too_many_attempts"));
    assert_eq!(stopped.retry_after.as_deref(), Some("900"));
    server.wait(SignedDuration::from_mins(15));
    assert_eq!(server.sign_in("aino@shop.example", PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_page_elsewhere_cannot_use_the_cookie() {
    let server = Server::start().await;
    let (cookie, workspace) = server.set_up().await;
    let rename = || {
        Call::new(Method::PATCH, workspace.clone()).by(&cookie).json(&json!({"name": "Taken over"}))
    };
    for origin in ["https://evil.example", "null", ""] {
        let refused = server.send(rename().header("origin", origin)).await;
        assert_eq!(refused.code(), (403, "wrong_origin"), "{origin}");
    }
    // What a form on another page could send.
    let form = server.send(rename().header("content-type", "text/plain")).await;
    assert_eq!(form.code(), (415, "not_json"));
    let sign_in = json!({"email": "aino@shop.example", "password": PASSWORD});
    let sign_in = Call::new(Method::POST, "/api/v1/session")
        .json(&sign_in)
        .header("origin", "https://evil.example");
    assert_eq!(server.send(sign_in).await.code(), (403, "wrong_origin"));
    assert_eq!(server.get(&cookie, &workspace).await.text("/name"), "Shop");
    assert_eq!(server.send(rename()).await.text("/name"), "Taken over");
}

#[tokio::test]
async fn a_person_sees_and_revokes_their_sign_ins() {
    let server = Server::start().await;
    let (laptop, _) = server.set_up().await;
    let phone = server.sign_in("aino@shop.example", PASSWORD).await.cookie.expect("a cookie");
    let sign_ins = server.get(&laptop, "/api/v1/sessions").await;
    let items = sign_ins.body["items"].as_array().expect("items");
    assert_eq!(items.len(), 2);
    let other = items.iter().find(|item| item["current"] == json!(false)).expect("the phone");
    let path = format!("/api/v1/sessions/{}", other["id"].as_str().expect("an id"));
    assert_eq!(server.delete(&laptop, &path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&phone, "/api/v1/session").await.code(), (401, "not_signed_in"));
    assert_eq!(server.delete(&laptop, &path).await.code(), (404, "not_found"));
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_other_sign_ins() {
    let server = Server::start().await;
    let (laptop, _) = server.set_up().await;
    let phone = server.sign_in("aino@shop.example", PASSWORD).await.cookie.expect("a cookie");
    let change = |current: &str, new: &str| json!({"password": {"current": current, "new": new}});
    let short = server.patch(&laptop, "/api/v1/user", &change(PASSWORD, "short")).await;
    assert_eq!(short.field(), ("new", "too_short"));
    let wrong = server.patch(&laptop, "/api/v1/user", &change("guess", "another long one")).await;
    assert_eq!(wrong.field(), ("current", "wrong_password"));
    let changed =
        server.patch(&laptop, "/api/v1/user", &change(PASSWORD, "another long one")).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_eq!(server.get(&phone, "/api/v1/session").await.code(), (401, "not_signed_in"));
    assert_eq!(server.get(&laptop, "/api/v1/session").await.status, StatusCode::OK);
    assert_eq!(
        server.sign_in("aino@shop.example", PASSWORD).await.code(),
        (401, "invalid_credentials")
    );
    assert_eq!(
        server.sign_in("aino@shop.example", "another long one").await.status,
        StatusCode::OK
    );
    let renamed =
        server.patch(&laptop, "/api/v1/user", &json!({"name": "Aino K.", "locale": "fa"})).await;
    assert_eq!((renamed.text("/name"), renamed.text("/locale")), ("Aino K.".into(), "fa".into()));
}
