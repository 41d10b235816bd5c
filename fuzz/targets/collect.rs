//! Bodies of `POST /api/event`: never a panic, and every refusal names its field.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use luotsi_marketing::bot::program_reason;
use luotsi_marketing::collect::plausible::{Trust, read};
use luotsi_marketing::counting::default_rules;
use luotsi_marketing::enrich::{Lookup, Request, enrich};
use luotsi_marketing::source;

fuzz_target!(|data: &[u8]| {
    let Ok(body) = serde_json::from_slice(data) else { return };
    for trust in [Trust::Stranger, Trust::Token] {
        match read(&body, trust) {
            Ok(hits) => {
                assert!(!hits.is_empty());
                for hit in hits {
                    assert!(!hit.site.key.is_empty() && !hit.name.is_empty());
                    let user_agent = hit.name.clone();
                    let request = Request {
                        ip: [192, 0, 2, 1].into(),
                        user_agent: &user_agent,
                        purpose: "",
                        received_at_us: 0,
                        headers: None,
                    };
                    let acquisition =
                        Arc::new(source::of_hit(default_rules(), &hit, "shop.example"));
                    let lookup = Lookup {
                        site_number: 1,
                        site_domain: "shop.example",
                        salt: &[1; 16],
                        previous_salt: None,
                        client: Arc::default(),
                        program: program_reason(&user_agent),
                        place: Arc::default(),
                        acquisition,
                        rules: default_rules(),
                        lists: None,
                        random_id: 1,
                    };
                    let event = enrich(hit, &request, lookup);
                    assert!(event.pathname.starts_with('/'), "{}", event.pathname);
                }
            }
            Err(refusals) => {
                assert!(!refusals.is_empty());
                assert!(refusals.iter().all(|refusal| !refusal.field.is_empty()));
            }
        }
    }
});
