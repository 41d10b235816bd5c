//! Who may read a site's figures: members of its workspace, and tokens with `stats:read`.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use luotsi_store::site::Site;
use luotsi_store::token::Scope;

use crate::auth::session_cookie;
use crate::problem::Problem;
use crate::state::App;

/// Why somebody may not read.
pub(crate) enum NotAllowed {
    /// Neither signed in nor a token with the scope.
    Unknown,
    /// No such site for this caller. Other workspaces' sites are not told from missing ones.
    NoSite(String),
    Store(luotsi_store::StoreError),
}

impl From<luotsi_store::StoreError> for NotAllowed {
    fn from(error: luotsi_store::StoreError) -> Self {
        Self::Store(error)
    }
}

impl IntoResponse for NotAllowed {
    fn into_response(self) -> Response {
        match self {
            Self::Unknown => {
                let detail = "sign in, or send `Authorization: Bearer <token>` with a token of the scope `stats:read`";
                Problem::new(StatusCode::UNAUTHORIZED, "not_signed_in", detail).into_response()
            }
            Self::NoSite(domain) => {
                let detail =
                    format!("`site_id` names `{domain}`, which is no site that you can see");
                Problem::new(StatusCode::NOT_FOUND, "unknown_site", detail).into_response()
            }
            Self::Store(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the store did not answer"
                );
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the log says why")
                    .into_response()
            }
        }
    }
}

/// The site of this domain, if the caller may read it.
pub(crate) async fn site(app: &App, headers: &HeaderMap, domain: &str) -> Result<Site, NotAllowed> {
    for workspace in workspaces(app, headers).await? {
        if let Some(site) = app.store().site_by_domain(&workspace, domain).await? {
            return Ok(site);
        }
    }
    Err(NotAllowed::NoSite(domain.to_owned()))
}

/// The workspaces whose figures the caller may read.
async fn workspaces(app: &App, headers: &HeaderMap) -> Result<Vec<String>, NotAllowed> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(text) = bearer.and_then(|text| text.strip_prefix("Bearer ")) else {
        return workspaces_of_cookie(app, headers).await;
    };
    let token = app.store().token(text.trim(), app.now()).await?;
    match token.filter(|token| token.allows(Scope::StatsRead)) {
        Some(token) => Ok(vec![token.workspace_id]),
        None => Err(NotAllowed::Unknown),
    }
}

/// The workspaces of the person who is signed in. Asking changes nothing, so any page may ask; no
/// other site's page can read the answer.
async fn workspaces_of_cookie(app: &App, headers: &HeaderMap) -> Result<Vec<String>, NotAllowed> {
    let cookie = session_cookie(headers).ok_or(NotAllowed::Unknown)?;
    let (_, user) = app.store().signed_in(cookie, app.now()).await?.ok_or(NotAllowed::Unknown)?;
    let theirs = app.store().workspaces_of(&user.id).await?;
    Ok(theirs.into_iter().map(|(workspace, _)| workspace.id).collect())
}
