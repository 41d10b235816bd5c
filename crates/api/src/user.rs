//! The person who is signed in: name, language, password.

use axum::Json;
use axum::extract::State;
use luotsi_marketing::goal::Locale;
use luotsi_store::attempt::{Subject, Verdict};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::SignedIn;
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::password;
use crate::problem::Problem;
use crate::session::UserBody;
use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(change))
}

/// Most characters of a name.
pub(crate) const LONGEST_NAME: usize = 200;

/// What is not given stays.
#[derive(Deserialize, ToSchema)]
struct UserChanges {
    name: Option<String>,
    /// `en`, `fi` or `fa`.
    locale: Option<String>,
    password: Option<PasswordChange>,
}

#[derive(Deserialize, ToSchema)]
struct PasswordChange {
    current: String,
    /// At least 10 characters.
    new: String,
}

/// Refuses what is no e-mail address at first sight; only a mail would tell for sure.
pub(crate) fn check_email(fields: &mut Fields, field: &str, email: &str) {
    let email = email.trim();
    let sound = email.len() <= 254
        && !email.contains(char::is_whitespace)
        && email.rsplit_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    if !sound {
        fields.refuse(field, "invalid_email", "this is not an e-mail address");
    }
}

/// Refuses a language that the product does not speak.
pub(crate) fn check_locale(fields: &mut Fields, locale: &str) {
    fields.take("locale", "unknown_locale", locale.parse::<Locale>());
}

/// Changes name, language or password. A new password ends the person's other sign-ins.
#[utoipa::path(
    patch, path = "/api/v1/user", tag = "session", request_body = UserChanges,
    responses((status = 200, body = UserBody), (status = 422, body = Problem), (status = 429, body = Problem))
)]
async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(changes): Body<UserChanges>,
) -> Result<Json<UserBody>, ApiError> {
    let mut user = signed_in.user;
    let mut fields = Fields::default();
    if let Some(name) = &changes.name {
        user.name = fields.text("name", name, LONGEST_NAME);
    }
    if let Some(locale) = changes.locale {
        check_locale(&mut fields, &locale);
        user.locale = locale;
    }
    if let Some(change) = &changes.password {
        password::check(&mut fields, "new", &change.new);
    }
    fields.finish()?;
    let new_password = changes.password.is_some();
    if let Some(change) = changes.password {
        let subject = Subject::Email(&user.email);
        if let Verdict::Wait(wait) = app.store().attempt_sign_in(subject, app.now()).await? {
            return Err(ApiError::TooManyAttempts(wait));
        }
        if !password::verify(change.current, Some(user.password_hash.clone())).await? {
            return Err(ApiError::field(
                "current",
                "wrong_password",
                "this is not the current password",
            ));
        }
        app.store().forgive_attempts(subject).await?;
        user.password_hash = password::hash(change.new).await?;
    }
    app.store().save_user(&user, app.now()).await?;
    if new_password {
        app.store().revoke_other_sessions(&user.id, &signed_in.session.id).await?;
    }
    Ok(Json(user.into()))
}
