//! The sample workspace: its owner and its site.

use anyhow::Result;
use jiff::Timestamp;
use luotsi_marketing::site::BusinessType;
use luotsi_store::site::{Site, SiteSettings};
use luotsi_store::user::NewUser;
use luotsi_store::{Store, password};

use crate::output::BadInput;

pub(super) const EMAIL: &str = "demo@luotsi.example";
pub(super) const PASSWORD: &str = "kaira-outdoor";

const WORKSPACE: &str = "Kaira Outdoor";
const DOMAIN: &str = "kaira-outdoor.example";

/// The sample site; owner, workspace and site are made where they are missing.
///
/// # Errors
/// `BadInput` when the folder is somebody's own.
pub(super) async fn site(store: &Store, now: Timestamp) -> Result<Site> {
    let workspaces = store.all_workspaces().await?;
    let workspace = match workspaces.into_iter().find(|workspace| workspace.sample) {
        Some(workspace) => workspace,
        None if store.user_count().await? > 0 => {
            let advice = "name an empty one with --data-dir, or serve this one with `luotsi serve`";
            return Err(BadInput(format!(
                "this data folder holds a workspace of your own: {advice}"
            ))
            .into());
        }
        None => {
            let password_hash = tokio::task::spawn_blocking(|| password::hash(PASSWORD)).await??;
            let owner =
                NewUser { email: EMAIL, name: "Aino", locale: "en", password_hash: &password_hash };
            store.create_owner(&owner, WORKSPACE, true, now).await?.1
        }
    };
    if let Some(site) = store.site_by_domain(&workspace.id, DOMAIN).await? {
        return Ok(site);
    }
    let settings = SiteSettings {
        domain: DOMAIN.to_owned(),
        name: WORKSPACE.to_owned(),
        time_zone: "Europe/Helsinki".to_owned(),
        currency: "EUR".to_owned(),
        business_type: BusinessType::WebShop,
        retention_days: None,
    };
    Ok(store.create_site(&workspace.id, settings, now).await?)
}
