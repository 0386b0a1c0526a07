//! What a flush noticed of single keys: one that slept and is used again, one that comes from a new network.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::{DateTime, TimeDelta, Utc};
use ipnet::IpNet;
use keydeck_domain::api::alerts::Notice;
use keydeck_domain::{KeyId, Name, OrganizationId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::kinds::network;
use super::record::Found;
use crate::error::Error;
use crate::times;

/// Rows that are looked at in one go.
pub(super) const BATCH: u32 = 1_000;
/// Unused for so long, a key sleeps.
const ASLEEP: TimeDelta = TimeDelta::days(30);

// The kinds of `noticed`.
const USED: i64 = 1;
const NETWORK: i64 = 2;

/// A batch of what was noticed.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) found: Vec<Found>,
    /// The rows up to this one were looked at.
    pub(super) up_to: Option<i64>,
    /// Whether there may be more.
    pub(super) more: bool,
}

/// What a key is now, from the database of the keys.
struct KeyNow {
    name: Name,
    created_at: DateTime<Utc>,
}

/// Looks at what was noticed since the last time: `counted` is the file of what was counted, `keys` that of the
/// keys.
pub(super) async fn look(counted: &mut SqliteConnection, keys: &mut SqliteConnection) -> Result<Seen, Error> {
    let rows = sqlx::query(
        "SELECT n.*, o.organization_id, k.key_id FROM noticed n LEFT JOIN organizations o ON o.id = n.organization \
         LEFT JOIN keys k ON k.id = n.key ORDER BY n.id LIMIT ?",
    )
    .bind(BATCH)
    .fetch_all(&mut *counted)
    .await?;
    let mut seen = Seen { more: rows.len() == BATCH as usize, ..Seen::default() };
    let mut known: HashMap<(OrganizationId, KeyId), Option<KeyNow>> = HashMap::new();
    for row in rows {
        seen.up_to = Some(row.try_get("id")?);
        let (Some(organization_id), Some(key_id)) = (
            row.try_get::<Option<uuid::Uuid>, _>("organization_id")?.map(OrganizationId),
            row.try_get::<Option<uuid::Uuid>, _>("key_id")?.map(KeyId),
        ) else {
            continue;
        };
        let at = times::read(row.try_get("at")?)?;
        let key = match known.entry((organization_id, key_id)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(now(keys, organization_id, key_id).await?),
        };
        // Revoked meanwhile, or gone.
        let Some(key) = key else { continue };
        let number: i64 = row.try_get("key")?;
        let notice = match row.try_get("kind")? {
            USED => awake(&row, key, at)?,
            NETWORK => new_network(counted, &row, number).await?,
            _ => None,
        };
        if let Some(notice) = notice {
            let key = Some((number, key_id, key.name.clone()));
            seen.found.push(Found { organization: row.try_get("organization")?, organization_id, key, at, notice });
        }
    }
    Ok(seen)
}

async fn now(keys: &mut SqliteConnection, organization: OrganizationId, key: KeyId) -> Result<Option<KeyNow>, Error> {
    let row = sqlx::query("SELECT name, created_at FROM keys WHERE organization_id = ? AND id = ? AND revoked_at IS NULL")
        .bind(organization.0)
        .bind(key.0)
        .fetch_optional(keys)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let Ok(name) = row.try_get::<String, _>("name")?.parse() else { return Ok(None) };
    Ok(Some(KeyNow { name, created_at: times::read(row.try_get("created_at")?)? }))
}

/// A key that was never used slept since it was made.
fn awake(row: &SqliteRow, key: &KeyNow, at: DateTime<Utc>) -> Result<Option<Notice>, Error> {
    let before = row.try_get::<Option<i64>, _>("before_at")?.map(times::read).transpose()?;
    let slept = at - before.unwrap_or(key.created_at);
    Ok((slept >= ASLEEP).then_some(Notice::Awake { before }))
}

/// From where: the key's last use says it exactly where it came from there, else the network's own address.
async fn new_network(counted: &mut SqliteConnection, row: &SqliteRow, key: i64) -> Result<Option<Notice>, Error> {
    let told = row.try_get::<Option<String>, _>("address")?;
    let told = told.and_then(|told| told.parse().or_else(|_| told.parse::<IpNet>().map(|network| network.addr())).ok());
    let Some(told) = told else { return Ok(None) };
    let last: Option<String> =
        sqlx::query_scalar("SELECT last_address FROM keys WHERE id = ?").bind(key).fetch_one(counted).await?;
    let last = last.and_then(|last| last.parse().ok()).filter(|last| network(*last) == network(told));
    Ok(Some(Notice::NewNetwork { address: last.unwrap_or(told) }))
}
