//! Links that show a board to people without an account, until they run out or are revoked.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

use crate::error::found;
use crate::row::Columns;
use crate::secret::{self, ALPHANUMERIC};
use crate::{Result, Store, new_id};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub id: String,
    pub workspace_id: String,
    pub board_id: String,
    pub fields: ShareFields,
    pub created_at: Timestamp,
    /// Exact to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// A link to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareFields {
    /// For whom it is, in the maker's words.
    pub name: String,
    /// What `password::hash` made of its password; `None` when it has none.
    pub password_hash: Option<String>,
    /// Origins whose pages may show it in a frame; none when empty.
    pub origins: Vec<String>,
    pub expires_at: Option<Timestamp>,
    /// Who made it, as the audit log calls them.
    pub created_by: String,
}

const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Characters of a link's token: 256 bits.
const TOKEN_LENGTH: usize = 43;

impl Store {
    /// Makes a link to a board. The text is its token, which is shown once: only its hash is kept.
    pub async fn create_share(
        &self,
        workspace: &str,
        board: &str,
        fields: ShareFields,
        now: Timestamp,
    ) -> Result<(Share, String)> {
        self.board(workspace, board).await?;
        let text = secret::random(ALPHANUMERIC, TOKEN_LENGTH);
        let share = Share {
            id: new_id(now),
            workspace_id: workspace.to_owned(),
            board_id: board.to_owned(),
            fields,
            created_at: now,
            last_used_at: None,
        };
        sqlx::query(include_str!("../sql/board_shares.insert.sql"))
            .bind(&share.id)
            .bind(workspace)
            .bind(board)
            .bind(&share.fields.name)
            .bind(secret::hash(&text))
            .bind(&share.fields.password_hash)
            .bind(json!(share.fields.origins).to_string())
            .bind(share.fields.expires_at.map(Timestamp::as_microsecond))
            .bind(&share.fields.created_by)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok((share, text))
    }

    /// A board's links, the oldest first, those that have run out too.
    pub async fn shares(&self, workspace: &str, board: &str) -> Result<Vec<Share>> {
        let rows = sqlx::query(include_str!("../sql/board_shares.of_board.sql"))
            .bind(workspace)
            .bind(board)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// The link whose token someone shows; `None` when there is none, it was revoked or has run out.
    pub async fn share(&self, token: &str, now: Timestamp) -> Result<Option<Share>> {
        let row = sqlx::query(include_str!("../sql/board_shares.by_hash.sql"))
            .bind(secret::hash(token))
            .bind(now.as_microsecond())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// Notes that a link was used.
    pub async fn touch_share(&self, share: &Share, now: Timestamp) -> Result<()> {
        if share.last_used_at.is_some_and(|used| now.duration_since(used) < TOUCH_EVERY) {
            return Ok(());
        }
        sqlx::query(include_str!("../sql/board_shares.touch.sql"))
            .bind(&share.workspace_id)
            .bind(&share.id)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    pub async fn revoke_share(&self, workspace: &str, board: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/board_shares.delete.sql"))
            .bind(workspace)
            .bind(board)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "share")
    }
}

fn read(row: &AnyRow) -> Result<Share> {
    let columns = Columns(row);
    let origins = columns.json("origins")?;
    let origins = origins.as_array().into_iter().flatten().filter_map(Value::as_str);
    Ok(Share {
        id: columns.text("id")?,
        workspace_id: columns.text("workspace_id")?,
        board_id: columns.text("board_id")?,
        fields: ShareFields {
            name: columns.text("name")?,
            password_hash: columns.maybe_text("password_hash")?,
            origins: origins.map(str::to_owned).collect(),
            expires_at: columns.maybe_time("expires_at_us")?,
            created_by: columns.text("created_by")?,
        },
        created_at: columns.time("created_at_us")?,
        last_used_at: columns.maybe_time("last_used_at_us")?,
    })
}
