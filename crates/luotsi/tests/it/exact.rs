//! Repeats, late events, stops and kills: every count is exact.

use std::time::{SystemTime, UNIX_EPOCH};

use luotsi_bench::exact::{Plan, run};

#[test]
#[expect(clippy::disallowed_methods, reason = "the server under test has a real clock")]
fn counts_are_exact_whatever_comes_twice_late_or_while_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let plan = Plan {
        luotsi: env!("CARGO_BIN_EXE_luotsi").into(),
        folder: folder.path().join("data"),
        events: 50_000,
        now: i64::try_from(now).unwrap(),
        seed: 1,
        visits: false,
    };
    let report = run(&plan).unwrap();
    assert_eq!((report.sent, report.restarts, report.kills), (50_000, 4, 2));
    assert!(report.late > 2_000 && report.sent_again > 2_000, "{report:?}");
}
