//! `experiment`: the worked example, rows, and everything that is refused.

use std::fmt::Write as _;

use super::{file, run};

const WORKED: &str = r#"{"metric": "proportion", "days": 14, "arms": [
    {"name": "A", "n": 10000, "sum": 1000}, {"name": "B", "n": 10000, "sum": 1080}]}"#;

#[test]
fn the_worked_example_has_its_published_numbers() {
    let json = run(&["experiment", "--json"], WORKED.as_bytes()).json();
    let b = &json["comparisons"][0];
    let close = |value: &serde_json::Value, expected: f64, tolerance: f64| {
        let actual = value.as_f64().unwrap();
        assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected}");
    };
    assert_eq!(b["arm"], "B");
    close(&b["lift"]["relative"], 0.08, 1e-12);
    close(&b["lift"]["absolute"], 0.008, 1e-12);
    close(&b["p_value"], 0.0746, 5e-5);
    close(&b["interval"][0], -0.0079, 5e-5);
    close(&b["interval"][1], 0.1679, 5e-5);
    close(&b["sequential"]["interval"][0], -0.06, 5e-4);
    close(&b["sequential"]["interval"][1], 0.22, 5e-4);
    close(&b["bayes"]["chance_to_win"], 0.96108, 5e-6);
    close(&b["bayes"]["interval"][1], 0.1652, 5e-5);
    close(&json["srm_p"], 1.0, 1e-12);
    assert!(json["verdict"].as_str().unwrap().starts_with("Cannot tell yet: about 30 more days."));
}

#[test]
fn flags_and_fields_say_the_same() {
    let with_flags =
        run(&["experiment", "--json", "--absolute", "--flat-prior"], WORKED.as_bytes()).json();
    let with_fields = WORKED.replacen('{', r#"{"absolute": true, "flat_prior": true,"#, 1);
    assert_eq!(run(&["experiment", "--json"], with_fields.as_bytes()).json(), with_flags);
    assert_eq!(with_flags["scale"], "absolute");
}

#[test]
fn sums_under_the_names_of_other_packages_are_read() {
    let text = r#"{"metric": "ratio", "arms": [
        {"n": 500, "m_sum": 400, "m_sum_squares": 900, "d_sum": 2000, "d_sum_squares": 9500, "m_d_sum_of_products": 1900},
        {"n": 510, "m_sum": 450, "m_sum_squares": 990, "d_sum": 2040, "d_sum_squares": 9600, "m_d_sum_of_products": 2000}]}"#;
    let json = run(&["experiment", "--json"], text.as_bytes()).json();
    assert_eq!(json["comparisons"][0]["arm"], "B");
    assert!((json["arms"][0]["mean"].as_f64().unwrap() - 0.2).abs() < 1e-12);
}

#[test]
fn rows_give_what_their_sums_give() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::from("variant,revenue,before\n");
    for i in 0..200 {
        let amount = f64::from(i % 7) * 2.5 + f64::from(i % 2);
        let arm = if i % 2 == 0 { "old" } else { "new" };
        writeln!(rows, "{arm},{amount},{}", i % 7).unwrap();
    }
    let path = file(&folder, "rows.csv", &rows);
    let path = path.to_str().unwrap();
    let json = run(&["experiment", path, "--json"], b"").json();
    assert_eq!(json["metric"], "mean");
    assert_eq!(json["arms"][0]["name"], "old");
    assert_eq!(json["comparisons"][0]["arm"], "new");
    let turned = run(&["experiment", path, "--json", "--control", "new"], b"").json();
    assert_eq!(turned["comparisons"][0]["arm"], "old");
    let adjusted = run(&["experiment", path, "--json", "--covariate", "before"], b"").json();
    let error =
        |json: &serde_json::Value| json["comparisons"][0]["standard_error"].as_f64().unwrap();
    assert!(error(&adjusted) < 0.5 * error(&json));
    let capped = run(&["experiment", path, "--json", "--winsorise", "0.9"], b"").json();
    assert!(capped["winsorised_at"].as_f64().unwrap() <= 16.0);
}

#[test]
fn a_table_and_a_chart_are_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("lift.svg");
    let answer = run(&["experiment", "--chart", chart.to_str().unwrap()], WORKED.as_bytes());
    assert!(answer.output.starts_with("Cannot tell yet"), "{}", answer.output);
    assert!(answer.output.contains("+8.00 %"), "{}", answer.output);
    let svg = std::fs::read_to_string(chart).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains(">B</text>"));
}

#[test]
fn what_cannot_be_judged_is_refused_with_the_reason() {
    let arms = |arms: &str| format!(r#"{{"metric": "mean", "arms": [{arms}]}}"#);
    let good = r#"{"n": 100, "sum": 100, "sum_squares": 200}"#;
    for (text, reason) in [
        (String::new(), "standard input is empty"),
        ("{".to_owned(), "is not readable as JSON"),
        (r#"{"metric": "mean"}"#.to_owned(), "no list `arms`"),
        (arms(good), "at least two arms"),
        (
            arms(&format!("{good}, {}", r#"{"n": 0, "sum": 0, "sum_squares": 0}"#)),
            "arm `B` has 0 units",
        ),
        (arms(&format!("{good}, {}", r#"{"n": 9, "sum": 9}"#)), "arm `B` has no `sum_squares`"),
        (arms(&format!("{good}, {}", r#"{"n": 9, "sum": "many"}"#)), "`sum` is not a number"),
        (
            arms(&format!("{good}, {}", r#"{"n": 9, "sum": -9, "sum_squares": 20}"#)),
            "the sum is negative",
        ),
        (
            arms(&format!("{good}, {}", r#"{"n": 9, "sum": 90, "sum_squares": 2}"#)),
            "smaller than the sum allows",
        ),
        (
            arms(r#"{"n": 9, "sum": 9, "sum_squares": 9}, {"n": 9, "sum": 9, "sum_squares": 9}"#),
            "the same value",
        ),
        (WORKED.replace("1080", "20000"), "between 0 and the number of units"),
        (WORKED.replace("\"sum\": 1000", "\"sum\": 0"), "relative lift does not exist"),
        (WORKED.replace("proportion", "mood"), "proportion, mean or ratio"),
        (WORKED.replace("\"days\": 14", "\"confidence\": 3"), "between 0 and 1"),
    ] {
        let refused = run(&["experiment", "--json"], text.as_bytes());
        assert_eq!(refused.code, 2, "{text}: {}", refused.output);
        assert!(refused.errors.contains(reason), "{text}: {}", refused.errors);
        assert!(refused.output.is_empty());
    }
}

#[test]
fn negative_revenue_and_a_wrong_arm_column_are_refused() {
    let rows = "arm,revenue\nA,5\nA,-3\nB,4\nB,6\n";
    let refused = run(&["experiment", "-"], rows.as_bytes());
    assert!(refused.code == 2 && refused.errors.contains("below zero"), "{}", refused.errors);
    assert_eq!(run(&["experiment", "-", "--allow-negative"], rows.as_bytes()).code, 0);
    let many = (0..30).map(|i| format!("u{i},1")).collect::<Vec<_>>().join("\n");
    let refused = run(&["experiment", "-"], format!("arm,value\n{many}").as_bytes());
    assert!(refused.errors.contains("is this the column with the arm?"), "{}", refused.errors);
}

#[test]
fn a_plan_gives_units_weeks_and_looks_before_the_first_visitor() {
    let args = ["experiment", "--plan", "--baseline", "0.05", "--lift", "0.1", "--json"];
    let json = run(&[&args[..], &["--units-a-day", "4000"]].concat(), b"").json();
    // 5 % to 5.5 %: 31,234 in each arm by the pooled z-test.
    assert_eq!(json["units_per_arm"], 31234.0);
    assert_eq!(json["days"], 21);
    assert_eq!(json["looks"].as_array().unwrap().len(), 4);
    let args = ["experiment", "--plan", "--baseline", "0.05", "--units", "31234", "--json"];
    let back = run(&args, b"").json();
    assert!((back["lift"].as_f64().unwrap() - 0.1).abs() < 1e-4);
    assert_eq!(run(&["experiment", "--plan", "--baseline", "0.05"], b"").code, 2);
    let words =
        run(&["experiment", "--plan", "--baseline", "20", "--sd", "30", "--lift", "0.1"], b"");
    assert!(words.output.contains("units in each of 2 arms"), "{}", words.output);
}

#[test]
fn looks_and_an_allocation_are_added_when_asked_for() {
    let args = ["experiment", "--json", "--looks", "0.25,0.5", "--allocate"];
    let json = run(&args, WORKED.as_bytes()).json();
    let sequential = &json["group_sequential"];
    // Two looks of four: the second threshold of O'Brien and Fleming is about 2.96.
    let threshold = sequential["looks"][1]["threshold"].as_f64().unwrap();
    assert!((threshold - 2.963).abs() < 0.01, "{threshold}");
    assert_eq!(sequential["comparisons"][0]["stop"], false);
    let shares: Vec<f64> = json["allocation"]["arms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|arm| arm["share"].as_f64().unwrap())
        .collect();
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(shares[0] >= 0.05 && shares[1] > 0.8, "{shares:?}");
}

/// One country buys twice as often and got more of the second arm: Simpson's paradox.
#[test]
fn strata_take_the_mix_of_countries_out_of_the_lift() {
    let mut rows = String::from("arm,converted,country\n");
    for (arm, country, n, bought) in
        [("A", "FI", 400, 40), ("A", "SE", 100, 30), ("B", "FI", 100, 10), ("B", "SE", 400, 120)]
    {
        (0..n).for_each(|i| writeln!(rows, "{arm},{},{country}", u8::from(i < bought)).unwrap());
    }
    let lift =
        |json: &serde_json::Value| json["comparisons"][0]["lift"]["relative"].as_f64().unwrap();
    let plain = run(&["experiment", "-", "--json"], rows.as_bytes()).json();
    assert!(lift(&plain) > 0.8, "{plain}");
    let fair = run(&["experiment", "-", "--json", "--stratum", "country"], rows.as_bytes()).json();
    assert!(lift(&fair).abs() < 1e-9, "{fair}");
}

#[test]
fn a_ratio_is_adjusted_by_what_it_was_before() {
    let mut rows = String::from("arm,clicks,views,clicks_before,views_before\n");
    for i in 0..400_u32 {
        let keen = i * 7 % 10;
        let (arm, noise) = (if i % 2 == 0 { "A" } else { "B" }, i * 31 % 3);
        writeln!(rows, "{arm},{},{},{},{}", keen + noise, 10 + i % 4, keen + i % 2, 9 + i % 5)
            .unwrap();
    }
    let args = ["experiment", "-", "--json", "--value", "clicks", "--denominator", "views"];
    let before = ["--covariate", "clicks_before", "--covariate-denominator", "views_before"];
    let plain = run(&args, rows.as_bytes()).json();
    let adjusted = run(&[&args[..], &before].concat(), rows.as_bytes()).json();
    let error =
        |json: &serde_json::Value| json["comparisons"][0]["standard_error"].as_f64().unwrap();
    assert!(error(&adjusted) < 0.6 * error(&plain), "{} {}", error(&adjusted), error(&plain));
    assert!(adjusted["cuped_theta"].as_f64().unwrap() > 0.5);
    assert_eq!(adjusted["metric"], "ratio");
}
