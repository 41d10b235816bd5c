//! Every code, and the eight goals that the product is for.

use jiff::civil::date;
use serde_json::json;

use super::*;
use crate::goal::Locale;
use crate::goal::outlook::{Counting, Effort, Goal, History, outlook};
use crate::goal::reading::{self, Aim, read};
use crate::metric::{Better, Nature, ready};
use crate::phrase;

const TODAY: Date = date(2026, 4, 7);

/// A year of days up to yesterday around a level, with a week and some noise that repeats.
fn year(level: f64, growth: f64, of: f64) -> Vec<DayValue> {
    wandering(level, growth, of, 0.0)
}

/// The same, with a level that wanders by a share a day.
fn wandering(level: f64, growth: f64, of: f64, step: f64) -> Vec<DayValue> {
    let first = TODAY.saturating_sub(365.days());
    let (mut state, mut walk) = (12_345_u64, 0.0_f64);
    first
        .series(1.day())
        .take(365)
        .enumerate()
        .map(|(at, day)| {
            let week = if day.weekday().to_monday_zero_offset() >= 5 { 0.8 } else { 1.08 };
            let noise = 1.0 + 0.1 * (((at * 7919) % 101) as f64 / 50.0 - 1.0);
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            walk += step * ((state >> 33) as f64 / f64::from(u32::MAX >> 1) - 0.5);
            let value = (level + growth * at as f64) * walk.exp() * week * noise;
            DayValue { day, numerator: value * of, denominator: of }
        })
        .collect()
}

fn facts<'a>(history: &'a [DayValue], outlook: Option<&'a Outlook>) -> Facts<'a> {
    Facts {
        metric: "orders",
        writing: Writing { nature: Nature::Flow, currency: None },
        narrowed: true,
        observed: false,
        history,
        arrived: history.last().map(|day| day.day),
        every_days: 1,
        outlook,
        objective: Some("Grow the shop"),
        tie: None,
        budget_months: None,
        start: TODAY,
        deadline: Some(date(2026, 7, 7)),
        today: TODAY,
        twin: None,
        owner: Some("Aino"),
        active_of_owner: 3,
        active_of_team: 9,
    }
}

fn problems(facts: &Facts) -> Vec<&'static str> {
    let all = lint(facts);
    assert!(all.iter().all(|verdict| CODES.contains(&verdict.code())), "{all:?}");
    let bad = all.into_iter().filter(|verdict| verdict.level != Level::Ok);
    bad.map(|verdict| verdict.code()).collect()
}

#[test]
fn each_mistake_has_its_code() {
    let history = year(100.0, 0.0, 1.0);
    let good = facts(&history, None);
    assert_eq!(problems(&good), ["no_forecast"]);
    let code = |change: &dyn Fn(&mut Facts)| {
        let mut facts = good.clone();
        change(&mut facts);
        problems(&facts).into_iter().find(|code| *code != "no_forecast")
    };
    assert_eq!(code(&|facts| facts.narrowed = false), Some("unsegmented"));
    assert_eq!(code(&|facts| facts.twin = Some("Orders 2026")), Some("duplicate"));
    assert_eq!(code(&|facts| facts.owner = None), Some("owner_missing"));
    assert_eq!(code(&|facts| facts.history = &[]), Some("no_data_ever"));
    assert_eq!(code(&|facts| facts.arrived = None), Some("no_data_ever"));
    assert_eq!(code(&|facts| facts.today = date(2026, 4, 20)), Some("no_data_arriving"));
    assert_eq!(code(&|facts| facts.objective = None), Some("no_objective"));
    assert_eq!(code(&|facts| facts.deadline = None), Some("no_deadline"));
    assert_eq!(code(&|facts| facts.deadline = Some(date(2026, 4, 6))), Some("deadline_past"));
    assert_eq!(code(&|facts| facts.active_of_owner = 8), Some("too_many_for_person"));
    assert_eq!(code(&|facts| facts.active_of_team = 13), Some("too_many_for_team"));
    assert_eq!(code(&|facts| facts.active_of_owner = 7), None);
    assert_eq!(code(&|facts| facts.active_of_team = 12), None);
    let zeros: Vec<DayValue> =
        history.iter().map(|day| DayValue { numerator: 0.0, ..*day }).collect();
    assert_eq!(problems(&facts(&zeros, None))[0], "flat_zero_history");
    let mut vanity = good.clone();
    (vanity.metric, vanity.narrowed) = ("likes", false);
    assert_eq!(problems(&vanity), ["unsegmented", "no_forecast", "vanity_untied"]);
}

#[test]
fn a_weekly_figure_is_not_late_after_a_week() {
    let weekly: Vec<DayValue> = year(100.0, 0.0, 1.0).into_iter().step_by(7).collect();
    let mut facts = facts(&weekly, None);
    facts.every_days = 7;
    assert_eq!(problems(&facts), ["no_forecast"]);
    facts.today = date(2026, 4, 30);
    assert_eq!(problems(&facts)[0], "no_data_arriving");
}

#[test]
fn too_hard_and_too_easy_targets_come_with_a_better_one() {
    let history = year(100.0, 0.0, 1.0);
    let past = History { days: &history, complete_to: date(2026, 4, 6), absent_is_zero: true };
    let ask = |target: f64| {
        let goal = Goal {
            counting: Counting::Sum,
            better: Better::More,
            target,
            start: TODAY,
            deadline: date(2026, 7, 7),
        };
        outlook(&goal, &past, Effort::NIGHTLY, 3).expect("an outlook")
    };
    let (hard, easy) = (ask(20_000.0), ask(5_000.0));
    let low = lint(&facts(&history, Some(&hard)));
    let low = low.iter().find(|verdict| verdict.code() == "probability_low").expect("too hard");
    assert_eq!(low.level, Level::Warning);
    assert!(low.evidence.text(Locale::En).contains("of <1%"), "{}", low.evidence.text(Locale::En));
    assert!(problems(&facts(&history, Some(&easy))).contains(&"probability_high"));
    // About 92 · 100.
    assert!((hard.target - 9_200.0).abs() < 500.0, "{}", hard.target);
}

fn link(associated: bool) -> Tie {
    let outcome = "revenue".to_owned();
    Tie::Known(Link { outcome, lag: 3, correlation: 0.4, p_value: 0.01, associated, days: 200 })
}

#[test]
fn a_vanity_metric_has_to_move_with_the_outcome() {
    let history = year(100.0, 0.0, 1.0);
    let mut followers = facts(&history, None);
    (followers.metric, followers.observed) = ("followers", true);
    // Of one account, which is what people set goals on.
    assert!(followers.narrowed);
    assert_eq!(problems(&followers), ["no_forecast", "vanity_untied"]);
    let (moves, unrelated) = (link(true), link(false));
    let not_yet = Tie::NotYet { outcome: "revenue".to_owned(), figures: 12 };
    let with = |tie| problems(&Facts { tie: Some(tie), ..followers.clone() });
    assert_eq!(with(&moves), ["no_forecast"]);
    assert_eq!(with(&unrelated), ["no_forecast", "metric_unrelated_to_outcome"]);
    assert_eq!(with(&not_yet), ["no_forecast", "link_not_yet_known"]);
    // Visits of a segment are someone's; all visits are vanity.
    let visits = Facts { metric: "visits", ..facts(&history, None) };
    assert_eq!(problems(&visits), ["no_forecast"]);
    let all = Facts { narrowed: false, ..visits };
    assert_eq!(problems(&all), ["unsegmented", "no_forecast", "vanity_untied"]);
}

#[test]
fn a_budget_is_for_two_years_unless_the_campaign_is_short() {
    let history = year(100.0, 0.0, 1.0);
    let spread = |months, deadline| {
        let facts =
            Facts { budget_months: months, deadline: Some(deadline), ..facts(&history, None) };
        let found = lint(&facts);
        found.iter().map(Verdict::code).find(|code| code.starts_with("budget"))
    };
    // 92 days from 7 April are a quarter.
    let (short, long) = (date(2026, 7, 7), date(2026, 7, 8));
    assert_eq!(spread(Some(4), long), Some("budget_not_spread"));
    assert_eq!(spread(Some(23), long), Some("budget_not_spread"));
    assert_eq!(spread(Some(24), long), Some("budget_spread"));
    assert_eq!(spread(Some(4), short), None);
    assert_eq!(spread(None, long), None, "nothing is planned");
}

#[test]
fn a_rare_event_is_not_missing_while_the_site_sends_others() {
    let first = TODAY.saturating_sub(200.days());
    // A lead on every seventh day, until some days ago.
    let leads = |every: i64, until: i64| -> Vec<DayValue> {
        let make = |(at, day): (i64, Date)| {
            let came = at % every == 0 && at < 200 - until;
            DayValue { day, numerator: f64::from(u8::from(came)), denominator: 1.0 }
        };
        (0..).zip(first.series(1.day()).take(200)).map(make).collect()
    };
    let ask = |history: &[DayValue], arrived: Date| {
        let facts = Facts { arrived: Some(arrived), ..facts(history, None) };
        problems(&facts).into_iter().find(|code| *code != "no_forecast")
    };
    let yesterday = TODAY.saturating_sub(1.day());
    assert_eq!(ask(&leads(7, 5), yesterday), None);
    assert_eq!(ask(&leads(7, 20), yesterday), None);
    assert_eq!(ask(&leads(7, 30), yesterday), Some("flat_zero_history"));
    // Once a month: five weeks without are nothing unusual.
    assert_eq!(ask(&leads(30, 35), yesterday), None);
    // Where nothing at all arrives, tracking is broken.
    assert_eq!(ask(&leads(7, 0), TODAY.saturating_sub(8.days())), Some("no_data_arriving"));
    assert_eq!(ask(&[], yesterday), Some("no_data_ever"));
}

#[test]
fn goals_that_count_the_same_on_the_same_days_are_duplicates() {
    let (a, b) =
        (json!(["is", "visit:channel", ["Email"]]), json!(["is", "visit:country", ["FI"]]));
    let (one, two) = ([a.clone(), b.clone()], [b, a.clone()]);
    let goal = |id, filters| Counted {
        id,
        metric: "orders",
        filters,
        start: date(2026, 4, 1),
        deadline: date(2026, 6, 30),
    };
    let others = [goal("1", &one[..])];
    assert_eq!(duplicate(&goal("2", &two[..]), &others), Some("1"));
    assert_eq!(duplicate(&goal("1", &two[..]), &others), None);
    assert_eq!(duplicate(&goal("2", &one[..1]), &others), None);
    let later =
        Counted { start: date(2026, 7, 1), deadline: date(2026, 9, 30), ..goal("2", &one[..]) };
    assert_eq!(duplicate(&later, &others), None);
}

#[test]
fn every_verdict_has_its_words() {
    for code in CODES {
        assert!(phrase::is_known(code), "{code}");
    }
}

/// From the sentence to the verdicts, with a past that makes each of them a sound goal.
#[test]
fn the_eight_goals_the_product_is_for_are_read_and_pass() {
    // Sentence; metric; level, growth a day and denominator of its past; baseline of a change in percent.
    let goals: [(&str, &str, f64, f64, f64); 8] = [
        ("+5,000 page likes on Facebook in 3 months", "likes", 20_000.0, 45.0, 1.0),
        (
            "Keyword \"wool socks\" to the search TOP 10 in 6 months",
            "keyword_position",
            30.0,
            -0.05,
            1.0,
        ),
        ("+2,000 email subscribers in 3 months", "subscribers", 8_000.0, 20.0, 1.0),
        ("Site traffic from organic search +30 % in 6 months", "visits", 400.0, 3.0, 1.0),
        (
            "Conversion rate +5 % on mobile in 3 months by less cart abandonment",
            "conversion_rate",
            2.0,
            0.0004,
            900.0,
        ),
        (
            "Mean customer-service reply time down to 2 h in 3 months",
            "reply_time",
            11_500.0,
            -14.0,
            40.0,
        ),
        (
            "Instagram followers from 10k to 20k this quarter, to lift sales, with an agency",
            "followers",
            2_000.0,
            30.0,
            1.0,
        ),
        (
            "Organic search visitors from 70,000 to 80,000 a month through links and rankings by the end of the year",
            "visitors",
            1_500.0,
            1.2,
            1.0,
        ),
    ];
    for (sentence, metric, level, growth, of) in goals {
        let context =
            reading::Context { today: TODAY, locale: Locale::En, conversions: &[], campaigns: &[] };
        let read = read(sentence, &context);
        assert_eq!(read.questions, [], "{sentence}");
        assert_eq!(read.metric.as_ref().map(|part| part.value), Some(metric), "{sentence}");
        let known = ready(metric).expect("in the dictionary");
        let history = wandering(level, growth, of, 0.06);
        let smooth: Vec<DayValue> = if matches!(known.nature, Nature::Stock | Nature::Rank) {
            // Stocks have no week: they stand.
            history
                .iter()
                .map(|day| {
                    let week =
                        if day.day.weekday().to_monday_zero_offset() >= 5 { 0.8 } else { 1.08 };
                    DayValue { numerator: day.numerator / week, ..*day }
                })
                .collect()
        } else {
            history
        };
        let counting = match known.nature {
            Nature::Stock | Nature::Rank => Counting::EndLevel,
            Nature::Share => Counting::Ratio { scale: 1.0 },
            Nature::Duration => Counting::Ratio { scale: 1.0 },
            _ => read.repeated().map_or(Counting::Sum, |repeated| repeated.counting),
        };
        let past = History { days: &smooth, complete_to: date(2026, 4, 6), absent_is_zero: false };
        let target = read.target.as_ref().expect("a target").value;
        let deadline = read.deadline.as_ref().expect("a deadline").value;
        let start = read.start.value;
        let days = days_between(start, deadline) as f64;
        let last = smooth.last().expect("days");
        let mean =
            smooth.iter().rev().take(28).map(|day| day.numerator / day.denominator).sum::<f64>()
                / 28.0;
        let value = match (target.aim, counting) {
            (Aim::Value, _) => target.number,
            (Aim::Change, _) => last.numerator + target.number,
            (_, Counting::Sum) => mean * days * (1.0 + target.number / 100.0),
            _ => mean * (1.0 + target.number / 100.0),
        };
        let goal = Goal { counting, better: known.better, target: value, start, deadline };
        let found = outlook(&goal, &past, Effort::NIGHTLY, 5).expect("an outlook");
        let mut facts = facts(&smooth, Some(&found));
        facts.metric = metric;
        facts.narrowed = !read.segments.is_empty() || !known.is_of_events();
        facts.observed = !known.is_of_events();
        facts.writing.nature = known.nature;
        facts.start = start;
        facts.deadline = Some(deadline);
        // Likes and followers are sound once they move with what they are for.
        let vain = ["likes", "followers"].contains(&metric);
        let wanted: &[&str] = if vain { &["vanity_untied"] } else { &[] };
        assert_eq!(problems(&facts), wanted, "{sentence}: {} of {value}", found.expected);
        let moves = link(true);
        facts.tie = Some(&moves);
        assert_eq!(problems(&facts), Vec::<&str>::new(), "{sentence}");
    }
}
