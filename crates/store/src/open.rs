//! Opening the database: which engine, how each connection is set up, transactions.

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use sqlx::any::{Any, AnyConnectOptions, AnyPoolOptions, AnyQueryResult};
use sqlx::{AnyConnection, AnyPool, Connection as _, Row as _, Transaction};

use crate::{Result, StoreError, migrate};

/// The database engine behind a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// The installation's state. Cheap to clone: clones share their connections.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: AnyPool,
    engine: Engine,
    uses: Arc<Uses>,
}

/// When the use of a token or a sign-in was last noted, by its id.
type Uses = Mutex<HashMap<String, Timestamp>>;

/// Who asks waits no longer for the note that they did.
const NOTE_PATIENCE: Duration = Duration::from_millis(500);

/// Uses that are remembered; all are forgotten when there are so many.
const MOST_USES: usize = 10_000;

/// Set on every SQLite connection.
///
/// Writers wait for each other, in this process and in others. A commit is on the disk when it
/// returns (`synchronous = full`): a token that was shown once must not be forgotten by a power cut.
/// What is deleted is written over (`secure_delete`).
const PRAGMAS: [&str; 5] = [
    "pragma busy_timeout = 10000",
    "pragma journal_mode = wal",
    "pragma foreign_keys = on",
    "pragma synchronous = full",
    "pragma secure_delete = on",
];

const MOST_CONNECTIONS: u32 = 8;

/// The address of a SQLite file, which is made when it is not there.
pub fn sqlite_url(file: &Path) -> String {
    const SPECIAL: &AsciiSet =
        &CONTROLS.add(b' ').add(b'%').add(b'?').add(b'#').add(b'"').add(b'<').add(b'>').add(b'`');
    format!("sqlite://{}?mode=rwc", utf8_percent_encode(&file.to_string_lossy(), SPECIAL))
}

impl Store {
    /// Opens the SQLite file, makes it when it is not there, and brings its schema up to date.
    ///
    /// Only the user who runs the program may read the file.
    pub async fn open_file(file: &Path, now: Timestamp) -> Result<Store> {
        prepare_file(file)
            .map_err(|source| StoreError::File { path: file.display().to_string(), source })?;
        Store::open(&sqlite_url(file), now).await
    }

    /// Opens the database at `sqlite://…` or `postgres://…` and brings its schema up to date.
    pub async fn open(url: &str, now: Timestamp) -> Result<Store> {
        Store::open_at_version(url, migrate::LATEST, now).await
    }

    /// Opens the database as a program of an older version would have left it. For tests of upgrades.
    #[doc(hidden)]
    pub async fn open_at_version(url: &str, version: i64, now: Timestamp) -> Result<Store> {
        sqlx::any::install_default_drivers();
        let engine = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Engine::Sqlite,
            Some("postgres" | "postgresql") => Engine::Postgres,
            _ => return Err(StoreError::Address(url.to_owned())),
        };
        let options = AnyConnectOptions::from_str(url)?;
        if engine == Engine::Sqlite {
            switch_to_wal(&options).await?;
        }
        let pool = AnyPoolOptions::new()
            .max_connections(MOST_CONNECTIONS)
            .acquire_timeout(Duration::from_secs(20))
            .after_connect(|connection, _| Box::pin(set_up(connection)))
            .connect_with(options)
            .await?;
        let store = Store { pool, engine, uses: Arc::default() };
        migrate::up_to(&store, version, now).await?;
        Ok(store)
    }

    /// Notes that something was used, at most every so often. A disk that is full, read-only or slow
    /// keeps nobody from using it: what cannot be noted is told in the log.
    pub(crate) async fn note_use<F>(&self, id: &str, now: Timestamp, every: SignedDuration, note: F)
    where
        F: Future<Output = std::result::Result<AnyQueryResult, sqlx::Error>> + Send + 'static,
    {
        {
            let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
            let since = uses.get(id).map(|noted| now.duration_since(*noted));
            if since.is_some_and(|since| !since.is_negative() && since < every) {
                return;
            }
            if uses.len() >= MOST_USES {
                uses.clear();
            }
            uses.insert(id.to_owned(), now);
        }
        let noted = tokio::spawn(async move {
            if let Err(error) = note.await {
                tracing::warn!(%error, "when a token or sign-in was used cannot be written down");
            }
        });
        tokio::time::timeout(NOTE_PATIENCE, noted).await.ok();
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The version of the schema, counted from 1.
    pub fn schema_version() -> i64 {
        migrate::LATEST
    }

    /// Asks the database a trivial question: an error says why it does not answer.
    pub async fn ping(&self) -> Result<()> {
        self.user_count().await.map(drop)
    }

    /// Copies a running SQLite database into a new file, consistent as of one moment.
    pub async fn copy_to(&self, file: &Path) -> Result<()> {
        if self.engine != Engine::Sqlite {
            return Err(StoreError::NoCopy);
        }
        let file = file.to_string_lossy().into_owned();
        sqlx::query("vacuum into $1").bind(file).execute(&self.pool).await?;
        Ok(())
    }

    /// Copies a running SQLite database into a new file that leaves the server, without the salts of
    /// visitor ids: with them whoever has the file could tell visitors again.
    pub async fn hand_over_to(&self, file: &Path) -> Result<()> {
        self.copy_to(file).await?;
        let mut copy = AnyConnection::connect(&sqlite_url(file)).await?;
        // Nothing is left beside the file, not even for a moment.
        for pragma in ["pragma journal_mode = memory", "pragma secure_delete = on"] {
            sqlx::query(pragma).execute(&mut copy).await?;
        }
        sqlx::query(include_str!("../sql/visitor_salts.delete_all.sql")).execute(&mut copy).await?;
        copy.close().await?;
        Ok(())
    }

    /// Empties SQLite's write-ahead log, so that the bytes of what was deleted are in no file.
    ///
    /// PostgreSQL keeps and reuses its own log as it is set up to.
    pub async fn empty_log(&self) -> Result<()> {
        const TRIES: u32 = 100;
        if self.engine != Engine::Sqlite {
            return Ok(());
        }
        for _ in 0..TRIES {
            let row = sqlx::query("pragma wal_checkpoint(truncate)").fetch_one(&self.pool).await?;
            if row.try_get::<i64, _>(0)? == 0 {
                return Ok(());
            }
            // Somebody still reads what lies in the log.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(StoreError::LogInUse)
    }

    /// Writes the SQLite file anew without what was deleted, and empties its write-ahead log: after
    /// somebody was erased, no byte of theirs is left. Copies that moved rows left behind go, too.
    pub async fn wipe(&self) -> Result<()> {
        if self.engine == Engine::Sqlite {
            sqlx::query("vacuum").execute(&self.pool).await?;
        }
        self.empty_log().await
    }

    /// Waits for running queries and closes the connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Starts a transaction that is going to write.
    ///
    /// SQLite takes the lock at once: a transaction that reads first and then wants to write would
    /// be refused, not made to wait, when another process wrote in between.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Any>> {
        Ok(match self.engine {
            Engine::Sqlite => self.pool.begin_with("begin immediate").await?,
            Engine::Postgres => self.pool.begin().await?,
        })
    }
}

async fn set_up(connection: &mut AnyConnection) -> sqlx::Result<()> {
    if connection.backend_name() == "SQLite" {
        for pragma in PRAGMAS {
            sqlx::query(pragma).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// Turns the write-ahead log on. It stays on in the file.
///
/// SQLite does not wait here when another process is doing the same, hence the patience.
async fn switch_to_wal(options: &AnyConnectOptions) -> Result<()> {
    const TRIES: u32 = 100;
    let mut tries = 0;
    loop {
        tries += 1;
        let mut connection = <AnyConnection as sqlx::Connection>::connect_with(options).await?;
        let done = set_up(&mut connection).await;
        connection.close().await?;
        match done {
            Ok(()) => return Ok(()),
            Err(_) if tries < TRIES => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(unix)]
fn prepare_file(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let made = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(file);
    match made {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop),
    }
}

#[cfg(not(unix))]
fn prepare_file(_file: &Path) -> std::io::Result<()> {
    Ok(())
}
