//! Who is another name of whom, handed to the lake: reports count both as one from then on and backwards.

use std::sync::Arc;
use std::time::Duration;

use luotsi_lake::snapshot::Merged;

use crate::App;

/// How often other processes' aliases are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How soon the server's own are applied.
const APPLY_EVERY: Duration = Duration::from_secs(2);

/// Keeps the lake in step with the store, until it is aborted.
pub(crate) async fn keep(app: &App) {
    let mut waited = LOOK_EVERY;
    loop {
        if app.collector().links.took_aliases() || waited >= LOOK_EVERY {
            waited = Duration::ZERO;
            if let Err(error) = reload(app).await {
                tracing::warn!(%error, "cannot read who is another name of whom");
            }
        }
        tokio::time::sleep(APPLY_EVERY).await;
        waited += APPLY_EVERY;
    }
}

pub(crate) async fn reload(app: &App) -> luotsi_store::Result<()> {
    let aliases = app.store().all_aliases().await?;
    let of_sites = aliases.chunk_by(|one, next| one.site_number == next.site_number);
    let by_site = of_sites.map(|aliases| {
        let merged = Merged::new(aliases.iter().map(|alias| (alias.from, alias.to)));
        (aliases[0].site_number, Arc::new(merged))
    });
    app.lake().set_merged(by_site.collect());
    Ok(())
}
