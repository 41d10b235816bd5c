//! `luotsi site key`: the keys that a site's existing tags carry.

use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};
use luotsi_marketing::protocol::Protocol;
use luotsi_marketing::{site as rules, site_key};
use luotsi_store::key::SiteKey;
use luotsi_store::site::Site;
use luotsi_store::site_key::NewSiteKey;
use luotsi_store::workspace::Workspace;
use luotsi_store::{Store, StoreError};
use serde_json::{Value, json};

use crate::clock;
use crate::output::{self, BadInput};
use crate::settings::Settings;
use crate::workspace;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Let a site collect under the key that its existing tags carry
    ///
    /// Then the tags' host is all that has to change. Works beside a running server.
    #[command(
        after_help = "Example:\n  luotsi site key add --site shop.example --protocol segment --key wk_4f2a"
    )]
    Add(AddKey),
    /// List the keys of a site
    List(ListKeys),
    /// Take a key away that was added
    Remove(RemoveKey),
}

#[derive(Debug, Args)]
pub(crate) struct AddKey {
    /// Domain of the site
    #[arg(long, value_name = "DOMAIN")]
    site: String,
    /// Which clients send the key: segment, rudderstack, posthog, matomo, umami, ga4, mixpanel, …
    #[arg(long)]
    protocol: String,
    /// Write key, site number, website id, measurement id: what the tag names the site by
    #[arg(long)]
    key: String,
    /// What the site's servers send beside the key
    #[arg(long)]
    secret: Option<String>,
    /// Do not take the key alone as leave to report what happened long ago
    #[arg(long)]
    no_history: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListKeys {
    /// Domain of the site
    #[arg(long, value_name = "DOMAIN")]
    site: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveKey {
    /// Domain of the site
    #[arg(long, value_name = "DOMAIN")]
    site: String,
    /// Which clients send the key
    #[arg(long)]
    protocol: String,
    /// The key
    #[arg(long)]
    key: String,
}

pub(crate) async fn run(command: KeyCommand, settings: &Settings) -> Result<()> {
    let store = settings.open_store().await?;
    match command {
        KeyCommand::Add(args) => add(&store, args).await,
        KeyCommand::List(args) => list(&store, args).await,
        KeyCommand::Remove(args) => remove(&store, args).await,
    }
}

async fn add(store: &Store, args: AddKey) -> Result<()> {
    let protocol = protocol(&args.protocol)?;
    let key = site_key::check(protocol, &args.key).map_err(BadInput::from_error)?;
    let secret = args.secret.as_deref().map(site_key::check_secret).transpose();
    let secret = secret.map_err(BadInput::from_error)?;
    let (site, workspace) = find(store, &args.site).await?;
    let new = NewSiteKey { protocol, key, secret, history: !args.no_history };
    let text = new.key.clone();
    let added = match store.add_site_key(&workspace.id, &site.id, new, clock::now()).await {
        Err(StoreError::Taken(_)) => {
            let own = store.site_keys(&workspace.id, &site.id).await?;
            let own = own.iter().any(|known| known.protocol == protocol && known.key == text);
            return Err(if own {
                anyhow!("{} has the {protocol} key `{text}` already", site.domain)
            } else {
                anyhow!("the {protocol} key `{text}` is another site's: one key leads to one site")
            });
        }
        other => other?,
    };
    let detail = json!({"protocol": protocol.as_str(), "key": added.key});
    workspace::note(store, &workspace, "site_key.added", &site.domain, detail).await?;
    if args.json {
        output::json(&key_json(&added));
    } else {
        output::line(format_args!("{} collects under the {protocol} key `{text}`", site.domain));
    }
    Ok(())
}

async fn list(store: &Store, args: ListKeys) -> Result<()> {
    let (site, workspace) = find(store, &args.site).await?;
    let keys = store.site_keys(&workspace.id, &site.id).await?;
    if args.json {
        let items: Vec<Value> = keys.iter().map(key_json).collect();
        output::json(&json!({ "items": items }));
        return Ok(());
    }
    let head = ["Protocol", "Key", "Secret", "History", "Added"].map(str::to_owned);
    let mut rows = vec![head];
    rows.extend(keys.into_iter().map(|key| {
        let history = if key.history { "yes" } else { "no" };
        let added = key.added_at.map(|at| at.to_string()).unwrap_or_default();
        let secret = key.secret.unwrap_or_default();
        [key.protocol.to_string(), key.key, secret, history.to_owned(), added]
    }));
    output::table(&rows);
    Ok(())
}

async fn remove(store: &Store, args: RemoveKey) -> Result<()> {
    let protocol = protocol(&args.protocol)?;
    let key = site_key::check(protocol, &args.key).map_err(BadInput::from_error)?;
    let (site, workspace) = find(store, &args.site).await?;
    let keys = store.site_keys(&workspace.id, &site.id).await?;
    let known = keys.iter().find(|known| known.protocol == protocol && known.key == key);
    match known.map(|known| known.added_at) {
        None => return Err(anyhow!("{} has no {protocol} key `{key}`", site.domain)),
        Some(None) => {
            return Err(anyhow!("`{key}` is the key that {} was born with: it stays", site.domain));
        }
        Some(Some(_)) => {}
    }
    store.remove_site_key(&workspace.id, &site.id, protocol, &key).await?;
    let detail = json!({"protocol": protocol.as_str(), "key": key});
    workspace::note(store, &workspace, "site_key.removed", &site.domain, detail).await?;
    output::line(format_args!(
        "{} no longer collects under the {protocol} key `{key}`",
        site.domain
    ));
    Ok(())
}

fn protocol(word: &str) -> Result<Protocol, BadInput> {
    word.trim().to_lowercase().parse().map_err(|error| {
        let known = Protocol::ALL.map(Protocol::as_str).join(", ");
        BadInput(format!("{error}; there are {known}"))
    })
}

/// The site of a domain, in whichever workspace it is.
async fn find(store: &Store, domain: &str) -> Result<(Site, Workspace)> {
    let domain = rules::domain(domain).map_err(BadInput::from_error)?;
    let site = store.all_sites().await?.into_iter().find(|site| site.domain == domain);
    let site = site.ok_or_else(|| {
        anyhow!("`{domain}` is no site here: `luotsi site list` shows those there are")
    })?;
    let workspaces = store.all_workspaces().await?;
    let workspace = workspaces.into_iter().find(|workspace| workspace.id == site.workspace_id);
    let workspace = workspace.ok_or_else(|| anyhow!("the workspace of `{domain}` is gone"))?;
    Ok((site, workspace))
}

fn key_json(key: &SiteKey) -> Value {
    json!({
        "protocol": key.protocol.as_str(),
        "key": key.key,
        "secret": key.secret,
        "history": key.history,
        "added_at": key.added_at.map(|at| at.to_string()),
    })
}
