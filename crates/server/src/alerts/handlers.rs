//! `/v1/organizations/{organization}/alerts`.

use axum::Json;
use axum::extract::State;
use keydeck_domain::api::alerts::{AlertQuery, Alerts};
use keydeck_domain::api::problem::Problem;

use super::record;
use crate::auth::member::Member;
use crate::error::Error;
use crate::server::Server;
use crate::web::query::Query;

/// What somebody should look at: jumps and falls, keys that woke up, new networks, quotas that are nearly used up.
#[utoipa::path(get, path = "/v1/organizations/{organization}/alerts", tag = "usage", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), AlertQuery), responses(
    (status = 200, description = "Those after `after`, the oldest first; without it the newest 200, the newest first.", body = Alerts),
    (status = 400, description = "The query is not acceptable.", body = Problem),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
))]
pub(crate) async fn list(
    State(server): State<Server>,
    member: Member,
    Query(query): Query<AlertQuery>,
) -> Result<Json<Alerts>, Error> {
    let organization = member.organization.id;
    let mut counted = server.parts.usage.read().await?;
    let mut alerts = record::list(&mut counted, organization, query.after).await?;
    drop(counted);
    let mut connection = server.parts.store.read().await?;
    record::name(&mut connection, organization, &mut alerts.items).await?;
    Ok(Json(alerts))
}
