//! `/v1/organizations/{organization}/keys`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::ETAG;
use http::{HeaderMap, StatusCode};
use keydeck_domain::api::Page;
use keydeck_domain::api::keys::{IssuedKey, KeyChange, KeyQuery, NewKey, RegisterKey};
use keydeck_domain::api::problem::Problem;
use keydeck_domain::{Key, KeyId, Permission};

use super::change;
use super::create::{self, Made};
use super::{list, row};
use crate::audit::refused::{audited, refuse};
use crate::auth::member::{Member, Target};
use crate::error::Error;
use crate::server::Server;
use crate::times;
use crate::web::body::MemberBody;
use crate::web::query::Query;
use crate::web::repeat;
use crate::web::version::{etag, if_match, tagged};

/// A page of the organization's keys.
#[utoipa::path(get, path = "/v1/organizations/{organization}/keys", tag = "keys", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), KeyQuery), responses(
    (status = 200, description = "A page, in the order that was asked for.", body = Page<Key>),
    (status = 400, description = "The query or its cursor can't be read.", body = Problem),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
))]
pub(crate) async fn index(
    State(server): State<Server>,
    member: Member,
    Query(query): Query<KeyQuery>,
) -> Result<Json<Page<Key>>, Error> {
    Ok(Json(list::list(&server, member.organization.id, &query).await?))
}

/// Makes a key, secret and all.
#[utoipa::path(post, path = "/v1/organizations/{organization}/keys", tag = "keys", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."),
        ("Idempotency-Key" = String, Header, description = "Names this request, so that a repeat makes no second key.")),
    request_body = NewKey, responses(
    (status = 200, description = "A repeat: the record as it is now, `secret` is null.", body = IssuedKey),
    (status = 201, description = "The one answer that holds the secret.", body = IssuedKey),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it, or lacks a scope.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
    (status = 422, description = "A field is not acceptable, or a repeat has another body.", body = Problem),
    (status = 428, description = "`Idempotency-Key` is missing.", body = Problem),
))]
pub(crate) async fn create(
    State(server): State<Server>,
    member: Member,
    headers: HeaderMap,
    MemberBody(wanted): MemberBody<NewKey>,
) -> Result<Response, Error> {
    if !member.role.may(Permission::CreateKeys) {
        return Err(refuse(&server, &member, "a new key", Error::Forbidden { missing: None }).await);
    }
    let token = repeat::required(&headers)?;
    let made = server.to_the_end(create::issue(server.clone(), member.clone(), token, wanted)).await;
    answer(audited(&server, &member, "a new key", made).await?)
}

/// Registers a key whose id and secret the client made. Can be repeated.
#[utoipa::path(put, path = "/v1/organizations/{organization}/keys/{id}", tag = "keys", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), ("id" = String, Path, description = "The key's id, made by the client.")),
    request_body = RegisterKey, responses(
    (status = 200, description = "A repeat: the record as it is now.", body = IssuedKey),
    (status = 201, description = "The key is there.", body = IssuedKey),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it, or lacks a scope.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller.", body = Problem),
    (status = 409, description = "The id or the digest is in use.", body = Problem),
    (status = 422, description = "A field is missing, unknown or not acceptable.", body = Problem),
))]
pub(crate) async fn register(
    State(server): State<Server>,
    member: Member,
    Target(id): Target<KeyId>,
    MemberBody(wanted): MemberBody<RegisterKey>,
) -> Result<Response, Error> {
    if !member.role.may(Permission::CreateKeys) {
        return Err(refuse(&server, &member, &id.to_string(), Error::Forbidden { missing: None }).await);
    }
    let made = server.to_the_end(create::register(server.clone(), member.clone(), id, wanted)).await;
    answer(audited(&server, &member, &id.to_string(), made).await?)
}

/// One key.
#[utoipa::path(get, path = "/v1/organizations/{organization}/keys/{id}", tag = "keys", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), ("id" = String, Path, description = "The key's id.")),
    responses(
    (status = 200, description = "The key; its `ETag` is what a change needs in `If-Match`.", body = Key),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 404, description = "No such organization or key, or not for this caller.", body = Problem),
))]
pub(crate) async fn get(State(server): State<Server>, member: Member, Target(id): Target<KeyId>) -> Result<Response, Error> {
    let mut connection = server.parts.store.read().await?;
    let found = row::find(&mut connection, &server.parts.subkeys, member.organization.id, id).await?;
    let row = found.ok_or(Error::NotFound)?;
    let used = server.parts.index.find(&row.digest).and_then(|entry| entry.last_used.get());
    Ok(answered(row.seen(times::now(), used)))
}

/// Changes a key.
#[utoipa::path(patch, path = "/v1/organizations/{organization}/keys/{id}", tag = "keys", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), ("id" = String, Path, description = "The key's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the version that is changed.")),
    request_body = KeyChange, responses(
    (status = 200, description = "The key as it is now.", body = Key),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it, or lacks a scope.", body = Problem),
    (status = 404, description = "No such organization or key, or not for this caller.", body = Problem),
    (status = 409, description = "The key is revoked.", body = Problem),
    (status = 412, description = "The key was changed since: `current` is how it is now.", body = Problem),
    (status = 422, description = "A field is unknown or not acceptable.", body = Problem),
    (status = 428, description = "`If-Match` is missing.", body = Problem),
))]
pub(crate) async fn change(
    State(server): State<Server>,
    member: Member,
    Target(id): Target<KeyId>,
    headers: HeaderMap,
    MemberBody(wanted): MemberBody<KeyChange>,
) -> Result<Response, Error> {
    let expected = if_match(&headers)?;
    let changed = server.to_the_end(change::change(server.clone(), member.clone(), id, expected, wanted)).await;
    Ok(answered(audited(&server, &member, &id.to_string(), changed).await?))
}

/// Revokes a key, for good. The next request with it is refused.
#[utoipa::path(post, path = "/v1/organizations/{organization}/keys/{id}/revoke", tag = "keys", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), ("id" = String, Path, description = "The key's id.")),
    responses(
    (status = 200, description = "Revoked; a second time changes nothing.", body = Key),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it.", body = Problem),
    (status = 404, description = "No such organization or key, or not for this caller.", body = Problem),
))]
pub(crate) async fn revoke(State(server): State<Server>, member: Member, Target(id): Target<KeyId>) -> Result<Response, Error> {
    let revoked = server.to_the_end(change::revoke(server.clone(), member.clone(), id)).await;
    Ok(answered(audited(&server, &member, &id.to_string(), revoked).await?))
}

fn answer(made: Made) -> Result<Response, Error> {
    let (status, issued, repeated) = match made {
        Made::New(issued) => (StatusCode::CREATED, issued, false),
        Made::Repeated(issued) => (StatusCode::OK, issued, true),
    };
    let etag = etag(issued.key.version);
    let mut response = (status, [(ETAG, etag)], Json(issued)).into_response();
    if repeated {
        repeat::mark_replayed(response.headers_mut());
    }
    Ok(response)
}

fn answered(key: Key) -> Response {
    tagged(StatusCode::OK, key.version, key)
}
