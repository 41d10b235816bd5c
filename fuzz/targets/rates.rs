//! Files of exchange rates: never a panic, what is taken can be counted with, and every refusal says why.
#![no_main]

use libfuzzer_sys::fuzz_target;
use luotsi_marketing::rates::{Rates, convert, read};

fuzz_target!(|data: &[u8]| {
    let file = match read(data) {
        Ok(file) => file,
        Err(refused) => {
            assert!(!refused.to_string().is_empty());
            return;
        }
    };
    assert!(!file.rates.is_empty() && file.skipped.is_sorted());
    assert!(file.rates.iter().all(|rate| rate.rate.is_finite() && rate.rate > 0.0));
    let rates = Rates::new(file.rates.iter().copied());
    assert!(!rates.is_empty());
    for known in file.rates.iter().take(50) {
        for (from, to) in [(known.base, known.currency), (known.currency, known.base)] {
            let Some(found) = rates.rate(from, to, known.day) else { continue };
            assert!(found.day <= known.day);
            for minor_units in [0, 1, -1, 12_345, i64::MAX, i64::MIN] {
                let converted = convert(minor_units, from, to, found.rate);
                assert!(minor_units != 0 || converted.is_none_or(|amount| amount == 0));
            }
        }
    }
});
