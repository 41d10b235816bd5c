//! Reviews of a goal: prepared, held, and what their decisions did.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::ToSpan as _;
use luotsi_goals::effects;
use luotsi_goals::run::writing;
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::goal::{Locale, milestone};
use luotsi_marketing::phrase::Phrase;
use luotsi_marketing::review::{self, Assessment, STATEMENTS, Snapshot};
use luotsi_store::StoreError;
use luotsi_store::goal::Goal;
use luotsi_store::review::{Decision, NewReview, NextStep, Review, ReviewNotes};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::draft::date;
use crate::alert::Subjects;
use crate::auth::{Editor, Viewer};
use crate::body::{Body, Change};
use crate::error::{ApiError, Fields};
use crate::problem::Problem;
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(prepared))
        .routes(routes!(create_review))
        .routes(routes!(change_review, delete_review))
}

const LONGEST_TEXT: usize = 5000;
const MOST_LINES: usize = 50;

/// What people note in a review; what is not given when it is changed stays.
#[derive(Deserialize, ToSchema)]
struct ReviewDraft {
    /// The site's today when it is left out. Does not change.
    day: Option<String>,
    learned: Option<String>,
    decisions: Option<Vec<DecisionBody>>,
    next_steps: Option<Vec<NextStepBody>>,
    /// Four ratings from 1 to 5, in the order of the statements.
    #[serde(default)]
    #[schema(value_type = Option<Vec<u8>>)]
    ratings: Change<[u8; 4]>,
}

#[derive(Deserialize, ToSchema)]
struct DecisionBody {
    text: String,
    decided_on: String,
}

#[derive(Deserialize, ToSchema)]
struct NextStepBody {
    text: String,
    #[serde(default)]
    done: bool,
}

impl ReviewDraft {
    fn over(self, before: ReviewNotes) -> Result<ReviewNotes, ApiError> {
        let mut fields = Fields::default();
        let mut notes = before;
        if let Some(learned) = &self.learned {
            notes.learned = fields.optional_text("learned", learned, LONGEST_TEXT);
        }
        if let Some(given) = self.decisions {
            if given.len() > MOST_LINES {
                fields.refuse("decisions", "too_many", format!("at most {MOST_LINES}"));
            }
            notes.decisions = given
                .into_iter()
                .enumerate()
                .filter_map(|(at, one)| {
                    let text =
                        fields.text(&format!("decisions[{at}].text"), &one.text, LONGEST_TEXT);
                    let field = format!("decisions[{at}].decided_on");
                    let decided_on = fields.take(&field, "invalid_date", date(&one.decided_on))?;
                    Some(Decision { text, decided_on })
                })
                .collect();
        }
        if let Some(given) = self.next_steps {
            if given.len() > MOST_LINES {
                fields.refuse("next_steps", "too_many", format!("at most {MOST_LINES}"));
            }
            notes.next_steps = given
                .into_iter()
                .enumerate()
                .map(|(at, one)| NextStep {
                    text: fields.text(&format!("next_steps[{at}].text"), &one.text, LONGEST_TEXT),
                    done: one.done,
                })
                .collect();
        }
        if let Change::Set(ratings) = self.ratings {
            let read = ratings.map(Assessment::new).transpose();
            notes.ratings = fields.take("ratings", "off_scale", read).flatten();
        }
        fields.finish()?;
        Ok(notes)
    }
}

/// Reviews as they are answered, decisions with what came after them.
pub(super) async fn bodies(
    app: &App,
    goal: &Goal,
    reviews: &[Review],
    locale: Locale,
) -> Result<Vec<Value>, ApiError> {
    let effects = effects(app, goal, reviews).await?;
    Ok(reviews
        .iter()
        .map(|one| {
            let decisions: Vec<Value> = one
                .notes
                .decisions
                .iter()
                .map(|decision| {
                    let effect = effects
                        .iter()
                        .find(|(day, _, _)| *day == decision.decided_on)
                        .map(|(_, phrase, clear)| json!({"text": phrase.text(locale), "clear": clear}));
                    json!({
                        "text": decision.text, "decided_on": decision.decided_on.to_string(),
                        "effect": effect,
                    })
                })
                .collect();
            let steps: Vec<Value> = one
                .notes
                .next_steps
                .iter()
                .map(|step| json!({"text": step.text, "done": step.done}))
                .collect();
            let changes: Vec<String> =
                one.changes.iter().map(|phrase| phrase.text(locale)).collect();
            json!({
                "id": one.id, "rhythm": one.rhythm, "day": one.day.to_string(),
                "changes": changes, "learned": one.notes.learned, "decisions": decisions,
                "next_steps": steps, "ratings": one.notes.ratings.map(Assessment::ratings),
                "by": one.by,
            })
        })
        .collect())
}

/// What came after each day on which something was decided, as it was found with the newest answer.
async fn effects(
    app: &App,
    goal: &Goal,
    reviews: &[Review],
) -> Result<Vec<(jiff::civil::Date, Phrase, bool)>, ApiError> {
    let decided =
        reviews.iter().flat_map(|review| &review.notes.decisions).map(|one| one.decided_on);
    if decided.clone().next().is_none() {
        return Ok(Vec::new());
    }
    let state = app.store().goal_state(&goal.workspace_id, &goal.id).await?;
    let kept = state.and_then(|state| serde_json::from_str::<Value>(&state.state).ok());
    let kept = kept.unwrap_or_default();
    let told = |day| effects::told(&kept, day).map(|(phrase, clear)| (day, phrase, clear));
    Ok(decided.filter_map(told).collect())
}

/// The goal as it is today, and what changed since the last review.
async fn look(
    app: &App,
    goal: &Goal,
    before: Option<&Review>,
    locale: Locale,
) -> Result<(Snapshot, Vec<Phrase>), ApiError> {
    let (store, workspace) = (app.store(), goal.workspace_id.as_str());
    let site = store.site(workspace, &goal.fields.site_id).await?;
    let today = app.now().to_zoned(crate::measure::time_zone(&site)?).date();
    let detail = super::body::detail(app, goal, locale).await?;
    let reached = super::body::reached(&detail["path"]);
    let plan = &goal.fields.plan;
    let since = before.map_or(plan.start.saturating_sub(1.day()), |review| review.day);
    let adds = plan.counting == Counting::Sum;
    let at = |day| reached.iter().take_while(|(at, _)| *at <= day).last().map(|(_, value)| *value);
    let now = reached.last().map(|(_, value)| *value);
    let value = if adds { now.map(|now| now - at(since).unwrap_or_default()) } else { now };
    let states: Vec<milestone::State> = store
        .milestones(workspace, &goal.id)
        .await?
        .iter()
        .map(|one| milestone::state(&one.rule, (plan.counting, plan.better), &reached, today))
        .collect();
    let count =
        |wanted: &[milestone::State]| states.iter().filter(|one| wanted.contains(one)).count();
    let work = store.work(workspace, &goal.id).await?;
    let finished = work.iter().filter(|one| one.fields.done_on.is_some()).count();
    let subjects = Subjects::read(app, workspace).await?;
    let incidents = subjects.incidents(app, goal).await?;
    let snapshot = Snapshot {
        day: today,
        probability: detail["probability"].as_f64(),
        value,
        milestones_reached: count(&[milestone::State::Met, milestone::State::MetLate]),
        milestones_missed: count(&[milestone::State::Missed]),
        work_finished: finished,
        work_open: work.len() - finished,
        // Each that was told, once.
        alerts: incidents.iter().filter(|one| one.known.told_at.is_some()).count(),
    };
    let measuring = app.measuring();
    let context = measuring.site(&site).await?;
    let writing = match measuring.resolve_goal(&context, goal).await {
        Ok(resolved) => writing(&resolved),
        Err(_) => luotsi_marketing::goal::wording::Writing {
            nature: luotsi_marketing::metric::Nature::Flow,
            currency: None,
        },
    };
    let name = detail["metric_name"].as_str().unwrap_or_default();
    let changes = review::changes(before.map(|one| &one.snapshot), &snapshot, name, writing);
    Ok((snapshot, changes))
}

/// What a review begins with: what changed since the last one, the steps that are still open, and the statements
/// that are rated from 1 to 5.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/goals/{id}/reviews/prepared", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Value), (status = 404, body = Problem))
)]
async fn prepared(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let goal = app.store().goal(&viewer.workspace, &id).await?;
    let reviews = app.store().reviews(&viewer.workspace, &id).await?;
    let locale = viewer.locale();
    let last = reviews.first();
    let (snapshot, changes) = look(&app, &goal, last, locale).await?;
    let statements: Vec<Value> = STATEMENTS
        .into_iter()
        .map(|code| json!({"code": code, "text": Phrase::new(code).text(locale)}))
        .collect();
    let open: Vec<Value> = last
        .into_iter()
        .flat_map(|review| review.notes.next_steps.iter().filter(|step| !step.done))
        .map(|step| json!({"text": step.text, "done": false}))
        .collect();
    Ok(Json(json!({
        "day": snapshot.day.to_string(), "since": last.map(|review| review.day.to_string()),
        "changes": changes.iter().map(|phrase| phrase.text(locale)).collect::<Vec<_>>(),
        "statements": statements, "open_steps": open,
    })))
}

/// Keeps a review that was held; what had changed is kept with it.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/goals/{id}/reviews", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path)), request_body = ReviewDraft,
    responses((status = 201, body = Value), (status = 422, body = Problem))
)]
async fn create_review(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(draft): Body<ReviewDraft>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    let day = draft.day.as_deref().map(date).transpose();
    let day = day.map_err(|error| ApiError::field("day", "invalid_date", error))?;
    let notes = draft.over(ReviewNotes::default())?;
    let reviews = app.store().reviews(&editor.workspace, &id).await?;
    let (snapshot, changes) = look(&app, &goal, reviews.first(), editor.locale()).await?;
    let new = NewReview {
        rhythm: goal.fields.review_rhythm.map_or_else(String::new, |one| one.word().to_owned()),
        day: day.unwrap_or(snapshot.day),
        changes,
        snapshot,
        notes,
        by: editor.name(),
    };
    let made = app.store().create_review(&editor.workspace, &id, new, app.now()).await?;
    app.measuring().keep_effects(&goal).await?;
    editor.note(&app, "goal.reviewed", &goal.fields.name, json!({"id": made.id})).await?;
    let mut all = bodies(&app, &goal, &[made], editor.locale()).await?;
    Ok((StatusCode::CREATED, Json(all.pop().unwrap_or_default())))
}

/// Changes what was noted in a review.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/goals/{id}/reviews/{x}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path), ("x" = String, Path)), request_body = ReviewDraft,
    responses((status = 200, body = Value), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn change_review(
    State(app): State<App>,
    editor: Editor,
    Path((_, id, x)): Path<(String, String, String)>,
    Body(draft): Body<ReviewDraft>,
) -> Result<Json<Value>, ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    let all = app.store().reviews(&editor.workspace, &id).await?;
    let mut one = all.into_iter().find(|one| one.id == x).ok_or(StoreError::NotFound("review"))?;
    one.notes = draft.over(one.notes)?;
    app.store().save_review(&editor.workspace, &one).await?;
    app.measuring().keep_effects(&goal).await?;
    let mut all = bodies(&app, &goal, &[one], editor.locale()).await?;
    Ok(Json(all.pop().unwrap_or_default()))
}

/// Removes a review.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/goals/{id}/reviews/{x}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path), ("x" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn delete_review(
    State(app): State<App>,
    editor: Editor,
    Path((_, id, x)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    app.store().delete_review(&editor.workspace, &id, &x).await?;
    editor.note(&app, "goal.review_removed", &id, json!({"id": x})).await?;
    Ok(StatusCode::NO_CONTENT)
}
