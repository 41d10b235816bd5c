//! The same hours of each day: for looking at a day that is not over.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_marketing::metric::{Combine, DayValue};

use super::read::{Reading, query};
use super::source::{Pick, Source};
use super::{MeasureError, Measuring, Subject};

impl Measuring<'_> {
    /// A subject's figure in the `hours` (1 to 24) whole hours that end at `until` o'clock (0 to 23), of each local
    /// day of the site from one to another, both included; zero where nothing happened. In the small hours they
    /// reach into the day before.
    ///
    /// `None` for what does not add up from hour to hour, and for what is not read by the query language.
    ///
    /// # Errors
    /// Whatever reading meets.
    pub async fn same_hours(
        &self,
        subject: &Subject,
        (until, hours): (i8, i8),
        (from, to): (Date, Date),
    ) -> Result<Option<Vec<DayValue>>, MeasureError> {
        let Some(plan) = subject.stretches.last().map(|newest| &newest.plan) else {
            return Ok(None);
        };
        let (source, Pick::Metric(metric)) = Source::of(&plan.value) else { return Ok(None) };
        let Source::Query { filters } = source else { return Ok(None) };
        if plan.weight.is_some() || plan.combine != Combine::Sum {
            return Ok(None);
        }
        let first = from.saturating_sub(1.day());
        let reading = Reading { subject, from: first, to, daily: false, dimension: None };
        let query = query(&subject.site, &[metric], &filters, &reading, &["time:hour"])?;
        let result = self.answer(subject.site.site.number, &query).await?;
        let mut by_day: BTreeMap<Date, f64> =
            from.series(1.day()).take_while(|day| *day <= to).map(|day| (day, 0.0)).collect();
        for row in result.rows {
            let Some((day, hour)) = row.dimensions.first().and_then(|label| read_hour(label))
            else {
                continue;
            };
            let value = row.metrics.first().and_then(|value| super::read::number(*value));
            for (day, before) in
                [(Some(day), until - hour), (day.tomorrow().ok(), until + 24 - hour)]
            {
                let within = (1..=hours).contains(&before);
                if let Some(sum) = day.filter(|_| within).and_then(|day| by_day.get_mut(&day)) {
                    *sum += value.unwrap_or(0.0);
                }
            }
        }
        let day = |(day, numerator)| DayValue { day, numerator, denominator: 1.0 };
        Ok(Some(by_day.into_iter().map(day).collect()))
    }
}

/// `2026-03-02 14:00:00` is 14 o'clock of that day.
fn read_hour(label: &str) -> Option<(Date, i8)> {
    let (day, time) = label.split_once(' ')?;
    Some((day.parse().ok()?, time.split(':').next()?.parse().ok()?))
}
