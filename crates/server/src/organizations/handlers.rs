//! `/v1/organizations`.

use axum::Json;
use axum::extract::State;
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::record;
use crate::auth::member::Member;
use crate::error::Error;
use crate::server::Server;
use crate::sessions::record::SignedIn;

/// A whole list: never long enough to be paged.
#[derive(Serialize, ToSchema)]
pub(crate) struct Organizations {
    /// The organizations that the caller is a member of.
    items: Vec<Organization>,
}

/// The organizations that the caller is a member of.
#[utoipa::path(get, path = "/v1/organizations", tag = "organizations", security(("session" = [])), responses(
    (status = 200, description = "In the order in which they were made.", body = Organizations),
    (status = 401, description = "Nobody is signed in.", body = Problem),
))]
pub(crate) async fn list(State(server): State<Server>, signed_in: SignedIn) -> Result<Json<Organizations>, Error> {
    let user = signed_in.session.user.id;
    let mut connection = server.parts.store.read().await?;
    let mut items = Vec::new();
    for id in record::of_user(&mut connection, user).await? {
        let role = record::role(&mut connection, &server.parts.subkeys, id, user).await?;
        if let (Some(role), Some(organization)) = (role, record::find(&mut connection, id).await?) {
            items.push(organization.seen_by(role));
        }
    }
    Ok(Json(Organizations { items }))
}

/// One organization, with the caller's role and what it lets him grant.
#[utoipa::path(get, path = "/v1/organizations/{organization}", tag = "organizations", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id.")), responses(
    (status = 200, description = "The organization.", body = Organization),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
))]
pub(crate) async fn get(member: Member) -> Json<Organization> {
    Json(member.organization.seen_by(member.role))
}
