//! Synthetic series with known anomalies, and other people's labelled ones.

use proptest::prelude::*;
use rand_distr::StandardNormal;

use super::watch::{Latest, alarms, latest};
use super::{AnomalyError, Detection, Direction, Settings, detect, level_shifts};
use crate::distribution::seeded;
use crate::reference;

const HOUR_S: i64 = 3600;

/// Hourly visits over `weeks` with a daily rhythm and quieter weekends, noise of 5 %.
fn visits(weeks: usize, seed: u64) -> (Vec<i64>, Vec<f64>) {
    let mut random = seeded(seed);
    (0..weeks * 168)
        .map(|hour| {
            let day = (hour as f64 / 24.0 * std::f64::consts::TAU).sin();
            let weekend = if (hour / 24) % 7 >= 5 { 0.6 } else { 1.0 };
            let noise: f64 = random.sample(StandardNormal);
            (hour as i64 * HOUR_S, 1000.0 * (1.0 + 0.5 * day) * weekend * (1.0 + 0.05 * noise))
        })
        .unzip()
}

fn found(times: &[i64], values: &[f64]) -> Detection {
    detect(times, values, &Settings::default()).unwrap()
}

#[test]
fn an_outage_is_found_with_its_hours_and_its_direction() {
    let (times, mut values) = visits(8, 1);
    values[900..906].iter_mut().for_each(|v| *v *= 0.2);
    let detection = found(&times, &values);
    assert_eq!(detection.anomalies.len(), 1, "{:?}", detection.anomalies);
    let outage = &detection.anomalies[0];
    assert_eq!(outage.direction, Direction::Down);
    assert!(
        (outage.from_s - 900 * HOUR_S).abs() <= HOUR_S
            && (outage.to_s - 905 * HOUR_S).abs() <= 3 * HOUR_S,
        "{outage:?}"
    );
    assert!((outage.actual / outage.expected - 0.2).abs() < 0.25, "{outage:?}");
    assert_eq!(detection.rhythm_s, 168 * HOUR_S);
}

#[test]
fn quiet_weekends_are_no_anomaly() {
    for seed in 0..20 {
        let (times, values) = visits(10, seed);
        assert_eq!(found(&times, &values).anomalies, [], "seed {seed}");
    }
}

/// Two hundred years of days without any event; the budget is one false alarm a year.
#[test]
fn quiet_days_keep_the_budget_of_false_alarms() {
    let mut random = seeded(40);
    let heavy = rand_distr::StudentT::new(6.0).unwrap();
    let times: Vec<i64> = (0..365).map(|day| day * 86_400).collect();
    for heavy_tailed in [false, true] {
        let mut alarms = 0;
        for _ in 0..100 {
            let values: Vec<f64> = (0..365)
                .map(|day| {
                    let usual = if day % 7 >= 5 { 700.0 } else { 1000.0 };
                    let noise: f64 = if heavy_tailed {
                        random.sample(heavy)
                    } else {
                        random.sample(StandardNormal)
                    };
                    usual * (1.0 + 0.06 * noise)
                })
                .collect();
            alarms += found(&times, &values).anomalies.len();
        }
        println!("heavy tails {heavy_tailed}: {} alarms a year", f64::from(alarms as u32) / 100.0);
        assert!(alarms <= if heavy_tailed { 200 } else { 120 }, "{heavy_tailed}: {alarms}");
    }
}

#[test]
fn a_sunday_as_busy_as_a_weekday_is_an_anomaly() {
    let (times, mut values) = visits(10, 3);
    let sunday = 8 * 168 + 6 * 24;
    values[sunday..sunday + 24].iter_mut().for_each(|v| *v /= 0.6);
    let anomalies = found(&times, &values).anomalies;
    assert!(
        anomalies.iter().any(|a| a.direction == Direction::Up && a.to_s >= sunday as i64 * HOUR_S),
        "{anomalies:?}"
    );
}

#[test]
fn data_that_is_incomplete_is_not_judged() {
    let (times, mut values) = visits(6, 5);
    let last = values.len() - 1;
    values[last] = 3.0;
    assert_eq!(found(&times, &values).anomalies.len(), 1);
    let settings = Settings { complete_until_s: Some(times[last]), ..Settings::default() };
    assert_eq!(detect(&times, &values, &settings).unwrap().anomalies, []);
}

#[test]
fn a_known_cause_is_muted() {
    let (times, mut values) = visits(6, 6);
    values[700..712].iter_mut().for_each(|v| *v *= 3.0);
    let muted_s = vec![(700 * HOUR_S, 712 * HOUR_S)];
    let settings = Settings { muted_s, ..Settings::default() };
    assert_eq!(found(&times, &values).anomalies.len(), 1);
    assert_eq!(detect(&times, &values, &settings).unwrap().anomalies, []);
}

#[test]
fn small_effects_and_small_volumes_can_be_left_out() {
    let (times, mut values) = visits(6, 7);
    values[800] *= 2.0;
    for settings in [
        Settings { smallest_effect: 1.5, ..Settings::default() },
        Settings { smallest_expected: 1e5, ..Settings::default() },
    ] {
        assert_eq!(detect(&times, &values, &settings).unwrap().anomalies, []);
    }
}

#[test]
fn daily_orders_mostly_zero_hardly_alarm_and_a_rush_does() {
    let mut random = seeded(8);
    let times: Vec<i64> = (0..200).map(|day| day * 86_400).collect();
    let mut values: Vec<f64> =
        times.iter().map(|_| if random.random::<f64>() < 0.15 { 1.0 } else { 0.0 }).collect();
    assert!(found(&times, &values).anomalies.len() <= 2);
    values[150] = 40.0;
    let anomalies = found(&times, &values).anomalies;
    let largest = anomalies.iter().max_by(|a, b| a.score.total_cmp(&b.score)).unwrap();
    assert_eq!(largest.from_s, 150 * 86_400);
}

#[test]
fn a_tighter_budget_never_finds_more() {
    let (times, mut values) = visits(8, 9);
    for (step, hour) in (500..1300).step_by(100).enumerate() {
        values[hour] *= 1.2 + 0.1 * step as f64;
    }
    let count = |budget: f64| {
        let settings = Settings { false_alarms_a_year: budget, ..Settings::default() };
        detect(&times, &values, &settings).unwrap().anomalies.len()
    };
    let counts: Vec<usize> = [20.0, 5.0, 1.0, 0.1, 0.001].map(count).to_vec();
    assert!(counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
    assert!(counts[0] > counts[4], "{counts:?}");
}

#[test]
fn a_lasting_change_is_a_shift_and_a_quiet_series_has_none() {
    let (times, mut values) = visits(12, 12);
    assert_eq!(level_shifts(&times, &values, &Settings::default()).unwrap(), []);
    values[50 * 24..].iter_mut().for_each(|v| *v *= 1.3);
    let shifts = level_shifts(&times, &values, &Settings::default()).unwrap();
    assert_eq!(shifts.len(), 1, "{shifts:?}");
    assert!((shifts[0].at_s - 50 * 86_400).abs() <= 86_400, "{shifts:?}");
    assert!((shifts[0].after / shifts[0].before - 1.3).abs() < 0.05, "{shifts:?}");
}

#[test]
fn short_and_constant_series_are_refused() {
    let times: Vec<i64> = (0..50).collect();
    assert_eq!(
        detect(&times[..5], &[1.0; 5], &Settings::default()),
        Err(AnomalyError::TooShort(5))
    );
    assert_eq!(detect(&times, &[1.0; 50], &Settings::default()), Err(AnomalyError::Constant));
    assert!(detect(&times, &[1.0; 4], &Settings::default()).is_err());
}

/// 200 quiet series and 10 broken ones: at most one in ten alarms is false, most broken ones are found.
#[test]
fn watching_many_series_keeps_the_share_of_false_alarms() {
    let newest: Vec<Latest> = (0..210)
        .map(|series| {
            let (times, mut values) = visits(5, 1000 + series);
            if series < 10 {
                let last = values.len() - 1;
                values[last - 2..].iter_mut().for_each(|v| *v *= 0.4);
            }
            latest(&times, &values, &Settings::default()).unwrap()
        })
        .collect();
    let raised = alarms(&newest, 0.1);
    let false_alarms = raised.iter().filter(|&&series| series >= 10).count();
    assert!(raised.len() - false_alarms >= 9, "{raised:?}");
    assert!(false_alarms <= 2, "{raised:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn nothing_is_nan_and_anomalies_lie_inside_the_series(
        values in prop::collection::vec(prop_oneof![4 => -1e6..1e6f64, 1 => Just(0.0), 1 => Just(f64::NAN)], 30..400),
        step in 60i64..100_000,
    ) {
        let times: Vec<i64> = (0..values.len() as i64).map(|i| i * step).collect();
        if let Ok(detection) = detect(&times, &values, &Settings::default()) {
            for anomaly in &detection.anomalies {
                prop_assert!(anomaly.from_s <= anomaly.to_s && anomaly.to_s <= times[times.len() - 1]);
                prop_assert!(detection.anomalies.windows(2).all(|pair| pair[0].to_s < pair[1].from_s));
                prop_assert!(anomaly.score.is_finite() && anomaly.expected.is_finite() && anomaly.actual.is_finite());
            }
            prop_assert!(detection.points.iter().all(|p| p.expected.is_finite() && p.low <= p.high));
        }
    }

    #[test]
    fn the_unit_of_the_values_does_not_matter(factor in 0.01..1000f64, seed in 0u64..50) {
        let (times, mut values) = visits(4, seed);
        values[500] *= 2.5;
        let scaled: Vec<f64> = values.iter().map(|v| v * factor).collect();
        let spans = |d: &Detection| d.anomalies.iter().map(|a| (a.from_s, a.to_s)).collect::<Vec<_>>();
        prop_assert_eq!(spans(&found(&times, &values)), spans(&found(&times, &scaled)));
    }
}

fn seconds(text: &str) -> i64 {
    let parts: Vec<i64> =
        text.split(['-', ' ', ':', '.']).take(6).map(|part| part.parse().unwrap()).collect();
    let (y, m, d) = (parts[0], parts[1], parts[2]);
    let (year, month) = if m <= 2 { (y - 1, m + 9) } else { (y, m - 3) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + d - 1;
    ((days * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5]
}

type Labelled = (String, Vec<i64>, Vec<f64>, Vec<(i64, i64)>);

/// The Numenta files with their labelled windows; `None` where they are absent.
fn labelled() -> Option<Vec<Labelled>> {
    let labels = reference::json("anomaly/labels.json")?;
    let mut files = Vec::new();
    for (file, label) in labels.as_object().unwrap() {
        let text = reference::read(&format!("anomaly/{file}"))?;
        let (times, values) = reference::rows(&text)
            .map(|row| (seconds(row[0]), row[1].parse::<f64>().unwrap()))
            .unzip();
        let end = |window: &serde_json::Value, i: usize| seconds(window[i].as_str().unwrap());
        let windows =
            label["windows"].as_array().unwrap().iter().map(|w| (end(w, 0), end(w, 1))).collect();
        files.push((file.clone(), times, values, windows));
    }
    Some(files)
}

/// Windows hit, and anomalies outside of every window.
fn hits_and_alarms((_, times, values, windows): &Labelled, settings: &Settings) -> (usize, usize) {
    let anomalies = detect(times, values, settings).unwrap().anomalies;
    let overlap = |a: &super::Anomaly, w: &(i64, i64)| a.from_s <= w.1 && w.0 <= a.to_s;
    let hit = windows.iter().filter(|w| anomalies.iter().any(|a| overlap(a, w))).count();
    let outside = anomalies.iter().filter(|a| !windows.iter().any(|w| overlap(a, w))).count();
    (hit, outside)
}

#[test]
fn no_reference_detector_hits_more_labelled_windows_and_none_as_many_at_fewer_false_alarms() {
    let (Some(files), Some(others)) =
        (labelled(), reference::json("anomaly/reference_detectors.json"))
    else {
        return;
    };
    let mut together = (0, 0);
    for file in &files {
        let (hit, outside) = hits_and_alarms(file, &Settings::default());
        println!("{}: {hit} of {} windows, {outside} alarms outside", file.0, file.3.len());
        together = (together.0 + hit, together.1 + outside);
    }
    println!("together: {} windows, {} alarms outside", together.0, together.1);
    let mut totals: std::collections::BTreeMap<&str, (usize, usize)> =
        std::collections::BTreeMap::new();
    for detectors in others.as_object().unwrap().values() {
        for (name, result) in detectors.as_object().unwrap() {
            let count = |field: &str| result[field].as_u64().unwrap() as usize;
            let total = totals.entry(name).or_default();
            *total =
                (total.0 + count("windows_hit"), total.1 + count("false_positive_episodes_6h"));
        }
    }
    for (name, (hits, alarms)) in totals {
        println!("{name}: {hits} windows, {alarms} alarms outside");
        assert!(together.0 > hits || (together.0 == hits && together.1 < alarms), "{name}");
    }
    assert!(together.0 >= 19 && together.1 <= 12, "{together:?}");
}

#[test]
fn the_budget_trades_hits_for_false_alarms() {
    let Some(files) = labelled() else { return };
    let mut last = (0, 0);
    for budget in [0.01, 0.1, 0.3, 1.0, 3.0, 10.0] {
        let settings = Settings { false_alarms_a_year: budget, ..Settings::default() };
        let sum = files
            .iter()
            .map(|file| hits_and_alarms(file, &settings))
            .fold((0, 0), |s, x| (s.0 + x.0, s.1 + x.1));
        println!("{budget} a year: {} of 20 windows, {} alarms outside", sum.0, sum.1);
        assert!(sum.0 >= last.0);
        last = sum;
    }
}

#[test]
fn a_slow_rise_is_a_drift_and_ordinary_weeks_are_none() {
    for seed in 0..10 {
        let (times, mut values) = visits(26, 300 + seed);
        let quiet = super::slow_drifts(&times, &values, &Settings::default()).unwrap();
        assert!(quiet.is_empty(), "{seed}: {quiet:?}");
        // One percent a week, too slow for any day to stand out.
        let from = 60 * 24;
        for (hour, value) in values.iter_mut().enumerate().skip(from) {
            *value *= 1.0 + 0.01 * (hour - from) as f64 / 168.0;
        }
        let drifts = super::slow_drifts(&times, &values, &Settings::default()).unwrap();
        let shifts = level_shifts(&times, &values, &Settings::default()).unwrap();
        assert!(!drifts.is_empty() || !shifts.is_empty(), "{seed}");
        if let Some(first) = drifts.first() {
            assert!(first.now > first.before && first.from_s < first.noticed_s, "{first:?}");
        }
    }
}

#[test]
fn a_level_that_has_just_changed_is_known_to_be_new() {
    let (times, mut values) = visits(12, 77);
    let before = super::recent_change(&times, &values, &Settings::default()).unwrap().unwrap();
    assert!(before.probability < 0.3, "{before:?}");
    let from = values.len() - 6 * 24;
    values[from..].iter_mut().for_each(|v| *v *= 1.4);
    let after = super::recent_change(&times, &values, &Settings::default()).unwrap().unwrap();
    assert!(after.probability > 0.9 && after.days.abs_diff(6) <= 1, "{after:?}");
}
