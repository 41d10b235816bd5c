//! Which visitor was identified as which person, from memory; kept in the store for restarts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use luotsi_store::Store;
use luotsi_store::identity::{Link, LinkKind, SiteLink};
use parking_lot::Mutex;

use crate::collector::CollectedSite;

/// People who are remembered; all are forgotten, and asked of the store again, when there are so many.
const MOST_REMEMBERED: usize = 200_000;

/// Links that wait for the store; more are dropped, and written when their visitor comes again.
const MOST_WAITING: usize = 100_000;

/// Links written in one transaction.
const AT_ONCE: usize = 1_000;

/// How often what waits is written.
pub(crate) const WRITE_EVERY: Duration = Duration::from_secs(1);

/// Who is who, as far as it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// The visitor who was last identified as a person, by site and person; `None` for nobody.
    latest: Mutex<HashMap<(i32, i64), Option<i64>>>,
    waiting: Mutex<Vec<SiteLink>>,
    /// Whether aliases were written since the last `took_aliases`.
    aliased: AtomicBool,
}

impl Links {
    /// Notes that `visitor` is `person`.
    pub(crate) fn identify(&self, site: &CollectedSite, visitor: i64, person: i64, at_us: i64) {
        let known = {
            let mut latest = self.latest.lock();
            if latest.len() >= MOST_REMEMBERED {
                latest.clear();
            }
            latest.insert((site.number, person), Some(visitor)) == Some(Some(visitor))
        };
        if !known {
            self.keep(site, Link { from: visitor, to: person, kind: LinkKind::Identify, at_us });
        }
    }

    /// Notes that one name of a person is another name of theirs.
    pub(crate) fn alias(&self, site: &CollectedSite, from: i64, to: i64, at_us: i64) {
        self.keep(site, Link { from, to, kind: LinkKind::Alias, at_us });
    }

    fn keep(&self, site: &CollectedSite, link: Link) {
        let mut waiting = self.waiting.lock();
        if waiting.len() < MOST_WAITING {
            waiting.push(SiteLink {
                workspace_id: site.workspace_id.clone(),
                site_id: site.id.clone(),
                link,
            });
        }
    }

    /// The visitor who was last identified as `person`.
    pub(crate) async fn visitor_of(
        &self,
        store: &Store,
        site: &CollectedSite,
        person: i64,
    ) -> luotsi_store::Result<Option<i64>> {
        let key = (site.number, person);
        if let Some(known) = self.latest.lock().get(&key) {
            return Ok(*known);
        }
        let found = Box::pin(store.latest_visitor(&site.workspace_id, &site.id, person)).await?;
        // What was identified meanwhile is newer.
        Ok(*self.latest.lock().entry(key).or_insert(found))
    }

    /// Forgets visitors and persons who are being erased: also what waits to be written.
    pub(crate) fn forget(&self, site: &str, site_number: i32, ids: &[i64]) {
        let is_one = |id: &i64| ids.contains(id);
        self.latest.lock().retain(|(number, person), visitor| {
            *number != site_number || !(is_one(person) || visitor.as_ref().is_some_and(is_one))
        });
        self.waiting.lock().retain(|waiting| {
            waiting.site_id != site || !(is_one(&waiting.link.from) || is_one(&waiting.link.to))
        });
    }

    /// Whether aliases were written since this was last asked.
    pub(crate) fn took_aliases(&self) -> bool {
        self.aliased.swap(false, Ordering::Relaxed)
    }

    /// Writes what waits. What cannot be written waits on.
    pub(crate) async fn write(&self, store: &Store) -> luotsi_store::Result<()> {
        loop {
            let links: Vec<SiteLink> = {
                let mut waiting = self.waiting.lock();
                let count = waiting.len().min(AT_ONCE);
                waiting.drain(..count).collect()
            };
            if links.is_empty() {
                return Ok(());
            }
            let alias = |link: &SiteLink| link.link.kind == LinkKind::Alias;
            let aliases = links.iter().any(alias);
            if let Err(error) = store.note_links(&links).await {
                let mut waiting = self.waiting.lock();
                if waiting.len() < MOST_WAITING {
                    waiting.extend(links);
                }
                return Err(error);
            }
            self.aliased.fetch_or(aliases, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_is_erased_is_forgotten_at_once_and_not_written_later() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = luotsi_store::sqlite_url(&folder.path().join("state.sqlite"));
        let store = Store::open(&url, jiff::Timestamp::UNIX_EPOCH).await.expect("a store");
        let site = CollectedSite {
            number: 1,
            id: "s".into(),
            domain: "shop.example".into(),
            workspace_id: "w".into(),
            currency: None,
        };
        let links = Links::default();
        links.identify(&site, 7, 100, 0);
        links.identify(&site, 8, 200, 0);
        links.alias(&site, 9, 100, 0);
        let of = async |person| links.visitor_of(&store, &site, person).await.expect("read");
        assert_eq!((of(100).await, of(200).await), (Some(7), Some(8)));
        links.forget("another", 2, &[100]);
        assert_eq!(links.waiting.lock().len(), 3);
        links.forget("s", 1, &[100]);
        assert_eq!((of(100).await, of(200).await), (None, Some(8)));
        let left: Vec<i64> = links.waiting.lock().iter().map(|waiting| waiting.link.to).collect();
        assert_eq!(left, [200]);
    }
}
