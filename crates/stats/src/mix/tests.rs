use proptest::prelude::*;

use super::model::Model;
use super::*;
use crate::reference;

/// The simulated data of PyMC-Marketing's example.
fn example() -> Option<Observations> {
    let text = reference::read("mmm/mmm_example.csv")?;
    let column = |i: usize| -> Vec<f64> {
        reference::rows(&text).map(|row| row[i].parse().unwrap()).collect()
    };
    let channel = |name: &str, i| Channel { name: name.into(), spend: column(i), prior: None };
    Some(Observations {
        target: column(2),
        channels: vec![channel("x1", 3), channel("x2", 4)],
        controls: vec![
            ("event_1".into(), column(5)),
            ("event_2".into(), column(6)),
            ("t".into(), column(8)),
        ],
        lift_tests: Vec::new(),
    })
}

/// A small data set with everything in it.
fn synthetic() -> Observations {
    let n = 160;
    let wave = |t: usize, a: f64, b: f64| (a * t as f64 + b).sin();
    let spend = |a: f64, b: f64| -> Vec<f64> {
        (0..n)
            .map(|t| (1.0 + wave(t, a, b) + 0.5 * wave(t, 7.3 * a, 1.0)).max(0.0) * 100.0)
            .collect()
    };
    let (tv, search) = (spend(0.37, 0.2), spend(0.83, 2.0));
    let target = (0..n)
        .map(|t| {
            1000.0
                + 2.0 * t as f64
                + 60.0 * wave(t, 0.12, 0.0)
                + 300.0 * (tv[t] / 100.0).tanh()
                + 150.0 * (search[t] / 80.0).tanh()
                + 15.0 * wave(t, 91.7, 3.0)
        })
        .collect();
    let channel = |name: &str, spend| Channel { name: name.into(), spend, prior: None };
    Observations {
        target,
        channels: vec![channel("tv", tv), channel("search", search)],
        controls: vec![("price".into(), (0..n).map(|t| wave(t, 0.5, 0.5)).collect())],
        lift_tests: vec![LiftTest {
            channel: 0,
            spend_before: 50.0,
            spend_during: 150.0,
            lift: 130.0,
            std_error: 40.0,
        }],
    }
}

#[test]
fn the_gradient_of_every_form_is_that_of_the_density() {
    let data = synthetic();
    for adstock in [Adstock::Geometric, Adstock::Delayed, Adstock::WeibullPdf, Adstock::WeibullCdf]
    {
        for saturation in [Saturation::Logistic, Saturation::Hill, Saturation::HillSlope] {
            let settings = Settings { adstock, saturation, harmonics: 1, ..Settings::default() };
            let model = Model::new(&data, &settings).unwrap();
            let mut q = model.start();
            q.iter_mut().enumerate().for_each(|(i, u)| *u += 0.1 * (i as f64).sin());
            let mut gradient = vec![0.0; q.len()];
            let mut unused = vec![0.0; q.len()];
            model.density(&q, &mut gradient);
            for i in 0..q.len() {
                let h = 1e-5;
                let mut moved = q.clone();
                moved[i] += h;
                let up = model.density(&moved, &mut unused);
                moved[i] -= 2.0 * h;
                let difference = (up - model.density(&moved, &mut unused)) / (2.0 * h);
                let tolerance = 1e-4 * difference.abs().max(1.0);
                assert!(
                    (difference - gradient[i]).abs() < tolerance,
                    "{adstock:?} {saturation:?} {i}: {difference} {}",
                    gradient[i]
                );
            }
        }
    }
}

/// The truth of the generator: alpha 0.4 and 0.2, lambda 4 and 3, and contributions of 3000 and
/// 2000 times the saturated, carried-over spend.
#[test]
fn the_truth_of_the_simulated_example_lies_in_the_intervals() {
    let Some(data) = example() else { return };
    let settings = Settings { draws: 400, warmup: 300, ..Settings::default() };
    let found = fit(&data, &settings).unwrap();
    let truth = |spend: &[f64], alpha: f64, lambda: f64, beta: f64| -> f64 {
        let (weights, _) = Adstock::Geometric.weights(&[alpha], 8);
        (0..spend.len())
            .map(|t| {
                let a: f64 = (0..8.min(t + 1)).map(|l| weights[l] * spend[t - l]).sum();
                beta * (0.5 * lambda * a).tanh()
            })
            .sum()
    };
    for (channel, (alpha, lambda, beta)) in
        found.channels.iter().zip([(0.4, 4.0, 3000.0), (0.2, 3.0, 2000.0)])
    {
        let spend = &data.channels.iter().find(|c| c.name == channel.name).unwrap().spend;
        let contribution = truth(spend, alpha, lambda, beta);
        assert!(channel.contribution.interval.contains(contribution), "{channel:?} {contribution}");
        assert!(channel.adstock[0].interval.contains(alpha), "{:?}", channel.adstock);
        assert!(channel.saturation[0].interval.contains(lambda), "{:?}", channel.saturation);
        assert!(channel.prior_overlap < 0.5);
    }
    assert!(found.diagnostics.max_r_hat < 1.02, "{:?}", found.diagnostics);
    assert!(found.r_squared > 0.95 && found.mape < 0.04, "{} {}", found.r_squared, found.mape);

    let today: Vec<f64> =
        data.channels.iter().map(|c| c.spend.iter().sum::<f64>() / 179.0).collect();
    let limits: Vec<Limits> =
        today.iter().map(|s| Limits { low: 0.7 * s, high: 1.3 * s }).collect();
    let plan = plan(&found, &today, &limits, today.iter().sum()).unwrap();
    assert!((plan.spends.iter().sum::<f64>() - today.iter().sum::<f64>()).abs() < 1e-9);
    assert!(plan.expected >= plan.expected_today * (1.0 - 1e-9));
    assert!((0.0..=1.0).contains(&plan.probability_better));
}

#[test]
fn a_lift_test_narrows_the_return_of_its_channel() {
    let mut data = synthetic();
    let settings =
        Settings { draws: 300, warmup: 300, chains: 2, harmonics: 1, ..Settings::default() };
    for (t, y) in data.target.iter_mut().enumerate() {
        *y += 150.0 * (1.7 * (t * t) as f64).sin();
    }
    data.lift_tests[0].std_error = 5.0;
    let with = fit(&data, &settings).unwrap();
    data.lift_tests.clear();
    let without = fit(&data, &settings).unwrap();
    let width = |f: &MixFit| f.channels[0].roi.interval.width();
    assert!(width(&with) < width(&without), "{} {}", width(&with), width(&without));
}

#[test]
fn the_last_stretch_is_foretold_better_than_by_last_year() {
    let Some(data) = example() else { return };
    let settings = Settings { draws: 200, warmup: 250, chains: 2, ..Settings::default() };
    let slice = time_slice(&data, &settings, 26).unwrap();
    assert!(slice.mape < slice.naive_mape && slice.coverage > 0.7, "{slice:?}");
}

/// Three years of weeks with known carry-over, saturation and contributions.
fn known(seed: u64) -> (Observations, [(f64, f64, f64); 2]) {
    use rand::RngExt as _;
    use rand_distr::StandardNormal;
    let mut random = crate::distribution::seeded(seed);
    let n = 156;
    let mut target: Vec<f64> = (0..n)
        .map(|t| {
            let season = (std::f64::consts::TAU * f64::from(t) / 52.18).sin();
            4000.0 + 4.0 * f64::from(t) + 300.0 * season
        })
        .collect();
    let mut channels = Vec::new();
    let mut truth = [(0.0, 0.0, 0.0); 2];
    for (m, name) in ["search", "radio"].into_iter().enumerate() {
        let spend: Vec<f64> =
            (0..n)
                .map(|_| {
                    if random.random::<f64>() < 0.3 { 0.0 } else { 1000.0 * random.random::<f64>() }
                })
                .collect();
        let (alpha, lambda) =
            (0.15 + 0.4 * random.random::<f64>(), 1.5 + 2.0 * random.random::<f64>());
        let top = 800.0 + 800.0 * random.random::<f64>();
        let most = spend.iter().copied().fold(0.0, f64::max);
        let (weights, _) = Adstock::Geometric.weights(&[alpha], 8);
        let mut sum = 0.0;
        for (t, y) in target.iter_mut().enumerate() {
            let a: f64 = (0..8.min(t + 1)).map(|l| weights[l] * spend[t - l] / most).sum();
            let contribution = top * (0.5 * lambda * a).tanh();
            *y += contribution;
            sum += contribution;
        }
        truth[m] = (alpha, lambda, sum);
        channels.push(Channel { name: name.into(), spend, prior: None });
    }
    target.iter_mut().for_each(|y| *y += 80.0 * random.sample::<f64, _>(StandardNormal));
    (Observations { target, channels, ..Observations::default() }, truth)
}

#[test]
fn known_parameters_are_recovered_as_often_as_the_intervals_say() {
    let settings =
        Settings { draws: 250, warmup: 300, chains: 2, harmonics: 1, ..Settings::default() };
    let (mut inside, mut all, mut off) = (0, 0, 0.0);
    for seed in 0..10 {
        let (data, truth) = known(seed);
        let found = fit(&data, &settings).unwrap();
        for (channel, (alpha, lambda, sum)) in found.channels.iter().zip(truth) {
            for (interval, value) in [
                (channel.adstock[0].interval, alpha),
                (channel.saturation[0].interval, lambda),
                (channel.contribution.interval, sum),
            ] {
                inside += usize::from(interval.contains(value));
                all += 1;
            }
            off += (channel.contribution.mean / sum - 1.0).abs() / 20.0;
        }
    }
    println!("{inside} of {all} in their 90 % intervals, contributions off by {off:.3} on average");
    assert!(10 * inside >= 8 * all, "{inside} of {all}");
    assert!(off < 0.2, "{off}");
}

#[test]
fn a_placebo_gets_little_credit_and_refits_agree() {
    let settings =
        Settings { draws: 200, warmup: 250, chains: 2, harmonics: 1, ..Settings::default() };
    let (data, _) = known(3);
    let found = placebo(&data, &settings).unwrap();
    assert!(!found.believed() && found.share < 0.5 * found.real_share, "{found:?}");
    let whole = fit(&data, &settings).unwrap();
    let refits = stability(&data, &settings, &whole, 2).unwrap();
    assert_eq!(refits.len(), 2);
    for one in &refits {
        assert!(one.range.0 <= one.share && one.share <= one.range.1, "{one:?}");
        assert!(one.stable(&whole), "{one:?}");
    }
}

#[test]
fn few_periods_for_each_unknown_are_said() {
    let settings =
        Settings { draws: 60, warmup: 100, chains: 2, harmonics: 3, ..Settings::default() };
    let (data, _) = known(4);
    let found = fit(&data, &settings).unwrap();
    // 156 periods, 2·3 + 6 + 1 + 2 unknowns: 10.4 for each.
    assert!(!found.warnings.iter().any(|w| w.contains("for each unknown")), "{:?}", found.warnings);
    let crowded = Settings { knots: 2, ..settings };
    let found = fit(&data, &crowded).unwrap();
    assert!(found.warnings.iter().any(|w| w.contains("9.2 periods for each unknown")));
}

/// Solved by hand: equal marginal returns.
#[test]
fn the_budget_goes_where_the_next_unit_brings_most() {
    let hill = |top, half| Response::Hill { top, half, slope: 1.0 };
    let responses = [hill(100.0, 50.0), hill(80.0, 20.0), hill(60.0, 10.0)];
    let free = [Limits { low: 0.0, high: 100.0 }; 3];
    let spends = allocate(&responses, &free, 100.0).unwrap();
    for (spend, expected) in spends.iter().zip([44.1376, 33.2522, 22.6102]) {
        assert!((spend - expected).abs() < 1e-4, "{spends:?}");
    }
    let value: f64 = responses.iter().zip(&spends).map(|(r, s)| r.at(*s)).sum();
    assert!((value - 138.4414).abs() < 1e-4);
    assert!((responses[0].marginal(spends[0]) - 0.564214).abs() < 1e-6);

    let mut locked = free;
    locked[0] = Limits { low: 10.0, high: 10.0 };
    let spends = allocate(&responses, &locked, 100.0).unwrap();
    assert_eq!(spends[0], 10.0);
    assert_eq!(allocate(&responses, &[Limits { low: 0.0, high: 10.0 }; 3], 100.0), None);
}

#[test]
fn of_two_equal_s_curves_one_is_fed_and_not_both_starved() {
    let s = Response::Hill { top: 100.0, half: 60.0, slope: 4.0 };
    let spends = allocate(&[s, s], &[Limits { low: 0.0, high: 100.0 }; 2], 80.0).unwrap();
    let value: f64 = spends.iter().map(|x| s.at(*x)).sum();
    assert!(value > 1.4 * 2.0 * s.at(40.0), "{spends:?} {value}");
}

#[test]
fn what_the_data_cannot_support_is_refused_with_the_reason() {
    let settings = Settings::default();
    let refuse = |change: &dyn Fn(&mut Observations)| {
        let mut data = synthetic();
        change(&mut data);
        check(&data, &settings).unwrap_err()
    };
    let truncate = |data: &mut Observations, n: usize| {
        data.target.truncate(n);
        data.channels.iter_mut().for_each(|c| c.spend.truncate(n));
        data.controls.iter_mut().for_each(|c| c.1.truncate(n));
    };
    assert!(matches!(refuse(&|d| truncate(d, 40)), MixError::LessThanAYear { periods: 40, .. }));
    assert!(matches!(refuse(&|d| truncate(d, 80)), MixError::TooFewPeriods { .. }));
    assert!(matches!(refuse(&|d| d.channels.clear()), MixError::NoChannels));
    assert!(matches!(
        refuse(&|d| d.channels[0].spend[3] = -1.0),
        MixError::NegativeSpend { period: 3, .. }
    ));
    assert!(matches!(refuse(&|d| d.channels[0].spend.fill(5.0)), MixError::NoVariation { .. }));
    assert!(matches!(refuse(&|d| d.target.fill(5.0)), MixError::ConstantTarget));
    assert!(matches!(
        refuse(&|d| d.channels[1].spend = d.channels[0].spend.iter().map(|s| 2.0 * s).collect()),
        MixError::Collinear { .. }
    ));
    assert!(matches!(
        refuse(&|d| d.lift_tests[0].std_error = 0.0),
        MixError::InvalidLiftTest { .. }
    ));
    assert!(check(&synthetic(), &settings).is_ok());
}

#[test]
fn chains_that_disagree_are_noticed() {
    let chain = |shift: f64| -> Vec<f64> {
        (0..400).map(|i| f64::from((i * 37) % 400) / 400.0 + shift).collect()
    };
    assert!(split_r_hat(&[chain(0.0), chain(0.0)]) < 1.01);
    assert!(split_r_hat(&[chain(0.0), chain(2.0)]) > 1.5);
    let sticky: Vec<f64> = (0..400).map(|i| f64::from(i / 40)).collect();
    assert!(effective_size(&[sticky.clone(), sticky]) < 100.0);
    assert!(effective_size(&[chain(0.0), chain(0.0)]) > 300.0);
}

proptest! {
    #[test]
    fn carry_over_keeps_the_total_and_saturation_only_rises(
        first in 0.05..0.95_f64, second in 0.1..4.0_f64, lags in 1_usize..14,
    ) {
        for adstock in
            [Adstock::Geometric, Adstock::Delayed, Adstock::WeibullPdf, Adstock::WeibullCdf]
        {
            let (weights, slopes) = adstock.weights(&[first, second], lags);
            prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(weights.iter().all(|w| *w >= 0.0));
            for slope in slopes {
                prop_assert!(slope.iter().sum::<f64>().abs() < 1e-6);
            }
        }
        for saturation in [Saturation::Logistic, Saturation::Hill, Saturation::HillSlope] {
            let mut before = 0.0;
            for i in 0..20 {
                let (value, slope, _) = saturation.at(&[second, 2.0 * first], 0.1 * f64::from(i));
                prop_assert!(value >= before && (0.0..=1.0).contains(&value) && slope >= 0.0);
                before = value;
            }
        }
    }

    #[test]
    fn a_plan_uses_the_budget_stays_in_its_limits_and_is_no_worse_than_an_even_split(
        tops in prop::collection::vec(1.0..100.0_f64, 2..6),
        half in 1.0..50.0_f64, slope in 0.5..3.0_f64, budget in 1.0..200.0_f64,
    ) {
        let n = tops.len();
        let responses: Vec<Response> = tops
            .iter()
            .enumerate()
            .map(|(i, top)| Response::Hill { top: *top, half: half * (1 + i) as f64, slope })
            .collect();
        let even = budget / n as f64;
        let limits = vec![Limits { low: 0.5 * even, high: 2.0 * even }; n];
        let spends = allocate(&responses, &limits, budget).unwrap();
        prop_assert!((spends.iter().sum::<f64>() - budget).abs() < 1e-6 * budget);
        for (spend, limit) in spends.iter().zip(&limits) {
            prop_assert!(*spend >= limit.low - 1e-9 && *spend <= limit.high + 1e-9);
        }
        let value = |s: &dyn Fn(usize) -> f64| -> f64 {
            responses.iter().enumerate().map(|(i, r)| r.at(s(i))).sum()
        };
        prop_assert!(value(&|i| spends[i]) >= value(&|_| even) * (1.0 - 1e-6));
    }
}
