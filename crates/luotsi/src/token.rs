//! `luotsi token`: API tokens from the command line.

use anyhow::Result;
use clap::{Args, Subcommand};
use luotsi_store::token::Scope;
use serde_json::json;

use crate::clock;
use crate::output::{self, BadInput};
use crate::settings::Settings;
use crate::workspace::{self, WorkspaceArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token; it is shown this once
    #[command(
        after_help = "Example:\n  luotsi token create --name import --scope events:write --json"
    )]
    Create(CreateToken),
    /// List the tokens of a workspace
    List(ListTokens),
    /// Revoke a token by its id
    Revoke(RevokeToken),
}

#[derive(Debug, Args)]
pub(crate) struct CreateToken {
    /// What it is for, so that people know it later
    #[arg(long)]
    name: String,
    /// events:write, stats:read or admin; several with commas or by repeating [default: all]
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',')]
    scopes: Vec<String>,
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListTokens {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeToken {
    id: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(crate) async fn run(command: TokenCommand, settings: &Settings) -> Result<()> {
    match command {
        TokenCommand::Create(args) => create(args, settings).await,
        TokenCommand::List(args) => list(args, settings).await,
        TokenCommand::Revoke(args) => revoke(args, settings).await,
    }
}

async fn create(args: CreateToken, settings: &Settings) -> Result<()> {
    if args.name.trim().is_empty() {
        return Err(BadInput("a token needs a name".to_owned()).into());
    }
    let scopes: Result<Vec<Scope>, _> =
        args.scopes.iter().map(|word| word.trim().parse()).collect();
    let mut scopes = scopes.map_err(BadInput::from_error)?;
    if scopes.is_empty() {
        scopes = Scope::ALL.to_vec();
    }
    let store = settings.open_store().await?;
    let workspace = workspace::choose_or_create(&store, &args.workspace).await?;
    let (token, text) =
        store.create_token(&workspace.id, &args.name, &scopes, clock::now()).await?;
    let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    let detail = json!({"name": token.name, "scopes": scopes});
    workspace::note(&store, &workspace, "token.created", &token.id, detail).await?;
    if args.json {
        output::json(&json!({
            "id": token.id,
            "name": token.name,
            "scopes": scopes,
            "prefix": token.prefix,
            "workspace_id": token.workspace_id,
            "created_at": token.created_at.to_string(),
            "token": text,
        }));
    } else {
        output::line(text);
    }
    Ok(())
}

async fn list(args: ListTokens, settings: &Settings) -> Result<()> {
    let store = settings.open_store().await?;
    let tokens = match workspace::choose(&store, &args.workspace).await? {
        Some(workspace) => store.tokens(&workspace.id).await?,
        None => Vec::new(),
    };
    let words = |scopes: &[Scope]| scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>();
    if args.json {
        let items = tokens.iter().map(|token| {
            json!({
                "id": token.id,
                "name": token.name,
                "scopes": words(&token.scopes),
                "prefix": token.prefix,
                "created_at": token.created_at.to_string(),
                "last_used_at": token.last_used_at.map(|at| at.to_string()),
            })
        });
        output::json(&json!({"items": items.collect::<Vec<_>>()}));
        return Ok(());
    }
    let mut rows = vec![["Id", "Name", "Begins", "Scopes"].map(str::to_owned)];
    rows.extend(tokens.into_iter().map(|token| {
        let scopes = words(&token.scopes).join(" ");
        [token.id, token.name, token.prefix, scopes]
    }));
    output::table(&rows);
    Ok(())
}

async fn revoke(args: RevokeToken, settings: &Settings) -> Result<()> {
    let store = settings.open_store().await?;
    let Some(workspace) = workspace::choose(&store, &args.workspace).await? else {
        anyhow::bail!("there is no workspace, and so no token");
    };
    store.revoke_token(&workspace.id, args.id.trim()).await?;
    workspace::note(&store, &workspace, "token.revoked", args.id.trim(), json!({})).await
}
