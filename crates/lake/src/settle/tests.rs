//! Whatever the order in which events come, within 72 hours: the visits are those of the naive loop over
//! all events in the order of their time.

use std::collections::BTreeMap;

use luotsi_marketing::event::{Acquisition, Event};
use luotsi_marketing::session::{OpenVisit, SessionRule};
use proptest::prelude::*;

use super::*;
use crate::lake::tests::{Kept, NOW_US, kept, open};
use crate::testing::{MINUTE_US, page_view};
use crate::writer::date_of;

/// An event before it is one.
#[derive(Debug, Clone)]
struct Draft {
    visitor: i64,
    minute: i64,
    page_view: bool,
    /// 0 direct, 1 and 2 campaigns, 3 a source without one.
    arrival: usize,
    /// Minutes on the way, at most 72 hours.
    late: i64,
}

fn drafts(minutes: i64, visitors: i64, most: usize) -> impl Strategy<Value = Vec<Draft>> {
    let late = prop_oneof![5 => Just(0_i64), 2 => 0..90_i64, 2 => 0..72 * 60_i64];
    let draft = (
        0..visitors,
        0..minutes,
        prop::bool::weighted(0.7),
        prop_oneof![4 => Just(0_usize), 1 => 1..4_usize],
        late,
    )
        .prop_map(|(visitor, minute, page_view, arrival, late)| Draft {
            visitor,
            minute,
            page_view,
            arrival,
            late,
        });
    proptest::collection::vec(draft, 1..most)
}

fn event(at: usize, draft: &Draft) -> Event {
    let (source, campaign) = [
        (None, None),
        (Some("News"), Some("spring")),
        (Some("News"), Some("autumn")),
        (Some("Google"), None),
    ][draft.arrival];
    let mut event = page_view(at as i64, NOW_US + draft.minute * MINUTE_US);
    event.visitor_id = draft.visitor;
    event.pathname = format!("/{at}");
    if !draft.page_view {
        event.name = "click".into();
    }
    event.acquisition = Arc::new(Acquisition {
        source: source.map(str::to_owned),
        channel: if source.is_some() { "Other".into() } else { "Direct".into() },
        utm_campaign: campaign.map(str::to_owned),
        ..Acquisition::default()
    });
    event
}

/// Cookieless: another name each day.
fn with_salts(mut event: Event) -> Event {
    let (person, date) = (event.visitor_id, i64::from(date_of(event.at_us)));
    let name = |date: i64| person + 1_000 * date;
    event.visitor_id = name(date);
    event.previous_visitor_id = Some(name(date - 1));
    event
}

/// The naive loop.
fn by_the_rule(events: &[Event], rule: SessionRule) -> Vec<Kept> {
    let mut events: Vec<&Event> = events.iter().collect();
    events.sort_by_key(|event| (event.at_us, event.event_id));
    let mut open: BTreeMap<i64, (usize, OpenVisit)> = BTreeMap::new();
    let mut visits: Vec<OpenVisit> = Vec::new();
    let mut of_event: Vec<(&Event, usize)> = Vec::new();
    for event in events {
        let accepts =
            |name: i64| open.get(&name).is_some_and(|(_, visit)| visit.accepts(rule, event));
        let previous = event.previous_visitor_id.filter(|name| accepts(*name));
        let name = if accepts(event.visitor_id) {
            event.visitor_id
        } else {
            previous.unwrap_or(event.visitor_id)
        };
        let event_of_name = Event { visitor_id: name, ..event.clone() };
        match open.get_mut(&name) {
            Some((at, visit)) if visit.accepts(rule, event) => {
                visit.take(event);
                visits[*at] = visit.clone();
                of_event.push((event, *at));
            }
            _ => {
                visits.push(OpenVisit::begin(&event_of_name));
                open.insert(name, (visits.len() - 1, OpenVisit::begin(&event_of_name)));
                of_event.push((event, visits.len() - 1));
            }
        }
    }
    let mut all: Vec<Kept> = of_event
        .into_iter()
        .map(|(event, at)| {
            let visit = &visits[at].visit;
            Kept {
                event_id: event.event_id,
                ts_us: event.at_us,
                session_id: visit.session_id,
                start_us: visit.start_us,
                entry_page: visit.entry_page.clone(),
                source: visit.acquisition.source.clone(),
                date: Some(date_of(visit.start_us)),
            }
        })
        .collect();
    all.sort();
    all
}

/// Lets the events come when they come, with flushes and compactions in between.
async fn play(
    drafts: &[Draft],
    rule: SessionRule,
    salted: bool,
    (flush_every, mend_every): (usize, usize),
) {
    let mut arrivals: Vec<(i64, Event)> = drafts
        .iter()
        .enumerate()
        .map(|(at, draft)| {
            let event = event(at, draft);
            (event.at_us + draft.late * MINUTE_US, if salted { with_salts(event) } else { event })
        })
        .collect();
    let all: Vec<Event> = arrivals.iter().map(|(_, event)| event.clone()).collect();
    arrivals.sort_by_key(|(arrives_us, event)| (*arrives_us, event.event_id));
    let dir = tempfile::tempdir().expect("a folder");
    let mut lake = open(dir.path()).await;
    let rules = |lake: &crate::lake::Lake| lake.set_rules([(1, rule)].into_iter().collect());
    rules(&lake);
    let mut now_us = NOW_US;
    for (at, (arrives_us, event)) in arrivals.into_iter().enumerate() {
        now_us = arrives_us;
        lake.append(vec![event]).await.expect("it is kept");
        if at % flush_every == 0 {
            lake.flush(now_us).await.expect("it is written");
            lake.compact(now_us).await.expect("it is compacted");
        }
        if at % mend_every == 0 {
            lake.mend(now_us).await.expect("visits are mended");
        }
        if at % 23 == 22 {
            drop(lake);
            lake = open(dir.path()).await;
            rules(&lake);
        }
    }
    lake.flush(now_us).await.expect("it is written");
    for day in 3..7 {
        lake.compact(now_us + day * 1_440 * MINUTE_US).await.expect("it is compacted");
    }
    let found = kept(&lake.snapshot(), dir.path());
    let expected = by_the_rule(&all, rule);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    for file in lake.snapshot().files.iter() {
        rows(lake.catalog.root(), file, &[schema::PREVIOUS_VISITOR_ID], None, |batch| {
            let linked = batch.num_rows() - batch.column(0).null_count();
            assert_eq!(linked, 0, "no file of a settled date links a visitor's ids");
            Ok(())
        })
        .expect("it can be read");
    }
}

fn run(drafts: &[Draft], rule: SessionRule, salted: bool, every: (usize, usize)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(play(drafts, rule, salted, every));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn late_events_make_the_visits_they_would_have_made_in_time(
        drafts in drafts(3 * 1_440, 2, 60), split in any::<bool>(), every in (1..20_usize, 1..40_usize),
    ) {
        run(&drafts, SessionRule::new(30, split).expect("a rule"), false, every);
    }

    #[test]
    fn visits_of_an_open_date_are_right_once_they_are_mended(
        drafts in drafts(600, 2, 60), every in (1..20_usize, 1..40_usize),
    ) {
        // All come before the date is closed.
        let drafts: Vec<Draft> =
            drafts.into_iter().map(|draft| Draft { late: draft.late % 600, ..draft }).collect();
        mended(&drafts, SessionRule::default(), every);
    }

    #[test]
    fn long_visits_are_cut_after_a_day_wherever_they_begin(
        late in proptest::collection::vec((0..8 * 60_i64, 0..72 * 60_i64), 1..8), step in 26..30_i64, every in (8..40_usize, 8..80_usize),
    ) {
        // One visitor who never pauses: where the visit is cut depends on where it began.
        let mut drafts: Vec<Draft> = (0..2 * 1_440 / step)
            .map(|at| Draft { visitor: 1, minute: at * step + 60, page_view: true, arrival: 0, late: 0 })
            .collect();
        for (minute, late) in late {
            drafts.push(Draft { visitor: 1, minute, page_view: true, arrival: 3, late });
        }
        run(&drafts, SessionRule::default(), false, every);
    }

    #[test]
    fn visits_go_on_across_a_change_of_salts_though_events_come_late(
        // Around the midnights.
        drafts in drafts(3 * 24, 3, 40), every in (1..20_usize, 1..40_usize),
    ) {
        let around = |draft: &Draft| {
            let (day, tick) = (draft.minute / 24, draft.minute % 24);
            // 22:40 to 02:40, every ten minutes; ten o'clock is zero.
            Draft { minute: day * 1_440 + 760 + tick * 10, ..draft.clone() }
        };
        let drafts: Vec<Draft> = drafts.iter().map(around).collect();
        run(&drafts, SessionRule::default(), true, every);
    }
}

/// Lets the events come when they come; the visits must be right while their date is open.
fn mended(drafts: &[Draft], rule: SessionRule, (flush_every, mend_every): (usize, usize)) {
    let events: Vec<Event> =
        drafts.iter().enumerate().map(|(at, draft)| event(at, draft)).collect();
    let mut arrivals: Vec<(i64, &Event)> = drafts
        .iter()
        .zip(&events)
        .map(|(draft, event)| (event.at_us + draft.late * MINUTE_US, event))
        .collect();
    arrivals.sort_by_key(|(arrives_us, event)| (*arrives_us, event.event_id));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let found = runtime.expect("a runtime").block_on(async {
        let dir = tempfile::tempdir().expect("a folder");
        let lake = open(dir.path()).await;
        lake.set_rules([(1, rule)].into_iter().collect());
        let mut now_us = NOW_US;
        for (at, (arrives_us, event)) in arrivals.into_iter().enumerate() {
            now_us = arrives_us;
            lake.append_at(vec![event.clone()], now_us).await.expect("it is kept");
            if at % flush_every == 0 {
                lake.flush(now_us).await.expect("it is written");
                lake.compact(now_us).await.expect("it is compacted");
            }
            if at % mend_every == 0 {
                lake.mend(now_us).await.expect("visits are mended");
            }
        }
        lake.mend(now_us).await.expect("visits are mended");
        lake.flush(now_us).await.expect("it is written");
        kept(&lake.snapshot(), dir.path())
    });
    // What a visit turned out to be while its first page was loading is not on the rows before.
    let divided = |rows: Vec<Kept>| -> Vec<_> {
        rows.into_iter().map(|row| (row.event_id, row.session_id, row.start_us, row.date)).collect()
    };
    assert_eq!(divided(found), divided(by_the_rule(&events, rule)));
}

/// Visits of events that a browser and a server sent at the same time, in the order in which they came.
async fn of_browser_and_server(events: Vec<Event>) -> Vec<Kept> {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    for event in events {
        lake.append(vec![event]).await.expect("it is kept");
    }
    lake.flush(NOW_US).await.expect("it is written");
    lake.compact(NOW_US + 3 * 1_440 * MINUTE_US).await.expect("it is compacted");
    kept(&lake.snapshot(), dir.path())
}

#[tokio::test]
async fn what_a_server_says_of_a_person_joins_the_visit_though_it_came_first() {
    const PERSON: i64 = 100;
    let second = |id: i64, seconds: i64| page_view(id, NOW_US + seconds * 1_000_000);
    let view = second(1, 0);
    let identify = Event { name: "identify".into(), person_id: Some(PERSON), ..second(2, 20) };
    let order = |seconds| {
        let mut order = second(3, seconds);
        order.name = "purchase".into();
        (order.visitor_id, order.person_id) = (PERSON, Some(PERSON));
        order.client = Arc::default();
        order.place = Arc::default();
        order
    };
    // Between the page view and what identifies the visitor; and before either.
    for seconds in [10, -10] {
        for came in [
            [order(seconds), view.clone(), identify.clone()],
            [view.clone(), order(seconds), identify.clone()],
            [view.clone(), identify.clone(), order(seconds)],
        ] {
            let kept = of_browser_and_server(came.to_vec()).await;
            assert_eq!(kept.len(), 3);
            assert!(kept.iter().all(|row| row.session_id == kept[0].session_id), "{kept:?}");
        }
    }
    // Hours apart it is a visit of its own.
    let kept = of_browser_and_server(vec![view, identify, order(3 * 3_600)]).await;
    assert_ne!(kept[0].session_id, kept[2].session_id);
}

#[tokio::test]
async fn what_comes_after_a_visit_was_divided_anew_goes_where_it_went() {
    // A visit over a midnight whose beginning came late: what came in time is moved to it two days on.
    // Then the rest of the visit comes, from a device that was away from the network.
    const MIDNIGHT_US: i64 = NOW_US + 14 * 60 * MINUTE_US;
    let at = |id, minute| with_salts(page_view(id, MIDNIGHT_US + minute * MINUTE_US));
    let (day_us, dir) = (1_440 * MINUTE_US, tempfile::tempdir().expect("a folder"));
    let lake = open(dir.path()).await;
    let mut now_us = MIDNIGHT_US;
    for (id, minute, days) in [(2, 0, 0), (1, -20, 2), (3, 10, 2), (4, 30, 2)] {
        now_us = now_us.max(MIDNIGHT_US + days * day_us) + MINUTE_US;
        lake.append(vec![at(id, minute)]).await.expect("it is kept");
        lake.flush(now_us).await.expect("it is written");
        lake.compact(now_us).await.expect("it is compacted");
    }
    lake.compact(now_us + 3 * day_us).await.expect("it is compacted");
    let found = kept(&lake.snapshot(), dir.path());
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|row| row.session_id == found[0].session_id), "{found:?}");
}

#[tokio::test]
async fn device_and_place_of_a_visit_are_of_the_first_event_that_says() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    let mut by_server = page_view(1, NOW_US);
    by_server.client = Arc::default();
    by_server.place = Arc::default();
    lake.append(vec![by_server]).await.expect("it is kept");
    lake.append(vec![page_view(2, NOW_US + MINUTE_US)]).await.expect("it is kept");
    lake.flush(NOW_US).await.expect("it is written");
    lake.compact(NOW_US + 3 * 1_440 * MINUTE_US).await.expect("it is compacted");
    let snapshot = lake.snapshot();
    let mut found = Vec::new();
    for file in snapshot.files.iter() {
        let names = [schema::DEVICE, schema::COUNTRY];
        rows(lake.catalog.root(), file, &names, None, |batch| {
            for name in names {
                let text = columns::Text::of(batch, name)?;
                found.extend((0..batch.num_rows()).map(|row| text.get(row).map(str::to_owned)));
            }
            Ok(())
        })
        .expect("it can be read");
    }
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(found, [some("Desktop"), some("Desktop"), some("FI"), some("FI")]);
}
