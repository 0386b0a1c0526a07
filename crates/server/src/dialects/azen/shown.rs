//! What Better Auth's answers look like. Its field names are recorded from real servers.

use chrono::{DateTime, SecondsFormat, Utc};
use keydeck_domain::api::limits::Burst;
use keydeck_domain::api::sessions::User;
use keydeck_domain::{Access, Key, OrganizationId, Scope, Scopes};
use serde_json::{Map, Value, json};
use sqlx::{Row, SqliteConnection};

use super::visitor::Visitor;
use crate::error::Error;
use crate::times;

/// What a scope without a resource is about: all that Azen's own service keeps.
const RESOURCE: &str = "memories";
/// The name of the pair that says whose a key is.
///
/// Azen: "API keys are tied to a specific organization (stored in organizationId metadata)".
pub(super) const ORGANIZATION: &str = "organizationId";
/// Characters of a key that its record shows.
pub(super) const START: usize = 6;

/// A time as JavaScript writes it.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A person. Keydeck sends no mail, so no address is proved by one.
pub(super) async fn user(connection: &mut SqliteConnection, user: &User) -> Result<Value, Error> {
    let created: i64 =
        sqlx::query_scalar("SELECT created_at FROM users WHERE id = ?").bind(user.id.0).fetch_one(connection).await?;
    let created = time(times::read(created)?);
    Ok(json!({
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "emailVerified": false,
        "image": null,
        "createdAt": created,
        "updatedAt": created,
    }))
}

/// A session, to who has it.
pub(super) fn session(visitor: &Visitor) -> Value {
    let session = &visitor.signed_in.session;
    json!({
        "id": session.id,
        // Exposed to who presented it, as Better Auth does.
        "token": visitor.token.expose(),
        "userId": session.user.id,
        "expiresAt": time(session.expires_at),
        "createdAt": time(session.created_at),
        "updatedAt": time(session.created_at),
        "ipAddress": null,
        "userAgent": null,
        "activeOrganizationId": visitor.active,
    })
}

/// How an organization's metadata is written: an object where it was just made, else a text that holds JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MetadataAs {
    Object,
    Text,
}

/// An organization.
pub(super) async fn organization(
    connection: &mut SqliteConnection,
    id: OrganizationId,
    form: MetadataAs,
) -> Result<Map<String, Value>, Error> {
    let row = sqlx::query(
        "SELECT o.name, o.created_at, a.slug, a.metadata FROM organizations o \
         LEFT JOIN azen_organizations a ON a.organization_id = o.id WHERE o.id = ?",
    )
    .bind(id.0)
    .fetch_optional(connection)
    .await?
    .ok_or(Error::NotFound)?;
    let metadata: Option<String> = row.try_get("metadata")?;
    let metadata = match (metadata, form) {
        (None, _) => Value::Null,
        (Some(text), MetadataAs::Text) => Value::String(text),
        (Some(text), MetadataAs::Object) => serde_json::from_str(&text).unwrap_or_default(),
    };
    let mut fields = Map::new();
    fields.insert("id".to_owned(), json!(id));
    fields.insert("name".to_owned(), json!(row.try_get::<String, _>("name")?));
    fields.insert("slug".to_owned(), json!(row.try_get::<Option<String>, _>("slug")?.unwrap_or_else(|| id.to_string())));
    fields.insert("logo".to_owned(), Value::Null);
    fields.insert("createdAt".to_owned(), json!(time(times::read(row.try_get("created_at")?)?)));
    fields.insert("metadata".to_owned(), metadata);
    Ok(fields)
}

/// A key without its secret, and how many requests it may make in a window of so many seconds.
///
/// Azen: "Rate limits are enforced per organization".
pub(super) fn key(key: &Key, limit: Option<Burst>) -> Map<String, Value> {
    let (prefix, start) = beginning(key);
    let mut metadata: Map<String, Value> = key.metadata.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    // Whatever else was written there: a key belongs to the organization that it is in.
    metadata.insert(ORGANIZATION.to_owned(), json!(key.organization_id));
    let fields = json!({
        "id": key.id,
        "configId": "default",
        "name": key.name,
        "start": start,
        "prefix": prefix,
        "referenceId": key.created_by.id,
        "enabled": key.enabled,
        "expiresAt": key.expires_at.map(time),
        "createdAt": time(key.created_at),
        "updatedAt": time(key.updated_at),
        "lastRequest": key.last_used_at.map(time),
        "requestCount": 0,
        "remaining": null,
        "refillInterval": null,
        "refillAmount": null,
        "lastRefillAt": null,
        "rateLimitEnabled": limit.is_some(),
        "rateLimitTimeWindow": limit.map(|limit| u64::from(limit.window_seconds) * 1_000),
        "rateLimitMax": limit.map(|limit| limit.requests),
        "permissions": permissions(&key.scopes),
        "metadata": metadata,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The prefix, and the first six characters with it. Neither where the hint does not tell the prefix from the rest:
/// that is so of one that does not end in `_` or `-`.
fn beginning(key: &Key) -> (Option<&str>, Option<String>) {
    let lead = key.hint.lead();
    if lead.is_empty() {
        return (None, None);
    }
    let shown = key.hint.to_string();
    let start = shown.split('…').next().unwrap_or_default().chars().take(START).collect();
    (Some(lead), Some(start))
}

/// Scopes as Better Auth writes permissions: actions by resource.
fn permissions(scopes: &Scopes) -> Value {
    let mut resources: Map<String, Value> = Map::new();
    for scope in &scopes.0 {
        let (resource, action) = scope.as_str().split_once(':').unwrap_or((RESOURCE, scope.as_str()));
        if let Value::Array(actions) = resources.entry(resource).or_insert_with(|| json!([])) {
            actions.push(json!(action));
        }
    }
    if resources.is_empty() { Value::Null } else { Value::Object(resources) }
}

/// The word for an access, on the wire of Azen's console routes. The document gives no shape: ours.
///
/// Azen: "Read-only keys for monitoring and analytics", "Write-only keys for data ingestion services", "Full access keys
/// only for trusted applications".
pub(super) const ACCESSES: [(&str, Access); 3] =
    [("read", Access::ReadOnly), ("write", Access::WriteOnly), ("full", Access::Full)];

/// The word for exactly these scopes; none where they are no access of this catalogue.
pub(super) fn access<'a>(scopes: &Scopes, catalogue: impl Iterator<Item = &'a Scope> + Clone) -> Option<&'static str> {
    ACCESSES.into_iter().find(|(_, access)| access.of(catalogue.clone()) == *scopes).map(|(word, _)| word)
}
