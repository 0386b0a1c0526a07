//! `/v1/organizations/{organization}/audit`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use keydeck_domain::api::Page;
use keydeck_domain::api::audit::{Action, AuditCheck, AuditEntry, AuditHead, AuditPoint, AuditQuery, ExportFormat};
use keydeck_domain::api::problem::Problem;
use keydeck_domain::{OrganizationId, Permission, UserId};
use serde::Deserialize;
use sqlx::{Row, SqliteConnection};
use utoipa::IntoParams;

use super::chain::{self, Head};
use super::refused::refuse;
use super::walk::Filter;
use crate::auth::member::Member;
use crate::error::Error;
use crate::server::Server;
use crate::web::query::Query;

/// The query of `GET …/audit/head`.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HeadQuery {
    /// The entry that the caller saw last.
    #[serde(default)]
    at: Option<u32>,
}

/// The query of `GET …/audit/export`: the filters of the list, and the format.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// How it is written.
    format: ExportFormat,
    /// Only what this person did.
    actor: Option<UserId>,
    /// Only what was done to this thing.
    target: Option<String>,
    /// Only this kind.
    action: Option<Action>,
    /// From this instant on.
    from: Option<DateTime<Utc>>,
    /// Before this instant.
    to: Option<DateTime<Utc>>,
    /// Entries whose actor, target, name or fields hold this text.
    search: Option<String>,
}

/// The audit log, newest entry first. Also one that does not add up can be looked at.
#[utoipa::path(get, path = "/v1/organizations/{organization}/audit", tag = "audit", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), AuditQuery), responses(
    (status = 200, description = "A page of entries, newest first; `total` counts all that match.", body = Page<AuditEntry>),
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
    may_read(&server, &member).await?;
    Ok(Json(super::list::list(&server, member.organization.id, query).await?))
}

/// The audit log as a file, oldest entry first.
#[utoipa::path(get, path = "/v1/organizations/{organization}/audit/export", tag = "audit", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), ExportQuery), responses(
    (status = 200, description = "CSV (RFC 4180) with a header line, or one JSON array.", content(
        (Vec<AuditEntry> = "application/json"), (String = "text/csv"),
    )),
    (status = 400, description = "The query can't be read.", body = Problem),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
))]
pub(crate) async fn export(
    State(server): State<Server>,
    member: Member,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Error> {
    may_read(&server, &member).await?;
    let ExportQuery { format, actor, target, action, from, to, search } = query;
    let query = AuditQuery { actor, target, action, from, to, search, cursor: None, limit: None };
    let filter = Filter::new(member.organization.id, query)?;
    let (media_type, disposition) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"audit.csv\""),
        ExportFormat::Json => ("application/json", "attachment; filename=\"audit.json\""),
    };
    let headers = [(CONTENT_TYPE, media_type), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, super::export::body(server, filter, format)).into_response())
}

/// Goes through the whole chain and says whether it adds up.
#[utoipa::path(get, path = "/v1/organizations/{organization}/audit/check", tag = "audit", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id.")), responses(
    (status = 200, description = "How many entries there are, and what does not add up.", body = AuditCheck),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
))]
pub(crate) async fn check(State(server): State<Server>, member: Member) -> Result<Json<AuditCheck>, Error> {
    may_read(&server, &member).await?;
    let organization = member.organization.id;
    let mut connection = server.parts.store.read().await?;
    let result = super::verify::check(&mut connection, &server.parts.subkeys.audit, organization).await?;
    let (entries, broken) = match result {
        Ok(entries) if server.parts.distrusted.contains(&organization) => {
            (entries, Some("it did not add up when the server started; it does now: start the server again".to_owned()))
        }
        Ok(entries) => (entries, None),
        Err(broken) => {
            tracing::error!(alert = true, %organization, %broken, "an audit log does not add up");
            let entries = Filter::new(organization, AuditQuery::default())?.count(&mut connection).await?;
            (entries, Some(broken.to_string()))
        }
    };
    Ok(Json(AuditCheck { entries, broken }))
}

async fn may_read(server: &Server, member: &Member) -> Result<(), Error> {
    if member.role.may(Permission::ReadAudit) {
        return Ok(());
    }
    Err(refuse(server, member, "the audit log", Error::Forbidden { missing: None }).await)
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
