//! API tokens: how programs show who they are.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use sqlx::any::AnyRow;

use crate::error::found;
use crate::row::Columns;
use crate::secret::{self, ALPHANUMERIC};
use crate::{Result, Store, new_id};

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Sending events.
    EventsWrite,
    /// Asking for numbers.
    StatsRead,
    /// Everything an admin may do.
    Admin,
}

/// A word that names no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a scope: events:write, stats:read or admin")]
pub struct UnknownScope(pub String);

impl Scope {
    pub const ALL: [Scope; 3] = [Scope::EventsWrite, Scope::StatsRead, Scope::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Scope::EventsWrite => "events:write",
            Scope::StatsRead => "stats:read",
            Scope::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(word: &str) -> Result<Scope, UnknownScope> {
        Scope::ALL
            .into_iter()
            .find(|scope| scope.as_str() == word)
            .ok_or_else(|| UnknownScope(word.to_owned()))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: String,
    pub workspace_id: String,
    pub name: String,
    pub scopes: Vec<Scope>,
    /// The first characters, so that people recognise it.
    pub prefix: String,
    pub created_at: Timestamp,
    /// Exact to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl Token {
    pub fn allows(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin)
    }
}

const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);
const SHOWN_CHARACTERS: usize = 8;

impl Store {
    /// Makes a token. The text is the token itself, which is shown once: only its hash is kept.
    pub async fn create_token(
        &self,
        workspace: &str,
        name: &str,
        scopes: &[Scope],
        now: Timestamp,
    ) -> Result<(Token, String)> {
        let text = format!("lts_{}", secret::random(ALPHANUMERIC, 40));
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        let token = Token {
            id: new_id(now),
            workspace_id: workspace.to_owned(),
            name: name.trim().to_owned(),
            scopes,
            prefix: text.chars().take(SHOWN_CHARACTERS).collect(),
            created_at: now,
            last_used_at: None,
        };
        sqlx::query(include_str!("../sql/tokens.insert.sql"))
            .bind(&token.id)
            .bind(workspace)
            .bind(&token.name)
            .bind(token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "))
            .bind(&token.prefix)
            .bind(secret::hash(&text))
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok((token, text))
    }

    /// The token that a client shows, `None` when it is none of ours or was revoked.
    pub async fn token(&self, text: &str, now: Timestamp) -> Result<Option<Token>> {
        let row = sqlx::query(include_str!("../sql/tokens.by_hash.sql"))
            .bind(secret::hash(text))
            .fetch_optional(&self.pool)
            .await?;
        let Some(mut token) = row.map(|row| read(&row)).transpose()? else { return Ok(None) };
        if token.last_used_at.is_none_or(|used| now.duration_since(used) >= TOUCH_EVERY) {
            token.last_used_at = Some(now);
            let (pool, workspace, id) =
                (self.pool.clone(), token.workspace_id.clone(), token.id.clone());
            let note = async move {
                sqlx::query(include_str!("../sql/tokens.touch.sql"))
                    .bind(workspace)
                    .bind(id)
                    .bind(now.as_microsecond())
                    .execute(&pool)
                    .await
            };
            self.note_use(&token.id, now, TOUCH_EVERY, note).await;
        }
        Ok(Some(token))
    }

    pub async fn tokens(&self, workspace: &str) -> Result<Vec<Token>> {
        let rows = sqlx::query(include_str!("../sql/tokens.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    pub async fn revoke_token(&self, workspace: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/tokens.delete.sql"))
            .bind(workspace)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "token")
    }
}

fn read(row: &AnyRow) -> Result<Token> {
    let columns = Columns(row);
    let scopes = columns.text("scopes")?;
    Ok(Token {
        id: columns.text("id")?,
        workspace_id: columns.text("workspace_id")?,
        name: columns.text("name")?,
        scopes: scopes.split(' ').filter_map(|word| word.parse().ok()).collect(),
        prefix: columns.text("prefix")?,
        created_at: columns.time("created_at_us")?,
        last_used_at: columns.maybe_time("last_used_at_us")?,
    })
}
