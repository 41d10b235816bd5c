//! What the installation remembers besides events: users, workspaces, sites, goals and the rest.
//!
//! One `Store` over SQLite or PostgreSQL; one file per query under `sql/`, the same text on both.
//! Several processes may open the same database at once.

pub mod alert;
pub mod annotation;
pub mod attempt;
pub mod audit;
pub mod board;
pub mod conversion;
pub mod counting;
mod error;
pub mod figures;
pub mod goal;
pub mod idempotency;
pub mod identity;
pub mod imported;
pub mod key;
pub mod metric;
mod migrate;
pub mod milestone;
pub mod notice;
pub mod objective;
pub mod observation;
mod open;
pub mod outlook;
pub mod password;
pub mod qa;
pub mod rates;
pub mod resource;
pub mod review;
mod row;
pub mod salt;
pub mod secret;
pub mod session;
pub mod share;
pub mod site;
pub mod site_key;
pub mod token;
pub mod user;
pub mod webhook;
pub mod work;
pub mod workspace;

pub use error::{Result, StoreError};
pub use open::{Engine, Store, sqlite_url};

/// A new id: a UUID of version 7, which sorts by time.
pub fn new_id(now: jiff::Timestamp) -> String {
    let at = now.as_microsecond().max(0).unsigned_abs();
    let nanos = u32::try_from(at % 1_000_000).unwrap_or_default() * 1000;
    uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, at / 1_000_000, nanos))
        .to_string()
}
