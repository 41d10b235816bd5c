//! The campaigns that sentences may name, kept for some minutes: people's sentences are read while they type.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use luotsi_store::site::Site;
use parking_lot::Mutex;

use crate::error::ApiError;
use crate::state::App;

/// Names are kept this long.
const KEPT: SignedDuration = SignedDuration::from_mins(5);

/// When they were looked up, and the campaigns.
type Known = (Timestamp, Arc<[String]>);

/// Campaigns by site.
#[derive(Default)]
pub(crate) struct KnownCampaigns(Mutex<HashMap<String, Known>>);

/// The site's campaigns of the last 90 days, the most visited first.
pub(super) async fn campaigns(app: &App, site: &Site) -> Result<Arc<[String]>, ApiError> {
    let now = app.now();
    let known = app.campaigns().0.lock().get(&site.id).cloned();
    if let Some((at, names)) = known
        && now.duration_since(at) < KEPT
    {
        return Ok(names);
    }
    let measuring = app.measuring();
    let site_now = measuring.site(site).await?;
    let names: Arc<[String]> = measuring.campaigns(&site_now).await?.into();
    let mut all = app.campaigns().0.lock();
    all.retain(|_, (at, _)| now.duration_since(*at) < KEPT);
    all.insert(site.id.clone(), (now, Arc::clone(&names)));
    Ok(names)
}
