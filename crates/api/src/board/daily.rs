//! Figures of metrics that are measured day by day: put together to the board's days, points and rows.

use std::collections::HashMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use luotsi_goals::measure::Resolved;
use luotsi_marketing::metric::{Combine, DayValue};

use super::data::{TileFigure, TilePoint};
use super::figures::{Counted, Days, Place, without_rows};
use crate::measure::MeasureError;
use crate::state::App;

/// Slices of what is compared with: more than are shown, so that those that were small are found.
const MOST_SLICES: usize = 200;

/// A figure beside what was before. A share changes by points, everything else by percent of what was before.
fn beside(metric: &Counted, value: Option<f64>, before: Option<f64>) -> TileFigure {
    let change = match (value, before) {
        (Some(value), Some(before)) if metric.body.change_in == "points" => {
            Some(((value - before) * 10.0).round() / 10.0)
        }
        (Some(value), Some(before)) if before != 0.0 => {
            Some(((value - before) / before.abs() * 100.0).round())
        }
        _ => None,
    };
    TileFigure { value, before, change }
}

/// The metric over all days.
pub(super) async fn total(
    app: &App,
    place: &Place,
    (metric, resolved): (&Counted, &Resolved),
    days: Days,
) -> Result<TileFigure, MeasureError> {
    let measuring = app.measuring();
    let (from, to) = place.days(days);
    let value = measuring.value(&resolved.subject, from, to).await?;
    let before = match days.compare.days(days.period, from, to) {
        Some((from, to)) => {
            let before = measuring.value(&resolved.subject, from, to).await?;
            before.or_else(|| without_rows(metric))
        }
        None => None,
    };
    Ok(beside(metric, value.or_else(|| without_rows(metric)), before))
}

/// The course by days, weeks (from Monday) or months. Figures of a day are the least there are.
pub(super) async fn points(
    app: &App,
    place: &Place,
    (metric, resolved): (&Counted, &Resolved),
    interval: &str,
    days: Days,
) -> Result<Vec<TilePoint>, MeasureError> {
    let (from, to) = place.days(days);
    let now = course(app, (metric, resolved), interval, (from, to)).await?;
    let before = match days.compare.days(days.period, from, to) {
        Some(range) => course(app, (metric, resolved), interval, range).await?,
        None => Vec::new(),
    };
    let before = before.into_iter().map(|(_, value)| value).chain(std::iter::repeat(None));
    let point = |((at, value), before): ((Date, Option<f64>), Option<f64>)| TilePoint {
        at: at.to_string(),
        value,
        before,
    };
    Ok(now.into_iter().zip(before).map(point).collect())
}

async fn course(
    app: &App,
    (metric, resolved): (&Counted, &Resolved),
    interval: &str,
    (from, to): (Date, Date),
) -> Result<Vec<(Date, Option<f64>)>, MeasureError> {
    let measuring = app.measuring();
    let measured = measuring.days(&resolved.subject, from, to).await?;
    let mut course = Vec::new();
    for (first, last) in buckets(interval, from, to) {
        let within: Vec<DayValue> =
            measured.iter().filter(|day| (first..=last).contains(&day.day)).copied().collect();
        let value = match resolved.combine {
            // Visitors of a month are no sum of visitors of its days.
            Combine::Whole if first < last => {
                measuring.value(&resolved.subject, first, last).await?
            }
            combine => combine.of(&within),
        };
        course.push((first, value.or_else(|| without_rows(metric))));
    }
    Ok(course)
}

/// The first and last days of the parts of a range.
fn buckets(interval: &str, from: Date, to: Date) -> Vec<(Date, Date)> {
    let mut buckets = Vec::new();
    let mut first = from;
    while first <= to {
        let next = match interval {
            "time:week" => {
                let days = 7 - i64::from(first.weekday().since(Weekday::Monday));
                first.checked_add(days.days()).ok()
            }
            "time:month" => first.last_of_month().tomorrow().ok(),
            _ => first.tomorrow().ok(),
        };
        let Some(next) = next else { break };
        buckets.push((first, next.yesterday().unwrap_or(first).min(to)));
        first = next;
    }
    buckets
}

/// The metric by a dimension, the greatest first.
pub(super) async fn rows(
    app: &App,
    place: &Place,
    (metric, resolved): (&Counted, &Resolved),
    dimension: &str,
    days: Days,
) -> Result<Vec<(String, TileFigure)>, MeasureError> {
    let measuring = app.measuring();
    let values = async |(from, to): (Date, Date)| {
        let found = measuring.slices(&resolved.subject, dimension, from, to, MOST_SLICES).await?;
        let slices = found.slices.into_iter();
        Ok::<Vec<_>, MeasureError>(
            slices.map(|slice| (slice.value, resolved.combine.of(&slice.days))).collect(),
        )
    };
    let (from, to) = place.days(days);
    let now = values((from, to)).await?;
    let before: HashMap<String, Option<f64>> = match days.compare.days(days.period, from, to) {
        Some(range) => values(range).await?.into_iter().collect(),
        None => HashMap::new(),
    };
    let mut rows: Vec<(String, TileFigure)> = now
        .into_iter()
        .map(|(name, value)| {
            let before = before.get(&name).copied().flatten();
            (name, beside(metric, value, before))
        })
        .collect();
    let size = |figure: &TileFigure| figure.value.unwrap_or(f64::NEG_INFINITY);
    rows.sort_by(|(_, one), (_, other)| size(other).total_cmp(&size(one)));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_range_is_cut_at_mondays_and_at_firsts_of_months() {
        let (from, to) = (date(2026, 2, 26), date(2026, 3, 3));
        assert_eq!(
            buckets("time:week", from, to),
            [(from, date(2026, 3, 1)), (date(2026, 3, 2), to)]
        );
        assert_eq!(
            buckets("time:month", from, to),
            [(from, date(2026, 2, 28)), (date(2026, 3, 1), to)]
        );
        assert_eq!(buckets("time:hour", from, to).len(), 6);
    }
}
