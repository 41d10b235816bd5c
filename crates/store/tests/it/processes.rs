//! Several processes on one database: the command line beside a running server.

use std::process::{Command, Stdio};

use luotsi_store::{Engine, Store, sqlite_url};

use crate::stores::{now, person, shop, stores, workspace};

const ADDRESS: &str = "LUOTSI_TEST_STORE";
const SITES_EACH: usize = 20;

/// What the child processes of the next test do; nothing when it runs by itself.
#[tokio::test]
async fn a_process_that_adds_sites_when_it_is_told_where() {
    let Ok(url) = std::env::var(ADDRESS) else { return };
    let store = Store::open(&url, now()).await.expect("open");
    let workspace = store.all_workspaces().await.expect("read").remove(0).id;
    for number in 0..SITES_EACH {
        let domain = format!("{}-{number}.example", std::process::id());
        store.create_site(&workspace, shop(&domain), now()).await.expect("a site");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn four_processes_write_to_one_database_and_nothing_is_lost() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let mut children: Vec<_> = (0..4)
            .map(|_| {
                Command::new(std::env::current_exe().expect("this program"))
                    .args(["--exact", "processes::a_process_that_adds_sites_when_it_is_told_where"])
                    .env(ADDRESS, &fresh.database.url)
                    .stdout(Stdio::null())
                    .spawn()
                    .expect("a process")
            })
            .collect();
        for number in 0..SITES_EACH {
            let email = format!("user{number}@shop.example");
            store.create_user(&person(&email), now()).await.expect("a user beside them");
        }
        for child in &mut children {
            let done = tokio::task::block_in_place(|| child.wait()).expect("an end");
            assert!(done.success(), "{done}");
        }
        assert_eq!(store.sites(&workspace).await.expect("read").len(), 4 * SITES_EACH);
    }
}

#[tokio::test]
async fn a_copy_of_a_running_database_is_a_database() {
    for fresh in stores().await {
        let store = fresh.store;
        let (workspace, _) = workspace(&store).await;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("copy.db");
        let done = store.copy_to(&file).await;
        if store.engine() == Engine::Postgres {
            assert!(done.is_err());
            continue;
        }
        done.expect("copied");
        let copy = Store::open(&sqlite_url(&file), now()).await.expect("open");
        assert_eq!(copy.workspace(&workspace).await.expect("read").name, "Shop");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_user_reads_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("luotsi.db");
    let store = Store::open_file(&file, now()).await.expect("open");
    workspace(&store).await;
    for name in ["luotsi.db", "luotsi.db-wal", "luotsi.db-shm"] {
        let mode = std::fs::metadata(folder.path().join(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    store.close().await;
    Store::open_file(&file, now()).await.expect("open again");
}
