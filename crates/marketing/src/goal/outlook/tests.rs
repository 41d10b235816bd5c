//! Small histories worked by hand.

use jiff::civil::date;

use super::*;

/// Eight weeks from Monday 2 February to Sunday 29 March 2026 with the same week each: 10 on weekdays, 0 at
/// weekends.
fn weeks() -> Vec<DayValue> {
    let first = date(2026, 2, 2);
    first
        .series(1.day())
        .take(56)
        .map(|day| {
            let weekend = day.weekday().to_monday_zero_offset() >= 5;
            DayValue { day, numerator: if weekend { 0.0 } else { 10.0 }, denominator: 1.0 }
        })
        .collect()
}

fn goal(counting: Counting, target: f64) -> Goal {
    // Monday 23 March to Sunday 5 April: one week is over, one is ahead.
    Goal {
        counting,
        better: Better::More,
        target,
        start: date(2026, 3, 23),
        deadline: date(2026, 4, 5),
    }
}

fn answer(goal: &Goal, days: &[DayValue]) -> Outlook {
    let history = History { days, complete_to: date(2026, 3, 29), absent_is_zero: true };
    outlook(goal, &history, Effort::NIGHTLY, 7).expect("an outlook")
}

#[test]
fn a_week_that_always_repeats_makes_the_sum_certain() {
    let days = weeks();
    let sure = answer(&goal(Counting::Sum, 95.0), &days);
    assert_eq!((sure.so_far, sure.days_left), (Some(50.0), 7));
    assert!(sure.probability > 0.99 && (sure.expected - 100.0).abs() < 1.0, "{sure:?}");
    assert!(answer(&goal(Counting::Sum, 120.0), &days).probability < 0.05);
    // Monday to Friday of the second week, nothing at the weekend.
    let required: Vec<f64> = sure.required.days.iter().map(|(_, value)| value.round()).collect();
    assert_eq!(required, [9.0, 9.0, 9.0, 9.0, 9.0, 0.0, 0.0]);
    // Half of the target is due after the first week.
    assert_eq!(
        sure.path.iter().find(|(day, _)| *day == date(2026, 3, 29)).map(|(_, value)| value.round()),
        Some(48.0)
    );
    assert!((sure.pace.expect("a pace") - 50.0 / 47.5).abs() < 0.02, "{:?}", sure.pace);
    assert_eq!(sure.fan.len(), 7);
    assert!((sure.gap - 5.0).abs() < 1.0);
}

#[test]
fn days_whose_cause_is_known_count_but_nothing_is_expected_of_them() {
    // The site was down from Monday 16 March on, for a week and a day.
    let outage = (date(2026, 3, 16), date(2026, 3, 23));
    let mut days = weeks();
    for day in days.iter_mut().filter(|day| outage.0 <= day.day && day.day <= outage.1) {
        day.numerator = 0.0;
    }
    let history = History { days: &days, complete_to: date(2026, 3, 29), absent_is_zero: true };
    let ask = |known: &[(Date, Date)]| {
        let goal = goal(Counting::Sum, 80.0);
        outlook_beside(&goal, &history, known, Effort::NIGHTLY, 7).expect("an outlook")
    };
    // Tuesday to Friday brought 40; the week ahead brings 50, as every other one did.
    let told = ask(&[outage]);
    assert_eq!(told.so_far, Some(40.0));
    assert!((told.expected - 90.0).abs() < 5.0 && told.probability > 0.9, "{}", told.expected);
    // Eight of the last 28 days teach nothing: 14 of the other 20 brought ten.
    assert!((told.required.usual - 7.0).abs() < 1e-9, "{}", told.required.usual);
    let untold = ask(&[]);
    assert_eq!(untold.so_far, Some(40.0));
    assert!(untold.expected < 80.0, "{} {}", untold.expected, told.expected);
}

#[test]
fn a_level_stands_where_a_known_cause_put_it_and_goes_on_as_before() {
    // Fifty more a day; on 11 March the network removed 2,000 robots.
    let days: Vec<DayValue> = date(2026, 1, 5)
        .series(1.day())
        .take(84)
        .enumerate()
        .map(|(at, day)| {
            let removed = if day >= date(2026, 3, 11) { 2_000.0 } else { 0.0 };
            let numerator = 10_000.0 + 50.0 * at as f64 - removed;
            DayValue { day, numerator, denominator: 1.0 }
        })
        .collect();
    let history = History { days: &days, complete_to: date(2026, 3, 29), absent_is_zero: false };
    let goal = Goal {
        counting: Counting::EndLevel,
        better: Better::More,
        target: 13_400.0,
        start: date(2026, 3, 30),
        deadline: date(2026, 4, 26),
    };
    let known = [(date(2026, 3, 11), date(2026, 3, 11))];
    let found = outlook_beside(&goal, &history, &known, Effort::NIGHTLY, 1).expect("an outlook");
    // 12,150 on the last day, and 28 more days of fifty.
    assert!((found.expected - 13_550.0).abs() < 30.0 && found.probability > 0.9, "{found:?}");
}

#[test]
fn a_forecast_says_what_such_forecasts_were_worth() {
    // 28 weeks of 100 a day, and what every weekday adds, up to 12 off.
    let days: Vec<DayValue> = date(2025, 9, 15)
        .series(1.day())
        .take(196)
        .enumerate()
        .map(|(at, day)| {
            let noise = ((at * 7919) % 101) as f64 * 0.24 - 12.0;
            let weekday = f64::from(day.weekday().to_monday_zero_offset());
            DayValue { day, numerator: 100.0 + 10.0 * weekday + noise, denominator: 1.0 }
        })
        .collect();
    let told = answer(&goal(Counting::Sum, 1_800.0), &days);
    let mase = told.mase.expect("enough past");
    // Repeating the last week is off by the noise of two days: √2 times that of the mean of many weeks.
    assert!((0.5..0.95).contains(&mase), "{mase}");
    let coverage = told.coverage80.expect("enough past");
    assert!((0.65..=1.0).contains(&coverage), "{coverage}");
    let short = answer(&goal(Counting::Sum, 95.0), &weeks()[51..]);
    assert_eq!((short.mase, short.coverage80), (None, None));
}

#[test]
fn a_ratio_weighs_its_days_and_a_lower_one_may_be_better() {
    // Replies: 2 hours on weekdays with 10 requests, 8 hours at weekends with 1.
    let days: Vec<DayValue> = weeks()
        .into_iter()
        .map(|day| {
            let (hours, requests) = if day.numerator > 0.0 { (2.0, 10.0) } else { (8.0, 1.0) };
            DayValue { numerator: hours * requests, denominator: requests, ..day }
        })
        .collect();
    // (5·20 + 2·8) / 52 = 2.2308 in every week.
    let ask = |target: f64| {
        let goal = Goal { better: Better::Less, ..goal(Counting::Ratio { scale: 1.0 }, target) };
        answer(&goal, &days)
    };
    let sure = ask(2.3);
    assert!((sure.so_far.expect("figures") - 116.0 / 52.0).abs() < 1e-9);
    assert!(sure.probability > 0.95 && (sure.expected - 2.2308).abs() < 0.05, "{}", sure.expected);
    assert!(sure.gap > 0.0);
    assert!(ask(2.0).probability < 0.05);
}

#[test]
fn the_last_days_stand_on_each_day_as_a_level_does() {
    let days = weeks();
    let of = |rolling, target, deadline| {
        answer(&Goal { deadline, ..goal(Counting::Rolling(rolling), target) }, &days)
    };
    // Any seven days have 50, whether they are over or ahead.
    let week = of(Rolling::Week, 48.0, date(2026, 4, 5));
    assert_eq!((week.so_far, week.days_left), (Some(50.0), 7));
    assert!(week.probability > 0.99 && (week.expected - 50.0).abs() < 0.5, "{week:?}");
    assert!((week.path[13].1 - 48.0).abs() < 1e-9 && (week.path[6].1 - 49.0).abs() < 1e-9);
    assert!(week.fan.iter().all(|day| (day.expected - 50.0).abs() < 1.0), "{:?}", week.fan);
    assert!((week.required.needed - 48.0 / 7.0).abs() < 1e-9);
    assert!(of(Rolling::Week, 52.0, date(2026, 4, 5)).probability < 0.05);
    // Ten weeks ahead only the last seven days have to bring it.
    let far = of(Rolling::Week, 48.0, date(2026, 6, 7));
    assert!((far.expected - 50.0).abs() < 2.0, "{}", far.expected);
    assert_eq!((far.required.days.len(), far.required.days[0].0), (7, date(2026, 6, 1)));
    assert!((far.required.needed - 48.0 / 7.0).abs() < 1e-9);
    // 30 days from 7 March to 5 April have four whole weeks, of which three are over.
    let month = of(Rolling::Month, 190.0, date(2026, 4, 5));
    assert_eq!(month.so_far, Some(200.0));
    assert!(month.probability > 0.99 && (month.expected - 200.0).abs() < 1.0, "{}", month.expected);
    assert!((month.required.needed - 40.0 / 7.0).abs() < 1e-9);
}

#[test]
fn a_month_that_climbs_is_judged_by_its_last_days() {
    // 100 a day, and two more each day: 100 + 2t. Day 179 has 458; its last 30 days have 12,870.
    let first = date(2026, 1, 1);
    let days: Vec<DayValue> = first
        .series(1.day())
        .take(120)
        .enumerate()
        .map(|(at, day)| DayValue { day, numerator: 100.0 + 2.0 * at as f64, denominator: 1.0 })
        .collect();
    let history = History { days: &days, complete_to: date(2026, 4, 30), absent_is_zero: true };
    let goal = Goal {
        counting: Counting::Rolling(Rolling::Month),
        better: Better::More,
        target: 12_000.0,
        start: date(2026, 5, 1),
        deadline: date(2026, 6, 29),
    };
    let found = outlook(&goal, &history, Effort::NIGHTLY, 1).expect("an outlook");
    // The 30 days before the start have 9,270: the path climbs from there.
    assert!((found.path[0].1 - (9_270.0 + 2_730.0 / 60.0)).abs() < 1e-6, "{}", found.path[0].1);
    assert!(found.expected > 11_000.0 && found.expected < 14_500.0, "{}", found.expected);
    assert_eq!(found.fan.len(), 60);
}

#[test]
fn weeks_that_meet_a_threshold_are_counted() {
    let days = weeks();
    let two = answer(&goal(Counting::Weeks { threshold: 45.0 }, 2.0), &days);
    assert!(two.probability > 0.95, "{}", two.probability);
    assert_eq!(two.so_far, Some(1.0));
    assert!(answer(&goal(Counting::Weeks { threshold: 55.0 }, 1.0), &days).probability < 0.05);
}

#[test]
fn a_level_ends_where_its_trend_leads() {
    let first = date(2026, 1, 5);
    let days: Vec<DayValue> = first
        .series(1.day())
        .take(84)
        .enumerate()
        .map(|(at, day)| DayValue { day, numerator: 10_000.0 + 50.0 * at as f64, denominator: 1.0 })
        .collect();
    let history = History { days: &days, complete_to: date(2026, 3, 29), absent_is_zero: false };
    let ask = |target: f64| {
        let goal = Goal {
            counting: Counting::EndLevel,
            better: Better::More,
            target,
            start: date(2026, 3, 30),
            deadline: date(2026, 4, 26),
        };
        outlook(&goal, &history, Effort::NIGHTLY, 1).expect("an outlook")
    };
    // 84 days of 50 give 14,150 on the last day; 28 more give 15,550.
    let reached = ask(15_000.0);
    assert!(reached.probability > 0.9, "{} {}", reached.probability, reached.expected);
    assert!(ask(17_000.0).probability < 0.1);
    assert_eq!(reached.so_far, None);
    assert!((reached.path[27].1 - 15_000.0).abs() < 1e-6 && reached.path[0].1 < 14_300.0);
}

#[test]
fn a_period_that_is_over_is_certain() {
    let days = weeks();
    let past =
        Goal { start: date(2026, 3, 2), deadline: date(2026, 3, 15), ..goal(Counting::Sum, 100.0) };
    let reached = answer(&past, &days);
    assert_eq!((reached.probability, reached.expected, reached.days_left), (1.0, 100.0, 0));
    assert_eq!(answer(&Goal { target: 100.5, ..past }, &days).probability, 0.0);
    let level = Goal { counting: Counting::EndLevel, target: 0.0, ..past };
    assert_eq!(answer(&level, &days).probability, 1.0);
}

#[test]
fn without_figures_or_days_there_is_no_answer() {
    let history = History { days: &[], complete_to: date(2026, 3, 29), absent_is_zero: true };
    let none = outlook(&goal(Counting::Sum, 1.0), &history, Effort::NIGHTLY, 1);
    assert_eq!(none, Err(OutlookError::NoData));
    let days = weeks();
    let back = Goal { deadline: date(2026, 3, 1), ..goal(Counting::Sum, 1.0) };
    let history = History { days: &days, complete_to: date(2026, 3, 29), absent_is_zero: true };
    assert_eq!(outlook(&back, &history, Effort::NIGHTLY, 1), Err(OutlookError::NoPeriod));
    let few = History { days: &days[..3], complete_to: date(2026, 2, 4), absent_is_zero: true };
    assert!(matches!(
        outlook(&goal(Counting::Sum, 1.0), &few, Effort::NIGHTLY, 1),
        Err(OutlookError::Forecast(ForecastError::TooShort { .. }))
    ));
}

#[test]
fn other_targets_have_their_probability_too() {
    let mut found = answer(&goal(Counting::Sum, 95.0), &weeks());
    assert_eq!(found.outcomes.len(), 101);
    found.outcomes = (0..=100).map(f64::from).collect();
    assert_eq!(found.probability_of(30.0, Better::More), Some(0.7));
    assert_eq!(found.probability_of(30.5, Better::Less), Some(0.305));
    assert_eq!(found.probability_of(-1.0, Better::More), Some(1.0));
    assert_eq!(found.probability_of(101.0, Better::More), Some(0.0));
    found.outcomes.clear();
    assert_eq!(found.probability_of(1.0, Better::More), None);
}
