//! Observations: readings by token, by hand and by table.

mod body;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_marketing::metric;
use luotsi_marketing::observation::{self, Due, MAX_BATCH, Reading};
use luotsi_store::observation::{Dimensions, NewObservation, Observation};
use luotsi_store::token::Scope;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Actor, Editor, Viewer};
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::goal::entry::check_readings;
use crate::goal::{compute_observed, compute_observed_soon};
use crate::metric::{date, today};
use crate::problem::Problem;
use crate::state::App;
use body::{
    CsvAnswer, CsvRequest, DeleteQuery, NewObservations, ObservationBody, Observations,
    ObservationsKept, ObservationsQuery, ObservedSeries, ObservedSeriesBody,
};

/// Largest table, bytes.
const MAX_CSV: usize = 4 << 20;
/// Rows of a table that are shown.
const SHOWN_ROWS: usize = 20;
/// Refused rows that are named.
const SHOWN_REFUSED: usize = 100;
/// Days of readings that are given when none are named.
const USUAL_DAYS: i32 = 92;
const MOST_ROWS: usize = 10_000;
/// Days of readings that say how often a series is read, and where.
const DUE_DAYS: i32 = 366;

pub(crate) fn routes() -> OpenApiRouter<App> {
    let tables =
        OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::max(MAX_CSV + 65_536));
    OpenApiRouter::new()
        .routes(routes!(collect))
        .routes(routes!(observations, note, delete))
        .routes(routes!(series))
        .merge(tables)
}

/// Takes readings from a program. Its token's workspace gets them; the last reading of a day wins.
///
/// All are kept or none. Sending the same again changes nothing; with an `Idempotency-Key` the answer too is that
/// of the first time.
#[utoipa::path(
    post, path = "/api/v1/observations", tag = "observations", request_body = NewObservations,
    security(("token" = [])),
    responses(
        (status = 200, body = ObservationsKept),
        (status = 401, body = Problem),
        (status = 403, description = "The token has neither `events:write` nor `admin`.", body = Problem),
        (status = 422, description = "Which reading and which field.", body = Problem),
    )
)]
async fn collect(
    State(app): State<App>,
    actor: Actor,
    Body(new): Body<NewObservations>,
) -> Result<Json<ObservationsKept>, ApiError> {
    let Actor::Program(token) = actor else { return Err(ApiError::NeedsScope) };
    if !token.allows(Scope::EventsWrite) && !token.allows(Scope::Admin) {
        return Err(ApiError::NeedsScope);
    }
    let readings = check(&app, &token.workspace_id, new).await?;
    let by = format!("token {}", token.name);
    let kept = app.store().observe(&token.workspace_id, &readings, ("api", &by), app.now()).await?;
    compute_observed_soon(&app, &token.workspace_id, series_of(&readings));
    Ok(Json(kept.into()))
}

/// Readings of a series, by day.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/observations", tag = "observations",
    params(("w" = String, Path), ObservationsQuery),
    responses((status = 200, body = Observations), (status = 422, body = Problem))
)]
async fn observations(
    State(app): State<App>,
    viewer: Viewer,
    Query(query): Query<ObservationsQuery>,
) -> Result<Json<Observations>, ApiError> {
    let mut fields = Fields::default();
    let last = today(&app).saturating_add(1.day());
    let to = query
        .to
        .as_deref()
        .map_or(Some(last), |text| fields.take("to", "invalid_date", date(text)));
    let from = match query.from.as_deref() {
        Some(text) => fields.take("from", "invalid_date", date(text)),
        None => to.map(|to| to.saturating_sub(USUAL_DAYS.days())),
    };
    fields.finish()?;
    let (Some(from), Some(to)) = (from, to) else {
        return Err(ApiError::field("from", "invalid_date", "this is not a date"));
    };
    let found = app.store().observations(&viewer.workspace, &query.series, (from, to)).await?;
    let truncated = found.len() > MOST_ROWS;
    let items = found.into_iter().rev().take(MOST_ROWS).map(ObservationBody::from).collect();
    Ok(Json(Observations { items, truncated }))
}

/// The workspace's series with their extent and last value, and the usual ones that have none yet.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/observations/series", tag = "observations",
    params(("w" = String, Path)), responses((status = 200, body = ObservedSeries))
)]
async fn series(State(app): State<App>, viewer: Viewer) -> Result<Json<ObservedSeries>, ApiError> {
    let name = |series: &str| {
        metric::ready(series).map_or(series, |ready| ready.name(viewer.locale())).to_owned()
    };
    let mut items = Vec::new();
    let today = today(&app);
    for extent in app.store().series(&viewer.workspace).await? {
        let since = extent.last.saturating_sub(DUE_DAYS.days());
        let read = app
            .store()
            .observations(&viewer.workspace, &extent.series, (since, extent.last))
            .await?;
        // What programs and tables bring is nobody's to type in.
        let by_hand = read.iter().any(|one| one.source == "manual");
        let days: Vec<Date> = read.iter().map(|one| one.reading.day).collect();
        let due = Due::after(&days, today).filter(|_| by_hand);
        let last = newest(read);
        items.push(ObservedSeriesBody::new(name(&extent.series), extent, last, due));
    }
    let usual = metric::READY.iter().filter(|ready| ready.origin == metric::Origin::Observed);
    let known: Vec<String> =
        items.iter().map(|one: &ObservedSeriesBody| one.series.clone()).collect();
    items.extend(
        usual
            .filter(|ready| !known.iter().any(|series| series == ready.id))
            .map(|ready| ObservedSeriesBody::empty(ready.id, name(ready.id))),
    );
    Ok(Json(ObservedSeries { items }))
}

/// Notes readings by hand. All are kept or none; the last reading of a day wins.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/observations", tag = "observations", params(("w" = String, Path)),
    request_body = NewObservations, responses((status = 200, body = ObservationsKept), (status = 422, body = Problem))
)]
async fn note(
    State(app): State<App>,
    editor: Editor,
    Body(new): Body<NewObservations>,
) -> Result<Json<ObservationsKept>, ApiError> {
    let readings = check(&app, &editor.workspace, new).await?;
    let by = editor.name();
    let kept =
        app.store().observe(&editor.workspace, &readings, ("manual", &by), app.now()).await?;
    let detail = json!({"readings": readings.len()});
    editor.note(&app, "observations.noted", &names(&readings), detail).await?;
    // Whoever writes a figure down wants to see at once what it makes of the goal.
    let series: Vec<&str> = series_of(&readings).collect();
    compute_observed(&app, &editor.workspace, &series).await?;
    Ok(Json(kept.into()))
}

/// Reads a CSV table: without a mapping its columns, as a preview what it would bring, or keeps it.
///
/// A table with a row that cannot be read is not kept at all: every such row is named by its line and column.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/observations/csv", tag = "observations", params(("w" = String, Path)),
    request_body = CsvRequest, responses((status = 200, body = CsvAnswer), (status = 422, body = Problem))
)]
async fn upload(
    State(app): State<App>,
    editor: Editor,
    Body(request): Body<CsvRequest>,
) -> Result<Json<CsvAnswer>, ApiError> {
    if request.csv.len() > MAX_CSV {
        return Err(ApiError::TooLarge);
    }
    let columns = observation::columns(&request.csv).map_err(|wrong| of_rules(&[wrong]))?;
    let Some(mapping) = &request.mapping else { return Ok(Json(CsvAnswer::of_columns(columns))) };
    let mapping = mapping.read(&request)?;
    let table =
        observation::read(&request.csv, &mapping, today(&app)).map_err(|wrong| of_rules(&wrong))?;
    if request.preview {
        return Ok(Json(CsvAnswer::of_table(columns, &table, (SHOWN_ROWS, SHOWN_REFUSED), None)));
    }
    if !table.refused.is_empty() {
        let mut fields = Fields::default();
        for row in table.refused.iter().take(SHOWN_REFUSED) {
            let field = format!("csv.line[{}].{}", row.line, row.field);
            fields.refuse(&field, row.code, &row.message);
        }
        fields.finish()?;
    }
    let readings: Vec<NewObservation> =
        table.readings.iter().map(|reading| kept(reading, None)).collect();
    if readings.is_empty() {
        return Err(ApiError::field("csv", "empty", "the table has no rows"));
    }
    let by = editor.name();
    let done = app.store().observe(&editor.workspace, &readings, ("csv", &by), app.now()).await?;
    let detail = json!({"readings": readings.len(), "replaced": done.replaced});
    editor.note(&app, "observations.imported", &names(&readings), detail).await?;
    compute_observed_soon(&app, &editor.workspace, series_of(&readings));
    let shown = (SHOWN_ROWS, SHOWN_REFUSED);
    Ok(Json(CsvAnswer::of_table(columns, &table, shown, Some(done.into()))))
}

/// The newest reading of each set of dimensions; `all` in the order of days.
fn newest(all: Vec<Observation>) -> Vec<Observation> {
    let mut places: BTreeMap<Dimensions, Observation> = BTreeMap::new();
    for one in all {
        places.insert(one.reading.dimensions.clone(), one);
    }
    let mut newest: Vec<Observation> = places.into_values().collect();
    newest.sort_by_key(|one| Reverse(one.reading.day));
    newest
}

/// Takes back one reading, or with `series` alone the whole series.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/observations", tag = "observations",
    params(("w" = String, Path), DeleteQuery),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn delete(
    State(app): State<App>,
    editor: Editor,
    Query(query): Query<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    let detail = json!({"day": query.day, "dimensions": query.dimensions});
    match &query.day {
        None => {
            let gone = app.store().delete_series(&editor.workspace, &query.series).await?;
            if gone == 0 {
                return Err(luotsi_store::StoreError::NotFound("series").into());
            }
        }
        Some(day) => {
            let mut fields = Fields::default();
            let day = fields.take("day", "invalid_date", date(day));
            let dimensions = query.dimensions.as_deref().unwrap_or("{}");
            let dimensions = serde_json::from_str::<Dimensions>(dimensions);
            let dimensions = fields.take("dimensions", "invalid", dimensions);
            fields.finish()?;
            if let (Some(day), Some(dimensions)) = (day, dimensions) {
                app.store()
                    .delete_observation(&editor.workspace, &query.series, &dimensions, day)
                    .await?;
            }
        }
    }
    editor.note(&app, "observations.deleted", &query.series, detail).await?;
    compute_observed_soon(&app, &editor.workspace, [query.series.as_str()]);
    Ok(StatusCode::NO_CONTENT)
}

fn series_of(readings: &[NewObservation]) -> impl Iterator<Item = &str> {
    readings.iter().map(|one| one.series.as_str())
}

/// Readings of a batch, or every mistake by its place.
async fn check(
    app: &App,
    workspace: &str,
    new: NewObservations,
) -> Result<Vec<NewObservation>, ApiError> {
    let mut fields = Fields::default();
    if new.observations.is_empty() {
        fields.refuse("observations", "empty", "give at least one");
    } else if new.observations.len() > MAX_BATCH {
        fields.refuse("observations", "too_many", format!("at most {MAX_BATCH} at once"));
    }
    fields.finish()?;
    let sites = app.store().sites(workspace).await?;
    let mut fields = Fields::default();
    let mut readings = Vec::with_capacity(new.observations.len());
    for (at, one) in new.observations.into_iter().enumerate() {
        let place = |field: &str| format!("observations[{at}].{field}");
        let site_id = match one.site_id {
            Some(id) if !sites.iter().any(|site| site.id == id) => {
                fields.refuse(&place("site_id"), "unknown_site", "no such site in the workspace");
                continue;
            }
            id => id,
        };
        let Some(day) = fields.take(&place("day"), "invalid_date", date(&one.day)) else {
            continue;
        };
        let reading = Reading {
            series: one.series,
            dimensions: one.dimensions,
            day,
            value: one.value,
            weight: one.weight.unwrap_or(1.0),
        };
        for wrong in reading.check(today(app)) {
            fields.refuse(&place(&wrong.field), wrong.code, wrong.message);
        }
        readings.push(kept(&reading, site_id));
    }
    fields.finish()?;
    if let Some(goal) = &new.goal_id {
        check_readings(app, workspace, goal, &readings).await?;
    }
    Ok(readings)
}

fn kept(reading: &Reading, site_id: Option<String>) -> NewObservation {
    NewObservation {
        series: reading.series.clone(),
        dimensions: reading.dimensions.clone(),
        day: reading.day,
        value: reading.value,
        weight: reading.weight,
        site_id,
    }
}

/// The series of readings, each once, for the log.
fn names(readings: &[NewObservation]) -> String {
    let mut names: Vec<&str> = readings.iter().map(|one| one.series.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(5);
    names.join(", ")
}

/// Refusals of the rules, as the API tells them.
fn of_rules(wrong: &[metric::FieldError]) -> ApiError {
    ApiError::Fields(wrong.iter().map(crate::error::of_field).collect())
}
