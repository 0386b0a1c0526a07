//! Revokes that a restored backup can't know: found in the database of before, made again in the copy.

use chrono::{DateTime, Utc};
use keydeck_domain::api::audit::Action;
use keydeck_domain::{KeyId, OrganizationId};
use serde_json::Value;
use sqlx::SqliteConnection;

use super::create::recorded;
use super::cursor::FIRST_ID;
use super::row::{self, KeyRow};
use crate::audit::chain::{self, Event};
use crate::audit::difference::difference;
use crate::error::Error;
use crate::organizations::record;
use crate::subkeys::Subkeys;
use crate::times;

/// Keys that are read at once.
const BATCH: u32 = 1_000;

/// A key that is revoked.
pub(crate) struct RevokedKey {
    pub(crate) organization: OrganizationId,
    id: KeyId,
    /// When.
    pub(crate) revoked_at: DateTime<Utc>,
    /// Name and hint.
    pub(crate) shown: String,
    /// The organization's name.
    pub(crate) organization_name: String,
}

/// Every key of a database that is revoked. A row that was written from outside proves nothing, and so
/// is left out.
pub(crate) async fn all(connection: &mut SqliteConnection, subkeys: &Subkeys) -> Result<Vec<RevokedKey>, Error> {
    let mut after = (OrganizationId(FIRST_ID), KeyId(FIRST_ID));
    let mut found = Vec::new();
    loop {
        let rows = row::load(connection, subkeys, after, BATCH).await?;
        let last = rows.len() < BATCH as usize;
        for (organization, id, row) in rows {
            after = (organization, id);
            let Ok(KeyRow { revoked_at: Some(revoked_at), name, hint, .. }) = row else { continue };
            found.push(RevokedKey {
                organization,
                id,
                revoked_at,
                shown: format!("{name} ({hint})"),
                organization_name: record::shown(connection, organization).await?,
            });
        }
        if last {
            return Ok(found);
        }
    }
}

/// Revokes it where it is not, with an audit entry of the server's own command line; says whether it
/// had to. A key that is not there proves nothing anyway.
pub(crate) async fn again(connection: &mut SqliteConnection, subkeys: &Subkeys, key: &RevokedKey) -> Result<bool, Error> {
    let Some(before) = row::find(connection, subkeys, key.organization, key.id).await? else { return Ok(false) };
    if before.revoked_at.is_some() {
        return Ok(false);
    }
    let mut after = before.clone();
    after.revoked_at = Some(key.revoked_at);
    after.version += 1;
    after.updated_at = times::now();
    after.update(connection, subkeys).await?;
    let (old, new): (Value, Value) = difference(recorded(&before), recorded(&after));
    let event = Event {
        organization: key.organization,
        actor: None,
        action: Action::KeyRevoked,
        target: key.id.to_string(),
        before: Some(old),
        after: Some(new),
    };
    chain::append(connection, &subkeys.audit, event).await?;
    Ok(true)
}
