//! What the settings file says holds.

use serde_json::json;

use crate::server::{Installation, Server, USER_AGENT, luotsi};

const SITE: &str = "shop.example";

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_lists_hold_back_data_centres_and_spam_on_every_site() {
    let installation = Installation::new(SITE);
    let folder = installation.folder.path().to_owned();
    std::fs::write(folder.join("centres.txt"), "# of the provider\n198.51.100.0/24\n").unwrap();
    std::fs::write(folder.join("spam.txt"), "get-clicks.example\n").unwrap();
    let settings = "data_centre_list = \"centres.txt\"\nspam_referrer_list = \"spam.txt\"\n";
    std::fs::write(folder.join("luotsi.toml"), settings).unwrap();
    let server = Server::start(&installation).await;
    let send = async |address: &str, referrer: &str| {
        let event =
            json!({"n": "pageview", "u": format!("https://{SITE}/"), "d": SITE, "r": referrer});
        let request = reqwest::Client::new().post(format!("http://{}/api/event", server.address));
        let request = request.header("user-agent", USER_AGENT).header("x-forwarded-for", address);
        let answer = request.body(event.to_string()).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 202);
    };
    send("203.0.113.7", "").await;
    send("198.51.100.9", "").await;
    send("203.0.113.8", "https://www.get-clicks.example/x").await;
    let asked = json!({"site_id": SITE, "metrics": ["pageviews"], "date_range": "day"});
    let counted = server.query(&installation.token, &asked).await;
    assert_eq!(counted["results"][0]["metrics"], json!([1]));
    server.stop();
    // Told behind an edge of a network that is trusted, and of one that is not.
    let behind =
        "data_centre_list = \"centres.txt\"\ntrusted_proxies = [\"private\", \"192.0.2.0/24\"]\n";
    std::fs::write(folder.join("luotsi.toml"), behind).unwrap();
    let server = Server::start(&installation).await;
    for address in ["198.51.100.9, 192.0.2.7", "198.51.100.9, 203.0.113.9"] {
        let event = json!({"n": "pageview", "u": format!("https://{SITE}/"), "d": SITE});
        let request = reqwest::Client::new().post(format!("http://{}/api/event", server.address));
        let request = request.header("user-agent", USER_AGENT).header("x-forwarded-for", address);
        let answer = request.body(event.to_string()).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 202);
    }
    let counted = server.query(&installation.token, &asked).await;
    assert_eq!(counted["results"][0]["metrics"], json!([2]), "only the second is no data centre's");
    server.stop();
    let wrong = "trusted_proxies = [\"192.0.2.0/99\"]\n";
    std::fs::write(folder.join("luotsi.toml"), wrong).unwrap();
    let started = luotsi(&folder, &["serve", "--listen", "127.0.0.1:0"], "");
    assert_ne!(started.code, 0);
    assert!(started.errors.contains("trusted_proxies"), "{started:?}");
    std::fs::write(folder.join("luotsi.toml"), settings).unwrap();
    std::fs::write(folder.join("centres.txt"), "198.51.100.0/24\n198.51.100.0/99\n").unwrap();
    let started = luotsi(&folder, &["serve", "--listen", "127.0.0.1:0"], "");
    assert_ne!(started.code, 0);
    assert!(started.errors.contains("line 2: `198.51.100.0/99`"), "{started:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_servers_are_within_what_a_site_may_send() {
    let installation = Installation::new(SITE);
    let settings = "events_per_second_per_site = 5\n";
    std::fs::write(installation.folder.path().join("luotsi.toml"), settings).unwrap();
    let server = Server::start(&installation).await;
    let mut answers = Vec::new();
    for round in 0..4 {
        let events: Vec<_> = (0..30)
            .map(|event| {
                json!({"n": "pageview", "u": format!("https://{SITE}/"), "d": SITE,
                    "id": format!("{round}-{event}"), "visitor_id": "a"})
            })
            .collect();
        let (status, wait) =
            server.post_batch(&installation.token, json!(events).to_string()).await;
        assert_eq!(status == 429, wait.is_some(), "{status} {wait:?}");
        answers.push(status);
    }
    // Ten seconds' worth may come at once.
    assert!(answers.contains(&202) && answers.contains(&429), "{answers:?}");
}
