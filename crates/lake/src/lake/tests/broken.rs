//! Disks that are full, read-only or slow, files that are damaged, clocks that are set back: what was
//! acknowledged stays, what cannot be taken is refused with a reason, and there is a way on.

use std::fs;

use jiff::Timestamp;
use luotsi_marketing::query::{Context, Query};
use serde_json::json;

use super::*;
use crate::faults::{Disk, set_disk};
use crate::query::{QueryError, QueryRuntime, run};

fn reason(outcome: Result<Appended, AppendError>) -> String {
    match outcome {
        Err(AppendError::Unavailable { reason, retry_after }) => {
            assert!(retry_after > Duration::ZERO);
            reason
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_full_or_read_only_disk_refuses_events_and_loses_none_that_it_took() {
    for (disk, sentence) in [(Disk::Full, "no storage space"), (Disk::ReadOnly, "read-only")] {
        let dir = tempfile::tempdir().expect("a folder");
        let lake = open(dir.path()).await;
        lake.append(vec![at(1, 0)]).await.expect("it is kept");
        set_disk(dir.path(), Some(disk));
        for id in 2..5 {
            let reason = reason(lake.append(vec![at(id, 1)]).await);
            assert!(reason.contains(sentence), "{reason}");
        }
        assert!(!lake.status().ready);
        assert!(lake.status().last_error.is_some_and(|error| error.contains(sentence)));
        assert!(lake.flush(NOW_US).await.is_err());
        assert_eq!(ids(&lake.snapshot(), dir.path()), [1], "what was taken is still to be seen");
        set_disk(dir.path(), None);
        let again = lake.append(vec![at(1, 0), at(2, 1)]).await.expect("there is room again");
        assert_eq!(again, Appended { accepted: 1, duplicates: 1 });
        assert!(lake.status().ready);
        set_disk(dir.path(), Some(disk));
        reason(lake.append(vec![at(3, 1)]).await);
        set_disk(dir.path(), None);
        drop(lake);
        let lake = open(dir.path()).await;
        assert_eq!(ids(&lake.snapshot(), dir.path()), [1, 2]);
        lake.flush(NOW_US).await.expect("it is written");
        assert_eq!(lake.append(vec![at(1, 0)]).await.expect("it is known").duplicates, 1);
        assert_eq!(ids(&lake.snapshot(), dir.path()), [1, 2]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_disk_makes_senders_wait_and_come_again_and_memory_stays_bounded() {
    let dir = tempfile::tempdir().expect("a folder");
    let settings = LakeSettings { max_pending_events: 30, ..settings(dir.path()) };
    let lake = Lake::open(settings, NOW_US).await.expect("it opens");
    set_disk(dir.path(), Some(Disk::Slow(Duration::from_millis(300))));
    let mut senders = Vec::new();
    for sender in 0..20_i64 {
        let lake = Arc::clone(&lake);
        senders.push(tokio::spawn(async move {
            let events: Vec<Event> = (0..5).map(|id| at(sender * 5 + id, 0)).collect();
            lake.append(events).await
        }));
    }
    let (mut taken, mut refused) = (0, 0);
    for sender in senders {
        match sender.await.expect("it ends") {
            Ok(appended) => taken += appended.accepted,
            Err(AppendError::Overloaded { retry_after }) => {
                assert!(retry_after > Duration::ZERO);
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
        assert!(lake.status().pending_events <= 30);
    }
    set_disk(dir.path(), None);
    assert!(refused > 0 && taken >= 30, "{taken} taken, {refused} senders refused");
    assert_eq!(ids(&lake.snapshot(), dir.path()).len(), taken);
    assert_eq!(lake.status().pending_events, 0);
}

#[tokio::test]
async fn a_torn_or_damaged_log_gives_back_every_whole_frame() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    let mut ends = Vec::new();
    for id in 1..=3 {
        lake.append(vec![at(id, 0)]).await.expect("it is kept");
        ends.push(lake.status().log_bytes as usize);
    }
    drop(lake);
    let log_dir = dir.path().join("lake/log");
    let segment = log::path(&log_dir, log::segments(&log_dir).expect("the folder")[0]);
    let mut bytes = fs::read(&segment).expect("it is there");
    bytes[ends[1] - 3] ^= 1;
    bytes.extend_from_slice(b"half a frame");
    fs::write(&segment, bytes).expect("it is damaged");
    let lake = open(dir.path()).await;
    assert_eq!(ids(&lake.snapshot(), dir.path()), [1, 3]);
    assert!(segment.with_extension(log::DAMAGED).exists(), "the segment is kept beside");
    lake.append(vec![at(4, 0)]).await.expect("it goes on");
    lake.flush(NOW_US).await.expect("it is written");
    assert_eq!(ids(&lake.snapshot(), dir.path()), [1, 3, 4]);
}

async fn pageviews(lake: &Lake, runtime: &QueryRuntime) -> Result<f64, QueryError> {
    let context = Context {
        now: Timestamp::from_microsecond(NOW_US).expect("a moment"),
        time_zone: jiff::tz::TimeZone::UTC,
        first_event: None,
        currency: "EUR".parse().expect("a currency"),
        conversions: Vec::new(),
    };
    let body = json!({"site_id": "shop.example", "metrics": ["pageviews"], "date_range": "7d"});
    let query = Query::parse(&body, &context).expect("a query");
    let result = run(&lake.snapshot(), runtime, 1, &query).await?;
    Ok(result.rows[0].metrics[0].number().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_data_file_is_named_and_can_be_set_aside() {
    for missing in [false, true] {
        let dir = tempfile::tempdir().expect("a folder");
        let lake = open(dir.path()).await;
        let runtime = QueryRuntime::new(64 << 20).expect("threads start");
        for day in [-3, -2] {
            lake.append(vec![at(day + 10, day * 1_440)]).await.expect("it is kept");
            lake.flush(NOW_US).await.expect("it is written");
        }
        let file = lake.snapshot().files[0].clone();
        let path = dir.path().join("lake/events").join(file.path.as_ref());
        if missing {
            fs::remove_file(&path).expect("it goes");
        } else {
            fs::write(&path, b"PAR1 nonsense").expect("it is damaged");
        }
        drop(lake);
        let lake = open(dir.path()).await;
        match pageviews(&lake, &runtime).await {
            Err(QueryError::Damaged { path, .. }) => assert_eq!(path, file.path.to_string()),
            other => panic!("{other:?}"),
        }
        lake.append(vec![at(20, 0)]).await.expect("events are still taken");
        lake.flush(NOW_US).await.expect("and written");
        assert!(lake.compact(NOW_US + 3 * 86_400_000_000).await.is_err(), "it says so");
        let others = lake
            .snapshot()
            .files
            .iter()
            .filter(|file| crate::writer::Kind::is_whole_day(file))
            .count();
        assert!(others >= 1, "other dates are put together all the same");
        let lake_dir = dir.path().join("lake");
        let inspection = crate::inspect::inspect(&lake_dir).await.expect("it can be looked at");
        let damaged = crate::inspect::damaged(&inspection.root, &inspection.files, false);
        assert_eq!(damaged.len(), 1);
        assert_eq!(damaged[0].path, file.path.to_string());
        let paths = vec![damaged[0].path.clone()];
        let count = crate::inspect::set_aside(&lake_dir, &paths, NOW_US).await;
        assert_eq!(count.expect("it is set aside"), 1);
        lake.catalog.refresh().await.expect("the table can be read");
        assert_eq!(pageviews(&lake, &runtime).await.expect("the rest is answered") as u64, 1);
        lake.compact(NOW_US + 3 * 86_400_000_000).await.expect("it is compacted");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_loses_nothing_and_counts_nothing_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    let day_us = 1_440 * MINUTE_US;
    let ahead_us = NOW_US + 2 * day_us;
    let lake = Lake::open(settings(dir.path()), ahead_us).await.expect("it opens");
    lake.append(vec![at(1, 2 * 1_440), at(2, 0)]).await.expect("they are kept");
    lake.flush(ahead_us).await.expect("they are written");
    lake.compact(ahead_us + 2 * day_us).await.expect("they are put together");
    for back_us in [NOW_US, NOW_US - day_us] {
        lake.append(vec![at(1, 2 * 1_440), at(back_us / day_us, 1)]).await.expect("it is kept");
        lake.flush(back_us).await.expect("it is written");
        lake.compact(back_us).await.expect("it is compacted");
        lake.catalog.vacuum(back_us).await.expect("it is tidied");
        lake.shared.runs.tidy(back_us).expect("it is tidied");
    }
    let all = ids(&lake.snapshot(), dir.path());
    assert_eq!(all.len(), 4);
    drop(lake);
    let lake = open(dir.path()).await;
    assert_eq!(ids(&lake.snapshot(), dir.path()), all);
    for id in all {
        assert_eq!(lake.append(vec![at(id, 0)]).await.expect("it is known").duplicates, 1);
    }
    lake.compact(ahead_us + 6 * day_us).await.expect("the clock is right again");
    assert_eq!(ids(&lake.snapshot(), dir.path()).len(), 4);
}
