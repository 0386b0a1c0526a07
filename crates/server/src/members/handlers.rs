//! `/v1/organizations/{organization}/members`.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use keydeck_domain::UserId;
use keydeck_domain::api::members::{Member as Listed, MemberChange};
use keydeck_domain::api::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::{change, record};
use crate::audit::refused::audited;
use crate::auth::member::{Member, Target};
use crate::error::Error;
use crate::server::Server;
use crate::web::body::MemberBody;

/// A whole list: never long enough to be paged.
#[derive(Serialize, ToSchema)]
pub(crate) struct Members {
    /// The organization's members, by e-mail.
    items: Vec<Listed>,
}

/// The organization's members.
#[utoipa::path(get, path = "/v1/organizations/{organization}/members", tag = "members", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id.")), responses(
    (status = 200, description = "All of them, by e-mail. Every member may see them.", body = Members),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
))]
pub(crate) async fn list(State(server): State<Server>, member: Member) -> Result<Json<Members>, Error> {
    let mut connection = server.parts.store.read().await?;
    let items = record::list(&mut connection, &server.parts.subkeys, member.organization.id).await?;
    Ok(Json(Members { items }))
}

/// Gives a member another role. Who asks must manage the role before and the role after.
#[utoipa::path(patch, path = "/v1/organizations/{organization}/members/{id}", tag = "members", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), ("id" = String, Path, description = "The member's id as a person.")),
    request_body = MemberChange, responses(
    (status = 200, description = "The member as he is now. His keys keep their scopes.", body = Listed),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it.", body = Problem),
    (status = 404, description = "No such organization or member, or not for this caller.", body = Problem),
    (status = 409, description = "No owner would be left.", body = Problem),
    (status = 422, description = "A field is missing, unknown or not acceptable.", body = Problem),
))]
pub(crate) async fn change(
    State(server): State<Server>,
    member: Member,
    Target(id): Target<UserId>,
    MemberBody(wanted): MemberBody<MemberChange>,
) -> Result<Json<Listed>, Error> {
    let changed = server.to_the_end(change::change(server.clone(), member.clone(), id, wanted.role)).await;
    Ok(Json(audited(&server, &member, &id.to_string(), changed).await?))
}

/// Removes a member, or lets the caller leave. His next request here is refused; his keys stay.
#[utoipa::path(delete, path = "/v1/organizations/{organization}/members/{id}", tag = "members", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), ("id" = String, Path, description = "The member's id as a person.")),
    responses(
    (status = 204, description = "He is no member any more."),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it.", body = Problem),
    (status = 404, description = "No such organization or member, or not for this caller.", body = Problem),
    (status = 409, description = "No owner would be left.", body = Problem),
))]
pub(crate) async fn remove(
    State(server): State<Server>,
    member: Member,
    Target(id): Target<UserId>,
) -> Result<StatusCode, Error> {
    let removed = server.to_the_end(change::remove(server.clone(), member.clone(), id)).await;
    audited(&server, &member, &id.to_string(), removed).await?;
    Ok(StatusCode::NO_CONTENT)
}
