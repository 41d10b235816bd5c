//! The looks that a check-up takes, each by itself: what stops one does not stop the next.

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use luotsi_api::lookup::Lookup;
use luotsi_lake::inspect::{self, Inspection, SegmentState, inspect};
use luotsi_lake::lake::LakeError;
use luotsi_notify::mail::{MailSettings, Mailer};
use luotsi_store::{Store, StoreError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::Finding;
use crate::clock;
use crate::settings::Settings;

/// Less free room than this and a day of traffic may not fit, bytes.
const LEAST_FREE: u64 = 1 << 30;

/// Events may be this much ahead of the clock: other machines' clocks differ a little.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// No clock that is right shows an earlier time: this program is younger.
const EARLIEST: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn all(settings: &Settings, deep: bool) -> Vec<Finding> {
    let mut findings = folder(&settings.data_dir);
    let there = settings.data_dir.is_dir();
    findings.extend(disk(&settings.data_dir));
    if there || settings.state.is_some() {
        findings.push(database(settings).await);
    }
    let lake = settings.lake_settings().dir;
    let mut latest_us = None;
    if there && lake.join("events").is_dir() {
        match inspect(&lake).await {
            Ok(inspection) => {
                latest_us = inspection.latest_us();
                findings.push(table(&inspection, deep));
                findings.push(log(&inspection));
            }
            Err(error) => findings.push(Finding::wrong(
                "lake",
                format!("the events table cannot be read: {error}"),
                "Restore the latest backup into an empty folder: luotsi restore FILE --data-dir NEW",
            )),
        }
    } else if there {
        findings.push(Finding::fine("lake", "no events table yet; the first start makes it"));
    }
    findings.push(time(clock::now(), latest_us));
    findings.extend(country_database(settings));
    if let Some(mail) = &settings.mail {
        findings.push(mail_server(mail).await);
    }
    findings.push(port(settings).await);
    findings
}

fn folder(dir: &Path) -> Vec<Finding> {
    const WHAT: &str = "data folder";
    let shown = dir.display();
    let Ok(metadata) = std::fs::metadata(dir) else {
        let mend = "Name the right one with --data-dir, or let `luotsi serve` make it.";
        return vec![Finding::wrong(WHAT, format!("`{shown}` is not there"), mend)];
    };
    if !metadata.is_dir() {
        let mend = "Name a folder with --data-dir.";
        return vec![Finding::wrong(WHAT, format!("`{shown}` is no folder"), mend)];
    }
    let probe = dir.join(format!(".doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, b"probe").and_then(|()| std::fs::remove_file(&probe));
    let mut findings = vec![match written {
        Ok(()) => Finding::fine(WHAT, format!("`{shown}` can be written")),
        Err(error) => {
            let mend = format!("Let the user who runs the server own it: chown -R USER '{shown}'");
            Finding::wrong(WHAT, format!("`{shown}` cannot be written: {error}"), mend)
        }
    }];
    findings.extend(permissions(dir, &metadata));
    findings
}

#[cfg(unix)]
fn permissions(dir: &Path, metadata: &std::fs::Metadata) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    Some(if mode & 0o077 == 0 {
        Finding::fine("permissions", "only its owner may look into the folder")
    } else {
        let mend = format!("chmod 700 '{}'", dir.display());
        Finding::wrong(
            "permissions",
            format!("others may look into the folder (mode {mode:o})"),
            mend,
        )
    })
}

#[cfg(not(unix))]
fn permissions(_: &Path, _: &std::fs::Metadata) -> Option<Finding> {
    None
}

#[cfg(unix)]
fn disk(dir: &Path) -> Option<Finding> {
    let there = dir.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    let room = rustix::fs::statvfs(there).ok()?;
    let free = room.f_bavail.saturating_mul(room.f_frsize);
    let total = room.f_blocks.saturating_mul(room.f_frsize).max(1);
    let found = format!(
        "{:.1} GiB free, {} % of the disk",
        free as f64 / (1_u64 << 30) as f64,
        free * 100 / total
    );
    Some(if free >= LEAST_FREE {
        Finding::fine("disk", found)
    } else {
        let mend = "Make room, or move the data folder; events are refused when the disk is full.";
        Finding::wrong("disk", found, mend)
    })
}

#[cfg(not(unix))]
fn disk(_: &Path) -> Option<Finding> {
    None
}

async fn database(settings: &Settings) -> Finding {
    const WHAT: &str = "database";
    let file = settings.data_dir.join("luotsi.sqlite");
    if settings.state.is_none() && !file.is_file() {
        return Finding::fine(WHAT, "none yet; the first start makes it");
    }
    let opened = Store::open(&settings.store_url(), clock::now()).await;
    let counted = match opened {
        Ok(store) => match store.all_sites().await {
            Ok(sites) => store.user_count().await.map(|users| (sites.len(), users)),
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    match counted {
        Ok((sites, users)) => {
            let version = Store::schema_version();
            Finding::fine(
                WHAT,
                format!("answers, schema version {version}, {users} users, {sites} sites"),
            )
        }
        Err(error @ StoreError::TooNew { .. }) => Finding::wrong(
            WHAT,
            error.to_string(),
            "Run the newer version of Luotsi that wrote it.",
        ),
        Err(error) => {
            let mend = match &settings.state {
                Some(_) => {
                    "Check that PostgreSQL runs, and the address in LUOTSI_STATE or luotsi.toml."
                        .to_owned()
                }
                None => format!(
                    "Let the user who runs the server own `{}`; if it is damaged, restore the latest backup.",
                    file.display()
                ),
            };
            Finding::wrong(WHAT, chain(&error), mend)
        }
    }
}

/// An error with what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

/// Whether the files that the table names are there, whole.
fn table(inspection: &Inspection, deep: bool) -> Finding {
    const WHAT: &str = "events table";
    let damaged = inspect::damaged(&inspection.root, &inspection.files, deep);
    let rows: u64 = inspection.files.iter().map(|file| file.rows).sum();
    let Some(first) = damaged.first() else {
        let found = format!(
            "version {}, {} files, {rows} events",
            inspection.version,
            inspection.files.len()
        );
        return Finding::fine(WHAT, found);
    };
    let lost: u64 = damaged.iter().map(|file| file.rows).sum();
    let found = format!(
        "{} data files are missing or damaged, with {lost} events, first `{}`: {}",
        damaged.len(),
        first.path,
        first.reason
    );
    let mend = "Check the disk. Restore the latest backup into an empty folder (luotsi restore FILE --data-dir NEW), \
                or go on without these files: luotsi doctor --set-aside";
    Finding::wrong(WHAT, found, mend)
}

/// Takes damaged data files out of the table; gives their number.
pub(super) async fn set_aside(settings: &Settings, deep: bool) -> Result<usize, LakeError> {
    let lake = settings.lake_settings().dir;
    if !lake.join("events").is_dir() {
        return Ok(0);
    }
    let inspection = inspect(&lake).await?;
    let damaged = inspect::damaged(&inspection.root, &inspection.files, deep);
    let paths: Vec<String> = damaged.into_iter().map(|file| file.path).collect();
    inspect::set_aside(&lake, &paths, clock::now().as_microsecond()).await
}

/// A torn end is ordinary for the last segment only: a server is writing it, or was stopped.
fn log(inspection: &Inspection) -> Finding {
    const WHAT: &str = "write-ahead log";
    let rows: u64 = inspection.segments.iter().map(|segment| segment.rows).sum();
    let bytes: u64 = inspection.segments.iter().map(|segment| segment.bytes).sum();
    let count = inspection.segments.len();
    let before_last = &inspection.segments[..count.saturating_sub(1)];
    let damaged = |segment: &&SegmentState| segment.damaged_bytes > 0;
    let torn = |segment: &&SegmentState| segment.torn && segment.rows > 0;
    let broken = before_last.iter().find(torn);
    match broken.or_else(|| inspection.segments.iter().find(damaged)) {
        None => Finding::fine(
            WHAT,
            format!("{count} segments, {bytes} bytes, {rows} events wait for a data file"),
        ),
        Some(segment) => {
            let found = format!("segment {} is damaged before its end", segment.number);
            let mend = "Check the disk. The next start takes every frame that is whole and keeps the segment beside.";
            Finding::wrong(WHAT, found, mend)
        }
    }
}

fn time(now: Timestamp, latest_us: Option<i64>) -> Finding {
    const WHAT: &str = "clock";
    let latest = latest_us.and_then(|at_us| Timestamp::from_microsecond(at_us).ok());
    if now < EARLIEST {
        let mend = "Set the clock, and let NTP keep it.";
        return Finding::wrong(WHAT, format!("shows {now}, before this program was written"), mend);
    }
    match latest {
        Some(latest) if latest > now + AHEAD => {
            let found = format!("shows {now}, and there is an event of {latest}");
            let mend = "Set the clock, and let NTP keep it; if it is right, an import held events of the future.";
            Finding::wrong(WHAT, found, mend)
        }
        Some(latest) => {
            Finding::fine(WHAT, format!("shows {now}; the latest event is of {latest}"))
        }
        None => Finding::fine(WHAT, format!("shows {now}; there is no event yet")),
    }
}

fn country_database(settings: &Settings) -> Option<Finding> {
    const WHAT: &str = "country database";
    let path = settings.country_database.as_ref()?;
    let shown = path.display();
    let mend = "Name a MaxMind DB file with --country-database, or leave the setting out for the built-in one.";
    Some(match std::fs::read(path) {
        Err(error) => Finding::wrong(WHAT, format!("`{shown}` cannot be read: {error}"), mend),
        Ok(bytes) => match Lookup::new(Some(bytes)) {
            Ok(_) => Finding::fine(WHAT, format!("`{shown}` can be read")),
            Err(error) => Finding::wrong(WHAT, format!("`{shown}`: {error}"), mend),
        },
    })
}

/// Whether the mail server answers and takes name and password; nothing is sent.
async fn mail_server(settings: &MailSettings) -> Finding {
    const WHAT: &str = "mail";
    let checked = match Mailer::new(settings.clone()) {
        Ok(mailer) => mailer.check().await,
        Err(error) => Err(error),
    };
    match checked {
        Ok(()) => Finding::fine(WHAT, format!("the server answers: {settings:?}")),
        Err(error) => Finding::wrong(
            WHAT,
            format!("{settings:?}: {error}"),
            "Look at host, port, tls, ca_file, user and password of [mail] in luotsi.toml.",
        ),
    }
}

/// Whether the port is free for a server, or one of ours has it and is well.
async fn port(settings: &Settings) -> Finding {
    const WHAT: &str = "address";
    let listen = settings.listen;
    match TcpListener::bind(listen).await {
        Ok(_) => Finding::fine(WHAT, format!("{listen} is free; no server runs there")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            match get(settings, "/readyz").await {
                Some((200, _)) => {
                    Finding::fine(WHAT, format!("a server answers at {listen} and is ready"))
                }
                Some((503, reason)) => Finding::wrong(
                    WHAT,
                    format!("the server at {listen} is not ready: {}", reason.trim()),
                    "Its log says more; a restart is safe: what was acknowledged is on the disk.",
                ),
                _ => Finding::wrong(
                    WHAT,
                    format!("another program has {listen}"),
                    "Stop it, or serve at another address: luotsi serve --listen ADDRESS:PORT",
                ),
            }
        }
        Err(error) => {
            let mend = "Choose an address of this machine and a port above 1023 with --listen.";
            Finding::wrong(WHAT, format!("{listen} cannot be used: {error}"), mend)
        }
    }
}

/// Status and body of a small plain page; `None` when nobody answers in HTTP.
async fn get(settings: &Settings, path: &str) -> Option<(u16, String)> {
    let mut address = settings.listen;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            [127, 0, 0, 1].into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        stream.take(64 * 1024).read_to_end(&mut answer).await.ok()?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        Some((status, body.to_owned()))
    };
    timeout(PATIENCE, exchange).await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_795_000_000, 0);

    #[test]
    fn a_clock_behind_the_events_is_wrong() {
        let latest =
            |minutes: i64| Some((NOW + SignedDuration::from_mins(minutes)).as_microsecond());
        assert_eq!(time(NOW, None).verdict, Verdict::Fine);
        assert_eq!(time(NOW, latest(-60)).verdict, Verdict::Fine);
        assert_eq!(time(NOW, latest(4)).verdict, Verdict::Fine);
        assert!(matches!(time(NOW, latest(6)).verdict, Verdict::Wrong(_)));
        assert!(matches!(time(Timestamp::UNIX_EPOCH, None).verdict, Verdict::Wrong(_)));
    }

    #[test]
    fn a_folder_that_is_not_there_is_wrong() {
        let dir = tempfile::tempdir().unwrap();
        let findings = folder(&dir.path().join("nowhere"));
        assert!(matches!(findings[0].verdict, Verdict::Wrong(_)), "{findings:?}");
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(folder(&file)[0].found.contains("is no folder"));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_may_read_is_wrong() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(folder(dir.path())[1].verdict, Verdict::Wrong(_)));
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        assert!(folder(dir.path()).iter().all(|finding| finding.verdict == Verdict::Fine));
    }
}
