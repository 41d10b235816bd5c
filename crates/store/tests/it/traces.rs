//! What is deleted leaves no byte behind: SQLite's files are looked at as they lie.

use std::path::Path;

use jiff::civil::date;
use luotsi_store::Store;
use luotsi_store::qa::NewQuarantined;

use crate::stores::{now, shop, workspace};

const SECRET: &str = "secret-of-the-erased";

/// Names of the files in a folder that hold a text.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file"));
    let holds = |path: &Path| {
        let bytes = std::fs::read(path).expect("it can be read");
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    };
    let found = files.filter(|file| holds(&file.path()));
    found.map(|file| file.file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn nothing_of_an_erased_message_stays_in_any_file_of_the_state() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("luotsi.sqlite");
    let store = Store::open_file(&file, now()).await.expect("a store");
    // A server and a command beside it.
    let beside = Store::open_file(&file, now()).await.expect("a store");
    let (workspace, _) = workspace(&store).await;
    let site = store.create_site(&workspace, shop("a.example"), now()).await.expect("a site").id;
    let message = |number: i64| NewQuarantined {
        site: Some((workspace.clone(), site.clone())),
        protocol: "segment".into(),
        path: format!("/{SECRET}"),
        body: format!("{SECRET} {}", "x".repeat(20 * number as usize)),
        ids: vec![number % 2],
        ..NewQuarantined::default()
    };
    // Rows of many sizes, so that pages are divided and joined.
    for round in 0..30 {
        let messages: Vec<_> = (0..20).map(|number| message(round * 20 + number)).collect();
        store.quarantine(&messages, now()).await.expect("kept");
    }
    assert!(!holding(folder.path(), SECRET).is_empty(), "the search finds what is there");
    for ids in [[0], [1]] {
        beside.erase_quarantined(&workspace, &site, &ids, false).await.expect("erased");
    }
    beside.wipe().await.expect("wiped");
    assert_eq!(holding(folder.path(), SECRET), Vec::<String>::new());
}

#[tokio::test]
async fn destroyed_salts_are_in_no_file_and_no_salt_leaves_in_a_copy() {
    let folder = tempfile::tempdir().expect("a folder");
    let copies = tempfile::tempdir().expect("a folder");
    let store = Store::open_file(&folder.path().join("luotsi.sqlite"), now()).await.expect("open");
    let hex = |salt: [u8; 16]| format!("{:032x}", u128::from_be_bytes(salt));
    let first = hex(store.visitor_salts(date(2026, 3, 20)).await.expect("salts").today);
    assert!(!holding(folder.path(), &first).is_empty(), "the search finds what is there");
    store.hand_over_to(&copies.path().join("copy.sqlite")).await.expect("copied");
    assert_eq!(holding(copies.path(), &first), Vec::<String>::new());
    store.visitor_salts(date(2026, 3, 21)).await.expect("salts");
    assert!(!holding(folder.path(), &first).is_empty(), "yesterday's is kept");
    store.visitor_salts(date(2026, 3, 22)).await.expect("salts");
    assert_eq!(holding(folder.path(), &first), Vec::<String>::new());
}
