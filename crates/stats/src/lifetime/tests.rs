use proptest::prelude::*;

use super::*;
use crate::reference;

fn near(actual: f64, expected: f64, tolerance: f64) {
    assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected} ± {tolerance}");
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

fn cdnow_weeks() -> Option<Vec<Customer>> {
    let text = reference::read("clv/cdnow_sample_summary_weeks.csv")?;
    let customer = |row: Vec<&str>| Customer {
        frequency: number(row[1]),
        recency: number(row[2]),
        age: number(row[3]),
    };
    Some(reference::rows(&text).map(customer).collect())
}

fn cdnow_days() -> Option<(Vec<Customer>, Vec<Spend>, Vec<f64>)> {
    let text = reference::read("clv/cdnow_sample_rfm_days_cal_holdout.csv")?;
    let mut all = (Vec::new(), Vec::new(), Vec::new());
    for row in reference::rows(&text) {
        let frequency = number(row[1]);
        all.0.push(Customer { frequency, recency: number(row[2]), age: number(row[3]) });
        all.1.push(Spend { frequency, mean_value: number(row[4]) });
        all.2.push(number(row[5]));
    }
    Some(all)
}

const FIRST: Customer = Customer { frequency: 2.0, recency: 30.43, age: 38.86 };
const PAPER: BetaGeometric =
    BetaGeometric { r: 0.2426, alpha: 4.4135, a: 0.7929, b: 2.4258, modified: false };

/// Values of `lifetimes` 0.11.3 on the CDNOW sample, with the parameters rounded.
#[test]
fn the_first_cdnow_customer_is_valued_as_by_the_reference() {
    near(PAPER.expected_purchases(&FIRST, 39.0), 1.22591, 2e-5);
    near(PAPER.probability_alive(&FIRST), 0.72661, 1e-5);
    let value = GammaGamma { p: 6.2488, q: 3.7446, v: 15.4477 };
    let spend = Spend { frequency: 2.0, mean_value: 22.35 };
    let one = value.expected_value(&spend).unwrap();
    near(one, 24.6586, 1e-4);
    let months = Months { months: 12, units_per_month: 4.345, discount: 0.01 };
    near(discounted_value(&PAPER, &FIRST, one, &months), 36.278, 2e-3);
}

/// `lifetimes` 0.11.3 and Fader, Hardie, Lee (2005), on 2,357 customers in weeks.
#[test]
fn cdnow_in_weeks_gives_the_published_parameters_and_likelihood() {
    let (Some(customers), Some(json)) =
        (cdnow_weeks(), reference::json("clv/reference_lifetimes.json"))
    else {
        return;
    };
    let weeks = &json["weeks"];
    let fit = BetaGeometric::fit(&customers, false).unwrap();
    let reference = &weeks["bgnbd"];
    near(fit.log_likelihood, reference["log_likelihood"].as_f64().unwrap(), 1e-4);
    let BetaGeometric { r, alpha, a, b, .. } = fit.parameters;
    for (i, (name, value)) in
        [("r", r), ("alpha", alpha), ("a", a), ("b", b)].into_iter().enumerate()
    {
        near(value, reference["params"][name].as_f64().unwrap(), 5e-4);
        let error = reference["std_err"][name].as_f64().unwrap();
        near(fit.std_errors[i], error, 5e-3 * error);
    }
    for row in weeks["customers"].as_array().unwrap() {
        let field = |name: &str| row[name].as_f64().unwrap();
        let customer =
            Customer { frequency: field("frequency"), recency: field("recency"), age: field("T") };
        let alive = fit.parameters.probability_alive(&customer);
        near(alive, field("p_alive_bgnbd"), 1e-3 * alive);
        for horizon in [13.0, 39.0, 52.0] {
            let expected = field(&format!("expected_purchases_next_{horizon}"));
            near(fit.parameters.expected_purchases(&customer, horizon), expected, 1e-3 * expected);
        }
    }
    for (horizon, expected) in weeks["new_customer_expected_purchases"].as_object().unwrap() {
        let expected = expected.as_f64().unwrap();
        near(fit.parameters.expected_of_new(number(horizon)), expected, 1e-3 * expected);
    }
    let (total, interval) = total_expected(&fit, &customers, 39.0, 0.95);
    assert!(interval.unwrap().contains(total));
}

#[test]
fn the_modified_and_the_pareto_form_agree_with_the_reference() {
    let (Some(customers), Some(json)) =
        (cdnow_weeks(), reference::json("clv/reference_lifetimes.json"))
    else {
        return;
    };
    let modified = BetaGeometric::fit(&customers, true).unwrap().parameters;
    let expected = &json["weeks"]["mbgnbd"]["params"];
    for (name, value) in
        [("r", modified.r), ("alpha", modified.alpha), ("a", modified.a), ("b", modified.b)]
    {
        let reference = expected[name].as_f64().unwrap();
        near(value, reference, 1e-3 * reference);
    }
    let pareto = ParetoNbd::fit(&customers).unwrap();
    // Fader, Hardie, Lee (2005), table 3: log-likelihood −9595.0.
    near(pareto.log_likelihood, -9595.0, 0.05);
    let expected = &json["weeks"]["pareto_nbd"]["params"];
    let ParetoNbd { r, alpha, s, beta } = pareto.parameters;
    for (name, value) in [("r", r), ("alpha", alpha), ("s", s), ("beta", beta)] {
        let reference = expected[name].as_f64().unwrap();
        near(value, reference, 2e-3 * reference);
    }
}

#[test]
fn cdnow_in_days_gives_the_reference_values_and_holdout() {
    let (Some((customers, spends, holdout)), Some(json)) =
        (cdnow_days(), reference::json("clv/reference_lifetimes.json"))
    else {
        return;
    };
    let days = &json["days_from_raw"];
    let fit = BetaGeometric::fit(&customers, false).unwrap();
    near(fit.log_likelihood, days["bgnbd"]["log_likelihood"].as_f64().unwrap(), 1e-4);
    let value = GammaGamma::fit(&spends).unwrap();
    near(value.log_likelihood, days["gamma_gamma"]["log_likelihood"].as_f64().unwrap(), 1e-4);
    let GammaGamma { p, q, v } = value.parameters;
    for (name, value) in [("p", p), ("q", q), ("v", v)] {
        near(value, days["gamma_gamma"]["params"][name].as_f64().unwrap(), 1e-3);
    }
    let correlation = GammaGamma::correlation(&spends).unwrap();
    near(correlation, days["gamma_gamma"]["corr_freq_value"].as_f64().unwrap(), 1e-9);

    let check = check_holdout(&fit.parameters, &customers, &holdout, 273.0).unwrap();
    let reference = |name: &str| days["holdout"][name].as_f64().unwrap();
    near(check.actual_total, reference("actual_total"), 0.0);
    near(check.predicted_total, reference("predicted_total"), 0.2);
    near(check.mean_absolute_error, reference("mae"), 1e-4);
    near(check.root_mean_square_error, reference("rmse"), 1e-4);
    near(check.correlation, reference("corr"), 1e-4);

    let months = Months { months: 12, units_per_month: 30.0, discount: 0.01 };
    let sum: f64 = customers
        .iter()
        .zip(&spends)
        .map(|(customer, spend)| {
            let one = value.parameters.expected_value(spend).unwrap();
            discounted_value(&fit.parameters, customer, one, &months)
        })
        .sum();
    let expected = days["clv_12m_monthly_discount_1pct"]["sum"].as_f64().unwrap();
    near(sum, expected, 1e-3 * expected);
}

#[test]
fn raw_transactions_give_the_summary_of_the_reference() {
    let (Some(raw), Some((customers, spends, _))) =
        (reference::read("clv/cdnow_sample_transactions.csv"), cdnow_days())
    else {
        return;
    };
    // Days since 1997-01-01 by month, enough for this file.
    let day = |date: &str| -> i64 {
        let mut parts = date.split('-').map(|p| p.parse::<i64>().unwrap());
        let (year, month, day) =
            (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        (year - 1997) * 365 + before[month as usize - 1] + day - 1
    };
    let transactions: Vec<Transaction> = reference::rows(&raw)
        .map(|row| Transaction {
            customer: row[0].parse().unwrap(),
            day: day(row[1]),
            value: number(row[3]),
        })
        .collect();
    let summaries = summarise(&transactions, day("1997-09-30"), 1.0);
    assert_eq!(summaries.len(), customers.len());
    for (summary, (customer, spend)) in summaries.iter().zip(customers.iter().zip(&spends)) {
        assert_eq!(summary.history, *customer);
        near(summary.spend.mean_value, spend.mean_value, 1e-9);
    }
}

/// Fader, Hardie (2007), JIM 21(1), table 2.
#[test]
fn contracts_give_the_parameters_of_the_paper() {
    let fit = |remaining: &[f64]| {
        ShiftedBetaGeometric::fit(&[Cohort { remaining: remaining.to_vec() }]).unwrap()
    };
    let regular = fit(&[1000., 631., 468., 382., 326., 289., 262., 241.]);
    near(regular.parameters.alpha, 0.704, 5e-4);
    near(regular.parameters.beta, 1.182, 5e-4);
    let high = fit(&[1000., 869., 743., 653., 593., 551., 517., 491.]);
    near(high.parameters.alpha, 0.668, 5e-4);
    near(high.parameters.beta, 3.806, 5e-4);
    assert!(high.parameters.retention(5) > high.parameters.retention(0));
    near(high.parameters.survival(1), high.parameters.retention(0), 1e-12);
    // The sum of the survival curve, term by term.
    let model = ShiftedBetaGeometric { alpha: 2.0, beta: 3.0 };
    let sum: f64 = (1..4000).map(|t| model.survival(t) * 1.05_f64.powi(1 - t as i32)).sum();
    near(model.expected_periods(0, 0.05).unwrap(), sum, 1e-9);
    assert_eq!(ShiftedBetaGeometric { alpha: 0.9, beta: 1.0 }.expected_periods(0, 0.0), None);
}

#[test]
fn impossible_histories_are_refused_with_their_reason() {
    let good = Customer { frequency: 1.0, recency: 2.0, age: 5.0 };
    assert_eq!(BetaGeometric::fit(&[], false), Err(LifetimeError::NoCustomers));
    let late = Customer { recency: 6.0, ..good };
    assert!(matches!(
        BetaGeometric::fit(&[good, late], false),
        Err(LifetimeError::InvalidCustomer { index: 1, .. })
    ));
    let once = Customer { frequency: 0.0, recency: 0.0, age: 5.0 };
    assert_eq!(ParetoNbd::fit(&[once]), Err(LifetimeError::NoRepeatPurchases));
    assert!(
        GammaGamma { p: 2.0, q: 0.9, v: 1.0 }
            .expected_value(&Spend { frequency: 0.0, mean_value: 0.0 })
            .is_none()
    );
}

/// The expectation solves dE/dt = (purchase rate now), so it must be smooth through a = 1, where
/// the published form divides zero by zero.
#[test]
fn nothing_breaks_where_the_published_form_divides_by_zero() {
    let at = |a: f64| BetaGeometric { a, ..PAPER }.expected_purchases(&FIRST, 39.0);
    near(at(1.0), 0.5 * (at(1.0 - 1e-4) + at(1.0 + 1e-4)), 1e-7);
    let lonely = Customer { frequency: 0.0, recency: 0.0, age: 10.0 };
    let zero = BetaGeometric { a: 0.4, b: 0.6, ..PAPER }.expected_purchases(&lonely, 5.0);
    assert!(zero > 0.0 && zero.is_finite());
    let at =
        |s: f64| ParetoNbd { r: 0.5, alpha: 10.0, s, beta: 11.0 }.expected_purchases(&FIRST, 39.0);
    near(at(1.0), 0.5 * (at(1.0 - 1e-4) + at(1.0 + 1e-4)), 1e-7);
}

proptest! {
    #[test]
    fn expectations_grow_with_time_and_stay_finite(
        r in 0.05..20.0_f64, alpha in 0.1..100.0_f64, a in 0.05..8.0_f64, b in 0.05..8.0_f64,
        x in 0_u32..60, recency in 0.01..1.0_f64, age in 0.1..500.0_f64, modified: bool,
    ) {
        let recency = if x == 0 { 0.0 } else { recency * age };
        let customer = Customer { frequency: f64::from(x), recency, age };
        let beta = BetaGeometric { r, alpha, a, b, modified };
        let pareto = ParetoNbd { r, alpha, s: a, beta: b * alpha };
        let models: [&dyn Fn(f64) -> f64; 2] = [
            &|t| beta.expected_purchases(&customer, t),
            &|t| pareto.expected_purchases(&customer, t),
        ];
        for expected in models {
            let mut before = 0.0;
            for t in [0.0, 1.0, 10.0, 100.0, 1000.0] {
                let now = expected(t);
                prop_assert!(now.is_finite() && now >= before * (1.0 - 1e-9) - 1e-12, "{t} {now} {before}");
                before = now;
            }
        }
        for alive in [beta.probability_alive(&customer), pareto.probability_alive(&customer)] {
            prop_assert!((0.0..=1.0).contains(&alive));
        }
    }

    #[test]
    fn the_value_of_a_purchase_lies_between_the_customers_mean_and_everybodys(
        p in 0.1..20.0_f64, q in 1.1..20.0_f64, v in 0.1..100.0_f64,
        x in 1_u32..40, mean in 0.1..500.0_f64,
    ) {
        let model = GammaGamma { p, q, v };
        let everybody = model.expected_value(&Spend { frequency: 0.0, mean_value: 0.0 }).unwrap();
        let one = model.expected_value(&Spend { frequency: f64::from(x), mean_value: mean }).unwrap();
        let (low, high) = (mean.min(everybody), mean.max(everybody));
        prop_assert!(one >= low * (1.0 - 1e-9) && one <= high * (1.0 + 1e-9));
    }
}
