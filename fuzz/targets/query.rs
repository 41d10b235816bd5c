//! Bodies of `POST /api/v2/query`: never a panic, and every refusal says what is wrong.
#![no_main]

use jiff::Timestamp;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use luotsi_marketing::conversion::Trigger;
use luotsi_marketing::query::{Context, Conversion, Query, site_id};

fuzz_target!(|data: &[u8]| {
    let Ok(body) = serde_json::from_slice(data) else { return };
    let currency = "EUR".parse().expect("a known currency");
    let context = Context {
        now: Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(490_000),
        time_zone: TimeZone::get("Europe/Helsinki").unwrap_or(TimeZone::UTC),
        first_event: None,
        currency,
        conversions: vec![Conversion {
            display_name: "Order".to_owned(),
            trigger: Trigger::page("/thank-you/**").expect("a pattern"),
            currency: Some(currency),
        }],
    };
    match Query::parse(&body, &context) {
        Ok(query) => {
            assert!(site_id(&body).is_ok());
            assert!(!query.metrics.is_empty());
            if let Some(buckets) = query.buckets(query.range) {
                assert!(buckets.len() < 100_000);
            }
        }
        Err(refused) => assert!(!refused.to_string().is_empty()),
    }
});
