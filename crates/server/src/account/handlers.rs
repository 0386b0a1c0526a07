//! `/v1/account`.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use keydeck_domain::api::account::{AccountChange, NewPassword};
use keydeck_domain::api::problem::Problem;
use keydeck_domain::api::sessions::User;

use super::record;
use crate::error::Error;
use crate::server::Server;
use crate::sessions::client::Client;
use crate::sessions::prove::prove;
use crate::sessions::record::SignedIn;
use crate::web::body::Body;

/// Changes what people call the caller.
#[utoipa::path(patch, path = "/v1/account", tag = "account", security(("session" = [])), request_body = AccountChange, responses(
    (status = 200, description = "The person as he is now.", body = User),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 422, description = "A field is missing, unknown or not acceptable.", body = Problem),
))]
pub(crate) async fn change(
    State(server): State<Server>,
    signed_in: SignedIn,
    Body(wanted): Body<AccountChange>,
) -> Result<Json<User>, Error> {
    let user = User { name: wanted.name, ..signed_in.session.user };
    let (changing, changed) = (server.clone(), user.clone());
    server.to_the_end(async move { record::rename(&changing, &changed).await }).await?;
    Ok(Json(user))
}

/// Gives the caller another password. Every other session of his is over when this answers.
#[utoipa::path(put, path = "/v1/account/password", tag = "account", security(("session" = [])), request_body = NewPassword, responses(
    (status = 204, description = "Changed; every other session is over."),
    (status = 401, description = "Nobody is signed in (`unauthenticated`), or the password of now is wrong (`invalid_credentials`).", body = Problem),
    (status = 422, description = "A field is missing, unknown or not acceptable, or the new password is too short.", body = Problem),
    (status = 429, description = "Too many failures: `Retry-After` says how long to wait.", body = Problem),
))]
pub(crate) async fn set_password(
    State(server): State<Server>,
    signed_in: SignedIn,
    client: Client,
    Body(wanted): Body<NewPassword>,
) -> Result<StatusCode, Error> {
    let email = &signed_in.session.user.email;
    let stored = prove(&server, email, wanted.current, client.address).await?.ok_or(Error::InvalidCredentials)?;
    let hash = server.parts.passwords.hash(&wanted.new).await?;
    let changing = server.clone();
    server.to_the_end(async move { record::set_password(&changing, &signed_in, &stored, &hash).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}
