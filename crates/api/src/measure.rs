//! Figures of a site from the lake, for queries, goals and checks.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use luotsi_lake::query::{QueryError, QueryResult, run};
use luotsi_marketing::query::{Context, Conversion, InvalidQuery, MetricValue, Query};
use luotsi_store::site::Site;
use serde_json::{Value, json};

use crate::state::App;

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MeasureError {
    #[error(transparent)]
    Invalid(#[from] InvalidQuery),
    #[error(transparent)]
    Failed(#[from] QueryError),
    #[error(transparent)]
    Store(#[from] luotsi_store::StoreError),
    /// The site's settings hold something that is no time zone or currency any more.
    #[error("the site's {0} is not known")]
    Setting(&'static str),
}

/// What queries about a site mean now.
pub(crate) async fn context(app: &App, site: &Site) -> Result<Context, MeasureError> {
    let conversions = app.store().conversions(&site.workspace_id, &site.id).await?;
    Ok(Context {
        now: app.now(),
        time_zone: time_zone(site)?,
        first_event: first_event(app, site.number),
        currency: site.currency.parse().map_err(|_| MeasureError::Setting("currency"))?,
        conversions: conversions
            .into_iter()
            .map(|conversion| Conversion {
                display_name: conversion.display_name,
                trigger: conversion.trigger,
                currency: conversion.currency.and_then(|code| code.parse().ok()),
            })
            .collect(),
    })
}

/// The site's time zone.
pub(crate) fn time_zone(site: &Site) -> Result<TimeZone, MeasureError> {
    TimeZone::get(&site.time_zone).map_err(|_| MeasureError::Setting("time zone"))
}

/// Time of the site's first event, or an earlier one where files are shared with other sites.
pub(crate) fn first_event(app: &App, site_number: i32) -> Option<Timestamp> {
    let snapshot = app.lake().snapshot();
    let files =
        snapshot.files.iter().filter(|file| (file.sites.0..=file.sites.1).contains(&site_number));
    let in_files = files.map(|file| file.ts_us.0).min();
    let in_memory = snapshot
        .hot
        .iter()
        .filter_map(|batch| luotsi_lake::snapshot::first_ts_us(batch, site_number))
        .min();
    let first = in_files.into_iter().chain(in_memory).min()?;
    Timestamp::from_microsecond(first).ok()
}

/// Answers a query that is already read.
pub(crate) async fn answer(
    app: &App,
    site: &Site,
    query: &Query,
) -> Result<QueryResult, MeasureError> {
    Ok(run(&app.lake().snapshot(), app.queries(), site.number, query).await?)
}

/// A metric of a site, narrowed by `filters`, from `from` up to and including `to`: a value for each
/// day, or one for all. Days without events are missing. Money is in the currency's unit.
pub(crate) async fn measure(
    app: &App,
    site: &Site,
    metric: &str,
    filters: &Value,
    (from, to): (Date, Date),
    daily: bool,
) -> Result<Vec<(Date, f64)>, MeasureError> {
    // A day's rate is of that day's visitors; `conversion_rate` by days is of all days' visitors.
    let asked = if daily && metric == "conversion_rate" { "group_conversion_rate" } else { metric };
    let body = json!({
        "site_id": site.domain,
        "metrics": [asked],
        "filters": filters,
        "date_range": [from.to_string(), to.to_string()],
        "dimensions": if daily { vec!["time:day"] } else { Vec::new() },
    });
    let query = Query::parse(&body, &context(app, site).await?)?;
    let result = answer(app, site, &query).await?;
    let value = |value: MetricValue| match value {
        MetricValue::Money { minor_units, currency } => {
            Some(minor_units / 10f64.powi(i32::from(currency.minor_digits())))
        }
        other => other.number(),
    };
    Ok(result
        .rows
        .iter()
        .filter_map(|row| {
            let date = row.dimensions.first().map_or(Some(from), |label| label.parse().ok())?;
            Some((date, value(*row.metrics.first()?)?))
        })
        .collect())
}
