//! Boards of figures: their tiles, and which of them each role sees first.

use jiff::Timestamp;
use luotsi_marketing::role::Role;
use serde_json::Value;
use sqlx::any::AnyRow;

use crate::error::found;
use crate::row::Columns;
use crate::{Result, Store, StoreError, new_id};

#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    pub id: String,
    pub workspace_id: String,
    pub fields: BoardFields,
    /// Grows with each write: a write of an old version is refused.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A board to be kept, or what is to be written over one.
#[derive(Debug, Clone, PartialEq)]
pub struct BoardFields {
    pub name: String,
    pub description: String,
    /// The period of all its figures: `luotsi_marketing::board::Period`.
    pub period: String,
    /// What they are compared with: `luotsi_marketing::board::Compare`.
    pub compare: String,
    /// An array of tiles, in the order of the screen.
    pub tiles: Value,
}

impl Store {
    pub async fn create_board(
        &self,
        workspace: &str,
        fields: BoardFields,
        now: Timestamp,
    ) -> Result<Board> {
        let board = Board {
            id: new_id(now),
            workspace_id: workspace.to_owned(),
            fields,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        sqlx::query(include_str!("../sql/boards.insert.sql"))
            .bind(&board.id)
            .bind(workspace)
            .bind(&board.fields.name)
            .bind(&board.fields.description)
            .bind(&board.fields.period)
            .bind(&board.fields.compare)
            .bind(board.fields.tiles.to_string())
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(board)
    }

    /// A workspace's boards, the oldest first.
    pub async fn boards(&self, workspace: &str) -> Result<Vec<Board>> {
        let rows = sqlx::query(include_str!("../sql/boards.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    pub async fn board(&self, workspace: &str, id: &str) -> Result<Board> {
        let row = sqlx::query(include_str!("../sql/boards.by_id.sql"))
            .bind(workspace)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| read(&row)).transpose()?.ok_or(StoreError::NotFound("board"))
    }

    /// Writes a board and returns it with its new version. `Stale` when someone wrote it since it was read.
    pub async fn save_board(&self, mut board: Board, now: Timestamp) -> Result<Board> {
        let done = sqlx::query(include_str!("../sql/boards.update.sql"))
            .bind(&board.workspace_id)
            .bind(&board.id)
            .bind(&board.fields.name)
            .bind(&board.fields.description)
            .bind(&board.fields.period)
            .bind(&board.fields.compare)
            .bind(board.fields.tiles.to_string())
            .bind(now.as_microsecond())
            .bind(board.version)
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 0 {
            self.board(&board.workspace_id, &board.id).await?;
            return Err(StoreError::Stale("board"));
        }
        board.version += 1;
        board.updated_at = now;
        Ok(board)
    }

    /// Removes a board with its links.
    pub async fn delete_board(&self, workspace: &str, id: &str) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/boards.delete.sql"))
            .bind(workspace)
            .bind(id)
            .execute(&self.pool)
            .await?;
        found(&done, "board")
    }

    /// The board that each role sees first; a role that is not named sees the goals.
    pub async fn homes(&self, workspace: &str) -> Result<Vec<(Role, String)>> {
        let rows = sqlx::query(include_str!("../sql/role_homes.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        let home = |row: &AnyRow| {
            let columns = Columns(row);
            Ok((columns.parsed("role")?, columns.text("board_id")?))
        };
        rows.iter().map(home).collect()
    }

    /// Says what a role sees first: a board of the workspace, or the goals (`None`).
    pub async fn set_home(&self, workspace: &str, role: Role, board: Option<&str>) -> Result<()> {
        let Some(board) = board else {
            sqlx::query(include_str!("../sql/role_homes.delete.sql"))
                .bind(workspace)
                .bind(role.as_str())
                .execute(&self.pool)
                .await?;
            return Ok(());
        };
        self.board(workspace, board).await?;
        sqlx::query(include_str!("../sql/role_homes.upsert.sql"))
            .bind(workspace)
            .bind(role.as_str())
            .bind(board)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<Board> {
    let columns = Columns(row);
    Ok(Board {
        id: columns.text("id")?,
        workspace_id: columns.text("workspace_id")?,
        fields: BoardFields {
            name: columns.text("name")?,
            description: columns.text("description")?,
            period: columns.text("period")?,
            compare: columns.text("compare")?,
            tiles: columns.json("tiles")?,
        },
        version: columns.int("version")?,
        created_at: columns.time("created_at_us")?,
        updated_at: columns.time("updated_at_us")?,
    })
}
