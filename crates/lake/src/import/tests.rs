//! Imported history against the session rule applied to all events at once.

use std::collections::BTreeMap;

use luotsi_marketing::session::session_id;
use proptest::prelude::*;

use super::*;
use crate::lake::tests::{Kept, NOW_US, at, ids, kept, open};
use crate::testing::{MINUTE_US, page_view};

const DAY_MINUTES: i64 = 1_440;

async fn import(dir: &Path, events: Vec<Event>) -> ImportReport {
    let mut importer =
        Importer::begin(&LakeSettings::new(dir.join("lake"))).await.expect("the import begins");
    importer.add(events).await.expect("they are staged");
    importer.finish(NOW_US, |_| ()).await.expect("they are kept")
}

#[tokio::test]
async fn importing_twice_is_importing_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    let events: Vec<Event> = (0..50).map(|id| at(id, -id * 300)).collect();
    let first = import(dir.path(), events.clone()).await;
    assert_eq!((first.accepted, first.duplicates), (50, 0));
    let version = lake.catalog.version().await;
    let second = import(dir.path(), events).await;
    assert_eq!((second.accepted, second.duplicates), (0, 50));
    lake.catalog.refresh().await.expect("the table can be read");
    assert_eq!(ids(&lake.snapshot(), dir.path()).len(), 50);
    assert_eq!(lake.catalog.version().await, version + 1);
    let staging = std::fs::read_dir(dir.path().join("lake/staging")).expect("the folder");
    assert_eq!(staging.count(), 0);
}

#[tokio::test]
async fn an_import_that_is_dropped_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    let mut importer = lake.importer().expect("it begins");
    importer.add(vec![at(1, 0)]).await.expect("it is staged");
    importer.stage().await.expect("it is staged");
    drop(importer);
    assert_eq!(ids(&lake.snapshot(), dir.path()).len(), 0);
    let staging = std::fs::read_dir(dir.path().join("lake/staging")).expect("the folder");
    assert_eq!(staging.count(), 0);
}

#[tokio::test]
async fn what_a_stopped_import_left_is_removed_a_day_later() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    let mut importer = lake.importer().expect("it begins");
    importer.add(vec![at(1, 0)]).await.expect("it is staged");
    let staged = importer.staging.folder.dir().to_path_buf();
    crate::staging::remove_stale(lake.dir(), 0).expect("it is too young");
    assert!(staged.exists());
    // A stopped process removes nothing itself.
    std::mem::forget(importer);
    crate::staging::remove_stale(lake.dir(), i64::MAX).expect("it goes");
    assert!(!staged.exists());
}

#[tokio::test]
async fn an_imported_event_joins_the_visits_on_both_sides_of_midnight() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    // 23:40 and 00:20 are two visits, until 00:00 comes between them.
    lake.append(vec![at(1, 820), at(2, 860)]).await.expect("they are kept");
    lake.flush(NOW_US).await.expect("it is written");
    let mut importer = lake.importer().expect("it begins");
    importer.add(vec![at(3, 840)]).await.expect("it is staged");
    let report = importer.finish(NOW_US, |_| ()).await.expect("it is kept");
    assert_eq!(report, ImportReport { accepted: 1, duplicates: 0, dates: 2 });
    let rows = kept(&lake.snapshot(), dir.path());
    let id = session_id(1, 7, NOW_US + 820 * MINUTE_US);
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.session_id == id && row.date == Some(20_778)));
}

#[tokio::test]
async fn a_long_history_is_rewritten_window_by_window() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    // One event every 20 minutes for 40 days: a visit every 24 hours, over every midnight.
    let count = 40 * DAY_MINUTES / 20;
    let events: Vec<Event> = (0..count).map(|id| at(id, id * 20)).collect();
    let mut importer = lake.importer().expect("it begins");
    importer.add(events.clone()).await.expect("they are staged");
    let mut rows_seen = 0;
    let report = importer.finish(NOW_US, |progress| rows_seen = progress.done_rows).await;
    assert_eq!(report.expect("they are kept").accepted, count as u64);
    assert!(rows_seen >= count as u64);
    assert_eq!(kept(&lake.snapshot(), dir.path()), by_the_rule(&events));
}

/// What the rule makes of all events together.
fn by_the_rule(events: &[Event]) -> Vec<Kept> {
    let mut visitors: BTreeMap<i64, Vec<&Event>> = BTreeMap::new();
    for event in events {
        visitors.entry(event.visitor_id).or_default().push(event);
    }
    let mut all = Vec::new();
    for mut events in visitors.into_values() {
        events.sort_by_key(|event| (event.at_us, event.event_id));
        let mut open: Option<OpenVisit> = None;
        for event in events {
            match &mut open {
                Some(visit)
                    if visit.accepts(luotsi_marketing::session::SessionRule::default(), event) =>
                {
                    visit.take(event)
                }
                _ => open = Some(OpenVisit::begin(event)),
            }
            let visit = &open.as_ref().expect("a visit is open").visit;
            all.push(Kept {
                event_id: event.event_id,
                ts_us: event.at_us,
                session_id: visit.session_id,
                start_us: visit.start_us,
                entry_page: visit.entry_page.clone(),
                source: None,
                date: Some(crate::writer::date_of(visit.start_us)),
            });
        }
    }
    all.sort();
    all
}

async fn compare(live: Vec<(i64, i64)>, history: Vec<(i64, i64)>) {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    let event = |id: usize, (visitor_id, minute): (i64, i64)| Event {
        visitor_id,
        pathname: format!("/{id}"),
        ..page_view(id as i64, NOW_US + minute * MINUTE_US)
    };
    let live: Vec<Event> = live.into_iter().enumerate().map(|(id, at)| event(id, at)).collect();
    let history: Vec<Event> =
        history.into_iter().enumerate().map(|(id, at)| event(1_000 + id, at)).collect();
    for part in live.chunks(7) {
        lake.append(part.to_vec()).await.expect("they are kept");
        lake.flush(NOW_US).await.expect("they are written");
    }
    let report = import(dir.path(), history.clone()).await;
    assert_eq!(report.accepted, history.len() as u64);
    lake.catalog.refresh().await.expect("the table can be read");
    let all: Vec<Event> = live.into_iter().chain(history).collect();
    // Far from every imported event a visit stays as it was stamped: only these are compared.
    let rows = kept(&lake.snapshot(), dir.path());
    assert_eq!(rows.len(), all.len());
    assert_eq!(rows, by_the_rule(&all));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn imported_and_live_events_make_the_visits_of_the_rule(
        live in proptest::collection::vec((0_i64..2, -2_000_i64..2_000), 0..40),
        history in proptest::collection::vec((0_i64..2, -2_000_i64..2_000), 30..80),
    ) {
        // Every date and both visitors are touched, so that all visits are divided anew.
        let mut history = history;
        for day in -3..=3 {
            history.extend([(0, day * 720), (1, day * 720)]);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(compare(live, history));
    }
}

#[tokio::test]
async fn an_import_divides_visits_by_the_rule_of_its_site() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut settings = LakeSettings::new(dir.path().join("lake"));
    let short = luotsi_marketing::session::SessionRule::new(5, false).expect("a rule");
    settings.session_by_site = [(2, short)].into_iter().collect();
    let at = |id, site, minute: i64| {
        let mut event = page_view(id, NOW_US + minute * MINUTE_US);
        event.site_number = site;
        event
    };
    let mut importer = Importer::begin(&settings).await.expect("the import begins");
    importer.add(vec![at(1, 1, 0), at(2, 1, 10), at(3, 2, 0), at(4, 2, 10)]).await.expect("staged");
    importer.finish(NOW_US, |_| ()).await.expect("they are kept");
    let lake = crate::lake::tests::open(dir.path()).await;
    let kept = kept(&lake.snapshot(), dir.path());
    assert_eq!(kept[0].session_id, kept[1].session_id, "ten minutes are no pause on site 1");
    assert_ne!(kept[2].session_id, kept[3].session_id, "on site 2 five are");
}

#[tokio::test]
async fn an_event_that_is_there_counts_once_whoever_its_visitor_is_this_time() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    // The visit of the second event began on the day before.
    let events = |visitor_id: i64| {
        [(1, -610), (2, -590), (3, 0)].map(|(id, minute)| Event { visitor_id, ..at(id, minute) })
    };
    for (visitor, accepted) in [(5, 3), (6, 0)] {
        let mut importer = lake.importer().expect("it begins");
        importer.add(events(visitor).to_vec()).await.expect("it is staged");
        let report = importer.finish(NOW_US, |_| ()).await.expect("it is done");
        assert_eq!((report.accepted, report.duplicates), (accepted, 3 - accepted));
    }
    let mut kept = ids(&lake.snapshot(), dir.path());
    kept.sort_unstable();
    assert_eq!(kept, [1, 2, 3]);
}
