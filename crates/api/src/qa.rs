//! Event QA: what arrives at a site, as it arrives; what was refused is kept and can be taken later.
//!
//! Watching never slows collecting: what is shown is sampled, what is kept goes through a bounded queue
//! whose other end writes, and where the queue is full it is let go.

mod past;
mod quarantine;
mod routes;
mod sample;
mod writer;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

use luotsi_marketing::collect::{Parts, Refused};
use luotsi_marketing::event::{BotReason, Event};
use luotsi_marketing::hit::Refusal;
use luotsi_marketing::protocol::Protocol;
use luotsi_marketing::qa::{Kind, KnownEvents, Notice, mask};
use luotsi_store::Store;
use parking_lot::{Mutex, RwLock};
use tokio::sync::{mpsc, oneshot};

use crate::collector::CollectedSite;

pub use past::PastEvents;
pub(crate) use quarantine::Replayed;
pub(crate) use routes::routes;
use writer::Write;

/// Arrivals of a site that are remembered, the latest ones.
const REMEMBERED: usize = 200;
/// Arrivals of a site that are shown in a second; the rest of a rush is not.
const SHOWN_A_SECOND: u32 = 20;
/// User agents of what was held back, between two writes.
const MOST_AGENTS: usize = 2_000;
/// Bytes of a body that are looked at to show it.
pub(crate) const MOST_LOOKED_AT: usize = 16_384;
/// Writes that wait.
const MOST_WAITING: usize = 1_024;

/// One message as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// Grows by one with each arrival at this server.
    pub(crate) number: u64,
    pub(crate) at_us: i64,
    pub(crate) protocol: Protocol,
    pub(crate) name: Option<String>,
    pub(crate) verdict: Verdict,
    pub(crate) notices: Vec<Notice>,
    /// The request, masked; messages of one request share it.
    pub(crate) raw: Arc<str>,
}

/// What became of a message.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    Counted {
        page: String,
    },
    /// Kept, and left out of reports.
    HeldBack(BotReason),
    /// Not kept, because a rule of the site says so.
    Dropped,
    /// Field, code and detail of each refusal.
    Refused(Vec<[String; 3]>),
}

struct SiteQa {
    site: Arc<CollectedSite>,
    arrivals: Mutex<VecDeque<Arrival>>,
    known: Mutex<Option<KnownEvents>>,
    /// The second that is being counted, and how many were shown in it.
    second: AtomicI64,
    shown: AtomicU32,
}

/// What Event QA knows. One for the server.
pub(crate) struct Qa {
    sites: RwLock<HashMap<i32, Arc<SiteQa>>>,
    numbers: AtomicU64,
    agents: Arc<Mutex<writer::Agents>>,
    queue: mpsc::Sender<Write>,
}

/// A message that was refused.
pub(crate) struct RefusedFor {
    /// The site it was meant for.
    pub(crate) site: Option<Arc<CollectedSite>>,
    pub(crate) refused: Refused,
    /// Whom it names, as far as it could be read.
    pub(crate) ids: Vec<i64>,
}

/// A message that the site's rules drop, and its name.
pub(crate) type Dropped = (Arc<CollectedSite>, String);

/// A request that was judged.
pub(crate) struct Judged<'a> {
    pub(crate) protocol: Protocol,
    pub(crate) parts: &'a Parts<'a>,
    pub(crate) user_agent: &'a str,
    /// The visitor's hash of the day on a site, so that what is taken later has a visitor, and is found
    /// when the visitor is erased. Where something may be kept.
    pub(crate) visitor_id: Option<&'a dyn Fn(i32) -> i64>,
    pub(crate) sites: &'a [Arc<CollectedSite>],
    pub(crate) events: &'a [Event],
    /// What events were taken without, by their place in `events`.
    pub(crate) left_out: &'a [(usize, Vec<Refusal>)],
    pub(crate) dropped: &'a [Dropped],
    pub(crate) refused: &'a [RefusedFor],
}

impl Qa {
    /// Starts the writer, which lives as long as the server.
    pub(crate) fn start(store: Store, now: impl Fn() -> jiff::Timestamp + Send + 'static) -> Self {
        let (queue, waiting) = mpsc::channel(MOST_WAITING);
        let agents = Arc::new(Mutex::new(writer::Agents::default()));
        tokio::spawn(writer::run(store, waiting, agents.clone(), now));
        Self { sites: RwLock::default(), numbers: AtomicU64::new(1), agents, queue }
    }

    /// Takes note of a request that was judged. Never waits.
    pub(crate) fn request(&self, judged: &Judged) {
        let mut raw = None;
        for (at, event) in judged.events.iter().enumerate() {
            let Some(site) = judged.sites.iter().find(|site| site.number == event.site_number)
            else {
                continue;
            };
            self.event(judged, site, (at, event), &mut raw);
        }
        for (site, name) in judged.dropped {
            let known = self.site(site);
            if known.may_show(judged.parts.received_at_us) {
                let name = Some(name.clone());
                self.show(&known, judged, name, Verdict::Dropped, Vec::new(), &mut raw);
            }
        }
        if !judged.refused.is_empty() {
            self.refused(judged, &mut raw);
        }
    }

    fn event(
        &self,
        judged: &Judged,
        site: &Arc<CollectedSite>,
        (at, event): (usize, &Event),
        raw: &mut Option<Arc<str>>,
    ) {
        if let Some(reason) = event.bot_reason {
            let mut agents = self.agents.lock();
            agents.count(site, reason, judged.user_agent, judged.parts.received_at_us, MOST_AGENTS);
        }
        let known = self.site(site);
        let mut notices = self.notices(&known, event);
        if !known.may_show(judged.parts.received_at_us) && notices.is_empty() {
            return;
        }
        let left_out = judged.left_out.iter().filter(|(place, _)| *place == at);
        for Refusal { field, detail, .. } in left_out.flat_map(|(_, fields)| fields) {
            notices.push(Notice::LeftOut { field: field.clone(), detail: detail.clone() });
        }
        let verdict = match event.bot_reason {
            Some(reason) => Verdict::HeldBack(reason),
            None => Verdict::Counted { page: format!("{}{}", event.hostname, event.pathname) },
        };
        self.show(&known, judged, Some(event.name.clone()), verdict, notices, raw);
    }

    /// What is strange about an event. Only people's events teach what is ordinary.
    fn notices(&self, site: &SiteQa, event: &Event) -> Vec<Notice> {
        let mut known = site.known.lock();
        // Until what is ordinary was read from the store, nothing is strange.
        let Some(known) = known.as_mut() else { return Vec::new() };
        if event.bot_reason.is_some() || (known.is_full() && !known.knows(&event.name)) {
            return Vec::new();
        }
        let notices = known.notice(&event.name, &event.props);
        if !notices.is_empty() {
            self.later(Write::Seen {
                workspace_id: site.site.workspace_id.clone(),
                site_id: site.site.id.clone(),
                name: event.name.clone(),
                props: words(known, &event.name),
            });
        }
        notices
    }

    fn refused(&self, judged: &Judged, raw: &mut Option<Arc<str>>) {
        for RefusedFor { site, refused, .. } in judged.refused {
            let Some(site) = site else { continue };
            let known = self.site(site);
            if known.may_show(judged.parts.received_at_us) {
                let refusals = quarantine::refusals(refused);
                let verdict = Verdict::Refused(refusals);
                self.show(&known, judged, refused.name.clone(), verdict, Vec::new(), raw);
            }
        }
        for message in quarantine::kept(judged) {
            self.later(Write::Quarantine(Box::new(message)));
        }
    }

    fn show(
        &self,
        site: &SiteQa,
        judged: &Judged,
        name: Option<String>,
        verdict: Verdict,
        notices: Vec<Notice>,
        raw: &mut Option<Arc<str>>,
    ) {
        let raw = raw.get_or_insert_with(|| shown(judged.parts));
        let arrival = Arrival {
            number: self.numbers.fetch_add(1, Ordering::Relaxed),
            at_us: judged.parts.received_at_us,
            protocol: judged.protocol,
            name,
            verdict,
            notices,
            raw: raw.clone(),
        };
        let mut arrivals = site.arrivals.lock();
        if arrivals.len() >= REMEMBERED {
            arrivals.pop_front();
        }
        arrivals.push_back(arrival);
    }

    /// The arrivals of a site after a number, the earliest first.
    pub(crate) fn arrivals(&self, site_number: i32, after: u64) -> Vec<Arrival> {
        let Some(site) = self.sites.read().get(&site_number).cloned() else { return Vec::new() };
        let arrivals = site.arrivals.lock();
        arrivals.iter().filter(|arrival| arrival.number > after).cloned().collect()
    }

    /// Forgets what arrived at a site of which somebody is erased, and waits until what was to be kept
    /// before is written, and can be erased.
    pub(crate) async fn forget(&self, site_number: i32) {
        if let Some(site) = self.sites.read().get(&site_number) {
            site.arrivals.lock().clear();
        }
        let (done, written) = oneshot::channel();
        if self.queue.send(Write::Mark(done)).await.is_ok() {
            // The writer goes with the server, and then there is nothing to wait for.
            written.await.ok();
        }
    }

    fn site(&self, site: &Arc<CollectedSite>) -> Arc<SiteQa> {
        if let Some(known) = self.sites.read().get(&site.number) {
            return known.clone();
        }
        let new = Arc::new(SiteQa {
            site: site.clone(),
            arrivals: Mutex::default(),
            known: Mutex::new(None),
            second: AtomicI64::new(0),
            shown: AtomicU32::new(0),
        });
        let known = self.sites.write().entry(site.number).or_insert_with(|| new.clone()).clone();
        if Arc::ptr_eq(&known, &new) {
            let told = known.clone();
            self.later(Write::Learn {
                workspace_id: site.workspace_id.clone(),
                site_id: site.id.clone(),
                learnt: Box::new(move |events| *told.known.lock() = Some(events)),
            });
        }
        known
    }

    /// Leaves something to the writer, or lets it go where too much waits.
    fn later(&self, write: Write) {
        if self.queue.try_send(write).is_err() {
            tracing::debug!("event QA has more to write than it can");
        }
    }
}

impl SiteQa {
    /// Whether one more may be shown in this second.
    fn may_show(&self, at_us: i64) -> bool {
        let second = at_us.div_euclid(1_000_000);
        if self.second.swap(second, Ordering::Relaxed) != second {
            self.shown.store(0, Ordering::Relaxed);
        }
        self.shown.fetch_add(1, Ordering::Relaxed) < SHOWN_A_SECOND
    }
}

/// The request as text, masked.
fn shown(parts: &Parts) -> Arc<str> {
    let query = if parts.query.is_empty() { String::new() } else { format!("?{}", parts.query) };
    let body = &parts.body[..parts.body.len().min(MOST_LOOKED_AT)];
    let body = String::from_utf8_lossy(body);
    let text = format!("{} {}{query}\n\n{body}", parts.method, parts.path);
    mask(text.trim_end()).into()
}

/// Kinds of properties as the store keeps them.
fn kinds(props: &serde_json::Value) -> Vec<(String, Kind)> {
    let props = props.as_object().into_iter().flatten();
    props.filter_map(|(name, kind)| Some((name.clone(), Kind::parse(kind.as_str()?)?))).collect()
}

/// Properties of an event's name and their kinds as the store keeps them.
fn words(known: &KnownEvents, name: &str) -> serde_json::Value {
    let kinds = known.properties(name);
    serde_json::Value::Object(
        kinds.map(|(name, kind)| (name.to_owned(), kind.as_str().into())).collect(),
    )
}
