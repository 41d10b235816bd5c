//! Every row of other people's results: GrowthBook's gbstats 0.8.0, statsmodels 0.15, SciPy 1.17.

use serde_json::Value;

use super::bayes::{DEFAULT_PRIOR, Posterior, beta_binomial};
use super::covariate::{cuped, theta};
use super::effect::{Scale, effect};
use super::fixed::{Alternative, Judgement, fisher, newcombe, pooled_z, welch, wilson};
use super::metric::{Metric, Moments, PairMoments};
use super::sample_ratio::sample_ratio;
use super::sequential::always_valid;
use crate::distribution::Interval;
use crate::reference;

/// Six digits of the larger of the two, or of one where both are tiny.
fn same(actual: f64, expected: f64, what: &str) {
    let tolerance = 1e-6 * expected.abs().max(1e-9);
    assert!((actual - expected).abs() <= tolerance, "{what}: {actual} is not {expected}");
}

fn number(value: &Value) -> f64 {
    // The reference file writes bare `Infinity`, which `reference::json` reads as null.
    value.as_f64().unwrap_or(f64::INFINITY)
}

/// gbstats' rows, with the `Infinity` of its one-sided intervals made readable.
fn grid(name: &str) -> Option<Value> {
    let text = reference::read(name)?.replace("Infinity", "null");
    Some(serde_json::from_str(&text).expect("the reference file is JSON"))
}

fn arms(row: &Value) -> (Metric, Metric) {
    let input = &row["input"];
    let get = |name: &str, arm: &str| input[format!("{name}_{arm}")].as_f64().unwrap();
    let metric = |arm: &str| match row["kind"].as_str().unwrap() {
        "proportion" => Metric::Proportion { n: get("n", arm), converted: get("sum", arm) },
        "mean" => Metric::Mean(Moments {
            n: get("n", arm),
            sum: get("sum", arm),
            sum_squares: get("sum_squares", arm),
        }),
        "ratio" => Metric::Ratio(PairMoments {
            n: get("n", arm),
            first_sum: get("m_sum", arm),
            first_squares: get("m_sum_squares", arm),
            second_sum: get("d_sum", arm),
            second_squares: get("d_sum_squares", arm),
            products: get("m_d_sum_of_products", arm),
        }),
        _ => Metric::Adjusted {
            theta: 0.0,
            pair: PairMoments {
                n: get("n", arm),
                first_sum: get("post_sum", arm),
                first_squares: get("post_sum_squares", arm),
                second_sum: get("pre_sum", arm),
                second_squares: get("pre_sum_squares", arm),
                products: get("post_pre_sum_of_products", arm),
            },
        },
    };
    match (metric("a"), metric("b")) {
        (Metric::Adjusted { pair: a, .. }, Metric::Adjusted { pair: b, .. }) => {
            same(theta([&a, &b]), input["theta"].as_f64().unwrap(), "theta");
            let adjusted = cuped(&[a, b]);
            (adjusted[0], adjusted[1])
        }
        other => other,
    }
}

fn check_interval(actual: Interval, expected: &Value, what: &str) {
    // The ends, not the tiny number that a cancelling end may be, carry six digits.
    let size = actual.width().min(1e300);
    for (end, value) in [(actual.low, &expected[0]), (actual.high, &expected[1])] {
        let value = number(value);
        if value.is_infinite() {
            assert!(end.is_infinite(), "{what}: {end} is not open");
        } else {
            assert!(
                (end - value).abs() <= 1e-6 * value.abs().max(size),
                "{what}: {end} is not {value}"
            );
        }
    }
}

fn check_judgement(actual: Judgement, expected: &Value, what: &str) {
    check_interval(actual.interval, &expected["ci"], what);
    same(actual.p_value, number(&expected["p_value"]), what);
}

fn check_row(id: &str, control: Metric, arm: Metric, results: &Value) -> usize {
    let (control, arm) = (control.estimate("A").unwrap(), arm.estimate("B").unwrap());
    let mut checked = 0;
    for (name, expected) in results.as_object().unwrap() {
        let what = format!("{id} {name}");
        let scale = if name.contains("relative") { Scale::Relative } else { Scale::Absolute };
        let effect = effect(&control, &arm, scale).unwrap();
        if name.starts_with("bayesian") {
            let prior = name.contains("proper").then(|| match scale {
                Scale::Relative => DEFAULT_PRIOR,
                Scale::Absolute => DEFAULT_PRIOR.in_units_of(control.unadjusted_mean),
            });
            let posterior = Posterior::of(&effect, prior);
            same(posterior.mean, number(&expected["uplift_mean"]), &what);
            same(posterior.standard_deviation, number(&expected["uplift_stddev"]), &what);
            check_interval(posterior.interval(0.05), &expected["ci"], &what);
            same(posterior.chance_to_win(), number(&expected["chance_to_win"]), &what);
            same(posterior.loss_of_control(), number(&expected["risk"][0]), &what);
            same(posterior.loss_of_arm(), number(&expected["risk"][1]), &what);
        } else {
            same(effect.estimate, number(&expected["expected"]), &what);
            same(effect.standard_error, number(&expected["uplift_stddev"]), &what);
            let judgement = if name.starts_with("sequential") {
                let digits: String = name.chars().filter(char::is_ascii_digit).collect();
                always_valid(&effect, 0.05, digits.parse().unwrap())
            } else if name.starts_with("one_sided") {
                welch(&effect, 0.05, Alternative::Greater)
            } else {
                welch(&effect, 0.05, Alternative::TwoSided)
            };
            check_judgement(judgement, expected, &what);
        }
        checked += 1;
    }
    checked
}

#[test]
fn every_row_of_gbstats_agrees_to_six_digits() {
    let Some(grid) = grid("ab/reference_grid_gbstats.json") else { return };
    let mut checked = 0;
    for row in grid["rows"].as_array().unwrap() {
        let (control, arm) = arms(row);
        checked += check_row(row["id"].as_str().unwrap(), control, arm, &row["gbstats"]);
    }
    assert_eq!(checked, 68 * 14);
}

#[test]
fn every_proportion_agrees_with_statsmodels_and_with_simulated_beta_posteriors() {
    let Some(grid) = grid("ab/reference_grid_gbstats.json") else { return };
    for row in grid["rows"].as_array().unwrap().iter().filter(|row| row["kind"] == "proportion") {
        let id = row["id"].as_str().unwrap();
        let get = |name: &str| row["input"][name].as_f64().unwrap();
        let (a, b) = ((get("sum_a"), get("n_a")), (get("sum_b"), get("n_b")));
        let expected = &row["statsmodels"];
        let (z, p) = pooled_z(a, b).unwrap();
        same(z, number(&expected["z_pooled"]), id);
        same(p, number(&expected["p_two_sided"]), id);
        check_interval(wilson(a.0, a.1, 0.05).unwrap(), &expected["wilson_ci_a"], id);
        check_interval(wilson(b.0, b.1, 0.05).unwrap(), &expected["wilson_ci_b"], id);
        check_interval(newcombe(a, b, 0.05).unwrap(), &expected["diff_ci_newcombe"], id);
        let exact = number(&expected["fisher_p"]);
        assert!(
            (fisher(a, b) - exact).abs() <= 1e-6 * exact.max(1e-6),
            "{id} {} {exact}",
            fisher(a, b)
        );
        let simulated = &row["beta_binomial_uniform_prior_mc1e6"];
        let beta = beta_binomial(a, b, (1.0, 1.0)).unwrap();
        // A million draws know a probability to about 0.0005 and its tail to 0.002.
        assert!(
            (beta.chance_to_win - number(&simulated["p_b_beats_a"])).abs() < 0.002,
            "{id} {beta:?}"
        );
        for (exact, name) in [
            (beta.loss_of_arm, "expected_loss_choose_b"),
            (beta.loss_of_control, "expected_loss_choose_a"),
        ] {
            let value = number(&simulated[name]);
            assert!(
                (exact - value).abs() <= 0.02 * value.abs() + 2e-5 * (a.0 / a.1),
                "{id} {name} {exact} {value}"
            );
        }
    }
}

#[test]
fn every_sample_ratio_agrees_with_scipy() {
    let Some(reference) = grid("ab/reference_power_srm.json") else { return };
    for row in reference["srm"].as_array().unwrap() {
        let list =
            |name: &str| row[name].as_array().unwrap().iter().map(number).collect::<Vec<_>>();
        let test = sample_ratio(&list("observed"), &list("expected_weights")).unwrap();
        same(test.chi_square, number(&row["chi2"]), "chi2");
        same(test.p_value, number(&row["p_value"]), "p");
        assert_eq!(test.mismatch(), row["srm_at_0_001"].as_bool().unwrap());
    }
}

#[test]
fn cookie_cats_agrees_from_raw_rows_to_every_result() {
    let (Some(rows), Some(expected)) =
        (reference::read("ab/cookie_cats.csv"), grid("ab/reference_cookie_cats.json"))
    else {
        return;
    };
    let mut arms = [("gate_30", Vec::new()), ("gate_40", Vec::new())];
    for row in reference::rows(&rows) {
        let arm = arms.iter_mut().find(|arm| arm.0 == row[1]).unwrap();
        arm.1.push((row[2].parse::<f64>().unwrap(), row[3] == "True", row[4] == "True"));
    }
    let units = arms.each_ref().map(|arm| arm.1.len() as f64);
    same(sample_ratio(&units, &[0.5, 0.5]).unwrap().p_value, number(&expected["srm"]["p"]), "srm");
    let share = |pick: fn(&(f64, bool, bool)) -> bool| {
        arms.each_ref().map(|arm| Metric::Proportion {
            n: arm.1.len() as f64,
            converted: arm.1.iter().filter(|row| pick(row)).count() as f64,
        })
    };
    let rounds =
        arms.each_ref().map(|arm| Metric::Mean(Moments::of(arm.1.iter().map(|row| row.0))));
    let metrics = [
        ("retention_1", share(|row| row.1)),
        ("retention_7", share(|row| row.2)),
        ("sum_gamerounds", rounds),
    ];
    for (name, [a, b]) in metrics {
        assert!(check_row(name, a, b, &expected[name]["gbstats"]) >= 7);
    }
}
