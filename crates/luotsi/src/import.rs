//! `luotsi import`: history from other programs' files.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use luotsi_api::lookup::Lookup;
use luotsi_marketing::counting::{self, Rules};
use luotsi_marketing::hit::Refusal;
use luotsi_marketing::session::SessionRule;
use luotsi_marketing::site as rules;
use luotsi_store::Store;
use luotsi_store::counting::RulesVersion;
use luotsi_store::site::Site;

use crate::clock;
use crate::output::BadInput;
use crate::settings::Settings;

mod access_log;
mod archive;
mod exports;
mod identity;
mod lines;
mod mapping;
mod progress;
mod rates;
mod records;
mod rejects;
mod row;
mod run;
mod time;

use self::exports::{ExportArgs, Tool};
use self::identity::{Midnight, PastSalts, RowIds};
pub(crate) use self::identity::{OLD_SECRET, remove_old_secret};
use self::lines::Input;
use self::records::{Format, Records};
use self::row::{RowReader, TargetSite};
use self::run::{Item, Outcome, RunArgs};
use self::time::Times;

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Events from CSV or JSON lines, also compressed with gzip
    #[command(after_help = EVENTS_HELP)]
    Events(EventsArgs),
    /// A web server's access log in the combined format, also compressed with gzip
    #[command(after_help = ACCESS_LOG_HELP)]
    AccessLog(AccessLogArgs),
    /// Google Analytics 4: events as BigQuery exports them, or a report as CSV
    #[command(after_help = exports::GA4_HELP)]
    Ga4(ExportArgs),
    /// Matomo: visits as `Live.getLastVisitsDetails` gives them, or a report by days as CSV
    #[command(after_help = exports::MATOMO_HELP)]
    Matomo(ExportArgs),
    /// Umami: the table `website_event` as CSV, or a dump of its PostgreSQL database
    #[command(after_help = exports::UMAMI_HELP)]
    Umami(ExportArgs),
    /// Plausible: the export archive, or one of its files
    #[command(after_help = exports::PLAUSIBLE_HELP)]
    Plausible(ExportArgs),
    /// Exchange rates by day, for money in other currencies
    #[command(after_help = rates::HELP)]
    Rates(rates::RatesArgs),
}

const EVENTS_HELP: &str = "\
Columns are recognised by their usual names: timestamp, event, url or path, user_id (or ip and
user_agent), referrer, utm_source, country, device, browser, os, revenue, currency, order_id ...
Others are named with --map FIELD=COLUMN, and custom properties with --prop COLUMN. The fields are
  time name url hostname path visitor_id ip user_agent event_id referrer utm_source utm_medium
  utm_campaign utm_content utm_term utm_id utm_source_platform utm_creative_format
  utm_marketing_tactic country region city device browser browser_version os os_version revenue
  currency transaction_id scroll_depth engagement_ms props items
An empty COLUMN leaves a field out. In JSON lines dots reach into objects: url=properties.url.

Try it first:
  luotsi import events shop.csv --site shop.example --map name=action --dry-run

Importing a file again adds only what is new: an event is recognised by its event_id, or else by
its row's text and how often the same text came before. Visits are cut anew by the site's rule;
session ids of other programs are not used. Stopped half way, nothing was imported. A server may
be running.";

const ACCESS_LOG_HELP: &str = "\
A line counts as a page view when it is a GET, was answered 200 or 304 (the page was seen again
from the browser's memory), and asks for a page rather than a style sheet, script, picture, feed
or download. Robots are kept, tagged, and left out of reports.

Visitors are told apart by address and user agent, with random salts of each day that are forgotten
when the import ends; addresses themselves are not kept. Importing a file again adds only what is
new. Import a day's logs together: visitors of one day who come in two imports are strangers in the
second.

  zcat -f /var/log/nginx/access.log*.gz > all.log
  luotsi import access-log all.log --site example.org";

#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// File to read
    file: PathBuf,
    /// Domain of the site
    #[arg(long, value_name = "DOMAIN")]
    site: String,
    /// How the file is written [default: what its first bytes say]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Which column is a field; may be repeated
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    maps: Vec<String>,
    /// Column that is a custom property, optionally under another name; may be repeated
    #[arg(long = "prop", value_name = "[NAME=]COLUMN")]
    props: Vec<String>,
    /// Time zone of times without an offset [default: the site's]
    #[arg(long, value_name = "TZ")]
    timezone: Option<String>,
    /// How times are written, in strptime's letters, such as "%d.%m.%Y %H:%M"
    #[arg(long, value_name = "FORMAT")]
    time_format: Option<String>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AccessLogArgs {
    /// File to read
    file: PathBuf,
    /// Domain of the site
    #[arg(long, value_name = "DOMAIN")]
    site: String,
    #[command(flatten)]
    run: RunArgs,
}

pub(crate) async fn run(command: ImportCommand, settings: &Settings) -> Result<()> {
    remove_old_secret(&settings.data_dir).context("a secret of version 0.1 stays")?;
    match command {
        ImportCommand::Events(args) => events(args, settings).await,
        ImportCommand::AccessLog(args) => access_log(args, settings).await,
        ImportCommand::Ga4(args) => exports::run(Tool::Ga4, args, settings).await,
        ImportCommand::Matomo(args) => exports::run(Tool::Matomo, args, settings).await,
        ImportCommand::Umami(args) => exports::run(Tool::Umami, args, settings).await,
        ImportCommand::Plausible(args) => exports::run(Tool::Plausible, args, settings).await,
        ImportCommand::Rates(args) => rates::run(args, settings).await,
    }
}

async fn events(args: EventsArgs, settings: &Settings) -> Result<()> {
    let (site, zone) = site(&args.site, settings).await?;
    let times_zone = match &args.timezone {
        Some(name) => rules::time_zone(name).map_err(BadInput::from_error)?,
        None => zone.clone(),
    };
    let counting = counting_rules(&site, settings).await?;
    let mut reader = reader(&site, counting, Times::new(times_zone, args.time_format), settings)?;
    let input = Input::open(&args.file)?;
    let how_far = (input.position(), input.size);
    let mut records = Records::open(input, &args.file, args.format, &args.maps, &args.props)?;
    let next = move || {
        let Some(row) = records.next()? else { return Ok(None) };
        let event = match &row.record {
            Ok(record) => reader.event(record, &records.mapping, &row.text),
            Err(detail) => Err(Refusal::new("row", "unreadable", detail.clone())),
        };
        let outcome = match event {
            Ok(event) => Outcome::Event(Box::new(event)),
            Err(refusal) => Outcome::Rejected(refusal),
        };
        Ok(Some(Item { line: row.line, text: row.text, outcome }))
    };
    run::run(next, how_far, &args.run, &args.file, (&site, &zone), settings).await
}

async fn access_log(args: AccessLogArgs, settings: &Settings) -> Result<()> {
    let (site, zone) = site(&args.site, settings).await?;
    let counting = counting_rules(&site, settings).await?;
    let mut reader = reader(&site, counting, Times::new(zone.clone(), None), settings)?;
    let mut input = Input::open(&args.file)?;
    let how_far = (input.position(), input.size);
    let next = move || {
        let line = loop {
            match input.next_line()? {
                Some(line) if line.text.trim().is_empty() => {}
                Some(line) => break line,
                None => return Ok(None),
            }
        };
        let outcome = match access_log::read(&line.text, &mut reader) {
            Ok(access_log::Outcome::PageView(event)) => Outcome::Event(event),
            Ok(access_log::Outcome::Skipped(reason)) => Outcome::Skipped(reason),
            Err(refusal) => Outcome::Rejected(refusal),
        };
        Ok(Some(Item { line: line.number, text: line.text, outcome }))
    };
    run::run(next, how_far, &args.run, &args.file, (&site, &zone), settings).await
}

/// The site of a domain, in whichever workspace, and its time zone.
async fn site(domain: &str, settings: &Settings) -> Result<(Site, TimeZone)> {
    let domain = rules::domain(domain).map_err(BadInput::from_error)?;
    let store = settings.open_store().await?;
    let found = find(&store, &domain).await?;
    let zone = rules::time_zone(&found.time_zone)?;
    Ok((found, zone))
}

pub(crate) async fn find(store: &Store, domain: &str) -> Result<Site> {
    let sites = store.all_sites().await?;
    let names =
        sites.iter().map(|site| format!("`{}`", site.domain)).collect::<Vec<_>>().join(", ");
    sites.into_iter().find(|site| site.domain == domain).ok_or_else(|| {
        let advice = "`luotsi site create` adds one";
        let there_are = if names.is_empty() {
            "there is none yet".to_owned()
        } else {
            format!("there are {names}")
        };
        BadInput(format!("no site `{domain}`; {there_are}: {advice}")).into()
    })
}

/// When visits end, on the sites that decided it.
pub(crate) async fn session_rules(store: &Store) -> Result<Vec<(i32, SessionRule)>> {
    let sites = store.all_sites().await?;
    let numbers: HashMap<&str, i32> =
        sites.iter().map(|site| (site.id.as_str(), site.number)).collect();
    let versions = store.all_rules().await?;
    let rule = |version: &RulesVersion| {
        let rules = counting::read(&version.rules).ok()?;
        Some((*numbers.get(version.site_id.as_str())?, rules.session))
    };
    Ok(versions.iter().filter_map(rule).collect())
}

/// How the site counts now.
async fn counting_rules(site: &Site, settings: &Settings) -> Result<Rules> {
    let store = settings.open_store().await?;
    let versions = store.rules_versions(&site.workspace_id, &site.id).await?;
    Ok(versions.first().and_then(|version| counting::read(&version.rules).ok()).unwrap_or_default())
}

fn reader(site: &Site, rules: Rules, times: Times, settings: &Settings) -> Result<RowReader> {
    let country_database = match &settings.country_database {
        Some(path) => {
            Some(std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?)
        }
        None => None,
    };
    Ok(RowReader {
        site: TargetSite {
            number: site.number,
            domain: site.domain.clone(),
            currency: site.currency.parse()?,
            rules,
        },
        times,
        lookup: Lookup::new(country_database)?,
        lists: settings.lists()?,
        salts: PastSalts::default(),
        ids: RowIds::new(site.number),
        midnight: Midnight::default(),
        now_us: clock::now().as_microsecond(),
    })
}
