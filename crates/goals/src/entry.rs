//! Figures that people enter: which series a goal is of, where it is read, what was read last, and what is due.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use luotsi_marketing::metric::Narrowing;
use luotsi_marketing::observation::{Place, every_days, places};
use luotsi_store::goal::Goal;
use luotsi_store::observation::Observation;
use serde_json::Value;

use crate::measure::{MeasureError, Measuring, Resolved, STANDS_DAYS};

/// Days in which the last reading is looked for.
const LOOK_BACK_DAYS: i64 = 366;

/// What is read of a goal on observations.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub series: String,
    /// Where it is read: each keyword, each account.
    pub places: Vec<Placed>,
    /// Of the place that waits longest.
    pub last: Option<(Date, f64)>,
    /// Usual days between two readings of that place.
    pub every_days: i64,
    /// Whether the next reading of any place is due, while the goal runs.
    pub due: bool,
    /// Whether people enter it; others come by the interface.
    pub by_hand: bool,
}

/// A place at which a goal's figure is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// What a reading has to carry to be of this place: `{"network": "Instagram"}`.
    pub dimensions: Place,
    pub last: Option<(Date, f64)>,
    pub every_days: i64,
    /// Whether its next reading is due, while the goal runs.
    pub due: bool,
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
        let filters = goal.fields.filters.as_array().map_or(&[][..], Vec::as_slice);
        self.entry_of(resolved, filters, goal.fields.plan.deadline, today).await
    }

    /// As `entry`, of a metric that is narrowed by filters until a deadline.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn entry_of(
        &self,
        resolved: &Resolved,
        filters: &[Value],
        deadline: Date,
        today: Date,
    ) -> Result<Option<Entry>, MeasureError> {
        let Some(series) = series(resolved) else { return Ok(None) };
        let site = &resolved.subject.site.site;
        let from = today.saturating_sub(Span::new().days(LOOK_BACK_DAYS));
        let mut all = self.store.observations(&site.workspace_id, &series, (from, today)).await?;
        // Filters that are no readings' narrow nothing here: they are refused where they are set.
        let narrowing = Narrowing::of(filters).unwrap_or_default();
        all.retain(|one| {
            let here = one.reading.site_id.as_ref().is_none_or(|of| *of == site.id);
            here && narrowing.fits(&one.reading.dimensions)
        });
        let mut read: BTreeMap<&Place, Vec<&Observation>> = BTreeMap::new();
        for one in &all {
            read.entry(&one.reading.dimensions).or_default().push(one);
        }
        // A place that nobody looks at any more counts no more: it is not asked for.
        let newest = all.last().map_or(today, |one| one.reading.day);
        let oldest = newest.saturating_sub(STANDS_DAYS.days());
        read.retain(|_, own| own.last().is_some_and(|one| one.reading.day >= oldest));
        let found = places(filters, read.keys().copied()).unwrap_or_default();
        let newest_by_hand = |own: &[&Observation]| {
            own.last().is_some_and(|one| matches!(one.source.as_str(), "manual" | "csv"))
        };
        // A place that was never read is as those beside it.
        let unread = read.is_empty() || read.values().any(|own| newest_by_hand(own));
        let runs = deadline >= today;
        let places: Vec<(Placed, bool)> = found
            .into_iter()
            .map(|dimensions| {
                let own = read.get(&dimensions).map_or(&[][..], Vec::as_slice);
                let placed = placed(dimensions, own, runs, today);
                (placed, if own.is_empty() { unread } else { newest_by_hand(own) })
            })
            .collect();
        // What programs bring is not waited for beside what people enter.
        let entered = places.iter().filter(|(_, by_hand)| *by_hand).map(|(placed, _)| placed);
        let all_placed = places.iter().map(|(placed, _)| placed);
        let waits = |placed: &&Placed| {
            placed.last.map(|(day, _)| day.saturating_add(placed.every_days.days()))
        };
        let longest = entered.clone().min_by_key(waits).or_else(|| all_placed.min_by_key(waits));
        Ok(Some(Entry {
            last: longest.and_then(|placed| placed.last),
            every_days: longest.map_or_else(|| every_days([]), |placed| placed.every_days),
            due: longest.is_some_and(|placed| placed.due),
            by_hand: places.is_empty() || entered.count() > 0,
            series,
            places: places.into_iter().map(|(placed, _)| placed).collect(),
        }))
    }
}

/// A place with its readings, in the order of their days.
fn placed(dimensions: Place, own: &[&Observation], runs: bool, today: Date) -> Placed {
    let every_days = every_days(own.iter().map(|one| one.reading.day));
    let last = own.last().map(|one| (one.reading.day, one.reading.value));
    let waited = |(day, _): (Date, f64)| {
        day.until(today).is_ok_and(|span| i64::from(span.get_days()) >= every_days)
    };
    Placed { dimensions, last, every_days, due: runs && last.is_none_or(waited) }
}

/// The series of observations behind a metric, if it is one.
pub fn series(resolved: &Resolved) -> Option<String> {
    resolved.observed().then(|| resolved.subject.series().first().map(|one| (*one).to_owned()))?
}
