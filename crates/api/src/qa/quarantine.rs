//! Refused messages: what is kept of them, and taking them later.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use luotsi_marketing::collect::{Parts, Refused};
use luotsi_marketing::protocol::Protocol;
use luotsi_marketing::qa::without_addresses;
use luotsi_store::qa::{NewQuarantined, Quarantined};

use super::Judged;

/// Longest body that is kept, bytes; a longer request is shown while it arrives and not kept.
const LONGEST_BODY: usize = 64 * 1024;

/// Headers that reading a request looks at. No cookie and no credential is kept.
const KEPT_HEADERS: [&str; 5] =
    ["content-type", "user-agent", "accept-language", "origin", "content-encoding"];

/// Field, code and detail of each refusal; the field begins with the message's place.
pub(super) fn refusals(refused: &Refused) -> Vec<[String; 3]> {
    let each = refused.refusals.iter();
    each.map(|one| [one.field.clone(), one.code.to_owned(), one.detail.clone()]).collect()
}

/// What is kept of a request's refused messages: the request once for each site, with the places of
/// the messages that were refused.
pub(super) fn kept(judged: &Judged) -> Vec<NewQuarantined> {
    if judged.parts.body.len() > LONGEST_BODY {
        return Vec::new();
    }
    let mut by_site: BTreeMap<Option<String>, NewQuarantined> = BTreeMap::new();
    for (site, refused) in judged.refused {
        let key = refused.site.as_ref().map(|site| site.key.clone()).unwrap_or_default();
        let id = site.as_ref().map(|site| site.id.clone());
        // Without a site and without a key nobody could ever claim it.
        if id.is_none() && key.is_empty() {
            continue;
        }
        let place = id.clone().or_else(|| Some(format!("key {key}")));
        let message = by_site.entry(place).or_insert_with(|| NewQuarantined {
            site: site.as_ref().map(|site| (site.workspace_id.clone(), site.id.clone())),
            protocol: judged.protocol.as_str().to_owned(),
            site_key: key,
            name: refused.name.clone(),
            visitor_id: Some(judged.visitor_id),
            ..request(judged.parts)
        });
        for [field, code, detail] in refusals(refused) {
            message.refusals.push([format!("{}:{field}", refused.index), code, detail]);
        }
    }
    by_site.into_values().collect()
}

fn request(parts: &Parts) -> NewQuarantined {
    let headers = parts.headers.iter().filter(|(name, _)| KEPT_HEADERS.contains(name));
    NewQuarantined {
        method: parts.method.to_owned(),
        path: parts.path.to_owned(),
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
