//! `/v1/organizations/{organization}/invitations`, `/v1/invitations/…` and `/join`.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use keydeck_domain::api::invitations::{
    AcceptInvitation, Invitation, InvitationOffer, InvitationToken, IssuedInvitation, NewInvitation,
};
use keydeck_domain::api::problem::Problem;
use keydeck_domain::api::sessions::IssuedSession;
use keydeck_domain::{InvitationId, Permission};
use serde::Serialize;
use utoipa::ToSchema;

use super::{accept, record};
use crate::audit::refused::{audited, refuse};
use crate::auth::member::{Member, Target};
use crate::error::Error;
use crate::server::Server;
use crate::sessions::client::Client;
use crate::web::body::{Body, MemberBody};

// The table of routes and the description look for all handlers of a folder here.
#[cfg(feature = "openapi")]
pub(crate) use super::page::__path_join;
pub(crate) use super::page::join;

/// A whole list: never long enough to be paged.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invitations {
    /// The organization's invitations.
    items: Vec<Invitation>,
}

/// Invites somebody. One that waits for the same address is replaced.
#[utoipa::path(post, path = "/v1/organizations/{organization}/invitations", tag = "invitations", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id.")), request_body = NewInvitation, responses(
    (status = 201, description = "Invited: the one answer that holds the token.", body = IssuedInvitation),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The caller may not manage this role, or that of the invitation that waits.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
    (status = 409, description = "The person is a member already.", body = Problem),
    (status = 422, description = "A field is missing, unknown or not acceptable.", body = Problem),
))]
pub(crate) async fn create(
    State(server): State<Server>,
    member: Member,
    MemberBody(wanted): MemberBody<NewInvitation>,
) -> Result<(StatusCode, Json<IssuedInvitation>), Error> {
    const TARGET: &str = "a new invitation";
    if !member.role.manages(wanted.role) {
        return Err(refuse(&server, &member, TARGET, Error::Forbidden { missing: None }).await);
    }
    let (making, by) = (server.clone(), member.clone());
    let made = server.to_the_end(async move { record::create(&making, &by, wanted).await }).await;
    Ok((StatusCode::CREATED, Json(audited(&server, &member, TARGET, made).await?)))
}

/// The invitations that nobody has accepted yet, the newest first; also those whose time is over.
#[utoipa::path(get, path = "/v1/organizations/{organization}/invitations", tag = "invitations", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id.")), responses(
    (status = 200, description = "All of them.", body = Invitations),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
))]
pub(crate) async fn list(State(server): State<Server>, member: Member) -> Result<Json<Invitations>, Error> {
    if !member.role.may(Permission::ManageMembers) {
        return Err(refuse(&server, &member, "the invitations", Error::Forbidden { missing: None }).await);
    }
    let mut connection = server.parts.store.read().await?;
    let items = record::list(&mut connection, &server.parts.subkeys, member.organization.id).await?;
    Ok(Json(Invitations { items }))
}

/// Withdraws an invitation: its link is over when this answers.
#[utoipa::path(delete, path = "/v1/organizations/{organization}/invitations/{id}", tag = "invitations", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), ("id" = String, Path, description = "The invitation's id.")), responses(
    (status = 204, description = "Withdrawn."),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The caller may not manage the role that it gives.", body = Problem),
    (status = 404, description = "No such organization or invitation, or not for this caller.", body = Problem),
))]
pub(crate) async fn withdraw(
    State(server): State<Server>,
    member: Member,
    Target(id): Target<InvitationId>,
) -> Result<StatusCode, Error> {
    if !member.role.may(Permission::ManageMembers) {
        return Err(refuse(&server, &member, &id.to_string(), Error::Forbidden { missing: None }).await);
    }
    let (withdrawing, by) = (server.clone(), member.clone());
    let withdrawn = server.to_the_end(async move { record::withdraw(&withdrawing, &by, id).await }).await;
    audited(&server, &member, &id.to_string(), withdrawn).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an invitation is for. A token that is wrong, used, withdrawn or over is one and the same 404.
#[utoipa::path(post, path = "/v1/invitations/look", tag = "invitations", request_body = InvitationToken, responses(
    (status = 200, description = "What it is for.", body = InvitationOffer),
    (status = 404, description = "No such invitation, or none any more.", body = Problem),
    (status = 422, description = "A field is missing, unknown or not acceptable.", body = Problem),
    (status = 429, description = "Too many failures: `Retry-After` says how long to wait.", body = Problem),
))]
pub(crate) async fn look(
    State(server): State<Server>,
    client: Client,
    Body(wanted): Body<InvitationToken>,
) -> Result<Json<InvitationOffer>, Error> {
    let (waiting, known) = accept::look(&server, &wanted.token, &client).await?;
    Ok(Json(InvitationOffer {
        organization_id: waiting.organization.id,
        organization: waiting.organization.name,
        email: waiting.invitation.email,
        role: waiting.invitation.role,
        invited_by: waiting.invitation.created_by,
        expires_at: waiting.invitation.expires_at,
        known,
    }))
}

/// Accepts an invitation: makes the person where he is new, makes him a member, and signs him in.
#[utoipa::path(post, path = "/v1/invitations/accept", tag = "invitations", request_body = AcceptInvitation, responses(
    (status = 201, description = "A member, and signed in: the one answer that holds the session's token.", body = IssuedSession),
    (status = 401, description = "The password of a known person is wrong.", body = Problem),
    (status = 404, description = "No such invitation, or none any more.", body = Problem),
    (status = 409, description = "Somebody began to sign in with this address meanwhile: look again.", body = Problem),
    (status = 422, description = "A field is missing, unknown or not acceptable; a new person needs a name and a password of at least 10 characters.", body = Problem),
    (status = 429, description = "Too many failures: `Retry-After` says how long to wait.", body = Problem),
))]
pub(crate) async fn accept(
    State(server): State<Server>,
    client: Client,
    Body(wanted): Body<AcceptInvitation>,
) -> Result<(StatusCode, Json<IssuedSession>), Error> {
    Ok((StatusCode::CREATED, Json(accept::accept(server, wanted, client).await?)))
}
