//! Figures that other tools had counted: listed, removed, and shown beside answers, never added to them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::civil::Date;
use luotsi_marketing::query::{Dimension, Query, VisitColumn};
use luotsi_store::imported::Import;
use luotsi_store::site::Site;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Admin, Viewer};
use crate::error::ApiError;
use crate::measure::MeasureError;
use crate::problem::Problem;
use crate::state::App;

/// Most rows of figures beside an answer.
const MOST_ROWS: usize = 1_000;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(imports)).routes(routes!(remove))
}

/// A file of figures that was imported.
#[derive(Serialize, ToSchema)]
struct ImportBody {
    id: String,
    /// `ga4`, `matomo` or `plausible`.
    source: String,
    file: String,
    /// First and last day.
    from: String,
    to: String,
    figures: i64,
    /// Whether figures are of several days together: they are shown beside answers about all of those days only.
    of_periods: bool,
    created_at: String,
}

impl From<Import> for ImportBody {
    fn from(import: Import) -> Self {
        Self {
            id: import.id,
            source: import.source,
            file: import.file,
            from: import.days.0.to_string(),
            to: import.days.1.to_string(),
            figures: import.figures,
            of_periods: import.of_periods,
            created_at: import.created_at.to_string(),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct Imports {
    /// The latest first.
    items: Vec<ImportBody>,
}

/// Files of figures that other tools had counted.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}/imports", tag = "imports",
    params(("w" = String, Path), ("s" = String, Path)), responses((status = 200, body = Imports))
)]
async fn imports(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, site)): Path<(String, String)>,
) -> Result<Json<Imports>, ApiError> {
    let site = app.store().site(&viewer.workspace, &site).await?;
    let items = app.store().imports(&viewer.workspace, &site.id).await?;
    Ok(Json(Imports { items: items.into_iter().map(ImportBody::from).collect() }))
}

/// Removes a file's figures.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/sites/{s}/imports/{id}", tag = "imports",
    params(("w" = String, Path), ("s" = String, Path), ("id" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn remove(
    State(app): State<App>,
    admin: Admin,
    Path((_, site, id)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let site = app.store().site(&admin.workspace, &site).await?;
    app.store().delete_import(&admin.workspace, &site.id, &id).await?;
    admin.note(&app, "import.removed", &site.domain, json!({"id": id})).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What other tools had counted in the days of a query, by its dimension; `skipped` says why there is
/// nothing. Visitors are sums of what the tool counted day by day.
pub(crate) async fn beside(app: &App, site: &Site, query: &Query) -> Result<Value, MeasureError> {
    let skipped = |why: &str| json!({"skipped": why, "sources": [], "rows": []});
    if !query.filters.is_empty() {
        return Ok(skipped("filters"));
    }
    let Some(dimension) = dimension(query) else { return Ok(skipped("dimensions")) };
    let day = |at_us: i64| -> Date {
        let at = jiff::Timestamp::from_microsecond(at_us).unwrap_or_default();
        at.to_zoned(query.time_zone.clone()).date()
    };
    let (from, to) = (day(query.range.from_us), day(query.range.to_us - 1));
    let imports = app.store().imports(&site.workspace_id, &site.id).await?;
    let sources: Vec<Value> = imports
        .iter()
        .filter(|import| import.days.0 <= to && import.days.1 >= from)
        .map(|import| {
            // Figures of a whole period are of no part of it.
            let is_left_out = import.of_periods && !(from <= import.days.0 && import.days.1 <= to);
            json!({"source": import.source, "file": import.file,
                "from": import.days.0.to_string(), "to": import.days.1.to_string(),
                "of_periods": import.of_periods, "left_out": is_left_out})
        })
        .collect();
    if sources.is_empty() {
        return Ok(skipped("none"));
    }
    let totals =
        app.store().imported_totals(&site.workspace_id, &site.id, dimension, (from, to)).await?;
    let mut rows: BTreeMap<(String, String), serde_json::Map<String, Value>> = BTreeMap::new();
    for total in totals {
        let row = rows.entry((total.source, total.value)).or_default();
        row.insert(total.metric, json!(total.amount));
    }
    let most = |metrics: &serde_json::Map<String, Value>| {
        metrics.values().filter_map(Value::as_f64).fold(0.0, f64::max)
    };
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by(|one, other| most(&other.1).total_cmp(&most(&one.1)));
    let rows: Vec<Value> = rows
        .into_iter()
        .take(MOST_ROWS)
        .map(|((source, value), metrics)| {
            json!({"source": source, "value": value, "metrics": metrics})
        })
        .collect();
    Ok(json!({"skipped": null, "dimension": dimension, "sources": sources, "rows": rows}))
}

/// The dimension under which imports are kept; `None` for one that they do not have.
fn dimension(query: &Query) -> Option<&'static str> {
    let mut dimensions =
        query.dimensions.iter().filter(|dimension| !matches!(dimension, Dimension::Time(_)));
    let (Some(dimension), None) = (dimensions.next(), dimensions.next()) else {
        return (query.dimensions.len() <= 1).then_some("total");
    };
    Some(match dimension {
        Dimension::Page => "page",
        Dimension::Name => "event",
        Dimension::EntryPage => "entry_page",
        Dimension::ExitPage => "exit_page",
        Dimension::Visit(VisitColumn::Source) => "source",
        Dimension::Visit(VisitColumn::Channel) => "channel",
        Dimension::Visit(VisitColumn::UtmCampaign) => "campaign",
        Dimension::Visit(VisitColumn::UtmSource) => "utm_source",
        Dimension::Visit(VisitColumn::UtmMedium) => "utm_medium",
        Dimension::Visit(VisitColumn::UtmContent) => "utm_content",
        Dimension::Visit(VisitColumn::UtmTerm) => "utm_term",
        Dimension::Visit(VisitColumn::Country) => "country",
        Dimension::Visit(VisitColumn::Device) => "device",
        Dimension::Visit(VisitColumn::Browser) => "browser",
        Dimension::Visit(VisitColumn::Os) => "os",
        _ => return None,
    })
}
