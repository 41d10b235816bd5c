//! `attribution`: paths in, credit out.

use super::run;

const PATHS: &str = "path,total_conversions,total_conversion_value,total_null\n\
    A > B > C,4,40,6\nA > A > B,3,30,2\nB > C,2,20,8\nA,1,10,9\nC > B,1,10,4\nA > C,2,20,3\nD > C > B,2,20,5\n";

/// The worked example: (I − Q)x = r solved by hand.
#[test]
fn the_worked_example_is_credited_as_by_hand() {
    let json = run(&["attribution", "-", "--json"], PATHS.as_bytes()).json();
    assert_eq!(json["total"]["conversions"], 15.0);
    assert!((json["conversion_probability"].as_f64().unwrap() - 15.0 / 52.0).abs() < 1e-12);
    let markov = json["models"]["markov"].as_array().unwrap();
    for (row, expected) in markov.iter().zip([3.8198, 5.1183, 4.9307, 1.1311]) {
        let found = row["conversions"].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-4, "{row}");
        assert!(row["low"].as_f64().unwrap() <= found && found <= row["high"].as_f64().unwrap());
    }
    for (name, rows) in json["models"].as_object().unwrap() {
        let sum: f64 =
            rows.as_array().unwrap().iter().map(|r| r["conversions"].as_f64().unwrap()).sum();
        assert!((sum - 15.0).abs() < 1e-9, "{name}");
    }
    assert!((json["removal_effects"][1]["effect"].as_f64().unwrap() - 0.688288).abs() < 1e-6);
}

#[test]
fn ages_of_touches_drive_time_decay() {
    let text = "path,conversions,days\nA>B>C>D,1,28>21>14>7\n";
    let args = ["attribution", "-", "--ages", "days", "--separator", ">", "--json"];
    let json = run(&args, text.as_bytes()).json();
    let credit = json["models"]["time_decay"][3]["conversions"].as_f64().unwrap();
    assert!((credit - 8.0 / 15.0).abs() < 1e-9);
}

#[test]
fn journeys_that_cannot_be_are_refused_with_their_line() {
    let negative = run(&["attribution", "-"], b"path,conversions,value\nA,1,5\nB,1,-5\n");
    assert!(negative.code == 2 && negative.errors.contains("line 3"), "{}", negative.errors);
    let empty = run(&["attribution", "-"], b"path,conversions\n,1\n");
    assert!(empty.code == 2 && empty.errors.contains("no touch"), "{}", empty.errors);
    let order = run(&["attribution", "-", "--order", "5"], PATHS.as_bytes());
    assert!(order.code == 2 && order.errors.contains("between 1 and 4"), "{}", order.errors);
    let none = run(&["attribution", "-"], b"path,conversions,nulls\nA,0,3\n");
    assert!(none.code == 2 && none.errors.contains("no journey converted"), "{}", none.errors);
}

#[test]
fn the_table_says_that_credit_is_not_causation() {
    let answer = run(&["attribution", "-", "--order", "2"], PATHS.as_bytes());
    assert_eq!(answer.code, 0, "{}", answer.errors);
    assert!(answer.output.contains("hold-out"), "{}", answer.output);
}

#[test]
fn a_separator_with_spaces_leaves_names_with_its_sign_whole() {
    let text = "path,conversions,nulls\ne-mail - paid-search,2,1\ndirect,1,3\n";
    let args = ["attribution", "-", "--separator", " - ", "--json"];
    let json = run(&args, text.as_bytes()).json();
    let names: Vec<&str> = json["models"]["last"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["channel"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["e-mail", "paid-search", "direct"]);
    assert_eq!(run(&["attribution", "-", "--separator", ""], text.as_bytes()).code, 2);
}

#[test]
fn a_chart_is_a_picture_when_its_name_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("credit.PNG");
    let answer = run(&["attribution", "-", "--chart", chart.to_str().unwrap()], PATHS.as_bytes());
    assert_eq!(answer.code, 0, "{}", answer.errors);
    let bytes = std::fs::read(chart).unwrap();
    assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.len() > 5000, "{}", bytes.len());
}
