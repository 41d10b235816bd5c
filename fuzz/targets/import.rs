//! Exports of other tools, as files and as lines: never a panic, and every refusal is a sentence.
#![no_main]

use libfuzzer_sys::fuzz_target;
use luotsi_marketing::import::{figures, ga4, matomo, umami};

fuzz_target!(|data: &[u8]| {
    let text = figures::decode(data);
    for figures in [figures::ga4(&text), figures::matomo(&text)].into_iter().flatten() {
        assert!(figures.iter().all(|figure| figure.amount.is_finite()));
    }
    for name in ["imported_pages_1_2.csv", "imported_visitors_1_2.csv"] {
        if let Err(refused) = figures::plausible(name, &text) {
            assert!(refused.starts_with("line "));
        }
    }
    let mut dump = umami::Reader::default();
    for line in text.lines() {
        if let Err(refused) = dump.line(line) {
            assert!(!refused.is_empty());
        }
        if let Ok(row) = serde_json::from_str(line) {
            for read in [ga4::read(&row), matomo::read(&row)] {
                assert!(read.err().is_none_or(|refused| !refused.is_empty()));
            }
        }
    }
});
