//! The same hours of each day: for looking at a day that is not over.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_marketing::goal::drivers::{Dimension, Slice};
use luotsi_marketing::metric::{Combine, DayValue};
use luotsi_marketing::query::Metric;
use serde_json::{Value, json};

use super::read::{Reading, query};
use super::source::{Pick, Source};
use super::{MeasureError, Measuring, Subject};

/// Whole hours: so many (1 to 24) that end at `until` o'clock (0 to 23).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hours {
    pub(crate) until: i8,
    pub(crate) hours: i8,
}

/// Figures by day, of each value of a dimension or of all together.
type ByDay = BTreeMap<Option<String>, BTreeMap<Date, f64>>;

impl Measuring<'_> {
    /// A subject's figure in some hours of each local day of the site from one to another, both included; zero
    /// where nothing happened. In the small hours they reach into the day before.
    ///
    /// `None` for what does not add up from hour to hour, and for what is not read by the query language.
    ///
    /// # Errors
    /// Whatever reading meets.
    pub(crate) async fn same_hours(
        &self,
        subject: &Subject,
        hours: Hours,
        span: (Date, Date),
    ) -> Result<Option<Vec<DayValue>>, MeasureError> {
        let Some((metric, filters)) = counted(subject) else { return Ok(None) };
        let found = self.by_hours(subject, (metric, &filters), None, hours, span).await?;
        Ok(Some(every_day(found.get(&None), span)))
    }

    /// As [`Measuring::same_hours`], for each of at most `most` values of a dimension, the largest ones.
    ///
    /// # Errors
    /// [`MeasureError::Invalid`] when the metric cannot be divided by the dimension.
    pub(crate) async fn same_hours_of(
        &self,
        subject: &Subject,
        dimension: &str,
        hours: Hours,
        span: (Date, Date),
        most: usize,
    ) -> Result<Option<Dimension>, MeasureError> {
        let Some((metric, mut filters)) = counted(subject) else { return Ok(None) };
        let source = Source::Query { filters: filters.clone() };
        let (from, to) = span;
        let reading = Reading {
            subject,
            from,
            to,
            daily: false,
            dimension: Some(dimension),
            most: Some(most),
        };
        let largest = self.largest(source, Pick::Metric(metric), reading).await?;
        if largest.is_empty() {
            return Ok(None);
        }
        filters.push(json!(["is", dimension, largest]));
        let found =
            self.by_hours(subject, (metric, &filters), Some(dimension), hours, span).await?;
        let slices = found.iter().filter_map(|(value, days)| {
            let days = every_day(Some(days), span);
            Some(Slice { value: value.clone()?, days })
        });
        Ok(Some(Dimension { name: dimension.to_owned(), slices: slices.collect() }))
    }

    async fn by_hours(
        &self,
        subject: &Subject,
        (metric, filters): (Metric, &[Value]),
        dimension: Option<&str>,
        Hours { until, hours }: Hours,
        (from, to): (Date, Date),
    ) -> Result<ByDay, MeasureError> {
        let first = from.saturating_sub(1.day());
        let reading =
            Reading { subject, from: first, to, daily: false, dimension: None, most: None };
        let dimensions: Vec<&str> = std::iter::once("time:hour").chain(dimension).collect();
        let query = query(&subject.site, &[metric], filters, &reading, &dimensions)?;
        let result = self.answer(subject.site.site.number, &query).await?;
        let mut by_day = ByDay::new();
        for row in result.rows {
            let mut labels = row.dimensions.into_iter();
            let Some((day, hour)) = labels.next().and_then(|label| read_hour(&label)) else {
                continue;
            };
            let value = row.metrics.first().and_then(|value| super::read::number(*value));
            let days = by_day.entry(labels.next()).or_default();
            for (day, before) in
                [(Some(day), until - hour), (day.tomorrow().ok(), until + 24 - hour)]
            {
                if let Some(day) = day.filter(|_| (1..=hours).contains(&before)) {
                    *days.entry(day).or_default() += value.unwrap_or(0.0);
                }
            }
        }
        Ok(by_day)
    }
}

/// What is counted by the hour, and its filters; `None` for what does not add up.
fn counted(subject: &Subject) -> Option<(Metric, Vec<Value>)> {
    let plan = subject.stretches.last().map(|newest| &newest.plan)?;
    let (Source::Query { filters }, Pick::Metric(metric)) = Source::of(&plan.value) else {
        return None;
    };
    (plan.weight.is_none() && plan.combine == Combine::Sum).then_some((metric, filters))
}

/// Every day of a span, zero where nothing happened.
fn every_day(found: Option<&BTreeMap<Date, f64>>, (from, to): (Date, Date)) -> Vec<DayValue> {
    let numerator = |day: &Date| found.and_then(|days| days.get(day)).copied().unwrap_or(0.0);
    from.series(1.day())
        .take_while(|day| *day <= to)
        .map(|day| DayValue { day, numerator: numerator(&day), denominator: 1.0 })
        .collect()
}

/// `2026-03-02 14:00:00` is 14 o'clock of that day.
fn read_hour(label: &str) -> Option<(Date, i8)> {
    let (day, time) = label.split_once(' ')?;
    Some((day.parse().ok()?, time.split(':').next()?.parse().ok()?))
}
