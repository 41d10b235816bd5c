//! `anomalies`: an outage among ordinary days, and series that cannot be judged.

use std::fmt::Write as _;

use super::{file, run};

/// 90 days, quieter at weekends, small noise; the value of `day` is `instead`.
fn days(day: i64, instead: f64) -> String {
    let mut text = String::from("date,visits\n");
    let start: jiff::civil::Date = "2026-01-05".parse().expect("a date");
    for index in 0..90_i64 {
        let usual = if index % 7 >= 5 { 600.0 } else { 1000.0 };
        // Deterministic noise of some percent.
        let noise = 1.0 + 0.04 * ((index * 37 % 19) as f64 / 9.0 - 1.0);
        let value = if index == day { instead } else { usual * noise };
        let date = start.checked_add(jiff::Span::new().days(index)).expect("a date");
        writeln!(text, "{date},{value:.1}").expect("a String takes any text");
    }
    text
}

#[test]
fn an_outage_is_reported_with_its_day() {
    let json = run(&["anomalies", "-", "--json"], days(60, 150.0).as_bytes()).json();
    let anomalies = json["anomalies"].as_array().unwrap();
    assert_eq!(anomalies.len(), 1, "{json}");
    let outage = &anomalies[0];
    assert_eq!(outage["from"], "2026-03-06T00:00:00");
    assert_eq!(outage["to"], "2026-03-06T00:00:00");
    assert_eq!(outage["direction"], "down");
    assert_eq!(outage["actual"], 150.0);
    assert!((outage["expected"].as_f64().unwrap() - 1000.0).abs() < 60.0);
    assert!(outage["score"].as_f64().unwrap() > 0.0);
}

#[test]
fn ordinary_days_and_muted_days_report_nothing() {
    let quiet = run(&["anomalies", "-", "--json"], days(60, 1000.0).as_bytes()).json();
    assert_eq!(quiet["anomalies"], serde_json::json!([]));
    let args = ["anomalies", "-", "--json", "--mute", "2026-03-06..2026-03-07"];
    assert_eq!(run(&args, days(60, 150.0).as_bytes()).json()["anomalies"], serde_json::json!([]));
    let args = ["anomalies", "-", "--json", "--complete-until", "2026-04-04"];
    assert_eq!(run(&args, days(89, 5.0).as_bytes()).json()["anomalies"], serde_json::json!([]));
}

#[test]
fn several_series_in_one_file_are_told_apart() {
    let mut text = String::from("date,visits,site\n");
    for (site, rows) in [("quiet", days(60, 1000.0)), ("broken", days(89, 150.0))] {
        rows.lines().skip(1).for_each(|row| writeln!(text, "{row},{site}").unwrap());
    }
    let args = ["anomalies", "-", "--json", "--series", "site", "--value", "visits"];
    let json = run(&args, text.as_bytes()).json();
    assert_eq!(json["anomalies"][0]["series"], "broken");
    let newest = run(&[&args[..], &["--latest"]].concat(), text.as_bytes()).json();
    let alarms: Vec<bool> = newest["latest"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["alarm"].as_bool().unwrap())
        .collect();
    assert_eq!(alarms, [false, true]);
}

#[test]
fn the_chart_marks_the_outage() {
    let folder = tempfile::tempdir().unwrap();
    let (data, chart) =
        (file(&folder, "days.csv", &days(60, 150.0)), folder.path().join("days.svg"));
    let answer =
        run(&["anomalies", data.to_str().unwrap(), "--chart", chart.to_str().unwrap()], b"");
    assert!(answer.output.starts_with("1 anomaly."), "{}", answer.output);
    assert_eq!(std::fs::read_to_string(chart).unwrap().matches("<circle").count(), 1);
}

#[test]
fn series_that_cannot_be_judged_are_refused() {
    let flat = (1..=30).map(|day| format!("2026-01-{day:02},5")).collect::<Vec<_>>().join("\n");
    for (text, reason) in [
        ("date,visits\n2026-01-01,5\n".to_owned(), "at least 20 values"),
        (format!("date,visits\n{flat}"), "every value of the series is the same"),
        ("date,visits\nsoon,5\n".to_owned(), "`soon` is not a date"),
        ("date,visits\n2026-01-01,many\n".to_owned(), "`many` is not a number"),
        ("when,visits\n2026-01-01,5\n".to_owned(), "no column `timestamp`"),
        ("date,visits\n".to_owned(), "the file has no rows"),
    ] {
        let refused = run(&["anomalies", "-"], text.as_bytes());
        assert_eq!(refused.code, 2, "{text}");
        assert!(refused.errors.contains(reason), "{text}: {}", refused.errors);
    }
    assert_eq!(run(&["anomalies", "-", "--budget", "0"], days(60, 150.0).as_bytes()).code, 2);
}

#[test]
fn a_level_that_changed_last_week_is_said_to_be_new() {
    let mut text = String::from("date,visits\n");
    for (index, row) in days(60, 1000.0).lines().skip(1).enumerate() {
        let (date, value) = row.split_once(',').unwrap();
        let value: f64 = value.parse().unwrap();
        writeln!(text, "{date},{:.1}", if index >= 82 { 1.6 * value } else { value }).unwrap();
    }
    let json = run(&["anomalies", "-", "--json"], text.as_bytes()).json();
    let change = &json["recent_change"][0];
    assert!(change["probability"].as_f64().unwrap() > 0.9, "{json}");
    assert_eq!(change["since"], "2026-03-28T00:00:00");
    assert!(json["slow_drifts"].is_array());
}
