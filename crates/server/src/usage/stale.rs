//! Keys that could go: nobody has used them for long.

use chrono::TimeDelta;
use keydeck_domain::api::Page;
use keydeck_domain::api::usage::{StaleKey, StaleQuery};
use keydeck_domain::{KeyId, OrganizationId};
use sqlx::{QueryBuilder, Sqlite};

use crate::error::Error;
use crate::keys::cursor;
use crate::keys::row::{KeyRow, select};
use crate::server::Server;
use crate::times;

/// Rows of a page where none are asked for, and most of them.
const PAGE: u32 = 50;
const PAGE_MAX: u32 = 200;
const DAYS_MAX: u32 = 3_650;
/// Where the list begins: before those that were never used.
const NEVER: i64 = -1;

/// A page of the keys that are neither revoked nor expired, were made before these days and not used since.
pub(super) async fn stale(server: &Server, organization: OrganizationId, query: &StaleQuery) -> Result<Page<StaleKey>, Error> {
    let parts = &server.parts;
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(Error::InvalidRequest(format!("a page has 1 to {PAGE_MAX} rows")));
    }
    if !(1..=DAYS_MAX).contains(&query.days) {
        return Err(Error::InvalidBody(format!("`days` are 1 to {DAYS_MAX}")));
    }
    let after =
        query.cursor.as_deref().map(|text| cursor::open_stale(&parts.subkeys.cursor, organization, query, text)).transpose()?;
    // So that a key that was used a moment ago is not among them.
    server.flush_last_used().await?;
    let now = times::now();
    let before = times::stored(now - TimeDelta::days(i64::from(query.days)));
    let mut connection = parts.store.read().await?;

    let filter = |sql: &mut QueryBuilder<Sqlite>| {
        sql.push(" WHERE k.organization_id = ").push_bind(organization.0);
        sql.push(" AND ifnull(k.last_used_at, -1) < ").push_bind(before);
        sql.push(" AND k.created_at <= ").push_bind(before);
        sql.push(" AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ")
            .push_bind(times::stored(now))
            .push(")");
    };
    let mut count = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM keys k");
    filter(&mut count);
    let total: u32 = count.build_query_scalar().fetch_one(&mut *connection).await?;
    let mut page = QueryBuilder::<Sqlite>::new(select!(""));
    filter(&mut page);
    if let Some((used, id)) = after {
        page.push(" AND (ifnull(k.last_used_at, -1), k.id) > (").push_bind(used).push(", ").push_bind(id.0).push(")");
    }
    page.push(" ORDER BY ifnull(k.last_used_at, -1), k.id LIMIT ").push_bind(limit + 1);
    let rows = page.build().fetch_all(&mut *connection).await?;

    let (limit, mut items, mut next) = (limit as usize, Vec::with_capacity(rows.len()), None);
    for (place, row) in rows.iter().take(limit).enumerate() {
        if place + 1 == limit && rows.len() > limit {
            let (used, id) = place_of(row)?;
            next = Some(cursor::seal_stale(&parts.subkeys.cursor, organization, query, used, id));
        }
        match KeyRow::from_row(row, &parts.subkeys) {
            Ok(row) => items.push(StaleKey {
                key: row.id,
                name: row.name,
                environment: row.environment,
                created_at: row.created_at,
                last_used_at: row.last_used_at,
            }),
            // As in the list of keys: one row that was written from outside must not hide the others.
            Err(Error::Damaged(reason)) => tracing::error!(alert = true, reason, "a key is left out of a list"),
            Err(error) => return Err(error),
        }
    }
    Ok(Page { items, next, total })
}

fn place_of(row: &sqlx::sqlite::SqliteRow) -> Result<(i64, KeyId), Error> {
    use sqlx::Row;
    Ok((row.try_get::<Option<i64>, _>("last_used_at")?.unwrap_or(NEVER), KeyId(row.try_get("id")?)))
}
