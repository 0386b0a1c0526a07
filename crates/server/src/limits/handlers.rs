//! `/v1/organizations/{organization}/limits`.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use keydeck_domain::api::limits::{Limits, LimitsChanged, NewLimits};
use keydeck_domain::api::problem::Problem;

use super::{change, record};
use crate::audit::refused::audited;
use crate::auth::member::Member;
use crate::error::Error;
use crate::server::Server;
use crate::web::body::MemberBody;
use crate::web::version::{if_match, tagged};

/// As long as other bodies.
const CHANGE: usize = 1;

/// How much the organization and each of its keys may ask.
#[utoipa::path(get, path = "/v1/organizations/{organization}/limits", tag = "organizations", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id.")), responses(
    (status = 200, description = "The limits; the `ETag` is what a change needs in `If-Match`.", body = Limits),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
))]
pub(crate) async fn get(State(server): State<Server>, member: Member) -> Result<Response, Error> {
    let mut connection = server.parts.store.read().await?;
    let stored = record::find(&mut connection, &server.parts.subkeys, member.organization.id).await?;
    Ok(answered(change::shown(&member.organization, stored)))
}

/// Sets them, all at once. What was taken stays taken.
#[utoipa::path(put, path = "/v1/organizations/{organization}/limits", tag = "organizations", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the version that is changed.")),
    request_body = NewLimits, responses(
    (status = 200, description = "The limits as they are now.", body = Limits),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
    (status = 412, description = "They were changed since: `current_limits` is how they are now.", body = LimitsChanged),
    (status = 422, description = "A field is missing, unknown or not acceptable.", body = Problem),
    (status = 428, description = "`If-Match` is missing.", body = Problem),
))]
pub(crate) async fn set(
    State(server): State<Server>,
    member: Member,
    headers: HeaderMap,
    MemberBody(wanted): MemberBody<NewLimits, CHANGE>,
) -> Result<Response, Error> {
    let expected = if_match(&headers)?;
    let set = server.to_the_end(change::set(server.clone(), member.clone(), expected, wanted)).await;
    let target = member.organization.id.to_string();
    Ok(answered(audited(&server, &member, &target, set).await?))
}

fn answered(limits: Limits) -> Response {
    tagged(StatusCode::OK, limits.version, limits)
}
