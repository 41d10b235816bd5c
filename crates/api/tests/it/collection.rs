//! What collecting makes of money, names, days and people, over HTTP.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use jiff::civil::date;
use luotsi_marketing::event::{Client, Event, Place, Revenue};
use luotsi_marketing::site::BusinessType;
use luotsi_marketing::visitor;
use luotsi_store::imported::Figure;
use luotsi_store::site::SiteSettings;
use serde_json::{Value, json};

use crate::server::{Answer, Call, Server};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";

/// An event as the tracker reports it.
async fn report(server: &Server, event: &Value) -> Answer {
    let call = Call::new(Method::POST, "/api/event").json(event).header("user-agent", FIREFOX);
    server.send(call).await
}

fn order(amount: &str, currency: &str) -> Value {
    json!({"n": "purchase", "u": "https://shop.example/", "d": "shop.example",
        "$": {"amount": amount, "currency": currency}})
}

async fn ask(server: &Server, owner: &str, more: &Value) -> Value {
    let mut body = json!({"site_id": "shop.example", "metrics": ["visits"], "date_range": "day"});
    for (name, value) in more.as_object().expect("fields") {
        body[name] = value.clone();
    }
    let answer = server.post(owner, "/api/v2/query", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.body
}

async fn token(server: &Server, owner: &str, workspace: &str) -> String {
    let token = json!({"name": "t", "scopes": ["events:write"]});
    server.post(owner, &format!("{workspace}/tokens"), &token).await.text("/token")
}

async fn batch(server: &Server, token: &str, events: &Value) -> Answer {
    server.send(Call::new(Method::POST, "/api/events").json(events).with_token(token)).await
}

#[tokio::test]
async fn foreign_money_is_named_until_its_rate_is_known_and_counts_from_then_on() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    report(&server, &order("10.00", "EUR")).await;
    report(&server, &order("110.00", "SEK")).await;
    let asked = json!({"metrics": ["total_revenue"]});
    let before = ask(&server, &owner, &asked).await;
    assert_eq!(before["results"][0]["metrics"][0]["value"], json!(10));
    assert_eq!(before["meta"]["notes"], json!(["revenue_not_converted"]));
    assert_eq!(
        before["meta"]["unconverted_revenue"],
        json!([{"original": {"value": 110, "currency": "SEK"}, "events": 1, "counted_as": null}])
    );

    let rates = format!("{workspace}/rates");
    let file = json!({"file": "Date,USD,SEK,\n2026-02-27,1.08,11.0,\n"});
    let viewer = server.member(&owner, &workspace, "viewer").await;
    assert_eq!(server.post(&viewer, &rates, &file).await.code(), (403, "forbidden"));
    let added = server.post(&owner, &rates, &file).await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    assert_eq!((&added.body["added"], &added.body["rates"]), (&json!(2), &json!(2)));
    let known = server.get(&viewer, &rates).await;
    assert_eq!(known.text("/items/0/currency"), "SEK");
    assert_eq!(
        (known.text("/items/0/to"), known.body["good_for_days"].clone()),
        ("2026-02-27".into(), json!(7))
    );

    // 2 March is a Monday: Friday's rate holds.
    let after = ask(&server, &owner, &asked).await;
    assert_eq!(after["results"][0]["metrics"][0]["value"], json!(20));
    assert_eq!(after["meta"]["notes"], json!(["revenue_converted"]));
    assert_eq!(
        after["meta"]["converted_revenue"][0]["counted_as"],
        json!({"value": 10, "currency": "EUR"})
    );
    let rows = server.get(&owner, &format!("{site}/rows?name=purchase")).await;
    let rows = rows.body["rows"].as_array().cloned().unwrap_or_default();
    let foreign = rows.iter().find(|row| row["columns"]["currency"] == "SEK").expect("the row");
    assert_eq!(foreign["columns"]["counted_as"], "1000 EUR");
    assert_eq!(foreign["columns"]["rate_day"], "2026-02-27");

    let wrong =
        server.post(&owner, &rates, &json!({"file": "date,currency,rate\n1.1.2026,SEK,1"})).await;
    assert_eq!((wrong.code().0, wrong.field()), (422, ("file", "invalid_rates")));
    let audit = server.get(&owner, &format!("{workspace}/audit")).await;
    let actions = audit.body["items"].as_array().expect("items").iter();
    assert!(actions.into_iter().any(|entry| entry["action"] == "rates.added"));
}

/// A batch of Segment's with so many events of one key, or of keys of their own.
fn segment_batch(events: usize, key: impl Fn(usize) -> String) -> Value {
    let event =
        |at| json!({"type": "track", "event": "x", "anonymousId": "a", "writeKey": key(at)});
    json!({"batch": (0..events).map(event).collect::<Vec<_>>(), "writeKey": key(0)})
}

#[tokio::test]
async fn keys_that_are_no_sites_cost_nothing_and_keep_nobody_waiting() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let began = Instant::now();
    for _ in 0..20 {
        let batch = segment_batch(500, |_| "mistyped".to_owned());
        let answer = server.send(Call::new(Method::POST, "/v1/batch").json(&batch)).await;
        assert_eq!(answer.code(), (400, "invalid_event"), "{answer:?}");
        assert_eq!(answer.field().1, "unknown_site");
    }
    // One page names ten sites, none of which is there.
    for from in 0..10 {
        let names: Vec<String> = (0..10).map(|at| format!("d{from}{at}.example")).collect();
        let view = json!({"n": "pageview", "u": "https://a.example/", "d": names.join(",")});
        assert_eq!(report(&server, &view).await.code().0, 400);
    }
    // Each look takes 50 ms, of which a request needs one: ten thousand took nine minutes.
    let took = began.elapsed();
    assert!(took < Duration::from_mins(1), "{took:?}");
    // A site is heard from the moment it is made, however often its name was asked for in vain.
    let view = json!({"n": "pageview", "u": "https://shop.example/", "d": "shop.example"});
    assert_eq!(report(&server, &view).await.code().0, 400);
    server.site(&owner, &workspace, "shop.example").await;
    assert_eq!(report(&server, &view).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_site_of_another_process_is_heard_at_once_or_a_second_after_it_was_asked_for() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    server.site(&owner, &workspace, "first.example").await;
    let workspace_id = workspace.rsplit('/').next().expect("an id").to_owned();
    let view = |domain: &str| json!({"n": "pageview", "u": "https://a.example/", "d": domain});
    assert_eq!(report(&server, &view("late.example")).await.code().0, 400);
    for domain in ["late.example", "new.example"] {
        let new = SiteSettings {
            domain: domain.to_owned(),
            name: domain.to_owned(),
            time_zone: "UTC".to_owned(),
            currency: "EUR".to_owned(),
            business_type: BusinessType::WebShop,
            retention_days: None,
        };
        let now = "2026-03-02T12:00:00Z".parse().expect("a time");
        server.store.create_site(&workspace_id, new, now).await.expect("a site");
    }
    for domain in ["new.example", "late.example"] {
        assert_eq!(report(&server, &view(domain)).await.status, StatusCode::ACCEPTED, "{domain}");
    }
}

#[tokio::test]
async fn what_an_event_was_taken_without_is_told_in_event_qa() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let event = json!({"n": "Signup", "u": "https://www.shop.example/",
        "p": {"plan": "team", "address": {"street": "x"}}, "$": {"amount": "much", "currency": "EUR"}});
    assert_eq!(report(&server, &event).await.status, StatusCode::ACCEPTED);
    let shown = server.get(&owner, &format!("{site}/qa/arrivals")).await;
    let notices = shown.body["items"][0]["notices"].as_array().cloned().unwrap_or_default();
    let left_out: Vec<&str> = notices
        .iter()
        .filter(|notice| notice["kind"] == "left_out")
        .filter_map(|notice| notice["property"].as_str())
        .collect();
    assert_eq!(left_out, ["p.address", "$.amount"], "{shown:?}");
    let detail = "must be a string, number or boolean, not an object";
    assert!(notices.iter().any(|notice| notice["detail"] == detail), "{shown:?}");
    assert_eq!(shown.text("/items/0/verdict"), "counted");
    let row = server.get(&owner, &format!("{site}/rows?name=Signup")).await;
    assert!(row.body["rows"].to_string().contains("team"), "{row:?}");
}

#[tokio::test]
async fn events_of_the_sample_shop_show_in_event_qa_as_they_would_have_been_sent() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let event = Event {
        site_number: 1,
        visitor_id: 7,
        previous_visitor_id: None,
        named_id: None,
        earlier_visitor_id: None,
        event_id: 1,
        at_us: 1_790_000_000_000_000,
        name: "purchase".into(),
        hostname: "shop.example".into(),
        pathname: "/thanks".into(),
        props: vec![("plan".into(), "team".into())],
        revenue: Some(Revenue { minor_units: 1_250, currency: "EUR".parse().expect("one") }),
        transaction_id: None,
        interactive: true,
        scroll_depth: None,
        engagement_ms: None,
        acquisition: Arc::default(),
        client: Client::unknown(),
        place: Place::unknown(),
        bot_reason: None,
        person_id: None,
        items: None,
        protocol: None,
        title: None,
    };
    server.app.show_sample("shop.example", &[event]).await.expect("it is shown");
    let shown = server.get(&owner, &format!("{site}/qa/arrivals")).await;
    assert_eq!(shown.text("/items/0/name"), "purchase", "{shown:?}");
    assert_eq!(shown.text("/items/0/verdict"), "counted");
    let raw = shown.text("/items/0/raw");
    for part in ["POST /api/event", "https://shop.example/thanks", "team", "12.5", "EUR"] {
        assert!(raw.contains(part), "{part}: {raw}");
    }
}

#[tokio::test]
async fn figures_of_other_tools_stand_beside_the_answer_and_never_in_it() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let view = json!({"n": "pageview", "u": "https://shop.example/", "d": "shop.example"});
    report(&server, &view).await;
    let figure = |dimension: &str, value: &str, metric: &str, amount| Figure {
        day: date(2026, 3, 2),
        last_day: date(2026, 3, 2),
        dimension: dimension.into(),
        value: value.into(),
        metric: metric.into(),
        amount,
    };
    let ids: Vec<&str> = site.split('/').collect();
    let (workspace_id, site_id) = (ids[4], ids[6]);
    for (tool, visits) in [("plausible", 40.0), ("ga4", 50.0)] {
        let figures = [
            figure("total", "", "visits", visits),
            figure("source", "Google", "visits", visits - 10.0),
        ];
        server
            .store
            .import_figures(
                workspace_id,
                site_id,
                (tool, "export"),
                &figures,
                "2026-03-02T12:00:00Z".parse().expect("a time"),
            )
            .await
            .expect("imported");
    }
    let with = json!({"include": {"imports": true}});
    let answer = ask(&server, &owner, &with).await;
    assert_eq!(answer["results"][0]["metrics"], json!([1]));
    assert_eq!(answer["meta"]["imports_included"], json!(false));
    let imported = &answer["meta"]["imported"];
    assert_eq!(imported["sources"].as_array().map(Vec::len), Some(2));
    // Two tools' figures of the same days are not added up.
    assert_eq!(
        imported["rows"],
        json!([
            {"source": "ga4", "value": "", "metrics": {"visits": 50.0}},
            {"source": "plausible", "value": "", "metrics": {"visits": 40.0}},
        ])
    );
    let by_source = json!({"include": {"imports": true}, "dimensions": ["visit:source"]});
    let answer = ask(&server, &owner, &by_source).await;
    assert_eq!(answer["meta"]["imported"]["rows"][0]["value"], "Google");
    let filtered =
        json!({"include": {"imports": true}, "filters": [["is", "visit:country", ["FI"]]]});
    assert_eq!(ask(&server, &owner, &filtered).await["meta"]["imported"]["skipped"], "filters");
    assert_eq!(ask(&server, &owner, &json!({})).await["meta"].get("imported"), None);

    let list = server.get(&owner, &format!("{site}/imports")).await;
    assert_eq!(list.body["items"].as_array().map(Vec::len), Some(2));
    let path = format!("{site}/imports/{}", list.text("/items/0/id"));
    assert_eq!(server.delete(&owner, &path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.delete(&owner, &path).await.code(), (404, "not_found"));
}

#[tokio::test]
async fn rules_put_words_right_live_and_in_the_quarantine() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let mut wrong = order("9.90", "EURO");
    wrong["consent"] = json!("yes");
    let refused = report(&server, &wrong).await;
    assert_eq!(refused.field(), ("consent", "not_an_object"), "{refused:?}");
    let quarantine = format!("{site}/qa/quarantine");
    for _ in 0..200 {
        let kept = server.get(&owner, &quarantine).await;
        if kept.body["items"].as_array().is_some_and(|items| !items.is_empty()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let replay = format!("{quarantine}/replay");
    let in_vain = server.post(&owner, &replay, &json!({})).await;
    assert_eq!(in_vain.body, json!({"taken": 0, "events": 0, "refused": 1}));

    let rules = json!({"after": 0, "rules": {"mapping": [
        {"action": "replace_field", "property": "$.currency", "from": "EURO", "to": "EUR"},
        {"action": "drop_field", "property": "consent"},
        {"action": "rename_event", "event": "Signup!", "to": "sign_up"},
        {"action": "drop_event", "event": "Debug"},
        {"action": "convert_property", "event": "sign_up", "property": "price", "to": "number"},
    ]}});
    let saved = server.post(&owner, &format!("{site}/counting"), &rules).await;
    assert_eq!(saved.status, StatusCode::CREATED, "{saved:?}");
    assert_eq!(saved.body["rules"]["mapping"][2]["to"], "sign_up");
    let done = server.post(&owner, &replay, &json!({})).await;
    assert_eq!(done.body, json!({"taken": 1, "events": 1, "refused": 0}));
    // What would be taken without its money is put right as well.
    assert_eq!(report(&server, &order("1.10", "EURO")).await.status, StatusCode::ACCEPTED);
    let revenue = ask(&server, &owner, &json!({"metrics": ["total_revenue"]})).await;
    assert_eq!(revenue["results"][0]["metrics"][0]["value"], json!(11));

    for name in ["Signup!", "Debug"] {
        let event = json!({"n": name, "u": "https://shop.example/", "d": "shop.example",
            "p": {"price": "9,90 €"}});
        assert_eq!(report(&server, &event).await.status, StatusCode::ACCEPTED);
    }
    let shown = server.get(&owner, &format!("{site}/qa/arrivals")).await;
    let items = shown.body["items"].as_array().expect("items").clone();
    let last = items.last().expect("an arrival");
    assert_eq!((&last["name"], &last["verdict"]), (&json!("Debug"), &json!("dropped")));
    let names = json!({"metrics": ["events"], "dimensions": ["event:name", "event:props:price"]});
    let names = ask(&server, &owner, &names).await;
    let rows = names["results"].as_array().expect("rows").iter();
    let rows: Vec<&Value> = rows.map(|row| &row["dimensions"]).collect();
    assert!(rows.contains(&&json!(["sign_up", "9.90"])), "{rows:?}");
    assert!(rows.iter().all(|row| row[0] != "Debug" && row[0] != "Signup!"), "{rows:?}");

    let wrong = json!({"after": 1, "rules": {"mapping": [
        {"action": "rename_event", "event": "a", "to": "identify"}]}});
    let wrong = server.post(&owner, &format!("{site}/counting"), &wrong).await;
    assert_eq!(wrong.field(), ("rules.mapping[0].to", "reserved"));
}

#[tokio::test]
async fn batches_of_servers_are_seen_by_event_qa_and_counted() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let token = token(&server, &owner, &workspace).await;
    let event = json!({"n": "Order", "u": "https://shop.example/a", "d": "shop.example",
        "visitor_id": "customer-9"});
    let taken = batch(&server, &token, &json!([event])).await;
    assert_eq!(taken.body, json!({"accepted": 1, "duplicates": 0}), "{taken:?}");
    let mut wrong = event.clone();
    wrong["u"] = json!("nonsense");
    wrong["p"] = json!({"email": "aino@shop.example"});
    let refused = batch(&server, &token, &json!([event, wrong])).await;
    assert_eq!(refused.field(), ("events[1].u", "invalid_url"), "{refused:?}");
    let shown = server.get(&owner, &format!("{site}/qa/arrivals")).await;
    let items = shown.body["items"].as_array().expect("items").clone();
    let verdicts: Vec<&Value> = items.iter().map(|item| &item["verdict"]).collect();
    assert_eq!(verdicts, ["counted", "refused"]);
    assert_eq!(items[1]["refusals"][0]["field"], "events[1].u");
    assert!(!items[1]["raw"].to_string().contains("aino@"));
    // All of it will come again: nothing is kept to be taken twice.
    let quarantine = server.get(&owner, &format!("{site}/qa/quarantine")).await;
    assert_eq!(quarantine.body["items"], json!([]));
    let request = axum::http::Request::get("/metrics").body(axum::body::Body::empty());
    let metrics = server.raw(request.expect("a request")).await;
    let metrics = axum::body::to_bytes(metrics.into_body(), 1 << 20).await.expect("a body");
    let metrics = String::from_utf8_lossy(&metrics);
    let of_protocol = "luotsi_messages_total{protocol=\"luotsi\",state=\"kept\"} 1";
    assert!(metrics.contains(of_protocol), "{metrics}");
}

#[tokio::test]
async fn what_cannot_be_read_at_all_is_shown_to_the_site_it_names() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let long = "x".repeat(10_000);
    let body = format!("{{\"d\": \"shop.example\", \"email\": \"aino@shop.example\", {long}");
    let call = Call::new(Method::POST, "/api/event").raw(&body).header("user-agent", FIREFOX);
    assert_eq!(server.send(call).await.status, StatusCode::BAD_REQUEST);
    let call = Call::new(Method::POST, "/api/event")
        .raw("no JSON")
        .header("origin", "https://shop.example");
    assert_eq!(server.send(call).await.status, StatusCode::BAD_REQUEST);
    let nobodys = Call::new(Method::POST, "/api/event").raw("no JSON either");
    assert_eq!(server.send(nobodys).await.status, StatusCode::BAD_REQUEST);
    let shown = server.get(&owner, &format!("{site}/qa/arrivals")).await;
    let items = shown.body["items"].as_array().expect("items").clone();
    assert_eq!(items.len(), 2, "{items:#?}");
    assert!(items.iter().all(|item| item["verdict"] == "refused"));
    let raw = items[0]["raw"].as_str().expect("text");
    assert!(raw.len() <= 4_096 && !raw.contains("aino@"), "{raw}");
}

#[tokio::test]
async fn who_is_erased_leaves_no_name_behind_in_memory() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let key = json!({"protocol": "segment", "key": "wk_shop"});
    server.post(&owner, &format!("{site}/keys"), &key).await;
    let say = async |message: Value| {
        let body = json!({"writeKey": "wk_shop", "batch": [message]});
        let answer = server.send(Call::new(Method::POST, "/v1/batch").json(&body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    };
    say(json!({"type": "page", "anonymousId": "anon-1", "messageId": "1",
        "context": {"page": {"url": "https://shop.example/"}}}))
    .await;
    say(json!({"type": "identify", "anonymousId": "anon-1", "userId": "u-1", "messageId": "2"}))
        .await;
    let erased = server.delete(&owner, &format!("{site}/people?user_id=u-1")).await;
    assert_eq!(erased.body["events"], json!(2), "{erased:?}");
    // A server speaks of them again: it is a visit of its own, under no name of before.
    say(json!({"type": "track", "event": "Order", "userId": "u-1", "messageId": "3"})).await;
    let found = server.get(&owner, &format!("{site}/people?user_id=u-1")).await;
    assert_eq!(found.body["events"], json!(1), "{found:?}");
    let row = &found.body["rows"][0];
    assert!(row.get("previous_visitor_id").is_none_or(Value::is_null), "{row}");
}

#[tokio::test]
async fn an_event_of_yesterday_is_yesterdays_visitor() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let key = json!({"protocol": "amplitude", "key": "amp-key-of-the-shop-0123456789ab"});
    let added = server.post(&owner, &format!("{site}/keys"), &key).await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    // Who has no id is told by the day's hash: at noon, and late the next day for a minute later.
    let noon_us = 1_772_452_800_000_000_i64;
    let at = async |at_us: i64, id: &str| {
        let body = json!({"api_key": "amp-key-of-the-shop-0123456789ab", "events": [{
            "event_type": "Click", "insert_id": id, "time": at_us / 1_000,
            "event_properties": {"[Amplitude] Page URL": "https://shop.example/"}}]});
        let call = Call::new(Method::POST, "/2/httpapi").json(&body);
        let answer = server
            .send(call.header("user-agent", FIREFOX).header("origin", "https://shop.example"))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    };
    at(noon_us, "one").await;
    server.wait(SignedDuration::from_hours(24));
    at(noon_us + 60_000_000, "two").await;
    let asked = json!({"metrics": ["visitors", "visits", "events"], "date_range": ["2026-03-02", "2026-03-02"]});
    let answer = ask(&server, &owner, &asked).await;
    assert_eq!(answer["results"][0]["metrics"], json!([1, 1, 2]), "{answer}");
}

#[tokio::test]
async fn a_running_visit_goes_on_when_the_consent_comes() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let key = json!({"protocol": "segment", "key": "wk_shop"});
    server.post(&owner, &format!("{site}/keys"), &key).await;
    let rules = json!({"after": 0, "rules": {"recognition": "with_consent"}});
    server.post(&owner, &format!("{site}/counting"), &rules).await;
    let view = async |id: &str, consent: Value| {
        let body = json!({"type": "page", "writeKey": "wk_shop", "anonymousId": "anon-1", "messageId": id,
            "context": {"page": {"url": "https://shop.example/"}, "consent": consent}});
        let call = Call::new(Method::POST, "/v1/p").json(&body).header("user-agent", FIREFOX);
        let answer = server.send(call.header("origin", "https://shop.example")).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        server.wait(SignedDuration::from_mins(1));
    };
    view("1", Value::Null).await;
    view("2", json!({"categoryPreferences": {"Analytics": true}})).await;
    view("3", json!({"categoryPreferences": {"Analytics": true}})).await;
    let asked = json!({"metrics": ["visitors", "visits", "pageviews"]});
    let answer = ask(&server, &owner, &asked).await;
    assert_eq!(answer["results"][0]["metrics"], json!([1, 1, 3]));
    // Half an hour later the id tells them again; what came without consent told nobody.
    server.wait(SignedDuration::from_hours(1));
    view("4", json!({"categoryPreferences": {"Analytics": true}})).await;
    view("5", Value::Null).await;
    let answer = ask(&server, &owner, &asked).await;
    assert_eq!(answer["results"][0]["metrics"], json!([2, 3, 5]));
    // The next day the same browser is the same visitor.
    server.wait(SignedDuration::from_hours(24));
    view("6", json!({"categoryPreferences": {"Analytics": true}})).await;
    let asked = json!({"metrics": ["visitors", "visits", "pageviews"], "date_range": ["2026-03-01", "2026-03-03"]});
    let answer = ask(&server, &owner, &asked).await;
    assert_eq!(answer["results"][0]["metrics"], json!([2, 4, 6]), "{answer}");
    // By the id all is found, also what came before the consent; erased, nothing is.
    let path = format!("{site}/people?anonymous_id=anon-1");
    let found = server.get(&owner, &path).await;
    assert_eq!(found.body["events"], json!(6), "{found:?}");
    let rows = found.body["rows"].as_array().expect("rows");
    let id = visitor::anonymous_id(1, "anon-1").to_string();
    let by_name = |row: &&Value| row["named_id"] == json!(id) || row["visitor_id"] == json!(id);
    assert_eq!(rows.iter().filter(by_name).count(), 4, "{rows:#?}");
    let erased = server.delete(&owner, &path).await;
    assert_eq!(erased.body["events"], json!(6), "{erased:?}");
    assert_eq!(server.get(&owner, &path).await.body["events"], json!(0));
    let answer = ask(&server, &owner, &asked).await;
    assert_eq!(answer["results"][0]["metrics"], json!([0, 0, 0]), "{answer}");
}

#[tokio::test]
async fn the_tags_own_id_is_believed_from_the_consent_on() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let rules = json!({"after": 0, "rules": {"recognition": "with_consent"}});
    server.post(&owner, &format!("{site}/counting"), &rules).await;
    let view = |id: Option<&str>| {
        let mut body = json!({"n": "pageview", "u": "https://shop.example/", "d": "shop.example"});
        if let Some(id) = id {
            body["vid"] = json!(id);
            body["consent"] = json!({"analytics": true});
        }
        body
    };
    for day in 0..2 {
        if day == 0 {
            report(&server, &view(None)).await;
        }
        report(&server, &view(Some("browser-1"))).await;
        report(&server, &view(Some("browser-1"))).await;
        server.wait(SignedDuration::from_hours(24));
    }
    let asked = json!({"metrics": ["visitors", "visits", "pageviews"], "date_range": ["2026-03-01", "2026-03-03"]});
    let answer = ask(&server, &owner, &asked).await;
    assert_eq!(answer["results"][0]["metrics"], json!([1, 2, 5]), "{answer}");
    let path = format!("{site}/people?anonymous_id=browser-1");
    assert_eq!(server.get(&owner, &path).await.body["events"], json!(5));
    assert_eq!(server.delete(&owner, &path).await.body["events"], json!(5));
    let answer = ask(&server, &owner, &asked).await;
    assert_eq!(answer["results"][0]["metrics"][2], json!(0), "{answer}");
}

#[tokio::test]
async fn a_server_tells_of_the_visitor_whom_a_page_named_to_it() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let key = json!({"protocol": "openpanel", "key": "op-1", "secret": "s1"});
    server.post(&owner, &format!("{site}/keys"), &key).await;
    let track = |body: &Value| {
        let call = Call::new(Method::POST, "/track").json(body);
        call.header("openpanel-client-id", "op-1")
    };
    let view = json!({"type": "track", "payload": {"name": "screen_view",
        "properties": {"__path": "https://shop.example/?utm_source=letter"}}});
    let call = track(&view).header("user-agent", FIREFOX).header("origin", "https://shop.example");
    let told = server.send(call).await;
    server.wait(SignedDuration::from_mins(2));
    let paid = json!({"type": "track", "payload": {"name": "revenue",
        "properties": {"__revenue": 25, "currency": "EUR", "__deviceId": told.body["deviceId"]}}});
    let call = track(&paid).header("user-agent", "node").header("openpanel-client-secret", "s1");
    assert_eq!(server.send(call).await.status, StatusCode::OK);
    let asked =
        json!({"metrics": ["visitors", "visits", "events"], "dimensions": ["visit:source"]});
    let answer = ask(&server, &owner, &asked).await;
    let rows = answer["results"].as_array().expect("rows");
    assert_eq!(rows.len(), 1, "{answer}");
    assert_eq!(rows[0]["metrics"], json!([1, 1, 2]), "{answer}");
}

#[tokio::test]
async fn the_revenue_that_amplitude_reports_after_its_order_is_counted_once() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    let key = json!({"protocol": "amplitude", "key": "amp-1"});
    server.post(&owner, &format!("{site}/keys"), &key).await;
    let order = json!({"order_id": "O-1", "revenue": 10, "currency": "EUR"});
    for (name, properties) in [
        ("Order Completed", order),
        ("revenue_amount", json!({"$revenue": 10, "$currency": "EUR"})),
        // Another sale.
        ("revenue_amount", json!({"$revenue": 2.5, "$currency": "EUR"})),
    ] {
        let body = json!({"api_key": "amp-1", "events": [{"event_type": name,
            "user_id": "user-1", "device_id": "device-1", "event_properties": properties}]});
        let sent = server.send(Call::new(Method::POST, "/2/httpapi").json(&body)).await;
        assert_eq!(sent.status, StatusCode::OK, "{sent:?}");
    }
    let revenue = ask(&server, &owner, &json!({"metrics": ["total_revenue", "events"]})).await;
    let metrics = &revenue["results"][0]["metrics"];
    assert_eq!((&metrics[0]["value"], &metrics[1]), (&json!(12.5), &json!(3)), "{revenue}");
}

#[tokio::test]
async fn where_a_key_has_a_secret_only_the_secret_lets_a_server_tell_of_the_past() {
    let server = Server::start().await;
    let (owner, workspace) = server.set_up().await;
    let site = server.site(&owner, &workspace, "shop.example").await;
    for (protocol, key, secret) in [
        ("segment", "wk_secret", Some("s1")),
        ("segment", "wk_bare", None),
        ("posthog", "phc_secret", Some("s2")),
        ("ga4", "G-SECRET", Some("s3")),
        ("ga4", "G-BARE", None),
    ] {
        let body = json!({"protocol": protocol, "key": key, "secret": secret});
        let added = server.post(&owner, &format!("{site}/keys"), &body).await;
        assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    }
    let token = token(&server, &owner, &workspace).await;
    let told = async || {
        let asked = json!({"metrics": ["events"], "date_range": ["2026-02-01", "2026-02-28"]});
        ask(&server, &owner, &asked).await["results"][0]["metrics"][0].as_u64()
    };
    let old = "2026-02-10T12:00:00Z";
    let segment = async |basic: &str| {
        let body = json!({"batch": [{"type": "track", "event": "Sale", "userId": "u",
            "timestamp": old, "messageId": basic}]});
        let basic = format!("Basic {}", STANDARD.encode(basic));
        let call = Call::new(Method::POST, "/v1/batch").json(&body);
        assert_eq!(server.send(call.header("authorization", &basic)).await.status, StatusCode::OK);
    };
    segment("wk_secret:").await;
    segment("wk_secret:wrong").await;
    assert_eq!(told().await, Some(0));
    segment("wk_secret:s1").await;
    assert_eq!(told().await, Some(1));
    segment("wk_bare:").await;
    assert_eq!(told().await, Some(2), "without a secret the key is the credential");

    let posthog = json!({"api_key": "phc_secret", "batch": [{"event": "Sale", "distinct_id": "u",
        "timestamp": old, "uuid": "018e0c5e-0000-7000-8000-000000000001"}]});
    let posthog = async |token: Option<&str>| {
        let call = Call::new(Method::POST, "/batch/").json(&posthog);
        let call = match token {
            Some(token) => call.with_token(token),
            None => call,
        };
        assert_eq!(server.send(call).await.status, StatusCode::OK);
    };
    posthog(None).await;
    assert_eq!(told().await, Some(2));
    posthog(Some(&token)).await;
    assert_eq!(told().await, Some(3));

    let micros = old.parse::<jiff::Timestamp>().expect("a time").as_microsecond();
    let ga4 = async |key: &str, secret: &str| {
        let body = json!({"client_id": format!("{key}{secret}"), "timestamp_micros": micros,
            "events": [{"name": "sale"}]});
        let path = format!("/mp/collect?measurement_id={key}&api_secret={secret}");
        let answer = server.send(Call::new(Method::POST, path).json(&body)).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{answer:?}");
    };
    ga4("G-SECRET", "wrong").await;
    assert_eq!(told().await, Some(3));
    ga4("G-SECRET", "s3").await;
    assert_eq!(told().await, Some(4));
    ga4("G-BARE", "whatever").await;
    assert_eq!(told().await, Some(5));
}
