//! `/v1/organizations/{organization}/verifiers`.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use keydeck_domain::api::problem::Problem;
use keydeck_domain::api::verifiers::{IssuedVerifier, NewVerifier, Verifier};
use keydeck_domain::{Permission, VerifierId};
use serde::Serialize;
use utoipa::ToSchema;

use super::record::{self, Asking};
use crate::audit::refused::{audited, refuse};
use crate::auth::member::{Member, Target};
use crate::error::Error;
use crate::server::Server;
use crate::web::body::MemberBody;

/// A whole list: never long enough to be paged.
#[derive(Serialize, ToSchema)]
pub(crate) struct Verifiers {
    /// The organization's verifiers, newest first.
    items: Vec<Verifier>,
}

/// The organization's verifiers.
#[utoipa::path(get, path = "/v1/organizations/{organization}/verifiers", tag = "verifiers", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id.")), responses(
    (status = 200, description = "Newest first, revoked ones included.", body = Verifiers),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
))]
pub(crate) async fn list(State(server): State<Server>, member: Member) -> Result<Json<Verifiers>, Error> {
    let mut connection = server.parts.store.read().await?;
    let items = record::list(&mut connection, &server.parts.subkeys, member.organization.id).await?;
    Ok(Json(Verifiers { items }))
}

/// Makes a verifier.
#[utoipa::path(post, path = "/v1/organizations/{organization}/verifiers", tag = "verifiers", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id.")), request_body = NewVerifier, responses(
    (status = 201, description = "The one answer that holds its secret.", body = IssuedVerifier),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
    (status = 422, description = "A field is missing, unknown or not acceptable.", body = Problem),
))]
pub(crate) async fn create(
    State(server): State<Server>,
    member: Member,
    MemberBody(wanted): MemberBody<NewVerifier>,
) -> Result<(StatusCode, Json<IssuedVerifier>), Error> {
    const TARGET: &str = "a new verifier";
    if !member.role.may(Permission::ManageVerifiers) {
        return Err(refuse(&server, &member, TARGET, Error::Forbidden { missing: None }).await);
    }
    let issued = record::create(&server, wanted.name, Asking::Member(member.clone())).await;
    Ok((StatusCode::CREATED, Json(audited(&server, &member, TARGET, issued).await?)))
}

/// Revokes a verifier, for good.
#[utoipa::path(delete, path = "/v1/organizations/{organization}/verifiers/{id}", tag = "verifiers", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), ("id" = String, Path, description = "The verifier's id.")),
    responses(
    (status = 204, description = "Revoked; a second time changes nothing."),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it.", body = Problem),
    (status = 404, description = "No such organization or verifier, or not for this caller.", body = Problem),
))]
pub(crate) async fn revoke(
    State(server): State<Server>,
    member: Member,
    Target(id): Target<VerifierId>,
) -> Result<StatusCode, Error> {
    if !member.role.may(Permission::ManageVerifiers) {
        return Err(refuse(&server, &member, &id.to_string(), Error::Forbidden { missing: None }).await);
    }
    let revoked = record::revoke(&server, id, Asking::Member(member.clone())).await;
    audited(&server, &member, &id.to_string(), revoked).await?;
    Ok(StatusCode::NO_CONTENT)
}
