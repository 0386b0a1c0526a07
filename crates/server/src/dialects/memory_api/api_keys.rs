//! `/account/api-keys`: keys that manage keys. Listing needs `read`, making and revoking `admin`.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use chrono::TimeDelta;
use http::StatusCode;
use keydeck_domain::api::exposed;
use keydeck_domain::api::keys::NewKey;
use keydeck_domain::key::Metadata;
use keydeck_domain::{Access, Environment, Hint, Key, KeyId, KeyKind, KeyStatus, Name, Note, Scopes, Secret};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::caller::{Caller, json, judged};
use super::envelope::{Refusal, page, success};
use crate::error::Error;
use crate::keys::by_key::{self, ActingKey};
use crate::organizations::record;
use crate::server::Server;
use crate::times;

/// Keys of one answer: more than an account has, and a bound all the same.
const PAGE: u32 = 1_000;
/// Longest time of a key, in days.
const DAYS_MAX: u32 = 3_650;
/// What a key is called that was given no name.
pub(super) const DEFAULT_NAME: &str = "Default Key";

/// `key_` and the 32 hexadecimal digits of the id.
pub(super) fn id_on_the_wire(id: KeyId) -> String {
    format!("key_{}", id.0.simple())
}

/// The id in its one canonical form: another spelling of it is another path.
fn id_from_the_wire(text: &str) -> Option<KeyId> {
    let id = KeyId(Uuid::try_parse(text.strip_prefix("key_")?).ok()?);
    (id_on_the_wire(id) == text).then_some(id)
}

/// A key in a list. The document gives no shape: ours.
#[derive(Serialize)]
struct Listed {
    id: String,
    name: Name,
    key_prefix: Hint,
    environment: Environment,
    scopes: Scopes,
    is_active: bool,
    status: KeyStatus,
    created_at: chrono::DateTime<chrono::Utc>,
    last_used_at: Option<chrono::DateTime<chrono::Utc>>,
    expires_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl From<Key> for Listed {
    fn from(key: Key) -> Self {
        Self {
            id: id_on_the_wire(key.id),
            name: key.name,
            key_prefix: key.hint,
            environment: key.environment,
            scopes: key.scopes,
            is_active: key.status == KeyStatus::Active,
            status: key.status,
            created_at: key.created_at,
            last_used_at: key.last_used_at,
            expires_at: key.expires_at,
        }
    }
}

/// The one answer that holds the secret. The document gives no shape: ours.
#[derive(Serialize)]
pub(super) struct Issued {
    id: String,
    name: Name,
    #[serde(with = "exposed")]
    key: Secret,
    key_prefix: Hint,
    environment: Environment,
    scopes: Scopes,
    created_at: chrono::DateTime<chrono::Utc>,
    expires_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Issued {
    pub(super) fn new(key: Key, secret: Secret) -> Self {
        Self {
            id: id_on_the_wire(key.id),
            name: key.name,
            key: secret,
            key_prefix: key.hint,
            environment: key.environment,
            scopes: key.scopes,
            created_at: key.created_at,
            expires_at: key.expires_at,
        }
    }
}

#[derive(Deserialize)]
struct ListQuery {
    after: Option<String>,
    limit: Option<u32>,
}

/// The keys of the calling key's organization that are not revoked, newest first. `pagination.next` is what a further
/// request names in `after`.
pub(super) async fn list(State(server): State<Server>, request: Request) -> Response {
    judged(server, request, "GET:/v1/account/api-keys", &["read"], async |caller: Caller| {
        let ListQuery { after, limit } = caller.query()?;
        let limit = limit.unwrap_or(PAGE);
        if !(1..=PAGE).contains(&limit) {
            return Err(Refusal::invalid(Some("limit"), &format!("`limit` is 1 to {PAGE}")));
        }
        let after = after.map(|text| id_from_the_wire(&text).ok_or(Refusal::invalid(Some("after"), "`after` is no key's id")));
        let organization = caller.entry.key.organization_id;
        let mut keys = by_key::list(&caller.server, organization, after.transpose()?, limit + 1).await?;
        let more = keys.len() > limit as usize;
        keys.truncate(limit as usize);
        let next = keys.last().filter(|_| more).map(|key| id_on_the_wire(key.id));
        let listed: Vec<Listed> = keys.into_iter().map(Listed::from).collect();
        Ok(page(listed, json!({ "next": next, "has_next": more }), None))
    })
    .await
}

/// What a new key is to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: Option<Name>,
    /// Live unless told.
    environment: Option<Environment>,
    /// All but `admin` unless told.
    scopes: Option<Scopes>,
    expires_in_days: Option<u32>,
}

/// Makes a key.
pub(super) async fn create(State(server): State<Server>, request: Request) -> Response {
    judged(server, request, "POST:/v1/account/api-keys", &["admin"], async |caller: Caller| {
        let Caller { server, entry, request, .. } = caller;
        let wanted: Wanted = json(request, &server).await?;
        let acting = ActingKey { organization: entry.key.organization_id, id: entry.key.id };
        let scopes = match wanted.scopes {
            Some(scopes) => scopes,
            None => all_but_admin(&server, acting).await?,
        };
        let expires_at = match wanted.expires_in_days {
            None => None,
            Some(days) if (1..=DAYS_MAX).contains(&days) => Some(times::now() + TimeDelta::days(days.into())),
            Some(_) => {
                return Err(Refusal::invalid(Some("expires_in_days"), &format!("`expires_in_days` is 1 to {DAYS_MAX}")));
            }
        };
        let wanted = new_key(wanted.name, wanted.environment.unwrap_or(Environment::Live), scopes, expires_at)?;
        let issued = server.to_the_end(by_key::issue(server.clone(), acting, wanted)).await?;
        let secret = issued.secret.ok_or_else(|| Error::Internal("a new key has no secret".to_owned()))?;
        Ok(success(StatusCode::CREATED, Issued::new(issued.key, secret)))
    })
    .await
}

/// A key with nothing that this contract has no word for.
pub(super) fn new_key(
    name: Option<Name>,
    environment: Environment,
    scopes: Scopes,
    expires_at: Option<chrono::DateTime<chrono::Utc>>,
) -> Result<NewKey, Error> {
    let unnamed = || DEFAULT_NAME.parse().map_err(|_| Error::Internal("the default name is none".to_owned()));
    Ok(NewKey {
        name: name.map_or_else(unnamed, Ok)?,
        environment,
        kind: KeyKind::Secret,
        scopes,
        expires_at,
        note: Note::default(),
        metadata: Metadata::new(),
        allowed_addresses: Vec::new(),
    })
}

async fn all_but_admin(server: &Server, acting: ActingKey) -> Result<Scopes, Error> {
    let mut connection = server.parts.store.read().await?;
    let organization = record::find(&mut connection, acting.organization).await?.ok_or(Error::NotFound)?;
    Ok(Access::Full.of(organization.scopes()))
}

/// Revokes a key, for good. Not the one that asks: an account without a key could never make one again.
pub(super) async fn revoke(State(server): State<Server>, id: Result<Path<String>, PathRejection>, request: Request) -> Response {
    judged(server, request, "DELETE:/v1/account/api-keys", &["admin"], async |caller: Caller| {
        let unknown = || Refusal::new(StatusCode::NOT_FOUND, "API_KEY_NOT_FOUND", "There is no such API key");
        let id = id.ok().and_then(|Path(text)| id_from_the_wire(&text)).ok_or_else(unknown)?;
        let acting = ActingKey { organization: caller.entry.key.organization_id, id: caller.entry.key.id };
        if id == acting.id {
            return Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "CANNOT_REVOKE_CURRENT_KEY",
                "This is the key that you are using: revoke it with another admin key",
            ));
        }
        let server = caller.server;
        let key = match server.to_the_end(by_key::revoke(server.clone(), acting, id)).await {
            Err(Error::NotFound) => return Err(unknown()),
            revoked => revoked?,
        };
        Ok(success(
            StatusCode::OK,
            json!({
                "id": id_on_the_wire(key.id),
                "name": key.name,
                "is_active": false,
                "status": key.status,
                "revoked_at": key.revoked_at,
            }),
        ))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let id = KeyId::generate();
        let wire = id_on_the_wire(id);
        assert_eq!(wire.len(), "key_".len() + 32);
        assert_eq!(id_from_the_wire(&wire), Some(id));
        let hyphens = format!("key_{id}");
        for other in [&wire[4..], &wire.to_uppercase(), &hyphens, "key_", "key_abc123", ""] {
            assert_eq!(id_from_the_wire(other), None, "{other}");
        }
    }
}
