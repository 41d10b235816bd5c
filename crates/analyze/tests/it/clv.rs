//! `clv`: orders and summaries.

use super::{reference, run};

/// Twelve customers with a rhythm of their own, over forty weeks.
fn orders() -> String {
    let mut lines = vec!["customer_id,date,value".to_owned()];
    for customer in 0..60_u32 {
        let every = 3 + customer % 11 * 4;
        let stops = 30 + customer * 7 % 250;
        let mut day = customer % 20;
        while day < 280 && day < stops + customer % 20 {
            let date = jiff::civil::date(2025, 1, 1).saturating_add(jiff::Span::new().days(day));
            lines.push(format!("c{customer},{date},{}", 20 + (customer * 13 + day * 7) % 40));
            day += every;
        }
    }
    lines.join("\n")
}

#[test]
fn orders_give_a_value_for_every_customer_and_a_check_on_what_came_later() {
    let args = ["clv", "-", "--json", "--until", "2025-07-01", "--horizon", "12"];
    let json = run(&args, orders().as_bytes()).json();
    assert_eq!(json["model"], "bg_nbd");
    let customers = json["customers"].as_array().unwrap();
    assert_eq!(customers.len(), 60);
    for customer in customers {
        let alive = customer["p_alive"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&alive));
        assert!(customer["expected_value"].as_f64().unwrap() > 0.0);
    }
    assert!(json["holdout"]["actual_total"].as_f64().unwrap() > 0.0);
    assert!(json["params"]["alpha"].as_f64().unwrap() > 0.0);
    assert!(json["std_errors"]["r"].as_f64().unwrap() > 0.0);
}

#[test]
fn every_model_answers_and_the_table_is_for_people() {
    for model in ["bg-nbd", "mbg-nbd", "pareto-nbd"] {
        let answer = run(&["clv", "-", "--model", model, "--unit", "day"], orders().as_bytes());
        assert_eq!(answer.code, 0, "{}", answer.errors);
        assert!(answer.output.contains("60 customers"), "{}", answer.output);
    }
}

#[test]
fn what_cannot_be_valued_is_refused_with_its_line() {
    let negative = run(&["clv", "-"], b"customer_id,date,value\na,2025-01-01,5\na,2025-01-09,-5\n");
    assert_eq!(negative.code, 2);
    assert!(negative.errors.contains("line 3"), "{}", negative.errors);
    let once = run(&["clv", "-"], b"customer_id,date,value\na,2025-01-01,5\nb,2025-01-09,5\n");
    assert_eq!(once.code, 2);
    assert!(once.errors.contains("second time"), "{}", once.errors);
    let unnamed = run(&["clv", "-"], b"who,date\na,2025-01-01\n");
    assert!(unnamed.code == 2 && unnamed.errors.contains("--customer"), "{}", unnamed.errors);
}

/// The `lifetimes` package 0.11.3 on the CDNOW sample.
#[test]
fn the_cdnow_transactions_give_the_published_numbers() {
    let Some(path) = reference("clv/cdnow_sample_transactions.csv") else { return };
    let args =
        ["clv", &path, "--until", "1997-09-30", "--unit", "week", "--horizon", "39", "--json"];
    let json = run(&args, b"").json();
    for (name, expected) in [("r", 0.2426), ("alpha", 4.4135), ("a", 0.7929), ("b", 2.4258)] {
        let found = json["params"][name].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-3, "{name} {found}");
    }
    let first = &json["customers"][0];
    assert!((first["expected_purchases"].as_f64().unwrap() - 1.2259).abs() < 1e-3);
    assert_eq!(json["holdout"]["actual_total"], 1882.0);
}

/// Fader and Hardie (2007), the "Regular" customers of their example.
#[test]
fn contracts_are_valued_by_how_many_remain() {
    let text = "remaining\n1000\n631\n468\n382\n326\n289\n262\n241\n";
    let json =
        run(&["clv", "-", "--model", "sbg", "--horizon", "12", "--json"], text.as_bytes()).json();
    assert!((json["params"]["alpha"].as_f64().unwrap() - 0.704).abs() < 1e-3);
    assert!((json["params"]["beta"].as_f64().unwrap() - 1.182).abs() < 1e-3);
    assert_eq!(json["curve"].as_array().unwrap().len(), 13);
    assert!(json["expected_periods"].as_f64().unwrap() > 1.0);
    let rising = run(&["clv", "-", "--model", "sbg"], b"remaining\n10\n20\n");
    assert!(rising.code == 2 && rising.errors.contains("never rise"), "{}", rising.errors);
}
