//! What collecting looks up for each event: the site, the day's salts, the program, the country.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use luotsi_lake::lake::Lake;
use luotsi_lake::snapshot::Lift;
use luotsi_marketing::collect::orders::Orders;
use luotsi_marketing::counting::{Lists, Rules, default_rules, mapping};
use luotsi_marketing::currency::Currency;
use luotsi_marketing::enrich::{Lookup as Found, Request, enrich};
use luotsi_marketing::event::{BotReason, Event, Place};
use luotsi_marketing::hit::{Hit, SiteKey};
use luotsi_marketing::protocol::Protocol;
use luotsi_marketing::query::Range;
use luotsi_marketing::visitor::cookieless_id;
use luotsi_store::Store;
use luotsi_store::salt::Salts;
use parking_lot::RwLock;
use tokio::sync::Mutex;

use crate::arrivals::Arrivals;
use crate::counting;
use crate::links::Links;
use crate::lookup::{Lookup, LookupError, Program};

/// Unknown keys are looked for in the store at most this often, and for at most a tenth of the time: whoever asks
/// for many waits.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const REST: u32 = 10;
const LONGEST_REST: Duration = Duration::from_secs(1);

/// A key that was not found is not looked for again for this long, so that who carries a mistyped one costs
/// nothing. A site that this server makes is known at once all the same.
const MISSED_FOR: Duration = Duration::from_secs(1);

/// Keys that are remembered as missed.
const MOST_MISSED: usize = 4_096;

/// A site as collecting knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CollectedSite {
    pub(crate) number: i32,
    pub(crate) id: String,
    pub(crate) domain: String,
    pub(crate) workspace_id: String,
    /// What amounts are in when their sender does not say; `None` for one that is no longer known.
    pub(crate) currency: Option<Currency>,
}

/// One of the keys that name a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CollectedKey {
    pub(crate) site: Arc<CollectedSite>,
    /// What its servers show to be believed.
    pub(crate) secret: Option<String>,
    /// Whether a server that holds the key is believed for that alone, where its protocol says so.
    pub(crate) history: bool,
}

/// Keys by protocol, in the order of `Protocol`.
type Keys = Vec<HashMap<String, Arc<CollectedKey>>>;

/// Lookups behind every event, all answered from memory.
pub(crate) struct Collector {
    keys: RwLock<Arc<Keys>>,
    /// The last look for an unknown site; held during the look.
    looking: Mutex<Option<Look>>,
    /// When the last look began that has ended.
    looked: RwLock<Option<Instant>>,
    missed: Missed,
    salts: RwLock<Option<Salts>>,
    lookup: Lookup,
    arrivals: Arrivals,
    pub(crate) links: Links,
    /// Orders of a while ago, whose money a client may report once more.
    pub(crate) orders: parking_lot::Mutex<Orders>,
    /// Numbers of sites by id.
    numbers: RwLock<HashMap<String, i32>>,
    /// Rules by the site's number, of sites that decided something.
    rules: RwLock<HashMap<i32, Arc<Rules>>>,
    rates: Rates,
    lists: Lists,
}

/// The protocols in which a key may be looked for: clients of one family share paths and keys.
fn family(protocol: Protocol) -> &'static [Protocol] {
    use Protocol::{Customerio, Goatcounter, Jitsu, Luotsi, Plausible, Rudderstack, Segment};
    match protocol {
        // Customer.io's pipelines speak as Segment does, and may name a channel as RudderStack's clients do.
        Segment => &[Segment, Rudderstack, Jitsu, Customerio],
        Rudderstack => &[Rudderstack, Segment, Jitsu, Customerio],
        Jitsu => &[Jitsu, Segment, Rudderstack],
        Plausible => &[Plausible, Luotsi],
        Luotsi => &[Luotsi, Plausible],
        // Its script names no site but sends from a page of one.
        Goatcounter => &[Goatcounter, Plausible],
        _ => &[],
    }
}

impl Collector {
    pub(crate) fn new(
        country_database: Option<Vec<u8>>,
        lists: Lists,
    ) -> Result<Self, LookupError> {
        Ok(Self {
            keys: RwLock::default(),
            looking: Mutex::default(),
            looked: RwLock::default(),
            missed: Missed::default(),
            salts: RwLock::new(None),
            lookup: Lookup::new(country_database)?,
            arrivals: Arrivals::default(),
            links: Links::default(),
            orders: parking_lot::Mutex::default(),
            numbers: RwLock::default(),
            rules: RwLock::default(),
            rates: Rates::default(),
            lists,
        })
    }

    /// Reads all sites, keys and rules anew: other processes add and change them too.
    pub(crate) async fn reload_sites(&self, store: &Store) -> luotsi_store::Result<()> {
        let sites = store.all_sites().await?.into_iter().map(|site| {
            let known = CollectedSite {
                number: site.number,
                id: site.id.clone(),
                domain: site.domain,
                workspace_id: site.workspace_id,
                currency: site.currency.parse().ok(),
            };
            (site.id, Arc::new(known))
        });
        let sites: HashMap<String, Arc<CollectedSite>> = sites.collect();
        let mut keys: Keys = vec![HashMap::new(); Protocol::ALL.len()];
        for key in store.all_site_keys().await? {
            // A site that was made between the two looks is found by the next.
            let Some(site) = sites.get(&key.site_id) else { continue };
            let known =
                CollectedKey { site: site.clone(), secret: key.secret, history: key.history };
            keys[key.protocol as usize].insert(key.key, Arc::new(known));
        }
        *self.numbers.write() =
            sites.into_values().map(|site| (site.id.clone(), site.number)).collect();
        // A site that collects counts by its own rules from the first event.
        self.reload_rules(store).await?;
        *self.keys.write() = Arc::new(keys);
        Ok(())
    }

    /// Reads how sites count anew.
    pub(crate) async fn reload_rules(&self, store: &Store) -> luotsi_store::Result<()> {
        let versions = store.all_rules().await?;
        let numbers = self.numbers.read();
        let rules = versions.iter().filter_map(|version| {
            Some((*numbers.get(&version.site_id)?, Arc::new(counting::kept(version))))
        });
        let rules = rules.collect();
        drop(numbers);
        *self.rules.write() = rules;
        Ok(())
    }

    /// Tells the lake how each site divides events into visits.
    pub(crate) fn hand_session_rules(&self, lake: &Lake) {
        let rules = self.rules.read();
        lake.set_rules(rules.iter().map(|(number, rules)| (*number, rules.session)).collect());
    }

    /// Tells the lake what counts although it was held back.
    pub(crate) async fn hand_lifts(&self, store: &Store, lake: &Lake) -> luotsi_store::Result<()> {
        let numbers = self.numbers.read().clone();
        let mut by_site: HashMap<i32, Vec<Lift>> = HashMap::new();
        for (site, lift) in store.all_lifts().await? {
            if let Some(number) = numbers.get(&site) {
                let range = Range { from_us: lift.from_us, to_us: lift.to_us };
                by_site.entry(*number).or_default().push(Lift { reason: lift.reason, range });
            }
        }
        lake.set_lifts(by_site.into_iter().map(|(site, lifts)| (site, lifts.into())).collect());
        Ok(())
    }

    /// Forgets who of a site is being erased.
    pub(crate) fn forget(&self, site_number: i32, ids: &[i64]) {
        let site = self
            .numbers
            .read()
            .iter()
            .find(|(_, number)| **number == site_number)
            .map(|(id, _)| id.clone());
        self.links.forget(site.as_deref().unwrap_or_default(), site_number, ids);
    }

    /// How a site counts.
    pub(crate) fn rules(&self, site_number: i32) -> Option<Arc<Rules>> {
        self.rules.read().get(&site_number).cloned()
    }

    /// The site of one of the keys of a family in a text, where there is one. For requests that cannot
    /// be read otherwise: what a stranger sends is looked at for so long only.
    pub(crate) fn site_in(&self, protocol: Protocol, text: &str) -> Option<Arc<CollectedSite>> {
        const MOST_WORDS: usize = 500;
        let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_');
        let words = text.split(|letter| !is_part(letter)).filter(|word| word.len() > 3);
        words.take(MOST_WORDS).find_map(|word| {
            let key = self.known(&SiteKey { protocol, key: word.to_owned() })?;
            Some(key.site.clone())
        })
    }

    /// Whether nothing may be kept of who sends this request.
    pub(crate) fn declines(&self, site: &CollectedSite, request: &Request) -> bool {
        let Some(headers) = request.headers else { return false };
        self.rules(site.number).is_some_and(|rules| rules.declines(headers.sec_gpc, headers.dnt))
    }

    /// The site that collects under a client's key; domains are known with or without `www.`.
    ///
    /// A site that another process made before `since` is found, or a second later when somebody asked for it
    /// before it was made. Requests that miss their keys together share one look into the store, and one
    /// request needs no more than one.
    pub(crate) async fn key(
        &self,
        store: &Store,
        key: &SiteKey,
        since: Instant,
    ) -> luotsi_store::Result<Option<Arc<CollectedKey>>> {
        if let Some(site) = self.known(key) {
            return Ok(Some(site));
        }
        if self.looked.read().is_some_and(|began| began >= since) || self.missed.has(key) {
            return Ok(self.known(key));
        }
        // Seldom, and much to keep while it waits.
        let found = Box::pin(self.look(store, key, since)).await?;
        if found.is_none() {
            self.missed.note(key);
        }
        Ok(found)
    }

    /// Looks for a key in the store.
    async fn look(
        &self,
        store: &Store,
        key: &SiteKey,
        since: Instant,
    ) -> luotsi_store::Result<Option<Arc<CollectedKey>>> {
        let mut looking = self.looking.lock().await;
        if looking.is_none_or(|last| last.began < since) {
            if let Some(Look { began, took }) = *looking {
                let rest = (took * REST).clamp(LOOK_AGAIN, LONGEST_REST);
                tokio::time::sleep(rest.saturating_sub(began.elapsed())).await;
            }
            let began = Instant::now();
            self.reload_sites(store).await?;
            *looking = Some(Look { began, took: began.elapsed() });
            *self.looked.write() = Some(began);
        }
        Ok(self.known(key))
    }

    fn known(&self, SiteKey { protocol, key }: &SiteKey) -> Option<Arc<CollectedKey>> {
        let keys = self.keys.read();
        let text = match protocol {
            Protocol::Plausible => luotsi_marketing::page::without_www(key),
            // Its pages send the key with the secret, or with stars in the secret's place.
            Protocol::Jitsu => key.split(':').next().unwrap_or(key),
            _ => key,
        };
        let find = |protocol: &Protocol| keys.get(*protocol as usize)?.get(text).cloned();
        find(protocol).or_else(|| family(*protocol).iter().find_map(find))
    }

    /// The salts of the day of `now`.
    pub(crate) async fn salts(&self, store: &Store, now: Timestamp) -> luotsi_store::Result<Salts> {
        let day = now.to_zoned(TimeZone::UTC).date();
        if let Some(salts) = *self.salts.read()
            && salts.day == day
        {
            return Ok(salts);
        }
        let salts = Box::pin(store.visitor_salts(day)).await?;
        *self.salts.write() = Some(salts);
        Ok(salts)
    }

    /// Makes the event of a hit.
    ///
    /// # Errors
    /// The name of one that the site's rules drop.
    pub(crate) fn event(
        &self,
        hit: Hit,
        site: &CollectedSite,
        salts: &Salts,
        request: &Request,
    ) -> Result<Event, String> {
        let own_rules = self.rules(site.number);
        let rules = own_rules.as_deref().unwrap_or_else(|| default_rules());
        let mut hit = match site.currency {
            Some(currency) => hit.settled(currency),
            None => hit,
        };
        if !rules.mapping.is_empty() && !mapping::apply(&rules.mapping, &mut hit) {
            return Err(hit.name);
        }
        let (salt, previous_salt) = salts.of(hit.at_us.unwrap_or(request.received_at_us));
        let reported = hit.visitor.as_ref();
        let user_agent = reported.and_then(|visitor| visitor.user_agent.as_deref()).or(
            // A server's own program and address say nothing of the visitor whom it names.
            reported.is_none().then_some(request.user_agent),
        );
        let ip = hit.address(request.ip);
        let program = user_agent.map_or_else(Program::unknown, |text| self.lookup.program(text));
        let found = Found {
            site_number: site.number,
            site_domain: &site.domain,
            salt,
            previous_salt,
            client: program.client,
            program: program.bot_reason,
            place: ip.map_or_else(Place::unknown, |ip| self.lookup.place(ip)),
            acquisition: self.arrivals.of(&hit, site, own_rules.as_ref()),
            rules,
            lists: Some(&self.lists),
            random_id: rand::random(),
        };
        // A server that names the visitor by address before it names the person reports one visit.
        let before = reported
            .filter(|_| {
                hit.site.protocol.begins_without_id() && hit.identity.anonymous_id.is_none()
            })
            .and_then(|visitor| visitor.ip.zip(visitor.user_agent.as_deref()))
            .map(|(ip, user_agent)| cookieless_id(salt, site.number, ip, user_agent));
        let mut event = enrich(hit, request, found);
        if event.person_id == Some(event.visitor_id) && event.previous_visitor_id.is_none() {
            event.previous_visitor_id = before;
        }
        if let (None, Some(most)) = (event.bot_reason, rules.most_events_per_minute)
            && self.rates.exceeds(site.number, event.visitor_id, request.received_at_us, most)
        {
            event.bot_reason = Some(BotReason::Rate);
        }
        Ok(event)
    }
}

/// A look into the store for unknown keys.
#[derive(Debug, Clone, Copy)]
struct Look {
    began: Instant,
    took: Duration,
}

/// Keys that were looked for a moment ago and are no site's, by their hash: two of one hash are rare, and nobody
/// can choose them.
#[derive(Debug, Default)]
struct Missed {
    hasher: RandomState,
    keys: parking_lot::Mutex<HashMap<u64, Instant>>,
}

impl Missed {
    fn has(&self, key: &SiteKey) -> bool {
        let keys = self.keys.lock();
        keys.get(&self.hasher.hash_one(key)).is_some_and(|since| since.elapsed() < MISSED_FOR)
    }

    fn note(&self, key: &SiteKey) {
        let mut keys = self.keys.lock();
        if keys.len() >= MOST_MISSED {
            keys.clear();
        }
        keys.insert(self.hasher.hash_one(key), Instant::now());
    }
}

/// Events of each visitor in the current minute, of sites that limit them.
#[derive(Debug, Default)]
struct Rates(parking_lot::Mutex<(i64, EventsByVisitor)>);

/// By site and visitor.
type EventsByVisitor = HashMap<(i32, i64), u32>;

/// Visitors that are counted in a minute; more are not limited.
const MOST_COUNTED: usize = 200_000;

impl Rates {
    /// Counts an event, and says whether its visitor made more than `most` in this minute.
    fn exceeds(&self, site_number: i32, visitor_id: i64, at_us: i64, most: u32) -> bool {
        let minute = at_us.div_euclid(60_000_000);
        let mut counted = self.0.lock();
        if counted.0 != minute {
            *counted = (minute, HashMap::new());
        }
        let full = counted.1.len() >= MOST_COUNTED;
        match counted.1.entry((site_number, visitor_id)) {
            Entry::Vacant(_) if full => false,
            entry => {
                let events = entry.or_default();
                *events += 1;
                *events > most
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_who_is_too_fast_is_so_until_the_minute_is_over() {
        let rates = Rates::default();
        let exceeds = |visitor, at_us| rates.exceeds(1, visitor, at_us, 2);
        assert_eq!([exceeds(7, 0), exceeds(7, 1), exceeds(7, 2)], [false, false, true]);
        assert!(!exceeds(8, 3));
        assert!(!exceeds(7, 60_000_000));
    }

    #[test]
    fn so_many_missed_keys_are_remembered_and_no_more() {
        let missed = Missed::default();
        let key = |number: usize| SiteKey::new(Protocol::Segment, &format!("k{number}"));
        for number in 0..10 * MOST_MISSED {
            missed.note(&key(number));
        }
        assert!(missed.keys.lock().len() <= MOST_MISSED);
        assert!(missed.has(&key(10 * MOST_MISSED - 1)) && !missed.has(&key(0)));
        assert!(!missed.has(&SiteKey::new(Protocol::Mixpanel, &key(10 * MOST_MISSED - 1).key)));
    }

    #[test]
    fn protocols_index_their_keys() {
        for (at, protocol) in Protocol::ALL.into_iter().enumerate() {
            assert_eq!(protocol as usize, at);
            assert!(family(protocol).is_empty() || family(protocol)[0] == protocol);
        }
    }
}
