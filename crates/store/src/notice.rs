//! What is told to whom: choices, inboxes, and the outbox with its log of deliveries.

use jiff::Timestamp;
use luotsi_marketing::alert::{Choice, News};
use serde_json::Value;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::error::found;
use crate::row::{Columns, unreadable};
use crate::{Result, Store, new_id};

/// By which way a message leaves the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// To a user, by their id.
    Email,
    /// To a webhook, by its id.
    Webhook,
}

impl Channel {
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Email => "email",
            Channel::Webhook => "webhook",
        }
    }

    fn parse(word: &str) -> Result<Channel> {
        match word {
            "email" => Ok(Channel::Email),
            "webhook" => Ok(Channel::Webhook),
            other => Err(unreadable("channel", format!("`{other}` is no channel"))),
        }
    }
}

/// One thing to be told, to several people and programs.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The same for every repetition of one message: whoever has it gets it no second time.
    pub message_id: String,
    /// A word of `News`, or `webhook_test`.
    pub news: String,
    pub bad: bool,
    /// By language: `title`, `body`.
    pub texts: Value,
    /// Where it leads, as a path in the product.
    pub link: String,
    /// Users' ids.
    pub inboxes: Vec<String>,
    /// What leaves: channel, recipient, body.
    pub outgoing: Vec<(Channel, String, String)>,
}

/// A message in a member's inbox.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxEntry {
    pub id: String,
    pub message_id: String,
    pub incident_id: Option<String>,
    pub news: String,
    pub bad: bool,
    pub texts: Value,
    pub link: String,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
}

/// A message that was claimed to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The same for each attempt.
    pub id: String,
    pub workspace_id: String,
    pub message_id: String,
    pub channel: Channel,
    pub recipient: String,
    pub news: String,
    pub body: String,
    /// This one included.
    pub attempts: i64,
    pub created_at: Timestamp,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    /// To be tried again at a moment.
    Again(Timestamp),
    /// Given up: no attempt is left, or none can succeed.
    GivenUp,
    /// Nobody is there any more to get it.
    Dropped,
}

impl Outcome {
    fn state(&self) -> &'static str {
        match self {
            Outcome::Delivered => "sent",
            Outcome::Again(_) => "waiting",
            Outcome::GivenUp => "failed",
            Outcome::Dropped => "dropped",
        }
    }
}

/// An attempt, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub at: Timestamp,
    pub took_ms: i64,
    /// HTTP or SMTP status, where there was an answer.
    pub status: Option<i64>,
    /// What was answered, or why there was no answer; short.
    pub detail: String,
}

/// A line of the log of deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: String,
    /// The outgoing message's id.
    pub message: String,
    pub message_id: String,
    pub news: String,
    pub attempt: i64,
    pub at: Timestamp,
    pub took_ms: i64,
    /// `sent`, `waiting`, `failed` or `dropped`: what the attempt made of the message.
    pub outcome: String,
    pub status: Option<i64>,
    pub detail: String,
    /// What the message is now.
    pub state: String,
    /// When it is tried again, of a message that waits.
    pub next_at: Option<Timestamp>,
    pub body: String,
}

/// Lines of the log that are kept for each recipient.
const MOST_DELIVERIES: i64 = 200;

impl Store {
    /// What the members of a workspace chose, by user. Who is not there chose nothing.
    pub async fn notice_choices(&self, workspace: &str) -> Result<Vec<(String, Choice)>> {
        let rows = sqlx::query(include_str!("../sql/notice_choices.of_workspace.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let columns = Columns(row);
            let choice = Choice {
                email: columns.flag("email")?,
                mine_only: columns.flag("mine_only")?,
                news: read_news(&columns.text("news")?),
            };
            Ok((columns.text("user_id")?, choice))
        };
        rows.iter().map(read).collect()
    }

    pub async fn save_notice_choice(
        &self,
        workspace: &str,
        user_id: &str,
        choice: &Choice,
    ) -> Result<()> {
        sqlx::query(include_str!("../sql/notice_choices.upsert.sql"))
            .bind(workspace)
            .bind(user_id)
            .bind(i64::from(choice.email))
            .bind(i64::from(choice.mine_only))
            .bind(write_news(&choice.news))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Puts what is told into inboxes and outbox, all or nothing; what is there already stays as it is. Whether
    /// anything was new.
    pub async fn tell(&self, workspace: &str, notice: &Notice, now: Timestamp) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let new = put(&mut transaction, workspace, notice, None, now).await?;
        transaction.commit().await?;
        Ok(new > 0)
    }

    /// At most `limit` messages of a member, the latest first, below the id `before` when one is given.
    pub async fn inbox(
        &self,
        workspace: &str,
        user_id: &str,
        unread_only: bool,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<InboxEntry>> {
        const ABOVE_ALL: &str = "g";
        let rows = sqlx::query(include_str!("../sql/inbox.page.sql"))
            .bind(workspace)
            .bind(user_id)
            .bind(before.unwrap_or(ABOVE_ALL))
            .bind(i64::from(limit))
            .bind(i64::from(unread_only))
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let columns = Columns(row);
            Ok(InboxEntry {
                id: columns.text("id")?,
                message_id: columns.text("message_id")?,
                incident_id: columns.maybe_text("incident_id")?,
                news: columns.text("news")?,
                bad: columns.flag("bad")?,
                texts: columns.json("texts")?,
                link: columns.text("link")?,
                created_at: columns.time("created_at_us")?,
                read_at: columns.maybe_time("read_at_us")?,
            })
        };
        rows.iter().map(read).collect()
    }

    pub async fn unread(&self, workspace: &str, user_id: &str) -> Result<i64> {
        let row = sqlx::query(include_str!("../sql/inbox.unread.sql"))
            .bind(workspace)
            .bind(user_id)
            .fetch_one(&self.pool)
            .await?;
        Columns(&row).int("unread")
    }

    pub async fn mark_read(
        &self,
        workspace: &str,
        user_id: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/inbox.read.sql"))
            .bind(workspace)
            .bind(user_id)
            .bind(id)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        found(&done, "message")
    }

    /// Marks everything up to the id `newest` as read, so that what came meanwhile stays unread.
    pub async fn mark_all_read(
        &self,
        workspace: &str,
        user_id: &str,
        newest: &str,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(include_str!("../sql/inbox.read_all.sql"))
            .bind(workspace)
            .bind(user_id)
            .bind(newest)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Claims at most `limit` messages that are due, of every workspace, until `until`.
    ///
    /// A message is claimed by one worker at a time; when that worker dies, its claim ends at `until` and the
    /// message is claimed again.
    pub async fn claim_messages(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Outgoing>> {
        let rows = sqlx::query(include_str!("../sql/messages.claim.sql"))
            .bind(now.as_microsecond())
            .bind(until.as_microsecond())
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let columns = Columns(row);
            Ok(Outgoing {
                id: columns.text("id")?,
                workspace_id: columns.text("workspace_id")?,
                message_id: columns.text("message_id")?,
                channel: Channel::parse(&columns.text("channel")?)?,
                recipient: columns.text("recipient")?,
                news: columns.text("news")?,
                body: columns.text("body")?,
                attempts: columns.int("attempts")?,
                created_at: columns.time("created_at_us")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Writes what became of an attempt, with its line in the log.
    pub async fn settle_message(
        &self,
        message: &Outgoing,
        outcome: &Outcome,
        attempt: &Attempt,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let (next_at, done_at) = match outcome {
            Outcome::Again(next_at) => (*next_at, None),
            _ => (attempt.at, Some(attempt.at.as_microsecond())),
        };
        sqlx::query(include_str!("../sql/messages.settle.sql"))
            .bind(&message.workspace_id)
            .bind(&message.id)
            .bind(message.attempts)
            .bind(outcome.state())
            .bind(next_at.as_microsecond())
            .bind(done_at)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(include_str!("../sql/deliveries.insert.sql"))
            .bind(new_id(attempt.at))
            .bind(&message.workspace_id)
            .bind(&message.id)
            .bind(message.channel.as_str())
            .bind(&message.recipient)
            .bind(message.attempts)
            .bind(attempt.at.as_microsecond())
            .bind(attempt.took_ms)
            .bind(outcome.state())
            .bind(attempt.status)
            .bind(&attempt.detail)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(include_str!("../sql/deliveries.trim.sql"))
            .bind(&message.workspace_id)
            .bind(message.channel.as_str())
            .bind(&message.recipient)
            .bind(MOST_DELIVERIES)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// When the next message is due; `None` when none waits.
    pub async fn next_message_at(&self) -> Result<Option<Timestamp>> {
        let row =
            sqlx::query(include_str!("../sql/messages.next.sql")).fetch_one(&self.pool).await?;
        Columns(&row).maybe_time("next_at_us")
    }

    /// How many messages are in each state: channel, state, number.
    pub async fn message_states(&self, workspace: &str) -> Result<Vec<(String, String, i64)>> {
        let rows = sqlx::query(include_str!("../sql/messages.states.sql"))
            .bind(workspace)
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let columns = Columns(row);
            Ok((columns.text("channel")?, columns.text("state")?, columns.int("messages")?))
        };
        rows.iter().map(read).collect()
    }

    /// Sends a message again that was sent or given up. `NotFound` while it waits.
    pub async fn send_again(
        &self,
        workspace: &str,
        (channel, recipient): (Channel, &str),
        id: &str,
        now: Timestamp,
    ) -> Result<()> {
        let done = sqlx::query(include_str!("../sql/messages.again.sql"))
            .bind(workspace)
            .bind(channel.as_str())
            .bind(recipient)
            .bind(id)
            .bind(now.as_microsecond())
            .execute(&self.pool)
            .await?;
        found(&done, "message")
    }

    /// At most `limit` tries to reach a recipient, the latest first, below the id `before` when one is given.
    pub async fn deliveries(
        &self,
        workspace: &str,
        (channel, recipient): (Channel, &str),
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Delivery>> {
        const ABOVE_ALL: &str = "g";
        let rows = sqlx::query(include_str!("../sql/deliveries.of_recipient.sql"))
            .bind(workspace)
            .bind(channel.as_str())
            .bind(recipient)
            .bind(before.unwrap_or(ABOVE_ALL))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let columns = Columns(row);
            let state = columns.text("state")?;
            let next_at = columns.time("next_at_us")?;
            Ok(Delivery {
                id: columns.text("id")?,
                message: columns.text("message")?,
                message_id: columns.text("message_id")?,
                news: columns.text("news")?,
                attempt: columns.int("attempt")?,
                at: columns.time("at_us")?,
                took_ms: columns.int("took_ms")?,
                outcome: columns.text("outcome")?,
                status: columns.maybe_int("status")?,
                detail: columns.text("detail")?,
                next_at: (state == "waiting").then_some(next_at),
                state,
                body: columns.text("body")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Forgets messages, with their deliveries, that were done before `before`, and inboxes' messages as old.
    pub async fn forget_messages(&self, before: Timestamp) -> Result<u64> {
        let mut gone = 0;
        for query in [
            include_str!("../sql/messages.delete_done.sql"),
            include_str!("../sql/inbox.delete_before.sql"),
        ] {
            let done = sqlx::query(query).bind(before.as_microsecond()).execute(&self.pool).await?;
            gone += done.rows_affected();
        }
        Ok(gone)
    }
}

/// Puts what is told into inboxes and outbox, in the caller's transaction.
pub(crate) async fn put(
    connection: &mut AnyConnection,
    workspace: &str,
    notice: &Notice,
    incident_id: Option<&str>,
    now: Timestamp,
) -> Result<u64> {
    let mut new = 0;
    let texts = notice.texts.to_string();
    for user_id in &notice.inboxes {
        let done = sqlx::query(include_str!("../sql/inbox.insert.sql"))
            .bind(new_id(now))
            .bind(workspace)
            .bind(user_id)
            .bind(&notice.message_id)
            .bind(incident_id)
            .bind(&notice.news)
            .bind(i64::from(notice.bad))
            .bind(&texts)
            .bind(&notice.link)
            .bind(now.as_microsecond())
            .execute(&mut *connection)
            .await?;
        new += done.rows_affected();
    }
    for (channel, recipient, body) in &notice.outgoing {
        let done = sqlx::query(include_str!("../sql/messages.insert.sql"))
            .bind(new_id(now))
            .bind(workspace)
            .bind(&notice.message_id)
            .bind(channel.as_str())
            .bind(recipient)
            .bind(&notice.news)
            .bind(body)
            .bind(now.as_microsecond())
            .execute(&mut *connection)
            .await?;
        new += done.rows_affected();
    }
    Ok(new)
}

/// Kinds of news as they are kept. A word that is known no more is left out.
pub(crate) fn read_news(words: &str) -> Vec<News> {
    words.split(' ').filter_map(|word| word.parse().ok()).collect()
}

pub(crate) fn write_news(news: &[News]) -> String {
    news.iter().map(|news| news.as_str()).collect::<Vec<_>>().join(" ")
}
