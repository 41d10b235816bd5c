//! What collecting looks up for each event: the site, the day's salts, the program, the country.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use luotsi_marketing::client::{MAX_USER_AGENT, UserAgents};
use luotsi_marketing::enrich::{Lookup, Request, enrich};
use luotsi_marketing::event::{Client, Event, Place};
use luotsi_marketing::hit::Hit;
use luotsi_store::Store;
use luotsi_store::salt::Salts;
use maxminddb::PathElement;
use parking_lot::RwLock;

use crate::state::StartError;

/// User agents whose meaning is remembered; all are forgotten when it is full.
const MOST_CLIENTS: usize = 20_000;

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
    user_agents: UserAgents,
    clients: RwLock<HashMap<Box<str>, Arc<Client>>>,
    countries: maxminddb::Reader<Cow<'static, [u8]>>,
    places: RwLock<HashMap<Place, Arc<Place>>>,
}

impl Collector {
    pub(crate) fn new(country_database: Option<Vec<u8>>) -> Result<Self, StartError> {
        let database = country_database.map_or(Cow::Borrowed(luotsi_assets::country_database()), Cow::Owned);
        Ok(Self {
            sites: RwLock::default(),
            sites_loaded_at_us: AtomicI64::new(i64::MIN),
            salts: RwLock::new(None),
            user_agents: UserAgents::new(luotsi_assets::user_agent_regexes())?,
            clients: RwLock::default(),
            countries: maxminddb::Reader::from_source(database)?,
            places: RwLock::default(),
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
        let lookup = Lookup {
            site_number: site.number,
            site_domain: &site.domain,
            salt: &salts.today,
            previous_salt: salts.yesterday.as_ref(),
            client: user_agent.map(|text| self.client(text)).unwrap_or_default(),
            place: ip.map(|ip| self.place(ip)).unwrap_or_default(),
            random_id: rand::random(),
        };
        enrich(hit, request, &lookup)
    }

    fn client(&self, user_agent: &str) -> Arc<Client> {
        let user_agent = &user_agent[..user_agent.floor_char_boundary(MAX_USER_AGENT)];
        if let Some(client) = self.clients.read().get(user_agent) {
            return client.clone();
        }
        let client = Arc::new(self.user_agents.read(user_agent));
        let mut clients = self.clients.write();
        if clients.len() >= MOST_CLIENTS {
            clients.clear();
        }
        clients.insert(user_agent.into(), client.clone());
        client
    }

    fn place(&self, ip: IpAddr) -> Arc<Place> {
        let place = self.look_up_place(ip);
        if let Some(known) = self.places.read().get(&place) {
            return known.clone();
        }
        let shared = Arc::new(place.clone());
        let mut places = self.places.write();
        if places.len() >= MOST_CLIENTS {
            places.clear();
        }
        places.insert(place, shared.clone());
        shared
    }

    /// Reads the built-in table's layout (`country_code`) and that of MaxMind's City databases.
    fn look_up_place(&self, ip: IpAddr) -> Place {
        use PathElement::{Index, Key};
        let Ok(found) = self.countries.lookup(ip) else { return Place::default() };
        let text = |path: &[PathElement<'_>]| found.decode_path::<&str>(path).ok().flatten();
        let country = text(&[Key("country_code")]).or_else(|| text(&[Key("country"), Key("iso_code")]));
        let region = text(&[Key("subdivisions"), Index(0), Key("iso_code")]);
        let city = text(&[Key("city"), Key("names"), Key("en")]);
        Place {
            region: country.zip(region).map(|(country, region)| format!("{country}-{region}")),
            country: country.map(str::to_owned),
            city: city.map(str::to_owned),
        }
    }
}
