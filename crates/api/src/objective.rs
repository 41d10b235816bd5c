//! The objective tree: objectives and KPIs, on which goals hang.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use luotsi_marketing::goal::{Locale, Status};
use luotsi_marketing::metric;
use luotsi_marketing::objective::{Health, Kind, Node, Standing, TreeError, check_move, roll_up};
use luotsi_store::objective::{Objective, ObjectiveFields};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Editor, Viewer};
use crate::body::{Body, Change};
use crate::error::{ApiError, Fields};
use crate::goal::milestone::standings;
use crate::goal::word::{Health as HealthWord, ObjectiveKind};
use crate::problem::Problem;
use crate::state::App;
use crate::user::LONGEST_NAME;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(objectives, create)).routes(routes!(change, delete))
}

const LONGEST_DESCRIPTION: usize = 5000;

/// An objective or a KPI to be added.
#[derive(Deserialize, ToSchema)]
struct NewObjective {
    /// `objective` (the usual) or `kpi`.
    kind: Option<String>,
    name: String,
    #[serde(default)]
    description: String,
    owner_id: Option<String>,
    /// What it hangs on; a KPI needs an objective.
    parent_id: Option<String>,
    /// How much it counts among its siblings; 1 as a rule.
    weight: Option<f64>,
    /// What a KPI measures.
    metric: Option<String>,
    #[serde(default)]
    filters: Vec<Value>,
    /// The metric that shows that an objective was worth it.
    outcome_metric: Option<String>,
}

/// What is not given stays.
#[derive(Deserialize, ToSchema)]
struct ObjectiveChanges {
    name: Option<String>,
    description: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    owner_id: Change<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    parent_id: Change<String>,
    weight: Option<f64>,
    /// Order among its siblings, from 0.
    position: Option<i64>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    metric: Change<String>,
    filters: Option<Vec<Value>>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    outcome_metric: Change<String>,
}

/// How an objective or a KPI stands, by what lies below it.
#[derive(Serialize, ToSchema)]
struct ObjectiveStanding {
    health: HealthWord,
    /// The children that decide, in the asker's language; null for one that was just added.
    #[schema(required)]
    reason: Option<String>,
    /// Direct children.
    children: usize,
}

/// An objective or a KPI.
#[derive(Serialize, ToSchema)]
struct ObjectiveBody {
    id: String,
    name: String,
    description: String,
    kind: ObjectiveKind,
    #[schema(required)]
    parent_id: Option<String>,
    /// How much it counts among its siblings, above 0.
    weight: f64,
    /// Order among its siblings, from 0.
    position: i64,
    /// What a KPI measures.
    #[schema(required)]
    metric: Option<String>,
    /// Filters of the query API.
    #[schema(value_type = Vec<Value>)]
    filters: Value,
    /// The metric that shows that an objective was worth it.
    #[schema(required)]
    outcome_metric: Option<String>,
    #[schema(required)]
    owner_id: Option<String>,
    standing: ObjectiveStanding,
}

/// Siblings in their order.
#[derive(Serialize, ToSchema)]
struct Objectives {
    items: Vec<ObjectiveBody>,
}

fn body(objective: &Objective, standing: Option<&Standing>, locale: Locale) -> ObjectiveBody {
    let fields = objective.fields.clone();
    let kind = match fields.kind {
        Kind::Kpi => ObjectiveKind::Kpi,
        Kind::Objective | Kind::Goal | Kind::Milestone | Kind::Work => ObjectiveKind::Objective,
    };
    ObjectiveBody {
        id: objective.id.clone(),
        name: fields.name,
        description: fields.description,
        kind,
        parent_id: fields.parent_id,
        weight: fields.weight,
        position: fields.position,
        metric: fields.metric,
        filters: fields.filters,
        outcome_metric: fields.outcome_metric,
        owner_id: fields.owner_id,
        standing: ObjectiveStanding {
            health: standing.map_or(Health::Unknown, |found| found.health).into(),
            reason: standing.map(|found| found.reason.text(locale)),
            children: standing.map_or(0, |found| found.children),
        },
    }
}

/// The whole tree: objectives and KPIs, goals, their milestones and work, each with how it stands itself.
async fn tree(app: &App, workspace: &str) -> Result<Vec<Node>, ApiError> {
    let store = app.store();
    let mut nodes: Vec<Node> = store
        .objectives(workspace)
        .await?
        .into_iter()
        .map(|one| Node {
            id: one.id,
            kind: one.fields.kind,
            parent: one.fields.parent_id,
            own: Health::Unknown,
            weight: one.fields.weight,
        })
        .collect();
    let states = store.goal_summaries(workspace).await?;
    let today = app.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let goals = store.goals(workspace).await?;
    for goal in &goals {
        let state = states.iter().find(|state| state.goal_id == goal.id);
        let kept: Value =
            state.and_then(|one| serde_json::from_str(&one.summary).ok()).unwrap_or_default();
        let status = kept["progress"]["status"].as_str().and_then(|word| word.parse().ok());
        let status = status.unwrap_or(Status::Unknown);
        nodes.push(Node {
            id: goal.id.clone(),
            kind: Kind::Goal,
            parent: goal.fields.objective_id.clone(),
            own: Health::of_goal(status, kept["probability"].as_f64()),
            weight: 1.0,
        });
    }
    for work in store.all_work(workspace).await? {
        let own = match work.fields.done_on {
            Some(_) => Health::Done,
            None if work.fields.end < today => Health::AtRisk,
            None => Health::OnTrack,
        };
        let parent = Some(work.goal_id);
        nodes.push(Node { id: work.id, kind: Kind::Work, parent, own, weight: 1.0 });
    }
    let milestones = store.all_milestones(workspace).await?;
    for standings in standings(app, workspace, &goals, &milestones).await?.values() {
        for (one, own) in standings.healths() {
            let (id, parent) = (one.id.clone(), Some(one.goal_id.clone()));
            nodes.push(Node { id, kind: Kind::Milestone, parent, own, weight: 1.0 });
        }
    }
    Ok(nodes)
}

/// Refuses a place in the tree, with the rule's own code.
fn misplaced(error: &TreeError) -> ApiError {
    let field = if matches!(error, TreeError::Weight { .. }) { "weight" } else { "parent_id" };
    ApiError::field(field, error.code(), error)
}

/// Refuses a metric that neither is ready nor one of the workspace.
async fn check_metric(
    app: &App,
    workspace: &str,
    field: &str,
    key: Option<&str>,
) -> Result<(), ApiError> {
    let Some(key) = key else { return Ok(()) };
    if metric::ready(key).is_some() || app.store().metric(workspace, key).await.is_ok() {
        return Ok(());
    }
    Err(ApiError::field(field, "unknown_metric", format!("there is no metric `{key}`")))
}

/// Refuses an owner who does not belong to the workspace.
pub(crate) async fn check_owner(
    app: &App,
    workspace: &str,
    owner_id: Option<&str>,
) -> Result<(), ApiError> {
    let Some(owner_id) = owner_id else { return Ok(()) };
    match app.store().role(workspace, owner_id).await? {
        Some(_) => Ok(()),
        None => Err(ApiError::field(
            "owner_id",
            "not_a_member",
            "the owner is no member of the workspace",
        )),
    }
}

/// The workspace's objectives and KPIs with how they stand, from the goals below and their milestones and work.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/objectives", tag = "objectives", params(("w" = String, Path)),
    responses((status = 200, body = Objectives))
)]
async fn objectives(State(app): State<App>, viewer: Viewer) -> Result<Json<Objectives>, ApiError> {
    let standings = roll_up(&tree(&app, &viewer.workspace).await?);
    let items = app
        .store()
        .objectives(&viewer.workspace)
        .await?
        .iter()
        .map(|one| body(one, standings.get(&one.id), viewer.locale()))
        .collect();
    Ok(Json(Objectives { items }))
}

/// Adds an objective or a KPI.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/objectives", tag = "objectives", params(("w" = String, Path)),
    request_body = NewObjective, responses((status = 201, body = ObjectiveBody), (status = 422, body = Problem))
)]
async fn create(
    State(app): State<App>,
    editor: Editor,
    Body(new): Body<NewObjective>,
) -> Result<(StatusCode, Json<ObjectiveBody>), ApiError> {
    let workspace = editor.workspace.as_str();
    let mut fields = Fields::default();
    let name = fields.text("name", &new.name, LONGEST_NAME);
    let description = fields.optional_text("description", &new.description, LONGEST_DESCRIPTION);
    let kind = match new.kind.as_deref() {
        None | Some("objective") => Some(Kind::Objective),
        Some("kpi") => Some(Kind::Kpi),
        Some(other) => {
            fields.refuse("kind", "unknown_kind", format!("`{other}` is none of: objective, kpi"));
            None
        }
    };
    fields.finish()?;
    check_owner(&app, workspace, new.owner_id.as_deref()).await?;
    check_metric(&app, workspace, "metric", new.metric.as_deref()).await?;
    check_metric(&app, workspace, "outcome_metric", new.outcome_metric.as_deref()).await?;
    let kind = kind.unwrap_or(Kind::Objective);
    let weight = new.weight.unwrap_or(1.0);
    let mut nodes = tree(&app, workspace).await?;
    nodes.push(Node {
        id: String::new(),
        kind,
        parent: new.parent_id.clone(),
        own: Health::Unknown,
        weight,
    });
    check_move(&nodes, "", new.parent_id.as_deref()).map_err(|error| misplaced(&error))?;
    if !(weight > 0.0 && weight.is_finite()) {
        return Err(misplaced(&TreeError::Weight { id: String::new() }));
    }
    let position = nodes.iter().filter(|node| node.parent == new.parent_id).count();
    let made = ObjectiveFields {
        kind,
        name,
        description,
        owner_id: new.owner_id,
        parent_id: new.parent_id,
        weight,
        position: i64::try_from(position).unwrap_or_default(),
        metric: new.metric,
        filters: Value::Array(new.filters),
        outcome_metric: new.outcome_metric,
    };
    let objective = app.store().create_objective(workspace, made, app.now()).await?;
    let detail = json!({"id": objective.id});
    editor.note(&app, "objective.created", &objective.fields.name, detail).await?;
    Ok((StatusCode::CREATED, Json(body(&objective, None, editor.locale()))))
}

/// Changes an objective or KPI, or moves it (`parent_id`, `position`). A place that does not fit is refused with
/// `cycle`, `misplaced` or `too_deep`.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/objectives/{id}", tag = "objectives",
    params(("w" = String, Path), ("id" = String, Path)), request_body = ObjectiveChanges,
    responses((status = 200, body = ObjectiveBody), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn change(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(changes): Body<ObjectiveChanges>,
) -> Result<Json<ObjectiveBody>, ApiError> {
    let workspace = editor.workspace.as_str();
    let mut objective = app.store().objective(workspace, &id).await?;
    let own = &mut objective.fields;
    let mut fields = Fields::default();
    if let Some(name) = &changes.name {
        own.name = fields.text("name", name, LONGEST_NAME);
    }
    if let Some(description) = &changes.description {
        own.description = fields.optional_text("description", description, LONGEST_DESCRIPTION);
    }
    fields.finish()?;
    if let Change::Set(owner_id) = changes.owner_id {
        check_owner(&app, workspace, owner_id.as_deref()).await?;
        own.owner_id = owner_id;
    }
    if let Change::Set(metric) = changes.metric {
        check_metric(&app, workspace, "metric", metric.as_deref()).await?;
        own.metric = metric;
    }
    if let Change::Set(metric) = changes.outcome_metric {
        check_metric(&app, workspace, "outcome_metric", metric.as_deref()).await?;
        own.outcome_metric = metric;
    }
    if let Some(filters) = changes.filters {
        own.filters = Value::Array(filters);
    }
    if let Some(weight) = changes.weight {
        if !(weight > 0.0 && weight.is_finite()) {
            return Err(misplaced(&TreeError::Weight { id }));
        }
        own.weight = weight;
    }
    if let Change::Set(parent) = changes.parent_id {
        let nodes = tree(&app, workspace).await?;
        check_move(&nodes, &id, parent.as_deref()).map_err(|error| misplaced(&error))?;
        own.parent_id = parent;
    }
    if let Some(position) = changes.position {
        place(&app, workspace, &mut objective, position).await?;
    }
    app.store().save_objective(&objective, app.now()).await?;
    editor.note(&app, "objective.changed", &objective.fields.name, json!({"id": id})).await?;
    let standings = roll_up(&tree(&app, workspace).await?);
    Ok(Json(body(&objective, standings.get(&id), editor.locale())))
}

/// Puts a node at a place among its siblings, who make room.
async fn place(
    app: &App,
    workspace: &str,
    objective: &mut Objective,
    position: i64,
) -> Result<(), ApiError> {
    let mut siblings: Vec<Objective> = app
        .store()
        .objectives(workspace)
        .await?
        .into_iter()
        .filter(|one| one.fields.parent_id == objective.fields.parent_id && one.id != objective.id)
        .collect();
    let at = usize::try_from(position.max(0)).unwrap_or_default().min(siblings.len());
    objective.fields.position = i64::try_from(at).unwrap_or_default();
    for (index, one) in siblings.iter_mut().enumerate() {
        let place = i64::try_from(index + usize::from(index >= at)).unwrap_or_default();
        if one.fields.position != place {
            one.fields.position = place;
            app.store().save_objective(one, app.now()).await?;
        }
    }
    Ok(())
}

/// Removes an objective with its KPIs; the objectives and goals below move up.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/objectives/{id}", tag = "objectives",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn delete(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let objective = app.store().objective(&editor.workspace, &id).await?;
    app.store().delete_objective(&editor.workspace, &id, app.now()).await?;
    editor.note(&app, "objective.deleted", &objective.fields.name, json!({"id": id})).await?;
    Ok(StatusCode::NO_CONTENT)
}
