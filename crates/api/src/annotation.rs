//! Notes on a site's days, which charts show.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use luotsi_store::StoreError;
use luotsi_store::annotation::{Annotation, Noted};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Editor, Viewer};
use crate::body::{Body, Change};
use crate::error::{ApiError, Fields};
use crate::goal::draft::date;
use crate::problem::Problem;
use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(annotations, create_annotation))
        .routes(routes!(change_annotation, delete_annotation))
}

const LONGEST_TEXT: usize = 500;

/// What happened on a day, or on several.
#[derive(Deserialize, ToSchema)]
struct AnnotationDraft {
    /// `YYYY-MM-DD` in the site's time zone.
    date: Option<String>,
    /// The last day; `null` for a single one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    until: Change<String>,
    /// Whether these days are not as usual: nothing is learned from them, nothing unusual told.
    known_cause: Option<bool>,
    text: Option<String>,
}

/// Most days of a note.
const MOST_DAYS: i32 = 366;

/// A note on a day, or on some days.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnnotationBody {
    id: String,
    /// Its first day, `YYYY-MM-DD`.
    date: String,
    /// Its last day; null for a note on one day.
    #[schema(required)]
    until: Option<String>,
    /// Whether these days are not as usual: nothing is learned from them, nothing unusual told.
    known_cause: bool,
    text: String,
}

impl From<&Annotation> for AnnotationBody {
    fn from(one: &Annotation) -> Self {
        let Noted { day, until, known_cause, text } = &one.noted;
        Self {
            id: one.id.clone(),
            date: day.to_string(),
            until: until.map(|day| day.to_string()),
            known_cause: *known_cause,
            text: text.clone(),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct Annotations {
    items: Vec<AnnotationBody>,
}

impl AnnotationDraft {
    fn over(self, before: Option<&Noted>) -> Result<Noted, ApiError> {
        let mut fields = Fields::default();
        let text = self.text.or_else(|| before.map(|one| one.text.clone())).unwrap_or_default();
        let text = fields.text("text", &text, LONGEST_TEXT);
        let day = self.date.or_else(|| before.map(|one| one.day.to_string())).unwrap_or_default();
        let day = fields.take("date", "invalid_date", date(&day));
        let until = match self.until {
            Change::Set(text) => {
                text.and_then(|text| fields.take("until", "invalid_date", date(&text)))
            }
            Change::Keep => before.and_then(|one| one.until),
        };
        if let (Some(day), Some(until)) = (day, until)
            && (until < day || day.until(until).is_ok_and(|span| span.get_days() >= MOST_DAYS))
        {
            let right = format!("not before `date`, and at most {MOST_DAYS} days with it");
            fields.refuse("until", "invalid_range", right);
        }
        fields.finish()?;
        let day = day.ok_or_else(|| ApiError::field("date", "invalid_date", "a date"))?;
        let known_cause =
            self.known_cause.unwrap_or_else(|| before.is_some_and(|one| one.known_cause));
        let until = until.filter(|until| *until != day);
        Ok(Noted { day, until, known_cause, text })
    }
}

/// The notes on a site's days.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}/annotations", tag = "goals",
    params(("w" = String, Path), ("s" = String, Path)), responses((status = 200, body = Annotations))
)]
async fn annotations(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, site)): Path<(String, String)>,
) -> Result<Json<Annotations>, ApiError> {
    app.store().site(&viewer.workspace, &site).await?;
    let all = app.store().annotations(&viewer.workspace, &site).await?;
    Ok(Json(Annotations { items: all.iter().map(AnnotationBody::from).collect() }))
}

/// Adds a note.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/sites/{s}/annotations", tag = "goals",
    params(("w" = String, Path), ("s" = String, Path)), request_body = AnnotationDraft,
    responses((status = 201, body = AnnotationBody), (status = 422, body = Problem))
)]
async fn create_annotation(
    State(app): State<App>,
    editor: Editor,
    Path((_, site)): Path<(String, String)>,
    Body(draft): Body<AnnotationDraft>,
) -> Result<(StatusCode, Json<AnnotationBody>), ApiError> {
    app.store().site(&editor.workspace, &site).await?;
    let noted = draft.over(None)?;
    let (workspace, by) = (&editor.workspace, editor.name());
    let made = app.store().create_annotation(workspace, &site, noted, &by, app.now()).await?;
    editor.note(&app, "annotation.added", &made.noted.text, json!({"id": made.id})).await?;
    Ok((StatusCode::CREATED, Json(AnnotationBody::from(&made))))
}

/// Changes a note; what is not given stays.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/sites/{s}/annotations/{x}", tag = "goals",
    params(("w" = String, Path), ("s" = String, Path), ("x" = String, Path)), request_body = AnnotationDraft,
    responses((status = 200, body = AnnotationBody), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn change_annotation(
    State(app): State<App>,
    editor: Editor,
    Path((_, site, x)): Path<(String, String, String)>,
    Body(draft): Body<AnnotationDraft>,
) -> Result<Json<AnnotationBody>, ApiError> {
    let all = app.store().annotations(&editor.workspace, &site).await?;
    let mut one =
        all.into_iter().find(|one| one.id == x).ok_or(StoreError::NotFound("annotation"))?;
    one.noted = draft.over(Some(&one.noted))?;
    app.store().save_annotation(&editor.workspace, &one).await?;
    editor.note(&app, "annotation.changed", &one.noted.text, json!({"id": one.id})).await?;
    Ok(Json(AnnotationBody::from(&one)))
}

/// Removes a note.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/sites/{s}/annotations/{x}", tag = "goals",
    params(("w" = String, Path), ("s" = String, Path), ("x" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn delete_annotation(
    State(app): State<App>,
    editor: Editor,
    Path((_, site, x)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    app.store().delete_annotation(&editor.workspace, &site, &x).await?;
    editor.note(&app, "annotation.removed", &x, json!({"site": site})).await?;
    Ok(StatusCode::NO_CONTENT)
}
