//! What every handler can reach.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use luotsi_lake::lake::Lake;
use luotsi_lake::query::QueryRuntime;
use luotsi_marketing::counting::Lists;
use luotsi_notify::address::Reach;
use luotsi_notify::courier::Courier;
use luotsi_notify::mail::{MailError, MailSettings, Mailer};
use luotsi_notify::post::Poster;
use luotsi_store::Store;

use crate::address::TrustedProxies;
use crate::board::pulse::Moment;
use crate::collect::Budget;
use crate::collect::limit::{Limiter, RateLimits};
use crate::collector::Collector;
use crate::goal::campaigns::KnownCampaigns;
use crate::metrics::Metrics;
use crate::qa::Qa;
use crate::rates::Book;
use crate::readings::Readings;

/// Between two looks for what other processes decided about counting.
const READ_RULES_EVERY: Duration = Duration::from_secs(30);

/// Explanations of a figure that are worked out at once; who asks for more waits.
const EXPLAINED_AT_ONCE: usize = 2;

/// How the HTTP side is set up.
#[derive(Debug, Clone)]
pub struct AppSettings {
    /// A MaxMind DB of the operator's own in place of the built-in country table.
    pub country_database: Option<Vec<u8>>,
    /// Data centres and spam hosts that the operator knows of.
    pub lists: Lists,
    /// The address under which browsers reach the server, for snippets; `None`: the request's host.
    pub public_url: Option<String>,
    /// Bytes of memory that all queries together may use.
    pub query_memory: usize,
    /// Whether this is the demo: its sign-in is shown on the first page.
    pub demo_sign_in: Option<DemoSignIn>,
    /// How much one address and one site may send.
    pub rates: RateLimits,
    /// Who is believed about for whom it asks.
    pub trusted_proxies: TrustedProxies,
    /// How mail goes out; `None` where the operator did not set it up.
    pub mail: Option<MailSettings>,
    /// Where webhooks may go.
    pub reach: Reach,
    /// The address in mails' links.
    pub link_url: String,
}

/// How to sign in to the sample workspace.
#[derive(Debug, Clone)]
pub struct DemoSignIn {
    pub email: String,
    pub password: String,
}

/// What collecting takes at once and in a second.
pub(crate) struct Limits {
    pub(crate) addresses: Limiter,
    pub(crate) sites: Limiter,
    pub(crate) bodies: Budget,
}

/// The application. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    lake: Arc<Lake>,
    queries: QueryRuntime,
    collector: Collector,
    limits: Limits,
    metrics: Metrics,
    settings: AppSettings,
    qa: Qa,
    rates: Book,
    moment: Moment,
    campaigns: KnownCampaigns,
    courier: Courier,
    /// Workspaces whose goals wait to be computed after readings came.
    readings: Readings,
    /// Explanations that may be worked out at once.
    explaining: tokio::sync::Semaphore,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl App {
    /// Puts the application together. `clock` is the only clock it reads.
    ///
    /// # Errors
    /// When the embedded or given reference data cannot be read.
    pub async fn new(
        store: Store,
        lake: Arc<Lake>,
        settings: AppSettings,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let collector = Collector::new(settings.country_database.clone(), settings.lists.clone())?;
        collector.reload_sites(&store).await?;
        collector.hand_session_rules(&lake);
        collector.hand_lifts(&store, &lake).await?;
        let rates = Book::default();
        rates.hand(&store, &lake).await?;
        let queries = QueryRuntime::new(settings.query_memory)
            .map_err(|error| StartError::Queries(error.to_string()))?;
        let metrics = Metrics::new(lake.clone());
        let limits = Limits {
            addresses: Limiter::new(settings.rates.requests_per_address),
            sites: Limiter::new(settings.rates.events_per_site),
            bodies: Budget::default(),
        };
        let clock: Arc<dyn Fn() -> Timestamp + Send + Sync> = Arc::new(clock);
        let at = clock.clone();
        let qa = Qa::start(store.clone(), move || at());
        let mailer = settings.mail.clone().map(Mailer::new).transpose()?;
        let poster = Poster::new(settings.reach).map_err(MailError::TlsSetup)?;
        let at = clock.clone();
        let courier = Courier::new(store.clone(), mailer, poster, &settings.link_url, move || at());
        let app = Self(Arc::new(Inner {
            store,
            lake,
            queries,
            collector,
            limits,
            metrics,
            settings,
            qa,
            rates,
            moment: Moment::default(),
            campaigns: KnownCampaigns::default(),
            courier,
            readings: Readings::default(),
            explaining: tokio::sync::Semaphore::new(EXPLAINED_AT_ONCE),
            clock,
        }));
        app.follow_rules();
        app.forget_erased();
        Ok(app)
    }

    /// Reads how sites count every so often: other processes decide too.
    fn follow_rules(&self) {
        let app = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(READ_RULES_EVERY).await;
                let Some(inner) = app.upgrade() else { return };
                let Inner { collector, store, lake, rates, .. } = &*inner;
                let read = async {
                    collector.reload_rules(store).await?;
                    collector.hand_session_rules(lake);
                    collector.hand_lifts(store, lake).await?;
                    rates.hand(store, lake).await
                };
                if let Err(error) = read.await {
                    tracing::warn!(%error, "how sites count was not read");
                }
            }
        });
    }

    /// Forgets who is being erased, whether the interface or a command beside the server asked for it.
    fn forget_erased(&self) {
        let app = Arc::downgrade(&self.0);
        self.lake().on_erase(move |site_number, ids| {
            let app = app.clone();
            async move {
                if let Some(inner) = app.upgrade() {
                    inner.collector.forget(site_number, &ids);
                    inner.qa.forget(site_number).await;
                }
            }
        });
    }

    /// Readings on which no goals were computed yet.
    pub(crate) fn readings(&self) -> &Readings {
        &self.0.readings
    }

    /// Waits until one more explanation may be worked out. Dropping what it gives lets the next one begin.
    pub(crate) async fn turn_to_explain(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        // It is never closed.
        self.0.explaining.acquire().await.ok()
    }

    pub(crate) fn campaigns(&self) -> &KnownCampaigns {
        &self.0.campaigns
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub fn lake(&self) -> &Arc<Lake> {
        &self.0.lake
    }

    pub fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// What sends mails and webhooks.
    pub fn courier(&self) -> &Courier {
        &self.0.courier
    }

    pub fn settings(&self) -> &AppSettings {
        &self.0.settings
    }

    pub(crate) fn queries(&self) -> &QueryRuntime {
        &self.0.queries
    }

    pub(crate) fn collector(&self) -> &Collector {
        &self.0.collector
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn moment(&self) -> &Moment {
        &self.0.moment
    }

    pub(crate) fn qa(&self) -> &Qa {
        &self.0.qa
    }

    pub(crate) fn rates(&self) -> &Book {
        &self.0.rates
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }
}

/// The application cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Lookup(#[from] crate::lookup::LookupError),
    #[error(transparent)]
    Store(#[from] luotsi_store::StoreError),
    #[error("mails and webhooks cannot be sent: {0}")]
    Notify(#[from] MailError),
    #[error("the query engine did not start: {0}")]
    Queries(String),
}
