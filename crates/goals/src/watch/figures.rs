//! What is looked at on a site: the figures of goals and their main segments, lines, and whether data arrives.

mod budget;
mod hours;
mod lines;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use luotsi_marketing::alert::{Budget, Cause, data_stopped, statistical, statistical_readings};
use luotsi_marketing::goal::drivers::{Dimension, Drivers};
use luotsi_marketing::metric::{Combine, DayValue, Nature};
use luotsi_store::alert::AlertSettings;
use luotsi_store::goal::Goal;
use serde_json::{Value, json};

pub(super) use budget::LookedAt;
use budget::by_day;

use super::Look;
use super::finding::{Finding, Watched, Why, concerned, part_names};
use super::series::{Counted, named, runs};
use crate::measure::{MeasureError, Measuring, Resolved, SiteContext};
use crate::run::{every_days, writing};

/// Days that are learned from, of events and of readings.
const PAST_DAYS: i64 = 200;
const READINGS_PAST_DAYS: i64 = 1_100;

/// Most lines and hours of a site that one look explains.
const MOST_EXPLAINED: usize = 20;

/// Days in which one looks for data that stopped.
const ARRIVAL_DAYS: i64 = 60;

/// Days with data before a site is held to be one from which data comes; and readings of a series.
const LEAST_ARRIVALS: usize = 7;
const LEAST_READINGS: usize = 3;

/// Dimensions whose largest values are watched.
const DIMENSIONS: [&str; 3] = ["visit:channel", "visit:country_name", "visit:device"];

/// Values of each dimension that are watched.
const WATCHED_VALUES: usize = 3;

/// A site to be looked at.
pub(super) struct Figures<'a> {
    pub(super) measuring: &'a Measuring<'a>,
    pub(super) site: &'a Arc<SiteContext>,
    pub(super) settings: &'a AlertSettings,
    pub(super) goals: &'a [Goal],
    /// What the workspace's other sites look at.
    pub(super) elsewhere: LookedAt,
    /// Spans of which people know why figures are not as usual.
    pub(super) known_causes: Vec<(Date, Date)>,
}

/// Whether a series is watched in parts, and by the hour: a sum of events.
fn is_divided(metric: &Resolved) -> bool {
    !metric.observed() && matches!(metric.combine, Combine::Sum)
}

/// A series' figures: the whole, and the parts of each dimension.
struct Measured<'a> {
    counted: &'a Counted,
    days: Vec<DayValue>,
    dimensions: Vec<Dimension>,
}

/// Whether a metric's values that are near zero say as much as large ones.
fn small_matters(metric: &Resolved) -> bool {
    let adds = matches!(metric.nature, Nature::Flow | Nature::Money);
    metric.observed() && !adds
}

impl Figures<'_> {
    fn yesterday(&self) -> Date {
        self.site.today().saturating_sub(1.day())
    }

    fn first_day(&self) -> Date {
        self.site.first_day().unwrap_or(self.site.today())
    }

    /// Everything that is judged by whole days.
    pub(super) async fn whole_days(&self, look: &mut Look) -> Result<(), MeasureError> {
        for cause in [Cause::Statistical, Cause::Threshold, Cause::DataStopped] {
            look.looked_at.push(format!("{}/", cause.as_str()));
        }
        let silent = self.arrivals(look).await? || self.silence_is_known().await?;
        let (counted, failed) = self.measuring.counted(self.site, self.goals).await?;
        for key in failed {
            look.unseen.extend(
                [&Cause::Statistical, &Cause::DataStopped]
                    .map(|cause| format!("{}/{key}", cause.as_str())),
            );
        }
        let mut all = Vec::with_capacity(counted.len());
        for one in &counted {
            // Silence is one matter of the site, not one of each figure.
            if silent && !one.metric.observed() {
                look.unseen.push(format!("{}/{}", Cause::Statistical.as_str(), one.key));
                continue;
            }
            let days = self.days(&one.metric).await?;
            let dimensions = self.dimensions(&one.metric).await?;
            if one.metric.observed() {
                self.readings_stopped(one, &days, look);
            }
            all.push(Measured { counted: one, days, dimensions });
        }
        let watched: usize = all.iter().map(|one| 1 + segments(one).count()).sum();
        let budget = by_day(self.settings, watched, self.elsewhere);
        for measured in &all {
            let moved = self.whole(measured, &budget, look).await?;
            self.parts(measured, &budget, moved, look).await?;
        }
        Ok(())
    }

    /// Whether events still arrive; whether yesterday had none at all.
    async fn arrivals(&self, look: &mut Look) -> Result<bool, MeasureError> {
        let metric = self.measuring.resolve(self.site, "events", &[]).await?;
        let (from, to) = (back(self.site.today(), ARRIVAL_DAYS), self.yesterday());
        let days = self.measuring.days(&metric.subject, from, to).await?;
        let arrived: Vec<Date> =
            days.iter().filter(|day| day.numerator > 0.0).map(|day| day.day).collect();
        let silent = arrived.last().is_some_and(|last| *last < to);
        let known = self.known_causes.iter().any(|(from, until)| *from <= to && to <= *until);
        if arrived.len() < LEAST_ARRIVALS || known {
            return Ok(silent);
        }
        let of = self.whole_site();
        let named = named(&of.id, &of.names[0], &metric);
        if let Some(deviation) = data_stopped(named, &arrived, self.site.today()) {
            let names = self.names_of_running();
            let figure = of.names.clone();
            let mut finding = Finding::new(of, deviation, figure);
            finding.also.extend((!names.is_empty()).then(|| concerned(&names)));
            look.findings.push(finding);
        }
        Ok(silent)
    }

    fn whole_site(&self) -> Watched {
        let name = self.site.site.name.clone();
        Watched {
            kind: "site",
            id: self.site.site.id.clone(),
            owners: Vec::new(),
            link: format!("/sites/{}", self.site.site.id),
            names: [name.clone(), name.clone(), name],
        }
    }

    /// Names of the goals that a silence of the site touches.
    fn names_of_running(&self) -> Vec<String> {
        let of_site = |goal: &&Goal| {
            goal.fields.site_id == self.site.site.id && runs(goal, self.site.today())
        };
        let names = self.goals.iter().filter(of_site).map(|goal| goal.fields.name.clone());
        let mut names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
        names.sort_unstable();
        names
    }

    /// Whether readings of a series still arrive.
    fn readings_stopped(&self, counted: &Counted, days: &[DayValue], look: &mut Look) {
        let read: Vec<Date> = days.iter().map(|day| day.day).collect();
        if read.len() < LEAST_READINGS {
            return;
        }
        let named = counted.named(&counted.key);
        if let Some(deviation) = data_stopped(named, &read, self.site.today()) {
            let mut finding = Finding::new(counted.watched(), deviation, counted.figure.clone());
            finding.also.extend(goals_line(counted));
            look.findings.push(finding);
        }
    }

    /// A series as a whole: in which direction it deviates (`up`, `down`), if it does.
    async fn whole(
        &self,
        measured: &Measured<'_>,
        budget: &Budget,
        look: &mut Look,
    ) -> Result<Option<String>, MeasureError> {
        let Measured { counted, days, .. } = measured;
        let named = counted.named(&counted.key);
        let observed = counted.metric.observed();
        let every = if observed { every_days(days) } else { 1 };
        let least = if small_matters(&counted.metric) { 0.0 } else { budget.smallest_expected };
        let budget = Budget { smallest_expected: least, ..*budget };
        let found = if every > 1 {
            statistical_readings(named, days, every, &self.known_causes, &budget)
        } else {
            statistical(named, days, None, &self.known_causes, &budget)
        };
        let deviation = match found {
            Ok(Some(deviation)) => deviation,
            Ok(None) => return Ok(None),
            Err(error) => {
                // Too short a past, usually: judged when there is enough.
                tracing::debug!(%error, series = counted.key, "not judged yet");
                return Ok(None);
            }
        };
        let (since, day) = (deviation.since, deviation.day);
        let direction = deviation.detail.clone();
        let why = self.measuring.drivers(&counted.metric, days, since, day).await?;
        let mut finding = Finding::new(counted.watched(), deviation, counted.figure.clone());
        finding.why = found_why(why, &counted.metric);
        finding.also.extend(goals_line(counted));
        look.findings.push(finding);
        Ok(Some(direction))
    }

    /// The largest segments of a series, each against everything else. Where the whole has `moved` in the same
    /// direction, its own message says which segment it was.
    async fn parts(
        &self,
        measured: &Measured<'_>,
        budget: &Budget,
        moved: Option<String>,
        look: &mut Look,
    ) -> Result<(), MeasureError> {
        let Measured { counted, days, .. } = measured;
        for (dimension, value, part) in segments(measured) {
            let key = format!("{}:{dimension}={value}", counted.key);
            let figure = part_names(&counted.figure, dimension, value);
            let rest = less(days, &part);
            let named = super::series::named(&key, &figure[0], &counted.metric);
            let found = statistical(named, &part, Some(&rest), &self.known_causes, budget);
            let Ok(Some(deviation)) = found else { continue };
            if moved.as_ref() == Some(&deviation.detail) {
                look.unseen.push(deviation.key());
                continue;
            }
            let narrowing = json!(["is", dimension, [value]]);
            let (since, day) = (deviation.since, deviation.day);
            let why = self.part_drivers(counted, &narrowing, &part, (since, day)).await?;
            let mut finding = Finding::new(counted.watched(), deviation, figure);
            finding.why = found_why(why, &counted.metric);
            finding.part = vec![narrowing];
            finding.also.extend(goals_line(counted));
            look.findings.push(finding);
        }
        Ok(())
    }

    /// Where within a segment the change sits.
    async fn part_drivers(
        &self,
        counted: &Counted,
        narrowing: &Value,
        part: &[DayValue],
        (since, day): (Date, Date),
    ) -> Result<Option<Drivers>, MeasureError> {
        let mut filters = counted.filters.clone();
        filters.push(narrowing.clone());
        let metric = match self.measuring.resolve(self.site, &counted.metric.key, &filters).await {
            Ok(metric) => metric,
            Err(error @ (MeasureError::Store(_) | MeasureError::Failed(_))) => return Err(error),
            Err(_) => return Ok(None),
        };
        let own = narrowing[1].as_str().unwrap_or_default();
        let found = self.measuring.drivers(&metric, part, since, day).await?;
        Ok(found.map(|mut drivers| {
            // Of a country the country says nothing new.
            drivers.dimensions.retain(|one| !own.starts_with(one.name.as_str()));
            drivers
        }))
    }

    /// Whether people know that yesterday the site was silent for hours.
    async fn silence_is_known(&self) -> Result<bool, MeasureError> {
        let key = format!("{}/{}/", Cause::DataStopped.as_str(), self.site.site.id);
        let known = self.measuring.store.newest_incidents(&self.site.site.workspace_id).await?;
        Ok(known.iter().any(|one| {
            one.known.key == key
                && one.known.told_at.is_some()
                && one.known.seen >= self.yesterday()
        }))
    }

    async fn days(&self, metric: &Resolved) -> Result<Vec<DayValue>, MeasureError> {
        let past = if metric.observed() { READINGS_PAST_DAYS } else { PAST_DAYS };
        self.days_of(metric, past).await
    }

    /// A metric's whole days, with zeros where events are counted and none came. A reading of today is whole.
    async fn days_of(&self, metric: &Resolved, past: i64) -> Result<Vec<DayValue>, MeasureError> {
        let today = self.site.today();
        if metric.observed() {
            return self.measuring.days(&metric.subject, back(today, past), today).await;
        }
        let (from, to) = (back(today, past).max(self.first_day()), self.yesterday());
        if from > to {
            return Ok(Vec::new());
        }
        let days = self.measuring.days(&metric.subject, from, to).await?;
        let counts = matches!(metric.combine, Combine::Sum | Combine::Whole);
        Ok(if counts { filled(&days, from, to) } else { days })
    }

    /// The parts of a sum of events; none of what does not add up.
    async fn dimensions(&self, metric: &Resolved) -> Result<Vec<Dimension>, MeasureError> {
        let (from, to) =
            (back(self.site.today(), PAST_DAYS).max(self.first_day()), self.yesterday());
        let mut dimensions = Vec::new();
        if from > to || !is_divided(metric) {
            return Ok(dimensions);
        }
        let divisions = DIMENSIONS.map(|dimension| (&metric.subject, dimension));
        let divided = self.measuring.slices_of(&divisions, (from, to), WATCHED_VALUES).await?;
        dimensions.extend(divided.into_iter().flatten());
        Ok(dimensions)
    }
}

fn found_why(drivers: Option<Drivers>, metric: &Resolved) -> Why {
    drivers.map_or(Why::Unknown, |drivers| Why::Found(Box::new(drivers), writing(metric)))
}

/// Names the goals that a series is of, unless its own name says it.
fn goals_line(counted: &Counted) -> Option<luotsi_marketing::phrase::Phrase> {
    let names = counted.names();
    (!names.is_empty()).then(|| concerned(&names))
}

/// The largest segments of a sum: dimension, value, days.
fn segments<'a>(
    measured: &'a Measured<'_>,
) -> impl Iterator<Item = (&'a str, &'a str, Vec<DayValue>)> {
    let range = measured.days.first().zip(measured.days.last()).map(|(a, b)| (a.day, b.day));
    measured.dimensions.iter().flat_map(move |dimension| {
        let largest = dimension.slices.iter().filter(|slice| !slice.value.is_empty());
        largest.take(WATCHED_VALUES).filter_map(move |slice| {
            let (from, to) = range?;
            Some((dimension.name.as_str(), slice.value.as_str(), filled(&slice.days, from, to)))
        })
    })
}

/// Every day from one to another, zero where there is none.
fn filled(days: &[DayValue], from: Date, to: Date) -> Vec<DayValue> {
    let known: BTreeMap<Date, DayValue> = days.iter().map(|day| (day.day, *day)).collect();
    let zero = |day| DayValue { day, numerator: 0.0, denominator: 1.0 };
    from.series(1.day())
        .take_while(|day| *day <= to)
        .map(|day| known.get(&day).copied().unwrap_or_else(|| zero(day)))
        .collect()
}

/// What a part leaves of the whole.
fn less(whole: &[DayValue], part: &[DayValue]) -> Vec<DayValue> {
    let part: BTreeMap<Date, f64> = part.iter().map(|day| (day.day, day.numerator)).collect();
    let rest = |day: &DayValue| {
        let taken = part.get(&day.day).copied().unwrap_or_default();
        DayValue { numerator: (day.numerator - taken).max(0.0), ..*day }
    };
    whole.iter().map(rest).collect()
}

fn back(today: Date, days: i64) -> Date {
    today.saturating_sub(Span::new().days(days))
}
