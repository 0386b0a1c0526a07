//! How a key manages keys, where its dialect documents that (Memory API: "`admin` | Manage API keys, full access").
//! It acts for its organization's owner, who stands as their maker; the audit entry names the key that acted.

use chrono::{DateTime, Utc};
use keydeck_domain::api::audit::Action;
use keydeck_domain::api::keys::{IssuedKey, NewKey};
use keydeck_domain::key::Person;
use keydeck_domain::scope::SCOPES_MAX;
use keydeck_domain::{Digest, Key, KeyId, KeyKind, KeyStatus, OrganizationId, PresentedKey, Role, Scopes, UserId};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::create::recorded;
use super::row::{self, KeyRow, select};
use super::rules::{canonical, check_expiry, creation, invalid, unknown_scope};
use crate::audit::chain::Event;
use crate::audit::difference::difference;
use crate::error::Error;
use crate::organizations::{people, record};
use crate::server::{Parts, Server};
use crate::store::Writing;
use crate::subkeys::Subkeys;
use crate::times;

/// The key that acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ActingKey {
    pub(crate) organization: OrganizationId,
    pub(crate) id: KeyId,
}

/// A key of an organization that is not revoked, newest first: those after `after`, and at most `limit`.
pub(crate) async fn list(
    server: &Server,
    organization: OrganizationId,
    after: Option<KeyId>,
    limit: u32,
) -> Result<Vec<Key>, Error> {
    let parts = &server.parts;
    let mut connection = parts.store.read().await?;
    let after = after.unwrap_or(KeyId(uuid::Uuid::max()));
    let rows =
        sqlx::query(select!("WHERE k.organization_id = ? AND k.revoked_at IS NULL AND k.id < ? ORDER BY k.id DESC LIMIT ?"))
            .bind(organization.0)
            .bind(after.0)
            .bind(limit)
            .fetch_all(&mut *connection)
            .await?;
    let mut keys = Vec::with_capacity(rows.len());
    for row in &rows {
        match KeyRow::from_row(row, &parts.subkeys) {
            Ok(row) => keys.push(seen(server, row)),
            // Set aside: one row that was written from outside must not hide all the others.
            Err(Error::Damaged(reason)) => tracing::error!(alert = true, reason, "a key is left out of a list"),
            Err(error) => return Err(error),
        }
    }
    Ok(keys)
}

/// Makes a key. What it may do is not bounded by the acting key, which has full access.
pub(crate) async fn issue(server: Server, acting: ActingKey, wanted: NewKey) -> Result<IssuedKey, Error> {
    let parts = &server.parts;
    let now = times::now();
    let mut writing = parts.store.write().await?;
    let by = asked_again(parts, &mut writing, acting, now).await?;
    let owner = owner(&mut writing, &parts.subkeys, acting.organization).await?;
    let issued = insert(&server, &mut writing, acting.organization, &owner, wanted, Some(by), now).await?;
    let turn = writing.commit().await?;
    let Inserted { row, secret } = issued;
    parts.index.put(&row);
    drop(turn);
    Ok(IssuedKey { key: seen(&server, row), secret: Some(secret) })
}

/// Revokes a key, for good. A second time changes nothing.
pub(crate) async fn revoke(server: Server, acting: ActingKey, id: KeyId) -> Result<Key, Error> {
    let parts = &server.parts;
    let now = times::now();
    let mut writing = parts.store.write().await?;
    let by = asked_again(parts, &mut writing, acting, now).await?;
    let before = row::find(&mut writing, &parts.subkeys, acting.organization, id).await?.ok_or(Error::NotFound)?;
    if before.revoked_at.is_some() {
        return Ok(seen(&server, before));
    }
    let mut after = before.clone();
    after.revoked_at = Some(now);
    after.version += 1;
    after.updated_at = now;
    after.update(&mut writing, &parts.subkeys).await?;
    let owner = owner(&mut writing, &parts.subkeys, acting.organization).await?;
    let (old, new) = difference(recorded(&before), recorded(&after));
    let event = Event {
        organization: after.organization,
        actor: Some(&owner),
        action: Action::KeyRevoked,
        target: after.id.to_string(),
        before: Some(old),
        after: Some(told_by(new, Some(&by))),
    };
    parts.audit(&mut writing, event).await?;
    let turn = writing.commit().await?;
    parts.index.put(&after);
    drop(turn);
    Ok(seen(&server, after))
}

/// A key that is in the transaction, and not yet in the index.
pub(crate) struct Inserted {
    pub(crate) row: KeyRow,
    pub(crate) secret: keydeck_domain::Secret,
}

/// Adds a key and its audit entry, in the transaction of what it is made for. What comes back is put into the index
/// when it is committed.
pub(crate) async fn insert(
    server: &Server,
    writing: &mut Writing,
    organization: OrganizationId,
    owner: &Person,
    wanted: NewKey,
    by: Option<By>,
    now: DateTime<Utc>,
) -> Result<Inserted, Error> {
    let parts = &server.parts;
    let wanted = canonical(wanted);
    let organization = record::find(writing, organization).await?.ok_or(Error::NotFound)?;
    check_expiry(wanted.expires_at, now)?;
    let catalogue: Scopes = organization.scopes().cloned().collect();
    if wanted.scopes.is_empty() || wanted.scopes.0.len() > SCOPES_MAX {
        return Err(invalid(&format!("`scopes` must have 1 to {SCOPES_MAX} entries")));
    }
    if let Some(unknown) = catalogue.missing(&wanted.scopes).0.first() {
        return Err(unknown_scope(unknown));
    }
    let dialect = organization.dialect;
    let secret = dialect.generate(&organization.prefix, wanted.environment, wanted.kind)?;
    // Exposed to take the hint, which is what may be shown of it.
    let hint = PresentedKey::parse(dialect, secret.expose())
        .map_err(|error| Error::Internal(format!("a generated key was malformed: {error}")))?
        .hint();
    let creation = creation(&wanted, None);
    let row = KeyRow {
        organization: organization.id,
        dialect,
        id: KeyId::generate(),
        digest: parts.subkeys.key_digest(&Digest::of(&secret)),
        hint,
        name: wanted.name,
        environment: wanted.environment,
        kind: KeyKind::Secret,
        scopes: wanted.scopes,
        note: wanted.note,
        metadata: wanted.metadata,
        allowed_addresses: wanted.allowed_addresses,
        enabled: true,
        expires_at: wanted.expires_at,
        revoked_at: None,
        created_at: now,
        created_by: owner.clone(),
        creator_left: false,
        updated_at: now,
        last_used_at: None,
        version: 1,
        creation,
    };
    row.insert(writing, &parts.subkeys).await?;
    let event = Event {
        organization: row.organization,
        actor: Some(owner),
        action: Action::KeyCreated,
        target: row.id.to_string(),
        before: None,
        after: Some(told_by(recorded(&row), by.as_ref())),
    };
    parts.audit(writing, event).await?;
    Ok(Inserted { row, secret })
}

/// The key that acted, as the audit log names it.
pub(crate) struct By {
    id: KeyId,
    name: String,
}

fn told_by(mut fields: Value, by: Option<&By>) -> Value {
    if let (Some(fields), Some(By { id, name })) = (fields.as_object_mut(), by) {
        fields.insert("by_key".to_owned(), json!(format!("{name} ({id})")));
    }
    fields
}

/// The acting key as it is now, asked within the change's own transaction: between the first look and the change it
/// may have been revoked, or lost what lets it.
async fn asked_again(parts: &Parts, writing: &mut Writing, acting: ActingKey, now: DateTime<Utc>) -> Result<By, Error> {
    let refused = Error::InvalidKey { presented: true };
    let Some(row) = row::find(writing, &parts.subkeys, acting.organization, acting.id).await? else { return Err(refused) };
    if KeyStatus::of(row.revoked_at.is_some(), row.expires_at, row.enabled, now) != KeyStatus::Active {
        return Err(refused);
    }
    let full = row.dialect.contract().full_access;
    if !full.is_some_and(|full| row.scopes.0.iter().any(|scope| scope.as_str() == full)) {
        return Err(Error::Forbidden { missing: None });
    }
    Ok(By { id: row.id, name: row.name.to_string() })
}

/// The person who has been here longest of those who own the organization.
pub(crate) async fn owner(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    organization: OrganizationId,
) -> Result<Person, Error> {
    let owners: Vec<uuid::Uuid> =
        sqlx::query_scalar("SELECT user_id FROM members WHERE organization_id = ? AND role = 'owner' ORDER BY user_id")
            .bind(organization.0)
            .fetch_all(&mut *connection)
            .await?;
    for id in owners.into_iter().map(UserId) {
        // A membership that was written from outside is none.
        if record::role(connection, subkeys, organization, id).await? == Some(Role::Owner) {
            return people::person(connection, id).await;
        }
    }
    Err(Error::Damaged(format!("organization {organization} has no owner")))
}

fn seen(server: &Server, row: KeyRow) -> Key {
    let used = server.parts.index.find(&row.digest).and_then(|entry| entry.last_used.get());
    row.seen(times::now(), used)
}
