//! Compaction rearranges rows and puts visits right; it neither loses nor invents any.

use luotsi_marketing::event::{Acquisition, Event};
use luotsi_marketing::session::session_id;

use super::*;
use crate::lake::tests::{NOW_US, at, kept, open};
use crate::testing::{MINUTE_US, page_view};

const DAY_US: i64 = 1_440 * MINUTE_US;

fn path(mut event: Event, path: &str) -> Event {
    event.pathname = path.into();
    event
}

fn named(mut event: Event, name: &str) -> Event {
    event.name = name.into();
    event
}

#[tokio::test]
async fn sixteen_small_files_of_today_become_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    for id in 0..16 {
        lake.append(vec![at(id, id)]).await.expect("it is kept");
        lake.flush(NOW_US).await.expect("it is written");
    }
    let before = kept(&lake.snapshot(), dir.path());
    assert_eq!(lake.snapshot().files.len(), 16);
    lake.compact(NOW_US).await.expect("it is compacted");
    assert_eq!(lake.snapshot().files.len(), 1);
    assert_eq!(kept(&lake.snapshot(), dir.path()), before);
}

#[tokio::test]
async fn a_closed_date_becomes_one_file_and_stays_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    for id in 0..3 {
        lake.append(vec![at(id, id)]).await.expect("it is kept");
        lake.flush(NOW_US).await.expect("it is written");
    }
    lake.compact(NOW_US + DAY_US).await.expect("it is compacted");
    assert_eq!(lake.snapshot().files.len(), 3, "the date is still open");
    lake.compact(NOW_US + 2 * DAY_US).await.expect("it is compacted");
    let files = lake.snapshot().files;
    assert_eq!(files.len(), 1);
    lake.compact(NOW_US + 3 * DAY_US).await.expect("there is nothing to do");
    assert_eq!(lake.snapshot().files, files);
}

#[tokio::test]
async fn every_row_of_a_visit_gets_what_the_visit_turned_out_to_be() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    let mut view = path(at(2, 1), "/landing");
    view.acquisition = std::sync::Arc::new(Acquisition {
        source: Some("newsletter".into()),
        channel: "Email".into(),
        utm_source: Some("newsletter".into()),
        ..Acquisition::default()
    });
    lake.append(vec![named(at(1, 0), "signup"), view]).await.expect("they are kept");
    lake.append(vec![path(at(3, 2), "/next")]).await.expect("it is kept");
    lake.flush(NOW_US).await.expect("it is written");
    assert_eq!(kept(&lake.snapshot(), dir.path())[0].entry_page, None);
    lake.compact(NOW_US + 2 * DAY_US).await.expect("it is compacted");
    for row in kept(&lake.snapshot(), dir.path()) {
        assert_eq!(row.entry_page.as_deref(), Some("/landing"));
        assert_eq!(row.source.as_deref(), Some("newsletter"));
    }
}

#[tokio::test]
async fn an_event_that_came_late_joins_two_visits_once_the_date_is_closed() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    lake.append(vec![path(at(1, 0), "/a"), path(at(2, 50), "/b")]).await.expect("they are kept");
    lake.flush(NOW_US).await.expect("it is written");
    lake.append(vec![path(at(3, 25), "/late")]).await.expect("it is kept");
    lake.flush(NOW_US).await.expect("it is written");
    lake.compact(NOW_US + 2 * DAY_US).await.expect("it is compacted");
    let rows = kept(&lake.snapshot(), dir.path());
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!(row.session_id, session_id(1, 7, NOW_US));
        assert_eq!((row.start_us, row.entry_page.as_deref()), (NOW_US, Some("/a")));
    }
}

#[tokio::test]
async fn a_stopped_compaction_changes_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    for id in 0..3 {
        lake.append(vec![at(id, id)]).await.expect("it is kept");
        lake.flush(NOW_US).await.expect("it is written");
    }
    let before = kept(&lake.snapshot(), dir.path());
    faults::stop_at(Some(faults::WRITTEN));
    let stopped = lake.compact(NOW_US + 2 * DAY_US).await;
    faults::stop_at(None);
    assert!(stopped.is_err());
    drop(lake);
    let lake = open(dir.path()).await;
    assert_eq!(kept(&lake.snapshot(), dir.path()), before);
    assert_eq!(lake.snapshot().files.len(), 3);
}

#[tokio::test]
async fn visits_past_their_retention_go_and_the_others_stay() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    let old = page_view(1, NOW_US - 40 * DAY_US);
    let kept_site = Event { site_number: 2, ..page_view(2, NOW_US - 40 * DAY_US) };
    lake.append(vec![old, kept_site, at(3, 0)]).await.expect("they are kept");
    lake.flush(NOW_US).await.expect("it is written");
    let cutoffs = crate::retention::Cutoffs {
        default_us: Some(NOW_US - 30 * DAY_US),
        by_site: [(2, None)].into_iter().collect(),
    };
    assert_eq!(lake.expire(&cutoffs, NOW_US).await.expect("it is done"), 1);
    assert_eq!(crate::lake::tests::ids(&lake.snapshot(), dir.path()), [2, 3]);
    assert_eq!(lake.expire(&cutoffs, NOW_US).await.expect("nothing is left to do"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_changes_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    for id in 0..3 {
        lake.append(vec![at(id, id)]).await.expect("it is kept");
        lake.flush(NOW_US).await.expect("it is written");
    }
    lake.catalog.checkpoint(1).await.expect("it is written");
    lake.append(vec![at(3, 3)]).await.expect("it is kept");
    lake.flush(NOW_US).await.expect("it is written");
    let before = (kept(&lake.snapshot(), dir.path()), lake.snapshot().files);
    let log = dir.path().join("lake/events/_delta_log");
    assert!(log.join("_last_checkpoint").exists());
    drop(lake);
    let lake = open(dir.path()).await;
    let after = (kept(&lake.snapshot(), dir.path()), lake.snapshot().files);
    assert_eq!(after, before);
    lake.append(vec![at(4, 4)]).await.expect("it is kept");
    lake.flush(NOW_US).await.expect("the log's segment is newer than the checkpoint's");
    assert_eq!(crate::lake::tests::ids(&lake.snapshot(), dir.path()), [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn replaced_files_stay_for_running_queries_and_then_go() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    for id in 0..3 {
        lake.append(vec![at(id, id)]).await.expect("it is kept");
        lake.flush(NOW_US).await.expect("it is written");
    }
    let old = lake.snapshot();
    let later_us = NOW_US + 2 * DAY_US;
    lake.compact(later_us).await.expect("it is compacted");
    assert_eq!(lake.catalog.vacuum(later_us).await.expect("nothing is old enough"), 0);
    assert_eq!(kept(&old, dir.path()).len(), 3);
    assert_eq!(lake.catalog.vacuum(later_us + 1_000).await.expect("they go"), 3);
    assert_eq!(kept(&lake.snapshot(), dir.path()).len(), 3);
    let folder = dir.path().join("lake/events/date=2026-11-21");
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 1);
    fs::write(folder.join("part-left-behind.parquet"), b"").expect("a file nobody knows");
    assert_eq!(lake.catalog.remove_orphans(0).await.expect("it is too young"), 0);
    assert_eq!(lake.catalog.remove_orphans(i64::MAX).await.expect("it goes"), 1);
    assert_eq!(kept(&lake.snapshot(), dir.path()).len(), 3);
}

#[test]
fn files_of_an_open_date_are_merged_by_size() {
    let file = |rows: u64| DataFile {
        summary_bytes: None,
        path: object_store::path::Path::from(format!("date=2026-11-21/part-{rows}.parquet")),
        size: 1,
        date: 20_778,
        rows,
        sites: (1, 1),
        ts_us: (0, 0),
    };
    let small: Vec<_> = (0..16).map(|_| file(1_000)).collect();
    let with_large = |mut files: Vec<DataFile>| {
        files.extend([file(200_000), file(20)]);
        files
    };
    let plan = plan_open(with_large(small.clone())).expect("sixteen of one size");
    assert_eq!((plan.len(), plan[0].rows), (16, 20), "the smallest first");
    assert!(plan_open(with_large(small[1..].to_vec())).is_none());
    let many: Vec<_> = (0..100).map(|_| file(60_000)).collect();
    assert_eq!(plan_open(many).expect("a hundred of one size").len(), 16, "few are open together");
    let merged: Vec<_> = (0..40).map(|_| file(16 * 50_000)).collect();
    assert!(plan_open(merged).is_none(), "they are large enough for a date that goes on");
}
