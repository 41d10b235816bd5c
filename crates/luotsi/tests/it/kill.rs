//! Nothing acknowledged is lost, and nothing counts twice, however often the server is killed.

use std::collections::HashMap;
use std::time::Duration;

use luotsi_bench::{Load, run};
use serde_json::{Value, json};

use crate::server::{Installation, Server};

const KILLS: u64 = 20;

/// Every id in the reports with the number of its events.
async fn counted(server: &Server, installation: &Installation) -> HashMap<String, u64> {
    let mut counts = HashMap::new();
    loop {
        let body = json!({
            "site_id": installation.domain,
            "metrics": ["events"],
            "date_range": "all",
            "dimensions": ["event:props:id"],
            "order_by": [["event:props:id", "asc"]],
            "pagination": {"limit": 10_000, "offset": counts.len()},
        });
        let answer = server.query(&installation.token, &body).await;
        let rows = answer["results"].as_array().unwrap().clone();
        for row in &rows {
            let id = row["dimensions"][0].as_str().unwrap().to_owned();
            let before = counts.insert(id.clone(), row["metrics"][0].as_u64().unwrap());
            assert_eq!(before, None, "{id} is in two rows");
        }
        if rows.len() < 10_000 {
            return counts;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let installation = Installation::new("shop.example");
    let mut acknowledged = Vec::new();
    let mut sent = 0;
    for round in 0..KILLS {
        let server = Server::start(&installation).await;
        let load = Load {
            address: server.address,
            domain: installation.domain.clone(),
            connections: 16,
            duration: Duration::from_secs(30),
            visitors: 500,
            seed: round + 1,
            stop_when_broken: true,
            id_as_property: true,
            mixed: false,
            per_second: None,
        };
        let loading = tokio::spawn(run(load, true));
        // Different moments: early, in the middle of a flush, after several.
        tokio::time::sleep(Duration::from_millis(500 + 170 * (round % 7))).await;
        server.kill();
        let outcome = loading.await.unwrap();
        assert!(outcome.accepted > 0, "round {round} accepted nothing: {outcome:?}");
        sent += outcome.accepted + outcome.broken;
        acknowledged.extend(outcome.accepted_ids);
    }
    let server = Server::start(&installation).await;
    let counts = counted(&server, &installation).await;
    let missing: Vec<_> = acknowledged.iter().filter(|id| !counts.contains_key(*id)).collect();
    let twice: Vec<_> = counts.iter().filter(|(_, count)| **count != 1).collect();
    assert!(
        missing.is_empty(),
        "{} of {} acknowledged are lost: {missing:?}",
        missing.len(),
        acknowledged.len()
    );
    assert!(twice.is_empty(), "counted other than once: {twice:?}");
    assert!(counts.len() as u64 <= sent, "{} counted of {sent} sent", counts.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_in_the_first_report_after_its_202() {
    let installation = Installation::new("fresh.example");
    let server = Server::start(&installation).await;
    let body = json!({"n": "pageview", "u": "https://fresh.example/", "d": "fresh.example"});
    assert_eq!(server.post_event(&body).await, 202);
    let question = json!({"site_id": "fresh.example", "metrics": ["pageviews", "visitors"], "date_range": "day"});
    let answer = server.query(&installation.token, &question).await;
    assert_eq!(answer["results"][0]["metrics"], json!([1, 1]), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_stop_keeps_everything() {
    let installation = Installation::new("calm.example");
    let server = Server::start(&installation).await;
    for page in 0..50 {
        let body = json!({"n": "pageview", "u": format!("https://calm.example/{page}"), "d": "calm.example"});
        assert_eq!(server.post_event(&body).await, 202);
    }
    server.stop();
    let server = Server::start(&installation).await;
    let question =
        json!({"site_id": "calm.example", "metrics": ["pageviews"], "date_range": "day"});
    let answer: Value = server.query(&installation.token, &question).await;
    assert_eq!(answer["results"][0]["metrics"], json!([50]));
}
