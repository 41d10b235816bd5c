//! Sign-ins: one for each browser, each revocable.

use jiff::{SignedDuration, Timestamp};
use sqlx::any::AnyRow;

use crate::error::found;
use crate::row::Columns;
use crate::user::{self, User};
use crate::{Result, Store, new_id, secret};

/// How long a sign-in lasts after it was last used.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How often its use is written down at most.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);

const LONGEST_USER_AGENT: usize = 300;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    pub user_agent: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Store {
    /// Signs a user in. The text is the cookie's secret, of which only a hash is kept.
    pub async fn sign_in(
        &self,
        user_id: &str,
        user_agent: &str,
        now: Timestamp,
    ) -> Result<(Session, String)> {
        let cookie = secret::cookie();
        let session = Session {
            id: new_id(now),
            user_agent: user_agent.chars().take(LONGEST_USER_AGENT).collect(),
            created_at: now,
            last_seen_at: now,
            expires_at: now + LIFETIME,
        };
        sqlx::query(include_str!("../sql/sessions.insert.sql"))
            .bind(&session.id)
            .bind(user_id)
            .bind(secret::hash(&cookie))
            .bind(&session.user_agent)
            .bind(now.as_microsecond())
            .bind(session.expires_at.as_microsecond())
            .execute(&self.pool)
            .await?;
        sqlx::query(include_str!("../sql/sessions.delete_expired.sql"))
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok((session, cookie))
    }

    /// Who a cookie signs in, `None` when it was revoked or has run out. Keeps the sign-in alive.
    pub async fn signed_in(&self, cookie: &str, now: Timestamp) -> Result<Option<(Session, User)>> {
        let row = sqlx::query(include_str!("../sql/sessions.by_token.sql"))
            .bind(secret::hash(cookie))
            .bind(now.as_microsecond())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let (mut session, user) = (read(&row)?, user::read(&row)?);
        if now.duration_since(session.last_seen_at) >= TOUCH_EVERY {
            (session.last_seen_at, session.expires_at) = (now, now + LIFETIME);
            let (pool, id, expires_at) =
                (self.pool.clone(), session.id.clone(), session.expires_at);
            let note = async move {
                sqlx::query(include_str!("../sql/sessions.touch.sql"))
                    .bind(id)
                    .bind(now.as_microsecond())
                    .bind(expires_at.as_microsecond())
                    .execute(&pool)
                    .await
            };
            self.note_use(&session.id, now, TOUCH_EVERY, note).await;
        }
        Ok(Some((session, user)))
    }

    /// A user's sign-ins, the latest used first.
    pub async fn sessions(&self, user_id: &str, now: Timestamp) -> Result<Vec<Session>> {
        let rows = sqlx::query(include_str!("../sql/sessions.of_user.sql"))
            .bind(user_id)
            .bind(now.as_microsecond())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Revokes one of a user's sign-ins.
    pub async fn revoke_session(&self, user_id: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/sessions.delete.sql"))
            .bind(user_id)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "session")
    }

    /// Revokes a user's sign-ins except `kept`; all of them when `kept` is empty.
    pub async fn revoke_other_sessions(&self, user_id: &str, kept: &str) -> Result<()> {
        sqlx::query(include_str!("../sql/sessions.delete_others.sql"))
            .bind(user_id)
            .bind(kept)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<Session> {
    let columns = Columns(row);
    Ok(Session {
        id: columns.text("session_id")?,
        user_agent: columns.text("user_agent")?,
        created_at: columns.time("session_created_at_us")?,
        last_seen_at: columns.time("last_seen_at_us")?,
        expires_at: columns.time("expires_at_us")?,
    })
}
