//! `/v1/sessions`.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use keydeck_domain::SessionId;
use keydeck_domain::api::problem::Problem;
use keydeck_domain::api::sessions::{IssuedSession, NewSession, Session, SessionEntry};
use serde::Serialize;
use utoipa::ToSchema;

use super::client::Client;
use super::prove::prove;
use super::record::{self, SignedIn};
use crate::auth::member::Target;
use crate::error::Error;
use crate::server::Server;
use crate::web::body::Body;

/// A whole list: never long enough to be paged.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sessions {
    /// The caller's own sessions.
    items: Vec<SessionEntry>,
}

/// Signs in. Unknown people cost the same work and get the same answer as a wrong password.
#[utoipa::path(post, path = "/v1/sessions", tag = "sessions", request_body = NewSession, responses(
    (status = 201, description = "Signed in: the one answer that holds the token.", body = IssuedSession),
    (status = 401, description = "E-mail or password is wrong.", body = Problem),
    (status = 422, description = "A field is missing, unknown or not acceptable.", body = Problem),
    (status = 429, description = "Too many failures: `Retry-After` says how long to wait.", body = Problem),
))]
pub(crate) async fn create(
    State(server): State<Server>,
    client: Client,
    Body(wanted): Body<NewSession>,
) -> Result<(StatusCode, Json<IssuedSession>), Error> {
    let stored = prove(&server, &wanted.email, wanted.password, client.address).await?.ok_or(Error::InvalidCredentials)?;
    let issuer = server.clone();
    let issued = server.to_the_end(async move { record::issue(&issuer, stored, &client).await }).await?;
    Ok((StatusCode::CREATED, Json(issued.ok_or(Error::InvalidCredentials)?)))
}

/// The caller's own sessions, the last used first.
#[utoipa::path(get, path = "/v1/sessions", tag = "sessions", security(("session" = [])), responses(
    (status = 200, description = "All that are not over.", body = Sessions),
    (status = 401, description = "Nobody is signed in.", body = Problem),
))]
pub(crate) async fn list(State(server): State<Server>, signed_in: SignedIn) -> Result<Json<Sessions>, Error> {
    Ok(Json(Sessions { items: record::list(&server, &signed_in).await? }))
}

/// Ends one of the caller's own sessions: its token is over when this answers.
#[utoipa::path(delete, path = "/v1/sessions/{id}", tag = "sessions", security(("session" = [])),
    params(("id" = String, Path, description = "The session's id.")), responses(
    (status = 204, description = "It is over."),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such session, or not this caller's.", body = Problem),
))]
pub(crate) async fn end_one(
    State(server): State<Server>,
    signed_in: SignedIn,
    Target(id): Target<SessionId>,
) -> Result<StatusCode, Error> {
    let (ending, user) = (server.clone(), signed_in.session.user.id);
    server.to_the_end(async move { record::end_one(&ending, user, id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is signed in, until when.
#[utoipa::path(get, path = "/v1/sessions/current", tag = "sessions", security(("session" = [])), responses(
    (status = 200, description = "The session of the token.", body = Session),
    (status = 401, description = "Nobody is signed in.", body = Problem),
))]
pub(crate) async fn current(signed_in: SignedIn) -> Json<Session> {
    Json(signed_in.session)
}

/// Signs out: the token is over when this answers.
#[utoipa::path(delete, path = "/v1/sessions/current", tag = "sessions", security(("session" = [])), responses(
    (status = 204, description = "Signed out."),
    (status = 401, description = "Nobody is signed in.", body = Problem),
))]
pub(crate) async fn end(State(server): State<Server>, signed_in: SignedIn) -> Result<StatusCode, Error> {
    let ending = server.clone();
    server.to_the_end(async move { record::end(&ending, &signed_in).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}
