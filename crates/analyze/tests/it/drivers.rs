//! `drivers`: a product, a ratio, and dimensions.

use super::run;

#[test]
fn a_product_is_split_among_its_factors() {
    let text = "visits,conversion,order_value\n10000,0.02,50\n11000,0.018,52\n";
    let json = run(
        &["drivers", "-", "--factors", "visits,conversion,order_value", "--json"],
        text.as_bytes(),
    )
    .json();
    let parts: Vec<f64> = json["contributions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["contribution"].as_f64().unwrap())
        .collect();
    for (part, expected) in parts.iter().zip([967.139, -1069.123, 397.984]) {
        assert!((part - expected).abs() < 5e-4, "{parts:?}");
    }
    assert!((json["change"].as_f64().unwrap() - 296.0).abs() < 1e-9);
}

#[test]
fn a_ratio_is_split_into_rate_and_mix() {
    let text = "device,orders_before,orders_after,visits_before,visits_after\n\
                desktop,40,21,1000,500\nmobile,11,46,500,2000\n";
    let args = [
        "drivers",
        "-",
        "--json",
        "--before",
        "orders_before",
        "--after",
        "orders_after",
        "--denominators",
        "visits_before",
        "visits_after",
    ];
    let json = run(&args, text.as_bytes()).json();
    let get = |name: &str| json[name].as_f64().unwrap();
    assert!((get("rate") + get("mix") - get("change")).abs() < 1e-12);
    assert!(get("rate") > 0.0 && get("mix") < 0.0);
    assert_eq!(json["segments"][1]["segment"], "mobile");
}

#[test]
fn the_country_that_fell_is_named() {
    let text = "country,expected,actual\nDE,1000,700\nFI,500,520\nSE,300,290\n";
    let answer = run(&["drivers", "-"], text.as_bytes());
    assert_eq!(answer.code, 0, "{}", answer.errors);
    assert!(answer.output.contains("country DE"), "{}", answer.output);
    let json = run(&["drivers", "-", "--json"], text.as_bytes()).json();
    let values = json["dimensions"][0]["values"].as_array().unwrap();
    let de = values.iter().find(|value| value["value"] == "DE").unwrap();
    assert!((de["explanatory_power"].as_f64().unwrap() - 1.0345).abs() < 5e-5);
    assert_eq!(de["chosen"], true);
}

#[test]
fn an_unchanged_total_and_a_missing_row_are_refused() {
    let same = run(&["drivers", "-"], b"country,expected,actual\nDE,10,12\nFI,12,10\n");
    assert!(same.code == 2 && same.errors.contains("did not change"), "{}", same.errors);
    let one = run(&["drivers", "-", "--factors", "visits"], b"visits\n5\n");
    assert!(one.code == 2 && one.errors.contains("two rows"), "{}", one.errors);
}
