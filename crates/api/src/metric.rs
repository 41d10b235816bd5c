//! The dictionary of metrics: ready ones, the workspace's own with their versions, previews and values.

mod body;

use std::collections::{BTreeSet, HashMap};

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use luotsi_goals::measure::{MeasureError, Resolved};
use luotsi_marketing::metric::{Definition, FieldError, Formula, Nature, READY, Unit, Version};
use luotsi_marketing::query::Conversion;
use luotsi_store::StoreError;
use luotsi_store::metric::{Metric, MetricFields, NewVersion};
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Editor, Viewer};
use crate::body::{Body, Change};
use crate::error::{ApiError, Fields, of_field};
use crate::objective::check_owner;
use crate::problem::Problem;
use crate::state::App;
use body::{
    MetricBody, MetricChanges, MetricDayBody, MetricList, MetricPreview, MetricPreviewRequest,
    MetricUse, MetricValues, NewMetric, ValuesQuery,
};

pub(crate) use body::MetricUnitBody;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(metrics, create))
        .routes(routes!(preview))
        .routes(routes!(change, delete))
        .routes(routes!(values))
}

const LONGEST_NOTE: usize = 500;
/// Days of a preview and of values that name no days.
const USUAL_DAYS: i32 = 28;
/// Most days of values.
const MOST_DAYS: i32 = 1_100;
const MOST_FILTERS: usize = 20;

/// Every metric: the workspace's own by key, then the ready ones in the reader's language.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/metrics", tag = "metrics", params(("w" = String, Path)),
    responses((status = 200, body = MetricList))
)]
async fn metrics(State(app): State<App>, viewer: Viewer) -> Result<Json<MetricList>, ApiError> {
    let conversions = conversions(&app, &viewer.workspace).await?;
    let mut uses = uses(&app, &viewer.workspace).await?;
    let mut used_by = |key: &str| uses.remove(key).unwrap_or_default();
    let own = app.store().metrics(&viewer.workspace).await?;
    let own = own.iter().map(|metric| MetricBody::own(metric, &conversions, used_by(&metric.key)));
    let own: Vec<MetricBody> = own.collect();
    let currency = "EUR".parse().map_err(|_| MeasureError::Setting("currency"))?;
    let ready = READY
        .iter()
        .map(|ready| MetricBody::ready(ready, viewer.locale(), currency, used_by(ready.id)));
    Ok(Json(MetricList { items: own.into_iter().chain(ready).collect() }))
}

/// Adds a metric to the dictionary.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/metrics", tag = "metrics", params(("w" = String, Path)),
    request_body = NewMetric, responses((status = 201, body = MetricBody), (status = 422, body = Problem))
)]
async fn create(
    State(app): State<App>,
    editor: Editor,
    Body(new): Body<NewMetric>,
) -> Result<(StatusCode, Json<MetricBody>), ApiError> {
    let conversions = conversions(&app, &editor.workspace).await?;
    let mut fields = Fields::default();
    let note = fields.optional_text("note", &new.note, LONGEST_NOTE);
    let valid_from = new
        .valid_from
        .as_deref()
        .map_or(Some(today(&app)), |text| fields.take("valid_from", "invalid_date", date(text)));
    let formula = formula(&mut fields, &new.formula, &conversions);
    let written = MetricFields {
        name: new.name.trim().to_owned(),
        description: new.description.trim().to_owned(),
        owner_id: new.owner_id,
        better: new.better,
        unit: new.unit,
        currency: new.currency,
    };
    let taken = app.store().metrics(&editor.workspace).await?;
    let taken: Vec<&str> = taken.iter().map(|metric| metric.key.as_str()).collect();
    check(&mut fields, &new.key, &written, &taken);
    fields.finish()?;
    let (Some(valid_from), Some(formula)) = (valid_from, formula) else {
        return Err(ApiError::field("formula", "missing", "a metric needs a formula"));
    };
    check_owner(&app, &editor.workspace, written.owner_id.as_deref()).await?;
    let first = NewVersion {
        number: 1,
        valid_from,
        formula: formula.to_json(),
        note,
        author: editor.name(),
    };
    let kept =
        app.store().create_metric(&editor.workspace, &new.key, &written, &first, app.now()).await?;
    editor.note(&app, "metric.created", &kept.fields.name, json!({"key": kept.key})).await?;
    Ok((StatusCode::CREATED, Json(MetricBody::own(&kept, &conversions, Vec::new()))))
}

/// Changes a metric. Another formula becomes its next version, which holds from `valid_from` (today, unless
/// said); days before it are counted as they were.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/metrics/{key}", tag = "metrics",
    params(("w" = String, Path), ("key" = String, Path)), request_body = MetricChanges,
    responses(
        (status = 200, body = MetricBody),
        (status = 404, body = Problem),
        (status = 409, description = "`stale`: someone else wrote the next version.", body = Problem),
        (status = 422, body = Problem),
    )
)]
async fn change(
    State(app): State<App>,
    editor: Editor,
    Path((_, key)): Path<(String, String)>,
    Body(changes): Body<MetricChanges>,
) -> Result<Json<MetricBody>, ApiError> {
    let before = app.store().metric(&editor.workspace, &key).await?;
    let conversions = conversions(&app, &editor.workspace).await?;
    let mut fields = Fields::default();
    let mut written = before.fields.clone();
    if let Some(name) = &changes.name {
        written.name = name.trim().to_owned();
    }
    if let Some(description) = &changes.description {
        written.description = description.trim().to_owned();
    }
    if let Change::Set(owner) = changes.owner_id {
        written.owner_id = owner;
    }
    written.better = changes.better.unwrap_or(written.better);
    if let Some(unit) = changes.unit {
        written.unit = unit;
        written.currency = None;
    }
    if let Change::Set(currency) = changes.currency {
        written.currency = currency;
    }
    check(&mut fields, &key, &written, &[]);
    let note = fields.optional_text("note", &changes.note.unwrap_or_default(), LONGEST_NOTE);
    let next = match &changes.formula {
        None => None,
        Some(given) => {
            let from = changes.valid_from.as_deref().map_or(Some(today(&app)), |text| {
                fields.take("valid_from", "invalid_date", date(text))
            });
            let formula = formula(&mut fields, given, &conversions);
            formula
                .zip(from)
                .and_then(|(formula, from)| next_version(&mut fields, &before, formula, from))
        }
    };
    fields.finish()?;
    check_owner(&app, &editor.workspace, written.owner_id.as_deref()).await?;
    let next = next.map(|version| NewVersion { note, author: editor.name(), ..version });
    let kept = app
        .store()
        .save_metric(&editor.workspace, &key, &written, next.as_ref(), app.now())
        .await?;
    let version = next.map(|version| version.number);
    let detail = json!({"key": key, "version": version});
    editor.note(&app, "metric.changed", &kept.fields.name, detail).await?;
    let used_by = uses(&app, &editor.workspace).await?.remove(&key).unwrap_or_default();
    Ok(Json(MetricBody::own(&kept, &conversions, used_by)))
}

/// The version after the newest; `None` when nothing changed or it would begin too early.
fn next_version(
    fields: &mut Fields,
    before: &Metric,
    formula: Formula,
    valid_from: Date,
) -> Option<NewVersion> {
    let newest = before.versions.last()?;
    if newest.formula == formula.to_json() {
        return None;
    }
    if valid_from <= newest.valid_from {
        let detail = format!("a new version holds from a later day than {}", newest.valid_from);
        fields.refuse("valid_from", "version_order", detail);
        return None;
    }
    Some(NewVersion {
        number: newest.number + 1,
        valid_from,
        formula: formula.to_json(),
        note: String::new(),
        author: String::new(),
    })
}

/// Removes a metric that no goal is measured by.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/metrics/{key}", tag = "metrics",
    params(("w" = String, Path), ("key" = String, Path)),
    responses(
        (status = 204, description = "Removed."),
        (status = 404, body = Problem),
        (status = 422, description = "`in_use`: goals are measured by it.", body = Problem),
    )
)]
async fn delete(
    State(app): State<App>,
    editor: Editor,
    Path((_, key)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let metric = app.store().metric(&editor.workspace, &key).await?;
    let goals = app.store().goals_on_metric(&editor.workspace, &key).await?;
    if !goals.is_empty() {
        let detail = format!("these goals are measured by it: {}", goals.join(", "));
        return Err(ApiError::field("key", "in_use", detail));
    }
    app.store().delete_metric(&editor.workspace, &key).await?;
    editor.note(&app, "metric.deleted", &metric.fields.name, json!({"key": key})).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a formula would give on a site over the last four weeks.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/metrics/preview", tag = "metrics", params(("w" = String, Path)),
    request_body = MetricPreviewRequest, responses((status = 200, body = MetricPreview), (status = 422, body = Problem))
)]
async fn preview(
    State(app): State<App>,
    viewer: Viewer,
    Body(request): Body<MetricPreviewRequest>,
) -> Result<Json<MetricPreview>, ApiError> {
    let site = app.store().site(&viewer.workspace, &request.site_id).await?;
    let measuring = app.measuring();
    let site = measuring.site(&site).await?;
    let formula = Formula::parse(&request.formula, &site.context.conversions)
        .map_err(MeasureError::Formula)?;
    let unit = request.unit.as_deref().unwrap_or("count");
    let unit = Unit::parse(unit, request.currency.as_deref())
        .map_err(|wrong| ApiError::Fields(vec![of_field(&wrong)]))?;
    let better = luotsi_marketing::metric::Better::More;
    let metric = measuring.resolve_formula(&site, formula, (unit, better))?;
    let to = site.today();
    let from = to.saturating_sub((USUAL_DAYS - 1).days());
    let (days, value) = figures(&app, &metric, from, to).await?;
    Ok(Json(MetricPreview {
        nature: metric.nature.as_str().to_owned(),
        observed: metric.observed(),
        from: from.to_string(),
        to: to.to_string(),
        days,
        value,
    }))
}

/// A metric's days on a site, and its value over all of them.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/metrics/{key}/values", tag = "metrics",
    params(("w" = String, Path), ("key" = String, Path), ValuesQuery),
    responses((status = 200, body = MetricValues), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn values(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, key)): Path<(String, String)>,
    Query(query): Query<ValuesQuery>,
) -> Result<Json<MetricValues>, ApiError> {
    let site = app.store().site(&viewer.workspace, &query.site_id).await?;
    let measuring = app.measuring();
    let site = measuring.site(&site).await?;
    let mut fields = Fields::default();
    let to = query
        .to
        .as_deref()
        .map_or(Some(site.today()), |text| fields.take("to", "invalid_date", date(text)));
    let usual = |to: Date| to.saturating_sub((USUAL_DAYS - 1).days());
    let from = match query.from.as_deref() {
        Some(text) => fields.take("from", "invalid_date", date(text)),
        None => to.map(usual),
    };
    let filters = query.filters.as_deref().unwrap_or("[]");
    let filters = serde_json::from_str::<Vec<Value>>(filters);
    let filters = fields.take("filters", "invalid_filters", filters).unwrap_or_default();
    if filters.len() > MOST_FILTERS {
        fields.refuse("filters", "too_many", format!("at most {MOST_FILTERS} filters"));
    }
    if let (Some(from), Some(to)) = (from, to) {
        if from > to {
            fields.refuse("to", "before_from", "`to` is before `from`");
        } else if (to - from).get_days() >= MOST_DAYS {
            fields.refuse("from", "too_long", format!("at most {MOST_DAYS} days"));
        }
    }
    fields.finish()?;
    let (Some(from), Some(to)) = (from, to) else {
        return Err(ApiError::field("from", "invalid_date", "this is not a date"));
    };
    let metric = match measuring.resolve(&site, &key, &filters).await {
        Err(MeasureError::UnknownMetric(_)) => return Err(StoreError::NotFound("metric").into()),
        other => other?,
    };
    let (days, value) = figures(&app, &metric, from, to).await?;
    let before = if query.compare {
        let last = from.saturating_sub(1.day());
        let first = last.saturating_sub((to - from).get_days().days());
        measuring.value(&metric.subject, first, last).await?
    } else {
        None
    };
    Ok(Json(MetricValues {
        name: metric.name(viewer.locale()).to_owned(),
        unit: MetricUnitBody::from(metric.unit),
        better: metric.better.as_str().to_owned(),
        nature: metric.nature.as_str().to_owned(),
        observed: metric.observed(),
        key: metric.key,
        from: from.to_string(),
        to: to.to_string(),
        days,
        value,
        before,
        change: change_of(metric.nature, value, before),
    }))
}

/// From one value to another: a share's in percentage points, to a tenth; else in whole percent.
fn change_of(nature: Nature, value: Option<f64>, before: Option<f64>) -> Option<f64> {
    let (value, before) = (value?, before?);
    match nature {
        Nature::Share => Some(((value - before) * 10.0).round() / 10.0),
        _ => (before != 0.0).then(|| ((value - before) / before.abs() * 100.0).round()),
    }
}

async fn figures(
    app: &App,
    metric: &Resolved,
    from: Date,
    to: Date,
) -> Result<(Vec<MetricDayBody>, Option<f64>), ApiError> {
    let measuring = app.measuring();
    let days = measuring.days(&metric.subject, from, to).await?;
    let value = measuring.value(&metric.subject, from, to).await?;
    let day = |day: &luotsi_marketing::metric::DayValue| {
        Some(MetricDayBody { date: day.day.to_string(), value: day.value(metric.combine)? })
    };
    Ok((days.iter().filter_map(day).collect(), value))
}

/// Reads a formula, with every mistake.
fn formula(fields: &mut Fields, given: &Value, conversions: &[Conversion]) -> Option<Formula> {
    match Formula::parse(given, conversions) {
        Ok(formula) => match luotsi_goals::measure::check_formula(&formula) {
            Ok(()) => Some(formula),
            Err(wrong) => refuse_all(fields, &[wrong]),
        },
        Err(wrong) => refuse_all(fields, &wrong),
    }
}

fn refuse_all<T>(fields: &mut Fields, wrong: &[FieldError]) -> Option<T> {
    for problem in wrong.iter().map(of_field) {
        fields.refuse(&problem.field, &problem.code, problem.detail);
    }
    None
}

/// Refuses what is wrong with a metric besides its formula.
fn check(fields: &mut Fields, key: &str, written: &MetricFields, taken: &[&str]) {
    let better = fields.take("better", "unknown_word", written.better.parse());
    let unit = match Unit::parse(&written.unit, written.currency.as_deref()) {
        Ok(unit) => Some(unit),
        Err(wrong) => refuse_all(fields, &[wrong]),
    };
    let (Some(better), Some(unit)) = (better, unit) else { return };
    let formula = Formula::Sql { expression: String::new(), filters: Vec::new() };
    let version = Version { number: 1, valid_from: Date::MIN, formula, note: String::new() };
    let definition = Definition {
        key: key.to_owned(),
        name: written.name.clone(),
        description: written.description.clone(),
        owner: written.owner_id.clone(),
        better,
        unit,
        versions: vec![version],
    };
    refuse_all::<()>(fields, &definition.check(taken));
}

/// What shows each metric: goals, then boards, by their names.
async fn uses(app: &App, workspace: &str) -> Result<HashMap<String, Vec<MetricUse>>, ApiError> {
    let mut uses: HashMap<String, Vec<MetricUse>> = HashMap::new();
    for goal in app.store().goals(workspace).await? {
        let (kind, id, name) = ("goal", goal.id, goal.fields.name);
        uses.entry(goal.fields.metric).or_default().push(MetricUse { kind, id, name });
    }
    for board in app.store().boards(workspace).await? {
        let tiles = crate::board::tile::kept(&board.fields.tiles);
        let shown: BTreeSet<String> = tiles
            .into_iter()
            .flat_map(|tile| tile.metric.into_iter().chain(tile.metrics))
            .collect();
        for key in shown {
            let (id, name) = (board.id.clone(), board.fields.name.clone());
            uses.entry(key).or_default().push(MetricUse { kind: "board", id, name });
        }
    }
    Ok(uses)
}

/// The conversions of all sites of a workspace: a metric may be of any of them.
async fn conversions(app: &App, workspace: &str) -> Result<Vec<Conversion>, ApiError> {
    let mut all = Vec::new();
    for site in app.store().sites(workspace).await? {
        all.extend(app.measuring().context(&site).await?.conversions);
    }
    Ok(all)
}

/// A day as `2026-06-30`.
pub(crate) fn date(text: &str) -> Result<Date, &'static str> {
    // The parser of dates takes moments too, and drops their time.
    let date = (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
    date.ok_or("this is not a date as 2026-06-30")
}

/// The day in UTC: a workspace has no zone of its own.
pub(crate) fn today(app: &App) -> Date {
    app.now().to_zoned(TimeZone::UTC).date()
}
