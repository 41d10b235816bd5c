//! Workspaces and who belongs to them.

use jiff::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

pub use luotsi_marketing::role::Role;

use crate::error::{found, unique};
use crate::row::Columns;
use crate::user::{self, NewUser, User};
use crate::{Result, Store, StoreError, new_id};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    pub id: String,
    pub name: String,
    /// Made-up data, which every screen says.
    pub sample: bool,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub user_id: String,
    pub email: String,
    pub name: String,
    pub role: Role,
}

impl Store {
    pub async fn create_workspace(
        &self,
        name: &str,
        sample: bool,
        now: Timestamp,
    ) -> Result<Workspace> {
        let mut connection = self.pool.acquire().await?;
        insert(&mut connection, name, sample, now).await
    }

    pub async fn workspace(&self, id: &str) -> Result<Workspace> {
        let row = sqlx::query(include_str!("../sql/workspaces.by_id.sql"))
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| read(&row)).transpose()?.ok_or(StoreError::NotFound("workspace"))
    }

    /// Every workspace of the installation, the oldest first. For the command line, never for a customer.
    pub async fn all_workspaces(&self) -> Result<Vec<Workspace>> {
        let rows =
            sqlx::query(include_str!("../sql/workspaces.all.sql")).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    pub async fn rename_workspace(&self, id: &str, name: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/workspaces.rename.sql"))
            .bind(id)
            .bind(name)
            .execute(&self.pool)
            .await?;
        found(&done, "workspace")
    }

    /// The workspaces a user belongs to, with the user's role, the oldest first.
    pub async fn workspaces_of(&self, user_id: &str) -> Result<Vec<(Workspace, Role)>> {
        let rows = sqlx::query(include_str!("../sql/workspaces.of_user.sql"))
            .bind(user_id)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Ok((read(row)?, Columns(row).parsed("role")?))).collect()
    }

    /// A user's role in a workspace, `None` for someone who does not belong to it.
    pub async fn role(&self, workspace: &str, user_id: &str) -> Result<Option<Role>> {
        let row = sqlx::query(include_str!("../sql/members.role.sql"))
            .bind(workspace)
            .bind(user_id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Columns(&row).parsed("role")).transpose()
    }

    pub async fn members(&self, workspace: &str) -> Result<Vec<Member>> {
        let rows = sqlx::query(include_str!("../sql/members.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read_member).collect()
    }

    /// Adds someone who has an account. `Taken` for who already belongs to the workspace.
    pub async fn add_member(
        &self,
        workspace: &str,
        user_id: &str,
        role: Role,
        now: Timestamp,
    ) -> Result<()> {
        let mut connection = self.pool.acquire().await?;
        insert_member(&mut connection, workspace, user_id, role, now).await
    }

    /// Makes an account and adds it, both or neither.
    pub async fn create_member(
        &self,
        workspace: &str,
        user: &NewUser<'_>,
        role: Role,
        now: Timestamp,
    ) -> Result<User> {
        let mut transaction = self.begin().await?;
        let user = user::insert(&mut transaction, user, now).await?;
        insert_member(&mut transaction, workspace, &user.id, role, now).await?;
        transaction.commit().await?;
        Ok(user)
    }

    /// Gives a member another role. `LastOwner` when nobody would own the workspace.
    pub async fn change_role(&self, workspace: &str, user_id: &str, role: Role) -> Result<()> {
        let mut transaction = self.begin().await?;
        keep_an_owner(&mut transaction, workspace, user_id, Some(role)).await?;
        let done = sqlx::query(include_str!("../sql/members.update.sql"))
            .bind(workspace)
            .bind(user_id)
            .bind(role.as_str())
            .execute(&mut *transaction)
            .await?;
        found(&done, "member")?;
        transaction.commit().await?;
        Ok(())
    }

    /// Takes a member out. `LastOwner` when nobody would own the workspace.
    pub async fn remove_member(&self, workspace: &str, user_id: &str) -> Result<()> {
        let mut transaction = self.begin().await?;
        keep_an_owner(&mut transaction, workspace, user_id, None).await?;
        let done = sqlx::query(include_str!("../sql/members.delete.sql"))
            .bind(workspace)
            .bind(user_id)
            .execute(&mut *transaction)
            .await?;
        found(&done, "member")?;
        transaction.commit().await?;
        Ok(())
    }
}

async fn keep_an_owner(
    connection: &mut AnyConnection,
    workspace: &str,
    user_id: &str,
    becomes: Option<Role>,
) -> Result<()> {
    sqlx::query(include_str!("../sql/workspaces.lock.sql"))
        .bind(workspace)
        .execute(&mut *connection)
        .await?;
    let role = sqlx::query(include_str!("../sql/members.role.sql"))
        .bind(workspace)
        .bind(user_id)
        .fetch_optional(&mut *connection)
        .await?;
    let role: Role = role
        .map(|row| Columns(&row).parsed("role"))
        .transpose()?
        .ok_or(StoreError::NotFound("member"))?;
    if role != Role::Owner || becomes == Some(Role::Owner) {
        return Ok(());
    }
    let row = sqlx::query(include_str!("../sql/members.owners.sql"))
        .bind(workspace)
        .fetch_one(&mut *connection)
        .await?;
    if Columns(&row).int("owners")? > 1 { Ok(()) } else { Err(StoreError::LastOwner) }
}

pub(crate) async fn insert(
    connection: &mut AnyConnection,
    name: &str,
    sample: bool,
    now: Timestamp,
) -> Result<Workspace> {
    let workspace =
        Workspace { id: new_id(now), name: name.trim().to_owned(), sample, created_at: now };
    sqlx::query(include_str!("../sql/workspaces.insert.sql"))
        .bind(&workspace.id)
        .bind(&workspace.name)
        .bind(i64::from(sample))
        .bind(now.as_microsecond())
        .execute(connection)
        .await?;
    Ok(workspace)
}

pub(crate) async fn insert_member(
    connection: &mut AnyConnection,
    workspace: &str,
    user_id: &str,
    role: Role,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(include_str!("../sql/members.insert.sql"))
        .bind(workspace)
        .bind(user_id)
        .bind(role.as_str())
        .bind(now.as_microsecond())
        .execute(connection)
        .await
        .map_err(unique("member"))?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Workspace> {
    let columns = Columns(row);
    Ok(Workspace {
        id: columns.text("id")?,
        name: columns.text("name")?,
        sample: columns.flag("sample")?,
        created_at: columns.time("created_at_us")?,
    })
}

fn read_member(row: &AnyRow) -> Result<Member> {
    let columns = Columns(row);
    Ok(Member {
        user_id: columns.text("id")?,
        email: columns.text("email")?,
        name: columns.text("name")?,
        role: columns.parsed("role")?,
    })
}
