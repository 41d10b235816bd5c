//! Sites of a workspace, with the keys and the snippet that collect for them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use luotsi_lake::retention::Cutoffs;
use luotsi_marketing::currency::Currency;
use luotsi_marketing::site::{self, BusinessType};
use luotsi_store::key::SiteKey;
use luotsi_store::site::{Site, SiteSettings};
use luotsi_store::workspace::Role;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Admin, Viewer};
use crate::body::{Body, Change};
use crate::error::{ApiError, Fields};
use crate::origin::BaseUrl;
use crate::problem::Problem;
use crate::state::App;
use crate::user::LONGEST_NAME;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sites, create)).routes(routes!(site, change, delete))
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SiteBody {
    id: String,
    /// The site's number, which Matomo clients send.
    number: i32,
    domain: String,
    name: String,
    /// An IANA name.
    time_zone: String,
    /// An ISO 4217 code.
    currency: String,
    /// `web_shop`, `content`, `saas`, `lead_generation`, `membership` or `other`.
    business_type: &'static str,
    /// For how many days events are kept; `null` keeps them.
    retention_days: Option<u32>,
    created_at: String,
    /// What clients of each protocol send to name the site.
    keys: BTreeMap<&'static str, String>,
    /// What only servers send, for who may edit.
    secrets: BTreeMap<&'static str, String>,
    /// HTML for the head of each page.
    snippet: String,
}

#[derive(Serialize, ToSchema)]
struct Sites {
    items: Vec<SiteBody>,
}

impl SiteBody {
    fn new(site: Site, keys: Vec<SiteKey>, role: Role, base: &BaseUrl) -> Self {
        // Keys of existing tags have a list of their own.
        let keys: Vec<SiteKey> = keys.into_iter().filter(|key| key.added_at.is_none()).collect();
        let secrets = keys.iter().filter(|_| role >= Role::Editor);
        let secrets =
            secrets.filter_map(|key| Some((key.protocol.as_str(), key.secret.clone()?))).collect();
        let snippet = format!(
            r#"<script defer data-domain="{}" src="{}/js/luotsi.js"></script>"#,
            site.domain, base.0
        );
        Self {
            id: site.id,
            number: site.number,
            domain: site.domain,
            name: site.name,
            time_zone: site.time_zone,
            currency: site.currency,
            business_type: site.business_type.as_str(),
            retention_days: site.retention_days,
            created_at: site.created_at.to_string(),
            keys: keys.into_iter().map(|key| (key.protocol.as_str(), key.key)).collect(),
            secrets,
            snippet,
        }
    }
}

#[derive(Deserialize, ToSchema)]
struct NewSite {
    /// A pasted address will do.
    domain: String,
    /// The domain when not given.
    #[serde(default)]
    name: String,
    time_zone: String,
    currency: String,
    business_type: String,
    retention_days: Option<i64>,
}

/// What is not given stays.
#[derive(Deserialize, ToSchema)]
struct SiteChanges {
    domain: Option<String>,
    name: Option<String>,
    time_zone: Option<String>,
    currency: Option<String>,
    business_type: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    retention_days: Change<i64>,
}

fn settings(new: &NewSite) -> Result<SiteSettings, ApiError> {
    let mut fields = Fields::default();
    let domain = fields.take("domain", "invalid_domain", site::domain(&new.domain));
    let time_zone = fields.take("time_zone", "unknown_time_zone", site::time_zone(&new.time_zone));
    let currency = fields.take("currency", "unknown_currency", new.currency.parse::<Currency>());
    let business_type = fields.take(
        "business_type",
        "unknown_business_type",
        new.business_type.parse::<BusinessType>(),
    );
    let retention = new.retention_days.map(site::retention_days).transpose();
    let retention = fields.take("retention_days", "out_of_range", retention);
    let name = fields.optional_text("name", &new.name, LONGEST_NAME);
    fields.finish()?;
    let domain = domain.unwrap_or_default();
    Ok(SiteSettings {
        name: if name.is_empty() { domain.clone() } else { name },
        domain,
        time_zone: time_zone.map(|_| new.time_zone.clone()).unwrap_or_default(),
        currency: currency.map(|currency| currency.code().to_owned()).unwrap_or_default(),
        business_type: business_type.unwrap_or(BusinessType::Other),
        retention_days: retention.flatten(),
    })
}

/// The workspace's sites, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites", tag = "sites", params(("w" = String, Path)),
    responses((status = 200, body = Sites))
)]
async fn sites(
    State(app): State<App>,
    viewer: Viewer,
    base: BaseUrl,
) -> Result<Json<Sites>, ApiError> {
    let mut keys: BTreeMap<String, Vec<SiteKey>> = BTreeMap::new();
    for key in app.store().workspace_site_keys(&viewer.workspace).await? {
        keys.entry(key.site_id.clone()).or_default().push(key);
    }
    let sites = app.store().sites(&viewer.workspace).await?.into_iter();
    let items = sites.map(|site| {
        let keys = keys.remove(&site.id).unwrap_or_default();
        SiteBody::new(site, keys, viewer.role, &base)
    });
    Ok(Json(Sites { items: items.collect() }))
}

/// Adds a site with a key for each protocol.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/sites", tag = "sites", params(("w" = String, Path)), request_body = NewSite,
    responses(
        (status = 201, body = SiteBody),
        (status = 409, description = "`taken`: a site of this server has the domain.", body = Problem),
        (status = 422, body = Problem),
    )
)]
async fn create(
    State(app): State<App>,
    admin: Admin,
    base: BaseUrl,
    Body(new): Body<NewSite>,
) -> Result<(StatusCode, Json<SiteBody>), ApiError> {
    let site = app.store().create_site(&admin.workspace, settings(&new)?, app.now()).await?;
    app.collector().reload_sites(app.store()).await?;
    admin.note(&app, "site.created", &site.domain, json!({"id": site.id})).await?;
    let keys = app.store().site_keys(&admin.workspace, &site.id).await?;
    Ok((StatusCode::CREATED, Json(SiteBody::new(site, keys, admin.role, &base))))
}

/// One site.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}", tag = "sites", params(("w" = String, Path), ("s" = String, Path)),
    responses((status = 200, body = SiteBody), (status = 404, body = Problem))
)]
async fn site(
    State(app): State<App>,
    viewer: Viewer,
    base: BaseUrl,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<SiteBody>, ApiError> {
    let site = app.store().site(&viewer.workspace, &id).await?;
    let keys = app.store().site_keys(&viewer.workspace, &id).await?;
    Ok(Json(SiteBody::new(site, keys, viewer.role, &base)))
}

/// Changes a site's settings.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/sites/{s}", tag = "sites",
    params(("w" = String, Path), ("s" = String, Path)), request_body = SiteChanges,
    responses((status = 200, body = SiteBody), (status = 409, body = Problem), (status = 422, body = Problem))
)]
async fn change(
    State(app): State<App>,
    admin: Admin,
    base: BaseUrl,
    Path((_, id)): Path<(String, String)>,
    Body(changes): Body<SiteChanges>,
) -> Result<Json<SiteBody>, ApiError> {
    let before = app.store().site(&admin.workspace, &id).await?;
    let wanted = NewSite {
        domain: changes.domain.unwrap_or(before.domain),
        name: changes.name.unwrap_or(before.name),
        time_zone: changes.time_zone.unwrap_or(before.time_zone),
        currency: changes.currency.unwrap_or(before.currency),
        business_type: changes
            .business_type
            .unwrap_or_else(|| before.business_type.as_str().to_owned()),
        retention_days: changes.retention_days.over(|| before.retention_days.map(i64::from)),
    };
    app.store().save_site(&admin.workspace, &id, &settings(&wanted)?, app.now()).await?;
    app.collector().reload_sites(app.store()).await?;
    let site = app.store().site(&admin.workspace, &id).await?;
    admin.note(&app, "site.changed", &site.domain, json!({"id": id})).await?;
    let keys = app.store().site_keys(&admin.workspace, &id).await?;
    Ok(Json(SiteBody::new(site, keys, admin.role, &base)))
}

/// Removes a site with its conversions, goals and events.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/sites/{s}", tag = "sites",
    params(("w" = String, Path), ("s" = String, Path)),
    responses((status = 204, description = "Removed; its events go in the background."), (status = 404, body = Problem))
)]
async fn delete(
    State(app): State<App>,
    admin: Admin,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let site = app.store().site(&admin.workspace, &id).await?;
    app.store().delete_site(&admin.workspace, &id).await?;
    app.collector().reload_sites(app.store()).await?;
    admin.note(&app, "site.deleted", &site.domain, json!({"id": id})).await?;
    tokio::spawn(async move { drop_events(&app, &site).await });
    Ok(StatusCode::NO_CONTENT)
}

async fn drop_events(app: &App, site: &Site) {
    // Clients' clocks may be ahead of ours.
    const AHEAD_US: i64 = 7 * 86_400_000_000;
    let now_us = app.now().as_microsecond();
    let everything =
        Cutoffs { default_us: None, by_site: [(site.number, Some(now_us + AHEAD_US))].into() };
    match app.lake().expire(&everything, now_us).await {
        Ok(rows) => {
            tracing::info!(domain = site.domain, rows, "dropped the events of a removed site")
        }
        Err(error) => {
            tracing::error!(domain = site.domain, %error, "the events of a removed site stay")
        }
    }
}
