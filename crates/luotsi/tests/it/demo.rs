//! The demo: a year of a shop on the first start, the same year on the second.

use serde_json::{Value, json};

use crate::server::{Server, luotsi};

async fn totals(server: &Server, token: &str, date_range: Value) -> Vec<i64> {
    let metrics = ["visits", "pageviews", "events"];
    let body =
        json!({"site_id": "kaira-outdoor.example", "metrics": metrics, "date_range": date_range});
    let answer = server.query(token, &body).await;
    answer["results"][0]["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_i64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_a_year_and_starts_again_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_command("demo", folder.path()).await;
    let token = luotsi(folder.path(), &["token", "create", "--name", "test", "--json"], "").output;
    let token: Value = serde_json::from_str(&token).unwrap();
    let token = token["token"].as_str().unwrap();
    let year = totals(&server, token, json!("all")).await;
    assert!((50_000..120_000).contains(&year[0]), "{year:?}");
    assert!((200_000..600_000).contains(&year[2]), "{year:?}");
    // Settled days are the same however often the demo starts; today goes on.
    let settled = json!(["2000-01-01", yesterday(&server, token).await]);
    let before = totals(&server, token, settled.clone()).await;
    server.kill();
    let server = Server::start_command("demo", folder.path()).await;
    assert_eq!(totals(&server, token, settled).await, before);

    let goals = luotsi(folder.path(), &["user", "list", "--json"], "").output;
    assert!(goals.contains("demo@luotsi.example"), "{goals}");
}

/// The day before the site's latest, by the site's own clock.
async fn yesterday(server: &Server, token: &str) -> String {
    let body = json!({"site_id": "kaira-outdoor.example", "metrics": ["visits"], "date_range": "7d", "dimensions": ["time:day"]});
    let answer = server.query(token, &body).await;
    let mut days: Vec<String> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["dimensions"][0].as_str().unwrap().to_owned())
        .collect();
    days.sort();
    days[days.len() - 2].clone()
}

#[test]
fn the_demo_leaves_a_folder_of_somebodys_own_alone() {
    let installation = crate::server::Installation::new("shop.example");
    let run = luotsi(installation.folder.path(), &["demo", "--listen", "127.0.0.1:0"], "");
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.errors.contains("a workspace of your own"), "{run:?}");
}
