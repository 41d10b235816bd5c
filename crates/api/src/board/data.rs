//! What a tile shows: figures, a course, rows, steps or a goal, always answered from the tile as it is kept.

use std::collections::HashMap;

use jiff::Timestamp;
use luotsi_lake::query::Row;
use luotsi_marketing::board::{TileKind, funnel_shares};
use luotsi_marketing::goal::Locale;
use luotsi_marketing::query::{Dimension, MetricValue};
use serde::Serialize;
use utoipa::ToSchema;

use super::daily;
use super::figures::{Counted, Days, Place, Way, same_events, shown, without_rows};
use super::tile::TileBody;
use crate::error::ApiError;
use crate::goal;
use crate::goal::body::GoalDetail;
use crate::goal::kept::GoalPathPoint;
use crate::goal::word::{GoalStatus, UnitKind};
use crate::state::App;

/// A tile's figures. Which parts are filled depends on its kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TileData {
    /// `number`, `trend`, `pace`, `breakdown`, `table`, `funnel` or `note`.
    kind: &'static str,
    as_of: String,
    /// The days that are shown, in the site's time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<TileDays>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<TileDays>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<TileMetric>,
    /// The metric over all days: number, trend.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<TileFigure>,
    /// The course: trend.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    points: Vec<TilePoint>,
    /// `hour`, `day`, `week` or `month`: trend.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<&'static str>,
    /// Breakdown and table.
    #[serde(skip_serializing_if = "Option::is_none")]
    dimension: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rows: Vec<TileRow>,
    /// Funnel.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<FunnelFigure>,
    /// Pace.
    #[serde(skip_serializing_if = "Option::is_none")]
    goal: Option<TileGoal>,
}

/// The first and the last day.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct TileDays {
    from: String,
    to: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TileMetric {
    pub(super) key: String,
    /// In the asker's language.
    pub(super) name: String,
    /// `count`, `share` (percent), `money`, `duration` (seconds), `ratio`, `rank` or `score`.
    pub(super) unit: &'static str,
    /// `more` or `less`.
    pub(super) better: &'static str,
    pub(super) currency: Option<String>,
    /// A change is in `percent` of what was before, or in percentage `points`.
    pub(super) change_in: &'static str,
}

/// A figure beside what was before.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TileFigure {
    /// `null`: there was nothing to measure.
    pub(super) value: Option<f64>,
    pub(super) before: Option<f64>,
    pub(super) change: Option<f64>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TilePoint {
    /// When it begins, in the site's time zone: `2026-03-21` or `2026-03-21 13:00:00`.
    pub(super) at: String,
    /// `null`: nothing to measure, or not yet.
    pub(super) value: Option<f64>,
    pub(super) before: Option<f64>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct TileRow {
    /// The dimension's value.
    name: String,
    /// A figure for each metric.
    figures: Vec<TileFigure>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct FunnelFigure {
    name: String,
    visitors: u64,
    /// Of those who took the first step, 0 to 1.
    of_first: Option<f64>,
    /// Of those who took the step before, 0 to 1.
    of_previous: Option<f64>,
}

/// A goal as a board shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct TileGoal {
    name: String,
    sentence: String,
    status: GoalStatus,
    unit: UnitKind,
    currency: Option<String>,
    actual: Option<f64>,
    expected: Option<f64>,
    target: Option<f64>,
    /// How much of the way is behind; 1 at the target.
    progress_share: Option<f64>,
    expected_share: Option<f64>,
    /// How likely the target is reached, 0 to 1; `null` where that is not computed.
    probability: Option<f64>,
    days_left: Option<i64>,
    deadline: String,
    path: Vec<TileGoalPoint>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct TileGoalPoint {
    date: String,
    expected: Option<f64>,
    actual: Option<f64>,
}

impl TileData {
    fn of(kind: TileKind, now: Timestamp) -> Self {
        Self {
            kind: kind.as_str(),
            as_of: now.to_string(),
            days: None,
            compared: None,
            metrics: Vec::new(),
            total: None,
            points: Vec::new(),
            interval: None,
            dimension: None,
            rows: Vec::new(),
            steps: Vec::new(),
            goal: None,
        }
    }
}

/// Who asks for figures, and about which days.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) workspace: &'a str,
    pub(crate) days: Days,
    pub(crate) locale: Locale,
}

/// Answers a tile.
pub(crate) async fn answer(
    app: &App,
    asked: Asked<'_>,
    tile: &TileBody,
) -> Result<TileData, ApiError> {
    let mut data = TileData::of(tile.kind(), app.now());
    match tile.kind() {
        TileKind::Note => return Ok(data),
        TileKind::Pace => {
            let goal = tile.goal_id.as_deref().unwrap_or_default();
            let goal = goal::shown(app, asked.workspace, goal, asked.locale).await?;
            data.goal = Some(goal.into());
            return Ok(data);
        }
        _ => {}
    }
    let site = tile.site_id.as_deref().unwrap_or_default();
    let place = Place::of(app, asked.workspace, site).await?;
    let (from, to) = place.days(asked.days);
    let body = |(from, to): (jiff::civil::Date, jiff::civil::Date)| TileDays {
        from: from.to_string(),
        to: to.to_string(),
    };
    data.days = Some(body((from, to)));
    if tile.kind() == TileKind::Funnel {
        data.steps = funnel(app, &place, tile, asked.days).await?;
        return Ok(data);
    }
    data.compared = asked.days.compare.days(asked.days.period, from, to).map(body);
    let mut counted = Vec::new();
    for key in tile.metric.iter().chain(&tile.metrics) {
        counted.push(place.counted(app, key, &tile.filters, asked.locale).await?);
    }
    data.metrics = counted.iter().map(|one| one.body.clone()).collect();
    match tile.kind() {
        TileKind::Breakdown | TileKind::Table => {
            data.rows = rows(app, &place, tile, &counted, asked.days).await?;
            data.dimension.clone_from(&tile.dimension);
        }
        kind => {
            let Some(metric) = counted.first() else { return Ok(data) };
            data.total = Some(total(app, &place, metric, asked.days).await?);
            if kind == TileKind::Trend {
                let interval = match (&metric.way, asked.days.period.interval(place.today())) {
                    (Way::Days(_), "time:hour") => "time:day",
                    (_, interval) => interval,
                };
                data.points = points(app, &place, metric, interval, asked.days).await?;
                data.interval = interval.strip_prefix("time:");
            }
        }
    }
    Ok(data)
}

/// Whether a tile's figures can be asked for at all: the question is read, not answered.
pub(crate) async fn check(app: &App, asked: Asked<'_>, tile: &TileBody) -> Result<(), ApiError> {
    match tile.kind() {
        TileKind::Note => return Ok(()),
        TileKind::Pace => {
            let goal = tile.goal_id.as_deref().unwrap_or_default();
            let found = app.store().goal(asked.workspace, goal).await;
            return found.map(drop).map_err(|error| absent(error, "goal_id", "unknown_goal"));
        }
        _ => {}
    }
    let site = tile.site_id.as_deref().unwrap_or_default();
    let place = Place::of(app, asked.workspace, site).await.map_err(|error| match error {
        ApiError::Store(error) => absent(error, "site_id", "unknown_site"),
        other => other,
    })?;
    if tile.kind() == TileKind::Funnel {
        place.steps(&tile.steps)?;
        let visitors = place.counted(app, "visitors", &tile.filters, asked.locale).await?;
        return Ok(place.query(&[&visitors], None, 1, asked.days).map(drop)?);
    }
    let interval = asked.days.period.interval(place.today());
    let dimension = match tile.kind() {
        TileKind::Trend => Some(interval),
        _ => tile.dimension.as_deref(),
    };
    for (at, key) in tile.metric.iter().chain(&tile.metrics).enumerate() {
        let checked = async {
            let counted = place.counted(app, key, &tile.filters, asked.locale).await?;
            if let Way::Query { .. } = counted.way {
                place.query(&[&counted], dimension, 1, asked.days)?;
            } else if dimension.is_some_and(|word| Dimension::parse(word).is_none())
                && tile.dimension.is_some()
            {
                let detail = "one of the query API's dimensions, such as visit:channel";
                return Err(ApiError::field("dimension", "unknown_dimension", detail));
            }
            Ok(())
        };
        let checked: Result<(), ApiError> = checked.await;
        checked.map_err(|error| error.of_metric(tile.kind() == TileKind::Table, at))?;
    }
    Ok(())
}

fn absent(error: luotsi_store::StoreError, field: &str, code: &str) -> ApiError {
    match error {
        luotsi_store::StoreError::NotFound(what) => {
            ApiError::field(field, code, format!("the workspace has no such {what}"))
        }
        other => other.into(),
    }
}

async fn total(
    app: &App,
    place: &Place,
    metric: &Counted,
    days: Days,
) -> Result<TileFigure, ApiError> {
    if let Way::Days(resolved) = &metric.way {
        return Ok(daily::total(app, place, (metric, resolved), days).await?);
    }
    let result = place.ask(app, &[metric], None, 1, days).await?;
    let compares = days.compare.mode(days.period).is_some();
    let absent = TileFigure {
        value: without_rows(metric),
        before: without_rows(metric).filter(|_| compares),
        change: None,
    };
    Ok(result.rows.first().map_or(absent, |row| figure(metric, row, 0)))
}

fn figure(metric: &Counted, row: &Row, at: usize) -> TileFigure {
    let value = |values: &[MetricValue]| values.get(at).and_then(|value| shown(metric, *value));
    let before = row.comparison.as_ref();
    TileFigure {
        value: value(&row.metrics),
        before: before.and_then(|before| value(&before.metrics)),
        change: before.and_then(|before| before.change.get(at).copied().flatten()),
    }
}

/// Most points of a course.
const MOST_POINTS: usize = 1_000;

async fn points(
    app: &App,
    place: &Place,
    metric: &Counted,
    interval: &str,
    days: Days,
) -> Result<Vec<TilePoint>, ApiError> {
    if let Way::Days(resolved) = &metric.way {
        return Ok(daily::points(app, place, (metric, resolved), interval, days).await?);
    }
    let result = place.ask(app, &[metric], Some(interval), MOST_POINTS, days).await?;
    let context = &place.0.context;
    let now = context.now.to_zoned(context.time_zone.clone());
    let now = now.strftime("%Y-%m-%d %H:%M:%S").to_string();
    let by_label: HashMap<&str, &Row> = result
        .rows
        .iter()
        .filter_map(|row| Some((row.dimensions.first()?.as_str(), row)))
        .collect();
    let labels = result.time_labels.iter().map(String::as_str);
    let point = |label: &str| {
        let row = by_label.get(label);
        // Hours and days that are still to come are not zero: they are nothing yet.
        let value = match row {
            _ if label > now.as_str() => None,
            Some(row) => row.metrics.first().and_then(|value| shown(metric, *value)),
            None => without_rows(metric),
        };
        let before = row
            .and_then(|row| row.comparison.as_ref())
            .filter(|before| !before.dimensions.is_empty())
            .and_then(|before| shown(metric, *before.metrics.first()?));
        TilePoint { at: label.to_owned(), value, before }
    };
    Ok(labels.map(point).collect())
}

/// Rows that a metric of other events may have beyond those that are shown.
const MOST_ROWS: usize = 10_000;

/// The rows of the first metric, with what the others say about them.
async fn rows(
    app: &App,
    place: &Place,
    tile: &TileBody,
    counted: &[Counted],
    days: Days,
) -> Result<Vec<TileRow>, ApiError> {
    let Some(first) = counted.first() else { return Ok(Vec::new()) };
    let dimension = tile.dimension.as_deref().unwrap_or_default();
    let most = usize::from(tile.rows.unwrap_or(1));
    // What is of the same events is asked in one question.
    let mut groups: Vec<Vec<&Counted>> = Vec::new();
    for metric in counted {
        match groups.iter_mut().find(|group| same_events(group[0], metric)) {
            Some(group) => group.push(metric),
            None => groups.push(vec![metric]),
        }
    }
    let mut names: Vec<String> = Vec::new();
    let mut found: HashMap<(String, &str), TileFigure> = HashMap::new();
    for group in &groups {
        let is_first = std::ptr::eq(group[0], first);
        if let Way::Days(resolved) = &group[0].way {
            let rows = daily::rows(app, place, (group[0], resolved), dimension, days).await?;
            for (at, (name, figure)) in rows.into_iter().enumerate() {
                if is_first && at < most {
                    names.push(name.clone());
                }
                found.insert((name, group[0].body.key.as_str()), figure);
            }
            continue;
        }
        let limit = if is_first { most } else { MOST_ROWS };
        for row in place.ask(app, group, Some(dimension), limit, days).await?.rows {
            let name = row.dimensions.first().cloned().unwrap_or_default();
            if is_first {
                names.push(name.clone());
            }
            for (at, metric) in group.iter().enumerate() {
                found.insert((name.clone(), metric.body.key.as_str()), figure(metric, &row, at));
            }
        }
    }
    let row = |name: String| {
        let figures = counted.iter().map(|metric| {
            let absent = || TileFigure { value: without_rows(metric), before: None, change: None };
            found.get(&(name.clone(), metric.body.key.as_str())).cloned().unwrap_or_else(absent)
        });
        TileRow { figures: figures.collect(), name }
    };
    Ok(names.into_iter().map(row).collect())
}

async fn funnel(
    app: &App,
    place: &Place,
    tile: &TileBody,
    days: Days,
) -> Result<Vec<FunnelFigure>, ApiError> {
    let visitors = place.funnel(app, tile, days).await?;
    let shares = funnel_shares(&visitors);
    let steps = tile.steps.iter().zip(visitors).zip(shares);
    Ok(steps
        .map(|((step, visitors), (of_first, of_previous))| {
            let own = Some(&step.name).filter(|name| !name.is_empty());
            let name = own.or(step.conversion.as_ref()).or(step.page.as_ref());
            FunnelFigure {
                name: name.cloned().unwrap_or_default(),
                visitors,
                of_first,
                of_previous,
            }
        })
        .collect())
}

impl From<GoalDetail> for TileGoal {
    /// What a board shows of a goal's answer, and nothing else of it.
    fn from(goal: GoalDetail) -> Self {
        let GoalDetail { summary, path, .. } = goal;
        let point = |point: GoalPathPoint| TileGoalPoint {
            date: point.date,
            expected: Some(point.expected),
            actual: point.actual,
        };
        Self {
            name: summary.name,
            sentence: summary.sentence,
            status: summary.progress.status,
            unit: summary.unit.kind,
            currency: summary.unit.currency,
            actual: summary.progress.actual,
            expected: summary.progress.expected,
            target: Some(summary.target.value),
            progress_share: Some(summary.progress.progress_share),
            expected_share: Some(summary.progress.expected_share),
            probability: summary.probability,
            days_left: Some(summary.progress.days_left),
            deadline: summary.deadline,
            path: path.into_iter().map(point).collect(),
        }
    }
}
