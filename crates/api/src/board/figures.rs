//! The figures of a tile: a metric of the dictionary as questions to the lake, over the board's days.

use std::sync::Arc;

use jiff::civil::Date;
use luotsi_goals::measure::{Resolved, SiteContext};
use luotsi_lake::query::{Funnel, QueryResult, funnel};
use luotsi_marketing::board::{Compare, Period};
use luotsi_marketing::goal::Locale;
use luotsi_marketing::metric::{Aggregate, Combine, Formula, Function, Nature, Subject};
use luotsi_marketing::query::{
    Conversion, Filter, Metric, MetricValue, Query, Test, parse_filters,
};
use serde_json::{Value, json};

use super::data::TileMetric;
use super::tile::{FunnelStep, TileBody};
use crate::error::ApiError;
use crate::measure::{self, MeasureError};
use crate::state::App;

/// The days of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Days {
    pub(crate) period: Period,
    pub(crate) compare: Compare,
}

/// A site, and what questions about it mean now.
pub(super) struct Place(pub(super) Arc<SiteContext>);

/// A metric of the dictionary, and how its figures are had.
pub(super) struct Counted {
    pub(super) way: Way,
    pub(super) body: TileMetric,
}

/// How a metric's figures are had.
pub(super) enum Way {
    /// By one question to the query API, which also divides and compares.
    Query { metric: Metric, filters: Vec<Value> },
    /// Day by day, as goals have them: observations, ratios of two things, SQL, changed definitions.
    Days(Box<Resolved>),
}

impl Place {
    pub(super) async fn of(app: &App, workspace: &str, site: &str) -> Result<Self, ApiError> {
        let site = app.store().site(workspace, site).await?;
        Ok(Self(app.measuring().site(&site).await?))
    }

    pub(super) fn today(&self) -> Date {
        self.0.today()
    }

    /// The first and the last day of the board's period on this site.
    pub(super) fn days(&self, days: Days) -> (Date, Date) {
        days.period.days(self.today(), self.0.first_day())
    }

    /// A metric of the dictionary narrowed by filters.
    pub(super) async fn counted(
        &self,
        app: &App,
        key: &str,
        filters: &[Value],
        locale: Locale,
    ) -> Result<Counted, ApiError> {
        let resolved = app.measuring().resolve(&self.0, key, filters).await?;
        let query = match resolved.subject.stretches.as_slice() {
            [always] => as_query(always.formula.clone()),
            _ => None,
        };
        let body = TileMetric {
            key: key.to_owned(),
            name: resolved.name(locale).to_owned(),
            unit: unit(resolved.nature),
            better: resolved.better.as_str(),
            currency: resolved.unit.currency().map(|currency| currency.code().to_owned()),
            change_in: if resolved.nature == Nature::Share { "points" } else { "percent" },
        };
        let way = match query {
            Some((metric, filters)) => Way::Query { metric, filters },
            None => Way::Days(Box::new(resolved)),
        };
        Ok(Counted { way, body })
    }

    /// Asks for metrics that are counted over the same events, by a dimension if there is one.
    pub(super) async fn ask(
        &self,
        app: &App,
        counted: &[&Counted],
        dimension: Option<&str>,
        rows: usize,
        days: Days,
    ) -> Result<QueryResult, MeasureError> {
        let query = self.query(counted, dimension, rows, days)?;
        measure::answer(app, &self.0.site, &query).await
    }

    /// The question, read and checked.
    pub(super) fn query(
        &self,
        counted: &[&Counted],
        dimension: Option<&str>,
        rows: usize,
        days: Days,
    ) -> Result<Query, MeasureError> {
        let metrics = counted.iter().filter_map(|one| match (&one.way, dimension) {
            // A row's rate is of that row's visitors.
            (Way::Query { metric: Metric::ConversionRate, .. }, Some(_)) => {
                Some(Metric::GroupConversionRate.as_str())
            }
            (Way::Query { metric, .. }, _) => Some(metric.as_str()),
            (Way::Days(_), _) => None,
        });
        let filters = counted.first().map(|one| match &one.way {
            Way::Query { filters, .. } => filters.as_slice(),
            Way::Days(_) => &[],
        });
        let by_time = dimension.is_some_and(|dimension| dimension.starts_with("time"));
        let mut include = json!({"time_labels": by_time});
        if let Some(mode) = days.compare.mode(days.period) {
            include["comparisons"] = json!({"mode": mode});
        }
        let body = json!({
            "site_id": self.0.site.domain,
            "metrics": metrics.collect::<Vec<_>>(),
            "filters": filters.unwrap_or_default(),
            "date_range": days.period.date_range(self.today()),
            "dimensions": dimension.into_iter().collect::<Vec<_>>(),
            "include": include,
            "pagination": {"limit": rows},
        });
        Ok(Query::parse(&body, &self.0.context)?)
    }

    /// Visitors who took each step of a funnel, in order.
    pub(super) async fn funnel(
        &self,
        app: &App,
        tile: &TileBody,
        days: Days,
    ) -> Result<Vec<u64>, ApiError> {
        let steps = self.steps(&tile.steps)?;
        let visitors = self.counted(app, "visitors", &tile.filters, Locale::En).await?;
        let query = self.query(&[&visitors], None, 1, days)?;
        let window_days = tile.window_days.unwrap_or(1).into();
        let asked = Funnel { steps, window_days, query };
        let snapshot = app.lake().snapshot();
        let reached = funnel(&snapshot, app.queries(), self.0.site.number, &asked).await;
        Ok(reached.map_err(MeasureError::from)?)
    }

    /// The steps as tests of events.
    pub(super) fn steps(&self, steps: &[FunnelStep]) -> Result<Vec<Test>, ApiError> {
        let test = |(number, step): (usize, &FunnelStep)| {
            let filter = match (&step.conversion, &step.page) {
                (Some(name), _) => {
                    let known = |one: &Conversion| one.display_name == *name;
                    if !self.0.context.conversions.iter().any(known) {
                        let detail = format!("the site has no conversion `{name}`");
                        let field = format!("steps[{number}].conversion");
                        return Err(ApiError::field(&field, "unknown_conversion", detail));
                    }
                    json!([["is", "event:goal", [name]]])
                }
                (None, Some(page)) => json!([["matches_wildcard", "event:page", [page]]]),
                (None, None) => json!([]),
            };
            let filters = parse_filters(&filter, &self.0.context.conversions);
            match filters.map_err(MeasureError::from)?.pop() {
                Some(Filter::Test(test)) => Ok(test),
                _ => Err(ApiError::field(
                    &format!("steps[{number}].conversion"),
                    "missing",
                    "a conversion, or a page",
                )),
            }
        };
        steps.iter().enumerate().map(test).collect()
    }
}

/// Whether two metrics may be asked in one question: they are of the same events.
pub(super) fn same_events(one: &Counted, other: &Counted) -> bool {
    match (&one.way, &other.way) {
        (Way::Query { filters: one, .. }, Way::Query { filters: other, .. }) => one == other,
        _ => false,
    }
}

/// A formula as a question to the query API, if it is one.
fn as_query(formula: Formula) -> Option<(Metric, Vec<Value>)> {
    match formula {
        Formula::Query { metric, filters } => Some((metric, filters)),
        Formula::Aggregate(Aggregate {
            subject: Subject::Events { name },
            function: Function::Count,
            value: None,
            mut filters,
        }) => {
            filters.extend(name.map(|name| json!(["is", "event:name", [name]])));
            Some((Metric::Events, filters))
        }
        _ => None,
    }
}

/// In what a metric is told: `count`, `share` (percent), `money`, `duration` (seconds), `ratio`, `rank` or `score`.
fn unit(nature: Nature) -> &'static str {
    match nature {
        Nature::Flow | Nature::Stock => "count",
        Nature::Share => "share",
        Nature::Money | Nature::Price => "money",
        Nature::Duration => "duration",
        Nature::Ratio => "ratio",
        Nature::Rank => "rank",
        Nature::Score => "score",
    }
}

/// What a formula's filters must name for it to mean anything, when it has none yet.
pub(crate) fn needs(formula: &Formula) -> Option<&'static str> {
    match as_query(formula.clone())?.0 {
        Metric::ConversionRate | Metric::GroupConversionRate => Some("conversion"),
        Metric::ScrollDepth | Metric::TimeOnPage => Some("page"),
        _ => None,
    }
}

/// A metric's number as it is shown, money in the currency's unit; `None` when there was nothing to measure.
pub(super) fn shown(counted: &Counted, value: MetricValue) -> Option<f64> {
    let value = match &counted.way {
        Way::Query { metric, .. } => value.shown(*metric),
        Way::Days(_) => value,
    };
    match value {
        MetricValue::Money { minor_units, currency } => {
            Some(minor_units / 10f64.powi(i32::from(currency.minor_digits())))
        }
        other => other.number(),
    }
}

/// What a metric is where nothing was found: none, or nothing that can be said.
pub(super) fn without_rows(counted: &Counted) -> Option<f64> {
    let adds_up = match &counted.way {
        Way::Query { metric, .. } => {
            counted.body.unit == "count" || *metric == Metric::TotalRevenue
        }
        Way::Days(resolved) => resolved.combine == Combine::Sum && !resolved.observed(),
    };
    adds_up.then_some(0.0)
}
