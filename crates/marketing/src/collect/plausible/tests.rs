use serde_json::json;

use super::*;

fn refusals(body: &Value) -> Vec<(String, &'static str)> {
    read(body, Trust::Token)
        .unwrap_err()
        .into_iter()
        .map(|refusal| (refusal.field, refusal.code))
        .collect()
}

#[test]
fn the_short_and_the_long_names_say_the_same() {
    let short = json!({"n": "Signup", "u": "https://a.example/x?y=1", "d": "a.example", "r": "https://b.example",
        "p": {"plan": "pro", "seats": 3}, "$": {"amount": "12.5", "currency": "eur"}, "i": false});
    let long = json!({"name": "Signup", "url": "https://a.example/x?y=1", "domain": "a.example",
        "referrer": "https://b.example", "props": "{\"seats\":3,\"plan\":\"pro\"}",
        "revenue": "{\"amount\":12.5,\"currency\":\"EUR\"}", "interactive": false});
    let hits = read(&short, Trust::Stranger).unwrap();
    assert_eq!(hits, read(&long, Trust::Stranger).unwrap());
    let hit = &hits[0];
    assert_eq!(
        hit.props,
        [("plan".to_owned(), "pro".to_owned()), ("seats".to_owned(), "3".to_owned())]
    );
    assert_eq!(hit.revenue.unwrap().minor_units, 1250);
    assert!(!hit.interactive);
}

#[test]
fn an_event_for_two_domains_is_two_hits() {
    let body =
        json!({"n": "pageview", "u": "https://a.example/", "d": "a.example, B.example,a.example"});
    let keys: Vec<_> =
        read(&body, Trust::Stranger).unwrap().into_iter().map(|hit| hit.site.key).collect();
    assert_eq!(keys, ["a.example", "b.example"]);
}

#[test]
fn a_stranger_cannot_say_when_or_who() {
    let body = json!({"n": "pageview", "u": "https://a.example/", "d": "a.example",
        "timestamp": "2020-01-01T00:00:00Z", "visitor_id": "v", "ip": "192.0.2.1"});
    let hit = &read(&body, Trust::Stranger).unwrap()[0];
    assert_eq!((hit.at_us, hit.visitor.clone()), (None, None));
    let hit = &read(&body, Trust::Token).unwrap()[0];
    assert_eq!(hit.at_us, Some(1_577_836_800_000_000));
    assert_eq!(hit.identity.anonymous_id.as_deref(), Some("v"));
    assert!(hit.visitor.is_some());
}

#[test]
fn each_wrong_field_is_named() {
    let base = |name: &str, value: Value| {
        let mut body = json!({"n": "pageview", "u": "https://a.example/", "d": "a.example"});
        body[name] = value;
        body
    };
    let many: serde_json::Map<_, _> = (0..31).map(|i| (format!("k{i}"), json!(1))).collect();
    let cases = [
        (json!([]), "body", "not_an_object"),
        (json!("x"), "body", "not_an_object"),
        (json!(null), "body", "not_an_object"),
        (base("n", json!(null)), "n", "missing"),
        (base("n", json!("")), "n", "empty"),
        (base("n", json!(7.5)), "n", "not_a_string"),
        (base("n", json!("x".repeat(121))), "n", "too_long"),
        (base("u", json!(null)), "u", "missing"),
        (base("u", json!("/path")), "u", "invalid_url"),
        (base("u", json!("javascript:alert(1)")), "u", "invalid_url"),
        (base("u", json!({"a": 1})), "u", "not_a_string"),
        (base("u", json!(format!("https://a.example/{}", "x".repeat(4_000)))), "u", "too_long"),
        (base("d", json!(null)), "d", "missing"),
        (base("d", json!(" , ")), "d", "empty"),
        (base("d", json!("a,b,c,d,e,f,g,h,i,j,k")), "d", "too_many"),
        (base("d", json!(["a.example"])), "d", "not_a_string"),
        (base("r", json!(1)), "r", "not_a_string"),
        (base("p", json!(1)), "p", "not_an_object"),
        (base("p", json!("nonsense")), "p", "not_an_object"),
        (base("p", json!("[1]")), "p", "not_an_object"),
        (base("p", json!({"a": [1]})), "p.a", "not_a_scalar"),
        (base("p", json!({"a": {"b": 1}})), "p.a", "not_a_scalar"),
        (base("p", json!({"": "x"})), "p.", "invalid_name"),
        (base("p", json!({"a": "x".repeat(2_001)})), "p.a", "too_long"),
        (base("p", json!(many)), "p", "too_many"),
        (base("$", json!(5)), "$", "not_an_object"),
        (base("$", json!({"amount": 5})), "$.currency", "invalid_currency"),
        (base("$", json!({"amount": 5, "currency": "EURO"})), "$.currency", "invalid_currency"),
        (base("$", json!({"currency": "EUR"})), "$.amount", "invalid_amount"),
        (base("$", json!({"amount": "much", "currency": "EUR"})), "$.amount", "invalid_amount"),
        (base("$", json!({"amount": 1e300, "currency": "EUR"})), "$.amount", "invalid_amount"),
        (base("sd", json!(-1)), "sd", "out_of_range"),
        (base("sd", json!("50 %")), "sd", "not_a_number"),
        (base("e", json!(-5)), "e", "out_of_range"),
        (base("e", json!(1e12)), "e", "out_of_range"),
        (base("id", json!("x".repeat(201))), "id", "too_long"),
        (base("id", json!(5)), "id", "not_a_string"),
        (base("t", json!("yesterday")), "t", "invalid_time"),
        (base("consent", json!({"analytics": "yes"})), "consent.analytics", "not_a_boolean"),
        (base("items", json!({})), "items", "not_an_array"),
        (base("items", json!([{"price": 1}])), "items[0]", "invalid_item"),
        (base("ip", json!("300.1.1.1")), "ip", "invalid_address"),
    ];
    for (body, field, code) in cases {
        assert_eq!(refusals(&body), [(field.to_owned(), code)], "{body}");
    }
}

#[test]
fn what_plausible_drops_is_left_out_of_a_pages_event_and_told() {
    let base = |name: &str, value: Value| {
        let mut body = json!({"n": "Signup", "u": "https://www.a.example/x", "d": "a.example"});
        body[name] = value;
        body
    };
    let many: serde_json::Map<_, _> = (0..31).map(|i| (format!("k{i}"), json!(1))).collect();
    let cases = [
        (base("p", json!({"a": [1], "b": "c"})), "p.a", "not_a_scalar", 1),
        (base("p", json!({"a": {"b": 1}, "b": "c"})), "p.a", "not_a_scalar", 1),
        (base("p", json!(many)), "p", "too_many", 30),
        (base("p", json!("nonsense")), "p", "not_an_object", 0),
        (base("props", json!("[1]")), "props", "not_an_object", 0),
        (base("m", json!(7)), "m", "not_an_object", 0),
        (base("$", json!(5)), "$", "not_an_object", 0),
        (base("$", json!({"amount": 5})), "$.currency", "invalid_currency", 0),
        (
            base("revenue", json!({"amount": "x", "currency": "EUR"})),
            "revenue.amount",
            "invalid_amount",
            0,
        ),
        (base("sd", json!("50 %")), "sd", "not_a_number", 0),
        (base("r", json!(7)), "r", "not_a_string", 0),
        (base("r", json!(format!("https://a.example/?{}", "x".repeat(4_000)))), "r", "too_long", 0),
        (base("e", json!(-5)), "e", "out_of_range", 0),
    ];
    for (body, field, code, props) in cases {
        let hit = read(&body, Trust::Stranger).unwrap().remove(0);
        let told: Vec<_> = hit.left_out.iter().map(|it| (it.field.as_str(), it.code)).collect();
        assert_eq!(told, [(field, code)], "{body}");
        assert_eq!((hit.name.as_str(), hit.props.len(), hit.revenue), ("Signup", props, None));
    }
    // What Plausible refuses as well, and what only Luotsi's own tracker says, is refused.
    for body in
        [base("n", json!("")), base("d", json!("")), base("p", json!({"a": "x".repeat(2_001)}))]
    {
        assert!(read(&body, Trust::Stranger).is_err(), "{body}");
    }
}

#[test]
fn a_page_may_be_named_by_its_path_where_its_domain_is_said() {
    let body = json!({"n": "WooCommerce Add To Cart", "u": "/product/tea/?utm_source=x", "d": "a.example"});
    let hit = &read(&body, Trust::Stranger).unwrap()[0];
    let page = hit.page.as_ref().unwrap();
    assert_eq!((page.hostname.as_str(), page.pathname.as_str()), ("", "/product/tea/"));
    assert!(read(&json!({"n": "pageview", "u": "/product"}), Trust::Stranger).is_err());
    assert!(
        read(&json!({"n": "pageview", "u": "product", "d": "a.example"}), Trust::Stranger).is_err()
    );
}

#[test]
fn numbers_may_be_texts_and_the_name_a_number_as_plausible_takes_them() {
    let body = json!({"n": 404, "u": "https://a.example/#/cart", "d": "a.example", "h": "1", "sd": "50", "e": "1200"});
    let hit = &read(&body, Trust::Stranger).unwrap()[0];
    assert_eq!(
        (hit.name.as_str(), hit.scroll_depth, hit.engagement_ms),
        ("404", Some(50), Some(1_200))
    );
    assert_eq!(hit.page.as_ref().unwrap().pathname, "/#/cart");
    assert!(hit.left_out.is_empty());
}

#[test]
fn a_page_that_names_no_site_is_of_its_host() {
    let body = json!({"n": "pageview", "u": "https://www.Shop.example:8443/x"});
    let hits = read(&body, Trust::Stranger).unwrap();
    assert_eq!(hits[0].site, SiteKey::new(Protocol::Plausible, "shop.example"));
    assert_eq!(refusals(&body), [("d".to_owned(), "missing")], "a server with a token names it");
}

#[test]
fn a_browser_that_a_program_drives_says_so() {
    let body =
        |wd: Value| json!({"n": "pageview", "u": "https://a.example/", "d": "a.example", "wd": wd});
    for (wd, driven) in
        [(json!(1), true), (json!(true), true), (json!(0), false), (json!(null), false)]
    {
        assert_eq!(read(&body(wd), Trust::Stranger).unwrap()[0].is_driven, driven);
    }
}

#[test]
fn several_wrong_fields_are_all_named() {
    assert_eq!(
        refusals(&json!({})),
        [("n".to_owned(), "missing"), ("u".to_owned(), "missing"), ("d".to_owned(), "missing")]
    );
}

#[test]
fn yen_have_no_minor_unit() {
    let yen = "jpy".parse::<Currency>().unwrap();
    assert_eq!(minor_units(1999.0, yen), Some(1999));
    assert_eq!(minor_units(-0.105, "EUR".parse().unwrap()), Some(-11));
}

#[test]
fn a_page_may_say_who_it_is_what_was_agreed_and_what_was_bought() {
    let body = json!({"n": "purchase", "u": "https://a.example/", "d": "a.example", "vid": "v1", "uid": "u1",
        "consent": {"analytics": true}, "items": [{"item_id": "S1", "price": 10.25, "quantity": 2}]});
    let hit = &read(&body, Trust::Stranger).unwrap()[0];
    assert_eq!(hit.identity.anonymous_id.as_deref(), Some("v1"));
    assert_eq!(hit.identity.user_id.as_deref(), Some("u1"));
    assert_eq!(hit.consent.unwrap().analytics, Some(true));
    assert_eq!(hit.items[0].quantity, Some(2.0));
}
