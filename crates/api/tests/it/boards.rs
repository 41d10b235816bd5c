//! Boards over HTTP: what they refuse, and figures worked out by hand.

use axum::http::{Method, StatusCode};
use jiff::civil::date;
use luotsi_store::metric::{MetricFields, NewVersion};
use luotsi_store::observation::NewObservation;
use serde_json::{Value, json};

use crate::server::{Answer, Call, Server};

/// A server with one site in UTC, its owner, and visits of two days.
pub(crate) struct Shop {
    pub(crate) server: Server,
    pub(crate) owner: String,
    pub(crate) workspace: String,
    /// The site's id.
    pub(crate) site: String,
    token: String,
}

impl Shop {
    /// On 28 February: three visitors, one of whom buys for 10 €. On 1 March: two visitors; both look at the
    /// shop, one buys for 30 €. The clock stands on 2 March 2026.
    pub(crate) async fn open() -> Self {
        let server = Server::start().await;
        let (owner, workspace) = server.set_up().await;
        let site = server.site(&owner, &workspace, "shop.example").await;
        server.patch(&owner, &site, &json!({"time_zone": "UTC"})).await;
        let token = json!({"name": "Import", "scopes": ["events:write", "stats:read"]});
        let token =
            server.post(&owner, &format!("{workspace}/tokens"), &token).await.text("/token");
        let bought =
            json!({"display_name": "Purchase", "event_name": "Purchase", "currency": "EUR"});
        let made = server.post(&owner, &format!("{site}/conversions"), &bought).await;
        assert_eq!(made.status, 201, "{made:?}");
        let site = site.rsplit('/').next().unwrap_or_default().to_owned();
        let shop = Self { server, owner, workspace, site, token };
        let view = |path: &str| json!({"n": "pageview", "path": path});
        let buy = |amount: &str| json!({"n": "Purchase", "path": "/thanks", "revenue": {"currency": "EUR", "amount": amount}});
        shop.visit("a", "2026-02-28", &[view("/"), view("/shop/boots"), buy("10.00")]).await;
        shop.visit("b", "2026-02-28", &[view("/shop/boots")]).await;
        shop.visit("c", "2026-02-28", &[view("/")]).await;
        shop.visit("d", "2026-03-01", &[view("/"), view("/shop/hats"), buy("30.00")]).await;
        shop.visit("e", "2026-03-01", &[buy("0.50"), view("/shop/hats")]).await;
        shop
    }

    /// Sends a visit at 10 o'clock of a day: its events are one minute apart.
    pub(crate) async fn visit(&self, visitor: &str, day: &str, events: &[Value]) {
        let events: Vec<Value> = events
            .iter()
            .enumerate()
            .map(|(minute, event)| {
                let mut event = event.clone();
                let path = event["path"].as_str().unwrap_or("/").to_owned();
                event.as_object_mut().expect("an object").remove("path");
                event["d"] = json!("shop.example");
                event["u"] = json!(format!("https://shop.example{path}"));
                event["t"] = json!(format!("{day}T10:{minute:02}:00Z"));
                event["visitor_id"] = json!(visitor);
                event["user_agent"] =
                    json!("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0");
                event
            })
            .collect();
        let call = Call::new(Method::POST, "/api/events")
            .with_token(&self.token)
            .json(&Value::Array(events));
        let answer = self.server.send(call).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    }

    /// Makes a board of yesterday beside the day before: its path.
    pub(crate) async fn board(&self, tiles: &Value) -> String {
        let board = json!({"name": "Monday", "period": "yesterday", "tiles": tiles});
        let made = self.server.post(&self.owner, &self.boards(), &board).await;
        assert_eq!(made.status, 201, "{made:?}");
        format!("{}/{}", self.boards(), made.text("/id"))
    }

    pub(crate) fn boards(&self) -> String {
        format!("{}/boards", self.workspace)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.server.get(&self.owner, path).await
    }

    pub(crate) fn number(&self, id: &str, metric: &str) -> Value {
        json!({"id": id, "kind": "number", "width": 3, "height": 2, "site_id": self.site, "metric": metric})
    }
}

#[tokio::test]
async fn a_number_stands_beside_what_was_before() {
    let shop = Shop::open().await;
    let path =
        shop.board(&json!([shop.number("v", "visitors"), shop.number("m", "total_revenue")])).await;
    let data = shop.get(&format!("{path}/tiles/v/data")).await;
    assert_eq!(data.status, 200, "{data:?}");
    assert_eq!(data.body["total"], json!({"value": 2.0, "before": 3.0, "change": -33.0}));
    assert_eq!(data.body["days"], json!({"from": "2026-03-01", "to": "2026-03-01"}));
    assert_eq!(data.body["compared"], json!({"from": "2026-02-28", "to": "2026-02-28"}));
    let metric = &data.body["metrics"][0];
    // The owner reads Finnish.
    assert_eq!((&metric["name"], &metric["unit"]), (&json!("Kävijät"), &json!("count")));
    let money = shop.get(&format!("{path}/tiles/m/data")).await;
    assert_eq!(money.body["total"], json!({"value": 30.5, "before": 10.0, "change": 205.0}));
    assert_eq!(money.body["metrics"][0]["currency"], "EUR");
    // Other days, asked for in words.
    let week = shop.get(&format!("{path}/tiles/v/data?period=7d&compare=off")).await;
    assert_eq!(week.body["total"], json!({"value": 5.0, "before": null, "change": null}));
    let refused = shop.get(&format!("{path}/tiles/v/data?period=14d")).await;
    assert_eq!((refused.status.as_u16(), refused.field().0), (422, "period"));
}

#[tokio::test]
async fn a_course_has_every_day_and_a_breakdown_the_greatest_first() {
    let shop = Shop::open().await;
    let tile = |id: &str, kind: &str, more: Value| {
        let mut tile = shop.number(id, "visitors");
        tile["kind"] = json!(kind);
        for (name, value) in more.as_object().into_iter().flatten() {
            tile[name] = value.clone();
        }
        tile
    };
    let path = shop
        .board(&json!([
            tile("t", "trend", json!({})),
            tile("b", "breakdown", json!({"dimension": "event:page", "rows": 2})),
            tile(
                "g",
                "table",
                json!({"dimension": "visit:device", "metrics": ["visits", "orders"]})
            ),
        ]))
        .await;
    let trend = shop.get(&format!("{path}/tiles/t/data?period=7d&compare=off")).await;
    let days: Vec<_> = trend.body["points"].as_array().expect("points").iter().collect();
    assert_eq!((days.len(), &trend.body["interval"]), (7, &json!("day")), "{trend:?}");
    assert_eq!(days[6], &json!({"at": "2026-03-01", "value": 2.0, "before": null}));
    assert_eq!(days[4], &json!({"at": "2026-02-27", "value": 0.0, "before": null}));
    let pages = shop.get(&format!("{path}/tiles/b/data?period=7d")).await;
    let rows: Vec<_> = pages.body["rows"].as_array().expect("rows").iter().collect();
    assert_eq!(rows.len(), 2, "{pages:?}");
    assert_eq!((&rows[0]["name"], &rows[0]["figures"][0]["value"]), (&json!("/"), &json!(3.0)));
    // Orders are counted by events of their name, visits are not: two questions, one table.
    let table = shop.get(&format!("{path}/tiles/g/data?period=7d")).await;
    assert_eq!(table.status, 200, "{table:?}");
    let first = &table.body["rows"][0];
    assert_eq!(first["name"], "Desktop");
    let values = [&first["figures"][0]["value"], &first["figures"][1]["value"]];
    assert_eq!(values, [&json!(5.0), &json!(3.0)]);
}

#[tokio::test]
async fn a_funnel_counts_visitors_who_took_its_steps_in_order() {
    let shop = Shop::open().await;
    let path = shop
        .board(&json!([{
            "id": "f", "kind": "funnel", "width": 6, "height": 3, "site_id": shop.site,
            "steps": [{"page": "/shop/**", "name": "Looked"}, {"conversion": "Purchase"}],
        }]))
        .await;
    let data = shop.get(&format!("{path}/tiles/f/data?period=7d")).await;
    // Four looked; e bought before looking, so that two of them bought after it.
    assert_eq!(
        data.body["steps"],
        json!([
            {"name": "Looked", "visitors": 4, "of_first": 1.0, "of_previous": 1.0},
            {"name": "Purchase", "visitors": 2, "of_first": 0.5, "of_previous": 0.5},
        ]),
        "{data:?}"
    );
}

#[tokio::test]
async fn a_funnels_filters_choose_the_visits_whose_steps_count() {
    let shop = Shop::open().await;
    let path = shop
        .board(&json!([{
            "id": "f", "kind": "funnel", "width": 6, "height": 3, "site_id": shop.site,
            "filters": [["is", "visit:entry_page", ["/"]]],
            "steps": [{"page": "/shop/**"}, {"conversion": "Purchase"}],
        }]))
        .await;
    let data = shop.get(&format!("{path}/tiles/f/data?period=7d")).await;
    // b and e came in by the shop; c never looked.
    let visitors = |step: usize| data.body["steps"][step]["visitors"].as_u64();
    assert_eq!((visitors(0), visitors(1)), (Some(2), Some(2)), "{data:?}");
    let wrong = json!([{
        "id": "f", "kind": "funnel", "width": 6, "height": 3, "site_id": shop.site,
        "filters": [["is", "visit:moon", ["/"]]], "steps": [{"page": "/"}, {"page": "/shop/**"}],
    }]);
    let body = json!({"name": "Wrong", "tiles": wrong});
    let refused = shop.server.post(&shop.owner, &shop.boards(), &body).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.field().0.starts_with("tiles[0].filters"), "{refused:?}");
}

#[tokio::test]
async fn a_reading_is_seen_on_a_board_at_once() {
    let shop = Shop::open().await;
    let path =
        shop.board(&json!([shop.number("a", "followers"), shop.number("b", "visits")])).await;
    let pulse = async || shop.get(&format!("{path}/pulse")).await.text("/pulse");
    let shown = async || {
        let data = shop.get(&format!("{path}/tiles/a/data?period=day")).await;
        data.body["total"]["value"].as_f64()
    };
    let before = pulse().await;
    assert_eq!(shown().await, None);
    let reading = json!({"series": "followers", "day": "2026-03-02", "value": 1200});
    let noted = json!({"observations": [reading]});
    let path_of = format!("{}/observations", shop.workspace);
    assert_eq!(shop.server.post(&shop.owner, &path_of, &noted).await.status, 200);
    assert_ne!(pulse().await, before);
    assert_eq!(shown().await, Some(1200.0));
}

#[tokio::test]
async fn a_pace_tile_shows_its_goal() {
    let shop = Shop::open().await;
    let goal = json!({
        "site_id": shop.site, "name": "More visitors", "metric": "visitors", "target_kind": "absolute",
        "target_input": 100, "start_date": "2026-03-01", "deadline": "2026-03-31",
    });
    let goals = format!("{}/goals", shop.workspace);
    let goal = shop.server.post(&shop.owner, &goals, &goal).await;
    assert_eq!(goal.status, 201, "{goal:?}");
    let tile =
        json!({"id": "p", "kind": "pace", "width": 6, "height": 3, "goal_id": goal.text("/id")});
    let path = shop.board(&json!([tile])).await;
    let data = shop.get(&format!("{path}/tiles/p/data")).await;
    let shown = &data.body["goal"];
    assert_eq!(
        (&shown["name"], &shown["target"]),
        (&json!("More visitors"), &json!(100.0)),
        "{data:?}"
    );
    assert_eq!(shown["path"].as_array().map(Vec::len), Some(31));
    let unknown = json!({"kind": "pace", "width": 6, "height": 3, "goal_id": "none"});
    let board = json!({"name": "B", "tiles": [unknown]});
    let refused = shop.server.post(&shop.owner, &shop.boards(), &board).await;
    assert_eq!(refused.field(), ("tiles[0].goal_id", "unknown_goal"));
}

#[tokio::test]
async fn a_refusal_names_the_tile_and_its_field() {
    let shop = Shop::open().await;
    let good = shop.number("a", "visits");
    let with = |name: &str, value: Value| {
        let mut tile = good.clone();
        tile[name] = value;
        tile
    };
    let note =
        json!({"id": "n", "kind": "note", "width": 4, "height": 2, "text": "x".repeat(5_001)});
    let funnel = json!({"kind": "funnel", "width": 4, "height": 2, "site_id": shop.site, "steps": [
        {"conversion": "Nothing"}, {"page": "/"},
    ]});
    for (tile, field, code) in [
        (with("kind", json!("pie")), "tiles[1].kind", "unknown_kind"),
        (with("width", json!(1)), "tiles[1].width", "out_of_range"),
        (with("height", json!(9)), "tiles[1].height", "out_of_range"),
        (with("id", json!("a b")), "tiles[1].id", "invalid"),
        (with("id", json!("first")), "tiles[1].id", "taken"),
        (with("title", json!("x".repeat(121))), "tiles[1].title", "too_long"),
        (with("metric", json!("karma")), "tiles[1].metric", "unknown_metric"),
        (with("metric", json!("conversion_rate")), "tiles[1].metric", "invalid_metrics"),
        (with("metric", Value::Null), "tiles[1].metric", "empty"),
        (with("site_id", json!("elsewhere")), "tiles[1].site_id", "unknown_site"),
        (with("filters", json!([["is", "visit:mood", ["good"]]])), "tiles[1].filters[0][1]", ""),
        (note, "tiles[1].text", "too_long"),
        (funnel, "tiles[1].steps[0].conversion", "unknown_conversion"),
    ] {
        let board = json!({"name": "Monday", "tiles": [shop.number("first", "visits"), tile]});
        let refused = shop.server.post(&shop.owner, &shop.boards(), &board).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        assert_eq!(refused.field().0, field, "{refused:?}");
        assert!(code.is_empty() || refused.field().1 == code, "{refused:?}");
    }
    let many: Vec<Value> = (0..41).map(|_| with("id", json!(""))).collect();
    let board = json!({"name": "Monday", "tiles": many});
    let refused = shop.server.post(&shop.owner, &shop.boards(), &board).await;
    assert_eq!(refused.field(), ("tiles", "too_many"));
    assert!(shop.get(&shop.boards()).await.body["items"].as_array().is_some_and(Vec::is_empty));
}

#[tokio::test]
async fn a_board_is_changed_by_editors_who_read_its_latest_version() {
    let shop = Shop::open().await;
    let path = shop.board(&json!([shop.number("a", "visits")])).await;
    let viewer = shop.server.member(&shop.owner, &shop.workspace, "viewer").await;
    let renamed = json!({"name": "Tuesday", "version": 1});
    assert_eq!(shop.server.patch(&viewer, &path, &renamed).await.code(), (403, "forbidden"));
    assert_eq!(shop.server.patch(&shop.owner, &path, &renamed).await.body["version"], 2);
    assert_eq!(shop.server.patch(&shop.owner, &path, &renamed).await.code(), (409, "stale"));
    let seen = shop.server.get(&viewer, &path).await;
    assert_eq!((seen.text("/name"), seen.text("/tiles/0/id")), ("Tuesday".into(), "a".into()));
    assert_eq!(shop.server.get(&viewer, &format!("{path}/tiles/a/data")).await.status, 200);
    assert_eq!(shop.server.get(&viewer, &format!("{path}/tiles/b/data")).await.code().0, 404);
    assert_eq!(shop.server.delete(&shop.owner, &path).await.status, 204);
    assert_eq!(shop.get(&path).await.code(), (404, "not_found"));
}

#[tokio::test]
async fn a_pulse_changes_when_figures_may() {
    let shop = Shop::open().await;
    let path = shop.board(&json!([shop.number("a", "visits")])).await;
    let pulse = async || shop.get(&format!("{path}/pulse")).await.text("/pulse");
    let first = pulse().await;
    assert_eq!(pulse().await, first);
    shop.visit("f", "2026-03-02", &[json!({"n": "pageview"})]).await;
    let second = pulse().await;
    assert_ne!(second, first);
    shop.server.patch(&shop.owner, &path, &json!({"period": "day"})).await;
    assert_ne!(pulse().await, second);
}

#[tokio::test]
async fn figures_follow_what_arrives() {
    let shop = Shop::open().await;
    let path = shop.board(&json!([shop.number("a", "visits")])).await;
    let visits = async || {
        let data = shop.get(&format!("{path}/tiles/a/data?period=day")).await;
        data.body["total"]["value"].as_f64()
    };
    assert_eq!(visits().await, Some(0.0));
    shop.visit("f", "2026-03-02", &[json!({"n": "pageview"})]).await;
    shop.server.wait(jiff::SignedDuration::from_secs(6));
    assert_eq!(visits().await, Some(1.0));
}

#[tokio::test]
async fn a_role_sees_the_board_first_that_an_admin_chose() {
    let shop = Shop::open().await;
    let path = shop.board(&json!([])).await;
    let id = path.rsplit('/').next().unwrap_or_default();
    let homes = format!("{}/homes", shop.workspace);
    let viewer = shop.server.member(&shop.owner, &shop.workspace, "viewer").await;
    let chosen = json!({"role": "viewer", "board_id": id});
    assert_eq!(shop.server.patch(&viewer, &homes, &chosen).await.code(), (403, "forbidden"));
    assert_eq!(shop.server.patch(&shop.owner, &homes, &chosen).await.status, 200);
    assert_eq!(shop.server.get(&viewer, &homes).await.text("/mine"), id);
    assert_eq!(shop.get(&homes).await.body["mine"], Value::Null);
    let unknown = json!({"role": "viewer", "board_id": "none"});
    let refused = shop.server.patch(&shop.owner, &homes, &unknown).await;
    assert_eq!(refused.field(), ("board_id", "unknown_board"));
    let nobody = json!({"role": "guest", "board_id": null});
    assert_eq!(shop.server.patch(&shop.owner, &homes, &nobody).await.field().0, "role");
    shop.server.patch(&shop.owner, &homes, &json!({"role": "viewer", "board_id": null})).await;
    assert_eq!(shop.server.get(&viewer, &homes).await.body["mine"], Value::Null);
}

#[tokio::test]
async fn what_is_observed_and_what_the_workspace_defined_are_shown_too() {
    let shop = Shop::open().await;
    let id = shop.workspace.rsplit('/').next().unwrap_or_default();
    let now = "2026-03-02T12:00:00Z".parse().expect("a time");
    let reading = |day, value| NewObservation {
        series: "followers".into(),
        dimensions: std::collections::BTreeMap::default(),
        day,
        value,
        weight: 1.0,
        site_id: None,
    };
    let readings = [reading(date(2026, 2, 28), 1000.0), reading(date(2026, 3, 1), 1100.0)];
    shop.server.store.observe(id, &readings, ("manual", "aino"), now).await.expect("noted");
    for (key, formula) in [
        (
            "basket",
            json!({"kind": "aggregate", "events": "Purchase", "function": "mean", "value": "revenue"}),
        ),
        ("bought", json!({"kind": "aggregate", "events": "Purchase", "function": "count"})),
    ] {
        let is_money = key == "basket";
        let fields = MetricFields {
            name: key.to_uppercase(),
            description: String::new(),
            owner_id: None,
            better: "more".into(),
            unit: if is_money { "money" } else { "count" }.into(),
            currency: is_money.then(|| "EUR".into()),
        };
        let first = NewVersion {
            number: 1,
            valid_from: date(2026, 1, 1),
            formula,
            note: String::new(),
            author: "aino".into(),
        };
        shop.server.store.create_metric(id, key, &fields, &first, now).await.expect("kept");
    }
    let choices = shop.get(&format!("{}/metrics", shop.workspace)).await;
    let keys: Vec<&str> = choices.body["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|choice| choice["key"].as_str())
        .collect();
    assert!(["basket", "followers", "visitors"].iter().all(|key| keys.contains(key)), "{keys:?}");

    let mut trend = shop.number("t", "basket");
    trend["kind"] = json!("trend");
    let mut table = shop.number("g", "basket");
    table["kind"] = json!("table");
    table["metrics"] = json!(["basket", "visits", "bought"]);
    table["dimension"] = json!("visit:device");
    let numbers = ["followers", "basket", "bought"].map(|key| shop.number(key, key));
    let tiles: Vec<Value> = numbers.into_iter().chain([trend, table]).collect();
    let path = shop.board(&json!(tiles)).await;
    for (tile, total) in [
        ("followers", json!({"value": 1100.0, "before": 1000.0, "change": 10.0})),
        // On 1 March 30 € and 50 cents, the day before 10 €.
        ("basket", json!({"value": 15.25, "before": 10.0, "change": 53.0})),
        ("bought", json!({"value": 2.0, "before": 1.0, "change": 100.0})),
    ] {
        let data = shop.get(&format!("{path}/tiles/{tile}/data")).await;
        assert_eq!(data.body["total"], total, "{data:?}");
    }
    let week = shop.get(&format!("{path}/tiles/t/data?period=7d")).await;
    let points = week.body["points"].as_array().cloned().unwrap_or_default();
    assert_eq!(points.len(), 7, "{week:?}");
    assert_eq!(points[6], json!({"at": "2026-03-01", "value": 15.25, "before": null}));
    assert_eq!(points[4], json!({"at": "2026-02-27", "value": null, "before": null}));
    let table = shop.get(&format!("{path}/tiles/g/data")).await;
    let row = &table.body["rows"][0];
    let values: Vec<&Value> =
        row["figures"].as_array().into_iter().flatten().map(|figure| &figure["value"]).collect();
    assert_eq!(row["name"], "Desktop", "{table:?}");
    assert_eq!(values, [&json!(15.25), &json!(2.0), &json!(2.0)]);
    let unknown = shop.number("u", "karma");
    let refused = json!({"name": "B", "tiles": [unknown]});
    let refused = shop.server.post(&shop.owner, &shop.boards(), &refused).await;
    assert_eq!(refused.field(), ("tiles[0].metric", "unknown_metric"));
}
