//! `luotsi erase` and `luotsi export person`: what people may ask of whoever keeps their data.

use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use luotsi_lake::lake::erase_in;
use luotsi_lake::person::{Who, export};
use luotsi_lake::snapshot::Merged;
use luotsi_marketing::site as rules;
use luotsi_marketing::visitor::{anonymous_id, person_id, unclaimed_id};
use luotsi_store::Store;
use luotsi_store::identity::LinkKind;
use luotsi_store::site::Site;
use serde_json::json;

use crate::output::{self, BadInput};
use crate::settings::Settings;
use crate::{backup, clock, import};

/// A running server erases in so much time: it may have to rewrite every day.
const PATIENCE: Duration = Duration::from_secs(600);

/// Whom it is about.
#[derive(Debug, Args)]
#[group(id = "who", required = true, multiple = true)]
struct Ids {
    /// Visitor id as exports show it; may be repeated
    #[arg(long, value_name = "ID", allow_negative_numbers = true)]
    visitor_id: Vec<i64>,
    /// Id by which the team knows the person, as clients send it; may be repeated
    #[arg(long, value_name = "ID")]
    user_id: Vec<String>,
    /// Id that a client drew for the visitor, as it sends it; may be repeated
    #[arg(long, value_name = "ID")]
    anonymous_id: Vec<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Everything of them goes: from memory, the log, data files and what stopped imports left. What
backups hold stays: they are yours to replace.

Example:
  luotsi erase --site shop.example --user-id 4711 --dry-run"
)]
pub(crate) struct EraseArgs {
    /// Domain of the site
    #[arg(long, value_name = "DOMAIN")]
    site: String,
    #[command(flatten)]
    ids: Ids,
    /// Count the events, erase none
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExportCommand {
    /// Every event of a visitor or a person, as JSON lines
    ///
    /// Works beside a running server.
    #[command(
        after_help = "Example:\n  luotsi export person --site shop.example --user-id 4711 > 4711.jsonl"
    )]
    Person(ExportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Domain of the site
    #[arg(long, value_name = "DOMAIN")]
    site: String,
    #[command(flatten)]
    ids: Ids,
}

pub(crate) async fn erase(args: EraseArgs, settings: &Settings) -> Result<()> {
    let (site, who, store) = who(&args.site, &args.ids, settings).await?;
    let mut lake = settings.lake_settings();
    lake.session_by_site = import::session_rules(&store).await?.into_iter().collect();
    let (events, messages, imports_running) = if args.dry_run {
        (export(&lake.dir, who, |_| ()).await?, 0, 0)
    } else {
        let now_us = clock::now().as_microsecond();
        let ids: Vec<i64> = who.visitor_ids.iter().chain(&who.person_ids).copied().collect();
        // Before and after: what arrives meanwhile must find no link.
        store.erase_links(&site.workspace_id, &site.id, &ids).await?;
        let erased = erase_in(lake, &who, now_us, PATIENCE).await?;
        let ids = [ids, erased.ids].concat();
        store.erase_links(&site.workspace_id, &site.id, &ids).await?;
        let names = args.ids.user_id.iter().chain(&args.ids.anonymous_id);
        let ids: Vec<i64> =
            ids.into_iter().chain(names.map(|id| unclaimed_id(id.trim()))).collect();
        let unclaimed = store.has_unclaimed(&site.workspace_id).await?;
        let messages =
            store.erase_quarantined(&site.workspace_id, &site.id, &ids, unclaimed).await?;
        store.wipe().await.context("the events are erased; the state still holds their traces")?;
        import::remove_old_secret(&settings.data_dir)
            .and_then(|()| backup::remove_old(&settings.data_dir))
            .context("the events are erased; files that version 0.1 left stay")?;
        (erased.events, messages, erased.imports_running)
    };
    if args.json {
        output::json(&json!({
            "site": site.domain,
            "dry_run": args.dry_run,
            "events": events,
            "messages": messages,
            "imports_running": imports_running,
        }));
        return Ok(());
    }
    let verb = if args.dry_run { "would be" } else { "were" };
    output::line(format_args!("{events} events of {} {verb} erased.", site.domain));
    if messages > 0 {
        output::line(format_args!("{messages} refused messages went with them."));
    }
    if imports_running > 0 {
        output::line("An import is running: erase again when it is done.");
    }
    Ok(())
}

pub(crate) async fn run_export(command: ExportCommand, settings: &Settings) -> Result<()> {
    let ExportCommand::Person(args) = command;
    let (_, who, _) = who(&args.site, &args.ids, settings).await?;
    export(&settings.lake_settings().dir, who, output::line).await?;
    Ok(())
}

async fn who(domain: &str, ids: &Ids, settings: &Settings) -> Result<(Site, Who, Store)> {
    let domain = rules::domain(domain).map_err(BadInput::from_error)?;
    let store: Store = settings.open_store().await?;
    let site = import::find(&store, &domain).await?;
    let anonymous = ids.anonymous_id.iter().map(|id| anonymous_id(site.number, id));
    let visitor_ids = ids.visitor_id.iter().copied().chain(anonymous).collect();
    let persons: Vec<i64> = ids.user_id.iter().map(|id| person_id(site.number, id)).collect();
    let links = store.links(&site.workspace_id, &site.id).await?;
    let aliases = links.iter().filter(|link| link.kind == LinkKind::Alias);
    let merged = Merged::new(aliases.map(|link| (link.from, link.to)));
    let person_ids = persons.iter().flat_map(|id| merged.all(*id)).collect();
    let who = Who { site_number: site.number, visitor_ids, person_ids };
    Ok((site, who, store))
}
