//! `/v1/claim`.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use keydeck_domain::Dialect;
use keydeck_domain::api::claim::Claim;
use keydeck_domain::api::organizations::NewOrganization;
use keydeck_domain::api::problem::Problem;
use keydeck_domain::api::sessions::IssuedSession;
use keydeck_domain::key::Person;

use crate::error::Error;
use crate::organizations::people::{insert_organization, insert_person};
use crate::server::Server;
use crate::sessions::client::Client;
use crate::sessions::record;
use crate::subkeys::Tag;
use crate::web::body::Body;

const CLAIMED: Error = Error::Conflict("this server has an owner already: sign in, or ask to be invited");

/// Claims a fresh server: makes its first person, the organization that he owns, and a session.
#[utoipa::path(post, path = "/v1/claim", tag = "server", request_body = Claim, responses(
    (status = 201, description = "Claimed, and signed in: the one answer that holds the session's token.", body = IssuedSession),
    (status = 401, description = "The token is not the one that the server told where it runs.", body = Problem),
    (status = 409, description = "The server has an owner.", body = Problem),
    (status = 422, description = "A field is missing, unknown or not acceptable, or the password is too short.", body = Problem),
    (status = 429, description = "Too many failures: `Retry-After` says how long to wait.", body = Problem),
))]
pub(crate) async fn claim(
    State(server): State<Server>,
    client: Client,
    Body(wanted): Body<Claim>,
) -> Result<(StatusCode, Json<IssuedSession>), Error> {
    let parts = &server.parts;
    if !parts.claimable.waits() {
        return Err(CLAIMED);
    }
    // Slowed by address alone: an account of its own would let anybody hold up the one who may.
    parts.throttle.begin(None, client.address, Instant::now())?;
    let token = parts.subkeys.claim_digest(&wanted.token);
    if !parts.claimable.is(&token).ok_or(CLAIMED)? {
        return Err(Error::WrongClaim);
    }
    parts.throttle.succeed(None, client.address);
    let hash = parts.passwords.hash(&wanted.password).await?;
    let claiming = server.clone();
    let issued = server.to_the_end(async move { take(&claiming, &token, &wanted, &hash, &client).await }).await?;
    Ok((StatusCode::CREATED, Json(issued)))
}

/// Everything at once, and looked at again within the transaction: of two who claim at once one does.
async fn take(server: &Server, token: &Tag, wanted: &Claim, hash: &str, client: &Client) -> Result<IssuedSession, Error> {
    let parts = &server.parts;
    let mut writing = parts.store.write().await?;
    if !parts.claimable.is(token).ok_or(CLAIMED)? {
        return Err(Error::WrongClaim);
    }
    if sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users)").fetch_one(&mut *writing).await? {
        return Err(CLAIMED);
    }
    let user = insert_person(&mut writing, &parts.subkeys, wanted.email.clone(), wanted.name.clone(), hash).await?;
    let owner = Person { id: user.id, email: user.email.clone() };
    let organization = NewOrganization {
        name: wanted.organization.clone(),
        prefix: wanted.prefix.clone(),
        dialect: Dialect::Keydeck,
        tenant: None,
    };
    let made = insert_organization(parts, &mut writing, &organization, &owner, Some(&owner)).await?;
    let issued = record::insert(parts, &mut writing, user, client).await?;
    let turn = writing.commit().await?;
    parts.organizations.put(made);
    parts.claimable.over();
    drop(turn);
    Ok(issued)
}
