//! `luotsi serve`: opens the data folder and serves until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use luotsi_api::server::ConnectionLimits;
use luotsi_api::state::{App, AppSettings, DemoSignIn};
use luotsi_lake::lake::Lake;
use luotsi_store::Store;
use tokio::net::TcpListener;

use crate::settings::Settings;
use crate::{backup, clock, import, retention, watching};

/// How long open requests may go on after the signal to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// The product, opened and ready to serve.
pub(crate) struct Server {
    pub(crate) app: App,
    pub(crate) lake: Arc<Lake>,
    pub(crate) store: Store,
    listener: TcpListener,
    limits: ConnectionLimits,
}

impl Server {
    /// Opens state and lake and takes the address.
    pub(crate) async fn open(
        settings: &Settings,
        demo_sign_in: Option<DemoSignIn>,
    ) -> Result<Self> {
        let listener = TcpListener::bind(settings.listen).await.with_context(|| {
            format!(
                "cannot listen on {}: is it taken? `--listen ADDRESS:PORT` names another",
                settings.listen
            )
        })?;
        let store = settings.open_store().await?;
        forget_the_past(settings);
        let lake = Lake::open(settings.lake_settings(), clock::now().as_microsecond())
            .await
            .context("cannot open the lake")?;
        let app_settings = app_settings(settings, demo_sign_in)?;
        let app = App::new(store.clone(), lake.clone(), app_settings, clock::now).await?;
        Ok(Self { app, lake, store, listener, limits: settings.connections })
    }

    /// The address it serves on, with the port that the system chose where 0 was asked for.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until SIGINT or SIGTERM, then finishes open requests and writes everything down.
    pub(crate) async fn run(self) -> Result<()> {
        self.lake.spawn_maintenance(|| clock::now().as_microsecond());
        let background = luotsi_api::spawn_background(&self.app);
        let keeping = tokio::spawn(retention::keep(self.store.clone(), self.lake.clone()));
        let watching = tokio::spawn(watching::keep(self.app.clone()));
        let (stopping, mut stopped) = tokio::sync::watch::channel(false);
        let stop = async move {
            stop_signal().await;
            tracing::info!("stopping: no new requests");
            stopping.send_replace(true);
        };
        let server = luotsi_api::server::serve(self.listener, self.app.clone(), self.limits, stop);
        let late = async {
            stopped.wait_for(|stopped| *stopped).await.ok();
            tokio::time::sleep(LAST_REQUESTS).await;
        };
        tokio::select! {
            () = server => {}
            () = late => tracing::warn!("some requests were still open and are cut off"),
        }
        background.abort();
        keeping.abort();
        watching.abort();
        luotsi_api::finish(&self.app).await;
        self.lake
            .close(clock::now().as_microsecond())
            .await
            .context("cannot write everything down")?;
        self.store.close().await;
        tracing::info!("stopped: everything is written");
        Ok(())
    }
}

/// How the interface is set up.
pub(crate) fn app_settings(
    settings: &Settings,
    demo_sign_in: Option<DemoSignIn>,
) -> Result<AppSettings> {
    let country_database = match &settings.country_database {
        Some(path) => {
            Some(std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?)
        }
        None => None,
    };
    let listening = || format!("http://{}", settings.listen);
    Ok(AppSettings {
        country_database,
        lists: settings.lists()?,
        public_url: settings.public_url.clone(),
        query_memory: settings.query_memory,
        demo_sign_in,
        rates: settings.rates,
        trusted_proxies: settings.trusted_proxies.clone(),
        mail: settings.mail.clone(),
        reach: settings.reach,
        link_url: settings.public_url.clone().unwrap_or_else(listening),
    })
}

/// Removes what earlier versions left in the data folder and should not have.
fn forget_the_past(settings: &Settings) {
    let removed = import::remove_old_secret(&settings.data_dir)
        .and_then(|()| backup::remove_old(&settings.data_dir));
    if let Err(error) = removed {
        tracing::warn!(%error, "files that version 0.1 left in the data folder stay");
    }
}

/// Waits for SIGINT or SIGTERM.
async fn stop_signal() {
    let interrupt = async { tokio::signal::ctrl_c().await.ok() };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    interrupt.await;
}
