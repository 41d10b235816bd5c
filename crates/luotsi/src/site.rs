//! `luotsi site`: sites from the command line.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};
use luotsi_marketing::currency::Currency;
use luotsi_marketing::site::{self as rules, BusinessType};
use luotsi_store::key::SiteKey;
use luotsi_store::site::{Site, SiteSettings};
use luotsi_store::{Store, StoreError};
use serde_json::{Map, Value, json};

use crate::clock;
use crate::output::{self, BadInput};
use crate::settings::Settings;
use crate::site_key::{self, KeyCommand};
use crate::workspace::{self, WorkspaceArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum SiteCommand {
    /// Add a site; prints its keys
    ///
    /// Works beside a running server, which takes events for the site at once.
    #[command(
        after_help = "Example:\n  luotsi site create --domain shop.example --timezone Europe/Helsinki --currency EUR --json"
    )]
    Create(CreateSite),
    /// List the sites
    List(ListSites),
    /// Keys that a site's existing tags carry
    #[command(subcommand)]
    Key(KeyCommand),
}

#[derive(Debug, Args)]
pub(crate) struct CreateSite {
    /// Domain, without scheme and www
    #[arg(long)]
    domain: String,
    /// Time zone by its IANA name, such as Europe/Helsinki: days begin and end there
    #[arg(long, value_name = "TZ")]
    timezone: String,
    /// Currency of reports, ISO 4217
    #[arg(long, default_value = "EUR")]
    currency: String,
    /// What the site lives on: web_shop, content, saas, lead_generation, membership or other
    #[arg(long, default_value = "other", value_name = "TYPE")]
    business_type: String,
    /// Name as people see it [default: the domain]
    #[arg(long)]
    name: Option<String>,
    /// Keep events for so many days [default: for ever]
    #[arg(long, value_name = "DAYS")]
    retention_days: Option<i64>,
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListSites {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(command: SiteCommand, settings: &Settings) -> Result<()> {
    match command {
        SiteCommand::Create(args) => create(args, settings).await,
        SiteCommand::List(args) => list(args, settings).await,
        SiteCommand::Key(command) => site_key::run(command, settings).await,
    }
}

async fn create(args: CreateSite, settings: &Settings) -> Result<()> {
    let wanted = site_settings(&args)?;
    let store = settings.open_store().await?;
    if store.all_sites().await?.iter().any(|site| site.domain == wanted.domain) {
        return Err(taken(&wanted.domain));
    }
    let workspace = workspace::choose_or_create(&store, &args.workspace).await?;
    let domain = wanted.domain.clone();
    let site = match store.create_site(&workspace.id, wanted, clock::now()).await {
        Err(StoreError::Taken(_)) => return Err(taken(&domain)),
        other => other?,
    };
    let detail = json!({"domain": site.domain});
    workspace::note(&store, &workspace, "site.created", &site.id, detail).await?;
    let keys = store.site_keys(&workspace.id, &site.id).await?;
    if args.json {
        output::json(&site_json(&site, &keys));
        return Ok(());
    }
    output::line(format_args!("{} is site {} of `{}`", site.domain, site.number, workspace.name));
    let mut rows = vec![["Protocol".to_owned(), "Key".to_owned(), "Secret".to_owned()]];
    rows.extend(
        keys.into_iter()
            .map(|key| [key.protocol.to_string(), key.key, key.secret.unwrap_or_default()]),
    );
    output::table(&rows);
    Ok(())
}

fn taken(domain: &str) -> anyhow::Error {
    anyhow!("`{domain}` is a site here already: `luotsi site list` shows it")
}

fn site_settings(args: &CreateSite) -> Result<SiteSettings, BadInput> {
    let domain = rules::domain(&args.domain).map_err(BadInput::from_error)?;
    rules::time_zone(&args.timezone).map_err(BadInput::from_error)?;
    let currency: Currency = args.currency.parse().map_err(BadInput::from_error)?;
    let business_type: BusinessType = args.business_type.parse().map_err(BadInput::from_error)?;
    let retention_days =
        args.retention_days.map(rules::retention_days).transpose().map_err(BadInput::from_error)?;
    Ok(SiteSettings {
        name: args.name.clone().unwrap_or_else(|| domain.clone()),
        domain,
        time_zone: args.timezone.clone(),
        currency: currency.code().to_owned(),
        business_type,
        retention_days,
    })
}

async fn list(args: ListSites, settings: &Settings) -> Result<()> {
    let store = settings.open_store().await?;
    let (sites, keys) = sites_of(&store, &args.workspace).await?;
    if args.json {
        let mut keys_of: BTreeMap<&str, Vec<SiteKey>> = BTreeMap::new();
        for key in &keys {
            keys_of.entry(&key.site_id).or_default().push(key.clone());
        }
        let none = Vec::new();
        let items = sites
            .iter()
            .map(|site| site_json(site, keys_of.get(site.id.as_str()).unwrap_or(&none)));
        output::json(&json!({"items": items.collect::<Vec<_>>()}));
        return Ok(());
    }
    let head = ["Number", "Domain", "Time zone", "Currency", "Business"].map(str::to_owned);
    let mut rows = vec![head];
    rows.extend(sites.into_iter().map(|site| {
        let business = site.business_type.to_string();
        [site.number.to_string(), site.domain, site.time_zone, site.currency, business]
    }));
    output::table(&rows);
    Ok(())
}

/// The sites of the named workspace, or of all.
async fn sites_of(store: &Store, args: &WorkspaceArgs) -> Result<(Vec<Site>, Vec<SiteKey>)> {
    if args.workspace.is_none() {
        return Ok((store.all_sites().await?, store.all_site_keys().await?));
    }
    Ok(match workspace::choose(store, args).await? {
        Some(workspace) => {
            (store.sites(&workspace.id).await?, store.workspace_site_keys(&workspace.id).await?)
        }
        None => (Vec::new(), Vec::new()),
    })
}

/// A site as programs read it: `keys` has a key for each protocol, `secrets` the secrets of those that
/// have one.
fn site_json(site: &Site, keys: &[SiteKey]) -> Value {
    let by_protocol = |value: fn(&SiteKey) -> Option<&str>| -> Map<String, Value> {
        keys.iter()
            .filter(|key| key.added_at.is_none())
            .filter_map(|key| Some((key.protocol.to_string(), Value::from(value(key)?))))
            .collect()
    };
    json!({
        "id": site.id,
        "number": site.number,
        "domain": site.domain,
        "name": site.name,
        "time_zone": site.time_zone,
        "currency": site.currency,
        "business_type": site.business_type.as_str(),
        "retention_days": site.retention_days,
        "workspace_id": site.workspace_id,
        "created_at": site.created_at.to_string(),
        "keys": by_protocol(|key| Some(&key.key)),
        "secrets": by_protocol(|key| key.secret.as_deref()),
    })
}
