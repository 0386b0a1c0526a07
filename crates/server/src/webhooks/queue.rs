//! Messages that wait, in the file of what was counted: they survive a restart.

use std::time::Duration;

use chrono::{DateTime, Utc};
use keydeck_domain::api::webhooks::{Delivery, Webhook};
use keydeck_domain::{OrganizationId, WebhookId};
use sqlx::{Row, SqliteConnection};

use crate::error::Error;
use crate::server::Server;
use crate::times;

/// Messages that wait for one webhook. More are not kept: nobody reads a thousand alerts late.
const WAITING_MAX: i64 = 1_000;

/// A message whose time has come.
pub(super) struct Due {
    pub(super) id: i64,
    pub(super) organization: OrganizationId,
    pub(super) webhook: WebhookId,
    pub(super) body: String,
    /// Attempts that were begun before.
    pub(super) attempts: u32,
}

/// Puts a message at the end; says whether there was room.
pub(crate) async fn put(
    connection: &mut SqliteConnection,
    organization: OrganizationId,
    webhook: WebhookId,
    body: &str,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let put = sqlx::query(
        "INSERT INTO deliveries (organization_id, webhook_id, body, created_at, attempts, next_at) \
         SELECT ?1, ?2, ?3, ?4, 0, ?4 WHERE (SELECT count(*) FROM deliveries WHERE webhook_id = ?2) < ?5",
    )
    .bind(organization.0)
    .bind(webhook.0)
    .bind(body)
    .bind(times::stored(now))
    .bind(WAITING_MAX)
    .execute(connection)
    .await?;
    Ok(put.rows_affected() == 1)
}

/// The next message of each webhook that has one whose time has come, the longest due first. One that is
/// due later than the longest pause was put off by a clock that was set back: it is due.
pub(super) async fn due(
    connection: &mut SqliteConnection,
    now: DateTime<Utc>,
    longest_pause: Duration,
) -> Result<Vec<Due>, Error> {
    // SQLite takes the other columns from the row that has the smallest `next_at`.
    let rows = sqlx::query(
        "SELECT id, organization_id, webhook_id, body, attempts, min(next_at) AS next_at FROM deliveries \
         WHERE next_at <= ?1 OR next_at > ?2 GROUP BY webhook_id ORDER BY 6",
    )
    .bind(times::stored(now))
    .bind(times::stored(now + longest_pause + Duration::from_secs(60)))
    .fetch_all(connection)
    .await?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        Ok(Due {
            id: row.try_get("id")?,
            organization: OrganizationId(row.try_get("organization_id")?),
            webhook: WebhookId(row.try_get("webhook_id")?),
            body: row.try_get("body")?,
            attempts: row.try_get("attempts")?,
        })
    };
    rows.iter().map(read).collect()
}

/// When the next message is due that is not due now.
pub(super) async fn next(connection: &mut SqliteConnection, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Error> {
    let next: Option<i64> = sqlx::query_scalar("SELECT min(next_at) FROM deliveries WHERE next_at > ?")
        .bind(times::stored(now))
        .fetch_one(connection)
        .await?;
    next.map(times::read).transpose()
}

/// Writes that an attempt begins, before it does: however often the server is killed meanwhile, no message is
/// sent more often than the schedule says.
pub(super) async fn begin(connection: &mut SqliteConnection, due: &Due, next: DateTime<Utc>) -> Result<bool, Error> {
    let begun = sqlx::query("UPDATE deliveries SET attempts = attempts + 1, next_at = ? WHERE id = ? AND attempts = ?")
        .bind(times::stored(next))
        .bind(due.id)
        .bind(due.attempts)
        .execute(connection)
        .await?;
    Ok(begun.rows_affected() == 1)
}

/// Writes how an attempt ended. Where the webhook was deleted meanwhile, nothing is written.
pub(super) async fn end(connection: &mut SqliteConnection, due: &Due, ended: &Delivery, over: bool) -> Result<(), Error> {
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM deliveries WHERE id = ?)")
        .bind(due.id)
        .fetch_one(&mut *connection)
        .await?;
    if !there {
        return Ok(());
    }
    if over {
        sqlx::query("DELETE FROM deliveries WHERE id = ?").bind(due.id).execute(&mut *connection).await?;
    }
    note(connection, due.webhook, ended).await
}

/// Writes how the last attempt of a webhook ended.
pub(super) async fn note(connection: &mut SqliteConnection, webhook: WebhookId, ended: &Delivery) -> Result<(), Error> {
    sqlx::query("INSERT OR REPLACE INTO attempts (webhook_id, at, status, taken, error) VALUES (?, ?, ?, ?, ?)")
        .bind(webhook.0)
        .bind(times::stored(ended.at))
        .bind(ended.status)
        .bind(ended.taken)
        .bind(ended.error.as_deref())
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets what waits for a webhook, and how its messages went.
pub(super) async fn clear(connection: &mut SqliteConnection, webhook: WebhookId) -> Result<(), Error> {
    for statement in ["DELETE FROM deliveries WHERE webhook_id = ?", "DELETE FROM attempts WHERE webhook_id = ?"] {
        sqlx::query(statement).bind(webhook.0).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Forgets every message.
pub(crate) async fn clear_all(connection: &mut SqliteConnection) -> Result<(), Error> {
    sqlx::query("DELETE FROM deliveries").execute(connection).await?;
    Ok(())
}

/// How many messages wait, and since when the oldest does.
pub(crate) async fn backlog(connection: &mut SqliteConnection) -> Result<(u32, Option<DateTime<Utc>>), Error> {
    let row = sqlx::query("SELECT count(*), min(created_at) FROM deliveries").fetch_one(connection).await?;
    Ok((row.try_get(0)?, row.try_get::<Option<i64>, _>(1)?.map(times::read).transpose()?))
}

/// As [`clear`], for a webhook that was deleted. Where it can't be written, what waits is forgotten when its time
/// has come: nothing is sent to a webhook that is not there.
pub(super) async fn forget(server: &Server, webhook: WebhookId) {
    let forgotten = async {
        let mut writing = server.parts.usage.write().await?;
        clear(&mut writing, webhook).await?;
        drop(writing.commit().await?);
        Ok::<_, Error>(())
    };
    if let Err(error) = forgotten.await {
        tracing::warn!(%error, %webhook, "what waits for a deleted webhook is forgotten later");
    }
}

/// Fills in what waits for these webhooks, and how the last attempts ended.
pub(super) async fn fill(connection: &mut SqliteConnection, webhooks: &mut [Webhook]) -> Result<(), Error> {
    for webhook in webhooks {
        webhook.waiting = sqlx::query_scalar("SELECT count(*) FROM deliveries WHERE webhook_id = ?")
            .bind(webhook.id.0)
            .fetch_one(&mut *connection)
            .await?;
        let row = sqlx::query("SELECT * FROM attempts WHERE webhook_id = ?")
            .bind(webhook.id.0)
            .fetch_optional(&mut *connection)
            .await?;
        webhook.last = match row {
            None => None,
            Some(row) => Some(Delivery {
                at: times::read(row.try_get("at")?)?,
                status: row.try_get("status")?,
                taken: row.try_get("taken")?,
                error: row.try_get("error")?,
            }),
        };
    }
    Ok(())
}
