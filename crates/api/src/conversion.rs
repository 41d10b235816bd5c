//! Conversions of a site.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use luotsi_marketing::conversion::Trigger;
use luotsi_marketing::currency::Currency;
use luotsi_store::conversion::{Conversion, NewConversion};
use luotsi_store::site::Site;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Editor, Viewer};
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::problem::Problem;
use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(conversions, create)).routes(routes!(delete))
}

const LONGEST_DISPLAY_NAME: usize = 200;

#[derive(Serialize, ToSchema)]
struct ConversionBody {
    id: String,
    display_name: String,
    /// `page` or `event`.
    kind: &'static str,
    page_pattern: Option<String>,
    event_name: Option<String>,
    /// Whether its events carry money.
    revenue: bool,
    /// An ISO 4217 code, with revenue.
    currency: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Conversions {
    items: Vec<ConversionBody>,
}

impl From<Conversion> for ConversionBody {
    fn from(conversion: Conversion) -> Self {
        let (kind, page_pattern, event_name) = match conversion.trigger {
            Trigger::Page { pattern } => ("page", Some(pattern), None),
            Trigger::Event { name } => ("event", None, Some(name)),
        };
        Self {
            id: conversion.id,
            display_name: conversion.display_name,
            kind,
            page_pattern,
            event_name,
            revenue: conversion.revenue,
            currency: conversion.currency,
        }
    }
}

/// Either a page pattern (`*` is any text without a slash, `**` any text) or an event name.
#[derive(Deserialize, ToSchema)]
struct ConversionRequest {
    /// `page` or `event`; told by the other fields when not given.
    kind: Option<String>,
    page_pattern: Option<String>,
    event_name: Option<String>,
    /// `Visit /thanks` or the event's name when empty.
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    revenue: bool,
    /// The site's when not given.
    currency: Option<String>,
}

fn new_conversion(request: ConversionRequest, site: &Site) -> Result<NewConversion, ApiError> {
    let mut fields = Fields::default();
    let is_page = match request.kind.as_deref() {
        Some("page") => true,
        Some("event") => false,
        None => request.page_pattern.is_some(),
        Some(other) => {
            return Err(ApiError::field(
                "kind",
                "unknown_kind",
                format!("`{other}` is not page or event"),
            ));
        }
    };
    let trigger = if is_page {
        let pattern = request.page_pattern.unwrap_or_default();
        fields.take("page_pattern", "invalid_pattern", Trigger::page(&pattern))
    } else {
        fields.take(
            "event_name",
            "invalid_name",
            Trigger::event(&request.event_name.unwrap_or_default()),
        )
    };
    let given_name =
        fields.optional_text("display_name", &request.display_name, LONGEST_DISPLAY_NAME);
    if request.revenue && is_page {
        fields.refuse("revenue", "page_without_revenue", "only events carry revenue");
    }
    let currency =
        request.currency.filter(|_| request.revenue).unwrap_or_else(|| site.currency.clone());
    let currency = fields.take("currency", "unknown_currency", currency.parse::<Currency>());
    fields.finish()?;
    let trigger = trigger.ok_or_else(|| ApiError::field("kind", "missing", "this is needed"))?;
    Ok(NewConversion {
        display_name: if given_name.is_empty() { trigger.display_name() } else { given_name },
        trigger,
        revenue: request.revenue,
        currency: currency.filter(|_| request.revenue).map(|currency| currency.code().to_owned()),
    })
}

/// A site's conversions by name.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}/conversions", tag = "conversions",
    params(("w" = String, Path), ("s" = String, Path)), responses((status = 200, body = Conversions))
)]
async fn conversions(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, site)): Path<(String, String)>,
) -> Result<Json<Conversions>, ApiError> {
    let site = app.store().site(&viewer.workspace, &site).await?;
    let items = app
        .store()
        .conversions(&viewer.workspace, &site.id)
        .await?
        .into_iter()
        .map(ConversionBody::from);
    Ok(Json(Conversions { items: items.collect() }))
}

/// Defines a conversion. It holds for the past as well.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/sites/{s}/conversions", tag = "conversions",
    params(("w" = String, Path), ("s" = String, Path)), request_body = ConversionRequest,
    responses(
        (status = 201, body = ConversionBody),
        (status = 409, description = "`taken`: the site has a conversion of this name.", body = Problem),
        (status = 422, body = Problem),
    )
)]
async fn create(
    State(app): State<App>,
    editor: Editor,
    Path((_, site)): Path<(String, String)>,
    Body(request): Body<ConversionRequest>,
) -> Result<(StatusCode, Json<ConversionBody>), ApiError> {
    let site = app.store().site(&editor.workspace, &site).await?;
    let new = new_conversion(request, &site)?;
    let conversion =
        app.store().create_conversion(&editor.workspace, &site.id, new, app.now()).await?;
    let detail = json!({"site": site.domain, "id": conversion.id});
    editor.note(&app, "conversion.created", &conversion.display_name, detail).await?;
    Ok((StatusCode::CREATED, Json(conversion.into())))
}

/// Removes a conversion's definition; events stay.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/sites/{s}/conversions/{id}", tag = "conversions",
    params(("w" = String, Path), ("s" = String, Path), ("id" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn delete(
    State(app): State<App>,
    editor: Editor,
    Path((_, site, id)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    app.store().delete_conversion(&editor.workspace, &site, &id).await?;
    editor.note(&app, "conversion.deleted", &id, json!({})).await?;
    Ok(StatusCode::NO_CONTENT)
}
