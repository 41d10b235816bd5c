//! How often someone may try a password. Kept in the database: it survives a restart and counts for every node.

use jiff::{SignedDuration, Timestamp};

use crate::row::Columns;
use crate::{Result, Store, new_id, secret};

/// The time over which attempts are counted.
pub const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// Who tries: the account or the board's link that is tried, or the address that the attempt comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    Email(&'a str),
    Address(&'a str),
    /// A link's id.
    Share(&'a str),
}

impl Subject<'_> {
    /// Wrong passwords in a window before the next try has to wait.
    pub fn allowed(self) -> i64 {
        match self {
            Subject::Email(_) => 10,
            Subject::Address(_) => 50,
            Subject::Share(_) => 30,
        }
    }

    fn hash(self) -> String {
        match self {
            Subject::Email(email) => {
                secret::hash(&format!("email {}", crate::user::normal_email(email)))
            }
            Subject::Address(address) => secret::hash(&format!("address {address}")),
            Subject::Share(id) => secret::hash(&format!("share {id}")),
        }
    }
}

/// What an attempt is told before the password is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Try,
    /// Too often: not before this time has passed.
    Wait(SignedDuration),
}

impl Store {
    /// Counts an attempt and says whether it may go on.
    ///
    /// The attempt is written before it is judged, so attempts at the same moment cannot all be the
    /// last one allowed. A refused one is taken back: insisting does not lengthen the wait.
    pub async fn attempt_sign_in(&self, subject: Subject<'_>, now: Timestamp) -> Result<Verdict> {
        let (id, since) = (new_id(now), now - WINDOW);
        sqlx::query(include_str!("../sql/sign_in_attempts.delete_old.sql"))
            .bind(since.as_microsecond())
            .execute(&self.pool)
            .await?;
        sqlx::query(include_str!("../sql/sign_in_attempts.insert.sql"))
            .bind(&id)
            .bind(subject.hash())
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        let row = sqlx::query(include_str!("../sql/sign_in_attempts.recent.sql"))
            .bind(subject.hash())
            .bind(since.as_microsecond())
            .fetch_one(&self.pool)
            .await?;
        let columns = Columns(&row);
        if columns.int("attempts")? <= subject.allowed() {
            return Ok(Verdict::Try);
        }
        sqlx::query(include_str!("../sql/sign_in_attempts.delete.sql"))
            .bind(&id)
            .execute(&self.pool)
            .await?;
        let first = columns.maybe_time("first_at_us")?.unwrap_or(now);
        Ok(Verdict::Wait((first + WINDOW).duration_since(now).max(SignedDuration::from_secs(1))))
    }

    /// Forgets a subject's attempts, after the right password.
    pub async fn forgive_attempts(&self, subject: Subject<'_>) -> Result<()> {
        sqlx::query(include_str!("../sql/sign_in_attempts.delete_subject.sql"))
            .bind(subject.hash())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Takes back a subject's latest attempt, after the right password: who shares an address with
    /// others does not use up their allowance, and gives nobody a new one.
    pub async fn forgive_last_attempt(&self, subject: Subject<'_>) -> Result<()> {
        sqlx::query(include_str!("../sql/sign_in_attempts.delete_latest.sql"))
            .bind(subject.hash())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
