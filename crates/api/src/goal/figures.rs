//! A goal's figures from the lake: what was before, and what is since.

use jiff::civil::Date;
use luotsi_marketing::goal::{
    Baseline, Clock, Kind, Progress, Weights, Window, baseline, baseline_window, history_window,
};
use luotsi_store::goal::Goal;
use luotsi_store::site::Site;
use serde_json::json;

use super::draft::Draft;
use crate::error::ApiError;
use crate::measure::{self, MeasureError, measure};
use crate::state::App;

/// What a site did before a goal.
pub(super) struct Past {
    /// The days that were measured; `None` when no events had arrived.
    pub(super) window: Option<Window>,
    pub(super) baseline: Baseline,
    pub(super) weights: Weights,
}

/// How a goal does.
pub(super) struct Standing {
    pub(super) progress: Progress,
    /// For each day of the goal so far: the sum since the start, or a level's value on that day.
    pub(super) actual: Vec<(Date, f64)>,
}

/// Measures what was before a draft's start.
pub(super) async fn past(app: &App, draft: &Draft) -> Result<Past, ApiError> {
    let Draft { site, metric, filters, kind, start, deadline, .. } = draft;
    let history = history_window(*kind, *start, *deadline, draft.today)?;
    let events = measure(app, site, "events", &json!([]), (history.from, history.to), true).await?;
    let window = baseline_window(history, &events);
    // Measured even without history: a wrong filter is refused either way.
    let days = window.unwrap_or(Window { from: history.to, to: history.to });
    let values =
        measure(app, site, metric, filters, (days.from, days.to), *kind == Kind::Total).await?;
    let goal_days = Window { from: *start, to: *deadline }.days();
    let (baseline, weights) = match kind {
        Kind::Total => baseline(days, goal_days, &values),
        Kind::Level => {
            let value = values.first().map_or(0.0, |(_, value)| *value);
            (Baseline { value, from: days.from, to: days.to }, Weights::EVEN)
        }
    };
    Ok(Past { window, baseline, weights })
}

/// Measures how a goal does now.
pub(super) async fn standing(
    app: &App,
    site: &Site,
    goal: &Goal,
) -> Result<Standing, MeasureError> {
    let plan = &goal.plan;
    let clock = Clock::at(&app.now().to_zoned(measure::time_zone(site)?));
    let Some(window) = plan.window_on(clock.today) else {
        return Ok(Standing { progress: plan.progress(None, clock), actual: Vec::new() });
    };
    let so_far = (plan.start, window.to);
    let daily = measure(app, site, &goal.metric, &goal.filters, so_far, true).await?;
    let (actual, path) = match plan.kind {
        Kind::Total => {
            let path = cumulated(plan.start, window.to, &daily);
            (path.last().map(|(_, value)| *value), path)
        }
        Kind::Level => {
            let days = (window.from, window.to);
            let now = measure(app, site, &goal.metric, &goal.filters, days, false).await?;
            // A ratio of nothing is 0 in the query language, which no goal has earned.
            let any = daily.iter().any(|(day, _)| *day >= window.from);
            (now.first().filter(|_| any).map(|(_, value)| *value), daily)
        }
    };
    Ok(Standing { progress: plan.progress(actual, clock), actual: path })
}

/// The sum since `from` at the end of each day up to `to`.
fn cumulated(from: Date, to: Date, daily: &[(Date, f64)]) -> Vec<(Date, f64)> {
    let mut sum = 0.0;
    let days = from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to);
    days.map(|day| {
        sum += daily.iter().filter(|(at, _)| *at == day).map(|(_, value)| value).sum::<f64>();
        (day, sum)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_without_events_keep_the_sum() {
        let day = |day| date(2026, 4, day);
        let daily = [(day(1), 5.0), (day(3), 2.0)];
        assert_eq!(
            cumulated(day(1), day(4), &daily),
            [(day(1), 5.0), (day(2), 5.0), (day(3), 7.0), (day(4), 7.0)]
        );
    }
}
