//! Signing in and out, and a person's sign-ins on all browsers.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use luotsi_store::attempt::{Subject, Verdict};
use luotsi_store::user::User;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::address::ClientAddress;
use crate::auth::{COOKIE, SignedIn};
use crate::body::Body;
use crate::error::ApiError;
use crate::origin::{self, BaseUrl};
use crate::password;
use crate::problem::Problem;
use crate::state::App;
use crate::workspace::WorkspaceBody;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, session, sign_out))
        .routes(routes!(sign_ins))
        .routes(routes!(revoke))
}

#[derive(Deserialize, ToSchema)]
struct SignInRequest {
    email: String,
    password: String,
}

/// Who is signed in, and where they belong.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionBody {
    user: UserBody,
    workspaces: Vec<WorkspaceBody>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct UserBody {
    id: String,
    email: String,
    name: String,
    /// `en`, `fi` or `fa`.
    locale: String,
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        Self { id: user.id, email: user.email, name: user.name, locale: user.locale }
    }
}

/// One sign-in.
#[derive(Serialize, ToSchema)]
struct SignIn {
    id: String,
    created_at: String,
    last_seen_at: String,
    user_agent: Option<String>,
    /// Whether it is the one that asks.
    current: bool,
}

#[derive(Serialize, ToSchema)]
struct SignIns {
    items: Vec<SignIn>,
}

pub(crate) async fn session_body(app: &App, user: User) -> Result<SessionBody, ApiError> {
    let workspaces =
        app.store().workspaces_of(&user.id).await?.into_iter().map(WorkspaceBody::from).collect();
    Ok(SessionBody { user: user.into(), workspaces })
}

/// Signs a user in: the header that sets the cookie.
pub(crate) async fn start(
    app: &App,
    user: &User,
    headers: &HeaderMap,
    base: &BaseUrl,
) -> Result<AppendHeaders<[(header::HeaderName, String); 1]>, ApiError> {
    let agent =
        headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (_, cookie) = app.store().sign_in(&user.id, agent, app.now()).await?;
    Ok(set_cookie(&cookie, Some(base)))
}

/// Sets the cookie; without an address, takes it away. The server decides when a sign-in runs out,
/// so the browser keeps the cookie as long as it may: 400 days.
fn set_cookie(
    value: &str,
    base: Option<&BaseUrl>,
) -> AppendHeaders<[(header::HeaderName, String); 1]> {
    let age = if base.is_some() { 400 * 86_400 } else { 0 };
    let secure = if base.is_some_and(BaseUrl::is_https) { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
    AppendHeaders([(header::SET_COOKIE, cookie)])
}

/// Refuses a page elsewhere that signs its visitor in to an account of its own.
pub(crate) fn refuse_foreign_pages(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    let foreign = headers.contains_key(header::ORIGIN)
        && !origin::is_own(app.settings().public_url.as_deref(), headers);
    if foreign { Err(ApiError::WrongOrigin) } else { Ok(()) }
}

/// Signs in with e-mail address and password.
///
/// Wrong passwords are counted for the account and for the address they come from.
#[utoipa::path(
    post, path = "/api/v1/session", tag = "session", request_body = SignInRequest,
    responses(
        (status = 200, description = "Signed in: a cookie is set.", body = SessionBody),
        (status = 401, description = "`invalid_credentials`", body = Problem),
        (status = 429, description = "`too_many_attempts`: `Retry-After` says when.", body = Problem),
    )
)]
async fn sign_in(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    base: BaseUrl,
    headers: HeaderMap,
    Body(request): Body<SignInRequest>,
) -> Result<impl IntoResponse, ApiError> {
    refuse_foreign_pages(&app, &headers)?;
    let address = address.to_string();
    let subjects = [Subject::Address(&address), Subject::Email(&request.email)];
    for subject in subjects {
        if let Verdict::Wait(wait) = app.store().attempt_sign_in(subject, app.now()).await? {
            return Err(ApiError::TooManyAttempts(wait));
        }
    }
    let user = app.store().user_by_email(&request.email).await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let right = password::verify(request.password, hash).await?;
    let Some(user) = user.filter(|_| right) else { return Err(ApiError::InvalidCredentials) };
    app.store().forgive_attempts(Subject::Email(&user.email)).await?;
    app.store().forgive_last_attempt(Subject::Address(&address)).await?;
    let cookie = start(&app, &user, &headers, &base).await?;
    Ok((cookie, Json(session_body(&app, user).await?)))
}

/// Who is signed in.
#[utoipa::path(
    get, path = "/api/v1/session", tag = "session",
    responses(
        (status = 200, body = SessionBody),
        (status = 401, description = "`not_signed_in`", body = Problem),
    )
)]
async fn session(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<SessionBody>, ApiError> {
    session_body(&app, signed_in.user).await.map(Json)
}

/// Signs out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204, description = "Signed out.")))]
async fn sign_out(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<impl IntoResponse, ApiError> {
    app.store().revoke_session(&signed_in.user.id, &signed_in.session.id).await?;
    Ok((StatusCode::NO_CONTENT, set_cookie("", None)))
}

/// The person's sign-ins, the latest used first.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "session", responses((status = 200, body = SignIns)))]
async fn sign_ins(State(app): State<App>, signed_in: SignedIn) -> Result<Json<SignIns>, ApiError> {
    let sessions = app.store().sessions(&signed_in.user.id, app.now()).await?;
    let items = sessions
        .into_iter()
        .map(|session| SignIn {
            current: session.id == signed_in.session.id,
            id: session.id,
            created_at: session.created_at.to_string(),
            last_seen_at: session.last_seen_at.to_string(),
            user_agent: Some(session.user_agent).filter(|agent| !agent.is_empty()),
        })
        .collect();
    Ok(Json(SignIns { items }))
}

/// Revokes one of the person's sign-ins.
#[utoipa::path(
    delete, path = "/api/v1/sessions/{id}", tag = "session", params(("id" = String, Path)),
    responses((status = 204, description = "Revoked."), (status = 404, body = Problem))
)]
async fn revoke(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    app.store().revoke_session(&signed_in.user.id, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
