//! Milestones of a goal, by hand or cut from its path.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::civil::Date;
use luotsi_marketing::goal::milestone::{self, Cut, Milestone as Rule, State as Standing};
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::metric::Better;
use luotsi_marketing::objective::Health;
use luotsi_marketing::phrase::Phrase;
use luotsi_store::StoreError;
use luotsi_store::goal::Goal;
use luotsi_store::milestone::Milestone;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{GoalDetail, reached};
use super::draft::date;
use super::kept::GoalPathPoint;
use super::word::{MilestoneCut, MilestoneState};
use crate::auth::Editor;
use crate::body::{Body, Change};
use crate::error::{ApiError, Fields};
use crate::problem::Problem;
use crate::state::App;
use crate::user::LONGEST_NAME;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_milestone))
        .routes(routes!(cut))
        .routes(routes!(change_milestone, delete_milestone))
}

/// Most milestones of a goal.
const MOST: usize = 100;

/// A milestone.
#[derive(Deserialize, ToSchema)]
struct NewMilestone {
    name: String,
    /// Last day that counts.
    date: String,
    /// What the goal's number should be by then; null for one that is met by work alone.
    value: Option<f64>,
}

/// What is not given stays.
#[derive(Deserialize, ToSchema)]
struct MilestoneChanges {
    name: Option<String>,
    date: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    value: Change<f64>,
    /// The day on which a person marked it as met.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    met_on: Change<String>,
}

/// How a goal's time is cut.
#[derive(Deserialize, ToSchema)]
struct NewCut {
    /// `monthly`, `equal_gain` or `equal_time`.
    how: String,
    /// Stretches, 2 to 20, for the latter two.
    parts: Option<usize>,
}

/// A milestone with how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MilestoneBody {
    id: String,
    name: String,
    /// Last day that counts.
    date: String,
    /// What the goal's number should be by then, in the metric's unit; null for one that is met by work alone.
    #[schema(required)]
    value: Option<f64>,
    state: MilestoneState,
    cut: MilestoneCut,
    /// The day on which a person marked it as met.
    #[schema(required)]
    met_on: Option<String>,
}

impl MilestoneBody {
    fn new(one: &Milestone, state: Standing) -> Self {
        Self {
            id: one.id.clone(),
            name: one.rule.name.clone(),
            date: one.rule.due.to_string(),
            value: one.rule.value,
            state: state.into(),
            cut: if one.by_season { MilestoneCut::Season } else { MilestoneCut::Hand },
            met_on: one.rule.met_on.map(|day| day.to_string()),
        }
    }
}

/// What matters of a goal's milestones now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoalMilestones {
    all: usize,
    met: usize,
    /// The latest one that is decided, if it was missed: then the goal is at risk at best. Null when it was met.
    #[schema(required)]
    missed: Option<MilestoneBody>,
    /// The nearest one that is ahead.
    #[schema(required)]
    next: Option<MilestoneBody>,
}

/// A goal's milestones, each with how it stands.
#[derive(Default)]
pub(crate) struct Standings<'a>(Vec<(&'a Milestone, Standing)>);

impl<'a> Standings<'a> {
    /// `way` is how the goal counts and which direction is better, `reached` its number after each day that is over.
    pub(crate) fn of(
        milestones: impl IntoIterator<Item = &'a Milestone>,
        way: (Counting, Better),
        reached: &[(Date, f64)],
        today: Date,
    ) -> Self {
        let state = |one: &Milestone| milestone::state(&one.rule, way, reached, today);
        Self(milestones.into_iter().map(|one| (one, state(one))).collect())
    }

    fn places(&self) -> milestone::Outline {
        let all: Vec<_> = self.0.iter().map(|(one, state)| (one.rule.due, *state)).collect();
        milestone::outline(&all)
    }

    pub(super) fn outline(&self) -> GoalMilestones {
        let milestone::Outline { met, missed, next } = self.places();
        let body = |at: usize| self.0.get(at).map(|(one, state)| MilestoneBody::new(one, *state));
        let (missed, next) = (missed.and_then(body), next.and_then(body));
        GoalMilestones { all: self.0.len(), met, missed, next }
    }

    pub(super) fn bodies(&self) -> Vec<MilestoneBody> {
        self.0.iter().map(|(one, state)| MilestoneBody::new(one, *state)).collect()
    }

    /// Each milestone with what it means for the goal: done, missed without one that was met since, or nothing yet.
    pub(crate) fn healths(&self) -> impl Iterator<Item = (&'a Milestone, Health)> {
        let missed = self.places().missed;
        self.0.iter().enumerate().map(move |(at, (one, state))| {
            let health = match state {
                Standing::Met | Standing::MetLate => Health::Done,
                Standing::Missed if missed == Some(at) => Health::OffTrack,
                _ => Health::Unknown,
            };
            (*one, health)
        })
    }
}

/// The path alone of what is kept of a goal.
#[derive(Deserialize)]
struct KeptPath {
    path: Vec<GoalPathPoint>,
}

/// How the milestones of goals stand, by goal; goals without any are left out.
pub(crate) async fn standings<'a>(
    app: &App,
    workspace: &str,
    goals: &[Goal],
    milestones: &'a [Milestone],
) -> Result<HashMap<String, Standings<'a>>, ApiError> {
    let mut of_goal: HashMap<&str, Vec<&'a Milestone>> = HashMap::new();
    for one in milestones {
        of_goal.entry(one.goal_id.as_str()).or_default().push(one);
    }
    if of_goal.is_empty() {
        return Ok(HashMap::new());
    }
    let mut todays = HashMap::new();
    for site in app.store().sites(workspace).await? {
        if let Ok(zone) = crate::measure::time_zone(&site) {
            todays.insert(site.id, app.now().to_zoned(zone).date());
        }
    }
    let mut found = HashMap::with_capacity(of_goal.len());
    for goal in goals {
        let Some(own) = of_goal.remove(goal.id.as_str()) else { continue };
        let Some(today) = todays.get(&goal.fields.site_id) else { continue };
        let mut course = Vec::new();
        // What people mark needs no figures.
        if own.iter().any(|one| one.rule.value.is_some()) {
            let state = app.store().goal_state(workspace, &goal.id).await?;
            let kept = state.and_then(|state| serde_json::from_str::<KeptPath>(&state.state).ok());
            course = kept.map(|kept| reached(&kept.path)).unwrap_or_default();
        }
        let way = (goal.fields.plan.counting, goal.fields.plan.better);
        let standings = Standings::of(own, way, &course, *today);
        found.insert(goal.id.clone(), standings);
    }
    Ok(found)
}

fn check(
    name: &str,
    due: &str,
    value: Option<f64>,
) -> Result<(String, jiff::civil::Date), ApiError> {
    let mut fields = Fields::default();
    let name = fields.text("name", name, LONGEST_NAME);
    let due = fields.take("date", "invalid_date", date(due));
    if value.is_some_and(|value| !value.is_finite()) {
        fields.refuse("value", "not_a_number", "a number, or null");
    }
    fields.finish()?;
    due.map(|due| (name, due)).ok_or_else(|| ApiError::field("date", "invalid_date", "a date"))
}

/// Adds a milestone; answers the goal.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/goals/{id}/milestones", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path)), request_body = NewMilestone,
    responses((status = 201, body = GoalDetail), (status = 422, body = Problem))
)]
async fn create_milestone(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(new): Body<NewMilestone>,
) -> Result<(StatusCode, Json<GoalDetail>), ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    let (name, due) = check(&new.name, &new.date, new.value)?;
    if app.store().milestones(&editor.workspace, &id).await?.len() >= MOST {
        return Err(ApiError::field("body", "too_many", format!("at most {MOST} milestones")));
    }
    let rule = Rule { name, due, value: new.value, met_on: None };
    app.store().create_milestone(&editor.workspace, &id, (rule, false), app.now()).await?;
    editor.note(&app, "goal.milestone_added", &goal.fields.name, json!({"id": id})).await?;
    Ok((StatusCode::CREATED, Json(super::body::detail(&app, &goal, editor.locale()).await?)))
}

/// Cuts the goal's expected path into milestones, in place of those that were cut before; answers the goal.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/goals/{id}/milestones/cut", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path)), request_body = NewCut,
    responses((status = 201, body = GoalDetail), (status = 422, body = Problem))
)]
async fn cut(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(new): Body<NewCut>,
) -> Result<(StatusCode, Json<GoalDetail>), ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    let parts = new.parts.unwrap_or(4);
    if !(2..=20).contains(&parts) {
        return Err(ApiError::field("parts", "out_of_range", "2 to 20 stretches"));
    }
    let how = match new.how.as_str() {
        "monthly" => Cut::Monthly,
        "equal_gain" => Cut::EqualGain(parts),
        "equal_time" => Cut::EqualTime(parts),
        other => {
            let text = format!("`{other}` is none of: monthly, equal_gain, equal_time");
            return Err(ApiError::field("how", "unknown_cut", text));
        }
    };
    let locale = editor.locale();
    let detail = super::body::detail(&app, &goal, locale).await?;
    let path: Vec<_> = detail
        .path
        .iter()
        .filter_map(|point| Some((point.date.parse().ok()?, point.expected)))
        .collect();
    let points =
        milestone::cut(&path, how).map_err(|error| ApiError::field("how", "flat_path", error))?;
    app.store().delete_cut_milestones(&editor.workspace, &id).await?;
    for (due, value) in points {
        let name = Phrase::new("milestone_month").day("day", due).text(locale);
        let rule = Rule { name, due, value: Some(value), met_on: None };
        app.store().create_milestone(&editor.workspace, &id, (rule, true), app.now()).await?;
    }
    editor.note(&app, "goal.milestones_cut", &goal.fields.name, json!({"id": id})).await?;
    Ok((StatusCode::CREATED, Json(super::body::detail(&app, &goal, locale).await?)))
}

/// Changes a milestone; answers the goal.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/goals/{id}/milestones/{m}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path), ("m" = String, Path)),
    request_body = MilestoneChanges,
    responses((status = 200, body = GoalDetail), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn change_milestone(
    State(app): State<App>,
    editor: Editor,
    Path((_, id, m)): Path<(String, String, String)>,
    Body(changes): Body<MilestoneChanges>,
) -> Result<Json<GoalDetail>, ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    let all = app.store().milestones(&editor.workspace, &id).await?;
    let mut one =
        all.into_iter().find(|one| one.id == m).ok_or(StoreError::NotFound("milestone"))?;
    let value = changes.value.over(|| one.rule.value);
    let due = changes.date.unwrap_or_else(|| one.rule.due.to_string());
    let (name, due) = check(changes.name.as_deref().unwrap_or(&one.rule.name), &due, value)?;
    let met_on = match changes.met_on {
        Change::Keep => one.rule.met_on,
        Change::Set(None) => None,
        Change::Set(Some(day)) => {
            Some(date(&day).map_err(|error| ApiError::field("met_on", "invalid_date", error))?)
        }
    };
    one.rule = Rule { name, due, value, met_on };
    app.store().save_milestone(&editor.workspace, &one).await?;
    super::body::detail(&app, &goal, editor.locale()).await.map(Json)
}

/// Removes a milestone.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/goals/{id}/milestones/{m}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path), ("m" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn delete_milestone(
    State(app): State<App>,
    editor: Editor,
    Path((_, id, m)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    app.store().delete_milestone(&editor.workspace, &id, &m).await?;
    editor.note(&app, "goal.milestone_removed", &id, json!({"id": m})).await?;
    Ok(StatusCode::NO_CONTENT)
}
