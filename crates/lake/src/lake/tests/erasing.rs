//! Nothing of whoever is erased stays: every byte of the folder is looked at.

use std::fs;

use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;

use super::*;
use crate::person::Who;

const VISITOR: i64 = 7_123_456_789_012_345_671;
const PHONE: i64 = -6_123_456_789_012_345_672;
const PERSON: i64 = 5_123_456_789_012_345_673;
const SECRET: &str = "secret-of-the-erased";

fn secret(id: i64, minute: i64, visitor_id: i64, person_id: Option<i64>) -> Event {
    Event {
        visitor_id,
        person_id,
        previous_visitor_id: Some(visitor_id - 1),
        pathname: format!("/{SECRET}/{id}"),
        props: vec![("name".into(), format!("{SECRET} prop"))],
        title: Some(SECRET.into()),
        transaction_id: Some(SECRET.into()),
        ..at(id, minute)
    }
}

fn other(id: i64, minute: i64) -> Event {
    Event { visitor_id: id % 3, ..at(id, minute) }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files
}

/// Where something of `ids` or the secret text is found.
fn traces(dir: &Path, ids: &[i64]) -> Vec<String> {
    let mut needles: Vec<Vec<u8>> = vec![SECRET.as_bytes().to_vec()];
    for id in ids {
        needles.extend([id.to_le_bytes().to_vec(), id.to_string().into_bytes()]);
    }
    let mut found = Vec::new();
    for path in files(dir) {
        let bytes = fs::read(&path).expect("it can be read");
        if needles.iter().any(|needle| bytes.windows(needle.len()).any(|part| part == needle)) {
            found.push(format!("{} as it lies", path.display()));
        }
        if path.extension().is_some_and(|extension| extension == "parquet") {
            let file = fs::File::open(&path).expect("it can be read");
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("it is Parquet");
            for batch in reader.build().expect("it can be read") {
                let batch = batch.expect("it can be read");
                for column in batch.columns() {
                    let hit = match column.as_primitive_opt::<Int64Type>() {
                        Some(numbers) => numbers.iter().flatten().any(|id| ids.contains(&id)),
                        None => format!("{column:?}").contains(SECRET),
                    };
                    if hit {
                        found.push(format!("{} decoded", path.display()));
                    }
                }
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_an_erased_person_stays_in_the_folder() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    // A closed date, an open one, the log and memory; anonymous at first, then named, on two devices.
    for (day, id) in [(-5 * 1_440, 0), (-1_440, 100), (0, 200)] {
        let mut events = vec![
            secret(id + 1, day, VISITOR, None),
            secret(id + 2, day + 1, VISITOR, Some(PERSON)),
            secret(id + 3, day + 700, PHONE, Some(PERSON)),
            secret(id + 4, day + 701, PERSON, Some(PERSON)),
        ];
        events.extend((10..40).map(|at| other(id + at, day + at)));
        lake.append(events).await.expect("they are kept");
        lake.flush(NOW_US).await.expect("they are written");
        lake.compact(NOW_US).await.expect("they are put together");
    }
    drop(lake);
    let lake = open(dir.path()).await;
    lake.append(vec![secret(301, 5, VISITOR, None), other(302, 5)]).await.expect("they are kept");
    let staged = dir.path().join("lake/staging/stopped");
    fs::create_dir_all(&staged).expect("a folder");
    fs::write(staged.join("lock"), b"").expect("a file");
    fs::write(staged.join("rows"), SECRET).expect("a file");
    fs::write(dir.path().join("lake/log/1.damaged"), SECRET).expect("a file");

    let who = Who { site_number: 1, person_ids: vec![PERSON], ..Who::default() };
    let listed = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let list = Arc::clone(&listed);
    let count = lake.events_of(&who, move |event| list.lock().push(event)).await;
    assert_eq!(count.expect("they are listed"), 13);
    assert!(listed.lock().iter().all(|event| event["props"]["name"] == format!("{SECRET} prop")));
    let phone = serde_json::Value::from(PHONE.to_string());
    assert!(listed.lock().iter().any(|event| event["visitor_id"] == phone));

    let ids = [VISITOR, PHONE, PERSON];
    assert!(!traces(dir.path(), &ids).is_empty(), "the search finds what is there");
    let erased = lake.erase(&who, NOW_US).await.expect("it is erased");
    assert_eq!((erased.events, erased.imports_running), (13, 0));
    assert!(ids.iter().all(|id| erased.ids.contains(id)), "{erased:?}");
    assert_eq!(traces(dir.path(), &ids), Vec::<String>::new());
    assert_eq!(ids_of_others(&lake, dir.path()), 91);
    let again = lake.append(vec![other(302, 5)]).await.expect("it is known");
    assert_eq!(again.duplicates, 1, "the others' ids are still known");
    let again = lake.append(vec![secret(301, 5, VISITOR, None)]).await.expect("it is kept");
    assert_eq!(again.duplicates, 0, "not even the ids of the erased events are kept");
    assert_eq!(lake.erase(&who, NOW_US).await.expect("nobody is linked any more").events, 0);
    let who = Who { site_number: 1, visitor_ids: vec![VISITOR], ..Who::default() };
    assert_eq!(lake.erase(&who, NOW_US).await.expect("it is erased").events, 1);
    assert_eq!(traces(dir.path(), &ids), Vec::<String>::new());
}

fn ids_of_others(lake: &Lake, dir: &Path) -> usize {
    ids(&lake.snapshot(), dir).len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_beside_the_server_has_it_erase() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = open(dir.path()).await;
    let maintenance = lake.spawn_maintenance(|| NOW_US);
    lake.append(vec![secret(1, 0, VISITOR, None), other(2, 0)]).await.expect("they are kept");
    let who = Who { site_number: 1, visitor_ids: vec![VISITOR], ..Who::default() };
    let found = crate::person::export(&dir.path().join("lake"), who.clone(), |_| ()).await;
    assert_eq!(found.expect("they are listed"), 1);
    let erased = erase_in(settings(dir.path()), &who, NOW_US, Duration::from_secs(60)).await;
    assert_eq!(erased.expect("the server answers").events, 1);
    assert_eq!(traces(dir.path(), &[VISITOR]), Vec::<String>::new());
    maintenance.abort();
    drop(maintenance.await);
    drop(lake);
    let erased = erase_in(settings(dir.path()), &who, NOW_US, Duration::ZERO).await;
    assert_eq!(erased.expect("there is no server to ask").events, 0);
}
