//! `luotsi user`: accounts from the command line.

use std::io::Read as _;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand, ValueEnum};
use luotsi_store::StoreError;
use luotsi_store::password;
use luotsi_store::user::NewUser;
use luotsi_store::workspace::Role;
use serde_json::json;

use crate::clock;
use crate::output::{self, BadInput};
use crate::settings::Settings;
use crate::workspace::{self, WorkspaceArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make an account and give it a role in a workspace
    ///
    /// The first account makes the workspace too. Works beside a running server.
    #[command(
        after_help = "Example:\n  printf %s \"$PASSWORD\" | luotsi user create --email me@example.org --password-stdin"
    )]
    Create(CreateUser),
    /// List the accounts of a workspace
    List(ListUsers),
}

#[derive(Debug, Args)]
pub(crate) struct CreateUser {
    /// E-mail address: the name to sign in with
    #[arg(long)]
    email: String,
    /// Read the password from standard input; a line end at its end does not count
    #[arg(long, required = true)]
    password_stdin: bool,
    /// Name as others see it [default: what stands before the @]
    #[arg(long)]
    name: Option<String>,
    /// Role in the workspace
    #[arg(long, value_enum, default_value_t = RoleArg::Owner)]
    role: RoleArg,
    /// Language of the screens: en, fi or fa
    #[arg(long, value_parser = ["en", "fi", "fa"], default_value = "en")]
    locale: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListUsers {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleArg {
    Owner,
    Admin,
    Editor,
    Viewer,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Role {
        match role {
            RoleArg::Owner => Role::Owner,
            RoleArg::Admin => Role::Admin,
            RoleArg::Editor => Role::Editor,
            RoleArg::Viewer => Role::Viewer,
        }
    }
}

pub(crate) async fn run(command: UserCommand, settings: &Settings) -> Result<()> {
    match command {
        UserCommand::Create(args) => create(args, settings).await,
        UserCommand::List(args) => list(args, settings).await,
    }
}

async fn create(args: CreateUser, settings: &Settings) -> Result<()> {
    let email = args.email.trim();
    if !looks_like_email(email) {
        return Err(BadInput(format!("`{email}` is no e-mail address")).into());
    }
    let password = read_password()?;
    let password_hash = tokio::task::spawn_blocking(move || password::hash(&password)).await??;
    let local_part = email.split('@').next().unwrap_or(email);
    let user = NewUser {
        email,
        name: args.name.as_deref().unwrap_or(local_part),
        locale: &args.locale,
        password_hash: &password_hash,
    };
    let store = settings.open_store().await?;
    let role = Role::from(args.role);
    // Looked up first, so that a taken address leaves no workspace behind.
    if store.user_by_email(email).await?.is_some() {
        anyhow::bail!("`{email}` has an account already");
    }
    let workspace = workspace::choose_or_create(&store, &args.workspace).await?;
    let user = match store.create_member(&workspace.id, &user, role, clock::now()).await {
        Err(StoreError::Taken(_)) => anyhow::bail!("`{email}` has an account already"),
        other => other?,
    };
    let detail = json!({"email": user.email, "role": role.as_str()});
    workspace::note(&store, &workspace, "member.added", &user.id, detail).await?;
    if args.json {
        output::json(&json!({
            "id": user.id,
            "email": user.email,
            "name": user.name,
            "role": role.as_str(),
            "workspace": {"id": workspace.id, "name": workspace.name},
        }));
    } else {
        output::line(format_args!("{} is {role} of `{}`", user.email, workspace.name));
    }
    Ok(())
}

async fn list(args: ListUsers, settings: &Settings) -> Result<()> {
    let store = settings.open_store().await?;
    let members = match workspace::choose(&store, &args.workspace).await? {
        Some(workspace) => store.members(&workspace.id).await?,
        None => Vec::new(),
    };
    if args.json {
        let items = members.iter().map(|member| {
            json!({"id": member.user_id, "email": member.email, "name": member.name, "role": member.role.as_str()})
        });
        output::json(&json!({"items": items.collect::<Vec<_>>()}));
        return Ok(());
    }
    let mut rows = vec![["E-mail".to_owned(), "Name".to_owned(), "Role".to_owned()]];
    rows.extend(
        members.into_iter().map(|member| [member.email, member.name, member.role.to_string()]),
    );
    output::table(&rows);
    Ok(())
}

/// The password on standard input, checked as the set-up screen checks it.
fn read_password() -> Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .take(password::MOST_BYTES as u64 + 3)
        .read_to_string(&mut text)
        .context("cannot read the password from standard input")?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.chars().count() < password::FEWEST_CHARACTERS {
        let fewest = password::FEWEST_CHARACTERS;
        return Err(BadInput(format!("a password has at least {fewest} characters")).into());
    }
    if password.len() > password::MOST_BYTES {
        return Err(
            BadInput(format!("a password has at most {} bytes", password::MOST_BYTES)).into()
        );
    }
    Ok(password.to_owned())
}

/// Something, an @, and a name: enough to catch a slip, not to judge what mail servers take.
fn looks_like_email(text: &str) -> bool {
    text.len() <= 254
        && !text.contains(|character: char| character.is_whitespace() || character.is_control())
        && text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_an_address_is_caught() {
        for address in ["me@example.org", "a.b+c@localhost", "ä@esimerkki.fi"] {
            assert!(looks_like_email(address), "{address}");
        }
        for slip in ["", "me", "@example.org", "me@", "me @example.org", "a@b@c"] {
            assert!(!looks_like_email(slip), "{slip}");
        }
    }
}
