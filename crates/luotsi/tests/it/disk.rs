//! Real disks that fill up, turn read-only or stall under a running server: a small ext4 in a file, on a
//! loop device of its own. Where none may be mounted the tests say so and check nothing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::server::{Installation, Server};

const SITE: &str = "disk.example";

/// A small disk.
struct Disk {
    point: PathBuf,
    image: PathBuf,
    // Last: the folder goes when nothing is mounted in it any more.
    _folder: TempDir,
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let ended =
        Command::new(program).args(arguments).output().map_err(|error| error.to_string())?;
    if ended.status.success() {
        return Ok(());
    }
    Err(format!("{program} {arguments:?}: {}", String::from_utf8_lossy(&ended.stderr).trim()))
}

impl Disk {
    /// A disk of so many megabytes; `None` where none may be mounted.
    fn new(megabytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let (image, point) = (folder.path().join("image"), folder.path().join("disk"));
        std::fs::File::create(&image).unwrap().set_len(megabytes << 20).unwrap();
        std::fs::create_dir(&point).unwrap();
        let made = run("mkfs.ext4", &["-q", "-m", "0", image.to_str().unwrap()]);
        let disk = Self { point, image, _folder: folder };
        match made.and_then(|()| disk.mount()) {
            Ok(()) => Some(disk),
            Err(reason) => {
                eprintln!("NOT TESTED: no disk can be mounted here: {reason}");
                None
            }
        }
    }

    fn mount(&self) -> Result<(), String> {
        run("mount", &["-o", "loop", self.image.to_str().unwrap(), self.point()])
    }

    fn unmount(&self) -> Result<(), String> {
        run("umount", &[self.point()])
    }

    fn point(&self) -> &str {
        self.point.to_str().unwrap()
    }

    fn folder(&self) -> PathBuf {
        self.point.join("data")
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let filler = std::fs::File::create(self.point.join("filler")).unwrap();
        let mut bytes = 1_u64 << 20;
        let mut end = 0;
        while bytes >= 512 {
            let zeros = vec![0; bytes as usize];
            match std::os::unix::fs::FileExt::write_all_at(&filler, &zeros, end) {
                Ok(()) => end += bytes,
                Err(_) => bytes /= 2,
            }
        }
        filler.sync_all().ok();
    }

    fn make_room(&self) {
        std::fs::remove_file(self.point.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run("fsfreeze", &["-u", self.point()]).ok();
        run("umount", &["-l", self.point()]).ok();
    }
}

/// Posts page views until one is answered otherwise than 202; how many were, and that answer.
async fn post(server: &Server, from: u64, most: u64) -> (u64, Option<u16>) {
    for number in from..from + most {
        let event = json!({"n": "pageview", "u": format!("https://{SITE}/{number}"), "d": SITE,
            "id": format!("{number}"), "p": {"text": "x".repeat(1_500)}});
        let status = server.post_event(&event).await;
        if status != 202 {
            return (number - from, Some(status));
        }
    }
    (most, None)
}

async fn counted(server: &Server, installation: &Installation) -> u64 {
    let asked = json!({"site_id": SITE, "metrics": ["pageviews"], "date_range": "day"});
    let answer = server.query(&installation.token, &asked).await;
    answer["results"][0]["metrics"][0].as_u64().unwrap()
}

fn log(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_turns_events_away_and_goes_on_when_there_is_room() {
    let Some(disk) = Disk::new(48) else { return };
    let installation = Installation::within(SITE, disk.folder());
    let logs = tempfile::tempdir().unwrap();
    let path = logs.path().join("log");
    let server = Server::start_logging(&installation, &path).await;
    assert_eq!(post(&server, 0, 20).await, (20, None));
    disk.fill();
    let (more, refused) = post(&server, 20, 5_000).await;
    assert_eq!(refused, Some(503), "{more} more were taken");
    let taken = 20 + more;
    let token = &installation.token;
    let batch =
        json!([{"n": "pageview", "u": format!("https://{SITE}/"), "d": SITE, "id": "batch"}]);
    let (status, retry_after) = server.post_batch(token, batch.to_string()).await;
    assert_eq!(status, 503);
    assert!(retry_after.is_some_and(|seconds| seconds >= 1));
    assert!(log(&path).contains("events cannot be kept"), "{}", log(&path));
    assert!(log(&path).contains("No space left"), "{}", log(&path));
    assert_eq!(counted(&server, &installation).await, taken, "questions are still answered");
    disk.make_room();
    let began = Instant::now();
    // It goes on by itself. The event that was refused is sent again under its id.
    while post(&server, taken, 1).await.1.is_some() {
        assert!(began.elapsed() < Duration::from_secs(30), "{}", log(&path));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(counted(&server, &installation).await, taken + 1);
    server.kill();
    let server = Server::start(&installation).await;
    assert_eq!(counted(&server, &installation).await, taken + 1);
    assert_eq!(post(&server, 0, taken + 5).await, (taken + 5, None), "what is known counts once");
    assert_eq!(counted(&server, &installation).await, taken + 5);
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_turns_read_only_loses_nothing_that_was_acknowledged() {
    let Some(disk) = Disk::new(48) else { return };
    let installation = Installation::within(SITE, disk.folder());
    let logs = tempfile::tempdir().unwrap();
    let path = logs.path().join("log");
    let server = Server::start_logging(&installation, &path).await;
    assert_eq!(post(&server, 0, 30).await, (30, None));
    // As the kernel does it when a disk breaks: nothing is written any more, though files are open.
    run("mount", &["-o", "remount,abort", disk.point()]).unwrap();
    let (more, refused) = post(&server, 30, 50).await;
    assert_eq!((more, refused), (0, Some(503)));
    assert!(log(&path).contains("events cannot be kept"), "{}", log(&path));
    let reason = ["Read-only file system", "Input/output error"];
    assert!(reason.iter().any(|reason| log(&path).contains(reason)), "{}", log(&path));
    assert_eq!(counted(&server, &installation).await, 30, "questions are still answered");
    server.kill();
    // Whoever starts it on such a disk is told.
    let started = crate::server::luotsi(&disk.folder(), &["serve", "--listen", "127.0.0.1:0"], "");
    assert_ne!(started.code, 0);
    assert!(
        reason.iter().any(|reason| started.errors.contains(reason))
            || started.errors.contains("readonly"),
        "{started:?}"
    );
    disk.unmount().unwrap();
    run("e2fsck", &["-p", "-f", disk.image.to_str().unwrap()]).ok();
    disk.mount().unwrap();
    let server = Server::start(&installation).await;
    assert_eq!(counted(&server, &installation).await, 30);
    assert_eq!(post(&server, 25, 10).await, (10, None), "what is known counts once");
    assert_eq!(counted(&server, &installation).await, 35);
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_stalls_makes_senders_wait_or_come_again_and_loses_nothing() {
    let Some(disk) = Disk::new(64) else { return };
    let installation = Installation::within(SITE, disk.folder());
    std::fs::write(disk.folder().join("luotsi.toml"), "most_waiting_events = 20\n").unwrap();
    let server = std::sync::Arc::new(Server::start(&installation).await);
    assert_eq!(post(&server, 0, 5).await, (5, None));
    run("fsfreeze", &["-f", disk.point()]).unwrap();
    let senders: Vec<_> = (0..100_u64)
        .map(|sender| {
            let server = server.clone();
            tokio::spawn(async move {
                let event = json!({"n": "pageview", "u": format!("https://{SITE}/"), "d": SITE,
                    "id": format!("sender {sender}")});
                server.post_event(&event).await
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let waiting = senders.iter().filter(|sender| !sender.is_finished()).count();
    run("fsfreeze", &["-u", disk.point()]).unwrap();
    let (mut taken, mut turned_away) = (5, 0);
    for sender in senders {
        match sender.await.unwrap() {
            202 => taken += 1,
            503 => turned_away += 1,
            other => panic!("answered {other}"),
        }
    }
    assert!(waiting > 0, "nobody waited for the disk");
    assert!(turned_away > 0, "no more may wait than the setting says");
    assert_eq!(counted(&server, &installation).await, taken);
    std::sync::Arc::into_inner(server).unwrap().kill();
    let server = Server::start(&installation).await;
    assert_eq!(counted(&server, &installation).await, taken);
}
