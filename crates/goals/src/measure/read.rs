//! Reading a source: its numbers by day and slice.

use std::collections::BTreeMap;

use jiff::civil::Date;
use luotsi_lake::query::{SqlFailed, sales, sql_metric, visit_steps};
use luotsi_marketing::metric::Spread;
use luotsi_marketing::query::{Conversion, Dimension, Metric, MetricValue, Operator, Query, Test};
use serde_json::{Value, json};

use super::source::{Pick, Source};
use super::{MeasureError, Measuring, SiteContext, Subject};

/// What is asked of a subject.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) subject: &'a Subject,
    /// Both included.
    pub(super) from: Date,
    pub(super) to: Date,
    /// By day, or everything as the day `from`.
    pub(super) daily: bool,
    /// What it is divided by besides.
    pub(super) dimension: Option<&'a str>,
    /// Only so many of the largest values of the dimension; for readings that are not daily.
    pub(super) most: Option<usize>,
}

/// A day, and the value of the dimension if there is one.
pub(super) type Key = (Date, Option<String>);

/// Numbers of a source, in the order of what was asked for.
pub(super) type Cells = BTreeMap<Key, Vec<Option<f64>>>;

impl Measuring<'_> {
    /// Reads `picks` of a source.
    ///
    /// Days are read with the one before them: a visit belongs to the day on which it begins, also where that
    /// lies before the first day asked for. So a day has the same figures in every range.
    pub(super) async fn read(
        &self,
        source: &Source,
        picks: &[Pick],
        reading: &Reading<'_>,
    ) -> Result<Cells, MeasureError> {
        if source.is_observed() || !reading.daily {
            return self.read_all(source, picks, reading).await;
        }
        let from = reading.from.yesterday().unwrap_or(reading.from);
        let mut cells = self.read_all(source, picks, &Reading { from, ..*reading }).await?;
        cells.retain(|(day, _), _| *day >= reading.from);
        Ok(cells)
    }

    async fn read_all(
        &self,
        source: &Source,
        picks: &[Pick],
        reading: &Reading<'_>,
    ) -> Result<Cells, MeasureError> {
        match source {
            Source::Query { filters } => self.read_query(filters, picks, reading).await,
            Source::Property { name, filters } => {
                self.read_property(name, filters, picks, reading).await
            }
            Source::Sales { filters } => self.read_sales(filters, picks, reading).await,
            Source::Funnel { steps, filters } => {
                self.read_funnel(steps, filters, picks, reading).await
            }
            Source::Sql { expression, filters } => {
                self.read_sql(expression, filters, picks, reading).await
            }
            Source::Readings { series, filters } => {
                self.read_series(series, filters, picks, reading).await
            }
        }
    }

    async fn read_query(
        &self,
        filters: &[Value],
        picks: &[Pick],
        reading: &Reading<'_>,
    ) -> Result<Cells, MeasureError> {
        let mut metrics: Vec<Metric> = Vec::new();
        let mut places = Vec::with_capacity(picks.len());
        for pick in picks {
            let Pick::Metric(metric) = pick else { continue };
            let known = metrics.iter().position(|known| known == metric);
            places.push(known.unwrap_or(metrics.len()));
            if known.is_none() {
                metrics.push(*metric);
            }
        }
        let dimensions: Vec<&str> = reading.dimension.into_iter().collect();
        let query = query(&reading.subject.site, &metrics, filters, reading, &dimensions)?;
        let result = self.answer(reading.subject.site.site.number, &query).await?;
        let mut cells = Cells::new();
        for row in result.rows {
            let Some((key, _)) = key(&row.dimensions, reading) else { continue };
            let numbers = places.iter().map(|at| row.metrics.get(*at).and_then(|of| number(*of)));
            cells.insert(key, numbers.collect());
        }
        Ok(cells)
    }

    async fn read_property(
        &self,
        name: &str,
        filters: &[Value],
        picks: &[Pick],
        reading: &Reading<'_>,
    ) -> Result<Cells, MeasureError> {
        let property = format!("event:props:{name}");
        let dimensions: Vec<&str> =
            reading.dimension.into_iter().chain([property.as_str()]).collect();
        let query = query(&reading.subject.site, &[Metric::Events], filters, reading, &dimensions)?;
        let absent = Dimension::Prop(String::new()).absent_label();
        let result = self.answer(reading.subject.site.site.number, &query).await?;
        let mut values: BTreeMap<Key, Values> = BTreeMap::new();
        for row in result.rows {
            let Some((key, rest)) = key(&row.dimensions, reading) else { continue };
            let Some(text) = rest.first().filter(|text| text.as_str() != absent) else { continue };
            let count = row.metrics.first().and_then(|count| count.number()).unwrap_or(0.0);
            // Where a visit with such an event began there is a row too, without events.
            if count > 0.0 {
                values.entry(key).or_default().push(text, count);
            }
        }
        let numbers = |(key, mut values): (Key, Values)| {
            (key, picks.iter().map(|pick| values.pick(*pick)).collect())
        };
        Ok(values.into_iter().map(numbers).collect())
    }

    async fn read_sales(
        &self,
        filters: &[Value],
        picks: &[Pick],
        reading: &Reading<'_>,
    ) -> Result<Cells, MeasureError> {
        let site = &reading.subject.site;
        let query = query(site, &[Metric::TotalRevenue], filters, reading, &[])?;
        let digits = super::resolve::revenue_currency(&site.context, filters).minor_digits();
        let unit = 10f64.powi(i32::from(digits));
        let amounts = sales(&self.lake.snapshot(), self.queries, site.site.number, &query).await?;
        let mut cells = Cells::new();
        for (day, amounts) in days(&query, reading).into_iter().zip(amounts) {
            let mut values = Values::default();
            for amount in &amounts {
                values.numbers.push(*amount as f64 / unit, 1.0);
            }
            if !amounts.is_empty() {
                let numbers = picks.iter().map(|pick| values.pick(*pick)).collect();
                cells.insert((day, None), numbers);
            }
        }
        Ok(cells)
    }

    async fn read_funnel(
        &self,
        steps: &[luotsi_marketing::conversion::Trigger],
        filters: &[Value],
        picks: &[Pick],
        reading: &Reading<'_>,
    ) -> Result<Cells, MeasureError> {
        let site = &reading.subject.site;
        let mut query = query(site, &[Metric::Visits], filters, reading, &[])?;
        let mut tests = Vec::with_capacity(steps.len());
        for (at, step) in steps.iter().enumerate() {
            // A name that nobody can give to a conversion: names have no control characters.
            let name = format!("\u{1}{at}");
            query.conversions.push(Conversion {
                display_name: name.clone(),
                trigger: step.clone(),
                currency: None,
            });
            tests.push(Test {
                dimension: Dimension::Goal,
                operator: Operator::Is,
                clauses: vec![name],
                case_sensitive: true,
            });
        }
        let reached =
            visit_steps(&self.lake.snapshot(), self.queries, site.site.number, &query, &tests)
                .await?;
        let mut cells = Cells::new();
        for (day, visits) in days(&query, reading).into_iter().zip(reached) {
            if visits.first().is_some_and(|visits| *visits > 0) {
                let of_step = |pick: &Pick| match pick {
                    Pick::Step(step) => visits.get(step.checked_sub(1)?).map(|count| *count as f64),
                    _ => None,
                };
                cells.insert((day, None), picks.iter().map(of_step).collect());
            }
        }
        Ok(cells)
    }
}

impl Measuring<'_> {
    async fn read_sql(
        &self,
        expression: &str,
        filters: &[Value],
        picks: &[Pick],
        reading: &Reading<'_>,
    ) -> Result<Cells, MeasureError> {
        let site = &reading.subject.site;
        let query = query(site, &[Metric::Events], filters, reading, &[])?;
        let snapshot = self.lake.snapshot();
        let values =
            sql_metric(&snapshot, self.queries, site.site.number, &query, expression).await;
        let values = values.map_err(|failed| match failed {
            SqlFailed::Sql(wrong) => super::resolve::of_sql(&wrong).into(),
            SqlFailed::Query(failed) => MeasureError::Failed(failed),
        })?;
        let cells = days(&query, reading).into_iter().zip(values);
        let cell = |(day, value): (Date, Option<f64>)| {
            Some(((day, None), vec![Some(value?); picks.len()]))
        };
        Ok(cells.filter_map(cell).collect())
    }
}

/// Values of a property.
#[derive(Debug, Default)]
struct Values {
    carrying: f64,
    /// Different texts.
    texts: usize,
    numbers: Spread,
}

impl Values {
    /// A text that `count` events carry; each text is given once.
    fn push(&mut self, text: &str, count: f64) {
        self.carrying += count;
        self.texts += 1;
        if let Ok(number) = text.trim().parse::<f64>() {
            self.numbers.push(number, count);
        }
    }

    fn pick(&mut self, pick: Pick) -> Option<f64> {
        use luotsi_marketing::metric::Function;
        match pick {
            Pick::Carrying => Some(self.carrying),
            Pick::Function(Function::Distinct) if self.texts > 0 => Some(self.texts as f64),
            Pick::Function(function) => self.numbers.apply(function),
            _ => None,
        }
    }
}

/// A query of a site over the days of a reading.
pub(super) fn query(
    site: &SiteContext,
    metrics: &[Metric],
    filters: &[Value],
    reading: &Reading<'_>,
    dimensions: &[&str],
) -> Result<Query, MeasureError> {
    let time = reading.daily.then_some("time:day");
    let body = json!({
        "site_id": site.site.domain,
        "metrics": metrics.iter().map(|metric| metric.as_str()).collect::<Vec<_>>(),
        "filters": filters,
        "date_range": [reading.from.to_string(), reading.to.to_string()],
        "dimensions": time.into_iter().chain(dimensions.iter().copied()).collect::<Vec<_>>(),
    });
    let mut query = Query::parse(&body, &site.context)?;
    // Without days the largest come first.
    query.pagination.limit = reading.most.filter(|_| !reading.daily).unwrap_or(usize::MAX);
    Ok(query)
}

/// The key of a row, and what is left of its labels.
fn key<'a>(labels: &'a [String], reading: &Reading<'_>) -> Option<(Key, &'a [String])> {
    let (day, rest) = match (reading.daily, labels) {
        (true, [day, rest @ ..]) => (day.parse().ok()?, rest),
        (true, []) => return None,
        (false, rest) => (reading.from, rest),
    };
    match (reading.dimension, rest) {
        (Some(_), [value, rest @ ..]) => Some(((day, Some(value.clone())), rest)),
        (Some(_), []) => None,
        (None, rest) => Some(((day, None), rest)),
    }
}

/// The days of the query's buckets.
fn days(query: &Query, reading: &Reading<'_>) -> Vec<Date> {
    let buckets = query.buckets(query.range).unwrap_or_default();
    if buckets.is_empty() {
        return vec![reading.from];
    }
    buckets.iter().map(|bucket| bucket.label.parse().unwrap_or(reading.from)).collect()
}

/// Money in the currency's unit.
pub(super) fn number(value: MetricValue) -> Option<f64> {
    match value {
        MetricValue::Money { minor_units, currency } => {
            Some(minor_units / 10f64.powi(i32::from(currency.minor_digits())))
        }
        other => other.number(),
    }
}
