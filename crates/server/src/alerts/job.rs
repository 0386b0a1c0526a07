//! The job that looks at what was counted, and tells.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use keydeck_domain::api::alerts::Alert;
use keydeck_domain::api::webhooks::Message;
use keydeck_domain::{OrganizationId, WebhookId};
use tokio::time::MissedTickBehavior;

use super::near;
use super::record::{self, Found};
use super::seen;
use super::traffic::{self, Hour};
use crate::error::Error;
use crate::server::Server;
use crate::times;
use crate::webhooks::{SENT, queue, record as webhooks};

/// How often old alerts are looked for.
const TIDY_EVERY: TimeDelta = TimeDelta::hours(1);

/// What the job remembers between two looks. Nothing is lost with it: an hour that is looked at twice raises
/// nothing twice.
pub(super) struct Watch {
    /// When this server began to count.
    pub(super) since: DateTime<Utc>,
    pub(super) hour: Option<Hour>,
    pub(super) tidied: Option<DateTime<Utc>>,
}

/// Looks at intervals, for ever.
pub(crate) async fn watch(server: Server) {
    let mut ticks = tokio::time::interval(server.parts.config.alerts_every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watch = Watch { since: times::now(), hour: None, tidied: None };
    loop {
        ticks.tick().await;
        if let Err(error) = watch.look(&server, times::now()).await {
            tracing::warn!(%error, "what was counted could not be looked through for alerts; it is tried again");
        }
    }
}

impl Watch {
    /// Looks once, as of now.
    pub(super) async fn look(&mut self, server: &Server, now: DateTime<Utc>) -> Result<(), Error> {
        let hour = Hour::last_before(now);
        if self.hour != Some(hour) {
            let mut counted = server.parts.usage.read().await?;
            let found = traffic::look(&mut counted, hour, self.since).await?;
            drop(counted);
            tell(server, found, None, now).await?;
            self.hour = Some(hour);
        }
        near_their_limits(server, now).await?;
        loop {
            // Anew each time: what was read stays as it was then.
            let mut counted = server.parts.usage.read().await?;
            let mut keys = server.parts.store.read().await?;
            let seen = seen::look(&mut counted, &mut keys).await?;
            drop((counted, keys));
            tell(server, seen.found, seen.up_to, now).await?;
            if !seen.more {
                break;
            }
        }
        if self.tidied.is_none_or(|tidied| now < tidied || now - tidied >= TIDY_EVERY) {
            let mut writing = server.parts.usage.write().await?;
            record::forget_old(&mut writing, now).await?;
            drop(writing.commit().await?);
            self.tidied = Some(now);
        }
        Ok(())
    }
}

/// Tells of quotas that are nearly used up.
async fn near_their_limits(server: &Server, now: DateTime<Utc>) -> Result<(), Error> {
    let noted = server.parts.limits.near.take();
    if noted.is_empty() {
        return Ok(());
    }
    let told = async {
        let mut counted = server.parts.usage.read().await?;
        let mut keys = server.parts.store.read().await?;
        let (found, later) = near::look(&mut counted, &mut keys, noted.clone()).await?;
        drop((counted, keys));
        tell(server, found, None, now).await?;
        Ok(later)
    };
    let told = told.await;
    // What could not be told now is told the next time; what was told is not told twice.
    let (later, told) = match told {
        Ok(later) => (later, Ok(())),
        Err(error) => (noted, Err(error)),
    };
    later.into_iter().for_each(|near| server.parts.limits.near.note(near));
    told
}

/// Writes the alerts, and the messages that tell of them, in one transaction with the end of what was noticed.
async fn tell(server: &Server, found: Vec<Found>, up_to: Option<i64>, now: DateTime<Utc>) -> Result<(), Error> {
    if found.is_empty() && up_to.is_none() {
        return Ok(());
    }
    let to = if found.is_empty() || !SENT { HashMap::new() } else { addressees(server).await? };
    let mut writing = server.parts.usage.write().await?;
    for found in &found {
        let Some(alert) = record::raise(&mut writing, found).await? else { continue };
        for webhook in to.get(&found.organization_id).into_iter().flatten() {
            let body = message(found.organization_id, alert.clone())?;
            if !queue::put(&mut writing, found.organization_id, *webhook, &body, now).await? {
                tracing::warn!(organization = %found.organization_id, %webhook, "too many messages wait for a webhook: an alert is not sent to it");
            }
        }
    }
    if let Some(up_to) = up_to {
        sqlx::query("DELETE FROM noticed WHERE id <= ?").bind(up_to).execute(&mut *writing).await?;
    }
    drop(writing.commit().await?);
    #[cfg(feature = "tls")]
    server.parts.post.new.notify_one();
    Ok(())
}

fn message(organization: OrganizationId, alert: Alert) -> Result<String, Error> {
    let message = Message { event: "alert".to_owned(), id: uuid::Uuid::now_v7(), organization, alert: Some(alert) };
    serde_json::to_string(&message).map_err(|error| Error::Internal(error.to_string()))
}

/// The webhooks of every organization. One that was changed from outside gets nothing.
async fn addressees(server: &Server) -> Result<HashMap<OrganizationId, Vec<WebhookId>>, Error> {
    let mut to: HashMap<OrganizationId, Vec<WebhookId>> = HashMap::new();
    let mut connection = server.parts.store.read().await?;
    for webhook in webhooks::load(&mut connection, &server.parts.subkeys).await? {
        match webhook {
            Ok(webhook) => to.entry(webhook.organization).or_default().push(webhook.id),
            Err(error) => tracing::error!(alert = true, %error, "a webhook is set aside: nothing is sent to it"),
        }
    }
    Ok(to)
}
