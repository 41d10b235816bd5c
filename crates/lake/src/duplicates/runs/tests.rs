//! Runs against a plain set.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::duplicates::key;

fn holds(runs: &Runs, id: i64) -> bool {
    runs.known(&[key(1, id)]).expect("they can be read")[0]
}

fn names(dir: &Path) -> usize {
    let entries = fs::read_dir(dir).expect("the folder");
    entries
        .filter(|entry| {
            entry
                .as_ref()
                .is_ok_and(|entry| entry.path().extension().is_some_and(|e| e == EXTENSION))
        })
        .count()
}

#[test]
fn there_are_few_runs_however_often_one_is_added() {
    let dir = tempfile::tempdir().expect("a folder");
    let runs = Runs::open(dir.path(), 0).expect("it opens");
    for run in 0..200_i64 {
        runs.add((0..100).map(|id| key(1, run * 100 + id)).collect(), run).expect("it is written");
        runs.tidy(run).expect("they are merged");
    }
    assert!(names(dir.path()) <= 12, "{} runs", names(dir.path()));
    drop(runs);
    let runs = Runs::open(dir.path(), DAY_US).expect("it opens");
    assert_eq!(names(dir.path()), 1, "one run a day that is over");
    let keys: Vec<u64> = (0..40_000).map(|id| key(1, id)).collect();
    let known = runs.known(&keys).expect("they can be read");
    assert!(known[..20_000].iter().all(|known| *known));
    assert!(known[20_000..].iter().all(|known| !*known));
}

#[test]
fn ids_are_known_for_seven_days_and_then_go() {
    let dir = tempfile::tempdir().expect("a folder");
    let runs = Runs::open(dir.path(), 0).expect("it opens");
    runs.add(vec![key(1, 1)], 0).expect("it is written");
    runs.tidy(7 * DAY_US).expect("it stays");
    assert!(holds(&runs, 1));
    runs.tidy(7 * DAY_US + 1).expect("it goes");
    assert!(!holds(&runs, 1));
    assert_eq!(names(dir.path()), 0);
}

#[test]
fn a_damaged_run_makes_them_incomplete() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut runs = Runs::open(dir.path(), 0).expect("it opens");
    assert!(!runs.is_complete());
    runs.add((0..1_000).map(|id| key(1, id)).collect(), 0).expect("it is written");
    runs.completed().expect("it is noted");
    assert!(Runs::open(dir.path(), 0).expect("it opens").is_complete());
    let entries = fs::read_dir(dir.path()).expect("the folder");
    let path = entries
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.extension().is_some());
    let path = path.expect("a run");
    let mut bytes = fs::read(&path).expect("it can be read");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).expect("it is damaged");
    assert!(!Runs::open(dir.path(), 0).expect("it opens").is_complete());
    assert!(!path.exists());
}

#[derive(Debug, Clone)]
enum Step {
    Add(Vec<i64>),
    Tidy(i64),
    Erase(Vec<i64>),
    Reopen,
    NoFilters,
}

fn step() -> impl Strategy<Value = Step> {
    let ids = || proptest::collection::vec(0..3_000_i64, 1..900);
    prop_oneof![
        5 => ids().prop_map(Step::Add),
        2 => (0..3_i64).prop_map(Step::Tidy),
        1 => ids().prop_map(Step::Erase),
        1 => Just(Step::Reopen),
        1 => Just(Step::NoFilters),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn they_hold_what_a_set_holds(steps in proptest::collection::vec(step(), 1..20)) {
        let dir = tempfile::tempdir().expect("a folder");
        let mut runs = Runs::open(dir.path(), 0).expect("it opens");
        let (mut set, mut day) = (BTreeSet::new(), 0);
        for step in steps {
            match step {
                Step::Add(ids) => {
                    runs.add(ids.iter().map(|id| key(1, *id)).collect(), day * DAY_US).expect("it is written");
                    set.extend(ids);
                }
                Step::Tidy(days) => {
                    day = (day + days).min(6);
                    runs.tidy(day * DAY_US).expect("they are merged");
                }
                Step::Erase(ids) => {
                    runs.erase(&ids.iter().map(|id| key(1, *id)).collect()).expect("they go");
                    ids.iter().for_each(|id| { set.remove(id); });
                }
                Step::Reopen => {
                    drop(runs);
                    runs = Runs::open(dir.path(), day * DAY_US).expect("it opens");
                }
                Step::NoFilters => runs.live.read().iter().for_each(|run| run.drop_filter()),
            }
            let keys: Vec<u64> = (0..3_000).map(|id| key(1, id)).collect();
            let expected: Vec<bool> = (0..3_000).map(|id| set.contains(&id)).collect();
            prop_assert_eq!(runs.known(&keys).expect("they can be read"), expected);
        }
    }
}
