//! What was held back on a site: how much, why, by whom; reasons lifted for a time; rows as they are kept.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use luotsi_lake::query::{HeldBack, SampleOf, SampleRow, held_back, sample};
use luotsi_marketing::currency::Currency;
use luotsi_marketing::event::BotReason;
use luotsi_marketing::qa::mask;
use luotsi_marketing::query::Range;
use luotsi_marketing::rates::{Rates, convert};
use luotsi_store::counting::Lift;
use luotsi_store::site::Site;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Admin, Viewer};
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::measure::{self, MeasureError};
use crate::problem::Problem;
use crate::state::App;

/// Longest span that is asked for at once.
const LONGEST_DAYS: i32 = 400;
const AGENTS: u32 = 50;
const SAMPLES: usize = 20;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(filtered))
        .routes(routes!(lift))
        .routes(routes!(restore))
        .routes(routes!(rows))
}

/// First and last day, both included, in the site's time zone.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Days {
    /// `YYYY-MM-DD`; 27 days before `to` when not given.
    from: Option<String>,
    /// `YYYY-MM-DD`; today when not given.
    to: Option<String>,
}

/// Some days of a site.
pub(crate) struct Span {
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) range: Range,
    zone: TimeZone,
}

impl Days {
    pub(crate) fn span(&self, app: &App, site: &Site) -> Result<Span, ApiError> {
        let zone = measure::time_zone(site)?;
        let mut fields = Fields::default();
        let mut date = |field: &str, text: &Option<String>| {
            let text = text.as_deref()?;
            let detail = format!("`{text}` is no day such as 2026-03-21");
            fields.take(field, "invalid_date", text.parse::<Date>().map_err(|_| detail))
        };
        let (from, to) = (date("from", &self.from), date("to", &self.to));
        fields.finish()?;
        let to = to.unwrap_or_else(|| app.now().to_zoned(zone.clone()).date());
        let from = from.unwrap_or_else(|| to.saturating_sub(27.days()));
        if to < from || from.saturating_add(LONGEST_DAYS.days()) < to {
            let detail = format!("must be 0 to {LONGEST_DAYS} days before `to`");
            return Err(ApiError::field("from", "out_of_range", detail));
        }
        Ok(Span {
            range: Range {
                from_us: start(from, &zone),
                to_us: start(to.saturating_add(1.day()), &zone),
            },
            from,
            to,
            zone,
        })
    }
}

/// The first moment of a day, microseconds UTC.
fn start(day: Date, zone: &TimeZone) -> i64 {
    day.to_zoned(zone.clone()).map_or(0, |at| at.timestamp().as_microsecond())
}

impl Span {
    fn days(&self) -> impl Iterator<Item = Date> + '_ {
        self.from.series(1.day()).take_while(|day| *day <= self.to)
    }
}

#[derive(Serialize, ToSchema)]
struct ReasonCount {
    /// `user_agent`, `ai_crawler`, `ai_agent`, `headless`, `prefetch`, `data_centre`, `header_anomaly`,
    /// `spam_referrer`, `hostname`, `rate` or `own_traffic`.
    reason: String,
    events: u64,
    /// Told apart by day.
    visitors: u64,
    /// How many of the events count all the same, because the reason is lifted on their day.
    lifted_events: u64,
}

#[derive(Serialize, ToSchema)]
struct FilteredDay {
    date: String,
    reasons: Vec<ReasonCount>,
}

#[derive(Serialize, ToSchema)]
struct FilteredAgentBody {
    reason: String,
    user_agent: String,
    events: i64,
}

#[derive(Serialize, ToSchema)]
struct LiftBody {
    id: String,
    reason: &'static str,
    /// The first day that is lifted, in the site's time zone.
    from: String,
    /// The last day that is lifted.
    to: String,
    author: String,
    created_at: String,
}

/// What was held back.
#[derive(Serialize, ToSchema)]
struct FilteredBody {
    from: String,
    to: String,
    /// Events that arrived in that time.
    all_events: u64,
    /// Events that count, those that are lifted included.
    counted_events: u64,
    /// Events that are left out of reports: none of those that are lifted.
    held_events: u64,
    /// Percent of all events that are left out.
    held_percent: f64,
    /// The most events first.
    reasons: Vec<ReasonCount>,
    days: Vec<FilteredDay>,
    /// User agents, by UTC days.
    agents: Vec<FilteredAgentBody>,
    lifts: Vec<LiftBody>,
}

fn lift_body(lift: Lift, zone: &TimeZone) -> LiftBody {
    let day = |at_us: i64| {
        let at = jiff::Timestamp::from_microsecond(at_us).unwrap_or_default();
        at.to_zoned(zone.clone()).date().to_string()
    };
    LiftBody {
        id: lift.id,
        reason: lift.reason.as_str(),
        from: day(lift.from_us),
        to: day(lift.to_us - 1),
        author: lift.author,
        created_at: lift.created_at.to_string(),
    }
}

/// What was held back on a site, by reason and day, with the lifts that let it count.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}/filtered", tag = "counting",
    params(("w" = String, Path), ("s" = String, Path), Days),
    responses((status = 200, body = FilteredBody), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn filtered(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, site)): Path<(String, String)>,
    Query(days): Query<Days>,
) -> Result<Json<FilteredBody>, ApiError> {
    let site = app.store().site(&viewer.workspace, &site).await?;
    let span = days.span(&app, &site)?;
    let labels: Vec<Date> = span.days().collect();
    let starts = labels.iter().map(|day| start(*day, &span.zone)).collect();
    let counts = held_back(&app.lake().snapshot(), app.queries(), site.number, span.range, starts)
        .await
        .map_err(MeasureError::from)?;
    let counted =
        measure::measure(&app, &site, "events", &json!([]), (span.from, span.to), false).await?;
    let (from, to) = (span.from.to_string(), span.to.to_string());
    let agents =
        app.store().filtered_agents(&viewer.workspace, &site.id, (&from, &to), AGENTS).await?;
    let lifts = app.store().lifts(&viewer.workspace, &site.id).await?;
    let is_lifted = |count: &HeldBack| {
        labels.get(count.bucket).is_some_and(|day| {
            let at_us = start(*day, &span.zone);
            let holds = |lift: &Lift| (lift.from_us..lift.to_us).contains(&at_us);
            lifts.iter().any(|lift| lift.reason.as_str() == count.reason && holds(lift))
        })
    };
    let counts: Vec<(HeldBack, bool)> = counts
        .into_iter()
        .map(|count| {
            let lifted = is_lifted(&count);
            (count, lifted)
        })
        .collect();
    let held_events =
        counts.iter().filter(|(_, lifted)| !lifted).map(|(count, _)| count.events).sum();
    let counted_events = counted.first().map_or(0, |(_, events)| *events as u64);
    let all_events = counted_events + held_events;
    let share = if all_events == 0 { 0.0 } else { held_events as f64 / all_events as f64 };
    Ok(Json(FilteredBody {
        from,
        to,
        all_events,
        counted_events,
        held_events,
        held_percent: share * 100.0,
        reasons: by_reason(&counts),
        days: by_day(&labels, counts),
        agents: agents
            .into_iter()
            .map(|agent| FilteredAgentBody {
                reason: agent.reason,
                user_agent: agent.user_agent,
                events: agent.events,
            })
            .collect(),
        lifts: lifts.into_iter().map(|lift| lift_body(lift, &span.zone)).collect(),
    }))
}

fn by_reason(counts: &[(HeldBack, bool)]) -> Vec<ReasonCount> {
    let mut sums: BTreeMap<&str, ReasonCount> = BTreeMap::new();
    for (count, lifted) in counts {
        let sum = sums.entry(&count.reason).or_insert_with(|| ReasonCount {
            reason: count.reason.clone(),
            events: 0,
            visitors: 0,
            lifted_events: 0,
        });
        sum.events += count.events;
        sum.visitors += count.visitors;
        sum.lifted_events += if *lifted { count.events } else { 0 };
    }
    let mut reasons: Vec<_> = sums.into_values().collect();
    reasons.sort_by_key(|one| std::cmp::Reverse(one.events));
    reasons
}

fn by_day(labels: &[Date], counts: Vec<(HeldBack, bool)>) -> Vec<FilteredDay> {
    let day = |date: &Date| FilteredDay { date: date.to_string(), reasons: Vec::new() };
    let mut days: Vec<FilteredDay> = labels.iter().map(day).collect();
    for (count, lifted) in counts {
        if let Some(day) = days.get_mut(count.bucket) {
            day.reasons.push(ReasonCount {
                reason: count.reason,
                events: count.events,
                visitors: count.visitors,
                lifted_events: if lifted { count.events } else { 0 },
            });
        }
    }
    days
}

#[derive(Deserialize, ToSchema)]
struct LiftRequest {
    reason: String,
    /// The first day, `YYYY-MM-DD` in the site's time zone.
    from: String,
    /// The last day.
    to: String,
}

/// Lets what was held back for a reason count, for some days.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/sites/{s}/lifts", tag = "counting",
    params(("w" = String, Path), ("s" = String, Path)), request_body = LiftRequest,
    responses((status = 201, body = LiftBody), (status = 422, body = Problem))
)]
async fn lift(
    State(app): State<App>,
    admin: Admin,
    Path((_, site)): Path<(String, String)>,
    Body(request): Body<LiftRequest>,
) -> Result<(StatusCode, Json<LiftBody>), ApiError> {
    let site = app.store().site(&admin.workspace, &site).await?;
    let days = Days { from: Some(request.from), to: Some(request.to) };
    let span = days.span(&app, &site)?;
    let reason = BotReason::parse(&request.reason).ok_or_else(|| {
        let words: Vec<_> = BotReason::ALL.into_iter().map(BotReason::as_str).collect();
        let detail = format!("`{}` is not one of {}", request.reason, words.join(", "));
        ApiError::field("reason", "unknown_reason", detail)
    })?;
    let lifted = (reason, span.range.from_us, span.range.to_us);
    let author = admin.name();
    let lift = app.store().add_lift(&admin.workspace, &site.id, lifted, &author, app.now()).await?;
    app.collector().hand_lifts(app.store(), app.lake()).await?;
    let body = lift_body(lift, &span.zone);
    let detail = json!({"reason": body.reason, "from": body.from, "to": body.to});
    admin.note(&app, "filter.lifted", &site.domain, detail).await?;
    Ok((StatusCode::CREATED, Json(body)))
}

/// Takes a lift back: what it let count is held back again.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/sites/{s}/lifts/{id}", tag = "counting",
    params(("w" = String, Path), ("s" = String, Path), ("id" = String, Path)),
    responses((status = 204, description = "Taken back."), (status = 404, body = Problem))
)]
async fn restore(
    State(app): State<App>,
    admin: Admin,
    Path((_, site, id)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let site = app.store().site(&admin.workspace, &site).await?;
    app.store().delete_lift(&admin.workspace, &site.id, &id).await?;
    app.collector().hand_lifts(app.store(), app.lake()).await?;
    admin.note(&app, "filter.restored", &site.domain, json!({"id": id})).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RowsQuery {
    /// `YYYY-MM-DD`; 27 days before `to` when not given.
    from: Option<String>,
    /// `YYYY-MM-DD`; today when not given.
    to: Option<String>,
    /// Only events of this name.
    name: Option<String>,
    /// `true`: only what was held back; `false`: only what counts.
    filtered: Option<bool>,
}

/// An event as it is kept; texts that name a person are masked.
#[derive(Serialize, ToSchema)]
pub(crate) struct RowBody {
    at: String,
    /// Columns that have a value. Of money in another currency than the site's also `counted_as`, `rate` and
    /// `rate_day`: what it counts for, by which rate, and the day that the rate is of.
    columns: BTreeMap<&'static str, String>,
}

#[derive(Serialize, ToSchema)]
struct Rows {
    /// The latest first.
    rows: Vec<RowBody>,
}

/// A row as it is shown: who it was stays a number that means nothing outside the site.
pub(crate) fn row_body(row: SampleRow) -> RowBody {
    let columns = row.columns.into_iter().map(|(name, text)| {
        let shown = match name {
            "visitor_id" | "person_id" => short(&text),
            "props" | "items" | "referrer" | "pathname" | "title" | "transaction_id" => mask(&text),
            _ => text,
        };
        (name, shown)
    });
    RowBody {
        at: jiff::Timestamp::from_microsecond(row.at_us).unwrap_or_default().to_string(),
        columns: columns.collect(),
    }
}

/// Adds what money in another currency counts for. Without a rate nothing is added.
pub(crate) fn explain_money(row: &mut RowBody, rates: &Rates, to: Currency, zone: &TimeZone) {
    let column = |name| row.columns.get(name).map(String::as_str);
    let from = column("currency").and_then(|code| code.parse::<Currency>().ok());
    let amount = column("revenue").and_then(|amount| amount.parse::<i64>().ok());
    let at = row.at.parse::<jiff::Timestamp>().ok();
    let (Some(from), Some(amount), Some(at)) = (from, amount, at) else { return };
    let Some(found) = rates.rate(from, to, at.to_zoned(zone.clone()).date()) else { return };
    let Some(counted) = convert(amount, from, to, found.rate).filter(|_| from != to) else {
        return;
    };
    row.columns.insert("counted_as", format!("{counted} {to}"));
    row.columns.insert("rate", found.rate.to_string());
    row.columns.insert("rate_day", found.day.to_string());
}

/// The end of a number, enough to tell rows apart.
fn short(number: &str) -> String {
    let tail: String = number.chars().rev().take(4).collect();
    format!("…{}", tail.chars().rev().collect::<String>())
}

/// A few of the rows that figures are counted from.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}/rows", tag = "counting",
    params(("w" = String, Path), ("s" = String, Path), RowsQuery),
    responses((status = 200, body = Rows), (status = 422, body = Problem))
)]
async fn rows(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, site)): Path<(String, String)>,
    Query(query): Query<RowsQuery>,
) -> Result<Json<Rows>, ApiError> {
    let site = app.store().site(&viewer.workspace, &site).await?;
    let span = Days { from: query.from, to: query.to }.span(&app, &site)?;
    let of = SampleOf {
        name: query.name.as_deref(),
        held_back: query.filtered,
        visitor_id: None,
        limit: SAMPLES,
    };
    let snapshot = app.lake().snapshot();
    let rows = sample(&snapshot, app.queries(), site.number, span.range, of)
        .await
        .map_err(MeasureError::from)?;
    let mut rows: Vec<RowBody> = rows.into_iter().map(row_body).collect();
    if let (Some(rates), Ok(to)) = (snapshot.rates.get(&site.number), site.currency.parse()) {
        rows.iter_mut().for_each(|row| explain_money(row, rates, to, &span.zone));
    }
    Ok(Json(Rows { rows }))
}
