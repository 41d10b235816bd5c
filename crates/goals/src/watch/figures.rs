//! What is looked at on a site: the figures of goals and their main segments, lines, and whether data arrives.

use std::collections::BTreeMap;
use std::ops::Add;
use std::sync::Arc;

use jiff::civil::{Date, Time};
use jiff::{Span, ToSpan as _};
use luotsi_marketing::alert::{
    Budget, Cause, Deviation, HOURS, Line, State, data_stopped, hourly, statistical,
    statistical_readings, threshold,
};
use luotsi_marketing::goal::drivers::{Dimension, Drivers};
use luotsi_marketing::metric::{Combine, DayValue, Nature};
use luotsi_store::alert::{AlertLine, AlertSettings};
use luotsi_store::goal::Goal;
use serde_json::{Value, json};

use super::Look;
use super::finding::{Finding, Watched, Why, concerned, part_names};
use super::series::{Counted, figure_names, list, named, runs, series};
use crate::measure::{Hours, MeasureError, Measuring, Resolved, SiteContext};
use crate::run::{every_days, writing};

/// Days that are learned from, of events and of readings.
const PAST_DAYS: i64 = 200;
const READINGS_PAST_DAYS: i64 = 1_100;

/// Days whose same hours are learned from.
const HOURS_PAST_DAYS: i64 = 84;

/// Hours without any event after which one looks whether the site fell silent.
const QUIET_HOURS: i8 = 2;

/// Least a figure is expected to be in some hours before they are judged.
const LEAST_IN_HOURS: f64 = 40.0;

/// Most series of a site that are looked at by the hour.
const MOST_BY_HOUR: usize = 40;

/// Part of the false alarms that looking at hours may have, where one does.
const PART_OF_HOURS: f64 = 0.2;

/// Days before today in which one looks since when a line has been crossed.
const LASTING_DAYS: i64 = 30;

/// Days that a crossed line's message explains, the newest; and those that it takes to explain them.
const LINE_DAYS: i64 = 7;
const LINE_PAST_DAYS: i64 = 70;

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

/// How many series are looked at: what shares a budget of false alarms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LookedAt {
    pub(super) by_day: usize,
    pub(super) by_hour: usize,
}

impl LookedAt {
    /// The most that a site can look at: its series with the segments that they may have.
    pub(super) fn most(counted: &[Counted]) -> LookedAt {
        let divided = counted.iter().filter(|one| is_divided(&one.metric)).count();
        LookedAt {
            by_day: counted.len() + divided * DIMENSIONS.len() * WATCHED_VALUES,
            // And its silence.
            by_hour: divided.min(MOST_BY_HOUR) + 1,
        }
    }
}

impl Add for LookedAt {
    type Output = LookedAt;

    fn add(self, other: LookedAt) -> LookedAt {
        LookedAt { by_day: self.by_day + other.by_day, by_hour: self.by_hour + other.by_hour }
    }
}

/// What looking at whole days may tell in vain, where a site looks at `own` series beside the workspace's others.
fn by_day(settings: &AlertSettings, own: usize, elsewhere: LookedAt) -> Budget {
    let part = if settings.hourly { 1.0 - PART_OF_HOURS } else { 1.0 };
    Budget { a_month: settings.budget_month * part, ..Budget::usual(own + elsewhere.by_day) }
}

/// As `by_day`, of looking at hours.
fn by_hour(settings: &AlertSettings, own: usize, elsewhere: LookedAt) -> Budget {
    Budget {
        a_month: settings.budget_month * PART_OF_HOURS,
        smallest_expected: LEAST_IN_HOURS,
        ..Budget::usual(own + elsewhere.by_hour)
    }
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

    /// A line is held against the newest whole day (`daily`), and one that should not be exceeded against today as
    /// well: a sum only grows.
    pub(super) async fn lines(&self, daily: bool, look: &mut Look) -> Result<(), MeasureError> {
        for line in self.measuring.store.alert_lines(&self.site.site.workspace_id).await? {
            if line.line.site_id == self.site.site.id {
                self.line(&line, daily, look).await?;
            }
        }
        Ok(())
    }

    async fn line(
        &self,
        line: &AlertLine,
        daily: bool,
        look: &mut Look,
    ) -> Result<(), MeasureError> {
        let rule = &line.line;
        let filters = list(&rule.filters);
        let start = format!("{}/{}/", Cause::Threshold.as_str(), line.id);
        let metric = match self.measuring.resolve(self.site, &rule.metric, &filters).await {
            Ok(metric) => metric,
            Err(error @ (MeasureError::Store(_) | MeasureError::Failed(_))) => return Err(error),
            Err(error) => {
                tracing::warn!(%error, line = line.id, "a line cannot be watched");
                look.unseen.push(start);
                return Ok(());
            }
        };
        let figure = figure_names(&metric, &filters);
        let key = series(&rule.site_id, &rule.metric, &rule.filters);
        let mut goals = self.goals.iter().filter(|goal| super::series_of(goal) == key);
        let link = goals.next().map_or("/alerts".to_owned(), |goal| format!("/goals/{}", goal.id));
        let of = Watched {
            kind: "line",
            id: line.id.clone(),
            owners: Vec::new(),
            link,
            names: figure.clone(),
        };
        let named = named(&line.id, &figure[0], &metric);
        let grows = matches!(metric.combine, Combine::Sum) && matches!(rule.line, Line::Above(_));
        if grows {
            look.looked_at.push(start);
        }
        if daily {
            let days = self.days_of(&metric, LINE_PAST_DAYS).await?;
            if let Some(deviation) = threshold(named, &days, rule.line) {
                let mut finding = Finding::new(of, deviation, figure);
                finding.why = self.why_crossed(&metric, &days, &finding.deviation, look).await?;
                look.findings.push(finding);
                return Ok(());
            }
        }
        if grows && self.settings.hourly {
            // With the days before: what lasts did not begin today.
            let today = self.site.today();
            let from = back(today, LASTING_DAYS);
            let days = self.measuring.days(&metric.subject, from, today).await?;
            if let Some(deviation) = threshold(named, &filled(&days, from, today), rule.line) {
                let mut finding = Finding::new(of, deviation, figure);
                if !self.is_told(&finding).await? {
                    let until = self.clock().hour();
                    let hours = Hours { until, hours: until };
                    finding.why = self.why_in_hours(&metric, hours, None, look).await?;
                }
                // The day tells the rest when it is over.
                finding.whole_days = false;
                look.findings.push(finding);
            }
        }
        Ok(())
    }

    /// What moved a figure in the newest days in which it was beyond its line.
    async fn why_crossed(
        &self,
        metric: &Resolved,
        days: &[DayValue],
        deviation: &Deviation,
        look: &mut Look,
    ) -> Result<Why, MeasureError> {
        if !look.explains(MOST_EXPLAINED) {
            return Ok(Why::Unknown);
        }
        let from = deviation.since.max(back(deviation.day, LINE_DAYS - 1));
        let found = self.measuring.drivers(metric, days, from, deviation.day).await?;
        Ok(found_why(found, metric))
    }

    /// What moved a sum in some hours of today. `total` are the same hours of each day, where they are read already.
    async fn why_in_hours(
        &self,
        metric: &Resolved,
        hours: Hours,
        total: Option<&[DayValue]>,
        look: &mut Look,
    ) -> Result<Why, MeasureError> {
        if hours.hours < 1 || !look.explains(MOST_EXPLAINED) {
            return Ok(Why::Unknown);
        }
        let today = self.site.today();
        let read = match total {
            Some(_) => None,
            None => {
                let span = (back(today, HOURS_PAST_DAYS).max(self.first_day()), today);
                self.measuring.same_hours(&metric.subject, hours, span).await?
            }
        };
        let Some(total) = total.or(read.as_deref()) else { return Ok(Why::Unknown) };
        let found = self.measuring.drivers_in_hours(metric, total, hours, today).await?;
        Ok(found_why(found, metric))
    }

    /// Whether people were told of a deviation, and it lasts.
    async fn is_told(&self, finding: &Finding) -> Result<bool, MeasureError> {
        let key = finding.deviation.key();
        let known = self.measuring.store.newest_incidents(&self.site.site.workspace_id).await?;
        Ok(known.iter().any(|one| {
            one.known.key == key
                && one.known.told_at.is_some()
                && !matches!(one.known.state, State::Resolved { .. })
        }))
    }

    fn clock(&self) -> Time {
        let context = &self.site.context;
        context.now.to_zoned(context.time_zone.clone()).time()
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

    /// The newest hours of fast series, against the same hours of the days before.
    pub(super) async fn hours(&self, until: i8, look: &mut Look) -> Result<(), MeasureError> {
        let today = self.site.today();
        let from = back(today, HOURS_PAST_DAYS).max(self.first_day().saturating_add(1.day()));
        if from >= today {
            return Ok(());
        }
        let span = (from, today);
        if self.is_quiet(until, today).await? {
            look.findings.extend(self.silent_hours(until, span).await?);
            return Ok(());
        }
        let window = Hours { until, hours: HOURS };
        let (counted, _) = self.measuring.counted(self.site, self.goals).await?;
        let mut fast = Vec::new();
        for one in counted.iter().filter(|one| matches!(one.metric.combine, Combine::Sum)) {
            let hours = self.measuring.same_hours(&one.metric.subject, window, span).await?;
            let Some(hours) = hours else { continue };
            let size = hours.iter().map(|day| day.numerator).sum::<f64>() / hours.len() as f64;
            if size >= LEAST_IN_HOURS {
                fast.push((size, one, hours));
            }
        }
        fast.sort_by(|(one, ..), (other, ..)| other.total_cmp(one));
        fast.truncate(MOST_BY_HOUR);
        // And the site's own silence.
        let budget = by_hour(self.settings, fast.len() + 1, self.elsewhere);
        for (_, counted, hours) in fast {
            let named = counted.named(&counted.key);
            if let Ok(Some(deviation)) = hourly(named, &hours, until, &self.known_causes, &budget) {
                let mut finding =
                    Finding::new(counted.watched(), deviation, counted.figure.clone());
                if !self.is_told(&finding).await? {
                    let total = Some(hours.as_slice());
                    finding.why = self.why_in_hours(&counted.metric, window, total, look).await?;
                }
                finding.also.extend(goals_line(counted));
                finding.whole_days = false;
                look.findings.push(finding);
            }
        }
        Ok(())
    }

    /// Whether the site had no event at all in the newest hours: then no single figure is looked at.
    async fn is_quiet(&self, until: i8, today: Date) -> Result<bool, MeasureError> {
        let metric = self.measuring.resolve(self.site, "events", &[]).await?;
        let span = (today, today);
        let hours = self
            .measuring
            .same_hours(&metric.subject, Hours { until, hours: QUIET_HOURS }, span)
            .await?;
        Ok(hours.is_some_and(|hours| hours.iter().all(|day| day.numerator == 0.0)))
    }

    /// A busy site that fell silent: one matter, whatever is counted on it.
    async fn silent_hours(
        &self,
        until: i8,
        span: (Date, Date),
    ) -> Result<Option<Finding>, MeasureError> {
        let metric = self.measuring.resolve(self.site, "events", &[]).await?;
        let hours =
            self.measuring.same_hours(&metric.subject, Hours { until, hours: HOURS }, span).await?;
        let of = self.whole_site();
        let (counted, _) = self.measuring.counted(self.site, self.goals).await?;
        let own = LookedAt::most(&counted).by_hour;
        let budget = by_hour(self.settings, own, self.elsewhere);
        let figure = figure_names(&metric, &[]);
        let named = named(&of.id, &figure[0], &metric);
        let found = hourly(named, &hours.unwrap_or_default(), until, &self.known_causes, &budget);
        let Ok(Some(mut deviation)) = found else { return Ok(None) };
        deviation.cause = Cause::DataStopped;
        deviation.detail = String::new();
        let names = self.names_of_running();
        let mut finding = Finding::new(of, deviation, figure);
        finding.also.extend((!names.is_empty()).then(|| concerned(&names)));
        finding.whole_days = false;
        Ok(Some(finding))
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
        for dimension in DIMENSIONS {
            let subject = &metric.subject;
            match self.measuring.slices(subject, dimension, from, to, WATCHED_VALUES).await {
                Ok(divided) => dimensions.push(divided),
                Err(MeasureError::Invalid(_)) => {}
                Err(error) => return Err(error),
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_sites_of_a_workspace_share_one_budget() {
        let settings =
            AlertSettings { budget_month: 2.0, hourly: true, ..AlertSettings::default() };
        let sites = [(24, 5), (10, 2), (1, 1), (90, 11)]
            .map(|(by_day, by_hour)| LookedAt { by_day, by_hour });
        let all = sites.into_iter().fold(LookedAt::default(), Add::add);
        let mut a_year = 0.0;
        for site in sites {
            let others =
                LookedAt { by_day: all.by_day - site.by_day, by_hour: all.by_hour - site.by_hour };
            let days = by_day(&settings, site.by_day, others).a_year_each();
            let hours = by_hour(&settings, site.by_hour, others).a_year_each();
            a_year += days * site.by_day as f64 + hours * site.by_hour as f64;
        }
        assert!((a_year - 24.0).abs() < 1e-9, "two a month, not two for each site: {a_year}");
    }
}
