//! Bodies that are wrong, over HTTP: each is answered with a 4xx that names the field.

use serde_json::{Value, json};

use crate::server::{Installation, Server};

const SITE: &str = "wrong.example";

/// What is wrong, the body, and the field that the answer must name.
type Case = (&'static str, Value, &'static str);

fn event(field: &str, value: Value) -> Value {
    let mut body = json!({"n": "pageview", "u": "https://wrong.example/", "d": SITE});
    body[field] = value;
    body
}

fn events() -> Vec<Case> {
    vec![
        ("array", json!([]), "body"),
        ("text", json!("pageview"), "body"),
        ("number", json!(1), "body"),
        ("null", json!(null), "body"),
        ("empty", json!({}), "n"),
        ("no name", event("n", json!(null)), "n"),
        ("empty name", event("n", json!("  ")), "n"),
        ("fraction as name", event("n", json!(5.5)), "n"),
        ("object as name", event("n", json!({"a": 1})), "n"),
        ("long name", event("n", json!("x".repeat(121))), "n"),
        ("no url", event("u", json!(null)), "u"),
        ("relative url", event("u", json!("pricing")), "u"),
        ("words as url", event("u", json!("the start page")), "u"),
        ("script as url", event("u", json!("javascript:alert(1)")), "u"),
        ("data as url", event("u", json!("data:text/html,x")), "u"),
        ("list as url", event("u", json!(["https://wrong.example/"])), "u"),
        (
            "long url",
            event("u", json!(format!("https://wrong.example/{}", "x".repeat(4_000)))),
            "u",
        ),
        ("empty domain", event("d", json!("")), "d"),
        ("blank domain", event("d", json!(" , ")), "d"),
        ("list as domain", event("d", json!([SITE])), "d"),
        ("many domains", event("d", json!("a,b,c,d,e,f,g,h,i,j,k")), "d"),
        ("unknown domain", event("d", json!("elsewhere.example")), "d"),
        ("long value in props", event("p", json!({"a": "x".repeat(2_001)})), "p.a"),
        ("property without a name", event("p", json!({"": "x"})), "p."),
        ("long name in props", event("p", json!({"x".repeat(301): 1})), "p."),
        ("number as id", event("id", json!(5)), "id"),
        ("number as order", event("oid", json!(5)), "oid"),
        ("list as title", event("title", json!(["x"])), "title"),
        ("number as browser", event("vid", json!(7)), "vid"),
        ("long person", event("uid", json!("x".repeat(201))), "uid"),
        ("word as consent", event("consent", json!("yes")), "consent"),
        ("word in consent", event("consent", json!({"analytics": "yes"})), "consent.analytics"),
        ("object as items", event("items", json!({})), "items"),
        ("item without a name", event("items", json!([{"price": 1}])), "items[0]"),
        ("word as item", event("items", json!(["SKU-1"])), "items[0]"),
        ("long id", event("id", json!("x".repeat(201))), "id"),
    ]
}

/// What Plausible takes without the field, which Event QA then shows.
fn taken_without() -> Vec<Case> {
    vec![
        ("number as referrer", event("r", json!(1)), "r"),
        ("long referrer", event("r", json!("x".repeat(4_001))), "r"),
        ("number as props", event("p", json!(1)), "p"),
        ("words as props", event("p", json!("plan=pro")), "p"),
        ("list as props", event("p", json!("[1]")), "p"),
        ("list in props", event("p", json!({"a": [1]})), "p.a"),
        ("object in props", event("p", json!({"a": {"b": 1}})), "p.a"),
        ("number as revenue", event("$", json!(5)), "$"),
        ("no currency", event("$", json!({"amount": 5})), "$.currency"),
        ("no such currency", event("$", json!({"amount": 5, "currency": "EURO"})), "$.currency"),
        ("no amount", event("$", json!({"currency": "EUR"})), "$.amount"),
        ("words as amount", event("$", json!({"amount": "much", "currency": "EUR"})), "$.amount"),
        ("too much money", event("$", json!({"amount": 1e300, "currency": "EUR"})), "$.amount"),
        ("negative scroll", event("sd", json!(-1)), "sd"),
        ("words as scroll", event("sd", json!("half")), "sd"),
        ("negative engagement", event("e", json!(-5)), "e"),
    ]
}

fn query(field: &str, value: Value) -> Value {
    let mut body = json!({"site_id": SITE, "metrics": ["visitors"], "date_range": "7d"});
    body[field] = value;
    body
}

fn queries() -> Vec<Case> {
    vec![
        ("array", json!([]), ""),
        ("no site", query("site_id", json!(null)), "site_id"),
        ("number as site", query("site_id", json!(5)), "site_id"),
        ("unknown field", query("metric", json!("visitors")), "metric"),
        ("no metrics", query("metrics", json!([])), "metrics"),
        ("text as metrics", query("metrics", json!("visitors")), "metrics"),
        ("no such metric", query("metrics", json!(["visitorz"])), "metrics[0]"),
        ("metric twice", query("metrics", json!(["visitors", "visitors"])), "metrics[1]"),
        ("no range", query("date_range", json!(null)), "date_range"),
        ("no such range", query("date_range", json!("fortnight")), "date_range"),
        ("half a range", query("date_range", json!(["2026-01-01"])), "date_range"),
        ("range backwards", query("date_range", json!(["2026-02-01", "2026-01-01"])), "date_range"),
        ("no such day", query("date_range", json!(["2026-02-30", "2026-03-01"])), "date_range"),
        ("number as dimensions", query("dimensions", json!(5)), "dimensions"),
        ("no such dimension", query("dimensions", json!(["visit:shoe"])), "dimensions[0]"),
        (
            "dimension twice",
            query("dimensions", json!(["event:page", "event:page"])),
            "dimensions[1]",
        ),
        ("two times", query("dimensions", json!(["time:day", "time:hour"])), "dimensions[1]"),
        ("text as filters", query("filters", json!("page")), "filters"),
        (
            "no such operator",
            query("filters", json!([["like", "event:page", ["/"]]])),
            "filters[0]",
        ),
        ("filter without values", query("filters", json!([["is", "event:page"]])), "filters[0]"),
        ("filter on no dimension", query("filters", json!([["is", "page", ["/"]]])), "filters[0]"),
        ("number in a filter", query("filters", json!([["is", "event:page", [5]]])), "filters[0]"),
        (
            "broken pattern",
            query("filters", json!([["matches", "event:page", ["("]]])),
            "filters[0]",
        ),
        (
            "unknown goal",
            query("filters", json!([["is", "event:goal", ["None such"]]])),
            "filters[0]",
        ),
        ("empty and", query("filters", json!([["and", []]])), "filters[0]"),
        (
            "order by nothing asked",
            query("order_by", json!([["pageviews", "desc"]])),
            "order_by[0]",
        ),
        ("no such direction", query("order_by", json!([["visitors", "down"]])), "order_by[0]"),
        ("text as include", query("include", json!("all")), "include"),
        ("unknown include", query("include", json!({"everything": true})), "include.everything"),
        ("text as flag", query("include", json!({"total_rows": "yes"})), "include.total_rows"),
        ("limit of 0", query("pagination", json!({"limit": 0})), "pagination.limit"),
        ("limit too high", query("pagination", json!({"limit": 10_001})), "pagination.limit"),
        ("negative offset", query("pagination", json!({"offset": -1})), "pagination.offset"),
        ("rate without a goal", query("metrics", json!(["conversion_rate"])), "metrics"),
    ]
}

async fn check(server: &Server, token: &str, path: &str, (what, body, field): Case) {
    let (status, text) = server.post(path, token, body.to_string()).await;
    assert!((400..500).contains(&status), "{what}: {status} {text} for {body}");
    let problem: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{what}: {text}"));
    let fields: Vec<_> =
        problem["errors"].as_array().into_iter().flatten().map(|error| &error["field"]).collect();
    let named =
        fields.iter().any(|named| named.as_str().is_some_and(|named| named.starts_with(field)));
    assert!(named, "{what}: `{field}` is not named in {text}");
    assert!(problem["code"].is_string() && problem["detail"].is_string(), "{what}: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_body_is_answered_with_the_field_that_is_wrong() {
    let installation = Installation::new(SITE);
    let server = Server::start(&installation).await;
    let (events, queries) = (events(), queries());
    assert!(events.len() + queries.len() >= 60);
    for case in events {
        check(&server, "", "/api/event", case).await;
    }
    for case in queries {
        check(&server, &installation.token, "/api/v2/query", case).await;
    }
    for (what, body) in [("no JSON", "{"), ("nothing", ""), ("not UTF-8", "\u{0}")] {
        for path in ["/api/event", "/api/v2/query"] {
            let (status, text) = server.post(path, &installation.token, body.to_owned()).await;
            assert!(
                status == 400 && text.contains("\"body\""),
                "{what} at {path}: {status} {text}"
            );
        }
    }
    let deep = "[".repeat(100_000);
    let (status, text) = server.post("/api/event", "", deep).await;
    assert!((400..500).contains(&status), "deep: {status} {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_plausible_drops_costs_a_page_its_field_and_a_server_its_batch() {
    let installation = Installation::new(SITE);
    let server = Server::start(&installation).await;
    let cases = taken_without();
    assert!(cases.len() > 10);
    let events = cases.len();
    for (what, body, field) in cases {
        let (status, text) = server.post("/api/event", "", body.to_string()).await;
        assert_eq!((status, text.as_str()), (202, "ok"), "{what}");
        let batch = json!([body]).to_string();
        let (status, text) = server.post("/api/events", &installation.token, batch).await;
        assert!(status == 400 && text.contains(&format!("events[0].{field}")), "{what}: {text}");
    }
    let question = json!({"site_id": SITE, "metrics": ["events"], "date_range": "day"});
    let counted = server.query(&installation.token, &question).await;
    assert_eq!(counted["results"][0]["metrics"], json!([events]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_with_one_wrong_event_is_refused_whole() {
    let installation = Installation::new("batch.example");
    let server = Server::start(&installation).await;
    let good = json!({"n": "pageview", "u": "https://batch.example/", "d": "batch.example", "visitor_id": "v"});
    let wrong = json!({"n": "pageview", "u": "nowhere", "d": "batch.example"});
    let (status, text) =
        server.post("/api/events", &installation.token, json!([good, wrong]).to_string()).await;
    assert_eq!(status, 400, "{text}");
    assert!(text.contains("events[1].u"), "{text}");
    let (status, _) = server.post("/api/events", "", json!([good]).to_string()).await;
    assert_eq!(status, 401);
    let (status, text) =
        server.post("/api/events", &installation.token, json!([good]).to_string()).await;
    assert_eq!((status, text.as_str()), (202, r#"{"accepted":1,"duplicates":0}"#));
    let question =
        json!({"site_id": "batch.example", "metrics": ["pageviews"], "date_range": "day"});
    assert_eq!(
        server.query(&installation.token, &question).await["results"][0]["metrics"],
        json!([1])
    );
}
