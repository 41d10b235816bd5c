//! `luotsi demo`: a data folder with a sample workspace, served, with visitors that go on coming.

use std::path::Path;

use anyhow::{Context as _, Result};
use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_api::qa::PastEvents;
use luotsi_api::state::DemoSignIn;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::output::{self, BadInput};
use crate::serve::Server;
use crate::settings::Settings;

mod calendar;
mod catalog;
mod dice;
mod figures;
mod goals;
mod history;
mod live;
mod people;
mod sample;
mod simulator;
mod traffic;
mod visit;

use self::simulator::Simulator;

/// Where `demo` keeps its data when nobody names a folder.
pub(crate) const DEFAULT_DIR: &str = "./luotsi-demo";

/// Beside the data: when the sample shop opened, and how far it was simulated.
const STATE_FILE: &str = "sample.json";

/// Days of history before the first start.
const HISTORY_DAYS: i32 = 365;

/// What a folder with a sample workspace remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SampleState {
    #[serde(with = "crate::as_text")]
    first_day: Date,
    /// Every visit that began earlier is in the lake; microseconds UTC.
    filled_to_us: Option<i64>,
    /// Whether conversions, objectives and goals were made; those that a person removes stay away.
    set_up: bool,
}

/// Prepares the folder when it is new, then serves it.
pub(crate) async fn run(settings: &Settings) -> Result<()> {
    let sign_in =
        DemoSignIn { email: sample::EMAIL.to_owned(), password: sample::PASSWORD.to_owned() };
    let server = Server::open(settings, Some(sign_in)).await?;
    let now = clock::now();
    let site = sample::site(&server.store, now).await?;
    let zone = luotsi_marketing::site::time_zone(&site.time_zone)?;
    let today = now.to_zoned(zone.clone()).date();

    let path = settings.data_dir.join(STATE_FILE);
    let mut state = read_state(&path)?.unwrap_or(SampleState {
        first_day: today.saturating_sub(HISTORY_DAYS.days()),
        filled_to_us: None,
        set_up: false,
    });
    write_state(&path, &state)?;
    let currency = site.currency.parse()?;
    let simulator =
        Simulator::new(site.number, &site.domain, zone.clone(), state.first_day, currency);

    if state.filled_to_us.is_none() {
        output::line("Preparing twelve months of a sample shop ...");
    }
    let filled_to = live::settled_before(now);
    let mut past = PastEvents::of(&server.store, &site.workspace_id, &site.id).await?;
    history::fill((&server.lake, &mut past), &simulator, &zone, &state, filled_to).await?;
    past.keep(&server.store, &site.workspace_id, &site.id).await?;
    state.filled_to_us = Some(filled_to.as_microsecond());
    let fresh = !state.set_up;
    if fresh {
        let measuring = server.app.measuring();
        goals::set_up(&measuring, &site, &now.to_zoned(zone.clone())).await?;
        figures::set_up(measuring.store, &site, &now.to_zoned(zone.clone())).await?;
        state.set_up = true;
    }
    write_state(&path, &state)?;

    let address = server.address()?;
    output::line(format_args!("\nLuotsi serves at http://{address}/"));
    output::line(format_args!(
        "Sign in as {} with the password {}",
        sample::EMAIL,
        sample::PASSWORD
    ));
    output::line("The shop is made up: so are its visitors, who go on coming. Ctrl-C stops.\n");
    let visitors = tokio::spawn(live::trickle(
        server.app.clone(),
        site.domain.clone(),
        (simulator, zone),
        filled_to,
    ));
    let app = server.app.clone();
    let past = tokio::spawn(async move {
        if fresh && let Err(error) = goals::replay(&app.measuring(), &site).await {
            tracing::info!(%error, "the goals' past was not computed");
        }
    });
    let served = server.run().await;
    past.abort();
    visitors.abort();
    served
}

fn read_state(path: &Path) -> Result<Option<SampleState>> {
    match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| {
            let advice = "remove the folder to begin again";
            BadInput(format!("`{}` is not right ({error}); {advice}", path.display())).into()
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

/// Writes the whole file or nothing of it.
fn write_state(path: &Path, state: &SampleState) -> Result<()> {
    let draft = path.with_extension("json.new");
    std::fs::write(&draft, serde_json::to_vec_pretty(state)?)
        .and_then(|()| std::fs::rename(&draft, path))
        .with_context(|| format!("cannot write `{}`", path.display()))
}
