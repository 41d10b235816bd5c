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
    let verdicts = preview.body["verdicts"].as_array().expect("verdicts");
    verdicts.iter().map(|one| one["code"].as_str().unwrap_or_default().to_owned()).collect()
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
    close(&preview.body["target"]["value"], 33.0);
    assert_eq!(preview.body["counting"], json!({"kind": "sum", "threshold": null}));
    assert_eq!(preview.body["metric"]["unit"], json!({"kind": "count", "currency": null}));
    let path = preview.body["path"].as_array().expect("a path");
    assert_eq!((path.len(), path[13]["date"].as_str()), (14, Some("2026-03-15")));
    close(&path[13]["expected"], 33.0);
    let codes = codes(&preview);
    for code in ["unsegmented", "owner_missing", "measured", "no_objective", "time_bound"] {
        assert!(codes.iter().any(|found| found == code), "{code} of {codes:?}");
    }
}

#[tokio::test]
async fn without_figures_nothing_is_guessed() {
    let shop = Shop::open().await;
    let preview = shop.post("/goals/preview", &shop.draft(&json!({}))).await;
    assert_eq!(preview.status, StatusCode::OK, "{preview:?}");
    assert_eq!(preview.body["baseline"]["days"], json!(0));
    assert_eq!(preview.body["outlook"], Value::Null);
    assert!(codes(&preview).contains(&"no_data_ever".to_owned()));
    let refused = shop.post("/goals", &shop.draft(&json!({}))).await;
    assert_eq!(refused.field(), ("target_input", "change_of_nothing"));
    let absolute = json!({"target_kind": "absolute", "target_input": 100});
    let made = shop.post("/goals", &shop.draft(&absolute)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    assert_eq!(made.text("/progress/status"), "unknown");
    assert_eq!((&made.body["outlook"], &made.body["probability"]), (&Value::Null, &Value::Null));
    assert_eq!(made.body["path"].as_array().map(Vec::len), Some(14));
}

#[tokio::test]
async fn a_sum_is_counted_from_its_first_day_to_yesterday() {
    let shop = Shop::open().await;
    shop.two_weeks().await;
    let draft = shop.draft(&json!({
        "target_kind": "absolute", "target_input": 20, "start_date": "2026-02-23", "deadline": "2026-03-08",
    }));
    let made = shop.post("/goals", &draft).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    // Monday to Friday two a day, Saturday one.
    close(&made.body["progress"]["actual"], 11.0);
    close(&made.body["progress"]["progress_share"], 0.55);
    assert_eq!(made.body["progress"]["days_left"], json!(7));
    assert_eq!(made.text("/progress/as_of"), "2026-03-01");
    assert_eq!(made.body["path"][0]["day_value"], json!(2.0));
    assert_eq!(made.body["path"][5]["actual"], json!(11.0));
    assert_eq!(made.body["path"][7]["actual"], Value::Null);
    // The week before: 11 in 7 days make 22 in 14.
    close(&made.body["baseline"]["value"], 22.0);
    let list = shop.get("/goals").await;
    assert_eq!(list.body["items"][0]["progress"], made.body["progress"]);
    let again = shop.get(&format!("/goals/{}", made.text("/id"))).await;
    assert_eq!(again.body, made.body);
    if let Some(outlook) = again.body["outlook"].as_object() {
        let course = again.body["course"].as_array().expect("a course");
        assert_eq!((course.len(), &course[0]["probability"]), (1, &outlook["probability"]));
    }
}

#[tokio::test]
async fn words_change_without_touching_the_figures_and_nobody_overwrites_anybody() {
    let shop = Shop::open().await;
    shop.two_weeks().await;
    let made = shop.post("/goals", &shop.draft(&json!({}))).await;
    let path = format!("{}/goals/{}", shop.workspace, made.text("/id"));
    shop.server.wait(jiff::SignedDuration::from_hours(24));
    let words = json!({
        "name": "", "words": {"relevant": "Sales"}, "version": 1, "review_rhythm": "weekly:monday",
        "value_per_unit": 2.5,
    });
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
    assert_eq!(changed.text("/review/next_day"), "2026-03-09");
    close(&changed.body["value_per_unit"], 2.5);
    close(&changed.body["baseline"]["value"], 22.0);
    let stale =
        shop.server.patch(&shop.owner, &path, &json!({"name": "Theirs", "version": 1})).await;
    assert_eq!(stale.code(), (409, "stale"));
    // A longer goal has a longer past: 28 days, of which 14 were since the first event; the pace is kept.
    let longer = shop.server.patch(&shop.owner, &path, &json!({"deadline": "2026-03-29"})).await;
    close(&longer.body["baseline"]["value"], 44.0);
    close(&longer.body["target"]["value"], 66.0);
    assert_eq!(shop.server.delete(&shop.owner, &path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(shop.server.get(&shop.owner, &path).await.code(), (404, "not_found"));
}

#[tokio::test]
async fn what_is_wrong_with_a_goal_is_named() {
    let shop = Shop::open().await;
    shop.two_weeks().await;
    for (changes, field, code) in [
        (json!({"metric": "happiness"}), "metric", "unknown_metric"),
        (json!({"target_kind": "more"}), "target_kind", "unknown_kind"),
        (json!({"deadline": "2026-02-30"}), "deadline", "invalid_date"),
        (json!({"deadline": "2026-03-01"}), "deadline", "before_start"),
        (json!({"start_date": "2020-01-01"}), "deadline", "too_long"),
        (json!({"better": "higher"}), "better", "unknown_direction"),
        (json!({"counting": {"kind": "weeks"}}), "counting", "unknown_counting"),
        (json!({"counting": {"kind": "ratio"}}), "counting.kind", "no_ratio"),
        (json!({"review_rhythm": "daily"}), "review_rhythm", "unknown_rhythm"),
        (json!({"value_per_unit": -1}), "value_per_unit", "negative"),
        (json!({"site_id": "elsewhere"}), "site_id", "unknown_site"),
        (json!({"objective_id": "none"}), "objective_id", "unknown_objective"),
        (json!({"owner_id": "stranger"}), "owner_id", "not_a_member"),
    ] {
        let refused = shop.post("/goals", &shop.draft(&changes)).await;
        assert_eq!((refused.status.as_u16(), refused.field()), (422, (field, code)), "{refused:?}");
    }
    let viewer = shop.server.member(&shop.owner, &shop.workspace, "viewer").await;
    let path = format!("{}/goals", shop.workspace);
    let refused = shop.server.post(&viewer, &path, &shop.draft(&json!({}))).await;
    assert_eq!(refused.code(), (403, "forbidden"));
    assert_eq!(shop.server.get(&viewer, &path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_hangs_on_a_goal_is_kept_changed_and_removed() {
    let shop = Shop::open().await;
    shop.two_weeks().await;
    let made = shop.post("/goals", &shop.draft(&json!({}))).await;
    let goal = format!("/goals/{}", made.text("/id"));
    let at = |path: &str| format!("{}{goal}{path}", shop.workspace);

    let milestone = json!({"name": "Half", "date": "2026-03-08", "value": 16.5});
    let with = shop.post(&format!("{goal}/milestones"), &milestone).await;
    assert_eq!(with.status, StatusCode::CREATED, "{with:?}");
    assert_eq!(with.text("/milestones/0/state"), "near");
    let id = with.text("/milestones/0/id");
    let met = shop
        .server
        .patch(&shop.owner, &at(&format!("/milestones/{id}")), &json!({"met_on": "2026-03-02"}))
        .await;
    assert_eq!(met.text("/milestones/0/state"), "met");
    let refused = shop.post(&format!("{goal}/milestones"), &json!({"name": "", "date": "x"})).await;
    assert_eq!(refused.field(), ("name", "empty"));
    let cut = shop
        .post(&format!("{goal}/milestones/cut"), &json!({"how": "equal_time", "parts": 2}))
        .await;
    assert_eq!(cut.status, StatusCode::CREATED, "{cut:?}");
    assert_eq!(cut.body["milestones"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        shop.server.delete(&shop.owner, &at(&format!("/milestones/{id}"))).await.status,
        StatusCode::NO_CONTENT
    );

    // A mean is asked for its target all the way: there is no gain to cut, but time.
    let mean = shop.post("/goals", &shop.draft(&json!({"counting": {"kind": "mean"}}))).await;
    let mean = format!("/goals/{}/milestones/cut", mean.text("/id"));
    let refused = shop.post(&mean, &json!({"how": "equal_gain", "parts": 2})).await;
    assert_eq!(refused.field(), ("how", "flat_path"));
    let cut = shop.post(&mean, &json!({"how": "equal_time", "parts": 2})).await;
    assert_eq!(cut.status, StatusCode::CREATED, "{cut:?}");

    let work = json!({"kind": "content", "name": "Guide", "start_date": "2026-03-02", "end_date": "2026-03-06"});
    let made_work = shop.post(&format!("{goal}/work"), &work).await;
    assert_eq!(made_work.status, StatusCode::CREATED, "{made_work:?}");
    let path = at(&format!("/work/{}", made_work.text("/id")));
    let done = shop.server.patch(&shop.owner, &path, &json!({"done_on": "2026-03-05"})).await;
    assert_eq!((done.text("/done_on"), done.text("/name")), ("2026-03-05".into(), "Guide".into()));
    let refused = shop.server.patch(&shop.owner, &path, &json!({"end_date": "2026-03-01"})).await;
    assert_eq!(refused.field(), ("end_date", "before_start"));

    let resource = json!({"kind": "budget", "name": "Ads", "month": "2026-03", "planned": 400, "spent": 90, "unit": "EUR"});
    let made_resource = shop.post(&format!("{goal}/resources"), &resource).await;
    assert_eq!(made_resource.status, StatusCode::CREATED, "{made_resource:?}");

    let prepared = shop.get(&format!("{goal}/reviews/prepared")).await;
    assert_eq!(prepared.status, StatusCode::OK, "{prepared:?}");
    assert_eq!(prepared.body["statements"].as_array().map(Vec::len), Some(4));
    let review = json!({
        "learned": "Guides work", "decisions": [{"text": "Another guide", "decided_on": "2026-03-02"}],
        "next_steps": [{"text": "Write it", "done": false}], "ratings": [4, 3, 5, 2],
    });
    let held = shop.post(&format!("{goal}/reviews"), &review).await;
    assert_eq!(held.status, StatusCode::CREATED, "{held:?}");
    assert_eq!(held.body["ratings"], json!([4, 3, 5, 2]));
    let off = json!({"ratings": [4, 3, 5, 9]});
    let refused = shop.post(&format!("{goal}/reviews"), &off).await;
    assert_eq!(refused.field(), ("ratings", "off_scale"));
    let next = shop.get(&format!("{goal}/reviews/prepared")).await;
    assert_eq!(next.text("/open_steps/0/text"), "Write it");

    let site = shop.site.strip_prefix(&shop.workspace).expect("of the workspace");
    let note = json!({"date": "2026-03-01", "text": "Sale"});
    let note = shop.post(&format!("{site}/annotations"), &note).await;
    assert_eq!(note.status, StatusCode::CREATED, "{note:?}");

    let whole = shop.get(&goal).await;
    let totals = json!([{"kind": "budget", "unit": "EUR", "planned": 400.0, "spent": 90.0}]);
    assert_eq!(whole.body["resource_totals"], totals);
    for part in ["work", "resources", "reviews", "annotations"] {
        assert_eq!(whole.body[part].as_array().map(Vec::len), Some(1), "{part}");
    }
    let calibration = shop.get("/calibration").await;
    assert_eq!((&calibration.body["count"], &calibration.body["brier"]), (&json!(0), &Value::Null));
    let drivers = shop.get(&format!("{goal}/drivers?from=2026-02-23&to=2026-03-01")).await;
    assert_eq!(drivers.status, StatusCode::OK, "{drivers:?}");
}

#[tokio::test]
async fn the_tree_refuses_what_does_not_fit_and_rolls_up_what_does() {
    let shop = Shop::open().await;
    shop.two_weeks().await;
    let top = shop.post("/objectives", &json!({"name": "Grow", "outcome_metric": "visits"})).await;
    assert_eq!(top.status, StatusCode::CREATED, "{top:?}");
    let refused = shop.post("/objectives", &json!({"name": "KPI", "kind": "kpi"})).await;
    assert_eq!(refused.field(), ("parent_id", "misplaced"));
    let parent = top.text("/id");
    let kpi = json!({"name": "Visitors", "kind": "kpi", "parent_id": parent, "metric": "visitors"});
    let kpi = shop.post("/objectives", &kpi).await.text("/id");
    let sub = shop.post("/objectives", &json!({"name": "Search", "parent_id": parent})).await;
    let path = format!("{}/objectives/{parent}", shop.workspace);
    let cycle = json!({"parent_id": sub.text("/id")});
    let refused = shop.server.patch(&shop.owner, &path, &cycle).await;
    assert_eq!(refused.field(), ("parent_id", "cycle"));
    let refused = shop.server.patch(&shop.owner, &path, &json!({"weight": 0})).await;
    assert_eq!(refused.field(), ("weight", "weight"));
    let goal = shop.post("/goals", &shop.draft(&json!({"objective_id": kpi}))).await;
    assert_eq!(goal.status, StatusCode::CREATED, "{goal:?}");
    let first = format!("{}/objectives/{}", shop.workspace, sub.text("/id"));
    let moved = shop.server.patch(&shop.owner, &first, &json!({"position": 0})).await;
    assert_eq!(moved.body["position"], json!(0), "{moved:?}");
    let list = shop.get("/objectives").await;
    let items = list.body["items"].as_array().expect("items");
    let place = |name: &str| items.iter().position(|one| one["name"] == name);
    // Siblings in their order: what was moved to the front comes first.
    assert!(place("Search") < place("Visitors"));
    let grow = items.iter().find(|one| one["name"] == "Grow").expect("the top");
    assert_eq!(grow["standing"]["children"], json!(2));
}

#[tokio::test]
async fn a_missed_milestone_is_seen_at_its_goal_and_puts_its_objective_at_risk() {
    let shop = Shop::open().await;
    shop.two_weeks().await;
    let top = shop.post("/objectives", &json!({"name": "Grow"})).await.text("/id");
    // 22 visitors are there, and some 22 more are to come.
    let goal = shop.draft(&json!({
        "objective_id": top, "start_date": "2026-02-16", "target_kind": "absolute", "target_input": 30,
    }));
    let goal = shop.post("/goals", &goal).await;
    assert!(goal.body["probability"].as_f64().is_some_and(|share| share >= 0.4), "{goal:?}");
    let none = json!({"all": 0, "met": 0, "missed": null, "next": null});
    assert_eq!(goal.body["milestone_summary"], none);
    assert_eq!(goal.body["divisible"], true);
    let path = format!("/goals/{}/milestones", goal.text("/id"));
    // Eleven came in the first week.
    for (name, date, value) in [("First", "2026-02-22", 23.0), ("Next", "2026-03-08", 25.0)] {
        let new = json!({"name": name, "date": date, "value": value});
        assert_eq!(shop.post(&path, &new).await.status, StatusCode::CREATED);
    }
    let health = async || {
        let tree = shop.get("/objectives").await;
        tree.body["items"][0]["standing"]["health"].as_str().map(str::to_owned)
    };
    assert_eq!(health().await.as_deref(), Some("at_risk"));
    let list = shop.get("/goals").await;
    let summary = &list.body["items"][0]["milestone_summary"];
    assert_eq!((&summary["all"], &summary["met"]), (&json!(2), &json!(0)));
    assert_eq!(summary["missed"]["name"], "First");
    assert_eq!(summary["next"]["name"], "Next");
    let first = summary["missed"]["id"].as_str().expect("an id");
    let at = format!("{}{path}/{first}", shop.workspace);
    let met = shop.server.patch(&shop.owner, &at, &json!({"value": 10})).await;
    assert_eq!(met.body["milestone_summary"]["missed"], Value::Null, "{met:?}");
    assert_eq!(met.body["milestone_summary"]["met"], 1);
    assert_eq!(health().await.as_deref(), Some("on_track"));
}

/// The eight goals that the product was asked for.
#[tokio::test]
async fn goals_on_events_and_observations_of_every_shape_are_computed() {
    use luotsi_store::observation::NewObservation;
    let shop = Shop::open().await;
    shop.two_weeks().await;
    let workspace = shop.workspace.rsplit('/').next().expect("an id");
    let mut readings = Vec::new();
    for week in 0..12_i32 {
        let day = jiff::civil::date(2026, 3, 1).saturating_sub(jiff::Span::new().days(7 * week));
        for (series, dimension, now, step) in [
            ("likes", ("network", "Facebook"), 12_000.0, 300.0),
            ("followers", ("network", "Instagram"), 10_000.0, 250.0),
            ("subscribers", ("list", "newsletter"), 4_000.0, 90.0),
            ("keyword_position", ("keyword", "wool socks"), 18.0, -0.5),
            ("reply_time", ("desk", "service"), 14_400.0, -300.0),
        ] {
            readings.push(NewObservation {
                series: series.to_owned(),
                dimensions: [(dimension.0.to_owned(), dimension.1.to_owned())].into(),
                day,
                value: now - step * f64::from(week),
                weight: 1.0,
                site_id: None,
            });
        }
    }
    let now = "2026-03-02T12:00:00Z".parse().expect("a time");
    let kept = shop.server.store.observe(workspace, &readings, ("api", "test"), now).await;
    assert_eq!(kept.expect("kept").new, 60);
    let search = json!([["is", "visit:channel", ["Direct"]]]);
    for (metric, filters, kind, input, deadline, unit) in [
        ("likes", json!([]), "change", 5_000.0, "2026-06-01", "count"),
        (
            "keyword_position",
            json!([["is", "keyword", ["wool socks"]]]),
            "absolute",
            10.0,
            "2026-09-01",
            "rank",
        ),
        ("subscribers", json!([]), "change", 2_000.0, "2026-06-01", "count"),
        ("visits", json!([]), "percent", 30.0, "2026-09-01", "count"),
        (
            "conversion_rate",
            json!([["is", "event:goal", ["Visit /thanks"]]]),
            "absolute",
            5.0,
            "2026-06-01",
            "share",
        ),
        ("reply_time", json!([]), "absolute", 7_200.0, "2026-06-01", "duration"),
        (
            "followers",
            json!([["is", "network", ["Instagram"]]]),
            "absolute",
            20_000.0,
            "2026-03-31",
            "count",
        ),
        ("visitors", search, "percent", 14.3, "2026-06-01", "count"),
    ] {
        if metric == "conversion_rate" {
            let site = shop.site.strip_prefix(&shop.workspace).expect("of the workspace");
            let conversion =
                json!({"kind": "page", "page_pattern": "/thanks", "display_name": "Visit /thanks"});
            let made = shop.post(&format!("{site}/conversions"), &conversion).await;
            assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        }
        let draft = shop.draft(&json!({
            "metric": metric, "filters": filters, "target_kind": kind, "target_input": input, "deadline": deadline,
        }));
        let made = shop.post("/goals", &draft).await;
        assert_eq!(made.status, StatusCode::CREATED, "{metric}: {made:?}");
        assert_eq!(made.text("/unit/kind"), unit, "{metric}");
        assert!(
            made.body["computed_at"].is_string() && !made.text("/sentence").is_empty(),
            "{metric}"
        );
        assert_eq!(made.body["progress"]["trouble"], Value::Null, "{metric}");
        if ["likes", "followers", "subscribers", "keyword_position", "reply_time"].contains(&metric)
        {
            assert_eq!(made.text("/observations/series"), metric);
            let probability =
                made.body["probability"].as_f64().unwrap_or_else(|| panic!("{metric}"));
            assert!((0.0..=1.0).contains(&probability), "{metric}: {probability}");
        } else {
            assert_eq!(made.body["observations"], Value::Null);
        }
    }
    let list = shop.get("/goals").await;
    assert_eq!(list.body["items"].as_array().map(Vec::len), Some(8));
    // A figure that someone writes down shows at once.
    let followers = list.body["items"].as_array().into_iter().flatten();
    let followers = followers.filter(|goal| goal["metric"] == "followers");
    let id = followers.map(|goal| goal["id"].as_str().expect("an id").to_owned()).next();
    let path = format!("/goals/{}", id.expect("a goal on followers"));
    let network = json!({"network": "Instagram"});
    let today = json!({"observations": [
        {"series": "followers", "day": "2026-03-02", "value": 10_750.0, "dimensions": network},
    ]});
    let noted = shop.post("/observations", &today).await;
    assert_eq!(noted.status, StatusCode::OK, "{noted:?}");
    let goal = shop.get(&path).await;
    assert_eq!(goal.body["progress"]["actual"], json!(10_750.0), "{:?}", goal.body["progress"]);
    assert_eq!(goal.body["observations"]["last"]["day"], json!("2026-03-02"));
    let first = &goal.body["path"][0];
    assert_eq!((&first["date"], &first["actual"]), (&json!("2026-03-02"), &json!(10_750.0)));
    // A level has no parts that add up; nothing is said to have moved it.
    assert_eq!((&goal.body["divisible"], &goal.body["drivers"]), (&json!(false), &Value::Null));
}

#[tokio::test]
async fn a_sentence_is_taken_apart_and_templates_make_real_objects() {
    let shop = Shop::open().await;
    shop.two_weeks().await;
    let site = shop.site.rsplit('/').next().expect("an id");
    let asked = json!({"sentence": "20 % more visits from paid search by 30 June", "site_id": site, "locale": "en"});
    let read = shop.post("/goals/read", &asked).await;
    assert_eq!(read.status, StatusCode::OK, "{read:?}");
    assert_eq!(
        (read.text("/metric/value"), read.text("/deadline/value")),
        ("visits".into(), "2026-06-30".into())
    );
    assert_eq!(read.body["target"]["value"]["number"], json!(20.0));
    assert_eq!(read.body["filters"], json!([["is", "visit:channel", ["Paid Search"]]]));
    let vague = shop.post("/goals/read", &json!({"sentence": "More orders", "locale": "en"})).await;
    assert_eq!(vague.text("/questions/0/code"), "target_missing", "{vague:?}");
    assert!(!vague.text("/questions/0/text").is_empty());
    let templates = shop.get("/templates").await;
    assert_eq!(templates.body["items"].as_array().map(Vec::len), Some(12));
    let made = shop
        .post("/templates/content", &json!({"site_id": site, "start_date": "2026-03-02"}))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    assert_eq!((&made.body["objectives"], &made.body["kpis"]), (&json!(1), &json!(5)));
    let tree = shop.get("/objectives").await;
    assert_eq!(tree.body["items"].as_array().map(Vec::len), Some(6));
    let none = shop
        .post("/templates/nothing", &json!({"site_id": site, "start_date": "2026-03-02"}))
        .await;
    assert_eq!(none.code(), (404, "not_found"));
}

#[tokio::test]
async fn a_sentence_may_name_the_sites_own_campaigns() {
    let shop = Shop::open().await;
    let arrived = json!({"n": "pageview", "path": "/?utm_source=news&utm_campaign=Wool_week"});
    shop.visit("2026-02-27", &[arrived]).await;
    shop.visit("2026-02-28", &[json!({"n": "pageview"})]).await;
    let site = shop.site.rsplit('/').next().expect("an id");
    for said in ["Wool_Week", "\"WOOL_WEEK\""] {
        let sentence = format!("20 % more visits from {said} by 30 June");
        let asked = json!({"sentence": sentence, "site_id": site, "locale": "en"});
        let read = shop.post("/goals/read", &asked).await;
        assert_eq!(
            (&read.body["filters"], &read.body["questions"]),
            (&json!([["is", "visit:utm_campaign", ["wool_week"]]]), &json!([])),
            "{said}"
        );
    }
    // Nothing is known of other sites.
    let asked = json!({"sentence": "20 % more visits from wool_week by 30 June", "locale": "en"});
    let read = shop.post("/goals/read", &asked).await;
    assert_eq!(read.body["filters"], json!([]));
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
