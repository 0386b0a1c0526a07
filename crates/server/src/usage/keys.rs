//! How single keys are used: the last use, the last 24 hours, the scopes.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use keydeck_domain::api::usage::{KeyUsage, LastUse, ScopeUse, Sparkline};
use keydeck_domain::{KeyId, OrganizationId, Outcome};
use sqlx::{Row, SqliteConnection};

use super::cell::outcome_number;
use super::periods::{MINUTES_OF_HOUR, minute_of};
use super::short_id;
use super::sums::Reading;
use crate::error::Error;
use crate::keys::row;
use crate::server::Server;
use crate::times;

/// Hours of a sparkline, the one that runs included.
const HOURS: usize = 24;
/// By so much may the main database know a later use than this one without it being another.
const SAME: TimeDelta = TimeDelta::minutes(1);

/// How a key is used. Not found where it is not one of the organization's.
pub(super) async fn usage_of(server: &Server, organization: OrganizationId, id: KeyId) -> Result<KeyUsage, Error> {
    let row = {
        let mut connection = server.parts.store.read().await?;
        row::find(&mut connection, &server.parts.subkeys, organization, id).await?.ok_or(Error::NotFound)?
    };
    let in_memory = server.parts.index.find(&row.digest).and_then(|entry| entry.last_used.get());
    let used = row.last_used_at.max(in_memory);
    let mut reading = server.parts.usage.read().await?;
    let mut usage = counted(&mut reading, organization, id).await?;
    reading.rollback().await?;
    // What the counts don't know: they began later than the key, or were lost.
    if let Some(used) = used
        && usage.last.as_ref().is_none_or(|last| last.at + SAME < used)
    {
        usage.last = Some(LastUse { at: used, address: None, user_agent: None });
    }
    Ok(usage)
}

async fn counted(connection: &mut SqliteConnection, organization: OrganizationId, id: KeyId) -> Result<KeyUsage, Error> {
    let mut usage = KeyUsage { last: None, hours: vec![0; HOURS], refused_hours: vec![0; HOURS], total: 0, scopes: Vec::new() };
    let Some(number) = short_id(connection, organization).await? else { return Ok(usage) };
    let row = sqlx::query("SELECT id, last_at, last_address, last_user_agent FROM keys WHERE organization = ?1 AND key_id = ?2")
        .bind(number)
        .bind(id.0)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(usage) };
    let key: i64 = row.try_get(0)?;
    usage.last = match row.try_get::<Option<i64>, _>(1)? {
        Some(at) => Some(LastUse {
            at: times::read(at)?,
            address: row.try_get::<Option<String>, _>(2)?.and_then(|address| address.parse().ok()),
            user_agent: row.try_get(3)?,
        }),
        None => None,
    };
    let edges = last_hours();
    let mut reading = Reading::of(connection, number).await?;
    for ((_, outcome), values) in reading.keys(&edges, &[key], None).await?.cells {
        add(&mut usage.hours, &values);
        if outcome != outcome_number(Outcome::Accepted) {
            add(&mut usage.refused_hours, &values);
        }
    }
    let whole = reading.whole_key(key, edges[HOURS]).await?;
    usage.total = whole.cells.values().flatten().sum();
    let scopes =
        sqlx::query("SELECT scope, sum(count), max(last_at) FROM key_scopes WHERE key = ? GROUP BY scope ORDER BY 2 DESC, 1");
    for row in scopes.bind(key).fetch_all(connection).await? {
        let Ok(scope) = row.try_get::<String, _>(0)?.parse() else { continue };
        let count = u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default();
        usage.scopes.push(ScopeUse { scope, count, last_at: times::read(row.try_get(2)?)? });
    }
    Ok(usage)
}

/// The last 24 hours of these keys, those that have any.
pub(super) async fn sparklines(server: &Server, organization: OrganizationId, ids: &[KeyId]) -> Result<Vec<Sparkline>, Error> {
    let mut transaction = server.parts.usage.read().await?;
    let mut lines: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
    let mut keys = Vec::new();
    if let Some(number) = short_id(&mut transaction, organization).await? {
        let mut reading = Reading::of(&mut transaction, number).await?;
        let numbers = reading.numbered(ids, None).await?;
        for ((key, _), values) in reading.keys(&last_hours(), &numbers, None).await?.cells {
            add(lines.entry(key).or_insert_with(|| vec![0; HOURS]), &values);
        }
        lines.retain(|_, hours| hours.iter().any(|&count| count > 0));
        keys = reading.counted(&lines.keys().copied().collect::<Vec<_>>()).await?;
    }
    transaction.rollback().await?;
    Ok(keys.into_iter().filter_map(|(number, key)| lines.remove(&number).map(|hours| Sparkline { key: key.id, hours })).collect())
}

/// The last 24 full hours of UTC, the one that runs included.
fn last_hours() -> Vec<i64> {
    let now = minute_of(times::now()).div_euclid(MINUTES_OF_HOUR);
    (now - 23..=now + 1).map(|hour| hour * MINUTES_OF_HOUR).collect()
}

fn add(sum: &mut [u64], values: &[u64]) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value;
    }
}
