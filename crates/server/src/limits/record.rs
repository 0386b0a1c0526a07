//! Limits as they are stored: one authenticated row an organization, so that who can write into the database can
//! neither widen a limit nor take one out.

use keydeck_domain::api::audit::Action;
use keydeck_domain::api::limits::Limit;
use keydeck_domain::key::Person;
use keydeck_domain::{Dialect, OrganizationId};
use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection};

use crate::audit::chain::Event;
use crate::error::Error;
use crate::server::Parts;
use crate::store::Writing;
use crate::subkeys::{Subkeys, Tag, same};
use crate::times;

/// What is stored of an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stored {
    /// `None` where they are not as they were written.
    pub(super) items: Option<Vec<Limit>>,
    pub(super) version: u32,
}

/// The limits of an organization.
pub(super) async fn find(connection: &mut SqliteConnection, subkeys: &Subkeys, id: OrganizationId) -> Result<Stored, Error> {
    let row = sqlx::query("SELECT items, version, mac FROM limits WHERE organization_id = ?")
        .bind(id.0)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else {
        // No limits is a row as well, once there were some: the audit log remembers.
        let were: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM audit WHERE organization_id = ? AND action = ?)")
            .bind(id.0)
            .bind(SET)
            .fetch_one(connection)
            .await?;
        return Ok(Stored { items: (!were).then(Vec::new), version: 0 });
    };
    let text: String = row.try_get("items")?;
    let version = row.try_get("version")?;
    let written: Vec<u8> = row.try_get("mac")?;
    let items = same(&written, &mac(subkeys, id, &text, version)).then(|| serde_json::from_str(&text).ok()).flatten();
    Ok(Stored { items, version })
}

/// [`Action::LimitsUpdated`] as the log has it.
const SET: &str = "limits_updated";

fn mac(subkeys: &Subkeys, id: OrganizationId, items: &str, version: u32) -> Tag {
    subkeys.row.over("limits", &[id.as_bytes(), items.as_bytes(), &version.to_be_bytes()])
}

/// Writes an organization's limits and the audit entry that tells of it.
pub(super) async fn set(
    parts: &Parts,
    writing: &mut Writing,
    id: OrganizationId,
    actor: Option<&Person>,
    before: &Stored,
    items: &[Limit],
) -> Result<Stored, Error> {
    let version = before.version.checked_add(1).ok_or_else(|| Error::Internal("the limits were set too often".to_owned()))?;
    let text = serde_json::to_string(items).map_err(|error| Error::Internal(error.to_string()))?;
    sqlx::query(
        "INSERT INTO limits (organization_id, items, version, mac) VALUES (?, ?, ?, ?) \
         ON CONFLICT (organization_id) DO UPDATE SET items = excluded.items, version = excluded.version, mac = excluded.mac",
    )
    .bind(id.0)
    .bind(&text)
    .bind(version)
    .bind(mac(&parts.subkeys, id, &text, version).as_slice())
    .execute(&mut **writing)
    .await?;
    let event = Event {
        organization: id,
        actor,
        action: Action::LimitsUpdated,
        target: id.to_string(),
        before: before.items.as_deref().map(recorded),
        after: Some(recorded(items)),
    };
    parts.audit(writing, event).await?;
    Ok(Stored { items: Some(items.to_vec()), version })
}

fn recorded(items: &[Limit]) -> Value {
    json!({ "limits": items })
}

/// Gives a new organization the limits that its dialect begins with.
pub(crate) async fn insert_first(
    parts: &Parts,
    writing: &mut Writing,
    id: OrganizationId,
    dialect: Dialect,
    actor: Option<&Person>,
) -> Result<(), Error> {
    let items = dialect.first_limits();
    if items.is_empty() {
        return Ok(());
    }
    let none = Stored { items: Some(Vec::new()), version: 0 };
    set(parts, writing, id, actor, &none, &items).await?;
    // Before the commit, so that no key of it is ever without: where it isn't committed, nobody asks for this id.
    parts.limits.put(id, &items, times::now());
    Ok(())
}

/// Rows that are not as they were written, in a database of whatever version.
pub(crate) async fn strange(connection: &mut SqliteConnection, subkeys: &Subkeys) -> Result<Vec<String>, Error> {
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'limits')")
        .fetch_one(&mut *connection)
        .await?;
    let mut strange = Vec::new();
    if there {
        for id in crate::open::organizations(connection).await? {
            if find(connection, subkeys, id).await?.items.is_none() {
                strange.push(format!("the limits of organization {id}"));
            }
        }
    }
    Ok(strange)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_that_of_the_log() {
        assert_eq!(serde_json::to_value(Action::LimitsUpdated).ok(), Some(json!(SET)));
    }
}
