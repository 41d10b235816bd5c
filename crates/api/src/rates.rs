//! Exchange rates: what is known, adding more, and keeping the lake told of them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use luotsi_lake::lake::Lake;
use luotsi_marketing::rates::{GOOD_FOR_DAYS, Rates, read};
use luotsi_store::Store;
use luotsi_store::rates::RateSeries;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Mutex;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Admin, Viewer};
use crate::body::Body;
use crate::error::ApiError;
use crate::problem::Problem;
use crate::state::App;

/// Largest body, bytes: the bank's whole history is a tenth of it.
const MAX_BODY: usize = 16 << 20;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(known))
        .routes(routes!(add))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// Rates as they were read from the store, and which those are.
#[derive(Debug, Default)]
pub(crate) struct Book(Mutex<Option<Read>>);

#[derive(Debug)]
struct Read {
    added_at_us: i64,
    common: Arc<Rates>,
    own: HashMap<String, Arc<Rates>>,
}

impl Book {
    /// Tells the lake what money is worth on each site. Rates are read again only when some were added.
    pub(crate) async fn hand(&self, store: &Store, lake: &Lake) -> luotsi_store::Result<()> {
        let mut known = self.0.lock().await;
        let added_at_us = store.rates_added_at_us().await?;
        let read = match known.take().filter(|read| read.added_at_us == added_at_us) {
            Some(read) => read,
            None => {
                let mut own = HashMap::new();
                for workspace in store.workspaces_with_rates().await? {
                    let rates = Rates::new(store.rates(&workspace).await?);
                    own.insert(workspace, Arc::new(rates));
                }
                let common = Arc::new(Rates::new(store.common_rates().await?));
                Read { added_at_us, common, own }
            }
        };
        let of = |workspace: &String| read.own.get(workspace).unwrap_or(&read.common).clone();
        let sites = store.all_sites().await?.into_iter();
        lake.set_rates(
            sites
                .map(|site| (site.number, of(&site.workspace_id)))
                .filter(|(_, rates)| !rates.is_empty())
                .collect(),
        );
        *known = Some(read);
        Ok(())
    }
}

/// The rates of a currency.
#[derive(Serialize, ToSchema)]
struct SeriesBody {
    /// One unit of this is worth so many of `currency`.
    base: String,
    currency: String,
    /// The first and the last day.
    from: String,
    to: String,
    days: i64,
    /// Whether some are the workspace's own, and not everybody's on this server.
    own: bool,
}

impl From<RateSeries> for SeriesBody {
    fn from(series: RateSeries) -> Self {
        Self {
            base: series.base,
            currency: series.currency,
            from: series.days.0.to_string(),
            to: series.days.1.to_string(),
            days: series.count,
            own: series.is_own,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct RatesBody {
    items: Vec<SeriesBody>,
    /// For so many days after its own a rate holds where there is no newer one.
    good_for_days: i32,
}

/// The exchange rates by which money in other currencies counts.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/rates", tag = "rates",
    params(("w" = String, Path)), responses((status = 200, body = RatesBody))
)]
async fn known(State(app): State<App>, viewer: Viewer) -> Result<Json<RatesBody>, ApiError> {
    let series = app.store().rate_series(&viewer.workspace).await?;
    let items = series.into_iter().map(SeriesBody::from).collect();
    Ok(Json(RatesBody { items, good_for_days: GOOD_FOR_DAYS }))
}

#[derive(Deserialize, ToSchema)]
struct RatesRequest {
    /// A file's text: the European Central Bank's `eurofxref` as CSV or XML, or CSV with the columns
    /// `date`, `currency`, `rate` and, where it is not the euro, `base`.
    file: String,
}

#[derive(Serialize, ToSchema)]
struct RatesAddedBody {
    /// Days and currencies that had no rate.
    added: u64,
    /// Those that had another one: figures follow.
    changed: u64,
    /// Rates in the file.
    rates: usize,
    currencies: Vec<&'static str>,
    /// Codes that are no currency of today.
    skipped: Vec<String>,
}

/// Adds exchange rates for the sites of the workspace. All are taken or none.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/rates", tag = "rates",
    params(("w" = String, Path)), request_body = RatesRequest,
    responses((status = 201, body = RatesAddedBody), (status = 422, body = Problem))
)]
async fn add(
    State(app): State<App>,
    admin: Admin,
    Body(request): Body<RatesRequest>,
) -> Result<(StatusCode, Json<RatesAddedBody>), ApiError> {
    let file = tokio::task::spawn_blocking(move || read(request.file.as_bytes()))
        .await?
        .map_err(|error| ApiError::field("file", "invalid_rates", error))?;
    let done = app.store().add_rates(Some(&admin.workspace), &file.rates, app.now()).await?;
    app.rates().hand(app.store(), app.lake()).await?;
    let currencies: BTreeSet<&str> = file.rates.iter().map(|rate| rate.currency.code()).collect();
    let detail = json!({"added": done.added, "changed": done.changed, "currencies": currencies});
    admin.note(&app, "rates.added", "rates", detail).await?;
    let body = RatesAddedBody {
        added: done.added,
        changed: done.changed,
        rates: file.rates.len(),
        currencies: currencies.into_iter().collect(),
        skipped: file.skipped,
    };
    Ok((StatusCode::CREATED, Json(body)))
}
