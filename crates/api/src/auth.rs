//! Who asks: a person by cookie or a program by token, and what they may do where.

use std::ops::Deref;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use luotsi_marketing::goal::Locale;
use luotsi_store::StoreError;
use luotsi_store::audit::NewEntry;
use luotsi_store::session::Session;
use luotsi_store::token::{Scope, Token};
use luotsi_store::user::User;
use luotsi_store::workspace::Role;
use serde_json::Value;

use crate::body::is_json;
use crate::error::ApiError;
use crate::operator::ByOperator;
use crate::origin;
use crate::state::App;

/// The cookie of a sign-in.
pub(crate) const COOKIE: &str = "luotsi_session";

/// A person who is signed in.
pub(crate) struct SignedIn {
    pub(crate) user: User,
    pub(crate) session: Session,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let cookie = session_cookie(&parts.headers).ok_or(ApiError::NotSignedIn)?;
        if !parts.method.is_safe() {
            // The browser sends the cookie for whoever asks it to: only our own pages may.
            if !origin::is_own(app.settings().public_url.as_deref(), &parts.headers) {
                return Err(ApiError::WrongOrigin);
            }
            if !is_json(&parts.headers) {
                return Err(ApiError::NotJson);
            }
        }
        let found = app.store().signed_in(cookie, app.now()).await?;
        let (session, user) = found.ok_or(ApiError::NotSignedIn)?;
        Ok(Self { user, session })
    }
}

/// The text of the sign-in's cookie.
pub(crate) fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

/// A person or a program.
#[derive(Debug, Clone)]
pub(crate) enum Actor {
    Person(User),
    Program(Token),
    /// Whoever runs a command on the machine.
    Operator,
}

impl FromRequestParts<App> for Actor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if parts.extensions.get::<ByOperator>().is_some() {
            return Ok(Self::Operator);
        }
        let authorization =
            parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(token) = authorization.and_then(|text| text.strip_prefix("Bearer ")) else {
            return SignedIn::from_request_parts(parts, app)
                .await
                .map(|signed_in| Self::Person(signed_in.user));
        };
        let token = app.store().token(token.trim(), app.now()).await?;
        token.map(Self::Program).ok_or(ApiError::NotSignedIn)
    }
}

impl Actor {
    /// What they may do in a workspace.
    pub(crate) async fn role(&self, app: &App, workspace: &str) -> Result<Role, ApiError> {
        let elsewhere = || ApiError::Store(StoreError::NotFound("workspace"));
        match self {
            Self::Person(user) => {
                app.store().role(workspace, &user.id).await?.ok_or_else(elsewhere)
            }
            Self::Program(token) if token.workspace_id != workspace => Err(elsewhere()),
            Self::Program(token) if token.allows(Scope::Admin) => Ok(Role::Admin),
            Self::Program(token) if token.allows(Scope::StatsRead) => Ok(Role::Viewer),
            Self::Program(_) => Err(ApiError::NeedsScope),
            Self::Operator => Ok(Role::Owner),
        }
    }
}

/// Someone in the workspace that the path names.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// The workspace's id.
    pub(crate) workspace: String,
    pub(crate) role: Role,
    actor: Actor,
}

impl Access {
    async fn of(parts: &mut Parts, app: &App, needed: Role) -> Result<Self, ApiError> {
        let actor = Actor::from_request_parts(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|_| ApiError::NoSuchPath)?;
        let workspace = params.iter().find(|(name, _)| *name == "w").map(|(_, id)| id.to_owned());
        let workspace = workspace.ok_or(ApiError::NoSuchPath)?;
        let role = actor.role(app, &workspace).await?;
        if role < needed {
            return Err(ApiError::NeedsRole(needed));
        }
        Ok(Self { workspace, role, actor })
    }

    /// The language in which this person reads.
    pub(crate) fn locale(&self) -> Locale {
        match &self.actor {
            Actor::Person(user) => user.locale.parse().unwrap_or(Locale::En),
            Actor::Program(_) | Actor::Operator => Locale::En,
        }
    }

    /// How the log calls who asks: an e-mail address, a token's name, or `command line`.
    pub(crate) fn name(&self) -> String {
        match &self.actor {
            Actor::Person(user) => user.email.clone(),
            Actor::Program(token) => format!("token {}", token.name),
            Actor::Operator => "command line".to_owned(),
        }
    }

    /// The person's id; `None` for a program.
    pub(crate) fn user_id(&self) -> Option<&str> {
        match &self.actor {
            Actor::Person(user) => Some(&user.id),
            Actor::Program(_) | Actor::Operator => None,
        }
    }

    /// Writes into the workspace's audit log what was done.
    pub(crate) async fn note(
        &self,
        app: &App,
        action: &str,
        target: &str,
        detail: Value,
    ) -> Result<(), ApiError> {
        let actor = self.name();
        let entry = NewEntry { actor_id: self.user_id(), actor: &actor, action, target, detail };
        app.store().note(&self.workspace, entry, app.now()).await?;
        Ok(())
    }
}

macro_rules! role {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub(crate) struct $name(Access);

        impl FromRequestParts<App> for $name {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
                Access::of(parts, app, Role::$name).await.map(Self)
            }
        }

        impl Deref for $name {
            type Target = Access;

            fn deref(&self) -> &Access {
                &self.0
            }
        }
    };
}

role!(
    /// Someone who reads reports and goals of the workspace in the path.
    Viewer
);
role!(
    /// Someone who writes conversions, objectives and goals of the workspace in the path.
    Editor
);
role!(
    /// Someone who writes sites, tokens and members of the workspace in the path.
    Admin
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=b; luotsi_session_old=x".parse().unwrap());
        assert_eq!(session_cookie(&headers), None);
        headers.append(header::COOKIE, "c=d;luotsi_session=abc; e=f".parse().unwrap());
        assert_eq!(session_cookie(&headers), Some("abc"));
    }
}
