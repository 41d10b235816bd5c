//! Many events at once, from a server that holds a token.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request as HttpRequest, State};
use axum::http::request::Parts as Head;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use luotsi_lake::lake::Appended;
use luotsi_marketing::collect::Parts;
use luotsi_marketing::collect::plausible::{self, Trust};
use luotsi_marketing::enrich::Request;
use luotsi_marketing::event::Event;
use luotsi_marketing::hit::{Hit, Refusal, SiteKey};
use luotsi_marketing::protocol::Protocol;
use luotsi_store::token::{Scope, Token};

use super::refused::Refused;
use super::{body, request, take, unreadable};
use crate::address::ClientAddress;
use crate::collector::{CollectedKey, CollectedSite};
use crate::problem::Problem;
use crate::qa::{Dropped, Judged};
use crate::state::App;

/// Most events in a batch.
const MAX_BATCH: usize = 5_000;

/// Most errors that are listed for a batch.
const MAX_LISTED: usize = 100;

/// So long a batch waits for room in the lake, looking so often.
const ROOM_PATIENCE: Duration = Duration::from_secs(2);
const ROOM_LOOK: Duration = Duration::from_millis(20);

/// Events of a batch that Event QA looks at.
const MAX_SHOWN: usize = 100;

/// Takes many events from a server that holds a token with the scope `events:write`: an array of what
/// `/api/event` takes, or `{"events": [...]}`. All are kept or none.
#[utoipa::path(
    post, path = "/api/events", tag = "collect", request_body = serde_json::Value,
    security(("token" = [])),
    responses(
        (status = 202, description = "All events are kept: how many were new, how many repeated."),
        (status = 400, description = "Nothing was taken; every wrong field is named.", body = Problem),
        (status = 401, description = "No token, or one without `events:write`.", body = Problem),
        (status = 413, description = "More than 5,000 events or 8 MiB.", body = Problem),
        (status = 503, description = "Not now: `Retry-After` says when.", body = Problem),
    )
)]
pub(crate) async fn post_events(
    State(app): State<App>,
    ClientAddress(ip): ClientAddress,
    request: HttpRequest,
) -> Response {
    let (head, body) = request.into_parts();
    let started = Instant::now();
    let response = match take_batch(&app, ip, &head, body).await {
        Ok((accepted, duplicates)) => {
            let answer = serde_json::json!({"accepted": accepted, "duplicates": duplicates});
            (StatusCode::ACCEPTED, axum::Json(answer)).into_response()
        }
        Err(refused) => refused.into_response(),
    };
    let status = response.status().as_u16();
    app.metrics().answered_client(Some(Protocol::Luotsi), status, started.elapsed());
    response
}

async fn take_batch(
    app: &App,
    ip: IpAddr,
    head: &Head,
    body: Body,
) -> Result<(usize, usize), Refused> {
    if !ip.is_loopback() {
        app.limits().addresses.address(ip).map_err(Refused::TooFast)?;
    }
    let token = bearer(app, &head.headers).await?;
    let held = body::read(&head.headers, body, &app.limits().bodies).await?;
    wait_for_room(app).await?;
    let batch = Batch { app, ip, head, bytes: &held.bytes, now_us: app.now().as_microsecond() };
    let items = plausible::read_batch(&held.bytes, Trust::Token).map_err(|refusal| {
        batch.show_refused(std::slice::from_ref(&refusal));
        Refused::Fields(vec![refusal])
    })?;
    if items.len() > MAX_BATCH {
        let detail = format!("{} events; at most {MAX_BATCH} are taken at once", items.len());
        return Err(Refused::TooLarge(detail));
    }
    let mut hits = Vec::with_capacity(items.len());
    let mut refusals = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        match item {
            Ok(read) => hits.extend(read),
            Err(found) if refusals.len() < MAX_LISTED => {
                refusals.extend(found.into_iter().map(|refusal| Refusal {
                    field: format!("events[{index}].{}", refusal.field),
                    ..refusal
                }));
            }
            Err(_) => break,
        }
    }
    if !refusals.is_empty() {
        batch.show_refused(&refusals);
        return Err(Refused::Fields(refusals));
    }
    let request = request(ip, &head.headers, batch.now_us);
    let found = events(app, hits, &request, &token).await?;
    take::limit_sites(app, &found.events).map_err(Refused::TooFast)?;
    batch.show(&found, &request);
    drop(held);
    let appended = append(app, found.events).await?;
    Ok((appended.accepted, appended.duplicates))
}

/// A batch as Event QA sees it.
struct Batch<'a> {
    app: &'a App,
    ip: IpAddr,
    head: &'a Head,
    bytes: &'a [u8],
    now_us: i64,
}

impl Batch<'_> {
    fn judged<T>(&self, each: impl FnOnce(&Parts<'_>) -> T) -> T {
        each(&Parts {
            method: self.head.method.as_str(),
            path: self.head.uri.path(),
            query: "",
            headers: &[],
            body: self.bytes,
            received_at_us: self.now_us,
        })
    }

    fn show(&self, found: &Found, request: &Request<'_>) {
        let Found { events, sites, dropped } = found;
        let some = &events[..events.len().min(MAX_SHOWN)];
        self.judged(|parts| {
            self.app.qa().request(&Judged {
                protocol: Protocol::Luotsi,
                parts,
                user_agent: request.user_agent,
                visitor_id: None,
                sites,
                events: some,
                left_out: &[],
                dropped,
                refused: &[],
            });
        });
    }

    /// The sender is told, and sends all of it again: nothing is kept to be taken later.
    fn show_refused(&self, refusals: &[Refusal]) {
        let request = request(self.ip, &self.head.headers, self.now_us);
        self.judged(|parts| unreadable(self.app, Protocol::Luotsi, (parts, &request), refusals));
    }
}

async fn bearer(app: &App, headers: &HeaderMap) -> Result<Token, Refused> {
    let text = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(text) = text.and_then(|text| text.strip_prefix("Bearer ")) else {
        return Err(Refused::NoToken);
    };
    let token = app.store().token(text.trim(), app.now()).await.map_err(Refused::store)?;
    token.filter(|token| token.allows(Scope::EventsWrite)).ok_or(Refused::NoToken)
}

async fn events(
    app: &App,
    hits: Vec<Hit>,
    request: &Request<'_>,
    token: &Token,
) -> Result<Found, Refused> {
    let salts = app.collector().salts(app.store(), app.now()).await.map_err(Refused::store)?;
    let mut events = Vec::with_capacity(hits.len());
    let mut sites: Vec<Arc<CollectedSite>> = Vec::new();
    let mut dropped = Vec::new();
    let mut last: Option<(SiteKey, Arc<CollectedKey>)> = None;
    let since = Instant::now();
    for hit in hits {
        let known = last.as_ref().filter(|(name, _)| *name == hit.site);
        let key = match known {
            Some((_, key)) => key.clone(),
            None => {
                let found = app.collector().key(app.store(), &hit.site, since).await;
                let found = found.map_err(Refused::store)?;
                let found = found.filter(|key| token.workspace_id == key.site.workspace_id);
                let Some(key) = found else {
                    let detail = format!(
                        "`{}` is no site here: add it under Settings, or mend the domain",
                        hit.site.key
                    );
                    return Err(Refused::field("events[].d", "unknown_site", detail));
                };
                last = Some((hit.site.clone(), key.clone()));
                if sites.iter().all(|site| site.number != key.site.number) {
                    sites.push(key.site.clone());
                }
                key
            }
        };
        match app.collector().event(hit, &key.site, &salts, request) {
            Ok(event) => events.push(event),
            Err(name) if dropped.len() < MAX_SHOWN => dropped.push((key.site.clone(), name)),
            Err(_) => {}
        }
    }
    Ok(Found { events, sites, dropped })
}

/// What a batch comes to.
struct Found {
    events: Vec<Event>,
    /// Theirs.
    sites: Vec<Arc<CollectedSite>>,
    dropped: Vec<Dropped>,
}

/// Waits a little while the lake has no room: a batch that is held as it was sent costs little, one that is
/// read and turned away costs much.
async fn wait_for_room(app: &App) -> Result<(), Refused> {
    let since = Instant::now();
    while let Err(full) = app.lake().has_room() {
        if since.elapsed() >= ROOM_PATIENCE {
            return Err(Refused::NotNow(full));
        }
        tokio::time::sleep(ROOM_LOOK).await;
    }
    Ok(())
}

async fn append(app: &App, events: Vec<Event>) -> Result<Appended, Refused> {
    let now_us = app.now().as_microsecond();
    let appended = app.lake().append_at(events, now_us).await.map_err(Refused::NotNow)?;
    let (accepted, duplicates) = (appended.accepted as u64, appended.duplicates as u64);
    app.metrics().accepted(accepted, duplicates);
    app.metrics().collected(Protocol::Luotsi, accepted, duplicates);
    Ok(appended)
}
