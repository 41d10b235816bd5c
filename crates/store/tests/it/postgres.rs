//! A private PostgreSQL for the tests, from the Debian package; it stops when this process ends.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use sqlx::{AnyConnection, Connection as _};

/// The server's folder, and the shell that runs it for as long as its standard input is open: until
/// this process ends, however it does.
struct Server {
    folder: PathBuf,
    _shell: Child,
}

static SERVER: OnceLock<Server> = OnceLock::new();

/// The address of a database of the private server.
pub(crate) fn url(database: &str) -> String {
    let folder = &SERVER.get_or_init(start).folder;
    format!("postgres://luotsi@localhost/{database}?host={}", folder.display())
}

/// Makes an empty database and gives its address.
pub(crate) async fn fresh_database(name: &str) -> String {
    let mut connection = connect().await;
    sqlx::query(sqlx::AssertSqlSafe(format!("create database {name} template template0")))
        .execute(&mut connection)
        .await
        .expect("a new database");
    connection.close().await.expect("closed");
    url(name)
}

async fn connect() -> AnyConnection {
    sqlx::any::install_default_drivers();
    let started = Instant::now();
    loop {
        match AnyConnection::connect(&url("postgres")).await {
            Ok(connection) => return connection,
            Err(error) if started.elapsed() > Duration::from_mins(1) => {
                panic!("PostgreSQL did not start: {error}")
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

fn start() -> Server {
    let programs = programs();
    // A socket's path has at most 107 bytes, so not wherever TMPDIR points.
    let folder = PathBuf::from(format!("/tmp/luotsi-pg-{}", std::process::id()));
    std::fs::create_dir(&folder).expect("a folder for PostgreSQL");
    let shell = Command::new("sh")
        .arg("-c")
        .arg(include_str!("postgres.sh"))
        .arg("postgres.sh")
        .arg(&programs)
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh");
    Server { folder, _shell: shell }
}

/// The newest installed server's programs.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, programs)| has_server(programs))
        .max();
    let Some((_, programs)) = newest else {
        panic!(
            "PostgreSQL is missing: `apt-get install postgresql` gives /usr/lib/postgresql/VERSION/bin/initdb"
        );
    };
    programs
}

fn has_server(programs: &Path) -> bool {
    programs.join("initdb").exists() && programs.join("postgres").exists()
}
