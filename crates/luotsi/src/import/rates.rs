//! `luotsi import rates`: what money in other currencies is worth, day by day.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use luotsi_marketing::rates::{RatesFile, read};
use serde_json::json;

use super::archive;
use crate::clock;
use crate::output::{self, BadInput};
use crate::settings::Settings;
use crate::workspace::{self, WorkspaceArgs};

#[derive(Debug, Args)]
pub(crate) struct RatesArgs {
    /// File to read; a zip archive of one is unpacked
    file: PathBuf,
    /// Only for this workspace, by name or id [default: all]
    #[arg(long, value_name = "NAME")]
    workspace: Option<String>,
    /// Say what is in the file and keep nothing
    #[arg(long)]
    dry_run: bool,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// Shown after the options.
pub(crate) const HELP: &str = "\
The European Central Bank's reference rates are taken as it gives them out, as CSV, as XML or zipped
(eurofxref, eurofxref-hist), and CSV of your own with the columns date, currency and rate: so many
units of the currency for one euro, or for one unit of the column base.

An event keeps the amount and the currency that it came with. In reports it counts by the rate of its
day in the site's time zone, or the last one of the seven days before it. Rates may come late or be
put right: reports follow. Importing a file again changes nothing. A server may be running.

  luotsi import rates eurofxref-hist.zip";

pub(crate) async fn run(args: RatesArgs, settings: &Settings) -> Result<()> {
    let name = args.file.display();
    let bytes = std::fs::read(&args.file).with_context(|| format!("cannot read `{name}`"))?;
    let RatesFile { rates, skipped } =
        found(&bytes).map_err(|detail| BadInput(format!("`{name}`: {detail}")))?;
    let currencies: BTreeSet<&str> = rates.iter().map(|rate| rate.currency.code()).collect();
    let days = rates.iter().map(|rate| rate.day);
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let (from, to) = (day(days.clone().min()), day(days.max()));
    let store = settings.open_store().await?;
    let workspace = match &args.workspace {
        Some(_) => workspace::choose(&store, &WorkspaceArgs { workspace: args.workspace.clone() })
            .await?
            .map(|workspace| workspace.id),
        None => None,
    };
    let mut done = luotsi_store::rates::RatesAdded::default();
    if !args.dry_run {
        done = store.add_rates(workspace.as_deref(), &rates, clock::now()).await?;
    }
    if args.json {
        output::json(&json!({
            "rates": rates.len(), "currencies": currencies, "from": from, "to": to,
            "added": done.added, "changed": done.changed, "skipped": skipped, "dry_run": args.dry_run,
        }));
        return Ok(());
    }
    let count = rates.len();
    output::line(format_args!(
        "{count} rates of {} currencies, {from} to {to}: {} new, {} put right.",
        currencies.len(),
        done.added,
        done.changed
    ));
    if !skipped.is_empty() {
        output::line(format_args!("Not in use any more: {}.", skipped.join(", ")));
    }
    if args.dry_run {
        output::line("Nothing was kept: --dry-run.");
    }
    Ok(())
}

/// The rates of a file, or of the first file of an archive that has some.
fn found(bytes: &[u8]) -> Result<RatesFile, String> {
    if !bytes.starts_with(b"PK") {
        return read(bytes).map_err(|error| error.to_string());
    }
    let files = archive::files(bytes).map_err(|error| error.to_string())?;
    let (name, content) = files.first().ok_or("the archive is empty")?;
    read(content).map_err(|error| format!("`{name}`: {error}"))
}
