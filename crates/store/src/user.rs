//! People who sign in.

use jiff::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::{found, unique};
use crate::row::Columns;
use crate::workspace::{Role, Workspace};
use crate::{Result, Store, StoreError, new_id};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: String,
    /// In lower case: that is how it is looked up.
    pub email: String,
    pub name: String,
    /// `en`, `fi` or `fa`.
    pub locale: String,
    /// A PHC string of `password::hash`.
    pub password_hash: String,
    pub created_at: Timestamp,
}

/// A user to be made.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub locale: &'a str,
    pub password_hash: &'a str,
}

/// The form in which an e-mail address is kept and compared.
pub fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

impl Store {
    pub async fn user_count(&self) -> Result<i64> {
        let row = sqlx::query(include_str!("../sql/users.count.sql")).fetch_one(&self.pool).await?;
        Columns(&row).int("users")
    }

    /// Makes the first user, the first workspace, and the one owner of the other.
    ///
    /// `AlreadySetUp` when there is a user: of two browsers at once, one wins.
    pub async fn create_owner(
        &self,
        user: &NewUser<'_>,
        workspace_name: &str,
        sample: bool,
        now: Timestamp,
    ) -> Result<(User, Workspace)> {
        let mut transaction = self.begin().await?;
        sqlx::query(include_str!("../sql/counters.next.sql"))
            .bind("setup")
            .fetch_one(&mut *transaction)
            .await?;
        let row = sqlx::query(include_str!("../sql/users.count.sql"))
            .fetch_one(&mut *transaction)
            .await?;
        if Columns(&row).int("users")? > 0 {
            return Err(StoreError::AlreadySetUp);
        }
        let user = insert(&mut transaction, user, now).await?;
        let workspace =
            crate::workspace::insert(&mut transaction, workspace_name, sample, now).await?;
        crate::workspace::insert_member(
            &mut transaction,
            &workspace.id,
            &user.id,
            Role::Owner,
            now,
        )
        .await?;
        transaction.commit().await?;
        Ok((user, workspace))
    }

    /// `Taken` when someone has the e-mail address.
    pub async fn create_user(&self, user: &NewUser<'_>, now: Timestamp) -> Result<User> {
        let mut connection = self.pool.acquire().await?;
        insert(&mut connection, user, now).await
    }

    pub async fn user(&self, id: &str) -> Result<User> {
        let row = sqlx::query(include_str!("../sql/users.by_id.sql"))
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| read(&row)).transpose()?.ok_or(StoreError::NotFound("user"))
    }

    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        let row = sqlx::query(include_str!("../sql/users.by_email.sql"))
            .bind(normal_email(email))
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// Writes name, language and password hash.
    pub async fn save_user(&self, user: &User, now: Timestamp) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/users.update.sql"))
            .bind(&user.id)
            .bind(&user.name)
            .bind(&user.locale)
            .bind(&user.password_hash)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        found(&done, "user")
    }
}

pub(crate) async fn insert(
    connection: &mut AnyConnection,
    user: &NewUser<'_>,
    now: Timestamp,
) -> Result<User> {
    let user = User {
        id: new_id(now),
        email: normal_email(user.email),
        name: user.name.trim().to_owned(),
        locale: user.locale.to_owned(),
        password_hash: user.password_hash.to_owned(),
        created_at: now,
    };
    sqlx::query(include_str!("../sql/users.insert.sql"))
        .bind(&user.id)
        .bind(&user.email)
        .bind(&user.name)
        .bind(&user.locale)
        .bind(&user.password_hash)
        .bind(now.as_microsecond())
        .execute(connection)
        .await
        .map_err(unique("e-mail address"))?;
    Ok(user)
}

pub(crate) fn read(row: &AnyRow) -> Result<User> {
    let columns = Columns(row);
    Ok(User {
        id: columns.text("id")?,
        email: columns.text("email")?,
        name: columns.text("name")?,
        locale: columns.text("locale")?,
        password_hash: columns.text("password_hash")?,
        created_at: columns.time("created_at_us")?,
    })
}
