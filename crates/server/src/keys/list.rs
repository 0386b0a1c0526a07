//! Lists of keys: searched, filtered and sorted by the database, paged by cursor.

use chrono::{DateTime, Utc};
use keydeck_domain::api::Page;
use keydeck_domain::api::keys::{Direction, KeyQuery, KeySort, PAGE_MAX};
use keydeck_domain::{Key, KeyStatus, OrganizationId};
use sqlx::{QueryBuilder, Row, Sqlite};

use super::cursor::{self, Position, SortValue};
use super::row::{KeyRow, kind_word, select};
use crate::error::Error;
use crate::server::Server;
use crate::times;

/// Rows of a page where none are asked for.
const PAGE: u32 = 50;
/// Longest text that is searched for, in characters.
const SEARCH_MAX: usize = 200;

/// Counts what [`select`] gives: with the same names for the tables that a filter asks.
const COUNT: &str = "SELECT count(*) FROM keys k \
    LEFT JOIN members m ON m.organization_id = k.organization_id AND m.user_id = k.created_by";

/// A page of an organization's keys.
pub(super) async fn list(server: &Server, organization: OrganizationId, query: &KeyQuery) -> Result<Page<Key>, Error> {
    let parts = &server.parts;
    let now = times::now();
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(Error::InvalidRequest(format!("a page has 1 to {PAGE_MAX} rows")));
    }
    if query.search.as_ref().is_some_and(|search| search.chars().count() > SEARCH_MAX) {
        return Err(Error::InvalidRequest(format!("a search has at most {SEARCH_MAX} characters")));
    }
    let after = query.cursor.as_deref().map(|text| cursor::open(&parts.subkeys.cursor, organization, query, text)).transpose()?;
    let mut connection = parts.store.read().await?;

    let mut count = QueryBuilder::<Sqlite>::new(COUNT);
    filter(&mut count, organization, query, now);
    let total: u32 = count.build_query_scalar().fetch_one(&mut *connection).await?;

    let sort = sort_expression(query.sort);
    let (order, beyond) = match query.direction {
        Direction::Ascending => ("ASC", ">"),
        Direction::Descending => ("DESC", "<"),
    };
    let mut page = QueryBuilder::<Sqlite>::new(select!(""));
    filter(&mut page, organization, query, now);
    if let Some(Position { value, id }) = after {
        page.push(format_args!(" AND ({sort}, k.id) {beyond} ("));
        match value {
            SortValue::Number(number) => page.push_bind(number),
            SortValue::Text(text) => page.push_bind(text),
        };
        page.push(", ").push_bind(id.0).push(")");
    }
    page.push(format_args!(" ORDER BY {sort} {order}, k.id {order} LIMIT ")).push_bind(limit + 1);
    let rows = page.build().fetch_all(&mut *connection).await?;

    let more = rows.len() > limit as usize;
    let next = match rows.get(limit as usize - 1).filter(|_| more) {
        Some(last) => Some(cursor::seal(&parts.subkeys.cursor, organization, query, &position(last, query.sort)?)),
        None => None,
    };
    let mut items = Vec::with_capacity(rows.len());
    for row in rows.iter().take(limit as usize) {
        match KeyRow::from_row(row, &parts.subkeys) {
            Ok(row) => {
                let used = parts.index.find(&row.digest).and_then(|entry| entry.last_used.get());
                items.push(row.seen(now, used));
            }
            // Set aside: one row that was written from outside must not hide all the others.
            Err(Error::Damaged(reason)) => tracing::error!(alert = true, reason, "a key is left out of a list"),
            Err(error) => return Err(error),
        }
    }
    Ok(Page { items, next, total })
}

fn filter(sql: &mut QueryBuilder<Sqlite>, organization: OrganizationId, query: &KeyQuery, now: DateTime<Utc>) {
    sql.push(" WHERE k.organization_id = ").push_bind(organization.0);
    if let Some(environment) = query.environment {
        sql.push(" AND k.environment = ").push_bind(environment.as_str());
    }
    if let Some(kind) = query.kind {
        sql.push(" AND k.kind = ").push_bind(kind_word(kind));
    }
    if let Some(person) = query.created_by {
        sql.push(" AND k.created_by = ").push_bind(person.0);
    }
    if let Some(left) = query.creator_left {
        sql.push(" AND (m.user_id IS NULL) = ").push_bind(left);
    }
    // `instr` knows no wildcards: `%` and `_` are ordinary characters.
    if let Some(search) = query.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
        sql.push(" AND instr(k.search, ").push_bind(search.to_lowercase()).push(") > 0");
    }
    // The same order of precedence as `KeyStatus::of`.
    let now = times::stored(now);
    match query.status {
        None => {}
        Some(KeyStatus::Revoked) => {
            sql.push(" AND k.revoked_at IS NOT NULL");
        }
        Some(KeyStatus::Expired) => {
            sql.push(" AND k.revoked_at IS NULL AND k.expires_at <= ").push_bind(now);
        }
        Some(status) => {
            sql.push(" AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ").push_bind(now);
            sql.push(") AND k.enabled = ").push_bind(status == KeyStatus::Active);
        }
    }
}

/// The same expressions as in the indexes.
fn sort_expression(sort: KeySort) -> &'static str {
    match sort {
        KeySort::CreatedAt => "k.created_at",
        KeySort::Name => "k.name_key",
        KeySort::LastUsedAt => "ifnull(k.last_used_at, -1)",
        KeySort::ExpiresAt => "ifnull(k.expires_at, 9223372036854775807)",
    }
}

fn position(row: &sqlx::sqlite::SqliteRow, sort: KeySort) -> Result<Position, Error> {
    let value = match sort {
        KeySort::CreatedAt => SortValue::Number(row.try_get("created_at")?),
        KeySort::Name => SortValue::Text(row.try_get("name_key")?),
        KeySort::LastUsedAt => SortValue::Number(row.try_get::<Option<i64>, _>("last_used_at")?.unwrap_or(-1)),
        KeySort::ExpiresAt => SortValue::Number(row.try_get::<Option<i64>, _>("expires_at")?.unwrap_or(i64::MAX)),
    };
    Ok(Position { value, id: keydeck_domain::KeyId(row.try_get("id")?) })
}
