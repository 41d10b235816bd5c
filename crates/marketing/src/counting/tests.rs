use serde_json::json;

use super::*;
use crate::page::parse_page;
use crate::source::resolve_by;

fn rules(value: serde_json::Value) -> Rules {
    read(&value).unwrap()
}

fn about(ip: &str) -> Circumstances<'static> {
    Circumstances { ip: Some(ip.parse().unwrap()), hostname: "shop.example", ..Default::default() }
}

#[test]
fn a_site_that_decided_nothing_holds_nothing_back_but_spam() {
    let rules = default_rules();
    assert_eq!(rules.reason(&about("203.0.113.7")), None);
    let spam = Circumstances { referrer_host: Some("best.semalt.com"), ..about("203.0.113.7") };
    assert_eq!(rules.reason(&spam), Some(BotReason::SpamReferrer));
    let odd = Circumstances { odd_headers: true, unknown_browser: true, ..about("203.0.113.7") };
    assert_eq!(rules.reason(&odd), None);
}

#[test]
fn own_and_data_centre_addresses_are_held_back() {
    let rules =
        rules(json!({"own_networks": ["203.0.113.0/24"], "data_centres": ["198.51.100.0/24"]}));
    assert_eq!(rules.reason(&about("203.0.113.9")), Some(BotReason::OwnTraffic));
    assert_eq!(rules.reason(&about("198.51.100.1")), Some(BotReason::DataCentre));
    assert_eq!(rules.reason(&about("192.0.2.1")), None);
    let unknown = Circumstances { ip: None, ..about("203.0.113.9") };
    assert_eq!(rules.reason(&unknown), None);
}

#[test]
fn pages_of_other_hosts_are_held_back_when_the_site_lists_its_own() {
    let rules = rules(json!({"hostnames": ["shop.example", "*.brand.example"]}));
    for (host, allowed) in [
        ("shop.example", true),
        ("www.shop.example", true),
        ("staging.shop.example", false),
        ("brand.example", true),
        ("fi.brand.example", true),
        ("notbrand.example", false),
        ("", true),
    ] {
        assert_eq!(rules.allows_host(host), allowed, "{host}");
    }
    let ghost = Circumstances { hostname: "evil.example", ..about("192.0.2.1") };
    assert_eq!(rules.reason(&ghost), Some(BotReason::Hostname));
}

#[test]
fn odd_headers_need_a_second_sign() {
    let rules = rules(json!({"check_headers": true}));
    let one = Circumstances { odd_headers: true, ..about("192.0.2.1") };
    assert_eq!(rules.reason(&one), None);
    let two = Circumstances { unknown_browser: true, ..one };
    assert_eq!(rules.reason(&two), Some(BotReason::HeaderAnomaly));
}

fn channel(rules: &Rules, query: &str, referrer: &str) -> (Option<String>, String) {
    let page = parse_page(&format!("https://shop.example/{query}"), false).unwrap();
    let came = resolve_by(rules, &page, (!referrer.is_empty()).then_some(referrer), "shop.example");
    (came.source, came.channel)
}

#[test]
fn channels_of_the_sites_own_come_before_the_table_and_in_their_order() {
    let rules = rules(json!({"channels": [
        {"channel": "Partners", "conditions": [
            {"field": "referrer", "operator": "contains", "value": "partner.example/shop"}]},
        {"channel": "Influencers", "conditions": [
            {"field": "source", "operator": "is", "value": "Instagram"},
            {"field": "campaign", "operator": "matches", "value": "^inf_\\d+$"}]},
        {"channel": "Brand search", "conditions": [
            {"field": "source", "operator": "is", "value": "google"},
            {"field": "medium", "operator": "is", "value": "cpc"},
            {"field": "campaign", "operator": "starts_with", "value": "brand"}]},
    ]}));
    let of = |query, referrer| channel(&rules, query, referrer).1;
    assert_eq!(of("", "https://partner.example/shop/1"), "Partners");
    assert_eq!(of("", "https://partner.example/blog"), "Referral");
    assert_eq!(of("?utm_source=ig&utm_medium=social&utm_campaign=INF_12", ""), "Influencers");
    assert_eq!(of("?utm_source=ig&utm_medium=social&utm_campaign=inf", ""), "Organic Social");
    assert_eq!(of("?gclid=1&utm_campaign=brand-fi", ""), "Brand search");
    assert_eq!(of("?gclid=1&utm_campaign=other", ""), "Paid Search");
    assert_eq!(of("", ""), "Direct");
}

#[test]
fn a_negation_must_hold_for_every_name_of_the_source() {
    let rules = rules(json!({"channels": [{"channel": "Elsewhere", "conditions": [
        {"field": "source", "operator": "is_not", "value": "google"},
        {"field": "medium", "operator": "is", "value": "cpc"}]}]}));
    assert_eq!(channel(&rules, "?gclid=1", "").1, "Paid Search");
    assert_eq!(channel(&rules, "?msclkid=1", "").1, "Elsewhere");
}

#[test]
fn a_way_through_a_payment_host_or_an_own_domain_is_no_arrival() {
    let rules = rules(json!({
        "excluded_referrers": ["pay.bank.example"], "own_domains": ["shop.fi"]}));
    for referrer in ["https://pay.bank.example/done", "https://www.shop.fi/", "https://m.shop.fi/a"]
    {
        assert_eq!(channel(&rules, "", referrer), (None, "Direct".into()), "{referrer}");
        assert_ne!(channel(default_rules(), "", referrer).1, "Direct", "{referrer}");
    }
    // A tag still says where a visitor came from.
    assert_eq!(channel(&rules, "?utm_source=x&utm_medium=email", "https://shop.fi/").1, "Email");
}

#[test]
fn a_slash_at_the_end_goes_when_the_site_says_so() {
    let remove = rules(json!({"trailing_slash": "remove"}));
    let path = |rules: &Rules, path: &str| rules.path(path.to_owned());
    assert_eq!(path(&remove, "/a/"), "/a");
    assert_eq!(path(&remove, "/"), "/");
    assert_eq!(path(&remove, "//"), "/");
    assert_eq!(path(&remove, "/a/b"), "/a/b");
    assert_eq!(path(default_rules(), "/a/"), "/a/");
}

#[test]
fn ids_of_tags_are_used_as_the_site_and_the_visitor_allow() {
    let sent = Identity { anonymous_id: Some("a".into()), user_id: Some("u".into()) };
    let granted = Some(Consent { analytics: Some(true), advertising: None });
    let kept = |mode: &str, consent, trusted| {
        let rules = rules(json!({"recognition": mode}));
        rules.identity(sent.clone(), consent, trusted) == sent
    };
    assert!(kept("as_sent", None, false));
    assert!(!kept("with_consent", None, false));
    assert!(kept("with_consent", granted, false));
    assert!(kept("with_consent", None, true));
    assert!(!kept("cookieless", granted, false));
    assert!(kept("cookieless", None, true));
}

#[test]
fn a_signal_of_the_browser_declines_only_where_the_site_honours_it() {
    let honours = rules(json!({"honour_signals": true}));
    assert!(honours.declines("1", ""));
    assert!(honours.declines("", "1"));
    assert!(!honours.declines("", "0"));
    assert!(!default_rules().declines("1", "1"));
}

#[test]
fn rules_are_written_as_they_are_read() {
    let value = json!({
    "idle_minutes": 45, "campaign_split": true, "trailing_slash": "remove",
    "channels": [{"channel": "Partners", "conditions": [
        {"field": "source", "operator": "ends_with", "value": ".partner.example"}]}],
    "excluded_referrers": ["pay.example"], "own_domains": ["shop.fi"],
    "hostnames": ["*.shop.example"], "own_networks": ["203.0.113.0/24"],
    "data_centres": ["2001:db8::/32"], "spam_referrers": ["spam.example"],
    "most_events_per_minute": 120, "check_headers": true, "recognition": "with_consent",
    "honour_signals": true,
    "mapping": [
        {"action": "rename_event", "event": "Order placed", "property": "", "from": "", "to": "purchase"},
        {"action": "drop_property", "event": "*", "property": "email", "from": "", "to": ""},
        {"action": "replace_field", "event": "", "property": "a.b", "from": "", "to": "x"},
    ]});
    assert_eq!(write(&read(&value).unwrap()), value);
    assert_eq!(read(&json!({})).unwrap().session, SessionRule::default());
    let written = write(default_rules());
    assert_eq!(write(&read(&written).unwrap()), written);
}

#[test]
fn every_field_that_is_not_right_is_named() {
    let refused = read(&json!({
    "idle_minutes": 0, "campaign_split": 1, "trailing_slash": "maybe", "hostnames": ["a b"],
    "own_networks": ["203.0.113.0/40"], "most_events_per_minute": 1,
    "recognition": "always", "excluded_referrers": "x",
    "channels": [
        {"channel": "", "conditions": []},
        {"channel": "A", "conditions": []},
        {"channel": "B", "conditions": [{"field": "page", "operator": "like", "value": ""}]},
        {"channel": "C", "conditions": [
            {"field": "source", "operator": "matches", "value": "("}]},
    ]}))
    .unwrap_err();
    let fields: Vec<_> = refused.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "idle_minutes",
            "campaign_split",
            "trailing_slash",
            "channels[0].channel",
            "channels[1].conditions",
            "channels[2].conditions[0].field",
            "channels[2].conditions[0].operator",
            "channels[3].conditions[0].value",
            "excluded_referrers",
            "hostnames[0]",
            "own_networks[0]",
            "most_events_per_minute",
            "recognition",
        ]
    );
    assert!(read(&json!([])).is_err());
}
