use std::path::PathBuf;

use serde_json::{Value, json};

use super::*;

/// An export beside the checkout; `None`, said aloud, where it is absent.
fn export(name: &str) -> Option<Vec<u8>> {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/exports").join(name);
    let read = std::fs::read(path).ok();
    if read.is_none() {
        eprintln!("skipped: ../shared is absent");
    }
    read
}

fn events(rows: impl IntoIterator<Item = Row>) -> Vec<Record> {
    let mut all = Vec::new();
    for row in rows {
        if let Row::Events(events) = row {
            all.extend(events);
        }
    }
    all
}

fn sum(figures: &[figures::Figure], metric: &str) -> f64 {
    figures.iter().filter(|figure| figure.metric == metric).map(|figure| figure.amount).sum()
}

#[test]
fn the_bigquery_export_of_ga4_has_its_events_users_and_purchases() {
    let Some(bytes) = export("ga4/bigquery_events_20260115.jsonl") else { return };
    let rows: Vec<Value> = String::from_utf8(bytes)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 139);
    let read = rows.iter().map(|row| ga4::read(row).unwrap());
    let events = events(read);
    let mut users: Vec<_> = events.iter().map(|event| event["visitor_id"].to_string()).collect();
    users.sort();
    users.dedup();
    assert_eq!(users.len(), 40);
    assert_eq!(events.iter().filter(|event| event["name"] == "purchase").count(), 5);
    assert_eq!(events[0]["name"], "page_view");
    assert_eq!(events[0]["country"], "DE");
    assert_eq!(events[0]["utm_campaign"], "spring_sale");
}

fn ga4_event(name: &str, more: &str) -> Record {
    let row = format!(
        r#"{{"event_name": "{name}", "event_timestamp": "1768471200000000", "user_id": "u1",
             "user_pseudo_id": "1.2", "geo": {{"country": "Finland", "city": "(not set)"}}, {more}}}"#
    );
    let row: Value = serde_json::from_str(&row).unwrap();
    events([ga4::read(&row).unwrap()]).remove(0)
}

#[test]
fn a_refund_of_ga4_takes_money_back_and_an_order_without_a_number_has_none() {
    let refund = ga4_event(
        "refund",
        r#""ecommerce": {"refund_value": 20.5, "transaction_id": "O-7"},
           "event_params": [{"key": "currency", "value": {"string_value": "EUR"}}]"#,
    );
    assert_eq!((&refund["revenue"], &refund["transaction_id"]), (&json!("-20.5"), &json!("O-7")));
    let order = ga4_event(
        "purchase",
        r#""ecommerce": {"purchase_revenue": 20.5, "transaction_id": "(not set)"}, "event_params": []"#,
    );
    assert_eq!((&order["revenue"], order.get("transaction_id")), (&json!("20.5"), None));
    assert_eq!((&order["visitor_id"], order.get("city")), (&json!("1.2"), None));
}

#[test]
fn the_items_of_an_order_come_from_ga4_as_they_were_sent() {
    let order = ga4_event(
        "purchase",
        r#""event_params": [], "items": [{"item_id": "S1", "item_name": "Tea", "coupon": "(not set)", "price": 10.25,
           "price_in_usd": 11.9, "quantity": "2", "item_revenue": 20.5, "item_brand": null,
           "item_params": [{"key": "colour", "value": {"string_value": "red"}}]}]"#,
    );
    let items = crate::items::from_json(order["items_json"].as_str().unwrap());
    assert_eq!(
        crate::items::to_json(&items).unwrap(),
        r#"[{"item_id":"S1","item_name":"Tea","price":10.25,"quantity":2,"colour":"red"}]"#
    );
    assert_eq!(
        ga4_event("page_view", r#""event_params": [], "items": []"#).get("items_json"),
        None
    );
}

#[test]
fn screens_scrolling_and_time_spent_come_from_ga4_as_they_do_from_its_clients() {
    let screen = ga4_event(
        "screen_view",
        r#""event_params": [{"key": "firebase_screen", "value": {"string_value": "Cart"}},
           {"key": "engagement_time_msec", "value": {"int_value": "1200"}}]"#,
    );
    assert_eq!((&screen["name"], &screen["path"]), (&json!("pageview"), &json!("Cart")));
    assert_eq!((&screen["engagement_ms"], screen.get("props")), (&json!("1200"), None));
    let person = ga4_event(
        "login",
        r#""event_params": [], "user_properties": [{"key": "plan",
           "value": {"set_timestamp_micros": "1768471200000000", "string_value": "pro"}}]"#,
    );
    assert_eq!(person["props"], r#"{"user.plan":"pro"}"#);
    let scroll = ga4_event(
        "scroll",
        r#""event_params": [{"key": "percent_scrolled", "value": {"int_value": "90"}}]"#,
    );
    assert_eq!(scroll["scroll_depth"], "90");
}

#[test]
fn a_report_of_ga4_has_the_users_that_it_has() {
    let read = |head: &str, row: &str| {
        let text = format!("# Start date: 20260101\n# End date: 20260103\nPage,{head}\n/,{row}");
        let figures = figures::ga4(&text).unwrap();
        figures.into_iter().map(|one| (one.metric, one.amount)).collect::<Vec<_>>()
    };
    assert_eq!(read("Active users,Conversions", "5,2"), [("visitors", 5.0), ("key_events", 2.0)]);
    assert_eq!(read("Active users,Total users", "5,6"), [("visitors", 6.0)]);
}

#[test]
fn a_traffic_report_of_ga4_has_its_totals() {
    let Some(bytes) = export("ga4/traffic_acquisition.csv") else { return };
    let figures = figures::ga4(&figures::decode(&bytes)).unwrap();
    assert_eq!(sum(&figures, "visits"), 33_869.0);
    assert!((sum(&figures, "revenue") - 20_332.17).abs() < 1e-6);
    assert_eq!(figures[0].dimension, "channel");
    assert!(figures::ga4("a,b\n1,2").is_err());
    let date = jiff::civil::date;
    let period = (date(2026, 1, 1), date(2026, 1, 31));
    assert!(figures.iter().all(|one| (one.day, one.last_day) == period));
}

#[test]
fn a_report_of_ga4_by_days_has_each_days_figures() {
    let head = "# Start date: 20260101\n# End date: 20260103\n";
    let read = |rows: &str| figures::ga4(&format!("{head}{rows}"));
    let days = |figures: Vec<figures::Figure>| {
        let figure = |one: figures::Figure| {
            assert_eq!(one.day, one.last_day);
            (one.day.day(), one.dimension, one.value, one.amount)
        };
        figures.into_iter().map(figure).collect::<Vec<_>>()
    };
    let totals = [(1, "total", String::new(), 5.0), (3, "total", String::new(), 7.0)];
    assert_eq!(days(read("Date,Sessions\n20260101,5\n20260103,7").unwrap()), totals);
    assert_eq!(days(read("Nth day,Sessions\n0000,5\n0002,7").unwrap()), totals);
    let channels = [(2, "channel", "Direct".to_owned(), 4.0)];
    let by_channel = "Session default channel group,Date,Sessions\nDirect,20260102,4";
    assert_eq!(days(read(by_channel).unwrap()), channels);
    let by_day = "Date,Session default channel group,Sessions\n20260102,Direct,4";
    assert_eq!(days(read(by_day).unwrap()), channels);
    let outside = read("Date,Sessions\n20260201,5").unwrap_err();
    assert_eq!(outside, "line 4: `20260201` is no day of the report");
}

#[test]
fn visits_of_matomo_have_their_actions_and_orders() {
    let Some(bytes) = export("matomo/Live.getLastVisitsDetails.json") else { return };
    let visits: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(visits.len(), 25);
    let events = events(visits.iter().map(|visit| matomo::read(visit).unwrap()));
    let orders: Vec<_> = events.iter().filter(|event| event["name"] == "purchase").collect();
    assert_eq!(orders.len(), 5);
    assert_eq!(
        (&orders[0]["transaction_id"], &orders[0]["revenue"]),
        (&json!("T0"), &json!("49.9"))
    );
    let items = crate::items::from_json(orders[0]["items_json"].as_str().unwrap());
    assert_eq!(
        crate::items::to_json(&items).unwrap(),
        r#"[{"item_id":"SKU0","item_name":"Café","item_category":"Drinks","price":40,"quantity":1}]"#
    );
    assert!(events.iter().all(|event| event.contains_key("url")));
    assert_eq!(matomo::read(&json!({"idVisit": 1})), Err("has no `actionDetails`".into()));
}

#[test]
fn searches_and_links_of_matomo_say_what_for_and_where_to() {
    let visit = json!({"idVisit": 1, "visitorId": "a1", "actionDetails": [
        {"type": "action", "url": "https://shop.example/a", "timestamp": 1768435200},
        {"type": "search", "siteSearchKeyword": "tea", "timestamp": 1768435201},
        {"type": "outlink", "url": "https://other.example/", "timestamp": 1768435202},
        {"type": "goal", "goalId": 3, "goalName": "Newsletter", "timestamp": 1768435203}]});
    let events = events([matomo::read(&visit).unwrap()]);
    let names: Vec<_> = events.iter().map(|event| event["name"].as_str().unwrap()).collect();
    // As Matomo's tracker sends them.
    assert_eq!(names, ["pageview", "search", "click", "Goal 3"]);
    assert_eq!(events[1]["props"], r#"{"search_term":"tea"}"#);
    assert_eq!(
        (&events[2]["url"], &events[2]["props"]),
        (&json!("https://shop.example/a"), &json!(r#"{"link_url":"https://other.example/"}"#))
    );
    assert_eq!(events[3]["props"], r#"{"goal_id":"3","goal_name":"Newsletter"}"#);
}

#[test]
fn a_report_of_matomo_is_decoded_and_read() {
    let Some(bytes) = export("matomo/VisitsSummary.get_day.csv") else { return };
    let figures = figures::matomo(&figures::decode(&bytes)).unwrap();
    assert_eq!(figures[0].day, jiff::civil::date(2026, 1, 1));
    assert_eq!((figures[0].metric, figures[0].amount), ("visitors", 677.0));
}

#[test]
fn each_table_of_plausibles_archive_is_a_dimension() {
    for (name, dimension, value, metric, amount) in [
        ("visitors", "total", "", "visitors", 119.0),
        ("pages", "page", "/docs/script-extensions", "visits", 8.0),
        ("sources", "source", "DuckDuckGo", "pageviews", 2.0),
        ("locations", "country", "FR", "visitors", 1.0),
        ("browsers", "browser", "Safari", "visitors", 5.0),
        ("custom_events", "event", "Outbound Link: Click", "visitors", 1.0),
    ] {
        let name = format!("imported_{name}_20230209_20240123.csv");
        let Some(bytes) = export(&format!("plausible/{name}")) else { return };
        let figures = figures::plausible(&name, &figures::decode(&bytes)).unwrap().unwrap();
        let first = figures.iter().find(|figure| figure.metric == metric).unwrap();
        assert_eq!((first.dimension, first.value.as_str()), (dimension, value), "{name}");
        assert_eq!(first.amount, amount, "{name}");
    }
    assert_eq!(figures::plausible("readme.txt", ""), Ok(None));
    let tags = "date,source,utm_campaign,utm_medium,visits\n2026-01-02,Google,spring,cpc,7\n2026-01-02,,,,3\n";
    let found = figures::plausible("imported_sources_1.csv", tags).unwrap().unwrap();
    let found: Vec<_> =
        found.iter().map(|one| (one.dimension, one.value.as_str(), one.amount)).collect();
    assert_eq!(
        found,
        [
            ("source", "Google", 7.0),
            ("campaign", "spring", 7.0),
            ("utm_medium", "cpc", 7.0),
            ("source", "(none)", 3.0),
        ]
    );
    let wrong = figures::plausible("imported_pages_1.csv", "date,page\n2026-13-01,/");
    assert!(wrong.unwrap_err().starts_with("line 2"));
}

#[test]
fn events_of_umami_come_from_csv_and_from_a_dump_with_sessions() {
    let mut csv = umami::Reader::default();
    csv.line("session_id,event_type,event_name,url_path,referrer_domain,country,created_at")
        .unwrap();
    let row = csv.line(r#"s1,2,"Sign, up",/a,search.example,FI,2026-01-15 10:00:00"#).unwrap();
    let event = &events([row])[0];
    assert_eq!((&event["name"], &event["country"]), (&json!("Sign, up"), &json!("FI")));
    assert_eq!(event["referrer"], "https://search.example/");

    let mut dump = umami::Reader::default();
    let lines = [
        "-- PostgreSQL database dump",
        "COPY public.session (session_id, browser, country) FROM stdin;",
        "s1\tfirefox\tDE",
        "\\.",
        "COPY public.website_event (event_id, session_id, event_type, url_path, created_at) FROM stdin;",
        "e1\ts1\t1\t/b\t2026-01-15 10:00:00+00",
        "\\.",
        "COPY public.website (website_id) FROM stdin;",
        "w1",
        "\\.",
    ];
    let found = events(lines.iter().map(|line| dump.line(line).unwrap()));
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["browser"], &found[0]["name"]), (&json!("firefox"), &json!("pageview")));
    assert_eq!((&found[0]["path"], &found[0]["event_id"]), (&json!("/b"), &json!("e1")));
}

#[test]
fn a_dump_of_umami_gives_its_money_and_only_the_events_of_the_site() {
    let lines = |domain: &str| {
        let mut dump = umami::Reader::of(domain);
        let lines = [
            "COPY public.event_data (event_data_id, website_event_id, data_key, string_value, number_value, date_value) FROM stdin;",
            "d1\te1\tplan\tpro\t\\N\t\\N",
            "d2\te1\tseats\t3.5000\t3.5000\t\\N",
            "\\.",
            "COPY public.revenue (revenue_id, website_id, event_id, currency, revenue) FROM stdin;",
            "r1\tw1\te1\tEUR\t25.5000",
            "\\.",
            "COPY public.website (website_id, name, domain) FROM stdin;",
            "w1\tShop\twww.shop.example",
            "w2\tBlog\tblog.example",
            "\\.",
            "COPY public.website_event (event_id, website_id, session_id, event_type, event_name, created_at) FROM stdin;",
            "e1\tw1\ts1\t2\tpurchase\t2026-01-15 10:00:00+00",
            "e2\tw2\ts1\t1\t\\N\t2026-01-15 10:00:00+00",
            "e3\tw1\ts1\t5\t\\N\t2026-01-15 10:00:00+00",
            "\\.",
        ];
        events(lines.map(|line| dump.line(line).unwrap()))
    };
    let found = lines("shop.example");
    assert_eq!(found.len(), 1);
    let order = &found[0];
    let is = |column: &str| order[column].as_str().unwrap_or_default();
    assert_eq!((is("name"), is("revenue"), is("currency")), ("purchase", "25.5000", "EUR"));
    assert_eq!(is("props"), r#"{"plan":"pro","seats":"3.5"}"#);
    assert_eq!(lines("other.example").len(), 2, "a dump that does not know the domain");
}
