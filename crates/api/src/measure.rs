//! Figures of a site for queries, goals and checks: `luotsi_goals::measure` with what the application has.

use jiff::Timestamp;
use jiff::civil::Date;
use luotsi_goals::measure::{Events, Measuring};
use luotsi_lake::query::QueryResult;
use luotsi_marketing::query::{Context, MetricValue, Query};
use luotsi_store::site::Site;
use serde_json::{Value, json};

pub(crate) use luotsi_goals::measure::{MeasureError, time_zone};

use crate::state::App;

impl App {
    /// What measures, now.
    pub fn measuring(&self) -> Measuring<'_> {
        Measuring {
            lake: Events::Lake(self.lake()),
            queries: self.queries(),
            store: self.store(),
            now: self.now(),
        }
    }
}

/// What queries about a site mean now.
pub(crate) async fn context(app: &App, site: &Site) -> Result<Context, MeasureError> {
    app.measuring().context(site).await
}

/// Time of the site's first event, or an earlier one where files are shared with other sites.
pub(crate) fn first_event(app: &App, site_number: i32) -> Option<Timestamp> {
    app.measuring().first_event(site_number)
}

/// Answers a query that is already read.
pub(crate) async fn answer(
    app: &App,
    site: &Site,
    query: &Query,
) -> Result<QueryResult, MeasureError> {
    app.measuring().answer(site.number, query).await
}

/// A metric of the query API, narrowed by `filters`, from `from` up to and including `to`: a value for each
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
