use std::path::PathBuf;

use luotsi_marketing::bot::{Signs, bot_reason};
use serde_json::Value;

/// A file of reference data beside the checkout; `None`, said aloud, where it is absent.
fn reference(name: &str) -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/useragents")
        .join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: ../shared is absent");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn is_bot(row: &Value) -> bool {
    bot_reason(&Signs { user_agent: row["ua"].as_str().unwrap(), purpose: "" }).is_some()
}

#[test]
fn crawlers_are_caught() {
    for name in ["bots.json", "crawlers.json"] {
        let Some(rows) = reference(name) else { return };
        let rows = rows.as_array().unwrap();
        let missed: Vec<_> =
            rows.iter().filter(|row| !is_bot(row)).map(|row| row["ua"].as_str().unwrap()).collect();
        let share = 1.0 - missed.len() as f64 / rows.len() as f64;
        assert!(share >= 0.99, "{name}: {share}, missed {missed:#?}");
    }
}

#[test]
fn people_are_not_taken_for_crawlers() {
    let Some(table) = reference("real_traffic_ua.json") else { return };
    let flagged: Vec<_> =
        table["rows"].as_array().unwrap().iter().filter(|row| is_bot(row)).collect();
    assert!(flagged.is_empty(), "{flagged:#?}");
}
