//! Malformed bodies: each is answered with a 4xx that names the field.

use axum::http::Method;
use serde_json::{Value, json};

use crate::server::{Call, Server};

/// Under the workspace's path, or under the site's for paths that start with `@`.
const BODIES: &[(&str, &str, &str, &str)] = &[
    ("/members", "{}", "email", "missing"),
    ("/members", r#"{"email": 5, "role": "viewer"}"#, "email", "invalid"),
    (
        "/members",
        r#"{"email": "no address", "role": "viewer", "password": "long enough"}"#,
        "email",
        "invalid_email",
    ),
    (
        "/members",
        r#"{"email": "a@b", "role": "king", "password": "long enough"}"#,
        "role",
        "unknown_role",
    ),
    (
        "/members",
        r#"{"email": "a@b", "role": "viewer", "password": "short"}"#,
        "password",
        "too_short",
    ),
    ("/sites", "{}", "domain", "missing"),
    ("/sites", "[]", "body", "invalid"),
    ("/sites", r#""text""#, "body", "invalid"),
    (
        "/sites",
        r#"{"domain": "a b", "time_zone": "UTC", "currency": "EUR", "business_type": "saas"}"#,
        "domain",
        "invalid_domain",
    ),
    (
        "/sites",
        r#"{"domain": "a.b", "time_zone": "Mars", "currency": "EUR", "business_type": "saas"}"#,
        "time_zone",
        "unknown_time_zone",
    ),
    (
        "/sites",
        r#"{"domain": "a.b", "time_zone": "UTC", "currency": "FIM", "business_type": "saas"}"#,
        "currency",
        "unknown_currency",
    ),
    (
        "/sites",
        r#"{"domain": "a.b", "time_zone": "UTC", "currency": "EUR", "business_type": "bank"}"#,
        "business_type",
        "unknown_business_type",
    ),
    (
        "/sites",
        r#"{"domain": "a.b", "time_zone": "UTC", "currency": "EUR", "business_type": "saas", "retention_days": 0}"#,
        "retention_days",
        "out_of_range",
    ),
    (
        "/sites",
        r#"{"domain": "a.b", "time_zone": "UTC", "currency": "EUR", "business_type": "saas", "retention_days": "x"}"#,
        "retention_days",
        "invalid",
    ),
    ("@/conversions", "{}", "event_name", "invalid_name"),
    ("@/conversions", r#"{"kind": "click"}"#, "kind", "unknown_kind"),
    (
        "@/conversions",
        r#"{"kind": "page", "page_pattern": "thanks"}"#,
        "page_pattern",
        "invalid_pattern",
    ),
    (
        "@/conversions",
        r#"{"kind": "event", "event_name": "pageview"}"#,
        "event_name",
        "invalid_name",
    ),
    (
        "@/conversions",
        r#"{"kind": "event", "event_name": "a", "revenue": "yes"}"#,
        "revenue",
        "invalid",
    ),
    (
        "@/conversions",
        r#"{"kind": "event", "event_name": "a", "revenue": true, "currency": "X"}"#,
        "currency",
        "unknown_currency",
    ),
    (
        "@/conversions",
        r#"{"kind": "page", "page_pattern": "/", "revenue": true}"#,
        "revenue",
        "page_without_revenue",
    ),
    ("/objectives", r#"{"name": "  "}"#, "name", "empty"),
    ("/objectives", r#"{"name": null}"#, "name", "invalid"),
    ("/objectives", r#"{"name": "a", "description": {}}"#, "description", "invalid"),
    ("/tokens", r#"{"name": "a", "scopes": []}"#, "scopes", "empty"),
    ("/tokens", r#"{"name": "a", "scopes": ["stats:read", "root"]}"#, "scopes[1]", "unknown_scope"),
    ("/tokens", r#"{"name": "a", "scopes": [7]}"#, "scopes[0]", "invalid"),
    ("/tokens", r#"{"name": "a", "scopes": "admin"}"#, "scopes", "invalid"),
    ("/goals", "{}", "site_id", "missing"),
];

/// Changes to a sound goal.
fn goals() -> Vec<(Value, &'static str, &'static str)> {
    vec![
        (json!({"metric": "hearts"}), "metric", "unknown_metric"),
        (json!({"metric": "percentage"}), "metric", "unknown_metric"),
        (json!({"metric": "conversion_rate"}), "metric", "invalid_metrics"),
        (json!({"filters": [["is", "visit:mood", ["good"]]]}), "filters[0][1]", "invalid_filters"),
        (json!({"filters": "all"}), "filters", "invalid"),
        (json!({"filters": [["is"]]}), "filters[0]", "invalid_filters"),
        (json!({"target_kind": "double"}), "target_kind", "unknown_kind"),
        (json!({"target_kind": "percent"}), "target_input", "change_of_nothing"),
        (json!({"target_input": 0}), "target_input", "not_positive"),
        (json!({"target_input": "many"}), "target_input", "invalid"),
        (json!({"start_date": "2026-02-30"}), "start_date", "invalid_date"),
        (json!({"start_date": "2026-03-02T10:00:00"}), "start_date", "invalid_date"),
        (json!({"deadline": "soon"}), "deadline", "invalid_date"),
        (json!({"deadline": "2026-03-01"}), "deadline", "before_start"),
        (json!({"deadline": "2036-03-01"}), "deadline", "too_long"),
        (json!({"site_id": "none"}), "site_id", "unknown_site"),
        (json!({"owner_id": "none"}), "owner_id", "not_a_member"),
        (json!({"objective_id": "none"}), "objective_id", "unknown_objective"),
        (json!({"words": {"specific": 1}}), "words.specific", "invalid"),
    ]
}

#[tokio::test]
async fn a_malformed_body_is_refused_at_its_field() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    for (path, body, field, code) in BODIES {
        let path = path
            .strip_prefix('@')
            .map_or(format!("{workspace}{path}"), |path| format!("{site}{path}"));
        let refused = server.send(Call::new(Method::POST, path).by(&owner).raw(body)).await;
        assert_eq!(refused.code(), (422, "invalid_fields"), "{body}: {refused:?}");
        assert_eq!(refused.field(), (*field, *code), "{body}");
    }
    for body in ["", "{", "nul", r#"{"name": "a"} trailing"#, "\u{feff}{}"] {
        let refused = server
            .send(Call::new(Method::POST, format!("{workspace}/objectives")).by(&owner).raw(body))
            .await;
        assert_eq!(refused.code(), (400, "invalid_json"), "{body:?}");
    }
    let large = format!(r#"{{"name": "{}"}}"#, "a".repeat(300_000));
    let refused = server
        .send(Call::new(Method::POST, format!("{workspace}/objectives")).by(&owner).raw(&large))
        .await;
    assert_eq!(refused.code(), (413, "too_large"));
}

#[tokio::test]
async fn a_goal_that_cannot_be_followed_is_refused_at_its_field() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let sound = json!({
        "name": "", "site_id": site.rsplit('/').next(), "metric": "visitors", "filters": [],
        "target_kind": "absolute", "target_input": 1000,
        "start_date": "2026-03-02", "deadline": "2026-05-31", "owner_id": null, "objective_id": null,
    });
    for (changes, field, code) in goals() {
        let mut goal = sound.clone();
        for (name, value) in changes.as_object().expect("changes") {
            goal[name] = value.clone();
        }
        let refused = server.post(&owner, &format!("{workspace}/goals"), &goal).await;
        assert_eq!(refused.code(), (422, "invalid_fields"), "{changes}: {refused:?}");
        assert_eq!(refused.field(), (field, code), "{changes}");
    }
    let made = server.post(&owner, &format!("{workspace}/goals"), &sound).await;
    assert_eq!(made.status.as_u16(), 201, "{made:?}");
}
