//! A goal from its sentence to its progress, with figures worked out by hand.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::server::{Answer, Call, Server};

/// A server with one site in UTC: owner's cookie, workspace, site, and a token that sends events.
struct Shop {
    server: Server,
    owner: String,
    workspace: String,
    site: String,
    token: String,
    sent: std::cell::Cell<u32>,
}

impl Shop {
    async fn open() -> Self {
        let server = Server::start().await;
        let (owner, workspace) = server.set_up().await;
        let site = server.site(&owner, &workspace, "shop.example").await;
        server.patch(&owner, &site, &json!({"time_zone": "UTC"})).await;
        let token = json!({"name": "Import", "scopes": ["events:write", "stats:read"]});
        let token =
            server.post(&owner, &format!("{workspace}/tokens"), &token).await.text("/token");
        Self { server, owner, workspace, site, token, sent: std::cell::Cell::new(0) }
    }

    /// Sends a visit at 10 o'clock of a day: its events are one minute apart.
    async fn visit(&self, day: &str, events: &[Value]) {
        self.sent.set(self.sent.get() + 1);
        let visit = self.sent.get();
        let events: Vec<Value> = events
            .iter()
            .enumerate()
            .map(|(minute, event)| {
                let mut event = event.clone();
                event["d"] = json!("shop.example");
                event["u"] =
                    json!(format!("https://shop.example{}", event["path"].as_str().unwrap_or("/")));
                event["t"] = json!(format!("{day}T10:{minute:02}:00Z"));
                event["visitor_id"] = json!(format!("visitor {visit}"));
                event["user_agent"] =
                    json!("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0");
                event.as_object_mut().expect("an object").remove("path");
                event
            })
            .collect();
        let call = Call::new(Method::POST, "/api/events")
            .with_token(&self.token)
            .json(&Value::Array(events));
        let answer = self.server.send(call).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    }

    /// Two weeks before Monday, 2 March 2026: two visitors on each weekday, one on Saturdays, none on Sundays.
    async fn two_weeks(&self) {
        for day in (16..=28).filter(|day| *day != 22) {
            let visitors = if day == 21 || day == 28 { 1 } else { 2 };
            for _ in 0..visitors {
                self.visit(&format!("2026-02-{day:02}"), &[json!({"n": "pageview"})]).await;
            }
        }
    }

    fn draft(&self, changes: &Value) -> Value {
        let mut draft = json!({
            "name": "More visitors", "site_id": self.site.rsplit('/').next(), "metric": "visitors", "filters": [],
            "target_kind": "percent", "target_input": 50, "start_date": "2026-03-02", "deadline": "2026-03-15",
            "owner_id": null, "objective_id": null, "words": {"specific": "Everyone who comes"},
        });
        for (name, value) in changes.as_object().expect("changes") {
            draft[name] = value.clone();
        }
        draft
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.server.post(&self.owner, &format!("{}{path}", self.workspace), body).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.server.get(&self.owner, &format!("{}{path}", self.workspace)).await
    }
}

fn close(got: &Value, want: f64) {
    assert!(got.as_f64().is_some_and(|got| (got - want).abs() < 1e-6), "{got} is not {want}");
}

fn codes(preview: &Answer) -> Vec<String> {
    let checks = preview.body["checks"].as_array().expect("checks");
    checks.iter().map(|check| check["code"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_preview_says_what_the_goal_would_be() {
    let shop = Shop::open().await;
    shop.two_weeks().await;
    let preview = shop.post("/goals/preview", &shop.draft(&json!({}))).await;
    assert_eq!(preview.status, StatusCode::OK, "{preview:?}");
    // 10 weekdays with 2 and 2 Saturdays with 1 visitor are 22; half as many more are 33.
    assert_eq!(preview.text("/sentence"), "33 kävijää 15.3.2026 mennessä");
    close(&preview.body["baseline"]["value"], 22.0);
    assert_eq!(
        (preview.text("/baseline/from"), preview.text("/baseline/to")),
        ("2026-02-16".into(), "2026-03-01".into())
    );
    assert_eq!(preview.body["baseline"]["days"], json!(14));
    close(&preview.body["target_value"], 33.0);
    // A week brings half of it: 2 of 11 on each weekday, 1 of 11 on Saturday, nothing on Sunday.
    let path: Vec<f64> = preview.body["expected_path"]
        .as_array()
        .expect("a path")
        .iter()
        .map(|point| point["value"].as_f64().expect("a value"))
        .collect();
    let week = [3.0, 6.0, 9.0, 12.0, 15.0, 16.5, 16.5, 19.5, 22.5, 25.5, 28.5, 31.5, 33.0, 33.0];
    assert!(
        path.len() == 14 && path.iter().zip(week).all(|(got, want)| (got - want).abs() < 1e-9),
        "{path:?}"
    );
    assert_eq!(
        codes(&preview),
        ["unsegmented", "measured", "compared", "no_objective", "time_bound"]
    );
}

#[tokio::test]
async fn without_figures_a_preview_says_so_and_a_percentage_is_refused() {
    let shop = Shop::open().await;
    let preview = shop.post("/goals/preview", &shop.draft(&json!({}))).await;
    assert_eq!(preview.status, StatusCode::OK, "{preview:?}");
    assert_eq!(preview.body["baseline"]["days"], json!(0));
    assert_eq!(codes(&preview)[1..3], ["no_data", "no_history"]);
    let refused = shop.post("/goals", &shop.draft(&json!({}))).await;
    assert_eq!(refused.field(), ("target_input", "percent_of_nothing"));
}

#[tokio::test]
async fn a_total_follows_its_path_from_the_first_event_on() {
    let shop = Shop::open().await;
    shop.two_weeks().await;
    let made = shop.post("/goals", &shop.draft(&json!({}))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    assert_eq!(
        (made.text("/kind"), made.text("/progress/status")),
        ("total".into(), "on_track".into())
    );
    close(&made.body["progress"]["actual"], 0.0);
    for _ in 0..3 {
        shop.visit("2026-03-02", &[json!({"n": "pageview"})]).await;
    }
    let goal = shop.get(&format!("/goals/{}", made.text("/id"))).await;
    let progress = &goal.body["progress"];
    // At noon of the first day half of its 3 are expected.
    close(&progress["actual"], 3.0);
    close(&progress["expected"], 1.5);
    close(&progress["progress_share"], 3.0 / 33.0);
    close(&progress["expected_share"], 1.5 / 33.0);
    assert_eq!(
        (progress["days_left"].clone(), progress["days_total"].clone()),
        (json!(14), json!(14))
    );
    assert_eq!(goal.body["path"][0]["actual"], json!(3.0));
    assert_eq!(goal.body["path"][1]["actual"], json!(null));

    shop.server.wait(jiff::SignedDuration::from_hours(10 * 24));
    let behind = shop.get("/goals").await;
    assert_eq!(behind.text("/items/0/progress/status"), "behind");
    close(&behind.body["items"][0]["path"][10]["actual"], 3.0);
    shop.server.wait(jiff::SignedDuration::from_hours(5 * 24));
    let over = shop.get(&format!("/goals/{}", made.text("/id"))).await;
    assert_eq!(
        (over.text("/progress/status"), over.body["progress"]["days_left"].clone()),
        ("missed".into(), json!(0))
    );
}

#[tokio::test]
async fn a_level_is_where_the_last_seven_days_stand() {
    let shop = Shop::open().await;
    let view = json!({"n": "pageview"});
    for day in ["2026-02-10", "2026-02-20", "2026-02-25"] {
        shop.visit(day, &[view.clone(), view.clone()]).await;
    }
    let draft = json!({"metric": "views_per_visit", "target_kind": "absolute", "target_input": 3});
    let made = shop.post("/goals", &shop.draft(&draft)).await;
    assert_eq!(
        (made.status, made.text("/kind")),
        (StatusCode::CREATED, "level".into()),
        "{made:?}"
    );
    close(&made.body["baseline_value"], 2.0);
    assert_eq!(
        (made.text("/baseline_from"), made.text("/baseline_to")),
        ("2026-02-10".into(), "2026-03-01".into())
    );
    assert_eq!(made.body["progress"]["actual"], json!(null));
    shop.visit("2026-03-02", &[view.clone(), view.clone(), view.clone(), view.clone()]).await;
    shop.visit("2026-03-02", std::slice::from_ref(&view)).await;
    let goal = shop.get(&format!("/goals/{}", made.text("/id"))).await;
    close(&goal.body["progress"]["actual"], 2.5);
    close(&goal.body["progress"]["progress_share"], 0.5);
    close(&goal.body["path"][0]["actual"], 2.5);
    assert_eq!(goal.text("/progress/status"), "ahead");
}

#[tokio::test]
async fn money_is_measured_in_the_conversions_currency() {
    let shop = Shop::open().await;
    let conversion =
        json!({"kind": "event", "event_name": "purchase", "revenue": true, "currency": "SEK"});
    let conversions = format!("{}/conversions", shop.site);
    let conversion = shop.server.post(&shop.owner, &conversions, &conversion).await;
    let purchase = json!({"n": "purchase", "$": {"currency": "SEK", "amount": "120.50"}});
    for day in ["2026-02-24", "2026-02-26"] {
        shop.visit(day, &[json!({"n": "pageview"}), purchase.clone()]).await;
    }
    let draft = json!({"metric": "total_revenue", "filters": [["is", "event:goal", ["purchase"]]]});
    let made = shop.post("/goals", &shop.draft(&draft)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    // 241 kronor in the 6 days from 24 February to 1 March are 241 · 14 ÷ 6 in 14 days.
    close(&made.body["baseline_value"], 241.0 * 14.0 / 6.0);
    assert_eq!(made.text("/currency"), "SEK");
    shop.visit("2026-03-02", &[purchase]).await;
    let path = format!("/goals/{}", made.text("/id"));
    close(&shop.get(&path).await.body["progress"]["actual"], 120.5);

    // Without the conversion the goal says why it is not measured, and stays.
    shop.server.delete(&shop.owner, &format!("{conversions}/{}", conversion.text("/id"))).await;
    let lost = shop.get(&path).await;
    assert_eq!(lost.status, StatusCode::OK, "{lost:?}");
    assert!(lost.text("/progress/trouble").contains("purchase"), "{lost:?}");
}

#[tokio::test]
async fn filters_narrow_what_counts() {
    let shop = Shop::open().await;
    shop.visit("2026-02-20", &[json!({"n": "pageview", "path": "/blog"})]).await;
    for _ in 0..3 {
        shop.visit("2026-02-20", &[json!({"n": "pageview", "path": "/shop"})]).await;
    }
    let draft = json!({"filters": [["is", "event:page", ["/shop"]]], "target_kind": "absolute", "target_input": 10});
    let preview = shop.post("/goals/preview", &shop.draft(&draft)).await;
    // Ten days since the first event; 3 visitors make 4.2 in fourteen.
    close(&preview.body["baseline"]["value"], 4.2);
    assert_eq!(
        codes(&preview),
        ["segmented", "few_days", "far_from_history", "no_objective", "time_bound"]
    );
    assert_eq!(preview.text("/sentence"), "10 kävijää (sivu: /shop) 15.3.2026 mennessä");
}

#[tokio::test]
async fn words_change_without_touching_the_figures_and_nobody_overwrites_anybody() {
    let shop = Shop::open().await;
    shop.two_weeks().await;
    let made = shop.post("/goals", &shop.draft(&json!({}))).await;
    let path = format!("{}/goals/{}", shop.workspace, made.text("/id"));
    shop.server.wait(jiff::SignedDuration::from_hours(24));
    let words = json!({"name": "", "words": {"relevant": "Sales"}, "version": 1});
    let changed = shop.server.patch(&shop.owner, &path, &words).await;
    assert_eq!(
        (changed.status, changed.body["version"].clone()),
        (StatusCode::OK, json!(2)),
        "{changed:?}"
    );
    assert_eq!(
        (changed.text("/words/relevant"), changed.text("/words/specific")),
        ("Sales".into(), String::new())
    );
    close(&changed.body["baseline_value"], 22.0);
    let stale =
        shop.server.patch(&shop.owner, &path, &json!({"name": "Theirs", "version": 1})).await;
    assert_eq!(stale.code(), (409, "stale"));
    // A longer goal has a longer past: 28 days, of which 14 had events; the pace is kept.
    let longer = shop.server.patch(&shop.owner, &path, &json!({"deadline": "2026-03-29"})).await;
    close(&longer.body["baseline_value"], 44.0);
    close(&longer.body["target_value"], 66.0);
    assert_eq!(shop.server.delete(&shop.owner, &path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(shop.server.get(&shop.owner, &path).await.code(), (404, "not_found"));
}

#[tokio::test]
async fn who_is_signed_in_may_query_the_sites_figures() {
    let shop = Shop::open().await;
    shop.two_weeks().await;
    let query = json!({"site_id": "shop.example", "metrics": ["visitors"], "date_range": ["2026-02-16", "2026-03-01"]});
    let answer = shop.server.post(&shop.owner, "/api/v2/query", &query).await;
    assert_eq!(answer.body["results"][0]["metrics"], json!([22]), "{answer:?}");
    let stranger = shop.server.send(Call::new(Method::POST, "/api/v2/query").json(&query)).await;
    assert_eq!(stranger.code(), (401, "not_signed_in"));
}
