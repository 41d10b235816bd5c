//! A backup of a running server, restored and counted; and what the doctor says of both.

use std::fs;

use serde_json::{Value, json};

use crate::server::{Installation, Server, luotsi};

const EVENTS: usize = 40;

async fn count(server: &Server, installation: &Installation) -> Value {
    let body = json!({"site_id": installation.domain, "metrics": ["events"], "date_range": "day"});
    server.query(&installation.token, &body).await["results"][0]["metrics"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_server_holds_everything_that_was_acknowledged() {
    let mut installation = Installation::new("shop.example");
    // Some events in data files, some in the log only.
    for _ in 0..2 {
        let server = Server::start(&installation).await;
        for number in 0..EVENTS / 4 {
            let event = json!({"n": "pageview", "u": format!("https://shop.example/{number}"), "d": "shop.example"});
            assert_eq!(server.post_event(&event).await, 202);
        }
        server.stop();
    }
    let server = Server::start(&installation).await;
    for number in 0..EVENTS / 2 {
        let event = json!({"n": "click", "u": format!("https://shop.example/{number}"), "d": "shop.example"});
        assert_eq!(server.post_event(&event).await, 202);
    }
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("backup.tar");
    let file = file.to_str().unwrap();
    let manifest: Value =
        serde_json::from_str(&installation.luotsi(&["backup", file, "--json"], "")).unwrap();
    assert_eq!(manifest["events"], EVENTS);
    assert_eq!(
        luotsi(installation.folder.path(), &["backup", file], "").code,
        2,
        "an older backup is not written over"
    );
    let leftovers = fs::read_dir(installation.folder.path()).unwrap();
    assert!(
        leftovers
            .flatten()
            .all(|entry| !entry.file_name().to_string_lossy().starts_with("backup-"))
    );
    server.kill();

    let restored = tempfile::tempdir().unwrap();
    let run = luotsi(restored.path(), &["restore", file], "");
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        luotsi(restored.path(), &["restore", file], "").code,
        2,
        "a folder with something in it stays as it is"
    );
    installation.folder = crate::server::Folder::Temporary(restored);
    let server = Server::start(&installation).await;
    assert_eq!(count(&server, &installation).await, EVENTS);
}

#[test]
fn a_backup_that_was_cut_leaves_no_folder_behind() {
    let installation = Installation::new("shop.example");
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("backup.tar");
    installation.luotsi(&["backup", file.to_str().unwrap()], "");
    let whole = fs::read(&file).unwrap();
    for length in [0, 300, whole.len() / 2] {
        fs::write(&file, &whole[..length]).unwrap();
        let target = outside.path().join(format!("target-{length}"));
        let run = luotsi(&target, &["restore", file.to_str().unwrap()], "");
        assert_eq!(run.code, 1, "{length}: {run:?}");
        assert!(!target.exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_a_sound_installation_sound() {
    let installation = Installation::new("shop.example");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(installation.folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    }
    let server = Server::start(&installation).await;
    let event = json!({"n": "pageview", "u": "https://shop.example/", "d": "shop.example"});
    assert_eq!(server.post_event(&event).await, 202);
    let listen = server.address.to_string();
    let run = luotsi(installation.folder.path(), &["doctor", "--json", "--listen", &listen], "");
    let report: Value = serde_json::from_str(&run.output).unwrap();
    assert_eq!((run.code, &report["ok"]), (0, &json!(true)), "{report:#}");
    let address = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["check"] == "address")
        .unwrap();
    assert!(address["found"].as_str().unwrap().contains("is ready"), "{address}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_what_is_wrong_and_how_to_mend_it() {
    let installation = Installation::new("shop.example");
    let server = Server::start(&installation).await;
    let event = json!({"n": "pageview", "u": "https://shop.example/", "d": "shop.example"});
    assert_eq!(server.post_event(&event).await, 202);
    server.stop();
    let events = installation.folder.path().join("lake/events");
    let partition = fs::read_dir(&events)
        .unwrap()
        .flatten()
        .find(|entry| entry.file_name().to_string_lossy().starts_with("date="));
    let data = fs::read_dir(partition.unwrap().path()).unwrap().flatten().next().unwrap();
    fs::remove_file(data.path()).unwrap();
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = other.local_addr().unwrap().to_string();
    std::thread::spawn(move || while other.accept().is_ok() {});
    let run = luotsi(installation.folder.path(), &["doctor", "--listen", &listen], "");
    assert_eq!(run.code, 1);
    assert!(
        run.output.contains("WRONG  events table: 1 data files are missing or damaged"),
        "{}",
        run.output
    );
    assert!(run.output.contains("luotsi restore"), "{}", run.output);
    assert!(run.output.contains("another program has"), "{}", run.output);
    let nowhere = installation.folder.path().join("nowhere");
    let run = luotsi(&nowhere, &["doctor"], "");
    assert_eq!(run.code, 1);
    assert!(run.output.contains("is not there") && !nowhere.exists(), "{}", run.output);
}
