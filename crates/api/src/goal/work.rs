//! Work on a goal.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use luotsi_store::StoreError;
use luotsi_store::work::{KINDS, Work, WorkFields};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::draft::date;
use super::word::{WorkKind, word};
use crate::auth::Editor;
use crate::body::{Body, Change};
use crate::error::{ApiError, Fields};
use crate::objective::check_owner;
use crate::problem::Problem;
use crate::state::App;
use crate::user::LONGEST_NAME;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_work)).routes(routes!(change_work, delete_work))
}

const LONGEST_NOTE: usize = 2000;
const LONGEST_URL: usize = 2000;

/// Work: what is not given when it is changed stays; `kind`, `name` and both days are needed when it is added.
#[derive(Deserialize, ToSchema)]
struct WorkDraft {
    /// `campaign`, `experiment`, `content`, `post` or `task`.
    kind: Option<String>,
    name: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    done_on: Change<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    owner_id: Change<String>,
    url: Option<String>,
    note: Option<String>,
}

/// Work on a goal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkBody {
    id: String,
    name: String,
    kind: WorkKind,
    start_date: String,
    end_date: String,
    /// Null while it is open.
    #[schema(required)]
    done_on: Option<String>,
    #[schema(required)]
    owner_id: Option<String>,
    /// Where it is; may be empty.
    url: String,
    note: String,
}

impl From<&Work> for WorkBody {
    fn from(one: &Work) -> Self {
        let fields = &one.fields;
        Self {
            id: one.id.clone(),
            name: fields.name.clone(),
            kind: word(&fields.kind).unwrap_or(WorkKind::Task),
            start_date: fields.start.to_string(),
            end_date: fields.end.to_string(),
            done_on: fields.done_on.map(|day| day.to_string()),
            owner_id: fields.owner_id.clone(),
            url: fields.url.clone(),
            note: fields.note.clone(),
        }
    }
}

impl WorkDraft {
    fn over(self, before: Option<&WorkFields>) -> Result<WorkFields, ApiError> {
        let mut fields = Fields::default();
        let or = |given: Option<String>, old: Option<String>| given.or(old).unwrap_or_default();
        let kind = or(self.kind, before.map(|one| one.kind.clone()));
        if !KINDS.contains(&kind.as_str()) {
            fields.refuse("kind", "unknown_kind", format!("one of: {}", KINDS.join(", ")));
        }
        let name =
            fields.text("name", &or(self.name, before.map(|one| one.name.clone())), LONGEST_NAME);
        let start = or(self.start_date, before.map(|one| one.start.to_string()));
        let end = or(self.end_date, before.map(|one| one.end.to_string()));
        let start = fields.take("start_date", "invalid_date", date(&start));
        let end = fields.take("end_date", "invalid_date", date(&end));
        let done = self.done_on.over(|| before?.done_on.map(|day| day.to_string()));
        let done = fields.take("done_on", "invalid_date", done.as_deref().map(date).transpose());
        let url = or(self.url, before.map(|one| one.url.clone()));
        let url = fields.optional_text("url", &url, LONGEST_URL);
        if !url.is_empty() && !url.starts_with("https://") && !url.starts_with("http://") {
            fields.refuse("url", "no_address", "an address that begins with https:// or http://");
        }
        let note = or(self.note, before.map(|one| one.note.clone()));
        let note = fields.optional_text("note", &note, LONGEST_NOTE);
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            fields.refuse("end_date", "before_start", "the end is before the start");
        }
        fields.finish()?;
        let (Some(start), Some(end), Some(done_on)) = (start, end, done) else {
            return Err(ApiError::field("body", "invalid", "the work cannot be read"));
        };
        let owner_id = self.owner_id.over(|| before?.owner_id.clone());
        Ok(WorkFields { kind, name, start, end, done_on, owner_id, url, note })
    }
}

/// Adds work on a goal.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/goals/{id}/work", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path)), request_body = WorkDraft,
    responses((status = 201, body = WorkBody), (status = 422, body = Problem))
)]
async fn create_work(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(draft): Body<WorkDraft>,
) -> Result<(StatusCode, Json<WorkBody>), ApiError> {
    let goal = app.store().goal(&editor.workspace, &id).await?;
    let fields = draft.over(None)?;
    check_owner(&app, &editor.workspace, fields.owner_id.as_deref()).await?;
    let work = app.store().create_work(&editor.workspace, &goal.id, fields, app.now()).await?;
    editor.note(&app, "goal.work_added", &work.fields.name, json!({"id": work.id})).await?;
    Ok((StatusCode::CREATED, Json(WorkBody::from(&work))))
}

/// Changes work on a goal.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/goals/{id}/work/{x}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path), ("x" = String, Path)), request_body = WorkDraft,
    responses((status = 200, body = WorkBody), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn change_work(
    State(app): State<App>,
    editor: Editor,
    Path((_, id, x)): Path<(String, String, String)>,
    Body(draft): Body<WorkDraft>,
) -> Result<Json<WorkBody>, ApiError> {
    let all = app.store().work(&editor.workspace, &id).await?;
    let mut work = all.into_iter().find(|one| one.id == x).ok_or(StoreError::NotFound("work"))?;
    work.fields = draft.over(Some(&work.fields))?;
    check_owner(&app, &editor.workspace, work.fields.owner_id.as_deref()).await?;
    app.store().save_work(&editor.workspace, &work).await?;
    editor.note(&app, "goal.work_changed", &work.fields.name, json!({"id": x})).await?;
    Ok(Json(WorkBody::from(&work)))
}

/// Removes work from a goal.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/goals/{id}/work/{x}", tag = "goals",
    params(("w" = String, Path), ("id" = String, Path), ("x" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn delete_work(
    State(app): State<App>,
    editor: Editor,
    Path((_, id, x)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    app.store().delete_work(&editor.workspace, &id, &x).await?;
    editor.note(&app, "goal.work_removed", &id, json!({"id": x})).await?;
    Ok(StatusCode::NO_CONTENT)
}
