//! `forecast` and `attainment`: the same series, looked at twice.

use std::fmt::Write as _;

use super::{file, run};

/// Daily visitors with a week, from the given first day.
fn visitors(days: u32) -> String {
    let week = [100, 120, 115, 110, 130, 70, 60];
    let mut lines = vec!["date,visitors".to_owned()];
    for day in 0..days {
        let date = jiff::civil::date(2026, 1, 1).saturating_add(jiff::Span::new().days(day));
        let noise = (day * 7919) % 13;
        lines.push(format!("{date},{}", week[day as usize % 7] + noise));
    }
    lines.join("\n")
}

/// The same rows with one more column; `value` gets the number of the line, the first row being 1.
fn with_column(text: &str, name: &str, value: impl Fn(u32) -> u32) -> String {
    let cell = |i: u32| if i == 0 { name.to_owned() } else { value(i).to_string() };
    let lines: Vec<String> =
        text.lines().zip(0..).map(|(line, i)| format!("{line},{}", cell(i))).collect();
    lines.join("\n")
}

#[test]
fn days_get_their_week_and_bands_at_the_levels_asked_for() {
    let args = ["forecast", "-", "--horizon", "10", "--level", "80,95", "--windows", "2", "--json"];
    let json = run(&args, visitors(120).as_bytes()).json();
    assert_eq!(json["seasons"], serde_json::json!([7.0]));
    let points = json["points"].as_array().unwrap();
    assert_eq!(points.len(), 10);
    assert_eq!(points[0]["time"], "2026-05-01");
    for point in points {
        let at = |name: &str| point[name].as_f64().unwrap();
        assert!(at("lo95") <= at("lo80") && at("lo80") <= at("mean"));
        assert!(at("mean") <= at("hi80") && at("hi80") <= at("hi95"));
    }
    for field in ["mase", "smape", "coverage80", "coverage95"] {
        assert!(json["backtest"][field].is_number(), "{field}");
    }
    assert!(json["skill_vs_naive"].is_number() && json["model"].is_string());
}

#[test]
fn a_fan_chart_is_written_and_a_known_event_needs_its_future() {
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("fan.svg");
    let path = file(&folder, "visitors.csv", &visitors(60));
    let answer =
        run(&["forecast", path.to_str().unwrap(), "--chart", chart.to_str().unwrap()], b"");
    assert_eq!(answer.code, 0, "{}", answer.errors);
    assert!(std::fs::read_to_string(chart).unwrap().starts_with("<svg"));

    let mut text = with_column(&visitors(60), "sale", |i| u32::from(i % 20 == 7));
    let args =
        ["forecast", "-", "--regressors", "sale", "--horizon", "3", "--windows", "0", "--json"];
    let refused = run(&args, text.as_bytes());
    assert!(refused.code == 2 && refused.errors.contains("`sale`"), "{}", refused.errors);
    text.push_str("\n2026-03-02,,0\n2026-03-03,,1\n2026-03-04,,0\n");
    let json = run(&args, text.as_bytes()).json();
    assert_eq!(json["points"][1]["time"], "2026-03-03");
}

#[test]
fn series_that_cannot_be_forecast_are_refused() {
    let short = run(&["forecast", "-"], b"date,value\n2026-01-01,1\n2026-01-02,2\n");
    assert!(short.code == 2 && short.errors.contains("too few"), "{}", short.errors);
    let twice = run(&["forecast", "-"], b"date,value\n2026-01-01,1\n2026-01-01,2\n");
    assert!(twice.code == 2 && twice.errors.contains("occurs twice"), "{}", twice.errors);
    let many = run(&["forecast", "-", "--windows", "40"], visitors(60).as_bytes());
    assert!(many.code == 2 && many.errors.contains("do not fit"), "{}", many.errors);
}

#[test]
fn a_goal_gets_its_probability_its_path_and_what_is_still_needed() {
    let ask = |target: &str| {
        let args = [
            "attainment",
            "-",
            "--target",
            target,
            "--from",
            "2026-04-01",
            "--by",
            "2026-05-31",
            "--json",
        ];
        run(&args, visitors(120).as_bytes()).json()
    };
    // About 106 visitors a day over 61 days: 6,460.
    let easy = ask("5000");
    assert!(easy["probability"].as_f64().unwrap() > 0.99);
    assert_eq!(easy["ambition"], "sandbag");
    assert_eq!(ask("9000")["ambition"], "moonshot");
    let fair = ask("6460");
    assert_eq!(fair["path"].as_array().unwrap().len(), 61);
    assert_eq!(fair["required"].as_array().unwrap().len(), 31);
    let targets = &fair["targets"];
    assert!(targets["p80"].as_f64() <= targets["p50"].as_f64());
    assert!((targets["p50"].as_f64().unwrap() - 6460.0).abs() < 200.0, "{targets}");
}

#[test]
fn weeks_ends_and_ratios_are_goals_too() {
    let weeks = run(
        &[
            "attainment",
            "-",
            "--kind",
            "periods",
            "--threshold",
            "650",
            "--target",
            "3",
            "--by",
            "2026-05-28",
            "--json",
        ],
        visitors(120).as_bytes(),
    )
    .json();
    assert!(weeks["probability"].as_f64().unwrap() > 0.9, "{weeks}");
    let level = run(
        &[
            "attainment",
            "-",
            "--kind",
            "end",
            "--target",
            "1000",
            "--at-most",
            "--by",
            "2026-05-28",
            "--json",
        ],
        visitors(120).as_bytes(),
    )
    .json();
    assert!(level["probability"].as_f64().unwrap() > 0.99, "{level}");
    let text = with_column(&visitors(120), "orders", |i| 4 + i % 3);
    let ratio = run(
        &[
            "attainment",
            "-",
            "--kind",
            "ratio",
            "--value",
            "visitors",
            "--denominator",
            "orders",
            "--target",
            "40",
            "--at-most",
            "--by",
            "2026-05-28",
            "--json",
        ],
        text.as_bytes(),
    )
    .json();
    assert!(ratio["probability"].as_f64().unwrap() > 0.99, "{ratio}");
}

/// Three years of days that fall by half on Finnish holidays, with a little noise.
fn shop_with_holidays() -> String {
    let closed = ["01-01", "01-06", "05-01", "12-06", "12-24", "12-25", "12-26"];
    let movable = [
        // Good Friday to Easter Monday, Ascension, midsummer, All Saints: 2023, 2024, 2025.
        "2023-04-07",
        "2023-04-09",
        "2023-04-10",
        "2023-05-18",
        "2023-06-23",
        "2023-06-24",
        "2023-11-04",
        "2024-03-29",
        "2024-03-31",
        "2024-04-01",
        "2024-05-09",
        "2024-06-21",
        "2024-06-22",
        "2024-11-02",
        "2025-04-18",
        "2025-04-20",
        "2025-04-21",
        "2025-05-29",
        "2025-06-20",
        "2025-06-21",
        "2025-11-01",
    ];
    let mut text = String::from("date,visits\n");
    let mut day = jiff::civil::date(2023, 1, 1);
    let mut step = 0_u32;
    while day < jiff::civil::date(2026, 1, 1) {
        let date = day.to_string();
        let usual = 1000.0 + 100.0 * f64::from(step % 7) + f64::from(step * 37 % 101);
        let shut = closed.contains(&&date[5..]) || movable.contains(&&date[..]);
        let visits = if shut { 0.5 * usual } else { usual };
        writeln!(text, "{date},{visits:.0}").expect("a String takes any text");
        day = day.tomorrow().expect("there is a tomorrow");
        step += 1;
    }
    text
}

#[test]
fn knowing_the_holidays_makes_the_forecast_of_a_shop_better() {
    let text = shop_with_holidays();
    // The last two windows of four weeks hold independence day and Christmas.
    let args = ["forecast", "-", "--horizon", "28", "--windows", "2", "--json"];
    let blind = run(&args, text.as_bytes()).json();
    let knowing = run(&[&args[..], &["--holidays", "FI"]].concat(), text.as_bytes()).json();
    let mase = |json: &serde_json::Value| json["backtest"]["mase"].as_f64().unwrap();
    assert!(mase(&knowing) < 0.85 * mase(&blind), "{} {}", mase(&knowing), mase(&blind));
    assert!(knowing["regressors"].as_array().unwrap().iter().any(|name| name == "christmas"));
    // The next new year's day and epiphany are expected to be quiet, the day before is not.
    let mean = |json: &serde_json::Value, h: usize| json["points"][h]["mean"].as_f64().unwrap();
    assert_eq!(knowing["points"][0]["time"], "2026-01-01");
    assert!(mean(&knowing, 0) < 0.75 * mean(&blind, 0));
    assert!((mean(&knowing, 3) / mean(&blind, 3) - 1.0).abs() < 0.1);
}

#[test]
fn events_of_a_file_are_expected_to_do_what_they_did() {
    let folder = tempfile::tempdir().unwrap();
    let (mut series, mut events) = (String::from("date,y\n"), String::from("date,name\n"));
    let mut day = jiff::civil::date(2025, 1, 6);
    for step in 0..210_u32 {
        let sale = [20, 61, 100, 142, 180].contains(&step);
        if sale {
            writeln!(events, "{day},sale").unwrap();
        }
        let y = 100 + 10 * (step % 7) + step * 13 % 11 + if sale { 90 } else { 0 };
        writeln!(series, "{day},{y}").unwrap();
        day = day.tomorrow().unwrap();
    }
    let planned = day.checked_add(jiff::Span::new().days(3)).unwrap();
    writeln!(events, "{planned},sale").unwrap();
    let (series, events) =
        (file(&folder, "series.csv", &series), file(&folder, "events.csv", &events));
    let args = ["forecast", series.to_str().unwrap(), "--json"];
    let without = run(&args, b"").json();
    let with = run(&[&args[..], &["--events", events.to_str().unwrap()]].concat(), b"").json();
    let lift = |h: usize| {
        let mean = |json: &serde_json::Value| json["points"][h]["mean"].as_f64().unwrap();
        mean(&with) - mean(&without)
    };
    assert!((lift(3) - 80.0).abs() < 25.0, "{}", lift(3));
    assert!(lift(5).abs() < 12.0, "{}", lift(5));
    let never = file(&folder, "never.csv", "date,name\n2031-01-01,moon landing\n");
    let refused = run(&[&args[..], &["--events", never.to_str().unwrap()]].concat(), b"");
    assert!(refused.code == 2 && refused.errors.contains("never happened"), "{}", refused.errors);
}
