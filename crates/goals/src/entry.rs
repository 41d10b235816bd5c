//! Figures that people enter: which series a goal is of, what was read last, and whether the next one is due.

use jiff::Span;
use jiff::civil::Date;
use luotsi_marketing::metric::{DayValue, Narrowing};
use luotsi_store::goal::Goal;
use serde_json::{Map, Value};

use crate::measure::{MeasureError, Measuring, Resolved};
use crate::run::every_days;

/// Days in which the last reading is looked for.
const LOOK_BACK_DAYS: i64 = 366;

/// What is read of a goal on observations.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub series: String,
    /// What a reading has to carry to be the goal's: `{"network": "Instagram"}`.
    pub dimensions: Map<String, Value>,
    pub last: Option<(Date, f64)>,
    /// Usual days between two readings.
    pub every_days: i64,
    /// Whether the next reading is due, while the goal runs.
    pub due: bool,
    /// Whether people enter it; others come by the interface.
    pub by_hand: bool,
}

impl Measuring<'_> {
    /// How a goal's readings stand; `None` for a goal on events.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn entry(
        &self,
        goal: &Goal,
        resolved: &Resolved,
        today: Date,
    ) -> Result<Option<Entry>, MeasureError> {
        let Some(series) = series(resolved) else { return Ok(None) };
        let from = today.saturating_sub(Span::new().days(LOOK_BACK_DAYS));
        let all = self.store.observations(&goal.workspace_id, &series, (from, today)).await?;
        let filters = goal.fields.filters.as_array().into_iter().flatten();
        let dimensions: Map<String, Value> = filters
            .filter(|filter| {
                filter[0] == "is" && filter[2].as_array().is_some_and(|all| all.len() == 1)
            })
            .filter_map(|filter| Some((filter[1].as_str()?.to_owned(), filter[2][0].clone())))
            .collect();
        // Filters that are no readings' narrow nothing here: they are refused where they are set.
        let narrowing = Narrowing::parse(&goal.fields.filters).unwrap_or_default();
        let own: Vec<_> =
            all.iter().filter(|one| narrowing.fits(&one.reading.dimensions)).collect();
        let days: Vec<DayValue> = own
            .iter()
            .map(|one| DayValue {
                day: one.reading.day,
                numerator: one.reading.value,
                denominator: 1.0,
            })
            .collect();
        let every_days = every_days(&days);
        let last = days.last();
        let due = last.is_none_or(|last| {
            last.day.until(today).is_ok_and(|span| i64::from(span.get_days()) >= every_days)
        });
        Ok(Some(Entry {
            series,
            dimensions,
            last: last.map(|day| (day.day, day.numerator)),
            every_days,
            due: due && goal.fields.plan.deadline >= today,
            by_hand: own.last().is_none_or(|one| matches!(one.source.as_str(), "manual" | "csv")),
        }))
    }
}

/// The series of observations behind a metric, if it is one.
pub fn series(resolved: &Resolved) -> Option<String> {
    resolved.observed().then(|| resolved.subject.series().first().map(|one| (*one).to_owned()))?
}
