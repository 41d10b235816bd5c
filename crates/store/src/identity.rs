//! Which visitors are one person, as clients said. Rows are added, and taken back only when someone is
//! erased.

use std::fmt;
use std::str::FromStr;

use crate::row::{Columns, unreadable};
use crate::{Result, Store};

/// How a client joined two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkKind {
    /// An anonymous visitor turned out to be a person.
    Identify,
    /// A name is another name of the same person.
    Alias,
}

/// A word that names no kind of link.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of link")]
pub struct UnknownLinkKind(pub String);

impl LinkKind {
    pub fn as_str(self) -> &'static str {
        match self {
            LinkKind::Identify => "identify",
            LinkKind::Alias => "alias",
        }
    }
}

impl fmt::Display for LinkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for LinkKind {
    type Err = UnknownLinkKind;

    fn from_str(word: &str) -> Result<LinkKind, UnknownLinkKind> {
        [LinkKind::Identify, LinkKind::Alias]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| UnknownLinkKind(word.to_owned()))
    }
}

/// That `from` means `to` on a site: hashes of names, as events carry them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Link {
    pub from: i64,
    pub to: i64,
    pub kind: LinkKind,
    /// When it was said, microseconds UTC.
    pub at_us: i64,
}

/// A link as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptLink {
    pub from: i64,
    pub to: i64,
    pub kind: LinkKind,
    pub first_at_us: i64,
    pub last_at_us: i64,
}

/// A link with the site it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteLink {
    pub workspace_id: String,
    pub site_id: String,
    pub link: Link,
}

/// That a name is another name of someone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alias {
    pub site_number: i32,
    pub from: i64,
    pub to: i64,
}

impl Store {
    /// The aliases of all sites, site by site, the oldest first.
    pub async fn all_aliases(&self) -> Result<Vec<Alias>> {
        let rows = sqlx::query(include_str!("../sql/identity_links.aliases.sql"))
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                let columns = Columns(row);
                let site_number = columns.int("number")?;
                Ok(Alias {
                    site_number: i32::try_from(site_number)
                        .map_err(|reason| unreadable("number", reason))?,
                    from: columns.int("from_id")?,
                    to: columns.int("to_id")?,
                })
            })
            .collect()
    }

    /// Keeps links, all or none. A link that is there keeps its first time and gets the later last one.
    pub async fn note_links(&self, links: &[SiteLink]) -> Result<()> {
        let mut transaction = self.begin().await?;
        for SiteLink { workspace_id, site_id, link } in links {
            sqlx::query(include_str!("../sql/identity_links.upsert.sql"))
                .bind(workspace_id)
                .bind(site_id)
                .bind(link.from)
                .bind(link.to)
                .bind(link.kind.as_str())
                .bind(link.at_us)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// All links of a site, the oldest first.
    pub async fn links(&self, workspace: &str, site: &str) -> Result<Vec<KeptLink>> {
        let rows = sqlx::query(include_str!("../sql/identity_links.of_site.sql"))
            .bind(workspace)
            .bind(site)
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                let columns = Columns(row);
                Ok(KeptLink {
                    from: columns.int("from_id")?,
                    to: columns.int("to_id")?,
                    kind: columns.parsed("kind")?,
                    first_at_us: columns.int("first_at_us")?,
                    last_at_us: columns.int("last_at_us")?,
                })
            })
            .collect()
    }

    /// Forgets the links of erased names; gives their number.
    pub async fn erase_links(&self, workspace: &str, site: &str, ids: &[i64]) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let mut erased = 0;
        for id in ids {
            erased += sqlx::query(include_str!("../sql/identity_links.delete.sql"))
                .bind(workspace)
                .bind(site)
                .bind(id)
                .execute(&mut *transaction)
                .await?
                .rows_affected();
        }
        transaction.commit().await?;
        Ok(erased)
    }

    /// The visitor who was last identified as a person.
    pub async fn latest_visitor(
        &self,
        workspace: &str,
        site: &str,
        person: i64,
    ) -> Result<Option<i64>> {
        let row = sqlx::query(include_str!("../sql/identity_links.latest.sql"))
            .bind(workspace)
            .bind(site)
            .bind(person)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Columns(&row).int("from_id")).transpose()
    }
}
