//! From what a request reports to events that are kept: sites, trust, people, limits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use luotsi_lake::lake::AppendError;
use luotsi_marketing::collect::{Outcome, Parts, Reading, Refused, history};
use luotsi_marketing::counting::mapping;
use luotsi_marketing::enrich::Request;
use luotsi_marketing::event::Event;
use luotsi_marketing::hit::{Credential, Hit, Kind, Refusal, SiteKey};
use luotsi_marketing::protocol::Protocol;
use luotsi_marketing::visitor;
use luotsi_store::StoreError;
use luotsi_store::salt::Salts;
use luotsi_store::token::Scope;

use crate::collector::{CollectedKey, CollectedSite};
use crate::qa::{Dropped, Judged, RefusedFor, Replayed};
use crate::state::App;

/// Refused messages whose reasons are handed to the sender.
const MOST_TOLD: usize = 100;

/// What became of a request that could be read.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) outcome: Outcome,
    /// The first refusals, in the order of the request.
    pub(crate) refusals: Vec<Refusal>,
    /// Whether every refusal is of a key that is no site's.
    pub(crate) only_unknown_sites: bool,
}

/// Why nothing of a request was taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    #[error("the store does not answer")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lake(#[from] AppendError),
    #[error("too many events for this site")]
    TooFast(Duration),
}

/// Keeps what a request reports. A message that is refused leaves the others alone.
///
/// # Errors
/// When nothing could be kept, now.
pub(crate) async fn take(
    app: &App,
    protocol: Protocol,
    reading: Reading,
    request: &Request<'_>,
    parts: &Parts<'_>,
) -> Result<Taken, NotTaken> {
    taking(app, protocol, reading, request, parts, None).await
}

/// Takes the messages of a request that was refused, again: what they say of the past is believed.
pub(crate) async fn again(
    app: &App,
    protocol: Protocol,
    mut reading: Reading,
    request: &Request<'_>,
    parts: &Parts<'_>,
    replayed: &Replayed,
) -> Result<Taken, NotTaken> {
    let mut place = 0;
    reading.messages.retain(|_| {
        place += 1;
        replayed.places.contains(&(place - 1))
    });
    taking(app, protocol, reading, request, parts, Some(replayed)).await
}

async fn taking(
    app: &App,
    protocol: Protocol,
    reading: Reading,
    request: &Request<'_>,
    parts: &Parts<'_>,
    replayed: Option<&Replayed>,
) -> Result<Taken, NotTaken> {
    let mut taking = Taking {
        app,
        protocol,
        request,
        parts,
        replayed,
        since: Instant::now(),
        refused: Vec::new(),
        dropped: Vec::new(),
        left_out: Vec::new(),
        sites: Vec::new(),
        declined: 0,
        declines: false,
        salts: app.collector().salts(app.store(), app.now()).await?,
        token: None,
        last_key: None,
        events: Vec::with_capacity(reading.messages.len()),
        taken: Taken { only_unknown_sites: true, ..Taken::default() },
    };
    for (index, message) in reading.messages.into_iter().enumerate() {
        match message {
            Ok(hit) => {
                if let Some(key) = taking.admit(index, &hit).await?
                    && let Some((mut event, said)) = taking.event(hit, &key)
                {
                    taking.join(&key.site, &mut event, &said).await?;
                    taking.keep(event, &key.site);
                }
            }
            Err(refused) => {
                // By this place it is found again when it is taken from the quarantine.
                let refused = Refused { index, ..refused };
                let site = match &refused.site {
                    Some(key) => taking.look_up(key).await?,
                    None => None,
                };
                taking.refuse(site.map(|key| key.site.clone()), refused, Vec::new());
            }
        }
    }
    taking.finish().await
}

/// The request with fields put right that its site's rules speak of, where some of it is refused as it
/// is, or taken without a field: query and body. `None` when there is nothing to put right.
pub(crate) async fn mended(
    app: &App,
    reading: &Reading,
    parts: &Parts<'_>,
) -> Result<Option<(String, Vec<u8>)>, NotTaken> {
    let mut last = None;
    let since = Instant::now();
    for key in reading.wrong() {
        if last == Some(key) {
            continue;
        }
        last = Some(key);
        let Some(found) = app.collector().key(app.store(), key, since).await? else { continue };
        let Some(rules) = app.collector().rules(found.site.number) else { continue };
        if let Some(mended) = mapping::mended(&rules.mapping, parts) {
            return Ok(Some(mended));
        }
    }
    Ok(None)
}

struct Taking<'a> {
    app: &'a App,
    protocol: Protocol,
    request: &'a Request<'a>,
    parts: &'a Parts<'a>,
    /// When its keys were first looked up: whatever the store has by then is enough.
    since: Instant,
    /// `Some` when the request was refused before.
    replayed: Option<&'a Replayed>,
    /// The first messages that were refused.
    refused: Vec<RefusedFor>,
    /// What rules drop, by site and name.
    dropped: Vec<Dropped>,
    /// What the first events were taken without, by their place.
    left_out: Vec<(usize, Vec<Refusal>)>,
    /// The sites of `events`.
    sites: Vec<Arc<CollectedSite>>,
    /// Messages of visitors of whom nothing may be kept, and such as the site does not want.
    declined: usize,
    /// Whether a site that is named may keep nothing of the sender: then nothing of the request is shown
    /// or put aside.
    declines: bool,
    salts: Salts,
    /// The last token that was asked for, and the workspace for which it may write.
    token: Option<(String, Option<String>)>,
    /// Messages of a request name the same site, nearly always.
    last_key: Option<(SiteKey, Arc<CollectedKey>)>,
    events: Vec<Event>,
    taken: Taken,
}

impl Taking<'_> {
    /// The key of a hit that may be taken. What is large lives outside the futures: there are as many
    /// as requests.
    async fn admit(
        &mut self,
        index: usize,
        hit: &Hit,
    ) -> Result<Option<Arc<CollectedKey>>, NotTaken> {
        let Some(key) = self.look_up(&hit.site).await? else {
            let refusal = unknown_site(self.protocol, &hit.site.key);
            self.refuse(None, refused(index, hit, refusal), self.ids(hit, 0));
            return Ok(None);
        };
        if self.app.collector().declines(&key.site, self.request) {
            self.declined += 1;
            self.declines = true;
            return Ok(None);
        }
        let received_at_us = self.request.received_at_us;
        let mut verdict = history::judge(hit, false, received_at_us);
        let again = self.replayed.is_some();
        if verdict.is_err() && (again || self.is_trusted(hit, &key).await?) {
            verdict = history::judge(hit, true, received_at_us);
        }
        if let Err(refusal) = verdict {
            let ids = self.ids(hit, key.site.number);
            self.refuse(Some(key.site.clone()), refused(index, hit, refusal), ids);
            return Ok(None);
        }
        Ok(Some(key))
    }

    /// The event of a hit, and what the hit says of people; `None` when the site does not want it.
    fn event(&mut self, mut hit: Hit, key: &CollectedKey) -> Option<(Event, Said)> {
        let left_out = std::mem::take(&mut hit.left_out);
        let said = Said::of(&hit, &key.site);
        let may_repeat_order = hit.may_repeat_order;
        let event = self.app.collector().event(hit, &key.site, &self.salts, self.request);
        let mut event = match event {
            Ok(event) => event,
            Err(name) => {
                self.declined += 1;
                self.dropped.push((key.site.clone(), name));
                return None;
            }
        };
        if let Some(id) = self.replayed.and_then(|replayed| replayed.visitor_id)
            && self.is_cookieless(event.visitor_id, event.site_number)
        {
            event.visitor_id = id;
            event.previous_visitor_id = None;
        }
        self.count_money_once(&mut event, may_repeat_order);
        if !left_out.is_empty() && self.left_out.len() < MOST_TOLD {
            self.left_out.push((self.events.len(), left_out));
        }
        Some((event, said))
    }

    fn keep(&mut self, event: Event, site: &Arc<CollectedSite>) {
        if self.sites.iter().all(|known| known.number != site.number) {
            self.sites.push(site.clone());
        }
        self.events.push(event);
    }

    /// Whether `id` is the request's visitor's hash on a site, with either of the salts that are kept.
    fn is_cookieless(&self, id: i64, site_number: i32) -> bool {
        let Request { ip, user_agent, .. } = *self.request;
        let salts = [Some(&self.salts.today), self.salts.yesterday.as_ref()];
        let is = |salt| visitor::cookieless_id(salt, site_number, ip, user_agent) == id;
        salts.into_iter().flatten().any(is)
    }

    /// The hash of the request's visitor on a site.
    fn cookieless(&self, site_number: i32) -> i64 {
        let Request { ip, user_agent, .. } = *self.request;
        visitor::cookieless_id(&self.salts.today, site_number, ip, user_agent)
    }

    /// Whom a hit names on a site.
    fn ids(&self, hit: &Hit, site_number: i32) -> Vec<i64> {
        let identity = &hit.identity;
        let names = [identity.anonymous_id.as_deref(), identity.user_id.as_deref()];
        let mut ids: Vec<i64> = names
            .into_iter()
            .flatten()
            .map(|name| visitor::anonymous_id(site_number, name))
            .collect();
        let reported = hit.visitor.as_ref();
        if let Some((ip, program)) =
            reported.and_then(|visitor| visitor.ip.zip(visitor.user_agent.as_deref()))
        {
            let (salt, _) = self.salts.of(hit.at_us.unwrap_or(self.request.received_at_us));
            ids.push(visitor::cookieless_id(salt, site_number, ip, program));
        }
        ids
    }

    async fn look_up(&mut self, name: &SiteKey) -> Result<Option<Arc<CollectedKey>>, NotTaken> {
        if let Some((known, key)) = &self.last_key
            && known == name
        {
            return Ok(Some(key.clone()));
        }
        let found = self.app.collector().key(self.app.store(), name, self.since).await?;
        if let Some(key) = &found {
            self.last_key = Some((name.clone(), key.clone()));
        }
        Ok(found)
    }

    /// Whether the sender is a server of the team: it shows the key's secret or a token of the workspace,
    /// or holds the key where that says enough. A key with a secret says nothing without it: keys of
    /// browsers can be read in every page.
    async fn is_trusted(&mut self, hit: &Hit, key: &CollectedKey) -> Result<bool, NotTaken> {
        if hit.key_is_token && key.history && key.secret.is_none() {
            return Ok(true);
        }
        // Not every protocol has a place of its own for a secret; a header every client can send.
        let bearer = || self.parts.header("authorization")?.strip_prefix("Bearer ");
        let Some(shown) = hit.credential.as_ref().map(Credential::text).or_else(bearer) else {
            return Ok(false);
        };
        if key.secret.as_deref().is_some_and(|secret| same(secret, shown)) {
            return Ok(true);
        }
        if self.token.as_ref().is_none_or(|(text, _)| text != shown) {
            let token = Box::pin(self.app.store().token(shown, self.app.now())).await?;
            let token = token.filter(|token| token.allows(Scope::EventsWrite));
            self.token = Some((shown.to_owned(), token.map(|token| token.workspace_id)));
        }
        let workspace = self.token.as_ref().and_then(|(_, workspace)| workspace.as_deref());
        Ok(workspace == Some(&key.site.workspace_id))
    }

    /// Notes who is who, and lets a person's visit go on in what a server reports of them.
    async fn join(
        &self,
        site: &CollectedSite,
        event: &mut Event,
        said: &Said,
    ) -> Result<(), NotTaken> {
        let Some(person) = event.person_id else { return Ok(()) };
        let links = &self.app.collector().links;
        let [device, _] = said.aliases;
        if event.visitor_id != person {
            links.identify(site, event.visitor_id, person, event.at_us);
        } else if let Some(device) = device {
            // A client that takes the person's name for the device's says so only here.
            links.identify(site, device, person, event.at_us);
            event.previous_visitor_id = Some(device);
        } else if event.previous_visitor_id.is_none() {
            event.previous_visitor_id = links.visitor_of(self.app.store(), site, person).await?;
        }
        for other in said.aliases.into_iter().flatten().filter(|other| *other != person) {
            links.alias(site, other, person, event.at_us);
        }
        Ok(())
    }

    /// Takes money off that a client reports beside the order it belongs to.
    fn count_money_once(&self, event: &mut Event, may_repeat_order: bool) {
        let may_repeat = matches!(event.protocol, Some(Protocol::Openpanel | Protocol::Amplitude));
        let Some(revenue) = event.revenue.filter(|_| may_repeat) else { return };
        let who = event.person_id.unwrap_or(event.visitor_id);
        let received_at_us = self.request.received_at_us;
        let orders = &self.app.collector().orders;
        let (site, minor_units) = (event.site_number, revenue.minor_units);
        if !may_repeat_order {
            orders.lock().note(site, who, minor_units, received_at_us);
        } else if orders.lock().is_repeated(site, who, minor_units, received_at_us) {
            event.revenue = None;
        }
    }

    fn refuse(&mut self, site: Option<Arc<CollectedSite>>, refused: Refused, ids: Vec<i64>) {
        let first = refused.refusals.first();
        let code = first.map_or("invalid", |refusal| refusal.code);
        self.app.metrics().refused(self.protocol, code);
        self.taken.only_unknown_sites &= code == UNKNOWN_SITE;
        tracing::debug!(
            protocol = %self.protocol,
            index = refused.index,
            name = refused.name.as_deref(),
            code,
            field = first.map(|refusal| refusal.field.as_str()),
            "a message was refused"
        );
        self.taken.outcome.refused += 1;
        let left = MOST_TOLD.saturating_sub(self.taken.refusals.len());
        self.taken.refusals.extend(refused.refusals.iter().take(left).cloned());
        let declines = match &site {
            Some(site) => self.app.collector().declines(site, self.request),
            // Nobody knows yet whether its site will honour what the sender asks for.
            None => self.request.headers.is_some_and(|headers| headers.ask_for_nothing_kept()),
        };
        if declines {
            self.declines |= site.is_some();
        } else if self.refused.len() < MOST_TOLD {
            self.refused.push(RefusedFor { site, refused, ids });
        }
    }

    /// Shows the request to Event QA. What was refused again is kept as it was.
    fn show(&self) {
        if self.declines {
            return;
        }
        self.app.qa().request(&Judged {
            protocol: self.protocol,
            parts: self.parts,
            user_agent: self.request.user_agent,
            visitor_id: Some(&|site_number| self.cookieless(site_number)),
            sites: &self.sites,
            events: &self.events,
            left_out: &self.left_out,
            dropped: &self.dropped,
            refused: if self.replayed.is_some() { &[] } else { &self.refused },
        });
    }

    async fn finish(mut self) -> Result<Taken, NotTaken> {
        let outcome = &mut self.taken.outcome;
        outcome.accepted = self.events.len() + self.declined;
        outcome.visitor_id = self.events.first().map(|event| event.visitor_id);
        outcome.bot =
            self.events.iter().all(|event| event.bot_reason.is_some()) && !self.events.is_empty();
        if !self.events.is_empty() {
            self.limit_sites()?;
        }
        self.show();
        if self.events.is_empty() {
            return Ok(self.taken);
        }
        let now_us = self.app.now().as_microsecond();
        let appended = self.app.lake().append_at(self.events, now_us).await?;
        let metrics = self.app.metrics();
        metrics.accepted(appended.accepted as u64, appended.duplicates as u64);
        metrics.collected(self.protocol, appended.accepted as u64, appended.duplicates as u64);
        Ok(self.taken)
    }

    /// Nearly always one site.
    fn limit_sites(&self) -> Result<(), NotTaken> {
        limit_sites(self.app, &self.events).map_err(NotTaken::TooFast)
    }
}

/// Counts events against what their sites may send in a second; how long to wait when it is too much.
pub(super) fn limit_sites(app: &App, mut events: &[Event]) -> Result<(), Duration> {
    while let Some(first) = events.first() {
        let same = events.iter().take_while(|event| event.site_number == first.site_number);
        let (run, rest) = events.split_at(same.count());
        app.limits().sites.site(first.site_number, run.len() as u64)?;
        events = rest;
    }
    Ok(())
}

/// What a message says of people, before it becomes an event.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    /// Other names of the person: as of a device and as of a person.
    aliases: [Option<i64>; 2],
}

impl Said {
    fn of(hit: &Hit, site: &CollectedSite) -> Self {
        let Kind::Alias { previous_id } = &hit.kind else { return Self::default() };
        let device = visitor::anonymous_id(site.number, previous_id);
        let person = visitor::person_id(site.number, previous_id);
        Self { aliases: [Some(device), Some(person)] }
    }
}

const UNKNOWN_SITE: &str = "unknown_site";

fn unknown_site(protocol: Protocol, key: &str) -> Refusal {
    match protocol {
        Protocol::Plausible | Protocol::Luotsi => {
            let detail =
                format!("`{key}` is no site here: add it under Settings, or mend the domain");
            Refusal::new("d", UNKNOWN_SITE, detail)
        }
        _ => {
            let detail = format!(
                "`{key}` is no key of a site here: add it to the keys of existing tags under Settings"
            );
            Refusal::new("key", UNKNOWN_SITE, detail)
        }
    }
}

fn refused(index: usize, hit: &Hit, refusal: Refusal) -> Refused {
    Refused {
        index,
        site: Some(hit.site.clone()),
        name: Some(hit.name.clone()),
        raw: String::new(),
        refusals: vec![refusal],
    }
}

/// Compares secrets in a time that says nothing of where they differ.
fn same(one: &str, other: &str) -> bool {
    let different = one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && different == 0
}
