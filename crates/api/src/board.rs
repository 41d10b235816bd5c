//! Boards of figures: keeping them, and answering what their tiles show.

mod daily;
pub(crate) mod data;
pub(crate) mod figures;
pub(crate) mod pulse;
pub(crate) mod tile;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use luotsi_marketing::board::{Compare, MOST_BOARDS, Period};
use luotsi_store::StoreError;
use luotsi_store::board::{Board, BoardFields};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Access, Editor, Viewer};
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::problem::Problem;
use crate::state::App;
use crate::user::LONGEST_NAME;
use data::{Asked, TileData};
use figures::Days;
use tile::TileBody;

const LONGEST_DESCRIPTION: usize = 2_000;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(boards, create))
        .routes(routes!(preview))
        .routes(routes!(board, change, delete))
        .routes(routes!(tile_data))
        .routes(routes!(board_pulse))
}

#[derive(Serialize, ToSchema)]
struct BoardBody {
    id: String,
    /// Grows with each write.
    version: i64,
    name: String,
    description: String,
    /// `day`, `yesterday`, `7d`, `28d`, `30d`, `91d`, `month`, `last_month`, `year`, `12mo` or `all`.
    period: String,
    /// `off`, `previous_period` or `year_over_year`.
    compare: String,
    /// In the order of the screen: from the start of a line to its end, line by line.
    tiles: Vec<TileBody>,
    created_at: String,
    updated_at: String,
}

impl From<Board> for BoardBody {
    fn from(board: Board) -> Self {
        Self {
            tiles: tile::kept(&board.fields.tiles),
            id: board.id,
            version: board.version,
            name: board.fields.name,
            description: board.fields.description,
            period: board.fields.period,
            compare: board.fields.compare,
            created_at: board.created_at.to_string(),
            updated_at: board.updated_at.to_string(),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct Boards {
    items: Vec<BoardBody>,
}

#[derive(Deserialize, ToSchema)]
struct NewBoard {
    name: String,
    #[serde(default)]
    description: String,
    /// `28d` when it is not given.
    period: Option<String>,
    /// `previous_period` when it is not given.
    compare: Option<String>,
    #[serde(default)]
    tiles: Vec<TileBody>,
}

/// What is not given stays.
#[derive(Deserialize, ToSchema)]
struct BoardChanges {
    name: Option<String>,
    description: Option<String>,
    period: Option<String>,
    compare: Option<String>,
    tiles: Option<Vec<TileBody>>,
    /// The version that was read, to be told when someone else wrote it since.
    version: Option<i64>,
}

/// A tile to be looked at before it is kept.
#[derive(Deserialize, ToSchema)]
struct TilePreview {
    tile: TileBody,
    period: Option<String>,
    compare: Option<String>,
}

/// The days to show in place of the board's own.
#[derive(Deserialize, IntoParams)]
struct DaysAsked {
    period: Option<String>,
    compare: Option<String>,
}

/// Whether figures may have changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct BoardPulse {
    /// Another text when events or readings arrived, the board or a metric changed, or a day began.
    pub(crate) pulse: String,
    /// The board's version.
    pub(crate) version: i64,
}

impl BoardPulse {
    pub(crate) async fn of(app: &App, board: &Board) -> Result<Self, ApiError> {
        let pulse = pulse::pulse(app, board).await?;
        Ok(Self { pulse: format!("{:016x}", pulse.whole()), version: board.version })
    }
}

/// The days in words, checked.
fn days(fields: &mut Fields, period: &str, compare: &str) -> Days {
    let period = fields.take("period", "unknown_period", period.parse::<Period>());
    let compare = fields.take("compare", "unknown_comparison", compare.parse::<Compare>());
    Days { period: period.unwrap_or(Period::Days(28)), compare: compare.unwrap_or(Compare::Off) }
}

/// The days of a kept board.
pub(crate) fn days_of(board: &Board) -> Days {
    Days {
        period: board.fields.period.parse().unwrap_or(Period::Days(28)),
        compare: board.fields.compare.parse().unwrap_or(Compare::Off),
    }
}

/// A tile of a board.
pub(crate) fn tile_of(board: &Board, id: &str) -> Result<TileBody, ApiError> {
    let found = tile::kept(&board.fields.tiles).into_iter().find(|tile| tile.id == id);
    found.ok_or(ApiError::Store(StoreError::NotFound("tile")))
}

/// The fields of a board, checked. Tiles that are as `before` are not asked about again: what they showed may
/// be gone, which is no reason to refuse another change.
async fn checked(
    app: &App,
    access: &Access,
    new: NewBoard,
    before: &[TileBody],
) -> Result<BoardFields, ApiError> {
    let mut fields = Fields::default();
    let name = fields.text("name", &new.name, LONGEST_NAME);
    let description = fields.optional_text("description", &new.description, LONGEST_DESCRIPTION);
    let period = new.period.unwrap_or_else(|| "28d".to_owned());
    let compare = new.compare.unwrap_or_else(|| "previous_period".to_owned());
    let days = days(&mut fields, &period, &compare);
    let tiles = tile::checked(&mut fields, &new.tiles);
    fields.finish()?;
    let asked = Asked { workspace: &access.workspace, days, locale: access.locale() };
    for (at, tile) in tiles.iter().enumerate() {
        if !before.contains(tile) {
            let checked = data::check(app, asked, tile).await;
            checked.map_err(|error| error.within(&format!("tiles[{at}].")))?;
        }
    }
    Ok(BoardFields { name, description, period, compare, tiles: json!(tiles) })
}

/// The workspace's boards, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/boards", tag = "boards", params(("w" = String, Path)),
    responses((status = 200, body = Boards))
)]
async fn boards(State(app): State<App>, viewer: Viewer) -> Result<Json<Boards>, ApiError> {
    let boards = app.store().boards(&viewer.workspace).await?;
    Ok(Json(Boards { items: boards.into_iter().map(BoardBody::from).collect() }))
}

/// Makes a board.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/boards", tag = "boards", params(("w" = String, Path)),
    request_body = NewBoard, responses((status = 201, body = BoardBody), (status = 422, body = Problem))
)]
async fn create(
    State(app): State<App>,
    editor: Editor,
    Body(new): Body<NewBoard>,
) -> Result<(StatusCode, Json<BoardBody>), ApiError> {
    if app.store().boards(&editor.workspace).await?.len() >= MOST_BOARDS {
        let detail = format!("a workspace has at most {MOST_BOARDS} boards");
        return Err(ApiError::field("name", "too_many", detail));
    }
    let fields = checked(&app, &editor, new, &[]).await?;
    let board = app.store().create_board(&editor.workspace, fields, app.now()).await?;
    editor.note(&app, "board.created", &board.fields.name, json!({"id": board.id})).await?;
    Ok((StatusCode::CREATED, Json(board.into())))
}

/// One board.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/boards/{id}", tag = "boards",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = BoardBody), (status = 404, body = Problem))
)]
async fn board(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<BoardBody>, ApiError> {
    Ok(Json(app.store().board(&viewer.workspace, &id).await?.into()))
}

/// Changes a board. With `version`, a board that someone else wrote since is left as it is (409 `stale`).
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/boards/{id}", tag = "boards",
    params(("w" = String, Path), ("id" = String, Path)), request_body = BoardChanges,
    responses(
        (status = 200, body = BoardBody),
        (status = 409, description = "`stale`: read it again.", body = Problem),
        (status = 422, body = Problem),
    )
)]
async fn change(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
    Body(changes): Body<BoardChanges>,
) -> Result<Json<BoardBody>, ApiError> {
    let mut board = app.store().board(&editor.workspace, &id).await?;
    if changes.version.is_some_and(|version| version != board.version) {
        return Err(StoreError::Stale("board").into());
    }
    let before = tile::kept(&board.fields.tiles);
    let new = NewBoard {
        name: changes.name.unwrap_or_else(|| board.fields.name.clone()),
        description: changes.description.unwrap_or_else(|| board.fields.description.clone()),
        period: Some(changes.period.unwrap_or_else(|| board.fields.period.clone())),
        compare: Some(changes.compare.unwrap_or_else(|| board.fields.compare.clone())),
        tiles: changes.tiles.unwrap_or_else(|| before.clone()),
    };
    board.fields = checked(&app, &editor, new, &before).await?;
    let board = app.store().save_board(board, app.now()).await?;
    editor.note(&app, "board.changed", &board.fields.name, json!({"id": id})).await?;
    Ok(Json(board.into()))
}

/// Removes a board with its links.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{w}/boards/{id}", tag = "boards",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem))
)]
async fn delete(
    State(app): State<App>,
    editor: Editor,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let board = app.store().board(&editor.workspace, &id).await?;
    app.store().delete_board(&editor.workspace, &id).await?;
    editor.note(&app, "board.deleted", &board.fields.name, json!({"id": id})).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a tile shows, over the board's days or others.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/boards/{id}/tiles/{tile}/data", tag = "boards",
    params(("w" = String, Path), ("id" = String, Path), ("tile" = String, Path), DaysAsked),
    responses(
        (status = 200, body = TileData),
        (status = 404, body = Problem),
        (status = 422, description = "What it showed is gone, or the period is none.", body = Problem),
    )
)]
async fn tile_data(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, id, tile)): Path<(String, String, String)>,
    Query(asked): Query<DaysAsked>,
) -> Result<Json<Arc<TileData>>, ApiError> {
    let board = app.store().board(&viewer.workspace, &id).await?;
    let tile = tile_of(&board, &tile)?;
    let mut fields = Fields::default();
    let days = days(
        &mut fields,
        asked.period.as_deref().unwrap_or(&board.fields.period),
        asked.compare.as_deref().unwrap_or(&board.fields.compare),
    );
    fields.finish()?;
    let asked = Asked { workspace: &viewer.workspace, days, locale: viewer.locale() };
    Ok(Json(app.moment().answer(&app, &board, asked, &tile).await?))
}

/// What a tile would show.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/boards/preview", tag = "boards", params(("w" = String, Path)),
    request_body = TilePreview, responses((status = 200, body = TileData), (status = 422, body = Problem))
)]
async fn preview(
    State(app): State<App>,
    viewer: Viewer,
    Body(request): Body<TilePreview>,
) -> Result<Json<TileData>, ApiError> {
    let mut fields = Fields::default();
    let days = days(
        &mut fields,
        request.period.as_deref().unwrap_or("28d"),
        request.compare.as_deref().unwrap_or("previous_period"),
    );
    let tile = request.tile.checked(&mut fields, "");
    fields.finish()?;
    let asked = Asked { workspace: &viewer.workspace, days, locale: viewer.locale() };
    data::check(&app, asked, &tile).await?;
    Ok(Json(data::answer(&app, asked, &tile).await?))
}

/// Whether the board's figures may have changed: cheap to ask every few seconds.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/boards/{id}/pulse", tag = "boards",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = BoardPulse), (status = 404, body = Problem))
)]
async fn board_pulse(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<BoardPulse>, ApiError> {
    let board = app.store().board(&viewer.workspace, &id).await?;
    Ok(Json(BoardPulse::of(&app, &board).await?))
}
