//! From what a person says to the goal that is set: places of figures, directions, and figures of a month.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::server::{Answer, Call, Server};

/// A server at noon on Monday, 2 March 2026, with one site in UTC.
struct Desk {
    server: Server,
    owner: String,
    workspace: String,
    site: String,
    token: String,
}

impl Desk {
    async fn open() -> Self {
        let server = Server::start().await;
        let (owner, workspace) = server.set_up().await;
        let site = server.site(&owner, &workspace, "shop.example").await;
        server.patch(&owner, &site, &json!({"time_zone": "UTC"})).await;
        let token = json!({"name": "Import", "scopes": ["events:write"]});
        let token =
            server.post(&owner, &format!("{workspace}/tokens"), &token).await.text("/token");
        let site = site.rsplit('/').next().expect("an id").to_owned();
        Self { server, owner, workspace, site, token }
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.server.post(&self.owner, &format!("{}{path}", self.workspace), body).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.server.get(&self.owner, &format!("{}{path}", self.workspace)).await
    }

    async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.server.patch(&self.owner, &format!("{}{path}", self.workspace), body).await
    }

    /// A goal from today to the end of August, with these parts.
    fn draft(&self, parts: &Value) -> Value {
        let mut draft = json!({
            "site_id": self.site, "target_kind": "percent", "target_input": 10,
            "start_date": "2026-03-02", "deadline": "2026-08-31",
        });
        for (name, value) in parts.as_object().expect("parts") {
            draft[name] = value.clone();
        }
        draft
    }

    async fn set(&self, parts: &Value) -> Answer {
        let made = self.post("/goals", &self.draft(parts)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        made
    }

    async fn note(&self, goal: Option<&str>, readings: &[(&Value, &str, f64)], of: &str) -> Answer {
        let observations: Vec<Value> = readings
            .iter()
            .map(|(dimensions, day, value)| {
                json!({"series": of, "day": day, "value": value, "dimensions": dimensions})
            })
            .collect();
        self.post("/observations", &json!({"goal_id": goal, "observations": observations})).await
    }

    /// `views` page views of as many visitors on each of the `days` before today.
    async fn views(&self, days: i64, views: impl Fn(i64) -> usize) {
        let today = jiff::civil::date(2026, 3, 2);
        let mut all = Vec::new();
        for back in 1..=days {
            let day = today.saturating_sub(jiff::Span::new().days(back));
            for visitor in 0..views(back) {
                all.push(json!({
                    "n": "pageview", "d": "shop.example", "u": "https://shop.example/",
                    "t": format!("{day}T10:00:00Z"), "visitor_id": format!("{back}/{visitor}"),
                    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
                }));
            }
        }
        for batch in all.chunks(400) {
            let call = Call::new(Method::POST, "/api/events");
            let call = call.with_token(&self.token).json(&Value::Array(batch.to_vec()));
            let answer = self.server.send(call).await;
            assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        }
    }
}

fn id(made: &Answer) -> String {
    made.text("/id")
}

fn places(goal: &Answer) -> Vec<(Value, Value)> {
    let places = goal.body["observations"]["places"].as_array().expect("places");
    places.iter().map(|one| (one["dimensions"].clone(), one["last"]["value"].clone())).collect()
}

#[tokio::test]
async fn a_goal_on_several_keywords_moves_with_the_figure_of_each() {
    let desk = Desk::open().await;
    let (socks, boots) = (json!({"keyword": "wool socks"}), json!({"keyword": "hiking boots"}));
    let goal = json!({
        "metric": "keyword_position", "target_kind": "absolute", "target_input": 10,
        "filters": [["is", "keyword", ["wool socks", "hiking boots"]]],
    });
    // Before there is a goal, the wizard asks for a figure at each place.
    let preview = desk.post("/goals/preview", &desk.draft(&goal)).await;
    assert_eq!(
        places(&preview),
        [(socks.clone(), Value::Null), (boots.clone(), Value::Null)],
        "{preview:?}"
    );
    let first = [(&socks, "2026-03-01", 24.0), (&boots, "2026-03-01", 31.0)];
    assert_eq!(desk.note(None, &first, "keyword_position").await.status, StatusCode::OK);
    let made = desk.set(&goal).await;
    let goal = id(&made);
    let path = format!("/goals/{goal}");
    assert_eq!(
        places(&made),
        [(boots.clone(), json!(31.0)), (socks.clone(), json!(24.0))],
        "{made:?}"
    );

    // What no part of the goal would take is refused, and its field is named.
    let nowhere = json!({});
    let today = |of, value| [(of, "2026-03-02", value)];
    let refused = desk.note(Some(&goal), &today(&nowhere, 20.0), "keyword_position").await;
    assert_eq!(refused.field(), ("observations[0].dimensions", "outside_goal"), "{refused:?}");
    let tents = json!({"keyword": "tents"});
    let refused = desk.note(Some(&goal), &today(&tents, 20.0), "keyword_position").await;
    assert_eq!(refused.field(), ("observations[0].dimensions", "outside_goal"));
    let refused = desk.note(Some(&goal), &today(&socks, 20.0), "followers").await;
    assert_eq!(refused.field(), ("observations[0].series", "outside_goal"));
    let refused = desk.note(Some("none"), &today(&socks, 20.0), "keyword_position").await;
    assert_eq!(refused.field(), ("goal_id", "unknown_goal"));

    // One keyword's figure moves the mean of both, and the other one is still asked for in a week.
    let noted = desk.note(Some(&goal), &today(&socks, 20.0), "keyword_position").await;
    assert_eq!(noted.status, StatusCode::OK, "{noted:?}");
    let moved = desk.get(&path).await;
    assert_eq!(moved.body["progress"]["actual"], json!(25.5), "{:?}", moved.body["progress"]);
    assert_eq!(places(&moved), [(boots, json!(31.0)), (socks, json!(20.0))]);
    assert_eq!(moved.body["observations"]["due"], json!(false));
}

#[tokio::test]
async fn a_figure_without_its_place_does_not_double_a_level() {
    let desk = Desk::open().await;
    let network = |name: &str| json!({"network": name});
    let (facebook, instagram) = (network("Facebook"), network("Instagram"));
    let read = [(&facebook, "2026-03-01", 2_000.0), (&instagram, "2026-03-01", 10_000.0)];
    assert_eq!(desk.note(None, &read, "followers").await.status, StatusCode::OK);
    let made = desk.set(&json!({"metric": "followers"})).await;
    let goal = id(&made);
    assert_eq!(made.body["baseline"]["value"], json!(12_000.0), "{made:?}");
    assert_eq!(places(&made), [(facebook, json!(2_000.0)), (instagram.clone(), json!(10_000.0))]);
    let nowhere = json!({});
    let whole = desk.note(Some(&goal), &[(&nowhere, "2026-03-02", 12_100.0)], "followers").await;
    assert_eq!(whole.field(), ("observations[0].dimensions", "place_missing"), "{whole:?}");
    let more = [(&instagram, "2026-03-02", 10_100.0)];
    assert_eq!(desk.note(Some(&goal), &more, "followers").await.status, StatusCode::OK);
    let moved = desk.get(&format!("/goals/{goal}")).await;
    assert_eq!(moved.body["progress"]["actual"], json!(12_100.0), "{:?}", moved.body["progress"]);
    // A place that is new is a part of it from now on.
    let new = network("TikTok");
    let noted = desk.note(Some(&goal), &[(&new, "2026-03-02", 50.0)], "followers").await;
    assert_eq!(noted.status, StatusCode::OK, "{noted:?}");
}

fn codes(goal: &Answer) -> Vec<&str> {
    let verdicts = goal.body["verdicts"].as_array().expect("verdicts");
    verdicts.iter().filter_map(|one| one["code"].as_str()).collect()
}

#[tokio::test]
async fn a_goal_goes_the_way_that_was_said() {
    let desk = Desk::open().await;
    desk.views(28, |_| 10).await;
    let said = json!({"sentence": "Reduce page views by 10 % by 31 August", "site_id": desk.site});
    let read = desk.post("/goals/read", &said).await;
    assert_eq!(read.text("/direction/value"), "less", "{read:?}");
    assert_eq!(read.body["target"]["value"]["input"], json!(-10.0));
    let fewer = |parts: &Value| {
        let mut draft = json!({"metric": "pageviews", "target_input": -10});
        for (name, value) in parts.as_object().expect("parts") {
            draft[name] = value.clone();
        }
        desk.draft(&draft)
    };
    // 10 a day for the goal's 183 days are 1,830; a tenth less are 1,647. A change says its way by its sign.
    for better in [json!("less"), Value::Null] {
        let made = desk.post("/goals", &fewer(&json!({"better": better}))).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        assert_eq!(made.text("/better"), "less");
        let target = made.body["target"]["value"].as_f64().expect("a target");
        assert!((target - 1_647.0).abs() < 1e-6, "{target}");
        let probability = made.body["probability"].as_f64().expect("a probability");
        assert!(probability < 0.1, "it stays at 10 a day: {probability}");
        let path = format!("/goals/{}", id(&made));
        // Turned around by its number alone, it would ask for what is worse.
        let turned = desk.patch(&path, &json!({"target_input": 10})).await;
        assert_eq!(turned.field(), ("target_input", "against_direction"), "{turned:?}");
        let turned = desk.patch(&path, &json!({"target_input": 10, "better": "more"})).await;
        assert_eq!((turned.status, turned.text("/better")), (StatusCode::OK, "more".to_owned()));
    }
    let against = desk.post("/goals", &fewer(&json!({"better": "more"}))).await;
    assert_eq!(against.field(), ("target_input", "against_direction"), "{against:?}");
    // A value may be one to hold: it is set, and told.
    let held = fewer(&json!({"target_kind": "absolute", "target_input": 1_000, "better": "more"}));
    let held = desk.post("/goals", &held).await;
    assert!(codes(&held).contains(&"target_against_direction"), "{held:?}");
    let usual = desk.set(&json!({"metric": "pageviews"})).await;
    assert!(!codes(&usual).contains(&"target_against_direction"), "{usual:?}");
}

#[tokio::test]
async fn what_is_said_of_a_month_is_of_the_month_of_the_deadline() {
    let desk = Desk::open().await;
    desk.views(40, |_| 10).await;
    let sentence = "Visitors from 200 to 400 a month by 31 August";
    let said = json!({"sentence": sentence, "site_id": desk.site});
    let read = desk.post("/goals/read", &said).await;
    let target = &read.body["target"]["value"];
    assert_eq!(
        (&target["counting"], &target["input"], &read.body["stated_baseline"]),
        (&json!("last_30_days"), &json!(400.0), &json!(200.0)),
        "{read:?}"
    );
    let month = |stated: f64| {
        json!({
            "metric": "visitors", "better": "more", "counting": {"kind": "last_30_days"},
            "target_kind": "absolute", "target_input": 400, "stated_baseline": stated,
        })
    };
    let preview = desk.post("/goals/preview", &desk.draft(&month(200.0))).await;
    // 10 visitors on each of the last 30 days.
    assert_eq!(preview.body["baseline"]["value"], json!(300.0), "{preview:?}");
    assert_eq!(preview.text("/baseline/from"), "2026-01-31");
    assert_eq!(preview.text("/sentence"), "Kävijät: 300 → 400 kuukaudessa 31.8.2026 mennessä");
    assert!(codes(&preview).contains(&"baseline_differs"), "{preview:?}");
    let made = desk.set(&month(200.0)).await;
    assert_eq!(made.body["counting"]["kind"], json!("last_30_days"));
    assert_eq!(made.body["target"]["value"], json!(400.0));
    assert_eq!(made.body["stated_baseline"], json!(200.0));
    assert!(codes(&made).contains(&"baseline_differs"), "it is told on the goal's page, too");
    let path = made.body["path"].as_array().expect("a path");
    let expected = |at: usize| path[at]["expected"].as_f64().expect("a figure");
    assert!((expected(0) - (300.0 + 100.0 / 183.0)).abs() < 1e-6, "{}", expected(0));
    assert!((expected(182) - 400.0).abs() < 1e-6);
    let outlook = &made.body["outlook"];
    let likely = outlook["expected"].as_f64().expect("an outcome");
    assert!((likely - 300.0).abs() < 30.0, "it stays at 10 a day: {likely}");
    let close = desk.set(&month(290.0)).await;
    assert!(!codes(&close).contains(&"baseline_differs"), "{close:?}");
    let rate = json!({"metric": "bounce_rate", "counting": {"kind": "last_30_days"}, "better": "less", "target_input": -5});
    let refused = desk.post("/goals", &desk.draft(&rate)).await;
    assert_eq!(refused.field(), ("counting.kind", "does_not_add_up"), "{refused:?}");
}
