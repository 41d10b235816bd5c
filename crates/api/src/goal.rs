//! SMART goals: keeping them, and answering how they do.

pub(crate) mod body;
pub(crate) mod campaigns;
pub(crate) mod draft;
pub(crate) mod entry;
pub(crate) mod kept;
pub(crate) mod milestone;
mod read;
mod resource;
mod review;
pub(crate) mod word;
mod work;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use luotsi_goals::run::{Asked, Work};
use luotsi_goals::surroundings::Surroundings;
use luotsi_marketing::goal::Locale;
use luotsi_store::StoreError;
use luotsi_store::goal::Goal;
use luotsi_store::outlook::GoalState;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Editor, Viewer};
use crate::body::Body;
use crate::error::ApiError;
use crate::problem::Problem;
use crate::state::App;
use body::{GoalDetail, GoalPreview, GoalSummary, Goals};
use draft::{GoalChanges, GoalDraft};
use entry::GoalEntry;
use kept::GoalDrivers;
use milestone::Standings;

/// How long readings of programs are gathered before goals are computed.
const READINGS_WAIT: std::time::Duration = std::time::Duration::from_secs(10);

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(goals, create))
        .routes(routes!(preview))
        .routes(routes!(goal, change, delete))
        .routes(routes!(drivers))
        .merge(read::routes())
        .merge(milestone::routes())
        .merge(work::routes())
        .merge(resource::routes())
        .merge(review::routes())
}

/// Computes a goal and keeps the answer. A goal that cannot be computed is kept all the same.
pub(crate) async fn compute(app: &App, goal: &Goal) -> Result<(), ApiError> {
    let measuring = app.measuring();
    let site = app.store().site(&goal.workspace_id, &goal.fields.site_id).await?;
    let site = measuring.site(&site).await?;
    let around = Surroundings::read(app.store(), &goal.workspace_id).await?;
    measuring.run(&site, goal, &around, Work::FULL).await?;
    Ok(())
}

/// Computes the goals on some series of readings, which changed.
pub(crate) async fn compute_observed(
    app: &App,
    workspace: &str,
    series: &[&str],
) -> Result<(), ApiError> {
    let measuring = app.measuring();
    let around = Surroundings::read(app.store(), workspace).await?;
    for site in app.store().sites(workspace).await? {
        let site = measuring.site(&site).await?;
        let running = around
            .goals
            .iter()
            .filter(|goal| goal.fields.site_id == site.site.id)
            .filter(|goal| goal.fields.plan.deadline >= site.today());
        for goal in running {
            // One that cannot be measured any more says so itself.
            let Ok(resolved) = measuring.resolve_goal(&site, goal).await else { continue };
            if resolved.subject.series().iter().any(|one| series.contains(one)) {
                // The reading is kept, whatever one goal meets; the others are computed all the same.
                if let Err(error) = measuring.run(&site, goal, &around, Work::FULL).await {
                    tracing::warn!(%error, goal = %goal.id, "a goal on a reading was not computed");
                }
            }
        }
    }
    Ok(())
}

/// Computes the goals on series of readings a little later, once for all readings that come until then. A workspace
/// has one run at a time: what comes during a run is for the next one.
pub(crate) fn compute_observed_soon<'a>(
    app: &App,
    workspace: &str,
    series: impl IntoIterator<Item = &'a str>,
) {
    if !app.readings().add(workspace, series) {
        return;
    }
    let (app, workspace) = (app.clone(), workspace.to_owned());
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(READINGS_WAIT).await;
            let Some(series) = app.readings().take(&workspace) else { return };
            // Whatever becomes of one run, the next readings get theirs.
            let run = tokio::spawn({
                let (app, workspace) = (app.clone(), workspace.clone());
                async move {
                    let series: Vec<&str> = series.iter().map(String::as_str).collect();
                    compute_observed(&app, &workspace, &series).await
                }
            });
            match run.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "goals on readings were not computed"),
                Err(error) => tracing::error!(%error, "computing goals on readings broke off"),
            }
        }
    });
}

/// A goal as `GET …/goals/{id}` answers it, for others to show a part of.
pub(crate) async fn shown(
    app: &App,
    workspace: &str,
    id: &str,
    locale: Locale,
) -> Result<GoalDetail, ApiError> {
    let goal = app.store().goal(workspace, id).await?;
    body::detail(app, &goal, locale).await
}

/// The workspace's goals with how they do, the nearest deadline first. Amounts are in the metric's unit, money in the
/// currency's unit.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/goals", tag = "goals", params(("w" = String, Path)),
    responses((status = 200, body = Goals))
)]
async fn goals(State(app): State<App>, viewer: Viewer) -> Result<Json<Goals>, ApiError> {
    let goals = app.store().goals(&viewer.workspace).await?;
    let states = app.store().goal_summaries(&viewer.workspace).await?;
    let own = body::own_metrics(&app, &viewer.workspace).await?;
    let milestones = app.store().all_milestones(&viewer.workspace).await?;
    let standings = milestone::standings(&app, &viewer.workspace, &goals, &milestones).await?;
    let none = Standings::default();
    let items: Vec<GoalSummary> = goals
        .iter()
        .map(|goal| {
            let state = states.iter().find(|state| state.goal_id == goal.id);
            let standings = standings.get(&goal.id).unwrap_or(&none);
            body::summary(goal, &own, state, standings, viewer.locale())
        })
        .collect();
    Ok(Json(Goals { items }))
}

/// Sets a goal. Its baseline and its forecast are computed from the site's data.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/goals", tag = "goals", params(("w" = String, Path)),
    request_body = GoalDraft, responses((status = 201, body = GoalDetail), (status = 422, body = Problem))
)]
async fn create(
    State(app): State<App>,
    editor: Editor,
    Body(draft): Body<GoalDraft>,
) -> Result<(StatusCode, Json<GoalDetail>), ApiError> {
    let draft = draft.check(&app, &editor.workspace).await?;
    let plan = draft.plan(draft.baseline(&app).await?)?;
    let goal = app.store().create_goal(&editor.workspace, draft.fields(plan), app.now()).await?;
    editor.note(&app, "goal.created", &goal.fields.name, json!({"id": goal.id})).await?;
    compute(&app, &goal).await?;
    Ok((StatusCode::CREATED, Json(body::detail(&app, &goal, editor.locale()).await?)))
}

/// What a goal would be: its sentence, its baseline from the data, its forecast with the targets that would be met
/// with 80, 50 and 20 %, its path, and what each letter lacks.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/goals/preview", tag = "goals", params(("w" = String, Path)),
    request_body = GoalDraft, responses((status = 200, body = GoalPreview), (status = 422, body = Problem))
)]
async fn preview(
    State(app): State<App>,
    editor: Editor,
    Body(draft): Body<GoalDraft>,
) -> Result<Json<GoalPreview>, ApiError> {
    let draft = draft.check(&app, &editor.workspace).await?;
    let plan = draft.plan_or_baseline(draft.baseline(&app).await?)?;
    let around = Surroundings::read(app.store(), &editor.workspace).await?;
    let asked = Asked {
        id: "",
        plan: &plan,
        owner_id: draft.owner_id.as_deref(),
        objective_id: draft.objective_id.as_deref(),
        filters: &draft.filters,
        unit_value: draft.unit_value,
        stated_baseline: draft.stated_baseline,
    };
    let work = Work { explain: false, ..Work::FULL };
    let computed = app.measuring().compute(&draft.resolved, asked, &around, work).await?;
    let today = draft.site.today();
    let measuring = app.measuring();
    let entry = measuring.entry_of(&draft.resolved, &draft.filters, draft.deadline, today);
    let entry = entry.await?.map(GoalEntry::from);
    Ok(Json(body::preview(&draft, &plan, &computed, entry, editor.locale())))
}

/// One goal with everything about it: outlook, path, course of its probability, drivers, verdicts, milestones, work,
/// resources, reviews and annotations.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/goals/{id}", tag = "goals", params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = GoalDetail), (status = 404, body = Problem))
)]
async fn goal(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<GoalDetail>, ApiError> {
    let goal = app.store().goal(&viewer.workspace, &id).await?;
    body::detail(&app, &goal, viewer.locale()).await.map(Json)
}

/// Changes a goal. The baseline is computed anew when what is measured or when changes.
///
/// With `version`, a goal that someone else wrote since is left as it is (409 `stale`).
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/goals/{id}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path)), request_body = GoalChanges,
    responses(
        (status = 200, body = GoalDetail),
        (status = 409, description = "`stale`: read it again.", body = Problem),
        (status = 422, body = Problem),
    )
)]
async fn change(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(changes): Body<GoalChanges>,
) -> Result<Json<GoalDetail>, ApiError> {
    let before = app.store().goal(&editor.workspace, &id).await?;
    if changes.version.is_some_and(|version| version != before.version) {
        return Err(StoreError::Stale("goal").into());
    }
    let draft = changes.over(&before).check(&app, &editor.workspace).await?;
    let baseline = if draft.measures_as(&before) {
        before.fields.plan.baseline
    } else {
        draft.baseline(&app).await?
    };
    let plan = draft.plan(baseline)?;
    let changed = Goal { fields: draft.fields(plan), ..before };
    let goal = app.store().save_goal(changed, app.now()).await?;
    editor.note(&app, "goal.changed", &goal.fields.name, json!({"id": goal.id})).await?;
    compute(&app, &goal).await?;
    body::detail(&app, &goal, editor.locale()).await.map(Json)
}

/// Removes a goal with everything that hangs on it.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/goals/{id}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn delete(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    app.store().delete_goal(&editor.workspace, &id).await?;
    editor.note(&app, "goal.deleted", &goal.fields.name, json!({"id": id})).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct DriversAsked {
    from: Option<String>,
    to: Option<String>,
}

/// What moved a goal's metric over some days (`from` and `to`, both included; what departed most lately when both
/// are left out). The rows of a dimension add up to the whole change. `null` without a change or a past.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/goals/{id}/drivers", tag = "goals",
    params(
        ("w" = String, Path), ("id" = String, Path), ("from" = Option<String>, Query),
        ("to" = Option<String>, Query),
    ),
    responses(
        (status = 200, body = Option<GoalDrivers>), (status = 404, body = Problem), (status = 422, body = Problem)
    )
)]
async fn drivers(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, id)): Path<(String, String)>,
    Query(asked): Query<DriversAsked>,
) -> Result<Json<Option<GoalDrivers>>, ApiError> {
    // Read before the goal: what is found is written beside an answer only if that is of no older goal.
    let state = app.store().goal_state(&viewer.workspace, &id).await?;
    let goal = app.store().goal(&viewer.workspace, &id).await?;
    let lately = asked.from.is_none() && asked.to.is_none();
    if let Some(kept) = state.as_ref().filter(|_| lately).and_then(kept_drivers) {
        return Ok(Json(kept::read(&kept, viewer.locale())));
    }
    let measuring = app.measuring();
    let site = app.store().site(&goal.workspace_id, &goal.fields.site_id).await?;
    let site = measuring.site(&site).await?;
    let resolved = measuring.resolve_goal(&site, &goal).await?;
    let writing = luotsi_goals::run::writing(&resolved);
    let _turn = app.turn_to_explain().await;
    if lately {
        let found = measuring.moved_lately(&resolved, &goal.fields.plan).await?;
        let answer = found.map_or(Value::Null, |(found, days)| {
            luotsi_goals::explain::to_json(&found, writing, days)
        });
        if let Some(state) = state {
            keep_drivers(&app, &goal.workspace_id, state, &answer).await?;
        }
        return Ok(Json(kept::read(&answer, viewer.locale())));
    }
    let day = |field: &str, text: Option<&str>| {
        text.map(|text| {
            draft::date(text).map_err(|error| ApiError::field(field, "invalid_date", error))
        })
        .transpose()
    };
    let span = jiff::Span::new();
    let yesterday = site.today().saturating_sub(span.days(1));
    let to = day("to", asked.to.as_deref())?.unwrap_or(yesterday.min(goal.fields.plan.deadline));
    let from = day("from", asked.from.as_deref())?.unwrap_or(to.saturating_sub(span.days(27)));
    if from > to || from.until(to).is_ok_and(|days| days.get_days() > 366) {
        return Err(ApiError::field("from", "invalid_range", "`from` to `to` is 1 to 366 days"));
    }
    let past = from.saturating_sub(span.days(56));
    let days = measuring.days(&resolved.subject, past, to).await?;
    let found = measuring.drivers(&resolved, &days, from, to).await?;
    let answer = found.map(|found| {
        let kept = luotsi_goals::explain::to_json(&found, writing, (from, to));
        kept::read(&kept, viewer.locale())
    });
    Ok(Json(answer.flatten()))
}

/// What moved a goal lately as it was found at night, or when someone asked since.
fn kept_drivers(state: &GoalState) -> Option<Value> {
    let kept: Value = serde_json::from_str(&state.state).ok()?;
    let found = kept.get("drivers").filter(|found| !found.is_null());
    found.or_else(|| kept.get("drivers_asked")).cloned()
}

/// Keeps what moved a goal with what else is kept of the day, unless another answer took its place meanwhile: the
/// next night begins anew.
async fn keep_drivers(
    app: &App,
    workspace: &str,
    state: GoalState,
    found: &Value,
) -> Result<(), ApiError> {
    if let Ok(Value::Object(mut kept)) = serde_json::from_str(&state.state) {
        kept.insert("drivers_asked".to_owned(), found.clone());
        let state = GoalState { state: Value::Object(kept).to_string(), ..state };
        app.store().add_to_state(workspace, &state).await?;
    }
    Ok(())
}
