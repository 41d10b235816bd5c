//! What collecting looks up for each event: the site, the day's salts, the program, the country.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use luotsi_marketing::enrich::{Lookup as Found, Request, enrich};
use luotsi_marketing::event::Event;
use luotsi_marketing::hit::Hit;
use luotsi_store::Store;
use luotsi_store::salt::Salts;
use parking_lot::RwLock;
use tokio::sync::Mutex;

use crate::lookup::{Lookup, LookupError};

/// An unknown site is looked for in the store at most this often: whoever asks for many waits.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

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
    /// When the last look for an unknown site began; held during the look.
    looked: Mutex<Option<Instant>>,
    salts: RwLock<Option<Salts>>,
    lookup: Lookup,
}

impl Collector {
    pub(crate) fn new(country_database: Option<Vec<u8>>) -> Result<Self, LookupError> {
        Ok(Self {
            sites: RwLock::default(),
            looked: Mutex::default(),
            salts: RwLock::new(None),
            lookup: Lookup::new(country_database)?,
        })
    }

    /// Reads all sites anew: other processes add and change them too.
    pub(crate) async fn reload_sites(&self, store: &Store) -> luotsi_store::Result<()> {
        let sites = store.all_sites().await?.into_iter().map(|site| {
            let known = CollectedSite {
                number: site.number,
                domain: site.domain.clone(),
                workspace_id: site.workspace_id,
            };
            (site.domain, Arc::new(known))
        });
        let sites = Arc::new(sites.collect());
        *self.sites.write() = sites;
        Ok(())
    }

    /// The site that collects under `domain`, with or without `www.`.
    ///
    /// A site that another process made a moment ago is found: requests that miss it together
    /// share one look into the store.
    pub(crate) async fn site(
        &self,
        store: &Store,
        domain: &str,
    ) -> luotsi_store::Result<Option<Arc<CollectedSite>>> {
        let domain = luotsi_marketing::page::without_www(domain);
        if let Some(site) = self.known_site(domain) {
            return Ok(Some(site));
        }
        let asked = Instant::now();
        let mut looked = self.looked.lock().await;
        if looked.is_none_or(|began| began < asked) {
            if let Some(began) = *looked {
                tokio::time::sleep(LOOK_AGAIN.saturating_sub(began.elapsed())).await;
            }
            let began = Instant::now();
            self.reload_sites(store).await?;
            *looked = Some(began);
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
    pub(crate) fn event(
        &self,
        hit: Hit,
        site: &CollectedSite,
        salts: &Salts,
        request: &Request,
    ) -> Event {
        let reported = hit.visitor.as_ref();
        let user_agent = reported.and_then(|visitor| visitor.user_agent.as_deref()).or(
            // A server's own program and address say nothing of the visitor whom it names.
            reported.is_none().then_some(request.user_agent),
        );
        let ip = reported.map_or(Some(request.ip), |visitor| visitor.ip);
        let program = user_agent.map(|text| self.lookup.program(text)).unwrap_or_default();
        let found = Found {
            site_number: site.number,
            site_domain: &site.domain,
            salt: &salts.today,
            previous_salt: salts.yesterday.as_ref(),
            client: program.client,
            program: program.bot_reason,
            place: ip.map(|ip| self.lookup.place(ip)).unwrap_or_default(),
            rules: luotsi_marketing::counting::default_rules(),
            headers: None,
            random_id: rand::random(),
        };
        enrich(hit, request, &found)
    }
}
