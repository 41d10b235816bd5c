//! What people type in settings: domains, zones, page patterns, event names, currencies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use luotsi_marketing::conversion::{PagePattern, Trigger};
use luotsi_marketing::currency::Currency;
use luotsi_marketing::{page, site};

fuzz_target!(|text: &str| {
    if let Ok(domain) = site::domain(text) {
        assert!(site::domain(&domain).is_ok(), "what was accepted is accepted again: {domain}");
    }
    let _zone = site::time_zone(text);
    let _currency = text.parse::<Currency>();
    let _registrable = page::registrable_domain(text);
    for hash_routing in [false, true] {
        if let Ok(page) = page::parse_page(text, hash_routing) {
            assert!(page.pathname.starts_with('/'), "{}", page.pathname);
        }
    }
    if let Ok(Trigger::Page { pattern }) = Trigger::page(text)
        && !pattern.contains('*')
    {
        let ready = PagePattern::new(&pattern).expect("a pattern that was accepted compiles");
        assert!(ready.fits(&pattern), "a pattern without stars fits itself");
    }
    let _event = Trigger::event(text);
});
