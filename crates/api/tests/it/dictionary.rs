//! The dictionary of metrics and observations over HTTP.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::server::{Call, Server};

fn metric(formula: &Value) -> Value {
    json!({"key": "shoppers", "name": "Shoppers", "better": "more", "unit": "count", "formula": formula})
}

async fn token(server: &Server, owner: &str, workspace: &str, scope: &str) -> String {
    let body = json!({"name": "Import", "scopes": [scope]});
    server.post(owner, &format!("{workspace}/tokens"), &body).await.text("/token")
}

#[tokio::test]
async fn a_metric_is_made_changed_by_versions_measured_and_removed() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let site_id = site.rsplit('/').next().expect("an id");
    let metrics = format!("{workspace}/metrics");
    let visits = json!({"kind": "query", "metric": "visits", "filters": []});
    let made = server.post(&owner, &metrics, &metric(&visits)).await;
    assert_eq!((made.status, made.text("/nature")), (StatusCode::CREATED, "flow".into()));
    let again = server.post(&owner, &metrics, &metric(&visits)).await;
    assert_eq!((again.status.as_u16(), again.field()), (422, ("key", "key_taken")));

    let path = format!("{metrics}/shoppers");
    let same = server.patch(&owner, &path, &json!({"name": "Buyers", "formula": visits})).await;
    assert_eq!(same.body["versions"].as_array().map(Vec::len), Some(1));
    let sql = json!({"kind": "sql", "expression": "count(distinct visitor)"});
    let early = server.patch(&owner, &path, &json!({"formula": sql})).await;
    assert_eq!(early.field(), ("valid_from", "version_order"));
    let next = json!({"formula": sql, "valid_from": "2030-01-01", "note": "people"});
    let changed = server.patch(&owner, &path, &next).await;
    assert_eq!(changed.text("/versions/1/valid_from"), "2030-01-01");
    assert_eq!(
        (changed.text("/name"), changed.text("/versions/1/note")),
        ("Buyers".into(), "people".into())
    );

    let values = server.get(&owner, &format!("{path}/values?site_id={site_id}")).await;
    assert_eq!((values.status.as_u16(), values.text("/name")), (200, "Buyers".into()));
    let listed = server.get(&owner, &metrics).await;
    assert_eq!(listed.text("/items/0/key"), "shoppers");
    assert!(listed.body["items"].as_array().is_some_and(|items| items.len() > 40));
    let viewer = server.member(&owner, &workspace, "viewer").await;
    let refused = server.post(&viewer, &metrics, &metric(&visits)).await;
    assert_eq!(refused.code(), (403, "forbidden"));
    assert_eq!(server.delete(&owner, &path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&owner, &format!("{path}/values?site_id={site_id}")).await.code().0, 404);
}

#[tokio::test]
async fn every_mistake_of_a_metric_is_named_by_its_field() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let site_id = site.rsplit('/').next().expect("an id");
    let body = json!({
        "key": "A b", "name": "", "better": "best", "unit": "weight",
        "formula": {"kind": "sql", "expression": "count(person_id)"}, "valid_from": "soon",
    });
    let refused = server.post(&owner, &format!("{workspace}/metrics"), &body).await;
    let fields: Vec<&str> = refused.body["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .filter_map(|error| error["field"].as_str())
        .collect();
    assert_eq!(fields, ["valid_from", "formula.expression", "better", "unit"]);
    let preview = |formula: Value| json!({"site_id": site_id, "formula": formula});
    let path = format!("{workspace}/metrics/preview");
    let wrong = preview(json!({"kind": "sql", "expression": "sum(nothing)"}));
    let wrong = server.post(&owner, &path, &wrong).await;
    assert_eq!(wrong.field(), ("formula.expression", "sql_unknown_column"));
    let shown =
        server.post(&owner, &path, &preview(json!({"kind": "query", "metric": "visits"}))).await;
    assert_eq!((shown.status.as_u16(), shown.body["days"].clone()), (200, json!([])));
}

#[tokio::test]
async fn readings_come_by_token_by_hand_and_by_table() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let token_of = token(&server, &owner, &workspace, "events:write").await;
    let send = async |token: &str, body: Value| {
        let call = Call::new(Method::POST, "/api/v1/observations").with_token(token).json(&body);
        server.send(call).await
    };
    let one = |day: &str, value: f64| json!({"series": "followers", "day": day, "value": value, "dimensions": {"network": "Instagram"}});
    let body = json!({"observations": [one("2026-02-01", 900.0), one("2026-02-02", 910.0)]});
    let kept = send(&token_of, body.clone()).await;
    assert_eq!((kept.status.as_u16(), &kept.body), (200, &json!({"new": 2, "replaced": 0})));
    assert_eq!(send(&token_of, body).await.body, json!({"new": 0, "replaced": 2}));
    // One wrong reading, and none is kept.
    let wrong = json!({"observations": [one("2026-02-03", 1.0), {"series": "", "day": "2026-02-03", "value": 1}]});
    let refused = send(&token_of, wrong).await;
    assert_eq!(
        (refused.status.as_u16(), refused.field()),
        (422, ("observations[1].series", "series"))
    );
    let reads = token(&server, &owner, &workspace, "stats:read").await;
    assert_eq!(send(&reads, json!({"observations": []})).await.code(), (403, "forbidden"));

    let path = format!("{workspace}/observations");
    let list = format!("{path}?series=followers&from=2026-02-01&to=2026-02-09");
    let noted = json!({"observations": [one("2026-02-04", 920.0)]});
    assert_eq!(server.post(&owner, &path, &noted).await.body["new"], 1);
    let read = server.get(&owner, &list).await;
    assert_eq!(read.body["items"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        (read.text("/items/0/day"), read.text("/items/0/source")),
        ("2026-02-04".into(), "manual".into())
    );

    let csv = "\u{feff}Päivä;Seuraajat\n5.2.2026;930,5\n6.2.2026;monta\n";
    let upload = |csv: &str, preview: bool| {
        json!({
            "csv": csv, "date_format": "dmy", "decimal": "comma", "preview": preview,
            "mapping": {"day": "Päivä", "value": "Seuraajat", "series": {"fixed": "followers"}},
        })
    };
    let table = format!("{path}/csv");
    let columns = server.post(&owner, &table, &json!({"csv": csv})).await;
    assert_eq!(columns.body["columns"], json!(["Päivä", "Seuraajat"]));
    let shown = server.post(&owner, &table, &upload(csv, true)).await;
    assert_eq!(
        (shown.body["accepted"].clone(), shown.body["refused"][0]["line"].clone()),
        (json!(1), json!(3))
    );
    let refused = server.post(&owner, &table, &upload(csv, false)).await;
    assert_eq!(refused.field(), ("csv.line[3].Seuraajat", "not_a_number"));
    let good = csv.replace("monta", "931");
    let kept = server.post(&owner, &table, &upload(&good, false)).await;
    assert_eq!(kept.body["kept"], json!({"new": 2, "replaced": 0}));

    let series = server.get(&owner, &format!("{path}/series")).await;
    assert_eq!(
        (series.text("/items/0/series"), series.body["items"][0]["parts"].clone()),
        ("followers".into(), json!(2))
    );
    let gone = format!("{path}?series=followers&day=2026-02-05");
    assert_eq!(server.delete(&owner, &gone).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.delete(&owner, &gone).await.code(), (404, "not_found"));
    // Another workspace's readings are nobody's here.
    let outsider = server.get("none", &list).await;
    assert_eq!(outsider.code(), (401, "not_signed_in"));
}
