//! The figures of a tile: a metric of the dictionary as questions to the lake, over the board's days.

use luotsi_lake::query::{Funnel, QueryResult, funnel};
use luotsi_marketing::board::{Compare, Period};
use luotsi_marketing::goal::Locale;
use luotsi_marketing::metric::{
    Aggregate, Formula, Function, Nature, READY, Ready, Subject, ready,
};
use luotsi_marketing::query::{
    Context, Conversion, Filter, Metric, MetricValue, Query, Test, parse_filters,
};
use luotsi_store::site::Site;
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
pub(super) struct Place {
    pub(super) site: Site,
    pub(super) context: Context,
}

/// A metric as the query API counts it.
pub(super) struct Counted {
    metric: Metric,
    filters: Vec<Value>,
    pub(super) body: TileMetric,
}

impl Place {
    pub(super) async fn of(app: &App, workspace: &str, site: &str) -> Result<Self, ApiError> {
        let site = app.store().site(workspace, site).await?;
        let context = measure::context(app, &site).await?;
        Ok(Self { site, context })
    }

    pub(super) fn today(&self) -> jiff::civil::Date {
        self.context.now.to_zoned(self.context.time_zone.clone()).date()
    }

    fn first_day(&self) -> Option<jiff::civil::Date> {
        let first = self.context.first_event?;
        Some(first.to_zoned(self.context.time_zone.clone()).date())
    }

    /// The first and the last day of the board's period on this site.
    pub(super) fn days(&self, days: Days) -> (jiff::civil::Date, jiff::civil::Date) {
        days.period.days(self.today(), self.first_day())
    }

    /// A metric of the dictionary narrowed by filters.
    pub(super) fn counted(
        &self,
        key: &str,
        filters: &[Value],
        locale: Locale,
    ) -> Result<Counted, ApiError> {
        let unknown = || {
            let detail = format!("there is no metric `{key}`");
            ApiError::field("metric", "unknown_metric", detail)
        };
        let ready = ready(key).ok_or_else(unknown)?;
        let formula = ready.formula(filters, &self.context.conversions);
        let (metric, filters) = as_query(formula).ok_or_else(|| {
            let detail = format!("`{key}` is not counted from events, which a tile needs");
            ApiError::field("metric", "not_measurable", detail)
        })?;
        let points = matches!(
            metric,
            Metric::BounceRate | Metric::ConversionRate | Metric::GroupConversionRate
        );
        let is_money = matches!(ready.nature, Nature::Money | Nature::Price);
        let body = TileMetric {
            key: key.to_owned(),
            name: ready.name(locale).to_owned(),
            unit: unit(ready.nature),
            better: ready.better.as_str(),
            currency: is_money.then(|| self.context.currency.code().to_owned()),
            change_in: if points { "points" } else { "percent" },
        };
        Ok(Counted { metric, filters, body })
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
        measure::answer(app, &self.site, &query).await
    }

    /// The question, read and checked.
    pub(super) fn query(
        &self,
        counted: &[&Counted],
        dimension: Option<&str>,
        rows: usize,
        days: Days,
    ) -> Result<Query, MeasureError> {
        let metrics = counted.iter().map(|one| match (one.metric, dimension) {
            // A row's rate is of that row's visitors.
            (Metric::ConversionRate, Some(_)) => Metric::GroupConversionRate.as_str(),
            (metric, _) => metric.as_str(),
        });
        let by_time = dimension.is_some_and(|dimension| dimension.starts_with("time"));
        let mut include = json!({"time_labels": by_time});
        if let Some(mode) = days.compare.mode(days.period) {
            include["comparisons"] = json!({"mode": mode});
        }
        let body = json!({
            "site_id": self.site.domain,
            "metrics": metrics.collect::<Vec<_>>(),
            "filters": counted.first().map(|one| one.filters.as_slice()).unwrap_or_default(),
            "date_range": days.period.date_range(self.today()),
            "dimensions": dimension.into_iter().collect::<Vec<_>>(),
            "include": include,
            "pagination": {"limit": rows},
        });
        Ok(Query::parse(&body, &self.context)?)
    }

    /// Visitors who took each step of a funnel, in order.
    pub(super) async fn funnel(
        &self,
        app: &App,
        tile: &TileBody,
        days: Days,
    ) -> Result<Vec<u64>, ApiError> {
        let steps = self.steps(&tile.steps)?;
        let visitors = self.counted("visitors", &[], Locale::En)?;
        let range = self.query(&[&visitors], None, 1, days)?.range;
        let asked = Funnel {
            steps,
            window_days: tile.window_days.unwrap_or(1).into(),
            range,
            conversions: self.context.conversions.clone(),
        };
        let snapshot = app.lake().snapshot();
        let reached = funnel(&snapshot, app.queries(), self.site.number, &asked).await;
        Ok(reached.map_err(MeasureError::from)?)
    }

    /// The steps as tests of events.
    pub(super) fn steps(&self, steps: &[FunnelStep]) -> Result<Vec<Test>, ApiError> {
        let test = |(number, step): (usize, &FunnelStep)| {
            let filter = match (&step.conversion, &step.page) {
                (Some(name), _) => {
                    let known = |one: &Conversion| one.display_name == *name;
                    if !self.context.conversions.iter().any(known) {
                        let detail = format!("the site has no conversion `{name}`");
                        let field = format!("steps[{number}].conversion");
                        return Err(ApiError::field(&field, "unknown_conversion", detail));
                    }
                    json!([["is", "event:goal", [name]]])
                }
                (None, Some(page)) => json!([["matches_wildcard", "event:page", [page]]]),
                (None, None) => json!([]),
            };
            let filters = parse_filters(&filter, &self.context.conversions);
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

/// Where two metrics may be asked in one question: they are of the same events.
pub(super) fn same_events(one: &Counted, other: &Counted) -> bool {
    one.filters == other.filters
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

/// The ready metrics that are questions to the query API, each with what its filters must name.
pub(super) fn choices() -> impl Iterator<Item = (&'static Ready, Option<&'static str>)> {
    READY.iter().filter_map(|ready| {
        let (metric, _) = as_query(ready.formula(&[], &[]))?;
        let needs = match metric {
            Metric::ConversionRate | Metric::GroupConversionRate => Some("conversion"),
            Metric::ScrollDepth | Metric::TimeOnPage => Some("page"),
            _ => None,
        };
        Some((ready, needs))
    })
}

/// The unit of a ready metric; counts, where there is none.
pub(super) fn unit_of(ready: Option<&Ready>) -> &'static str {
    ready.map_or("count", |ready| unit(ready.nature))
}

/// A metric's number as it is shown, money in the currency's unit; `None` when there was nothing to measure.
pub(super) fn shown(counted: &Counted, value: MetricValue) -> Option<f64> {
    match value.shown(counted.metric) {
        MetricValue::Money { minor_units, currency } => {
            Some(minor_units / 10f64.powi(i32::from(currency.minor_digits())))
        }
        other => other.number(),
    }
}

/// What a metric is where no row says anything: nothing happened, or nothing can be said.
pub(super) fn without_rows(counted: &Counted) -> Option<f64> {
    let adds_up = counted.body.unit == "count" || counted.metric == Metric::TotalRevenue;
    adds_up.then_some(0.0)
}
