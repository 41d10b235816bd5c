//! Which workspace a command means.

use anyhow::Result;
use luotsi_store::Store;
use luotsi_store::audit::NewEntry;
use luotsi_store::workspace::Workspace;
use serde_json::Value;

use crate::clock;
use crate::output::BadInput;

/// The name of the workspace that a command makes when there is none.
const FIRST_NAME: &str = "My workspace";

/// The workspace of a command, as the person names it.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct WorkspaceArgs {
    /// Workspace, by name or id; needed when there are several [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) workspace: Option<String>,
}

/// The workspace that is meant. When there is none at all, one is made.
pub(crate) async fn choose_or_create(store: &Store, args: &WorkspaceArgs) -> Result<Workspace> {
    match choose(store, args).await? {
        Some(workspace) => Ok(workspace),
        None => {
            let name = args.workspace.as_deref().unwrap_or(FIRST_NAME);
            Ok(store.create_workspace(name, false, clock::now()).await?)
        }
    }
}

/// The workspace that is meant; `None` when there is none at all.
///
/// # Errors
/// `BadInput` when the name fits none, or several, or when none is named and there are several.
pub(crate) async fn choose(store: &Store, args: &WorkspaceArgs) -> Result<Option<Workspace>> {
    let mut all = store.all_workspaces().await?;
    let names = all.iter().map(|found| format!("`{}`", found.name)).collect::<Vec<_>>().join(", ");
    let Some(wanted) = args.workspace.as_deref() else {
        return match all.len() {
            0 => Ok(None),
            1 => Ok(all.pop()),
            _ => {
                Err(BadInput(format!("name one of the workspaces with --workspace: {names}"))
                    .into())
            }
        };
    };
    if all.is_empty() {
        return Ok(None);
    }
    let wanted = wanted.trim();
    let mut fitting: Vec<_> =
        all.into_iter().filter(|found| found.id == wanted || found.name == wanted).collect();
    match fitting.len() {
        1 => Ok(fitting.pop()),
        0 => Err(BadInput(format!("no workspace `{wanted}`; there are {names}")).into()),
        _ => Err(BadInput(format!("several workspaces are called `{wanted}`: give the id")).into()),
    }
}

/// Writes down that the command line did something.
pub(crate) async fn note(
    store: &Store,
    workspace: &Workspace,
    action: &str,
    target: &str,
    detail: Value,
) -> Result<()> {
    let entry = NewEntry { actor_id: None, actor: "command line", action, target, detail };
    Ok(store.note(&workspace.id, entry, clock::now()).await?)
}
