use proptest::prelude::*;
use rand_distr::{Distribution as _, Normal, Poisson};

use super::*;
use crate::distribution::seeded;
use crate::reference;

fn series(values: &[f64], seasons: &'static [f64]) -> Series<'static> {
    Series { values: Vec::leak(values.to_vec()), seasons, regressors: &[] }
}

fn reference_series(name: &str) -> Option<Vec<f64>> {
    let text = reference::read(&format!("forecast/series/{name}.csv"))?;
    Some(reference::rows(&text).map(|row| row[2].parse().unwrap()).collect())
}

fn weekly(n: usize, noise: f64, seed: u64) -> Vec<f64> {
    let week = [100.0, 120.0, 115.0, 110.0, 130.0, 70.0, 60.0];
    let mut random = seeded(seed);
    let normal = Normal::new(0.0, noise).unwrap();
    (0..n).map(|t| week[t % 7] + 0.1 * t as f64 + normal.sample(&mut random)).collect()
}

/// The figures of statsforecast 2.1.1 over the same windows; the whole table is printed by the
/// example `forecast_peers`.
#[test]
fn monthly_reference_series_are_forecast_better_than_by_the_best_single_model() {
    for (name, best) in
        [("air_passengers", 0.8761), ("wineind", 0.8358), ("us_retail_sales", 0.3339)]
    {
        let Some(values) = reference_series(name) else { return };
        let result = backtest(&series(&values, &[12.0]), &Settings::new(12), 3).unwrap();
        assert!(result.mase < best, "{name}: {}", result.mase);
        assert!(result.coverage[1].observed > 0.9, "{name}: {:?}", result.coverage);
        assert!(result.mase < result.naive_mase);
    }
}

#[test]
fn a_clean_week_is_found_and_beats_the_naive_forecast() {
    let values = weekly(140, 5.0, 3);
    let made = forecast(&series(&values, &[7.0]), &Settings::new(14)).unwrap();
    assert_eq!(made.skill, Skill::BetterThanNaive);
    for (h, mean) in made.mean.iter().enumerate() {
        let truth =
            [100.0, 120.0, 115.0, 110.0, 130.0, 70.0, 60.0][(140 + h) % 7] + 0.1 * (140 + h) as f64;
        assert!((mean - truth).abs() < 6.0, "{h}: {mean} {truth}");
    }
}

#[test]
fn bands_hold_their_share_of_a_series_that_is_like_its_past() {
    let (mut inside, mut count) = ([0.0; 2], 0.0);
    for seed in 0..12 {
        let values = weekly(300, 12.0, seed);
        let result = backtest(&series(&values, &[7.0]), &Settings::new(14), 5).unwrap();
        inside[0] += result.coverage[0].observed;
        inside[1] += result.coverage[1].observed;
        count += 1.0;
    }
    // A little wide on purpose: few windows leave it open how wrong the next forecast can be.
    assert!((0.76..0.88).contains(&(inside[0] / count)), "{}", inside[0] / count);
    assert!((inside[1] / count - 0.95).abs() < 0.05, "{}", inside[1] / count);
}

#[test]
fn the_rolling_origins_tell_what_backtests_tell() {
    let (mut mase, mut inside) = ([0.0; 2], [0.0; 2]);
    for seed in 0..12 {
        let values = weekly(300, 12.0, seed);
        let settings = Settings { paths: 0, ..Settings::new(14) };
        let tested = backtest(&series(&values, &[7.0]), &settings, 5).unwrap();
        let made = forecast(&series(&values, &[7.0]), &settings).unwrap();
        mase[0] += tested.mase / 12.0;
        mase[1] += made.mase / 12.0;
        inside[0] += tested.coverage[0].observed / 12.0;
        inside[1] += made.coverage[0] / 12.0;
    }
    assert!((mase[0] - mase[1]).abs() < 0.1, "{mase:?}");
    assert!((inside[0] - inside[1]).abs() < 0.08, "{inside:?}");
    let short = forecast(&series(&[3.0, 4.0, 3.0, 5.0], &[7.0]), &Settings::new(3)).unwrap();
    assert!(short.mase.is_nan() && short.coverage.iter().all(|share| share.is_nan()));
}

#[test]
fn paths_are_joint_their_sums_spread_more_than_independent_steps_would() {
    // A random walk: what is off today stays off tomorrow.
    let mut random = seeded(5);
    let normal = Normal::new(0.0, 1.0).unwrap();
    let mut level = 100.0;
    let values: Vec<f64> = (0..300)
        .map(|_| {
            level += normal.sample(&mut random);
            level
        })
        .collect();
    let made = forecast(&series(&values, &[]), &Settings::new(12)).unwrap();
    let spread = |numbers: Vec<f64>| {
        let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
        numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / numbers.len() as f64
    };
    let sums = spread(made.paths.iter().map(|p| p.iter().sum()).collect());
    let steps: f64 = (0..12).map(|h| spread(made.paths.iter().map(|p| p[h]).collect())).sum();
    assert!(sums > 3.0 * steps, "{sums} {steps}");
    let band = &made.bands[0];
    let below = made.paths.iter().filter(|p| p[5] < band.low[5]).count() as f64 / 2000.0;
    assert!((below - 0.1).abs() < 0.02, "{below}");
}

#[test]
fn white_noise_is_not_claimed_to_have_a_better_shape_than_its_mean() {
    let mut random = seeded(9);
    let normal = Normal::new(50.0, 4.0).unwrap();
    let values: Vec<f64> = (0..200).map(|_| normal.sample(&mut random)).collect();
    let made = forecast(&series(&values, &[7.0]), &Settings::new(7)).unwrap();
    for mean in made.mean {
        assert!((mean - 50.0).abs() < 2.5, "{mean}");
    }
}

#[test]
fn a_random_walk_gives_no_skill_worth_speaking_of() {
    let mut random = seeded(21);
    let normal = Normal::new(0.0, 1.0).unwrap();
    let mut level = 1000.0;
    let values: Vec<f64> = (0..240)
        .map(|_| {
            level += normal.sample(&mut random);
            level
        })
        .collect();
    let made = forecast(&series(&values, &[]), &Settings::new(1)).unwrap();
    assert!(made.skill_vs_naive < 0.1, "{}", made.skill_vs_naive);
}

#[test]
fn three_weeks_are_enough_for_a_wide_and_honest_forecast() {
    let values = weekly(21, 8.0, 1);
    let made = forecast(&series(&values, &[7.0]), &Settings::new(7)).unwrap();
    assert!(made.mean.iter().all(|m| m.is_finite() && *m > 0.0));
    // The noise alone, with nothing to learn, would need 2 · 1.96 · 8.
    let width = made.bands[1].high[0] - made.bands[1].low[0];
    assert!(width > 31.4, "{width}");
    let tiny = forecast(&series(&[3.0, 4.0, 3.0, 5.0], &[7.0]), &Settings::new(3)).unwrap();
    assert_eq!(tiny.skill, Skill::Unknown);
}

#[test]
fn gaps_do_not_move_the_forecast_of_the_same_series_without_gaps() {
    let values = weekly(200, 3.0, 2);
    let mut holes = values.clone();
    for t in [10, 11, 50, 51, 52, 120, 199] {
        holes[t] = f64::NAN;
    }
    let settings = Settings::new(7);
    let whole = forecast(&series(&values, &[7.0]), &settings).unwrap();
    let torn = forecast(&series(&holes, &[7.0]), &settings).unwrap();
    for (a, b) in whole.mean.iter().zip(&torn.mean) {
        assert!((a - b).abs() < 4.0, "{a} {b}");
    }
}

#[test]
fn rare_sales_stay_at_zero_or_above_and_keep_their_mean() {
    let mut random = seeded(4);
    let poisson = Poisson::new(0.6).unwrap();
    let values: Vec<f64> = (0..300).map(|_| poisson.sample(&mut random)).collect();
    let made = forecast(&series(&values, &[7.0]), &Settings::new(28)).unwrap();
    assert_eq!(made.model, "intermittent");
    let total: f64 = made.mean.iter().sum();
    assert!((total - 0.6 * 28.0).abs() < 6.0, "{total}");
    assert!(made.paths.iter().flatten().all(|v| *v >= 0.0));
    assert_eq!(made.bands[0].low[0], 0.0);
}

#[test]
fn a_known_event_is_in_the_forecast_and_an_unknown_one_is_not() {
    let mut values = weekly(210, 4.0, 6);
    let mut event = vec![0.0; 217];
    for t in [16, 53, 93, 131, 168, 212] {
        event[t] = 1.0;
        if t < 210 {
            values[t] += 80.0;
        }
    }
    let regressors = [event];
    let known = Series { values: &values, seasons: &[7.0], regressors: &regressors };
    let with = forecast(&known, &Settings::new(7)).unwrap();
    let without = forecast(&series(&values, &[7.0]), &Settings::new(7)).unwrap();
    let lift = with.mean[2] - without.mean[2];
    assert!((lift - 80.0).abs() < 20.0, "{lift}");
    assert!((with.mean[4] - without.mean[4]).abs() < 8.0);
}

#[test]
fn a_constant_series_is_forecast_without_doubt() {
    let made = forecast(&series(&[5.0; 60], &[7.0]), &Settings::new(7)).unwrap();
    assert!(made.mean.iter().all(|m| (*m - 5.0).abs() < 1e-9), "{:?}", made.mean);
    assert!(made.bands[1].high.iter().all(|h| (*h - 5.0).abs() < 1e-6));
}

#[test]
fn what_cannot_be_forecast_is_refused_with_the_reason() {
    let settings = Settings::new(3);
    let short = forecast(&series(&[1.0, f64::NAN, 2.0], &[]), &settings);
    assert_eq!(short, Err(ForecastError::TooShort { observed: 2, needed: 4 }));
    let infinite = forecast(&series(&[1.0, 2.0, 3.0, f64::INFINITY, 1.0], &[]), &settings);
    assert_eq!(infinite, Err(ForecastError::Infinite { index: 3 }));
    let none = forecast(&series(&[1.0; 9], &[]), &Settings::new(0));
    assert_eq!(none, Err(ForecastError::NoHorizon));
    let odd = forecast(&series(&[1.0; 9], &[1.0]), &settings);
    assert_eq!(odd, Err(ForecastError::InvalidSeason { season: 1.0 }));
    let windows = backtest(&series(&[1.0; 9], &[]), &settings, 3);
    assert!(matches!(windows, Err(ForecastError::TooManyWindows { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_series_gives_finite_ordered_bands_around_its_forecast(
        values in prop::collection::vec(prop_oneof![
            8 => -50.0..500.0_f64, 2 => Just(0.0), 1 => Just(f64::NAN), 1 => 0.0..1e9_f64,
        ], 8..90),
        horizon in 1_usize..20,
        season: bool,
    ) {
        prop_assume!(values.iter().filter(|v| !v.is_nan()).count() >= 4);
        let seasons: &[f64] = if season { &[7.0] } else { &[] };
        let settings = Settings { paths: 20, ..Settings::new(horizon) };
        let made = forecast(&Series { values: &values, seasons, regressors: &[] }, &settings).unwrap();
        let (inner, outer) = (&made.bands[0], &made.bands[1]);
        for h in 0..horizon {
            prop_assert!(made.mean[h].is_finite());
            let order = [outer.low[h], inner.low[h], made.mean[h], inner.high[h], outer.high[h]];
            let slack = 1e-9 * made.mean[h].abs();
            prop_assert!(order.windows(2).all(|w| w[0] <= w[1] + slack), "{h} {order:?}");
        }
        prop_assert!(made.paths.iter().flatten().all(|v| v.is_finite()));
    }

    #[test]
    fn the_unit_of_a_series_does_not_matter(seed in 0_u64..1000, factor in 0.001..1000.0_f64) {
        let values = weekly(60, 10.0, seed);
        let scaled: Vec<f64> = values.iter().map(|v| v * factor).collect();
        let settings = Settings { paths: 0, ..Settings::new(7) };
        let (one, other) = (forecast(&series(&values, &[7.0]), &settings).unwrap(),
            forecast(&series(&scaled, &[7.0]), &settings).unwrap());
        for (a, b) in one.mean.iter().zip(&other.mean) {
            prop_assert!((a * factor - b).abs() < 1e-6 * b.abs(), "{a} {b}");
        }
    }
}
