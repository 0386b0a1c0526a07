//! `/v1/organizations`.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use keydeck_domain::api::organizations::{NewOrganization, Organization, OrganizationChange};
use keydeck_domain::api::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::change::{self, Made};
use super::record;
use crate::audit::refused::audited;
use crate::auth::member::Member;
use crate::error::Error;
use crate::server::Server;
use crate::sessions::record::SignedIn;
use crate::web::body::{Body, MemberBody};
use crate::web::repeat;
use crate::web::version::{if_match, tagged};

/// How much longer than other bodies a change may be: a full catalogue with all its presets.
const CHANGE: usize = 8;

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
    (status = 200, description = "The organization; its `ETag` is what a change needs in `If-Match`.", body = Organization),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
))]
pub(crate) async fn get(member: Member) -> Response {
    answered(StatusCode::OK, member.organization.seen_by(member.role))
}

/// Makes another organization. Who owns one on this server may, and owns the new one too.
#[utoipa::path(post, path = "/v1/organizations", tag = "organizations", security(("session" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this request, so that a repeat makes no second organization.")),
    request_body = NewOrganization, responses(
    (status = 200, description = "A repeat: the organization as it is now.", body = Organization),
    (status = 201, description = "The new organization, with the first catalogue of scopes.", body = Organization),
    (status = 400, description = "`Idempotency-Key` is empty, too long or there twice.", body = Problem),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The caller owns no organization on this server.", body = Problem),
    (status = 404, description = "A repeat by who left the organization since.", body = Problem),
    (status = 409, description = "The server has as many organizations as it takes.", body = Problem),
    (status = 422, description = "A field is missing, unknown or not acceptable, or a repeat has another body.", body = Problem),
))]
pub(crate) async fn create(
    State(server): State<Server>,
    signed_in: SignedIn,
    headers: HeaderMap,
    Body(wanted): Body<NewOrganization>,
) -> Result<Response, Error> {
    let token = repeat::optional(&headers)?;
    match server.to_the_end(change::create(server.clone(), signed_in.person(), token, wanted)).await? {
        Made::New(organization) => Ok(answered(StatusCode::CREATED, organization)),
        Made::Repeated(organization) => {
            let mut response = answered(StatusCode::OK, organization);
            repeat::mark_replayed(response.headers_mut());
            Ok(response)
        }
    }
}

/// Changes an organization: its name and prefix, its catalogue and presets.
#[utoipa::path(patch, path = "/v1/organizations/{organization}", tag = "organizations", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the version that is changed.")),
    request_body = OrganizationChange, responses(
    (status = 200, description = "The organization as it is now.", body = Organization),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it: name and prefix are the owners'.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
    (status = 409, description = "A scope would go that keys have which are not revoked.", body = Problem),
    (status = 412, description = "It was changed since: `current_organization` is how it is now.", body = Problem),
    (status = 422, description = "A field is unknown or not acceptable.", body = Problem),
    (status = 428, description = "`If-Match` is missing.", body = Problem),
))]
pub(crate) async fn change(
    State(server): State<Server>,
    member: Member,
    headers: HeaderMap,
    MemberBody(wanted): MemberBody<OrganizationChange, CHANGE>,
) -> Result<Response, Error> {
    let expected = if_match(&headers)?;
    let changed = server.to_the_end(change::change(server.clone(), member.clone(), expected, wanted)).await;
    let target = member.organization.id.to_string();
    Ok(answered(StatusCode::OK, audited(&server, &member, &target, changed).await?))
}

fn answered(status: StatusCode, organization: Organization) -> Response {
    tagged(status, organization.version, organization)
}
