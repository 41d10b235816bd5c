//! What moved a figure: its dimensions, compared with what their own past made likely.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_marketing::goal::drivers::{Dimension, Drivers, Slice, drivers_beside};
use luotsi_marketing::metric::{Combine, DayValue};

use crate::measure::{Division, Hours, MeasureError, Measuring, Resolved, Subject};

/// Dimensions of events that are looked at.
const OF_EVENTS: [&str; 6] = [
    "visit:channel",
    "visit:source",
    "visit:country",
    "visit:device",
    "visit:utm_campaign",
    "visit:entry_page",
];

/// Dimensions of observations that are looked at.
const OF_OBSERVATIONS: [&str; 3] = ["keyword", "network", "account"];

/// Most values of a dimension that are told apart.
const MOST_VALUES: usize = 12;

/// Days of the past from which the expectation is taken: eight weeks.
const PAST_DAYS: i64 = 56;

/// Days that are divided at least, besides their past: what is explained of any of them is read at once.
const LEAST_DAYS: i64 = 28;

/// Whether a change of a metric can be divided among its parts: of sums and ratios; medians, means of observations and
/// levels have parts without a sum.
pub fn is_divisible(resolved: &Resolved) -> bool {
    match resolved.combine {
        Combine::Ratio { .. } | Combine::Sum => true,
        Combine::Whole => resolved.nature.adds_up(),
        _ => false,
    }
}

/// What is to be explained.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    pub resolved: &'a Resolved,
    /// The metric's days, and those of the eight weeks before.
    pub total: &'a [DayValue],
    /// Both included.
    pub from: Date,
    pub to: Date,
}

impl Change<'_> {
    /// The first day that is learned from.
    fn past(&self) -> Date {
        self.from.saturating_sub(PAST_DAYS.days())
    }

    /// The days that are divided.
    fn read(&self) -> (Date, Date) {
        let least = self.to.saturating_sub((LEAST_DAYS - 1 + PAST_DAYS).days());
        (self.past().min(least), self.to)
    }

    /// What moved it, of these dimensions; `None` also for what does not add up.
    fn drivers(&self, dimensions: &[Dimension], known: &[(Date, Date)]) -> Option<Drivers> {
        if !is_divisible(self.resolved) {
            return None;
        }
        let scale = match self.resolved.combine {
            Combine::Ratio { scale } => Some(scale),
            _ => None,
        };
        let (past, Change { from, to, .. }) = (self.past(), *self);
        let within = |days: &[DayValue]| -> Vec<DayValue> {
            days.iter().copied().filter(|day| past <= day.day && day.day <= to).collect()
        };
        let slice = |slice: &Slice| {
            let days = within(&slice.days);
            (!days.is_empty()).then(|| Slice { value: slice.value.clone(), days })
        };
        let of_these_days = |one: &Dimension| Dimension {
            name: one.name.clone(),
            slices: one.slices.iter().filter_map(slice).collect(),
        };
        let mut dimensions: Vec<Dimension> = dimensions.iter().map(of_these_days).collect();
        dimensions.retain(|one| !one.slices.is_empty());
        drivers_beside(&within(self.total), &dimensions, (from, to), scale, known)
    }
}

/// A change that is there, in its place among those that were asked for.
struct Open<'a> {
    place: usize,
    change: Change<'a>,
    known: Vec<(Date, Date)>,
    /// What is counted.
    subject: String,
}

impl Measuring<'_> {
    /// What moved a metric over some days, both included, as it is answered; `None` without a change or a
    /// past, and for metrics whose parts do not add up.
    ///
    /// # Errors
    /// Whatever measuring meets; a dimension by which the metric cannot be divided is left out.
    pub async fn drivers(
        &self,
        resolved: &Resolved,
        total: &[DayValue],
        from: Date,
        to: Date,
    ) -> Result<Option<Drivers>, MeasureError> {
        let found = self.drivers_of(&[Change { resolved, total, from, to }]).await?.pop();
        Ok(found.flatten())
    }

    /// As [`Measuring::drivers`], of several changes. What is divided over the same days is read together, and
    /// what is counted the same only once: the answers are those that each has alone.
    ///
    /// # Errors
    /// As [`Measuring::drivers`].
    pub async fn drivers_of(
        &self,
        changes: &[Change<'_>],
    ) -> Result<Vec<Option<Drivers>>, MeasureError> {
        let mut found: Vec<Option<Drivers>> = changes.iter().map(|_| None).collect();
        let mut by_days: BTreeMap<(Date, Date), Vec<Open<'_>>> = BTreeMap::new();
        for (place, change) in changes.iter().enumerate() {
            let known = self.known_causes(change.resolved).await?;
            // Nothing is read to explain what did not change.
            if change.drivers(&[], &known).is_some() {
                let subject = change.resolved.subject.definition();
                let open = Open { place, change: *change, known, subject };
                by_days.entry(change.read()).or_default().push(open);
            }
        }
        for (days, open) in by_days {
            let subjects: BTreeMap<&str, &Subject> = open
                .iter()
                .map(|one| (one.subject.as_str(), &one.change.resolved.subject))
                .collect();
            let divided = self.divided(&subjects, days).await?;
            for one in &open {
                let dimensions = divided.get(one.subject.as_str()).map_or(&[][..], Vec::as_slice);
                found[one.place] = one.change.drivers(dimensions, &one.known);
            }
        }
        Ok(found)
    }

    /// The dimensions of each subject.
    async fn divided<'a>(
        &self,
        subjects: &BTreeMap<&'a str, &Subject>,
        days: (Date, Date),
    ) -> Result<BTreeMap<&'a str, Vec<Dimension>>, MeasureError> {
        let mut names = Vec::new();
        let mut divisions: Vec<Division<'_>> = Vec::new();
        for (name, subject) in subjects {
            let dimensions: &[&str] =
                if subject.observed() { &OF_OBSERVATIONS } else { &OF_EVENTS };
            for dimension in dimensions {
                names.push(*name);
                divisions.push((*subject, *dimension));
            }
        }
        let slices = self.slices_of(&divisions, days, MOST_VALUES).await?;
        let mut divided: BTreeMap<&str, Vec<Dimension>> = BTreeMap::new();
        for (name, dimension) in names.into_iter().zip(slices) {
            divided.entry(name).or_default().extend(dimension);
        }
        Ok(divided)
    }
}

impl Measuring<'_> {
    /// Spans of which people know why figures are not as usual.
    pub(crate) async fn known_causes(
        &self,
        resolved: &Resolved,
    ) -> Result<Vec<(Date, Date)>, MeasureError> {
        let site = &resolved.subject.site.site;
        Ok(self.store.known_causes(&site.workspace_id, &site.id).await?)
    }

    /// What moved a sum in some hours of a day, against the same hours of the same weekdays before; `None` without
    /// a change or a past, and for what is not counted by the hour. `total` has the same hours of each day.
    ///
    /// # Errors
    /// As [`Measuring::drivers`].
    pub(crate) async fn drivers_in_hours(
        &self,
        resolved: &Resolved,
        total: &[DayValue],
        hours: Hours,
        day: Date,
    ) -> Result<Option<Drivers>, MeasureError> {
        let span = (day.saturating_sub(PAST_DAYS.days()), day);
        let mut dimensions = Vec::with_capacity(OF_EVENTS.len());
        for name in OF_EVENTS {
            let subject = &resolved.subject;
            match self.same_hours_of(subject, name, hours, span, MOST_VALUES).await {
                Ok(found) => dimensions.extend(found),
                Err(MeasureError::Invalid(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let within: Vec<DayValue> =
            total.iter().copied().filter(|one| span.0 <= one.day && one.day <= day).collect();
        let known = self.known_causes(resolved).await?;
        Ok(drivers_beside(&within, &dimensions, (day, day), None, &known))
    }
}
