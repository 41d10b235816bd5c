//! Webhooks: addresses of other programs that are told what people are told.

use jiff::{SignedDuration, Timestamp};
use luotsi_marketing::alert::News;
use sqlx::any::AnyRow;

use crate::error::found;
use crate::notice::{Channel, Notice, put, read_news, write_news};
use crate::row::Columns;
use crate::{Result, Store, StoreError, new_id};

/// For how long the secret before signs too, so that a receiver has time to learn the new one.
pub const OLD_SECRET_SIGNS: SignedDuration = SignedDuration::from_hours(24);

#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: String,
    pub url: String,
    pub description: String,
    /// What it is told of.
    pub news: Vec<News>,
    /// `whsec_` and the key in Base64. Kept as it is, because a signature needs it; shown once.
    pub secret: String,
    /// The one before, and until when it signs too.
    pub old_secret: Option<(String, Timestamp)>,
    pub enabled: bool,
    /// Why it was switched off by the server: `gone` or `failing`.
    pub disabled_because: Option<String>,
    pub created_by: String,
    pub created_at: Timestamp,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook")
            .field("id", &self.id)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// A webhook to be added.
#[derive(Debug, Clone)]
pub struct NewWebhook<'a> {
    pub url: &'a str,
    pub description: &'a str,
    pub news: &'a [News],
    pub secret: &'a str,
    pub created_by: &'a str,
}

impl Store {
    pub async fn add_webhook(
        &self,
        workspace: &str,
        new: NewWebhook<'_>,
        now: Timestamp,
    ) -> Result<Webhook> {
        let id = new_id(now);
        sqlx::query(include_str!("../sql/webhooks.insert.sql"))
            .bind(&id)
            .bind(workspace)
            .bind(new.url)
            .bind(new.description)
            .bind(write_news(new.news))
            .bind(new.secret)
            .bind(new.created_by)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        self.webhook(workspace, &id).await
    }

    pub async fn webhooks(&self, workspace: &str) -> Result<Vec<Webhook>> {
        let rows = sqlx::query(include_str!("../sql/webhooks.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    pub async fn webhook(&self, workspace: &str, id: &str) -> Result<Webhook> {
        let row = sqlx::query(include_str!("../sql/webhooks.by_id.sql"))
            .bind(workspace)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| read(&row)).transpose()?.ok_or(StoreError::NotFound("webhook"))
    }

    /// Writes where it is, what it gets and whether it is on; its secret stays.
    pub async fn save_webhook(&self, workspace: &str, webhook: &Webhook) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/webhooks.update.sql"))
            .bind(workspace)
            .bind(&webhook.id)
            .bind(&webhook.url)
            .bind(&webhook.description)
            .bind(write_news(&webhook.news))
            .bind(i64::from(webhook.enabled))
            .bind(&webhook.disabled_because)
            .execute(&self.pool)
            .await?;
        found(&done, "webhook")
    }

    /// Gives it a new secret; the one before signs too for a day.
    pub async fn rotate_webhook_secret(
        &self,
        workspace: &str,
        id: &str,
        secret: &str,
        now: Timestamp,
    ) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/webhooks.rotate.sql"))
            .bind(workspace)
            .bind(id)
            .bind(secret)
            .bind((now + OLD_SECRET_SIGNS).as_microsecond())
            .execute(&self.pool)
            .await?;
        found(&done, "webhook")
    }

    /// Switches a webhook off that cannot be reached, gives up what waits for it, and tells people why, all or
    /// nothing. Whether it was on.
    pub async fn disable_webhook(
        &self,
        workspace: &str,
        id: &str,
        because: &str,
        notice: &Notice,
        now: Timestamp,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query(include_str!("../sql/webhooks.disable.sql"))
            .bind(workspace)
            .bind(id)
            .bind(because)
            .execute(&mut *transaction)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        drop_waiting(&mut transaction, workspace, id, now).await?;
        put(&mut transaction, workspace, notice, None, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    pub async fn delete_webhook(&self, workspace: &str, id: &str, now: Timestamp) -> Result<()> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query(include_str!("../sql/webhooks.delete.sql"))
            .bind(workspace)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        found(&done, "webhook")?;
        drop_waiting(&mut transaction, workspace, id, now).await?;
        transaction.commit().await?;
        Ok(())
    }
}

async fn drop_waiting(
    connection: &mut sqlx::AnyConnection,
    workspace: &str,
    id: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(include_str!("../sql/messages.drop_waiting.sql"))
        .bind(workspace)
        .bind(Channel::Webhook.as_str())
        .bind(id)
        .bind(now.as_microsecond())
        .execute(connection)
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Webhook> {
    let columns = Columns(row);
    let until = columns.maybe_time("old_secret_until_us")?;
    Ok(Webhook {
        id: columns.text("id")?,
        url: columns.text("url")?,
        description: columns.text("description")?,
        news: read_news(&columns.text("news")?),
        secret: columns.text("secret")?,
        old_secret: columns.maybe_text("old_secret")?.zip(until),
        enabled: columns.flag("enabled")?,
        disabled_because: columns.maybe_text("disabled_because")?,
        created_by: columns.text("created_by")?,
        created_at: columns.time("created_at_us")?,
    })
}
