//! Visits in memory: what arrives late, ahead, or in masses.

use super::*;
use crate::testing::{MINUTE_US, page_view};

const NOW_US: i64 = 20_000 * 86_400_000_000;
const DAY_US: i64 = 86_400_000_000;

/// The visit of an event that arrives when it happens.
fn stamp(sessions: &mut Sessions, mut event: Event) -> Visit {
    sessions.stamp(&mut event, i64::MAX, &Rules::default()).clone()
}

/// Visits of a visitor's page views at these minutes, in the order in which they arrive, all now.
fn visits_of(sessions: &mut Sessions, minutes: &[i64]) -> Vec<i64> {
    let mut visit = |(id, minute): (usize, &i64)| {
        let mut event = page_view(id as i64, NOW_US + minute * MINUTE_US);
        sessions.stamp(&mut event, NOW_US, &Rules::default()).session_id
    };
    minutes.iter().enumerate().map(&mut visit).collect()
}

fn by(visitor_id: i64, at_us: i64) -> Event {
    Event { visitor_id, ..page_view(visitor_id, at_us) }
}

fn different(mut visits: Vec<i64>) -> usize {
    visits.sort_unstable();
    visits.dedup();
    visits.len()
}

#[test]
fn a_visit_goes_on_under_the_previous_salt() {
    let (rules, mut sessions) = (Rules::default(), Sessions::default());
    let before = page_view(1, 0);
    let first = stamp(&mut sessions, before.clone());
    let mut after = page_view(2, 5 * MINUTE_US);
    after.previous_visitor_id = Some(after.visitor_id);
    after.visitor_id += 1;
    let second = sessions.stamp(&mut after, i64::MAX, &rules).session_id;
    assert_eq!(second, first.session_id);
    assert_eq!(after.visitor_id, before.visitor_id);
}

#[test]
fn a_visit_that_ended_under_the_previous_salt_does_not_go_on() {
    let mut sessions = Sessions::default();
    let first = stamp(&mut sessions, page_view(1, 0));
    let mut after = page_view(2, 45 * MINUTE_US);
    after.previous_visitor_id = Some(after.visitor_id);
    after.visitor_id += 1;
    assert_ne!(stamp(&mut sessions, after).session_id, first.session_id);
}

#[test]
fn an_event_from_long_before_leaves_the_open_visit_open() {
    let mut sessions = Sessions::default();
    let open = stamp(&mut sessions, page_view(1, 100 * MINUTE_US));
    let late = stamp(&mut sessions, page_view(2, 0));
    let next = stamp(&mut sessions, page_view(3, 110 * MINUTE_US));
    assert_ne!(late.session_id, open.session_id);
    assert_eq!(next.session_id, open.session_id);
}

#[test]
fn visits_that_nothing_can_reach_are_given_up() {
    let mut sessions = Sessions::default();
    for visitor in 0..100_000 {
        stamp(&mut sessions, by(visitor, visitor * 5 * MINUTE_US));
    }
    assert!(sessions.len() < 8_192, "{} visits are in memory", sessions.len());
    let weighed: usize =
        sessions.open.values().chain(sessions.ended.values()).map(Known::bytes).sum();
    assert_eq!(sessions.bytes(), weighed);
}

#[test]
fn an_event_stamped_ahead_ends_nobodys_visit() {
    let (rules, mut sessions) = (Rules::default(), Sessions::default());
    let first: Vec<i64> =
        (0..5_000).map(|visitor| stamp(&mut sessions, by(visitor, NOW_US)).session_id).collect();
    let mut ahead = by(9_999, NOW_US + 10 * DAY_US);
    sessions.stamp(&mut ahead, NOW_US + MINUTE_US, &rules);
    sessions.sweep();
    let next = |(visitor, visit): (usize, &i64)| {
        let mut event = by(visitor as i64, NOW_US + 2 * MINUTE_US);
        sessions.stamp(&mut event, NOW_US + 2 * MINUTE_US, &rules).session_id == *visit
    };
    assert_eq!(first.iter().enumerate().map(next).filter(|goes_on| *goes_on).count(), 5_000);
}

#[test]
fn an_event_stamped_ahead_ends_nobodys_visit_after_a_restart() {
    let mut sessions = Sessions::default();
    for visitor in 0..5_000 {
        let visit = || OpenVisit::begin(&by(visitor, NOW_US));
        sessions.restore((1, visitor), (NOW_US, NOW_US), visit);
    }
    let at_us = NOW_US + 10 * DAY_US;
    sessions.restore((1, 9_999), (at_us, NOW_US), || OpenVisit::begin(&by(9_999, at_us)));
    sessions.sweep();
    assert_eq!(sessions.len(), 5_001);
}

#[test]
fn late_events_find_one_another() {
    for minutes in [[0, -120, -118, -116], [-116, 0, -118, -120], [-120, 0, -116, -118]] {
        let visits = visits_of(&mut Sessions::default(), &minutes);
        assert_eq!(different(visits), 2, "{minutes:?}");
    }
    // Backwards in steps of 25 minutes, behind the open visit and further back.
    let visits = visits_of(&mut Sessions::default(), &[0, -25, -50, -75]);
    assert_eq!(different(visits), 1);
    let visits = visits_of(&mut Sessions::default(), &[0, -100, -125, -150]);
    assert_eq!(different(visits), 2);
}

#[test]
fn a_late_event_goes_on_with_the_visit_that_ended() {
    let mut sessions = Sessions::default();
    let visits = visits_of(&mut sessions, &[-300, -290, -200, 0, -280, -205, -310, -100]);
    assert_eq!(visits[4], visits[0]);
    assert_eq!(visits[5], visits[2]);
    assert_eq!(visits[6], visits[0]);
    assert_eq!(different(visits), 4);
}

#[test]
fn a_late_event_goes_on_with_a_visit_from_before_the_restart() {
    let mut sessions = Sessions::default();
    let row = |sessions: &mut Sessions, minute: i64| {
        let event = page_view(1, NOW_US + minute * MINUTE_US);
        sessions.restore((1, 7), (event.at_us, NOW_US), || OpenVisit::begin(&event));
    };
    row(&mut sessions, -100);
    row(&mut sessions, 0);
    let visits = visits_of(&mut sessions, &[-90, 1, -100, 0]);
    assert_eq!(visits[0], visits[2]);
    assert_eq!(visits[1], visits[3]);
}

#[test]
fn a_visitor_has_only_so_many_visits_that_ended() {
    let mut sessions = Sessions::default();
    let minutes: Vec<i64> = (0..200).map(|visit| -50 * visit).collect();
    visits_of(&mut sessions, &minutes);
    assert_eq!(sessions.len(), 9);
}

#[test]
fn fresh_visitors_fill_no_more_than_their_room() {
    let most_bytes = 4 << 20;
    let mut sessions = Sessions::with_room(most_bytes);
    let regular = stamp(&mut sessions, by(-1, NOW_US)).session_id;
    let mut heaviest = 0;
    for visitor in 0..50_000 {
        let at_us = NOW_US + visitor * 1_000;
        let mut event = by(visitor, at_us);
        event.pathname = format!("/{visitor:01999}");
        stamp(&mut sessions, event);
        heaviest = heaviest.max(sessions.bytes());
        if visitor % 500 == 0 {
            // Who is heard of now and then stays.
            assert_eq!(stamp(&mut sessions, by(-1, at_us)).session_id, regular);
        }
    }
    assert!(heaviest < most_bytes + 8_192, "{heaviest} bytes");
    assert!(sessions.evicted() > 40_000);
    let weighed: usize =
        sessions.open.values().chain(sessions.ended.values()).map(Known::bytes).sum();
    assert_eq!(sessions.bytes(), weighed);
}

#[test]
fn who_is_erased_leaves_no_visit() {
    let mut sessions = Sessions::default();
    visits_of(&mut sessions, &[-300, -200, 0]);
    sessions.forget(1, &[7]);
    assert_eq!((sessions.len(), sessions.bytes()), (0, 0));
}
