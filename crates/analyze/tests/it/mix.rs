//! `mix`: a simulated data set whose truth is known, and refusals.

use super::{reference, run};

/// PyMC-Marketing's example: alpha 0.4 and 0.2, lambda 4 and 3.
#[test]
fn the_simulated_example_is_explained_and_its_budget_divided() {
    let Some(path) = reference("mmm/mmm_example.csv") else { return };
    let args = [
        "mix",
        &path,
        "--channels",
        "x1,x2",
        "--controls",
        "event_1,event_2,t",
        "--draws",
        "300",
        "--warmup",
        "300",
        "--budget",
        "current",
        "--lock",
        "x2",
        "--json",
    ];
    let json = run(&args, b"").json();
    for (channel, alpha) in json["channels"].as_array().unwrap().iter().zip([0.4, 0.2]) {
        let interval = &channel["adstock"]["intervals"]["alpha"];
        assert!(interval[0].as_f64().unwrap() < alpha && alpha < interval[1].as_f64().unwrap());
        let share = channel["contribution_share"].as_f64().unwrap();
        assert!(channel["interval"][0].as_f64().unwrap() < share);
    }
    assert!(json["diagnostics"]["max_r_hat"].as_f64().unwrap() < 1.03);
    assert!(json["r_squared"].as_f64().unwrap() > 0.95);
    let locked = &json["plan"]["channels"][1];
    let (today, plan) = (locked["today"].as_f64().unwrap(), locked["spend"].as_f64().unwrap());
    assert!((today - plan).abs() < 1e-12);
}

#[test]
fn what_the_data_cannot_support_is_refused_in_words() {
    let mut lines = vec!["date,y,tv,radio".to_owned()];
    for week in 0..60_i32 {
        let date = jiff::civil::date(2025, 1, 6).saturating_add(jiff::Span::new().days(7 * week));
        let tv = 10 + week * 7 % 13;
        lines.push(format!("{date},{},{tv},{}", 100 + 3 * tv + week % 5, 2 * tv));
    }
    let text = lines.join("\n");
    let same = run(&["mix", "-", "--channels", "tv,radio"], text.as_bytes());
    assert!(same.code == 2 && same.errors.contains("move together"), "{}", same.errors);
    let few = run(&["mix", "-", "--channels", "tv"], text.as_bytes());
    assert!(few.code == 2 && few.errors.contains("at least"), "{}", few.errors);
    let half = lines[..30].join("\n");
    let year = run(&["mix", "-", "--channels", "tv"], half.as_bytes());
    assert!(year.code == 2 && year.errors.contains("less than a year"), "{}", year.errors);
    let negative = text.replace(",10,", ",-10,");
    let spend = run(&["mix", "-", "--channels", "tv"], negative.as_bytes());
    assert!(spend.code == 2 && spend.errors.contains("negative spend"), "{}", spend.errors);
}

#[test]
fn a_placebo_and_refits_are_reported_and_impossible_questions_refused() {
    let Some(path) = super::reference("mmm/mmm_example.csv") else { return };
    let args = ["mix", &path, "--channels", "x1,x2", "--controls", "event_1,event_2"];
    let quick = ["--chains", "2", "--warmup", "150", "--draws", "100", "--json"];
    let checks = ["--placebo", "--stability", "1"];
    let json = run(&[&args[..], &quick, &checks].concat(), b"").json();
    assert_eq!(json["placebo"]["of"], "x1");
    assert_eq!(json["placebo"]["believed"], false, "{}", json["placebo"]);
    assert_eq!(json["stability"].as_array().unwrap().len(), 2);
    let itself = run(&["mix", &path, "--channels", "x1,y"], b"");
    assert!(
        itself.code == 2 && itself.errors.contains("cannot explain itself"),
        "{}",
        itself.errors
    );
    let lock = run(&[&args[..], &["--budget", "current", "--lock", "tv"]].concat(), b"");
    assert!(lock.code == 2 && lock.errors.contains("--lock"), "{}", lock.errors);
}
