//! The flush's one transaction.

use std::sync::atomic::Ordering;

use sqlx::SqliteConnection;
use uuid::Uuid;

use super::Usage;
use super::flush::Flusher;
use super::ids::json;
use super::last_use::{NETWORKS, Network};
use super::periods::{MINUTES_OF_DAY, MINUTES_OF_QUARTER, month_of_day};
use crate::error::Error;
use crate::store::Store;
use crate::times;

/// Rows of one statement.
const ROWS: usize = 2_000;
/// A key that was not used for so long has slept; microseconds.
const SLEPT: i64 = 30 * 24 * 3_600 * 1_000_000;
/// How exactly it is known when a network was last seen; microseconds.
const NETWORK_STEP: i64 = 3_600 * 1_000_000;

/// The kinds of `noticed`.
const AWAKE: i64 = 1;
const NEW_NETWORK: i64 = 2;

const KEY_HOURS: &str = "INSERT INTO key_hours (organization, hour, key, outcome, writer, count) \
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?2, value ->> 4 FROM json_each(?1) WHERE true \
    ON CONFLICT (organization, hour, key, outcome, writer) DO UPDATE SET count = excluded.count";
const ROUTE_HOURS: &str = "INSERT INTO route_hours (organization, hour, route, environment, outcome, writer, count) \
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, ?2, value ->> 5 FROM json_each(?1) WHERE true \
    ON CONFLICT (organization, hour, route, environment, outcome, writer) DO UPDATE SET count = excluded.count";
const MINUTES: &str = "INSERT INTO minutes (organization, minute, environment, outcome, writer, count) \
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?2, value ->> 4 FROM json_each(?1) WHERE true \
    ON CONFLICT (organization, minute, environment, outcome, writer) DO UPDATE SET count = excluded.count";
const KEY_SCOPES: &str = "INSERT INTO key_scopes (key, scope, writer, count, last_at) \
    SELECT value ->> 0, value ->> 1, ?2, value ->> 2, value ->> 3 FROM json_each(?1) WHERE true \
    ON CONFLICT (key, scope, writer) DO UPDATE SET count = excluded.count, last_at = excluded.last_at";
const LAST_USES: &str = "UPDATE keys SET last_at = new.value ->> 1, last_address = new.value ->> 2, \
    last_user_agent = new.value ->> 3 FROM json_each(?1) AS new \
    WHERE keys.id = new.value ->> 0 AND (keys.last_at IS NULL OR keys.last_at <= new.value ->> 1)";
const NETWORKS_SEEN: &str = "INSERT INTO key_networks (key, network, first_at, last_at) \
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1) WHERE true \
    ON CONFLICT (key, network) DO UPDATE SET first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)";
const NETWORKS_GONE: &str =
    "DELETE FROM key_networks WHERE (key, network) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))";
const NOTICED: &str = "INSERT INTO noticed (organization, key, kind, at, before_at, address) \
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?1)";

impl Flusher {
    /// Writes all that changed. Nothing is marked as written here: that is for who knows that it is.
    pub(super) async fn write(&mut self, usage: &Usage, store: &Store) -> Result<(), Error> {
        let mut writing = store.write().await?;
        let writer = self.writer(&mut writing).await?;
        if let Some(first) = self.totals.first_dirty_minute() {
            move_marks_back(&mut writing, first).await?;
            // Before the turn is given on: a roll-up that is under way must not mark this as rolled.
            usage.touched.fetch_min(first, Ordering::AcqRel);
        }
        insert(&mut writing, KEY_HOURS, Some(writer), self.totals.key_hours.dirty().map(|((a, b, c, d), n)| (a, b, c, d, n)))
            .await?;
        let route_hours = self.totals.route_hours.dirty().map(|((a, b, c, d, e), n)| (a, b, c, d, e, n));
        insert(&mut writing, ROUTE_HOURS, Some(writer), route_hours).await?;
        insert(&mut writing, MINUTES, Some(writer), self.totals.minutes.dirty().map(|((a, b, c, d), n)| (a, b, c, d, n))).await?;
        insert(&mut writing, KEY_SCOPES, Some(writer), self.totals.dirty_scopes()).await?;
        let uses = self.last_uses();
        insert(&mut writing, LAST_USES, None, uses.keys.into_iter()).await?;
        insert(&mut writing, NETWORKS_GONE, None, uses.networks_gone.into_iter()).await?;
        insert(&mut writing, NETWORKS_SEEN, None, uses.networks_seen.into_iter()).await?;
        insert(&mut writing, NOTICED, None, uses.noticed.into_iter()).await?;
        drop(writing.commit().await?);
        Ok(())
    }

    /// The number of this writer, which is found again where it was written before.
    async fn writer(&mut self, connection: &mut SqliteConnection) -> Result<i64, Error> {
        if let Some(writer) = self.writer {
            return Ok(writer);
        }
        let known: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT node FROM writers ORDER BY id DESC LIMIT 1").fetch_optional(&mut *connection).await?;
        let node = known.unwrap_or_else(|| Uuid::new_v4().as_bytes().to_vec());
        sqlx::query("INSERT OR IGNORE INTO writers (node, boot, started_at) VALUES (?, ?, ?)")
            .bind(&node)
            .bind(self.boot)
            .bind(times::stored(times::now()))
            .execute(&mut *connection)
            .await?;
        let id = sqlx::query_scalar("SELECT id FROM writers WHERE node = ? AND boot = ?");
        let writer = id.bind(&node).bind(self.boot).fetch_one(connection).await?;
        self.writer = Some(writer);
        Ok(writer)
    }

    /// What the uses change, compared with what is known. What is known is brought up to date with it: should
    /// the transaction fail, it is forgotten.
    fn last_uses(&mut self) -> Changes {
        let mut changes = Changes::default();
        for ((organization, key), used) in &self.uses {
            let number = self.ids.organization(Some(*organization));
            let Some(known) = self.ids.key_mut(*organization, *key) else { continue };
            let before = known.last_at.max(used.before_at.filter(|before| *before < used.first_at));
            if before.is_none_or(|before| used.first_at - before >= SLEPT) {
                changes.noticed.push((number, known.id, AWAKE, used.first_at, before, None));
            }
            if known.last_at.is_none_or(|last| last <= used.last_at) {
                known.last_at = Some(used.last_at);
                let address = used.address.map(|address| address.to_canonical().to_string());
                changes.keys.push((known.id, used.last_at, address, used.user_agent()));
            }
            // A key that is used from everywhere is not told of: each place would be new.
            let mut tell = !known.networks.is_empty() && known.networks.len() < NETWORKS;
            for seen in &used.networks {
                let written = known.networks.iter_mut().find(|(network, _)| *network == seen.network);
                match written {
                    Some((_, at)) if seen.last_at - *at < NETWORK_STEP => continue,
                    Some((_, at)) => *at = seen.last_at,
                    None => {
                        if tell {
                            let network = Some(seen.network.to_string());
                            changes.noticed.push((number, known.id, NEW_NETWORK, seen.first_at, None, network));
                        }
                        changes.make_room(known.id, &mut known.networks);
                        known.networks.push((seen.network, seen.last_at));
                        tell = tell && known.networks.len() < NETWORKS;
                    }
                }
                changes.networks_seen.push((known.id, seen.network.to_string(), seen.first_at, seen.last_at));
            }
        }
        changes
    }
}

/// A row of `noticed`: organization, key, kind, time, time before, network.
type Noticed = (i64, i64, i64, i64, Option<i64>, Option<String>);

/// Rows that the uses of keys change.
#[derive(Default)]
struct Changes {
    /// Key, last time, address, program.
    keys: Vec<(i64, i64, Option<String>, Option<String>)>,
    /// Key, network, first and last time.
    networks_seen: Vec<(i64, String, i64, i64)>,
    networks_gone: Vec<(i64, String)>,
    noticed: Vec<Noticed>,
}

impl Changes {
    /// Forgets the network that was not seen for the longest time, where there are too many.
    fn make_room(&mut self, key: i64, networks: &mut Vec<(Network, i64)>) {
        if networks.len() < NETWORKS {
            return;
        }
        let oldest = networks.iter().enumerate().min_by_key(|(_, (_, at))| *at).map(|(place, _)| place);
        if let Some((network, _)) = oldest.map(|place| networks.swap_remove(place)) {
            let network = network.to_string();
            // It may have been seen in this very flush.
            self.networks_seen.retain(|(of, seen, ..)| (*of, seen) != (key, &network));
            self.networks_gone.push((key, network));
        }
    }
}

/// What is written changes periods that may be rolled up: from there on readers look at the detail again.
async fn move_marks_back(connection: &mut SqliteConnection, first: i64) -> Result<(), Error> {
    let day = first.div_euclid(MINUTES_OF_DAY);
    sqlx::query(
        "UPDATE rolled SET until = new.mark FROM (SELECT 'quarters' AS name, ?1 AS mark UNION ALL SELECT 'days', ?2 \
         UNION ALL SELECT 'key_days', ?2 UNION ALL SELECT 'route_days', ?2 UNION ALL SELECT 'key_months', ?3) AS new \
         WHERE rolled.rollup = new.name AND rolled.until > new.mark",
    )
    .bind(first.div_euclid(MINUTES_OF_QUARTER))
    .bind(day)
    .bind(month_of_day(day))
    .execute(connection)
    .await?;
    Ok(())
}

/// Runs a statement over rows, some thousands at a time.
async fn insert<T: serde::Serialize>(
    connection: &mut SqliteConnection,
    statement: &'static str,
    writer: Option<i64>,
    mut rows: impl Iterator<Item = T>,
) -> Result<(), Error> {
    loop {
        let batch: Vec<T> = rows.by_ref().take(ROWS).collect();
        if batch.is_empty() {
            return Ok(());
        }
        let mut query = sqlx::query(statement).bind(json(&batch));
        if let Some(writer) = writer {
            query = query.bind(writer);
        }
        query.execute(&mut *connection).await?;
    }
}
