//! Goals as they are answered.

use luotsi_marketing::goal::{Check, Locale, Plan, Progress, sentence};
use luotsi_store::goal::Goal;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::draft::{Draft, WordsBody};
use super::figures::{self, Past};
use crate::error::ApiError;
use crate::measure::MeasureError;
use crate::state::App;

#[derive(Serialize, ToSchema)]
pub(super) struct GoalBody {
    id: String,
    /// Grows with each write.
    version: i64,
    name: String,
    /// The goal in the asker's language.
    sentence: String,
    site_id: String,
    metric: String,
    filters: Value,
    /// `total` (added up from the start) or `level` (where it stands).
    kind: &'static str,
    baseline_value: f64,
    baseline_from: String,
    baseline_to: String,
    /// `absolute` or `percent`.
    target_kind: &'static str,
    target_input: f64,
    target_value: f64,
    start_date: String,
    deadline: String,
    owner_id: Option<String>,
    objective_id: Option<String>,
    words: WordsBody,
    /// For metrics that are money.
    currency: Option<String>,
    progress: ProgressBody,
    path: Vec<PathPoint>,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize, ToSchema)]
struct ProgressBody {
    /// `not_started`, `on_track`, `behind`, `ahead`, `reached` or `missed`.
    status: &'static str,
    /// `null` before the start, and for a level without figures.
    actual: Option<f64>,
    expected: f64,
    /// How much of the way is behind; 1 at the target.
    progress_share: f64,
    expected_share: f64,
    days_left: i64,
    days_total: i64,
    as_of: String,
    /// Why it could not be measured, when it could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

/// A day of the goal: the value at its end. Of a level, `actual` is that day's own value.
#[derive(Serialize, ToSchema)]
struct PathPoint {
    date: String,
    expected: f64,
    actual: Option<f64>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct PreviewBody {
    sentence: String,
    /// `total` or `level`.
    kind: &'static str,
    baseline: BaselineBody,
    target_value: f64,
    currency: Option<String>,
    expected_path: Vec<ExpectedPoint>,
    checks: Vec<CheckBody>,
}

#[derive(Serialize, ToSchema)]
struct BaselineBody {
    /// For a total, what the goal's number of days bring at the old pace.
    value: f64,
    from: String,
    to: String,
    /// Days with figures; 0 when none had arrived.
    days: i64,
}

#[derive(Serialize, ToSchema)]
struct ExpectedPoint {
    date: String,
    value: f64,
}

#[derive(Serialize, ToSchema)]
struct CheckBody {
    /// `S`, `M`, `A`, `R` or `T`.
    letter: &'static str,
    code: &'static str,
    ok: bool,
    text: String,
}

/// A goal with its figures of now. A goal that cannot be measured any more says so.
pub(super) async fn of(app: &App, goal: Goal, locale: Locale) -> Result<GoalBody, ApiError> {
    let site = app.store().site(&goal.workspace_id, &goal.site_id).await?;
    let as_of = app.now().to_string();
    let (progress, actual) = match figures::standing(app, &site, &goal).await {
        Ok(standing) => (ProgressBody::new(standing.progress, as_of, None), standing.actual),
        Err(MeasureError::Invalid(invalid)) => {
            let clock = luotsi_marketing::goal::Clock::at(
                &app.now().to_zoned(crate::measure::time_zone(&site)?),
            );
            (
                ProgressBody::new(goal.plan.progress(None, clock), as_of, Some(invalid.message)),
                Vec::new(),
            )
        }
        Err(error) => return Err(error.into()),
    };
    let expected = goal.plan.expected_path().into_iter();
    let path = expected.map(|(date, expected)| PathPoint {
        date: date.to_string(),
        expected,
        actual: actual.iter().find(|(day, _)| *day == date).map(|(_, value)| *value),
    });
    Ok(GoalBody {
        path: path.collect(),
        sentence: sentence(
            locale,
            &goal.metric,
            &goal.filters,
            &goal.plan,
            goal.currency.as_deref(),
        ),
        id: goal.id,
        version: goal.version,
        name: goal.name,
        site_id: goal.site_id,
        metric: goal.metric,
        filters: goal.filters,
        kind: goal.plan.kind.as_str(),
        baseline_value: goal.plan.baseline.value,
        baseline_from: goal.plan.baseline.from.to_string(),
        baseline_to: goal.plan.baseline.to.to_string(),
        target_kind: goal.plan.target_kind.as_str(),
        target_input: goal.plan.target_input,
        target_value: goal.plan.target_value,
        start_date: goal.plan.start.to_string(),
        deadline: goal.plan.deadline.to_string(),
        owner_id: goal.owner_id,
        objective_id: goal.objective_id,
        words: goal.words.into(),
        currency: goal.currency,
        progress,
        created_at: goal.created_at.to_string(),
        updated_at: goal.updated_at.to_string(),
    })
}

impl ProgressBody {
    fn new(progress: Progress, as_of: String, trouble: Option<String>) -> Self {
        Self {
            status: progress.status.as_str(),
            actual: progress.actual,
            expected: progress.expected,
            progress_share: progress.progress_share,
            expected_share: progress.expected_share,
            days_left: progress.days_left,
            days_total: progress.days_total,
            as_of,
            trouble,
        }
    }
}

impl PreviewBody {
    pub(super) fn new(
        draft: &Draft,
        plan: &Plan,
        past: &Past,
        findings: Vec<Check>,
        locale: Locale,
    ) -> Self {
        let path = plan.expected_path().into_iter();
        let checks = findings.into_iter().map(|check| CheckBody {
            letter: check.letter.as_str(),
            code: check.code,
            ok: check.ok,
            text: check.text,
        });
        Self {
            sentence: sentence(
                locale,
                &draft.metric,
                &draft.filters,
                plan,
                draft.currency.as_deref(),
            ),
            kind: plan.kind.as_str(),
            baseline: BaselineBody {
                value: plan.baseline.value,
                from: plan.baseline.from.to_string(),
                to: plan.baseline.to.to_string(),
                days: past.window.map_or(0, luotsi_marketing::goal::Window::days),
            },
            target_value: plan.target_value,
            currency: draft.currency.clone(),
            expected_path: path
                .map(|(date, value)| ExpectedPoint { date: date.to_string(), value })
                .collect(),
            checks: checks.collect(),
        }
    }
}
