//! A visitor who begins without an id and gives one in the midst of a visit: the visit goes on, the id is
//! whose it is, and by it everything is found.

use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use jiff::Timestamp;
use luotsi_marketing::query::{Context, Query};
use parking_lot::Mutex;
use serde_json::json;

use super::*;
use crate::person::{Who, export};
use crate::query::{QueryRuntime, run};

/// The visitor's hash of the first day.
const HASH: i64 = 7_123_456_789_012_345_671;
/// The hash of the day before.
const HASH_BEFORE: i64 = 7_123_456_789_012_345_672;
/// What the visitor is recognised by from the consent on.
const NAMED: i64 = -6_123_456_789_012_345_673;
const OTHER: i64 = 6_123_456_789_012_345_674;
const PERSON: i64 = 5_123_456_789_012_345_675;
const DAY: i64 = 1_440;

fn unnamed(id: i64, minute: i64) -> Event {
    let previous_visitor_id = Some(HASH_BEFORE);
    Event { visitor_id: HASH, previous_visitor_id, ..at(id, minute) }
}

fn named_as(named: i64, id: i64, minute: i64) -> Event {
    Event {
        visitor_id: named,
        previous_visitor_id: Some(HASH),
        named_id: Some(named),
        earlier_visitor_id: Some(HASH_BEFORE),
        ..at(id, minute)
    }
}

fn named(id: i64, minute: i64) -> Event {
    named_as(NAMED, id, minute)
}

/// A view, a consent, an event; and a visit of the day after.
fn scenario() -> Vec<Event> {
    vec![unnamed(1, 0), named(2, 5), named(3, 6), named(4, DAY), named(5, DAY + 2)]
}

/// Visitors, visits and page views of some days from the first on.
async fn counted(lake: &Lake, days: i64) -> [u64; 3] {
    let moment = |us: i64| Timestamp::from_microsecond(us).expect("a moment");
    let context = Context {
        now: moment(NOW_US + days * DAY * MINUTE_US),
        time_zone: jiff::tz::TimeZone::UTC,
        first_event: Some(moment(NOW_US)),
        currency: "EUR".parse().expect("a currency"),
        conversions: Vec::new(),
    };
    let last = moment(NOW_US + (days - 1) * DAY * MINUTE_US).to_string();
    let body = json!({
        "site_id": "shop.example", "metrics": ["visitors", "visits", "pageviews"],
        "date_range": ["2026-11-21", &last[..10]],
    });
    let query = Query::parse(&body, &context).expect("a query");
    let runtime = QueryRuntime::new(256 << 20).expect("threads start");
    let result = run(&lake.snapshot(), &runtime, 1, &query).await.expect("it is answered");
    [0, 1, 2].map(|at| result.rows[0].metrics[at].number().unwrap_or_default() as u64)
}

fn of_named() -> Who {
    Who { site_number: 1, visitor_ids: vec![NAMED], ..Who::default() }
}

async fn listed(lake: &Lake, dir: &Path, who: &Who) -> Vec<serde_json::Value> {
    let rows = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&rows);
    let count = lake.events_of(who, move |row| into.lock().push(row)).await.expect("it is listed");
    let beside = export(&dir.join("lake"), who.clone(), |_| ()).await.expect("it is listed");
    assert_eq!(count, beside, "as beside the server");
    let mut rows = rows.lock().clone();
    rows.sort_by_key(|row| row["event_id"].as_str().map(str::to_owned));
    rows
}

/// Settles everything up to a week after.
async fn settle(lake: &Lake) {
    lake.flush(NOW_US).await.expect("it is written");
    for day in 2..8 {
        lake.compact(NOW_US + day * DAY * MINUTE_US).await.expect("it is put together");
    }
}

async fn appended(events: Vec<Event>, dir: &Path) -> Arc<Lake> {
    let lake = open(dir).await;
    for event in events {
        lake.append(vec![event]).await.expect("it is kept");
    }
    lake
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_visit_goes_on_and_the_visitor_comes_back_the_next_day() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = appended(scenario(), dir.path()).await;
    assert_eq!(counted(&lake, 1).await, [1, 1, 3], "from memory");
    assert_eq!(counted(&lake, 2).await, [1, 2, 5]);
    let rows = listed(&lake, dir.path(), &of_named()).await;
    assert_eq!(rows.len(), 5, "also what came before the consent");
    assert_eq!(rows[1]["named_id"], NAMED.to_string());
    lake.flush(NOW_US).await.expect("it is written");
    assert_eq!(counted(&lake, 2).await, [1, 2, 5], "from files");
    settle(&lake).await;
    assert_eq!(counted(&lake, 2).await, [1, 2, 5], "from settled files and summaries");
    assert_eq!(listed(&lake, dir.path(), &of_named()).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_order_in_which_they_come_it_is_one_visit_of_one_visitor() {
    let [first, second, third] = [unnamed(1, 0), named(2, 5), named(3, 6)];
    let orders = [
        [&second, &first, &third],
        [&second, &third, &first],
        [&third, &second, &first],
        [&third, &first, &second],
        [&first, &third, &second],
    ];
    for order in orders {
        let dir = tempfile::tempdir().expect("a folder");
        let lake = appended(order.map(Event::clone).to_vec(), dir.path()).await;
        assert_eq!(counted(&lake, 1).await, [1, 1, 3]);
        assert_eq!(listed(&lake, dir.path(), &of_named()).await.len(), 3);
        settle(&lake).await;
        assert_eq!(counted(&lake, 1).await, [1, 1, 3]);
        let rows = listed(&lake, dir.path(), &of_named()).await;
        assert_eq!(rows.len(), 3);
        let is = |row: &serde_json::Value| {
            [&row["named_id"], &row["visitor_id"]].contains(&&json!(NAMED.to_string()))
        };
        assert!(rows[1..].iter().all(is), "{rows:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_in_the_midst_of_the_visit_forgets_nothing() {
    for flushed in [false, true] {
        let dir = tempfile::tempdir().expect("a folder");
        let lake = appended(vec![unnamed(1, 0), named(2, 5)], dir.path()).await;
        if flushed {
            lake.flush(NOW_US).await.expect("it is written");
        }
        drop(lake);
        let lake = open(dir.path()).await;
        // From another address: only the id tells, and what a server says of it.
        let moved = Event { previous_visitor_id: Some(OTHER), ..named(3, 6) };
        let by_server = Event { named_id: None, previous_visitor_id: None, ..named(4, 7) };
        // A neighbour with the same hash is somebody else.
        let neighbour = named_as(OTHER, 5, 8);
        for event in [moved, by_server, neighbour] {
            lake.append(vec![event]).await.expect("it is kept");
        }
        assert_eq!(counted(&lake, 1).await, [2, 2, 5]);
        assert_eq!(listed(&lake, dir.path(), &of_named()).await.len(), 4);
        settle(&lake).await;
        assert_eq!(counted(&lake, 1).await, [2, 2, 5]);
    }
}

#[tokio::test]
async fn a_consent_after_midnight_is_to_the_visit_begun_before() {
    let dir = tempfile::tempdir().expect("a folder");
    let before = Event { visitor_id: HASH_BEFORE, previous_visitor_id: None, ..at(1, 0) };
    let lake = appended(vec![before, named(2, 5)], dir.path()).await;
    let rows = kept(&lake.snapshot(), dir.path());
    assert_eq!(rows[0].session_id, rows[1].session_id);
    assert_eq!(listed(&lake, dir.path(), &of_named()).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_earlier_visit_without_an_id_stays_nobodys() {
    let dir = tempfile::tempdir().expect("a folder");
    let earlier = unnamed(9, -120);
    let events = vec![earlier, unnamed(1, 0), named(2, 5), named(3, 100)];
    let lake = appended(events, dir.path()).await;
    settle(&lake).await;
    assert_eq!(counted(&lake, 1).await, [2, 3, 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_signs_in_after_the_consent_is_found_by_either_id() {
    let dir = tempfile::tempdir().expect("a folder");
    let signs_in = Event { person_id: Some(PERSON), ..named(3, 6) };
    let events = vec![unnamed(1, 0), named(2, 5), signs_in, named(4, DAY)];
    let lake = appended(events, dir.path()).await;
    settle(&lake).await;
    // The visit is the person's, the next one the browser's.
    assert_eq!(counted(&lake, 2).await, [2, 2, 4]);
    for who in [of_named(), Who { site_number: 1, person_ids: vec![PERSON], ..Who::default() }] {
        assert_eq!(listed(&lake, dir.path(), &who).await.len(), 4);
    }
}

/// Whether any row of a data file holds one of these ids.
fn holds(dir: &Path, ids: &[i64]) -> bool {
    let files = walk(&dir.join("lake"));
    files.iter().any(|path| {
        let bytes = std::fs::read(path).expect("it can be read");
        let lies = |id: &i64| {
            let (raw, text) = (id.to_le_bytes(), id.to_string());
            bytes.windows(8).any(|part| part == raw)
                || bytes.windows(text.len()).any(|part| part == text.as_bytes())
        };
        ids.iter().any(lies)
            || (path.extension().is_some_and(|kind| kind == "parquet") && {
                let file = std::fs::File::open(path).expect("it can be read");
                let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("it is Parquet");
                reader.build().expect("it can be read").any(|batch| {
                    let batch = batch.expect("it can be read");
                    batch.columns().iter().any(|column| {
                        let numbers = column.as_primitive_opt::<Int64Type>();
                        numbers.is_some_and(|ids_of| {
                            ids_of.iter().flatten().any(|id| ids.contains(&id))
                        })
                    })
                })
            })
    })
}

fn walk(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erasing_the_id_erases_what_came_before_the_consent_and_after_it() {
    for settled in [false, true] {
        let dir = tempfile::tempdir().expect("a folder");
        let mut events = scenario();
        events.extend((10..40).map(|id| Event { visitor_id: id % 3, ..at(id, id) }));
        let lake = appended(events, dir.path()).await;
        if settled {
            settle(&lake).await;
        }
        assert!(holds(dir.path(), &[HASH]) && holds(dir.path(), &[NAMED]), "they are there");
        let erased = lake.erase(&of_named(), NOW_US).await.expect("it is erased");
        assert_eq!(erased.events, 5);
        assert!(!holds(dir.path(), &[HASH, NAMED]));
        assert_eq!(ids(&lake.snapshot(), dir.path()).len(), 30, "the others' stay");
        // The browser goes on: a visit of its own, which the erased one does not swallow.
        lake.append(vec![named(50, DAY + 3)]).await.expect("it is kept");
        assert_eq!(listed(&lake, dir.path(), &of_named()).await.len(), 1);
    }
}
