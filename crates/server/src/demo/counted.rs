//! The file `usage.db` of a demonstration: what was counted, and where and how each key was last used.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

use ipnet::IpNet;
use keydeck_domain::OrganizationId;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};

use super::cast::ROUTES;
use super::chance::Chance;
use super::ledger::{Ledger, ORGANIZATION, WRITER};
use super::plan::Planned;
use super::span::Span;
use super::stream::{Stream, Use, environment};
use crate::usage::store::MIGRATIONS;

/// Memory for pages that are not written yet, in KiB.
const CACHE: &str = "-65536";

/// What came of it.
pub(super) struct Summary {
    /// Of each key, in their order.
    pub(super) uses: Vec<Use>,
    pub(super) verifications: u64,
    pub(super) rows: u64,
}

/// Makes the file and fills it.
pub(super) async fn fill(
    path: &Path,
    organization: OrganizationId,
    seed: u64,
    span: Span,
    keys: &[Planned],
) -> Result<Summary, sqlx::Error> {
    // A file that is not finished is of no use to anybody, so nothing is done to save it from a crash.
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .pragma("cache_size", CACHE)
        // An index over a year takes longer than what is called slow of a server.
        .disable_statement_logging()
        .connect()
        .await?;
    MIGRATIONS.run(&mut connection).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))?;
    let mut stream = Stream::new(seed, span, keys);
    sqlx::query("BEGIN").execute(&mut connection).await?;
    let indexes = without_indexes(&mut connection).await?;
    let ledger = Ledger::new(seed, span, keys.len());
    // Grids of sums are large for a future that others hold.
    let (verifications, rows) = Box::pin(ledger.write(&mut stream, &mut connection)).await?;
    for index in indexes {
        sqlx::query(AssertSqlSafe(index)).execute(&mut connection).await?;
    }
    let uses = stream.uses();
    names(&mut connection, organization, span).await?;
    for (number, (key, used)) in (1..).zip(keys.iter().zip(&uses)) {
        if used.seen {
            trace(&mut connection, number, key, used, &mut Chance::of(seed ^ TRACES, number.unsigned_abs())).await?;
        }
    }
    sqlx::query("COMMIT").execute(&mut connection).await?;
    connection.close().await?;
    std::fs::File::open(path).and_then(|file| file.sync_all()).map_err(sqlx::Error::Io)?;
    Ok(Summary { uses, verifications, rows })
}

/// Sets the chance of traces apart from that of the traffic.
const TRACES: u64 = 0x7472_6163_6573_2121;

/// Takes the indexes away and says how they are made: at the end, sorted, that takes a fraction.
async fn without_indexes(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let indexes: Vec<(String, String)> =
        sqlx::query_as("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
            .fetch_all(&mut *connection)
            .await?;
    for (name, _) in &indexes {
        // A name out of the schema of our own migrations.
        sqlx::query(AssertSqlSafe(format!("DROP INDEX {name}"))).execute(&mut *connection).await?;
    }
    Ok(indexes.into_iter().map(|(_, sql)| sql).collect())
}

/// Who wrote, for whom, which routes there are, up to where the roll-ups reach and from where on there is detail.
async fn names(connection: &mut SqliteConnection, organization: OrganizationId, span: Span) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO writers (id, node, boot, started_at) VALUES (?, ?, ?, ?)")
        .bind(WRITER)
        .bind(b"demonstration".as_slice())
        .bind(b"demonstration".as_slice())
        .bind(span.first_day * 86_400_000_000)
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO organizations (id, organization_id) VALUES (?, ?)")
        .bind(ORGANIZATION)
        .bind(organization.0)
        .execute(&mut *connection)
        .await?;
    for (number, (route, _)) in (0_i64..).zip(ROUTES).skip(1) {
        sqlx::query("INSERT INTO routes (id, organization, route) VALUES (?, ?, ?)")
            .bind(number)
            .bind(ORGANIZATION)
            .bind(route)
            .execute(&mut *connection)
            .await?;
    }
    let marks = [
        ("quarters", span.quarter()),
        ("days", span.day()),
        ("key_days", span.day()),
        ("key_months", span.month()),
        ("route_days", span.day()),
    ];
    for (rollup, until) in marks {
        sqlx::query("INSERT INTO rolled (rollup, until) VALUES (?1, ?2) ON CONFLICT (rollup) DO UPDATE SET until = ?2")
            .bind(rollup)
            .bind(until)
            .execute(&mut *connection)
            .await?;
    }
    let (hours, minutes) = (span.hours_from(), span.minutes_from() * 60);
    for (name, since) in [("key_hours", hours), ("route_hours", hours), ("minutes", minutes)] {
        sqlx::query("INSERT INTO kept (name, since) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET since = ?2")
            .bind(name)
            .bind(since)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Where one key was used from, with what, and which of its scopes it used.
async fn trace(
    connection: &mut SqliteConnection,
    number: i64,
    key: &Planned,
    used: &Use,
    chance: &mut Chance,
) -> Result<(), sqlx::Error> {
    // The most used one, mostly.
    let last = if key.bound || chance.happens(0.7) { 0 } else { (chance.unit() * key.addresses.len() as f64) as usize };
    let address = key.addresses[last];
    sqlx::query(
        "INSERT INTO keys (id, organization, key_id, environment, last_at, last_address, last_user_agent) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(number)
    .bind(ORGANIZATION)
    .bind(key.id.0)
    .bind(environment(key.environment) as i64)
    .bind(used.last_at)
    .bind(used.last_at.map(|_| address.to_string()))
    .bind(used.last_at.map(|_| key.agent))
    .execute(&mut *connection)
    .await?;
    let Some((first_at, last_at)) = used.first_at.zip(used.last_at) else { return Ok(()) };
    let between = |chance: &mut Chance| first_at + ((last_at - first_at) as f64 * chance.unit()) as i64;
    let mut networks: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (place, address) in key.addresses.iter().enumerate() {
        let (a, b) = (between(chance), between(chance));
        let first = if place == 0 { first_at } else { a.min(b) };
        let last = if place == last { last_at } else { a.max(b) };
        let seen = networks.entry(network(*address)).or_insert((first, last));
        *seen = (seen.0.min(first), seen.1.max(last));
    }
    for (network, (first, last)) in networks {
        sqlx::query("INSERT INTO key_networks (key, network, first_at, last_at) VALUES (?, ?, ?, ?)")
            .bind(number)
            .bind(network)
            .bind(first)
            .bind(last)
            .execute(&mut *connection)
            .await?;
    }
    for (place, scope) in key.scopes.iter().enumerate() {
        // Some scopes are never used: keys have more than they need.
        let share = if place > 0 && chance.happens(0.3) { 0.0 } else { chance.between(0.05, 0.9) };
        let count = chance.part(used.accepted, share);
        if count > 0 {
            let last = if place == 0 { last_at } else { between(chance) };
            sqlx::query("INSERT INTO key_scopes (key, scope, writer, count, last_at) VALUES (?, ?, ?, ?, ?)")
                .bind(number)
                .bind(*scope)
                .bind(WRITER)
                .bind(count as i64)
                .bind(last)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// The network of an address: /24, or /48 of IPv6.
fn network(address: IpAddr) -> String {
    let length = if address.is_ipv4() { 24 } else { 48 };
    IpNet::new(address, length).expect("shorter than either kind of address").trunc().to_string()
}
