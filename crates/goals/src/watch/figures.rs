//! What is looked at on a site: the figures of goals and their main segments, lines, and whether data arrives.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use luotsi_marketing::alert::{Budget, Cause, Line, Named, data_stopped, statistical, threshold};
use luotsi_marketing::goal::Locale;
use luotsi_marketing::goal::drivers::{Dimension, drivers};
use luotsi_marketing::goal::wording::Writing;
use luotsi_marketing::metric::{Combine, DayValue};
use luotsi_notify::compose::LOCALES;
use luotsi_store::alert::{AlertLine, AlertSettings};
use luotsi_store::goal::Goal;
use serde_json::Value;

use super::{Finding, Look, Watched};
use crate::measure::{MeasureError, Measuring, Resolved, SiteContext};

/// Days that are learned from.
const PAST_DAYS: i64 = 200;

/// Days in which one looks for data that stopped.
const ARRIVAL_DAYS: i64 = 60;

/// Days with data before a site is held to be one from which data comes.
const LEAST_ARRIVALS: usize = 7;

/// Dimensions whose largest values are watched, and their names.
const DIMENSIONS: [(&str, [&str; 3]); 3] = [
    ("visit:channel", ["channel", "kanava", "کانال"]),
    ("visit:country_name", ["country", "maa", "کشور"]),
    ("visit:device", ["device", "laite", "دستگاه"]),
];

/// Values of each dimension that are watched, and among which causes are looked for.
const WATCHED_VALUES: usize = 3;
const DRIVER_VALUES: usize = 8;

/// What a dimension is called.
pub(super) fn dimension_name(dimension: &str, locale: Locale) -> &str {
    let known = DIMENSIONS.iter().find(|(name, _)| *name == dimension);
    known.map_or(dimension, |(_, names)| names[locale as usize])
}

/// A site to be looked at.
pub(super) struct Figures<'a> {
    pub(super) measuring: &'a Measuring<'a>,
    pub(super) site: &'a Arc<SiteContext>,
    pub(super) settings: &'a AlertSettings,
    /// Whether whole days are looked at, or only what today already says.
    pub(super) daily: bool,
}

/// A goal's figures: the whole, and the parts of each dimension.
struct Measured {
    goal: Goal,
    metric: Resolved,
    days: Vec<DayValue>,
    dimensions: Vec<Dimension>,
}

impl Figures<'_> {
    pub(super) async fn look(&self, workspace: &str) -> Result<Look, MeasureError> {
        let mut look = Look::default();
        for line in self.measuring.store.alert_lines(workspace).await? {
            if line.line.site_id == self.site.site.id {
                self.line(&line, &mut look).await?;
            }
        }
        if self.daily {
            self.arrivals(&mut look).await?;
            self.goals(workspace, &mut look).await?;
        }
        Ok(look)
    }

    fn yesterday(&self) -> Date {
        self.site.today().saturating_sub(1.day())
    }

    /// A line is held against the newest whole day, and one that should not be exceeded against today as well:
    /// a sum only grows.
    async fn line(&self, line: &AlertLine, look: &mut Look) -> Result<(), MeasureError> {
        let rule = &line.line;
        let filters = list(&rule.filters);
        let metric = match self.measuring.resolve(self.site, &rule.metric, &filters).await {
            Ok(metric) => metric,
            Err(error) => {
                tracing::warn!(%error, line = line.id, "a line cannot be watched");
                return Ok(());
            }
        };
        let of = Watched {
            kind: "line",
            id: line.id.clone(),
            owner: None,
            link: "/alerts".to_owned(),
            names: LOCALES.map(|locale| metric.name(locale).to_owned()),
        };
        let days = self.days(&metric, ARRIVAL_DAYS).await?;
        let named = named(&of, &metric);
        let mut found = if self.daily { threshold(named, &days, rule.line) } else { None };
        let grows = matches!(metric.combine, Combine::Sum) && matches!(rule.line, Line::Above(_));
        if grows && self.settings.hourly && found.is_none() {
            let today = self.site.today();
            let far = self.measuring.days(&metric.subject, today, today).await?;
            found = threshold(named, &far, rule.line);
        }
        if self.daily || grows {
            look.looked_at.push(format!("{}/{}/", Cause::Threshold.as_str(), of.id));
        }
        if let Some(deviation) = found {
            look.findings.push(Finding {
                figure: of.names.clone(),
                of,
                deviation,
                writing: writing(&metric),
                drivers: None,
            });
        }
        Ok(())
    }

    /// Whether events still arrive.
    async fn arrivals(&self, look: &mut Look) -> Result<(), MeasureError> {
        let metric = self.measuring.resolve(self.site, "events", &[]).await?;
        let (from, to) = (back(self.site.today(), ARRIVAL_DAYS), self.yesterday());
        let days = self.measuring.days(&metric.subject, from, to).await?;
        let arrived: Vec<Date> =
            days.iter().filter(|day| day.numerator > 0.0).map(|day| day.day).collect();
        let name = self.site.site.name.clone();
        let of = Watched {
            kind: "site",
            id: self.site.site.id.clone(),
            owner: None,
            link: "/alerts".to_owned(),
            names: [name.clone(), name.clone(), name],
        };
        look.looked_at.push(format!("{}/{}/", Cause::DataStopped.as_str(), of.id));
        if arrived.len() < LEAST_ARRIVALS {
            return Ok(());
        }
        if let Some(deviation) = data_stopped(named(&of, &metric), &arrived, self.site.today()) {
            look.findings.push(Finding {
                figure: of.names.clone(),
                of,
                deviation,
                writing: writing(&metric),
                drivers: None,
            });
        }
        Ok(())
    }

    /// Goals that run now, and the largest segments of their figures. Goals that count the same are one series.
    async fn goals(&self, workspace: &str, look: &mut Look) -> Result<(), MeasureError> {
        let today = self.site.today();
        let mut by_definition: BTreeMap<String, Measured> = BTreeMap::new();
        for goal in self.measuring.store.goals(workspace).await? {
            let running = goal.fields.plan.start <= today && today <= goal.fields.plan.deadline;
            if goal.fields.site_id != self.site.site.id || !running {
                continue;
            }
            let filters = list(&goal.fields.filters);
            let metric =
                match self.measuring.resolve(self.site, &goal.fields.metric, &filters).await {
                    Ok(metric) => metric,
                    Err(error) => {
                        tracing::warn!(%error, goal = goal.id, "a goal cannot be watched");
                        continue;
                    }
                };
            let definition = metric.subject.definition();
            if metric.observed() || by_definition.contains_key(&definition) {
                continue;
            }
            let days = self.days(&metric, PAST_DAYS).await?;
            let dimensions = self.dimensions(&metric).await?;
            by_definition.insert(definition, Measured { goal, metric, days, dimensions });
        }
        let series = by_definition.values().map(|one| 1 + segments(one).count()).sum();
        let budget = Budget { a_month: self.settings.budget_month, ..Budget::usual(series) };
        for measured in by_definition.values() {
            judge(measured, &budget, look);
        }
        Ok(())
    }

    /// A metric's whole days, with zeros where events are counted and none came.
    async fn days(&self, metric: &Resolved, past: i64) -> Result<Vec<DayValue>, MeasureError> {
        let first = self.site.first_day().unwrap_or(self.site.today());
        let (from, to) = (back(self.site.today(), past).max(first), self.yesterday());
        if from > to {
            return Ok(Vec::new());
        }
        let days = self.measuring.days(&metric.subject, from, to).await?;
        let counts = matches!(metric.combine, Combine::Sum | Combine::Whole) && !metric.observed();
        Ok(if counts { filled(&days, from, to) } else { days })
    }

    /// The parts of a metric; none where it cannot be divided so.
    async fn dimensions(&self, metric: &Resolved) -> Result<Vec<Dimension>, MeasureError> {
        let first = self.site.first_day().unwrap_or(self.site.today());
        let (from, to) = (back(self.site.today(), PAST_DAYS).max(first), self.yesterday());
        let mut dimensions = Vec::new();
        if from > to {
            return Ok(dimensions);
        }
        for (dimension, _) in DIMENSIONS {
            let subject = &metric.subject;
            match self.measuring.slices(subject, dimension, from, to, DRIVER_VALUES).await {
                Ok(divided) => dimensions.push(divided),
                Err(MeasureError::Invalid(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(dimensions)
    }
}

/// Judges a goal's figures and those of its segments.
fn judge(measured: &Measured, budget: &Budget, look: &mut Look) {
    let Measured { goal, metric, days, dimensions } = measured;
    let watched = |id: String| Watched {
        kind: "goal",
        id,
        owner: goal.fields.owner_id.clone(),
        link: format!("/goals/{}", goal.id),
        names: [goal.fields.name.clone(), goal.fields.name.clone(), goal.fields.name.clone()],
    };
    let whole = (watched(goal.id.clone()), LOCALES.map(|locale| metric.name(locale).to_owned()));
    let parts = segments(measured).map(|(dimension, value, part)| {
        let key = format!("{}:{dimension}={value}", goal.id);
        let figure = LOCALES.map(|locale| format!("{} ({value})", metric.name(locale)));
        (key, figure, part)
    });
    let all = std::iter::once((goal.id.clone(), whole.1, days.clone()));
    for (key, figure, part) in all.chain(parts) {
        let is_whole = key == goal.id;
        let rest = (!is_whole).then(|| less(days, &part));
        let of = watched(goal.id.clone());
        let named = Named {
            subject: &key,
            name: &figure[0],
            writing: writing(metric),
            better: metric.better,
        };
        look.looked_at.push(format!("{}/{key}/", Cause::Statistical.as_str()));
        match statistical(named, &part, rest.as_deref(), &[], budget) {
            Ok(Some(deviation)) => {
                let ratio = match metric.combine {
                    Combine::Ratio { scale } => Some(scale),
                    _ => None,
                };
                let (since, day) = (deviation.since, deviation.day);
                let drivers = is_whole.then(|| drivers(days, dimensions, since, day, ratio));
                look.findings.push(Finding {
                    of,
                    deviation,
                    figure,
                    writing: writing(metric),
                    drivers: drivers.flatten(),
                });
            }
            Ok(None) => {}
            // Too short a past, usually: judged when there is enough.
            Err(error) => tracing::debug!(%error, goal = goal.id, "not judged yet"),
        }
    }
}

/// The largest segments of a sum: dimension, value, days.
fn segments(measured: &Measured) -> impl Iterator<Item = (&str, &str, Vec<DayValue>)> {
    let adds_up = matches!(measured.metric.combine, Combine::Sum);
    let range = measured.days.first().zip(measured.days.last()).map(|(a, b)| (a.day, b.day));
    measured.dimensions.iter().filter(move |_| adds_up).flat_map(move |dimension| {
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

fn list(filters: &Value) -> Vec<Value> {
    filters.as_array().cloned().unwrap_or_default()
}

fn writing(metric: &Resolved) -> Writing {
    Writing { nature: metric.nature, currency: metric.unit.currency() }
}

fn named<'a>(of: &'a Watched, metric: &Resolved) -> Named<'a> {
    Named { subject: &of.id, name: &of.names[0], writing: writing(metric), better: metric.better }
}
