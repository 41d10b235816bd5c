//! Where visitors came from: tags as they were sent, and what earlier visits came by, over HTTP.

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::server::{Answer, Call, Server};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";

async fn send(server: &Server, call: Call) -> Answer {
    let answer = server.send(call.header("user-agent", FIREFOX)).await;
    assert!(answer.status.is_success(), "{answer:?}");
    answer
}

/// The properties of a row, and its column of the tag.
fn props(row: &Value) -> Value {
    let text = row["columns"]["props"].as_str().unwrap_or("null");
    serde_json::from_str(text).expect("properties are JSON")
}

#[tokio::test]
async fn a_tag_is_in_rows_reports_and_exports_as_it_was_sent() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let key = json!({"protocol": "ga4", "key": "G-SHOP"});
    let added = server.post(&owner, &format!("{site}/keys"), &key).await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");

    // Plausible's script, and gtag.js under an id of its own.
    let landed = "https://shop.example/?utm_source=News&utm_medium=email&utm_campaign=Spring+Sale";
    let body = json!({"n": "pageview", "u": landed, "d": "shop.example", "p": {"plan": "team"}});
    send(&server, Call::new(Method::POST, "/api/event").json(&body)).await;
    // The tags of a visit are those of its first event.
    server.wait(SignedDuration::from_hours(2));
    let query = "v=2&tid=G-SHOP&cid=111.222&en=page_view&dl=https%3A%2F%2Fshop.example%2Fb%3F\
                 utm_source%3Dgoogle%26utm_campaign%3DBrand_FI";
    send(&server, Call::new(Method::POST, format!("/g/collect?{query}"))).await;
    server.wait(SignedDuration::from_hours(2));
    let plain = json!({"n": "pageview", "u": "https://shop.example/c?utm_source=news&utm_campaign=a",
        "d": "shop.example"});
    send(&server, Call::new(Method::POST, "/api/event").json(&plain)).await;

    let rows = server.get(&owner, &format!("{site}/rows?filtered=false")).await;
    let rows = rows.body["rows"].as_array().expect("rows").clone();
    let row = |path: &str| {
        let of_path = rows.iter().find(|row| row["columns"]["pathname"] == path);
        of_path.unwrap_or_else(|| panic!("{path} in {rows:?}"))
    };
    assert_eq!(row("/")["columns"]["utm_campaign"], "spring sale");
    assert_eq!(
        props(row("/")),
        json!({"plan": "team", "utm_campaign_raw": "Spring Sale", "utm_source_raw": "News"})
    );
    assert_eq!(row("/b")["columns"]["utm_campaign"], "brand_fi");
    assert_eq!(props(row("/b"))["utm_campaign_raw"], "Brand_FI");
    // What was sent as it is grouped has not grown.
    assert_eq!(props(row("/c")), Value::Null);

    let body = json!({"site_id": "shop.example", "metrics": ["events"], "date_range": "day",
        "dimensions": ["event:props:utm_campaign_raw"], "filters": [["is", "event:page", ["/", "/b"]]],
        "order_by": [["event:props:utm_campaign_raw", "asc"]]});
    let by_raw = server.post(&owner, "/api/v2/query", &body).await;
    assert_eq!(
        by_raw.body["results"],
        json!([
            {"dimensions": ["Brand_FI"], "metrics": [1]},
            {"dimensions": ["Spring Sale"], "metrics": [1]}
        ])
    );

    let export = server.get(&owner, &format!("{site}/people?anonymous_id=111.222")).await;
    let kept = &export.body["rows"][0];
    assert_eq!(kept["utm_campaign"], "brand_fi", "{export:?}");
    assert_eq!(kept["props"]["utm_campaign_raw"], "Brand_FI", "{export:?}");
}

/// A page view of a visitor with a lasting id, by a server.
async fn view(server: &Server, token: &str, domain: &str, visitor: &str, query: &str) {
    let body = json!([{"n": "pageview", "u": format!("https://{domain}/{query}"), "d": domain,
        "visitor_id": visitor, "ip": "192.0.2.1", "user_agent": FIREFOX}]);
    send(server, Call::new(Method::POST, "/api/events").json(&body).with_token(token)).await;
}

#[tokio::test]
async fn a_report_by_the_last_source_knows_what_came_before_it() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    server.site(&owner, &workspace, "shop.example").await;
    server.site(&owner, &workspace, "blog.example").await;
    let token = json!({"name": "t", "scopes": ["events:write"]});
    let token = server.post(&owner, &format!("{workspace}/tokens"), &token).await.text("/token");
    let ad = "?utm_source=google&utm_medium=cpc&utm_campaign=Spring";
    view(&server, &token, "shop.example", "aino", ad).await;
    // Another site is another matter.
    view(&server, &token, "blog.example", "pekka", "?utm_source=news&utm_medium=email").await;
    server.wait(SignedDuration::from_hours(48));
    view(&server, &token, "shop.example", "aino", "").await;
    view(&server, &token, "shop.example", "pekka", "").await;

    let ask = async |dimension: &str, filters: Value, metrics: Value| {
        let body = json!({"site_id": "shop.example", "metrics": metrics, "date_range": "day",
            "dimensions": [dimension], "filters": filters, "include": {"imports": true},
            "order_by": [[dimension, "asc"]]});
        server.post(&owner, "/api/v2/query", &body).await
    };
    let by_last =
        ask("visit:last_non_direct_source", json!([]), json!(["visits", "bounce_rate"])).await;
    assert_eq!(
        by_last.body["results"],
        json!([
            {"dimensions": ["Direct / None"], "metrics": [1, 100]},
            {"dimensions": ["Google"], "metrics": [1, 100]}
        ]),
        "{by_last:?}"
    );
    // What other tools counted has no such thing, and says so.
    assert_eq!(by_last.body["meta"]["imported"]["skipped"], "dimensions");
    let paid = json!([["is", "visit:last_non_direct_channel", ["Paid Search"]]]);
    let of_paid = ask("visit:channel", paid, json!(["visits"])).await;
    assert_eq!(of_paid.body["results"], json!([{"dimensions": ["Direct"], "metrics": [1]}]));
    let first = ask("visit:first_user_campaign", json!([]), json!(["visits"])).await;
    assert_eq!(
        first.body["results"],
        json!([
            {"dimensions": ["(not set)"], "metrics": [1]},
            {"dimensions": ["spring"], "metrics": [1]}
        ])
    );
    let unknown = ask("visit:last_non_direct_term", json!([]), json!(["visits"])).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    assert_eq!(unknown.field(), ("dimensions[0]", "invalid_dimensions"));
    // As before.
    let own = ask("visit:source", json!([]), json!(["visits"])).await;
    assert_eq!(own.body["results"], json!([{"dimensions": ["Direct / None"], "metrics": [2]}]));
}
