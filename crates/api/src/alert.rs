//! Alerts: what deviates, what people said about it, and how a workspace is watched.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use luotsi_goals::watch::{Depth, same_work, series, series_of};
use luotsi_marketing::alert::{Action, ActionError, State as Standing};
use luotsi_notify::compose::{Story, story, word};
use luotsi_store::StoreError;
use luotsi_store::alert::{AlertLine, Incident, States};
use luotsi_store::goal::Goal;
use luotsi_store::work::Work;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Access, Editor, Viewer};
use crate::body::Body;
use crate::error::ApiError;
use crate::problem::Problem;
use crate::state::App;

mod line;
mod settings;
mod silence;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(line::routes())
        .routes(routes!(alerts))
        .routes(routes!(alert))
        .routes(routes!(acknowledge))
        .routes(routes!(snooze))
        .routes(routes!(resolve))
        .routes(routes!(reopen))
        .merge(silence::routes())
        .merge(settings::routes())
        .routes(routes!(look))
}

const PAGE: u32 = 50;
const MOST_OF_GOAL: u32 = 500;
const LONGEST_NOTE: usize = 500;

#[derive(Serialize, ToSchema)]
struct AlertSubject {
    /// `goal`, `line`, `site`; `series`: the figures, or `work`: the work, that several goals may share.
    kind: String,
    id: String,
    name: String,
}

/// A goal that an alert is about.
#[derive(Serialize, ToSchema)]
struct AlertGoal {
    id: String,
    name: String,
}

/// What of a workspace alerts are about.
pub(crate) struct Subjects {
    goals: Vec<Goal>,
    lines: Vec<AlertLine>,
    work: Vec<Work>,
}

impl Subjects {
    pub(crate) async fn read(app: &App, workspace: &str) -> Result<Subjects, ApiError> {
        let store = app.store();
        let (goals, lines) = (store.goals(workspace).await?, store.alert_lines(workspace).await?);
        Ok(Subjects { goals, lines, work: store.all_work(workspace).await? })
    }

    /// Lines on the figures that a goal counts.
    fn lines_of(&self, goal: &Goal) -> impl Iterator<Item = &AlertLine> {
        let own = series_of(goal);
        self.lines.iter().filter(move |line| series_of_line(line) == own)
    }

    /// The names of a goal's work, as incidents know it.
    fn work_of(&self, goal: &Goal) -> impl Iterator<Item = String> {
        let own = self.work.iter().filter(|one| one.goal_id == goal.id);
        own.map(|one| same_work(&goal.fields.site_id, one))
    }

    /// The goals that an incident is about.
    fn goals_of(&self, incident: &Incident) -> Vec<&Goal> {
        let id = incident.subject.id.as_str();
        let figures = match incident.subject.kind.as_str() {
            "goal" => return self.goals.iter().filter(|goal| goal.id == id).collect(),
            "work" => {
                let shares = |goal: &&Goal| self.work_of(goal).any(|key| key == id);
                return self.goals.iter().filter(shares).collect();
            }
            "series" => Some(id.to_owned()),
            "line" => self.lines.iter().find(|line| line.id == id).map(series_of_line),
            _ => None,
        };
        self.goals.iter().filter(|goal| Some(series_of(goal)) == figures).collect()
    }

    /// The newest incidents of a goal: its own, of its figures, of the lines on them, and of its work, the latest
    /// first.
    pub(crate) async fn incidents(
        &self,
        app: &App,
        goal: &Goal,
    ) -> Result<Vec<Incident>, ApiError> {
        let (store, workspace) = (app.store(), goal.workspace_id.as_str());
        let mut found = store.incidents_of(workspace, "goal", &goal.id, MOST_OF_GOAL).await?;
        let own = series_of(goal);
        found.extend(store.incidents_of(workspace, "series", &own, MOST_OF_GOAL).await?);
        for line in self.lines_of(goal) {
            found.extend(store.incidents_of(workspace, "line", &line.id, MOST_OF_GOAL).await?);
        }
        let work: BTreeSet<String> = self.work_of(goal).collect();
        for key in work {
            found.extend(store.incidents_of(workspace, "work", &key, MOST_OF_GOAL).await?);
        }
        found.sort_by(|one, other| other.id.cmp(&one.id));
        Ok(found)
    }
}

fn series_of_line(line: &AlertLine) -> String {
    series(&line.line.site_id, &line.line.metric, &line.line.filters)
}

#[derive(Serialize, ToSchema)]
struct AlertBody {
    id: String,
    /// The same for every incident of one kind of deviation of one thing.
    key: String,
    /// `statistical`, `threshold`, `data_stopped`, `milestone_missed`, `probability_low` or `plan_stalled`.
    cause: &'static str,
    subject: AlertSubject,
    /// The goals that it is about; goals that count the same, or share work that rests, share an alert.
    goals: Vec<AlertGoal>,
    site_id: Option<String>,
    /// Good news are told, too.
    bad: bool,
    /// The first and the last day on which it was so.
    since: String,
    seen: String,
    /// `open`, `acknowledged`, `snoozed` or `resolved`.
    state: &'static str,
    /// What happened, in the asker's language.
    headline: String,
    /// Where the change sits.
    drivers: Vec<String>,
    /// What can be done about it.
    advice: Option<String>,
    /// The query API's filters of the most telling segment.
    filters: Value,
    /// When it was told; `null` while it is muted.
    told_at: Option<String>,
    acknowledged_by: Option<String>,
    snoozed_until: Option<String>,
    created_at: String,
}

impl AlertBody {
    fn new(incident: Incident, subjects: &Subjects, access: &Access) -> Self {
        let Story { title, body, advice, subject } = story(&incident.texts, word(access.locale()));
        let goals = subjects.goals_of(&incident).into_iter().map(|goal| {
            let name = Some(goal.fields.name.clone()).filter(|name| !name.is_empty());
            AlertGoal { id: goal.id.clone(), name: name.unwrap_or_else(|| subject.clone()) }
        });
        let goals = goals.collect();
        let known = incident.known;
        let (acknowledged_by, snoozed_until) = match &known.state {
            Standing::Acknowledged { by, .. } => (Some(by.clone()), None),
            Standing::Snoozed { until } => (None, Some(until.to_string())),
            Standing::Open | Standing::Resolved { .. } => (None, None),
        };
        Self {
            id: incident.id,
            key: known.key,
            cause: incident.cause.as_str(),
            subject: AlertSubject {
                kind: incident.subject.kind,
                id: incident.subject.id,
                name: subject,
            },
            goals,
            site_id: incident.subject.site_id,
            bad: incident.bad,
            since: known.since.to_string(),
            seen: known.seen.to_string(),
            state: known.state.as_str(),
            headline: title,
            drivers: body,
            advice,
            filters: incident.filters,
            told_at: known.told_at.map(|at| at.to_string()),
            acknowledged_by,
            snoozed_until,
            created_at: incident.created_at.to_string(),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct Alerts {
    items: Vec<AlertBody>,
    /// Where the next page begins; absent on the last.
    next_cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AlertsQuery {
    /// `current` (open, acknowledged and snoozed; the usual), `all`, or one state.
    state: Option<String>,
    /// Only of this goal; then there is one page.
    goal: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

fn is_among(states: States, standing: &Standing) -> bool {
    match standing {
        Standing::Open => states.open,
        Standing::Acknowledged { .. } => states.acknowledged,
        Standing::Snoozed { .. } => states.snoozed,
        Standing::Resolved { .. } => states.resolved,
    }
}

fn states(word: &str) -> Option<States> {
    let none = States { open: false, acknowledged: false, snoozed: false, resolved: false };
    Some(match word {
        "current" => States { open: true, acknowledged: true, snoozed: true, ..none },
        "all" => States { open: true, acknowledged: true, snoozed: true, resolved: true },
        "open" => States { open: true, ..none },
        "acknowledged" => States { acknowledged: true, ..none },
        "snoozed" => States { snoozed: true, ..none },
        "resolved" => States { resolved: true, ..none },
        _ => return None,
    })
}

/// What deviates, the latest first.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/alerts", tag = "alerts", params(("w" = String, Path), AlertsQuery),
    responses((status = 200, body = Alerts), (status = 422, body = Problem))
)]
async fn alerts(
    State(app): State<App>,
    viewer: Viewer,
    Query(query): Query<AlertsQuery>,
) -> Result<Json<Alerts>, ApiError> {
    let wanted = states(query.state.as_deref().unwrap_or("current")).ok_or_else(|| {
        let known = "current, all, open, acknowledged, snoozed or resolved";
        ApiError::field("state", "unknown_state", format!("this is not one of: {known}"))
    })?;
    let subjects = Subjects::read(&app, &viewer.workspace).await?;
    let (found, next_cursor) = if let Some(goal) = &query.goal {
        let goal = app.store().goal(&viewer.workspace, goal).await?;
        let mut found = subjects.incidents(&app, &goal).await?;
        found.retain(|one| is_among(wanted, &one.known.state));
        found.truncate(PAGE as usize);
        (found, None)
    } else {
        let cursor = query.cursor.as_deref();
        let mut found = app.store().incidents(&viewer.workspace, wanted, cursor, PAGE + 1).await?;
        let more = found.len() > PAGE as usize;
        found.truncate(PAGE as usize);
        let next_cursor = found.last().filter(|_| more).map(|one| one.id.clone());
        (found, next_cursor)
    };
    let items = found.into_iter().map(|one| AlertBody::new(one, &subjects, &viewer)).collect();
    Ok(Json(Alerts { items, next_cursor }))
}

/// One alert.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/alerts/{id}", tag = "alerts",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = AlertBody), (status = 404, body = Problem))
)]
async fn alert(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<AlertBody>, ApiError> {
    let found = app.store().incident(&viewer.workspace, &id).await?;
    let subjects = Subjects::read(&app, &viewer.workspace).await?;
    Ok(Json(AlertBody::new(found, &subjects, &viewer)))
}

fn refused(error: ActionError) -> ApiError {
    let field = if error == ActionError::Resolved { "state" } else { "until" };
    ApiError::field(field, error.code(), error)
}

/// Does what someone wants with an alert; again when the watcher wrote it in between.
async fn act(
    app: &App,
    editor: &Editor,
    id: &str,
    action: Action,
    word: &str,
) -> Result<Json<AlertBody>, ApiError> {
    const TRIES: usize = 3;
    for tried in 1.. {
        let mut found = app.store().incident(&editor.workspace, id).await?;
        found.known = found.known.act(action.clone(), app.now()).map_err(refused)?;
        match app.store().save_incident(&editor.workspace, &found, None, app.now()).await {
            Err(StoreError::Stale(_)) if tried < TRIES => {}
            Err(error) => return Err(error.into()),
            Ok(saved) => {
                let detail = json!({"id": id});
                editor.note(app, &format!("alert.{word}"), &saved.known.key, detail).await?;
                let subjects = Subjects::read(app, &editor.workspace).await?;
                return Ok(Json(AlertBody::new(saved, &subjects, editor)));
            }
        }
    }
    Err(StoreError::Stale("alert").into())
}

/// Says that someone sees to it: nothing more is sent while it lasts.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/alerts/{id}/acknowledge", tag = "alerts",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = AlertBody), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn acknowledge(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<AlertBody>, ApiError> {
    let action = Action::Acknowledge { by: editor.name() };
    act(&app, &editor, &id, action, "acknowledged").await
}

#[derive(Deserialize, ToSchema)]
struct Until {
    /// A time, as `2026-06-30T08:00:00Z`; at most 90 days from now.
    until: String,
}

/// Not now: it is told again when the time has come and it is still there.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/alerts/{id}/snooze", tag = "alerts",
    params(("w" = String, Path), ("id" = String, Path)), request_body = Until,
    responses((status = 200, body = AlertBody), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn snooze(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(body): Body<Until>,
) -> Result<Json<AlertBody>, ApiError> {
    let until: Timestamp = body.until.parse().map_err(|_| {
        ApiError::field("until", "not_a_time", "give a time as 2026-06-30T08:00:00Z")
    })?;
    act(&app, &editor, &id, Action::Snooze { until }, "snoozed").await
}

/// It is over.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/alerts/{id}/resolve", tag = "alerts",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = AlertBody), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn resolve(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<AlertBody>, ApiError> {
    act(&app, &editor, &id, Action::Resolve, "resolved").await
}

/// Back to open.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/alerts/{id}/reopen", tag = "alerts",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = AlertBody), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn reopen(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<AlertBody>, ApiError> {
    act(&app, &editor, &id, Action::Reopen, "reopened").await
}

#[derive(Serialize, ToSchema)]
struct Looked {
    /// Deviations that were found.
    found: usize,
    /// Messages that were written because of them.
    told: usize,
    /// Alerts that are over.
    over: usize,
}

/// Looks at everything that is watched, now.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/alerts/look", tag = "alerts", params(("w" = String, Path)),
    responses((status = 200, body = Looked))
)]
async fn look(State(app): State<App>, editor: Editor) -> Result<Json<Looked>, ApiError> {
    let mail = app.courier().mailer().is_some();
    let seen = app.measuring().watch(&editor.workspace, Depth::All, mail).await?;
    Ok(Json(Looked { found: seen.found, told: seen.told, over: seen.over }))
}
