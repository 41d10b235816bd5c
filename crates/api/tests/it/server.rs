//! A server without a socket, with a clock that stands until a test moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use luotsi_api::state::{App, AppSettings};
use luotsi_lake::lake::{Lake, LakeSettings};
use luotsi_store::Store;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// What a request is answered with.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    pub(crate) cookie: Option<String>,
    pub(crate) retry_after: Option<String>,
}

impl Answer {
    /// The stable code of a refusal.
    pub(crate) fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or_default())
    }

    /// The field that is refused first, and why.
    pub(crate) fn field(&self) -> (&str, &str) {
        let text = |name: &str| self.body["errors"][0][name].as_str().unwrap_or_default();
        (text("field"), text("code"))
    }

    pub(crate) fn text(&self, pointer: &str) -> String {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// A request that is being put together.
pub(crate) struct Call {
    method: Method,
    path: String,
    cookie: Option<String>,
    token: Option<String>,
    headers: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
}

impl Call {
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            cookie: None,
            token: None,
            headers: Vec::new(),
            body: None,
        }
    }

    /// With a JSON body, when there is one.
    pub(crate) fn maybe_json(self, body: Option<&Value>) -> Self {
        match body {
            Some(body) => self.json(body),
            None => self,
        }
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.body = Some(body.to_string().into_bytes());
        self
    }

    pub(crate) fn raw(mut self, body: &str) -> Self {
        self.body = Some(body.as_bytes().to_vec());
        self
    }

    /// As a browser with this cookie sends it from one of the server's pages.
    pub(crate) fn by(mut self, cookie: &str) -> Self {
        self.cookie = Some(cookie.to_owned());
        self
    }

    pub(crate) fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Adds a header, or replaces the one that a browser would send.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

pub(crate) struct Server {
    router: Router,
    pub(crate) app: App,
    clock: Arc<AtomicI64>,
    pub(crate) store: Store,
    pub(crate) courier: luotsi_notify::courier::Courier,
    _folder: TempDir,
}

impl Server {
    /// An empty installation at noon UTC on Monday, 2 March 2026.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let now: Timestamp = "2026-03-02T12:00:00Z".parse().expect("a time");
        let clock = Arc::new(AtomicI64::new(now.as_microsecond()));
        let store = Store::open_file(&folder.path().join("luotsi.db"), now).await.expect("a store");
        let lake = Lake::open(LakeSettings::new(folder.path().join("lake")), now.as_microsecond());
        let settings = AppSettings {
            lists: luotsi_marketing::counting::Lists::default(),
            country_database: None,
            public_url: None,
            query_memory: 256 << 20,
            demo_sign_in: None,
            rates: luotsi_api::RateLimits::default(),
            trusted_proxies: luotsi_api::TrustedProxies::default(),
            mail: None,
            reach: luotsi_notify::address::Reach { private: true },
            link_url: "https://luotsi.example".into(),
        };
        let time = clock.clone();
        let app = App::new(store.clone(), lake.await.expect("a lake"), settings, move || {
            Timestamp::from_microsecond(time.load(Ordering::Relaxed)).expect("a time")
        });
        let app = app.await.expect("an app");
        let courier = app.courier().clone();
        let router = luotsi_api::router(app.clone());
        Self { courier, router, app, clock, store, _folder: folder }
    }

    pub(crate) fn wait(&self, time: SignedDuration) {
        let us = i64::try_from(time.as_micros()).expect("not for ages");
        self.clock.fetch_add(us, Ordering::Relaxed);
    }

    pub(crate) fn set_clock(&self, now_us: i64) {
        self.clock.store(now_us, Ordering::Relaxed);
    }

    /// Sends a request as it is.
    pub(crate) async fn raw(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.expect("an answer")
    }

    pub(crate) async fn send(&self, call: Call) -> Answer {
        let mut request = Request::builder().method(call.method).uri(&call.path);
        let mut headers = vec![("host", "luotsi.example".to_owned())];
        if let Some(cookie) = &call.cookie {
            headers.push(("cookie", format!("luotsi_session={cookie}")));
            headers.push(("origin", "https://luotsi.example".to_owned()));
        }
        if let Some(token) = &call.token {
            headers.push(("authorization", format!("Bearer {token}")));
        }
        headers.push(("content-type", "application/json".to_owned()));
        for (name, value) in &call.headers {
            headers.retain(|(known, _)| known != name);
            headers.push((name, value.clone()));
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, value);
        }
        let request = request.body(call.body.map_or(Body::empty(), Body::from)).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let text = |name| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let cookie = text(header::SET_COOKIE).and_then(|cookie| {
            let value = cookie.strip_prefix("luotsi_session=")?;
            value.split(';').next().filter(|value| !value.is_empty()).map(str::to_owned)
        });
        let (status, retry_after) = (response.status(), text(header::RETRY_AFTER));
        let bytes = to_bytes(response.into_body(), 10 << 20).await.expect("a body");
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status, body, cookie, retry_after }
    }

    pub(crate) async fn get(&self, cookie: &str, path: &str) -> Answer {
        self.send(Call::new(Method::GET, path).by(cookie)).await
    }

    pub(crate) async fn post(&self, cookie: &str, path: &str, body: &Value) -> Answer {
        self.send(Call::new(Method::POST, path).by(cookie).json(body)).await
    }

    pub(crate) async fn patch(&self, cookie: &str, path: &str, body: &Value) -> Answer {
        self.send(Call::new(Method::PATCH, path).by(cookie).json(body)).await
    }

    pub(crate) async fn delete(&self, cookie: &str, path: &str) -> Answer {
        self.send(Call::new(Method::DELETE, path).by(cookie)).await
    }

    /// Sets the server up: the owner's cookie and the path of the workspace.
    pub(crate) async fn set_up(&self) -> (String, String) {
        let answer = self.send(Call::new(Method::POST, "/api/v1/setup").json(&owner())).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        let workspace = format!("/api/v1/workspaces/{}", answer.text("/workspaces/0/id"));
        (answer.cookie.expect("a cookie"), workspace)
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Answer {
        let body = json!({"email": email, "password": password});
        self.send(Call::new(Method::POST, "/api/v1/session").json(&body)).await
    }

    /// Adds a member and signs them in: their cookie.
    pub(crate) async fn member(&self, owner: &str, workspace: &str, role: &str) -> String {
        // Members are listed in the order in which they came.
        self.wait(SignedDuration::from_secs(1));
        let email = format!("{role}@shop.example");
        let member = json!({"email": email, "name": role, "role": role, "password": PASSWORD});
        let added = self.post(owner, &format!("{workspace}/members"), &member).await;
        assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
        self.sign_in(&email, PASSWORD).await.cookie.expect("a cookie")
    }

    /// Adds a site: its path.
    pub(crate) async fn site(&self, owner: &str, workspace: &str, domain: &str) -> String {
        let added = self.post(owner, &format!("{workspace}/sites"), &site(domain)).await;
        assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
        format!("{workspace}/sites/{}", added.text("/id"))
    }
}

pub(crate) fn owner() -> Value {
    json!({
        "email": "Aino@Shop.example", "name": "Aino", "password": PASSWORD, "workspace_name": "Shop", "locale": "fi",
    })
}

pub(crate) fn site(domain: &str) -> Value {
    json!({
        "domain": domain, "time_zone": "Europe/Helsinki", "currency": "EUR", "business_type": "web_shop",
    })
}
