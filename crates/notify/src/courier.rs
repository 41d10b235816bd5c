//! Sends what waits in the outbox: some at a time, each by one worker, again when it fails.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use luotsi_marketing::phrase::Phrase;
use luotsi_marketing::role::Role;
use luotsi_store::notice::{Attempt, Channel, Notice, Outcome, Outgoing};
use luotsi_store::webhook::Webhook;
use luotsi_store::{Result, Store, StoreError};
use tokio::task::JoinSet;

use crate::compose::{Story, texts};
use crate::letter::Letter;
use crate::mail::Mailer;
use crate::post::{Answer, PostError, Poster};
use crate::retry;
use crate::signature::{self, Secret};

/// Messages that are being sent at once.
const MOST_AT_ONCE: usize = 16;

/// After this time a worker is held to have died. Longer than any exchange is waited for.
const CLAIM: SignedDuration = SignedDuration::from_mins(2);

/// Between two looks for what is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Sent and given-up messages, deliveries and inboxes are kept for so long.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 180);

/// Between two looks for what is too old.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);

/// Characters of an answer that the log keeps.
const MOST_DETAIL: usize = 300;

/// The kind of a message that was asked for to try a webhook.
pub const TEST: &str = "webhook_test";

/// Sends mails and webhooks. Cheap to clone.
#[derive(Clone)]
pub struct Courier(Arc<Inner>);

struct Inner {
    store: Store,
    mailer: Option<Mailer>,
    poster: Poster,
    /// Under which browsers reach the server, without a slash at its end.
    base_url: String,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Courier {
    pub fn new(
        store: Store,
        mailer: Option<Mailer>,
        poster: Poster,
        base_url: &str,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        let base_url = base_url.trim_end_matches('/').to_owned();
        Self(Arc::new(Inner { store, mailer, poster, base_url, clock: Box::new(clock) }))
    }

    pub fn mailer(&self) -> Option<&Mailer> {
        self.0.mailer.as_ref()
    }

    pub fn poster(&self) -> &Poster {
        &self.0.poster
    }

    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// Sends until it is aborted.
    pub async fn run(self) {
        let mut at_work = JoinSet::new();
        let mut forgot: Option<Instant> = None;
        loop {
            if forgot.is_none_or(|at| at.elapsed() >= FORGET_EVERY) {
                forgot = Some(Instant::now());
                let before = (self.0.clock)() - KEPT;
                if let Err(error) = self.0.store.forget_messages(before).await {
                    tracing::warn!(%error, "old messages could not be forgotten");
                }
            }
            match self.claim(MOST_AT_ONCE - at_work.len()).await {
                Ok(claimed) => {
                    for message in claimed {
                        let courier = self.clone();
                        at_work.spawn(async move { courier.deliver(message).await });
                    }
                }
                Err(error) => tracing::error!(%error, "the outbox could not be read"),
            }
            tokio::select! {
                Some(_) = at_work.join_next() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Sends everything that is due and waits for it; how many. For tests and commands.
    pub async fn step(&self) -> Result<usize> {
        let mut sent = 0;
        loop {
            let claimed = self.claim(MOST_AT_ONCE).await?;
            if claimed.is_empty() {
                return Ok(sent);
            }
            sent += claimed.len();
            let mut at_work = JoinSet::new();
            for message in claimed {
                let courier = self.clone();
                at_work.spawn(async move { courier.deliver(message).await });
            }
            at_work.join_all().await;
        }
    }

    async fn claim(&self, most: usize) -> Result<Vec<Outgoing>> {
        let now = (self.0.clock)();
        let due = self.0.store.next_message_at().await?.is_some_and(|at| at <= now);
        if most == 0 || !due {
            return Ok(Vec::new());
        }
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        self.0.store.claim_messages(now, now + CLAIM, most).await
    }

    /// Sends one message and writes down what became of it.
    async fn deliver(&self, message: Outgoing) {
        let at = (self.0.clock)();
        let started = Instant::now();
        let done = match message.channel {
            Channel::Email => self.mail(&message, at).await,
            Channel::Webhook => self.post(&message, at).await,
        };
        let done = match done {
            Ok(done) => done,
            Err(error) => {
                // The claim ends by itself, and the message is tried again.
                tracing::error!(%error, message = message.id, "a message could not be prepared");
                return;
            }
        };
        let took_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
        let detail = done.detail.chars().filter(|c| !c.is_control()).take(MOST_DETAIL).collect();
        let attempt = Attempt { at, took_ms, status: done.status.map(i64::from), detail };
        if let Err(error) = self.0.store.settle_message(&message, &done.outcome, &attempt).await {
            tracing::error!(%error, message = message.id, "a delivery could not be noted");
        }
        if let Some((hook, because)) = done.switch_off
            && let Err(error) = self.switch_off(&message.workspace_id, &hook, because, at).await
        {
            tracing::error!(%error, webhook = hook.id, "a webhook could not be switched off");
        }
    }

    async fn mail(&self, message: &Outgoing, at: Timestamp) -> Result<Done> {
        let Some(mailer) = &self.0.mailer else {
            return Ok(Done::of(Outcome::GivenUp, "mail is not set up"));
        };
        let store = &self.0.store;
        // Who left the workspace since is told no more.
        if store.role(&message.workspace_id, &message.recipient).await?.is_none() {
            return Ok(Done::of(Outcome::Dropped, "no member any more"));
        }
        let user = store.user(&message.recipient).await?;
        let Ok(letter) = serde_json::from_str::<Letter>(&message.body) else {
            return Ok(Done::of(Outcome::GivenUp, "the letter cannot be read"));
        };
        let to = (user.name.as_str(), user.email.as_str());
        let sent = mailer.send(to, &letter, &self.0.base_url, &message.id, at).await;
        Ok(match sent {
            Ok(()) => Done { status: Some(250), ..Done::of(Outcome::Delivered, "") },
            Err(error) => {
                let outcome = match retry::wait(message.attempts, rand::random(), None) {
                    Some(wait) if !error.is_final() => Outcome::Again(at + wait),
                    _ => Outcome::GivenUp,
                };
                Done { status: error.status(), ..Done::of(outcome, &error.to_string()) }
            }
        })
    }

    async fn post(&self, message: &Outgoing, at: Timestamp) -> Result<Done> {
        let hook = match self.0.store.webhook(&message.workspace_id, &message.recipient).await {
            Ok(hook) => hook,
            Err(StoreError::NotFound(_)) => {
                return Ok(Done::of(Outcome::Dropped, "no such webhook any more"));
            }
            Err(error) => return Err(error),
        };
        if !hook.enabled && message.news != TEST {
            return Ok(Done::of(Outcome::Dropped, "the webhook is off"));
        }
        let old = hook.old_secret.as_ref().filter(|(_, until)| at < *until).map(|(old, _)| old);
        let secrets: Vec<Secret> = std::iter::once(&hook.secret)
            .chain(old)
            .filter_map(|secret| Secret::parse(secret).ok())
            .collect();
        let id = format!("msg_{}", message.id);
        let headers = signature::headers(&id, at, &message.body, &secrets);
        let answer = self.0.poster.post(&hook.url, &headers, &message.body).await;
        Ok(judge(answer, message, hook, at))
    }

    /// Switches a webhook off and tells those who can mend it.
    async fn switch_off(
        &self,
        workspace: &str,
        hook: &Webhook,
        because: &'static str,
        now: Timestamp,
    ) -> Result<()> {
        let members = self.0.store.members(workspace).await?.into_iter();
        let key = if because == "gone" { "told_webhook_gone" } else { "told_webhook_failing" };
        let notice = Notice {
            message_id: format!("webhook_off/{}/{}", hook.id, now.as_second()),
            news: "webhook_off".to_owned(),
            bad: true,
            texts: texts(|locale| Story {
                title: Phrase::new(key).text_value("address", hook.url.as_str()).text(locale),
                body: Vec::new(),
                advice: Some(Phrase::new("advice_webhook").text(locale)),
                subject: hook.url.clone(),
            }),
            link: format!("/w/{workspace}/settings/webhooks"),
            inboxes: members
                .filter(|member| member.role >= Role::Admin)
                .map(|member| member.user_id)
                .collect(),
            outgoing: Vec::new(),
        };
        self.0.store.disable_webhook(workspace, &hook.id, because, &notice, now).await?;
        Ok(())
    }
}

/// What became of an attempt.
struct Done {
    outcome: Outcome,
    status: Option<u16>,
    detail: String,
    switch_off: Option<(Webhook, &'static str)>,
}

impl Done {
    fn of(outcome: Outcome, detail: &str) -> Self {
        Self { outcome, status: None, detail: detail.to_owned(), switch_off: None }
    }
}

/// 2xx is a delivery; 410 switches the webhook off; everything else is tried again, until the last attempt
/// switches it off as well.
fn judge(
    answer: std::result::Result<Answer, PostError>,
    message: &Outgoing,
    hook: Webhook,
    at: Timestamp,
) -> Done {
    let (status, detail, retry_after) = match answer {
        Ok(answer) if (200..300).contains(&answer.status) => {
            return Done {
                status: Some(answer.status),
                ..Done::of(Outcome::Delivered, &answer.body)
            };
        }
        Ok(answer) => (Some(answer.status), answer.body, answer.retry_after),
        Err(error) => (None, error.to_string(), None),
    };
    // A test says at once how it went.
    if message.news == TEST {
        return Done { status, ..Done::of(Outcome::GivenUp, &detail) };
    }
    if status == Some(410) {
        let switch_off = Some((hook, "gone"));
        return Done { status, switch_off, ..Done::of(Outcome::GivenUp, &detail) };
    }
    match retry::wait(message.attempts, rand::random(), retry_after) {
        Some(wait) => Done { status, ..Done::of(Outcome::Again(at + wait), &detail) },
        None => Done {
            status,
            switch_off: Some((hook, "failing")),
            ..Done::of(Outcome::GivenUp, &detail)
        },
    }
}
