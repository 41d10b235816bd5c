//! Empty stores to test on, and the small things that tests put in them.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use luotsi_marketing::site::BusinessType;
use luotsi_store::site::SiteSettings;
use luotsi_store::user::NewUser;
use luotsi_store::{Store, sqlite_url};
use tempfile::TempDir;

use crate::postgres;

/// An empty database on one engine, removed when dropped.
pub(crate) struct Database {
    pub(crate) url: String,
    _folder: Option<TempDir>,
}

/// An open store on an empty database.
pub(crate) struct Fresh {
    pub(crate) store: Store,
    pub(crate) database: Database,
}

/// An empty database on each engine.
pub(crate) async fn databases() -> [Database; 2] {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = sqlite_url(&folder.path().join("luotsi test.db"));
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    [
        Database { url: sqlite, _folder: Some(folder) },
        Database { url: postgres::fresh_database(&name).await, _folder: None },
    ]
}

/// An open, empty store on each engine.
pub(crate) async fn stores() -> Vec<Fresh> {
    let mut all = Vec::new();
    for database in databases().await {
        all.push(Fresh {
            store: Store::open(&database.url, now()).await.expect("an open store"),
            database,
        });
    }
    all
}

/// 21 March 2026, noon UTC.
pub(crate) fn now() -> Timestamp {
    "2026-03-21T12:00:00Z".parse().expect("a time")
}

pub(crate) fn person(email: &str) -> NewUser<'_> {
    NewUser { email, name: "Aino", locale: "fi", password_hash: "$argon2id$…" }
}

pub(crate) fn shop(domain: &str) -> SiteSettings {
    SiteSettings {
        domain: domain.into(),
        name: "Shop".into(),
        time_zone: "Europe/Helsinki".into(),
        currency: "EUR".into(),
        business_type: BusinessType::WebShop,
        retention_days: None,
    }
}

/// A workspace with an owner: their ids.
pub(crate) async fn workspace(store: &Store) -> (String, String) {
    let (user, workspace) = store
        .create_owner(&person("aino@shop.example"), "Shop", false, now())
        .await
        .expect("an owner");
    (workspace.id, user.id)
}
