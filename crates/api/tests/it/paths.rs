//! Which paths answer what: screens are the UI's page, clients' paths their clients' replies, and the rest says
//! that there is nothing.

use std::path::Path;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::json;

use crate::server::Server;

/// Status, content type and body of an answer.
async fn ask(server: &Server, method: &str, path: &str) -> (StatusCode, String, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("accept", "text/html,*/*")
        .header("origin", "https://shop.example")
        .body(Body::empty());
    let response = server.raw(request.expect("a request")).await;
    let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
    let (status, kind) = (response.status(), kind.unwrap_or_default().to_owned());
    let body = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    (status, kind, String::from_utf8_lossy(&body).into_owned())
}

/// The paths of the UI's outermost routes, an id in the place of each parameter.
fn screens() -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/app/router.tsx");
    let routes = std::fs::read_to_string(file).expect("the UI's routes");
    let outermost = routes.split("getParentRoute: () => root,").skip(1);
    let paths: Vec<String> = outermost
        .filter_map(|route| route.split("path: \"").nth(1)?.split('"').next())
        .map(|path| {
            path.split('/').map(|part| part.replace('$', "a.b-")).collect::<Vec<_>>().join("/")
        })
        .collect();
    assert!(paths.len() >= 5, "{paths:?}");
    paths
}

#[tokio::test]
async fn every_screen_is_the_uis_page_however_deep_its_link() {
    let server = Server::start().await;
    let deep =
        ["/w/1/sites/shop.example/qa", "/w/1/goals/2/edit?by=owner", "/w/1/"].map(String::from);
    for path in screens().iter().chain(&deep) {
        let (status, kind, _) = ask(&server, "GET", path).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/html; charset=utf-8"), "{path}");
        assert_eq!(ask(&server, "HEAD", path).await.0, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn what_is_no_screen_is_never_the_uis_page() {
    let server = Server::start().await;
    for (method, path) in [
        ("GET", "/nothing"),
        ("GET", "/wp-login.php"),
        ("GET", "/api/nothing"),
        ("GET", "/gtm.js?id=GTM-1"),
        ("POST", "/"),
        ("POST", "/w/1"),
        ("POST", "/nothing"),
        ("PUT", "/nothing"),
        ("DELETE", "/api/v1/nothing"),
    ] {
        let (status, kind, body) = ask(&server, method, path).await;
        assert_eq!(
            (status, kind.as_str()),
            (StatusCode::NOT_FOUND, "application/problem+json"),
            "{method} {path}: {body}"
        );
        let path = path.split('?').next().expect("a path");
        assert!(body.contains(&format!("{method} {path}")), "{body}");
    }
}

#[tokio::test]
async fn what_clients_ask_before_they_send_is_answered_without_the_uis_page() {
    let server = Server::start().await;
    for (path, answer) in [
        ("/config/key?config_group=browser", json!({"configs": {}})),
        ("/sdk/v2/flags", json!([])),
        ("/sdk/v2/vardata?v=0", json!({})),
        ("/settings/?mp_lib=web&sdk_config=1", json!({})),
        ("/flags/?mp_lib=web&token=t", json!({"code": 200, "status": "OK", "flags": {}})),
        ("/flags/definitions?mp_lib=node&token=t", json!({"flags": []})),
        (
            "/flags/definitions?token=phc&send_cohorts",
            json!({"flags": [], "group_type_mapping": {}, "cohorts": {}}),
        ),
        (
            "/api/feature_flag/local_evaluation?token=phc&send_cohorts",
            json!({"flags": [], "group_type_mapping": {}, "cohorts": {}}),
        ),
        ("/api/heartbeat", json!({"ok": true})),
    ] {
        let (status, kind, body) = ask(&server, "GET", path).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/json"), "{path}: {body}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&body).expect("JSON"),
            answer,
            "{path}"
        );
    }
    for path in ["/gtag/js?id=G-1", "/static/array.js", "/static/surveys.js?v=1", "/p.js"] {
        let (status, kind, _) = ask(&server, "GET", path).await;
        assert_eq!(
            (status, kind.as_str()),
            (StatusCode::OK, "text/javascript; charset=utf-8"),
            "{path}"
        );
    }
    for (method, path) in [("GET", "/sub/key"), ("POST", "/ccm/collect?tid=G-1")] {
        assert_eq!(ask(&server, method, path).await.0, StatusCode::NO_CONTENT, "{path}");
    }
}

#[tokio::test]
async fn scripts_lie_where_the_tags_of_other_tools_load_them() {
    let server = Server::start().await;
    for path in [
        "/js/luotsi.js",
        "/js/script.js",
        "/js/script.hash.outbound-links.js",
        "/js/plausible.js",
        "/js/pa-Ab3_x.js",
        "/script.js",
        "/count.js",
        "/matomo.js",
        "/analytics/piwik.js",
    ] {
        let request = Request::builder().uri(path).header("origin", "https://shop.example");
        let response = server.raw(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let header = |name: &str| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        assert_eq!(header("content-type"), "text/javascript; charset=utf-8", "{path}");
        assert_eq!(header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(header("cross-origin-resource-policy"), "cross-origin", "{path}");
        assert_eq!(header("cache-control"), "public, max-age=86400", "{path}");
        assert!(!header("etag").is_empty(), "{path}");
    }
    for path in ["/js/other.js", "/other/script.js", "/js/script.css", "/js/"] {
        assert_eq!(ask(&server, "GET", path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}
