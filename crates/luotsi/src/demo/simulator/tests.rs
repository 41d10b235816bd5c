use std::collections::{BTreeMap, HashSet};

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use super::*;

const FIRST: Date = date(2025, 11, 21);

fn simulator() -> Simulator {
    let zone = TimeZone::get("Europe/Helsinki").unwrap();
    Simulator::new(1, "kaira-outdoor.example", zone, FIRST, "EUR".parse().unwrap())
}

fn days(from: Date, count: i32) -> impl Iterator<Item = Date> {
    (0..count).map(move |day| from.saturating_add(day.days()))
}

/// Every ninth day: enough for shares, a ninth of the work.
fn sample() -> Vec<SimulatedVisit> {
    let simulator = simulator();
    days(FIRST, 365).step_by(9).flat_map(|day| simulator.visits_of(day)).collect()
}

fn people(visits: &[SimulatedVisit]) -> impl Iterator<Item = &SimulatedVisit> {
    visits.iter().filter(|visit| visit.events[0].bot_reason.is_none())
}

#[test]
fn the_same_day_is_the_same_again() {
    let (one, other) =
        (simulator().visits_of(date(2026, 5, 5)), simulator().visits_of(date(2026, 5, 5)));
    let events = |visits: Vec<SimulatedVisit>| -> Vec<Event> {
        visits.into_iter().flat_map(|visit| visit.events).collect()
    };
    assert_eq!(events(one), events(other));
}

#[test]
fn every_event_has_an_id_of_its_own_and_lies_in_its_visit() {
    let visits = sample();
    let mut ids = HashSet::new();
    for visit in &visits {
        assert!(!visit.events.is_empty());
        assert!(visit.events.windows(2).all(|pair| pair[0].at_us <= pair[1].at_us));
        for event in &visit.events {
            assert!(ids.insert(event.event_id));
            let after_us = event.at_us - visit.start_us;
            assert!((0..40 * 60_000_000).contains(&after_us), "{} after {after_us}", event.name);
        }
    }
}

#[test]
fn a_year_is_some_hundred_thousand_events() {
    let events: usize = sample().iter().map(|visit| visit.events.len()).sum();
    assert!((300_000..600_000).contains(&(events * 9)), "{}", events * 9);
}

#[test]
fn nobody_pays_who_did_not_put_something_into_the_cart() {
    for visit in people(&sample()) {
        let position = |name: &str| visit.events.iter().position(|event| event.name == name);
        let steps = ["view_item", "add_to_cart", "begin_checkout", "purchase"].map(position);
        for pair in steps.windows(2) {
            if let [earlier, Some(later)] = pair {
                assert!(earlier.is_some_and(|earlier| earlier < *later), "{steps:?}");
            }
        }
        for event in visit.events.iter().filter(|event| event.name == "purchase") {
            assert!(event.revenue.is_some_and(|revenue| revenue.minor_units >= 1_000));
            assert!(event.transaction_id.is_some());
        }
    }
}

#[test]
fn orders_are_numbered_apart_and_about_one_visit_in_forty_ends_in_one() {
    let visits = sample();
    let orders: Vec<_> = people(&visits)
        .flat_map(|visit| &visit.events)
        .filter_map(|event| event.transaction_id.clone())
        .collect();
    assert_eq!(orders.iter().collect::<HashSet<_>>().len(), orders.len());
    let share = orders.len() as f64 / people(&visits).count() as f64;
    assert!((0.015..0.04).contains(&share), "{share}");
}

#[test]
fn the_channels_have_the_shares_of_a_shop() {
    let visits = sample();
    let mut channels: BTreeMap<String, usize> = BTreeMap::new();
    for visit in people(&visits) {
        *channels.entry(visit.events[0].acquisition.channel.clone()).or_default() += 1;
    }
    let total = people(&visits).count() as f64;
    let share = |channel: &str| channels.get(channel).copied().unwrap_or_default() as f64 / total;
    assert!((0.28..0.5).contains(&share("Organic Search")), "{channels:?}");
    assert!(share("Email") > 0.03 && share("AI Assistant") > 0.01, "{channels:?}");
    assert!(!channels.contains_key("Unassigned"), "{channels:?}");
}

#[test]
fn about_four_visits_in_ten_see_one_page_only() {
    let visits = sample();
    let bounced = people(&visits)
        .filter(|visit| visit.events.iter().filter(|event| event.interactive).count() == 1)
        .count();
    let share = bounced as f64 / people(&visits).count() as f64;
    assert!((0.35..0.55).contains(&share), "{share}");
}

#[test]
fn crawlers_are_tagged_and_few() {
    let visits = sample();
    let bots = visits.len() - people(&visits).count();
    assert!((1..visits.len() / 15).contains(&bots), "{bots} of {}", visits.len());
}

#[test]
fn extra_visits_are_others_than_those_of_the_day() {
    let simulator = simulator();
    let day = date(2026, 11, 21);
    let ids: HashSet<_> = simulator
        .visits_of(day)
        .iter()
        .flat_map(|visit| visit.events.clone())
        .map(|event| event.event_id)
        .collect();
    let extra = simulator.extra_visit(day, 1_795_000_000_000_000);
    assert_eq!(extra.events[0].at_us, 1_795_000_000_000_000);
    assert!(extra.events.iter().all(|event| !ids.contains(&event.event_id)));
}
