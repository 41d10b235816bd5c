//! What collecting looks up for each event: the site, the day's salts, the program, the country.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use luotsi_marketing::enrich::{Lookup as Found, Request, enrich};
use luotsi_marketing::event::Event;
use luotsi_marketing::hit::Hit;
use luotsi_store::Store;
use luotsi_store::salt::Salts;
use parking_lot::RwLock;

use crate::lookup::{Lookup, LookupError};

/// An unknown site is looked for in the store at most this often, microseconds.
const LOOK_AGAIN_US: i64 = 1_000_000;

/// A site as collecting knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CollectedSite {
    pub(crate) number: i32,
    pub(crate) domain: String,
    pub(crate) workspace_id: String,
}

/// Lookups behind every event, all answered from memory.
pub(crate) struct Collector {
    sites: RwLock<Arc<HashMap<String, Arc<CollectedSite>>>>,
    sites_loaded_at_us: AtomicI64,
    salts: RwLock<Option<Salts>>,
    lookup: Lookup,
}

impl Collector {
    pub(crate) fn new(country_database: Option<Vec<u8>>) -> Result<Self, LookupError> {
        Ok(Self {
            sites: RwLock::default(),
            sites_loaded_at_us: AtomicI64::new(i64::MIN),
            salts: RwLock::new(None),
            lookup: Lookup::new(country_database)?,
        })
    }

    /// Reads all sites anew: other processes add and change them too.
    pub(crate) async fn reload_sites(&self, store: &Store) -> luotsi_store::Result<()> {
        let sites = store.all_sites().await?.into_iter().map(|site| {
            let known =
                CollectedSite { number: site.number, domain: site.domain.clone(), workspace_id: site.workspace_id };
            (site.domain, Arc::new(known))
        });
        let sites = Arc::new(sites.collect());
        *self.sites.write() = sites;
        Ok(())
    }

    /// The site that collects under `domain`, with or without `www.`.
    pub(crate) async fn site(
        &self,
        store: &Store,
        domain: &str,
        now: Timestamp,
    ) -> luotsi_store::Result<Option<Arc<CollectedSite>>> {
        let domain = luotsi_marketing::page::without_www(domain);
        if let Some(site) = self.known_site(domain) {
            return Ok(Some(site));
        }
        let now_us = now.as_microsecond();
        let loaded = self.sites_loaded_at_us.load(Ordering::Relaxed);
        let due = now_us.saturating_sub(loaded) >= LOOK_AGAIN_US;
        let mine = due
            && self.sites_loaded_at_us.compare_exchange(loaded, now_us, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if mine {
            self.reload_sites(store).await?;
        }
        Ok(self.known_site(domain))
    }

    fn known_site(&self, domain: &str) -> Option<Arc<CollectedSite>> {
        self.sites.read().get(domain).cloned()
    }

    /// The salts of the day of `now`.
    pub(crate) async fn salts(&self, store: &Store, now: Timestamp) -> luotsi_store::Result<Salts> {
        let day = now.to_zoned(TimeZone::UTC).date();
        if let Some(salts) = *self.salts.read()
            && salts.day == day
        {
            return Ok(salts);
        }
        let salts = store.visitor_salts(day).await?;
        *self.salts.write() = Some(salts);
        Ok(salts)
    }

    /// Makes the event of a hit.
    pub(crate) fn event(&self, hit: Hit, site: &CollectedSite, salts: &Salts, request: &Request) -> Event {
        let reported = hit.visitor.as_ref();
        let user_agent = reported.and_then(|visitor| visitor.user_agent.as_deref()).or(
            // A server's own program and address say nothing of the visitor whom it names.
            reported.is_none().then_some(request.user_agent),
        );
        let ip = reported.map_or(Some(request.ip), |visitor| visitor.ip);
        let found = Found {
            site_number: site.number,
            site_domain: &site.domain,
            salt: &salts.today,
            previous_salt: salts.yesterday.as_ref(),
            client: user_agent.map(|text| self.lookup.client(text)).unwrap_or_default(),
            place: ip.map(|ip| self.lookup.place(ip)).unwrap_or_default(),
            random_id: rand::random(),
        };
        enrich(hit, request, &found)
    }
}
