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
use serde::{Deserialize, Serialize};
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

/// What came after a decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecisionEffect {
    /// In the asker's language.
    text: String,
    /// Whether it is more than the days' own ups and downs.
    clear: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewDecision {
    text: String,
    decided_on: String,
    /// Null while it is too early to tell.
    #[schema(required)]
    effect: Option<DecisionEffect>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewStep {
    text: String,
    done: bool,
}

/// A review that was held.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewBody {
    id: String,
    /// `weekly`, `fortnightly`, `monthly`; empty for one beside the rhythm.
    rhythm: String,
    day: String,
    /// What had changed, in the asker's language.
    changes: Vec<String>,
    learned: String,
    decisions: Vec<ReviewDecision>,
    next_steps: Vec<ReviewStep>,
    /// Four from 1 to 5, in the order of the statements; null when nobody rated.
    #[schema(required)]
    ratings: Option<[u8; 4]>,
    /// An e-mail address, or a token's name.
    by: String,
}

impl From<&NextStep> for ReviewStep {
    fn from(step: &NextStep) -> Self {
        Self { text: step.text.clone(), done: step.done }
    }
}

/// What a team rates from 1 to 5.
#[derive(Serialize, ToSchema)]
struct ReviewStatement {
    code: &'static str,
    /// In the asker's language.
    text: String,
}

/// What a review begins with.
#[derive(Serialize, ToSchema)]
struct ReviewPrepared {
    /// The site's today.
    day: String,
    /// The day of the last review.
    #[schema(required)]
    since: Option<String>,
    changes: Vec<String>,
    statements: Vec<ReviewStatement>,
    open_steps: Vec<ReviewStep>,
}

/// Reviews as they are answered, decisions with what came after them.
pub(super) async fn bodies(
    app: &App,
    goal: &Goal,
    reviews: &[Review],
    locale: Locale,
) -> Result<Vec<ReviewBody>, ApiError> {
    let effects = effects(app, goal, reviews).await?;
    Ok(reviews
        .iter()
        .map(|one| {
            let decisions = one
                .notes
                .decisions
                .iter()
                .map(|decision| {
                    let effect = effects
                        .iter()
                        .find(|(day, _, _)| *day == decision.decided_on)
                        .map(|(_, phrase, clear)| DecisionEffect {
                            text: phrase.text(locale),
                            clear: *clear,
                        });
                    let decided_on = decision.decided_on.to_string();
                    ReviewDecision { text: decision.text.clone(), decided_on, effect }
                })
                .collect();
            ReviewBody {
                id: one.id.clone(),
                rhythm: one.rhythm.clone(),
                day: one.day.to_string(),
                changes: one.changes.iter().map(|phrase| phrase.text(locale)).collect(),
                learned: one.notes.learned.clone(),
                decisions,
                next_steps: one.notes.next_steps.iter().map(ReviewStep::from).collect(),
                ratings: one.notes.ratings.map(Assessment::ratings),
                by: one.by.clone(),
            }
        })
        .collect())
}

async fn one_body(
    app: &App,
    goal: &Goal,
    review: Review,
    locale: Locale,
) -> Result<ReviewBody, ApiError> {
    let found = bodies(app, goal, &[review], locale).await?;
    found.into_iter().next().ok_or_else(|| StoreError::NotFound("review").into())
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
    let reached = super::body::reached(&detail.path);
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
        probability: detail.summary.probability,
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
    let name = detail.summary.metric_name.as_str();
    let changes = review::changes(before.map(|one| &one.snapshot), &snapshot, name, writing);
    Ok((snapshot, changes))
}

/// What a review begins with: what changed since the last one, the steps that are still open, and the statements
/// that are rated from 1 to 5.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/goals/{id}/reviews/prepared", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = ReviewPrepared), (status = 404, body = Problem))
)]
async fn prepared(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<ReviewPrepared>, ApiError> {
    let goal = app.store().goal(&viewer.workspace, &id).await?;
    let reviews = app.store().reviews(&viewer.workspace, &id).await?;
    let locale = viewer.locale();
    let last = reviews.first();
    let (snapshot, changes) = look(&app, &goal, last, locale).await?;
    let statement =
        |code: &'static str| ReviewStatement { code, text: Phrase::new(code).text(locale) };
    let open = last
        .into_iter()
        .flat_map(|review| review.notes.next_steps.iter().filter(|step| !step.done))
        .map(ReviewStep::from);
    Ok(Json(ReviewPrepared {
        day: snapshot.day.to_string(),
        since: last.map(|review| review.day.to_string()),
        changes: changes.iter().map(|phrase| phrase.text(locale)).collect(),
        statements: STATEMENTS.into_iter().map(statement).collect(),
        open_steps: open.collect(),
    }))
}

/// Keeps a review that was held; what had changed is kept with it.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/goals/{id}/reviews", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path)), request_body = ReviewDraft,
    responses((status = 201, body = ReviewBody), (status = 422, body = Problem))
)]
async fn create_review(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(draft): Body<ReviewDraft>,
) -> Result<(StatusCode, Json<ReviewBody>), ApiError> {
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
    Ok((StatusCode::CREATED, Json(one_body(&app, &goal, made, editor.locale()).await?)))
}

/// Changes what was noted in a review.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/goals/{id}/reviews/{x}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path), ("x" = String, Path)), request_body = ReviewDraft,
    responses((status = 200, body = ReviewBody), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn change_review(
    State(app): State<App>,
    editor: Editor,
    Path((_, id, x)): Path<(String, String, String)>,
    Body(draft): Body<ReviewDraft>,
) -> Result<Json<ReviewBody>, ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    let all = app.store().reviews(&editor.workspace, &id).await?;
    let mut one = all.into_iter().find(|one| one.id == x).ok_or(StoreError::NotFound("review"))?;
    one.notes = draft.over(one.notes)?;
    app.store().save_review(&editor.workspace, &one).await?;
    app.measuring().keep_effects(&goal).await?;
    one_body(&app, &goal, one, editor.locale()).await.map(Json)
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
