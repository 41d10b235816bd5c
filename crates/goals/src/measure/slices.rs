//! A subject divided by a dimension.

use std::collections::BTreeMap;

use jiff::civil::Date;
use luotsi_marketing::goal::drivers::{Dimension, Slice};
use luotsi_marketing::metric::{self, DayValue, Weight};
use luotsi_marketing::query::Metric;
use serde_json::json;

use super::read::Reading;
use super::source::{Pick, Source};
use super::{MeasureError, Measuring, Subject};

impl Measuring<'_> {
    /// The days of a subject for each of at most `most` values of a dimension (`visit:country`), the largest
    /// ones. What they leave of the whole is for the caller to see: `goal::drivers::drivers` makes it a row.
    ///
    /// Days are as [`Measuring::days`] gives them, absent ones included. Slices of what does not add up
    /// (visitors) do not add up either. Values are labelled as the query API shows them, so that
    /// `["is", dimension, [value]]` finds the slice again. Sales one by one (a median order) and funnels are read
    /// once for each value; SQL is not divided: there are no slices.
    ///
    /// # Errors
    /// [`MeasureError::Invalid`] when the metric cannot be divided by the dimension: whoever tries several
    /// dimensions goes on with the next.
    pub async fn slices(
        &self,
        subject: &Subject,
        dimension: &str,
        from: Date,
        to: Date,
        most: usize,
    ) -> Result<Dimension, MeasureError> {
        let mut by_value: BTreeMap<String, Vec<DayValue>> = BTreeMap::new();
        for (from, to, stretch) in subject.within(from, to) {
            let plan = &stretch.plan;
            let reading = Reading { subject, from, to, daily: true, dimension: Some(dimension) };
            if is_divided(plan) {
                for ((_, value), day) in self.plan_days(plan, &reading).await? {
                    by_value.entry(value.unwrap_or_default()).or_default().push(day);
                }
                continue;
            }
            if matches!(Source::of(&plan.value).0, Source::Sql { .. }) {
                continue;
            }
            let undivided = Reading { dimension: None, ..reading };
            for value in self.largest(subject, dimension, (from, to), most).await? {
                let narrowed = stretch.formula.narrowed(&[json!(["is", dimension, [value]])]);
                let days = self.plan_days(&metric::plan(&narrowed), &undivided).await?;
                if !days.is_empty() {
                    by_value.entry(value).or_default().extend(days.into_values());
                }
            }
        }
        let size = |days: &[DayValue]| {
            let sum = |of: fn(&DayValue) -> f64| days.iter().map(|day| of(day).abs()).sum::<f64>();
            (sum(|day| day.numerator), sum(|day| day.denominator))
        };
        let mut slices: Vec<((f64, f64), Slice)> = by_value
            .into_iter()
            .map(|(value, days)| (size(&days), Slice { value, days }))
            .collect();
        slices.sort_by(|(one, _), (other, _)| {
            other.0.total_cmp(&one.0).then(other.1.total_cmp(&one.1))
        });
        slices.truncate(most);
        let slices = slices.into_iter().map(|(_, slice)| slice).collect();
        Ok(Dimension { name: dimension.to_owned(), slices })
    }

    /// The values of a dimension with the most visits (or events).
    async fn largest(
        &self,
        subject: &Subject,
        dimension: &str,
        (from, to): (Date, Date),
        most: usize,
    ) -> Result<Vec<String>, MeasureError> {
        let reading = Reading { subject, from, to, daily: false, dimension: Some(dimension) };
        let source = Source::Query { filters: Vec::new() };
        let cells = self.read(&source, &[Pick::Metric(Metric::Visits)], &reading).await?;
        let mut values: Vec<(f64, String)> = cells
            .into_iter()
            .filter_map(|((_, value), numbers)| Some((numbers.first().copied()??, value?)))
            .collect();
        values.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        values.truncate(most);
        Ok(values.into_iter().map(|(_, value)| value).collect())
    }
}

/// Whether what a plan needs is read divided, in one go: its value, and what stands below it.
fn is_divided(plan: &metric::Plan) -> bool {
    let below = plan.weight.as_ref().map(|(Weight::Times(below) | Weight::Over(below))| below);
    std::iter::once(&plan.value).chain(below).all(|measure| {
        matches!(
            Source::of(measure).0,
            Source::Query { .. } | Source::Property { .. } | Source::Readings { .. }
        )
    })
}
