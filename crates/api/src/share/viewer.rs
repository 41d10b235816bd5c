//! A board as a link shows it: its own tiles over its own days, and nothing else of the workspace.
//!
//! A token that is unknown, revoked or run out is answered alike. A link with a password gives out a key for the
//! right one, which later requests show in a header: no cookie is needed, also in a frame.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use luotsi_marketing::goal::Locale;
use luotsi_store::attempt::{Subject, Verdict};
use luotsi_store::board::Board;
use luotsi_store::share::Share;
use luotsi_store::{StoreError, secret};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::address::ClientAddress;
use crate::board::data::{Asked, TileData};
use crate::board::{BoardPulse, days_of, tile, tile_of};
use crate::body::Body;
use crate::error::ApiError;
use crate::state::App;
use crate::{password, problem, web};

/// The header in which a viewer shows the key that the password gave.
const KEY: &str = "x-share-key";

/// For how long a password need not be typed again.
const OPEN_FOR: SignedDuration = SignedDuration::from_hours(12);

/// Figures that are computed for links at a time: strangers do not hold up the members.
static AT_A_TIME: Semaphore = Semaphore::const_new(2);

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(shared))
        .routes(routes!(open))
        .routes(routes!(shared_tile))
        .routes(routes!(shared_pulse))
}

/// A board as a link shows it.
#[derive(Serialize, ToSchema)]
struct SharedBoard {
    name: String,
    description: String,
    period: String,
    compare: String,
    /// The board's version.
    version: i64,
    tiles: Vec<SharedTile>,
    expires_at: Option<String>,
}

/// A tile as a link shows it: how it looks, not how it is asked.
#[derive(Serialize, ToSchema)]
struct SharedTile {
    id: String,
    kind: String,
    title: String,
    width: u8,
    height: u8,
    /// A note's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Deserialize, ToSchema)]
struct ShareOpenRequest {
    password: String,
}

/// What opens a link with a password.
#[derive(Serialize, ToSchema)]
struct ShareOpened {
    /// To be shown in the header `X-Share-Key`.
    key: String,
    expires_at: String,
}

#[derive(Deserialize, IntoParams)]
struct Language {
    /// `en`, `fi` or `fa`.
    locale: Option<String>,
}

const NO_SUCH_LINK: ApiError = ApiError::Store(StoreError::NotFound("link"));

/// Headers of everything that a link shows.
type Quiet = AppendHeaders<[(header::HeaderName, &'static str); 2]>;

fn quiet() -> Quiet {
    AppendHeaders([
        (header::HeaderName::from_static("x-robots-tag"), "noindex, nofollow, noarchive"),
        (header::REFERRER_POLICY, "no-referrer"),
    ])
}

/// The key of a link until a time. Nobody makes one without the hash of the password, and another password
/// is another hash.
fn key(share: &Share, until_us: i64) -> Option<String> {
    let hash = share.fields.password_hash.as_deref()?;
    let proof = secret::hash(&format!("share key {} {until_us} {hash}", share.id));
    Some(format!("{until_us}.{proof}"))
}

/// Whether a key opens the link now.
fn opens(share: &Share, shown: &str, now: Timestamp) -> bool {
    let until_us: Option<i64> = shown.split('.').next().and_then(|text| text.parse().ok());
    let alive = until_us.filter(|until_us| *until_us > now.as_microsecond());
    // Hashes are compared, so that the time it takes says nothing about the key.
    alive
        .and_then(|until_us| key(share, until_us))
        .is_some_and(|key| secret::hash(&key) == secret::hash(shown))
}

/// The link and its board, for who may see it.
async fn found(app: &App, token: &str, headers: &HeaderMap) -> Result<(Share, Board), ApiError> {
    let share = app.store().share(token, app.now()).await?.ok_or(NO_SUCH_LINK)?;
    if share.fields.password_hash.is_some() {
        let shown = headers.get(KEY).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !opens(&share, shown, app.now()) {
            return Err(ApiError::PasswordNeeded);
        }
    }
    let board = app.store().board(&share.workspace_id, &share.board_id).await?;
    app.store().touch_share(&share, app.now()).await?;
    Ok((share, board))
}

/// A board by its link.
#[utoipa::path(
    get, path = "/api/v1/shared/{token}", tag = "shared", params(("token" = String, Path)), security(()),
    responses(
        (status = 200, body = SharedBoard),
        (status = 401, description = "`password_needed`.", body = problem::Problem),
        (status = 404, description = "Unknown, revoked or run out.", body = problem::Problem),
    )
)]
async fn shared(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<(Quiet, Json<SharedBoard>), ApiError> {
    let (share, board) = found(&app, &token, &headers).await?;
    let tiles = tile::kept(&board.fields.tiles).into_iter().map(|tile| SharedTile {
        id: tile.id,
        kind: tile.kind,
        title: tile.title,
        width: tile.width,
        height: tile.height,
        text: tile.text,
    });
    let body = SharedBoard {
        tiles: tiles.collect(),
        name: board.fields.name,
        description: board.fields.description,
        period: board.fields.period,
        compare: board.fields.compare,
        version: board.version,
        expires_at: share.fields.expires_at.map(|at| at.to_string()),
    };
    Ok((quiet(), Json(body)))
}

/// Opens a link that has a password.
#[utoipa::path(
    post, path = "/api/v1/shared/{token}/open", tag = "shared", params(("token" = String, Path)), security(()),
    request_body = ShareOpenRequest,
    responses(
        (status = 200, body = ShareOpened),
        (status = 401, description = "`wrong_link_password`.", body = problem::Problem),
        (status = 404, body = problem::Problem),
        (status = 429, description = "Too many tries: `Retry-After` says when.", body = problem::Problem),
    )
)]
async fn open(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    Path(token): Path<String>,
    Body(request): Body<ShareOpenRequest>,
) -> Result<(Quiet, Json<ShareOpened>), ApiError> {
    let share = app.store().share(&token, app.now()).await?.ok_or(NO_SUCH_LINK)?;
    let address = address.to_string();
    let subjects = [Subject::Address(&address), Subject::Share(&share.id)];
    for subject in subjects {
        if let Verdict::Wait(wait) = app.store().attempt_sign_in(subject, app.now()).await? {
            return Err(ApiError::TooManyAttempts(wait));
        }
    }
    let hash = share.fields.password_hash.clone();
    if !password::verify(request.password, hash).await? {
        return Err(ApiError::WrongPassword);
    }
    for subject in subjects {
        app.store().forgive_last_attempt(subject).await?;
    }
    let until = app.now() + OPEN_FOR;
    let key = key(&share, until.as_microsecond()).ok_or(ApiError::WrongPassword)?;
    Ok((quiet(), Json(ShareOpened { key, expires_at: until.to_string() })))
}

/// What a tile shows, over the board's own days.
#[utoipa::path(
    get, path = "/api/v1/shared/{token}/tiles/{tile}/data", tag = "shared", security(()),
    params(("token" = String, Path), ("tile" = String, Path), Language),
    responses(
        (status = 200, body = TileData),
        (status = 401, body = problem::Problem),
        (status = 404, body = problem::Problem),
    )
)]
async fn shared_tile(
    State(app): State<App>,
    Path((token, tile)): Path<(String, String)>,
    Query(language): Query<Language>,
    headers: HeaderMap,
) -> Result<(Quiet, Json<Arc<TileData>>), ApiError> {
    let (_, board) = found(&app, &token, &headers).await?;
    let tile = tile_of(&board, &tile)?;
    let locale = language.locale.and_then(|word| word.parse().ok()).unwrap_or(Locale::En);
    let asked = Asked { workspace: &board.workspace_id, days: days_of(&board), locale };
    // The semaphore is never closed, so there is a permit or a longer wait.
    let _permit = AT_A_TIME.acquire().await;
    let data = app.moment().answer(&app, &board, asked, &tile).await;
    // What is wrong with the tile is the members' affair: nothing of how it is asked is told.
    let data = data.map_err(|error| match error {
        ApiError::Fields(_) | ApiError::Measure(_) | ApiError::Store(StoreError::NotFound(_)) => {
            ApiError::Store(StoreError::NotFound("figure any more"))
        }
        other => other,
    })?;
    Ok((quiet(), Json(data)))
}

/// Whether the board's figures may have changed.
#[utoipa::path(
    get, path = "/api/v1/shared/{token}/pulse", tag = "shared", params(("token" = String, Path)), security(()),
    responses(
        (status = 200, body = BoardPulse),
        (status = 401, body = problem::Problem),
        (status = 404, body = problem::Problem),
    )
)]
async fn shared_pulse(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<(Quiet, Json<BoardPulse>), ApiError> {
    let (_, board) = found(&app, &token, &headers).await?;
    Ok((quiet(), Json(BoardPulse::of(&app, &board).await?)))
}

/// `GET /share/{token}`: the page on which a link is looked at. Pages of the link's origins may frame it, no others.
pub(crate) async fn page(
    State(app): State<App>,
    Path(token): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let origins = match app.store().share(&token, app.now()).await {
        Ok(share) => share.map(|share| share.fields.origins).unwrap_or_default(),
        Err(error) => return ApiError::from(error).into_response(),
    };
    let Some(mut response) = web::ui(&uri, &headers) else {
        return ApiError::NoSuchPath.into_response();
    };
    if let Some(policy) = web::framed_by(&origins) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        response.headers_mut().remove(header::X_FRAME_OPTIONS);
    }
    for (name, value) in quiet().0 {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
