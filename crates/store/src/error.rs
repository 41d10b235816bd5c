//! What can be refused by the store.

/// What every call to the store answers.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing of this id in this workspace.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// Someone wrote it since it was read: read again and decide again.
    #[error("the {0} was changed since it was read")]
    Stale(&'static str),
    /// Another row has this value, which must be unique.
    #[error("the {0} is already in use")]
    Taken(&'static str),
    #[error("a workspace keeps at least one owner")]
    LastOwner,
    #[error("the owner account was already made")]
    AlreadySetUp,
    #[error(
        "the database has version {found}, and this program knows versions up to {known}: \
         use the newer program that wrote it"
    )]
    TooNew { found: i64, known: i64 },
    #[error("`{0}` is no database address: give sqlite://FILE or postgres://USER@HOST/NAME")]
    Address(String),
    #[error("a copy is made of SQLite only: use pg_dump for PostgreSQL")]
    NoCopy,
    #[error("the write-ahead log of the state is in use and was not emptied: do it again")]
    LogInUse,
    #[error("column {column} cannot be read: {reason}")]
    Unreadable { column: &'static str, reason: String },
    #[error("the password could not be hashed: {0}")]
    Password(String),
    #[error("the database file {path} cannot be prepared")]
    File { path: String, source: std::io::Error },
    #[error("the database did not do it")]
    Database(#[from] sqlx::Error),
}

/// Names the value that must be unique when the database says that it is not.
pub(crate) fn unique(what: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| {
        let taken =
            error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation);
        if taken { StoreError::Taken(what) } else { StoreError::Database(error) }
    }
}

/// One row was meant: none means that there is no such thing in the workspace.
pub(crate) fn found(result: &sqlx::any::AnyQueryResult, what: &'static str) -> Result<()> {
    if result.rows_affected() == 0 { Err(StoreError::NotFound(what)) } else { Ok(()) }
}
