//! How keys are made: by `PUT`, where the client made the secret, and by `POST`, where the server
//! makes it and tells it once.

use chrono::{DateTime, Utc};
use keydeck_domain::api::audit::Action;
use keydeck_domain::api::keys::{IssuedKey, NewKey, RegisterKey};
use keydeck_domain::{Dialect, Digest, Hint, KeyId, PresentedKey, Secret};
use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection};

use super::row::{self, KeyRow};
use super::rules::{canonical, check_hint, check_new, creation};
use crate::audit::chain::Event;
use crate::auth::member::Member;
use crate::error::Error;
use crate::server::Server;
use crate::store::Writing;
use crate::subkeys::Tag;
use crate::times;
use crate::web::repeat::REMEMBERED;

/// One and the same answer for an id that is taken, for a known digest, and for other fields: it does
/// not tell which, so nobody can find out whether a secret is in use.
const TAKEN: Error = Error::Conflict("this id or digest is in use already, for a key that differs");

/// How a request to make a key ended.
pub(super) enum Made {
    /// There is a new key.
    New(IssuedKey),
    /// It was a repeat: the record as it is now, without a secret.
    Repeated(IssuedKey),
}

/// `PUT …/keys/{id}`.
pub(super) async fn register(server: Server, member: Member, id: KeyId, request: RegisterKey) -> Result<Made, Error> {
    let parts = &server.parts;
    let now = times::now();
    let wanted = canonical(request.key);
    let creation = creation(&wanted, Some(&request.hint.to_string()));
    let digest = parts.subkeys.key_digest(&request.digest);
    let mut writing = parts.store.write().await?;
    let member = member.asked_again(&mut writing, &parts.subkeys).await?;
    if let Some(existing) = row::find(&mut writing, &parts.subkeys, member.organization.id, id).await? {
        let repeated = existing.digest == digest && existing.creation == creation;
        return if repeated { Ok(Made::Repeated(seen(&server, existing, now))) } else { Err(TAKEN) };
    }
    check_new(&wanted, &member, now)?;
    check_hint(&request.hint, &wanted, &member)?;
    let row = new_row(&member, id, wanted, digest, request.hint, creation, now);
    insert(&server, writing, &member, &row).await?;
    Ok(Made::New(seen(&server, row, now)))
}

/// `POST …/keys`.
pub(super) async fn issue(server: Server, member: Member, token: Tag, wanted: NewKey) -> Result<Made, Error> {
    let parts = &server.parts;
    let now = times::now();
    let wanted = canonical(wanted);
    let creation = creation(&wanted, None);
    // A second request with the same token waits here until the first is done.
    let mut writing = parts.store.write().await?;
    let member = member.asked_again(&mut writing, &parts.subkeys).await?;
    if let Some(earlier) = earlier(&mut writing, &member, &token).await? {
        if earlier.creation != creation {
            return Err(Error::IdempotencyMismatch);
        }
        let row = row::find(&mut writing, &parts.subkeys, member.organization.id, earlier.key).await?;
        let row = row.ok_or_else(|| Error::Damaged(format!("key {} is gone", earlier.key)))?;
        return Ok(Made::Repeated(seen(&server, row, now)));
    }
    check_new(&wanted, &member, now)?;
    let dialect = member.organization.dialect;
    let secret = dialect.generate(&member.organization.prefix, wanted.environment, wanted.kind)?;
    let hint = hint_of(&secret, dialect)?;
    let digest = parts.subkeys.key_digest(&Digest::of(&secret));
    let row = new_row(&member, KeyId::generate(), wanted, digest, hint, creation, now);
    // Cleared away where rows are added, so that the table stays bounded by use.
    sqlx::query("DELETE FROM idempotency WHERE created_at < ?")
        .bind(times::stored(now - REMEMBERED))
        .execute(&mut *writing)
        .await?;
    sqlx::query(
        "INSERT INTO idempotency (organization_id, user_id, token, creation, key_id, created_at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(member.organization.id.0)
    .bind(member.person.id.0)
    .bind(token.as_slice())
    .bind(creation.as_slice())
    .bind(row.id.0)
    .bind(times::stored(now))
    .execute(&mut *writing)
    .await?;
    insert(&server, writing, &member, &row).await?;
    Ok(Made::New(IssuedKey { secret: Some(secret), ..seen(&server, row, now) }))
}

/// Makes a key for a dialect's own route, with the secret that the dialect made: there every request makes one, because
/// nothing names a repeat.
pub(crate) async fn issue_with(server: Server, member: Member, wanted: NewKey, secret: Secret) -> Result<IssuedKey, Error> {
    let parts = &server.parts;
    let now = times::now();
    let wanted = canonical(wanted);
    let creation = creation(&wanted, None);
    let mut writing = parts.store.write().await?;
    let member = member.asked_again(&mut writing, &parts.subkeys).await?;
    check_new(&wanted, &member, now)?;
    let hint = hint_of(&secret, member.organization.dialect)?;
    let digest = parts.subkeys.key_digest(&Digest::of(&secret));
    let row = new_row(&member, KeyId::generate(), wanted, digest, hint, creation, now);
    insert(&server, writing, &member, &row).await?;
    Ok(IssuedKey { secret: Some(secret), ..seen(&server, row, now) })
}

fn hint_of(secret: &Secret, dialect: Dialect) -> Result<Hint, Error> {
    // Exposed to take the hint, which is what may be shown of it.
    let read = PresentedKey::parse(dialect, secret.expose());
    Ok(read.map_err(|error| Error::Internal(format!("a generated key was malformed: {error}")))?.hint())
}

struct Earlier {
    creation: Vec<u8>,
    key: KeyId,
}

async fn earlier(connection: &mut SqliteConnection, member: &Member, token: &Tag) -> Result<Option<Earlier>, Error> {
    let row = sqlx::query("SELECT creation, key_id FROM idempotency WHERE organization_id = ? AND user_id = ? AND token = ?")
        .bind(member.organization.id.0)
        .bind(member.person.id.0)
        .bind(token.as_slice())
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok(Earlier { creation: row.try_get("creation")?, key: KeyId(row.try_get("key_id")?) })).transpose()
}

fn new_row(member: &Member, id: KeyId, wanted: NewKey, digest: Tag, hint: Hint, creation: Tag, now: DateTime<Utc>) -> KeyRow {
    KeyRow {
        organization: member.organization.id,
        dialect: member.organization.dialect,
        id,
        digest,
        hint,
        name: wanted.name,
        environment: wanted.environment,
        kind: wanted.kind,
        scopes: wanted.scopes,
        note: wanted.note,
        metadata: wanted.metadata,
        allowed_addresses: wanted.allowed_addresses,
        enabled: true,
        expires_at: wanted.expires_at,
        revoked_at: None,
        created_at: now,
        created_by: member.person.clone(),
        creator_left: false,
        updated_at: now,
        last_used_at: None,
        version: 1,
        creation,
    }
}

/// Writes the row and its audit entry, and tells the index.
async fn insert(server: &Server, mut writing: Writing, member: &Member, row: &KeyRow) -> Result<(), Error> {
    let parts = &server.parts;
    match row.insert(&mut writing, &parts.subkeys).await {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => return Err(TAKEN),
        result => result?,
    }
    let event = Event {
        organization: row.organization,
        actor: Some(&member.person),
        action: Action::KeyCreated,
        target: row.id.to_string(),
        before: None,
        after: Some(recorded(row)),
    };
    parts.audit(&mut writing, event).await?;
    let turn = writing.commit().await?;
    parts.index.put(row);
    drop(turn);
    Ok(())
}

/// The fields as the audit log holds them: no digest, and nothing of the secret but the hint.
pub(crate) fn recorded(row: &KeyRow) -> Value {
    json!({
        "name": row.name,
        "environment": row.environment,
        "kind": row.kind,
        "hint": row.hint,
        "scopes": row.scopes,
        "note": row.note,
        "metadata": row.metadata,
        "allowed_addresses": row.allowed_addresses,
        "enabled": row.enabled,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
    })
}

fn seen(server: &Server, row: KeyRow, now: DateTime<Utc>) -> IssuedKey {
    let used = server.parts.index.find(&row.digest).and_then(|entry| entry.last_used.get());
    IssuedKey { key: row.seen(now, used), secret: None }
}
