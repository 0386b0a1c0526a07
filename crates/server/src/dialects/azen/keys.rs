//! Keys through Better Auth's own routes. What may be set there, and by whom, is what the native protocol allows: the
//! same functions make, change and revoke a key, so that rules, limits and the audit log are the same.

use axum::Json;
use axum::extract::{Query, Request, State};
use http::Uri;
use keydeck_domain::api::keys::{KeyChange, NewKey};
use keydeck_domain::key::Metadata;
use keydeck_domain::presented::better_auth_secret;
use keydeck_domain::{Access, Environment, Key, KeyId, KeyKind, Name, Note, OrganizationId, Permission};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use super::shown;
use super::visitor::Visitor;
use super::wish::{Named, Wish};
use crate::audit::refused::{audited, refuse};
use crate::auth::member::Member;
use crate::error::Error;
use crate::keys::{change, create as making, row};
use crate::server::Server;
use crate::times;
use crate::web::version::Expected;

/// What a key is called whose maker gave it no name: Keydeck's keys have one.
const UNNAMED: &str = "API key";

/// `POST /api/auth/api-key/create`. A key that is made here reads, and no more: permissions are set in the console.
///
/// Azen: "grant only the minimum permissions needed".
pub(super) async fn create(State(server): State<Server>, visitor: Visitor, request: Request) -> Result<Json<Value>, Refusal> {
    let wish = Wish::read(request, &server).await?;
    wish.check(&visitor)?;
    let named = wish.metadata()?;
    let id = wish.organization(named.as_ref())?.or(visitor.active).ok_or_else(Refusal::no_active_organization)?;
    let member = member(&server, &visitor, id).await?;
    let issued = issue(&server, member, &wish, named, Access::ReadOnly).await?;
    Ok(Json(Value::Object(issued)))
}

/// Makes a key of this access; gives its record, which holds the secret this once.
pub(super) async fn issue(
    server: &Server,
    member: Member,
    wish: &Wish,
    named: Option<Named>,
    access: Access,
) -> Result<Map<String, Value>, Refusal> {
    if !member.role.may(Permission::CreateKeys) {
        return Err(refuse(server, &member, "a new key", Error::Forbidden { missing: None }).await.into());
    }
    let unnamed = || UNNAMED.parse::<Name>().map_err(|_| Error::Internal("the name of unnamed keys is none".to_owned()));
    let wanted = NewKey {
        name: match wish.name()? {
            Some(name) => name,
            None => unnamed()?,
        },
        environment: Environment::Live,
        kind: KeyKind::Secret,
        scopes: access.of(member.organization.scopes()),
        expires_at: wish.expires_at(times::now())?.flatten(),
        note: Note::default(),
        metadata: belonging(named, member.organization.id),
        allowed_addresses: Vec::new(),
    };
    let prefix = wish.prefix()?;
    let secret = better_auth_secret(prefix).map_err(Error::from)?;
    let made = server.to_the_end(making::issue_with(server.clone(), member.clone(), wanted, secret)).await;
    let issued = audited(server, &member, "a new key", made).await?;
    let secret = issued.secret.ok_or_else(|| Error::Internal("a new key came without its secret".to_owned()))?;
    // Exposed in the one answer that tells it to who made the key.
    let text = secret.expose();
    let mut fields = shown::key(&issued.key, server.parts.limits.burst(issued.key.organization_id));
    fields.insert("prefix".to_owned(), json!(prefix));
    fields.insert("start".to_owned(), json!(text.chars().take(shown::START).collect::<String>()));
    fields.insert("key".to_owned(), json!(text));
    Ok(fields)
}

/// The pairs as they are kept: with the organization that the key belongs to, and no other.
fn belonging(named: Option<Named>, organization: OrganizationId) -> Metadata {
    let mut metadata = named.map(|named| named.metadata).unwrap_or_default();
    metadata.insert(shown::ORGANIZATION.to_owned(), organization.to_string());
    metadata
}

#[derive(Deserialize)]
struct Which {
    id: Option<String>,
}

/// `GET /api/auth/api-key/get?id=`.
pub(super) async fn get(State(server): State<Server>, visitor: Visitor, uri: Uri) -> Result<Json<Value>, Refusal> {
    let Query(which) = Query::<Which>::try_from_uri(&uri).map_err(|_| Refusal::invalid("the query can't be read"))?;
    let id = which.id.ok_or_else(|| Refusal::invalid("[query.id] Invalid input: expected string, received undefined"))?;
    let (_, key) = find(&server, &visitor, &id).await?;
    Ok(Json(record(&server, &key)))
}

/// `POST /api/auth/api-key/update`: what is absent stays as it is; metadata is replaced whole.
pub(super) async fn update(State(server): State<Server>, visitor: Visitor, request: Request) -> Result<Json<Value>, Refusal> {
    let wish = Wish::read(request, &server).await?;
    let id = wish.required("keyId")?;
    wish.check(&visitor)?;
    let (member, key) = find(&server, &visitor, id).await?;
    let wanted = changes(&wish, &key)?;
    let key = edit(&server, member, key.id, wanted).await?;
    Ok(Json(record(&server, &key)))
}

/// What a body changes of a key. It stays in its organization.
pub(super) fn changes(wish: &Wish, key: &Key) -> Result<KeyChange, Refusal> {
    let named = wish.metadata()?;
    if wish.organization(named.as_ref())?.is_some_and(|id| id != key.organization_id) {
        return Err(Refusal::invalid("[body.metadata.organizationId] must be the organization of the key"));
    }
    Ok(KeyChange {
        name: wish.name()?,
        metadata: named.map(|named| belonging(Some(named), key.organization_id)),
        expires_at: wish.expires_at(times::now())?,
        enabled: wish.flag("enabled")?,
        ..KeyChange::default()
    })
}

/// Makes a change; the last one wins, because these routes name no version.
pub(super) async fn edit(server: &Server, member: Member, id: KeyId, wanted: KeyChange) -> Result<Key, Refusal> {
    if wanted == KeyChange::default() {
        return Err(Refusal::nothing_to_update());
    }
    let changed = server.to_the_end(change::change(server.clone(), member.clone(), id, Expected::Any, wanted)).await;
    Ok(audited(server, &member, &id.to_string(), changed).await?)
}

/// `POST /api/auth/api-key/delete`. The record stays for the audit log, revoked for good; here it is gone.
pub(super) async fn delete(State(server): State<Server>, visitor: Visitor, request: Request) -> Result<Json<Value>, Refusal> {
    let wish = Wish::read(request, &server).await?;
    let (member, key) = find(&server, &visitor, wish.required("keyId")?).await?;
    revoke(&server, member, key.id).await
}

/// Revokes a key.
pub(super) async fn revoke(server: &Server, member: Member, id: KeyId) -> Result<Json<Value>, Refusal> {
    let revoked = server.to_the_end(change::revoke(server.clone(), member.clone(), id)).await;
    audited(server, &member, &id.to_string(), revoked).await?;
    Ok(Json(json!({ "success": true })))
}

/// A key that is not deleted, in an organization that the visitor sees; the active one comes first.
pub(super) async fn find(server: &Server, visitor: &Visitor, id: &str) -> Result<(Member, Key), Refusal> {
    let id: KeyId = id.parse().map_err(|_| Refusal::key_not_found())?;
    let mut organizations = visitor.organizations(server).await?;
    organizations.sort_by_key(|organization| Some(*organization) != visitor.active);
    for organization in organizations {
        let found = {
            let mut connection = server.parts.store.read().await?;
            row::find(&mut connection, &server.parts.subkeys, organization, id).await?
        };
        if let Some(row) = found.filter(|row| row.revoked_at.is_none()) {
            let used = server.parts.index.find(&row.digest).and_then(|entry| entry.last_used.get());
            return Ok((visitor.member(server, organization).await?, row.seen(times::now(), used)));
        }
    }
    Err(Refusal::key_not_found())
}

/// The visitor as a member. Unknown, foreign and other dialects' organizations are refused alike.
pub(super) async fn member(server: &Server, visitor: &Visitor, id: OrganizationId) -> Result<Member, Refusal> {
    visitor.member(server, id).await.map_err(|error| match error {
        Error::NotFound => Refusal::no_member_for_keys(),
        other => other.into(),
    })
}

/// A key as Better Auth shows it.
pub(super) fn record(server: &Server, key: &Key) -> Value {
    Value::Object(shown::key(key, server.parts.limits.burst(key.organization_id)))
}
