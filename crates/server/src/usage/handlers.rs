//! `/v1/organizations/{organization}/usage`. Every member may look.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use keydeck_domain::api::Page;
use keydeck_domain::api::audit::ExportFormat;
use keydeck_domain::api::problem::Problem;
use keydeck_domain::api::usage::{GroupBy, KeyUsage, Sparkline, StaleKey, StaleQuery, Step, Usage, UsageQuery};
use keydeck_domain::{Environment, KeyId, Outcome};
use serde::Deserialize;
use utoipa::IntoParams;

use super::query::{Asked, key_ids};
use super::{export as file, keys, read, stale as list};
use crate::auth::member::{Member, Target};
use crate::error::Error;
use crate::server::Server;
use crate::times;
use crate::web::query::Query;

/// The query of `GET …/usage/export`: that of `GET …/usage`, and the format.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// How it is written.
    format: ExportFormat,
    /// From this instant on; moved back to the beginning of its step.
    from: DateTime<Utc>,
    /// Before this instant; moved on to the end of its step.
    to: DateTime<Utc>,
    /// How wide one figure is.
    step: Step,
    /// An IANA time zone; UTC unless told.
    zone: Option<String>,
    /// What figures are told apart by.
    group: Option<GroupBy>,
    /// Only these keys: ids, comma between.
    keys: Option<String>,
    /// Only this environment.
    environment: Option<Environment>,
    /// Only this outcome.
    outcome: Option<Outcome>,
    /// How many groups are shown by themselves.
    top: Option<u32>,
}

/// The query of `GET …/usage/sparklines`.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SparklinesQuery {
    /// Ids of at most 200 keys, comma between.
    keys: String,
}

/// How often keys were verified, step by step.
#[utoipa::path(get, path = "/v1/organizations/{organization}/usage", tag = "usage", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), UsageQuery), responses(
    (status = 200, description = "Series over the same steps; their values together are the total.", body = Usage),
    (status = 400, description = "The query can't be read.", body = Problem),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
    (status = 422, description = "Such figures are not kept, or are too many: `detail` says what to ask for.", body = Problem),
    (status = 503, description = "What was counted can't be read now.", body = Problem),
))]
pub(crate) async fn usage(
    State(server): State<Server>,
    member: Member,
    Query(query): Query<UsageQuery>,
) -> Result<Json<Usage>, Error> {
    let asked = Asked::new(&query, times::now())?;
    Ok(Json(read::usage(&server, member.organization.id, &asked).await?))
}

/// The same as a file: a row for each step of each series.
#[utoipa::path(get, path = "/v1/organizations/{organization}/usage/export", tag = "usage", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), ExportQuery), responses(
    (status = 200, description = "CSV (RFC 4180) with a header line, or one JSON array. Times have the zone's offset.",
        content_type = "text/csv", body = String),
    (status = 400, description = "The query can't be read.", body = Problem),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
    (status = 422, description = "Such figures are not kept, or are too many: `detail` says what to ask for.", body = Problem),
    (status = 503, description = "What was counted can't be read now.", body = Problem),
))]
pub(crate) async fn export(
    State(server): State<Server>,
    member: Member,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Error> {
    let ExportQuery { format, from, to, step, zone, group, keys, environment, outcome, top } = query;
    let query = UsageQuery { from, to, step, zone, group, keys, environment, outcome, top };
    let asked = Asked::new(&query, times::now())?;
    let usage = read::usage(&server, member.organization.id, &asked).await?;
    let (media_type, disposition) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"usage.csv\""),
        ExportFormat::Json => ("application/json", "attachment; filename=\"usage.json\""),
    };
    let headers = [(CONTENT_TYPE, media_type), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, file::body(usage, asked.zone, format)).into_response())
}

/// Keys that nobody has used for long.
#[utoipa::path(get, path = "/v1/organizations/{organization}/usage/stale", tag = "usage", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), StaleQuery), responses(
    (status = 200, description = "A page: those never used first, then by their last use.", body = Page<StaleKey>),
    (status = 400, description = "The query or its cursor can't be read.", body = Problem),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
    (status = 422, description = "`days` are out of bounds.", body = Problem),
))]
pub(crate) async fn stale(
    State(server): State<Server>,
    member: Member,
    Query(query): Query<StaleQuery>,
) -> Result<Json<Page<StaleKey>>, Error> {
    Ok(Json(list::stale(&server, member.organization.id, &query).await?))
}

/// The last 24 hours of several keys.
#[utoipa::path(get, path = "/v1/organizations/{organization}/usage/sparklines", tag = "usage", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), SparklinesQuery), responses(
    (status = 200, description = "Those that were used; others are left out.", body = Vec<Sparkline>),
    (status = 400, description = "The query can't be read.", body = Problem),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
    (status = 422, description = "What is named are no ids, or too many.", body = Problem),
    (status = 503, description = "What was counted can't be read now.", body = Problem),
))]
pub(crate) async fn sparklines(
    State(server): State<Server>,
    member: Member,
    Query(query): Query<SparklinesQuery>,
) -> Result<Json<Vec<Sparkline>>, Error> {
    Ok(Json(keys::sparklines(&server, member.organization.id, &key_ids(&query.keys)?).await?))
}

/// How one key is used.
#[utoipa::path(get, path = "/v1/organizations/{organization}/usage/keys/{id}", tag = "usage", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), ("id" = String, Path, description = "The key's id.")),
    responses(
    (status = 200, description = "Its last use, its last 24 hours, its scopes.", body = KeyUsage),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such organization or key, or not for this caller.", body = Problem),
    (status = 503, description = "What was counted can't be read now.", body = Problem),
))]
pub(crate) async fn of_key(
    State(server): State<Server>,
    member: Member,
    Target(id): Target<KeyId>,
) -> Result<Json<KeyUsage>, Error> {
    Ok(Json(keys::usage_of(&server, member.organization.id, id).await?))
}
