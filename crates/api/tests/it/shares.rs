//! Links to boards, as a stranger without an account and a guesser see them.

use axum::body::Body;
use axum::http::{Method, Request};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::boards::Shop;
use crate::server::{Answer, Call};

struct Shared {
    shop: Shop,
    path: String,
}

impl Shared {
    async fn open() -> Self {
        let shop = Shop::open().await;
        let mut tile = shop.number("v", "visitors");
        tile["filters"] = json!([["is", "event:page", ["/shop/hats"]]]);
        let note = json!({"id": "n", "kind": "note", "width": 4, "height": 2, "text": "**Hello**"});
        let path = shop.board(&json!([tile, note])).await;
        Self { shop, path }
    }

    /// Makes a link: its token.
    async fn link(&self, link: &Value) -> String {
        let made = self.shop.server.post(&self.shop.owner, &self.links(), link).await;
        assert_eq!(made.status, 201, "{made:?}");
        let url = made.text("/url");
        let token = url.strip_prefix("http://luotsi.example/share/").expect(&url);
        token.to_owned()
    }

    fn links(&self) -> String {
        format!("{}/shares", self.path)
    }

    /// A stranger's request.
    async fn see(&self, path: &str, key: &str) -> Answer {
        let call = Call::new(Method::GET, format!("/api/v1/shared/{path}"));
        self.shop.server.send(call.header("x-share-key", key)).await
    }

    async fn try_password(&self, token: &str, password: &str) -> Answer {
        let call = Call::new(Method::POST, format!("/api/v1/shared/{token}/open"));
        self.shop.server.send(call.json(&json!({"password": password}))).await
    }
}

#[tokio::test]
async fn a_stranger_sees_the_board_and_nothing_of_how_it_is_asked() {
    let shared = Shared::open().await;
    let token = shared.link(&json!({"name": "Agency"})).await;
    let board = shared.see(&token, "").await;
    assert_eq!(board.status, 200, "{board:?}");
    assert_eq!(board.text("/name"), "Monday");
    assert_eq!(
        board.body["tiles"],
        json!([
            {"id": "v", "kind": "number", "title": "", "width": 3, "height": 2},
            {"id": "n", "kind": "note", "title": "", "width": 4, "height": 2, "text": "**Hello**"},
        ])
    );
    let data = shared.see(&format!("{token}/tiles/v/data?locale=fa"), "").await;
    assert_eq!(data.body["total"]["value"], 2.0, "{data:?}");
    assert_eq!(data.text("/metrics/0/name"), "بازدیدکنندگان");
    // The days are the board's own, whatever a stranger asks for.
    let other = shared.see(&format!("{token}/tiles/v/data?period=all&compare=off"), "").await;
    assert_eq!(other.body["days"], json!({"from": "2026-03-01", "to": "2026-03-01"}));
    assert_eq!(shared.see(&format!("{token}/pulse"), "").await.text("/pulse").len(), 16);
    assert_eq!(shared.see(&format!("{token}/tiles/x/data"), "").await.code(), (404, "not_found"));
    // The token opens nothing else.
    let api = Call::new(Method::GET, shared.path.clone()).with_token(&token);
    assert_eq!(shared.shop.server.send(api).await.code(), (401, "not_signed_in"));
}

#[tokio::test]
async fn unknown_revoked_and_expired_links_are_answered_alike() {
    let shared = Shared::open().await;
    let server = &shared.shop.server;
    let revoked = shared.link(&json!({"name": "Revoked"})).await;
    let listed = server.get(&shared.shop.owner, &shared.links()).await;
    assert_eq!(listed.body["items"][0].get("url"), None);
    let share = format!("{}/{}", shared.links(), listed.text("/items/0/id"));
    assert_eq!(server.delete(&shared.shop.owner, &share).await.status, 204);
    assert_eq!(server.delete(&shared.shop.owner, &share).await.code(), (404, "not_found"));
    let expired =
        shared.link(&json!({"name": "Expired", "expires_at": "2026-03-02T13:00:00Z"})).await;
    assert_eq!(shared.see(&expired, "").await.status, 200);
    server.wait(SignedDuration::from_hours(1));
    let unknown = "A".repeat(43);
    let answers = [
        shared.see(&unknown, "").await,
        shared.see(&revoked, "").await,
        shared.see(&expired, "").await,
        shared.see(&format!("{expired}/tiles/v/data"), "").await,
        shared.try_password(&revoked, "correct horse battery").await,
    ];
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (answers[0].status, &answers[0].body));
        assert_eq!(answer.code(), (404, "not_found"));
    }
    let listed = server.get(&shared.shop.owner, &shared.links()).await;
    assert_eq!(listed.body["items"][0]["expired"], true);
}

#[tokio::test]
async fn a_password_opens_a_link_for_some_hours_and_cannot_be_guessed_without_end() {
    let shared = Shared::open().await;
    let server = &shared.shop.server;
    let link = json!({"name": "Board", "password": "open sesame 1"});
    let token = shared.link(&link).await;
    for path in [token.clone(), format!("{token}/tiles/v/data"), format!("{token}/pulse")] {
        assert_eq!(shared.see(&path, "").await.code(), (401, "password_needed"), "{path}");
    }
    assert_eq!(
        shared.try_password(&token, "open sesame 2").await.code(),
        (401, "wrong_link_password")
    );
    let opened = shared.try_password(&token, "open sesame 1").await;
    assert_eq!(opened.status, 200, "{opened:?}");
    let key = opened.text("/key");
    assert_eq!(shared.see(&token, &key).await.status, 200);
    assert_eq!(shared.see(&format!("{token}/tiles/v/data"), &key).await.status, 200);
    // A key is of one link, and its time cannot be changed.
    let other = shared.link(&link).await;
    assert_eq!(shared.see(&other, &key).await.code(), (401, "password_needed"));
    let (until, proof) = key.split_once('.').expect("two parts");
    let later: i64 = until.parse().expect("a time");
    let forged = format!("{}.{proof}", later + 1);
    assert_eq!(shared.see(&token, &forged).await.code(), (401, "password_needed"));
    server.wait(SignedDuration::from_hours(12));
    assert_eq!(shared.see(&token, &key).await.code(), (401, "password_needed"));

    let mut tries = 0;
    let refused = loop {
        let answer = shared.try_password(&token, "wrong wrong wrong").await;
        tries += 1;
        if answer.code().1 != "wrong_link_password" || tries > 100 {
            break answer;
        }
    };
    assert_eq!((refused.code(), tries), ((429, "too_many_attempts"), 31));
    assert!(refused.retry_after.is_some());
    // Also the right one waits now, and the other link does not.
    assert_eq!(shared.try_password(&token, "open sesame 1").await.code().0, 429);
    assert_eq!(shared.try_password(&other, "open sesame 1").await.status, 200);
}

#[tokio::test]
async fn a_link_names_its_field_when_it_is_refused_and_only_editors_make_one() {
    let shared = Shared::open().await;
    let server = &shared.shop.server;
    for (link, field) in [
        (json!({"name": " "}), "name"),
        (json!({"name": "a", "expires_at": "tomorrow"}), "expires_at"),
        (json!({"name": "a", "expires_at": "2026-03-02T12:00:00Z"}), "expires_at"),
        (json!({"name": "a", "password": "short"}), "password"),
        (json!({"name": "a", "origins": ["https://wiki.example", "*"]}), "origins[1]"),
        (json!({"name": "a", "origins": ["https://a.example; script-src *"]}), "origins[0]"),
    ] {
        let refused = server.post(&shared.shop.owner, &shared.links(), &link).await;
        assert_eq!((refused.status.as_u16(), refused.field().0), (422, field), "{refused:?}");
    }
    let viewer = server.member(&shared.shop.owner, &shared.shop.workspace, "viewer").await;
    let refused = server.post(&viewer, &shared.links(), &json!({"name": "a"})).await;
    assert_eq!(refused.code(), (403, "forbidden"));
    assert_eq!(server.get(&viewer, &shared.links()).await.code(), (403, "forbidden"));
}

#[tokio::test]
async fn a_links_page_is_framed_by_its_origins_only_and_not_indexed() {
    let shared = Shared::open().await;
    let framed =
        json!({"name": "Wiki", "origins": ["https://Wiki.example/", "http://tv.local:8080"]});
    let framed = shared.link(&framed).await;
    let plain = shared.link(&json!({"name": "Agency"})).await;
    let page = async |token: &str| {
        let request = Request::builder().uri(format!("/share/{token}")).body(Body::empty());
        shared.shop.server.raw(request.expect("a request")).await
    };
    let text = |response: &axum::response::Response, name: &str| {
        let value = response.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let response = page(&framed).await;
    let policy = text(&response, "content-security-policy");
    assert!(
        policy.ends_with("frame-ancestors http://tv.local:8080 https://wiki.example"),
        "{policy}"
    );
    assert_eq!(text(&response, "x-frame-options"), "");
    for token in [plain.as_str(), "nothing"] {
        let response = page(token).await;
        assert!(!text(&response, "content-security-policy").contains("frame-ancestors http"));
        assert_eq!(text(&response, "referrer-policy"), "no-referrer");
        assert_eq!(text(&response, "x-robots-tag"), "noindex, nofollow, noarchive");
        assert_eq!(text(&response, "set-cookie"), "");
    }
}
