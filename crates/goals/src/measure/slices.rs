//! A subject divided by a dimension.

use std::collections::BTreeMap;

use jiff::civil::Date;
use luotsi_marketing::goal::drivers::{Dimension, Slice};
use luotsi_marketing::metric::{self, DayValue, Weight};
use luotsi_marketing::query::Metric;
use serde_json::json;

use super::read::Reading;
use super::source::{Pick, Source};
use super::{MeasureError, Measuring, Stretch, Subject};

impl Measuring<'_> {
    /// The days of a subject for each of at most `most` values of a dimension (`visit:country`), the largest
    /// ones. Of a dimension with many values only those are read by day. What they leave of the whole is for the caller to see: `goal::drivers::drivers` makes it a row.
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
        let stretches = subject.within(from, to);
        let wanted = self.wanted(subject, &stretches, dimension, most).await?;
        let mut by_value: BTreeMap<String, Vec<DayValue>> = BTreeMap::new();
        for (from, to, stretch) in stretches {
            let plan = &stretch.plan;
            let divided =
                Reading { subject, from, to, daily: true, dimension: Some(dimension), most: None };
            if is_divided(plan) {
                let days = match &wanted {
                    None => self.plan_days(plan, &divided).await?,
                    Some(wanted) if wanted.is_empty() => continue,
                    Some(wanted) => {
                        let narrowed =
                            stretch.formula.narrowed(&[json!(["is", dimension, wanted])]);
                        self.plan_days(&metric::plan(&narrowed), &divided).await?
                    }
                };
                for ((_, value), day) in days {
                    by_value.entry(value.unwrap_or_default()).or_default().push(day);
                }
                continue;
            }
            if matches!(Source::of(&plan.value).0, Source::Sql { .. }) {
                continue;
            }
            let undivided = Reading { dimension: None, ..divided };
            for value in wanted.iter().flatten() {
                let narrowed = stretch.formula.narrowed(&[json!(["is", dimension, [value]])]);
                let days = self.plan_days(&metric::plan(&narrowed), &undivided).await?;
                if !days.is_empty() {
                    by_value.entry(value.clone()).or_default().extend(days.into_values());
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

    /// The values that are read: the largest of each stretch, so that a dimension with a hundred thousand pages
    /// costs no more than one with twelve. `None` where all of them are few, or entered.
    async fn wanted(
        &self,
        subject: &Subject,
        stretches: &[(Date, Date, &Stretch)],
        dimension: &str,
        most: usize,
    ) -> Result<Option<Vec<String>>, MeasureError> {
        let few = |plan: &metric::Plan| {
            is_divided(plan) && (plan.observed || FEW_VALUES.contains(&dimension))
        };
        if stretches.iter().all(|(_, _, stretch)| few(&stretch.plan)) {
            return Ok(None);
        }
        let mut wanted: Vec<String> = Vec::new();
        for (from, to, stretch) in stretches {
            let (source, pick) = size_of(&stretch.plan);
            let reading = Reading {
                subject,
                from: *from,
                to: *to,
                daily: false,
                dimension: Some(dimension),
                most: Some(most),
            };
            for value in self.largest(&source, pick, &reading).await? {
                if !wanted.contains(&value) {
                    wanted.push(value);
                }
            }
        }
        Ok(Some(wanted))
    }

    /// The values of a dimension of which there is most.
    pub(super) async fn largest(
        &self,
        source: &Source,
        pick: Pick,
        reading: &Reading<'_>,
    ) -> Result<Vec<String>, MeasureError> {
        let cells = self.read(source, &[pick], reading).await?;
        let mut values: Vec<(f64, String)> = cells
            .into_iter()
            .filter_map(|((_, value), numbers)| Some((numbers.first().copied()??, value?)))
            .collect();
        values.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        values.truncate(reading.most.unwrap_or(usize::MAX));
        Ok(values.into_iter().map(|(_, value)| value).collect())
    }
}

/// Dimensions with so few values that all of them are read by day at once.
const FEW_VALUES: [&str; 4] =
    ["visit:channel", "visit:country", "visit:country_name", "visit:device"];

/// By what the values of a dimension are ranked: what is summed up, or what a mean is of; visits (or events)
/// where that is not read divided.
fn size_of(plan: &metric::Plan) -> (Source, Pick) {
    let measure = match &plan.weight {
        Some(Weight::Times(count)) => count,
        _ => &plan.value,
    };
    match Source::of(measure) {
        (Source::Query { filters }, pick) => (Source::Query { filters }, pick),
        (Source::Property { filters, .. }, _) => {
            (Source::Query { filters }, Pick::Metric(Metric::Events))
        }
        (Source::Readings { series, filters }, pick) => {
            (Source::Readings { series, filters }, pick)
        }
        _ => (Source::Query { filters: Vec::new() }, Pick::Metric(Metric::Visits)),
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
