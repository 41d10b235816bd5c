//! Refused messages: what is kept of them, and taking them later.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use luotsi_marketing::collect::{Parts, Refused};
use luotsi_marketing::protocol::Protocol;
use luotsi_marketing::qa::{ids_in, without_addresses};
use luotsi_marketing::visitor::anonymous_id;
use luotsi_store::qa::{NewQuarantined, Quarantined};

use super::{Judged, RefusedFor};

/// Longest body that is kept, bytes; a longer request is shown while it arrives and not kept.
const LONGEST_BODY: usize = 64 * 1024;

/// Most ids that are kept with a request; one that names more people is not kept.
const MOST_IDS: usize = 1_000;

/// Headers that reading a request looks at. No cookie and no credential is kept.
const KEPT_HEADERS: [&str; 5] =
    ["content-type", "user-agent", "accept-language", "origin", "content-encoding"];

/// Field, code and detail of each refusal; the field begins with the message's place.
pub(super) fn refusals(refused: &Refused) -> Vec<[String; 3]> {
    let each = refused.refusals.iter();
    each.map(|one| [one.field.clone(), one.code.to_owned(), one.detail.clone()]).collect()
}

/// What is kept of a request's refused messages: the request once for each site, with the places of
/// the messages that were refused and with hashes of everyone whom it names.
pub(super) fn kept(judged: &Judged) -> Vec<NewQuarantined> {
    let Some(visitor_id) = judged.visitor_id.filter(|_| judged.parts.body.len() <= LONGEST_BODY)
    else {
        return Vec::new();
    };
    let named = named_in(judged.parts);
    if named.len() > MOST_IDS {
        return Vec::new();
    }
    let mut by_site: BTreeMap<Option<String>, NewQuarantined> = BTreeMap::new();
    for RefusedFor { site, refused, ids } in judged.refused {
        let key = refused.site.as_ref().map(|site| site.key.clone()).unwrap_or_default();
        let id = site.as_ref().map(|site| site.id.clone());
        // Without a site and without a key nobody could ever claim it.
        if id.is_none() && key.is_empty() {
            continue;
        }
        let place = id.clone().or_else(|| Some(format!("key {key}")));
        let number = site.as_ref().map_or(0, |site| site.number);
        let message = by_site.entry(place).or_insert_with(|| NewQuarantined {
            site: site.as_ref().map(|site| (site.workspace_id.clone(), site.id.clone())),
            protocol: judged.protocol.as_str().to_owned(),
            site_key: key,
            name: refused.name.as_deref().map(without_addresses),
            visitor_id: Some(visitor_id(number)),
            ids: named
                .iter()
                .map(|name| anonymous_id(number, name))
                .chain(ids_of_events(judged, number))
                .collect(),
            ..request(judged.parts)
        });
        message.ids.extend(ids);
        for [field, code, detail] in refusals(refused) {
            let detail = without_addresses(&detail);
            message.refusals.push([format!("{}:{field}", refused.index), code, detail]);
        }
    }
    by_site.into_values().collect()
}

/// Ids of people and devices anywhere in a request, also in small letters: some protocols mean those.
fn named_in(parts: &Parts) -> BTreeSet<String> {
    let body = String::from_utf8_lossy(parts.body);
    let ids = [parts.path, parts.query, &body].into_iter().flat_map(ids_in);
    ids.flat_map(|id| [id.to_lowercase(), id]).collect()
}

/// Whom the messages name that were taken: they are in the same request.
fn ids_of_events(judged: &Judged, number: i32) -> impl Iterator<Item = i64> {
    let of_site = judged.events.iter().filter(move |event| event.site_number == number);
    of_site.flat_map(|event| {
        [Some(event.visitor_id), event.named_id, event.person_id].into_iter().flatten()
    })
}

fn request(parts: &Parts) -> NewQuarantined {
    let headers = parts.headers.iter().filter(|(name, _)| KEPT_HEADERS.contains(name));
    NewQuarantined {
        method: parts.method.to_owned(),
        path: without_addresses(parts.path),
        query: without_addresses(parts.query),
        headers: headers
            // The body is kept as it was read, not as it was packed.
            .filter(|(name, _)| *name != "content-encoding")
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: without_addresses(&String::from_utf8_lossy(parts.body)),
        ..NewQuarantined::default()
    }
}

/// The header by which a client names its site, where the key stands in none of what is kept: no
/// credential is.
pub(crate) fn naming(kept: &Quarantined) -> Option<(&'static str, String)> {
    let key = &kept.message.site_key;
    let protocol = kept.message.protocol.parse().ok().filter(|_| !key.is_empty())?;
    match protocol {
        Protocol::Segment | Protocol::Rudderstack | Protocol::Customerio => {
            Some(("authorization", format!("Basic {}", STANDARD.encode(format!("{key}:")))))
        }
        Protocol::Goatcounter => Some(("authorization", format!("Bearer {key}"))),
        Protocol::Jitsu => Some(("x-write-key", key.clone())),
        Protocol::Openpanel => Some(("openpanel-client-id", key.clone())),
        _ => None,
    }
}

/// Places of the messages that were refused.
pub(crate) fn places(kept: &Quarantined) -> Vec<usize> {
    let fields = kept.message.refusals.iter().map(|[field, ..]| field);
    let mut places: Vec<usize> =
        fields.filter_map(|field| field.split_once(':')?.0.parse().ok()).collect();
    places.dedup();
    places
}

/// A kept request that is taken again.
#[derive(Debug, Clone)]
pub(crate) struct Replayed {
    /// Places of the messages to take; the others were taken then.
    pub(crate) places: Vec<usize>,
    /// The visitor's hash of that day.
    pub(crate) visitor_id: Option<i64>,
}
