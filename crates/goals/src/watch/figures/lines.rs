//! Lines that people drew: held against whole days, and against today where a sum only grows.

use luotsi_marketing::alert::{Cause, Deviation, Line, threshold};
use luotsi_marketing::metric::{Combine, DayValue};
use luotsi_store::alert::AlertLine;

use super::{Figures, MOST_EXPLAINED, back, filled, found_why};
use crate::measure::{Hours, MeasureError, Resolved};
use crate::watch::Look;
use crate::watch::finding::{Finding, Watched, Why};
use crate::watch::series::{figure_names, list, named, series};

/// Days before today in which one looks since when a line has been crossed.
const LASTING_DAYS: i64 = 30;

/// Days that a crossed line's message explains, the newest; and those that it takes to explain them.
const LINE_DAYS: i64 = 7;
const LINE_PAST_DAYS: i64 = 70;

impl Figures<'_> {
    /// A line is held against the newest whole day (`daily`), and one that should not be exceeded against today as
    /// well: a sum only grows.
    pub(in crate::watch) async fn lines(
        &self,
        daily: bool,
        look: &mut Look,
    ) -> Result<(), MeasureError> {
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
        let mut goals = self.goals.iter().filter(|goal| crate::watch::series_of(goal) == key);
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
}
