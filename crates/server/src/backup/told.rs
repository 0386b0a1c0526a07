//! The entry that a way back leaves in each organization's audit log: who looks there sees that what was done
//! after the backup is undone, and how much it was.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use keydeck_domain::OrganizationId;
use keydeck_domain::api::audit::Action;
use serde_json::json;
use sqlx::SqliteConnection;

use crate::audit::chain::{self, Event};
use crate::error::Error;
use crate::subkeys::Subkeys;

/// What was undone of one organization, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    /// Keys that were made since and are not revoked: unknown now.
    pub(super) keys_gone: u32,
    /// Verifiers that were made since and are not revoked: unknown now.
    pub(super) verifiers_gone: u32,
    /// Who became a member since and is none now.
    pub(super) members_gone: u32,
    /// Who is a member again, or as more than at last.
    pub(super) members_again: u32,
    /// Keys and verifiers that were revoked since, and are revoked again.
    pub(super) revoked_again: u32,
}

/// The numbers of each organization that something was undone of.
pub(super) type Tally = HashMap<OrganizationId, Numbers>;

/// Writes the entry into the log of every organization of the copy. `newest` is the last change that the backup
/// knows of. Without a tally it is not known what was undone.
pub(super) async fn tell(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    newest: Option<DateTime<Utc>>,
    tally: Option<&Tally>,
) -> Result<(), Error> {
    for organization in crate::open::organizations(connection).await? {
        let mut after = json!({ "newest_at": newest });
        match tally {
            Some(tally) => {
                let numbers = tally.get(&organization).copied().unwrap_or_default();
                after["keys_gone"] = numbers.keys_gone.into();
                after["verifiers_gone"] = numbers.verifiers_gone.into();
                after["members_gone"] = numbers.members_gone.into();
                after["members_again"] = numbers.members_again.into();
                after["revoked_again"] = numbers.revoked_again.into();
            }
            None => after["undone"] = json!("not known: the database of before could not be read"),
        }
        let event = Event {
            organization,
            actor: None,
            action: Action::Restored,
            target: organization.to_string(),
            before: None,
            after: Some(after),
        };
        chain::append(connection, &subkeys.audit, event).await?;
    }
    Ok(())
}
