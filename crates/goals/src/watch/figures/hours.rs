//! The newest hours of fast series, and a busy site that falls silent.

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use luotsi_marketing::alert::{Cause, HOURS, State, hourly};
use luotsi_marketing::metric::{Combine, DayValue};

use super::budget::{LEAST_IN_HOURS, LookedAt, MOST_BY_HOUR, by_hour};
use super::{Figures, MOST_EXPLAINED, back, found_why, goals_line};
use crate::measure::{Hours, MeasureError, Resolved};
use crate::watch::Look;
use crate::watch::finding::{Finding, Why, concerned};
use crate::watch::series::{figure_names, named};

/// Days whose same hours are learned from.
const HOURS_PAST_DAYS: i64 = 84;

/// Hours without any event after which one looks whether the site fell silent.
const QUIET_HOURS: i8 = 2;

impl Figures<'_> {
    /// The newest hours of fast series, against the same hours of the days before.
    pub(in crate::watch) async fn hours(
        &self,
        until: i8,
        look: &mut Look,
    ) -> Result<(), MeasureError> {
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

    /// What moved a sum in some hours of today. `total` are the same hours of each day, where they are read already.
    pub(super) async fn why_in_hours(
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
    pub(super) async fn is_told(&self, finding: &Finding) -> Result<bool, MeasureError> {
        let key = finding.deviation.key();
        let known = self.measuring.store.newest_incidents(&self.site.site.workspace_id).await?;
        Ok(known.iter().any(|one| {
            one.known.key == key
                && one.known.told_at.is_some()
                && !matches!(one.known.state, State::Resolved { .. })
        }))
    }

    pub(super) fn clock(&self) -> Time {
        let context = &self.site.context;
        context.now.to_zoned(context.time_zone.clone()).time()
    }
}
