//! Who belongs to a workspace, with which role.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use luotsi_store::StoreError;
use luotsi_store::user::NewUser;
use luotsi_store::workspace::{Member, Role};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Admin, Viewer};
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::password;
use crate::problem::Problem;
use crate::state::App;
use crate::user::{LONGEST_NAME, check_email};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(members, add)).routes(routes!(change, remove))
}

#[derive(Serialize, ToSchema)]
struct MemberBody {
    user_id: String,
    email: String,
    name: String,
    /// `owner`, `admin`, `editor` or `viewer`.
    role: &'static str,
}

impl From<Member> for MemberBody {
    fn from(member: Member) -> Self {
        Self {
            user_id: member.user_id,
            email: member.email,
            name: member.name,
            role: member.role.as_str(),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct Members {
    items: Vec<MemberBody>,
}

/// Someone who is to belong to the workspace. For who has an account already, name and password
/// stay as they are.
#[derive(Deserialize, ToSchema)]
struct NewMember {
    email: String,
    #[serde(default)]
    name: String,
    role: String,
    /// At least 10 characters, for a new account.
    #[serde(default)]
    password: String,
}

#[derive(Deserialize, ToSchema)]
struct MemberChanges {
    role: String,
}

/// The workspace's members.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/members", tag = "members", params(("w" = String, Path)),
    responses((status = 200, body = Members))
)]
async fn members(State(app): State<App>, viewer: Viewer) -> Result<Json<Members>, ApiError> {
    let items =
        app.store().members(&viewer.workspace).await?.into_iter().map(MemberBody::from).collect();
    Ok(Json(Members { items }))
}

/// Adds someone, with a new account when the e-mail address has none.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/members", tag = "members", params(("w" = String, Path)),
    request_body = NewMember,
    responses(
        (status = 201, body = MemberBody),
        (status = 403, body = Problem),
        (status = 409, description = "`taken`: belongs to the workspace already.", body = Problem),
        (status = 422, body = Problem),
    )
)]
async fn add(
    State(app): State<App>,
    admin: Admin,
    Body(new): Body<NewMember>,
) -> Result<(StatusCode, Json<MemberBody>), ApiError> {
    let mut fields = Fields::default();
    check_email(&mut fields, "email", &new.email);
    let role = fields.take("role", "unknown_role", new.role.parse::<Role>());
    let known = app.store().user_by_email(&new.email).await?;
    let name = fields.optional_text("name", &new.name, LONGEST_NAME);
    if known.is_none() {
        password::check(&mut fields, "password", &new.password);
    }
    fields.finish()?;
    let role = role.unwrap_or(Role::Viewer);
    if !admin.role.may_change(None, Some(role)) {
        return Err(ApiError::RoleAboveOwn);
    }
    let user = if let Some(user) = known {
        app.store().add_member(&admin.workspace, &user.id, role, app.now()).await?;
        user
    } else {
        let password_hash = password::hash(new.password).await?;
        let user = NewUser {
            email: &new.email,
            name: &name,
            locale: admin.locale().as_str(),
            password_hash: &password_hash,
        };
        app.store().create_member(&admin.workspace, &user, role, app.now()).await?
    };
    admin.note(&app, "member.added", &user.email, json!({"role": role.as_str()})).await?;
    let body =
        MemberBody { user_id: user.id, email: user.email, name: user.name, role: role.as_str() };
    Ok((StatusCode::CREATED, Json(body)))
}

/// Gives a member another role.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/members/{id}", tag = "members",
    params(("w" = String, Path), ("id" = String, Path)), request_body = MemberChanges,
    responses(
        (status = 200, body = MemberBody),
        (status = 403, description = "`role_above_own`", body = Problem),
        (status = 409, description = "`last_owner`", body = Problem),
    )
)]
async fn change(
    State(app): State<App>,
    admin: Admin,
    Path((_, id)): Path<(String, String)>,
    Body(changes): Body<MemberChanges>,
) -> Result<Json<MemberBody>, ApiError> {
    let mut fields = Fields::default();
    let role = fields.take("role", "unknown_role", changes.role.parse::<Role>());
    fields.finish()?;
    let before =
        app.store().role(&admin.workspace, &id).await?.ok_or(StoreError::NotFound("member"))?;
    if !admin.role.may_change(Some(before), role) {
        return Err(ApiError::RoleAboveOwn);
    }
    let role = role.unwrap_or(before);
    app.store().change_role(&admin.workspace, &id, role).await?;
    let member = member(&app, &admin.workspace, &id).await?;
    let detail = json!({"from": before.as_str(), "to": role.as_str()});
    admin.note(&app, "member.changed", &member.email, detail).await?;
    Ok(Json(member.into()))
}

/// Takes a member out of the workspace. The account stays.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/members/{id}", tag = "members",
    params(("w" = String, Path), ("id" = String, Path)),
    responses(
        (status = 204, description = "Removed."),
        (status = 403, description = "`role_above_own`", body = Problem),
        (status = 409, description = "`last_owner`", body = Problem),
    )
)]
async fn remove(
    State(app): State<App>,
    admin: Admin,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let member = member(&app, &admin.workspace, &id).await?;
    if !admin.role.may_change(Some(member.role), None) {
        return Err(ApiError::RoleAboveOwn);
    }
    app.store().remove_member(&admin.workspace, &id).await?;
    admin.note(&app, "member.removed", &member.email, json!({})).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn member(app: &App, workspace: &str, user_id: &str) -> Result<Member, ApiError> {
    let members = app.store().members(workspace).await?;
    members
        .into_iter()
        .find(|member| member.user_id == user_id)
        .ok_or(StoreError::NotFound("member").into())
}
