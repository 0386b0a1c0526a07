//! The one that sends what waits: each webhook one message at a time, several webhooks at once, so that a slow
//! one holds up nobody else.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use keydeck_domain::api::webhooks::{Delivery, Message};
use keydeck_domain::{OrganizationId, WebhookId};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::queue::{self, Due};
use super::record::{self, StoredWebhook};
use super::sender::Sender;
use crate::config::WebhookConfig;
use crate::error::Error;
use crate::server::Server;
use crate::times;

/// Messages that are sent at the same time.
const AT_ONCE: usize = 64;
/// And of one organization.
const AT_ONCE_EACH: usize = 8;
/// Test messages that are sent at the same time.
const TESTS_AT_ONCE: usize = 8;
/// The queue is looked at this often also when nothing is known to be due: the clock may have been set.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// What sends, and what wakes it.
pub(crate) struct PostOffice {
    sender: Sender,
    /// Told when there is something new.
    pub(crate) new: Notify,
    tests: Arc<Semaphore>,
}

impl PostOffice {
    pub(crate) fn new(config: WebhookConfig) -> Self {
        Self { sender: Sender::new(config), new: Notify::new(), tests: Arc::new(Semaphore::new(TESTS_AT_ONCE)) }
    }
}

/// Sends a test message now.
pub(super) async fn test(server: &Server, stored: StoredWebhook) -> Result<Delivery, Error> {
    let office = &server.parts.post;
    let busy = |_| Error::RateLimited { retry_after: office.sender.limit() };
    let place = Arc::clone(&office.tests).try_acquire_owned().map_err(busy)?;
    let server = server.clone();
    // To the end, so that who hangs up frees no place before the message is gone.
    server
        .clone()
        .to_the_end(async move {
            let message =
                Message { event: "test".to_owned(), id: uuid::Uuid::now_v7(), organization: stored.organization, alert: None };
            let body = serde_json::to_string(&message).map_err(|error| Error::Internal(error.to_string()))?;
            let secret = server.parts.subkeys.webhook_secret(stored.id);
            let ended = server.parts.post.sender.send(&stored.target, &secret, &body, times::now()).await;
            drop(place);
            let mut reading = server.parts.store.read().await?;
            let there = record::find(&mut reading, &server.parts.subkeys, stored.organization, stored.id).await?;
            drop(reading);
            if there.is_some() {
                let mut writing = server.parts.usage.write().await?;
                queue::note(&mut writing, stored.id, &ended).await?;
                drop(writing.commit().await?);
            }
            Ok(ended)
        })
        .await
}

/// Sends what waits, for ever.
pub(crate) async fn send_what_waits(server: Server) {
    let mut round = Round::default();
    loop {
        let woken = server.parts.post.new.notified();
        let wait = match round.begin(&server, times::now()).await {
            Ok(wait) => wait.min(LOOK_EVERY),
            Err(error) => {
                tracing::warn!(%error, "what waits for webhooks can't be read; it is tried again");
                LOOK_EVERY
            }
        };
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(wait) => {}
            Some(ended) = round.tasks.join_next() => round.ended(ended.ok()),
        }
    }
}

/// What is being sent.
#[derive(Default)]
struct Round {
    tasks: JoinSet<WebhookId>,
    under_way: HashMap<WebhookId, OrganizationId>,
}

impl Round {
    /// Begins what is due and has room; says how long nothing more is due.
    async fn begin(&mut self, server: &Server, now: DateTime<Utc>) -> Result<Duration, Error> {
        let mut connection = server.parts.usage.read().await?;
        let due = queue::due(&mut connection, now, server.parts.post.sender.longest_pause()).await?;
        let next = queue::next(&mut connection, now).await?;
        drop(connection);
        for due in due {
            let of_this = self.under_way.values().filter(|organization| **organization == due.organization).count();
            if self.under_way.contains_key(&due.webhook) || of_this >= AT_ONCE_EACH || self.tasks.len() >= AT_ONCE {
                // Looked at again when one of those has ended.
                continue;
            }
            self.under_way.insert(due.webhook, due.organization);
            let server = server.clone();
            self.tasks.spawn(async move {
                let webhook = due.webhook;
                if let Err(error) = deliver(&server, due).await {
                    tracing::warn!(%error, %webhook, "a message to a webhook was put off");
                    // Not at once: what is wrong here is wrong for a while.
                    tokio::time::sleep(LOOK_EVERY).await;
                }
                webhook
            });
        }
        Ok(next.map_or(LOOK_EVERY, |next| (next - now).to_std().unwrap_or_default()))
    }

    fn ended(&mut self, webhook: Option<WebhookId>) {
        match webhook {
            Some(webhook) => drop(self.under_way.remove(&webhook)),
            // One panicked, and can't say which it was: when all have ended, none is under way.
            None if self.tasks.is_empty() => self.under_way.clear(),
            None => {}
        }
    }
}

/// The server was stopped while the last attempt was under way: it was the last all the same.
async fn interrupted(server: &Server, due: &Due, now: DateTime<Utc>) -> Result<(), Error> {
    let error = Some(format!("given up after {} attempts: the server was stopped during the last one", due.attempts));
    let mut writing = server.parts.usage.write().await?;
    queue::end(&mut writing, due, &Delivery { at: now, status: None, taken: false, error }, true).await?;
    drop(writing.commit().await?);
    Ok(())
}

/// Makes one attempt.
async fn deliver(server: &Server, due: Due) -> Result<(), Error> {
    let parts = &server.parts;
    let sender = &parts.post.sender;
    let mut reading = parts.store.read().await?;
    let found = record::find(&mut reading, &parts.subkeys, due.organization, due.webhook).await?;
    drop(reading);
    // Deleted while nobody could tell this queue.
    let Some(stored) = found else {
        queue::forget(server, due.webhook).await;
        return Ok(());
    };
    let now = times::now();
    let attempt = due.attempts + 1;
    let pause = sender.pause_after(attempt);
    if due.attempts > 0 && sender.pause_after(due.attempts).is_none() {
        return interrupted(server, &due, now).await;
    }
    let mut writing = parts.usage.write().await?;
    if !queue::begin(&mut writing, &due, now + pause.unwrap_or(sender.limit())).await? {
        return Ok(());
    }
    drop(writing.commit().await?);
    let mut ended = sender.send(&stored.target, &parts.subkeys.webhook_secret(stored.id), &due.body, now).await;
    let given_up = !ended.taken && pause.is_none();
    if given_up {
        let why = ended.error.unwrap_or_default();
        tracing::warn!(organization = %due.organization, webhook = %due.webhook, attempts = attempt, "a message to a webhook was given up");
        ended.error = Some(format!("given up after {attempt} attempts: {why}"));
    }
    let mut writing = parts.usage.write().await?;
    queue::end(&mut writing, &due, &ended, ended.taken || given_up).await?;
    drop(writing.commit().await?);
    Ok(())
}
