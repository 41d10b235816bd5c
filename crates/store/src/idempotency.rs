//! Requests that may be repeated: the first makes something, the others get its answer.

use jiff::{SignedDuration, Timestamp};

use crate::row::Columns;
use crate::{Result, Store};

/// For how long an answer is repeated.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// After this time a request without an answer is held to have died.
const ABANDONED: SignedDuration = SignedDuration::from_mins(5);

/// An answer to repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// HTTP status.
    pub status: u16,
    pub body: String,
}

/// Who came first with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// This request: it is to be done, and answered or freed.
    Mine,
    /// The same request, which was answered.
    Answered(KeptAnswer),
    /// The same request, which is still at work.
    AtWork,
    /// Another request.
    Other,
}

impl Store {
    /// Claims `key` within `scope` for a request. Two at the same moment: one gets `Mine`.
    pub async fn claim_idempotency_key(
        &self,
        scope: &str,
        key: &str,
        request_hash: &str,
        now: Timestamp,
    ) -> Result<Claim> {
        sqlx::query(include_str!("../sql/idempotency_keys.delete_old.sql"))
            .bind((now - KEPT).as_microsecond())
            .bind((now - ABANDONED).as_microsecond())
            .execute(&self.pool)
            .await?;
        let done = sqlx::query(include_str!("../sql/idempotency_keys.insert.sql"))
            .bind(scope)
            .bind(key)
            .bind(request_hash)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 1 {
            return Ok(Claim::Mine);
        }
        let row = sqlx::query(include_str!("../sql/idempotency_keys.by_key.sql"))
            .bind(scope)
            .bind(key)
            .fetch_optional(&self.pool)
            .await?;
        // The first made nothing and freed its key a moment ago: the sender tries again.
        let Some(row) = row else { return Ok(Claim::AtWork) };
        let columns = Columns(&row);
        if columns.text("request_hash")? != request_hash {
            return Ok(Claim::Other);
        }
        let status = columns.maybe_int("status")?.and_then(|status| u16::try_from(status).ok());
        Ok(match (status, columns.maybe_text("body")?) {
            (Some(status), Some(body)) => Claim::Answered(KeptAnswer { status, body }),
            _ => Claim::AtWork,
        })
    }

    /// Keeps the answer to the request that claimed the key.
    pub async fn answer_idempotency_key(
        &self,
        scope: &str,
        key: &str,
        answer: &KeptAnswer,
    ) -> Result<()> {
        sqlx::query(include_str!("../sql/idempotency_keys.answer.sql"))
            .bind(scope)
            .bind(key)
            .bind(i64::from(answer.status))
            .bind(&answer.body)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Frees the key of a request that made nothing.
    pub async fn free_idempotency_key(&self, scope: &str, key: &str) -> Result<()> {
        sqlx::query(include_str!("../sql/idempotency_keys.delete.sql"))
            .bind(scope)
            .bind(key)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
