use jiff::Timestamp;
use jiff::tz::TimeZone;
use luotsi_marketing::event::BotReason;

use super::*;

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

fn reader() -> RowReader {
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    RowReader {
        lists: luotsi_marketing::counting::Lists::default(),
        site: TargetSite {
            number: 1,
            domain: "shop.example".into(),
            rules: luotsi_marketing::counting::Rules::default(),
            currency: "EUR".parse().unwrap(),
        },
        times: Times::new(TimeZone::UTC, None),
        lookup: Lookup::new(None).unwrap(),
        salts: PastSalts::default(),
        ids: RowIds::new(1),
        midnight: Midnight::default(),
        now_us: now.as_microsecond(),
    }
}

/// One JSON row, read.
fn event(row: serde_json::Value) -> Result<Event, Refusal> {
    let text = row.to_string();
    let Value::Object(object) = row else { panic!("a row is an object") };
    reader().event(&Record::Json(object), &Mapping::of_json(&[], &[]).unwrap(), &text)
}

#[test]
fn a_row_with_everything_becomes_an_event_with_everything() {
    let event = event(serde_json::json!({
        "timestamp": "2026-11-20T10:00:00Z", "event": "purchase", "url": "https://www.shop.example/thanks?utm_source=newsletter&utm_medium=email",
        "user_id": "u1", "user_agent": CHROME, "country": "fi", "device": "smartphone", "revenue": "1.234,50 €",
        "order_id": "A-1", "utm_source_platform": "Shop ads", "utm_marketing_tactic": "remarketing", "props": {"plan": "gold", "seats": 3, "list": [1]}, "scroll_depth": 250,
    }))
    .unwrap();
    assert_eq!(
        (event.name.as_str(), event.hostname.as_str(), event.pathname.as_str()),
        ("purchase", "shop.example", "/thanks")
    );
    assert_eq!(event.acquisition.channel, "Email");
    assert_eq!(event.acquisition.utm_source_platform.as_deref(), Some("shop ads"));
    assert_eq!(event.acquisition.utm_marketing_tactic.as_deref(), Some("remarketing"));
    assert_eq!(event.place.country.as_deref(), Some("FI"));
    assert_eq!(
        (event.client.device.as_deref(), event.client.browser.as_deref()),
        (Some("Mobile"), Some("Chrome"))
    );
    assert_eq!(
        event.revenue.map(|revenue| (revenue.minor_units, revenue.currency.code())),
        Some((123_450, "EUR"))
    );
    assert_eq!(event.transaction_id.as_deref(), Some("A-1"));
    let as_sent = ("utm_source_platform_raw", "Shop ads");
    let props = [("plan", "gold"), ("seats", "3"), as_sent];
    assert_eq!(event.props, props.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!((event.scroll_depth, event.bot_reason), (Some(100), None));
}

#[test]
fn little_is_enough() {
    let event = event(serde_json::json!({"ts": 1_763_632_800, "user_id": 7})).unwrap();
    assert_eq!((event.name.as_str(), event.pathname.as_str()), (PAGEVIEW, "/"));
    assert_eq!(event.acquisition.channel, "Direct");
    assert_eq!((event.bot_reason, event.revenue), (None, None));
}

#[test]
fn a_wrong_row_names_its_field() {
    for (row, field, code) in [
        (serde_json::json!({"user_id": "u"}), "time", "missing"),
        (serde_json::json!({"time": "soon", "user_id": "u"}), "time", "invalid_time"),
        (serde_json::json!({"time": "2026-11-21T12:00:01Z", "user_id": "u"}), "time", "in_future"),
        (serde_json::json!({"time": "2026-11-20"}), "visitor_id", "missing"),
        (serde_json::json!({"time": "2026-11-20", "ip": "localhost"}), "ip", "invalid_address"),
        (
            serde_json::json!({"time": "2026-11-20", "user_id": "u", "url": "javascript://x"}),
            "url",
            "invalid_url",
        ),
        (
            serde_json::json!({"time": "2026-11-20", "user_id": "u", "revenue": "much"}),
            "revenue",
            "invalid_amount",
        ),
        (
            serde_json::json!({"time": "2026-11-20", "user_id": "u", "revenue": 5, "currency": "FIM"}),
            "currency",
            "invalid_currency",
        ),
        (
            serde_json::json!({"time": "2026-11-20", "user_id": "u", "props": "x"}),
            "props",
            "not_an_object",
        ),
        (
            serde_json::json!({"time": "2026-11-20", "user_id": "u", "scroll_depth": -1}),
            "scroll_depth",
            "not_a_number",
        ),
    ] {
        let refusal = event(row.clone()).unwrap_err();
        assert_eq!((refusal.field.as_str(), refusal.code), (field, code), "{row}");
    }
}

#[test]
fn an_address_and_a_program_make_a_visitor_for_a_day() {
    let at = |time: &str, ip: &str, user_agent: &str| serde_json::json!({"time": time, "ip": ip, "user_agent": user_agent});
    let mut reader = reader();
    let mapping = Mapping::of_json(&[], &[]).unwrap();
    let mut id = |row: serde_json::Value| {
        let text = row.to_string();
        let Value::Object(object) = row else { panic!("a row is an object") };
        reader.event(&Record::Json(object), &mapping, &text).unwrap()
    };
    let one = id(at("2026-11-18T10:00:00Z", "193.166.3.2", CHROME));
    assert_eq!(one.place.country.as_deref(), Some("FI"));
    assert_eq!(id(at("2026-11-18T11:00:00Z", "193.166.3.2", CHROME)).visitor_id, one.visitor_id);
    assert_ne!(id(at("2026-11-18T11:00:00Z", "193.166.3.3", CHROME)).visitor_id, one.visitor_id);
    let late = id(at("2026-11-18T23:50:00Z", "193.166.3.2", CHROME));
    let past_midnight = id(at("2026-11-19T00:10:00Z", "193.166.3.2", CHROME));
    assert_eq!((late.visitor_id, past_midnight.visitor_id), (one.visitor_id, one.visitor_id));
    assert_ne!(id(at("2026-11-19T10:00:00Z", "193.166.3.2", CHROME)).visitor_id, one.visitor_id);
    assert_eq!(
        id(at("2026-11-19T10:00:00Z", "193.166.3.2", "curl/8.5.0")).bot_reason,
        Some(BotReason::UserAgent)
    );
}

#[test]
fn amounts_are_read_with_points_commas_and_signs() {
    for (text, expected) in [
        ("12.50", Some(12.5)),
        ("12,50", Some(12.5)),
        ("1,234.50", Some(1_234.5)),
        ("1.234,50", Some(1_234.5)),
        ("€ 1 234,50", Some(1_234.5)),
        ("-3", Some(-3.0)),
        ("", None),
        ("1e999", None),
        ("ten", None),
    ] {
        assert_eq!(amount(text), expected, "{text}");
    }
}

#[test]
fn ids_of_rows_tell_nothing_about_addresses() {
    let row = |ip: &str, path: &str| {
        let url = format!("https://shop.example{path}");
        serde_json::json!({"time": "2026-11-20T10:00:00Z", "ip": ip, "url": url, "user_agent": CHROME})
    };
    let one = event(row("192.0.2.1", "/a")).unwrap();
    let other = event(row("198.51.100.77", "/a")).unwrap();
    assert_eq!(one.event_id, other.event_id, "nobody can try addresses until the id fits");
    assert_ne!(one.event_id, event(row("192.0.2.1", "/b")).unwrap().event_id);

    let line = |ip: &str| {
        format!(r#"{ip} - - [20/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "{CHROME}""#)
    };
    let mut reader = reader();
    let mut id = |ip: &str| match super::super::access_log::read(&line(ip), &mut reader).unwrap() {
        super::super::access_log::Outcome::PageView(event) => event.event_id,
        outcome @ super::super::access_log::Outcome::Skipped(_) => panic!("{outcome:?}"),
    };
    let (first, second) = (id("192.0.2.1"), id("198.51.100.77"));
    assert_ne!(first, second, "two people at the same second are two views");
    let mut again = self::reader();
    let outcome = super::super::access_log::read(&line("203.0.113.5"), &mut again).unwrap();
    let super::super::access_log::Outcome::PageView(event) = outcome else { panic!("{outcome:?}") };
    assert_eq!(event.event_id, first, "the first such line has this id, whoever it was");
}

#[test]
fn items_are_kept_and_what_a_client_sends_by_itself_ends_no_bounce() {
    let row = |name: &str, items: &str| {
        event(serde_json::json!({"time": "2026-11-20T10:00:00Z", "name": name, "visitor_id": "v", "items_json": items}))
            .unwrap()
    };
    let order = row("purchase", r#"[{"item_id":"S1","price":2.5}]"#);
    assert_eq!(order.items.as_deref(), Some(r#"[{"item_id":"S1","price":2.5}]"#));
    assert!(order.interactive);
    assert!(!row("scroll", "[]").interactive);
}
