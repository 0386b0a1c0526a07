//! `/v1/organizations/{organization}/audit`.

use axum::Json;
use axum::extract::State;
use keydeck_domain::{OrganizationId, Permission};
use keydeck_domain::api::Page;
use keydeck_domain::api::audit::{AuditEntry, AuditHead, AuditPoint};
use keydeck_domain::api::keys::PAGE_MAX;
use keydeck_domain::api::problem::Problem;
use serde::Deserialize;
use sqlx::{Row, SqliteConnection};
use utoipa::IntoParams;

use super::chain::{self, Head, StoredEntry};
use super::refused::refuse;
use crate::auth::member::Member;
use crate::error::Error;
use crate::keys::cursor;
use crate::server::Server;
use crate::web::query::Query;

/// Rows of a page where none are asked for.
const PAGE: u32 = 50;

/// The query of `GET …/audit`.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// From the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Rows a page, 1 to 500; 50 where absent.
    #[serde(default)]
    limit: Option<u32>,
}

/// The query of `GET …/audit/head`.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HeadQuery {
    /// The entry that the caller saw last.
    #[serde(default)]
    at: Option<u32>,
}

/// The audit log, newest entry first.
#[utoipa::path(get, path = "/v1/organizations/{organization}/audit", tag = "audit", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), AuditQuery), responses(
    (status = 200, description = "A page of entries, newest first.", body = Page<AuditEntry>),
    (status = 400, description = "The query or its cursor can't be read.", body = Problem),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
))]
pub(crate) async fn list(
    State(server): State<Server>,
    member: Member,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Page<AuditEntry>>, Error> {
    if !member.role.may(Permission::ReadAudit) {
        return Err(refuse(&server, &member, "the audit log", Error::Forbidden { missing: None }).await);
    }
    let organization = member.organization.id;
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(Error::InvalidRequest(format!("a page has 1 to {PAGE_MAX} rows")));
    }
    let keys = &server.parts.subkeys;
    let before = match &query.cursor {
        Some(text) => cursor::open_sequence(&keys.cursor, organization, text)?,
        None => i64::MAX,
    };
    let mut connection = server.parts.store.read().await?;
    let total = head(&mut connection, &server, organization).await?.sequence;
    let rows = sqlx::query("SELECT * FROM audit WHERE organization_id = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?")
        .bind(organization.0)
        .bind(before)
        .bind(limit)
        .fetch_all(&mut *connection)
        .await?;
    let items = rows.iter().map(|row| StoredEntry::from_row(row)?.into_entry()).collect::<Result<Vec<_>, Error>>()?;
    let next = items
        .last()
        .filter(|last| last.sequence > 1)
        .map(|last| cursor::seal_sequence(&keys.cursor, organization, last.sequence));
    Ok(Json(Page { items, next, total }))
}

/// The newest entry, and the one that the caller saw last.
#[utoipa::path(get, path = "/v1/organizations/{organization}/audit/head", tag = "audit", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), HeadQuery), responses(
    (status = 200, description = "The newest entry, and the one that was asked for.", body = AuditHead),
    (status = 400, description = "The query can't be read.", body = Problem),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
))]
pub(crate) async fn newest(
    State(server): State<Server>,
    member: Member,
    Query(query): Query<HeadQuery>,
) -> Result<Json<AuditHead>, Error> {
    // Any member may ask: a number and a MAC say nothing of what was done, and every console watches
    // that the history it saw is still there.
    let organization = member.organization.id;
    let mut connection = server.parts.store.read().await?;
    let head = head(&mut connection, &server, organization).await?;
    let at = match query.at {
        Some(sequence) => sqlx::query("SELECT mac FROM audit WHERE organization_id = ? AND sequence = ?")
            .bind(organization.0)
            .bind(sequence)
            .fetch_optional(&mut *connection)
            .await?
            .map(|row| Ok::<_, Error>(AuditPoint { sequence, mac: hex::encode(row.try_get::<Vec<u8>, _>("mac")?) }))
            .transpose()?,
        None => None,
    };
    let head = AuditPoint { sequence: head.sequence, mac: hex::encode(head.entry_mac) };
    Ok(Json(AuditHead { head, at }))
}

async fn head(connection: &mut SqliteConnection, server: &Server, organization: OrganizationId) -> Result<Head, Error> {
    chain::head(connection, &server.parts.subkeys.audit, organization)
        .await?
        .ok_or_else(|| Error::Damaged(format!("the head of the audit log of {organization} is gone")))
}
