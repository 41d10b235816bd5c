//! What happens on a site right now: asked once, or followed as a stream of server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::error::ApiError;
use crate::measure::first_event;
use crate::problem::Problem;
use crate::state::App;

/// Between two looks of a stream; a change is told at once, no change every few looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const LOOKS_BETWEEN_REPEATS: u32 = 10;

/// A stream ends after so many looks: the browser opens another, and is asked again who it is.
const LONGEST_LOOKS: u32 = 3_600;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(status)).routes(routes!(live))
}

/// A site's last half hour. People only: bots do not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct SiteStatus {
    /// When data begin, not later than the first event; `null` before there is one.
    first_event_at: Option<String>,
    /// `null` when there was none within a day before the server started.
    last_event_at: Option<String>,
    /// Visitors of the last five minutes.
    visitors_now: u64,
    events_last_30_minutes: u64,
}

fn look(app: &App, site_number: i32) -> SiteStatus {
    let recent = app.lake().recent(site_number, app.now().as_microsecond());
    let at = |us: i64| Timestamp::from_microsecond(us).ok();
    SiteStatus {
        first_event_at: first_event(app, site_number).map(|at| at.to_string()),
        last_event_at: recent.last_event_us.and_then(at).map(|at| at.to_string()),
        visitors_now: recent.visitors_5_min,
        events_last_30_minutes: recent.events_30_min,
    }
}

/// What happens on the site right now.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}/status", tag = "sites",
    params(("w" = String, Path), ("s" = String, Path)),
    responses((status = 200, body = SiteStatus), (status = 404, body = Problem))
)]
async fn status(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<SiteStatus>, ApiError> {
    let site = app.store().site(&viewer.workspace, &id).await?;
    Ok(Json(look(&app, site.number)))
}

/// The same as server-sent events: `status` with the answer of `/status`, whenever it changes.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}/live", tag = "sites",
    params(("w" = String, Path), ("s" = String, Path)),
    responses(
        (status = 200, content_type = "text/event-stream", description = "Events named `status`."),
        (status = 404, body = Problem),
    )
)]
async fn live(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let site = app.store().site(&viewer.workspace, &id).await?;
    let begin = (app, site.number, None::<SiteStatus>, 0);
    let stream = futures::stream::unfold(begin, |(app, number, mut told, mut looks)| async move {
        let mut quiet = 0;
        loop {
            if looks > LONGEST_LOOKS {
                return None;
            }
            if looks > 0 {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            looks += 1;
            quiet += 1;
            let now = look(&app, number);
            if told.as_ref() != Some(&now) || quiet >= LOOKS_BETWEEN_REPEATS {
                let event = Event::default().event("status").json_data(&now).unwrap_or_default();
                told.replace(now);
                return Some((Ok(event), (app, number, told, looks)));
            }
        }
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}
