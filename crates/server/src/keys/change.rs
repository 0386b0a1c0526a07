//! How keys are changed and revoked.

use chrono::SubsecRound;
use keydeck_domain::api::audit::Action;
use keydeck_domain::api::keys::KeyChange;
use keydeck_domain::{Key, KeyId};

use super::create::recorded;
use super::row::{self, KeyRow};
use super::rules::{check_addresses, check_expiry, check_kind, check_metadata, check_scopes};
use crate::audit::chain::Event;
pub(super) use crate::audit::difference::difference;
use crate::auth::member::Member;
use crate::error::Error;
use crate::server::Server;
use crate::store::Writing;
use crate::times;
use crate::web::version::Expected;

/// `PATCH …/keys/{id}`.
pub(crate) async fn change(
    server: Server,
    member: Member,
    id: KeyId,
    expected: Expected,
    wanted: KeyChange,
) -> Result<Key, Error> {
    let parts = &server.parts;
    let now = times::now();
    let mut writing = parts.store.write().await?;
    let member = member.asked_again(&mut writing, &parts.subkeys).await?;
    let before = found(&server, &mut writing, &member, id).await?;
    if before.revoked_at.is_some() {
        return Err(Error::Revoked);
    }
    if !expected.is(before.version) {
        return Err(Error::Changed(Box::new(seen(&server, before))));
    }
    let mut after = apply(before.clone(), wanted);
    if after.expires_at != before.expires_at {
        check_expiry(after.expires_at, now)?;
    }
    check_metadata(&after.metadata)?;
    check_addresses(&after.allowed_addresses)?;
    check_scopes(&after.scopes, &before.scopes, &member)?;
    if after == before {
        return Ok(seen(&server, before));
    }
    check_kind(after.kind, &after.scopes, after.dialect)?;
    after.version += 1;
    after.updated_at = now;
    write(&server, writing, &member, Action::KeyUpdated, &before, &after).await?;
    Ok(seen(&server, after))
}

/// `POST …/keys/{id}/revoke`. A second time changes nothing.
pub(crate) async fn revoke(server: Server, member: Member, id: KeyId) -> Result<Key, Error> {
    let parts = &server.parts;
    let now = times::now();
    let mut writing = parts.store.write().await?;
    let member = member.asked_again(&mut writing, &parts.subkeys).await?;
    let before = found(&server, &mut writing, &member, id).await?;
    if before.revoked_at.is_some() {
        return Ok(seen(&server, before));
    }
    let mut after = before.clone();
    after.revoked_at = Some(now);
    after.version += 1;
    after.updated_at = now;
    write(&server, writing, &member, Action::KeyRevoked, &before, &after).await?;
    Ok(seen(&server, after))
}

/// The key, where this member may change it.
async fn found(server: &Server, writing: &mut Writing, member: &Member, id: KeyId) -> Result<KeyRow, Error> {
    let row = row::find(writing, &server.parts.subkeys, member.organization.id, id).await?.ok_or(Error::NotFound)?;
    let own = row.created_by.id == member.person.id;
    if member.role.changes_key(own) { Ok(row) } else { Err(Error::Forbidden { missing: None }) }
}

fn apply(mut row: KeyRow, wanted: KeyChange) -> KeyRow {
    let KeyChange { name, note, metadata, scopes, expires_at, enabled, allowed_addresses } = wanted;
    row.name = name.unwrap_or(row.name);
    row.note = note.unwrap_or(row.note);
    row.metadata = metadata.unwrap_or(row.metadata);
    row.scopes = scopes.unwrap_or(row.scopes);
    row.expires_at = expires_at.map_or(row.expires_at, |at| at.map(|at| at.trunc_subsecs(6)));
    row.enabled = enabled.unwrap_or(row.enabled);
    if let Some(mut addresses) = allowed_addresses {
        addresses.sort_unstable();
        addresses.dedup();
        row.allowed_addresses = addresses;
    }
    row
}

/// Writes the change and its audit entry, and tells the index before the turn is given on.
async fn write(
    server: &Server,
    mut writing: Writing,
    member: &Member,
    action: Action,
    before: &KeyRow,
    after: &KeyRow,
) -> Result<(), Error> {
    let parts = &server.parts;
    after.update(&mut writing, &parts.subkeys).await?;
    let (old, new) = difference(recorded(before), recorded(after));
    let event = Event {
        organization: after.organization,
        actor: Some(&member.person),
        action,
        target: after.id.to_string(),
        before: Some(old),
        after: Some(new),
    };
    parts.audit(&mut writing, event).await?;
    let turn = writing.commit().await?;
    parts.index.put(after);
    drop(turn);
    Ok(())
}

fn seen(server: &Server, row: KeyRow) -> Key {
    let used = server.parts.index.find(&row.digest).and_then(|entry| entry.last_used.get());
    row.seen(times::now(), used)
}
