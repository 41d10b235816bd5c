//! Rules that put clients' words right, and what they are applied to: never a panic, events stay in order, and
//! requests stay what they were.
//!
//! The rules come first, as JSON; after an empty line the body of a request, which is also the event's
//! properties.
#![no_main]

use libfuzzer_sys::fuzz_target;
use luotsi_marketing::collect::Parts;
use luotsi_marketing::counting::{mapping, read};
use luotsi_marketing::hit::{Hit, SiteKey};
use luotsi_marketing::protocol::Protocol;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let (rules, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let Ok(rules) = serde_json::from_str::<Value>(rules) else { return };
    let rules = match read(&rules) {
        Ok(rules) => rules,
        Err(refused) => {
            assert!(!refused.is_empty());
            return;
        }
    };
    let value = serde_json::from_str::<Value>(body).unwrap_or_default();
    let site = SiteKey { protocol: Protocol::Luotsi, key: "shop.example".to_owned() };
    let name = value["event"].as_str().filter(|name| !name.is_empty()).unwrap_or("Signup");
    let mut hit = Hit::new(site, name);
    let props = value.as_object().into_iter().flatten();
    hit.props = props.map(|(name, value)| (name.clone(), value.to_string())).collect();
    hit.props.sort();
    if mapping::apply(&rules.mapping, &mut hit) {
        assert!(!hit.name.is_empty());
        assert!(hit.props.is_sorted_by(|one, other| one.0 < other.0));
    }
    let query: String = body.chars().take(200).collect();
    let parts = Parts {
        method: "POST",
        path: "/api/event",
        query: &query,
        headers: &[],
        body: body.as_bytes(),
        received_at_us: 0,
    };
    if let Some((_, mended)) = mapping::mended(&rules.mapping, &parts) {
        let is_json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).is_ok();
        assert_eq!(is_json(body.as_bytes()), is_json(&mended), "JSON stays JSON");
    }
});
