//! `/v1/sessions`.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use keydeck_domain::api::problem::Problem;
use keydeck_domain::api::sessions::{IssuedSession, NewSession, Session};

use super::record::{self, SignedIn};
use crate::error::Error;
use crate::server::Server;
use crate::web::body::Body;
use crate::web::peer::Peer;

/// Signs in. Unknown people cost the same work and get the same answer as a wrong password.
#[utoipa::path(post, path = "/v1/sessions", tag = "sessions", request_body = NewSession, responses(
    (status = 201, description = "Signed in: the one answer that holds the token.", body = IssuedSession),
    (status = 401, description = "E-mail or password is wrong.", body = Problem),
    (status = 422, description = "A field is missing, unknown or not acceptable.", body = Problem),
    (status = 429, description = "Too many failures: `Retry-After` says how long to wait.", body = Problem),
))]
pub(crate) async fn create(
    State(server): State<Server>,
    Peer(address): Peer,
    Body(wanted): Body<NewSession>,
) -> Result<(StatusCode, Json<IssuedSession>), Error> {
    let address = if server.parts.config.behind_proxy { None } else { address };
    server.parts.throttle.begin(wanted.email.as_str(), address, Instant::now())?;
    let stored = {
        let mut connection = server.parts.store.read().await?;
        record::user_by_email(&mut connection, &server.parts.subkeys, &wanted.email).await?
    };
    let (user, password) = stored.map(|stored| (stored.user, stored.password)).unzip();
    let right = server.parts.passwords.verify(wanted.password, password).await?;
    let (true, Some(user)) = (right, user) else { return Err(Error::InvalidCredentials) };
    server.parts.throttle.succeed(wanted.email.as_str(), address);
    let issuer = server.clone();
    let issued = server.to_the_end(async move { record::issue(&issuer, user).await }).await?;
    Ok((StatusCode::CREATED, Json(issued)))
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
