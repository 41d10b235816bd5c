//! Reading a source: its numbers by day and slice.

use std::collections::BTreeMap;

use jiff::civil::Date;
use luotsi_lake::query::{Row, SqlFailed, sales, sql_metric, visit_steps};
use luotsi_marketing::metric::Spread;
use luotsi_marketing::query::{
    Conversion, Dimension, InvalidQuery, Metric, MetricValue, Operator, Query, Test,
};
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

/// What is read of a source.
#[derive(Debug, Clone)]
pub(super) struct Part<'a> {
    pub(super) source: Source,
    pub(super) picks: Vec<Pick>,
    pub(super) reading: Reading<'a>,
}

/// What a part holds, or why it cannot be read: it cannot be divided so, say.
pub(super) type Found<T> = Result<T, InvalidQuery>;

impl Measuring<'_> {
    /// Reads parts, those of the query language together: what is asked of the same days takes one pass over them.
    ///
    /// Days are read with the one before them: a visit belongs to the day on which it begins, also where that
    /// lies before the first day asked for. So a day has the same figures in every range.
    pub(super) async fn read(&self, parts: &[Part<'_>]) -> Result<Vec<Found<Cells>>, MeasureError> {
        let mut found: Vec<Option<Found<Cells>>> = Vec::with_capacity(parts.len());
        let mut queries = Vec::new();
        for part in parts {
            found.push(match part.query() {
                Some(Ok(query)) => {
                    queries.push((part.reading.subject.site.site.number, query));
                    None
                }
                Some(Err(invalid)) => Some(Err(invalid)),
                None => Some(valid(self.read_alone(part).await)?),
            });
        }
        let mut answers = self.answer_all(&queries).await?.into_iter();
        let cells = |(part, found): (&Part<'_>, Option<Found<Cells>>)| {
            let found = found.or_else(|| Some(Ok(part.cells(answers.next()?.rows))));
            let mut found = found.unwrap_or_else(|| Ok(Cells::new()));
            if let Ok(cells) = &mut found {
                cells.retain(|(day, _), _| *day >= part.reading.from);
            }
            found
        };
        Ok(parts.iter().zip(found).map(cells).collect())
    }

    /// What is not of the query language.
    async fn read_alone(&self, part: &Part<'_>) -> Result<Cells, MeasureError> {
        let (picks, reading) = (part.picks.as_slice(), &part.read_with());
        match &part.source {
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
            Source::Query { .. } | Source::Property { .. } => Ok(Cells::new()),
        }
    }
}

impl<'a> Part<'a> {
    /// The reading with the day before it, where that matters.
    fn read_with(&self) -> Reading<'a> {
        let reading = self.reading;
        if self.source.is_observed() || !reading.daily {
            return reading;
        }
        Reading { from: reading.from.yesterday().unwrap_or(reading.from), ..reading }
    }

    /// The query that answers it; `None` for what is not of the query language.
    fn query(&self) -> Option<Found<Query>> {
        let reading = self.read_with();
        let site = &reading.subject.site;
        match &self.source {
            Source::Query { filters } => {
                let dimensions: Vec<&str> = reading.dimension.into_iter().collect();
                Some(query(site, &self.metrics(), filters, &reading, &dimensions))
            }
            Source::Property { name, filters } => {
                let property = format!("event:props:{name}");
                let dimensions: Vec<&str> =
                    reading.dimension.into_iter().chain([property.as_str()]).collect();
                Some(query(site, &[Metric::Events], filters, &reading, &dimensions))
            }
            _ => None,
        }
    }

    /// The metrics that are picked, each once.
    fn metrics(&self) -> Vec<Metric> {
        let mut metrics = Vec::new();
        for pick in &self.picks {
            if let Pick::Metric(metric) = pick
                && !metrics.contains(metric)
            {
                metrics.push(*metric);
            }
        }
        metrics
    }

    /// The cells of the query's rows.
    fn cells(&self, rows: Vec<Row>) -> Cells {
        let reading = self.read_with();
        if matches!(self.source, Source::Property { .. }) {
            return self.property_cells(rows, &reading);
        }
        let metrics = self.metrics();
        let place = |pick: &Pick| match pick {
            Pick::Metric(picked) => metrics.iter().position(|metric| metric == picked),
            _ => None,
        };
        let places: Vec<Option<usize>> = self.picks.iter().map(place).collect();
        let mut cells = Cells::new();
        for row in rows {
            let Some((key, _)) = key(&row.dimensions, &reading) else { continue };
            let value =
                |place: &Option<usize>| row.metrics.get((*place)?).and_then(|of| number(*of));
            cells.insert(key, places.iter().map(value).collect());
        }
        cells
    }

    fn property_cells(&self, rows: Vec<Row>, reading: &Reading<'_>) -> Cells {
        let absent = Dimension::Prop(String::new()).absent_label();
        let mut values: BTreeMap<Key, Values> = BTreeMap::new();
        for row in rows {
            let Some((key, rest)) = key(&row.dimensions, reading) else { continue };
            let Some(text) = rest.first().filter(|text| text.as_str() != absent) else { continue };
            let count = row.metrics.first().and_then(|count| count.number()).unwrap_or(0.0);
            // Where a visit with such an event began there is a row too, without events.
            if count > 0.0 {
                values.entry(key).or_default().push(text, count);
            }
        }
        let numbers = |(key, mut values): (Key, Values)| {
            (key, self.picks.iter().map(|pick| values.pick(*pick)).collect())
        };
        values.into_iter().map(numbers).collect()
    }
}

/// An answer, or that the question was no valid one.
fn valid<T>(answer: Result<T, MeasureError>) -> Result<Found<T>, MeasureError> {
    match answer {
        Ok(answer) => Ok(Ok(answer)),
        Err(MeasureError::Invalid(invalid)) => Ok(Err(invalid)),
        Err(error) => Err(error),
    }
}

impl Measuring<'_> {
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
) -> Result<Query, InvalidQuery> {
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
