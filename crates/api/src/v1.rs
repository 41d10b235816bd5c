//! `/api/v1`: everything that a screen needs besides figures.

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;

use crate::state::App;
use crate::{
    alert, annotation, audit, board, calibration, conversion, counting, filtered, goal, home,
    imports, inbox, key, live, member, metric, objective, observation, people, qa, rates, session,
    setup, share, site, template, token, user, webhook, workspace,
};

/// Largest body, bytes.
const MAX_BODY: usize = 256 * 1024;

/// Every path of the workspace API with its description.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(setup::routes())
        .merge(session::routes())
        .merge(user::routes())
        .merge(workspace::routes())
        .merge(member::routes())
        .merge(site::routes())
        .merge(key::routes())
        .merge(live::routes())
        .merge(conversion::routes())
        .merge(counting::routes())
        .merge(filtered::routes())
        .merge(imports::routes())
        .merge(qa::routes())
        .merge(people::routes())
        .merge(rates::routes())
        .merge(metric::routes())
        .merge(observation::routes())
        .merge(objective::routes())
        .merge(goal::routes())
        .merge(board::routes())
        .merge(share::routes())
        .merge(home::routes())
        .merge(alert::routes())
        .merge(inbox::routes())
        .merge(webhook::routes())
        .merge(annotation::routes())
        .merge(calibration::routes())
        .merge(template::routes())
        .merge(token::routes())
        .merge(audit::routes())
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(map_response(never_store))
}

/// Answers are for one person and this moment.
async fn never_store(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
