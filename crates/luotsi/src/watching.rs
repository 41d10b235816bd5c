//! Looks at what every workspace wants watched, all the time.

use std::time::Duration;

use luotsi_api::state::App;
use luotsi_goals::watch::Depth;

/// Between two looks. A look does what is due: most of them are short.
const EVERY: Duration = Duration::from_secs(900);

/// After the start, so that the first pages are not kept waiting.
const FIRST: Duration = Duration::from_secs(20);

/// Looks until it is aborted.
pub(crate) async fn keep(app: App) {
    tokio::time::sleep(FIRST).await;
    loop {
        if let Err(error) = look(&app).await {
            tracing::error!(error = format!("{error:#}"), "the workspaces could not be watched");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn look(app: &App) -> anyhow::Result<()> {
    let mail = app.courier().mailer().is_some();
    for workspace in app.store().all_workspaces().await? {
        match app.measuring().watch(&workspace.id, Depth::Due, mail).await {
            Ok(seen) if seen.told > 0 => {
                tracing::info!(workspace = workspace.id, told = seen.told, "alerts were told");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, workspace = workspace.id, "a workspace could not be watched");
            }
        }
    }
    Ok(())
}
