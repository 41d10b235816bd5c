//! Notes on a site's days: a single one or a span, and whether it is a known cause.

use axum::http::StatusCode;
use serde_json::json;

use crate::server::Server;

#[tokio::test]
async fn a_note_may_be_of_a_span_and_mark_it_as_a_known_cause() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let notes = format!("{site}/annotations");
    let sale = json!({
        "date": "2026-02-20", "until": "2026-02-22", "known_cause": true, "text": "Sale",
    });
    let made = server.post(&owner, &notes, &sale).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let id = made.text("/id");
    let whole = json!({
        "id": id, "date": "2026-02-20", "until": "2026-02-22", "known_cause": true, "text": "Sale",
    });
    assert_eq!(made.body, whole);
    assert_eq!(server.get(&owner, &notes).await.body, json!({"items": [whole]}));

    // What is not given stays; a last day that is taken away, or is the first, makes it a single day.
    let path = format!("{notes}/{id}");
    let renamed = server.patch(&owner, &path, &json!({"text": "Winter sale"})).await;
    assert_eq!(
        (&renamed.body["until"], &renamed.body["known_cause"]),
        (&json!("2026-02-22"), &json!(true))
    );
    let single = json!({"until": null, "known_cause": false});
    let single = server.patch(&owner, &path, &single).await.body;
    assert_eq!((&single["until"], &single["known_cause"]), (&json!(null), &json!(false)));
    let plain = json!({"date": "2026-02-20", "until": "2026-02-20", "text": "One day"});
    let plain = server.post(&owner, &notes, &plain).await.body;
    assert_eq!((&plain["until"], &plain["known_cause"]), (&json!(null), &json!(false)));

    for (until, code) in
        [("2026-02-19", "invalid_range"), ("2027-02-21", "invalid_range"), ("soon", "invalid_date")]
    {
        let wrong = json!({"date": "2026-02-20", "until": until, "text": "Sale"});
        let refused = server.post(&owner, &notes, &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.field(), ("until", code));
    }
    let year = json!({"date": "2026-02-20", "until": "2027-02-20", "text": "A year"});
    assert_eq!(server.post(&owner, &notes, &year).await.status, StatusCode::CREATED);
    let viewer = server.member(&owner, &workspace, "viewer").await;
    assert_eq!(server.patch(&viewer, &path, &json!({"text": "x"})).await.code().0, 403);
}
