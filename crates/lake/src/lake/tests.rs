//! The lake against a naive model: a set of events.

use std::collections::BTreeSet;

use arrow::array::RecordBatch;
use luotsi_marketing::event::{Acquisition, PAGEVIEW};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;

use super::*;
use crate::testing::{MINUTE_US, page_view};
use crate::{columns, schema};

mod broken;
mod consent;
mod erasing;
mod late;
mod older;

/// 2026-11-21 10:00 UTC.
pub(crate) const NOW_US: i64 = 1_795_255_200_000_000;

pub(crate) fn settings(dir: &Path) -> LakeSettings {
    LakeSettings::new(dir.join("lake"))
}

/// What a snapshot says of an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kept {
    pub(crate) event_id: i64,
    pub(crate) ts_us: i64,
    pub(crate) session_id: i64,
    pub(crate) start_us: i64,
    pub(crate) entry_page: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) date: Option<i32>,
}

/// All rows of a snapshot, by event id; files are checked to be sorted.
pub(crate) fn kept(snapshot: &Snapshot, dir: &Path) -> Vec<Kept> {
    let mut all: Vec<Kept> = snapshot.hot.iter().flat_map(|batch| rows(batch, None)).collect();
    for file in snapshot.files.iter() {
        let path = dir.join("lake/events").join(file.path.as_ref());
        let file_handle = std::fs::File::open(path).expect("a live file is there");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file_handle).expect("it is Parquet");
        let reader = reader.build().expect("it can be read");
        let mut last = None;
        let mut count = 0;
        for batch in reader {
            let batch = batch.expect("it can be read");
            assert_eq!(batch.schema().fields(), schema::file_schema().fields());
            count += batch.num_rows() as u64;
            for key in sort_keys(&batch) {
                assert!(last.is_none_or(|last| last <= key), "{} is not sorted", file.path);
                last = Some(key);
            }
            all.extend(rows(&batch, Some(file.date)));
        }
        assert_eq!(count, file.rows);
    }
    all.sort();
    all
}

fn sort_keys(batch: &RecordBatch) -> Vec<(i32, i64, i64, i64)> {
    let sites = columns::int32(batch, schema::SITE_NUMBER).expect("site");
    let visitors = columns::int64(batch, schema::VISITOR_ID).expect("visitor");
    let visits = columns::int64(batch, schema::SESSION_ID).expect("visit");
    let times = columns::times(batch, schema::TS).expect("time");
    (0..batch.num_rows())
        .map(|row| (sites.value(row), visitors.value(row), visits.value(row), times.value(row)))
        .collect()
}

fn rows(batch: &RecordBatch, date: Option<i32>) -> Vec<Kept> {
    let text = |name| columns::Text::of(batch, name).expect("text");
    let (entry, source) = (text(schema::ENTRY_PAGE), text(schema::SOURCE));
    let ids = columns::int64(batch, schema::EVENT_ID).expect("id");
    let visits = columns::int64(batch, schema::SESSION_ID).expect("visit");
    let times = columns::times(batch, schema::TS).expect("time");
    let starts = columns::times(batch, schema::SESSION_START).expect("start");
    (0..batch.num_rows())
        .map(|row| Kept {
            event_id: ids.value(row),
            ts_us: times.value(row),
            session_id: visits.value(row),
            start_us: starts.value(row),
            entry_page: entry.get(row).map(str::to_owned),
            source: source.get(row).map(str::to_owned),
            date,
        })
        .collect()
}

pub(crate) fn ids(snapshot: &Snapshot, dir: &Path) -> Vec<i64> {
    kept(snapshot, dir).into_iter().map(|row| row.event_id).collect()
}

pub(crate) async fn open(dir: &Path) -> Arc<Lake> {
    Lake::open(settings(dir), NOW_US).await.expect("the lake opens")
}

pub(crate) fn at(id: i64, minute: i64) -> Event {
    page_view(id, NOW_US + minute * MINUTE_US)
}

#[tokio::test]
async fn an_event_is_visible_once_it_is_acknowledged() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    let appended = lake.append(vec![at(1, 0), at(2, 1)]).await.expect("it is kept");
    assert_eq!(appended, Appended { accepted: 2, duplicates: 0 });
    assert_eq!(ids(&lake.snapshot(), dir.path()), [1, 2]);
    assert_eq!(lake.recent(1, NOW_US + 2 * MINUTE_US).visitors_5_min, 1);
    assert!(lake.status().ready);
}

#[tokio::test]
async fn an_event_that_is_sent_again_counts_once_before_and_after_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    lake.append(vec![at(1, 0), at(1, 0)]).await.expect("it is kept");
    let again = lake.append(vec![at(1, 0)]).await.expect("it is known");
    assert_eq!(again, Appended { accepted: 0, duplicates: 1 });
    drop(lake);
    let lake = open(dir.path()).await;
    assert_eq!(lake.append(vec![at(1, 0)]).await.expect("it is known").duplicates, 1);
    lake.flush(NOW_US).await.expect("it is written");
    drop(lake);
    let lake = open(dir.path()).await;
    assert_eq!(lake.append(vec![at(1, 0)]).await.expect("it is known").duplicates, 1);
    assert_eq!(ids(&lake.snapshot(), dir.path()), [1]);
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let _lake = open(dir.path()).await;
    let second = Lake::open(settings(dir.path()), NOW_US).await;
    assert!(matches!(second, Err(LakeError::Locked { .. })));
}

#[tokio::test]
async fn a_lake_beside_the_server_sees_files_and_log_and_takes_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    lake.append(vec![at(1, 0)]).await.expect("it is kept");
    lake.flush(NOW_US).await.expect("it is written");
    lake.append(vec![at(2, 1)]).await.expect("it is kept");
    let beside = Lake::beside(settings(dir.path())).await.expect("it is read");
    assert_eq!(ids(&beside.snapshot(), dir.path()), [1, 2]);
    let refused = beside.append(vec![at(3, 2)]).await;
    assert!(matches!(refused, Err(AppendError::Unavailable { .. })), "{refused:?}");
    lake.append(vec![at(4, 3)]).await.expect("the server goes on");
    assert_eq!(ids(&beside.snapshot(), dir.path()), [1, 2], "it is as it was");
    drop(beside);
    assert_eq!(ids(&lake.snapshot(), dir.path()), [1, 2, 4]);
}

#[tokio::test]
async fn a_visit_goes_on_after_a_restart_from_the_log_and_from_files() {
    for flushed in [false, true] {
        let dir = tempfile::tempdir().expect("a folder");
        let lake = open(dir.path()).await;
        let mut first = at(1, 0);
        first.acquisition = Arc::new(Acquisition {
            source: Some("Google".into()),
            channel: "Organic Search".into(),
            ..Acquisition::default()
        });
        first.pathname = "/landing".into();
        lake.append(vec![first]).await.expect("it is kept");
        if flushed {
            lake.flush(NOW_US).await.expect("it is written");
        }
        drop(lake);
        let lake = open(dir.path()).await;
        lake.append(vec![at(2, 10)]).await.expect("it is kept");
        let rows = kept(&lake.snapshot(), dir.path());
        assert_eq!(rows[0].session_id, rows[1].session_id);
        assert_eq!(rows[1].entry_page.as_deref(), Some("/landing"));
        assert_eq!(rows[1].source.as_deref(), Some("Google"));
        assert_eq!(rows[1].start_us, NOW_US);
    }
}

#[tokio::test]
async fn a_stop_at_any_point_of_a_flush_loses_nothing_and_keeps_nothing_twice() {
    for point in [faults::WRITTEN, faults::COMMITTED] {
        let dir = tempfile::tempdir().expect("a folder");
        let lake = open(dir.path()).await;
        lake.append(vec![at(1, 0), at(2, 0)]).await.expect("it is kept");
        faults::stop_at(Some(point));
        let outcome = lake.flush(NOW_US).await;
        faults::stop_at(None);
        assert!(matches!(outcome, Err(LakeError::Stopped(_))));
        assert_eq!(ids(&lake.snapshot(), dir.path()), [1, 2], "running on after `{point}`");
        lake.append(vec![at(3, 1)]).await.expect("it is kept");
        drop(lake);
        let lake = open(dir.path()).await;
        assert_eq!(ids(&lake.snapshot(), dir.path()), [1, 2, 3], "after `{point}`");
        lake.flush(NOW_US).await.expect("it is written");
        assert_eq!(ids(&lake.snapshot(), dir.path()), [1, 2, 3]);
        assert_eq!(lake.snapshot().hot.len(), 0);
    }
}

#[tokio::test]
async fn closing_leaves_nothing_in_the_log() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    lake.append(vec![at(1, 0)]).await.expect("it is kept");
    lake.close(NOW_US).await.expect("it closes");
    assert!(lake.append(vec![at(2, 0)]).await.is_err());
    assert!(!lake.status().ready);
    let segments = log::segments(&dir.path().join("lake/log")).expect("the folder");
    assert_eq!(segments.len(), 1);
    assert_eq!(ids(&lake.snapshot(), dir.path()), [1]);
}

#[tokio::test]
async fn a_disk_that_refuses_is_answered_with_unavailable_and_a_later_try_succeeds() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    lake.append(vec![at(1, 0)]).await.expect("it is kept");
    // The next segment's name is taken, so that no new segment can be created.
    let blocked = log::path(&dir.path().join("lake/log"), 2);
    std::fs::create_dir(&blocked).expect("a folder in its place");
    lake.flush(NOW_US).await.expect("what is there is written");
    assert!(!lake.status().ready);
    lake.append(vec![at(2, 0)]).await.expect("another segment serves");
    assert!(lake.status().ready);
    assert_eq!(ids(&lake.snapshot(), dir.path()), [1, 2]);
}

#[tokio::test]
async fn too_much_at_once_is_refused_with_a_time_to_try_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let settings = LakeSettings { max_hot_rows: 1, ..settings(dir.path()) };
    let lake = Lake::open(settings, NOW_US).await.expect("it opens");
    lake.append(vec![at(1, 0), at(2, 0)]).await.expect("the first are kept");
    let refused = lake.append(vec![at(3, 0)]).await;
    assert!(matches!(refused, Err(AppendError::Overloaded { .. })));
    lake.flush(NOW_US).await.expect("it is written");
    lake.append(vec![at(3, 0)]).await.expect("there is room again");
}

#[tokio::test]
async fn a_visit_over_midnight_lies_in_the_partition_of_its_start() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    // 23:50 and 00:10.
    lake.append(vec![at(1, 830), at(2, 850)]).await.expect("they are kept");
    lake.flush(NOW_US).await.expect("it is written");
    let rows = kept(&lake.snapshot(), dir.path());
    assert_eq!(rows[0].session_id, rows[1].session_id);
    assert_eq!((rows[0].date, rows[1].date), (Some(20_778), Some(20_778)));
}

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<(i64, i64, i64)>),
    Flush,
    FlushStopped(&'static str),
    Compact,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let events = proptest::collection::vec((0_i64..40, 0_i64..4, -200_i64..200), 1..8);
    prop_oneof![
        5 => events.prop_map(Step::Append),
        2 => Just(Step::Flush),
        1 => Just(Step::FlushStopped(faults::WRITTEN)),
        1 => Just(Step::FlushStopped(faults::COMMITTED)),
        1 => Just(Step::Compact),
        1 => Just(Step::Restart),
    ]
}

async fn play(steps: Vec<Step>) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut lake = open(dir.path()).await;
    let mut model = BTreeSet::new();
    for step in steps {
        match step {
            Step::Append(events) => {
                let events: Vec<Event> = events
                    .into_iter()
                    .map(|(id, visitor, minute)| Event {
                        visitor_id: visitor,
                        name: PAGEVIEW.into(),
                        ..at(id, minute)
                    })
                    .collect();
                let new = events.iter().filter(|event| model.insert(event.event_id)).count();
                let appended = lake.append(events).await.expect("they are kept");
                assert_eq!(appended.accepted, new);
            }
            Step::Flush => lake.flush(NOW_US).await.expect("it is written"),
            Step::FlushStopped(point) => {
                faults::stop_at(Some(point));
                // Nothing to write is no reason to stop.
                drop(lake.flush(NOW_US).await);
                faults::stop_at(None);
            }
            Step::Compact => {
                lake.compact(NOW_US + 3 * 1_440 * MINUTE_US).await.expect("it is compacted");
            }
            Step::Restart => {
                drop(lake);
                lake = open(dir.path()).await;
            }
        }
        let expected: Vec<i64> = model.iter().copied().collect();
        assert_eq!(ids(&lake.snapshot(), dir.path()), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_event_is_there_once(steps in proptest::collection::vec(step(), 1..16)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(play(steps));
    }
}
