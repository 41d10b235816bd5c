//! Exchange rates from the command line, beside a running server.

use serde_json::{Value, json};

use crate::server::{Installation, Server, luotsi};

#[tokio::test(flavor = "multi_thread")]
async fn rates_are_imported_once_and_wrong_ones_are_refused_with_their_line() {
    let installation = Installation::new("shop.example");
    let file = installation.folder.path().join("rates.csv");
    std::fs::write(&file, "date,currency,rate\n2026-03-02,SEK,10.5\n2026-03-02,FIM,5.9\n").unwrap();
    let path = file.to_str().unwrap();
    let import = |more: &[&str]| {
        let arguments = [&["import", "rates", path, "--json"][..], more].concat();
        let run = luotsi(installation.folder.path(), &arguments, "");
        assert_eq!(run.code, 0, "{run:?}");
        serde_json::from_str::<Value>(&run.output).unwrap()
    };
    assert_eq!(import(&["--dry-run"])["added"], json!(0));
    let first = import(&[]);
    assert_eq!((&first["added"], &first["skipped"]), (&json!(1), &json!(["FIM"])));
    assert_eq!(import(&[])["added"], json!(0));
    std::fs::write(&file, "date,currency,rate\n2026-03-02,SEK,none\n").unwrap();
    let run = luotsi(installation.folder.path(), &["import", "rates", path], "");
    assert_eq!(run.code, 2);
    assert!(run.errors.contains("line 2: `none` is no rate"), "{run:?}");
    // The server that starts now counts by them.
    let server = Server::start(&installation).await;
    let event = json!([{"n": "purchase", "u": "https://shop.example/", "d": "shop.example",
        "visitor_id": "a", "timestamp": "2026-03-03T10:00:00Z", "$": {"currency": "SEK", "amount": "21.00"}}]);
    let (status, answer) = server.post("/api/events", &installation.token, event.to_string()).await;
    assert_eq!(status, 202, "{answer}");
    let asked = json!({"site_id": "shop.example", "metrics": ["total_revenue"],
        "date_range": ["2026-03-01", "2026-03-05"]});
    let answer = server.query(&installation.token, &asked).await;
    assert_eq!(answer["results"][0]["metrics"][0]["value"], json!(2), "{answer}");
}
