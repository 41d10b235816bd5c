//! Measuring: what a metric is on a site (`resolve`), and its days, its slices and its value.

mod campaigns;
mod days;
mod hours;
mod observed;
mod read;
mod resolve;
mod slices;
mod source;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use luotsi_lake::lake::Lake;
use luotsi_lake::query::{QueryError, QueryResult, QueryRuntime, run, run_all};
use luotsi_lake::snapshot::Snapshot;
use luotsi_marketing::metric::{self, Combine, Formula};
use luotsi_marketing::query::{Context, Conversion, InvalidQuery, Query};
use luotsi_store::Store;
use luotsi_store::site::Site;
use serde_json::json;

pub(crate) use hours::Hours;
pub(crate) use observed::STANDS_DAYS;
pub use resolve::{Resolved, check_formula};
pub(crate) use slices::Division;

/// Where events are.
#[derive(Clone, Copy)]
pub enum Events<'a> {
    /// In this process's lake.
    Lake(&'a Lake),
    /// In another process's, as they were at a moment.
    Seen(&'a Snapshot),
}

impl Events<'_> {
    fn snapshot(&self) -> Snapshot {
        match self {
            Events::Lake(lake) => lake.snapshot(),
            Events::Seen(snapshot) => (*snapshot).clone(),
        }
    }
}

/// Reads figures of sites. Cheap to copy: make one for each piece of work, with its moment.
#[derive(Clone, Copy)]
pub struct Measuring<'a> {
    pub lake: Events<'a>,
    pub queries: &'a QueryRuntime,
    pub store: &'a Store,
    pub now: Timestamp,
}

/// A site and what queries about it mean now. Read it once for all metrics of the site.
#[derive(Debug, Clone)]
pub struct SiteContext {
    pub site: Site,
    pub context: Context,
}

/// What to measure: a metric's formulas on a site.
#[derive(Debug, Clone)]
pub struct Subject {
    pub site: Arc<SiteContext>,
    /// At least one, by day.
    pub stretches: Vec<Stretch>,
    /// Whether the level of several readings (keywords, say) is their mean, not their sum.
    pub level_is_mean: bool,
}

/// A formula and the day from which it holds; the first one holds for all days before the second.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    pub valid_from: Date,
    pub formula: Formula,
    pub plan: metric::Plan,
}

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    #[error(transparent)]
    Invalid(#[from] InvalidQuery),
    #[error(transparent)]
    Failed(#[from] QueryError),
    #[error(transparent)]
    Store(#[from] luotsi_store::StoreError),
    /// The site's settings hold something that is no time zone or currency any more.
    #[error("the site's {0} is not known")]
    Setting(&'static str),
    /// Neither a ready metric nor one of the workspace.
    #[error("there is no metric `{0}`")]
    UnknownMetric(String),
    /// The formula cannot be computed on this site (any more): a conversion is gone, say.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Formula(Vec<metric::FieldError>),
}

impl From<metric::FieldError> for MeasureError {
    fn from(error: metric::FieldError) -> Self {
        Self::Formula(vec![error])
    }
}

impl SiteContext {
    /// The site's today.
    pub fn today(&self) -> Date {
        self.context.now.to_zoned(self.context.time_zone.clone()).date()
    }

    /// The local day of the site's first event; `None` before any.
    pub fn first_day(&self) -> Option<Date> {
        Some(self.context.first_event?.to_zoned(self.context.time_zone.clone()).date())
    }
}

impl Subject {
    /// How the subject's days make a period: that of the newest formula.
    pub fn combine(&self) -> Combine {
        self.stretches.last().map_or(Combine::Sum, |newest| newest.plan.combine)
    }

    /// Whether days without figures are unknown (observations) rather than zero (events).
    pub fn observed(&self) -> bool {
        self.stretches.last().is_some_and(|newest| newest.plan.observed)
    }

    /// The series of observations that it is made of, each once.
    pub fn series(&self) -> Vec<&str> {
        let mut series: Vec<&str> =
            self.stretches.iter().flat_map(|stretch| stretch.formula.series()).collect();
        series.sort_unstable();
        series.dedup();
        series
    }

    /// A text that is the same for subjects that count the same, and another one when anything changed that
    /// their figures depend on, apart from the events themselves: kept figures with another text are stale.
    pub fn definition(&self) -> String {
        let context = &self.site.context;
        let conversions: Vec<_> = context
            .conversions
            .iter()
            .map(|one| {
                let currency = one.currency.map(|currency| currency.code().to_owned());
                json!([one.display_name, format!("{:?}", one.trigger), currency])
            })
            .collect();
        let stretches: Vec<_> = self
            .stretches
            .iter()
            .map(|stretch| json!([stretch.valid_from.to_string(), stretch.formula.to_json()]))
            .collect();
        json!({
            "site": self.site.site.id,
            "time_zone": context.time_zone.iana_name(),
            "currency": context.currency.code(),
            "conversions": conversions,
            "level_is_mean": self.level_is_mean,
            "stretches": stretches,
        })
        .to_string()
    }

    /// The stretches that touch the days from one to another, both included, with their days.
    fn within(&self, from: Date, to: Date) -> Vec<(Date, Date, &Stretch)> {
        let mut found = Vec::new();
        for (at, stretch) in self.stretches.iter().enumerate() {
            let first = if at == 0 { from } else { stretch.valid_from.max(from) };
            let last = match self.stretches.get(at + 1) {
                Some(next) => next.valid_from.yesterday().unwrap_or(to).min(to),
                None => to,
            };
            if first <= last {
                found.push((first, last, stretch));
            }
        }
        found
    }
}

impl Measuring<'_> {
    /// A site with what queries about it mean now.
    pub async fn site(&self, site: &Site) -> Result<Arc<SiteContext>, MeasureError> {
        let context = self.context(site).await?;
        Ok(Arc::new(SiteContext { site: site.clone(), context }))
    }

    /// What queries about a site mean now.
    pub async fn context(&self, site: &Site) -> Result<Context, MeasureError> {
        let conversions = self.store.conversions(&site.workspace_id, &site.id).await?;
        Ok(Context {
            now: self.now,
            time_zone: time_zone(site)?,
            first_event: self.first_event(site.number),
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

    /// Time of the site's first event.
    pub fn first_event(&self, site_number: i32) -> Option<Timestamp> {
        let first = self.lake.snapshot().first_event_us(site_number)?;
        Timestamp::from_microsecond(first).ok()
    }

    /// Answers a query that is already read.
    pub async fn answer(
        &self,
        site_number: i32,
        query: &Query,
    ) -> Result<QueryResult, MeasureError> {
        Ok(run(&self.lake.snapshot(), self.queries, site_number, query).await?)
    }

    /// Answers queries, each with the number of its site: those about the same days together.
    async fn answer_all(&self, asked: &[(i32, Query)]) -> Result<Vec<QueryResult>, MeasureError> {
        let asked: Vec<(i32, &Query)> = asked.iter().map(|(site, query)| (*site, query)).collect();
        Ok(run_all(&self.lake.snapshot(), self.queries, &asked).await?)
    }
}

/// The site's time zone.
pub fn time_zone(site: &Site) -> Result<TimeZone, MeasureError> {
    TimeZone::get(&site.time_zone).map_err(|_| MeasureError::Setting("time zone"))
}
