//! Alerts as they are stored.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::{DateTime, TimeDelta, Utc};
use keydeck_domain::api::alerts::{Alert, Alerts, Notice};
use keydeck_domain::{KeyId, Name, OrganizationId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::kinds;
use crate::error::Error;
use crate::times;

/// Most alerts in one answer.
const PAGE: i64 = 200;
/// How long they are kept.
const KEPT: TimeDelta = TimeDelta::days(90);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.*, k.key_id FROM alerts a JOIN organizations o ON o.id = a.organization \
             LEFT JOIN keys k ON k.id = a.key AND a.key <> 0 WHERE o.organization_id = ?1 ",
            $rest
        )
    };
}

/// Something that was noticed.
pub(super) struct Found {
    /// The organization, by its number in the file of what was counted.
    pub(super) organization: i64,
    pub(super) organization_id: OrganizationId,
    /// The key's number and id, where it is about one.
    pub(super) key: Option<(i64, KeyId, Name)>,
    /// When: of a jump or fall the end of its hour.
    pub(super) at: DateTime<Utc>,
    pub(super) notice: Notice,
}

/// Writes an alert, unless the same was said within its period.
pub(super) async fn raise(connection: &mut SqliteConnection, found: &Found) -> Result<Option<Alert>, Error> {
    let subject = kinds::subject(&found.notice);
    let until = kinds::until(&found.notice, found.at);
    let notice = serde_json::to_string(&found.notice).map_err(|error| Error::Internal(error.to_string()))?;
    // One that was said at a time which is yet to come was said before the clock was set back: it is not counted.
    let raised = sqlx::query(
        "INSERT INTO alerts (organization, key, subject, notice, at, until) SELECT ?1, ?2, ?3, ?4, ?5, ?6 \
         WHERE NOT EXISTS (SELECT 1 FROM alerts \
             WHERE organization = ?1 AND key = ?2 AND subject = ?3 AND until > ?5 AND at <= ?5)",
    )
    .bind(found.organization)
    .bind(found.key.as_ref().map_or(0, |key| key.0))
    .bind(subject)
    .bind(notice)
    .bind(times::stored(found.at))
    .bind(times::stored(until))
    .execute(connection)
    .await?;
    if raised.rows_affected() == 0 {
        return Ok(None);
    }
    Ok(Some(Alert {
        sequence: u64::try_from(raised.last_insert_rowid()).unwrap_or_default(),
        at: found.at,
        notice: found.notice.clone(),
        key: found.key.as_ref().map(|key| key.1),
        key_name: found.key.as_ref().map(|key| key.2.clone()),
        until,
    }))
}

/// Forgets those that are old.
pub(super) async fn forget_old(connection: &mut SqliteConnection, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query("DELETE FROM alerts WHERE at < ?").bind(times::stored(now - KEPT)).execute(connection).await?;
    Ok(())
}

/// An organization's alerts: those after `after`, oldest first; without it the newest, newest first. The names of
/// the keys are left out.
pub(super) async fn list(
    connection: &mut SqliteConnection,
    organization: OrganizationId,
    after: Option<u64>,
) -> Result<Alerts, Error> {
    let after = after.map(|after| i64::try_from(after).unwrap_or(i64::MAX));
    let select = match after {
        Some(_) => select!("AND a.sequence > ?2 ORDER BY a.sequence LIMIT ?3"),
        None => select!("AND ?2 IS NULL ORDER BY a.sequence DESC LIMIT ?3"),
    };
    let rows = sqlx::query(select).bind(organization.0).bind(after).bind(PAGE).fetch_all(&mut *connection).await?;
    let items: Vec<Alert> = rows.iter().map(read).collect::<Result<_, _>>()?;
    let newest = match (after, items.last()) {
        // Not the newest of all: there may be more than fit.
        (Some(_), Some(last)) => last.sequence,
        _ => newest(connection, organization).await?,
    };
    Ok(Alerts { items, newest })
}

async fn newest(connection: &mut SqliteConnection, organization: OrganizationId) -> Result<u64, Error> {
    let newest: Option<i64> = sqlx::query_scalar(
        "SELECT max(a.sequence) FROM alerts a JOIN organizations o ON o.id = a.organization WHERE o.organization_id = ?",
    )
    .bind(organization.0)
    .fetch_one(connection)
    .await?;
    Ok(newest.and_then(|newest| u64::try_from(newest).ok()).unwrap_or_default())
}

fn read(row: &SqliteRow) -> Result<Alert, Error> {
    let sequence: i64 = row.try_get("sequence")?;
    let notice: String = row.try_get("notice")?;
    Ok(Alert {
        sequence: u64::try_from(sequence).unwrap_or_default(),
        at: times::read(row.try_get("at")?)?,
        notice: serde_json::from_str(&notice).map_err(|_| Error::Damaged(format!("alert {sequence} can't be read")))?,
        key: row.try_get::<Option<uuid::Uuid>, _>("key_id")?.map(KeyId),
        key_name: None,
        until: times::read(row.try_get("until")?)?,
    })
}

/// What keys are called now, from the database of the keys.
pub(super) async fn name(
    connection: &mut SqliteConnection,
    organization: OrganizationId,
    items: &mut [Alert],
) -> Result<(), Error> {
    let mut names: HashMap<KeyId, Option<Name>> = HashMap::new();
    for alert in items {
        let Some(key) = alert.key else { continue };
        let name = match names.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let name: Option<String> = sqlx::query_scalar("SELECT name FROM keys WHERE organization_id = ? AND id = ?")
                    .bind(organization.0)
                    .bind(key.0)
                    .fetch_optional(&mut *connection)
                    .await?;
                unknown.insert(name.and_then(|name| name.parse().ok()))
            }
        };
        alert.key_name.clone_from(name);
    }
    Ok(())
}
