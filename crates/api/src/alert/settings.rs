//! How a workspace is watched.

use axum::Json;
use axum::extract::State;
use luotsi_store::alert::AlertSettings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Admin, Viewer};
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::problem::Problem;
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(settings, change_settings))
}

#[derive(Serialize, Deserialize, ToSchema)]
struct AlertSettingsBody {
    /// False alarms a month that people are ready to look at, over everything that is watched: 0.1 to 60.
    budget_month: f64,
    /// A goal whose probability falls below this share is told of: 0 (never) to 1.
    probability_line: f64,
    /// Weeks without finished work after which a plan is stalled: 0 (never) to 52.
    stalled_weeks: i64,
    /// Whether fast metrics are looked at every hour, not only every day.
    hourly: bool,
    /// Languages of the texts that webhooks carry: `en`, `fi`, `fa`.
    languages: Vec<String>,
}

impl From<AlertSettings> for AlertSettingsBody {
    fn from(settings: AlertSettings) -> Self {
        let AlertSettings { budget_month, probability_line, stalled_weeks, hourly, languages } =
            settings;
        Self { budget_month, probability_line, stalled_weeks, hourly, languages }
    }
}

/// How the workspace is watched.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/alert-settings", tag = "alerts", params(("w" = String, Path)),
    responses((status = 200, body = AlertSettingsBody))
)]
async fn settings(
    State(app): State<App>,
    viewer: Viewer,
) -> Result<Json<AlertSettingsBody>, ApiError> {
    Ok(Json(app.store().alert_settings(&viewer.workspace).await?.into()))
}

/// Changes how the workspace is watched.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/alert-settings", tag = "alerts", params(("w" = String, Path)),
    request_body = AlertSettingsBody,
    responses((status = 200, body = AlertSettingsBody), (status = 422, body = Problem))
)]
async fn change_settings(
    State(app): State<App>,
    admin: Admin,
    Body(body): Body<AlertSettingsBody>,
) -> Result<Json<AlertSettingsBody>, ApiError> {
    let mut fields = Fields::default();
    if !(0.1..=60.0).contains(&body.budget_month) {
        fields.refuse("budget_month", "out_of_range", "from 0.1 to 60");
    }
    if !(0.0..=1.0).contains(&body.probability_line) {
        fields.refuse("probability_line", "out_of_range", "from 0 to 1");
    }
    if !(0..=52).contains(&body.stalled_weeks) {
        fields.refuse("stalled_weeks", "out_of_range", "from 0 to 52");
    }
    if body.languages.is_empty() {
        fields.refuse("languages", "empty", "choose at least one");
    }
    for (at, language) in body.languages.iter().enumerate() {
        let again = body.languages[..at].contains(language);
        if again || !["en", "fi", "fa"].contains(&language.as_str()) {
            fields.refuse(&format!("languages[{at}]"), "unknown_locale", "en, fi or fa, each once");
        }
    }
    fields.finish()?;
    let AlertSettingsBody { budget_month, probability_line, stalled_weeks, hourly, languages } =
        body;
    let settings =
        AlertSettings { budget_month, probability_line, stalled_weeks, hourly, languages };
    app.store().save_alert_settings(&admin.workspace, &settings, app.now()).await?;
    let body = AlertSettingsBody::from(settings);
    let detail = serde_json::to_value(&body).unwrap_or_default();
    admin.note(&app, "alert_settings.changed", "", detail).await?;
    Ok(Json(body))
}
