//! `/signup`: an organization of its own for whoever asks, where the server's configuration lets strangers in.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use keydeck_domain::api::exposed;
use keydeck_domain::api::organizations::NewOrganization;
use keydeck_domain::key::Person;
use keydeck_domain::presented::strong_token;
use keydeck_domain::{Dialect, Email, Environment, Key, Name, OrganizationId, Password, Secret};
use serde::{Deserialize, Serialize};

use super::api_keys::{Issued, new_key};
use super::caller::json;
use super::envelope::{Refusal, success};
use crate::error::Error;
use crate::keys::by_key;
use crate::organizations::change::ORGANIZATIONS_MAX;
use crate::organizations::people::{insert_organization, insert_person};
use crate::organizations::record;
use crate::server::Server;
use crate::times;
use crate::web::peer::PeerAddress;

/// What is asked for. The document gives no shape: ours.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignUp {
    email: Email,
    /// What the organization is called; where `organization` says that, what the person is called.
    name: Option<Name>,
    organization: Option<Name>,
    /// With which the person signs in from Keydeck's window; without one nobody signs in, and the key is all there is.
    password: Option<Sent>,
    /// Taken and not heeded: plans are this server's own.
    #[serde(rename = "plan_id")]
    _plan: Option<String>,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Sent(#[serde(with = "exposed")] Password);

/// The new account and its first key: the one answer that holds its secret. The document gives no shape: ours.
#[derive(Serialize)]
struct SignedUp {
    #[serde(flatten)]
    key: Issued,
    org_id: String,
    email: Email,
}

/// Makes an account. Each attempt slows its address, right or wrong: every one makes an organization, or tells
/// whether somebody has this e-mail address.
pub(super) async fn sign_up(State(server): State<Server>, request: Request) -> Response {
    made(&server, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn made(server: &Server, request: Request) -> Result<Response, Refusal> {
    let parts = &server.parts;
    if !parts.config.sign_up {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "SIGNUP_DISABLED",
            "Nobody can sign up here by himself: ask who runs this server",
        ));
    }
    let address = request.extensions().get::<PeerAddress>().and_then(|peer| peer.address);
    parts.throttle.begin(None, address, Instant::now())?;
    let SignUp { email, name, organization, password, .. } = json(request, server).await?;
    let person = if organization.is_some() { name.clone() } else { None };
    let Some(organization) = organization.or(name) else {
        return Err(Refusal::invalid(Some("name"), "the field `name` is missing: what the organization is called"));
    };
    let person = match person {
        Some(person) => person,
        None => called_by(&email),
    };
    let password = match password {
        Some(Sent(password)) => password,
        // A password that nobody knows. Exposed to be put where a password is wanted; it is hashed and gone.
        None => Password::new(strong_token().map_err(Error::from)?.expose().to_owned()),
    };
    let hash = parts.passwords.hash(&password).await?;
    drop(password);
    let making = server.clone();
    let address_taken = email.clone();
    let done = server.to_the_end(async move { make(&making, email, person, organization, &hash).await }).await;
    let (organization, key, secret) = match done? {
        Some(made) => made,
        None => return Err(Refusal::new(StatusCode::CONFLICT, "EMAIL_EXISTS", "There is an account with this e-mail address")),
    };
    let org_id = format!("org_{}", organization.0.simple());
    Ok(success(StatusCode::CREATED, SignedUp { key: Issued::new(key, secret), org_id, email: address_taken }))
}

/// A person who gave no name is called by the address, or by what fits of it.
fn called_by(email: &Email) -> Name {
    let short: String = email.as_str().chars().take(keydeck_domain::name::NAME_MAX).collect();
    short.parse().expect("the beginning of an address is neither empty nor deceiving")
}

/// Everything at once; `None` where somebody has this address.
async fn make(
    server: &Server,
    email: Email,
    name: Name,
    organization: Name,
    hash: &str,
) -> Result<Option<(OrganizationId, Key, Secret)>, Error> {
    let parts = &server.parts;
    let now = times::now();
    let mut writing = parts.store.write().await?;
    // A fresh server is claimed by whoever runs it: a stranger before him would shut him out.
    let claimed: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users)").fetch_one(&mut *writing).await?;
    if !claimed {
        return Err(Error::Conflict("this server has no owner yet: claim it first"));
    }
    let there: i64 = sqlx::query_scalar("SELECT count(*) FROM organizations").fetch_one(&mut *writing).await?;
    if there >= ORGANIZATIONS_MAX {
        return Err(Error::Conflict("this server has as many organizations as it takes"));
    }
    let user = match insert_person(&mut writing, &parts.subkeys, email, name, hash).await {
        Err(Error::Conflict(_)) => return Ok(None),
        inserted => inserted?,
    };
    let owner = Person { id: user.id, email: user.email };
    let prefix = "mem".parse().map_err(|_| Error::Internal("the prefix is none".to_owned()))?;
    let wanted = NewOrganization { name: organization, prefix, dialect: Dialect::MemoryApi, tenant: None };
    let known = insert_organization(parts, &mut writing, &wanted, &owner, Some(&owner)).await?;
    let id = known.id;
    let organization = record::find(&mut writing, id).await?.ok_or(Error::NotFound)?;
    // The first key has all scopes: without `admin` nobody could make another.
    let all = organization.scopes().cloned().collect();
    let key = new_key(None, Environment::Live, all, None)?;
    let inserted = by_key::insert(server, &mut writing, id, &owner, key, None, now).await?;
    let turn = writing.commit().await?;
    parts.organizations.put(known);
    parts.index.put(&inserted.row);
    drop(turn);
    Ok(Some((id, inserted.row.seen(now, None), inserted.secret)))
}
