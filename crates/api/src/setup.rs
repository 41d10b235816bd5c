//! The first visit: the owner's account and the first workspace.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use luotsi_store::user::NewUser;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::origin::BaseUrl;
use crate::password;
use crate::problem::Problem;
use crate::session::{self, SessionBody};
use crate::state::App;
use crate::user::{LONGEST_NAME, check_email, check_locale};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(state, set_up))
}

/// How far the installation is.
#[derive(Serialize, ToSchema)]
struct Setup {
    /// Whether the owner's account is still to be made.
    needs_owner: bool,
    /// Whether this is the demo, with sample data.
    sample: bool,
    version: &'static str,
    /// How to sign in to the demo.
    #[serde(skip_serializing_if = "Option::is_none")]
    demo_sign_in: Option<DemoSignInBody>,
}

#[derive(Serialize, ToSchema)]
struct DemoSignInBody {
    email: String,
    password: String,
}

#[derive(Deserialize, ToSchema)]
struct SetupRequest {
    email: String,
    name: String,
    /// At least 10 characters.
    password: String,
    workspace_name: String,
    /// `en`, `fi` or `fa`.
    #[serde(default = "english")]
    locale: String,
}

fn english() -> String {
    "en".to_owned()
}

/// How far the installation is, for everyone.
#[utoipa::path(get, path = "/api/v1/setup", tag = "session", security(()), responses((status = 200, body = Setup)))]
async fn state(State(app): State<App>) -> Result<Json<Setup>, ApiError> {
    let demo = app.settings().demo_sign_in.as_ref();
    Ok(Json(Setup {
        needs_owner: app.store().user_count().await? == 0,
        sample: demo.is_some(),
        version: env!("CARGO_PKG_VERSION"),
        demo_sign_in: demo.map(|demo| DemoSignInBody {
            email: demo.email.clone(),
            password: demo.password.clone(),
        }),
    }))
}

/// Makes the owner's account and the first workspace, and signs in. Only while there is no account.
#[utoipa::path(
    post, path = "/api/v1/setup", tag = "session", security(()), request_body = SetupRequest,
    responses(
        (status = 201, description = "Made and signed in: a cookie is set.", body = SessionBody),
        (status = 409, description = "`already_set_up`", body = Problem),
        (status = 422, body = Problem),
    )
)]
async fn set_up(
    State(app): State<App>,
    base: BaseUrl,
    headers: HeaderMap,
    Body(request): Body<SetupRequest>,
) -> Result<impl IntoResponse, ApiError> {
    session::refuse_foreign_pages(&app, &headers)?;
    if app.store().user_count().await? > 0 {
        return Err(luotsi_store::StoreError::AlreadySetUp.into());
    }
    let mut fields = Fields::default();
    check_email(&mut fields, "email", &request.email);
    let name = fields.text("name", &request.name, LONGEST_NAME);
    let workspace_name = fields.text("workspace_name", &request.workspace_name, LONGEST_NAME);
    password::check(&mut fields, "password", &request.password);
    check_locale(&mut fields, &request.locale);
    fields.finish()?;
    let password_hash = password::hash(request.password).await?;
    let new = NewUser {
        email: &request.email,
        name: &name,
        locale: &request.locale,
        password_hash: &password_hash,
    };
    let (user, _) = app.store().create_owner(&new, &workspace_name, false, app.now()).await?;
    let cookie = session::start(&app, &user, &headers, &base).await?;
    Ok((StatusCode::CREATED, cookie, Json(session::session_body(&app, user).await?)))
}
