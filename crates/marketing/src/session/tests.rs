//! The rows of the session table in DEFINITIONS, one test each.

use std::sync::Arc;

use super::*;
use crate::event::{Client, ENGAGEMENT, Place};

const START_US: i64 = 1_790_000_000_000_000;

fn event(minute: i64, name: &str, pathname: &str) -> Event {
    Event {
        site_number: 1,
        visitor_id: 7,
        previous_visitor_id: None,
        named_id: None,
        earlier_visitor_id: None,
        event_id: minute,
        at_us: START_US + minute * MINUTE_US,
        name: name.into(),
        hostname: "shop.example".into(),
        pathname: pathname.into(),
        props: Vec::new(),
        revenue: None,
        transaction_id: None,
        interactive: true,
        scroll_depth: None,
        engagement_ms: None,
        acquisition: Arc::new(Acquisition { channel: "Direct".into(), ..Acquisition::default() }),
        client: Arc::new(Client::default()),
        place: Arc::new(Place::default()),
        bot_reason: None,
        person_id: None,
        items: None,
        protocol: None,
        title: None,
    }
}

fn from_campaign(mut event: Event, campaign: &str) -> Event {
    event.acquisition = Arc::new(Acquisition {
        source: Some("newsletter".into()),
        channel: "Email".into(),
        utm_source: Some("newsletter".into()),
        utm_campaign: Some(campaign.into()),
        ..Acquisition::default()
    });
    event
}

/// Starts of the visits that the rule makes of `events`, minutes.
fn visits(rule: SessionRule, events: &[Event]) -> Vec<i64> {
    let mut starts = Vec::new();
    let mut open: Option<OpenVisit> = None;
    for event in events {
        match &mut open {
            Some(visit) if visit.accepts(rule, event) => visit.take(event),
            _ => {
                starts.push((event.at_us - START_US) / MINUTE_US);
                open = Some(OpenVisit::begin(event));
            }
        }
    }
    starts
}

fn page_views(minutes: &[i64]) -> Vec<Event> {
    minutes.iter().map(|minute| event(*minute, PAGEVIEW, "/")).collect()
}

#[test]
fn thirty_five_active_minutes_are_one_visit() {
    let events = page_views(&[0, 5, 10, 15, 20, 25, 30, 35]);
    assert_eq!(visits(SessionRule::default(), &events), [0]);
}

#[test]
fn a_pause_of_forty_minutes_within_an_hour_splits() {
    assert_eq!(visits(SessionRule::default(), &page_views(&[0, 40])), [0, 40]);
}

#[test]
fn a_pause_of_exactly_the_idle_time_does_not_split() {
    assert_eq!(visits(SessionRule::default(), &page_views(&[0, 30])), [0]);
    let mut late = event(30, PAGEVIEW, "/");
    late.at_us += 1;
    assert_eq!(visits(SessionRule::default(), &[event(0, PAGEVIEW, "/"), late]), [0, 30]);
}

#[test]
fn a_clock_hour_means_nothing() {
    // 10:55 and 11:02 are one visit (Umami: two).
    assert_eq!(visits(SessionRule::default(), &page_views(&[55, 62])), [55]);
}

#[test]
fn midnight_means_nothing() {
    // START_US is 2026-09-21 14:13:20 UTC: 600 minutes later is past midnight.
    let minutes: Vec<i64> = (0..70).map(|step| step * 10).collect();
    assert_eq!(visits(SessionRule::default(), &page_views(&minutes)), [0]);
}

#[test]
fn a_visit_never_lasts_a_whole_day() {
    let minutes: Vec<i64> = (0..=150).map(|step| step * 10).collect();
    assert_eq!(visits(SessionRule::default(), &page_views(&minutes)), [0, 1440]);
}

#[test]
fn the_idle_time_is_one_to_240_minutes() {
    assert_eq!(SessionRule::new(0, false), None);
    assert_eq!(SessionRule::new(241, false), None);
    let rule = SessionRule::new(240, false).expect("240 minutes are allowed");
    assert_eq!(visits(rule, &page_views(&[0, 240, 481])), [0, 481]);
}

#[test]
fn another_campaign_splits_only_where_the_site_says_so() {
    let events = [
        from_campaign(event(0, PAGEVIEW, "/"), "spring"),
        event(1, PAGEVIEW, "/shoes"),
        from_campaign(event(2, PAGEVIEW, "/"), "spring"),
        from_campaign(event(3, PAGEVIEW, "/"), "summer"),
    ];
    assert_eq!(visits(SessionRule::default(), &events), [0]);
    let split = SessionRule::new(30, true).expect("30 minutes are allowed");
    assert_eq!(visits(split, &events), [0, 3]);
}

#[test]
fn no_two_visits_begin_at_the_same_moment() {
    let split = SessionRule::new(30, true).unwrap();
    let at = |minute| event(minute, PAGEVIEW, "/");
    let events = [at(0), from_campaign(at(0), "spring"), from_campaign(at(1), "summer")];
    assert_eq!(visits(split, &events), [0, 1]);
}

#[test]
fn an_event_that_comes_late_joins_the_visit_it_is_near_to() {
    assert_eq!(visits(SessionRule::default(), &page_views(&[20, 10])), [20]);
    assert_eq!(visits(SessionRule::default(), &page_views(&[40, 5])), [40, 5]);
}

#[test]
fn a_direct_start_is_upgraded_until_the_second_page_view() {
    let mut visit = OpenVisit::begin(&event(0, "signup", "/"));
    visit.take(&from_campaign(event(0, PAGEVIEW, "/"), "spring"));
    assert_eq!(visit.visit.acquisition.utm_campaign.as_deref(), Some("spring"));

    let mut visit = OpenVisit::begin(&event(0, PAGEVIEW, "/"));
    visit.take(&from_campaign(event(1, PAGEVIEW, "/"), "spring"));
    assert_eq!(visit.visit.acquisition.utm_campaign, None);
}

#[test]
fn a_source_once_known_stays() {
    let mut visit = OpenVisit::begin(&from_campaign(event(0, PAGEVIEW, "/"), "spring"));
    visit.take(&from_campaign(event(0, "signup", "/"), "summer"));
    assert_eq!(visit.visit.acquisition.utm_campaign.as_deref(), Some("spring"));
}

#[test]
fn the_entry_page_is_the_first_page_viewed() {
    let mut visit = OpenVisit::begin(&event(0, ENGAGEMENT, "/old"));
    assert_eq!(visit.visit.entry_page, None);
    visit.take(&event(1, PAGEVIEW, "/first"));
    visit.take(&event(2, PAGEVIEW, "/second"));
    assert_eq!(visit.visit.entry_page.as_deref(), Some("/first"));
}

#[test]
fn the_name_of_a_visit_never_changes() {
    // Computed by another implementation of SipHash-1-3.
    assert_eq!(session_id(1, 7, START_US), 3_291_719_911_865_985_857);
    assert_ne!(session_id(1, 7, START_US), session_id(2, 7, START_US));
    assert_ne!(session_id(1, 7, START_US), session_id(1, 8, START_US));
    assert_ne!(session_id(1, 7, START_US), session_id(1, 7, START_US + 1));
}
