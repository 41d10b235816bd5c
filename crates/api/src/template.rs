//! Ready KPI sets, which become objectives, KPIs and goals.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use luotsi_goals::measure::MeasureError;
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::goal::{Plan, Target, TargetKind, Words};
use luotsi_marketing::metric;
use luotsi_marketing::objective::Kind;
use luotsi_marketing::template::{KpiDraft, ObjectiveDraft, Set, template, templates};
use luotsi_store::StoreError;
use luotsi_store::goal::{Goal, GoalFields};
use luotsi_store::objective::ObjectiveFields;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Editor, Viewer};
use crate::body::Body;
use crate::error::ApiError;
use crate::goal::draft::date;
use crate::goal::word::TemplateSet;
use crate::problem::Problem;
use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(all)).routes(routes!(apply))
}

fn months(kpi: &KpiDraft) -> i64 {
    let days = kpi.start.until(kpi.deadline).map_or(0, |span| span.get_days());
    (i64::from(days) + 15) / 30
}

/// A KPI of a template.
#[derive(Serialize, ToSchema)]
struct TemplateKpi {
    /// A key of the dictionary.
    metric: String,
    name: String,
    /// By how much its goal raises (or lowers) it.
    percent: f64,
    /// How long its goal takes.
    months: i64,
    /// Whether it is made of observations, which have to come from somewhere.
    observed: bool,
}

/// An objective of a template.
#[derive(Serialize, ToSchema)]
struct TemplateObjective {
    name: String,
    /// The metric that shows that it was worth it.
    outcome: String,
    #[schema(required)]
    outcome_name: Option<&'static str>,
    /// The dimension in which a segment should be chosen, if any.
    #[schema(required)]
    segmented_by: Option<&'static str>,
    kpis: Vec<TemplateKpi>,
}

/// A ready KPI set.
#[derive(Serialize, ToSchema)]
struct TemplateBody {
    key: String,
    set: TemplateSet,
    /// In the asker's language.
    name: String,
    objectives: Vec<TemplateObjective>,
}

#[derive(Serialize, ToSchema)]
struct Templates {
    items: Vec<TemplateBody>,
}

/// What was made of a template.
#[derive(Serialize, ToSchema)]
struct TemplateApplied {
    /// How many of each.
    objectives: i64,
    kpis: i64,
    goals: usize,
    /// KPIs without figures yet: a change in percent means nothing.
    skipped: Vec<String>,
}

fn preview(
    objective: &ObjectiveDraft,
    locale: luotsi_marketing::goal::Locale,
) -> TemplateObjective {
    let kpi = |kpi: &KpiDraft| TemplateKpi {
        metric: kpi.metric.to_owned(),
        name: kpi.name.clone(),
        percent: kpi.percent,
        months: months(kpi),
        observed: kpi.observed,
    };
    TemplateObjective {
        name: objective.name.clone(),
        outcome: objective.outcome.to_owned(),
        outcome_name: metric::ready(objective.outcome).map(|ready| ready.name(locale)),
        segmented_by: objective.segmented_by,
        kpis: objective.kpis.iter().map(kpi).collect(),
    }
}

/// The KPI sets of kinds of business, and what a company's objectives mean on social media.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/templates", tag = "goals", params(("w" = String, Path)),
    responses((status = 200, body = Templates))
)]
async fn all(State(app): State<App>, viewer: Viewer) -> Json<Templates> {
    let today = app.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let locale = viewer.locale();
    let of = |set: Set, word: TemplateSet| -> Vec<TemplateBody> {
        templates(set)
            .iter()
            .map(|one| {
                let drafts = one.expand(locale, today);
                let objectives = drafts.iter().map(|draft| preview(draft, locale)).collect();
                let (key, name) = (one.key.to_owned(), one.name(locale).to_owned());
                TemplateBody { key, set: word, name, objectives }
            })
            .collect()
    };
    let mut items = of(Set::Business, TemplateSet::Business);
    items.extend(of(Set::CompanyToSocial, TemplateSet::CompanyToSocial));
    Json(Templates { items })
}

/// Where a template is put to use.
#[derive(Deserialize, ToSchema)]
struct Applied {
    site_id: String,
    /// First day of its goals.
    start_date: String,
}

/// Makes the objectives and KPIs of a template, and a goal for each KPI that has figures from before.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/templates/{key}", tag = "goals",
    params(("w" = String, Path), ("key" = String, Path)), request_body = Applied,
    responses((status = 201, body = TemplateApplied), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn apply(
    State(app): State<App>,
    editor: Editor,
    Path((_, key)): Path<(String, String)>,
    Body(asked): Body<Applied>,
) -> Result<(StatusCode, Json<TemplateApplied>), ApiError> {
    let found = template(&key).ok_or(StoreError::NotFound("template"))?;
    let start = date(&asked.start_date)
        .map_err(|error| ApiError::field("start_date", "invalid_date", error))?;
    let workspace = editor.workspace.as_str();
    let site = match app.store().site(workspace, &asked.site_id).await {
        Err(StoreError::NotFound(_)) => {
            return Err(ApiError::field(
                "site_id",
                "unknown_site",
                "no such site in the workspace",
            ));
        }
        other => other?,
    };
    let measuring = app.measuring();
    let site = measuring.site(&site).await?;
    let owner = editor.user_id().map(str::to_owned);
    let (mut objectives, mut kpis, mut skipped) = (0_i64, 0_i64, Vec::new());
    let mut goals: Vec<Goal> = Vec::new();
    let taken = app.store().objectives(workspace).await?.len();
    for draft in found.expand(editor.locale(), start) {
        let position = i64::try_from(taken).unwrap_or_default() + objectives;
        let fields = ObjectiveFields {
            owner_id: owner.clone(),
            position,
            outcome_metric: Some(draft.outcome.to_owned()),
            ..ObjectiveFields::named(&draft.name)
        };
        let objective = app.store().create_objective(workspace, fields, app.now()).await?;
        objectives += 1;
        for (at, one) in draft.kpis.iter().enumerate() {
            let filters = Value::Array(one.filters.clone());
            let fields = ObjectiveFields {
                kind: Kind::Kpi,
                owner_id: owner.clone(),
                parent_id: Some(objective.id.clone()),
                position: i64::try_from(at).unwrap_or_default(),
                metric: Some(one.metric.to_owned()),
                filters: filters.clone(),
                ..ObjectiveFields::named(&one.name)
            };
            let kpi = app.store().create_objective(workspace, fields, app.now()).await?;
            kpis += 1;
            let resolved = match measuring.resolve(&site, one.metric, &one.filters).await {
                Ok(resolved) => resolved,
                Err(MeasureError::Store(error)) => return Err(error.into()),
                Err(_) => {
                    skipped.push(one.name.clone());
                    continue;
                }
            };
            let counting = Counting::usual(resolved.nature, resolved.combine);
            let baseline =
                measuring.baseline(&resolved, counting, one.start, one.deadline).await??;
            let target = Target { kind: TargetKind::Percent, input: one.percent };
            let way = (one.better, resolved.nature);
            let days = (one.start, one.deadline);
            let Ok(plan) = Plan::new(counting, way, baseline, target, days) else {
                skipped.push(one.name.clone());
                continue;
            };
            let fields = GoalFields {
                name: one.name.clone(),
                site_id: site.site.id.clone(),
                metric: one.metric.to_owned(),
                filters,
                plan,
                currency: resolved.unit.currency().map(|currency| currency.to_string()),
                unit_value: None,
                words: Words::default(),
                stated_baseline: None,
                review_rhythm: None,
                owner_id: owner.clone(),
                objective_id: Some(kpi.id),
            };
            goals.push(app.store().create_goal(workspace, fields, app.now()).await?);
        }
    }
    for goal in &goals {
        crate::goal::compute(&app, goal).await?;
    }
    editor.note(&app, "template.applied", found.name(editor.locale()), json!({"key": key})).await?;
    let answer = TemplateApplied { objectives, kpis, goals: goals.len(), skipped };
    Ok((StatusCode::CREATED, Json(answer)))
}
